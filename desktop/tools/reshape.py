"""Reshape: drag, add and remove the vertices and edges of one line or area, or drag one point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.shell.words import tr
from desktop.tools.outlines import Place, Run, carried, inserted, neighbours_at, paint_runs, rebuilt, runs_of
from desktop.tools.outlines import without_vertex as one_less
from desktop.tools.snapping import paint_snapped
from desktop.tools.tool import Pointer, Tool, paint_vertex
from gis.cartography.palette import Palette
from gis.cartography.snapping import Snapped
from gis.editing.intents import Batch, Intent, Reshape

GRIP = 8.0  # pixels within which a vertex or edge is taken hold of
ROOM = 28.0  # pixels an edge must be long to show a handle in its middle
MOST_HANDLES = 2000  # vertices of a feature in view; of more only the line is shown


@dataclass(frozen=True, slots=True)
class _Grip:
    run: int
    vertex: int  # of an edge its first one
    part: Literal["vertex", "middle", "edge"] = "vertex"


@dataclass(slots=True)
class _Neighbour:
    """Another area that shares a vertex, and its runs as they would be."""

    id: int
    geometry: shapely.Geometry
    before: list[Run]
    runs: list[Run]


class ReshapeFeature(Tool):
    """Works on the one selected feature; a click on another one selects it. Areas that share a vertex follow."""

    name = "reshape"
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._feature: tuple[str, int] | None = None
        self._geometry: shapely.Geometry | None = None
        self._before: list[Run] = []
        self._runs: list[Run] = []
        self._along: list[_Neighbour] = []
        self._grip: _Grip | None = None
        self._chosen: _Grip | None = None
        self._pressed: Pointer | None = None
        self._at: Pointer | None = None
        self._dragged = False
        self._snapped: Snapped | None = None

    @property
    def hint(self) -> str:
        if self._feature is None:
            return tr("Click the feature to reshape")
        if self._geometry is not None and self._geometry.geom_type == "Point":
            return tr("Drag the point; Alt detaches what stands on it, Esc lets go of it")
        return tr(
            "Drag a vertex or an edge; the ring in an edge's middle adds a vertex; Del or right click removes one;"
            " Alt detaches"
        )

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

    def answered(self, intent: object, error: Exception | None) -> None:
        if error is not None:
            self._take_selection()  # it is still as it was
            self.canvas.tell_hint()

    def press(self, at: Pointer) -> None:
        self._pressed, self._dragged = at, False
        self._take_selection(keep=True)
        self._before = list(self._runs)
        self._grip = self._near_vertex(at) or self._near_middle(at) or self._near_edge(at)
        self._chosen = self._grip if self._grip is not None and self._grip.part == "vertex" else None
        self._along = self._neighbours(self._grip)
        self.canvas.update()

    def move(self, at: Pointer) -> None:
        self._at = at
        if self._pressed is None or self._grip is None or not at.left:
            self.canvas.update()
            return
        if not self._dragged and not at.far_from(self._pressed):
            return
        self._dragged = True
        self._drag(self._grip, at)
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        pressed, dragged, grip = self._pressed, self._dragged, self._grip
        self._pressed, self._dragged, self._grip, self._snapped = None, False, None, None
        if dragged:
            self._emit(at.alt)
        elif pressed is not None and grip is not None and grip.part == "middle":
            self._insert(grip, self._middle(grip))
        elif pressed is not None and (grip is None or grip.part == "edge"):
            self._select(at)
        self.canvas.update()

    def double_click(self, at: Pointer) -> None:
        self._pressed = None
        edge = self._near_edge(at)
        if edge is not None and self._near_vertex(at) is None:
            self._insert(edge, (at.x, at.y))

    def menu(self, at: Pointer) -> bool:
        """The right button removes the vertex under it."""
        grip = self._near_vertex(at)
        return grip is not None and self._remove(grip)

    def key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape:
            return self._back()
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._chosen is not None:
            return self._remove(self._chosen)
        return False

    def paint(self, painter: QPainter, palette: Palette) -> None:
        view = self.canvas.view
        paint_runs(painter, view, palette, [run for one in self._along for run in one.runs], dashed=True)
        paint_runs(painter, view, palette, self._runs)
        if sum(map(len, self._runs)) <= MOST_HANDLES:
            for i, run in enumerate(self._runs):
                points = view.pixels(run)
                self._paint_middles(painter, palette, points)
                for v, (x, y) in enumerate(points):
                    paint_vertex(painter, palette, QPointF(x, y), self._chosen == _Grip(i, v))
        if self._snapped is not None:
            paint_snapped(painter, palette, view, self._snapped)

    # -------------------------------------------------------------------------------------------------- taking it up
    def _drop(self) -> None:
        self._feature, self._geometry, self._runs, self._before, self._along = None, None, [], [], []
        self._grip = self._chosen = self._pressed = self._snapped = None
        self._dragged = False
        self.canvas.update()

    def _back(self) -> bool:
        """Escape: first the drag, then the chosen vertex, then the feature."""
        if self._dragged:
            self._runs, self._along = list(self._before), []
            self._grip = self._pressed = self._snapped = None
            self._dragged = False
        elif self._chosen is not None:
            self._chosen = None
        elif self._feature is not None:
            self._drop()
            self.canvas.set_selection({})
        else:
            self.canvas.toolEnded.emit()
            return True
        self.canvas.tell_hint()
        self.canvas.update()
        return True

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
            self._runs = runs_of(geometry)

    def _select(self, at: Pointer) -> None:
        hit = next(iter(self.canvas.hits(at.px, at.py)), None)
        self.canvas.set_selection({hit.cls: [hit.id]} if hit is not None else {})
        if hit is not None:
            self.canvas.identified.emit(hit.cls, hit.id)
        self._take_selection(keep=True)
        self.canvas.tell_hint()

    def _closed(self) -> bool:
        return self._geometry is not None and self._geometry.geom_type in ("Polygon", "MultiPolygon")

    def _valid(self, grip: _Grip) -> bool:
        return grip.run < len(self._runs) and grip.vertex < len(self._runs[grip.run])

    def _near_vertex(self, at: Pointer) -> _Grip | None:
        best, nearest = None, GRIP
        for i, run in enumerate(self._runs):
            away = np.hypot(*(self.canvas.view.pixels(run) - (at.px, at.py)).T)
            v = int(away.argmin())
            if away[v] <= nearest:
                best, nearest = _Grip(i, v), float(away[v])
        return best

    def _near_middle(self, at: Pointer) -> _Grip | None:
        for i, run in enumerate(self._runs):
            points = self.canvas.view.pixels(run)
            if len(points) < 2:
                continue
            long = np.hypot(*np.diff(points, axis=0).T) >= ROOM
            away = np.where(long, np.hypot(*((points[:-1] + points[1:]) / 2 - (at.px, at.py)).T), np.inf)
            if away.min() <= GRIP * 0.75:
                return _Grip(i, int(away.argmin()), "middle")
        return None

    def _near_edge(self, at: Pointer) -> _Grip | None:
        best, nearest = None, GRIP
        for i, run in enumerate(self._runs):
            points = self.canvas.view.pixels(run) - (at.px, at.py)
            if len(points) < 2:
                continue
            along = np.diff(points, axis=0)
            length2 = np.maximum((along**2).sum(axis=1), 1e-12)
            t = np.clip(-(points[:-1] * along).sum(axis=1) / length2, 0, 1)
            away = np.hypot(*(points[:-1] + along * t[:, None]).T)
            v = int(away.argmin())
            if away[v] <= nearest:
                best, nearest = _Grip(i, v, "edge"), float(away[v])
        return best

    # ----------------------------------------------------------------------------------------------------- changing it
    def _ends(self, grip: _Grip) -> list[Place]:
        """The vertices a grip concerns, as they were when it was taken."""
        run = self._before[grip.run]
        upto = grip.vertex + (1 if grip.part == "vertex" else 2)
        return [(float(x), float(y)) for x, y in run[grip.vertex : upto]]

    def _middle(self, grip: _Grip) -> Place:
        (ax, ay), (bx, by) = self._ends(grip)
        return (ax + bx) / 2, (ay + by) / 2

    def _neighbours(self, grip: _Grip | None) -> list[_Neighbour]:
        if grip is None or self._feature is None or not self._closed():
            return []
        found: dict[int, shapely.Geometry] = {}
        for place in self._ends(grip):
            found.update(neighbours_at(self.canvas, self._feature, place))
        return [_Neighbour(id, shape, runs_of(shape), runs_of(shape)) for id, shape in found.items()]

    def _drag(self, grip: _Grip, at: Pointer) -> None:
        """What the feature and its neighbours look like with the grip at the cursor; with Alt neighbours stay."""
        place = self._place(at)
        self._runs = list(self._before)
        for one in self._along:
            one.runs = list(one.before)
        if grip.part == "middle":
            a, b = self._ends(grip)
            self._runs[grip.run] = np.insert(self._before[grip.run], grip.vertex + 1, place, axis=0)
            self._neighbours_become(at.alt, lambda runs: inserted(runs, a, b, place))
        elif grip.part == "vertex":
            (old,) = self._ends(grip)
            self._set(grip.run, grip.vertex, place)
            self._neighbours_become(at.alt, lambda runs: carried(runs, old, place))
        elif self._pressed is not None:
            dx, dy = at.x - self._pressed.x, at.y - self._pressed.y
            for n, old in enumerate(self._ends(grip)):
                new = (old[0] + dx, old[1] + dy)
                self._set(grip.run, grip.vertex + n, new)
                self._neighbours_become(at.alt, lambda runs, old=old, new=new: carried(runs, old, new))

    def _neighbours_become(self, alone: bool, change) -> None:  # type: ignore[no-untyped-def]
        for one in self._along if not alone else ():
            one.runs = change(one.runs)

    def _place(self, at: Pointer) -> Place:
        """Where the grip goes: onto what the cursor holds on to, or under it."""
        if self._grip is None or self._grip.part == "edge" or self._feature is None:
            self._snapped = None
            return at.x, at.y
        along = [(self._feature[0], one.id) for one in self._along]
        self._snapped = self.canvas.snapping.find(self.canvas, at.px, at.py, skip=[self._feature, *along])
        return self._snapped.place if self._snapped is not None else (at.x, at.y)

    def _set(self, run: int, vertex: int, place: Place) -> None:
        made = self._runs[run].copy()
        made[vertex] = place
        if self._closed() and vertex in (0, len(made) - 1):
            made[0] = made[-1] = place
        self._runs[run] = made

    def _insert(self, edge: _Grip, place: Place) -> None:
        self._before = list(self._runs)
        a, b = self._ends(_Grip(edge.run, edge.vertex, "edge"))
        self._along = self._neighbours(_Grip(edge.run, edge.vertex, "edge"))
        self._runs[edge.run] = np.insert(self._runs[edge.run], edge.vertex + 1, place, axis=0)
        self._neighbours_become(False, lambda runs: inserted(runs, a, b, place))
        self._chosen = _Grip(edge.run, edge.vertex + 1)
        self._emit()

    def _remove(self, grip: _Grip) -> bool:
        made = one_less(self._runs[grip.run], grip.vertex, self._closed()) if self._valid(grip) else None
        if made is None:
            return False
        self._before = list(self._runs)
        (old,) = self._ends(_Grip(grip.run, grip.vertex))
        self._along = self._neighbours(_Grip(grip.run, grip.vertex))
        for one in self._along:
            for i, run in enumerate(one.runs):
                found = np.flatnonzero(np.hypot(*(run - old).T) <= 1e-3)
                if len(found):
                    less = one_less(run, int(found[0]), closed=True)
                    one.runs[i] = run if less is None else less
        self._runs[grip.run] = made
        self._chosen = None
        self._emit()
        return True

    def _emit(self, detach: bool = False) -> None:
        if self._feature is None or self._geometry is None:
            return
        cls, id = self._feature
        wishes: list[Intent] = [Reshape(cls, id, rebuilt(self._geometry, self._runs), detach)]
        changed = [
            one for one in self._along if any(a is not b for a, b in zip(one.runs, one.before, strict=True))
        ]  # fmt: skip
        wishes += [Reshape(cls, one.id, rebuilt(one.geometry, one.runs)) for one in changed if not detach]
        self._along = []
        label = {"count": len(wishes)}
        self.canvas.intentMade.emit(wishes[0] if len(wishes) == 1 else Batch("modify.reshaped", label, wishes))
        self.canvas.update()

    def _paint_middles(self, painter: QPainter, palette: Palette, points: Run) -> None:
        if len(points) < 2 or self._dragged:
            return
        long = np.hypot(*np.diff(points, axis=0).T) >= ROOM
        painter.setPen(QPen(QColor(palette.selection), 1.2))
        painter.setBrush(QColor(palette.halo))
        for x, y in ((points[:-1] + points[1:]) / 2)[long]:
            painter.drawEllipse(QPointF(x, y), 3.0, 3.0)
