"""The main job from end to end: sample city, import, an edit on the map, an analysis, and every kind of map."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import rasterio
from click.testing import CliRunner

from datasets.field_files import write_hotspot_csv
from datasets.sample import make
from desktop.cli import yantu
from desktop.commands.console import Console
from desktop.demonstration import demonstrate


def answer(*words: object) -> Any:
    result = CliRunner().invoke(yantu, [*map(str, words), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("main") / "city.yantu"
    make(path, 2_000)
    return path


def test_the_command_does_the_whole_job(qapp: Any, city: Path) -> None:
    folder = city.parent
    write_hotspot_csv(folder / "h.csv", 30, seed=5, encoding="gb18030")
    before = answer("query", city, "--class", "wifi_hotspot", "--count")["count"]
    report = answer("import", city, folder / "h.csv", "--class", "WiFi热点")
    assert report["read"] == sum(report[key] for key in ("new", "changed", "same", "conflict", "rejected"))
    assert report["rejected"] == len(report["rejects"]) > 0
    after = answer("query", city, "--class", "wifi_hotspot", "--count")["count"]
    assert after == before + report["new"] > before

    run = answer("analyse", city, "wifi", "--out", folder / "run")
    rows = {row["code"]: row for row in run["areas"]}
    assert 0 < rows["320900"]["area_share"] < 1
    assert sum(rows[code]["covered_m2"] for code in rows if re.fullmatch(r"3209(0[234]|2[1-5]|81)", code)) == (
        pytest.approx(rows["320900"]["covered_m2"], rel=1e-3)
    )
    with rasterio.open(next(Path(f) for f in run["files"].values() if f.endswith(".tif"))) as raster:
        assert raster.crs.to_epsg() == 4549
        assert raster.read(1, masked=True).max() > -75
    assert len(pyogrio.list_layers(folder / "run" / "coverage.gpkg")) >= 2

    for ending in (".pdf", ".png", ".svg", ".html", ".tif"):
        made = answer("map", city, "--out", folder / f"sheet{ending}", "--lang", "en")
        assert Path(made["files"][0]).stat().st_size > 20_000
    page = (folder / "sheet.html").read_text("utf-8")
    # A link to Leaflet's home, to be clicked, is no request; a script, picture or style sheet would be.
    assert not re.search(r"""(?:src\s*=|<link[^>]+href\s*=|url\()\s*["']?(?:https?:)?//""", page)

    assert answer("undo", city)["undone"] == [report["seq"]]
    assert answer("query", city, "--class", "wifi_hotspot", "--count")["count"] == before
    assert answer("verify", city)["ok"]


def test_without_a_display_the_same_job_is_shown(qapp: Any, city: Path) -> None:
    document = demonstrate(Console("en", True, True), city, city.parent / "out")
    names = {Path(str(name)).suffix for name in document["files"]}  # type: ignore[attr-defined]
    assert {".pdf", ".png", ".html"} <= names
    again = demonstrate(Console("zh", True, True), city, city.parent / "out")
    assert again["import"]["new"] == 0  # type: ignore[index]
    assert again["import"]["same"] > 0  # type: ignore[index]
