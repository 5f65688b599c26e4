"""Small base maps made for the tests: tiles, and files of each kind around Yancheng."""

from __future__ import annotations

import gzip
import io
import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pyproj
import rasterio
from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from rasterio.enums import Resampling
from rasterio.transform import from_origin

from gis.cartography.view import View
from gis.geometry.crs import project_crs

CRS = project_crs(4549)
LON, LAT = 120.15, 33.35
WEB = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
HALF = 20037508.342789244
Name = tuple[int, int, int]


def always() -> bool:
    """Every picture is wanted."""
    return True


def middle(lon: float = LON, lat: float = LAT) -> tuple[float, float]:
    """Project coordinates of a place."""
    x, y = CRS.from_lonlat(lon, lat)
    return float(x), float(y)


def view_at(resolution: float, width: int = 320, height: int = 200, lon: float = LON, lat: float = LAT) -> View:
    """A view around a place."""
    return View.around(*middle(lon, lat), resolution, width, height)


def tile_at(zoom: int, lon: float = LON, lat: float = LAT) -> tuple[float, float]:
    """Column and row, with fractions, of a place at a zoom of the Web Mercator grid (by PROJ)."""
    x, y = WEB.transform(lon, lat)
    n = 1 << zoom
    return (x + HALF) / (2 * HALF) * n, (HALF - y) / (2 * HALF) * n


def plain(color: tuple[int, ...], form: str = "PNG", size: int = 256) -> bytes:
    """A tile of one colour."""
    return encoded(Image.new("RGBA" if len(color) == 4 else "RGB", (size, size), color), form)


def encoded(image: Image.Image, form: str = "PNG") -> bytes:
    """The bytes of a picture."""
    held = io.BytesIO()
    image.save(held, form, **({"lossless": True} if form == "WEBP" else {}))
    return held.getvalue()


def around(zoom: int, reach: int = 2) -> Iterator[Name]:
    """The tiles around the middle."""
    column, row = (int(part) for part in tile_at(zoom))
    for x in range(column - reach, column + reach + 1):
        for y in range(row - reach, row + reach + 1):
            yield zoom, x, y


def shade_of(name: Name) -> tuple[int, int, int]:
    """A colour that tells a tile from its neighbours and its zoom from others."""
    zoom, x, y = name
    return (x % 2) * 120 + 60, (y % 2) * 120 + 60, zoom * 10


def tiles_of(zooms: tuple[int, ...], reach: int = 2) -> dict[Name, bytes]:
    """Tiles around the middle, each of its own colour."""
    return {name: plain(shade_of(name)) for zoom in zooms for name in around(zoom, reach)}


