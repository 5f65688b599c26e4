"""Many lines finer than a pixel as a shade: how much of each pixel they cover, not one solid blot.

Drawn as strokes, a hundred thousand hair lines of a whole city make its middle one colour, and where there is more of
them cannot be seen. Here the length within each pixel is summed and becomes an opacity that never quite saturates.
"""

from __future__ import annotations

from collections import OrderedDict
from math import ceil, exp, floor, sqrt
from threading import Lock
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays
from gis.cartography.clusters import Found
from gis.cartography.compiled import kernel
from gis.cartography.heat import lengths
from gis.cartography.strokes import Stroke
from gis.cartography.view import View

MANY = 20_000  # features from which on a layer may be shaded
FINEST = 1.6  # pixels: wider lines are drawn as lines
SHORT = 6.0  # pixels: features of this length or less, on average, are too small to be told apart
CROWDED = 0.98
SOLID = 2.2  # ink (lines' area for each pixel's) at which a pixel counts as full: 1 - exp(-2.2) = 0.89
FORWARD = 0.65  # exponent of thin ink: 1 leaves single lines all but unseen, 0.5 evens out what is crowded
FAINTEST = 0.14  # a single line is never fainter than this share of its strength


def is_shade(arrays: LayerArrays, view: View, passes: list[Stroke]) -> bool:
    """Whether a layer's features are so many, and at this scale so small, that a shade shows more than strokes.

    It depends on the layer and the scale, not on the place: nothing changes its look while panning.
    """
    if len(passes) != 1 or passes[0].dash or passes[0].width > FINEST:
        return False
    return len(arrays.base) >= MANY and _typical(arrays)[0] / view.resolution <= SHORT


def gain(arrays: LayerArrays, view: View, width: float) -> float:
    """By what ink is multiplied so that the layer's crowded places are just not full. The same in every place."""
    width = min(max(width, 0.25), 1.0)
    crowded = _typical(arrays)[1] * view.resolution * width  # metres a square metre → pixels a pixel
    return min(1.0, max(SOLID / crowded, FAINTEST)) if crowded > SOLID else 1.0


_known: OrderedDict[int, tuple[ref[NDArray[np.int64]], tuple[float, float]]] = OrderedDict()
_knowing = Lock()


def _typical(arrays: LayerArrays) -> tuple[float, float]:
    """The metres of an average feature, and the metres of line on a square metre in the layer's crowded places."""
    part = arrays.base
    with _knowing:
        known = _known.get(id(part.ids))
        if known is not None and known[0]() is part.ids:
            return known[1]
    n = len(part)
    step = max(n // 200_000, 1)
    chosen = np.arange(0, n, step, dtype=np.int64)
    chosen = chosen[np.isfinite(part.bounds[chosen, 0])]
    made = (0.0, 0.0)
    if len(chosen):
        long = lengths(part.coords, part.ring_offsets, part.first_ring, part.last_ring, chosen)
        middle = (part.bounds[chosen, :2] + part.bounds[chosen, 2:]) / 2
        side = 200.0  # metres: a place, large enough that the sample fills it
        cell = np.floor(middle / side).astype(np.int64) @ np.array([4_000_037, 1])
        heaped = np.sort(np.bincount(np.unique(cell, return_inverse=True)[1], long))
        below = np.cumsum(heaped)
        at = min(int(np.searchsorted(below, CROWDED * below[-1])), len(heaped) - 1)
        made = (float(long.mean()), float(heaped[at]) * step / side**2)
    with _knowing:
        _known[id(part.ids)] = (ref(part.ids), made)
        while len(_known) > 100:
            _known.popitem(last=False)
    return made


def lay_shade(
    buffer: NDArray[np.uint32], arrays: LayerArrays, group: Found, view: View, fine: View, stroke: Stroke, color: int,
    opacity: float,
) -> None:  # fmt: skip
    """Lay the lines of ``group`` onto a picture of the view ``fine``, which is ``view`` on as many pixels or more, in
    ``color`` (0xRRGGBB)."""
    whole = np.zeros(buffer.size + buffer.size % 2, np.float32)  # an even number: it is looked through in pairs
    ink = whole[: buffer.size].reshape(buffer.shape)
    weight = min(max(stroke.width, 0.25), 1.0) * gain(arrays, view, stroke.width) * view.resolution / fine.resolution
    for part, positions in group:
        sum_lengths(
            ink, part.coords, part.ring_offsets, part.first_ring, part.last_ring, positions, fine.left, fine.top,
            1.0 / fine.resolution, float(weight),
        )  # fmt: skip
    cover(buffer.reshape(-1), whole, whole.view(np.uint64), color, float(opacity))


@kernel
def sum_lengths(
    ink: NDArray[np.float32], coords: NDArray[np.float64], ring_offsets: NDArray[np.int64],
    first_ring: NDArray[np.int64], last_ring: NDArray[np.int64], positions: NDArray[np.int64],
    left: float, top: float, k: float, weight: float,
) -> None:  # fmt: skip
    """Add the pixels of length of each segment to the pixels it runs through, in steps of at most a pixel."""
    h, w = ink.shape
    for i in range(len(positions)):
        p = positions[i]
        for j in range(first_ring[p], last_ring[p]):
            a, b = ring_offsets[j], ring_offsets[j + 1]
            lx, ly = (coords[a, 0] - left) * k, (top - coords[a, 1]) * k
            for v in range(a + 1, b):
                x, y = (coords[v, 0] - left) * k, (top - coords[v, 1]) * k
                dx, dy = x - lx, y - ly
                # A corner far outside would cost a walk of millions of steps: such lines are no hair lines of a city.
                seen = max(x, lx) >= 0 and min(x, lx) < w and max(y, ly) >= 0 and min(y, ly) < h
                if seen and abs(dx) + abs(dy) < 1e5:
                    length = sqrt(dx * dx + dy * dy)
                    n = max(ceil(length), 1)
                    share = weight * length / n
                    for s in range(n):
                        t = (s + 0.5) / n
                        ix, iy = floor(lx + dx * t), floor(ly + dy * t)
                        if 0 <= ix < w and 0 <= iy < h:
                            ink[iy, ix] += share
                lx, ly = x, y


@kernel
def cover(
    buffer: NDArray[np.uint32], ink: NDArray[np.float32], pairs: NDArray[np.uint64], color: int, opacity: float
) -> None:
    """Lay a colour over the buffer (n,), as opaque as randomly laid ink covers, its thin places brought forward.

    1 - exp(-SOLID · (ink / SOLID)^FORWARD): a full pixel is as full as ever, a single line between towns is seen.
    ``pairs`` is the memory of ``ink``, two pixels at a time: most of them are empty.
    """
    source = 0xFF000000 | color
    for k in range(len(pairs)):
        if pairs[k] == 0:
            continue
        for i in range(2 * k, min(2 * k + 2, len(buffer))):
            alpha = int((1.0 - exp(-SOLID * (ink[i] / SOLID) ** FORWARD)) * opacity * 255.0 + 0.5)
            if alpha > 0:
                top = kernels._mixed(source, alpha)
                under = int(buffer[i])
                buffer[i] = np.uint32(top if under == 0 else top + kernels._mixed(under, 255 - alpha))
