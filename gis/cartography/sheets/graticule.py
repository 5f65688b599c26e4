"""The grid around and over a map: kilometre ticks of the project's CRS and the corners in longitude and latitude."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

import pyproj

from gis.geometry.columns import BBox


@dataclass(frozen=True, slots=True)
class Tick:
    """A grid line at ``value`` metres of easting or northing, named ``label`` (kilometres)."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Graticule:
    """Grid lines every ``step`` metres inside an extent; ``corners``: (lon, lat) of lower left, lower right, upper
    right and upper left, degrees."""

    step: float
    eastings: tuple[Tick, ...]
    northings: tuple[Tick, ...]
    corners: tuple[tuple[float, float], ...]


def graticule(extent: BBox, crs: str, spacing_mm: float, denominator: float) -> Graticule:
    """The grid of an extent, its lines at least ``spacing_mm`` of paper apart at a step of 1, 2 or 5 times ten."""
    wanted = spacing_mm * denominator / 1000.0
    power = 10.0 ** floor(log10(wanted))
    step = next(s * power for s in (1.0, 2.0, 5.0, 10.0) if s * power >= wanted * (1 - 1e-9))
    xmin, ymin, xmax, ymax = extent
    to_degrees = pyproj.Transformer.from_crs(crs, pyproj.CRS(crs).geodetic_crs, always_xy=True)
    corners = tuple(
        (float(lon), float(lat))
        for lon, lat in (
            to_degrees.transform(x, y) for x, y in ((xmin, ymin), (xmax, ymin), (xmax, ymax), (xmin, ymax))
        )
    )
    return Graticule(step, _ticks(xmin, xmax, step), _ticks(ymin, ymax, step), corners)


def _ticks(low: float, high: float, step: float) -> tuple[Tick, ...]:
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return tuple(Tick(i * step, f"{i * step / 1000.0:.10g}") for i in range(first, last + 1))


def degrees_minutes(value: float, positive: str, negative: str, seconds: bool = False) -> str:
    """An angle as 120°08′E, or with seconds 120°08′12″E, rounded to its last part."""
    sign = positive if value >= 0 else negative
    if seconds:
        whole = round(abs(value) * 3600)
        return f"{whole // 3600}°{whole // 60 % 60:02d}′{whole % 60:02d}″{sign}"
    whole = round(abs(value) * 60)
    return f"{whole // 60}°{whole % 60:02d}′{sign}"
