"""The map widget: shows frames, moves and zooms, and hands mouse and keys to the current tool.

What is on screen is always the last finished frame, moved and scaled to the present view, so that nothing the user does
waits for drawing. Coordinates given and taken are project coordinates; pixels are logical ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QContextMenuEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from desktop.canvas.display import Display
from desktop.canvas.frames import Frame
from desktop.canvas.furniture import furniture_boxes
from desktop.canvas.gestures import GESTURES, Gestures
from desktop.canvas.hits import Hit, Snap
from desktop.canvas.layers import GroundState, LayerState, RasterState
from desktop.canvas.overlay import Over, paint_overlay
from desktop.canvas.scene import Rings, Scene, Selection
from desktop.canvas.stack import Stacking
from desktop.canvas.view_widget import ViewWidget
from desktop.shell.theme import theme
from desktop.shell.words import tr, words
from desktop.tools import Tool, make_tool
from desktop.tools.measurement import Measurements
from desktop.tools.snapping import Snapping
from gis.cartography.palette import Palette
from gis.cartography.rasters import LevelBand
from gis.geometry.columns import BBox
from gis.geometry.crs import ProjectCrs


class MapCanvas(ViewWidget):
    """The map of one session. See the signals for what it tells."""

    cursorMoved = Signal(float, float)  # noqa: N815 - Qt's way of naming signals; project coordinates
    selectionChanged = Signal(object)  # noqa: N815 - {class: int64 ids}
    identified = Signal(str, object)  # class, id
    intentMade = Signal(object)  # noqa: N815 - an intent of gis.editing, for the window to perform
    pictureComplete = Signal()  # noqa: N815 - the newest request is on screen
    hintChanged = Signal(str)  # noqa: N815
    toolChanged = Signal(str)  # noqa: N815
    toolEnded = Signal()  # noqa: N815 - Escape had nothing more to take back: another tool may be taken up
    loadingChanged = Signal(bool)  # noqa: N815 - layers are being read
    failed = Signal(object)  # an exception met while reading or drawing, for the notice route
    coordinateCopied = Signal(str)  # noqa: N815 - what was put on the clipboard
    menuWanted = Signal(object)  # noqa: N815 - Pointer: what can be done here

    def __init__(self, parent: QWidget | None = None, scene: Scene | None = None) -> None:
        super().__init__(parent)
        self.gestures = Gestures(self)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)
        self.scene = Scene(self) if scene is None else scene
        self._display = Display()
        self.stack = Stacking(self)
        self.measurements = Measurements()
        self.snapping = Snapping()
        self.sketches: dict[str, Any] = {}  # what was being drawn when another tool was taken up, by class
        self.overs: list[Over] = [self.measurements]  # what stays on the map whatever the tool, the lowest first
        self.editing = False  # whether handles that change features are shown
        self._asked = self._stopped = False
        self._hover: Rings = []
        self._dark: bool | None = None
        self.tool: Tool = make_tool(self, "browse")
        scene = self.scene
        scene.stale.connect(self._ask)
        scene.drawn.connect(self._show_frame)
        scene.selected.connect(self.selectionChanged)
        scene.loading_changed.connect(self._loading_changed)
        scene.extent_known.connect(self._extent_known)
        scene.failed.connect(self.failed)
        theme().changed.connect(self._ask)
        words().changed.connect(self._say)
        self._say()

    # ------------------------------------------------------------------------------------------------ what is shown
    def set_session(self, session: Any, layers: Sequence[LayerState] | None = None) -> None:
        """Show another project (None: none); it is read in the background, visible layers first."""
        self.tool.leave()
        self.stack.leave()
        self.measurements.clear()
        self.sketches.clear()
        self._display.clear()
        self._placed, self._hover = False, []
        self._history.clear()
        self.scene.set_session(session, layers)
        self.viewChanged.emit()

    @property
    def session(self) -> Any:
        """The project shown, or None."""
        return self.scene.session

    @property
    def project_crs(self) -> ProjectCrs | None:
        """The project's CRS."""
        return self.scene.project_crs

    def set_layers(self, layers: Sequence[LayerState]) -> None:
        """Arrange the layers, topmost first."""
        self.scene.set_layers(layers)

    def layers(self) -> list[LayerState]:
        """The layers as arranged, topmost first."""
        return self.scene.layers()

    def add_raster(self, path: Path | str, style: Sequence[LevelBand], opacity: float = 0.7) -> None:
        """Lay a GeoTIFF (project CRS) below the vectors, in classes of colour; the same path replaces itself."""
        self.scene.add_raster(Path(path), style, opacity)

    def remove_raster(self, path: Path | str | None = None) -> None:
        """Take a raster away (None: all)."""
        self.scene.remove_raster(None if path is None else Path(path))

    def rasters(self) -> list[RasterState]:
        """The rasters shown, the lowest first."""
        return self.scene.rasters()

    def set_grounds(self, grounds: Sequence[GroundState]) -> None:
        """Lay these base maps below everything, topmost first; their owner opens and closes them."""
        self.scene.set_grounds(grounds)

    def grounds(self) -> list[GroundState]:
        """The base maps, topmost first."""
        return self.scene.grounds()

    @property
    def attribution(self) -> str:
        """Whom the base maps on screen come from, as their makers want it said."""
        shown = [state.basemap.attribution for state in self.grounds() if state.visible]
        return "  ".join(dict.fromkeys(said for said in shown if said))

    @property
    def selection(self) -> Selection:
        """What is selected: class -> ids."""
        return self.scene.selection

    def set_selection(self, selection: Mapping[str, Iterable[int]]) -> None:
        """Highlight these features; tells ``selectionChanged`` when it is another selection."""
        self.scene.set_selection(selection)

    @property
    def loading(self) -> bool:
        """Whether layers or their labels are still being read."""
        return self.scene.loading

    def set_hover(self, hit: Hit | None) -> None:
        """Outline one feature lightly, in the overlay."""
        found = self.scene.rings(hit.cls, [hit.id], 1) if hit is not None else []
        self._hover = found[0] if found else []
        self.update()

    def set_dark(self, dark: bool | None) -> None:
        """Draw on a dark or light ground; None = as the window's theme."""
        self._dark = dark
        self._ask()

    @property
    def dark(self) -> bool:
        """Whether the ground is dark."""
        return theme().dark if self._dark is None else self._dark

    def grab_picture(self) -> QImage | None:
        """The map as it is on screen, without overlay and furniture; None before the first frame."""
        return self._display.picture()

    # ------------------------------------------------------------------------------------------------------- the view
    @property
    def busy(self) -> bool:
        """Whether the picture on screen is not yet that of the newest request."""
        frame = self._display.frame
        return self._asked or frame is None or frame.id < self.scene.requested

    def zoom_full(self) -> None:
        """Show everything there is."""
        extent = self.extent()
        if extent is not None:
            self.zoom_to(extent, margin=0.04)

    def zoom_to_selection(self) -> None:
        """Show all that is selected."""
        extent = self.scene.selection_extent()
        if extent is not None:
            self.zoom_to(extent)

    def extent(self) -> BBox | None:
        """The box of all layers read so far, or None."""
        return self.scene.extent()

    def copy(self) -> str:
        """Put what the tool has found out on the clipboard, or else the coordinate under the cursor."""
        said = self.tool.said
        return self.copy_text(said) if said else self.copy_coordinate()

    def copy_coordinate(self, x: float | None = None, y: float | None = None) -> str:
        """Put a position (default: under the cursor) on the clipboard: easting, northing; longitude, latitude."""
        if x is None or y is None:
            at = self.gestures.place
            x, y = self._view.to_world(at.x(), at.y())
        said = f"{x:.2f}, {y:.2f}"
        if self.project_crs is not None:
            lon, lat = self.project_crs.to_lonlat(x, y)
            said += f"; {float(lon):.7f}, {float(lat):.7f}"
        return self.copy_text(said)

    def copy_text(self, said: str) -> str:
        """Put a text on the clipboard and tell it."""
        QGuiApplication.clipboard().setText(said)
        self.coordinateCopied.emit(said)
        return said

    # ------------------------------------------------------------------------------------------------------ the tools
    def set_tool(self, name: str | tuple[str, str]) -> None:
        """Take up a tool: see ``desktop.tools.make_tool``."""
        self.tool.leave()
        self.stack.leave()
        self.set_hover(None)
        self.tool = make_tool(self, name)
        self.setCursor(self.tool.cursor)
        self.tool.enter()
        self.toolChanged.emit(self.tool.name)
        self.tell_hint()
        self.update()

    def tell_hint(self) -> None:
        """Tell the status bar what the tool wants next."""
        self.hintChanged.emit(self.tool.hint)

    def hits(self, px: float, py: float) -> list[Hit]:
        """What lies under a pixel, the best first."""
        return self.scene.hits(self._view, px, py)

    def inside_box(self, bbox: BBox) -> Selection:
        """What is shown inside a box."""
        return self.scene.inside_box(self._view, bbox)

    def snap(self, px: float, py: float, skip: Iterable[tuple[str, int]] = ()) -> Snap | None:
        """The vertex on screen next to a pixel."""
        return self.scene.snap(self._view, px, py, skip)

    # ------------------------------------------------------------------------------------------------------- drawing
    def view_moved(self) -> None:
        self.stack.leave()
        self._ask()

    def _ask(self) -> None:
        """Ask for a frame once the present event is done with."""
        self.update()
        if not self._asked and not self._stopped:
            self._asked = True
            QTimer.singleShot(0, self._submit)

    def _submit(self) -> None:
        self._asked = False
        if not self._stopped and self.isVisible():
            ratio = self.devicePixelRatioF()
            self.scene.ask(self._view.enlarged(ratio).whole(), self.dark, furniture_boxes(self._view, ratio))

    def _show_frame(self, frame: Frame) -> None:
        if self._stopped or not self._display.show(frame):
            return
        self.tool.refreshed()
        self.update()
        if frame.id == self.scene.requested and not self._asked:
            self.pictureComplete.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._display.paint(painter, self._view, self.devicePixelRatioF(), Palette.of(self.dark))
        paint_overlay(painter, self, self._hover)

    def _extent_known(self, extent: BBox | None) -> None:
        if extent is not None and not self._placed:
            self.zoom_to(extent, margin=0.04)

    def _loading_changed(self, loading: bool) -> None:
        self.loadingChanged.emit(loading)
        self.update()

    # -------------------------------------------------------------------------------------------------- mouse and keys
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.gestures.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.gestures.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.gestures.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.gestures.double_click(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.gestures.context_menu(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.gestures.leave()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.gestures.wheel(event)

    def event(self, event: QEvent) -> bool:
        return (event.type() in GESTURES and self.gestures.event(event)) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.gestures.key_press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.gestures.key_release(event):
            super().keyReleaseEvent(event)

    def focusNextPrevChild(self, onward: bool) -> bool:
        """Tab goes to the tool first, which may open a place to type in."""
        return (self.session is not None and self.tool.key(Qt.Key.Key_Tab)) or super().focusNextPrevChild(onward)

    # ----------------------------------------------------------------------------------------------------- the widget
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.stop()
        super().closeEvent(event)

    def stop(self) -> None:
        """End the canvas's threads; to be called before it is deleted."""
        if self._stopped:
            return
        self._stopped = True
        self._settle.stop()
        self.gestures.stop()
        self.scene.stop()

    def _say(self) -> None:
        self.setAccessibleName(tr("Map"))
        self.tell_hint()
        self.update()
