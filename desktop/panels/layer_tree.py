"""The tree of layers as a view: a box to tick, a swatch, a label, a count; a layer unfolds to what its style tells
apart. Rows are dragged among their siblings."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QDropEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from desktop.shell.formatting import number
from desktop.shell.icons import paint_icon
from desktop.shell.theme import theme
from desktop.shell.words import tr
from gis.cartography.palette import Palette

# What an item holds: class or family, whether drawn, how many rows, opacity, "layer", "family", "entry" (a line of the
# legend) or "density" (the numbers of a surface, nothing to tick), its LayerStyle, the place of an entry's variant in
# it, why it is not drawn at the present scale.
NAME, VISIBLE, COUNT, OPACITY, KIND, STYLE, PLACE, SCALE = (Qt.ItemDataRole.UserRole + i for i in range(1, 9))
LINES = ("entry", "density")
_ROW, _ENTRY = 30, 26
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_FAINT = 0.35


class LayerTree(QTreeView):
    """The view: a click on the box or Space toggles, one on a symbol or Enter styles, rows are dragged among their
    siblings, Alt+Up and Alt+Down too; an arrow or Right and Left unfold."""

    toggled = Signal(QModelIndex)
    moved = Signal()
    styled = Signal(QModelIndex)

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setMouseTracking(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QTreeView.Shape.NoFrame)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Toggle when the box is hit, fold when an arrow is, style when a symbol is."""
        place = event.position().toPoint()
        index = self.indexAt(place)
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            row, kind = self.visualRect(index), index.data(KIND)
            if check_box(row, kind).adjusted(-6, -6, 4, 6).contains(place):
                self.toggled.emit(index)
                return
            if arrow_box(row, kind).contains(place) and self.model().hasChildren(index):
                self.setExpanded(index, not self.isExpanded(index))
                return
            if kind != "family" and swatch_box(row, kind).contains(place):
                self.setCurrentIndex(index)
                self.styled.emit(index)
                return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The hand over a symbol says that it can be clicked."""
        place = event.position().toPoint()
        index = self.indexAt(place)
        kind = index.data(KIND) if index.isValid() else "family"
        over = kind != "family" and swatch_box(self.visualRect(index), kind).contains(place)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A quick second click on a box, an arrow or a symbol is just that: a second click."""
        place = event.position().toPoint()
        index = self.indexAt(place)
        if index.isValid():
            row, kind = self.visualRect(index), index.data(KIND)
            boxes = (check_box(row, kind).adjusted(-6, -6, 4, 6), arrow_box(row, kind), swatch_box(row, kind))
            if any(box.contains(place) for box in boxes):
                self.mousePressEvent(event)
                return
        super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space toggles, Enter styles, Alt+Up and Alt+Down move."""
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self.toggled.emit(self.currentIndex())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().data(KIND) in (
            "layer",
            *LINES,
        ):
            self.styled.emit(self.currentIndex())
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.shift(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def shift(self, by: int) -> None:
        """Move the current row by one place among its siblings."""
        index = self.currentIndex()
        if index.isValid() and index.data(KIND) not in LINES:
            self._place(QPersistentModelIndex(index), index.row() + by)

    def dropEvent(self, event: QDropEvent) -> None:
        """Put the dragged row among its siblings: a layer stays in its family, so that the order stays readable."""
        source = self.currentIndex()
        target = self.indexAt(event.position().toPoint())
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        if not source.isValid() or source.data(KIND) in LINES:
            return
        if target.data(KIND) in LINES:
            target = target.parent()
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
        moving = parent.child(source.row())
        open_rows = [item.data(NAME) for item in (moving, *_children(moving)) if self.isExpanded(item.index())]
        taken = parent.takeRow(source.row())
        parent.insertRow(row, taken)
        for item in (moving, *_children(moving)):
            self.setExpanded(item.index(), item.data(NAME) in open_rows)
        self.setCurrentIndex(taken[0].index())
        self.moved.emit()


class LayerRow(QStyledItemDelegate):
    """Paints one row: box, arrow, swatch, label, count at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Rows of equal height; the lines of a legend a little lower."""
        return QSize(120, _ENTRY if index.data(KIND) in LINES else _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """See the class."""
        look = theme()
        rect: QRect = option.rect
        kind = index.data(KIND)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_row_ground(painter, option)
        visible = bool(index.data(VISIBLE))
        shown = visible and _above_shown(index)
        if kind != "density":
            paint_box(painter, QRectF(check_box(rect, kind)), visible, shown)
        drawn = shown and not _out_of_scale(index)
        right = rect.right() - 16
        font = option.font
        tree = self.parent()
        assert isinstance(tree, QTreeView)
        if kind == "family" or index.model().hasChildren(index):
            name = "mdi6.chevron-down" if tree.isExpanded(QModelIndex(index)) else "mdi6.chevron-right"
            arrow = QRectF(0, 0, 16, 16)
            arrow.moveCenter(QRectF(arrow_box(rect, kind)).center())
            paint_icon(painter, arrow, name, look.color("text_soft"))
        if kind == "family":
            font.setBold(True)
            left, right = rect.left() + 44, right - 24
        else:
            if kind == "density":  # its colours are those of the layer's symbol above
                left = swatch_box(rect, "layer").left()
            else:
                _paint_swatch(painter, index, QRectF(swatch_box(rect, kind)), 1.0 if drawn else _FAINT)
                left = swatch_box(rect, kind).right() + 8
        painter.setFont(font)
        metrics = QFontMetrics(font)
        count = index.data(COUNT)
        if count is not None:
            said = number(count)
            painter.setPen(look.color("text_soft" if count and drawn else "text_faint"))
            painter.drawText(QRect(left, rect.top(), right - left, rect.height()), _RIGHT, said)
            right -= metrics.horizontalAdvance(said) + 8
        if kind == "layer" and index.data(SCALE):
            paint_icon(
                painter, QRectF(right - 14, rect.center().y() - 6, 14, 14), "mdi6.magnify-expand",
                look.color("text_faint"),
            )  # fmt: skip
            right -= 20
        painter.setPen(look.color("text" if drawn else "text_faint"))
        text = metrics.elidedText(index.data(Qt.ItemDataRole.DisplayRole), Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(QRect(left, rect.top(), right - left, rect.height()), _LEFT, text)
        painter.restore()

    def helpEvent(self, event: Any, view: Any, option: Any, index: Any) -> bool:
        """A row's tip: how many it has, in words; why it is not drawn; what a click on its symbol does."""
        if event.type() == QEvent.Type.ToolTip and index.isValid():
            view.setToolTip(_tip(index, event.pos()))
        return super().helpEvent(event, view, option, index)


