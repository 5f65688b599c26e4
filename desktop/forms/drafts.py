"""What is typed into a form and not applied yet survives a crash: kept beside the settings, offered on reopening.

One file holds the drafts of all projects: for each feature the values that differ from the stored ones. A value that
does not fit yet is kept too, as the text that was typed. Restricted fields are left out: they stay in the project.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from desktop.forms.feature import FeaturePanel
from desktop.forms.fields import SEVERAL, FieldEditor, TextEditor
from desktop.forms.form import FeatureForm
from desktop.shell.notices import log
from desktop.shell.words import tr, words
from desktop.shell.workspace import Workspace

_EVERY_MS = 1000
_PLAIN = (str, int, float, bool, type(None))


class Drafts(QObject):
    """Watches the form on show. ``bar`` offers what was found when the project was opened."""

    def __init__(self, workspace: Workspace, panel: FeaturePanel, path: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace, self._panel, self._path = workspace, panel, path
        self._written: dict[str, Any] | None = None
        self._offered: dict[str, Any] | None = None
        self.bar = DraftBar(self)
        self._clock = QTimer(self, interval=_EVERY_MS)
        self._clock.timeout.connect(self.keep)
        self._clock.start()
        workspace.session_leaving.connect(self._leaving)
        workspace.session_changed.connect(self._opened)

    def keep(self) -> None:
        """Write the draft of the form on show, or forget the one that was applied or dropped since."""
        if self._workspace.session is None or self._offered is not None:
            return
        draft = self._draft()
        if draft != self._written:
            self._write(draft)
            self._written = draft

    def close(self) -> None:
        """The window closes in order: what was typed has been kept by the form itself."""
        self._clock.stop()
        if self._offered is None and self._written is not None:
            self._write(None)

    def take_up(self) -> None:
        """Select the feature of the draft, go into Edit, and put what was typed into its form again."""
        draft, self._offered = self._offered, None
        self.bar.hide()
        session = self._workspace.session
        if draft is None or session is None:
            return
        known = draft["cls"] in session.catalogue
        if known and len(session.columns(draft["cls"], (), ids=[draft["id"]], geometry=False)):
            self._workspace.select({draft["cls"]: [draft["id"]]})
            self._workspace.set_mode("edit")
            form = self._panel.form
            if form is not None:
                type_in(form, draft["values"])
        self.keep()

    def drop(self) -> None:
        """The user does not want it."""
        self._offered = None
        self.bar.hide()
        self._write(None)
        self._written = None

    # ----------------------------------------------------------------------------------------------------------------
    def _draft(self) -> dict[str, Any] | None:
        form = self._panel.form
        if form is None or not form.dirty or len(form.ids) != 1:
            return None
        open_ = [(name, one) for name, one in form.editors.items() if one.dirty and not one.field.restricted]
        values = {name: typed(editor) for name, editor in open_}
        values = {name: value for name, value in values.items() if isinstance(value, _PLAIN)}
        return {"cls": form.cls.name, "id": form.ids[0], "values": values} if values else None

    def _leaving(self) -> None:
        if self._offered is None and self._written is not None:
            self._write(None)  # the form has applied what was typed
        self._written = None

    def _opened(self) -> None:
        self._written, self._offered = None, None
        draft = self._all().get(self._key()) if self._workspace.editable else None
        if isinstance(draft, dict) and {"cls", "id", "values"} <= draft.keys() and isinstance(draft["values"], dict):
            self._offered = draft
        self.bar.setVisible(self._offered is not None)

    def _key(self) -> str:
        return str(self._workspace.session.path.resolve())

    def _all(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, draft: dict[str, Any] | None) -> None:
        if self._workspace.session is None:
            return
        drafts = self._all()
        if draft is None:
            drafts.pop(self._key(), None)
        else:
            drafts[self._key()] = draft
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".json.new")
            fresh.write_text(json.dumps(drafts, ensure_ascii=False), "utf-8")
            fresh.replace(self._path)
        except OSError as error:  # a full disk must not stop the typing
            log.warning("draft not kept: %s", error)


class DraftBar(QFrame):
    """One line over the form: what was typed before the program ended has been found."""

    def __init__(self, drafts: Drafts) -> None:
        super().__init__()
        self.setObjectName("DraftBar")
        self._said = QLabel()
        self._said.setWordWrap(True)
        self.take, self.drop = QPushButton(), QPushButton()
        self.take.setProperty("role", "primary")
        self.take.clicked.connect(drafts.take_up)
        self.drop.clicked.connect(drafts.drop)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        row.addWidget(self._said, 1)
        row.addWidget(self.take)
        row.addWidget(self.drop)
        words().changed.connect(self._say)
        self._say()
        self.hide()

    def _say(self) -> None:
        self._said.setText(tr("Typed last time and not applied"))
        self.take.setText(tr("Go on"))
        self.drop.setText(tr("Drop it"))


def typed(editor: FieldEditor) -> Any:
    """What stands in an editor, as it was typed."""
    given = editor._given()
    return "" if given is SEVERAL else given


def type_in(form: FeatureForm, values: dict[str, Any]) -> None:
    """Put values into the editors as if the user had typed them."""
    for name, value in values.items():
        editor = form.editors.get(name)
        if isinstance(editor, TextEditor) and isinstance(value, str):
            editor.line.setText(value)
            editor.line.textEdited.emit(value)
        elif editor is not None:
            original = editor.original
            editor.show_value(value)
            editor.stored(original)
            editor.edited.emit()


def drafts_file(folder: Path) -> Path:
    """Where the drafts lie, beside the settings."""
    return folder / "drafts.json"


def install(workspace: Workspace, panel: FeaturePanel, folder: Path, parent: QWidget) -> Drafts:
    """Keep drafts for a window; the bar stands on top of the inspector."""
    drafts = Drafts(workspace, panel, drafts_file(folder), parent)
    layout = panel.parentWidget().parentWidget().layout()
    layout.insertWidget(0, drafts.bar)  # type: ignore[union-attr]
    return drafts
