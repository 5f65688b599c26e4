"""Editors of a form's fields; a value is checked as it is typed, by the rules of editing itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QDate, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCalendarWidget,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from desktop.shell.formatting import number, value_text
from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded
from gis.catalogue import FeatureClass, Field
from gis.editing.values import read_value
from gis.errors import Refusal

SEVERAL = object()  # the value of a field in which the chosen rows differ


class FieldEditor(QWidget):
    """Base of all editors: holds one value in stored form, None = null, SEVERAL = the rows differ."""

    edited = Signal()  # the user changed something
    committed = Signal()  # the user pressed Enter

    def __init__(self, cls: FeatureClass, field: Field) -> None:
        super().__init__()
        self.cls, self.field = cls, field
        self.original: Any = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_value(self, value: Any) -> None:
        """Take a stored value as the unedited state."""
        if isinstance(value, float) and math.isnan(value):
            value = None
        self.original = value
        self._show(value)
        self._mark("")

    def stored(self, value: Any) -> None:
        """This value has been written: what stands in the editor is compared with it from now on."""
        self.original = value

    @property
    def dirty(self) -> bool:
        """Whether what stands in the editor is another value than the stored one."""
        given = self._given()
        if given is SEVERAL or self.original is SEVERAL:
            return given is not SEVERAL
        try:
            return not _same(read_value(self.cls, self.field, given), self.original)
        except Refusal:
            return True

    def value(self) -> Any:
        """What stands in the editor, in stored form. Raises Refusal ``edit.*`` when it does not fit."""
        made = read_value(self.cls, self.field, self._given())
        if made is None and self.field.required:
            raise Refusal("edit.required", **_required_args(self.cls, self.field))
        return made

    def say(self) -> None:
        """The language has changed: what stands beside the value is said anew."""

    def problem(self) -> str:
        """What is wrong with the value, in the user's language; empty when nothing is."""
        if not self.dirty:
            return ""
        try:
            self.value()
        except Refusal as refusal:
            hint = refusal.hint(language())
            return f"{refusal.message(language())}\n{hint}" if hint else refusal.message(language())
        return ""

    def current(self) -> Any:
        """What stands in the editor, in stored form; None where it differs, is empty or does not fit."""
        given = self._given()
        if given is SEVERAL:
            return None
        try:
            return read_value(self.cls, self.field, given)
        except Refusal:
            return None

    def enter(self, value: Any) -> None:
        """Put a stored value in as if the user had typed it."""
        self._show(value)
        self.edited.emit()

    def offer(self, answers: Sequence[Any]) -> None:
        """Name the usual answers; editors that cannot show them pass them over."""

    def check(self) -> str:
        """`problem`, shown on the editor too."""
        said = self.problem()
        self._mark(said)
        return said

    def set_editable(self, editable: bool) -> None:
        """Let the user change the value, or only read and copy it."""
        raise NotImplementedError

    def _show(self, value: Any) -> None:
        raise NotImplementedError

    def _given(self) -> Any:
        raise NotImplementedError

    def _marked(self) -> QWidget:
        raise NotImplementedError

    def _mark(self, problem: str) -> None:
        dress(self._marked(), "wrong", bool(problem))


def dress(widget: QWidget, name: str, on: bool) -> None:
    """Set a property that the style sheet asks for, and let the widget look so."""
    if bool(widget.property(name)) != on:
        widget.setProperty(name, on)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class TextEditor(FieldEditor):
    """Text and numbers on one line, the unit beside it; restricted values are masked until asked for."""

    def __init__(self, cls: FeatureClass, field: Field) -> None:
        super().__init__(cls, field)
        self.line = QLineEdit()
        self.line.textEdited.connect(self._edited)
        self.line.returnPressed.connect(self.committed)
        self.setFocusProxy(self.line)
        self._several = False
        self._shown: str | None = ""
        self._row.addWidget(self.line, 1)
        self._unit = QLabel(field.unit_text(language()))
        self._unit.setProperty("role", "soft")
        self._unit.setMinimumWidth(36)
        self._row.addWidget(self._unit)
        if field.restricted:
            self.line.setEchoMode(QLineEdit.EchoMode.Password)
            self._eye = QToolButton()
            self._eye.setIcon(icon("mdi6.eye-outline", "text_soft"))
            self._eye.setCheckable(True)
            self._eye.toggled.connect(self._reveal)
            worded(self._eye, "setToolTip", "Show the restricted value")
            worded(self._eye, "setAccessibleName", "Show the restricted value")
            self._row.addWidget(self._eye)

    @property
    def dirty(self) -> bool:
        """See FieldEditor. What is only read may be dressed ("1,920 px") in a way that could not be typed."""
        if self.original is not SEVERAL and self.line.text() == self._shown:
            return False
        return super().dirty

    def say(self) -> None:
        """See FieldEditor."""
        self._unit.setText(self.field.unit_text(language()))

    def set_editable(self, editable: bool) -> None:
        """See FieldEditor."""
        self.line.setReadOnly(not editable)
        dress(self.line, "reading", not editable)
        self._unit.setVisible(editable and bool(self.field.unit))
        if not self.dirty:
            self._show(self.original)

    def enter(self, value: Any) -> None:
        """See FieldEditor."""
        self._show(value)
        self._shown = None  # what stands there is typed, not dressed for reading
        self.edited.emit()

    def _edited(self) -> None:
        self._several = False
        self.edited.emit()

    def _reveal(self, shown: bool) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)

    def _show(self, value: Any) -> None:
        self._several = value is SEVERAL
        self._shown = "" if value is None or value is SEVERAL else self._text(value)
        self.line.setText(self._shown)
        self.line.setCursorPosition(0)
        self.line.setPlaceholderText(self._hint())

    def _text(self, value: Any) -> str:
        if self.field.type in ("integer", "real"):
            if self.line.isReadOnly():
                return value_text(self.field, value)
            return number(float(value)).replace(",", "")
        return str(value)

    def _hint(self) -> str:
        if self._several:
            return tr("several values")
        if self.line.isReadOnly():
            return "—"
        low, high = self.field.minimum, self.field.maximum
        if low is None or high is None:
            return ""
        return f"{number(low)} – {number(high)}"

    def _given(self) -> Any:
        return SEVERAL if self._several else self.line.text()

    def _marked(self) -> QWidget:
        return self.line


