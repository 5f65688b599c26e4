"""The line at the bottom: tool hint, running job, coordinate, scale, coordinate system."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QProgressBar, QToolButton, QWidget

from desktop.jobs import Job, JobRunner
from desktop.panels.jobs import show_share, state_text
from desktop.shell.formatting import geographic, number, parse_scale, projected
from desktop.shell.icons import icon
from desktop.shell.words import tr, worded, words
from desktop.shell.workspace import Workspace

HEIGHT = 32


class StatusBar(QFrame):
    """``scale_wanted`` carries a denominator the user typed; ``jobs_wanted`` asks for the jobs panel."""

    scale_wanted = Signal(float)
    jobs_wanted = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("StatusBar")
        self.setFixedHeight(HEIGHT)
        self._workspace = workspace
        self._to_lonlat: Any = None
        self._hint_key = ""
        self._place: tuple[float, float] | None = None
        self.hint = QLabel()
        self.hint.setProperty("role", "soft")
        self.hint.setMinimumWidth(40)
        self.coordinate, self.lonlat, self.crs = QLabel(), QLabel(), QLabel()
        for label in (self.coordinate, self.lonlat):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.coordinate.setMinimumWidth(self.fontMetrics().horizontalAdvance("东 000,000.000  北 0,000,000.000"))
        self.lonlat.setMinimumWidth(self.fontMetrics().horizontalAdvance("000.00000°E 00.00000°N"))
        self.lonlat.setProperty("role", "soft")
        self.crs.setProperty("role", "soft")
        self.scale = QLineEdit()
        self.scale.setProperty("role", "quiet")
        self.scale.setFixedWidth(104)
        self.scale.returnPressed.connect(self._scale_typed)
        self.scale.editingFinished.connect(lambda: self.scale.setModified(False))
        worded(self.scale, "setAccessibleName", "Map scale")
        worded(self.scale, "setToolTip", "Map scale; type another, such as 1:5000")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(12)
        row.addWidget(self.hint, 1)
        row.addWidget(self._make_progress(workspace.jobs))
        self._where = QWidget()
        where = QHBoxLayout(self._where)
        where.setContentsMargins(0, 0, 0, 0)
        where.setSpacing(12)
        for widget in (self.coordinate, _line(), self.lonlat, _line(), self.scale, _line(), self.crs):
            where.addWidget(widget)
        row.addWidget(self._where)
        workspace.session_changed.connect(self._session_changed)
        words().changed.connect(self._say)
        self._session_changed()

    def _make_progress(self, jobs: JobRunner) -> QWidget:
        self._jobs = jobs
        self._work = QWidget()
        row = QHBoxLayout(self._work)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.job_text = QToolButton()
        self.job_text.clicked.connect(self.jobs_wanted)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(112)
        worded(self.bar, "setAccessibleName", "Progress")
        self.cancel = QToolButton()
        self.cancel.setIcon(icon("mdi6.close-circle-outline", "text_soft"))
        worded(self.cancel, "setToolTip", "Stop this job")
        worded(self.cancel, "setAccessibleName", "Stop this job")
        self.cancel.clicked.connect(self._cancel)
        row.addWidget(self.job_text)
        row.addWidget(self.bar)
        row.addWidget(self.cancel)
        self._work.hide()
        jobs.started.connect(self._job_changed)
        jobs.changed.connect(self._job_changed)
        return self._work

    # ----------------------------------------------------------------------------------------------------------------
    def show_hint(self, text: str) -> None:
        """Say what the tool in hand does; already in the user's language."""
        self.hint.setText(text)
        self.hint.setToolTip(text)

    def show_place(self, x: float, y: float) -> None:
        """Say where the mouse is, in the project's CRS and as longitude and latitude."""
        self._place = (x, y)
        decimals = min(3, max(0, self._workspace.settings.now.decimals))
        self.coordinate.setText(projected(x, y, decimals))
        if self._to_lonlat is not None:
            lon, lat = self._to_lonlat.transform(x, y)
            inside = abs(lon) <= 180 and abs(lat) <= 90
            self.lonlat.setText(geographic(lon, lat) if inside else "—")

    def show_middle(self, x: float, y: float) -> None:
        """Say where the middle of the map is, as long as the mouse has not been over it."""
        if self._place is None:
            self.show_place(x, y)
            self._place = None

    def show_scale(self, denominator: float) -> None:
        """Say the map's scale, unless another is being typed."""
        if not self.scale.isModified():
            self.scale.setText(f"1:{number(float(round(denominator)))}")

    # ----------------------------------------------------------------------------------------------------------------
    def _session_changed(self) -> None:
        session = self._workspace.session
        self._place, self._to_lonlat = None, None
        for label in (self.coordinate, self.lonlat, self.crs):
            label.clear()
        self._where.setVisible(session is not None)
        if session is None:
            self.scale.clear()
            return
        from pyproj import Transformer

        self._to_lonlat = Transformer.from_crs(session.crs, session.crs.geodetic_crs, always_xy=True)
        self.crs.setText(f"EPSG:{session.srid}")
        self.crs.setToolTip(session.crs.name)

    def _scale_typed(self) -> None:
        denominator = parse_scale(self.scale.text())
        self.scale.setModified(False)
        if denominator is not None:
            self.scale_wanted.emit(denominator)
        self.scale.clearFocus()

    def _job_changed(self, _job: Job) -> None:
        running = self._jobs.running
        self._work.setVisible(bool(running))
        if running:
            job = running[-1]
            more = tr(" (+{count})", count=len(running) - 1) if len(running) > 1 else ""
            self.job_text.setText(job.label + more)
            self.job_text.setToolTip(state_text(job))
            show_share(self.bar, job)

    def _cancel(self) -> None:
        if running := self._jobs.running:
            running[-1].cancel()

    def _say(self) -> None:
        if self._place is not None:
            self.show_place(*self._place)


def _line() -> QFrame:
    line = QFrame()
    line.setProperty("role", "rule")
    line.setFixedSize(1, 16)
    return line
