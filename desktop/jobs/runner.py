"""Long work on worker threads: progress, cancel, and one way back to the UI thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QThread, Signal
from shiboken6 import isValid

from desktop.jobs.workers import Workers
from gis.errors import Cancelled
from gis.progress import Progress

T = TypeVar("T")
_STEP_S = 0.05  # the screen is told at most this often
_LISTED = 100  # ended jobs are forgotten when there are more


class State(Enum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(QObject):
    """One piece of work as the UI sees it; lives in the UI thread. ``label`` is already in the user's language."""

    changed = Signal(object)  # this job
    _stepped = Signal(float, float, str)
    _started = Signal()
    _ended = Signal(object, object)  # result, exception

    def __init__(
        self,
        label: str,
        done: Callable[[Any], None] | None,
        failed: Callable[[Exception], None] | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.label = label
        self.state = State.WAITING
        self.done, self.total, self.text = 0.0, 0.0, ""  # text: a message code of the step being done
        self.started_at = time.time()
        self.seconds = 0.0
        self.error: Exception | None = None
        self.progress = Progress(self._step)
        self._on_done, self._on_failed = done, failed
        self._last_step = 0.0
        self._forgotten = False
        self._started.connect(self._begin)
        self._stepped.connect(self._advance)
        self._ended.connect(self._finish)

    @property
    def running(self) -> bool:
        """Whether the work has yet to end."""
        return self.state in (State.WAITING, State.RUNNING)

    @property
    def share(self) -> float | None:
        """How much is done, 0…1; None while unknown."""
        return min(1.0, max(0.0, self.done / self.total)) if self.total > 0 else None

    def forget(self) -> None:
        """Whoever waited for the end is gone: tell nobody."""
        self._on_done = self._on_failed = None
        self._forgotten = True

    def cancel(self) -> None:
        """Ask the work to stop; it ends at its next step."""
        self.progress.cancel()
        self.changed.emit(self)

    # In the worker thread -------------------------------------------------------------------------------------------
    def _step(self, done: float, total: float, label: str) -> None:
        now = time.monotonic()
        if now - self._last_step >= _STEP_S:
            self._last_step = now
            self._stepped.emit(done, total, label)

    # In the UI thread -----------------------------------------------------------------------------------------------
    def _begin(self) -> None:
        if self.running:
            self.state = State.RUNNING
            self.changed.emit(self)

    def _advance(self, done: float, total: float, label: str) -> None:
        if self.running:
            self.done, self.total, self.text = done, total, label
            self.changed.emit(self)

    def _finish(self, result: Any, error: Exception | None) -> None:
        self.seconds = time.time() - self.started_at
        self.error = error
        if error is None:
            self.state = State.DONE
        else:
            self.state = State.CANCELLED if isinstance(error, Cancelled) else State.FAILED
        self.changed.emit(self)
        on_done, on_failed = _living(self._on_done), _living(self._on_failed)
        left = on_failed is None and self._on_failed is not None
        self._on_done = self._on_failed = None
        if error is None and on_done is not None:
            on_done(result)
        elif self.state is State.FAILED and error is not None:
            if on_failed is not None:
                on_failed(error)
            elif not self._forgotten and not left:
                from desktop.shell.notices import notify

                notify(error)
        if error is not None:
            _drop_frames(error)


def _living(callback: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """The callback, unless it belongs to a widget that is gone by now (a panel of a project that was left)."""
    bound = callback
    while isinstance(bound, partial):
        bound = bound.func
    owner = getattr(bound, "__self__", None)
    return None if isinstance(owner, QObject) and not isValid(owner) else callback


def _drop_frames(error: BaseException) -> None:
    """Jobs stay listed and notices are kept: with its traceback an error would keep alive all that the work held."""
    seen: BaseException | None = error
    while seen is not None:
        seen.__traceback__ = None
        seen = seen.__cause__ or seen.__context__


class _Work:
    def __init__(self, job: Job, work: Callable[[Progress], Any]) -> None:
        self._job, self._work = job, work

    def __call__(self) -> None:
        job = self._job
        result: Any = None
        error: Exception | None = None
        try:
            if job.progress.cancelled:
                raise Cancelled
            job._started.emit()
            result = self._work(job.progress)
        except Exception as raised:
            error = raised
        self._work = None  # type: ignore[assignment]  # what the work holds dies here, not with the thread
        try:
            job._ended.emit(result, error)
        except RuntimeError:  # the runner was closed and its jobs are gone
            return


class JobRunner(QObject):
    """Starts jobs and knows which are running; everything it says is said in the UI thread."""

    started = Signal(object)  # Job
    changed = Signal(object)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None, threads: int | None = None) -> None:
        super().__init__(parent)
        self._workers = Workers(threads or max(2, QThread.idealThreadCount()))
        self._unlisted: set[Job] = set()
        self._of_project: set[Job] = set()  # those of them whose answer only the open project needs
        self.jobs: list[Job] = []  # newest last; ended ones stay for the jobs panel

    def start(
        self,
        label: str,
        work: Callable[[Progress], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> Job:
        """Run ``work(progress)`` on a worker; then ``done(result)`` or ``failed(error)`` in the UI thread.

        A cancelled job calls neither; without ``failed`` an error goes to the notices. ``label`` is shown as it is.
        """
        job = Job(label, done, failed, self)
        self.jobs.append(job)
        for old in [job for job in self.jobs[:-_LISTED] if not job.running]:
            self.jobs.remove(old)
            old.deleteLater()
        job.changed.connect(self._changed)
        self.started.emit(job)
        self._workers.start(_Work(job, work))
        return job

    def quiet(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        of_project: bool = True,
    ) -> Job:
        """Like `start` for short reads: not listed and without a label.

        Nobody is told the answer once the project is left (`leave_project`), unless it is not ``of_project``.
        """
        job = Job("", done, failed, self)
        self._unlisted.add(job)
        if of_project:
            self._of_project.add(job)
        job.changed.connect(self._forget)
        self._workers.start(_Work(job, work))
        return job

    @property
    def running(self) -> list[Job]:
        """The jobs that have yet to end, oldest first."""
        return [job for job in self.jobs if job.running]

    @property
    def busy(self) -> bool:
        """Whether any work, listed or not, has yet to end."""
        return bool(self.running or self._unlisted)

    @property
    def unfinished(self) -> list[Job]:
        """All work, listed or not, that has yet to end."""
        return [*self.running, *self._unlisted]

    def leave_project(self) -> None:
        """Stop the reads of the project that is being left; what the user has asked for goes on to its end."""
        for job in list(self._of_project):
            job.forget()
            job.cancel()

    def cancel_all(self) -> None:
        """Ask every job to stop."""
        for job in (*self.running, *self._unlisted):
            job.cancel()

    def close(self, timeout_ms: int = 10_000, *, cancel: bool = True) -> bool:
        """Wait until all work has ended, after cancelling it unless told not to; False when it took too long.

        What ends only now tells nobody any more.
        """
        if cancel:
            self.cancel_all()
        stopped = self._workers.wait(timeout_ms / 1000)
        for job in (*self.jobs, *self._unlisted):
            job.forget()
        return stopped

    def _forget(self, job: Job) -> None:
        if not job.running:
            self._unlisted.discard(job)
            self._of_project.discard(job)
            job.deleteLater()

    def _changed(self, job: Job) -> None:
        self.changed.emit(job)
        if not job.running:
            self.ended.emit(job)
