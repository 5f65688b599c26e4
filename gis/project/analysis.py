"""One coverage analysis of a project: snapshot, prediction, result files, and the run that records it all.

A run keeps its files under ``<project>.files/runs/<key>/``: ``coverage.tif`` (levels, project CRS) and ``areas.json``
(the summary). It is re-openable; it is stale when the features it was made from have changed since.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from gis.coverage.classes import LevelClass, level_classes, technology
from gis.coverage.gaps import read_gaps
from gis.coverage.layers import LayerLook, layer_look
from gis.coverage.regions import SUMMED_FIELDS, Regions
from gis.coverage.results import Note
from gis.errors import Language, Refusal
from gis.exchange.coverage_book import write_coverage_book
from gis.exchange.geopackage import export_coverage
from gis.exchange.geotiff import export_classes, export_levels
from gis.geometry.columns import BBox, Columns
from gis.progress import Progress
from gis.project.antennas import pattern_file
from gis.project.runs import Run
from gis.project.tunings import tunings
from gis.radio.analysis import (
    BUILDING_FIELDS,
    GAPS_FILE,
    KINDS,
    PLACE_FIELDS,
    ROAD_FIELDS,
    Inputs,
    Wish,
    analyse,
    reach_m,
)
from gis.radio.antenna_files import read_pattern
from gis.radio.cells import FIELDS as CELL_FIELDS
from gis.radio.distribution import scheduler as distributed
from gis.radio.hotspots import FIELDS as HOTSPOT_FIELDS
from gis.radio.patterns import Pattern
from gis.radio.terrain import cover_schemes

if TYPE_CHECKING:
    from gis.project.session import Session

log = logging.getLogger(__name__)
TRANSMITTERS = {"wifi": "wifi_hotspot", "cells": "cell"}
_FIELDS: dict[str, Sequence[str]] = {"wifi": HOTSPOT_FIELDS, "cells": CELL_FIELDS}
_SENSIBLE = {
    "load": (0.0, 1.0, "负载", "load"),
    "receiver_height_m": (0.5, 500.0, "接收高度", "receiver height"),
    "confidence": (0.01, 0.99, "置信度", "confidence"),
    "thresholds": (-150.0, 60.0, "门限", "threshold"),
    "grid_m": (10.0, 100_000.0, "统计格网", "grid of squares"),
    "handover_db": (0.0, 30.0, "切换带电平差", "difference that makes a handover zone"),
    "pollution_db": (0.0, 30.0, "导频污染电平差", "difference that makes pilot pollution"),
    "pollution_servers": (2.0, 20.0, "导频污染小区数", "number of cells that makes pilot pollution"),
    "lapse_rate": (-100.0, 150.0, "折射率梯度 ΔN", "lapse rate of refractivity ΔN"),
    "refractivity": (200.0, 500.0, "海平面折射率 N₀", "sea-level refractivity N₀"),
    "pollution_dbm": (-150.0, 60.0, "导频污染电平门限", "level that makes pilot pollution"),
}
RASTER, SUMMARY, GAPS = "coverage", "areas", "gaps"  # the keys of Run.files


def run_analysis(
    session: Session,
    kind: str,
    *,
    scheduler: str | None = None,
    progress: Progress | None = None,
    **choices: Any,
) -> Run:
    """Predict ``wifi`` or ``cells`` coverage, write its files and record the run; gives it back with its id.

    ``choices``: fields of ``gis.radio.analysis.Wish`` by name; what is not given, or None, the program chooses. Each of
    ``layers`` is a file of the run by its name. ``scheduler``: the address of a dask.distributed scheduler that does
    the work (``gis.radio.distribution``). Equal inputs give equal arrays. When anything goes wrong or the user cancels,
    nothing is left behind. Refusals: those of ``wish_of``, ``gis.radio.analysis.analyse`` and
    ``gis.radio.distribution.scheduler``, ``storage.opened_readonly``.
    """
    wish = wish_of(session, kind, **choices)
    if session.readonly:
        raise Refusal("storage.opened_readonly", file=str(session.path))
    started, clock = datetime.now().astimezone(), time.perf_counter()
    inputs, version = inputs_of(session, wish, progress)
    key = f"{started:%Y%m%dT%H%M%S}-{kind}-{secrets.token_hex(3)}"
    runs = session.attachments_folder() / "runs"
    part, final = runs / f".{key}", runs / key
    try:
        part.mkdir(parents=True)
        with nullcontext() if scheduler is None else distributed(scheduler) as elsewhere:
            result = analyse(inputs, wish, part / "coverage.tif", progress, elsewhere)
        summary = result.summary()
        (part / "areas.json").write_text(json.dumps(summary, ensure_ascii=False, indent=1), "utf-8")
        run = Run(
            id=None,
            kind=kind,
            name=_name(wish, summary),
            params=json.loads(json.dumps(asdict(wish))),
            input_version=version,
            seed=0,  # nothing here is drawn at random
            started_at=started.isoformat(timespec="seconds"),
            duration_s=round(time.perf_counter() - clock, 3),
            summary=summary,
            files={
                **{name: f"runs/{key}/{name}.tif" for name in result.layers},
                SUMMARY: f"runs/{key}/areas.json",
                GAPS: f"runs/{key}/{GAPS_FILE}",
            },
        )
        os.rename(part, final)
        return session.run(session.save_run(run))
    except OSError as error:
        shutil.rmtree(final, ignore_errors=True)
        raise Refusal("coverage.cannot_write", path=str(part), reason=str(error)) from error
    except BaseException:
        shutil.rmtree(final, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def wish_of(session: Session, kind: str, **choices: Any) -> Wish:
    """A wish with what the project keeps for it: the calibrations where the model is "tuned".

    Refusals ``radio.no_kind``, ``radio.no_status``, ``radio.bad_choice`` for a number that makes no sense.
    """
    if kind not in KINDS:
        raise Refusal("radio.no_kind", kind=kind, known=", ".join(KINDS))
    given = {name: value for name, value in choices.items() if value is not None}
    for name, value in given.items():
        if isinstance(value, list):
            given[name] = tuple(value)
    wish = Wish(kind, **given)
    known = [code.value for code in session.catalogue[TRANSMITTERS[kind]].field("status").codes]
    for status in wish.statuses:
        if status not in known:
            raise Refusal("radio.no_status", status=status, known=", ".join(known))
    if wish.land_cover_scheme not in (None, *cover_schemes()):
        raise Refusal(
            "radio.no_cover_scheme", scheme=wish.land_cover_scheme, known=", ".join(cover_schemes())
        )  # fmt: skip
    for name, (low, high, zh, en) in _SENSIBLE.items():
        value = getattr(wish, name)
        for number in value if isinstance(value, tuple) else () if value is None else (value,):
            if not low <= number <= high:  # NaN too
                raise Refusal("radio.bad_choice", what_zh=zh, what_en=en, value=number, minimum=low, maximum=high)
    if wish.model == "tuned" and not wish.tunings:
        wish = replace(wish, tunings=tunings(session))
    return wish


def run_file(session: Session, run: Run, key: str = RASTER) -> Path:
    """Where one of the run's files lies; Refusal ``coverage.no_raster`` when it is gone."""
    path: Path = session.attachments_folder() / run.files[key]
    if not path.is_file():
        raise Refusal("coverage.no_raster", path=str(path), reason="–")
    return path


