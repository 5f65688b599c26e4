"""Measure: lengths and areas on the ellipsoid, read beside the cursor."""

from __future__ import annotations

import shapely
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from desktop.canvas.furniture import paint_tag
from desktop.shell.words import tr
from desktop.tools.draw import Sketch, Vertices
from gis.cartography.palette import Palette
from gis.geometry.measure import ground_area, ground_length


class MeasureLine(Sketch):
    """The length of a line drawn over the map; stays until the next one is begun."""

    name = "measure_line"
    least = 2

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)
        self._done = False

    @property
    def hint(self) -> str:
        return tr("Click along what is to be measured; double-click or Enter ends, Esc begins anew")

    def press(self, at: object) -> None:
        if self._done:
            self._done = False
            self.drop()
        super().press(at)  # type: ignore[arg-type]

    def move(self, at: object) -> None:
        if not self._done:
            super().move(at)  # type: ignore[arg-type]

    def finish(self, vertices: Vertices) -> None:
        self._done, self.at, self.snapped = True, None, None

    def drop(self) -> None:
        self._done = False
        super().drop()

    def paint(self, painter: QPainter, palette: Palette) -> None:
        super().paint(painter, palette)
        ends = [*self.vertices, self.at] if self.at is not None and self.vertices else list(self.vertices)
        if len(ends) > 1 and self.canvas.project_crs is not None:
            said = self.reading([end for end in ends if end is not None])
            last = self.to_pixels(*(ends[-1] or ends[-2]))
            frame = QRectF(0, 0, self.canvas.width(), self.canvas.height())
            painter.setBrush(Qt.BrushStyle.NoBrush)
            paint_tag(painter, QPointF(last.x(), last.y()), said, palette, frame)

    def reading(self, vertices: Vertices) -> str:
        """What was measured, with units."""
        crs = self.canvas.project_crs
        line = shapely.LineString(vertices)
        total = float(ground_length(line, crs)[0])
        if len(vertices) == 2:
            return length_said(total)
        last = float(ground_length(shapely.LineString(vertices[-2:]), crs)[0])
        return tr("Total {total}", total=length_said(total)) + "\n" + tr("Last leg {leg}", leg=length_said(last))


class MeasureArea(MeasureLine):
    """The area and perimeter of a polygon drawn over the map."""

    name = "measure_area"
    least = 3
    closed = True

    def reading(self, vertices: Vertices) -> str:
        crs = self.canvas.project_crs
        if len(vertices) < 3:
            return length_said(float(ground_length(shapely.LineString(vertices), crs)[0]))
        polygon = shapely.Polygon(vertices)
        around = length_said(float(ground_length(polygon, crs)[0]))
        if not polygon.is_valid:
            return tr("The outline crosses itself") + "\n" + tr("Perimeter {length}", length=around)
        return area_said(float(ground_area(polygon, crs)[0])) + "\n" + tr("Perimeter {length}", length=around)


def length_said(metres: float) -> str:
    """A length with its unit, to what can be read off a screen."""
    if metres >= 10_000:
        return f"{metres / 1000:,.2f} km"
    if metres >= 1000:
        return f"{metres / 1000:.3f} km"
    return f"{metres:.1f} m" if metres >= 10 else f"{metres:.2f} m"


def area_said(square_metres: float) -> str:
    """An area with its unit."""
    if square_metres >= 1e6:
        return f"{square_metres / 1e6:,.3f} km²"
    if square_metres >= 1e4:
        return tr("{value} ha", value=f"{square_metres / 1e4:.2f}")
    return f"{square_metres:.1f} m²"
