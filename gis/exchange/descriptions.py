"""Attributes that a KML keeps in the HTML of its balloons: tables of two cells a row, and lines ``name: value``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser

import numpy as np
from numpy.typing import NDArray

_LONGEST = 100_000
_MOST_COLUMNS = 200
_LINE = re.compile(r"\s*([^:：=<>\n]{1,40}?)\s*[:：=]\s*(.*?)\s*\Z")
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3"})
PHOTO = "photo"


class _Balloon(HTMLParser):
    """One description taken apart: ``rows`` of its tables' cells, ``lines`` of its other text, ``images``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.lines: list[str] = [""]
        self.images: list[str] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._end_cell()
            self.rows.append([])
        elif tag in ("td", "th"):
            self._end_cell()
            self._cell = []
        elif tag == "img":
            self.images += [value for name, value in attrs if name == "src" and value]
        if tag in _BREAKS:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag in _BREAKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
        else:
            first, *rest = data.split("\n")
            self.lines[-1] += first
            self.lines += rest

    def close(self) -> None:
        super().close()
        self._end_cell()

    def _end_cell(self) -> None:
        if self._cell is not None:
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None


def attributes_in(descriptions: NDArray[np.object_]) -> dict[str, NDArray[np.object_]]:
    """Name -> object (n,) of what the balloons of n features say; empty where they are plain prose.

    A name counts when at least a third of the filled balloons have it. The first picture is the column ``photo``.
    """
    filled = [row for row, text in enumerate(descriptions) if isinstance(text, str) and text.strip()]
    found = {row: _pairs(descriptions[row][:_LONGEST]) for row in filled}
    counts = Counter(name for pairs in found.values() for name in pairs)
    wanted = [name for name, count in counts.items() if count * 3 >= len(filled)][:_MOST_COLUMNS]
    columns: dict[str, NDArray[np.object_]] = {}
    for name in wanted:
        column = np.full(len(descriptions), None, dtype=object)
        for row, pairs in found.items():
            column[row] = pairs.get(name) or None
        columns[name] = column
    return columns


def _pairs(text: str) -> Mapping[str, str]:
    balloon = _Balloon()
    try:
        balloon.feed(text)
        balloon.close()
    except (AssertionError, ValueError):  # the parser's own on declarations that no page has
        return {}
    pairs = {row[0].rstrip(":： "): row[1] for row in balloon.rows if len(row) == 2 and 0 < len(row[0]) <= 40}
    if not balloon.rows:
        for line in balloon.lines:
            matched = _LINE.match(line)
            if matched and "//" not in line.split(matched[2] or "\0")[0] and not matched[2].startswith("//"):
                pairs.setdefault(matched[1], matched[2])
    if balloon.images and "://" not in balloon.images[0]:
        pairs.setdefault(PHOTO, balloon.images[0])
    pairs.pop("", None)
    return pairs
