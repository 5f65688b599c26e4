"""A WiFi survey in a project: samples matched to hotspots by BSSID or name, compared, beside those of cells."""

import numpy as np
import pytest
import rasterio
from shapely import Point, box

from gis.coverage.raster import read_levels
from gis.editing import Create
from gis.errors import Refusal
from gis.geometry.crs import project_crs
from gis.project import Session
from gis.project.analysis import run_analysis, run_file
from gis.project.drive_tests import DriveChoices, calibrations, compare_drive_test, read_drive_test, write_errors
from gis.radio import wifi_survey as ws
from gis.radio.analysis import Wish

X, Y = 500_000.0, 3_690_000.0
MACS = {"W-1": "00:1A:2B:3C:4D:01", "W-2": "00:1A:2B:3C:4D:02"}


@pytest.fixture
def city(tmp_path):
    with Session.create(tmp_path / "city.yantu") as session:
        land = box(X - 2000, Y - 2000, X + 2000, Y + 2000)
        session.perform(Create("area", [{"code": "A", "name": "甲", "level": "county", "geom": land}]))
        common = {"status": "in_service", "eirp_dbm": 27.0, "height_m": 6.0, "indoor": False, "channel": 6}
        session.perform(
            Create(
                "wifi_hotspot",
                [
                    {**common, "code": "W-1", "ssid": "i-Yancheng", "bssid": MACS["W-1"], "band": "2.4",
                     "free": True, "geom": Point(X, Y)},
                    {**common, "code": "W-2", "ssid": "i-Yancheng", "bssid": MACS["W-2"].lower().replace(":", "-"),
                     "band": "2.4", "geom": Point(X + 400, Y)},
                    {**common, "code": "W-3", "ssid": "Tea House", "band": "5", "channel": 36,
                     "geom": Point(X, Y + 200)},
                    {**common, "code": "W-4", "ssid": "Tea House", "band": "2.4", "geom": Point(X, Y + 200)},
                    {**common, "code": "W-5", "ssid": "Planned", "status": "planned", "geom": Point(X + 90, Y)},
                ],
            )
        )  # fmt: skip
        yield session


