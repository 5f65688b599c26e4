"""Folders, archives and files of other programs that come as several: what is read, and what is only told."""

from __future__ import annotations

import errno
import shutil
import struct
import zipfile
from pathlib import Path

import geopandas
import pyogrio
import pytest
import shapely

from gis.errors import Refusal
from gis.exchange import archives
from gis.exchange.formats import READABLE, read_raw
from gis.exchange.nmea import looks_like_nmea
from gis.exchange.raw import Dialect, RawTable
from tests.gis.exchange.test_formats import frame, nmea

CRS = "EPSG:4549"


def evidence(raw: RawTable) -> dict[str, str]:
    return {e.what: e.value for e in raw.evidence}


def refused(path: Path) -> str:
    with pytest.raises(Refusal) as found:
        read_raw(path)
    assert found.value.message("zh")
    assert found.value.hint("zh")
    assert found.value.hint("en")
    return found.value.code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a.dwg", "import.is_dwg"), ("a.rar", "import.other_archive"), ("a.7z", "import.other_archive"),
        ("a.heic", "import.is_heic"), ("a.ovobj", "import.is_ovobj"), ("a.mdb", "import.is_access"),
        ("a.dbf", "import.part_of_shapefile"), ("a.xyz", "import.unknown_format"),
    ],
    ids=lambda value: value,
)  # fmt: skip
def test_files_with_a_way_round(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert refused(tmp_path / name) == code


def test_nothing_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.gpkg") == "import.no_file"
    assert refused(tmp_path) == "import.nothing_inside"


def test_a_folder_of_one_file_among_others(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.gpkg")
    (tmp_path / "readme.txt").write_text("read me")
    (tmp_path / "Thumbs.db").write_bytes(b"\xd0\xcf")
    (tmp_path / ".hidden.csv").write_text("code,lon,lat\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "~$b.xlsx").write_bytes(b"lock")
    form, raw = read_raw(tmp_path)
    assert (form, raw.layers) == ("geopackage", ("a",))


def test_notes_are_read_where_there_is_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "points.txt").write_text("code,lon,lat\nA,120.1,33.3\n")
    assert len(read_raw(tmp_path)[1]) == 1


def test_several_files_with_layers_of_their_own(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.gpkg", layer="poles")
    frame("line").to_file(tmp_path / "a.gpkg", layer="ducts")
    (tmp_path / "b.csv").write_text("code,lon,lat\nA,120.1,33.3\n")
    _, raw = read_raw(tmp_path)
    assert (raw.layers, raw.layer) == (("a.gpkg|poles", "a.gpkg|ducts", "b.csv"), "a.gpkg|poles")
    assert read_raw(tmp_path, Dialect(layer="a.gpkg|ducts"))[1].layer == "a.gpkg|ducts"
    assert len(read_raw(tmp_path, Dialect(layer="b.csv"))[1]) == 1


def test_where_the_first_of_several_is_broken(tmp_path: Path) -> None:
    (tmp_path / "a.gpkg").write_bytes(b"SQLite format 3\0 and no more")
    (tmp_path / "b.csv").write_text("code,lon,lat\nA,120.1,33.3\n")
    assert read_raw(tmp_path)[1].layer == "b.csv"
    (tmp_path / "b.csv").unlink()
    assert refused(tmp_path) == "import.broken_file"


def test_folders_too_large_to_be_a_delivery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gis.exchange.folders.MOST_ENTRIES", 3)
    for number in range(5):
        (tmp_path / f"{number}.csv").write_text("a")
    assert refused(tmp_path) == "import.folder_too_large"


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    frame().to_file(tmp_path / "out.gpkg")
    (folder / "a.gpkg").symlink_to(tmp_path / "out.gpkg")
    assert refused(folder) == "import.nothing_inside"


def test_a_geodatabase_zipped(tmp_path: Path) -> None:
    frame("polygon").to_file(tmp_path / "城市.gdb", driver="OpenFileGDB", layer="areas")
    path = Path(shutil.make_archive(str(tmp_path / "a"), "zip", tmp_path, "城市.gdb"))
    form, raw = read_raw(path, prefer="polygon")
    assert (form, len(raw), raw.cells["code"].tolist()) == ("filegdb", 3, ["A1", "A2", "A3"])
    assert len(read_raw(tmp_path / "城市.gdb")[1]) == 3


def test_several_layers_of_a_geodatabase(tmp_path: Path) -> None:
    for layer, kind in (("poles", "point"), ("ducts", "line")):
        frame(kind).to_file(tmp_path / "a.gdb", driver="OpenFileGDB", layer=layer)
    assert set(read_raw(tmp_path / "a.gdb")[1].layers) == {"poles", "ducts"}
    assert read_raw(tmp_path / "a.gdb", prefer="line")[1].layer == "ducts"


def test_a_folder_that_only_calls_itself_a_geodatabase(tmp_path: Path) -> None:
    (tmp_path / "a.gdb").mkdir()
    assert refused(tmp_path / "a.gdb") == "import.broken_file"
    (tmp_path / "b.gdb").write_bytes(b"x")
    assert refused(tmp_path / "b.gdb") == "import.wrong_ending"


@pytest.mark.parametrize("charset", ["WindowsSimpChinese", "Neutral"])
def test_mapinfo_with_chinese_names(tmp_path: Path, charset: str) -> None:
    """MapInfo writes names and texts in the code page its .tab names; "Neutral" is the office's own."""
    given = geopandas.GeoDataFrame(
        {"AAAA": ["BBBB1", "BBBB2"]}, geometry=shapely.points([[120.1, 33.3], [120.2, 33.4]]), crs="EPSG:4326"
    )
    path = tmp_path / "管线.tab"
    given.to_file(path, driver="MapInfo File")
    for part in (path, tmp_path / "管线.dat"):  # GDAL does not write such names, MapInfo does
        data = part.read_bytes().replace(b"AAAA", "编号".encode("gbk")).replace(b"BBBB", "管井".encode("gbk"))
        part.write_bytes(data.replace(b"Neutral", charset.encode()) if part == path else data)
    form, raw = read_raw(path)
    assert (form, raw.columns) == ("mapinfo", ("编号",))
    assert raw.cells["编号"].tolist() == ["管井1", "管井2"]
    assert read_raw(tmp_path)[0] == "mapinfo"  # its .dat is no survey


def test_arcs_are_told_in_layers_of_any_kind(tmp_path: Path) -> None:
    curve = struct.pack("<BII6d", 1, 8, 3, 0, 0, 100, 100, 200, 0)  # WKB of a CircularString
    line = shapely.to_wkb(shapely.LineString([(0, 0), (1, 1)]))
    pyogrio.raw.write(
        tmp_path / "a.gpkg", [curve, line], [], [], geometry_type="Unknown", crs=CRS, driver="GPKG", layer="mixed"
    )
    _, raw = read_raw(tmp_path / "a.gpkg")
    assert raw.geometry is not None
    assert [shape.geom_type for shape in raw.geometry] == ["LineString", "LineString"]
    assert evidence(raw)["curves"] == "1"
    frame("line").to_file(tmp_path / "b.gpkg")
    assert "curves" not in evidence(read_raw(tmp_path / "b.gpkg")[1])


def test_openstreetmap_in_its_binary_form_is_known_by_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "a.pbf").write_bytes(b"PK\3\4not a map")
    assert refused(tmp_path / "a.pbf") == "import.wrong_ending"


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "code,lon,lat\nA,120.1,33.3\n")
    held = archives.Unpacked()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archives, "Unpacked", lambda: held)
    monkeypatch.setattr(Path, "mkdir", full)
    assert refused(tmp_path / "a.zip") == "import.no_room"
    assert not held.folder.exists()


