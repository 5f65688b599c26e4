"""The base maps of the open project: read, opened, put below the map, changed and saved; how each of them fares."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from desktop.shell.notices import notify
from desktop.shell.settings import MapKey, cache_folder
from desktop.shell.words import tr
from gis.errors import Refusal
from gis.project.basemaps import SavedBaseMap, broken, own, save, saved

if TYPE_CHECKING:
    from desktop.basemaps.shown import ShownBaseMap
    from desktop.shell.window import MainWindow
    from gis.basemaps.basemap import BaseMapSpec

SUFFIXES = (".mbtiles", ".pmtiles", ".tif", ".tiff", ".jp2", ".img", ".asc")
_SAVE_MS = 300
_STATES = {
    "basemaps.offline": "offline", "basemaps.key_missing": "key", "basemaps.zoom_in": "zoom",
    "basemaps.no_file": "missing",
}  # fmt: skip


@dataclass(frozen=True)
class MapState:
    """How a base map fares: "closed", "loading", "ready", "offline", "key", "zoom", "missing" or "problem"."""

    kind: str = "closed"
    problem: Refusal | None = None


class BaseMaps(QObject):
    """One for each window. Lives in the UI thread; ``changed`` when the list is another, ``state_changed`` (key)."""

    changed = Signal()
    state_changed = Signal(str)
    _heard = Signal(str, bool, object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._workspace = window, window.workspace
        self._canvas: Any = None
        self.maps: list[SavedBaseMap] = []  # topmost first
        self._open: dict[str, ShownBaseMap] = {}
        self._about: dict[str, Any] = {}  # what each was, or is being, opened with
        self._states: dict[str, MapState] = {}
        self._asked = self._settings_asked()
        self.keeping: Any = None  # the job that keeps tiles
        self._unsaved: tuple[Any, list[SavedBaseMap]] | None = None
        self._due = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._due.timeout.connect(self.flush)
        self._heard.connect(self._take_state, Qt.ConnectionType.QueuedConnection)
        self._workspace.session_leaving.connect(self._leave)
        self._workspace.session_changed.connect(self.read)
        self._workspace.settings.changed.connect(self._settings_changed)

    def attach(self, canvas: Any) -> None:
        """Lay the base maps below this map."""
        self._canvas = canvas
        self._lay()

    @property
    def offline(self) -> bool:
        """Whether nothing may be asked of the network."""
        return bool(self._workspace.settings.now.offline)

    def state(self, key: str) -> MapState:
        """How a base map fares."""
        return self._states.get(key, MapState())

    def map(self, key: str) -> SavedBaseMap | None:
        """The base map with this key."""
        return next((made for made in self.maps if made.key == key), None)

    def bounds(self, key: str) -> Any:
        """Where a base map has anything, in degrees; None where that is not known."""
        shown = self._open.get(key)
        made = self.map(key)
        return shown.bounds if shown is not None else made.spec.options.get("bounds") if made is not None else None

    def usable(self) -> list[SavedBaseMap]:
        """Those that are visible and could be opened, topmost first: what a sheet shows, too."""
        return [made for made in self.maps if made.visible and made.key in self._open]

    # ------------------------------------------------------------------------------------------------------ the list
    def read(self) -> None:
        """Read the list from the project, in the background."""
        session = self._workspace.session
        self._forget()
        if session is not None:
            work = lambda _progress: (saved(session), broken(session))  # noqa: E731
            self._workspace.jobs.quiet(work, partial(self._read, session))

    def add(self, specs: Sequence[BaseMapSpec], dim: bool = True) -> None:
        """Put base maps on top of the list, in this order; one that is there already comes to the top."""
        made = [SavedBaseMap(own(spec), dim=dim) for spec in specs]
        keys = {one.key for one in made}
        self._put([*made, *(other for other in self.maps if other.key not in keys)])

    def add_file(self, path: Path) -> None:
        """Find out what a file or folder is, and add it."""
        self._workspace.jobs.start(
            tr("Reading {name}", name=path.name), lambda _progress: _recognised(path), self._found
        )

    def takes(self, path: Path) -> bool:
        """Whether a file that was dropped is for this room; of folders those with zoom levels below them."""
        if self._workspace.session is None:
            return False
        levels = (path / str(zoom) for zoom in range(31)) if path.is_dir() else ()
        return path.suffix.lower() in SUFFIXES or any(level.is_dir() for level in levels)

    def change(self, key: str, **values: Any) -> None:
        """Set ``visible``, ``opacity``, ``dim`` or ``spec`` of a base map."""
        self._put([replace(made, **values) if made.key == key else made for made in self.maps])

    def change_spec(self, key: str, **values: Any) -> None:
        """Set fields of the entry itself: ``name``, ``datum``, ``options`` …"""
        made = self.map(key)
        if made is not None:
            self.change(key, spec=replace(made.spec, **values))

    def move(self, key: str, place: int) -> None:
        """Put a base map at a place of the list, 0 = topmost."""
        made = self.map(key)
        if made is not None and 0 <= place < len(self.maps):
            rest = [other for other in self.maps if other.key != key]
            self._put([*rest[:place], made, *rest[place:]])

    def remove(self, key: str) -> None:
        """Take a base map off the list; its file stays."""
        self._put([made for made in self.maps if made.key != key])

    def retry(self, key: str) -> None:
        """Look again for what failed: the file, or the service."""
        shown = self._open.get(key)
        if shown is not None and self.state(key).kind != "missing":
            shown.retry()
            self._set_state(key, MapState("loading"))
            self._open[key] = shown.again(shown.saved, self._heard.emit)  # another one: its pictures are made anew
        else:
            self._about.pop(key, None)
        self._open_all()

    def flush(self) -> None:
        """Hand the list to the writing thread."""
        self._due.stop()
        unsaved, self._unsaved = self._unsaved, None
        if unsaved is not None:
            session, maps = unsaved
            self._workspace.writes.quiet(lambda _progress: save(session, maps))

    # --------------------------------------------------------------------------------------------------------- online
    def set_offline(self, offline: bool) -> None:
        """Work offline, or not; nothing is asked of the network from the moment this returns."""
        self._workspace.settings.change(offline=offline)

    def set_key(self, service: str, key: str) -> None:
        """Keep the user's key for a service; empty = forget it."""
        rest = tuple(kept for kept in self._workspace.settings.now.map_keys if kept.service != service)
        self._workspace.settings.change(map_keys=(*rest, MapKey(service, key.strip())) if key.strip() else rest)

    def clear_cache(self) -> None:
        """Throw the kept tiles away; base maps that are shown begin anew."""
        held = [key for key in self._open if (made := self.map(key)) is not None and made.spec.online]
        gone = [self._open.pop(key) for key in held]
        for key in held:
            self._about.pop(key, None)
        self._lay()
        self._workspace.jobs.start(
            tr("Clearing the tiles"), lambda _progress: _clear(gone, cache_folder()), lambda _none: self._open_all()
        )

    # ---------------------------------------------------------------------------------------------------------- inside
    def _read(self, session: Any, found: tuple[list[SavedBaseMap], dict[str, Refusal]]) -> None:
        if session is not self._workspace.session:
            return
        self.maps, wrong = found
        for refusal in wrong.values():
            notify(refusal)
        self.changed.emit()
        self._open_all()

    def _found(self, found: tuple[BaseMapSpec, bool]) -> None:
        spec, dim = found
        self.add([spec], dim)

    def _put(self, maps: list[SavedBaseMap]) -> None:
        session = self._workspace.session
        if session is None or maps == self.maps:
            return
        self.maps = maps
        if not session.readonly:
            self._unsaved = session, maps
            self._due.start()
        self.changed.emit()
        self._open_all()

    def _open_all(self) -> None:
        """Open what is shown and not open yet, close what is no longer in the list, lay the rest."""
        there = {made.key for made in self.maps}
        for key in [key for key in self._about if key not in there]:
            self._drop(key)
        for made in self.maps:
            about = _source(made.spec), self._asked if made.spec.online else None
            if self._about.get(made.key) == about:
                shown = self._open.get(made.key)
                if shown is not None and not shown.fits(made):
                    self._open[made.key] = shown.again(made, self._heard.emit)
                continue
            if not made.visible:
                if made.key in self._about:
                    self._drop(made.key)
                continue
            self._about[made.key] = about
            self._set_state(made.key, MapState("loading"))
            settings = self._workspace.settings.now
            self._workspace.jobs.quiet(
                partial(_opened, made, settings, self._heard.emit), partial(self._took, made.key, about),
                partial(self._not_opened, made.key, about), of_project=False,  # one that comes too late is to be closed
            )  # fmt: skip
        self._lay()

    def _took(self, key: str, about: Any, shown: ShownBaseMap) -> None:
        made = self.map(key)
        if made is None or self._about.get(key) != about:
            _close([shown])
            return
        old = self._open.get(key)
        self._open[key] = shown if shown.fits(made) else shown.again(made, self._heard.emit)
        self._lay()
        if old is not None:
            _close([old])

    def _not_opened(self, key: str, about: Any, error: Exception) -> None:
        if self._about.get(key) != about:
            return
        old = self._open.pop(key, None)
        self._lay()
        if old is not None:
            _close([old])
        if isinstance(error, Refusal):
            self._set_state(key, MapState(_STATES.get(error.code, "problem"), error))
        else:
            notify(error)
            self._set_state(key, MapState("problem"))

    def _lay(self) -> None:
        """Show on the map what is open."""
        if self._canvas is None:
            return
        from desktop.canvas.layers import GroundState

        states = [
            GroundState(self._open[made.key], made.opacity, made.visible)
            for made in self.maps
            if made.key in self._open
        ]
        if states != self._canvas.grounds():
            self._canvas.set_grounds(states)

    def _drop(self, key: str) -> None:
        self._about.pop(key, None)
        self._states.pop(key, None)
        shown = self._open.pop(key, None)
        if shown is not None:
            self._lay()
            _close([shown])

    def _take_state(self, key: str, complete: bool, problems: tuple[Exception, ...]) -> None:
        if key not in self._open:
            return
        problem = next((found for found in problems if isinstance(found, Refusal)), None)
        if problem is not None:
            self._set_state(key, MapState(_STATES.get(problem.code, "problem"), problem))
        else:
            self._set_state(key, MapState("ready" if complete else "loading"))

    def _set_state(self, key: str, state: MapState) -> None:
        old = self._states.get(key)
        self._states[key] = state
        if old is None or (old.kind, str(old.problem)) != (state.kind, str(state.problem)):
            self.state_changed.emit(key)

    def _settings_asked(self) -> Any:
        now = self._workspace.settings.now
        return now.offline, now.map_keys, now.tiles_mb

    def _settings_changed(self, settings: Any) -> None:
        asked = self._settings_asked()
        if asked == self._asked:
            return
        self._asked = asked
        if settings.offline and self.keeping is not None:
            self.keeping.cancel()
        online = [made.key for made in self.maps if made.spec.online and made.key in self._open]
        gone = [self._open.pop(key) for key in online]
        self._lay()
        _close(gone)
        self._open_all()

    def _forget(self) -> None:
        gone = list(self._open.values())
        self.maps = []
        self._open, self._about, self._states = {}, {}, {}
        self._lay()
        _close(gone)
        self.changed.emit()

    def _leave(self) -> None:
        if self.keeping is not None:
            self.keeping.cancel()
        self.flush()
        self._forget()

    def close(self) -> None:
        """Save, and close all base maps; the map has stopped drawing."""
        if self.keeping is not None:
            self.keeping.cancel()
        self.flush()
        self._canvas = None
        for shown in self._open.values():
            shown.close()
        self._open = {}


def _recognised(path: Path) -> tuple[BaseMapSpec, bool]:
    from desktop.basemaps.shown import dims_by_default
    from gis.basemaps.basemap import recognise

    spec = recognise(path)
    return spec, dims_by_default(spec)


def _opened(made: SavedBaseMap, settings: Any, heard: Any, _progress: Any) -> ShownBaseMap:
    from desktop.basemaps.shown import opened

    return opened(made, settings, heard)


def _source(spec: BaseMapSpec) -> BaseMapSpec:
    """The entry without what can change while it is open."""
    options = {name: value for name, value in spec.options.items() if name != "approval"}
    return replace(spec, name="", attribution="", options=options)


def _close(gone: Sequence[ShownBaseMap]) -> None:
    """Close base maps at once, and wait for their threads elsewhere: a request may hang for seconds."""
    for shown in gone:
        Thread(target=shown.close, name="basemap-close", daemon=True).start()


def _clear(gone: Sequence[ShownBaseMap], folder: Path) -> None:
    for shown in gone:
        shown.close()
    for path in folder.glob("*.tiles*"):
        with suppress(OSError):  # another program shows these tiles: they stay
            path.unlink()
