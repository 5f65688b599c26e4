"""Compiled drawing of lines, polygons and marks into pixel buffers, without the GIL.

A buffer is uint32 (h, w) of premultiplied ARGB; a mask uint8 (h, w) of how much of each pixel is covered. Lines and
fills of one colour are first gathered in a mask, then inked: overlaps of strokes never show, whatever the opacity.
Coordinates are projected, float64 (m, 2); ``left, top, k`` turn them into pixels: (x - left) * k, (top - y) * k.
"""

from __future__ import annotations

import os
from math import ceil, floor, sqrt
from threading import Event, Lock, Thread

import numpy as np
from numpy.typing import NDArray

from gis.cartography import compiling
from gis.cartography.compiled import kernel

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

SUBLINES = 4  # scan lines a pixel when filling
SPAN = 64  # pixels of a row that are filled in one go where no edge crosses them
_EVEN, _ODD, _HALF = np.uint32(0x00FF00FF), np.uint32(0xFF00FF00), np.uint32(0x00800080)
_BYTE, _ALPHA, _FULL = np.uint32(8), np.uint32(24), np.uint32(255)
_NOUGHT, _ONE = np.float32(0.0), np.float32(1.0)
SHORT = 8  # columns: segments within them are drawn by whole rows
MANY = 500_000  # vertices that are worth a thread of their own
SHARES = min(os.cpu_count() or 1, 4)
HAIR = 1 / 1024  # pixels: places just on the border of two must not jump between them while panning
NEAR = 0.6  # pixels: vertices nearer than this to the last one drawn are passed over


