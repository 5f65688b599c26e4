"""The cards of a sheet: a figure against the target of the policy, each with what it counts and of when it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gis.cartography.sheets.specification import Card
from gis.cartography.sheets.statistics import areas_of, figures_of
from gis.cartography.sheets.tables import Sources
from gis.cartography.sheets.targets import Indicator, targets
from gis.errors import Language


def card_of(indicator: str, sources: Sources) -> Card | None:
    """The card of an indicator of the targets; "" = that of the analysis shown. None where there is no such one."""
    run = sources.run
    known = targets().find(indicator)
    if not indicator and run is not None:
        known = targets().of_run(run.kind, "run:area")
    if known is None:
        return None
    value, source = _value(known, sources)
    return _told(known, value, source, sources.language)


def _value(indicator: Indicator, sources: Sources) -> tuple[float | None, str]:
    """The figure in the indicator's unit with its source as words; None where the city does not know it."""
    what, _, of = indicator.takes.partition(":")
    zh, city = sources.zh, sources.city
    match what:
        case "run":
            return _run_value(indicator, of, sources)
        case "statistic":
            figures, area = figures_of(city), areas_of(city, sources.page).id
            for period in reversed(figures.periods):
                value = figures.value(of, area, period)
                if value is not None:
                    return value, f"{period}年统计" if zh else f"Statistics of {period}"
            return None, ""
        case "homes":
            homes = city.columns("premises", ["state", "households"], geometry=False, **_within(sources))
            households = np.nan_to_num(homes.fields["households"])
            good = np.isin(homes.fields["state"].astype(str), of.split(","))
            return _share(float(households[good].sum()), float(households.sum()), "户" if zh else "households")
        case "plates":
            return _plates(of.split(","), sources)
        case "cameras":
            cameras = city.columns("camera", ["status", "networked"], geometry=False, **_within(sources))
            used = cameras.fields["status"].astype(str) == "in_service"
            joined = used & (np.nan_to_num(cameras.fields["networked"]) > 0)
            return _share(float(joined.sum()), float(used.sum()), "个" if zh else "cameras")
    return None, ""


def _within(sources: Sources) -> dict[str, Any]:
    """A page of an atlas counts what it shows; a sheet of the city everything, whatever its map shows."""
    return {} if sources.page is None else {"bbox": sources.frame}


def _share(part: float, whole: float, unit: str) -> tuple[float | None, str]:
    if whole <= 0:
        return None, ""
    return 100.0 * part / whole, f"{part:,.0f} / {whole:,.0f} {unit}"


def _run_value(indicator: Indicator, of: str, sources: Sources) -> tuple[float | None, str]:
    """The share of the urban area where the run knows it, else of the whole; of its own area on an atlas page."""
    run, zh = sources.run, sources.zh
    if run is None or run.kind != indicator.run:
        return None, ""
    row: Mapping[str, Any] | None = None
    told = ""
    if sources.page is not None and sources.page.code:
        row = next((r for r in run.summary.get("areas", []) if str(r.get("code") or "") == sources.page.code), None)
    elif run.summary.get("urban"):
        row, told = run.summary["urban"], "城区" if zh else "urban area"
    if row is None:
        row = run.summary.get("headline")
    share = None if row is None else row.get("area_share" if of == "area" else "population_share")
    if share is None or share != share:
        return None, ""
    day = run.started_at[:10]
    source = f"第 {run.id} 次分析，{day}" if zh else f"Analysis {run.id} of {day}"
    return 100.0 * float(share), f"{told}，{source}" if told and zh else f"{told}, {source}" if told else source


def _plates(classes: list[str], sources: Sources) -> tuple[float | None, str]:
    zh = sources.zh
    found = sources.city.columns(
        "plate_issuance", ["area", "period", "vehicle_class", "registered", "issued"], geometry=False
    )
    kinds = np.isin(found.fields["vehicle_class"].astype(str), classes)
    areas = areas_of(sources.city, sources.page)
    ids = found.fields["area"]
    own = kinds & (ids == areas.id)
    if not own.any():
        own = kinds & np.isin(ids, [id for id, _ in areas.parts]) if areas.parts else kinds & (ids != 0)
    if not own.any():
        return None, ""
    periods = found.fields["period"].astype(str)
    latest = max(periods[own])
    now = own & (periods == latest)
    issued, registered = (float(np.nan_to_num(found.fields[name][now]).sum()) for name in ("issued", "registered"))
    share, said = _share(issued, registered, "辆" if zh else "vehicles")
    return share, f"{said}，{latest}年" if zh else f"{said}, {latest}"


def _told(indicator: Indicator, value: float | None, source: str, language: Language) -> Card:
    zh = language == "zh"
    title = indicator.label.text(language)
    target = "" if indicator.target is None else f"{'目标' if zh else 'Target'} {_number(indicator.target, indicator)}"
    if value is None:
        return Card(title, "–", target, "尚无数据" if zh else "Not known yet")
    if indicator.target is None:
        return Card(title, _number(value, indicator), source=source)
    missing = indicator.target - value
    met = missing <= 1e-9
    points = ("个百分点" if zh else " points") if indicator.unit == "%" else f" {indicator.unit}"
    distance = f"{abs(missing):,.1f}"
    if met:
        above = f"超过 {distance} {points}" if zh else f"{distance}{points} above"
        gap = ("已达标" if zh else "Met") if abs(missing) < 0.05 else above
    else:
        gap = f"差 {distance} {points}" if zh else f"{distance}{points} to go"
    share = value / indicator.target if indicator.target > 0 else None
    return Card(title, _number(value, indicator), target, gap.replace("  ", " "), met, source, share)


def _decimals(value: float) -> int:
    """Small shares are not rounded to nothing."""
    return 2 if 0 < abs(value) < 1 else 1


def _number(value: float, indicator: Indicator) -> str:
    said = f"{value:,.0f}" if value == round(value) else f"{value:,.{_decimals(value)}f}"
    return f"{said}%" if indicator.unit == "%" else f"{said} {indicator.unit}"
