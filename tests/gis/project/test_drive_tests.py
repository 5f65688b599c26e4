"""A drive test in a project: read from files as people have them, compared, calibrated, kept, and used by runs."""

import csv

import numpy as np
import pytest
from shapely import Point, box

from gis.editing import Create
from gis.errors import Refusal
from gis.geometry.crs import project_crs
from gis.project import Session
from gis.project.analysis import run_analysis, run_notes
from gis.project.drive_tests import (
    DriveChoices,
    calibrations,
    compare_drive_test,
    keep_calibrations,
    read_drive_test,
    write_errors,
)
from gis.project.tunings import forget_tuning, kept_tunings, tunings
from gis.radio import drive_test as dt
from gis.radio.analysis import Wish

X, Y = 500_000.0, 3_690_000.0
OFFSET = {"C-1": 6.0, "C-2": -6.0, "C-3": 0.0}
PLACE = {"C-1": (0.0, 0.0), "C-2": (2500.0, 0.0), "C-3": (0.0, 2500.0)}


def cell(code, dx, dy, **more):
    return {
        "code": code, "technology": "LTE", "frequency_mhz": 1800.0, "bandwidth_mhz": 20.0, "h_beamwidth": 360.0,
        "v_beamwidth": 180.0, "eirp_dbm": 60.0, "antenna_height_m": 30.0, "status": "in_service",
        "geom": Point(X + dx, Y + dy), **more,
    }  # fmt: skip


@pytest.fixture
def city(tmp_path):
    with Session.create(tmp_path / "city.yantu", name="小城", author="tester") as session:
        land = box(X - 5000, Y - 5000, X + 6000, Y + 6000)
        session.perform(Create("area", [{"code": "A", "name": "甲", "level": "county", "geom": land}]))
        rows = []
        for number, (code, place) in enumerate(PLACE.items(), 1):
            session.perform(Create("base_station", [{"code": f"B-{code}", "geom": Point(X + place[0], Y + place[1])}]))
            rows.append(cell(code, *place, site=f"B-{code}", pci=number * 10))
        rows.append(cell("C-9", *PLACE["C-1"], site="B-C-1", pci=90, status="planned"))
        session.perform(Create("cell", rows))
        yield session