def stroke(
    mask: U8, coords: F64, ring_offsets: I64, first_ring: I64, last_ring: I64, bounds: F64, positions: I64,
    left: float, top: float, k: float, width: float, dash: F64, tiny: float,
) -> None:  # fmt: skip
    """Cover the rings of ``positions`` with round-ended strokes ``width`` pixels wide.

    Antialiased by distance to the centre line; lines below a pixel are a pixel wide and fainter. ``dash``: pixels on,
    off, on …; empty = solid. Features smaller than ``tiny`` pixels are left out; lines within one pixel become a dot.
    A mask holds the most that any stroke covers, in whatever order: many vertices are shared out among threads.
    """
    about = (float(left), float(top), float(k), float(width), dash, float(tiny))
    shares = min(len(positions) * len(coords) // max(len(first_ring), 1) // MANY, SHARES)
    if shares < 2:
        stroke_some(mask, coords, ring_offsets, first_ring, last_ring, bounds, positions, *about)
        return
    masks = [mask, *(np.zeros_like(mask) for _ in range(shares - 1))]
    cuts = np.linspace(0, len(positions), shares + 1).astype(np.int64)
    threads = []
    for own, a, b in zip(masks, cuts[:-1], cuts[1:], strict=True):
        work = (own, coords, ring_offsets, first_ring, last_ring, bounds, positions[a:b], *about)
        threads.append(Thread(target=stroke_some, args=work, name="map-strokes", daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join()
    for own in masks[1:]:
        np.maximum(mask, own, out=mask)


@kernel
def stroke_some(
    mask: U8, coords: F64, ring_offsets: I64, first_ring: I64, last_ring: I64, bounds: F64, positions: I64,
    left: float, top: float, k: float, width: float, dash: F64, tiny: float,
) -> None:  # fmt: skip
    """`stroke` in one thread."""
    radius = max(width, 1.0) * 0.5
    strength = 255.0 * min(max(width, 0.25), 1.0)
    rim = radius + 0.5
    h, w = mask.shape
    for i in range(len(positions)):
        p = positions[i]
        span = max(bounds[p, 2] - bounds[p, 0], bounds[p, 3] - bounds[p, 1]) * k
        if span < tiny:
            continue
        if span < NEAR:
            x = ((bounds[p, 0] + bounds[p, 2]) * 0.5 - left) * k
            y = (top - (bounds[p, 1] + bounds[p, 3]) * 0.5) * k
            _capsule(mask, x, y, x, y, radius, strength, True)
            continue
        for j in range(first_ring[p], last_ring[p]):
            a, b = ring_offsets[j], ring_offsets[j + 1]
            if b - a < 1:
                continue
            lx = (coords[a, 0] - left) * k
            ly = (top - coords[a, 1]) * k
            drawn = False
            gone = 0.0  # length walked within the dash pattern
            for v in range(a + 1, b):
                x = (coords[v, 0] - left) * k
                y = (top - coords[v, 1]) * k
                if v < b - 1 and abs(x - lx) < NEAR and abs(y - ly) < NEAR:
                    continue
                x0, x1 = floor(min(x, lx) - rim), floor(max(x, lx) + rim)
                y0, y1 = floor(min(y, ly) - rim), floor(max(y, ly) + rim)
                out = x1 < 0 or y1 < 0 or x0 >= w or y0 >= h
                if len(dash) == 0:
                    if not out and x1 - x0 < SHORT:
                        x0 = min(max(x0, 0), w - SHORT)
                        _short(mask, lx, ly, x, y, x0, max(y0, 0), min(y1, h - 1), rim, strength)
                    elif not out:
                        _capsule(mask, lx, ly, x, y, radius, strength, not drawn)
                else:
                    length = sqrt((x - lx) ** 2 + (y - ly) ** 2)
                    if not out:
                        _dashes(mask, lx, ly, x, y, length, gone, radius, strength, dash)
                    gone += length
                drawn = True
                lx, ly = x, y
            if not drawn and -rim < lx < w + rim and -rim < ly < h + rim:
                _capsule(mask, lx, ly, lx, ly, radius, strength, True)


@kernel
def _short(
    mask: U8, ax: float, ay: float, bx: float, by: float, x0: int, y0: int, y1: int, rim: float, strength: float
) -> None:
    """`_capsule` of a segment that touches ``SHORT`` columns at most, from ``x0``: rows of that many pixels without a
    branch, in 32 bits, which the compiler works on all at once.
    """
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    inverse = np.float32(1.0 / square) if square > 1e-12 else _NOUGHT
    ux, uy = np.float32(dx), np.float32(dy)
    ex = np.float32(x0 + 0.5 - ax)
    reach, most = np.float32(rim), np.float32(strength)
    for iy in range(y0, y1 + 1):
        ey = np.float32(iy + 0.5 - ay)
        run = mask[iy, x0 : x0 + SHORT]
        for i in range(SHORT):
            px = np.float32(ex + np.float32(np.uint32(i)))
            t = min(max(np.float32(np.float32(px * ux + ey * uy) * inverse), _NOUGHT), _ONE)
            qx = np.float32(px - t * ux)
            qy = np.float32(ey - t * uy)
            away = np.float32(np.sqrt(np.float32(qx * qx + qy * qy)))
            cover = min(max(np.float32(reach - away), _NOUGHT), _ONE)
            run[i] = max(run[i], np.uint8(np.int32(np.float32(most * cover))))


@kernel
def _dashes(
    mask: U8, ax: float, ay: float, bx: float, by: float, length: float, gone: float, radius: float,
    strength: float, dash: F64,
) -> None:  # fmt: skip
    if length <= 0.0:
        return
    period = dash.sum()
    h, w = mask.shape
    # Only the stretch that can be seen is dashed: a long line far outside would otherwise cost millions of dashes.
    t0, t1 = 0.0, 1.0
    pad = radius + 2.0
    for axis in range(2):
        start = ax if axis == 0 else ay
        delta = (bx - ax) if axis == 0 else (by - ay)
        limit = float(w if axis == 0 else h)
        if abs(delta) < 1e-9:
            if start < -pad or start > limit + pad:
                return
        else:
            u, v = (-pad - start) / delta, (limit + pad - start) / delta
            if u > v:
                u, v = v, u
            t0, t1 = max(t0, u), min(t1, v)
    if t0 >= t1:
        return
    at = gone + t0 * length
    end = gone + t1 * length
    phase = at % period
    part = 0
    while phase >= dash[part]:
        phase -= dash[part]
        part = (part + 1) % len(dash)
    while at < end:
        run = min(dash[part] - phase, end - at)
        if part % 2 == 0 and run > 0.0:
            s, e = (at - gone) / length, (at + run - gone) / length
            # Round ends would close the gaps: a dash is drawn shorter by them.
            cut = min(radius * 0.8, run * 0.45) / length
            s, e = s + cut, e - cut
            fx, fy, tx, ty = ax + (bx - ax) * s, ay + (by - ay) * s, ax + (bx - ax) * e, ay + (by - ay) * e
            _capsule(mask, fx, fy, tx, ty, radius, strength, True)
        at += max(run, 1e-6)
        phase = 0.0
        part = (part + 1) % len(dash)


@kernel
def _capsule(mask: U8, ax: float, ay: float, bx: float, by: float, radius: float, strength: float, first: bool) -> None:
    """Raise the mask to the coverage of one round-ended segment; pixel centres lie at .5.

    Only the ``first`` segment of a line has a round start: the others begin on the round end of the one before.
    """
    h, w = mask.shape
    rim = radius + 0.5
    dx, dy = bx - ax, by - ay
    length = sqrt(dx * dx + dy * dy)
    if length < 1e-6:
        ux, uy = 1.0, 0.0
    else:
        ux, uy = dx / length, dy / length
    low_x, high_x = min(ax, bx) - rim, max(ax, bx) + rim
    y0 = max(0, floor(min(ay, by) - rim))
    y1 = min(h - 1, floor(max(ay, by) + rim))
    steep = abs(uy) > 1e-6
    half = rim / abs(uy) if steep else 0.0
    slope = ux / uy if steep else 0.0
    top = np.uint8(strength)
    start = -rim if first else 0.0
    for iy in range(y0, y1 + 1):
        ey = iy + 0.5 - ay
        lo, hi = low_x, high_x
        if steep:
            middle = ax + ey * slope
            # The strip around the whole line, within the round ends' own box.
            lo, hi = max(lo, middle - half), min(hi, middle + half)
        x0 = max(0, floor(lo))
        x1 = min(w - 1, floor(hi))
        ex = x0 + 0.5 - ax
        along = ex * ux + ey * uy
        across = ex * uy - ey * ux
        for ix in range(x0, x1 + 1):
            if mask[iy, ix] < top and along >= start:
                away = abs(across)
                if along < 0.0:
                    away = sqrt(across * across + along * along)
                elif along > length:
                    away = sqrt(across * across + (along - length) * (along - length))
                cover = rim - away
                if cover > 0.0:
                    value = np.uint8(strength * min(cover, 1.0))
                    if value > mask[iy, ix]:
                        mask[iy, ix] = value
            along += ux
            across += uy


@kernel
def fill(
    mask: U8, coords: F64, ring_offsets: I64, first_ring: I64, last_ring: I64, bounds: F64, positions: I64,
    left: float, top: float, k: float,
) -> None:  # fmt: skip
    """Cover the polygons of ``positions``, even-odd over all their rings, adding up to full.

    Horizontally exact, vertically by ``SUBLINES``; polygons below a pixel, and slivers between two of the lines, add
    their box to the pixels they lie in.
    """
    h, w = mask.shape
    lines = h * SUBLINES
    count = np.zeros(lines + 2, np.int64)
    cross = np.empty(256, np.float64)
    gain = np.zeros(w + 3, np.float64)
    touched = np.zeros((w + 3) // SPAN + 1, np.uint8)  # the spans of the row in which there is a gain
    for i in range(len(positions)):
        p = positions[i]
        bx0, bx1 = (bounds[p, 0] - left) * k, (bounds[p, 2] - left) * k
        by0, by1 = (top - bounds[p, 3]) * k, (top - bounds[p, 1]) * k
        if bx1 < 0 or by1 < 0 or bx0 >= w or by0 >= h:
            continue
        if bx1 - bx0 < 1.0 and by1 - by0 < 1.0:
            ix, iy = floor((bx0 + bx1) * 0.5), floor((by0 + by1) * 0.5)
            if 0 <= ix < w and 0 <= iy < h:
                more = mask[iy, ix] + max((bx1 - bx0) * (by1 - by0) * 255.0, 1.0)
                mask[iy, ix] = np.uint8(min(more, 255.0))
            continue
        s0 = max(0, ceil(by0 * SUBLINES - 0.5))
        s1 = min(lines, ceil(by1 * SUBLINES - 0.5))
        if s1 <= s0:
            iy = floor((by0 + by1) * 0.5)
            if by1 - by0 < 1.0 / SUBLINES and 0 <= iy < h:  # a sliver between two scan lines adds its box as well
                for ix in range(max(0, floor(bx0)), min(w - 1, floor(bx1)) + 1):
                    more = mask[iy, ix] + (min(bx1, ix + 1.0) - max(bx0, float(ix))) * (by1 - by0) * 255.0
                    mask[iy, ix] = np.uint8(min(more, 255.0))
            continue
        n = s1 - s0
        for s in range(n + 1):
            count[s] = 0
        # First pass: how many edges cross each line; second pass: where.
        for j in range(first_ring[p], last_ring[p]):
            for v in range(ring_offsets[j], ring_offsets[j + 1]):
                u = v + 1 if v + 1 < ring_offsets[j + 1] else ring_offsets[j]
                ya, yb = (top - coords[v, 1]) * k * SUBLINES - 0.5, (top - coords[u, 1]) * k * SUBLINES - 0.5
                if ya > yb:
                    ya, yb = yb, ya
                for s in range(max(s0, ceil(ya)), min(s1, ceil(yb))):
                    count[s - s0] += 1
        total = 0
        for s in range(n):
            here = count[s]
            count[s] = total
            total += here
        count[n] = total
        if total > len(cross):
            cross = np.empty(total * 2, np.float64)
        for j in range(first_ring[p], last_ring[p]):
            for v in range(ring_offsets[j], ring_offsets[j + 1]):
                u = v + 1 if v + 1 < ring_offsets[j + 1] else ring_offsets[j]
                xa, xb = (coords[v, 0] - left) * k, (coords[u, 0] - left) * k
                ya, yb = (top - coords[v, 1]) * k * SUBLINES - 0.5, (top - coords[u, 1]) * k * SUBLINES - 0.5
                if ya > yb:
                    xa, ya, xb, yb = xb, yb, xa, ya
                low, high = max(s0, ceil(ya)), min(s1, ceil(yb))
                if high <= low:
                    continue
                slope = (xb - xa) / (yb - ya)
                for s in range(low, high):
                    cross[count[s - s0]] = xa + (s - ya) * slope
                    count[s - s0] += 1
        # Now count[s] is where line s ends; it began where line s - 1 ends.
        begin = 0
        ix0 = max(0, floor(bx0))
        ix1 = min(w - 1, floor(bx1))
        for row in range(s0 // SUBLINES, (s1 - 1) // SUBLINES + 1):
            for s in range(max(row * SUBLINES, s0), min((row + 1) * SUBLINES, s1)):
                end = count[s - s0]
                for m in range(begin + 1, end):  # few crossings: insertion sort
                    value = cross[m]
                    q = m - 1
                    while q >= begin and cross[q] > value:
                        cross[q + 1] = cross[q]
                        q -= 1
                    cross[q + 1] = value
                for m in range(begin, end - 1, 2):
                    xa, xb = max(cross[m], 0.0), min(cross[m + 1], float(w))
                    if xb <= xa:
                        continue
                    ia, ib = int(xa), int(xb)
                    # gain is the derivative of coverage along the row.
                    gain[ia] += 1.0 - (xa - ia)
                    gain[ia + 1] += xa - ia
                    gain[ib] -= 1.0 - (xb - ib)
                    gain[ib + 1] -= xb - ib
                    touched[ia // SPAN] = touched[(ia + 1) // SPAN] = 1
                    touched[ib // SPAN] = touched[(ib + 1) // SPAN] = 1
                begin = end
            cover = 0.0
            for span in range(ix0 // SPAN, ix1 // SPAN + 1):
                a, b = max(ix0, span * SPAN), min(ix1 + 1, span * SPAN + SPAN)
                if touched[span] == 0:
                    if cover > SUBLINES - 0.002:
                        mask[row, a:b] = 255
                        continue
                    if cover <= 0.002:
                        continue
                for ix in range(a, b):
                    if gain[ix] != 0.0:
                        cover += gain[ix]
                        gain[ix] = 0.0
                    if cover > SUBLINES - 0.002:
                        mask[row, ix] = 255
                    elif cover > 0.002:
                        more = mask[row, ix] + cover * (255.0 / SUBLINES) + 0.5
                        mask[row, ix] = np.uint8(min(more, 255.0))
                touched[span] = 0
            for ix in (ix1 + 1, ix1 + 2):  # what lies beyond the polygon's last pixel
                gain[ix] = 0.0
                touched[ix // SPAN] = 0


@kernel
def _mixed(under: int, rest: int) -> int:
    """``under`` weighed by rest/255, two channels at a time, each rounded."""
    even = (under & 0xFF00FF) * rest + 0x800080
    even = ((even + ((even >> 8) & 0xFF00FF)) >> 8) & 0xFF00FF
    odd = ((under >> 8) & 0xFF00FF) * rest + 0x800080
    odd = (odd + ((odd >> 8) & 0xFF00FF)) & 0xFF00FF00
    return even | odd


@kernel
def _weighed(under: np.uint32, rest: np.uint32) -> np.uint32:
    """`_mixed` in 32 bits throughout: loops over it are compiled to work on eight pixels at a time."""
    even = np.uint32(np.uint32(np.uint32(under & _EVEN) * rest) + _HALF)
    even = np.uint32(np.uint32(even + np.uint32(np.uint32(even >> _BYTE) & _EVEN)) >> _BYTE) & _EVEN
    odd = np.uint32(np.uint32(np.uint32(under >> _BYTE) & _EVEN) * rest + _HALF)
    odd = np.uint32(odd + np.uint32(np.uint32(odd >> _BYTE) & _EVEN)) & _ODD
    return np.uint32(even | odd)


@kernel
def ink(buffer: U32, mask: U8, words: U64, color: int, opacity: float) -> None:
    """Lay ``color`` (0xRRGGBB) over the buffer through the mask, and clear the mask.

    The mask may be wider than the buffer; ``words`` is the same memory, eight pixels at a time.
    """
    h, w = buffer.shape
    source = np.uint32(0xFF000000 | color)
    weight = np.uint32(opacity * 256.0 + 0.5)
    n = words.shape[1]
    for iy in range(h):
        k = 0
        while k < n:
            if words[iy, k] == 0:
                k += 1
                continue
            first = k
            while k < n and words[iy, k] != 0:
                k += 1
            # A run without a branch, on slices of its own: the compiler makes vector code of that only.
            run = buffer[iy, first * 8 : min(k * 8, w)]
            cover = mask[iy, first * 8 : min(k * 8, w)]
            for i in range(len(run)):
                a = np.uint32(np.uint32(np.uint32(cover[i]) * weight) >> _BYTE)
                run[i] = np.uint32(_weighed(source, a) + _weighed(run[i], np.uint32(_FULL - a)))
            for j in range(first, k):
                words[iy, j] = 0


@kernel
def over(buffer: U32, layer: U32, words: U64, opacity: float) -> None:
    """Lay a premultiplied layer over the buffer, both (n,); ``words``: the layer's memory, two pixels at a time."""
    weight = np.uint32(opacity * 255.0 + 0.5)
    n = len(words)
    k = 0
    while k < n:
        if words[k] == 0:
            k += 1
            continue
        first = k
        while k < n and words[k] != 0:
            k += 1
        ground = buffer[2 * first : 2 * k]
        top = layer[2 * first : 2 * k]
        if weight == _FULL:
            for i in range(len(ground)):
                rest = np.uint32(_FULL - np.uint32(top[i] >> _ALPHA))
                ground[i] = np.uint32(top[i] + _weighed(ground[i], rest))
        else:
            for i in range(len(ground)):
                faded = _weighed(top[i], weight)
                rest = np.uint32(_FULL - np.uint32(faded >> _ALPHA))
                ground[i] = np.uint32(faded + _weighed(ground[i], rest))


@kernel
def stamp(buffer: U32, at: F64, sprite: I64, images: U32, boxes: I64, chosen: I64) -> None:
    """Lay sprite ``sprite[i]`` of ``images`` (n, s, s) centred on pixel ``at[i]``, for i of ``chosen`` in turn.

    ``boxes`` (n, 4): left, top, right, bottom of what is not empty in each sprite.
    """
    h, w = buffer.shape
    half = images.shape[1] // 2
    for c in range(len(chosen)):
        i = chosen[c]
        x0, y0 = floor(at[i, 0] + HAIR) - half, floor(at[i, 1] + HAIR) - half
        s = sprite[i]
        for sy in range(max(boxes[s, 1], -y0), min(boxes[s, 3], h - y0)):
            for sx in range(max(boxes[s, 0], -x0), min(boxes[s, 2], w - x0)):
                top = int(images[s, sy, sx])
                a = top >> 24
                if a == 255:
                    buffer[y0 + sy, x0 + sx] = np.uint32(top)
                elif a > 0:
                    buffer[y0 + sy, x0 + sx] = np.uint32(top + _mixed(int(buffer[y0 + sy, x0 + sx]), 255 - a))


@kernel
def thin(
    bounds: F64, positions: I64, left: float, top: float, k: float, cell: float, keep_stacked: bool,
    column0: int, row0: int, taken: I64,
) -> I64:  # fmt: skip
    """Which of ``positions`` (by falling importance) to show: the index of the first in each square of ``cell`` pixels.

    Cells lie on the global pixel grid, so the choice is the same while panning. ``taken`` (rows, columns) is filled
    with index + 1 of the point shown. ``keep_stacked``: points at the very place of one that is shown are shown too.
    """
    rows, columns = taken.shape
    kept = np.empty(len(positions), np.int64)
    n = 0
    for i in range(len(positions)):
        p = positions[i]
        x, y = bounds[p, 0], bounds[p, 1]
        column = floor(x * k / cell) - column0
        row = floor(-y * k / cell) - row0
        if column < 0 or row < 0 or column >= columns or row >= rows:
            continue
        first = taken[row, column]
        if first == 0:
            taken[row, column] = i + 1
        elif keep_stacked:
            q = positions[first - 1]
            if bounds[q, 0] != x or bounds[q, 1] != y:
                continue
        else:
            continue
        kept[n] = i
        n += 1
    return kept[:n].copy()


def new_mask(height: int, width: int) -> tuple[U8, U64]:
    """An empty mask, as wide as the picture or a little wider, and the same memory in words of eight pixels."""
    words = np.zeros((height, (width + 7) // 8), np.uint64)
    return words.view(np.uint8), words


def lay_over(buffer: U32, layer: U32, opacity: float) -> None:
    """Lay a layer (h, w) over a buffer of the same size."""
    n = buffer.size // 2 * 2
    flat, top = buffer.reshape(-1), layer.reshape(-1)
    over(flat[:n], top[:n], top[:n].view(np.uint64), float(opacity))
    if n < buffer.size:
        padded = np.array([top[-1], 0], np.uint32)
        last = np.array([flat[-1], 0], np.uint32)
        over(last, padded, padded.view(np.uint64), float(opacity))
        flat[-1] = last[0]


def sprite_boxes(images: U32) -> I64:
    """What is not empty in each of ``images`` (n, s, s): left, top, right, bottom (n, 4)."""
    filled = images != 0
    made = np.zeros((len(images), 4), np.int64)
    for axis, (low, high) in ((1, (0, 2)), (2, (1, 3))):
        lines = filled.any(axis=axis)
        some = lines.any(axis=1)
        made[:, low] = np.where(some, lines.argmax(axis=1), 0)
        made[:, high] = np.where(some, lines.shape[1] - lines[:, ::-1].argmax(axis=1), 0)
    return made


READY = Event()
_warming = Lock()


def warm_up_quietly() -> None:
    """Begin `warm_up` on a thread of its own, unless it was begun before. What must be compiled is so elsewhere."""
    if not READY.is_set() and not _warming.locked():
        Thread(target=_warm_up_apart, name="map-kernels", daemon=True).start()


def _warm_up_apart() -> None:
    with _warming:
        if not READY.is_set() and compiling.missing((stroke_some, fill, ink, over, stamp, thin)):
            compiling.compile_apart()
    if not compiling.LEAVING.is_set():
        warm_up()


def warm_up() -> None:
    """Compile all kernels, or fetch them from the cache (some seconds once); ``READY`` is set afterwards."""
    with _warming:
        if not READY.is_set():
            _compile()
            READY.set()
    from gis.cartography.labels.candidates import compile_labels  # pictures need not wait for these

    compile_labels()


def _compile() -> None:
    coords = np.array([[1.0, 7.0], [6.0, 7.0], [6.0, 2.0], [1.0, 7.0]])
    offsets = np.array([0, 4], np.int64)
    first, last, positions = np.zeros(1, np.int64), np.ones(1, np.int64), np.zeros(1, np.int64)
    bounds = np.array([[1.0, 2.0, 6.0, 7.0]])
    mask, words = new_mask(8, 8)
    buffer = np.zeros((8, 8), np.uint32)
    for dash in (np.zeros(0), np.array([2.0, 1.0])):
        stroke(mask, coords, offsets, first, last, bounds, positions, 0.0, 8.0, 1.0, 1.5, dash, 0.0)
    fill(mask, coords, offsets, first, last, bounds, positions, 0.0, 8.0, 1.0)
    ink(buffer, mask, words, 0x336699, 0.5)
    lay_over(buffer, buffer.copy(), 1.0)
    from gis.cartography.warming import compile_symbols  # they are made of what is here

    compile_symbols()
    kept = thin(bounds, positions, 0.0, 8.0, 1.0, 8.0, False, 0, -1, np.zeros((2, 2), np.int64))
    images = np.zeros((1, 3, 3), np.uint32)
    stamp(buffer, np.zeros((1, 2)), np.zeros(1, np.int64), images, sprite_boxes(images), kept)
