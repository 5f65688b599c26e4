"""The layers: what is drawn, in which order, how strongly; grouped by family, topmost first."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
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
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from desktop.canvas.marks import paint_swatch
from desktop.shell.formatting import number, with_unit
from desktop.shell.icons import icon, paint_icon
from desktop.shell.settings import LayerView
from desktop.shell.theme import theme
from desktop.shell.words import language, mark, tr, worded, words
from desktop.shell.workspace import Workspace
from gis.cartography.palette import Palette
from gis.cartography.symbols import LayerStyle

FAMILIES = {
    "sight": mark("Surveillance"),
    "plates": mark("Vehicle plates"),
    "wireless": mark("Wireless"),
    "fibre": mark("Optical fibre"),
    "ground": mark("Ground"),
}
_NAME, _VISIBLE, _COUNT, _OPACITY, _KIND, _STYLE = (Qt.ItemDataRole.UserRole + i for i in range(1, 7))
_ROW = 30


class LayersPanel(QWidget):
    """The tree of layers. ``layers_changed`` carries list[LayerView], topmost first."""

    layers_changed = Signal(object)
    table_wanted = Signal(str)
    zoom_wanted = Signal(str)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.tree = _Tree()
        self.model = QStandardItemModel(self)
        self.tree.setModel(self.model)
        self.tree.setItemDelegate(_Row(self.tree))
        self.tree.toggled.connect(self._toggle)
        self.tree.moved.connect(self._tell)
        self.tree.selectionModel().currentChanged.connect(self._current)
        self.tree.doubleClicked.connect(lambda index: self._emit_name(self.zoom_wanted, index))
        self.tree.customContextMenuRequested.connect(self._menu)
        worded(self.tree, "setAccessibleName", "Layers")
        head = QLabel()
        head.setProperty("role", "section")
        worded(head, "setText", "Layers")
        head_row = QHBoxLayout()
        head_row.setContentsMargins(16, 4, 16, 4)
        head_row.addWidget(head)
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(10, 100)
        self._opacity.setPageStep(10)
        self._opacity.valueChanged.connect(self._fade)
        worded(self._opacity, "setAccessibleName", "Opacity")
        self._percent = QLabel()
        self._percent.setProperty("role", "soft")
        self._percent.setMinimumWidth(40)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        caption = QLabel()
        caption.setProperty("role", "soft")
        worded(caption, "setText", "Opacity")
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(16, 8, 16, 8)
        foot.setSpacing(8)
        foot.addWidget(caption)
        foot.addWidget(self._opacity, 1)
        foot.addWidget(self._percent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head_row)
        column.addWidget(self.tree, 1)
        column.addWidget(self._foot)
        self._foot.hide()
        workspace.session_changed.connect(self.rebuild)
        workspace.changed.connect(self._recount)
        words().changed.connect(self._say)
        theme().changed.connect(self.tree.viewport().update)
        self.rebuild()

    # ----------------------------------------------------------------------------------------------------------------
    def layers(self) -> list[LayerView]:
        """What is drawn, topmost first."""
        made = []
        for family in self._families():
            shown = family.data(_VISIBLE)
            for row in range(family.rowCount()):
                item = family.child(row)
                visible = bool(shown and item.data(_VISIBLE))
                made.append(LayerView(item.data(_NAME), visible, float(item.data(_OPACITY))))
        return made

    def rebuild(self) -> None:
        """Build the tree anew from the project's catalogue and how it was last looked at."""
        self.model.clear()
        self._foot.hide()
        session = self._workspace.session
        if session is None:
            return
        kept = self._workspace.settings.view(session.path)
        views = {view.name: (i, view) for i, view in enumerate(kept.layers)} if kept else {}
        classes = [cls for cls in session.catalogue if cls.spatial]
        classes.sort(key=lambda cls: views[cls.name][0] if cls.name in views else 10_000 - cls.order)
        families: dict[str, QStandardItem] = {}
        wanted = [cls.family for cls in classes] if views else list(FAMILIES)
        for name in dict.fromkeys([*wanted, *FAMILIES]):
            members = [cls for cls in classes if cls.family == name]
            if not members:
                continue
            family = QStandardItem()
            _fill(family, name, True, 1.0, "family")
            families[name] = family
            self.model.appendRow(family)
            for cls in members:
                view = views[cls.name][1] if cls.name in views else LayerView(cls.name, cls.visible)
                item = QStandardItem()
                _fill(item, cls.name, view.visible, view.opacity, "layer")
                item.setData(LayerStyle.from_class(cls), _STYLE)
                item.setDropEnabled(False)
                family.appendRow(item)
        self._say()
        self.tree.expandAll()
        self._recount()
        self.layers_changed.emit(self.layers())

    def move(self, down: bool) -> None:
        """Move the current layer or family one place."""
        self.tree.shift(1 if down else -1)

    # ----------------------------------------------------------------------------------------------------------------
    def _families(self) -> list[QStandardItem]:
        return [self.model.item(row) for row in range(self.model.rowCount())]

    def _items(self) -> list[QStandardItem]:
        return [family.child(row) for family in self._families() for row in range(family.rowCount())]

    def _say(self) -> None:
        session = self._workspace.session
        if session is None:
            return
        for family in self._families():
            family.setText(tr(FAMILIES[family.data(_NAME)]))
        for item in self._items():
            item.setText(session.catalogue[item.data(_NAME)].label.text(language()))
        for item in (*self._families(), *self._items()):
            item.setData(item.text(), Qt.ItemDataRole.AccessibleTextRole)

    def _recount(self, changed: Any = None) -> None:
        session = self._workspace.session
        if session is None:
            return
        names = [item.data(_NAME) for item in self._items()]
        if changed is not None:
            names = [name for name in names if name in changed.classes]
        if names:
            self._workspace.jobs.quiet(lambda progress: {n: session.count(n) for n in names}, self._counted)

    def _counted(self, counts: dict[str, int]) -> None:
        for item in self._items():
            if item.data(_NAME) in counts:
                item.setData(counts[item.data(_NAME)], _COUNT)

    def _toggle(self, index: QModelIndex) -> None:
        item = self.model.itemFromIndex(index)
        item.setData(not item.data(_VISIBLE), _VISIBLE)
        self.tree.viewport().update()
        self._tell()

    def _tell(self) -> None:
        self.layers_changed.emit(self.layers())

    def _current(self, index: QModelIndex) -> None:
        item = self.model.itemFromIndex(index)
        layer = item is not None and item.data(_KIND) == "layer"
        self._foot.setVisible(layer)
        if layer:
            self._opacity.blockSignals(True)
            self._opacity.setValue(round(item.data(_OPACITY) * 100))
            self._opacity.blockSignals(False)
            self._percent.setText(with_unit(self._opacity.value(), "%"))
            self._workspace.set_class(item.data(_NAME))

    def _fade(self, percent: int) -> None:
        item = self.model.itemFromIndex(self.tree.currentIndex())
        if item is not None and item.data(_KIND) == "layer":
            item.setData(percent / 100, _OPACITY)
            self._percent.setText(with_unit(percent, "%"))
            self._tell()

    def _emit_name(self, signal: Any, index: QModelIndex) -> None:
        item = self.model.itemFromIndex(index)
        if item is not None and item.data(_KIND) == "layer":
            signal.emit(item.data(_NAME))

    def _menu(self, place: Any) -> None:
        index = self.tree.indexAt(place)
        item = self.model.itemFromIndex(index)
        if item is None or item.data(_KIND) != "layer":
            return
        name = item.data(_NAME)
        menu = QMenu(self)
        menu.addAction(icon("mdi6.magnify-plus-outline"), tr("Zoom to this layer"), lambda: self.zoom_wanted.emit(name))
        menu.addAction(icon("mdi6.table"), tr("Open its table"), lambda: self.table_wanted.emit(name))
        menu.addSeparator()
        menu.addAction(icon("mdi6.eye-outline"), tr("Show only this layer"), lambda: self._only(name))
        menu.addAction(icon("mdi6.eye-check-outline"), tr("Show all layers"), self._all)
        menu.addSeparator()
        menu.addAction(icon("mdi6.arrow-up"), tr("Move up"), lambda: self.tree.shift(-1))
        menu.addAction(icon("mdi6.arrow-down"), tr("Move down"), lambda: self.tree.shift(1))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.tree.viewport().mapToGlobal(place))

    def _only(self, name: str) -> None:
        for family in self._families():
            family.setData(True, _VISIBLE)
        for item in self._items():
            item.setData(item.data(_NAME) == name, _VISIBLE)
        self._tell()

    def _all(self) -> None:
        for item in (*self._families(), *self._items()):
            item.setData(True, _VISIBLE)
        self._tell()


