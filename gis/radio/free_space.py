"""Free-space basic transmission loss, ITU-R P.525-4 clause 2.3 (eq. 4): 20 lg(4πd/λ)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.errors import Refusal

# 20 lg(4π · 1 km · 1 MHz / c); the Recommendation prints it rounded, 32.4.
CONSTANT_DB = 20.0 * math.log10(4.0 * math.pi * 1.0e3 * 1.0e6 / 299_792_458.0)


def free_space_loss_db(frequency_mhz: ArrayLike, distance_m: ArrayLike) -> NDArray[np.float64]:
    """Loss in dB between isotropic antennas; broadcasts. Valid at any frequency, in the far field.

    Raises Refusal ``radio.bad_frequency`` or ``radio.bad_distance`` for values that are not positive and finite.

    >>> round(float(free_space_loss_db(2400.0, 100.0)), 2)
    80.05
    """
    frequency, distance = np.asarray(frequency_mhz, np.float64), np.asarray(distance_m, np.float64)
    require_positive(frequency, "radio.bad_frequency")
    require_positive(distance, "radio.bad_distance")
    return np.asarray(CONSTANT_DB + 20.0 * np.log10(frequency) + 20.0 * np.log10(distance / 1000.0))


def require_positive(values: NDArray[np.float64], code: str) -> None:
    """Refuse with ``code`` unless every value is positive and finite."""
    bad = ~(np.isfinite(values) & (values > 0.0))
    if bad.any():
        raise Refusal(code, value=float(values[bad].flat[0]))
