"""What the style panel asks the project about values; each question is long enough for a worker thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.styling.entries import tells_apart
from gis.cartography.breaks import METHODS, Method, classify, frequent
from gis.cartography.symbols import MOST_VARIANTS, LayerStyle
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
    tried = []
    for field in fields:
        tried.append((field, histogram(session, cls, field)))
        values = tried[-1][1].values
        if len(values) and values[0] < values[-1]:
            return tried[-1]
    return tried[0]


def method_of(data: Histogram, uppers: Sequence[float]) -> Method:
    """By which method the borders between classes (all but the last upper bound) came about; "manual" for none."""
    for method in METHODS:
        if method != "manual" and classify(data.values, method, len(uppers) + 1)[:-1] == tuple(uppers):
            return method
    return "manual"


def value_counts(session: Any, cls: str, field: str) -> dict[str, int]:
    """The values of a field as a style names them with their counts, the most frequent first."""
    return frequent(session.columns(cls, [field], geometry=False).fields[field], MOST_VARIANTS - 1)


def variant_counts(session: Any, style: LayerStyle) -> list[int]:
    """How many features each variant draws, by place."""
    cls, n = style.cls, len(style.variants)
    if style.mode == "rules":
        return _rule_counts(session, style)
    if not tells_apart(style) or style.by is None:
        return [session.count(cls), *[0] * (n - 1)]
    column = session.columns(cls, [style.by], geometry=False).fields[style.by]
    return np.bincount(style.index(column, len(column)), minlength=n).tolist()


def _rule_counts(session: Any, style: LayerStyle) -> list[int]:
    """Of several rules that fit a feature the first counts it."""
    kind = session.catalogue[style.cls]
    with session.reading() as snapshot:
        left = snapshot.ids(style.cls)
        total, counts = len(left), [0] * len(style.variants)
        for place, variant in enumerate(style.variants):
            if place == 0:
                continue
            if not variant.where.strip():
                continue
            condition = compile_filter(variant.where, kind)
            met = snapshot.ids(style.cls, condition.sql, condition.parameters)
            taken = np.isin(left, met)
            counts[place] = int(taken.sum())
            left = left[~taken]
    counts[0] = total - sum(counts[1:])
    return counts
