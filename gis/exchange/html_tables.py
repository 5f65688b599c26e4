"""Tables of web pages: what many web systems hand out as ``.xls`` is a page of HTML with one table."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser

from gis.errors import Refusal

MOST_COLUMNS = 1_024
MOST_CELLS = 10_000_000
_BREAKS = frozenset({"br", "p", "div"})

Row = list[str | None]


def page_rows(page: str, file: str) -> list[tuple[int, Row]]:
    """The filled rows of a page's largest table with their numbers; cells that span rows stand in each of them.

    To be called where it can be stopped: the standard parser takes very long over some broken pages. Raises Refusal
    ``import.page_not_sheet`` for a page without a table, ``import.too_large``.
    """
    parser = _Tables(file)
    parser.feed(page)
    parser.close()
    table = max(parser.tables, key=len, default=[])
    filled = [(number, _trimmed(row)) for number, row in enumerate(table, 1) if any(cell is not None for cell in row)]
    if not filled:
        raise Refusal("import.page_not_sheet", path=file)
    return filled


def _trimmed(row: Sequence[str | None]) -> Row:
    end = len(row)
    while end and row[end - 1] is None:
        end -= 1
    return list(row[:end])


class _Tables(HTMLParser):
    """Collects the rows of every table; of a table within a cell, the inner one stands for itself."""

    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[Row]] = []
        self._file = file
        self._open: list[list[Row]] = []
        self._spans: list[dict[int, tuple[int, str | None]]] = []  # column -> the last row it reaches, value
        self._text: list[str] | None = None
        self._span = (1, 1)
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._end_cell()
            self._open.append([])
            self._spans.append({})
            self.tables.append(self._open[-1])
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].append([])
        elif tag in ("td", "th") and self._open:
            self._end_cell()
            if not self._open[-1]:
                self._open[-1].append([])
            given = dict(attrs)
            self._span = (_count(given.get("rowspan"), MOST_CELLS), _count(given.get("colspan"), MOST_COLUMNS + 1))
            self._text = []
        elif tag in _BREAKS and self._text:
            self._text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table" and self._open:
            self._open.pop()
            self._spans.pop()

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def close(self) -> None:
        super().close()
        self._end_cell()

    def _end_cell(self) -> None:
        if self._text is None or not self._open:
            self._text = None
            return
        lines = (" ".join(line.split()) for line in "".join(self._text).split("\n"))
        value = "\n".join(line for line in lines if line) or None
        self._text = None
        rows, spans = self._open[-1], self._spans[-1]
        row, at = rows[-1], len(rows) - 1
        _fill(row, at, spans)
        down, across = self._span
        for place in range(across):
            held = value if place == 0 else None
            if down > 1:
                spans[len(row)] = (at + down - 1, held)
            row.append(held)
        _fill(row, at, spans)
        self._cells += across
        if self._cells > MOST_CELLS or len(row) > MOST_COLUMNS:
            raise Refusal("import.too_large", path=self._file)


def _fill(row: Row, at: int, spans: dict[int, tuple[int, str | None]]) -> None:
    """Put in the cells that reach down from the rows above."""
    while (span := spans.get(len(row))) is not None and span[0] >= at:
        row.append(span[1])


def _count(given: str | None, most: int) -> int:
    """A number of rows or columns; one where it is none."""
    return min(max(int(given), 1), most) if given and given.isascii() and given.isdigit() and len(given) < 10 else 1
