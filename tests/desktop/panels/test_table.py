"""The table reads pages, sorts and filters in the file, and shares its selection with the map."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication

from desktop.panels.rows import PAGE
from desktop.panels.table import TablePanel
from desktop.shell.words import set_language
from gis.editing.intents import Create, Delete, Update


@pytest.fixture
def panel(qtbot, workspace, settled):
    made = TablePanel(workspace)
    qtbot.addWidget(made)
    made.resize(900, 300)
    workspace.set_class("wifi_hotspot")
    made.show()
    settled()
    return made


def column(panel, name):
    return next(i for i, field in enumerate(panel.model.fields) if field.name == name)


def texts(panel, name):
    model = panel.model
    return [model.data(model.index(row, column(panel, name))) for row in range(model.rowCount())]


def test_it_shows_the_class_in_the_users_words(panel):
    assert panel.model.rowCount() == 40
    assert sorted(texts(panel, "code")) == [f"W-{i:03d}" for i in range(40)]
    assert set(texts(panel, "free")) == {"是", "否"}
    headers = [panel.model.headerData(i, Qt.Orientation.Horizontal) for i in range(panel.model.columnCount())]
    assert "编号" in headers
    assert "挂高 (m)" in headers
    assert panel.count.text() == "40 行"
    set_language("en")
    assert "Height (m)" in [panel.model.headerData(i, Qt.Orientation.Horizontal) for i in range(len(headers))]
    assert set(texts(panel, "free")) == {"Yes", "No"}


def test_restricted_values_are_masked(panel):
    assert set(texts(panel, "bssid")) == {"••••"}
    panel.model.restricted = True
    panel.model.stale()
    assert "00:00:00:00:00:00" in texts(panel, "bssid")


def test_pages_are_read_when_looked_at_only(panel, workspace, settled, monkeypatch):
    rows = [{"code": f"X-{i}", "name": "多", "geom": None} for i in range(4 * PAGE)]
    from shapely.geometry import Point

    for i, row in enumerate(rows):
        row["geom"] = Point(500_000 + i, 3_690_000)
    workspace.perform(Create("wifi_hotspot", rows))
    settled()
    assert panel.model.rowCount() == 40 + 4 * PAGE
    panel.model.stale()
    read = []
    original = panel.model._read
    monkeypatch.setattr(panel.model, "_read", lambda ids: read.append(len(ids)) or original(ids))
    panel.view.scrollToTop()
    panel.model.data(panel.model.index(5, 0))
    panel.model.data(panel.model.index(6, 1))
    assert read == [PAGE]
    panel.model.data(panel.model.index(3 * PAGE, 0))
    assert read == [PAGE, PAGE]


def test_a_click_on_a_header_sorts_then_turns_then_lets_go(panel, settled):
    heights = lambda: [float(text) for text in texts(panel, "height_m")]  # noqa: E731
    unsorted = heights()
    panel.view.horizontalHeader().sectionClicked.emit(column(panel, "height_m"))
    settled()
    assert heights() == sorted(unsorted)
    panel.view.horizontalHeader().sectionClicked.emit(column(panel, "height_m"))
    settled()
    assert heights() == sorted(unsorted, reverse=True)
    panel.view.horizontalHeader().sectionClicked.emit(column(panel, "height_m"))
    settled()
    assert panel._sort is None


def test_chinese_is_sorted_by_pinyin(panel, settled):
    panel.view.horizontalHeader().sectionClicked.emit(column(panel, "name"))
    settled()
    places = list(dict.fromkeys(text.split()[0] for text in texts(panel, "name")))
    assert places == ["大丰医院", "阜宁中学", "人民公园", "盐城站"]  # dà fù rén yán


def test_the_filter_takes_signs_as_they_are(qtbot, panel, settled):
    qtbot.keyClicks(panel.filter, "W-01")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 10)
    panel.filter.setText("%")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 0)
    panel.filter.setText("人民")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 10)


def test_rows_chosen_here_are_selected_everywhere(qtbot, panel, workspace):
    place = panel.view.visualRect(panel.model.index(2, 0)).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert workspace.selection["wifi_hotspot"].tolist() == [panel.model.ids[2]]
    qtbot.keyClick(panel.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert set(workspace.selection["wifi_hotspot"]) == set(panel.model.ids[2:4])
    panel.view.selectAll()
    assert len(workspace.selection["wifi_hotspot"]) == 40
    assert panel.count.text() == "40 行，已选 40"


def test_what_is_selected_elsewhere_is_marked_here(panel, workspace):
    workspace.select({"wifi_hotspot": panel.model.ids[[1, 2, 30]]})
    rows = {index.row() for index in panel.view.selectionModel().selectedRows()}
    assert rows == {1, 2, 30}
    workspace.select({})
    assert not panel.view.selectionModel().hasSelection()


def test_only_selected(panel, workspace, settled):
    workspace.select({"wifi_hotspot": panel.model.ids[:4]})
    panel.only_selected.setChecked(True)
    settled()
    assert panel.model.rowCount() == 4


def test_edits_show_at_once(panel, workspace, settled):
    id = int(panel.model.ids[3])
    workspace.perform(Update("wifi_hotspot", [id], {"name": "改过"}))
    settled()
    assert texts(panel, "name")[3] == "改过"
    workspace.perform(Delete("wifi_hotspot", [id]))
    settled()
    assert panel.model.rowCount() == 39
    workspace.undo(2)
    settled()
    assert panel.model.rowCount() == 40
    assert "改过" not in texts(panel, "name")


def test_references_are_named(panel, workspace, settled):
    workspace.set_class("cell")
    settled()
    assert texts(panel, "site") == ["BS-1", "BS-1"]


def test_the_class_is_chosen_from_the_list(qtbot, panel, workspace, settled):
    panel.classes.setCurrentIndex(panel.classes.findData("road"))
    panel.classes.activated.emit(panel.classes.currentIndex())
    settled()
    assert workspace.current_class == "road"
    assert texts(panel, "name") == ["建军中路"]


def test_rows_are_copied_with_their_headers(panel):
    first = panel.model.index(0, 0)
    panel.view.selectionModel().select(
        first, QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    )
    panel.copy()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].startswith("编号\t名称")
    assert lines[1].split("\t")[0] == texts(panel, "code")[0]
    assert "••••" in lines[1]


def test_another_project_leaves_nothing_behind(panel, workspace, settled):
    kept = workspace.set_session(None)
    settled()
    assert panel.model.rowCount() == 0
    assert panel.classes.count() == 0
    workspace.set_session(kept)
    settled()
    assert panel.model.rowCount() > 0
    assert np.all(panel.model.ids > 0)
