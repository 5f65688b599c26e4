"""The traps of field tables (DOMAIN §7), each in a small file as its program writes it, from bytes to places."""

# ruff: noqa: E501 - the files are written out here as they are

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import shapely
import xlsxwriter

from gis.errors import Refusal
from gis.exchange.formats import read_raw
from gis.exchange.placement import guess_placement, place
from gis.exchange.radio_lists import of_china
from gis.exchange.raw import Dialect, RawTable

CRS = "EPSG:4549"
SHARED = Path(__file__).parents[4] / "shared/data/field"
shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared field files are not here")


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def told(raw: RawTable) -> dict[str, str]:
    return {e.what: e.value for e in raw.evidence}


def lonlat(raw: RawTable) -> list[tuple[float, float] | str]:
    """Longitude and latitude of each row as they were taken, or why it was not."""
    geometry, reasons = place(raw, guess_placement(raw, "EPSG:4326"), "EPSG:4326")
    return [
        (round(g.x, 6), round(g.y, 6)) if reason is None else str(reason)
        for g, reason in zip(geometry, reasons, strict=True)
    ]


# CSV ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "big5", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_marks_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [
        ["編號", "名稱", "經度", "緯度"],
        ["甲1", "解放南路監視器", "120.14", "33.35"],
        ["甲2", "人民路口", "120.15", "33.36"],
    ]
    _, raw = read_raw(write(tmp_path / "a.csv", "\r\n".join(map(delimiter.join, rows)) + "\r\n", encoding))
    assert raw.columns == tuple(rows[0])
    assert raw.cells["名稱"].tolist() == ["解放南路監視器", "人民路口"]
    assert told(raw)["encoding"] == encoding


def test_big5_is_not_gb18030_without_an_error(tmp_path: Path) -> None:
    """The bytes are valid GB 18030, only rare letters come of them."""
    data = "編號,地址\n1,臺北市中正區忠孝東路\n".encode("big5")
    assert data.decode("gb18030")
    (tmp_path / "a.csv").write_bytes(data)
    _, raw = read_raw(tmp_path / "a.csv")
    assert raw.cells["地址"].tolist() == ["臺北市中正區忠孝東路"]


def test_decimal_commas_become_places(tmp_path: Path) -> None:
    _, raw = read_raw(write(tmp_path / "a.csv", "id;lat;lon\n1;33,35;120,14\n2;33,36;120,15\n"))
    assert lonlat(raw) == [(120.14, 33.35), (120.15, 33.36)]


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("120°08′12.5″E", "33°21′30″N"), ("120 08 12.5 E", "33 21.5 N"), ("120:08:12.5", "33:21:30"),
        ("１２０°０８′１２．５″", "３３°２１′３０″"), ("东经120度8分12.5秒", "北纬33度21分30秒"), ("120d08'12.5\"E", "33d21'30\"N"),
    ],
    ids=["signs", "blanks", "colons", "full width", "Chinese", "letters"],
)  # fmt: skip
def test_degrees_in_any_dress(tmp_path: Path, lon: str, lat: str) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["编号", "纬度", "经度"], ["A", lat, lon], ["B", lat, lon]])
    _, raw = read_raw(path)
    assert lonlat(raw) == [(120.136806, 33.358333)] * 2


def test_what_csv_sniffer_takes_for_something_else(tmp_path: Path) -> None:
    """The standard library's sniffer reads this WiGLE file with another delimiter, or fails."""
    text = "WigleWifi-1.4,appRelease=2.26,model=X,release=9,device=d,display=q,board=b,brand=h\n"
    text += (
        "MAC,SSID,AuthMode,FirstSeen,Channel,RSSI,CurrentLatitude,CurrentLongitude,AltitudeMeters,AccuracyMeters,Type\n"
    )
    text += 'a4:1f,"free, ""wifi""",[WPA2-PSK-CCMP][ESS],2023-01-01 10:00:00,6,-61,33.35,120.14,3,8,WIFI\n' * 2
    _, raw = read_raw(write(tmp_path / "w.csv", text))
    assert told(raw)["delimiter"] == "comma"
    assert (raw.cells["SSID"].tolist(), raw.lines.tolist()) == (['free, "wifi"'], [3])


def test_coordinates_a_spreadsheet_has_spoiled_are_refused(tmp_path: Path) -> None:
    text = "id;lat;lon\n1;33.3501;120.1402\n2;333.501.234;1.201.402.345\n3;33.3503;120.1404\n"
    _, raw = read_raw(write(tmp_path / "a.csv", text))
    assert lonlat(raw) == [(120.1402, 33.3501), "import.mangled_number", (120.1404, 33.3503)]
    assert Refusal("import.mangled_number").hint("zh")


