"""Places names on a grid of taken room, greedily in a given order: compiled, without the GIL.

A box is (cx, cy, half width, half height, ux, uy): a rectangle around (cx, cy) whose text runs in the direction of the
unit vector (ux, uy), y downwards. A grid cell is taken as soon as a box touches it, so boxes in no common cell do not
overlap, turned or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from gis.cartography.compiled import exact_kernel
from gis.cartography.view import View
from gis.geometry.columns import BBox

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

CELL_MM = 0.53  # the grain in which room is kept
SIDES = 8  # places around a point
_ASIDE = 0.0137  # pixels: whole coordinates do not fall on borders of cells, where rounding would decide
FURTHER, OFF = 0.75, 2.0  # what the next place weighs, beside a point and in an area, in cells with a line
HIDDEN = 1000.0  # a marked cell below a name weighs as much as so many cells with a line


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells over a view, tied to the world: ``cell`` pixels wide, the map's corner at (ox, oy) of the first."""

    ox: float
    oy: float
    cell: float
    shape: tuple[int, int]

    @staticmethod
    def of(view: View) -> Grid:
        """The grid of a view."""
        cell = float(max(round(CELL_MM * view.pixels_per_mm), 1))
        ox = float(round(view.left / view.resolution)) % cell + _ASIDE
        oy = float(round(-view.top / view.resolution)) % cell + _ASIDE
        return Grid(ox, oy, cell, (int((view.height + oy) / cell) + 2, int((view.width + ox) / cell) + 2))

    @property
    def about(self) -> tuple[float, float, float]:
        """What kernels ask for: ox, oy, cell."""
        return self.ox, self.oy, self.cell

    def free(self) -> U8:
        """A grid with nothing in it."""
        return np.zeros(self.shape, np.uint8)

    def close(self, cells: U8, box: BBox) -> None:
        """Take the cells that a box of pixels (left, top, right, bottom) touches."""
        left, top, right, bottom = box
        rows = slice(max(floor((top + self.oy) / self.cell), 0), max(floor((bottom + self.oy) / self.cell) + 1, 0))
        columns = slice(max(floor((left + self.ox) / self.cell), 0), max(floor((right + self.ox) / self.cell) + 1, 0))
        cells[rows, columns] = 1


@exact_kernel
def solve(
    order: I64, first_place: I64, first_box: I64, boxes: F64, at: F64, size: F64, clear: F64, ink: F64, bold: U8,
    soft: U8, name: I64, apart: F64, width: float, height: float, ox: float, oy: float, cell: float, taken: U8,
    shut: U8, marked: U8, crossed: U8,
) -> tuple[I64, F64]:  # fmt: skip
    """The place taken by each candidate (n,), -1 = none, and the middle of it (n, 2).

    Candidate i has the places ``first_place[i]:first_place[i + 1]``, place p the boxes ``first_box[p]:first_box[p +
    1]`` that must all be free and inside the map; or with ``clear[i]`` >= 0 the ``SIDES`` around the point ``at[i]``
    at that distance, for a text of ``size[i]``. Letters leave ``shut`` and ``marked`` cells free; a text that is
    ``bold`` and has no such place takes the one where it hides fewest of the ``marked``. ``ink``: by how much a box
    is larger than its letters. Those that are ``soft`` take a place of few ``crossed`` cells, others the first that
    fits. No two of one ``name`` (n,) stand nearer than ``apart``. ``ox, oy`` (pixels) tie the grids to the world.
    """
    n = len(order)
    chosen = np.full(n, -1, np.int64)
    middle = np.zeros((n, 2))
    names = 0
    for i in range(n):
        names = max(names, name[i] + 1)
    head = np.full(names, -1, np.int64)
    following = np.full(n, -1, np.int64)
    own = np.zeros((1, 6))
    for i in order:
        around = clear[i] >= 0.0
        first = 0 if around else first_place[i]
        last = SIDES if around else first_place[i + 1]
        least = -1.0
        for p in range(first, last):
            room, a, b = boxes, 0, 1
            if around:
                _beside(own, p, at[i, 0], at[i, 1], size[i, 0], size[i, 1], clear[i])
                room = own
            else:
                a, b = first_box[p], first_box[p + 1]
            x = (room[a, 0] + room[b - 1, 0]) * 0.5
            y = (room[a, 1] + room[b - 1, 1]) * 0.5
            fits = True
            other = head[name[i]]
            while other >= 0 and fits:
                fits = (middle[other, 0] - x) ** 2 + (middle[other, 1] - y) ** 2 >= apart[i] ** 2
                other = following[other]
            j = a
            while fits and j < b:
                fits = inside(room, j, width, height) and under(taken, room, j, 0.0, ox, oy, cell, True) == 0
                fits = fits and under(shut, room, j, ink[i], ox, oy, cell, True) == 0
                j += 1
            if not fits:
                continue
            hidden, lines = 0, 0
            for j in range(a, b):
                hidden += under(marked, room, j, ink[i], ox, oy, cell, not bold[i])
                if soft[i]:
                    lines += under(crossed, room, j, ink[i], ox, oy, cell, False)
            if hidden and not bold[i]:
                continue
            cost = HIDDEN * hidden + lines + (FURTHER if around else OFF) * (p - first) * soft[i]
            if least < 0.0 or cost < least:
                least = cost
                chosen[i] = p
                middle[i, 0], middle[i, 1] = x, y
            if hidden == 0 and lines == 0:
                break
        if chosen[i] >= 0:
            room, a, b = boxes, 0, 1
            if around:
                _beside(own, chosen[i], at[i, 0], at[i, 1], size[i, 0], size[i, 1], clear[i])
                room = own
            else:
                a, b = first_box[chosen[i]], first_box[chosen[i] + 1]
            for j in range(a, b):
                take(taken, room, j, ox, oy, cell)
            following[i] = head[name[i]]
            head[name[i]] = i
    return chosen, middle


