"""What the cursor holds on to on one canvas, as the user has chosen it, and the mark which shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from desktop.canvas.furniture import paint_tag
from desktop.shell.settings import SnapSettings
from desktop.shell.words import mark, tr
from gis.cartography.palette import Palette
from gis.cartography.snapping import KINDS, Aim, Kind, Place, Snapped, snapped
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas

REACH = 120.0  # pixels beyond its end to which an edge is prolonged
HALF = 6.0  # pixels of half a mark
NAMES: dict[Kind, str] = {
    "vertex": mark("snap|Vertex"),
    "end": mark("snap|End"),
    "intersection": mark("snap|Intersection"),
    "middle": mark("snap|Middle"),
    "perpendicular": mark("snap|Perpendicular"),
    "extension": mark("snap|Extension"),
    "segment": mark("snap|On the line"),
}


class Snapping:
    """``settings`` say what is held on to; ``current`` names the class being drawn or edited."""

    def __init__(self) -> None:
        self.settings = SnapSettings()
        self.current = ""

    def find(
        self,
        canvas: MapCanvas,
        px: float,
        py: float,
        *,
        last: Sequence[Place] = (),
        skip: Iterable[tuple[str, int]] = (),
        kinds: Iterable[Kind] | None = None,
    ) -> Snapped | None:
        """What a pixel holds on to, or None. ``last``: the vertices drawn so far, the newest at the end; ``skip``:
        features left out; ``kinds`` instead of those chosen, in all layers, whether snapping is on or not."""
        if kinds is None and not self.settings.on:
            return None
        wanted = set(self.settings.kinds if kinds is None else kinds)
        view = canvas.view
        metres = self.settings.tolerance * (view.resolution if self.settings.unit == "px" else 1.0)
        aim = Aim(
            view.to_world(px, py), metres, [kind for kind in KINDS if kind in wanted], REACH * view.resolution, last,
            tuple(skip),
        )  # fmt: skip
        shown = [
            (layer.arrays, layer.style) for layer in canvas.scene.drawn_layers() if self._looks_at(layer.style, kinds)
        ]
        return snapped(shown, view.scale_denominator, aim)

    def _looks_at(self, style: LayerStyle, kinds: Iterable[Kind] | None) -> bool:
        if style.crowd == "heat":
            return False  # a surface shows no feature
        if kinds is not None or self.settings.layers == "all":
            return True
        return style.cls == self.current if self.settings.layers == "current" else style.cls in self.settings.chosen


def paint_snapped(painter: QPainter, palette: Palette, view: View, target: Snapped, named: bool = True) -> None:
    """The mark of a target, each kind its own, and the kind's name beside it."""
    at = _pixel(view, target.place)
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if target.edge is not None and target.kind in ("extension", "perpendicular", "segment"):
        _paint_edge(painter, palette, view, target)
    for color, width in ((palette.halo, 4.5), (palette.selection, 2.0)):
        pen = QPen(QColor(color), width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        _paint_mark(painter, target.kind, at)
    if named:
        paint_tag(painter, at, tr(NAMES[target.kind]), palette, QRectF(0, 0, view.width, view.height))
    painter.restore()


def _pixel(view: View, place: Place) -> QPointF:
    px, py = view.to_pixels(*place)
    return QPointF(float(px), float(py))


def _paint_edge(painter: QPainter, palette: Palette, view: View, target: Snapped) -> None:
    assert target.edge is not None
    a, b = (_pixel(view, end) for end in target.edge)
    pen = QPen(QColor(palette.selection), 1.4)
    if target.kind == "extension":
        pen.setDashPattern([1, 3])
        painter.setPen(pen)
        painter.drawLine(b, _pixel(view, target.place))
        pen.setStyle(Qt.PenStyle.SolidLine)
    color = QColor(palette.selection)
    color.setAlphaF(0.55)
    pen.setColor(color)
    painter.setPen(pen)
    painter.drawLine(a, b)


def _paint_mark(painter: QPainter, kind: Kind, at: QPointF) -> None:
    x, y, h = at.x(), at.y(), HALF
    if kind == "vertex":
        painter.drawRect(QRectF(x - h, y - h, 2 * h, 2 * h))
    elif kind == "end":
        painter.drawRect(QRectF(x - h, y - h, 2 * h, 2 * h))
        painter.drawRect(QRectF(x - 1.5, y - 1.5, 3, 3))
    elif kind == "middle":
        painter.drawPolygon(QPolygonF([QPointF(x, y - h), QPointF(x + h, y + h), QPointF(x - h, y + h)]))
    elif kind == "intersection":
        painter.drawLine(QPointF(x - h, y - h), QPointF(x + h, y + h))
        painter.drawLine(QPointF(x - h, y + h), QPointF(x + h, y - h))
    elif kind == "perpendicular":
        painter.drawPolyline(QPolygonF([QPointF(x - h, y - h), QPointF(x - h, y + h), QPointF(x + h, y + h)]))
        painter.drawPolyline(QPolygonF([QPointF(x - h, y), QPointF(x, y), QPointF(x, y + h)]))
    elif kind == "extension":
        painter.drawLine(QPointF(x - h, y), QPointF(x + h, y))
        painter.drawLine(QPointF(x, y - h), QPointF(x, y + h))
    else:
        painter.drawEllipse(at, h, h)
