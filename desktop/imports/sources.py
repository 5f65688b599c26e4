"""What was chosen or dropped, as the list of sources to be brought in one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from gis.exchange.formats import READABLE, TRACKS
from gis.exchange.photos import PHOTOS

MOST = 1000  # sources taken of what is dropped at once
DEEPEST = 6  # folders below a dropped one that are looked into
_PROJECTS = frozenset({".qgs", ".qgz"})  # of QField and Mergin: the folder is one source, with its layers and photos
_WHOLE = frozenset({".gdb"})
_TABLES = frozenset(READABLE) - PHOTOS - _WHOLE
_ASIDE = frozenset({"media", "photos", "attachments", "dcim"})  # folders that hold what a table beside them names


def sources_in(paths: Iterable[Path | str]) -> list[Path]:
    """The files and folders that are imported each by itself, in the order given, none twice, at most ``MOST``.

    A file is a source. Of a folder: a File Geodatabase, a QGIS project's and a folder of photos (and their tracks) are
    one source; else every readable file in it and in the folders below, without the photos that lie beside a table.
    """
    found: dict[Path, None] = {}
    for path in paths:
        for source in _of(Path(path), 0):
            found.setdefault(source, None)
            if len(found) >= MOST:
                return list(found)
    return list(found)


def _of(path: Path, depth: int) -> Iterator[Path]:
    if not path.is_dir() or path.suffix.casefold() in _WHOLE:
        yield path
        return
    try:
        inside = sorted((p for p in path.iterdir() if not _hidden(p)), key=lambda p: p.name.casefold())
    except OSError:
        yield path  # the reader says why
        return
    files = [p for p in inside if p.is_file()]
    if any(p.suffix.casefold() in _PROJECTS for p in files):
        yield path
        return
    tables = [p for p in files if p.suffix.casefold() in _TABLES and not _beside(p, files)]
    photos = any(p.suffix.casefold() in PHOTOS for p in files)
    if tables and not (photos and all(p.suffix.casefold() in TRACKS for p in tables)):
        yield from tables
    elif photos:
        yield path
    if depth < DEEPEST:
        for folder in (p for p in inside if p.is_dir() and not p.is_symlink()):
            if not (tables and _is_aside(folder)):
                yield from _of(folder, depth + 1)


def _hidden(path: Path) -> bool:
    return path.name.startswith((".", "~$")) or path.name == "__MACOSX"


def _is_aside(folder: Path) -> bool:
    name = folder.name.casefold()
    return name in _ASIDE or name.endswith(("-media", "_media"))


def _beside(path: Path, files: list[Path]) -> bool:
    """Whether a file is only the part of another format: the .dat of a MapInfo table is no list of points."""
    return path.suffix.casefold() == ".dat" and any(
        p.stem.casefold() == path.stem.casefold() and p.suffix.casefold() == ".tab" for p in files
    )
