"""What a label says: a field's value, or a template of several such as ``{name} {fibre_count}芯``.

A template's words stand between spaces; a word with a field that has no value is left out with all that clings to it,
so a cable without a count of fibres is not labelled "芯".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_BRACES = re.compile(r"\{(\w+)\}")


def fields_of(label: str | None) -> tuple[str, ...]:
    """The fields of which a label is made, each once: all in braces, or the label is itself the name of one."""
    if not label:
        return ()
    return tuple(dict.fromkeys(_BRACES.findall(label))) or (label,)


def texts_of(label: str | None, words: Mapping[str, NDArray[np.object_]], n: int) -> NDArray[np.object_]:
    """The label of each of n features from the words (n,) of each of ``fields_of``; None where there is none."""
    words = {name: _as_texts(column) for name, column in words.items()}
    if not label or label in words:
        return words[label] if label else np.full(n, None, object)
    made = np.full(n, None, object)
    pieces = [(_BRACES.split(piece)[::2], [words[name] for name in _BRACES.findall(piece)]) for piece in label.split()]
    for i in range(n):
        kept = []
        valued = False
        for literals, columns in pieces:
            values = [column[i] for column in columns]
            if all(values):
                kept.append("".join(map(str.__add__, literals, [*values, ""])))
                valued = valued or bool(values)
        if valued:
            made[i] = " ".join(kept)
    return made


def _as_texts(column: NDArray[np.object_]) -> NDArray[np.object_]:
    values = column.tolist()
    if set(map(type, values)) <= {str, type(None)}:
        return column
    made = np.empty(len(values), object)
    made[:] = [value if value is None else str(value) for value in values]
    return made


def letters_of(texts: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The Unicode code points of all texts in one row, and where each text begins in it (n + 1,)."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.int32).copy()
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=starts[1:])
    return codes, starts


def hashes_of(texts: list[str]) -> NDArray[np.int64]:
    """A number for each text (n,), equal for equal ones."""
    return np.fromiter(map(hash, texts), np.int64, len(texts))


def is_han(codes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which letters are Chinese, Japanese or full-width: as wide as they are tall, and able to stand on each other."""
    return (
        ((codes >= 0x2E80) & (codes <= 0x9FFF))
        | ((codes >= 0xF900) & (codes <= 0xFAFF))
        | ((codes >= 0xFF01) & (codes <= 0xFF60))
        | (codes >= 0x20000)
    )
