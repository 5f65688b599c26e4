"""Charts on a sheet, painted as vectors: bars along or upright, stacked bars, lines and parts of a whole.

Every figure is written where there is room, so that nothing depends on colour alone; on grey sheets fills are patterns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from desktop.sheets.blocks import heading_room, paint_absent, paint_heading
from desktop.sheets.patterns import fill_path
from desktop.sheets.typography import INKS, elided, paint_line, text_width
from gis.cartography.sheets.absent import Absent
from gis.cartography.sheets.charts import COLORS, axis_steps
from gis.cartography.sheets.items import Box, ChartForm
from gis.cartography.sheets.specification import Chart
from gis.errors import Language

_SMALLEST = 2.0  # mm
_TARGET = QColor("#9B1C1C")
_ROW = 1.75  # ems of one bar with its air


@dataclass(frozen=True)
class ChartBlock:
    """The chart; smaller type first where there is little room."""

    chart: Chart | None
    form: ChartForm
    size: float
    language: Language
    grey: bool = False
    absent: Absent | None = None  # what to say without a chart

    def height(self, width: float) -> float:
        if self.chart is None:
            return 0.0
        s, chart = self.size, self.chart
        if self.form == "pie":
            return heading_room(self.size) + max(len(chart.categories) * s * 1.6, min(width * 0.42, 14 * s))
        body = heading_room(self.size) + self._keys(width) * s * 1.6 + 2.2 * s
        if self.form == "line" or self._upright(width):
            return body + max(min(width * 0.42, 18 * s), 9 * s)
        return body + len(chart.categories) * self._band() * s

    def compact(self, width: float) -> float:
        return min(self.height(width), replace(self, size=max(self.size * 0.8, _SMALLEST)).height(width))

    def least(self, width: float) -> float:
        return min(self.compact(width), heading_room(self.size) + 11 * self.size)

    def fitted(self, width: float, height: float) -> ChartBlock:
        made = self
        while made.height(width) > height + 1e-6 and made.size > _SMALLEST:
            made = replace(made, size=max(made.size * 0.96, _SMALLEST))
        return made

    @property
    def _target_ink(self) -> QColor:
        return INKS["ink"] if self.grey else _TARGET

    def _band(self) -> float:
        """Ems of one category of bars."""
        assert self.chart is not None
        together = 1 if self.form == "stacked" else len(self.chart.series)
        return _ROW if together == 1 else 0.7 + 1.05 * together

    def _upright(self, width: float) -> bool:
        """Whether bars stand: where every name has room below its bars."""
        assert self.chart is not None
        n = len(self.chart.categories)
        slot = (width - self._axis_room()) / max(n, 1)
        return all(text_width(name, self.size) <= slot * 0.94 for name in self.chart.categories)

    def _steps(self) -> tuple[float, ...]:
        assert self.chart is not None
        columns = [[v or 0.0 for v in one.values] for one in self.chart.series]
        if self.form == "stacked":
            values = [sum(column[i] for column in columns) for i in range(len(self.chart.categories))]
        else:
            values = [value for column in columns for value in column]
        low = min(0.0, *values) if values else 0.0
        high = max(*values, self.chart.target or 0.0, 1e-9) if values else 1.0
        if self.form == "line":
            known = [v for one in self.chart.series for v in one.values if v is not None]
            known += [self.chart.target] if self.chart.target is not None else []
            low, high = min(known), max(known)
            if low > 0 and (high - low) > 0.4 * high:
                low = 0.0
            if high - low < 1e-9:
                low, high = low - 1.0, high + 1.0
        return axis_steps(low, high)

    def _axis_room(self) -> float:
        return max(text_width(_figure(step), self.size * 0.9) for step in self._steps()) + self.size * 0.8

    def _names(self) -> list[tuple[str, str]]:
        """What stands in the key: series by name and colour."""
        assert self.chart is not None
        named = [(one.name, one.color or COLORS[i % len(COLORS)]) for i, one in enumerate(self.chart.series)]
        return named if len(named) > 1 else []

    def _keys(self, width: float) -> int:
        return len(self._key_rows(width))

    def _key_rows(self, width: float) -> list[list[tuple[int, str, str, float]]]:
        """Rows of the key: place of the series (-1 the target), name, colour, room."""
        assert self.chart is not None
        entries = [(i, name, color) for i, (name, color) in enumerate(self._names())]
        if self.chart.target is not None:
            said = (
                f"目标 {_figure(self.chart.target)}"
                if self.language == "zh"
                else f"Target {_figure(self.chart.target)}"
            )
            entries.append((-1, f"{said} {self.chart.unit}".strip(), ""))
        rows: list[list[tuple[int, str, str, float]]] = []
        at = width
        for i, name, color in entries:
            said = elided(name, self.size, width - 2.6 * self.size)
            room = text_width(said, self.size) + 3.2 * self.size
            if at + room > width + self.size:
                rows.append([])
                at = 0.0
            rows[-1].append((i, said, color, room))
            at += room
        return rows

    def paint(self, painter: QPainter, box: Box) -> None:
        if self.chart is None:
            paint_absent(painter, self.absent, box, self.size)
            return
        made = self.fitted(box.width, box.height)
        title = self.chart.title
        if self.chart.unit and self.form != "pie" and self.chart.unit not in title:
            title = f"{title}（{self.chart.unit}）" if self.language == "zh" else f"{title}, {self.chart.unit}"
        top = box.y + paint_heading(painter, title, box, made.size)
        if made.form == "pie":
            made._pie(painter, Box(box.x, top, box.width, box.bottom - top))
            return
        for row in made._key_rows(box.width):
            made._paint_keys(painter, row, box.x, top)
            top += made.size * 1.6
        body = Box(box.x, top, box.width, box.bottom - top)
        if made.form == "line":
            made._lines(painter, body)
        elif made._upright(box.width):
            made._standing(painter, body)
        else:
            made._lying(painter, body)

    def _paint_keys(self, painter: QPainter, row: list[tuple[int, str, str, float]], x: float, y: float) -> None:
        s = self.size
        for i, name, color, room in row:
            if i < 0:
                painter.setPen(QPen(self._target_ink, 0.35, Qt.PenStyle.DashLine, Qt.PenCapStyle.FlatCap))
                painter.drawLine(QLineF(x, y + s * 0.7, x + 1.7 * s, y + s * 0.7))
            elif self.form == "line":
                self._stroke(painter, i, color)
                painter.drawLine(QLineF(x, y + s * 0.7, x + 1.7 * s, y + s * 0.7))
                self._mark(painter, i, color, QPointF(x + 0.85 * s, y + s * 0.7))
            else:
                self._fill(painter, QRectF(x, y + s * 0.2, 1.5 * s, s), i, color)
            paint_line(painter, name, x + 2.1 * s, y + s * 0.2, s)
            x += room

    def _fill(self, painter: QPainter, rect: QRectF, i: int, color: str) -> None:
        path = QPainterPath()
        path.addRect(rect)
        fill_path(painter, path, i, color, self.grey)

    def _stroke(self, painter: QPainter, i: int, color: str) -> None:
        styles = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
        ink = QColor("#222222") if self.grey else QColor(color)
        painter.setPen(QPen(ink, 0.7 if i == 0 else 0.45, styles[i % 4] if self.grey else styles[0]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _mark(self, painter: QPainter, i: int, color: str, at: QPointF) -> None:
        r = self.size * 0.26
        painter.setPen(QPen(QColor("white"), 0.12))
        painter.setBrush(QColor("#222222") if self.grey else QColor(color))
        if i % 3 == 0:
            painter.drawEllipse(at, r, r)
        elif i % 3 == 1:
            painter.drawRect(QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r))
        else:
            x, y = at.x(), at.y()
            painter.drawPolygon(QPolygonF([QPointF(x, y - r), QPointF(x + r, y + r), QPointF(x - r, y + r)]))

    def _lying(self, painter: QPainter, box: Box) -> None:
        """Bars along, names at their left, the axis below."""
        assert self.chart is not None
        s, chart = self.size, self.chart
        names = min(max(text_width(name, s) for name in chart.categories) + s, box.width * 0.36)
        steps = self._steps()
        tail = s * 0.4 + max(text_width(_figure(steps[-1] * 1.11), s * 0.9), text_width("00.00", s * 0.9))
        plot = Box(box.x + names, box.y, box.width - names - tail, max(box.height - 2.0 * s, s))
        low, per = steps[0], plot.width / (steps[-1] - steps[0])
        self._grid(painter, [plot.x + (v - low) * per for v in steps], steps, plot, upright=False)
        shown, band = self._room_for(len(chart.categories), plot.height)
        for k in range(shown):
            y = plot.y + k * band
            label = elided(chart.categories[k], s, names - s * 0.6)
            paint_line(painter, label, plot.x - s * 0.5, y + (band - s) / 2, s, align="right")
            at = plot.x + (0 - low) * per
            for i, one in enumerate(chart.series):
                value, color = one.values[k], one.color or COLORS[i % len(COLORS)]
                if value is None:
                    continue
                if self.form == "stacked":
                    self._fill(painter, QRectF(at, y + band * 0.14, value * per, band * 0.72), i, color)
                    at += value * per
                    continue
                thick = band * 0.8 / len(chart.series)
                rect = QRectF(plot.x - low * per, y + band * 0.1 + i * thick, value * per, thick * 0.92)
                self._fill(painter, rect.normalized(), i, color)
                if thick >= s * 0.72:
                    paint_line(painter, _figure(value), rect.right() + s * 0.35, rect.center().y() - s * 0.45, s * 0.9)
            if self.form == "stacked":
                total = sum(one.values[k] or 0.0 for one in chart.series)
                paint_line(painter, _figure(total), at + s * 0.35, y + (band - s * 0.9) / 2, s * 0.9)
        if chart.target is not None:
            x = plot.x + (chart.target - low) * per
            self._target_line(painter, QLineF(x, plot.y, x, plot.bottom))
        self._say_left(painter, len(chart.categories) - shown, plot.x, plot.bottom + s * 0.2)

    def _room_for(self, n: int, height: float) -> tuple[int, float]:
        """How many of n categories fit with the height of each."""
        least = self._band() * self.size * 0.6
        shown = min(n, max(1, int(height / least)))
        return shown, min(height / shown, self._band() * self.size * 1.4)

    def _say_left(self, painter: QPainter, n: int, x: float, y: float) -> None:
        if n > 0:
            said = f"另有 {n} 项未列出" if self.language == "zh" else f"and {n} more"
            paint_line(painter, said, x, y, self.size * 0.9, ink=INKS["soft"])

    def _standing(self, painter: QPainter, box: Box) -> None:
        """Bars upright, names below."""
        assert self.chart is not None
        s, chart = self.size, self.chart
        steps, room = self._steps(), self._axis_room()
        plot = Box(box.x + room, box.y + s * 1.2, box.width - room, max(box.height - 3.2 * s, s))
        low, per = steps[0], plot.height / (steps[-1] - steps[0])
        self._grid(painter, [plot.bottom - (v - low) * per for v in steps], steps, plot, upright=True)
        slot = plot.width / len(chart.categories)
        for k, name in enumerate(chart.categories):
            x = plot.x + k * slot
            paint_line(painter, name, x + slot / 2, plot.bottom + s * 0.5, s, align="center")
            base = 0.0
            for i, one in enumerate(chart.series):
                value, color = one.values[k], one.color or COLORS[i % len(COLORS)]
                if value is None:
                    continue
                if self.form == "stacked":
                    top = plot.bottom - (base + value - low) * per
                    wide = min(slot * 0.66, 14.0)
                    self._fill(painter, QRectF(x + (slot - wide) / 2, top, wide, value * per), i, color)
                    base += value
                    continue
                wide = min(slot * 0.8 / len(chart.series), 12.0)
                left = x + slot / 2 + (i - len(chart.series) / 2) * wide
                top = plot.bottom - (value - low) * per
                self._fill(painter, QRectF(left, top, wide * 0.92, plot.bottom + low * per - top), i, color)
                if text_width(_figure(value), s * 0.85) <= max(wide, slot if len(chart.series) == 1 else wide):
                    paint_line(painter, _figure(value), left + wide * 0.46, top - s * 1.1, s * 0.85, align="center")
            if self.form == "stacked" and text_width(_figure(base), s * 0.85) <= slot:
                paint_line(painter, _figure(base), x + slot / 2, plot.bottom - (base - low) * per - s * 1.1, s * 0.85,
                           align="center")  # fmt: skip
        if chart.target is not None:
            y = plot.bottom - (chart.target - low) * per
            self._target_line(painter, QLineF(plot.x, y, plot.right, y))

    def _lines(self, painter: QPainter, box: Box) -> None:
        assert self.chart is not None
        s, chart = self.size, self.chart
        steps, room = self._steps(), self._axis_room()
        plot = Box(box.x + room, box.y + s * 0.6, box.width - room - s, max(box.height - 2.6 * s, s))
        low, per = steps[0], plot.height / (steps[-1] - steps[0])
        self._grid(painter, [plot.bottom - (v - low) * per for v in steps], steps, plot, upright=True)
        n = len(chart.categories)
        xs = [plot.x + plot.width * (0.5 if n == 1 else 0.04 + 0.92 * k / (n - 1)) for k in range(n)]
        widest = max(text_width(name, s) for name in chart.categories) + s
        every = max(1, ceil(widest * n / plot.width))
        for k in range(0, n, every):
            paint_line(painter, chart.categories[k], xs[k], plot.bottom + s * 0.5, s, align="center")
        if chart.target is not None:
            y = plot.bottom - (chart.target - low) * per
            self._target_line(painter, QLineF(plot.x, y, plot.right, y))
        for i in reversed(range(len(chart.series))):
            one, color = chart.series[i], chart.series[i].color or COLORS[i % len(COLORS)]
            run: list[QPointF] = []
            for k, value in enumerate((*one.values, None)):
                if value is not None:
                    run.append(QPointF(xs[k], plot.bottom - (value - low) * per))
                    continue
                self._stroke(painter, i, color)
                painter.drawPolyline(run)
                for at in run:
                    self._mark(painter, i, color, at)
                run = []

    def _grid(
        self, painter: QPainter, places: list[float], steps: tuple[float, ...], plot: Box, *, upright: bool
    ) -> None:
        s = self.size * 0.9
        for value, at in zip(steps, places, strict=True):
            painter.setPen(QPen(INKS["line"], 0.25 if value == 0 else 0.08))
            if upright:
                painter.drawLine(QLineF(plot.x, at, plot.right, at))
                paint_line(painter, _figure(value), plot.x - s * 0.5, at - s / 2, s, ink=INKS["soft"], align="right")
            else:
                painter.drawLine(QLineF(at, plot.y, at, plot.bottom))
                if all(abs(other - at) < 1e-9 or abs(other - at) > text_width("0000", s) for other in places):
                    paint_line(painter, _figure(value), at, plot.bottom + s * 0.4, s, ink=INKS["soft"], align="center")

    def _target_line(self, painter: QPainter, line: QLineF) -> None:
        painter.setPen(QPen(self._target_ink, 0.35, Qt.PenStyle.DashLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(line)

    def _pie(self, painter: QPainter, box: Box) -> None:
        """Parts of a whole, clockwise from the top; names, values and shares beside."""
        assert self.chart is not None
        s, chart = self.size, self.chart
        values = [value or 0.0 for value in chart.series[0].values]
        total = sum(values)
        if total <= 0:
            return
        side = min(box.height, box.width * 0.4)
        disc = QRectF(box.x, box.y + 0.3, side - 0.6, side - 0.6)
        start = 90.0
        row = min(s * 1.6, box.height / len(values))
        x, y = box.x + side + s * 1.2, box.y + max((min(side, box.height) - row * len(values)) / 2, 0.0)
        for i, value in enumerate(values):
            color = (chart.colors[i] if i < len(chart.colors) else "") or COLORS[i % len(COLORS)]
            path = QPainterPath(disc.center())
            path.arcTo(disc, start, -360.0 * value / total)
            path.closeSubpath()
            if len(values) == 1:
                path = QPainterPath()
                path.addEllipse(disc)
            fill_path(painter, path, i, color, self.grey, rim=QColor("white"))
            start -= 360.0 * value / total
            self._fill(painter, QRectF(x, y + row / 2 - s * 0.5, 1.5 * s, s), i, color)
            share = f"{_figure(value)}  {100.0 * value / total:.1f}%"
            paint_line(painter, share, box.right, y + (row - s) / 2, s, align="right")
            room = box.right - x - 2.4 * s - text_width(share, s)
            paint_line(painter, elided(chart.categories[i], s, room), x + 2.0 * s, y + (row - s) / 2, s)
            y += row


def _figure(value: float) -> str:
    """A figure of a chart: no more decimals than it needs."""
    if value == 0 or abs(value - round(value)) < 1e-9 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"
