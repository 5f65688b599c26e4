"""Turn and scale the selection with handles around its box, about a pivot that can be dragged; mirror it on a line."""

from __future__ import annotations

from math import hypot
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from desktop.canvas.furniture import paint_tag
from desktop.shell.words import tr
from desktop.tools.move import GHOSTS
from desktop.tools.outlines import Place, Run, paint_runs
from desktop.tools.select import Select, Selection, one_or_batch
from desktop.tools.stroke import Stroke
from desktop.tools.tool import Pointer, band_pen, paint_vertex
from desktop.tools.typed import Typed
from gis.cartography.palette import Palette
from gis.editing.intents import Intent, Transform
from gis.errors import Refusal
from gis.geometry.construction import bearing
from gis.geometry.placing import Matrix, mirrored, scaled, turned

GRIP = 9.0  # pixels within which a handle is taken hold of
AROUND = 10.0  # pixels between the selection and its handles
KNOB = 26.0  # pixels the turning handle stands off the box
STEP = 5.0  # degrees of turning with Shift
LEAST = 44.0  # pixels across: a smaller box would be all handles
Handle = Literal["turn", "pivot", "corner", "side"]


class TransformFeatures(Select):
    """The selection's box with handles: a knob turns, corners scale evenly, sides one way, the cross is the pivot.

    A figure typed turns by degrees clockwise, "x1.5" or "150%" scales. Clicks beside the handles select.
    """

    name = "transform"

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)
        self._pivot: Place | None = None
        self._handle: tuple[Handle, int] | None = None
        self._grip: Pointer | None = None
        self._at: Pointer | None = None
        self._moving = False
        self._matrix: Matrix | None = None
        self._said = ""
        self._ghosts: list[list[Run]] = []
        self._typed = Typed(".-%x")

    @property
    def hint(self) -> str:
        if not self.canvas.selection:
            return tr("Select what is to be turned or scaled")
        return tr(
            "Drag the knob to turn (Shift: 5°), a corner or side to scale, the cross to move the pivot;"
            " or type degrees, or x1.5; Alt detaches"
        )

    @property
    def busy(self) -> bool:
        return self._grip is not None or bool(self._typed.text) or super().busy

    def leave(self) -> None:
        super().leave()
        self._pivot = None
        self._forget()

    def _forget(self) -> None:
        self._handle, self._grip, self._moving, self._matrix, self._ghosts = None, None, False, None, []
        self._typed.clear()
        self.canvas.update()

    def press(self, at: Pointer) -> None:
        self._handle = self._near(at)
        if self._handle is None:
            super().press(at)
            return
        self._grip, self._moving = at, False
        self._ghosts = self.canvas.scene.selected_rings(GHOSTS)

    def move(self, at: Pointer) -> None:
        self._at = at
        if self._grip is None or self._handle is None:
            super().move(at)
            return
        if not self._moving and not at.far_from(self._grip):
            return
        self._moving = True
        self._drag(at)
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        if self._grip is None:
            before = self.canvas.selection
            super().release(at)
            if self.canvas.selection is not before:
                self._pivot = None
            self.canvas.tell_hint()
            return
        self.move(at)
        moving, matrix, handle = self._moving, self._matrix, self._handle
        self._grip, self._handle, self._moving = None, None, False
        if moving and matrix is not None and handle is not None and handle[0] != "pivot":
            self._emit(matrix, at.alt)
        else:
            self._forget()

    def refreshed(self) -> None:
        if self._grip is None:
            self._ghosts, self._matrix = [], None

    def answered(self, intent: object, error: Exception | None) -> None:
        if error is not None and self._grip is None:
            self._forget()

    def wants(self, key: Qt.Key) -> bool:
        return bool(self.canvas.selection) and self._typed.takes(key)

    def key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and self._grip is not None:
            self._forget()
            return True
        if self.canvas.selection and self._typed.entered(key, self._typed_done):
            self.canvas.update()
            return True
        return super().key(key)

    def paint(self, painter: QPainter, palette: Palette) -> None:
        super().paint(painter, palette)
        view, frame = self.canvas.view, self._frame()
        if self._ghosts and self._matrix is not None:
            paint_runs(painter, view, palette, (_put(run, self._matrix) for runs in self._ghosts for run in runs))
        if frame is not None and not self._moving:
            painter.setPen(band_pen(palette, dashed=True))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(QPolygonF(frame))
            top = (frame[0] + frame[1]) / 2
            painter.drawLine(top, self._knob(frame))
            for point in (*frame, *_middles(frame)):
                paint_vertex(painter, palette, point)
            painter.setPen(QPen(QColor(palette.selection), 1.6))
            painter.setBrush(QColor(palette.halo))
            painter.drawEllipse(self._knob(frame), 5.5, 5.5)
        if frame is not None:
            _paint_cross(painter, palette, self.to_pixels(*self.pivot))
        at = QPointF(self._at.px, self._at.py) if self._at is not None else QPointF(view.width / 2, view.height / 2)
        if self._moving and self._said:
            paint_tag(painter, at, self._said, palette, QRectF(0, 0, view.width, view.height))
        self._typed.paint(painter, palette, view, at, tr("Turn by degrees, or scale: x1.5, 150%"))

    # ----------------------------------------------------------------------------------------------------------------
    @property
    def pivot(self) -> Place:
        """The place about which it is turned and scaled: the middle of the selection unless dragged elsewhere."""
        if self._pivot is not None:
            return self._pivot
        x0, y0, x1, y1 = self.canvas.scene.selection_extent() or (0.0, 0.0, 0.0, 0.0)
        return (x0 + x1) / 2, (y0 + y1) / 2

    def _frame(self) -> list[QPointF] | None:
        """The corners of the box of handles in pixels, from the upper left clockwise."""
        extent = self.canvas.scene.selection_extent()
        if extent is None:
            return None
        a, b = self.to_pixels(extent[0], extent[3]), self.to_pixels(extent[2], extent[1])
        dx = max(AROUND, (LEAST - (b.x() - a.x())) / 2)
        dy = max(AROUND, (LEAST - (b.y() - a.y())) / 2)
        left, top, right, bottom = a.x() - dx, a.y() - dy, b.x() + dx, b.y() + dy
        return [QPointF(left, top), QPointF(right, top), QPointF(right, bottom), QPointF(left, bottom)]

    def _knob(self, frame: list[QPointF]) -> QPointF:
        return (frame[0] + frame[1]) / 2 - QPointF(0, KNOB)

    def _near(self, at: Pointer) -> tuple[Handle, int] | None:
        frame = self._frame()
        if frame is None:
            return None
        handles: list[tuple[QPointF, Handle, int]] = [(self._knob(frame), "turn", 0)]
        handles += [(point, "corner", i) for i, point in enumerate(frame)]
        handles += [(point, "side", i) for i, point in enumerate(_middles(frame))]
        handles.append((self.to_pixels(*self.pivot), "pivot", 0))
        for point, kind, i in handles:
            if hypot(point.x() - at.px, point.y() - at.py) <= GRIP:
                return kind, i
        return None

    def _drag(self, at: Pointer) -> None:
        assert self._grip is not None
        assert self._handle is not None
        kind, which = self._handle
        if kind == "pivot":
            target = self.canvas.snapping.find(self.canvas, at.px, at.py) if not at.alt else None
            self._pivot = target.place if target is not None else (at.x, at.y)
            return
        pivot = self.pivot
        if kind == "turn":
            angle = (bearing(pivot, (at.x, at.y)) - bearing(pivot, (self._grip.x, self._grip.y)) + 180) % 360 - 180
            angle = round(angle / STEP) * STEP if at.shift else angle
            self._matrix, self._said = turned(pivot, angle), f"{angle:.1f}°"
            return
        gx, gy, x, y = self._grip.x - pivot[0], self._grip.y - pivot[1], at.x - pivot[0], at.y - pivot[1]
        if kind == "corner":
            factor = _factor(gx * x + gy * y, gx * gx + gy * gy)
            along = (factor, factor)
        else:
            factor = _factor(y, gy) if which % 2 == 0 else _factor(x, gx)
            along = (1.0, factor) if which % 2 == 0 else (factor, 1.0)
        self._matrix, self._said = scaled(pivot, *along), f"× {factor:.3f}"

    def _typed_done(self) -> None:
        try:
            matrix = typed_matrix(self._typed.text, self.pivot)
        except Refusal as refusal:
            self.canvas.failed.emit(refusal)
            return
        if matrix is None:
            self.canvas.hintChanged.emit(tr("Type degrees such as 30, or a factor such as x1.5 or 150%"))
            return
        self._typed.clear()
        self._ghosts, self._matrix = self.canvas.scene.selected_rings(GHOSTS), matrix
        self._emit(matrix)

    def _emit(self, matrix: Matrix, detach: bool = False) -> None:
        intent = transformed(self.canvas.selection, matrix, detach)
        if intent is not None:
            self.canvas.intentMade.emit(intent)
        self.canvas.update()


