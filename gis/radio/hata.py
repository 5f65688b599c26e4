"""Median path loss of Okumura–Hata and COST 231–Hata over flat built-up land.

Sources: M. Hata, "Empirical formula for propagation loss in land mobile radio services", IEEE Trans. VT-29 no. 3, 1980
(150–1500 MHz); COST Action 231 final report, 1999, clause 4.4.1, eqs. 4.4.1–4.4.3 (1500–2000 MHz). Both hold for base
heights of 30–200 m, receiver heights of 1–10 m and distances of 1–20 km. Units: MHz, m, dB.

COST 231 knows a medium-sized and a metropolitan centre only. For suburbs and open land above 1500 MHz Hata's own
corrections are applied to it with the frequency held at 2000 MHz, as the extended Hata model of ERC Report 68
(revised 2002) does.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.errors import Refusal
from gis.radio.free_space import require_positive

Environment = Literal["urban", "suburban", "open"]
ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)
BORDER_MHZ = 1500.0  # Okumura–Hata up to here, COST 231 from here
_LARGE_CITY_MHZ = 300.0  # the two large-city corrections meet here
_CORRECTION_CAP_MHZ = 2000.0
_METROPOLITAN_CENTRE_DB = 3.0  # COST 231, C_m


def okumura_hata_loss_db(
    frequency_mhz: ArrayLike,
    distance_m: ArrayLike,
    base_height_m: ArrayLike,
    receiver_height_m: ArrayLike = 1.5,
    environment: Environment = "urban",
    *,
    large_city: bool = False,
) -> NDArray[np.float64]:
    """Loss in dB after Hata (1980); broadcasts. The caller warns outside 150–1500 MHz and the heights above.

    >>> round(float(okumura_hata_loss_db(869.0, 2000.0, 30.0, 1.0)), 2)
    137.88
    """
    intercept, slope = _okumura_line(frequency_mhz, base_height_m, receiver_height_m, environment, large_city)
    return _along(intercept, slope, distance_m)


def cost231_hata_loss_db(
    frequency_mhz: ArrayLike,
    distance_m: ArrayLike,
    base_height_m: ArrayLike,
    receiver_height_m: ArrayLike = 1.5,
    environment: Environment = "urban",
    *,
    large_city: bool = False,
) -> NDArray[np.float64]:
    """Loss in dB after COST 231 clause 4.4.1; broadcasts. The caller warns outside 1500–2000 MHz and the heights above.

    >>> round(float(cost231_hata_loss_db(2114.0, 2000.0, 30.0, 1.0, large_city=True)), 2)
    153.52
    """
    intercept, slope = _cost231_line(frequency_mhz, base_height_m, receiver_height_m, environment, large_city)
    return _along(intercept, slope, distance_m)


def hata_line(
    frequency_mhz: ArrayLike,
    base_height_m: ArrayLike,
    receiver_height_m: ArrayLike,
    environment: Environment = "urban",
    large_city: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(loss at 1 km, dB a decade of distance) of the model that fits the frequency: loss = a + b lg(d / 1 km)."""
    low = _okumura_line(frequency_mhz, base_height_m, receiver_height_m, environment, large_city)
    high = _cost231_line(frequency_mhz, base_height_m, receiver_height_m, environment, large_city)
    chosen = np.asarray(frequency_mhz, np.float64) <= BORDER_MHZ
    return np.where(chosen, low[0], high[0]), np.where(chosen, low[1], high[1])


def receiver_height_gain_db(
    frequency_mhz: ArrayLike, receiver_height_m: ArrayLike, *, large_city: bool
) -> NDArray[np.float64]:
    """a(h_m) in dB: what a higher receiver saves, in Hata's form for small and medium or for large cities."""
    frequency, height = np.asarray(frequency_mhz, np.float64), np.asarray(receiver_height_m, np.float64)
    if not large_city:
        lg = np.log10(frequency)
        return np.asarray((1.1 * lg - 0.7) * height - (1.56 * lg - 0.8))
    low = 8.29 * np.log10(1.54 * height) ** 2 - 1.1
    high = 3.2 * np.log10(11.75 * height) ** 2 - 4.97
    return np.where(frequency <= _LARGE_CITY_MHZ, low, high)


def _okumura_line(
    frequency_mhz: ArrayLike,
    base_height_m: ArrayLike,
    receiver_height_m: ArrayLike,
    environment: Environment,
    large_city: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    frequency, base, receiver = _checked(frequency_mhz, base_height_m, receiver_height_m)
    gain = receiver_height_gain_db(frequency, receiver, large_city=large_city)
    intercept = 69.55 + 26.16 * np.log10(frequency) - 13.82 * np.log10(base) - gain
    return _placed(intercept, frequency, environment), _slope(base)


def _cost231_line(
    frequency_mhz: ArrayLike,
    base_height_m: ArrayLike,
    receiver_height_m: ArrayLike,
    environment: Environment,
    large_city: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    frequency, base, receiver = _checked(frequency_mhz, base_height_m, receiver_height_m)
    gain = receiver_height_gain_db(frequency, receiver, large_city=large_city)
    intercept = 46.3 + 33.9 * np.log10(frequency) - 13.82 * np.log10(base) - gain
    if large_city and environment == "urban":
        intercept = intercept + _METROPOLITAN_CENTRE_DB
    return _placed(intercept, frequency, environment), _slope(base)


def _slope(base: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(44.9 - 6.55 * np.log10(base))


def _placed(
    intercept: NDArray[np.float64], frequency: NDArray[np.float64], environment: Environment
) -> NDArray[np.float64]:
    """The urban loss moved to suburbs or open land (Hata 1980)."""
    if environment not in ENVIRONMENTS:
        raise Refusal("radio.no_environment", environment=environment, known=", ".join(ENVIRONMENTS))
    lg = np.log10(np.minimum(frequency, _CORRECTION_CAP_MHZ))
    if environment == "suburban":
        return np.asarray(intercept - 2.0 * (lg - np.log10(28.0)) ** 2 - 5.4)
    if environment == "open":
        return np.asarray(intercept - 4.78 * lg**2 + 18.33 * lg - 40.94)
    return intercept


def _along(intercept: NDArray[np.float64], slope: NDArray[np.float64], distance_m: ArrayLike) -> NDArray[np.float64]:
    distance = np.asarray(distance_m, np.float64)
    require_positive(distance, "radio.bad_distance")
    return np.asarray(intercept + slope * np.log10(distance / 1000.0))


def _checked(
    frequency_mhz: ArrayLike, base_height_m: ArrayLike, receiver_height_m: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    frequency, base, receiver = (
        np.asarray(value, np.float64) for value in (frequency_mhz, base_height_m, receiver_height_m)
    )
    require_positive(frequency, "radio.bad_frequency")
    require_positive(base, "radio.bad_height")
    require_positive(receiver, "radio.bad_height")
    return frequency, base, receiver
