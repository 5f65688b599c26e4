"""Files that mean harm or were hurt on the way: refused with a reason, never a crash, a hang or half the data."""

# ruff: noqa: E501 - the files are written out here as they are

from __future__ import annotations

import stat
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gis.errors import Cancelled, Refusal
from gis.exchange import archives
from gis.exchange.formats import READABLE, read_raw
from gis.progress import Progress
from tests.gis.exchange.test_formats import KML, frame


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


@pytest.mark.parametrize("ending", [".kml", ".gpx", ".osm", ".qgs"])
@pytest.mark.parametrize("before", ["x" * 100_000, "<a>", "x" * (5 << 20)], ids=["long", "false-element", "endless"])
def test_entity_bombs_behind_a_comment(tmp_path: Path, ending: str, before: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_text(f'<?xml version="1.0"?><!-- {before} --><!DOCTYPE k [<!ENTITY e0 "ha">]><kml>&e0;</kml>')
    assert refused(path) == "import.xml_entities"


def test_entities_kept_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_text('<?xml version="1.0"?><!DOCTYPE k SYSTEM "file:///etc/passwd" [<!ENTITY % p SYSTEM "x">%p;]><kml/>')
    assert refused(path) == "import.xml_entities"


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"type": "Feature", "properties": {"a": ' + "["])
def test_json_nested_beyond_all_depth(tmp_path: Path, opening: str) -> None:
    (tmp_path / "a.geojson").write_text(opening * 100_000)
    assert refused(tmp_path / "a.geojson") == "import.wrong_json"


def test_a_geometry_nested_beyond_all_depth(tmp_path: Path) -> None:
    shape = '{"type": "Point", "coordinates": [1, 2]}'
    for _ in range(400):
        shape = f'{{"type": "GeometryCollection", "geometries": [{shape}]}}'
    (tmp_path / "a.geojson").write_text(f'{{"type": "Feature", "properties": {{}}, "geometry": {shape}}}')
    _, raw = read_raw(tmp_path / "a.geojson")
    assert len(raw) + len(raw.unreadable) == 1


def test_an_archive_of_very_many_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(5_001):
            archive.writestr(f"{number}.csv", "")
    assert refused(tmp_path / "a.zip") == "import.archive_bomb"


def test_an_archive_in_an_archive_is_not_opened(tmp_path: Path) -> None:
    """Each layer of a nested bomb is small; only the outermost .zip is unpacked."""
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as archive:
        archive.writestr("a.csv", "code,lon,lat\nA,120,33\n")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "inner.zip", "inner.zip")
    assert refused(tmp_path / "a.zip") == "import.nothing_inside"


def test_a_locked_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "x")
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flags in the member's head and in the list at the end
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(bytes(data))
    assert refused(path) == "import.archive_locked"


def test_a_cancelled_reading_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    original = archives.mkdtemp

    def watched(*args: object, **options: str) -> str:
        folder = original(**options, dir=str(tmp_path))
        made.append(Path(folder))
        return folder

    monkeypatch.setattr(archives, "mkdtemp", watched)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "code,lon,lat\nA,120,33\n")
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        read_raw(tmp_path / "a.zip", progress=progress)
    assert len(made) == 1
    assert not made[0].exists()


@pytest.mark.parametrize("ending", [".gpkg", ".dxf", ".kml"])
def test_a_child_is_stopped_with_the_reading(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[subprocess.Popen[bytes]] = []
    original = subprocess.Popen

    def watched(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        children.append(original(*args, **options))
        return children[-1]

    path = tmp_path / f"a{ending}"
    if ending == ".gpkg":
        frame().to_file(path)
    else:
        path.write_text(KML if ending == ".kml" else "0\nEOF\n", "utf-8")
    monkeypatch.setattr("gis.exchange.confinement.subprocess.Popen", watched)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        read_raw(path, progress=progress)
    assert [child.poll() is not None for child in children] == [True]


def test_a_child_that_takes_too_much_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame().to_file(tmp_path / "a.gpkg")
    monkeypatch.setattr("gis.exchange.foreign.MEMORY_BYTES", 100 << 20)
    assert refused(tmp_path / "a.gpkg") in ("import.too_large", "import.broken_file")


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
