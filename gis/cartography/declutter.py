"""Chooses which points of a crowded layer are shown, so that a small scale shows a pattern and not a carpet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays, Part
from gis.cartography.clusters import LARGEST_MM, TOGETHER, Grid, clustered, diameter
from gis.cartography.sizing import SMALLEST_MARK, STEPS, levels, mark_sizes, size_steps
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View

CELL = 8.0  # pixels: points are never shown nearer to each other than about this
AIR = ((10_000.0, 50_000.0), (1.0, 3.0))  # scale denominators, and the spacing of marks there
SHARED_MM = 7.0  # the largest cell of the grid that all point layers share, see ``crowding``
TURNED = 12_000.0  # scale denominator beyond which directions are not shown: cones would be all there is to see


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Marks to draw, the least important first: ``at`` pixels (n, 2), ``variant`` (n,), ``turn`` degrees or NaN (n,),
    ``ids`` (n,), ``size`` pixels across (n,), ``count`` how many features each stands for (n,): more than one in a
    cluster, whose id is that of one of them."""

    at: NDArray[np.float64]
    variant: NDArray[np.int64]
    turn: NDArray[np.float64]
    ids: NDArray[np.int64]
    size: NDArray[np.float64]
    count: NDArray[np.int64]

    def of(self, chosen: NDArray[Any] | slice) -> Marks:
        """Some of them: a mask, indices or a slice, in their order."""
        return Marks(*(getattr(self, name)[chosen] for name in _COLUMNS))

    def alone(self) -> Marks:
        """Those that are no clusters."""
        return self if (self.count == 1).all() else self.of(self.count == 1)

    @staticmethod
    def joined(parts: Sequence[Marks]) -> Marks:
        """All of them, in the order given."""
        return Marks(*(np.concatenate([getattr(m, name) for m in parts]) for name in _COLUMNS))

    @staticmethod
    def none() -> Marks:
        """No mark at all."""
        whole, real = np.zeros(0, np.int64), np.zeros(0)
        return Marks(np.zeros((0, 2)), whole, real, whole, real, whole)


_COLUMNS = ("at", "variant", "turn", "ids", "size", "count")


def marks(
    arrays: LayerArrays, style: LayerStyle, view: View, sizes: tuple[float, ...] | None = None,
    spacing: float | None = None,
) -> Marks:  # fmt: skip
    """The points of a layer to draw in ``view``, as its ``crowd`` says; ``sizes``: pixels across of each variant where
    they are not the style's.

    Thin: of the points in one cell of the declutter grid the most important is shown. A cell is as large as a mark
    times ``spacing``, at least ``CELL``; ``spacing`` 0 shows all, None leaves more air the smaller the scale.
    """
    if style.crowd == "heat":
        return Marks.none()
    sizes = mark_sizes(style, view) if sizes is None else sizes
    if style.crowd == "cluster" and view.scale_denominator > TOGETHER:
        return _clusters(arrays, style, view, sizes)
    if style.crowd != "thin":
        spacing = 0.0
    elif spacing is None:
        spacing = air(view)
    largest = max(sizes) * (style.size_by.largest if style.size_by else 1.0)
    # Cells at the edge must be whole, also those which all layers share, or the choice would change while panning.
    pad = min(largest * 2.0, 2.0 * max(view.width, view.height)) + SHARED_MM * view.pixels_per_mm + CELL
    rank = np.zeros(256, np.int16)
    rank[list(style.order)] = np.arange(len(style.order), dtype=np.int16)
    cell = max(CELL, _typical_size(arrays.base, style, sizes) * spacing)
    made: list[Marks] = []
    for part, positions in arrays.drawn(view.grown(pad), style, view.scale_denominator):
        importance = rank[part.variant[positions]]
        steps = size_steps(style, part, positions)
        if steps is not None:
            importance = importance * np.int16(STEPS) + steps.astype(np.int16)
        positions = positions[np.argsort(-importance, kind="stable")]
        if spacing > 0:
            positions = positions[_thinned(part.bounds, positions, view, cell, pad, style.rotate_by is not None)]
        made.append(_marks_of(part, positions, style, view, sizes).of(slice(None, None, -1)))
    # The tail holds what was edited last: it is drawn on top. Within a part the important ones come last.
    return Marks.joined(made) if made else Marks.none()


def clusters_near(arrays: LayerArrays, style: LayerStyle, view: View, px: float, py: float, reach: float) -> Marks:
    """The circles within ``reach`` pixels of a pixel, looked for in the cells around it only."""
    side = reach + LARGEST_MM * view.pixels_per_mm
    x, y = view.to_world(px - side, py - side)
    around = replace(view, left=x, top=y, width=2 * side, height=2 * side)
    if style.crowd != "cluster" or view.scale_denominator <= TOGETHER:
        return Marks.none()
    shown = marks(arrays, style, around)
    shown = replace(shown, at=shown.at + np.array([px - side, py - side]))
    away = np.hypot(shown.at[:, 0] - px, shown.at[:, 1] - py) - shown.size / 2
    return shown.of((shown.count > 1) & (away <= reach))


def air(view: View) -> float:
    """How many mark sizes apart marks are kept at this scale."""
    return float(np.interp(np.log(view.scale_denominator), np.log(AIR[0]), AIR[1]))


def _marks_of(
    part: Part, positions: NDArray[np.int64], style: LayerStyle, view: View, sizes: tuple[float, ...]
) -> Marks:
    variant = part.variant[positions].astype(np.int64)
    turn = np.full(len(positions), np.nan)
    if part.turn is not None and view.scale_denominator <= TURNED:
        turn = part.turn[positions].astype(np.float64)
    size = np.asarray(sizes, np.float64)[variant]
    steps = size_steps(style, part, positions)
    if steps is not None and style.size_by is not None:
        size = np.maximum(size * levels(style.size_by)[steps], SMALLEST_MARK)
    at = view.pixels(part.bounds[positions, :2])
    return Marks(at, variant, turn, part.ids[positions], size, np.ones(len(positions), np.int64))


def _typical_size(part: Part, style: LayerStyle, sizes: tuple[float, ...]) -> float:
    """The median size in the whole layer, by a sample: one of what is in view would change while panning."""
    if len(part) == 0:
        return max(sizes)
    chosen = np.arange(0, len(part), max(len(part) // 4000, 1), dtype=np.int64)
    size = np.asarray(sizes)[part.variant[chosen]]
    steps = size_steps(style, part, chosen)
    if steps is not None and style.size_by is not None:
        size = size * levels(style.size_by)[steps]
    return float(np.median(size))


def _clusters(arrays: LayerArrays, style: LayerStyle, view: View, sizes: tuple[float, ...]) -> Marks:
    found = arrays.drawn(Grid.of(view).bbox, style, view.scale_denominator)
    if not found:
        return Marks.none()
    clusters = clustered(found, view)
    made = []
    for i, (part, _) in enumerate(found):
        here = clusters.source == i
        marked = _marks_of(part, clusters.first[here], style, view, sizes)
        count, at = clusters.count[here], clusters.at[here]
        several = count > 1
        size = np.array([diameter(n, view.pixels_per_mm) for n in count])
        made.append(
            Marks(
                np.where(several[:, None], at, marked.at), np.where(several, 0, marked.variant),
                np.where(several, np.nan, marked.turn), marked.ids, np.where(several, size, marked.size), count,
            )
        )  # fmt: skip
    joined = Marks.joined(made)
    return joined.of(np.lexsort((joined.ids, joined.count)))


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
