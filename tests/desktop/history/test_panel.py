"""The history names every edit and its values, and leads back to any moment."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import shapely

from desktop.panels.conflict import ConflictDialog
from desktop.panels.history_list import NOW, PAGE
from desktop.panels.history_overlay import box_of
from desktop.shell.words import set_language
from desktop.shell.workspace import step_text
from gis.editing.intents import Create, Delete, Load, Move, Update
from gis.geometry.columns import Columns


def entries(panel):
    return [panel.model.entry(i) for i in range(panel.model.rowCount())]


def rows(panel):
    top = panel.details.topLevelItem(0)
    return [[top.child(i).text(c) for c in range(3)] for i in range(top.childCount())]


def choose(panel, row):
    panel.entries.setCurrentIndex(panel.model.index(row))


def name(workspace, id):
    return workspace.session.row("wifi_hotspot", id)["name"]


def test_edits_stand_newest_first_with_author_and_words(panel, edited):
    assert [e.seq for e in entries(panel)] == sorted((e.seq for e in entries(panel)), reverse=True)
    assert entries(panel)[0].author == "测试员"
    assert "WiFi热点" in step_text(entries(panel)[0])
    set_language("en")
    assert "WiFi hotspot" in step_text(entries(panel)[0])


def test_old_and_new_values_of_each_field(panel, edited, rest):
    choose(panel, 0)
    rest()
    assert rows(panel) == [["名称", "乙", "丙"]]


def test_back_to_a_state_and_forth_again(panel, workspace, edited, rest):
    choose(panel, 2)
    rest()
    assert panel.back.text() == "回到此状态"
    panel.back.click()
    rest()
    assert name(workspace, edited) == "甲"
    assert [entry.undone for entry in entries(panel)[:3]] == [True, True, False]
    choose(panel, 0)
    rest()
    assert panel.back.text() == "重做到此步"
    panel.back.click()
    rest()
    assert name(workspace, edited) == "丙"


def test_the_newest_state_is_where_we_are(panel, edited, rest):
    choose(panel, 0)
    rest()
    assert not panel.back.isEnabled()


def test_only_the_selected_feature(panel, workspace, edited, rest):
    workspace.select({"wifi_hotspot": [edited]})
    panel.only_selected.setChecked(True)
    rest()
    assert len(entries(panel)) == 4  # made, and renamed three times
    workspace.select({"wifi_hotspot": [int(workspace.session.ids("wifi_hotspot")[1])]})
    rest()
    assert len(entries(panel)) == 1


def test_details_lead_to_the_feature(qtbot, panel, edited, rest):
    choose(panel, 0)
    rest()
    with qtbot.waitSignal(panel.followed) as caught:
        panel.details.itemActivated.emit(panel.details.topLevelItem(0).child(0), 0)
    assert caught.args == ["wifi_hotspot", edited]


def test_restricted_values_are_masked(panel, workspace, edited, rest):
    workspace.perform(Update("wifi_hotspot", [edited], {"bssid": "ff:ff:ff:ff:ff:ff"}))
    rest()
    choose(panel, 0)
    rest()
    assert rows(panel) == [["BSSID", "••••", "••••"]]


def test_a_new_city_says_what_will_stand_here(qtbot, workspace, panel):
    workspace.set_session(None)
    assert panel._empty.isVisible()


# Where we are, and far back


def marked(panel):
    return [panel.model.entry(i).seq for i in range(panel.model.rowCount()) if panel.model.index(i).data(NOW)]


def test_now_is_marked(panel, workspace, edited, rest):
    newest = entries(panel)[0].seq
    assert marked(panel) == [newest]
    workspace.undo(2)
    rest()
    assert marked(panel) == [newest - 2]


def test_a_jump_far_back_is_one_gesture_even_beyond_what_is_listed(panel, workspace, edited, rest):
    for i in range(40):
        workspace.session.perform(Update("wifi_hotspot", [edited], {"remark": str(i)}))
    rest()
    panel.filter.text.setText("新建")  # between now and there, nothing is listed
    rest()
    first = next(e for e in entries(panel) if "wifi_hotspot" in e.counts)
    choose(panel, panel.model.row_of(first.seq))
    rest()
    jobs = len(workspace.writes.jobs)
    panel.back.click()
    rest()
    assert len(workspace.writes.jobs) == jobs + 1
    assert workspace.session.row("wifi_hotspot", edited)["remark"] is None
    panel.filter.clear()
    rest()
    assert sum(e.undone for e in entries(panel)) == workspace.session.steps_to(entries(panel)[0].seq) * -1 > 40


def test_what_was_undone_for_good_offers_no_way_back(panel, workspace, edited, rest):
    workspace.session.undo(2)
    workspace.session.perform(Update("wifi_hotspot", [edited], {"name": "丁"}))
    rest()
    choose(panel, 1)
    rest()
    assert entries(panel)[1].superseded
    assert not panel.back.isEnabled()


def test_pages_come_as_they_are_wanted(panel, workspace, edited, rest):
    for i in range(PAGE + 30):
        workspace.session.perform(Update("wifi_hotspot", [edited], {"remark": str(i)}))
    rest()
    panel.reload()
    rest()
    assert panel.model.rowCount() == PAGE
    root = panel.entries.rootIndex()
    assert panel.model.canFetchMore(root)
    panel.model.fetchMore(root)
    rest()
    total = len(workspace.session.history(limit=10_000))
    assert panel.model.rowCount() == total
    assert not panel.model.canFetchMore(root)
    workspace.undo()
    rest()
    assert panel.model.rowCount() == total, "reading anew goes as far down as before"


# Filters


def test_words_authors_classes_and_days(panel, workspace, edited, rest):
    workspace.session.author = "李四"
    workspace.session.perform(
        Create("road", [{"name": "新路", "geom": shapely.LineString([(5e5, 3.69e6), (5e5, 3.7e6)])}])
    )
    workspace.session_changed.emit()  # as when the project is opened: who has edited is asked then
    rest()
    everything = len(entries(panel))
    bar = panel.filter
    bar.author.setCurrentIndex(bar.author.findData("李四"))
    panel.reload()
    rest()
    assert [e.author for e in entries(panel)] == ["李四"]
    bar.clear()
    bar.cls.setCurrentIndex(bar.cls.findData("wifi_hotspot"))
    panel.reload()
    rest()
    assert all("wifi_hotspot" in e.counts for e in entries(panel))
    assert 0 < len(entries(panel)) < everything
    bar.clear()
    bar.text.setText("名称")
    rest()
    assert len(entries(panel)) == 3
    bar.clear()
    bar.period.setCurrentIndex(bar.period.findData("0"))
    panel.reload()
    rest()
    assert len(entries(panel)) == everything
    bar.period.setCurrentIndex(bar.period.findData("between"))
    for day in (bar.since, bar.until):
        day.setDate(dt.date.today() - dt.timedelta(days=3))
    panel.reload()
    rest()
    assert entries(panel) == []
    assert "筛选" in panel._empty.text()


# Restoring


def test_a_deleted_feature_is_restored_from_its_entry(panel, workspace, edited, rest):
    workspace.perform(Delete("wifi_hotspot", [edited]))
    rest()
    choose(panel, 0)
    rest()
    menu = panel.entry_menu(panel.model.index(0))
    action = next(a for a in menu.actions() if a.text() == "恢复此已删除要素")
    action.trigger()
    rest()
    assert workspace.session.row("wifi_hotspot", edited)["name"] == "丙"
    assert list(workspace.selection) == ["wifi_hotspot"]


def test_the_timeline_restores_a_version(qtbot, panel, workspace, edited, rest):
    workspace.perform(Move("wifi_hotspot", [edited], 10, 0))
    rest()
    panel.open_timeline("wifi_hotspot", edited)
    page = panel.timeline
    qtbot.addWidget(page)
    page.show()
    with qtbot.waitSignal(page.shapes_wanted):
        rest()
        page.versions.setCurrentRow(3)
    assert page.versions.count() == 5
    assert "名称" in page.versions.item(1).text()
    assert "测试员" in page.versions.item(1).text()
    said = [[page.values.topLevelItem(i).text(c) for c in range(3)] for i in range(2)]
    assert ["名称", "甲", "丙"] in said
    page.restore.click()
    rest()
    assert workspace.session.row("wifi_hotspot", edited)["name"] == "甲"
    assert page.versions.count() == 6
    assert not page.restore.isEnabled() or page.versions.currentRow() > 0


# Conflicts


@pytest.fixture
def dialog(qtbot, panel, workspace, edited, foreign, rest):
    foreign("UPDATE wifi_hotspot SET name = '外部' WHERE id = ?", edited)
    workspace.undo()
    rest()
    (found,) = panel.window().findChildren(ConflictDialog)
    qtbot.waitUntil(found.isVisible)
    return found


def cells(dialog):
    field = dialog.rows.topLevelItem(0).child(0)
    return [field.text(c) for c in range(4)]


def test_a_conflict_shows_both_versions_and_keeps_the_chosen(dialog, workspace, edited, rest):
    assert cells(dialog) == ["名称", "丙", "✓ 乙", "外部"]
    field = dialog.rows.topLevelItem(0).child(0)
    dialog.rows.itemClicked.emit(field, 3)
    assert cells(dialog) == ["名称", "丙", "乙", "✓ 外部"]
    dialog.mine.click()
    dialog.apply.click()
    rest()
    assert workspace.session.row("wifi_hotspot", edited)["name"] == "乙"
    workspace.undo()
    rest()
    assert workspace.session.row("wifi_hotspot", edited)["name"] == "外部"


def test_leaving_a_conflict_changes_nothing(dialog, workspace, edited, rest):
    dialog.reject()
    rest()
    assert workspace.session.row("wifi_hotspot", edited)["name"] == "外部"


# The report, and bulk edits


def test_the_report_holds_what_is_listed(panel, workspace, edited, rest, tmp_path):
    panel.filter.text.setText("名称")
    rest()
    panel.write_report(tmp_path / "h.csv")
    rest()
    assert len({line.split(",")[0] for line in (tmp_path / "h.csv").read_text("utf-8-sig").splitlines()[1:]}) == 3


def test_a_bulk_edit_shows_some_rows_and_counts_the_rest(panel, workspace, rest):
    n = 1000
    shapes = shapely.points(5e5 + np.arange(n), np.full(n, 3.69e6))
    workspace.perform(Load(Columns("camera", np.zeros(n, np.int64), {}, shapes)))
    rest()
    choose(panel, 0)
    rest()
    assert panel.details.topLevelItemCount() == 201
    assert "800" in panel.details.topLevelItem(200).text(0)
    assert "1,000" in panel.card.text()


def test_the_box_of_a_change_holds_both_shapes():
    assert box_of([(shapely.Point(0, 0), shapely.Point(5, 7)), (None, None)]) == (0, 0, 5, 7)
    assert box_of([(None, None)]) is None
