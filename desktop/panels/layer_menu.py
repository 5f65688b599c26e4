"""What can be done with one layer, or one line of its legend, by a right click."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from desktop.shell.formatting import with_unit
from desktop.shell.icons import icon
from desktop.shell.notices import notify
from desktop.shell.words import language, tr
from desktop.styling.book import StyleBook
from desktop.styling.entries import with_variants
from desktop.styling.files import load_style, store_style
from desktop.styling.labelling import labels_on, with_labels_off, with_labels_on
from desktop.styling.ranges import RANGES, limit_text, with_range
from desktop.styling.transfer import fits, taken_over

if TYPE_CHECKING:
    from desktop.panels.layers import LayersPanel

_OPACITIES = (100, 80, 60, 40, 20)  # percent
_FILES = "*.yantu-style.json *.qml"


def layer_menu(panel: LayersPanel, name: str) -> QMenu:
    """The menu of a layer."""
    book = panel.book
    menu = QMenu(panel)
    add = menu.addAction
    add(icon("mdi6.palette-outline"), tr("Style…"), lambda: panel.style_wanted.emit(name, -1))
    labels = add(tr("Show labels"), partial(_switch_labels, panel, name))
    labels.setCheckable(True)
    labels.setChecked(labels_on(book.style(name)))
    menu.addMenu(_range_menu(panel, name, menu))
    menu.addMenu(_opacity_menu(panel, name, menu))
    menu.addSeparator()
    add(icon("mdi6.content-copy"), tr("Copy style"), lambda: setattr(book, "copied", book.style(name)))
    paste = add(icon("mdi6.content-paste"), tr("Paste style"), partial(_paste, panel, name))
    paste.setEnabled(fits(book.copied, book.style(name)))
    reset = add(icon("mdi6.restore"), tr("Reset style"), lambda: book.reset(name))
    reset.setEnabled(book.own(name))
    add(icon("mdi6.content-save-outline"), tr("Save style to file…"), lambda: ask_store(panel, book, name))
    add(icon("mdi6.folder-open-outline"), tr("Load style from file…"), lambda: ask_load(panel, book, name))
    menu.addSeparator()
    add(icon("mdi6.magnify-plus-outline"), tr("Zoom to this layer"), lambda: panel.zoom_wanted.emit(name))
    add(icon("mdi6.table"), tr("Open its table"), lambda: panel.table_wanted.emit(name))
    menu.addSeparator()
    add(icon("mdi6.eye-outline"), tr("Show only this layer"), lambda: panel.show_only(name))
    add(icon("mdi6.eye-check-outline"), tr("Show all layers"), panel.show_all)
    menu.addSeparator()
    add(icon("mdi6.arrow-up"), tr("Move up"), lambda: panel.tree.shift(-1))
    add(icon("mdi6.arrow-down"), tr("Move down"), lambda: panel.tree.shift(1))
    return menu


def entry_menu(panel: LayersPanel, name: str, place: int) -> QMenu:
    """The menu of one line of a layer's legend."""
    menu = QMenu(panel)
    add = menu.addAction
    add(icon("mdi6.palette-outline"), tr("Style…"), lambda: panel.style_wanted.emit(name, place))
    menu.addSeparator()
    add(icon("mdi6.eye-outline"), tr("Show only this one"), partial(_show_entries, panel, name, [place]))
    add(icon("mdi6.eye-check-outline"), tr("Show all of this layer"), partial(_show_entries, panel, name, None))
    return menu


def ask_store(parent: QWidget, book: StyleBook, name: str) -> None:
    """Let the user choose where a layer's style goes."""
    session = book.session
    start = session.path.with_name(f"{session.catalogue[name].label.text(language())}.yantu-style.json")
    kinds = f"{tr('Yantu style')} (*.yantu-style.json);;{tr('QGIS style')} (*.qml)"
    chosen, kind = QFileDialog.getSaveFileName(parent, tr("Save style to file…"), str(start), kinds)
    if chosen:
        path = Path(chosen)
        if path.suffix.lower() not in (".json", ".qml"):
            path = path.with_name(path.name + (".qml" if ".qml" in kind else ".yantu-style.json"))
        store_style(book, name, path)


def ask_load(parent: QWidget, book: StyleBook, name: str) -> None:
    """Let the user choose a style file for a layer."""
    kinds = f"{tr('Styles')} ({_FILES});;{tr('All files')} (*)"
    chosen, _ = QFileDialog.getOpenFileName(parent, tr("Load style from file…"), str(book.session.path.parent), kinds)
    if chosen:
        load_style(book, name, Path(chosen))


def _range_menu(panel: LayersPanel, name: str, parent: QMenu) -> QMenu:
    menu = QMenu(tr("Scale range"), parent)
    menu.setIcon(icon("mdi6.magnify-expand"))
    style = panel.book.style(name)
    for way, _text in RANGES:
        action = menu.addAction(limit_text(way, panel.scale), partial(_set_range, panel, name, way))
        action.setEnabled(way == "always" or panel.scale > 0)
        if way == "always":
            action.setCheckable(True)
            action.setChecked(style.max_scale <= 0 and style.min_scale <= 0)
    return menu


def _opacity_menu(panel: LayersPanel, name: str, parent: QMenu) -> QMenu:
    """The usual steps, and the one which the slider was left at."""
    menu = QMenu(tr("Opacity"), parent)
    menu.setIcon(icon("mdi6.opacity"))
    present = panel.opacity(name)
    for percent in sorted({*_OPACITIES, present}, reverse=True):
        action = menu.addAction(with_unit(percent, "%"), partial(panel.set_opacity, name, percent))
        action.setCheckable(True)
        action.setChecked(percent == present)
    return menu


def _set_range(panel: LayersPanel, name: str, way: str) -> None:
    panel.book.put(with_range(panel.book.style(name), way, panel.scale))


def _switch_labels(panel: LayersPanel, name: str) -> None:
    book = panel.book
    style = book.style(name)
    if labels_on(style):
        book.put(with_labels_off(style))
        return
    made = with_labels_on(style, book.default(name), book.session.catalogue[name], panel.scale)
    if made is None:
        notify(tr("This layer has no field to name its features by."), "info")
    else:
        book.put(made)


def _paste(panel: LayersPanel, name: str) -> None:
    book = panel.book
    if book.copied is not None:
        book.put(taken_over(book.copied, book.style(name), book.session.catalogue[name]))


def _show_entries(panel: LayersPanel, name: str, places: list[int] | None) -> None:
    style = panel.book.style(name)
    style = with_variants(style, range(len(style.variants)), visible=places is None)
    panel.book.put(style if places is None else with_variants(style, places, visible=True))
