"""Height models seen as shaded relief or slope, computed for the level a view needs.

Slopes after B. K. P. Horn, "Hill shading and the reflectance map" (Proc. IEEE 69, 1981): weighted differences of the
eight neighbours. The light stands at an azimuth (from north, clockwise) and altitude, both in degrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, hypot, isfinite, radians, sin, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import Resampling

from gis.basemaps.basemap import Buffer, Datum
from gis.basemaps.grid import Tile
from gis.basemaps.kernels import kernel
from gis.basemaps.mesh import Way
from gis.basemaps.raster_file import TILE, RasterFile
from gis.basemaps.tile_memory import Missing
from gis.basemaps.tiled import TilesOfFile
from gis.errors import Refusal
from gis.geometry.crs import ProjectCrs

F32 = NDArray[np.float32]
METRES_A_DEGREE = 111_319.49
DARK = 0.55  # of the light
TINTS = ("#7FB08A", "#A9C78F", "#DCD9A0", "#CFAE78", "#A9805A", "#EFEAE4")  # lowland green to summit white
SLOPES = ("#FFFFFF", "#F6D9A8", "#E39B5B", "#B4552D", "#6E2213")  # 0 to 60 degrees
STEEPEST = 60.0


@kernel
def shade(
    out: NDArray[np.uint32], z: F32, dx: float, dy: float, light_x: float, light_y: float, light_z: float,
    colors: NDArray[np.uint32], low: float, high: float, slope: bool, strength: float,
) -> None:  # fmt: skip
    """Fill ``out`` (h, w) from heights ``z`` (h + 2, w + 2), NaN = none; ``dx``, ``dy``: metres a pixel over z factor.

    The light's direction is east, north, up. ``colors``: of heights from ``low`` to ``high`` (or of slopes up to
    STEEPEST), one entry = plain grey. ``strength``: of the light, 1 by day.
    """
    h, w = out.shape
    n = len(colors)
    for y in range(h):
        for x in range(w):
            middle = z[y + 1, x + 1]
            if not isfinite(middle):
                continue
            a, b, c = z[y, x], z[y, x + 1], z[y, x + 2]
            d, f = z[y + 1, x], z[y + 1, x + 2]
            g, k, i = z[y + 2, x], z[y + 2, x + 1], z[y + 2, x + 2]
            # At the edge of what is known the ground goes on level.
            a = a if isfinite(a) else middle
            b = b if isfinite(b) else middle
            c = c if isfinite(c) else middle
            d = d if isfinite(d) else middle
            f = f if isfinite(f) else middle
            g = g if isfinite(g) else middle
            k = k if isfinite(k) else middle
            i = i if isfinite(i) else middle
            east = ((c + 2.0 * f + i) - (a + 2.0 * d + g)) / (8.0 * dx)
            north = ((a + 2.0 * b + c) - (g + 2.0 * k + i)) / (8.0 * dy)
            if slope:
                degrees = np.degrees(np.arctan(sqrt(east * east + north * north)))
                color = colors[min(int(degrees / STEEPEST * n), n - 1)]
                light = 1.0
            else:
                light = (light_z - east * light_x - north * light_y) / sqrt(1.0 + east * east + north * north)
                light = max(light, 0.0)
                color = np.uint32(0xFFFFFF)
                if n > 1:
                    color = colors[min(max(int((middle - low) / (high - low) * n), 0), n - 1)]
                    light = min(0.3 + 0.7 * light / max(light_z, 0.1), 1.2)
            light *= strength
            red = min(int(((color >> 16) & 0xFF) * light + 0.5), 255)
            green = min(int(((color >> 8) & 0xFF) * light + 0.5), 255)
            blue = min(int((color & 0xFF) * light + 0.5), 255)
            out[y, x] = np.uint32(0xFF000000) | np.uint32((red << 16) | (green << 8) | blue)


class Relief(TilesOfFile):
    """A height model as Tiles. Options as in BaseMapSpec; without any: grey, light from the north-west, 45° high."""

    def __init__(self, raster: RasterFile, options: Mapping[str, Any]) -> None:
        self.grid = raster.grid()
        self.bounds = raster.bounds
        self.raster = raster
        self._z_factor = max(_number(options, "z_factor", 1.0), 1e-6)
        azimuth, altitude = radians(_number(options, "azimuth", 315.0)), radians(_number(options, "altitude", 45.0))
        self._light = (sin(azimuth) * cos(altitude), cos(azimuth) * cos(altitude), sin(altitude))
        self._slope = options.get("mode") == "slope"
        if self._slope:
            self._colors = gradient(SLOPES, 64)
        else:
            self._colors = gradient(TINTS, 256) if options.get("tint") else np.array([0xFFFFFF], np.uint32)
        self._low, self._high = raster.ranges[0]

    def way(self, crs: ProjectCrs, datum: Datum, width_m: float) -> Way:
        """Into the file's pixels."""
        return self.raster.way(crs, datum, width_m)

    def tile(self, tile: Tile, dark: bool) -> Buffer | Missing:
        """The relief of a tile, from heights averaged to its level; clear where there are none."""
        level = self.grid.levels[tile.level].zoom
        read = self.raster.read([1], level, tile.column, tile.row, 1, Resampling.average if level else None)
        if read is None:
            return Missing.ABSENT
        values, mask, (top, left) = read
        heights = values[0].astype(np.float32)
        if mask is not None:
            heights[mask == 0] = np.nan
        h, w = heights.shape
        z = np.full((TILE + 2, TILE + 2), np.nan, np.float32)
        z[top : top + h, left : left + w] = heights
        made = np.zeros((TILE, TILE), np.uint32)
        dx, dy = self._cell(tile)
        shade(made, z, dx / self._z_factor, dy / self._z_factor, *self._light, self._colors, self._low, self._high,
              self._slope, DARK if dark else 1.0)  # fmt: skip
        return made

    def close(self) -> None:
        """Close the file."""
        self.raster.close()

    def _cell(self, tile: Tile) -> tuple[float, float]:
        """Metres a pixel of a tile's level, along columns and rows, at its middle."""
        level = self.grid.levels[tile.level]
        t, k = self.raster.transform, level.resolution
        across, down = hypot(t.a, t.d) * k, hypot(t.b, t.e) * k
        if self.raster.crs.is_geographic:
            column, row = (tile.column + 0.5) * TILE * k, (tile.row + 0.5) * TILE * k
            latitude = min(max(t.d * column + t.e * row + t.f, -89.0), 89.0)
            return across * METRES_A_DEGREE * cos(radians(latitude)), down * METRES_A_DEGREE
        unit = float(self.raster.crs.axis_info[0].unit_conversion_factor or 1.0)
        return across * unit, down * unit


def gradient(stops: tuple[str, ...], steps: int) -> NDArray[np.uint32]:
    """``steps`` colours (0xRRGGBB) evenly along the way through the given ones."""
    given = np.array([[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in stops], np.float64)
    at = np.linspace(0, len(stops) - 1, steps)
    r, g, b = (np.interp(at, np.arange(len(stops)), given[:, i]).round().astype(np.uint32) for i in range(3))
    return np.asarray((r << 16) | (g << 8) | b, np.uint32)


def _number(options: Mapping[str, Any], name: str, default: float) -> float:
    told = options.get(name, default)
    if isinstance(told, bool) or not isinstance(told, int | float) or not isfinite(told):
        raise Refusal("basemaps.broken_entry", field=name, name="")
    return float(told)
