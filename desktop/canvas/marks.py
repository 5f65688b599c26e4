"""Marks of points, painted as vectors or stamped from sprites, and swatches of a style for lists and legends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from math import ceil, cos, pi, sin

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen

from gis.cartography.kernels import sprite_boxes
from gis.cartography.palette import Palette
from gis.cartography.symbols import DASH_MM, LayerStyle, Variant, core_width, line_colors

TURNS = 72  # sprites of a turned mark: one every 5 degrees
HALO_MM = 0.26  # the rim which keeps a mark apart from what lies below
_PETAL, _CONE = 1.15, 1.75  # reach of a sector's petal and of a view cone, in mark sizes from the centre


@cache
def shape_path(shape: str) -> QPainterPath:
    """The outline of a mark around (0, 0), of the visual weight of a circle of diameter 1."""
    path = QPainterPath()
    if shape == "square":
        path.addRect(QRectF(-0.44, -0.44, 0.88, 0.88))
    elif shape == "cross":
        a, b = 0.5, 0.16
        points = [
            (-b, -a),
            (b, -a),
            (b, -b),
            (a, -b),
            (a, b),
            (b, b),
            (b, a),
            (-b, a),
            (-b, b),
            (-a, b),
            (-a, -b),
            (-b, -b),
        ]
        _ring(path, points)
    elif shape == "star":
        _ring(path, [_polar(0.6 if i % 2 == 0 else 0.27, i * 36) for i in range(10)])
    elif shape in ("triangle", "diamond", "pentagon", "hexagon"):
        n, radius = {"triangle": (3, 0.6), "diamond": (4, 0.58), "pentagon": (5, 0.53), "hexagon": (6, 0.52)}[shape]
        _ring(path, [_polar(radius, i * 360 / n) for i in range(n)])
        if shape == "triangle":
            path.translate(0, 0.08)
    else:
        path.addEllipse(QPointF(0, 0), 0.5, 0.5)
    return path


def _polar(radius: float, degrees: float) -> tuple[float, float]:
    """Screen coordinates of a point at a bearing clockwise from north."""
    angle = degrees * pi / 180
    return radius * sin(angle), -radius * cos(angle)


def _ring(path: QPainterPath, points: list[tuple[float, float]]) -> None:
    path.moveTo(*points[0])
    for x, y in points[1:]:
        path.lineTo(x, y)
    path.closeSubpath()


@cache
def _wedge(reach: float, half_degrees: float) -> QPainterPath:
    path = QPainterPath(QPointF(0, 0))
    path.arcTo(QRectF(-reach, -reach, 2 * reach, 2 * reach), 90 + half_degrees, -2 * half_degrees)
    path.closeSubpath()
    return path


def is_petal(style: LayerStyle, variant: Variant) -> bool:
    """Whether the mark is a sector's petal: turned triangles share their site and must not hide each other."""
    return style.rotate_by is not None and variant.shape == "triangle"


def reach(style: LayerStyle, variant: Variant) -> float:
    """How far the mark extends from its point, in multiples of its size."""
    if is_petal(style, variant):
        return _PETAL
    return _CONE if style.rotate_by else 0.62


def paint_mark(
    painter: QPainter, style: LayerStyle, variant: Variant, size: float, halo: float, palette: Palette,
    turn: float | None = None,
) -> None:  # fmt: skip
    """Paint the mark at the painter's origin: ``size`` and ``halo`` in its units, ``turn`` in degrees from north."""
    color = QColor(palette.ink(variant.color, style.family))
    rim = QPen(QColor(palette.halo), 2 * halo / size)
    rim.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.save()
    painter.scale(size, size)
    if turn is not None and np.isfinite(turn):
        painter.save()
        painter.rotate(turn)
        if is_petal(style, variant):
            petal = _wedge(_PETAL, 28)
            fine = QPen(rim)
            fine.setWidthF(rim.widthF() * 0.7)
            painter.setPen(fine)
            painter.setBrush(QBrush(color))
            painter.drawPath(petal)
            painter.restore()
            painter.restore()
            return
        cone = QColor(color)
        cone.setAlphaF(0.30)
        painter.fillPath(_wedge(_CONE, 26), cone)
        painter.restore()
    path = shape_path(variant.shape)
    painter.strokePath(path, rim)
    painter.fillPath(path, QBrush(color))
    painter.restore()


@dataclass(frozen=True, slots=True)
class Atlas:
    """Sprites of one layer: ``images`` uint32 premultiplied ARGB (n, s, s) with their ``boxes`` (n, 4).

    Variant i begins at ``first[i]`` and has ``turns`` of them: the unturned one, then ``turns - 1`` by bearing.
    ``sizes``: pixels across of each variant.
    """

    images: NDArray[np.uint32]
    boxes: NDArray[np.int64]
    first: NDArray[np.int64]
    turns: int
    sizes: tuple[float, ...]


