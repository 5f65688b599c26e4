"""Loss in dB by diffraction over obstacles and over the round Earth: ITU-R P.526-15, kernels and checked functions.

Knife edge (P.526-15 clause 4.1, eq. 31), Bullington's one equivalent edge (4.5.1), the spherical Earth (3.2) and their
union, delta-Bullington (4.5.2): the losses of the real profile by Bullington plus what the smooth Earth loses more by
theory than by Bullington. ITU-R P.1812-6 clause 4.3 uses the same formulas (eqs. 12–39) with clutter on the profile.

Kernels take kilometres for distances, metres above sea for heights, GHz, and the effective Earth radius in kilometres;
they look at the points ``first … last - 1`` of their arrays, allocate nothing and hold no GIL. Wavelength = 0.2998 / f,
the rounding of P.1812 and P.2001. A profile without any point between its ends is free of obstacles.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from gis.errors import Refusal
from gis.radio.free_space import require_positive

Floats = NDArray[np.float64]

SPEED = 0.2998  # of light, m GHz
EARTH_KM = 6371.0
MEDIAN_RADIUS_KM = EARTH_KM * 4.0 / 3.0  # the customary median; P.1812 makes its own of the refractivity lapse rate
CLEAR_NU = -0.78  # an edge lower than this loses nothing
LAND = (22.0, 0.003)  # relative permittivity and conductivity in S/m, P.526 clause 3.1 and P.1812 clause 4.3.3
SEA = (80.0, 5.0)


class Diffraction(NamedTuple):
    """The parts of delta-Bullington in dB: ``loss`` = bullington + max(0, spherical - smooth_bullington)."""

    loss: float
    bullington: float
    smooth_bullington: float
    spherical: float


@njit(cache=True, nogil=True)
def knife_edge(nu: float) -> float:
    """J(ν): loss in dB of one edge by its diffraction parameter; 0 where it stands clear of the path."""
    if nu <= CLEAR_NU:
        return 0.0
    x = nu - 0.1
    return 6.9 + 20.0 * math.log10(math.sqrt(x * x + 1.0) + x)


@njit(cache=True, nogil=True)
def bullington_of_edge(edge_db: float, length: float) -> float:
    """Bullington's loss in dB from that of the equivalent edge (P.526 eq. 55, P.1812 eq. 21)."""
    return edge_db + (1.0 - math.exp(-edge_db / 6.0)) * (10.0 + 0.02 * length)


@njit(cache=True, nogil=True)
def edge_of_slopes(from_tx: float, from_rx: float, tx: float, rx: float, length: float, wavelength: float) -> float:
    """Loss in dB of the edge where the steepest rays from both ends meet (P.1812 eqs. 18–20), beyond the horizon."""
    at = (rx - tx + from_rx * length) / (from_tx + from_rx)
    rest = length - at
    if at <= 0.0 or rest <= 0.0:  # an obstacle right beside an end: rounding only
        return 0.0
    above = tx + from_tx * at - (tx * rest + rx * at) / length
    return knife_edge(above * math.sqrt(0.002 * length / (wavelength * at * rest)))


@njit(cache=True, nogil=True)
def bullington(
    d: Floats, g: Floats, r: Floats, first: int, last: int, tx: float, rx: float, radius: float, wavelength: float
) -> float:
    """Bullington's loss in dB over the heights ``g + r`` (ground and what stands on it; the ends are bare)."""
    length = d[last - 1] - d[first]
    ce = 500.0 / radius
    from_tx, from_rx = -math.inf, -math.inf
    for i in range(first + 1, last - 1):
        at = d[i] - d[first]
        top = g[i] + r[i] + ce * at * (length - at)
        from_tx = max(from_tx, (top - tx) / at)
        from_rx = max(from_rx, (top - rx) / (length - at))
    if from_tx < (rx - tx) / length:
        nu = -math.inf
        for i in range(first + 1, last - 1):
            at = d[i] - d[first]
            rest = length - at
            above = g[i] + r[i] + ce * at * rest - (tx * rest + rx * at) / length
            nu = max(nu, above * math.sqrt(0.002 * length / (wavelength * at * rest)))
        edge = knife_edge(nu)
    else:
        edge = edge_of_slopes(from_tx, from_rx, tx, rx, length, wavelength)
    return bullington_of_edge(edge, length)


