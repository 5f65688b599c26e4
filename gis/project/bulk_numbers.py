"""Codes written anew by a template such as ``{road}(西)P{n:003}`` or ``JK{area}{n:04}``, in a chosen order.

Tokens: ``{n}``, ``{n:003}`` (so many digits), ``{field}`` (label of a code), ``{road}`` (name of the nearest road where
the class has no field of that name), ``{area}``, ``{area:town}`` (code of the area around it; county by default),
``{year}``. ``{{`` and ``}}`` are braces.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.catalogue import FeatureClass, Field
from gis.catalogue.model import plain_text
from gis.editing.columns import settable
from gis.errors import Refusal
from gis.progress import Progress
from gis.project.bulk import Wanted
from gis.project.bulk_places import area_around, nearest_rows
from gis.storage.snapshots import Snapshot

Order = Literal["code", "field", "along", "west_east", "north_south", "nearest"]
ORDERS: tuple[Order, ...] = ("code", "field", "along", "west_east", "north_south", "nearest")
_ROAD_M = 300.0
_DIGITS = 12
_LONGEST = 100  # letters of a template; what codes may hold
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}:]*)(?::([^{}]*))?\}|[{}]")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a template. ``kind`` "text" (``name`` as it is), "n" (``width`` digits), "field", "road", "area"
    (``name``: its level), "year"."""

    kind: Literal["text", "n", "field", "road", "area", "year"]
    name: str = ""
    width: int = 0


@dataclass(frozen=True, slots=True)
class Numbering:
    """``field`` written by ``template``.

    ``order`` "code" keeps the order of the codes there are, "field" takes ``by``, "along" follows the nearest
    road, "nearest" goes from each to the nearest left, from the westernmost on. ``each``: numbers begin anew for each
    text around the number (each road). ``skip_taken``: numbers that others hold are passed over.
    """

    template: str
    field: str = "code"
    order: Order = "code"
    by: str = ""
    start: int = 1
    step: int = 1
    each: bool = True
    skip_taken: bool = False
    label: str = "edit.renumber"

    def arguments(self, cls: FeatureClass) -> dict[str, Any]:
        """The template."""
        return {"template": self.template}

    def wanted(self, snapshot: Snapshot, cls: FeatureClass, ids: NDArray[np.int64], progress: Progress) -> list[Wanted]:
        """Raises Refusal ``bulk.template_*``, ``bulk.bad_step``, ``bulk.no_place``."""
        field = settable(cls, self.field)
        tokens = tokens_of(self.template, cls)
        if self.step == 0 or abs(self.step) > 10**6 or not 0 <= self.start <= 10**_DIGITS:
            raise Refusal("bulk.bad_step")
        pieces, own = self._pieces(snapshot, cls, ids, tokens, progress)
        ranks = _ordered(snapshot, cls, ids, self, progress)
        numbered = any(token.kind == "n" for token in tokens)
        held = self._held(snapshot, cls, field, ids) if self.skip_taken and numbered else set()
        following: dict[tuple[str, ...], int] = {}
        made: list[Any] = [None] * len(ids)
        for place, row in enumerate(ranks.tolist()):
            if place % 5000 == 0:
                progress.step(place, len(ids), "bulk.numbering")
            if row in own:
                continue
            around = tuple(piece[row] for piece in pieces)
            key = around if self.each else ()
            n = following.get(key, self.start)
            text = _written(tokens, around, n)
            while text in held and n + self.step >= 0:
                n += self.step
                text = _written(tokens, around, n)
            if n < 0:
                own[row] = Refusal("bulk.below_zero")
                continue
            following[key] = n + self.step
            made[row] = text
        for row in own:
            made[row] = None
        return [Wanted(field.name, made, own)]

    def _held(self, snapshot: Snapshot, cls: FeatureClass, field: Field, ids: NDArray[np.int64]) -> set[Any]:
        """The values of rows that are not renumbered."""
        rows = snapshot.columns(cls.name, [field.name], geometry=False)
        return set(rows.fields[field.name][~np.isin(rows.ids, ids)].tolist())

    def _pieces(
        self, snapshot: Snapshot, cls: FeatureClass, ids: NDArray[np.int64], tokens: list[Token], progress: Progress
    ) -> tuple[list[list[str]], dict[int, Refusal]]:
        """The text of every token but "n" and "text" for every row, and rows for which one is missing."""
        own: dict[int, Refusal] = {}
        made: list[list[str]] = []
        for token in tokens:
            if token.kind in ("text", "n"):
                continue
            texts = _texts(snapshot, cls, ids, token, progress)
            for row, text in enumerate(texts):
                if not text:
                    own.setdefault(row, Refusal("bulk.token_empty", token=token.name or token.kind))
            made.append(texts)
        return made, own


