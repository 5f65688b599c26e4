"""Printing: true to scale on a printer that writes PDF, several pages, what does not fit is known before."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import pikepdf
import pytest
import shapely
from PySide6.QtGui import QPageSize
from PySide6.QtPrintSupport import QPrinter, QPrintPreviewWidget
from PySide6.QtWidgets import QMessageBox

from desktop.jobs import JobRunner
from desktop.sheets import print_dialogs, printing
from desktop.sheets.pictures import sheet_image
from desktop.sheets.print_dialogs import PrintJob, misfit_words, preview_dialog, send
from desktop.sheets.printing import Misfit, compared, lay_out, misfit, print_sheets, printer_for
from desktop.shell.words import words as words_now
from gis.cartography.sheets.contents import compose
from gis.cartography.sheets.items import Margins, Paper
from gis.cartography.sheets.templates import sheet_template
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.project import Session
from tests.desktop.sheets.reading import POINTS_MM, drawn_lines, words
from tests.gis.sheets.city import load

DATE = datetime.date(2026, 3, 5)
A4, A3 = Paper.of("A4", "portrait"), Paper.of("A3", "landscape")
RIM = Margins(10, 10, 10, 10)


def pdf_printer(path: Path, paper: Paper) -> QPrinter:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    lay_out(printer, paper)
    return printer


def test_500_metres_at_1_to_5000_are_100_millimetres_on_paper(qapp, tmp_path: Path) -> None:
    x, y = 512_000.0, 3_690_000.0
    with Session.create(tmp_path / "line.yantu") as session:
        load(session, "cable", [shapely.LineString([(x, y), (x + 500.0, y)])], code=["a"], level=["backbone"])
        extent = (x - 100, y - 400, x + 600, y + 100)
        template = sheet_template("inventory_a3")
        spec = compose(session, template, date=DATE, extent=extent, denominator=5_000)
        assert print_sheets(pdf_printer(tmp_path / "p.pdf", spec.paper), [spec], session) == 1
    with pikepdf.open(tmp_path / "p.pdf") as pdf:
        box = [float(v) / POINTS_MM for v in pdf.pages[0].mediabox[2:]]
    assert box == pytest.approx([420, 297], abs=0.3)
    lines = drawn_lines(tmp_path / "p.pdf")
    assert [a for a in lines if abs(a[1] - a[3]) < 1e-2 and abs(abs(a[2] - a[0]) - 100.0) < 0.05]


def test_sheets_are_pages_each_on_its_paper(qapp, city: Session, tmp_path: Path) -> None:
    wide = compose(city, sheet_template("inventory_a3"), date=DATE)
    small = compose(city, sheet_template("coverage_a4"), date=DATE)
    out = tmp_path / "p.pdf"
    assert print_sheets(pdf_printer(out, wide.paper), [wide, small, wide], city) == 3
    with pikepdf.open(out) as pdf:
        sizes = [round(float(page.mediabox[2]) / POINTS_MM) for page in pdf.pages]
    assert sizes == [420, 210, 420]
    assert "盐城市数字基础设施分布图" in words(out)
    printer = pdf_printer(tmp_path / "one.pdf", small.paper)
    printer.setFromTo(2, 2)
    assert print_sheets(printer, [wide, small, wide], city) == 1
    with pikepdf.open(tmp_path / "one.pdf") as pdf:
        assert [round(float(page.mediabox[2]) / POINTS_MM) for page in pdf.pages] == [210]


def test_what_does_not_fit_is_known_before(qapp, tmp_path: Path) -> None:
    none = (0.0, 0.0, 0.0, 0.0)
    assert not compared((210, 297), none, A4, RIM)
    assert compared((210, 297), none, A3, RIM) == Misfit(across=210.0)
    assert compared((210, 297), (4, 4, 4, 14), A4, RIM) == Misfit(bottom=4.0)
    assert not compared((210, 297), (9, 9, 9, 9), A4, RIM), "the printer's rim lies in the sheet's own"
    assert not compared((420, 594), (20, 5, 20, 5), A4, dataclasses.replace(RIM, left=25)), "larger paper is fine"
    printer = pdf_printer(tmp_path / "p.pdf", A3)
    assert not misfit(printer, A3, RIM)
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    found = misfit(printer, A3, RIM)
    assert found.smaller
    assert (found.across, found.down) == pytest.approx((123.0, 87.0), abs=0.6)


def test_without_a_printer_the_user_is_told(qapp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "printers", list)
    with pytest.raises(Refusal) as refused:
        printer_for(A4)
    assert refused.value.code == "sheets.no_printer"


@pytest.mark.qt_log_ignore("QPainter::begin")
def test_a_printer_that_cannot_begin_is_refused(qapp, city: Session, tmp_path: Path) -> None:
    spec = compose(city, sheet_template("coverage_a4"), date=DATE)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Refusal) as refused:
        print_sheets(pdf_printer(tmp_path / "file" / "p.pdf", spec.paper), [spec], city)
    assert refused.value.code == "sheets.not_printed"


def test_a_cancelled_print_stops(qapp, city: Session, tmp_path: Path) -> None:
    spec = compose(city, sheet_template("coverage_a4"), date=DATE)
    seen: list[float] = []
    progress = Progress(lambda done, total, _label: (seen.append(done), total and done == 1 and progress.cancel())[0])
    with pytest.raises(Cancelled):
        print_sheets(pdf_printer(tmp_path / "p.pdf", spec.paper), [spec] * 4, city, progress)
    assert max(seen) == 1


def test_the_preview_shows_the_pages_true_to_scale(qapp, city: Session, tmp_path: Path) -> None:
    spec = compose(city, sheet_template("coverage_a4"), date=DATE)
    image = sheet_image(spec, city, 2.0)
    real: list[QPrinter] = []
    printer = pdf_printer(tmp_path / "preview.pdf", spec.paper)
    dialog = preview_dialog(None, printer, [spec, spec], [image, image], real.append)
    widget = dialog.findChild(QPrintPreviewWidget)
    widget.updatePreview()
    assert widget.pageCount() == 2
    assert real == [], "the preview itself is made of pictures"
    dialog.paintRequested.emit(printer)
    assert real == [printer], "a printer gets the sheet itself"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_lost_is_told_in_words(language) -> None:
    words_now().set_language(language)
    said = misfit_words(Misfit(across=123.0, down=87.0))
    assert "123" in said
    assert ("毫米" in said) == (language == "zh")
    assert "4.5" in misfit_words(Misfit(bottom=4.5))


class _Window:
    """What printing asks of the main window."""

    def __init__(self) -> None:
        self.jobs, self.told = JobRunner(), []

    def notify(self, subject: object, level: str = "") -> None:
        self.told.append(subject)


def test_a_sheet_is_printed_by_a_job(qtbot, city: Session, tmp_path: Path) -> None:
    window, template = _Window(), sheet_template("coverage_a4")
    job = PrintJob(city, template, {"date": DATE})
    send(window, None, pdf_printer(tmp_path / "p.pdf", template.paper), job)
    qtbot.waitUntil(lambda: bool(window.told), timeout=20_000)
    assert "盐城市覆盖图" in words(tmp_path / "p.pdf")
    assert window.jobs.close()


def test_paper_that_is_too_small_is_asked_about(
    qtbot, city: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, pdfs = _Window(), []
    buttons = QMessageBox.StandardButton
    job = PrintJob(city, sheet_template("inventory_a3"), {"date": DATE}, as_pdf=lambda: pdfs.append(1))
    small = pdf_printer(tmp_path / "p.pdf", A4)
    for answer, n in ((buttons.Cancel, 0), (buttons.Save, 1)):
        monkeypatch.setattr(print_dialogs, "ask_about", lambda _parent, short, answer=answer: short.smaller and answer)
        assert send(window, None, small, job) is None
        assert len(pdfs) == n
    assert not (tmp_path / "p.pdf").exists()
    assert window.jobs.close()
