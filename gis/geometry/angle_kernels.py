"""Columns of numbers and angles read at compiled speed; whatever is unusual is left to the patterns of `angles`.

A column is one array of code points, its cells parted by ``SEPARATOR``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])

SEPARATOR = 0x1F
_EXACT = 2**53  # a mantissa up to here over a power of ten up to 22 is rounded once, as float() does
_TENS = np.array([10.0**k for k in range(23)])


def kernel(function: F) -> F:
    """Compiled without the GIL and kept in numba's cache, where one can be written."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no folder for the cache: compiled anew in each run
        return cast(F, numba.njit(nogil=True)(function))


@kernel
def read_angles(text: NDArray[np.uint32], out: NDArray[np.float64], odd: NDArray[np.bool_]) -> None:
    """Fill ``out`` (n,) with the degrees or plain numbers of n cells; ``odd`` where a closer look is needed."""
    at, end = 0, len(text)
    for row in range(len(out)):
        stop = at
        while stop < end and text[stop] != SEPARATOR:
            stop += 1
        value, sure = _angle(text, at, stop)
        out[row] = value
        odd[row] = not sure
        at = stop + 1


@kernel
def read_pairs(
    text: NDArray[np.uint32], first: NDArray[np.float64], second: NDArray[np.float64], odd: NDArray[np.bool_]
) -> None:
    """Fill ``first`` and ``second`` (n,) with the first two plain numbers of n cells; ``odd`` as in `read_angles`."""
    at, end = 0, len(text)
    for row in range(len(first)):
        stop = at
        while stop < end and text[stop] != SEPARATOR:
            stop += 1
        i, j = _trimmed(text, at, stop)
        first[row] = second[row] = np.nan
        odd[row] = False
        if i < j:
            one, i, sure = _signed(text, i, j)
            two, i, also = _next(text, i, j)
            sure = sure and also
            while sure and i < j:  # height and accuracy
                _, i, sure = _next(text, i, j)
            odd[row] = not sure
            if not odd[row]:
                first[row], second[row] = one, two
        at = stop + 1


@kernel
def _plain(c: int) -> int:
    """Full-width signs and digits as plain ones."""
    if 0xFF01 <= c <= 0xFF5E:
        return c - 0xFEE0
    return 45 if c == 0x2212 else c


@kernel
def _blank(c: int) -> bool:
    return c == 32 or c == 9 or c == 0xA0 or c == 0x3000


@kernel
def _trimmed(text: NDArray[np.uint32], i: int, j: int) -> tuple[int, int]:
    while i < j and _blank(text[i]):
        i += 1
    while j > i and _blank(text[j - 1]):
        j -= 1
    return i, j


@kernel
def _number(text: NDArray[np.uint32], i: int, j: int) -> tuple[float, int, bool, bool]:
    """(value, index after it, whether it has a fraction, whether it is one) of digits with a point or comma."""
    mantissa, digits, fraction, point = 0, 0, 0, False
    while i < j:
        c = _plain(text[i])
        if 48 <= c <= 57:
            if digits < 18:
                mantissa = mantissa * 10 + (c - 48)
            digits += 1
            if point:
                fraction += 1
        elif (c == 46 or c == 44) and not point:
            if c == 44 and not (i + 1 < j and 48 <= _plain(text[i + 1]) <= 57):
                break  # a comma that ends the number
            point = True
        else:
            break
        i += 1
    if digits == 0 or digits > 18 or fraction > 22 or mantissa > _EXACT:
        return np.nan, i, point, False
    return mantissa / _TENS[fraction], i, point, True


@kernel
def _signed(text: NDArray[np.uint32], i: int, j: int) -> tuple[float, int, bool]:
    """(value, index after it, whether it is a number) of a number with its sign; a comma is no decimal mark here."""
    negative = False
    if i < j and (_plain(text[i]) == 45 or _plain(text[i]) == 43):
        negative = _plain(text[i]) == 45
        i += 1
    k = i
    while k < j and (48 <= _plain(text[k]) <= 57 or _plain(text[k]) == 46):
        k += 1
    value, stop, _, sure = _number(text, i, k)
    return (-value if negative else value), k, sure and stop == k


