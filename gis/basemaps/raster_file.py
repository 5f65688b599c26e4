"""GeoTIFF and its like as a base map: read in tiles of the file's own pixels, from its overviews, as a view needs them.

Level k has pixels of 2^k by 2^k of the file's. Grid coordinates are (column, -row) in the file's pixels, so that any
CRS, rotation or pixel shape is the business of the way there only.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyproj
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.transform import from_gcps
from rasterio.windows import Window

from gis.basemaps.basemap import Buffer, Datum, LonLatBox
from gis.basemaps.files import header
from gis.basemaps.grid import Grid, Level, Tile
from gis.basemaps.mesh import Way, lonlat_way
from gis.basemaps.tile_memory import Missing
from gis.basemaps.tiled import TilesOfFile
from gis.errors import Refusal
from gis.geometry.crs import ProjectCrs

F64 = NDArray[np.float64]
TILE = 512
DRIVERS = (  # by first bytes; none of those which lead to other places (VRT, WMS, …)
    (b"II*\0", "GTiff"), (b"MM\0*", "GTiff"), (b"II+\0", "GTiff"), (b"MM\0+", "GTiff"), (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"), (b"\0\0\0\x0cjP  ", "JP2OpenJPEG"), (b"EHFA_HEADER_TAG", "HFA"), (b"ncols", "AAIGrid"),
)  # fmt: skip
SAMPLES, SAMPLE = 4, 256  # windows a side, of so many pixels a side, looked at for the range of values
CUT = (2.0, 98.0)  # percentiles between which values are stretched


class RasterFile:
    """An open raster; thread-safe: each reader at work has a handle of its own."""

    def __init__(self, path: Path, options: Mapping[str, Any]) -> None:
        self._driver = driver(path)
        self.path = path
        self._lock = Lock()
        self._idle: list[Any] = []
        self._closed = False
        with self._reader(opening=True) as source:
            self.width, self.height, self.count = int(source.width), int(source.height), int(source.count)
            self.dtype = np.dtype(source.dtypes[0])
            if self.dtype.kind not in "uif" or self.count < 1:
                raise Refusal("basemaps.strange_raster", path=path, reason=source.dtypes[0])
            transform, told = source.transform, source.crs
            points, points_crs = source.gcps
            if transform == rasterio.Affine.identity() and len(points) >= 3:
                transform, told = from_gcps(points), points_crs
            self.crs = _crs(path, told, transform, options)
            self._to_pixels = ~transform
            self.transform = transform
            self.masked = any(MaskFlags.all_valid not in flags for flags in source.mask_flag_enums)
            self.color = tuple(source.colorinterp)
            self.palette = _palette(source) if self.color[0] == ColorInterp.palette else None
        self._onto = pyproj.Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)
        self.ranges = self._ranges()
        self.bounds = self._bounds()

    @property
    def is_terrain(self) -> bool:
        """Whether it looks like a height model: one band of numbers that are no colours."""
        return self.count == 1 and self.palette is None and self.dtype.name in ("int16", "int32", "float32", "float64")

    def grid(self) -> Grid:
        """Levels until the whole fits one tile."""
        steps = 0
        while max(self.width, self.height) > TILE << steps:
            steps += 1
        sides = [(k, TILE << k) for k in range(steps, -1, -1)]
        return Grid("", tuple(
            Level(k, float(1 << k), 0.0, 0.0, TILE, TILE, ceil(self.width / side), ceil(self.height / side))
            for k, side in sides
        ))  # fmt: skip

    def way(self, crs: ProjectCrs, datum: Datum, width_m: float) -> Way:
        """From project coordinates to (column, -row)."""
        if datum == "wgs84" and self.crs == crs.crs:
            return lambda x, y: self._pixels(np.asarray(x), np.asarray(y))
        onto = self._onto
        west = self.transform.c if self.crs.is_geographic else None

        def onward(lon: F64, lat: F64) -> tuple[F64, F64]:
            x, y = onto.transform(lon, lat)
            if west is not None:  # rasters counted from 0 to 360 degrees, too
                x = west + (x - west + 90.0) % 360.0 - 90.0
            return self._pixels(np.asarray(x), np.asarray(y))

        return lonlat_way(crs, datum, onward, width_m)

    def read(
        self, bands: list[int], level: int, column: int, row: int, margin: int = 0, resampling: Resampling | None = None
    ) -> tuple[NDArray[Any], NDArray[np.uint8] | None, tuple[int, int]] | None:
        """Values (bands, h, w) of a tile of level 2^``level`` with ``margin`` pixels around it as far as there are any.

        Also what of them holds (0 to 255; None = all), and the pixel of the tile (y, x) where they begin, counted from
        the margin's corner. None outside the file. Refusal ``basemaps.bad_tile`` for what cannot be read.
        """
        k = 1 << level
        x0, y0 = max(column * TILE - margin, 0), max(row * TILE - margin, 0)
        x1 = min((column + 1) * TILE + margin, max(self.width // k, 1))
        y1 = min((row + 1) * TILE + margin, max(self.height // k, 1))
        if x0 >= x1 or y0 >= y1:
            return None
        window = Window(x0 * k, y0 * k, min((x1 - x0) * k, self.width), min((y1 - y0) * k, self.height))
        shape = (y1 - y0, x1 - x0)
        if resampling is None:
            resampling = Resampling.average if level else Resampling.nearest
        with self._reader() as source:
            values = source.read(bands, window=window, out_shape=(len(bands), *shape), resampling=resampling)
            mask = source.dataset_mask(window=window, out_shape=shape) if self.masked else None
        return values, mask, (y0 - row * TILE + margin, x0 - column * TILE + margin)

    def close(self) -> None:
        """Close all handles that are not at work; those are closed when they are done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for handle in idle:
            handle.close()

    def _pixels(self, x: F64, y: F64) -> tuple[F64, F64]:
        t = self._to_pixels
        with np.errstate(invalid="ignore"):
            return t.a * x + t.b * y + t.c, -(t.d * x + t.e * y + t.f)

    @contextmanager
    def _reader(self, opening: bool = False) -> Iterator[Any]:
        with self._lock:
            if self._closed:
                raise Refusal("basemaps.bad_tile", reason="closed")
            handle = self._idle.pop() if self._idle else None
        try:
            if handle is None:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", NotGeoreferencedWarning)
                    handle = rasterio.open(self.path, driver=self._driver, sharing=False)
            yield handle
        except (RasterioError, OSError, ValueError, MemoryError) as error:
            reason = str(error).replace(str(self.path), self.path.name)[:160]
            if opening:
                raise Refusal("basemaps.damaged", path=self.path, reason=reason) from error
            raise Refusal("basemaps.bad_tile", reason=reason) from error
        finally:
            self._give_back(handle)

    def _give_back(self, handle: Any) -> None:
        if handle is None:
            return
        with self._lock:
            closed = self._closed
            if not closed:
                self._idle.append(handle)
        if closed:
            handle.close()

    def _ranges(self) -> list[tuple[float, float]]:
        """Low and high value of each of the first four bands, from windows spread evenly; finds truncated files too."""
        bands = list(range(1, min(self.count, 4) + 1))
        found: list[list[NDArray[np.float64]]] = [[] for _ in bands]
        for v in range(SAMPLES):
            for u in range(SAMPLES):
                x = (self.width - SAMPLE) * u // (SAMPLES - 1) if self.width > SAMPLE else 0
                y = (self.height - SAMPLE) * v // (SAMPLES - 1) if self.height > SAMPLE else 0
                window = Window(x, y, min(SAMPLE, self.width), min(SAMPLE, self.height))
                with self._reader(opening=True) as source:
                    values = source.read(bands, window=window).astype(np.float64)
                    holds = source.dataset_mask(window=window) > 0 if self.masked else np.ones(values.shape[1:], bool)
                for kept, band in zip(found, values, strict=True):
                    kept.append(band[holds & np.isfinite(band)])
        ranges = []
        for kept in found:
            whole = np.concatenate(kept)
            low, high = np.percentile(whole, CUT) if len(whole) else (0.0, 1.0)
            ranges.append((float(low), float(high) if high > low else float(low) + 1.0))
        return ranges

    def _bounds(self) -> LonLatBox | None:
        """The box of degrees around it; None where its system has none."""
        t = self.transform
        corners = [(0, 0), (self.width, 0), (0, self.height), (self.width, self.height)]
        x = [t.a * column + t.b * row + t.c for column, row in corners]
        y = [t.d * column + t.e * row + t.f for column, row in corners]
        try:
            west, south, east, north = self._onto.transform_bounds(
                min(x), min(y), max(x), max(y), direction=pyproj.enums.TransformDirection.INVERSE
            )
        except pyproj.exceptions.ProjError:
            return None
        whole = np.isfinite([west, south, east, north]).all() and west < east and south < north
        return (max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0)) if whole else None


