"""Draws the selected features on top of everything, in one colour that no layer has."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from desktop.canvas.painting import paint_layer
from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays
from gis.cartography.palette import Palette
from gis.cartography.picture import draw_layer
from gis.cartography.sizing import mark_sizes
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View

RIM_MM, LINE_MM = 0.9, 0.5  # how much wider than the feature the rim and the coloured line are
LARGEST_RING = 160.0  # pixels across


def draw_highlight(
    arrays: LayerArrays, style: LayerStyle, ids: NDArray[np.int64], view: View, palette: Palette
) -> NDArray[np.uint32] | None:
    """The selected features of one layer, uint32 (h, w) ARGB, or None when none is in view."""
    found = arrays.chosen(ids, view.grown(20))
    if not found:
        return None
    if style.kind == "point":
        at = np.concatenate([view.pixels(part.bounds[positions, :2]) for part, positions in found])
        largest = style.size_by.largest if style.size_by else 1.0
        size = min(max(mark_sizes(style, view)) * largest, LARGEST_RING)
        return _rings(at, round((size + 1.6 * view.pixels_per_mm) * 2) / 2, view, palette)
    marked = _marked(style, view, palette)
    plain = replace(palette, dark=False)  # colours are taken as they stand
    if kernels.READY.is_set():
        return draw_layer(arrays, marked, view, plain, found=found)
    buffer = np.zeros((int(view.height), int(view.width)), np.uint32)
    ground = image_on(buffer)  # a painter does not keep its picture alive
    painter = QPainter(ground)
    paint_layer(painter, arrays, marked, view, plain, found=found)
    painter.end()
    return buffer


def image_on(buffer: NDArray[np.uint32]) -> QImage:
    """A QImage which paints into the buffer; the buffer must outlive it."""
    h, w = buffer.shape
    return QImage(buffer.data, w, h, w * 4, QImage.Format.Format_ARGB32_Premultiplied)


def _marked(style: LayerStyle, view: View, palette: Palette) -> LayerStyle:
    factor = style.factor(view.scale_denominator)
    factor = factor if style.unit == "m" else max(factor, 0.2)
    variants = []
    for variant in style.variants:
        width = variant.width + RIM_MM / factor if style.kind == "line" else LINE_MM / factor
        color = palette.halo if style.kind == "line" else palette.selection
        plain = {"color": color, "width": width, "fill": palette.selection, "dash": (), "casing": None, "pattern": None}
        variants.append(replace(variant, **plain))
    core = palette.selection if style.kind == "line" else None
    return replace(style, variants=tuple(variants), opacity=1.0 if style.kind == "line" else 0.22, core=core)


def _rings(at: NDArray[np.float64], size: float, view: View, palette: Palette) -> NDArray[np.uint32]:
    sprite = _ring(size, view.pixels_per_mm, palette)
    buffer = np.zeros((int(view.height), int(view.width)), np.uint32)
    if kernels.READY.is_set():
        n = len(at)
        images = sprite[None].copy()
        boxes = kernels.sprite_boxes(images)
        kernels.stamp(buffer, at, np.zeros(n, np.int64), images, boxes, np.arange(n, dtype=np.int64))
        return buffer
    ground, image = image_on(buffer), image_on(sprite)
    painter = QPainter(ground)
    half = sprite.shape[0] // 2
    for x, y in at:
        painter.drawImage(QPointF(int(x) - half, int(y) - half), image)
    painter.end()
    return buffer


@lru_cache(maxsize=32)
def _ring(size: float, pixels_per_mm: float, palette: Palette) -> NDArray[np.uint32]:
    side = 2 * ceil(size / 2 + pixels_per_mm) + 1
    buffer = np.zeros((side, side), np.uint32)
    ground = image_on(buffer)  # a painter does not keep its picture alive
    painter = QPainter(ground)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QPointF(side / 2, side / 2)
    for color, width in ((palette.halo, 1.0), (palette.selection, 0.55)):
        painter.setPen(QPen(QColor(color), width * pixels_per_mm))
        painter.drawEllipse(middle, size / 2, size / 2)
    tint = QColor(palette.selection)
    tint.setAlphaF(0.2)
    painter.setPen(QColor(0, 0, 0, 0))
    painter.setBrush(tint)
    painter.drawEllipse(middle, size / 2, size / 2)
    painter.end()
    return buffer
