"""What ITU-R P.1812-6 reads off one path profile: horizons, effective heights, roughness, climate (clause 3, Att. 1).

Kilometres along the path from the transmitter, metres above sea, milliradians, effective Earth radius in kilometres.
Equation numbers are those of P.1812-6. Radio-climatic zones: 1 sea, 3 coastal land, 4 inland.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.radio.diffraction import EARTH_KM, smooth_ends

Floats = NDArray[np.float64]
SEA, COASTAL, INLAND = 1, 3, 4
DUCTING_RADIUS_KM = 3.0 * EARTH_KM  # a_β, exceeded for β0 per cent of the time (7b)


class Path(NamedTuple):
    """One profile's geometry; the symbols of the Recommendation stand in the comments."""

    length: float  # d, km
    tx: float  # h_ts = h_tc, m above sea
    rx: float  # h_rs = h_rc
    surface_tx: float  # h_st (85), smooth surface below the transmitter
    surface_rx: float  # h_sr (86)
    rough_tx: float  # h_st (90a), no higher than the ground
    rough_rx: float  # h_sr (90b)
    diffraction_tx: float  # h_std (89)
    diffraction_rx: float  # h_srd
    duct_tx: float  # h_te (92a)
    duct_rx: float  # h_re (92b)
    roughness: float  # h_m (93)
    horizon_tx: float  # d_lt (78), km
    horizon_rx: float  # d_lr (81a)
    angle_tx: float  # θ_t (76–78), mrad
    angle_rx: float  # θ_r (79–81)
    angle: float  # θ (82)
    sea_share: float  # ω
    longest_land: float  # d_tm, km, inland and coastal
    longest_inland: float  # d_lm, km


@njit(cache=True, nogil=True)
def median_radius(lapse_rate: float) -> float:
    """a_e in km from the refractivity lapse rate ΔN in N-units/km (6, 7a)."""
    return EARTH_KM * 157.0 / (157.0 - lapse_rate)


@njit(cache=True, nogil=True)
def inland_factor(longest_inland: float) -> float:
    """τ (3)."""
    return 1.0 - math.exp(-4.12e-4 * longest_inland**2.41)


@njit(cache=True, nogil=True)
def ducting_percentage(latitude: float, longest_land: float, longest_inland: float) -> float:
    """β0: per cent of the time in which the lowest 100 m bend rays by more than 100 N-units/km (2–5)."""
    tau = inland_factor(longest_inland)
    mu1 = (10.0 ** (-longest_land / (16.0 - 6.6 * tau)) + 10.0 ** (-5.0 * (0.496 + 0.354 * tau))) ** 0.2
    mu1 = min(mu1, 1.0)
    phi = abs(latitude)
    if phi <= 70.0:
        mu4 = mu1 ** (-0.935 + 0.0176 * phi)
        return float(10.0 ** (-0.015 * phi + 1.67) * mu1 * mu4)
    return float(4.17 * mu1 * mu1**0.3)


@njit(cache=True, nogil=True)
def zone_lengths(d: Floats, zone: NDArray[np.uint8], first: int, last: int) -> tuple[float, float, float]:
    """(ω, d_tm, d_lm): share over sea, longest land and longest inland stretch; a border lies midway between points."""
    sea, longest_land, longest_inland, land, inland = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(first, last):
        width = 0.0
        if i > first:
            width += 0.5 * (d[i] - d[i - 1])
        if i < last - 1:
            width += 0.5 * (d[i + 1] - d[i])
        if zone[i] == SEA:
            sea += width
            land = inland = 0.0
        else:
            land += width
            inland = inland + width if zone[i] == INLAND else 0.0
        longest_land, longest_inland = max(longest_land, land), max(longest_inland, inland)
    return sea / (d[last - 1] - d[first]), longest_land, longest_inland


