"""Identifying through layers: the list beside the cursor, and the menu of the map."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from gis.geometry.places import SYSTEMS, readings

LEFT_BUTTON, RIGHT_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
STATION = (501_000.0, 3_690_500.0)


@pytest.fixture
def crowded(window, at_rest):
    """The pixel at which a station, its two cells and the area lie."""
    window.canvas.show_place(*STATION, 1000.0)
    at_rest()
    x, y = window.canvas.view.to_pixels(*STATION)
    return QPointF(x, y).toPoint()


def rows(window):
    lines = window.navigation.here_list.list
    return [lines.item(row).text() for row in range(lines.count())]


def chosen(window):
    return [(cls, int(ids[0])) for cls, ids in window.workspace.selection.items()]


def test_a_click_on_a_crowded_place_lists_all_by_layer(qtbot, window, crowded, at_rest):
    qtbot.mouseClick(window.canvas, LEFT_BUTTON, pos=crowded)
    here = window.navigation.here_list
    assert here.isVisible()
    at_rest()
    said = rows(window)
    assert len(said) == 4
    assert {line.split("   ")[0] for line in said} == {"基站", "小区", "区域"}
    assert any(line.endswith("盐城站基站") for line in said)
    assert any(line.endswith("BS-1-0") for line in said)  # read from the project: the map does not write it
    hits = window.canvas.stack.now.hits
    assert chosen(window) == [(hits[0].cls, hits[0].id)]
    assert window.canvas.rect().contains(here.geometry())


def test_arrows_clicks_and_repeated_clicks_choose(qtbot, window, crowded):
    canvas = window.canvas
    qtbot.mouseClick(canvas, LEFT_BUTTON, pos=crowded)
    hits = canvas.stack.now.hits
    center = canvas.center
    qtbot.keyClick(canvas, Qt.Key.Key_Down)
    assert chosen(window) == [(hits[1].cls, hits[1].id)]
    assert window.navigation.here_list.list.currentRow() == 1
    qtbot.mouseClick(canvas, LEFT_BUTTON, pos=crowded)
    assert chosen(window) == [(hits[2].cls, hits[2].id)]
    lines = window.navigation.here_list.list
    qtbot.mouseClick(lines.viewport(), LEFT_BUTTON, pos=lines.visualItemRect(lines.item(3)).center())
    assert chosen(window) == [(hits[3].cls, hits[3].id)]
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    assert chosen(window) == [(hits[2].cls, hits[2].id)]
    assert canvas.center == center  # the arrows did not move the map
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert not window.navigation.here_list.isVisible()
    assert chosen(window) == [(hits[2].cls, hits[2].id)]


def test_passing_over_a_line_outlines_the_feature(qtbot, window, crowded):
    qtbot.mouseClick(window.canvas, LEFT_BUTTON, pos=crowded)
    here = window.navigation.here_list
    before = window.canvas.grab().toImage()
    here.list.itemEntered.emit(here.list.item(1))
    assert window.canvas.grab().toImage() != before
    window.canvas.pan_by(10, 0)
    assert not here.isVisible()


def test_a_lonely_feature_needs_no_list(qtbot, window, at_rest):
    place = window.session.row("wifi_hotspot", int(window.session.ids("wifi_hotspot", order="code")[0]))["geom"]
    window.canvas.show_place(place.x, place.y, 500.0)
    at_rest()
    window.canvas.set_layers([state for state in window.canvas.layers() if state.name in ("wifi_hotspot", "area")])
    at = QPointF(*window.canvas.view.to_pixels(place.x, place.y)).toPoint()
    qtbot.mouseClick(window.canvas, LEFT_BUTTON, pos=at)
    assert not window.navigation.here_list.isVisible()
    assert chosen(window)[0][0] == "wifi_hotspot"


# ---------------------------------------------------------------------------------------------------------- the menu
def open_menu(qtbot, window, at) -> QMenu:
    qtbot.mouseClick(window.canvas, RIGHT_BUTTON, pos=at)
    return next(m for m in window.canvas.findChildren(QMenu) if m.isVisible())


def entry(menu, text):
    return next(action for action in menu.actions() if action.text().startswith(text))


def test_the_menu_copies_the_coordinate_in_every_system(qtbot, window, crowded):
    menu = open_menu(qtbot, window, crowded)
    systems = entry(menu, "复制坐标").menu()
    assert len(systems.actions()) == len(SYSTEMS)
    for action in systems.actions():
        action.trigger()
        said = QGuiApplication.clipboard().text()
        assert action.text().startswith(said)
        best = readings(said, window.canvas.project_crs)[0]
        assert np.hypot(best.x - STATION[0], best.y - STATION[1]) < window.canvas.view.resolution + 0.05
    menu.close()


def test_the_menu_says_what_is_here(qtbot, window, crowded):
    menu = open_menu(qtbot, window, crowded)
    entry(menu, "此处有什么（4）").trigger()
    menu.close()
    assert window.navigation.here_list.isVisible()


def test_the_menu_measures_from_here(qtbot, window, crowded):
    menu = open_menu(qtbot, window, crowded)
    entry(menu, "从此处量测长度").trigger()
    menu.close()
    tool = window.canvas.tool
    assert tool.name == "measure_line"
    assert tool.vertices[0] == pytest.approx(window.canvas.view.to_world(crowded.x(), crowded.y()))
    qtbot.mouseClick(window.canvas, LEFT_BUTTON, pos=crowded + QPoint(120, 0))
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return)
    menu = open_menu(qtbot, window, crowded)
    entry(entry(menu, "长度单位").menu(), "km").trigger()
    assert window.store.now.length_unit == "km"
    entry(menu, "复制量测结果").trigger()
    assert QGuiApplication.clipboard().text().endswith(" km")
    entry(menu, "清除地图上的量测").trigger()
    menu.close()
    assert window.canvas.measurements.done == []


def test_the_menu_bookmarks_and_zooms_here(qtbot, window, crowded, at_rest):
    away = crowded + QPoint(100, 50)
    wanted, scale = window.canvas.view.to_world(away.x(), away.y()), window.canvas.scale_denominator
    menu = open_menu(qtbot, window, away)
    entry(menu, "在此添加书签").trigger()
    menu.close()
    qtbot.keyClick(window.navigation.popup.name, Qt.Key.Key_Return)
    (kept,) = window.navigation.bookmarks.all()
    assert (kept.x, kept.y) == wanted
    menu = open_menu(qtbot, window, away)
    entry(menu, "在此放大").trigger()
    menu.close()
    assert window.canvas.scale_denominator == pytest.approx(scale / 2)
    at_rest()


def test_editing_adds_a_feature_here(qtbot, window, crowded, at_rest):
    away = crowded + QPoint(150, 90)
    wanted = window.canvas.view.to_world(away.x(), away.y())
    menu = open_menu(qtbot, window, away)
    assert not [action for action in menu.actions() if action.text() == "在此添加要素"]
    menu.close()
    window.actions_["mode.edit"].trigger()
    before = set(window.session.ids("wifi_hotspot").tolist())
    menu = open_menu(qtbot, window, away)
    entry(entry(menu, "在此添加要素").menu(), "WiFi热点").trigger()
    menu.close()
    at_rest()
    (made,) = set(window.session.ids("wifi_hotspot").tolist()) - before
    place = window.session.row("wifi_hotspot", made)["geom"]
    assert (place.x, place.y) == pytest.approx(wanted, abs=0.01)