class RasterPictures(TilesOfFile):
    """A RasterFile as Tiles: colours as they are, palettes looked up, other numbers stretched to grey."""

    def __init__(self, raster: RasterFile) -> None:
        self.grid = raster.grid()
        self.bounds = raster.bounds
        self.raster = raster
        self._bands = _shown_bands(raster)

    def way(self, crs: ProjectCrs, datum: Datum, width_m: float) -> Way:
        """Into the file's pixels."""
        return self.raster.way(crs, datum, width_m)

    def tile(self, tile: Tile, dark: bool) -> Buffer | Missing:
        """The colours of a tile; clear where the file has none."""
        raster = self.raster
        by_code = raster.palette is not None
        read = raster.read(
            self._bands, self.grid.levels[tile.level].zoom, tile.column, tile.row,
            resampling=Resampling.nearest if by_code else None,
        )  # fmt: skip
        if read is None:
            return Missing.ABSENT
        values, mask, _ = read
        if raster.palette is not None:
            colors = raster.palette[np.clip(values[0], 0, len(raster.palette) - 1).astype(np.intp)]
        else:
            colors = self._colors(values)
        if mask is not None:
            colors = _faded(colors, mask)
        made = np.zeros((TILE, TILE), np.uint32)
        made[: colors.shape[0], : colors.shape[1]] = colors
        return made

    def close(self) -> None:
        """Close the file."""
        self.raster.close()

    def _colors(self, values: NDArray[Any]) -> Buffer:
        alpha = np.uint32(0xFF000000)
        channels = []
        holes = None
        for band, of_band in zip(values, self._bands, strict=True):
            if self.raster.dtype == np.uint8:
                channels.append(band.astype(np.uint32))
                continue
            low, high = self.raster.ranges[min(of_band, len(self.raster.ranges)) - 1]
            numbers = band.astype(np.float32)
            lost = ~np.isfinite(numbers)
            holes = lost if holes is None else holes | lost
            numbers[lost] = low
            channels.append(np.clip((numbers - low) * (255.0 / (high - low)) + 0.5, 0, 255).astype(np.uint32))
        red, green, blue = channels if len(channels) == 3 else channels * 3
        colors = alpha | (red << 16) | (green << 8) | blue
        if holes is not None:
            colors[holes] = 0
        return np.asarray(colors, np.uint32)


