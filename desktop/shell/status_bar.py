"""The line at the bottom: tool hint, running job, coordinate in two systems, scale, coordinate system."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QProgressBar, QToolButton, QWidget

from desktop.jobs import Job, JobRunner
from desktop.navigation.coordinates import NAMES, SHOWN
from desktop.navigation.scale_box import ScaleBox
from desktop.panels.jobs import show_share, state_text
from desktop.shell.formatting import geographic, projected
from desktop.shell.icons import icon
from desktop.shell.words import tr, worded, words
from desktop.shell.workspace import Workspace
from gis.geometry.crs import ProjectCrs, project_crs
from gis.geometry.places import written

HEIGHT = 32
_WIDEST = {
    "lonlat": "000.00000°E 00.00000°N", "dms": "00°00′00.000″N 000°00′00.000″E",
    "gcj02": "GCJ-02: 000.0000000, 00.0000000", "bd09": "BD-09: 000.0000000, 00.0000000",
    "zoned": "00000000.000, 0000000.000", "utm": "UTM 00N 000000.000 0000000.000",
}  # fmt: skip


class StatusBar(QFrame):
    """``scale_wanted`` carries a denominator the user typed; ``jobs_wanted`` asks for the jobs panel."""

    scale_wanted = Signal(float)
    jobs_wanted = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("StatusBar")
        self.setFixedHeight(HEIGHT)
        self._workspace = workspace
        self._crs: ProjectCrs | None = None
        self._hint_key = ""
        self._place: tuple[float, float] | None = None  # what is shown
        self._pointed = False  # whether that is where the mouse is, and not the middle of the map
        self.hint = QLabel()
        self.hint.setProperty("role", "soft")
        self.hint.setMinimumWidth(40)
        self.coordinate, self.lonlat, self.crs = QLabel(), QToolButton(), QLabel()
        self.coordinate.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.coordinate.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.coordinate.setMinimumWidth(self.fontMetrics().horizontalAdvance("东 000,000.000  北 0,000,000.000"))
        self.lonlat.setProperty("role", "quiet")
        self.lonlat.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.lonlat.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.lonlat.setMenu(self._make_systems())
        worded(self.lonlat, "setAccessibleName", "Coordinate system shown")
        worded(self.lonlat, "setToolTip", "The place under the mouse; click to choose another coordinate system")
        self.crs.setProperty("role", "soft")
        self.scale = ScaleBox()
        self.scale.wanted.connect(self.scale_wanted)
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
        workspace.settings.changed.connect(self._settings_changed)
        self._make_room(workspace.settings.now.place_system)
        words().changed.connect(self._say)
        self._session_changed()

    def _make_systems(self) -> QMenu:
        """The systems to choose from, by their names in the language in force."""
        menu = QMenu(self)
        menu.aboutToShow.connect(self._fill_systems)
        self._systems = menu
        return menu

    def _fill_systems(self) -> None:
        self._systems.clear()
        settings = self._workspace.settings
        for system in SHOWN:
            action = self._systems.addAction(tr(NAMES[system]), lambda system=system: self._choose(system))
            action.setCheckable(True)
            action.setChecked(system == settings.now.place_system)

    def _choose(self, system: str) -> None:
        self._workspace.settings.change(place_system=system)

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
        self._pointed = True
        self._show(x, y)

    def _show(self, x: float, y: float) -> None:
        self._place = (x, y)
        decimals = min(3, max(0, self._workspace.settings.now.decimals))
        self.coordinate.setText(projected(x, y, decimals))
        if self._crs is not None:
            self.lonlat.setText(self._other(x, y))

    def _other(self, x: float, y: float) -> str:
        """The place in the system the user has chosen beside the project's."""
        crs, system = self._crs, self._workspace.settings.now.place_system
        assert crs is not None
        if system == "lonlat":
            lon, lat = (float(v) for v in crs.to_lonlat(x, y))
            return geographic(lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else "—"
        return written(x, y, crs, system) or "—"

    def show_middle(self, x: float, y: float) -> None:
        """Say where the middle of the map is, as long as the mouse has not been over it."""
        if not self._pointed:
            self._show(x, y)

    def show_scale(self, denominator: float) -> None:
        """Say the map's scale, unless another is being typed."""
        self.scale.show_scale(denominator)

    # ----------------------------------------------------------------------------------------------------------------
    def _session_changed(self) -> None:
        session = self._workspace.session
        self._place, self._pointed, self._crs = None, False, None
        self.lonlat.setText("")
        for label in (self.coordinate, self.crs):
            label.clear()
        self._where.setVisible(session is not None)
        if session is None:
            self.scale.clear()
            return
        self._crs = project_crs(session.srid)
        self.crs.setText(f"EPSG:{session.srid}")
        self.crs.setToolTip(session.crs.name)

    def _settings_changed(self, settings: Any) -> None:
        self._make_room(settings.place_system)
        self._say()

    def _make_room(self, system: str) -> None:
        """So much that the figures do not push the others about while the mouse moves."""
        self.lonlat.setMinimumWidth(self.fontMetrics().horizontalAdvance(_WIDEST[system]) + 16)

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
            self._show(*self._place)


def _line() -> QFrame:
    line = QFrame()
    line.setProperty("role", "rule")
    line.setFixedSize(1, 16)
    return line
