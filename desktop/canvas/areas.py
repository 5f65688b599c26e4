"""Paints the areas of polygons with QPainter: even tints and patterns, as the kernels fill them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from desktop.canvas.paths import CHUNK, gathered, path_of
from gis.cartography.clusters import Found
from gis.cartography.palette import Palette
from gis.cartography.patterns import dots, ink_share, lines, spacing, thickness
from gis.cartography.picture import Dropped, by_extent
from gis.cartography.symbols import LayerStyle, Variant
from gis.cartography.view import View


def paint_areas(
    painter: QPainter, group: Found, style: LayerStyle, variant: Variant, view: View, palette: Palette,
    wanted: Callable[[], bool],
) -> None:  # fmt: skip
    """Paint the fill and the pattern of the polygons of one variant."""
    if variant.fill and style.opacity > 0:
        _tint(painter, group, _faded(palette.ink(variant.fill, style.family), style.opacity), view, wanted)
    if variant.pattern:
        color = palette.ink(variant.color, style.family)
        small, large = by_extent(group, view, 1.5 * spacing(variant, view))
        _tint(painter, small, _faded(color, ink_share(variant, view)), view, wanted)
        for path in _paths(large, view, wanted):
            paint_pattern(painter, path, variant, view, QColor(color))


def paint_pattern(painter: QPainter, path: QPainterPath, variant: Variant, view: View, color: QColor) -> None:
    """Paint a variant's pattern inside a path of pixels of ``view``."""
    box = path.boundingRect()
    if view.width > 1:  # what is out of view need not be drawn
        box = box.intersected(QRectF(-2, -2, view.width + 4, view.height + 4))
    if box.isEmpty():
        return
    painter.save()
    painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
    pen = QPen(color, thickness(variant, view))
    edges = (box.left(), box.top(), box.right(), box.bottom())
    if variant.pattern == "dots":
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints([QPointF(x, y) for x, y in dots(variant, view, *edges)])
    else:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLines([QLineF(*line) for line in lines(variant, view, *edges)])
    painter.restore()


def _faded(color: str, opacity: float) -> QColor:
    made = QColor(color)
    made.setAlphaF(min(opacity, 1.0))
    return made


def _tint(painter: QPainter, group: Found, color: QColor, view: View, wanted: Callable[[], bool]) -> None:
    for path in _paths(group, view, wanted):
        painter.fillPath(path, color)


def _paths(group: Found, view: View, wanted: Callable[[], bool]) -> list[QPainterPath]:
    made = []
    for part, positions in group:
        # Polygons of one ring, all turned the same way, make one path: where they overlap they are one surface.
        single = part.last_ring[positions] - part.first_ring[positions] == 1
        whole = positions[single]
        for i in range(0, len(whole), CHUNK):
            if not wanted():
                raise Dropped
            points, starts = gathered(part, whole[i : i + CHUNK], view)
            made.append(path_of(_turned(points, starts), starts, Qt.FillRule.WindingFill))
        for p in positions[~single]:
            points, starts = gathered(part, np.array([p]), view)
            made.append(path_of(points, starts, Qt.FillRule.OddEvenFill))
    return made


def _turned(points: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The rings, all in one direction."""
    made = points.copy()
    ends = np.append(starts[1:], len(points))
    x, y = points[:, 0], points[:, 1]
    following = np.arange(1, len(points) + 1)
    following[ends - 1] = starts
    area = np.add.reduceat(x * y[following] - x[following] * y, starts)
    for i in np.flatnonzero(area < 0):
        made[starts[i] : ends[i]] = points[starts[i] : ends[i]][::-1]
    return made
