"""Which encoding a text file is in: mark, then strict UTF-8, then GB18030, then detection."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from gis.errors import Refusal
from gis.exchange.raw import Evidence

_SAMPLE = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The whole text of a file, the encoding it was read with, and why that one."""

    text: str
    encoding: str
    evidence: Evidence


def read_text(path: Path, encoding: str | None = None) -> Decoded:
    """Decode a whole file; with ``encoding`` given, strictly with that one.

    Raises Refusal ``import.no_file``, ``import.empty``, ``import.wrong_encoding`` or ``import.binary``.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise Refusal("import.no_file", path=str(path)) from None
    except OSError as error:
        raise Refusal("import.unreadable", path=str(path), reason=error.strerror or str(error)) from error
    if not data.strip():
        raise Refusal("import.empty", path=path.name)
    if encoding is not None:
        return Decoded(_strict(data, encoding, path), encoding, Evidence("encoding", encoding, "import.by_user"))
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Decoded(_strict(data, name, path), name, Evidence("encoding", name, "import.byte_order_mark"))
    if b"\0" in data[:_SAMPLE]:
        raise Refusal("import.binary", path=path.name)
    for name, reason in (("utf-8", "import.strict_utf8"), ("gb18030", "import.strict_gb18030")):
        try:
            return Decoded(data.decode(name), name, Evidence("encoding", name, reason))
        except UnicodeDecodeError:
            continue
    best = from_bytes(data[:_SAMPLE]).best()
    if best is None:
        raise Refusal("import.wrong_encoding", path=path.name, encoding="?")
    return Decoded(_strict(data, best.encoding, path), best.encoding,
                   Evidence("encoding", best.encoding, "import.detected"))  # fmt: skip


def guesses(path: Path, limit: int = 4000) -> dict[str, str]:
    """The beginning of the file as several encodings would show it, for the user to choose by eye."""
    data = path.read_bytes()[:limit]
    shown = {}
    for name in ("utf-8", "gb18030", "big5", "utf-16", "cp1252"):
        shown[name] = data.decode(name, errors="replace")
    return shown


def _strict(data: bytes, encoding: str, path: Path) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise Refusal("import.unknown_encoding", encoding=encoding) from None
    except UnicodeDecodeError as error:
        raise Refusal(
            "import.wrong_encoding", path=path.name, encoding=encoding, line=data.count(b"\n", 0, error.start) + 1
        ) from None
