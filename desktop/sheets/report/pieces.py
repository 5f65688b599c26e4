"""What a report's pages are filled with: pieces of a known height that paint themselves: words, lists and cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.sheets.typography import INKS, LEADING, broken, elided, paint_line, paint_lines, text_width
from gis.cartography.sheets.specification import Card
from gis.project.report_parts import MapPage

BODY = 3.7  # mm: 10.5 pt
HEADINGS = (6.2, 4.8, 4.0)  # by depth
GOOD, BAD, OPEN = QColor("#1F6F43"), QColor("#9B1C1C"), QColor("#6B7280")
TINT = QColor("#EEF2F6")
_ADVICE = QColor("#FFF6E5")
_ADVICE_EDGE = QColor("#C98A00")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A heading that the contents and the bookmarks lead to; ``depth`` from 0."""

    title: str
    depth: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Something of a fixed height, painted with its upper left corner at x, y (mm).

    ``keep``: it never is the last of a page, what follows stays with it. ``head``: what a page begins with when this
    piece is the first on it. ``fresh``: it begins a page. ``sheet``: a page with a map in its place.
    """

    height: float
    paint: Callable[[QPainter, float, float], None]
    keep: bool = False
    head: Piece | None = None
    landscape: bool = False
    fresh: bool = False
    anchor: Anchor | None = None
    sheet: MapPage | None = None


def space(height: float) -> Piece:
    """Room between two pieces; it is left out at the top of a page."""
    return Piece(height, nothing)


def nothing(painter: QPainter, x: float, y: float) -> None:
    """Space looks like this."""


def lines_of(
    lines: Sequence[str], size: float, width: float, *, indent: float = 0.0, bold: bool = False, ink: str = "ink",
    align: str = "left", keep: bool = False,
) -> list[Piece]:  # fmt: skip
    """A piece a line, so that a long text may go on on the next page; its first and last two lines stay together."""

    def piece(line: str, keep: bool) -> Piece:
        def paint(painter: QPainter, x: float, y: float) -> None:
            paint_lines(
                painter, [line], x + indent, y, size, width - indent, bold=bold, ink=INKS[ink], align=align
            )  # fmt: skip

        return Piece(size * LEADING, paint, keep)

    last = len(lines) - 1
    return [piece(line, keep or (i == 0 and last > 0) or (i == last - 1)) for i, line in enumerate(lines)]


def paragraph(text: str, width: float, *, tone: str = "body", keep: bool = False) -> list[Piece]:
    """A paragraph and the space below it."""
    if tone == "advice":
        return [advice(text, width), space(2.5)]
    size = BODY if tone == "body" else 3.0
    lines = broken(text, size, width)
    return [*lines_of(lines, size, width, ink="ink" if tone == "body" else "soft", keep=keep), space(2.2)]


def advice(text: str, width: float) -> Piece:
    """What is missing and what to do, on a tinted ground."""
    size = 3.4
    lines = broken(text, size, width - 9.0)
    height = len(lines) * size * LEADING + 4.0

    def paint(painter: QPainter, x: float, y: float) -> None:
        painter.fillRect(QRectF(x, y, width, height), _ADVICE)
        painter.fillRect(QRectF(x, y, 1.0, height), _ADVICE_EDGE)
        paint_lines(painter, lines, x + 4.5, y + 2.0, size, width - 9.0)

    return Piece(height, paint)


def points(items: Sequence[str], width: float) -> list[Piece]:
    """A list; each item hangs beside its mark."""
    size, indent = 3.4, 4.2
    made: list[Piece] = []
    for item in items:
        pieces = lines_of(broken(item, size, width - indent), size, width, indent=indent)
        made += [_marked(pieces[0], size), *pieces[1:], space(0.8)]
    return [*made, space(1.6)]


def _marked(piece: Piece, size: float) -> Piece:
    def paint(painter: QPainter, x: float, y: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(INKS["soft"])
        painter.drawEllipse(QPointF(x + 1.6, y + size * LEADING / 2), 0.45, 0.45)
        piece.paint(painter, x, y)

    return replace(piece, paint=paint)


def heading(text: str, depth: int, width: float, *, fresh: bool = False) -> list[Piece]:
    """A heading with the space around it; it stays with what follows and is named in the contents."""
    size = HEADINGS[min(depth, len(HEADINGS) - 1)]
    lines = broken(text, size, width, True)
    pieces = lines_of(lines, size, width, bold=True, keep=True)
    first = replace(pieces[0], fresh=fresh, anchor=Anchor(text, depth))
    below = Piece(3.4 if depth == 0 else 1.8, _rule(width) if depth == 0 else nothing, keep=True)
    above = [] if fresh else [space(4.0 if depth else 6.0)]
    return [*above, first, *pieces[1:], below]


def _rule(width: float) -> Callable[[QPainter, float, float], None]:
    def paint(painter: QPainter, x: float, y: float) -> None:
        painter.setPen(QPen(INKS["ink"], 0.4))
        painter.drawLine(QPointF(x, y + 0.8), QPointF(x + width, y + 0.8))

    return paint


def caption(text: str, width: float, *, landscape: bool = False) -> list[Piece]:
    """The title over a table or chart; it stays with it."""
    lines = broken(text, 3.3, width, True)
    made = lines_of(lines, 3.3, width, bold=True, keep=True)
    return [replace(piece, landscape=landscape) for piece in [*made, Piece(0.8, nothing, keep=True)]]


def cards(found: Sequence[Card], width: float, across: int = 3) -> list[Piece]:
    """Key figures side by side, as tall as the tallest of their row."""
    gap = 4.0
    each = (width - gap * (across - 1)) / across
    made: list[Piece] = []
    for start in range(0, len(found), across):
        row = found[start : start + across]
        titles = [broken(card.title, 3.1, each - 7.0, lines=3) for card in row]
        below = [broken(f"{card.target}  ·  {card.gap}".strip(" ·"), 2.6, each - 7.0, lines=3) for card in row]
        head = max(len(lines) for lines in titles) * 3.1 * LEADING
        foot = max(len(lines) for lines in below) * 2.6 * LEADING
        height = 2.4 + head + 9.2 + 2.6 + foot + 2.2

        def paint(
            painter: QPainter, x: float, y: float, row: Sequence[Card] = row, titles: list[list[str]] = titles,
            below: list[list[str]] = below, head: float = head, height: float = height,
        ) -> None:  # fmt: skip
            for i, card in enumerate(row):
                box = QRectF(x + i * (each + gap), y, each, height)
                _paint_card(painter, card, box, titles[i], below[i], head)

        made += [Piece(height, paint), space(gap)]
    return made


def _paint_card(
    painter: QPainter, card: Card, box: QRectF, title: list[str], below: list[str], head: float
) -> None:  # fmt: skip
    color = {True: GOOD, False: BAD, None: OPEN}[card.met]
    painter.setPen(QPen(QColor("#CBD3DB"), 0.2))
    painter.setBrush(QColor("white"))
    painter.drawRect(box)
    painter.fillRect(QRectF(box.x(), box.y(), 1.2, box.height()), color)
    x, width = box.x() + 4.0, box.width() - 7.0
    y = box.y() + 2.4
    paint_lines(painter, title, x, y, 3.1, width)
    size = 6.4
    while text_width(card.value, size, True) > width * (0.68 if card.source else 1.0) and size > 3.6:
        size -= 0.2
    paint_line(painter, card.value, x, y + head + 8.0 - size, size, bold=True, ink=color)
    if card.source:
        said = elided(card.source, 2.3, width - text_width(card.value, size, True) - 2.0)
        paint_line(painter, said, box.right() - 3.0, y + head + 8.0 - 2.6, 2.3, ink=INKS["soft"], align="right")
    y += head + 9.2
    if card.share is not None:
        painter.fillRect(QRectF(x, y, width, 1.3), TINT)
        painter.fillRect(QRectF(x, y, width * min(max(card.share, 0.0), 1.0), 1.3), color)
    paint_lines(painter, below, x, y + 2.6, 2.6, width, ink=INKS["soft"])
