"""One layer's features as arrays for drawing, hit-testing and snapping: immutable, patched by making a new one.

A layer has a large ``base``, sorted by place, and a small ``tail`` of features edited since; features of the base that
were changed or deleted are marked dead. So an edit costs as much as it touches, not as much as the layer holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gis.cartography.culling import Blocks, z_order
from gis.cartography.symbols import LayerStyle, numbers_of
from gis.geometry.columns import BBox, Columns, Shapes

TAIL = 20_000  # edited features after which a layer is sorted again


class Reader(Protocol):
    """What drawing needs of a snapshot or session."""

    def shapes(self, cls: str, *, bbox: BBox | None = None, ids: Any = None) -> Shapes:
        """Geometries as flat arrays."""

    def columns(
        self, cls: str, fields: Sequence[str] | None = None, *, ids: Any = None, geometry: bool = True
    ) -> Columns:
        """Rows as columns."""

    def matching(self, cls: str, where: str, ids: Any = None) -> NDArray[np.int64]:
        """The ids, rising, of the features (of ``ids``) that meet a filter expression; asked only for rules."""


Matches = Sequence[NDArray[np.int64]]  # for each rule of a style the ids that meet it, rising


@dataclass(frozen=True, slots=True)
class Part:
    """n features in drawing form. Feature i owns rings ``first_ring[i]:last_ring[i]``, ring j the coordinates
    ``ring_offsets[j]:ring_offsets[j + 1]``. ``variant``: its place in the style; ``turn``: degrees clockwise from
    north, NaN = none; ``text``: its label, None = none. ``sorted_ids`` and ``places`` find a feature by its id.
    ``numbers``: for every field in the style's ``numbers`` its values (n,), NaN = none.
    """

    ids: NDArray[np.int64]
    coords: NDArray[np.float64]
    ring_offsets: NDArray[np.int64]
    first_ring: NDArray[np.int64]
    last_ring: NDArray[np.int64]
    variant: NDArray[np.uint8]
    turn: NDArray[np.float32] | None
    text: NDArray[np.object_] | None
    blocks: Blocks
    sorted_ids: NDArray[np.int64]
    places: NDArray[np.int64]
    numbers: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    @staticmethod
    def of(shapes: Shapes, fields: Columns | None, style: LayerStyle, matches: Matches = ()) -> Part:
        """The features of ``shapes`` with the attributes of ``fields`` (in any order), sorted by place."""
        n = len(shapes)
        ids = np.ascontiguousarray(shapes.ids, np.int64)
        columns = _aligned(fields, ids)
        order = z_order(shapes.bounds)
        turns = columns.get(style.rotate_by) if style.rotate_by else None
        labelled = style.label_field is not None and all(name in columns for name in style.label_fields)
        texts = style.label_texts(columns, n) if labelled else None
        numbers = {name: numbers_of(columns[name]) for name in style.numbers if name in columns}
        rising = np.argsort(ids, kind="stable")
        place = np.empty(n, np.int64)
        place[order] = np.arange(n)
        coords, ring_offsets, feature_offsets = _sorted(shapes, order)
        return Part(
            ids=ids[order],
            coords=coords,
            ring_offsets=ring_offsets,
            first_ring=feature_offsets[:-1].copy(),
            last_ring=feature_offsets[1:].copy(),
            variant=np.ascontiguousarray(places_of(style, ids, columns, matches)[order]),
            turn=None if turns is None else np.ascontiguousarray(numbers_of(turns)[order]),
            text=None if texts is None else texts[order],
            blocks=Blocks.of(_owned(shapes.bounds[order], np.float64)),
            sorted_ids=ids[rising],
            places=place[rising],
            numbers={name: np.ascontiguousarray(values[order]) for name, values in numbers.items()},
        )

    @property
    def bounds(self) -> NDArray[np.float64]:
        """Boxes (n, 4); of points, the point twice."""
        return self.blocks.bounds

    def __len__(self) -> int:
        return len(self.ids)

    def find(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Positions of those of ``ids`` that are here."""
        if len(self.ids) == 0:
            return np.zeros(0, np.int64)
        at = np.searchsorted(self.sorted_ids, ids)
        at[at == len(self.sorted_ids)] = 0
        found: NDArray[np.int64] = self.places[at[self.sorted_ids[at] == ids]]
        return found

    def rings(self, position: int) -> list[NDArray[np.float64]]:
        """The coordinates of each ring of one feature."""
        o = self.ring_offsets
        return [self.coords[o[j] : o[j + 1]] for j in range(self.first_ring[position], self.last_ring[position])]


