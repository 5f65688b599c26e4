"""Changesets on their way into and out of the journal, piece by piece: that of a million rows is never whole in memory.

Large ones are stored compressed. A changeset starts with "T" (or "P"), zlib's stream with "x".
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile

import apsw

from gis.errors import Refusal

_PACK_FROM = 4096  # bytes; below, packing saves nothing that matters
_LEVEL = 1
_PIECE = 1 << 16
_PORTION = 4 << 20
_IN_MEMORY = 16 << 20

#: Gives up to so many bytes of a changeset; none at its end (apsw's SessionStreamInput).
Source = Callable[[int], bytes]


class Packing:
    """Takes a changeset as it is made, and gives its stored form once `finish` was called.

    Several changesets taken one after another become one: a table's header that follows rows of the same table is
    left out, as if one session had recorded them all. What is large waits in a temporary file.
    """

    def __init__(self) -> None:
        self.empty = True
        self._file = SpooledTemporaryFile(_IN_MEMORY, prefix="yantu-changeset-")  # noqa: SIM115 - goes with its owner
        self._deflater: zlib._Compress | None = None
        self._head = b""
        self._header = b""
        self._size = 0

    def add(self, changeset: bytes) -> None:
        """Take a whole changeset of one table, with rows that no earlier one touched."""
        if not changeset:
            return
        end = changeset.index(b"\0", 2 + changeset[1]) + 1  # "T", a varint of under 128 columns, a byte each, the name
        header = changeset[:end]
        self.take(memoryview(changeset)[end:] if header == self._header else changeset)
        self._header = header

    def take(self, piece: bytes | memoryview) -> None:
        """Take the next bytes of a changeset."""
        self.empty = self.empty and not len(piece)
        if self._deflater is None:
            self._head += piece
            if len(self._head) < _PACK_FROM:
                return
            self._deflater = zlib.compressobj(_LEVEL)
            piece, self._head = self._head, b""
        self._file.write(self._deflater.compress(piece))

    def finish(self) -> None:
        """Nothing more will come."""
        self._file.write(self._head if self._deflater is None else self._deflater.flush())
        self._size = self._file.tell()

    def __len__(self) -> int:
        return self._size

    def pieces(self) -> Iterator[bytes]:
        """The stored form, some of it at a time."""
        self._file.seek(0)
        yield from iter(lambda: self._file.read(_PORTION), b"")

    def source(self) -> Source:
        """The changeset again, once it is finished."""
        self._file.seek(0)
        return _source(self._file)


def recorded(session: apsw.Session) -> bytes:
    """The changeset of what a session saw. Piece by piece: in one go it holds the GIL, and with it the window, for half
    a second with 100,000 rows.
    """
    pieces: list[bytes] = []

    def take(piece: memoryview) -> None:
        pieces.append(bytes(piece))

    session.changeset_stream(take)
    return b"".join(pieces)


def write(connection: apsw.Connection, seq: int, packing: Packing) -> None:
    """Fill the changeset of a journal entry, which must be a zeroblob of this length."""
    with connection.blob_open("main", "journal", "changeset", seq, True) as blob:
        for piece in packing.pieces():
            blob.write(piece)


@contextmanager
def source(connection: apsw.Connection, seq: int) -> Iterator[Source]:
    """The changeset of an entry as the session extension made it, to be read once from its start to its end.

    Raises Refusal ``storage.no_entry``; reading raises zlib.error where what is stored is damaged, ValueError where it
    ends too early.
    """
    if not connection.execute("SELECT 1 FROM journal WHERE seq = ?", (seq,)).fetchall():
        raise Refusal("storage.no_entry", seq=seq)
    with connection.blob_open("main", "journal", "changeset", seq, False) as blob:
        yield _source(blob)


def _source(stored: SpooledTemporaryFile[bytes] | apsw.Blob) -> Source:
    first = stored.read(1)
    stored.seek(0)
    return _inflated(stored.read) if first == b"x" else stored.read


def _inflated(read: Callable[[int], bytes]) -> Source:
    inflater = zlib.decompressobj()

    def give(wanted: int) -> bytes:
        some = b""
        while not some and not inflater.eof:
            packed = inflater.unconsumed_tail or read(_PIECE)
            some = inflater.decompress(packed, wanted)
            if not some and not packed:
                raise ValueError("the changeset ends too early")
        return some

    return give