def _fill(item: QStandardItem, name: str, visible: bool, opacity: float, kind: str) -> None:
    item.setEditable(False)
    item.setData(name, _NAME)
    item.setData(visible, _VISIBLE)
    item.setData(opacity, _OPACITY)
    item.setData(kind, _KIND)


class _Tree(QTreeView):
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
            if _box(self.visualRect(index)).adjusted(-6, -6, 4, 6).contains(event.position().toPoint()):
                self.toggled.emit(index)
                return
            if index.data(_KIND) == "family" and x > self.viewport().width() - 40:
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
            parent.child(i).data(_NAME): self.isExpanded(parent.child(i).index()) for i in range(parent.rowCount())
        }
        taken = parent.takeRow(source.row())
        parent.insertRow(row, taken)
        for i in range(parent.rowCount()):
            self.setExpanded(parent.child(i).index(), open_rows[parent.child(i).data(_NAME)])
        self.setCurrentIndex(taken[0].index())
        self.moved.emit()


class _Row(QStyledItemDelegate):
    """Paints one row: box, swatch, label, count at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Rows of equal height."""
        return QSize(120, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """See the class."""
        look = theme()
        rect: QRect = option.rect
        family = index.data(_KIND) == "family"
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
        visible = bool(index.data(_VISIBLE))
        shown = visible and (family or bool(index.parent().data(_VISIBLE)))
        _paint_box(painter, QRectF(_box(rect)), visible, shown)
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
            paint_swatch(painter, index.data(_STYLE), None, swatch, Palette.of(look.dark))
            painter.setOpacity(1.0)
            left = rect.left() + 92
        painter.setFont(font)
        metrics = QFontMetrics(font)
        count = index.data(_COUNT)
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
        if event.type() == QEvent.Type.ToolTip and index.isValid() and index.data(_COUNT) is not None:
            view.setToolTip(f"{index.data(Qt.ItemDataRole.DisplayRole)}: {number(index.data(_COUNT))}")
        return super().helpEvent(event, view, option, index)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _box(row: QRect) -> QRect:
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
