"""Answers what planning asks, from one snapshot of the project file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.editing.facts import Referrer
from gis.geometry.columns import BBox, Columns
from gis.storage.snapshots import Snapshot

MARGIN_M = 200_000.0  # a city may reach over the edge of its zone; a wrong axis order or zone number is further off
_EVERYWHERE: BBox = (-1e8, -1e8, 1e8, 1e8)


def plausible_bounds(crs: pyproj.CRS) -> BBox:
    """Where coordinates of a projected CRS can sensibly lie: its area of use and a margin, in its own metres."""
    area = crs.area_of_use
    if area is None:
        return _EVERYWHERE
    to_crs = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    xmin, ymin, xmax, ymax = to_crs.transform_bounds(area.west, area.south, area.east, area.north)
    if not np.isfinite([xmin, ymin, xmax, ymax]).all():
        return _EVERYWHERE
    return (xmin - MARGIN_M, ymin - MARGIN_M, xmax + MARGIN_M, ymax + MARGIN_M)


class SnapshotFacts:
    """Facts (see `gis.editing.facts`) as they stand in a snapshot."""

    def __init__(self, snapshot: Snapshot, bounds: BBox) -> None:
        self._snapshot = snapshot
        self._bounds = bounds

    @property
    def catalogue(self) -> Catalogue:
        """The feature classes."""
        return self._snapshot.catalogue

    @property
    def bounds(self) -> BBox:
        """Where coordinates can sensibly lie."""
        return self._bounds

    def columns(self, cls: str, fields: Sequence[str], ids: NDArray[np.int64], *, geometry: bool = False) -> Columns:
        """The rows of ``ids`` that exist."""
        return self._snapshot.columns(cls, fields, ids=ids, geometry=geometry)

    def exists(self, cls: str, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each id whether the class has that row."""
        if not len(ids):
            return np.zeros(0, dtype=bool)
        return np.isin(ids, self._snapshot.columns(cls, (), ids=ids, geometry=False).ids)

    def taken(self, cls: str, field: str, values: Iterable[Any]) -> Mapping[Any, int]:
        """For each value that a row already holds in ``field``, that row's id."""
        wanted = list(values)
        if not wanted:
            return {}
        name = self.catalogue[cls].field(field).name
        among = f'"{name}" IN (SELECT value FROM json_each(?))'
        found = self._snapshot.columns(cls, [name], where=among, params=(json.dumps(wanted),), geometry=False)
        return dict(zip(found.fields[name].tolist(), found.ids.tolist(), strict=True))

    def near(self, cls: str, place: tuple[float, float], within: float) -> NDArray[np.int64]:
        """The rows of a point class that stand no further than ``within`` metres from a place."""
        x, y = place
        found = self._snapshot.ids_in(cls, (x - within, y - within, x + within, y + within))
        rows = self._snapshot.columns(cls, (), ids=found)
        if not len(rows) or rows.geometry is None:
            return np.zeros(0, np.int64)
        there: NDArray[np.int64] = rows.ids[shapely.distance(rows.geometry, shapely.points(x, y)) <= within]
        return there

    def referrers(self, cls: str, ids: NDArray[np.int64]) -> list[Referrer]:
        """Rows of any class whose ref fields point at ``ids`` of ``cls``, and what belongs to these."""
        wanted = json.dumps(ids.tolist())
        found: list[Referrer] = []
        for source, field in self.catalogue.referrers(cls):
            rows = self._snapshot.ids(source.name, f'"{field.name}" IN (SELECT value FROM json_each(?))', (wanted,))
            if len(rows):
                found.append((source.name, field.name, rows))
        for source in self.catalogue.belongings:
            assert source.owner is not None
            there = f'"{source.owner.id}" IN (SELECT value FROM json_each(?)) AND "{source.owner.cls}" = ?'
            rows = self._snapshot.ids(source.name, there, (wanted, cls))
            if len(rows):
                found.append((source.name, source.owner.id, rows))
        return found
