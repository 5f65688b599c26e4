"""``yantu analyse … wifi``: interference and users, ``--channel-plan`` and ``--apply``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner, Result

from desktop.cli import yantu
from gis.editing import Create
from gis.project import Session

X, Y = 500_000.0, 3_690_000.0


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A block of homes with three hotspots on one channel."""
    path = tmp_path / "city.yantu"
    with Session.create(path) as made:
        area = shapely.MultiPolygon([shapely.box(X - 200, Y - 200, X + 200, Y + 200)])
        made.perform(Create("area", [{"code": "320902", "name": "亭湖区", "level": "county", "geom": area}]))
        made.perform(Create("premises", [{"kind": "home", "households": 40, "geom": shapely.Point(X + 5, Y)}]))
        row = {"channel": 6, "band": "2.4", "width_mhz": 20, "free": True}
        spots = [{**row, "code": f"W{n}", "geom": shapely.Point(X + 30 * n, Y)} for n in range(3)]
        made.perform(Create("wifi_hotspot", spots))
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(yantu, ["analyse", *(str(a) for a in arguments)])


def document(*arguments: object) -> dict:
    made = run(*arguments, "--json")
    assert made.exit_code == 0, made.output
    return json.loads(made.stdout)


def channels(path: Path) -> list[float]:
    with Session.open(path, readonly=True) as session:
        return sorted(session.columns("wifi_hotspot", ["channel"], geometry=False).fields["channel"].tolist())


def test_a_run_tells_interference_and_users(city: Path) -> None:
    wifi = document(city, "wifi", "--resolution", 5)["wifi"]
    assert wifi["interference"]["pairs_in_conflict"] == 3
    assert {entry["code"] for entry in wifi["interference"]["worst"]} == {"W0", "W1", "W2"}
    assert wifi["crowds"]["people"] == pytest.approx(40 * 2.62)
    assert wifi["crowds"]["busiest"][0]["code"] == "W0"
    said = run(city, "wifi", "--resolution", 5).stdout
    assert "W0" in said
    assert "3 对热点" in said or "3 pairs" in said


def test_a_plan_is_told_and_taken_over_only_when_asked_for(city: Path) -> None:
    plan = document(city, "wifi", "--channel-plan")
    assert len(plan["changes"]) == 2
    assert (plan["before"]["pairs_in_conflict"], plan["after"]["pairs_in_conflict"]) == (3, 0)
    assert plan["applied"] == 0
    assert channels(city) == [6.0, 6.0, 6.0]
    assert document(city, "wifi", "--channel-plan", "--apply")["applied"] == 2
    assert channels(city) == [1.0, 6.0, 11.0]
    assert document(city, "wifi", "--channel-plan")["changes"] == []
    with Session.open(city) as session:
        session.undo()
        assert not session.runs(), "a plan is no run"
    assert channels(city) == [6.0, 6.0, 6.0]


def test_lines_for_people_and_what_makes_no_sense(city: Path) -> None:
    said = run(city, "wifi", "--apply")
    assert said.exit_code == 0
    assert "6 → " in said.stdout
    assert run(city, "cells", "--channel-plan").exit_code == 2
    refused = run(city, "wifi", "--channel-plan", "--owner", "telecom", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["refusal"] == "radio.no_hotspots"
