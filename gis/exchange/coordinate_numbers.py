"""What the numbers of a file can only be: their order, their system, the zones they lie in (DOMAIN §7)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.exchange import grids
from gis.geometry.crs import project_crs as project_system

DEGREES_WGS84 = "EPSG:4326"


def in_minutes(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    """Whether numbers called longitude and latitude can only be degrees and minutes without a gap."""
    if not len(x):
        return False
    far, near = np.abs(x), np.abs(y)
    fits = (far >= 7300) & (far < 13_600) & (near >= 300) & (near < 5400) & (far % 100 < 60) & (near % 100 < 60)
    return bool(fits.mean() >= 0.95)


def from_minutes(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees of numbers like 12008.2083, which receivers write for 120°08.2083′."""
    whole = np.trunc(values / 100)
    made: NDArray[np.float64] = whole + (values - whole * 100) / 60
    return made


def northing_first(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    """Whether the first of two numbers can only be the northing or latitude."""
    x, y = float(np.median(np.abs(first))), float(np.median(np.abs(second)))

    def easting(v: float) -> bool:
        return grids.EASTING[0] <= v <= grids.EASTING[1] or grids.NUMBERED[0] <= v < grids.NUMBERED[1]

    if grids.NORTHING[0] <= x <= grids.NORTHING[1]:
        return easting(y)  # as in most Chinese survey files
    if x <= 90 < y <= 180:
        return True
    minutes = 300 <= x < 5400 and 7300 <= y < 13_600
    return minutes or (3 <= x <= 54 and 73 <= y <= 136)


def guessed_system(
    x: NDArray[np.float64], y: NDArray[np.float64], family: grids.Family, given: str, project_crs: str, kind: str
) -> tuple[str, str, tuple[str, ...]]:
    """(system, reason, further zones) by the range of the numbers; ``given`` is what metres are in if nothing else."""
    geographic = DEGREES_WGS84 if given == project_crs else grids.DEGREES[family]
    plane = given if not grids.is_geographic(given) else _plane(family, project_crs)
    if not len(x):
        return (geographic if kind in ("pair", "columns") else plane), "import.nothing_to_judge", ()
    mx, my = float(np.median(np.abs(x))), float(np.median(np.abs(y)))
    if mx <= 180 and my <= 90 and (kind != "own" or like_degrees(x, y)):
        return geographic, "import.degrees", ()
    numbers = grids.zone_numbers(x)
    if (numbers > 0).mean() > 0.5:
        present = np.bincount(numbers[numbers > 0])
        zones = [grids.numbered_zone(int(n), family) for n in np.argsort(-present, kind="stable") if present[n]]
        codes = tuple(zone.crs for zone in zones if zone is not None)
        reason = "import.zone_prefix_40" if numbers[0] == 40 and len(codes) == 1 else "import.zone_prefix"
        return codes[0], reason if len(codes) == 1 else "import.zone_prefixes", codes[1:]
    if not (grids.NORTHING[0] <= my <= grids.NORTHING[1] and grids.EASTING[0] <= mx <= grids.EASTING[1]):
        if kind == "own":
            raise Refusal("import.crs_needed", x=f"{mx:,.1f}", y=f"{my:,.1f}")
        return plane, "import.numbers_of_no_grid", ()
    return _fitting_zones(x, y, family, plane, project_crs)


def _fitting_zones(
    x: NDArray[np.float64], y: NDArray[np.float64], family: grids.Family, plane: str, project_crs: str
) -> tuple[str, str, tuple[str, ...]]:
    """The zone that puts most rows into the project's area of use, and the zones that take in the rest.

    The 6-degree zones meet at 120 E, in the middle of the city: a file may lie in either, or in both.
    """
    system = project_system(project_crs)

    def inside(crs: str) -> NDArray[np.bool_]:
        if crs == project_crs:
            return system.covers(x, y)
        return system.covers(*grids.transformer(crs, project_crs).transform(x, y))

    here = inside(plane)
    if here.all():
        return plane, "import.project_metres", ()
    candidates = [zone.crs for zone in grids.zones_beside(family, grids.middle_of(project_crs)) if zone.crs != plane]
    covered = {plane: here, **{crs: inside(crs) for crs in candidates}}
    best = max(covered, key=lambda crs: float(covered[crs].mean()))
    if covered[best].mean() <= 0.05:
        return plane, "import.project_metres", ()
    left, others = ~covered[best], []
    for crs in (c for c in covered if c != best):
        if (covered[crs] & left).mean() > 0.02:
            others.append(crs)
            left &= ~covered[crs]
    if best == plane and not others:
        return plane, "import.project_metres", ()
    return best, "import.zones_of_both" if others else "import.zone_by_area", tuple(others)


def _plane(family: grids.Family, project_crs: str) -> str:
    """The 3-degree zone of a datum about the project's middle."""
    zones = grids.zones_beside(family, grids.middle_of(project_crs))
    return zones[0].crs if zones else project_crs


def numbered_dress(crs: str, x: NDArray[np.float64]) -> str:
    """The same zone with its number in front of the eastings, where the numbers bear it."""
    zone = grids.zone_of(crs)
    if zone is None or zone.numbered or not len(x):
        return crs
    numbers = grids.zone_numbers(x)
    return replace(zone, numbered=True).crs if (numbers == zone.number).mean() > 0.5 else crs


def like_degrees(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    mx, my = float(np.median(x)), float(np.median(y))
    return 73 <= mx <= 136 and 3 <= my <= 54
