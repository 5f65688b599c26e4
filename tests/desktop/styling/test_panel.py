"""Stories of the style panel in the real window, told by mouse and keyboard."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent

from desktop.shell.notices import notices
from desktop.shell.theme import theme
from desktop.shell.window import MainWindow
from desktop.shell.words import set_language
from desktop.styling.variant_list import box_of
from gis.cartography.ramps import ramps
from gis.project import Session
from gis.project.styles import saved_styles
from gis.storage.store import Store

_LEFT = Qt.MouseButton.LeftButton


def classes_of(style):
    return [variant.upper for variant in style.variants[1:]] if style is not None else []


def click_row(qtbot, panel, place, *, box=False):
    rows = panel.list
    rect = rows.visualItemRect(rows.item(rows.row_of(place)))
    where = box_of(rect).center() if box else rect.center()
    qtbot.mouseClick(rows.viewport(), _LEFT, pos=where)


def test_a_click_on_the_symbol_opens_the_panel_and_the_palette_knows_it_too(window, panel, qtbot, at_rest):
    assert panel.isVisible()
    assert panel.title.text() == "WiFi热点"
    assert panel.way.button("single").isChecked()
    qtbot.mouseClick(panel.shut, _LEFT)
    assert not panel.isVisible()
    window.workspace.set_class("cable")
    assert any(action.text() == "图层样式" for action in window.actions_)
    assert window.actions_["layer.style"].shortcut().toString() == "F7"
    window.actions_["layer.style"].trigger()
    at_rest()
    assert panel.isVisible()
    assert panel.title.text() == "光缆"
    assert panel.way.button("category").isChecked()


def test_classes_of_a_number_show_on_the_map_at_once(panel, drawn, choose, pick, qtbot, at_rest):
    qtbot.mouseClick(panel.way.button("breaks"), _LEFT)
    at_rest()
    choose(panel.classes.field, "height_m")
    choose(panel.classes.method, "equal")
    panel.classes.count.setFocus()
    panel.classes.count.selectAll()
    qtbot.keyClicks(panel.classes.count, "4")
    at_rest()
    qtbot.waitUntil(lambda: classes_of(drawn("wifi_hotspot")) == [4.0, 5.0, 6.0, None])
    assert (drawn("wifi_hotspot").mode, drawn("wifi_hotspot").by) == ("breaks", "height_m")
    qtbot.waitUntil(lambda: None not in panel.list.counts().values())
    assert panel.list.counts() == {1: 16, 2: 8, 3: 8, 4: 8, 0: 0}
    pick(panel.classes.ramp.button, "oranges")
    qtbot.waitUntil(lambda: drawn("wifi_hotspot").variants[1].color == ramps()["oranges"].of(4)[0])
    qtbot.mouseClick(panel.classes.ramp.turn, _LEFT)
    qtbot.waitUntil(lambda: drawn("wifi_hotspot").variants[4].color == ramps()["oranges"].of(4)[0])
    assert classes_of(drawn("wifi_hotspot")) == [4.0, 5.0, 6.0, None]


def test_a_border_is_dragged_in_the_histogram(panel, drawn, qtbot, at_rest):
    qtbot.mouseClick(panel.way.button("breaks"), _LEFT)
    at_rest()
    view = panel.classes.view
    before = panel.classes.borders()
    assert len(before) >= 2
    start = QPoint(round(view.border_x(1)), 40)
    qtbot.mousePress(view, _LEFT, pos=start)
    qtbot.mouseMove(view, start + QPoint(9, 0))
    qtbot.mouseRelease(view, _LEFT, pos=start + QPoint(9, 0))
    after = panel.classes.borders()
    assert after[1] > before[1]
    assert (after[0], after[2:]) == (before[0], before[2:])
    assert panel.classes.method.currentData() == "manual"
    qtbot.waitUntil(lambda: classes_of(drawn("wifi_hotspot"))[:-1] == list(after))
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert panel.classes.borders()[1] < after[1]
    at_rest()
    assert panel.classes.borders()[0] == before[0]


def test_a_border_cannot_pass_its_neighbour(panel, qtbot, at_rest):
    qtbot.mouseClick(panel.way.button("breaks"), _LEFT)
    at_rest()
    view = panel.classes.view
    start = QPoint(round(view.border_x(0)), 40)
    qtbot.mousePress(view, _LEFT, pos=start)
    qtbot.mouseMove(view, QPoint(view.width(), 40))
    qtbot.mouseRelease(view, _LEFT, pos=QPoint(view.width(), 40))
    borders = panel.classes.borders()
    assert list(borders) == sorted(borders)
    assert borders[0] < borders[1]


def test_one_value_is_hidden_by_its_box_here_and_in_the_layers(window, panel, drawn, choose, qtbot, at_rest):
    qtbot.mouseClick(panel.way.button("category"), _LEFT)
    choose(panel.categories.field, "band")
    at_rest()
    style = panel.style_
    place = next(i for i, variant in enumerate(style.variants) if variant.value == "5")
    click_row(qtbot, panel, place, box=True)
    qtbot.waitUntil(lambda: drawn("wifi_hotspot") is not None and not drawn("wifi_hotspot").variants[place].visible)
    layers = window.layers
    item = layers._item("wifi_hotspot")
    lines = {item.child(row).text(): item.child(row) for row in range(item.rowCount())}
    from desktop.panels.layer_tree import COUNT, VISIBLE, check_box

    hidden = next(line for line in lines.values() if not line.data(VISIBLE))
    layers.tree.expand(item.index())
    qtbot.waitUntil(lambda: hidden.data(COUNT) == 20)
    layers.tree.scrollTo(hidden.index())
    where = check_box(layers.tree.visualRect(hidden.index()), "entry").center()
    qtbot.mouseClick(layers.tree.viewport(), _LEFT, pos=where)
    qtbot.waitUntil(lambda: drawn("wifi_hotspot").variants[place].visible)
    at_rest()


def test_a_wrong_rule_says_where_and_changes_nothing(panel, drawn, qtbot, at_rest):
    qtbot.mouseClick(panel.way.button("rules"), _LEFT)
    at_rest()
    panel.list.select(1)
    panel.rule.line.setFocus()
    qtbot.keyClicks(panel.rule.line, "height_m > 5")
    qtbot.keyClick(panel.rule.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.list.counts()[1] == 16)
    assert panel.rule.said.text() == "符合的要素：16 个"
    good = panel.style_
    qtbot.keyClicks(panel.rule.line, " und")
    qtbot.keyClick(panel.rule.line, Qt.Key.Key_Return)
    assert panel.rule.said.text() == "第 14 个字符“und”有误"
    assert panel.rule.said.property("role") == "problem"
    at_rest()
    assert panel.style_ == good
    qtbot.waitUntil(lambda: drawn("wifi_hotspot") == good)
    panel.rule.line.selectAll()
    qtbot.keyClicks(panel.rule.line, "hight > 3")
    assert "hight" in panel.rule.said.text()
    set_language("en")
    assert "there is no field" in panel.rule.said.text()
    qtbot.keyClick(panel.rule.line, Qt.Key.Key_Return)
    assert panel.style_ == good


def test_rules_take_over_what_told_features_apart_and_change_places(panel, qtbot, at_rest):
    qtbot.mouseClick(panel.way.button("breaks"), _LEFT)
    at_rest()
    uppers = panel.classes.borders()
    qtbot.mouseClick(panel.way.button("rules"), _LEFT)
    qtbot.waitUntil(lambda: None not in panel.list.counts().values())
    rules = [variant.where for variant in panel.style_.variants[1:]]
    field = panel.style_.variants[1].where.split()[0]
    assert rules[0] == f"{field} <= {uppers[0]:.12g}"
    assert rules[-1] == f"{field} > {uppers[-1]:.12g}"
    assert panel.list.counts()[0] == 0
    panel.list.select(1)
    panel.list.setFocus()
    qtbot.keyClick(panel.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert [variant.where for variant in panel.style_.variants[1:3]] == [rules[1], rules[0]]
    assert panel.list.places() == [2]
    rows = panel.list
    above = QPointF(rows.visualItemRect(rows.item(0)).center())
    none = QMimeData()
    move, buttons, keys = Qt.DropAction.MoveAction, _LEFT, Qt.KeyboardModifier.NoModifier
    rows.dropEvent(QDropEvent(above, move, none, buttons, keys))
    assert [variant.where for variant in panel.style_.variants[1:3]] == rules[:2]
    below = QPointF(rows.visualItemRect(rows.item(rows.count() - 1)).center())
    rows.dropEvent(QDropEvent(below, move, none, buttons, keys))  # all others stay last
    assert [variant.where for variant in panel.style_.variants[1:3]] == rules[:2]
    panel.list.select(2)
    qtbot.keyClick(panel.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    panel.list.select(2)
    qtbot.mouseClick(panel.remove, _LEFT)
    assert rules[0] not in [variant.where for variant in panel.style_.variants]
    qtbot.mouseClick(panel.add, _LEFT)
    assert panel.style_.variants[-1].where == ""
    assert panel.rule.line.hasFocus() or not panel.window().isActiveWindow()
    at_rest()


def test_color_shape_and_size_of_the_symbol(panel, drawn, pick, qtbot, at_rest):
    pick(panel.symbol.color, "#0072B2")
    pick(panel.symbol.shape, ("star", None))
    panel.symbol.size.setFocus()
    panel.symbol.size.selectAll()
    qtbot.keyClicks(panel.symbol.size, "4.5")
    qtbot.waitUntil(lambda: drawn("wifi_hotspot") is not None and drawn("wifi_hotspot").variants[0].size == 4.5)
    base = drawn("wifi_hotspot").variants[0]
    assert (base.color, base.shape) == ("#0072B2", "star")
    qtbot.mouseClick(panel.symbol.color, _LEFT)
    panel.symbol.color.hex.selectAll()
    qtbot.keyClicks(panel.symbol.color.hex, "#00bb6")
    assert panel.symbol.color.hex.property("wrong")
    assert panel.style_.variants[0].color == "#0072B2"
    qtbot.keyClicks(panel.symbol.color.hex, "6")
    assert panel.style_.variants[0].color == "#00BB66"
    qtbot.keyClick(panel.symbol.color.hex, Qt.Key.Key_Return)
    assert not panel.symbol.color.popup.isVisible()
    at_rest()


def test_the_grid_of_marks_is_walked_by_arrows(panel, qtbot):
    qtbot.keyClick(panel.symbol.shape, Qt.Key.Key_Space)
    grid = panel.symbol.shape.grid
    assert panel.symbol.shape.popup.isVisible()
    keys = grid.keys()
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert not panel.symbol.shape.popup.isVisible()
    assert panel.style_.variants[0].shape == keys[1][0]


def test_several_values_are_changed_together(panel, qtbot, choose, pick, at_rest):
    qtbot.mouseClick(panel.way.button("category"), _LEFT)
    choose(panel.categories.field, "band")
    at_rest()
    click_row(qtbot, panel, 1)
    rows = panel.list
    second = rows.visualItemRect(rows.item(rows.row_of(2))).center()
    qtbot.mouseClick(rows.viewport(), _LEFT, Qt.KeyboardModifier.ControlModifier, second)
    assert set(rows.places()) == {1, 2}
    pick(panel.symbol.shape, ("square", None))
    assert [variant.shape == "square" for variant in panel.style_.variants[:3]] == [False, True, True]
    assert set(rows.places()) == {1, 2}


def test_undo_and_redo_within_the_panel_and_reset(panel, drawn, pick, qtbot):
    assert not panel.undo.isEnabled()
    pick(panel.symbol.shape, ("star", None))
    pick(panel.symbol.shape, ("cross", None))
    qtbot.mouseClick(panel.undo, _LEFT)
    assert panel.style_.variants[0].shape != "cross"
    qtbot.mouseClick(panel.redo, _LEFT)
    assert panel.style_.variants[0].shape == "cross"
    panel.book.reset("wifi_hotspot")
    qtbot.waitUntil(lambda: drawn("wifi_hotspot") is None)
    qtbot.mouseClick(panel.undo, _LEFT)
    qtbot.waitUntil(lambda: drawn("wifi_hotspot") is not None)
    assert panel.style_.variants[0].shape == "cross"


def test_a_size_dragged_step_by_step_is_one_step_back(panel, qtbot):
    before = panel.style_
    panel.symbol.size.setFocus()
    for _ in range(5):
        qtbot.keyClick(panel.symbol.size, Qt.Key.Key_Up)
    assert panel.style_.variants[0].size > before.variants[0].size
    qtbot.mouseClick(panel.undo, _LEFT)
    assert panel.style_ == before


def test_what_a_way_was_set_to_comes_back(panel, qtbot, choose, at_rest):
    qtbot.mouseClick(panel.way.button("category"), _LEFT)
    choose(panel.categories.field, "free")
    at_rest()
    told = panel.style_.variants
    qtbot.mouseClick(panel.way.button("single"), _LEFT)
    assert len(panel.style_.variants) == 1
    qtbot.mouseClick(panel.way.button("category"), _LEFT)
    assert panel.style_.variants == told
    assert panel.style_.by == "free"


def test_the_style_is_in_the_project_when_it_is_opened_again(window, panel, pick, qtbot, at_rest, tmp_path):
    pick(panel.symbol.shape, ("star", None))
    path = window.session.path
    qtbot.waitUntil(lambda: "wifi_hotspot" in saved_styles(window.session))
    pick(panel.symbol.color, "#0072B2")
    window.projects.open(path)  # at once: what is not yet written goes along
    qtbot.waitUntil(lambda: window.rooms.panel("style") is None and not window.workspace.jobs.busy)
    at_rest()
    kept = window.styles.style("wifi_hotspot").variants[0]
    assert (kept.shape, kept.color) == ("star", "#0072B2")
    assert window.styles.own("wifi_hotspot")
    assert not window.styles.own("cable")
    assert next(s.style for s in window.canvas.layers() if s.name == "wifi_hotspot").variants[0] == kept
    window.styles.reset("wifi_hotspot")
    qtbot.waitUntil(lambda: "wifi_hotspot" not in saved_styles(window.session))


def test_the_window_closes_with_the_last_change_saved(qtbot, store, session, tmp_path):
    made = MainWindow(Session.open(session.path), store)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: not made.canvas.busy and not made.canvas.loading)
    style = made.styles.style("cable")
    made.styles.put(replace(style, max_scale=5000.0))
    made.close()
    assert saved_styles(session)["cable"].max_scale == 5000.0


def test_a_read_only_project_previews_and_says_so_once(qtbot, store, session):
    made = MainWindow(Session.open(session.path, readonly=True), store)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: not made.canvas.busy and not made.canvas.loading)
    style = made.styles.style("cable")
    for limit in (5000.0, 6000.0):
        made.styles.put(replace(style, max_scale=limit))
    qtbot.waitUntil(lambda: made.canvas.layers()[0] is not None and _style_on(made, "cable") is not None)
    assert _style_on(made, "cable").max_scale == 6000.0
    told = [notice.message() for notice in notices().recent if "只读" in notice.message()]
    assert len(told) == 1
    qtbot.waitUntil(lambda: not made.canvas.busy and not made.workspace.writes.busy)
    assert saved_styles(session) == {}
    made.close()


def _style_on(window, cls):
    return next(state.style for state in window.canvas.layers() if state.name == cls)


def test_values_are_never_read_on_the_ui_thread(panel, choose, qtbot, at_rest, monkeypatch):
    reading, threads = Store.reading, []

    @contextmanager
    def watched(self):
        threads.append(threading.current_thread())
        with reading(self) as snapshot:
            yield snapshot

    monkeypatch.setattr(Store, "reading", watched)
    qtbot.mouseClick(panel.way.button("breaks"), _LEFT)
    at_rest()
    choose(panel.classes.method, "quantile")
    qtbot.mouseClick(panel.way.button("category"), _LEFT)
    at_rest()
    choose(panel.categories.field, "name")
    at_rest()
    qtbot.mouseClick(panel.categories.sort, _LEFT)
    at_rest()
    qtbot.mouseClick(panel.way.button("rules"), _LEFT)
    qtbot.waitUntil(lambda: None not in panel.list.counts().values())
    choose(panel.sections["size"][1].field, "height_m")
    at_rest()
    assert panel.style_.size_by is not None
    assert threads
    assert threading.main_thread() not in threads


def test_every_part_of_the_panel_changes_the_style(panel, qtbot, choose, at_rest):
    for fold, _section in panel.sections.values():
        fold.button.setChecked(True)
    crowd, labels = panel.sections["crowd"][1], panel.sections["labels"][1]
    qtbot.mouseClick(crowd.way.button("cluster"), _LEFT)
    assert panel.style_.crowd == "cluster"
    qtbot.mouseClick(crowd.way.button("heat"), _LEFT)
    crowd.radius.setValue(7.0)
    assert panel.style_.heat.radius == 7.0
    labels.text.setFocus()
    labels.text.selectAll()
    qtbot.keyClicks(labels.text, "{name} {cod")
    assert labels.said.text() == "大括号不完整。"
    assert panel.style_.label_field == "{name}"
    labels.text.clear()
    labels.text.insert("{名称} {编号")
    qtbot.keyClicks(labels.text, "}")
    assert panel.style_.label_field == "{name} {code}"
    assert labels.said.text() == ""
    qtbot.mouseClick(labels.bold, _LEFT)
    assert all(rule.bold for rule in panel.style_.labels.values())
    qtbot.mouseClick(labels.on, _LEFT, pos=QPoint(8, labels.on.height() // 2))
    assert not panel.style_.labels
    limits = panel.sections["range"][1]
    limits.inner.line.setFocus()
    qtbot.keyClicks(limits.inner.line, "1:8,000")
    qtbot.keyClick(limits.inner.line, Qt.Key.Key_Return)
    assert panel.style_.max_scale == 8000
    qtbot.mouseClick(limits.outer.take, _LEFT)
    assert panel.style_.min_scale > 0
    at_rest()


def test_a_wedge_takes_the_fields_of_the_class(window, qtbot, at_rest):
    window.rooms.open_style("cell")
    panel = window.rooms.panel("style")
    fold, section = panel.sections["wedge"]
    assert fold.isVisible()
    fold.button.setChecked(True)
    panel.book.put(replace(panel.style_, wedge=None))
    qtbot.mouseClick(section.on, _LEFT, pos=QPoint(8, section.on.height() // 2))
    assert panel.style_.wedge.azimuth == "azimuth"
    section.range_.setValue(250.0)
    assert panel.style_.wedge.default_range == 250.0
    window.rooms.open_style("wifi_hotspot")
    assert not fold.isVisible()
    at_rest()


def test_lines_and_areas_have_their_own_symbols(window, pick, qtbot, at_rest):
    window.rooms.open_style("road")
    panel = window.rooms.panel("style")
    assert panel.symbol.dash.isVisible()
    assert not panel.symbol.shape.isVisible()
    qtbot.mouseClick(panel.way.button("single"), _LEFT)
    pick(panel.symbol.dash, (3.0, 2.0))
    pick(panel.symbol.casing, "#0072B2")
    assert panel.symbol.casing_width.isVisible()
    assert panel.style_.variants[0].dash == (3.0, 2.0)
    pick(panel.symbol.core, "#C9A400")
    assert panel.style_.core == "#C9A400"
    window.rooms.open_style("building")
    pick(panel.symbol.pattern, "hatch")
    assert panel.style_.variants[0].pattern == "hatch"
    assert panel.symbol.spacing.isVisible()
    panel.symbol.opacity.setFocus()
    qtbot.keyClick(panel.symbol.opacity, Qt.Key.Key_Down)
    assert panel.style_.opacity < window.styles.default("building").opacity
    at_rest()


def test_own_pictures_that_are_none_are_told(panel, tmp_path):
    wrong = tmp_path / "no.svg"
    wrong.write_text("<html>", "utf-8")
    before = panel.style_
    panel.symbol.load_svg(wrong)
    panel.symbol.load_svg(tmp_path / "gone.svg")
    said = [notice.message() for notice in notices().recent]
    assert any("no.svg" in text for text in said)
    assert any("gone.svg" in text for text in said)
    assert panel.style_ == before
    good = tmp_path / "good.svg"
    good.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="3"/></svg>')
    panel.symbol.load_svg(good)
    assert panel.style_.variants[0].svg.startswith("<svg")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("dark", [False, True])
def test_everything_has_a_name_and_nothing_is_cut(panel, qtbot, at_rest, language, dark):
    from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit

    set_language(language)
    theme().apply("dark" if dark else "light")
    for mode in ("category", "breaks", "rules"):
        panel.set_mode(mode)
        at_rest()
        for fold, _section in panel.sections.values():
            fold.button.setChecked(True)
        page = panel.scroll.widget()
        assert page.minimumSizeHint().width() <= panel.scroll.viewport().width()
        assert not panel.grab().isNull()
        for kind in (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit):
            for control in panel.findChildren(kind):
                if control.isVisible() and control.focusPolicy() != Qt.FocusPolicy.NoFocus:
                    inner = isinstance(control.parent(), QAbstractSpinBox | QComboBox)
                    assert (
                        inner or control.accessibleName() or (isinstance(control, QAbstractButton) and control.text())
                    )


def test_a_broken_style_file_is_told_and_nothing_is_lost(window, panel, pick, qtbot, at_rest, tmp_path: Path):
    from desktop.styling.files import load_style, store_style

    pick(panel.symbol.shape, ("star", None))
    good = tmp_path / "good.yantu-style.json"
    store_style(window.styles, "wifi_hotspot", good)
    qtbot.waitUntil(good.is_file)
    kept = panel.style_
    for text in ("{", '{"variants": 3}', "", good.read_text("utf-8").replace("star", "moon")):
        broken = tmp_path / "broken.yantu-style.json"
        broken.write_text(text, "utf-8")
        notices().recent.clear()
        load_style(window.styles, "wifi_hotspot", broken)
        at_rest()
        qtbot.waitUntil(lambda: len(notices().recent) > 0)
        assert notices().recent[-1].level == "warning"
        assert panel.style_ == kept
    panel.book.reset("wifi_hotspot")
    load_style(window.styles, "wifi_hotspot", good)
    qtbot.waitUntil(lambda: panel.style_.variants[0].shape == "star")
    at_rest()


def test_the_keys_of_undo_mean_the_style_while_the_keyboard_is_here(window, panel, pick, qtbot, at_rest):
    from gis.editing.intents import Delete

    window.workspace.perform(Delete("wifi_hotspot", window.session.ids("wifi_hotspot")[:1].tolist()))
    at_rest()
    pick(panel.symbol.shape, ("star", None))
    panel.symbol.shape.setFocus()
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(panel.symbol.shape, Qt.Key.Key_Z, control)
    at_rest()
    assert panel.style_.variants[0].shape != "star"
    assert window.session.count("wifi_hotspot") == 39  # the deletion stands
    qtbot.keyClick(panel.symbol.shape, Qt.Key.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert panel.style_.variants[0].shape == "star"


def test_edits_are_counted_and_the_histogram_follows(window, panel, qtbot, at_rest):
    from gis.editing.intents import Delete

    qtbot.mouseClick(panel.way.button("breaks"), _LEFT)
    at_rest()
    qtbot.waitUntil(lambda: None not in panel.list.counts().values())
    total = sum(panel.list.counts().values())
    borders = panel.classes.borders()
    window.workspace.perform(Delete("wifi_hotspot", window.session.ids("wifi_hotspot")[:5].tolist()))
    at_rest()
    qtbot.waitUntil(lambda: sum(count or 0 for count in panel.list.counts().values()) == total - 5)
    qtbot.waitUntil(lambda: panel.classes.view._data is not None)
    assert panel.classes.borders() == borders


def test_names_along_lines_are_spread_and_repeated(panel, window, qtbot, at_rest, drawn):
    fold, labels = panel.sections["labels"]
    fold.button.setChecked(True)
    assert labels.size_.isVisible()
    assert not labels.spread.isVisible()  # hotspots have no line to go along
    window.rooms.open_style("road")
    at_rest()
    assert labels.spread.isVisible()
    assert labels.repeat.value() == 100.0
    labels.spread.setValue(200.0)
    labels.repeat.setValue(50.0)
    assert {(rule.spread, rule.repeat) for rule in panel.style_.labels.values()} == {(2.0, 50.0)}
    qtbot.waitUntil(lambda: drawn("road") is not None and drawn("road").labels == panel.style_.labels)
