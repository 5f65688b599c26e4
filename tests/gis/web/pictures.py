"""Small pictures for tests."""

from __future__ import annotations

from struct import pack
from zlib import compress, crc32


def picture(color: tuple[int, int, int], side: int = 256) -> bytes:
    """A PNG of one colour."""
    head = pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(color) * side) * side
    chunks = ((b"IHDR", head), (b"IDAT", compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        pack(">I", len(body)) + kind + body + pack(">I", crc32(kind + body)) for kind, body in chunks
    )