class UsualEditor(TextEditor):
    """A text or number with its usual answers in a list beside it; others may be typed."""

    def __init__(self, cls: FeatureClass, field: Field) -> None:
        super().__init__(cls, field)
        self.button = QToolButton()
        self.button.setIcon(icon("mdi6.chevron-down", "text_soft"))
        worded(self.button, "setToolTip", "Usual values")
        worded(self.button, "setAccessibleName", "Usual values")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setProperty("menu", "plain")
        menu = QMenu(self.button)
        menu.triggered.connect(self._pick)
        self.button.setMenu(menu)
        self._editable = False
        self._row.addWidget(self.button)

    def set_editable(self, editable: bool) -> None:
        """See FieldEditor."""
        super().set_editable(editable)
        self._editable = editable
        self.button.setVisible(editable and bool(self.button.menu().actions()))

    def offer(self, answers: Sequence[Any]) -> None:
        """See FieldEditor."""
        menu = self.button.menu()
        if [action.data() for action in menu.actions()] != list(answers):
            menu.clear()
            for answer in answers:
                said = value_text(self.field, answer) if self.field.type != "text" else str(answer)
                menu.addAction(said).setData(answer)
        self.button.setVisible(self._editable and bool(answers))

    def _pick(self, action: QAction) -> None:
        self.enter(action.data())


class DateEditor(TextEditor):
    """A date typed in any usual dress, or picked from a calendar."""

    def __init__(self, cls: FeatureClass, field: Field) -> None:
        super().__init__(cls, field)
        self._button = QToolButton()
        self._button.setIcon(icon("mdi6.calendar", "text_soft"))
        worded(self._button, "setAccessibleName", "Choose a date")
        self._button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._button)
        menu.aboutToShow.connect(self._open)
        self._calendar: QCalendarWidget | None = None
        self._button.setMenu(menu)
        self._row.addWidget(self._button)

    def set_editable(self, editable: bool) -> None:
        """See FieldEditor."""
        super().set_editable(editable)
        self._button.setVisible(editable)

    def _hint(self) -> str:
        return super()._hint() or tr("YYYY-MM-DD")

    def _open(self) -> None:
        menu = self._button.menu()
        if self._calendar is None:  # made when first needed: a calendar is some fifty widgets
            self._calendar = QCalendarWidget()
            self._calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
            self._calendar.clicked.connect(self._pick)
            self._calendar.activated.connect(self._pick)
            holder = QWidgetAction(menu)
            holder.setDefaultWidget(self._calendar)
            menu.addAction(holder)
        try:
            now = read_value(self.cls, self.field, self.line.text())
        except Refusal:
            now = None
        self._calendar.setSelectedDate(QDate.fromString(now[:10], "yyyy-MM-dd") if now else QDate.currentDate())

    def _pick(self, date: QDate) -> None:
        self.line.setText(date.toString("yyyy-MM-dd"))
        self._button.menu().close()
        self._edited()


def _same(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    if isinstance(a, str) or isinstance(b, str):
        return str(a) == str(b)
    return float(a) == float(b)


def _required_args(cls: FeatureClass, field: Field) -> dict[str, str]:
    return {
        "where_zh": "", "where_en": "", "cls": cls.name, "cls_zh": cls.label.zh, "cls_en": cls.label.en,
        "field": field.name, "field_zh": field.label.zh, "field_en": field.label.en,
    }  # fmt: skip
