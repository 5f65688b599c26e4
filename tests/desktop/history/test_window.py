"""The history in the real window: before and after on the map, the timeline from the form, a jump with the keyboard."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolButton

from gis.editing.intents import Move, Update


@pytest.fixture
def moved(window, at_rest, qtbot):
    """A hotspot moved, then renamed; the history open."""
    id = int(window.session.ids("wifi_hotspot", order="code")[5])
    window.session.perform(Move("wifi_hotspot", [id], 30, 40))
    window.session.perform(Update("wifi_hotspot", [id], {"name": "挪过的"}))
    window.bottom.show_page(window.history)
    settle(qtbot, window, at_rest)
    return id


def settle(qtbot, window, at_rest):
    at_rest()
    qtbot.waitUntil(lambda: not window.history._due.isActive() and not window.history.filter._wait.isActive())
    at_rest()


def choose(qtbot, window, at_rest, row):
    """As with the mouse: the list has the focus."""
    history = window.history
    rect = history.entries.visualRect(history.model.index(row))
    qtbot.mouseClick(history.entries.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    settle(qtbot, window, at_rest)


def orange(window):
    """Pixels of the map in the colour of what became of a shape."""
    picture = window.canvas.grab().toImage()
    wanted = QColor("#c2410c")
    width, height = picture.width(), picture.height()
    return sum(picture.pixelColor(x, y) == wanted for x in range(width) for y in range(height // 3, 2 * height // 3))


def test_a_chosen_move_is_shown_on_the_map_and_brought_into_sight(qtbot, window, at_rest, moved):
    window.rooms.zoom_to((100_000, 100_000, 100_500, 100_500))  # far off
    settle(qtbot, window, at_rest)
    choose(qtbot, window, at_rest, 1)
    place = window.session.row("wifi_hotspot", moved)["geom"]
    box = window.canvas.view.bbox
    assert box[0] < place.x < box[2]
    assert box[1] < place.y < box[3]
    assert not window.history._overlay.empty
    assert orange(window) > 20
    window.bottom.set_open(False)
    assert window.history._overlay.empty


def test_the_form_leads_to_the_timeline(qtbot, window, at_rest, moved):
    window.workspace.select({"wifi_hotspot": [moved]})
    at_rest()
    button = next(b for b in window.inspector.feature.findChildren(QToolButton) if b.accessibleName() == "此要素的履历")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    at_rest()
    page = window.history.timeline
    assert page.isVisible()
    assert page.versions.count() == 3
    page.versions.setCurrentRow(2)
    qtbot.mouseClick(page.restore, Qt.MouseButton.LeftButton)
    settle(qtbot, window, at_rest)
    row = window.session.row("wifi_hotspot", moved)
    assert np.allclose([row["geom"].x, row["geom"].y], [500_000 + 200, 3_690_000 + 20])
    assert row["name"] != "挪过的"


def test_only_what_is_on_this_part_of_the_map(qtbot, window, at_rest, moved):
    place = window.session.row("wifi_hotspot", moved)["geom"]
    everything = window.history.model.rowCount()
    window.rooms.zoom_to((place.x + 5000, place.y + 5000, place.x + 5100, place.y + 5100))
    settle(qtbot, window, at_rest)
    window.history.filter.more.setChecked(True)
    window.history.filter.in_view.setChecked(True)
    settle(qtbot, window, at_rest)
    assert window.history.model.rowCount() == 0
    window.rooms.zoom_to((place.x - 1, place.y - 1, place.x + 1, place.y + 1))
    settle(qtbot, window, at_rest)
    window.history.reload()
    settle(qtbot, window, at_rest)
    assert 0 < window.history.model.rowCount() < everything


def test_a_jump_with_the_button_and_back_by_undo_and_redo(qtbot, window, at_rest, moved):
    choose(qtbot, window, at_rest, 2)
    qtbot.mouseClick(window.history.back, Qt.MouseButton.LeftButton)
    settle(qtbot, window, at_rest)
    assert window.session.row("wifi_hotspot", moved)["name"] != "挪过的"
    for _ in range(2):
        window.actions_["edit.redo"].trigger()
        settle(qtbot, window, at_rest)
    assert window.session.row("wifi_hotspot", moved)["name"] == "挪过的"
