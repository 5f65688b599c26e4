"""What a surveyor's device brings, imported by the command: photos on a track, a field project, a drawing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from desktop.cli import yantu
from tests.gis.exchange.test_dxf import E, N, drawn
from tests.gis.exchange.test_field_projects import survey
from tests.gis.exchange.test_photos import PLACE, photo, walk


def answer(*words: object, exit_code: int = 0) -> Any:
    result = CliRunner().invoke(yantu, [*(str(word) for word in words), "--json"])
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    path = tmp_path / "city.yantu"
    answer("new", path, "--name", "盐城")
    return path


def counted(found: Any) -> tuple[int, ...]:
    return tuple(found[name] for name in ("read", "new", "changed", "same", "conflict", "rejected"))


def test_photos_on_a_track_that_lies_elsewhere(city: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    photo(folder / "a.jpg", "2024:05:06 15:11:00")
    photo(folder / "b.jpg", gps=PLACE)
    track = walk(tmp_path / "walk.gpx")
    alone = answer("import", city, folder, "--class", "camera", "--dry-run")
    assert counted(alone) == (2, 1, 0, 0, 0, 1)
    wrong_clock = answer("import", city, folder, "--class", "camera", "--track", track, "--dry-run")
    assert [reject["code"] for reject in wrong_clock["rejects"]] == ["import.photo_off_track"]
    given = ("import", city, folder, "--class", "camera", "--track", track, "--clock-offset", 600)
    assert counted(answer(*given)) == (2, 2, 0, 0, 0, 0)
    assert counted(answer(*given)) == (2, 0, 0, 2, 0, 0)  # the same photos again change nothing
    places = answer("query", city, "--class", "camera")["features"]
    assert sorted(round(f["geometry"]["coordinates"][0], 4) for f in places) == [120.01, 120.14]


def test_a_field_project_with_its_photos(city: Path, tmp_path: Path) -> None:
    survey(tmp_path / "survey")
    found = answer("import", city, tmp_path / "survey", "--class", "fibre_node")
    assert counted(found) == (3, 3, 0, 0, 0, 0)
    assert found["applied"]["photos"] == 1
    assert [reject["line"] for reject in found["photo_rejects"]] == [3]  # named in the table, not in the folder
    again = answer("import", city, tmp_path / "survey", "--class", "fibre_node")
    assert counted(again) == (3, 0, 0, 3, 0, 0)


def test_a_drawing(city: Path, tmp_path: Path) -> None:
    def draw(document: Any, space: Any) -> None:
        document.blocks.new("井").add_circle((0, 0), 0.5)
        for number in range(4):
            space.add_blockref("井", (E + 40 * number, N)).add_attrib("编号", f"J-{number}", (E, N))
        space.add_line((E, N), (E + 120, N))

    path = drawn(tmp_path / "a.dxf", draw)
    nodes = answer("import", city, path, "--class", "fibre_node")
    assert counted(nodes) == (5, 4, 0, 0, 0, 1)
    ducts = answer("import", city, path, "--class", "route_segment")
    assert counted(ducts) == (5, 1, 0, 0, 0, 4)
    assert answer("query", city, "--class", "fibre_node", "--count") == {"count": 4}
    assert answer("undo", city, 2)["undone"]
    assert answer("query", city, "--class", "fibre_node", "--count") == {"count": 0}
