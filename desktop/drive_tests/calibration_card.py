"""The calibration: fit, look at what it is worth where it was not fitted, keep it for predictions, or remove it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.drive_tests.cell_table import signed
from desktop.shell.formatting import length, moment, number
from desktop.shell.words import language, tr, worded, words
from gis.coverage.classes import technology
from gis.errors import Refusal
from gis.project.tunings import KeptTuning
from gis.radio.calibration import Calibration
from gis.radio.models import Tuning


class CalibrationCard(QWidget):
    """``wanted(offsets)``: fit now; ``keep_wanted``: keep what was fitted; ``forget_wanted(technology)``."""

    wanted = Signal(bool)
    keep_wanted = Signal()
    forget_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._made: Mapping[str, Calibration] = {}
        self._refused: Mapping[str, Refusal] = {}
        self._kept: Mapping[str, KeptTuning] = {}
        self._readonly = False
        self._drive = False  # whether there is a drive test to fit to
        self.title, self.why = QLabel(), QLabel()
        self.title.setProperty("role", "section")
        self.why.setProperty("role", "soft")
        self.why.setWordWrap(True)
        worded(self.title, "setText", "Calibration")
        worded(
            self.why, "setText", "Fit loss over distance to the samples, robustly; each cell may differ from its data."
        )
        self.offsets, self.start, self.keep = QCheckBox(), QPushButton(), QPushButton()
        self.offsets.setChecked(True)
        worded(self.offsets, "setText", "An offset for each cell")
        worded(self.start, "setText", "Calibrate")
        worded(self.keep, "setText", "Use for predictions")
        self.keep.setProperty("role", "primary")
        self.start.clicked.connect(self._start)
        self.keep.clicked.connect(self.keep_wanted)
        self.result = QLabel()
        self.result.setWordWrap(True)
        self.problem = QLabel()
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.addWidget(self.offsets, 1)
        row.addWidget(self.start)
        column.addWidget(self.title)
        column.addWidget(self.why)
        column.addLayout(row)
        column.addWidget(self.result)
        column.addWidget(self.problem)
        column.addWidget(self.keep)
        column.addLayout(self._list)
        words().changed.connect(self._say)
        self._say()

    def allow(self, drive: bool, readonly: bool) -> None:
        """Whether there is something to fit to, and whether it can be kept."""
        self._drive, self._readonly = drive, readonly
        self._say()

    def show_made(self, made: Mapping[str, Calibration], refused: Mapping[str, Refusal]) -> None:
        """Show what was fitted and why some could not be; both empty: nothing was."""
        self._made, self._refused = made, refused
        self._say()

    def show_kept(self, kept: Mapping[str, KeptTuning]) -> None:
        """Show what the project keeps."""
        self._kept = kept
        self._say()

    def _start(self) -> None:
        self.wanted.emit(self.offsets.isChecked())

    def _say(self) -> None:
        for widget in (self.title, self.why, self.offsets, self.start):
            widget.setVisible(self._drive)
        self.result.setText("\n\n".join(told(one) for one in self._made.values()))
        self.result.setVisible(bool(self._made))
        self.problem.setText("\n".join(f"{w.message(language())}{w.hint(language())}" for w in self._refused.values()))
        self.problem.setVisible(bool(self._refused))
        self.keep.setVisible(bool(self._made))
        self.keep.setEnabled(not self._readonly)
        self.keep.setToolTip(tr("This project is read only.") if self._readonly else "")
        while (item := self._list.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        if self._kept:
            head = QLabel(tr("Kept in the project"))
            head.setProperty("role", "section")
            self._list.addWidget(head)
        for name, kept in self._kept.items():
            self._list.addWidget(_KeptRow(name, kept, self._readonly, self.forget_wanted))


class _KeptRow(QWidget):
    """One calibration that is kept, with the button that removes it."""

    def __init__(self, name: str, kept: KeptTuning, readonly: bool, forget: Any) -> None:
        super().__init__()
        self._name, self._forget = name, forget
        text = QLabel(f"{technology(name).label.text(language())}  {formula(kept.tuning)}\n{_origin(kept)}")
        text.setProperty("role", "soft")
        text.setWordWrap(True)
        self.button = QPushButton(tr("Remove"))
        self.button.setProperty("role", "link")
        self.button.setEnabled(not readonly)
        self.button.clicked.connect(self._clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(text, 1)
        row.addWidget(self.button)

    def _clicked(self) -> None:
        self._forget.emit(self._name)


def formula(tuning: Tuning) -> str:
    """L = 128.1 + 37.6 lg d."""
    return f"L = {tuning.intercept_db:.1f} + {tuning.slope_db:.1f} lg d"


def told(one: Calibration) -> str:
    """What was fitted and what it is worth, in a few lines."""
    lines = [
        f"{technology(one.technology).label.text(language())}   {formula(one.tuning)}",
        tr(
            "{squares} squares, {cells} cells, {near} – {far}",
            squares=number(one.squares),
            cells=number(one.cells),
            near=length(one.nearest_m),
            far=length(one.farthest_m),
        ),
    ]
    held, before = one.held_out, one.before
    if held is None:
        lines.append(tr("The ground is too small to hold any of it back: what this is worth elsewhere is not known."))
    else:
        lines.append(
            tr(
                "Where it was not fitted: rms error {before} → {after} dB, mean {bias} → {rest} dB",
                before=number(before.rms_db, 1),
                after=number(held.rms_db, 1),
                bias=signed(before.mean_db),
                rest=signed(held.mean_db),
            )
        )
        if held.rms_db >= before.rms_db:
            lines.append(tr("There it is no better than the model before."))
    if one.at_limit:
        lines.append(tr("It ended at the limit of what is possible: power, height or place of the cells may be wrong."))
    return "\n".join(lines)


def _origin(kept: KeptTuning) -> str:
    held = kept.figures.get("held_out")
    worth = "" if not held else f" · ±{number(held['rms_db'], 1)} dB"
    return f"{', '.join(kept.sources)} · {moment(kept.made_at)}{worth}"
