"""Compiled drawing of vector tiles, without the GIL: command streams to coordinates, fills and strokes to colours.

Coordinates are pixels of the picture, float64 (n, 2); ring r is ``coords[ends[r - 1]:ends[r]]``. Pictures are uint32
(h, w), opaque.
"""

from __future__ import annotations

from math import ceil, floor, sqrt

import numpy as np
from numpy.typing import NDArray

from gis.basemaps.kernels import kernel

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

MOVE_TO, LINE_TO, CLOSE_PATH = 1, 2, 7  # commands of MVT 2.1, clause 4.3.1
FAR = 1e6  # pixels: coordinates beyond are held there


@kernel
def unfold(
    stream: U32, starts: I64, polygon: bool, scale: float, left: float, top: float, coords: F64, ends: I64
) -> tuple[int, int]:
    """Fill ``coords`` and ``ends`` from the geometries ``stream[starts[f]:starts[f + 1]]``; how many of each there are.

    ``coords`` and ``ends`` have room for len(stream) + 2. Positions are times ``scale`` less ``left`` and ``top``. The
    rings of a polygon are closed, and turned so that the first of each feature runs with positive area (tiles of
    version 1 do not promise it; holes keep turning the other way). A stream that breaks off ends its feature.
    """
    n, rings = 0, 0
    for f in range(len(starts) - 1):
        i, stop = starts[f], starts[f + 1]
        x, y = 0, 0
        first_ring = rings
        begin = n
        while i < stop:
            command, times = stream[i] & np.uint32(7), int(stream[i] >> np.uint32(3))
            i += 1
            if command == CLOSE_PATH:
                if polygon and n > begin and n < len(coords):
                    coords[n, 0], coords[n, 1] = coords[begin, 0], coords[begin, 1]
                    n += 1
                continue
            if command != MOVE_TO and command != LINE_TO:
                break
            for _ in range(min(times, (stop - i) // 2)):
                if command == MOVE_TO and n > begin:
                    ends[rings] = n
                    rings += 1
                    begin = n
                dx, dy = int(stream[i]), int(stream[i + 1])
                i += 2
                x += (dx >> 1) ^ -(dx & 1)
                y += (dy >> 1) ^ -(dy & 1)
                if n < len(coords):
                    coords[n, 0] = min(max(x * scale - left, -FAR), FAR)
                    coords[n, 1] = min(max(y * scale - top, -FAR), FAR)
                    n += 1
        if n > begin:
            ends[rings] = n
            rings += 1
        if polygon and rings > first_ring:
            a = ends[first_ring - 1] if first_ring > 0 else 0
            if _area(coords, a, ends[first_ring]) < 0.0:
                for r in range(first_ring, rings):
                    _turn(coords, ends[r - 1] if r > 0 else 0, ends[r])
    return n, rings


@kernel
def _area(coords: F64, a: int, b: int) -> float:
    total = 0.0
    for i in range(a, b - 1):
        total += coords[i, 0] * coords[i + 1, 1] - coords[i + 1, 0] * coords[i, 1]
    return total


@kernel
def _turn(coords: F64, a: int, b: int) -> None:
    b -= 1
    while a < b:
        for k in range(2):
            kept = coords[a, k]
            coords[a, k] = coords[b, k]
            coords[b, k] = kept
        a += 1
        b -= 1


@kernel
def cover(covered: F32, coords: F64, ends: I64, rings: int) -> None:
    """Add the exact area that rings cover of each pixel to ``covered`` (h, w + 2), as differences along the rows.

    Areas are signed: holes take away what their outline added, and polygons that share an edge leave no seam.
    """
    h, w = covered.shape[0], covered.shape[1] - 2
    for r in range(rings):
        a = ends[r - 1] if r > 0 else 0
        for i in range(a, ends[r] - 1):
            x0, y0, x1, y1 = coords[i, 0], coords[i, 1], coords[i + 1, 0], coords[i + 1, 1]
            if y0 == y1:
                continue
            sign = 1.0
            if y0 > y1:
                sign = -1.0
                x0, y0, x1, y1 = x1, y1, x0, y0
            if y1 <= 0.0 or y0 >= h or (x0 >= w and x1 >= w):
                continue
            slope = (x1 - x0) / (y1 - y0)
            y = max(y0, 0.0)
            x = x0 + (y - y0) * slope
            for line in range(int(y), min(ceil(y1), h)):
                down = min(line + 1.0, y1) - y
                following = x + slope * down
                left, right = min(max(min(x, following), 0.0), w), min(max(max(x, following), 0.0), w)
                d = sign * down
                cell, last = int(left), ceil(right)
                if last <= cell + 1:
                    share = (left + right) * 0.5 - cell
                    covered[line, cell] += d * (1.0 - share)
                    covered[line, cell + 1] += d * share
                else:
                    s = 1.0 / (right - left)
                    into = left - cell
                    begin = 0.5 * s * (1.0 - into) * (1.0 - into)
                    out = right - last + 1.0
                    end = 0.5 * s * out * out
                    covered[line, cell] += d * begin
                    if last == cell + 2:
                        covered[line, cell + 1] += d * (1.0 - begin - end)
                    else:
                        second = s * (1.5 - into)
                        covered[line, cell + 1] += d * (second - begin)
                        for c in range(cell + 2, last - 1):
                            covered[line, c] += d * s
                        covered[line, last - 1] += d * (1.0 - second - (last - cell - 3) * s - end)
                    covered[line, last] += d * end
                x = following
                y = line + 1.0


@kernel
def pour(out: U32, covered: F32, color: int) -> None:
    """Lay a colour (0xRRGGBB) over what ``covered`` says, and clear that for the next."""
    h, w = out.shape
    for y in range(h):
        total = np.float32(0.0)
        for x in range(w):
            total += covered[y, x]
            covered[y, x] = 0.0
            share = min(abs(total), np.float32(1.0))
            if share > 0.004:
                out[y, x] = _mixed(out[y, x], color, int(share * 256.0 + 0.5))
        covered[y, w] = 0.0
        covered[y, w + 1] = 0.0


@kernel
def stroke(mask: U8, coords: F64, ends: I64, rings: int, width: float, on: float, off: float) -> None:
    """Cover lines ``width`` pixels wide with round ends, antialiased by distance; dashed when ``off`` > 0.

    Lines thinner than a pixel are a pixel wide and fainter. The greatest cover of a pixel counts.
    """
    radius = max(width, 1.0) * 0.5
    strength = 255.0 * min(max(width, 0.2), 1.0)
    h, w = mask.shape
    pad = radius + 1.0
    for r in range(rings):
        a = ends[r - 1] if r > 0 else 0
        gone = 0.0
        for i in range(a, ends[r] - 1):
            x0, y0, x1, y1 = coords[i, 0], coords[i, 1], coords[i + 1, 0], coords[i + 1, 1]
            length = sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2)
            gone += length
            if (
                max(x0, x1) < -pad or min(x0, x1) > w + pad or max(y0, y1) < -pad or min(y0, y1) > h + pad
            ):  # fmt: skip
                continue
            if off <= 0.0 or length <= 0.0:
                _capsule(mask, x0, y0, x1, y1, radius, strength)
                continue
            at = gone - length
            if length > 4.0 * (w + h):  # no tile holds such a line but one made to keep us busy
                continue
            while at < gone:
                phase = at % (on + off)
                run = min((on if phase < on else on + off) - phase, gone - at) + 1e-9
                if phase < on:
                    s, e = 1.0 - (gone - at) / length, min(1.0 - (gone - at - run) / length, 1.0)
                    _capsule(mask, x0 + (x1 - x0) * s, y0 + (y1 - y0) * s, x0 + (x1 - x0) * e, y0 + (y1 - y0) * e,
                             radius, strength)  # fmt: skip
                at += run


@kernel
def _capsule(mask: U8, x0: float, y0: float, x1: float, y1: float, radius: float, strength: float) -> None:
    h, w = mask.shape
    if y0 > y1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    reach = radius + 0.5
    dx, dy = x1 - x0, y1 - y0
    square = dx * dx + dy * dy
    for y in range(max(floor(y0 - reach), 0), min(ceil(y1 + reach), h)):
        cy = y + 0.5
        # the stretch of the line that is near enough to this row
        s, e = 0.0, 1.0
        if dy > 1e-9:
            s, e = max((cy - reach - y0) / dy, 0.0), min((cy + reach - y0) / dy, 1.0)
        if s > e:
            continue
        xa, xb = x0 + dx * s, x0 + dx * e
        first, last = max(floor(min(xa, xb) - reach), 0), min(ceil(max(xa, xb) + reach), w)
        for x in range(first, last):
            px, py = x + 0.5 - x0, cy - y0
            t = 0.0 if square == 0.0 else min(max((px * dx + py * dy) / square, 0.0), 1.0)
            px -= dx * t
            py -= dy * t
            near = radius + 0.5 - sqrt(px * px + py * py)
            if near > 0.0:
                share = np.uint8(min(near, 1.0) * strength)
                if share > mask[y, x]:
                    mask[y, x] = share


@kernel
def ink(out: U32, mask: U8, color: int) -> None:
    """Lay a colour (0xRRGGBB) over what ``mask`` covers, and clear the mask for the next."""
    h, w = out.shape
    for y in range(h):
        for x in range(w):
            if mask[y, x] > 0:
                out[y, x] = _mixed(out[y, x], color, (int(mask[y, x]) * 257 + 128) >> 8)
                mask[y, x] = 0


@kernel
def _mixed(below: int, color: int, share: int) -> int:
    """``color`` over an opaque pixel, ``share`` of 256."""
    a, b, k = np.uint32(below), np.uint32(color), np.uint32(share)
    rest = np.uint32(256) - k
    rb = ((a & np.uint32(0xFF00FF)) * rest + (b & np.uint32(0xFF00FF)) * k) >> np.uint32(8)
    g = ((a & np.uint32(0x00FF00)) * rest + (b & np.uint32(0x00FF00)) * k) >> np.uint32(8)
    return np.uint32(0xFF000000) | (rb & np.uint32(0xFF00FF)) | (g & np.uint32(0x00FF00))  # type: ignore[return-value]
