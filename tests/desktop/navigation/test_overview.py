"""The overview: the city in a corner, its rectangle dragged, clicked and remembered."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from desktop.navigation.overview import HEIGHT, WIDTH


@pytest.fixture
def overview(qtbot, window, at_rest):
    window.actions_["view.overview"].trigger()
    made = window.navigation.overview
    qtbot.waitUntil(lambda: made.rectangle is not None)
    at_rest()
    return made


def test_it_is_toggled_and_remembered(window, overview, at_rest):
    assert overview.isVisible()
    assert window.store.now.overview
    assert window.canvas.rect().contains(overview.geometry())
    window.actions_["view.overview"].trigger()
    assert not overview.isVisible()
    assert not window.store.now.overview


def test_it_shows_the_city(overview):
    image = overview.grab().toImage()
    assert len({image.pixel(x, y) for x in range(4, WIDTH - 4, 3) for y in range(4, HEIGHT - 4, 3)}) > 3


def test_the_rectangle_is_that_of_the_view(window, overview):
    window.canvas.show_place(500_500.0, 3_690_500.0, 3000.0)
    box = overview.rectangle
    corner = overview._view.to_world(box.left(), box.top())
    assert np.allclose(corner, (window.canvas.view.left, window.canvas.view.top), atol=2 * overview._view.resolution)


def test_dragging_the_rectangle_moves_the_map(qtbot, window, overview):
    window.canvas.show_place(500_500.0, 3_690_500.0, 3000.0)
    start, before = overview.rectangle.center(), window.canvas.center
    qtbot.mousePress(overview, Qt.MouseButton.LeftButton, pos=start.toPoint())
    end = start.toPoint() + QPoint(30, -20)
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove, QPointF(end), overview.mapToGlobal(QPointF(end)),
        Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(overview, event)
    qtbot.mouseRelease(overview, Qt.MouseButton.LeftButton, pos=end)
    moved = np.subtract(window.canvas.center, before)
    assert moved == pytest.approx(np.array([30, 20]) * overview._view.resolution, abs=2 * window.canvas.view.resolution)
    assert window.canvas.scale_denominator == pytest.approx(3000)


def test_a_click_beside_it_goes_there(qtbot, window, overview):
    window.canvas.show_place(500_500.0, 3_690_500.0, 3000.0)
    at = QPoint(WIDTH - 40, HEIGHT - 60)
    qtbot.mouseClick(overview, Qt.MouseButton.LeftButton, pos=at)
    assert window.canvas.center == pytest.approx(
        overview._view.to_world(at.x(), at.y()), abs=2 * window.canvas.view.resolution
    )


def test_it_stays_in_the_corner(window, overview):
    window.resize(1100, 700)
    QApplication.processEvents()
    assert window.canvas.rect().contains(overview.geometry())
    assert window.canvas.width() - overview.geometry().right() < 24
