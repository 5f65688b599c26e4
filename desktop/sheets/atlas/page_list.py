"""The pages of an atlas to choose from: number, name, code, group; a checkmark for those that are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal

from desktop.shell.words import mark, tr
from gis.cartography.sheets.atlas import PlannedPage

_HEADS = (mark("atlas|Page"), mark("atlas|Name"), mark("atlas|Code"), mark("atlas|Group"))
_NO_PARENT = QModelIndex()


class PageList(QAbstractTableModel):
    """The planned pages; ``checked`` are the numbers of those to be made."""

    ticked = Signal()  # the user has set or taken a checkmark

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pages: Sequence[PlannedPage] = ()
        self.checked: set[int] = set()

    def show_pages(self, pages: Sequence[PlannedPage], checked: Sequence[int]) -> None:
        """List these pages."""
        self.beginResetModel()
        self.pages, self.checked = pages, set(checked)
        self.endResetModel()

    def check(self, numbers: Sequence[int]) -> None:
        """Set the checkmarks of these pages and no others."""
        self.checked = set(numbers)
        if self.pages:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.pages) - 1, 0))

    def rowCount(self, parent: Any = _NO_PARENT) -> int:
        """One row a page."""
        return 0 if parent.isValid() else len(self.pages)

    def columnCount(self, parent: Any = _NO_PARENT) -> int:
        """Page, name, code, group."""
        return 0 if parent.isValid() else len(_HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The heads of the columns."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return tr(_HEADS[section])
        return None

    def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Words and checkmarks."""
        page = self.pages[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (str(page.number), page.title, page.page.code, page.group)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 1:
            return page.title
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0:
            return Qt.CheckState.Checked if page.number in self.checked else Qt.CheckState.Unchecked
        return None

    def setData(self, index: Any, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take or leave a page."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        number = self.pages[index.row()].number
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self.checked.add(number)
        else:
            self.checked.discard(number)
        self.dataChanged.emit(index, index)
        self.ticked.emit()
        return True

    def flags(self, index: Any) -> Qt.ItemFlag:
        """The first column has checkmarks."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else flags
