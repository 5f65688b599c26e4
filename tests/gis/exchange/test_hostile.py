"""Files that mean harm or were hurt on the way: refused with a reason, never a crash, a hang or half the data."""

# ruff: noqa: E501 - the files are written out here as they are

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gis.errors import Refusal
from gis.exchange.formats import READABLE, read_raw
from tests.gis.exchange.test_formats import KML, frame, nmea, photo
from tests.gis.exchange.test_spreadsheets import book


def refused(path: Path) -> str:
    with pytest.raises(Refusal) as found:
        read_raw(path)
    assert found.value.hint("zh")
    assert found.value.hint("en")
    return found.value.code


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:/evil.csv"])
def test_paths_that_leave_the_archive(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, "code,lon,lat\nA,120,33\n")
    assert refused(tmp_path / "a.zip") == "import.archive_escapes"
    assert not (tmp_path.parent / "evil.csv").exists()


def test_links_in_archives(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert refused(tmp_path / "a.zip") == "import.archive_escapes"


def test_a_zip_bomb(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", bytes(32 << 20))
    assert refused(tmp_path / "a.zip") == "import.archive_bomb"


def test_an_archive_that_lies_about_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"x" * 5000)
    data = path.read_bytes()
    path.write_bytes(data.replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little")))
    assert refused(path) == "import.broken_archive"


def test_archives_with_nothing_in_them(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.md", "x")
    assert refused(tmp_path / "a.zip") == "import.nothing_inside"


@pytest.mark.parametrize("ending", [".kml", ".gpx", ".osm"])
def test_entity_bombs(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    levels = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    path.write_text(f'<?xml version="1.0"?><!DOCTYPE k [<!ENTITY e0 "ha">{levels}]><kml>&e9;</kml>')
    assert refused(path) == "import.xml_entities"


@pytest.mark.parametrize("ending", [e for e in READABLE if e != ".gdb"])
def test_files_of_no_bytes_and_of_noise(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(b"")
    if ending == ".shp":
        assert refused(path) == "import.empty"
    elif ending in (".jpg", ".jpeg"):
        assert [r.why.code for r in read_raw(path)[1].unreadable] == ["import.broken_photo"]
    else:
        assert refused(path) == "import.empty"
    path.write_bytes(b"\x00\x01\x02\x03noise" * 40)
    if ending not in (".jpg", ".jpeg"):
        refused(path)


def test_a_renamed_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.gpkg").write_text(KML, "utf-8")
    assert refused(tmp_path / "a.gpkg") == "import.wrong_ending"
    vrt = "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    (tmp_path / "a.kml").write_text(vrt)
    assert refused(tmp_path / "a.kml") == "import.broken_file"


def hurt(data: bytes, rng: np.random.Generator) -> bytes:
    if rng.random() < 0.4:
        return data[: int(rng.integers(1, len(data)))]
    flipped = bytearray(data)
    for at in rng.integers(0, len(data), int(rng.integers(1, 40))):
        flipped[at] ^= 1 << int(rng.integers(8))
    return bytes(flipped)


def sources(folder: Path) -> list[tuple[Path, int]]:
    """(file, how often it is hurt): the readers in this process cheaply, GDAL's child a few times each."""
    made: list[tuple[Path, int]] = []
    for name in ("a.gpkg", "a.fgb"):
        frame("polygon").to_file(folder / name)
        made.append((folder / name, 4))
    (folder / "a.kml").write_text(KML, "utf-8")
    (folder / "a.nmea").write_text(nmea("GPGGA,235959.00,3321.0000,N,12008.4000,E,1,08,0.9,5.0,M,,M,,") * 5)
    (folder / "a.dat").write_text("1,a,510000.5,3690000.25,3.2\n" * 5)
    (folder / "a.json").write_text(
        '{"networks": [{"nodes": [{"location": {"type": "Point", "coordinates": [1, 2]}}]}]}'
    )
    photo(folder / "a.jpg", {1: "N", 2: (33.0, 21.0, 0.0), 3: "E", 4: (120.0, 8.0, 24.0)})
    book(folder / "a.xlsx")
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "code,lon,lat\nA,120,33\n" * 9)
    made += [(folder / "a.kml", 4)]
    made += [(folder / f"a{e}", 150) for e in (".nmea", ".dat", ".json", ".jpg", ".xlsx", ".zip")]
    return made


def test_hurt_files_are_read_or_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(20)
    outcomes = {"read": 0, "refused": 0}
    for path, times in sources(tmp_path):
        data = path.read_bytes()
        target = tmp_path / "hurt" / path.name
        target.parent.mkdir(exist_ok=True)
        for _ in range(times):
            target.write_bytes(hurt(data, rng))
            try:
                _, raw = read_raw(target)
                assert all(len(column) == len(raw) for column in raw.cells.values())
                outcomes["read"] += 1
            except Refusal:
                outcomes["refused"] += 1
    assert min(outcomes.values()) > 50
