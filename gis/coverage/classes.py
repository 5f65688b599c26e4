"""Classes of received level: what a coverage picture and its legend show, strongest first.

Bounds, labels and colours are data (``resources/radio/thresholds.toml``, with their source); an edited threshold moves
the border between what counts as covered and what does not, on screen, in print and in exports alike.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue.model import Label
from gis.errors import Refusal
from gis.resources import resource


@dataclass(frozen=True, slots=True)
class LevelClass:
    """Levels from ``minimum`` (dBm; dB of margin for "any") up to the class before. ``color`` is "#RRGGBB".

    ``covered`` is False for the one class below the threshold.
    """

    minimum: float
    label: Label
    color: str
    covered: bool = True


@dataclass(frozen=True, slots=True)
class Technology:
    """One kind of signal: its threshold, what is measured, and the floor under which levels are dropped."""

    name: str
    label: Label
    quantity: str  # RSSI, RxLev, RSCP, RSRP or margin
    threshold_dbm: float
    floor_dbm: float
    steps: tuple[tuple[float, Label], ...]

    @property
    def unit(self) -> str:
        """dBm, or dB where the level is a margin over each technology's own threshold."""
        return "dB" if self.quantity == "margin" else "dBm"


def technologies() -> tuple[str, ...]:
    """The names ``technology`` knows: wifi, GSM, UMTS, LTE, NR, any."""
    return tuple(name for name in _data() if name != "ramp")


def technology(name: str) -> Technology:
    """The technology of that name, in any case; Refusal ``coverage.no_technology``."""
    found = _technologies().get(name.casefold())
    if found is None:
        raise Refusal("coverage.no_technology", technology=name, known=", ".join(technologies()))
    return found


@cache
def _technologies() -> dict[str, Technology]:
    return {
        known.casefold(): Technology(
            known,
            Label(**entry["label"]),
            entry["quantity"],
            float(entry["threshold_dbm"]),
            float(entry["floor_dbm"]),
            tuple((float(minimum), Label(zh, en)) for minimum, zh, en in entry["classes"]),
        )
        for known, entry in _data().items()
        if known != "ramp"
    }


def level_classes(name: str, threshold_dbm: float | None = None) -> tuple[LevelClass, ...]:
    """The classes of one technology, strongest first; the last one lies below ``threshold_dbm`` and is not covered.

    With another threshold than the usual one, the steps above it stay and the threshold itself becomes the lowest
    covered class.
    """
    kind = technology(name)
    threshold = kind.threshold_dbm if threshold_dbm is None else float(threshold_dbm)
    steps = [(minimum, label) for minimum, label in kind.steps if minimum > threshold]
    steps.append((threshold, dict(kind.steps).get(threshold, Label("达到门限", "Meets the threshold"))))
    ramp = _data()["ramp"]["colors"]
    places = np.linspace(0, len(ramp) - 1, len(steps)).round().astype(int)
    classes = [LevelClass(minimum, label, ramp[place]) for (minimum, label), place in zip(steps, places, strict=True)]
    floor = min(kind.floor_dbm, threshold - 10.0)
    below = LevelClass(floor, Label("低于门限", "Below the threshold"), _data()["ramp"]["below"], covered=False)
    return (*classes, below)


def classify(levels: NDArray[np.floating[Any]], classes: tuple[LevelClass, ...]) -> NDArray[np.uint8]:
    """The class of each level: 0 = none (nodata, NaN or under the last bound), else 1 + place in ``classes``."""
    bounds = np.array([entry.minimum for entry in reversed(classes)])
    count = np.searchsorted(bounds, np.nan_to_num(levels, nan=-np.inf), side="right")  # how many bounds are reached
    return np.where(count == 0, 0, len(classes) + 1 - count).astype(np.uint8)


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resource("radio", "thresholds.toml").read_text("utf-8"))
