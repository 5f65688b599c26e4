"""One coverage analysis of a project: snapshot, prediction, result files, and the run that records it all.

A run keeps its files under ``<project>.files/runs/<key>/``: ``coverage.tif`` (levels, project CRS) and ``areas.json``
(the summary). It is re-openable; it is stale when the features it was made from have changed since.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from gis.coverage.classes import LevelClass, level_classes, technology
from gis.coverage.regions import SUMMED_FIELDS, Regions
from gis.coverage.results import Note
from gis.errors import Language, Refusal
from gis.exchange.geopackage import export_coverage
from gis.exchange.geotiff import export_classes, export_levels
from gis.geometry.columns import BBox, Columns
from gis.progress import Progress
from gis.project.runs import Run
from gis.project.tunings import tunings
from gis.radio.analysis import BUILDING_FIELDS, KINDS, STANDARD_LAYERS, Inputs, Wish, analyse, reach_m
from gis.radio.cells import FIELDS as CELL_FIELDS
from gis.radio.hotspots import FIELDS as HOTSPOT_FIELDS
from gis.radio.models import AUTO

if TYPE_CHECKING:
    from gis.project.session import Session

TRANSMITTERS = {"wifi": "wifi_hotspot", "cells": "cell"}
_FIELDS: dict[str, Sequence[str]] = {"wifi": HOTSPOT_FIELDS, "cells": CELL_FIELDS}
RASTER, SUMMARY = "coverage", "areas"  # the keys of Run.files


def run_analysis(
    session: Session,
    kind: str,
    *,
    area: str | None = None,
    technology: str | None = None,
    owner: str | None = None,
    resolution_m: float | None = None,
    threshold_dbm: float | None = None,
    free_only: bool = True,
    model: str = AUTO,
    receiver_height_m: float | None = None,
    load: float | None = None,
    layers: Sequence[str] = STANDARD_LAYERS,
    progress: Progress | None = None,
) -> Run:
    """Predict ``wifi`` or ``cells`` coverage, write its files and record the run; gives it back with its id.

    None leaves a choice to the program: all areas, any of 3G/4G/5G, every operator, a fitting resolution, the
    technology's own threshold, each technology's model and load. ``layers``: what is written beside the levels
    (``gis.radio.analysis.LAYERS``), each a file of the run by its name. Equal inputs give equal arrays. When anything
    goes wrong or the user cancels, nothing is left behind. Refusals: those of ``gis.radio.analysis.analyse``,
    ``radio.no_kind``, ``storage.opened_readonly``.
    """
    if kind not in KINDS:
        raise Refusal("radio.no_kind", kind=kind, known=", ".join(KINDS))
    if session.readonly:
        raise Refusal("storage.opened_readonly", file=str(session.path))
    wish = Wish(
        kind, area, technology, owner, resolution_m, threshold_dbm, free_only, model, receiver_height_m, load,
        tuple(layers), tunings(session) if model == "tuned" else {},
    )  # fmt: skip
    started, clock = datetime.now().astimezone(), time.perf_counter()
    inputs, version = inputs_of(session, wish, progress)
    key = f"{started:%Y%m%dT%H%M%S}-{kind}-{secrets.token_hex(3)}"
    runs = session.attachments_folder() / "runs"
    part, final = runs / f".{key}", runs / key
    try:
        part.mkdir(parents=True)
        result = analyse(inputs, wish, part / "coverage.tif", progress)
        summary = result.summary()
        (part / "areas.json").write_text(json.dumps(summary, ensure_ascii=False, indent=1), "utf-8")
        run = Run(
            id=None,
            kind=kind,
            name=_name(wish, summary),
            params=asdict(wish),
            input_version=version,
            seed=0,  # nothing here is drawn at random
            started_at=started.isoformat(timespec="seconds"),
            duration_s=round(time.perf_counter() - clock, 3),
            summary=summary,
            files={
                **{name: f"runs/{key}/{name}.tif" for name in result.layers},
                SUMMARY: f"runs/{key}/areas.json",
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


def run_file(session: Session, run: Run, key: str = RASTER) -> Path:
    """Where one of the run's files lies; Refusal ``coverage.no_raster`` when it is gone."""
    path: Path = session.attachments_folder() / run.files[key]
    if not path.is_file():
        raise Refusal("coverage.no_raster", path=str(path), reason="–")
    return path


def run_classes(run: Run) -> tuple[LevelClass, ...]:
    """The classes of level in which this run's raster is shown, strongest first."""
    return level_classes(run.summary["technology"], run.summary["level_threshold"])


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
    """Write the run's areas with their figures, and the covered ground, as a GeoPackage.

    Refusal ``exchange.cannot_write``. Areas deleted since the run are left out: their boundary is no longer known.
    """
    _refuse_project(session, target)
    export_coverage(target, run_areas(session, run), run_file(session, run), run_classes(run), language, progress)
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
            found = snapshot.columns("building", BUILDING_FIELDS, bbox=near)
            buildings = found if len(found) else None
        return Inputs(transmitters, areas, premises, session.crs.to_wkt(), buildings), snapshot.version


def _name(wish: Wish, summary: dict[str, Any]) -> str:
    """A name in no language, for lists outside the window."""
    parts = [summary["technology"], wish.area, wish.owner, f"{summary['resolution_m']:g} m"]
    return " ".join(part for part in parts if part)


def _refuse_project(session: Session, target: Path) -> None:
    """An export must never touch the live project file (its locks would be lost)."""
    if target.exists() and os.path.samefile(target, session.path):
        raise Refusal("exchange.cannot_write", file=str(target), reason="project")
