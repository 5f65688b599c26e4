"""Charts of a report: bars beside one another with their figures, and the target as a line across them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.sheets.report.pieces import Piece, space
from desktop.sheets.typography import INKS, LEADING, broken, elided, paint_line, text_width
from gis.cartography.sheets.specification import Chart
from gis.project.report_parts import Diagram

COLORS = ("#2C5F8A", "#8FB4D4", "#C98A00", "#6B7280")  # told apart in grey, too
_BAR, _GAP, _SIZE = 3.0, 1.8, 2.6
_MOST = 30  # categories of one chart; more go on in the next


def charts(found: Sequence[tuple[str, Diagram]], width: float) -> list[Piece]:
    """Charts with their titles, two beside one another where they are small."""
    made: list[Piece] = []
    waiting = [part for title, diagram in found for part in _parts(title, diagram.chart)]
    while waiting:
        pair = waiting[:2]
        if len(pair) == 2 and all(_small(chart) for _, chart in pair):
            half = (width - 6.0) / 2
            made += [_beside([_piece(title, chart, half) for title, chart in pair], half + 6.0), space(4.0)]
            waiting = waiting[2:]
        else:
            room = (width - 6.0) / 2 if _small(waiting[0][1]) else width
            made += [_piece(*waiting[0], room), space(4.0)]
            waiting = waiting[1:]
    return made


def _small(chart: Chart) -> bool:
    return len(chart.series) == 1 and len(chart.categories) <= 14


def _parts(title: str, chart: Chart) -> list[tuple[str, Chart]]:
    """A chart in as many as it takes."""
    made = []
    for start in range(0, len(chart.categories), _MOST):
        cut = slice(start, start + _MOST)
        series = tuple(replace(one, values=one.values[cut]) for one in chart.series)
        made.append((title, replace(chart, categories=chart.categories[cut], series=series)))
    return made


def _beside(pieces: Sequence[Piece], step: float) -> Piece:
    def paint(painter: QPainter, x: float, y: float) -> None:
        for i, piece in enumerate(pieces):
            piece.paint(painter, x + i * step, y)

    return Piece(max(piece.height for piece in pieces), paint)


def _piece(title: str, chart: Chart, width: float) -> Piece:
    lines = broken(title, 3.1, width, True)
    head = len(lines) * 3.1 * LEADING + 1.2
    keyed = len(chart.series) > 1 or chart.target is not None
    key = 4.4 if keyed else 0.0
    each = len(chart.series) * _BAR + _GAP
    height = head + key + each * len(chart.categories) + 1.5

    def paint(painter: QPainter, x: float, y: float) -> None:
        for i, line in enumerate(lines):
            paint_line(painter, line, x, y + i * 3.1 * LEADING + 0.6, 3.1, bold=True)
        if keyed:
            _paint_key(painter, chart, x, y + head)
        _paint_bars(painter, chart, QRectF(x, y + head + key, width, each * len(chart.categories)), each)

    return Piece(height, paint)


def _paint_key(painter: QPainter, chart: Chart, x: float, y: float) -> None:
    if len(chart.series) > 1:
        for i, series in enumerate(chart.series):
            painter.fillRect(QRectF(x, y + 0.5, 2.6, 2.0), QColor(series.color or COLORS[i % len(COLORS)]))
            paint_line(painter, series.name, x + 3.6, y + 0.2, _SIZE, ink=INKS["soft"])
            x += 8.0 + text_width(series.name, _SIZE)
    if chart.target is not None:
        painter.setPen(_target_pen())
        painter.drawLine(QPointF(x + 1.2, y), QPointF(x + 1.2, y + 3.2))
        unit = chart.unit if chart.unit == "%" else f" {chart.unit}"
        paint_line(painter, f"≥ {chart.target:g}{unit}", x + 3.2, y + 0.2, _SIZE, ink=INKS["soft"])


def _target_pen() -> QPen:
    pen = QPen(QColor("#9B1C1C"), 0.35)
    pen.setStyle(Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([3.0, 2.0])
    return pen


def _paint_bars(painter: QPainter, chart: Chart, box: QRectF, each: float) -> None:
    names = min(max((text_width(name, _SIZE) for name in chart.categories), default=0.0) + 2.0, box.width() * 0.34)
    largest = max([v for one in chart.series for v in one.values if v is not None] + [chart.target or 0.0], default=0.0)
    texts = [[_text(v, largest, chart.unit) for v in one.values] for one in chart.series]
    room = max((text_width(t, 2.3) for row in texts for t in row), default=0.0) + 1.5
    left, width = box.x() + names, max(box.width() - names - room, 5.0)
    scale = width / largest if largest > 0 else 0.0
    for i, one in enumerate(chart.series):
        for k, value in enumerate(one.values):
            if value is not None:
                color = QColor(one.color or COLORS[i % len(COLORS)])
                top = box.y() + k * each + i * _BAR + 0.25
                painter.fillRect(QRectF(left, top, max(value * scale, 0.0), _BAR - 0.5), color)
    if chart.target is not None and scale:
        painter.setPen(_target_pen())
        at = left + chart.target * scale
        painter.drawLine(QPointF(at, box.y() - 0.4), QPointF(at, box.bottom() - _GAP + 0.4))
    for i, name in enumerate(chart.categories):
        y = box.y() + i * each
        middle = y + (each - _GAP) / 2 - _SIZE / 2
        said = elided(name, _SIZE, names - 1.6)
        paint_line(painter, said, left - 1.6, middle, _SIZE, align="right")
        for k, one in enumerate(chart.series):
            top, value = y + k * _BAR, one.values[i]
            at = left + max((value or 0.0) * scale, 0.0) + 0.9
            # The figure stands on white, so that the line of the target does not run through it.
            ground = QRectF(at - 0.3, top + 0.3, text_width(texts[k][i], 2.3) + 0.6, _BAR - 0.6)
            painter.fillRect(ground, QColor("white"))
            paint_line(painter, texts[k][i], at, top + (_BAR - 2.3) / 2, 2.3, ink=INKS["soft"])
    painter.setPen(QPen(INKS["line"], 0.2))
    painter.drawLine(QPointF(left, box.y() - 0.4), QPointF(left, box.bottom() - _GAP + 0.4))


def _text(value: float | None, largest: float, unit: str) -> str:
    if value is None:
        return "–"
    decimals = 2 if largest < 1 else 1 if largest < 1000 else 0
    return f"{value:,.{decimals}f}" + ("%" if unit == "%" else "")