class MirrorFeatures(Stroke):
    """Mirrors the selection on the line through two places."""

    name = "mirror"
    most = 2

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)
        self._ghosts: list[list[Run]] = []

    @property
    def hint(self) -> str:
        return tr("Click two points of the line on which the selection is mirrored; Alt detaches, Esc ends")

    def moved(self) -> None:
        if self.places and not self._ghosts:
            self._ghosts = self.canvas.scene.selected_rings(GHOSTS)

    def finish(self, detach: bool) -> None:
        a, b = self.places
        self.drop()
        self._ghosts = []
        intent = transformed(self.canvas.selection, mirrored(a, b), detach)
        if intent is not None:
            self.canvas.intentMade.emit(intent)

    def paint(self, painter: QPainter, palette: Palette) -> None:
        super().paint(painter, palette)
        if len(self.places) == 1 and self.at is not None and self.at != self.places[0]:
            matrix = mirrored(self.places[0], self.at)
            ghosts = (_put(run, matrix) for runs in self._ghosts for run in runs)
            paint_runs(painter, self.canvas.view, palette, ghosts)


def transformed(selection: Selection, matrix: Matrix, detach: bool = False) -> Intent | None:
    """The wish to put all that is selected where a matrix takes it."""
    wishes = [Transform(cls, [int(i) for i in ids], matrix, detach) for cls, ids in selection.items() if len(ids)]
    return one_or_batch("modify.transformed", wishes, selection)


