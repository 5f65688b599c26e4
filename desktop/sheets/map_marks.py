"""What is drawn over the layers of a map: the area or route it is about, stations, and the frame of another map."""

from __future__ import annotations

from math import cos, radians, sin
from typing import Any

import shapely
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from desktop.sheets.typography import INKS, paint_line, text_width
from gis.cartography.sheets.items import Box, MapItem
from gis.cartography.sheets.specification import MapView, SheetSpec, Station
from gis.geometry.columns import BBox

_FRAME = QColor("#D0021B")
_ABOUT = QColor("#B0005A")
_VEIL = QColor(255, 255, 255, 150)
_LABEL_GROUND = QColor(255, 255, 255, 215)
_TICK, _LABEL = 2.4, 2.3  # mm
_LEAST_FRAME = 2.4  # mm: a smaller frame is not seen
_ARM = 2.0  # mm beyond it


def on_paper(inner: Box, view: MapView, extent: BBox, x: float, y: float) -> QPointF:
    """Where a position of the project's CRS lies on the paper, mm."""
    per_mm = view.metres_per_mm
    return QPointF(inner.x + (x - extent[0]) / per_mm, inner.bottom - (y - extent[1]) / per_mm)


def paint_map_marks(painter: QPainter, item: MapItem, spec: SheetSpec) -> None:
    """Paint outline, route, stations and frames of one map; the painter is clipped to its window."""
    view, extent, inner = spec.views[item.id], spec.extent_of(item), item.inner()
    black = INKS["ink"] if spec.grey else None
    if view.outline is not None:
        _outline(painter, inner, view, extent, black or _ABOUT)
    if view.route is not None:
        _route(painter, inner, view, extent, black or _ABOUT)
    if view.stations:
        _stations(painter, inner, view, extent)
    if item.frame_of and item.frame_of in spec.views and item.frame_of != item.id:
        other = next(one for one in spec.maps if one.id == item.frame_of)
        _frame(painter, inner, view, extent, spec.extent_of(other), black or _FRAME)


