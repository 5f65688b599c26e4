"""A change of shape on the map: what was, grey and dashed; what became of it, in a solid line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gis.cartography.palette import Palette
from gis.cartography.view import View
from gis.geometry.columns import BBox

_OLD, _NEW = {False: "#5b6673", True: "#aab4c0"}, {False: "#c2410c", True: "#fb923c"}  # by dark
Pair = tuple[Any, Any]  # old and new geometry, None where there is none


class BeforeAfter:
    """Stays on the map until it is told to show something else."""

    def __init__(self) -> None:
        self._old: list[np.ndarray] = []
        self._new: list[np.ndarray] = []

    def show(self, pairs: Sequence[Pair]) -> None:
        """Show these changes instead."""
        ways = [_way(old, new) for old, new in pairs]
        self._old = _parts([*(old for old, _ in pairs), *ways])
        self._new = _parts(new for _, new in pairs)

    @property
    def empty(self) -> bool:
        """Whether nothing is shown."""
        return not (self._old or self._new)

    def paint(self, painter: QPainter, view: View, palette: Palette) -> None:
        """Draw it, in logical pixels; the new lies over the old, each on a soft ground that sets it off."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for parts, colors, width, style in (
            (self._old, _OLD, 2.0, Qt.PenStyle.DashLine),
            (self._new, _NEW, 2.5, Qt.PenStyle.SolidLine),
        ):
            halo = QColor(palette.halo)
            halo.setAlpha(200)
            for pen in (QPen(halo, width + 3), QPen(QColor(colors[palette.dark]), width, style)):
                painter.setPen(pen)
                for part in parts:
                    _draw(painter, view.pixels(part))


def box_of(pairs: Iterable[Pair]) -> BBox | None:
    """The box around all shapes of these changes."""
    shapes = [shape for pair in pairs for shape in pair if shape is not None and not shape.is_empty]
    if not shapes:
        return None
    xmin, ymin, xmax, ymax = shapely.total_bounds(np.array(shapes, object)).tolist()
    return xmin, ymin, xmax, ymax


def _way(old: Any, new: Any) -> Any:
    """From where a point stood to where it stands: two circles alone do not say which belong together."""
    points = [shape for shape in (old, new) if shape is not None and shape.geom_type == "Point" and not shape.is_empty]
    return shapely.LineString(points) if len(points) == 2 and not points[0].equals(points[1]) else None


def _parts(shapes: Iterable[Any]) -> list[np.ndarray]:
    parts: list[np.ndarray] = []
    for shape in shapes:
        if shape is None or shape.is_empty:
            continue
        for single in shapely.get_parts(shape):
            rings = [single.exterior, *single.interiors] if single.geom_type == "Polygon" else [single]
            parts += [shapely.get_coordinates(ring) for ring in rings]
    return parts


def _draw(painter: QPainter, points: np.ndarray) -> None:
    if len(points) == 1:
        painter.drawEllipse(QPointF(*points[0]), 8.0, 8.0)
    else:
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))
