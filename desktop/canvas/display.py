"""What the map shows between two drawings: the last finished frames, moved and scaled to the present view."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from desktop.canvas.frames import Frame
from gis.cartography.palette import Palette
from gis.cartography.view import View


class Display:
    """The newest frame, and an older one that shows more, for the rim while zooming out."""

    def __init__(self) -> None:
        self.frame: Frame | None = None
        self._wide: Frame | None = None

    def clear(self) -> None:
        """Show nothing."""
        self.frame = self._wide = None

    def show(self, frame: Frame) -> bool:
        """Take a frame; False when a newer one is shown already."""
        old = self.frame
        if old is not None and frame.id <= old.id:
            return False
        if old is not None and old.view.resolution > frame.view.resolution * 1.2:
            self._wide = old
        self.frame = frame
        return True

    def picture(self) -> QImage | None:
        """A copy of what is shown, in device pixels; None before the first frame."""
        return self.frame.image.copy() if self.frame is not None else None

    def paint(self, painter: QPainter, view: View, ratio: float, palette: Palette) -> None:
        """Fill the widget; ``ratio``: device pixels a logical one."""
        painter.fillRect(QRectF(0, 0, view.width, view.height), QColor(palette.paper))
        if self.frame is None:
            return
        if self._wide is not None and not _covers(self.frame.view, view):
            _paint(painter, self._wide, view, ratio)
        _paint(painter, self.frame, view, ratio)


def _paint(painter: QPainter, frame: Frame, view: View, ratio: float) -> None:
    """The frame where it belongs in the view: pixel on pixel where the scale is the same."""
    device = view.enlarged(ratio).whole()
    if device.resolution == frame.view.resolution:
        x, y = device.to_pixels(frame.view.left, frame.view.top)
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.drawImage(QPointF(round(x), round(y)), frame.image)
        painter.restore()
        return
    xmin, ymin, xmax, ymax = frame.view.bbox
    x0, y0 = view.to_pixels(xmin, ymax)
    x1, y1 = view.to_pixels(xmax, ymin)
    painter.drawImage(QRectF(x0, y0, x1 - x0, y1 - y0), frame.image)


def _covers(frame: View, view: View) -> bool:
    a, b = frame.bbox, view.bbox
    slack = view.resolution
    return a[0] <= b[0] + slack and a[1] <= b[1] + slack and a[2] >= b[2] - slack and a[3] >= b[3] - slack
