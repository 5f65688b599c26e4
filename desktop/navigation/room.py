"""What a window offers for finding one's way; binds the canvas to marker, overview, lists, menus and bookmarks.

What needs the map's own room is imported when there is a map: the window stands before that room is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu, QWidget

from desktop.navigation.bookmarks import Bookmark, Bookmarks
from desktop.navigation.bookmarks_popup import BookmarksPopup, proposed_name
from desktop.navigation.coordinates import distance_to, system_text
from desktop.shell.words import tr
from gis.geometry.places import Reading

if TYPE_CHECKING:
    from desktop.navigation.here_list import HereList
    from desktop.navigation.marker import Marker
    from desktop.navigation.overview import Overview
    from desktop.shell.window import MainWindow
    from desktop.tools.tool import Pointer

CLOSE = 5_000.0  # scale at which a place that was asked for is shown, unless the map is closer already
_ROADS = 50_000.0  # scale up to which the road matters
_REACH = 60.0  # pixels around the middle in which a road gives a bookmark its name


class Navigation(QObject):
    """One for each window, before there is a map; `attach` gives it the map."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._workspace = window, window.workspace
        self.canvas: Any = None
        self.marker: Marker | None = None
        self.bookmarks = Bookmarks(self._workspace, self)
        self.overview: Overview | None = None
        self.here_list: HereList | None = None
        self._popup: BookmarksPopup | None = None
        self._wanted: tuple[float, float] | None = None  # where the bookmark to be added lies, when not in the middle
        self._workspace.session_changed.connect(self._session_changed)
        self._workspace.changed.connect(self._data_changed)
        self._workspace.settings.changed.connect(self._settings_changed)

    def attach(self, canvas: Any) -> None:
        """Work on this map from now on."""
        from desktop.navigation.here_list import HereList
        from desktop.navigation.marker import Marker
        from desktop.navigation.overview import Overview

        self.canvas = canvas
        self.marker = Marker(self)
        canvas.overs.append(self.marker)
        self.marker.changed.connect(canvas.update)
        canvas.menuWanted.connect(self._open_menu)
        self.here_list = HereList(canvas, self._workspace.jobs)
        self.overview = Overview(canvas, self._workspace.jobs)
        self._settings_changed(self._workspace.settings.now)

    @property
    def editing(self) -> bool:
        """Whether features can be added now."""
        return self._workspace.editable and self._workspace.mode == "edit"

    # -------------------------------------------------------------------------------------------------------- places
    def go_to(self, reading: Reading) -> None:
        """Show a place that was typed, with a pin and how it was understood."""
        if self.canvas is None or self.marker is None:
            return
        scale = self.canvas.scale_denominator
        self.canvas.show_place(reading.x, reading.y, min(scale, CLOSE))
        self.marker.show(reading.x, reading.y, system_text(reading))
        extent = self.canvas.extent()
        if extent is not None and distance_to(extent, reading.x, reading.y) > 0:
            self._window.status.show_hint(tr("This place lies outside the data of the project"))

    def point_out(self, x: float, y: float, said: str) -> None:
        """Show a place of the project with a pin, such as that of an issue."""
        if self.canvas is not None and self.marker is not None:
            self.canvas.show_place(x, y, min(self.canvas.scale_denominator, CLOSE))
            self.marker.show(x, y, said)

    def zoom_to_layer(self) -> None:
        """Show the whole of the current layer."""
        if self._workspace.current_class:
            self._window.zoom_to_class(self._workspace.current_class)

    # ------------------------------------------------------------------------------------------------------ bookmarks
    def here(self) -> Bookmark | None:
        """The bookmark of the place in view, named after the area and the road there."""
        if self.canvas is None or self._workspace.session is None:
            return None
        x, y = self._wanted or self.canvas.center
        name = self.bookmarks.free_name(self._name_of(x, y))
        return Bookmark(name, x, y, self.canvas.scale_denominator)

    def open_bookmarks(self, adding: bool = False) -> None:
        """The small window of the bookmarks, below the tools."""
        self._wanted = None
        self._open_popup(adding)

    def bookmark_place(self, x: float, y: float) -> None:
        """Add a bookmark of this place."""
        self._wanted = (x, y)
        self._open_popup(adding=True)

    def go_to_bookmark(self, bookmark: Bookmark) -> None:
        """Show its place in its scale."""
        if self.canvas is not None:
            self.canvas.show_place(bookmark.x, bookmark.y, bookmark.scale)
            self.canvas.setFocus()

    def _open_popup(self, adding: bool) -> None:
        if self.canvas is None:
            return
        if self._popup is None:
            self._popup = BookmarksPopup(self.bookmarks, self.here, self._window)
            self._popup.go.connect(self.go_to_bookmark)
        room: QWidget = self.canvas
        self._popup.open_at(room.mapToGlobal(QPoint(max(8, room.width() - self._popup.width() - 48), 8)), adding)

    @property
    def popup(self) -> BookmarksPopup | None:
        """The bookmarks' window, once it was opened."""
        return self._popup

    def _name_of(self, x: float, y: float) -> str:
        """The smallest area around a place and the nearest named road, as far as their names are read."""
        from desktop.canvas.hits import hits as hits_among

        view = self.canvas.view
        px, py = view.to_pixels(x, y)
        names = {}
        for cls, reach in (("area", 1.0), ("road", _REACH)):
            arrays = self.canvas.scene.arrays.get(cls)
            if arrays is None or (cls == "road" and view.scale_denominator > _ROADS):
                continue
            found = [hit for hit in hits_among([(arrays, arrays.style)], view, float(px), float(py), reach) if hit.text]
            # Of areas within areas the smallest that is not lost in the view: a city seen whole is not its one street.
            fitting = [
                hit for hit in found if cls == "road" or _height(arrays, hit.id) > view.height * view.resolution / 3
            ]
            names[cls] = next((hit.text for hit in [*fitting, *found]), "")
        return proposed_name(names.get("area", ""), names.get("road", ""))

    # ----------------------------------------------------------------------------------------------- menu and measures
    def _open_menu(self, at: Pointer) -> None:
        from desktop.navigation.map_menu import map_menu

        self.canvas.stack.leave()
        menu = map_menu(self, at)
        menu.popup(self.canvas.mapToGlobal(QPoint(round(at.px), round(at.py))))

    def modify(self, menu: QMenu) -> None:
        """Offer in a menu what can be done to the selected features."""
        self._window.commands.modify.add_to(menu)

    def measure_from(self, tool: str, x: float, y: float) -> None:
        """Take a measuring tool in hand, its first point set."""
        self._window.actions_[f"tool.{tool}"].trigger()
        self.canvas.tool.begin(x, y)

    def add_here(self, cls: str, at: Pointer) -> None:
        """Add a feature of a class at a place, as if drawn there."""
        self._window.commands.draw_class(cls)
        self.canvas.tool.clear()
        self.canvas.tool.press(at)
        self.canvas.tool.release(at)

    def clear_measurements(self) -> None:
        """Take all measurements off the map."""
        self.canvas.measurements.clear()
        self.canvas.tell_hint()
        self.canvas.update()

    def set_length_unit(self, unit: str) -> None:
        """Read lengths in this unit from now on."""
        self._workspace.settings.change(length_unit=unit)

    def set_area_unit(self, unit: str) -> None:
        """Read areas in this unit from now on."""
        self._workspace.settings.change(area_unit=unit)

    def export_picture(self) -> None:
        """Ask how and where to, and write the map in view as a picture."""
        from desktop.navigation.picture_dialog import PictureDialog

        if self.canvas is not None:
            PictureDialog(self._window, self.canvas).show()

    def copy_picture(self) -> None:
        """Put the map in view on the clipboard."""
        from desktop.navigation.picture import copy_view

        if self.canvas is not None:
            copy_view(self._window, self.canvas)

    def toggle_overview(self) -> None:
        """Show or hide the overview."""
        self._workspace.settings.change(overview=not self._workspace.settings.now.overview)

    # ----------------------------------------------------------------------------------------------------------------
    def _session_changed(self) -> None:
        if self.marker is not None:
            self.marker.clear()
        if self.overview is not None:
            self.overview.forget()

    def _data_changed(self, changed: Any) -> None:
        if self.overview is not None and self.overview.concerned(changed.classes):
            self.overview.refresh()

    def _settings_changed(self, settings: Any) -> None:
        if self.canvas is None:
            return
        self.canvas.measurements.length_unit = settings.length_unit
        self.canvas.measurements.area_unit = settings.area_unit
        self.canvas.update()
        if self.overview is not None:
            self.overview.setVisible(settings.overview)


def _height(arrays: Any, id: int) -> float:
    """Metres from the south to the north end of a feature."""
    boxes = [part.bounds[at] for part, at in arrays.chosen(np.array([id], np.int64))]
    return float(max((box[:, 3].max() - box[:, 1].min() for box in boxes), default=0.0))
