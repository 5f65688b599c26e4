from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image

from gis.cartography.breaks import style_of_one, style_with_breaks
from gis.catalogue import load_catalogue
from gis.editing import Create
from gis.project import Session
from gis.project.styles import save_style, style_of
from tests.desktop.commands.test_cli import answer, refusal, run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "city.yantu"
    with Session.create(path) as session:
        save_style(session, style_with_breaks(style_of(session, "cable"), "fibre_count", (12, 48)))
    return path


def _of(document: dict, cls: str) -> dict:
    return next(s for s in document["styles"] if s["class"] == cls)


def test_styles_are_listed(project: Path) -> None:
    document = answer("style", project)
    assert len(document["styles"]) == len([c for c in load_catalogue() if c.spatial])
    wanted = {"class": "cable", "mode": "breaks", "by": "fibre_count", "symbols": 3, "crowd": "thin", "own": True}
    assert _of(document, "cable") == wanted
    assert not _of(document, "road")["own"]
    assert "光缆  breaks fibre_count  3（自定义）" in run("style", project, "--class", "光缆", "--lang", "zh").stdout


def test_a_set_of_styles_goes_from_project_to_project(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "all.yantu-style.json"
    assert answer("style", project, "--export", target)["files"] == [str(target)]
    other = tmp_path / "other.yantu"
    answer("new", other)
    document = answer("style", other, "--import", target)
    assert _of(document, "cable")["mode"] == "breaks"
    assert [s["class"] for s in document["styles"] if s["own"]] == ["cable"]
    with Session.open(project) as one, Session.open(other) as two:
        assert style_of(one, "cable") == style_of(two, "cable")
    assert not _of(answer("style", other, "--reset"), "cable")["own"]


def test_one_style_goes_through_qgis(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "cable.qml"
    answer("style", project, "--class", "cable", "--export", target)
    document = answer("style", project, "--class", "cable", "--import", target)
    assert _of(document, "cable")["by"] == "fibre_count"
    assert document["passed_over"] == []


def test_what_cannot_be_is_refused(project: Path, tmp_path: Path) -> None:
    assert refusal("style", project, "--class", "splice")["refusal"] == "style.not_drawn"
    assert refusal("style", project, "--import", tmp_path / "none.json")["refusal"] == "style.cannot_read"
    assert run("style", project, "--import", tmp_path / "x.qml").exit_code == 2
    assert run("style", project, "--import", tmp_path / "x.json", "--reset").exit_code == 2


def test_pictures_are_drawn_in_the_saved_style(tmp_path: Path) -> None:
    path, out = tmp_path / "city.yantu", tmp_path / "map.png"
    with Session.create(path) as session:
        session.perform(Create("building", [{"code": "B-1", "geom": shapely.box(500_000, 3.7e6, 500_100, 3_700_100)}]))
        plain = style_of_one(style_of(session, "building"))
        red = replace(plain, opacity=1.0, variants=(replace(plain.variants[0], fill="#FF0000"),))
        save_style(session, red)
    answer("picture", path, "--out", out, "--width", 200, "--plain")
    pixels = np.asarray(Image.open(out).convert("RGB")).astype(int)
    assert ((pixels[..., 0] > 250) & (pixels[..., 1:].max(axis=2) < 5)).mean() > 0.5
