"""Numbers and angles as surveyors write them: decimal point or comma, degrees-minutes-seconds in any dress."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NUMBER = r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?"
_PLAIN = re.compile(rf"\s*({_NUMBER})\s*(?:°|º|度|deg)?\s*\Z", re.IGNORECASE)
_ANGLE = re.compile(
    r"""\s*(?P<sign>[+-])?\s*(?P<head>[NSEW东西南北])?[纬经]?\s*
    (?P<d>\d{1,3}(?:[.,]\d+)?)\s*(?:°|º|˚|度|d|deg|:|\s)\s*
    (?:(?P<m>\d{1,2}(?:[.,]\d+)?)\s*(?:'|′|’|‘|分|(?-i:m)|:|\s)?\s*)?
    (?:(?P<s>\d{1,2}(?:[.,]\d+)?)\s*(?:"|″|”|“|''|′′|’’|秒|(?-i:s))?\s*)?
    (?P<tail>[NSEW东西南北])?[纬经]?\s*\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_HEMISPHERE = re.compile(
    r"\s*(?:([NSEW东西南北])[纬经]?\s*([\d.,]+)|([\d.,]+)\s*([NSEW东西南北])[纬经]?)\s*\Z", re.IGNORECASE
)
_NEGATIVE = frozenset("SWsw西南")
_PAIR = re.compile(rf"\s*[\[(（]?\s*({_NUMBER})\s*(?:,|，|;|\s)\s*({_NUMBER})(?:[\s,;]+{_NUMBER})*\s*[\])）]?\s*\Z")
#: Between two angles of one cell; tried in this order.
_BETWEEN = tuple(
    re.compile(pattern)
    for pattern in (
        r"\s*[,，;；/、]\s*", r"(?<=[NSEWnsew])\s*(?=[\d+-])", r"(?<=[\d\"″”秒′'分°度])\s*(?=[NSEWnsew东西南北])",
        r"\s*[|\t]\s*", r"\s{2,}", r"(?<=[″\"”秒])\s+(?=\d)",
    )
)  # fmt: skip
_MANGLED = re.compile(r"\s*[+-]?\d{1,3}(?:(?:\.\d{3}){2,}|(?:,\d{3}){2,})\s*\Z")
_SCIENTIFIC = re.compile(r"\s*[+-]?\d(?:[.,](\d+))?[eE]\+?(\d{1,2})\s*\Z")
_FEW, _CHUNK = 1000, 100_000


def parse_angle(text: str) -> float:
    """Degrees of one coordinate, or NaN when it is none.

    Takes ``120.5``, ``120,5``, ``120°08′12.5″E``, ``33 21.5 N``, ``120:08:12``, ``北纬33度21分``, full-width digits.
    """
    # ´ and the like are folded by NFKC into a space and a combining mark; primes must survive as they are.
    text = unicodedata.normalize("NFKC", text.replace("´", "'").replace("″", '"').replace("′", "'")).strip()
    plain = _PLAIN.match(text)
    if plain:
        return float(plain[1].replace(",", "."))
    hemisphere = _HEMISPHERE.match(text)
    if hemisphere:
        letter = hemisphere[1] or hemisphere[4]
        try:
            value = float((hemisphere[2] or hemisphere[3]).replace(",", "."))
        except ValueError:
            return float("nan")
        return -value if letter in _NEGATIVE else value
    found = _ANGLE.match(text)
    if not found:
        return float("nan")
    degrees, minutes, seconds = (float((found[key] or "0").replace(",", ".")) for key in ("d", "m", "s"))
    if minutes >= 60 or seconds >= 60:
        return float("nan")
    value = degrees + minutes / 60 + seconds / 3600
    negative = found["sign"] == "-" or (found["head"] or found["tail"] or "") in _NEGATIVE
    return -value if negative else value


def parse_angles(cells: NDArray[np.object_]) -> NDArray[np.float64]:
    """Degrees (or metres) of a column of text, float64 (n,); NaN where a cell is empty or no number."""
    if len(cells) < _FEW:
        return _slowly(cells)
    made = np.empty(len(cells), dtype=np.float64)
    for start in range(0, len(cells), _CHUNK):
        chunk = cells[start : start + _CHUNK]
        text = _code_points(chunk)
        if text is None:
            made[start : start + len(chunk)] = _slowly(chunk)
            continue
        from gis.geometry.angle_kernels import read_angles  # compiled code is slow to load and seldom needed

        odd = np.empty(len(chunk), dtype=np.bool_)
        part = made[start : start + len(chunk)]
        read_angles(text, part, odd)
        part[odd] = _slowly(chunk[odd])
    return made


def parse_pairs(cells: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First and second number of cells like ``(40.7, -73.9)`` or ``33.35 120.14 4.2 5.0``; NaN where there is none.

    Two angles with degrees, minutes and seconds do too: ``33°21′N, 120°08′E``.
    """
    first = np.full(len(cells), np.nan)
    second = np.full(len(cells), np.nan)
    for start in range(0, len(cells), _CHUNK):
        chunk = cells[start : start + _CHUNK]
        rows: NDArray[Any] = np.arange(len(chunk))
        text = _code_points(chunk) if len(cells) >= _FEW else None
        if text is not None:
            from gis.geometry.angle_kernels import read_pairs

            odd = np.empty(len(chunk), dtype=np.bool_)
            end = start + len(chunk)
            read_pairs(text, first[start:end], second[start:end], odd)
            rows = np.flatnonzero(odd)
        for i in rows.tolist():
            if chunk[i] is not None:
                first[start + i], second[start + i] = parse_pair(chunk[i])
    return first, second


def parse_pair(text: str) -> tuple[float, float]:
    """The first two numbers of one cell, or of its two angles; NaN for both where there are none."""
    found = _PAIR.match(text)
    if found:
        return float(found[1].replace(",", ".")), float(found[2].replace(",", "."))
    for pattern in _BETWEEN:
        halves = pattern.split(text.strip().strip("()[]（）【】"))
        if len(halves) == 2:
            first, second = parse_angle(halves[0]), parse_angle(halves[1])
            if first == first and second == second:
                return first, second
    return float("nan"), float("nan")


def mangled(text: str) -> bool:
    """Whether a spreadsheet took a number's point for a thousands mark: ``461.993.881``; what it was cannot be told."""
    return bool(_MANGLED.match(unicodedata.normalize("NFKC", text)))


def coarse(text: str) -> float:
    """What one unit of the last digit of a number like ``4.62E+05`` stands for; 0 for one not written so."""
    found = _SCIENTIFIC.match(unicodedata.normalize("NFKC", text))
    return 10.0 ** (int(found[2]) - len(found[1] or "")) if found else 0.0


def _code_points(cells: NDArray[np.object_]) -> NDArray[np.uint32] | None:
    """Cells as code points with a separator between; None where a cell holds that itself or is no text."""
    try:
        text = "\x1f".join(["" if cell is None else cell for cell in cells])
    except TypeError:
        return None
    if text.count("\x1f") != len(cells) - 1:
        return None
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _slowly(cells: NDArray[np.object_]) -> NDArray[np.float64]:
    return np.array([np.nan if cell is None else _one(str(cell)) for cell in cells], dtype=np.float64)


def _one(text: str) -> float:
    try:
        value = float(text) if "_" not in text else float("nan")
    except ValueError:
        return parse_angle(text)
    return value if abs(value) < float("inf") else float("nan")


def dms_text(degrees: float, letters: str, decimals: int = 3) -> str:
    """``120°09′18.456″E``; ``letters``: that of positive and that of negative angles, such as "EW"."""
    units = 10**decimals
    total = round(abs(degrees) * 3600 * units)  # rounded once, so that 59.9996 seconds become a whole minute
    seconds, part = divmod(total, units)
    minutes, seconds = divmod(seconds, 60)
    whole, minutes = divmod(minutes, 60)
    fraction = f".{part:0{decimals}d}" if decimals else ""
    return f"{whole}°{minutes:02d}′{seconds:02d}{fraction}″{letters[degrees < 0]}"
