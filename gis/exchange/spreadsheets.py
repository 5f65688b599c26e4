"""Spreadsheets: XLSX, XLS, XLSB and ODS as a table of text, read by calamine in a child process.

Numbers, dates, booleans and texts come as their cells are typed; formulas give the value that was stored with them.
The child has a limit of memory and time (``spreadsheet_child``): a broken file can not take the window down. What web
systems call ``.xls`` is often a page of HTML or a text table; these are known by their first letters and read too.
"""

from __future__ import annotations

import json
import signal
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gis.errors import Refusal
from gis.exchange.archives import checked, opened
from gis.exchange.confinement import done_by_child
from gis.exchange.delimited import read_delimited
from gis.exchange.encodings import read_utf8
from gis.exchange.raw import Dialect, Evidence, RawTable
from gis.exchange.sheet_tables import sheet_table
from gis.exchange.spreadsheet_child import obey
from gis.progress import Progress

MEMORY_BYTES = 3 << 30
SECONDS = 300
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")


def read_spreadsheet(
    path: Path,
    dialect: Dialect | None = None,
    *,
    rows: int | None = None,
    progress: Progress | None = None,
) -> tuple[str, RawTable]:
    """("xlsx", "xls", "xlsb", "ods", "html" or "delimited"; the chosen sheet, else the first with a table).

    ``lines`` are the sheet's row numbers. Cells merged over several rows stand in each of them. The dialect's ``layer``
    and ``header_line`` count. Raises Refusal ``import.locked_spreadsheet``, ``import.broken_archive``,
    ``import.broken_sheet``, ``import.no_layer``, ``import.no_header``, ``import.no_columns``, ``import.too_large``,
    ``import.too_slow``.
    """
    dialect = dialect or Dialect()
    form = _format(path)
    if form == "text":
        return "delimited", read_delimited(path, dialect, rows=rows, progress=progress)
    more: list[Evidence] = []
    with TemporaryDirectory(prefix="yantu-") as name:
        out = Path(name)
        order = {
            "path": str(path.resolve()), "out": name, "form": form, "layer": dialect.layer,
            "header_line": dialect.header_line, "rows": rows, "memory": MEMORY_BYTES, "seconds": SECONDS,
        }  # fmt: skip
        if form == "html":
            page = read_utf8(path, dialect.encoding, progress=progress)
            (out / "page.html").write_bytes(page.data)
            more = [Evidence("format", "HTML", "import.page_table"), page.evidence]
        code = _work(order, path, progress)
        try:
            answer = json.loads((out / "answer.json").read_text("utf-8"))
        except (OSError, ValueError):
            if code == -signal.SIGABRT:  # how Rust ends when there is no more memory
                raise Refusal("import.too_large", path=path.name) from None
            answer = {"error": form.upper(), "code": None}
        if "error" in answer:
            if answer["code"]:
                raise Refusal(answer["code"], **answer["args"])
            if form == "xls" and _LOCKED in path.read_bytes():
                raise Refusal("import.locked_spreadsheet", path=path.name)
            raise Refusal("import.broken_sheet", path=path.name, format=form.upper())
        table = sheet_table(answer, (out / "cells.txt").read_bytes(), dialect, progress)
        return form, replace(table, evidence=(*more, *table.evidence))


def _format(path: Path) -> str:
    """What the file is by its first letters, whatever its ending; "html" and "text" for what goes by a wrong name."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        raise Refusal("import.no_file", path=str(path)) from None
    except OSError as error:
        raise Refusal("import.unreadable", path=str(path), reason=error.strerror or str(error)) from error
    if not head.strip():
        raise Refusal("import.empty", path=path.name)
    if head.startswith(_OLE):
        return "xls"
    if not head.startswith(b"PK"):
        if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            return "html"
        if path.suffix.casefold() in (".xls", ".et") and b"\0" not in head.removeprefix(b"\xff\xfe")[1::2]:
            return "text"
        if head.startswith((b"\xff\xfe", b"\xef\xbb\xbf")):
            return "text"
        raise Refusal("import.broken_archive", path=path.name)
    with opened(path) as archive:
        checked(archive, path)
        return _kind(archive, path)


def _kind(archive: zipfile.ZipFile, path: Path) -> str:
    names = set(archive.namelist())
    if "content.xml" in names:
        return "ods"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "xl/workbook.xml" in names:
        return "xlsx"
    raise Refusal("import.wrong_ending", path=path.name, format="XLSX")


def _work(order: dict[str, Any], path: Path, progress: Progress | None) -> int:
    """Let the child do the order; its exit code. Raises Refusal ``import.too_slow``; Cancelled."""
    if getattr(sys, "frozen", False):  # a packaged program cannot run a line of Python
        obey(order)
        return 0
    return done_by_child("gis.exchange.spreadsheet_child", order, path, SECONDS, progress)
