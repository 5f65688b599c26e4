"""What was measured on the map: its figures on the ellipsoid, in the unit the user reads, and its picture."""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from desktop.canvas.furniture import paint_note
from desktop.shell.words import mark, tr
from desktop.tools.tool import band_pen, paint_vertex
from gis.cartography.palette import Palette
from gis.cartography.view import View
from gis.geometry.crs import ProjectCrs
from gis.geometry.measure import bearings, ground_area, ground_distance, ground_length

Vertex = tuple[float, float]
MU = 2000.0 / 3.0  # square metres of a 亩
LENGTH_UNITS = {"auto": mark("m or km, by size"), "m": "m", "km": "km"}
AREA_UNITS = {
    "auto": mark("m², ha or km², by size"), "m2": "m²", "mu": mark("mu"), "ha": mark("hectare"), "km2": "km²"
}  # fmt: skip
_ROOM = 72.0  # pixels a leg must have for its length to be written along it


@dataclass(frozen=True, slots=True)
class Measurement:
    """A line or (``closed``) an outline in the project's CRS."""

    vertices: tuple[Vertex, ...]
    closed: bool
    crs: ProjectCrs

    @property
    def length(self) -> float:
        """Metres along the line, or around the area."""
        ring = len(self.vertices) > 2 and self.closed
        shape = shapely.Polygon(self.vertices) if ring else shapely.LineString(self.vertices)
        return float(ground_length(shape, self.crs)[0])

    @property
    def area(self) -> float | None:
        """Square metres; None for a line and for an outline that crosses itself."""
        if not self.closed or len(self.vertices) < 3:
            return None
        polygon = shapely.Polygon(self.vertices)
        return float(ground_area(polygon, self.crs)[0]) if polygon.is_valid else None

    def legs(self) -> list[float]:
        """Metres of every leg, that which closes an outline included."""
        ends = [*self.vertices[1:], self.vertices[0]] if self.closed and len(self.vertices) > 2 else self.vertices[1:]
        return [float(ground_distance(*a, *b, self.crs)) for a, b in zip(self.vertices, ends, strict=False)]


class Measurements:
    """The finished measurements of a canvas, and the units they are read in."""

    def __init__(self) -> None:
        self.done: list[Measurement] = []
        self.length_unit = self.area_unit = "auto"

    def clear(self) -> None:
        """Take all of them off the map."""
        self.done.clear()

    def said(self) -> str:
        """The figures of all, a line each, for the clipboard."""
        return "\n".join(said_on_one_line(self.reading(one)) for one in self.done)

    def reading(self, one: Measurement) -> str:
        """The figures of a measurement, a line each."""
        around = length_said(one.length, self.length_unit)
        if not one.closed or len(one.vertices) < 3:
            return around if len(one.vertices) == 2 else tr("Total {total}", total=around)
        area = one.area
        first = tr("The outline crosses itself") if area is None else area_said(area, self.area_unit)
        return first + "\n" + tr("Perimeter {length}", length=around)

    def last_leg(self, one: Measurement) -> str:
        """The last leg and its bearings, a line each; without its length when it is the only one."""
        (x1, y1), (x2, y2) = one.vertices[-2:]
        if (x1, y1) == (x2, y2):
            return ""
        grid, true = bearings(x1, y1, x2, y2, one.crs)
        turned = tr("Bearing {grid}°, true {true}°", grid=f"{grid:.2f}", true=f"{true:.2f}")
        if len(one.vertices) == 2:
            return turned
        leg = length_said(float(ground_distance(x1, y1, x2, y2, one.crs)), self.length_unit)
        return tr("Last leg {leg}", leg=leg) + "\n" + turned

    def paint(self, painter: QPainter, view: View, palette: Palette) -> None:
        """All of them with their figures."""
        for one in self.done:
            paint_measured(painter, view, palette, one)
            if one.closed:
                inside = shapely.Polygon(one.vertices).centroid
                middle = QPointF(*view.to_pixels(inside.x, inside.y))
            else:
                middle = QPointF(*view.to_pixels(*one.vertices[-1])) + QPointF(0, -18)
            self.paint_legs(painter, view, palette, one, middle)
            for row, said in enumerate(self.reading(one).split("\n")):
                paint_note(painter, middle + QPointF(0, 16 * row), said, palette, bold=True)

    def paint_legs(
        self, painter: QPainter, view: View, palette: Palette, one: Measurement, taken: QPointF | None = None
    ) -> None:
        """The length of every leg that has room for it, and is not where other figures are ``taken`` for."""
        if len(one.vertices) < 3:
            return
        points = [QPointF(*view.to_pixels(*vertex)) for vertex in one.vertices]
        ends = [*points[1:], points[0]] if one.closed else points[1:]
        for a, b, metres in zip(points, ends, one.legs(), strict=False):
            apart, middle = b - a, (a + b) / 2
            clear = taken is None or abs(middle.x() - taken.x()) > _ROOM or abs(middle.y() - taken.y()) > 28
            if clear and apart.x() ** 2 + apart.y() ** 2 > _ROOM**2:
                paint_note(painter, middle, length_said(metres, self.length_unit), palette)


def paint_measured(painter: QPainter, view: View, palette: Palette, one: Measurement) -> None:
    """The line or the outline itself."""
    points = [QPointF(*view.to_pixels(*vertex)) for vertex in one.vertices]
    if one.closed and len(points) > 2:
        tint = QColor(palette.selection)
        tint.setAlphaF(0.14)
        painter.setPen(band_pen(palette))
        painter.setBrush(tint)
        painter.drawPolygon(QPolygonF(points))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(band_pen(palette))
    painter.drawPolyline(QPolygonF(points))
    for point in points:
        paint_vertex(painter, palette, point)


def length_said(metres: float, unit: str = "auto") -> str:
    """A length with its unit, to what can be read off a screen."""
    if unit == "km" or (unit == "auto" and metres >= 10_000):
        return f"{metres / 1000:,.2f} km" if metres >= 10_000 else f"{metres / 1000:.3f} km"
    if unit == "auto" and metres >= 1000:
        return f"{metres / 1000:.3f} km"
    return f"{metres:,.1f} m" if metres >= 10 else f"{metres:.2f} m"


def area_said(square_metres: float, unit: str = "auto") -> str:
    """An area with its unit."""
    if unit == "mu":
        return tr("{value} mu", value=f"{square_metres / MU:,.2f}")
    if unit == "km2" or (unit == "auto" and square_metres >= 1e6):
        return f"{square_metres / 1e6:,.3f} km²"
    if unit == "ha" or (unit == "auto" and square_metres >= 1e4):
        return tr("{value} ha", value=f"{square_metres / 1e4:,.2f}")
    return f"{square_metres:,.1f} m²"


def said_on_one_line(figures: str) -> str:
    """Figures for the clipboard."""
    return figures.replace("\n", "; ")
