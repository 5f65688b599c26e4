"""The map beside the preview: the project as the window shows it, and over it the rows of the file."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QObject, Signal

from desktop.canvas.frames import Layer
from desktop.canvas.map_canvas import MapCanvas
from desktop.canvas.scene import Rings, Scene
from desktop.imports.staged_layer import NAME, staged_style
from desktop.panels.history_overlay import BeforeAfter, Pair, box_of
from desktop.shell.theme import palettes
from desktop.shell.words import tr
from desktop.tools.browse import Browse
from desktop.tools.tool import Pointer
from gis.cartography.arrays import LayerArrays
from gis.cartography.view import View
from gis.errors import Language
from gis.exchange.staged import Outcome
from gis.geometry.columns import BBox

FAR = 10_000.0  # scale denominator: from further away one row among many is not seen
NEAR = 2_500.0


class BorrowedScene(Scene):
    """The layers another scene has read and shows, with the staged rows on top; reads nothing itself."""

    def __init__(self, lender: Scene, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lender = lender
        self.session, self.project_crs = lender.session, lender.project_crs
        self._rows: Layer | None = None
        lender.stale.connect(self.stale)

    def show_rows(self, layer: Layer | None) -> None:
        """Lay these rows over the project."""
        self._rows = layer
        self.stale.emit()

    @property
    def rows(self) -> LayerArrays | None:
        """The staged rows, where there are any with a place."""
        return self._rows.arrays if self._rows is not None else None

    def drawn_layers(self) -> tuple[Layer, ...]:
        """The lender's, and the rows."""
        return (*self._lender.drawn_layers(), *((self._rows,) if self._rows is not None else ()))

    def ask(self, view: View, dark: bool, reserved: tuple[BBox, ...] = ()) -> None:
        """As the lender, over its base maps; these tell their news to the lender alone."""
        self._grounds = self._lender.grounds()
        super().ask(view, dark, reserved)
        self._grounds = []

    @property
    def empty(self) -> bool:
        """Never said here: the window itself says it."""
        return False

    def complete(self, view: View) -> bool:
        """Whether the lender's layers are read."""
        return self._lender.complete(view)

    def extent(self) -> BBox | None:
        """The box of the rows, else of the project."""
        rows = self.rows
        return (rows.extent() if rows is not None else None) or self._lender.extent()

    def class_label(self, cls: str, language: Language) -> str:
        """The catalogue's name of a class; of the rows, that they are new."""
        return tr("Row of the file") if cls == NAME else super().class_label(cls, language)

    def rings(self, cls: str, ids: Any, most: int) -> list[Rings]:
        """The outlines of features or of rows."""
        rows = self.rows
        if cls != NAME:
            return self._lender.rings(cls, ids, most)
        if rows is None:
            return []
        wanted = np.asarray(list(ids), np.int64)[:most]
        return [part.rings(int(p)) for part, places in rows.chosen(wanted) for p in places]


class PickRow(Browse):
    """Drag to move the map, click a row of the file to see it in the table."""

    name = "pick_row"

    def click(self, at: Pointer) -> None:
        """Tell the row that was clicked, again and again through those that lie at one place."""
        found = [hit for hit in self.canvas.hits(at.px, at.py) if hit.cls == NAME]
        again = [hit.id for hit in found] == [hit.id for hit in self._stack]
        self._turn = (self._turn + 1) % len(found) if again and found else 0
        self._stack = found
        if found:
            self.canvas.identified.emit(NAME, found[self._turn].id)

    def key(self, key: Any) -> bool:
        """Escape closes the assistant's card, not this tool."""
        return False


class PreviewMap(MapCanvas):
    """A map that is only looked at. ``row_picked(index)``: the staged row that was clicked."""

    row_picked = Signal(object)

    def __init__(self, lender: MapCanvas) -> None:
        self._borrowed = BorrowedScene(lender.scene)
        super().__init__(scene=self._borrowed)
        self._borrowed.setParent(self)
        self._only: Outcome | None = None
        self._arrays: LayerArrays | None = None
        self._changes = BeforeAfter()
        self.overs.append(self._changes)
        self.tool = PickRow(self)
        self.show_view(lender.view)
        self.identified.connect(self._picked)

    def show_rows(self, arrays: LayerArrays | None, zoom: bool = True) -> None:
        """Show other staged rows; ``zoom``: and all of them."""
        self._arrays = arrays
        self._dress()
        self.point_out(None, None, None)
        if zoom:
            self.fit()

    def set_only(self, outcome: Outcome | None) -> None:
        """Show only the rows that end so."""
        if outcome != self._only:
            self._only = outcome
            self._dress()

    def fit(self) -> None:
        """Show all rows, or the project where there are none."""
        box = self._borrowed.extent()
        if box is not None:
            self.zoom_to(box, margin=0.12)

    def point_out(self, index: int | None, target: tuple[str, int] | None, change: Pair | None) -> None:
        """Mark one staged row, the feature it meets, and how that would move: ``change`` (old, new) geometries."""
        chosen: dict[str, list[int]] = {} if index is None else {NAME: [index + 1]}
        if target is not None:
            chosen[target[0]] = [target[1]]
        self.set_selection(chosen)
        self._changes.show([change] if change is not None else [])
        self.update()

    def look_at(self, shape: Any, change: Pair | None = None, near: bool = False) -> None:
        """Bring a shape into sight, and near enough to be seen; with a ``change`` both of its ends.

        ``near``: zoom to it in any case.
        """
        if shape is None or shape.is_empty:
            return
        box = (box_of([change]) if change is not None else None) or tuple(shapely.bounds(shape).tolist())
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        size = max(box[2] - box[0], box[3] - box[1])
        xmin, ymin, xmax, ymax = self.view.bbox
        whole = xmin < box[0] and box[2] < xmax and ymin < box[1] and box[3] < ymax
        seen = size > 0.04 * (xmax - xmin) or self.scale_denominator <= FAR
        if near or not (whole and seen):
            if size > 0:
                self.zoom_to((box[0], box[1], box[2], box[3]), margin=0.3)
                if self.scale_denominator < NEAR and not near:
                    self.show_place(*middle, NEAR)
            elif near or self.scale_denominator > FAR:
                self.show_place(*middle, min(self.scale_denominator, NEAR))
            else:
                self.set_center(*middle)

    def _picked(self, cls: str, id: int) -> None:
        if cls == NAME:
            self.row_picked.emit(int(id) - 1)

    def _dress(self) -> None:
        layer = None
        if self._arrays is not None:
            layer = Layer(self._arrays, staged_style(self._arrays.style.kind, palettes()["light"], self._only))
        self._borrowed.show_rows(layer)
