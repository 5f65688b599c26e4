"""More features than a page can carry, counted in the squares of a grid: every one is in a count, none is left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.cartography.web.shapes import SPAN

FINEST, COARSEST = 20, 6  # levels: at level g the world is 2^g squares wide; 20 is 38 m at the equator
MOST_COUNTS = 60_000  # of a class: what a page carries with ease


@dataclass(frozen=True, slots=True)
class Crowd:
    """Counts by square and variant: ``column``, ``row``, ``variant``, ``count`` (m,), by rising square."""

    level: int
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    variant: NDArray[np.int64]
    count: NDArray[np.int64]


def crowd(x: NDArray[np.int64], y: NDArray[np.int64], variant: NDArray[np.int64], most: int = MOST_COUNTS) -> Crowd:
    """Count features at ``x``, ``y`` (steps of ``SPAN``) in the smallest squares that make at most ``most`` counts."""
    bits = SPAN.bit_length() - 1
    for level in range(FINEST, COARSEST - 1, -1):
        column, row = x >> (bits - level), y >> (bits - level)
        keys, counts = np.unique(((row << level) + column) * 256 + variant, return_counts=True)
        if len(keys) <= most or level == COARSEST:
            break
    square = keys >> 8
    return Crowd(level, square & ((1 << level) - 1), square >> level, keys & 255, counts)
