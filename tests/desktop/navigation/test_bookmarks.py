"""Bookmarks: added from the keyboard, gone to, renamed, removed, and there again after the project was reopened."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from desktop.navigation.bookmarks import KIND, Bookmark
from desktop.shell.notices import notices
from desktop.shell.window import MainWindow
from gis.project import Session


def names(window):
    return [one.name for one in window.navigation.bookmarks.all()]


def listed(popup):
    return [popup.list.item(row).text() for row in range(popup.list.count())]


@pytest.fixture
def bookmarked(qtbot, window, at_rest):
    """Two bookmarks, the second one made elsewhere."""
    for name, x in (("甲", 500_000.0), ("乙", 502_000.0)):
        window.canvas.show_place(x, 3_690_000.0, 2000.0)
        window.actions_["view.bookmark"].trigger()
        line = window.navigation.popup.name
        assert line.selectedText() == line.text()  # typing replaces what is proposed
        line.setText(name)
        qtbot.keyClick(line, Qt.Key.Key_Return)
    at_rest()
    return window.navigation


def test_it_is_named_after_area_and_road(qtbot, window, at_rest):
    window.canvas.show_place(501_000.0, 3_690_000.0, 5000.0)
    at_rest()
    window.actions_["view.bookmark"].trigger()
    assert window.navigation.popup.name.text() == "亭湖区 建军中路"
    qtbot.keyClick(window.navigation.popup.name, Qt.Key.Key_Return)
    window.actions_["view.bookmark"].trigger()
    assert window.navigation.popup.name.text() == "亭湖区 建军中路 2"
    window.navigation.popup.hide()
    window.canvas.zoom_full()  # a county seen whole is not its road
    window.actions_["view.bookmark"].trigger()
    assert window.navigation.popup.name.text() == "亭湖区"
    window.navigation.popup.hide()
    at_rest()


def test_going_there_shows_place_and_scale(qtbot, window, bookmarked):
    window.canvas.zoom_full()
    window.actions_["view.bookmarks"].trigger()
    popup = bookmarked.popup
    assert sorted(listed(popup)) == ["乙", "甲"]
    popup.list.setCurrentRow(listed(popup).index("甲"))
    qtbot.keyClick(popup.list, Qt.Key.Key_Return)
    assert not popup.isVisible()
    assert window.canvas.center == pytest.approx((500_000.0, 3_690_000.0), abs=window.canvas.view.resolution)
    assert window.canvas.scale_denominator == pytest.approx(2000)


def test_renaming_and_removing(qtbot, window, bookmarked, at_rest):
    window.actions_["view.bookmarks"].trigger()
    popup = bookmarked.popup
    popup.list.setCurrentRow(listed(popup).index("甲"))
    popup.rename.click()
    editor = popup.list.findChild(QLineEdit)
    editor.setText("乙")  # taken
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: sorted(names(window)) == ["乙", "乙 2"])
    popup.list.setCurrentRow(listed(popup).index("乙"))
    qtbot.keyClick(popup.list, Qt.Key.Key_Delete)
    assert names(window) == ["乙 2"]
    popup.hide()
    at_rest()
    assert list(window.session.documents(KIND)) == ["乙 2"]
    assert window.session.documents(KIND)["乙 2"]["x"] == pytest.approx(500_000.0, abs=1.0)


def test_they_are_there_after_a_restart(qtbot, window, bookmarked, store, session, at_rest):
    path = session.path
    window.workspace.set_session(None)
    session.close()
    again = Session.open(path, author="测试员")
    window.workspace.set_session(again)
    qtbot.waitUntil(lambda: sorted(names(window)) == ["乙", "甲"])
    at_rest()


def test_a_read_only_project_refuses_with_a_notice(qtbot, store, session):
    path = session.path
    session.put_document(KIND, "旧", Bookmark("旧", 500_500.0, 3_690_100.0, 1500.0).body())
    session.put_document(KIND, "坏", {"x": "nowhere"})  # of another program: left alone
    session.close()
    with Session.open(path, readonly=True) as readonly:
        window = MainWindow(readonly, store)
        qtbot.addWidget(window)
        window.show()
        qtbot.waitUntil(lambda: names(window) == ["旧"])
        qtbot.waitUntil(lambda: not window.canvas.busy and not window.canvas.loading)
        window.actions_["view.bookmark"].trigger()
        qtbot.keyClick(window.navigation.popup.name, Qt.Key.Key_Return)
        assert [notice for notice in notices().recent if "只读" in notice.message()]
        assert names(window) == ["旧"]
        window.close()


def test_the_palette_goes_to_them(qtbot, window, bookmarked):
    window.actions_["view.goto"].trigger()
    palette = window.palette_
    assert [palette.list.item(row).text() for row in range(palette.list.count())] == sorted(
        names(window), key=str.casefold
    )
    palette.line.setText("乙")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.canvas.center[0] == pytest.approx(502_000.0, abs=window.canvas.view.resolution)
