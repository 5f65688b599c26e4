"""Clutter loss of Recommendation ITU-R P.2108-1 (2021).

Clause 3.1, height gain: one end below representative clutter, 0.03–3 GHz. Clause 3.2, terrestrial paths in urban and
suburban clutter, statistical, 0.5–67 GHz, from 0.25 km. Clause 3.3, slant paths, 10–100 GHz. GHz, km, metres, degrees,
dB; p is the percentage of places where the loss is not exceeded. Everything broadcasts. Not to be added to a model that
has the clutter in it (Hata, P.1411, TR 38.901).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from gis.errors import Refusal
from gis.radio.site_general import standards

Floats = NDArray[np.float64]
Clutter = Literal["open", "water", "rural_open", "suburban", "urban", "woodland", "dense_urban"]


def height_gain_loss_db(
    frequency_ghz: ArrayLike,
    height_m: ArrayLike,
    clutter: Clutter = "urban",
    *,
    street_width_m: float = 27.0,
    clutter_height_m: float | None = None,
) -> Floats:
    """Loss A_h at a terminal ``height_m`` above ground among clutter; 0 above its top.

    ``clutter_height_m``: R, the table's for this clutter unless given. Refusal ``radio.outside_model`` beyond
    0.03–3 GHz, ``radio.bad_height``.
    """
    frequency, height = np.asarray(frequency_ghz, np.float64), np.asarray(height_m, np.float64)
    _within("P.2108 3.1", frequency, 0.03, 3.0, "GHz")
    table = standards()["p2108"]["clutter"]
    if clutter not in table:
        raise Refusal("radio.no_environment", environment=clutter, known=", ".join(table))
    top = float(table[clutter]["height_m"] if clutter_height_m is None else clutter_height_m)
    if not (height > 0.0).all() or top <= 0.0 or street_width_m <= 0.0:
        raise Refusal("radio.bad_height", value=float(np.min(height)))
    drop = np.maximum(top - height, 0.0)
    if table[clutter]["over"]:
        angle = np.degrees(np.arctan(drop / street_width_m))
        nu = 0.342 * np.sqrt(frequency) * np.sqrt(drop * angle)
        root = np.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1
        loss = np.where(nu > -0.7806, 6.9 + 20.0 * np.log10(root), 0.0) - 6.03
    else:
        loss = -(21.8 + 6.2 * np.log10(frequency)) * np.log10(np.minimum(height, top) / top)
    return np.asarray(np.where(height >= top, 0.0, loss))


def terrestrial_loss_db(frequency_ghz: ArrayLike, distance_km: ArrayLike, percent: ArrayLike = 50.0) -> Floats:
    """Loss L_ctt at one end of a path, not exceeded at ``percent`` of places.

    Correct one end from 0.25 km, both (each with its own loss) from 1 km; beyond 2 km it grows no more. Refusal
    ``radio.outside_model``.

    >>> round(float(terrestrial_loss_db(26.6, 15.8, 45.0)), 1)
    32.5
    """
    frequency, distance = np.asarray(frequency_ghz, np.float64), np.asarray(distance_km, np.float64)
    share = np.asarray(percent, np.float64)
    _within("P.2108 3.2", frequency, 0.5, 67.0, "GHz")
    _within("P.2108 3.2", distance, 0.25, np.inf, "km")
    _within("P.2108 3.2", share, np.nextafter(0.0, 1.0), np.nextafter(100.0, 0.0), "%")
    return np.minimum(_terrestrial(frequency, distance, share), _terrestrial(frequency, np.asarray(2.0), share))


def slant_loss_db(frequency_ghz: ArrayLike, elevation_deg: ArrayLike, percent: ArrayLike = 50.0) -> Floats:
    """Loss L_ces towards a high platform or satellite seen ``elevation_deg`` above the horizon, clause 3.3."""
    frequency, elevation = np.asarray(frequency_ghz, np.float64), np.asarray(elevation_deg, np.float64)
    share = np.asarray(percent, np.float64)
    _within("P.2108 3.3", frequency, 10.0, 100.0, "GHz")
    _within("P.2108 3.3", elevation, 0.0, 90.0, "°")
    _within("P.2108 3.3", share, np.nextafter(0.0, 1.0), np.nextafter(100.0, 0.0), "%")
    k = 93.0 * frequency**0.175
    a = 0.05
    part = np.pi * elevation / 180.0
    cotangent = 1.0 / np.tan(a * (1.0 - elevation / 90.0) + part)
    rare = -k * np.log(1.0 - share / 100.0) * cotangent
    return np.asarray(rare ** (0.5 * (90.0 - elevation) / 90.0) - 1.0 - 0.6 * ndtri(1.0 - share / 100.0))


def _terrestrial(frequency: Floats, distance: Floats, share: Floats) -> Floats:
    low = -2.0 * np.log10(10.0 ** (-5.0 * np.log10(frequency) - 12.5) + 10.0**-16.5)
    far = 32.98 + 23.9 * np.log10(distance) + 3.0 * np.log10(frequency)
    by_low, by_far = 10.0 ** (-0.2 * low), 10.0 ** (-0.2 * far)
    sigma = np.sqrt((16.0 * by_low + 36.0 * by_far) / (by_low + by_far))
    return np.asarray(-5.0 * np.log10(by_low + by_far) - sigma * ndtri(1.0 - share / 100.0))


def _within(model: str, values: Floats, low: float, high: float, unit: str) -> None:
    bad = ~((values >= low) & (values <= high))
    if bad.any():
        raise Refusal(
            "radio.outside_model", model=model, value=float(np.atleast_1d(values)[np.atleast_1d(bad)][0]),
            minimum=f"{low:g}", maximum=f"{high:g}", unit=unit,
        )  # fmt: skip
