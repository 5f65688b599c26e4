"""Rays from a transmitter over a raster: which pixel belongs to which ray, and the heights a ray meets.

In each of four sectors (east, west, south, north of the transmitter) a ray goes one pixel a step along the sector's
axis, ``index / spokes`` of a pixel to the side, so its points lie on the rows' or columns' centre lines and are equally
far apart. With ``spokes`` the farthest edge's distance in pixels, every pixel has exactly one ray that passes nearest,
half a pixel away at most; that ray alone writes it, which makes results the same at any number of threads.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np
from numba import njit

from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.radio.profiles import Profiles, Relief, height_at, ready

EAST, WEST, SOUTH, NORTH = 0, 1, 2, 3
_PIECE = 64  # rays of one sector that a thread takes at a time
_ALONE = 512  # … where there is but one thread: each call of a kernel costs as much as some rays
NEAREST = 0.25  # a first point nearer than this, in pixels, would be the transmitter's own


class Fan(NamedTuple):
    """The rays of one transmitter: its place in pixels from the first pixel's centre, rays a half sector, reach."""

    column: float
    row: float
    spokes: int
    reach_km: float


def fan(relief: Relief, x: float, y: float, reach_m: float | None = None) -> Fan:
    """The rays that give every pixel within ``reach_m`` its own: the same ones however much of the relief is given."""
    rows, columns = relief.ground.shape
    column = (x - relief.west) / relief.resolution_m - 0.5
    row = (relief.north - y) / relief.resolution_m - 0.5
    farthest = max(column, columns - 1 - column, row, rows - 1 - row, 1.0)
    if reach_m is not None:
        farthest = max(1.0, reach_m / relief.resolution_m + 1.0)
    return Fan(float(column), float(row), math.ceil(farthest), math.inf if reach_m is None else reach_m / 1000.0)


def prepared(relief: Relief, tx: tuple[float, float], reach_m: float | None) -> tuple[Relief, Fan]:
    """The relief as kernels take it, and its rays. Refusals ``radio.transmitter_outside``, ``.unknown_heights``."""
    rows, columns = relief.ground.shape
    size = relief.resolution_m
    x, y = float(tx[0]) - relief.west, relief.north - float(tx[1])
    if not (0.0 <= x <= columns * size and 0.0 <= y <= rows * size):
        raise Refusal("radio.transmitter_outside")
    unknown = int(np.count_nonzero(~np.isfinite(relief.ground)))
    if unknown:
        raise Refusal("radio.unknown_heights", count=unknown, total=relief.ground.size)
    return ready(relief), fan(relief, float(tx[0]), float(tx[1]), reach_m)


def each_ray(
    rays: Fan, work: Callable[[int, int, int], None], threads: int | None = None, progress: Progress | None = None
) -> None:
    """Call ``work(sector, first, last)`` for all rays, many at a time on several threads; Cancelled between them."""
    threads = threads or max(1, os.cpu_count() or 1)
    rays_each = _PIECE if threads > 1 else _ALONE
    pieces = [
        (sector, first, min(rays.spokes + 1, first + rays_each))
        for sector in range(4)
        for first in range(-rays.spokes, rays.spokes + 1, rays_each)
    ]

    def piece(which: tuple[int, int, int]) -> None:
        if progress is not None and progress.cancelled:
            raise Cancelled
        work(*which)

    with ExitStack() as open_pool:
        each = map if threads == 1 else open_pool.enter_context(ThreadPoolExecutor(threads, "rays")).map
        for done, _ in enumerate(each(piece, pieces)):
            if progress is not None:
                progress.step(done + 1, len(pieces), "radio.sweeping")


@njit(cache=True, nogil=True)
def own_pixel(relief: Relief, rays: Fan) -> tuple[int, int]:
    """(row, column) of the pixel the transmitter stands in."""
    rows, columns = relief.ground.shape
    return (
        min(max(math.floor(rays.row + 0.5), 0), rows - 1),
        min(max(math.floor(rays.column + 0.5), 0), columns - 1),
    )