def tokens_of(template: str, cls: FeatureClass) -> list[Token]:
    """A template read for a class. Raises Refusal ``bulk.template_*`` with ``at``, the letter from 1."""
    if not template.strip():
        raise Refusal("bulk.template_empty")
    if len(template) > _LONGEST:
        raise Refusal("bulk.template_long", limit=_LONGEST)
    made: list[Token] = []
    at = 0
    for found in _PIECE.finditer(template):
        if found.start() > at:
            made.append(Token("text", template[at : found.start()]))
        at = found.end()
        if found[0] in ("{{", "}}"):
            made.append(Token("text", found[0][0]))
        elif found[0] in ("{", "}"):
            raise Refusal("bulk.template_brace", at=found.start() + 1)
        else:
            made.append(_token(found[1].strip(), (found[2] or "").strip(), cls, found.start() + 1))
    if at < len(template):
        made.append(Token("text", template[at:]))
    return made


def _token(name: str, more: str, cls: FeatureClass, at: int) -> Token:
    word = name.casefold()
    if word in ("n", "序号"):
        if more and not (more.isascii() and more.isdigit() and int(more) <= _DIGITS):
            raise Refusal("bulk.template_width", at=at, width=more, most=_DIGITS)
        return Token("n", width=int(more) if more else 0)
    for f in cls.fields:
        if word in (f.name, f.label.zh.casefold(), f.label.en.casefold()) and not more and f.type != "ref":
            return Token("field", f.name)
    if word in ("area", "区域"):
        return Token("area", more or "county")
    if word in ("road", "道路") and not more:
        return Token("road")
    if word in ("year", "年份") and not more:
        return Token("year")
    known = ["n", "area", "road", "year", *(f.name for f in cls.fields if f.type != "ref")]
    raise Refusal("bulk.template_token", at=at, token=name, known=", ".join(known))


def _written(tokens: list[Token], around: tuple[str, ...], n: int) -> str:
    rest = iter(around)
    made = ""
    for token in tokens:
        if token.kind == "text":
            made += token.name
        else:
            made += str(n).zfill(token.width) if token.kind == "n" else next(rest)
    return made


def _texts(
    snapshot: Snapshot, cls: FeatureClass, ids: NDArray[np.int64], token: Token, progress: Progress
) -> list[str]:
    if token.kind == "year":
        return [str(dt.date.today().year)] * len(ids)
    if token.kind == "field":
        field = cls.field(token.name)
        column = snapshot.columns(cls.name, [field.name], ids=ids, geometry=False).fields[field.name]
        return [field.code_label(v, "zh") if field.codes else plain_text(v) for v in column.tolist()]
    _need_place(cls)
    if token.kind == "area":
        return [plain_text(v) for v in area_around(snapshot, cls, ids, "code", token.name, progress)]
    _, near = nearest_rows(snapshot, cls, snapshot.catalogue["road"], ids, _ROAD_M, progress)
    roads = snapshot.columns("road", ["name", "code"], ids=np.unique(near[near != 0]), geometry=False)
    named = zip(roads.ids.tolist(), roads.fields["name"].tolist(), roads.fields["code"].tolist(), strict=True)
    known = {key: name or code or "" for key, name, code in named}
    return [known.get(key, "") for key in near.tolist()]


