"""Measure: lengths and areas on the ellipsoid, read beside the cursor while they grow, and kept on the map."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from desktop.canvas.furniture import paint_tag
from desktop.shell.words import tr
from desktop.tools.measurement import Measurement, Vertex, paint_measured, said_on_one_line
from desktop.tools.tool import Pointer, Tool, band_pen, paint_snap
from gis.cartography.palette import Palette


class MeasureLine(Tool):
    """The length of a line drawn over the map. A drag moves the map; Escape takes back one point after the other."""

    name = "measure_line"
    cursor = Qt.CursorShape.CrossCursor
    least = 2
    closed = False

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self.vertices: list[Vertex] = []
        self.at: Vertex | None = None
        self._snapped = False
        self._pressed: Pointer | None = None
        self._dragged: Pointer | None = None

    @property
    def hint(self) -> str:
        if not self.vertices and self.canvas.measurements.done:
            return tr("Click to measure another one; Ctrl+C copies the last, Esc takes all off the map")
        return tr("Click along what is to be measured; double-click or Enter ends, Esc takes back a point, Alt lets go")

    @property
    def busy(self) -> bool:
        return bool(self.vertices)

    def leave(self) -> None:
        self.vertices, self.at, self._pressed, self._dragged, self._snapped = [], None, None, None, False

    def begin(self, x: float, y: float) -> None:
        """Measure from here."""
        self.vertices = [(x, y)]
        self.canvas.tell_hint()
        self.canvas.update()

    def press(self, at: Pointer) -> None:
        self._pressed, self._dragged = at, None

    def move(self, at: Pointer) -> None:
        if self._pressed is not None and (self._dragged is not None or at.far_from(self._pressed)):
            last = self._dragged or self._pressed
            self._dragged = at
            self.canvas.pan_by(round(at.px - last.px), round(at.py - last.py))
            return
        self.at = self._place(at)
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        pressed, dragged = self._pressed, self._dragged
        self._pressed = self._dragged = None
        if pressed is None or dragged is not None:
            return
        vertex = self._place(at)
        if not self.vertices or self.vertices[-1] != vertex:
            self.vertices.append(vertex)
        self.at = vertex
        self.canvas.tell_hint()
        self.canvas.update()

    def double_click(self, at: Pointer) -> None:
        self._pressed = None
        self.end()

    def end(self) -> None:
        """Keep what was measured on the map, if there are points enough."""
        if len(self.vertices) >= self.least:
            self.canvas.measurements.done.append(self._measured(self.vertices))
            self.leave()
        self.canvas.tell_hint()
        self.canvas.update()

    def key(self, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.end()
            return True
        if key not in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            return False
        if self.vertices:
            self.vertices.pop()
        elif self.canvas.measurements.done:
            self.canvas.measurements.clear()
        elif key == Qt.Key.Key_Escape:
            self.canvas.toolEnded.emit()
            return True
        else:
            return False
        self.canvas.tell_hint()
        self.canvas.update()
        return True

    @property
    def said(self) -> str:
        """The figures of what is being measured, or of what was measured last."""
        done = self.canvas.measurements.done
        one = self._measured(self.vertices) if len(self.vertices) > 1 else done[-1] if done else None
        return said_on_one_line(self.canvas.measurements.reading(one)) if one is not None else ""

    def reading(self) -> str:
        """What is written beside the cursor; empty before there is a leg."""
        ends = [*self.vertices, *([self.at] if self.at is not None and self.vertices[-1:] != [self.at] else [])]
        if len(ends) < 2 or not self.vertices:
            return ""
        one, kept = self._measured(ends), self.canvas.measurements
        return "\n".join(said for said in (kept.reading(one), kept.last_leg(one)) if said)

    def paint(self, painter: QPainter, palette: Palette) -> None:
        view = self.canvas.view
        if self.vertices:
            paint_measured(painter, view, palette, self._measured(self.vertices))
            self.canvas.measurements.paint_legs(painter, view, palette, self._legs())
        if self.at is None:
            return
        cursor = self.to_pixels(*self.at)
        if self.vertices:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(band_pen(palette, dashed=True))
            ends = [self.to_pixels(*self.vertices[-1]), cursor]
            if self.closed and len(self.vertices) > 1:
                ends.append(self.to_pixels(*self.vertices[0]))
            painter.drawPolyline(QPolygonF(ends))
        if self._snapped:
            paint_snap(painter, palette, cursor)
        said = self.reading()
        if said:
            frame = QRectF(0, 0, view.width, view.height)
            paint_tag(painter, QPointF(cursor), said, palette, frame)

    def _place(self, at: Pointer) -> Vertex:
        """Where a point goes: onto the nearest vertex on screen, with Alt under the cursor."""
        target = self.canvas.snap(at.px, at.py) if not at.alt else None
        self._snapped = target is not None
        return (target.x, target.y) if target is not None else (at.x, at.y)

    def _measured(self, vertices: list[Vertex]) -> Measurement:
        crs = self.canvas.project_crs
        assert crs is not None
        return Measurement(tuple(vertices), self.closed, crs)

    def _legs(self) -> Measurement:
        """What was drawn, not yet closed."""
        measured = self._measured(self.vertices)
        return Measurement(measured.vertices, False, measured.crs)


class MeasureArea(MeasureLine):
    """The area and perimeter of a polygon drawn over the map."""

    name = "measure_area"
    least = 3
    closed = True
