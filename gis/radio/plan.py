"""What a run predicts: transmitters ready for a network, the rules they are judged by, and what a reader must know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.coverage.results import Note
from gis.radio.models import model_edition, model_label, outside_range
from gis.radio.network import Rules
from gis.radio.services import throughput_mbps
from gis.radio.windows import Transmitter

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plan:
    """n transmitters and, each (n,), what they are judged by.

    ``technology`` of each; ``frequency_mhz``, ``bandwidth_mhz``; ``shift_db``: what was taken off power, threshold and
    noise so that technologies can be compared (0 where the level is in dBm); ``uplink_dbm``: the level under which the
    answer no longer arrives. ``model`` names the models used, most used first. ``rates``: the table of throughput of
    each (``services.throughput_mbps``), a technology or a standard of WiFi.
    """

    transmitters: tuple[Transmitter, ...]
    rules: Rules
    technology: NDArray[np.object_]
    frequency_mhz: Floats
    bandwidth_mhz: Floats
    shift_db: Floats
    uplink_dbm: Floats
    models: tuple[str, ...]
    notes: tuple[Note, ...]
    rates: NDArray[np.object_]

    def throughput_mbps(self, server: NDArray[np.int32], sinr_db: NDArray[np.floating[Any]]) -> Floats:
        """What each place gets from its server alone, by the server's table; broadcasts."""
        carried = np.full(server.shape, np.nan)
        for name in dict.fromkeys(self.rates.tolist()):
            here = (self.rates == name)[server]
            one = server[here]
            carried[here] = throughput_mbps(name, sinr_db[here], self.bandwidth_mhz[one], self.frequency_mhz[one])
        return carried

    def model_note(self) -> Note:
        """The models and their editions, for the record of a run."""
        named = {
            f"model_{language}": "; ".join(
                f"{model_label(name, language)} ({model_edition(name, language)})" for name in self.models
            )
            for language in ("zh", "en")
        }
        return Note("radio.model_used", named)


def carriers(frequency_mhz: Floats, bandwidth_mhz: Floats) -> tuple[NDArray[np.int64], Floats]:
    """(carrier of each transmitter (n,), overlaps (carriers, carriers)) of centre frequencies and bandwidths.

    ``overlaps[a, b]``: the share of a's band that b's lies over, times what that share of b's power is: two equal
    channels half a width apart overlap by half. Transmitters of equal frequency and bandwidth are one carrier.
    """
    bands = np.stack([frequency_mhz, bandwidth_mhz], axis=1)
    unique, place = np.unique(bands, axis=0, return_inverse=True)
    low, high = unique[:, 0] - unique[:, 1] / 2.0, unique[:, 0] + unique[:, 1] / 2.0
    common = np.clip(np.minimum(high[:, None], high) - np.maximum(low[:, None], low), 0.0, None)
    return np.asarray(place, np.int64).ravel(), common / np.maximum(unique[:, 1], 1e-9)


def range_notes(model: str, frequency_mhz: Floats, base_height_m: Floats, receiver_height_m: float) -> list[Note]:
    """One note for each thing that lies outside the model's range, with how many transmitters it concerns."""
    notes = []
    told = outside_range(model, frequency_mhz, base_height_m, receiver_height_m)
    for key, zh, en in (("frequency", "频率", "frequency"), ("base", "天线挂高", "antenna height")):
        count = int(told[key].sum())
        if count:
            labels = {f"model_{language}": model_label(model, language) for language in ("zh", "en")}
            notes.append(Note("radio.outside_model_range", {"count": count, "field_zh": zh, "field_en": en, **labels}))
    return notes


def by_use(models: Sequence[str]) -> tuple[str, ...]:
    """The models that occur, the most used first."""
    return tuple(sorted(set(models), key=lambda name: (-list(models).count(name), name)))
