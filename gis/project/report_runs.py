"""What a report says of one coverage run: map, figures by every way of counting, and how it was computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gis.cartography.sheets.city import area_figures
from gis.cartography.sheets.specification import Chart, Series
from gis.coverage.classes import technology
from gis.project.analysis import run_layers, run_look, run_notes, run_title
from gis.project.history_words import local_time
from gis.project.report_parts import (
    Cell,
    Column,
    Diagram,
    Facts,
    Grid,
    MapPage,
    Part,
    Points,
    Section,
    Speech,
    Words,
)
from gis.project.report_scope import Scope
from gis.project.runs import Run

_SHARES = ("area_share", "population_share", "households_share", "premises_share", "road_share")
_PLACES_SHOWN, _GAPS_SHOWN, _SQUARES_SHOWN = 40, 30, 40
_PATHS = ("terrain", "surface", "land_cover")


def coverage(scope: Scope, say: Speech, runs: Sequence[Run]) -> Section:
    """The chapter on coverage, a section a run."""
    if not runs:
        return Section("coverage", say("coverage"), (Words(say("no_runs"), "advice"),))
    rows = tuple(_overview(scope, run, say) for run in runs)
    columns = (
        Column(say("run"), "whole"), Column(say("result")), Column(say("area")), Column(say("of_area"), "share"),
        Column(say("of_people"), "share"), Column(say("of_roads"), "share"), Column(say("date")), Column(say("state")),
    )  # fmt: skip
    overview = Grid("runs", say("runs_table"), columns, rows, note=say("runs_note"))
    return Section("coverage", say("coverage"), (overview,), tuple(_run(scope, run, say) for run in runs))


def _overview(scope: Scope, run: Run, say: Speech) -> tuple[Cell, ...]:
    whole = _whole(scope, run)
    state = say("stale") if scope.session.is_stale(run) else say("current")
    return (
        float(run.id or 0), run_title(run, say.language), _where(scope, run, say), whole.get("area_share"),
        whole.get("population_share"), whole.get("road_share"), run.started_at[:10], state,
    )  # fmt: skip


def _whole(scope: Scope, run: Run) -> Mapping[str, Any]:
    """The figures of the scope: its row in a run of more than it, else all that the run tells."""
    summary, place = run.summary, scope.of_run(run)
    if place is not None and _wider(scope, run):
        shares = {
            key: (summary.get("main") or {"areas": {}})["areas"].get(key, [None] * (place + 1))[place]
            for key in _SHARES
        }
        return {**shares, **summary["areas"][place]}
    main = summary.get("main")
    return {**(summary.get("headline") or {}), **(main["whole"] if main else {})}


def _wider(scope: Scope, run: Run) -> bool:
    """Whether a run tells of more than the area that the report is about."""
    area = run.params.get("area")
    return scope.area is not None and area != scope.area and str(area) not in {str(c) for c in scope.regions.code}


def _figures(scope: Scope, run: Run) -> tuple[list[Mapping[str, Any]], Mapping[str, Any] | None]:
    """The rows of the parts that are told, and the one of the whole."""
    if not _wider(scope, run):
        return area_figures(run)
    rows = {row["id"]: row for row in run.summary.get("areas", ())}
    parts = [rows[key] for key in scope.regions.ids[scope.parts].tolist() if key in rows]
    return parts, None if scope.whole is None else rows.get(int(scope.regions.ids[scope.whole]))


def _where(scope: Scope, run: Run, say: Speech) -> str:
    code = run.params.get("area")
    if code is None:
        return say("everything")
    row = next((row for row in run.summary.get("areas", ()) if row["code"] == code), None)
    return str(row["name"] or code) if row else str(code)


def _run(scope: Scope, run: Run, say: Speech) -> Section:
    summary = run.summary
    parts: list[Part] = []
    if scope.session.is_stale(run):
        parts.append(Words(say("stale_told"), "advice"))
    parts.append(Words(_told(scope, run, say)))
    if "coverage" in run.files and (scope.session.attachments_folder() / run.files["coverage"]).is_file():
        wider = _wider(scope, run)
        parts.append(MapPage("coverage", run, *((scope.extent, scope.place) if wider else ())))
    else:
        parts.append(Words(say("raster_gone"), "advice"))
    parts += _areas(scope, run, say)
    if "main" in summary:
        parts.append(_cases(scope, run, say))
        parts += _areas_cases(scope, run, say)
        if _wider(scope, run):
            parts.append(Words(say("wider_told"), "soft"))
        else:
            parts += [*_operators(scope, run, say), *_roads(scope, run, say), *_squares(run, say)]
            parts += _sharing(scope, run, say)
        parts += [*_places(scope, run, say), *_gaps(scope, run, say)]
    parts.append(_facts(scope, run, say))
    parts.append(Words(say("method_notes")))
    parts.append(Points(tuple(run_notes(run, say.language))))
    title = say("run_section", id=run.id, title=run_title(run, say.language), area=_where(scope, run, say))
    return Section(f"run-{run.id}", title, tuple(parts), break_before=True)


def _told(scope: Scope, run: Run, say: Speech) -> str:
    whole = _whole(scope, run)
    texts = dict(zip(_SHARES, (_percent(whole.get(key), say) for key in _SHARES), strict=True))
    sites = int(run.summary.get("sites") or 0)
    return say("run_told", sites=f"{sites:,}", resolution=f"{float(run.summary['resolution_m']):g}", **texts)


def _percent(value: Any, say: Speech) -> str:
    if value is None:
        return say("unknown")
    share = 100.0 * float(value)
    return f"{share:.{2 if 0 < share < 1 else 1}f} %"


def _areas(scope: Scope, run: Run, say: Speech) -> list[Part]:
    """The parts of what was analysed, with a chart; the smaller areas stand in the appendix."""
    rows, total = _figures(scope, run)
    if not rows and total is None:
        return [Words(say("no_areas"), "advice")]
    listed = [*rows, *([{**total, "name": total.get("name") or say("sum")}] if total else [])]
    names = tuple(str(row.get("name") or row.get("code") or "") for row in rows)
    chart = Chart(
        say("shares_chart"),
        names,
        (
            Series(say("of_area"), tuple(_hundred(row.get("area_share")) for row in rows)),
            Series(say("of_people"), tuple(_hundred(row.get("population_share")) for row in rows)),
        ),
        "%",
    )
    return [
        Grid(
            f"run-{run.id}-areas",
            say("areas_table"),
            _area_columns(say),
            tuple(_area_row(r) for r in listed),
            total is not None,
        ),
        *([Diagram(chart)] if len(rows) > 1 else []),
    ]


def _area_columns(say: Speech) -> tuple[Column, ...]:
    return (
        Column(say("area")), Column(say("area_km2"), "number"), Column(say("covered_km2"), "number"),
        Column(say("of_area"), "share"), Column(say("people"), "whole"), Column(say("people_covered"), "whole"),
        Column(say("of_people"), "share"), Column(say("sites"), "whole"),
    )  # fmt: skip


def _area_row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    people, share = row.get("population"), row.get("population_share")
    covered = row.get("population_covered")
    if covered is None and people is not None and share is not None:
        covered = people * share
    return (
        str(row.get("name") or row.get("code") or ""), float(row.get("area_m2") or 0.0) / 1e6,
        float(row.get("covered_m2") or 0.0) / 1e6, row.get("area_share"), people, covered, share,
        float(row.get("sites") or 0),
    )  # fmt: skip


def _hundred(share: Any) -> float | None:
    return None if share is None else 100.0 * float(share)


def _all_cases(summary: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    band = summary["band"]
    return [
        *summary["thresholds"], *summary["confidence"], summary["expected"], band["low"], band["high"],
        *summary.get("zones", ()),
    ]  # fmt: skip


def case_text(run: Run, case: Mapping[str, Any], say: Speech) -> str:
    """One way of saying "covered", in words."""
    kind, value = case["kind"], float(case["value"])
    if kind == "threshold":
        main = value == run.summary["level_threshold"]
        text = f"≥ {value:g} {run.summary['unit']}".replace("-", "−")
        return say("case_main", text=text) if main else text
    return say(f"case_{kind}", value=f"{value * 100 if kind == 'confidence' else abs(value):g}")


def _cases(scope: Scope, run: Run, say: Speech) -> Grid:
    place = scope.of_run(run) if _wider(scope, run) else None
    columns = (Column(say("case")), Column(say("extent")), *_share_columns(say))
    title, note = say("cases_table"), say("cases_note")
    if place is not None:
        own = [
            (case_text(run, case, say), scope.place, *(case["areas"][key][place] for key in _SHARES))
            for case in _all_cases(run.summary)
        ]
        return Grid(f"run-{run.id}-cases", title, columns, tuple(own), note=note)
    rows = [
        (case_text(run, case, say), say(extent), *(case[extent][key] for key in _SHARES))
        for case in _all_cases(run.summary)
        for extent in ("whole", "urban")
        if case[extent] is not None
    ]
    return Grid(f"run-{run.id}-cases", title, columns, tuple(rows), note=note)


def _share_columns(say: Speech) -> tuple[Column, ...]:
    return tuple(Column(say(f"of_{name}"), "share") for name in ("area", "people", "households", "premises", "roads"))


def _areas_cases(scope: Scope, run: Run, say: Speech) -> list[Part]:
    """Share of ground, then of people, of the parts at every threshold and probability."""
    summary = run.summary
    chosen, _total = _figures(scope, run)
    place = {row["id"]: i for i, row in enumerate(summary["areas"])}
    cases = [case for case in _all_cases(summary) if case["kind"] in ("threshold", "confidence")]
    if len(chosen) < 2 or len(cases) < 2:
        return []
    made: list[Part] = []
    for key, name in (("area_share", "of_area"), ("population_share", "of_people")):
        rows = tuple(
            (str(row.get("name") or row.get("code") or ""), *(case["areas"][key][place[row["id"]]] for case in cases))
            for row in chosen
        )
        columns = (Column(say("area")), *(Column(case_text(run, case, say), "share") for case in cases))
        made.append(Grid(f"run-{run.id}-{key}", say("areas_cases", what=say(name)), columns, rows))
    return made


def _operators(scope: Scope, run: Run, say: Speech) -> list[Part]:
    found = run.summary.get("operators")
    if not found:
        return []
    label = scope.catalogue["cell"].field("owner").code_label
    keys = ("area_share", "population_share", "road_share")
    last = found["exactly"][-1]["number"]
    rows: list[tuple[Cell, ...]] = [
        (
            say("operators_more" if row["number"] == last else "operators_exactly", number=row["number"]),
            *(row[key] for key in keys),
        )
        for row in found["exactly"]
    ]
    rows += [(label(case["owner"], say.language), *(case["whole"][key] for key in keys)) for case in found["each"]]
    columns = (Column(say("operators")), *(Column(say(f"of_{name}"), "share") for name in ("area", "people", "roads")))
    return [Grid(f"run-{run.id}-operators", say("operators_table"), columns, tuple(rows), note=say("operators_note"))]


def _roads(scope: Scope, run: Run, say: Speech) -> list[Part]:
    if not run.summary.get("roads"):
        return []
    label = scope.catalogue["road"].field("road_class").code_label
    rows = [
        (
            label(row["road_class"], say.language) if row["road_class"] else say("unknown"), row["length_m"] / 1000.0,
            row["covered_m"] / 1000.0, row["share"], row["expected_m"] / 1000.0,
        )
        for row in run.summary["roads"]
    ]  # fmt: skip
    length, covered = sum(row[1] for row in rows), sum(row[2] for row in rows)
    rows.append((say("sum"), length, covered, covered / length if length else None, sum(row[4] for row in rows)))
    columns = (
        Column(say("road_class")), Column(say("length_km"), "number"), Column(say("covered_km"), "number"),
        Column(say("of_roads"), "share"), Column(say("expected_km"), "number"),
    )  # fmt: skip
    return [Grid(f"run-{run.id}-roads", say("roads_table"), columns, tuple(rows), total=True)]


def _places(scope: Scope, run: Run, say: Speech) -> list[Part]:
    """Kinds of listed places, and by name those that are not covered."""
    found = run.summary.get("places") or {}
    label = scope.catalogue["premises"].field("kind").code_label
    made: list[Part] = []
    wider, within = _wider(scope, run), set(scope.regions.ids.tolist())
    if found.get("kinds") and not wider:
        rows: list[tuple[Cell, ...]] = [
            (label(row["kind"], say.language), float(row["count"]), float(row["covered"]), row["share"])
            for row in found["kinds"]
        ]
        count, covered = (sum(row[key] for row in found["kinds"]) for key in ("count", "covered"))
        rows.append((say("sum"), float(count), float(covered), covered / count if count else None))
        columns = (
            Column(say("place_kind")), Column(say("count"), "whole"), Column(say("covered"), "whole"),
            Column(say("share"), "share"),
        )  # fmt: skip
        made.append(Grid(f"run-{run.id}-place-kinds", say("places_table"), columns, tuple(rows), total=True))
    bare = [
        place for place in found.get("listed", ()) if not place["covered"] and (not wider or place["area"] in within)
    ]
    if bare:
        areas = {row["id"]: str(row["name"] or row["code"] or "") for row in run.summary.get("areas", ())}
        named = any(p["name"] for p in bare)  # a column that says nothing is left out
        heads = (
            Column(say("place_kind")), Column(say("code")), *([Column(say("name"))] if named else []),
            Column(say("in_area")), Column(say("level"), "number"), Column(say("probability"), "share"),
        )  # fmt: skip
        listed = tuple(
            (
                label(p["kind"], say.language), p["code"] or "", *([p["name"] or ""] if named else []),
                areas.get(p["area"], "–"), p["level"], p["probability"],
            )
            for p in bare
        )  # fmt: skip
        note = say("left_out", count=found["left_out"]) if found.get("left_out") else ""
        made.append(Grid(f"run-{run.id}-bare", say("bare_table"), heads, listed, note=note, shown=_PLACES_SHOWN))
    return made


def _squares(run: Run, say: Speech) -> list[Part]:
    squares = run.summary.get("grid")
    if not squares:
        return []
    keys = ("west", "south", "area_share", "expected_share", "households", "households_share", "road_share")
    rows = sorted(zip(*(squares[key] for key in keys), strict=True), key=lambda row: (-(row[4] or 0), row[0], row[1]))
    columns = (
        Column(say("west"), "whole"), Column(say("south"), "whole"), Column(say("of_area"), "share"),
        Column(say("expected_share"), "share"), Column(say("households"), "whole"),
        Column(say("of_households"), "share"), Column(say("of_roads"), "share"),
    )  # fmt: skip
    title = say("squares_table", size=f"{float(squares['size_m']):g}")
    return [Grid(f"run-{run.id}-squares", title, columns, tuple(rows), shown=_SQUARES_SHOWN)]


def _gaps(scope: Scope, run: Run, say: Speech) -> list[Part]:
    gaps = run.summary.get("gaps") or {}
    wider, within = _wider(scope, run), set(scope.regions.ids.tolist())
    ranked = [gap for gap in gaps.get("ranked") or () if not wider or gap["area"] in within]
    if not ranked:
        return []
    rows = tuple(
        (
            float(gap["rank"]), gap["area_name"] or "–", gap["people"], gap["households"], gap["area_m2"] / 1e6,
            gap["road_m"] / 1000.0, gap["x"], gap["y"], gap["site_m"],
        )
        for gap in ranked
    )  # fmt: skip
    columns = (
        Column(say("rank"), "whole"), Column(say("in_area")), Column(say("people"), "whole"),
        Column(say("households"), "whole"), Column(say("area_km2"), "fine"), Column(say("road_km"), "fine"),
        Column("X", "whole"), Column("Y", "whole"), Column(say("site_m"), "whole"),
    )  # fmt: skip
    told = say(
        "gaps_told", found=f"{gaps['found']:,}", area=f"{gaps['area_m2'] / 1e6:,.1f}",
        smallest=f"{gaps['smallest_m2']:,.0f}",
        people=say("unknown") if gaps.get("people") is None else f"{gaps['people']:,.0f}",
    )  # fmt: skip
    return [
        *([] if wider else [Words(told)]),
        Grid(f"run-{run.id}-gaps", say("gaps_table"), columns, rows, shown=_GAPS_SHOWN),
    ]


def _sharing(scope: Scope, run: Run, say: Speech) -> list[Part]:
    found = run.summary.get("sharing")
    if not found:
        return []
    label = scope.catalogue["cell"].field("owner").code_label
    told = say(
        "sharing_told", sites=found["sites"], near=found["near"], together=found["together"],
        within=f"{found['within_m']:g}", unknown=found["unknown"],
    )  # fmt: skip
    rows = tuple(
        (label(p["owner"], say.language), label(p["other_owner"], say.language), p["distance_m"], p["x"], p["y"])
        for p in found["pairs"]
    )
    columns = (
        Column(say("owner")), Column(say("other_owner")), Column(say("distance_m"), "number"), Column("X", "whole"),
        Column("Y", "whole"),
    )  # fmt: skip
    made: list[Part] = [Words(told)]
    if rows:
        made.append(Grid(f"run-{run.id}-sharing", say("sharing_table"), columns, rows, shown=_PLACES_SHOWN))
    return made


def _facts(scope: Scope, run: Run, say: Speech) -> Facts:
    """Everything that was asked and chosen: of a run, each parameter by its name; files by their names alone."""
    summary, params = run.summary, run.params
    kind = technology(str(summary["technology"]))
    rows = [
        (say("param_id"), f"{run.id}"),
        (say("param_technology"), kind.label.text(say.language)),
        (say("param_started"), local_time(run.started_at)),
        (say("param_duration"), f"{run.duration_s:,.1f} s"),
        (say("param_version"), f"{run.input_version}"),
        (say("param_resolution_m"), f"{float(summary['resolution_m']):g} m"),
        (say("param_threshold_dbm"), _threshold(summary)),
        (say("param_sites"), f"{int(summary.get('sites') or 0):,}"),
    ]
    if "pixels" in summary:
        rows.append((say("param_pixels"), " × ".join(f"{n:,}" for n in summary["pixels"])))
    told = {"kind", "technology", "resolution_m", "threshold_dbm"}
    for key, value in params.items():
        if key in told:
            continue
        label = say(f"param_{key}")
        rows.append((key if label.startswith("report.param_") else label, _said(scope, run, key, value, say)))
    rows.append((say("param_files"), say.comma.join(Path(path).name for path in run.files.values())))
    return Facts(f"run-{run.id}-method", say("method_table"), tuple(rows))


def _threshold(summary: Mapping[str, Any]) -> str:
    threshold = summary.get("threshold_dbm")
    value = summary["level_threshold"] if threshold is None else threshold
    return f"{value:g} {summary['unit'] if threshold is None else 'dBm'}".replace("-", "−")


def _layer(run: Run, name: str, say: Speech) -> str:
    return run_look(run, name).label.text(say.language)


def _said(scope: Scope, run: Run, key: str, value: Any, say: Speech) -> str:
    if value is None or value == [] or value == {}:
        return say(
            {"area": "everything", "owner": "all"}.get(
                key, "none" if key in (*_PATHS, "tunings", "grid_m") else "by_program"
            )
        )
    if isinstance(value, bool):
        return say("yes" if value else "no")
    if value == "auto":
        return say("by_program")
    if key == "layers":
        return say.comma.join(_layer(run, name, say) for name in run_layers(run))
    if key in _PATHS:
        return Path(str(value).replace("\\", "/")).name
    if key == "statuses":
        label = scope.catalogue["cell"].field("status").code_label
        return say.comma.join(label(status, say.language) for status in value)
    if key == "owner":
        return scope.catalogue["cell"].field("owner").code_label(value, say.language)
    if key == "confidence":
        return say.comma.join(f"{100 * p:g} %" for p in value)
    if isinstance(value, list):
        return say.comma.join(f"{v:g}" if isinstance(v, float) else str(v) for v in value).replace("-", "−")
    if isinstance(value, dict):
        return say.comma.join(str(name) for name in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def tables(scope: Scope, say: Speech, runs: Sequence[Run]) -> Section:
    """The appendix with what the chapters tell in part: all areas of every run; no parts where they tell all."""
    made: list[Part] = []
    for run in runs:
        within = set(scope.regions.ids.tolist()) if _wider(scope, run) else None
        rows = [row for row in run.summary.get("areas", ()) if within is None or row["id"] in within]
        rows.sort(key=lambda row: str(row.get("code") or ""))
        shown, total = _figures(scope, run)
        if len(rows) <= len(shown) + (total is not None):
            continue
        levels = scope.catalogue["area"].field("level")
        columns = (Column(say("code")), Column(say("level_of_area")), *_area_columns(say))
        listed = tuple(
            (
                str(row.get("code") or ""),
                levels.code_label(row["level"], say.language) if row["level"] else "",
                *_area_row(row),
            )
            for row in rows
        )
        title = say("all_areas", id=run.id, title=run_title(run, say.language))
        made.append(Grid(f"run-{run.id}-all-areas", title, columns, listed))
    return Section("tables", say("tables"), tuple(made))
