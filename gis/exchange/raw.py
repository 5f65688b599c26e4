"""What a file holds before anyone decides what it means: named columns of text, and the evidence of how it was read."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing the sniffer decided: what, which value, and why (a message code with its arguments)."""

    what: str
    value: str
    reason: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reject:
    """One source row that is not taken: its line in the file, and why."""

    line: int
    why: Refusal


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the user says a file is to be read; None leaves it to the evidence.

    ``header_line``: 1-based, 0 = there is none and columns are called "column 1" and so on. ``layer``: a layer, sheet
    or member of the file, "*" = all together where the format knows it.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    decimal: Literal[".", ","] | None = None
    layer: str | None = None


class LazyCells(Mapping[str, NDArray[np.object_]]):
    """Cells that stay in the bytes of their file; asking for a column makes its object array anew each time."""

    @abstractmethod
    def part(self, start: int, stop: int) -> LazyCells:
        """Rows start to stop, without a copy of their cells."""

    @abstractmethod
    def taken(self, rows: NDArray[np.int64]) -> LazyCells:
        """The rows of these numbers, in this order."""

    @abstractmethod
    def numbers(self, column: str) -> NDArray[np.float64] | None:
        """As `RawTable.numbers`."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """n rows as text, column by column.

    ``cells``: column name -> object array (n,), None where empty; of a big file a `LazyCells`, so ask once for a column
    and for a sample ask ``part(0, 500).cells``. ``lines``: int64 (n,), where each row begins in the
    file. ``geometry``: object array of shapely geometries or None for a format that carries them itself, in ``crs``
    (None where the file does not say). ``unreadable``: rows that could not be split into cells at all. ``layers``:
    the names a file of several layers offers, ``layer`` the one read. ``datum``: what the kind of file is known for.
    ``media``: columns whose cells name photos or documents, below the folder ``media_root``; ``keeps`` is held as long
    as the table lives (an unpacked archive's folder).
    """

    columns: tuple[str, ...]
    cells: Mapping[str, NDArray[np.object_]]
    lines: NDArray[np.int64]
    geometry: NDArray[np.object_] | None = None
    crs: str | None = None
    evidence: tuple[Evidence, ...] = ()
    unreadable: tuple[Reject, ...] = ()
    layers: tuple[str, ...] = ()
    layer: str | None = None
    datum: Literal["wgs84", "gcj02"] | None = None
    media: tuple[str, ...] = ()
    media_root: Path | None = None
    keeps: Any = None

    def __len__(self) -> int:
        return len(self.lines)

    def part(self, start: int, stop: int) -> RawTable:
        """Rows start to stop (as a slice) with the same columns; cheap. Unreadable rows stay with the whole table."""
        start, stop, _ = slice(start, stop).indices(len(self))
        stop = max(start, stop)
        cells: Mapping[str, NDArray[np.object_]]
        if isinstance(self.cells, LazyCells):
            cells = self.cells.part(start, stop)
        else:
            cells = {name: column[start:stop] for name, column in self.cells.items()}
        geometry = None if self.geometry is None else self.geometry[start:stop]
        return replace(self, cells=cells, lines=self.lines[start:stop], geometry=geometry, unreadable=())

    def taken(self, rows: NDArray[np.int64]) -> RawTable:
        """The rows of these numbers (0-based, in this order) with the same columns, evidence and unreadable rows."""
        cells: Mapping[str, NDArray[np.object_]]
        if isinstance(self.cells, LazyCells):
            cells = self.cells.taken(rows)
        else:
            cells = {name: column[rows] for name, column in self.cells.items()}
        geometry = None if self.geometry is None else self.geometry[rows]
        return replace(self, cells=cells, lines=self.lines[rows], geometry=geometry)

    def numbers(self, column: str) -> NDArray[np.float64] | None:
        """The column as float64 (n,), NaN where a cell is empty; None unless every other cell is a plain number
        (ASCII digits, one point, sign and exponent allowed)."""
        if isinstance(self.cells, LazyCells):
            return self.cells.numbers(column)
        return plain_numbers(self.cells[column])


_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)


def plain_numbers(cells: NDArray[np.object_]) -> NDArray[np.float64] | None:
    """float64 (n,) of text cells, NaN where None; None where any other cell is not a plain number."""
    numbers = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        if cell is None:
            continue
        if not isinstance(cell, str) or not _PLAIN_NUMBER.fullmatch(cell):
            return None
        numbers[row] = float(cell)
    return numbers
