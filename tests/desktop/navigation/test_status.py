"""The status bar: scales to choose and to type, the place under the mouse in the system wanted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from desktop.navigation.coordinates import SHOWN
from desktop.navigation.scale_box import SCALES
from gis.geometry.places import readings


@pytest.mark.parametrize(("typed", "scale"), [("1:3000", 3000), ("3000", 3000), ("1：2.5万", 25_000), ("1/500", 500)])
def test_a_scale_is_typed(qtbot, window, typed, scale):
    box = window.status.scale
    center = window.canvas.center
    box.setFocus()
    box.selectAll()
    box.insert(typed)  # also what an input method gives
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert window.canvas.scale_denominator == pytest.approx(scale)
    assert window.canvas.center == pytest.approx(center, abs=window.canvas.view.resolution)
    assert box.text() == f"1:{scale:,}"


def test_nonsense_leaves_the_scale(qtbot, window):
    box, before = window.status.scale, window.canvas.scale_denominator
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "large")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert window.canvas.scale_denominator == before
    assert box.text().startswith("1:")


def test_a_scale_is_chosen_from_the_list(qtbot, window):
    box = window.status.scale
    box.open_list()
    assert [action.data() for action in box.menu.actions()] == list(SCALES)
    box.menu.actions()[SCALES.index(10_000)].trigger()
    box.menu.close()
    assert window.canvas.scale_denominator == pytest.approx(10_000)
    box.open_list()
    assert [action.data() for action in box.menu.actions() if action.isChecked()] == [10_000.0]
    box.menu.close()


@pytest.mark.parametrize("system", SHOWN)
def test_the_place_under_the_mouse_in_every_system(qtbot, window, system):
    window.status._choose(system)
    at = QPointF(200, 150)
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove, at, window.canvas.mapToGlobal(at), Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(window.canvas, event)
    said = window.status.lonlat.text()
    x, y = window.canvas.view.to_world(200, 150)
    best = readings(said, window.canvas.project_crs)[0]
    assert (best.x, best.y) == pytest.approx((x, y), abs=1.0)
    assert window.store.now.place_system == system