def test_a_member_where_another_needs_a_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr("a.csv/b.csv", "x")
    assert refused(tmp_path / "a.zip") == "import.broken_archive"


def test_photos_in_an_archive_beside_data(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("code,lon,lat,photo\nA,120.1,33.3,a.jpg\n")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.csv", "a.csv")
        archive.writestr("a.jpg", b"\xff\xd8")
    assert read_raw(tmp_path / "a.zip")[0] == "delimited"


def test_receivers_logs_in_any_dress(tmp_path: Path) -> None:
    sentence = nmea("GNGGA,070000.00,3321.0000,N,12008.4000,E,1,08,0.9,5.0,M,,M,,")
    text = sentence * 4
    for name, data in (
        ("wide.log", text.encode("utf-16-le")), ("marked.log", text.encode("utf-16")),
        ("big.log", text.encode("utf-16-be")),
        ("ublox.log", b"\xb5b\x01\x07\0\0\xff\xfe\0" + text.encode() + b"\xb5b\x01\0"), ("plain.txt", text.encode()),
        ("stamped.log", "".join(f"12:00:00 {sentence}" for _ in range(4)).encode()),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        form, raw = read_raw(tmp_path / name)
        assert (name, form) == (name, "nmea")
        assert len(raw) + len(raw.unreadable) == 4 if name == "stamped.log" else len(raw) >= 1
    assert looks_like_nmea(b"\xff\xfe$\0G\0")
    assert not looks_like_nmea(b"code,lon")


def test_an_older_cass_file_announces_its_points(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(b"3\n1,,510000,3690000,3\n2,,510001,3690000,3\n")
    _, raw = read_raw(path)
    assert (len(raw), raw.lines.tolist(), raw.unreadable) == (2, [2, 3], ())
    assert evidence(raw)["points"] == "3"


def test_the_list_of_endings_has_no_photos_twice() -> None:
    assert {".qgs", ".qgz", ".ovkmz", ".jsonl", ".dxf"} <= set(READABLE)
    assert len(READABLE) == len(set(READABLE))


def test_a_first_line_that_is_a_figure_and_no_number(tmp_path: Path) -> None:
    """A superscript two is a digit to Unicode and no number to anyone; the line is rejected as any other."""
    path = tmp_path / "a.dat"
    path.write_text("²\n1,,510000,3690000,3\n", "utf-8")
    _, raw = read_raw(path)
    assert (len(raw), [(r.line, r.why.code) for r in raw.unreadable]) == (1, [(1, "import.no_cass_point")])
