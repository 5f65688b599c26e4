from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography.arrays import LayerArrays
from gis.cartography.declutter import Marks, marks
from gis.cartography.labels import candidates as labels_candidates
from gis.cartography.labels import compiled as labels_compiled
from gis.cartography.labels import names as labels
from gis.cartography.labels.candidates import candidates
from gis.cartography.labels.names import Placed, placed
from gis.cartography.symbols import LabelRule, LayerStyle
from gis.cartography.view import View
from gis.catalogue import load_catalogue
from tests.gis.cartography.layers import layer
from tests.gis.cartography.lettering import Typewriter, assert_apart, rectangles

VIEW = View(0.0, 600.0, 1.0, 800, 600)
WRITER = Typewriter()
ALWAYS = LabelRule(max_scale=1e9)


def style_of(cls: str, **rules: LabelRule) -> LayerStyle:
    """The style of a class with label rules of its own; ``any``: that of all codes."""
    given = {"" if code == "any" else code: rule for code, rule in rules.items()}
    return replace(LayerStyle.from_class(load_catalogue()[cls]), max_scale=0.0, labels=given or {"": ALWAYS})


def layer_of(cls: str, geometries: list, names: list, style: LayerStyle | None = None, **fields) -> LayerArrays:
    style = style or style_of(cls)
    return layer(cls, geometries, style, **{style.label_field: np.array(names, object), **fields})


def at_points(arrays: LayerArrays, view: View = VIEW):
    shown = marks(arrays, arrays.style, view, spacing=0.0)
    return candidates(arrays, arrays.style, view, WRITER, shown), shown


def names_of(made: list[Placed]) -> list[str]:
    return [label.text for label in made]


