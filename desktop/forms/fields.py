"""One editor for each field type of the catalogue; a value is checked as it is typed by the rules of editing itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QDate, QEvent, QObject, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCalendarWidget,
    QComboBox,
    QCompleter,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from desktop.forms.lookup import Lookup
from desktop.shell.formatting import number, value_text
from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded, words
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
        self._row.addWidget(self.line, 1)
        self._unit = QLabel(field.unit)
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

    def set_editable(self, editable: bool) -> None:
        """See FieldEditor."""
        self.line.setReadOnly(not editable)
        dress(self.line, "reading", not editable)
        self._unit.setVisible(editable and bool(self.field.unit))
        if not self.dirty:
            self._show(self.original)

    def _edited(self) -> None:
        self._several = False
        self.edited.emit()

    def _reveal(self, shown: bool) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)

    def _show(self, value: Any) -> None:
        self._several = value is SEVERAL
        self.line.setText("" if value is None or value is SEVERAL else self._text(value))
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


class RefEditor(FieldEditor):
    """A row of another class, found by its code or name; the arrow goes there."""

    followed = Signal(str, object)  # class, id

    def __init__(self, cls: FeatureClass, field: Field, lookup: Lookup) -> None:
        super().__init__(cls, field)
        assert field.ref is not None
        self._lookup, self._target = lookup, field.ref
        self._id: int | None = None
        self._several = False
        self._found: dict[str, int] = {}
        self.line = QLineEdit()
        self.setFocusProxy(self.line)
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.activated[str].connect(self._pick)
        self.line.setCompleter(completer)
        self.line.textEdited.connect(self._typed)
        self.line.returnPressed.connect(self.committed)
        self._wait = QTimer(self, singleShot=True, interval=150)
        self._wait.timeout.connect(self._search)
        self._go = QToolButton()
        self._go.setIcon(icon("mdi6.arrow-top-right", "text_soft"))
        worded(self._go, "setToolTip", "Go there")
        worded(self._go, "setAccessibleName", "Go there")
        self._go.clicked.connect(self._follow)
        self._row.addWidget(self.line, 1)
        self._row.addWidget(self._go)

    def set_editable(self, editable: bool) -> None:
        """See FieldEditor."""
        self.line.setReadOnly(not editable)
        dress(self.line, "reading", not editable)
        self.line.setPlaceholderText(self._hint())

    def _hint(self) -> str:
        if self._several:
            return tr("several values")
        return "—" if self.line.isReadOnly() else tr("Search by code or name")

    def _show(self, value: Any) -> None:
        self._wait.stop()
        self._several = value is SEVERAL
        self._id = int(value) if value and not self._several else None
        title = self._lookup.title(self._target, self._id) if self._id else ""
        self.line.setText(title)
        self.line.setCursorPosition(0)
        self._found = {title: self._id} if self._id and title else {}
        self.line.setPlaceholderText(self._hint())
        self._go.setEnabled(bool(self._id and title))

    def _typed(self, text: str) -> None:
        self._several = False
        self._id = self._found.get(text)
        self._wait.start()
        self._go.setEnabled(self._id is not None)
        self.edited.emit()

    def _search(self) -> None:
        text = self.line.text().strip()
        hits = self._lookup.find(self._target, text) if text else []
        self._found = {title: id for id, title in hits}
        exact = [id for id, title in hits if title == text or title.split("  ")[0] == text]
        if self._id is None and len(exact) == 1:
            self._id = exact[0]
            self._go.setEnabled(True)
            self.edited.emit()
        self._names.setStringList(list(self._found))
        if self._found and self.line.hasFocus() and self._id is None:
            self.line.completer().complete()

    def _pick(self, title: str) -> None:
        self._id = self._found.get(title)
        self._go.setEnabled(self._id is not None)
        self.edited.emit()

    def _follow(self) -> None:
        if self._id:
            self.followed.emit(self._target, self._id)

    def _given(self) -> Any:
        if self._several:
            return SEVERAL
        if self._id is None and self.line.text().strip():
            return self.line.text().strip()  # not the key of any row: editing refuses it
        return self._id

    def value(self) -> Any:
        """See FieldEditor."""
        if self._wait.isActive():  # Enter came before the search
            self._wait.stop()
            self._search()
        if self._id is None and self.line.text().strip():
            raise Refusal("form.no_such_row", text=self.line.text().strip())
        return super().value()

    def _marked(self) -> QWidget:
        return self.line


def editor_for(cls: FeatureClass, field: Field, lookup: Lookup) -> FieldEditor:
    """The editor that suits a field."""
    if field.type == "ref":
        return RefEditor(cls, field, lookup)
    return _EDITORS.get(field.type, TextEditor)(cls, field)


_EDITORS: dict[str, Callable[[FeatureClass, Field], FieldEditor]] = {
    "code": CodeEditor,
    "boolean": BooleanEditor,
    "date": DateEditor,
}


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
