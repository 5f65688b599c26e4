"""Samples of a drive test on the map: measured are rings, predicted are discs, errors are squares.

The shapes differ so that nobody takes a prediction for a measurement, also on a print without colours. Where samples
lie closer than a mark is wide only the first of a place is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gis.cartography.palette import Palette
from gis.cartography.view import View
from gis.coverage.classes import classify, level_classes
from gis.radio.drive_test import drive_rules

Floats = NDArray[np.float64]
Colors = NDArray[np.object_]
Shown = Literal["error", "measured", "predicted", "both"]
EDGE, RIM = "#39434E", "#FFFFFF"  # a dark line for pale grounds, within it a pale one for dark grounds
SIZE = {"error": 9.0, "measured": 12.0, "predicted": 9.0, "both": 17.0}


def error_colors(error_db: Floats) -> Colors:
    """The colour of each error, predicted minus measured."""
    rules = drive_rules()["error"]
    return np.array(rules["light"], object)[np.searchsorted(rules["bounds"], error_db)]


def level_colors(level_dbm: Floats, technology: NDArray[np.object_]) -> Colors:
    """The colour of each level in the classes of its technology, those of the coverage map."""
    made = np.full(len(level_dbm), "", object)
    for name in np.unique(technology.astype(str)):
        classes = level_classes(str(name))
        colors = np.array([classes[-1].color, *(entry.color for entry in classes)], object)
        here = technology == name
        made[here] = colors[classify(level_dbm[here], classes)]
    return made


@dataclass
class DrivePoints:
    """What stands on the map: places (n,) in the project's CRS with a colour for the measured, predicted and error."""

    x: Floats = field(default_factory=lambda: np.zeros(0))
    y: Floats = field(default_factory=lambda: np.zeros(0))
    measured: Colors = field(default_factory=lambda: np.zeros(0, object))
    predicted: Colors = field(default_factory=lambda: np.zeros(0, object))
    error: Colors = field(default_factory=lambda: np.zeros(0, object))
    shown: Shown = "error"
    only: NDArray[np.bool_] | None = None  # the others are faint
    _drawn: tuple[object, ...] = ()
    _pixels: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    _rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    _round: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def paint(self, painter: QPainter, view: View, palette: Palette) -> None:
        """Draw it, in logical pixels."""
        if not len(self.x):
            return
        self._place(view)
        size = SIZE[self.shown]
        back = np.zeros(len(self._rows), bool) if self.only is None else ~self.only[self._rows]
        # Marks of one round do not touch, so that each mark is whole where it lies over another.
        for place, opacity in [(place, opacity) for opacity in (0.25, 1.0) for place in range(4)]:
            rows = (back if opacity < 1.0 else ~back) & (self._round == place)
            painter.setOpacity(opacity)
            pixels, chosen = self._pixels[rows], self._rows[rows]
            if not len(chosen):
                continue
            if self.shown == "error":
                _rim(painter, pixels, size, square=True)
                _colored(painter, pixels, self.error[chosen], size - 2.0, square=True)
                continue
            if self.shown in ("measured", "both"):
                _rim(painter, pixels, size)
                _colored(painter, pixels, self.measured[chosen], size - 1.5)
                _dots(painter, pixels, palette.paper, size - 7.0)
            if self.shown in ("predicted", "both"):
                inner = 8.0 if self.shown == "both" else size
                _rim(painter, pixels, inner)
                _colored(painter, pixels, self.predicted[chosen], inner - 1.5)
        painter.setOpacity(1.0)

    def _place(self, view: View) -> None:
        """Which samples are in view, one a place; kept until the view changes."""
        key = (view, self.shown, id(self.x), id(self.only))
        if key == self._drawn:
            return
        size = SIZE[self.shown]
        west, south, east, north = view.grown(size)
        inside = (self.x >= west) & (self.x <= east) & (self.y >= south) & (self.y <= north)
        rows = np.flatnonzero(inside)
        if self.only is not None:  # the chosen ones first, so that no other takes their place
            rows = np.concatenate([rows[self.only[rows]], rows[~self.only[rows]]])
        pixels = view.pixels(np.column_stack([self.x[rows], self.y[rows]]))
        cells = np.floor(pixels / (size + 2.0)).astype(np.int64) + 1
        wide = int(cells[:, 0].max(initial=0)) + 1
        taken = np.full(wide * (int(cells[:, 1].max(initial=0)) + 1), -1)
        taken[(cells[:, 1] * wide + cells[:, 0])[::-1]] = np.arange(len(rows))[::-1]  # the first of a place comes last
        first = np.sort(taken[taken >= 0])
        self._drawn, self._pixels, self._rows = key, pixels[first], rows[first]
        self._round = cells[first, 0] % 2 + 2 * (cells[first, 1] % 2)


def _rim(painter: QPainter, pixels: Floats, size: float, *, square: bool = False) -> None:
    _dots(painter, pixels, EDGE, size + 1.5, square=square)
    _dots(painter, pixels, RIM, size, square=square)


def _colored(painter: QPainter, pixels: Floats, colors: Colors, size: float, *, square: bool = False) -> None:
    for color in np.unique(colors.astype(str)):
        _dots(painter, pixels[colors == color], str(color), size, square=square)


def _dots(painter: QPainter, pixels: Floats, color: str, size: float, *, square: bool = False) -> None:
    cap = Qt.PenCapStyle.SquareCap if square else Qt.PenCapStyle.RoundCap
    painter.setPen(QPen(QColor(color), size, Qt.PenStyle.SolidLine, cap))
    painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in pixels.tolist()]))
