"""The areas by which coverage is counted, and how they nest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.geometry.columns import BBox, Columns

LEVELS = ("city", "county", "town", "community", "grid")  # from the largest
SUMMED_FIELDS = ("code", "name", "level", "parent", "urban", "population")


@dataclass(frozen=True, slots=True)
class Regions:
    """n areas, largest level first and by code within it; every array (n,).

    ``parent``: place of the area it belongs to, -1 = none here. ``population``: NaN = unknown.
    """

    ids: NDArray[np.int64]
    code: NDArray[np.object_]
    name: NDArray[np.object_]
    level: NDArray[np.object_]
    parent: NDArray[np.int64]
    urban: NDArray[np.bool_]
    population: NDArray[np.float64]
    polygons: NDArray[np.object_]

    @classmethod
    def of(cls, areas: Columns) -> Regions:
        """From rows of class ``area`` with the fields of SUMMED_FIELDS; rows without a geometry are left out.

        Invalid rings are mended first (shapely.make_valid): a self-crossing boundary must not count twice.
        """
        assert areas.geometry is not None
        usable = np.nonzero(~(shapely.is_missing(areas.geometry) | shapely.is_empty(areas.geometry)))[0]
        rank = [LEVELS.index(level) if level in LEVELS else len(LEVELS) for level in areas.fields["level"][usable]]
        codes = [str(code or "") for code in areas.fields["code"][usable]]
        order = usable[np.array(sorted(range(len(usable)), key=lambda i: (rank[i], codes[i])), int)]
        ids = areas.ids[order]
        place = {int(key): i for i, key in enumerate(ids)}
        return cls(
            ids,
            areas.fields["code"][order],
            areas.fields["name"][order],
            areas.fields["level"][order],
            np.array([place.get(int(parent), -1) for parent in areas.fields["parent"][order]], np.int64),
            areas.fields["urban"][order] == 1.0,
            np.asarray(areas.fields["population"][order], np.float64),
            shapely.make_valid(areas.geometry[order]),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def bbox(self) -> BBox:
        """The outer edges of all of them."""
        west, south, east, north = shapely.total_bounds(self.polygons)
        return (float(west), float(south), float(east), float(north))

    def parts(self, place: int) -> NDArray[np.int64]:
        """The areas directly within one."""
        return np.nonzero(self.parent == place)[0]

    def bottom_up(self) -> list[int]:
        """All places, every area after its parts."""
        return list(range(len(self) - 1, -1, -1))

    def within(self, area: str) -> Regions:
        """The area of that code (or id) and all that belongs to it; Refusal ``coverage.no_area``."""
        wanted = np.nonzero((self.code == area) | (self.ids.astype(str) == str(area)))[0]
        if not len(wanted):
            raise Refusal("coverage.no_area", area=area)
        kept = {int(wanted[0])}
        for place in range(len(self)):
            if int(self.parent[place]) in kept:
                kept.add(place)
        return self.take(np.array(sorted(kept), np.int64))

    def take(self, places: NDArray[np.int64]) -> Regions:
        """Some of the areas, in the order given."""
        moved = {int(old): new for new, old in enumerate(places)}
        return Regions(
            self.ids[places],
            self.code[places],
            self.name[places],
            self.level[places],
            np.array([moved.get(int(parent), -1) for parent in self.parent[places]], np.int64),
            self.urban[places],
            self.population[places],
            self.polygons[places],
        )

    def smallest_urban(self) -> NDArray[np.int64]:
        """The urban areas that have no urban area within them: together the urban area, counted once."""
        holds_urban = {int(parent) for parent in self.parent[self.urban]}
        return np.array([i for i in np.nonzero(self.urban)[0] if int(i) not in holds_urban], np.int64)

    def outermost(self) -> NDArray[np.int64]:
        """The areas of the largest level that occurs: together the whole."""
        level = next((known for known in LEVELS if (self.level == known).any()), None)
        return np.arange(len(self)) if level is None else np.nonzero(self.level == level)[0]
