"""Compiled cutting of delimited text into cells, without the GIL.

Text is UTF-8, uint8 (m,). Cells are kept as their beginnings only, uint32 (n, w + 1): cell c of a row lies from
``bounds[row, c]`` to ``bounds[row, c + 1]`` less the length of the delimiter; the last column is the end of the row
plus that length, and a cell that is not there begins at the end. Quoting is that of RFC 4180, read as leniently as
Python's ``csv`` does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Flags = NDArray[np.bool_]
Int = int | np.int64

QUOTE, LF, CR, BLANK, TAB, COMMA, POINT = 34, 10, 13, 32, 9, 44, 46
#: What joins the cells of a column; a text that has it is cut cell by cell.
JOINT = 0x1E
#: A quoted cell longer than this is one that was never closed.
CELL_LIMIT = 1 << 20
#: So many lines within one quoted cell that are cut like rows of the table show a quote that was never closed.
SWALLOWED = 2
TOO_MANY, OPEN_QUOTE = 1, 2
#: How numbers are written in a column: as plain text; 120,5 and 1.120,5; 1,120.5; 1,120.5 and 1,120.
AS_IT_IS, COMMA_DECIMAL, GROUPED_POINT, GROUPED = 0, 1, 2, 3
_EXACT = np.uint64(1) << np.uint64(53)
_POWERS = 10.0 ** np.arange(23)


def kernel(function: F) -> F:
    """The function compiled without the GIL and kept in numba's cache, where one can be written."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no folder for the cache: compiled anew in each run
        return cast(F, numba.njit(nogil=True)(function))


@kernel
def cut(
    data: U8, final: bool, table: int, delimiter: U8, runs: bool, quoted: bool, state: I64, bounds: U32, lines: I64,
    counts: I64, odd: I64,
) -> tuple[int, int]:  # fmt: skip
    """Cut rows from ``state`` = [byte, line] on until the arrays are full; (rows, odd ones), ``state`` moved on.

    ``table``: the cells of a row, where known. ``runs``: blanks and tabs in any number part cells. ``final`` False:
    more text follows, and an unfinished row is left for later. ``counts``: cells of each row. Blank rows are passed
    over. ``odd`` (k, 3): line, ``TOO_MANY`` or ``OPEN_QUOTE``, cells; such rows are not among ``bounds``, and after
    an open quote the next line begins a new row.
    """
    end = data.size
    width = bounds.shape[1] - 1
    mark = delimiter[0]
    long = delimiter.size
    rows = 0
    odds = 0
    while state[0] < end and rows < bounds.shape[0] and odds < odd.shape[0]:
        start = state[0]
        pos = start
        line = state[1]
        cells = 0
        filled = False
        extra = False
        opened = False
        unfinished = False
        if runs:
            while pos < end and (data[pos] == BLANK or data[pos] == TAB):
                pos += 1
        while True:  # cell by cell
            begin = pos
            if cells <= width:  # the beginning of one cell too many is the end of the last
                bounds[rows, cells] = begin
            full = False
            if quoted and pos < end and data[pos] == QUOTE:
                pos += 1
                breaks = 0
                likes = 0
                parts = 0
                closed = False
                while pos < end:
                    letter = data[pos]
                    if letter == QUOTE:
                        if pos + 1 < end and data[pos + 1] == QUOTE:
                            pos += 2
                            full = True
                            continue
                        closed = True
                        pos += 1
                        break
                    if letter in (LF, CR):
                        if letter == CR and pos + 1 < end and data[pos + 1] == LF:
                            pos += 1
                        line += 1
                        breaks += 1
                        if parts == table - 1:
                            likes += 1
                        parts = 0
                    elif letter == mark:
                        parts += 1
                    if letter > BLANK:
                        full = True
                    pos += 1
                    if pos - begin > CELL_LIMIT:
                        break
                if pos >= end and not final:
                    unfinished = True
                    break
                if not closed or (table > 3 and likes >= SWALLOWED):
                    opened = True
                    break
                if breaks > 0 and pos < end:
                    letter = data[pos]
                    if letter != LF and letter != CR and letter != mark and letter != BLANK and letter != TAB:
                        opened = True
                        break
            parted = False
            while pos < end:
                letter = data[pos]
                if letter in (LF, CR):
                    break
                if runs:
                    if letter in (BLANK, TAB):
                        parted = True
                        break
                elif letter == mark:
                    parted = True
                    for i in range(1, long):
                        if pos + i >= end or data[pos + i] != delimiter[i]:
                            parted = False
                    if parted:
                        break
                if letter > BLANK:
                    full = True
                pos += 1
            if full:
                filled = True
                if cells >= width:
                    extra = True
            cells += 1
            if parted:
                if not runs:
                    pos += long
                    continue
                while pos < end and (data[pos] == BLANK or data[pos] == TAB):
                    pos += 1
                if pos < end and data[pos] != LF and data[pos] != CR:
                    continue
            break
        if unfinished or (pos >= end and not final and not opened):
            break
        if opened:
            odd[odds, 0] = state[1]
            odd[odds, 1] = OPEN_QUOTE
            odd[odds, 2] = cells + 1
            odds += 1
            pos = start
            line = state[1]
            while pos < end and data[pos] != LF and data[pos] != CR:
                pos += 1
        elif extra and table > 0:
            odd[odds, 0] = state[1]
            odd[odds, 1] = TOO_MANY
            odd[odds, 2] = cells
            odds += 1
        elif filled:
            for rest in range(cells, width + 1):
                bounds[rows, rest] = pos + long
            lines[rows] = state[1]
            counts[rows] = cells
            rows += 1
        if pos < end:
            if data[pos] == CR and pos + 1 < end and data[pos + 1] == LF:
                pos += 1
            pos += 1
            line += 1
        state[0] = pos
        state[1] = line
    return rows, odds


