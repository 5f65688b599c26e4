"""People within coverage, on cities small enough to count by hand."""

import numpy as np
import pytest
import shapely

from gis.coverage.grid import Grid, Tile
from gis.coverage.people import CoveredPremises, Premises, populace
from gis.coverage.regions import Regions
from gis.errors import Refusal
from gis.geometry.columns import Columns

LEFT, RIGHT = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)


def regions(rows: list[dict]) -> Regions:
    """Areas from plain rows; ids are 1, 2, 3 … in the order given."""
    columns = {
        "code": np.array([row["code"] for row in rows], object),
        "name": np.array([row["code"] for row in rows], object),
        "level": np.array([row["level"] for row in rows], object),
        "parent": np.array([row.get("parent", 0) for row in rows], np.int64),
        "urban": np.array([float(row.get("urban", 0)) for row in rows]),
        "population": np.array([row.get("population", np.nan) for row in rows], float),
    }
    shapes = np.array([row["geom"] for row in rows], object)
    return Regions.of(Columns("area", np.arange(1, len(rows) + 1), columns, shapes))


def two_towns(left: float, right: float) -> Regions:
    return regions(
        [
            {"code": "C", "level": "county", "population": left + right, "geom": shapely.box(0, 0, 200, 100)},
            {"code": "L", "level": "town", "parent": 1, "population": left, "geom": LEFT},
            {"code": "R", "level": "town", "parent": 1, "population": right, "geom": RIGHT},
        ]
    )


def test_population_lives_at_its_premises_by_households() -> None:
    homes = Premises(np.array([10.0, 20.0, 150.0]), np.array([50.0, 50.0, 50.0]), np.array([30.0, 10.0, 5.0]))
    found = populace(two_towns(400.0, 100.0), homes, np.array([True, False, True]), np.zeros(3))
    assert found.share.tolist() == [0.8, 0.75, 1.0]  # county: (300 + 100) of 500
    assert found.covered.tolist() == [400.0, 300.0, 100.0]
    assert found.basis == ("parts", "premises", "premises")


def test_an_area_without_homes_takes_its_area_share_and_says_so() -> None:
    homes = Premises(np.array([10.0]), np.array([50.0]), np.array([1.0]))
    found = populace(two_towns(400.0, 100.0), homes, np.array([True]), np.array([0.6, 0.5, 0.25]))
    assert found.basis == ("parts", "premises", "area")
    assert found.share.tolist() == [0.85, 1.0, 0.25]  # (400 + 25) of 500


def test_nothing_known_is_said_to_be_unknown() -> None:
    empty = regions([{"code": "X", "level": "town", "geom": LEFT}])
    nobody = Premises(np.zeros(0), np.zeros(0), np.zeros(0))
    found = populace(empty, nobody, np.zeros(0, bool), np.array([0.5]))
    assert np.isnan(found.share[0])
    assert found.basis == ("none",)


def test_households_alone_still_give_a_share() -> None:
    unknown = regions([{"code": "X", "level": "town", "geom": LEFT}])
    homes = Premises(np.array([10.0, 20.0]), np.array([50.0, 50.0]), np.array([1.0, 3.0]))
    found = populace(unknown, homes, np.array([True, False]), np.zeros(1))
    assert found.share.tolist() == [0.25]


def test_premises_are_looked_up_in_their_own_pixel() -> None:
    grid = Grid.over((0.0, 0.0, 100.0, 100.0), 10.0)
    mask = np.zeros((10, 10), bool)
    mask[0, 9] = mask[9, 0] = True  # north-east and south-west corners
    places = Premises(np.array([95.0, 5.0, 5.0, 500.0]), np.array([95.0, 5.0, 95.0, 95.0]), np.ones(4))
    found = CoveredPremises(grid, places)
    found.add(Tile(0, 0, 10, 10), mask)
    assert found.covered.tolist() == [True, True, False, False]


def test_an_area_brings_what_belongs_to_it() -> None:
    chosen = two_towns(1.0, 2.0).within("C")
    assert chosen.code.tolist() == ["C", "L", "R"]
    assert two_towns(1.0, 2.0).within("R").code.tolist() == ["R"]
    with pytest.raises(Refusal) as refused:
        two_towns(1.0, 2.0).within("999999")
    assert refused.value.code == "coverage.no_area"


def test_the_urban_area_is_counted_once() -> None:
    city = regions(
        [
            {"code": "C", "level": "county", "urban": 1, "geom": shapely.box(0, 0, 200, 100)},
            {"code": "L", "level": "town", "parent": 1, "urban": 1, "geom": LEFT},
            {"code": "R", "level": "town", "parent": 1, "urban": 0, "geom": RIGHT},
        ]
    )
    assert city.code[city.smallest_urban()].tolist() == ["L"]
