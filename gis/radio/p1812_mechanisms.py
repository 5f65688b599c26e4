"""The propagation mechanisms of ITU-R P.1812-6 for one analysed path, and their union into one loss (clause 4).

Line of sight with focusing (4.2), diffraction not exceeded for p per cent of the time (4.3.5), troposcatter (4.4),
ducting and layer reflection (4.5), their union (4.6, 4.7), location variability (4.8, 4.10) and building entry (4.9).
Gigahertz, kilometres, metres, milliradians, decibels; equation numbers of edition 6.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from numba import njit

from gis.radio.p1812_path import SEA, Path, ducting_percentage, inland_factor, median_radius


class Link(NamedTuple):
    """What holds for every path of a run; made by ``p1812.link``, which checks it. Floats, but for the two flags."""

    frequency: float  # GHz
    time_percent: float  # p: the loss is not exceeded for so much of the time
    location_percent: float  # p_L: and at so many of the places
    tx_height: float  # m above ground
    rx_height: float
    vertical: bool  # polarisation
    latitude: float  # degrees, of the path's middle
    lapse_rate: float  # ΔN, N-units/km
    refractivity: float  # N0 at sea level, N-units
    coast_tx: float  # d_ct, km over land from the antenna to the coast
    coast_rx: float
    area_width: float  # w_a, m: side of the square within which places vary
    location_sigma: float  # dB; NaN: by eq. 64
    entry_loss: float  # dB, mean loss into buildings (P.2109); 0 outdoors
    entry_sigma: float
    closed_smooth: bool  # Attachment 4 instead of the smooth profile


class Terms(NamedTuple):
    """Every intermediate value of clause 4 in dB and the basic transmission loss ``loss``, L_b."""

    ducting_percent: float  # β0 (5)
    time_factor: float  # F_i (40)
    angle_factor: float  # F_j (57)
    distance_factor: float  # F_k (58)
    free_space: float  # L_bfs (8)
    sight: float  # L_b0p (10)
    sight_beta: float  # L_b0β (11)
    diffraction_median: float  # L_d50 (39)
    diffraction_beta: float  # L_dβ (39)
    diffraction: float  # L_dp (41)
    diffracted_median: float  # L_bd50 (42)
    diffracted: float  # L_bd (43)
    least_sight: float  # L_minb0p (59)
    ducted: float  # L_ba (46)
    least_ducted: float  # L_minbap (60)
    diffracted_ducted: float  # L_bda (61)
    modified: float  # L_bam (62)
    scattered: float  # L_bs (44)
    combined: float  # L_bc (63)
    location_sigma: float  # σ_L (64), or as given
    location: float  # L_loc (67)
    loss: float  # L_b (69)
    field: float  # dB(µV/m) for 1 kW e.r.p. (70)


@njit(cache=True, nogil=True)
def inverse_normal(x: float) -> float:
    """I(x): the inverse of the complementary normal distribution, falling with x (Attachment 2, eqs. 94–95)."""
    x = min(max(x, 1e-6), 1.0 - 1e-6)
    tail = x if x <= 0.5 else 1.0 - x
    t = math.sqrt(-2.0 * math.log(tail))
    c = ((0.010328 * t + 0.802853) * t + 2.515516698) / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0)
    return t - c if x <= 0.5 else c - t


@njit(cache=True, nogil=True)
def time_factor(time_percent: float, ducting_percent: float) -> float:
    """F_i (40): 1 up to β0 per cent of the time, 0 at half of it."""
    if time_percent < ducting_percent:
        return 1.0
    return inverse_normal(0.01 * time_percent) / inverse_normal(0.01 * ducting_percent)


@njit(cache=True, nogil=True)
def location_sigma(frequency: float, area_width: float, rx_height: float, clutter: float) -> float:
    """σ_L in dB of places within a square, for an antenna among clutter of that height (64), and above it (4.10)."""
    sigma = (0.52 + 0.024 * frequency) * area_width**0.28
    return float(sigma * min(1.0, max(0.0, 1.0 - (rx_height - clutter) / 10.0)))


@njit(cache=True, nogil=True)
def troposcatter(path: Path, link: Link) -> float:
    """L_bs (44, 45); p is never taken above 50 per cent."""
    log_f = math.log10(0.5 * link.frequency)
    by_frequency = 25.0 * math.log10(link.frequency) - 2.5 * log_f * log_f
    by_time = 10.125 * max(0.0, math.log10(50.0 / link.time_percent)) ** 0.7
    by_place = 20.0 * math.log10(path.length) + 0.573 * path.angle - 0.15 * link.refractivity
    return float(190.1 + by_frequency + by_place - by_time)


@njit(cache=True, nogil=True)
def _shielding(angle: float, horizon: float, frequency: float) -> float:
    """A_s (48): diffraction at the antenna's own horizon."""
    excess = angle - 0.1 * horizon
    if excess <= 0.0:
        return 0.0
    edge = 20.0 * math.log10(1.0 + 0.361 * excess * math.sqrt(frequency * horizon))
    return float(edge + 0.264 * excess * frequency ** (1.0 / 3.0))


@njit(cache=True, nogil=True)
def _coupling(coast: float, horizon: float, height: float, sea_share: float) -> float:
    """A_c (49): an antenna near the sea reaches the ducts above it."""
    if sea_share < 0.75 or coast > horizon or coast > 5.0:
        return 0.0
    return -3.0 * math.exp(-0.25 * coast * coast) * (1.0 + math.tanh(0.07 * (50.0 - height)))


