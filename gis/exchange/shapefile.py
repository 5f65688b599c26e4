"""The letters of a Shapefile's table: .cpg, else strict UTF-8, else GB18030, as Chinese offices write it."""

from __future__ import annotations

import codecs
import struct
from pathlib import Path

from gis.errors import Refusal
from gis.exchange.raw import Evidence

_SAMPLE_BYTES = 64 << 20
_PAGES = {"936": "gb18030", "54936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "950": "big5", "65001": "utf-8"}


def sibling(path: Path, ending: str) -> Path | None:
    """The part of a Shapefile with another ending, in whatever case it was written; None where it is missing."""
    for part in path.parent.glob(f"{_plain(path.stem)}.*"):
        if part.suffix.casefold() == ending and part.stem.casefold() == path.stem.casefold():
            return part
    return None


def dbf_encoding(path: Path, wanted: str | None) -> Evidence | None:
    """Which encoding the table is in, and why; None where there is no table.

    Raises Refusal ``import.unknown_encoding`` and ``import.missing_part`` for a Shapefile without its index.
    """
    if sibling(path, ".shx") is None:
        raise Refusal("import.missing_part", path=path.name, part=".shx")
    if wanted is not None:
        return Evidence("encoding", known_encoding(wanted), "import.by_user")
    table = sibling(path, ".dbf")
    if table is None:
        return None
    page = sibling(path, ".cpg")
    if page is not None:
        named = page.read_text("ascii", errors="ignore").strip().casefold()
        named = _PAGES.get(named.removeprefix("cp").removeprefix("ansi ").strip(), named)
        try:
            return Evidence("encoding", codecs.lookup(named).name, "import.cpg")
        except LookupError:
            pass  # a .cpg of an unknown name says nothing
    with table.open("rb") as file:
        data = file.read(_SAMPLE_BYTES)
    for name, reason in (("utf-8", "import.strict_utf8"), ("gb18030", "import.strict_gb18030")):
        if _reads(data, name):
            return Evidence("encoding", name, reason)
    return Evidence("encoding", "cp1252", "import.detected")


def known_encoding(name: str) -> str:
    """The encoding's own name; Refusal ``import.unknown_encoding`` where there is none."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise Refusal("import.unknown_encoding", encoding=name) from None


def _plain(stem: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)


def _reads(data: bytes, encoding: str) -> bool:
    """Whether every text cell decodes; a letter cut at the end of a cell is the writer's old habit and is forgiven."""
    if len(data) < 33:
        return True
    head, width = struct.unpack_from("<HH", data, 8)
    if not 33 <= head <= len(data) or width < 2:
        return True
    fields, names = [], []
    at = 1
    for start in range(32, min(head, 32 + 32 * 255) - 31, 32):
        if data[start] == 0x0D:
            break
        names.append(data[start : start + 11].split(b"\0", 1)[0])
        length = data[start + 16]
        if data[start + 11 : start + 12] == b"C":
            fields.append((at, length))
        at += length
    if not all(_decodes(name, encoding, False) for name in names):
        return False
    for row in range(head, len(data) - width + 1, width):
        for offset, length in fields:
            cell = data[row + offset : row + offset + length].rstrip(b" \0")
            if cell and not _decodes(cell, encoding, len(cell) < length):
                return False
    return True


def _decodes(cell: bytes, encoding: str, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(cell, whole)
    except UnicodeDecodeError:
        return False
    return True
