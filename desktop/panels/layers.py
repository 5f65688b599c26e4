"""The layers: what is drawn, in which order, how strongly; grouped by family, topmost first."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import (
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.layer_tree import COUNT, KIND, NAME, OPACITY, STYLE, VISIBLE, LayerRow, LayerTree
from desktop.shell.formatting import with_unit
from desktop.shell.icons import icon
from desktop.shell.settings import LayerView
from desktop.shell.theme import theme
from desktop.shell.words import language, mark, tr, worded, words
from desktop.shell.workspace import Workspace
from gis.cartography.symbols import LayerStyle

FAMILIES = {
    "sight": mark("Surveillance"),
    "plates": mark("Vehicle plates"),
    "wireless": mark("Wireless"),
    "fibre": mark("Optical fibre"),
    "ground": mark("Ground"),
}


class LayersPanel(QWidget):
    """The tree of layers. ``layers_changed`` carries list[LayerView], topmost first."""

    layers_changed = Signal(object)
    table_wanted = Signal(str)
    zoom_wanted = Signal(str)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.tree = LayerTree()
        self.model = QStandardItemModel(self)
        self.tree.setModel(self.model)
        self.tree.setItemDelegate(LayerRow(self.tree))
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
            shown = family.data(VISIBLE)
            for row in range(family.rowCount()):
                item = family.child(row)
                visible = bool(shown and item.data(VISIBLE))
                made.append(LayerView(item.data(NAME), visible, float(item.data(OPACITY))))
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
                item.setData(LayerStyle.from_class(cls), STYLE)
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
            family.setText(tr(FAMILIES[family.data(NAME)]))
        for item in self._items():
            item.setText(session.catalogue[item.data(NAME)].label.text(language()))
        for item in (*self._families(), *self._items()):
            item.setData(item.text(), Qt.ItemDataRole.AccessibleTextRole)

    def _recount(self, changed: Any = None) -> None:
        session = self._workspace.session
        if session is None:
            return
        names = [item.data(NAME) for item in self._items()]
        if changed is not None:
            names = [name for name in names if name in changed.classes]
        if names:
            self._workspace.jobs.quiet(lambda progress: {n: session.count(n) for n in names}, self._counted)

    def _counted(self, counts: dict[str, int]) -> None:
        for item in self._items():
            if item.data(NAME) in counts:
                item.setData(counts[item.data(NAME)], COUNT)

    def _toggle(self, index: QModelIndex) -> None:
        item = self.model.itemFromIndex(index)
        item.setData(not item.data(VISIBLE), VISIBLE)
        self.tree.viewport().update()
        self._tell()

    def _tell(self) -> None:
        self.layers_changed.emit(self.layers())

    def _current(self, index: QModelIndex) -> None:
        item = self.model.itemFromIndex(index)
        layer = item is not None and item.data(KIND) == "layer"
        self._foot.setVisible(layer)
        if layer:
            self._opacity.blockSignals(True)
            self._opacity.setValue(round(item.data(OPACITY) * 100))
            self._opacity.blockSignals(False)
            self._percent.setText(with_unit(self._opacity.value(), "%"))
            self._workspace.set_class(item.data(NAME))

    def _fade(self, percent: int) -> None:
        item = self.model.itemFromIndex(self.tree.currentIndex())
        if item is not None and item.data(KIND) == "layer":
            item.setData(percent / 100, OPACITY)
            self._percent.setText(with_unit(percent, "%"))
            self._tell()

    def _emit_name(self, signal: Any, index: QModelIndex) -> None:
        item = self.model.itemFromIndex(index)
        if item is not None and item.data(KIND) == "layer":
            signal.emit(item.data(NAME))

    def _menu(self, place: Any) -> None:
        index = self.tree.indexAt(place)
        item = self.model.itemFromIndex(index)
        if item is None or item.data(KIND) != "layer":
            return
        name = item.data(NAME)
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
            family.setData(True, VISIBLE)
        for item in self._items():
            item.setData(item.data(NAME) == name, VISIBLE)
        self._tell()

    def _all(self) -> None:
        for item in (*self._families(), *self._items()):
            item.setData(True, VISIBLE)
        self._tell()


def _fill(item: QStandardItem, name: str, visible: bool, opacity: float, kind: str) -> None:
    item.setEditable(False)
    item.setData(name, NAME)
    item.setData(visible, VISIBLE)
    item.setData(opacity, OPACITY)
    item.setData(kind, KIND)