def typed_matrix(text: str, about: Place) -> Matrix | None:
    """The matrix of "30" (degrees clockwise), "x1.5" or "150%"; None for other texts. Refusal for a factor of 0."""
    try:
        if text.startswith("x"):
            return scaled(about, float(text[1:]))
        if text.endswith("%"):
            return scaled(about, float(text[:-1]) / 100)
        return turned(about, float(text))
    except ValueError:
        return None


def _factor(now: float, then: float) -> float:
    factor = now / then if then else 1.0
    return factor if abs(factor) >= 0.01 else 0.01


def _put(run: Run, matrix: Matrix) -> Run:
    a, b, d, e, x, y = matrix
    made: Run = run @ np.array([[a, d], [b, e]]) + (x, y)
    return made


def _middles(frame: list[QPointF]) -> list[QPointF]:
    """Of the upper, right, lower and left side."""
    return [(frame[i] + frame[(i + 1) % 4]) / 2 for i in range(4)]


def _paint_cross(painter: QPainter, palette: Palette, at: QPointF) -> None:
    for color, width in ((palette.halo, 4.5), (palette.selection, 2.0)):
        painter.setPen(QPen(QColor(color), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, 5.0, 5.0)
        painter.drawLine(at - QPointF(9, 0), at + QPointF(9, 0))
        painter.drawLine(at - QPointF(0, 9), at + QPointF(0, 9))
