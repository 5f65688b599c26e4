"""Path profiles cut out of rasters: ground, what stands on it, and climate zone at equal steps between two places.

Heights are bilinear between pixel centres, the step is one pixel or less; clutter is that of the pixel a point lies
in, for a building has no slope. Holes (NaN) are bridged by a straight line along the profile and counted, never silent.
Distances in km, heights in m above sea, clutter in m above ground.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import label

from gis.coverage.results import Note
from gis.errors import Refusal

Floats = NDArray[np.float64]
F32 = NDArray[np.float32]
_LONGEST_BUILDING_M = 200.0  # what is farther off belongs to another building, even if the walls touch


class Relief(NamedTuple):
    """Rasters (rows from the north) that kernels take as they are; made by ``terrain.relief``.

    ``ground``: m above sea, NaN = hole. ``clutter``: representative height in m of what stands there, 0 = bare.
    ``zone``: radio-climatic zone 1, 3 or 4; of shape (1, 1) where it is everywhere the same.
    """

    west: float
    north: float
    resolution_m: float
    ground: F32
    clutter: F32
    zone: NDArray[np.uint8]


class Profiles(NamedTuple):
    """m profiles end to end: profile k owns the points ``offsets[k] … offsets[k + 1] - 1``.

    ``hole_notes`` tells of the ``holes`` that were bridged.
    """

    distance_km: Floats
    ground_m: Floats
    clutter_m: Floats
    zone: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    holes: int  # points whose height was bridged


def ready(relief: Relief) -> Relief:
    """The relief in the one form that kernels are compiled for: contiguous float32 and uint8, plain floats."""
    return Relief(
        float(relief.west),
        float(relief.north),
        float(relief.resolution_m),
        np.require(relief.ground, np.float32, ["C", "W"]),
        np.require(relief.clutter, np.float32, ["C", "W"]),
        np.require(relief.zone, np.uint8, ["C", "W"]),
    )


def out_of_building(relief: Relief, x: float, y: float, height_m: float) -> tuple[Relief, Note | None]:
    """The relief without the building that would bury an antenna ``height_m`` above ground, and a Note of it.

    Buildings and antennas come from different lists: a mast on a roof is often given a height below that roof, which
    would put the whole city in its shade. Unchanged, and no Note, where the antenna stands above or beside buildings.
    """
    rows, columns = relief.clutter.shape
    row = min(max(math.floor((relief.north - y) / relief.resolution_m), 0), rows - 1)
    column = min(max(math.floor((x - relief.west) / relief.resolution_m), 0), columns - 1)
    roof = float(relief.clutter[row, column])
    if roof < height_m or roof <= 0.0:
        return relief, None
    reach = math.ceil(_LONGEST_BUILDING_M / relief.resolution_m)
    top, left = max(0, row - reach), max(0, column - reach)
    part = (slice(top, row + reach + 1), slice(left, column + reach + 1))
    parts, _ = label(relief.clutter[part] >= height_m)
    clutter = relief.clutter.copy()
    clutter[part][parts == parts[row - top, column - left]] = 0.0
    return relief._replace(clutter=clutter), Note(
        "radio.antenna_in_building", {"height_m": height_m, "roof_m": round(roof, 1)}
    )


def hole_notes(profiles: Profiles) -> tuple[Note, ...]:
    """A Note of how many heights were bridged; nothing where none was."""
    if not profiles.holes:
        return ()
    total = len(profiles.distance_km)
    percent = round(100.0 * profiles.holes / total, 1)
    return (Note("radio.holes_bridged", {"count": profiles.holes, "total": total, "percent": percent}),)


@njit(cache=True, nogil=True)
def height_at(ground: F32, column: float, row: float) -> float:
    """Bilinear height at a place in pixels from the north-west corner's centre; NaN where all four are holes.

    Beside a hole the known corners share its weight; beyond the outer centres the edge goes on level.
    """
    rows, columns = ground.shape
    column = min(max(column, 0.0), columns - 1.0)
    row = min(max(row, 0.0), rows - 1.0)
    j, i = min(int(column), max(0, columns - 2)), min(int(row), max(0, rows - 2))
    u, v = column - j, row - i
    total, weight = 0.0, 0.0
    for b in range(2):
        w_row = v if b else 1.0 - v
        if w_row == 0.0:
            continue
        for a in range(2):
            w = w_row * (u if a else 1.0 - u)
            if w == 0.0:
                continue
            height = ground[i + b, j + a]
            if math.isfinite(height):
                total += w * height
                weight += w
    return total / weight if weight > 0.0 else math.nan


@njit(cache=True, nogil=True)
def bridge(heights: Floats, d: Floats, first: int, last: int) -> int:
    """Replace NaN in ``first … last - 1`` by straight lines between the known, level at the ends; how many there were.

    -1 when nothing is known.
    """
    known, holes = -1, 0
    for i in range(first, last):
        if math.isnan(heights[i]):
            holes += 1
            continue
        if known < 0:
            for k in range(first, i):
                heights[k] = heights[i]
        else:
            for k in range(known + 1, i):
                share = (d[k] - d[known]) / (d[i] - d[known])
                heights[k] = heights[known] + share * (heights[i] - heights[known])
        known = i
    if known < 0:
        return -1
    for k in range(known + 1, last):
        heights[k] = heights[known]
    return holes


@njit(cache=True, nogil=True)
def _cut(
    relief: Relief,
    tx_x: float,
    tx_y: float,
    x: Floats,
    y: Floats,
    offsets: NDArray[np.int64],
    d: Floats,
    h: Floats,
    r: Floats,
    zone: NDArray[np.uint8],
) -> int:
    """Fill the columns; the number of points bridged, or -1 - k when profile k has no known height."""
    size = relief.resolution_m
    rows, columns = relief.ground.shape
    one_zone = relief.zone.shape[0] * relief.zone.shape[1] == 1
    holes = 0
    for k in range(len(x)):
        first, last = offsets[k], offsets[k + 1]
        length = math.hypot(x[k] - tx_x, y[k] - tx_y)
        for n in range(first, last):
            share = (n - first) / (last - 1 - first)
            east, north = tx_x + share * (x[k] - tx_x), tx_y + share * (y[k] - tx_y)
            column, row = (east - relief.west) / size - 0.5, (relief.north - north) / size - 0.5
            j = min(max(math.floor(column + 0.5), 0), columns - 1)
            i = min(max(math.floor(row + 0.5), 0), rows - 1)
            d[n] = 0.001 * length * share
            h[n] = height_at(relief.ground, column, row)
            r[n] = relief.clutter[i, j]
            zone[n] = relief.zone[0, 0] if one_zone else relief.zone[i, j]
        bridged = bridge(h, d, first, last)
        if bridged < 0:
            return -1 - k
        holes += bridged
    return holes


def cut_profiles(
    relief: Relief, tx: tuple[float, float], x: ArrayLike, y: ArrayLike, *, step_m: float | None = None
) -> Profiles:
    """The profiles from ``tx`` to the m places (``x``, ``y``), all in the project's metres; at least 3 points each.

    ``step_m`` is at most one pixel by default. Refusals ``radio.transmitter_outside``, ``radio.places_outside``,
    ``radio.bad_distance`` (a place upon the transmitter), ``radio.no_heights``.
    """
    relief = ready(relief)
    xs, ys = (np.ascontiguousarray(np.atleast_1d(np.asarray(values, np.float64))) for values in (x, y))
    if not _inside(relief, np.array([tx[0]]), np.array([tx[1]])).all():
        raise Refusal("radio.transmitter_outside")
    outside = ~_inside(relief, xs, ys)
    if outside.any():
        raise Refusal("radio.places_outside", count=int(outside.sum()), total=len(xs))
    lengths = np.hypot(xs - tx[0], ys - tx[1])
    if not (lengths > 0.0).all():
        raise Refusal("radio.bad_distance", value=0.0)
    step = relief.resolution_m if step_m is None else step_m
    counts = np.maximum(3, np.ceil(lengths / step).astype(np.int64) + 1)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    d, h, r = (np.empty(offsets[-1]) for _ in range(3))
    zone = np.empty(offsets[-1], np.uint8)
    holes = _cut(relief, float(tx[0]), float(tx[1]), xs, ys, offsets, d, h, r, zone)
    if holes < 0:
        raise Refusal("radio.no_heights")
    return Profiles(d, h, r, zone, offsets, holes)


def _inside(relief: Relief, x: Floats, y: Floats) -> NDArray[np.bool_]:
    rows, columns = relief.ground.shape
    size = relief.resolution_m
    return np.asarray(
        (x >= relief.west)
        & (x <= relief.west + columns * size)
        & (y <= relief.north)
        & (y >= relief.north - rows * size)
    )
