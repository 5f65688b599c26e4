"""The overview: the whole city in a corner of the map, with the rectangle that is shown, to be dragged about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from desktop.canvas.furniture import EDGE
from desktop.canvas.gestures import STEP
from desktop.canvas.layers import LayerState
from desktop.canvas.vector import SCREEN, MapSpec, render_map
from desktop.shell.theme import theme
from desktop.shell.words import worded
from gis.cartography.palette import Palette
from gis.cartography.view import View

WIDTH, HEIGHT = 208, 152
GROUND = ("road", "area")  # what the city is known by from afar, topmost first
_WAIT_MS = 400
_LEAST = 6.0  # pixels the rectangle is drawn large at least
_CORNER = 40.0  # kept free above the attribution


class Overview(QWidget):
    """A child of the canvas. Its picture is made in a worker from the arrays the map has read already."""

    def __init__(self, canvas: Any, jobs: Any) -> None:
        super().__init__(canvas)
        self._canvas, self._jobs = canvas, jobs
        self.setFixedSize(WIDTH, HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._image: QImage | None = None
        self._view: View | None = None
        self._asked = 0
        self._grip: QPointF | None = None  # from the rectangle's middle to the hand
        self._wait = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._wait.timeout.connect(self._draw)
        worded(self, "setAccessibleName", "Overview map")
        worded(self, "setToolTip", "Overview map: drag the rectangle, scroll to zoom")
        canvas.viewChanged.connect(self.update)
        canvas.loadingChanged.connect(self._loading_changed)
        canvas.installEventFilter(self)
        theme().changed.connect(self.refresh)
        self._stand()

    def concerned(self, classes: Iterable[str]) -> bool:
        """Whether these classes are in the picture."""
        return not set(GROUND).isdisjoint(classes)

    def refresh(self) -> None:
        """Draw the city anew, soon."""
        if self.isVisibleTo(self._canvas):
            self._wait.start()

    def forget(self) -> None:
        """Another project is shown: its picture is to come."""
        self._asked += 1
        self._image, self._view = None, None
        self.refresh()
        self.update()

    @property
    def rectangle(self) -> QRectF | None:
        """What the map shows, in pixels of the overview; None before there is a picture."""
        if self._view is None:
            return None
        xmin, ymin, xmax, ymax = self._canvas.view.bbox
        x0, y0 = self._view.to_pixels(xmin, ymax)
        x1, y1 = self._view.to_pixels(xmax, ymin)
        box = QRectF(x0, y0, x1 - x0, y1 - y0)
        grow = max(_LEAST - box.width(), 0) / 2, max(_LEAST - box.height(), 0) / 2
        return box.adjusted(-grow[0], -grow[1], grow[0], grow[1])

    # ----------------------------------------------------------------------------------------------------------------
    def _loading_changed(self, loading: bool) -> None:
        if not loading:
            self.refresh()

    def _draw(self) -> None:
        canvas, extent = self._canvas, self._canvas.extent()
        if canvas.session is None or extent is None:
            return
        ratio = self.devicePixelRatioF()
        fitted = View.fitting(extent, WIDTH, HEIGHT, SCREEN, 0.03)
        arrays = {cls: read for cls, read in canvas.scene.arrays.items() if cls in GROUND}
        layers = [LayerState(cls, style=arrays[cls].style) for cls in GROUND if cls in arrays]
        catalogue, dark = canvas.session.catalogue, canvas.dark
        spec = MapSpec(
            fitted.bbox, WIDTH * ratio, HEIGHT * ratio, SCREEN * ratio, layers=layers, dark=dark, labels=False
        )
        self._asked += 1
        asked = self._asked
        self._jobs.quiet(
            lambda progress: render_map(catalogue, spec, arrays), lambda image: self._drawn(asked, fitted, image, ratio)
        )

    def _drawn(self, asked: int, view: View, image: QImage, ratio: float) -> None:
        if asked == self._asked:
            image.setDevicePixelRatio(ratio)
            self._view, self._image = view, image
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The city, and what is shown of it in a lighter frame."""
        palette = Palette.of(self._canvas.dark)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(palette.paper))
        if self._image is not None:
            painter.drawImage(QPointF(0, 0), self._image)
        box = self.rectangle
        if box is not None:
            tint = QColor(palette.selection)
            tint.setAlphaF(0.16)
            small = box.width() * box.height() < WIDTH * HEIGHT / 3  # a larger one would only colour the city
            painter.setBrush(tint if small else Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(palette.selection), 1.5))
            painter.drawRect(box)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme().color("line_strong"), 1))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    # ---------------------------------------------------------------------------------------------------------- hands
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Inside the rectangle it is taken by the hand, beside it the map goes there."""
        box = self.rectangle
        if event.button() != Qt.MouseButton.LeftButton or box is None:
            return
        inside = box.contains(event.position()) and box.width() < WIDTH
        self._grip = event.position() - box.center() if inside else QPointF()
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The map follows the rectangle."""
        if self._grip is not None and self._view is not None:
            at = event.position() - self._grip
            self._canvas.set_center(*self._view.to_world(at.x(), at.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Nothing: the map below must not zoom."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The map is zoomed about its middle."""
        self._canvas.zoom_by(STEP ** (event.angleDelta().y() / 120.0))
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the map grows or shrinks."""
        if event.type() == QEvent.Type.Resize:
            self._stand()
        return False

    def showEvent(self, event: Any) -> None:
        """Drawn only while it is looked at."""
        super().showEvent(event)
        self.refresh()

    def _stand(self) -> None:
        room = self._canvas.rect()
        self.move(round(room.width() - WIDTH - EDGE), round(room.height() - HEIGHT - _CORNER))
