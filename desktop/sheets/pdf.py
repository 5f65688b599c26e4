"""A sheet as PDF: vector, exact to the millimetre, with text that is found and copied, and a place on the Earth."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMarginsF, QSizeF
from PySide6.QtGui import QPageSize, QPainter, QPdfWriter

from desktop.sheets.page import paint_sheet
from desktop.sheets.pdf_repairs import repair
from gis.cartography.sheets.specification import SheetSpec
from gis.progress import Progress

RESOLUTION = 1270  # dots an inch: 50 a millimetre, a whole number, so that lengths are exact


def write_pdf(
    spec: SheetSpec, source: Any, target: Path, date: datetime.date, progress: Progress | None = None
) -> None:
    """Write the sheet to ``target``, which must not be in use; ``date`` is the only thing that differs between runs."""
    writer = QPdfWriter(str(target))
    writer.setResolution(RESOLUTION)
    size = QSizeF(spec.paper.width, spec.paper.height)
    writer.setPageSize(
        QPageSize(size, QPageSize.Unit.Millimeter, spec.paper.name, QPageSize.SizeMatchPolicy.ExactMatch)
    )
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter()
    if not painter.begin(writer):
        raise OSError(f"cannot write {target}")
    try:
        painter.scale(RESOLUTION / 25.4, RESOLUTION / 25.4)
        paint_sheet(painter, spec, source, progress)
    finally:
        painter.end()
    repair(target, spec, date)
