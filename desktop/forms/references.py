"""The editor of a field that points at a row of another class."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QStringListModel, QTimer, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QToolButton, QWidget

from desktop.forms.fields import SEVERAL, FieldEditor, dress
from desktop.forms.lookup import Lookup
from desktop.shell.icons import icon
from desktop.shell.words import tr, worded
from gis.catalogue import FeatureClass, Field
from gis.errors import Refusal


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

    def current(self) -> Any:
        """See FieldEditor."""
        return self._id

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
