"""What a file holds before anyone decides what it means: named columns of text, and the evidence of how it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class RawTable:
    """n rows as text, column by column.

    ``cells``: column name -> object array (n,), None where empty. ``lines``: int64 (n,), where each row begins in the
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
