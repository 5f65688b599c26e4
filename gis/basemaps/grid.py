"""Tile grids: levels of equal tiles over Web Mercator, longitude/latitude, or what a service lays out itself.

A level is counted from its upper left corner, columns eastwards and rows southwards (rows from the south, "TMS", are
turned round where they are asked for). Coordinates of a grid are metres of EPSG:3857 or degrees, x eastwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import pi
from typing import NamedTuple

import numpy as np
import pyproj
from numpy.typing import NDArray

from gis.basemaps.basemap import LonLatBox

F64 = NDArray[np.float64]
Pair = tuple[F64, F64]
Box = tuple[float, float, float, float]

RADIUS = 6378137.0
HALF = pi * RADIUS  # metres from the middle of Web Mercator to its edge
LIMIT = 85.0511287798066  # degrees: its northern edge
MERCATOR, LONLAT = "EPSG:3857", "EPSG:4326"
SHARPEST = 0.71  # a level is taken while its pixels are not larger than the picture's by more than 1 / this


class Tile(NamedTuple):
    """A tile of a grid: index of its level in the grid, column, row."""

    level: int
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Level:
    """One level. ``zoom``: its number in the source; ``resolution``: grid units a pixel; ``name`` of a WMTS matrix."""

    zoom: int
    resolution: float
    left: float
    top: float
    tile_width: int
    tile_height: int
    columns: int
    rows: int
    name: str = ""

    def tile_box(self, column: int, row: int) -> Box:
        """xmin, ymin, xmax, ymax of a tile."""
        w, h = self.tile_width * self.resolution, self.tile_height * self.resolution
        return (
            self.left + column * w, self.top - (row + 1) * h, self.left + (column + 1) * w, self.top - row * h,
        )  # fmt: skip

    def span(self, box: Box) -> tuple[int, int, int, int] | None:
        """First and one past the last column and row of the tiles that ``box`` touches; None if none."""
        w, h = self.tile_width * self.resolution, self.tile_height * self.resolution
        xmin, ymin, xmax, ymax = box
        edges = ((xmin - self.left) / w, (xmax - self.left) / w, (self.top - ymax) / h, (self.top - ymin) / h)
        if not np.isfinite(edges).all():
            return None
        first = [int(np.floor(edges[0])), int(np.floor(edges[2]))]
        last = [max(int(np.ceil(edges[1])), first[0] + 1), max(int(np.ceil(edges[3])), first[1] + 1)]
        c0, c1, r0, r1 = max(first[0], 0), min(last[0], self.columns), max(first[1], 0), min(last[1], self.rows)
        return (c0, c1, r0, r1) if c0 < c1 and r0 < r1 else None


@dataclass(frozen=True)
class Grid:
    """Levels from coarse to fine in one coordinate system."""

    crs: str
    levels: tuple[Level, ...]

    def from_lonlat(self, lon: F64, lat: F64) -> Pair:
        """Grid coordinates of degrees; infinite where there are none."""
        if self.crs == MERCATOR:
            return mercator(lon, lat)
        if self.crs == LONLAT:
            return lon, lat
        x, y = _onto(self.crs).transform(lon, lat)
        return np.asarray(x), np.asarray(y)

    def box_of(self, bounds: LonLatBox) -> Box:
        """The grid rectangle that holds a box of degrees."""
        west, south, east, north = bounds
        if self.crs == MERCATOR:
            south, north = max(south, -LIMIT), min(north, LIMIT)
        t = np.linspace(0.0, 1.0, 9)
        lon = np.concatenate([west + (east - west) * t] * 2 + [np.full(9, west), np.full(9, east)])
        lat = np.concatenate([np.full(9, south), np.full(9, north)] + [south + (north - south) * t] * 2)
        x, y = self.from_lonlat(lon, lat)
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())

    def level_for(self, scale: float, finest: int | None = None) -> int:
        """Index of the coarsest level whose pixels are fine enough for pictures of ``scale`` units a pixel."""
        last = len(self.levels) - 1 if finest is None else finest
        for index in range(last):
            if scale / self.levels[index].resolution >= SHARPEST:
                return index
        return last


def mercator(lon: F64, lat: F64) -> Pair:
    """Web Mercator metres of degrees (EPSG:3857); infinite beyond its northern and southern edge."""
    with np.errstate(invalid="ignore", divide="ignore"):
        y = RADIUS * np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))
        return RADIUS * np.radians(lon), np.where(np.abs(lat) <= LIMIT + 1e-9, y, np.inf)


def web_mercator(min_zoom: int, max_zoom: int, tile_size: int = 256) -> Grid:
    """The grid of web maps ("w"): 2^z by 2^z tiles at zoom z."""
    return Grid(MERCATOR, tuple(
        Level(z, 2 * HALF / (tile_size << z), -HALF, HALF, tile_size, tile_size, 1 << z, 1 << z, str(z))
        for z in range(min_zoom, max_zoom + 1)
    ))  # fmt: skip


def geographic(min_zoom: int, max_zoom: int, tile_size: int = 256) -> Grid:
    """The grid of 天地图's "c" services (EPSG:4490): 360°/2^z a tile, so that zoom 1 has two tiles side by side."""
    return Grid(LONLAT, tuple(
        Level(z, 360.0 / (tile_size << z), -180.0, 90.0, tile_size, tile_size, 1 << z, max(1 << z >> 1, 1), str(z))
        for z in range(min_zoom, max_zoom + 1)
    ))  # fmt: skip


def quadkey(column: int, row: int, zoom: int) -> str:
    """The name of a tile by the quarter it lies in at each zoom, as Bing writes it."""
    return "".join(str(((column >> z) & 1) | (((row >> z) & 1) << 1)) for z in range(zoom - 1, -1, -1))


@cache
def _onto(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
