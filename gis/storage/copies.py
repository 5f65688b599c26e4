"""Copies of the project file: a backup while work goes on, and a compact one for other libraries."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from gis.errors import Refusal
from gis.progress import Progress
from gis.storage.failures import refusing

_STEP = 2000  # pages between two reports of progress


def backup(source: apsw.Connection, target: Path, progress: Progress) -> None:
    """A whole copy through SQLite's backup API, of the state that ``source`` sees now.

    Raises Refusal ``storage.exists``, ``storage.full``, …; the target is then not made.
    """
    with _arriving(target) as part:
        progress.step(0, 0, "storage.copying")
        made = apsw.Connection(str(part))
        try:
            # With a read transaction open, writers do not send the copy back to its start.
            with _held(source), made.backup("main", source, "main") as copy:
                while not copy.done:
                    copy.step(_STEP)
                    progress.step(copy.page_count - copy.remaining, copy.page_count, "storage.copying")
            # Left in WAL mode, the copy would need a writable folder even to be read.
            made.execute("PRAGMA journal_mode = DELETE")
        finally:
            made.close()


def vacuum_copy(source: apsw.Connection, target: Path) -> None:
    """A compact copy that no part of Yantu holds open, for GDAL, QGIS and the like."""
    with _arriving(target) as part:
        guarded = source.pragma("query_only")
        source.execute("PRAGMA query_only = 0")  # it would refuse to write the copy, too
        try:
            source.execute("VACUUM INTO ?", (str(part),))
        finally:
            source.execute(f"PRAGMA query_only = {guarded}")


@contextmanager
def _held(source: apsw.Connection) -> Iterator[None]:
    if source.in_transaction:
        yield
        return
    source.execute("BEGIN; SELECT count(*) FROM sqlite_schema")
    try:
        yield
    finally:
        source.execute("ROLLBACK")


@contextmanager
def _arriving(target: Path) -> Iterator[Path]:
    """A temporary name beside ``target``, renamed to it when all went well and removed when not."""
    if target.exists():
        raise Refusal("storage.exists", file=str(target))
    if not target.parent.is_dir():
        raise Refusal("storage.no_folder", folder=str(target.parent))
    part = target.with_name(f".{target.name}.part")
    remove_database(part)
    try:
        with refusing(target):
            yield part
        os.replace(part, target)
    finally:
        remove_database(part)


def remove_database(path: Path) -> None:
    """Delete a database that nobody has open, with the files SQLite may have left beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
