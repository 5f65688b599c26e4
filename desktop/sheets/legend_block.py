"""The legend as it is painted: swatches by the symbol code of the screen, labels, counts; in one or more columns."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.canvas.marks import paint_swatch
from desktop.sheets.blocks import _HEADING_ROOM, paint_heading
from desktop.sheets.typography import INKS, elided, paint_line, text_width
from gis.cartography.legend import LegendEntry, LegendGroup
from gis.cartography.palette import Palette
from gis.cartography.sheet import Box
from gis.errors import Language

_ROW = 1.75  # height of a line, in ems
_SMALLEST = 2.1  # mm: smaller type is no longer read


@dataclass(frozen=True)
class _Line:
    """A heading inside the legend, an entry, or air (``rows`` less than one) between groups."""

    title: str = ""
    entry: LegendEntry | None = None
    rows: float = 1.0

    @property
    def air(self) -> bool:
        """Whether nothing is painted here."""
        return not self.title and self.entry is None


_AIR = _Line(rows=0.4)


def _height(column: list[_Line]) -> float:
    return sum(line.rows for line in column)


@dataclass(frozen=True)
class LegendBlock:
    """The legend; smaller type first, then more columns, then "and n more" when there is little room."""

    groups: tuple[LegendGroup, ...]
    size: float
    columns: int
    language: Language

    def height(self, width: float) -> float:
        if not self.groups:
            return 0.0
        return _HEADING_ROOM + max(map(_height, self._even())) * self._row

    def least(self, width: float) -> float:
        return min(self.height(width), _HEADING_ROOM + 4 * self._row)

    @property
    def _row(self) -> float:
        return self.size * _ROW

    def _even(self) -> list[list[_Line]]:
        """The columns, as even as groups allow."""
        rows = sum(len(group.entries) + 1.4 for group in self.groups) / self.columns
        while len(columns := self._poured(rows)) > self.columns:
            rows += 0.5
        return columns

    def _poured(self, rows: float) -> list[list[_Line]]:
        """Columns of at most ``rows``; a group goes on in the next column only where it fills more than one."""
        columns: list[list[_Line]] = [[]]
        for group in self.groups:
            lines = ([_Line(title=group.title)] if group.title else []) + [_Line(entry=e) for e in group.entries]
            if columns[-1]:
                if _height(columns[-1]) + _AIR.rows + len(lines) > rows >= len(lines):
                    columns.append([])
                else:
                    columns[-1].append(_AIR)
            for i, line in enumerate(lines):
                needed = 2.0 if line.title and i + 1 < len(lines) else 1.0  # a heading never stands alone at the foot
                if columns[-1] and _height(columns[-1]) + needed > rows + 1e-9:
                    columns.append([])
                columns[-1].append(line)
        return columns

    def _fitting(self, box: Box) -> LegendBlock:
        """This legend, changed as little as makes it fit."""
        if self.height(box.width) <= box.height + 1e-6:
            return self
        widest = max((text_width(e.label, self.size) for g in self.groups for e in g.entries), default=0.0)
        for columns in (self.columns, self.columns + 1, self.columns + 2):
            for share in (1.0, 0.92, 0.85, 0.78):
                size = max(self.size * share, min(self.size, _SMALLEST))
                tried = replace(self, size=size, columns=columns)
                crowded = columns > self.columns and box.width / columns < 16.0 + min(widest * share, 24.0)
                if not crowded and tried.height(box.width) <= box.height + 1e-6:
                    return tried
        return replace(self, size=max(self.size * 0.78, min(self.size, _SMALLEST)))

    def paint(self, painter: QPainter, box: Box) -> None:
        if not self.groups:
            return
        made = self._fitting(box)
        head = paint_heading(painter, "图例" if self.language == "zh" else "Legend", box)
        room = max(1.0, (box.height - head + 1e-6) / made._row)
        columns = made._even()
        if max(map(_height, columns)) > room:
            columns = made._poured(room)
        left_out = sum(line.entry is not None for column in columns[made.columns :] for line in column)
        columns = columns[: made.columns]
        if left_out:
            while columns[-1] and _height(columns[-1]) > room - 1:
                left_out += columns[-1].pop().entry is not None
        gap = 4.0
        width = (box.width - gap * (made.columns - 1)) / made.columns
        for i, column in enumerate(columns):
            x, y = box.x + i * (width + gap), box.y + head
            for line in column:
                if not line.air:
                    made._paint_line(painter, line, x, y, width)
                y += line.rows * made._row
        if left_out:
            said = f"另有 {left_out} 项未列出" if self.language == "zh" else f"and {left_out} more"
            x = box.x + (len(columns) - 1) * (width + gap)
            y = box.y + head + _height(columns[-1]) * made._row + made._row * 0.2
            paint_line(painter, said, x, y, made.size * 0.9, ink=INKS["soft"])

    def _paint_line(self, painter: QPainter, line: _Line, x: float, y: float, width: float) -> None:
        text_top = y + (self._row - self.size) / 2
        if line.entry is None:
            paint_line(painter, elided(line.title, self.size, width, True), x, text_top, self.size, bold=True)
            return
        entry = line.entry
        swatch_width, swatch_height = self.size * 2.8, self.size * 1.45
        swatch = QRectF(x, y + (self._row - swatch_height) / 2, swatch_width, swatch_height)
        if entry.style is not None:
            paint_swatch(painter, entry.style, entry.value, swatch, Palette.for_print(), 1.0)
        else:
            patch = swatch.adjusted(0.3, 0.3, -0.3, -0.3)
            painter.fillRect(patch, QColor(entry.color or "#FFFFFF"))
            painter.setPen(QPen(INKS["line"], 0.12))
            painter.drawRect(patch)
        count = "" if entry.count is None else f"{entry.count:,}"
        count_size = self.size * 0.92
        room = width - swatch_width - self.size * 0.6
        if count:
            room -= text_width(count, count_size) + self.size * 0.6
            paint_line(painter, count, x + width, text_top + 0.1, count_size, ink=INKS["soft"], align="right")
        label = elided(entry.label, self.size, room)
        paint_line(painter, label, x + swatch_width + self.size * 0.6, text_top, self.size)
