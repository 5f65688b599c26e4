"""Stories of the checks in the real window: run, go there, mend, undo, ignore, and find it all again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.panels import issues_watch
from desktop.shell.notices import notices
from desktop.shell.window import MainWindow
from desktop.shell.words import set_language
from gis.editing.intents import Update
from gis.project import Session
from tests.gis.project.test_checking import town_file

__all__ = ["town_file"]


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Edits are looked at at once."""
    monkeypatch.setattr(issues_watch, "IDLE_MS", 10)


@pytest.fixture
def window(qtbot, store, town_file, tmp_path):
    """The window on the street of the checks' tests, its issues panel open."""
    path = tmp_path / "town.yantu"
    path.write_bytes(town_file.read_bytes())
    made = MainWindow(Session.open(path, author="测试员"), store)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    qtbot.waitUntil(lambda: not made.canvas.busy and not made.canvas.loading)
    made.bottom.show_page(made.issues)
    yield made
    made.close()


@pytest.fixture
def idle(qtbot, at_rest, window):
    """Waits until everything is done and no edit waits to be looked at."""

    def wait():
        at_rest()
        qtbot.waitUntil(lambda: window.issues.watch.checking is None or not window.issues.watch.checking.waiting)
        at_rest()
        qtbot.wait(1)
        at_rest()

    return wait


def rules(panel):
    return {
        panel.rules.topLevelItem(i).data(0, Qt.ItemDataRole.UserRole) for i in range(1, panel.rules.topLevelItemCount())
    }


def choose(panel, rule):
    row = next(i for i, issue in enumerate(panel.model.issues) if issue.rule == rule)
    index = panel.model.index(row, 0)
    panel.view.scrollTo(index)
    QTest.mouseClick(
        panel.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        panel.view.visualRect(index).center(),
    )  # fmt: skip
    return panel.model.issues[row]


def run(window, idle):
    idle()
    window.actions_["check.run"].trigger()
    idle()
    return window.issues


def test_before_the_first_run_it_says_what_to_do(window, idle):
    idle()
    assert window.issues._empty.isVisible()
    assert "开始检查" in window.issues._empty.text()
    assert window.issues.detail.fixes == []


def test_run_lists_by_rule_and_counts_errors_on_the_tab(window, idle):
    panel = run(window, idle)
    assert rules(panel) >= {"fibre_twice", "too_many_homes", "readers_near", "same_line"}
    errors = sum(issue.severity == "error" for issue in panel.model.issues)
    assert errors
    place = window.bottom.pages.indexOf(panel)
    assert str(errors) in window.bottom.tabs.tabText(place)
    assert "检查" in window.bottom.tabs.tabText(place)
    set_language("en")
    idle()
    assert "Checks" in window.bottom.tabs.tabText(place)
    assert panel.model.issues[0].text("en") == panel.model.data(panel.model.index(0, 0))


def test_a_click_selects_zooms_and_marks(window, idle, qtbot):
    panel = run(window, idle)
    issue = choose(panel, "readers_near")
    qtbot.waitUntil(lambda: "plate_reader" in window.workspace.selection)
    idle()
    assert set(window.workspace.selection["plate_reader"].tolist()) == set(issue.ids)
    x, y = window.canvas.center
    assert abs(x - issue.place[0]) < 1
    assert abs(y - issue.place[1]) < 1
    assert window.navigation.marker.place == pytest.approx(issue.place)
    assert "GB/T 35785" in panel.detail.why.text()
    assert "50 m" in panel.detail.why.text()


def test_the_keyboard_walks_through_the_list(window, idle, qtbot):
    panel = run(window, idle)
    choose(panel, panel.model.issues[0].rule)
    idle()
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Down)
    second = panel.model.issues[1]
    qtbot.waitUntil(lambda: set(window.workspace.selection.get(second.cls, ())) == set(second.ids))


def test_mending_one_and_undo_brings_it_back(window, idle):
    panel = run(window, idle)
    issue = choose(panel, "same_line")
    idle()
    QTest.mouseClick(panel.detail.button("checks.fix_delete_second"), Qt.MouseButton.LeftButton)
    idle()
    assert "same_line" not in rules(panel)
    assert window.session.count("road") == 1
    window.workspace.undo()
    idle()
    assert issue.key in [i.key for i in panel.model.issues]


def test_the_list_follows_edits_by_itself(window, idle):
    panel = run(window, idle)
    camera = int(window.session.ids("camera")[0])
    assert "camera_id_form" not in rules(panel)
    window.workspace.perform(Update("camera", [camera], {"gb28181_id": "7"}))
    idle()
    assert "camera_id_form" in rules(panel)
    window.workspace.perform(Update("camera", [camera], {"gb28181_id": None}))
    idle()
    assert "camera_id_form" not in rules(panel)


def test_all_alike_are_mended_as_one_step(window, idle):
    session = window.session
    node = int(session.ids("fibre_node", "code = 'N0'")[0])
    window.workspace.perform(Update("cable", session.ids("cable").tolist(), {"to_node": node}))
    panel = run(window, idle)
    count = sum(issue.rule == "end_off_point" for issue in panel.model.issues)
    assert count == 2
    choose(panel, "end_off_point")
    idle()
    button = panel.detail.button("checks.fix_detach", alike=True)
    assert button.isVisible()
    assert str(count) in button.text()
    steps = len(session.history())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    idle()
    assert "end_off_point" not in rules(panel)
    assert len(session.history()) == steps + 1
    assert str(count) in notices().recent[-1].message()


