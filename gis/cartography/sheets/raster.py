"""Levels made coarser for a public sheet, so that no site can be read off the picture."""

from __future__ import annotations

from math import ceil, floor
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import from_origin
from rasterio.warp import reproject


def generalised(path: Path, cell_m: float, target: Path) -> Path:
    """Write the mean level of every square of ``cell_m`` metres to ``target``; squares lie on whole multiples.

    Nothing is left of a raster's nodata where any of a square has a level: the mean is of what there is.
    """
    with rasterio.open(path) as source:
        bounds, crs = source.bounds, source.crs
        west, north = floor(bounds.left / cell_m) * cell_m, ceil(bounds.top / cell_m) * cell_m
        width, height = ceil((bounds.right - west) / cell_m), ceil((north - bounds.bottom) / cell_m)
        transform = from_origin(west, north, cell_m, cell_m)
        levels = np.full((height, width), -9999.0, np.float32)
        reproject(
            rasterio.band(source, 1), levels, dst_transform=transform, dst_crs=crs, dst_nodata=-9999.0,
            resampling=Resampling.average,
        )  # fmt: skip
    with rasterio.open(
        target, "w", driver="GTiff", width=width, height=height, count=1, dtype="float32", crs=crs,
        transform=transform, nodata=-9999.0, compress="deflate",
    ) as written:  # fmt: skip
        written.write(levels, 1)
    return target
