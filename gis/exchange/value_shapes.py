"""What cells look like: identifiers that give their field away, and words that stand for entries of a code list."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from gis.catalogue import FeatureClass, Field
from gis.editing.values import read_value
from gis.errors import Refusal
from gis.exchange.coordinate_columns import fold

#: Field name -> what nearly all its cells match. GB/T 28181 annex D: 8 digits of division, 2 of industry, 3 of type
#: (111–146, 200–216 …), 1 of network, 6 of serial number; a division begins with a province, 11 to 82.
_SHAPES = {
    "gb28181_id": re.compile(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d{6}\d{2}[1-5]\d{2}\d{7}\Z"),
    "bssid": re.compile(r"(?:[0-9a-f]{2}[:\-]){5}[0-9a-f]{2}\Z|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\Z", re.IGNORECASE),
    "ip_address": re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\Z"),
}
_SHAPES["mac_address"] = _SHAPES["bssid"]
_MOSTLY = 0.9
_LIST = 0.8  # of the cells must be entries of a list before a column without a telling name is taken for it
_LEAST = 3  # filled cells, and of a list two different ones
_NOT = re.compile(r"[非未不无没]|\bnot?\b|\bnon\b", re.IGNORECASE)
_MOST_WORDS = 60
_ENDING = re.compile(r"(?:公司|集团|通信|通讯|网络|运营商|有限|股份|ghz|g|mhz|m|级|类|型|线|状态|中)\Z", re.IGNORECASE)


def shaped_like(f: Field, cells: Iterable[str | None]) -> bool:
    """Whether nearly all filled cells have the shape that only this field's values have."""
    shape = _SHAPES.get(f.name)
    filled = [cell.strip() for cell in cells if cell is not None]
    if shape is None or len(filled) < _LEAST:
        return False
    return sum(bool(shape.match(cell)) for cell in filled) >= _MOSTLY * len(filled)


def lists_like(cls: FeatureClass, f: Field, cells: Iterable[str | None]) -> bool:
    """Whether most filled cells are words of the field's code list, at least two different ones that are no numbers."""
    counts = Counter(cell for cell in cells if cell is not None)
    total = sum(counts.values())
    if not f.codes or total < _LEAST or not 2 <= len(counts) <= _MOST_WORDS:
        return False
    named = code_names(cls, f, counts)
    known = {cell for cell in counts if cell in named or _is_entry(cls, f, cell)}
    words = {cell for cell in known if not cell.replace(".", "").isdigit()}
    return len(words) >= 2 and sum(counts[cell] for cell in known) >= _LIST * total


def code_names(cls: FeatureClass, f: Field, cells: Iterable[str | None]) -> dict[str, str]:
    """Cells that are no entry of the field's code list but can only mean one: "中国移动" -> "mobile", "5G" -> "5".

    Cell -> stored code; words with a negation in them, and those that could be two entries, are left alone.
    """
    if not f.codes:
        return {}
    spellings: dict[str, set[str]] = {}
    for code in f.codes:
        for word in (code.value, code.label.zh, code.label.en):
            spellings.setdefault(_bare(word), set()).add(code.value)
            for piece in re.split(r"[\s()（）/、]+", word):
                if len(fold(piece)) >= 2:
                    spellings.setdefault(_bare(piece), set()).add(code.value)
    meant: dict[str, str] = {}
    for cell in dict.fromkeys(cell for cell in cells if cell is not None):
        if _is_entry(cls, f, cell):
            continue
        found = spellings.get(_bare(cell), set())
        if not found and not _NOT.search(cell) and len(cell) <= 40:
            folded = fold(cell)
            inside = {
                (len(word), code)
                for word, codes in spellings.items()
                if (_within(word, folded) or _within(folded, word)) and "other" not in codes
                for code in codes
            }
            longest = max((length for length, _ in inside), default=0)
            # two different entries in one cell, such as 移动、电信, are no guess of ours
            distinct = {code for _, code in inside}
            found = {code for length, code in inside if length == longest} if len(distinct) == 1 else set()
        if len(found) == 1:
            meant[cell] = next(iter(found))
    return meant


def _is_entry(cls: FeatureClass, f: Field, cell: str) -> bool:
    try:
        read_value(cls, f, cell)
    except Refusal:
        return False
    return True


def _within(word: str, text: str) -> bool:
    """Whether a word, long enough to mean something, stands in a text."""
    return len(word) >= (2 if not word.isascii() else 4) and word in text


def _bare(word: str) -> str:
    """A word without marks and without the endings people add: 2.4GHz and 2.4G, 主干级 and 主干."""
    folded = re.sub(r"[\s_\-:/()（）\[\]°]+", "", unicodedata.normalize("NFKC", word).casefold())
    while (shorter := _ENDING.sub("", folded)) != folded and shorter:
        folded = shorter
    return folded
