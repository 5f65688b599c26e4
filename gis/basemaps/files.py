"""Files that serve as base maps are looked at with care: the project's own file must not be touched."""

from __future__ import annotations

from pathlib import Path

from gis.errors import Refusal

APPLICATION_ID = 0x59414E54  # "YANT": in the header of every project file
PROJECT_SUFFIX = ".yantu"
SQLITE = b"SQLite format 3\0"
_HEADER = 128


def header(path: Path) -> bytes:
    """The first bytes of a file that may be a base map.

    An open project shows by its name or by the log beside it and is not opened at all: opening and closing it would
    drop the locks SQLite holds on it in this process.

    Raises Refusal ``basemaps.no_file``, ``.is_project``, ``.in_use``, ``.unreadable``, ``.empty``.
    """
    if not path.exists():
        raise Refusal("basemaps.no_file", path=path)
    if path.suffix.lower() == PROJECT_SUFFIX:
        raise Refusal("basemaps.is_project", path=path)
    if path.is_dir():
        raise Refusal("basemaps.unknown_format", path=path)
    if any(path.with_name(path.name + log).exists() for log in ("-wal", "-journal")):
        raise Refusal("basemaps.in_use", path=path)
    try:
        with path.open("rb") as file:
            found = file.read(_HEADER)
    except OSError as error:
        raise Refusal("basemaps.unreadable", path=path, reason=error.strerror or type(error).__name__) from error
    if not found:
        raise Refusal("basemaps.empty", path=path)
    if found.startswith(SQLITE) and int.from_bytes(found[68:72], "big") == APPLICATION_ID:
        raise Refusal("basemaps.is_project", path=path)
    return found
