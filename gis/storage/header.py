"""What a file says of itself before SQLite opens it: is it a whole project of ours, and of which version?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import apsw

from gis.errors import Refusal
from gis.storage.failures import refusing

APPLICATION_ID = 0x59414E54  # "YANT", in the header of every project file
_MAGIC = b"SQLite format 3\x00"
_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of SQLite's file header that we use (SQLite file format, section 1.3)."""

    page_size: int
    pages: int
    pages_known: bool  # the count is stale when another library wrote the file last
    application_id: int
    user_version: int


def check_file(path: Path) -> Header | None:
    """The header of a project file; None while its newest state still lies in a log beside it, after a crash say.

    Raises Refusal ``storage.missing``, ``storage.not_database``, ``storage.truncated``, ``storage.not_project``.
    """
    try:
        there = path.is_file()
    except OSError as error:
        raise Refusal("storage.cannot_open", file=str(path), reason=error.strerror) from error
    if not there:
        raise Refusal("storage.missing", file=str(path))
    for log in (path.with_name(path.name + suffix) for suffix in ("-wal", "-journal")):
        if log.exists() and log.stat().st_size > 0:
            return None
    header = read_header(path)
    if header.pages_known and path.stat().st_size < header.pages * header.page_size:
        raise Refusal("storage.truncated", file=str(path), size=path.stat().st_size,
                      expected=header.pages * header.page_size)  # fmt: skip
    if header.application_id != APPLICATION_ID:
        raise Refusal("storage.not_project", file=str(path))
    return header


def read_header(path: Path) -> Header:
    """The header, read through SQLite's own file layer.

    A plain ``open`` and ``close`` of a file that this process also has open in SQLite would drop SQLite's locks.
    """
    if path.stat().st_size < _LENGTH:
        raise Refusal("storage.not_database", file=str(path))
    with refusing(path):
        file = apsw.VFSFile("", str(path), [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0])
        try:
            raw = file.xRead(_LENGTH, 0)
        finally:
            file.xClose()
    if not raw.startswith(_MAGIC):
        raise Refusal("storage.not_database", file=str(path))

    def number(offset: int, length: int = 4) -> int:
        return int.from_bytes(raw[offset : offset + length], "big")

    page_size = number(16, 2)
    return Header(
        page_size=65536 if page_size == 1 else page_size,
        pages=number(28),
        pages_known=number(24) == number(92),
        application_id=number(68),
        user_version=number(60),
    )
