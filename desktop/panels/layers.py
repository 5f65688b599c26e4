"""The layers: what is drawn, in which order, how strongly; grouped by family, topmost first, each with its legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from desktop.panels.layer_menu import entry_menu, layer_menu
from desktop.panels.layer_tree import (
    COUNT,
    KIND,
    LINES,
    NAME,
    OPACITY,
    PLACE,
    SCALE,
    STYLE,
    VISIBLE,
    LayerRow,
    LayerTree,
)
from desktop.shell.formatting import with_unit
from desktop.shell.settings import LayerView
from desktop.shell.theme import theme
from desktop.shell.words import language, mark, tr, worded, words
from desktop.shell.workspace import Workspace
from desktop.styling.book import StyleBook
from desktop.styling.entries import entries, tells_apart, with_variants
from desktop.styling.ranges import hidden_text
from desktop.styling.values import variant_counts
from gis.cartography.arrays import LayerArrays
from gis.cartography.legend import alone, densities
from gis.cartography.symbols import LayerStyle
from gis.progress import Progress

_COUNT_MS = 250  # a style that is being dragged is not counted at every step

FAMILIES = {
    "sight": mark("Surveillance"),
    "plates": mark("Vehicle plates"),
    "wireless": mark("Wireless"),
    "fibre": mark("Optical fibre"),
    "ground": mark("Ground"),
}


class LayersPanel(QWidget):
    """The tree of layers. ``layers_changed`` carries list[LayerView], topmost first; ``style_wanted`` a class and the
    place of one of its style's variants, -1 for none in particular.
    """

    layers_changed = Signal(object)
    table_wanted = Signal(str)
    zoom_wanted = Signal(str)
    style_wanted = Signal(str, int)

    def __init__(self, workspace: Workspace, book: StyleBook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.book = book
        self.scale = 0.0  # the map's, 0 while there is no map
        self._dense: Sequence[tuple[LayerArrays, LayerStyle]] = ()
        self._to_count: set[str] = set()
        self._count_due = QTimer(self, singleShot=True, interval=_COUNT_MS)
        self._count_due.timeout.connect(self._count_entries)
        self.tree = LayerTree()
        self.model = QStandardItemModel(self)
        self.tree.setModel(self.model)
        self.tree.setItemDelegate(LayerRow(self.tree))
        self.tree.toggled.connect(self._toggle)
        self.tree.moved.connect(self._tell)
        self.tree.styled.connect(self._style)
        self.tree.expanded.connect(self._expanded)
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
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(head_row)
        self._column.addWidget(self.tree, 1)
        self._column.addWidget(self._foot)
        self._foot.hide()
        self._section: QWidget | None = None
        book.changed.connect(self._restyled)
        workspace.session_changed.connect(self.rebuild)
        workspace.changed.connect(self._recount)
        words().changed.connect(self._say)
        theme().changed.connect(self.tree.viewport().update)
        self.rebuild()

    def set_footer_section(self, widget: QWidget) -> None:
        """Put a section of another room below the layers; one at a time."""
        if self._section is not None:
            self._column.removeWidget(self._section)
            self._section.deleteLater()
        self._section = widget
        self._column.addWidget(widget)

    def set_scale(self, denominator: float) -> None:
        """The map stands at 1:denominator: layers that are not drawn there turn grey and say why."""
        if denominator != self.scale:
            self.scale = denominator
            for item in self._items():
                self._say_scale(item)

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
        self._dense = ()
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
                item.setDropEnabled(False)
                family.appendRow(item)
                self._dress(item)
        self._say()
        for item in families.values():
            self.tree.setExpanded(item.index(), True)
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
            self._list_entries(item)
            self._say_scale(item)
        for item in (*self._families(), *self._items()):
            item.setData(item.text(), Qt.ItemDataRole.AccessibleTextRole)
        self.show_densities(self._dense)

    # The look of one layer ------------------------------------------------------------------------------------------
    def _item(self, name: str) -> QStandardItem | None:
        return next((item for item in self._items() if item.data(NAME) == name), None)

    def _restyled(self, name: str) -> None:
        item = self._item(name)
        if item is not None:
            self._dress(item)
            self._list_entries(item)
            self._say_scale(item)
            self._ask_counts(item)

    def _dress(self, item: QStandardItem) -> None:
        """The swatch of a layer: that of its first entry, of the base where nothing is told apart."""
        item.setData(alone(self.book.style(item.data(NAME)), 0), STYLE)

    def _list_entries(self, item: QStandardItem) -> None:
        session = self._workspace.session
        style = self.book.style(item.data(NAME))
        if style.crowd == "heat":
            self._list_density(item)
            return
        if item.rowCount() and item.child(0).data(KIND) == "density":
            item.removeRows(0, 1)
        listed = entries(style, session.catalogue[item.data(NAME)]) if tells_apart(style) else []
        current = self.tree.currentIndex()
        place = current.data(PLACE) if current.data(KIND) == "entry" and current.parent() == item.index() else None
        if item.rowCount() > len(listed):
            item.removeRows(len(listed), item.rowCount() - len(listed))
        for row, entry in enumerate(listed):
            line = item.child(row)
            if line is None:
                line = QStandardItem()
                line.setDragEnabled(False)
                line.setDropEnabled(False)
                item.appendRow(line)
            _fill(line, item.data(NAME), entry.visible, 1.0, "entry")
            if line.data(PLACE) != entry.place:
                line.setData(None, COUNT)
            line.setData(entry.place, PLACE)
            line.setData(alone(style, entry.place), STYLE)
            line.setText(entry.label)
            line.setData(entry.label, Qt.ItemDataRole.AccessibleTextRole)
            if entry.place == place:
                self.tree.setCurrentIndex(line.index())

    def _list_density(self, item: QStandardItem) -> None:
        """One line for the numbers of a surface; they come with the map's picture."""
        line = item.child(0)
        if line is None or line.data(KIND) != "density":
            item.removeRows(0, item.rowCount())
            line = QStandardItem()
            line.setDragEnabled(False)
            line.setDropEnabled(False)
            _fill(line, item.data(NAME), True, 1.0, "density")
            line.setData(0, PLACE)
            line.setText(tr("Density"))
            item.appendRow(line)
            self.tree.setExpanded(item.index(), True)

    def show_densities(self, drawn: Sequence[tuple[LayerArrays, LayerStyle]]) -> None:
        """The surfaces on the map: say below their layers what the colours mean at this scale."""
        self._dense, session = drawn, self._workspace.session
        if session is None:
            return
        for arrays, style in drawn:
            item = self._item(style.cls)
            line = item.child(0) if item is not None else None
            if line is not None and line.data(KIND) == "density":
                said = densities(arrays, session.catalogue[style.cls], style, self.scale, language())
                line.setText(said)
                line.setData(said, Qt.ItemDataRole.AccessibleTextRole)

    def _say_scale(self, item: QStandardItem) -> None:
        style = self.book.style(item.data(NAME))
        item.setData(hidden_text(style, self.scale), SCALE)
        for row in range(item.rowCount()):
            line = item.child(row)
            limit = style.variants[line.data(PLACE)].max_scale
            line.setData(hidden_text(replace(style, max_scale=limit, min_scale=0.0), self.scale), SCALE)

    def _expanded(self, index: QModelIndex) -> None:
        item = self.model.itemFromIndex(index)
        if item.data(KIND) == "layer" and item.child(0).data(COUNT) is None:
            self._ask_counts(item)

    def _ask_counts(self, item: QStandardItem) -> None:
        counted = item.rowCount() and item.child(0).data(KIND) == "entry"
        if counted and self.tree.isExpanded(item.index()):
            self._to_count.add(item.data(NAME))
            self._count_due.start()

    def _count_entries(self) -> None:
        session, names, self._to_count = self._workspace.session, self._to_count, set()
        if session is None:
            return
        styles = [self.book.style(name) for name in names]

        def work(_progress: Progress) -> list[tuple[LayerStyle, list[int]]]:
            return [(style, variant_counts(session, style)) for style in styles]

        self._workspace.jobs.quiet(work, self._entries_counted, lambda _error: None)

    def _entries_counted(self, counted: list[tuple[LayerStyle, list[int]]]) -> None:
        for style, counts in counted:
            item = self._item(style.cls)
            if item is None or self.book.style(style.cls) != style:  # restyled meanwhile: it is counted again
                continue
            for row in range(item.rowCount()):
                item.child(row).setData(counts[item.child(row).data(PLACE)], COUNT)

    def _recount(self, changed: Any = None) -> None:
        session = self._workspace.session
        if session is None:
            return
        names = [item.data(NAME) for item in self._items()]
        if changed is not None:
            names = [name for name in names if name in changed.classes]
        if names:
            self._workspace.jobs.quiet(lambda progress: {n: session.count(n) for n in names}, self._counted)
        for item in self._items():
            if changed is not None and item.data(NAME) in names:
                self._ask_counts(item)

    def _counted(self, counts: dict[str, int]) -> None:
        for item in self._items():
            if item.data(NAME) in counts:
                item.setData(counts[item.data(NAME)], COUNT)

    def _toggle(self, index: QModelIndex) -> None:
        item = self.model.itemFromIndex(index)
        if item.data(KIND) == "density":
            return
        if item.data(KIND) == "entry":
            style = self.book.style(item.data(NAME))
            self.book.put(with_variants(style, [item.data(PLACE)], visible=not item.data(VISIBLE)))
            return
        item.setData(not item.data(VISIBLE), VISIBLE)
        self.tree.viewport().update()
        self._tell()

    def _tell(self) -> None:
        self.layers_changed.emit(self.layers())

    def _current(self, index: QModelIndex) -> None:
        item = self.model.itemFromIndex(index)
        layer = item is not None and item.data(KIND) == "layer"
        self._foot.setVisible(layer)
        if item is not None and item.data(KIND) in LINES:
            self._workspace.set_class(item.data(NAME))
        if layer:
            self._say_opacity(item)
            self._workspace.set_class(item.data(NAME))

    def _say_opacity(self, item: QStandardItem) -> None:
        self._opacity.blockSignals(True)
        self._opacity.setValue(round(item.data(OPACITY) * 100))
        self._opacity.blockSignals(False)
        self._percent.setText(with_unit(self._opacity.value(), "%"))

    def opacity(self, name: str) -> int:
        """How strongly a layer is drawn, in percent."""
        item = self._item(name)
        return round(item.data(OPACITY) * 100) if item is not None else 100

    def set_opacity(self, name: str, percent: int) -> None:
        """Draw a layer so strongly."""
        item = self._item(name)
        if item is not None:
            item.setData(percent / 100, OPACITY)
            if item.index() == self.tree.currentIndex():
                self._say_opacity(item)
            self._tell()

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

    def _style(self, index: QModelIndex) -> None:
        item = self.model.itemFromIndex(index)
        self.style_wanted.emit(item.data(NAME), item.data(PLACE) if item.data(KIND) == "entry" else -1)

    def _menu(self, place: Any) -> None:
        index = self.tree.indexAt(place)
        item = self.model.itemFromIndex(index)
        if item is None or item.data(KIND) == "family":
            return
        self.tree.setCurrentIndex(index)
        layer = item.data(KIND) != "entry"
        menu = layer_menu(self, item.data(NAME)) if layer else entry_menu(self, item.data(NAME), item.data(PLACE))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.tree.viewport().mapToGlobal(place))

    def show_only(self, name: str) -> None:
        """Hide all layers but one."""
        for family in self._families():
            family.setData(True, VISIBLE)
        for item in self._items():
            item.setData(item.data(NAME) == name, VISIBLE)
        self._tell()

    def show_all(self) -> None:
        """Hide no layer."""
        for item in (*self._families(), *self._items()):
            item.setData(True, VISIBLE)
        self._tell()


def _fill(item: QStandardItem, name: str, visible: bool, opacity: float, kind: str) -> None:
    item.setEditable(False)
    item.setData(name, NAME)
    item.setData(visible, VISIBLE)
    item.setData(opacity, OPACITY)
    item.setData(kind, KIND)