def test_ignoring_needs_a_reason_and_survives_reopening(window, idle, qtbot):
    panel = run(window, idle)
    issue = choose(panel, "too_many_homes")
    idle()
    assert not panel.detail.ignore_button.isEnabled()
    panel.detail.reason.setText("已与设计单位确认")
    QTest.mouseClick(panel.detail.ignore_button, Qt.MouseButton.LeftButton)
    idle()
    assert "too_many_homes" not in rules(panel)
    path = window.session.path
    window.projects.close()
    idle()
    window.projects.open(path)
    qtbot.waitUntil(lambda: window.session is not None)
    idle()
    assert "too_many_homes" not in rules(panel)
    assert "readers_near" in rules(panel)
    assert "检查于" in panel.run.toolTip()
    panel.show_ignored.click()
    idle()
    assert [i.key for i in panel.model.issues] == [issue.key]
    choose(panel, "too_many_homes")
    idle()
    assert "已与设计单位确认" in panel.detail.why.text()
    QTest.mouseClick(panel.detail.take_back_button, Qt.MouseButton.LeftButton)
    idle()
    panel.show_ignored.click()
    idle()
    assert "too_many_homes" in rules(panel)


def test_filters(window, idle, qtbot):
    panel = run(window, idle)
    whole = len(panel.model.issues)
    panel.severities.setCurrentIndex(panel.severities.findData("error"))
    panel.severities.activated.emit(0)
    idle()
    assert {issue.severity for issue in panel.model.issues} == {"error"}
    panel.severities.setCurrentIndex(0)
    panel.classes.setCurrentIndex(panel.classes.findData("plate_reader"))
    panel.reload()
    idle()
    assert {issue.cls for issue in panel.model.issues} == {"plate_reader"}
    panel.classes.setCurrentIndex(0)
    panel.filter.setText("读写器")
    qtbot.waitUntil(lambda: len(panel.model.issues) < whole)
    assert {issue.rule for issue in panel.model.issues} == {"readers_near"}
    panel.filter.clear()
    qtbot.waitUntil(lambda: len(panel.model.issues) == whole)
    panel.rules.setCurrentItem(panel.rules.topLevelItem(1))
    idle()
    assert len({issue.rule for issue in panel.model.issues}) == 1


def test_only_the_map_and_only_the_selection(window, idle):
    panel = window.issues
    idle()
    window.workspace.select({"road": window.session.ids("road")})
    panel.run_selected.trigger()
    idle()
    assert rules(panel) == {"same_line"}
    panel.run_map.trigger()
    idle()
    assert rules(panel) >= {"same_line", "readers_near"}


def test_rules_are_switched_off_and_limits_changed(window, idle):
    from desktop.panels.issues_rules import RulesDialog

    panel = run(window, idle)
    dialog = RulesDialog(panel.watch, window)
    dialog.show()
    for i in range(dialog.tree.topLevelItemCount()):
        item = dialog.tree.topLevelItem(i)
        if item.data(0, Qt.ItemDataRole.UserRole) == "same_line":
            item.setCheckState(0, Qt.CheckState.Unchecked)
    dialog.fields["readers_near", "metres"].setValue(10)
    dialog.accept()
    idle()
    assert "same_line" not in rules(panel)
    window.actions_["check.run"].trigger()
    idle()
    assert "readers_near" not in rules(panel)
    assert "fibre_twice" in rules(panel)


def test_stopping_a_run_leaves_the_list(window, idle):
    panel = run(window, idle)
    before = [issue.key for issue in panel.model.issues]
    panel.run.click()
    assert panel.watch.running
    panel.run.click()
    idle()
    assert [issue.key for issue in panel.model.issues] == before


def test_a_report_from_the_window(window, idle, tmp_path):
    panel = run(window, idle)
    panel.write_report(tmp_path / "报告.html")
    idle()
    text = (tmp_path / "报告.html").read_text("utf-8")
    assert "检查报告" in text
    assert "http" not in text


def test_a_project_opened_for_reading_offers_no_mending(qtbot, store, town_file, tmp_path):
    path = tmp_path / "town.yantu"
    path.write_bytes(town_file.read_bytes())
    window = MainWindow(Session.open(path, readonly=True), store)
    qtbot.addWidget(window)
    window.show()
    window.bottom.show_page(window.issues)
    qtbot.waitUntil(lambda: not window.canvas.busy and not window.workspace.jobs.busy)
    window.issues.run.click()
    qtbot.waitUntil(lambda: len(window.issues.model.issues) > 0)
    qtbot.waitUntil(lambda: not window.workspace.jobs.busy)
    choose(window.issues, "same_line")
    qtbot.waitUntil(lambda: bool(window.workspace.selection))
    assert not window.issues.detail._rows[0][0].isVisible()
    assert not window.issues.detail.ignore_button.isVisible()
    window.close()
