"""Listed places (schools, hospitals, public places …): what is received at each of them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage.grid import Grid, Tile
from gis.coverage.regions import Regions
from gis.coverage.spots import Spots
from gis.coverage.standing import places_of, standing_in
from gis.coverage.statistics import Place, PlaceKind, Places
from gis.geometry.columns import Columns

MOST_PLACES = 1000
_NOTHING = -9999.0


class PlaceLevels:
    """Collects the level, probability and server at each place; ``columns``: points with code, name and kind."""

    def __init__(self, grid: Grid, columns: Columns | None) -> None:
        if columns is None or columns.geometry is None:
            usable = np.zeros(0, np.int64)
        else:
            usable = np.nonzero(~(shapely.is_missing(columns.geometry) | shapely.is_empty(columns.geometry)))[0]
        self._columns, self._usable = columns, usable
        shapes = None if columns is None else columns.geometry
        points = np.zeros((0, 2)) if shapes is None else places_of(shapes[usable], shapely.point_on_surface)
        self.x, self.y = points[:, 0], points[:, 1]
        self._spots = Spots(grid, self.x, self.y)
        self.level: NDArray[np.float32] = np.full(len(usable), _NOTHING, np.float32)
        self.probability: NDArray[np.float32] = np.zeros(len(usable), np.float32)
        self.server: NDArray[np.int64] = np.full(len(usable), -1, np.int64)

    def add(
        self,
        tile: Tile,
        level: NDArray[np.float32],
        probability: NDArray[np.float32],
        server: NDArray[np.int32],
    ) -> None:
        """Look up the places in one tile; arrays (height, width), levels -9999 and server -1 where nobody is heard."""
        here, rows, columns = self._spots.at(tile)
        if len(here):
            self.level[here] = level[rows, columns]
            self.probability[here] = probability[rows, columns]
            self.server[here] = server[rows, columns]

    def places(self, threshold: float, servers: tuple[int, ...], within: Regions) -> Places:
        """The places that are ``within``, judged by the threshold; ``servers``: the id of each transmitter."""
        if self._columns is None:
            return Places((), (), 0)
        fields, ids = self._columns.fields, self._columns.ids
        smallest = np.full(len(self.x), -1)
        area, place = standing_in(within.polygons, self.x, self.y)
        np.maximum.at(smallest, place, area)  # largest areas come first
        rows = [
            Place(
                int(ids[self._usable[i]]),
                fields["code"][self._usable[i]] or None,
                fields["name"][self._usable[i]] or None,
                str(fields["kind"][self._usable[i]] or ""),
                round(float(self.x[i]), 2),
                round(float(self.y[i]), 2),
                bool(self.level[i] >= threshold),
                None if self.server[i] < 0 else round(float(self.level[i]), 2),
                round(float(self.probability[i]), 4),
                None if self.server[i] < 0 else servers[int(self.server[i])],
                int(within.ids[smallest[i]]) or None,
            )
            for i in np.nonzero(smallest >= 0)[0]
        ]
        count = Counter(row.kind for row in rows)
        covered = Counter(row.kind for row in rows if row.covered)
        kinds = tuple(
            PlaceKind(kind, count[kind], covered[kind], round(covered[kind] / count[kind], 6)) for kind in sorted(count)
        )
        rows.sort(key=lambda row: (row.covered, _NOTHING if row.level is None else row.level, row.id))
        return Places(kinds, tuple(rows[:MOST_PLACES]), max(0, len(rows) - MOST_PLACES))
