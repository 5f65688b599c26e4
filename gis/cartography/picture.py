"""Draws one layer with the compiled kernels into a pixel buffer of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays, Part
from gis.cartography.declutter import Marks, marks
from gis.cartography.palette import Palette, rgb
from gis.cartography.symbols import DASH_MM, LayerStyle, Variant, core_width, line_colors
from gis.cartography.view import View

Found = list[tuple[Part, NDArray[np.int64]]]
SOLID = np.zeros(0)
SPECK = 1.5  # pixels: filled polygons below this have no outline of their own
CHUNK = 100_000  # features drawn between two looks at whether the picture is still wanted


class Sprites(Protocol):
    """Painted marks, see ``desktop.canvas.marks.Atlas``."""

    @property
    def images(self) -> NDArray[np.uint32]:
        """Sprites (n, s, s)."""

    @property
    def boxes(self) -> NDArray[np.int64]:
        """What is not empty in each sprite (n, 4)."""

    @property
    def first(self) -> NDArray[np.int64]:
        """Where each variant begins."""

    @property
    def turns(self) -> int:
        """Sprites of each variant."""

    @property
    def sizes(self) -> tuple[float, ...]:
        """Pixels across of each variant."""


class Dropped(Exception):  # noqa: N818
    """The picture is no longer wanted."""


def draw_layer(
    arrays: LayerArrays, style: LayerStyle, view: View, palette: Palette, sprites: Sprites | None,
    wanted: Callable[[], bool] = lambda: True, found: Found | None = None, shown: Marks | None = None,
) -> NDArray[np.uint32] | None:  # fmt: skip
    """The layer's picture, uint32 (h, w) premultiplied ARGB, or None when nothing of it is in view.

    ``sprites`` are needed for points. Raises Dropped as soon as ``wanted()`` is false. ``found`` restricts a line or
    polygon layer to given features; ``shown`` are a point layer's marks where they are known already.
    """
    if style.kind == "point":
        if sprites is None:
            raise ValueError("points need sprites")
        return _points(marks(arrays, style, view, sprites.sizes) if shown is None else shown, view, sprites)
    factor = style.factor(view.scale_denominator) * view.pixels_per_mm
    pad = max(v.width for v in style.variants) * factor + 2
    found = arrays.drawn(view.grown(pad), style, view.scale_denominator) if found is None else found
    if not found:
        return None
    buffer = np.zeros((int(view.height), int(view.width)), np.uint32)
    mask, words = kernels.new_mask(int(view.height), int(view.width))
    groups = [[(part, positions[part.variant[positions] == i]) for part, positions in found] for i in style.order]
    pen = _Pen(buffer, mask, words, view, wanted)
    if style.kind == "polygon":
        for i, group in zip(style.order, groups, strict=True):
            fill = style.variants[i].fill
            if fill and style.opacity > 0:
                pen.fill(group, palette.ink(fill, style.family), style.opacity)
    # All casings lie below all cores, so that roads join at crossings.
    cores = []
    for i, group in zip(style.order, groups, strict=True):
        variant = style.variants[i]
        width = variant.width * factor
        casing, core = line_colors(style, variant, palette, width, view.pixels_per_mm)
        opacity = style.opacity if style.kind == "line" else _outline_opacity(width)
        pen.stroke(group, width, _dash(variant, view), casing, opacity, SPECK if variant.fill else 0.0)
        if core is not None:
            cores.append((group, core_width(width, view.pixels_per_mm), core, opacity))
    for group, width, core, opacity in cores:
        pen.stroke(group, width, SOLID, core, opacity)
    return buffer


def _outline_opacity(width: float) -> float:
    """Hair-thin outlines of many small polygons would turn a town into one blot; they fade out instead."""
    return min(max(width * 1.6, 0.15), 1.0)


def _dash(variant: Variant, view: View) -> NDArray[np.float64]:
    return np.array(variant.dash, np.float64) * (DASH_MM * view.pixels_per_mm) if variant.dash else SOLID


class _Pen:
    """Fills and strokes groups of features in one colour each."""

    def __init__(
        self,
        buffer: NDArray[np.uint32],
        mask: NDArray[np.uint8],
        words: NDArray[np.uint64],
        view: View,
        wanted: Callable[[], bool],
    ) -> None:
        self.buffer, self.mask, self.words, self.view, self.wanted = buffer, mask, words, view, wanted

    def stroke(
        self, group: Found, width: float, dash: NDArray[np.float64], color: str, opacity: float, tiny: float = 0.0
    ) -> None:
        view, drawn = self.view, False
        for part, positions in group:
            for chunk in self._chunks(positions):
                kernels.stroke(
                    self.mask, part.coords, part.ring_offsets, part.first_ring, part.last_ring, part.bounds, chunk,
                    view.left, view.top, 1.0 / view.resolution, float(width), dash, float(tiny),
                )  # fmt: skip
                drawn = True
        self._ink(drawn, color, opacity)

    def fill(self, group: Found, color: str, opacity: float) -> None:
        view, drawn = self.view, False
        for part, positions in group:
            for chunk in self._chunks(positions):
                kernels.fill(
                    self.mask, part.coords, part.ring_offsets, part.first_ring, part.last_ring, part.bounds, chunk,
                    view.left, view.top, 1.0 / view.resolution,
                )  # fmt: skip
                drawn = True
        self._ink(drawn, color, opacity)

    def _chunks(self, positions: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        if not self.wanted():
            raise Dropped
        return [positions[i : i + CHUNK] for i in range(0, len(positions), CHUNK)]

    def _ink(self, drawn: bool, color: str, opacity: float) -> None:
        if drawn:
            r, g, b = rgb(color)
            kernels.ink(self.buffer, self.mask, self.words, (r << 16) | (g << 8) | b, float(opacity))


@dataclass(frozen=True, slots=True, eq=False)
class Stamps:
    """A point layer ready to be laid on any picture: sprite ``sprite[i]`` centred on pixel ``at[i]``, in this order."""

    at: NDArray[np.float64]
    sprite: NDArray[np.int64]
    sprites: Sprites

    @staticmethod
    def of(shown: Marks, sprites: Sprites) -> Stamps:
        """The marks with the sprite of their variant and bearing."""
        sprite = sprites.first[shown.variant]
        if sprites.turns > 1:
            steps = sprites.turns - 1
            turned = np.isfinite(shown.turn)
            bearing = np.where(turned, shown.turn, 0.0) % 360.0
            sprite = np.where(turned, sprite + 1 + np.round(bearing * steps / 360.0).astype(np.int64) % steps, sprite)
        return Stamps(shown.at, sprite, sprites)

    def lay(self, buffer: NDArray[np.uint32]) -> None:
        """Stamp all marks onto a picture (h, w)."""
        order = np.arange(len(self.at), dtype=np.int64)
        kernels.stamp(buffer, self.at, self.sprite, self.sprites.images, self.sprites.boxes, order)


def _points(shown: Marks, view: View, sprites: Sprites) -> NDArray[np.uint32] | None:
    if len(shown.at) == 0:
        return None
    buffer = np.zeros((int(view.height), int(view.width)), np.uint32)
    Stamps.of(shown, sprites).lay(buffer)
    return buffer
