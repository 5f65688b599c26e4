"""A density surface of crowded features: how many (or how much) lies around each place, for each square kilometre.

Features are spread over bins of some pixels that are tied to the world's pixel grid, and the bins are blurred with a
kernel of finite reach whose weights sum up to one: the surface is the same while panning, and its integral over the
ground is the sum of the weights. Points count once, lines by their kilometres, polygons at their centroid.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil, floor, log10, sqrt
from threading import Lock
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from gis.cartography.arrays import LayerArrays, Part
from gis.cartography.compiled import kernel
from gis.cartography.palette import Palette, rgb
from gis.cartography.symbols import Heat, LayerStyle
from gis.cartography.view import View

F32 = NDArray[np.float32]
FINE = 5.0  # bins to a radius: finer ones cannot be told apart
CROWDED = 0.98  # this share of the features lies where it is less dense than at the ramp's top
FADE = 0.12  # up to this place in the ramp the surface fades in
OPAQUE = 0.88
MIDDLE = 0.25  # the share of the top density in the middle of the ramp (see place_in_ramp)
ROUND = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)  # where a ramp may end, × 10ⁿ


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Density (rows, columns) for each km² in bins of ``size`` pixels; bin (0, 0) begins at pixel (``x``, ``y``)."""

    density: F32
    size: int
    x: int
    y: int


def surface(arrays: LayerArrays, style: LayerStyle, view: View) -> Surface | None:
    """The density of a layer in a view and a radius around it; None where nothing is."""
    radius = style.heat.radius * view.pixels_per_mm
    size = max(floor(radius / FINE), 1)
    reach = radius / size
    pad = ceil(1.5 * reach) + 2
    # The view's corner in pixels of the world's grid; a view that is not on the grid is taken to the nearest.
    left, top = round(view.left / view.resolution), round(-view.top / view.resolution)
    column0, row0 = left // size - pad, top // size - pad
    columns = (left + int(view.width)) // size - column0 + pad + 2
    rows = (top + int(view.height)) // size - row0 + pad + 2
    found = arrays.drawn(view.grown(pad * size), style, view.scale_denominator)
    if not found:
        return None
    grid = np.zeros((rows, columns), np.float32)
    k = 1.0 / (view.resolution * size)
    for part, positions in found:
        splat(grid, part, positions, arrays.kind, weights(part, positions, style.heat), k, column0, row0)
    taps = blur_weights(reach)
    blurred = np.empty_like(grid)
    blur(grid, blurred, taps)
    blurred *= np.float32(1e6 / (size * view.resolution) ** 2)
    return Surface(blurred, size, column0 * size - left, row0 * size - top)


def weights(part: Part, positions: NDArray[np.int64], heat: Heat) -> F32:
    """What each feature counts (n,): 1, or the value of the weight field; nothing without a value."""
    numbers = part.numbers.get(heat.weight_by) if heat.weight_by else None
    if numbers is None:
        return np.ones(len(positions), np.float32)
    values = numbers[positions]
    return np.where(np.isfinite(values), np.maximum(values, 0), 0).astype(np.float32)


def splat(
    grid: F32, part: Part, positions: NDArray[np.int64], kind: str, weight: F32, k: float, column0: int, row0: int
) -> None:
    """Add features to the bins: ``k`` bins a metre, bin (0, 0) is (``row0``, ``column0``) of the world's grid."""
    if kind == "line":
        spread_lines(
            grid, part.coords, part.ring_offsets, part.first_ring, part.last_ring, positions, weight, k, column0, row0
        )
    else:
        spread_places(
            grid, part.coords, part.ring_offsets, part.first_ring, part.bounds, positions, weight, k, column0, row0,
            kind == "polygon",
        )  # fmt: skip


def blur_weights(radius: float) -> F32:
    """The taps of a smooth kernel that ends at ``radius`` bins: the quadratic B-spline, three boxes over each other."""
    n = max(ceil(radius), 1)
    at = np.abs(np.arange(-n, n + 1)) * (1.5 / max(radius, 1e-6))
    taps = np.where(at < 0.5, 0.75 - at**2, np.where(at < 1.5, 0.5 * (1.5 - at) ** 2, 0.0))
    made: F32 = (taps / taps.sum()).astype(np.float32)
    return made


_known: OrderedDict[tuple[int, float, str | None], tuple[ref[NDArray[np.int64]], float]] = OrderedDict()
_knowing = Lock()


def top_density(arrays: LayerArrays, style: LayerStyle, denominator: float) -> float:
    """The density at the end of the ramp, a round number for each km²: what 98 % of the layer's features stay below.

    It depends on the layer and the scale, not on the place: colours keep their meaning while panning.
    """
    radius = round(style.heat.radius * denominator / 1000.0, 6)
    ids = arrays.base.ids
    key = (id(ids), radius, style.heat.weight_by)
    with _knowing:
        known = _known.get(key)
        if known is not None and known[0]() is ids:
            return known[1]
    top = _rounded(_crowded(arrays, style, radius))
    with _knowing:
        _known[key] = (ref(ids), top)
        while len(_known) > 200:
            _known.popitem(last=False)
    return top


