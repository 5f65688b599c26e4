"""Diffraction, and all of ITU-R P.1812, at every pixel around one transmitter by rays instead of a walk per pixel.

Along a ray (``rays``) horizons come from running structures (``skyline``), so a pixel costs a few bisections, whatever
its distance. A pixel takes its loss from the ray that passes nearest, with its own ground under the receiver: but for
rounding, that of ``diffraction`` and ``p1812`` over ``rays.profile_of_pixel``. Against a profile cut straight to the
pixel's centre this moves obstacles sideways by half a pixel at most.

Every pixel is written by one ray only: results are bit-identical at any number of threads. No hole may be left in the
relief (``terrain.relief`` fills them and says so).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.progress import Progress
from gis.radio.diffraction import (
    MEDIAN_RADIUS_KM,
    SPEED,
    bullington_of_edge,
    edge_of_slopes,
    knife_edge,
    smooth_bullington_closed,
    smooth_ends,
    spherical,
)
from gis.radio.free_space import require_positive
from gis.radio.p1812 import clear_loss
from gis.radio.p1812_mechanisms import Link, union
from gis.radio.p1812_path import DUCTING_RADIUS_KM, INLAND, SEA, assembled, median_radius
from gis.radio.profiles import Relief, height_at
from gis.radio.rays import Fan, each_ray, ground_beside, own_pixel, owns, pixel, prepared, start
from gis.radio.skyline import (
    BLOCK,
    Floats,
    Places,
    add_to_blocks,
    add_to_hull,
    highest_over,
    least_clear,
    roughest,
    steepest_from,
)

F32 = NDArray[np.float32]
_CLEAR = 0.78**2 / 0.002  # G of ``least_clear`` per metre of wavelength from which an edge loses nothing


def sweep_diffraction(
    relief: Relief,
    tx: tuple[float, float],
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    *,
    reach_m: float | None = None,
    radius_km: float = MEDIAN_RADIUS_KM,
    vertical: bool = True,
    threads: int | None = None,
    progress: Progress | None = None,
) -> F32:
    """Delta-Bullington loss in dB over free space at every pixel, float32 like the relief; NaN beyond ``reach_m``.

    ``tx`` in the project's metres. Clutter stands on the ground between the antennas, not under them. Refusals
    ``radio.transmitter_outside``, ``.unknown_heights``, ``.bad_frequency``, ``.bad_height``; Cancelled.
    """
    require_positive(np.array([frequency_mhz], np.float64), "radio.bad_frequency")
    require_positive(np.array([tx_height_m, rx_height_m], np.float64), "radio.bad_height")
    relief, rays = prepared(relief, tx, reach_m)
    out = np.full(relief.ground.shape, np.nan, np.float32)
    own = own_pixel(relief, rays)
    out[own] = 0.0

    def work(sector: int, first: int, last: int) -> None:
        _diffraction(
            relief,
            rays,
            sector,
            first,
            last,
            float(tx_height_m),
            float(rx_height_m),
            frequency_mhz / 1000.0,
            float(radius_km),
            bool(vertical),
            out,
        )

    each_ray(rays, work, threads, progress)
    return out


def sweep_p1812(
    relief: Relief,
    tx: tuple[float, float],
    chosen: Link,
    *,
    reach_m: float | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> F32:
    """Basic transmission loss L_b in dB after P.1812 at every pixel, float32; NaN beyond ``reach_m``.

    The setting comes from ``p1812.link``, warnings from ``p1812.range_notes``. Refusals ``radio.transmitter_outside``,
    ``.unknown_heights``; Cancelled.
    """
    relief, rays = prepared(relief, tx, reach_m)
    out = np.full(relief.ground.shape, np.nan, np.float32)
    own = own_pixel(relief, rays)
    away = math.hypot(own[1] - rays.column, own[0] - rays.row) * relief.resolution_m / 1000.0
    out[own] = clear_loss(chosen, away, chosen.tx_height - chosen.rx_height)

    def work(sector: int, first: int, last: int) -> None:
        _p1812(relief, rays, sector, first, last, chosen, out)

    each_ray(rays, work, threads, progress)
    return out


@njit(cache=True, nogil=True)
def smooth_edge(
    d: Floats,
    sphere: Floats,
    tops: Floats,
    count: int,
    length: float,
    tx: float,
    rx: float,
    ce: float,
    wavelength: float,
) -> float:
    """Loss of Bullington's edge over the smooth Earth at the ray's ``count`` equally spaced points.

    ``sphere``: -ce d². The steepest rays touch the sphere at a known place; the better of its two neighbours is taken.
    """
    step = (d[count - 1] - d[0]) / (count - 1) if count > 1 else 1.0
    near = min(max(int((math.sqrt(tx / ce) - d[0]) / step), 0), count - 1)
    from_tx = ce * (length - d[near]) - tx / d[near]
    if near + 1 < count:
        from_tx = max(from_tx, ce * (length - d[near + 1]) - tx / d[near + 1])
    if from_tx < (rx - tx) / length:
        low = rx - ce * length * length
        if math.sqrt(tx * rx) > 0.07 * ce * length * length:
            best = _least_clear_of_sphere(d, sphere, count, step, tx, rx, low, length, ce)
        else:
            best, _ = least_clear(d, sphere, tops, count, tx, low, length, math.inf, near)
        return knife_edge(-math.sqrt(0.002 * best / wavelength))
    far = min(max(int((length - math.sqrt(rx / ce) - d[0]) / step), 0), count - 1)
    from_rx = ce * d[far] - rx / (length - d[far])
    if far + 1 < count:
        from_rx = max(from_rx, ce * d[far + 1] - rx / (length - d[far + 1]))
    return edge_of_slopes(from_tx, from_rx, tx, rx, length, wavelength)


@njit(cache=True, nogil=True)
def _least_clear_of_sphere(
    d: Floats,
    sphere: Floats,
    count: int,
    step: float,
    tx: float,
    rx: float,
    low: float,
    length: float,
    ce: float,
) -> float:
    """G of ``least_clear`` over the smooth Earth, where it has one valley only.

    With d = D t² / (1 + t²), s = ln t, s0 = ½ ln(h1 / h2): √G = a cosh(s - s0) - b / cosh s, a = 2 √(h1 h2) / D and
    b = ce D / 2. It falls before and rises behind the stretch between 0 and s0, and there its second derivative is
    a cosh(s - s0) + b (1 - sinh² s) / cosh³ s ≥ a - 0.2722 b. So a step or two of Newton's find the valley, and the
    points beside it are tried until none is lower.
    """
    a, b = 2.0 * math.sqrt(tx * rx) / length, 0.5 * ce * length
    t0 = math.sqrt(tx / rx)
    t = t0
    for _ in range(2):
        cosh, sinh = 0.5 * (t + 1.0 / t), 0.5 * (t - 1.0 / t)
        cosh0, sinh0 = 0.5 * (t / t0 + t0 / t), 0.5 * (t / t0 - t0 / t)
        fall = a * sinh0 + b * sinh / (cosh * cosh)
        t *= math.exp(-fall / (a * cosh0 + b * (1.0 - sinh * sinh) / (cosh * cosh * cosh)))
        t = min(max(t, min(1.0, t0)), max(1.0, t0))
    slope = (low - tx) / length
    place = min(max(int((length / (1.0 + 1.0 / (t * t)) - d[0]) / step + 0.5), 0), count - 1)
    gap, span = tx + slope * d[place] - sphere[place], d[place] * (length - d[place])
    for way in (-1, 1):
        while 0 <= place + way < count:
            there = d[place + way]
            other_gap, other_span = tx + slope * there - sphere[place + way], there * (length - there)
            if other_gap * other_gap * span >= gap * gap * other_span:
                break
            place, gap, span = place + way, other_gap, other_span
    return float(gap * gap * length / span)


@njit(cache=True, nogil=True)
def real_edge(
    d: Floats,
    z: Floats,
    tops: Floats,
    hull: Places,
    size: int,
    steepest: float,
    count: int,
    length: float,
    tx: float,
    rx: float,
    ce: float,
    wavelength: float,
    guess: int,
) -> tuple[float, int]:
    """(loss, place) of Bullington's edge over the ray's points; ``steepest``: the largest (z - tx) / d so far."""
    from_tx = steepest + ce * length
    low = rx - ce * length * length
    guess = min(guess, count - 1)
    if from_tx < (rx - tx) / length:
        bound = _CLEAR * wavelength
        best, place = least_clear(d, z, tops, count, tx, low, length, bound, guess)
        return (knife_edge(-math.sqrt(0.002 * best / wavelength)) if best < bound else 0.0), place
    top = steepest_from(hull, size, d, z, length, low)
    from_rx = (z[top] - low) / (length - d[top]) - ce * length
    return edge_of_slopes(from_tx, from_rx, tx, rx, length, wavelength), guess


@njit(cache=True, nogil=True)
def _diffraction(
    relief: Relief,
    rays: Fan,
    sector: int,
    first_ray: int,
    last_ray: int,
    tx_height: float,
    rx_height: float,
    frequency: float,
    radius: float,
    vertical: bool,
    out: F32,
) -> None:
    line0, turn, ahead0, origin, lines = start(rays, sector, relief.ground.shape)
    if lines <= 0:
        return
    blocks = (lines + BLOCK - 1) // BLOCK
    d, bare, surface, sphere = np.empty(lines), np.empty(lines), np.empty(lines), np.empty(lines)
    surface_tops, sphere_tops = np.empty(blocks), np.empty(blocks)
    bare_hull, surface_hull = np.empty(lines, np.int32), np.empty(lines, np.int32)
    wavelength, ce = SPEED / frequency, 500.0 / radius
    ground_tx = height_at(relief.ground, rays.column, rays.row)
    tx = ground_tx + tx_height
    for index in range(first_ray, last_ray):
        tilt = index / rays.spokes
        step = 0.001 * relief.resolution_m * math.sqrt(1.0 + tilt * tilt)
        steepest, steepest_bare = -math.inf, -math.inf
        bare_size = surface_size = surface_guess = 0
        v1, v2, before, behind = 0.0, 0.0, ground_tx, 0.0
        for k in range(lines):
            ahead = ahead0 + k
            at = ahead * step
            side = origin + tilt * ahead
            if at > rays.reach_km or side <= -1.0 or side >= relief.ground.shape[1 if sector >= 2 else 0]:
                break
            line = line0 + k * turn
            for near in range(2):
                other = math.floor(side) + near
                if other < 0 or other >= relief.ground.shape[1 if sector >= 2 else 0]:
                    continue
                if not owns(rays, sector, index, ahead, other - origin):
                    continue
                i, j = (line, other) if sector >= 2 else (other, line)
                if k == 0:
                    out[i, j] = 0.0
                    continue
                ground = float(relief.ground[i, j])
                rx = ground + rx_height
                slope = (rx - tx) / at
                highest, slope_rx = 0.0, 0.0
                if steepest_bare > slope:  # otherwise no bare ground rises over the line between the antennas
                    top = highest_over(bare_hull, bare_size, d, bare, slope)
                    highest = bare[top] - tx - slope * d[top]
                    top = steepest_from(bare_hull, bare_size, d, bare, at, rx)
                    slope_rx = (bare[top] - rx) / (at - d[top]) + slope
                a, b = behind, at
                smooth_tx, smooth_rx = smooth_ends(
                    steepest_bare - slope,
                    slope_rx,
                    highest,
                    v1 + (b - a) * (ground + before),
                    v2 + (b - a) * (ground * (2.0 * b + a) + before * (b + 2.0 * a)),
                    at,
                    ground_tx,
                    ground,
                )
                edge, surface_guess = real_edge(
                    d,
                    surface,
                    surface_tops,
                    surface_hull,
                    surface_size,
                    steepest,
                    k,
                    at,
                    tx,
                    rx,
                    ce,
                    wavelength,
                    surface_guess,
                )
                high_tx, high_rx = tx - smooth_tx, rx - smooth_rx
                round_db = spherical(at, high_tx, high_rx, radius, frequency, 0.0, vertical)
                loss = bullington_of_edge(edge, at)
                if round_db > 0.0:
                    edge = smooth_edge(d, sphere, sphere_tops, k, at, high_tx, high_rx, ce, wavelength)
                    loss += max(0.0, round_db - bullington_of_edge(edge, at))
                out[i, j] = loss
            height = ground_beside(relief, sector, line, side)
            i, j = pixel(relief, sector, line, side)
            d[k], bare[k], sphere[k] = at, height, -ce * at * at
            surface[k] = height + relief.clutter[i, j] + sphere[k]
            steepest = max(steepest, (surface[k] - tx) / at)
            steepest_bare = max(steepest_bare, (height - tx) / at)
            v1 += (at - behind) * (height + before)
            v2 += (at - behind) * (height * (2.0 * at + behind) + before * (at + 2.0 * behind))
            before, behind = height, at
            bare_size = add_to_hull(bare_hull, bare_size, d, bare, k)
            surface_size = add_to_hull(surface_hull, surface_size, d, surface, k)
            add_to_blocks(surface_tops, surface, k)
            add_to_blocks(sphere_tops, sphere, k)


@njit(cache=True, nogil=True)
def _p1812(relief: Relief, rays: Fan, sector: int, first_ray: int, last_ray: int, chosen: Link, out: F32) -> None:
    line0, turn, ahead0, origin, lines = start(rays, sector, relief.ground.shape)
    if lines <= 0:
        return
    wide = relief.ground.shape[1 if sector >= 2 else 0]
    blocks = (lines + BLOCK - 1) // BLOCK
    d, bare = np.empty(lines), np.empty(lines)
    # Row 0 for the median radius, row 1 for that of ducting.
    surface, sphere, fallen = np.empty((2, lines)), np.empty((2, lines)), np.empty(lines)
    surface_tops, sphere_tops = np.empty((2, blocks)), np.empty((2, blocks))
    bare_tops, fallen_tops = np.empty(blocks), np.empty(blocks)
    bare_hull, fallen_hull = np.empty(lines, np.int32), np.empty(lines, np.int32)
    surface_hull = np.empty((2, lines), np.int32)
    surface_size, steepest = np.zeros(2, np.int64), np.empty(2)
    surface_guess, edges = np.zeros(2, np.int64), np.empty(2)
    median = median_radius(chosen.lapse_rate)
    radii = (median, DUCTING_RADIUS_KM)
    frequency, wavelength = chosen.frequency, SPEED / chosen.frequency
    one_zone = relief.zone.shape[0] * relief.zone.shape[1] == 1
    ground_tx = height_at(relief.ground, rays.column, rays.row)
    tx = ground_tx + chosen.tx_height
    tx_zone = int(relief.zone[0, 0])
    if not one_zone:
        tx_zone = int(relief.zone[own_pixel(relief, rays)])
    for index in range(first_ray, last_ray):
        tilt = index / rays.spokes
        step = 0.001 * relief.resolution_m * math.sqrt(1.0 + tilt * tilt)
        steepest[:] = -math.inf
        surface_size[:] = 0
        surface_guess[:] = 0
        steepest_bare, rise_tx = -math.inf, -math.inf
        bare_size = fallen_size = fallen_guess = at_tx = 0
        v1, v2, before, behind = 0.0, 0.0, ground_tx, 0.0
        half = 0.5 * ahead0 * step
        sea, land, inland, most_land, most_inland = lengthened(0.0, 0.0, 0.0, 0.0, 0.0, tx_zone, half)
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
                ground = float(relief.ground[i, j])
                rx = ground + chosen.rx_height
                if k == 0:
                    out[i, j] = clear_loss(chosen, at, tx - rx)
                    continue
                # The bare ground: smooth surface, horizons, roughness.
                slope = (rx - tx) / at
                highest, slope_rx = 0.0, 0.0
                if steepest_bare > slope:  # otherwise no bare ground rises over the line between the antennas
                    top = highest_over(bare_hull, bare_size, d, bare, slope)
                    highest = bare[top] - tx - slope * d[top]
                    top = steepest_from(bare_hull, bare_size, d, bare, at, rx)
                    slope_rx = (bare[top] - rx) / (at - d[top]) + slope
                all_v1 = v1 + (at - behind) * (ground + before)
                all_v2 = v2 + (at - behind) * (ground * (2.0 * at + behind) + before * (at + 2.0 * behind))
                surface_tx = (2.0 * all_v1 * at - all_v2) / (at * at)
                surface_rx = (all_v2 - all_v1 * at) / (at * at)
                smooth_tx, smooth_rx = smooth_ends(
                    steepest_bare - slope, slope_rx, highest, all_v1, all_v2, at, ground_tx, ground
                )
                ce = 500.0 / median
                low = rx - ce * at * at
                direct = slope - ce * at
                if rise_tx > direct:
                    horizon_tx, horizon_rx = at_tx, steepest_from(fallen_hull, fallen_size, d, fallen, at, low)
                    up_tx = rise_tx
                    up_rx = (fallen[horizon_rx] - low) / (at - d[horizon_rx]) - 2.0 * ce * at
                else:
                    _, fallen_guess = least_clear(
                        d, fallen, fallen_tops, k, tx, low, at, math.inf, min(fallen_guess, k - 1)
                    )
                    horizon_tx = horizon_rx = fallen_guess
                    up_tx, up_rx = direct, -slope - ce * at
                rough_tx, rough_rx = min(surface_tx, ground_tx), min(surface_rx, ground)
                rough = roughest(d, bare, bare_tops, horizon_tx, horizon_rx, rough_tx, (rough_rx - rough_tx) / at)
                zone = int(relief.zone[0, 0] if one_zone else relief.zone[i, j])
                half = 0.5 * (at - behind)
                total = lengthened(sea, land, inland, most_land, most_inland, zone, half)
                path = assembled(
                    at,
                    tx,
                    rx,
                    chosen.tx_height,
                    chosen.rx_height,
                    ground_tx,
                    ground,
                    surface_tx,
                    surface_rx,
                    smooth_tx,
                    smooth_rx,
                    rough,
                    d[horizon_tx],
                    at - d[horizon_rx],
                    up_tx,
                    up_rx,
                    median,
                    total[0] / at,
                    total[3],
                    total[4],
                )
                # The surface, once for each Earth radius.
                high_tx, high_rx = tx - smooth_tx, rx - smooth_rx
                for n in range(2):
                    ce = 500.0 / radii[n]
                    edge, guess = real_edge(
                        d,
                        surface[n],
                        surface_tops[n],
                        surface_hull[n],
                        surface_size[n],
                        steepest[n],
                        k,
                        at,
                        tx,
                        rx,
                        ce,
                        wavelength,
                        surface_guess[n],
                    )
                    surface_guess[n] = guess
                    edges[n] = bullington_of_edge(edge, at)
                    round_db = spherical(at, high_tx, high_rx, radii[n], frequency, path.sea_share, chosen.vertical)
                    if round_db > 0.0:
                        if chosen.closed_smooth:
                            smooth_db = smooth_bullington_closed(at, high_tx, high_rx, radii[n], wavelength)
                        else:
                            edge = smooth_edge(d, sphere[n], sphere_tops[n], k, at, high_tx, high_rx, ce, wavelength)
                            smooth_db = bullington_of_edge(edge, at)
                        edges[n] += max(0.0, round_db - smooth_db)
                out[i, j] = union(path, chosen, edges[0], edges[1], float(relief.clutter[i, j]), tx_zone, zone).loss
            height = ground_beside(relief, sector, line, side)
            i, j = pixel(relief, sector, line, side)
            d[k], bare[k] = at, height
            for n in range(2):
                sphere[n, k] = -500.0 / radii[n] * at * at
                surface[n, k] = height + relief.clutter[i, j] + sphere[n, k]
                steepest[n] = max(steepest[n], (surface[n, k] - tx) / at)
                surface_size[n] = add_to_hull(surface_hull[n], surface_size[n], d, surface[n], k)
                add_to_blocks(surface_tops[n], surface[n], k)
                add_to_blocks(sphere_tops[n], sphere[n], k)
            fallen[k] = height + sphere[0, k]
            steepest_bare = max(steepest_bare, (height - tx) / at)
            rise = (fallen[k] - tx) / at
            if rise > rise_tx:
                rise_tx, at_tx = rise, k
            bare_size = add_to_hull(bare_hull, bare_size, d, bare, k)
            fallen_size = add_to_hull(fallen_hull, fallen_size, d, fallen, k)
            add_to_blocks(bare_tops, bare, k)
            add_to_blocks(fallen_tops, fallen, k)
            v1 += (at - behind) * (height + before)
            v2 += (at - behind) * (height * (2.0 * at + behind) + before * (at + 2.0 * behind))
            zone = int(relief.zone[0, 0] if one_zone else relief.zone[i, j])
            width = 0.5 * (at - behind) + 0.5 * step
            sea, land, inland, most_land, most_inland = lengthened(
                sea, land, inland, most_land, most_inland, zone, width
            )
            before, behind = height, at


@njit(cache=True, nogil=True)
def lengthened(
    sea: float, land: float, inland: float, most_land: float, most_inland: float, zone: int, width: float
) -> tuple[float, float, float, float, float]:
    """(km over sea, of the land and inland stretches now, of the longest ones) after ``width`` km more of a zone."""
    if zone == SEA:
        return sea + width, 0.0, 0.0, most_land, most_inland
    land += width
    inland = inland + width if zone == INLAND else 0.0
    return sea, land, inland, max(most_land, land), max(most_inland, inland)