def scene(seed: int, n: int, low=(60, 60), high=(740, 540)) -> list[LayerArrays]:
    """Roads that bend, points and areas with names, all inside a rectangle of world units."""
    rng = np.random.default_rng(seed)
    low, high = np.array(low, float), np.array(high, float)

    def name(i: int) -> str:
        letters = "".join(rng.choice(list("盐城人民东路解放南高架桥AB12 ")) for _ in range(int(rng.integers(1, 7))))
        return letters.strip() + ("" if i % 5 else "G")

    roads = []
    for _ in range(n):
        turn = np.cumsum(rng.normal(0, 0.35, 12)) + rng.uniform(0, 7)
        steps = np.column_stack([np.cos(turn), np.sin(turn)]) * rng.uniform(5, 40)
        roads.append(shapely.LineString(np.clip(rng.uniform(low, high) + np.cumsum(steps, 0), low, high)))
    points = [shapely.Point(p) for p in rng.uniform(low, high, (n, 2))]
    centres = rng.uniform(low + 40, high - 40, (max(n // 4, 1), 2))
    areas = [shapely.Point(c).buffer(rng.uniform(20, 70), 4).intersection(shapely.box(*low, *high)) for c in centres]
    spread, inside = replace(ALWAYS, spread=1.2, priority=20, repeat=40.0), replace(ALWAYS, priority=40)
    return [
        layer_of("area", areas, [name(i) for i in range(len(areas))], style_of("area", any=inside)),
        layer_of("road", roads, [name(i) for i in range(n)], style_of("road", any=spread)),
        layer_of("camera", points, [name(i) for i in range(n)]),
    ]  # fmt: skip


def solved(layers: list[LayerArrays], view: View = VIEW) -> list[Placed]:
    found, shown = [], []
    for arrays in layers:
        seen = marks(arrays, arrays.style, view, spacing=0.0) if arrays.kind == "point" else None
        found.append(candidates(arrays, arrays.style, view, WRITER, seen))
        if seen is not None:
            shown.append(seen)
    return placed(found, view, shown)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_names_never_overlap_nor_leave_the_map(seed: int, n: int) -> None:
    assert_apart(solved(scene(seed, n, (-50, -50), (850, 650))), VIEW.width, VIEW.height)


def test_a_scene_has_names_of_every_kind() -> None:
    made = [label for seed in range(8) for label in solved(scene(seed, 40))]
    bent = [label for label in made if len({round(turn) for _, _, turn in label.letters}) > 1]
    assert len(made) > 80
    assert len(bent) > 5
    assert any(label.letters and label not in bent for label in made)
    assert any(label.angle for label in made)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(-55, 55), st.integers(-55, 55))
def test_names_stay_where_they_are_while_the_map_is_moved(seed: int, n: int, dx: int, dy: int) -> None:
    layers = scene(seed, n, (190, 190), (610, 410))  # far enough from the border for every name to fit
    before, after = solved(layers), solved(layers, VIEW.panned(dx, dy))
    assert names_of(before) == names_of(after)
    for one, other in zip(before, after, strict=True):
        assert np.allclose(one.boxes[:, :2] + (dx, dy), other.boxes[:, :2], atol=1e-6)
        assert np.allclose(one.boxes[:, 2:], other.boxes[:, 2:], atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_plain_python_places_the_same_names(seed: int, n: int) -> None:
    layers = scene(seed, n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labels_compiled.READY, "is_set", lambda: True)
        compiled = solved(layers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labels_compiled.READY, "is_set", lambda: False)
        plain = solved(layers)
    assert names_of(plain) == names_of(compiled)
    for one, other in zip(plain, compiled, strict=True):
        # compiled code may add a product in one rounding where Python takes two
        assert np.allclose(one.boxes, other.boxes, rtol=0.0, atol=1e-9)
        assert len(one.letters) == len(other.letters)
        for mine, theirs in zip(one.letters, other.letters, strict=True):
            assert mine == pytest.approx(theirs, abs=1e-9)


def test_the_important_name_wins_the_place() -> None:
    roads = layer_of(
        "road", [shapely.LineString([(340, 300), (460, 300)])] * 2, ["小路", "大道"],
        style_of("road", any=ALWAYS, motorway=replace(ALWAYS, priority=9)),
        road_class=np.array(["service", "motorway"], object),
    )  # fmt: skip
    made = solved([roads])
    assert names_of(made)[0] == "大道"
    assert abs(made[0].x - 400) < 1


def test_a_name_moves_to_the_free_side_of_its_point() -> None:
    near, away = (
        [shapely.Point(400, 300)],
        [shapely.Point(x, y) for x in range(406, 450, 4) for y in range(286, 316, 4)],
    )
    found, shown = at_points(layer_of("camera", near, ["站"]))
    _, others = at_points(layer_of("camera", away, [None] * len(away)))
    (alone,) = placed([found], VIEW, [shown])
    (label,) = placed([found], VIEW, [shown, others])
    assert alone.x > 400
    assert label.x < 400


def test_only_a_bold_name_covers_marks_and_as_few_as_it_can() -> None:
    line = [shapely.LineString([(300, 300), (500, 300)])]
    rows = [(x, y) for x in range(296, 506, 4) for y in range(288, 314, 4) if x < 380 or (x % 16 == 0 and y == 300)]
    _, shown = at_points(layer_of("camera", [shapely.Point(p) for p in rows], [None] * len(rows)))
    for priority, number in ((20.0, 0), (40.0, 1)):
        arrays = layer_of("road", line, ["人民路"], style_of("road", any=replace(ALWAYS, priority=priority)))
        made = placed([candidates(arrays, arrays.style, VIEW, WRITER)], VIEW, [shown])
        assert len(made) == number
    assert made[0].x > 400


@pytest.mark.parametrize(("size", "count", "covered"), [(8.0, 1, True), (15.0, 1, False), (8.0, 5, False)])
def test_no_name_covers_a_cluster_or_a_large_mark(size: float, count: int, covered: bool) -> None:
    """A bold name with marks all along its road is written over small ones, else not at all."""
    _, shown = at_points(layer_of("camera", [shapely.Point(x, 300) for x in range(296, 506, 8)], [None] * 27))
    shown = replace(shown, size=np.full(27, size), count=np.full(27, count))
    bold = style_of("road", any=replace(ALWAYS, priority=40.0))
    arrays = layer_of("road", [shapely.LineString([(300, 300), (500, 300)])], ["人民路"], bold)
    made = placed([candidates(arrays, arrays.style, VIEW, WRITER)], VIEW, [shown])
    assert bool(made) == covered


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(20, 60), st.floats(-50, 700), st.floats(-50, 500))
def test_no_name_reaches_into_a_reserved_box(seed: int, n: int, left: float, top: float) -> None:
    found = [candidates(arrays, arrays.style, VIEW, WRITER) for arrays in scene(seed, n)[:2]]
    kept = (left, top, left + 160.0, top + 90.0)
    made = placed(found, VIEW, (), [kept])
    for label in made:
        assert not shapely.box(*kept).intersects(rectangles(label).buffer(-3.0))
    assert placed(found, VIEW, (), [(0.0, 0.0, 800.0, 600.0)]) == []


def test_a_name_of_a_point_keeps_off_the_lines() -> None:
    lines = layer_of("cable", [shapely.LineString([(0, 300), (800, 300)])], [None])
    found, shown = at_points(layer_of("camera", [shapely.Point(400, 300)], ["站点"]))
    (alone,) = placed([found], VIEW, [shown])
    (label,) = placed([found, candidates(lines, lines.style, VIEW, WRITER)], VIEW, [shown])
    assert alone.y == 300
    assert abs(label.y - 300) > label.height / 2


def test_equal_names_stand_apart() -> None:
    points = [shapely.Point(100 + 60 * i, 100) for i in range(12)]
    found, shown = at_points(layer_of("camera", points, ["解放路"] * 12))
    made = placed([found], VIEW, [shown])
    assert 1 < len(made) < 5
    x = sorted(label.x for label in made)
    assert np.diff(x).min() > labels.APART * ALWAYS.repeat * VIEW.pixels_per_mm * 0.9


def test_a_long_road_is_named_again_and_again() -> None:
    view = View(0.0, 600.0, 1.0, 3000, 600)
    arrays = layer_of("road", [shapely.LineString([(-9000, 300), (9000, 300)])], ["长江路"])
    made = placed([candidates(arrays, arrays.style, view, WRITER)], view)
    x = sorted(label.x for label in made)
    step = 100 * view.pixels_per_mm
    assert abs(len(x) - 3000 / step) < 1.5
    assert np.allclose(np.diff(x)[1:-1], step)  # those at the border have moved in


def test_names_keep_within_their_scales() -> None:
    arrays = layer_of(
        "road", [shapely.LineString([(0, 0), (9e5, 0)])], ["村道"],
        style_of("road", any=replace(ALWAYS, min_scale=1000, max_scale=50_000)),
    )  # fmt: skip
    for resolution, number in ((0.1, 0), (5.0, 1), (500.0, 0)):
        found = candidates(arrays, arrays.style, View(0.0, 300.0 * resolution, resolution, 800, 600), WRITER)
        assert (found is not None and len(found) > 0) == bool(number)


def test_an_area_is_named_in_what_is_seen_of_it() -> None:
    huge = shapely.MultiPolygon([shapely.box(500, -5000, 9000, 9000)])
    (label,) = solved([layer_of("area", [huge], ["大丰区"])])
    assert label.x - label.width / 2 > 500
    assert label.x + label.width / 2 <= 800


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_name_in_an_area_lies_inside_it_and_off_its_holes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * np.pi, 40))
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * rng.uniform(90, 290, (40, 1)) + (400, 300)
    polygon = shapely.make_valid(shapely.Polygon(ring))
    polygon = max(shapely.get_parts(polygon.difference(shapely.Point(400, 300).buffer(40))), key=lambda p: p.area)
    if polygon.geom_type != "Polygon":
        return
    for label in solved([layer_of("area", [polygon], ["亭湖区"])]):
        room = shapely.transform(rectangles(label), lambda c: np.column_stack(VIEW.to_world(c[:, 0], c[:, 1])))
        assert polygon.intersection(room).area > 0.75 * room.area
        assert polygon.contains(shapely.Point(*VIEW.to_world(label.x, label.y)))


