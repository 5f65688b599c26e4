"""Handles on the wedge of a camera, dragged with the mouse and typed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt

from desktop.canvas import MapCanvas
from gis.editing.intents import Update

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def camera(canvas: MapCanvas, town, at_rest) -> int:
    """One camera looking north, selected, in the middle of the map; the map is being edited."""
    id = int(town.ids("camera")[0])
    town.perform(Update("camera", [id], {"azimuth": 0.0, "hfov": 60.0, "night_range_m": 50.0}))
    at = town.row("camera", id)["geom"]
    canvas.set_layers([s for s in canvas.layers() if s.name == "camera"])
    canvas.set_scale(1000)
    canvas.set_center(at.x, at.y)
    canvas.editing = True
    canvas.set_tool("select")
    canvas.set_selection({"camera": [id]})
    at_rest()
    return id


def _handle(canvas: MapCanvas, name: str) -> QPoint:
    aiming = canvas.tool.aiming
    assert aiming is not None
    return aiming._handles(aiming.now)[name].toPoint()


def _middle(canvas: MapCanvas) -> QPoint:
    return canvas.tool.aiming._middle(canvas.tool.aiming.now).toPoint()


def test_the_ring_turns_the_wedge(canvas, town, camera, drag, wishes, at_rest) -> None:
    ring, middle = _handle(canvas, "azimuth"), _middle(canvas)
    up = middle.y() - ring.y()
    drag(ring, middle + QPoint(up, 0))
    assert isinstance(wishes[0], Update)
    assert set(wishes[0].values) == {"azimuth"}
    assert town.row("camera", camera)["azimuth"] == pytest.approx(90, abs=1)
    town.undo()
    assert town.row("camera", camera)["azimuth"] == 0
    at_rest()
    drag(_handle(canvas, "azimuth"), middle + QPoint(-up, -up // 3), modifier=SHIFT)
    assert town.row("camera", camera)["azimuth"] % 5 == 0


def test_a_side_opens_it_and_the_arc_reaches_further(canvas, town, camera, drag, wishes, at_rest) -> None:
    middle = _middle(canvas)
    drag(_handle(canvas, "right"), middle + QPoint(120, 0))
    assert town.row("camera", camera)["hfov"] == pytest.approx(180, abs=2)
    at_rest()
    drag(_handle(canvas, "range"), middle + QPoint(0, -250))
    assert town.row("camera", camera)["night_range_m"] == pytest.approx(250 * canvas.view.resolution, abs=1)
    assert [set(wish.values) for wish in wishes] == [{"hfov"}, {"night_range_m"}]


def test_the_hint_says_what_the_handles_do(canvas, camera, at_rest) -> None:
    assert canvas.tool.aiming.asked in canvas.tool.hint
    told = []
    canvas.hintChanged.connect(told.append)
    canvas.set_selection({})
    at_rest()
    assert told[-1:] == [canvas.tool.hint]


def test_figures_are_typed(qtbot, canvas, town, camera, wishes) -> None:
    for letter in "225,40,80":
        qtbot.keyClick(canvas, letter)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    row = town.row("camera", camera)
    assert (row["azimuth"], row["hfov"], row["night_range_m"]) == (225, 40, 80)
    assert len(wishes) == 1


def test_escape_lets_go_and_nothing_is_written(qtbot, canvas, town, camera, wishes) -> None:
    ring = _handle(canvas, "azimuth")
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=ring)
    qtbot.mouseMove(canvas, ring + QPoint(60, 30))
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=ring + QPoint(60, 30))
    assert wishes == []
    assert town.row("camera", camera)["azimuth"] == 0


def test_what_was_refused_looks_where_it_looked(canvas, camera) -> None:
    aiming = canvas.tool.aiming
    aiming.look()
    was = aiming.now
    aiming.now = replace(was, azimuth=77.0)
    canvas.tool.answered(object(), ValueError())
    assert aiming.now == was


def test_no_handles_without_editing_or_for_two(canvas, town, camera) -> None:
    canvas.tool.aiming.look()
    assert canvas.tool.aiming.now is not None
    canvas.set_selection({"camera": town.ids("camera")[:2]})
    canvas.tool.aiming.look()
    assert canvas.tool.aiming.now is None
    canvas.editing = False
    canvas.set_selection({"camera": [camera]})
    canvas.tool.aiming.look()
    assert canvas.tool.aiming.now is None
