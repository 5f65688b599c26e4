"""Where constraints put the next vertex, for any cursor."""

from __future__ import annotations

from math import cos, hypot, radians, sin

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from desktop.tools.draw_constraints import Constraints
from gis.cartography.snapping import Snapped
from gis.geometry.construction import bearing

place = st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000))
angle = st.floats(0, 359.9)
LAST = (520_000.0, 3_690_000.0)


def put(held: Constraints, at, target=None, step=None, before=None, slack=5.0):
    return held.place(LAST, (LAST[0] + at[0], LAST[1] + at[1]), target, step, before, slack)


@given(place, st.floats(0.1, 5000), angle)
def test_distance_and_bearing_leave_no_freedom(at, metres, degrees) -> None:
    (x, y), _ = put(Constraints(distance=metres, bearing=degrees), at)
    assert x == pytest.approx(LAST[0] + metres * sin(radians(degrees)), abs=1e-6)
    assert y == pytest.approx(LAST[1] + metres * cos(radians(degrees)), abs=1e-6)


@given(place, st.floats(0.1, 5000))
def test_a_distance_alone_keeps_the_direction(at, metres) -> None:
    assume(hypot(*at) > 0.01)
    (x, y), _ = put(Constraints(distance=metres), at)
    assert hypot(x - LAST[0], y - LAST[1]) == pytest.approx(metres, abs=1e-6)
    assert (x - LAST[0]) * at[1] == pytest.approx((y - LAST[1]) * at[0], abs=1e-3)
    assert (x - LAST[0]) * at[0] + (y - LAST[1]) * at[1] > 0


@given(place, angle)
def test_a_bearing_never_goes_backwards(at, degrees) -> None:
    (x, y), _ = put(Constraints(bearing=degrees), at)
    dx, dy = x - LAST[0], y - LAST[1]
    assert dx * sin(radians(degrees)) + dy * cos(radians(degrees)) > 0
    assert dx * cos(radians(degrees)) - dy * sin(radians(degrees)) == pytest.approx(0, abs=1e-5)


@given(place, angle, st.sampled_from(["perpendicular", "parallel"]))
def test_relations(at, base, relation) -> None:
    (x, y), _ = put(Constraints(relation=relation, base=base), at)
    along = (x - LAST[0]) * sin(radians(base)) + (y - LAST[1]) * cos(radians(base))
    across = (x - LAST[0]) * cos(radians(base)) - (y - LAST[1]) * sin(radians(base))
    assert (along if relation == "perpendicular" else across) == pytest.approx(0, abs=1e-5)


@given(place, st.sampled_from([15.0, 30.0, 45.0, 90.0]))
def test_steps(at, step) -> None:
    (x, y), _ = put(Constraints(), at, step=step)
    assume(hypot(x - LAST[0], y - LAST[1]) > 0.01)
    turns = bearing(LAST, (x, y)) / step
    assert turns == pytest.approx(round(turns), abs=1e-4)


def test_a_target_on_an_edge_is_met_in_the_fixed_direction() -> None:
    wall = Snapped(
        "segment", LAST[0] + 10, LAST[1] + 2, edge=((LAST[0] + 10, LAST[1] - 50), (LAST[0] + 10, LAST[1] + 50))
    )
    (x, y), on = put(Constraints(bearing=90.0), (9.5, 2.0), wall)
    assert (x, y) == pytest.approx((LAST[0] + 10, LAST[1]))
    assert on
    far = Snapped("segment", LAST[0] + 10, LAST[1] + 40, edge=wall.edge)
    (x, y), on = put(Constraints(bearing=80.0), (10, 40), far)
    assert not on  # where they would meet is too far from the cursor


def test_once_more_lets_go() -> None:
    held = Constraints(bearing=30.0)
    held.relate("parallel", ((0, 0), (1, 1)))
    assert (held.relation, held.base, held.bearing) == ("parallel", 45.0, None)
    held.relate("perpendicular", ((0, 0), (1, 1)))
    assert held.relation == "perpendicular"
    held.relate("perpendicular", ((0, 0), (1, 1)))
    assert held.relation == ""
