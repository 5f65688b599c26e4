"""Editors of fields with a few answers: code lists, and yes or no."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QCompleter,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from desktop.forms.fields import SEVERAL, FieldEditor, dress
from desktop.shell.words import language, tr, words
from gis.catalogue import FeatureClass, Field


class CodeEditor(FieldEditor):
    """A code list: shows labels in the current language, finds by any part of them."""

    def __init__(self, cls: FeatureClass, field: Field) -> None:
        super().__init__(cls, field)
        self.box = QComboBox()
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.box.setMaxVisibleItems(16)
        self.box.setMinimumContentsLength(6)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.installEventFilter(self)
        self.setFocusProxy(self.box)
        self._several = False
        self._strange: str | None = None  # a stored value that the list does not know
        self._fill()
        completer = self.box.completer()
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.box.activated.connect(self._edited)
        self.box.lineEdit().textEdited.connect(self._edited)
        self.box.lineEdit().returnPressed.connect(self.committed)
        self._row.addWidget(self.box, 1)
        words().changed.connect(self._say)

    def set_editable(self, editable: bool) -> None:
        """See FieldEditor."""
        self.box.setEnabled(editable)
        dress(self.box, "reading", not editable)
        self._hint()

    def _hint(self) -> None:
        empty = "" if self.box.isEnabled() else "—"
        self.box.lineEdit().setPlaceholderText(tr("several values") if self._several else empty)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the wheel for scrolling the form: a list changed by a passing wheel is an edit nobody meant."""
        if isinstance(event, QWheelEvent):
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _say(self) -> None:
        given = self._given()
        self._fill()
        self._show(given)

    def _fill(self) -> None:
        self.box.clear()
        self.box.addItem("", None)
        for code in self.field.codes:
            self.box.addItem(code.label.text(language()), code.value)

    def _edited(self) -> None:
        self._several, self._strange = False, None
        self.edited.emit()

    def _show(self, value: Any) -> None:
        self._several = value is SEVERAL
        index = self.box.findData(value) if value is not SEVERAL else 0
        self._strange = str(value) if index < 0 else None
        self.box.setCurrentIndex(max(index, 0))
        if self._strange is not None:
            self.box.setEditText(self._strange)
        self._hint()
        self.box.lineEdit().setCursorPosition(0)

    def _given(self) -> Any:
        if self._several:
            return SEVERAL
        text = self.box.currentText()
        if self._strange is not None and text == self._strange:
            return self._strange
        index = self.box.findText(text, Qt.MatchFlag.MatchFixedString)
        return self.box.itemData(index) if index >= 0 else text

    @property
    def dirty(self) -> bool:
        """See FieldEditor; a strange stored value left alone is no edit."""
        return self._given() != self.original if self._strange is not None else super().dirty

    def _marked(self) -> QWidget:
        return self.box


class BooleanEditor(FieldEditor):
    """Yes, no or unknown, side by side; only the answer while it cannot be changed."""

    def __init__(self, cls: FeatureClass, field: Field) -> None:
        super().__init__(cls, field)
        self._group = QButtonGroup(self)
        self._several, self._editable = False, True
        self._frame = QFrame()
        self._frame.setProperty("role", "segments")
        inside = QHBoxLayout(self._frame)
        inside.setContentsMargins(2, 2, 2, 2)
        inside.setSpacing(2)
        for place in (1, 0, 2):
            button = QToolButton()
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._group.addButton(button, place)
            inside.addWidget(button)
        self._answer = QLineEdit()
        self._answer.setReadOnly(True)
        dress(self._answer, "reading", True)
        self._row.addWidget(self._frame, 1)
        self._row.addWidget(self._answer, 1)
        self.setFocusProxy(self._group.button(1))
        self._group.idClicked.connect(self._edited)
        self._say()
        words().changed.connect(self._say)

    def button(self, value: bool | None) -> QToolButton:
        """The button of an answer."""
        found = self._group.button(2 if value is None else int(value))
        assert isinstance(found, QToolButton)
        return found

    def set_editable(self, editable: bool) -> None:
        """See FieldEditor."""
        self._editable = editable
        self._frame.setVisible(editable)
        self._answer.setVisible(not editable)

    def _say(self) -> None:
        label = self.field.label.text(language())
        for value, said in ((True, tr("Yes")), (False, tr("No")), (None, tr("Unknown"))):
            self.button(value).setText(said)
            self.button(value).setAccessibleName(f"{label}: {said}")
        self._answer.setAccessibleName(label)
        self._tell()

    def _tell(self) -> None:
        chosen = self._group.checkedButton()
        known = chosen is not None and self._group.checkedId() != 2
        self._answer.setText(tr("several values") if self._several else chosen.text() if known else "")
        self._answer.setPlaceholderText("—")

    def _edited(self) -> None:
        self._several = False
        self.edited.emit()

    def _show(self, value: Any) -> None:
        self._several = value is SEVERAL
        self._group.setExclusive(False)
        for button in self._group.buttons():
            button.setChecked(False)
        self._group.setExclusive(True)
        if not self._several:
            self.button(None if value is None else bool(value)).setChecked(True)
        self._tell()

    def _given(self) -> Any:
        chosen = self._group.checkedId()
        return SEVERAL if self._several or chosen < 0 else {1: True, 0: False}.get(chosen)

    def _marked(self) -> QWidget:
        return self._frame