@njit(cache=True, nogil=True)
def smooth_bullington(
    d: Floats, first: int, last: int, tx: float, rx: float, radius: float, wavelength: float
) -> float:
    """Bullington's loss in dB over the smooth Earth seen at the profile's own points; heights above that Earth."""
    length = d[last - 1] - d[first]
    ce = 500.0 / radius
    from_tx, from_rx = -math.inf, -math.inf
    for i in range(first + 1, last - 1):
        at = d[i] - d[first]
        top = ce * at * (length - at)
        from_tx = max(from_tx, (top - tx) / at)
        from_rx = max(from_rx, (top - rx) / (length - at))
    if from_tx < (rx - tx) / length:
        nu = -math.inf
        for i in range(first + 1, last - 1):
            at = d[i] - d[first]
            rest = length - at
            above = ce * at * rest - (tx * rest + rx * at) / length
            nu = max(nu, above * math.sqrt(0.002 * length / (wavelength * at * rest)))
        edge = knife_edge(nu)
    else:
        edge = edge_of_slopes(from_tx, from_rx, tx, rx, length, wavelength)
    return bullington_of_edge(edge, length)


@njit(cache=True, nogil=True)
def smooth_bullington_closed(length: float, tx: float, rx: float, radius: float, wavelength: float) -> float:
    """The same without a profile, from the points where the rays touch the sphere (P.1812-6 Attachment 4)."""
    ce = 500.0 / radius
    if length < horizon_distance(tx, rx, radius):
        clearance, at, rest = reflection_clearance(length, tx, rx, radius)
        if at <= 0.0 or rest <= 0.0:
            return 0.0
        edge = knife_edge(-clearance * math.sqrt(0.002 * length / (wavelength * at * rest)))
    else:
        from_tx = ce * length - 2.0 * math.sqrt(ce * tx)
        from_rx = ce * length - 2.0 * math.sqrt(ce * rx)
        edge = edge_of_slopes(from_tx, from_rx, tx, rx, length, wavelength)
    return bullington_of_edge(edge, length)


@njit(cache=True, nogil=True)
def horizon_distance(tx: float, rx: float, radius: float) -> float:
    """The longest path in km that a smooth Earth does not cut (P.1812 eq. 22)."""
    return math.sqrt(2.0 * radius) * (math.sqrt(0.001 * tx) + math.sqrt(0.001 * rx))


@njit(cache=True, nogil=True)
def reflection_clearance(length: float, tx: float, rx: float, radius: float) -> tuple[float, float, float]:
    """(m, km, km): the ray's height over the smooth Earth where that reflects it, and the way there from both ends.

    Eqs. 23 and 24, which call it the smallest clearance.
    """
    c = (tx - rx) / (tx + rx)
    m = 250.0 * length * length / (radius * (tx + rx))
    cosine = min(1.0, max(-1.0, 1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3)))
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + math.acos(cosine) / 3.0)
    at = 0.5 * length * (1.0 + b)
    rest = length - at
    clearance = (tx - 500.0 * at * at / radius) * rest + (rx - 500.0 * rest * rest / radius) * at
    return clearance / length, at, rest


@njit(cache=True, nogil=True)
def spherical(
    length: float, tx: float, rx: float, radius: float, frequency: float, sea: float, vertical: bool
) -> float:
    """Loss in dB over the round Earth, heights above it; ``sea``: share of the path over water (eqs. 22–28)."""
    if length >= horizon_distance(tx, rx, radius):
        return _first_term(length, tx, rx, radius, frequency, sea, vertical)
    clearance, at, rest = reflection_clearance(length, tx, rx, radius)
    needed = 17.456 * math.sqrt(max(0.0, at * rest) * (SPEED / frequency) / length)
    if clearance > needed or needed <= 0.0:
        return 0.0
    grazing = 500.0 * (length / (math.sqrt(tx) + math.sqrt(rx))) ** 2  # the radius that makes this path just grazing
    loss = max(0.0, _first_term(length, tx, rx, grazing, frequency, sea, vertical))
    return (1.0 - clearance / needed) * loss


@njit(cache=True, nogil=True)
def _first_term(
    length: float, tx: float, rx: float, radius: float, frequency: float, sea: float, vertical: bool
) -> float:
    loss = 0.0
    if sea < 1.0:
        loss += (1.0 - sea) * _residue(length, tx, rx, radius, frequency, LAND[0], LAND[1], vertical)
    if sea > 0.0:
        loss += sea * _residue(length, tx, rx, radius, frequency, SEA[0], SEA[1], vertical)
    return loss


