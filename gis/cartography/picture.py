"""Draws one layer with the compiled kernels into a pixel buffer of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays
from gis.cartography.clusters import Found
from gis.cartography.heat import draw_heat
from gis.cartography.palette import Palette, rgb
from gis.cartography.patterns import cut, ink_share, spacing, tile
from gis.cartography.shading import is_shade, lay_shade
from gis.cartography.sizing import casing_pixels, levels, size_steps
from gis.cartography.strokes import Stroke, strokes
from gis.cartography.symbols import LayerStyle, Variant
from gis.cartography.view import View
from gis.cartography.wedges import OUTLINE_MM, Wedges, draw_wedges

SPECK = 1.5  # pixels: filled polygons below this have no outline of their own
CHUNK = 100_000  # features drawn between two looks at whether the picture is still wanted


class Dropped(Exception):  # noqa: N818
    """The picture is no longer wanted."""


def draw_layer(
    arrays: LayerArrays, style: LayerStyle, view: View, palette: Palette, wanted: Callable[[], bool] = lambda: True,
    found: Found | None = None,
) -> NDArray[np.uint32] | None:  # fmt: skip
    """The picture of lines or polygons, or of a crowd's heat: uint32 (h, w) premultiplied ARGB, or None when nothing
    of it is in view. (Points are stamped, see ``Stamps``, on top of their ``wedge_picture``.)

    Raises Dropped as soon as ``wanted()`` is false. ``found`` restricts a line or polygon layer to given features.
    """
    if not wanted():
        raise Dropped
    if style.crowd == "heat" and found is None:
        return draw_heat(arrays, style, view, palette)
    if style.kind == "point":
        raise ValueError("points are stamped")
    whole = found is None
    if found is None:
        found = arrays.drawn(view.grown(widest(style, view) + 2), style, view.scale_denominator)
    if not found:
        return None
    pen = _Pen(view, wanted)
    groups = [(i, [(part, p[part.variant[p] == i]) for part, p in found]) for i in style.order]
    if style.kind == "polygon":
        for i, group in groups:
            _areas(pen, group, style, style.variants[i], palette)
    # All casings lie below all cores, so that roads join at crossings.
    upper: list[tuple[Found, Stroke, float, float]] = []
    for i, group in groups:
        variant = style.variants[i]
        width = style.pixels(variant.width, view)
        passes = strokes(style, variant, palette, width, view.pixels_per_mm, casing_pixels(style, variant, view))
        opacity = style.opacity if style.kind == "line" else outline_opacity(width)
        tiny = SPECK if variant.fill or variant.pattern else 0.0
        if whole and not tiny and is_shade(arrays, view, passes):
            pen.shade(arrays, group, passes[0], opacity)
            continue
        pen.stroke(group, style, passes[0], width, opacity, tiny)
        upper += [(group, stroke, width, opacity) for stroke in passes[1:]]
    for group, stroke, width, opacity in upper:
        pen.stroke(group, style, stroke, width, opacity)
    return pen.buffer


def widest(style: LayerStyle, view: View) -> float:
    """Pixels of the widest line of a style, with its casing."""
    largest = max(style.size_by.largest, style.size_by.smallest) if style.size_by else 1.0
    return max(
        style.pixels(v.width, view) * largest + (2 * casing_pixels(style, v, view) if v.casing else 0.0)
        for v in style.variants
    )


def outline_opacity(width: float) -> float:
    """Hair-thin outlines of many small polygons would turn a town into one blot; they fade out instead."""
    return min(max(width * 1.6, 0.15), 1.0)


def by_width(group: Found, style: LayerStyle) -> list[tuple[float, Found]]:
    """Features of one variant by the factor of their width, the finest first."""
    if style.size_by is None or style.kind != "line":
        return [(1.0, group)]
    steps = [size_steps(style, part, positions) for part, positions in group]
    made = []
    for level, factor in enumerate(levels(style.size_by)):
        here = [
            (part, positions[s == level])
            for (part, positions), s in zip(group, steps, strict=True)
            if s is not None and (s == level).any()
        ]
        if here:
            made.append((float(factor), here))
    return made if any(s is not None for s in steps) else [(1.0, group)]


def by_extent(group: Found, view: View, pixels: float) -> tuple[Found, Found]:
    """Features smaller than ``pixels`` either way, and the others."""
    small: Found = []
    large: Found = []
    for part, positions in group:
        b = part.bounds[positions]
        tiny = np.maximum(b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]) < pixels * view.resolution
        small.append((part, positions[tiny]))
        large.append((part, positions[~tiny]))
    return small, large


def _areas(pen: _Pen, group: Found, style: LayerStyle, variant: Variant, palette: Palette) -> None:
    if variant.fill and style.opacity > 0:
        pen.fill(group, palette.ink(variant.fill, style.family), style.opacity)
    if variant.pattern:
        color, view = palette.ink(variant.color, style.family), pen.view
        small, large = by_extent(group, view, 1.5 * spacing(variant, view))
        pen.fill(small, color, ink_share(variant, view))
        pen.fill(large, color, 1.0, variant)


def wedge_picture(given: Wedges, style: LayerStyle, view: View, palette: Palette) -> NDArray[np.uint32]:
    """The fields of view or sectors of a point layer, uint32 (h, w) premultiplied ARGB."""
    buffer = np.zeros((int(view.height), int(view.width)), np.uint32)
    colors = np.array([_word(palette.ink(v.color, style.family)) for v in style.variants], np.int64)
    share = style.wedge.color_share if style.wedge else 0.0
    draw_wedges(buffer, given, colors, share, OUTLINE_MM * view.pixels_per_mm)
    return buffer


def _word(color: str) -> int:
    r, g, b = rgb(color)
    return (r << 16) | (g << 8) | b


class _Pen:
    """Fills and strokes groups of features in one colour each."""

    def __init__(self, view: View, wanted: Callable[[], bool]) -> None:
        self.buffer = np.zeros((int(view.height), int(view.width)), np.uint32)
        self.mask, self.words = kernels.new_mask(int(view.height), int(view.width))
        self.view, self.wanted = view, wanted

    def stroke(
        self, group: Found, style: LayerStyle, stroke: Stroke, width: float, opacity: float, tiny: float = 0.0
    ) -> None:
        """``width`` of the line itself: where a field changes it, rims keep theirs."""
        view, drawn = self.view, False
        dash = np.array(stroke.dash, np.float64)
        for factor, chosen in by_width(group, style):
            wide = stroke.width + width * (factor - 1.0)
            for part, positions in chosen:
                for chunk in self._chunks(positions):
                    kernels.stroke(
                        self.mask, part.coords, part.ring_offsets, part.first_ring, part.last_ring, part.bounds, chunk,
                        view.left, view.top, 1.0 / view.resolution, float(wide), dash, float(tiny),
                    )  # fmt: skip
                    drawn = True
        self._ink(drawn, stroke.color, opacity)

    def shade(self, arrays: LayerArrays, group: Found, stroke: Stroke, opacity: float) -> None:
        """Lines finer than a pixel by how much of each pixel they cover."""
        if not self.wanted():
            raise Dropped
        lay_shade(self.buffer, arrays, group, self.view, self.view, stroke, _word(stroke.color), opacity)

    def fill(self, group: Found, color: str, opacity: float, pattern: Variant | None = None) -> None:
        """Fill the areas evenly, or with a variant's pattern."""
        view, drawn = self.view, False
        for part, positions in group:
            for chunk in self._chunks(positions):
                kernels.fill(
                    self.mask, part.coords, part.ring_offsets, part.first_ring, part.last_ring, part.bounds, chunk,
                    view.left, view.top, 1.0 / view.resolution,
                )  # fmt: skip
                drawn = True
        if drawn and pattern is not None:
            cut(self.mask, self.words, tile(pattern, view))
        self._ink(drawn, color, opacity)

    def _chunks(self, positions: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        if not self.wanted():
            raise Dropped
        return [positions[i : i + CHUNK] for i in range(0, len(positions), CHUNK)]

    def _ink(self, drawn: bool, color: str, opacity: float) -> None:
        if drawn:
            kernels.ink(self.buffer, self.mask, self.words, _word(color), float(opacity))


@dataclass(frozen=True, slots=True, eq=False)
class Stamps:
    """A point layer ready to be laid on any picture: sprite ``sprite[i]`` of ``images`` (n, s, s) centred on pixel
    ``at[i]``, in this order. ``boxes`` (n, 4): what is not empty in each sprite."""

    at: NDArray[np.float64]
    sprite: NDArray[np.int64]
    images: NDArray[np.uint32]
    boxes: NDArray[np.int64]

    def lay(self, buffer: NDArray[np.uint32]) -> None:
        """Stamp all marks onto a picture (h, w)."""
        kernels.stamp(buffer, self.at, self.sprite, self.images, self.boxes, np.arange(len(self.at), dtype=np.int64))
