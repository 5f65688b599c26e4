"""Tables over many pages: columns as wide as their words need, heads on every page, never a row lost.

A table that is too wide takes smaller type, then the page across, then goes on as several tables that all begin with
its first column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from desktop.sheets.report.pieces import TINT, Piece, caption, lines_of, nothing, space
from desktop.sheets.typography import INKS, LEADING, broken, paint_line, text_width
from gis.project.report_parts import Facts, Grid, Speech

SIZES = (3.0, 2.75, 2.5)
_PAD = 1.3  # mm on either side of a cell
_STEP = LEADING * 0.9
_MOST_LINES = 24  # of one row on one page; what is longer goes on in the next row
_SHORT, _SHORT_MM = 18, 100.0  # pieces and height of a table that is kept on one page
_MEASURED = 60  # the longest cells of a column are measured, not all


@dataclass(frozen=True, slots=True)
class _Set:
    """A table set for a width: the type's size and the columns' widths, mm."""

    size: float
    widths: tuple[float, ...]


def table(grid: Grid, title: str, say: Speech, portrait: float, landscape: float) -> list[Piece]:
    """The pieces of a table for pages that are ``portrait`` or ``landscape`` mm wide between their margins."""
    texts = grid.texts()
    hidden = 0
    if grid.shown and len(texts) > grid.shown:
        hidden, texts = len(texts) - grid.shown, texts[: grid.shown]
    heads = [column.label for column in grid.columns]
    numeric = grid.numeric
    for across, width in ((False, portrait), (True, landscape)):
        for size in SIZES:
            widths = _fitted(heads, texts, numeric, size, width)
            if widths is not None:
                own = _Set(size, widths)
                return [*_pieces(grid, title, heads, texts, hidden, own, say, across), space(4.0)]
    made: list[Piece] = []
    groups = _groups(heads, texts, numeric, landscape)
    for part, chosen in enumerate(groups, 1):
        narrow = replace(grid, columns=tuple(grid.columns[i] for i in chosen))
        rows = [tuple(row[i] for i in chosen) for row in texts]
        names = [heads[i] for i in chosen]
        widths = _fitted(names, rows, narrow.numeric, SIZES[-1], landscape, force=True)
        assert widths is not None
        own = _Set(SIZES[-1], widths)
        said = say("columns_part", title=title, part=part, parts=len(groups))
        made += [*_pieces(narrow, said, names, rows, hidden, own, say, True), space(4.0)]
    return made


def facts_table(facts: Facts, title: str, say: Speech, width: float) -> list[Piece]:
    """Labels with what is said of them."""
    label = min(max((text_width(label, 3.0) for label, _ in facts.rows), default=20.0) + 2 * _PAD, width * 0.4)
    own = _Set(3.0, (label, width - label))
    grid = Grid(facts.key, title, (), facts.rows)
    heads = [say("parameter"), say("setting")]
    texts: list[tuple[str, ...]] = [(a, b) for a, b in facts.rows]
    return [*_pieces(grid, title, heads, texts, 0, own, say, False, numeric=(False, False)), space(4.0)]


def _pieces(
    grid: Grid, title: str, heads: Sequence[str], texts: Sequence[tuple[str, ...]], hidden: int, own: _Set, say: Speech,
    landscape: bool, numeric: tuple[bool, ...] | None = None,
) -> list[Piece]:  # fmt: skip
    numeric = grid.numeric if numeric is None else numeric
    width = sum(own.widths)
    head = _head(heads, numeric, own, width, landscape)
    again = _again(say("continued", title=title), head, width)
    made = [*caption(title, width, landscape=landscape), replace(head, keep=True)]
    last = len(texts) - 1
    for i, row in enumerate(texts):
        total = grid.total and i == last
        rows = _row(row, numeric, own, width, bold=total, tinted=i % 2 == 1 and not total, landscape=landscape)
        made += [replace(piece, head=again) for piece in rows]
    short = len(made) <= _SHORT and sum(piece.height for piece in made) <= _SHORT_MM
    for i in range(1 if short else len(made) - 1, len(made)):  # the last row, often a sum, does not begin a page alone
        made[i - 1] = replace(made[i - 1], keep=True)
    notes = [text for text in (_more(hidden, len(texts) + hidden, say), grid.note) if text]
    for note in notes:
        made[-1] = replace(made[-1], keep=True)
        made.append(Piece(0.7, nothing, keep=True, landscape=landscape))
        lines = broken(note, 2.6, width)
        made += [replace(piece, landscape=landscape) for piece in lines_of(lines, 2.6, width, ink="soft", keep=False)]
    return made


def _more(hidden: int, all_: int, say: Speech) -> str:
    return say("more_rows", count=f"{hidden:,}", all=f"{all_:,}") if hidden else ""


def _head(heads: Sequence[str], numeric: Sequence[bool], own: _Set, width: float, landscape: bool) -> Piece:
    cells = [broken(head, own.size, w - 2 * _PAD, True) for head, w in zip(heads, own.widths, strict=True)]
    height = max((len(lines) for lines in cells), default=1) * own.size * _STEP + 2.0

    def paint(painter: QPainter, x: float, y: float) -> None:
        painter.fillRect(QRectF(x, y, width, height), TINT)
        _rule(painter, x, y, width, 0.3)
        _cells(painter, cells, numeric, own, x, y, height, bold=True)
        _rule(painter, x, y + height, width, 0.2)

    return Piece(height, paint, landscape=landscape)


def _again(text: str, head: Piece, width: float) -> Piece:
    """The head of a table on its further pages."""
    lines = broken(text, 3.0, width, lines=2)
    top = len(lines) * 3.0 * LEADING + 0.8

    def paint(painter: QPainter, x: float, y: float) -> None:
        for i, line in enumerate(lines):
            paint_line(painter, line, x, y + i * 3.0 * LEADING + 0.5, 3.0, ink=INKS["soft"])
        head.paint(painter, x, y + top)

    return Piece(top + head.height, paint, landscape=head.landscape)


def _row(
    row: Sequence[str], numeric: Sequence[bool], own: _Set, width: float, *, bold: bool, tinted: bool, landscape: bool
) -> list[Piece]:
    cells = [_wrapped(text, own.size, w - 2 * _PAD, bold) for text, w in zip(row, own.widths, strict=True)]
    most = max((len(lines) for lines in cells), default=1)
    made = []
    for start in range(0, most, _MOST_LINES):
        part = [lines[start : start + _MOST_LINES] for lines in cells]
        height = max((len(lines) for lines in part), default=1) * own.size * _STEP + 1.5
        made.append(Piece(height, _row_painter(part, numeric, own, width, height, bold, tinted), landscape=landscape))
    return made


def _row_painter(
    cells: list[list[str]], numeric: Sequence[bool], own: _Set, width: float, height: float, bold: bool, tinted: bool
) -> Callable[[QPainter, float, float], None]:
    def paint(painter: QPainter, x: float, y: float) -> None:
        if tinted:
            tint = TINT.lighter(103)
            painter.fillRect(QRectF(x, y, width, height), tint)
        if bold:
            _rule(painter, x, y, width, 0.25)
        _cells(painter, cells, numeric, own, x, y, height, bold=bold)
        _rule(painter, x, y + height, width, 0.25 if bold else 0.08)

    return paint


def _cells(
    painter: QPainter, cells: list[list[str]], numeric: Sequence[bool], own: _Set, x: float, y: float, height: float,
    *, bold: bool,
) -> None:  # fmt: skip
    step = own.size * _STEP
    for lines, width, right in zip(cells, own.widths, numeric, strict=True):
        top = y + (height - len(lines) * step) / 2 + (step - own.size) / 2
        at = x + width - _PAD if right else x + _PAD
        for i, line in enumerate(lines):
            paint_line(painter, line, at, top + i * step, own.size, bold=bold, align="right" if right else "left")
        x += width


def _rule(painter: QPainter, x: float, y: float, width: float, thick: float) -> None:
    painter.setPen(QPen(INKS["ink"] if thick > 0.1 else INKS["line"], thick))
    painter.drawLine(QPointF(x, y), QPointF(x + width, y))


def _wrapped(text: str, size: float, width: float, bold: bool) -> list[str]:
    indent = len(text) - len(text.lstrip(" "))
    if "\n" not in text and text_width(text, size, bold) <= width:
        return [text]
    return [" " * indent + line.lstrip(" ") for line in broken(text, size, width, bold)]


def _fitted(
    heads: Sequence[str], texts: Sequence[tuple[str, ...]], numeric: Sequence[bool], size: float, width: float,
    *, force: bool = False,
) -> tuple[float, ...] | None:  # fmt: skip
    """The columns' widths, together ``width``; None where words would be torn."""
    least, wanted = [], []
    for i, head in enumerate(heads):
        cells = sorted({row[i] for row in texts}, key=len, reverse=True)[:_MEASURED]
        widest = max((text_width(cell, size, True) for cell in cells), default=0.0)
        words = max((text_width(word, size, True) for word in _words(head)), default=0.0)
        if numeric[i]:
            low = max(widest, words)
        else:
            longest = max((text_width(word, size, True) for cell in cells for word in _words(cell)), default=0.0)
            low = max(words, min(longest, 34.0), min(widest, 18.0))
        least.append(low + 2 * _PAD + 0.2)
        wanted.append(max(widest, min(text_width(head, size, True), max(widest * 1.6, 16.0)), low) + 2 * _PAD + 0.2)
    spare = width - sum(least)
    if spare < 0:
        if not force:
            return None
        return tuple(low * width / sum(least) for low in least)
    widths = [low + more for low, more in zip(least, _poured(wanted, least, spare), strict=True)]
    rest = width - sum(widths)
    return tuple(w + rest * w / sum(widths) for w in widths)


