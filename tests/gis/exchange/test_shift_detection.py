"""A systematic shift beside known features is found and named; everything else is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from gis.exchange.shift_detection import propose_datum
from gis.geometry.datum import wgs84_to_bd09, wgs84_to_gcj02
from gis.geometry.shifts import metres_between

FORWARD = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}
OFFSET = {"gcj02": 490, "bd09": 1180}


def city(count: int = 400, seed: int = 1, extent: float = 0.2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.column_stack([120.05 + extent * rng.random(count), 33.3 + extent * rng.random(count)])


def surveyed(places: np.ndarray, metres: float = 4.0, seed: int = 2) -> np.ndarray:
    """The same places by another survey."""
    return places + np.random.default_rng(seed).normal(0, metres / 1e5, places.shape)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("paired", [True, False], ids=["by-code", "by-place"])
def test_a_datum_is_found(datum: str, paired: bool) -> None:
    known = city()
    rows = np.column_stack(FORWARD[datum](*surveyed(known).T))
    found = propose_datum(rows, known, paired=paired)
    assert found is not None
    assert found.datum == datum
    assert found.offset_m == pytest.approx(OFFSET[datum], rel=0.1)
    assert found.before_m == pytest.approx(OFFSET[datum], rel=0.1)
    assert found.after_m < 15
    assert found.matched > 300
    assert (found.dx_m, found.dy_m) == (0, 0)


@pytest.mark.parametrize("paired", [True, False], ids=["by-code", "by-place"])
def test_a_constant_step_is_found(paired: bool) -> None:
    known = city()
    rows = surveyed(known) + np.array([0.002, -0.001])  # 186 m west, 111 m north to go back
    found = propose_datum(rows, known, paired=paired)
    assert found is not None
    assert found.datum is None
    assert (found.dx_m, found.dy_m) == (pytest.approx(-186, abs=5), pytest.approx(111, abs=5))
    assert found.after_m < 15


@pytest.mark.parametrize("paired", [True, False], ids=["by-code", "by-place"])
def test_a_file_that_lies_well_is_left_alone(paired: bool) -> None:
    known = city()
    assert propose_datum(surveyed(known), known, paired=paired) is None


def test_part_of_a_file_that_is_new_does_not_hide_the_shift() -> None:
    known = city()
    rows = np.vstack([surveyed(known[:200]), city(200, seed=9)])
    found = propose_datum(np.column_stack(wgs84_to_gcj02(*rows.T)), known)
    assert found is not None
    assert found.datum == "gcj02"


def test_other_things_at_other_places_prove_nothing() -> None:
    for seed in range(10, 22):
        assert propose_datum(city(seed=seed), city(seed=seed + 100)) is None


def test_a_dense_city_proves_nothing_by_chance() -> None:
    dense = city(4000, seed=5, extent=0.03)  # a feature every 50 m
    assert propose_datum(city(500, seed=6, extent=0.03), dense) is None


def test_a_street_grid_is_not_taken_for_a_shift() -> None:
    """Poles every 50 m on straight roads fit on themselves under many steps; they already lie well."""
    x, y = np.meshgrid(np.arange(40) * 0.0005, np.arange(10) * 0.002)
    poles = np.column_stack([120.1 + x.ravel(), 33.3 + y.ravel()])
    assert propose_datum(surveyed(poles, 2), poles) is None


def test_new_poles_between_old_ones_are_no_shift() -> None:
    """Every 200 m on a road one stands, the new ones stand midway: a step of 100 m fits to both sides."""
    old = np.column_stack([120.1 + np.arange(60) * 0.00214, np.full(60, 33.3)])
    assert propose_datum(old + np.array([0.00107, 0.0]), old) is None


def test_codes_that_contradict_each_other_prove_nothing() -> None:
    known = city(60)
    assert propose_datum(known[::-1], known, paired=True) is None


def test_a_few_wrong_codes_do_not_matter() -> None:
    known = city(60)
    rows = np.column_stack(wgs84_to_gcj02(*known.T))
    rows[:6] = rows[6:12]
    found = propose_datum(rows, known, paired=True)
    assert found is not None
    assert found.datum == "gcj02"
    assert found.matched == 54


@pytest.mark.parametrize(
    ("rows", "known"),
    [([], []), ([(120.1, 33.3)], [(120.1, 33.3)]), ([(np.nan, 33.0)] * 20, [(120.0, 33.0)] * 20)],
    ids=["none", "one", "nan"],
)
@pytest.mark.parametrize("paired", [True, False], ids=["by-code", "by-place"])
def test_too_little_says_nothing(
    rows: list[tuple[float, float]], known: list[tuple[float, float]], paired: bool
) -> None:
    assert propose_datum(np.array(rows), np.array(known), paired=paired) is None


@pytest.mark.parametrize("paired", [True, False], ids=["by-code", "by-place"])
def test_a_large_file_is_judged_by_a_part(paired: bool) -> None:
    known = city(50_000, extent=0.8)
    rows = np.column_stack(wgs84_to_gcj02(*surveyed(known).T))
    found = propose_datum(rows, known, paired=paired)
    assert found is not None
    assert found.datum == "gcj02"


def test_metres_between() -> None:
    east, north = metres_between([(120.0, 33.0)], [(120.01, 33.01)])[0]
    assert (east, north) == (pytest.approx(934.5, abs=1), pytest.approx(1109, abs=1))
