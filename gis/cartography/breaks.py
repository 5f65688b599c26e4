"""Divides values into classes, and makes styles of classes, categories, rules and sizes.

The classification methods are mapclassify's (S. Rey and others); natural breaks are Fisher's exact optimum ("Fisher-
Jenks": W. Fisher, "On grouping for maximum homogeneity", 1958).
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil, floor, log10
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from gis.cartography.palette import mixed
from gis.cartography.ramps import Ramp, ramps
from gis.cartography.symbols import MOST_VARIANTS, LayerStyle, SizeBy, Variant, code_of
from gis.catalogue import FeatureClass

Method = Literal["equal", "quantile", "natural", "std", "pretty", "log", "manual"]
METHODS: tuple[Method, ...] = get_args(Method)
MOST_CLASSES = 20
MOST_TEXTS = 30  # distinct words of a field with their own symbol
NO_VALUE = "#9AA3AD"
OTHERS = "#9AA3AD"
_SAMPLE = 6_000  # values of which natural breaks are sought: the search is quadratic, 6,000 take 0.1 s
_SEED = 20_240_601

Colors = Ramp | str | Sequence[str]  # a ramp, its key, or colours from the lowest class to the highest


def classify(
    values: NDArray[Any] | Sequence[Any], method: Method = "natural", k: int = 5, *, given: Sequence[float] = ()
) -> tuple[float, ...]:
    """The upper bounds of at most ``k`` classes, rising; a value belongs to the first bound it is not above.

    The last bound is the greatest value or above it. Values that are no numbers or not finite are left out; () where
    there is none. There are fewer classes where there are fewer distinct values. For "manual" the bounds are those
    ``given``. Bounds are rounded upwards to what tells classes apart.
    """
    numbers = _finite(values)
    if method == "manual":
        bounds = np.unique(np.array([g for g in given if np.isfinite(g)], np.float64))
        if len(numbers) and (not len(bounds) or bounds[-1] < numbers.max()):
            bounds = np.append(bounds, numbers.max())
        return tuple(bounds[:MOST_CLASSES].tolist())
    k = min(max(int(k), 1), MOST_CLASSES)
    distinct = np.unique(numbers)
    if len(distinct) <= k:
        return tuple(distinct.tolist())
    if k == 1:
        return (float(distinct[-1]),)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mapclassify says so when quantiles coincide; they are made one below
        bounds = np.unique(np.asarray(_bounds(numbers, method, k), np.float64))
    bounds = bounds[np.isfinite(bounds) & (bounds >= distinct[0])]
    bounds = np.append(bounds[bounds < distinct[-1]], distinct[-1])
    return _rounded(bounds, float(distinct[0]))


def _finite(values: NDArray[Any] | Sequence[Any]) -> NDArray[np.float64]:
    column = np.asarray(values)
    if column.dtype.kind not in "fiub":
        made = []
        for value in column.tolist():
            try:
                made.append(float(value))
            except (TypeError, ValueError):
                continue
        column = np.array(made, np.float64)
    numbers = column.astype(np.float64).ravel()
    # Beyond this, differences of values are no numbers any more.
    return numbers[np.isfinite(numbers) & (np.abs(numbers) < 1e150)]


def _bounds(values: NDArray[np.float64], method: Method, k: int) -> Any:
    import mapclassify  # takes a while, and few sessions classify anything

    match method:
        case "equal":
            return mapclassify.EqualInterval(values, k=k).bins
        case "quantile":
            return mapclassify.Quantiles(values, k=k).bins
        case "natural":
            return mapclassify.FisherJenks(_sampled(values), k=k).bins
        case "std":
            multiples = (np.arange(k - 1) - (k - 2) / 2).tolist()  # k classes of one deviation, the mean amidst
            return mapclassify.StdMean(values, multiples=multiples).bins
        case "pretty":
            return mapclassify.PrettyBreaks(values, k=k).bins
        case _:
            above = values[values > 0]
            if not len(above) or above.min() == above.max():
                return mapclassify.EqualInterval(values, k=k).bins
            least = max(float(above.min()), float(above.max()) * 1e-9)
            return np.geomspace(least, above.max(), k + 1)[1:]


def _sampled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(values) <= _SAMPLE:
        return values
    made = np.random.default_rng(_SEED).choice(values, _SAMPLE, replace=False)
    return np.concatenate([made, [values.min(), values.max()]])


def _rounded(bounds: NDArray[np.float64], least: float) -> tuple[float, ...]:
    """Bounds rounded upwards to a hundredth of the narrowest class, so that legends are short."""
    gaps = np.diff(np.concatenate([[least], bounds]))
    gap = float(gaps[gaps > 0].min()) if (gaps > 0).any() else 1.0
    digits = 2 - floor(log10(gap))
    if not -15 < digits < 15:
        return tuple(bounds.tolist())
    made = []
    for bound in bounds.tolist():
        up = ceil(round(bound * 10.0**digits, 6)) / 10.0**digits
        made.append(max(float(round(up, max(digits, 0))), bound))
    return tuple(np.unique(made).tolist())


def style_with_breaks(style: LayerStyle, field: str, uppers: Sequence[float], ramp: Colors = "viridis") -> LayerStyle:
    """The style with a class for each bound (see ``classify``), the last one open, and a base for "no value"."""
    base = style.variants[0]
    colors = _colors(ramp, len(uppers))
    bounds: list[float | None] = [float(u) for u in uppers]
    if bounds:
        bounds[-1] = None
    made = [_tinted(_plain(base), NO_VALUE, style.kind)]
    made += [
        replace(_tinted(_plain(base), color, style.kind), upper=upper)
        for upper, color in zip(bounds, colors, strict=True)
    ]
    return _told_apart(style, mode="breaks", by=field, variants=tuple(made))


def style_with_categories(
    style: LayerStyle, cls: FeatureClass, field: str, ramp: Colors = "okabe_ito",
    counts: Mapping[str, int] | None = None,
) -> LayerStyle:  # fmt: skip
    """The style with a symbol for each code of a field, or each of the most frequent values (``counts``, see
    ``frequent``) where it has no code list; the base stands for all others."""
    f = cls.field(field)
    if f.codes:
        values = [code.value for code in f.codes][: MOST_VARIANTS - 1]
    elif f.type == "boolean":
        values = ["1", "0"]
    else:
        values = list(counts or {})[:MOST_TEXTS]
    base = _plain(style.variants[0])
    made = [_tinted(base, OTHERS, style.kind)]
    made += [
        replace(_tinted(base, color, style.kind), value=value)
        for value, color in zip(values, _colors(ramp, len(values)), strict=True)
    ]
    return _told_apart(style, mode="category", by=field, variants=tuple(made))


def frequent(column: NDArray[Any], most: int = MOST_TEXTS) -> dict[str, int]:
    """The most frequent values of a column as codes with their counts, the most frequent first."""
    if column.dtype == object:
        counts = Counter(value for value in column.tolist() if value not in (None, ""))
        found = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
        return {str(value): count for value, count in found[:most]}
    values, numbers = np.unique(column, return_counts=True)
    order = np.lexsort((values, -numbers))
    made = {code_of(values[i].item()): int(numbers[i]) for i in order}
    return {code: count for code, count in list(made.items())[: most + 1] if code is not None}


def style_with_rules(
    style: LayerStyle, rules: Sequence[tuple[str, str]], ramp: Colors = "okabe_ito", *, others: bool = True
) -> LayerStyle:
    """The style with a symbol for each (label, filter expression), the first that fits wins; without ``others`` the
    features that meet none are not drawn."""
    base = _plain(style.variants[0])
    made = [replace(_tinted(base, OTHERS, style.kind), visible=others)]
    made += [
        replace(_tinted(base, color, style.kind), label=label, where=where)
        for (label, where), color in zip(rules, _colors(ramp, len(rules)), strict=True)
    ]
    return _told_apart(style, mode="rules", by=None, variants=tuple(made))


def style_of_one(style: LayerStyle) -> LayerStyle:
    """The style with one symbol for all features: its base."""
    base = _plain(style.variants[0])
    return replace(style, mode="single", by=None, variants=(base,), labels=_one_rule(style))


def size_by(field: str, values: NDArray[Any], smallest: float = 0.6, largest: float = 2.6) -> SizeBy | None:
    """Sizes that follow a field, between values that leave out the extreme hundredths; None where all are alike."""
    numbers = _finite(values)
    if not len(numbers) or numbers.min() == numbers.max():
        return None
    low, high = np.percentile(numbers, [1, 99]).tolist()
    if low == high:
        low, high = float(numbers.min()), float(numbers.max())
    if 0 <= low < 0.25 * high:
        low = 0.0  # an area that grows from nothing reads truer
    quantum = 10.0 ** (floor(log10(high - low)) - 1)
    return SizeBy(field, floor(low / quantum) * quantum, ceil(high / quantum) * quantum, smallest, largest)


def _colors(ramp: Colors, count: int) -> tuple[str, ...]:
    if isinstance(ramp, str):
        ramp = ramps()[ramp]
    if isinstance(ramp, Ramp):
        return ramp.of(count)
    return tuple(ramp[i % len(ramp)] for i in range(count))


def _told_apart(style: LayerStyle, **changes: Any) -> LayerStyle:
    """The style with new variants whose colour must be seen: without cores that hide it, and not as thin as ground."""
    opacity = max(style.opacity, 0.75) if style.kind == "polygon" else style.opacity
    return replace(style, core=None, opacity=opacity, labels=_one_rule(style), **changes)


def _plain(variant: Variant) -> Variant:
    """The look of a variant, without which features it is for."""
    return replace(variant, value=None, upper=None, where="", label="", max_scale=0.0, visible=True)


def _tinted(variant: Variant, color: str, kind: str) -> Variant:
    """The variant in another colour; an area is filled with it and has a darker outline."""
    if kind != "polygon":
        return replace(variant, color=color)
    return replace(variant, fill=color, color=mixed(color, "#000000", 0.35))


def _one_rule(style: LayerStyle) -> dict[str, Any]:
    """Label rules go by code; where features are told apart otherwise the widest stands for all."""
    if not style.labels:
        return {}
    rule = style.labels.get("") or max(style.labels.values(), key=lambda r: r.max_scale)
    return {"": rule}
