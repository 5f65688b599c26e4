from __future__ import annotations

from math import cos, radians, sin

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography.labels import Candidate, candidates, placed
from gis.cartography.symbols import LabelRule
from gis.cartography.view import View
from tests.gis.cartography.layers import layer

VIEW = View(0.0, 600.0, 1.0, 800, 600)
RULE = LabelRule(max_scale=1e9)


def measure(text: str, rule: LabelRule) -> tuple[float, float]:
    return 12.0 * len(text), 16.0


def _box(label) -> shapely.Geometry:
    c, s = cos(radians(label.angle)), sin(radians(label.angle))
    w, h = label.width / 2 - 4, label.height / 2 - 4  # the grain of the grid
    corners = [(x * c - y * s + label.x, x * s + y * c + label.y) for x, y in ((-w, -h), (w, -h), (w, h), (-w, h))]
    return shapely.Polygon(corners)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 150), st.booleans())
def test_names_never_overlap_nor_leave_the_map(seed: int, n: int, turned: bool) -> None:
    rng = np.random.default_rng(seed)
    wanted = [
        Candidate("字" * int(rng.integers(2, 8)) + str(i), RULE, float(rng.random()), ((x, y),),
                  float(rng.uniform(-90, 90)) if turned else 0.0)
        for i, (x, y) in enumerate(rng.uniform(0, (800, 600), (n, 2)))
    ]  # fmt: skip
    made = placed(wanted, VIEW, measure)
    boxes = [_box(label) for label in made]
    for i, box in enumerate(boxes):
        assert shapely.box(0, 0, 804, 604).buffer(8).contains(box)
        assert not any(box.intersects(other) for other in boxes[:i])


def test_the_important_name_wins_the_place() -> None:
    wanted = [Candidate("小路", RULE, 1, ((400, 300),)), Candidate("大道", RULE, 9, ((402, 300),))]
    assert [label.text for label in placed(wanted, VIEW, measure)] == ["大道"]


def test_a_name_moves_to_the_free_side_of_its_point() -> None:
    mark = Candidate("站", RULE, 1, ((400, 300),), clear=6)
    blocked = np.array([[x, y] for x in range(404, 440, 4) for y in range(286, 316, 4)], float)
    (label,) = placed([mark], VIEW, measure, [blocked])
    assert label.x < 400


def test_equal_names_stand_apart() -> None:
    wanted = [Candidate("解放路", RULE, 1, ((100 + 60 * i, 100),)) for i in range(12)]
    made = placed(wanted, VIEW, measure)
    assert 1 < len(made) < 5


def test_roads_are_named_along_their_run_and_upright() -> None:
    lines = [shapely.LineString([(700, 100), (100, 160)]), shapely.LineString([(10, 10), (12, 12)])]
    arrays = layer(
        "road", lines, name=np.array(["人民路", "短"], object), road_class=np.array(["motorway"] * 2, object)
    )
    (found,) = candidates(arrays, arrays.style, VIEW, measure)
    assert found.text == "人民路"
    assert -90 < found.angle <= 90
    assert abs(found.angle - 5.7) < 0.5
    x, y = found.places[0]
    assert lines[0].distance(shapely.Point(*VIEW.to_world(x, y))) < 1.0


def test_a_winding_road_has_no_straight_place() -> None:
    t = np.linspace(0, 60, 400)
    spiral = shapely.LineString(np.column_stack([400 + 10 * np.cos(t) * 2, 300 + 10 * np.sin(t) * 2]))
    arrays = layer("road", [spiral], name=np.array(["盘山公路"], object), road_class=np.array(["motorway"], object))
    assert candidates(arrays, arrays.style, VIEW, measure) == []


def test_an_area_is_named_in_what_is_seen_of_it() -> None:
    huge = shapely.MultiPolygon([shapely.box(500, -5000, 9000, 9000)])
    arrays = layer("area", [huge], name=np.array(["大丰区"], object), level=np.array(["community"], object))
    (found,) = candidates(arrays, arrays.style, VIEW, measure)
    x, y = found.places[0]
    assert 500 < x < 800
    assert 0 < y < 600


def test_names_keep_to_their_scales() -> None:
    arrays = layer("road", [shapely.LineString([(0, 0), (9e5, 0)])], name=np.array(["村道"], object),
                   road_class=np.array(["service"], object))  # fmt: skip
    assert candidates(arrays, arrays.style, View(0.0, 1e5, 500.0, 800, 600), measure) == []
    assert len(candidates(arrays, arrays.style, View(0.0, 300.0, 1.0, 800, 600), measure)) == 1
