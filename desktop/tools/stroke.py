"""A few places clicked one after the other: what cutting, mirroring and cutting out begin with."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from desktop.tools.snapping import paint_snapped
from desktop.tools.tool import Pointer, Tool, band_pen, paint_vertex
from gis.cartography.palette import Palette
from gis.cartography.snapping import Snapped

Place = tuple[float, float]


class Stroke(Tool):
    """Collects places, ``least`` to ``most`` of them (0: any number); a drag makes the first two at once.

    Enter, a double click or the last place ends it: ``finish(detach)``. Escape takes back one place after the other,
    then ends the tool.
    """

    cursor = Qt.CursorShape.CrossCursor
    least = 2
    most = 0
    closed = False

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self.places: list[Place] = []
        self.at: Place | None = None
        self.snapped: Snapped | None = None
        self._pressed: Pointer | None = None
        self._dragged = False

    @property
    def busy(self) -> bool:
        return bool(self.places)

    def leave(self) -> None:
        self.drop()

    def drop(self) -> None:
        """Forget the places."""
        self.places, self.at, self.snapped, self._pressed, self._dragged = [], None, None, None, False
        self.canvas.update()

    def place(self, at: Pointer) -> Place:
        """Where a click goes: onto what the cursor holds on to, with Alt under it."""
        self.snapped = self.canvas.snapping.find(self.canvas, at.px, at.py, last=self.places) if not at.alt else None
        return self.snapped.place if self.snapped is not None else (at.x, at.y)

    def press(self, at: Pointer) -> None:
        self._pressed, self._dragged = at, False

    def move(self, at: Pointer) -> None:
        if self._pressed is not None and at.left and not self._dragged and at.far_from(self._pressed):
            self._dragged = True
            if not self.places:
                self.places = [self.place(self._pressed)]
        self.at = self.place(at)
        self.moved()
        self.canvas.update()

    def moved(self) -> None:
        """The cursor is at another place."""

    def release(self, at: Pointer) -> None:
        pressed, dragged = self._pressed, self._dragged
        self._pressed, self._dragged = None, False
        if pressed is None or (not dragged and at.far_from(pressed)):
            return
        if not dragged and not self.places and self.click(at):
            return
        place = self.place(at)
        if self.places[-1:] != [place]:
            self.places.append(place)
        self.at = place
        if len(self.places) == self.most or (dragged and not self.closed and len(self.places) == 2):
            self.end(at.alt)
        self.canvas.tell_hint()
        self.canvas.update()

    def click(self, at: Pointer) -> bool:
        """The first click, no drag; True when nothing else is to begin with it."""
        return False

    def double_click(self, at: Pointer) -> None:
        self._pressed = None
        self.end(at.alt)

    def key(self, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.end()
            return True
        if key not in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            return False
        if self.places:
            self.places.pop()
            self._pressed, self._dragged = None, False
        elif key == Qt.Key.Key_Escape:
            self.canvas.toolEnded.emit()
            return True
        else:
            return False
        self.canvas.tell_hint()
        self.canvas.update()
        return True

    def end(self, detach: bool = False) -> None:
        """Hand over the places, if there are enough."""
        if len(self.places) >= self.least:
            self.finish(detach)
        self.canvas.tell_hint()
        self.canvas.update()

    def finish(self, detach: bool) -> None:
        """Use the places."""
        raise NotImplementedError

    def paint(self, painter: QPainter, palette: Palette) -> None:
        points = [self.to_pixels(*place) for place in self.places]
        ends = [*points, self.to_pixels(*self.at)] if self.at is not None and points else points
        if self.closed and len(ends) > 2:
            tint = QColor(palette.selection)
            tint.setAlphaF(0.14)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint)
            painter.drawPolygon(QPolygonF(ends))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(band_pen(palette, dashed=True))
        if len(ends) > 1:
            painter.drawPolyline(QPolygonF([*ends, ends[0]] if self.closed else ends))
        for point in points:
            paint_vertex(painter, palette, point)
        if self.snapped is not None:
            paint_snapped(painter, palette, self.canvas.view, self.snapped)
