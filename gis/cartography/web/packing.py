"""Columns of numbers and texts as short texts that a page carries inside itself.

Whole numbers are written as differences in four planes of bytes, which deflate packs well and a browser undoes in one
pass; everything is packed by deflate (zlib's form, RFC 1950) and written in base64. The same input gives the same text.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 6  # of deflate: 9 takes three times as long for a fiftieth less
_FEW = 0.5  # a column of texts with fewer different ones than this share is written as places in a list of them


class Blocks:
    """The packed blocks of a page, in the order they were added."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, raw: bytes) -> int:
        """Keep a block; returns its number."""
        self.texts.append(b64encode(zlib.compress(raw, LEVEL)).decode("ascii"))
        return len(self.texts) - 1

    def add_numbers(self, *columns: NDArray[Any]) -> int:
        """Keep columns of whole numbers (32 bits, signed), one after the other; returns the block's number."""
        return self.add(b"".join(planes(column) for column in columns))

    def add_values(self, columns: Sequence[Sequence[Any]]) -> int:
        """Keep columns of texts, numbers and nulls; returns the block's number."""
        return self.add(plain_json([listed(column) for column in columns]).encode("utf-8"))


def planes(numbers: NDArray[Any]) -> bytes:
    """Whole numbers (n,) within 31 bits as the differences from one to the next: all lowest bytes, …, all highest."""
    wide = np.asarray(numbers, np.int64)
    steps = np.diff(wide, prepend=0)
    folded = ((steps << 1) ^ (steps >> 63)).astype("<u4")  # small steps back have small numbers too
    return folded.view(np.uint8).reshape(-1, 4).T.tobytes()


def listed(column: Sequence[Any]) -> Any:
    """A column as it is, or where few values come back often {"of": values, "at": places}."""
    known: dict[Any, int] = {}
    places = [known.setdefault((type(value), value), len(known)) for value in column]
    if len(known) > _FEW * len(places):
        return list(column)
    return {"of": [value for _, value in known], "at": places}


def plain_json(data: Any) -> str:
    """JSON without spaces; letters as they are."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def script_json(data: Any) -> str:
    """JSON that no text inside can turn into markup."""
    text = plain_json(data)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
