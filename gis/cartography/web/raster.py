"""A coverage raster as a picture for a map in the browser: classes of colour, in Web Mercator, as PNG."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from math import atan, degrees, sinh
from pathlib import Path
from struct import pack
from tempfile import TemporaryDirectory
from zlib import compress, crc32

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.transform import array_bounds, from_bounds
from rasterio.warp import calculate_default_transform, reproject

from gis.cartography.palette import rgb
from gis.cartography.sheets.raster import generalised
from gis.cartography.sheets.specification import CoverageShown
from gis.coverage.classes import LevelClass, classify

MERCATOR = "EPSG:3857"
_RADIUS = 6378137.0
LARGEST_SIDE = 4096  # pixels: what a browser still shows smoothly


def mercator_overlay(coverage: CoverageShown) -> tuple[str, list[list[float]]]:
    """A data address of the picture, and [[south, west], [north, east]] of its corners in degrees.

    Leaflet stretches a picture evenly between its corners in Web Mercator, so the picture itself must lie in it.
    """
    if coverage.cell_m:
        with TemporaryDirectory(prefix="yantu-map-") as folder:
            path = generalised(coverage.path, coverage.cell_m, Path(folder) / "levels.tif")
            return mercator_overlay(replace(coverage, path=path, cell_m=0.0))
    with rasterio.open(coverage.path) as source:
        # Read no finer than is shown: rasterio then takes the file's overviews.
        shrink = max(source.width / LARGEST_SIDE, source.height / LARGEST_SIDE, 1.0)
        shape = (max(round(source.height / shrink), 1), max(round(source.width / shrink), 1))
        read = source.read(1, out_shape=shape, resampling=Resampling.nearest, masked=True).filled(np.nan)
        bounds, crs = source.bounds, source.crs
    transform, width, height = calculate_default_transform(crs, MERCATOR, shape[1], shape[0], *bounds)
    levels = np.full((height, width), np.nan, np.float32)
    reproject(
        read, levels, src_transform=from_bounds(*bounds, shape[1], shape[0]), src_crs=crs, src_nodata=np.nan,
        dst_transform=transform, dst_crs=MERCATOR, dst_nodata=np.nan, resampling=Resampling.nearest,
    )  # fmt: skip
    west, south, east, north = array_bounds(height, width, transform)
    corners = [[_latitude(south), _longitude(west)], [_latitude(north), _longitude(east)]]
    return _address(_picture(levels, coverage.classes)), corners


def _picture(levels: NDArray[np.float32], classes: Sequence[LevelClass]) -> bytes:
    """A PNG with a palette whose first colour is clear (PNG 1.2, chunks IHDR, PLTE, tRNS, IDAT, IEND)."""
    height, width = levels.shape
    palette = bytes((0, 0, 0)) + b"".join(bytes(rgb(level.color)) for level in classes)
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = classify(levels, tuple(classes))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette),
            _chunk(b"tRNS", b"\x00"),
            _chunk(b"IDAT", compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))


def _address(png: bytes) -> str:
    return "data:image/png;base64," + b64encode(png).decode("ascii")


def _longitude(x: float) -> float:
    return degrees(x / _RADIUS)


def _latitude(y: float) -> float:
    return degrees(atan(sinh(y / _RADIUS)))
