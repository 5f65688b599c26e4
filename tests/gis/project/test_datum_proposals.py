"""A file read in the wrong datum is known by the features it should meet; nothing is proposed without reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import Point

from gis.editing import Create
from gis.geometry.crs import project_crs
from gis.geometry.datum import wgs84_to_bd09, wgs84_to_gcj02
from gis.project import Session
from gis.project.datum_proposals import proposed_datum
from gis.project.import_report import report_of
from gis.project.importing import Choices, FileReading, ImportPlan, Part, read_file, stage_file

COUNT = 60


@pytest.fixture
def places() -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.column_stack([rng.uniform(5.0e5, 5.06e5, COUNT), rng.uniform(3.688e6, 3.694e6, COUNT)])


@pytest.fixture
def session(tmp_path: Path, places: np.ndarray) -> Iterator[Session]:
    made = Session.create(tmp_path / "p.yantu", name="p", author="t")
    rows = [{"code": f"C-{i}", "name": f"n{i}", "geom": Point(x, y)} for i, (x, y) in enumerate(places)]
    made.perform(Create("wifi_hotspot", rows))
    yield made
    made.close()


def part(session: Session, path: Path, lon: np.ndarray, lat: np.ndarray, coded: bool, choices: Choices) -> Part:
    lines = [f"{f'C-{i}' if coded else ''},{x:.8f},{y:.8f}" for i, (x, y) in enumerate(zip(lon, lat, strict=True))]
    path.write_text("\n".join(["code,lon,lat", *lines]), "utf-8")
    reading = read_file(session, path, "wifi_hotspot", choices)
    return Part(reading, stage_file(session, reading))


@pytest.mark.parametrize("coded", [True, False], ids=["by code", "by place"])
@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_wrong_datum_is_found(session: Session, tmp_path: Path, places: np.ndarray, datum: str, coded: bool) -> None:
    lon, lat = project_crs(4549).to_lonlat(places[:, 0], places[:, 1])
    moved = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}[datum](lon, lat)
    one = part(session, tmp_path / "a.csv", *moved, coded, Choices())
    found = proposed_datum(session, one)
    assert found is not None
    told = report_of(ImportPlan(FileReading.of(one.reading), (one,)), None, "en", found)["evidence"]["proposal"]
    assert told["value"] == datum
    assert f"--datum {datum}" in told["text"]
    assert found.datum == datum
    assert found.after_m < 2
    chosen = part(session, tmp_path / "b.csv", *moved, coded, Choices(datum=datum))
    assert proposed_datum(session, chosen) is None


def test_what_fits_needs_no_other_datum(session: Session, tmp_path: Path, places: np.ndarray) -> None:
    lon, lat = project_crs(4549).to_lonlat(places[:, 0], places[:, 1])
    for coded in (True, False):
        assert proposed_datum(session, part(session, tmp_path / "a.csv", lon, lat, coded, Choices())) is None


def test_other_places_are_no_shift(session: Session, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    x, y = rng.uniform(5.0e5, 5.06e5, COUNT), rng.uniform(3.688e6, 3.694e6, COUNT)
    lon, lat = project_crs(4549).to_lonlat(x, y)
    assert proposed_datum(session, part(session, tmp_path / "a.csv", lon, lat, False, Choices())) is None
