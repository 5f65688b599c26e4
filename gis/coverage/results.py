"""What a coverage analysis answers: one row an area, the headline, and what a reader has to know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage.people import Populace
from gis.coverage.regions import LEVELS, Regions
from gis.errors import Language, say


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader of the result has to know: a message code and its arguments."""

    code: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: Language = "zh") -> str:
        """The note in one language."""
        return say(self.code, language, **self.args)

    def as_json(self) -> dict[str, Any]:
        """The form in which a run stores it."""
        return {"code": self.code, "args": dict(self.args)}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Note:
        """The note a run has stored."""
        return cls(entry["code"], entry["args"])


@dataclass(frozen=True, slots=True)
class AreaRow:
    """Coverage of one area. Shares are 0…1, None = unknown; gis.coverage.people explains ``population_basis``."""

    id: int
    code: str | None
    name: str | None
    level: str | None
    parent: int | None  # id of the area it belongs to, if that is among the rows
    urban: bool
    area_m2: float
    covered_m2: float
    area_share: float
    population: float | None
    population_covered: float | None
    population_share: float | None
    population_basis: str
    sites: int


def area_rows(
    regions: Regions, covered_m2: NDArray[np.float64], people: Populace, sites: NDArray[np.float64]
) -> list[AreaRow]:
    """One row an area, in the order of ``regions``. ``sites``: (m, 2) coordinates of the transmitters counted."""
    area_m2 = np.asarray(shapely.area(regions.polygons), np.float64)
    share = area_shares(regions, covered_m2)
    counts = np.zeros(len(regions), np.int64)
    if len(sites):
        area, _ = shapely.STRtree(shapely.points(sites)).query(regions.polygons, predicate="intersects")
        np.add.at(counts, area, 1)
    known = people.total > 0.0
    return [
        AreaRow(
            int(regions.ids[i]),
            regions.code[i],
            regions.name[i],
            regions.level[i],
            int(regions.ids[regions.parent[i]]) if regions.parent[i] >= 0 else None,
            bool(regions.urban[i]),
            round(float(area_m2[i]), 1),
            round(float(area_m2[i] * share[i]), 1),
            round(float(share[i]), 6),
            _whole(regions.population[i]),
            _whole(people.covered[i]) if known[i] and not math.isnan(regions.population[i]) else None,
            None if math.isnan(people.share[i]) else round(float(people.share[i]), 6),
            people.basis[i],
            int(counts[i]),
        )
        for i in range(len(regions))
    ]


def area_shares(regions: Regions, covered_m2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covered area ÷ area, 0…1; rounding of border pixels cannot carry it beyond."""
    area_m2 = np.asarray(shapely.area(regions.polygons), np.float64)
    return np.clip(covered_m2 / np.maximum(area_m2, 1e-9), 0.0, 1.0)


def headline(rows: list[AreaRow]) -> dict[str, Any] | None:
    """The figures of the whole: the one largest area, or the sum of those of the largest level; None without areas."""
    if not rows:
        return None
    level = next((known for known in LEVELS if any(row.level == known for row in rows)), rows[0].level)
    return _summed([row for row in rows if row.level == level])


def urban_headline(rows: list[AreaRow], places: NDArray[np.int64]) -> dict[str, Any] | None:
    """The figures of the urban area as a whole; None when no area is marked as urban."""
    return _summed([rows[int(place)] for place in places]) if len(places) else None


def _summed(rows: list[AreaRow]) -> dict[str, Any]:
    area_m2 = sum(row.area_m2 for row in rows)
    covered_m2 = sum(row.covered_m2 for row in rows)
    counted = [row for row in rows if row.population is not None and row.population_covered is not None]
    population = sum(row.population or 0.0 for row in counted)
    covered = sum(row.population_covered or 0.0 for row in counted)
    share: float | None = round(covered / population, 6) if population else None
    if share is None and len(rows) == 1:
        share = rows[0].population_share
    return {
        "area_m2": area_m2,
        "covered_m2": covered_m2,
        "area_share": round(covered_m2 / area_m2, 6) if area_m2 else 0.0,
        "population": population or None,
        "population_share": share,
        "sites": sum(row.sites for row in rows),
    }


def _whole(people: float) -> float | None:
    return None if math.isnan(people) else float(round(people))
