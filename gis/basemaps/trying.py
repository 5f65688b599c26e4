"""One tile of an online base map, asked for here and now: to see whether its address and key are right."""

from __future__ import annotations

from gis.basemaps.basemap import BaseMapSpec, Buffer, ViewLike
from gis.basemaps.decoding import decoded
from gis.basemaps.grid import Tile
from gis.basemaps.mesh import mesh
from gis.basemaps.online import online_tiles
from gis.basemaps.request import Answer, host_of
from gis.errors import Refusal
from gis.geometry.crs import ProjectCrs
from gis.progress import Progress

_COARSER = 6  # levels tried where the service has no tile


def tried_tile(
    spec: BaseMapSpec, key: str | None, view: ViewLike, crs: ProjectCrs, progress: Progress | None = None
) -> Buffer:
    """The pixels of the tile in the middle of ``view``, from the level that fits or a coarser one.

    Raises Refusal ``basemaps.bad_address``, ``.key_missing``, ``.refused``, ``.unreachable``, ``.strange_answer``,
    ``ground.no_tile_here``. This takes network time.
    """
    if spec.needs_key and not (key or "").strip():
        raise Refusal("basemaps.key_missing", name=spec.name)
    tiles = online_tiles(spec, None, False, key)
    host = host_of(spec.source)
    try:
        where = mesh(view, tiles.way(crs, spec.datum, view.width * view.resolution))
        seen = where.bounds
        if seen is None:
            raise Refusal("ground.no_tile_here", host=host)
        middle = (seen[0] + seen[2]) / 2, (seen[1] + seen[3]) / 2
        fitting = tiles.grid.level_for(where.scale)
        for index in range(fitting, max(fitting - _COARSER, 0) - 1, -1):
            if progress is not None:
                progress.step(0)
            span = tiles.grid.levels[index].span((*middle, *middle))
            if span is None:
                continue
            reply = tiles.fetch(Tile(index, span[0], span[2]))
            match reply.answer:
                case Answer.TILE:
                    return decoded(reply.body)
                case Answer.REFUSED:
                    raise Refusal("basemaps.refused", host=host, reason=reply.reason)
                case Answer.STRANGE:
                    raise Refusal("basemaps.strange_answer", host=host, reason=reply.reason)
                case Answer.BUSY | Answer.UNREACHABLE:
                    raise Refusal("basemaps.unreachable", host=host, reason=reply.reason)
                case Answer.NONE:
                    continue
        raise Refusal("ground.no_tile_here", host=host)
    finally:
        tiles.close()