@shared
def test_cameras_of_geneva_spoiled_by_a_spreadsheet() -> None:
    path = SHARED / "cameras/cameras_GE.csv"
    _, raw = read_raw(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))[1:]
    assert len(raw) == len(rows)
    spoiled = sum(row[19].count(".") > 1 or row[20].count(".") > 1 for row in rows)
    _, reasons = place(raw, guess_placement(raw, CRS), CRS)
    assert sum(reason == "import.mangled_number" for reason in reasons) == spoiled > 600


@shared
@pytest.mark.parametrize("name", ["wifi/NYC_Wi-Fi_Hotspot_Locations.csv", "cells/OCID-diff-cell-export-2022-09-10.csv"])
def test_real_lists_against_pythons_csv(name: str) -> None:
    with (SHARED / name).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    _, raw = read_raw(SHARED / name)
    assert len(raw) + len(raw.unreadable) == len(rows)
    for column in raw.columns:
        assert raw.cells[column].tolist() == [row[column].strip() or None for row in rows]


# Radio lists ----------------------------------------------------------------------------------------------------------
WIGLE = "MAC,SSID,RSSI,CurrentLatitude,CurrentLongitude,Type\n"


def test_wigle_weighs_sightings_and_keeps_kinds_apart(tmp_path: Path) -> None:
    rows = ["aa,n,-50,33.30,120.10,W", "AA,n,-60,33.41,120.21,WIFI", "bb,m,-70,0,0,WIFI", "460_00_1_2,,-90,33.4,120.4,LTE",
            "cc,b,-40,33.3,120.1,BT", ",anon,-40,33.3,120.1,WIFI", ",anon,-40,33.3,120.1,WIFI"]  # fmt: skip
    path = write(tmp_path / "w.csv", WIGLE + "\n".join(rows))
    _, raw = read_raw(path)
    assert (raw.layers, raw.layer) == (("WIFI", "LTE", "BT"), "WIFI")
    # -50 dBm is ten times -60 dBm
    assert raw.cells["CurrentLatitude"].tolist()[:1] == [f"{(33.30 * 10 + 33.41) / 11:.8f}"]
    assert raw.lines.tolist() == [2, 4, 7, 8]  # senders without an address are not one
    assert lonlat(raw)[1] == "import.zero_position"
    assert sorted((r.line, r.why.code) for r in raw.unreadable) == [
        (3, "import.merged_sighting"), (5, "import.not_wifi"), (6, "import.not_wifi"),
    ]  # fmt: skip
    _, cells = read_raw(path, Dialect(layer="LTE"))
    assert (cells.cells["MAC"].tolist(), len(cells.unreadable)) == (["460_00_1_2"], 6)
    with pytest.raises(Refusal) as refused:
        read_raw(path, Dialect(layer="NR"))
    assert refused.value.code == "import.no_layer"


def test_cells_of_one_country_come_without_a_header(tmp_path: Path) -> None:
    rows = (
        "GSM,460,0,21,17,0,120.1,33.3,1000,5,1,1294561074,1662692508,0\n" * 3
        + "LTE,262,1,2,3,0,10.9,50.1,1,1,1,1,1,0\n"
    )
    _, raw = read_raw(write(tmp_path / "460.csv", rows))
    assert (raw.columns[:3], len(raw), len(raw.unreadable)) == (("radio", "mcc", "net"), 4, 0)
    raw = of_china(raw)
    assert (len(raw), len(raw.unreadable)) == (3, 1)
    assert raw.lines.tolist() == [1, 2, 3]
    assert lonlat(raw) == [(120.1, 33.3)] * 3


# Survey forms ---------------------------------------------------------------------------------------------------------
def test_odk_central_with_parted_points_and_media(tmp_path: Path) -> None:
    text = (
        "SubmissionDate,site-code,site-place-Latitude,site-place-Longitude,site-place-Altitude,site-place-Accuracy,photo,"
        "meta-instanceID,KEY,SubmitterName\n"
        '2024-05-01T08:00:00.000Z,P1,33.35,120.14,3.1,4.5,1.jpg,uuid:a,uuid:a,"王, 工"\n'
        "2024-05-01T09:00:00.000Z,P2,,,,,2.jpg,uuid:b,uuid:b,李\n"
        "2024-05-01T10:00:00.000Z,P3,north,120.2,1,2,,uuid:c,uuid:c,李\n"
    )
    path = write(tmp_path / "poles.csv", text)
    (tmp_path / "media").mkdir()
    (tmp_path / "media/1.jpg").write_bytes(b"x")
    _, raw = read_raw(path)
    assert raw.columns == (
        "SubmissionDate", "code", "photo", "instanceID", "KEY", "SubmitterName", "altitude", "accuracy",
    )  # fmt: skip
    assert lonlat(raw) == [(120.14, 33.35), "import.no_geometry"]
    assert [(r.line, r.why.code) for r in raw.unreadable] == [(4, "import.broken_geometry")]
    assert raw.cells["accuracy"].tolist() == ["4.5", None]
    assert (raw.media, raw.media_root) == (("photo",), tmp_path / "media")
    assert raw.cells["photo"].tolist() == ["1.jpg", "2.jpg"]
    media = next(e for e in raw.evidence if e.what == "media")
    assert (media.value, media.reason, media.args["names"]) == ("2", "import.media_missing", "2.jpg")


