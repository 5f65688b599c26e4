"""Antenna patterns as tables that a kernel reads: attenuation by azimuth and by elevation, and how the two add up.

Three kinds: the sector of 3GPP TR 38.901 table 7.3-1 (and TR 36.814 table A.2.1.1-2, the same curves), the sector of
ITU-R F.1336-5 recommends 3.1, and an all-round antenna; pattern files are read by ``gis.radio.antenna_files``. A
pattern is H(φ) + w(φ) · V(θ) in dB below the strongest direction, held at the back-lobe cap: w is 1 everywhere but in
F.1336. Angles in degrees: azimuth clockwise off the antenna's own, elevation above its axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from gis.errors import Refusal

Floats = NDArray[np.float64]
BACK_LOBE_DB = 30.0  # A_max: the weakest direction; an uncapped back lobe of 55 dB is nonsense in real drives
SIDE_LOBE_DB = 30.0  # SLA_V
H_STEPS = 720  # half a degree of azimuth, 0…360
V_STEPS = 721  # a quarter of a degree of elevation, −90…90
_AZIMUTH = np.arange(H_STEPS) * (360.0 / H_STEPS)
_OFF_AXIS = np.minimum(_AZIMUTH, 360.0 - _AZIMUTH)
ELEVATION = np.linspace(-90.0, 90.0, V_STEPS)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One antenna: ``horizontal`` (720,) and ``vertical`` (721,) dB ≤ 0, ``weight`` (720,) of the vertical part.

    ``gain_dbi``, ``frequency_mhz`` and ``electrical_tilt_deg`` as far as the source tells.
    """

    name: str
    horizontal: Floats
    vertical: Floats
    weight: Floats = field(default_factory=lambda: np.ones(H_STEPS))
    cap_db: float = BACK_LOBE_DB
    gain_dbi: float | None = None
    frequency_mhz: float | None = None
    electrical_tilt_deg: float = 0.0

    def attenuation_db(
        self,
        azimuth_off_deg: ArrayLike,
        elevation_deg: ArrayLike,
        *,
        mechanical_tilt_deg: float = 0.0,
        electrical_tilt_deg: float = 0.0,
    ) -> Floats:
        """dB ≤ 0 towards directions seen from the mast: azimuth off the antenna's, elevation above the horizon."""
        turn, rise = np.broadcast_arrays(np.asarray(azimuth_off_deg, np.float64), np.asarray(elevation_deg, np.float64))
        found = _each(
            np.radians(turn).ravel(), np.radians(rise).ravel(),
            math.radians(mechanical_tilt_deg), math.radians(electrical_tilt_deg),
            self.horizontal, self.weight, self.vertical, self.cap_db,
        )  # fmt: skip
        return np.asarray(found.reshape(turn.shape))


def sector(
    h_beamwidth_deg: float = 65.0,
    v_beamwidth_deg: float = 8.0,
    *,
    back_lobe_db: float = BACK_LOBE_DB,
    side_lobe_db: float = SIDE_LOBE_DB,
) -> Pattern:
    """TR 38.901 table 7.3-1: −min(12 (φ/φ3dB)², A_max), −min(12 (θ/θ3dB)², SLA_V), together at least −A_max.

    A beam of 360° and more does not attenuate sideways. Refusal ``radio.bad_beamwidth``.
    """
    _beams(h_beamwidth_deg, v_beamwidth_deg)
    around = np.zeros(H_STEPS)
    if h_beamwidth_deg < 360.0:
        around = -np.minimum(12.0 * (_OFF_AXIS / h_beamwidth_deg) ** 2, back_lobe_db)
    upright = -np.minimum(12.0 * (ELEVATION / v_beamwidth_deg) ** 2, side_lobe_db)
    return Pattern(f"3GPP {h_beamwidth_deg:g}°×{v_beamwidth_deg:g}°", around, upright, cap_db=back_lobe_db)


def isotropic() -> Pattern:
    """An antenna that is equally strong in all directions."""
    return Pattern("isotropic", np.zeros(H_STEPS), np.zeros(V_STEPS))


