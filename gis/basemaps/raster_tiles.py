"""Tiles that are pictures already, out of a file or folder that hands their bytes over."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image

from gis.basemaps.basemap import Buffer, LonLatBox
from gis.basemaps.decoding import LARGEST_SIDE, Format, decoded, sniffed
from gis.basemaps.grid import Grid, Tile
from gis.basemaps.tile_memory import Missing
from gis.basemaps.tiled import TilesOfFile
from gis.errors import Refusal

USUAL_SIZE = 256
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True)
class TileFacts:
    """What a file of tiles says of itself, corrected by what is in it."""

    name: str
    format: Format
    min_zoom: int
    max_zoom: int
    bounds: LonLatBox | None
    attribution: str
    tile_size: int


class TileBytes(Protocol):
    """A file or folder of tiles; rows are counted from the north."""

    def get(self, zoom: int, column: int, row: int) -> bytes | None:
        """The bytes of a tile; None if there is none."""

    def close(self) -> None:
        """Close it."""


class RasterTiles(TilesOfFile):
    """Tiles for a TiledBaseMap out of TileBytes of PNG, JPEG or WebP."""

    def __init__(self, source: TileBytes, grid: Grid, bounds: LonLatBox | None, attribution: str = "") -> None:
        self.grid = grid
        self.bounds = bounds
        self.attribution = attribution
        self._source = source

    def tile(self, tile: Tile, dark: bool) -> Buffer | Missing:
        """The decoded tile; it looks the same in the dark."""
        body = self._source.get(self.grid.levels[tile.level].zoom, tile.column, tile.row)
        return Missing.ABSENT if body is None else decoded(body)

    def close(self) -> None:
        """Close the file."""
        self._source.close()


def bounds_of(told: Any) -> LonLatBox | None:
    """West, south, east, north out of text ("119,32.5,121,34.5") or a list; None for what is not a box of degrees."""
    parts: Iterable[Any] = told.split(",") if isinstance(told, str) else told if isinstance(told, list | tuple) else ()
    try:
        west, south, east, north = (float(part) for part in parts)
    except (TypeError, ValueError):
        return None
    if not (-180.0 <= west < east <= 180.0 and -90.0 <= south < north <= 90.0):
        return None
    return west, south, east, north


def plain_text(told: Any, most: int) -> str:
    """A name or attribution as text: files write HTML there."""
    return " ".join(html.unescape(_TAG.sub("", str(told or "")[: 4 * most])).split())[:most]


def tile_size_of(body: bytes) -> int:
    """The side of a tile in pixels, by its header; 256 where that cannot be read."""
    if sniffed(body) in (None, "pbf"):
        return USUAL_SIZE
    try:
        with Image.open(io.BytesIO(body), formats=("PNG", "JPEG", "WEBP")) as image:
            side = int(image.width)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return USUAL_SIZE
    if not 16 <= side <= LARGEST_SIDE:
        raise Refusal("basemaps.bad_tile", reason=f"{side} px")
    return side