def _path(geometry: Any, inner: Box, view: MapView, extent: BBox) -> QPainterPath:
    """Lines and rings on the paper; odd-even, so that holes stay holes. Points are left out."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    tolerance = view.metres_per_mm * 0.02  # finer than any printer shows
    parts = shapely.get_parts(shapely.simplify(geometry, tolerance, preserve_topology=False))
    for part in parts:
        runs = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        for run in runs:
            xy = shapely.get_coordinates(run)
            if len(xy) < 2:
                continue
            places = [on_paper(inner, view, extent, x, y) for x, y in xy.tolist()]
            path.moveTo(places[0])
            for place in places[1:]:
                path.lineTo(place)
            if part.geom_type == "Polygon":
                path.closeSubpath()
    return path


def _outline(painter: QPainter, inner: Box, view: MapView, extent: BBox, ink: QColor) -> None:
    """The area of the page with a veil over all else; a line or a point is only marked."""
    assert view.outline is not None
    geometry = shapely.from_wkb(view.outline)
    if geometry.is_empty:
        return
    path = _path(geometry, inner, view, extent)
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        veil = QPainterPath()
        veil.setFillRule(Qt.FillRule.OddEvenFill)
        veil.addRect(QRectF(inner.x - 1, inner.y - 1, inner.width + 2, inner.height + 2))
        veil.addPath(path)
        painter.fillPath(veil, _VEIL)
        _stroke(painter, path, ink, 0.7)
    elif geometry.geom_type in ("LineString", "MultiLineString"):
        _stroke(painter, path, ink, 0.8)
    else:
        painter.setPen(QPen(ink, 0.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for x, y in shapely.get_coordinates(geometry).tolist():
            painter.drawEllipse(on_paper(inner, view, extent, x, y), 3.0, 3.0)


def _stroke(painter: QPainter, path: QPainterPath, ink: QColor, width: float) -> None:
    rim = QColor(255, 255, 255, 190)
    for color, wide in ((rim, width * 2.2), (ink, width)):
        painter.strokePath(path, QPen(color, wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                                      Qt.PenJoinStyle.RoundJoin))  # fmt: skip


def _route(painter: QPainter, inner: Box, view: MapView, extent: BBox, ink: QColor) -> None:
    assert view.route is not None
    _stroke(painter, _path(shapely.from_wkb(view.route), inner, view, extent), ink, 0.9)


def _stations(painter: QPainter, inner: Box, view: MapView, extent: BBox) -> None:
    """Ticks across the route with their names beside it, ends first; a name that would stand on another is left out."""
    taken: list[QRectF] = []
    for station in sorted(view.stations, key=lambda one: not one.end):
        at = on_paper(inner, view, extent, station.x, station.y)
        across = radians(station.bearing + 90.0)
        dx, dy = sin(across), -cos(across)
        half = _TICK * (0.75 if station.end else 0.5)
        painter.setPen(QPen(INKS["ink"], 0.5 if station.end else 0.3))
        painter.drawLine(QLineF(at.x() - dx * half, at.y() - dy * half, at.x() + dx * half, at.y() + dy * half))
        place = _place(station, at, dx, dy, half, inner, taken)
        if place is None:
            continue
        taken.append(place)
        painter.fillRect(place, _LABEL_GROUND)
        paint_line(painter, station.label, place.center().x(), place.y() + 0.3, _LABEL, bold=station.end,
                   align="center")  # fmt: skip


def _place(
    station: Station, at: QPointF, dx: float, dy: float, half: float, inner: Box, taken: list[QRectF]
) -> QRectF | None:
    """Beside the tick, on the one side or the other, inside the map and clear of the names before."""
    width, height = text_width(station.label, _LABEL, station.end) + 0.8, _LABEL + 0.6
    window = QRectF(inner.x, inner.y, inner.width, inner.height)
    for side in (1, -1):
        away = half + 0.5 + abs(dx) * width / 2 + abs(dy) * height / 2
        middle = QPointF(at.x() + side * dx * away, at.y() + side * dy * away)
        rect = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
        if window.contains(rect) and not any(rect.intersects(other) for other in taken):
            return rect
    return None


def _frame(painter: QPainter, inner: Box, view: MapView, extent: BBox, other: BBox, ink: QColor) -> None:
    """The extent of another map; one too small to be seen is drawn larger, with short arms, so that it is found."""
    low, high = on_paper(inner, view, extent, other[0], other[1]), on_paper(inner, view, extent, other[2], other[3])
    rect = QRectF(low.x(), high.y(), high.x() - low.x(), low.y() - high.y())
    window = QRectF(inner.x, inner.y, inner.width, inner.height)
    seen = rect.intersected(window)
    if seen.width() * seen.height() > 0.6 * inner.width * inner.height:
        return  # the other map shows all of this one: a frame would tell nothing
    small = max(rect.width(), rect.height()) < _LEAST_FRAME
    if small:
        middle = rect.center()
        rect = QRectF(middle.x() - _LEAST_FRAME / 2, middle.y() - _LEAST_FRAME / 2, _LEAST_FRAME, _LEAST_FRAME)
    wash = QColor(ink)
    wash.setAlpha(28)
    pen = QPen(ink, 0.5)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    arms = []
    if small:
        x, y = rect.center().x(), rect.center().y()
        arms = [
            QLineF(x, rect.top() - _ARM, x, rect.top()), QLineF(x, rect.bottom(), x, rect.bottom() + _ARM),
            QLineF(rect.left() - _ARM, y, rect.left(), y), QLineF(rect.right(), y, rect.right() + _ARM, y),
        ]  # fmt: skip
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(255, 255, 255, 200), 1.1))
    painter.drawRect(rect)
    painter.drawLines(arms)
    painter.setPen(pen)
    painter.setBrush(wash)
    painter.drawRect(rect)
    painter.drawLines(arms)
