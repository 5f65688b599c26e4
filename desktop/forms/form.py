"""The form of what is selected, built from the catalogue: sections, editors, problems beside the field, one Apply."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.forms.advice import advice, link_to
from desktop.forms.choices import BooleanEditor, CodeEditor
from desktop.forms.fields import SEVERAL, DateEditor, FieldEditor, TextEditor, UsualEditor
from desktop.forms.lookup import Lookup
from desktop.forms.references import RefEditor
from desktop.forms.section import Section
from desktop.shell.scroll_page import ScrollPage
from desktop.shell.theme import theme
from desktop.shell.words import language, tr, worded, words
from gis.catalogue import FeatureClass, Field
from gis.editing.intents import Update


class FeatureForm(QWidget):
    """Editors for every field of one class. ``applied(Update)`` carries only what was changed."""

    applied = Signal(object)
    followed = Signal(str, object)  # a link to another row: class, id
    dirty_changed = Signal(bool)

    def __init__(self, cls: FeatureClass, lookup: Lookup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cls = cls
        self.ids: list[int] = []
        self._editable = False
        self._was_dirty = False
        self.editors: dict[str, FieldEditor] = {}
        self._labels: dict[str, QLabel] = {}
        self._problems: dict[str, QLabel] = {}
        self._notes: dict[str, QLabel] = {}
        self._lookup = lookup
        self._proposed: dict[str, str] = {}
        self._looked_up: dict[tuple[str, int], dict[str, Any]] = {}
        self._sections: dict[str, Section] = {}
        self._scroll = ScrollPage(top=8, spacing=8)
        column = self._scroll.column
        for key in cls.groups:
            section = Section()
            self._sections[key] = section
            column.addWidget(section)
            for field in (f for f in cls.fields if f.group == key and not f.stamp):
                self._add(section, field, lookup)
        self.extras = QVBoxLayout()  # what hangs on the feature: figures, photos, related rows
        self.extras.setSpacing(8)
        column.addLayout(self.extras)
        column.addStretch(1)
        self._bar = self._make_bar()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._scroll, 1)
        outer.addWidget(self._bar)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.revert)
        # Given to the constructor beside a handler the context is not heeded: it would be the whole window's.
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._say()
        words().changed.connect(self._say)

    def _add(self, section: Section, field: Any, lookup: Lookup) -> None:
        editor = editor_for(self.cls, field, lookup)
        editor.edited.connect(self._edited)
        editor.committed.connect(self.apply)
        if isinstance(editor, RefEditor):
            editor.followed.connect(self.followed)
        label, problem = QLabel(), QLabel()
        label.setProperty("role", "soft")
        label.setWordWrap(True)
        label.setBuddy(editor)
        problem.setProperty("role", "problem")
        problem.setWordWrap(True)
        problem.hide()
        note = QLabel()
        note.setProperty("role", "faint")
        note.setWordWrap(True)
        note.setTextFormat(Qt.TextFormat.RichText)
        note.linkActivated.connect(self._take_advice)
        note.hide()
        section.add(label, editor, note, problem)
        self.editors[field.name], self._labels[field.name], self._problems[field.name] = editor, label, problem
        self._notes[field.name] = note

    def _make_bar(self) -> QFrame:
        bar = QFrame()
        column = QVBoxLayout(bar)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(4)
        # The field that is wrong may be scrolled out of sight: what hinders Apply is said beside it.
        self.hindrance = QLabel()
        self.hindrance.setProperty("role", "problem")
        self.hindrance.setWordWrap(True)
        self.hindrance.setTextFormat(Qt.TextFormat.RichText)
        self.hindrance.linkActivated.connect(self._show_field)
        self.hindrance.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        column.addWidget(self.hindrance)
        column.addLayout(row)
        self.apply_button, self.revert_button = QPushButton(), QPushButton()
        worded(self.apply_button, "setText", "Apply")
        worded(self.revert_button, "setText", "Discard")
        self.apply_button.setProperty("role", "primary")
        self.apply_button.clicked.connect(self.apply)
        self.revert_button.clicked.connect(self.revert)
        row.addWidget(self.apply_button, 1)
        row.addWidget(self.revert_button)
        bar.hide()
        return bar

    # ----------------------------------------------------------------------------------------------------------------
    def show_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show these rows (each with "id"); where they differ the field says so."""
        self.show_values([int(row["id"]) for row in rows], common_values(self.cls, rows))

    def show_values(self, ids: Sequence[int], values: Mapping[str, Any]) -> None:
        """Show what these rows have in common: stored values by field, SEVERAL where they differ."""
        self.ids = list(ids)
        for name, editor in self.editors.items():
            editor.show_value(values.get(name))
        self._looked_up.clear()
        self._proposed.clear()
        self.set_editable(self._editable)
        for problem in self._problems.values():
            problem.hide()
        self._tell_dirty()

    def enter(self, values: Mapping[str, Any]) -> None:
        """Put stored values into their fields as if typed; unique fields are left alone on several rows."""
        for name, value in values.items():
            editor = self.editors.get(name)
            if editor is not None and self._editable and not (editor.field.unique and len(self.ids) > 1):
                editor.enter(value)

    def propose(self, name: str, text: str) -> None:
        """Offer a value for a field that is empty; a click takes it."""
        self._proposed[name] = text
        self._advise()

    def set_editable(self, editable: bool) -> None:
        """Let the fields be changed; a unique field cannot be set on several rows."""
        self._editable = editable
        for editor in self.editors.values():
            editor.set_editable(editable and not (editor.field.unique and len(self.ids) > 1))
        self._advise()

    @property
    def dirty(self) -> bool:
        """Whether something was changed and not applied."""
        return any(editor.dirty for editor in self.editors.values())

    def changes(self) -> dict[str, Any]:
        """The changed values in stored form. Raises Refusal for the first that does not fit."""
        return {name: editor.value() for name, editor in self.editors.items() if editor.dirty}

    def apply(self) -> None:
        """Emit the changes as one Update; does nothing while a field is wrong."""
        if not self._editable or not self.dirty:
            return
        wrong = [editor for editor in self.editors.values() if self._check(editor)]
        if wrong:
            wrong[0].setFocus()
            return
        self.applied.emit(Update(self.cls.name, tuple(self.ids), self.changes()))

    def settle(self, values: Mapping[str, Any]) -> None:
        """These values have been stored: they are the unedited state now, unless others were typed since."""
        for name, value in values.items():
            self.editors[name].stored(value)
        self._tell_dirty()

    def revert(self) -> None:
        """Show the stored values again."""
        for editor in self.editors.values():
            editor.show_value(editor.original)
            self._problems[editor.field.name].hide()
        self._tell_dirty()

    def focus_first(self) -> None:
        """Put the cursor into the first field."""
        next(iter(self.editors.values())).setFocus()

    # ----------------------------------------------------------------------------------------------------------------
    def _edited(self) -> None:
        editor = self.sender()
        if isinstance(editor, FieldEditor):
            self._check(editor)
            self._advise()
        self._tell_dirty()

    def _advise(self) -> None:
        """Usual answers, values that follow from others and colours of fibres, beside the fields they are about."""
        row = {name: editor.current() for name, editor in self.editors.items()}
        for name, editor in self.editors.items():
            editor.offer(editor.field.usual(row))
            proposed = self._proposed.get(name) if self._editable and not row[name] else None
            said = advice(editor.field, row, self._values_of, self._editable)
            if proposed:
                said = link_to(name, proposed, tr("Next code: {code}", code=proposed))
            self._notes[name].setText(said)
            self._notes[name].setVisible(bool(said))

    def _values_of(self, cls: str, id: int) -> dict[str, Any]:
        if (cls, id) not in self._looked_up:
            self._looked_up[cls, id] = self._lookup.values(cls, id)
        return self._looked_up[cls, id]

    def _take_advice(self, link: str) -> None:
        name, _, value = link.partition("=")
        editor = self.editors[name]
        editor.enter(float(value) if editor.field.type in ("integer", "real") else value)

    def _check(self, editor: FieldEditor) -> str:
        said = editor.check()
        label = self._problems[editor.field.name]
        label.setText(said)
        label.setVisible(bool(said))
        return said

    def _tell_dirty(self) -> None:
        dirty = self._editable and self.dirty
        self._bar.setVisible(dirty)
        wrong = next((name for name, label in self._problems.items() if not label.isHidden()), None)
        self.apply_button.setEnabled(wrong is None)
        self.hindrance.setVisible(wrong is not None)
        if wrong is not None:
            field, reason = self._labels[wrong].text().removesuffix(" *"), self._problems[wrong].text()
            color = theme().colors["bad"]
            link = f'<a href="{wrong}" style="color:{color}">{escape(field)}</a>'
            self.hindrance.setText(f"{link}: {escape(reason)}")
        for name, editor in self.editors.items():
            font = self._labels[name].font()
            font.setBold(self._editable and editor.dirty)
            self._labels[name].setFont(font)
        if dirty != self._was_dirty:
            self._was_dirty = dirty
            self.dirty_changed.emit(dirty)

    def _show_field(self, name: str) -> None:
        """Bring the field that hinders into sight and into the hand, its group unfolded."""
        self._sections[self.cls.field(name).group].unfold()
        self._scroll.ensureWidgetVisible(self.editors[name])
        self.editors[name].setFocus()

    def _say(self) -> None:
        for key, section in self._sections.items():
            section.set_title(self.cls.groups[key].text(language()))
        for name, label in self._labels.items():
            field = self.cls.field(name)
            said = field.label.text(language())
            label.setText(f"{said} *" if field.required else said)
            notes = [tr("Required")] if field.required else []
            if field.restricted:
                notes.append(tr("Restricted: left out of exports and prints"))
            label.setToolTip("\n".join(notes))
            editor = self.editors[name]
            editor.setAccessibleName(said)
            editor.say()
            if editor.focusProxy() is not None:
                editor.focusProxy().setAccessibleName(said)
            self._check(editor)
        self._advise()
        self._tell_dirty()


def editor_for(cls: FeatureClass, field: Field, lookup: Lookup) -> FieldEditor:
    """The editor that suits a field."""
    if field.type == "ref":
        return RefEditor(cls, field, lookup)
    if field.type != "code" and (field.choices or field.depends):
        return UsualEditor(cls, field)
    return _EDITORS.get(field.type, TextEditor)(cls, field)


_EDITORS: dict[str, Callable[[FeatureClass, Field], FieldEditor]] = {
    "code": CodeEditor,
    "boolean": BooleanEditor,
    "date": DateEditor,
}


def common_values(cls: FeatureClass, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What rows have in common, by field; SEVERAL where they differ."""
    return {
        field.name: rows[0].get(field.name)
        if all(_alike(row.get(field.name), rows[0].get(field.name)) for row in rows)
        else SEVERAL
        for field in cls.fields
    }


def _alike(a: Any, b: Any) -> bool:
    return a == b or (a is None and b is None) or (a != a and b != b)
