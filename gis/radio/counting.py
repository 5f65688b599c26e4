"""What a wish wants counted: thresholds, confidence, operators and the rest, as questions to a survey."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from gis.coverage.classes import Technology
from gis.coverage.results import Note
from gis.coverage.statistics import Sharing
from gis.coverage.survey import Questions, ZoneKind
from gis.errors import Refusal
from gis.geometry.columns import BBox, Columns
from gis.radio.co_location import sharing
from gis.radio.network import Rules
from gis.radio.plan import Plan
from gis.resources import resource

if TYPE_CHECKING:
    from gis.radio.analysis import Wish

TUNED: Final = "tuned"
MOST_OWNERS: Final = 32
_LOWEST, _HIGHEST = -150.0, 60.0  # dBm, or dB of margin


@cache
def counting() -> dict[str, Any]:
    """The whole tree of ``statistics.toml``; not to be changed by its readers."""
    return tomllib.loads(resource("radio", "statistics.toml").read_text("utf-8"))


def thresholds_of(wish: Wish, technology: Technology) -> tuple[float, ...]:
    """The levels at which a wish counts beside its own threshold: its list, or the steps of the legend.

    Refusal ``radio.bad_threshold``.
    """
    if wish.thresholds is None:
        return tuple(level for level, _ in technology.steps)
    for level in wish.thresholds:
        if not _LOWEST <= level <= _HIGHEST:
            raise Refusal("radio.bad_threshold", threshold_dbm=level, minimum=_LOWEST, maximum=_HIGHEST)
    return tuple(float(level) for level in wish.thresholds)


def questions_of(
    wish: Wish, technology: Technology, threshold: float, plan: Plan, owners: tuple[str, ...]
) -> Questions:
    """Refusals ``radio.bad_threshold``, ``.bad_confidence``, ``.bad_median_error``, ``.bad_distance``."""
    for share in wish.confidence:
        if not 0.0 < share < 1.0:
            raise Refusal("radio.bad_confidence", value=share)
    calibrated = set(plan.models) == {TUNED}
    errors = counting()["median_error_db"]
    error = wish.median_error_db
    if error is None:
        error = float(errors["calibrated" if calibrated else "uncalibrated"])
    if not 0.0 <= error <= float(errors["most"]):
        raise Refusal("radio.bad_median_error", value=error, most=errors["most"])
    smallest = float(counting()["smallest_gap_m2"][wish.kind]) if wish.smallest_gap_m2 is None else wish.smallest_gap_m2
    for number in (smallest, wish.sharing_m or 0.0):
        if not (math.isfinite(number) and number >= 0.0):
            raise Refusal("radio.bad_distance", value=number)
    return Questions(
        threshold,
        thresholds_of(wish, technology),
        wish.confidence,
        error,
        calibrated,
        owners,
        wish.grid_m,
        smallest,
        () if plan.rules.family is None else zones_of(wish).asked(wish.layers),
    )


@dataclass(frozen=True, slots=True)
class Zones:
    """Where phones change over and where pilots pollute: what a wish says, or ``statistics.toml``."""

    handover_db: float
    pollution_db: float
    pollution_servers: int
    pollution_dbm: float | None

    def asked(self, layers: Sequence[str]) -> tuple[tuple[ZoneKind, float], ...]:
        """The zones among the layers of a run, each with the figure that makes it."""
        figures: tuple[tuple[ZoneKind, float], ...] = (
            ("handover", self.handover_db),
            ("pollution", float(self.pollution_servers)),
        )
        return tuple(pair for pair in figures if pair[0] in layers)

    def notes(self, layers: Sequence[str], unit: str) -> list[Note]:
        """How the zones asked for are meant."""
        found = []
        if "handover" in layers:
            found.append(Note("radio.handover_zone", {"db": f"{self.handover_db:g}"}))
        if "pollution" in layers:
            level = None if self.pollution_dbm is None else f"≥ {self.pollution_dbm:g} {unit}".replace("-", "−")
            said = {"from_zh": level or "达到门限", "from_en": level or "above the threshold"}
            found.append(
                Note("radio.pollution", {"db": f"{self.pollution_db:g}", "count": self.pollution_servers, **said})
            )
        return found


def zones_of(wish: Wish) -> Zones:
    """The figures of the zones of a wish."""
    usual = counting()["zones"]

    def of(name: str) -> Any:
        chosen = getattr(wish, name)
        return usual[name] if chosen is None else chosen

    return Zones(
        float(of("handover_db")), float(of("pollution_db")), int(of("pollution_servers")), wish.pollution_dbm
    )  # fmt: skip


def with_zones(rules: Rules, wish: Wish) -> Rules:
    """The rules as far as a wish asks for zones."""
    zones = zones_of(wish)
    if rules.family is None or not zones.asked(wish.layers):
        return replace(rules, family=None)
    level = None if zones.pollution_dbm is None else np.full(len(rules.threshold_dbm), zones.pollution_dbm)
    return replace(
        rules, handover_db=zones.handover_db, pollution_db=zones.pollution_db, pollution_dbm=level
    )  # fmt: skip


def by_operator(plan: Plan, rows: Columns, wish: Wish) -> tuple[Rules, tuple[str, ...], list[Note]]:
    """The plan's rules with whose each transmitter is, the owners in order of their number, and what must be told.

    Nothing is told apart for hotspots, for a wish of one operator, and where nobody is named.
    """
    if wish.kind != "cells" or wish.owner is not None:
        return plan.rules, (), []
    place = {int(key): i for i, key in enumerate(rows.ids)}
    named = [str(rows.fields["owner"][place[one.id]] or "") if one.id in place else "" for one in plan.transmitters]
    count = Counter(owner for owner in named if owner)
    owners = tuple(sorted(sorted(count, key=lambda owner: (-count[owner], owner))[:MOST_OWNERS]))
    if not owners:
        return plan.rules, (), []
    number = {owner: i for i, owner in enumerate(owners)}
    notes = []
    if "" in named:
        notes.append(Note("radio.operator_unknown", {"count": named.count("")}))
    if len(count) > MOST_OWNERS:
        notes.append(Note("radio.operators_many"))
    operator: NDArray[np.int64] = np.array([number.get(owner, -1) for owner in named], np.int64)
    return replace(plan.rules, operator=operator), owners, notes


def shared_sites(rows: Columns, wish: Wish, bbox: BBox) -> Sharing | None:
    """The sites within ``bbox`` that could be shared; None for hotspots."""
    if wish.kind != "cells":
        return None
    figures = counting()["sharing"]
    within = float(figures["within_m"]) if wish.sharing_m is None else float(wish.sharing_m)
    return sharing(rows, within, together_m=float(figures["together_m"]), bbox=bbox)


def band_note(questions: Questions) -> Note:
    """How the band came about."""
    zh, en = ("已用实测标定", "calibrated") if questions.calibrated else ("未经实测标定", "not calibrated")
    return Note("radio.band", {"error_db": f"{questions.error_db:g}", "basis_zh": zh, "basis_en": en})
