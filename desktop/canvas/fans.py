"""Paints fields of view and sectors as paths with QPainter, in the shape the kernels give them."""

from __future__ import annotations

from collections.abc import Callable
from math import asin, cos, degrees, radians, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from gis.cartography.palette import Palette
from gis.cartography.picture import Dropped
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View
from gis.cartography.wedges import OUTLINE, OUTLINE_MM, Wedges


def paint_wedges(
    painter: QPainter, given: Wedges, style: LayerStyle, view: View, palette: Palette, wanted: Callable[[], bool]
) -> None:
    """Paint wedges in pixels of ``view``, the largest first."""
    line = OUTLINE_MM * view.pixels_per_mm
    share = style.wedge.color_share if style.wedge else 0.0
    painter.save()
    for i in range(len(given.at)):
        if i % 500 == 0 and not wanted():
            raise Dropped
        color = QColor(palette.ink(style.variants[int(given.variant[i])].color, style.family))
        color.setAlphaF(share)
        middle = QPointF(given.at[i, 0], given.at[i, 1])
        azimuth, width, radius = float(given.azimuth[i]), float(given.width[i]), float(given.radius[i])
        painter.fillPath(fan(middle, azimuth, width, radius), color)
        color.setAlphaF(OUTLINE)
        pen = QPen(color, line)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.strokePath(fan(middle, azimuth, width, radius, line / 2), pen)
    painter.restore()


def fan(middle: QPointF, azimuth: float, width: float, radius: float, inset: float = 0.0) -> QPainterPath:
    """The outline of a wedge: degrees clockwise from north; ``inset``: how far inside it runs."""
    path = QPainterPath()
    r = max(radius - inset, 0.1)
    box = QRectF(middle.x() - r, middle.y() - r, 2 * r, 2 * r)
    if width >= 360:
        path.addEllipse(box)
        return path
    half = width / 2
    # Where the sides, moved inwards, meet the arc and each other. Qt counts counterclockwise from the east.
    turned = degrees(asin(min(inset / r, 1.0)))
    if turned >= half:
        return path
    tip = inset / sin(radians(half))
    along = radians(azimuth)
    path.moveTo(middle.x() + tip * sin(along), middle.y() - tip * cos(along))
    path.arcTo(box, 90 - azimuth + half - turned, -2 * (half - turned))
    path.closeSubpath()
    return path
