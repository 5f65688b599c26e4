"""The content of a map: a session's layers as arrays, how they are arranged, what is selected; it asks for frames.

It knows nothing of widgets. What needs a view is given one; pixels are those of that view.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from desktop.canvas import hits as hitting
from desktop.canvas.frames import Frame, Frames, Layer, Request
from desktop.canvas.hits import Hit, Snap
from desktop.canvas.layers import GroundState, LayerState, RasterState, default_layers, styled
from desktop.canvas.loading import Loader
from gis.cartography.arrays import LayerArrays
from gis.cartography.rasters import LevelBand
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View
from gis.errors import Language, Refusal
from gis.geometry.columns import BBox
from gis.geometry.crs import ProjectCrs, project_crs

Selection = dict[str, NDArray[np.int64]]
Rings = list[NDArray[np.float64]]
NEWS_MS = 120  # tiles of a base map come in swarms: one picture for all that came so soon after each other


class Scene(QObject):
    """What a canvas shows. All signals are emitted in the UI thread."""

    stale = Signal()  # the picture no longer shows what the scene holds
    drawn = Signal(object)  # Frame
    selected = Signal(object)  # Selection
    loading_changed = Signal(bool)
    extent_known = Signal(object)  # BBox of the session just begun, or None
    failed = Signal(object)  # an exception met while reading or drawing
    _heard = Signal(object)
    _news = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: Any = None
        self.project_crs: ProjectCrs | None = None
        self.selection: Selection = {}
        self.loading = False
        self._states: list[LayerState] = []
        self._styled: list[tuple[LayerState, LayerStyle]] = []
        self._arrays: dict[str, LayerArrays] = {}
        self._glimpses: dict[str, LayerArrays] = {}  # large layers as far as they are read
        self._rasters: dict[Path, RasterState] = {}
        self._grounds: list[GroundState] = []
        self._edition = 0  # counts the news of base maps that are drawn
        self._expected = 0
        self._unsubscribe: Any = None
        self._problems: set[str] = set()
        self._stopped = False
        self.requested = 0  # the id of the newest request
        queued = Qt.ConnectionType.QueuedConnection
        self._frames = Frames(self)
        self._frames.finished.connect(self._frame_made, queued)
        self._frames.failed.connect(self._tell, queued)
        self._loader = Loader(self)
        self._loader.loaded.connect(self._loaded, queued)
        self._loader.glimpsed.connect(self._glimpsed, queued)
        self._loader.extent.connect(self._extent, queued)
        self._loader.idle.connect(self._idle, queued)
        self._loader.failed.connect(self._reading_failed, queued)
        self._heard.connect(self._changed, queued)
        self._news_wait = QTimer(self, singleShot=True, interval=NEWS_MS)
        self._news_wait.timeout.connect(self._ground_news)
        self._news.connect(self._news_came, queued)

    # ------------------------------------------------------------------------------------------------------- content
    def set_session(self, session: Any, layers: Sequence[LayerState] | None = None) -> None:
        """Hold another project (None: none); it is read in the background, visible layers first."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self.session = session
        self._arrays, self._glimpses, self._rasters = {}, {}, {}
        self._problems.clear()
        self.set_selection({})
        self._states = list(layers) if layers is not None else default_layers(session.catalogue) if session else []
        self._restyle()
        self.project_crs = project_crs(session.srid) if session is not None else None
        if session is not None:
            self._unsubscribe = session.subscribe(self._heard.emit)
        # What is drawn at all scales comes first: the first view shows the whole city.
        order = sorted(self._styled, key=lambda pair: (not pair[0].visible, pair[1].max_scale > 0))
        self._expected = len(order)
        self._set_loading(session is not None)
        self._loader.start(session, [style for _, style in order])
        self.stale.emit()

    def set_layers(self, layers: Sequence[LayerState]) -> None:
        """Arrange the layers, topmost first."""
        before = {style.cls: style for _, style in self._styled}
        self._states = list(layers)
        self._restyle()
        for _, style in self._styled:
            if style.cls not in before and style.cls not in self._arrays:
                self._loader.add(self.session, style)
            elif before.get(style.cls, style) != style:
                self._loader.restyle(self.session, style)
        self.stale.emit()

    def layers(self) -> list[LayerState]:
        """The layers as arranged, topmost first."""
        return list(self._states)

    def add_raster(self, path: Path, bands: Sequence[LevelBand], opacity: float) -> None:
        """Lay a GeoTIFF below the vectors; the same path replaces itself."""
        self._rasters[path] = RasterState(path, tuple(bands), opacity)
        self.stale.emit()

    def remove_raster(self, path: Path | None) -> None:
        """Take a raster away (None: all)."""
        if path is None:
            self._rasters.clear()
        else:
            self._rasters.pop(path, None)
        self.stale.emit()

    def rasters(self) -> list[RasterState]:
        """The rasters, the lowest first."""
        return list(self._rasters.values())

    def set_grounds(self, grounds: Sequence[GroundState]) -> None:
        """Lay these base maps below everything, topmost first. They are not closed here."""
        kept = {id(state.basemap) for state in grounds}
        for state in self._grounds:
            if id(state.basemap) not in kept:
                state.basemap.on_news = None
        self._grounds = list(grounds)
        for state in self._grounds:
            state.basemap.on_news = self._news.emit
        self.stale.emit()

    def grounds(self) -> list[GroundState]:
        """The base maps, topmost first."""
        return list(self._grounds)

    def _news_came(self) -> None:
        if not self._stopped and not self._news_wait.isActive():
            self._news_wait.start()

    def _ground_news(self) -> None:
        if not self._stopped:
            self._edition += 1
            self.stale.emit()

    def set_selection(self, selection: Mapping[str, Iterable[int]]) -> None:
        """Select these features; tells ``selected`` when it is another selection."""
        made = {}
        for cls, ids in selection.items():
            unique = np.unique(np.asarray(ids if isinstance(ids, np.ndarray) else list(ids), np.int64))
            if len(unique):
                made[cls] = unique
        old = self.selection
        if made.keys() == old.keys() and all(np.array_equal(made[cls], old[cls]) for cls in made):
            return
        self.selection = made
        self.selected.emit(dict(made))
        self.stale.emit()

    @property
    def loaded_share(self) -> float:
        """How much of the layers is read, 0 to 1."""
        return len(self._arrays) / max(self._expected, 1)

    def complete(self, view: View) -> bool:
        """Whether every layer drawn in this view is read."""
        return all(
            style.cls in self._arrays
            for state, style in self._styled
            if state.visible and style.shown_at(view.scale_denominator)
        )

    @property
    def empty(self) -> bool:
        """Whether nothing that was read has a feature."""
        return not any(len(arrays) for arrays in self._arrays.values())

    # ------------------------------------------------------------------------------------------------------ questions
    def extent(self) -> BBox | None:
        """The box of all layers read so far, or None."""
        return _union(box for box in (arrays.extent() for arrays in self._arrays.values()) if box is not None)

    def selection_extent(self) -> BBox | None:
        """The box of what is selected, or None."""
        boxes = []
        for cls, ids in self.selection.items():
            if cls in self._arrays:
                boxes += [tuple(b) for part, at in self._arrays[cls].chosen(ids) for b in part.bounds[at]]
        return _union(boxes)

    def hits(self, view: View, px: float, py: float) -> list[Hit]:
        """What lies under a pixel, the best first."""
        return hitting.hits(self._shown(), view, px, py)

    def inside_box(self, view: View, bbox: BBox) -> Selection:
        """What is shown inside a box."""
        return hitting.inside_box(self._shown(), view, bbox)

    def snap(self, view: View, px: float, py: float, skip: Iterable[tuple[str, int]] = ()) -> Snap | None:
        """The vertex on screen next to a pixel."""
        return hitting.snap(self._shown(), view, px, py, skip=skip)

    def geometry(self, cls: str, id: int) -> shapely.Geometry | None:
        """The geometry of one feature, by its key."""
        row = self.session.row(cls, id) if self.session is not None else None
        return None if row is None else row.get("geom")

    def geometry_kind(self, cls: str) -> str:
        """The catalogue's geometry of a class."""
        return str(self.session.catalogue[cls].geometry)

    def class_label(self, cls: str, language: Language) -> str:
        """The catalogue's name of a class."""
        return str(self.session.catalogue[cls].label.text(language))

    def rings(self, cls: str, ids: Iterable[int], most: int) -> list[Rings]:
        """The rings of the first ``most`` of some features, as far as they are read."""
        arrays = self._arrays.get(cls)
        if arrays is None:
            return []
        wanted = np.asarray(list(ids), np.int64)[:most]
        return [part.rings(int(p)) for part, positions in arrays.chosen(wanted) for p in positions]

    def selected_rings(self, most: int) -> list[Rings]:
        """The rings of the first ``most`` selected features."""
        made: list[Rings] = []
        for cls, ids in self.selection.items():
            made += self.rings(cls, ids, most - len(made))
        return made

    @property
    def arrays(self) -> Mapping[str, LayerArrays]:
        """The layers read so far, by class."""
        return self._arrays

    def _shown(self) -> list[tuple[LayerArrays, LayerStyle]]:
        return [(layer.arrays, layer.style) for layer in self.drawn_layers()]

    def drawn_layers(self) -> tuple[Layer, ...]:
        """The visible layers read so far, in drawing order."""
        return tuple(
            Layer(arrays, _fitting(arrays, style), state.opacity)
            for state, style in self._styled
            if state.visible and (arrays := self._glimpses.get(style.cls, self._arrays.get(style.cls))) is not None
        )

    def _restyle(self) -> None:
        self._styled = styled(self._states, self.session.catalogue) if self.session is not None else []

    # --------------------------------------------------------------------------------------------- drawing and reading
    def ask(self, view: View, dark: bool, reserved: tuple[BBox, ...] = ()) -> None:
        """Ask for a frame of ``view`` (device pixels), without names in the ``reserved`` boxes."""
        if self._stopped:
            return
        self.requested += 2  # the id between is for a frame over base maps that are not ready yet
        self._frames.submit(
            Request(
                self.requested, view, self.drawn_layers(), tuple(self._rasters.values()), dict(self.selection), dark,
                grounds=tuple(reversed(self._grounds)), crs=self.project_crs, edition=self._edition,
                reserved=reserved,
            )
        )  # fmt: skip

    def stop(self) -> None:
        """End the threads; nothing is told afterwards."""
        if self._stopped:
            return
        self._stopped = True
        for state in self._grounds:
            state.basemap.on_news = None
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self._loader.stop()
        self._frames.stop()

    def _frame_made(self, frame: Frame) -> None:
        if self._stopped:
            return
        self.drawn.emit(frame)
        for problem in frame.problems:
            self._tell(problem)

    def _tell(self, problem: Exception) -> None:
        """Tell a problem of drawing once, not with every frame."""
        key = f"{problem.code} {problem.arguments}" if isinstance(problem, Refusal) else repr(problem)
        if key not in self._problems:
            self._problems.add(key)
            self.failed.emit(problem)

    def _current(self, generation: int) -> bool:
        return generation == self._loader.generation and not self._stopped

    def _loaded(self, generation: int, cls: str, arrays: LayerArrays) -> None:
        if self._current(generation):
            self._arrays[cls] = arrays
            self._glimpses.pop(cls, None)
            self.stale.emit()

    def _glimpsed(self, generation: int, cls: str, arrays: LayerArrays) -> None:
        if self._current(generation):
            self._glimpses[cls] = arrays
            self.stale.emit()

    def _extent(self, generation: int, extent: BBox | None) -> None:
        if self._current(generation):
            self.extent_known.emit(extent)

    def _idle(self, generation: int) -> None:
        if self._current(generation):
            self._set_loading(False)

    def _reading_failed(self, generation: int, error: object) -> None:
        if self._current(generation):
            self.failed.emit(error)

    def _set_loading(self, loading: bool) -> None:
        if loading != self.loading:
            self.loading = loading
            self.loading_changed.emit(loading)

    def _changed(self, changed: Any) -> None:
        """The project was written to: bring the layers concerned up to date."""
        if self.session is None or self._stopped:
            return
        for cls in changed.classes:
            if cls in self.session.catalogue and self.session.catalogue[cls].spatial:
                self._loader.change(self.session, cls, changed.ids.get(cls))


def _fitting(arrays: LayerArrays, style: LayerStyle) -> LayerStyle:
    """The style wanted, or the one the arrays were read for until they are read anew."""
    fits = _reads(arrays.style) == _reads(style) and set(style.numbers) <= set(arrays.base.numbers)
    return style if fits else arrays.style


def _reads(style: LayerStyle) -> Any:
    """What of a style has gone into the arrays of its layer."""
    return style.mode, style.by, style.rotate_by, [(v.value, v.upper, v.where) for v in style.variants]


def _union(boxes: Iterable[Sequence[float]]) -> BBox | None:
    a = np.array(list(boxes))
    if len(a) == 0:
        return None
    return float(a[:, 0].min()), float(a[:, 1].min()), float(a[:, 2].max()), float(a[:, 3].max())