def run_classes(run: Run) -> tuple[LevelClass, ...]:
    """The classes of level in which this run's raster is shown, strongest first."""
    return level_classes(run.summary["technology"], run.summary["level_threshold"])


def run_layers(run: Run) -> tuple[str, ...]:
    """The raster layers that the run has written, the level first."""
    return tuple(run.summary.get("layers", (RASTER,)))


def run_look(run: Run, name: str = RASTER) -> LayerLook:
    """How one of the run's layers is shown: name, unit, classes with colours."""
    summary = run.summary
    least = next((case["value"] for case in summary.get("zones", ()) if case["kind"] == "pollution"), 0)
    servers = len(summary.get("servers", ()))
    return layer_look(name, summary["technology"], summary["level_threshold"], servers, int(least))


def run_notes(run: Run, language: Language = "zh") -> list[str]:
    """What a reader of the run has to know, the model first."""
    entries = [run.summary["model"], *run.summary["notes"]]
    return [Note.from_json(entry).text(language) for entry in entries]


def run_title(run: Run, language: Language = "zh") -> str:
    """What the run shows, in a few words: "4G LTE ≥ −105 dBm"."""
    kind = technology(run.summary["technology"])
    threshold = run.summary["threshold_dbm"]
    title = kind.label.text(language)
    return title if threshold is None else f"{title} ≥ {threshold:g} dBm".replace("-", "−")


def export_run_geotiff(
    session: Session,
    run: Run,
    target: Path,
    *,
    colored: bool = False,
    language: Language = "zh",
    progress: Progress | None = None,
) -> Path:
    """Write the run's levels, or its classes with their colours, as a GeoTIFF; Refusal ``exchange.cannot_write``."""
    source = run_file(session, run)
    if colored:
        export_classes(source, target, run_classes(run), language, progress)
    else:
        export_levels(source, target)
    return target


