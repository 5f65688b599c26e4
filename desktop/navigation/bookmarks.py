"""Bookmarks: places of a project to come back to, kept in its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.shell.notices import notify
from desktop.shell.words import tr
from desktop.shell.workspace import Workspace
from gis.errors import Refusal

KIND = "bookmark"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A place with its name: the middle in the project's CRS and the scale's denominator."""

    name: str
    x: float
    y: float
    scale: float

    @staticmethod
    def read(name: str, body: Any) -> Bookmark | None:
        """From what the project file holds; None when that is no bookmark."""
        try:
            made = Bookmark(name, float(body["x"]), float(body["y"]), float(body["scale"]))
        except (KeyError, TypeError, ValueError):
            return None
        return made if made.scale > 0 else None

    def body(self) -> Mapping[str, Any]:
        """What the project file holds under the name."""
        return {key: value for key, value in asdict(self).items() if key != "name"}


class Bookmarks(QObject):
    """The bookmarks of the project in the workspace, by name; ``changed`` after they were read or written."""

    changed = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._kept: dict[str, Bookmark] = {}
        workspace.session_changed.connect(self.read)

    def all(self) -> list[Bookmark]:
        """In the order of their names."""
        return sorted(self._kept.values(), key=lambda one: one.name.casefold())

    def read(self) -> None:
        """Read them from the project, in the background."""
        session = self._workspace.session
        self._kept = {}
        self.changed.emit()
        if session is not None:
            self._workspace.jobs.quiet(lambda progress: session.documents(KIND), lambda read: self._read(session, read))

    def _read(self, session: Any, documents: Mapping[str, Any]) -> None:
        if session is self._workspace.session:
            read = [Bookmark.read(name, body) for name, body in documents.items()]
            self._kept = {one.name: one for one in read if one is not None}
            self.changed.emit()

    def free_name(self, wanted: str) -> str:
        """The name, with a number behind where it is taken."""
        base = wanted.strip() or tr("Bookmark")
        name, number = base, 2
        while name in self._kept:
            name, number = f"{base} {number}", number + 1
        return name

    def add(self, bookmark: Bookmark) -> bool:
        """Keep a new bookmark; False, with a notice, where the project cannot be written to."""
        return self._write([], [bookmark])

    def rename(self, old: str, wanted: str) -> bool:
        """Give a bookmark another name; a taken one gets a number."""
        wanted = wanted.strip()
        if old not in self._kept or not wanted or wanted == old:
            return False
        kept = self._kept[old]
        return self._write([old], [Bookmark(self.free_name(wanted), kept.x, kept.y, kept.scale)])

    def remove(self, name: str) -> bool:
        """Forget a bookmark."""
        return self._write([name], [])

    def _write(self, gone: list[str], new: list[Bookmark]) -> bool:
        session = self._workspace.session
        if session is None:
            return False
        if not self._workspace.editable:
            notify(Refusal("storage.opened_readonly", file=str(session.path)), "warning")
            return False

        def work(progress: Any) -> None:
            for bookmark in new:  # the new name first: a power cut must not lose the place
                session.put_document(KIND, bookmark.name, bookmark.body())
            for name in gone:
                session.remove_document(KIND, name)

        self._workspace.writes.start(tr("Saving"), work, failed=self._failed)
        for name in gone:
            self._kept.pop(name, None)
        self._kept.update({bookmark.name: bookmark for bookmark in new})
        self.changed.emit()
        return True

    def _failed(self, error: Exception) -> None:
        notify(error)
        self.read()  # show what is really kept
