"""Crowded points as circles with counts: one for each cell of a grid tied to the world, so panning changes nothing.

A cell's circle stands at the middle of its points, moved as far into the cell as keeps circles from touching. A point
alone in its cell keeps its own mark and place; no point is lost: the counts sum up to the points in the cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log

import numpy as np
from numpy.typing import NDArray

from gis.cartography.arrays import Part
from gis.cartography.compiled import kernel
from gis.cartography.view import View
from gis.geometry.columns import BBox

CELL_MM = 15.0
SMALLEST_MM, LARGEST_MM = 5.2, 13.0  # across a circle of two, and of MOST and more
MOST = 10_000
Found = list[tuple[Part, NDArray[np.int64]]]
TOGETHER = 1_000.0  # scale denominator from which on all points are drawn one by one: there is room


def diameter(count: float, pixels_per_mm: float) -> float:
    """Pixels across the circle of so many points; it grows with the count's logarithm."""
    share = min(log(max(count, 2) / 2) / log(MOST / 2), 1.0)
    return (SMALLEST_MM + (LARGEST_MM - SMALLEST_MM) * share) * pixels_per_mm


def written(count: int) -> str:
    """The count as it stands in the circle: "37", "12345", "123k", "3.4M"."""
    if count < 100_000:
        return str(count)
    if count < 1_000_000:
        return f"{count // 1000}k"
    return f"{count / 1e6:.1f}M" if count < 10_000_000 else f"{count // 1_000_000}M"


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """n cells with points: ``at`` pixels (n, 2), ``count`` (n,), and a point of each: its position ``first`` in part
    ``source`` of what was found."""

    at: NDArray[np.float64]
    count: NDArray[np.int64]
    first: NDArray[np.int64]
    source: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells that touch a view, whole. ``column0``, ``row0``: the first cell's place in the world's grid; ``cell``:
    pixels; ``bbox``: the ground they cover."""

    cell: float
    column0: int
    row0: int
    columns: int
    rows: int
    bbox: BBox

    @staticmethod
    def of(view: View) -> Grid:
        """The grid of a view at its scale."""
        cell = CELL_MM * view.pixels_per_mm
        step = cell * view.resolution
        xmin, ymin, xmax, ymax = view.bbox
        column0, row0 = floor(xmin / step) - 1, floor(-ymax / step) - 1
        columns, rows = floor(xmax / step) - column0 + 2, floor(-ymin / step) - row0 + 2
        bbox = (column0 * step, -(row0 + rows) * step, (column0 + columns) * step, -row0 * step)
        return Grid(cell, column0, row0, columns, rows, bbox)


def clustered(found: Found, view: View) -> Clusters:
    """The clusters and the lone points of ``found`` (of ``Grid.of(view).bbox``) in a view."""
    grid = Grid.of(view)
    n = grid.rows * grid.columns
    count, sums, first = np.zeros(n, np.int64), np.zeros((n, 2)), np.full(n, -1, np.int64)
    source = np.zeros(n, np.int64)
    step = grid.cell * view.resolution
    for i, (part, positions) in enumerate(found):
        gather(
            part.bounds, positions, 1.0 / step, grid.column0, grid.row0, grid.columns, grid.rows, count, sums, first,
            source, i,
        )  # fmt: skip
    cells = np.flatnonzero(count)
    counts = count[cells]
    rows, columns = np.divmod(cells, grid.columns)
    middle = sums[cells] / counts[:, None]
    half = np.array([diameter(c, view.pixels_per_mm) for c in counts]) / (2 * grid.cell)
    held = np.clip(middle, half[:, None], 1 - half[:, None])
    held[counts == 1] = middle[counts == 1]
    x, y = (columns + grid.column0 + held[:, 0]) * step, -(rows + grid.row0 + held[:, 1]) * step
    at = np.column_stack(view.to_pixels(x, y))
    return Clusters(at, counts, first[cells], source[cells])


@kernel
def gather(
    bounds: NDArray[np.float64], positions: NDArray[np.int64], k: float, column0: int, row0: int, columns: int,
    rows: int, count: NDArray[np.int64], sums: NDArray[np.float64], first: NDArray[np.int64],
    source: NDArray[np.int64], part: int,
) -> None:  # fmt: skip
    """Add points to their cells: ``sums`` of x and y within the cell, in cells; ``first`` a position of each cell, in
    the part ``source``."""
    for i in range(len(positions)):
        p = positions[i]
        x, y = bounds[p, 0] * k, -bounds[p, 1] * k
        column, row = floor(x), floor(y)
        c, r = column - column0, row - row0
        if c < 0 or r < 0 or c >= columns or r >= rows:
            continue
        at = r * columns + c
        if count[at] == 0:
            first[at] = p
            source[at] = part
        count[at] += 1
        sums[at, 0] += x - column
        sums[at, 1] += y - row