@njit(cache=True, nogil=True)
def start(rays: Fan, sector: int, shape: tuple[int, int]) -> tuple[int, int, float, float, int]:
    """(first line, step, its distance, the transmitter's place to the side, lines to go) of a sector, in pixels."""
    rows, columns = shape
    if sector == EAST:
        line = math.ceil(rays.column + NEAREST)
        return line, 1, line - rays.column, rays.row, columns - line
    if sector == WEST:
        line = math.floor(rays.column - NEAREST)
        return line, -1, rays.column - line, rays.row, line + 1
    if sector == SOUTH:
        line = math.ceil(rays.row + NEAREST)
        return line, 1, line - rays.row, rays.column, rows - line
    line = math.floor(rays.row - NEAREST)
    return line, -1, rays.row - line, rays.column, line + 1


@njit(cache=True, nogil=True)
def owns(rays: Fan, sector: int, index: int, ahead: float, aside: float) -> bool:
    """Whether ray ``index`` passes nearest to the pixel so far ahead and aside; a diagonal is the east's and west's."""
    beside = abs(aside)
    if beside > ahead or (beside == ahead and sector >= SOUTH):
        return False
    if abs(rays.spokes * aside - index * ahead) > 0.51 * ahead:  # most are not, and a division takes long
        return False
    return math.floor(rays.spokes * aside / ahead + 0.5) == index


@njit(cache=True, nogil=True)
def ground_beside(relief: Relief, sector: int, line: int, side: float) -> float:
    """Height where a ray crosses a line of pixel centres: straight between the two pixels beside it; no holes here."""
    if sector <= WEST:
        last = relief.ground.shape[0] - 1
        side = min(max(side, 0.0), last)
        low = min(int(side), max(0, last - 1))
        share = side - low
        if share == 0.0:
            return float(relief.ground[low, line])
        return float((1.0 - share) * relief.ground[low, line] + share * relief.ground[low + 1, line])
    last = relief.ground.shape[1] - 1
    side = min(max(side, 0.0), last)
    low = min(int(side), max(0, last - 1))
    share = side - low
    if share == 0.0:
        return float(relief.ground[line, low])
    return float((1.0 - share) * relief.ground[line, low] + share * relief.ground[line, low + 1])


@njit(cache=True, nogil=True)
def pixel(relief: Relief, sector: int, line: int, side: float) -> tuple[int, int]:
    """(row, column) of the pixel in which a ray crosses a line of centres."""
    if sector <= WEST:
        return min(max(math.floor(side + 0.5), 0), relief.ground.shape[0] - 1), line
    return line, min(max(math.floor(side + 0.5), 0), relief.ground.shape[1] - 1)


def profile_of_pixel(relief: Relief, rays: Fan, row: int, column: int) -> Profiles:
    """The profile by which a sweep knows a pixel: the points of its ray, then the pixel's own ground; 2 points or more.

    The pixel must not be the transmitter's own.
    """
    across, down = column - rays.column, row - rays.row
    if abs(down) <= abs(across):
        sector, ahead, aside, shape = (EAST if across > 0 else WEST), abs(across), down, relief.ground.shape
    else:
        sector, ahead, aside, shape = (SOUTH if down > 0 else NORTH), abs(down), across, relief.ground.shape
    index = math.floor(rays.spokes * aside / ahead + 0.5)
    line0, turn, ahead0, origin, _ = start(rays, sector, shape)
    before = round(ahead - ahead0)
    step = relief.resolution_m / 1000.0 * math.sqrt(1.0 + (index / rays.spokes) ** 2)
    places, heights = [own_pixel(relief, rays)], [height_at(relief.ground, rays.column, rays.row)]
    for k in range(before):
        side = origin + index / rays.spokes * (ahead0 + k)
        places.append(pixel(relief, sector, line0 + k * turn, side))
        heights.append(ground_beside(relief, sector, line0 + k * turn, side))
    places.append((row, column))
    heights.append(float(relief.ground[row, column]))
    zone = np.broadcast_to(relief.zone, shape)
    return Profiles(
        np.array([0.0, *((ahead0 + k) * step for k in range(before + 1))]),
        np.array(heights),
        np.array([relief.clutter[place] for place in places], np.float64),
        np.array([zone[place] for place in places], np.uint8),
        np.array([0, before + 2]),
        0,
    )
