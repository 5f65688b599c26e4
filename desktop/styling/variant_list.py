"""The list of what a style tells apart: a box to tick, a swatch, a label, a count; rules are dragged into order."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDropEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop.panels.layer_tree import COUNT, PLACE, STYLE, VISIBLE, paint_box
from desktop.shell.formatting import number
from desktop.shell.theme import theme
from desktop.shell.words import worded
from desktop.styling.entries import entries
from gis.cartography.legend import alone
from gis.cartography.palette import Palette
from gis.cartography.symbols import LayerStyle
from gis.catalogue import FeatureClass

_ROW, _MOST = 30, 9


class VariantList(QListWidget):
    """``chosen(places)`` when other rows are selected, ``toggled(place)`` by box or Space, ``moved(from, to)``: places
    of variants, after a rule was dragged or sent by Alt+Up and Alt+Down.
    """

    chosen = Signal(object)
    toggled = Signal(int)
    moved = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setItemDelegate(_Row(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        worded(self, "setAccessibleName", "Symbols of this layer")
        self.itemSelectionChanged.connect(self._tell)
        self._ordered = False
        self._told: tuple[str, str, str | None] | None = None

    def show_style(self, style: LayerStyle, cls: FeatureClass, places: Sequence[int] = ()) -> None:
        """List a style's variants; those selected stay so, ``places`` are selected when given."""
        told = (style.cls, style.mode, style.by)
        kept = list(places) or (self.places() if told == self._told else [])
        self._told = told
        listed = entries(style, cls)
        self._ordered = style.mode == "rules"
        self.setDragDropMode(
            QAbstractItemView.DragDropMode.InternalMove if self._ordered else QAbstractItemView.DragDropMode.NoDragDrop
        )
        self.blockSignals(True)
        while self.count() > len(listed):
            self.takeItem(self.count() - 1)
        for row, entry in enumerate(listed):
            item = self.item(row)
            if item is None:
                item = QListWidgetItem()
                item.setSizeHint(QSize(60, _ROW))
                self.addItem(item)
            item.setText(entry.label)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, entry.label)
            item.setData(PLACE, entry.place)
            item.setData(VISIBLE, entry.visible)
            item.setData(STYLE, alone(style, entry.place))
            item.setSelected(entry.place in kept)
        if not self.selectedItems() and self.count():
            self.item(0).setSelected(True)
        if self.selectedItems():
            self.setCurrentItem(self.selectedItems()[0], self.selectionModel().SelectionFlag.NoUpdate)
        self.blockSignals(False)
        self.setFixedHeight(min(_MOST, max(1, self.count())) * _ROW + 2)
        self.viewport().update()

    def show_counts(self, counts: Sequence[int] | None) -> None:
        """How many features each variant draws, by place; None while that is not known."""
        for row in range(self.count()):
            item = self.item(row)
            place = item.data(PLACE)
            item.setData(COUNT, counts[place] if counts is not None and place < len(counts) else None)

    def counts(self) -> dict[int, int | None]:
        """The counts shown, by place."""
        return {self.item(row).data(PLACE): self.item(row).data(COUNT) for row in range(self.count())}

    def places(self) -> list[int]:
        """The variants selected, the current one first."""
        chosen = [item.data(PLACE) for item in self.selectedItems()]
        current = self.currentItem()
        if current is not None and current.data(PLACE) in chosen:
            chosen.remove(current.data(PLACE))
            chosen.insert(0, current.data(PLACE))
        return chosen

    def row_of(self, place: int) -> int:
        """The row of a variant."""
        return next(row for row in range(self.count()) if self.item(row).data(PLACE) == place)

    def select(self, place: int) -> None:
        """Select one variant."""
        self.setCurrentRow(self.row_of(place), self.selectionModel().SelectionFlag.ClearAndSelect)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The box toggles, elsewhere a click selects."""
        place = event.position().toPoint()
        index = self.indexAt(place)
        if index.isValid() and box_of(self.visualRect(index)).adjusted(-8, -6, 4, 6).contains(place):
            self.toggled.emit(index.data(PLACE))
            return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space toggles, Alt+Up and Alt+Down move a rule."""
        item = self.currentItem()
        if item is not None and event.key() == Qt.Key.Key_Space:
            self.toggled.emit(item.data(PLACE))
        elif (
            item is not None
            and self._ordered
            and event.modifiers() & Qt.KeyboardModifier.AltModifier
            and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)
        ):
            self._move(self.currentRow(), self.currentRow() + (1 if event.key() == Qt.Key.Key_Down else -1))
        else:
            super().keyPressEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """A rule dropped before or behind another one takes that place."""
        target = self.indexAt(event.position().toPoint())
        row = target.row() if target.isValid() else self.count() - 1
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        self._move(self.currentRow(), row)

    def _move(self, source: int, target: int) -> None:
        last = self.count() - 2  # the base stays last
        if source != target and 0 <= source <= last and 0 <= target <= last:
            self.moved.emit(self.item(source).data(PLACE), self.item(target).data(PLACE))

    def _tell(self) -> None:
        self.chosen.emit(self.places())


class _Row(QStyledItemDelegate):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        from desktop.canvas.marks import paint_swatch

        look, rect = theme(), option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(rect.adjusted(0, 1, 0, -1))
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("accent_soft" if selected else "sunken"))
            painter.drawRoundedRect(ground, 6, 6)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(look.color("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground.adjusted(1, 0, -1, 0), 6, 6)
        visible = bool(index.data(VISIBLE))
        paint_box(painter, QRectF(box_of(rect)), visible, True)
        swatch = QRectF(rect.left() + 34, rect.top() + 4, 28, rect.height() - 8)
        painter.setOpacity(1.0 if visible else 0.35)
        paint_swatch(painter, index.data(STYLE), None, swatch, Palette.of(look.dark))
        painter.setOpacity(1.0)
        left, right = rect.left() + 70, rect.right() - 8
        metrics = QFontMetrics(option.font)
        count = index.data(COUNT)
        if count is not None:
            said = number(count)
            painter.setPen(look.color("text_soft" if count else "text_faint"))
            place = QRect(left, rect.top(), right - left, rect.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, said)
            right -= metrics.horizontalAdvance(said) + 8
        painter.setPen(look.color("text" if visible else "text_faint"))
        text = metrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(QRect(left, rect.top(), right - left, rect.height()), Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def helpEvent(self, event: QEvent, view: object, option: object, index: object) -> bool:  # type: ignore[override]
        view.setToolTip(index.data() if index.isValid() else "")  # type: ignore[attr-defined]
        return super().helpEvent(event, view, option, index)  # type: ignore[arg-type]


def box_of(row: QRect) -> QRect:
    """Where a row's check box lies."""
    return QRect(row.left() + 10, row.center().y() - 7, 16, 16)
