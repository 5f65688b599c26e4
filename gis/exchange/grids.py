"""The Chinese Gauss–Krüger grids: which zone an easting names, and the EPSG code of every zone on three datums.

Zones of 6 degrees have the numbers 13 to 23 (middle 6·n − 3 E), those of 3 degrees 25 to 45 (middle 3·n E). An easting
may carry its zone's number in front, in millions of metres. Codes are those of the EPSG dataset.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pyproj
from numpy.typing import NDArray

from gis.geometry.shifts import checked_crs, old_datum

Family = Literal["cgcs2000", "beijing54", "xian80"]
Width = Literal[3, 6]
# (first code of 3-degree zones with number, without; of 6-degree zones with number, without)
_FIRST: dict[Family, dict[tuple[Width, bool], int]] = {
    "cgcs2000": {(3, True): 4513, (3, False): 4534, (6, True): 4491, (6, False): 4502},
    "beijing54": {(3, True): 2401, (3, False): 2422, (6, True): 21413, (6, False): 21453},
    "xian80": {(3, True): 2349, (3, False): 2370, (6, True): 2327, (6, False): 2338},
}
_ZONES: dict[Width, tuple[int, int]] = {3: (25, 45), 6: (13, 23)}
DEGREES: dict[Family, str] = {"cgcs2000": "EPSG:4490", "beijing54": "EPSG:4214", "xian80": "EPSG:4610"}
#: What northings and eastings of China can be, metres.
NORTHING = (1.8e6, 6.0e6)
EASTING = (1.0e5, 9.0e5)
NUMBERED = (1.3e7, 4.6e7)


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone of a grid."""

    family: Family
    width: Width
    number: int
    numbered: bool

    @property
    def crs(self) -> str:
        """Its EPSG code."""
        return f"EPSG:{_FIRST[self.family][self.width, self.numbered] + self.number - _ZONES[self.width][0]}"

    @property
    def middle(self) -> int:
        """The longitude of its middle, degrees east."""
        return 3 * self.number if self.width == 3 else 6 * self.number - 3


def family_of(crs: str) -> Family:
    """The datum a system stands on; CGCS2000 for all but the two former ones."""
    return old_datum(crs) or "cgcs2000"


def numbered_zone(number: int, family: Family) -> Zone | None:
    """The zone with that number in front of its eastings; None where there is no such."""
    for width, (first, last) in _ZONES.items():
        if first <= number <= last:
            return Zone(family, width, number, True)
    return None


def zone_numbers(eastings: NDArray[np.float64]) -> NDArray[np.int64]:
    """The zone's number in front of each easting, 0 where there is none."""
    with np.errstate(invalid="ignore"):
        inside = (eastings >= NUMBERED[0]) & (eastings < NUMBERED[1])
    numbers = np.where(inside, np.nan_to_num(eastings) // 1e6, 0).astype(np.int64)
    known = ((numbers >= 13) & (numbers <= 23)) | ((numbers >= 25) & (numbers <= 45))
    made: NDArray[np.int64] = np.where(known, numbers, 0)
    return made


@cache
def zone_of(crs: str) -> Zone | None:
    """The zone a system is, if it is one of these grids."""
    code = checked_crs(crs).to_epsg()
    for family, starts in _FIRST.items():
        for (width, numbered), start in starts.items():
            first, last = _ZONES[width]
            if code is not None and start <= code <= start + last - first:
                return Zone(family, width, first + code - start, numbered)
    return None


def zones_beside(family: Family, longitude: float) -> tuple[Zone, ...]:
    """Zones whose eastings bear no number and which hold or adjoin a longitude, nearest first, 3 degrees before 6."""
    made = [
        Zone(family, width, number, False)
        for width, (first, last) in _ZONES.items()
        for number in range(first, last + 1)
        if abs(Zone(family, width, number, False).middle - longitude) <= (1.5 if width == 3 else 6.0)
    ]
    return tuple(sorted(made, key=lambda zone: (zone.width, abs(zone.middle - longitude))))


@cache
def middle_of(crs: str) -> float:
    """The longitude about which a projected system is laid out, degrees; else that of its area of use."""
    system = checked_crs(crs)
    operation = system.coordinate_operation
    for parameter in operation.params if operation is not None else ():
        if parameter.name in ("Longitude of natural origin", "Longitude of false origin"):
            return float(parameter.value)
    area = system.area_of_use
    return 105.0 if area is None else (area.west + area.east) / 2


@cache
def is_geographic(crs: str) -> bool:
    """Whether a system counts in degrees. Raises Refusal ``import.unknown_crs``."""
    return bool(checked_crs(crs).is_geographic)


@cache
def transformer(source: str, target: str) -> pyproj.Transformer:
    """From one system to another, x first; made once."""
    return pyproj.Transformer.from_crs(checked_crs(source), checked_crs(target), always_xy=True)
