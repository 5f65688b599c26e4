"""The tables of a report as a workbook: a sheet a table, numbers as numbers, ready to be reckoned with and printed."""

from __future__ import annotations

import datetime
import os
import re
from pathlib import Path

from gis.errors import Refusal
from gis.project.report_parts import Column, Facts, Grid, Report, Speech

_FORMATS = {"whole": "#,##0", "number": "#,##0.0##", "fine": "#,##0.00", "share": "0.0%", "percent": '0.0"%"'}
_LONGEST = 31  # letters of a sheet's name


def write_report_book(target: Path, report: Report, date: datetime.date) -> None:
    """Write every table of the report, with all rows; the first sheet lists them. Cells of features are text, never
    formulas. The same report and date give the same bytes. Raises Refusal ``exchange.cannot_write``."""
    from xlsxwriter import Workbook  # takes a tenth of a second to import
    from xlsxwriter.exceptions import FileCreateError

    part = target.with_name(f".{target.stem}.{os.getpid()}.part.xlsx")
    say = Speech(report.language)
    pieces = [piece for piece in report.parts() if isinstance(piece, Grid | Facts)]
    try:
        plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        book = Workbook(str(part), plain)
        book.set_properties(
            {
                "title": report.title,
                "author": report.maker,
                "created": datetime.datetime(date.year, date.month, date.day),
            }
        )
        title = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EEF2F6"})
        wrap, link = book.add_format({"text_wrap": True, "valign": "top"}), book.get_default_url_format()
        strong = {
            kind: book.add_format({"num_format": code, "bold": True, "top": 1}) for kind, code in _FORMATS.items()
        }
        strong["text"] = book.add_format({"bold": True, "top": 1, "text_wrap": True})
        formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        contents = book.add_worksheet(say("contents"))
        contents.set_column(0, 0, 60)
        contents.set_column(1, 1, 30)
        contents.write_string(0, 0, report.title, title)
        contents.write_string(1, 0, report.date)
        at = 2
        for label, text in report.cover:
            contents.write_string(at, 0, label)
            contents.write_string(at, 1, text)
            at += 1
        names = _names([say("contents"), *(piece.title for piece in pieces)])[1:]
        for row, (name, piece) in enumerate(zip(names, pieces, strict=True), at + 1):
            contents.write_url(row, 0, f"internal:'{name}'!A1", link, piece.title)
            sheet = book.add_worksheet(name)
            sheet.set_landscape()
            sheet.set_paper(9)  # A4
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(1)
            sheet.freeze_panes(2, 0)
            sheet.write_string(0, 0, piece.title, title)
            grid = piece if isinstance(piece, Grid) else _as_grid(piece, say)
            for i, column in enumerate(grid.columns):
                sheet.set_column(i, i, _width(grid, i))
                sheet.write_string(1, i, column.label, head)
            for j, cells in enumerate(grid.rows, 2):
                last = grid.total and j == len(grid.rows) + 1
                for i, (column, cell) in enumerate(zip(grid.columns, cells, strict=True)):
                    if isinstance(cell, str):
                        sheet.write_string(j, i, cell, strong["text"] if last else wrap)
                    elif cell is not None and cell == cell:
                        sheet.write_number(j, i, cell, (strong if last else formats)[column.kind])
            if grid.note:
                sheet.write_string(len(grid.rows) + 3, 0, grid.note)
        book.close()
        os.replace(part, target)
    except (OSError, FileCreateError) as error:
        raise Refusal("exchange.cannot_write", file=str(target), reason=str(error)) from error
    finally:
        part.unlink(missing_ok=True)


def _as_grid(facts: Facts, say: Speech) -> Grid:
    return Grid(facts.key, facts.title, (Column(say("parameter")), Column(say("setting"))), facts.rows)


def _width(grid: Grid, i: int) -> float:
    column = grid.columns[i]
    if column.kind != "text":
        return 13.0
    longest = max((sum(2 if ord(c) > 0x2E7F else 1 for c in str(row[i] or "")) for row in grid.rows), default=0)
    return float(min(max(longest + 2, 12), 60))


def _names(titles: list[str]) -> list[str]:
    """Names of sheets: as near to the titles as the format lets them be, no two alike."""
    made: list[str] = []
    for title in titles:
        plain = re.sub(r"[\[\]:*?/\\']", " ", title).strip() or "–"
        name, number = plain[:_LONGEST].strip(), 1
        while name.casefold() in {other.casefold() for other in made}:
            number += 1
            ending = f" {number}"
            name = plain[: _LONGEST - len(ending)].strip() + ending
        made.append(name)
    return made
