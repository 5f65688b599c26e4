"""Reshape: drag, add and remove the vertices of one line or area, or drag one point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from desktop.shell.words import tr
from desktop.tools.tool import Pointer, Tool, band_pen, paint_snap, paint_vertex
from gis.cartography.palette import Palette
from gis.editing.intents import Reshape

GRIP = 8.0  # pixels within which a vertex or edge is taken hold of


@dataclass(frozen=True, slots=True)
class _Grip:
    ring: int
    vertex: int


class ReshapeFeature(Tool):
    """Works on the one selected feature; a click on another one selects it."""

    name = "reshape"
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._feature: tuple[str, int] | None = None
        self._geometry: shapely.Geometry | None = None
        self._rings: list[np.ndarray] = []
        self._grip: _Grip | None = None
        self._chosen: _Grip | None = None
        self._pressed: Pointer | None = None
        self._dragged = False
        self._snapped: QPointF | None = None

    @property
    def hint(self) -> str:
        if self._feature is None:
            return tr("Click the feature to reshape")
        return tr("Drag a vertex; double-click an edge adds one, Delete removes the chosen one")

    @property
    def busy(self) -> bool:
        return self._dragged

    def enter(self) -> None:
        self._take_selection()

    def leave(self) -> None:
        self._drop()

    def refreshed(self) -> None:
        if not self._dragged:
            chosen = self._chosen
            self._take_selection()
            if chosen is not None and self._valid(chosen):
                self._chosen = chosen

    def press(self, at: Pointer) -> None:
        self._pressed, self._dragged = at, False
        self._take_selection(keep=True)
        self._grip = self._near_vertex(at)
        self._chosen = self._grip
        self.canvas.update()

    def move(self, at: Pointer) -> None:
        if self._pressed is None or self._grip is None or not at.left:
            return
        if not self._dragged and not at.far_from(self._pressed):
            return
        self._dragged = True
        target = None if at.alt or self._feature is None else self.canvas.snap(at.px, at.py, [self._feature])
        place = (target.x, target.y) if target is not None else (at.x, at.y)
        self._snapped = self.to_pixels(*place) if target is not None else None
        self._set(self._grip, place)
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        pressed, dragged, grip = self._pressed, self._dragged, self._grip
        self._pressed, self._dragged, self._grip, self._snapped = None, False, None, None
        if dragged:
            self._emit()
        elif pressed is not None and grip is None:
            hit = next(iter(self.canvas.hits(at.px, at.py)), None)
            self.canvas.set_selection({hit.cls: [hit.id]} if hit is not None else {})
            if hit is not None:
                self.canvas.identified.emit(hit.cls, hit.id)
            self._take_selection()
            self.canvas.tell_hint()
        self.canvas.update()

    def double_click(self, at: Pointer) -> None:
        self._pressed = None
        edge = self._near_edge(at)
        if edge is None or self._near_vertex(at) is not None:
            return
        ring = self._rings[edge.ring]
        self._rings[edge.ring] = np.insert(ring, edge.vertex + 1, (at.x, at.y), axis=0)
        self._chosen = _Grip(edge.ring, edge.vertex + 1)
        self._emit()

    def key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and (self._dragged or self._feature is not None):
            self._drop()
            self.canvas.set_selection({})
            self.canvas.tell_hint()
            return True
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._chosen is not None:
            return self._remove(self._chosen)
        return False

    def paint(self, painter: QPainter, palette: Palette) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for i, ring in enumerate(self._rings):
            points = [QPointF(x, y) for x, y in self.canvas.view.pixels(ring)]
            painter.setPen(band_pen(palette))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(points))
            for v, point in enumerate(points):
                paint_vertex(painter, palette, point, self._chosen == _Grip(i, v))
        if self._snapped is not None:
            paint_snap(painter, palette, self._snapped)

    # ----------------------------------------------------------------------------------------------------------------
    def _drop(self) -> None:
        self._feature, self._geometry, self._rings = None, None, []
        self._grip = self._chosen = self._pressed = self._snapped = None
        self._dragged = False
        self.canvas.update()

    def _take_selection(self, keep: bool = False) -> None:
        """Take up the one selected feature; ``keep`` what is already held of it."""
        chosen = [(cls, int(i)) for cls, ids in self.canvas.selection.items() for i in ids[:2]]
        feature = chosen[0] if len(chosen) == 1 else None
        if keep and feature == self._feature:
            return
        self._drop()
        geometry = self.canvas.scene.geometry(*feature) if feature is not None else None
        if feature is not None and geometry is not None and not geometry.is_empty:
            self._feature, self._geometry = feature, geometry
            self._rings = _rings(geometry)

    def _closed(self) -> bool:
        return self._geometry is not None and self._geometry.geom_type in ("Polygon", "MultiPolygon")

    def _valid(self, grip: _Grip) -> bool:
        return grip.ring < len(self._rings) and grip.vertex < len(self._rings[grip.ring])

    def _near_vertex(self, at: Pointer) -> _Grip | None:
        best, nearest = None, GRIP
        for i, ring in enumerate(self._rings):
            away = np.hypot(*(self.canvas.view.pixels(ring) - (at.px, at.py)).T)
            v = int(away.argmin())
            if away[v] <= nearest:
                best, nearest = _Grip(i, v), float(away[v])
        return best

    def _near_edge(self, at: Pointer) -> _Grip | None:
        best, nearest = None, GRIP
        for i, ring in enumerate(self._rings):
            points = self.canvas.view.pixels(ring) - (at.px, at.py)
            if len(points) < 2:
                continue
            along = np.diff(points, axis=0)
            length2 = np.maximum((along**2).sum(axis=1), 1e-12)
            t = np.clip(-(points[:-1] * along).sum(axis=1) / length2, 0, 1)
            away = np.hypot(*(points[:-1] + along * t[:, None]).T)
            v = int(away.argmin())
            if away[v] <= nearest:
                best, nearest = _Grip(i, v), float(away[v])
        return best

    def _set(self, grip: _Grip, place: tuple[float, float]) -> None:
        ring = self._rings[grip.ring].copy()
        ring[grip.vertex] = place
        if self._closed() and grip.vertex in (0, len(ring) - 1):
            ring[0] = ring[-1] = place
        self._rings[grip.ring] = ring

    def _remove(self, grip: _Grip) -> bool:
        if not self._valid(grip):
            return False
        ring = self._rings[grip.ring]
        if len(ring) <= (4 if self._closed() else 2):
            return False
        if self._closed() and grip.vertex in (0, len(ring) - 1):
            ring = ring[1:-1]
            ring = np.vstack([ring, ring[:1]])
        else:
            ring = np.delete(ring, grip.vertex, axis=0)
        self._rings[grip.ring] = ring
        self._chosen = None
        self._emit()
        return True

    def _emit(self) -> None:
        if self._feature is not None and self._geometry is not None:
            cls, id = self._feature
            self.canvas.intentMade.emit(Reshape(cls, id, _rebuilt(self._geometry, self._rings)))
        self.canvas.update()


def _rings(geometry: shapely.Geometry) -> list[np.ndarray]:
    """Every run of coordinates of a geometry, in the order in which ``_rebuilt`` takes them back."""
    kind = geometry.geom_type
    if kind == "Polygon":
        return [shapely.get_coordinates(ring) for ring in (geometry.exterior, *geometry.interiors)]
    if kind == "MultiPolygon":
        return [ring for polygon in geometry.geoms for ring in _rings(polygon)]
    return [shapely.get_coordinates(geometry)]


def _rebuilt(geometry: shapely.Geometry, rings: list[np.ndarray]) -> shapely.Geometry:
    """The geometry with other coordinates and the same parts."""
    kind = geometry.geom_type
    if kind == "Point":
        return shapely.Point(rings[0][0])
    if kind == "LineString":
        return shapely.LineString(rings[0])
    if kind == "Polygon":
        return shapely.Polygon(rings[0], rings[1:])
    made, at = [], 0
    for polygon in geometry.geoms:
        n = 1 + len(polygon.interiors)
        made.append(shapely.Polygon(rings[at], rings[at + 1 : at + n]))
        at += n
    return shapely.MultiPolygon(made)
