"""Which marks of several point layers are shown where all of them together would be a carpet.

Each layer is thinned by itself first; then of all marks in one cell of a grid that all layers share the most important
stays: the larger one. Of equals, each layer comes first in its share of the cells, the upper ones in more of them: were
the uppermost always first, a dense layer on top would hide that there are others. The grid is tied to the world, so
panning changes nothing. Marks under a cluster's circle are left out too. Layers that show all their points or a surface
take no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, Future

import numpy as np
from numpy.typing import NDArray

from gis.cartography.arrays import LayerArrays
from gis.cartography.clusters import TOGETHER
from gis.cartography.declutter import SHARED_MM, TURNED, Marks, marks
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View

ROOM = 9_000.0  # scale denominator up to which layers do not disturb each other
CELL_MM = (
    (9_000.0, 15_000.0, 30_000.0, 60_000.0),
    (2.0, 4.0, 5.5, SHARED_MM),
)  # scale denominators, and the shared cells' sides there
LEVEL = 1.25  # a mark that is larger by this factor is more important, whatever its layer

Layers = Sequence[tuple[LayerArrays, LayerStyle]]


class Crowding:
    """Solves the marks of frames one after the other; what did not change is the same object again."""

    def __init__(self) -> None:
        self._own: dict[str, tuple[LayerArrays, LayerStyle, View, Marks]] = {}
        self._left: dict[str, tuple[Marks, NDArray[np.bool_], Marks]] = {}

    def shared(self, layers: Layers, view: View, pool: Executor | None = None) -> dict[str, Marks]:
        """The marks left to each layer, by class; ``layers`` in drawing order. Nothing where there is room for all."""
        scale = view.scale_denominator
        chosen = [
            (arrays, style)
            for arrays, style in layers
            if style.kind == "point" and style.crowd in ("thin", "cluster") and style.shown_at(scale)
        ]
        clusters = any(style.crowd == "cluster" for _, style in chosen) and scale > TOGETHER
        if len(chosen) < 2 or (scale <= ROOM and not clusters):
            return {}
        waiting = [self._known(arrays, style, view, pool) for arrays, style in chosen]
        own = [found.result() if isinstance(found, Future) else found for found in waiting]
        self._own = {
            style.cls: (arrays, style, view, found) for (arrays, style), found in zip(chosen, own, strict=True)
        }
        left: dict[str, tuple[Marks, NDArray[np.bool_], Marks]] = {}
        for (_, style), found, kept in zip(chosen, own, winners(own, [s for _, s in chosen], view), strict=True):
            before = self._left.get(style.cls)
            if before is not None and before[0] is found and np.array_equal(before[1], kept):
                left[style.cls] = before
            else:
                left[style.cls] = (found, kept, found if kept.all() else found.of(kept))
        self._left = left
        return {cls: made for cls, (_, _, made) in left.items()}

    def _known(
        self, arrays: LayerArrays, style: LayerStyle, view: View, pool: Executor | None
    ) -> Marks | Future[Marks]:
        known = self._own.get(style.cls)
        if known is not None and known[0] is arrays and known[2] == view and known[1] == style:
            return known[3]
        return pool.submit(marks, arrays, style, view) if pool is not None else marks(arrays, style, view)


def winners(own: Sequence[Marks], styles: Sequence[LayerStyle], view: View) -> list[NDArray[np.bool_]]:
    """Which marks of each layer stay, the layers in drawing order."""
    kept = (
        _first_in_cells(own, styles, view)
        if view.scale_denominator > ROOM
        else [np.ones(len(m.ids), bool) for m in own]
    )
    circles = [m.of(m.count > 1) for m in own]
    for m, style, stays in zip(own, styles, kept, strict=True):
        if style.crowd == "cluster":
            stays[:] = True
        else:
            for circle in circles:
                stays &= ~_under(m.at, circle)
    return kept


def _under(at: NDArray[np.float64], circles: Marks) -> NDArray[np.bool_]:
    """Which places lie under one of the circles (of clusters: a few hundred)."""
    found = np.zeros(len(at), np.bool_)
    for i in range(len(circles.ids)):
        dx, dy = at[:, 0] - circles.at[i, 0], at[:, 1] - circles.at[i, 1]
        found |= dx * dx + dy * dy < (circles.size[i] / 2) ** 2
    return found


def _first_in_cells(own: Sequence[Marks], styles: Sequence[LayerStyle], view: View) -> list[NDArray[np.bool_]]:
    """The most important mark in each cell of the shared grid; clusters and the points beside them stand apart."""
    scale = view.scale_denominator
    cell = float(np.interp(np.log(scale), np.log(CELL_MM[0]), CELL_MM[1])) * view.pixels_per_mm * view.resolution
    everything = Marks.joined(own)
    n = len(everything.ids)
    layer = np.repeat(np.arange(len(own)), [len(m.ids) for m in own])
    apart = np.array([style.crowd == "cluster" for style in styles], np.bool_)[layer]
    x, y = view.to_world(everything.at[:, 0], everything.at[:, 1])
    column, row = np.floor(x / cell).astype(np.int64), np.floor(y / cell).astype(np.int64)
    row[apart] += 1_000_003  # out of the way of the others
    level = np.floor(np.log(np.maximum(everything.size, 1.0)) / np.log(LEVEL))
    # Which layer comes first in a cell: a throw of the dice, but the same one for that place of the world each time.
    dice = (column * 73_856_093 ^ row * 19_349_663) >> 3
    first_layer = len(own) - 1 - np.minimum(dice % (len(own) + 1), len(own) - 1)
    turn = np.where(layer == first_layer, -len(own), -layer)
    # The later of a layer's marks are the more important ones.
    order = np.lexsort((-np.arange(n), turn, -level))
    _, first, cells = np.unique((column * 4_000_037 + row)[order], return_index=True, return_inverse=True)
    winner = np.empty(n, np.int64)
    winner[order] = order[first[cells.reshape(-1)]]
    kept = winner == np.arange(n)
    if scale <= TURNED:  # sectors that share a site are one mark
        turned = np.array([style.rotate_by is not None for style in styles], np.bool_)[layer]
        at = everything.at
        kept |= turned & (layer == layer[winner]) & (at == at[winner]).all(axis=1)
    return np.split(kept, np.cumsum([len(m.ids) for m in own])[:-1])
