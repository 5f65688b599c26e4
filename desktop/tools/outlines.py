"""The coordinates of features as tools take hold of them: runs of vertices that can be changed and put together again.

A run is float64 (n, 2); the runs of a polygon are closed, the first vertex stands at the end again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from desktop.tools.tool import band_pen
from gis.cartography.palette import Palette
from gis.cartography.view import View

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas

SAME = 1e-3  # metres within which two vertices are one
MOST = 20_000  # features whose shapes a tool reads at once
Run = NDArray[np.float64]
Place = tuple[float, float]


def runs_of(geometry: shapely.Geometry) -> list[Run]:
    """Every run of coordinates of a geometry, in the order in which ``rebuilt`` takes them back."""
    kind = geometry.geom_type
    if kind == "Polygon":
        return [shapely.get_coordinates(ring) for ring in (geometry.exterior, *geometry.interiors)]
    if kind.startswith("Multi"):
        return [run for part in geometry.geoms for run in runs_of(part)]
    return [shapely.get_coordinates(geometry)]


def rebuilt(geometry: shapely.Geometry, runs: Sequence[Run]) -> shapely.Geometry:
    """The geometry with other coordinates and the same parts."""
    kind = geometry.geom_type
    if kind == "Point":
        return shapely.Point(runs[0][0])
    if kind == "LineString":
        return shapely.LineString(runs[0])
    if kind == "Polygon":
        return shapely.Polygon(runs[0], runs[1:])
    made, at = [], 0
    for polygon in geometry.geoms:
        n = 1 + len(polygon.interiors)
        made.append(shapely.Polygon(runs[at], runs[at + 1 : at + n]))
        at += n
    return shapely.MultiPolygon(made)


def at_place(run: Run, place: Place) -> NDArray[np.bool_]:
    """Which vertices of a run stand at a place."""
    mask: NDArray[np.bool_] = np.hypot(run[:, 0] - place[0], run[:, 1] - place[1]) <= SAME
    return mask


def carried(runs: Sequence[Run], old: Place, new: Place) -> list[Run]:
    """The runs with every vertex at ``old`` at ``new``."""
    made = []
    for run in runs:
        mask = at_place(run, old)
        made.append(np.where(mask[:, None], new, run) if mask.any() else run)
    return made


def inserted(runs: Sequence[Run], a: Place, b: Place, place: Place) -> list[Run]:
    """The runs with a vertex more wherever an edge leads from a to b, or from b to a."""
    made = []
    for run in runs:
        at_a, at_b = at_place(run, a), at_place(run, b)
        edges = np.flatnonzero((at_a[:-1] & at_b[1:]) | (at_b[:-1] & at_a[1:]))
        made.append(np.insert(run, edges + 1, place, axis=0) if len(edges) else run)
    return made


def without_vertex(run: Run, vertex: int, closed: bool) -> Run | None:
    """A run with one vertex less; None when too few would be left."""
    if len(run) <= (4 if closed else 2):
        return None
    if closed and vertex in (0, len(run) - 1):
        run = run[1:-1]
        return np.vstack([run, run[:1]])
    return np.delete(run, vertex, axis=0)


def neighbours_at(canvas: MapCanvas, own: tuple[str, int], place: Place) -> list[tuple[int, shapely.Geometry]]:
    """The other areas of a class with a vertex at a place, among what is drawn."""
    cls, id = own
    for layer in canvas.scene.drawn_layers():
        if layer.style.cls != cls or layer.style.kind != "polygon":
            continue
        box = (place[0] - SAME, place[1] - SAME, place[0] + SAME, place[1] + SAME)
        found = []
        for part, positions in layer.arrays.drawn(box, layer.style, canvas.view.scale_denominator):
            found += [
                int(part.ids[position])
                for position in positions.tolist()
                if int(part.ids[position]) != id and any(at_place(run, place).any() for run in part.rings(position))
            ]
        shapes = [(other, canvas.scene.geometry(cls, other)) for other in found]
        return [(other, shape) for other, shape in shapes if shape is not None]
    return []


def paint_runs(
    painter: QPainter, view: View, palette: Palette, runs: Iterable[Run], dashed: bool = False, dot: float = 6.0
) -> None:
    """Rubber bands along runs of project coordinates; a single vertex is a ring."""
    painter.setPen(band_pen(palette, dashed))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for run in runs:
        points = view.pixels(run)
        if len(points) == 1:
            painter.drawEllipse(QPointF(*points[0]), dot, dot)
        else:
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))
