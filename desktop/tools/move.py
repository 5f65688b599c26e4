"""Move: drag what is selected to another place; a click selects first."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from desktop.shell.words import tr
from desktop.tools.select import Select, one_or_batch
from desktop.tools.tool import Pointer, band_pen, paint_snap
from gis.cartography.palette import Palette
from gis.editing.intents import Intent, Move

GHOSTS = 400  # outlines drawn while dragging; of more, only these follow the mouse


class MoveFeatures(Select):
    """Drags the selection; lets go of it as one Move intent (one undo step)."""

    name = "move"
    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)
        self._grip: Pointer | None = None
        self._shift = (0.0, 0.0)
        self._moving = False
        self._snapped: QPointF | None = None
        self._ghosts: list[list] = []
        self._anchor: tuple[float, float] | None = None

    @property
    def hint(self) -> str:
        return tr("Drag the selected features; Esc puts them back")

    @property
    def busy(self) -> bool:
        return self._moving or super().busy

    def leave(self) -> None:
        super().leave()
        self._grip, self._moving, self._snapped, self._ghosts = None, False, None, []

    def press(self, at: Pointer) -> None:
        found = self.canvas.hits(at.px, at.py)
        chosen = next((hit for hit in found if hit.id in self.canvas.selection.get(hit.cls, ())), None)
        if chosen is None and found and not at.shift:
            chosen = found[0]
            self.canvas.set_selection({chosen.cls: [chosen.id]})
            self.canvas.identified.emit(chosen.cls, chosen.id)
        if chosen is None or at.shift:
            super().press(at)
            return
        self._grip, self._moving, self._shift = at, False, (0.0, 0.0)
        own = self.canvas.snap(at.px, at.py)
        # A drag that starts on a vertex of the selection carries that vertex to the vertex it is dropped on.
        self._anchor = (own.x, own.y) if own and own.id in self.canvas.selection.get(own.cls, ()) else None
        self._ghosts = self.canvas.scene.selected_rings(GHOSTS)

    def move(self, at: Pointer) -> None:
        if self._grip is None:
            super().move(at)
            return
        if not self._moving and not at.far_from(self._grip):
            return
        self._moving = True
        self._shift, self._snapped = (at.x - self._grip.x, at.y - self._grip.y), None
        if self._anchor is not None:
            skip = [(cls, int(i)) for cls, ids in self.canvas.selection.items() for i in ids[:GHOSTS]]
            target = self.canvas.snap(at.px, at.py, skip)
            if target is not None:
                self._shift = (target.x - self._anchor[0], target.y - self._anchor[1])
                self._snapped = self.to_pixels(target.x, target.y)
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        if self._grip is None:
            super().release(at)
            return
        self.move(at)
        moving, (dx, dy) = self._moving, self._shift
        self._grip, self._moving, self._snapped = None, False, None
        if moving and (dx or dy):
            intent = moved(self.canvas.selection, dx, dy)
            if intent is not None:
                self.canvas.intentMade.emit(intent)
        else:
            self._ghosts = []
        self.canvas.update()

    def refreshed(self) -> None:
        if self._grip is None:
            self._ghosts = []

    def key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and self._grip is not None:
            self.leave()
            self.canvas.update()
            return True
        return super().key(key)

    def paint(self, painter: QPainter, palette: Palette) -> None:
        super().paint(painter, palette)
        if not self._ghosts or self._shift == (0.0, 0.0):
            return
        painter.setPen(band_pen(palette))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for rings in self._ghosts:
            for ring in rings:
                points = self.canvas.view.pixels(ring + self._shift)
                if len(points) == 1:
                    painter.drawEllipse(QPointF(*points[0]), 6.0, 6.0)
                else:
                    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))
        if self._snapped is not None:
            paint_snap(painter, palette, self._snapped)


def moved(selection: dict, dx: float, dy: float) -> Intent | None:
    """The wish to shift all that is selected by (dx, dy) metres."""
    wishes = [Move(cls, [int(i) for i in ids], dx, dy) for cls, ids in selection.items() if len(ids)]
    return one_or_batch("canvas.moved", wishes, selection)