def f1336_sector(
    h_beamwidth_deg: float = 65.0,
    v_beamwidth_deg: float = 8.0,
    *,
    side_lobes: Literal["peak", "average"] = "average",
    improved: bool = False,
    back_lobe_db: float = BACK_LOBE_DB,
) -> Pattern:
    """ITU-R F.1336-5 recommends 3.1.1 (peak side lobes) and 3.1.2 (average), 400 MHz to 6 GHz.

    G_hr(x_h) + R · G_vr(x_v), R = (G_hr(x_h) − G_hr(180°/φ3)) / (G_hr(0) − G_hr(180°/φ3)). Typical antennas have
    k_p = k_v = 0.7 and k_h = 0.7 (peak) or 0.8 (average); ``improved`` ones k_h = 0.7 and k_v = 0.3.
    """
    _beams(h_beamwidth_deg, v_beamwidth_deg)
    k_p, k_h, k_v = 0.7, (0.7 if improved or side_lobes == "peak" else 0.8), (0.3 if improved else 0.7)
    start, middle = (-12.0, 1.0) if side_lobes == "peak" else (-15.0, 1.25)
    theta = v_beamwidth_deg
    behind = start + 10.0 * math.log10(1.0 + 8.0 * k_p) - 15.0 * math.log10(180.0 / theta)

    def across(x: Floats) -> Floats:
        wide = -12.0 * np.maximum(x, 1e-9) ** (2.0 - k_h) - 3.0 * (1.0 - 0.5**-k_h)
        return np.maximum(np.where(x <= 0.5, -12.0 * x**2, wide), behind)

    around = across(_OFF_AXIS / h_beamwidth_deg)
    back = float(across(np.array([180.0 / h_beamwidth_deg]))[0])
    weight = (around - back) / -back if back < 0.0 else np.ones(H_STEPS)

    x = np.abs(ELEVATION) / theta
    border = math.sqrt(middle - 0.36 * k_v)
    c = 10.0 * math.log10((180.0 / theta) ** 1.5 * (4.0**-1.5 + k_v) / (1.0 + 8.0 * k_p)) / math.log10(22.5 / theta)
    shift = -start - c * math.log10(4.0) - 10.0 * math.log10(4.0**-1.5 + k_v)
    lobes = start + 10.0 * np.log10(np.maximum(x, 1e-9) ** -1.5 + k_v)
    far = -shift - c * np.log10(np.maximum(x, 1e-9))
    upright = np.where(x < border, -12.0 * x**2, np.where(x < 4.0, lobes, np.where(x < 90.0 / theta, far, behind)))
    return Pattern(
        f"F.1336 {h_beamwidth_deg:g}°×{v_beamwidth_deg:g}°", around, np.minimum(upright, 0.0), weight, back_lobe_db
    )


@njit(cache=True, nogil=True, inline="always")
def pattern_db(
    ahead: float,
    aside: float,
    up: float,
    mechanical: float,
    electrical: float,
    horizontal: Floats,
    weight: Floats,
    vertical: Floats,
    cap: float,
) -> float:
    """The pattern for kernels (tilts in radians) towards a place ``ahead`` of, right of and above the antenna.

    A mechanical tilt turns the antenna about its cross axis, exactly: it fades sideways and is an up-tilt behind. An
    electrical tilt lowers the beam alike all round.
    """
    if mechanical != 0.0:
        c, s = math.cos(mechanical), math.sin(mechanical)
        ahead, up = ahead * c - up * s, ahead * s + up * c
    turn = math.atan2(aside, ahead) * (horizontal.shape[0] / (2.0 * math.pi))
    if turn < 0.0:
        turn += horizontal.shape[0]
    i = int(turn)
    part = turn - i
    if i >= horizontal.shape[0]:
        i = 0
    j = i + 1 if i + 1 < horizontal.shape[0] else 0
    loss = horizontal[i] * (1.0 - part) + horizontal[j] * part
    share = weight[i] * (1.0 - part) + weight[j] * part
    elevation = math.atan2(up, math.sqrt(ahead * ahead + aside * aside)) + electrical
    at = (elevation / math.pi + 0.5) * (vertical.shape[0] - 1)
    if at <= 0.0:
        upright = vertical[0]
    elif at >= vertical.shape[0] - 1:
        upright = vertical[vertical.shape[0] - 1]
    else:
        k = int(at)
        upright = vertical[k] + (vertical[k + 1] - vertical[k]) * (at - k)
    attenuation: float = max(loss + share * upright, -cap)
    return attenuation


@njit(cache=True, nogil=True)
def _each(
    turn: Floats,
    elevation: Floats,
    mechanical: float,
    electrical: float,
    horizontal: Floats,
    weight: Floats,
    vertical: Floats,
    cap: float,
) -> Floats:
    gain = np.empty(turn.shape[0])
    for i in range(turn.shape[0]):
        flat = math.cos(elevation[i])
        gain[i] = pattern_db(
            flat * math.cos(turn[i]), flat * math.sin(turn[i]), math.sin(elevation[i]),
            mechanical, electrical, horizontal, weight, vertical, cap,
        )  # fmt: skip
    return gain


def _beams(h_beamwidth_deg: float, v_beamwidth_deg: float) -> None:
    for width in (h_beamwidth_deg, v_beamwidth_deg):
        if not (math.isfinite(width) and width > 0.0):
            raise Refusal("radio.bad_beamwidth", value=width)
