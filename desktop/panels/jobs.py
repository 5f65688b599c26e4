"""The jobs: what is being worked on, how far it is, and a button to stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.jobs import Job, JobRunner, State
from desktop.shell.formatting import duration, share
from desktop.shell.icons import icon
from desktop.shell.words import language, mark, tr, worded, words
from gis.errors import Refusal, messages, say

_STATES = {
    State.WAITING: mark("waiting"),
    State.RUNNING: mark("running"),
    State.DONE: mark("done"),
    State.FAILED: mark("failed"),
    State.CANCELLED: mark("cancelled"),
}
_ICONS = {
    State.WAITING: ("mdi6.clock-outline", "text_soft"),
    State.RUNNING: ("mdi6.progress-clock", "accent"),
    State.DONE: ("mdi6.check-circle-outline", "good"),
    State.FAILED: ("mdi6.alert-circle-outline", "bad"),
    State.CANCELLED: ("mdi6.cancel", "text_soft"),
}


class JobsPanel(QWidget):
    """One row a job, newest on top."""

    def __init__(self, runner: JobRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[Job, _Row] = {}
        page = QWidget()
        page.setProperty("role", "page")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(16, 8, 16, 8)
        self._column.setSpacing(4)
        self._empty = QLabel()
        self._empty.setProperty("role", "soft")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        worded(self._empty, "setText", "No job is running. Imports, analyses and maps show their progress here.")
        self._column.addWidget(self._empty)
        self._column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        runner.started.connect(self._add)
        runner.changed.connect(self._change)
        words().changed.connect(self._say)
        for job in runner.jobs:
            self._add(job)

    def _add(self, job: Job) -> None:
        self._rows[job] = row = _Row(job)
        self._column.insertWidget(0, row)
        self._empty.hide()
        while len(self._rows) > 50:
            self._rows.pop(next(iter(self._rows))).deleteLater()

    def _say(self) -> None:
        for row in self._rows.values():
            row.show_job()

    def _change(self, job: Job) -> None:
        if job in self._rows:
            self._rows[job].show_job()


class _Row(QFrame):
    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job
        self._mark, self._label, self._step = QLabel(), QLabel(job.label), QLabel()
        self._step.setProperty("role", "soft")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(160)
        self._bar.setAccessibleName(job.label)
        self._cancel = QPushButton()
        worded(self._cancel, "setText", "Cancel")
        self._cancel.clicked.connect(job.cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._mark)
        row.addWidget(self._label)
        row.addWidget(self._step, 1)
        row.addWidget(self._bar)
        row.addWidget(self._cancel)
        self.setFixedHeight(36)
        self.show_job()

    def show_job(self) -> None:
        """Show how the job stands."""
        job = self._job
        image, color = _ICONS[job.state]
        self._mark.setPixmap(icon(image, color).pixmap(18, 18))
        self._step.setText(state_text(job))
        self._bar.setVisible(job.running)
        self._cancel.setVisible(job.running)
        self._cancel.setEnabled(not job.progress.cancelled)
        show_share(self._bar, job)


def show_share(bar: QProgressBar, job: Job) -> None:
    """Set a bar to how far a job is; it runs to and fro while that is unknown."""
    done = job.share
    if done is None:
        bar.setRange(0, 0)
    else:
        bar.setRange(0, 1000)
        bar.setValue(round(done * 1000))


def state_text(job: Job) -> str:
    """How a job stands, in words."""
    if job.running and job.progress.cancelled:
        return tr("stopping…")
    if job.state is State.RUNNING:
        step = say(job.text, language()) if job.text in messages() else job.text
        done = share(job.share, 0) if job.share is not None else ""
        return "   ".join(part for part in (done, step) if part) or tr("running")
    if job.state is State.FAILED and isinstance(job.error, Refusal):
        return job.error.message(language())
    said = tr(_STATES[job.state])
    return f"{said}   {duration(job.seconds)}" if not job.running else said