def test_kobo_with_groups_choices_and_photos_by_answer(tmp_path: Path) -> None:
    head = "start;site/code;site/place;_place_latitude;_place_longitude;_place_altitude;_place_precision;uses;uses/wifi;uses/camera;photo;_id;_uuid;_submission_time"
    rows = [
        "t;P1;33.35 120.14 3.1 4.5;33.35;120.14;3.1;4.5;wifi camera;1;1;p.jpg;1;ua;t",
        "t;P2;33.36 120.15 0 0;33.36;120.15;0;0;n/a;0;0;p.jpg;2;ub;t",
    ]
    path = write(tmp_path / "kobo.csv", "\n".join((head, *rows)))
    for answer in ("ua", "ub"):
        (tmp_path / "attachments/form" / answer).mkdir(parents=True)
        (tmp_path / "attachments/form" / answer / "p.jpg").write_bytes(answer.encode())
    _, raw = read_raw(path)
    assert raw.columns == (
        "start", "code", "uses", "uses/wifi", "uses/camera", "photo", "_id", "_uuid", "_submission_time", "altitude", "accuracy",
    )  # fmt: skip
    assert lonlat(raw) == [(120.14, 33.35), (120.15, 33.36)]
    assert raw.cells["uses"].tolist() == ["wifi camera", None]
    assert raw.cells["photo"].tolist() == ["form/ua/p.jpg", "form/ub/p.jpg"]
    assert raw.media_root == tmp_path / "attachments"


def test_traces_and_shapes_and_the_choice_of_a_question(tmp_path: Path) -> None:
    text = (
        "where,route,plot,KEY,SubmissionDate\n"
        "33.1 120.1 1 2,33.1 120.1 0 0; 33.2 120.2 0 0;33.3 120.2 0 0,"
        "33.1 120.1 0 0;33.1 120.2 0 0;33.2 120.2 0 0;33.1 120.1 0 0,a,t\n"
        "33.2 120.2 1 2,,,b,t\n"
    )
    path = write(tmp_path / "a.csv", text)
    _, raw = read_raw(path)
    assert (raw.layers, raw.layer) == (("where", "route", "plot"), "where")
    assert raw.geometry is not None
    assert [g.geom_type for g in raw.geometry] == ["Point", "Point"]
    for question, kind in (("route", "LineString"), ("plot", "Polygon")):
        _, raw = read_raw(path, Dialect(layer=question))
        assert raw.geometry is not None
        assert [None if g is None else g.geom_type for g in raw.geometry] == [kind, None]
        assert shapely.get_coordinates(raw.geometry[0])[0].tolist() == [120.1, 33.1]
    with pytest.raises(Refusal) as refused:
        read_raw(path, Dialect(layer="nowhere"))
    assert refused.value.code == "import.no_layer"


def test_a_question_of_numbers_is_no_place(tmp_path: Path) -> None:
    _, raw = read_raw(write(tmp_path / "a.csv", "floors,KEY,SubmissionDate\n1 2 3,a,t\n2 3,b,t\n"))
    assert raw.geometry is None


def test_kobo_as_a_workbook(tmp_path: Path) -> None:
    made = xlsxwriter.Workbook(str(tmp_path / "k.xlsx"))
    sheet = made.add_worksheet("form")
    sheet.write_row(0, 0, ["code", "place", "_uuid", "_submission_time"])
    sheet.write_row(1, 0, ["P1", "33.35 120.14 3.1 4.5", "u", "t"])
    made.close()
    _, raw = read_raw(tmp_path / "k.xlsx", Dialect(layer="form"))
    assert lonlat(raw) == [(120.14, 33.35)]


def test_media_never_lead_outside(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"x")
    folder = tmp_path / "in"
    folder.mkdir()
    _, raw = read_raw(
        write(folder / "a.csv", "code,lon,lat,photo\nA,120.1,33.2,../secret.jpg\nB,120.1,33.2,/etc/a.jpg\n")
    )
    assert (raw.media, raw.media_root) == (("photo",), folder)
    media = next(e for e in raw.evidence if e.what == "media")
    assert media.args["missing"] == "2"


def test_ten_thousand_answers_are_placed_without_a_loop_over_cells_by_placement(tmp_path: Path) -> None:
    rows = "".join(f"P{n},33.{n:05d} 120.{n:05d} 1.0 4.0,k{n},t\n" for n in range(10_000))
    _, raw = read_raw(write(tmp_path / "a.csv", "code,place,KEY,SubmissionDate\n" + rows))
    assert raw.geometry is not None
    assert np.allclose(shapely.get_x(raw.geometry), 120 + np.arange(10_000) / 1e5)
