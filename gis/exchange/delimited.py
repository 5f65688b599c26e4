"""CSV, TSV and TXT: delimiter, header line and cells.

``csv.Sniffer`` is not asked: it fails on real ODK and WiGLE files.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gis.errors import Refusal
from gis.exchange.encodings import read_text
from gis.exchange.raw import Dialect, Evidence, RawTable, Reject
from gis.geometry.angles import parse_angle
from gis.progress import Progress

_DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_SAMPLE_ROWS = 200
_CELL_LIMIT = 1 << 20
_STEP = 20_000


def read_delimited(
    path: Path,
    dialect: Dialect | None = None,
    *,
    rows: int | None = None,
    progress: Progress | None = None,
) -> RawTable:
    """The rows of a delimited text file, all or the first ``rows``.

    Raises Refusal for a file that is missing, empty, binary, undecodable or has no header.
    """
    dialect = dialect or Dialect()
    decoded = read_text(path, dialect.encoding)
    delimiter = dialect.delimiter
    text = decoded.text.lstrip("\ufeff")
    sample = _sample(text)
    if delimiter is None:
        delimiter, how = _delimiter(sample)
    else:
        how = "import.by_user"
    header_at, header, header_line = _header(sample, delimiter, path)
    evidence = (
        decoded.evidence,
        Evidence("delimiter", _DELIMITERS.get(delimiter, delimiter), how),
        Evidence("header", str(header_line), "import.first_full_text_line"),
    )
    names = unique_names(header)
    width = len(names)
    kept: list[list[str]] = []
    lines: list[int] = []
    unreadable: list[Reject] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    csv.field_size_limit(_CELL_LIMIT)
    seen = 0
    while True:
        begins = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            unreadable.append(Reject(begins, Refusal("import.broken_row", detail=str(error))))
            continue
        seen += 1
        if seen <= header_at + 1 or not any(cell.strip() for cell in row):
            continue
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            unreadable.append(Reject(begins, Refusal("import.too_many_cells", cells=len(row), header=width)))
            continue
        kept.append(row[:width] if len(row) >= width else row + [""] * (width - len(row)))
        lines.append(begins)
        if len(kept) == rows:
            break
        if progress is not None and len(kept) % _STEP == 0:
            progress.step(len(kept), 0, "import.reading")
    columns = zip(*kept, strict=True) if kept else ([] for _ in names)
    cells = {name: _cells(column) for name, column in zip(names, columns, strict=True)}
    return RawTable(
        tuple(names), cells, np.asarray(lines, dtype=np.int64), evidence=evidence, unreadable=tuple(unreadable)
    )


def _cells(column: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    cells = np.empty(len(column), dtype=object)
    cells[:] = [stripped if (stripped := cell.strip()) else None for cell in column]
    return cells


def _sample(text: str) -> str:
    end = 0
    for _ in range(_SAMPLE_ROWS):
        following = text.find("\n", end)
        if following < 0:
            return text
        end = following + 1
    return text[:end]


def _rows(sample: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    rows = []
    begins = 1
    try:
        for row in reader:
            rows.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error:  # the sample may end inside a quoted cell
        pass
    return rows


def _delimiter(sample: str) -> tuple[str, str]:
    """The delimiter which cuts most rows into the same number (over one) of cells."""
    best, best_score = ",", 0.0
    for candidate in _DELIMITERS:
        counts = Counter(len(row) for _, row in _rows(sample, candidate) if row)
        total = sum(counts.values())
        if not total:
            continue
        width, hits = counts.most_common(1)[0]
        if width > 1 and (score := hits / total * min(width, 40) ** 0.5) > best_score:
            best, best_score = candidate, score
    return best, "import.most_even_cells" if best_score else "import.single_column"


def _header(sample: str, delimiter: str, path: Path) -> tuple[int, list[str], int]:
    """(rows before the header, its cells, its line): the first row as wide as the table whose cells are all words.

    WiGLE and survey exports carry a line or two above the header.
    """
    rows = _rows(sample, delimiter)
    widths = Counter(len(row) for _, row in rows if len(row) > 1)
    if not widths:
        raise Refusal("import.no_columns", path=path.name)
    width = widths.most_common(1)[0][0]
    for index, (line, row) in enumerate(rows[:20]):
        filled = [cell.strip() for cell in row]
        while filled and not filled[-1]:
            filled.pop()
        if abs(len(row) - width) > 1 or len(filled) < 2:
            continue
        if all(not cell or np.isnan(parse_angle(cell)) for cell in filled):
            return index, row, line
    raise Refusal("import.no_header", path=path.name)


def unique_names(header: Sequence[str]) -> list[str]:
    """Column names as they stand, blanks called ``column 3``, repeats numbered."""
    names: list[str] = []
    for position, cell in enumerate(header, 1):
        base = cell.strip() or f"column {position}"
        name, count = base, 2
        while name in names:
            name, count = f"{base} ({count})", count + 1
        names.append(name)
    return names
