"""Draws a GeoTIFF of levels in classes of colour, reading only the window and resolution that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Protocol

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import RasterioError, RasterioIOError
from rasterio.windows import Window

from gis.cartography.palette import rgb
from gis.cartography.view import View
from gis.errors import Refusal
from gis.geometry.columns import BBox


class LevelBand(Protocol):
    """One class of colour: values from ``minimum`` up to the class before; see ``gis.coverage.classes``."""

    @property
    def minimum(self) -> float:
        """The lowest value of the class."""

    @property
    def color(self) -> str:
        """ "#RRGGBB"."""


@dataclass(frozen=True, slots=True)
class Band:
    """A class of colour of one's own."""

    minimum: float
    color: str


def raster_extent(path: Path) -> BBox:
    """The rectangle a GeoTIFF covers, in its own CRS. Raises Refusal ``canvas.raster``."""
    try:
        with rasterio.open(path) as source:
            b = source.bounds
            return float(b.left), float(b.bottom), float(b.right), float(b.top)
    except RasterioIOError as error:
        raise Refusal("canvas.raster", file=path.name, reason=str(error)) from error


def draw_raster(path: Path, bands: Sequence[LevelBand], view: View) -> NDArray[np.uint32] | None:
    """The raster's picture, uint32 (h, w) ARGB, or None when nothing of it is in view.

    Values below the lowest class and nodata are left open. The raster lies in the project's CRS, north up. Raises
    Refusal ``canvas.raster`` when the file cannot be read.
    """
    try:
        with rasterio.open(path) as source:
            return _drawn(source, bands, view)
    except RasterioError as error:
        raise Refusal("canvas.raster", file=path.name, reason=str(error)) from error


def _drawn(source: rasterio.DatasetReader, bands: Sequence[LevelBand], view: View) -> NDArray[np.uint32] | None:
    # Pixel centres of the view as columns and rows of the file.
    inverse = ~source.transform
    x = view.left + (np.arange(int(view.width)) + 0.5) * view.resolution
    y = view.top - (np.arange(int(view.height)) + 0.5) * view.resolution
    columns, rows = inverse.a * x + inverse.c, inverse.e * y + inverse.f
    across = np.flatnonzero((columns >= 0) & (columns < source.width))
    down = np.flatnonzero((rows >= 0) & (rows < source.height))
    if len(across) == 0 or len(down) == 0:
        return None
    c0, c1 = floor(columns[across[0]]), min(ceil(columns[across[-1]]) + 1, source.width)
    r0, r1 = floor(rows[down[0]]), min(ceil(rows[down[-1]]) + 1, source.height)
    # Never more cells than pixels: rasterio then reads from the overviews.
    shape = (min(r1 - r0, len(down)), min(c1 - c0, len(across)))
    values = source.read(
        1, window=Window(c0, r0, c1 - c0, r1 - r0), out_shape=shape, resampling=Resampling.nearest, masked=True
    )
    colors = _colored(values, bands)
    i = np.minimum(((rows[down] - r0) * (shape[0] / (r1 - r0))).astype(np.int64), shape[0] - 1)
    j = np.minimum(((columns[across] - c0) * (shape[1] / (c1 - c0))).astype(np.int64), shape[1] - 1)
    picture = np.zeros((int(view.height), int(view.width)), np.uint32)
    picture[down[0] : down[-1] + 1, across[0] : across[-1] + 1] = colors[i[:, None], j[None, :]]
    return picture


def _colored(
    values: np.ma.MaskedArray[tuple[int, ...], np.dtype[np.float32]], bands: Sequence[LevelBand]
) -> NDArray[np.uint32]:
    ordered = sorted(bands, key=lambda band: band.minimum)
    table = np.zeros(len(ordered) + 1, np.uint32)
    for i, band in enumerate(ordered):
        r, g, b = rgb(band.color)
        table[i + 1] = 0xFF000000 | (r << 16) | (g << 8) | b
    plain = values.filled(-np.inf)
    plain[np.isnan(plain)] = -np.inf
    picked: NDArray[np.uint32] = table[np.searchsorted([band.minimum for band in ordered], plain, side="right")]
    return picked
