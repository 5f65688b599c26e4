"""The scale bar, the north mark, the words of an empty map and the loading line, in the map's corners."""

from __future__ import annotations

from functools import lru_cache
from math import floor, log10

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from desktop.canvas.text import FAMILIES
from gis.cartography.palette import Palette
from gis.cartography.view import View
from gis.geometry.columns import BBox

EDGE = 16.0  # pixels kept from the window's edge
_LONGEST = 140.0


def scale_bar_length(view: View, longest: float = _LONGEST) -> float:
    """The largest of 1, 2, 5 × 10ⁿ metres which is at most ``longest`` pixels long."""
    most = view.resolution * longest
    power = 10.0 ** floor(log10(most))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= most)


def length_text(metres: float) -> str:
    """A round length with its unit."""
    if metres >= 1000:
        return f"{metres / 1000:g} km"
    return f"{metres:g} m" if metres >= 1 else f"{metres * 100:g} cm"


def paint_furniture(painter: QPainter, view: View, palette: Palette) -> None:
    """Scale bar in the lower left, north mark in the upper right corner; the painter counts logical pixels."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _scale_bar(painter, view, palette)
    _north(painter, view, palette)
    painter.restore()


def furniture_boxes(view: View, ratio: float = 1.0) -> tuple[BBox, ...]:
    """Where furniture stands, (left, top, right, bottom) in pixels of which a logical one has ``ratio``."""
    plates = (_scale_plate(view), _north_plate(view))
    return tuple((box.left() * ratio, box.top() * ratio, box.right() * ratio, box.bottom() * ratio) for box in plates)


def _scale_plate(view: View) -> QRectF:
    length = scale_bar_length(view)
    wide = max(length / view.resolution, QFontMetricsF(_font(12, False)).horizontalAdvance(_scale_text(view, length)))
    return QRectF(EDGE - 8, view.height - EDGE - 28, wide + 16, 36)


def _north_plate(view: View) -> QRectF:
    return QRectF(view.width - EDGE - 23, EDGE - 2, 28, 50)


def _scale_text(view: View, length: float) -> str:
    return f"{length_text(length)}   1:{_round_scale(view.scale_denominator):,}"


def _scale_bar(painter: QPainter, view: View, palette: Palette) -> None:
    length = scale_bar_length(view)
    pixels = length / view.resolution
    left, base = EDGE, view.height - EDGE
    _plate(painter, _scale_plate(view), palette)
    path = QPainterPath(QPointF(left, base - 6))
    for x, y in ((left, base), (left + pixels, base), (left + pixels, base - 6)):
        path.lineTo(x, y)
    middle = QPainterPath(QPointF(left + pixels / 2, base - 4))
    middle.lineTo(left + pixels / 2, base)
    path.addPath(middle)
    for color, width in ((_fade(palette.paper, 0.85), 4.5), (QColor(palette.text), 1.5)):
        pen = QPen(color, width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        pen.setCapStyle(Qt.PenCapStyle.SquareCap if width > 2 else Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
    _write(painter, QPointF(left, base - 11), _scale_text(view, length), palette, 12)


def _plate(painter: QPainter, box: QRectF, palette: Palette) -> None:
    """A quiet ground below furniture: on a full map lines would cross its words."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_fade(palette.paper, 0.72))
    painter.drawRoundedRect(box, 6, 6)


def _round_scale(denominator: float) -> int:
    """The denominator to three digits: more would claim a precision a screen does not have."""
    digits = max(floor(log10(max(denominator, 1))) - 2, 0)
    return int(round(denominator / 10**digits) * 10**digits)


def _north(painter: QPainter, view: View, palette: Palette) -> None:
    x, y = view.width - EDGE - 9, EDGE + 6
    _plate(painter, _north_plate(view), palette)
    west = QPolygonF([QPointF(x, y), QPointF(x - 7, y + 20), QPointF(x, y + 15)])
    east = QPolygonF([QPointF(x, y), QPointF(x + 7, y + 20), QPointF(x, y + 15)])
    rim = QPen(_fade(palette.paper, 0.85), 4)
    rim.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(rim)
    painter.drawPolygon(west)
    painter.drawPolygon(east)
    line = QPen(QColor(palette.text), 1.2)
    line.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(line)
    painter.setBrush(QColor(palette.text))
    painter.drawPolygon(west)
    painter.setBrush(QColor(palette.paper))
    painter.drawPolygon(east)
    _write(painter, QPointF(x - 4.2, y + 34), "N", palette, 12, bold=True)


