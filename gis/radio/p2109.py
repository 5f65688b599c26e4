"""Building entry loss of Recommendation ITU-R P.2109-1 (2019): from the street into a building, or out of it.

Clause 3: a combination of two log-normal losses by building type (coefficients in ``resources/radio/standards.toml``).
0.08–100 GHz; probability 0…1 that the loss is not exceeded; elevation of the path at the façade in degrees.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from gis.errors import Refusal
from gis.radio.free_space import require_positive
from gis.radio.site_general import standards

Building = Literal["traditional", "efficient"]
Floats = NDArray[np.float64]


def building_entry_loss_db(
    frequency_mhz: ArrayLike,
    building: Building = "traditional",
    probability: ArrayLike = 0.5,
    elevation_deg: ArrayLike = 0.0,
) -> Floats:
    """Loss not exceeded with ``probability``; broadcasts. Refusals ``radio.bad_frequency``, ``radio.no_environment``,
    ``radio.bad_probability``.

    >>> round(float(building_entry_loss_db(3500.0)), 1)
    15.7
    """
    frequency = np.asarray(frequency_mhz, np.float64)
    require_positive(frequency, "radio.bad_frequency")
    share = np.asarray(probability, np.float64)
    if not ((share > 0.0) & (share < 1.0)).all():
        raise Refusal("radio.bad_probability", value=float(np.min(share)))
    table = standards()["p2109"]
    if building not in table:
        raise Refusal("radio.no_environment", environment=building, known=", ".join(table))
    row = table[building]
    lg = np.log10(frequency / 1000.0)
    at_level = row["r"] + row["s"] * lg + row["t"] * lg**2
    first = ndtri(share) * (row["u"] + row["v"] * lg) + at_level + 0.212 * np.abs(np.asarray(elevation_deg, np.float64))
    second = ndtri(share) * (row["y"] + row["z"] * lg) + row["w"] + row["x"] * lg
    return np.asarray(10.0 * np.log10(10.0 ** (0.1 * first) + 10.0 ** (0.1 * second) + 10.0**-0.3))
