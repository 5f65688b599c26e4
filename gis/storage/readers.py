"""A pool of read-only connections: opening one takes 8 ms, which is too long for a click."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import apsw

from gis.errors import Refusal
from gis.storage.engine import connect_reader

_KEPT = 4


class Readers:
    """Hands a connection to one thread at a time; thread-safe."""

    def __init__(self, path: Path, *, readonly: bool) -> None:
        self._path = path
        self._readonly = readonly
        self._idle: list[apsw.Connection] = []
        self._lock = Lock()
        self._closed = False

    @contextmanager
    def connection(self) -> Iterator[apsw.Connection]:
        """A connection outside any transaction, for the caller alone."""
        with self._lock:
            if self._closed:
                raise Refusal("storage.closed", file=str(self._path))
            taken = self._idle.pop() if self._idle else None
        if taken is None:
            taken = connect_reader(self._path, readonly=self._readonly)
        try:
            yield taken
        finally:
            self._give_back(taken)

    def drain(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def close(self) -> None:
        """Close all connections, those in use as soon as they are given back."""
        with self._lock:
            self._closed = True
        self.drain()

    def _give_back(self, connection: apsw.Connection) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        # A cursor that was left half-read would keep its old snapshot alive.
        clean = connection.txn_state("main") == apsw.SQLITE_TXN_NONE
        with self._lock:
            if clean and not self._closed and len(self._idle) < _KEPT:
                self._idle.append(connection)
                return
        connection.close(True)