@lru_cache(maxsize=64)
def _atlas(style_json: str, factor: float, pixels_per_mm: float, dark: bool) -> Atlas:
    style = LayerStyle.from_dict(json.loads(style_json))
    palette = Palette.of(dark)
    turns = 1 + (TURNS if style.rotate_by else 0)
    halo = max(HALO_MM * pixels_per_mm * min(factor, 1.0), 0.6)
    sizes = tuple(max(v.size * factor * pixels_per_mm, 2.0) for v in style.variants)
    half = max(reach(style, v) * size for v, size in zip(style.variants, sizes, strict=True)) + halo + 1
    side = 2 * ceil(half) + 1
    images = np.zeros((len(style.variants) * turns, side, side), np.uint32)
    for i, (variant, size) in enumerate(zip(style.variants, sizes, strict=True)):
        for k in range(turns):
            image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(0)
            painter = QPainter(image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(side / 2, side / 2)
            paint_mark(painter, style, variant, size, halo, palette, (k - 1) * 360 / TURNS if k else None)
            painter.end()
            images[i * turns + k] = np.frombuffer(image.constBits(), np.uint32).reshape(side, side)
    first = np.arange(len(style.variants), dtype=np.int64) * turns
    return Atlas(images, sprite_boxes(images), first, turns, sizes)


_written: dict[int, tuple[LayerStyle, str]] = {}  # styles as text: they hold mappings and cannot be hashed


def atlas_of(style: LayerStyle, factor: float, pixels_per_mm: float, dark: bool) -> Atlas:
    """The sprites of a point layer at a scale's size factor; painted once for each half-pixel of size."""
    steps = 2 * pixels_per_mm
    rounded = max(round(factor * steps) / steps, 1 / steps)
    known = _written.get(id(style))
    if known is None or known[0] is not style:  # the style is kept with its text, so that its id is not taken over
        if len(_written) > 500:
            _written.clear()
        known = _written[id(style)] = (style, json.dumps(style.to_dict(), sort_keys=True))
    return _atlas(known[1], rounded, pixels_per_mm, dark)


def paint_swatch(
    painter: QPainter, style: LayerStyle, value: object, rect: QRect | QRectF, palette: Palette | None = None,
    pixels_per_mm: float = 96 / 25.4,
) -> None:  # fmt: skip
    """Paint how features with ``value`` (None: the base) look, centred in ``rect``: for layer lists and legends.

    ``pixels_per_mm``: painter units a millimetre (1 for a painter in millimetres).
    """
    palette = palette or Palette.of(False)
    variant = style.variant(value)
    box = QRectF(rect)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = QColor(palette.ink(variant.color, style.family))
    if style.kind == "point":
        painter.translate(box.center())
        room = min(box.width(), box.height()) / (2 * min(reach(style, variant), 1.15) + 0.15)
        size = min(max(variant.size, 2.0) * 1.25 * pixels_per_mm, room)
        turn = 45.0 if style.rotate_by else None
        if is_petal(style, variant):
            for bearing in (0.0, 120.0, 240.0):
                paint_mark(painter, style, variant, size, HALO_MM * pixels_per_mm, palette, bearing)
        else:
            paint_mark(painter, style, variant, size, HALO_MM * pixels_per_mm, palette, turn)
    elif style.kind == "line":
        middle = box.center().y()
        left, right = (
            QPointF(box.left() + box.width() * 0.08, middle),
            QPointF(box.right() - box.width() * 0.08, middle),
        )
        for pen in line_pens(style, variant, palette, max(variant.width, 0.3) * 1.5 * pixels_per_mm, pixels_per_mm):
            painter.setPen(pen)
            painter.drawLine(left, right)
    else:
        inset = box.adjusted(box.width() * 0.1, box.height() * 0.18, -box.width() * 0.1, -box.height() * 0.18)
        if variant.fill:
            fill = QColor(palette.ink(variant.fill, style.family))
            fill.setAlphaF(max(style.opacity, 0.25))
            painter.fillRect(inset, fill)
        pen = QPen(color, max(variant.width * pixels_per_mm, 0.25 * pixels_per_mm))
        set_dash(pen, variant, pixels_per_mm)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(inset)
    painter.restore()


def line_pens(style: LayerStyle, variant: Variant, palette: Palette, width: float, pixels_per_mm: float) -> list[QPen]:
    """The pens of a line ``width`` units wide, in drawing order: one, or casing and core where there is room."""
    casing, core = line_colors(style, variant, palette, width, pixels_per_mm)
    pen = QPen(QColor(casing), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    set_dash(pen, variant, pixels_per_mm)
    if core is None:
        return [pen]
    inner = QPen(pen)
    inner.setColor(QColor(core))
    inner.setWidthF(core_width(width, pixels_per_mm))
    return [pen, inner]


def set_dash(pen: QPen, variant: Variant, pixels_per_mm: float) -> None:
    """Give the pen the variant's dashes; the catalogue counts them in line widths of 0.4 mm, Qt in pen widths."""
    if variant.dash and pen.widthF() > 0:
        pen.setDashPattern([max(d * DASH_MM * pixels_per_mm / pen.widthF(), 0.05) for d in variant.dash])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
