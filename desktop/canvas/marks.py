"""Marks of points, painted as vectors or stamped from sprites, and swatches of a style for lists and legends."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from math import ceil, cos, pi, sin
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QLinearGradient, QPainter, QPainterPath, QPen

from desktop.canvas.areas import paint_pattern
from desktop.canvas.icons import icon_problem, paint_icon
from desktop.canvas.text import font
from gis.cartography.clusters import diameter, written
from gis.cartography.declutter import Marks
from gis.cartography.heat import ramp
from gis.cartography.icons import LEGIBLE_MM
from gis.cartography.kernels import sprite_boxes
from gis.cartography.palette import Palette, rgb
from gis.cartography.picture import Stamps
from gis.cartography.strokes import Stroke, strokes
from gis.cartography.symbols import LayerStyle, Variant
from gis.cartography.view import View
from gis.cartography.wedges import Wedges
from gis.errors import Refusal

MOST_BYTES = 48_000_000  # of painted sprites
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
    return style.rotate_by is not None and variant.shape == "triangle" and variant.svg is None


def reach(style: LayerStyle, variant: Variant) -> float:
    """How far the mark extends from its point, in multiples of its size."""
    if is_petal(style, variant):
        return _PETAL
    return _CONE if style.rotate_by else 0.62


def paint_mark(
    painter: QPainter, style: LayerStyle, variant: Variant, size: float, halo: float, palette: Palette,
    turn: float | None = None, legible: float = 0.0,
) -> None:  # fmt: skip
    """Paint the mark at the painter's origin: ``size`` and ``halo`` in its units, ``turn`` in degrees from north.

    An icon is painted from the size ``legible`` on, smaller ones and broken ones as the variant's plain shape.
    """
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
    if variant.svg and size >= legible and paint_icon(painter, variant.svg, 1.0, color.name(), palette.halo):
        painter.restore()
        return
    path = shape_path(variant.shape)
    painter.strokePath(path, rim)
    painter.fillPath(path, QBrush(color))
    painter.restore()


def paint_cluster(painter: QPainter, style: LayerStyle, count: int, size: float, halo: float, palette: Palette) -> None:
    """Paint the circle of a cluster with its count, ``size`` across, at the painter's origin."""
    color = palette.ink(style.variants[0].color, style.family)
    glow = QColor(color)
    glow.setAlphaF(0.32)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(glow)
    painter.drawEllipse(QPointF(0, 0), size / 2, size / 2)
    painter.setPen(QPen(QColor(palette.halo), halo))
    painter.setBrush(QColor(color))
    painter.drawEllipse(QPointF(0, 0), size * 0.39, size * 0.39)
    letters = QPainterPath()
    letters.addText(0, 0, font(True, 0.0), written(count))
    box = letters.boundingRect()
    scale = min(size * 0.62 / box.width(), size * 0.33 / box.height())
    painter.save()
    painter.scale(scale, scale)
    painter.translate(-box.center().x(), -box.center().y())
    painter.fillPath(letters, QColor(_readable(color)))
    painter.restore()


def _readable(ground: str) -> str:
    """White or near black, whichever stands out more (WCAG relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb(ground))]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#FFFFFF" if luminance < 0.3 else "#161C22"


def mark_halo(style: LayerStyle, view: View) -> float:
    """Pixels of the rim around a mark: finer where marks are small."""
    factor = min(style.factor(view.scale_denominator), 1.0) if style.unit == "mm" else 1.0
    return max(HALO_MM * view.pixels_per_mm * factor, 0.6)


def calmed(shown: Marks, style: LayerStyle, drawn: Wedges | None) -> Marks:
    """The marks without the direction of those whose true field of view is drawn below; a sector's petal keeps it."""
    if drawn is None or len(shown.ids) == 0:
        return shown
    petals = np.array([is_petal(style, v) for v in style.variants])
    turn = np.where(np.isin(shown.ids, drawn.ids) & ~petals[shown.variant], np.nan, shown.turn)
    return replace(shown, turn=turn)


def icon_problems(style: LayerStyle) -> tuple[Refusal, ...]:
    """Why icons of a style cannot be drawn."""
    found = (icon_problem(v.svg) for v in style.variants if v.svg)
    return tuple(problem for problem in found if problem is not None)


