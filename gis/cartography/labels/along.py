"""Where a name may stand on a line: straight where the line is, else letter by letter along its bend.

Chinese names follow the custom of Chinese maps: letters stand apart along the road, and on a line steeper than 45° they
are stacked from the top down, each nearly upright. Other names run along the line and are never upside down.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from gis.cartography.compiled import exact_kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

SHIFTS = 17  # places tried around each anchor
PLACES = 8  # places kept for an anchor, and
EACH = 3  # of one kind
STRAIGHT = 0.998  # chord to length, from which a line counts as straight
PAD = 0.15  # of the size: the room beside the letters
TALL = 0.6  # of the size: half a name's height


@exact_kernel
def along(
    coords: F64, begin: I64, end: I64, left: float, top: float, k: float, advance: F64, starts: I64, size: F64,
    spaced: F64, spread: F64, upright: U8, repeat: F64, width: float, height: float,
) -> tuple[I64, I64, I64, I64, F64]:  # fmt: skip
    """Candidates of lines ``begin[i]:end[i]`` (m,) with a text each: which line and which of its anchors (n,) (0 = its
    middle), first places (n + 1,), first boxes (p + 1,) and boxes (see ``placing``).

    ``advance[starts[i]:starts[i + 1]]``: pixels of the text's letters; ``spaced``: pixels between them; ``spread``:
    pixels to which they may stand apart; ``upright``: whether they may be stacked. Anchors stand ``repeat`` pixels
    apart from the line's middle, whatever is in view: names do not wander when the map is moved.
    """
    longest = 2
    for i in range(len(begin)):
        longest = max(longest, end[i] - begin[i])
    px, py, cum = np.empty(longest), np.empty(longest), np.empty(longest)
    line, rank = np.empty(256, np.int64), np.empty(256, np.int64)
    first_place = np.zeros(257, np.int64)
    first_box = np.zeros(1025, np.int64)
    boxes = np.empty((4096, 6))
    rows, places, room = 0, 0, 0
    letters = np.empty((256, 6))
    for i in range(len(begin)):
        n = _project(coords, begin[i], end[i], left, top, k, px, py, cum)
        count = min(starts[i + 1] - starts[i], 255)
        if n < 2 or count < 1:
            continue
        total = cum[n - 1]
        text = advance[starts[i] : starts[i] + count]
        tight = spaced[i] * (count - 1)
        for j in range(count):  # one by one: in any other order the last digits would differ
            tight += text[j]
        if total < tight * 1.02:
            continue
        wide = 0.0
        if upright[i] and count > 1 and spread[i] > 0.0:
            wide = min(spread[i], (0.55 * min(total, repeat[i]) - tight) / (count - 1))
            if wide < max(0.25 * size[i], spaced[i]):
                wide = 0.0
        reach = max((total - tight) * 0.5, 0.0)
        turns = int(reach / repeat[i])
        step = min(repeat[i], total - tight) / (SHIFTS - 1)
        for t in range(2 * turns + 1):
            anchor = total * 0.5 + ((t + 1) // 2) * (1 if t % 2 else -1) * repeat[i]
            x, y = _at(px, py, cum, n, anchor)
            away = max(max(-x, x - width), max(-y, y - height))
            if away > repeat[i] * 0.5:
                continue
            found = 0
            for kind in range(4):
                if kind < 2 and wide == 0.0:
                    continue
                gap = wide if kind < 2 else spaced[i]
                run = tight + (gap - spaced[i]) * (count - 1)
                kept = 0
                for s in range(SHIFTS):
                    if kept == EACH or found == PLACES:
                        break
                    middle = anchor + ((s + 1) // 2) * (1 if s % 2 else -1) * step
                    if middle - run * 0.5 < 0.0 or middle + run * 0.5 > total:
                        continue
                    x, y = _at(px, py, cum, n, middle)
                    if x < 0.0 or y < 0.0 or x > width or y > height:
                        continue
                    used = _written(
                        px, py, cum, n, middle, run, text, gap, spaced[i], size[i], upright[i] == 1, kind % 2 == 1,
                        letters,
                    )  # fmt: skip
                    if used == 0:
                        continue
                    if room + used > len(boxes):
                        boxes = _longer_table(boxes)
                    if places + 2 > len(first_box):
                        first_box = _longer(first_box)
                    for j in range(used):
                        for m in range(6):
                            boxes[room + j, m] = letters[j, m]
                    room += used
                    places += 1
                    first_box[places] = room
                    kept += 1
                    found += 1
            if found:
                if rows + 1 > len(line):
                    line, rank, first_place = _longer(line), _longer(rank), _longer(first_place)
                line[rows], rank[rows] = i, (t + 1) // 2
                rows += 1
                first_place[rows] = places
    return line[:rows], rank[:rows], first_place[: rows + 1], first_box[: places + 1], boxes[:room]


@exact_kernel
def _longer(values: I64) -> I64:
    made = np.zeros(2 * len(values), np.int64)
    for i in range(len(values)):  # slices take long to compile
        made[i] = values[i]
    return made


@exact_kernel
def _longer_table(values: F64) -> F64:
    made = np.empty((2 * len(values), 6))
    for i in range(len(values)):
        for j in range(6):
            made[i, j] = values[i, j]
    return made


@exact_kernel
def _project(coords: F64, a: int, b: int, left: float, top: float, k: float, px: F64, py: F64, cum: F64) -> int:
    """The line in pixels and the length walked to each vertex; vertices in the same place are passed over."""
    n = 0
    for v in range(a, b):
        x, y = (coords[v, 0] - left) * k, (top - coords[v, 1]) * k
        if n:
            gone = sqrt((x - px[n - 1]) ** 2 + (y - py[n - 1]) ** 2)
            if gone < 1e-6:
                continue
            cum[n] = cum[n - 1] + gone
        else:
            cum[0] = 0.0
        px[n], py[n] = x, y
        n += 1
    return n


@exact_kernel
def _at(px: F64, py: F64, cum: F64, n: int, s: float) -> tuple[float, float]:
    """The place ``s`` pixels along the line, held to its ends."""
    low, high = 0, n - 1
    while high - low > 1:
        middle = (low + high) // 2
        if cum[middle] <= s:
            low = middle
        else:
            high = middle
    t = min(max((s - cum[low]) / (cum[high] - cum[low]), 0.0), 1.0)
    return px[low] + t * (px[high] - px[low]), py[low] + t * (py[high] - py[low])


@exact_kernel
def _written(
    px: F64, py: F64, cum: F64, n: int, middle: float, run: float, text: F64, gap: float, spaced: float, size: float,
    upright: bool, bent: bool, letters: F64,
) -> int:  # fmt: skip
    """The boxes of a text centred ``middle`` pixels along the line, into ``letters``; how many, 0 = it does not fit.

    A text that needs no letters of its own is one box. ``bent``: only where the line is not straight, else only where
    it is.
    """
    ax, ay = _at(px, py, cum, n, middle - run * 0.5)
    bx, by = _at(px, py, cum, n, middle + run * 0.5)
    mx, my = _at(px, py, cum, n, middle)
    chord = sqrt((bx - ax) ** 2 + (by - ay) ** 2)
    if chord < 0.6 * run or chord <= 0.0:
        return 0
    ux, uy = (bx - ax) / chord, (by - ay) / chord
    off = abs((mx - ax) * uy - (my - ay) * ux)
    straight = chord >= STRAIGHT * run and off <= 0.2 * size
    if straight == bent:
        return 0
    steep = upright and len(text) > 1 and abs(uy) > abs(ux)
    forward = ux > 1e-9 or (ux > -1e-9 and uy < 0.0)
    if steep:
        forward = uy > 0.0
    sign = 1.0 if forward else -1.0
    ux, uy = ux * sign, uy * sign
    pad = PAD * size
    cx, cy = (ax + bx + 2.0 * mx) * 0.25, (ay + by + 2.0 * my) * 0.25
    if not bent and not steep and gap == spaced:
        box = letters[0]
        box[0], box[1], box[2], box[3], box[4], box[5] = cx, cy, run * 0.5 + pad, TALL * size, ux, uy
        return 1
    gone = -run * 0.5
    lx, ly = 0.0, 0.0
    least = 0.88 if gap < 0.6 * size else 0.77  # cosine of the turn from letter to letter
    for j in range(len(text)):
        s = gone + text[j] * 0.5
        gone += text[j] + gap
        if bent:
            here = middle + sign * s
            x, y = _at(px, py, cum, n, here)
            half = max(text[j], 0.8 * size) * 0.6
            fx, fy = _at(px, py, cum, n, here - half)
            gx, gy = _at(px, py, cum, n, here + half)
            length = sqrt((gx - fx) ** 2 + (gy - fy) ** 2)
            if length < 0.9 * half:
                return 0
            dx, dy = (gx - fx) / length * sign, (gy - fy) / length * sign
            if j and dx * lx + dy * ly < least:
                return 0
            if (dy if steep else dx) < 0.2:
                return 0
            lx, ly = dx, dy
        else:
            x, y, dx, dy = cx + s * ux, cy + s * uy, ux, uy
        box = letters[j]
        reach = (text[j] + min(gap, 1.6 * size)) * 0.5
        box[0], box[1] = x, y
        if steep:
            box[2], box[3], box[4], box[5] = size * 0.5 + pad, max(reach, 0.5 * size), dy, -dx
        else:
            box[2], box[3], box[4], box[5] = reach + pad, TALL * size, dx, dy
    return len(text)
