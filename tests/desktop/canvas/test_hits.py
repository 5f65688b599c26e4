from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.canvas.hits import hits, inside_box, snap
from gis.cartography.view import View
from tests.gis.cartography.layers import layer

VIEW = View(0.0, 100.0, 1.0, 100, 100)
place = st.tuples(st.integers(0, 100), st.integers(0, 100))


def _road(*lines):
    return layer("road", [shapely.LineString(line) for line in lines], road_class=np.array([None] * len(lines), object))


def _shown(*layers):
    return [(arrays, arrays.style) for arrays in layers]


@settings(max_examples=150, deadline=None)
@given(st.lists(place, min_size=2, max_size=5, unique=True), place)
def test_lines_are_hit_by_distance(line, at) -> None:
    away = shapely.LineString(line).distance(shapely.Point(at))
    found = hits(_shown(_road(line)), VIEW, at[0], 100 - at[1], tolerance=6)
    assert bool(found) == (away <= 6)
    if found:
        assert abs(found[0].distance - away) < 1e-6


@settings(max_examples=150, deadline=None)
@given(st.lists(place, min_size=4, max_size=7, unique=True), place)
def test_polygons_are_hit_inside(ring, at) -> None:
    polygon = shapely.Polygon(ring)
    if not polygon.is_valid or polygon.area == 0:
        return
    found = hits(_shown(layer("building", [polygon])), VIEW, at[0], 100 - at[1], tolerance=2)
    assert bool(found) == (polygon.distance(shapely.Point(at)) <= 2)


def test_points_come_before_lines_before_the_smaller_area() -> None:
    areas = layer("building", [shapely.box(0, 0, 90, 90), shapely.box(20, 20, 60, 60)])
    points = layer("wifi_hotspot", [shapely.Point(40, 40)])
    found = hits(_shown(areas, _road([(0, 41), (90, 41)]), points), VIEW, 40, 60)
    assert [(h.cls, h.id) for h in found] == [("wifi_hotspot", 1), ("road", 1), ("building", 2), ("building", 1)]


def test_what_is_not_drawn_at_this_scale_cannot_be_hit() -> None:
    from dataclasses import replace

    points = layer("wifi_hotspot", [shapely.Point(40, 40)])
    hidden = replace(points.style, max_scale=10.0)
    assert hits([(points, hidden)], VIEW, 40, 60) == []
    assert snap([(points, hidden)], VIEW, 40, 60) is None
    assert inside_box([(points, hidden)], VIEW, (0, 0, 90, 90)) == {}


def test_snapping_takes_the_nearest_vertex_and_leaves_some_out() -> None:
    shown = _shown(_road([(10, 10), (50, 50)], [(52, 50), (90, 90)]))
    near = snap(shown, VIEW, 50.4, 50)
    assert near is not None
    assert (near.id, near.x, near.y) == (1, 50, 50)
    other = snap(shown, VIEW, 50.4, 50, skip=[("road", 1)])
    assert other is not None
    assert other.id == 2
    assert snap(shown, VIEW, 30, 90) is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(place, min_size=2, max_size=4, unique=True), min_size=1, max_size=8), place, place)
def test_a_box_takes_what_it_touches(lines, a, b) -> None:
    box = shapely.box(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]) + 1, max(a[1], b[1]) + 1)
    found = inside_box(_shown(_road(*lines)), VIEW, box.bounds).get("road", np.zeros(0))
    assert list(found) == [i + 1 for i, line in enumerate(lines) if box.intersects(shapely.LineString(line))]
