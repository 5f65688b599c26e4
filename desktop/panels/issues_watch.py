"""Keeps the list of issues of the open project up to date while it is being worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from desktop.jobs import Job
from desktop.shell.formatting import number
from desktop.shell.notices import notify
from desktop.shell.words import language, tr
from desktop.shell.workspace import Workspace
from gis.errors import Refusal

if TYPE_CHECKING:
    from gis.checks import Issue
    from gis.project.checking import Checking

IDLE_MS = 1000  # after the last edit


class IssueWatch(QObject):
    """One for each window. ``changed`` when the list, what is ignored or a run has changed; ``ended`` after a run."""

    changed = Signal()
    running_changed = Signal()
    _told = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.checking: Checking | None = None
        self.job: Job | None = None  # the run the user has asked for
        self._quiet: Job | None = None
        self._idle = QTimer(self, singleShot=True, interval=IDLE_MS)
        self._idle.timeout.connect(self._catch_up)
        # What works in a thread tells of itself in that thread; the panel hears of it in its own.
        self._told.connect(self.changed, Qt.ConnectionType.QueuedConnection)
        workspace.session_leaving.connect(self._leave)
        workspace.session_changed.connect(self._session_changed)
        workspace.at_leisure.connect(self._load)
        workspace.changed.connect(self._edited)
        self._session_changed()

    @property
    def running(self) -> bool:
        """Whether a run the user has asked for is under way."""
        return self.job is not None and self.job.running

    # ----------------------------------------------------------------------------------------------------------------
    def run(self) -> None:
        """Check everything."""
        checking = self.checking
        if checking is not None:
            self._start(tr("Checking the city"), lambda progress: checking.run(progress))

    def run_in(self, box: Sequence[float]) -> None:
        """Check what lies in a rectangle."""
        checking = self.checking
        if checking is not None:
            x0, y0, x1, y1 = (float(v) for v in box)
            self._start(tr("Checking what is on the map"), lambda progress: checking.run_in((x0, y0, x1, y1), progress))

    def run_on(self, scope: dict[str, Any]) -> None:
        """Check these features, class -> ids."""
        checking = self.checking
        if checking is not None and scope:
            self._start(tr("Checking the selection"), lambda progress: checking.run_on(scope, progress))

    def cancel(self) -> None:
        """Stop the run."""
        if self.job is not None:
            self.job.cancel()

    def _start(self, label: str, work: Callable[[Any], None]) -> None:
        if self.running:
            return
        self.job = self._workspace.jobs.start(label, work)
        self.job.changed.connect(self._job_changed)
        self.running_changed.emit()

    def _job_changed(self, job: Job) -> None:
        self.running_changed.emit()
        if not job.running:
            self.changed.emit()

    # ----------------------------------------------------------------------------------------------------------------
    def fix(self, issues: Sequence[Issue], code: str) -> None:
        """Mend these issues by their fix of that code, as one step."""
        checking = self.checking
        if checking is None or not self._workspace.editable:
            return
        chosen = list(issues)
        self._workspace.writes.start(
            tr("Mending"), lambda progress: checking.fix_alike(chosen, code, progress), _tell_mended
        )

    def ignore(self, keys: Iterable[str], reason: str) -> None:
        """Show these no longer."""
        checking, chosen = self.checking, list(keys)
        if checking is not None:
            self._workspace.writes.start(tr("Saving"), lambda progress: checking.ignore(chosen, reason))

    def take_back(self, keys: Iterable[str]) -> None:
        """Show these again."""
        checking, chosen = self.checking, list(keys)
        if checking is not None:
            self._workspace.writes.start(tr("Saving"), lambda progress: checking.take_back(chosen))

    def set_rule(self, name: str, **settings: Any) -> None:
        """Change a rule in this project; see `Checking.set_rule`."""
        checking = self.checking
        if checking is not None:
            self._workspace.writes.start(tr("Saving"), lambda progress: checking.set_rule(name, **settings))

    # ----------------------------------------------------------------------------------------------------------------
    def _leave(self) -> None:
        self._idle.stop()
        if self.job is not None and self.job.running:
            self.job.forget()
            self.job.cancel()
        self.job = self._quiet = None
        if self.checking is not None:
            self.checking.close()
            self.checking = None

    def _session_changed(self) -> None:
        from gis.project.checking import Checking

        session = self._workspace.session
        if self.checking is not None:
            self.checking.close()
        self.checking = None if session is None else Checking(session)
        if self.checking is not None:
            self.checking.on_change = self._told.emit
        self.changed.emit()

    def _load(self) -> None:
        checking = self.checking
        if checking is not None:
            self._workspace.jobs.quiet(lambda progress: checking.load(), self._loaded)

    def _loaded(self, _nothing: object) -> None:
        if self.checking is not None and self.checking.waiting:
            self._idle.start()

    def _edited(self, _changed: Any) -> None:
        self._idle.start()

    def _catch_up(self) -> None:
        checking = self.checking
        if checking is None or not checking.waiting:
            return
        if self._workspace.writes.busy or self._quiet is not None or self.running:
            self._idle.start()
            return
        self._quiet = self._workspace.jobs.quiet(checking.catch_up, self._caught_up, self._not_caught_up)
        self._quiet.changed.connect(self._quiet_changed)

    def _quiet_changed(self, job: Job) -> None:
        if not job.running and job is self._quiet:
            self._quiet = None

    def _caught_up(self, done: bool) -> None:
        if not done or (self.checking is not None and self.checking.waiting):
            self._idle.start()

    def _not_caught_up(self, error: Exception) -> None:
        notify(error)


def _tell_mended(mended: Any) -> None:
    said = tr("{count} issues mended", count=number(mended.fixed))
    if mended.refused:
        why = next(iter(mended.refused.values()))
        said += tr("; {count} were left: {reason}", count=number(len(mended.refused)), reason=_reason(why))
    if mended.over:
        said += tr("; {count} were over already", count=number(mended.over))
    notify(said, "warning" if mended.refused else "info")


def _reason(refusal: Refusal) -> str:
    return refusal.message(language())
