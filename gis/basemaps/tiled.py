"""A base map made of tiles: chooses their level for a view, brings them together and resamples them into it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from itertools import count
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gis.basemaps.basemap import BaseMapSpec, Buffer, Datum, GroundPicture, LonLatBox, ViewLike
from gis.basemaps.grid import Box, Grid, Level, Tile
from gis.basemaps.kernels import MOST_SAMPLES, resample
from gis.basemaps.mesh import Mesh, Way, lonlat_way, mesh
from gis.basemaps.tile_memory import SHARED, Kept, Missing, TileMemory
from gis.errors import Refusal
from gis.geometry.crs import ProjectCrs

MOST_TILES = 400  # of one picture on a screen
MOST_PIXELS = 40_000_000  # of its tiles together
ENOUGH = 4  # source pixels for each of a large picture on paper
BILINEAR = 1.45  # source pixels a pixel up to which bilinear is enough: levels twice as fine stay below
ANCESTORS = 6  # coarser levels looked at for a tile that is missing
EMPTY = GroundPicture(None, complete=False)
_THREADS = max(2, min(4, os.cpu_count() or 2))
_owners = count(1)


class Tiles(Protocol):
    """Where the tiles come from. Thread-safe."""

    grid: Grid
    bounds: LonLatBox | None
    attribution: str
    on_news: Callable[[], None] | None

    def extent(self) -> Box | None:
        """The part of the grid that may hold something; None = all of its levels."""

    def way(self, crs: ProjectCrs, datum: Datum, width_m: float) -> Way:
        """The way from project coordinates to those of the grid."""

    def tile(self, tile: Tile, dark: bool) -> Buffer | Missing:
        """The pixels of a tile, or why there are none; Refusal for a tile that cannot be used."""

    def seen(self, asker: object, tiles: Sequence[Tile]) -> None:
        """What a view needs now and has not got; what it asked for before is no longer needed."""

    def problems(self) -> tuple[Refusal, ...]:
        """What keeps tiles from coming."""

    def retry(self) -> None:
        """Forget failures."""

    def letter(
        self, pixels: Buffer, view: ViewLike, crs: ProjectCrs, datum: Datum, tiles: Sequence[Tile], dark: bool
    ) -> None:
        """Write names into the finished picture of a view, of the tiles that are seen."""

    def close(self) -> None:
        """Give everything back."""


class TilesOfFile:
    """What tile sources in files share: the way by longitude and latitude, and nothing that comes later."""

    grid: Grid
    bounds: LonLatBox | None = None
    attribution: str = ""
    on_news: Callable[[], None] | None = None

    def extent(self) -> Box | None:
        """All of the grid: what files say of their bounds is often wrong, and looking for a tile costs little."""
        return None

    def way(self, crs: ProjectCrs, datum: Datum, width_m: float) -> Way:
        """By longitude and latitude onto the grid."""
        return lonlat_way(crs, datum, self.grid.from_lonlat, width_m)

    def seen(self, asker: object, tiles: Sequence[Tile]) -> None:
        """Nothing is on its way from a file."""

    def problems(self) -> tuple[Refusal, ...]:
        """None beyond those of single tiles."""
        return ()

    def retry(self) -> None:
        """Nothing is remembered here."""

    def letter(
        self, pixels: Buffer, view: ViewLike, crs: ProjectCrs, datum: Datum, tiles: Sequence[Tile], dark: bool
    ) -> None:
        """Pictures have their names in them."""


class TiledBaseMap:
    """A BaseMap over Tiles."""

    def __init__(self, spec: BaseMapSpec, tiles: Tiles, memory: TileMemory = SHARED) -> None:
        self.key = spec.key
        self.attribution = spec.attribution or tiles.attribution
        self.bounds = tiles.bounds
        self._datum: Datum = spec.datum
        self._tiles = tiles
        self._memory = memory
        self._owner = next(_owners)
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._closed = False

    @property
    def on_news(self) -> Callable[[], None] | None:
        """Called when tiles have come for a picture that was incomplete."""
        return self._tiles.on_news

    @on_news.setter
    def on_news(self, call: Callable[[], None] | None) -> None:
        self._tiles.on_news = call

    def picture(
        self, view: ViewLike, crs: ProjectCrs, wanted: Callable[[], bool], *, dark: bool = False
    ) -> GroundPicture:
        """The ground of ``view``: bilinear from the level that fits, area-averaged where that is finer."""
        if self._closed or not wanted():
            return EMPTY
        width, height = max(round(view.width), 1), max(round(view.height), 1)
        grid = self._tiles.grid
        where = mesh(view, self._tiles.way(crs, self._datum, view.width * view.resolution))
        asker = (width, height, crs.srid)
        seen = self._within(where)
        if seen is None:
            self._tiles.seen(asker, ())
            return GroundPicture(None)
        index = grid.level_for(where.scale)
        span = grid.levels[index].span(seen)
        while span is not None and index > 0 and _too_many(grid.levels[index], span, width * height):
            index -= 1
            span = grid.levels[index].span(seen)
        if span is None or _too_many(grid.levels[index], span, width * height):
            self._tiles.seen(asker, ())
            return GroundPicture(None, problems=() if span is None else (Refusal("basemaps.zoom_in"),))
        names = [Tile(index, c, r) for r in range(span[2], span[3]) for c in range(span[0], span[1])]
        got = self._fetched(_inside_out(names), dark, wanted)
        if got is None:
            return EMPTY
        pending = [name for name in got if got[name] is Missing.PENDING]  # from the middle outwards
        mosaic = self._mosaic(index, span, got, dark, pending)
        self._tiles.seen(asker, pending)
        if not wanted():
            return EMPTY
        problems = tuple(kept for kept in got.values() if isinstance(kept, Refusal))[:1] + self._tiles.problems()
        if mosaic is None:
            return GroundPicture(None, not pending, problems)
        pixels = _into_view(mosaic, where, grid.levels[index], span, (height, width))
        self._tiles.letter(pixels, view, crs, self._datum, names, dark)
        return GroundPicture(pixels, not pending, problems)

    def retry(self) -> None:
        """Forget tiles that could not be had."""
        self._memory.forget(self._owner, pictures=False)
        self._tiles.retry()

    def close(self) -> None:
        """Close the source and forget its tiles."""
        with self._lock:
            closed, self._closed = self._closed, True
            pool, self._pool = self._pool, None
        if closed:
            return
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)  # the window must not wait; sources bear being closed early
        self._tiles.close()
        self._memory.forget(self._owner)

    def _within(self, where: Mesh) -> Box | None:
        """The part of the grid that is seen and may hold something."""
        seen = where.bounds
        held = self._tiles.extent()
        if seen is None or where.scale <= 0.0 or held is None:
            return seen if where.scale > 0.0 else None
        xmin, ymin = max(seen[0], held[0]), max(seen[1], held[1])
        xmax, ymax = min(seen[2], held[2]), min(seen[3], held[3])
        return (xmin, ymin, xmax, ymax) if xmin < xmax and ymin < ymax else None

    def _fetched(self, names: Sequence[Tile], dark: bool, wanted: Callable[[], bool]) -> dict[Tile, Kept] | None:
        """The tiles asked for, decoded on several threads; None when they are no longer wanted."""
        got: dict[Tile, Kept] = {}
        missing = []
        for name in names:
            kept = self._memory.get(self._owner, (name, dark))
            if kept is None:
                missing.append(name)
            else:
                got[name] = kept
        if len(missing) == 1:
            got[missing[0]] = self._fetch(missing[0], dark)
        elif missing:
            pool = self._workers()
            if pool is None:
                return None
            try:
                answers = [pool.submit(self._fetch_wanted, name, dark, wanted) for name in missing]
            except RuntimeError:  # closed meanwhile
                return None
            for name, answer in zip(missing, answers, strict=True):
                try:
                    kept = answer.result()
                except CancelledError:
                    return None
                if kept is None:
                    return None
                got[name] = kept
        return got if wanted() and not self._closed else None

    def _fetch_wanted(self, name: Tile, dark: bool, wanted: Callable[[], bool]) -> Kept | None:
        return self._fetch(name, dark) if wanted() else None

    def _fetch(self, name: Tile, dark: bool) -> Kept:
        """One tile from memory or source; kept, unless another may come of asking again."""
        kept = self._memory.get(self._owner, (name, dark))
        if kept is not None:
            return kept
        try:
            made: Kept = self._tiles.tile(name, dark)
        except Refusal as refusal:
            made = refusal
        if made is not Missing.PENDING and made is not Missing.FAILED and not self._closed:
            self._memory.put(self._owner, (name, dark), made)
        return made

    def _workers(self) -> ThreadPoolExecutor | None:
        with self._lock:
            if self._pool is None and not self._closed:
                self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="basemap-tiles")
            return self._pool

    def _mosaic(
        self, index: int, span: tuple[int, int, int, int], got: dict[Tile, Kept], dark: bool, pending: list[Tile]
    ) -> Buffer | None:
        """The tiles side by side, coarser or finer ones in place of what is missing; None when there are none at all.

        Coarser tiles that are on their way are added to ``pending``.
        """
        level = self._tiles.grid.levels[index]
        w, h = level.tile_width, level.tile_height
        mosaic: Buffer | None = None
        for name, kept in got.items():
            if isinstance(kept, np.ndarray):
                block: Buffer | None = kept
                if kept.shape != (h, w):
                    block = np.zeros((h, w), np.uint32)
                    _draw_into(
                        block, level.tile_box(name.column, name.row), kept, level.tile_box(name.column, name.row)
                    )
            else:
                block = self._stand_in(name, kept, dark, pending)
            if block is None:
                continue
            if mosaic is None:
                mosaic = np.zeros(((span[3] - span[2]) * h, (span[1] - span[0]) * w), np.uint32)
            y, x = (name.row - span[2]) * h, (name.column - span[0]) * w
            mosaic[y : y + h, x : x + w] = block
        return mosaic

    def _stand_in(self, name: Tile, kept: Kept, dark: bool, pending: list[Tile]) -> Buffer | None:
        """What other levels show at the place of a tile: the nearest coarser one, else finer ones still in memory."""
        levels = self._tiles.grid.levels
        level = levels[name.level]
        box = level.tile_box(name.column, name.row)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        block = np.zeros((level.tile_height, level.tile_width), np.uint32)
        fetching = kept is not Missing.PENDING  # nothing is fetched only to stand in for a moment
        for index in range(name.level - 1, max(name.level - 1 - ANCESTORS, -1), -1):
            span = levels[index].span((*middle, *middle))
            if span is None:
                continue
            coarser = Tile(index, span[0], span[2])
            found = self._fetch(coarser, dark) if fetching else self._memory.get(self._owner, (coarser, dark))
            if found is Missing.PENDING:
                fetching = False
                if coarser not in pending:
                    pending.append(coarser)
            if isinstance(found, np.ndarray):
                _draw_into(block, box, found, levels[index].tile_box(coarser.column, coarser.row))
                return block
        drawn = False
        if name.level + 1 < len(levels):
            span = levels[name.level + 1].span(_grown(box, -level.resolution / 4))
            for column, row in _all_of(span):
                found = self._memory.get(self._owner, (Tile(name.level + 1, column, row), dark))
                if isinstance(found, np.ndarray):
                    _draw_into(block, box, found, levels[name.level + 1].tile_box(column, row))
                    drawn = True
        return block if drawn else None


def _all_of(span: tuple[int, int, int, int] | None) -> Iterable[tuple[int, int]]:
    if span is None:
        return []
    return [(c, r) for r in range(span[2], span[3]) for c in range(span[0], span[1])]


def _grown(box: tuple[float, ...], by: float) -> Box:
    """A box (or a place) with a margin, which may be negative."""
    return box[0] - by, box[1] - by, box[-2] + by, box[-1] + by


def _too_many(level: Level, span: tuple[int, int, int, int], wanted: int) -> bool:
    """Whether tiles are too many for a picture of ``wanted`` pixels: far more than those, that is, and many anyway."""
    number = (span[1] - span[0]) * (span[3] - span[2])
    pixels = number * level.tile_width * level.tile_height
    return (number > MOST_TILES or pixels > MOST_PIXELS) and pixels > ENOUGH * wanted


def _inside_out(names: Iterable[Tile]) -> list[Tile]:
    """Tiles from the middle of the view outwards: what is looked at comes first."""
    listed = list(names)
    x = sum(name.column for name in listed) / len(listed)
    y = sum(name.row for name in listed) / len(listed)
    return sorted(listed, key=lambda name: ((name.column - x) ** 2 + (name.row - y) ** 2, name))


def _samples(scale: float) -> int:
    """How many samples a side make the mean of a pixel as wide as ``scale`` pixels of the source."""
    samples = 1
    while samples < MOST_SAMPLES and scale > BILINEAR * samples:
        samples *= 2
    return samples


def _draw_into(block: Buffer, block_box: Box, source: Buffer, source_box: Box) -> None:
    """Draw a picture that covers ``source_box`` where it belongs in one that covers ``block_box``."""
    h, w = block.shape
    sh, sw = source.shape
    step = max(h, w)
    kx = (block_box[2] - block_box[0]) / w * sw / (source_box[2] - source_box[0])  # pixels of the source a pixel
    ky = (block_box[3] - block_box[1]) / h * sh / (source_box[3] - source_box[1])
    x = (block_box[0] - source_box[0]) * sw / (source_box[2] - source_box[0])
    y = (source_box[3] - block_box[3]) * sh / (source_box[3] - source_box[1])
    mesh_x = np.array([[x, x + step * kx]] * 2)
    mesh_y = np.array([[y] * 2, [y + step * ky] * 2])
    resample(block, np.ascontiguousarray(source), mesh_x, mesh_y, step, _samples(max(kx, ky)))


def _into_view(
    mosaic: Buffer, where: Mesh, level: Level, span: tuple[int, int, int, int], shape: tuple[int, int]
) -> NDArray[np.uint32]:
    made = np.zeros(shape, np.uint32)
    left = level.left + span[0] * level.tile_width * level.resolution
    top = level.top - span[2] * level.tile_height * level.resolution
    x, y = (where.x - left) / level.resolution, (top - where.y) / level.resolution
    resample(made, mosaic, x, y, where.step, _samples(where.scale / level.resolution))
    return made
