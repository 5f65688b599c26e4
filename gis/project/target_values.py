"""What a city has reached of its targets today: each figure with what it was counted from, its date and its doubt.

Where features do not say what is asked, a figure is an interval: all unknown ones taken as no, and as yes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.coverage.classes import technology
from gis.coverage.results import Note
from gis.errors import Language
from gis.project.report_scope import Scope
from gis.project.runs import Run
from gis.project.targets import How, Indicator, TargetSet

_PEOPLE = "report.people_share"
_STATES = ("covered", "passed", "connected", "active")  # of fibre, each holds the next


@dataclass(frozen=True, slots=True)
class Figure:
    """One value in its indicator's unit: from ``low`` (unknown = no) to ``high`` (unknown = yes), alike where all is
    known. ``numerator`` ÷ ``denominator``, None for a value that came as it is."""

    value: float
    low: float
    high: float
    numerator: float | None = None
    denominator: float | None = None

    @classmethod
    def share(cls, yes: float, unknown: float, total: float) -> Figure | None:
        """yes ÷ total as a percentage; None where there is nothing to count."""
        if total <= 0:
            return None
        low, high = 100.0 * yes / total, 100.0 * (yes + unknown) / total
        return cls(low, low, high, yes, total)

    @classmethod
    def plain(cls, value: float) -> Figure:
        """A value that was measured or imported."""
        return cls(value, value, value)


@dataclass(frozen=True, slots=True)
class Detail:
    """A further figure beside an indicator's own: what it is about, as a note."""

    label: Note
    figure: Figure | None


