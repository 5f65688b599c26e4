"""Asks how to print: the system's dialog and a preview. The pages themselves are painted by a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPaintEngine, QPainter
from PySide6.QtPrintSupport import QAbstractPrintDialog, QPrintDialog, QPrinter, QPrintPreviewDialog
from PySide6.QtWidgets import QMessageBox, QWidget

from desktop.basemaps.paper import grounds_of
from desktop.sheets.export import Reading, settled
from desktop.sheets.pictures import sheet_image
from desktop.sheets.printing import Misfit, misfit, print_sheets, printer_for
from desktop.shell.words import language, tr
from gis.cartography.sheets.specification import SheetSpec
from gis.cartography.sheets.templates import SheetTemplate
from gis.errors import Refusal
from gis.progress import Progress

_PREVIEW_PIXELS_MM = 5.0  # of the pictures in the preview


@dataclass(frozen=True)
class PrintJob:
    """What is printed: sheets that are settled, or a template with what was asked for (see ``compose``).

    ``maps``: saved base maps below the map, ``settings``: the user's. ``as_pdf``: what to do instead where there is no
    printer or the user prefers it.
    """

    session: Any
    template: SheetTemplate
    asked: Mapping[str, Any] = field(default_factory=dict)
    specs: Sequence[SheetSpec] = ()
    maps: Sequence[Any] = ()
    settings: Any = None
    as_pdf: Callable[[], None] = lambda: None

    def painted(self, paint: Callable[[Sequence[SheetSpec], Any], Any]) -> Any:
        """Let ``paint(specs, source)`` read from one snapshot of the project."""
        with grounds_of(list(self.maps), self.settings) as grounds, self.session.reading() as snapshot:
            specs = self.specs or [settled(self.session, snapshot, self.template, **self.asked)]
            return paint(specs, Reading(self.session, snapshot, grounds))


def ask_and_print(window: Any, parent: QWidget, job: PrintJob) -> Any:
    """The system's dialog, then the job; what does not fit the paper is told before. None when nothing is printed."""
    printer = _printer(parent, job)
    if printer is None:
        return None
    dialog = QPrintDialog(printer, parent)
    dialog.setOption(QAbstractPrintDialog.PrintDialogOption.PrintPageRange, len(job.specs) > 1)
    if len(job.specs) > 1:
        dialog.setMinMax(1, len(job.specs))
    if dialog.exec() != QPrintDialog.DialogCode.Accepted:
        return None
    printer.setFullPage(True)  # some dialogs reset it, and the map would be shifted by the printer's rim
    return send(window, parent, printer, job)


def send(window: Any, parent: QWidget, printer: QPrinter, job: PrintJob) -> Any:
    """Print on a printer that is set, unless the user turns away from what its paper would lose."""
    short = misfit(printer, job.template.paper, job.template.margins)
    if short:
        match ask_about(parent, short):
            case QMessageBox.StandardButton.Save:
                job.as_pdf()
                return None
            case QMessageBox.StandardButton.Cancel:
                return None

    def work(progress: Progress) -> int:
        return int(job.painted(lambda specs, source: print_sheets(printer, specs, source, progress)))

    def done(pages: int) -> None:
        name = printer.printerName() or printer.outputFileName()
        window.notify(tr("Pages sent to {printer}: {n}", printer=name, n=pages), "success")

    return window.jobs.start(tr("Printing"), work, done)


def ask_about(parent: QWidget, short: Misfit) -> QMessageBox.StandardButton:
    """Tell what the paper would lose: print all the same (Ignore), a PDF instead (Save), or Cancel."""
    box = QMessageBox(QMessageBox.Icon.Warning, tr("print|Print"), misfit_words(short), parent=parent)
    box.setInformativeText(tr("The sheet is printed true to scale and is not made smaller to fit."))
    buttons = QMessageBox.StandardButton
    box.addButton(buttons.Ignore).setText(tr("Print all the same"))
    box.addButton(buttons.Save).setText(tr("Write a PDF instead"))
    box.addButton(buttons.Cancel).setText(tr("Cancel"))
    box.setDefaultButton(buttons.Cancel)
    return buttons(box.exec())


