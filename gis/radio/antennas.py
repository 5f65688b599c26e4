"""Antenna patterns: attenuation in dB (0 at the strongest, negative elsewhere) towards a direction.

Sector antenna of 3GPP TR 38.901 table 7.3-1 with mechanical and electrical down-tilt. Angles in degrees: azimuth
clockwise from north, elevation above the horizon, down-tilt positive downwards.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

BACK_LOBE_DB = 30.0  # A_max: the weakest direction; an uncapped back lobe of 55 dB is nonsense in real drives
SIDE_LOBE_DB = 30.0  # SLA_V
ALL_ROUND_DEG = 360.0  # a horizontal beam this wide does not attenuate sideways: an omnidirectional antenna


@njit(cache=True, nogil=True, inline="always")
def sector_db(
    ahead: float,
    aside: float,
    up: float,
    mechanical: float,
    electrical: float,
    h_beamwidth: float,
    v_beamwidth: float,
    back_lobe: float,
    side_lobe: float,
) -> float:
    """The pattern for kernels, angles in radians, towards a place ``ahead`` of, to the right of and above the antenna.

    A mechanical tilt turns the whole antenna about its horizontal cross axis, so its effect fades sideways and becomes
    an up-tilt behind; an electrical tilt lowers the beam alike all round. The tilted frame is exact spherical geometry.
    """
    if mechanical != 0.0:
        c, s = math.cos(mechanical), math.sin(mechanical)
        ahead, up = ahead * c - up * s, ahead * s + up * c
    loss = 0.0
    if h_beamwidth < 2.0 * math.pi:
        loss = min(12.0 * (math.atan2(aside, ahead) / h_beamwidth) ** 2, back_lobe)
    elevation = math.atan2(up, math.sqrt(ahead * ahead + aside * aside))
    off = (elevation + electrical) / v_beamwidth
    loss += min(12.0 * off * off, side_lobe)
    return -min(loss, back_lobe)


@njit(cache=True, nogil=True)
def _sector_each(
    turn: NDArray[np.float64],
    elevation: NDArray[np.float64],
    mechanical: float,
    electrical: float,
    h_beamwidth: float,
    v_beamwidth: float,
    back_lobe: float,
    side_lobe: float,
) -> NDArray[np.float64]:
    gain = np.empty(turn.shape[0])
    for i in range(turn.shape[0]):
        flat = math.cos(elevation[i])
        ahead, aside, up = flat * math.cos(turn[i]), flat * math.sin(turn[i]), math.sin(elevation[i])
        gain[i] = sector_db(ahead, aside, up, mechanical, electrical, h_beamwidth, v_beamwidth, back_lobe, side_lobe)
    return gain


def sector_pattern_db(
    azimuth_off_deg: ArrayLike,
    elevation_deg: ArrayLike,
    *,
    mechanical_tilt_deg: float = 0.0,
    electrical_tilt_deg: float = 0.0,
    h_beamwidth_deg: float = 65.0,
    v_beamwidth_deg: float = 65.0,
    back_lobe_db: float = BACK_LOBE_DB,
    side_lobe_db: float = SIDE_LOBE_DB,
) -> NDArray[np.float64]:
    """Attenuation in dB (≤ 0) in directions relative to the antenna's azimuth and the horizon; broadcasts.

    A_H = −min(12 (φ/φ₃dB)², A_max), A_V = −min(12 (θ/θ₃dB)², SLA_V), A = −min(−(A_H + A_V), A_max).

    >>> sector_pattern_db([0.0, 32.5, 180.0], 0.0).tolist()
    [0.0, -3.0, -30.0]
    """
    turn, elevation = np.broadcast_arrays(
        np.asarray(azimuth_off_deg, np.float64), np.asarray(elevation_deg, np.float64)
    )
    flat = _sector_each(
        np.radians(turn).ravel(),
        np.radians(elevation).ravel(),
        math.radians(mechanical_tilt_deg),
        math.radians(electrical_tilt_deg),
        math.radians(h_beamwidth_deg),
        math.radians(v_beamwidth_deg),
        float(back_lobe_db),
        float(side_lobe_db),
    )
    return flat.reshape(turn.shape) + 0.0  # no negative zero
