"""Every action can be reached by menu, palette and keyboard; its keys are the user's to choose."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QLabel

from desktop.shell.command_palette import CommandPalette
from desktop.shell.settings import SettingsStore, Shortcut
from desktop.shell.settings_dialog import SettingsDialog
from desktop.shell.shortcut_sheet import ShortcutSheet
from desktop.shell.words import chinese, set_language
from gis.editing.intents import Update


def suggestions(palette: CommandPalette, text: str) -> list[str]:
    return [one.text for one in palette._doings(text)]


def test_every_action_has_words_in_both_languages(window):
    texts = window.actions_.texts()
    for id, text in texts.items():
        assert text, id
        assert text in chinese(), f"{id}: {text}"
    set_language("en")
    assert all(action.text() for action in window.actions_)


def test_no_two_actions_have_the_same_keys(window):
    keys = Counter(window.actions_.keys(action.objectName()) for action in window.actions_)
    del keys[""]
    assert [one for one, count in keys.items() if count > 1] == []


def test_every_action_stands_in_the_menu(window):
    menu = window.commands.all_commands
    menu.fill()
    there = [action for family in menu.actions() for action in family.menu().actions()]
    assert sorted(a.objectName() for a in there) == sorted(a.objectName() for a in window.actions_)
    window.commands._fill_project_menu()
    assert menu.menuAction() in window.commands.project_menu.actions()


def test_every_action_that_can_be_done_is_found_by_its_words(window):
    window.actions_["mode.edit"].trigger()
    window.workspace.select({"wifi_hotspot": window.session.ids("wifi_hotspot")[:2]})
    for action in window.actions_:
        if action.isEnabled() and action.objectName() != "palette":
            assert action.text() in suggestions(window.palette_, action.text())
            assert action.text() in suggestions(window.palette_, window.actions_.texts()[action.objectName()])


@pytest.fixture
def page(qtbot, window):
    dialog = SettingsDialog(window.store, window, window.actions_)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.pages.setCurrentIndex(1)
    return dialog.shortcuts


def shown(page):
    return [item.data(0, Qt.ItemDataRole.UserRole) for item in page._items() if not item.isHidden()]


def test_keys_are_pressed_and_kept(qtbot, window, page):
    page.choose("view.full")
    page.keys.setFocus()
    qtbot.keyClick(page.keys, Qt.Key.Key_F9, Qt.KeyboardModifier.ControlModifier)
    assert page.taken.text() == ""
    page.set.click()
    assert window.actions_["view.full"].shortcut() == QKeySequence("Ctrl+F9")
    assert "Ctrl+F9" in window.actions_["view.full"].toolTip()
    assert SettingsStore(window.store.path.parent).now.shortcuts == (Shortcut("view.full", "Ctrl+F9"),)
    assert suggestions(window.palette_, "全图")[0] == "全图"
    assert window.palette_._doings("全图")[0].note == "Ctrl+F9"
    page.reset.click()
    assert window.actions_.keys("view.full") == "Ctrl+0"
    assert window.store.now.shortcuts == ()


def test_recording_does_nothing_else(qtbot, window, page):
    page.choose("view.full")
    page.keys.setFocus()
    before = window.workspace.mode
    qtbot.keyClick(page.keys, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.workspace.mode == before
    assert "编辑" in page.taken.text(), "says who has them"


def test_taken_keys_change_hands(window, page):
    page.choose("view.full")
    page.record("Ctrl+2")
    page.set.click()
    assert window.actions_.keys("view.full") == "Ctrl+2"
    assert window.actions_.keys("mode.edit") == ""
    page.choose("mode.edit")
    page.reset.click()
    assert window.actions_.keys("mode.edit") == "Ctrl+2"
    assert window.actions_.keys("view.full") == "Ctrl+0"


def test_no_keys_and_all_as_they_were(window, page):
    own = {a.objectName(): window.actions_.keys(a.objectName()) for a in window.actions_}
    page.choose("edit.undo")
    page.none.click()
    page.choose("tool.browse")
    page.record("F12")
    page.set.click()
    assert window.actions_.keys("edit.undo") == ""
    page.reset_all.click()
    assert {id: window.actions_.keys(id) for id in own} == own


def test_actions_are_found_by_words_and_keys(page):
    everything = shown(page)
    page.find.setText("ctrl+k")
    assert shown(page) == ["palette"]
    page.find.setText("undo")
    assert shown(page) == ["edit.undo"]
    page.find.clear()
    assert shown(page) == everything


def test_own_keys_are_there_after_a_restart(qtbot, window, store, session):
    from desktop.shell.window import MainWindow

    window.actions_.set_keys("tool.browse", "F12")
    again = MainWindow(None, SettingsStore(store.path.parent))
    qtbot.addWidget(again)
    assert again.actions_.keys("tool.browse") == "F12"
    again.close()


def test_the_sheet_names_every_shortcut(qtbot, window):
    window.actions_["shortcuts"].trigger()
    (sheet,) = window.findChildren(ShortcutSheet)
    said = "".join(label.text() for label in sheet.columns)
    for action in window.actions_:
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        if keys:
            assert action.text().rstrip("…") in said.replace("&amp;", "&"), action.objectName()
    window.actions_.set_keys("tool.browse", "F12")
    assert "F12" in "".join(label.text() for label in sheet.columns)
    sheet.accept()


# Escape


def tools(window):
    return [a.objectName() for a in window.actions_ if a.objectName().startswith("tool.")]


def test_every_tool_says_what_to_do(window, at_rest):
    window.actions_["mode.edit"].trigger()
    for id in tools(window):
        window.actions_[id].trigger()
        assert window.canvas.tool.hint, id


def test_escape_goes_back_step_by_step_from_every_tool(qtbot, window, at_rest):
    window.actions_["mode.edit"].trigger()
    for id in [*tools(window), "edit.add"]:
        window.workspace.select({})
        window.actions_[id].trigger()
        window.canvas.setFocus()
        for _ in range(4):
            qtbot.keyClick(window.canvas, Qt.Key.Key_Escape)
        assert not window.canvas.tool.busy, id
        assert window.canvas.tool.name in ("select", "browse"), id
        assert window.isVisible(), id


def test_escape_closes_what_lies_over_the_window(qtbot, window):
    window.actions_["shortcuts"].trigger()
    window.actions_["settings"].trigger()
    for dialog in window.findChildren(QDialog):
        if dialog.isVisible():
            qtbot.keyClick(dialog, Qt.Key.Key_Escape)
            assert not dialog.isVisible()
    window.actions_["palette"].trigger()
    assert window.palette_.isVisible()
    qtbot.keyClick(window.palette_, Qt.Key.Key_Escape)
    assert not window.palette_.isVisible()


# Menus at the right button


def test_there_are_menus_at_the_right_button(window, at_rest):
    custom = Qt.ContextMenuPolicy.CustomContextMenu
    assert window.layers.tree.contextMenuPolicy() == custom
    assert window.history.entries.contextMenuPolicy() == custom
    assert window.table.view.contextMenuPolicy() == custom
    id = int(window.session.ids("wifi_hotspot")[0])
    window.session.perform(Update("wifi_hotspot", [id], {"name": "甲"}))
    window.bottom.show_page(window.history)
    at_rest()
    menu = window.history.entry_menu(window.history.model.index(0))
    assert [a for a in menu.actions() if a.text()]
    menu.close()


def test_a_hint_of_the_sheet_is_readable(qtbot, window):
    sheet = ShortcutSheet(window.actions_, window)
    qtbot.addWidget(sheet)
    assert all(isinstance(label, QLabel) and label.text() for label in sheet.columns)
