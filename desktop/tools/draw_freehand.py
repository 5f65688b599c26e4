"""Draw with the mouse held down: the trace is thinned to what can be told apart on screen."""

from __future__ import annotations

import numpy as np
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from desktop.shell.words import mark, tr
from desktop.tools.draw_modes import AREAS, Mode
from desktop.tools.tool import Pointer, band_pen
from gis.cartography.palette import Palette
from gis.cartography.snapping import Place, Snapped
from gis.geometry.lines import simplify


class Freehand(Mode):
    """Each trace is one step of the sketch; it begins and ends on what it is snapped to."""

    name, text, image = "freehand", mark("draw|Freehand"), "mdi6.draw"
    kinds = ("line", *AREAS)

    def __init__(self, draw: object) -> None:
        super().__init__(draw)  # type: ignore[arg-type]
        self._trace: list[Place] = []
        self._start: Snapped | None = None

    @property
    def hint(self) -> str:
        if self.draw.sketch.enough:
            return tr("Drag on to draw more; Enter finishes, Esc takes back the last trace")
        return tr("Hold the left button down and draw")

    @property
    def begun(self) -> bool:
        return bool(self._trace)

    def press(self, at: Pointer) -> None:
        self._trace = [self.draw.place(at)]
        self._start = self.draw.snapped

    def move(self, at: Pointer) -> None:
        if at.left and self._trace and self._trace[-1] != (at.x, at.y):
            self._trace.append((at.x, at.y))

    def click(self, at: Pointer, place: Place, held: Snapped | None) -> None:
        self._trace = []  # a click alone draws nothing

    def drop(self, at: Pointer, place: Place) -> None:
        trace, self._trace = self._trace, []
        if not trace:
            return
        if trace[-1] != place:
            trace.append(place)
        if len(trace) < 2:
            return
        thin = simplify(shapely.LineString(trace), self.draw.canvas.view.resolution)
        places = [(float(x), float(y)) for x, y in shapely.get_coordinates(thin)]
        held: list[Snapped | None] = [None] * len(places)
        held[0], held[-1] = self._start, self.draw.snapped
        self.draw.add(places, held)

    def accept(self, place: Place, held: Snapped | None = None, shift: bool = False) -> None:
        self.draw.add([place], [held])

    def back(self) -> bool:
        begun = bool(self._trace)
        self._trace = []
        return begun

    def paint(self, painter: QPainter, palette: Palette) -> None:
        if len(self._trace) > 1:
            points = self.draw.canvas.view.pixels(np.array(self._trace))
            painter.setPen(band_pen(palette))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))
