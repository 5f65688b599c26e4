"""Base maps inside the page: tiles of the map's window, as many levels as fit into a given size."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import asinh, pi, radians, tan
from typing import Any

from gis.cartography.web.packing import plain_json

LIMIT_MB = 12.0  # of tiles of all base maps of a page
MOST_TILES = 2048  # of a level: more take too long to make
_NORTHERNMOST = 85.0511287
_COARSEST = 2  # tiles across the window at the coarsest level: what a phone shows of it at once


@dataclass(frozen=True, slots=True)
class WebGround:
    """A base map that can be asked for its tiles.

    ``tile(zoom, column, row)``: PNG, JPEG or WebP of a tile of Web Mercator in WGS 84 (columns from 180° W, rows from
    the north), or None where there is nothing. Tiles in another datum (GCJ-02) must be brought into this one by who
    hands them in: they are shown where they say they are. ``attribution`` is shown in the page, as licences ask for.
    """

    name: str
    attribution: str
    tile: Callable[[int, int, int], bytes | None]
    min_zoom: int = 0
    max_zoom: int = 18
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a page carries of a base map: what it says about it, and its tiles as JSON {"zoom/column/row": base64}."""

    facts: dict[str, Any]
    tiles: str
    size: int  # bytes of the tiles


def embedded(ground: WebGround, bounds: list[list[float]], limit: float) -> Embedded | None:
    """Tiles over ``bounds`` [[south, west], [north, east]]: whole levels from coarse to fine within ``limit`` bytes.

    None where there is nothing there, or not even the coarsest level fits.
    """
    tiles: dict[str, str] = {}
    size, levels = 0, []
    for zoom in range(max(_first_zoom(bounds), ground.min_zoom), ground.max_zoom + 1):
        places = list(_tiles(bounds, zoom))
        if len(places) > MOST_TILES:
            break
        made: dict[str, str] = {}
        grown = 0
        for column, row in places:
            body = ground.tile(zoom, column, row)
            if body:
                made[f"{zoom}/{column}/{row}"] = b64encode(body).decode("ascii")
                grown += len(body)
            if size + grown > limit:
                break
        else:
            size += grown
            tiles |= made
            levels += [zoom] if made else []
            continue
        break
    if not tiles:
        return None
    facts = {
        "name": ground.name, "attribution": ground.attribution, "opacity": ground.opacity, "count": len(tiles),
        "zooms": [min(levels), max(levels)],
    }  # fmt: skip
    return Embedded(facts, plain_json(tiles), size)


def _first_zoom(bounds: list[list[float]]) -> int:
    for zoom in range(22, 0, -1):
        if len(list(_tiles(bounds, zoom, _COARSEST**2 * 4))) <= _COARSEST**2:
            return zoom
    return 0


def _tiles(bounds: list[list[float]], zoom: int, most: int = MOST_TILES + 1) -> Iterator[tuple[int, int]]:
    """Columns and rows over the bounds, row by row; no more than ``most``."""
    (south, west), (north, east) = bounds
    left, top = _place(west, north, zoom)
    right, bottom = _place(east, south, zoom)
    count = 0
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            if count >= most:
                return
            count += 1
            yield column, row


def _place(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    side = 1 << zoom
    lat = min(max(lat, -_NORTHERNMOST), _NORTHERNMOST)
    column = int((lon + 180.0) / 360.0 * side)
    row = int((0.5 - asinh(tan(radians(lat))) / (2.0 * pi)) * side)
    return min(max(column, 0), side - 1), min(max(row, 0), side - 1)
