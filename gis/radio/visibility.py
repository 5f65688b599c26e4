"""Which pixels an antenna sees over ground and what stands on it, by one sweep of rays with a running horizon.

Sight is geometric over the bent Earth (effective radius): the receiver's antenna is seen where no point of its ray
rises over the straight line to it. What stands under the receiver does not hide it; what stands before it does. Rays
and pixels are those of ``rays``: the same bits at any number of threads.

A ray that may also go through buildings carries the steepest tops of those it has left behind: as many as there are
above the line to a receiver, so many are crossed. A building is whatever stands on a ray without a gap; that over the
receiver is not crossed, however deep within it the receiver is.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.progress import Progress
from gis.radio.diffraction import MEDIAN_RADIUS_KM
from gis.radio.free_space import require_positive
from gis.radio.profiles import Relief, height_at
from gis.radio.rays import Fan, each_ray, ground_beside, own_pixel, owns, pixel, prepared, start

HIDDEN, SEEN, BEYOND = 0, 1, 255


def sweep_sight(
    relief: Relief,
    tx: tuple[float, float],
    tx_height_m: float,
    rx_height_m: float,
    *,
    most: int = 0,
    reach_m: float | None = None,
    radius_km: float = MEDIAN_RADIUS_KM,
    threads: int | None = None,
    progress: Progress | None = None,
) -> NDArray[np.uint8]:
    """SEEN or HIDDEN at every pixel, uint8 of the relief's shape; BEYOND beyond ``reach_m``.

    With ``most`` (253 at most) a pixel behind 1…``most`` buildings is SEEN + their number, and HIDDEN only behind more
    of them or behind the ground itself.

    Refusals ``radio.transmitter_outside``, ``.unknown_heights``, ``.bad_height``; Cancelled.
    """
    require_positive(np.array([tx_height_m, rx_height_m], np.float64), "radio.bad_height")
    relief, rays = prepared(relief, tx, reach_m)
    out = np.full(relief.ground.shape, BEYOND, np.uint8)
    out[own_pixel(relief, rays)] = SEEN

    def work(sector: int, first: int, last: int) -> None:
        _sight(relief, rays, sector, first, last, float(tx_height_m), float(rx_height_m), float(radius_km), most, out)

    each_ray(rays, work, threads, progress)
    return out


@njit(cache=True, nogil=True)
def _sight(
    relief: Relief,
    rays: Fan,
    sector: int,
    first_ray: int,
    last_ray: int,
    tx_height: float,
    rx_height: float,
    radius: float,
    most: int,
    out: NDArray[np.uint8],
) -> None:
    line0, turn, ahead0, origin, lines = start(rays, sector, relief.ground.shape)
    wide = relief.ground.shape[1 if sector >= 2 else 0]
    ce = 500.0 / radius
    tx = height_at(relief.ground, rays.column, rays.row) + tx_height
    highest = relief.ground.max() + rx_height - tx  # of all receivers
    passed = np.empty(most + 1)  # the steepest of the buildings left behind, falling
    for index in range(first_ray, last_ray):
        tilt = index / rays.spokes
        step = 0.001 * relief.resolution_m * math.sqrt(1.0 + tilt * tilt)
        steepest = -math.inf  # of (height - tx) / d - 500 d / a: the horizon so far, of what cannot be crossed
        building = -math.inf  # the same of the building that the ray is in
        passed[:] = -math.inf
        dark = False  # nothing farther out can be seen
        for k in range(lines):
            ahead = ahead0 + k
            at = ahead * step
            side = origin + tilt * ahead
            if at > rays.reach_km or side <= -1.0 or side >= wide:
                break
            line = line0 + k * turn
            for near in range(2):
                other = math.floor(side) + near
                if other < 0 or other >= wide or not owns(rays, sector, index, ahead, other - origin):
                    continue
                i, j = (line, other) if sector >= 2 else (other, line)
                if dark:
                    out[i, j] = HIDDEN
                    continue
                rise = (relief.ground[i, j] + rx_height - tx) / at - ce * at
                crossed = 0
                while crossed <= most and passed[crossed] > rise:
                    crossed += 1
                if building > rise and relief.clutter[i, j] <= 0.0:  # just left
                    crossed += 1
                out[i, j] = SEEN + crossed if steepest <= rise and crossed <= most else HIDDEN
            if dark:
                continue
            i, j = pixel(relief, sector, line, side)
            ground, roof = ground_beside(relief, sector, line, side), relief.clutter[i, j]
            top = (ground + roof - tx) / at - ce * at
            if most == 0 or roof <= 0.0:
                steepest = max(steepest, top)
            else:
                steepest = max(steepest, (ground - tx) / at - ce * at)
                building = max(building, top)
            if roof <= 0.0 and building > -math.inf:
                place = most
                if building > passed[place]:
                    while place > 0 and passed[place - 1] < building:
                        passed[place] = passed[place - 1]
                        place -= 1
                    passed[place] = building
                building = -math.inf
            dark = max(steepest, passed[most]) > max(0.0, highest / at) - ce * at
