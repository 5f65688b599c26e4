"""Hands on the map: wheel, fingers, buttons and boxes move exactly what they should."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.canvas import MapCanvas
from tests.desktop.canvas.town import BOTTOM, LEFT

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
)  # fmt: skip


def _turn(canvas: MapCanvas, at: QPointF, eighths: int, keys=Qt.KeyboardModifier.NoModifier) -> None:
    event = QWheelEvent(
        at, canvas.mapToGlobal(at), QPoint(), QPoint(0, eighths), Qt.MouseButton.NoButton, keys,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


@pytest.mark.parametrize("at", [QPointF(200, 150), QPointF(777.5, 3.25), QPointF(0, 599)])
def test_the_many_small_steps_of_a_fine_wheel_hold_one_point(canvas: MapCanvas, at: QPointF) -> None:
    under, scale = canvas.view.to_world(at.x(), at.y()), canvas.scale_denominator
    for _ in range(120):
        _turn(canvas, at, 7)
    for _ in range(60):
        _turn(canvas, at, -9)
    assert canvas.scale_denominator == pytest.approx(scale / 1.25 ** ((120 * 7 - 60 * 9) / 120))
    after = canvas.view.to_world(at.x(), at.y())
    assert np.abs(np.subtract(after, under)).max() <= 0.5001 * canvas.view.resolution  # the pixel grid, nothing more


def test_ctrl_zooms_finely(canvas: MapCanvas) -> None:
    scale = canvas.scale_denominator
    _turn(canvas, QPointF(300, 300), 120, CTRL)
    assert canvas.scale_denominator == pytest.approx(scale / 1.25**0.25)


def test_a_pinch_of_a_touchpad(canvas: MapCanvas) -> None:
    at = QPointF(250, 400)
    under, scale = canvas.view.to_world(at.x(), at.y()), canvas.scale_denominator
    device = QPointingDevice.primaryPointingDevice()
    kind = Qt.NativeGestureType.ZoomNativeGesture
    for _ in range(5):
        event = QNativeGestureEvent(kind, device, 2, at, at, canvas.mapToGlobal(at), 0.1, QPointF())
        QApplication.sendEvent(canvas, event)
    assert canvas.scale_denominator == pytest.approx(scale / 1.1**5)
    assert np.abs(np.subtract(canvas.view.to_world(at.x(), at.y()), under)).max() <= canvas.view.resolution


def test_two_fingers_zoom_and_drag(canvas: MapCanvas) -> None:
    device = QTest.createTouchDevice()
    scale, middle = canvas.scale_denominator, canvas.view.to_world(300, 300)
    QTest.touchEvent(canvas, device).press(0, QPoint(250, 300), canvas).press(1, QPoint(350, 300), canvas)
    QTest.touchEvent(canvas, device).move(0, QPoint(260, 310), canvas).move(1, QPoint(460, 310), canvas)
    QTest.touchEvent(canvas, device).release(0, QPoint(260, 310), canvas).release(1, QPoint(460, 310), canvas)
    assert canvas.scale_denominator == pytest.approx(scale / 2)
    assert np.allclose(canvas.view.to_world(360, 310), middle, atol=canvas.view.resolution)
    assert canvas.selection == {}


def test_one_finger_taps_and_drags(canvas: MapCanvas, at_rest, pixel) -> None:
    canvas.set_layers([state for state in canvas.layers() if state.name == "base_station"])
    canvas.set_scale(2500)
    canvas.set_center(LEFT + 1000, BOTTOM + 1000)
    at_rest()
    device, station = QTest.createTouchDevice(), pixel(LEFT + 1000, BOTTOM + 1000)
    QTest.touchEvent(canvas, device).press(0, station, canvas)
    QTest.touchEvent(canvas, device).release(0, station, canvas)
    assert list(canvas.selection) == ["base_station"]
    x = canvas.center[0]
    QTest.touchEvent(canvas, device).press(0, QPoint(300, 300), canvas)
    for step in range(1, 6):
        QTest.touchEvent(canvas, device).move(0, QPoint(300 + 10 * step, 300), canvas)
    QTest.touchEvent(canvas, device).release(0, QPoint(350, 300), canvas)
    assert canvas.center[0] < x - 20 * canvas.view.resolution


def test_the_thumb_buttons_go_back_and_forth(canvas: MapCanvas, qtbot) -> None:
    qtbot.wait(400)
    first = canvas.view
    canvas.set_scale(3000)
    second = canvas.view  # not rested on yet: it is remembered all the same
    qtbot.mouseClick(canvas, Qt.MouseButton.BackButton)
    assert canvas.view == first
    qtbot.mouseClick(canvas, Qt.MouseButton.ForwardButton)
    assert canvas.view == second


def test_a_box_is_shown_exactly(canvas: MapCanvas, drag) -> None:
    a, b = QPoint(200, 200), QPoint(400, 350)  # of the window's own shape
    (x0, y1), (x1, y0) = canvas.view.to_world(200, 200), canvas.view.to_world(400, 350)
    drag(a, b, modifier=SHIFT)
    assert np.allclose(canvas.view.bbox, (x0, y0, x1, y1), atol=canvas.view.resolution)


def test_the_box_tool_zooms_in_and_with_alt_out(canvas: MapCanvas, qtbot, drag) -> None:
    canvas.set_tool("zoom_box")
    scale, inner = canvas.scale_denominator, canvas.view.bbox
    drag(QPoint(200, 150), QPoint(600, 450))
    assert canvas.scale_denominator == pytest.approx(scale / 2)
    drag(QPoint(200, 150), QPoint(600, 450), modifier=ALT)
    assert np.allclose(canvas.view.bbox, inner, atol=2 * canvas.view.resolution)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    assert canvas.scale_denominator == pytest.approx(scale)


def test_page_keys_move_by_nearly_a_window(canvas: MapCanvas, qtbot) -> None:
    y = canvas.center[1]
    qtbot.keyClick(canvas, Qt.Key.Key_PageUp)
    assert canvas.center[1] == pytest.approx(y + 510 * canvas.view.resolution, abs=canvas.view.resolution)
    qtbot.keyClick(canvas, Qt.Key.Key_PageDown)
    assert canvas.center[1] == pytest.approx(y, abs=canvas.view.resolution)


def test_the_right_button_asks_for_the_menu_where_it_was_not_a_drag(canvas: MapCanvas, qtbot, drag) -> None:
    asked: list = []
    canvas.menuWanted.connect(asked.append)
    qtbot.mouseClick(canvas, Qt.MouseButton.RightButton, pos=QPoint(120, 80))
    drag(QPoint(100, 100), QPoint(200, 200), Qt.MouseButton.RightButton)
    assert [(at.px, at.py) for at in asked] == [(120, 80)]
    assert (asked[0].x, asked[0].y) == canvas.view.to_world(120, 80)


def test_a_click_on_a_cluster_goes_closer(canvas: MapCanvas, qtbot, monkeypatch) -> None:
    from desktop.canvas.hits import Hit

    monkeypatch.setattr(canvas.scene, "hits", lambda view, px, py: [Hit("camera", 5, 0.0, "", 12)])
    under, scale = canvas.view.to_world(300, 200), canvas.scale_denominator
    for tool in ("browse", "select"):
        canvas.set_tool(tool)
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    assert canvas.scale_denominator == pytest.approx(scale / 2.5**2)
    assert np.allclose(canvas.view.to_world(300, 200), under, atol=2 * canvas.view.resolution)
    assert canvas.selection == {}