def driver(path: Path) -> str:
    """GDAL's name of the file's format; Refusal ``basemaps.unknown_format`` and those of ``header``."""
    start = header(path)
    for mark, name in DRIVERS:
        if start.lower().startswith(mark) if name == "AAIGrid" else start.startswith(mark):
            return name
    if path.suffix.lower() == ".hgt":  # heights of SRTM are bare numbers
        return "SRTMHGT"
    raise Refusal("basemaps.unknown_format", path=path)


def _shown_bands(raster: RasterFile) -> list[int]:
    named = {color: index + 1 for index, color in reversed(list(enumerate(raster.color)))}
    rgb = [named.get(color, 0) for color in (ColorInterp.red, ColorInterp.green, ColorInterp.blue)]
    if all(rgb):
        return rgb
    return [1, 2, 3] if raster.count >= 3 and raster.palette is None else [1]


def _faded(colors: Buffer, mask: NDArray[np.uint8]) -> Buffer:
    """Colours, opaque or clear, with the opacity of a mask, premultiplied."""
    if not ((mask > 0) & (mask < 255)).any():
        return np.asarray(np.where(mask > 0, colors, np.uint32(0)), np.uint32)
    m = mask.astype(np.uint32)
    made = np.zeros_like(colors)
    for shift in (0, 8, 16, 24):
        made |= ((((colors >> shift) & 0xFF) * m + 127) // 255) << shift
    return made


def _palette(source: Any) -> NDArray[np.uint32] | None:
    try:
        told: dict[int, tuple[int, int, int, int]] = source.colormap(1)
    except ValueError:
        return None
    made = np.zeros(max(told) + 1, np.uint32)
    for code, (red, green, blue, alpha) in told.items():
        r, g, b = (part * alpha // 255 for part in (red, green, blue))
        made[code] = (alpha << 24) | (r << 16) | (g << 8) | b
    return made


def _crs(path: Path, told: Any, transform: Any, options: Mapping[str, Any]) -> pyproj.CRS:
    if transform == rasterio.Affine.identity():
        raise Refusal("basemaps.not_georeferenced", path=path)
    if transform.is_degenerate:
        raise Refusal("basemaps.damaged", path=path, reason="affine")
    wanted = options.get("crs")
    if not told and not wanted:
        raise Refusal("basemaps.no_crs", path=path)
    try:
        return pyproj.CRS.from_user_input(wanted) if wanted else pyproj.CRS.from_wkt(told.to_wkt())
    except (pyproj.exceptions.CRSError, RasterioError) as error:
        raise Refusal("basemaps.no_crs", path=path) from error
