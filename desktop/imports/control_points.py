"""Points known in both systems, the parameters fitted to them, and how far each lies off: blunders are seen."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.icons import icon
from desktop.shell.theme import theme
from desktop.shell.words import language, mark, tr, worded, words
from desktop.styling.controls import CalmBox
from gis.errors import Refusal
from gis.geometry.angles import parse_angle
from gis.geometry.control_points import ControlPoint, control_points_in, read_control_points
from gis.geometry.shifts import Fit, Shift, fit_helmert, fit_similarity

_NAME, _X, _Y, _TX, _TY, _DX, _DY, _OUT = range(8)
_HEADS = (
    mark("point|Name"), mark("file E"), mark("file N"), mark("project E"), mark("project N"), mark("ΔE m"),
    mark("ΔN m"), mark("without it"),
)  # fmt: skip
_TIPS = {
    _OUT: mark("How far the point lies from where the others alone put it, in metres"),
    _DX: mark("What is left between the known and the computed place"),
    _DY: mark("What is left between the known and the computed place"),
}
_LEAST = {"four": 2, "seven": 3}


class ControlPoints(QWidget):
    """``changed`` when points or the way of fitting change; `shift` is what they give."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._source, self._target = "EPSG:2437", "EPSG:4549"
        self._problem: Refusal | None = None
        self.fit: Fit | None = None
        self.kind = CalmBox()
        self.kind.setMinimumContentsLength(14)
        self.open, self.add, self.remove = QPushButton(), QPushButton(), QPushButton()
        self.open.setIcon(icon("mdi6.folder-open-outline"))
        self.table = _Table(0, len(_HEADS))
        self.quality = QLabel()
        self.quality.setWordWrap(True)
        self.quality.setProperty("role", "soft")
        worded(self.open, "setText", "Open points…")
        worded(self.add, "setText", "point|Add")
        worded(self.remove, "setText", "point|Remove")
        worded(self.kind, "setAccessibleName", "Fit")
        worded(self.table, "setAccessibleName", "Control points")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.open)
        head.addWidget(self.add)
        head.addWidget(self.remove)
        head.addStretch(1)
        head.addWidget(self.kind)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addWidget(self.quality)
        self.open.clicked.connect(self._ask)
        self.add.clicked.connect(self._add_row)
        self.remove.clicked.connect(self._remove_rows)
        self.kind.currentIndexChanged.connect(self._refit)
        self.table.itemChanged.connect(self._edited)
        self.table.pasted.connect(self.paste)
        words().changed.connect(self._say)
        self._say()

    def set_systems(self, source: str, target: str) -> None:
        """Name the systems of both sides."""
        if (source, target) != (self._source, self._target):
            self._source, self._target = source, target
            self._fit()

    def shift(self) -> Shift | None:
        """The fitted parameters; None while there are too few points. Raises the Refusal of a fit that fails."""
        if self._problem is not None:
            raise self._problem
        return self.fit.shift if self.fit is not None else None

    # Points ---------------------------------------------------------------------------------------------------------
    def read(self, path: Path) -> None:
        """Take the points of a file in place of what stands there. Raises Refusals of `read_control_points`."""
        self.show_points(list(read_control_points(path)))

    def show_points(self, points: list[ControlPoint]) -> None:
        """Show points, all in use."""
        self.table.blockSignals(True)
        self.table.setRowCount(0)
        self.table.blockSignals(False)
        self._append(points)

    def paste(self, text: str) -> None:
        """Add points from copied rows of a sheet or a text."""
        try:
            self._append(list(control_points_in(text)))
        except Refusal as refusal:
            self._problem = refusal
            self.changed.emit()

    def _append(self, points: list[ControlPoint]) -> None:
        self.table.blockSignals(True)
        for point in points:
            numbers = (point.x, point.y, point.target_x, point.target_y)
            self._row([point.name, *(f"{number:.14g}" for number in numbers)])
        self.table.blockSignals(False)
        self._refit()

    def _row(self, texts: list[str]) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        for column in range(len(_HEADS)):
            item = QTableWidgetItem(texts[column] if column < len(texts) else "")
            if column == _NAME:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked)
            else:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if column >= _DX:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self.table.setItem(row, column, item)

    def _add_row(self) -> None:
        self.table.blockSignals(True)
        self._row([str(self.table.rowCount() + 1)])
        self.table.blockSignals(False)
        place = self.table.model().index(self.table.rowCount() - 1, _X)
        self.table.setCurrentIndex(place)
        self.table.edit(place)

    def _remove_rows(self) -> None:
        for row in sorted({index.row() for index in self.table.selectedIndexes()}, reverse=True):
            self.table.removeRow(row)
        self._refit()

    def _ask(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Control points"), "", "CSV, TXT, DAT (*.csv *.txt *.dat)")
        if not name:
            return
        try:
            self.read(Path(name))
        except Refusal as refusal:
            self._problem = refusal
            self.changed.emit()

    # The fit --------------------------------------------------------------------------------------------------------
    def _edited(self, item: QTableWidgetItem) -> None:
        if item.column() < _DX:
            self._refit()

    def _refit(self, *_row: object) -> None:
        self._fit()
        self.changed.emit()

    def _used(self) -> tuple[list[int], np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
        rows, numbers = [], []
        for row in range(self.table.rowCount()):
            found = [parse_angle(self._text(row, column)) for column in (_X, _Y, _TX, _TY)]
            if self._item(row, _NAME).checkState() == Qt.CheckState.Checked and all(map(math.isfinite, found)):
                rows.append(row)
                numbers.append(found)
        return rows, np.array(numbers, dtype=np.float64).reshape(len(numbers), 4)

    def _fit(self) -> None:
        rows, points = self._used()
        key = str(self.kind.currentData() or "four")
        self.fit, self._problem = None, None
        if len(rows) >= _LEAST[key]:
            names = [self._text(row, _NAME) for row in rows]
            try:
                if key == "four":
                    self.fit = fit_similarity(points[:, :2], points[:, 2:], names, target_crs=self._target)
                else:
                    self.fit = fit_helmert(
                        points[:, :2], points[:, 2:], names, source_crs=self._source, target_crs=self._target
                    )
            except Refusal as refusal:
                self._problem = refusal
        self._show_fit(rows)

    def _show_fit(self, rows: list[int]) -> None:
        look = theme()
        fit = self.fit
        self.table.blockSignals(True)
        for row in range(self.table.rowCount()):
            at = rows.index(row) if row in rows else -1
            suspect = fit is not None and at in fit.suspects
            for column in (_DX, _DY, _OUT):
                value = float("nan")
                if fit is not None and at >= 0:
                    value = float(fit.left_out[at] if column == _OUT else fit.residuals[at, column - _DX])
                self._item(row, column).setText(f"{value:,.3f}" if math.isfinite(value) else "")
            color: QColor = look.color("bad" if suspect else "text" if at >= 0 else "text_faint")
            for column in range(len(_HEADS)):
                self._item(row, column).setForeground(color)
        self.table.blockSignals(False)
        key = str(self.kind.currentData() or "four")
        if fit is None:
            least = _LEAST[key]
            self.quality.setText(
                tr("{count} points; at least {least} are needed, {more} to see blunders. Rows copied from a sheet can "
                   "be pasted: name, E and N in the file, E and N in the project.",
                   count=len(rows), least=least, more=least + 2)
            )  # fmt: skip
            return
        said = tr("{count} points, root mean square {rms} m, largest {most} m.", count=len(rows),
                  rms=f"{fit.rms_m:,.3f}", most=f"{float(fit.lengths.max()):,.3f}")  # fmt: skip
        if fit.suspects:
            names = ", ".join(self._text(rows[i], _NAME) for i in fit.suspects)
            said += " " + tr("Looks like a blunder: {names}. Untick it, or mend its numbers.", names=names)
        elif len(rows) == _LEAST[key]:
            said += " " + tr("With so few points nothing tells whether they are right.")
        self.quality.setText(said)

    def _item(self, row: int, column: int) -> QTableWidgetItem:
        item = self.table.item(row, column)
        assert item is not None
        return item

    def _text(self, row: int, column: int) -> str:
        return self._item(row, column).text().strip()

    def _say(self, *_language: object) -> None:
        self.kind.fill(
            [(tr("fit 4 parameters"), "four"), (tr("fit 7 parameters"), "seven")], self.kind.currentData() or "four"
        )
        self.table.setHorizontalHeaderLabels([tr(head) for head in _HEADS])
        for column in range(_X, len(_HEADS)):
            head = self.table.horizontalHeaderItem(column)
            if head is not None:
                head.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                head.setToolTip(tr(_TIPS[column]) if column in _TIPS else "")
        self.table.setColumnWidth(_NAME, 88)
        for column in (_DX, _DY):
            self.table.setColumnWidth(column, 64)
        self.table.setColumnWidth(_OUT, 76 if language() == "zh" else 88)
        self._fit()


class _Table(QTableWidget):
    """Takes pasted rows."""

    pasted = Signal(str)

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__(rows, columns)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setMinimumHeight(120)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (_X, _Y, _TX, _TY):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Paste where no cell is being edited."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit(QApplication.clipboard().text())
        else:
            super().keyPressEvent(event)
