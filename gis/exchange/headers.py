"""Which row of a table names its columns, where titles stand above it, names take two rows, or there is none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gis.errors import Refusal
from gis.exchange.raw import Evidence
from gis.geometry.angles import parse_angle

Cells = Sequence[str | None]
#: A header further down than this is not looked for.
_DEEPEST = 20
_SAMPLE = 200
_YEAR = re.compile(r"(?:19|20)\d\d年?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns, the line of the last row that gives them (0 = there is none), and why it is that."""

    names: tuple[str, ...]
    line: int
    evidence: Evidence


def find_header(rows: Sequence[tuple[int, Cells]], given: int | None, file: str) -> Header:
    """The header of the first rows of a table, each with its line; ``given`` is the line the user names, 0 = none.

    The first row as wide as the table whose cells are all words; else the first whose cells are words where those
    below are numbers. A row of groups above it (起点 over 经度 and 纬度) names what it leaves open. Raises Refusal
    ``import.no_columns``, ``import.no_header`` or ``import.no_header_line``.
    """
    rows = rows[:_SAMPLE]
    widths = Counter(len(row) for _, row in rows if len(row) > 1)
    if not widths:
        raise Refusal("import.no_columns", path=file)
    usual = max(widths, key=lambda width: (widths[width], width))
    if given == 0:
        return _none(usual, "import.by_user")
    if given is not None:
        at = next((index for index, (line, _) in enumerate(rows) if line == given), None)
        if at is None:
            raise Refusal("import.no_header_line", path=file, line=given)
        return _named(rows, at, usual, "import.by_user")
    filled = Counter(_filled(row) for _, row in rows if _filled(row) > 1)
    most = max(filled, key=lambda count: (filled[count], count)) if filled else 2
    fitting = [
        index
        for index, (_, row) in enumerate(rows[:_DEEPEST])
        if len(row) >= usual - 1 and _filled(row) >= max(2, most / 2)
    ]
    for index in fitting:
        if _all_words(rows, index):
            if _lower(rows, index, usual):
                return _named(rows, index + 1, usual, "import.two_line_header")
            return _named(rows, index, usual, "import.first_full_text_line")
    for index in fitting[:1]:
        words, numeric = _contrast(rows, index, usual)
        cells = [cell for cell in rows[index][1] if cell is not None]
        if words and 2 * words >= numeric and len(set(cells)) == len(cells):
            return _named(rows, index, usual, "import.words_above_numbers")
    if any(_numeric(rows, 0, column) for column in range(usual)):
        return _none(usual, "import.no_words_above")
    raise Refusal("import.no_header", path=file)


def unique_names(header: Sequence[str]) -> list[str]:
    """Column names as they stand, blanks called ``column 3``, repeats numbered."""
    names: list[str] = []
    taken: set[str] = set()
    following: dict[str, int] = {}
    for position, cell in enumerate(header, 1):
        base = " ".join(cell.split()) or f"column {position}"
        name, count = base, following.get(base, 2)
        while name in taken:
            name, count = f"{base} ({count})", count + 1
        following[base] = count
        taken.add(name)
        names.append(name)
    return names


def _all_words(rows: Sequence[tuple[int, Cells]], at: int) -> bool:
    """Whether the cells of a row are words; years count as words beside words where those below are none."""
    years = []
    for column, cell in enumerate(rows[at][1]):
        if _is_word(cell):
            continue
        if cell is None or not _YEAR.fullmatch(cell):
            return False
        years.append(column)
    if not years:
        return True
    below = [row[column] for _, row in rows[at + 1 :] for column in years if column < len(row)]
    return len(years) < _filled(rows[at][1]) and not any(cell and _YEAR.fullmatch(cell) for cell in below)


def _none(width: int, reason: str) -> Header:
    return Header(tuple(unique_names([""] * width)), 0, Evidence("header", "0", reason))


def _named(rows: Sequence[tuple[int, Cells]], at: int, usual: int, reason: str) -> Header:
    line, row = rows[at]
    lower = [cell or "" for cell in row]
    while len(lower) > usual and not lower[-1]:
        lower.pop()
    lower += [""] * (usual - len(lower))
    shown = str(line)
    upper = _upper(rows, at, lower)
    if upper is not None:
        shown = f"{rows[at - 1][0]}–{line}"
        if reason == "import.first_full_text_line":
            reason = "import.two_line_header"
        repeated = {name for name, count in Counter(lower).items() if count > 1}
        group = ""
        for column, name in enumerate(lower):
            group = upper[column] or group
            if not name:
                lower[column] = upper[column]
            elif name in repeated and group and group != name:
                lower[column] = f"{group} {name}"
    return Header(tuple(unique_names(lower)), line, Evidence("header", shown, reason))


def _upper(rows: Sequence[tuple[int, Cells]], at: int, lower: Sequence[str]) -> list[str] | None:
    """The row of groups above the header, where it names columns that the header leaves open or tells twins apart."""
    if at == 0:
        return None
    above = [cell or "" for cell in rows[at - 1][1]][: len(lower)]
    above += [""] * (len(lower) - len(above))
    if sum(bool(cell) for cell in above) < 2 or not all(_is_word(cell or None) for cell in above):
        return None
    opened = any(not low and up for low, up in zip(lower, above, strict=True))
    twins = len(set(lower) - {""}) < sum(bool(low) for low in lower)
    return above if opened or twins else None


def _lower(rows: Sequence[tuple[int, Cells]], at: int, usual: int) -> bool:
    """Whether the row below goes on with the header: words where this one is open, above numbers."""
    if at + 2 >= len(rows):
        return False
    this, below = rows[at][1], rows[at + 1][1]
    if _filled(below) < 1 or not all(_is_word(cell) for cell in below):
        return False
    opened = any(
        cell is not None and (column >= len(this) or this[column] is None) for column, cell in enumerate(below)
    )
    return opened and _contrast(rows, at + 1, usual)[0] > 0


def _contrast(rows: Sequence[tuple[int, Cells]], at: int, usual: int) -> tuple[int, int]:
    """(columns with a word in this row and numbers below it, columns with numbers below it)."""
    row = rows[at][1]
    words = numeric = 0
    for column in range(usual):
        if _numeric(rows, at + 1, column):
            numeric += 1
            cell = row[column] if column < len(row) else None
            words += cell is not None and _is_word(cell)
    return words, numeric


def _numeric(rows: Sequence[tuple[int, Cells]], start: int, column: int) -> bool:
    cells = [row[column] for _, row in rows[start : start + 100] if column < len(row) and row[column] is not None]
    return bool(cells) and sum(not _is_word(cell) for cell in cells) >= 0.8 * len(cells)


def _filled(row: Cells) -> int:
    return sum(cell is not None for cell in row)


def _is_word(cell: str | None) -> bool:
    return cell is None or bool(np.isnan(parse_angle(cell)))