@dataclass(frozen=True, slots=True)
class LayerArrays:
    """The features of one class as they are drawn. ``dead`` (len(base)) marks those of the base that are no more."""

    cls: str
    kind: str
    style: LayerStyle
    base: Part
    tail: Part | None = None
    dead: NDArray[np.bool_] | None = None

    @staticmethod
    def load(reader: Reader, style: LayerStyle) -> LayerArrays:
        """All features of the style's class, without label texts (see ``with_labels``)."""
        fields = reader.columns(style.cls, style.fields, geometry=False) if style.fields else None
        return LayerArrays.of(reader.shapes(style.cls), fields, style, _matches(reader, style))

    @staticmethod
    def of(shapes: Shapes, fields: Columns | None, style: LayerStyle, matches: Matches = ()) -> LayerArrays:
        """The layer of given geometries and attributes."""
        return LayerArrays(style.cls, style.kind, style, Part.of(shapes, fields, style, matches))

    def with_labels(self, reader: Reader) -> LayerArrays:
        """The same layer with the texts of its label field; the second step of loading."""
        if not self.style.label_field or not self.style.labels:
            return self
        columns = reader.columns(self.cls, self.style.label_fields, geometry=False)
        return replace(self, base=_named(self.base, columns, self.style), tail=_named(self.tail, columns, self.style))

    def patch(self, reader: Reader, ids: NDArray[np.int64]) -> LayerArrays:
        """The layer after ``ids`` were created, changed or deleted; reads only those."""
        ids = np.unique(np.asarray(ids, np.int64))
        wanted = list(self.style.fields)
        if self.base.text is not None and self.style.label_field:
            wanted += [name for name in self.style.label_fields if name not in wanted]
        keep = self.tail.ids[~np.isin(self.tail.ids, ids)] if self.tail is not None else np.zeros(0, np.int64)
        again = np.concatenate([keep, ids])
        shapes = reader.shapes(self.cls, ids=again)
        fields = reader.columns(self.cls, wanted, ids=again, geometry=False) if wanted else None
        dead = np.zeros(len(self.base), np.bool_) if self.dead is None else self.dead.copy()
        dead[self.base.find(ids)] = True
        tail = Part.of(shapes, fields, self.style, _matches(reader, self.style, again)) if len(shapes) else None
        return replace(self, tail=tail, dead=dead if dead.any() else None)

    def restyled(self, reader: Reader, style: LayerStyle) -> LayerArrays:
        """The layer in another style of its class. Geometries are never read again; attributes and rules only where
        the style asks for others: new colours, class bounds or an order of codes cost no look at the database."""
        made = _Restyling(self, style)
        columns = reader.columns(self.cls, made.fields, geometry=False) if made.fields else None
        matches = _matches(reader, style) if made.rules else ()
        tail = None if self.tail is None else made.part(self.tail, columns, matches)
        return replace(self, style=style, base=made.part(self.base, columns, matches), tail=tail)

    @property
    def named(self) -> bool:
        """Whether label texts are loaded."""
        return self.base.text is not None

    @property
    def overgrown(self) -> bool:
        """Whether so much was edited that loading the layer anew pays."""
        return self.tail is not None and len(self.tail) > TAIL

    @property
    def parts(self) -> tuple[Part, ...]:
        """The base, and the tail where there is one."""
        return (self.base,) if self.tail is None else (self.base, self.tail)

    def visible(self, bbox: BBox) -> list[tuple[Part, NDArray[np.int64]]]:
        """Every part with the positions of its living features whose box touches ``bbox``."""
        found = []
        for part in self.parts:
            positions = part.blocks.touching(bbox)
            if part is self.base and self.dead is not None:
                positions = positions[~self.dead[positions]]
            if len(positions):
                found.append((part, positions))
        return found

    def drawn(self, bbox: BBox, style: LayerStyle, denominator: float) -> list[tuple[Part, NDArray[np.int64]]]:
        """``visible`` without the features whose variant is not drawn at the scale 1:denominator."""
        if not style.shown_at(denominator):
            return []
        found = self.visible(bbox)
        shown = style.shown_variants(denominator)
        if shown is None:
            return found
        picked = ((part, positions[shown[part.variant[positions]]]) for part, positions in found)
        return [(part, positions) for part, positions in picked if len(positions)]

    def chosen(self, ids: NDArray[np.int64], bbox: BBox | None = None) -> list[tuple[Part, NDArray[np.int64]]]:
        """Every part with the positions of the living features among ``ids`` (that touch ``bbox``)."""
        found = []
        for part in self.parts:
            positions = np.sort(part.find(np.asarray(ids, np.int64)))
            if part is self.base and self.dead is not None:
                positions = positions[~self.dead[positions]]
            if bbox is not None and len(positions):
                b = part.bounds[positions]
                positions = positions[
                    (b[:, 0] <= bbox[2]) & (b[:, 2] >= bbox[0]) & (b[:, 1] <= bbox[3]) & (b[:, 3] >= bbox[1])
                ]
            if len(positions):
                found.append((part, positions))
        return found

    def __len__(self) -> int:
        gone = 0 if self.dead is None else int(self.dead.sum())
        return len(self.base) - gone + (0 if self.tail is None else len(self.tail))

    def extent(self) -> BBox | None:
        """The box of the features (a deleted one may still count until the layer is sorted again)."""
        boxes = [box for box in (part.blocks.extent() for part in self.parts) if box is not None]
        if not boxes:
            return None
        a = np.array(boxes)
        return float(a[:, 0].min()), float(a[:, 1].min()), float(a[:, 2].max()), float(a[:, 3].max())


