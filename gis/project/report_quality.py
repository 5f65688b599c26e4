"""What a report says of the data itself: what the checks found, how complete it is, how old; and what was changed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Field
from gis.progress import Progress
from gis.project.asking import area_shape
from gis.project.check_report import areas_of
from gis.project.checking import Checking
from gis.project.history_search import HistoryFilter
from gis.project.history_words import local_time, utc_moment
from gis.project.report_parts import Cell, Column, Grid, Part, Points, Section, Speech, Words
from gis.project.report_scope import Scope
from gis.project.targets import TargetSet

_PAGE = 500
_SAMPLES = 15  # issues of the worst kind that are told by name
# What a figure of this report, or the work with a feature, needs.
KEY_FIELDS = {
    "premises": ("code", "kind", "state", "households", "access_rate_mbps", "served_by"),
    "fibre_node": ("code", "kind", "owner", "capacity", "ports_used"),
    "route_segment": ("code", "kind", "owner", "bores", "bores_used"),
    "cable": ("code", "level", "owner", "fibre_count"),
    "wifi_hotspot": ("code", "owner", "free", "band", "eirp_dbm", "height_m"),
    "base_station": ("code", "owner", "kind", "height_m"),
    "cell": ("code", "owner", "technology", "frequency_mhz", "azimuth", "height_m"),
    "plate_reader": ("code", "road", "azimuth", "height_m", "range_m"),
    "camera": ("code", "gb28181_id", "azimuth", "hfov", "networked", "sign_posted"),
    "area": ("code", "name", "level", "population", "households", "urban"),
}


def quality(scope: Scope, say: Speech, progress: Progress) -> Section:
    """The chapter on the data: checks run anew over the whole project, completeness, dates."""
    parts: list[Part] = [*_checks(scope, say, progress), *_completeness(scope, say), *_dates(scope, say)]
    return Section("quality", say("quality"), tuple(parts))


def _checks(scope: Scope, say: Speech, progress: Progress) -> list[Part]:
    language = say.language
    checking = Checking(scope.session)
    try:
        checking.run(progress)
        outline = None if scope.area is None else area_shape(scope.session, scope.area)
        ignored = checking.ignored()
        issues = [issue for issue in checking.within(outline) if issue.key not in ignored]
        rules = checking.rules()
        places = areas_of(checking, issues)
        last = checking.last
        features = last.features if last is not None else 0
    finally:
        checking.close()
    off = [rule.title(language) for rule in rules.values() if not rule.enabled]
    told = say("checks_told", rules=len(rules) - len(off), features=f"{features:,}", issues=f"{len(issues):,}")
    parts: list[Part] = [Words(told)]
    if off:
        parts.append(Words(say("checks_off", rules=say.comma.join(off)), "soft"))
    if not issues:
        return parts
    counts = Counter(issue.rule for issue in issues)
    severity = {issue.rule: issue.severity for issue in issues}
    order = {name: i for i, name in enumerate(("error", "warning", "hint"))}
    names = sorted(counts, key=lambda name: (order.get(severity[name], 9), -counts[name], name))
    rows: list[tuple[Cell, ...]] = [
        (say(f"severity_{severity[name]}"), rules[name].title(language), name, float(counts[name])) for name in names
    ]
    rows.append((say("sum"), "", "", float(len(issues))))
    columns = (Column(say("severity")), Column(say("rule")), Column(say("rule_name")), Column(say("count"), "whole"))
    parts.append(Grid("checks", say("checks_table"), columns, tuple(rows), total=True, note=say("checks_note")))
    by_area = Counter(place or say("nowhere") for place in places)
    rows = [(name, float(count)) for name, count in sorted(by_area.items(), key=lambda pair: (-pair[1], pair[0]))]
    parts.append(
        Grid("checks_areas", say("checks_areas"), (Column(say("area")), Column(say("count"), "whole")), tuple(rows))
    )
    return parts


def _completeness(scope: Scope, say: Speech) -> list[Part]:
    rows: list[tuple[Cell, ...]] = []
    for name, fields in KEY_FIELDS.items():
        if name not in scope.catalogue:
            continue
        cls = scope.catalogue[name]
        if not (name == "area" or len(scope.columns(name))):
            continue
        wanted = [field for field in fields if cls.has_field(field)]
        found = scope.columns(name, wanted)
        for field_name in wanted:
            field = cls.field(field_name)
            filled = int(_filled(found.fields[field_name], field).sum())
            rows.append(
                (
                    cls.label.text(say.language), field.label.text(say.language), float(len(found)), float(filled),
                    filled / len(found) if len(found) else None,
                )
            )  # fmt: skip
    if not rows:
        return []
    columns = (
        Column(say("class")), Column(say("field")), Column(say("count"), "whole"), Column(say("filled"), "whole"),
        Column(say("completeness"), "share"),
    )  # fmt: skip
    return [Grid("completeness", say("completeness_table"), columns, tuple(rows), note=say("completeness_note"))]


def _filled(values: NDArray[Any], field: Field) -> NDArray[np.bool_]:
    """Which cells say something, by the fixed forms of columns."""
    if field.type == "ref":
        return np.asarray(values != 0, bool)
    if values.dtype.kind == "f":
        return np.asarray(~np.isnan(values), bool)
    return np.array([value is not None and value != "" for value in values], bool)


def _dates(scope: Scope, say: Speech) -> list[Part]:
    counts = scope.counts
    rows = tuple(
        (cls.label.text(say.language), float(counts[cls.name]), scope.newest(cls.name)[:10])
        for cls in sorted(scope.catalogue, key=lambda cls: cls.order)
        if counts.get(cls.name) and cls.visible
    )
    columns = (Column(say("class")), Column(say("count"), "whole"), Column(say("newest")))
    return [Grid("dates", say("dates_table"), columns, rows, note=say("dates_note"))] if rows else []


def changes(scope: Scope, say: Speech, since: str, progress: Progress) -> Section:
    """What was edited since a day (local time), newest first. Raises Refusal ``history.bad_date``."""
    search = scope.session.search_history(HistoryFilter(since=utc_moment(since)))
    entries = []
    while not search.ended:
        entries += search.page(_PAGE, progress)
    label = {cls.name: cls.label.text(say.language) for cls in scope.catalogue}
    rows: list[tuple[Cell, ...]] = []
    for entry in entries:
        touched = say.comma.join(f"{label.get(name, name)} {count:,}" for name, count in entry.counts.items())
        state = say("undone" if entry.undone else "in_force")
        rows.append((float(entry.seq), local_time(entry.at), entry.author, entry.text(say.language), touched, state))
    if not rows:
        return Section("changes", say("changes"), (Words(say("no_changes", since=since)),))
    by_author = Counter(entry.author for entry in entries if not entry.undone)
    authors: tuple[tuple[Cell, ...], ...] = tuple((name, float(count)) for name, count in by_author.most_common())
    columns = (
        Column(say("number"), "whole"), Column(say("when")), Column(say("who")), Column(say("what")),
        Column(say("touched")), Column(say("state")),
    )  # fmt: skip
    parts: list[Part] = [Words(say("changes_told", since=since, count=f"{len(rows):,}"))]
    if authors:
        parts.append(
            Grid("authors", say("authors_table"), (Column(say("who")), Column(say("edits"), "whole")), authors)
        )
    parts.append(Grid("changes", say("changes_table"), columns, tuple(rows)))
    return Section("changes", say("changes"), tuple(parts))


def definitions(scope: Scope, say: Speech, targets: TargetSet) -> Section:
    """The appendix that says how every figure is meant."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (one.label.text(say.language), f"≥ {one.target:g} {one.unit}", one.definition.text(say.language))
        for one in targets.indicators
    )
    columns = (Column(say("indicator")), Column(say("target")), Column(say("definition")))
    terms = ("area", "people", "probability", "band", "interval", "gap", "stale", "middle", "length", "crs")
    crs = scope.session.crs
    code = crs.to_epsg()
    points = tuple(say(f"term_{term}", crs=f"EPSG:{code}" if code else crs.name) for term in terms)
    return Section(
        "definitions",
        say("definitions"),
        (
            Grid("definitions", say("definitions_table"), columns, rows),
            Words(
                say("targets_source", label=targets.label.text(say.language), source=targets.source.text(say.language)),
                "soft",
            ),
            Words(say("terms")),
            Points(points),
        ),
    )
