"""Vector tiles out of MBTiles or PMTiles, drawn once for each level and then handled like pictures.

Beyond the finest level of the file its tiles are drawn again, larger: lines stay sharp.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from gis.basemaps.basemap import Buffer, LonLatBox
from gis.basemaps.grid import Tile, web_mercator
from gis.basemaps.mvt import VectorTile, vector_tile
from gis.basemaps.raster_tiles import TileBytes
from gis.basemaps.tile_memory import Missing
from gis.basemaps.tiled import TilesOfFile
from gis.basemaps.vector_style import Part, picture, vector_style

SIDE = 512  # pixels a tile is drawn on
BEYOND = 6  # levels drawn from the finest one
FINEST = 21
_KEPT_BYTES = 32 << 20  # of tiles that were read


class VectorTiles(TilesOfFile):
    """Tiles for a TiledBaseMap out of TileBytes of MVT; thread-safe."""

    def __init__(
        self, source: TileBytes, min_zoom: int, max_zoom: int, bounds: LonLatBox | None, attribution: str = ""
    ) -> None:
        self.max_zoom = max_zoom
        self.grid = web_mercator(min_zoom, max(min(max_zoom + BEYOND, FINEST), max_zoom), SIDE)
        self.bounds = bounds
        self.attribution = attribution
        self._source = source
        self._lock = Lock()
        self._read: OrderedDict[tuple[int, int, int], VectorTile | None] = OrderedDict()

    def tile(self, tile: Tile, dark: bool) -> Buffer | Missing:
        """The drawn tile; ABSENT where the file has none."""
        zoom = self.grid.levels[tile.level].zoom
        down = max(zoom - self.max_zoom, 0)
        column, row = tile.column >> down, tile.row >> down
        held = self._held(zoom - down, column, row)
        if held is None:
            return Missing.ABSENT
        times = 1 << down
        part = Part((tile.column - (column << down)) / times, (tile.row - (row << down)) / times, times)
        return picture(held, part, zoom, SIDE, dark)

    def close(self) -> None:
        """Close the file."""
        self._source.close()
        with self._lock:
            self._read.clear()

    def _held(self, zoom: int, column: int, row: int) -> VectorTile | None:
        name = (zoom, column, row)
        with self._lock:
            if name in self._read:
                self._read.move_to_end(name)
                return self._read[name]
        body = self._source.get(zoom, column, row)
        made = None if body is None else vector_tile(body, vector_style().layers)
        with self._lock:
            self._read[name] = made
            while sum(kept.nbytes if kept else 256 for kept in self._read.values()) > _KEPT_BYTES:
                self._read.popitem(last=False)
        return made
