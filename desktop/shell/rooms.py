"""How the window uses the rooms that other hands build: map, analysis, sheets, import; each is imported when needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.shell.notices import notify
from desktop.shell.settings import LayerView
from desktop.shell.theme import theme
from desktop.shell.words import mark, tr

if TYPE_CHECKING:
    from desktop.shell.window import MainWindow

HINTS = {
    "pan": mark("Drag to move the map; the wheel zooms"),
    "select": mark("Click a feature; drag a box for several; Shift adds"),
    "move": mark("Drag the selected features to their new place"),
    "reshape": mark("Drag a corner; double-click a line to add one; Delete removes it"),
    "draw": mark("Click to draw; double-click or Enter ends, Escape gives up"),
    "measure": mark("Click along what you want to measure; double-click ends"),
}


class Rooms(QObject):
    """Holds the map and the panels of other rooms, and speaks to them in the workspace's words."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._workspace = window, window.workspace
        self.canvas: Any = None
        self.tool = "select"
        self._panels: dict[str, QWidget] = {}
        self._layers: Sequence[LayerView] = ()

    # The map --------------------------------------------------------------------------------------------------------
    def _open_canvas(self) -> Any:
        if self.canvas is None:
            from desktop.canvas import MapCanvas

            canvas = self.canvas = MapCanvas()
            canvas.setAccessibleName(tr("Map"))
            canvas.cursorMoved.connect(self._window.status.show_place)
            canvas.viewChanged.connect(self._view_changed)
            canvas.selectionChanged.connect(self._workspace.select)
            canvas.intentMade.connect(self._intent)
            self._window.place_canvas(canvas)
            self.dress()
            self.set_tool(self.tool)
        return self.canvas

    def session_changed(self) -> None:
        """Show the workspace's project on the map, and let the panels of the old one go."""
        for name in list(self._panels):
            panel = self._panels.pop(name)
            self._window.inspector.drop_page(panel)
        if self._workspace.session is not None:
            self._open_canvas()
        if self.canvas is not None:
            self.canvas.set_session(self._workspace.session)

    def begin_at(self, box: Sequence[float]) -> None:
        """Look at this box, or at everything."""
        if len(box) == 4:
            self.zoom_to(box)
        else:
            self.canvas.zoom_full()

    def box(self) -> tuple[float, ...] | None:
        """What the map shows, in the project's CRS."""
        return self.canvas.bbox if self.canvas is not None and self._workspace.session is not None else None

    def zoom_to(self, box: Any) -> None:
        """Show this box."""
        if self.canvas is not None:
            self.canvas.zoom_to(tuple(float(v) for v in box))

    def zoom_full(self) -> None:
        """Show everything."""
        if self.canvas is not None:
            self.canvas.zoom_full()

    def set_scale(self, denominator: float) -> None:
        """Show the map at 1:denominator."""
        if self.canvas is not None:
            self.canvas.set_scale(denominator)

    def show_layers(self, layers: Sequence[LayerView]) -> None:
        """Draw these layers, topmost first."""
        if self.canvas is None or self._workspace.session is None:
            return
        from desktop.canvas import LayerState
        from gis.cartography.symbols import LayerStyle

        catalogue = self._workspace.session.catalogue
        self.canvas.set_layers(
            [
                LayerState(view.name, view.visible, view.opacity, LayerStyle.from_class(catalogue[view.name]))
                for view in reversed(layers)
            ]
        )

    def select(self, selection: Any) -> None:
        """Show what is selected."""
        if self.canvas is not None:
            self.canvas.set_selection(selection)

    def set_tool(self, tool: str) -> None:
        """Take a tool in hand: "pan", "select", "move", "reshape", "draw", "measure"."""
        self.tool = tool
        if self.canvas is not None:
            self.canvas.set_tool(("draw", self._workspace.current_class) if tool == "draw" else tool)
        self.say_hint()

    def say_hint(self) -> None:
        """Say in the status line what the tool does."""
        if self._workspace.session is None:
            self._window.status.show_hint("")
            return
        said = tr(HINTS[self.tool])
        if self.tool == "draw":
            cls = self._workspace.session.catalogue[self._workspace.current_class]
            said = f"{cls.label.text(self._window.language)}: {said}"
        self._window.status.show_hint(said)

    def dress(self) -> None:
        """Light or dark."""
        if self.canvas is not None:
            self.canvas.set_dark(theme().dark)

    def _view_changed(self) -> None:
        self._window.status.show_scale(self.canvas.scale_denominator)

    def _intent(self, intent: Any) -> None:
        self._workspace.perform(intent, self._performed)

    def _performed(self, done: Any) -> None:
        created = {name: ids for name, ids in done.created.items() if len(ids)}
        if created:
            self._workspace.select(created)

    # Panels of other rooms ------------------------------------------------------------------------------------------
    def enter_mode(self, mode: str) -> None:
        """Bring the panel of a mode into the inspector, and a fitting tool into the hand."""
        if self._workspace.session is None:
            return
        if mode == "analyse":
            self._show("analyse", "desktop.panels.analysis", "AnalysisPanel")
        elif mode == "print":
            self._show("print", "desktop.sheets.panel", "SheetPanel")
        self._window.actions_["tool.select"].trigger()

    def _show(self, name: str, module: str, cls: str) -> None:
        if name not in self._panels:
            from importlib import import_module

            self._panels[name] = getattr(import_module(module), cls)(self._window)
        self._window.show_inspector(self._panels[name])

    def panel(self, name: str) -> QWidget | None:
        """The panel of a mode, once it has been shown."""
        return self._panels.get(name)

    def open_import(self, path: Any = None) -> None:
        """Open the import assistant, on a file if one is given."""
        from desktop.imports.assistant import ImportAssistant

        assistant = ImportAssistant(self._window)
        assistant.show()
        if path is not None:
            try:
                assistant.open_file(path)
            except OSError as error:
                notify(error)

    def close(self) -> None:
        """Let the map stop its workers."""
        if self.canvas is not None:
            self.canvas.set_session(None)