@njit(cache=True, nogil=True)
def analyse(
    d: Floats,
    h: Floats,
    zone: NDArray[np.uint8],
    first: int,
    last: int,
    tx_height: float,
    rx_height: float,
    radius: float,
) -> Path:
    """The geometry of points ``first … last - 1``, of which there are three at least; antennas above ground."""
    length = d[last - 1] - d[first]
    tx, rx = h[first] + tx_height, h[last - 1] + rx_height
    v1, v2 = 0.0, 0.0
    highest, slope_tx, slope_rx = -math.inf, -math.inf, -math.inf
    rise_tx, rise_rx, nu = -math.inf, -math.inf, -math.inf
    at_tx, at_rx, at_nu = first, first, first
    for i in range(first + 1, last):
        a, b = d[i - 1] - d[first], d[i] - d[first]
        v1 += (b - a) * (h[i] + h[i - 1])  # (83)
        v2 += (b - a) * (h[i] * (2.0 * b + a) + h[i - 1] * (b + 2.0 * a))  # (84)
        if i == last - 1:
            break
        rest = length - b
        above = h[i] - (tx * rest + rx * b) / length
        highest = max(highest, above)
        slope_tx = max(slope_tx, above / b)
        slope_rx = max(slope_rx, above / rest)
        rise = (h[i] - tx) / b - 500.0 * b / radius  # the tangent, in mrad, of the elevation (77)
        if rise > rise_tx:
            rise_tx, at_tx = rise, i
        rise = (h[i] - rx) / rest - 500.0 * rest / radius
        if rise >= rise_rx:
            rise_rx, at_rx = rise, i
        parameter = (above + 500.0 * b * rest / radius) / math.sqrt(b * rest)
        if parameter >= nu:
            nu, at_nu = parameter, i
    direct_tx = (rx - tx) / length - 500.0 * length / radius
    direct_rx = (tx - rx) / length - 500.0 * length / radius
    if rise_tx <= direct_tx:  # line of sight: the point of least clearance stands for both horizons
        at_tx = at_rx = at_nu
        rise_tx, rise_rx = direct_tx, direct_rx
    horizon_tx, horizon_rx = d[at_tx] - d[first], length - (d[at_rx] - d[first])
    diffraction_tx, diffraction_rx = smooth_ends(slope_tx, slope_rx, highest, v1, v2, length, h[first], h[last - 1])
    surface_tx = (2.0 * v1 * length - v2) / (length * length)
    surface_rx = (v2 - v1 * length) / (length * length)
    rough_tx, rough_rx = min(surface_tx, h[first]), min(surface_rx, h[last - 1])
    roughness = -math.inf
    for i in range(at_tx, at_rx + 1):
        roughness = max(roughness, h[i] - rough_tx - (rough_rx - rough_tx) / length * (d[i] - d[first]))
    sea, land, inland = zone_lengths(d, zone, first, last)
    return assembled(
        length,
        tx,
        rx,
        tx_height,
        rx_height,
        h[first],
        h[last - 1],
        surface_tx,
        surface_rx,
        diffraction_tx,
        diffraction_rx,
        roughness,
        horizon_tx,
        horizon_rx,
        rise_tx,
        rise_rx,
        radius,
        sea,
        land,
        inland,
    )


@njit(cache=True, nogil=True)
def assembled(
    length: float,
    tx: float,
    rx: float,
    tx_height: float,
    rx_height: float,
    ground_tx: float,
    ground_rx: float,
    surface_tx: float,
    surface_rx: float,
    diffraction_tx: float,
    diffraction_rx: float,
    roughness: float,
    horizon_tx: float,
    horizon_rx: float,
    rise_tx: float,
    rise_rx: float,
    radius: float,
    sea: float,
    land: float,
    inland: float,
) -> Path:
    """The Path from what was read off a profile; ``rise``: tangents of the horizon elevations, times a thousand."""
    rough_tx, rough_rx = min(surface_tx, ground_tx), min(surface_rx, ground_rx)
    angle_tx, angle_rx = 1e3 * math.atan(1e-3 * rise_tx), 1e3 * math.atan(1e-3 * rise_rx)
    return Path(
        length,
        tx,
        rx,
        surface_tx,
        surface_rx,
        rough_tx,
        rough_rx,
        diffraction_tx,
        diffraction_rx,
        tx_height + ground_tx - rough_tx,
        rx_height + ground_rx - rough_rx,
        roughness,
        horizon_tx,
        horizon_rx,
        angle_tx,
        angle_rx,
        1e3 * length / radius + angle_tx + angle_rx,
        sea,
        land,
        inland,
    )
