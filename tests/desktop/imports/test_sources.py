"""What is dropped becomes a list of sources: folders are opened, what belongs together stays together."""

from __future__ import annotations

from pathlib import Path

from desktop.imports import sources
from desktop.imports.sources import sources_in


def made(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


def names(root: Path, *paths: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in sources_in(paths or (root,))]


def test_a_file_is_a_source_whatever_it_is(tmp_path: Path) -> None:
    made(tmp_path, "a.csv", "b.pdf")
    assert names(tmp_path, tmp_path / "b.pdf", tmp_path / "a.csv", tmp_path / "b.pdf") == ["b.pdf", "a.csv"]


def test_a_folder_gives_its_readable_files_and_those_below(tmp_path: Path) -> None:
    made(tmp_path, "B.csv", "a.csv", "sub/c.gpkg", "sub/readme.pdf", ".hidden.csv", "~$a.xlsx", "__MACOSX/d.csv")
    assert names(tmp_path) == ["a.csv", "B.csv", "sub/c.gpkg"]


def test_photos_beside_a_table_belong_to_it_and_alone_are_one_source(tmp_path: Path) -> None:
    made(tmp_path, "form/form.csv", "form/media/1.jpg", "form/2.jpg", "walk/1.jpg", "walk/2.jpg")
    assert names(tmp_path) == ["form/form.csv", "walk"]


def test_projects_and_geodatabases_are_whole(tmp_path: Path) -> None:
    made(tmp_path, "field/city.qgz", "field/data.gpkg", "field/DCIM/1.jpg", "base.gdb/a00000001.gdbtable")
    assert names(tmp_path) == ["base.gdb", "field"]


def test_the_parts_of_a_table_of_mapinfo_are_no_list_of_points(tmp_path: Path) -> None:
    made(tmp_path, "roads.tab", "roads.dat", "points.dat")
    assert names(tmp_path) == ["points.dat", "roads.tab"]


def test_no_more_than_can_be_looked_through(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sources, "MOST", 3)
    made(tmp_path, *(f"{i}.csv" for i in range(9)))
    assert len(sources_in([tmp_path])) == 3
    deep = tmp_path / "/".join("abcdefghij")
    made(deep, "far.csv")
    assert deep / "far.csv" not in sources_in([tmp_path])


def test_photos_and_the_track_that_places_them_are_one_source(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    (tmp_path / "walk.gpx").touch()
    assert sources_in([tmp_path]) == [tmp_path]
    (tmp_path / "poles.csv").touch()
    assert sources_in([tmp_path]) == [tmp_path / "poles.csv", tmp_path / "walk.gpx"]