@njit(cache=True, nogil=True)
def _residue(
    length: float,
    tx: float,
    rx: float,
    radius: float,
    frequency: float,
    permittivity: float,
    conductivity: float,
    vertical: bool,
) -> float:
    """The first term of the residue series for one kind of ground (P.1812 eqs. 29–36)."""
    loss_term = (18.0 * conductivity / frequency) ** 2
    k = 0.036 * (radius * frequency) ** (-1.0 / 3.0) * ((permittivity - 1.0) ** 2 + loss_term) ** -0.25
    if vertical:
        k *= math.sqrt(permittivity**2 + loss_term)
    k2 = k * k
    beta = (1.0 + 1.6 * k2 + 0.67 * k2 * k2) / (1.0 + 4.5 * k2 + 1.53 * k2 * k2)
    x = 21.88 * beta * (frequency / (radius * radius)) ** (1.0 / 3.0) * length
    distance = 11.0 + 10.0 * math.log10(x) - 17.6 * x if x >= 1.6 else -20.0 * math.log10(x) - 5.6488 * x**1.425
    height_factor = 0.9575 * beta * beta * (frequency * frequency / radius) ** (1.0 / 3.0)
    floor = 2.0 + 20.0 * math.log10(k)
    return float(-distance - _height_gain(height_factor * tx, floor) - _height_gain(height_factor * rx, floor))


@njit(cache=True, nogil=True)
def _height_gain(b: float, floor: float) -> float:
    if b > 2.0:
        gain = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0
    else:
        gain = 20.0 * math.log10(b + 0.1 * b**3)
    return max(gain, floor)


@njit(cache=True, nogil=True)
def smooth_ends(
    from_tx: float, from_rx: float, highest: float, v1: float, v2: float, length: float, h_tx: float, h_rx: float
) -> tuple[float, float]:
    """Heights in m of the smooth surface below both ends for the diffraction model (P.1812 eqs. 85–91, P.526 4.5.2).

    ``v1``, ``v2``: the sums of eqs. 83 and 84; ``highest``, ``from_tx``, ``from_rx``: the largest height of the bare
    ground over the line between the antennas, and of its slopes from both ends.
    """
    low_tx = (2.0 * v1 * length - v2) / (length * length)
    low_rx = (v2 - v1 * length) / (length * length)
    if highest > 0.0:
        both = from_tx + from_rx
        low_tx -= highest * from_tx / both
        low_rx -= highest * from_rx / both
    return min(low_tx, h_tx), min(low_rx, h_rx)


@njit(cache=True, nogil=True)
def smooth_surface(d: Floats, h: Floats, first: int, last: int, tx: float, rx: float) -> tuple[float, float]:
    """``smooth_ends`` of a profile of bare ground; antennas in m above sea."""
    length = d[last - 1] - d[first]
    v1, v2 = 0.0, 0.0
    highest, from_tx, from_rx = -math.inf, -math.inf, -math.inf
    for i in range(first + 1, last):
        a, b = d[i - 1] - d[first], d[i] - d[first]
        v1 += (b - a) * (h[i] + h[i - 1])
        v2 += (b - a) * (h[i] * (2.0 * b + a) + h[i - 1] * (b + 2.0 * a))
        if i < last - 1:
            above = h[i] - (tx * (length - b) + rx * b) / length
            highest = max(highest, above)
            from_tx = max(from_tx, above / b)
            from_rx = max(from_rx, above / (length - b))
    return smooth_ends(from_tx, from_rx, highest, v1, v2, length, h[first], h[last - 1])


@njit(cache=True, nogil=True)
def delta_bullington(
    d: Floats,
    g: Floats,
    r: Floats,
    first: int,
    last: int,
    tx: float,
    rx: float,
    smooth_tx: float,
    smooth_rx: float,
    radius: float,
    frequency: float,
    sea: float,
    vertical: bool,
    closed: bool,
) -> Diffraction:
    """Delta-Bullington over ``g + r``; ``smooth_tx``, ``smooth_rx``: ``smooth_surface``; ``closed``: Attachment 4."""
    if last - first < 3:
        return Diffraction(0.0, 0.0, 0.0, 0.0)
    length = d[last - 1] - d[first]
    wavelength = SPEED / frequency
    actual = bullington(d, g, r, first, last, tx, rx, radius, wavelength)
    high_tx, high_rx = tx - smooth_tx, rx - smooth_rx
    if closed:
        smooth = smooth_bullington_closed(length, high_tx, high_rx, radius, wavelength)
    else:
        smooth = smooth_bullington(d, first, last, high_tx, high_rx, radius, wavelength)
    sphere = spherical(length, high_tx, high_rx, radius, frequency, sea, vertical)
    return Diffraction(actual + max(0.0, sphere - smooth), actual, smooth, sphere)