def export_run_geopackage(
    session: Session, run: Run, target: Path, *, language: Language = "zh", progress: Progress | None = None
) -> Path:
    """Write the run's areas with their figures, the covered ground and the gaps, as a GeoPackage.

    Refusal ``exchange.cannot_write``. Areas deleted since the run are left out: their boundary is no longer known.
    """
    _refuse_project(session, target)
    gaps = run_gaps(session, run)
    export_coverage(target, run_areas(session, run), run_file(session, run), run_classes(run), language, progress, gaps)
    return target


def run_gaps(session: Session, run: Run) -> gpd.GeoDataFrame | None:
    """The outlines of the run's gaps by rank, in the project's CRS; None for a run of before there were any."""
    return read_gaps(run_file(session, run, GAPS)) if GAPS in run.files else None


def export_run_book(session: Session, run: Run, target: Path, *, language: Language = "zh") -> Path:
    """Write all statistics of the run as a workbook (XLSX); Refusal ``exchange.cannot_write``."""
    _refuse_project(session, target)
    write_coverage_book(
        target, run.summary, run_title(run, language), run_notes(run, language), session.catalogue, language
    )
    return target


def run_areas(session: Session, run: Run) -> gpd.GeoDataFrame:
    """The run's rows by area, with the areas' boundaries of today, in the project's CRS."""
    rows: dict[int, dict[str, Any]] = {row["id"]: row for row in run.summary["areas"]}
    found = session.columns("area", [], ids=np.array(sorted(rows), np.int64))
    records = [rows[int(key)] for key in found.ids]
    order = {key: place for place, key in enumerate(rows)}
    frame = gpd.GeoDataFrame(
        records, geometry=list(found.geometry if found.geometry is not None else []), crs=session.crs
    )
    return frame.iloc[np.argsort([order[int(key)] for key in found.ids])] if len(frame) else frame


def inputs_of(session: Session, wish: Wish, progress: Progress | None) -> tuple[Inputs, int]:
    """All rows of one snapshot that an analysis of ``wish`` reads, and the snapshot's version."""
    if progress is not None:
        progress.step(0, 0, "coverage.reading")
    with session.reading() as snapshot:
        transmitters = snapshot.columns(TRANSMITTERS[wish.kind], _FIELDS[wish.kind])
        areas = snapshot.columns("area", SUMMED_FIELDS)
        bbox: BBox | None = Regions.of(areas).within(wish.area).bbox if wish.area is not None else None
        premises = snapshot.columns("premises", ["kind", "households"], bbox=bbox)
        buildings: Columns | None = None
        if wish.ground:
            near: BBox | None = None
            if bbox is not None:
                reach = reach_m(wish)
                near = (bbox[0] - reach, bbox[1] - reach, bbox[2] + reach, bbox[3] + reach)
            buildings = _some(snapshot.columns("building", BUILDING_FIELDS, bbox=near))
        roads = _some(snapshot.columns("road", ROAD_FIELDS, bbox=bbox))
        places = _some(snapshot.columns("premises", PLACE_FIELDS, bbox=bbox, where="kind <> 'home'"))
        version = snapshot.version
    patterns = _patterns(session, transmitters)
    crs = session.crs.to_wkt()
    return Inputs(transmitters, areas, premises, crs, buildings, roads, places, patterns), version


def _some(columns: Columns) -> Columns | None:
    return columns if len(columns) else None


def _patterns(session: Session, transmitters: Columns) -> dict[str, Pattern]:
    """The antennas whose files are named and can be read; runs tell of the others."""
    found = {}
    names = transmitters.fields.get("pattern_file", np.empty(0, object))
    for name in sorted({str(name) for name in names if name}):
        file = pattern_file(session, name)
        if file is not None:
            try:
                found[name] = read_pattern(file)
            except Refusal as refusal:
                log.warning("%s", refusal.message("en"))
    return found


def _name(wish: Wish, summary: dict[str, Any]) -> str:
    """A name in no language, for lists outside the window."""
    parts = [summary["technology"], wish.area, wish.owner, f"{summary['resolution_m']:g} m"]
    return " ".join(part for part in parts if part)


def _refuse_project(session: Session, target: Path) -> None:
    """An export must never touch the live project file (its locks would be lost)."""
    if target.exists() and os.path.samefile(target, session.path):
        raise Refusal("exchange.cannot_write", file=str(target), reason="project")
