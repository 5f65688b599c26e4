"""Simplify, smooth, offset: the selection's new course is shown while a figure is chosen, and made with Enter."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from desktop.shell.words import mark, tr
from desktop.tools.figure_card import FigureCard, Scale
from desktop.tools.outlines import MOST, paint_runs, runs_of
from desktop.tools.tool import Pointer, Tool, paint_vertex
from gis.cartography.palette import Palette
from gis.editing.intents import Batch, Intent, Paste, UpdateMany
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.geometry.lines import offset_line, simplify, smooth

SHOWN = 400  # features whose new course is drawn while the figure changes


class _Course(Tool):
    """Holds the shapes of the selection and the figure chosen; Escape leaves everything as it is."""

    cursor = Qt.CursorShape.ArrowCursor
    kinds: tuple[str, ...] = ("line", "polygon", "multipolygon")
    title = ""
    scale = Scale(1.0, 0.1, 100.0, 1, " m")

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._columns: list[Columns] = []
        self._shown: list[shapely.Geometry] = []
        self._card: FigureCard | None = None
        self._last: Pointer | None = None

    @property
    def busy(self) -> bool:
        return self._card is not None

    @property
    def figure(self) -> float:
        """The figure chosen."""
        return self._card.value if self._card is not None else self.scale.first

    def enter(self) -> None:
        session = self.canvas.session
        chosen = {
            cls: ids for cls, ids in self.canvas.selection.items() if self.canvas.scene.geometry_kind(cls) in self.kinds
        }  # fmt: skip
        if sum(map(len, chosen.values())) > MOST:
            self.canvas.failed.emit(Refusal("modify.too_many", limit=MOST))
            return
        self._columns = [session.columns(cls, [], ids=ids, geometry=True) for cls, ids in chosen.items()]
        self._card = FigureCard(self.canvas, self.title, self.scale)
        self._card.chosen.connect(self._preview)
        self._card.agreed.connect(self._apply)
        self._card.given_up.connect(self._end)
        self._card.open()
        self._preview()

    def leave(self) -> None:
        if self._card is not None:
            self._card.close_for_good()
            self._card = None
        self._columns, self._shown = [], []
        self.canvas.update()

    def press(self, at: Pointer) -> None:
        self._last = at

    def move(self, at: Pointer) -> None:
        """A drag moves the map."""
        if self._last is not None and at.left:
            self.canvas.pan_by(round(at.px - self._last.px), round(at.py - self._last.py))
            self._last = at

    def release(self, at: Pointer) -> None:
        self._last = None

    def answered(self, intent: object, error: Exception | None) -> None:
        if error is None and self.canvas.tool is self:
            self._end()

    def key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape:
            self._end()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._apply()
            return True
        return False

    def paint(self, painter: QPainter, palette: Palette) -> None:
        view = self.canvas.view
        runs = [run for shape in self._shown for run in runs_of(shape)]
        paint_runs(painter, view, palette, runs)
        if sum(map(len, runs)) <= 2000:
            for run in runs:
                for x, y in view.pixels(run):
                    paint_vertex(painter, palette, QPointF(x, y))

    def course(self, shape: shapely.Geometry) -> shapely.Geometry:
        """The new course of one shape for the figure chosen. Raises Refusal."""
        raise NotImplementedError

    def wish(self, made: list[Columns]) -> Intent | None:
        """What is to be done with the new courses."""
        count = sum(map(len, made))
        return Batch(f"modify.{self.name}", {"count": count}, [UpdateMany(one) for one in made]) if count else None

    def said(self, made: list[shapely.Geometry]) -> str:
        """What the card says of the shapes in view of the figure."""
        before = sum(int(shapely.get_num_coordinates(s)) for one in self._columns for s in one.geometry[:SHOWN])
        after = sum(int(shapely.get_num_coordinates(shape)) for shape in made)
        return tr("{before} → {after} vertices", before=before, after=after)

    def _preview(self) -> None:
        if self._card is None:
            return
        try:
            self._shown = [self.course(s) for one in self._columns for s in one.geometry[:SHOWN]]
            self._card.say(self.said(self._shown))
        except Refusal as refusal:
            from desktop.shell.words import language

            self._shown = []
            self._card.say(refusal.message(language()), problem=True)
        self.canvas.update()

    def _apply(self) -> None:
        try:
            made = [self._made(one) for one in self._columns]
        except Refusal as refusal:
            self.canvas.failed.emit(refusal)
            return
        intent = self.wish([one for one in made if len(one)])
        if intent is None:
            self._end()
        else:
            self.canvas.intentMade.emit(intent)

    def _made(self, given: Columns) -> Columns:
        """The rows whose course changes."""
        assert given.geometry is not None
        shapes: NDArray[Any] = np.empty(len(given), object)
        shapes[:] = [self.course(shape) for shape in given.geometry]
        changed = ~shapely.equals_exact(shapes, given.geometry)
        return Columns(given.cls, given.ids[changed], {}, shapes[changed])

    def _end(self) -> None:
        self.canvas.toolEnded.emit()
        if self.canvas.tool is self:  # no window took up another tool
            self.leave()


class Simplify(_Course):
    """Fewer vertices, nowhere further off than the tolerance."""

    name = "simplify"
    title = mark("Simplify: tolerance")
    scale = Scale(1.0, 0.05, 100.0, 2, " m")

    @property
    def hint(self) -> str:
        return tr("Choose how far the new course may be off the old one; Enter simplifies, Esc leaves it as it is")

    def course(self, shape: shapely.Geometry) -> shapely.Geometry:
        return simplify(shape, self.figure)


class Smooth(_Course):
    """Rounder corners."""

    name = "smooth"
    title = mark("Smooth: times")
    scale = Scale(2.0, 1.0, 5.0, 0, "")

    @property
    def hint(self) -> str:
        return tr("Choose how often corners are cut; Enter smooths, Esc leaves it as it is")

    def course(self, shape: shapely.Geometry) -> shapely.Geometry:
        return smooth(shape, round(self.figure))


class Offset(_Course):
    """Parallel copies of lines, to the right of their course, with a figure below 0 to the left."""

    name = "offset"
    kinds = ("line",)
    title = mark("Parallel copy: distance")
    scale = Scale(5.0, -100.0, 100.0, 2, " m")

    @property
    def hint(self) -> str:
        return tr("Choose the distance: to the right of the line, below 0 to its left; Enter makes the copies")

    def course(self, shape: shapely.Geometry) -> shapely.Geometry:
        if self.figure == 0:
            raise Refusal("geometry.no_parallel")
        return offset_line(shape, self.figure)

    def said(self, made: list[shapely.Geometry]) -> str:
        return tr("{count} copies", count=len(made))

    def wish(self, made: list[Columns]) -> Intent | None:
        wishes: list[Intent] = []
        for one in made:
            ends = {field.name for field in self.canvas.session.catalogue[one.cls].ends}
            rows = []
            for id, shape in zip(one.ids.tolist(), one.geometry, strict=True):  # type: ignore[arg-type]
                row = self.canvas.session.row(one.cls, id) or {}
                rows.append({key: value for key, value in row.items() if key not in ends} | {"geom": shape})
            wishes.append(Paste(one.cls, rows))
        return Batch("modify.offset", {"count": sum(map(len, made))}, wishes) if wishes else None
