"""Which columns of a table name photos and documents that lie beside the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gis.exchange.raw import RawTable

MEDIA = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".tif", ".tiff", ".pdf", ".mp4", ".mov", ".m4a", ".mp3", ".amr")
_SAMPLE = 500


def with_media(raw: RawTable, root: Path) -> RawTable:
    """The table with its media columns named, below ``root``; unchanged where it has none or already says so."""
    if raw.media:
        return raw
    found = media_columns(raw.part(0, _SAMPLE).cells)
    return replace(raw, media=found, media_root=root) if found else raw


def media_columns(cells: Mapping[str, NDArray[np.object_]]) -> tuple[str, ...]:
    """Names of the columns most of whose filled cells are ways to a photo or document: ``DCIM/a.jpg``, no address."""
    return tuple(name for name, column in cells.items() if _names_files(column))


def _names_files(column: NDArray[np.object_]) -> bool:
    filled = [cell for cell in column if isinstance(cell, str)]
    named = sum(
        cell.casefold().endswith(MEDIA) and "://" not in cell and "\n" not in cell and len(cell) < 300
        for cell in filled
    )
    return named * 2 > len(filled)
