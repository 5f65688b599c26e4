"""The legend: what the symbols in a map window mean and how many of each there are; nothing that is not shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from gis.cartography.palette import mixed
from gis.cartography.symbols import LayerStyle
from gis.catalogue import Catalogue, FeatureClass
from gis.coverage.classes import LevelClass, Technology
from gis.errors import Language
from gis.geometry.columns import BBox, Columns

_WIDEST_LINE = 1.1  # mm
_NAMED_OTHERS = 3  # so many codes that look alike are named, more are "other"


class City(Protocol):
    """What a sheet asks of a session or a snapshot."""

    @property
    def catalogue(self) -> Catalogue:
        """The classes."""

    def columns(self, cls: str, fields: Sequence[str] | None = None, **narrowed: Any) -> Columns:
        """Rows of a class, column by column."""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line: a style with one of its codes, or a plain ``color`` patch. ``count`` None where it says nothing."""

    label: str
    style: LayerStyle | None = None
    value: str | None = None
    color: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class LegendGroup:
    """Entries under one heading; a heading of "" for classes that have one symbol only."""

    title: str
    entries: tuple[LegendEntry, ...]


def class_legend(
    city: City, styles: Sequence[LayerStyle], extent: BBox | None, denominator: float, language: Language,
) -> tuple[LegendGroup, ...]:  # fmt: skip
    """The legend of layers inside ``extent`` (None: everywhere) at a scale: point classes first, the ground last.

    A class whose symbol differs by a code gets a heading and one entry for each code found; all others share one group.
    """
    single: list[LegendEntry] = []
    grouped: list[LegendGroup] = []
    order = {"point": 0, "line": 1, "polygon": 2}
    for style in sorted(styles, key=lambda s: (order[s.kind], -city.catalogue[s.cls].order)):
        if not style.shown_at(denominator):
            continue
        cls = city.catalogue[style.cls]
        counts = Counter({c: n for c, n in _counts(city, style, extent).items() if style.draws(c, denominator)})
        total = sum(counts.values())
        if not total:
            continue
        entries = _entries(cls, _as_drawn(style, denominator), counts, language)
        title = cls.label.text(language)
        if len(entries) == 1 and entries[0].value is None:
            single.append(LegendEntry(title, style, None, None, total))
        else:
            grouped.append(LegendGroup(title, entries))
    return ((LegendGroup("", tuple(single)),) if single else ()) + tuple(grouped)


def _as_drawn(style: LayerStyle, denominator: float) -> LayerStyle:
    """A line's style with its widths at that scale, so that the swatch looks as the line on the map does.

    Where the map's lines are too wide for a legend all are made thinner alike.
    """
    if style.kind != "line":
        return style
    factor = style.factor(denominator)
    factor *= min(1.0, _WIDEST_LINE / max(v.width * factor for v in style.variants))
    return replace(style, variants=tuple(replace(v, width=max(v.width * factor, 0.15)) for v in style.variants))


def _counts(city: City, style: LayerStyle, extent: BBox | None) -> Counter[str | None]:
    fields = [style.by] if style.by else []
    columns = city.columns(style.cls, fields, bbox=extent, geometry=False)
    if not style.by:
        return Counter({None: len(columns)})
    if not len(columns):
        return Counter()
    column = columns.fields[style.by]
    if column.dtype == object:
        return Counter(column.tolist())
    values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    return Counter({f"{value:g}": int(count) for value, count in zip(values, counts, strict=True)})


def _entries(
    cls: FeatureClass, style: LayerStyle, counts: Counter[str | None], language: Language
) -> tuple[LegendEntry, ...]:
    if not style.by:
        return (LegendEntry(cls.label.text(language), style, None, None, sum(counts.values())),)
    field = cls.field(style.by)
    own = {variant.value for variant in style.variants[1:]}
    made, others, other_codes = [], 0, []
    for code in field.codes:
        count = counts.pop(code.value, 0)
        if not count:
            continue
        if code.value in own:
            made.append(LegendEntry(code.label.text(language), style, code.value, None, count))
        else:
            others += count
            other_codes.append(code.label.text(language))
    others += sum(counts.values())
    if not made:
        return (LegendEntry(cls.label.text(language), style, None, None, others),)
    if others:
        label = "其他" if language == "zh" else "Other"
        if 0 < len(other_codes) <= _NAMED_OTHERS and not any(counts.values()):
            label = ("、" if language == "zh" else ", ").join(other_codes)
        made.append(LegendEntry(label, style, None, None, others))
    return tuple(made)


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