@kernel
def trimmed(data: U8, start: Int, stop: Int) -> tuple[Int, Int]:
    """start and stop without blanks at either end, those of Unicode that ``str.strip`` takes away among them."""
    while start < stop:
        if data[start] <= BLANK:
            start += 1
            continue
        long = _wide_blank(data, start, stop)
        if long == 0:
            break
        start += long
    while stop > start:
        last = data[stop - 1]
        if last <= BLANK:
            stop -= 1
        elif last >= 0x80 and stop - 2 >= start and _wide_blank(data, stop - 2, stop) == 2:
            stop -= 2
        elif last >= 0x80 and stop - 3 >= start and _wide_blank(data, stop - 3, stop) == 3:
            stop -= 3
        else:
            break
    return start, stop


@kernel
def _wide_blank(data: U8, at: Int, stop: Int) -> int:
    """The bytes of a blank beyond ASCII that begins here, 0 where none does."""
    if data[at] == 0xC2 and at + 1 < stop and (data[at + 1] == 0xA0 or data[at + 1] == 0x85):
        return 2
    if at + 2 >= stop:
        return 0
    first, second, third = data[at], data[at + 1], data[at + 2]
    if first == 0xE3 and second == 0x80 and third == 0x80:
        return 3
    if (
        first == 0xE2
        and second == 0x80
        and ((0x80 <= third <= 0x8A) or third == 0xA8 or third == 0xA9 or third == 0xAF)
    ):
        return 3
    if first == 0xE2 and second == 0x81 and third == 0x9F:
        return 3
    if first == 0xE1 and second == 0x9A and third == 0x80:
        return 3
    return 0


@kernel
def gather(
    data: U8, bounds: U32, column: int, long: int, quoted: bool, style: int, out: U8, empty: Flags
) -> tuple[int, bool]:
    """Write the cells of a column one after the other, trimmed, without quotes, a ``JOINT`` between them.

    (bytes written, whether no cell holds a JOINT of its own). ``out`` has room for all bytes and one for each row;
    ``empty`` (n,) is set. ``style``: how numbers are written; those with a decimal comma or groups of thousands are
    written with a point and without groups.
    """
    to = 0
    plain = True
    for row in range(bounds.shape[0]):
        begin = to
        start: Int = np.int64(bounds[row, column])
        stop: Int = np.int64(bounds[row, column + 1]) - long
        if quoted and start < stop and data[start] == QUOTE:
            start += 1
            inside = True
            while start < stop:
                letter = data[start]
                if inside and letter == QUOTE:
                    start += 1
                    if start < stop and data[start] == QUOTE:
                        out[to] = QUOTE
                        to += 1
                        start += 1
                    else:
                        inside = False
                    continue
                out[to] = letter
                to += 1
                start += 1
            start, stop = trimmed(out, begin, to)
            if start != begin:
                for i in range(stop - start):
                    out[begin + i] = out[start + i]
            to = begin + int(stop - start)
        else:
            start, stop = trimmed(data, start, stop)
            for i in range(start, stop):
                out[to] = data[i]
                to += 1
        if style != AS_IT_IS and to > begin:
            to = begin + int(_plain_number(out, begin, to, style))
        for i in range(begin, to):
            if out[i] == JOINT:
                plain = False
        empty[row] = to == begin
        out[to] = JOINT
        to += 1
    return max(to - 1, 0), plain


