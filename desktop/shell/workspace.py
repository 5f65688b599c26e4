"""What the window is looking at: the open project, its selection, the mode; every panel listens here.

This is view state only. The truth is the project file, reached through ``session``; writes go through `perform`,
`undo` and `redo`, one after the other on their own thread, so that neither edits nor screen wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from desktop.jobs import Job, JobRunner, ProjectEvents
from desktop.shell.notices import notify
from desktop.shell.settings import SettingsStore
from desktop.shell.words import tr
from gis.editing.intents import Intent
from gis.errors import Refusal, say

PATIENCE_MS = 20_000  # that what can wait is held back for the first picture of a project
MODES = ("browse", "edit", "analyse", "print")
Selection = dict[str, NDArray[np.int64]]


class Workspace(QObject):
    """The one view state of a window."""

    session_leaving = Signal()  # the last moment of the old project: what was typed or arranged is kept now
    session_changed = Signal()
    at_leisure = Signal()  # once a project: its first picture stands, what can wait begins
    changed = Signal(object)  # gis.project.Changed, after every commit
    selection_changed = Signal(object)  # Selection
    class_changed = Signal(str)  # the class the table shows and Edit draws
    mode_changed = Signal(str)
    zoom_wanted = Signal(object)  # (xmin, ymin, xmax, ymax)
    conflict_met = Signal(str)  # "undo" or "redo" does not fit what another program has made of the rows

    def __init__(self, settings: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.jobs = JobRunner(self)
        self.writes = JobRunner(self, threads=1)
        self.events = ProjectEvents(self)
        self.events.changed.connect(self._heard)
        self.session: Any = None
        self.selection: Selection = {}
        self.current_class = ""
        self.mode = "browse"
        self.left_work: list[Job] = []  # what was still at work on the last project when it was left
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self.at_leisure)

    def set_session(self, session: Any) -> Any:
        """Look at another project (None: at none); gives back the old one, no longer listened to."""
        old = self.session
        if old is not None:
            self.session_leaving.emit()
            self.jobs.leave_project()
            self.left_work = [*self.writes.unfinished, *self.jobs.unfinished]
        self.events.detach()
        self._patience.stop()
        self.session = session
        self.selection = {}
        if session is not None:
            self._patience.start()
            self.events.attach(session)
            if self.current_class not in session.catalogue:
                self.current_class = next((c.name for c in reversed(session.catalogue.classes) if c.spatial), "")
        self.session_changed.emit()
        self.selection_changed.emit(self.selection)
        return old

    def picture_stands(self) -> None:
        """The map has drawn all of the project; said again it changes nothing."""
        if self._patience.isActive():
            self._patience.stop()
            self.at_leisure.emit()

    @property
    def editable(self) -> bool:
        """Whether the project can be written to."""
        return self.session is not None and not self.session.readonly

    def set_mode(self, mode: str) -> None:
        """Browse, edit, analyse or print."""
        if mode not in MODES:
            raise ValueError(mode)
        if mode != self.mode:
            self.mode = mode
            self.mode_changed.emit(mode)

    def set_class(self, name: str) -> None:
        """Make a class the current one."""
        if name and name != self.current_class:
            self.current_class = name
            self.class_changed.emit(name)

    # Selection ------------------------------------------------------------------------------------------------------
    def select(self, selection: Mapping[str, Any]) -> None:
        """Select these rows, class -> ids, and nothing else."""
        made = {
            name: np.unique(np.asarray(ids, dtype=np.int64)) for name, ids in selection.items() if len(ids)
        }  # np.unique: sorted, so that equal selections compare equal
        same = made.keys() == self.selection.keys()
        if same and all(np.array_equal(made[name], self.selection[name]) for name in made):
            return
        self.selection = made
        self.selection_changed.emit(made)

    def go_to(self, cls: str, id: int) -> None:
        """Select one row and show its place."""
        self.select({cls: [id]})
        self.zoom_to_selection()

    def zoom_to_selection(self) -> None:
        """Ask the map to show what is selected; rows without a place are passed over."""
        boxes = []
        for name, ids in self.selection.items():
            if not self.session.catalogue[name].spatial:
                continue
            shapes = self.session.shapes(name, ids=ids[:5000])
            if len(shapes):
                boxes.append((*shapes.bounds[:, :2].min(axis=0), *shapes.bounds[:, 2:].max(axis=0)))
        if boxes:
            array = np.array(boxes)
            low, high = array[:, :2].min(axis=0), array[:, 2:].max(axis=0)
            room = max(60.0, 0.15 * float((high - low).max()))
            self.zoom_wanted.emit((*(low - room).tolist(), *(high + room).tolist()))

    # Writing --------------------------------------------------------------------------------------------------------
    def perform(
        self,
        intent: Intent,
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Write an intent; a refusal goes to ``failed``, else to the notices."""
        session = self.session
        if session is None:
            return
        self.writes.start(tr("Saving"), lambda progress: session.perform(intent, progress), done, failed)

    def undo(self, steps: int = 1) -> None:
        """Take back the last steps."""
        self._step("undo", steps)

    def redo(self, steps: int = 1) -> None:
        """Do again what was taken back."""
        self._step("redo", steps)

    def _step(self, verb: str, steps: int) -> None:
        session = self.session
        if session is not None and steps > 0:
            label = tr("Undoing") if verb == "undo" else tr("Redoing")
            self.writes.start(
                label, lambda progress: getattr(session, verb)(steps, progress),
                failed=lambda error: self.step_failed(verb, error),
            )  # fmt: skip

    def step_failed(self, verb: str, error: Exception) -> None:
        """Tell why undo or redo stopped; where another program stands against it, both versions are shown."""
        if isinstance(error, Refusal) and error.code == "storage.conflict":
            self.conflict_met.emit(verb)
            return
        level = "info" if isinstance(error, Refusal) and "nothing_to" in error.code else None
        notify(error, level)  # type: ignore[arg-type]

    def close(self) -> bool:
        """Stop all work, finish the writes under way, close the project; False when some work would not stop."""
        self.events.detach()
        self._patience.stop()
        self.jobs.cancel_all()
        stopped = self.writes.close(30_000, cancel=False) and self.jobs.close()
        if self.session is not None and stopped:
            self.session.close()
            self.session = None
        return stopped

    def _heard(self, changed: Any) -> None:
        if self.session is None:
            return
        self.changed.emit(changed)
        if changed.origin in ("edit", "undo", "redo", "outside"):
            self._drop_deleted(changed)

    def _drop_deleted(self, changed: Any) -> None:
        """Rows that are gone can be selected no longer."""
        kept = dict(self.selection)
        for name, ids in self.selection.items():
            if name in changed.classes:
                there = self.session.columns(name, [], ids=ids, geometry=False).ids
                kept[name] = ids[np.isin(ids, there)]
        self.select(kept)


def step_text(entry: Any) -> str:
    """What a history entry did, in the current language."""
    from desktop.shell.words import language

    args = dict(entry.label_args)
    return say(entry.label, language(), **args)
