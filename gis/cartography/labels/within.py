"""Where a name may stand in an area: on the widest level stretch near its middle, holes and parts told apart."""

from __future__ import annotations

from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from gis.cartography.compiled import exact_kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

ROWS = 11  # levels looked at
MOST = 64  # borders crossed by a level; with more of them it is passed over
PLACES = 12  # kept for one area
SNUG = 0.85  # of the text's width: as narrow as an area may be


@exact_kernel
def within(
    coords: F64, ring_offsets: I64, first_ring: I64, last_ring: I64, bounds: F64, positions: I64, left: float,
    top: float, k: float, size: F64, width: float, height: float,
) -> tuple[I64, F64]:  # fmt: skip
    """Centres (p, 2) for texts of ``size`` (n, 2) pixels in the areas ``positions`` (n,), the best first, and where
    each area's begin (n + 1,). Those of the whole area come first; where it is partly out of view, those of what is
    seen of it follow.
    """
    first = np.zeros(len(positions) + 1, np.int64)
    centres = np.empty((PLACES * len(positions), 2))
    crossed = np.empty((3 * ROWS, MOST))
    many = np.empty(3 * ROWS, np.int64)
    n = 0
    for i in range(len(positions)):
        p = positions[i]
        x0, x1 = (bounds[p, 0] - left) * k, (bounds[p, 2] - left) * k
        y0, y1 = (top - bounds[p, 3]) * k, (top - bounds[p, 1]) * k
        w, h = size[i, 0], size[i, 1]
        if x1 - x0 >= SNUG * w and y1 - y0 >= h:
            seen = x0 >= 0.0 and y0 >= 0.0 and x1 <= width and y1 <= height
            start = n
            for part in range(1 if seen else 2):
                v0, v1, u0, u1 = y0, y1, -1e18, 1e18
                if part == 1:
                    v0, v1, u0, u1 = max(y0, 0.0), min(y1, height), 0.0, width
                if v1 - v0 < h:
                    continue
                a, b = first_ring[p], last_ring[p]
                _levels(coords, ring_offsets, a, b, left, top, k, v0, v1, h, crossed, many)
                limit = start + (8 if part == 0 and not seen else PLACES)
                n = _rows(crossed, many, v0, v1, u0, u1, w, h, width, height, centres, n, limit)
        first[i + 1] = n
    return first, centres[:n]


@exact_kernel
def _levels(
    coords: F64, ring_offsets: I64, first: int, last: int, left: float, top: float, k: float, v0: float, v1: float,
    h: float, crossed: F64, many: I64,
) -> None:  # fmt: skip
    """Where the borders cross ``ROWS`` levels between v0 and v1, and those half a text above and below each."""
    for row in range(len(many)):
        many[row] = 0
    gap = (v1 - v0 - h) / (ROWS - 1)
    for j in range(first, last):
        for v in range(ring_offsets[j] + 1, ring_offsets[j + 1]):
            ya, yb = (top - coords[v - 1, 1]) * k, (top - coords[v, 1]) * k
            if ya == yb:
                continue
            low, high = min(ya, yb), max(ya, yb)
            xa, xb = (coords[v - 1, 0] - left) * k, (coords[v, 0] - left) * k
            for side in range(3):
                base = v0 + side * 0.5 * h
                if gap > 1e-9:  # one more either way: what rounding makes of a border is seen below
                    start = max(ceil(max((low - base) / gap, 0.0)) - 1, 0)
                    stop = min(floor(min((high - base) / gap, ROWS + 0.0)) + 1, ROWS - 1)
                else:
                    start, stop = 0, ROWS - 1
                for r in range(start, stop + 1):
                    y = base + r * gap
                    if low <= y < high:
                        row = 3 * r + side
                        if many[row] < MOST:
                            crossed[row, many[row]] = xa + (xb - xa) * ((y - ya) / (yb - ya))
                        many[row] += 1


@exact_kernel
def _rows(
    crossed: F64, many: I64, v0: float, v1: float, u0: float, u1: float, w: float, h: float, width: float,
    height: float, centres: F64, n: int, limit: int,
) -> int:  # fmt: skip
    """Write the centres of the best levels, and beside them, into ``centres`` from n on; returns the new n."""
    gap = (v1 - v0 - h) / (ROWS - 1)
    score, from_x, to_x = np.empty(ROWS), np.empty(ROWS), np.empty(ROWS)
    for r in range(ROWS):
        score[r] = -1e18
        for side in range(3):
            m = many[3 * r + side]
            if m <= MOST:
                _sort(crossed, 3 * r + side, m)
        m = many[3 * r + 1]
        if m > MOST or many[3 * r] > MOST or many[3 * r + 2] > MOST:
            continue
        lo, hi = 0.0, 0.0
        for c in range(0, m - 1, 2):
            a, b = max(crossed[3 * r + 1, c], u0), min(crossed[3 * r + 1, c + 1], u1)
            if b - a > hi - lo:
                lo, hi = a, b
        for side in (0, 2):
            middle, a, b = (lo + hi) * 0.5, 0.0, 0.0
            row = 3 * r + side
            for c in range(0, many[row] - 1, 2):
                if crossed[row, c] <= middle <= crossed[row, c + 1]:
                    a, b = crossed[row, c], crossed[row, c + 1]
            lo, hi = max(lo, a), min(hi, b)
        if hi - lo >= SNUG * w:
            off = abs(r - (ROWS - 1) * 0.5) / (ROWS - 1)
            # Of two that are as good the upper one: rounding must not decide.
            score[r], from_x[r], to_x[r] = min((hi - lo) / w, 2.5) - 2.0 * off - 1e-4 * r, lo, hi
    for _ in range(ROWS):
        r = 0
        for other in range(1, ROWS):
            if score[other] > score[r]:
                r = other
        if score[r] <= -1e17:
            break
        score[r] = -1e18
        y = v0 + 0.5 * h + r * gap
        for shift in range(3):
            x = (from_x[r] + to_x[r]) * 0.5
            if shift:
                room = (to_x[r] - from_x[r] - w) * 0.5
                if room < 0.3 * w:
                    continue
                x += min(room, 0.7 * w) * (1.0 if shift == 1 else -1.0)
            if (
                n < limit
                and x - w * 0.5 >= 0.0
                and x + w * 0.5 <= width
                and y - h * 0.5 >= 0.0
                and y + h * 0.5 <= height
            ):
                centres[n, 0], centres[n, 1] = x, y
                n += 1
    return n


@exact_kernel
def _sort(values: F64, row: int, n: int) -> None:
    """Sort the first n of a row in place: there are few."""
    for i in range(1, n):
        v = values[row, i]
        j = i - 1
        while j >= 0 and values[row, j] > v:
            values[row, j + 1] = values[row, j]
            j -= 1
        values[row, j + 1] = v
