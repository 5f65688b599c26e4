"""The small window of the bookmarks: add the place in view, go to one, rename, remove."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.navigation.bookmarks import Bookmark, Bookmarks
from desktop.shell.formatting import scale
from desktop.shell.icons import icon
from desktop.shell.words import tr, worded

WIDTH, ROWS, ROW = 320, 8, 30


class BookmarksPopup(QFrame):
    """``go`` carries the Bookmark to show. ``here()`` gives the one that would be added now, with a proposed name."""

    go = Signal(object)

    def __init__(self, bookmarks: Bookmarks, here: Callable[[], Bookmark | None], window: QWidget) -> None:
        super().__init__(window, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("Popup")
        self._bookmarks, self._here = bookmarks, here
        self.setFixedWidth(WIDTH)
        self.name = QLineEdit()
        self.add = QPushButton()
        self.add.setProperty("role", "primary")
        worded(self.name, "setPlaceholderText", "Name of the place in view")
        worded(self.name, "setAccessibleName", "Name of the place in view")
        worded(self.add, "setText", "bookmark|Add")
        title = QLabel()
        title.setProperty("role", "section")
        worded(title, "setText", "Bookmarks")
        worded(self, "setAccessibleName", "Bookmarks")
        self.list = QListWidget()
        self.list.setIconSize(QSize(18, 18))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        worded(self.list, "setAccessibleName", "Bookmarks")
        self._empty = QLabel()
        self._empty.setProperty("role", "soft")
        self._empty.setWordWrap(True)
        worded(self._empty, "setText", "No bookmark yet. Add the place in view, and come back to it from anywhere.")
        self.rename = self._button("mdi6.rename-outline", "Rename", self._rename)
        self.remove = self._button("mdi6.trash-can-outline", "Remove", self._remove)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self.rename)
        head.addWidget(self.remove)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.name, 1)
        line.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(line)
        column.addLayout(head)
        column.addWidget(self.list)
        column.addWidget(self._empty)
        self.add.clicked.connect(self._add)
        self.name.returnPressed.connect(self._add)
        self.list.itemClicked.connect(self._go)
        self.list.itemChanged.connect(self._renamed)
        self.list.currentRowChanged.connect(self._chosen)
        self.list.installEventFilter(self)
        bookmarks.changed.connect(self._fill)

    def _button(self, image: str, text: str, handler: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(image, "text_soft"))
        button.setIconSize(QSize(18, 18))
        worded(button, "setToolTip", text)
        worded(button, "setAccessibleName", text)
        button.clicked.connect(handler)
        return button

    def open_at(self, corner: QPoint, adding: bool) -> None:
        """Appear with the upper left corner there, ready to add the place in view or to choose one."""
        proposed = self._here()
        self.name.setText(proposed.name if proposed is not None else "")
        self._fill()
        self.adjustSize()
        self.move(corner)
        self.show()
        if adding or not self.list.count():
            self.name.setFocus()
            self.name.selectAll()
        else:
            self.list.setCurrentRow(0)
            self.list.setFocus()

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Enter goes to the chosen one, Delete removes it."""
        if watched is self.list and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            editing = self.list.state() == QAbstractItemView.State.EditingState
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not editing:
                self._go(self.list.currentItem())
                return True
            if event.key() == Qt.Key.Key_Delete and not editing:
                self._remove()
                return True
        return super().eventFilter(watched, event)

    # ----------------------------------------------------------------------------------------------------------------
    def _fill(self) -> None:
        chosen = self.list.currentRow()
        self.list.blockSignals(True)
        self.list.clear()
        for one in self._bookmarks.all():
            item = QListWidgetItem(icon("mdi6.bookmark-outline", "text_soft"), one.name)
            item.setData(Qt.ItemDataRole.UserRole, one)
            item.setToolTip(f"{one.name}   {scale(one.scale)}")
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self.list.addItem(item)
        self.list.blockSignals(False)
        rows = self.list.count()
        self.list.setVisible(rows > 0)
        self._empty.setVisible(rows == 0)
        self.list.setFixedHeight(min(max(rows, 1), ROWS) * max(ROW, self.list.sizeHintForRow(0)) + 4)
        if rows:
            self.list.setCurrentRow(min(max(chosen, 0), rows - 1))
        self._chosen()
        if self.isVisible():
            self.adjustSize()

    def _chosen(self, *_row: int) -> None:
        for button in (self.rename, self.remove):
            button.setEnabled(self.list.currentItem() is not None)

    def _add(self) -> None:
        proposed = self._here()
        if proposed is None:
            return
        name = self._bookmarks.free_name(self.name.text() or proposed.name)
        made = Bookmark(name, proposed.x, proposed.y, proposed.scale)
        self.hide()
        self._bookmarks.add(made)

    def _go(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.hide()
            self.go.emit(item.data(Qt.ItemDataRole.UserRole))

    def _rename(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.list.setFocus()
            self.list.editItem(item)

    def _renamed(self, item: QListWidgetItem) -> None:
        old = item.data(Qt.ItemDataRole.UserRole).name
        if not self._bookmarks.rename(old, item.text()):
            self._fill()

    def _remove(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._bookmarks.remove(item.data(Qt.ItemDataRole.UserRole).name)


def proposed_name(area: str, road: str) -> str:
    """What a place is called after what lies there: "亭湖区 解放路"."""
    return " ".join(word for word in (area, road) if word) or tr("Bookmark")
