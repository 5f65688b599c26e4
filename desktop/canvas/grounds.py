"""Pictures of base maps, made beside the vectors: a slow one never holds a frame up.

Each base map has one picture under way at a time, and the last one finished is kept with its view: until the picture
of the present view is there, it is shown moved and scaled.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from desktop.canvas.highlight import image_on
from desktop.canvas.layers import GroundState
from gis.cartography.view import View
from gis.errors import Refusal

log = logging.getLogger(__name__)
Buffer = NDArray[np.uint32]
THREADS = 2
PATIENCE = 0.04  # seconds a frame waits for a base map before it shows the last picture of it instead
LOOK = 0.02  # seconds between two looks at whether a picture is still wanted
FAR = 1.9  # times: a picture under way at a scale so much off is given up


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A base map's picture of ``view``; ``edition`` counts the news that had come when it was begun."""

    view: View
    dark: bool
    edition: int
    pixels: Buffer | None
    complete: bool
    problems: tuple[Exception, ...] = ()

    def serves(self, view: View, dark: bool, edition: int) -> bool:
        """Whether it is the very picture wanted: news do not touch a complete one."""
        return self.view == view and self.dark == dark and (self.complete or self.edition == edition)


@dataclass(slots=True)
class _Kept:
    """One base map: its last picture, and the one under way."""

    last: Ground | None = None
    under_way: Future[Ground] | None = None
    view: View | None = None
    wanted: list[bool] = field(default_factory=lambda: [True])


class Grounds:
    """Keeps the pictures of base maps. Used by one thread; the drawing itself runs in threads of its own."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._kept: dict[int, _Kept] = {}
        self._known: dict[int, Any] = {}  # holds the base maps, so that an identity is not taken over

    def ask(self, states: tuple[GroundState, ...], view: View, crs: Any, dark: bool, edition: int) -> None:
        """Begin the pictures of a view that are not there; those of base maps no longer used are forgotten."""
        self._known = {id(s.basemap): s.basemap for s in states}
        for gone in self._kept.keys() - self._known.keys():
            self._kept.pop(gone).wanted[0] = False
        for key, basemap in self._known.items():
            kept = self._kept.setdefault(key, _Kept())
            self._collect(kept)
            if kept.under_way is not None:
                if not 1 / FAR < (kept.view or view).resolution / view.resolution < FAR:
                    kept.wanted[0] = False
            elif kept.last is None or not kept.last.serves(view, dark, edition):
                if self._pool is None:
                    self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="map-ground")
                kept.wanted, kept.view = [True], view
                kept.under_way = self._pool.submit(_picture, basemap, view, crs, dark, edition, kept.wanted)

    def ready(self, view: View, dark: bool, edition: int) -> bool:
        """Whether every picture asked for is the one of this view."""
        return all(kept.last is not None and kept.last.serves(view, dark, edition) for kept in self._kept.values())

    def await_some(self, seconds: float) -> None:
        """Wait until a picture under way is finished, or so long."""
        waiting = [kept.under_way for kept in self._kept.values() if kept.under_way is not None]
        if waiting:
            wait(waiting, seconds, return_when="FIRST_COMPLETED")
        for kept in self._kept.values():
            self._collect(kept)

    def settle(self, states: tuple[GroundState, ...], view: View, crs: Any, dark: bool, edition: int,
               wanted: Callable[[], bool], seconds: float = 1e9) -> bool:  # fmt: skip
        """Wait for the pictures of this view while they are ``wanted()``; whether all are there."""
        end = perf_counter() + seconds
        while True:
            self.ask(states, view, crs, dark, edition)
            if self.ready(view, dark, edition):
                return True
            left = end - perf_counter()
            if left <= 0 or not wanted():
                return False
            self.await_some(min(left, LOOK))

    def lay(self, pixels: Buffer, view: View, state: GroundState) -> tuple[Exception, ...]:
        """Lay the last picture of a base map where it belongs in ``view``."""
        kept = self._kept.get(id(state.basemap))
        last = kept.last if kept is not None else None
        if last is None:
            return ()
        if last.pixels is not None:
            ground = image_on(pixels)  # a painter does not keep its picture alive
            painter = QPainter(ground)
            painter.setOpacity(state.opacity)
            scale = last.view.resolution / view.resolution
            x, y = view.to_pixels(last.view.left, last.view.top)
            h, w = last.pixels.shape
            if scale == 1.0:
                painter.drawImage(round(x), round(y), image_on(last.pixels))
            else:
                painter.drawImage(QRectF(x, y, w * scale, h * scale), image_on(last.pixels))
            painter.end()
        return last.problems if last.view == view else ()

    def stop(self) -> None:
        """End the threads."""
        for kept in self._kept.values():
            kept.wanted[0] = False
        if self._pool is not None:
            self._pool.shutdown()

    @staticmethod
    def _collect(kept: _Kept) -> None:
        if kept.under_way is not None and kept.under_way.done():
            if kept.wanted[0]:
                kept.last = kept.under_way.result()
            kept.under_way = None


def _picture(basemap: Any, view: View, crs: Any, dark: bool, edition: int, wanted: list[bool]) -> Ground:
    try:
        made = basemap.picture(view, crs, lambda: wanted[0], dark=dark)
    except Exception as error:  # a base map that cannot be drawn takes nothing else with it
        if wanted[0] and not isinstance(error, Refusal):
            log.exception("a base map could not be drawn")
        return Ground(view, dark, edition, None, True, (error,))
    pixels = None if made.pixels is None else np.ascontiguousarray(made.pixels, np.uint32)
    return Ground(view, dark, edition, pixels, bool(made.complete), tuple(made.problems))