def stamps_of(style: LayerStyle, shown: Marks, view: View, dark: bool) -> Stamps:
    """The marks with their sprites: painted once for each half pixel of size and five degrees of bearing."""
    halo = mark_halo(style, view)
    half = np.maximum(np.round(shown.size * 2).astype(np.int64), 1)
    turn = np.zeros(len(half), np.int64)
    if style.rotate_by:
        turned = np.isfinite(shown.turn)
        bearing = np.where(turned, shown.turn, 0.0) % 360.0
        turn = np.where(turned, 1 + np.round(bearing * TURNS / 360.0).astype(np.int64) % TURNS, 0)
    code = (half * len(style.variants) + shown.variant) * (TURNS + 1) + turn
    code = np.where(shown.count > 1, -shown.count, code)
    known, sprite = _distinct(code)
    look = (style.family, style.rotate_by)
    made = []
    for word in known.tolist():
        if word < 0:
            size = diameter(-word, view.pixels_per_mm)
            about = (style.family, style.variants[0].color, -word, round(size * 2), halo, dark)
            made.append(_kept.sprite(_cluster_sprite, about))
        else:
            rest, bearing_step = divmod(word, TURNS + 1)
            size2, i = divmod(rest, len(style.variants))
            variant = style.variants[i]
            about = (look, variant, size2, bearing_step, halo, dark, LEGIBLE_MM * view.pixels_per_mm)
            made.append(_kept.sprite(_sprite, about))
    side = max((image.shape[0] for image in made), default=1)
    images = np.zeros((len(made), side, side), np.uint32)
    for k, image in enumerate(made):
        edge = (side - image.shape[0]) // 2
        images[k, edge : edge + image.shape[0], edge : edge + image.shape[0]] = image
    return Stamps(shown.at, sprite, images, sprite_boxes(images))