@exact_kernel
def _beside(box: F64, side: int, x: float, y: float, w: float, h: float, gap: float) -> None:
    """The box of a text on one side of a point: right, left, above, below, then the corners."""
    dx, dy = 0.0, 0.0
    if side == 0 or side == 4 or side == 5:
        dx = 1.0
    elif side == 1 or side >= 6:
        dx = -1.0
    if side == 2 or side == 4 or side == 6:
        dy = -1.0
    elif side == 3 or side == 5 or side == 7:
        dy = 1.0
    if side >= 4:
        gap = gap * 0.5
    box[0, 0], box[0, 1] = x + dx * (gap + w * 0.5), y + dy * (gap + h * 0.5)
    box[0, 2], box[0, 3], box[0, 4], box[0, 5] = w * 0.5, h * 0.5, 1.0, 0.0


@exact_kernel
def inside(boxes: F64, j: int, width: float, height: float) -> bool:
    """Whether a box lies wholly on a map ``width`` × ``height``."""
    cx, cy, hw, hh, ux, uy = boxes[j, 0], boxes[j, 1], boxes[j, 2], boxes[j, 3], boxes[j, 4], boxes[j, 5]
    ex = hw * abs(ux) + hh * abs(uy)
    ey = hw * abs(uy) + hh * abs(ux)
    return bool(cx - ex >= 0.0 and cy - ey >= 0.0 and cx + ex <= width and cy + ey <= height)


@exact_kernel
def _span(
    cx: float, cy: float, hw: float, hh: float, ux: float, uy: float, y0: float, y1: float
) -> tuple[float, float]:
    """From where to where a box reaches within the strip y0 … y1."""
    if uy == 0.0:
        return cx - hw, cx + hw
    lo, hi = 1e18, -1e18
    for e in range(4):
        a = hw if e == 1 or e == 2 else -hw
        b = hh if e >= 2 else -hh
        c = hw if e == 0 or e == 1 else -hw
        d = hh if e == 1 or e == 2 else -hh
        px, py = cx + a * ux - b * uy, cy + a * uy + b * ux
        qx, qy = cx + c * ux - d * uy, cy + c * uy + d * ux
        if py > qy:
            px, py, qx, qy = qx, qy, px, py
        if qy < y0 or py > y1:
            continue
        fall = qy - py
        s = px if py >= y0 or fall <= 0.0 else px + (qx - px) * ((y0 - py) / fall)
        t = qx if qy <= y1 or fall <= 0.0 else px + (qx - px) * ((y1 - py) / fall)
        lo, hi = min(lo, s, t), max(hi, s, t)
    return lo, hi


@exact_kernel
def under(grid: U8, boxes: F64, j: int, less: float, ox: float, oy: float, cell: float, any_will_do: bool) -> int:
    """How many cells under a box, made ``less`` smaller on every side, are taken; at most 1 if ``any_will_do``."""
    cx, cy, ux, uy = boxes[j, 0] + ox, boxes[j, 1] + oy, boxes[j, 4], boxes[j, 5]
    hw, hh = max(boxes[j, 2] - less, 0.5), max(boxes[j, 3] - less, 0.5)
    ey = hw * abs(uy) + hh * abs(ux)
    rows, columns = grid.shape
    found = 0
    for r in range(max(floor((cy - ey) / cell), 0), min(floor((cy + ey) / cell), rows - 1) + 1):
        lo, hi = _span(cx, cy, hw, hh, ux, uy, r * cell, (r + 1) * cell)
        if lo > hi:
            continue
        for c in range(max(floor(lo / cell), 0), min(floor(hi / cell), columns - 1) + 1):
            if grid[r, c]:
                found += 1
                if any_will_do:
                    return 1
    return found


@exact_kernel
def take(grid: U8, boxes: F64, j: int, ox: float, oy: float, cell: float) -> None:
    """Take all cells which a box touches."""
    cx, cy, hw, hh, ux, uy = boxes[j, 0] + ox, boxes[j, 1] + oy, boxes[j, 2], boxes[j, 3], boxes[j, 4], boxes[j, 5]
    ey = hw * abs(uy) + hh * abs(ux)
    rows, columns = grid.shape
    for r in range(max(floor((cy - ey) / cell), 0), min(floor((cy + ey) / cell), rows - 1) + 1):
        lo, hi = _span(cx, cy, hw, hh, ux, uy, r * cell, (r + 1) * cell)
        if lo > hi:
            continue
        for c in range(max(floor(lo / cell), 0), min(floor(hi / cell), columns - 1) + 1):
            grid[r, c] = 1


@exact_kernel
def cover(grid: U8, at: F64, radius: F64, ox: float, oy: float, cell: float) -> None:
    """Take the cells whose middle lies within ``radius`` (n,) of ``at`` (n, 2), at least the one it lies in."""
    rows, columns = grid.shape
    for i in range(len(at)):
        x, y, reach = at[i, 0] + ox, at[i, 1] + oy, radius[i]
        row, column = floor(y / cell), floor(x / cell)
        if 0 <= row < rows and 0 <= column < columns:
            grid[row, column] = 1
        n = int(reach / cell) + 1
        for r in range(max(row - n, 0), min(row + n, rows - 1) + 1):
            dy = (r + 0.5) * cell - y
            for k in range(max(column - n, 0), min(column + n, columns - 1) + 1):
                dx = (k + 0.5) * cell - x
                if dx * dx + dy * dy <= reach * reach:
                    grid[r, k] = 1
