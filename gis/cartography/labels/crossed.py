"""Which cells of the map its lines cross: names of points and areas are better read beside them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from gis.cartography.arrays import Part
from gis.cartography.compiled import exact_kernel
from gis.cartography.labels.compiled import quickest
from gis.cartography.labels.placing import Grid
from gis.cartography.view import View

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

MANY = 4000  # lines of a layer in view from which there is no room beside them


def crossed(found: Sequence[tuple[Part, I64]], view: View) -> U8 | None:
    """The cells of the view's `Grid` which some lines cross; None where there are none, or too many."""
    if not found or sum(len(positions) for _, positions in found) > MANY:
        return None
    grid = Grid.of(view)
    made = grid.free()
    for part, positions in found:
        quickest(trace)(
            made, part.coords, part.ring_offsets, part.first_ring, part.last_ring, positions, view.left, view.top,
            1.0 / view.resolution, *grid.about,
        )  # fmt: skip
    return made


@exact_kernel
def trace(
    grid: U8, coords: F64, ring_offsets: I64, first_ring: I64, last_ring: I64, positions: I64, left: float, top: float,
    k: float, ox: float, oy: float, cell: float,
) -> None:  # fmt: skip
    """Set the cells along the lines ``positions``, one for every column or row they run through."""
    rows, columns = grid.shape
    for p in positions:
        for j in range(first_ring[p], last_ring[p]):
            for v in range(ring_offsets[j] + 1, ring_offsets[j + 1]):
                x = ((coords[v - 1, 0] - left) * k + ox) / cell
                y = ((top - coords[v - 1, 1]) * k + oy) / cell
                dx = ((coords[v, 0] - left) * k + ox) / cell - x
                dy = ((top - coords[v, 1]) * k + oy) / cell - y
                steps = ceil(max(abs(dx), abs(dy)))
                if steps < 1:
                    steps = 1
                dx, dy = dx / steps, dy / steps
                first, last = 0.0, float(steps)
                for axis in range(2):  # only what is on the map is walked
                    at, by, limit = (x, dx, float(columns)) if axis == 0 else (y, dy, float(rows))
                    if abs(by) < 1e-12:
                        if at < 0.0 or at >= limit:
                            last = -1.0
                    else:
                        one, other = -at / by, (limit - at) / by
                        first, last = max(first, min(one, other)), min(last, max(one, other))
                for step in range(floor(first), floor(last) + 1):
                    r, c = floor(y + dy * step), floor(x + dx * step)
                    if 0 <= r < rows and 0 <= c < columns:
                        grid[r, c] = 1
