"""Values of a raster at places, taken while it arrives tile by tile."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.coverage.grid import TILE, Grid, Tile


class Spots:
    """n places on a grid. ``at(tile)`` finds those within a tile without looking at all of them."""

    def __init__(self, grid: Grid, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        self.column = np.floor((x - grid.west) / grid.resolution_m).astype(np.int64)
        self.row = np.floor((grid.north - y) / grid.resolution_m).astype(np.int64)
        across = -(-grid.width // TILE)
        inside = (self.column >= 0) & (self.column < grid.width) & (self.row >= 0) & (self.row < grid.height)
        key = np.where(inside, self.row // TILE * across + self.column // TILE, -1)
        self._order = np.argsort(key, kind="stable")
        self._keys = key[self._order]
        self._across = across

    def __len__(self) -> int:
        return len(self.column)

    def at(self, tile: Tile) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """(places, rows, columns) of those within one of the grid's tiles, counted from its corner."""
        key = tile.top // TILE * self._across + tile.left // TILE
        first, last = np.searchsorted(self._keys, (key, key + 1))
        here = self._order[first:last]
        return here, self.row[here] - tile.top, self.column[here] - tile.left


class SpotValues:
    """The values of several rasters at n places: ``values`` (rasters, n) float32, 0 where no tile came."""

    def __init__(self, grid: Grid, x: NDArray[np.float64], y: NDArray[np.float64], rasters: int) -> None:
        self.spots = Spots(grid, x, y)
        self.values: NDArray[np.float32] = np.zeros((rasters, len(self.spots)), np.float32)

    def add(self, tile: Tile, stack: NDArray[np.float32]) -> None:
        """Look up the places in one tile; ``stack`` (rasters, height, width)."""
        here, rows, columns = self.spots.at(tile)
        if len(here):
            self.values[:, here] = stack[:, rows, columns]
