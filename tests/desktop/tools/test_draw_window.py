"""Drawing in the whole window: what is made, what is refused and stays, what is snapped to and how that is chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt

from desktop.shell.settings import SettingsStore, SnapSettings
from desktop.shell.words import set_language
from desktop.tools.snapping import NAMES
from gis.cartography.snapping import KINDS
from tests.desktop.tools.test_draw_modes import CTRL, hover

STATION = (501_000.0, 3_690_500.0)
LEFT_BUTTON = Qt.MouseButton.LeftButton


@pytest.fixture
def editing(qtbot, window, at_rest):
    """The window in Edit mode, looking closely at the station; gives the map."""
    canvas = window.canvas
    window.commands.set_mode("edit")
    canvas.set_scale(2500)
    canvas.set_center(*STATION)
    canvas.activateWindow()
    at_rest()
    return canvas


def pixel(canvas, x: float, y: float, dx: int = 0, dy: int = 0) -> QPoint:
    px, py = canvas.view.to_pixels(x, y)
    return QPoint(round(px) + dx, round(py) + dy)


def click(qtbot, canvas, at: QPoint, keys=Qt.KeyboardModifier.NoModifier) -> None:
    hover(canvas, at, keys)
    qtbot.mouseClick(canvas, LEFT_BUTTON, keys, at)


# ----------------------------------------------------------------------------------------------------------- made
def test_a_drawn_feature_is_selected_and_the_tool_stays(qtbot, window, editing, at_rest) -> None:
    window.commands.draw_class("wifi_hotspot")
    click(qtbot, editing, pixel(editing, *STATION, 120, 60), CTRL)
    at_rest()
    assert len(window.workspace.selection["wifi_hotspot"]) == 1
    assert editing.tool.name == "draw"
    assert not editing.tool.busy
    assert window.inspector.feature.isVisible()
    click(qtbot, editing, pixel(editing, *STATION, 160, 60), CTRL)
    at_rest()
    assert window.session.count("wifi_hotspot") == 42


def test_a_cell_on_the_station_belongs_to_it(qtbot, window, editing, at_rest) -> None:
    window.commands.draw_class("cell")
    click(qtbot, editing, pixel(editing, *STATION, 4, 3))
    at_rest()
    assert window.session.count("cell") == 3
    (id,) = window.workspace.selection["cell"]
    row = window.session.row("cell", int(id))
    assert row["site"] == int(window.session.ids("base_station")[0])
    assert (row["geom"].x, row["geom"].y) == STATION


# -------------------------------------------------------------------------------------------------------- refused
@pytest.fixture
def refused(qtbot, window, editing, at_rest):
    """A cell drawn where no station is."""
    window.commands.draw_class("cell")
    click(qtbot, editing, pixel(editing, *STATION, 150, 80), CTRL)
    at_rest()
    return editing


def test_a_cell_away_from_any_station_keeps_its_sketch(window, refused) -> None:
    strip = refused.tool._strip
    assert window.session.count("cell") == 2
    assert len(refused.tool.vertices) == 1
    assert strip.refused.isVisible()
    assert "所属基站" in strip.refused.text()
    assert len(strip.choices) == 3
    assert "盐城站基站" in strip.choices[0].text() or "基站" in strip.choices[0].text()


def test_it_is_put_on_the_nearest_station(qtbot, window, refused, at_rest) -> None:
    refused.tool._strip.choices[0].click()
    at_rest()
    assert window.session.count("cell") == 3
    row = window.session.row("cell", int(window.workspace.selection["cell"][0]))
    assert (row["geom"].x, row["geom"].y) == STATION
    assert not refused.tool.busy
    assert not refused.tool._strip.refused.isVisible()


def test_it_belongs_to_the_nearest_station_from_where_it_is(window, refused, at_rest) -> None:
    at = refused.tool.vertices[0]
    refused.tool._strip.choices[1].click()
    at_rest()
    row = window.session.row("cell", int(window.workspace.selection["cell"][0]))
    assert row["site"] == int(window.session.ids("base_station")[0])
    assert (row["geom"].x, row["geom"].y) == pytest.approx(at, abs=1e-3)


def test_it_is_dropped_when_the_user_says_so(qtbot, window, refused) -> None:
    refused.tool._strip.choices[2].click()
    assert not refused.tool.busy
    assert not refused.tool._strip.refused.isVisible()
    assert window.session.count("cell") == 2


def test_escape_drops_it_too_and_the_next_click_replaces_it(qtbot, window, refused, at_rest) -> None:
    click(qtbot, refused, pixel(refused, *STATION, -120, 40), CTRL)
    at_rest()
    assert len(refused.tool.vertices) == 1
    assert refused.tool._strip.refused.isVisible()
    qtbot.keyClick(refused, Qt.Key.Key_Escape)
    assert not refused.tool.busy
    assert not refused.tool._strip.refused.isVisible()


def test_a_refused_line_comes_back_and_what_was_begun_goes_on_after_it(qtbot, window, editing, at_rest) -> None:
    window.commands.draw_class("road")
    tool = editing.tool
    tool.typed((500_900.0, 3_690_500.0))
    tool.typed((9_000_000.0, 3_690_500.0))  # far outside of what the system reaches
    qtbot.keyClick(editing, Qt.Key.Key_Return)
    assert tool.vertices == []
    click(qtbot, editing, pixel(editing, *STATION, 150, 80), CTRL)  # faster than the answer
    at_rest()
    assert len(tool.vertices) == 2
    assert tool._strip.refused.isVisible()
    assert window.session.count("road") == 1
    qtbot.keyClick(editing, Qt.Key.Key_Delete)
    assert len(tool.vertices) == 1
    assert not tool._strip.refused.isVisible()


def test_an_outline_that_crosses_itself_stays(qtbot, window, editing, at_rest) -> None:
    window.commands.draw_class("building")
    for dx, dy in ((0, 100), (80, 180), (80, 100), (0, 180)):
        click(qtbot, editing, pixel(editing, *STATION, dx, dy), CTRL)
    qtbot.keyClick(editing, Qt.Key.Key_Return)
    assert "自相交" in editing.tool._bar.said.text()
    assert len(editing.tool.vertices) == 4
    qtbot.keyClick(editing, Qt.Key.Key_Backspace)
    qtbot.keyClick(editing, Qt.Key.Key_Return)
    at_rest()
    assert window.session.count("building") == 1


def test_escape_at_last_lays_the_tool_down(qtbot, window, editing) -> None:
    window.commands.draw_class("road")
    click(qtbot, editing, pixel(editing, *STATION, 100, 100), CTRL)
    qtbot.keyClick(editing, Qt.Key.Key_Escape)
    assert editing.tool.name == "draw"
    qtbot.keyClick(editing, Qt.Key.Key_Escape)
    assert editing.tool.name == "select"
    assert window.actions_["tool.select"].isChecked()


def test_alt_and_a_figure_changes_the_way(qtbot, window, editing) -> None:
    window.commands.draw_class("building")
    qtbot.wait(10)
    qtbot.keyClick(editing, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: editing.tool.mode.name == "circle")
    window.commands.draw_class("road")
    qtbot.wait(10)
    qtbot.keyClick(editing, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: editing.tool.mode.name == "freehand")


def test_undo_takes_back_a_vertex_and_nothing_that_was_finished(qtbot, window, editing, at_rest) -> None:
    window.commands.draw_class("road")
    for dx in (60, 100):
        click(qtbot, editing, pixel(editing, *STATION, dx, 100), CTRL)
    window.actions_["edit.undo"].trigger()
    assert len(editing.tool.vertices) == 1
    window.actions_["edit.undo"].trigger()
    assert editing.tool.vertices == []
    window.actions_["edit.undo"].trigger()
    at_rest()
    assert window.session.count("cell") == 0  # the last thing that was written


def test_a_sketch_waits_while_another_tool_is_used(qtbot, window, editing) -> None:
    window.commands.draw_class("road")
    for dx in (60, 100):
        click(qtbot, editing, pixel(editing, *STATION, dx, 100), CTRL)
    window.actions_["tool.measure_line"].trigger()
    assert editing.tool.name == "measure_line"
    window.commands.draw_class("building")
    assert not editing.tool.busy
    window.commands.draw_class("road")
    assert len(editing.tool.vertices) == 2
    qtbot.keyClick(editing, Qt.Key.Key_Delete)
    window.actions_["tool.select"].trigger()
    window.commands.draw_class("road")
    assert not editing.tool.busy


# ------------------------------------------------------------------------------------------------------- snapping
def test_the_cursor_tells_what_it_holds_on_to(qtbot, window, editing) -> None:
    window.commands.draw_class("cable")
    editing.set_center(501_000, 3_690_000)
    hover(editing, pixel(editing, 501_000, 3_690_000, 40, 3))
    assert editing.tool.snapped.kind == "segment"
    hover(editing, pixel(editing, 501_000, 3_690_000, 3, 3))
    assert editing.tool.snapped.kind == "middle"
    editing.set_center(500_000, 3_690_000)
    hover(editing, pixel(editing, 500_000, 3_690_000, 5, 5))
    assert (editing.tool.snapped.kind, editing.tool.at) == ("vertex", (500_000, 3_690_000))  # the hotspot's place
    click(qtbot, editing, pixel(editing, 500_150, 3_690_050), CTRL)
    hover(editing, pixel(editing, 500_150, 3_690_000, 0, 4))
    assert editing.tool.snapped.kind == "perpendicular"
    assert editing.tool.at == pytest.approx((500_150, 3_690_000), abs=1)


@pytest.mark.parametrize("keys", [CTRL, Qt.KeyboardModifier.AltModifier])
def test_a_key_lets_go_for_a_moment(window, editing, keys) -> None:
    window.commands.draw_class("wifi_hotspot")
    hover(editing, pixel(editing, *STATION, 3, 3), keys)
    assert editing.tool.snapped is None
    hover(editing, pixel(editing, *STATION, 3, 3))
    assert editing.tool.at == STATION


def test_s_turns_it_off_and_the_choice_is_kept(qtbot, window, editing, store) -> None:
    window.commands.draw_class("wifi_hotspot")
    qtbot.keyClick(editing, Qt.Key.Key_S)
    assert not store.now.snapping.on
    hover(editing, pixel(editing, *STATION, 3, 3))
    assert editing.tool.snapped is None
    assert not SettingsStore(store.path.parent).now.snapping.on
    qtbot.keyClick(editing, Qt.Key.Key_S)
    hover(editing, pixel(editing, *STATION, 3, 4))
    assert editing.tool.snapped is not None


def test_the_popover_chooses_kinds_layers_and_distance(qtbot, window, editing, store) -> None:
    window.commands.draw_class("road")
    window.actions_["snap.settings"].trigger()
    popover = window.rooms.snapping.popover
    qtbot.waitUntil(popover.isVisible)
    for kind, box in popover.kinds.items():
        box.setChecked(kind == "vertex")
    popover.tolerance.setValue(30.0)
    popover.layers.setCurrentIndex(popover.layers.findData("chosen"))
    popover.layers.activated.emit(popover.layers.currentIndex())
    assert popover.chosen.isVisible()
    popover.classes["base_station"].setChecked(True)
    assert store.now.snapping == SnapSettings(
        kinds=("vertex",), layers="chosen", chosen=("base_station",), tolerance=30
    )
    popover.hide()
    hover(editing, pixel(editing, *STATION, 20, 18))
    assert editing.tool.snapped.cls == "base_station"
    store.change(snapping=replace(store.now.snapping, layers="current"))
    hover(editing, pixel(editing, *STATION, 20, 19))
    assert editing.tool.snapped is None


def test_a_distance_in_metres(window, editing, store) -> None:
    store.change(snapping=SnapSettings(tolerance=2.0, unit="m"))
    window.commands.draw_class("wifi_hotspot")
    hover(editing, pixel(editing, STATION[0] + 1.5, STATION[1]))
    assert editing.tool.snapped is not None
    hover(editing, pixel(editing, STATION[0] + 3.5, STATION[1]))
    assert editing.tool.snapped is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_kind_has_a_mark_of_its_own_and_a_name(qtbot, window, editing, language) -> None:
    from PySide6.QtGui import QImage, QPainter

    from desktop.shell.words import tr
    from desktop.tools.snapping import paint_snapped
    from gis.cartography.palette import Palette
    from gis.cartography.snapping import Snapped

    set_language(language)
    pictures = []
    for kind in KINDS:
        image = QImage(editing.width(), editing.height(), QImage.Format.Format_RGB32)
        image.fill(0xFFFFFF)
        painter = QPainter(image)
        x, y = editing.center
        paint_snapped(painter, Palette.of(), editing.view, Snapped(kind, x, y, edge=((x - 9, y), (x - 5, y))), False)
        painter.end()
        pictures.append(bytes(image.constBits()))
    assert len(set(pictures)) == len(KINDS)
    assert len({tr(name) for name in NAMES.values()}) == len(KINDS)