def test_a_round_area_is_named_in_its_middle() -> None:
    (label,) = solved([layer_of("area", [shapely.Point(400, 300).buffer(200)], ["盐都区"])])
    assert abs(label.x - 400) < 3
    assert abs(label.y - 300) < 3


def test_work_grows_with_what_is_named_not_with_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many features a layer has, no more letters are looked at than ``MOST`` features have."""
    rng = np.random.default_rng(1)
    seen = []
    letters_of = labels_candidates.letters_of
    monkeypatch.setattr(labels_candidates, "letters_of", lambda texts: seen.append(len(texts)) or letters_of(texts))
    monkeypatch.setattr(labels_candidates, "MOST", 300)
    for n in (200, 20_000):
        seen.clear()
        starts = rng.uniform((0, 0), (700, 600), (n, 2))
        lines = [shapely.LineString([(x, y), (x + 60, y)]) for x, y in starts]
        arrays = layer_of("road", lines, [f"路{i}" for i in range(n)])
        found = candidates(arrays, arrays.style, VIEW, WRITER)
        assert found is not None
        assert seen == [min(n, 300)]
        assert len(found) <= 300


def test_marks_without_a_name_are_no_candidates() -> None:
    found, _ = at_points(layer_of("camera", [shapely.Point(9, 9), shapely.Point(300, 300)], [None, "站"]))
    assert found is not None
    assert found.texts.tolist() == ["站"]
    assert candidates(layer_of("camera", [], []), style_of("camera"), VIEW, WRITER, Marks.none()) is None
