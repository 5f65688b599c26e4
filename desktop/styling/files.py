"""Styles to and from files, off the UI thread; what is wrong with a file is told, and nothing is lost by it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from desktop.shell.notices import notify
from desktop.shell.words import language, tr
from desktop.styling.book import StyleBook
from gis.cartography.symbols import LayerStyle


def store_style(book: StyleBook, name: str, path: Path) -> None:
    """Write the style of a layer to ``path``: Yantu's own format, or QGIS's by the ending ``.qml``."""
    from gis.project.styles import export_style

    style = book.style(name)
    book.jobs.quiet(lambda _progress: export_style(style, path), lambda _made: _tell_stored(path))


def load_style(book: StyleBook, name: str, path: Path) -> None:
    """Draw a layer as a file says."""
    from gis.project.styles import import_style

    cls = book.session.catalogue[name]
    book.jobs.quiet(lambda _progress: import_style(path, cls), partial(_take, book, book.session))


def _take(book: StyleBook, session: object, style: LayerStyle) -> None:
    if book.session is not session:  # another project was opened meanwhile
        return
    book.put(style)
    notify(tr("{layer} is drawn as the file says.", layer=book.session.catalogue[style.cls].label.text(language())))


def _tell_stored(path: Path) -> None:
    notify(tr("Written: {path}", path=str(path)), "success")
