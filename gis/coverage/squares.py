"""Coverage by squares of a regular grid, for places whose areas are not drawn and for grid management 网格化."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.coverage.grid import Grid, Tile
from gis.coverage.statistics import Squares
from gis.coverage.tallies import tally
from gis.errors import Refusal

MOST_SQUARES = 200_000


class SquareSums:
    """Sums by square: ``area_m2`` within the areas, ``covered_m2`` and ``expected_m2``, each (squares,).

    The side is rounded to whole pixels; corners are multiples of it, so squares of two runs coincide. Refusals
    ``coverage.bad_grid`` (a side under one pixel) and ``coverage.too_many_squares``.
    """

    def __init__(self, grid: Grid, size_m: float) -> None:
        r = grid.resolution_m
        if not size_m >= r:
            raise Refusal("coverage.bad_grid", grid_m=size_m, resolution_m=r)
        self.pixels = round(size_m / r)
        self.size_m = self.pixels * r
        self._grid = grid
        self._column, self._row = round(grid.west / r), -round(grid.north / r)
        self._left, self._top = self._column // self.pixels, self._row // self.pixels
        self._across = (self._column + grid.width - 1) // self.pixels - self._left + 1
        down = (self._row + grid.height - 1) // self.pixels - self._top + 1
        if self._across * down > MOST_SQUARES:
            raise Refusal("coverage.too_many_squares", grid_m=size_m, most=MOST_SQUARES)
        self.area_m2, self.covered_m2, self.expected_m2 = (np.zeros(self._across * down) for _ in range(3))

    def of_pixels(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
        """The squares of pixels of the grid."""
        across = (self._column + columns) // self.pixels - self._left
        return np.asarray(((self._row + rows) // self.pixels - self._top) * self._across + across, np.int64)

    def add(
        self,
        tile: Tile,
        inside: NDArray[np.bool_],
        covered: NDArray[np.float32] | None = None,
        expected: NDArray[np.float32] | None = None,
    ) -> None:
        """Count the pixels of one tile that lie inside the areas; arrays (height, width)."""
        rows, columns = np.arange(tile.top, tile.top + tile.height), np.arange(tile.left, tile.left + tile.width)
        square = self.of_pixels(rows[:, None], columns[None, :])[inside]
        pixel_m2 = self._grid.resolution_m**2
        n = len(self.area_m2)
        self.area_m2 += tally(square, pixel_m2, n)
        if covered is not None:
            self.covered_m2 += tally(square, covered[inside], n) * pixel_m2
        if expected is not None:
            self.expected_m2 += tally(square, expected[inside], n) * pixel_m2

    def squares(
        self,
        homes: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]],
        roads: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]],
    ) -> Squares:
        """The squares that touch the areas. ``homes``, ``roads``: rows, columns, households or metres, covered 0…1."""
        n = len(self.area_m2)
        sums = []
        for rows, columns, weights, covered in (homes, roads):
            here = (rows >= 0) & (rows < self._grid.height) & (columns >= 0) & (columns < self._grid.width)
            square = self.of_pixels(rows[here], columns[here])
            sums.append(tally(square, weights[here], n))
            sums.append(tally(square, weights[here] * covered[here], n))
        households, households_covered, road, road_covered = sums
        used = np.nonzero(self.area_m2 > 0.0)[0]
        area = self.area_m2[used]
        west = (used % self._across + self._left) * self.size_m
        south = -(used // self._across + self._top + 1) * self.size_m
        return Squares(
            self.size_m,
            tuple(west.tolist()),
            tuple(south.tolist()),
            tuple(np.round(area, 1).tolist()),
            tuple(np.round(self.covered_m2[used] / area, 6).tolist()),
            tuple(np.round(self.expected_m2[used] / area, 6).tolist()),
            tuple(np.round(households[used], 2).tolist()),
            shares(households_covered[used], households[used]),
            shares(road_covered[used], road[used]),
        )


def shares(part: NDArray[np.float64], whole: NDArray[np.float64]) -> tuple[float | None, ...]:
    """Part ÷ whole, None where there is no whole."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.clip(part / whole, 0.0, 1.0)
    return tuple(None if not known > 0.0 else round(float(share), 6) for share, known in zip(found, whole, strict=True))