def _distinct(code: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different codes and where each of n is found among them; quicker than sorting where there are few."""
    if len(code) == 0:
        return code, code
    low, span = int(code.min()), int(code.max() - code.min()) + 1
    if span > 4_000_000 or len(code) < 1000:
        known, at = np.unique(code, return_inverse=True)
        return known, np.ascontiguousarray(at.reshape(-1), np.int64)
    there = np.flatnonzero(np.bincount(code - low, minlength=span))
    place = np.zeros(span, np.int64)
    place[there] = np.arange(len(there))
    return there + low, place[code - low]


class _Kept:
    """Painted sprites, the least used forgotten when they take more than ``MOST_BYTES``. For all threads."""

    def __init__(self) -> None:
        self._sprites: OrderedDict[Any, NDArray[np.uint32]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def sprite(self, paint: Callable[..., NDArray[np.uint32]], about: tuple[Any, ...]) -> NDArray[np.uint32]:
        """What ``paint(*about)`` gives."""
        key = (paint, about)
        with self._lock:
            known = self._sprites.get(key)
            if known is not None:
                self._sprites.move_to_end(key)
                return known
        made = paint(*about)
        with self._lock:
            if key not in self._sprites:
                self._sprites[key] = made
                self._bytes += made.nbytes
                while self._bytes > MOST_BYTES:
                    self._bytes -= self._sprites.popitem(last=False)[1].nbytes
        return made


_kept = _Kept()


def _blank(half: float) -> tuple[QImage, QPainter]:
    side = 2 * ceil(half) + 1
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(side / 2, side / 2)
    return image, painter


def _pixels(image: QImage) -> NDArray[np.uint32]:
    side = image.width()
    return np.frombuffer(image.constBits(), np.uint32).reshape(side, side).copy()


def _sprite(
    look: tuple[str, str | None], variant: Variant, half_pixels: int, turn: int, halo: float, dark: bool,
    legible: float,
) -> NDArray[np.uint32]:  # fmt: skip
    family, rotate_by = look
    style = LayerStyle("", "point", family, (variant,), rotate_by=rotate_by)
    size = half_pixels / 2
    image, painter = _blank(reach(style, variant) * size + halo + 1)
    bearing = (turn - 1) * 360 / TURNS if turn else None
    paint_mark(painter, style, variant, size, halo, Palette.of(dark), bearing, legible)
    painter.end()
    return _pixels(image)


def _cluster_sprite(
    family: str, color: str, count: int, half_pixels: int, halo: float, dark: bool
) -> NDArray[np.uint32]:
    style = LayerStyle("", "point", family, (Variant(None, color),))
    image, painter = _blank(half_pixels / 4 + halo)
    paint_cluster(painter, style, count, half_pixels / 2, halo, Palette.of(dark))
    painter.end()
    return _pixels(image)


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
    if style.crowd == "heat":
        _heat_swatch(painter, style, box, palette)
    elif style.kind == "point":
        painter.translate(box.center())
        room = min(box.width(), box.height()) / (1.02 if variant.svg else 2 * min(reach(style, variant), 1.15) + 0.15)
        unit = 0.4 if style.unit == "m" else 1.0  # a circle of 5 metres would fill the swatch
        size = min(max(variant.size * unit, 4.0 if variant.svg else 2.0) * 1.25 * pixels_per_mm, room)
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
        unit = 0.6 if style.unit == "m" else 1.0  # a road of 7 metres would fill the swatch
        width = min(max(variant.width * unit, 0.3) * 1.5 * pixels_per_mm, box.height() * 0.36)
        for pass_ in strokes(style, variant, palette, width, pixels_per_mm):
            painter.setPen(pen_of(pass_))
            painter.drawLine(left, right)
    else:
        inset = box.adjusted(box.width() * 0.1, box.height() * 0.18, -box.width() * 0.1, -box.height() * 0.18)
        if variant.fill:
            fill = QColor(palette.ink(variant.fill, style.family))
            fill.setAlphaF(max(style.opacity, 0.25))
            painter.fillRect(inset, fill)
        if variant.pattern:
            outline = QPainterPath()
            outline.addRect(inset)
            small = replace(variant, pattern_spacing=min(variant.pattern_spacing, inset.height() / pixels_per_mm / 3))
            still = View(0.0, 0.0, 1.0, 1.0, 1.0, pixels_per_mm)
            paint_pattern(painter, outline, small, still, color)
        width = max(min(variant.width, 1.0) * pixels_per_mm, 0.25 * pixels_per_mm)
        passes = strokes(style, variant, palette, width, pixels_per_mm)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pass_ in passes:
            painter.setPen(pen_of(pass_))
            painter.drawRect(inset)
    painter.restore()


def _heat_swatch(painter: QPainter, style: LayerStyle, box: QRectF, palette: Palette) -> None:
    bar = box.adjusted(box.width() * 0.08, box.height() * 0.2, -box.width() * 0.08, -box.height() * 0.2)
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    colors = ramp(style.heat, palette)
    for i in range(0, 256, 15):
        gradient.setColorAt(i / 255, QColor.fromRgba(_straight(int(colors[i]))))
    painter.fillRect(bar, QBrush(gradient))


def _straight(word: int) -> int:
    """A premultiplied colour as Qt's brushes take it."""
    alpha = word >> 24
    if alpha == 0:
        return 0
    red, green, blue = (min(((word >> shift) & 255) * 255 // alpha, 255) for shift in (16, 8, 0))
    return (alpha << 24) | (red << 16) | (green << 8) | blue


def pen_of(stroke: Stroke, width: float | None = None) -> QPen:
    """A stroke as a pen, ``width`` wide where it is not its own; Qt counts dashes in pen widths."""
    pen = QPen(QColor(stroke.color), stroke.width if width is None else width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    wide = pen.widthF()
    if stroke.dash and wide > 0:
        # Round ends would close the gaps: a dash is drawn shorter by them, as the kernels do.
        cuts = [min(wide * 0.4, run * 0.45) for run in stroke.dash[::2]]
        pattern = []
        for k, run in enumerate(stroke.dash):
            cut = cuts[k // 2] + (cuts[(k // 2 + 1) % len(cuts)] if k % 2 else cuts[k // 2])
            pattern.append(max((run + cut if k % 2 else run - cut) / wide, 0.02))
        pen.setDashPattern(pattern)
        pen.setDashOffset(-cuts[0] / wide)
    return pen
