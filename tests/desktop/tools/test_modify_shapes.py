"""Stories of the tools that change shapes, with the mouse and keys on a living canvas; each undone again."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, Qt
from shapely import LineString, Point, Polygon

from desktop.canvas import MapCanvas
from gis.editing.intents import Batch, Create, Reshape, Split, Transform, UpdateMany
from tests.desktop.canvas.town import BOTTOM, LEFT

LEFT_BUTTON, RIGHT_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
X, Y = LEFT + 1000.0, BOTTOM + 1112.0  # a free place between streets
STROKE, AREA = "road", "building"


@pytest.fixture
def here(canvas: MapCanvas, town, at_rest):
    """Puts rows on the map around (X, Y) at 1:500 and shows their class alone; gives their ids."""

    def put(cls: str, *shapes: shapely.Geometry) -> list[int]:
        needed = {"road": {"road_class": "tertiary"}, "building": {}, "area": {"level": "village"}}[cls]
        rows = [{**needed, "geom": shape} for shape in shapes]
        for i, row in enumerate(rows):
            if cls == "area":
                row |= {"code": f"A{i}", "name": f"A{i}"}
        ids = town.perform(Create(cls, rows)).created[cls]
        canvas.set_layers([s for s in canvas.layers() if s.name == cls])
        canvas.set_center(X, Y)
        canvas.set_scale(500)
        at_rest()
        return [int(id) for id in ids]

    return put


@pytest.fixture
def click(qtbot, canvas: MapCanvas, pixel):
    """Clicks at project coordinates."""

    def perform(x: float, y: float, button=LEFT_BUTTON, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        qtbot.mouseMove(canvas, pixel(x, y))
        qtbot.mouseClick(canvas, button, modifier, pixel(x, y))

    return perform


def _shape(town, cls: str, id: int):
    return town.row(cls, id)["geom"]


def _keys(qtbot, canvas, text: str) -> None:
    for letter in text:
        qtbot.keyClick(canvas, letter)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)


def _box(x: float, y: float, w: float = 20.0, h: float = 20.0) -> Polygon:
    return Polygon([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])


# ----------------------------------------------------------------------------------------------------------- reshape
def test_an_edge_is_dragged_as_a_whole(canvas, town, here, pixel, drag, wishes, at_rest) -> None:
    (id,) = here(AREA, _box(X, Y, 40, 20))
    canvas.set_selection({AREA: [id]})
    canvas.set_tool("reshape")
    drag(pixel(X + 8, Y + 20), pixel(X + 8, Y + 30))
    assert isinstance(wishes[0], Reshape)
    assert _shape(town, AREA, id).bounds == pytest.approx((X, Y, X + 40, Y + 30), abs=0.3)
    town.undo()
    assert _shape(town, AREA, id).equals(_box(X, Y, 40, 20))


def test_the_ring_in_the_middle_of_an_edge_adds_a_vertex(canvas, town, here, pixel, drag, click, wishes) -> None:
    (id,) = here(AREA, _box(X, Y, 40, 20))
    canvas.set_selection({AREA: [id]})
    canvas.set_tool("reshape")
    drag(pixel(X + 20, Y + 20), pixel(X + 20, Y + 32))
    made = _shape(town, AREA, id)
    assert len(made.exterior.coords) == 6
    assert made.area == pytest.approx(800 + 40 * 12 / 2, abs=12)
    town.undo()
    assert len(_shape(town, AREA, id).exterior.coords) == 5


def test_the_right_button_removes_a_vertex(canvas, town, here, click, wishes) -> None:
    (id,) = here(STROKE, LineString([(X - 30, Y), (X, Y + 15), (X + 30, Y)]))
    canvas.set_selection({STROKE: [id]})
    canvas.set_tool("reshape")
    click(X, Y + 15, RIGHT_BUTTON)
    assert _shape(town, STROKE, id).equals(LineString([(X - 30, Y), (X + 30, Y)]))
    click(X - 30, Y, RIGHT_BUTTON)  # a line keeps two
    assert len(wishes) == 1


def test_neighbouring_areas_keep_their_common_vertex(canvas, town, here, pixel, drag, wishes, at_rest) -> None:
    a, b = here(AREA, _box(X - 20, Y), _box(X, Y))
    canvas.set_selection({AREA: [a]})
    canvas.set_tool("reshape")
    drag(pixel(X, Y + 20), pixel(X + 6, Y + 28))
    (wish,) = wishes
    assert isinstance(wish, Batch)
    one, other = _shape(town, AREA, a), _shape(town, AREA, b)
    assert one.intersection(other).length == pytest.approx(np.hypot(6, 28), abs=1)
    assert one.intersection(other).area == 0
    town.undo()
    assert _shape(town, AREA, b).equals(_box(X, Y))
    at_rest()
    drag(pixel(X, Y + 20), pixel(X - 6, Y + 28), modifier=ALT)
    assert isinstance(wishes[1], Reshape)
    assert _shape(town, AREA, b).equals(_box(X, Y))


def test_escape_backs_out_of_reshaping_step_by_step(qtbot, canvas, here, pixel, wishes) -> None:
    (id,) = here(AREA, _box(X, Y))
    canvas.set_selection({AREA: [id]})
    canvas.set_tool("reshape")
    qtbot.mousePress(canvas, LEFT_BUTTON, pos=pixel(X, Y))
    qtbot.mouseRelease(canvas, LEFT_BUTTON, pos=pixel(X, Y))
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)  # the chosen vertex
    assert list(canvas.selection) == [AREA]
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)  # the feature
    assert canvas.selection == {}
    with qtbot.waitSignal(canvas.toolEnded):
        qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert wishes == []


# -------------------------------------------------------------------------------------------------------------- move
def test_arrow_keys_nudge_and_make_one_step(qtbot, canvas, town, here, wishes) -> None:
    (id,) = here(AREA, _box(X, Y))
    canvas.set_selection({AREA: [id]})
    canvas.set_tool("move")
    for _ in range(3):
        qtbot.keyClick(canvas, Qt.Key.Key_Right)
    qtbot.keyClick(canvas, Qt.Key.Key_Up, SHIFT)
    qtbot.waitUntil(lambda: len(wishes) == 1)
    pixel_m = canvas.view.resolution
    assert (wishes[0].dx, wishes[0].dy) == pytest.approx((3 * pixel_m, 10 * pixel_m))
    town.undo()
    assert _shape(town, AREA, id).equals(_box(X, Y))


def test_an_exact_shift_is_typed(qtbot, canvas, town, here, wishes) -> None:
    (id,) = here(AREA, _box(X, Y))
    canvas.set_selection({AREA: [id]})
    canvas.set_tool("move")
    _keys(qtbot, canvas, "12.5,-3")
    assert _shape(town, AREA, id).equals(_box(X + 12.5, Y - 3))
    _keys(qtbot, canvas, "12")  # one figure is none
    assert len(wishes) == 1
    assert canvas.tool.busy
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert not canvas.tool.busy


# --------------------------------------------------------------------------------------------------------- transform
def test_turning_and_scaling_by_figures(qtbot, canvas, town, here, wishes, at_rest) -> None:
    (id,) = here(AREA, _box(X, Y, 40, 20))
    canvas.set_selection({AREA: [id]})
    canvas.set_tool("transform")
    _keys(qtbot, canvas, "90")
    assert _shape(town, AREA, id).bounds == pytest.approx((X + 10, Y - 10, X + 30, Y + 30))
    at_rest()
    _keys(qtbot, canvas, "x2")
    assert _shape(town, AREA, id).bounds == pytest.approx((X, Y - 30, X + 40, Y + 50))
    at_rest()
    _keys(qtbot, canvas, "50%")
    assert _shape(town, AREA, id).bounds == pytest.approx((X + 10, Y - 10, X + 30, Y + 30))
    assert all(isinstance(wish, Transform) for wish in wishes)
    town.undo(3)
    assert _shape(town, AREA, id).equals(_box(X, Y, 40, 20))


def test_the_knob_turns_by_steps_about_a_pivot_that_was_dragged(canvas, town, here, pixel, drag, wishes) -> None:
    (id,) = here(AREA, _box(X, Y, 40, 20))
    canvas.set_selection({AREA: [id]})
    canvas.set_tool("transform")
    drag(pixel(X + 20, Y + 10), pixel(X, Y), modifier=ALT)  # the pivot, to a corner
    assert canvas.tool.pivot == pytest.approx((X, Y), abs=0.2)
    frame = canvas.tool._frame()
    knob = canvas.tool._knob(frame).toPoint()
    dx, dy = knob.x() - pixel(X, Y).x(), knob.y() - pixel(X, Y).y()
    drag(knob, pixel(X, Y) + QPoint(-dy, dx), modifier=SHIFT)  # a quarter clockwise
    assert _shape(town, AREA, id).bounds == pytest.approx((X, Y - 40, X + 20, Y), abs=0.5)


def test_a_corner_scales_evenly(canvas, town, here, drag, wishes) -> None:
    (id,) = here(AREA, _box(X, Y, 40, 20))
    canvas.set_selection({AREA: [id]})
    canvas.set_tool("transform")
    corner = canvas.tool._frame()[1].toPoint()
    middle = canvas.tool.to_pixels(*canvas.tool.pivot).toPoint()
    drag(corner, middle + (corner - middle) * 2)
    made = _shape(town, AREA, id)
    assert made.area == pytest.approx(800 * 4, rel=0.05)
    assert made.centroid.distance(Point(X + 20, Y + 10)) < 0.1


def test_mirroring_on_two_points(canvas, town, here, click, wishes) -> None:
    (id,) = here(AREA, _box(X, Y, 40, 20))
    canvas.set_selection({AREA: [id]})
    canvas.set_tool("mirror")
    click(X - 10, Y - 20, modifier=ALT)
    click(X - 10, Y + 30, modifier=ALT)
    assert _shape(town, AREA, id).bounds == pytest.approx((X - 60, Y, X - 20, Y + 20), abs=0.5)
    town.undo()
    assert _shape(town, AREA, id).equals(_box(X, Y, 40, 20))


# ------------------------------------------------------------------------------------------------- split and lines
def test_a_click_on_a_line_cuts_it(canvas, town, here, click, wishes) -> None:
    (id,) = here(STROKE, LineString([(X - 40, Y), (X + 40, Y)]))
    before = town.count(STROKE)
    canvas.set_tool("split")
    click(X + 10, Y)
    assert isinstance(wishes[0], Split)
    assert town.count(STROKE) == before + 1
    assert _shape(town, STROKE, id).length == pytest.approx(50, abs=0.5)
    town.undo()
    assert _shape(town, STROKE, id).length == 80


def test_a_stroke_cuts_all_that_is_selected(qtbot, canvas, town, here, click, pixel, drag, wishes) -> None:
    a, b, c = here(AREA, _box(X - 40, Y), _box(X, Y), _box(X - 40, Y - 60))
    canvas.set_selection({AREA: [a, b]})
    canvas.set_tool("split")
    before = town.count(AREA)
    click(X - 50, Y + 10, modifier=ALT)
    click(X - 10, Y + 10, modifier=ALT)
    click(X + 40, Y + 10, modifier=ALT)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    (wish,) = wishes
    assert isinstance(wish, Batch)
    assert town.count(AREA) == before + 2
    assert _shape(town, AREA, c).area == 400
    town.undo()
    assert town.count(AREA) == before
    drag(pixel(X - 50, Y - 50), pixel(X - 10, Y - 50))  # across one that is not selected
    assert [problem.code for problem in canvas.problems] == ["modify.nothing_crossed"]
    canvas.problems.clear()
    assert town.count(AREA) == before


def test_extending_to_a_target_and_trimming_at_it(qtbot, canvas, town, here, click, wishes, at_rest) -> None:
    wall, line = here(STROKE, LineString([(X, Y - 40), (X, Y + 40)]), LineString([(X - 60, Y), (X - 20, Y)]))
    canvas.set_tool("extend")
    click(X, Y + 30)
    click(X - 25, Y)
    assert _shape(town, STROKE, line).coords[-1] == pytest.approx((X, Y))
    at_rest()
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert not canvas.tool.busy
    (over,) = here(STROKE, LineString([(X - 50, Y - 20), (X + 50, Y - 20)]))
    canvas.set_tool("trim")
    click(X, Y + 30)
    click(X + 30, Y - 20)
    assert _shape(town, STROKE, over).equals(LineString([(X - 50, Y - 20), (X, Y - 20)]))
    town.undo()
    assert _shape(town, STROKE, over).length == 100
    assert wall


def test_a_line_that_never_meets_says_so(canvas, here, click, wishes) -> None:
    here(STROKE, LineString([(X, Y - 40), (X, Y + 40)]), LineString([(X - 60, Y - 10), (X - 60, Y + 30)]))
    canvas.set_tool("extend")
    click(X, Y + 35)
    click(X - 60, Y + 28)
    assert [problem.code for problem in canvas.problems] == ["geometry.no_meeting"]
    canvas.problems.clear()
    assert wishes == []


def test_simplifying_with_a_slider(qtbot, canvas, town, here, wishes) -> None:
    wave = LineString([(X - 40 + i, Y + (i % 2) * 0.2) for i in range(81)])
    (id,) = here(STROKE, wave)
    canvas.set_selection({STROKE: [id]})
    canvas.set_tool("simplify")
    card = canvas.tool._card
    assert card.isVisible()
    card.box.setValue(0.1)
    shown = sum(map(len, [shape.coords for shape in canvas.tool._shown]))
    card.slider.setValue(card.slider.maximum() // 2)
    assert sum(map(len, [shape.coords for shape in canvas.tool._shown])) < shown
    qtbot.keyClick(card.box, Qt.Key.Key_Return)
    (wish,) = wishes
    assert isinstance(wish.intents[0], UpdateMany)
    assert len(_shape(town, STROKE, id).coords) == 2
    town.undo()
    assert _shape(town, STROKE, id).equals_exact(wave)


def test_smoothing_and_escape(qtbot, canvas, town, here, wishes) -> None:
    line = LineString([(X - 30, Y), (X, Y + 20), (X + 30, Y)])
    (id,) = here(STROKE, line)
    canvas.set_selection({STROKE: [id]})
    canvas.set_tool("smooth")
    qtbot.keyClick(canvas.tool._card.box, Qt.Key.Key_Escape)
    assert wishes == []
    assert not canvas.tool.busy
    canvas.set_tool("smooth")
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    made = _shape(town, STROKE, id)
    assert len(made.coords) > 3
    assert (made.coords[0], made.coords[-1]) == (line.coords[0], line.coords[-1])


def test_a_parallel_copy(qtbot, canvas, town, here, wishes) -> None:
    (id,) = here(STROKE, LineString([(X - 30, Y), (X + 30, Y)]))
    before = town.ids(STROKE)
    canvas.set_selection({STROKE: [id]})
    canvas.set_tool("offset")
    canvas.tool._card.box.setValue(-7.5)
    qtbot.keyClick(canvas.tool._card.box, Qt.Key.Key_Return)
    (new,) = np.setdiff1d(town.ids(STROKE), before).tolist()
    assert _shape(town, STROKE, new).bounds == pytest.approx((X - 30, Y + 7.5, X + 30, Y + 7.5))
    town.undo()
    assert town.ids(STROKE).tolist() == before.tolist()


# -------------------------------------------------------------------------------------------------------- holes, gaps
def test_cutting_and_filling_a_hole(qtbot, canvas, town, here, click, wishes, at_rest) -> None:
    (id,) = here(AREA, _box(X - 30, Y - 30, 60, 60))
    canvas.set_tool("cut_hole")
    for x, y in ((-10, -10), (10, -10), (10, 10), (-10, 10)):
        click(X + x, Y + y, modifier=ALT)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert _shape(town, AREA, id).area == pytest.approx(3200, rel=0.02)
    at_rest()
    canvas.set_tool("fill_hole")
    click(X, Y)
    assert _shape(town, AREA, id).equals(_box(X - 30, Y - 30, 60, 60))
    at_rest()
    click(X, Y)
    assert [problem.code for problem in canvas.problems] == ["geometry.no_hole"]
    canvas.problems.clear()
    town.undo(2)


def test_a_hole_across_the_border_is_refused(qtbot, canvas, town, here, click, wishes) -> None:
    here(AREA, _box(X - 30, Y - 30, 60, 60))
    canvas.set_tool("cut_hole")
    for x, y in ((-10, -10), (50, -10), (10, 10)):
        click(X + x, Y + y, modifier=ALT)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert [problem.code for problem in canvas.problems] == ["geometry.hole_outside"]
    canvas.problems.clear()
    assert wishes == []


def test_a_gap_is_filled_by_a_new_area_or_by_the_selected_neighbour(canvas, town, here, click, wishes) -> None:
    frame = [_box(X - 30, Y - 30, 60, 20), _box(X - 30, Y + 10, 60, 20), _box(X - 30, Y - 10, 20, 20),
             _box(X + 10, Y - 10, 20, 20)]  # fmt: skip
    ids = here(AREA, *frame)
    before = town.count(AREA)
    canvas.set_tool("fill_gap")
    click(X, Y)
    assert town.count(AREA) == before + 1
    town.undo()
    canvas.set_selection({AREA: [ids[2]]})
    click(X, Y)
    assert town.count(AREA) == before
    assert _shape(town, AREA, ids[2]).area == pytest.approx(800)
