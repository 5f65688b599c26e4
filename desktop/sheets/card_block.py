"""A target card: what is counted, the figure, the target, how far it is, and a bar of the way there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from desktop.sheets.patterns import fill_path
from desktop.sheets.typography import INKS, broken, elided, paint_line, text_width
from gis.cartography.sheets.items import Box
from gis.cartography.sheets.specification import Card

_MET, _MISSED, _UNKNOWN = "#1B7F4B", "#B4451F", "#8B939C"
_SMALLEST = 2.0


@dataclass(frozen=True)
class CardBlock:
    """The card; ``size`` is the em of its figure, everything else follows from it."""

    card: Card | None
    size: float
    grey: bool = False

    def height(self, width: float) -> float:
        return 0.0 if self.card is None else self.size * 3.55

    def compact(self, width: float) -> float:
        return self.height(width) * 0.75

    def least(self, width: float) -> float:
        return self.height(width) * 0.75

    def fitted(self, width: float, height: float) -> CardBlock:
        natural = self.height(width)
        return replace(self, size=self.size * max(height / natural, 0.6)) if natural > height > 0 else self

    def paint(self, painter: QPainter, box: Box) -> None:
        card = self.card
        if card is None:
            return
        em = min(self.size, box.height / 3.55)
        tone = _UNKNOWN if card.met is None else _MET if card.met else _MISSED
        ink = INKS["ink"] if self.grey else QColor(tone)
        painter.setPen(QPen(INKS["line"], 0.2))
        painter.setBrush(QColor("white"))
        painter.drawRect(QRectF(box.x, box.y, box.width, box.height))
        strip = QRectF(box.x, box.y, 1.2, box.height)
        painter.fillRect(strip, INKS["line"] if self.grey else QColor(tone))
        pad = max(em * 0.3, 1.8)
        left, width = box.x + 1.2 + pad, box.width - 1.2 - 2 * pad
        small, title = max(em * 0.3, _SMALLEST), max(em * 0.36, _SMALLEST)
        # A long title gets smaller first, then takes a second line, for which the figure makes room.
        asked = title * min(1.0, width / max(text_width(card.title, title, True), 1e-9))
        title = max(asked, min(title, max(title * 0.8, _SMALLEST * 0.9)))
        lines = broken(card.title, title, width, True, 2)
        figure = em - (len(lines) - 1) * title * 1.35
        y = box.y + em * 0.25
        for line in lines:
            paint_line(painter, line, left, y, title, bold=True)
            y += title * 1.35
        y += em * 0.12
        value = figure * min(1.0, width / max(text_width(card.value, figure, True), 1e-9))
        paint_line(painter, card.value, left, y + (figure - value), value, bold=True, ink=ink)
        y += figure + em * 0.22
        said = "  ·  ".join(part for part in (card.target, card.gap) if part)
        fitted = small * min(1.0, width / max(text_width(said, small), 1e-9))
        if fitted < _SMALLEST * 0.85:
            said, fitted = elided(said, _SMALLEST, width), _SMALLEST
        paint_line(painter, said, left, y, fitted)
        self._bar(painter, card, QRectF(left, box.bottom - em * 0.72 - small, width, em * 0.28), tone)
        if card.source:
            source = max(small * 0.86, 1.8)
            # Where there is no bar, what is missing has its room.
            rows = 1 if card.share is not None else max(1, int((box.bottom - y - fitted * 1.35) / (source * 1.35)))
            told = [elided(card.source, source, width)]
            if rows > 1:
                told = broken(card.source, source, width, False, min(rows, 3))
            for place, row in enumerate(reversed(told)):
                paint_line(painter, row, left, box.bottom - source * 1.35 * (place + 1), source, ink=INKS["soft"])

    def _bar(self, painter: QPainter, card: Card, rect: QRectF, tone: str) -> None:
        """The way to the target; its end is the target, or further where that is passed."""
        if card.share is None:
            return
        whole = max(card.share, 1.0)
        painter.setPen(QPen(INKS["line"], 0.15))
        painter.setBrush(QColor("#EEF0F2"))
        painter.drawRect(rect)
        done = QPainterPath()
        done.addRect(QRectF(rect.left(), rect.top(), rect.width() * max(card.share, 0.0) / whole, rect.height()))
        fill_path(painter, done, 0, tone, self.grey)
        at = rect.left() + rect.width() / whole
        painter.setPen(QPen(INKS["ink"], 0.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(QLineF(at, rect.top() - 0.5, at, rect.bottom() + 0.5))
