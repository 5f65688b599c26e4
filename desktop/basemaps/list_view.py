"""The list of base maps as a view: a box to tick, what it is, its name, and below it why it is not seen."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDropEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyledItemDelegate, QStyleOptionViewItem

from desktop.panels.layer_tree import paint_box, paint_row_ground
from desktop.shell.icons import paint_icon
from desktop.shell.theme import theme

# What a row holds: the key, whether shown, its icon, the state's icon and colour, and the state in a few words.
KEY, VISIBLE, ICON, STATE_ICON, STATE_COLOR, STATE = (Qt.ItemDataRole.UserRole + i for i in range(1, 7))
ROW, TALL = 30, 48
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class BaseMapList(QListView):
    """A click on the box or Space toggles, Del removes, F2 renames, rows are dragged, Alt+Up and Alt+Down too."""

    toggled = Signal(str)
    moved = Signal(str, int)
    removed = Signal(str)
    renamed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setItemDelegate(BaseMapRow(self))
        self.setMouseTracking(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QListView.Shape.NoFrame)

    @property
    def key(self) -> str:
        """That of the current row; empty when there is none."""
        return str(self.currentIndex().data(KEY) or "")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Toggle when the box is hit."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            box = check_box(self.visualRect(index)).adjusted(-8, -8, 6, 8)
            if box.contains(event.position().toPoint()):
                self.toggled.emit(index.data(KEY))
                return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See the class."""
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if self.key and key == Qt.Key.Key_Space:
            self.toggled.emit(self.key)
        elif self.key and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self.key)
        elif self.key and key == Qt.Key.Key_F2:
            self.renamed.emit(self.key)
        elif self.key and alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(self.key, self.currentIndex().row() + (-1 if key == Qt.Key.Key_Up else 1))
        else:
            super().keyPressEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Put the dragged row where it was let go; the list itself is changed by its owner."""
        target = self.indexAt(event.position().toPoint())
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        row = target.row() if target.isValid() else self.model().rowCount() - 1
        if self.key and row != self.currentIndex().row():
            self.moved.emit(self.key, row)


class BaseMapRow(QStyledItemDelegate):
    """Paints one row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Taller where there is something to say below the name."""
        return QSize(120, TALL if index.data(STATE) else ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """See the class."""
        look, rect, visible = theme(), option.rect, bool(index.data(VISIBLE))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_row_ground(painter, option)
        paint_box(painter, QRectF(check_box(rect)), visible, True)
        first = QRect(rect.left(), rect.top() + (4 if index.data(STATE) else 0), rect.width(), ROW - 6)
        if not index.data(STATE):
            first.setHeight(rect.height())
        place = QRectF(rect.left() + 42, first.center().y() - 8, 18, 18)
        paint_icon(painter, place, index.data(ICON), look.color("text_soft" if visible else "text_faint"))
        left, right = rect.left() + 68, rect.right() - 16
        if index.data(STATE_ICON):
            mark = QRectF(right - 16, first.center().y() - 7, 16, 16)
            paint_icon(painter, mark, index.data(STATE_ICON), look.color(index.data(STATE_COLOR)))
            right -= 24
        painter.setPen(look.color("text" if visible else "text_faint"))
        metrics = QFontMetrics(option.font)
        name = str(index.data(Qt.ItemDataRole.DisplayRole))
        painter.setFont(option.font)
        said = metrics.elidedText(name, Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(QRect(left, first.top(), right - left, first.height()), _LEFT, said)
        if index.data(STATE):
            second = QRect(left, first.bottom() - 1, rect.right() - 16 - left, rect.bottom() - first.bottom() - 3)
            painter.setPen(look.color("text_soft" if visible else "text_faint"))
            said = metrics.elidedText(index.data(STATE), Qt.TextElideMode.ElideRight, second.width())
            painter.drawText(second, _LEFT, said)
        painter.restore()


def check_box(row: QRect) -> QRect:
    """Where a row's check box lies."""
    return QRect(row.left() + 16, row.top() + 8, 16, 16)
