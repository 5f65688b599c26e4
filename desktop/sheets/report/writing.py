"""Writes a report of a city: pages as PDF, or all its tables as a workbook; the ending says which."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

from PySide6.QtGui import QPainter

from desktop.sheets.application import ensure_application
from desktop.sheets.export import Reading
from desktop.sheets.pdf import Page, PaintedPage, write_pdf
from desktop.sheets.report.front import (
    Entry,
    contents_links,
    contents_pages,
    entries_of,
    paint_body,
    paint_contents,
    paint_cover,
    paint_frame,
)
from desktop.sheets.report.layout import PORTRAIT, LaidPage, lay_out
from gis.cartography.sheets.contents import compose
from gis.cartography.sheets.specification import SheetSpec
from gis.cartography.sheets.templates import sheet_template
from gis.errors import Language, Refusal
from gis.progress import Progress
from gis.project.report import ReportWish, compose_report
from gis.project.report_book import write_report_book
from gis.project.report_parts import MapPage, Report, Speech
from gis.project.sheet_cards import SheetCards
from gis.project.styles import styles_of
from gis.project.targets import DEFAULT
from gis.resources import resource

FORMATS = (".pdf", ".xlsx")
_CONTENTS_FROM = 2  # the page after the cover


def write_report(
    session: Any,
    wish: ReportWish,
    out: Path,
    *,
    language: Language = "zh",
    date: datetime.date | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write the report to ``out``, .pdf or .xlsx; returns the files written. It appears whole or not at all.

    Works without a window; off the UI thread, call ``ensure_application`` in the main thread first. The same project,
    wish and date give the same bytes. Raises Refusal ``report.…``, ``sheets.cannot_write`` and those of
    ``compose_report``.
    """
    suffix = out.suffix.lower()
    if suffix not in FORMATS:
        raise Refusal("report.unknown_format", suffix=out.suffix, known=" ".join(FORMATS))
    progress = progress or Progress()
    day = date or datetime.date.today()
    report = compose_report(session, wish, language=language, date=day, progress=progress)
    out.parent.mkdir(parents=True, exist_ok=True)
    if suffix == ".xlsx":
        write_report_book(out, report, day)
        return [out]
    ensure_application()
    draft = out.with_name(f".{out.stem}-{token_hex(4)}.pdf")
    try:
        paint_report(session, report, draft, day, progress, targets=wish.targets)
        draft.replace(out)
    except OSError as error:
        raise Refusal("sheets.cannot_write", file=str(out), reason=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return [out]


def paint_report(
    session: Any, report: Report, target: Path, date: datetime.date, progress: Progress | None = None, *,
    targets: str | Path = DEFAULT,
) -> int:  # fmt: skip
    """Lay the report out and write it as PDF to ``target``; returns the number of pages. ``targets``: of its wish."""
    progress = progress or Progress()
    progress.step(0, 0, "report.laying_out")
    body = lay_out(report)
    listed = len(entries_of(body, 0))
    fronts = contents_pages(listed)
    first = _CONTENTS_FROM + fronts
    entries = entries_of(body, first)
    count = first - 1 + len(body)
    outline = [(Speech(report.language)("contents"), _CONTENTS_FROM, 0)]
    outline += [(entry.title, entry.page, entry.depth) for entry in entries]
    with session.reading() as snapshot:
        reading = Reading(session, snapshot)
        pages = [
            *_front(report, entries, fronts, count),
            *(page for page in _body(session, reading, report, body, first, count, date, targets)),
        ]
        return write_pdf(
            pages,
            reading,
            target,
            date,
            progress,
            outline=outline,
            links=contents_links(entries, _CONTENTS_FROM),
            words={"title": report.title, "maker": report.maker, "subtitle": report.subtitle},
            language=report.language,
        )


def _front(report: Report, entries: Sequence[Entry], fronts: int, count: int) -> Iterator[PaintedPage]:
    yield PaintedPage(PORTRAIT, partial(_cover, report))
    for part in range(fronts):
        yield PaintedPage(PORTRAIT, partial(_contents, report, entries, part, count))


def _cover(report: Report, painter: QPainter) -> None:
    _sharp(painter)
    paint_cover(painter, report)


def _contents(report: Report, entries: Sequence[Entry], part: int, count: int, painter: QPainter) -> None:
    _sharp(painter)
    paint_contents(painter, report, entries, part)
    paint_frame(painter, report, None, _CONTENTS_FROM + part, count)


def _page(report: Report, page: LaidPage, number: int, count: int, painter: QPainter) -> None:
    _sharp(painter)
    paint_body(painter, page)
    paint_frame(painter, report, page, number, count)


def _sharp(painter: QPainter) -> None:
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)


def _body(
    session: Any, reading: Any, report: Report, body: Sequence[LaidPage], first: int, count: int, date: datetime.date,
    targets: str | Path,
) -> Iterator[Page]:  # fmt: skip
    for number, page in enumerate(body, first):
        if page.sheet is None:
            yield PaintedPage(page.paper, partial(_page, report, page, number, count))
        else:
            yield map_spec(session, reading, report, page.sheet, page.chapter, number, count, date, targets)


def map_spec(
    session: Any, reading: Any, report: Report, sheet: MapPage, chapter: str, number: int, count: int,
    date: datetime.date, targets: str | Path = DEFAULT,
) -> SheetSpec:  # fmt: skip
    """The sheet of a map page: the report's own template, with the words of its head and foot."""
    spec = compose(
        reading,
        sheet_template(resource("report", f"{sheet.template}.toml")),
        run=sheet.run,
        folder=session.attachments_folder(),
        extent=sheet.extent,
        words={"place": sheet.place},
        language=report.language,
        date=date,
        styles=styles_of(session),
        policy=SheetCards(session, reading, run=sheet.run, language=report.language, targets=targets),
    )
    own = {
        "report": report.title,
        "chapter": chapter,
        "report_mark": report.mark,
        "page_label": Speech(report.language)("page_of", page=number, pages=count),
    }
    return replace(spec, fields={**spec.fields, **own})
