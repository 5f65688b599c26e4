"""Where the photos lie that a table names: beside the file, in ``media`` or ``<form>-media``, or in a tree of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from gis.exchange.media import media_columns
from gis.exchange.raw import Evidence, RawTable
from gis.exchange.text_cells import MendedCells

_SAMPLE = 500
_MOST_FILES = 100_000


def with_form_media(raw: RawTable, path: Path) -> RawTable:
    """The table with its media columns, whose cells are ways below ``media_root`` wherever the file was found.

    A name that lies in several folders (Kobo keeps one for each answer) is that of the folder called like one of the
    row's other cells. A file that is not there keeps its name: it is told by whoever wants it, row by row.
    """
    found = media_columns(raw.part(0, _SAMPLE).cells)
    if raw.media or not found:
        return raw
    cells = {name: raw.cells[name] for name in found}
    wanted = {_base(cell) for column in cells.values() for cell in column if cell is not None}
    root, files = _root(path, wanted)
    keys = _keys(raw) if any(len(ways) > 1 for ways in files.values()) else {}
    mended = {name: _ways(column, files, keys) for name, column in cells.items()}
    named = sum(cell is not None for column in cells.values() for cell in column)
    missing = sorted(wanted - files.keys())
    reason = "import.media_missing" if missing else "import.media_found"
    evidence = Evidence("media", str(named), reason, {"missing": str(len(missing)), "names": ", ".join(missing[:5])})
    names = {name: name for name in raw.columns}
    return replace(
        raw, cells=MendedCells(raw.cells, names, mended), media=found, media_root=root,
        evidence=(*raw.evidence, evidence),
    )  # fmt: skip


def _base(cell: str) -> str:
    return PurePosixPath(cell.replace("\\", "/")).name


def _root(path: Path, wanted: set[str]) -> tuple[Path, Mapping[str, list[str]]]:
    """(the folder, file name -> ways below it) of the candidate that holds most of the files."""
    folder = path.parent
    best: tuple[Path, dict[str, list[str]]] = (folder, {})
    stem = path.stem
    for name in (f"{stem}-media", f"{stem}_media", f"{stem} media", f"{stem}-attachments", f"{stem}_attachments", stem,
                 "media", "attachments", "photos", "DCIM"):  # fmt: skip
        if (folder / name).is_dir():
            files = _index(_tree(folder / name), wanted)
            if len(files) > len(best[1]):
                best = (folder / name, files)
    beside = _index((entry.name for entry in os.scandir(folder) if entry.is_file()), wanted)
    return (folder, beside) if len(beside) > len(best[1]) else best


def _tree(root: Path) -> Iterator[str]:
    count = 0
    for place, folders, files in os.walk(root):  # links are not followed
        folders.sort()
        for name in sorted(files):
            count += 1
            if count > _MOST_FILES:
                return
            yield Path(place, name).relative_to(root).as_posix()


def _index(ways: Iterator[str], wanted: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for way in ways:
        name = way.rsplit("/", 1)[-1]
        if name in wanted:
            found.setdefault(name, []).append(way)
    return found


def _keys(raw: RawTable) -> dict[int, set[str]]:
    """row -> its cells that may be the name of a folder: identifiers of an answer."""
    keys: dict[int, set[str]] = {}
    for name in raw.columns:
        if name.casefold().strip("_") in ("uuid", "id", "key", "instanceid"):
            for row, cell in enumerate(raw.cells[name]):
                if cell is not None:
                    keys.setdefault(row, set()).update({cell, cell.removeprefix("uuid:")})
    return keys


def _ways(
    column: NDArray[np.object_], files: Mapping[str, list[str]], keys: Mapping[int, set[str]]
) -> NDArray[np.object_]:
    made = column.copy()
    for row, cell in enumerate(column):
        if cell is None or any(mark in cell for mark in ";|\n"):  # several names stay as they are
            continue
        ways = files.get(_base(cell), [])
        if len(ways) > 1:
            given = cell.replace("\\", "/")
            same = [way for way in ways if way == given or given.endswith(f"/{way}")]
            own = same or [way for way in ways if keys.get(row, set()) & set(way.split("/"))]
            ways = own if len(own) == 1 else []
        if len(ways) == 1:
            made[row] = ways[0]
    return made
