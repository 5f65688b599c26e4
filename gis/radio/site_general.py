"""Site-general short-range loss, 10 α lg d + β + 10 γ lg f: ITU-R P.1411-11 in streets, P.1238-11 indoors.

P.1411-11 clause 4.1.1 (both stations below the roofs), clause 4.2.1 (one above); P.1238-11 clause 3.1, table 2. The
coefficients with their ranges are data in ``resources/radio/standards.toml``. Distances are slant, in metres;
frequencies MHz; losses dB, medians over places; the clutter along the path is in them, so none is added.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.errors import Refusal
from gis.radio.free_space import require_positive
from gis.resources import resource

Street = Literal["los", "high_rise", "low_rise", "residential"]
Room = Literal["office", "corridor", "industrial"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SiteGeneral:
    """One row of coefficients: ``sigma_db`` spreads places around the median; ranges in MHz and metres."""

    alpha: float
    beta: float
    gamma: float
    sigma_db: float
    frequency_mhz: tuple[float, float]
    distance_m: tuple[float, float]

    def loss_db(self, frequency_mhz: ArrayLike, distance_m: ArrayLike) -> Floats:
        """Median loss; broadcasts. Refusal ``radio.bad_frequency`` or ``radio.bad_distance``."""
        frequency, distance = np.asarray(frequency_mhz, np.float64), np.asarray(distance_m, np.float64)
        require_positive(frequency, "radio.bad_frequency")
        require_positive(distance, "radio.bad_distance")
        return np.asarray(
            10.0 * self.alpha * np.log10(distance) + self.beta + 10.0 * self.gamma * np.log10(frequency / 1000.0)
        )

    def outside(self, frequency_mhz: ArrayLike) -> NDArray[np.bool_]:
        """Where the coefficients were not fitted to this frequency."""
        frequency = np.asarray(frequency_mhz, np.float64)
        low, high = self.frequency_mhz
        return np.asarray((frequency < low) | (frequency > high))


def street(kind: Street, *, above_roofs: bool = False) -> SiteGeneral:
    """P.1411's row for a street; above the roofs only "los" and "high_rise" exist. Refusal ``radio.no_environment``."""
    return _row("p1411", "above" if above_roofs else "below", kind)


def room(kind: Room, *, los: bool) -> SiteGeneral:
    """P.1238's row for one floor of a building. Refusal ``radio.no_environment``."""
    return _row("p1238", kind, "los" if los else "nlos")


@cache
def standards() -> dict[str, Any]:
    """The whole tree of the standards' tables; not to be changed by its readers."""
    return tomllib.loads(resource("radio", "standards.toml").read_text("utf-8"))


@cache
def _row(standard: str, group: str, kind: str) -> SiteGeneral:
    rows = standards()[standard].get(group, {})
    if kind not in rows:
        raise Refusal("radio.no_environment", environment=f"{group} {kind}", known=", ".join(rows))
    row = rows[kind]
    low, high = row["frequency_ghz"]
    near, far = row["distance_m"]
    return SiteGeneral(
        row["alpha"], row["beta"], row["gamma"], row["sigma"], (low * 1000.0, high * 1000.0), (near, far)
    )