@dataclass(frozen=True, slots=True)
class Assessed:
    """An indicator with the figure of the whole (None = cannot be told; ``missing`` says what is to be done) and of
    each part of the scope. ``basis``: where it comes from; ``as_of``: its period or date."""

    indicator: Indicator
    whole: Figure | None
    parts: tuple[Figure | None, ...]
    details: tuple[Detail, ...] = ()
    basis: Note | None = None
    as_of: str = ""
    missing: Note | None = None

    @property
    def gap(self) -> float | None:
        """Value minus target, in the indicator's unit."""
        return None if self.whole is None else self.whole.value - self.indicator.target

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None where that cannot be told, also because too much is unknown."""
        if self.whole is None:
            return None
        target = self.indicator.target - 1e-9
        return True if self.whole.low >= target else False if self.whole.high < target else None


def assess(scope: Scope, targets: TargetSet) -> list[Assessed]:
    """Every indicator of a set for a scope."""
    return [assess_one(scope, indicator) for indicator in targets.indicators]


def assess_one(scope: Scope, indicator: Indicator) -> Assessed:
    """One indicator for a scope."""
    return _HOW[indicator.how](scope, indicator)


def by_people(one: Assessed) -> Assessed:
    """An indicator of coverage told by the people instead of the ground: the same run, the same target."""
    told = next((detail.figure for detail in one.details if detail.label.code == _PEOPLE), None)
    missing = one.missing or (Note("report.missing_people") if told is None else None)
    basis = replace(one.basis, code=f"{one.basis.code}_people") if one.basis is not None else None
    return replace(one, whole=told, basis=basis, parts=(None,) * len(one.parts), details=(), missing=missing)


def _fibre(scope: Scope, indicator: Indicator) -> Assessed:
    found = scope.columns("premises", ("kind", "state", "households"))
    chosen = np.isin(found.fields["kind"].astype(str), indicator.kinds)
    state = found.fields["state"][chosen].astype(str)
    households = np.nan_to_num(found.fields["households"][chosen], nan=1.0)  # the field's default
    part = scope.part_of("premises")[chosen]
    unknown = state == "None"

    def shares(states: tuple[str, ...]) -> tuple[Figure | None, tuple[Figure | None, ...]]:
        return _shares(scope, np.isin(state, states), unknown, part, households)

    whole, parts = shares(indicator.states)
    details = tuple(
        Detail(Note("report.fibre_state", _both(scope, "premises", "state", name)), shares(_STATES[i:])[0])
        for i, name in enumerate(_STATES)
    )
    if whole is None:
        return Assessed(indicator, None, parts, missing=Note("report.missing_premises"))
    basis = Note("report.basis_premises", {"households": f"{households.sum():,.0f}", "premises": f"{len(state):,}"})
    return Assessed(indicator, whole, parts, details, basis, scope.newest("premises")[:10])


def _rate(scope: Scope, indicator: Indicator) -> Assessed:
    found = scope.columns("premises", ("kind", "state", "access_rate_mbps"))
    kind = found.fields["kind"].astype(str)
    chosen = np.isin(kind, indicator.kinds)
    rate, state = found.fields["access_rate_mbps"][chosen], found.fields["state"][chosen].astype(str)
    reached = rate >= indicator.mbps
    unknown = np.isnan(rate) & ~np.isin(state, ("none", "covered"))
    part, ones = scope.part_of("premises")[chosen], np.ones(int(chosen.sum()))
    whole, parts = _shares(scope, reached, unknown, part, ones)
    if whole is None:
        return Assessed(indicator, None, parts, missing=Note("report.missing_premises"))
    details = []
    for name in indicator.kinds:
        own = kind[chosen] == name
        figure = Figure.share(float(reached[own].sum()), float(unknown[own].sum()), float(own.sum()))
        details.append(Detail(Note("report.of_these", _both(scope, "premises", "kind", name)), figure))
    basis = Note("report.basis_rate", {"premises": f"{len(rate):,}", "unknown": f"{int(unknown.sum()):,}"})
    return Assessed(indicator, whole, parts, tuple(details), basis, scope.newest("premises")[:10])


def _networked(scope: Scope, indicator: Indicator) -> Assessed:
    found = scope.columns("camera", ("status", "networked", "site_kind"))
    chosen = found.fields["status"].astype(str) == "in_service"
    networked, site = found.fields["networked"][chosen], found.fields["site_kind"][chosen].astype(str)
    yes, unknown = networked == 1.0, np.isnan(networked)
    part, ones = scope.part_of("camera")[chosen], np.ones(int(chosen.sum()))
    whole, parts = _shares(scope, yes, unknown, part, ones)
    if whole is None:
        return Assessed(indicator, None, parts, missing=Note("report.missing_cameras"))
    details = []
    for name in ("campus", "hospital"):
        own = site == name
        figure = Figure.share(float(yes[own].sum()), float(unknown[own].sum()), float(own.sum()))
        details.append(Detail(Note("report.of_these", _both(scope, "camera", "site_kind", name)), figure))
    basis = Note("report.basis_cameras", {"count": f"{len(networked):,}"})
    return Assessed(indicator, whole, parts, tuple(details), basis, scope.newest("camera")[:10])


def _shares(
    scope: Scope, yes: NDArray[np.bool_], unknown: NDArray[np.bool_], part: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> tuple[Figure | None, tuple[Figure | None, ...]]:  # fmt: skip
    def share(chosen: NDArray[np.bool_]) -> Figure | None:
        return Figure.share(
            float(weight[chosen & yes].sum()), float(weight[chosen & unknown & ~yes].sum()), float(weight[chosen].sum())
        )

    return share(np.ones(len(yes), bool)), tuple(share(part == i) for i in range(len(scope.parts)))


def _coverage(scope: Scope, indicator: Indicator) -> Assessed:
    nothing = (None,) * len(scope.parts)
    run = _run_of(scope, indicator)
    if run is None:
        return Assessed(indicator, None, nothing, missing=Note(f"report.missing_{indicator.run}"))
    summary = run.summary
    rows = {row["id"]: row for row in summary.get("areas", ())}
    own = None if scope.area is None or scope.whole is None else rows.get(int(scope.regions.ids[scope.whole]))
    # A run of the whole city tells of one area in its row alone: what of it is urban is not known apart.
    local = scope.area is not None and run.params.get("area") != scope.area
    urban = None if local else summary.get("urban")
    measured: Mapping[str, Any] | None = own if local else urban or summary.get("headline")
    parts = tuple(_percent(rows.get(int(scope.regions.ids[place])), "area_share") for place in scope.parts)
    kind = technology(str(summary["technology"]))
    basis = Note(
        "report.basis_local" if local else "report.basis_urban" if urban else "report.basis_all",
        {"run": run.id, "technology_zh": kind.label.zh, "technology_en": kind.label.en},
    )
    if measured is None:
        return Assessed(indicator, None, parts, missing=Note("report.missing_areas"))
    details = [Detail(Note(_PEOPLE), _percent(measured, "population_share"))]
    roads = (summary.get("main") or {}).get("urban" if urban else "whole")
    if roads and not local:
        details.append(Detail(Note("report.road_share"), _percent(roads, "road_share")))
    if urban:
        details.append(Detail(Note("report.all_share"), _percent(summary.get("headline"), "area_share")))
        details.append(Detail(Note("report.all_people_share"), _percent(summary.get("headline"), "population_share")))
    figure = _percent(measured, "area_share")
    return Assessed(indicator, figure, parts, tuple(details), basis, run.started_at[:10])


def _run_of(scope: Scope, indicator: Indicator) -> Run | None:
    """The run that is shown where it answers the indicator, else the newest of its kind for the scope, of the
    technology that is wanted first."""
    shown = scope.shown
    if shown is not None and indicator.answered_by(shown) and shown.params.get("area") in (None, scope.area):
        return shown
    fitting = [
        run for run in scope.runs() if run.kind == indicator.run and run.params.get("area") in (None, scope.area)
    ]
    if not indicator.technologies:
        return max(fitting, key=lambda run: run.id or 0, default=None)
    for name in indicator.technologies:
        own = [run for run in fitting if run.summary.get("technology") == name]
        if own:
            return max(own, key=lambda run: run.id or 0)
    return None


def _percent(row: Mapping[str, Any] | None, key: str) -> Figure | None:
    value = None if row is None else row.get(key)
    return None if value is None else Figure.plain(100.0 * float(value))


def _statistic(scope: Scope, indicator: Indicator) -> Assessed:
    found = scope.columns("statistic", ("area", "period", "indicator", "value"))
    own = np.flatnonzero(found.fields["indicator"].astype(str) == indicator.statistic)
    within = {int(key): place for place, key in enumerate(scope.regions.ids)}
    own = np.array([i for i in own if int(found.fields["area"][i]) in within], np.int64)
    nothing = (None,) * len(scope.parts)
    if not len(own):
        return Assessed(
            indicator, None, nothing, missing=Note("report.missing_statistic", {"name": indicator.statistic})
        )
    period = max(str(p) for p in found.fields["period"][own])
    newest = [i for i in own if str(found.fields["period"][i]) == period]
    values = {within[int(found.fields["area"][i])]: float(found.fields["value"][i]) for i in newest}
    parts = tuple(Figure.plain(values[int(p)]) if int(p) in values else None for p in scope.parts)
    whole = Figure.plain(values[scope.whole]) if scope.whole in values else None
    missing = None if whole is not None else Note("report.missing_whole", {"period": period})
    return Assessed(indicator, whole, parts, basis=Note("report.basis_statistic"), as_of=period, missing=missing)


def _plates(scope: Scope, indicator: Indicator) -> Assessed:
    found = scope.columns("plate_issuance", ("area", "period", "vehicle_class", "registered", "issued"))
    within = {int(key): place for place, key in enumerate(scope.regions.ids)}
    place = np.array([within.get(int(key), -1) for key in found.fields["area"]], np.int64)
    known = (place >= 0) & ~np.isnan(found.fields["registered"]) & ~np.isnan(found.fields["issued"])
    nothing = (None,) * len(scope.parts)
    if not known.any():
        return Assessed(indicator, None, nothing, missing=Note("report.missing_plates"))
    period = max(str(p) for p in found.fields["period"][known])
    known &= found.fields["period"].astype(str) == period
    issued, registered = found.fields["issued"], found.fields["registered"]

    def share(chosen: NDArray[np.bool_]) -> Figure | None:
        return Figure.share(float(issued[chosen].sum()), 0.0, float(registered[chosen].sum()))

    # Rows of the whole where there are any, else those of the parts: never both.
    whole = known & (place == (-2 if scope.whole is None else scope.whole))
    if not whole.any():
        whole = known & np.isin(place, scope.parts)
    kinds = found.fields["vehicle_class"].astype(str)
    details = tuple(
        Detail(
            Note("report.of_these", _both(scope, "plate_issuance", "vehicle_class", name)),
            share(whole & (kinds == name)),
        )
        for name in dict.fromkeys(kinds[whole].tolist())
    )
    parts = tuple(share(known & (place == p)) for p in scope.parts)
    figure = share(whole)
    if figure is None:
        return Assessed(indicator, None, parts, missing=Note("report.missing_plates"))
    return Assessed(indicator, figure, parts, details, Note("report.basis_plates"), period)


def _both(scope: Scope, cls: str, field: str, code: str) -> dict[str, str]:
    own = scope.catalogue[cls].field(field)
    return {"label_zh": own.code_label(code, "zh"), "label_en": own.code_label(code, "en")}


_HOW: Mapping[How, Callable[[Scope, Indicator], Assessed]] = {
    "fibre": _fibre,
    "rate": _rate,
    "coverage": _coverage,
    "statistic": _statistic,
    "plates": _plates,
    "networked": _networked,
}


def amount(value: float | None, unit: str, language: Language) -> str:
    """A value with its unit: "87.2 %", "104 Mbit/s"; a dash for none."""
    if value is None:
        return "–"
    if unit == "%":
        digits = 2 if 0 < abs(value) < 1 else 1
        return f"{value:.{digits}f} %".replace("-", "−")
    return f"{value:,.1f} {unit}".replace(".0 ", " ").replace("-", "−")
