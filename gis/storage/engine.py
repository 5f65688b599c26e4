"""Opens SQLite connections with the spatial extension, in the one order that does not crash."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

# Loading mod_spatialite first and importing these afterwards crashes the process (symbol clash of PROJ, GEOS and
# SQLite); they are imported here, before any extension is loaded, and a test in a fresh process guards it.
import exactextract  # noqa: F401
import pyogrio  # noqa: F401
import pyproj  # noqa: F401
import rasterio  # noqa: F401
import shapely  # noqa: F401

import apsw  # isort: skip

from gis.errors import Refusal
from gis.storage import lookups

_EXTENSION = "mod_spatialite.dll" if sys.platform == "win32" else "mod_spatialite"
LOCK_WAIT_MS = 2000  # how long we wait for another process's write before we tell the user
_LOG_KEPT = 64 << 20  # bytes; a large import leaves a large WAL, cut back to this at the next checkpoint
_CACHE_KB = 64 << 10
_WIDE_CACHE_KB = 160 << 10  # random keys scatter a bulk write over all pages of a class and its indexes


def connect(path: Path | str, flags: int = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE) -> apsw.Connection:
    """A connection with SpatiaLite's functions; foreign keys on, no waiting for locks.

    Raises Refusal ``storage.no_spatialite`` where the extension is not installed.
    """
    connection = apsw.Connection(str(path), flags=flags)
    try:
        connection.enable_load_extension(True)
        connection.load_extension(_EXTENSION)
    except apsw.ExtensionLoadingError as error:
        connection.close()
        raise Refusal("storage.no_spatialite", reason=str(error)) from error
    connection.enable_load_extension(False)
    connection.execute("PRAGMA foreign_keys = ON")
    lookups.register(connection)
    return connection


def connect_writer(path: Path) -> apsw.Connection:
    """The one writing connection of an existing project: WAL, every commit on the disk before it returns."""
    connection = connect(path, apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(LOCK_WAIT_MS)
        connection.execute(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
            f"PRAGMA cache_size = -{_CACHE_KB}; PRAGMA journal_size_limit = {_LOG_KEPT}"
        )
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def wide_cache(connection: apsw.Connection) -> Iterator[None]:
    """More memory for pages while many rows are written."""
    connection.execute(f"PRAGMA cache_size = -{_WIDE_CACHE_KB}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """A write transaction: commits at the end unless the block ended it itself; rolls back on any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        if connection.in_transaction:
            connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def connect_reader(path: Path, *, readonly: bool = False) -> apsw.Connection:
    """A connection that cannot write.

    ``readonly``: the file lies where we may not write at all. Without a log beside it, it is then taken as
    unchangeable, because SQLite cannot make the log's index in a folder that is closed to it.
    """
    connection = _connect_unwritable(path) if readonly else connect(path, apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(LOCK_WAIT_MS)
        connection.execute("PRAGMA query_only = 1; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_unwritable(path: Path) -> apsw.Connection:
    try:
        connection = connect(path, apsw.SQLITE_OPEN_READONLY)
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        except BaseException:
            connection.close()
            raise
        return connection
    except (apsw.CantOpenError, apsw.ReadOnlyError):
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size > 0:
            raise
        address = f"file:{quote(str(path.resolve()))}?immutable=1"
        return connect(address, apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
