"""The legend: what the symbols in a map window mean and how many of each there are; nothing that is not shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from gis.cartography.arrays import LayerArrays, places_of
from gis.cartography.clusters import TOGETHER
from gis.cartography.heat import MIDDLE, top_density
from gis.cartography.palette import mixed
from gis.cartography.sizing import factors
from gis.cartography.symbols import LayerStyle, SizeBy, code_of
from gis.catalogue import Catalogue, FeatureClass
from gis.coverage.classes import LevelClass, Technology
from gis.errors import Language
from gis.geometry.columns import BBox, Columns, Shapes

_WIDEST_LINE = 1.1  # mm
_NAMED_OTHERS = 3  # so many codes that look alike are named, more are "other"
_ASKED_FOR = 20_000  # features up to which rules are asked of them alone, and not of the whole class
_PIXELS_MM = 96 / 25.4
_SIZES = (1.0, 0.5, 0.0)  # places between the ends of a field at which sizes are shown
_WORDS = {
    "other": ("其他", "Other"),
    "no_value": ("无数据", "No data"),
    "all": ("全部", "All"),
    "unnamed": ("未写条件", "No condition"),
    "yes": ("是", "Yes"),
    "no": ("否", "No"),
    "cluster": ("多个合并，数字为个数", "Several, with their number"),
    "wedge": ("朝向与范围（实地比例）", "Reach, true to scale"),
    "circle": ("范围（实地比例）", "Reach, true to scale"),
}
Mark = Literal["symbol", "cluster", "wedge"]


class City(Protocol):
    """What a sheet asks of a session or a snapshot."""

    @property
    def catalogue(self) -> Catalogue:
        """The classes."""

    def columns(self, cls: str, fields: Sequence[str] | None = None, **narrowed: Any) -> Columns:
        """Rows of a class, column by column."""

    def shapes(self, cls: str, *, bbox: BBox | None = None, ids: Any = None) -> Shapes:
        """Geometries of a class; asked only for densities."""

    def matching(self, cls: str, where: str, ids: Any = None) -> NDArray[np.int64]:
        """The ids, rising, of the features (of ``ids``) that meet a filter expression; asked only for rules."""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line: a ``style`` that draws all alike, or a plain ``color`` patch. ``count`` None where it says nothing.

    ``value`` is the code the entry stands for. ``mark`` "cluster" is the circle of joined points, "wedge" a field of
    view in the style's colour. ``share``: the part of its room that a symbol takes where sizes follow a field.
    """

    label: str
    style: LayerStyle | None = None
    value: str | None = None
    color: str | None = None
    count: int | None = None
    mark: Mark = "symbol"
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class LegendGroup:
    """Entries under one heading; a heading of "" for classes that have one symbol only."""

    title: str
    entries: tuple[LegendEntry, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """What of a layer lies in the window: features by variant, by code, and values of the fields asked for."""

    by_variant: NDArray[np.int64]
    by_code: Counter[str | None]
    fields: dict[str, NDArray[Any]]


def class_legend(
    city: City, styles: Sequence[LayerStyle], extent: BBox | None, denominator: float, language: Language,
) -> tuple[LegendGroup, ...]:  # fmt: skip
    """The legend of layers inside ``extent`` (None: everywhere) at a scale: point classes first, the ground last.

    A class whose symbols differ gets a heading and one entry for each that is found; all others share one group.
    Colours of a density, joined points, sizes that follow a field and fields of view are told below their heading.
    """
    single: list[LegendEntry] = []
    grouped: list[LegendGroup] = []
    order = {"point": 0, "line": 1, "polygon": 2}
    for style in sorted(styles, key=lambda s: (order[s.kind], -city.catalogue[s.cls].order)):
        if not style.shown_at(denominator):
            continue
        cls = city.catalogue[style.cls]
        found = _found(city, style, extent, denominator)
        total = int(found.by_variant.sum())
        if not total:
            continue
        title = cls.label.text(language)
        if style.crowd == "heat":
            bare = replace(alone(style, 0), rotate_by=None, size_by=None, wedge=None)
            label = densities(LayerArrays.load(city, bare), cls, style, denominator, language)
            grouped.append(LegendGroup(title, (LegendEntry(label, style, count=total),)))
            continue
        drawn = _as_drawn(style, denominator)
        entries = [*_entries(cls, drawn, found, language), *_further(cls, drawn, found, denominator, language)]
        if len(entries) == 1 and entries[0].value is None and entries[0].label == title:
            single += entries
        else:
            asked = _asked(cls, style, language)
            grouped.append(LegendGroup(f"{title} · {asked}" if asked else title, tuple(entries)))
    return ((LegendGroup("", tuple(single)),) if single else ()) + tuple(grouped)


def densities(arrays: LayerArrays, cls: FeatureClass, style: LayerStyle, denominator: float, language: Language) -> str:
    """The numbers below the left end, the middle and the right end of a density's colours, and what they count.

    The top is that of the map itself: it follows from the whole class and the scale, not from the window.
    """
    top = top_density(arrays, style, denominator)
    field = style.heat.weight_by if style.heat.weight_by and cls.has_field(style.heat.weight_by) else None
    unit = _unit(cls, field, language).strip() if field else ""
    if style.kind == "line":
        unit = f"{unit}·km" if unit else "km"
    ends = f"0 · {figure(top * MIDDLE)} · ≥ {figure(top)}"
    if language == "zh":
        counted = f"{unit or ('' if field else '个')}/km²"
        return f"{_field_label(cls, field, language)} {ends} {counted}" if field else f"{ends} {counted}"
    counted = f"{unit} per km²" if unit else "per km²"
    return f"{_field_label(cls, field, language)} {ends} {counted}" if field else f"{ends} {counted}"


def variant_label(cls: FeatureClass, style: LayerStyle, place: int, language: Language) -> str:
    """What the variant at a place of the style stands for: its own label, a code's, a span of values, a rule."""
    variant = style.variants[place]
    if variant.label:
        return variant.label
    if not _told_apart(style):
        return cls.label.text(language)
    if place == 0:
        return _said("no_value" if style.mode == "breaks" else "other", language)
    if style.mode == "rules":
        return variant.where.strip() or _said("unnamed", language)
    field = cls.field(style.by) if style.by and cls.has_field(style.by) else None
    if style.mode == "breaks":
        return _span(style, place, _unit(cls, style.by, language), language)
    if field is not None and field.type == "boolean":
        return _said("yes" if variant.value in ("1", "true") else "no", language)
    return field.code_label(variant.value, language) if field else variant.value or _said("no_value", language)


def alone(style: LayerStyle, place: int) -> LayerStyle:
    """A style which draws everything as the variant at that place is drawn."""
    return replace(style, mode="single", by=None, variants=(replace(style.variants[place], value=None, visible=True),))


def _told_apart(style: LayerStyle) -> bool:
    return len(style.variants) > 1 and (style.mode == "rules" or (style.mode != "single" and style.by is not None))


def _span(style: LayerStyle, place: int, unit: str, language: Language) -> str:
    lower = style.variants[place - 1].upper if place > 1 else None
    upper = style.variants[place].upper
    if upper is None:
        return _said("all", language) if lower is None else f"> {figure(lower)}{unit}"
    return f"≤ {figure(upper)}{unit}" if lower is None else f"{figure(lower)} – {figure(upper)}{unit}"


def figure(value: float) -> str:
    """A number as a legend writes it: four digits that count, thousands apart, a true minus sign."""
    written = f"{round(value):,}" if abs(value) >= 10_000 else f"{value:.4g}"
    return written.replace("-", "−")


def _said(word: str, language: Language) -> str:
    zh, en = _WORDS[word]
    return zh if language == "zh" else en


def _unit(cls: FeatureClass, name: str | None, language: Language) -> str:
    """The unit as it follows a number; counting words of Chinese (芯, 户) say nothing in English."""
    unit = cls.field(name).unit if name and cls.has_field(name) else ""
    if not unit or (language == "en" and any("\u4e00" <= letter <= "\u9fff" for letter in unit)):
        return ""
    return unit if unit in ("°", "%") else f" {unit}"


def _field_label(cls: FeatureClass, name: str, language: Language) -> str:
    return cls.field(name).label.text(language) if cls.has_field(name) else name


def _asked(cls: FeatureClass, style: LayerStyle, language: Language) -> str:
    """The field which a heading must name: that of values, and of codes that are not the class's usual ones."""
    usual = cls.symbol.by if cls.symbol else None
    if not _told_apart(style) or style.mode == "rules" or not style.by:
        return ""
    return _field_label(cls, style.by, language) if style.mode == "breaks" or style.by != usual else ""


def _as_drawn(style: LayerStyle, denominator: float) -> LayerStyle:
    """A line's style with its widths at that scale, so that the swatch looks as the line on the map does.

    Where the map's lines are too wide for a legend all are made thinner alike.
    """
    if style.kind != "line":
        return style
    factor = style.factor(denominator)
    factor *= min(1.0, _WIDEST_LINE / max(max(v.width * factor for v in style.variants), 1e-9))
    made = tuple(replace(v, width=max(v.width * factor, 0.15)) for v in style.variants)
    return replace(style, variants=made, unit="mm")


def _found(city: City, style: LayerStyle, extent: BBox | None, denominator: float) -> _Found:
    wanted = [style.by if _told_apart(style) and style.mode != "rules" else None]
    wanted += [style.wedge.range] if style.wedge else []
    fields = list(dict.fromkeys(name for name in wanted if name))
    columns = city.columns(style.cls, fields, bbox=extent, geometry=False)
    asked = columns.ids if extent is not None and len(columns) <= _ASKED_FOR else None
    nothing = np.zeros(0, np.int64)
    matches = [city.matching(style.cls, rule, asked) if rule.strip() else nothing for rule in style.rules]
    places = places_of(style, columns.ids, columns.fields, matches)
    shown = style.shown_variants(denominator)
    seen = np.ones(len(places), np.bool_) if shown is None else shown[places]
    codes: Counter[str | None] = Counter()
    if wanted[0] and style.mode == "category":
        column = columns.fields[wanted[0]][seen]
        codes = Counter(column.tolist() if column.dtype == object else [code_of(v) for v in column.tolist()])
    counts = np.bincount(places[seen], minlength=len(style.variants))
    return _Found(counts, codes, {name: columns.fields[name][seen] for name in fields})


def _entries(cls: FeatureClass, style: LayerStyle, found: _Found, language: Language) -> list[LegendEntry]:
    """One entry for each variant that is found; of codes in the order of their list, of rules and classes in theirs."""
    counts = found.by_variant.tolist()
    places = [place for place in range(1, len(style.variants)) if counts[place]]
    if style.mode == "category" and style.by and cls.has_field(style.by):
        listed = {code.value: i for i, code in enumerate(cls.field(style.by).codes)}
        places.sort(key=lambda place: (listed.get(style.variants[place].value or "", len(listed)), place))
    if not places:
        base = style.variants[0].label or cls.label.text(language)
        return [LegendEntry(base, alone(style, 0), None, None, counts[0])]
    made = [
        LegendEntry(variant_label(cls, style, place, language), alone(style, place), style.variants[place].value,
                    None, counts[place])
        for place in places
    ]  # fmt: skip
    if counts[0]:
        label = style.variants[0].label or _others(cls, style, found, language)
        made.append(LegendEntry(label, alone(style, 0), None, None, counts[0]))
    return made


def _others(cls: FeatureClass, style: LayerStyle, found: _Found, language: Language) -> str:
    """What the base stands for: the codes without a variant of their own where they are few."""
    if style.mode == "category" and style.by and cls.has_field(style.by):
        own = {variant.value for variant in style.variants[1:]}
        rest = {code for code in found.by_code if code not in own}
        codes = [code for code in cls.field(style.by).codes if code.value in rest]
        if 0 < len(codes) <= _NAMED_OTHERS and len(codes) == len(rest):
            return ("、" if language == "zh" else ", ").join(code.label.text(language) for code in codes)
    return variant_label(cls, style, 0, language)


def _further(
    cls: FeatureClass, style: LayerStyle, found: _Found, denominator: float, language: Language
) -> list[LegendEntry]:
    """What marks say beside their colour and shape: sizes, joined points, fields of view."""
    made: list[LegendEntry] = []
    first = alone(style, int(np.argmax(found.by_variant)))
    if style.size_by is not None and style.kind != "polygon" and style.size_by.low != style.size_by.high:
        made += _sizes(cls, first, style.size_by, language)
    if style.kind == "point" and style.crowd == "cluster" and denominator > TOGETHER:
        made.append(LegendEntry(_said("cluster", language), alone(style, 0), mark="cluster"))
    wedge = style.wedge
    if style.kind == "point" and wedge is not None:
        ranges = np.asarray(found.fields.get(wedge.range or "", np.zeros(0)), np.float64)
        ranges = ranges[np.isfinite(ranges)]
        longest = float(ranges.max()) if len(ranges) else wedge.default_range
        if longest * 1000 / denominator * _PIXELS_MM >= wedge.from_px:
            word = "circle" if wedge.width is None and wedge.default_width >= 360 else "wedge"
            made.append(LegendEntry(_said(word, language), first, mark="wedge"))
    return made


def _sizes(cls: FeatureClass, style: LayerStyle, rule: SizeBy, language: Language) -> list[LegendEntry]:
    field = _field_label(cls, rule.field, language)
    unit = _unit(cls, rule.field, language)
    values = rule.low + (rule.high - rule.low) * np.array(_SIZES)
    sizes = factors(rule, values)
    shares = (sizes / max(float(sizes.max()), 1e-9)).tolist()
    made = []
    for value, share, size in zip(values.tolist(), shares, sizes.tolist(), strict=True):
        bound = "≥ " if share == max(shares) else "≤ " if share == min(shares) else ""
        variant = style.variants[0]
        if style.kind == "line":
            most = float(sizes.max()) * variant.width
            width = variant.width * size * min(1.0, _WIDEST_LINE / max(most, 1e-9))
            drawn = replace(style, variants=(replace(variant, width=max(width, 0.1)),), size_by=None)
            made.append(LegendEntry(f"{field} {bound}{figure(value)}{unit}", drawn))
        else:
            made.append(LegendEntry(f"{field} {bound}{figure(value)}{unit}", replace(style, size_by=None), share=share))
    return made


def level_legend(
    kind: Technology, classes: Sequence[LevelClass], language: Language, opacity: float = 1.0
) -> LegendGroup:
    """The legend of a coverage picture: one patch for each class of level, strongest first, as it looks on white."""
    entries = []
    upper: float | None = None
    to = "～" if language == "zh" else "to"
    for level in classes:
        low = _signed(level.minimum)
        span = f"≥ {low}" if upper is None else f"{low} {to} {_signed(upper)}"
        if not level.covered:
            span = f"< {_signed(upper)}" if upper is not None else f"≥ {low}"
        entries.append(
            LegendEntry(
                f"{span} {kind.unit}  {level.label.text(language)}", color=mixed("#FFFFFF", level.color, opacity)
            )
        )
        upper = level.minimum
    what = kind.label.text(language)
    if kind.quantity == "margin":
        title = "高于门限的余量" if language == "zh" else "Margin over the threshold"
    else:
        title = f"{what} {kind.quantity}"
    return LegendGroup(title, tuple(entries))


def _signed(value: float) -> str:
    return f"{value:g}".replace("-", "−")
