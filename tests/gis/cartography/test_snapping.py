"""What the cursor holds on to, against a plain look at every feature."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import hypot

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography.arrays import LayerArrays
from gis.cartography.snapping import KINDS, Aim, Snapped, snapped
from gis.cartography.symbols import LayerStyle, Variant
from tests.gis.cartography.layers import shapes_of

VARIANT = (Variant(None, "#336699"),)


def layer(kind: str, shapes: list[shapely.Geometry], cls: str = "") -> tuple[LayerArrays, LayerStyle]:
    style = LayerStyle(cls or kind, kind, "ground", VARIANT)
    arrays = LayerArrays.of(shapes_of(kind, shapes), None, style)
    return arrays, style


def at(shown, x: float, y: float, *kinds: str, tolerance: float = 1.0, **more) -> Snapped | None:
    return snapped(shown, 1000.0, Aim((x, y), tolerance, kinds or KINDS, **more))


LINE = layer("line", [shapely.LineString([(0, 0), (10, 0), (10, 10)])])


def test_each_kind_on_a_bent_line() -> None:
    assert (at([LINE], 0.3, 0.4).kind, at([LINE], 0.3, 0.4).place) == ("end", (0, 0))
    assert (at([LINE], 9.8, 0.3).kind, at([LINE], 9.8, 0.3).place) == ("vertex", (10, 0))
    assert (at([LINE], 5.2, 0.3).kind, at([LINE], 5.2, 0.3).place) == ("middle", (5, 0))
    on = at([LINE], 3.0, 0.5)
    assert (on.kind, on.place, on.edge) == ("segment", (3, 0), ((0, 0), (10, 0)))
    foot = at([LINE], 3.0, 0.5, last=[(2.4, 8.0)])
    assert (foot.kind, foot.place) == ("perpendicular", (2.4, 0))
    beyond = at([LINE], 10.4, 14, reach=5)
    assert (beyond.kind, beyond.place, beyond.edge) == ("extension", (10, 14), ((10, 0), (10, 10)))
    assert at([LINE], 10.4, 16, reach=5) is None
    assert at([LINE], 14, 0.4, reach=5) is None  # a bend is no end


def test_crossings_and_touches_but_no_shared_ends() -> None:
    cross = layer("line", [shapely.LineString([(0, 0), (10, 10)]), shapely.LineString([(0, 10), (10, 0)])])
    found = at([cross], 5.3, 5.1)
    assert (found.kind, found.place) == ("intersection", (5, 5))
    touch = layer("line", [shapely.LineString([(0, 0), (10, 0)]), shapely.LineString([(4, 0), (4, 9)])])
    assert at([touch], 4.1, 0.1, "intersection").place == (4, 0)
    chain = layer("line", [shapely.LineString([(0, 0), (5, 0)]), shapely.LineString([(5, 0), (5, 9)])])
    assert at([chain], 5.1, 0.1, "intersection") is None


def test_the_better_kind_wins_over_the_nearer_one() -> None:
    assert at([LINE], 0.9, 0.0).kind == "end"
    assert at([LINE], 0.9, 0.0, "segment").kind == "segment"
    assert at([LINE], 0.2, 0.0, "vertex").kind == "vertex"
    assert at([LINE], 9.9, 0.0, "end") is None


def test_the_sketch_goes_on_straight() -> None:
    found = at([], 20.0, 0.4, "extension", last=[(0, 0), (10, 0)])
    assert (found.kind, found.place, found.cls) == ("extension", (20, 0), "")
    assert at([], 5.0, 0.4, "extension", last=[(0, 0), (10, 0)]) is None  # back over itself is no going on


def test_a_point_is_preferred_and_tells_its_company() -> None:
    station, cells = layer("point", [shapely.Point(5, 5)], "site"), layer("point", [shapely.Point(5, 5)] * 2, "cell")
    cable = layer("line", [shapely.LineString([(5, 5), (9, 9)])])
    found = at([station, cells, cable], 5.1, 5.1)
    assert found.kind == "vertex"
    assert found.cls in ("site", "cell")
    assert set(found.here) == {("site", 1), ("cell", 1), ("cell", 2), ("line", 1)}
    assert found.here[-1] == ("line", 1)


def test_left_out_features_and_odd_aims() -> None:
    assert at([LINE], 0, 0, skip=[("line", 1)]) is None
    assert at([LINE], 0, 0, skip=[("polygon", 1)]) is not None
    assert at([LINE], float("nan"), 0) is None
    assert at([LINE], 0, 0, tolerance=0.0) is None
    assert at([], 0, 0) is None


def test_what_is_not_drawn_holds_nothing() -> None:
    arrays, style = LINE
    from dataclasses import replace

    assert snapped([(arrays, replace(style, max_scale=500.0))], 1000.0, Aim((0, 0), 1.0)) is None


def test_an_edit_is_followed() -> None:
    class Reader:
        def shapes(self, cls, *, bbox=None, ids=None):
            return shapes_of("line", [shapely.LineString([(50, 50), (60, 50)])])

    arrays, style = LINE
    moved = arrays.patch(Reader(), np.array([1]))
    assert at([(moved, style)], 0, 0) is None
    assert at([(moved, style)], 50, 50).kind == "end"


# ------------------------------------------------------------------------------------------------------- brute force
place = st.tuples(st.integers(-30, 30), st.integers(-30, 30)).map(lambda p: (p[0] / 2, p[1] / 2))
lines = st.lists(st.lists(place, min_size=2, max_size=5).map(shapely.LineString), max_size=6)
areas = st.lists(
    st.tuples(place, place).map(lambda p: shapely.box(min(p[0][0], p[1][0]), min(p[0][1], p[1][1]),
                                                      max(p[0][0], p[1][0]) + 1, max(p[0][1], p[1][1]) + 1)),
    max_size=4,
)  # fmt: skip
points = st.lists(place.map(shapely.Point), max_size=5)


def _edges(shapes) -> list[tuple]:
    made = []
    for shape in shapes:
        xy = shapely.get_coordinates(shape)
        made += [(tuple(a), tuple(b)) for a, b in pairwise(xy) if tuple(a) != tuple(b)]
    return made


def _targets(kind: str, points, lines, areas, aim: Aim) -> list[tuple[float, float]]:
    """All places of a kind by the plainest means."""
    edges = _edges([*lines, *areas])
    if kind == "vertex":
        return [tuple(xy) for shape in [*points, *lines, *areas] for xy in shapely.get_coordinates(shape)]
    if kind == "end":
        ends = [xy for line in lines for xy in (line.coords[0], line.coords[-1])]
        return [*ends, *(point.coords[0] for point in points)]
    if kind == "middle":
        return [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in edges]
    if kind == "segment":
        cursor = shapely.Point(aim.at)
        return [shapely.shortest_line(cursor, shapely.LineString(edge)).coords[1] for edge in edges]
    if kind == "perpendicular":
        made = []
        for a, b in edges:
            foot = _foot(aim.last[-1], a, b)
            share = ((foot[0] - a[0]) * (b[0] - a[0]) + (foot[1] - a[1]) * (b[1] - a[1])) / hypot(
                b[0] - a[0], b[1] - a[1]
            ) ** 2
            if 0 <= share <= 1 and hypot(foot[0] - aim.last[-1][0], foot[1] - aim.last[-1][1]) > 1e-3:
                made.append(foot)
        return made
    if kind == "intersection":
        made = []
        for one, other in combinations(edges, 2):
            met = shapely.LineString(one).intersection(shapely.LineString(other))
            if met.geom_type == "Point" and not met.is_empty and not _parallel(one, other):
                xy = met.coords[0]
                if not (_ends_at(one, xy) and _ends_at(other, xy)):
                    made.append(xy)
        return made
    rays = [(b, a) for shape in areas for a, b in _edges([shape])] + [
        edge for shape in areas for edge in _edges([shape])
    ]
    for line in lines:
        xy = line.coords
        rays += [(xy[1], xy[0]), (xy[-2], xy[-1])]
    made = []
    for a, b in rays:
        size = hypot(b[0] - a[0], b[1] - a[1])
        if size == 0:
            continue
        past = ((aim.at[0] - b[0]) * (b[0] - a[0]) + (aim.at[1] - b[1]) * (b[1] - a[1])) / size
        if 0 < past <= aim.reach:
            made.append((b[0] + (b[0] - a[0]) / size * past, b[1] + (b[1] - a[1]) / size * past))
    return made


def _foot(at, a, b):
    share = ((at[0] - a[0]) * (b[0] - a[0]) + (at[1] - a[1]) * (b[1] - a[1])) / hypot(b[0] - a[0], b[1] - a[1]) ** 2
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _parallel(one, other) -> bool:
    (a, b), (c, d) = one, other
    return (b[0] - a[0]) * (d[1] - c[1]) == (b[1] - a[1]) * (d[0] - c[0])


def _ends_at(edge, xy) -> bool:
    return any(hypot(end[0] - xy[0], end[1] - xy[1]) < 1e-5 for end in edge)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None)
@given(points, lines, areas, place, place, st.sampled_from([0.7, 2.3, 6.1]))
def test_the_nearest_of_its_kind(kind, points, lines, areas, cursor, last, tolerance) -> None:
    shown = [layer("polygon", areas), layer("line", lines), layer("point", points)]
    shown = [(arrays, style) for arrays, style in shown if len(arrays)]
    aim = Aim((cursor[0] + 0.13, cursor[1] + 0.07), tolerance, (kind,), reach=9.0, last=[last])
    found = snapped(shown, 1000.0, aim)
    away = [hypot(x - aim.at[0], y - aim.at[1]) for x, y in _targets(kind, points, lines, areas, aim)]
    within = [d for d in away if d <= tolerance]
    if abs(min(away, default=np.inf) - tolerance) < 1e-5:
        return
    assert (found is not None) == bool(within)
    if found is not None:
        assert hypot(found.x - aim.at[0], found.y - aim.at[1]) == pytest.approx(min(within), abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(points, lines, areas, place)
def test_of_all_kinds_the_highest_that_is_there(points, lines, areas, cursor) -> None:
    shown = [pair for pair in (layer("polygon", areas), layer("line", lines), layer("point", points)) if len(pair[0])]
    rank = {"vertex": 0, "end": 0, "intersection": 1, "middle": 2, "perpendicular": 3, "extension": 4, "segment": 5}
    whole = Aim((cursor[0] + 0.11, cursor[1] + 0.06), 2.0, KINDS, reach=9.0, last=[(40, 40)])
    found = snapped(shown, 1000.0, whole)
    single = [snapped(shown, 1000.0, Aim(whole.at, 2.0, (kind,), 9.0, whole.last)) for kind in KINDS]
    ranks = [rank[one.kind] for one in single if one is not None]
    assert (found is None) == (not ranks)
    if found is not None:
        assert rank[found.kind] == min(ranks)
