"""``yantu analyse``: every choice of a run by option, the JSON that others rely on, files, comparisons, refusals."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from click.testing import CliRunner
from rasterio.transform import Affine

from desktop.cli import yantu
from gis.editing import Create
from gis.project import Session

X, Y = 500_000.0, 3_690_000.0


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district with a mast, a planned cell, a building, a hotspot, a road and a school."""
    path = tmp_path_factory.mktemp("city") / "city.yantu"
    with Session.create(path) as made:
        district = shapely.MultiPolygon([shapely.box(X, Y, X + 2000, Y + 2000)])
        made.perform(
            Create("area", [{"code": "320902", "name": "亭湖区", "level": "county", "urban": True, "population": 900,
                             "geom": district}])
        )  # fmt: skip
        middle = shapely.Point(X + 1000, Y + 1000)
        made.perform(Create("premises", [{"kind": "home", "households": 2, "geom": middle},
                                         {"kind": "school", "name": "一中", "geom": middle}]))  # fmt: skip
        site = made.perform(Create("base_station", [{"code": "B1", "geom": middle}])).created["base_station"][0]
        cell = {"site": site, "technology": "LTE", "frequency_mhz": 1800.0, "eirp_dbm": 45.0, "geom": middle}
        made.perform(Create("cell", [{**cell, "code": "C1", "azimuth": 0.0, "owner": "mobile"},
                                     {**cell, "code": "C2", "azimuth": 180.0, "status": "planned"}]))  # fmt: skip
        block = shapely.MultiPolygon([shapely.box(X + 960, Y + 1100, X + 1040, Y + 1160)])
        made.perform(Create("building", [{"height_m": 40.0, "geom": block}]))
        made.perform(Create("wifi_hotspot", [{"code": "W1", "free": True, "geom": middle},
                                             {"code": "W2", "free": False, "geom": middle}]))  # fmt: skip
    return path


def analyse(*arguments: object, status: int = 0) -> dict:
    run = CliRunner().invoke(yantu, ["analyse", *(str(a) for a in arguments), "--json"])
    assert run.exit_code == status, run.output
    return json.loads(run.stdout)


def params(city: Path, made: dict) -> dict:
    with Session.open(city, readonly=True) as session:
        return session.run(made["run"]).params


def test_the_json_that_others_rely_on(city: Path) -> None:
    made = analyse(city, "wifi", "--resolution", 20)
    assert {"run", "areas", "headline", "files"} <= set(made)
    assert {"code", "area_share", "population_share"} <= set(made["areas"][0])
    assert Path(made["files"]["coverage"]).is_file()
    assert made["sites"] == 1


def test_every_choice_reaches_the_run(city: Path, tmp_path: Path) -> None:
    made = analyse(
        city, "cells", "--technology", "LTE", "--resolution", 20, "--threshold", -100, "--model", "hata",
        "--receiver-height", 2.5, "--load", 0.8, "--layers", "server, indoor", "--statuses", "in_service,planned",
        "--no-buildings", "--thresholds", "-95,-110", "--confidence", "50%,0.9", "--grid", 500,
        "--out", tmp_path / "out",
    )  # fmt: skip
    kept = params(city, made)
    assert kept["model"] == "hata"
    assert (kept["receiver_height_m"], kept["load"], kept["grid_m"]) == (2.5, 0.8, 500.0)
    assert (kept["statuses"], kept["thresholds"]) == (["in_service", "planned"], [-95.0, -110.0])
    assert kept["confidence"] == [0.5, 0.9]
    assert kept["ground"] is False
    assert len(made["servers"]) == 2
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "coverage.tif", "server.tif", "indoor.tif", "areas.json", "coverage.gpkg", "coverage.xlsx",
    }  # fmt: skip


