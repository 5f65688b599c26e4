"""Tiles of an online base map fetched ahead, for work without a network: how many there are, and how they are kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from gis.basemaps.basemap import BaseMapSpec, ViewLike
from gis.basemaps.fetcher import AT_ONCE
from gis.basemaps.grid import Grid, Tile
from gis.basemaps.mesh import mesh
from gis.basemaps.online import OnlineTiles, online_tiles
from gis.basemaps.request import Answer, Reply, host_of
from gis.errors import Refusal
from gis.geometry.crs import ProjectCrs
from gis.progress import Progress

MOST = 10_000  # tiles of one wish: more is what services forbid and users regret
USUAL = 18_000  # bytes of a tile, until tiles of the source are known
_GIVE_UP = 8  # failures in a row after which the service is left alone
_PAUSE = 1.0  # seconds after a failure


@dataclass(frozen=True, slots=True)
class Area:
    """The tiles of every level down to a zoom: ``levels`` of (index of the level, first and last columns and rows)."""

    levels: tuple[tuple[int, tuple[int, int, int, int]], ...]

    @property
    def count(self) -> int:
        """How many tiles there are."""
        return sum((c1 - c0) * (r1 - r0) for _, (c0, c1, r0, r1) in self.levels)

    def tiles(self) -> Iterator[Tile]:
        """All of them, coarse ones first."""
        for index, (c0, c1, r0, r1) in self.levels:
            for row in range(r0, r1):
                for column in range(c0, c1):
                    yield Tile(index, column, row)


@dataclass(frozen=True, slots=True)
class Kept:
    """How it went: tiles that came, that were there already, that the service has not, and that failed."""

    came: int = 0
    there: int = 0
    none: int = 0
    failed: int = 0


def zooms(spec: BaseMapSpec) -> list[int]:
    """The levels a source has, from coarse to fine."""
    return [level.zoom for level in _grid(spec).levels]


def area_of(spec: BaseMapSpec, view: ViewLike, crs: ProjectCrs, zoom: int) -> Area:
    """The tiles of the view's rectangle from the coarsest level to ``zoom``."""
    tiles = online_tiles(spec, None, True, None)
    try:
        seen = mesh(view, tiles.way(crs, spec.datum, view.width * view.resolution)).bounds
    finally:
        tiles.close()
    if seen is None:
        return Area(())
    spans = ((i, level.span(seen)) for i, level in enumerate(tiles.grid.levels) if level.zoom <= zoom)
    return Area(tuple((i, span) for i, span in spans if span is not None))


def keep(
    spec: BaseMapSpec, area: Area, cache: Path, key: str | None, progress: Progress, limit: int | None = None,
    opened: Callable[..., OnlineTiles] = online_tiles,
) -> Kept:  # fmt: skip
    """Fetch what is not kept yet; stops at ``progress.cancelled``, what came by then stays.

    Raises Refusal ``ground.too_many_tiles``, ``ground.no_bulk`` where the service forbids it, ``basemaps.key_missing``,
    ``basemaps.unreachable`` and ``basemaps.refused`` where it does not answer.
    """
    total = area.count
    if total > MOST:
        raise Refusal("ground.too_many_tiles", count=total, most=MOST)
    if spec.options.get("bulk") is False:
        raise Refusal("ground.no_bulk", name=spec.name)
    if spec.needs_key and not (key or "").strip():
        raise Refusal("basemaps.key_missing", name=spec.name)
    source = opened(spec, cache, False, key, limit)
    try:
        return _kept(source, area, progress, total, host_of(spec.source))
    finally:
        source.close()


def _kept(source: OnlineTiles, area: Area, progress: Progress, total: int, host: str) -> Kept:
    counts = dict.fromkeys(("came", "there", "none", "failed"), 0)
    row = 0  # failures in a row
    under_way: set[Future[Reply]] = set()
    last = Reply(Answer.NONE)

    def collect(most: int) -> None:
        nonlocal row, last, under_way
        while len(under_way) > most:
            done, under_way = wait(under_way, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                reply = future.result()
                last = reply
                if reply.answer in (Answer.TILE, Answer.NONE):
                    row = 0
                    counts["came" if reply.answer is Answer.TILE else "none"] += 1
                else:
                    row += 1
                    counts["failed"] += 1
            progress.step(sum(counts.values()), total, "ground.keeping")

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="basemap-keep") as pool:
        try:
            for tile in area.tiles():
                progress.step(sum(counts.values()), total, "ground.keeping")
                if source.kept(tile):
                    counts["there"] += 1
                    continue
                collect(AT_ONCE - 1)
                if row >= _GIVE_UP:
                    code = "basemaps.refused" if last.answer is Answer.REFUSED else "basemaps.unreachable"
                    raise Refusal(code, host=host, reason=last.reason)
                if row:
                    time.sleep(max(_PAUSE, min(last.wait, 10.0)))
                under_way.add(pool.submit(source.fetch, tile))
            collect(0)
        finally:
            for future in under_way:
                future.cancel()
    return Kept(**counts)


def _grid(spec: BaseMapSpec) -> Grid:
    tiles = online_tiles(spec, None, True, None)
    tiles.close()
    return tiles.grid
