"""Fill patterns of polygons: lines and dots at a spacing in millimetres, tied to the world's pixel grid.

So the pattern lies still while the map is panned, and runs on from one polygon into the next.
"""

from __future__ import annotations

from math import ceil, floor, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from gis.cartography.compiled import kernel
from gis.cartography.symbols import Pattern, Variant
from gis.cartography.view import View

THINNEST_MM, WIDEST_SHARE = 0.18, 0.45  # a pattern's lines: at least so wide, at most that share of the spacing
DOT_SHARE = 0.45  # a dot's diameter, of the spacing
DIRECTIONS: dict[Pattern, tuple[tuple[float, float], ...]] = {  # unit normals of the lines, in screen axes
    "hatch": ((sqrt(0.5), sqrt(0.5)),),
    "back_hatch": ((sqrt(0.5), -sqrt(0.5)),),
    "cross": ((sqrt(0.5), sqrt(0.5)), (sqrt(0.5), -sqrt(0.5))),
    "horizontal": ((0.0, 1.0),),
    "vertical": ((1.0, 0.0),),
    "dots": (),
}


def spacing(variant: Variant, view: View) -> float:
    """Pixels from line to line, or from dot to dot."""
    return max(variant.pattern_spacing * view.pixels_per_mm, 2.0)


def thickness(variant: Variant, view: View) -> float:
    """Pixels a pattern's line, or a dot, is wide."""
    if variant.pattern == "dots":
        return max(DOT_SHARE * spacing(variant, view), 1.0)
    width = min(max(variant.width, THINNEST_MM), 0.3) * view.pixels_per_mm
    return min(width, WIDEST_SHARE * spacing(variant, view))


def ink_share(variant: Variant, view: View) -> float:
    """How much of the ground the pattern covers: what a polygon smaller than the spacing is tinted with."""
    s, t = spacing(variant, view), thickness(variant, view)
    if variant.pattern == "dots":
        return pi * t * t / 4 / (s * s)
    share = t / s
    return 1 - (1 - share) ** 2 if variant.pattern == "cross" else share


def origin(view: View) -> tuple[float, float]:
    """The world's (0, 0) in pixels of the view."""
    return -view.left / view.resolution, view.top / view.resolution


def tile(variant: Variant, view: View) -> NDArray[np.uint8]:
    """The pattern's coverage of every pixel of the view, uint8 (h, w)."""
    x, y = origin(view)
    made = np.zeros((int(view.height), int(view.width)), np.uint8)
    normals = np.array(DIRECTIONS[variant.pattern or "hatch"], np.float64).reshape(-1, 2)
    s, t = spacing(variant, view), thickness(variant, view)
    # Phases are taken within a period: far from the world's origin a pixel would else be lost in rounding.
    lay_pattern(made, x, y, s, t, normals)
    return made


def lines(variant: Variant, view: View, left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    """The pattern's lines across a box of pixels, (n, 4) of x1, y1, x2, y2; empty for dots."""
    x0, y0 = origin(view)
    s = spacing(variant, view)
    made = []
    for nx, ny in DIRECTIONS[variant.pattern or "hatch"]:
        offset = nx * x0 + ny * y0
        along = [nx * x + ny * y - offset for x in (left, right) for y in (top, bottom)]
        half = 0.5 * (abs(right - left) + abs(bottom - top))
        cx, cy = (left + right) / 2, (top + bottom) / 2
        middle = nx * cx + ny * cy - offset
        for m in range(ceil(min(along) / s), floor(max(along) / s) + 1):
            d = m * s - middle
            px, py = cx + nx * d, cy + ny * d
            made.append((px + ny * half, py - nx * half, px - ny * half, py + nx * half))
    return np.array(made, np.float64).reshape(-1, 4)


def dots(variant: Variant, view: View, left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    """The centres (n, 2) of the pattern's dots in a box of pixels: every second row is shifted by half."""
    x0, y0 = origin(view)
    s = spacing(variant, view)
    rows = np.arange(floor((top - y0) / s) - 1, ceil((bottom - y0) / s) + 2)
    columns = np.arange(floor((left - x0) / s) - 1, ceil((right - x0) / s) + 2)
    x = x0 + (columns[None, :] + 0.5 * (rows[:, None] % 2)) * s
    y = np.broadcast_to(y0 + rows[:, None] * s, x.shape)
    return np.column_stack([x.ravel(), y.ravel()])


@kernel
def lay_pattern(
    mask: NDArray[np.uint8], x0: float, y0: float, s: float, t: float, normals: NDArray[np.float64]
) -> None:
    """Raise the mask to the coverage of lines ``t`` wide every ``s`` pixels; without normals, of dots."""
    h, w = mask.shape
    rim = t * 0.5 + 0.5
    full = min(t, 1.0)
    for iy in range(h):
        for ix in range(w):
            x, y = ix + 0.5 - x0, iy + 0.5 - y0
            cover = 0.0
            if len(normals) == 0:
                row = floor(y / s + 0.5)
                dy = y - row * s
                shifted = x - 0.5 * s * (row % 2)
                dx = shifted - floor(shifted / s + 0.5) * s
                cover = min(max(rim - sqrt(dx * dx + dy * dy), 0.0), 1.0)
            else:
                for n in range(len(normals)):
                    d = normals[n, 0] * x + normals[n, 1] * y
                    d = abs(d - floor(d / s + 0.5) * s)
                    cover = max(cover, min(max(rim - d, 0.0), full))
            mask[iy, ix] = np.uint8(cover * 255.0 + 0.5)


@kernel
def cut(mask: NDArray[np.uint8], words: NDArray[np.uint64], pattern: NDArray[np.uint8]) -> None:
    """Leave of the mask only what the pattern covers; ``words``: the mask's memory, eight pixels at a time."""
    h, w = pattern.shape
    for iy in range(h):
        for k in range(words.shape[1]):
            if words[iy, k] != 0:
                for ix in range(k * 8, min(k * 8 + 8, w)):
                    mask[iy, ix] = np.uint8((int(mask[iy, ix]) * int(pattern[iy, ix]) + 127) // 255)
