"""The history names every edit and its values, and leads back to any moment."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from desktop.panels.history import HistoryPanel
from desktop.shell.words import set_language
from desktop.shell.workspace import step_text
from gis.editing.intents import Update

ENTRY = Qt.ItemDataRole.UserRole


@pytest.fixture
def panel(qtbot, workspace, settled):
    made = HistoryPanel(workspace)
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    settled()
    return made


@pytest.fixture
def edited(workspace, settled, panel):
    """One hotspot renamed three times."""
    id = int(workspace.session.ids("wifi_hotspot")[0])
    for name in ("甲", "乙", "丙"):
        workspace.perform(Update("wifi_hotspot", [id], {"name": name}))
    settled()
    return id


def entries(panel):
    return [panel.entries.item(i).data(ENTRY) for i in range(panel.entries.count())]


def rows(panel):
    top = panel.details.topLevelItem(0)
    return [[top.child(i).text(c) for c in range(3)] for i in range(top.childCount())]


def name(workspace, id):
    return workspace.session.row("wifi_hotspot", id)["name"]


def test_edits_stand_newest_first_with_author_and_words(panel, edited):
    assert [e.seq for e in entries(panel)] == sorted((e.seq for e in entries(panel)), reverse=True)
    assert entries(panel)[0].author == "测试员"
    assert "WiFi热点" in step_text(entries(panel)[0])
    set_language("en")
    assert "WiFi hotspot" in step_text(entries(panel)[0])


def test_old_and_new_values_of_each_field(panel, edited, settled):
    panel.entries.setCurrentRow(0)
    settled()
    assert rows(panel) == [["名称", "乙", "丙"]]


def test_back_to_a_state_and_forth_again(panel, workspace, edited, settled):
    panel.entries.setCurrentRow(2)
    settled()
    assert panel.back.text() == "回到此状态"
    panel.back.click()
    settled()
    assert name(workspace, edited) == "甲"
    assert [entry.undone for entry in entries(panel)[:3]] == [True, True, False]
    panel.entries.setCurrentRow(0)
    settled()
    assert panel.back.text() == "重做到此步"
    panel.back.click()
    settled()
    assert name(workspace, edited) == "丙"


def test_the_newest_state_is_where_we_are(panel, edited, settled):
    panel.entries.setCurrentRow(0)
    settled()
    assert not panel.back.isEnabled()


def test_only_the_selected_feature(panel, workspace, edited, settled):
    workspace.select({"wifi_hotspot": [edited]})
    panel.only_selected.setChecked(True)
    settled()
    assert len(entries(panel)) == 4  # made, and renamed three times
    workspace.select({"wifi_hotspot": [int(workspace.session.ids("wifi_hotspot")[1])]})
    settled()
    assert len(entries(panel)) == 1


def test_details_lead_to_the_feature(qtbot, panel, edited, settled):
    panel.entries.setCurrentRow(0)
    settled()
    with qtbot.waitSignal(panel.followed) as caught:
        panel.details.itemActivated.emit(panel.details.topLevelItem(0).child(0), 0)
    assert caught.args == ["wifi_hotspot", edited]


def test_restricted_values_are_masked(panel, workspace, edited, settled):
    workspace.perform(Update("wifi_hotspot", [edited], {"bssid": "ff:ff:ff:ff:ff:ff"}))
    settled()
    panel.entries.setCurrentRow(0)
    settled()
    assert rows(panel) == [["BSSID", "••••", "••••"]]


def test_a_new_city_says_what_will_stand_here(qtbot, workspace, panel):
    workspace.set_session(None)
    assert panel._empty.isVisible()
