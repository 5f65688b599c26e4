"""``yantu map --coverage``: the raster of a run for other programs."""

from __future__ import annotations

import json
from pathlib import Path

import rasterio
from click.testing import CliRunner

from desktop.cli import yantu
from tests.gis.sheets.city import small_city


def told(*words: object) -> tuple[int, dict]:
    result = CliRunner().invoke(yantu, [*map(str, words), "--json", "--quiet"])
    return result.exit_code, json.loads(result.stdout)


def test_classes_and_levels_of_a_run(analysed, tmp_path: Path) -> None:
    session, run = analysed
    out = tmp_path / "classes.tif"
    code, said = told("map", session.path, "--coverage", "classes", "--run", run.id, "--out", out)
    assert (code, said["files"]) == (0, [str(out), f"{out}.aux.xml"])
    with rasterio.open(out) as made:
        assert made.colormap(1)[1][3] == 255
        assert 1 in made.read(1)
    levels = tmp_path / "levels.tif"
    assert told("map", session.path, "--coverage", "levels", "--out", levels)[1] == {"files": [str(levels)]}
    with rasterio.open(levels) as made:
        assert made.dtypes == ("float32",)


def test_a_project_without_a_run_says_what_to_do(tmp_path: Path) -> None:
    with small_city(tmp_path / "c.yantu") as session:
        path = Path(session.path)
    code, said = told("map", path, "--coverage", "classes", "--out", tmp_path / "c.tif")
    assert (code, said["refusal"]) == (1, "sheets.no_run")
    assert "yantu analyse" in said["hint"]
