"""The legend as it is painted: swatches by the symbol code of the screen, labels, counts; in one or more columns."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.canvas.fans import fan
from desktop.canvas.marks import HALO_MM, paint_cluster, paint_swatch
from desktop.sheets.blocks import heading_room, paint_heading
from desktop.sheets.typography import INKS, elided, paint_line, text_width
from gis.cartography.legend import LegendEntry, LegendGroup
from gis.cartography.palette import Palette
from gis.cartography.sheets.items import Box
from gis.errors import Language

_ROW = 1.75  # height of a line, in ems
_SMALLEST = 2.1  # mm: smaller type is no longer read
_GAP = 4.0  # mm between columns
_CLUSTER = 12  # the number in the circle that stands for joined points
_SWATCH, _COUNT = 2.8, 0.92  # width of a swatch, size of the counts, in ems


def paint_symbol(painter: QPainter, entry: LegendEntry, box: QRectF) -> None:
    """Paint what an entry with a style stands for, centred in ``box`` (mm)."""
    style, palette = entry.style, Palette.for_print()
    assert style is not None
    if entry.mark == "symbol":
        narrower, lower = box.width() * (1 - entry.share) / 2, box.height() * (1 - entry.share) / 2
        if entry.share < 1.0:
            box = box.adjusted(narrower, lower, -narrower, -lower)
        paint_swatch(painter, style, None, box, palette, 1.0)
        return
    painter.save()
    if entry.mark == "cluster":
        painter.translate(box.center())
        paint_cluster(painter, style, _CLUSTER, box.height() * 1.1, HALO_MM * 0.6, palette)
    else:
        color = QColor(palette.ink(style.variants[0].color, style.family))
        outline = QPen(color, 0.15)
        color.setAlphaF(max(style.wedge.color_share if style.wedge else 0.0, 0.15))
        round_about = style.wedge is not None and style.wedge.width is None and style.wedge.default_width >= 360
        tip = box.center() if round_about else QPointF(box.center().x(), box.bottom() - 0.2)
        radius = box.height() * (0.45 if round_about else 0.92)
        painter.setPen(outline)
        painter.setBrush(color)
        painter.drawPath(fan(tip, 0.0, 360.0 if round_about else 65.0, radius))
    painter.restore()


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
        return heading_room(self.size) + max(map(_height, self._even())) * self._row

    def least(self, width: float) -> float:
        return min(self.height(width), heading_room(self.size) + 4 * self._row)

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

    def compact(self, width: float) -> float:
        """The least height at which nothing is left out or shortened."""
        whole = [made.height(width) for made in self._variants() if not made._clipped(width)]
        return min([self.height(width), *whole])

    def _variants(self) -> list[LegendBlock]:
        """The same legend in more columns and smaller type, the largest type first."""
        made = []
        for share in (1.0, 0.93, 0.86, 0.79):
            size = max(self.size * share, min(self.size, _SMALLEST))
            made += [replace(self, size=size, columns=self.columns + more) for more in range(3)]
        return made

    def _clipped(self, width: float) -> bool:
        """Whether a label would be shortened at that width."""
        column = (width - _GAP * (self.columns - 1)) / self.columns
        for group in self.groups:
            if text_width(group.title, self.size, True) > column:
                return True
            if any(text_width(e.label, self.size) > self._label_room(e, column) for e in group.entries):
                return True
        return False

    def _label_room(self, entry: LegendEntry, width: float) -> float:
        """The room for a label beside its swatch and count, mm."""
        room = width - self.size * (_SWATCH + 0.6)
        if entry.count is not None:
            room -= text_width(f"{entry.count:,}", self.size * _COUNT) + self.size * 0.6
        return room

    def fitted(self, width: float, height: float) -> LegendBlock:
        """This legend, changed as little as makes it fit; whole labels come before large type."""
        fitting = [made for made in self._variants() if made.height(width) <= height + 1e-6]
        whole = [made for made in fitting if not made._clipped(width)]
        if whole or fitting:
            return (whole or fitting)[0]
        return self._variants()[-3]

    def paint(self, painter: QPainter, box: Box) -> None:
        if not self.groups:
            return
        made = self.fitted(box.width, box.height)
        head = paint_heading(painter, "图例" if self.language == "zh" else "Legend", box, self.size)
        room = max(1.0, (box.height - head + 1e-6) / made._row)
        columns = made._even()
        if max(map(_height, columns)) > room:
            columns = made._poured(room)
        left_out = sum(line.entry is not None for column in columns[made.columns :] for line in column)
        columns = columns[: made.columns]
        if left_out:
            while columns[-1] and _height(columns[-1]) > room - 1:
                left_out += columns[-1].pop().entry is not None
        width = (box.width - _GAP * (made.columns - 1)) / made.columns
        for i, column in enumerate(columns):
            x, y = box.x + i * (width + _GAP), box.y + head
            for line in column:
                if not line.air:
                    made._paint_line(painter, line, x, y, width)
                y += line.rows * made._row
        if left_out:
            said = f"另有 {left_out} 项未列出" if self.language == "zh" else f"and {left_out} more"
            x = box.x + (len(columns) - 1) * (width + _GAP)
            y = box.y + head + _height(columns[-1]) * made._row + made._row * 0.2
            paint_line(painter, said, x, y, made.size * 0.9, ink=INKS["soft"])

    def _paint_line(self, painter: QPainter, line: _Line, x: float, y: float, width: float) -> None:
        text_top = y + (self._row - self.size) / 2
        if line.entry is None:
            paint_line(painter, elided(line.title, self.size, width, True), x, text_top, self.size, bold=True)
            return
        entry = line.entry
        swatch_width, swatch_height = self.size * _SWATCH, self.size * 1.45
        swatch = QRectF(x, y + (self._row - swatch_height) / 2, swatch_width, swatch_height)
        if entry.style is not None:
            paint_symbol(painter, entry, swatch)
        else:
            patch = swatch.adjusted(0.3, 0.3, -0.3, -0.3)
            painter.fillRect(patch, QColor(entry.color or "#FFFFFF"))
            painter.setPen(QPen(INKS["line"], 0.12))
            painter.drawRect(patch)
        if entry.count is not None:
            size = self.size * _COUNT
            paint_line(painter, f"{entry.count:,}", x + width, text_top + 0.1, size, ink=INKS["soft"], align="right")
        label = elided(entry.label, self.size, self._label_room(entry, width))
        paint_line(painter, label, x + swatch_width + self.size * 0.6, text_top, self.size)
