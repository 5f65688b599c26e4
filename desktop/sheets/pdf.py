"""Sheets as PDF: vector, true to the millimetre, with text that can be copied, layers and a place on the Earth."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QFile, QHashSeed, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QPageSize, QPainter, QPdfWriter

from desktop.canvas.paper_layers import SHEET, LayeredPainter
from desktop.sheets.page import paint_sheet
from desktop.sheets.pdf_georeference import viewports_of
from desktop.sheets.pdf_layers import layer_names
from desktop.sheets.pdf_repairs import About, Link, PageFacts, repair
from gis.cartography.sheets.items import Paper
from gis.cartography.sheets.specification import SheetSpec
from gis.errors import Language
from gis.progress import Progress

RESOLUTION = 1270  # dots an inch: 50 a millimetre, a whole number, so that lengths are exact


@dataclass(frozen=True, slots=True)
class PaintedPage:
    """A page that is not a sheet: ``paint`` is handed a painter whose unit is a millimetre, see ``paint_sheet``."""

    paper: Paper
    paint: Callable[[QPainter], None]


#: A sheet, a sheet with a source of its own, or a page of another kind.
Page = SheetSpec | tuple[SheetSpec, Any] | PaintedPage


def write_pdf(
    pages: Page | Iterable[Page],
    source: Any,
    target: Path,
    date: datetime.date,
    progress: Progress | None = None,
    *,
    outline: Sequence[tuple[str, int, int]] = (),
    links: Sequence[Link] = (),
    layers: bool = True,
    words: Mapping[str, str] | None = None,
    language: Language | None = None,
) -> int:
    """Write one sheet or many, a page each, to ``target``, which must not be in use; returns the number of pages.

    ``pages`` may be a generator: one is held at a time. ``source``: a session or snapshot for pages without their own.
    ``outline``: bookmarks (title, page from 1, depth from 0); ``links``: places that lead to a page; both are read when
    all pages are painted. ``layers``: readers can switch the layers of the maps, one switch for the whole document.
    ``words`` (title, maker, subtitle) describe the document, ``language`` is what it is written in (readers that speak
    ask for it), by default those of the first sheet; one without a sheet has to say it. ``date`` is the only
    thing that differs between runs. Raises OSError; what is left of ``target`` then is the caller's to remove.
    """
    given = [pages] if isinstance(pages, (SheetSpec, PaintedPage, tuple)) else pages
    total = len(given) if isinstance(given, Sequence) else 0
    progress = progress or Progress()
    raw = target.with_name(f".{target.stem}-{secrets.token_hex(4)}.raw")
    print_out = _Print(raw, layers)
    try:
        for number, page in enumerate(given):
            print_out.add(page, source, _within(progress, number, total) if total > 1 else progress)
        print_out.end()
        progress.step(total, total, "sheets.writing")
        repair(
            raw, target, print_out.facts, print_out.about(words or {}, language), date, outline, links, print_out.names,
            print_out.rare,
        )  # fmt: skip
    finally:
        with suppress(OSError):
            print_out.end()
        with suppress(OSError):
            raw.unlink(missing_ok=True)
    return len(print_out.facts)


def _within(progress: Progress, done: int, total: int) -> Progress:
    """The progress of one page among many: it can be cancelled like the whole."""
    return Progress(lambda _done, _total, label: progress.step(done, total, label))


class _Print:
    """A PDF while Qt writes it: each layer of a page becomes a page, ``facts`` say which belong together."""

    def __init__(self, target: Path, layers: bool) -> None:
        self.facts: list[PageFacts] = []
        self.names: dict[str, str] = {}
        self.rare: Mapping[bool, Sequence[str]] = {}
        self._first: SheetSpec | None = None
        # Qt lists the fonts of a document in the order of their hashes, which else are drawn by lot for each process.
        QHashSeed.setDeterministicGlobalSeed()
        self._file = QFile(str(target))
        if not self._file.open(QIODevice.OpenModeFlag.WriteOnly):
            raise OSError(self._file.errorString())
        self._writer = QPdfWriter(self._file)
        self._writer.setResolution(RESOLUTION)
        self._painter: LayeredPainter | None = None
        self._layers = layers

    def add(self, page: Page, source: Any, progress: Progress) -> None:
        """Paint one page."""
        if isinstance(page, tuple):
            page, source = page
        facts = PageFacts(page.paper.width, page.paper.height, [SHEET])
        self._turn_page(page.paper)
        painter = self._painter
        assert painter is not None
        self.facts.append(facts)
        painter.save()
        try:
            painter.scale(RESOLUTION / 25.4, RESOLUTION / 25.4)
            if isinstance(page, PaintedPage):
                progress.step(0, 0, "sheets.painting")
                page.paint(painter)
            else:
                self._first = self._first or page
                facts.viewports = viewports_of(page)
                if self._layers:
                    self.names |= layer_names(page, source)
                paint_sheet(painter, page, source, progress)
        finally:  # cancelled half-way too: Qt warns of states that are left open
            painter.restore()

    def end(self) -> None:
        """Close the file, whether all went well or not. Raises OSError when not all of it could be written."""
        if self._painter is not None:
            self.rare = self._painter.rare
            self._painter.end()  # a painter that outlives its device takes the program with it
            self._painter = None
        if self._file.isOpen():
            self._file.close()
            if self._file.error() != QFile.FileError.NoError:
                raise OSError(self._file.errorString())

    def about(self, words: Mapping[str, str], language: Language | None) -> About:
        """What the document is called and speaks: as its first sheet, but for what is given."""
        found = {**(self._first.fields if self._first else {}), **words}
        spoken = language or (self._first.language if self._first else "zh")
        return About(found.get("title", ""), found.get("maker", ""), found.get("subtitle", ""), spoken)

    def _turn_page(self, paper: Paper) -> None:
        size = QPageSize(
            QSizeF(paper.width, paper.height), QPageSize.Unit.Millimeter, paper.name,
            QPageSize.SizeMatchPolicy.ExactMatch,
        )  # fmt: skip
        self._writer.setPageSize(size)
        self._writer.setPageMargins(QMarginsF(0, 0, 0, 0))
        if self._painter is None:
            self._painter = LayeredPainter(self._writer, SHEET, self._turn_layer)
            if not self._painter.isActive():
                raise OSError(self._file.errorString())
        else:
            self._painter.restart(SHEET)
            self._new_page()

    def _turn_layer(self, key: str) -> None:
        if self._layers:
            self._new_page()
            self.facts[-1].parts.append(key)

    def _new_page(self) -> None:
        if not self._writer.newPage() or self._file.error() != QFile.FileError.NoError:
            raise OSError(self._file.errorString())
