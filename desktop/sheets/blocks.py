"""The pieces of a sheet beside its map: each knows its natural height and paints itself inside the room it is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from desktop.sheets.typography import INKS, LEADING, broken, elided, paint_line, paint_lines, text_width
from gis.cartography.sheets.absent import Absent
from gis.cartography.sheets.items import Box
from gis.cartography.sheets.scale_bar import scale_bar
from gis.errors import Language

HEADING = 3.5  # mm, at the usual size of text
_SMALLER = 0.86  # how far running text may shrink before it is cut
_SMALLEST_LINE = 0.72  # the same of a text of one line


class Block(Protocol):
    """A piece of the sheet beside its map."""

    def height(self, width: float) -> float:
        """Its natural height at that width, mm; 0 when it has nothing to say."""

    def compact(self, width: float) -> float:
        """The least height at which it still says all."""

    def least(self, width: float) -> float:
        """The least height it can be squeezed to."""

    def fitted(self, width: float, height: float) -> Block:
        """Itself, or itself in smaller type, so that it says all within that height where it can."""

    def paint(self, painter: QPainter, box: Box) -> None:
        """Paint inside ``box``, leaving out what does not fit and saying so."""


def heading_size(size: float) -> float:
    """The em of a heading over text of that size: larger on large paper."""
    return max(HEADING, size * 1.15)


def heading_room(size: float) -> float:
    """The height of a heading over text of that size, with its rule and the air below."""
    return heading_size(size) * LEADING + 1.6


def paint_heading(painter: QPainter, text: str, box: Box, size: float) -> float:
    """A heading over a hairline above text of ``size``; returns the room it takes. A long one gets smaller first."""
    em = heading_size(size)
    fitted = max(em * min(1.0, box.width / max(text_width(text, em, True), 1e-9)), em * 0.75)
    said = elided(text, fitted, box.width, True)
    paint_lines(painter, [said], box.x, box.y + (em - fitted) * LEADING / 2, fitted, box.width, bold=True)
    painter.setPen(QPen(INKS["line"], 0.2))
    y = box.y + em * LEADING + 0.3
    painter.drawLine(QPointF(box.x, y), QPointF(box.right, y))
    return heading_room(size)


@dataclass(frozen=True)
class TextBlock:
    """Words, wrapped to the width; ``most`` lines at the most."""

    text: str
    size: float
    bold: bool = False
    align: str = "left"
    ink: str = "ink"
    most: int = 1
    heading: str = ""

    def height(self, width: float) -> float:
        if not self.text.strip():
            return 0.0
        return self._head + len(self._lines(width, self.most)) * self.size * LEADING

    def compact(self, width: float) -> float:
        return min(self.height(width), self._smaller(_SMALLER).height(width))

    def least(self, width: float) -> float:
        return min(self.height(width), self._head + 2 * self.size * LEADING)

    def fitted(self, width: float, height: float) -> TextBlock:
        for share in (1.0, 0.95, 0.9, _SMALLER):
            made = self._smaller(share)
            if made.height(width) <= height + 1e-6:
                break
        return made

    def _smaller(self, share: float) -> TextBlock:
        return replace(self, size=self.size * share)

    @property
    def _head(self) -> float:
        return heading_room(self.size) if self.heading else 0.0

    def _lines(self, width: float, most: int) -> list[str]:
        return broken(self.text, self.size, width, self.bold, most)

    def paint(self, painter: QPainter, box: Box) -> None:
        if not self.text.strip():
            return
        if self.most == 1 and not self.heading:  # a line gets smaller before it is cut
            asked = text_width(self.text, self.size, self.bold)
            if asked > box.width:
                self._smaller(max(box.width / asked * 0.999, _SMALLEST_LINE))._paint(painter, box)
                return
        self._paint(painter, box)

    def _paint(self, painter: QPainter, box: Box) -> None:
        top = paint_heading(painter, self.heading, box, self.size) if self.heading else 0.0
        most = max(1, min(self.most, int((box.height - top + 1e-6) / (self.size * LEADING))))
        lines = self._lines(box.width, most)
        paint_lines(
            painter, lines, box.x, box.y + top, self.size, box.width,
            bold=self.bold, ink=INKS[self.ink], align=self.align,
        )  # fmt: skip


def paint_absent(painter: QPainter, absent: Absent | None, box: Box, size: float) -> None:
    """Why there is nothing to show in a box of its own; in a column others take the room."""
    if absent is not None:
        TextBlock(absent.reason, size, ink="soft", most=4, heading=absent.title).paint(painter, box)


@dataclass(frozen=True)
class MarkBlock:
    """The classification mark in a frame at the right of its box."""

    text: str
    size: float
    grey: bool = False

    def height(self, width: float) -> float:
        return self.size * 2.2 if self.text else 0.0

    def compact(self, width: float) -> float:
        return self.height(width)

    def least(self, width: float) -> float:
        return self.height(width)

    def fitted(self, width: float, height: float) -> Block:
        return self

    def paint(self, painter: QPainter, box: Box) -> None:
        if not self.text:
            return
        said = elided(self.text, self.size, box.width - 2 * self.size, True)
        width = text_width(said, self.size, True) + 2 * self.size
        frame = QRectF(box.right - width, box.y, width, min(box.height, self.size * 2.2))
        ink = INKS["ink" if self.grey else "mark"]
        painter.setPen(QPen(ink, 0.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)
        top = frame.center().y() - self.size / 2
        paint_line(painter, said, frame.center().x(), top, self.size, bold=True, ink=ink, align="center")


@dataclass(frozen=True)
class NorthBlock:
    """An arrow to grid north with its letter above."""

    language: Language

    def height(self, width: float) -> float:
        return width * 1.35

    def compact(self, width: float) -> float:
        return self.height(width)

    def least(self, width: float) -> float:
        return self.height(width)

    def fitted(self, width: float, height: float) -> Block:
        return self

    def paint(self, painter: QPainter, box: Box) -> None:
        letter = min(box.height * 0.22, 8.0)
        middle, top, bottom = box.x + box.width / 2, box.y + letter * 1.15, box.bottom
        half = min(box.width, bottom - top) * 0.32
        paint_line(
            painter, "北" if self.language == "zh" else "N", middle, box.y, letter, bold=True, align="center"
        )  # fmt: skip
        notch = bottom - (bottom - top) * 0.24
        pen = QPen(INKS["ink"], 0.25)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        tip, foot = QPointF(middle, top), QPointF(middle, notch)
        painter.setBrush(QBrush(INKS["ink"]))
        painter.drawPolygon(QPolygonF([tip, QPointF(middle - half, bottom), foot]))
        painter.setBrush(QBrush(Qt.GlobalColor.white))
        painter.drawPolygon(QPolygonF([tip, QPointF(middle + half, bottom), foot]))


@dataclass(frozen=True)
class ScaleBlock:
    """The scale as a number over a bar that is true to it."""

    denominator: float
    width: float
    language: Language

    def height(self, width: float) -> float:
        return 16.0

    def compact(self, width: float) -> float:
        return self.height(width)

    def least(self, width: float) -> float:
        return self.height(width)

    def fitted(self, width: float, height: float) -> Block:
        return self

    def paint(self, painter: QPainter, box: Box) -> None:
        said = "比例尺 " if self.language == "zh" else "Scale "
        k = max(min(box.height / 19.0, box.width / 70.0), 1.0)  # larger paper, larger figures
        number, label = 4.2 * k, 2.6 * k
        words = f"{said}1:{self.denominator:,.0f}"
        fitted = number * min(1.0, box.width / text_width(words, number, True))
        paint_line(painter, words, box.x, box.bottom - 14.2 * k + (number - fitted) / 2, fitted, bold=True)
        edge = label  # room for the labels that hang over the ends
        bar = scale_bar(self.denominator, min(self.width, box.width) - edge - text_width(" 0000 km", label))
        top, thick, left = box.bottom - 2.6 * k, 1.6 * k, box.x + 0.2
        painter.setPen(QPen(INKS["ink"], 0.2))
        for i in range(bar.segments):
            painter.setBrush(QBrush(INKS["ink"] if i % 2 == 0 else QColor("white")))
            painter.drawRect(QRectF(left + i * bar.segment_mm, top, bar.segment_mm, thick))
        for i, said in enumerate(bar.labels):
            last = i == bar.segments
            at = left + i * bar.segment_mm
            if i == 0:
                paint_line(painter, said, box.x, top - label * 1.3, label)
            elif last:
                start = at - text_width(said, label) / 2
                paint_line(painter, f"{said} {bar.unit}", start, top - label * 1.3, label)
            elif bar.segments % 2 or i % 2 == 0 or bar.segment_mm > text_width("00000", label):
                paint_line(painter, said, at, top - label * 1.3, label, align="center")
