"""Cutting, joining, lengthening: lengths and areas are kept, and what cannot be done is said."""

from __future__ import annotations

from itertools import pairwise
from math import hypot, pi

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon

from gis.errors import Refusal
from gis.geometry import construction, joining, lines, placing, splitting

# Project coordinates, as large as Yancheng's: small figures would hide a loss of digits.
X, Y = 500_000.0, 3_700_000.0
near = st.tuples(
    st.floats(-500, 500, allow_nan=False).map(lambda v: round(v, 2) + X),
    st.floats(-500, 500, allow_nan=False).map(lambda v: round(v, 2) + Y),
)


@st.composite
def courses(draw: st.DrawFn) -> LineString:
    """Lines, crossing themselves at will, without a step of no length."""
    points = draw(st.lists(near, min_size=2, max_size=12))
    kept = [points[0], *(b for a, b in pairwise(points) if hypot(a[0] - b[0], a[1] - b[1]) > 0.01)]
    assume(len(kept) > 1)
    return LineString(kept)


def square(x: float, y: float, size: float) -> Polygon:
    return shapely.box(X + x, Y + y, X + x + size, Y + y + size)


@given(courses(), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_pieces_are_the_line(line: LineString, shares: list[float]) -> None:
    pieces = splitting.cut_at(line, [share * line.length for share in shares])
    assert sum(piece.length for piece in pieces) == pytest.approx(line.length, abs=1e-6)
    whole = lines.together(pieces)
    assert whole is not None
    given_xy = shapely.get_coordinates(line)
    assert {tuple(p) for p in given_xy} <= {tuple(p) for p in shapely.get_coordinates(whole)}
    assert (shapely.get_coordinates(whole)[[0, -1]] == given_xy[[0, -1]]).all()
    assert shapely.hausdorff_distance(whole, line) < 1e-6


@given(courses(), courses())
def test_a_line_is_cut_at_every_crossing(line: LineString, cutter: LineString) -> None:
    assume(shapely.intersection(line.buffer(0.05), cutter).length < 3)  # where both run side by side, no cut is right
    try:
        pieces = splitting.split_line(line, cutter)
    except Refusal:
        return
    assert sum(piece.length for piece in pieces) == pytest.approx(line.length, abs=1e-5)
    for piece in pieces:
        inside = shapely.get_coordinates(shapely.intersection(piece, cutter))
        ends = shapely.get_coordinates(piece)[[0, -1]]
        for met in inside:  # what is left of a cut lies at the ends
            assert np.hypot(*(ends - met).T).min() < 1e-4


def test_a_point_beside_a_line_cuts_at_its_foot() -> None:
    line = LineString([(X, Y), (X + 10, Y), (X + 10, Y + 10)])
    first, second = splitting.split_line(line, [(X + 4, Y + 3)])
    assert first.coords[-1] == second.coords[0] == (X + 4, Y)
    assert [len(p.coords) for p in splitting.split_line(line, Point(X + 10, Y))] == [2, 2]
    with pytest.raises(Refusal, match=r"geometry\.does_not_cut"):
        splitting.split_line(line, [(X - 5, Y)])


@given(st.lists(near, min_size=2, max_size=6))
def test_parts_of_a_polygon_are_the_polygon(cut: list[tuple[float, float]]) -> None:
    assume(LineString(cut).length > 0.01)
    polygon = square(-200, -200, 400).difference(square(-50, -50, 60))
    try:
        parts = splitting.split_polygon(polygon, LineString(cut))
    except Refusal:
        return
    assert sum(part.area for part in parts) == pytest.approx(polygon.area, rel=1e-9)
    assert shapely.union_all(parts).symmetric_difference(polygon).area < 1e-3
    assert all(a.intersection(b).area < 1e-3 for i, a in enumerate(parts) for b in parts[:i])
    assert [part.area for part in parts] == sorted((part.area for part in parts), reverse=True)


def test_only_the_part_crossed_falls_apart() -> None:
    both = MultiPolygon([square(0, 0, 10), square(100, 0, 10)])
    parts = splitting.split_polygon(both, LineString([(X + 5, Y - 1), (X + 5, Y + 11)]))
    assert [part.area for part in parts] == [100, 50, 50]
    with pytest.raises(Refusal, match=r"geometry\.does_not_cut"):
        splitting.split_polygon(both, LineString([(X + 5, Y + 2), (X + 5, Y + 8)]))


def test_holes_are_cut_and_filled() -> None:
    field = square(0, 0, 100)
    holed = splitting.cut_hole(field, square(10, 10, 20))
    assert holed.area == 9_600
    assert splitting.without_hole(holed, (X + 15, Y + 15)).equals(field)
    for wrong in (square(90, 90, 20), square(0, 0, 10), square(200, 0, 5)):
        with pytest.raises(Refusal, match=r"geometry\.hole_outside"):
            splitting.cut_hole(field, wrong)
    with pytest.raises(Refusal, match=r"geometry\.no_hole"):
        splitting.without_hole(holed, (X + 50, Y + 50))


def test_a_gap_between_polygons() -> None:
    ring = [square(0, 0, 10), square(10, 0, 10), square(20, 0, 10), square(0, 10, 10), square(20, 10, 10)]
    ring += [square(0, 20, 10), square(10, 20, 10), square(20, 20, 10)]
    assert splitting.gap_at(ring, (X + 15, Y + 15)).equals(square(10, 10, 10))
    for place in ((X + 5, Y + 5), (X + 50, Y + 5)):
        with pytest.raises(Refusal, match=r"geometry\.no_gap"):
            splitting.gap_at(ring, place)
    with pytest.raises(Refusal, match=r"geometry\.no_gap"):
        splitting.gap_at(ring[:-2], (X + 15, Y + 15))


@given(st.lists(near, min_size=3, max_size=9, unique=True), st.randoms(use_true_random=False))
def test_joined_pieces_are_the_line(points: list[tuple[float, float]], chance: object) -> None:
    away = [hypot(a[0] - b[0], a[1] - b[1]) for i, a in enumerate(points) for b in points[:i]]
    assume(min(away) > 1.0)
    line = LineString(points)
    pieces = [LineString(pair) for pair in pairwise(points)]
    mixed = [pieces[0]] + [piece.reverse() if i % 2 else piece for i, piece in enumerate(pieces[1:])]
    rest = mixed[1:]
    chance.shuffle(rest)  # type: ignore[attr-defined]
    assert joining.join_lines([mixed[0], *rest]).equals_exact(line, 0.0)


def test_what_cannot_be_joined_is_said() -> None:
    a, b = LineString([(X, Y), (X + 10, Y)]), LineString([(X + 12, Y), (X + 20, Y)])
    with pytest.raises(Refusal) as caught:
        joining.join_lines([a, b])
    assert (caught.value.code, caught.value.arguments["gap"]) == ("geometry.gap", 2.0)
    c = LineString([(X + 10, Y), (X + 10, Y + 9)])
    d = LineString([(X + 10, Y), (X + 10, Y - 9)])
    with pytest.raises(Refusal, match=r"geometry\.branches"):
        joining.join_lines([a, c, d])
    with pytest.raises(Refusal, match=r"geometry\.too_few"):
        joining.join_lines([a])
    assert joining.merge_polygons([square(0, 0, 10), square(10, 0, 10)]).area == 200
    assert [p.area for p in joining.parts_of(MultiPolygon([square(0, 0, 1), square(5, 0, 2)]))] == [1, 4]


def test_extending_and_trimming() -> None:
    line = LineString([(X, Y), (X + 10, Y)])
    wall = LineString([(X + 25, Y - 5), (X + 25, Y + 5)])
    assert lines.extend_to(line, wall).coords[-1] == (X + 25, Y)
    assert lines.extend_to(line.reverse(), wall, "start").coords[0] == (X + 25, Y)
    with pytest.raises(Refusal, match=r"geometry\.no_meeting"):
        lines.extend_to(line, wall, "start")
    fence = shapely.union_all([LineString([(X + v, Y - 5), (X + v, Y + 5)]) for v in (3, 7)])
    assert [round(p.length, 6) for p in lines.trim_at(line, fence, (X + 5, Y + 1))] == [3, 3]
    assert [round(p.length, 6) for p in lines.trim_at(line, fence, (X + 9, Y))] == [7]
    with pytest.raises(Refusal, match=r"geometry\.does_not_cut"):
        lines.trim_at(line, wall, (X, Y))


def test_parallels() -> None:
    line = LineString([(X, Y), (X, Y + 10), (X + 10, Y + 10)])  # north, then east
    right = lines.offset_line(line, 2.0)
    assert [(round(x - X, 6), round(y - Y, 6)) for x, y in right.coords] == [(2, 0), (2, 8), (10, 8)]
    left = lines.offset_line(line, -2.0)
    assert [(round(x - X, 6), round(y - Y, 6)) for x, y in left.coords] == [(-2, 0), (-2, 12), (10, 12)]
    hairpin = LineString([(X, Y), (X + 10, Y), (X + 10, Y + 1), (X, Y + 1)])
    with pytest.raises(Refusal, match=r"geometry\.no_parallel"):
        lines.offset_line(shapely.union(hairpin, hairpin).buffer(0.1).exterior, 50.0)


@given(courses(), st.floats(0.1, 50))
def test_a_simple_line_stays_near(line: LineString, tolerance: float) -> None:
    made = lines.simplify(line, tolerance)
    assert len(made.coords) <= len(line.coords)
    assert made.coords[0] == line.coords[0]
    assert made.coords[-1] == line.coords[-1]
    assert shapely.distance(made, shapely.points(shapely.get_coordinates(line))).max() <= tolerance * (1 + 1e-9)


@given(courses(), st.integers(1, 3))
def test_a_smooth_line_keeps_its_ends(line: LineString, times: int) -> None:
    made = lines.smooth(line, times)
    assert (made.coords[0], made.coords[-1]) == (line.coords[0], line.coords[-1])
    assert made.length <= line.length + 1e-6
    assert shapely.contains_properly(line.convex_hull.buffer(1e-6), made)


def test_smooth_polygons() -> None:
    holed = splitting.cut_hole(square(0, 0, 100), square(40, 40, 20))
    made = lines.smooth(holed)
    assert made.is_valid
    assert len(made.interiors) == 1
    assert made.area < holed.area


@given(courses(), st.floats(0, 1), st.floats(0, 1))
def test_along_a_line(line: LineString, a: float, b: float) -> None:
    assume(line.is_simple and not line.is_closed and abs(a - b) * line.length > 0.01)
    start, stop = (line.interpolate(share * line.length) for share in (a, b))
    way = lines.along(line, (start.x, start.y), (stop.x, stop.y))
    assert way.length == pytest.approx(abs(a - b) * line.length, abs=1e-4)
    assert Point(way.coords[0]).distance(start) < 1e-4
    assert Point(way.coords[-1]).distance(stop) < 1e-4


def test_round_a_ring_the_shorter_way() -> None:
    ring = LineString(square(0, 0, 10).exterior.coords)
    for a, b, length in (((1, 0), (0, 1), 2), ((0, 1), (1, 0), 2), ((0, 0), (10, 10), 20), ((0, 0), (0, 1), 1)):
        way = lines.along(ring, (X + a[0], Y + a[1]), (X + b[0], Y + b[1]))
        assert way.length == pytest.approx(length)
        assert way.coords[0] == (X + a[0], Y + a[1])
        assert way.coords[-1] == (X + b[0], Y + b[1])


def test_along_a_network() -> None:
    grid = [LineString([(X + i * 10.0, Y + j * 10.0) for i in range(4)]) for j in range(4)]
    grid += [LineString([(X + i * 10.0 + 0.02, Y + j * 10.0) for j in range(4)]) for i in range(4)]
    way = lines.along_network(grid, (X + 2, Y), (X + 30, Y + 27))
    assert way.length == pytest.approx(28 + 27, abs=0.2)
    apart = LineString([(X + 100, Y), (X + 110, Y)])
    with pytest.raises(Refusal, match=r"geometry\.no_way"):
        lines.along_network([*grid, apart], (X + 2, Y), (X + 105, Y))
    with pytest.raises(Refusal, match=r"geometry\.no_extent"):
        lines.along_network(grid, (X + 2, Y), (X + 2, Y + 0.5))
    with pytest.raises(Refusal, match=r"geometry\.no_way"):
        lines.along_network([], (X, Y), (X + 1, Y))


@given(near, near, st.floats(-720, 720), st.floats(0.1, 10))
def test_matrices_take_each_other_back(
    about: tuple[float, float], at: tuple[float, float], turn: float, k: float
) -> None:
    for matrix in (placing.turned(about, turn), placing.scaled(about, k, -k)):
        there = placing.transformed(np.array([Point(at), None], object), matrix)
        back = placing.transformed(there, placing.inverse(matrix))
        assert back[1] is None
        assert back[0].distance(Point(at)) < 1e-5
        held = placing.transformed(np.array([Point(about)], object), matrix)[0]
        assert held.distance(Point(about)) < 1e-6


def test_turning_is_clockwise_and_mirrors_mirror() -> None:
    north = np.array([Point(X, Y + 5)], object)
    assert placing.transformed(north, placing.turned((X, Y), 90))[0].distance(Point(X + 5, Y)) < 1e-6
    assert placing.transformed(north, placing.mirrored((X, Y), (X + 1, Y)))[0].distance(Point(X, Y - 5)) < 1e-6
    assert placing.transformed(north, placing.mirrored((X, Y), (X + 1, Y + 1)))[0].distance(Point(X + 5, Y)) < 1e-6
    for wrong in (lambda: placing.scaled((X, Y), 0), lambda: placing.mirrored((X, Y), (X, Y))):
        with pytest.raises(Refusal, match=r"geometry\.no_extent"):
            wrong()


@given(near, st.floats(0.01, 5000), st.floats(0, 359.99))
def test_polar_and_back(start: tuple[float, float], far: float, angle: float) -> None:
    end = construction.polar(start, far, angle)
    assert construction.distance(start, end) == pytest.approx(far, abs=1e-6)
    if far > 1:
        turned = abs(construction.bearing(start, end) - angle) % 360
        assert min(turned, 360 - turned) < 1e-4


@given(near, near, st.sampled_from([15.0, 30.0, 45.0, 90.0]), st.floats(0, 359))
def test_steps_of_angles(start: tuple[float, float], at: tuple[float, float], step: float, base: float) -> None:
    assume(construction.distance(start, at) > 1)
    made = construction.on_step(start, at, step, base)
    assume(construction.distance(start, made) > 1)
    rest = (construction.bearing(start, made) - base) % step
    assert min(rest, step - rest) < 1e-4
    assert construction.distance(made, at) <= construction.distance(start, at) * np.sin(np.radians(step / 2)) + 1e-6


def test_figures() -> None:
    for radius in (0.5, 20.0, 3_000.0):
        made = construction.circle((X, Y), radius)
        assert 1 - made.area / (pi * radius**2) < 0.01
        ring = shapely.get_coordinates(made.exterior)
        assert np.hypot(*(ring - (X, Y)).T) == pytest.approx(radius)
        middles = (ring[:-1] + ring[1:]) / 2
        assert radius - np.hypot(*(middles - (X, Y)).T).min() <= max(construction.SAGITTA, radius * 0.005) + 1e-9
    center, radius = construction.circle_through((X, Y + 5), (X + 5, Y), (X, Y - 5))
    assert (round(center[0] - X, 6), round(center[1] - Y, 6), round(radius, 6)) == (0, 0, 5)
    made = construction.rectangle((X, Y), (X + 3, Y + 4), (X - 4, Y + 3))
    assert made.area == pytest.approx(25)
    assert construction.box((X, Y), (X + 2, Y + 3)).area == 6
    flat = [
        lambda: construction.circle((X, Y), 0), lambda: construction.circle((X, Y), float("nan")),
        lambda: construction.circle_through((X, Y), (X + 1, Y), (X + 2, Y)),
        lambda: construction.rectangle((X, Y), (X + 3, Y), (X + 1, Y)), lambda: construction.box((X, Y), (X, Y + 1)),
    ]  # fmt: skip
    for wrong in flat:
        with pytest.raises(Refusal, match=r"geometry\.no_extent"):
            wrong()
    assert construction.crossing((0, 0), (1, 1), (0, 2), (1, 1)) == pytest.approx((1, 1))
    assert construction.crossing((0, 0), (1, 1), (0, 2), (1, 3)) is None
    assert construction.foot((3, 4), (0, 0), (0, 0)) == (0, 0)
