"""Draw by what is there: along an existing line or a net of them, or as the parallel of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from desktop.shell.words import mark, tr
from desktop.tools.draw_modes import AREAS, Mode
from desktop.tools.tool import Pointer, paint_vertex
from gis.cartography.palette import Palette
from gis.cartography.snapping import Place, Snapped
from gis.errors import Refusal
from gis.geometry.lines import along, along_network, offset_line

MOST = 600  # lines of a class in view over which a way is looked for; of more, those nearest to its ends


@dataclass(frozen=True, slots=True)
class _Found:
    """A line on screen, and the place on it nearest to the cursor."""

    cls: str
    id: int
    line: shapely.LineString
    place: Place


def _line_at(mode: Mode, at: Pointer) -> _Found | None:
    """The line or outline under the cursor, as it was read."""
    canvas = mode.draw.canvas
    target = canvas.snapping.find(canvas, at.px, at.py, kinds=("segment",))
    if target is None:
        return None
    cursor = shapely.Point(target.place)
    rings = canvas.scene.rings(target.cls, [target.id], 1)
    lines = [shapely.LineString(ring) for ring in (rings[0] if rings else []) if len(ring) > 1]
    if not lines:
        return None
    return _Found(target.cls, target.id, min(lines, key=cursor.distance), target.place)


class Along(Mode):
    """Click a line where to begin and where to end; the way between is taken over, also across lines of its class."""

    name, text, image = "along", mark("draw|Along a line"), "mdi6.map-marker-path"
    kinds = ("line", *AREAS)

    def __init__(self, draw: object) -> None:
        super().__init__(draw)  # type: ignore[arg-type]
        self._start: _Found | None = None
        self._hovered: _Found | None = None
        self._way: shapely.LineString | None = None
        self._net: list[shapely.LineString] = []

    @property
    def hint(self) -> str:
        if self._start is None:
            return tr("Click a road, duct or other line where to begin")
        return tr("Click where to leave the line; Enter finishes the feature, Esc goes back")

    @property
    def begun(self) -> bool:
        return self._start is not None

    @property
    def goes_on(self) -> bool:
        return self._way is None

    def move(self, at: Pointer) -> None:
        self._hovered = _line_at(self, at)
        if self._hovered is not None:
            self.draw.at = self._on(self._hovered)
        self._way = None
        if self._start is not None and self._hovered is not None and self._hovered.place != self._start.place:
            try:
                self._way = self._between(self._start, self._hovered)
            except Refusal:
                self._way = None  # said when it is clicked

    def click(self, at: Pointer, place: Place, held: Snapped | None) -> None:
        found = _line_at(self, at)
        if found is None:
            raise Refusal("drawing.no_line")
        end = self._on(found)
        if self._start is None:
            self._start = _Found(found.cls, found.id, found.line, end)
            self._net = self._lines(found)
            if not self.draw.sketch.vertices:
                self.draw.add([end], [self.draw.snapped])
            return
        way = self._between(self._start, _Found(found.cls, found.id, found.line, end))
        places = [(float(x), float(y)) for x, y in shapely.get_coordinates(way)]
        held_along: list[Snapped | None] = [None] * len(places)
        held_along[-1] = self.draw.snapped
        self.draw.add(places, held_along)
        self._start, self._way = _Found(found.cls, found.id, found.line, places[-1]), None

    def accept(self, place: Place, held: Snapped | None = None, shift: bool = False) -> None:
        self.draw.add([place], [held])
        self._start = self._way = None

    def back(self) -> bool:
        begun = self._start is not None
        self._start = self._way = None
        if begun and len(self.draw.sketch.vertices) == 1:
            self.draw.clear()  # the place where it began goes with it
        return begun

    def finish(self) -> bool:
        self._start = self._way = None
        return False

    def paint(self, painter: QPainter, palette: Palette) -> None:
        _paint_line(self, painter, palette, self._hovered)
        self.paint_ring(painter, palette, self._way)
        if self._start is not None:
            paint_vertex(painter, palette, self.draw.to_pixels(*self._start.place), strong=True)

    def _on(self, found: _Found) -> Place:
        """Where on a line: at what the cursor is snapped to if that lies on it, else nearest to the cursor."""
        held = self.draw.snapped
        on_it = held is not None and found.line.distance(shapely.Point(held.place)) < 1e-6
        return held.place if held is not None and on_it else found.place

    def _between(self, start: _Found, end: _Found) -> shapely.LineString:
        if (start.cls, start.id) == (end.cls, end.id) and start.line.equals(end.line):
            return along(start.line, start.place, end.place)
        if start.cls != end.cls:
            return along_network(_noded([*self._net, end.line]), start.place, end.place)
        return along_network(self._net, start.place, end.place)

    def _lines(self, start: _Found) -> list[shapely.LineString]:
        """The lines of the class in view, which are the net for the way."""
        canvas = self.draw.canvas
        arrays = canvas.scene.arrays[start.cls]
        found = [
            (part, int(position)) for part, positions in arrays.visible(canvas.view.bbox) for position in positions
        ]
        if len(found) > MOST:
            middles = np.array([part.bounds[p, :2] + part.bounds[p, 2:] for part, p in found]) / 2
            nearest = np.argsort(np.hypot(*(middles - start.place).T))[:MOST]
            found = [found[i] for i in nearest]
        rings = [ring for part, position in found for ring in part.rings(position) if len(ring) > 1]
        return _noded([start.line, *(shapely.LineString(ring) for ring in rings)])


class Offset(Mode):
    """Click a line, then say by the mouse, or by typing, how far and on which side its parallel runs."""

    name, text, image, kinds = "offset", mark("draw|Parallel of a line"), "mdi6.arrow-expand-horizontal", ("line",)

    def __init__(self, draw: object) -> None:
        super().__init__(draw)  # type: ignore[arg-type]
        self._source: _Found | None = None
        self._hovered: _Found | None = None

    @property
    def hint(self) -> str:
        if self._source is None:
            return tr("Click the line whose parallel is to be drawn")
        return tr("Click how far away and on which side, or type the distance")

    @property
    def begun(self) -> bool:
        return self._source is not None

    @property
    def last(self) -> Place | None:
        """The place on the line nearest to the cursor: from there the distance is counted."""
        if self._source is None or self.draw.cursor_place is None:
            return None
        met = shapely.shortest_line(self._source.line, shapely.Point(self.draw.cursor_place))
        return tuple(met.coords[0]) if met is not None else None

    def move(self, at: Pointer) -> None:
        self._hovered = _line_at(self, at) if self._source is None else None

    def click(self, at: Pointer, place: Place, held: Snapped | None) -> None:
        if self._source is None:
            self._source = _line_at(self, at)
            if self._source is None:
                raise Refusal("drawing.no_line")
            return
        self.accept(place, held)

    def accept(self, place: Place, held: Snapped | None = None, shift: bool = False) -> None:
        if self._source is not None:
            self._make(self._signed(place))

    def measured(self, metres: float) -> bool:
        if self._source is None or self.draw.cursor_place is None:
            return False
        side = 1.0 if self._signed(self.draw.cursor_place) >= 0 else -1.0
        self._make(metres * side)
        return True

    def back(self) -> bool:
        begun = self._source is not None
        self._source = None
        return begun

    def paint(self, painter: QPainter, palette: Palette) -> None:
        _paint_line(self, painter, palette, self._source or self._hovered)
        if self._source is None or self.draw.at is None:
            return
        fixed = self.draw.constraints.distance
        away = self._signed(self.draw.at)
        if fixed is not None:
            away = fixed if away >= 0 else -fixed
        try:
            self.paint_ring(painter, palette, offset_line(self._source.line, away) if away else None)
        except Refusal:
            return  # said when it is clicked

    def _make(self, away: float) -> None:
        assert self._source is not None
        made = offset_line(self._source.line, away)
        self._source = None
        self.draw.set_figure(made)

    def _signed(self, place: Place) -> float:
        """Metres from the line, positive to its right."""
        assert self._source is not None
        line = self._source.line
        point = shapely.Point(place)
        xy = shapely.get_coordinates(line)
        edges = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1))
        a, b = shapely.get_coordinates(edges[int(np.argmin(shapely.distance(edges, point)))])
        turn = (b[0] - a[0]) * (place[1] - a[1]) - (b[1] - a[1]) * (place[0] - a[0])
        return float(line.distance(point)) * (-1.0 if turn > 0 else 1.0)


def _noded(lines: list[shapely.LineString]) -> list[shapely.LineString]:
    """The lines cut wherever they meet: roads cross on the map without a common vertex."""
    return list(shapely.get_parts(shapely.node(shapely.MultiLineString(lines))))


def _paint_line(mode: Mode, painter: QPainter, palette: Palette, found: _Found | None) -> None:
    """The existing line that is being followed."""
    if found is None:
        return

    pen = QPen(QColor(palette.hover), 4.0)
    color = pen.color()
    color.setAlphaF(0.45)
    pen.setColor(color)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pixels = mode.draw.canvas.view.pixels(shapely.get_coordinates(found.line))
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in pixels]))
