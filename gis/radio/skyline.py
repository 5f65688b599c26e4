"""What a ray remembers of the points behind it, so that a horizon is found without looking at all of them again.

A ray goes outwards from the transmitter over points (d, z): d in km, z in m, with the Earth's fall of 500 d²/a already
taken off where a formula has it. Over the points passed so far it keeps

* the upper convex hull: the steepest line from any place farther out touches it, and so does the highest line of a
  given slope; both are found by bisection;
* the highest z of every block of points: the search for the least clear point leaves out whole blocks that cannot hold
  it. (That point need not lie on the hull: the Fresnel zone is an ellipse.)

Each answer equals that of a walk over all points, but for rounding.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int32]
BLOCK = 16


@njit(cache=True, nogil=True)
def add_to_hull(hull: Places, size: int, d: Floats, z: Floats, place: int) -> int:
    """Put the next point, farther out than all before, on the upper hull; the hull's new size."""
    while size >= 2:
        a, b = hull[size - 2], hull[size - 1]
        if (z[b] - z[a]) * (d[place] - d[b]) > (z[place] - z[b]) * (d[b] - d[a]):
            break
        size -= 1
    hull[size] = place
    return size + 1


@njit(cache=True, nogil=True)
def add_to_blocks(tops: Floats, z: Floats, place: int) -> None:
    """Keep the highest z of the block that ``place`` belongs to."""
    block = place // BLOCK
    if place % BLOCK == 0 or z[place] > tops[block]:
        tops[block] = z[place]


@njit(cache=True, nogil=True)
def steepest_from(hull: Places, size: int, d: Floats, z: Floats, length: float, height: float) -> int:
    """Where (z - height) / (length - d) is largest, seen from ``length`` beyond all points; the nearest of equals."""
    low, high = 0, size - 1
    while low < high:
        middle = (low + high) // 2
        a, b = hull[middle], hull[middle + 1]
        if (z[a] - height) * (length - d[b]) > (z[b] - height) * (length - d[a]):
            high = middle
        else:
            low = middle + 1
    return int(hull[low])


@njit(cache=True, nogil=True)
def highest_over(hull: Places, size: int, d: Floats, z: Floats, slope: float) -> int:
    """The point at which z - slope · d is largest."""
    low, high = 0, size - 1
    while low < high:
        middle = (low + high) // 2
        a, b = hull[middle], hull[middle + 1]
        if z[b] - z[a] > slope * (d[b] - d[a]):
            low = middle + 1
        else:
            high = middle
    return int(hull[low])


@njit(cache=True, nogil=True)
def least_clear(
    d: Floats,
    z: Floats,
    tops: Floats,
    count: int,
    tx: float,
    rx: float,
    length: float,
    bound: float,
    guess: int,
) -> tuple[float, int]:
    """(G, place) of the point that is least clear of the line from (0, tx) to (length, rx), all points being below it.

    G = clearance² · length / (d · (length - d)) in m²/km, so that ν = -√(0.002 G / λ). ``guess``: a place to begin
    with, the answer of a neighbouring receiver; only an answer below ``bound`` is told, else (bound, guess).
    """
    slope = (rx - tx) / length
    best, place = bound, guess
    gap = tx + slope * d[guess] - z[guess]
    parameter = gap * gap * length / (d[guess] * (length - d[guess]))
    if parameter < best:
        best = parameter
    for block in range((count + BLOCK - 1) // BLOCK):
        first, last = block * BLOCK, min(count, block * BLOCK + BLOCK)
        near, far = d[first], d[last - 1]
        gap = tx + slope * (near if slope > 0.0 else far) - tops[block]
        if gap > 0.0:
            half = 0.5 * length
            widest = near if near > half else (far if far < half else half)
            if gap * gap * length >= best * widest * (length - widest):
                continue
        for i in range(first, last):
            gap = tx + slope * d[i] - z[i]
            span = d[i] * (length - d[i])
            if gap * gap * length < best * span:
                best, place = gap * gap * length / span, i
    return best, place


@njit(cache=True, nogil=True)
def roughest(d: Floats, z: Floats, tops: Floats, first: int, last: int, base: float, slope: float) -> float:
    """The largest z - base - slope · d of the places ``first … last``, both included."""
    best = max(z[first] - base - slope * d[first], z[last] - base - slope * d[last])
    place = first
    while place <= last:
        block = place // BLOCK
        end = min(last, block * BLOCK + BLOCK - 1)
        if tops[block] - base - slope * (d[place] if slope > 0.0 else d[end]) > best:
            for i in range(place, end + 1):
                best = max(best, z[i] - base - slope * d[i])
        place = end + 1
    return float(best)
