"""Styles to and from files, off the UI thread; what is wrong with a file is told, and nothing is lost by it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.shell.notices import notify
from desktop.shell.words import language, tr
from desktop.styling.book import StyleBook

if TYPE_CHECKING:
    from gis.project.styles import ReadStyle


def store_style(book: StyleBook, name: str, path: Path) -> None:
    """Write the style of a layer to ``path``: Yantu's own format, or QGIS's by the ending ``.qml``."""
    from gis.project.styles import export_style

    style = book.style(name)
    book.jobs.quiet(lambda _progress: export_style(style, path), lambda _made: _tell_stored(path))


def load_style(book: StyleBook, name: str, path: Path) -> None:
    """Draw a layer as a file says."""
    from gis.project.styles import read_style

    cls = book.session.catalogue[name]
    book.jobs.quiet(lambda _progress: read_style(path, cls), partial(_take, book, book.session))


def _take(book: StyleBook, session: object, read: ReadStyle) -> None:
    if book.session is not session:  # another project was opened meanwhile
        return
    book.put(read.style)
    layer = book.session.catalogue[read.style.cls].label.text(language())
    if read.passed_over:
        said = tr("list|, ").join(read.passed_over)
        notify(tr("{layer} is drawn as the file says, but for: {said}", layer=layer, said=said), "warning")
    else:
        notify(tr("{layer} is drawn as the file says.", layer=layer), "success")


def _tell_stored(path: Path) -> None:
    notify(tr("Written: {path}", path=str(path)), "success")
