"""Holes and gaps of areas: cut a hole, fill one, close the gap between neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import shapely
from PySide6.QtCore import Qt
from shapely.geometry.base import BaseGeometry

from desktop.shell.words import tr
from desktop.tools.outlines import MOST
from desktop.tools.stroke import Stroke
from desktop.tools.tool import Pointer, Tool
from gis.editing.intents import Create, Reshape
from gis.errors import Refusal
from gis.geometry.splitting import cut_hole, gap_at, without_hole


class CutHole(Stroke):
    """Cuts what is drawn out of the area around it: the selected one, or the smallest there."""

    name = "cut_hole"
    least = 3
    closed = True

    @property
    def hint(self) -> str:
        return tr("Click the corners of the hole inside an area; double-click or Enter cuts it, Esc takes back a point")

    def finish(self, detach: bool) -> None:
        hole = shapely.Polygon(self.places)
        if not hole.is_valid:
            self.canvas.failed.emit(Refusal("canvas.crossing"))
            return  # the corners stay, to be mended
        problem = Refusal("modify.no_area")
        for cls, id, shape in areas_around(self, *self.places[0]):
            try:
                made = cut_hole(shape, hole)
            except Refusal as refusal:
                problem = refusal
                continue
            self.drop()
            self.canvas.intentMade.emit(Reshape(cls, id, made))
            return
        self.canvas.failed.emit(problem)


class _AtPlace(Tool):
    """Does one thing where it is clicked."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._pressed: Pointer | None = None

    def press(self, at: Pointer) -> None:
        self._pressed = at

    def release(self, at: Pointer) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None or at.far_from(pressed):
            return
        try:
            self.use(at.x, at.y)
        except Refusal as refusal:
            self.canvas.failed.emit(refusal)

    def key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape:
            self.canvas.toolEnded.emit()
        return key == Qt.Key.Key_Escape

    def use(self, x: float, y: float) -> None:
        """Do it. Raises Refusal."""
        raise NotImplementedError


class FillHole(_AtPlace):
    """Fills the hole around a click."""

    name = "fill_hole"

    @property
    def hint(self) -> str:
        return tr("Click inside the hole that is to be filled; Esc ends")

    def use(self, x: float, y: float) -> None:
        for cls, id, shape in areas_around(self, x, y):
            try:
                made = without_hole(shape, (x, y))
            except Refusal:
                continue
            self.canvas.intentMade.emit(Reshape(cls, id, made))
            return
        raise Refusal("geometry.no_hole")


class FillGap(_AtPlace):
    """Fills the empty place that areas of one class enclose: the selected neighbour grows, or a new area is made."""

    name = "fill_gap"

    @property
    def hint(self) -> str:
        return tr(
            "Click the gap between areas: the selected neighbour grows over it, else a new area is made; Esc ends"
        )

    def use(self, x: float, y: float) -> None:
        canvas = self.canvas
        shown = [layer.style.cls for layer in reversed(canvas.scene.drawn_layers()) if layer.style.kind == "polygon"]
        for cls in sorted(shown, key=lambda name: name not in canvas.selection):
            around = canvas.session.columns(cls, [], bbox=canvas.view.bbox, geometry=True, limit=MOST)
            try:
                gap = gap_at(list(around.geometry), (x, y))
            except Refusal:
                continue
            chosen = set(canvas.selection.get(cls, ()))
            for id, shape in zip(around.ids.tolist(), around.geometry, strict=True):
                if id in chosen and shapely.get_dimensions(shapely.intersection(shape.boundary, gap.boundary)) == 1:
                    canvas.intentMade.emit(Reshape(cls, id, shapely.union(shape, gap)))
                    return
            multi = canvas.scene.geometry_kind(cls) == "multipolygon"
            fields = canvas.session.catalogue[cls].fields
            row = {f.name: f.codes[-1].value for f in fields if f.required and f.codes and f.default is None}
            canvas.intentMade.emit(Create(cls, [row | {"geom": shapely.MultiPolygon([gap]) if multi else gap}]))
            return
        raise Refusal("geometry.no_gap")


def areas_around(tool: Tool, x: float, y: float) -> Iterator[tuple[str, int, BaseGeometry]]:
    """The areas drawn around a place, holes counted in, the selected ones first, then the smallest."""
    canvas = tool.canvas
    found = []
    for layer in canvas.scene.drawn_layers():
        if layer.style.kind != "polygon":
            continue
        cls = layer.style.cls
        for part, positions in layer.arrays.drawn((x, y, x, y), layer.style, canvas.view.scale_denominator):
            for position in positions.tolist():
                id = int(part.ids[position])
                x0, y0, x1, y1 = part.bounds[position]
                unselected = id not in canvas.selection.get(cls, ())
                found.append((unselected, float((x1 - x0) * (y1 - y0)), cls, id))
    for _, _, cls, id in sorted(found):
        shape = canvas.scene.geometry(cls, id)
        if shape is not None and shape.geom_type in ("Polygon", "MultiPolygon"):
            yield cls, id, shape
