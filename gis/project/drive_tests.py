"""A drive test in a project: samples matched to cells, a model's error there, and the model calibrated on it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage.grid import Grid
from gis.coverage.regions import SUMMED_FIELDS, Regions
from gis.coverage.results import Note
from gis.errors import Language, Refusal, say
from gis.geometry.columns import BBox, Columns
from gis.geometry.crs import project_crs
from gis.progress import Progress
from gis.project.drive_test_files import DriveChoices as DriveChoices
from gis.project.drive_test_files import DriveFile as DriveFile
from gis.project.drive_test_files import columns_in as columns_in
from gis.project.drive_test_files import read_drive_test as read_drive_test
from gis.project.session import Session
from gis.project.tunings import keep_tuning, tunings
from gis.radio.analysis import BUILDING_FIELDS, Inputs, Wish, air_of, plan_of, receiver_height_m, sources_of
from gis.radio.calibration import Calibration, calibrate
from gis.radio.cells import FIELDS
from gis.radio.drive_test import (
    CELL_FIELDS,
    WIFI,
    ErrorFigures,
    Links,
    Samples,
    error_figures,
    errors_by_cell,
    joined,
    links_of,
    matched,
    no_links,
)
from gis.radio.hotspots import FIELDS as HOTSPOT_RADIO
from gis.radio.land import land_of
from gis.radio.models import AUTO, PROFILED
from gis.radio.surroundings import Environments, Ground, knows_sight, uses_ground
from gis.radio.walls import WallsAround, wall_note
from gis.radio.wifi_survey import HOTSPOT_FIELDS, matched_hotspots
from gis.radio.windows import Around, Transmitter

_NO_FLOOR_DBM = -300.0
_FINEST_M, _PIXELS = 5.0, 4_000_000  # of the grid on which surroundings are known


@dataclass(frozen=True, slots=True)
class CellErrors:
    """The errors of one cell."""

    id: int
    code: str
    technology: str
    figures: ErrorFigures


@dataclass(frozen=True, slots=True)
class Comparison:
    """A drive test against a model. ``samples``: all, each with its cell and what bars it; ``links``: those compared.

    ``technology`` of each link; ``cells``: the errors by cell, most samples first; ``overall`` and ``by_technology``.
    ``barred``: how many samples are not used, by reason. ``sources``: names of the files.
    """

    model: str
    sources: tuple[str, ...]
    samples: Samples
    links: Links
    technology: NDArray[np.object_]
    cells: tuple[CellErrors, ...]
    overall: ErrorFigures
    by_technology: dict[str, ErrorFigures]
    barred: dict[str, int]
    notes: tuple[Note, ...]

    def summary(self, language: Language = "zh") -> dict[str, Any]:
        """The figures as JSON."""
        return {
            "model": self.model,
            "files": list(self.sources),
            "samples": len(self.samples),
            "used": len(self.links),
            "left_out": [
                {"reason": say(code, language), "code": code, "count": count} for code, count in self.barred.items()
            ],
            "overall": asdict(self.overall),
            "by_technology": {name: asdict(figures) for name, figures in self.by_technology.items()},
            "cells": [
                {"id": cell.id, "code": cell.code, "technology": cell.technology, **asdict(cell.figures)}
                for cell in self.cells
            ],
            "notes": [note.text(language) for note in self.notes],
        }


def together(files: Iterable[DriveFile]) -> Samples:
    """The samples of several files as one drive test; ``lines`` stay those of each file."""
    parts = [file.samples for file in files]
    return Samples(*(np.concatenate([getattr(part, name) for part in parts]) for name in Samples.__slots__))


def compare_drive_test(
    session: Session,
    files: Iterable[DriveFile],
    wish: Wish | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Match the samples to cells and predict each cell's level where it was measured.

    ``wish``: model, receiver height and what of the ground takes part; its area, technology and operator mean nothing
    here. Refusals ``radio.drive_none_usable`` and those of a prediction.
    """
    files = tuple(files)
    wish = replace(wish or Wish("cells"), area=None, owner=None, threshold_dbm=None)
    if wish.model == "tuned":
        wish = replace(wish, tunings=wish.tunings or tunings(session))
    if progress is not None:
        progress.step(0, 0, "radio.drive_predicting")
    with session.reading() as snapshot:
        cells = snapshot.columns("cell", CELL_FIELDS)
        samples = matched(together(files), cells)
        wifi = bool((samples.technology == WIFI).any())
        if wifi:
            samples = matched_hotspots(samples, snapshot.columns("wifi_hotspot", HOTSPOT_FIELDS))
        _refuse_unusable(samples)
        mobile = samples.usable & (samples.technology != WIFI)
        rows = snapshot.columns("cell", FIELDS, ids=np.unique(samples.cell[mobile]))
        heard = np.unique(samples.cell[samples.usable & ~mobile])
        hotspots = snapshot.columns("wifi_hotspot", HOTSPOT_RADIO, ids=heard)
        areas = snapshot.columns("area", SUMMED_FIELDS)
        near = _between(samples, rows, hotspots) if wish.ground else None
        found = None if near is None else snapshot.columns("building", BUILDING_FIELDS, bbox=near)
        nobody = snapshot.columns("premises", ["kind", "households"], ids=np.zeros(0, np.int64))
    buildings = found if found is not None and len(found) else None
    inputs = Inputs(rows, areas, nobody, session.crs.to_wkt(), buildings)
    parts, kinds, notes = [no_links()], [np.zeros(0, object)], []
    why = samples.why.copy()
    for name in sorted(set(samples.technology[samples.usable])):
        here = samples.usable & (samples.technology == name)
        only = replace(samples, why=np.where(here, samples.why, "other"))
        if name == WIFI:
            asked = replace(wish, kind="wifi", model=_wifi_model(wish.model), technology=None, free_only=False)
            links, barred, told = _predicted(replace(inputs, transmitters=hotspots), only, asked, progress)
        else:
            links, barred, told = _predicted(inputs, only, replace(wish, technology=name), progress)
        why[here] = barred[here]
        parts.append(links)
        kinds.append(np.full(len(links), name, object))
        notes += [note for note in told if note not in notes]
    samples = replace(samples, why=why)
    _refuse_unusable(samples)
    links = joined(parts)
    technology = np.concatenate(kinds)
    overall = error_figures(links.level_dbm, links.predicted_dbm)
    assert overall is not None
    by_technology = {}
    for name in sorted(set(technology)):
        part = links.take(technology == name)
        figures = error_figures(part.level_dbm, part.predicted_dbm)
        assert figures is not None
        by_technology[str(name)] = figures
    by_cell = sorted(
        [
            CellErrors(key, codes[key], name, figures)
            for name in by_technology
            for codes in [_codes(hotspots if name == WIFI else rows)]
            for key, figures in errors_by_cell(links.take(technology == name)).items()
        ],
        key=lambda cell: -cell.figures.count,
    )
    sources = tuple(file.path.name for file in files)
    return Comparison(
        wish.model,
        sources,
        samples,
        links,
        technology,
        tuple(by_cell),
        overall,
        by_technology,
        samples.barred(),
        tuple(notes),
    )


