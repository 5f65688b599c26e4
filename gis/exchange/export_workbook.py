"""Features as a workbook: one sheet, a head that stays, columns as wide as what stands in them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError

from gis.catalogue import FeatureClass
from gis.errors import Refusal

MOST_ROWS = 1_048_575  # ECMA-376: 1,048,576 rows with the head
_MOST_LETTERS = 32_767
_WIDEST = 48.0


def write_workbook(frame: pd.DataFrame, cls: FeatureClass, target: Path) -> None:
    """Write a table of features; Refusal ``export.too_many_rows`` for more than a sheet holds.

    Long whole numbers and codes stay texts, so that no digit is lost (a sheet keeps 15); formulas are never made.
    """
    if len(frame) > MOST_ROWS:
        raise Refusal("export.too_many_rows", count=len(frame), most=MOST_ROWS)
    book = xlsxwriter.Workbook(
        str(target), {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False,
                      "strings_to_urls": False, "nan_inf_to_errors": False},
    )  # fmt: skip
    try:
        sheet = book.add_worksheet(cls.label.zh[:31])
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF2F6", "valign": "vcenter"})
        columns = [list(frame[name]) for name in frame.columns]
        for at, (name, values) in enumerate(zip(frame.columns, columns, strict=True)):
            sheet.set_column(
                at, at, min(max(_wide(str(name)), *(_wide(str(v)) for v in values[:200]), 6.0) + 2, _WIDEST)
            )
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(frame), max(len(columns) - 1, 0))
        for at, name in enumerate(frame.columns):
            sheet.write_string(0, at, str(name), head)
        for row in range(len(frame)):
            for at, values in enumerate(columns):
                _cell(sheet, row + 1, at, values[row])
    finally:
        try:
            book.close()
        except XlsxFileError as error:  # a full disk, a folder that is gone
            raise OSError(str(error)) from error


def _cell(sheet: xlsxwriter.worksheet.Worksheet, row: int, at: int, value: object) -> None:
    if value is None or value is pd.NA or value != value:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value)
    elif isinstance(value, int | float) or hasattr(value, "item"):
        number = value.item() if hasattr(value, "item") else value
        if isinstance(number, bool):
            sheet.write_boolean(row, at, number)
        elif isinstance(number, int) and abs(number) >= 10**15:
            sheet.write_string(row, at, str(number))
        else:
            sheet.write_number(row, at, number)
    else:
        sheet.write_string(row, at, str(value)[:_MOST_LETTERS])


def _wide(text: str) -> float:
    """Letters across; Chinese ones count as two."""
    return float(sum(2 if ord(letter) > 0x2E7F else 1 for letter in text))
