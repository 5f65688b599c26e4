"""The foot of the assistant: what will be imported, how far the work is, and the buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QProgressBar, QPushButton, QToolButton, QWidget

from desktop.jobs import Job
from desktop.panels.jobs import show_share, state_text
from desktop.shell.icons import icon
from desktop.shell.words import mark, tr, worded, words

_MODES = (
    ("valid", mark("Everything valid")), ("all", mark("All rows or nothing")), ("add", mark("Only add new")),
    ("update", mark("Only update")), ("geometry", mark("Only positions")), ("attributes", mark("Only attributes")),
)  # fmt: skip
_MODE_TIPS = {
    "valid": mark("New rows are added, changed ones update their feature; rejected rows and open conflicts stay out"),
    "all": mark("Imported only if no row is rejected and every conflict is decided"),
    "add": mark("Features that are there already stay as they are"),
    "update": mark("No feature is added"),
    "geometry": mark("Features that are there move to where the file has them; nothing else changes"),
    "attributes": mark("Features that are there take the file's values and stay where they are"),
}


class Foot(QWidget):
    """Widgets for the assistant to fill and listen to."""

    def __init__(self) -> None:
        super().__init__()
        self.counts, self.step = QLabel(), QLabel()
        self.counts.setWordWrap(True)
        self.step.setProperty("role", "soft")
        worded(self.counts, "setAccessibleName", "What will be imported")
        self.bar = QProgressBar()
        self.bar.setFixedWidth(140)
        self.bar.setTextVisible(False)
        self.stop = QToolButton()
        self.stop.setIcon(icon("mdi6.close"))
        worded(self.stop, "setToolTip", "Stop")
        worded(self.stop, "setAccessibleName", "Stop")
        self.conflicts, self.close_button, self.import_button = QPushButton(), QPushButton(), QPushButton()
        self.mode = QComboBox()
        for key, text in _MODES:
            self.mode.addItem(tr(text), key)
        worded(self.mode, "setAccessibleName", "What is imported")
        worded(self.close_button, "setText", "Close")
        self.import_button.setProperty("role", "primary")
        self.import_button.setDefault(True)
        for button in (self.conflicts, self.close_button):
            button.setAutoDefault(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(12)
        row.addWidget(self.counts, 1)
        for widget in (self.step, self.bar, self.stop, self.conflicts, self.mode, self.close_button,
                       self.import_button):  # fmt: skip
            row.addWidget(widget)
        words().changed.connect(self._say)
        self._say()
        self.show_job(None)

    def show_job(self, job: Job | None) -> None:
        """How far the work is; None where nothing is under way."""
        working = job is not None and job.running
        for widget in (self.step, self.bar, self.stop):
            widget.setVisible(working)
        if job is not None and working:
            show_share(self.bar, job)
            self.step.setText(state_text(job))
            self.stop.setEnabled(not job.progress.cancelled)

    def say(self, said: str, problem: bool) -> None:
        """What will be imported, or why it cannot be."""
        self.counts.setText(said)
        self.counts.setProperty("role", "problem" if problem else "")
        self.counts.style().polish(self.counts)

    def _say(self, *_: object) -> None:
        for row, (key, text) in enumerate(_MODES):
            self.mode.setItemText(row, tr(text))
            self.mode.setItemData(row, tr(_MODE_TIPS[key]), Qt.ItemDataRole.ToolTipRole)
