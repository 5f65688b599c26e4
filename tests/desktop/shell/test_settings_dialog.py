"""Every setting is in force as soon as it is chosen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from desktop.shell.settings import SettingsStore
from desktop.shell.settings_dialog import SettingsDialog
from desktop.shell.theme import theme
from desktop.shell.words import language


@pytest.fixture
def dialog(qtbot, window):
    made = SettingsDialog(window.store, window)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    return made


def choose(box, data):
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def test_language_and_look(window, dialog):
    choose(dialog.language, "en")
    assert language() == "en"
    assert dialog.windowTitle() == "Settings"
    assert [dialog.look.itemText(i) for i in range(3)] == ["As the system", "Light", "Dark"]
    choose(dialog.look, "dark")
    assert theme().dark
    assert SettingsStore(window.store.path.parent).now.theme == "dark"


def test_the_author_signs_the_next_edit(qtbot, window, dialog):
    dialog.author.setText("李工")
    dialog.author.editingFinished.emit()
    assert window.session.author == "李工"
    dialog.author.setText("   ")
    dialog.author.editingFinished.emit()
    assert dialog.author.text() == "李工"


def test_decimals_of_coordinates(window, dialog):
    choose(dialog.decimals, 3)
    window.status.show_place(500_000.1234, 3_690_000)
    assert window.status.coordinate.text() == "东 500,000.123  北 3,690,000.000"


def test_restricted_fields_are_shown_when_asked_for(window, dialog):
    assert not window.table.model.restricted
    dialog.restricted.click()
    assert window.table.model.restricted