def knife_edge_loss_db(nu: ArrayLike) -> NDArray[np.float64]:
    """J(ν) in dB of the diffraction parameter ν, P.526-15 eq. 31; broadcasts.

    >>> round(float(knife_edge_loss_db(0.0)), 2)
    6.03
    """
    values = np.asarray(nu, np.float64)
    x = values - 0.1
    with np.errstate(invalid="ignore"):
        loss = 6.9 + 20.0 * np.log10(np.sqrt(x * x + 1.0) + x)
    return np.asarray(np.where(values > CLEAR_NU, loss, 0.0))


def spherical_loss_db(
    distance_m: float,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    *,
    radius_km: float = MEDIAN_RADIUS_KM,
    vertical: bool = True,
    sea_share: float = 0.0,
) -> float:
    """Loss in dB over free space above a smooth Earth, P.526-15 clause 3.2; heights above its surface.

    Refusals ``radio.bad_distance``, ``radio.bad_height``, ``radio.bad_frequency``.

    >>> round(spherical_loss_db(50_000.0, 30.0, 10.0, 900.0), 1)
    32.9
    """
    require_positive(np.array([distance_m], np.float64), "radio.bad_distance")
    require_positive(np.array([tx_height_m, rx_height_m], np.float64), "radio.bad_height")
    require_positive(np.array([frequency_mhz], np.float64), "radio.bad_frequency")
    loss = spherical(
        distance_m / 1000.0, tx_height_m, rx_height_m, radius_km, frequency_mhz / 1000.0, sea_share, vertical
    )
    return float(loss)


def delta_bullington_loss(
    distance_m: ArrayLike,
    height_m: ArrayLike,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    *,
    radius_km: float = MEDIAN_RADIUS_KM,
    vertical: bool = True,
    sea_share: float = 0.0,
) -> Diffraction:
    """Loss over one profile and its parts, P.526-15 clause 4.5.2.

    ``distance_m`` (n,) rising, ``height_m`` (n,) of the surface above sea with both ends bare; antennas above ground at
    their end. Refusals ``radio.short_profile``, ``.unsorted_profile``, ``.unknown_heights``, ``.bad_frequency``,
    ``.bad_height``.
    """
    d, h = checked_profile(distance_m, height_m)
    require_positive(np.array([frequency_mhz], np.float64), "radio.bad_frequency")
    require_positive(np.array([tx_height_m, rx_height_m], np.float64), "radio.bad_height")
    tx, rx = float(h[0] + tx_height_m), float(h[-1] + rx_height_m)
    smooth_tx, smooth_rx = smooth_surface(d, h, 0, len(d), tx, rx)
    bare = np.zeros_like(h)
    parts = delta_bullington(
        d,
        h,
        bare,
        0,
        len(d),
        tx,
        rx,
        smooth_tx,
        smooth_rx,
        radius_km,
        frequency_mhz / 1000.0,
        sea_share,
        vertical,
        False,
    )
    return Diffraction(*parts)


def checked_profile(distance_m: ArrayLike, height_m: ArrayLike) -> tuple[Floats, Floats]:
    """Distances in km from the first point, and heights, fit for the kernels; or a Refusal of what is wrong."""
    d = np.ascontiguousarray(np.asarray(distance_m, np.float64)) / 1000.0
    h = np.ascontiguousarray(np.asarray(height_m, np.float64))
    if d.ndim != 1 or d.shape != h.shape or len(d) < 3:
        raise Refusal("radio.short_profile", count=int(d.size))
    if not np.isfinite(d).all() or not (np.diff(d) > 0.0).all():
        raise Refusal("radio.unsorted_profile")
    if not np.isfinite(h).all():
        raise Refusal("radio.unknown_heights", count=int((~np.isfinite(h)).sum()), total=len(h))
    return d - d[0], h
