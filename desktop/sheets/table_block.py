"""A statistics table: names left, numbers right, the sum in bold at the foot; rows that do not fit are counted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPen

from desktop.sheets.blocks import heading_room, paint_heading
from desktop.sheets.typography import INKS, LEADING, broken, paint_line, text_width
from gis.cartography.sheets.items import Box
from gis.cartography.sheets.specification import Table
from gis.errors import Language

_ROW = 1.85  # height of a row of one line, in ems
_PAD = 1.0  # between columns, in ems
_SMALLEST = 2.0  # mm


@dataclass(frozen=True)
class TableBlock:
    """The table; smaller type first, then fewer rows when there is little room."""

    table: Table | None
    size: float
    language: Language

    def height(self, width: float) -> float:
        if self.table is None or not self.table.rows:
            return 0.0
        widths = self._widths(width)
        return (
            heading_room(self.size)
            + self._head_height(widths)
            + sum(self._row_height(row, widths) for row in self.table.rows)
            + (self.size * LEADING if self.table.note else 0.0)
        )

    def least(self, width: float) -> float:
        return min(self.height(width), heading_room(self.size) + 6 * self.size * _ROW)

    def compact(self, width: float) -> float:
        """The height in the smallest type."""
        return self._smaller().height(width)

    def _smaller(self) -> TableBlock:
        return replace(self, size=max(self.size * 0.8, min(self.size, _SMALLEST)))

    def _widths(self, width: float) -> list[float]:
        """Numbers take what they need, a head wraps; the names take the rest."""
        assert self.table is not None
        pad = _PAD * self.size
        widths = [0.0]
        for i in range(1, len(self.table.head)):
            cells = max((text_width(row[i], self.size, True) for row in self.table.rows), default=0.0)
            words = max(text_width(word, self.size, True) for word in self.table.head[i].split())
            head = min(max(text_width(self.table.head[i], self.size, True) / 2, words), width * 0.2)
            widths.append(max(cells, head) + pad)
        spare = width - sum(widths)
        names = max(text_width(row[0], self.size, True) for row in self.table.rows) + pad
        if spare < min(names, width * 0.24):  # numbers give way, so that names can still be told apart
            share = (width - min(names, width * 0.24)) / sum(widths)
            widths = [w * share for w in widths]
            spare = width - sum(widths)
        elif spare > names:  # air goes to every column alike
            air = (spare - names) / len(widths)
            widths = [0.0] + [w + air for w in widths[1:]]
            spare = width - sum(widths)
        widths[0] = spare
        return widths

    def _cells(self, row: tuple[str, ...], widths: list[float], bold: bool, most: int = 2) -> list[list[str]]:
        room = [w - (_PAD * self.size * (0.5 if i == 0 else 0.8)) for i, w in enumerate(widths)]
        return [broken(cell, self.size, max(room[i], self.size), bold, most) for i, cell in enumerate(row)]

    def _head_height(self, widths: list[float]) -> float:
        assert self.table is not None
        lines = max(len(cell) for cell in self._cells(self.table.head, widths, True, 3))
        return self.size * (_ROW - LEADING) + lines * self.size * LEADING * 0.9

    def _row_height(self, row: tuple[str, ...], widths: list[float]) -> float:
        lines = max(len(cell) for cell in self._cells(row, widths, False))
        return self.size * _ROW + (lines - 1) * self.size * LEADING * 0.85

    def fitted(self, width: float, height: float) -> TableBlock:
        """This table in the largest type that fits."""
        made, least = self, self._smaller().size
        while made.height(width) > height + 1e-6 and made.size > least:
            made = replace(made, size=max(made.size * 0.97, least))
        return made

    def paint(self, painter: QPainter, box: Box) -> None:
        if self.table is not None and self.table.rows:
            self.fitted(box.width, box.height)._paint(painter, box)

    def _paint(self, painter: QPainter, box: Box) -> None:
        assert self.table is not None
        table, widths = self.table, self._widths(box.width)
        y = box.y + paint_heading(painter, table.title, box, self.size)
        head = self._head_height(widths)
        self._paint_row(painter, self._cells(table.head, widths, True, 3), widths, box, y, head, bold=True, foot=True)
        y += head
        self._rule(painter, box, y, 0.25)
        body = list(table.rows[:-1] if table.total else table.rows)
        last = table.rows[-1] if table.total else None
        room = box.bottom - y - (self._row_height(last, widths) if last else 0.0)
        heights = [self._row_height(row, widths) for row in body]
        shown = len(body)
        if sum(heights) > room + 1e-6:
            more = self.size * _ROW
            while shown and sum(heights[:shown]) > room - more:
                shown -= 1
        for row, height in zip(body[:shown], heights, strict=False):
            self._paint_row(painter, self._cells(row, widths, False), widths, box, y, height)
            y += height
            self._rule(painter, box, y, 0.1)
        if shown < len(body):
            n = len(body) - shown
            said = f"另有 {n} 行未列出" if self.language == "zh" else f"and {n} more rows"
            paint_line(painter, said, box.x, y + self.size * 0.4, self.size * 0.92, ink=INKS["soft"])
            y += self.size * _ROW
        if last is not None:
            self._rule(painter, box, y, 0.25)
            height = self._row_height(last, widths)
            self._paint_row(painter, self._cells(last, widths, True), widths, box, y, height, bold=True)
            y += height
        self._rule(painter, box, y, 0.25)

    def _paint_row(
        self, painter: QPainter, cells: list[list[str]], widths: list[float], box: Box, y: float, height: float, *,
        bold: bool = False, foot: bool = False,
    ) -> None:  # fmt: skip
        assert self.table is not None
        x = box.x
        for i, (lines, width) in enumerate(zip(cells, widths, strict=True)):
            step = self.size * LEADING * 0.88
            block = (len(lines) - 1) * step + self.size
            top = y + height - block - self.size * (_ROW - 1) / 2 if foot else y + (height - block) / 2
            right = self.table.numeric[i]
            for j, line in enumerate(lines):
                at = x + width if right else x
                align = "right" if right else "left"
                paint_line(painter, line, at, top + j * step, self.size, bold=bold, align=align)
            x += width

    @staticmethod
    def _rule(painter: QPainter, box: Box, y: float, width: float) -> None:
        painter.setPen(QPen(INKS["line"] if width < 0.2 else INKS["ink"], width))
        painter.drawLine(QPointF(box.x, y), QPointF(box.right, y))
