"""Which propagation model holds for a transmitter, as tables of loss over distance with their spread.

A run names a model (or "auto": by technology); its figures and editions are data in
``resources/radio/propagation.toml``. Models that look at the ground between (``diffraction``, ``p1812``) give here what
is left without it: free space; the loss on the way comes by pixel. Equal arguments give the same ``Curves`` object.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from gis.errors import Language, Refusal
from gis.radio import tr38901
from gis.radio.curves import Curves, curves, stacked
from gis.radio.free_space import free_space_loss_db
from gis.radio.hata import Environment, hata_line
from gis.radio.p1812 import settings
from gis.radio.p1812_mechanisms import location_sigma
from gis.radio.site_general import street
from gis.resources import resource

Floats = NDArray[np.float64]
AUTO: Final = "auto"
TUNED: Final = "tuned"  # calibrated on drive tests, by technology
URBAN, ELSEWHERE = 0, 1  # environments, in this order in the tables
PROFILED: Final = ("diffraction", "p1812")  # models that need what stands on the way


@dataclass(frozen=True, slots=True)
class Tuning:
    """A calibrated line: ``intercept_db`` + ``slope_db`` lg(d / 1 km) + 20 lg(f / 1 GHz), ``sigma_db`` around it.

    ``offsets_db``: what single cells, by id, are stronger than their data say.
    """

    intercept_db: float
    slope_db: float
    sigma_db: float
    offsets_db: Mapping[int, float] = field(default_factory=dict, compare=False)


@cache
def propagation() -> dict[str, Any]:
    """The whole tree of ``propagation.toml``; not to be changed by its readers."""
    return tomllib.loads(resource("radio", "propagation.toml").read_text("utf-8"))


def model_names() -> tuple[str, ...]:
    """The models a run can name, "auto" first."""
    return (AUTO, *propagation()["model"])


def model_label(name: str, language: Language = "zh") -> str:
    """What a model is called. Refusal ``radio.no_model``."""
    return str(_entry(name)["label"][language])


def model_edition(name: str, language: Language = "zh") -> str:
    """The standard and edition a model follows."""
    return str(_entry(name)["edition"][language])


def model_for(name: str, technology: str) -> str:
    """The model that a technology's cells get under a run's choice. Refusal ``radio.no_model``."""
    if name != AUTO:
        _entry(name)
        return name
    return str(propagation()["auto"].get(technology, "3gpp"))


def way_of(name: str) -> str:
    """What a model's tables leave to those who know the ground (``windows.Transmitter.way``)."""
    return "clutter" if name == "free_space" else name if name in PROFILED else ""


def limit_m(name: str) -> float:
    """The largest distance the model is used at."""
    return float(_entry(name)["limit_m"])


def curves_of(
    name: str, frequency_mhz: float, base_height_m: float, receiver_height_m: float, tuning: Tuning | None = None
) -> Curves:
    """Six rows: URBAN and ELSEWHERE, each expected, in sight, hidden.

    Refusal ``radio.no_model``, ``radio.no_tuning``.
    """
    return _curves(name, float(frequency_mhz), float(base_height_m), float(receiver_height_m), tuning)


def outside_range(
    name: str, frequency_mhz: Floats, base_height_m: Floats, receiver_height_m: float
) -> dict[str, NDArray[np.bool_]]:
    """Which of n transmitters the model was not made for: "frequency", "base" -> bool (n,)."""
    entry = _entry(name)
    if name == "3gpp":
        low = base_height_m <= entry["low_height_m"]
        found = {"frequency": np.zeros(len(low), bool), "base": np.zeros(len(low), bool)}
        for scenario, here in ((entry["urban"], ~low), (entry["low_urban"], low)):
            told = tr38901.outside(scenario, frequency_mhz, base_height_m, receiver_height_m)
            for key, bad in found.items():
                bad |= here & told[key]
        return found
    limits = {
        "hata": ((150.0, 2000.0), (30.0, 200.0)),
        "p1411": ((800.0, 73_000.0), (1.0, 100.0)),
        "p1812": ((30.0, 6000.0), (1.0, 3000.0)),
    }.get(name, ((0.0, np.inf), (0.0, np.inf)))
    return {
        key: (values < low_high[0]) | (values > low_high[1])
        for key, values, low_high in (
            ("frequency", frequency_mhz, limits[0]),
            ("base", base_height_m, limits[1]),
        )
    }


