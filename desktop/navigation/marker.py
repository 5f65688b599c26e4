"""A pin on the map that says "here" and fades away."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from desktop.canvas.furniture import paint_note
from gis.cartography.palette import Palette
from gis.cartography.view import View

STAY_MS, FADE_MS, STEP_MS = 5000, 1500, 50


class Marker(QObject):
    """One position at a time; ``changed`` asks for the map to be painted again."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.place: tuple[float, float] | None = None
        self.text = ""
        self.strength = 0.0  # 1 while it stays, then down to 0
        self._stay = QTimer(self, singleShot=True, interval=STAY_MS)
        self._stay.timeout.connect(self._begin_to_fade)
        self._fade = QTimer(self, interval=STEP_MS)
        self._fade.timeout.connect(self._step)

    def show(self, x: float, y: float, text: str = "") -> None:
        """Stand at a position of the project, with a word below."""
        self.place, self.text, self.strength = (x, y), text, 1.0
        self._fade.stop()
        self._stay.start()
        self.changed.emit()

    def clear(self) -> None:
        """Be gone at once."""
        self._stay.stop()
        self._fade.stop()
        self.place, self.strength = None, 0.0
        self.changed.emit()

    def _begin_to_fade(self) -> None:
        self._fade.start()

    def _step(self) -> None:
        self.strength -= STEP_MS / FADE_MS
        if self.strength <= 0:
            self.clear()
        else:
            self.changed.emit()

    def paint(self, painter: QPainter, view: View, palette: Palette) -> None:
        """A drop whose point stands on the position."""
        if self.place is None:
            return
        foot = QPointF(*view.to_pixels(*self.place))
        painter.save()
        painter.setOpacity(self.strength)
        drop = QPainterPath(foot)
        drop.cubicTo(foot + QPointF(-2, -9), foot + QPointF(-11, -13), foot + QPointF(-11, -22))
        drop.arcTo(foot.x() - 11, foot.y() - 33, 22, 22, 180, -180)
        drop.cubicTo(foot + QPointF(11, -13), foot + QPointF(2, -9), foot)
        painter.setPen(QPen(QColor(palette.halo), 2))
        painter.setBrush(QColor(palette.selection))
        painter.drawPath(drop)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.halo))
        painter.drawEllipse(foot + QPointF(0, -22), 4.5, 4.5)
        if self.text:
            paint_note(painter, foot + QPointF(0, 12), self.text, palette)
        painter.restore()
