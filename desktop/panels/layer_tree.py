"""The tree of layers as a view: a box to tick, a swatch, a label, a count; rows are dragged among their siblings."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDropEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from desktop.shell.formatting import number
from desktop.shell.icons import paint_icon
from desktop.shell.theme import theme
from gis.cartography.palette import Palette

# What an item holds: class or family, whether drawn, how many rows, opacity, "layer" or "family", its LayerStyle.
NAME, VISIBLE, COUNT, OPACITY, KIND, STYLE = (Qt.ItemDataRole.UserRole + i for i in range(1, 7))
_ROW = 30


class LayerTree(QTreeView):
    """The view: a click on the box or Space toggles, rows are dragged among their siblings, Alt+Up and Alt+Down too."""

    toggled = Signal(QModelIndex)
    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QTreeView.Shape.NoFrame)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Toggle when the box is hit, fold when a family's arrow is."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            x = event.position().x()
            if check_box(self.visualRect(index)).adjusted(-6, -6, 4, 6).contains(event.position().toPoint()):
                self.toggled.emit(index)
                return
            if index.data(KIND) == "family" and x > self.viewport().width() - 40:
                self.setExpanded(index, not self.isExpanded(index))
                return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space toggles, Alt+Up and Alt+Down move."""
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self.toggled.emit(self.currentIndex())
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.shift(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def shift(self, by: int) -> None:
        """Move the current row by one place among its siblings."""
        index = self.currentIndex()
        if index.isValid():
            self._place(QPersistentModelIndex(index), index.row() + by)

    def dropEvent(self, event: QDropEvent) -> None:
        """Put the dragged row among its siblings: a layer stays in its family, so that the order stays readable."""
        source = self.currentIndex()
        target = self.indexAt(event.position().toPoint())
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        if not source.isValid():
            return
        model = self.model()
        if source.parent().isValid():  # a layer
            if target.parent() == source.parent():
                row = target.row()
            elif target == source.parent():
                row = 0
            else:
                return
        else:
            top = target if not target.parent().isValid() else target.parent()
            row = top.row() if top.isValid() else model.rowCount() - 1
        self._place(QPersistentModelIndex(source), row)

    def _place(self, source: QPersistentModelIndex, row: int) -> None:
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        parent = model.itemFromIndex(QModelIndex(source).parent()) or model.invisibleRootItem()
        if not 0 <= row < parent.rowCount() or row == source.row():
            return
        open_rows = {
            parent.child(i).data(NAME): self.isExpanded(parent.child(i).index()) for i in range(parent.rowCount())
        }
        taken = parent.takeRow(source.row())
        parent.insertRow(row, taken)
        for i in range(parent.rowCount()):
            self.setExpanded(parent.child(i).index(), open_rows[parent.child(i).data(NAME)])
        self.setCurrentIndex(taken[0].index())
        self.moved.emit()


class LayerRow(QStyledItemDelegate):
    """Paints one row: box, swatch, label, count at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Rows of equal height."""
        return QSize(120, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """See the class."""
        from desktop.canvas.marks import paint_swatch  # loads the map's kernels: the window need not wait for them

        look = theme()
        rect: QRect = option.rect
        family = index.data(KIND) == "family"
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("accent_soft" if selected else "sunken"))
            painter.drawRoundedRect(QRectF(rect.adjusted(8, 1, -8, -1)), 6, 6)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(look.color("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect.adjusted(8, 1, -8, -1)), 6, 6)
        visible = bool(index.data(VISIBLE))
        shown = visible and (family or bool(index.parent().data(VISIBLE)))
        _paint_box(painter, QRectF(check_box(rect)), visible, shown)
        right = rect.right() - 16
        font = option.font
        if family:
            font.setBold(True)
            tree = self.parent()
            assert isinstance(tree, QTreeView)
            name = "mdi6.chevron-down" if tree.isExpanded(QModelIndex(index)) else "mdi6.chevron-right"
            paint_icon(painter, QRectF(right - 16, rect.center().y() - 7, 16, 16), name, look.color("text_soft"))
            left, right = rect.left() + 44, right - 24
        else:
            swatch = QRectF(rect.left() + 60, rect.top() + 5, 24, rect.height() - 10)
            painter.setOpacity(1.0 if shown else 0.35)
            paint_swatch(painter, index.data(STYLE), None, swatch, Palette.of(look.dark))
            painter.setOpacity(1.0)
            left = rect.left() + 92
        painter.setFont(font)
        metrics = QFontMetrics(font)
        count = index.data(COUNT)
        if count is not None:
            said = number(count)
            painter.setPen(look.color("text_soft" if count else "text_faint"))
            painter.drawText(QRect(left, rect.top(), right - left, rect.height()), _RIGHT, said)
            right -= metrics.horizontalAdvance(said) + 8
        painter.setPen(look.color("text" if shown else "text_faint"))
        text = metrics.elidedText(index.data(Qt.ItemDataRole.DisplayRole), Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(QRect(left, rect.top(), right - left, rect.height()), _LEFT, text)
        painter.restore()

    def helpEvent(self, event: Any, view: Any, option: Any, index: Any) -> bool:
        """A row's tip: how many it has, in words."""
        if event.type() == QEvent.Type.ToolTip and index.isValid() and index.data(COUNT) is not None:
            view.setToolTip(f"{index.data(Qt.ItemDataRole.DisplayRole)}: {number(index.data(COUNT))}")
        return super().helpEvent(event, view, option, index)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def check_box(row: QRect) -> QRect:
    """Where a row's check box lies; layers stand a step further in than families."""
    return QRect(row.left() + 16, row.center().y() - 7, 16, 16)


def _paint_box(painter: QPainter, rect: QRectF, checked: bool, strong: bool) -> None:
    look = theme()
    painter.setPen(QPen(look.color("accent" if checked and strong else "line_strong"), 1))
    painter.setBrush(look.color("accent") if checked and strong else look.color("surface"))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    if checked:
        pen = QPen(look.color("on_accent" if strong else "line_strong"), 1.8)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        x, y = rect.left(), rect.top()
        painter.drawPolyline([QPointF(x + 3.8, y + 8.4), QPointF(x + 6.8, y + 11.2), QPointF(x + 12.2, y + 5)])
