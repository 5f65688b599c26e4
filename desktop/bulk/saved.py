"""Calculations kept in the project: the last ones used, and those the user has given a name."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QInputDialog, QMenu, QPushButton

from desktop.bulk.pages import as_document
from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded
from desktop.shell.workspace import Workspace
from gis.project.bulk import Operation

KIND = "calculation"
_RECENT = 8
_PREFIX = "recent:"


class SavedButton(QPushButton):
    """A menu of recent and saved calculations; ``chosen(class, document)``. Workers read and write the documents."""

    chosen = Signal(str, object)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(icon("mdi6.history", "text_soft"), "")
        self._workspace = workspace
        self._kept: dict[str, Any] = {}
        self._last: tuple[str, Operation] | None = None
        worded(self, "setText", "Recent and saved")
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)
        session = workspace.session
        workspace.jobs.quiet(lambda _progress: session.documents(KIND), self._read)

    def documents(self) -> dict[str, Any]:
        """What is kept, as far as it is known."""
        return dict(self._kept)

    def remember(self, cls: str, operation: Operation) -> None:
        """Keep what is being done among the last ones."""
        self._last = (cls, operation)
        body = {"cls": cls, "at": time.time(), "body": as_document(operation)}
        same = [k for k, v in self._kept.items() if k.startswith(_PREFIX) and v.get("body") == body["body"]]
        name = same[0] if same else f"{_PREFIX}{time.time_ns()}"
        recent = sorted((k for k in self._kept if k.startswith(_PREFIX) and k != name), key=self._at, reverse=True)
        gone = recent[_RECENT - 1 :]
        self._write(name, body, gone)

    def save(self, title: str) -> None:
        """Give the last one done a name."""
        if self._last is not None and title.strip():
            cls, operation = self._last
            self._write(title.strip(), {"cls": cls, "at": time.time(), "body": as_document(operation)}, [])

    def _at(self, name: str) -> float:
        return float(self._kept[name].get("at", 0))

    def _read(self, documents: dict[str, Any]) -> None:
        sound = {k: v for k, v in documents.items() if isinstance(v, dict) and {"cls", "body"} <= v.keys()}
        self._kept = {**sound, **self._kept}

    def _write(self, name: str, body: Any, gone: list[str]) -> None:
        session = self._workspace.session
        if session is None or session.readonly:
            return
        self._kept[name] = body
        for old in gone:
            self._kept.pop(old, None)

        def write(_progress: Any) -> None:
            session.put_document(KIND, name, body)
            for old in gone:
                session.remove_document(KIND, old)

        self._workspace.writes.quiet(write)

    def _fill(self) -> None:
        menu = self._menu
        menu.clear()
        named = sorted(k for k in self._kept if not k.startswith(_PREFIX))
        recent = sorted((k for k in self._kept if k.startswith(_PREFIX)), key=self._at, reverse=True)
        for name in named:
            menu.addAction(icon("mdi6.star-outline", "text_soft"), name, partial(self._choose, name))
        if named and recent:
            menu.addSeparator()
        for name in recent:
            menu.addAction(self._text(self._kept[name]), partial(self._choose, name))
        if not named and not recent:
            menu.addAction(tr("What you change is kept here.")).setEnabled(False)
        menu.addSeparator()
        menu.addAction(tr("Save the last one…"), self._ask).setEnabled(self._last is not None)

    def _text(self, kept: Any) -> str:
        session, body = self._workspace.session, kept["body"]
        known = kept["cls"] in session.catalogue
        label = session.catalogue[kept["cls"]].label.text(language()) if known else kept["cls"]
        if body["kind"] == "calculate":
            said = "; ".join(f"{name} := {text}" for name, text in body["settings"])
        elif body["kind"] == "replace":
            said = f"{body['find']} → {body['put']}"
        elif body["kind"] == "number":
            said = body["template"]
        else:
            said = f"{body['field']} ← {body['source']}.{body['take']}"
        return f"{label}: {said}".replace("&", "&&")[:80]

    def _choose(self, name: str) -> None:
        kept = self._kept[name]
        self.chosen.emit(kept["cls"], kept["body"])

    def _ask(self) -> None:
        title, accepted = QInputDialog.getText(self, tr("Save the last one…"), tr("Name"))
        if accepted:
            self.save(title)