def test_ground_files_and_buildings_take_part(city: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat.tif"
    with rasterio.open(
        flat, "w", driver="GTiff", width=80, height=80, count=1, dtype="float32", crs="EPSG:4549",
        transform=Affine(50.0, 0.0, X - 1000, 0.0, -50.0, Y + 3000),
    ) as file:  # fmt: skip
        file.write(np.full((80, 80), 3.0, np.float32), 1)
    made = analyse(city, "cells", "--technology", "LTE", "--resolution", 20, "--terrain", flat,
                   "--model", "diffraction")  # fmt: skip
    assert params(city, made)["terrain"] == str(flat)
    assert any("flat.tif" in str(note["args"]) for note in made["notes"])
    without = analyse(city, "cells", "--technology", "LTE", "--resolution", 20)
    bare = analyse(city, "cells", "--technology", "LTE", "--resolution", 20, "--no-buildings")
    assert without["headline"]["covered_m2"] != bare["headline"]["covered_m2"]


def test_two_runs_are_compared(city: Path, tmp_path: Path) -> None:
    first = analyse(city, "cells", "--technology", "LTE", "--resolution", 20)
    second = analyse(
        city, "cells", "--technology", "LTE", "--resolution", 20, "--statuses", "in_service,planned",
        "--compare", first["run"], "--out", tmp_path / "out",
    )  # fmt: skip
    found = second["comparison"]
    assert (found["a"], found["b"]) == (first["run"], second["run"])
    assert found["gained_m2"] > 0.0
    assert found["lost_m2"] == 0.0
    assert found["settings"] == {"statuses": [["in_service"], ["in_service", "planned"]]}
    assert Path(found["path"]).parent == tmp_path / "out"
    assert Path(found["path"]).is_file()


def test_paid_hotspots_take_part_when_asked(city: Path) -> None:
    assert len(analyse(city, "wifi", "--resolution", 20, "--paid")["servers"]) == 2
    assert len(analyse(city, "wifi", "--resolution", 20)["servers"]) == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--model", "magic"), "radio.no_model"),
        (("--layers", "magic"), "radio.no_layer"),
        (("--statuses", "magic"), "radio.no_status"),
        (("--load", "5"), "radio.bad_choice"),
        (("--receiver-height", "0"), "radio.bad_choice"),
        (("--confidence", "1.5"), "radio.bad_choice"),
        (("--model", "tuned"), "radio.no_tuning"),
        (("--compare", "999"), "project.no_run"),
        (("--scheduler", "tcp://127.0.0.1:1"), "radio.no_dask"),
    ],
    ids=["model", "layers", "statuses", "load", "height", "confidence", "tuned", "compare", "scheduler"],
)
def test_nonsense_is_refused_in_words(city: Path, arguments: tuple[str, ...], code: str) -> None:
    if code == "radio.no_dask":
        try:
            import distributed  # noqa: F401
        except ImportError:
            pass
        else:
            code = "radio.no_scheduler"
    made = analyse(city, "cells", "--technology", "LTE", "--resolution", 50, *arguments, status=1)
    assert made["refusal"] == code
    assert "{" not in made["message"] + made["hint"]
    assert made["message"]


def test_wrong_usage_is_told_as_such(city: Path) -> None:
    for arguments in (("--thresholds", "many"), ("--terrain", "nowhere.tif"), ("--layers", ",")):
        run = CliRunner().invoke(yantu, ["analyse", str(city), "cells", *arguments])
        assert run.exit_code == 2, run.output


@pytest.mark.parametrize("language", ["zh", "en"])
def test_plain_words_tell_every_way_of_counting(city: Path, language: str) -> None:
    run = CliRunner().invoke(
        yantu, ["analyse", str(city), "cells", "--technology", "LTE", "--resolution", "20", "--lang", language]
    )
    assert run.exit_code == 0, run.output
    words = {"zh": ("≥ −105 dBm", "达标概率 ≥ 75%", "中值偏差 −6 dB", "盲区", "亭湖区"),
             "en": ("≥ −105 dBm", "probability ≥ 75%", "median off by −6 dB", "gaps", "亭湖区")}  # fmt: skip
    for word in words[language]:
        assert word in run.stdout
    assert "TR 38.901" in run.stderr


def test_a_project_without_areas_is_predicted_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "bare.yantu"
    with Session.create(path) as made:
        made.perform(Create("wifi_hotspot", [{"code": "W1", "free": True, "geom": shapely.Point(X, Y)}]))
    run = CliRunner().invoke(yantu, ["analyse", str(path), "wifi", "--lang", "en"])
    assert run.exit_code == 0, run.output
    assert analyse(path, "wifi")["areas"] == []
