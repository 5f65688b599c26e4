"""CSV, TSV and TXT: delimiter, header line and cells.

``csv.Sniffer`` is not asked: it fails on real ODK and WiGLE files. The text is kept as bytes with the place where each
cell begins; a million rows are cut in well under a second, and objects are made only for the columns asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.exchange import kernels
from gis.exchange.encodings import Utf8, read_utf8
from gis.exchange.headers import Header, find_header
from gis.exchange.numerals import numerals
from gis.exchange.raw import Dialect, Evidence, RawTable, Reject
from gis.exchange.text_cells import Cutting, TextCells
from gis.progress import Progress

#: Runs of blanks and tabs part the cells, as in lists of total stations.
BLANKS = " "
_DELIMITERS = {
    ",": "comma", "\t": "tab", ";": "semicolon", "|": "bar", "，": "full-width comma", BLANKS: "blanks",
}  # fmt: skip
_SAMPLE_ROWS = 200
_WIDEST = 4096
_BLOCK, _BLOCK_CELLS = 1 << 16, 1 << 22
_ODD = 1 << 12
_HEAD = 1 << 20
_SEPARATOR = re.compile(rb"sep=(.)\r?\n", re.IGNORECASE)


def read_delimited(
    path: Path,
    dialect: Dialect | None = None,
    *,
    rows: int | None = None,
    progress: Progress | None = None,
) -> RawTable:
    """The rows of a delimited text file, all or the first ``rows``; for those only the head of the file is read.

    Raises Refusal for a file that is missing, empty, binary, undecodable or has no columns.
    """
    dialect = dialect or Dialect()
    most = None if rows is None else _HEAD
    while True:
        text = read_utf8(path, dialect.encoding, most=most, progress=progress)
        table = _table(text, dialect, rows, path, progress)
        if text.whole or rows is None or len(table) >= rows:
            return table
        assert most is not None
        most *= 8


def _table(text: Utf8, dialect: Dialect, rows: int | None, path: Path, progress: Progress | None) -> RawTable:
    data = np.frombuffer(text.data, dtype=np.uint8)
    delimiter, how = _delimiter(text.data, dialect)
    cutting = Cutting(delimiter.encode(), runs=delimiter == BLANKS)
    sample = _sample(data, cutting, text.whole)
    if how == "import.named_in_file":
        sample = [entry for entry in sample if entry[0] > 1]
    header = find_header(sample, dialect.header_line, path.name)
    below = [row for line, row in sample if line > header.line]
    styles, numeral_evidence = numerals(below, len(header.names), delimiter, dialect.decimal)
    bounds, lines, odd = _cut(data, cutting, header, rows, text.whole, progress)
    evidence = [text.evidence, Evidence("delimiter", _DELIMITERS.get(delimiter, delimiter), how), header.evidence]
    if numeral_evidence is not None:
        evidence.append(numeral_evidence)
    return RawTable(
        header.names,
        TextCells(header.names, data, bounds, cutting, styles),
        lines,
        evidence=tuple(evidence),
        unreadable=_unreadable(odd, len(header.names)),
    )


def _cut(
    data: NDArray[np.uint8], cutting: Cutting, header: Header, rows: int | None, whole: bool, progress: Progress | None
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """(bounds, lines, odd rows) of what lies below the header."""
    width = len(header.names)
    state = np.array([0, 1], dtype=np.int64)
    blocks: list[NDArray[np.uint32]] = [np.empty((0, width + 1), dtype=np.uint32)]
    lines: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    odds: list[NDArray[np.int64]] = [np.empty((0, 3), dtype=np.int64)]
    delimiter = np.frombuffer(cutting.delimiter, dtype=np.uint8)
    count = 0
    most = min(_BLOCK, _BLOCK_CELLS // width)
    while state[0] < len(data) and (rows is None or count < rows):
        before = int(state[0])
        size = most if rows is None else min(most, rows - count + header.line)
        block = np.empty((size, width + 1), dtype=np.uint32)
        begins = np.empty(size, dtype=np.int64)
        odd = np.empty((_ODD, 3), dtype=np.int64)
        made, strange = kernels.cut(
            data, whole, width, delimiter, cutting.runs, cutting.quoted, state, block, begins, np.empty(size, np.int64),
            odd,
        )  # fmt: skip
        below = begins[:made] > header.line
        first = int(np.argmax(below)) if below.any() else made
        blocks.append(block[first:made] if made - first > size // 2 else block[first:made].copy())
        lines.append(begins[first:made])
        odds.append(odd[:strange][odd[:strange, 0] > header.line])
        count += made - first
        if progress is not None:
            progress.step((len(data) + 2 * int(state[0])) / 3, len(data), "import.reading")
        if state[0] == before:
            break  # the head of a longer file ends within a row
    bounds, begins = np.concatenate(blocks), np.concatenate(lines)
    if rows is not None and len(begins) > rows:
        bounds, begins = bounds[:rows], begins[:rows]
    return bounds, begins, np.concatenate(odds)


def _unreadable(odd: NDArray[np.int64], width: int) -> tuple[Reject, ...]:
    reasons: dict[tuple[int, int], Refusal] = {}
    rejects = []
    for line, kind, cells in odd.tolist():
        if (kind, cells) not in reasons:
            reasons[kind, cells] = (
                Refusal("import.open_quote") if kind == kernels.OPEN_QUOTE
                else Refusal("import.too_many_cells", cells=cells, header=width)
            )  # fmt: skip
        rejects.append(Reject(line, reasons[kind, cells]))
    return tuple(rejects)


def _sample(data: NDArray[np.uint8], cutting: Cutting, whole: bool) -> list[tuple[int, list[str | None]]]:
    """The first rows with their lines, cells trimmed."""
    head = data[:_HEAD]
    state = np.array([0, 1], dtype=np.int64)
    bounds = np.empty((_SAMPLE_ROWS, _WIDEST + 1), dtype=np.uint32)
    lines = np.empty(_SAMPLE_ROWS, dtype=np.int64)
    counts = np.empty(_SAMPLE_ROWS, dtype=np.int64)
    made, _ = kernels.cut(
        head, whole and len(head) == len(data), 0, np.frombuffer(cutting.delimiter, dtype=np.uint8), cutting.runs,
        cutting.quoted, state, bounds, lines, counts, np.empty((_ODD, 3), dtype=np.int64),
    )  # fmt: skip
    width = min(int(counts[:made].max(initial=0)), _WIDEST)
    names = [str(place) for place in range(width)]
    columns = TextCells(names, head, bounds[:made], cutting)
    cells = [columns[name].tolist() for name in names]
    return [(int(lines[row]), [column[row] for column in cells[: int(counts[row])]]) for row in range(made)]


def _delimiter(data: bytes, dialect: Dialect) -> tuple[str, str]:
    """The delimiter which cuts most rows into the same number (over one) of cells; and why it is that."""
    if dialect.delimiter:
        return dialect.delimiter, "import.by_user"
    named = _SEPARATOR.match(data)
    if named and named[1] in b",;|\t":
        return named[1].decode(), "import.named_in_file"
    best, best_score = ",", 0.0
    head = np.frombuffer(data[:_HEAD], dtype=np.uint8)
    for candidate in _DELIMITERS:
        if candidate == BLANKS:
            continue
        widths = _widths(head, Cutting(candidate.encode()))
        if widths and (score := _evenness(widths)) > best_score:
            best, best_score = candidate, score
    if best_score:
        return best, "import.most_even_cells"
    widths = _widths(head, Cutting(b" ", runs=True))
    if len(widths) > 1 and _evenness(widths) and Counter(widths).most_common(1)[0][1] >= 0.8 * len(widths):
        return BLANKS, "import.most_even_cells"
    return ",", "import.single_column"


def _evenness(widths: Sequence[int]) -> float:
    width, hits = Counter(widths).most_common(1)[0]
    return hits / len(widths) * min(width, 40) ** 0.5 if width > 1 else 0.0


def _widths(head: NDArray[np.uint8], cutting: Cutting) -> list[int]:
    """How many cells each of the first rows has."""
    counts = np.empty(_SAMPLE_ROWS, dtype=np.int64)
    made, _ = kernels.cut(
        head, len(head) < _HEAD, 0, np.frombuffer(cutting.delimiter, dtype=np.uint8), cutting.runs, cutting.quoted,
        np.array([0, 1], dtype=np.int64), np.empty((_SAMPLE_ROWS, 2), dtype=np.uint32),
        np.empty(_SAMPLE_ROWS, dtype=np.int64), counts, np.empty((_ODD, 3), dtype=np.int64),
    )  # fmt: skip
    return [int(count) for count in counts[:made]]
