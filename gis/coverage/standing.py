"""Which points stand in which areas, and middles of shapes, a part at a time.

Shapely holds Python's lock while it makes geometries and trees: a large city in one call would stand the window still
for a second. Between parts others get their turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

PART = 20_000


def standing_in(
    polygons: NDArray[np.object_], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs (area, point) of n areas and m points that touch, by area and then by point."""
    areas, points = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    shapely.prepare(polygons)
    for part in _parts(len(x)):
        area, point = shapely.STRtree(shapely.points(x[part], y[part])).query(polygons, predicate="intersects")
        areas.append(np.asarray(area, np.int64))
        points.append(np.asarray(point, np.int64) + part.start)
    area, point = np.concatenate(areas), np.concatenate(points)
    order = np.lexsort((point, area))
    return area[order], point[order]


def places_of(
    shapes: NDArray[np.object_], middle: Callable[[NDArray[np.object_]], NDArray[Any]]
) -> NDArray[np.float64]:
    """The coordinates (n, 2) of ``middle`` (``shapely.centroid``, ``.point_on_surface``) of n shapes."""
    found = [np.zeros((0, 2))]
    found += [shapely.get_coordinates(middle(shapes[part])) for part in _parts(len(shapes))]
    return np.concatenate(found)


def _parts(count: int) -> Iterator[slice]:
    for first in range(0, count, PART):
        yield slice(first, min(first + PART, count))
