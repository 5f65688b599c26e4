"""Every way of drawing, by mouse and keyboard on the real canvas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from desktop.canvas import MapCanvas
from desktop.tools.draw_strip import DrawStrip
from gis.errors import Refusal
from tests.desktop.canvas.town import BOTTOM, LEFT

CENTER = (LEFT + 1000, BOTTOM + 1000)
LEFT_BUTTON = Qt.MouseButton.LeftButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier,
)  # fmt: skip


@pytest.fixture
def bare(canvas: MapCanvas, at_rest) -> MapCanvas:
    """The canvas at 1:2500 with no layer, so that nothing is snapped to."""
    canvas.set_scale(2500)
    canvas.set_center(*CENTER)
    canvas.set_layers([])
    at_rest()
    return canvas


@pytest.fixture
def streets(canvas: MapCanvas, at_rest) -> MapCanvas:
    """The canvas at 1:2500 with the roads alone."""
    canvas.set_scale(2500)
    canvas.set_center(*CENTER)
    canvas.set_layers([s for s in canvas.layers() if s.name == "road"])
    at_rest()
    return canvas


@pytest.fixture
def click(qtbot) -> Callable[..., None]:
    def perform(canvas: MapCanvas, at: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
        hover(canvas, at, keys)
        qtbot.mouseClick(canvas, LEFT_BUTTON, keys, at)

    return perform


def hover(canvas: MapCanvas, at: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
    """The mouse over a pixel, no button held."""
    place = QPointF(at)
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(QMouseEvent.Type.MouseMove, place, canvas.mapToGlobal(place), none, none, keys)
    QApplication.sendEvent(canvas, event)


def world(canvas: MapCanvas, *pixels: tuple[float, float]) -> list[tuple[float, float]]:
    return [canvas.view.to_world(*pixel) for pixel in pixels]


def test_the_ways_fit_the_class(bare) -> None:
    for cls, names in (
        ("camera", ["spot"]), ("road", ["straight", "freehand", "along", "offset"]),
        ("building", ["straight", "rectangle", "circle", "freehand", "along"]),
    ):  # fmt: skip
        bare.set_tool(("draw", cls))
        assert [mode.name for mode in bare.tool.modes] == names
        assert list(bare.tool._strip.buttons) == names
        assert bare.tool._strip.isVisible()
        assert bare.tool._bar.isVisible()
    bare.set_tool("select")
    assert not bare.findChild(DrawStrip).isVisible()


def test_a_key_changes_the_way(qtbot, bare) -> None:
    bare.activateWindow()
    bare.setFocus()
    bare.set_tool(("draw", "building"))
    button = bare.tool._strip.buttons["circle"]
    assert button.shortcut().toString() == "Alt+3"
    button.click()
    assert bare.tool.mode.name == "circle"
    assert button.isChecked()


def test_points_one_after_the_other(qtbot, bare, town, wishes, click) -> None:
    bare.set_tool(("draw", "camera"))
    before = town.count("camera")
    click(bare, QPoint(200, 200))
    click(bare, QPoint(300, 220))
    hover(bare, QPoint(350, 260))
    qtbot.keyClick(bare, Qt.Key.Key_Return)
    assert town.count("camera") == before + 3
    assert bare.tool.name == "draw"
    assert wishes[-1].rows[0]["geom"].coords[0] == pytest.approx(bare.view.to_world(350, 260))


def test_an_upright_rectangle(bare, town, wishes, click) -> None:
    bare.set_tool(("draw", "building"))
    bare.tool.set_mode("rectangle")
    click(bare, QPoint(100, 120))
    click(bare, QPoint(220, 200))
    (a, b) = world(bare, (100, 120), (220, 200))
    assert wishes[0].rows[0]["geom"].equals(shapely.box(a[0], b[1], b[0], a[1]))
    click(bare, QPoint(300, 120))
    assert bare.tool.busy  # ready for the next one


def test_a_turned_rectangle(bare, wishes, click) -> None:
    bare.set_tool(("draw", "building"))
    bare.tool.set_mode("rectangle")
    click(bare, QPoint(200, 200))
    click(bare, QPoint(300, 300), SHIFT)
    hover(bare, QPoint(350, 250))
    click(bare, QPoint(350, 250))
    shape = wishes[0].rows[0]["geom"]
    assert shape.area == pytest.approx(np.hypot(100, 100) * np.hypot(50, 50) * bare.view.resolution**2, rel=0.02)
    assert len(shape.exterior.coords) == 5
    assert shape.minimum_rotated_rectangle.area == pytest.approx(shape.area, rel=1e-6)


def test_a_rectangle_without_extent_is_refused_and_goes_on(bare, wishes, click) -> None:
    bare.set_tool(("draw", "building"))
    bare.tool.set_mode("rectangle")
    click(bare, QPoint(200, 200))
    click(bare, QPoint(200, 300))
    assert bare.tool._bar.said.text().startswith(Refusal("geometry.no_extent").message("zh"))
    assert wishes == []
    click(bare, QPoint(260, 300))
    assert len(wishes) == 1


def test_a_circle_by_two_clicks_and_by_dragging(bare, wishes, click, drag) -> None:
    bare.set_tool(("draw", "building"))
    bare.tool.set_mode("circle")
    click(bare, QPoint(300, 300))
    click(bare, QPoint(360, 300))
    drag(QPoint(500, 300), QPoint(500, 250))
    for wish, center, radius in ((wishes[0], (300, 300), 60), (wishes[1], (500, 300), 50)):
        shape = wish.rows[0]["geom"]
        assert shape.area == pytest.approx(np.pi * (radius * bare.view.resolution) ** 2, rel=0.02)
        assert shape.centroid.coords[0] == pytest.approx(bare.view.to_world(*center), abs=1e-3)


def test_freehand_is_thinned_and_ends_with_enter(qtbot, bare, wishes, drag) -> None:
    bare.set_tool(("draw", "road"))
    bare.tool.set_mode("freehand")
    drag(QPoint(100, 300), QPoint(400, 300))
    assert len(bare.tool.vertices) == 2  # straight: all between can go
    drag(QPoint(400, 300), QPoint(400, 100))
    qtbot.keyClick(bare, Qt.Key.Key_Return)
    pixels = bare.view.pixels(shapely.get_coordinates(wishes[0].rows[0]["geom"]))
    assert np.allclose(pixels, [(100, 300), (400, 300), (400, 100)], atol=1.5)


def test_ten_thousand_vertices_by_hand(qtbot, bare, wishes) -> None:
    bare.set_tool(("draw", "road"))
    bare.tool.set_mode("freehand")
    qtbot.mousePress(bare, LEFT_BUTTON, pos=QPoint(100, 300))
    turn = np.linspace(0, 40 * np.pi, 10_000)
    for x, y in np.column_stack([350 + turn * 2 * np.cos(turn), 300 + turn * 2 * np.sin(turn)]):
        at = QPointF(x, y)
        event = QMouseEvent(
            QMouseEvent.Type.MouseMove, at, bare.mapToGlobal(at), Qt.MouseButton.NoButton, LEFT_BUTTON, NONE
        )
        QApplication.sendEvent(bare, event)
    bare.grab()
    qtbot.mouseRelease(bare, LEFT_BUTTON, pos=QPoint(600, 300))
    assert 100 < len(bare.tool.vertices) < 5_000
    bare.grab()
    qtbot.keyClick(bare, Qt.Key.Key_Return)
    assert wishes[0].rows[0]["geom"].is_valid


def test_along_one_road(qtbot, streets, wishes, click, pixel) -> None:
    y = BOTTOM + 1000  # the road of the middle
    streets.set_tool(("draw", "cable"))
    streets.tool.set_mode("along")
    click(streets, pixel(LEFT + 930, y) + QPoint(0, 3), CTRL)
    click(streets, pixel(LEFT + 1070, y) + QPoint(0, -3), CTRL)
    qtbot.keyClick(streets, Qt.Key.Key_Return)
    xy = shapely.get_coordinates(wishes[0].rows[0]["geom"])
    assert np.allclose(xy[:, 1], y)
    assert np.allclose(xy[[0, -1], 0], [LEFT + 930, LEFT + 1070], atol=1)


def test_along_the_net_round_a_corner(qtbot, streets, wishes, click, pixel) -> None:
    streets.set_tool(("draw", "cable"))
    streets.tool.set_mode("along")
    click(streets, pixel(LEFT + 930, BOTTOM + 1000), CTRL)
    click(streets, pixel(LEFT + 1000, BOTTOM + 1060), CTRL)
    qtbot.keyClick(streets, Qt.Key.Key_Return)
    xy = shapely.get_coordinates(wishes[0].rows[0]["geom"])
    assert np.allclose(xy, [(LEFT + 930, BOTTOM + 1000), CENTER, (LEFT + 1000, BOTTOM + 1060)], atol=1)


def test_along_goes_on_from_clicked_vertices(qtbot, streets, wishes, click, pixel) -> None:
    streets.set_tool(("draw", "cable"))
    click(streets, pixel(LEFT + 900, BOTTOM + 950), CTRL)
    streets.tool.set_mode("along")
    click(streets, pixel(LEFT + 930, BOTTOM + 1000), CTRL)
    click(streets, pixel(LEFT + 960, BOTTOM + 1000), CTRL)
    qtbot.keyClick(streets, Qt.Key.Key_Return)
    assert len(wishes[0].rows[0]["geom"].coords) == 3


def test_where_there_is_no_line_along_says_so(qtbot, streets, wishes, click, pixel) -> None:
    streets.set_tool(("draw", "cable"))
    streets.tool.set_mode("along")
    click(streets, pixel(LEFT + 940, BOTTOM + 940))
    assert streets.tool._bar.said.text().startswith(Refusal("drawing.no_line").message("zh"))
    assert wishes == []


def test_a_parallel_by_mouse_and_by_figures(qtbot, streets, wishes, click, pixel) -> None:
    y = BOTTOM + 1000
    streets.set_tool(("draw", "cable"))
    streets.tool.set_mode("offset")
    click(streets, pixel(LEFT + 950, y), CTRL)
    click(streets, pixel(LEFT + 950, y + 40), CTRL)
    assert np.allclose(shapely.get_coordinates(wishes[0].rows[0]["geom"])[:, 1], y + 40, atol=1)
    click(streets, pixel(LEFT + 950, y), CTRL)
    hover(streets, pixel(LEFT + 950, y - 30), CTRL)
    qtbot.keyClicks(streets, "5")
    qtbot.keyClicks(streets.tool._bar.distance, ".25")
    qtbot.keyClick(streets.tool._bar.distance, Qt.Key.Key_Return)
    xy = shapely.get_coordinates(wishes[1].rows[0]["geom"])
    assert np.allclose(xy[:, 1], y - 5.25)
    assert xy[:, 0].max() - xy[:, 0].min() == pytest.approx(1900)


def test_escape_backs_out_one_step_at_a_time(qtbot, bare, wishes, click, drag) -> None:
    ended = []
    bare.toolEnded.connect(lambda: ended.append(1))
    bare.set_tool(("draw", "building"))
    for at in (QPoint(100, 100), QPoint(200, 100)):
        click(bare, at)
    bare.tool.set_mode("freehand")
    drag(QPoint(200, 100), QPoint(250, 300))
    assert len(bare.tool.vertices) >= 3
    for left in (2, 1, 0):
        qtbot.keyClick(bare, Qt.Key.Key_Escape)
        assert len(bare.tool.vertices) == left
    assert ended == []
    qtbot.keyClick(bare, Qt.Key.Key_Escape)
    assert ended == [1]
    assert wishes == []


def test_backspace_takes_a_vertex_and_delete_all(qtbot, bare, click) -> None:
    bare.set_tool(("draw", "road"))
    for at in (QPoint(100, 100), QPoint(200, 100), QPoint(220, 180)):
        click(bare, at)
    qtbot.keyClick(bare, Qt.Key.Key_Backspace)
    assert len(bare.tool.vertices) == 2
    qtbot.keyClick(bare, Qt.Key.Key_Delete)
    assert not bare.tool.busy


def test_c_closes(qtbot, bare, wishes, click) -> None:
    for cls in ("road", "building"):
        bare.set_tool(("draw", cls))
        for at in (QPoint(100, 100), QPoint(200, 100), QPoint(200, 200)):
            click(bare, at)
        qtbot.keyClick(bare, Qt.Key.Key_C)
    road, house = (wish.rows[0]["geom"] for wish in wishes)
    assert road.is_closed
    assert house.geom_type == "Polygon"
    assert house.length == pytest.approx(road.length)


def test_the_sketch_is_drawn_in_every_way(qtbot, streets, click) -> None:
    for cls in ("building", "cable"):
        streets.set_tool(("draw", cls))
        for mode in [mode.name for mode in streets.tool.modes if mode.name != "freehand"]:
            streets.tool.set_mode(mode)
            hover(streets, QPoint(30, 30))
            before = streets.grab().toImage()
            click(streets, QPoint(400, 300), CTRL)
            hover(streets, QPoint(460, 302 if mode == "along" else 340), CTRL)
            assert streets.grab().toImage() != before
            streets.tool.clear()
