"""The composer's window: tools above, items at the left, the page in the middle, properties at the right.

It is a window of its own, so that undo, delete, arrows and copying mean the sheet here and never the city's data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.notices import NoticeCards
from desktop.sheets.composer.bar import Bar
from desktop.sheets.composer.draft import Draft
from desktop.sheets.composer.gallery import Entry, Gallery
from desktop.sheets.composer.inspector import Inspector
from desktop.sheets.composer.item_list import ItemList
from desktop.sheets.composer.map_contents import centred_anew, moved, place_of, scaled, show_place
from desktop.sheets.composer.new_items import new_item
from desktop.sheets.composer.page_view import PageView
from desktop.sheets.composer.rendering import Painted, Rendering
from desktop.sheets.composer.saving import Saving
from desktop.sheets.composer.wording import KINDS, item_name
from desktop.sheets.print_dialogs import PrintJob, ask_and_print, preview_print
from desktop.shell.formatting import scale
from desktop.shell.icons import icon
from desktop.shell.notices import notify
from desktop.shell.words import language, mark, tr, worded, words
from gis.cartography.sheets import editing
from gis.cartography.sheets.items import ColumnItem, Item, MapItem
from gis.errors import Refusal
from gis.project.sheets import Sheet

FORMATS = (
    (".pdf", mark("PDF, true to scale…")),
    (".png", mark("Picture (PNG), with world file…")),
    (".svg", mark("Drawing (SVG)…")),
    (".tif", mark("Georeferenced picture (GeoTIFF)…")),
    (".pptx", mark("Page for a meeting (PPTX)…")),
)
GRID_MM = 5.0
_SHARE = 0.9  # of the main window, at first


class Composer(QDialog):
    """``kept(name)`` when it was kept as a sheet of the project, ``templates_changed`` when a template was added.

    ``window`` is the main window, ``maps`` gives the base maps below the map.
    """

    kept = Signal(str)
    templates_changed = Signal()
    _copied: tuple[Item, ...] = ()  # of all composers of the program

    def __init__(self, window: Any, sheet: Sheet, maps: Callable[[], list[Any]] | None = None) -> None:
        super().__init__(window if isinstance(window, QWidget) else None, Qt.WindowType.Window)
        self._window, self._session = window, window.session
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.draft = Draft(sheet, self)
        self._maps = maps or (list)
        self.rendering = Rendering(window, self.asked, self._maps, self)
        self.page = PageView(self.draft)
        self.page.view_of = lambda id: place_of(self.draft, self.page.painted, id)
        self.saving = Saving(self, window, self.draft)
        self.list = ItemList(self.draft)
        self.inspector = Inspector(self.draft, self._session)
        self.bar = Bar(self, self.add_item)
        self.actions_ = self.bar.actions_
        self.setMinimumSize(960, 560)
        self._take_room()
        self._sharpen = QTimer(self, singleShot=True, interval=220)
        self._sharpen.timeout.connect(self._paint)
        self._build()
        self._connect()
        self._say()
        self._read_areas()
        self._refresh()
        self.page.setFocus()

    # Building -------------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.save, self.export = QPushButton(), QPushButton()
        self.save.setIcon(icon("mdi6.content-save-outline"))
        self.export.setIcon(icon("mdi6.export", "on_accent"))
        self.export.setProperty("role", "primary")
        self._save_menu, self._export_menu = QMenu(self.save), QMenu(self.export)
        self.save.setMenu(self._save_menu)
        self.export.setMenu(self._export_menu)
        worded(self.save, "setText", "Save")
        worded(self.export, "setText", "Export")
        self.bar.row.addWidget(self.save)
        self.bar.row.addSpacing(6)
        self.bar.row.addWidget(self.export)
        self.problem = QLabel()
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self.problem.setContentsMargins(16, 8, 16, 8)
        self.problem.hide()
        left = QFrame()
        left.setObjectName("SidePanel")
        heading = QLabel()
        heading.setProperty("role", "section")
        heading.setContentsMargins(12, 10, 12, 4)
        worded(heading, "setText", "Items, the uppermost first")
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(heading)
        column.addWidget(self.list, 1)
        right = QFrame()
        right.setObjectName("Inspector")
        inside = QVBoxLayout(right)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.inspector)
        left.setMinimumWidth(150)
        right.setMinimumWidth(250)
        middle = QWidget()
        page_column = QVBoxLayout(middle)
        page_column.setContentsMargins(0, 0, 0, 0)
        page_column.setSpacing(0)
        page_column.addWidget(self.problem)
        page_column.addWidget(self.page, 1)
        self.cards = NoticeCards(middle)
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self.columns.setHandleWidth(1)
        self.columns.setChildrenCollapsible(False)
        for widget in (left, middle, right):
            self.columns.addWidget(widget)
        self.columns.setStretchFactor(1, 1)
        self.columns.setSizes([204, 900, 300])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.bar)
        outer.addWidget(self.columns, 1)
        outer.addWidget(self._foot())
        self.cards.raise_()

    def _take_room(self) -> None:
        """Nine tenths of the main window, in the middle of it; without one, of the screen."""
        around = self.screen().availableGeometry()
        if isinstance(self._window, QWidget) and self._window.isVisible():
            around = self._window.frameGeometry()
        size = (around.size() * _SHARE).expandedTo(self.minimumSize())
        place = QRect(QPoint(), size)
        place.moveCenter(around.center())
        self.setGeometry(place)

    def _foot(self) -> QWidget:
        foot = QFrame()
        foot.setObjectName("StatusBar")
        self.place, self.facts, self.state = QLabel(), QLabel(), QLabel()
        for label in (self.place, self.facts, self.state):
            label.setProperty("role", "soft")
        self.grid = QCheckBox()
        worded(self.grid, "setText", "Grid of 5 mm")
        self.zoom_out, self.zoom_in, self.fit = QToolButton(), QToolButton(), QToolButton()
        self.percent = QToolButton()
        for button, picture, text in (
            (self.zoom_out, "mdi6.minus", mark("Zoom out")),
            (self.zoom_in, "mdi6.plus", mark("Zoom in")),
            (self.fit, "mdi6.fit-to-page-outline", mark("Whole page")),
            (self.percent, "", mark("As large as on paper")),
        ):
            button.setProperty("role", "quiet")
            if picture:
                button.setIcon(icon(picture, "text_soft"))
            worded(button, "setAccessibleName", text)
            worded(button, "setToolTip", text)
        row = QHBoxLayout(foot)
        row.setContentsMargins(12, 2, 12, 2)
        row.setSpacing(6)
        row.addWidget(self.facts)
        row.addSpacing(12)
        row.addWidget(self.state, 1)
        row.addWidget(self.place)
        row.addSpacing(12)
        row.addWidget(self.grid)
        row.addSpacing(12)
        for button in (self.zoom_out, self.percent, self.zoom_in, self.fit):
            row.addWidget(button)
        return foot

    def _connect(self) -> None:
        draft, page, act = self.draft, self.page, self.actions_
        draft.changed.connect(self._changed)
        draft.selected.connect(self._refresh)
        self.rendering.painted.connect(self._painted)
        self.rendering.refused.connect(self._refused)
        self.rendering.begun.connect(lambda: self._working(True))
        page.zoomed.connect(self._zoomed)
        page.pointed.connect(lambda x, y: self.place.setText(f"{x:.1f}, {y:.1f} mm"))
        page.opened.connect(self._opened)
        page.menu_wanted.connect(self._menu)
        page.content_moved.connect(self._content_moved)
        page.content_scaled.connect(self._content_scaled)
        self.list.opened.connect(self._opened)
        self.inspector.content_wanted.connect(self._take_content)
        self.inspector.freed.connect(self._take_out)
        self.inspector.centered.connect(partial(centred_anew, draft))
        self.bar.templates.clicked.connect(self.open_gallery)
        act["undo"].triggered.connect(draft.undo)
        act["redo"].triggered.connect(draft.redo)
        for edge in editing.EDGES:
            act[f"align_{edge}"].triggered.connect(partial(self._align, edge))
        for way in ("horizontal", "vertical"):
            act[f"distribute_{way}"].triggered.connect(partial(self._distribute, way))
        act["raise"].triggered.connect(lambda: draft.edit(editing.raised, draft.selection))
        act["lower"].triggered.connect(lambda: draft.edit(editing.lowered, draft.selection))
        act["duplicate"].triggered.connect(lambda: draft.edit_new(editing.duplicated, draft.free))
        act["delete"].triggered.connect(self._delete)
        act["snap"].setChecked(True)
        act["snap"].toggled.connect(lambda on: setattr(page, "snapping", on))
        self.grid.toggled.connect(self._gridded)
        self.zoom_in.clicked.connect(lambda: page.set_zoom(page.zoom * 1.25))
        self.zoom_out.clicked.connect(lambda: page.set_zoom(page.zoom / 1.25))
        self.fit.clicked.connect(page.fit)
        self.percent.clicked.connect(lambda: page.set_zoom(page.actual_size()))
        self._key("Ctrl+Shift+Z", draft.redo)
        self._key("Ctrl+S", lambda: self.keep())
        self._key("Ctrl+Shift+]", lambda: draft.edit(editing.raised, draft.selection, True))
        self._key("Ctrl+Shift+[", lambda: draft.edit(editing.lowered, draft.selection, True))
        self._key("Ctrl+0", page.fit)
        for keys, handler in (
            ("Ctrl+C", self.copy), ("Ctrl+X", self._cut), ("Ctrl+V", self.paste),
            ("Ctrl+A", lambda: draft.select([item.id for item in draft.template.items])),
        ):  # fmt: skip
            self._key(keys, handler, page)
        page.delete_wanted.connect(self._delete)
        self.list.delete_wanted.connect(self._delete)
        self._window.workspace.changed.connect(self._data_changed)
        self._window.basemaps.changed.connect(self._data_changed)
        self._window.styles.changed.connect(self._data_changed)
        self._window.workspace.session_leaving.connect(self._leave)
        words().changed.connect(self._say)
        if isinstance(self._window, QObject):
            self._window.installEventFilter(self)

    def _key(self, keys: str, handler: Callable[[], object], owner: QWidget | None = None) -> QAction:
        action = QAction(self)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(
            Qt.ShortcutContext.WindowShortcut if owner is None else Qt.ShortcutContext.WidgetWithChildrenShortcut
        )
        action.triggered.connect(lambda _on=False: handler())
        (owner or self).addAction(action)
        return action

    # What it shows --------------------------------------------------------------------------------------------------
    def asked(self, sheet: Sheet) -> dict[str, Any]:
        """The arguments of ``compose`` for a sheet, beside template and language."""
        return sheet.asked(self._session)

    @property
    def busy(self) -> bool:
        """Whether a newer picture is to come."""
        return self.rendering.busy or self._sharpen.isActive()

    def _changed(self) -> None:
        self._paint()
        self._refresh()
        self._title()

    def _paint(self) -> None:
        self._sharpen.stop()
        self.rendering.paint(self.draft.sheet, self.page.zoom * self.devicePixelRatioF())

    def _painted(self, painted: Painted) -> None:
        self.problem.hide()
        self.export.setEnabled(True)
        self.page.show_painted(painted)
        self.inspector.set_fields(dict(painted.spec.fields))
        self._working(self.rendering.busy)
        paper = painted.spec.paper
        size = tr("{paper}, {width:g} × {height:g} mm", paper=paper.name, width=paper.width, height=paper.height)
        self.facts.setText(f"{size}  ·  {scale(painted.spec.denominator)}")

    def _refused(self, error: Exception) -> None:
        self._working(False)
        if not isinstance(error, Refusal):
            notify(error)
            return
        self.problem.setText(f"{error.message(language())}  {error.hint(language())}".strip())
        self.problem.show()
        self.export.setEnabled(False)

    def _working(self, on: bool) -> None:
        self.state.setText(tr("Drawing…") if on else "")

    def _zoomed(self, zoom: float) -> None:
        self.percent.setText(f"{100 * zoom / self.page.actual_size():.0f}%")
        self._sharpen.start()

    def _refresh(self) -> None:
        draft, act = self.draft, self.actions_
        free, chosen = len(draft.free), len(draft.selection)
        act["undo"].setEnabled(draft.can_undo)
        act["redo"].setEnabled(draft.can_redo)
        for edge in editing.EDGES:
            act[f"align_{edge}"].setEnabled(free >= 1)
        for way in ("horizontal", "vertical"):
            act[f"distribute_{way}"].setEnabled(free >= 3)
        for name in ("raise", "lower"):
            act[name].setEnabled(chosen >= 1)
        act["duplicate"].setEnabled(free >= 1)
        main = draft.template.map_item.id
        act["delete"].setEnabled(chosen >= 1 and draft.selection != (main,))

    def _title(self) -> None:
        name = self.draft.sheet.name or self.draft.template.label.text(language())
        self.setWindowTitle(f"{name}{' *' if self.draft.dirty else ''} – {tr('Sheet composer')}")

    def _say(self, *_language: object) -> None:
        self._title()
        self._save_menu.clear()
        for text, handler in (
            (mark("Save in the project"), self.keep),
            (mark("Save in the project as…"), self._keep_as),
            (mark("Save as a template of my own…"), self._as_template),
            (mark("Save the template to a file…"), lambda: self.saving.to_file()),
        ):
            self._save_menu.addAction(tr(text)).triggered.connect(_plain(handler))
        self._export_menu.clear()
        for ending, text in FORMATS:
            self._export_menu.addAction(tr(text)).triggered.connect(_plain(partial(self._ask_export, ending)))
        self._export_menu.addSeparator()
        self._export_menu.addAction(tr("Print…")).triggered.connect(_plain(self.print))
        self._export_menu.addAction(tr("Print preview…")).triggered.connect(_plain(self.print_preview))
        self._paint()

    # What the user does ---------------------------------------------------------------------------------------------
    def add_item(self, kind: str) -> None:
        """A new item of that kind, selected."""
        self.draft.edit_new(editing.added, new_item(kind, self.draft.template))
        self.page.setFocus()

    def _align(self, edge: editing.Edge, _on: bool = False) -> None:
        self.draft.edit(editing.aligned, self.draft.free, edge)

    def _distribute(self, way: editing.Way, _on: bool = False) -> None:
        self.draft.edit(editing.distributed, self.draft.free, way)

    def _delete(self) -> None:
        if self.draft.selection:
            self.draft.edit(editing.removed, self.draft.selection)

    def copy(self) -> None:
        """Keep the selected items to paste them here or in another sheet."""
        Composer._copied = tuple(
            replace(item, box=item.box or self.page.box_of(item.id)) for item in self.draft.chosen
        )  # fmt: skip

    def _cut(self) -> None:
        self.copy()
        self._delete()

    def paste(self) -> None:
        """The items copied last, selected."""
        if Composer._copied:
            self.draft.edit_new(editing.pasted, Composer._copied)

    def _gridded(self, on: bool) -> None:
        self.page.grid = GRID_MM if on else 0.0
        self.page.update()

    def _opened(self, id: str) -> None:
        item = editing.item_of(self.draft.template, id)
        if isinstance(item, MapItem):
            self._take_content(id)
        else:
            self.inspector.edit_words(id)

    def _take_out(self, id: str) -> None:
        box = self.page.box_of(id)
        column = editing.column_of(self.draft.template, id)
        if column is not None and column.box is not None:
            self.draft.edit(editing.taken_out, id, box or replace(column.box, height=min(column.box.height, 20.0)))

    def _menu(self, place: QPoint) -> None:
        menu, draft = QMenu(self), self.draft
        if draft.selection:
            for name in ("raise", "lower", "duplicate", "delete"):
                menu.addAction(self.actions_[name])
            menu.addAction(tr("Copy"), self.copy)
        if Composer._copied:
            menu.addAction(tr("Paste"), self.paste)
        columns = [item for item in draft.template.items if isinstance(item, ColumnItem)]
        held = [item for item in draft.chosen if item.id in draft.free and not isinstance(item, MapItem | ColumnItem)]
        for column in columns if held else []:
            menu.addAction(
                tr("Put into {name}", name=item_name(column)),
                partial(draft.edit, editing.put_into, [item.id for item in held], column.id),
            )
        menu.addSeparator()
        more = menu.addMenu(tr("composer|Add"))
        for kind, (text, picture) in KINDS.items():
            more.addAction(icon(picture, "text_soft"), tr(text), partial(self.add_item, kind))
        menu.exec(place)
        menu.deleteLater()

    # Maps -----------------------------------------------------------------------------------------------------------
    def _take_content(self, id: str) -> None:
        self.page.set_content(id)
        self.page.setFocus()

    def _content_moved(self, id: str, dx: float, dy: float) -> None:
        place = place_of(self.draft, self.page.painted, id)
        if place is not None:
            show_place(self.draft, id, moved(place, dx, dy))

    def _content_scaled(self, id: str, factor: float, x: float, y: float) -> None:
        place, item = place_of(self.draft, self.page.painted, id), editing.item_of(self.draft.template, id)
        if place is not None and isinstance(item, MapItem):
            show_place(self.draft, id, scaled(item, place, factor, x, y))

    def _read_areas(self) -> None:
        session = self._session

        def read(_progress: Any) -> list[tuple[str, str]]:
            found = session.columns("area", ["code", "name"], where="\"level\" = 'county'", geometry=False)
            return sorted(
                (str(code or ""), str(name or code or ""))
                for code, name in zip(found.fields["code"], found.fields["name"], strict=True)
            )

        self._window.jobs.quiet(read, self._take_areas)

    def _take_areas(self, areas: list[tuple[str, str]]) -> None:
        self.inspector.set_areas(areas)

    # Templates and keeping ------------------------------------------------------------------------------------------
    def open_gallery(self) -> None:
        """Choose another template, or another sheet of the project, to go on with."""
        gallery = Gallery(self, self._window, self.asked(self.draft.sheet))
        if gallery.exec() == QDialog.DialogCode.Accepted and gallery.chosen is not None:
            self.begin_with(gallery.chosen)

    def begin_with(self, entry: Entry) -> None:
        """Go on with what the gallery gave: the words stay with a template, a sheet brings its own."""
        made = entry.sheet or replace(self.draft.sheet, template=entry.template, denominator=None)
        self.draft.put(made, select=())
        self.page.fit()

    def keep(self) -> Sheet | None:
        """Keep it in the project."""
        made = self.saving.keep()
        return self._kept(made)

    def _keep_as(self) -> None:
        self._kept(self.saving.keep_as())

    def _kept(self, made: Sheet | None) -> Sheet | None:
        if made is not None:
            self.kept.emit(made.name)
            self._title()
        return made

    def _as_template(self) -> None:
        if self.saving.as_template() is not None:
            self.templates_changed.emit()

    def _ask_export(self, ending: str) -> None:
        painted = self.page.painted
        target = self.saving.ask_target(ending, painted.spec.fields.get("title", "") if painted is not None else "")
        if target is not None:
            self.export_to(target)

    def export_to(self, target: Path) -> Any:
        """Write the sheet out as it stands."""
        return self.saving.export(target, self.asked(self.draft.sheet), self._maps())

    def print(self) -> None:
        """Print the sheet as it stands, by the system's dialog."""
        ask_and_print(self._window, self, self._print_job())

    def print_preview(self) -> None:
        """Show how the sheet comes out of the printer."""
        preview_print(self._window, self, self._print_job())

    def _print_job(self) -> PrintJob:
        asked = {**self.asked(self.draft.sheet), "language": language()}
        return PrintJob(
            self._session, self.draft.template, asked, (), self._maps(), self._window.store.now,
            partial(self._ask_export, ".pdf"),
        )  # fmt: skip

    # Coming and going -----------------------------------------------------------------------------------------------
    def _data_changed(self, *_changed: object) -> None:
        self.rendering.forget_data()

    def _leave(self, *_session: object) -> None:
        """The project goes: what was not kept can be kept now or never."""
        if self.draft.dirty and self.isVisible() and self._ask(cancel=False) == QMessageBox.StandardButton.Save:
            self.keep()
        self.draft.kept(self.draft.sheet)
        self.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The main window closes only when this one could."""
        if watched is self._window and event.type() == QEvent.Type.Close and self.isVisible() and not self.close():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _ask(self, cancel: bool = True) -> QMessageBox.StandardButton:
        asked, buttons = QMessageBox(self), QMessageBox.StandardButton
        asked.setIcon(QMessageBox.Icon.Question)
        asked.setText(tr("Keep the sheet in the project?"))
        asked.setStandardButtons(buttons.Save | buttons.Discard | (buttons.Cancel if cancel else buttons.NoButton))
        for button, text in (
            (buttons.Save, tr("Save")),
            (buttons.Discard, tr("Discard")),
            (buttons.Cancel, tr("Cancel")),
        ):
            if asked.button(button) is not None:
                asked.button(button).setText(text)
        return buttons(asked.exec())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in a field takes the field's value and presses no button."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def reject(self) -> None:
        """Escape does not close a window full of work."""

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask first where something was not kept."""
        if self.draft.dirty and self.isVisible():
            answer = self._ask()
            if answer == QMessageBox.StandardButton.Cancel or (
                answer == QMessageBox.StandardButton.Save and self.keep() is None
            ):
                event.ignore()
                return
        self.rendering.stop()
        self._sharpen.stop()
        event.accept()


def _plain(handler: Callable[[], object]) -> Callable[[bool], None]:
    return lambda _on: (handler(), None)[1]
