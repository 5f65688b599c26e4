"""Paints one layer with QPainter alone: for paper (it stays vector) and for screens while no kernels are ready."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from desktop.canvas.areas import paint_areas
from desktop.canvas.fans import paint_wedges
from desktop.canvas.marks import calmed, mark_halo, paint_cluster, paint_mark, pen_of
from desktop.canvas.paths import CHUNK, gathered, path_of
from gis.cartography.arrays import LayerArrays
from gis.cartography.clusters import Found
from gis.cartography.declutter import Marks, marks
from gis.cartography.heat import draw_heat
from gis.cartography.icons import LEGIBLE_MM
from gis.cartography.palette import Palette, argb
from gis.cartography.picture import SPECK, Dropped, by_extent, by_width, outline_opacity, widest
from gis.cartography.shading import is_shade, lay_shade
from gis.cartography.sizing import casing_pixels
from gis.cartography.strokes import Stroke, strokes
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View
from gis.cartography.wedges import wedges

RASTER_PIXELS_MM = 6.0  # surfaces and shades on paper are pictures of so many pixels a millimetre (about 150 dpi)


def paint_layer(
    painter: QPainter, arrays: LayerArrays, style: LayerStyle, view: View, palette: Palette,
    wanted: Callable[[], bool] = lambda: True, found: Found | None = None, shown: Marks | None = None,
    fans: bool = True,
) -> Marks | None:  # fmt: skip
    """Paint a layer in the pixels of ``view``; for paper the painter is scaled to screen pixels first.

    ``found`` restricts a line or polygon layer to given features, ``shown`` a point layer to given marks; ``fans``
    False: its wedges are painted already (see ``paint_fans``). Returns the marks painted of a point layer. Raises
    Dropped as soon as ``wanted()`` is false.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if style.crowd == "heat" and found is None:
        fine = _fine(view)
        picture = draw_heat(arrays, style, fine, palette)
        if picture is not None:
            _lay(painter, picture, view)
        return Marks.none() if style.kind == "point" else None
    if style.kind == "point":
        return _points(painter, arrays, style, view, palette, wanted, shown, fans)
    whole = found is None
    if found is None:
        found = arrays.drawn(view.grown(widest(style, view) + 2), style, view.scale_denominator)
    groups = [(i, [(part, p[part.variant[p] == i]) for part, p in found]) for i in style.order]
    if style.kind == "polygon":
        for i, group in groups:
            paint_areas(painter, group, style, style.variants[i], view, palette, wanted)
    upper: list[tuple[Found, Stroke, float]] = []
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for i, group in groups:
        variant = style.variants[i]
        width = max(style.pixels(variant.width, view), 0.05 * view.pixels_per_mm)
        passes = strokes(style, variant, palette, width, view.pixels_per_mm, casing_pixels(style, variant, view))
        speckled = bool(variant.fill or variant.pattern)
        if whole and not speckled and is_shade(arrays, view, passes):
            _shade(painter, arrays, group, view, passes[0])
            continue
        if speckled:
            _, group = by_extent(group, view, SPECK)
        _stroke(painter, group, style, passes[0], width, view, wanted)
        upper += [(group, stroke, width) for stroke in passes[1:]]
    for group, stroke, width in upper:
        _stroke(painter, group, style, stroke, width, view, wanted)
    return None


def paint_fans(painter: QPainter, arrays: LayerArrays, style: LayerStyle, view: View, palette: Palette) -> None:
    """Paint the wedges of a point layer alone: on paper those of all layers lie below the first marks."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    below = wedges(arrays, style, view)
    if below is not None:
        paint_wedges(painter, below, style, view, palette, lambda: True)


def _stroke(
    painter: QPainter, group: Found, style: LayerStyle, stroke: Stroke, width: float, view: View,
    wanted: Callable[[], bool],
) -> None:  # fmt: skip
    fading = outline_opacity(width) if style.kind == "polygon" else 1.0
    chunk = CHUNK if fading == 1.0 else 20 * CHUNK  # faint outlines of two paths would add up where they meet
    for factor, chosen in by_width(group, style):
        pen = pen_of(stroke, stroke.width + width * (factor - 1.0))
        if fading < 1.0:
            color = pen.color()
            color.setAlphaF(fading)
            pen.setColor(color)
        painter.setPen(pen)
        for part, positions in chosen:
            for i in range(0, len(positions), chunk):
                if not wanted():
                    raise Dropped
                points, starts = gathered(part, positions[i : i + chunk], view)
                painter.drawPath(path_of(points, starts, Qt.FillRule.OddEvenFill))


def _fine(view: View) -> View:
    """The view on as many pixels as a picture on paper has; on screen the view itself."""
    return view.enlarged(max(RASTER_PIXELS_MM / view.pixels_per_mm, 1.0)).whole()


def _lay(painter: QPainter, picture: np.ndarray, view: View) -> None:
    """Lay a picture of the whole view; only the part that shows something, since a document packs every pixel."""
    height, width = picture.shape
    down, across = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    if len(down) == 0:
        return
    top, bottom = max(down[0] - 2, 0), min(down[-1] + 3, height)
    left, right = max(across[0] - 2, 0), min(across[-1] + 3, width)
    part = np.ascontiguousarray(picture[top:bottom, left:right])
    h, w = part.shape
    image = QImage(part.data, w, h, w * 4, QImage.Format.Format_ARGB32_Premultiplied)
    x, y = view.width / width, view.height / height
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(left * x, top * y, w * x, h * y), image)
    painter.restore()


def _shade(painter: QPainter, arrays: LayerArrays, group: Found, view: View, stroke: Stroke) -> None:
    fine = _fine(view)
    picture = np.zeros((int(fine.height), int(fine.width)), np.uint32)
    lay_shade(picture, arrays, group, view, fine, stroke, argb(stroke.color) & 0xFFFFFF, 1.0)
    _lay(painter, picture, view)


def _points(
    painter: QPainter, arrays: LayerArrays, style: LayerStyle, view: View, palette: Palette,
    wanted: Callable[[], bool], shown: Marks | None, fans: bool,
) -> Marks:  # fmt: skip
    shown = marks(arrays, style, view) if shown is None else shown
    below = wedges(arrays, style, view)
    if below is not None and fans:
        paint_wedges(painter, below, style, view, palette, wanted)
    painted = calmed(shown, style, below)
    halo = mark_halo(style, view)
    for i in range(len(painted.at)):
        if i % 500 == 0 and not wanted():
            raise Dropped
        painter.save()
        painter.translate(painted.at[i, 0], painted.at[i, 1])
        size = float(painted.size[i])
        if painted.count[i] > 1:
            paint_cluster(painter, style, int(painted.count[i]), size, halo, palette)
        else:
            turn = float(painted.turn[i])
            paint_mark(
                painter, style, style.variants[int(painted.variant[i])], size, halo, palette,
                turn if turn == turn else None, LEGIBLE_MM * view.pixels_per_mm,
            )  # fmt: skip
        painter.restore()
    return shown
