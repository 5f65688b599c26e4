"""Opening, making, backing up and closing projects: always by a job, never holding up the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.jobs import Job
from desktop.shell.notices import notify
from desktop.shell.settings import data_folder
from desktop.shell.words import mark, tr, worded
from desktop.shell.workspace import Workspace
from gis.progress import Progress

SUFFIX = ".yantu"
SAMPLE_NAME = f"yancheng-sample{SUFFIX}"
_SYSTEMS = (
    ("EPSG:4549", mark("CGCS2000 / 3-degree, central meridian 120°E (EPSG:4549)")),
    ("EPSG:4528", mark("CGCS2000 / 3-degree, zone 40 (EPSG:4528)")),
    ("EPSG:4548", mark("CGCS2000 / 3-degree, central meridian 117°E (EPSG:4548)")),
    ("EPSG:4550", mark("CGCS2000 / 3-degree, central meridian 123°E (EPSG:4550)")),
    ("EPSG:32651", mark("WGS 84 / UTM zone 51N (EPSG:32651)")),
)


def sample_path() -> Path:
    """Where the sample city lies in the user's data folder."""
    return data_folder() / SAMPLE_NAME


def _sweep(unfinished: Path) -> None:
    for part in unfinished.parent.glob(f"{unfinished.name}*"):
        if part.is_file():
            part.unlink()


class Projects(QObject):
    """What the project menu does. ``working(Job)`` names the job that will bring a project."""

    working = Signal(object)

    def __init__(self, workspace: Workspace, window: QWidget) -> None:
        super().__init__(window)
        self._workspace, self._window = workspace, window
        self._job: Job | None = None

    # Bringing a project ---------------------------------------------------------------------------------------------
    def open(self, path: Path) -> None:
        """Open a file; its predecessor is closed once it is open."""
        author = self._workspace.settings.now.author

        def work(progress: Progress) -> Any:
            from gis.project import Session

            return Session.open(path, author=author)

        self._bring(tr("Opening {name}", name=path.stem), work)

    def create(self, path: Path, name: str, crs: str) -> None:
        """Make an empty project and open it."""
        author = self._workspace.settings.now.author

        def work(progress: Progress) -> Any:
            from gis.project import Session

            return Session.create(path, crs=crs, name=name, author=author)

        self._bring(tr("Making {name}", name=name), work)

    def open_sample(self) -> None:
        """Open the sample city; it is made first when it is not there."""
        path = sample_path()
        if path.is_file():
            self.open(path)
            return
        author = self._workspace.settings.now.author

        def work(progress: Progress) -> Any:
            from datasets.sample import make
            from gis.project import Session

            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f"making-{path.name}")
            _sweep(unfinished)
            try:
                make(unfinished, progress=progress)
                unfinished.rename(path)
            finally:  # a city half made must never pass for the sample
                _sweep(unfinished)
            return Session.open(path, author=author)

        self._bring(tr("Making the sample city"), work)

    def _bring(self, label: str, work: Callable[[Progress], Any]) -> None:
        if self._job is not None and self._job.running:
            self._job.cancel()
        self._job = self._workspace.jobs.start(label, work, self._arrived)
        self.working.emit(self._job)

    def _arrived(self, session: Any) -> None:
        self._workspace.settings.remember(session.path)
        self._retire(self._workspace.set_session(session))

    def close(self) -> None:
        """Close the project and show the first page."""
        self._retire(self._workspace.set_session(None))

    def _retire(self, old: Any) -> None:
        """Close a project once nothing reads it any more; what has begun since belongs to the next one."""
        if old is not None:
            self._close_after(old, self._workspace.left_work)

    def _close_after(self, old: Any, jobs: list[Job]) -> None:
        left = [job for job in jobs if job.running]
        if left:
            QTimer.singleShot(100, self, lambda: self._close_after(old, left))
        else:
            old.close()

    # Asking the user ------------------------------------------------------------------------------------------------
    def ask_open(self) -> None:
        """Let the user choose a file."""
        folder = self._folder()
        kinds = f"{tr('Yantu project')} (*{SUFFIX} *.sqlite *.db);;{tr('All files')} (*)"
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Open project…"), str(folder), kinds)
        if name:
            self.open(Path(name))

    def ask_new(self) -> None:
        """Let the user name a new project."""
        dialog = NewProject(self._window)
        dialog.accepted.connect(lambda: self._ask_where(dialog))
        dialog.open()

    def _ask_where(self, dialog: NewProject) -> None:
        name = dialog.name.text().strip() or tr("New city")
        start = self._folder() / f"{name}{SUFFIX}"
        kinds = f"{tr('Yantu project')} (*{SUFFIX})"
        chosen, _ = QFileDialog.getSaveFileName(self._window, tr("New project…"), str(start), kinds)
        if chosen:
            path = Path(chosen)
            self.create(path if path.suffix else path.with_suffix(SUFFIX), name, dialog.system())

    def ask_backup(self) -> None:
        """Let the user choose where a copy goes, and make it."""
        session = self._workspace.session
        if session is None:
            return
        start = session.path.with_name(f"{session.path.stem}-backup{session.path.suffix}")
        chosen, _ = QFileDialog.getSaveFileName(self._window, tr("Back up…"), str(start))
        if chosen:
            target = Path(chosen)

            def done(_result: object) -> None:
                notify(tr("Backed up to {path}", path=target), "success")

            self._workspace.jobs.start(tr("Backing up"), lambda progress: session.backup(target, progress), done)

    def verify(self) -> None:
        """Check the file's health and say the outcome."""
        session = self._workspace.session
        if session is None:
            return

        def done(problems: list[Any]) -> None:
            if problems:
                said = "; ".join(getattr(problem, "code", str(problem)) for problem in problems[:3])
                notify(tr("The project has {count} problems: {said}", count=len(problems), said=said), "error")
            else:
                notify(tr("The project is sound."), "success")

        self._workspace.jobs.start(tr("Checking the project"), lambda progress: session.verify(progress), done)

    def _folder(self) -> Path:
        recent = self._workspace.settings.now.recent
        return Path(recent[0]).parent if recent else Path.home()


class NewProject(QDialog):
    """Name and coordinate system of a new city."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        worded(self, "setWindowTitle", "New project…")
        self.name = QLineEdit()
        worded(self.name, "setPlaceholderText", "New city")
        self._system = QComboBox()
        for code, text in _SYSTEMS:
            self._system.addItem(tr(text), code)
        form = QFormLayout()
        form.setVerticalSpacing(16)
        form.setHorizontalSpacing(24)
        for text, field in ((mark("Name"), self.name), (mark("Coordinate system"), self._system)):
            label = QLabel()
            worded(label, "setText", text)
            worded(field, "setAccessibleName", text)
            form.addRow(label, field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setProperty("role", "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(24)
        column.addLayout(form)
        column.addWidget(buttons)
        self.setMinimumWidth(520)

    def system(self) -> str:
        """The chosen system, "EPSG:n"."""
        return str(self._system.currentData())
