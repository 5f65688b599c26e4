"""One coverage run against another: what was gained and lost, on the map and by area."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.panels.analysis_legend import clear_grid
from desktop.panels.analysis_more import FILES
from desktop.shell.formatting import area, length, moment, share
from desktop.shell.words import language, tr, worded, words
from gis.coverage.layers import LayerLook, difference_look
from gis.progress import Progress
from gis.project.analysis import run_title
from gis.project.comparing import RunComparison, compare_runs
from gis.radio.models import AUTO, model_label

_AREAS = 10
_NOTHING = "\u2013"


def how(run: Any) -> str:
    """What tells runs of one area apart: the model asked for, where one was, the resolution, and what was decided."""
    params = run.params
    model = params.get("model", AUTO)
    parts = [] if model == AUTO else [model_label(model, language())]
    parts.append(f"{run.summary['resolution_m']:g} m")
    if params.get("receiver_height_m") is not None:
        parts.append(tr("{height} high", height=length(params["receiver_height_m"])))
    if params.get("load") is not None:
        parts.append(tr("load {share}", share=share(params["load"], 0)))
    if not params.get("ground", True):
        parts.append(tr("without buildings"))
    parts += [Path(params[name]).name for name, *_ in FILES if params.get(name)]
    return " ".join(parts)


class RunComparing(QWidget):
    """Choose another run of the kind; ``changed`` when there is, or is no more, a difference to show."""

    changed = Signal()

    def __init__(self, window: Any) -> None:
        super().__init__()
        self._window = window
        self._run: Any = None
        self._others: list[Any] = []
        self._folder = TemporaryDirectory(prefix="yantu-compare-")
        self.found: RunComparison | None = None
        label = QLabel()
        label.setProperty("role", "soft")
        worded(label, "setText", "Compare with")
        self.other = QComboBox()
        self.other.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        worded(self.other, "setAccessibleName", "Compare with")
        label.setBuddy(self.other)
        self.other.activated.connect(self._chosen)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(label)
        head.addWidget(self.other, 1)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.hide()
        self._table = QWidget()
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._table.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.said)
        column.addWidget(self._table)
        self.destroyed.connect(self._folder.cleanup)
        words().changed.connect(self._offer)

    def show_run(self, run: Any, runs: list[Any]) -> None:
        """Offer the other runs that measure the same; a difference shown before goes."""
        same = run is not None and self._run is not None and run.id == self._run.id
        self._run = run
        self._others = [
            other for other in runs
            if run is not None and other.id != run.id and other.kind == run.kind
            and other.summary["quantity"] == run.summary["quantity"]
        ]  # fmt: skip
        if not same:
            self._drop()
        self._offer()

    @property
    def look(self) -> LayerLook:
        """How the difference is drawn."""
        return difference_look()

    def _offer(self) -> None:
        chosen = self.other.currentData()
        self.other.clear()
        self.other.addItem(tr("no other run"), None)
        for other in self._others:
            said = f"{moment(other.started_at)} · {how(other)} · {run_title(other, language())}"
            self.other.addItem(said, other.id)
            self.other.setItemData(self.other.count() - 1, said, Qt.ItemDataRole.ToolTipRole)
        self.other.setCurrentIndex(max(0, self.other.findData(chosen)))
        self.setVisible(bool(self._others))
        if self.found is not None:
            self._say(self.found)

    def _chosen(self, _place: int) -> None:
        wanted = self.other.currentData()
        other = next((run for run in self._others if run.id == wanted), None)
        if other is None:
            self._drop()
            self.changed.emit()
            return
        session, run = self._window.session, self._run
        target = Path(self._folder.name) / f"{other.id}-{run.id}.tif"

        def work(progress: Progress) -> RunComparison:
            return compare_runs(session, other, run, target, progress=progress)

        self._window.jobs.start(tr("Comparing two runs"), work, self._take)

    def _take(self, found: RunComparison) -> None:
        if self._run is None or found.b != self._run.id or found.a != self.other.currentData():
            return  # something else was chosen meanwhile
        self.found = found
        self._say(found)
        self.changed.emit()

    def _drop(self) -> None:
        self.found = None
        self.said.hide()
        self._table.hide()
        self.other.setCurrentIndex(0)

    def _say(self, found: RunComparison) -> None:
        lines = [tr("{gained} gained, {lost} lost, {kept} in both.", gained=area(found.gained_m2),
                    lost=area(found.lost_m2), kept=area(found.kept_m2))]  # fmt: skip
        if found.mean is not None:
            lines.append(tr("On average {mean} dB.", mean=f"{found.mean:+.1f}".replace("-", "−")))
        if found.inputs_changed:
            lines.append(tr("The data has changed between the two."))
        self.said.setText(" ".join(lines))
        self.said.show()
        clear_grid(self._grid)
        entries = sorted(found.areas, key=lambda row: -abs(row.area_change or 0.0))[:_AREAS]
        for place, head in enumerate(("", tr("share|Area"), tr("People"))):
            self._cell(head, 0, place, "faint")
        for down, row in enumerate(entries, 1):
            self._cell(row.name or row.code or _NOTHING, down, 0, "soft")
            self._cell(_points(row.area_change), down, 1)
            self._cell(_points(row.population_change), down, 2)
        self._table.setVisible(bool(entries))

    def _cell(self, text: str, row: int, column: int, role: str | None = None) -> None:
        cell = QLabel(text)
        if role is not None:
            cell.setProperty("role", role)
        if column:
            cell.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(cell, row, column)


def _points(change: float | None) -> str:
    """A change of a share in percentage points."""
    if change is None:
        return _NOTHING
    points = round(change * 100.0, 1)
    return tr("{change} points", change=f"{points:+.1f}".replace("-", "−")) if points else "0"
