"""The layer tree: what is drawn and in which order, by mouse and by key."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from desktop.panels.layer_tree import check_box
from desktop.panels.layers import LayersPanel
from desktop.shell.settings import LayerView, ProjectView
from desktop.shell.words import set_language
from desktop.styling.book import StyleBook


@pytest.fixture
def panel(qtbot, workspace, settled):
    made = LayersPanel(workspace, StyleBook(workspace))
    qtbot.addWidget(made)
    made.resize(264, 640)
    made.show()
    settled()
    return made


def index_of(panel, name):
    for item in (*panel._families(), *panel._items()):
        if item.data(Qt.ItemDataRole.UserRole + 1) == name:
            return item.index()
    raise LookupError(name)


def names(panel):
    return [view.name for view in panel.layers()]


def test_every_class_with_a_place_is_a_layer_topmost_first(panel, session):
    spatial = [cls.name for cls in session.catalogue if cls.spatial]
    assert sorted(names(panel)) == sorted(spatial)
    assert names(panel)[0] == "camera"
    assert names(panel)[-1] == "area"


def test_counts_are_read_and_follow_edits(panel, workspace, settled):
    count = Qt.ItemDataRole.UserRole + 3
    assert index_of(panel, "wifi_hotspot").data(count) == 40
    from gis.editing.intents import Delete

    ids = workspace.session.ids("wifi_hotspot")[:3]
    workspace.perform(Delete("wifi_hotspot", ids.tolist()))
    settled()
    assert index_of(panel, "wifi_hotspot").data(count) == 37


def test_a_click_on_the_box_hides_the_layer(qtbot, panel):
    index = index_of(panel, "wifi_hotspot")
    with qtbot.waitSignal(panel.layers_changed) as caught:
        place = check_box(panel.tree.visualRect(index)).center()
        qtbot.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert not next(v for v in caught.args[0] if v.name == "wifi_hotspot").visible


def test_space_toggles_and_a_family_hides_all_it_holds(qtbot, panel):
    panel.tree.setCurrentIndex(index_of(panel, "wireless"))
    qtbot.keyClick(panel.tree, Qt.Key.Key_Space)
    shown = {view.name: view.visible for view in panel.layers()}
    assert not any(shown[name] for name in ("wifi_hotspot", "cell", "base_station"))
    assert shown["cable"]
    qtbot.keyClick(panel.tree, Qt.Key.Key_Space)
    assert all(view.visible for view in panel.layers())


def test_alt_down_moves_a_layer_within_its_family(qtbot, panel):
    panel.tree.setCurrentIndex(index_of(panel, "base_station"))
    before = names(panel)
    with qtbot.waitSignal(panel.layers_changed):
        qtbot.keyClick(panel.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    after = names(panel)
    assert after.index("base_station") == before.index("base_station") + 1
    assert set(after) == set(before)
    panel.tree.setCurrentIndex(index_of(panel, "camera"))  # alone in its family: nowhere to go
    with qtbot.assertNotEmitted(panel.layers_changed):
        qtbot.keyClick(panel.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)


def test_families_change_places_with_all_their_layers(qtbot, panel):
    panel.tree.setCurrentIndex(index_of(panel, "fibre"))
    qtbot.keyClick(panel.tree, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    order = names(panel)
    assert order.index("cable") < order.index("wifi_hotspot")
    assert panel.tree.isExpanded(index_of(panel, "fibre"))


def test_opacity_belongs_to_the_current_layer(qtbot, panel, workspace):
    panel.tree.setCurrentIndex(index_of(panel, "building"))
    assert workspace.current_class == "building"
    assert panel._foot.isVisible()
    with qtbot.waitSignal(panel.layers_changed):
        panel._opacity.setValue(40)
    assert next(v for v in panel.layers() if v.name == "building").opacity == pytest.approx(0.4)
    panel.tree.setCurrentIndex(index_of(panel, "ground"))
    assert not panel._foot.isVisible()


def test_a_double_click_zooms_there(qtbot, panel):
    place = panel.tree.visualRect(index_of(panel, "road")).center() + QPoint(30, 0)
    qtbot.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(panel.zoom_wanted) as caught:
        qtbot.mouseDClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert caught.args == ["road"]


def test_order_and_visibility_are_taken_up_again(panel, workspace, settled):
    views = tuple(panel.layers())
    turned = (LayerView("cable", False, 0.5), *(view for view in views if view.name != "cable"))
    workspace.settings.keep_view(ProjectView(str(workspace.session.path.resolve()), turned))
    panel.rebuild()
    settled()
    assert names(panel)[0] == "cable"
    assert panel.layers()[0] == LayerView("cable", False, 0.5)


def test_only_and_all(panel):
    panel.show_only("road")
    assert [view.name for view in panel.layers() if view.visible] == ["road"]
    panel.show_all()
    assert all(view.visible for view in panel.layers())


def test_labels_follow_the_language(panel):
    assert index_of(panel, "cable").data() == "光缆"
    set_language("en")
    assert index_of(panel, "cable").data() == "Cable"
    assert index_of(panel, "ground").data() == "Ground"


def test_it_paints(panel):
    assert not panel.grab().isNull()
