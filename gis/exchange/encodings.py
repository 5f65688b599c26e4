"""Which encoding a text file is in: mark, then strict UTF-8, then the Chinese encodings by how the text reads."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from gis.errors import Refusal
from gis.exchange.letters import plausibility
from gis.exchange.raw import Evidence
from gis.progress import Progress

#: A table of text of so many bytes has ten million rows and more; the places of its cells fit 32 bits.
MOST_BYTES = 2 << 30
_SAMPLE = 1 << 20
_CHUNK = 4 << 20
_BLOCK = 64 << 10
_BLOCKS = 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = ("gb18030", "big5", "cp1252")
#: Below this nothing reads well, and a detector of all the world's encodings is asked.
_POOR = 0.4
#: A Chinese city's files are in GB 18030 far more often than not.
_HOME = 0.05
#: A guess under which some letter cannot be read must be so much more plausible.
_BROKEN = 0.2


@dataclass(frozen=True, slots=True)
class Decoded:
    """The whole text of a file, the encoding it was read with, and why that one."""

    text: str
    encoding: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Utf8:
    """A text file, or its beginning, as UTF-8 without a mark; ``whole`` is False where more follows."""

    data: bytes
    encoding: str
    evidence: Evidence
    whole: bool


@dataclass(frozen=True, slots=True)
class Guess:
    """One encoding a file may be in: its beginning read so, how many letters cannot be read, and how much the rest
    looks like a text (0 to 1, `letters.plausibility`)."""

    encoding: str
    text: str
    undecodable: int
    plausible: float


def read_text(path: Path, encoding: str | None = None) -> Decoded:
    """Decode a whole file; with ``encoding`` given, strictly with that one.

    Raises Refusal ``import.no_file``, ``import.empty``, ``import.wrong_encoding``, ``import.binary`` or
    ``import.too_large``.
    """
    read = read_utf8(path, encoding)
    return Decoded(read.data.decode(), read.encoding, read.evidence)


def read_utf8(
    path: Path, encoding: str | None = None, *, most: int | None = None, progress: Progress | None = None
) -> Utf8:
    """A text file as UTF-8; with ``most``, only about so many bytes from its beginning, cut between letters.

    Bytes that cannot be read are never passed over. Raises as `read_text` does.
    """
    head, sample, size = _bytes(path, most)
    whole = most is None or size <= most
    if not head.strip():
        raise Refusal("import.empty", path=path.name)
    tried: list[tuple[str, str]]
    if encoding is not None:
        try:
            b"0".decode(encoding, errors="replace")
            codecs.getincrementaldecoder(encoding)
        except (LookupError, ValueError):
            raise Refusal("import.unknown_encoding", encoding=encoding) from None
        tried = [(encoding, "import.by_user")]
    else:
        tried = _ways(head, sample, path)
    broken: Refusal | None = None
    for name, reason in tried:
        try:
            data = _transcoded(head, name, whole, path, progress)
        except Refusal as refusal:
            if refusal.code != "import.wrong_encoding":
                raise
            broken = broken or refusal
            continue
        return Utf8(data, name, Evidence("encoding", name, reason), whole)
    assert broken is not None
    raise broken


def ranked(path: Path, limit: int = 4000) -> tuple[Guess, ...]:
    """The encodings a file may be in, likeliest first, with the lines that tell them apart, ``limit`` bytes or so.

    Raises Refusal ``import.no_file`` or ``import.unreadable``.
    """
    head, sample, _ = _bytes(path, _SAMPLE)
    shown = _telling(head, limit)
    try:
        best = _ways(head, sample, path)[0][0].removesuffix("-sig")
    except Refusal:  # nothing that looks like a text
        best = "utf-8"
    made: list[Guess] = []
    for name in dict.fromkeys((best, "utf-8", "gb18030", "big5", "utf-16", "cp1252")):
        wide = name.startswith(("utf-16", "utf-32"))
        judged = _loose((head[:_BLOCK],) if wide else sample, name)
        text = _loose((head[:limit] if wide else shown,), name)
        made.append(Guess(name, text, judged.count("\ufffd"), plausibility(judged)))

    def order(guess: Guess) -> tuple[bool, float]:
        home = _HOME if guess.encoding == "gb18030" else 0.0
        return guess.encoding != best, (_BROKEN if guess.undecodable else 0.0) - guess.plausible - home

    return tuple(sorted(made, key=order))


def _bytes(path: Path, most: int | None) -> tuple[bytes, tuple[bytes, ...], int]:
    """(the file or its first ``most`` bytes, whole lines from all over it, its size)."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise Refusal("import.too_large", path=path.name)
        with path.open("rb") as file:
            head = file.read() if most is None else file.read(most)
            sample = [_lines(head[:_SAMPLE], whole=len(head) == size)]
            if size > _SAMPLE:
                for number in range(1, _BLOCKS):
                    file.seek(number * (size // _BLOCKS))
                    block = file.read(_BLOCK)
                    sample.append(_lines(block[block.find(b"\n") + 1 :]))
    except FileNotFoundError:
        raise Refusal("import.no_file", path=str(path)) from None
    except OSError as error:
        raise Refusal("import.unreadable", path=str(path), reason=error.strerror or str(error)) from error
    return head, tuple(sample), size


def _lines(block: bytes, whole: bool = False) -> bytes:
    """The block without what follows its last line break: a letter may be cut there."""
    return block if whole or b"\n" not in block else block[: block.rfind(b"\n") + 1]


def _ways(head: bytes, sample: Sequence[bytes], path: Path) -> list[tuple[str, str]]:
    """The encodings to try strictly, likeliest first, each with its reason."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return [(name, "import.byte_order_mark")]
    if b"\0" in head[:_SAMPLE]:
        wide = _utf16(head[:_SAMPLE])
        if wide is None:
            raise Refusal("import.binary", path=path.name)
        return [(wide, "import.detected")]
    found = [("utf-8", "import.strict_utf8")] if all(map(_is_utf8, sample)) else []
    scores: list[tuple[float, str]] = []
    for name in _CANDIDATES:
        text = _loose(sample, name)
        broken = text.count("\ufffd")
        home = _HOME if name == "gb18030" else 0.0
        scores.append((plausibility(text) + home - (_BROKEN if broken else 0), name))
    scores.sort(reverse=True)
    if scores[0][0] < _POOR:
        best = from_bytes(b"".join(sample)[:_SAMPLE]).best()
        if best is not None:
            found.append((best.encoding, "import.detected"))
    # One that reads badly is no way out of a broken byte in one that reads well.
    readable = [name for score, name in scores if score >= _POOR] or [scores[0][1]]
    return found + [(n, "import.strict_gb18030" if n == "gb18030" else "import.detected") for n in readable]


def _is_utf8(block: bytes) -> bool:
    """Whether a block may be UTF-8; its last letter may be cut off."""
    try:
        codecs.utf_8_decode(block, "strict", False)
    except UnicodeDecodeError:
        return False
    return True


def _utf16(head: bytes) -> str | None:
    """UTF-16 without a mark: commas, digits and line ends leave every second byte zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    name = "utf-16-le" if odd > 4 * even else "utf-16-be" if even > 4 * odd else None
    if name is None or max(even, odd) < len(head) / 20:
        return None
    text = head[: len(head) // 2 * 2].decode(name, errors="replace")
    return name if plausibility(text) > _POOR and "\0" not in text else None


def _loose(blocks: Iterable[bytes], encoding: str) -> str:
    return "".join(block.decode(encoding, errors="replace") for block in blocks)


def _telling(head: bytes, limit: int) -> bytes:
    """The first line and then the first lines with letters beyond ASCII; all of the beginning where there are none."""
    lines = _lines(head, whole=len(head) < limit).splitlines(keepends=True)
    chosen: list[bytes] = []
    size = 0
    for line in (*lines[:1], *(line for line in lines[1:] if not line.isascii())):
        if size + len(line) > limit:
            break
        chosen.append(line)
        size += len(line)
    if len(chosen) < 2:
        return _lines(head[:limit], whole=len(head) <= limit)
    return b"".join(chosen)


def _transcoded(data: bytes, encoding: str, whole: bool, path: Path, progress: Progress | None) -> bytes:
    """The data as UTF-8 without a mark, strictly. Raises Refusal ``import.wrong_encoding`` with the line."""
    plain = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    made = bytearray()
    done = 0
    for chunk in _chunks(data):
        last = done + len(chunk) == len(data)
        try:
            text = decoder.decode(chunk, final=last and whole)
            if not plain:
                made += text.encode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, done + error.start) + 1
            raise Refusal("import.wrong_encoding", path=path.name, encoding=encoding, line=line) from None
        except UnicodeError:  # a UTF-16 or UTF-32 file without its mark
            raise Refusal("import.wrong_encoding", path=path.name, encoding=encoding, line=1) from None
        done += len(chunk)
        if progress is not None:
            progress.step(done / 3, len(data), "import.reading")
    if plain:
        end = len(data) - len(decoder.getstate()[0])  # a letter cut off at the end of the head
        data = data[:end] if end < len(data) else data
        return data.removeprefix(codecs.BOM_UTF8)
    return bytes(made).removeprefix(codecs.BOM_UTF8)


def _chunks(data: bytes) -> Iterator[memoryview | bytes]:
    if len(data) <= _CHUNK:
        yield data
        return
    view = memoryview(data)
    for start in range(0, len(data), _CHUNK):
        yield view[start : start + _CHUNK]
