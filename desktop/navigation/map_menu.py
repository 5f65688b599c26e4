"""The menu of the map: what is here, its coordinate in every system, measure, zoom, bookmark, add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from desktop.navigation.coordinates import NAMES, in_all_systems
from desktop.panels.search import class_icon
from desktop.shell.icons import icon
from desktop.shell.words import language, tr
from desktop.tools.measurement import AREA_UNITS, LENGTH_UNITS
from desktop.tools.tool import Pointer

if TYPE_CHECKING:
    from desktop.navigation.room import Navigation

_ADDABLE = ("point",)


def map_menu(navigation: Navigation, at: Pointer) -> QMenu:
    """The menu for a place on the map. It deletes itself when it closes."""
    canvas = navigation.canvas
    menu = QMenu(canvas)
    menu.setToolTipsVisible(True)
    menu.aboutToHide.connect(menu.deleteLater)
    hits = canvas.hits(at.px, at.py)
    if canvas.tool.name in ("measure_line", "measure_area") or canvas.measurements.done:
        _measuring(menu, navigation)
        menu.addSeparator()
    what = menu.addAction(
        icon("mdi6.information-outline"), tr("What is here ({count})", count=len(hits)),
        lambda: canvas.stack.show(hits, at.px, at.py),
    )  # fmt: skip
    what.setEnabled(bool(hits))
    copy = menu.addMenu(icon("mdi6.content-copy"), tr("Copy the coordinate"))
    for system, said in in_all_systems(at.x, at.y, canvas.project_crs):
        copy.addAction(f"{said}\t{tr(NAMES[system])}", lambda said=said: canvas.copy_text(said))
    menu.addSeparator()
    menu.addAction(icon("mdi6.magnify-plus-outline"), tr("Zoom in here"), lambda: canvas.zoom_by(2.0, at.px, at.py))
    menu.addAction(icon("mdi6.image-filter-center-focus"), tr("Centre here"), lambda: canvas.set_center(at.x, at.y))
    menu.addAction(
        icon("mdi6.bookmark-plus-outline"), tr("Bookmark here…"), lambda: navigation.bookmark_place(at.x, at.y)
    )
    menu.addSeparator()
    line = lambda: navigation.measure_from("measure_line", at.x, at.y)  # noqa: E731
    menu.addAction(icon("mdi6.ruler"), tr("Measure a length from here"), line)
    area = lambda: navigation.measure_from("measure_area", at.x, at.y)  # noqa: E731
    menu.addAction(icon("mdi6.ruler-square"), tr("Measure an area from here"), area)
    if navigation.editing:
        menu.addSeparator()
        if any(hit.id in canvas.selection.get(hit.cls, ()) for hit in hits):
            navigation.modify(menu)
        add = menu.addMenu(icon("mdi6.plus"), tr("Add a feature here"))
        _adding(add, navigation, at)
    return menu


def _adding(menu: QMenu, navigation: Navigation, at: Pointer) -> None:
    session = navigation.canvas.session
    for cls in session.catalogue:
        if cls.spatial and cls.geometry in _ADDABLE and cls.symbol is not None:
            menu.addAction(
                icon(class_icon(session, cls.name), "text_soft"), cls.label.text(language()),
                lambda name=cls.name: navigation.add_here(name, at),
            )  # fmt: skip


def _measuring(menu: QMenu, navigation: Navigation) -> None:
    canvas = navigation.canvas
    said = canvas.measurements.said()
    copy = menu.addAction(
        icon("mdi6.content-copy"), tr("Copy the measurements"), lambda: canvas.copy_text(canvas.measurements.said())
    )
    copy.setEnabled(bool(said))
    for title, units, chosen, choose in (
        (tr("Unit of length"), LENGTH_UNITS, canvas.measurements.length_unit, navigation.set_length_unit),
        (tr("Unit of area"), AREA_UNITS, canvas.measurements.area_unit, navigation.set_area_unit),
    ):
        sub = menu.addMenu(title)
        for unit, name in units.items():
            action = sub.addAction(tr(name), lambda unit=unit, choose=choose: choose(unit))
            action.setCheckable(True)
            action.setChecked(unit == chosen)
    clear = menu.addAction(icon("mdi6.eraser"), tr("Take the measurements off the map"), navigation.clear_measurements)
    clear.setEnabled(bool(canvas.measurements.done))
