"""What the style panel asks the project about values; each question is long enough for a worker thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.styling.entries import tells_apart
from gis.cartography.breaks import METHODS, Method, classify
from gis.cartography.symbols import MOST_VARIANTS, LayerStyle, code_of
from gis.query import compile_filter

BINS = 48


@dataclass(frozen=True, slots=True)
class Histogram:
    """Finite ``values`` sorted, how many rows have none, and counts in ``BINS`` bars between ``edges``."""

    values: NDArray[np.float64]
    empty: int
    counts: NDArray[np.int64]
    edges: NDArray[np.float64]


def histogram(session: Any, cls: str, field: str) -> Histogram:
    """The values of a numeric field."""
    column = session.columns(cls, [field], geometry=False).fields[field].astype(np.float64)
    values = np.sort(column[np.isfinite(column)])
    if len(values) == 0:
        return Histogram(values, len(column), np.zeros(BINS, np.int64), np.linspace(0.0, 1.0, BINS + 1))
    low, high = float(values[0]), float(values[-1])
    counts, edges = np.histogram(values, BINS, (low, high if high > low else low + 1.0))
    return Histogram(values, len(column) - len(values), counts.astype(np.int64), edges)


def telling_field(session: Any, cls: str, fields: Sequence[str]) -> tuple[str, Histogram]:
    """The first of some numeric fields in which features differ, with its values; else the first of all."""
    ends = ", ".join(f'min("{field}"), max("{field}")' for field in fields)
    row = session.sql(f'SELECT {ends} FROM "{cls}"')[1][0]  # SQLite looks through all of them in one go
    spans = zip(fields, row[::2], row[1::2], strict=True)
    telling = next((field for field, low, high in spans if low is not None and low < high), fields[0])
    return telling, histogram(session, cls, telling)


def method_of(data: Histogram, uppers: Sequence[float]) -> Method:
    """By which method the borders between classes (all but the last upper bound) came about; "manual" for none."""
    for method in METHODS:
        if method != "manual" and classify(data.values, method, len(uppers) + 1)[:-1] == tuple(uppers):
            return method
    return "manual"


def value_counts(session: Any, cls: str, field: str) -> dict[str, int]:
    """The values of a field as a style names them with their counts, the most frequent first."""
    most = MOST_VARIANTS - 1
    found = session.sql(
        f'SELECT "{field}", count(*) FROM "{cls}" WHERE "{field}" IS NOT NULL AND "{field}" <> \'\' '
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}"
    )[1]
    return {str(code_of(value)): int(count) for value, count in found}


def class_counts(data: Histogram, style: LayerStyle) -> list[int]:
    """How many features each class of values draws, by place; as the map does, in single precision."""
    uppers = np.array([np.inf if v.upper is None else v.upper for v in style.variants[1:]], np.float32)
    below = np.searchsorted(data.values.astype(np.float32), uppers, side="right")
    told = np.diff(below, prepend=0)
    return [len(data.values) + data.empty - int(told.sum()), *told.tolist()]


def variant_counts(session: Any, style: LayerStyle) -> list[int]:
    """How many features each variant draws, by place."""
    cls, n = style.cls, len(style.variants)
    if style.mode == "rules":
        return _rule_counts(session, style)
    if not tells_apart(style) or style.by is None:
        return [session.count(cls), *[0] * (n - 1)]
    if style.mode == "breaks":
        return class_counts(histogram(session, cls, style.by), style)
    places = {variant.value: place for place, variant in enumerate(style.variants) if place}
    marks = ", ".join("?" * len(places))
    counts = [session.count(cls), *[0] * (n - 1)]
    found = session.sql(
        f'SELECT "{style.by}", count(*) FROM "{cls}" WHERE "{style.by}" IN ({marks}) GROUP BY 1', tuple(places)
    )[1]
    for value, count in found:
        place = places.get(code_of(value), 0)
        if place:
            counts[place] += int(count)
            counts[0] -= int(count)
    return counts


def _rule_counts(session: Any, style: LayerStyle) -> list[int]:
    """Of several rules that fit a feature the first counts it."""
    kind = session.catalogue[style.cls]
    given = [(i, compile_filter(v.where, kind)) for i, v in enumerate(style.variants) if i and v.where.strip()]
    cases = " ".join(f"WHEN {condition.sql} THEN {place}" for place, condition in given)
    told = f"CASE {cases} ELSE 0 END" if given else "0"
    params = tuple(parameter for _, condition in given for parameter in condition.parameters)
    counts = [0] * len(style.variants)
    for place, count in session.sql(f'SELECT {told}, count(*) FROM "{style.cls}" GROUP BY 1', params)[1]:
        counts[int(place)] = int(count)
    return counts
