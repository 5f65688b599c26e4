"""Styles from the layers panel: its menus, its legend, and layers that the present scale hides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from desktop.panels.layer_menu import entry_menu, layer_menu
from desktop.panels.layer_tree import COUNT, NAME, PLACE, SCALE, arrow_box
from desktop.shell.notices import notices
from desktop.shell.words import set_language
from gis.cartography.symbols import LabelRule
from gis.project.styles import saved_styles


def act(menu, text):
    """Do what a line of a menu (or of a menu inside it) says."""
    for action in menu.actions():
        inside = [a for a in action.menu().actions() if a.text() == text] if action.menu() else []
        for found in ([action] if action.text() == text else []) + inside:
            assert found.isEnabled(), text
            found.trigger()
            return
    raise LookupError(text)


@pytest.fixture
def layers(window, at_rest):
    at_rest()
    return window.layers


def lines_of(layers, name):
    item = layers._item(name)
    return {item.child(row).text(): item.child(row) for row in range(item.rowCount())}


def test_a_layer_unfolds_to_its_legend_with_counts(layers, qtbot):
    item = layers._item("wifi_hotspot")
    assert item.rowCount() == 0  # one symbol: nothing to unfold
    nodes = layers._item("fibre_node")
    assert not layers.tree.isExpanded(nodes.index())
    layers.tree.scrollTo(nodes.index())
    place = arrow_box(layers.tree.visualRect(nodes.index())).center()
    QTest.mouseClick(layers.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert layers.tree.isExpanded(nodes.index())
    lines = lines_of(layers, "fibre_node")
    assert "光交接箱" in lines
    qtbot.waitUntil(lambda: lines["光交接箱"].data(COUNT) == 2)
    assert sum(line.data(COUNT) for line in lines.values()) == 2
    set_language("en")
    assert not {"光交接箱"} & set(lines_of(layers, "fibre_node"))


def test_enter_on_a_line_of_the_legend_styles_that_one(layers, window, qtbot, at_rest):
    item = layers._item("fibre_node")
    layers.tree.expand(item.index())
    line = item.child(1)
    layers.tree.setCurrentIndex(line.index())
    qtbot.keyClick(layers.tree, Qt.Key.Key_Return)
    at_rest()
    panel = window.rooms.panel("style")
    assert panel.isVisible()
    assert panel.cls == "fibre_node"
    assert panel.list.places() == [line.data(PLACE)]


def test_layers_out_of_scale_say_from_which_scale_they_show(layers, window, qtbot):
    style = layers.book.style("wifi_hotspot")
    layers.book.put(replace(style, max_scale=5000.0))
    window.canvas.set_scale(20_000)
    item = layers._item("wifi_hotspot")
    qtbot.waitUntil(lambda: bool(item.data(SCALE)))
    assert item.data(SCALE) == "放大到 1:5,000 起显示。"
    window.canvas.set_scale(4000)
    qtbot.waitUntil(lambda: not item.data(SCALE))
    layers.book.put(replace(style, min_scale=10_000.0))
    assert item.data(SCALE) == "缩小到 1:10,000 起显示。"
    set_language("en")
    assert item.data(SCALE) == "Shows from 1:10,000 on: zoom out."


def test_the_scale_range_is_set_from_the_present_scale(layers, window, qtbot):
    window.canvas.set_scale(7300)
    qtbot.waitUntil(lambda: abs(layers.scale - 7300) < 1)
    act(layer_menu(layers, "wifi_hotspot"), "放大到 1:8,000 及更大时才显示")
    assert layers.book.style("wifi_hotspot").max_scale == 8000
    assert not layers._item("wifi_hotspot").data(SCALE)  # it must not vanish by its own range
    act(layer_menu(layers, "wifi_hotspot"), "所有比例尺都显示")
    assert layers.book.style("wifi_hotspot").max_scale == 0
    act(layer_menu(layers, "wifi_hotspot"), "缩小到 1:6,000 及更小时才显示")
    assert layers.book.style("wifi_hotspot").min_scale == 6000


def test_labels_are_switched_off_and_on_where_one_stands(layers, window, qtbot):
    window.canvas.set_scale(30_000)
    qtbot.waitUntil(lambda: layers.scale > 29_000)
    assert layers.book.style("wifi_hotspot").labels
    act(layer_menu(layers, "wifi_hotspot"), "显示标注")
    assert not layers.book.style("wifi_hotspot").labels
    act(layer_menu(layers, "wifi_hotspot"), "显示标注")
    rules = layers.book.style("wifi_hotspot").labels
    assert any(rule.max_scale >= layers.scale for rule in rules.values())  # shown here and now
    act(layer_menu(layers, "wifi_hotspot"), "恢复默认样式")
    assert layers.book.style("wifi_hotspot").labels == layers.book.default("wifi_hotspot").labels


def test_a_style_is_copied_to_a_layer_of_the_same_kind(layers, window, qtbot):
    book = layers.book
    style = book.style("wifi_hotspot")
    told = replace(style.variants[0], color="#0072B2", shape="star")
    book.put(replace(style, variants=(told,), labels={"": LabelRule(9000.0)}, crowd="cluster"))
    act(layer_menu(layers, "wifi_hotspot"), "复制样式")
    with pytest.raises(AssertionError):
        act(layer_menu(layers, "cable"), "粘贴样式")
    act(layer_menu(layers, "plate_reader"), "粘贴样式")
    made = book.style("plate_reader")
    assert (made.cls, made.family, made.crowd) == ("plate_reader", "plates", "cluster")
    assert made.variants[0].shape == "star"
    qtbot.waitUntil(lambda: {"plate_reader", "wifi_hotspot"} <= set(saved_styles(window.session)))


def test_one_class_alone_and_all_again(layers):
    lines = lines_of(layers, "fibre_node")
    place = lines["光交接箱"].data(PLACE)
    act(entry_menu(layers, "fibre_node", place), "只显示这一类")
    shown = [variant.visible for variant in layers.book.style("fibre_node").variants]
    assert [i for i, visible in enumerate(shown) if visible] == [place]
    act(entry_menu(layers, "fibre_node", place), "显示本图层全部类别")
    assert all(variant.visible for variant in layers.book.style("fibre_node").variants)
    assert not layers.book.own("fibre_node")  # it is again as the catalogue says


def test_space_hides_a_line_and_lines_stay_in_their_layer(layers, qtbot):
    item = layers._item("fibre_node")
    layers.tree.expand(item.index())
    layers.tree.setCurrentIndex(item.child(0).index())
    qtbot.keyClick(layers.tree, Qt.Key.Key_Space)
    assert not layers.book.style("fibre_node").variants[item.child(0).data(PLACE)].visible
    assert layers.tree.currentIndex() == item.child(0).index()
    order = [child.data(PLACE) for child in (item.child(row) for row in range(item.rowCount()))]
    with qtbot.assertNotEmitted(layers.layers_changed):
        qtbot.keyClick(layers.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert [item.child(row).data(PLACE) for row in range(item.rowCount())] == order


def test_an_unfolded_layer_moves_with_its_legend(layers, qtbot):
    item = layers._item("base_station")
    name = item.data(NAME)
    layers.tree.expand(item.index())
    layers.tree.setCurrentIndex(item.index())
    qtbot.keyClick(layers.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    moved = layers._item(name)
    assert layers.tree.isExpanded(moved.index()) == bool(moved.rowCount())


def test_a_section_of_another_room_stands_below_the_layers(layers, qtbot):
    label = QLabel("底图")
    layers.set_footer_section(label)
    qtbot.waitUntil(label.isVisible)
    assert label.mapTo(layers, label.rect().topLeft()).y() >= layers.tree.geometry().bottom()


def test_a_broken_saved_style_is_told_and_the_catalogue_draws(window, qtbot, at_rest, session):
    session.put_document("style", "cable", {"variants": "none"})
    session.put_document("style", "road", replace(window.styles.style("road"), opacity=0.5).to_dict())
    window.projects.open(session.path)
    old = window.session
    qtbot.waitUntil(lambda: window.session is not old)
    at_rest()
    assert any(notice.level == "warning" for notice in notices().recent)
    assert not window.styles.own("cable")
    assert window.styles.style("road").opacity == 0.5


def test_opacity_in_the_menu_of_a_layer(layers, window, qtbot):
    act(layer_menu(layers, "cable"), "60%")
    assert layers.opacity("cable") == 60
    drawn = lambda: next(state.opacity for state in window.canvas.layers() if state.name == "cable")  # noqa: E731
    qtbot.waitUntil(lambda: drawn() == 0.6)
    layers.set_opacity("cable", 35)
    menu = next(a.menu() for a in layer_menu(layers, "cable").actions() if a.text() == "不透明度")
    assert [a.text() for a in menu.actions() if a.isChecked()] == ["35%"]
    layers.tree.setCurrentIndex(layers._item("cable").index())
    act(layer_menu(layers, "cable"), "80%")
    assert layers._opacity.value() == 80


def test_the_palette_opens_the_style_of_each_layer(window, qtbot, at_rest):
    at_rest()
    palette = window.palette_
    palette.open_over()
    palette.line.setText("图层样式")
    rows = [palette.list.item(row).text() for row in range(palette.list.count())]
    spatial = [cls.label.zh for cls in window.session.catalogue if cls.spatial]
    assert {f"图层样式：{name}" for name in spatial} <= set(rows)
    palette.line.setText("图层样式：光缆")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    at_rest()
    assert window.rooms.panel("style").cls == "cable"


def test_a_density_says_what_its_colours_mean(layers, window, qtbot, at_rest):
    item = layers._item("wifi_hotspot")
    style = layers.book.style("wifi_hotspot")
    window.canvas.set_scale(20_000)
    layers.book.put(replace(style, crowd="heat"))
    assert layers.tree.isExpanded(item.index())
    qtbot.waitUntil(lambda: "个/km²" in item.child(0).text())
    at_rest()
    near = item.child(0).text()
    window.canvas.set_scale(100_000)  # a larger circle holds fewer for each km²
    qtbot.waitUntil(lambda: item.child(0).text() != near)
    layers.tree.setCurrentIndex(item.child(0).index())
    qtbot.keyClick(layers.tree, Qt.Key.Key_Space)  # there is nothing to tick
    assert layers.book.style("wifi_hotspot").variants == style.variants
    set_language("en")
    assert item.child(0).text().endswith(" per km²")
    layers.book.put(style)
    assert item.rowCount() == 0
