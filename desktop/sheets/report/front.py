"""The cover, the contents and what stands at the head and foot of every page of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from desktop.sheets.pdf_repairs import Link
from desktop.sheets.report.layout import BOTTOM, LEFT, PORTRAIT, TOP, LaidPage
from desktop.sheets.report.pieces import HEADINGS
from desktop.sheets.typography import INKS, LEADING, broken, elided, paint_line, paint_lines, text_width
from gis.cartography.sheets.items import Box
from gis.project.report_parts import Report, Speech

_ROW = 3.5 * 1.9
_HEAD = 10.0  # the head's top, mm


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents: ``page`` from 1, ``depth`` from 0."""

    title: str
    depth: int
    page: int


def entries_of(pages: Sequence[LaidPage], first: int, deepest: int = 1) -> list[Entry]:
    """The headings down to ``deepest`` of the pages, the first of which is number ``first``: the contents."""
    return [
        Entry(anchor.title, anchor.depth, first + place)
        for place, page in enumerate(pages)
        for anchor in page.anchors
        if anchor.depth <= deepest
    ]


def contents_pages(count: int) -> int:
    """How many pages so many entries take."""
    return max(1, -(-count // _per_page()))


def _per_page() -> int:
    return int((PORTRAIT.height - TOP - BOTTOM - 16.0) / _ROW)


def paint_cover(painter: QPainter, report: Report) -> None:
    """Title, what it is about, who made it and when."""
    width, left = PORTRAIT.width - 2 * LEFT, LEFT
    if report.mark:
        paint_line(painter, report.mark, left + width, 24.0, 4.2, bold=True, ink=INKS["mark"], align="right")
    painter.fillRect(QRectF(left, 78.0, 28.0, 1.6), INKS["ink"])
    size = 10.5
    lines = broken(report.title, size, width, True)
    while len(lines) > 3 and size > 6.0:
        size -= 0.5
        lines = broken(report.title, size, width, True)
    y = 86.0 + paint_lines(painter, lines, left, 86.0, size, width, bold=True)
    y += paint_lines(painter, broken(report.subtitle, 5.0, width), left, y + 3.0, 5.0, width, ink=INKS["soft"]) + 3.0
    y = max(y + 18.0, 158.0)
    label = max(text_width(name, 3.7) for name, _ in report.cover) + 8.0 if report.cover else 0.0
    for name, text in report.cover:
        said = broken(text, 3.7, width - label, lines=4)
        paint_line(painter, name, left, y + 0.8, 3.7, ink=INKS["soft"])
        y += paint_lines(painter, said, left + label, y, 3.7, width - label) + 1.6
        painter.setPen(QPen(INKS["line"], 0.1))
        painter.drawLine(QPointF(left, y - 0.6), QPointF(left + width, y - 0.6))
    y = 246.0
    if report.maker:
        lines = broken(report.maker, 4.8, width, True, lines=3)
        y += paint_lines(painter, lines, left, y, 4.8, width, bold=True, align="center")
    paint_lines(painter, [report.date], left, y + 1.5, 4.4, width, align="center")


def paint_contents(painter: QPainter, report: Report, entries: Sequence[Entry], part: int) -> None:
    """Page ``part`` (from 0) of the contents."""
    say, width = Speech(report.language), PORTRAIT.width - 2 * LEFT
    paint_lines(painter, [say("contents")], LEFT, TOP, HEADINGS[0], width, bold=True)
    for entry, box in _boxes(entries, part):
        depth = entry.depth
        size, bold = (3.7, True) if depth == 0 else (3.3, False)
        number = str(entry.page)
        x, room = LEFT + depth * 5.0, width - depth * 5.0 - text_width(number, size, bold) - 6.0
        said = elided(entry.title, size, room, bold)
        y = box.y + (box.height - size) / 2
        paint_line(painter, said, x, y, size, bold=bold)
        paint_line(painter, number, LEFT + width, y, size, bold=bold, align="right")
        pen = QPen(INKS["line"], 0.25)
        pen.setStyle(Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([1.0, 5.0])
        painter.setPen(pen)
        start = x + text_width(said, size, bold) + 2.0
        end = LEFT + width - text_width(number, size, bold) - 2.0
        if end > start:
            painter.drawLine(QPointF(start, y + size * 0.85), QPointF(end, y + size * 0.85))


def contents_links(entries: Sequence[Entry], first: int) -> list[Link]:
    """Where the lines of the contents lead to; ``first`` is the number of the first page of the contents."""
    return [
        Link(first + part, box, entry.page)
        for part in range(contents_pages(len(entries)))
        for entry, box in _boxes(entries, part)
    ]


def _boxes(entries: Sequence[Entry], part: int) -> list[tuple[Entry, Box]]:
    per = _per_page()
    return [
        (entry, Box(LEFT, TOP + 16.0 + i * _ROW, PORTRAIT.width - 2 * LEFT, _ROW))
        for i, entry in enumerate(entries[part * per : (part + 1) * per])
    ]


def paint_frame(painter: QPainter, report: Report, page: LaidPage | None, number: int, count: int) -> None:
    """Head and foot of a page."""
    say = Speech(report.language)
    paper = page.paper if page is not None else PORTRAIT
    width = paper.width - 2 * LEFT
    size = 2.6
    chapter = elided(page.chapter if page is not None else say("contents"), size, width * 0.45)
    paint_line(painter, elided(report.title, size, width * 0.5), LEFT, _HEAD, size, ink=INKS["soft"])
    paint_line(painter, chapter, LEFT + width, _HEAD, size, ink=INKS["soft"], align="right")
    painter.setPen(QPen(INKS["line"], 0.15))
    painter.drawLine(QPointF(LEFT, _HEAD + size * LEADING + 0.6), QPointF(LEFT + width, _HEAD + size * LEADING + 0.6))
    y = paper.height - 12.0
    paint_line(painter, report.mark, LEFT, y, size, ink=INKS["soft"])
    label = say("page_of", page=number, pages=count)
    paint_line(painter, label, LEFT + width, y, size, ink=INKS["soft"], align="right")


def paint_body(painter: QPainter, page: LaidPage) -> None:
    """The pieces of a page."""
    for piece, x, y in page.items:
        painter.save()
        piece.paint(painter, x, y)
        painter.restore()
