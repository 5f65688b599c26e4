"""Spreadsheets: XLSX and ODS as a table of text, by a small strict reader; other kinds refused with the way out.

What is read: shared and inline strings, numbers, booleans, dates by their style, one sheet. Formulas give the value
that was stored with them. XML with a DOCTYPE is refused, so entities cannot grow.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from gis.errors import Refusal
from gis.exchange.archives import checked, member_bytes, opened
from gis.exchange.cells import text_column, text_of
from gis.exchange.delimited import unique_names
from gis.exchange.raw import Evidence, RawTable, Reject
from gis.geometry.angles import parse_angle
from gis.progress import Progress

Row = tuple[int, list[str | None]]
MOST_ROWS = 1_048_576
MOST_COLUMNS = 1_024
MOST_CELLS = 30_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DATE_STYLES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NO_DATE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})\Z")
_STEP = 5_000


def read_spreadsheet(path: Path, *, layer: str | None = None, progress: Progress | None = None) -> tuple[str, RawTable]:
    """("xlsx" or "ods", the chosen sheet, else the first with a table). ``lines`` are the sheet's row numbers.

    Raises Refusal ``import.old_spreadsheet``, ``import.locked_spreadsheet``, ``import.broken_archive``,
    ``import.no_layer``, ``import.no_header``, ``import.too_large``.
    """
    if not path.exists():
        raise Refusal("import.no_file", path=str(path))
    with path.open("rb") as file:
        head = file.read(8)
    if head == _OLE:
        raise Refusal("import.old_spreadsheet" if path.suffix.casefold() == ".xls" else "import.locked_spreadsheet",
                      path=path.name)  # fmt: skip
    with opened(path) as archive:
        checked(archive, path)
        if "content.xml" in archive.namelist():
            form, sheets = "ods", _ods(archive, path)
        elif "xl/workbook.xml" in archive.namelist():
            form, sheets = "xlsx", _xlsx(archive, path)
        else:
            raise Refusal("import.wrong_ending", path=path.name, format="XLSX")
        if layer is not None and layer not in sheets:
            raise Refusal("import.no_layer", layer=layer, known=", ".join(sheets))
        problem = Refusal("import.no_features", path=path.name)
        for name in (layer,) if layer is not None else tuple(sheets):
            rows = _counted(sheets[name], path, progress)
            try:
                return form, _table(rows, name, tuple(sheets), path)
            except Refusal as refusal:
                problem = refusal
                if refusal.code not in ("import.no_header", "import.no_columns"):
                    break
        raise problem


def _counted(rows: Iterator[Row], path: Path, progress: Progress | None) -> list[Row]:
    kept: list[Row] = []
    cells = 0
    for number, row in rows:
        cells += len(row)
        if number > MOST_ROWS or cells > MOST_CELLS:
            raise Refusal("import.too_large", path=path.name)
        if any(cell is not None for cell in row):
            kept.append((number, row))
            if progress is not None and len(kept) % _STEP == 0:
                progress.step(len(kept), 0, "import.reading")
    return kept


def _table(rows: list[Row], sheet: str, sheets: tuple[str, ...], path: Path) -> RawTable:
    widths = Counter(sum(cell is not None for cell in row) for _, row in rows[:200])
    if not rows or max(widths) < 2:
        raise Refusal("import.no_columns", path=path.name)
    usual = max((width for width in widths if width > 1), key=lambda width: (widths[width], width))
    at = next((index for index, (_, row) in enumerate(rows[:20]) if _is_header(row, usual)), None)
    if at is None:
        raise Refusal("import.no_header", path=path.name)
    line, header = rows[at]
    while header[-1] is None:
        header = header[:-1]
    names = unique_names([cell or "" for cell in header])
    width = len(names)
    lines: list[int] = []
    kept: list[list[str | None]] = []
    rejects: list[Reject] = []
    for number, row in rows[at + 1 :]:
        if any(cell is not None for cell in row[width:]):
            rejects.append(Reject(number, Refusal("import.too_many_cells", cells=len(row), header=width)))
            continue
        kept.append(row[:width] + [None] * (width - len(row)))
        lines.append(number)
    columns = zip(*kept, strict=True) if kept else ([] for _ in names)
    cells = {name: text_column(list(column)) for name, column in zip(names, columns, strict=True)}
    evidence = [Evidence("header", str(line), "import.first_full_text_line")]
    if len(sheets) > 1:
        evidence.insert(0, Evidence("layer", sheet, "import.one_of_layers", {"known": ", ".join(sheets[:12])}))
    return RawTable(
        tuple(names), cells, np.asarray(lines, dtype=np.int64),
        evidence=tuple(evidence), unreadable=tuple(rejects), layers=sheets, layer=sheet,
    )  # fmt: skip


def _is_header(row: list[str | None], usual: int) -> bool:
    filled = [cell for cell in row if cell is not None]
    if len(filled) < 2 or len(filled) < usual - 1:
        return False
    return all(np.isnan(parse_angle(cell)) for cell in filled)


def _xml(archive: zipfile.ZipFile, name: str, path: Path) -> bytes | None:
    data = member_bytes(archive, name, path)
    if data is not None and b"<!DOCTYPE" in data[:4096].replace(b"\0", b""):
        raise Refusal("import.xml_entities", path=path.name)
    return data


def _tree(archive: zipfile.ZipFile, name: str, path: Path) -> ElementTree.Element | None:
    data = _xml(archive, name, path)
    if data is None:
        return None
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError) as error:
        raise Refusal("import.broken_archive", path=path.name, reason=str(error)) from None


def _streamed(data: bytes, tag: str, path: Path) -> Iterator[ElementTree.Element]:
    """Every element of a local name, forgotten after use."""
    try:
        parents: list[ElementTree.Element] = []
        for event, element in ElementTree.iterparse(BytesIO(data), ("start", "end")):
            if event == "start":
                parents.append(element)
                continue
            parents.pop()
            if _local(element) == tag:
                yield element
                if parents:
                    parents[-1].remove(element)
    except (ElementTree.ParseError, ValueError) as error:
        raise Refusal("import.broken_archive", path=path.name, reason=str(error)) from None


def _local(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


# XLSX -----------------------------------------------------------------------------------------------------------------
def _xlsx(archive: zipfile.ZipFile, path: Path) -> dict[str, Iterator[Row]]:
    book = _tree(archive, "xl/workbook.xml", path)
    relations = _tree(archive, "xl/_rels/workbook.xml.rels", path)
    if book is None or relations is None:
        raise Refusal("import.broken_archive", path=path.name, reason="workbook.xml.rels")
    targets = {r.get("Id"): r.get("Target", "") for r in relations}
    settings = next((e for e in book if _local(e) == "workbookPr"), None)
    early = settings is not None and settings.get("date1904") in ("1", "true")
    strings = _strings(archive, path)
    dates = _date_styles(archive, path)
    sheets: dict[str, Iterator[Row]] = {}
    for sheet in (e for e in book.iter() if _local(e) == "sheet"):
        target = targets.get(sheet.get(f"{_R}id"), "")
        member = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        if sheet.get("state") in (None, "visible"):
            sheets[sheet.get("name", "?")] = _xlsx_rows(archive, member, path, strings, dates, early)
    return sheets


def _strings(archive: zipfile.ZipFile, path: Path) -> list[str]:
    data = _xml(archive, "xl/sharedStrings.xml", path)
    return [] if data is None else [_rich(item) for item in _streamed(data, "si", path)]


def _rich(item: ElementTree.Element) -> str:
    """The text of a string, without the reading aids (rPh) of Asian scripts."""
    parts = []
    for child in item:
        if _local(child) == "t":
            parts.append(child.text or "")
        elif _local(child) == "r":
            parts += [run.text or "" for run in child if _local(run) == "t"]
    return "".join(parts)


def _date_styles(archive: zipfile.ZipFile, path: Path) -> frozenset[int]:
    """Numbers of the cell styles that show a date."""
    styles = _tree(archive, "xl/styles.xml", path)
    if styles is None:
        return frozenset()
    codes = {e.get("numFmtId"): e.get("formatCode", "") for e in styles.iter() if _local(e) == "numFmt"}
    own = {
        int(number) for number, code in codes.items()
        if number and number.isdigit() and re.search("[ydhs]", _NO_DATE.sub("", code).casefold())
    }  # fmt: skip
    formats = next((e for e in styles if _local(e) == "cellXfs"), None)
    found = set()
    for index, form in enumerate(formats if formats is not None else ()):
        number = form.get("numFmtId", "0")
        if number.isdigit() and (int(number) in own or (int(number) in _DATE_STYLES and number not in codes)):
            found.add(index)
    return frozenset(found)


def _xlsx_rows(
    archive: zipfile.ZipFile, member: str, path: Path, strings: list[str], dates: frozenset[int], early: bool
) -> Iterator[Row]:
    data = _xml(archive, member, path)
    if data is None:
        raise Refusal("import.broken_archive", path=path.name, reason=member)
    number = 0
    for row in _streamed(data, "row", path):
        given = row.get("r", "")
        number = int(given) if given.isdigit() and len(given) < 9 else number + 1
        cells: list[str | None] = []
        for cell in row:
            where = _REFERENCE.match(cell.get("r", ""))
            at = _column(where[1]) if where else len(cells)
            if at >= MOST_COLUMNS:
                raise Refusal("import.too_large", path=path.name)
            cells += [None] * (at + 1 - len(cells))
            cells[at] = text_of(_xlsx_value(cell, strings, dates, early))
        yield number, cells


def _column(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def _xlsx_value(cell: ElementTree.Element, strings: list[str], dates: frozenset[int], early: bool) -> object:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = next((e for e in cell if _local(e) == "is"), None)
        return None if inline is None else _rich(inline)
    stored = next((e.text for e in cell if _local(e) == "v"), None)
    if stored is None or kind == "e":
        return None
    if kind == "s":
        return strings[int(stored)] if stored.isdigit() and int(stored) < len(strings) else None
    if kind == "b":
        return stored == "1"
    if kind != "n":
        return stored
    try:
        value = float(stored)
    except ValueError:
        return stored
    style = cell.get("s", "0")
    if style.isdigit() and int(style) in dates:
        return _date(value, early)
    return value


def _date(serial: float, early: bool) -> object:
    """A day count since 1899-12-30 (1904-01-01 where the book says so) as ISO text; whole days without a clock."""
    if not 0 <= serial < 2_958_466:
        return serial
    moment = (datetime(1904, 1, 1) if early else datetime(1899, 12, 30)) + timedelta(seconds=round(serial * 86_400))
    if serial < 1:
        return moment.strftime("%H:%M:%S")
    return moment.strftime("%Y-%m-%d" if serial.is_integer() else "%Y-%m-%dT%H:%M:%S")


# ODS ------------------------------------------------------------------------------------------------------------------
def _ods(archive: zipfile.ZipFile, path: Path) -> dict[str, Iterator[Row]]:
    content = _tree(archive, "content.xml", path)
    assert content is not None
    return {table.get(f"{_TABLE}name", "?"): _ods_rows(table, path) for table in content.iter(f"{_TABLE}table")}


def _ods_rows(table: ElementTree.Element, path: Path) -> Iterator[Row]:
    number = 1
    for row in table.iter(f"{_TABLE}table-row"):
        cells: list[str | None] = []
        for cell in row:
            value = text_of(_ods_value(cell))
            again = _times(cell, "number-columns-repeated")
            if value is None and len(cells) + again > MOST_COLUMNS:
                break  # the empty rest of a sheet
            if len(cells) + again > MOST_COLUMNS:
                raise Refusal("import.too_large", path=path.name)
            cells += [value] * again
        again = _times(row, "number-rows-repeated")
        if any(cell is not None for cell in cells):
            for repeat in range(again):
                yield number + repeat, cells
        number += again


def _times(element: ElementTree.Element, name: str) -> int:
    given = element.get(f"{_TABLE}{name}", "1")
    return max(1, int(given)) if given.isdigit() and len(given) < 9 else 1


def _ods_value(cell: ElementTree.Element) -> object:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in ("float", "currency", "percentage"):
        given = cell.get(f"{_OFFICE}value", "")
        try:
            return float(given)
        except ValueError:
            return given
    if kind in ("date", "time", "boolean"):
        return cell.get(f"{_OFFICE}{kind}-value")
    return "\n".join("".join(part.itertext()) for part in cell.iter(f"{_TEXT}p"))
