"""Users by hotspot: who lives where which one is the best, how busy they keep it, and who is told first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gis.radio.analysis import Inputs, Result, Wish, analyse
from gis.radio.crowds import Crowds, crowd_figures
from gis.radio.walls import wifi
from gis.radio.wifi_rates import wifi_throughput_mbps
from tests.gis.radio.cities import PREMISES, city, columns

WISH = Wish("wifi", resolution_m=5.0)
ACTIVE = 0.786 * 0.1 * 0.2


def _town(*homes: dict[str, Any], spots: list[dict[str, Any]] | None = None, people: float = np.nan) -> Inputs:
    """Two hotspots a kilometre apart on one channel; homes at "x"."""
    hotspots = spots or [
        {"geom": shapely.Point(500, 1000), "code": "W1"},
        {"geom": shapely.Point(1500, 1000), "code": "W2"},
    ]
    places = [{"geom": shapely.Point(home["x"], 1000), "households": home["households"]} for home in homes]
    made = city(hotspots, areas=[{"geom": shapely.box(0, 0, 2000, 2000), "population": people}])
    return replace(made, premises=columns("premises", PREMISES, places))


def _told(inputs: Inputs, tmp_path: Path, wish: Wish = WISH) -> dict[str, Any]:
    result = analyse(inputs, wish, tmp_path / "coverage.tif")
    assert result.wifi is not None
    assert result.summary()["wifi"] == result.wifi
    return result.wifi["crowds"]


def test_people_are_households_where_no_population_is_known(tmp_path: Path) -> None:
    told = _told(
        _town({"x": 510, "households": 100}, {"x": 1490, "households": 10}, {"x": 1000, "households": 9}), tmp_path
    )
    assert told["people"] == pytest.approx(110 * 2.62)  # nobody receives the home in the middle
    assert told["users"] == pytest.approx(110 * 2.62 * ACTIVE, abs=0.01)
    assert [(entry["code"], entry["people"]) for entry in told["busiest"]] == [("W1", 262.0), ("W2", 26.2)]
    assert told["without_people"] == 0


def test_a_population_is_spread_by_households(tmp_path: Path) -> None:
    told = _told(_town({"x": 510, "households": 3}, {"x": 1000, "households": 1}, people=1000), tmp_path)
    assert told["people"] == pytest.approx(750.0)


def test_load_is_demand_over_the_rate_where_each_one_lives(tmp_path: Path) -> None:
    """Ten metres from the hotspot the best scheme of its standard holds: 78 Mbit/s, of which 0.6 is payload."""
    told = _told(_town({"x": 510, "households": 1000}), tmp_path)
    (entry,) = told["busiest"]
    users = 1000 * 2.62 * ACTIVE
    rate = float(wifi_throughput_mbps("wifi5", 60.0, 20.0))
    assert rate == pytest.approx(46.8)
    assert entry["rate_mbps"] == pytest.approx(rate)
    assert entry["demand_mbps"] == pytest.approx(2.0 * users, abs=0.01)
    assert entry["load"] == pytest.approx(2.0 * users / rate, abs=1e-4)
    assert told["overloaded"] == 1
    assert (entry["x"], entry["y"]) == (500.0, 1000.0)


def test_weaker_than_the_threshold_nobody_is_counted(tmp_path: Path) -> None:
    town = _town({"x": 590, "households": 10})
    assert _told(town, tmp_path)["people"] > 0.0
    assert _told(town, tmp_path, replace(WISH, threshold_dbm=-60.0))["people"] == 0.0


def test_cells_have_no_such_figures(tmp_path: Path) -> None:
    made = analyse(
        city([{"geom": shapely.Point(1000, 1000)}], cls="cell"), Wish("cells", resolution_m=50.0), tmp_path / "c.tif"
    )
    assert made.wifi is None
    assert "wifi" not in made.summary()


def test_the_busiest_come_first_and_users_without_a_rate_are_told(tmp_path: Path) -> None:
    result: Result = analyse(_town({"x": 510, "households": 1}), WISH, tmp_path / "c.tif")
    assert result.servers == (1, 2)

    class Plan:
        transmitters = tuple(type("T", (), {"id": key, "x": 0.0, "y": 0.0})() for key in (5, 3, 4))

    crowds = Crowds(
        people=np.array([10.0, 20.0, 0.0]), users=np.array([1.0, 2.0, 0.0]), load=np.array([0.5, 0.5, 0.0]),
        rate_mbps=np.array([4.0, 8.0, np.nan]), unserved=np.array([0.0, 0.25, 0.0]),
    )  # fmt: skip
    told = crowd_figures(Plan(), crowds, {3: "C"})  # type: ignore[arg-type]
    assert [(entry["id"], entry["code"]) for entry in told["busiest"]] == [(3, "C"), (5, None)]
    assert (told["unserved"], told["without_people"], told["overloaded"]) == (0.25, 1, 0)
    assert told["assumed"]["demand_mbps"] == wifi()["crowds"]["demand_mbps"]