def calibrations(
    comparison: Comparison, *, offsets: bool = True, progress: Progress | None = None
) -> tuple[dict[str, Calibration], dict[str, Refusal]]:
    """The line of every technology that was measured, and why there is none for the others. Nothing is kept."""
    made: dict[str, Calibration] = {}
    refused: dict[str, Refusal] = {}
    for name in comparison.by_technology:
        if progress is not None:
            progress.step(0, 0, "radio.drive_fitting")
        try:
            if name == WIFI:
                raise Refusal("radio.drive_no_wifi_line")
            links = comparison.links.take(comparison.technology == name)
            made[name] = calibrate(links, name, offsets=offsets, progress=progress)
        except Refusal as refusal:
            refused[name] = refusal
    return made, refused


def keep_calibrations(session: Session, comparison: Comparison, made: dict[str, Calibration]) -> None:
    """Keep them in the project: runs with the model "tuned" use them. Refusal ``storage.opened_readonly``."""
    now = datetime.now().isoformat(timespec="seconds")
    for calibration in made.values():
        keep_tuning(session, calibration, comparison.sources, now)


def _predicted(
    inputs: Inputs, samples: Samples, wish: Wish, progress: Progress | None
) -> tuple[Links, NDArray[np.object_], tuple[Note, ...]]:
    """One technology's links, the reasons of its samples, and what a reader has to know."""
    try:
        plan = plan_of(inputs, wish)
    except Refusal as refusal:
        if refusal.code not in ("radio.no_cells", "radio.no_hotspots", "radio.all_impossible"):
            raise
        return (*links_of(samples, {}, 0.0), ())
    grid = Grid.over(*_grid_of(samples))
    environments = Environments(grid, _urban(inputs.areas))
    around: Around = environments
    transmitters = tuple(_reaching(t, samples, grid.resolution_m) for t in plan.transmitters)
    notes = list(plan.notes)
    sources = sources_of(inputs, wish)
    height = receiver_height_m(wish)
    if any(uses_ground(transmitter, sources.cover is not None) for transmitter in transmitters):
        land = land_of(grid, inputs.crs_wkt, transmitters, sources, progress)
        ground = Ground(grid, land, height, environments, progress, air=air_of(wish))
        transmitters = ground.marked(transmitters)
        notes += ground.notes(transmitters)
        around = ground
        walls = sources.buildings is not None and bool(land.standing.clutter.any())
        if wish.kind == "wifi" and walls and any(knows_sight(t) for t in transmitters):
            around = WallsAround(ground)
            notes.append(wall_note(transmitters))
    tuning = wish.tunings.get(wish.technology or "") if wish.model == "tuned" else None
    offsets = {} if tuning is None else tuning.offsets_db
    by_id = {
        t.id: (t, float(frequency), offsets.get(t.id, 0.0))
        for t, frequency in zip(transmitters, plan.frequency_mhz, strict=True)
    }
    return (*links_of(samples, by_id, height, around, grid), tuple(notes))


