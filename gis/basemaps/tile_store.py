"""Online tiles kept on disk: one SQLite file a source, shared by processes, bounded, and never trusted to be whole."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from gis.basemaps.decoding import LARGEST_FILE

LIMIT = 512 << 20  # bytes of tiles of one source
ROOM = 0.9  # of the limit is left after the oldest have gone
TOUCH = 3600.0  # seconds: how exactly the last use is known
_COUNTED = 64  # writes between two looks at the size
_VERSION = 1
_TABLE = """
CREATE TABLE IF NOT EXISTS tile(
  id INTEGER PRIMARY KEY, fetched REAL NOT NULL, used REAL NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS tile_used ON tile(used);
CREATE INDEX IF NOT EXISTS tile_size ON tile(size);
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A kept tile: its bytes (empty = the service has none there) and when it came, in seconds of the epoch."""

    body: bytes
    fetched: float


class TileStore:
    """The tiles of one source in ``folder``; thread-safe. Where nothing can be written it keeps nothing, in silence.

    A file that is damaged is set aside (``….damaged``) and a new one begun: a cache is never worth a message.
    """

    def __init__(self, folder: Path, source: str, limit: int = LIMIT) -> None:
        self.path = folder / f"{hashlib.sha256(source.encode()).hexdigest()[:24]}.tiles"
        self.limit = limit
        self._lock = Lock()
        self._written = 0
        self._connection: sqlite3.Connection | None = None
        self._closed = False
        with self._lock:
            self._open()

    def get(self, zoom: int, column: int, row: int) -> Stored | None:
        """The kept tile; None if there is none."""
        number = _number(zoom, column, row)
        found = self._ask("SELECT body, fetched, used FROM tile WHERE id = ?", (number,))
        if not found:
            return None
        body, fetched, used = found[0]
        if not isinstance(body, bytes) or not isinstance(fetched, float):
            return None
        now = time.time()
        if now - used > TOUCH:
            self._ask("UPDATE tile SET used = ? WHERE id = ?", (now, number))
        return Stored(body, fetched)

    def put(self, zoom: int, column: int, row: int, body: bytes) -> None:
        """Keep a tile; empty = there is none."""
        if len(body) > LARGEST_FILE:
            return
        now = time.time()
        self._ask(
            "INSERT OR REPLACE INTO tile(id, fetched, used, size, body) VALUES (?, ?, ?, ?, ?)",
            (_number(zoom, column, row), now, now, len(body), body),
        )
        self._written += 1
        if self._written % _COUNTED == 1:
            self._make_room()

    @property
    def size(self) -> int:
        """Bytes of the tiles kept."""
        found = self._ask("SELECT total(size) FROM tile")
        return int(found[0][0]) if found else 0

    def clear(self) -> None:
        """Throw all tiles away."""
        self._ask("DELETE FROM tile")
        self._ask("VACUUM")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._closed = True
            self._shut()

    def _make_room(self) -> None:
        """Let the least recently used go while there is more than the limit, and give their pages back."""
        over = self.size - self.limit
        if over <= 0:
            return
        over += int(self.limit * (1 - ROOM))
        gone: list[tuple[int]] = []
        for number, size in self._ask("SELECT id, size FROM tile ORDER BY used, id"):
            if over <= 0:
                break
            gone.append((number,))
            over -= size
        for start in range(0, len(gone), 500):
            marks = ",".join("?" * len(gone[start : start + 500]))
            numbers = [number for (number,) in gone[start : start + 500]]
            self._ask(f"DELETE FROM tile WHERE id IN ({marks})", numbers)
        self._ask("PRAGMA incremental_vacuum")

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            return
        for again in (True, False):
            try:
                self._connection = self._connected()
                return
            except sqlite3.DatabaseError as error:
                self._shut()
                if not again or not _is_damage(error):
                    return
                self._set_aside()

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=5.0, isolation_level=None, check_same_thread=False)
        self._connection = connection
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * LARGEST_FILE)
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")  # readers and the writer of two processes do not wait
        connection.execute("PRAGMA synchronous = NORMAL")  # a killed program loses tiles, never the file
        connection.execute("PRAGMA trusted_schema = OFF")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError("malformed: of another version")
        if version == 0:
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLE} PRAGMA user_version = {_VERSION}; COMMIT")
        return connection

    def _ask(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            if self._connection is None:
                return []
            try:
                return self._connection.execute(sql, values).fetchall()
            except (sqlite3.Error, UnicodeDecodeError) as error:
                if isinstance(error, sqlite3.DatabaseError) and _is_damage(error):
                    self._shut()
                    self._set_aside()
                    if not self._closed:
                        self._open()
                return []  # busy, disk full, …: the tile is fetched again another time

    def _shut(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _set_aside(self) -> None:
        for log in ("-wal", "-shm"):
            with suppress(OSError):
                self.path.with_name(self.path.name + log).unlink(missing_ok=True)
        with suppress(OSError):
            self.path.replace(self.path.with_suffix(".damaged"))


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    told = str(error)
    return "malformed" in told or "not a database" in told or "no such" in told or "disk image" in told


def _number(zoom: int, column: int, row: int) -> int:
    """One whole number a tile: 5 bits of zoom, 29 each of column and row."""
    return (zoom << 58) | (column << 29) | row
