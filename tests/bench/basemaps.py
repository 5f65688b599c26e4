"""Base maps for a view of 1600 by 1000 pixels: first (tiles read and decoded) and again (tiles in memory).

The peer is ``rasterio.warp.reproject`` (bilinear) of the same pixels, already decoded and put together, on one thread.
"""

from __future__ import annotations

import gzip
import io
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from PIL import Image
from rasterio.enums import Resampling
from rasterio.transform import from_bounds, from_origin
from rasterio.warp import reproject

from gis.basemaps import BaseMapSpec, open_basemap, recognise
from gis.basemaps.grid import Grid, web_mercator
from gis.cartography.view import View
from gis.geometry.crs import project_crs
from tests.bench import Report, best

WIDTH, HEIGHT = 1600, 1000
LON, LAT = 120.15, 33.35
CRS = project_crs(4549)
SIDE = 10_000  # pixels of the GeoTIFF


def run(report: Report) -> None:
    """Measure over files made on the fly."""
    with tempfile.TemporaryDirectory() as folder:
        _tiles(report, Path(folder))
        _rasters(report, Path(folder))
        _vectors(report, Path(folder))


def _view(resolution: float) -> View:
    x, y = CRS.from_lonlat(LON, LAT)
    return View.around(float(x), float(y), resolution, WIDTH, HEIGHT).whole()


def _measure(report: Report, name: str, spec: BaseMapSpec, view: View, peer: float | None = None) -> None:
    """Milliseconds of the first picture and of the next, moved by a few pixels."""

    def first() -> None:
        basemap = open_basemap(spec)
        basemap.picture(view, CRS, lambda: True)
        basemap.close()

    report.add(f"{name}_first", best(first, 5) * 1e3, "ms")
    basemap = open_basemap(spec)
    basemap.picture(view, CRS, lambda: True)
    steps = iter(range(1000))

    def again() -> None:
        made = basemap.picture(view.panned(next(steps) % 7, 0), CRS, lambda: True)
        assert made.pixels is not None

    report.add(f"{name}_again", best(again, 9) * 1e3, "ms", target=33, peer=peer)
    basemap.close()


def _tiles(report: Report, folder: Path) -> None:
    """Imagery in MBTiles, JPEG, a level that is taken as it is and one that is made smaller."""
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(noise).resize((512, 512), Image.Resampling.BICUBIC))
    path = folder / "imagery.mbtiles"
    bodies = []
    for k in range(16):
        held = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(smooth[k * 16 : k * 16 + 256, k * 8 : k * 8 + 256])).save(held, "JPEG")
        bodies.append(held.getvalue())
    _mbtiles(path, {tile: bodies[sum(tile) % 16] for tile in _around(range(12, 18), 9)}, "jpg")
    view = _view(2.2)
    mosaic = np.tile(smooth, (5, 6, 1)).transpose(2, 0, 1)
    _measure(report, "mbtiles", recognise(path), view, _peer(mosaic, view))
    _measure(report, "mbtiles_smaller", recognise(path), _view(1.0 * 1.35 * 2.0 * 0.97))


def _peer(mosaic: np.ndarray, view: View) -> float:
    """Milliseconds GDAL takes for the same pixels: three bands from Web Mercator."""
    xmin, ymin, xmax, ymax = view.bbox
    grid: Grid = web_mercator(0, 0)
    lon, lat = CRS.to_lonlat([xmin, xmax], [ymin, ymax])
    x, y = grid.from_lonlat(lon, lat)
    made = np.zeros((3, HEIGHT, WIDTH), np.uint8)

    def warp() -> None:
        reproject(
            mosaic, made, src_transform=from_bounds(x[0], y[0], x[1], y[1], mosaic.shape[2], mosaic.shape[1]),
            src_crs="EPSG:3857", dst_transform=from_bounds(xmin, ymin, xmax, ymax, WIDTH, HEIGHT), dst_crs="EPSG:4549",
            resampling=Resampling.bilinear,
        )  # fmt: skip

    return best(warp) * 1e3


