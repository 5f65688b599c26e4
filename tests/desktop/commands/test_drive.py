"""``yantu drive``: figures as JSON, a calibration kept or only tried, refusals with their reasons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from shapely import Point

from desktop.cli import yantu
from gis.editing import Create
from gis.geometry.crs import project_crs
from gis.project import Session
from gis.project.tunings import tunings

X, Y = 500_000.0, 3_690_000.0


def run(*words: object) -> Result:
    return CliRunner().invoke(yantu, [str(word) for word in words])


def answer(*words: object) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    path = tmp_path / "city.yantu"
    with Session.create(path, name="小城", author="测试员") as session:
        session.perform(Create("base_station", [{"code": "B", "geom": Point(X, Y)}]))
        cell = {"code": "C-1", "site": "B", "technology": "LTE", "frequency_mhz": 1800.0, "bandwidth_mhz": 20.0,
                "h_beamwidth": 360.0, "v_beamwidth": 180.0, "status": "in_service", "geom": Point(X, Y)}  # fmt: skip
        session.perform(Create("cell", [cell]))
    return path


@pytest.fixture
def drive(city: Path) -> Path:
    rng = np.random.default_rng(2)
    away, turn = np.exp(rng.uniform(np.log(60), np.log(3000), 300)), rng.uniform(0, 6.28, 300)
    lon, lat = project_crs(4549).to_lonlat(X + away * np.cos(turn), Y + away * np.sin(turn))
    level = -95.0 - 34.0 * np.log10(away / 1000.0) + rng.normal(0, 4, 300)
    path = city.parent / "drive.csv"
    rows = [f"{lon[i]:.7f},{lat[i]:.7f},C-1,{level[i]:.1f}" for i in range(300)]
    path.write_text("lon,lat,cell,rsrp\n" + "\n".join([*rows, "120,33.3,Z,-90"]) + "\n", "utf-8")
    return path


def test_figures_are_told_and_nothing_is_kept(city: Path, drive: Path) -> None:
    document = answer("drive", city, drive, "--lang", "en")
    assert (document["samples"], document["used"], document["kept"]) == (301, 300, False)
    assert document["left_out"] == [
        {"reason": "the project has no such cell", "code": "radio.drive_unknown_cell", "count": 1}
    ]
    assert [(cell["code"], cell["count"]) for cell in document["cells"]] == [("C-1", 300)]
    assert document["columns"] == {"drive.csv": {"level": ["rsrp"], "code": "cell"}}
    with Session.open(city) as session:
        assert tunings(session) == {}


def test_a_calibration_is_kept_and_can_be_compared(city: Path, drive: Path) -> None:
    document = answer("drive", city, drive, "--calibrate")
    made = document["calibration"]["LTE"]
    assert document["kept"]
    assert made["tuning"]["slope_db"] == pytest.approx(34.0, abs=1.5)
    assert made["held_out"]["rms_db"] < made["before"]["rms_db"]
    after = answer("drive", city, drive, "--model", "tuned")
    assert after["overall"]["rms_db"] == pytest.approx(4.0, abs=0.5)
    with Session.open(city) as session:
        assert tunings(session)["LTE"].slope_db == made["tuning"]["slope_db"]


def test_a_dry_run_keeps_nothing(city: Path, drive: Path) -> None:
    document = answer("drive", city, drive, "--calibrate", "--dry-run")
    assert document["calibration"]["LTE"]["squares"] > 40
    assert not document["kept"]
    with Session.open(city) as session:
        assert tunings(session) == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_people_read_lines(city: Path, drive: Path, language: str) -> None:
    result = run("drive", city, drive, "--calibrate", "--lang", language, "--errors", city.parent / "e.csv")
    assert result.exit_code == 0, result.output
    assert {"zh": "留出检验", "en": "Held out"}[language] in result.stdout
    assert "C-1" in result.stdout
    assert len((city.parent / "e.csv").read_text("utf-8-sig").splitlines()) == 302


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(("--model", "tuned"), "radio.no_tuning", id="not-calibrated-yet"),
        pytest.param(("--model", "magic"), "radio.no_model", id="no-such-model"),
        pytest.param(("--level", "nope"), "radio.drive_no_column", id="no-such-column"),
        pytest.param(("--cell", "rsrp"), "radio.drive_none_usable", id="cells-unknown"),
    ],
)
def test_refusals_say_why(city: Path, drive: Path, words: tuple[str, ...], code: str) -> None:
    result = run("drive", city, drive, *words, "--json")
    assert result.exit_code == 1, result.output
    assert json.loads(result.stdout)["refusal"] == code


def test_too_few_samples_are_refused_for_calibration(city: Path, drive: Path) -> None:
    short = drive.with_name("short.csv")
    short.write_text("\n".join(drive.read_text("utf-8").splitlines()[:20]) + "\n", "utf-8")
    result = run("drive", city, short, "--calibrate", "--json")
    assert json.loads(result.stdout)["refusal"] == "radio.drive_too_few"