def misfit_words(short: Misfit) -> str:
    """What the user is told of paper that does not fit."""
    if short.smaller:
        return tr(
            "The paper is smaller than the sheet: {across:g} mm are missing across and {down:g} mm down.",
            across=short.across, down=short.down,
        )  # fmt: skip
    most = max(short.left, short.top, short.right, short.bottom)
    return tr("This printer leaves a rim that cuts off up to {most:g} mm of the sheet.", most=most)


def preview_print(window: Any, parent: QWidget, job: PrintJob) -> Any:
    """The sheets as they come out of the printer, drawn by a job and then shown in the system's preview."""
    printer = _printer(parent, job)
    if printer is None:
        return None

    def work(progress: Progress) -> tuple[Sequence[SheetSpec], list[QImage]]:
        def draw(specs: Sequence[SheetSpec], source: Any) -> tuple[Sequence[SheetSpec], list[QImage]]:
            return specs, [sheet_image(spec, source, _PREVIEW_PIXELS_MM, progress) for spec in specs]

        drawn: tuple[Sequence[SheetSpec], list[QImage]] = job.painted(draw)
        return drawn

    def show(drawn: tuple[Sequence[SheetSpec], list[QImage]]) -> None:
        dialog = preview_dialog(parent, printer, *drawn, lambda used: _printed(window, used, job))
        dialog.exec()

    return window.jobs.start(tr("Drawing the print preview"), work, show)


def preview_dialog(
    parent: QWidget | None, printer: QPrinter, specs: Sequence[SheetSpec], images: Sequence[QImage],
    real: Callable[[QPrinter], None],
) -> QPrintPreviewDialog:  # fmt: skip
    """The system's preview of drawn pages; ``real(printer)`` is called when its Print is pressed."""
    dialog = QPrintPreviewDialog(printer, parent)
    dialog.setWindowTitle(tr("Print preview"))
    dialog.resize(1000, 760)

    def requested(used: QPrinter) -> None:
        if used.paintEngine().type() == QPaintEngine.Type.Picture:
            paint_pictures(used, specs, images)
        else:
            real(used)

    dialog.paintRequested.connect(requested)
    return dialog


def paint_pictures(printer: QPrinter, specs: Sequence[SheetSpec], images: Sequence[QImage]) -> None:
    """Lay the drawn pages on the printer's pages, true to scale."""
    painter = QPainter(printer)
    try:
        for number, (spec, image) in enumerate(zip(specs, images, strict=True)):
            if number:
                printer.newPage()  # on the first page's paper: a preview cannot change it
            across, down = printer.logicalDpiX() / 25.4, printer.logicalDpiY() / 25.4
            painter.drawImage(QRectF(0, 0, spec.paper.width * across, spec.paper.height * down), image)
    finally:
        painter.end()


def _printed(window: Any, printer: QPrinter, job: PrintJob) -> None:
    """Print while the preview waits: its printer lives no longer than the signal."""
    printer.setFullPage(True)
    try:
        job.painted(lambda specs, source: print_sheets(printer, specs, source))
    except Refusal as refusal:
        window.notify(refusal)


def _printer(parent: QWidget, job: PrintJob) -> QPrinter | None:
    """The usual printer, or None when there is none: then the user may have a PDF."""
    try:
        return printer_for(job.template.paper)
    except Refusal as refusal:
        box = QMessageBox(QMessageBox.Icon.Information, tr("print|Print"), refusal.message(language()), parent=parent)
        buttons = QMessageBox.StandardButton
        box.setInformativeText(refusal.hint(language()))
        box.addButton(buttons.Save).setText(tr("Write a PDF instead"))
        box.addButton(buttons.Cancel).setText(tr("Cancel"))
        if buttons(box.exec()) == buttons.Save:
            job.as_pdf()
        return None
