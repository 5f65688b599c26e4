"""Everything that can be done in the window, registered once: text, picture, shortcut, when it can be done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from desktop.modify.room import Modify
from desktop.shell.actions import Actions
from desktop.shell.all_commands import AllCommands
from desktop.shell.icons import icon
from desktop.shell.notices import notify
from desktop.shell.projects import SUFFIX
from desktop.shell.theme import theme
from desktop.shell.words import language, mark, tr, words
from desktop.shell.workspace import MODES, step_text

if TYPE_CHECKING:
    from desktop.shell.window import MainWindow

# The few tools of each mode, by action id; "|" is a gap.
TOOLS = {
    "browse": (
        "tool.browse", "tool.select", "tool.zoom_box", "tool.measure_line", "tool.measure_area", "|", "view.full",
        "view.selection", "view.bookmarks",
    ),
    "edit": (
        "tool.select", "tool.move", "tool.reshape", "edit.modify", "|", "edit.add", "edit.delete",
        "snap.settings", "|", "import",
    ),
    "analyse": (
        "tool.browse", "tool.select", "|", "tool.what_if", "tool.probe", "|", "view.full", "view.selection", "|",
        "drive.open",
    ),
    "print": ("tool.browse", "|", "view.full", "|", "sheet.atlas", "report.open"),
}  # fmt: skip
_PROJECT_FILES = {SUFFIX, ".sqlite", ".db"}


class Commands(QObject):
    """Registers the actions of a window and carries them out."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._workspace = window, window.workspace
        self.actions = Actions(window, window.store)
        self.menus: dict[str, QMenu] = {}
        self._register_projects()
        self._register_view()
        self._register_navigation()
        self._register_tools()
        self._register_edit()
        self.modify = Modify(window, self.actions, self._tools)
        self._register_program()
        self._make_menus()

    def _open(self) -> bool:
        return self._workspace.session is not None

    def _selected(self) -> bool:
        return bool(self._workspace.selection)

    def _editing(self) -> bool:
        return self._workspace.editable and self._workspace.mode == "edit"

    def _reshaping(self) -> bool:
        return self._window.rooms.tool == "reshape"  # there the key deletes a vertex

    def _register_projects(self) -> None:
        add, projects = self.actions.add, self._window.projects
        add("project.open", "Open project…", projects.ask_open, "mdi6.folder-open-outline", "Ctrl+O")
        add("project.new", "New project…", projects.ask_new, "mdi6.plus-box-outline", "Ctrl+N")
        add("project.sample", "Sample city", projects.open_sample, "mdi6.city-variant-outline")
        add("project.backup", "Back up…", projects.ask_backup, "mdi6.content-save-outline", when=self._open)
        add("project.verify", "Check the project file", projects.verify, "mdi6.shield-check-outline", when=self._open)
        add("project.close", "Close project", projects.close, "mdi6.close-box-outline", "Ctrl+W", when=self._open)
        add("import", "Import…", self._import, "mdi6.tray-arrow-down", "Ctrl+I", when=lambda: self._workspace.editable)

    def _register_view(self) -> None:
        add, window = self.actions.add, self._window
        for place, (mode, text, image) in enumerate(
            (
                ("browse", mark("Browse"), "mdi6.compass-outline"),
                ("edit", mark("Edit"), "mdi6.pencil-outline"),
                ("analyse", mark("Analyse"), "mdi6.chart-areaspline"),
                ("print", mark("Print"), "mdi6.printer-outline"),
            ),
            1,
        ):
            add(f"mode.{mode}", text, lambda mode=mode: self.set_mode(mode), image, f"Ctrl+{place}", when=self._open)
        add("view.full", "Zoom to everything", self._zoom_full, "mdi6.fit-to-page-outline", "Ctrl+0", when=self._open)
        zoom = self._workspace.zoom_to_selection
        add("view.selection", "Zoom to the selection", zoom, "mdi6.crosshairs-gps", "Ctrl+J", when=self._selected)
        add("view.clear", "Select nothing", lambda: self._workspace.select({}), "mdi6.selection-off", "Ctrl+Shift+A",
            when=self._selected)  # fmt: skip
        add("view.previous", "Previous view", lambda: window.rooms.previous_view(), "mdi6.arrow-left", "Alt+Left",
            when=self._open)  # fmt: skip
        add("view.next", "Next view", lambda: window.rooms.next_view(), "mdi6.arrow-right", "Alt+Right",
            when=self._open)  # fmt: skip
        add("sheet.atlas", "Atlas…", self._atlas, "mdi6.book-open-page-variant-outline", when=self._open)
        add("drive.open", "Drive test…", lambda: window.rooms.open_drive_test(), "mdi6.car-connected", when=self._open)
        add("panel.search", "Search", self._search, "mdi6.magnify", "Ctrl+F", when=self._open)
        add("panel.layers", "Layers panel", lambda: window.toggle_side(window.side), "mdi6.dock-left", "Ctrl+Shift+L",
            when=self._open)  # fmt: skip
        add("panel.inspector", "Inspector", lambda: window.toggle_side(window.inspector), "mdi6.dock-right",
            "Ctrl+Shift+I", when=self._open)  # fmt: skip
        add("layer.style", "Layer style", lambda: window.rooms.open_style(), "mdi6.palette-outline", "F7",
            when=self._open)  # fmt: skip
        for name, text, image, shortcut in (
            ("table", mark("Table"), "mdi6.table", "Ctrl+T"),
            ("issues", mark("Checks"), "mdi6.clipboard-check-outline", "F8"),
            ("history", mark("History"), "mdi6.history", "Ctrl+H"),
            ("jobs_panel", mark("Jobs"), "mdi6.progress-clock", ""),
            ("notices_panel", mark("Notices"), "mdi6.bell-outline", ""),
        ):
            id = f"panel.{name.removesuffix('_panel')}"
            add(id, text, lambda name=name: self._show_page(name), image, shortcut, when=self._open)

    def _register_navigation(self) -> None:
        add, way, opened = self.actions.add, self._window.navigation, self._open
        rooms = lambda: self._window.rooms  # noqa: E731 - made after the commands
        for id, text, handler, image, shortcut in (
            ("view.in", mark("Zoom in"), lambda: rooms().canvas.zoom_by(2.0), "mdi6.magnify-plus-outline", "Ctrl+="),
            ("view.out", mark("Zoom out"), lambda: rooms().canvas.zoom_by(0.5), "mdi6.magnify-minus-outline", "Ctrl+-"),
            ("view.layer", mark("Zoom to the layer"), way.zoom_to_layer, "mdi6.layers-search-outline", "Ctrl+Shift+J"),
            ("view.goto", mark("Go to a place…"), self._go_to, "mdi6.map-marker-radius-outline", "Ctrl+G"),
            ("view.coordinate", mark("Copy the coordinate"), lambda: rooms().copy_coordinate(),
             "mdi6.map-marker-outline", ""),
            ("view.bookmark", mark("Bookmark this place…"), lambda: way.open_bookmarks(adding=True),
             "mdi6.bookmark-plus-outline", "Ctrl+B"),
            ("view.bookmarks", mark("Bookmarks"), way.open_bookmarks, "mdi6.bookmark-multiple-outline", "Ctrl+Shift+B"),
            ("view.overview", mark("Overview map"), way.toggle_overview, "mdi6.picture-in-picture-bottom-right",
             "Ctrl+Shift+O"),
            ("measure.clear", mark("Take the measurements off the map"), way.clear_measurements, "mdi6.eraser", ""),
            ("picture.export", mark("Export the map as a picture…"), way.export_picture, "mdi6.image-outline",
             "Ctrl+Shift+P"),
            ("picture.copy", mark("Copy the map as a picture"), way.copy_picture, "mdi6.content-copy", "Ctrl+Shift+C"),
        ):  # fmt: skip
            add(id, text, handler, image, shortcut, when=opened)

        add("report.open", "Report…", self._report, "mdi6.file-chart-outline", when=opened)

    def _report(self) -> None:
        from desktop.sheets.report.dialog import open_report

        open_report(self._window)

    def _atlas(self) -> None:
        from desktop.sheets.atlas.dialog import AtlasDialog

        AtlasDialog(self._window).show()

    def _go_to(self) -> None:
        self._window.palette_.open_over(places=True)

    def _register_tools(self) -> None:
        group = self._tools = QActionGroup(self)
        for tool, text, image, shortcut in (
            ("browse", mark("Look around"), "mdi6.cursor-default-outline", "B"),
            ("select", mark("Select"), "mdi6.select-drag", "V"),
            ("zoom_box", mark("Zoom to a box"), "mdi6.magnify-scan", "Z"),
            ("measure_line", mark("Measure a length"), "mdi6.ruler", "M"),
            ("measure_area", mark("Measure an area"), "mdi6.ruler-square", "Shift+M"),
            ("move", mark("Move features"), "mdi6.cursor-move", "G"),
            ("reshape", mark("Reshape"), "mdi6.vector-polyline-edit", "R"),
        ):
            editing = tool in ("move", "reshape")
            action = self.actions.add(
                f"tool.{tool}", text, lambda tool=tool: self._window.rooms.set_tool(tool), image, shortcut,
                when=self._editing if editing else self._open, checkable=True,
            )  # fmt: skip
            group.addAction(action)
        for tool, text, image in (
            ("what_if", mark("What if"), "mdi6.tune-variant"),
            ("probe", mark("Point probe"), "mdi6.crosshairs-question"),
        ):
            action = self.actions.add(
                f"tool.{tool}", text, lambda tool=tool: self._window.rooms.open_what_if(tool), image, when=self._open,
                checkable=True,
            )  # fmt: skip
            group.addAction(action)
        draw = self.actions.add("edit.add", "Add", self._draw, "mdi6.plus", "A", when=self._editing, checkable=True)
        group.addAction(draw)
        self.actions["tool.browse"].setChecked(True)
        snapping = lambda: self._window.rooms.snapping  # noqa: E731 - made after the commands
        add = self.actions.add
        add("snap.settings", "Snapping…", lambda: snapping().open(), "mdi6.magnet", "Shift+S", when=self._editing)
        add("snap.toggle", "Snap on or off", lambda: snapping().toggle(), "mdi6.magnet-on", "S", when=self._editing)

    def _register_edit(self) -> None:
        add, workspace = self.actions.add, self._workspace
        can = lambda name: workspace.editable and getattr(workspace.session, name) is not None  # noqa: E731
        add("edit.undo", "Undo", self._undo, "mdi6.undo", "Ctrl+Z", when=lambda: can("can_undo"))
        add("edit.redo", "Redo", workspace.redo, "mdi6.redo", "Ctrl+Shift+Z", when=lambda: can("can_redo"))
        add("edit.bulk", "Bulk change…", self._bulk, "mdi6.table-edit", "Ctrl+Shift+U",
            when=lambda: workspace.editable)  # fmt: skip
        add("edit.delete", "Delete the selection", self.delete_selection, "mdi6.trash-can-outline", "Del",
            when=lambda: self._editing() and self._selected() and not self._reshaping())  # fmt: skip

    def _register_program(self) -> None:
        add = self.actions.add
        add("palette", "Find a command", lambda: self._window.palette_.open_over(), "mdi6.magnify", "Ctrl+K")
        add("language", "中文", self._switch_language, "", "Ctrl+Shift+E")
        add("theme", "Light or dark", self._switch_theme, "mdi6.theme-light-dark", "Ctrl+Shift+D")
        section = lambda: self._window.base_section  # noqa: E731 - made after the commands
        add("basemap.add", "Add a base map…", lambda: section().open_add(), "mdi6.layers-plus", "Ctrl+Shift+M",
            when=self._open)  # fmt: skip
        add("basemap.online", "Online base maps…", lambda: section().open_online(), "mdi6.cloud-cog-outline")
        add("basemap.offline", "Work offline", self._switch_offline, "mdi6.cloud-off-outline", checkable=True)
        for id, text, name in (
            ("check.run", mark("Check the whole project"), "run_whole"),
            ("check.map", mark("Check what is on the map"), "run_map"),
            ("check.selection", mark("Check the selection"), "run_selected"),
            ("check.rules", mark("Rules and limits"), "rules_button"),
            ("check.report", mark("Write a report…"), "report_button"),
        ):
            add(id, text, lambda name=name: self._check(name), "mdi6.clipboard-check-outline",
                "Shift+F8" if id == "check.run" else "", when=self._open)  # fmt: skip
        history = lambda: self._window.history  # noqa: E731 - made after the commands
        add("history.timeline", "Timeline of the selected feature", lambda: history().open_timeline_of_selection(),
            "mdi6.timeline-clock-outline", "F6", when=self._selected)  # fmt: skip
        add("history.report", "Export the history as a report…", lambda: history().ask_report(),
            "mdi6.file-export-outline", when=self._open)  # fmt: skip
        add("shortcuts", "Keyboard shortcuts", self._shortcuts, "mdi6.keyboard-outline", "F1")
        add("settings", "Settings", self._settings, "mdi6.cog-outline", "Ctrl+,")
        add("quit", "Quit", self._window.close, "mdi6.exit-to-app", "Ctrl+Q")

    def _make_menus(self) -> None:
        self.project_menu = QMenu(self._window)
        self.all_commands = AllCommands(self.actions, self._window)
        self.project_menu.aboutToShow.connect(self._fill_project_menu)
        self._fill_project_menu()
        add = QMenu(self._window)
        add.aboutToShow.connect(self._fill_add_menu)
        self.menus["edit.add"] = add
        self.menus["edit.modify"] = self.modify.menu

    def _fill_project_menu(self) -> None:
        menu = self.project_menu
        menu.clear()
        for id in ("project.open", "project.new", "project.sample"):
            menu.addAction(self.actions[id])
        recent = [path for path in self._window.store.now.recent if Path(path).is_file()]
        if recent:
            menu.addSeparator()
            for path in recent[:6]:
                menu.addAction(Path(path).stem, lambda path=path: self._window.projects.open(Path(path))).setToolTip(
                    path
                )
        menu.addSeparator()
        for id in ("import", "picture.export", "report.open", "project.backup", "project.verify", "project.close"):
            menu.addAction(self.actions[id])
        menu.addSeparator()
        menu.addMenu(self.all_commands)
        menu.addAction(self.actions["quit"])

    def _fill_add_menu(self) -> None:
        menu = self.menus["edit.add"]
        menu.clear()
        for cls in self._workspace.session.catalogue if self._open() else ():
            if cls.spatial and cls.symbol is not None:
                image = icon(cls.symbol.icon or "mdi6.plus", "text_soft")
                menu.addAction(image, cls.label.text(language()), lambda name=cls.name: self.draw_class(name))

    def refresh(self, *_changed: object) -> None:
        """What can be done now; Undo and Redo say what they would take back or do again."""
        self.actions.refresh()
        self.modify.refresh()
        for id, text, name in (("edit.undo", "Undo", "can_undo"), ("edit.redo", "Redo", "can_redo")):
            entry = getattr(self._workspace.session, name) if self._open() else None
            shortcut = self.actions[id].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            said = tr("{verb}: {what}", verb=tr(text), what=step_text(entry)) if entry is not None else tr(text)
            self.actions[id].setToolTip(f"{said}  ({shortcut})")

    # ----------------------------------------------------------------------------------------------------------------
    def set_mode(self, mode: str) -> None:
        """Go into a mode; undoing what was typed is never asked about, it is kept."""
        assert mode in MODES
        self._window.inspector.feature.keep_typed()
        if self._workspace.mode == mode:
            self._window.rooms.enter_mode(mode)
        self._workspace.set_mode(mode)

    def enter_door(self, door: str) -> None:
        """One of the three doors: plan, survey, report."""
        self.set_mode({"plan": "analyse", "survey": "edit", "report": "print"}[door])
        if door == "survey" and self._workspace.editable:
            self._import()

    def draw_class(self, name: str) -> None:
        """Draw new features of a class."""
        self._workspace.set_class(name)
        self.actions["edit.add"].setChecked(True)
        self._draw()

    def delete_selection(self) -> None:
        """Delete what is selected, as one step that can be undone."""
        if self._workspace.editable:
            self.modify.delete_selection()

    def take_files(self, paths: Sequence[Path]) -> None:
        """Files and folders dropped on the window: a project is opened, base maps are shown, the rest imported."""
        projects = [path for path in paths if path.suffix.lower() in _PROJECT_FILES]
        if projects or not self._open():
            self._window.projects.open((projects or list(paths))[0])
            return
        grounds = [path for path in paths if self._window.basemaps.takes(path)]
        for path in grounds:
            self._window.basemaps.add_file(path)
        rest = [path for path in paths if path not in grounds]
        if rest and self._workspace.editable:
            self._window.rooms.open_import(rest)
        elif rest:
            notify(tr("This project is read only."), "warning")

    def _undo(self) -> None:
        canvas = self._window.rooms.canvas
        if canvas is not None and canvas.tool.take_back():
            return
        self._window.inspector.feature.keep_typed()
        self._workspace.undo()

    def _bulk(self) -> None:
        from desktop.bulk.dialog import BulkDialog

        BulkDialog(self._window).show()

    def _draw(self) -> None:
        self._window.rooms.set_tool("draw")

    def _import(self) -> None:
        self._window.rooms.open_import()

    def _zoom_full(self) -> None:
        self._window.rooms.zoom_full()

    def _search(self) -> None:
        if not self._window.side.isVisibleTo(self._window):
            self._window.toggle_side(self._window.side)
        self._window.search.setFocus()
        self._window.search.selectAll()

    def _show_page(self, name: str) -> None:
        page = getattr(self._window, name)
        bottom = self._window.bottom
        if bottom.open and bottom.pages.currentWidget() is page:
            bottom.set_open(False)
        else:
            bottom.show_page(page)

    def _check(self, name: str) -> None:
        self._window.bottom.show_page(self._window.issues)
        control = getattr(self._window.issues, name)
        control.click() if name.endswith("_button") else control.trigger()

    def _switch_language(self) -> None:
        self._window.store.change(language="en" if words().language == "zh" else "zh")

    def _switch_theme(self) -> None:
        self._window.store.change(theme="light" if theme().dark else "dark")

    def _switch_offline(self) -> None:
        self._window.store.change(offline=not self._window.store.now.offline)

    def _settings(self) -> None:
        from desktop.shell.settings_dialog import SettingsDialog

        SettingsDialog(self._window.store, self._window, self.actions).show()

    def _shortcuts(self) -> None:
        from desktop.shell.shortcut_sheet import ShortcutSheet

        ShortcutSheet(self.actions, self._window).show()
