"""Reads one sheet with calamine in a process of its own: a broken or swollen file can harm nothing but this process.

The order comes as JSON on standard input: ``{"path", "out", "form", "layer", "header_line", "rows", "memory",
"seconds"}``. The answer lies in the folder ``out``: ``answer.json``, ``{"layers", "layer", "names", "line",
"evidence": [value, reason], "filled": [row numbers], "wide": [[row number, cells]]}`` or ``{"error", "code", "args"}``;
and ``cells.txt``, a row a record with the sheet's row number first, cells parted by ``PART`` and quoted as in CSV.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from gis.errors import Refusal
from gis.exchange.cells import text_of
from gis.exchange.confinement import confine
from gis.exchange.headers import Header, find_header
from gis.exchange.html_tables import page_rows

PART = "\x1f"
MOST_COLUMNS = 1_024
MOST_CELLS = 30_000_000
_SAMPLE_ROWS = 200
#: A cell in column AMK (1,025) or beyond, or below row 9,999,999: calamine makes a full grid up to the last cell.
_FAR = re.compile(rb'\sr="(?:A(?:M[K-Z]|[N-Z][A-Z])|[B-Z][A-Z]{2}|[A-Z]{4,}|[A-Z]*\d{8,})')
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="\d{8,}"')
_CHUNK = 1 << 20


def main() -> None:
    """Do the order on standard input, within its limits."""
    order = json.load(sys.stdin)
    confine(int(order["memory"]), int(order["seconds"]))
    obey(order)


def obey(order: dict[str, Any]) -> None:
    """Do an order, whatever comes of it: the answer says."""
    out = Path(order["out"])
    try:
        answer = _read(order, out)
    except MemoryError:
        answer = {"error": "memory", "code": "import.too_large", "args": {"path": Path(order["path"]).name}}
    except Refusal as refusal:
        answer = {"error": str(refusal), "code": refusal.code, "args": refusal.arguments}
    except BaseException as error:  # a panic of the parser is no Exception
        answer = {"error": str(error)[:300], "code": None, "args": {}}
    (out / "answer.json").write_text(json.dumps(answer, ensure_ascii=False), "utf-8", errors="surrogateescape")


def _read(order: dict[str, Any], out: Path) -> dict[str, Any]:
    return _read_page(order, out) if order["form"] == "html" else _read_book(order, out)


def _read_page(order: dict[str, Any], out: Path) -> dict[str, Any]:
    """The largest table of ``page.html``, which lies in ``out`` as UTF-8."""
    file = Path(order["path"]).name
    rows = page_rows((out / "page.html").read_text("utf-8"), file)
    return {"layers": [], "layer": None, "filled": [], **_written(rows, order, out, file)}


def _written(
    rows: Iterable[tuple[int, list[str | None]]], order: dict[str, Any], out: Path, file: str
) -> dict[str, Any]:
    """Write the cells; what the answer says of the header and the rows left out. Raises what `find_header` does."""
    sample = [row for _, row in zip(range(_SAMPLE_ROWS), rows, strict=False)]
    header = find_header(sample, order["header_line"], file)
    with (out / "cells.txt").open("w", encoding="utf-8", newline="", errors="replace") as cells:
        wide = write_rows(rows, header, order["rows"], cells)
    evidence = [header.evidence.value, header.evidence.reason]
    return {"names": header.names, "line": header.line, "evidence": evidence, "wide": wide}


def _read_book(order: dict[str, Any], out: Path) -> dict[str, Any]:
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    path = Path(order["path"])
    _look_first(path)
    with path.open("rb") as file:
        try:
            known = path.suffix.casefold() == f".{order['form']}"
            book = CalamineWorkbook.from_path(str(path)) if known else CalamineWorkbook.from_filelike(file)
        except PasswordError:
            raise Refusal("import.locked_spreadsheet", path=path.name) from None
        sheets = [
            s.name for s in book.sheets_metadata
            if s.visible == SheetVisibleEnum.Visible and s.typ == SheetTypeEnum.WorkSheet
        ]  # fmt: skip
        layer = order["layer"]
        if layer is not None and layer not in sheets:
            raise Refusal("import.no_layer", layer=layer, known=", ".join(sheets))
        problem = Refusal("import.no_features", path=path.name)
        for name in [layer] if layer is not None else sheets:
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height * sheet.width > MOST_CELLS or sheet.width > MOST_COLUMNS:
                raise Refusal("import.too_large", path=path.name)
            rows = _Rows(sheet)
            try:
                written = _written(rows, order, out, path.name)
            except Refusal as refusal:
                problem = refusal
                continue
            filled = [row for row in rows.filled if row > written["line"]]
            return {"layers": sheets, "layer": name, "filled": filled, **written}
    raise problem


class _Rows:
    """The filled rows of a sheet as (row number, cells), as often as asked; merged cells hold their value in each row.

    ``filled``: the numbers of the rows that were given such a value, of the last round.
    """

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self.filled: list[int] = []
        first = sheet.start[1] if sheet.start else 0
        self._merged: dict[int, list[tuple[int, int]]] = {}  # row -> (column, the row its value stands in)
        for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
            for row in range(top + 1, min(bottom, sheet.total_height) + 1):
                self._merged.setdefault(row, []).append((left - first, top))

    def __iter__(self) -> Iterator[tuple[int, list[str | None]]]:
        self.filled = []
        values: dict[tuple[int, int], str | None] = {}
        sources = {(top, column) for entries in self._merged.values() for column, top in entries}
        columns: dict[int, list[int]] = {}
        for top, column in sources:
            columns.setdefault(top, []).append(column)
        for at, given in enumerate(self._sheet.iter_rows()):
            row = [_text(value) for value in given]
            if not any(cell is not None for cell in row):
                continue  # a merge alone makes no row
            for column in columns.get(at, ()):
                values[at, column] = row[column] if 0 <= column < len(row) else None
            for column, top in self._merged.get(at, ()):
                value = values.get((top, column))
                if value is not None and 0 <= column < len(row) and row[column] is None:
                    row[column] = value
                    self.filled.append(at + 1)
            while row[-1] is None:
                row.pop()
            yield at + 1, row


def write_rows(
    rows: Iterable[tuple[int, list[str | None]]], header: Header, most: int | None, file: TextIO
) -> list[tuple[int, int]]:
    """Write the rows below the header; (row number, cells) of those left out, which have more cells than it."""
    width = len(header.names)
    wide: list[tuple[int, int]] = []
    writer = csv.writer(file, delimiter=PART, lineterminator="\n")
    count = 0
    for number, row in rows:
        if number <= header.line:
            continue
        if count == most:
            break
        if len(row) > width:
            wide.append((number, len(row)))
            continue
        writer.writerow((number, *row))
        count += 1
    return wide


def _text(value: Any) -> str | None:
    """One cell as text; a whole day without a clock, times rounded to the second a person typed."""
    if type(value) is str:
        return value.strip() or None
    if isinstance(value, dt.datetime):
        value = (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
        return str(value.date().isoformat() if value.time() == dt.time() else value.isoformat())
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.isoformat("seconds")
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return text_of(value)


def _look_first(path: Path) -> None:
    """Refuse what would make the parser build a huge grid, and XML that declares entities."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.filename.casefold().endswith(".xml"):
                continue
            with archive.open(info) as member:
                before = b""
                while chunk := member.read(_CHUNK):
                    if not before and b"<!DOCTYPE" in chunk[:4096].replace(b"\0", b""):
                        raise Refusal("import.xml_entities", path=path.name)
                    text = before + chunk
                    if _FAR.search(text) or _REPEATED.search(text):
                        raise Refusal("import.too_large", path=path.name)
                    before = text[-64:]
