"""Tiles of online services: an address with places for the tile's numbers, a store on disk, and a fetcher."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gis.basemaps.addresses import PLACE, check_address
from gis.basemaps.basemap import BaseMapSpec, Buffer, Datum, LonLatBox, ViewLike
from gis.basemaps.decoding import LARGEST_SIDE, decoded
from gis.basemaps.fetcher import Fetcher
from gis.basemaps.grid import Box, Grid, Tile, geographic, quadkey, web_mercator
from gis.basemaps.mesh import Way, lonlat_way
from gis.basemaps.raster_tiles import bounds_of
from gis.basemaps.request import Answer, Reply, fetched, host_of
from gis.basemaps.tile_memory import Missing
from gis.basemaps.tile_store import LIMIT, TileStore
from gis.basemaps.wmts import grid_of
from gis.errors import Refusal
from gis.geometry.crs import ProjectCrs

FRESH = 60 * 86400.0  # seconds for which a kept tile is shown without asking again
EMPTY_FRESH = 7 * 86400.0  # and for which the word that there is none is believed


def online_tiles(
    spec: BaseMapSpec, cache: Path | None, offline: bool, key: str | None, limit: int | None = None
) -> OnlineTiles:
    """The tiles of an online entry. Refusal ``basemaps.bad_address`` for one that cannot be asked."""
    check_address(spec.source)
    return OnlineTiles(spec, cache, offline, key, limit=limit)


class OnlineTiles:
    """Tiles of a service; thread-safe. ``offline``: only what is kept is shown, and nothing is asked of the network."""

    def __init__(
        self, spec: BaseMapSpec, cache: Path | None, offline: bool, key: str | None,
        ask: Callable[..., Reply] = fetched, limit: int | None = None,
    ) -> None:  # fmt: skip
        self.grid = _grid(spec)
        self.bounds: LonLatBox | None = bounds_of(spec.options.get("bounds"))
        self.attribution = spec.attribution
        self.spec = spec
        self._key = (key or "").strip()
        self._quiet = offline or (spec.needs_key and not self._key)
        self._offline = offline
        self._subdomains = _subdomains(spec)
        self._referer = str(spec.options.get("referer") or "")
        self._get = ask
        # The key is no part of the store's name: another key gets the same tiles.
        name = f"{spec.source} {spec.options.get('grid')}"
        self._store = TileStore(cache, name, limit or LIMIT) if cache is not None else None
        self._fetcher = Fetcher(host_of(spec.source), self._asked, self._keep)
        self._lacking = False

    @property
    def on_news(self) -> Callable[[], None] | None:
        """Called on a fetching thread when tiles have come."""
        return self._fetcher.on_news

    @on_news.setter
    def on_news(self, call: Callable[[], None] | None) -> None:
        self._fetcher.on_news = call

    def extent(self) -> Box | None:
        """The rectangle of ``bounds``."""
        return None if self.bounds is None else self.grid.box_of(self.bounds)

    def way(self, crs: ProjectCrs, datum: Datum, width_m: float) -> Way:
        """By longitude and latitude of the tiles' datum onto the grid."""
        return lonlat_way(crs, datum, self.grid.from_lonlat, width_m)

    def tile(self, tile: Tile, dark: bool) -> Buffer | Missing:
        """The tile if it has come or is kept; PENDING when it must be asked for."""
        body = self._fetcher.take(tile)
        if body is None and self._store is not None:
            kept = self._store.get(*self._place(tile))
            if kept is not None:
                age = time.time() - kept.fetched
                if self._quiet or 0 <= age < (FRESH if kept.body else EMPTY_FRESH) or self._fetcher.failed(tile):
                    body = kept.body
        if body is not None:
            return self._pixels(tile, body)
        if self._quiet:
            self._lacking = True
            return Missing.FAILED
        return Missing.FAILED if self._fetcher.failed(tile) else Missing.PENDING

    def seen(self, asker: object, tiles: Sequence[Tile]) -> None:
        """Ask for these, and no longer for what ``asker`` wanted before."""
        if not self._quiet:
            self._fetcher.want(asker, tiles)

    def problems(self) -> tuple[Refusal, ...]:
        """Why tiles do not come: no network is wanted, no key is there, or the service's own reason."""
        if self._quiet:
            lacking, self._lacking = self._lacking, False  # each picture asks anew for what it lacks
            if not lacking:
                return ()
            return (Refusal("basemaps.offline" if self._offline else "basemaps.key_missing", name=self.spec.name),)
        problem = self._fetcher.problem()
        return () if problem is None else (problem,)

    def retry(self) -> None:
        """Ask again for what failed."""
        self._lacking = False
        self._fetcher.retry()

    def letter(
        self, pixels: Buffer, view: ViewLike, crs: ProjectCrs, datum: Datum, tiles: Sequence[Tile], dark: bool
    ) -> None:
        """Pictures have their names in them."""

    def close(self) -> None:
        """Stop fetching and close the store."""
        self._fetcher.close()
        if self._store is not None:
            self._store.close()

    def address(self, tile: Tile) -> str:
        """Where a tile is asked for."""
        level = self.grid.levels[tile.level]
        rows = level.rows
        row = rows - 1 - tile.row if self.spec.options.get("tms") else tile.row
        server = self._subdomains[(tile.column + tile.row) % len(self._subdomains)]
        filled = {
            "{x}": str(tile.column), "{y}": str(row), "{-y}": str(rows - 1 - tile.row), "{s}": server, "{r}": "",
            "{z}": quote(level.name or str(level.zoom)), "{tk}": quote(self._key, safe=""),
            "{q}": quadkey(tile.column, tile.row, level.zoom) if "{q}" in self.spec.source else "",
        }  # fmt: skip
        return PLACE.sub(lambda found: filled.get(found[0], found[0]), self.spec.source)

    def kept(self, tile: Tile) -> bool:
        """Whether the tile, or the word that there is none, lies in the store and is not old."""
        found = self._store.get(*self._place(tile)) if self._store is not None else None
        return found is not None and 0 <= time.time() - found.fetched < (FRESH if found.body else EMPTY_FRESH)

    def fetch(self, tile: Tile) -> Reply:
        """Ask for a tile here and now, and keep what comes."""
        reply = self._asked(tile)
        if reply.answer in (Answer.TILE, Answer.NONE):
            self._keep(tile, reply.body)
        return reply

    def _asked(self, tile: Tile) -> Reply:
        return self._get(self.address(tile), self._referer)

    def _keep(self, tile: Tile, body: bytes) -> None:
        if self._store is not None:
            self._store.put(*self._place(tile), body)

    def _pixels(self, tile: Tile, body: bytes) -> Buffer | Missing:
        if not body:
            return Missing.ABSENT
        try:
            return decoded(body)
        except Refusal as refusal:  # cut off on the way: it is asked for again later
            self._fetcher.fail(tile, refusal)
            return Missing.FAILED

    def _place(self, tile: Tile) -> tuple[int, int, int]:
        return self.grid.levels[tile.level].zoom, tile.column, tile.row


def _grid(spec: BaseMapSpec) -> Grid:
    told = spec.options.get("grid", "w")
    size = spec.options.get("tile_size", 256)
    if isinstance(size, bool) or not isinstance(size, int) or not 16 <= size <= LARGEST_SIDE:
        raise Refusal("basemaps.broken_entry", field="tile_size", name=spec.name)
    if isinstance(told, Mapping):
        return grid_of(told, spec)
    if told == "w":
        return web_mercator(spec.min_zoom, spec.max_zoom, size)
    if told == "c":
        return geographic(spec.min_zoom, spec.max_zoom, size)
    raise Refusal("basemaps.broken_entry", field="grid", name=spec.name)


def _subdomains(spec: BaseMapSpec) -> list[str]:
    told: Any = spec.options.get("subdomains")
    if isinstance(told, str):
        told = told.split(",") if "," in told else list(told)
    if isinstance(told, list | tuple):
        named = [str(part) for part in told if re.fullmatch(r"[\w-]{1,20}", str(part))]
        if named:
            return named
    return list("01234567") if "tianditu" in spec.source else list("abc")
