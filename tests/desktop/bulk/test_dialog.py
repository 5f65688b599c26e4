"""Bulk changes in the real window: seen first, written as one step, taken back; what is wrong is said in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.bulk.dialog import BulkDialog
from desktop.bulk.saved import KIND
from desktop.shell.window import MainWindow
from desktop.shell.words import set_language


@pytest.fixture
def dialog(qtbot, window: MainWindow, at_rest: Callable[[], None]) -> Any:
    window.workspace.set_class("wifi_hotspot")
    window.actions_["edit.bulk"].trigger()
    made = window.findChild(BulkDialog)
    at_rest()
    yield made
    made.close()


@pytest.fixture
def seen(qtbot, dialog: BulkDialog, at_rest: Callable[[], None]) -> Callable[[], None]:
    """Waits until the preview of what was typed is there."""

    def wait() -> None:
        qtbot.waitUntil(lambda: not dialog._later.isActive() and dialog._job is None)
        at_rest()

    return wait


def choose(box: Any, data: str) -> None:
    box.setCurrentIndex(box.findData(data))
    assert box.currentData() == data


def column(window: MainWindow, field: str) -> list[Any]:
    rows = window.session.columns("wifi_hotspot", ["code", field], geometry=False)
    return [v for _, v in sorted(zip(rows.fields["code"], rows.fields[field].tolist(), strict=True))]


def test_calculate(qtbot, window, dialog, seen, at_rest):
    page = dialog.pages["calculate"]
    assert (dialog.cls.name, dialog.scope.currentData()) == ("wifi_hotspot", "all")
    choose(page.field, "height_m")
    page.expression.edit.setFocus()
    QTest.keyClicks(page.expression.edit, "height_m * 2 ")
    seen()
    assert page.expression.said.text() == "结果是数字"
    assert dialog.counts.text() == "40 个改变，0 个不变，0 个不合要求"
    assert dialog.model.rowCount() == 40
    before = column(window, "height_m")
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    at_rest()
    seen()
    assert column(window, "height_m") == [v * 2 for v in before]
    window.actions_["edit.undo"].trigger()
    at_rest()
    seen()
    assert column(window, "height_m") == before
    kept = window.session.documents(KIND)
    assert [body["body"]["settings"] for body in kept.values()] == [[["height_m", "height_m * 2"]]]


def test_what_does_not_fit_is_shown_and_may_be_left_out(qtbot, window, dialog, seen, at_rest):
    page = dialog.pages["calculate"]
    choose(page.field, "height_m")
    page.expression.set_text("if(free, '高', height_m + 1)")
    seen()
    assert dialog.counts.text() == "20 个改变，0 个不变，20 个不合要求"
    assert not dialog.apply.isEnabled()
    assert "数字" in dialog.model.text(dialog._picture.rows[0], 4)
    dialog.only_fitting.setChecked(True)
    assert dialog.apply.isEnabled()
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    at_rest()
    assert len(window.session.history(limit=1)) == 1
    assert window.session.history(limit=1)[0].label == "edit.calculate"


def test_errors_are_told_where_they_are(dialog, seen):
    page = dialog.pages["calculate"]
    page.expression.set_text("height_m + nothing")
    seen()
    assert "第 12 个字符" in page.expression.said.text()
    (marked,) = page.expression.edit.extraSelections()
    assert marked.cursor.selectedText() == "nothing"
    assert not dialog.apply.isEnabled()
    page.expression.set_text("height_m +")
    assert page.expression.said.text() == "表达式还没写完"
    dialog.where.setText("height_m >")
    seen()
    assert dialog.where.property("wrong")
    set_language("en")
    assert page.expression.said.text() == "Not finished yet"
    assert dialog.windowTitle() == "Bulk change"
    set_language("zh")


def test_words_are_completed(dialog):
    edit = dialog.pages["calculate"].expression.edit
    edit.setFocus()
    QTest.keyClicks(edit, "roun")
    assert edit.completer.currentCompletion().startswith("round()")
    edit._complete(edit.completer.currentCompletion())
    assert edit.toPlainText() == "round()"
    assert edit.textCursor().position() == len("round(")
    edit.setPlainText("")
    QTest.keyClicks(edit, "'roun")
    assert edit.word() == ""


def test_only_what_is_selected(window, dialog, seen, at_rest):
    ids = window.session.ids("wifi_hotspot")[:3]
    window.workspace.select({"wifi_hotspot": ids})
    at_rest()
    choose(dialog.scope, "selected")
    page = dialog.pages["calculate"]
    choose(page.field, "remark")
    page.expression.set_text("'x'")
    seen()
    assert dialog._picture.proposal.ids.tolist() == sorted(ids.tolist())
    dialog.where.setText("code = '?'")
    seen()
    assert len(dialog._picture.proposal.ids) == 0
    assert dialog.said.isVisible()


def test_rows_of_the_filtered_table(window, dialog, seen, at_rest):
    window.open_table("wifi_hotspot")
    window.table.filter.setText("盐城站")
    window.table.reload()
    at_rest()
    dialog._scopes()
    choose(dialog.scope, "table")
    assert dialog.wish().ids is not None
    assert len(np.asarray(dialog.wish().ids)) == 10


def test_find_and_replace(qtbot, window, dialog, seen, at_rest):
    dialog.show_page("replace")
    page = dialog.pages["replace"]
    page.find.setText("人民公园")
    page.put.setText("中心公园")
    choose(page.field, "name")
    seen()
    assert dialog._picture.proposal.changed == 10
    page.regular.setChecked(True)
    page.find.setText("(a+)+")
    seen()
    assert page.problem.isVisible()
    assert not dialog.apply.isEnabled()
    page.find.setText(r"(\d+) 号")
    page.put.setText(r"\1#")
    seen()
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    at_rest()
    assert column(window, "name")[5] == "盐城站 5#"


def test_from_the_place(qtbot, window, dialog, seen, at_rest):
    dialog.show_page("place")
    page = dialog.pages["place"]
    choose(page.field, "remark")
    choose(page.take, "name")
    seen()
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    at_rest()
    assert set(column(window, "remark")) == {"亭湖区"}
    choose(page.relation, "nearest")
    choose(page.source, "road")
    assert page.within.isVisible()
    assert not page.level.isVisible()


def test_renumber(qtbot, window, dialog, seen, at_rest):
    dialog.show_page("number")
    page = dialog.pages["number"]
    page.template.setText("JK{area}{n:04}")
    choose(page.order, "west_east")
    seen()
    assert dialog._picture.proposal.changed == 40
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    at_rest()
    assert column(window, "code") == [f"JK320902{n:04}" for n in range(1, 41)]
    page.template.setText("{nothing}")
    seen()
    assert page.problem.isVisible()


def test_kept_calculations_come_back(qtbot, window, dialog, seen, at_rest):
    page = dialog.pages["calculate"]
    choose(page.field, "remark")
    page.expression.set_text("concat(code, '!')")
    seen()
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    at_rest()
    dialog.saved.save("感叹")
    at_rest()
    page.expression.set_text("")
    dialog.saved._fill()
    actions = [action for action in dialog.saved._menu.actions() if action.text() == "感叹"]
    actions[0].trigger()
    assert page.expression.text() == "concat(code, '!')"
    assert "感叹" in window.session.documents(KIND)
    dialog.load("wifi_hotspot", {"kind": "calculate"})  # broken: said, not raised


def test_every_class_can_be_shown(dialog, seen):
    for row in range(dialog.classes.count()):
        dialog.classes.setCurrentIndex(row)
        dialog._class_chosen()
        for kind in dialog.pages:
            dialog.show_page(kind)
            dialog.page.operation()
    seen()
