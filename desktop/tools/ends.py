"""Extend and Trim: pick what a line is to reach or to be cut at, then lines at the end or piece concerned."""

from __future__ import annotations

from contextlib import suppress

import shapely
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from desktop.canvas.hits import Hit
from desktop.shell.words import tr
from desktop.tools.outlines import paint_runs, runs_of
from desktop.tools.tool import Pointer, Tool
from gis.cartography.palette import Palette
from gis.editing.intents import Batch, Intent, Paste, Reshape
from gis.errors import Refusal
from gis.geometry.lines import extend_to, trim_at


class _ToTarget(Tool):
    """First click: the target; each further one: a line. Escape lets go of the target, then ends the tool."""

    cursor = Qt.CursorShape.PointingHandCursor

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._target: tuple[str, int] | None = None
        self._shape: BaseGeometry | None = None
        self._ahead: list[LineString] = []
        self._pressed: Pointer | None = None

    @property
    def busy(self) -> bool:
        return self._target is not None

    def leave(self) -> None:
        self._target, self._shape, self._ahead, self._pressed = None, None, [], None
        self.canvas.update()

    def press(self, at: Pointer) -> None:
        self._pressed = at

    def move(self, at: Pointer) -> None:
        """Show what a click would make of the line under the cursor."""
        self._ahead = []
        hit = self._line(at)
        if self._shape is not None and hit is not None:
            line = self.canvas.scene.geometry(hit.cls, hit.id)
            with suppress(Refusal):  # said when it is clicked
                self._ahead = self.made(line, self._shape, (at.x, at.y)) if isinstance(line, LineString) else []
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None or at.far_from(pressed):
            return
        if self._shape is None:
            self._take(at)
        else:
            self._use(at)
        self.canvas.tell_hint()
        self.canvas.update()

    def key(self, key: Qt.Key) -> bool:
        if key != Qt.Key.Key_Escape:
            return False
        if self._target is not None:
            self.leave()
            self.canvas.tell_hint()
        else:
            self.canvas.toolEnded.emit()
        return True

    def paint(self, painter: QPainter, palette: Palette) -> None:
        view = self.canvas.view
        if self._shape is not None:
            paint_runs(painter, view, palette, runs_of(self._shape), dashed=True)
        paint_runs(painter, view, palette, [run for line in self._ahead for run in runs_of(line)])

    def made(self, line: LineString, target: BaseGeometry, at: tuple[float, float]) -> list[LineString]:
        """What becomes of a line that is clicked at a place. Raises Refusal."""
        raise NotImplementedError

    def _take(self, at: Pointer) -> None:
        hit = next((h for h in self.canvas.hits(at.px, at.py) if self._kind(h) != "point"), None)
        shape = self.canvas.scene.geometry(hit.cls, hit.id) if hit is not None else None
        if hit is None or shape is None:
            self.canvas.failed.emit(Refusal("modify.no_target"))
        else:
            self._target, self._shape = (hit.cls, hit.id), shape

    def _use(self, at: Pointer) -> None:
        hit = self._line(at)
        line = self.canvas.scene.geometry(hit.cls, hit.id) if hit is not None else None
        if hit is None or not isinstance(line, LineString) or self._shape is None:
            self.canvas.failed.emit(Refusal("modify.no_line"))
            return
        try:
            pieces = self.made(line, self._shape, (at.x, at.y))
        except Refusal as refusal:
            self.canvas.failed.emit(refusal)
            return
        self._ahead = []
        wishes: list[Intent] = [Reshape(hit.cls, hit.id, pieces[0], at.alt)] if pieces else []
        if len(pieces) > 1:
            row = self.canvas.session.row(hit.cls, hit.id) or {}
            ends = {field.name for field in self.canvas.session.catalogue[hit.cls].ends}
            wishes.append(Paste(hit.cls, [{k: v for k, v in row.items() if k not in ends} | {"geom": pieces[1]}]))
        if wishes:
            several = Batch("modify.trim", {"count": 1}, wishes)
            self.canvas.intentMade.emit(wishes[0] if len(wishes) == 1 else several)

    def _line(self, at: Pointer) -> Hit | None:
        return next(
            (h for h in self.canvas.hits(at.px, at.py)
             if self._kind(h) == "line" and (h.cls, h.id) != self._target), None
        )  # fmt: skip

    def _kind(self, hit: Hit) -> str:
        return self.canvas.scene.geometry_kind(hit.cls)


class Extend(_ToTarget):
    """Prolongs the end of a line that is nearer to the click."""

    name = "extend"

    @property
    def hint(self) -> str:
        if self._target is None:
            return tr("Click the line or area that lines are to be extended to; Esc ends")
        return tr("Click lines near the end to be extended; Alt detaches, Esc takes another target")

    def made(self, line: LineString, target: BaseGeometry, at: tuple[float, float]) -> list[LineString]:
        nearer_start = shapely.line_locate_point(line, shapely.Point(at), normalized=True) < 0.5
        return [extend_to(line, target, "start" if nearer_start else "end")]


class Trim(_ToTarget):
    """Takes away the piece of a line that is clicked, as far as the target cuts it."""

    name = "trim"

    @property
    def hint(self) -> str:
        if self._target is None:
            return tr("Click the line or area at which lines are to be trimmed; Esc ends")
        return tr("Click the pieces of lines that are to go; Alt detaches, Esc takes another target")

    def made(self, line: LineString, target: BaseGeometry, at: tuple[float, float]) -> list[LineString]:
        return trim_at(line, target, at)