def _need_place(cls: FeatureClass) -> None:
    if not cls.spatial:
        raise Refusal("bulk.no_place", cls_zh=cls.label.zh, cls_en=cls.label.en)


def _ordered(
    snapshot: Snapshot, cls: FeatureClass, ids: NDArray[np.int64], wish: Numbering, progress: Progress
) -> NDArray[np.int64]:
    """The places of the ids in the order in which they are numbered."""
    if wish.order in ("code", "field"):
        own = "code" if cls.has_field("code") else wish.field
        name = cls.field(wish.by if wish.order == "field" else own).name
        column = snapshot.columns(cls.name, [name], ids=ids, geometry=False).fields[name].tolist()
        keys = [(v is None or v != v, _natural(v)) for v in column]
        return np.array(sorted(range(len(ids)), key=keys.__getitem__), dtype=np.int64)
    _need_place(cls)
    if wish.order == "along":
        return _along(snapshot, cls, ids, progress)
    middles = shapely.centroid(snapshot.columns(cls.name, [], ids=ids).geometry)
    xy = np.nan_to_num(np.column_stack([shapely.get_x(middles), shapely.get_y(middles)]))
    if wish.order == "west_east":
        return np.lexsort((-xy[:, 1], xy[:, 0]))
    if wish.order == "north_south":
        return np.lexsort((xy[:, 0], -xy[:, 1]))
    return _from_each_to_the_nearest(xy, progress)


def _natural(value: Any) -> Any:
    """P2 before P10; numbers by size."""
    if isinstance(value, str):
        return [(0, int(p), "") if p.isdigit() and p.isascii() else (1, 0, p) for p in re.split(r"(\d+)", value) if p]
    return [(0, value, "")] if value is not None and value == value else []


def _along(snapshot: Snapshot, cls: FeatureClass, ids: NDArray[np.int64], progress: Progress) -> NDArray[np.int64]:
    """By road (name, then id), then by the distance along it; rows far from any road come last, west to east."""
    shapes, near = nearest_rows(snapshot, cls, snapshot.catalogue["road"], ids, _ROAD_M, progress)
    roads = snapshot.columns("road", ["name"], ids=np.unique(near[near != 0]))
    middles = shapely.centroid(shapes)
    along = np.nan_to_num(shapely.get_x(middles))
    rank = np.full(len(ids), len(roads), np.int64)
    if len(roads) and roads.geometry is not None:
        at = np.searchsorted(roads.ids, near[near != 0])
        along[near != 0] = shapely.line_locate_point(roads.geometry[at], middles[near != 0])
        names = [str(name or "") for name in roads.fields["name"].tolist()]
        ranks = np.empty(len(roads), np.int64)
        ranks[sorted(range(len(roads)), key=lambda i: (names[i], i))] = np.arange(len(roads))
        rank[near != 0] = ranks[at]
    return np.lexsort((along, rank))


def _from_each_to_the_nearest(xy: NDArray[np.float64], progress: Progress) -> NDArray[np.int64]:
    """Begins in the west; looks at ever more neighbours, and among what is left builds a new tree as it thins out."""
    n = len(xy)
    if n == 0:
        return np.zeros(0, np.int64)
    at = int(np.argmin(xy[:, 0]))
    made = [at]
    left = np.ones(n, bool)
    left[at] = False
    members = np.arange(n)
    tree = cKDTree(xy)
    while len(made) < n:
        if len(made) % 1000 == 0:
            progress.step(len(made), n, "bulk.numbering")
        if left[members].sum() * 2 < len(members):
            members = np.flatnonzero(left)
            tree = cKDTree(xy[members])
        k = min(8, len(members))
        while True:
            _, found = tree.query(xy[at], k=k)
            free = [int(i) for i in members[np.atleast_1d(found)] if left[i]]
            if free or k >= len(members):
                break
            k = min(k * 4, len(members))
        at = free[0]
        made.append(at)
        left[at] = False
    return np.array(made, np.int64)
