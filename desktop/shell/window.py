"""The main window: one bar, layers, map, inspector, folding tabs, status line; and how they hear of each other."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPixmap
from PySide6.QtWidgets import QApplication, QFrame, QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.basemaps.room import BaseMaps
from desktop.basemaps.section import BaseMapsSection
from desktop.forms import drafts
from desktop.navigation.room import Navigation
from desktop.panels.history import HistoryPanel
from desktop.panels.issues import IssuesPanel
from desktop.panels.jobs import JobsPanel
from desktop.panels.layers import LayersPanel
from desktop.panels.notices import NoticeCards, NoticesPanel
from desktop.panels.search import SearchBox
from desktop.panels.table import TablePanel
from desktop.shell.bottom_panel import BottomPanel
from desktop.shell.command_palette import CommandPalette
from desktop.shell.commands import TOOLS, Commands
from desktop.shell.icons import logo
from desktop.shell.inspector import Inspector
from desktop.shell.notices import notify
from desktop.shell.projects import Projects
from desktop.shell.rooms import Rooms
from desktop.shell.settings import ProjectView, SettingsStore, WindowState
from desktop.shell.start import Welcome
from desktop.shell.status_bar import StatusBar
from desktop.shell.theme import theme
from desktop.shell.top_bar import TopBar
from desktop.shell.words import language, set_language, tr, words
from desktop.shell.workspace import Workspace
from desktop.styling.book import StyleBook
from gis.errors import Language

SMALLEST = (1024, 640)
_OUTSIDE_MS = 3000  # how often is looked whether another process wrote to the project


class MainWindow(QMainWindow):
    """The window of one project at a time. ``usable`` once, when the first project stands in it."""

    usable = Signal()

    def __init__(self, session: Any = None, settings: SettingsStore | None = None) -> None:
        super().__init__()
        self.store = settings or SettingsStore()
        self.workspace = Workspace(self.store, self)
        self.styles = StyleBook(self.workspace, self)
        self.projects = Projects(self.workspace, self)
        self._shown = self._used = False
        self._layers_due = QTimer(self, singleShot=True, interval=0)
        self._layers_due.timeout.connect(self._draw_layers)
        self._outside = QTimer(self, interval=_OUTSIDE_MS)
        self._outside.timeout.connect(self._look_outside)
        self._outside.start()
        self.setMinimumSize(*SMALLEST)
        self.setAcceptDrops(True)
        self.navigation = Navigation(self)
        self.basemaps = BaseMaps(self)
        self.commands = Commands(self)
        self.actions_ = self.commands.actions
        self.palette_ = CommandPalette(self, self.workspace, self.actions_, self.navigation)
        self.rooms = Rooms(self)
        self._build()
        self._connect()
        self._restore()
        self._dress()
        if session is not None:
            self.workspace.set_session(session)

    # What other rooms use -------------------------------------------------------------------------------------------
    @property
    def session(self) -> Any:
        """The open project, or None."""
        return self.workspace.session

    @property
    def jobs(self) -> Any:
        """Where long work is started."""
        return self.workspace.jobs

    @property
    def settings(self) -> Any:
        """The settings in force."""
        return self.store.now

    @property
    def language(self) -> Language:
        """The language of the interface."""
        return language()

    @property
    def canvas(self) -> Any:
        """The map."""
        return self.rooms.canvas

    def show_inspector(self, widget: QWidget, title: str = "") -> None:
        """Show a panel at the right; without a title it heads itself."""
        self.inspector.show_page(widget, title)
        self._open_side(self.inspector, self.store.now.window.right)

    def notify(self, subject: Exception | str, level: Any = None) -> None:
        """Tell the user something; see `desktop.shell.notices.notify`."""
        notify(subject, level)

    # Building -------------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        workspace = self.workspace
        self.top = TopBar(workspace, self.actions_, TOOLS, self.commands.menus, self.commands.project_menu)
        self.status = StatusBar(workspace)
        self.search = SearchBox(workspace)
        self.layers = LayersPanel(workspace, self.styles)
        self.base_section = BaseMapsSection(self)
        self.layers.set_footer_section(self.base_section)
        self.side = QFrame()
        self.side.setObjectName("SidePanel")
        column = QVBoxLayout(self.side)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(4)
        holder = QVBoxLayout()
        holder.setContentsMargins(12, 0, 12, 0)
        holder.addWidget(self.search)
        column.addLayout(holder)
        column.addWidget(self.layers, 1)
        self.inspector = Inspector(workspace)
        self.drafts = drafts.install(workspace, self.inspector.feature, self.store.path.parent, self)
        self.table = TablePanel(workspace)
        self.table.bulk.setDefaultAction(self.actions_["edit.bulk"])
        self.history = HistoryPanel(workspace)
        self.issues = IssuesPanel(workspace)
        self.jobs_panel = JobsPanel(workspace.jobs)
        self.notices_panel = NoticesPanel()
        self.bottom = BottomPanel()
        self.bottom.add(self.table, "Table", "mdi6.table")
        self.bottom.add(self.issues, "Checks", "mdi6.clipboard-check-outline")
        self.bottom.add(self.history, "History", "mdi6.history")
        self.bottom.add(self.jobs_panel, "Jobs", "mdi6.progress-clock")
        self.bottom.add(self.notices_panel, "Notices", "mdi6.bell-outline")
        self.map = QWidget()
        self._map_column = QVBoxLayout(self.map)
        self._map_column.setContentsMargins(0, 0, 0, 0)
        self.cards = NoticeCards(self.map)
        self.middle = _splitter(Qt.Orientation.Vertical, self.map, self.bottom)
        self.middle.setStretchFactor(0, 1)
        self.columns = _splitter(Qt.Orientation.Horizontal, self.side, self.middle, self.inspector)
        self.columns.setStretchFactor(1, 1)
        self.side.setMinimumWidth(208)
        self.inspector.setMinimumWidth(280)
        self.map.setMinimumSize(240, 160)
        self.welcome = Welcome(self.store)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.columns)
        page = QWidget()
        outer = QVBoxLayout(page)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        for widget, stretch in ((self.top, 0), (self.pages, 1), (self.status, 0)):
            outer.addWidget(widget, stretch)
        self.setCentralWidget(page)

    def _connect(self) -> None:
        workspace = self.workspace
        workspace.session_leaving.connect(self._keep_view)
        workspace.session_changed.connect(self._session_changed)
        workspace.at_leisure.connect(self._look_for_damage)
        workspace.zoom_wanted.connect(self._zoom)
        workspace.selection_changed.connect(self._selection_changed)
        workspace.mode_changed.connect(self._mode_changed)
        workspace.changed.connect(self.commands.refresh)
        self.layers.layers_changed.connect(lambda _layers: self._layers_due.start())
        self.layers.table_wanted.connect(self.open_table)
        self.layers.zoom_wanted.connect(self.zoom_to_class)
        self.layers.style_wanted.connect(self.rooms.open_style)
        self.search.found.connect(workspace.go_to)
        self.search.place.connect(self.navigation.go_to)
        self.history.followed.connect(workspace.go_to)
        self.issues.place_wanted.connect(self.navigation.point_out)
        self.issues.box_wanted.connect(lambda: self.issues.check_box(self.canvas.view.bbox))
        self.issues.errors_changed.connect(self._errors_changed)
        self.status.jobs_wanted.connect(lambda: self.bottom.show_page(self.jobs_panel))
        self.status.scale_wanted.connect(self.rooms.set_scale)
        self.inspector.door.connect(self.commands.enter_door)
        self.inspector.feature.delete_wanted.connect(self.commands.delete_selection)
        self.inspector.feature.timeline_wanted.connect(self.history.open_timeline_of_selection)
        self.bottom.open_changed.connect(self._bottom_changed)
        self.projects.working.connect(self.welcome.watch)
        self.welcome.open_wanted.connect(self.projects.ask_open)
        self.welcome.new_wanted.connect(self.projects.ask_new)
        self.welcome.sample_wanted.connect(self.projects.open_sample)
        self.welcome.recent_wanted.connect(lambda path: self.projects.open(Path(path)))
        self.store.changed.connect(self._settings_changed)
        theme().changed.connect(self._dress)
        words().changed.connect(self._retitle)

    def place_canvas(self, canvas: QWidget) -> None:
        """Put the map into its place."""
        self._map_column.insertWidget(0, canvas, 1)
        self.cards.raise_()

    # State of the window --------------------------------------------------------------------------------------------
    def _restore(self) -> None:
        state = self.store.now.window
        restored = bool(state.geometry) and self.restoreGeometry(QByteArray(base64.b64decode(state.geometry)))
        if not restored:
            room = QApplication.primaryScreen().availableGeometry()
            self.resize(min(1440, room.width()), min(900, room.height()))
        self._sizes(state)
        self.bottom.set_open(state.bottom_open)
        self.side.setVisible(state.left_open)
        self.inspector.setVisible(state.right_open)

    def _sizes(self, state: WindowState) -> None:
        rest = max(240, self.width() - state.left - state.right)
        self.columns.setSizes([state.left, rest, state.right])

    def _state(self) -> WindowState:
        old = self.store.now.window
        left, _, right = self.columns.sizes()
        return WindowState(
            geometry=base64.b64encode(self.saveGeometry().data()).decode(),
            left=left or old.left,
            right=right or old.right,
            bottom=self.middle.sizes()[1] if self.bottom.open else old.bottom,
            bottom_open=self.bottom.open,
            left_open=self.side.isVisibleTo(self),
            right_open=self.inspector.isVisibleTo(self),
        )

    def _bottom_changed(self, open_: bool) -> None:
        height = self.store.now.window.bottom if open_ else 36
        self.middle.setSizes([max(160, self.middle.height() - height), height])

    def _open_side(self, side: QWidget, width: int) -> None:
        if side.isVisibleTo(self):
            return
        side.show()
        sizes = self.columns.sizes()
        place = self.columns.indexOf(side)
        sizes[1] = max(240, sizes[1] - width)
        sizes[place] = width
        self.columns.setSizes(sizes)

    def toggle_side(self, side: QWidget) -> None:
        """Show or hide the layers or the inspector."""
        if side.isVisibleTo(self):
            side.hide()
        else:
            state = self.store.now.window
            self._open_side(side, state.left if side is self.side else state.right)

    def showEvent(self, event: Any) -> None:
        """The first time: sizes are right only now; then the window can be used."""
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            self._sizes(self.store.now.window)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep what was typed, remember how things stood, stop all work."""
        self._outside.stop()
        self.inspector.feature.keep_typed()
        self.drafts.close()
        self._keep_view()
        self.store.change(window=self._state())
        self.hide()  # what is under way may take a moment to stop; nobody should have to watch it
        self.rooms.close()
        self.basemaps.close()
        self.styles.flush()
        self.workspace.close()
        event.accept()

    # Hearing --------------------------------------------------------------------------------------------------------
    def _session_changed(self) -> None:
        session = self.session
        self.pages.setCurrentWidget(self.columns if session is not None else self.welcome)
        self.rooms.session_changed()
        if session is not None:
            view = self.store.view(session.path)
            if view is not None:
                self.rooms.begin_at(view.center, view.scale)
            if not self._used:
                self._used = True
                QTimer.singleShot(0, self, self.usable.emit)
        else:
            self.welcome.show_recent()
        self._retitle()
        self.commands.refresh()

    def _look_for_damage(self) -> None:
        self.jobs.quiet(self.session.mend, self._mended)

    def _mended(self, problems: list[Any]) -> None:
        if problems:
            notify(tr("The project has {count} problems.", count=len(problems)), "error")

    def _errors_changed(self, count: int) -> None:
        name, color = ("mdi6.alert-circle", "bad") if count else ("mdi6.clipboard-check-outline", "text_soft")
        self.bottom.set_badge(self.issues, f"{count:,}" if count else "", name, color)

    def _look_outside(self) -> None:
        if self.session is not None:
            self.session.check_outside()
            self._keep_view()  # so that it is known even after a crash

    def _draw_layers(self) -> None:
        self.rooms.show_layers(self.layers.layers())

    def _keep_view(self) -> None:
        if self.session is None:
            return
        place = self.rooms.place()
        center, scale = (tuple(float(v) for v in place[0]), float(place[1])) if place else ((), 0.0)
        view = ProjectView(str(self.session.path.resolve()), tuple(self.layers.layers()), center, scale)
        if view != self.store.view(self.session.path):
            self.store.keep_view(view)

    def _zoom(self, box: Any) -> None:
        self.rooms.zoom_to(box)

    def _selection_changed(self, selection: Any) -> None:
        self.rooms.select(selection)
        if len(selection) == 1:
            self.workspace.set_class(next(iter(selection)))
        self.commands.refresh()

    def _mode_changed(self, mode: str) -> None:
        self.rooms.enter_mode(mode)
        self.commands.refresh()

    def open_table(self, cls: str) -> None:
        """Show a class in the table."""
        self.workspace.set_class(cls)
        self.bottom.show_page(self.table)

    def zoom_to_class(self, cls: str) -> None:
        """Show the whole of a layer."""
        session = self.session
        self.jobs.quiet(lambda progress: session.extent(cls), lambda box: box and self.rooms.zoom_to(box))

    def _settings_changed(self, settings: Any) -> None:
        set_language(settings.language)
        theme().apply(settings.theme)
        if self.session is not None and not self.session.readonly:
            self.session.author = settings.author
        self.table.model.restricted = settings.show_restricted

    def _dress(self) -> None:
        icon = QPixmap(logo(64))
        self.setWindowIcon(icon)

    def _retitle(self, *_language: object) -> None:
        session = self.session
        name = session.path.stem if session is not None else ""
        readonly = tr(" (read only)") if session is not None and session.readonly else ""
        self.setWindowTitle(f"{name}{readonly} — {tr('Yantu')}" if name else tr("Yantu"))

    # A file dropped on the window -----------------------------------------------------------------------------------
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take local files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A project is opened, anything else is imported into the open one."""
        self.commands.take_files([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])


def _splitter(way: Qt.Orientation, *widgets: QWidget) -> QSplitter:
    splitter = QSplitter(way)
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    for widget in widgets:
        splitter.addWidget(widget)
    return splitter