@cache
def _curves(name: str, frequency: float, base: float, receiver: float, tuning: Tuning | None) -> Curves:
    entry = _entry(name)
    rise = abs(base - receiver)

    def free(d: Floats) -> Floats:
        return free_space_loss_db(frequency, np.hypot(d, rise))

    if name == "3gpp":
        low = base <= entry["low_height_m"]
        scenarios = (entry["low_urban"] if low else entry["urban"], entry["elsewhere"])
        return stacked([_scenario(scenario, frequency, base, receiver) for scenario in scenarios])
    if name == "hata":
        both = []
        for place in (entry["urban"], entry["elsewhere"]):
            intercept, slope = hata_line(frequency, base, receiver, cast(Environment, place))
            both.append(curves(_line(float(intercept), float(slope), free), sigma_in_sight=float(entry["sigma_db"])))
        return stacked(both)
    if name == "p1411":
        above = base > entry["low_height_m"]
        seen, hidden = street("los", above_roofs=above), street("high_rise", above_roofs=above)
        one = curves(
            lambda d: np.maximum(seen.loss_db(frequency, np.hypot(d, rise)), free(d)),
            lambda d: hidden.loss_db(frequency, np.hypot(d, rise)),
            lambda d: tr38901.los_probability("UMa" if above else "UMi", d, receiver),
            sigma_in_sight=seen.sigma_db,
            sigma_hidden=hidden.sigma_db,
        )
        return stacked([one, one])
    if name == "tgn":
        border, steep = float(entry["breakpoint_m"]), 10.0 * float(entry["exponent"])
        at_km = float(free_space_loss_db(frequency, border) + steep * np.log10(1000.0 / border))
        one = curves(_line(at_km, steep, free), sigma_in_sight=float(entry["sigma_db"]))
        return stacked([one, one])
    if name == "tuned":
        if tuning is None:
            raise Refusal("radio.no_tuning")
        shift = tuning.intercept_db + 20.0 * np.log10(frequency / 1000.0)
        one = curves(_line(float(shift), tuning.slope_db, free), sigma_in_sight=tuning.sigma_db)
        return stacked([one, one])
    if name == "p1812":  # (64): places differ more among clutter, which urban areas have
        width = float(settings()["defaults"]["area_width_m"])
        return stacked(
            [
                curves(free, sigma_in_sight=location_sigma(frequency / 1000.0, width, receiver, clutter))
                for clutter in (receiver, 0.0)
            ]
        )
    one = curves(free, sigma_in_sight=float(entry["sigma_db"]))
    return stacked([one, one])


def _line(at_km: float, slope: float, free: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """A straight line over lg d, nowhere better than free space."""
    return lambda d: np.maximum(at_km + slope * np.log10(d / 1000.0), free(d))


def _scenario(scenario: tr38901.Scenario, frequency: float, base: float, receiver: float) -> Curves:
    def loss(los: bool, d: Floats) -> Floats:
        return tr38901.path_loss_db(scenario, los, frequency, d, base, receiver)

    return curves(
        lambda d: loss(True, d),
        lambda d: loss(False, d),
        lambda d: tr38901.los_probability(scenario, d, receiver, base),
        sigma_in_sight=lambda d: tr38901.shadowing_db(scenario, True, frequency, d, base, receiver),
        sigma_hidden=tr38901.SHADOWING[scenario][2],
    )


def _entry(name: str) -> dict[str, Any]:
    models = propagation()["model"]
    if name not in models:
        raise Refusal("radio.no_model", model=name, known=", ".join(model_names()))
    entry: dict[str, Any] = models[name]
    return entry
