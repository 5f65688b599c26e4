"""Street canyons and roof tops of Recommendation ITU-R P.1411: the site-specific formulas.

P.1411-6 clauses 4.1.1 (line of sight along a street at UHF, eqs. 1–5) and 4.2.1 (over roof tops to a terminal in the
street, after Walfisch and Ikegami). Valid for 300 MHz to 3 GHz in the street, 800 MHz to 5 GHz over roofs, 20 m to
5 km, h1 of 4–50 m, h2 of 1–3 m. Frequencies in MHz, metres, dB; everything broadcasts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.radio.free_space import require_positive

Floats = NDArray[np.float64]
_LIGHT_M_S = 299_792_458.0


def street_los_loss_db(
    frequency_mhz: ArrayLike, distance_m: ArrayLike, base_height_m: ArrayLike, terminal_height_m: ArrayLike = 1.5
) -> tuple[Floats, Floats]:
    """(lower, upper) bound of the loss along a street in sight; the middle of both is the usual single figure.

    ``distance_m`` on the ground; the slant path is taken.
    R_bp = 4 h1 h2 / λ, L_bp = |20 lg(λ² / (8 π h1 h2))|; slopes 20 and 40 dB below, 25 and 40 dB above, 20 dB higher.
    """
    frequency, distance, base, terminal = _checked(frequency_mhz, distance_m, base_height_m, terminal_height_m)
    wave = _LIGHT_M_S / (frequency * 1e6)
    border = 4.0 * base * terminal / wave
    at_border = np.abs(20.0 * np.log10(wave**2 / (8.0 * np.pi * base * terminal)))
    slant = np.hypot(distance, base - terminal)
    lg = np.log10(slant / border)
    near = slant <= border
    lower = at_border + np.where(near, 20.0, 40.0) * lg
    upper = at_border + 20.0 + np.where(near, 25.0, 40.0) * lg
    return lower, upper


def over_roofs_loss_db(
    frequency_mhz: ArrayLike,
    distance_m: ArrayLike,
    base_height_m: ArrayLike,
    terminal_height_m: ArrayLike = 1.5,
    *,
    roof_height_m: float = 20.0,
    street_width_m: float = 20.0,
    street_angle_deg: float = 45.0,
    building_spacing_m: float = 50.0,
    built_up_m: float = 80.0,
    metropolitan: bool = True,
) -> Floats:
    """Loss from an antenna near or above the roofs to a terminal in the street: L_bf + L_rts + L_msd.

    ``built_up_m``: length of the path that buildings cover; where it is longer than the settled-field distance
    d_s = λ d² / Δh1² the multi-screen loss is that of many grazed roofs, otherwise that of few (Q_M).
    ``street_angle_deg``: between the street and the direct path, 0–90.
    """
    frequency, distance, base, terminal = _checked(frequency_mhz, distance_m, base_height_m, terminal_height_m)
    wave = _LIGHT_M_S / (frequency * 1e6)
    above, drop = base - roof_height_m, roof_height_m - terminal
    lg_km, lg_mhz = np.log10(distance / 1000.0), np.log10(frequency)
    free = 32.4 + 20.0 * lg_km + 20.0 * lg_mhz
    to_street = (
        -8.2
        - 10.0 * np.log10(street_width_m)
        + 10.0 * lg_mhz
        + 20.0 * np.log10(np.maximum(drop, 1e-3))
        + _orientation_db(street_angle_deg)
    )
    with np.errstate(divide="ignore"):
        settled = wave * distance**2 / above**2
    many = _many_screens_db(frequency, distance, above, roof_height_m, building_spacing_m, metropolitan)
    few = _few_screens_db(wave, distance, above, building_spacing_m)
    screens = np.where(built_up_m > settled, many, few)
    return np.asarray(free + np.maximum(to_street + screens, 0.0))


def _orientation_db(angle: float) -> float:
    if angle < 35.0:
        return -10.0 + 0.354 * angle
    if angle < 55.0:
        return 2.5 + 0.075 * (angle - 35.0)
    return 4.0 - 0.114 * (angle - 55.0)


def _many_screens_db(
    frequency: Floats, distance: Floats, above: Floats, roof: float, spacing: float, metropolitan: bool
) -> Floats:
    over = above > 0.0
    base_gain = np.where(over, -18.0 * np.log10(1.0 + np.maximum(above, 0.0)), 0.0)
    high = frequency > 2000.0
    at_roof = np.where(high, np.where(over, 71.4, 73.0), 54.0)
    below = np.where(distance >= 500.0, -0.8 * above, -1.6 * above * distance / 1000.0)
    k_a = at_roof + np.where(over, 0.0, below)
    k_d = np.where(over, 18.0, 18.0 - 15.0 * above / roof)
    k_f = np.where(high, -8.0, -4.0 + (1.5 if metropolitan else 0.7) * (frequency / 925.0 - 1.0))
    return np.asarray(
        base_gain + k_a + k_d * np.log10(distance / 1000.0) + k_f * np.log10(frequency) - 9.0 * np.log10(spacing)
    )


def _few_screens_db(wave: Floats, distance: Floats, above: Floats, spacing: float) -> Floats:
    # Within these two the roofs count as level with the antenna (P.1411-6, δh_u and δh_l).
    upper = 10.0 ** (
        -np.log10(np.sqrt(spacing / wave)) - np.log10(distance) / 9.0 + 10.0 / 9.0 * np.log10(spacing / 2.35)
    )
    lg_mhz = np.log10(_LIGHT_M_S / wave / 1e6)
    lower = (0.00023 * spacing**2 - 0.1827 * spacing - 9.4978) / lg_mhz**2.938 + 0.000781 * spacing + 0.06923
    angle = np.arctan2(np.abs(above), spacing)
    slant = np.hypot(above, spacing)
    over = 2.35 * (np.maximum(above, 1e-3) / distance * np.sqrt(spacing / wave)) ** 0.9
    level = spacing / distance
    under = (
        spacing
        / (2.0 * np.pi * distance)
        * np.sqrt(wave / slant)
        * (1.0 / np.maximum(angle, 1e-3) - 1.0 / (2.0 * np.pi + angle))
    )
    q = np.where(above > upper, over, np.where(above >= lower, level, under))
    return np.asarray(-20.0 * np.log10(q))


def _checked(
    frequency_mhz: ArrayLike, distance_m: ArrayLike, base_m: ArrayLike, terminal_m: ArrayLike
) -> tuple[Floats, Floats, Floats, Floats]:
    frequency, distance, base, terminal = (
        np.asarray(value, np.float64) for value in (frequency_mhz, distance_m, base_m, terminal_m)
    )
    require_positive(frequency, "radio.bad_frequency")
    require_positive(distance, "radio.bad_distance")
    require_positive(base, "radio.bad_height")
    require_positive(terminal, "radio.bad_height")
    return frequency, distance, base, terminal
