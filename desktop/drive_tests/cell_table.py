"""Errors by cell: how many samples, mean error, mean absolute error, spread; sortable; a rest tells correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from desktop.shell.formatting import number
from desktop.shell.words import tr, worded, words
from gis.project.drive_tests import CellErrors

_VALUE = Qt.ItemDataRole.UserRole
_ID = Qt.ItemDataRole.UserRole + 1
_ROW_PX = 26
_WIDTHS = (40, 44, 40, 36)  # the rest is for the whole code of a cell


class CellTable(QTreeWidget):
    """``chosen(id)``: a cell was clicked; 0 = the one that was chosen was clicked again."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[CellErrors] = ()
        self._now = 0
        self.setColumnCount(1 + len(_WIDTHS))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideLeft)
        self.setSortingEnabled(True)
        self.setAllColumnsShowFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(False)
        header.setStyleSheet("QHeaderView::section { padding: 0 4px 0 2px; }")  # the panel is narrow
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(_WIDTHS, 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        worded(self, "setAccessibleName", "Errors by cell")
        self.itemClicked.connect(self._clicked)
        self.itemActivated.connect(self._clicked)
        words().changed.connect(self._say)
        self.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        self.show_rows(())

    def show_rows(self, rows: Sequence[CellErrors]) -> None:
        """Show these cells instead; none is chosen."""
        self._rows, self._now = rows, 0
        self._say()

    def sizeHint(self) -> QSize:
        """As tall as its rows, up to ten; beyond that it scrolls by itself."""
        return QSize(300, self.header().sizeHint().height() + _ROW_PX * min(10, max(1, len(self._rows))) + 4)

    def _say(self) -> None:
        heads = [tr("Cell"), tr("drive|n"), tr("drive|Mean"), tr("drive|Abs."), "σ"]
        self.setHeaderLabels(heads)
        head = self.headerItem()
        head.setTextAlignment(0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, text in (
            (2, tr("Mean error: predicted minus measured, dB")),
            (3, tr("Mean absolute error, dB")),
            (4, tr("Spread around the mean error, dB")),
        ):
            head.setToolTip(column, text)
        self.setSortingEnabled(False)
        self.clear()
        self.addTopLevelItems([_Row(row) for row in self._rows])
        self.setSortingEnabled(True)
        self.setFixedHeight(self.sizeHint().height())

    def _clicked(self, item: QTreeWidgetItem, _column: int) -> None:
        key = item.data(0, _ID)
        self._now = 0 if key == self._now else key
        if not self._now:
            self.clearSelection()
        self.chosen.emit(self._now)


class _Row(QTreeWidgetItem):
    """One cell; numbers sort as numbers."""

    def __init__(self, row: CellErrors) -> None:
        figures = row.figures
        correlation = "–" if figures.correlation is None else number(figures.correlation, 2)
        super().__init__(
            [
                row.code,
                number(figures.count),
                signed(figures.mean_db),
                number(figures.mean_absolute_db, 1),
                number(figures.sigma_db, 1),
            ]
        )
        self.setData(0, _ID, row.id)
        together = f"{tr('Correlation of predicted and measured')}: {correlation.replace('-', '−')}"
        self.setToolTip(0, f"{row.code}\n{together}")
        values = (row.code, figures.count, figures.mean_db, figures.mean_absolute_db, figures.sigma_db)
        for column, value in enumerate(values):
            self.setData(column, _VALUE, value)
            if column:
                self.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def __lt__(self, other: Any) -> bool:
        column = self.treeWidget().sortColumn()
        return bool(self.data(column, _VALUE) < other.data(column, _VALUE))


def signed(value: float) -> str:
    """+3.1 or −3.1."""
    return f"{value:+.1f}".replace("-", "−")
