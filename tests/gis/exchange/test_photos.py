"""Photos: what EXIF says, and photos without a position found on a track by their time."""

# ruff: noqa: E501 - the files are written out here as they are
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from PIL import ExifTags, Image

from gis.catalogue import load_catalogue
from gis.errors import Refusal
from gis.exchange.formats import read_raw
from gis.exchange.mapping import guess_mapping
from gis.exchange.photos import read_photos
from gis.exchange.raw import RawTable
from gis.exchange.tracks import Track, read_track, utc_seconds
from tests.gis.exchange.test_formats import nmea

G, B = ExifTags.GPS, ExifTags.Base
PLACE = {G.GPSLatitudeRef: "N", G.GPSLatitude: (33.0, 21.0, 0.0), G.GPSLongitudeRef: "E", G.GPSLongitude: (120.0, 8.0, 24.0)}  # fmt: skip


def photo(
    path: Path, taken: str | None = "2024:05:06 15:08:09", gps: dict[int, Any] | None = None, **more: Any
) -> Path:
    exif = Image.Exif()
    exif[B.Make], exif[B.Model] = "HUAWEI", "P60"
    detail = exif.get_ifd(ExifTags.IFD.Exif)
    if taken is not None:
        detail[B.DateTimeOriginal] = taken
    for name, value in more.items():
        detail[getattr(B, name)] = value
    if gps:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6)).save(path, exif=exif)
    return path


def cell(raw: RawTable, name: str) -> str | None:
    found: str | None = raw.cells[name].tolist()[0]
    return found


def reasons(raw: RawTable) -> list[str]:
    return [reject.why.code for reject in raw.unreadable]


def test_everything_a_photo_says(tmp_path: Path) -> None:
    gps = {
        **PLACE, G.GPSAltitude: 3.5, G.GPSAltitudeRef: b"\x01", G.GPSImgDirection: 271.5, G.GPSImgDirectionRef: "M",
        G.GPSDateStamp: "2024:05:06", G.GPSTimeStamp: (7.0, 8.0, 7.0), G.GPSDOP: 1.2, 31: 4.5, G.GPSMapDatum: "WGS-84",
    }  # fmt: skip
    comment = b"UNICODE\0" + "电杆 12 号".encode("utf-16-le")
    photo(tmp_path / "a.jpg", gps=gps, UserComment=comment, OffsetTimeOriginal="+08:00", FocalLengthIn35mmFilm=27)
    form, raw = read_raw(tmp_path / "a.jpg")
    assert form == "photos"
    assert {name: cell(raw, name) for name in raw.columns} == {
        "photo": "a.jpg", "taken": "2024-05-06T15:08:09+08:00", "gps_time": "2024-05-06T07:08:07Z", "direction": "271.5",
        "direction_ref": "magnetic", "altitude": "-3.5", "accuracy": "4.5", "dop": "1.2", "map_datum": "WGS-84",
        "camera": "HUAWEI P60", "focal_35mm": "27", "comment": "电杆 12 号", "width_px": "8", "height_px": "6",
    }  # fmt: skip
    assert raw.geometry is not None
    assert raw.geometry[0].equals_exact(shapely.Point(120.14, 33.35), 1e-9)
    assert (raw.media, raw.media_root, raw.datum) == (("photo",), tmp_path, None)


@pytest.mark.parametrize(
    ("gps", "code"),
    [
        pytest.param({}, "import.photo_without_place", id="none"),
        pytest.param({G.GPSVersionID: b"\2\2\0\0"}, "import.photo_without_place", id="empty-block"),
        pytest.param({G.GPSLatitude: (33.0, 21.0, 0.0), G.GPSLatitudeRef: "N"}, "import.photo_half_a_place", id="half"),
        pytest.param({**PLACE, G.GPSLongitudeRef: "?"}, "import.photo_half_a_place", id="no-side"),
        pytest.param({**PLACE, G.GPSLatitude: (93.0, 0.0, 0.0)}, "import.photo_half_a_place", id="out-of-range"),
        pytest.param(
            {**PLACE, G.GPSLatitude: (0.0, 0.0, 0.0), G.GPSLongitude: (0.0, 0.0, 0.0)}, "import.photo_without_fix", id="zero"
        ),
        pytest.param({**PLACE, G.GPSStatus: "V"}, "import.photo_without_fix", id="void"),
    ],
)  # fmt: skip
def test_photos_without_a_place(tmp_path: Path, gps: dict[int, Any], code: str) -> None:
    assert reasons(read_photos(photo(tmp_path / "a.jpg", gps=gps))) == [code]


