"""The living picture of coverage: pieces laid over the map as they are computed, the inventory's beside the trial's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from gis.cartography.palette import Palette, rgb
from gis.cartography.view import View
from gis.coverage.classes import LevelClass
from gis.coverage.grid import TILE, Grid

Shown = Literal["after", "before", "change", "none"]
Layers = dict[str, NDArray[np.float32]]  # of one tile, by name
LEVEL = "coverage"
GAINED, LOST = "#0072B2", "#D55E00"  # told apart by everybody, also in print
_SAME = 0x40808890
_LIGHT, _DARK = 0.6, 0.55  # how much the colours cover
_NOBODY = np.float32(-9999.0)
_RING_PX = 9.0


class LivePicture:
    """An ``Over`` of the map. Levels are kept by tile of the grid, pictures are made of those in view only."""

    def __init__(self) -> None:
        self.shown: Shown = "after"
        self.laid = True  # False: another picture is looked at
        self.marks: Sequence[tuple[str, float, float]] = ()  # kind of alteration, x, y
        self._grid: Grid | None = None
        self.layer = LEVEL
        self._classes: Mapping[str, tuple[LevelClass, ...]] = {}
        self._threshold = 0.0
        self._before: dict[tuple[int, int], Layers] = {}
        self._after: dict[tuple[int, int], Layers] = {}
        self._images: dict[tuple[int, int], tuple[QImage, NDArray[np.uint32]]] = {}

    def begin(self, grid: Grid, classes: Mapping[str, tuple[LevelClass, ...]], threshold: float) -> None:
        """Forget all and show another grid; ``classes`` of each layer that patches hold, the level among them."""
        self.clear()
        self._grid, self._threshold = grid, threshold
        self._classes = {name: tuple(entry for entry in found if entry.covered) for name, found in classes.items()}
        if self.layer not in self._classes:
            self.layer = LEVEL

    def clear(self) -> None:
        """Show nothing."""
        self._grid, self.marks = None, ()
        self._before, self._after, self._images = {}, {}, {}

    def take(self, patches: Iterable[Any]) -> None:
        """Lay these patches (`gis.project.what_if.Patch`) in, the inventory's as what was before too."""
        for patch in patches:
            tile = patch.tile
            key = tile.top // TILE, tile.left // TILE
            top, left = tile.top % TILE, tile.left % TILE
            had = self._after.get(key, {})
            laid = {}
            for name, values in patch.layers.items():
                old = had.get(name)
                # What the inventory shows is shared until a trial first differs there.
                laid[name] = np.full((TILE, TILE), _NOBODY, np.float32) if old is None else old.copy()
                laid[name][top : top + tile.height, left : left + tile.width] = values
            self._after[key] = laid
            if patch.inventory:
                self._before[key] = laid
            self._images.pop(key, None)

    def show(self, shown: Shown, layer: str | None = None) -> None:
        """The trial's levels, the inventory's, what is gained and lost between them, or nothing; of which layer."""
        self.shown = shown
        if layer is not None and layer in self._classes:
            self.layer = layer
        self._images = {}

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that can be shown, the level first."""
        return tuple(self._classes)

    def change_pixels(self) -> tuple[int, int]:
        """How many pixels are (gained, lost) against the inventory."""
        gained = lost = 0
        for key, laid in self._after.items():
            before, after = self._before.get(key), laid[LEVEL]
            had = np.zeros(after.shape, bool) if before is None else before[LEVEL] >= self._threshold
            has = after >= self._threshold
            gained, lost = gained + int((has & ~had).sum()), lost + int((had & ~has).sum())
        return gained, lost

    def paint(self, painter: QPainter, view: View, palette: Palette) -> None:
        """Draw it, in logical pixels."""
        if self._grid is None or not self.laid:
            return
        if self.shown != "none":
            self._paint_tiles(painter, view, palette)
        self._paint_marks(painter, view, palette)

    def _paint_tiles(self, painter: QPainter, view: View, palette: Palette) -> None:
        assert self._grid is not None
        grid, side = self._grid, TILE * self._grid.resolution_m
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
        painter.setOpacity(_DARK if palette.dark else _LIGHT)
        if not palette.dark:  # like ink on the map: its lines and words stay dark
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        west, south, east, north = view.bbox
        for row, column in self._after:
            left, top = grid.west + column * side, grid.north - row * side
            if left > east or left + side < west or top < south or top - side > north:
                continue
            x0, y0 = view.to_pixels(left, top)
            x1, y1 = view.to_pixels(left + side, top - side)
            target = QRectF(QPointF(round(x0), round(y0)), QPointF(round(x1), round(y1)))  # no seam between tiles
            painter.drawImage(target, self._image((row, column)))
        painter.restore()

    def _paint_marks(self, painter: QPainter, view: View, palette: Palette) -> None:
        for kind, x, y in self.marks:
            at = QPointF(*(float(v) for v in view.to_pixels(x, y)))
            color = QColor(LOST if kind == "removed" else palette.selection)
            for pen in (QPen(QColor(palette.halo), 5.0), QPen(color, 2.2)):
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(at, _RING_PX, _RING_PX)
                if kind == "removed":
                    arm = QPointF(_RING_PX * 0.7, _RING_PX * 0.7)
                    painter.drawLine(at - arm, at + arm)
                elif kind == "added":
                    painter.drawLine(at - QPointF(4, 0), at + QPointF(4, 0))
                    painter.drawLine(at - QPointF(0, 4), at + QPointF(0, 4))

    def _image(self, key: tuple[int, int]) -> QImage:
        if key not in self._images:
            layer = LEVEL if self.shown == "change" else self.layer
            after = self._after[key][layer]
            before = self._before[key][layer] if key in self._before else np.full_like(after, _NOBODY)
            pixels = self._changed(before, after) if self.shown == "change" else self._leveled(
                before if self.shown == "before" else after
            )  # fmt: skip
            image = QImage(pixels.data, TILE, TILE, 4 * TILE, QImage.Format.Format_ARGB32)
            self._images[key] = image, pixels  # the image reads the array's memory
        return self._images[key][0]

    def _leveled(self, levels: NDArray[np.float32]) -> NDArray[np.uint32]:
        rising = self._classes[self.layer][::-1]
        table = np.array([0, *(_argb(entry.color) for entry in rising)], np.uint32)
        place = np.searchsorted(np.array([entry.minimum for entry in rising], np.float32), levels, side="right")
        return np.ascontiguousarray(table[place])

    def _changed(self, before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.uint32]:
        had, has = before >= self._threshold, after >= self._threshold
        table = np.array([0, _argb(LOST), _argb(GAINED), _SAME], np.uint32)
        return np.ascontiguousarray(table[had.astype(np.uint8) + 2 * has.astype(np.uint8)])


def _argb(color: str) -> int:
    r, g, b = rgb(color)
    return 0xFF000000 | (r << 16) | (g << 8) | b
