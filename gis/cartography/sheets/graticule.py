"""The grid around and over a map: kilometres of the project's CRS, or meridians and parallels as they run in it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Literal

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

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


Side = Literal["left", "right", "top", "bottom"]
# Round steps of degrees, minutes and seconds, in seconds.
_ANGLES = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 18_000, 36_000, 54_000, 108_000)
_SAMPLES = 65  # vertices of a meridian or parallel: enough for a smooth curve


@dataclass(frozen=True, slots=True)
class DegreeLine:
    """A meridian or parallel inside an extent: ``parts`` (n, 2) in the project's CRS, named ``label``.

    ``ends``: where it leaves the extent, as the side and the place along it (x on top and bottom, y at the sides).
    """

    label: str
    parts: tuple[NDArray[np.float64], ...]
    ends: tuple[tuple[Side, float], ...]


def degree_lines(extent: BBox, crs: str, spacing_mm: float, denominator: float) -> tuple[DegreeLine, ...]:
    """Meridians, then parallels, at a round step of degrees, minutes or seconds and at least ``spacing_mm`` apart.

    They bend as the projection bends them. Labels of meridians stand above and below, of parallels at the sides.
    """
    system = pyproj.CRS(crs)
    to_degrees = pyproj.Transformer.from_crs(system, system.geodetic_crs, always_xy=True)
    xmin, ymin, xmax, ymax = extent
    xs, ys = np.linspace(xmin, xmax, 17), np.linspace(ymin, ymax, 17)
    rim_x = np.concatenate([xs, xs, np.full(17, xmin), np.full(17, xmax)])
    rim_y = np.concatenate([np.full(17, ymin), np.full(17, ymax), ys, ys])
    lon, lat = to_degrees.transform(rim_x, rim_y)
    lon, lat = lon[np.isfinite(lon)], lat[np.isfinite(lat)]
    if not len(lon) or not len(lat):
        return ()
    west, east, south, north = float(lon.min()), float(lon.max()), float(lat.min()), float(lat.max())
    window = shapely.box(*extent)
    metres = spacing_mm * denominator / 1000.0
    made: list[DegreeLine] = []
    for along_lon, low, high, width in ((True, west, east, xmax - xmin), (False, south, north, ymax - ymin)):
        wanted = (high - low) * 3600.0 * metres / max(width, 1e-9)
        step = next((angle for angle in _ANGLES if angle >= wanted), _ANGLES[-1])
        for k in range(ceil(low * 3600.0 / step - 1e-9), floor(high * 3600.0 / step + 1e-9) + 1):
            value = k * step / 3600.0
            other = np.linspace(south, north, _SAMPLES) if along_lon else np.linspace(west, east, _SAMPLES)
            same = np.full(_SAMPLES, value)
            lon, lat = (same, other) if along_lon else (other, same)
            x, y = to_degrees.transform(lon, lat, direction="INVERSE")
            line = _line_in(window, np.column_stack([x, y]), extent)
            if not line:
                continue
            names = ("E", "W") if along_lon else ("N", "S")
            made.append(
                DegreeLine(degrees_minutes(value, *names, step < 60), line, _ends(line, extent, upright=along_lon))
            )
    return tuple(made)


def _line_in(window: object, xy: NDArray[np.float64], extent: BBox) -> tuple[NDArray[np.float64], ...]:
    """The parts of a line inside a window; the line reaches a little beyond its ends, so that it meets the rim."""
    xy = xy[np.isfinite(xy).all(axis=1)]
    if len(xy) < 2:
        return ()
    first, last = xy[0] + (xy[0] - xy[1]) * 0.5, xy[-1] + (xy[-1] - xy[-2]) * 0.5
    cut = shapely.intersection(shapely.LineString(np.vstack([first, xy, last])), window)
    parts = shapely.get_parts(np.atleast_1d(np.asarray(cut, object)))
    least = max(extent[2] - extent[0], extent[3] - extent[1]) * 1e-4
    return tuple(
        shapely.get_coordinates(part) for part in parts if part.geom_type == "LineString" and part.length > least
    )


def _ends(parts: tuple[NDArray[np.float64], ...], extent: BBox, *, upright: bool) -> tuple[tuple[Side, float], ...]:
    xmin, ymin, xmax, ymax = extent
    near = max(xmax - xmin, ymax - ymin) * 1e-6
    found: list[tuple[Side, float]] = []
    for part in parts:
        for x, y in (part[0], part[-1]):
            if upright and abs(y - ymin) < near:
                found.append(("bottom", float(x)))
            elif upright and abs(y - ymax) < near:
                found.append(("top", float(x)))
            elif not upright and abs(x - xmin) < near:
                found.append(("left", float(y)))
            elif not upright and abs(x - xmax) < near:
                found.append(("right", float(y)))
    return tuple(found)


def degrees_minutes(value: float, positive: str, negative: str, seconds: bool = False) -> str:
    """An angle as 120°08′E, or with seconds 120°08′12″E, rounded to its last part."""
    sign = positive if value >= 0 else negative
    if seconds:
        whole = round(abs(value) * 3600)
        return f"{whole // 3600}°{whole // 60 % 60:02d}′{whole % 60:02d}″{sign}"
    whole = round(abs(value) * 60)
    return f"{whole // 60}°{whole % 60:02d}′{sign}"
