"""What lies over the map's picture: the hovered outline, marks, the tool's rubber bands, furniture, and first words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from desktop.canvas.furniture import paint_attribution, paint_empty, paint_furniture, paint_loading
from desktop.canvas.scene import Rings
from desktop.shell.words import tr
from gis.cartography.palette import Palette
from gis.cartography.view import View

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas


class Over(Protocol):
    """Something that stays on the map whatever the tool, such as a mark or a measurement."""

    def paint(self, painter: QPainter, view: View, palette: Palette) -> None:
        """Draw it, in logical pixels."""


def paint_overlay(painter: QPainter, canvas: MapCanvas, hover: Rings) -> None:
    """All of it, lowest first, in logical pixels."""
    palette, view = Palette.of(canvas.dark), canvas.view
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if canvas.session is None:
        paint_empty(
            painter, view.width, view.height, palette,
            tr("No project is open"), tr("Open a project, or begin with the sample city"),
        )  # fmt: skip
        return
    _paint_hover(painter, view, palette, hover)
    for over in canvas.overs:
        over.paint(painter, view, palette)
    canvas.tool.paint(painter, palette)
    if canvas.loading:
        paint_loading(painter, view, palette, canvas.scene.loaded_share, tr("Reading the map…"))
    elif canvas.scene.empty and not canvas.tool.busy and not canvas.grounds():
        paint_empty(
            painter, view.width, view.height, palette,
            tr("Nothing is on the map yet"), tr("Import a file, or draw the first feature in Edit"),
        )  # fmt: skip
    paint_furniture(painter, view, palette)
    paint_attribution(painter, view, palette, canvas.attribution)


def _paint_hover(painter: QPainter, view: View, palette: Palette, rings: Rings) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(palette.hover), 2.5))
    for ring in rings:
        points = view.pixels(ring)
        if len(points) == 1:
            painter.drawEllipse(QPointF(*points[0]), 9.0, 9.0)
        else:
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))
