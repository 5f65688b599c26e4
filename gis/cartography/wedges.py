"""Fields of view and sectors drawn true to scale: from azimuth, opening and range of each point."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, floor, pi, sin, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.cartography.arrays import LayerArrays, Part
from gis.cartography.compiled import kernel
from gis.cartography.kernels import _mixed, _weighed
from gis.cartography.symbols import LayerStyle, Wedge
from gis.cartography.view import View

OUTLINE_MM = 0.25
OUTLINE = 0.75  # opacity of the outline
APART_MM = 0.8  # wedges that would lie exactly over each other end so far before the next larger one
SHRUNK = 0.35  # the largest share of its radius by which a wedge is drawn smaller for that
LARGEST = 1e6  # pixels: a longer range is a slip of the pen


@dataclass(frozen=True, slots=True, eq=False)
class Wedges:
    """n wedges in pixels, the largest first: ``at`` (n, 2), ``azimuth`` degrees clockwise from north, ``width``
    degrees, ``radius`` pixels, ``variant``, ``ids``."""

    at: NDArray[np.float64]
    azimuth: NDArray[np.float64]
    width: NDArray[np.float64]
    radius: NDArray[np.float64]
    variant: NDArray[np.int64]
    ids: NDArray[np.int64]


def wedges(arrays: LayerArrays, style: LayerStyle, view: View) -> Wedges | None:
    """The wedges of a layer that reach into ``view``; None where there are none, or all are below ``from_px``.

    A feature without azimuth has a wedge only where it looks all round. Of wedges in the same place with the same
    azimuth, opening and range, as cells of several bands on one antenna, all but the first are drawn a little smaller.
    """
    wedge = style.wedge
    if wedge is None:
        return None
    reach = max((_farthest(part, wedge) for part in arrays.parts), default=0.0) / view.resolution
    if reach < wedge.from_px:
        return None
    made: list[tuple[NDArray[Any], ...]] = []
    for part, positions in arrays.drawn(view.grown(min(reach, LARGEST) + 2), style, view.scale_denominator):
        azimuth = _values(part, positions, wedge.azimuth, np.nan)
        width = np.clip(_values(part, positions, wedge.width, wedge.default_width), 0.0, 360.0)
        radius = _values(part, positions, wedge.range, wedge.default_range) / view.resolution
        at = view.pixels(part.bounds[positions, :2])
        kept = (radius >= wedge.from_px) & (radius <= LARGEST) & (width > 0) & (np.isfinite(azimuth) | (width >= 360))
        kept &= (at[:, 0] + radius > 0) & (at[:, 0] - radius < view.width)
        kept &= (at[:, 1] + radius > 0) & (at[:, 1] - radius < view.height)
        azimuth = np.where(np.isfinite(azimuth), azimuth, 0.0)
        ids, variant = part.ids[positions], part.variant[positions].astype(np.int64)
        made.append((at[kept], azimuth[kept], width[kept], radius[kept], variant[kept], ids[kept]))
    if not made:
        return None
    joined = [np.concatenate(columns) for columns in zip(*made, strict=True)]
    joined[3] = _told_apart(
        joined[0], joined[1], joined[2], joined[3], joined[4], joined[5], APART_MM * view.pixels_per_mm
    )
    order = np.lexsort((joined[5], -joined[3]))
    return Wedges(*(column[order] for column in joined)) if len(order) else None


def _told_apart(
    at: NDArray[np.float64], azimuth: NDArray[np.float64], width: NDArray[np.float64], radius: NDArray[np.float64],
    variant: NDArray[np.int64], ids: NDArray[np.int64], apart: float,
) -> NDArray[np.float64]:  # fmt: skip
    """The radii (n,) at which no two wedges are the same: of those alike the first, by variant and id, keeps its own
    and each further one is ``apart`` pixels smaller, less where they are many."""
    if len(ids) < 2:
        return radius
    shape = (at[:, 0], at[:, 1], azimuth, width, radius)
    order = np.lexsort((ids, variant, *shape))
    new = np.ones(len(order), np.bool_)
    new[1:] = np.any([column[order[1:]] != column[order[:-1]] for column in shape], axis=0)
    first = np.flatnonzero(new)
    group = np.cumsum(new) - 1
    rank = np.arange(len(order)) - first[group]
    alike = np.diff(np.append(first, len(order)))[group]
    made = radius.copy()
    made[order] -= rank * np.minimum(apart, SHRUNK * radius[order] / alike)
    return made


def _farthest(part: Part, wedge: Wedge) -> float:
    numbers = part.numbers.get(wedge.range) if wedge.range else None
    if numbers is None or len(numbers) == 0:
        return wedge.default_range
    known = numbers[np.isfinite(numbers)]
    return max(float(known.max()) if len(known) else 0.0, wedge.default_range if len(known) < len(numbers) else 0.0)


def _values(part: Part, positions: NDArray[np.int64], field: str | None, empty: float) -> NDArray[np.float64]:
    numbers = part.numbers.get(field) if field else None
    if numbers is None:
        return np.full(len(positions), empty)
    values = numbers[positions].astype(np.float64)
    return np.where(np.isfinite(values), values, empty)


def draw_wedges(
    buffer: NDArray[np.uint32], given: Wedges, colors: NDArray[np.int64], share: float, line: float
) -> None:
    """Draw wedges onto a picture (h, w): ``colors`` 0xRRGGBB by variant, ``share`` opacity of the area, ``line``
    pixels the outline is wide, inside the wedge."""
    paint(
        buffer, given.at, given.azimuth, given.width, given.radius, given.variant, colors, float(share), float(line),
        OUTLINE,
    )  # fmt: skip


@kernel
def paint(
    buffer: NDArray[np.uint32], at: NDArray[np.float64], azimuth: NDArray[np.float64], width: NDArray[np.float64],
    radius: NDArray[np.float64], variant: NDArray[np.int64], colors: NDArray[np.int64], share: float, line: float,
    edge: float,
) -> None:  # fmt: skip
    """Cover each row where the wedge is: rims by the distance to arc and sides, antialiased and exact at any size, and
    what lies inside them in runs of one colour."""
    h, w = buffer.shape
    margin = line + 1.0  # pixels from arc and sides where the inside begins
    flat = int(share * 255.0 + 0.5)
    for i in range(len(at)):
        x, y, r = at[i, 0], at[i, 1], radius[i]
        whole = width[i] >= 360.0
        wide = width[i] > 180.0
        half = width[i] * pi / 360.0
        a, b = azimuth[i] * pi / 180.0 - half, azimuth[i] * pi / 180.0 + half
        # Inward normals of the two sides, in screen axes (y downwards, bearings clockwise from north).
        ax, ay, bx, by = cos(a), sin(a), -cos(b), -sin(b)
        source = 0xFF000000 | colors[variant[i]]
        tint = np.uint32(_mixed(source, flat))
        rest = np.uint32(255 - flat)
        for iy in range(max(0, floor(y - r - 1)), min(h, ceil(y + r + 1))):
            dy = iy + 0.5 - y
            reach = (r + 1.0) * (r + 1.0) - dy * dy
            if reach <= 0.0:
                continue
            low, high = -sqrt(reach), sqrt(reach)
            if not wide:
                first, last = _row(ax, ay, bx, by, dy, -1.0)
                low, high = max(low, first), min(high, last)
            x0, x1 = max(0, floor(x + low - 0.5)), min(w, ceil(x + high + 0.5))
            if x1 <= x0:
                continue
            # Pixels p0 to p1 lie inside arc and sides; of a wide wedge those from q0 to q1 are near the gap.
            p0 = p1 = q0 = q1 = x1
            inside = max(r - margin, 0.0) ** 2 - dy * dy
            if r > margin and inside > 0.0:
                low, high = -sqrt(inside), sqrt(inside)
                if not wide:
                    first, last = _row(ax, ay, bx, by, dy, margin)
                    low, high = max(low, first), min(high, last)
                if high > low:
                    p0 = min(max(ceil(x + low - 0.5), x0), x1)
                    p1 = max(min(floor(x + high - 0.5) + 1, x1), p0)
                    q0 = q1 = p1
                    if wide and not whole:
                        first, last = _row(-ax, -ay, -bx, -by, dy, -margin)
                        if last > first:
                            q0 = min(max(floor(x + max(first, low) - 0.5), p0), p1)
                            q1 = max(min(ceil(x + min(last, high) + 0.5), p1), q0)
            row = buffer[iy]
            _rim(row, x0, p0, x, dy, r, ax, ay, bx, by, whole, wide, source, share, line, edge)
            _tint(row[p0:q0], tint, rest)
            _rim(row, q0, q1, x, dy, r, ax, ay, bx, by, whole, wide, source, share, line, edge)
            _tint(row[q1:p1], tint, rest)
            _rim(row, p1, x1, x, dy, r, ax, ay, bx, by, whole, wide, source, share, line, edge)


@kernel
def _row(ax: float, ay: float, bx: float, by: float, dy: float, least: float) -> tuple[float, float]:
    """Where on the row ``dy`` both normals times (dx, dy) are at least ``least``: from, to; empty where to < from."""
    low, high = -1e18, 1e18
    for side in range(2):
        nx, ny = (ax, ay) if side == 0 else (bx, by)
        if nx > 1e-9:
            low = max(low, (least - ny * dy) / nx)
        elif nx < -1e-9:
            high = min(high, (least - ny * dy) / nx)
        elif ny * dy < least:
            high = -2e18
    return low, high


@kernel
def _tint(run: NDArray[np.uint32], tint: np.uint32, rest: np.uint32) -> None:
    for k in range(len(run)):
        run[k] = np.uint32(tint + _weighed(run[k], rest))


@kernel
def _rim(
    row: NDArray[np.uint32], begin: int, end: int, x: float, dy: float, r: float, ax: float, ay: float, bx: float,
    by: float, whole: bool, wide: bool, source: int, share: float, line: float, edge: float,
) -> None:  # fmt: skip
    """Cover pixels ``begin`` to ``end`` of a row by their distance to the wedge's outline."""
    for ix in range(begin, end):
        dx = ix + 0.5 - x
        away = sqrt(dx * dx + dy * dy) - r
        if not whole:
            first, second = -(ax * dx + ay * dy), -(bx * dx + by * dy)
            away = max(away, min(first, second) if wide else max(first, second))
        cover = min(max(0.5 - away, 0.0), 1.0)
        if cover > 0.0:
            inner = min(max(0.5 - away - line, 0.0), 1.0)
            alpha = int((share * cover + edge * (1.0 - share) * (cover - inner)) * 255.0 + 0.5)
            row[ix] = np.uint32(_mixed(source, alpha) + _mixed(int(row[ix]), 255 - alpha))
