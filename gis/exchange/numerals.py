"""How numbers are written in a table: decimal point or comma, and groups of thousands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from gis.exchange.kernels import AS_IT_IS, COMMA_DECIMAL, GROUPED, GROUPED_POINT
from gis.exchange.raw import Evidence

Decimal = Literal[".", ","]
_POINT = re.compile(r"[+-]?\d+\.\d+", re.ASCII)
_COMMA = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+", re.ASCII)
_MAYBE_GROUP = re.compile(r"[+-]?\d{1,3}[.,]\d{3}", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_GROUPED_POINT = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
#: So many of a column's filled cells must be numbers before any of them is rewritten.
_MOST = 0.9


def numerals(
    rows: Sequence[Sequence[str | None]], width: int, delimiter: str, given: Decimal | None, typed: bool = False
) -> tuple[tuple[int, ...], Evidence | None]:
    """(style of each column as in ``kernels``, evidence of the decimal mark where there is something to tell).

    The mark is a comma where some column has numbers that only a decimal comma explains (``120,14``) and none has a
    decimal point; in a sheet, where numbers may be ``typed``, columns of points alone say nothing. Points are never
    taken for groups of thousands unless a comma follows them: 33.351 beside 33,352 may well be one height typed twice.
    """
    columns = [[row[at] for row in rows if at < len(row) and row[at] is not None] for at in range(width)]
    texts = [[cell for cell in column if cell is not None] for column in columns]
    mark: Decimal
    if given is not None:
        mark, reason = given, "import.by_user"
    elif delimiter != "," and _commas(texts, typed):
        mark, reason = ",", "import.only_decimal_commas"
    else:
        mark, reason = ".", ""
    if mark == ",":
        styles = tuple(COMMA_DECIMAL if _share(column, _COMMA, _WHOLE, _POINT) else AS_IT_IS for column in texts)
    elif given is not None:
        styles = tuple(GROUPED if _share(column, _GROUPED, _WHOLE, _POINT) else AS_IT_IS for column in texts)
    else:
        styles = tuple(
            GROUPED_POINT if any(_GROUPED_POINT.fullmatch(c) for c in column)
            and _share(column, _GROUPED, _WHOLE, _POINT) else AS_IT_IS for column in texts
        )  # fmt: skip
    return styles, Evidence("decimal", mark, reason) if reason else None


def _commas(columns: Sequence[Sequence[str]], typed: bool) -> bool:
    sure = False
    for column in columns:
        if not _share(column, _COMMA, _WHOLE, _POINT):
            continue
        if any(_POINT.fullmatch(cell) and not _MAYBE_GROUP.fullmatch(cell) for cell in column):
            if typed and not any(_COMMA.fullmatch(cell) for cell in column):
                continue
            return False
        sure = sure or any(_COMMA.fullmatch(cell) and not _MAYBE_GROUP.fullmatch(cell) for cell in column)
    return sure


def _share(column: Sequence[str], *kinds: re.Pattern[str]) -> bool:
    fitting = sum(any(kind.fullmatch(cell) for kind in kinds) for cell in column)
    return bool(column) and fitting >= _MOST * len(column)