@kernel
def _plain_number(text: U8, start: Int, stop: Int, style: int) -> Int:
    """Rewrite a number with a decimal comma or with groups in place; its new length, the old one where it is none."""
    mark = COMMA if style == COMMA_DECIMAL else POINT
    group = POINT if style == COMMA_DECIMAL else COMMA
    old = stop - start
    at = start
    if text[at] == 43 or text[at] == 45:
        at += 1
    first = at
    marks = 0
    groups = 0
    since = 0  # digits since the last mark or group
    for i in range(at, stop):
        letter = text[i]
        if 48 <= letter <= 57:
            since += 1
        elif letter == group and marks == 0:
            if since == 0 or since > 3 or (groups > 0 and since != 3):
                return old
            groups += 1
            since = 0
        elif letter == mark and marks == 0:
            if groups > 0 and since != 3:
                return old
            marks = 1
            since = 0
        else:
            return old
    if marks == 0 and (groups == 0 or since != 3 or style != GROUPED):
        return old
    if marks == 1 and since == 0 and text[first] == mark:
        return old
    if style == GROUPED_POINT and groups == 0:
        return old
    to = start
    for i in range(start, stop):
        if text[i] == mark:
            text[to] = POINT
            to += 1
        elif text[i] != group:
            text[to] = text[i]
            to += 1
    return to - start


@kernel
def figures(
    data: U8, bounds: U32, column: int, long: int, quoted: bool, style: int, out: F64, hard: Flags, room: U8
) -> bool:
    """Read a column of plain numbers, NaN where empty; False at the first cell that is none.

    Numbers of more than 15 or so digits, whose nearest double takes more arithmetic, are only marked in ``hard``.
    ``room`` holds one cell.
    """
    for row in range(bounds.shape[0]):
        start, stop = trimmed(data, np.int64(bounds[row, column]), np.int64(bounds[row, column + 1]) - long)
        if quoted and stop - start >= 2 and data[start] == QUOTE and data[stop - 1] == QUOTE:
            start, stop = trimmed(data, start + 1, stop - 1)
        hard[row] = False
        out[row] = np.nan
        if stop <= start:
            continue
        if stop - start > room.size:
            return False
        if style == AS_IT_IS:
            kind, value = _number(data, start, stop)
        else:
            for i in range(start, stop):
                room[i - start] = data[i]
            size = _plain_number(room, 0, stop - start, style)
            kind, value = _number(room, 0, size)
        if kind == 0:
            return False
        hard[row] = kind == 2
        out[row] = value
    return True


@kernel
def _number(text: U8, start: Int, stop: Int) -> tuple[int, float]:
    """(0, …) not a plain number; (1, value) exact; (2, …) a number that needs more arithmetic."""
    negative = text[start] == 45
    if negative or text[start] == 43:
        start += 1
    whole = np.uint64(0)
    digits = 0
    power = 0
    pointed = False
    some = False
    i = start
    while i < stop:
        letter = text[i]
        if 48 <= letter <= 57:
            some = True
            if digits < 19:
                whole = whole * np.uint64(10) + np.uint64(letter - 48)
            if whole > np.uint64(0):
                digits += 1
            if pointed:
                power -= 1
        elif letter == POINT and not pointed:
            pointed = True
        elif (letter == 69 or letter == 101) and some:
            break
        else:
            return 0, 0.0
        i += 1
    if not some:
        return 0, 0.0
    if i < stop:
        i += 1
        below = i < stop and text[i] == 45
        if i < stop and (text[i] == 43 or text[i] == 45):
            i += 1
        if i >= stop or stop - i > 4:
            return 0, 0.0
        exponent = 0
        while i < stop:
            if not 48 <= text[i] <= 57:
                return 0, 0.0
            exponent = exponent * 10 + int(text[i] - 48)
            i += 1
        power += -exponent if below else exponent
    if digits > 19 or whole >= _EXACT or power < -22 or power > 22:
        return 2, 0.0
    value = float(whole)
    value = value / _POWERS[-power] if power < 0 else value * _POWERS[power]
    return 1, -value if negative else value