def test_south_and_west(tmp_path: Path) -> None:
    raw = read_photos(photo(tmp_path / "a.jpg", gps={**PLACE, G.GPSLatitudeRef: "S", G.GPSLongitudeRef: "W"}))
    assert raw.geometry is not None
    assert raw.geometry[0].equals_exact(shapely.Point(-120.14, -33.35), 1e-9)


def test_a_phone_of_two_hundred_million_pixels(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", gps=PLACE)
    data = bytearray(path.read_bytes())
    at = data.index(b"\xff\xc0") + 5  # height and width of the frame
    data[at : at + 4] = (12_240).to_bytes(2, "big") + (16_320).to_bytes(2, "big")
    path.write_bytes(bytes(data))
    raw = read_photos(path)
    assert (len(raw), cell(raw, "width_px")) == (1, "16320")


@pytest.mark.parametrize("ending", [".png", ".webp"])
def test_pictures_of_other_kinds_in_a_folder_of_photos(tmp_path: Path, ending: str) -> None:
    photo(tmp_path / "a.jpg", gps=PLACE)
    photo(tmp_path / f"b{ending}", gps=PLACE)
    assert read_raw(tmp_path)[1].cells["photo"].tolist() == ["a.jpg", f"b{ending}"]


def test_a_drone_looks_where_its_gimbal_does(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", gps=PLACE)
    data = path.read_bytes()
    body = b'http://ns.adobe.com/xap/1.0/\0<x drone-dji:GimbalYawDegree="-90.5" drone-dji:RelativeAltitude="+60.00"/>'
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + data[2:])
    raw = read_photos(path)
    assert (cell(raw, "direction"), cell(raw, "flight_height")) == ("269.5", "60")


def test_photos_that_call_themselves_shifted(tmp_path: Path) -> None:
    assert read_photos(photo(tmp_path / "a.jpg", gps={**PLACE, G.GPSMapDatum: "GCJ-02"})).datum == "gcj02"


def test_a_folder_of_other_pictures_is_none_of_photos(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "legend.png")
    with pytest.raises(Refusal) as refused:
        read_raw(tmp_path)
    assert refused.value.code == "import.nothing_inside"


def test_a_phone_that_writes_heic(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg", gps=PLACE)
    (tmp_path / "b.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    assert reasons(read_raw(tmp_path)[1]) == ["import.photo_heic"]
    with pytest.raises(Refusal) as refused:
        read_raw(tmp_path / "b.HEIC")
    assert refused.value.code == "import.is_heic"


def gpx(path: Path, *fixes: tuple[str, float]) -> Path:
    points = "".join(f"<trkpt lat='33.0' lon='{lon}'><time>{time}</time></trkpt>" for time, lon in fixes)
    path.write_text(
        f"<gpx version='1.1' creator='t' xmlns='http://www.topografix.com/GPX/1/1'><trk><trkseg>{points}</trkseg></trk></gpx>"
    )
    return path


def walk(path: Path) -> Path:
    """From 07:00:00 to 07:04:00 UTC (15 h in China) along a parallel, a hundredth of a degree a minute."""
    return gpx(path, *((f"2024-05-06T07:0{minute}:00Z", 120 + minute / 100) for minute in range(5)))


def test_photos_on_a_track_by_their_time(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg", "2024:05:06 15:01:30")
    photo(tmp_path / "b.jpg", "2024:05:06 15:04:40")  # 40 s after the last fix: still there
    photo(tmp_path / "c.jpg", "2024:05:06 16:00:00")
    photo(tmp_path / "d.jpg", None)
    photo(tmp_path / "e.jpg", "2024:05:06 15:02:00", gps=PLACE)
    walk(tmp_path / "walk.gpx")
    form, raw = read_raw(tmp_path)
    assert (form, raw.layers) == ("photos", ("photos", "walk.gpx"))
    assert raw.cells["photo"].tolist() == ["a.jpg", "b.jpg", "e.jpg"]
    assert raw.cells["placed_by"].tolist() == ["track", "track", "gps"]
    assert reasons(raw) == ["import.photo_off_track", "import.photo_without_place"]
    assert raw.geometry is not None
    assert [shape.x for shape in raw.geometry] == pytest.approx([120.015, 120.04, 120.14])
    clock = next(e for e in raw.evidence if e.what == "clock")
    assert (clock.value, clock.reason) == ("+0 s", "import.clock_assumed")


def test_a_camera_whose_clock_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    photo(folder / "a.jpg", "2024:05:06 15:11:00")
    track = walk(tmp_path / "walk.gpx")
    assert reasons(read_photos(folder, track=track)) == ["import.photo_off_track"]
    given = read_photos(folder, track=track, clock_offset_s=600)  # ten minutes ahead
    assert given.geometry is not None
    assert given.geometry[0].x == pytest.approx(120.01)
    photo(folder / "b.jpg", "2024:05:06 15:12:00", gps={G.GPSDateStamp: "2024:05:06", G.GPSTimeStamp: (7.0, 2.0, 0.0)})
    found = read_photos(folder, track=track)
    assert found.geometry is not None
    assert [shape.x for shape in found.geometry] == pytest.approx([120.01, 120.02])
    assert next(e for e in found.evidence if e.what == "clock").reason == "import.clock_by_gps"


def test_a_camera_that_knows_its_zone(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg", "2024:05:06 09:03:00", OffsetTimeOriginal="+02:00")
    raw = read_photos(tmp_path / "a.jpg", track=walk(tmp_path / "walk.gpx"), clock_offset_s=0)
    assert raw.geometry is not None
    assert raw.geometry[0].x == pytest.approx(120.03)


def test_a_receivers_log_is_a_track_too(tmp_path: Path) -> None:
    (tmp_path / "log.nmea").write_text(
        nmea("GPRMC,070000.00,A,3300.0000,N,12000.0000,E,1.0,90.0,060524,,")
        + nmea("GPRMC,070100.00,A,3300.0000,N,12000.6000,E,1.0,90.0,060524,,")
    )
    photo(tmp_path / "a.jpg", "2024:05:06 15:00:30")
    raw = read_raw(tmp_path)[1]
    assert raw.geometry is not None
    assert raw.geometry[0].x == pytest.approx(120.005)


def test_a_track_without_times(tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"
    path.write_text("<gpx version='1.1' creator='t' xmlns='http://www.topografix.com/GPX/1/1'><trk><trkseg><trkpt lat='1' lon='2'/></trkseg></trk></gpx>")  # fmt: skip
    with pytest.raises(Refusal) as refused:
        read_track(path)
    assert refused.value.code == "import.track_without_times"


def test_positions_are_only_told_where_they_are_known() -> None:
    track = Track(np.array([0.0, 100.0, 5000.0]), np.array([[0.0, 0.0], [1.0, 2.0], [9.0, 9.0]]))
    at = track.at(np.array([-61.0, -60.0, 0.0, 50.0, 100.0, 160.0, 161.0, 2000.0, 4940.0, 5000.0, 5061.0, np.nan]))
    nowhere = [np.nan, np.nan]
    assert np.allclose(
        at,
        [nowhere, [0, 0], [0, 0], [0.5, 1], [1, 2], [1, 2], nowhere, nowhere, [9, 9], [9, 9], nowhere, nowhere],
        equal_nan=True,
    )
    assert np.isnan(Track(np.empty(0), np.empty((0, 2))).at(np.array([1.0]))).all()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:10Z", 10.0), ("1970-01-01T08:00:10+08:00", 10.0), ("1970/01/01 00:00:10.5+00", 10.5),
        ("1970-01-01T08:00:00", 0.0), ("", np.nan), ("yesterday", np.nan), (None, np.nan), ("0001-01-01T00:00:00", np.nan),
    ],
)  # fmt: skip
def test_times(text: str | None, seconds: float) -> None:
    assert utc_seconds(text, 8.0) == pytest.approx(seconds, nan_ok=True)


def test_the_direction_of_a_photo_is_that_of_the_camera(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg", gps={**PLACE, G.GPSImgDirection: 135.0})
    found = guess_mapping(read_photos(tmp_path), load_catalogue()["camera"])
    assert found.sources["azimuth"].column == "direction"
