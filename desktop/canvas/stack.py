"""Several features at one place: which they are and which of them is chosen, for the list beside the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.canvas.hits import Hit

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas

CLOSER = 2.5  # how much nearer a click on a cluster goes


@dataclass(frozen=True, slots=True)
class Stack:
    """What lies under one pixel, the best first; ``chosen``: the place of the one that is selected."""

    hits: tuple[Hit, ...]
    chosen: int
    px: float
    py: float


class Stacking(QObject):
    """Holds the stack of a canvas, if there is one: ``changed(Stack or None)``."""

    changed = Signal(object)

    def __init__(self, canvas: MapCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.now: Stack | None = None

    def show(self, hits: Sequence[Hit], px: float, py: float, chosen: int = 0) -> None:
        """Offer these features and choose one."""
        self.now = Stack(tuple(hits), chosen, px, py)
        self.choose(chosen)

    def choose(self, place: int) -> None:
        """Select one of them and tell that it was identified."""
        if self.now is None:
            return
        self.now = replace(self.now, chosen=place % len(self.now.hits))
        hit = self.now.hits[self.now.chosen]
        self._canvas.set_hover(None)
        self._canvas.set_selection({hit.cls: [hit.id]})
        self._canvas.identified.emit(hit.cls, hit.id)
        self.changed.emit(self.now)

    def step(self, by: int) -> None:
        """Choose the next one, or the one before."""
        if self.now is not None:
            self.choose(self.now.chosen + by)

    def leave(self) -> bool:
        """Offer nothing any more; whether something was offered."""
        if self.now is None:
            return False
        self.now = None
        self._canvas.set_hover(None)
        self.changed.emit(None)
        return True

    def worth_showing(self, hits: Sequence[Hit]) -> bool:
        """Whether a list is worth showing: two marks or lines at one place. Ground below them does not count."""
        areas = ("polygon", "multipolygon")
        return sum(self._canvas.scene.geometry_kind(hit.cls) not in areas for hit in hits) > 1


def zoomed_into(canvas: MapCanvas, hits: Sequence[Hit], px: float, py: float) -> bool:
    """Whether the mark under the cursor stands for several features; then the map is shown closer there."""
    if not hits or hits[0].count < 2:
        return False
    canvas.stack.leave()
    canvas.zoom_by(CLOSER, px, py)
    return True
