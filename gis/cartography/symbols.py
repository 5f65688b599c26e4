"""How a layer is drawn: a style made from the catalogue's symbol, which the user may change.

Sizes and widths are millimetres, on screen and on paper alike. Refinements that no table of a feature class should
carry (casings, growth with the scale, labels) stand in ``resources/symbols/map.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from itertools import pairwise
from math import log
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gis.cartography.labels.text import fields_of, texts_of
from gis.cartography.palette import Palette, mixed
from gis.cartography.view import View
from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.resources import resource

MOST_VARIANTS = 255  # a feature's variant is kept in one byte
DASH_MM = 0.4  # the catalogue counts dashes in line widths of this
Kind = Literal["point", "line", "polygon"]
Growth = tuple[tuple[float, float], ...]  # (scale denominator, factor), by rising denominator
Mode = Literal["single", "category", "breaks", "rules"]
Crowd = Literal["thin", "all", "cluster", "heat"]  # lines and polygons know "all" and "heat" only
Pattern = Literal["hatch", "back_hatch", "cross", "horizontal", "vertical", "dots"]


@dataclass(frozen=True, slots=True)
class Variant:
    """How the features of one code, class of values or rule are drawn.

    Which ones, by the style's mode: category: those with the code ``value``, None = all codes without their own
    variant; breaks: values of the field up to and with ``upper`` (None in the last class: all greater ones), the base
    stands for features without a value; rules: those that meet the filter expression ``where``, the first that fits
    wins, the base stands for all others. ``label`` replaces the legend's text. ``max_scale`` is the largest scale
    denominator at which they are drawn, 0 = as the layer; ``visible`` False: never.

    ``svg`` replaces the shape: the name of a picture in ``resources/symbols/svg``, or the text of an SVG of the
    user's. ``casing``: a line's rim colour, ``casing_width`` mm wide on each side. ``pattern`` is drawn in the colour
    ``color`` over the fill, its lines ``pattern_spacing`` mm apart.
    """

    value: str | None
    color: str
    shape: str = "circle"
    size: float = 2.4
    width: float = 0.35
    dash: tuple[float, ...] = ()
    fill: str | None = None
    icon: str | None = None
    max_scale: float = 0.0
    label: str = ""
    where: str = ""
    upper: float | None = None
    visible: bool = True
    svg: str | None = None
    casing: str | None = None
    casing_width: float = 0.3
    pattern: Pattern | None = None
    pattern_spacing: float = 1.2


@dataclass(frozen=True, slots=True)
class SizeBy:
    """Sizes (points) or widths (lines) that follow a field: factors of the variant's own, between two values.

    ``by_area``: a point's area grows with the value, not its diameter. Values outside are held at the ends.
    """

    field: str
    low: float
    high: float
    smallest: float = 0.5
    largest: float = 2.5
    by_area: bool = True


@dataclass(frozen=True, slots=True)
class Heat:
    """A density surface: each feature spreads over ``radius`` mm, weighed by ``weight_by``; colours from ``ramp``."""

    radius: float = 4.0
    ramp: tuple[str, ...] = ("#FEE8C8", "#FDBB84", "#E34A33", "#7F0000")
    weight_by: str | None = None


@dataclass(frozen=True, slots=True)
class Wedge:
    """A field of view or a sector drawn true to scale: fields in degrees and metres, with values where they are empty.

    ``color_share``: opacity of its area. Drawn where its range is at least ``from_px`` pixels; else the mark stands
    alone. A ``width`` of 360 or more is a circle.
    """

    azimuth: str
    width: str | None = None
    range: str | None = None
    default_width: float = 65.0
    default_range: float = 100.0
    color_share: float = 0.25
    from_px: float = 12.0


@dataclass(frozen=True, slots=True)
class LabelRule:
    """When and how features are named on the map: between two scales, ``size`` in mm, the higher priority first."""

    max_scale: float
    min_scale: float = 0.0
    size: float = 2.5
    priority: float = 1.0
    bold: bool = False
    spaced: float = 0.0  # letter spacing, a share of the size
    soft: bool = False  # in a calmer colour
    halo: float = 0.35  # mm of ground colour around the letters
    spread: float = 0.0  # a Chinese name's letters may stand so far apart along a line, a share of the size
    repeat: float = 100.0  # mm after which a name is repeated along a line; nearer it is not written twice


@dataclass(frozen=True, slots=True)
class LayerStyle:
    """The style of one class. ``variants[0]`` is the base; ``opacity`` weighs a polygon's fill, or the whole mark.

    ``max_scale`` is the largest scale denominator at which the layer is drawn, 0 = always. ``core``: a line is drawn
    as a casing in its colour with a core in this one. Sizes and widths count in ``unit``: what is drawn is
    ``pixels(length, view)``, or length × ``factor(denominator)`` × pixels a millimetre, which is the same; casing
    widths, dashes, pattern spacings and label sizes are millimetres always. Refusal ``style.too_many`` for more than
    255 variants. ``label_field`` is a field or a template of several, "{name} {fibre_count}".
    """

    cls: str
    kind: Kind
    family: str
    variants: tuple[Variant, ...]
    by: str | None = None
    opacity: float = 1.0
    max_scale: float = 0.0
    rotate_by: str | None = None
    label_field: str | None = None
    core: str | None = None
    growth: Growth = ()
    labels: Mapping[str, LabelRule] = field(default_factory=dict)  # by code; "" for all others
    mode: Mode = "category"
    min_scale: float = 0.0  # the smallest scale denominator at which the layer is drawn
    unit: Literal["mm", "m"] = "mm"  # of sizes and widths; in metres they do not grow with the scale
    size_by: SizeBy | None = None
    crowd: Crowd = "thin"
    heat: Heat = Heat()
    wedge: Wedge | None = None

    def __post_init__(self) -> None:
        if len(self.variants) > MOST_VARIANTS:
            raise Refusal("style.too_many", count=len(self.variants), most=MOST_VARIANTS)

    @staticmethod
    def from_class(cls: FeatureClass) -> LayerStyle:
        """The default style of a feature class with a geometry."""
        symbol = cls.symbol
        if symbol is None or cls.geometry == "none":
            raise ValueError(f"{cls.name} has no geometry to draw")
        kind: Kind = "point" if cls.geometry == "point" else "line" if cls.geometry == "line" else "polygon"
        base = Variant(
            None, symbol.color, symbol.shape, symbol.size, symbol.width, symbol.dash, symbol.fill, symbol.icon
        )
        variants = [base]
        for value, changes in symbol.values.items():
            made = dict(changes)
            if "dash" in made:
                made["dash"] = tuple(float(v) for v in made["dash"])
            variants.append(replace(base, value=value, **made))
        refined = _refinements().get(cls.name, {})
        labels = _labels(refined) if symbol.label_field else {}
        if symbol.by is not None:  # a code with a label rule of its own is told apart even where it looks like the rest
            known = {v.value for v in variants}
            own = {*labels, *refined.get("value", {})} - known - {""}
            variants += [replace(base, value=value) for value in sorted(own)]
        for i, variant in enumerate(variants):
            changes = dict(refined.get("value", {}).get(variant.value or "", {}))
            if "dash" in changes:
                changes["dash"] = tuple(float(v) for v in changes["dash"])
            variants[i] = replace(variant, **changes)
        return LayerStyle(
            cls=cls.name, kind=kind, family=cls.family, variants=tuple(variants), by=symbol.by,
            opacity=refined.get("opacity", symbol.opacity),
            max_scale=symbol.max_scale, rotate_by=symbol.rotate_by, label_field=symbol.label_field,
            core=refined.get("core"), growth=_growth(refined, kind), labels=labels,
            crowd=refined.get("crowd", "thin"), wedge=Wedge(**refined["wedge"]) if "wedge" in refined else None,
        )  # fmt: skip

    def variant(self, value: object) -> Variant:
        """How a feature with this code is drawn (mode category; the base in all other modes)."""
        return self.variants[self._places().get(value, 0)] if self.mode == "category" else self.variants[0]

    def index(self, values: NDArray[Any] | None, n: int) -> NDArray[np.uint8]:
        """The place in ``variants`` of each of n features, from the column of the field ``by`` (not for rules).

        Classes of breaks are those of single precision, in which numbers are kept for drawing.
        """
        if values is None or self.by is None or len(self.variants) == 1 or self.mode in ("single", "rules"):
            return np.zeros(n, np.uint8)
        if self.mode == "breaks":
            return self._class_of(numbers_of(values))
        place = self._places().get
        if values.dtype != object:
            known, at = np.unique(values, return_inverse=True)
            places = np.array([place(code_of(v), 0) for v in known.tolist()], np.uint8)
            return places[at.reshape(n)] if n else np.zeros(0, np.uint8)
        return np.fromiter((place(v, 0) for v in values), np.uint8, n)

    def _class_of(self, values: NDArray[np.float32]) -> NDArray[np.uint8]:
        uppers = numbers_of(np.array([np.inf if v.upper is None else v.upper for v in self.variants[1:]]))
        rising = np.argsort(uppers, kind="stable")
        found = np.searchsorted(uppers[rising], values, side="left")
        places = np.append(rising + 1, 0).astype(np.uint8)  # above all classes: as those without a value
        made: NDArray[np.uint8] = np.where(np.isnan(values), 0, places[found]).astype(np.uint8)
        return made

    def _places(self) -> dict[object, int]:
        return {variant.value: i for i, variant in enumerate(self.variants) if i}

    def changed(self, value: str | None = None, **changes: Any) -> LayerStyle:
        """A copy with other properties for one code (None: for the base), adding a variant where there is none."""
        variants = list(self.variants)
        place = self._places().get(value, 0)
        if value is not None and place == 0:
            variants.append(replace(variants[0], value=value, **changes))
        else:
            variants[place] = replace(variants[place], **changes)
        return replace(self, variants=tuple(variants))

    def factor(self, denominator: float) -> float:
        """By what sizes and widths are multiplied at the scale 1:denominator to be millimetres."""
        if self.unit == "m":
            return 1000.0 / denominator
        return _interpolated(self.growth, denominator)

    def pixels(self, length: float, view: View) -> float:
        """A variant's size or width in pixels of ``view``."""
        return length * self.factor(view.scale_denominator) * view.pixels_per_mm

    def shown_at(self, denominator: float) -> bool:
        """Whether the layer is drawn at the scale 1:denominator."""
        return denominator >= self.min_scale and (self.max_scale <= 0 or denominator <= self.max_scale)

    def shown_variants(self, denominator: float) -> NDArray[np.bool_] | None:
        """Which variants are drawn at the scale 1:denominator (256,), by place; None when all are."""
        hidden = [i for i, v in enumerate(self.variants) if not _shows(v, denominator)]
        if not hidden:
            return None
        shown = np.ones(256, np.bool_)
        shown[hidden] = False
        return shown

    def label_rule(self, value: object) -> LabelRule | None:
        """How a feature with this code is named, or None."""
        return self.labels.get(value if isinstance(value, str) else "", self.labels.get(""))

    @property
    def rules(self) -> tuple[str, ...]:
        """The filter expressions of ``variants[1:]`` in mode rules; "" fits nothing."""
        return tuple(v.where for v in self.variants[1:]) if self.mode == "rules" else ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """The fields whose values drawing needs as numbers: classes, sizes, heat weights and wedges."""
        wanted = [self.by if self.mode == "breaks" else None]
        wanted += [self.size_by.field] if self.size_by else []
        wanted += [self.heat.weight_by] if self.crowd == "heat" else []
        wanted += [self.wedge.azimuth, self.wedge.width, self.wedge.range] if self.wedge else []
        return tuple(dict.fromkeys(f for f in wanted if f))

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns which the drawing needs beside the geometry (the label's text comes later)."""
        coded = self.by if self.mode == "category" else None
        return tuple(dict.fromkeys(f for f in (coded, self.rotate_by, *self.numbers) if f))

    @property
    def label_fields(self) -> tuple[str, ...]:
        """The columns of which labels are made: the field, or all in the braces of a template "{name} {code}"."""
        return fields_of(self.label_field)

    def label_texts(self, columns: Mapping[str, NDArray[Any]], n: int) -> NDArray[np.object_]:
        """The label of each of n features, from the columns of ``label_fields``; None = none."""
        words = {name: _words(columns.get(name), n) for name in self.label_fields}
        return texts_of(self.label_field, words, n)

    @property
    def order(self) -> tuple[int, ...]:
        """The variants from the least to the most important: thin below wide, small below large."""
        weigh = [v.size if self.kind == "point" else v.width for v in self.variants]
        return tuple(int(i) for i in np.argsort(np.array(weigh), kind="stable"))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for settings and style files; ``from_dict`` reads it back."""
        return asdict(self)

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> LayerStyle:
        """The style written by ``to_dict``, also after a trip through JSON, or by another version of Yantu.

        Unknown keys are passed over and missing ones have their defaults; Refusal ``style.wrong`` (field, value,
        reason) for anything that could not be drawn.
        """
        from gis.cartography.style_data import style_of  # it makes what is defined here

        return style_of(data)


def code_of(value: object) -> str | None:
    """The code in which a style speaks of a field's value: texts as they are, numbers without needless digits."""
    if isinstance(value, float):
        return None if value != value else f"{value:.15g}"
    return None if value is None else str(value)


def _words(column: NDArray[Any] | None, n: int) -> NDArray[np.object_]:
    """A column as words (n,); None where there is no value."""
    if column is None:
        return np.full(n, None, object)
    if column.dtype == object:
        return column
    made = np.empty(n, object)
    made[:] = [code_of(v) for v in column.tolist()]
    return made


def numbers_of(column: NDArray[Any]) -> NDArray[np.float32]:
    """A column as numbers for drawing (n,); NaN where there is none."""
    if column.dtype != object:
        with np.errstate(over="ignore"):
            return np.ascontiguousarray(column, np.float32)
    return np.array([_number(v) for v in column], np.float64).astype(np.float32)


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def _shows(variant: Variant, denominator: float) -> bool:
    return variant.visible and (variant.max_scale <= 0 or denominator <= variant.max_scale)


def core_width(width: float, pixels_per_mm: float) -> float:
    """The width of the core of a cased line ``width`` units wide."""
    return width - max(0.42 * pixels_per_mm, 0.14 * width)


def line_colors(
    style: LayerStyle, variant: Variant, palette: Palette, width: float, pixels_per_mm: float
) -> tuple[str, str | None]:
    """The colours of casing and core; the core is None where the line is too thin for one.

    On a dark ground the casing sinks into the ground and the core carries the colour.
    """
    color = palette.ink(variant.color, style.family)
    if style.core is None or width < 0.75 * pixels_per_mm:
        return color, None
    if palette.dark:
        return mixed(palette.paper, "#000000", 0.35), color
    return color, style.core


_GROWTH: dict[str, Growth] = {
    "point": ((1_000, 1.3), (8_000, 1.0), (25_000, 0.7), (60_000, 0.45), (1_000_000, 0.32)),
    "line": ((1_000, 1.6), (10_000, 1.15), (50_000, 0.85), (250_000, 0.6), (1_000_000, 0.4)),
    "polygon": ((1_000, 1.3), (20_000, 1.0), (1_000_000, 0.7)),
}


def _growth(refined: Mapping[str, Any], kind: str) -> Growth:
    given = refined.get("growth")
    return tuple((float(a), float(b)) for a, b in given) if given else _GROWTH[kind]


def _interpolated(growth: Growth, denominator: float) -> float:
    if not growth:
        return 1.0
    if denominator <= growth[0][0]:
        return growth[0][1]
    for (low, a), (high, b) in pairwise(growth):
        if denominator <= high:
            share = log(denominator / low) / log(high / low)
            return float(a * (b / a) ** share)
    return growth[-1][1]


def _labels(refined: Mapping[str, Any]) -> dict[str, LabelRule]:
    given = refined.get("label")
    if given is None:
        return {"": LabelRule(max_scale=5_000)}
    base = {key: value for key, value in given.items() if not isinstance(value, dict)}
    rules = {key: LabelRule(**{**base, **value}) for key, value in given.items() if isinstance(value, dict)}
    if "max_scale" in base:
        rules[""] = LabelRule(**base)
    return rules


@cache
def _refinements() -> dict[str, Any]:
    path = resource("symbols", "map.toml")
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
