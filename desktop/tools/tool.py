"""What every tool is: a small state machine between the mouse and an intent.

A tool draws only in the overlay, and never writes: what the user wants done it says through ``canvas.intentMade``.
``enter`` and ``leave`` begin and end it; ``leave`` drops whatever was begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gis.cartography.palette import Palette

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas

MOVED = 4.0  # pixels the mouse travels before a press becomes a drag


@dataclass(frozen=True, slots=True)
class Pointer:
    """The mouse at one moment: logical pixels, project coordinates, button and keys held."""

    px: float
    py: float
    x: float
    y: float
    left: bool = False
    shift: bool = False
    ctrl: bool = False
    alt: bool = False

    def far_from(self, other: Pointer) -> bool:
        """Whether the mouse has travelled far enough for a drag."""
        return abs(self.px - other.px) > MOVED or abs(self.py - other.py) > MOVED


class Tool:
    """A tool that does nothing; others override what they need."""

    name = ""
    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, canvas: MapCanvas) -> None:
        self.canvas = canvas

    @property
    def hint(self) -> str:
        """One sentence for the status bar: what to do next."""
        return ""

    @property
    def busy(self) -> bool:
        """Whether something was begun that Escape would drop."""
        return False

    def enter(self) -> None:
        """Begin."""

    def leave(self) -> None:
        """End, dropping what was begun."""

    def press(self, at: Pointer) -> None:
        """The left button went down."""

    def move(self, at: Pointer) -> None:
        """The mouse moved; ``at.left`` while the left button is held."""

    def release(self, at: Pointer) -> None:
        """The left button went up."""

    def double_click(self, at: Pointer) -> None:
        """The left button was pressed twice."""

    def rest(self, at: Pointer) -> None:
        """The mouse has come to rest."""

    def menu(self, at: Pointer) -> bool:
        """The right button was clicked; True when the tool has used it, else the map's menu opens."""
        return False

    @property
    def said(self) -> str:
        """What Ctrl+C copies while this tool is in hand; empty: the coordinate under the cursor."""
        return ""

    def take_back(self) -> bool:
        """Undo was asked for: take back a step of what was begun; False when the last finished edit is meant."""
        return False

    def key(self, key: Qt.Key) -> bool:
        """A key was pressed; True when the tool has used it."""
        return False

    def wants(self, key: Qt.Key) -> bool:
        """Whether this key goes to the tool even where the window has a shortcut on it."""
        return False

    def answered(self, intent: object, error: Exception | None) -> bool:
        """An intent the tool has made was performed, or refused with ``error``; True when the user has been told."""
        return False

    def refreshed(self) -> None:
        """The layers were drawn anew: what was only promised so far may be there now."""

    def paint(self, painter: QPainter, palette: Palette) -> None:
        """Draw the overlay, in logical pixels."""

    def to_pixels(self, x: float, y: float) -> QPointF:
        """Logical pixels of project coordinates."""
        px, py = self.canvas.view.to_pixels(x, y)
        return QPointF(float(px), float(py))


def band_pen(palette: Palette, dashed: bool = False) -> QPen:
    """The pen of rubber bands."""
    pen = QPen(QColor(palette.selection), 1.6)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dashed:
        pen.setDashPattern([4, 3])
    return pen


def paint_box(painter: QPainter, palette: Palette, a: Pointer, b: Pointer) -> None:
    """A rubber-band box."""
    tint = QColor(palette.selection)
    tint.setAlphaF(0.10)
    painter.setPen(band_pen(palette, dashed=True))
    painter.setBrush(tint)
    painter.drawRect(QRectF(QPointF(a.px, a.py), QPointF(b.px, b.py)).normalized())


def paint_vertex(painter: QPainter, palette: Palette, at: QPointF, strong: bool = False) -> None:
    """A handle on a vertex."""
    half = 4.5 if strong else 3.5
    painter.setPen(QPen(QColor(palette.selection), 1.6))
    painter.setBrush(QColor(palette.selection if strong else palette.halo))
    painter.drawRect(QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half))


def paint_snap(painter: QPainter, palette: Palette, at: QPointF) -> None:
    """The mark which says that the cursor holds on to a vertex."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((palette.halo, 4.0), (palette.selection, 2.0)):
        painter.setPen(QPen(QColor(color), width))
        painter.drawEllipse(at, 7.0, 7.0)
