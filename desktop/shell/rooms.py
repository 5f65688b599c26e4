"""How the window uses the rooms that other hands build: map, analysis, sheets, import; each is imported when needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from desktop.shell.notices import notify
from desktop.shell.settings import LayerView
from desktop.shell.words import tr

if TYPE_CHECKING:
    from desktop.shell.window import MainWindow

_RESTYLE_MS = 60  # a style that is being dragged is drawn as often as this
MODE_TOOLS = {"browse": "browse", "edit": "select", "analyse": "browse", "print": "browse"}


class Rooms(QObject):
    """Holds the map and the panels of other rooms, and speaks to them in the workspace's words."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._workspace = window, window.workspace
        self.canvas: Any = None
        self.snapping: Any = None
        self.tool = "browse"
        self._panels: dict[str, QWidget] = {}
        self._restyle = QTimer(self, singleShot=True, interval=_RESTYLE_MS)
        self._restyle.timeout.connect(lambda: self.show_layers(self._window.layers.layers()))
        window.styles.changed.connect(self._style_changed)

    # The map --------------------------------------------------------------------------------------------------------
    def _open_canvas(self) -> Any:
        if self.canvas is None:
            from desktop.canvas import MapCanvas
            from desktop.tools.snapping_popover import SnappingRoom

            canvas = self.canvas = MapCanvas()
            canvas.setAccessibleName(tr("Map"))
            canvas.cursorMoved.connect(self._window.status.show_place)
            canvas.hintChanged.connect(self._window.status.show_hint)
            canvas.viewChanged.connect(self._view_changed)
            canvas.selectionChanged.connect(self._workspace.select)
            canvas.intentMade.connect(self._intent)
            canvas.toolEnded.connect(self._window.actions_["tool.select"].trigger)
            canvas.failed.connect(notify)
            canvas.pictureComplete.connect(self._say_densities)
            canvas.coordinateCopied.connect(self._copied)
            canvas.pictureComplete.connect(self._drawn)
            canvas.loadingChanged.connect(self._drawn)
            self._window.place_canvas(canvas)
            self._window.navigation.attach(canvas)
            self._window.basemaps.attach(canvas)
            self.snapping = SnappingRoom(self._window)
            self.snapping.attach(canvas)
            self.set_tool(self.tool)
        return self.canvas

    def _drawn(self, *_loading: bool) -> None:
        if not self.canvas.loading and not self.canvas.busy:
            self._workspace.picture_stands()

    def session_changed(self) -> None:
        """Show the workspace's project on the map, and let the panels of the old one go."""
        for name in list(self._panels):
            panel = self._panels.pop(name)
            self._window.inspector.drop_page(panel)
        session = self._workspace.session
        if session is None:
            if self.canvas is not None:
                self.canvas.set_session(None)
            return
        canvas = self._open_canvas()
        canvas.set_session(session, self._states(self._window.layers.layers()))
        canvas.setFocus()
        canvas.tell_hint()

    def begin_at(self, center: Sequence[float], scale: float) -> None:
        """Look at this place in 1:scale; without one the map shows everything as soon as it knows where that is."""
        if len(center) == 2 and scale > 0:
            from gis.cartography.view import View

            view = self.canvas.view
            resolution = view.resolution_for(scale)
            self.canvas.show_view(View.around(*center, resolution, view.width, view.height, view.pixels_per_mm))

    def place(self) -> tuple[tuple[float, float], float] | None:
        """The middle of the map and its scale, however large the window is."""
        if self.canvas is None or self._workspace.session is None:
            return None
        return self.canvas.center, self.canvas.scale_denominator

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
        if self.canvas is not None and self._workspace.session is not None:
            self.canvas.set_layers(self._states(layers))

    def _states(self, layers: Sequence[LayerView]) -> list[Any]:
        from desktop.canvas import LayerState

        styles = self._window.styles
        return [
            LayerState(
                view.name, view.visible, view.opacity, styles.style(view.name) if styles.own(view.name) else None
            )
            for view in layers
        ]

    def _style_changed(self, _cls: str) -> None:
        if not self._restyle.isActive():
            self._restyle.start()

    def open_style(self, cls: str = "", place: int = -1) -> None:
        """Show how a class (by default the current one) is drawn; ``place``: of the variant to begin with."""
        name = cls or self._workspace.current_class
        if self._workspace.session is None or not self._workspace.session.catalogue[name].spatial:
            return
        self._show("style", "desktop.styling.panel", "StylePanel")
        panel = self._panels.get("style")
        if panel is not None:
            panel.show_class(name, place)  # type: ignore[attr-defined]

    def select(self, selection: Any) -> None:
        """Show what is selected."""
        if self.canvas is not None:
            self.canvas.set_selection(selection)

    def set_tool(self, tool: str) -> None:
        """Take a tool in hand: "browse", "select", "zoom_box", "move", "reshape", "draw", "measure_…"."""
        self.tool = tool
        if self.canvas is not None:
            self.canvas.set_tool(("draw", self._workspace.current_class) if tool == "draw" else tool)
        self._window.commands.refresh()

    def previous_view(self) -> None:
        """Where the map was before."""
        if self.canvas is not None:
            self.canvas.previous_view()

    def next_view(self) -> None:
        """Forward again."""
        if self.canvas is not None:
            self.canvas.next_view()

    def copy_coordinate(self) -> None:
        """Put the place under the mouse on the clipboard."""
        if self.canvas is not None:
            self.canvas.copy_coordinate()

    def _copied(self, said: str) -> None:
        self._window.status.show_hint(tr("Copied: {said}", said=said))

    def _view_changed(self) -> None:
        self._window.status.show_scale(self.canvas.scale_denominator)
        self._window.layers.set_scale(self.canvas.scale_denominator)
        if self._workspace.session is not None:
            self._window.status.show_middle(*self.canvas.center)

    def _say_densities(self) -> None:
        drawn = [(layer.arrays, layer.style) for layer in self.canvas.scene.drawn_layers()]
        self._window.layers.show_densities([(arrays, style) for arrays, style in drawn if style.crowd == "heat"])

    def _intent(self, intent: Any) -> None:
        tool, feature = self.canvas.tool, self._window.inspector.feature
        begun = feature.beginnings.begun(intent) if tool.name == "draw" else intent
        self._workspace.perform(
            begun, lambda done: self._performed(tool, intent, done), lambda error: self._refused(tool, intent, error)
        )

    def _refused(self, tool: Any, intent: Any, error: Exception) -> None:
        if not tool.answered(intent, error) and not self._window.commands.modify.refused(intent, error):
            notify(error)

    def _performed(self, tool: Any, intent: Any, done: Any) -> None:
        tool.answered(intent, None)
        created = {name: ids for name, ids in done.created.items() if len(ids)}
        if created:
            self._window.inspector.feature.beginnings.made(created)
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
        self._window.actions_[f"tool.{MODE_TOOLS[mode]}"].trigger()

    def open_what_if(self, page: str) -> None:
        """Open the what-if panel on "what_if" or "probe", with the tool of that name in hand."""
        if self._workspace.mode != "analyse":
            self._workspace.set_mode("analyse")
        self._show("what_if", "desktop.what_if.panel", "WhatIfPanel")
        panel = self._panels.get("what_if")
        if panel is not None:
            self._window.actions_[f"tool.{page}"].setChecked(True)
            panel.show_page(page)  # type: ignore[attr-defined]

    def _show(self, name: str, module: str, cls: str) -> None:
        if name not in self._panels:
            from importlib import import_module

            try:
                self._panels[name] = getattr(import_module(module), cls)(self._window)
            except Exception as error:  # a room that fails must not take the others with it
                notify(error)
                return
        self._window.show_inspector(self._panels[name])

    def panel(self, name: str) -> QWidget | None:
        """The panel of a mode, once it has been shown."""
        return self._panels.get(name)

    def open_import(self, paths: Any = ()) -> None:
        """Open the import assistant on files and folders; one that is open takes them too."""
        from desktop.imports.assistant import ImportAssistant

        open_ = [found for found in self._window.findChildren(ImportAssistant) if found.isVisible()]
        assistant = open_[0] if open_ else ImportAssistant(self._window)
        assistant.show()
        assistant.raise_()
        assistant.activateWindow()
        assistant.open_paths(paths)

    def open_drive_test(self) -> None:
        """Show the panel of drive tests."""
        if self._workspace.session is not None:
            self._show("drive", "desktop.drive_tests.panel", "DriveTestPanel")

    def close(self) -> None:
        """Let the map end its threads."""
        if self.canvas is not None:
            self.canvas.stop()
