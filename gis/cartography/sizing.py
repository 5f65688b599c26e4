"""How large marks, lines and patterns are drawn: millimetres or metres, growth with the scale, sizes by field.

All lengths given back are pixels of a view. Sizes that follow a field are held to ``STEPS`` levels, so that marks can
be stamped from few sprites and lines stroked in few passes: a level differs from the next by less than a tenth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.cartography.arrays import Part
from gis.cartography.symbols import LayerStyle, SizeBy, Variant
from gis.cartography.view import View

STEPS = 24
SMALLEST_MARK = 2.0  # pixels across: a mark is never smaller, or it would be lost among the lines


def casing_pixels(style: LayerStyle, variant: Variant, view: View) -> float:
    """Pixels of a line's rim on each side: millimetres always, but finer where lines in millimetres are."""
    factor = min(style.factor(view.scale_denominator), 1.0) if style.unit == "mm" else 1.0
    return variant.casing_width * factor * view.pixels_per_mm


def mark_sizes(style: LayerStyle, view: View) -> tuple[float, ...]:
    """Pixels across of each variant's mark where no field changes it."""
    unit = style.pixels(1.0, view)
    return tuple(max(variant.size * unit, SMALLEST_MARK) for variant in style.variants)


def levels(size_by: SizeBy) -> NDArray[np.float64]:
    """The factors (STEPS,) which sizes are held to, rising."""
    low, high = sorted((max(size_by.smallest, 0.01), max(size_by.largest, 0.01)))
    made: NDArray[np.float64] = np.geomspace(low, high, STEPS)
    return made


def size_steps(style: LayerStyle, part: Part, positions: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The level in ``levels`` of each feature (n,); None where no field changes sizes. No value is the smallest."""
    by = style.size_by
    numbers = None if by is None else part.numbers.get(by.field)
    if by is None or numbers is None:
        return None
    wanted = factors(by, numbers[positions].astype(np.float64))
    known = levels(by)
    middles = np.sqrt(known[1:] * known[:-1])
    return np.searchsorted(middles, wanted).astype(np.int64)


def factors(by: SizeBy, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The exact factors of values (n,): linear, or by area, between the two ends."""
    span = by.high - by.low
    share = np.clip((values - by.low) / span, 0.0, 1.0) if span else (values >= by.high).astype(np.float64)
    share = np.where(np.isfinite(share), share, 0.0)
    made: NDArray[np.float64]
    if by.by_area:
        made = np.sqrt(by.smallest**2 + (by.largest**2 - by.smallest**2) * share)
    else:
        made = by.smallest + (by.largest - by.smallest) * share
    return made
