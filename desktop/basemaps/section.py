"""The section of base maps below the layers: what lies under the map, in which order, and how it fares."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.basemaps.list_view import ICON, KEY, ROW, STATE, STATE_COLOR, STATE_ICON, TALL, VISIBLE, BaseMapList
from desktop.basemaps.room import MapState
from desktop.shell.formatting import with_unit
from desktop.shell.icons import icon
from desktop.shell.notices import notify
from desktop.shell.theme import theme
from desktop.shell.words import language, mark, tr, worded, words

if TYPE_CHECKING:
    from desktop.shell.window import MainWindow
    from gis.project.basemaps import SavedBaseMap

MOST_ROWS = 4  # seen at once; the rest is scrolled to
KINDS = {
    "mbtiles": ("mdi6.grid", mark("Tiles in a file (MBTiles)")),
    "pmtiles": ("mdi6.grid", mark("Tiles in a file (PMTiles)")),
    "xyz_folder": ("mdi6.folder-multiple-image", mark("Folder of tiles")),
    "xyz": ("mdi6.web", mark("Online tiles (XYZ)")),
    "wmts": ("mdi6.web", mark("Online tiles (WMTS)")),
    "raster": ("mdi6.image-outline", mark("Georeferenced picture")),
    "hillshade": ("mdi6.terrain", mark("Relief of a height model")),
}
STATES = {  # icon, colour, words
    "loading": ("mdi6.progress-download", "text_soft", ""),
    "offline": ("mdi6.cloud-off-outline", "text_soft", mark("Offline: kept tiles only")),
    "key": ("mdi6.key-alert-outline", "warn", mark("Needs your key: right click to set it")),
    "zoom": ("mdi6.magnify-plus-outline", "text_faint", mark("Zoom in to see it")),
    "missing": ("mdi6.file-alert-outline", "bad", mark("File not found: right click to find it")),
    "problem": ("mdi6.alert-circle-outline", "bad", ""),
}


class BaseMapsSection(QWidget):
    """Belongs to a window; what it shows is the window's `BaseMaps`."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window, self._room = window, window.basemaps
        self.model = QStandardItemModel(self)
        self.list = BaseMapList()
        self.list.setModel(self.model)
        worded(self.list, "setAccessibleName", "Base maps")
        self.add_button, self.offline, self.more = QToolButton(), QToolButton(), QToolButton()
        self.empty = QPushButton()
        self.opacity, self._percent, self._foot = QSlider(Qt.Orientation.Horizontal), QLabel(), QWidget()
        self._build()
        self._room.changed.connect(self.fill)
        self._room.state_changed.connect(self._show_state)
        self._window.store.changed.connect(self._settings_changed)
        words().changed.connect(self._say)
        theme().changed.connect(self.list.viewport().update)
        self._settings_changed(self._window.store.now)
        self.fill()

    def _build(self) -> None:
        title = QLabel()
        title.setProperty("role", "section")
        worded(title, "setText", "Base maps")
        self.offline.setCheckable(True)
        self.offline.setIcon(icon("mdi6.cloud-off-outline"))
        self.offline.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        worded(self.offline, "setToolTip", "Work offline: nothing is asked of the network while this is on")
        worded(self.offline, "setAccessibleName", "Work offline")
        self.offline.clicked.connect(self._room.set_offline)
        self.add_button.setIcon(icon("mdi6.plus"))
        worded(self.add_button, "setToolTip", "Add a base map")
        worded(self.add_button, "setAccessibleName", "Add a base map")
        self.add_button.clicked.connect(self.open_add)
        self.more.setIcon(icon("mdi6.dots-vertical"))
        worded(self.more, "setToolTip", "Keys, kept tiles and limits")
        worded(self.more, "setAccessibleName", "Keys, kept tiles and limits")
        self.more.clicked.connect(self.open_online)
        head = QHBoxLayout()
        head.setContentsMargins(16, 2, 8, 2)
        head.setSpacing(0)
        head.addWidget(title)
        head.addStretch(1)
        for button in (self.offline, self.add_button, self.more):
            button.setProperty("role", "quiet")
            head.addWidget(button)
        rule = QFrame()
        rule.setFixedHeight(1)
        rule.setProperty("role", "rule")
        self.empty.setProperty("role", "link")
        worded(self.empty, "setText", "Add imagery, tiles or relief…")
        self.empty.clicked.connect(self.open_add)
        worded(self.opacity, "setAccessibleName", "Opacity")
        self.opacity.setRange(10, 100)
        self.opacity.setPageStep(10)
        self.opacity.valueChanged.connect(self._fade)
        caption = QLabel()
        for label in (caption, self._percent):
            label.setProperty("role", "soft")
        worded(caption, "setText", "Opacity")
        self._percent.setMinimumWidth(40)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(16, 4, 16, 8)
        foot.addWidget(caption)
        foot.addWidget(self.opacity, 1)
        foot.addWidget(self._percent)
        holder = QHBoxLayout()
        holder.setContentsMargins(12, 0, 12, 6)
        holder.addWidget(self.empty)
        holder.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(rule)
        column.addLayout(head)
        column.addWidget(self.list)
        column.addLayout(holder)
        column.addWidget(self._foot)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.list.toggled.connect(self._toggle)
        self.list.moved.connect(self._room.move)
        self.list.removed.connect(self._room.remove)
        self.list.renamed.connect(self.rename)
        self.list.doubleClicked.connect(lambda index: self.zoom_to(index.data(KEY)))
        self.list.customContextMenuRequested.connect(self._menu_at)
        self.list.selectionModel().currentChanged.connect(self._current_changed)

    # ------------------------------------------------------------------------------------------------------- the list
    def fill(self) -> None:
        """Show the list as it is; the current row stays the current one."""
        key = self.list.key
        maps = self._room.maps
        if [self.model.item(row).data(KEY) for row in range(self.model.rowCount())] != [made.key for made in maps]:
            self.model.clear()
            for made in maps:
                item = QStandardItem()
                item.setDropEnabled(False)
                item.setData(made.key, KEY)
                self.model.appendRow(item)
        for row, made in enumerate(maps):
            self._dress(self.model.item(row), made)
            if made.key == key:
                self.list.setCurrentIndex(self.model.item(row).index())
        self.empty.setVisible(not maps)
        self._current_changed()
        self._fit()

    def _dress(self, item: QStandardItem, made: SavedBaseMap) -> None:
        item.setText(made.spec.name)
        item.setData(made.visible, VISIBLE)
        item.setData(KINDS[made.spec.kind][0], ICON)
        state = self._room.state(made.key) if made.visible else MapState("missing" if made.missing else "closed")
        image, color, said = STATES.get(state.kind, ("", "text_soft", ""))
        text = tr(said) if said else state.problem.message(language()) if state.problem is not None else ""
        item.setData(image, STATE_ICON)
        item.setData(color, STATE_COLOR)
        item.setData(text, STATE)
        tip = [made.spec.name, tr(KINDS[made.spec.kind][1]), made.spec.source.split("?")[0]]
        if state.problem is not None:
            tip += [state.problem.message(language()), state.problem.hint(language())]
        item.setToolTip("\n".join(part for part in tip if part))
        item.setData(", ".join(part for part in (made.spec.name, text) if part), Qt.ItemDataRole.AccessibleTextRole)

    def _show_state(self, key: str) -> None:
        for row, made in enumerate(self._room.maps):
            if made.key == key and row < self.model.rowCount():
                self._dress(self.model.item(row), made)
        self._fit()

    def _fit(self) -> None:
        """As tall as its rows, up to some; then it scrolls."""
        heights = [TALL if self.model.item(row).data(STATE) else ROW for row in range(self.model.rowCount())]
        self.list.setVisible(bool(heights))
        self.list.setFixedHeight(sum(heights[:MOST_ROWS]) + 4 if heights else 0)
        self.list.scheduleDelayedItemsLayout()

    def _current_changed(self, *_indexes: object) -> None:
        made = self._room.map(self.list.key)
        self._foot.setVisible(made is not None)
        if made is not None:
            with QSignalBlocker(self.opacity):
                self.opacity.setValue(round(made.opacity * 100))
            self._percent.setText(with_unit(self.opacity.value(), "%"))

    def _toggle(self, key: str) -> None:
        made = self._room.map(key)
        if made is not None:
            self._room.change(key, visible=not made.visible)

    def _fade(self, percent: int) -> None:
        self._percent.setText(with_unit(percent, "%"))
        if self.list.key:
            self._room.change(self.list.key, opacity=percent / 100)

    def _settings_changed(self, settings: Any) -> None:
        self.offline.setChecked(settings.offline)
        self._window.actions_["basemap.offline"].setChecked(settings.offline)
        self.offline.setIcon(icon("mdi6.cloud-off-outline" if settings.offline else "mdi6.cloud-outline"))
        self.offline.setText(tr("Offline") if settings.offline else tr("Online"))

    def _say(self) -> None:
        self._settings_changed(self._window.store.now)
        self.fill()

    # ------------------------------------------------------------------------------------------------ what can be done
    def _menu_at(self, place: Any) -> None:
        index = self.list.indexAt(place)
        if index.isValid():
            menu = self.menu(index.data(KEY))
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.list.viewport().mapToGlobal(place))

    def menu(self, key: str) -> QMenu:
        """What can be done with one base map."""
        made, state = self._room.map(key), self._room.state(key)
        menu = QMenu(self)
        assert made is not None
        add = menu.addAction
        if state.kind == "missing" or made.missing:
            add(icon("mdi6.file-search-outline"), tr("Find the file…"), partial(self.find_again, key))
        if made.spec.needs_key:
            add(icon("mdi6.key-outline"), tr("Set the key…"), self.open_online)
        if state.kind in ("missing", "problem"):
            add(icon("mdi6.refresh"), tr("Try again"), partial(self._room.retry, key))
        if menu.actions():
            menu.addSeparator()
        zoom = add(icon("mdi6.magnify-plus-outline"), tr("Zoom to its extent"), partial(self.zoom_to, key))
        zoom.setEnabled(self._room.bounds(key) is not None)
        add(icon("mdi6.rename-outline"), tr("Rename…"), partial(self.rename, key))
        datum = menu.addMenu(icon("mdi6.map-marker-distance"), tr("Datum of its coordinates"))
        for value, text in (("wgs84", "WGS 84 / CGCS2000"), ("gcj02", mark("GCJ-02 (AMap, Tencent)"))):
            action = datum.addAction(tr(text), partial(self._room.change_spec, key, datum=value))
            action.setCheckable(True)
            action.setChecked(made.spec.datum == value)
        dim = add(icon("mdi6.weather-night"), tr("Dim in the dark theme"), partial(self._dim, key))
        dim.setCheckable(True)
        dim.setChecked(made.dim)
        if made.spec.online:
            keep = add(icon("mdi6.download-outline"), tr("Keep this view for offline use…"), partial(self.keep, key))
            keep.setEnabled(made.spec.options.get("bulk") is not False)
        add(icon("mdi6.tune-variant"), tr("Properties…"), partial(self.open_properties, key))
        menu.addSeparator()
        place = next(i for i, other in enumerate(self._room.maps) if other.key == key)
        up = add(icon("mdi6.arrow-up"), tr("Move up"), partial(self._room.move, key, place - 1))
        down = add(icon("mdi6.arrow-down"), tr("Move down"), partial(self._room.move, key, place + 1))
        up.setEnabled(place > 0)
        down.setEnabled(place < len(self._room.maps) - 1)
        add(icon("mdi6.close"), tr("Remove from the project"), partial(self._room.remove, key))
        return menu

    def _dim(self, key: str) -> None:
        made = self._room.map(key)
        if made is not None:
            self._room.change(key, dim=not made.dim)

    def zoom_to(self, key: str) -> None:
        """Show all of a base map."""
        from desktop.basemaps.shown import box_of

        canvas = self._window.canvas
        box = box_of(self._room.bounds(key), canvas.project_crs) if canvas is not None else None
        if box is not None:
            canvas.zoom_to(box)
        else:
            notify(tr("This base map does not say where it lies, or lies everywhere."), "info")

    def rename(self, key: str) -> None:
        """Ask for another name."""
        made = self._room.map(key)
        if made is None:
            return
        name, given = QInputDialog.getText(self, tr("Rename"), tr("Name"), text=made.spec.name)
        if given and name.strip():
            self._room.change_spec(key, name=name.strip())

    def find_again(self, key: str) -> None:
        """Ask where the file of a base map lies now."""
        from desktop.basemaps.add_dialog import ask_folder, ask_map_file

        made = self._room.map(key)
        if made is None:
            return
        chosen = (ask_folder if made.spec.kind == "xyz_folder" else ask_map_file)(self._window)
        if chosen is not None:
            self._room.change_spec(key, source=str(chosen))

    def open_add(self) -> None:
        """Open the dialog that adds a base map."""
        from desktop.basemaps.add_dialog import AddBaseMapDialog

        if self._window.session is not None:
            AddBaseMapDialog(self._window).show()

    def open_online(self) -> None:
        """Open the dialog of keys, kept tiles and limits."""
        from desktop.basemaps.online_dialog import OnlineDialog

        OnlineDialog(self._window).show()

    def open_properties(self, key: str) -> None:
        """Open what can be said about one base map."""
        from desktop.basemaps.properties import PropertiesDialog

        made = self._room.map(key)
        if made is not None:
            PropertiesDialog(self._window, made).show()

    def keep(self, key: str) -> None:
        """Open the dialog that keeps the tiles of the view."""
        from desktop.basemaps.keep_dialog import KeepDialog

        made = self._room.map(key)
        if made is not None and self._window.canvas is not None:
            KeepDialog(self._window, made).show()

    def sizeHint(self) -> QSize:
        """As tall as what it holds."""
        return QSize(240, super().sizeHint().height())