def write(session, path, rows, head="MAC,SSID,Frequency,RSSI,CurrentLatitude,CurrentLongitude,Type"):
    """(mac, ssid, MHz, dBm, x, y, type)."""
    lines = [head]
    for mac, name, mhz, level, x, y, kind in rows:
        lon, lat = project_crs(session.srid).to_lonlat(np.array([X + x]), np.array([Y + y]))
        lines.append(f"{mac},{name},{mhz},{level},{lat[0]:.7f},{lon[0]:.7f},{kind}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def compared(session, path, **wish):
    return compare_drive_test(session, [read_drive_test(session, path)], Wish("cells", ground=False, **wish))


def test_samples_find_their_hotspots_and_what_stays_open_says_why(city, tmp_path):
    file = write(city, tmp_path / "survey.csv", [
        ("001a2b3c4d01", "whatever it was called", 2437, -60, 50, 0, "WIFI"),  # by BSSID, however it is written
        ("00:1a:2b:3c:4d:02", "", 2437, -61, 350, 0, "WIFI"),
        ("ee:ee:ee:00:00:01", "i-Yancheng", 2437, -62, 60, 0, "WIFI"),  # unknown BSSID: by name, the next is far
        ("ee:ee:ee:00:00:01", "i-Yancheng", 2437, -63, 180, 0, "WIFI"),  # between the two
        ("ee:ee:ee:00:00:02", "Tea House", 5180, -64, 0, 230, "WIFI"),  # by name and band
        ("ee:ee:ee:00:00:02", "Tea House", "", -65, 0, 230, "WIFI"),  # of which band is not told
        ("ee:ee:ee:00:00:03", "Nobody's", 2437, -66, 0, 0, "WIFI"),
        ("ee:ee:ee:00:00:04", "i-Yancheng", 2437, -67, -900, 0, "WIFI"),
        ("ee:ee:ee:00:00:05", "", 2437, -68, 0, 0, "WIFI"),
        ("", "", 2437, -69, 0, 0, "WIFI"),
        ("ee:ee:ee:00:00:06", "Planned", 2437, -70, 80, 0, "WIFI"),
        (MACS["W-1"], "", 2437, 12, 50, 0, "WIFI"),
    ])  # fmt: skip
    made = compared(city, file)
    codes = {int(city.ids("wifi_hotspot", "code = ?", (c,))[0]): c for c in ("W-1", "W-2", "W-3", "W-5")}
    assert [codes.get(key) for key in made.samples.cell[:5].tolist()] == ["W-1", "W-2", "W-1", None, "W-3"]
    assert made.samples.why.tolist() == [
        None, None, None, ws.AMBIGUOUS_HOTSPOT, None, ws.AMBIGUOUS_HOTSPOT, ws.UNKNOWN_HOTSPOT, ws.HOTSPOT_TOO_FAR,
        ws.UNKNOWN_HOTSPOT, ws.NO_HOTSPOT, "radio.drive_cell_not_predicted", "radio.drive_level_out_of_range",
    ]  # fmt: skip
    assert sorted((cell.code, cell.technology, cell.figures.count) for cell in made.cells) == [
        ("W-1", "wifi", 2), ("W-2", "wifi", 1), ("W-3", "wifi", 1),
    ]  # fmt: skip
    assert made.by_technology == {"wifi": made.overall}
    text = write_errors(city, made, tmp_path / "errors.csv", "en").read_text("utf-8-sig").splitlines()
    assert text[1].split(",")[3:5] == ["W-1", "wifi"]


def test_predicted_levels_are_those_of_the_coverage_map(city, tmp_path):
    """Beside one hotspot alone, in the middle of a pixel of the run."""
    places = [(52.5, 2.5), (122.5, -37.5), (-82.5, 62.5)]
    rows = [(MACS["W-1"], "", 2437, -60, x, y, "WIFI") for x, y in places]
    made = compared(city, write(city, tmp_path / "survey.csv", rows))
    run = run_analysis(city, "wifi", resolution_m=5.0, ground=False)  # of the free one only
    levels = read_levels(run_file(city, run, "coverage"))
    with rasterio.open(run_file(city, run, "coverage")) as raster:
        there = [raster.index(X + x, Y + y) for x, y in places]
    np.testing.assert_allclose(made.links.predicted_dbm, [levels[i, j] for i, j in there], atol=0.1)


def test_cells_and_hotspots_of_one_file_are_told_apart(city, tmp_path):
    city.perform(Create("base_station", [{"code": "B", "geom": Point(X, Y - 500)}]))
    city.perform(Create("cell", [{"code": "460_00_1", "site": "B", "technology": "LTE", "frequency_mhz": 1800.0,
                                  "pci": 7, "status": "in_service", "geom": Point(X, Y - 500)}]))  # fmt: skip
    lines = ["bssid,ssid,cell,rssi,x,y", f"{MACS['W-1']},a,,-60,{X + 30},{Y}", f",,460_00_1,-95,{X + 60},{Y - 300}"]
    path = tmp_path / "both.csv"
    path.write_text("\n".join(lines) + "\n")
    read = read_drive_test(city, path, DriveChoices(crs=f"EPSG:{city.srid}", x="x", y="y"))
    assert read.samples.technology.tolist() == ["wifi", None]
    made = compare_drive_test(city, [read], Wish("cells", model="hata", ground=False))
    assert {cell.technology: cell.code for cell in made.cells} == {"wifi": "W-1", "LTE": "460_00_1"}
    assert set(made.by_technology) == {"wifi", "LTE"}
    fitted, refused = calibrations(made)
    assert fitted == {}
    assert refused["wifi"].code == "radio.drive_no_wifi_line"


def test_walls_count_where_buildings_are_known(city, tmp_path):
    path = write(city, tmp_path / "survey.csv", [(MACS["W-1"], "", 2437, -80, 100, 0, "WIFI")])
    read = read_drive_test(city, path)
    open_ = compare_drive_test(city, [read], Wish("cells"))
    house = box(X + 30, Y - 60, X + 60, Y + 60)
    city.perform(Create("building", [{"code": "H", "height_m": 30.0, "floors": 10, "geom": house}]))
    behind = compare_drive_test(city, [read], Wish("cells"))
    assert behind.links.predicted_dbm[0] < open_.links.predicted_dbm[0] - 3.0
    assert "radio.walls" in [note.code for note in behind.notes]


def test_a_survey_without_names_is_refused(city, tmp_path):
    path = tmp_path / "none.csv"
    path.write_text(f"rssi,x,y\n-60,{X},{Y}\n")
    with pytest.raises(Refusal, match=r"radio\.drive_no_cell_column"):
        read_drive_test(city, path, DriveChoices(crs=f"EPSG:{city.srid}", x="x", y="y"))