def _poured(wanted: Sequence[float], least: Sequence[float], spare: float) -> list[float]:
    """The spare room shared alike, none getting more than it wants: only the widest columns are left to be broken."""
    more = [0.0] * len(wanted)
    open_ = [i for i, (w, low) in enumerate(zip(wanted, least, strict=True)) if w > low]
    while open_ and spare > 1e-6:
        each = min([spare / len(open_), *(wanted[i] - least[i] - more[i] for i in open_)])
        for i in open_:
            more[i] += each
        spare -= each * len(open_)
        open_ = [i for i in open_ if wanted[i] - least[i] - more[i] > 1e-6]
    return more


def _words(text: str) -> list[str]:
    """What a line is never broken within: words of letters, and up to three ideographs."""
    made: list[str] = []
    for word in text.split():
        wide = [letter for letter in word if ord(letter) > 0x2E7F]
        made.append(word if not wide else "".join(wide[:3]))
        if wide and len(wide) < len(word):
            made.append(max(_plain_runs(word), key=len, default=""))
    return made


def _plain_runs(word: str) -> list[str]:
    return "".join(letter if ord(letter) <= 0x2E7F else " " for letter in word).split()


def _groups(
    heads: Sequence[str], texts: Sequence[tuple[str, ...]], numeric: Sequence[bool], width: float
) -> list[list[int]]:
    """Columns that fit beside the first one, in order."""
    groups: list[list[int]] = [[0]]
    for i in range(1, len(heads)):
        tried = [*groups[-1], i]
        rows = [tuple(row[j] for j in tried) for row in texts]
        fits = _fitted([heads[j] for j in tried], rows, [numeric[j] for j in tried], SIZES[-1], width) is not None
        if fits or len(groups[-1]) == 1:
            groups[-1].append(i)
        else:
            groups.append([0, i])
    return groups
