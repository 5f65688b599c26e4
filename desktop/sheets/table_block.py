"""A table: names left, numbers right, the sum in bold at the foot; rows that do not fit are counted, never lost."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPen

from desktop.sheets.blocks import heading_room, paint_absent, paint_heading
from desktop.sheets.typography import INKS, LEADING, broken, elided, paint_line, text_width
from gis.cartography.sheets.absent import Absent
from gis.cartography.sheets.items import Box
from gis.cartography.sheets.specification import Table
from gis.errors import Language

_ROW = 1.85  # height of a row of one line, in ems
_PAD = 1.0  # between columns, in ems
_SMALLEST = 2.0  # mm
_CJK = 0x2E80  # letters from here on may be parted anywhere
_MEASURED = 160  # rows by which widths are chosen: more do not stand on one page


@dataclass(frozen=True)
class TableBlock:
    """The table; smaller type first, then fewer rows when there is little room."""

    table: Table | None
    size: float
    language: Language
    most: int = 0  # rows at the most, 0 = all that fit
    absent: Absent | None = None  # what to say without a table

    def height(self, width: float) -> float:
        if self.table is None or not self.table.rows:
            return 0.0
        widths = self._widths(width)
        body, last = self._parts()
        told = self.table.left_out or len(body) < len(self._body())
        return (
            heading_room(self.size)
            + self._head_height(widths)
            + self._tall(len(body), widths)
            + (self._row_height(last, widths) if last else 0.0)
            + (self.size * _ROW if told else 0.0)
            + (self.size * LEADING if self.table.note else 0.0)
        )

    def _body(self) -> tuple[tuple[str, ...], ...]:
        """All rows but the sum."""
        assert self.table is not None
        return self.table.rows[:-1] if self.table.total else self.table.rows

    def _parts(self) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...] | None]:
        """The rows that may be shown, and the sum."""
        assert self.table is not None
        body = self._body()
        return (body[: self.most] if self.most else body), (self.table.rows[-1] if self.table.total else None)

    def _tall(self, n: int, widths: list[float]) -> float:
        """The height of the first n rows; of very many those beyond any page are taken as of one line."""
        body = self._body()
        measured = min(n, _MEASURED)
        return sum(self._row_height(row, widths) for row in body[:measured]) + (n - measured) * self.size * _ROW

    def shown(self, width: float, height: float) -> int:
        """How many rows, the sum not counted, stand on the page in that room; this block is fitted first."""
        if self.table is None or not self.table.rows:
            return 0
        made = self.fitted(width, height)
        return made._shown(made._widths(width), height)

    def _shown(self, widths: list[float], height: float) -> int:
        assert self.table is not None
        body, last = self._parts()
        room = height - heading_room(self.size) - self._head_height(widths)
        room -= self._row_height(last, widths) if last else 0.0
        room -= self.size * LEADING if self.table.note else 0.0
        all_said = len(body) == len(self._body()) and not self.table.left_out
        if all_said and self._tall(len(body), widths) <= room + 1e-6:
            return len(body)
        room -= self.size * _ROW
        used, n = 0.0, 0
        for row in body:
            used += self._row_height(row, widths)
            if used > room + 1e-6:
                break
            n += 1
        return n

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
        seen = (*self.table.rows[:_MEASURED], *self.table.rows[-1:])
        for i in range(1, len(self.table.head)):
            cells = max((text_width(row[i], self.size, True) for row in seen), default=0.0)
            words = max(text_width(word, self.size, True) for word in self.table.head[i].split())
            head = min(max(text_width(self.table.head[i], self.size, True) / 2, words), width * 0.2)
            widths.append(max(cells, head) + pad * (1.0 if self.table.numeric[i] else 1.5))
        spare = width - sum(widths)
        names = max(text_width(row[0], self.size, True) for row in seen) + pad
        missing = min(names, width * 0.24) - spare
        if missing > 0:  # words that can be broken give way first: a number is not cut for its last digit
            airy = [max(w - self._unbroken(i, seen) - pad * 1.5, 0.0) if i else 0.0 for i, w in enumerate(widths)]
            share = min(missing / sum(airy), 1.0) if sum(airy) > 0 else 0.0
            widths = [w - share * a for w, a in zip(widths, airy, strict=True)]
            spare = width - sum(widths)
        if spare < min(names, width * 0.24) - 1e-6:  # numbers give way, so that names can still be told apart
            share = (width - min(names, width * 0.24)) / sum(widths)
            widths = [w * share for w in widths]
            spare = width - sum(widths)
        elif spare > names:  # air goes to every column alike
            air = (spare - names) / len(widths)
            widths = [0.0] + [w + air for w in widths[1:]]
            spare = width - sum(widths)
        widths[0] = spare
        return widths

    def _unbroken(self, i: int, seen: tuple[tuple[str, ...], ...]) -> float:
        """The least width of a column in which no word is cut; of Chinese, four letters a line will do."""
        words = {word for row in seen for word in row[i].split()}
        chinese = any(word and ord(max(word)) > _CJK for word in words)
        return max((min(text_width(w, self.size, True), 4.2 * self.size) if chinese else text_width(w, self.size, True)
                    for w in words), default=0.0)  # fmt: skip

    def _cells(self, row: tuple[str, ...], widths: list[float], bold: bool, most: int = 2) -> list[list[str]]:
        # Words after the first column begin a little inside it, so that they keep off a number at their left.
        assert self.table is not None
        air = [0.5 if i == 0 else 0.8 if numeric else 1.2 for i, numeric in enumerate(self.table.numeric)]
        room = [w - _PAD * self.size * air[i] for i, w in enumerate(widths)]
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
        smallest = self._smaller()
        if self.table is not None and self.table.rows and smallest.height(width) > height + 1e-6:
            return smallest
        made, least = self, smallest.size
        while made.height(width) > height + 1e-6 and made.size > least:
            made = replace(made, size=max(made.size * 0.97, least))
        return made

    def paint(self, painter: QPainter, box: Box) -> None:
        if self.table is not None and self.table.rows:
            self.fitted(box.width, box.height)._paint(painter, box)
        else:
            paint_absent(painter, self.absent, box, self.size)

    def _paint(self, painter: QPainter, box: Box) -> None:
        assert self.table is not None
        table, widths = self.table, self._widths(box.width)
        y = box.y + paint_heading(painter, table.title, box, self.size)
        head = self._head_height(widths)
        self._paint_row(painter, self._cells(table.head, widths, True, 3), widths, box, y, head, bold=True, foot=True)
        y += head
        self._rule(painter, box, y, 0.25)
        body, last = self._body(), self._parts()[1]
        shown = self._shown(widths, box.height)
        for row in body[:shown]:
            height = self._row_height(row, widths)
            self._paint_row(painter, self._cells(row, widths, False), widths, box, y, height)
            y += height
            self._rule(painter, box, y, 0.1)
        if n := len(body) - shown + table.left_out:
            if table.goes_on:
                said = f"接下页，还有 {n:,} 行" if self.language == "zh" else f"continued overleaf, {n:,} more rows"
            else:
                said = f"另有 {n:,} 行未列出" if self.language == "zh" else f"and {n:,} more rows"
            paint_line(painter, said, box.x, y + self.size * 0.4, self.size * 0.92, ink=INKS["soft"])
            y += self.size * _ROW
        if last is not None:
            self._rule(painter, box, y, 0.25)
            height = self._row_height(last, widths)
            self._paint_row(painter, self._cells(last, widths, True), widths, box, y, height, bold=True)
            y += height
        self._rule(painter, box, y, 0.25)
        if table.note:
            said = elided(table.note, self.size * 0.86, box.width)
            paint_line(painter, said, box.x, y + self.size * 0.3, self.size * 0.86, ink=INKS["soft"])

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
                at = x + width if right else x + (_PAD * self.size if i else 0.0)
                align = "right" if right else "left"
                paint_line(painter, line, at, top + j * step, self.size, bold=bold, align=align)
            x += width

    @staticmethod
    def _rule(painter: QPainter, box: Box, y: float, width: float) -> None:
        painter.setPen(QPen(INKS["line"] if width < 0.2 else INKS["ink"], width))
        painter.drawLine(QPointF(box.x, y), QPointF(box.right, y))