def drive(session, n=150, *, seed=1, codes=PLACE):
    """(lon, lat, code, level): L = 120 + 33 lg d + 20 lg 1.8, each cell with its offset, 3 dB of noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for code in codes:
        distance = np.exp(rng.uniform(np.log(60.0), np.log(2000.0), n))
        turn = rng.uniform(0.0, 2.0 * np.pi, n)
        x, y = X + PLACE[code][0] + distance * np.cos(turn), Y + PLACE[code][1] + distance * np.sin(turn)
        loss = 120.0 + 33.0 * np.log10(distance / 1000.0) + 20.0 * np.log10(1.8)
        level = 60.0 - 10.0 * np.log10(1200.0) - loss + OFFSET[code] + rng.normal(0.0, 3.0, n)
        lon, lat = project_crs(session.srid).to_lonlat(x, y)
        rows += zip(lon, lat, [code] * n, level, strict=True)
    return rows


def write(path, head, rows, encoding="utf-8"):
    path.write_text("\n".join([head, *(",".join(str(v) for v in row) for row in rows)]) + "\n", encoding)
    return path


@pytest.fixture
def file(city, tmp_path):
    rows = [(f"{lon:.7f}", f"{lat:.7f}", code, f"{level:.1f}") for lon, lat, code, level in drive(city)]
    return write(tmp_path / "路测.csv", "经度,纬度,小区编号,RSRP(dBm)", rows, "gb18030")


@pytest.fixture
def comparison(city, file):
    return compare_drive_test(city, [read_drive_test(city, file)], Wish("cells", ground=False))


def test_columns_are_known_by_their_chinese_names(city, file):
    read = read_drive_test(city, file)
    assert read.levels == ("RSRP(dBm)",)
    assert read.columns == {"code": "小区编号"}
    assert len(read.samples) == 450
    assert read.samples.usable.sum() == 0  # not matched yet


@pytest.mark.parametrize("ending", ["geojson", "csv"])
def test_physical_ids_and_times_of_a_phone_log(city, tmp_path, ending):
    rows = drive(city, 20, codes=["C-2"])
    if ending == "csv":
        lines = [(f"2024-05-01 10:00:{i:02d}", f"{r[1]:.7f}", f"{r[0]:.7f}", "4G", 20, 1300, f"{r[3]:.1f} dBm")
                 for i, r in enumerate(rows)]  # fmt: skip
        path = write(tmp_path / "log.csv", "Time,Latitude,Longitude,NetworkTech,PCI,EARFCN,RSRP", lines)
    else:
        import json

        features = [
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [r[0], r[1]]},
             "properties": {"time": "t", "rat": "LTE", "pci": 20, "earfcn": 1300, "rsrp": r[3]}}
            for r in rows
        ]  # fmt: skip
        path = tmp_path / "log.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    read = read_drive_test(city, path)
    assert set(read.columns) >= {"pci", "technology", "channel", "time"}
    made = compare_drive_test(city, [read], Wish("cells", ground=False))
    assert [cell.code for cell in made.cells] == ["C-2"]
    assert made.samples.frequency_mhz.tolist() == [1815.0] * 20
    np.testing.assert_allclose(made.links.level_dbm, [row[3] for row in rows], atol=0.06)


def test_errors_stand_by_cell_and_add_up(comparison):
    assert [cell.figures.count for cell in comparison.cells] == [150, 150, 150]
    by_code = {cell.code: cell.figures for cell in comparison.cells}
    assert by_code["C-2"].mean_db - by_code["C-1"].mean_db == pytest.approx(12.0, abs=1.5)
    assert all(figures.correlation > 0.9 for figures in by_code.values())
    mean = np.mean([figures.mean_db for figures in by_code.values()])
    assert comparison.overall.mean_db == pytest.approx(mean)
    assert comparison.by_technology["LTE"] == comparison.overall
    document = comparison.summary("en")
    assert (document["samples"], document["used"], document["left_out"]) == (450, 450, [])


def test_what_cannot_be_used_is_counted_by_reason(city, tmp_path):
    near = project_crs(city.srid).to_lonlat(np.array([X + 100.0]), np.array([Y + 100.0]))
    lon, lat = f"{near[0][0]:.7f}", f"{near[1][0]:.7f}"
    rows = [(lon, lat, "C-1", -80), (lon, lat, "C-1", -10), (lon, lat, "C-1", ""), (lon, lat, "Z", -80),
            (lon, lat, "", -80), ("", "", "C-1", -80), (lon, lat, "C-9", -80)]  # fmt: skip
    path = write(tmp_path / "d.csv", "lon,lat,cell,rsrp", rows)
    made = compare_drive_test(city, [read_drive_test(city, path)], Wish("cells", ground=False))
    reasons = (dt.OUT_OF_RANGE, dt.NO_LEVEL, dt.UNKNOWN_CELL, dt.NO_CELL, dt.NO_PLACE, dt.NOT_PREDICTED)
    assert made.barred == dict.fromkeys(reasons, 1)
    assert len(made.links) + sum(made.barred.values()) == 7
    assert made.samples.why[6] == dt.NOT_PREDICTED  # a planned cell sends nothing


def test_a_calibration_is_kept_and_makes_the_errors_smaller(city, file, comparison):
    made, refused = calibrations(comparison)
    assert not refused
    line = made["LTE"].tuning
    assert line.slope_db == pytest.approx(33.0, abs=1.0)
    keep_calibrations(city, comparison, made)
    assert tunings(city)["LTE"].offsets_db == line.offsets_db
    kept = kept_tunings(city)["LTE"]
    assert kept.tuning == line
    assert kept.sources == ("路测.csv",)
    assert kept.figures["held_out"]["rms_db"] == pytest.approx(made["LTE"].held_out.rms_db)
    after = compare_drive_test(city, [read_drive_test(city, file)], Wish("cells", model="tuned", ground=False))
    assert abs(after.overall.mean_db) < 0.7
    assert after.overall.sigma_db == pytest.approx(3.0, abs=0.5)
    assert all(abs(cell.figures.mean_db) < 1.5 for cell in after.cells)
    again, _ = calibrations(after)  # what was added to the cells is not added twice
    assert again["LTE"].tuning == line
    forget_tuning(city, "LTE")
    assert tunings(city) == {}


def test_a_run_with_the_calibrated_model_uses_what_is_kept(city, comparison):
    with pytest.raises(Refusal) as refused:
        run_analysis(city, "cells", technology="LTE", model="tuned", resolution_m=200)
    assert refused.value.code == "radio.no_tuning"
    made, _ = calibrations(comparison)
    keep_calibrations(city, comparison, made)
    run = run_analysis(city, "cells", technology="LTE", model="tuned", resolution_m=200)
    assert run.params["tunings"]["LTE"]["slope_db"] == made["LTE"].tuning.slope_db
    assert any("3 个小区有单独修正" in note for note in run_notes(run, "zh"))
    shares = run.summary["headline"]["area_share"]
    strong, _ = calibrations(comparison, offsets=False)
    keep_calibrations(city, comparison, strong)
    plain = run_analysis(city, "cells", technology="LTE", model="tuned", resolution_m=200)
    assert plain.summary["headline"]["area_share"] != shares  # the cells' offsets took part


def test_every_sample_is_written_with_its_error(city, comparison, tmp_path):
    path = write_errors(city, comparison, tmp_path / "errors.csv")
    with path.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) == 450
    assert rows[0]["line"] == "2"
    for row in rows[::50]:
        error = float(row["predicted_dbm"]) - float(row["measured_dbm"])
        assert float(row["error_db"]) == pytest.approx(error, abs=0.11)
    with pytest.raises(Refusal):
        write_errors(city, comparison, city.path)


@pytest.mark.parametrize(
    ("head", "row", "code"),
    [
        pytest.param("lon,lat,cell,colour", (120, 33, "C-1", 3), "radio.drive_no_level", id="no-level"),
        pytest.param("lon,lat,rsrp", (120, 33, -90), "radio.drive_no_cell_column", id="no-cell"),
        pytest.param("lon,lat,cell,rsrp", (120, 33, "C-1", 45), "radio.drive_all_out_of_range", id="index-not-dbm"),
        pytest.param("cell,rsrp", ("C-1", -90), "import.no_position", id="no-place"),
    ],
)
def test_a_file_that_is_no_drive_test_is_refused_with_the_reason(city, tmp_path, head, row, code):
    with pytest.raises(Refusal) as refused:
        read_drive_test(city, write(tmp_path / "d.csv", head, [row] * 3))
    assert refused.value.code == code
    assert refused.value.message("zh")
    assert refused.value.message("en")


def test_a_column_can_be_named(city, tmp_path):
    path = write(tmp_path / "d.csv", "lon,lat,who,how", [(120.0, 33.33, "C-1", -90)] * 2)
    read = read_drive_test(city, path, DriveChoices(columns=(("level", "how"), ("code", "who"))))
    assert read.samples.level_dbm.tolist() == [-90.0, -90.0]
    with pytest.raises(Refusal) as refused:
        read_drive_test(city, path, DriveChoices(columns=(("level", "what"),)))
    assert refused.value.code == "radio.drive_no_column"


def test_nothing_usable_is_refused_with_its_reasons(city, tmp_path):
    path = write(tmp_path / "d.csv", "lon,lat,cell,rsrp", [(120.0, 33.33, "Z", -90)] * 4)
    with pytest.raises(Refusal) as refused:
        compare_drive_test(city, [read_drive_test(city, path)])
    assert refused.value.code == "radio.drive_none_usable"
    assert "4" in refused.value.message("zh")


def test_a_project_opened_for_reading_keeps_nothing(city, file):
    with Session.open(city.path, readonly=True) as reading:
        made_of = compare_drive_test(reading, [read_drive_test(reading, file)], Wish("cells", ground=False))
        made, _ = calibrations(made_of)
        with pytest.raises(Refusal):
            keep_calibrations(reading, made_of, made)