@kernel
def _next(text: NDArray[np.uint32], i: int, j: int) -> tuple[float, int, bool]:
    """As `_signed`, of a number that follows another after blanks, a comma or a semicolon."""
    before = i
    while i < j and _blank(text[i]):
        i += 1
    if i < j and (_plain(text[i]) == 44 or _plain(text[i]) == 59):
        i += 1
    elif i == before:
        return np.nan, i, False
    while i < j and _blank(text[i]):
        i += 1
    return _signed(text, i, j)


@kernel
def _hemisphere(c: int) -> int:
    """1 for N and E, -1 for S and W, 0 for no letter of these; 东 6771 西 897F 南 5357 北 5317."""
    if c == 78 or c == 110 or c == 69 or c == 101 or c == 0x4E1C or c == 0x5317:
        return 1
    if c == 83 or c == 115 or c == 87 or c == 119 or c == 0x897F or c == 0x5357:
        return -1
    return 0


@kernel
def _mark(c: int) -> int:
    """1 a sign of degrees, 2 of minutes, 3 of seconds, 4 a colon, 5 a blank, 0 another."""
    if c == 0xB0 or c == 0xBA or c == 0x2DA or c == 0x5EA6 or c == 100 or c == 68:
        return 1
    if c == 39 or c == 0x2032 or c == 0x2019 or c == 0x2018 or c == 0x5206 or c == 0xB4 or c == 109:
        return 2
    if c == 34 or c == 0x2033 or c == 0x201D or c == 0x201C or c == 0x79D2:
        return 3
    if c == 58:
        return 4
    return 5 if _blank(c) else 0


@kernel
def _angle(text: NDArray[np.uint32], i: int, j: int) -> tuple[float, bool]:
    i, j = _trimmed(text, i, j)
    if i == j:
        return np.nan, True
    sign, letters = 1.0, 0
    c = _plain(text[i])
    if c == 45 or c == 43:
        sign = -1.0 if c == 45 else 1.0
        i += 1
    elif _hemisphere(c) != 0:
        sign, letters = float(_hemisphere(c)), 1
        i += 1
        while i < j and (_blank(text[i]) or text[i] == 0x7EAC or text[i] == 0x7ECF):  # 纬 经
            i += 1
    total, unit, parts = 0.0, 1.0, 0
    while True:
        begins = i
        value, i, fractional, sure = _number(text, i, j)
        if not sure or (parts > 0 and (value >= 60 or not 48 <= _plain(text[begins]) <= 57)):
            return np.nan, False
        total += value / unit
        parts += 1
        if i == j:
            break
        blanks, mark = 0, 0
        while i < j and _mark(_plain(text[i])) == 5:
            blanks += 1
            i += 1
        if i < j:
            mark = _mark(_plain(text[i]))
        if mark == 1 or mark == 2 or mark == 3 or mark == 4:
            i += 1
            if mark == 2 and parts == 3 and i < j and _mark(_plain(text[i])) == 2:  # '' for seconds
                i += 1
                mark = 3
            if (mark == 4 and parts == 3) or (mark != 4 and mark != parts) or (mark == 4 and i == j):
                return np.nan, False
            while i < j and _blank(text[i]):
                i += 1
        elif mark == 0 and blanks == 0 and not (i < j and _hemisphere(_plain(text[i])) != 0):
            return np.nan, False
        if i == j:
            break
        if _hemisphere(_plain(text[i])) != 0:
            if letters or sign < 0 or i + 1 != j:
                return np.nan, False
            sign = float(_hemisphere(_plain(text[i])))
            break
        if fractional or parts == 3:  # only the last part may have a fraction
            return np.nan, False
        unit *= 60.0
    if parts > 1 and total >= 1000:
        return np.nan, False
    return sign * total, True