def _rasters(report: Report, folder: Path) -> None:
    """A GeoTIFF of 10,000 by 10,000 pixels with overviews, whole and near; heights as relief, whole and near."""
    x, y = (float(part) for part in CRS.from_lonlat(LON, LAT))
    transform = from_origin(x - SIDE / 2, y + SIDE / 2, 1, 1)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.uint16)
    profile: dict[str, Any] = {
        "driver": "GTiff", "width": SIDE, "height": SIDE, "crs": "EPSG:4549", "transform": transform, "tiled": True,
        "blockxsize": 512, "blockysize": 512,
    }  # fmt: skip
    picture = folder / "picture.tif"
    with rasterio.open(picture, "w", count=3, dtype="uint8", compress="jpeg", photometric="ycbcr", **profile) as file:
        for band in (1, 2, 3):
            file.write(((columns * band + rows) // 8 % 256).astype(np.uint8), band)
        file.build_overviews([2, 4, 8, 16], Resampling.average)
    heights = folder / "heights.tif"
    with rasterio.open(heights, "w", count=1, dtype="float32", compress="deflate", **profile) as file:
        file.write((200 * np.sin(columns / 300.0) * np.cos(rows / 200.0)).astype(np.float32), 1)
        file.build_overviews([2, 4, 8, 16], Resampling.average)
    for name, path in (("geotiff", picture), ("relief", heights)):
        spec = recognise(path)
        for where, resolution in (("whole", 9.0), ("near", 1.7)):
            _measure(report, f"{name}_{where}", spec, _view(resolution))


def _vectors(report: Report, folder: Path) -> None:
    """A dense town: 1,500 buildings and 120 streets in every tile."""
    import mapbox_vector_tile
    from shapely.geometry import LineString, box

    buildings = [
        {"geometry": box(x + 12, y + 12, x + 70, y + 60), "properties": {}}
        for x in range(0, 4096, 105) for y in range(0, 4096, 105)
    ]  # fmt: skip
    streets = [
        {"geometry": LineString(line), "properties": {"class": kind}}
        for k, kind in zip(range(0, 4096, 70), ["minor", "minor", "secondary", "primary"] * 20, strict=False)
        for line in ([(k, -64), (k, 4160)], [(-64, k), (4160, k)])
    ]  # fmt: skip
    layers = [{"name": "building", "features": buildings}, {"name": "transportation", "features": streets}]
    body = gzip.compress(mapbox_vector_tile.encode(layers, default_options={"extents": 4096}))
    path = folder / "town.mbtiles"
    _mbtiles(path, dict.fromkeys(_around(range(13, 15), 6), body), "pbf")
    _measure(report, "vector", recognise(path), _view(3.5))
    _measure(report, "vector_beyond", recognise(path), _view(0.6))


def _around(zooms: range, reach: int) -> Iterator[tuple[int, int, int]]:
    for zoom in zooms:
        level = web_mercator(zoom, zoom).levels[0]
        x, y = web_mercator(0, 0).from_lonlat(np.array([LON]), np.array([LAT]))
        found = level.span((x[0], y[0], x[0], y[0]))
        assert found is not None
        for column in range(found[0] - reach, found[0] + reach + 1):
            for row in range(found[2] - reach, found[2] + reach + 1):
                yield zoom, column, row


def _mbtiles(path: Path, tiles: dict[tuple[int, int, int], bytes], form: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE metadata(name TEXT, value TEXT)")
        connection.execute("CREATE TABLE tiles(zoom_level INT, tile_column INT, tile_row INT, tile_data BLOB)")
        connection.execute("CREATE UNIQUE INDEX tile_index ON tiles(zoom_level, tile_column, tile_row)")
        connection.execute("INSERT INTO metadata VALUES ('format', ?)", (form,))
        rows = [(z, x, (1 << z) - 1 - y, body) for (z, x, y), body in tiles.items()]
        connection.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    connection.close()
