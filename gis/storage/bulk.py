"""The fast way to fill a new file: no journal, indexes made once at the end, all in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.errors import Fault, Refusal
from gis.geometry.columns import Columns
from gis.progress import Progress
from gis.storage import search_index, spatial_index
from gis.storage.engine import wide_cache
from gis.storage.rows import by_id, chunks
from gis.storage.schema import index_name, indexes, quoted
from gis.storage.writer import insert, now

_CHUNK = 50_000


def fill(
    connection: apsw.Connection, catalogue: Catalogue, srid: int, source: Iterable[Columns], progress: Progress
) -> set[str]:
    """Add all rows of ``source``, inside the caller's transaction and with foreign keys off; returns the classes."""
    stamps = (now(), "")
    started: set[str] = set()
    triggers: list[str] = []
    done = 0
    keys: list[NDArray[np.int64]] = []
    for columns in source:
        cls = catalogue[columns.cls]
        keys.append(columns.ids)
        if cls.name not in started:
            started.add(cls.name)
            triggers += spatial_index.drop_triggers(connection, cls.name)
            for f in cls.fields:
                connection.execute(f"DROP INDEX IF EXISTS {quoted(index_name(cls, f))}")
        for piece in chunks(by_id(columns), _CHUNK):
            insert(connection, catalogue, srid, piece, stamps)
            done += len(piece)
            progress.step(done, 0, "storage.loading")
    everything = np.concatenate(keys) if keys else np.zeros(0, np.int64)
    if len(np.unique(everything)) < len(everything):
        raise Fault("ids must be unique over all classes: the search index knows rows by them alone")
    for at, name in enumerate(sorted(started)):
        progress.step(at, len(started), "storage.indexing")
        cls = catalogue[name]
        if cls.spatial:
            spatial_index.rebuild(connection, name)
        for sql in indexes(cls):
            connection.execute(sql)
    for sql in triggers:
        connection.execute(sql)
    progress.step(0, 0, "storage.indexing")
    search_index.rebuild(connection, catalogue)
    connection.execute("PRAGMA analysis_limit = 1000; ANALYZE")
    for table, _, target, _ in connection.execute("PRAGMA foreign_key_check"):
        raise Refusal("storage.bulk_reference", cls=table, target=target)
    return started


def without_log(connection: apsw.Connection) -> bool:
    """Leave WAL mode while a large load runs, so that new pages are written once; False when others read the file."""
    try:
        return connection.execute("PRAGMA journal_mode = DELETE").fetchall() == [("delete",)]
    except (apsw.BusyError, apsw.LockedError):
        return False


def with_log(connection: apsw.Connection, path: Path) -> None:
    """Back to WAL."""
    if connection.execute("PRAGMA journal_mode = WAL").fetchall() != [("wal",)]:
        raise Refusal("storage.locked", file=str(path))


@contextmanager
def unchecked(connection: apsw.Connection) -> Iterator[None]:
    """Foreign keys off meanwhile (outside any transaction); ``fill`` checks them all at its end."""
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        with wide_cache(connection):
            yield
    finally:
        connection.execute("PRAGMA foreign_keys = ON")