def paint_attribution(painter: QPainter, view: View, palette: Palette, said: str) -> None:
    """Whom the base maps come from, in the lower right corner, small but always readable; nothing for no text."""
    if not said:
        return
    room = view.width * 0.6
    shown = QFontMetricsF(_font(11, False)).elidedText(said, Qt.TextElideMode.ElideRight, room)
    width = QFontMetricsF(_font(11, False)).horizontalAdvance(shown)
    _write(painter, QPointF(view.width - width - 8, view.height - 7), shown, palette, 11)


def paint_loading(painter: QPainter, view: View, palette: Palette, share: float, said: str) -> None:
    """A thin line along the top which grows while layers are read, and what is being read."""
    painter.fillRect(QRectF(0, 0, view.width * max(share, 0.03), 2), QColor(palette.selection))
    _write(painter, QPointF(EDGE, EDGE + 10), said, palette, 12)


def paint_empty(painter: QPainter, width: float, height: float, palette: Palette, title: str, hint: str) -> None:
    """What to do with an empty map, in its middle."""
    painter.save()
    painter.setPen(QColor(palette.text))
    painter.setFont(_font(18, True))
    painter.drawText(QRectF(0, height / 2 - 40, width, 32), Qt.AlignmentFlag.AlignCenter, title)
    painter.setPen(_fade(palette.text, 0.78))
    painter.setFont(_font(13, False))
    box = QRectF(width * 0.15, height / 2, width * 0.7, 60)
    painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, hint)
    painter.restore()


def paint_tag(painter: QPainter, at: QPointF, said: str, palette: Palette, frame: QRectF) -> None:
    """A small label beside the cursor, kept inside ``frame``; lines are parted by line breaks."""
    font = _font(12, False)
    metrics = QFontMetricsF(font)
    lines = said.split("\n")
    width = max(metrics.horizontalAdvance(line) for line in lines) + 16
    height = metrics.height() * len(lines) + 8
    x = min(at.x() + 14, frame.right() - width - 4)
    y = min(at.y() + 16, frame.bottom() - height - 4)
    box = QRectF(x, y, width, height)
    painter.setPen(QPen(_fade(palette.text, 0.25), 1))
    painter.setBrush(_fade(palette.halo, 0.94))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(palette.text))
    painter.setFont(font)
    for i, line in enumerate(lines):
        painter.drawText(QPointF(x + 8, y + 4 + metrics.ascent() + i * metrics.height()), line)


def paint_note(painter: QPainter, middle: QPointF, said: str, palette: Palette, bold: bool = False) -> None:
    """A line of text centred on a pixel, readable on any ground."""
    metrics = QFontMetricsF(_font(12, bold))
    at = QPointF(middle.x() - metrics.horizontalAdvance(said) / 2, middle.y() + metrics.capHeight() / 2)
    _write(painter, at, said, palette, 12, bold)


def _write(painter: QPainter, at: QPointF, said: str, palette: Palette, size: int, bold: bool = False) -> None:
    path = _outline(said, size, bold).translated(at)
    pen = QPen(_fade(palette.paper, 0.9), 3)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)
    painter.fillPath(path, QColor(palette.text))


@lru_cache(maxsize=200)
def _outline(said: str, size: int, bold: bool) -> QPainterPath:
    """A text around its first baseline point; shaping it anew is most of what a paint of the window costs."""
    path = QPainterPath()
    path.addText(QPointF(0, 0), _font(size, bold), said)
    return path


def _font(size: int, bold: bool) -> QFont:
    font = QFont()
    font.setFamilies(FAMILIES)
    font.setPixelSize(size)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


def _fade(color: str, alpha: float) -> QColor:
    made = QColor(color)
    made.setAlphaF(alpha)
    return made
