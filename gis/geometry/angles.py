"""Numbers and angles as surveyors write them: decimal point or comma, degrees-minutes-seconds in any dress."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
from numpy.typing import NDArray

_NUMBER = r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?"
_PLAIN = re.compile(rf"\s*({_NUMBER})\s*(?:°|º|度|deg)?\s*\Z", re.IGNORECASE)
_ANGLE = re.compile(
    r"""\s*(?P<sign>[+-])?\s*(?P<head>[NSEW东西南北])?[纬经]?\s*
    (?P<d>\d{1,3}(?:[.,]\d+)?)\s*(?:°|º|˚|度|d|deg|:|\s)\s*
    (?:(?P<m>\d{1,2}(?:[.,]\d+)?)\s*(?:'|′|’|‘|分|m|:|\s)?\s*)?
    (?:(?P<s>\d{1,2}(?:[.,]\d+)?)\s*(?:"|″|”|“|''|′′|’’|秒|s)?\s*)?
    (?P<tail>[NSEW东西南北])?[纬经]?\s*\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_HEMISPHERE = re.compile(r"\s*(?:([NSEW])\s*([\d.,]+)|([\d.,]+)\s*([NSEW]))\s*\Z", re.IGNORECASE)
_NEGATIVE = frozenset("SWsw西南")
_PAIR = re.compile(rf"\s*[\[(（]?\s*({_NUMBER})\s*(?:,|，|;|\s)\s*({_NUMBER})(?:[\s,;]+{_NUMBER})*\s*[\])）]?\s*\Z")


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
    try:
        return np.array([np.nan if cell is None else float(cell) for cell in cells], dtype=np.float64)
    except ValueError:
        return np.array([np.nan if cell is None else parse_angle(cell) for cell in cells], dtype=np.float64)


def parse_pairs(cells: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First and second number of cells like ``(40.7, -73.9)`` or ``33.35 120.14 4.2 5.0``; NaN where there is none."""
    first = np.full(len(cells), np.nan)
    second = np.full(len(cells), np.nan)
    for i, cell in enumerate(cells):
        found = _PAIR.match(cell) if cell is not None else None
        if found:
            first[i] = float(found[1].replace(",", "."))
            second[i] = float(found[2].replace(",", "."))
    return first, second


def dms_text(degrees: float, letters: str, decimals: int = 3) -> str:
    """``120°09′18.456″E``; ``letters``: that of positive and that of negative angles, such as "EW"."""
    units = 10**decimals
    total = round(abs(degrees) * 3600 * units)  # rounded once, so that 59.9996 seconds become a whole minute
    seconds, part = divmod(total, units)
    minutes, seconds = divmod(seconds, 60)
    whole, minutes = divmod(minutes, 60)
    fraction = f".{part:0{decimals}d}" if decimals else ""
    return f"{whole}°{minutes:02d}′{seconds:02d}{fraction}″{letters[degrees < 0]}"
