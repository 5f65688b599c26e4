"""What the cells of each column look like: numbers, angles, dates, codes, yes or no, text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from gis.exchange.raw import RawTable
from gis.geometry.angles import mangled, parse_angle

ColumnKind = Literal["empty", "whole", "number", "mangled", "yes/no", "date", "angle", "code", "text"]
_SAMPLE = 1000
#: So many of the filled cells must look so; a few are always mistyped.
_MOST = 0.95
_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d{0,14})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9]\d{0,14})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_CLOCK = r"(?:[T ]\s*\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:Z|[+-]\d\d:?\d\d|[AP]M)?)?"
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_DATE = re.compile(
    rf"(?:{_YEAR}([-/.]){_MONTH}\1{_DAY}|{_YEAR}年{_MONTH}月(?:{_DAY}日?)?|{_MONTH}/{_DAY}/{_YEAR}|{_DAY}\.{_MONTH}\.{_YEAR}"
    rf"|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])){_CLOCK}",
    re.ASCII | re.IGNORECASE,
)
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9一-鿿]+(?:[-_./:#][A-Za-z0-9一-鿿]+)*", re.ASCII)
_SPELLED = frozenset(
    ("是", "否", "有", "无", "yes", "no", "y", "n", "true", "false", "t", "f", "on", "off", "√", "×", "✓", "✗")
)
_LONGEST_CODE = 40


def column_kinds(raw: RawTable) -> dict[str, ColumnKind]:
    """The kind of each column, from a thousand rows spread over the table.

    Digits with a leading zero, or more of them than a number has (GB/T 28181 has 20), are a code and not a number, as
    is a short mix of letters and digits that differs from row to row. "mangled" are numbers a spreadsheet has spoiled.
    """
    if len(raw) > _SAMPLE:
        raw = raw.taken(np.linspace(0, len(raw) - 1, _SAMPLE).astype(np.int64))
    return {name: _kind([cell for cell in raw.cells[name] if cell is not None]) for name in raw.columns}


def _kind(cells: Sequence[str]) -> ColumnKind:
    if not cells:
        return "empty"
    plain = [cell if cell.isascii() else unicodedata.normalize("NFKC", cell) for cell in cells]
    for kind, fits in _TESTS:
        if _share(plain, fits) >= _MOST:
            return kind
    return "code" if _are_codes(plain) else "text"


def _share(cells: Sequence[str], fits: Callable[[str], object]) -> float:
    return sum(bool(fits(cell)) for cell in cells) / len(cells)


def _are_codes(cells: Sequence[str]) -> bool:
    if _share(cells, lambda cell: len(cell) <= _LONGEST_CODE and _CODE.fullmatch(cell)) < _MOST:
        return False
    return len(set(cells)) > len(cells) / 2 or _share(cells, str.isdigit) >= _MOST


def _is_angle(cell: str) -> bool:
    """Degrees with minutes or a hemisphere, not a plain number."""
    return bool(np.isfinite(parse_angle(cell)))


_TESTS: tuple[tuple[ColumnKind, Callable[[str], object]], ...] = (
    ("yes/no", lambda cell: cell.casefold() in _SPELLED),
    ("date", _DATE.fullmatch),
    ("whole", _WHOLE.fullmatch),
    ("number", _NUMBER.fullmatch),
    ("mangled", lambda cell: _NUMBER.fullmatch(cell) or mangled(cell)),
    ("angle", lambda cell: not cell.isdigit() and _is_angle(cell)),
)
