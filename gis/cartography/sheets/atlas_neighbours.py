"""Which pages of an atlas lie beside each other, so that each can say where the map goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import atan2, pi
from typing import Any

import numpy as np
import shapely

from gis.cartography.sheets.atlas import Way

_REACH_M = 1.0  # outlines drawn from different sources leave gaps


def neighbours(numbers: Sequence[int], regions: Sequence[Any]) -> list[Mapping[Way, int]]:
    """For each region (a polygon or None) the page north, south, east and west of it, where there is one.

    Of several in one direction it is the one with which it shares the most of its border.
    """
    shapes = np.empty(len(regions), object)
    shapes[:] = list(regions)
    given = ~shapely.is_missing(shapes)
    made: list[dict[Way, int]] = [{} for _ in regions]
    if given.sum() < 2:
        return list(made)
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="dwithin", distance=_REACH_M)
    pairs = left < right
    left, right = left[pairs], right[pairs]
    if not len(left):
        return list(made)
    rims = shapely.boundary(shapes)
    wide = shapely.buffer(shapes, _REACH_M, quad_segs=1)
    shared = shapely.length(shapely.intersection(rims[left], wide[right]))
    middles = shapely.get_coordinates(shapely.centroid(np.where(given, shapes, shapely.Point(0, 0))))
    best: dict[tuple[int, Way], tuple[float, int]] = {}
    for a, b, length in zip(left.tolist(), right.tolist(), shared.tolist(), strict=True):
        if length <= 2 * _REACH_M * 1.5:  # they meet at a corner
            continue
        for here, there in ((a, b), (b, a)):
            key = (here, way(middles[there] - middles[here]))
            best[key] = max(best.get(key, (0.0, -1)), (length, -there))
    for (here, direction), (_, there) in best.items():
        made[here][direction] = numbers[-there]
    return list(made)


def way(step: Any) -> Way:
    """The direction of a step (east, north): each takes a quarter of the circle."""
    quarter = round(atan2(float(step[1]), float(step[0])) / (pi / 2)) % 4
    ways: tuple[Way, ...] = ("east", "north", "west", "south")
    return ways[quarter]
