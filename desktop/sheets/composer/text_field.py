"""Words in both languages with fields in braces, and a menu of the fields there are."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from desktop.sheets.composer.wording import FIELDS
from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded, words

LANGUAGES = (("zh", "中文"), ("en", "English"))


class TextField(QWidget):
    """``edited({"zh": …, "en": …})`` as the user types; the language of the window comes first."""

    edited = Signal(object)

    def __init__(self, label: str, lines: int = 3) -> None:
        super().__init__()
        self._value: dict[str, str] = {"zh": "", "en": ""}
        self.editors: dict[str, QPlainTextEdit] = {}
        self.fields: dict[str, QToolButton] = {}
        self._parts: dict[str, QWidget] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        for key, name in LANGUAGES:
            editor = QPlainTextEdit()
            editor.setTabChangesFocus(True)
            editor.setFixedHeight(26 + lines * 18)
            editor.setProperty("language", key)
            said = QLabel(name)
            said.setProperty("role", "faint")
            insert = QToolButton()
            insert.setProperty("role", "quiet")
            insert.setIcon(icon("mdi6.code-braces", "text_soft"))
            insert.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            for setter in ("setToolTip", "setAccessibleName"):
                worded(insert, setter, "Insert a field")
            menu = QMenu(insert)
            menu.aboutToShow.connect(self._fill)
            menu.setProperty("language", key)
            insert.setMenu(menu)
            head = QHBoxLayout()
            head.setContentsMargins(0, 0, 0, 0)
            head.addWidget(said, 1)
            head.addWidget(insert)
            part = QWidget()
            inside = QVBoxLayout(part)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(2)
            inside.addLayout(head)
            inside.addWidget(editor)
            editor.textChanged.connect(self._typed)
            self.editors[key], self.fields[key], self._parts[key] = editor, insert, part
        self._label = label
        words().changed.connect(self._say)
        self._say()

    def show_value(self, value: Mapping[str, str] | None) -> None:
        """Take words without telling; what is being typed is left alone when it says the same."""
        self._value = {"zh": "", "en": "", **(value or {})}
        for key, editor in self.editors.items():
            if editor.toPlainText() != self._value[key]:
                editor.blockSignals(True)
                editor.setPlainText(self._value[key])
                editor.blockSignals(False)

    def take_focus(self) -> None:
        """The keyboard to the words of the window's language, all of them selected."""
        editor = self.editors[language()]
        editor.setFocus(Qt.FocusReason.OtherFocusReason)
        editor.selectAll()

    def _typed(self) -> None:
        value = {key: editor.toPlainText() for key, editor in self.editors.items()}
        if value != self._value:
            self._value = value
            self.edited.emit(dict(value))

    def _fill(self) -> None:
        menu = self.sender()
        assert isinstance(menu, QMenu)
        menu.clear()
        key = menu.property("language")
        for name, label in FIELDS:
            action = menu.addAction(f"{tr(label)}    {{{name}}}")
            action.setData((key, name))
            action.triggered.connect(self._insert)

    def _insert(self) -> None:
        key, name = self.sender().data()  # type: ignore[attr-defined]
        self.editors[key].insertPlainText(f"{{{name}}}")
        self.editors[key].setFocus()

    def _say(self, *_language: object) -> None:
        first = language()
        for key in (first, "en" if first == "zh" else "zh"):
            self._column.removeWidget(self._parts[key])
            self._column.addWidget(self._parts[key])
        for key, name in LANGUAGES:
            self.editors[key].setAccessibleName(f"{tr(self._label)} ({name})")