def _crowded(arrays: LayerArrays, style: LayerStyle, radius: float) -> float:
    """The density around the feature that ``CROWDED`` of them are less crowded than, from squares of ``radius``."""
    part = arrays.base
    everything = np.flatnonzero(np.isfinite(part.bounds[:, 0])).astype(np.int64)
    step = max(len(everything) // 400_000, 1)  # a sample is enough for a round number
    chosen = np.ascontiguousarray(everything[::step])
    if len(chosen) == 0:
        return 0.0
    x = (part.bounds[chosen, 0] + part.bounds[chosen, 2]) / 2
    y = (part.bounds[chosen, 1] + part.bounds[chosen, 3]) / 2
    weight = weights(part, chosen, style.heat).astype(np.float64)
    if arrays.kind == "line":
        weight *= lengths(part.coords, part.ring_offsets, part.first_ring, part.last_ring, chosen) / 1000.0
    side = max(radius, 1e-3)
    cell = np.floor(x / side).astype(np.int64) * 4_000_037 + np.floor(y / side).astype(np.int64)
    _, where = np.unique(cell, return_inverse=True)
    heaped = np.bincount(where, weight)
    heaped = np.sort(heaped[heaped > 0])
    if len(heaped) == 0:
        return 0.0
    below = np.cumsum(heaped)
    at = int(np.searchsorted(below, CROWDED * below[-1]))
    return float(heaped[min(at, len(heaped) - 1)]) * step / (side * side) * 1e6


def _rounded(value: float) -> float:
    """The next of ``ROUND`` × 10ⁿ."""
    if value <= 0:
        return 1.0
    ten = 10.0 ** floor(log10(value))
    return next(float(step * ten) for step in ROUND if value <= step * ten * 1.0001)


def place_in_ramp(density: float, top: float) -> float:
    """Where in the ramp, 0 to 1, a density stands: by its square root, so that the outskirts can be seen as well."""
    return sqrt(min(max(density / top, 0.0), 1.0))


def ramp(heat: Heat, palette: Palette) -> NDArray[np.uint32]:
    """The colours from nothing to the top (256,), premultiplied ARGB; on a dark ground the brightest is the top."""
    stops = np.array([rgb(color) for color in heat.ramp], np.float64)
    if palette.dark and stops[-1].sum() < stops[0].sum():
        stops = stops[::-1]
    at = np.linspace(0, 1, 256)
    colors = np.column_stack([np.interp(at, np.linspace(0, 1, len(stops)), stops[:, c]) for c in range(3)])
    alpha = OPAQUE * np.clip(at / FADE, 0, 1)
    whole = np.round(np.column_stack([alpha * 255, colors * alpha[:, None]])).astype(np.int64)
    words: NDArray[np.uint32] = (whole @ np.array([1 << 24, 1 << 16, 1 << 8, 1])).astype(np.uint32)
    return words


def draw_heat(arrays: LayerArrays, style: LayerStyle, view: View, palette: Palette) -> NDArray[np.uint32] | None:
    """The surface's picture, uint32 (h, w) premultiplied ARGB, or None where nothing is."""
    made = surface(arrays, style, view)
    if made is None:
        return None
    buffer = np.zeros((int(view.height), int(view.width)), np.uint32)
    top = top_density(arrays, style, view.scale_denominator)
    color(buffer, made.density, made.size, made.x, made.y, top, ramp(style.heat, palette))
    return buffer


@kernel
def spread_places(
    grid: F32, coords: NDArray[np.float64], ring_offsets: NDArray[np.int64], first_ring: NDArray[np.int64],
    bounds: NDArray[np.float64], positions: NDArray[np.int64], weight: F32, k: float, column0: int, row0: int,
    centroids: bool,
) -> None:  # fmt: skip
    """Add each feature's weight to the four bins around its place, by nearness."""
    for i in range(len(positions)):
        p = positions[i]
        x, y = (bounds[p, 0] + bounds[p, 2]) * 0.5, (bounds[p, 1] + bounds[p, 3]) * 0.5
        if centroids:
            # Of the first ring, the outer one; relative to its first corner, or the products would lose their digits.
            a, b = ring_offsets[first_ring[p]], ring_offsets[first_ring[p] + 1]
            ox, oy = coords[a, 0], coords[a, 1]
            area, sx, sy = 0.0, 0.0, 0.0
            for v in range(a, b - 1):
                ux, uy = coords[v, 0] - ox, coords[v, 1] - oy
                wx, wy = coords[v + 1, 0] - ox, coords[v + 1, 1] - oy
                cross = ux * wy - wx * uy
                area += cross
                sx += (ux + wx) * cross
                sy += (uy + wy) * cross
            if abs(area) > 1e-9:
                x, y = ox + sx / (3.0 * area), oy + sy / (3.0 * area)
        _add(grid, x * k, -y * k, weight[i], column0, row0)


@kernel
def _add(grid: F32, x: float, y: float, weight: float, column0: int, row0: int) -> None:
    """Add to the four bins whose centres surround (x, y)."""
    x, y = x - 0.5, y - 0.5
    column, row = floor(x), floor(y)
    fx, fy = x - column, y - row
    c, r = column - column0, row - row0
    rows, columns = grid.shape
    if c < 0 or r < 0 or c >= columns - 1 or r >= rows - 1:
        return
    grid[r, c] += weight * (1.0 - fx) * (1.0 - fy)
    grid[r, c + 1] += weight * fx * (1.0 - fy)
    grid[r + 1, c] += weight * (1.0 - fx) * fy
    grid[r + 1, c + 1] += weight * fx * fy


@kernel
def spread_lines(
    grid: F32, coords: NDArray[np.float64], ring_offsets: NDArray[np.int64], first_ring: NDArray[np.int64],
    last_ring: NDArray[np.int64], positions: NDArray[np.int64], weight: F32, k: float, column0: int, row0: int,
) -> None:  # fmt: skip
    """Add each line's kilometres along its course, in steps of at most a bin."""
    rows, columns = grid.shape
    for i in range(len(positions)):
        p = positions[i]
        for j in range(first_ring[p], last_ring[p]):
            for v in range(ring_offsets[j], ring_offsets[j + 1] - 1):
                ax, ay = coords[v, 0] * k, -coords[v, 1] * k
                bx, by = coords[v + 1, 0] * k, -coords[v + 1, 1] * k
                # What lies outside is passed over, the rest of a long line walked through only where it may be inside.
                x, y = ax - column0, ay - row0
                dx, dy = bx - ax, by - ay
                t0, t1 = 0.0, 1.0
                for axis in range(2):
                    start, delta = (x, dx) if axis == 0 else (y, dy)
                    limit = float(columns if axis == 0 else rows)
                    if abs(delta) < 1e-12:
                        if start < -1.0 or start > limit + 1.0:
                            t1 = -1.0
                    else:
                        u, w = (-1.0 - start) / delta, (limit + 1.0 - start) / delta
                        if u > w:
                            u, w = w, u
                        t0, t1 = max(t0, u), min(t1, w)
                if t1 <= t0:
                    continue
                length = sqrt(dx * dx + dy * dy)
                n = max(ceil(length), 1)
                share = weight[i] * length / (n * k * 1000.0)
                for s in range(max(floor(t0 * n), 0), min(ceil(t1 * n), n)):
                    t = (s + 0.5) / n
                    _add(grid, ax + dx * t, ay + dy * t, share, column0, row0)


@kernel
def lengths(
    coords: NDArray[np.float64], ring_offsets: NDArray[np.int64], first_ring: NDArray[np.int64],
    last_ring: NDArray[np.int64], positions: NDArray[np.int64],
) -> NDArray[np.float64]:  # fmt: skip
    """The metres of each line (n,)."""
    made = np.zeros(len(positions))
    for i in range(len(positions)):
        p = positions[i]
        for j in range(first_ring[p], last_ring[p]):
            for v in range(ring_offsets[j], ring_offsets[j + 1] - 1):
                dx, dy = coords[v + 1, 0] - coords[v, 0], coords[v + 1, 1] - coords[v, 1]
                made[i] += sqrt(dx * dx + dy * dy)
    return made


@kernel
def blur(grid: F32, made: F32, taps: F32) -> None:
    """Blur along the rows, then along the columns; always in the same order, so that equal bins stay equal."""
    rows, columns = grid.shape
    n = len(taps) // 2
    between = np.zeros((rows, columns), np.float32)
    for r in range(rows):
        for t in range(len(taps)):
            low, high = max(n - t, 0), min(columns, columns + n - t)
            for c in range(low, high):
                between[r, c] += taps[t] * grid[r, c + t - n]
    for r in range(rows):
        for c in range(columns):
            made[r, c] = 0.0
        for t in range(len(taps)):
            q = r + t - n
            if 0 <= q < rows:
                for c in range(columns):
                    made[r, c] += taps[t] * between[q, c]


@kernel
def color(
    buffer: NDArray[np.uint32], density: F32, size: int, x0: int, y0: int, top: float, ramp: NDArray[np.uint32]
) -> None:
    """Colour each pixel by the density between the centres of the bins around it."""
    h, w = buffer.shape
    for iy in range(h):
        y = (iy + 0.5 - y0) / size - 0.5
        r = floor(y)
        fy = y - r
        for ix in range(w):
            x = (ix + 0.5 - x0) / size - 0.5
            c = floor(x)
            fx = x - c
            above = density[r, c] * (1.0 - fx) + density[r, c + 1] * fx
            below = density[r + 1, c] * (1.0 - fx) + density[r + 1, c + 1] * fx
            value = above * (1.0 - fy) + below * fy
            if value > 0.0:
                buffer[iy, ix] = ramp[min(int(sqrt(value / top) * 255.0 + 0.5), 255)]
