"""Chooses which points of a crowded layer are shown, so that a small scale shows a pattern and not a carpet."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View

CELL = 8.0  # pixels: points are never shown nearer to each other than about this
AIR = ((10_000.0, 50_000.0), (1.0, 3.0))  # scale denominators, and the spacing of marks there
TURNED = 20_000.0  # scale denominator beyond which directions are not shown: cones would be all there is to see


@dataclass(frozen=True, slots=True)
class Marks:
    """Points to draw, the least important first: ``at`` pixels (n, 2), ``variant`` (n,), ``turn`` degrees or NaN (n,),
    ``ids`` (n,)."""

    at: NDArray[np.float64]
    variant: NDArray[np.int64]
    turn: NDArray[np.float64]
    ids: NDArray[np.int64]


def marks(
    arrays: LayerArrays, style: LayerStyle, view: View, sizes: tuple[float, ...], spacing: float | None = None
) -> Marks:
    """The points of a layer to draw in ``view``; ``sizes``: pixels across of each variant.

    Of the points in one cell of the declutter grid the most important is shown. A cell is as large as a mark times
    ``spacing``, at least ``CELL``; ``spacing`` 0 shows all, None leaves more air the smaller the scale.
    """
    if spacing is None:
        spacing = float(np.interp(np.log(view.scale_denominator), np.log(AIR[0]), AIR[1]))
    pad = max(sizes) * 2.0 + CELL
    found = arrays.drawn(view.grown(pad), style, view.scale_denominator)
    rank = np.zeros(256, np.uint8)
    rank[list(style.order)] = np.arange(len(style.order), dtype=np.uint8)
    made: list[Marks] = []
    for part, positions in found:
        importance = rank[part.variant[positions]]
        positions = positions[np.argsort(255 - importance, kind="stable")]
        if spacing > 0:
            cell = max(CELL, float(np.median(np.asarray(sizes)[part.variant[positions]])) * spacing)
            positions = positions[_thinned(part.bounds, positions, view, cell, pad, style.rotate_by is not None)]
        turn = np.full(len(positions), np.nan)
        if part.turn is not None and view.scale_denominator <= TURNED:
            turn = part.turn[positions].astype(np.float64)
        shown = view.pixels(part.bounds[positions, :2])
        made.append(Marks(shown, part.variant[positions].astype(np.int64), turn, part.ids[positions]))
    if not made:
        nothing = np.zeros(0)
        return Marks(np.zeros((0, 2)), nothing.astype(np.int64), nothing, nothing.astype(np.int64))
    # The tail holds what was edited last: it is drawn on top. Within a part the important ones come last.
    return Marks(*(np.concatenate([getattr(m, name)[::-1] for m in made]) for name in ("at", "variant", "turn", "ids")))


def _thinned(
    bounds: NDArray[np.float64], positions: NDArray[np.int64], view: View, cell: float, pad: float, stacked: bool
) -> NDArray[np.int64]:
    k = 1.0 / view.resolution
    xmin, ymin, xmax, ymax = view.grown(pad)
    column0, row0 = floor(xmin * k / cell), floor(-ymax * k / cell)
    columns, rows = floor(xmax * k / cell) - column0 + 1, floor(-ymin * k / cell) - row0 + 1
    if kernels.READY.is_set():
        taken = np.zeros((rows, columns), np.int64)
        return kernels.thin(bounds, positions, view.left, view.top, k, cell, stacked, column0, row0, taken)
    x, y = bounds[positions, 0], bounds[positions, 1]
    key = np.floor(-y * k / cell).astype(np.int64) * 1_000_003 + np.floor(x * k / cell).astype(np.int64)
    _, first, cells = np.unique(key, return_index=True, return_inverse=True)
    if not stacked:
        return np.sort(first).astype(np.int64)
    chosen = first[cells]
    kept: NDArray[np.int64] = np.flatnonzero((x == x[chosen]) & (y == y[chosen])).astype(np.int64)
    return kept