@njit(cache=True, nogil=True)
def ducting(path: Path, link: Link, radius: float, ducting_percent: float, coast_tx: float, coast_rx: float) -> float:
    """L_ba (46–56): ducting and layer reflection; ``coast``: km over land from each antenna to the sea."""
    f, length = link.frequency, path.length
    fixed = 102.45 + 20.0 * math.log10(f) + 20.0 * math.log10(path.horizon_tx + path.horizon_rx)
    if f < 0.5:
        fixed += 45.375 - 137.0 * f + 92.5 * f * f
    fixed += _shielding(path.angle_tx, path.horizon_tx, f) + _shielding(path.angle_rx, path.horizon_rx, f)
    fixed += _coupling(coast_tx, path.horizon_tx, path.tx, path.sea_share)
    fixed += _coupling(coast_rx, path.horizon_rx, path.rx, path.sea_share)

    angle = 1e3 * length / radius
    angle += min(path.angle_tx, 0.1 * path.horizon_tx) + min(path.angle_rx, 0.1 * path.horizon_rx)
    by_angle = 5e-5 * radius * f ** (1.0 / 3.0) * angle

    between = min(length - path.horizon_tx - path.horizon_rx, 40.0)
    mu3 = math.exp(-4.6e-5 * (path.roughness - 10.0) * (43.0 + 6.0 * between)) if path.roughness > 10.0 else 1.0
    alpha = max(-3.4, -0.6 - 3.5e-9 * length**3.1 * inland_factor(path.longest_inland))
    heights = math.sqrt(path.duct_tx) + math.sqrt(path.duct_rx)
    mu2 = min(1.0, (500.0 / radius * length * length / (heights * heights)) ** alpha)
    beta = max(1e-300, ducting_percent * mu2 * mu3)
    log_beta = math.log10(beta)
    gamma = 1.076 / (2.0058 - log_beta) ** 1.012
    gamma *= math.exp(-(9.51 - 4.8 * log_beta + 0.198 * log_beta * log_beta) * 1e-6 * length**1.13)
    ratio = link.time_percent / beta
    by_time = -12.0 + (1.2 + 3.7e-3 * length) * math.log10(ratio) + 12.0 * min(1e300, ratio**gamma)
    return float(fixed + by_angle + by_time)


@njit(cache=True, nogil=True)
def union(
    path: Path,
    link: Link,
    diffraction_median: float,
    diffraction_beta: float,
    clutter: float,
    tx_zone: int,
    rx_zone: int,
) -> Terms:
    """All terms from the path and its delta-Bullington losses for both Earth radii; ``clutter`` at the receiver, m."""
    radius = median_radius(link.lapse_rate)
    beta0 = ducting_percentage(link.latitude, path.longest_land, path.longest_inland)
    fi = time_factor(link.time_percent, beta0)
    fj = 1.0 - 0.5 * (1.0 + math.tanh(3.0 * 0.8 * (path.angle - 0.3) / 0.3))
    fk = 1.0 - 0.5 * (1.0 + math.tanh(3.0 * 0.5 * (path.length - 20.0) / 20.0))

    slant2 = path.length**2 + (1e-3 * (path.tx - path.rx)) ** 2
    free = 92.4 + 20.0 * math.log10(link.frequency) + 10.0 * math.log10(slant2)
    focusing = 2.6 * (1.0 - math.exp(-0.1 * (path.horizon_tx + path.horizon_rx)))
    sight = free + focusing * math.log10(link.time_percent / 50.0)
    sight_beta = free + focusing * math.log10(beta0 / 50.0)

    diffraction = diffraction_median + fi * (diffraction_beta - diffraction_median)
    diffracted_median = free + diffraction_median
    diffracted = sight + diffraction
    land = 1.0 - path.sea_share
    if link.time_percent < beta0:
        least_sight = sight + land * diffraction
    else:
        least_sight = diffracted_median + (sight_beta + land * diffraction - diffracted_median) * fi

    coast_tx = 0.0 if tx_zone == SEA else link.coast_tx
    coast_rx = 0.0 if rx_zone == SEA else link.coast_rx
    ducted = ducting(path, link, radius, beta0, coast_tx, coast_rx)
    lower, higher = min(ducted, sight), max(ducted, sight)
    least_ducted = higher + 2.5 * math.log(1.0 + math.exp((lower - higher) / 2.5))
    diffracted_ducted = diffracted
    if least_ducted <= diffracted:
        diffracted_ducted = least_ducted + (diffracted - least_ducted) * fk
    modified = diffracted_ducted + (least_sight - diffracted_ducted) * fj

    scattered = troposcatter(path, link)
    lower, higher = min(scattered, modified), max(scattered, modified)
    combined = lower - 5.0 * math.log10(1.0 + 10.0 ** (-0.2 * (higher - lower)))

    sigma = link.location_sigma
    if math.isnan(sigma):
        sigma = location_sigma(link.frequency, link.area_width, link.rx_height, clutter)
    if rx_zone == SEA:
        sigma = 0.0
    # Independent normal losses: their means add, and the squares of their deviations.
    spread = math.sqrt(sigma * sigma + link.entry_sigma * link.entry_sigma)
    location = link.entry_loss - inverse_normal(0.01 * link.location_percent) * spread
    loss = max(sight, combined + location)
    return Terms(
        beta0,
        fi,
        fj,
        fk,
        free,
        sight,
        sight_beta,
        diffraction_median,
        diffraction_beta,
        diffraction,
        diffracted_median,
        diffracted,
        least_sight,
        ducted,
        least_ducted,
        diffracted_ducted,
        modified,
        scattered,
        combined,
        sigma,
        location,
        loss,
        199.36 + 20.0 * math.log10(link.frequency) - loss,
    )
