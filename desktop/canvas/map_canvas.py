"""The map widget: shows frames, moves and zooms, and hands mouse and keys to the current tool.

What is on screen is always the last finished frame, moved and scaled to the present view, so that nothing the user does
waits for drawing. Coordinates given and taken are project coordinates; pixels are logical ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from desktop.canvas.frames import Frame
from desktop.canvas.furniture import paint_empty, paint_furniture, paint_loading
from desktop.canvas.hits import Hit, Snap
from desktop.canvas.layers import GroundState, LayerState, RasterState
from desktop.canvas.scene import Rings, Scene, Selection
from desktop.canvas.viewport import ViewHistory
from desktop.shell.theme import theme
from desktop.shell.words import tr, words
from desktop.tools import Pointer, Tool, make_tool
from gis.cartography.palette import Palette
from gis.cartography.rasters import LevelBand
from gis.cartography.view import View
from gis.geometry.columns import BBox
from gis.geometry.crs import ProjectCrs

STEP = 1.25  # zoom of one wheel notch
SETTLE_MS, REST_MS = 350, 350
CLOSEST = 500.0  # scale denominator to which zooming to a single point goes at most
_TOOL_KEYS = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Escape, Qt.Key.Key_Return)
_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class MapCanvas(QWidget):
    """The map of one session. See the signals for what it tells."""

    cursorMoved = Signal(float, float)  # noqa: N815 - Qt's way of naming signals; project coordinates
    viewChanged = Signal()  # noqa: N815
    selectionChanged = Signal(object)  # noqa: N815 - {class: int64 ids}
    identified = Signal(str, object)  # class, id
    intentMade = Signal(object)  # noqa: N815 - an intent of gis.editing, for the window to perform
    pictureComplete = Signal()  # noqa: N815 - the newest request is on screen
    hintChanged = Signal(str)  # noqa: N815
    toolChanged = Signal(str)  # noqa: N815
    loadingChanged = Signal(bool)  # noqa: N815 - layers are being read
    failed = Signal(object)  # an exception met while reading or drawing, for the notice route
    coordinateCopied = Signal(str)  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)
        self.scene = Scene(self)
        self._view = View.around(0.0, 0.0, 100.0, max(self.width(), 1), max(self.height(), 1))
        self._history = ViewHistory()
        self._frame: Frame | None = None
        self._wide: Frame | None = None  # an older frame that shows more, for the rim while zooming out
        self._asked = self._placed = self._stopped = False
        self._hover: Rings = []
        self._space = self._panning = False
        self._last: QPointF | None = None
        self._dark: bool | None = None
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(lambda: self._history.settle(self._view))
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._rested)
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
        self._frame = self._wide = None
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
        return self._frame.image.copy() if self._frame is not None else None

    # ------------------------------------------------------------------------------------------------------- the view
    @property
    def view(self) -> View:
        """What is shown on the widget, in logical pixels."""
        return self._view

    @property
    def center(self) -> tuple[float, float]:
        """The project coordinates in the middle."""
        return self._view.center

    @property
    def scale_denominator(self) -> float:
        """M of the scale 1:M on this screen."""
        return self._view.scale_denominator

    def set_center(self, x: float, y: float) -> None:
        """Move the map so that (x, y) is in the middle."""
        v = self._view
        self._set_view(View.around(x, y, v.resolution, v.width, v.height, v.pixels_per_mm))

    def set_scale(self, denominator: float) -> None:
        """Zoom to 1:denominator about the centre."""
        v = self._view
        self._set_view(View.around(*v.center, v.resolution_for(denominator), v.width, v.height, v.pixels_per_mm))

    def show_view(self, view: View) -> None:
        """Show exactly this view, in the widget's own size."""
        self._placed = True
        self._set_view(replace(view, pixels_per_mm=self._view.pixels_per_mm).resized(self.width(), self.height()))

    @property
    def busy(self) -> bool:
        """Whether the picture on screen is not yet that of the newest request."""
        return self._asked or self._frame is None or self._frame.id < self.scene.requested

    def zoom_to(self, bbox: BBox, margin: float = 0.08) -> None:
        """Show all of ``bbox``; a single point is shown at 1:500 at the largest."""
        v = self._view
        fitted = View.fitting(bbox, v.width, v.height, v.pixels_per_mm, margin)
        smallest = v.resolution_for(CLOSEST)
        if fitted.resolution < smallest:
            fitted = View.around(*fitted.center, smallest, v.width, v.height, v.pixels_per_mm)
        self._placed = True
        self._set_view(fitted)

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

    def zoom_by(self, factor: float, px: float | None = None, py: float | None = None) -> None:
        """Enlarge by ``factor``; what lies at the pixel (default: the middle) stays there."""
        v = self._view
        self._set_view(v.zoomed(factor, v.width / 2 if px is None else px, v.height / 2 if py is None else py))

    def pan_by(self, dx: float, dy: float) -> None:
        """Drag the map by pixels."""
        self._set_view(self._view.panned(dx, dy))

    def previous_view(self) -> None:
        """Back to the view before."""
        self._jump(self._history.back())

    def next_view(self) -> None:
        """Forward again."""
        self._jump(self._history.forward())

    def extent(self) -> BBox | None:
        """The box of all layers read so far, or None."""
        return self.scene.extent()

    def copy_coordinate(self, x: float | None = None, y: float | None = None) -> str:
        """Put a position (default: under the cursor) on the clipboard: easting, northing; longitude, latitude."""
        if x is None or y is None:
            at = self._last or QPointF(self.width() / 2, self.height() / 2)
            x, y = self._view.to_world(at.x(), at.y())
        said = f"{x:.2f}, {y:.2f}"
        if self.project_crs is not None:
            lon, lat = self.project_crs.to_lonlat(x, y)
            said += f"; {float(lon):.7f}, {float(lat):.7f}"
        QGuiApplication.clipboard().setText(said)
        self.coordinateCopied.emit(said)
        return said

    def _jump(self, view: View | None) -> None:
        if view is not None:
            self._set_view(replace(view.resized(self.width(), self.height())), settle=False)

    def _set_view(self, view: View, settle: bool = True) -> None:
        view = view.snapped()
        if view == self._view:
            return
        self._view = view
        if settle:
            self._settle.start()
        self.tool_moved()
        self.viewChanged.emit()
        self._ask()

    def tool_moved(self) -> None:
        """The view moved under the tool."""
        self.update()

    # ------------------------------------------------------------------------------------------------------ the tools
    def set_tool(self, name: str | tuple[str, str]) -> None:
        """Take up a tool: see ``desktop.tools.make_tool``."""
        self.tool.leave()
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
    def _ask(self) -> None:
        """Ask for a frame once the present event is done with."""
        self.update()
        if not self._asked and not self._stopped:
            self._asked = True
            QTimer.singleShot(0, self._submit)

    def _submit(self) -> None:
        self._asked = False
        if not self._stopped and self.isVisible():
            self.scene.ask(self._view.enlarged(self.devicePixelRatioF()).whole(), self.dark)

    def _show_frame(self, frame: Frame) -> None:
        if self._stopped or (self._frame is not None and frame.id <= self._frame.id):
            return
        old = self._frame
        if old is not None and old.view.resolution > frame.view.resolution * 1.2:
            self._wide = old
        self._frame = frame
        self.tool.refreshed()
        self.update()
        if frame.id == self.scene.requested and not self._asked:
            self.pictureComplete.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = Palette.of(self.dark)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(palette.paper))
        if self._frame is not None:
            covers = _covers(self._frame.view, self._view)
            if self._wide is not None and not covers:
                self._paint_frame(painter, self._wide)
            self._paint_frame(painter, self._frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.session is None:
            paint_empty(
                painter, self.width(), self.height(), palette,
                tr("No project is open"), tr("Open a project, or begin with the sample city"),
            )  # fmt: skip
            return
        self._paint_hover(painter, palette)
        self.tool.paint(painter, palette)
        if self.loading:
            paint_loading(painter, self._view, palette, self.scene.loaded_share, tr("Reading the map…"))
        elif self.scene.empty and not self.tool.busy:
            paint_empty(
                painter, self.width(), self.height(), palette,
                tr("Nothing is on the map yet"), tr("Import a file, or draw the first feature in Edit"),
            )  # fmt: skip
        paint_furniture(painter, self._view, palette)

    def _paint_frame(self, painter: QPainter, frame: Frame) -> None:
        """The frame where it belongs in the present view."""
        device = self._view.enlarged(self.devicePixelRatioF()).whole()
        ratio = self.devicePixelRatioF()
        if device.resolution == frame.view.resolution:
            x, y = device.to_pixels(frame.view.left, frame.view.top)
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)
            painter.drawImage(QPointF(round(x), round(y)), frame.image)
            painter.restore()
            return
        xmin, ymin, xmax, ymax = frame.view.bbox
        x0, y0 = self._view.to_pixels(xmin, ymax)
        x1, y1 = self._view.to_pixels(xmax, ymin)
        painter.drawImage(QRectF(x0, y0, x1 - x0, y1 - y0), frame.image)

    def _paint_hover(self, painter: QPainter, palette: Palette) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(palette.hover), 2.5))
        for ring in self._hover:
            points = self._view.pixels(ring)
            if len(points) == 1:
                painter.drawEllipse(QPointF(*points[0]), 9.0, 9.0)
            else:
                painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))

    def _extent_known(self, extent: BBox | None) -> None:
        if extent is not None and not self._placed:
            self.zoom_to(extent, margin=0.04)

    def _loading_changed(self, loading: bool) -> None:
        self.loadingChanged.emit(loading)
        self.update()

    # -------------------------------------------------------------------------------------------------- mouse and keys
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._rest.stop()
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        at = self._last = event.position()
        if event.button() == _MIDDLE or (event.button() == _LEFT and self._space):
            self._panning = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == _LEFT and self.session is not None:
            self.tool.press(self._pointer(event, at))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._panning and self._last is not None:
            self.pan_by(round(at.x() - self._last.x()), round(at.y() - self._last.y()))
        elif self.session is not None:
            self.tool.move(self._pointer(event, at))
        self._last = at
        x, y = self._view.to_world(at.x(), at.y())
        self.cursorMoved.emit(x, y)
        if event.buttons() == Qt.MouseButton.NoButton:
            self._rest.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._panning and event.button() in (_MIDDLE, _LEFT):
            self._panning = False
            self.setCursor(Qt.CursorShape.OpenHandCursor if self._space else self.tool.cursor)
        elif event.button() == _LEFT and self.session is not None:
            self.tool.release(self._pointer(event, event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == _LEFT and self.session is not None:
            self.tool.double_click(self._pointer(event, event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._rest.stop()
        self.set_hover(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        at = event.position()
        device = event.device()
        pixels = event.pixelDelta()
        touch = device is not None and device.type() == device.DeviceType.TouchPad
        if touch and not pixels.isNull() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.pan_by(pixels.x(), pixels.y())
        else:
            notches = event.angleDelta().y() / 120.0
            self.zoom_by(STEP**notches, at.x(), at.y())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_by(1.0 + event.value(), event.position().x(), event.position().y())
            return True
        # While something is being drawn, Backspace, Delete and Escape belong to the tool and not to the window.
        override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self.tool.busy
        if override and event.key() in _TOOL_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            return
        if self.session is not None and self.tool.key(key):
            return
        if not self._navigate(key, event.modifiers()):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            if not self._panning:
                self.setCursor(self.tool.cursor)
            return
        super().keyReleaseEvent(event)

    def _navigate(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        if modifiers & Qt.KeyboardModifier.AltModifier:
            jump = {Qt.Key.Key_Left: self.previous_view, Qt.Key.Key_Right: self.next_view}.get(key)
            if jump is not None:
                jump()
            return jump is not None
        if key == Qt.Key.Key_C and modifiers & Qt.KeyboardModifier.ControlModifier:
            self.copy_coordinate()
            return True
        step = 0.5 if modifiers & Qt.KeyboardModifier.ShiftModifier else 0.15
        dx, dy = round(self.width() * step), round(self.height() * step)
        moves = {
            Qt.Key.Key_Left: (dx, 0), Qt.Key.Key_Right: (-dx, 0), Qt.Key.Key_Up: (0, dy), Qt.Key.Key_Down: (0, -dy)
        }  # fmt: skip
        if key in moves:
            self.pan_by(*moves[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(STEP**2)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom_by(STEP**-2)
        elif key == Qt.Key.Key_Home:
            self.zoom_full()
        else:
            return False
        return True

    def _pointer(self, event: QMouseEvent, at: QPointF) -> Pointer:
        x, y = self._view.to_world(at.x(), at.y())
        keys = event.modifiers()
        return Pointer(
            at.x(), at.y(), x, y, bool(event.buttons() & _LEFT),
            bool(keys & Qt.KeyboardModifier.ShiftModifier), bool(keys & Qt.KeyboardModifier.ControlModifier),
            bool(keys & Qt.KeyboardModifier.AltModifier),
        )  # fmt: skip

    def _rested(self) -> None:
        rest = getattr(self.tool, "rest", None)
        if rest is not None and self._last is not None and self.session is not None and self.underMouse():
            x, y = self._view.to_world(self._last.x(), self._last.y())
            rest(Pointer(self._last.x(), self._last.y(), x, y))

    # ----------------------------------------------------------------------------------------------------- the widget
    def resizeEvent(self, event: QResizeEvent) -> None:
        density = self.logicalDpiX() / 25.4
        self._view = replace(self._view, pixels_per_mm=density).resized(
            max(self.width(), 1), max(self.height(), 1)
        ).snapped()  # fmt: skip
        self.viewChanged.emit()
        self._ask()

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
        self._rest.stop()
        self.scene.stop()

    def _say(self) -> None:
        self.setAccessibleName(tr("Map"))
        self.tell_hint()
        self.update()


def _covers(frame: View, view: View) -> bool:
    a, b = frame.bbox, view.bbox
    slack = view.resolution
    return a[0] <= b[0] + slack and a[1] <= b[1] + slack and a[2] >= b[2] - slack and a[3] >= b[3] - slack