def _tip(index: QModelIndex, place: QPoint) -> str:
    kind = index.data(KIND)
    if kind == "family":
        return ""
    said = index.data(Qt.ItemDataRole.DisplayRole)
    lines = [said if index.data(COUNT) is None else f"{said}: {number(index.data(COUNT))}"]
    if index.data(SCALE):
        lines.append(index.data(SCALE))
    x = place.x()
    if swatch_box(QRect(0, 0, 300, _ROW), kind).left() <= x <= swatch_box(QRect(0, 0, 300, _ROW), kind).right():
        lines.append(tr("Click the symbol to change how it is drawn."))
    return "\n".join(lines)


def check_box(row: QRect, kind: str = "layer") -> QRect:
    """Where a row's check box lies; the lines of a legend stand a step further in, numbers have none."""
    if kind == "density":
        return QRect(-100, -100, 1, 1)
    return QRect(row.left() + (60 if kind == "entry" else 16), row.center().y() - 7, 16, 16)


def arrow_box(row: QRect, kind: str = "layer") -> QRect:
    """Where a click unfolds a row: a family at its right, a layer before its symbol."""
    left = row.right() - 40 if kind == "family" else row.left() + 36
    return QRect(left, row.top(), 40 if kind == "family" else 24, row.height())


def swatch_box(row: QRect, kind: str = "layer") -> QRect:
    """Where a row's symbol lies; numbers have none."""
    if kind == "density":
        return QRect(-100, -100, 1, 1)
    return QRect(row.left() + (84 if kind == "entry" else 60), row.top() + 4, 24, row.height() - 8)


def _children(item: QStandardItem) -> list[QStandardItem]:
    return [item.child(i) for i in range(item.rowCount())]


def _above_shown(index: QModelIndex | QPersistentModelIndex) -> bool:
    above = index.parent()
    while above.isValid():
        if not above.data(VISIBLE):
            return False
        above = above.parent()
    return True


def _out_of_scale(index: QModelIndex | QPersistentModelIndex) -> bool:
    return bool(index.data(SCALE) or (index.data(KIND) in LINES and index.parent().data(SCALE)))


def paint_row_ground(painter: QPainter, option: Any) -> None:
    """The ground of a list's row: tinted where it is selected or under the mouse, framed where it has the focus."""
    look = theme()
    place = QRectF(option.rect.adjusted(8, 1, -8, -1))
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    if selected or option.state & QStyle.StateFlag.State_MouseOver:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("accent_soft" if selected else "sunken"))
        painter.drawRoundedRect(place, 6, 6)
    if option.state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(look.color("accent"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(place, 6, 6)


def _paint_swatch(
    painter: QPainter, index: QModelIndex | QPersistentModelIndex, place: QRectF, strength: float
) -> None:
    from desktop.canvas.marks import paint_swatch  # loads the map's kernels: the window need not wait for them

    painter.setOpacity(strength)
    paint_swatch(painter, index.data(STYLE), None, place, Palette.of(theme().dark))
    painter.setOpacity(1.0)


def paint_box(painter: QPainter, rect: QRectF, checked: bool, strong: bool) -> None:
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
