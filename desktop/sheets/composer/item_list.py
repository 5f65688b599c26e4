"""The items of the sheet as a list, uppermost first, with what stands in columns below them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem

from desktop.sheets.composer.draft import Draft
from desktop.sheets.composer.wording import item_name, kind_icon
from desktop.shell.icons import icon
from desktop.shell.words import worded, words
from gis.cartography.sheets.items import ColumnItem, Item, painting_order


class ItemList(QTreeWidget):
    """Selecting here selects on the page, and the other way round; ``opened(id)`` by double click or Enter,
    ``delete_wanted``."""

    opened = Signal(str)
    delete_wanted = Signal()

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft, self._showing = draft, False
        self._rows: dict[str, QTreeWidgetItem] = {}
        self.setHeaderHidden(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setIndentation(16)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)
        self.setTabKeyNavigation(False)
        worded(self, "setAccessibleName", "Items of the sheet")
        self.itemSelectionChanged.connect(self._chosen)
        self.itemActivated.connect(lambda row, _column: self.opened.emit(row.data(0, Qt.ItemDataRole.UserRole)))
        draft.changed.connect(self.refresh)
        draft.selected.connect(self.show_selection)
        words().changed.connect(self.refresh)
        self.refresh()

    def refresh(self, *_language: object) -> None:
        """Show the items as they stand."""
        self._showing = True
        self.clear()
        self._rows.clear()
        for item in reversed(painting_order(self._draft.template.items)):
            row = self._row(item)
            self.addTopLevelItem(row)
            if isinstance(item, ColumnItem):
                for child in item.items:
                    row.addChild(self._row(child))
                row.setExpanded(True)
        self._showing = False
        self.show_selection()

    def show_selection(self) -> None:
        """Mark what is selected."""
        self._showing = True
        for id, row in self._rows.items():
            row.setSelected(id in self._draft.selection)
        if self._draft.selection:
            row = self._rows[self._draft.selection[-1]]
            self.scrollToItem(row)
            if self.currentItem() is None or not self.currentItem().isSelected():
                self.selectionModel().setCurrentIndex(
                    self.indexFromItem(row), self.selectionModel().SelectionFlag.NoUpdate
                )
        self._showing = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes away what is selected."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _row(self, item: Item) -> QTreeWidgetItem:
        row = QTreeWidgetItem([item_name(item)])
        row.setIcon(0, icon(kind_icon(item), "text_soft"))
        row.setData(0, Qt.ItemDataRole.UserRole, item.id)
        row.setToolTip(0, item.id)
        self._rows[item.id] = row
        return row

    def _chosen(self) -> None:
        if not self._showing:
            self._draft.select([row.data(0, Qt.ItemDataRole.UserRole) for row in self.selectedItems()])
