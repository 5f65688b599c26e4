"""Roads on a raster: each road cut where it passes from pixel to pixel, so that lengths by pixel are exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from gis.coverage.grid import Grid
from gis.geometry.columns import Columns

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RoadPieces:
    """m pieces, each within one pixel: its middle ``x``, ``y``, ``length_m``, and ``road_class`` (code, "" = unknown)
    as a place in ``classes``; each (m,)."""

    x: Floats
    y: Floats
    length_m: Floats
    road_class: NDArray[np.int64]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.x)


def road_pieces(grid: Grid, roads: Columns | None) -> RoadPieces:
    """The parts of all roads that lie within the grid."""
    nothing = np.zeros(0)
    if roads is None or roads.geometry is None or not len(roads.ids):
        return RoadPieces(nothing, nothing, nothing, np.zeros(0, np.int64), ())
    kinds = np.array([str(kind or "") for kind in roads.fields["road_class"]], object)
    classes, kind = np.unique(kinds.astype(str), return_inverse=True)
    lines, road = shapely.get_parts(shapely.clip_by_rect(roads.geometry, *grid.bbox), return_index=True)
    points, line = shapely.get_coordinates(lines, return_index=True)
    if not len(points):
        return RoadPieces(nothing, nothing, nothing, np.zeros(0, np.int64), ())
    together = line[1:] == line[:-1]
    scaled = (points - (grid.west, grid.north)) / (grid.resolution_m, -grid.resolution_m)
    start, end = scaled[:-1][together], scaled[1:][together]
    middle, length, segment = _pieces(start, end)
    of_road = road[line[:-1][together]][segment]
    return RoadPieces(
        grid.west + middle[:, 0] * grid.resolution_m,
        grid.north - middle[:, 1] * grid.resolution_m,
        length * grid.resolution_m,
        np.asarray(kind.ravel()[of_road], np.int64),
        tuple(classes.tolist()),
    )


@njit(cache=True)
def _pieces(start: Floats, end: Floats) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Segments in pixels cut at whole numbers of x and y: (middles (m, 2), lengths (m,), segment of each (m,))."""
    most = 0
    for i in range(len(start)):
        for k in range(2):
            most += int(abs(np.floor(end[i, k]) - np.floor(start[i, k]))) + 1
    middle, length, segment = np.empty((most, 2)), np.empty(most), np.empty(most, np.int64)
    count = 0
    for i in range(len(start)):
        x, y = start[i]
        dx, dy = end[i, 0] - x, end[i, 1] - y
        whole = np.hypot(dx, dy)
        if whole == 0.0:
            continue
        # At which share of the way the next border in x and in y is crossed, and how far apart borders are.
        step_x = abs(1.0 / dx) if dx != 0.0 else np.inf
        step_y = abs(1.0 / dy) if dy != 0.0 else np.inf
        next_x = np.inf if dx == 0.0 else ((np.floor(x) + 1.0 - x) if dx > 0.0 else (x - (np.ceil(x) - 1.0))) * step_x
        next_y = np.inf if dy == 0.0 else ((np.floor(y) + 1.0 - y) if dy > 0.0 else (y - (np.ceil(y) - 1.0))) * step_y
        at = 0.0
        while at < 1.0 and count < most:
            until = min(next_x, next_y, 1.0)
            if next_x <= until:
                next_x += step_x
            if next_y <= until:
                next_y += step_y
            if until > at:
                half = (at + until) / 2.0
                middle[count, 0], middle[count, 1] = x + half * dx, y + half * dy
                length[count], segment[count] = (until - at) * whole, i
                count += 1
                at = until
    return middle[:count], length[:count], segment[:count]
