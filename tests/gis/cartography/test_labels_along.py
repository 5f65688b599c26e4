from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography.labels.candidates import candidates
from gis.cartography.labels.names import Placed, placed
from gis.cartography.labels.text import is_han
from gis.cartography.symbols import LabelRule
from gis.cartography.view import View
from tests.gis.cartography.lettering import Typewriter
from tests.gis.cartography.test_labels import layer_of, style_of

VIEW = View(0.0, 1000.0, 1.0, 1000, 1000)
RULE = LabelRule(max_scale=1e9, priority=20, repeat=60.0)
SIZE = Typewriter().size(RULE)


def named(line: shapely.LineString, text: str, spread: float = 0.0) -> list[Placed]:
    arrays = layer_of("road", [line], [text], style_of("road", any=replace(RULE, spread=spread)))
    return placed([candidates(arrays, arrays.style, VIEW, Typewriter())], VIEW)


def circle(radius: float, x: float = 500.0, y: float = 500.0, a: float = 0.0, b: float = 330.0) -> shapely.LineString:
    t = np.radians(np.linspace(a, b, 200))
    return shapely.LineString(np.column_stack([x + radius * np.cos(t), y + radius * np.sin(t)]))


def on_screen(line: shapely.LineString) -> shapely.LineString:
    return shapely.LineString(VIEW.pixels(shapely.get_coordinates(line)))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["解放南路", "Hauptstraße", "G15沈海高速", "盐"]),
    st.sampled_from([0.0, 1.2]),
)
def test_letters_lie_on_the_line_upright_and_in_reading_order(seed: int, text: str, spread: float) -> None:
    rng = np.random.default_rng(seed)
    turn = np.cumsum(rng.normal(0, 0.12, 30)) + rng.uniform(0, 7)
    steps = np.column_stack([np.cos(turn), np.sin(turn)]) * 25
    line = shapely.LineString(np.cumsum(steps, 0) + rng.uniform(300, 700, 2))
    seen = on_screen(line)
    for label in named(line, text, spread):
        if not label.letters:
            assert -90.0 <= label.angle <= 90.0
            assert seen.distance(shapely.Point(label.x, label.y)) < 0.25 * SIZE
            continue
        x, y, angle = np.array(label.letters).T
        assert len(x) == len(text)
        assert all(seen.distance(shapely.Point(p, q)) < 0.25 * SIZE for p, q in zip(x, y, strict=True))
        assert np.abs(angle).max() < 80.0
        step = np.column_stack([np.diff(x), np.diff(y)])
        across, down = x[-1] - x[0], y[-1] - y[0]
        if bool(is_han(np.array([ord(c) for c in text])).all()) and abs(down) > abs(across) * 1.3:
            assert (step[:, 1] > 0).all()  # stacked from the top down
        elif abs(across) > abs(down) * 1.3:
            assert (step[:, 0] > 0).all()  # from left to right
        else:
            assert (step @ (across, down) > 0).all()


def test_a_straight_road_is_named_in_one_row() -> None:
    line = shapely.LineString([(800, 500), (200, 560)])
    label = named(line, "人民路")[0]
    assert label.letters == ()
    assert abs(label.angle - 5.71) < 0.1


def test_a_bend_carries_its_name_letter_by_letter() -> None:
    line = circle(60)
    label = named(line, "环城大道一段")[0]
    turns = [turn for _, _, turn in label.letters]
    assert max(turns) - min(turns) > 30
    centre = np.array([500.0, 500.0])
    for x, y, _ in label.letters:
        assert abs(np.hypot(*(np.array([x, y]) - centre)) - 60) < 0.2


def test_a_line_too_winding_for_its_name_has_none() -> None:
    assert named(circle(9), "盘山公路二期") == []
    t = np.linspace(0, 60, 1200)
    saw = shapely.LineString(np.column_stack([200 + 8 * t, 500 + 9 * (np.arange(1200) // 10 % 2)]))
    assert named(saw, "盘山公路二期") == []


def test_a_line_shorter_than_its_name_has_none() -> None:
    assert named(shapely.LineString([(400, 500), (420, 500)]), "人民路") == []


def test_chinese_names_are_stacked_on_steep_lines_and_others_turned() -> None:
    line = shapely.LineString([(500, 200), (520, 800)])
    chinese = named(line, "人民路")[0]
    assert all(abs(turn) < 5 for _, _, turn in chinese.letters)
    assert [y for _, y, _ in chinese.letters] == sorted(y for _, y, _ in chinese.letters)
    other = named(line, "Main St 5")[0]
    assert other.letters == ()
    assert 80 < abs(other.angle) <= 90


def test_letters_of_a_chinese_road_stand_apart_where_there_is_room() -> None:
    long = named(shapely.LineString([(100, 500), (900, 500)]), "人民路", 1.2)[0]
    x = [x for x, _, _ in long.letters]
    assert np.allclose(np.diff(x), SIZE * 2.2)
    short = named(shapely.LineString([(100, 500), (100 + 3.3 * SIZE, 500)]), "人民路", 1.2)[0]
    assert short.letters == ()
    assert named(shapely.LineString([(100, 500), (900, 500)]), "G15 road", 1.2)[0].letters == ()


def test_a_street_in_pieces_is_named_as_one() -> None:
    pieces = [shapely.LineString([(200 + 20 * i, 500), (220 + 20 * i, 500)]) for i in range(20)]
    pieces[3] = pieces[3].reverse()
    pieces[9] = pieces[9].reverse()
    arrays = layer_of("road", pieces, ["世纪大道"] * 20, style_of("road", any=RULE))
    made = placed([candidates(arrays, arrays.style, VIEW, Typewriter())], VIEW)
    assert [label.text for label in made] == ["世纪大道"]
    assert abs(made[0].x - 400) < 1