def write_mbtiles(path: Path, tiles: Mapping[Name, bytes], **metadata: str) -> Path:
    """An MBTiles file of tiles by (zoom, column, row from the north)."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE metadata(name TEXT, value TEXT)")
        connection.execute(
            "CREATE TABLE tiles(zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB)"
        )
        connection.execute("CREATE UNIQUE INDEX tile_index ON tiles(zoom_level, tile_column, tile_row)")
        connection.executemany("INSERT INTO metadata VALUES (?, ?)", list(metadata.items()))
        rows = [(z, x, (1 << z) - 1 - y, body) for (z, x, y), body in tiles.items()]
        connection.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    connection.close()
    return path


def write_pmtiles(path: Path, tiles: Mapping[Name, bytes], kind: TileType = TileType.PNG, name: str = "city") -> Path:
    """A PMTiles file of tiles by (zoom, column, row)."""
    zooms = [z for z, _, _ in tiles]
    with path.open("wb") as file:
        writer = Writer(file)
        for number, body in sorted((zxy_to_tileid(*tile), body) for tile, body in tiles.items()):
            writer.write_tile(number, body)
        writer.finalize(
            {
                "tile_type": kind,
                "tile_compression": Compression.GZIP if kind == TileType.MVT else Compression.NONE,
                "min_zoom": min(zooms), "max_zoom": max(zooms),
                "min_lon_e7": int(119e7), "min_lat_e7": int(32e7), "max_lon_e7": int(121e7), "max_lat_e7": int(34.5e7),
                "center_zoom": min(zooms), "center_lon_e7": int(LON * 1e7), "center_lat_e7": int(LAT * 1e7),
            },
            {"name": name, "attribution": "© nobody"},
        )  # fmt: skip
    return path


def write_folder(folder: Path, tiles: Mapping[Name, bytes], suffix: str = ".png", tms: bool = False) -> Path:
    """A folder of tiles z/x/y."""
    for (z, x, y), body in tiles.items():
        row = (1 << z) - 1 - y if tms else y
        path = folder / str(z) / str(x) / f"{row}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return folder


def write_raster(path: Path, values: np.ndarray, crs: Any = "EPSG:4549", pixel: float = 10.0, **profile: Any) -> Path:
    """A GeoTIFF of values (h, w) or (bands, h, w) whose middle is the middle; ``pixel`` in the CRS's units."""
    bands = values[None] if values.ndim == 2 else values
    x, y = middle() if crs == "EPSG:4549" else pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(
        LON, LAT
    ) if crs else (0.0, 0.0)  # fmt: skip
    _, h, w = bands.shape
    overviews = profile.pop("overviews", ())
    colormap = profile.pop("colormap", None)
    with rasterio.open(
        path, "w", driver="GTiff", width=w, height=h, count=len(bands), dtype=bands.dtype, crs=crs,
        transform=profile.pop("transform", from_origin(x - w * pixel / 2, y + h * pixel / 2, pixel, pixel)), **profile,
    ) as file:  # fmt: skip
        file.write(bands)
        if colormap:
            file.write_colormap(1, colormap)
        if overviews:
            file.build_overviews(overviews, Resampling.average)
    return path


def mvt(layers: list[dict[str, Any]]) -> bytes:
    """A vector tile of layers as mapbox_vector_tile takes them; coordinates of the tile, y downwards, extent 4096."""
    import mapbox_vector_tile

    return gzip.compress(mapbox_vector_tile.encode(layers, default_options={"y_coord_down": True, "extents": 4096}))


def channels(pixels: np.ndarray) -> np.ndarray:
    """Red, green, blue and alpha of premultiplied words, (h, w, 4)."""
    return np.stack([(pixels >> shift) & 0xFF for shift in (16, 8, 0, 24)], axis=-1).astype(np.int64)


def centre_of(pixels: np.ndarray, color: tuple[int, int, int], near: int = 60) -> tuple[float, float]:
    """The mean place (x, y; pixel edges are whole numbers) of the pixels close to a colour."""
    off = np.abs(channels(pixels)[:, :, :3] - np.array(color)).max(axis=2)
    weight = np.clip(near - off, 0, None).astype(float)
    assert weight.sum() > 0, "the colour is nowhere"
    y, x = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]]
    return float((weight * (x + 0.5)).sum() / weight.sum()), float((weight * (y + 0.5)).sum() / weight.sum())


def marked_tile(zoom: int, lon: float, lat: float, size: int = 256) -> tuple[Name, bytes]:
    """The tile of a place, white, with a red square of 5 pixels whose middle is that place to half a pixel."""
    column, row = tile_at(zoom, lon, lat)
    x, y = (column - math.floor(column)) * size, (row - math.floor(row)) * size
    pixels = np.full((size, size, 3), 255, np.uint8)
    pixels[max(int(y) - 2, 0) : int(y) + 3, max(int(x) - 2, 0) : int(x) + 3] = (255, 0, 0)
    return (zoom, int(column), int(row)), encoded(Image.fromarray(pixels))


@contextmanager
def serving(answer: Callable[[str, BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, list[str]]]:
    """A web server on this machine: ``answer(path, handler)`` writes the reply. Gives its address and what is asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            with suppress(BrokenPipeError, ConnectionResetError):
                answer(self.path, self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply(handler: BaseHTTPRequestHandler, body: bytes, code: int = 200, **headers: str) -> None:
    """Write an answer."""
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
