"""Reads layers into arrays on a thread of its own: the visible ones first, label texts last, edits before all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from queue import PriorityQueue
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays
from gis.cartography.symbols import LayerStyle
from gis.errors import Refusal
from gis.geometry.columns import BBox, Columns, Shapes
from gis.project.drawing import DrawingReader

log = logging.getLogger(__name__)
MANY = 15_000  # changed features above which a layer is read anew
BATCHES = (4_000, 16_000)  # how many of them are shown before that
LARGE, GLIMPSE = 150_000, 12_000  # of a layer with so many features, so many are shown before all are read
_NONE = np.zeros(0, np.int64)
_EDIT, _EXTENT, _GEOMETRY, _LABELS, _STOP = range(5)


class Loader(QObject):
    """Emits in the UI thread: ``loaded(generation, class, LayerArrays)``, ``extent(generation, BBox | None)``,
    ``idle(generation)`` when nothing more is to read, ``failed(generation, exception)``.

    A large layer comes in batches: ``glimpsed`` tells a share of its features before ``loaded`` tells all.
    """

    loaded = Signal(int, str, object)
    glimpsed = Signal(int, str, object)
    extent = Signal(int, object)
    idle = Signal(int)
    failed = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.generation = 0
        self._arrays: dict[str, LayerArrays] = {}  # touched by the thread alone
        self._styles: dict[str, LayerStyle] = {}  # wanted since a layer's reading was asked for; the thread's too
        self._jobs: PriorityQueue[tuple[int, int, int, Callable[[], None]]] = PriorityQueue()
        self._turn = count()
        self._stopped = False
        self._thread = Thread(target=self._run, name="map-loader", daemon=True)
        self._thread.start()

    def start(self, session: Any, styles: Sequence[LayerStyle]) -> int:
        """Read the layers of a session in the order given; what is still to read of another one is dropped."""
        self.generation += 1
        generation = self.generation
        self._put(_EDIT, self._forget)
        if session is not None:
            self._put(_EXTENT, lambda: self.extent.emit(generation, _extent(session)))
            for style in styles:
                self.add(session, style)
        self._put(_LABELS, lambda: self.idle.emit(generation))
        return generation

    def add(self, session: Any, style: LayerStyle) -> None:
        """Read one layer more, and its labels."""
        self._put(_GEOMETRY, lambda: self._load(session, style))
        self._put(_LABELS, lambda: self._label(session, style))

    def change(self, session: Any, cls: str, ids: Any) -> None:
        """Bring one layer up to date after ``ids`` (None: anything) were created, changed or deleted."""
        self._put(_EDIT, lambda: self._change(session, cls, ids))

    def restyle(self, session: Any, style: LayerStyle) -> None:
        """Bring one layer's arrays in line with another style."""
        self._put(_EDIT, lambda: self._restyle(session, style))

    def stop(self) -> None:
        """End the thread; nothing is emitted afterwards."""
        self._stopped = True
        self.generation += 1
        self._put(_EDIT, lambda: None)
        self._thread.join()

    def _put(self, priority: int, work: Callable[[], None]) -> None:
        self._jobs.put((priority, next(self._turn), self.generation, work))

    def _run(self) -> None:
        kernels.warm_up_quietly()
        while True:
            _, _, generation, work = self._jobs.get()
            if self._stopped:
                return
            if generation != self.generation:
                continue
            try:
                work()
            except Exception as error:
                if self._stopped:
                    return
                if not isinstance(error, Refusal):
                    log.exception("a layer could not be read")
                self.failed.emit(generation, error)

    def _publish(self, arrays: LayerArrays) -> None:
        self._arrays[arrays.cls] = arrays
        if not self._stopped:
            self.loaded.emit(self.generation, arrays.cls, arrays)

    def _forget(self) -> None:
        self._arrays.clear()
        self._styles.clear()

    def _load(self, session: Any, style: LayerStyle) -> None:
        style = self._styles.pop(style.cls, style)
        with reading(session) as reader:
            ids = reader.ids(style.cls) if hasattr(reader, "ids") else _NONE
            if len(ids) >= LARGE and not self._stopped:
                some = LayerArrays.load(_Some(reader, ids[:: len(ids) // GLIMPSE]), style)
                self.glimpsed.emit(self.generation, style.cls, some)
            self._publish(LayerArrays.load(reader, style))

    def _label(self, session: Any, style: LayerStyle) -> None:
        arrays = self._arrays.get(style.cls)
        if arrays is not None and style.label_field and style.labels:
            with reading(session) as reader:
                self._publish(arrays.with_labels(reader))

    def _change(self, session: Any, cls: str, ids: Any) -> None:
        arrays = self._arrays.get(cls)
        if arrays is None:
            return  # it will be read in its turn, with the change
        with reading(session) as reader:
            if ids is not None and len(ids) <= MANY and not arrays.overgrown:
                self._publish(arrays.patch(reader, np.asarray(ids, np.int64)))
                return
            for step in BATCHES if ids is not None and len(ids) > MANY else ():
                if not self._stopped:
                    some = arrays.patch(reader, np.asarray(ids, np.int64)[:: max(len(ids) // step, 1)])
                    self.glimpsed.emit(self.generation, cls, some)
            made = LayerArrays.load(reader, arrays.style)
            self._publish(made.with_labels(reader) if arrays.named else made)

    def _restyle(self, session: Any, style: LayerStyle) -> None:
        arrays = self._arrays.get(style.cls)
        if arrays is None:
            self._styles[style.cls] = style  # it will be read in its turn, in this style
            return
        with reading(session) as reader:
            self._publish(arrays.restyled(reader, style))


class _Some:
    """A reader of some features only."""

    def __init__(self, reader: Any, ids: NDArray[np.int64]) -> None:
        self._reader, self._ids = reader, ids

    def shapes(self, cls: str, *, bbox: BBox | None = None, ids: Any = None) -> Shapes:
        return self._reader.shapes(cls, bbox=bbox, ids=self._ids)  # type: ignore[no-any-return]

    def columns(
        self, cls: str, fields: Sequence[str] | None = None, *, ids: Any = None, geometry: bool = True
    ) -> Columns:
        return self._reader.columns(cls, fields, ids=self._ids, geometry=geometry)  # type: ignore[no-any-return]

    def matching(self, cls: str, where: str, ids: Any = None) -> NDArray[np.int64]:
        return self._reader.matching(cls, where, self._ids)  # type: ignore[no-any-return]


@contextmanager
def reading(session: Any) -> Iterator[Any]:
    """One consistent snapshot of a session that also knows rules; a reader that is no session is used as it is."""
    if not hasattr(session, "reading"):
        yield session
        return
    with session.reading() as snapshot:
        yield DrawingReader(snapshot, session.catalogue)


def _extent(session: Any) -> Any:
    with reading(session) as reader:
        return reader.extent()
