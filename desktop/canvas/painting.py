"""Paints one layer with QPainter alone: for paper (it stays vector) and for screens while no kernels are ready."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.canvas.marks import HALO_MM, line_pens, paint_mark, set_dash
from desktop.canvas.paths import gathered, path_of
from gis.cartography.arrays import LayerArrays
from gis.cartography.declutter import Marks, marks
from gis.cartography.palette import Palette
from gis.cartography.picture import Dropped, Found
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View

CHUNK = 200  # features in one path: a wide pen on one huge path is superlinear


def paint_layer(
    painter: QPainter, arrays: LayerArrays, style: LayerStyle, view: View, palette: Palette,
    wanted: Callable[[], bool] = lambda: True, found: Found | None = None,
) -> Marks | None:  # fmt: skip
    """Paint a layer in the pixels of ``view``; for paper the painter is scaled to screen pixels first.

    Returns the marks painted of a point layer. Raises Dropped as soon as ``wanted()`` is false.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if style.kind == "point":
        return _points(painter, arrays, style, view, palette, wanted)
    factor = style.factor(view.scale_denominator) * view.pixels_per_mm
    pad = max(v.width for v in style.variants) * factor + 2
    found = arrays.drawn(view.grown(pad), style, view.scale_denominator) if found is None else found
    groups = [[(part, positions[part.variant[positions] == i]) for part, positions in found] for i in style.order]
    if style.kind == "polygon":
        for i, group in zip(style.order, groups, strict=True):
            _fill(painter, group, style, i, view, palette, wanted)
    cores: list[tuple[Found, QPen]] = []
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for i, group in zip(style.order, groups, strict=True):
        width = max(style.variants[i].width * factor, 0.05 * view.pixels_per_mm)
        if style.kind == "polygon":
            pen = QPen(QColor(palette.ink(style.variants[i].color, style.family)), width)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            set_dash(pen, style.variants[i], view.pixels_per_mm)
            pens = [pen]
        else:
            pens = line_pens(style, style.variants[i], palette, width, view.pixels_per_mm)
        _stroke(painter, group, pens[0], view, wanted)
        cores += [(group, pen) for pen in pens[1:]]
    for group, pen in cores:
        _stroke(painter, group, pen, view, wanted)
    return None


def _stroke(painter: QPainter, group: Found, pen: QPen, view: View, wanted: Callable[[], bool]) -> None:
    painter.setPen(pen)
    for part, positions in group:
        for i in range(0, len(positions), CHUNK):
            if not wanted():
                raise Dropped
            points, starts = gathered(part, positions[i : i + CHUNK], view)
            painter.drawPath(path_of(points, starts, Qt.FillRule.OddEvenFill))


def _fill(
    painter: QPainter, group: Found, style: LayerStyle, variant: int, view: View, palette: Palette,
    wanted: Callable[[], bool],
) -> None:  # fmt: skip
    fill = style.variants[variant].fill
    if not fill or style.opacity <= 0:
        return
    color = QColor(palette.ink(fill, style.family))
    color.setAlphaF(style.opacity)
    for part, positions in group:
        # Polygons of one ring, all turned the same way, make one path: where they overlap they are one surface.
        single = part.last_ring[positions] - part.first_ring[positions] == 1
        whole = positions[single]
        for i in range(0, len(whole), CHUNK):
            if not wanted():
                raise Dropped
            points, starts = gathered(part, whole[i : i + CHUNK], view)
            painter.fillPath(path_of(_turned(points, starts), starts, Qt.FillRule.WindingFill), color)
        for p in positions[~single]:
            points, starts = gathered(part, np.array([p]), view)
            painter.fillPath(path_of(points, starts, Qt.FillRule.OddEvenFill), color)


def _turned(points: np.ndarray, starts: np.ndarray) -> np.ndarray:
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


def _points(
    painter: QPainter, arrays: LayerArrays, style: LayerStyle, view: View, palette: Palette, wanted: Callable[[], bool]
) -> Marks:
    factor = style.factor(view.scale_denominator)
    sizes = tuple(v.size * factor * view.pixels_per_mm for v in style.variants)
    shown = marks(arrays, style, view, sizes)
    halo = HALO_MM * view.pixels_per_mm * min(factor, 1.0)
    for i in range(len(shown.at)):
        if i % 500 == 0 and not wanted():
            raise Dropped
        painter.save()
        painter.translate(shown.at[i, 0], shown.at[i, 1])
        variant = style.variants[int(shown.variant[i])]
        turn = float(shown.turn[i])
        paint_mark(
            painter, style, variant, sizes[int(shown.variant[i])], halo, palette, turn if turn == turn else None
        )  # fmt: skip
        painter.restore()
    return shown
