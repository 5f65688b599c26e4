"""People within coverage: each area's population spread over its premises by households.

Rules, stated because every figure rests on them:

* A premises is covered when the pixel it stands in reaches the threshold.
* An area's population lives at its premises in proportion to their households (a home without a figure counts 1, any
  other premises without one counts 0). Its population share is the households covered ÷ all its households.
* An area without a single household inside takes its area share instead ("area" in ``basis``).
* An area made of smaller areas whose population is all known takes the sum of theirs ("parts"), so that districts add
  up to the city.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.coverage.grid import Grid, Tile
from gis.coverage.regions import Regions
from gis.coverage.standing import standing_in
from gis.coverage.tallies import tally


@dataclass(frozen=True, slots=True)
class Premises:
    """n places where people live: ``x``, ``y`` in metres and ``households`` (0 and more), each (n,)."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    households: NDArray[np.float64]


class CoveredPremises:
    """Notes which premises stand in covered pixels, while the raster arrives tile by tile. ``covered``: bool (n,)."""

    def __init__(self, grid: Grid, premises: Premises) -> None:
        self.covered: NDArray[np.bool_] = np.zeros(len(premises.x), bool)
        self._column = np.floor((premises.x - grid.west) / grid.resolution_m).astype(np.int64)
        self._row = np.floor((grid.north - premises.y) / grid.resolution_m).astype(np.int64)
        self._order = np.argsort(self._row, kind="stable")
        self._sorted_rows = self._row[self._order]

    def add(self, tile: Tile, covered: NDArray[np.bool_]) -> None:
        """Look up the premises that stand in this tile."""
        first, last = np.searchsorted(self._sorted_rows, (tile.top, tile.top + tile.height))
        band = self._order[first:last]
        column = self._column[band] - tile.left
        here = (column >= 0) & (column < tile.width)
        band = band[here]
        self.covered[band] = covered[self._row[band] - tile.top, column[here]]


@dataclass(frozen=True, slots=True)
class Populace:
    """The people of n areas: ``covered`` and ``total`` in people (households where no population is known), each (n,).

    ``share``: NaN when nothing is known. ``basis``: "premises", "area", "parts" or "none", each (n,).
    """

    covered: NDArray[np.float64]
    total: NDArray[np.float64]
    share: NDArray[np.float64]
    basis: tuple[str, ...]


class Settled:
    """Which premises stand in which of n areas, found once; ``populace`` then answers for any coverage.

    ``area``, ``place``: pairs of area and premises. ``households`` (n,), ``premises`` (n,): how many each area has.
    """

    def __init__(self, regions: Regions, premises: Premises) -> None:
        self.regions, self.at = regions, premises
        self.area, self.place = standing_in(regions.polygons, premises.x, premises.y)
        self.households = self.summed(premises.households)
        self.premises = self.summed(np.ones(len(premises.x)))

    def summed(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """A figure of the premises added up by area, (n,)."""
        n = len(self.regions)
        return tally(self.area, weights[self.place], n)

    def populace(self, covered: NDArray[Any], area_share: NDArray[np.float64]) -> Populace:
        """Who is covered, by area. ``covered`` by premises: yes or no, or how likely."""
        regions, households = self.regions, self.households
        households_covered = self.summed(self.at.households * covered)
        share = np.where(households > 0.0, households_covered / np.maximum(households, 1e-300), area_share)
        total = np.where(np.isnan(regions.population), households, regions.population)
        basis = np.where(households > 0.0, "premises", np.where(total > 0.0, "area", "none"))
        share = np.where(basis == "none", np.nan, share)
        people = np.nan_to_num(share) * total
        for parent in regions.bottom_up():
            parts = regions.parts(parent)
            known = np.isfinite(regions.population[parts])
            if len(parts) and known.all() and total[parts].sum() > 0.0:
                share[parent] = people[parts].sum() / total[parts].sum()
                basis[parent] = "parts"
                if np.isnan(regions.population[parent]):
                    total[parent] = total[parts].sum()
                people[parent] = share[parent] * total[parent]
        return Populace(people, total, share, tuple(basis.tolist()))

    def people(self) -> NDArray[np.float64]:
        """The people of each premises: the population of its smallest area that has one, by households; 0 = unknown."""
        found = np.zeros(len(self.at.x))
        known = np.isfinite(self.regions.population) & (self.households > 0.0)
        for area in np.nonzero(known)[0]:  # largest first: a smaller area has the last word
            here = self._of(int(area))
            found[here] = self.at.households[here] * self.regions.population[area] / self.households[area]
        return found

    def _of(self, area: int) -> NDArray[np.int64]:
        first, last = np.searchsorted(self.area, (area, area + 1))
        return np.asarray(self.place[first:last], np.int64)


def populace(
    regions: Regions, premises: Premises, covered: NDArray[np.bool_], area_share: NDArray[np.float64]
) -> Populace:
    """Who is covered, by area; see the module's text for the rules."""
    return Settled(regions, premises).populace(covered, area_share)