def _reaching(transmitter: Transmitter, samples: Samples, more_m: float) -> Transmitter:
    """As far as its samples lie, however weak: what was measured beyond the predicted reach is an error like others."""
    mine = samples.usable & (samples.cell == transmitter.id)
    away = np.hypot(samples.x[mine] - transmitter.x, samples.y[mine] - transmitter.y)
    far = away[away <= transmitter.limit_m]
    limit = min(transmitter.limit_m, float(far.max()) + 2.0 * more_m) if len(far) else transmitter.limit_m
    return replace(transmitter, floor_dbm=_NO_FLOOR_DBM, limit_m=limit)


def _urban(areas: Columns) -> NDArray[np.object_]:
    regions = Regions.of(areas)
    return np.asarray(regions.polygons[regions.smallest_urban()])


def _bbox(samples: Samples, more_m: float) -> BBox:
    x, y = samples.x[samples.usable], samples.y[samples.usable]
    return (
        float(x.min()) - more_m, float(y.min()) - more_m, float(x.max()) + more_m, float(y.max()) + more_m,
    )  # fmt: skip


def _between(samples: Samples, *transmitters: Columns) -> BBox:
    """Around the samples and their cells and hotspots."""
    places = np.concatenate([np.reshape(_bbox(samples, 0.0), (2, 2)), *(_places(rows) for rows in transmitters)])
    (west, south), (east, north) = places.min(axis=0) - 100.0, places.max(axis=0) + 100.0
    return float(west), float(south), float(east), float(north)


def _codes(rows: Columns) -> dict[int, str]:
    return {int(key): str(code or key) for key, code in zip(rows.ids, rows.fields["code"], strict=True)}


def _wifi_model(name: str) -> str:
    """Models of base stations mean nothing for WiFi: it gets its own, unless the ground between is looked at."""
    return name if name in PROFILED else AUTO


def _places(cells: Columns) -> NDArray[np.float64]:
    assert cells.geometry is not None
    return np.asarray(shapely.get_coordinates(cells.geometry))


def _grid_of(samples: Samples) -> tuple[BBox, float]:
    """Around the samples, as fine as memory allows."""
    west, south, east, north = box = _bbox(samples, 50.0)
    needed = np.sqrt((east - west) * (north - south) / _PIXELS)
    return box, float(next((r for r in (5.0, 10.0, 20.0, 50.0, 100.0, 200.0) if r >= max(needed, _FINEST_M)), 500.0))


def _refuse_unusable(samples: Samples) -> None:
    if samples.usable.any():
        return

    def reasons(language: Language) -> str:
        return "; ".join(f"{say(code, language)} ({count})" for code, count in samples.barred().items())

    told = {f"reasons_{language}": reasons(language) for language in ("zh", "en")}
    raise Refusal("radio.drive_none_usable", count=len(samples), **told)


def write_errors(session: Session, comparison: Comparison, path: Path, language: Language = "zh") -> Path:
    """Every sample with cell, levels and error as CSV in WGS 84, UTF-8 with a mark for spreadsheets.

    Refusals ``exchange.cannot_write``, also for the project file itself.
    """
    samples, links = comparison.samples, comparison.links
    if path.exists() and path.samefile(session.path):
        raise Refusal("exchange.cannot_write", file=str(path), reason="project")
    predicted = np.full(len(samples), np.nan)
    predicted[links.rows] = links.predicted_dbm
    codes = {cell.id: cell.code for cell in comparison.cells}
    lon, lat = project_crs(session.srid).to_lonlat(samples.x, samples.y)
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            out = csv.writer(file)
            out.writerow(
                ("line", "lon", "lat", "cell", "technology", "measured_dbm", "predicted_dbm", "error_db", "why")
            )
            for i in range(len(samples)):
                why, measured = samples.why[i], float(samples.level_dbm[i])
                row = (
                    int(samples.lines[i]),
                    _text(lon[i], 7),
                    _text(lat[i], 7),
                    codes.get(int(samples.cell[i]), ""),
                    samples.technology[i] or "",
                    _text(measured, 1),
                    _text(predicted[i], 1),
                    _text(predicted[i] - measured, 1),
                    "" if why is None else say(why, language),
                )
                out.writerow(row)
    except OSError as refused:
        raise Refusal("exchange.cannot_write", file=str(path), reason=str(refused)) from refused
    return path


def _text(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if np.isfinite(value) else ""
