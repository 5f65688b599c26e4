"""Makes the map's pictures in worker threads: a request with all inputs goes in, a finished frame comes out.

Nothing is locked and nothing is shared: a request carries immutable snapshots of layers, view and selection. Requests
have rising ids; only the newest waiting one is drawn, and the canvas shows a frame only if it is newer than the last.
Pictures of single layers are kept, so that an edit, a faded layer or a selection draws one layer anew and no more.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Condition, Thread
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPainter

from desktop.canvas.grounds import LOOK, Grounds
from desktop.canvas.grounds import PATIENCE as GROUND_PATIENCE
from desktop.canvas.highlight import draw_highlight, image_on
from desktop.canvas.layer_picture import Buffer, LayerPicture, lay_pictures, layer_picture, needs_kernels
from desktop.canvas.layers import GroundState, RasterState
from desktop.canvas.text import Writer
from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays
from gis.cartography.crowding import Crowding
from gis.cartography.declutter import Marks
from gis.cartography.labels.names import Names, placed
from gis.cartography.palette import Palette, rgb
from gis.cartography.picture import Dropped
from gis.cartography.rasters import draw_raster
from gis.cartography.sampling import sampled
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View
from gis.errors import Refusal
from gis.geometry.columns import BBox
from gis.geometry.crs import ProjectCrs

log = logging.getLogger(__name__)
PATIENCE = 0.06  # seconds after which a picture at an outdated scale is given up for a newer one
STALE = 0.2  # seconds without a new picture after which the next one is finished in any case
SWITCH = 0.001  # seconds a thread may keep the GIL while another one waits for it
THREADS = 2
SKETCH = 15_000  # features of a layer that QPainter draws while the kernels are compiled
Works = list[tuple[Any, tuple[Any, ...], Callable[[], Any], float]]  # name, inputs, how to draw it, opacity


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a request, in drawing order."""

    arrays: LayerArrays
    style: LayerStyle
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """All that a picture depends on. ``view`` counts device pixels.

    ``grounds``: base maps, the lowest first, drawn in ``crs``; ``edition`` counts the news of them.
    ``reserved``: boxes (left, top, right, bottom) in which furniture stands: no name is written there.
    """

    id: int
    view: View
    layers: tuple[Layer, ...]
    rasters: tuple[RasterState, ...] = ()
    selection: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    dark: bool = False
    labels: bool = True
    paper: str | None = None
    grounds: tuple[GroundState, ...] = ()
    crs: ProjectCrs | None = None
    edition: int = 0
    reserved: tuple[BBox, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A finished picture. ``pixels`` must live as long as ``image``. ``problems``: what could not be drawn.

    A frame with an odd id is an early one: it lacks something that is slow to come, and the next id will have it.
    """

    id: int
    view: View
    image: QImage
    pixels: Buffer
    duration: float
    problems: tuple[Exception, ...] = ()


class Pictures:
    """Draws frames, keeping the pictures of layers whose inputs have not changed. Used by one thread."""

    def __init__(self, pool: ThreadPoolExecutor | None = None) -> None:
        self._pool = pool
        self._grounds = Grounds()
        self._crowding = Crowding()
        self._kept: dict[Any, tuple[tuple[Any, ...], Any]] = {}
        self._sketched: dict[str, tuple[LayerArrays, LayerArrays]] = {}

    def frame(
        self,
        request: Request,
        wanted: Callable[[], bool] = lambda: True,
        early: Callable[[Frame], None] | None = None,
        newest: Callable[[], bool] = lambda: True,
    ) -> Frame:
        """The picture of a request. Raises Dropped as soon as ``wanted()`` is false.

        ``early`` is given a frame with the id before where something is slow to come: base maps (over their old
        pictures), or the kernels (with a part of large layers). It is waited for only while this is ``newest()``.
        """
        started = perf_counter()
        grounds = tuple(state for state in request.grounds if state.visible)
        about = (grounds, request.view, request.crs, request.dark, request.edition)
        self._grounds.ask(*about)
        if early is not None and (sketch := self._sketch(request)) is not None:
            works, results, problems = self._drawn(sketch, wanted)
            early(self._composed(sketch, request.id - 1, started, works, results, problems, wanted))
            while not kernels.READY.wait(LOOK):
                if not newest():
                    raise Dropped
        works, results, problems = self._drawn(request, wanted)
        if early is None:
            self._grounds.settle(*about, wanted)
        elif not self._grounds.settle(*about, newest, GROUND_PATIENCE):
            early(self._composed(request, request.id - 1, started, works, results, problems, wanted))
            if not self._grounds.settle(*about, newest):
                raise Dropped
        return self._composed(request, request.id, started, works, results, problems, wanted)

    def _sketch(self, request: Request) -> Request | None:
        """The request with a part of each large layer: what QPainter can draw soon while the kernels are compiled."""
        if kernels.READY.is_set():
            self._sketched.clear()
            return None
        layers, view = [], request.view
        for layer in request.layers:
            if layer.style.shown_at(view.scale_denominator) and needs_kernels(layer.arrays, layer.style, view):
                if layer.style.crowd in ("cluster", "heat"):
                    continue
                kept = self._sketched.get(layer.style.cls)
                if kept is None or kept[0] is not layer.arrays:
                    kept = self._sketched[layer.style.cls] = (layer.arrays, sampled(layer.arrays, SKETCH))
                layer = replace(layer, arrays=kept[1])
            layers.append(layer)
        same = len(layers) == len(request.layers)
        same = same and all(a is b for a, b in zip(layers, request.layers, strict=True))
        return None if same else replace(request, layers=tuple(layers))

    def _drawn(self, request: Request, wanted: Callable[[], bool]) -> tuple[Works, list[Any], list[Exception]]:
        """What is to be laid over the ground, in order, and the pictures made of it."""
        palette, view = Palette.of(request.dark), request.view
        works: Works = []
        works += [
            (r.path, (r.path, r.bands, view), _bind(draw_raster, r.path, r.bands, view), r.opacity)
            for r in request.rasters
        ]
        shown = self._crowding.shared([(layer.arrays, layer.style) for layer in request.layers], view, self._pool)
        for layer in request.layers:
            if layer.style.shown_at(view.scale_denominator):
                left = shown.get(layer.style.cls)
                key = (layer.arrays, layer.style, view, request.dark, left)
                draw = _bind(layer_picture, layer.arrays, layer.style, view, request.dark, wanted, left)
                works.append((layer.style.cls, key, draw, _opacity(layer)))
        for layer in request.layers:
            ids = request.selection.get(layer.style.cls)
            if ids is not None and len(ids):
                key = (layer.arrays, layer.style, view, request.dark, ids)
                draw = _bind(draw_highlight, layer.arrays, layer.style, ids, view, palette)
                works.append((("selected", layer.style.cls), key, draw, 1.0))
        results, problems = self._worked(works)
        return works, results, problems

    def stop(self) -> None:
        """End the threads that draw base maps."""
        self._grounds.stop()

    def _composed(
        self, request: Request, id: int, started: float, works: Works, results: list[Any],
        problems: list[Exception], wanted: Callable[[], bool],
    ) -> Frame:  # fmt: skip
        """All pictures laid over each other, the ground first, and the names on top."""
        view, palette = request.view, Palette.of(request.dark)
        problems = list(problems)
        pixels = np.full((int(view.height), int(view.width)), _word(request.paper or palette.paper), np.uint32)
        for state in request.grounds:
            if state.visible:
                problems += self._grounds.lay(pixels, view, state)
        names: list[Names] = []
        avoid: list[Marks] = []
        for result in results:
            if isinstance(result, LayerPicture):
                if result.names is not None:
                    names.append(result.names)
                problems.extend(result.problems)
                if result.marks is not None:
                    avoid.append(result.marks)
        # Names find their places while the pictures are laid over each other: neither needs the other.
        placing = None
        if request.labels and names and self._pool is not None:
            placing = self._pool.submit(placed, names, view, avoid, request.reserved)
        self._lay(pixels, [(result, work[3]) for work, result in zip(works, results, strict=True)])
        if not wanted():
            raise Dropped
        if request.labels and names:
            writer = Writer(palette, view.pixels_per_mm)
            ground = image_on(pixels)  # a painter does not keep its picture alive
            painter = QPainter(ground)
            for label in placing.result() if placing is not None else placed(names, view, avoid, request.reserved):
                writer.stamp(painter, label)
            painter.end()
        h, w = pixels.shape
        image = QImage(pixels.data, w, h, w * 4, QImage.Format.Format_RGB32)
        return Frame(id, view, image, pixels, perf_counter() - started, tuple(problems))

    def _lay(self, pixels: Buffer, pictures: list[tuple[Any, float]]) -> None:
        """Lay the pictures over the ground; the upper half in a thread of the pool, the lower one in this."""
        middle = len(pixels) // 4 * 2  # an even row: pixels are laid in pairs
        if self._pool is None or middle == 0 or not kernels.READY.is_set():
            lay_pictures(pixels, pictures)
            return
        upper = [(_rows(picture, 0, middle), opacity) for picture, opacity in pictures]
        lower = [(_rows(picture, middle, len(pixels)), opacity) for picture, opacity in pictures]
        other = self._pool.submit(lay_pictures, pixels[:middle], upper)
        lay_pictures(pixels[middle:], lower)
        other.result()

    def _worked(self, works: Works) -> tuple[list[Any], list[Exception]]:
        """The results of the works, each taken from the last frame where its inputs are the same."""
        waiting: list[Any] = []
        for name, inputs, draw, _ in works:
            kept = self._kept.get(name)
            if kept is not None and _same(kept[0], inputs):
                waiting.append(kept[1])
            else:
                waiting.append(self._pool.submit(draw) if self._pool is not None else draw)
        results: list[Any] = []
        problems: list[Exception] = []
        dropped = False
        fresh: dict[Any, tuple[tuple[Any, ...], Any]] = {}
        for (name, inputs, _, _), got in zip(works, waiting, strict=True):
            try:
                result = got.result() if hasattr(got, "result") else got() if callable(got) else got
                fresh[name] = (inputs, result)
            except Dropped:
                dropped, result = True, None
            except Refusal as refusal:
                problems.append(refusal)
                result = None
            results.append(result)
        self._kept = fresh
        if dropped:
            raise Dropped
        return results, problems


def _rows(picture: Any, first: int, last: int) -> Any:
    """The rows of a picture from ``first`` to before ``last``."""
    if isinstance(picture, LayerPicture):
        image, stamps = picture.image, picture.stamps
        return replace(
            picture,
            image=None if image is None else image[first:last],
            stamps=None if stamps is None else replace(stamps, at=stamps.at - np.array([0.0, first])),
        )
    return None if picture is None else picture[first:last]


def _bind(function: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    return lambda: function(*args)


def _opacity(layer: Layer) -> float:
    """A polygon's own opacity is that of its fill; marks and lines fade as a whole."""
    return layer.opacity * (layer.style.opacity if layer.style.kind == "point" else 1.0)


def _same(old: tuple[Any, ...], new: tuple[Any, ...]) -> bool:
    # Arrays and ids are compared by identity: they are immutable, and comparing a million rows would cost a frame.
    return all(
        a is b or (not isinstance(a, LayerArrays | np.ndarray) and a == b) for a, b in zip(old, new, strict=True)
    )


def _word(color: str) -> int:
    r, g, b = rgb(color)
    return 0xFF000000 | (r << 16) | (g << 8) | b


class Frames(QObject):
    """Takes requests from the UI thread and emits ``finished(Frame)`` there, or ``failed(exception)`` for a bug."""

    finished = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._condition = Condition()
        self._waiting: Request | None = None
        self._drawing: Request | None = None
        self._stopped = False
        self._told = 0.0  # when the last picture was finished
        # The window's thread asks for the GIL while pictures are made: by default each of them may keep it for 5 ms.
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH))
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="map-layer")
        self._thread = Thread(target=self._run, name="map-frames", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> None:
        """Draw this as soon as possible; an older request that is still waiting is forgotten."""
        with self._condition:
            self._waiting = request
            self._condition.notify()

    @property
    def busy(self) -> bool:
        """Whether a picture is being made or waits to be."""
        return self._waiting is not None or self._drawing is not None

    def stop(self) -> None:
        """End the threads; no frame comes afterwards."""
        with self._condition:
            self._stopped = True
            self._condition.notify()
        self._thread.join()
        self._pool.shutdown()

    def _run(self) -> None:
        pictures = Pictures(self._pool)
        while True:
            with self._condition:
                self._drawing = None
                while self._waiting is None and not self._stopped:
                    self._condition.wait()
                if self._stopped:
                    break
                request, self._waiting = self._waiting, None
                self._drawing = request
            if request is None:
                continue
            started = perf_counter()
            try:
                frame = pictures.frame(
                    request, lambda r=request, t=started: self._wanted(r, t), self._emit, self._newest
                )
            except Dropped:
                continue
            except Exception as error:
                log.exception("the map could not be drawn")
                self.failed.emit(error)
                continue
            self._emit(frame)
        pictures.stop()

    def _emit(self, frame: Frame) -> None:
        if not self._stopped:
            self._told = perf_counter()
            self.finished.emit(frame)

    def _newest(self) -> bool:
        return self._waiting is None and not self._stopped

    def _wanted(self, request: Request, started: float) -> bool:
        """A picture is given up when a newer one at another scale waits; after a mere pan it is still of use.

        While the wheel turns on and on a slow machine would never finish one: now and then one is finished.
        """
        newer = self._waiting
        if self._stopped:
            return False
        if newer is None or newer.view.resolution == request.view.resolution:
            return True
        return perf_counter() - started < PATIENCE or started - self._told > STALE
