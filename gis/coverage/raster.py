"""The file of a coverage raster: a tiled, sparse GeoTIFF of levels in float32, nodata -9999."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # a full disk shows as this; the public errors do not cover it
from rasterio.enums import Resampling
from rasterio.transform import Affine
from rasterio.windows import Window, from_bounds

from gis.coverage.grid import TILE, Grid, Tile
from gis.errors import Refusal
from gis.geometry.columns import BBox

NODATA = -9999.0


class LevelFile:
    """Writes levels tile by tile; a tile never written takes no space. A context manager; ``close`` adds overviews."""

    def __init__(self, path: Path, grid: Grid, crs_wkt: str, tags: dict[str, str] | None = None) -> None:
        self.path, self.grid = path, grid
        try:
            self._file: Any = rasterio.open(
                path,
                "w",
                driver="GTiff",
                width=grid.width,
                height=grid.height,
                count=1,
                dtype="float32",
                crs=rasterio.CRS.from_wkt(crs_wkt),
                transform=Affine(*grid.transform),
                nodata=NODATA,
                tiled=True,
                blockxsize=TILE,
                blockysize=TILE,
                compress="deflate",
                predictor=3,
                zlevel=1,
                sparse_ok=True,
                num_threads="all_cpus",
                bigtiff="if_safer",
            )
        except (rasterio.errors.RasterioError, CPLE_BaseError) as error:
            raise Refusal("coverage.cannot_write", path=str(path), reason=str(error)) from error
        self._file.update_tags(**(tags or {}))

    def add(self, tile: Tile, levels: NDArray[np.float32]) -> None:
        """Write one tile, float32 (height, width)."""
        try:
            self._file.write(levels, 1, window=Window(tile.left, tile.top, tile.width, tile.height))
        except (rasterio.errors.RasterioError, CPLE_BaseError) as error:
            raise Refusal("coverage.cannot_write", path=str(self.path), reason=str(error)) from error

    def close(self) -> None:
        """Finish the file and add overviews, each pixel of them the mean of the levels present under it."""
        try:
            self._file.close()
            self._add_overviews()
        except (rasterio.errors.RasterioError, CPLE_BaseError) as error:
            raise Refusal("coverage.cannot_write", path=str(self.path), reason=str(error)) from error

    def _add_overviews(self) -> None:
        factors = [2**n for n in range(1, 12) if max(self.grid.width, self.grid.height) / 2**n >= TILE / 2]
        if not factors:
            return
        with rasterio.Env(SPARSE_OK_OVERVIEW="ON", GDAL_NUM_THREADS="ALL_CPUS"), rasterio.open(self.path, "r+") as file:
            file.build_overviews(factors, Resampling.average)

    def __enter__(self) -> LevelFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._file.close()


def read_levels(path: Path, bbox: BBox | None = None, shape: tuple[int, int] | None = None) -> NDArray[np.float32]:
    """Levels of a window, resampled to ``shape`` (rows, columns) by the nearest pixel; -9999 where there is none.

    Refusal ``coverage.no_raster`` when the file is missing or no raster.
    """
    try:
        with rasterio.open(path) as file:
            window = from_bounds(*bbox, transform=file.transform) if bbox is not None else None
            levels: NDArray[np.float32] = file.read(
                1, window=window, out_shape=shape, boundless=window is not None, fill_value=NODATA
            )
            return levels
    except rasterio.errors.RasterioError as error:
        raise Refusal("coverage.no_raster", path=str(path), reason=str(error)) from error
