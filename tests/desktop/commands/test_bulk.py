"""``yantu edit --where`` and ``yantu renumber``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.desktop.commands.test_cli import answer, refusal, run


@pytest.fixture
def city(tmp_path: Path) -> Path:
    path = tmp_path / "city.yantu"
    answer("new", path)
    for i in range(4):
        feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [120.15 - i / 100, 33.35]},
                   "properties": {"code": f"H{i}", "name": f"广场{i}", "height_m": 3 + i}}  # fmt: skip
        answer("edit", path, "--class", "wifi_hotspot", "--create", json.dumps(feature))
    return path


def values(city: Path, field: str) -> list[object]:
    rows = answer("query", city, "--class", "wifi_hotspot")["features"]
    return [row["properties"][field] for row in sorted(rows, key=lambda row: row["properties"]["name"])]


def test_calculated_and_set(city: Path):
    words = ("edit", city, "--class", "wifi_hotspot", "--where", "height_m > 3")
    made = answer(*words, "--set", "height_m:=height_m * 2", "--set", "remark=it's new")
    assert (made["changed"], made["same"], made["refused"]) == (6, 0, 0)
    assert values(city, "height_m") == [3, 8, 10, 12]
    assert values(city, "remark") == [None, *["it's new"] * 3]
    assert answer("undo", city)["undone"] == [made["seq"]]
    assert values(city, "height_m") == [3, 4, 5, 6]
    assert answer(*words, "--set", "height_m:=height_m") == {"changed": 0, "same": 3, "refused": 0, "seq": None}


def test_one_feature_by_code(city: Path):
    made = answer("edit", city, "--class", "wifi_hotspot", "--code", "H2", "--set", "name:=concat(name, '-', code)")
    assert made["changed"] == 1
    assert values(city, "name")[2] == "广场2-H2"


def test_dry_run_and_refusals(city: Path):
    words = ("edit", city, "--class", "wifi_hotspot", "--where", "true", "--set", "height_m:=if(code = 'H0', 'x', 1)")
    made = answer(*words, "--dry-run", "--lang", "zh")
    assert (made["changed"], made["refused"], made["seq"]) == (3, 1, None)
    assert made["rows"][0]["state"] == "refused"
    assert "数字" in made["rows"][0]["reason"]
    assert "→" in run(*words, "--dry-run").stdout
    assert refusal(*words)["refusal"] == "bulk.some_refused"
    assert values(city, "height_m") == [3, 4, 5, 6]
    assert answer(*words, "--only-fitting")["changed"] == 3
    assert refusal(*words[:-1], "height_m:=nothing()")["refusal"] == "query.no_function"
    assert run("edit", city, "--class", "wifi_hotspot", "--set", "name:=1").exit_code == 2
    assert run("edit", city, "--class", "wifi_hotspot", "--where", "true", "--delete").exit_code == 2


def test_renumbered(city: Path):
    words = ("renumber", city, "--class", "wifi_hotspot", "--template", "W{n:003}", "--order", "west_east")
    made = answer(*words, "--dry-run")
    assert (made["changed"], made["seq"]) == (4, None)
    assert answer(*words)["changed"] == 4
    assert values(city, "code") == ["W004", "W003", "W002", "W001"]
    answer("renumber", city, "--class", "wifi_hotspot", "--template", "W{n:003}", "--order", "height_m")
    assert values(city, "code") == ["W001", "W002", "W003", "W004"]
    assert refusal(*words[:4], "--template", "{nothing}")["refusal"] == "bulk.template_token"
    assert refusal(*words[:4], "--template", "same")["refusal"] == "bulk.some_refused"
    assert refusal(*words[:4], "--template", "{n}", "--order", "nothing")["refusal"] == "catalogue.no_field"