def _owned(array: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """C-contiguous and writable: the kernels are compiled for that only (a read-only array is another type)."""
    made = np.ascontiguousarray(array, dtype)
    return made if made.flags.writeable else made.copy()


def _sorted(
    shapes: Shapes, order: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Coordinates, ring offsets and feature offsets in another order of the features: neighbours lie side by side in
    memory, which makes drawing twice as quick."""
    first, last = shapes.feature_offsets[:-1][order], shapes.feature_offsets[1:][order]
    rings = ragged(first, last)
    begin, end = shapes.ring_offsets[rings], shapes.ring_offsets[rings + 1]
    coords = _owned(shapes.coords[ragged(begin, end)], np.float64)
    return coords, _offsets(end - begin), _offsets(last - first)


def _offsets(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    made = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=made[1:])
    return made


def ragged(begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """All indices of the ranges ``begin[i]:end[i]``, one after the other."""
    length = end - begin
    total = int(length.sum())
    if total == 0:
        return np.zeros(0, np.int64)
    made: NDArray[np.int64] = np.arange(total) + np.repeat(begin - _offsets(length)[:-1], length)
    return made


def _aligned(fields: Columns | None, ids: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    if fields is None:
        return {}
    if np.array_equal(fields.ids, ids):
        return dict(fields.fields)
    if len(fields.ids) == 0:
        return {}
    rising = np.argsort(fields.ids, kind="stable")
    at = np.searchsorted(fields.ids, ids, sorter=rising)
    at[at == len(rising)] = 0
    rows = rising[at]
    known = fields.ids[rows] == ids
    made = {}
    for name, column in fields.fields.items():
        picked = column[rows]
        if not known.all():
            picked = picked.copy()
            picked[~known] = None if column.dtype == object else (np.nan if column.dtype.kind == "f" else 0)
        made[name] = picked
    return made


def _named(part: Part | None, columns: Columns, style: LayerStyle) -> Any:
    if part is None or style.label_field is None:
        return part
    return replace(part, text=style.label_texts(_aligned(columns, part.ids), len(part)))


def _matches(reader: Reader, style: LayerStyle, ids: NDArray[np.int64] | None = None) -> Matches:
    nothing = np.zeros(0, np.int64)
    return [reader.matching(style.cls, where, ids) if where.strip() else nothing for where in style.rules]


def places_of(
    style: LayerStyle, ids: NDArray[np.int64], columns: Mapping[str, NDArray[Any]], matches: Matches
) -> NDArray[np.uint8]:
    """The place in the style of each feature (n,)."""
    if style.mode != "rules":
        return style.index(columns.get(style.by) if style.by else None, len(ids))
    made = np.zeros(len(ids), np.uint8)
    for place in range(len(matches), 0, -1):  # the first that fits wins
        found = matches[place - 1]
        if len(found):
            at = np.searchsorted(found, ids)
            at[at == len(found)] = 0
            made[found[at] == ids] = place
    return made


class _Restyling:
    """What changes in the arrays of a layer when its style does, and what must be read for that."""

    def __init__(self, arrays: LayerArrays, style: LayerStyle) -> None:
        old = arrays.style
        self.style = style
        self.rules = style.mode == "rules" and (old.mode != "rules" or old.rules != style.rules)
        self.moved = None if style.mode == "rules" else _moved(old, style)
        recoded = self.moved is None and style.mode == "category" and style.by is not None
        self.keeps = style.mode == "rules" and not self.rules
        self.turns = style.rotate_by != old.rotate_by
        kept = set.intersection(*(set(part.numbers) for part in arrays.parts))
        names = bool(style.label_field and style.labels)
        shown = bool(old.label_field and old.labels)
        # Texts are the second step of loading: while they are still to come they are not read here.
        self.names = names and (arrays.named or not shown) and (style.label_field != old.label_field or not shown)
        self.nameless = not names and style.label_field != old.label_field
        wanted = [style.by if recoded else None, style.rotate_by if self.turns else None]
        wanted += [name for name in style.numbers if name not in kept]
        wanted += style.label_fields if self.names else ()
        self.fields = list(dict.fromkeys(name for name in wanted if name))

    def part(self, part: Part, columns: Columns | None, matches: Matches) -> Part:
        """One part in the new style; the same object where nothing of it changes."""
        style = self.style
        given: dict[str, NDArray[Any]] = _aligned(columns, part.ids)
        changes: dict[str, Any] = {}
        nothing = np.full(len(part), np.nan, np.float32)
        numbers = {
            f: part.numbers[f] if f in part.numbers else numbers_of(given.get(f, nothing)) for f in style.numbers
        }
        if numbers.keys() != part.numbers.keys():
            changes["numbers"] = numbers
        if self.moved is not None:
            if not np.array_equal(self.moved, np.arange(256)):
                changes["variant"] = self.moved[part.variant]
        elif not self.keeps:
            changes["variant"] = np.ascontiguousarray(places_of(style, part.ids, {**given, **numbers}, matches))
        if self.turns:
            turns = given.get(style.rotate_by) if style.rotate_by else None
            changes["turn"] = None if turns is None else numbers_of(turns)
        if self.names:
            changes["text"] = style.label_texts(given, len(part))
        elif self.nameless:
            changes["text"] = None
        return replace(part, **changes) if changes else part


def _moved(old: LayerStyle, new: LayerStyle) -> NDArray[np.uint8] | None:
    """Where each place of a style went in another one (256,), or None where the values themselves must be looked at."""
    if _alike(new):
        return np.arange(256, dtype=np.uint8) if _alike(old) else np.zeros(256, np.uint8)
    if old.by != new.by or old.mode != new.mode:
        return None
    if new.mode == "breaks":
        same = [v.upper for v in old.variants] == [v.upper for v in new.variants]
        return np.arange(256, dtype=np.uint8) if same else None
    places = {v.value: i for i, v in enumerate(new.variants) if i}
    known = {v.value for v in old.variants[1:]}
    if not places.keys() <= known:
        return None
    moved = np.zeros(256, np.uint8)
    moved[1 : len(old.variants)] = [places.get(v.value, 0) for v in old.variants[1:]]
    moved[len(old.variants) :] = np.arange(len(old.variants), 256)
    return moved


def _alike(style: LayerStyle) -> bool:
    """Whether all features are drawn as the base."""
    told_apart = style.mode == "rules" or (style.mode != "single" and style.by is not None)
    return not told_apart or len(style.variants) == 1
