"""Rows that an import did not take, as a file with their own columns and the reason, to be mended and brought again."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.errors import Language, Refusal
from gis.exchange.decisions import Decided
from gis.exchange.raw import RawTable, Reject
from gis.exchange.staging import Staged
from gis.project.import_plan import ImportPlan

#: The columns that are added; an import knows them by these names and leaves them alone.
LINE, REASON = "原行号/line", "原因/reason"
GEOMETRY = "wkt"
_PIECE = 20_000


def save_rejected_rows(
    plan: ImportPlan,
    path: Path,
    language: Language = "zh",
    *,
    conflicts: bool = True,
    parts: Sequence[Staged | Decided] | None = None,
) -> int:
    """Write the rejected rows, and those left in conflict, by ending: .csv (UTF-8 with a mark) or .xlsx; their number.

    All columns stand as they were read, with the line and the reason behind; a row that could not even be cut into
    cells has only these two. ``parts``: what became of each part after decisions. Positions that a format carries
    itself stand in a column "wkt" in the file's own system.
    Raises Refusal ``import.rejects_kind``, ``import.not_written``.
    """
    shown = parts if parts is not None else [part.staged for part in plan.parts]
    lost = [*plan.source.unsorted, *(reject for part in shown for reject in part.rejects)]
    if conflicts:
        lost += [reject for part in shown for reject in part.conflicts]
    lost.sort(key=lambda reject: reject.line)
    writers = {".csv": _csv, ".xlsx": _xlsx}
    writer = writers.get(path.suffix.casefold())
    if writer is None:
        raise Refusal("import.rejects_kind", suffix=path.suffix)
    raw = plan.source.raw
    geometry = raw.geometry is not None
    heads = [*raw.columns, *([GEOMETRY] if geometry else []), LINE, REASON]
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        writer(draft, heads, _rows(raw, lost, geometry, language))
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Refusal("import.not_written", file=str(path), reason=error.strerror or str(error)) from error
    return len(lost)


def _rows(raw: RawTable, lost: Sequence[Reject], geometry: bool, language: Language) -> Iterator[list[Any]]:
    """Cells as text, empty as None."""
    lines = np.array([reject.line for reject in lost], np.int64)
    at = _rows_of_lines(raw.lines, lines)
    for start in range(0, len(lost), _PIECE):
        here = at[start : start + _PIECE]
        known = here[here >= 0]
        some = raw.taken(known)
        columns = [some.cells[name] for name in raw.columns]
        if geometry and some.geometry is not None:
            columns.append(shapely.to_wkt(some.geometry, trim=True, rounding_precision=9))
        cut = 0
        for reject, row in zip(lost[start : start + _PIECE], here.tolist(), strict=True):
            cells: list[Any] = [None] * (len(raw.columns) + geometry)
            if row >= 0:
                cells = [None if column[cut] is None else str(column[cut]) for column in columns]
                cut += 1
            yield [*cells, reject.line, reject.why.message(language)]


def _rows_of_lines(lines: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """The row that stands at each line, -1 where none does; of several rows of one line one after the other."""
    order = np.argsort(lines, kind="stable")
    ranked = lines[order]
    spots = np.searchsorted(ranked, wanted)
    repeat = np.arange(len(wanted)) - np.searchsorted(wanted, wanted)  # ``wanted`` is sorted
    spots = spots + repeat
    found = np.full(len(wanted), -1, np.int64)
    inside = np.flatnonzero(spots < len(ranked))
    inside = inside[ranked[spots[inside]] == wanted[inside]]
    found[inside] = order[spots[inside]]
    return found


def _csv(path: Path, heads: Sequence[str], rows: Iterator[list[Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        for row in rows:
            writer.writerow("" if cell is None else cell for cell in row)


def _xlsx(path: Path, heads: Sequence[str], rows: Iterator[list[Any]]) -> None:
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(str(path), {"constant_memory": True, **plain})
    sheet = book.add_worksheet("rejected")
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, heads, book.add_format({"bold": True}))
    for at, row in enumerate(rows, 1):
        sheet.write_row(at, 0, row)
    try:
        book.close()
    except FileCreateError as error:
        raise error.args[0] if error.args and isinstance(error.args[0], OSError) else OSError(str(error)) from error
