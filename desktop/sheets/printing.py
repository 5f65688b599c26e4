"""Sheets on a printer, true to scale: nothing is ever shrunk to fit, what the paper cannot hold is told before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QMarginsF, QSizeF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from desktop.sheets.page import paint_sheet
from gis.cartography.sheets.items import Margins, Paper
from gis.cartography.sheets.specification import SheetSpec
from gis.errors import Refusal
from gis.progress import Progress

_SLACK = 0.5  # mm: printers round their paper and its rim


@dataclass(frozen=True, slots=True)
class Misfit:
    """How a printer's paper falls short of a sheet: millimetres missing across and down, and cut off by its rim.

    ``left``, ``top``, ``right``, ``bottom``: how far the rim that the printer cannot print reaches into the sheet.
    """

    across: float = 0.0
    down: float = 0.0
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    @property
    def smaller(self) -> bool:
        """Whether the paper is smaller than the sheet."""
        return self.across > 0 or self.down > 0

    @property
    def cut(self) -> bool:
        """Whether something at the sheet's edge will be missing."""
        return max(self.left, self.top, self.right, self.bottom) > 0

    def __bool__(self) -> bool:
        return self.smaller or self.cut


def printers() -> list[str]:
    """The names of the printers that this computer knows."""
    return list(QPrinterInfo.availablePrinterNames())


def printer_for(paper: Paper) -> QPrinter:
    """The usual printer, set to that paper without margins of its own. Raises Refusal ``sheets.no_printer``."""
    if not printers():
        raise Refusal("sheets.no_printer")
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setCreator("Yantu 盐图")
    lay_out(printer, paper)
    return printer


def lay_out(printer: QPrinter, paper: Paper) -> None:
    """Set the paper of the next page: its own size, upright or not, with the whole of it to be painted on."""
    short, long = sorted((paper.width, paper.height))
    size = QPageSize(QSizeF(short, long), QPageSize.Unit.Millimeter, paper.name, QPageSize.SizeMatchPolicy.FuzzyMatch)
    turned = paper.width > paper.height
    way = QPageLayout.Orientation.Landscape if turned else QPageLayout.Orientation.Portrait
    printer.setFullPage(True)
    printer.setPageLayout(QPageLayout(size, way, QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter))
    printer.setFullPage(True)


def misfit(printer: QPrinter, paper: Paper, margins: Margins) -> Misfit:
    """What of the sheet the printer's paper cannot take as it is set now."""
    layout = printer.pageLayout()
    layout.setUnits(QPageLayout.Unit.Millimeter)
    full, rim = layout.fullRect(), layout.minimumMargins()
    return compared((full.width(), full.height()), (rim.left(), rim.top(), rim.right(), rim.bottom()), paper, margins)


def compared(
    size: tuple[float, float], rim: tuple[float, float, float, float], paper: Paper, margins: Margins
) -> Misfit:
    """``size`` of the printer's paper and the ``rim`` it cannot print (left, top, right, bottom), mm, against a sheet.

    The sheet lies at the paper's upper left corner; nothing of it stands within its own margins.
    """
    width, height = size
    over = [
        rim[0] - margins.left,
        rim[1] - margins.top,
        0.0 if width < paper.width - _SLACK else rim[2] - margins.right - (width - paper.width),
        0.0 if height < paper.height - _SLACK else rim[3] - margins.bottom - (height - paper.height),
    ]
    left, top, right, bottom = (round(value, 1) if value > _SLACK else 0.0 for value in over)
    across, down = paper.width - width, paper.height - height
    return Misfit(
        round(across, 1) if across > _SLACK else 0.0, round(down, 1) if down > _SLACK else 0.0, left, top, right, bottom
    )


def print_sheets(printer: QPrinter, specs: Sequence[SheetSpec], source: Any, progress: Progress | None = None) -> int:
    """Print the sheets, a page each, at their true size; returns how many. May run on a worker's thread.

    The pages that the user asked for in the dialog are printed, all when none were named. The first page keeps the
    paper that the dialog was left with. Cancelled stops the printer's job. Raises Refusal ``sheets.not_printed``.
    """
    progress = progress or Progress()
    chosen = list(specs)[max(printer.fromPage() - 1, 0) : printer.toPage() or None]
    painter = QPainter()
    try:
        for number, spec in enumerate(chosen):
            progress.step(number, len(chosen), "sheets.painting")
            if number == 0:
                begun = painter.begin(printer)
            else:
                if spec.paper != chosen[number - 1].paper:
                    lay_out(printer, spec.paper)
                begun = printer.newPage()
            if not begun:
                raise Refusal("sheets.not_printed", printer=printer.printerName() or printer.outputFileName())
            painter.save()
            try:
                _paint(painter, printer, spec, source, progress)
            finally:
                painter.restore()
    except BaseException:
        printer.abort()
        raise
    finally:
        if painter.isActive():
            painter.end()
    if printer.printerState() == QPrinter.PrinterState.Error:
        raise Refusal("sheets.not_printed", printer=printer.printerName() or printer.outputFileName())
    return len(chosen)


def _paint(painter: QPainter, printer: QPrinter, spec: SheetSpec, source: Any, progress: Progress) -> None:
    # In full-page mode the painter's origin is the paper's corner; dots an inch may differ across and down.
    painter.scale(printer.logicalDpiX() / 25.4, printer.logicalDpiY() / 25.4)
    paint_sheet(painter, spec, source, progress)
