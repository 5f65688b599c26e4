"""Vector tiles out of MBTiles or PMTiles, drawn once for each level and then handled like pictures.

Beyond the finest level of the file its tiles are drawn again, larger: lines stay sharp.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np

from gis.basemaps.basemap import Buffer, Datum, LonLatBox, ViewLike
from gis.basemaps.grid import Tile, web_mercator
from gis.basemaps.mvt import VectorTile, vector_tile
from gis.basemaps.raster_tiles import TileBytes
from gis.basemaps.tile_memory import Missing
from gis.basemaps.tiled import TilesOfFile
from gis.basemaps.vector_names import Name, write
from gis.basemaps.vector_style import Part, picture, vector_style
from gis.geometry.crs import ProjectCrs
from gis.geometry.datum import gcj02_to_wgs84

SIDE = 512  # pixels a tile is drawn on
BEYOND = 6  # levels drawn from the finest one
FINEST = 21
SCREEN = 96 / 25.4  # pixels a millimetre
FROM_ZOOM = {  # classes of both schemas, and the zoom from which they are named
    "city": 4, "town": 8, "borough": 11, "suburb": 12, "village": 12, "quarter": 13, "island": 11, "hamlet": 14,
    "locality": 10, "neighbourhood": 14,
}  # fmt: skip
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

    def letter(
        self, pixels: Buffer, view: ViewLike, crs: ProjectCrs, datum: Datum, tiles: Sequence[Tile], dark: bool
    ) -> None:
        """Write the names of towns and villages, the greatest first, where there is room for them."""
        if not tiles:
            return
        zoom = self.grid.levels[tiles[0].level].zoom
        down = max(zoom - self.max_zoom, 0)
        places = set()
        for column, row in sorted({(tile.column >> down, tile.row >> down) for tile in tiles}):
            with self._lock:
                held = self._read.get((zoom - down, column, row))
            n = 1 << (zoom - down)
            places |= {(place, (column + place.x) / n, (row + place.y) / n) for place in (held.places if held else ())}
        chosen = [found for found in places if zoom >= FROM_ZOOM.get(found[0].of_class, 99)]
        if not chosen:
            return
        chosen.sort(key=lambda found: (FROM_ZOOM[found[0].of_class], found[0].name, found[1:]))
        lon = np.array([360.0 * x - 180.0 for _, x, _ in chosen])
        lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * np.array([y for _, _, y in chosen])))))
        if datum == "gcj02":
            lon, lat = gcj02_to_wgs84(lon, lat)
        px, py = crs.from_lonlat(lon, lat)
        px, py = (px - view.left) / view.resolution, (view.top - py) / view.resolution
        seen = np.isfinite(px) & np.isfinite(py)
        write(
            pixels,
            [Name(float(x), float(y), place.name, FROM_ZOOM[place.of_class])
             for (place, _, _), x, y, there in zip(chosen, px, py, seen, strict=True) if there],
            float(getattr(view, "pixels_per_mm", SCREEN)), dark,
        )  # fmt: skip

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
