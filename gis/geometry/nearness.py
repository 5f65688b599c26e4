"""Which features lie in, on or near others, and how far the nearest is: whole columns at once.

Geometries are object arrays of shapely geometries in one projected CRS, metres; None where there is none. Points among
points go by a k-d tree, everything else by an R-tree of the smaller side; both give the same answers.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Predicate = Literal["within", "intersects"]
_CHUNK = 20_000  # rows a call into GEOS, which keeps the GIL


def meeting(mine: NDArray[Any], others: NDArray[Any], predicate: Predicate) -> NDArray[np.bool_]:
    """(n,) whether each of ``mine`` lies within (its border counts) or intersects at least one of ``others``."""
    made = np.zeros(len(mine), bool)
    given = _given(others)
    if not len(given):
        return made
    if len(given) == 1:
        shapely.prepare(given)
        test = shapely.covers if predicate == "within" else shapely.intersects
        for part in _chunks(len(mine)):
            made[part] = test(given[0], mine[part])
        return made
    tree = shapely.STRtree(given)
    asked = "covered_by" if predicate == "within" else "intersects"
    for part in _chunks(len(mine)):
        made[part.start + np.unique(tree.query(mine[part], predicate=asked)[0])] = True
    return made


def points_meeting(xy: NDArray[np.float64], other: Any) -> NDArray[np.bool_]:
    """(n,) whether each point (n, 2) lies in or on ``other``."""
    shapely.prepare(other)
    made = np.zeros(len(xy), bool)
    for part in _chunks(len(xy)):
        made[part] = shapely.intersects_xy(other, xy[part, 0], xy[part, 1])
    return made


def near(mine: NDArray[Any], others: NDArray[Any], distance_m: float) -> NDArray[np.bool_]:
    """(n,) whether the nearest of ``others`` is at most ``distance_m`` away from each of ``mine``."""
    given = _given(others)
    made = np.zeros(len(mine), bool)
    if not len(given):
        return made
    if _points(mine) and _points(given):
        away = _point_distances(mine, given, distance_m)
        return np.asarray(away <= distance_m)
    tree = shapely.STRtree(given)
    for part in _chunks(len(mine)):
        made[part.start + np.unique(tree.query(mine[part], predicate="dwithin", distance=distance_m)[0])] = True
    return made


def distances(mine: NDArray[Any], others: NDArray[Any], *, same: bool = False) -> NDArray[np.float64]:
    """(n,) metres to the nearest of ``others``, NaN where there is none or no geometry.

    ``same``: both are the same features; then the nearest other one counts, not the feature itself.
    """
    away = np.full(len(mine), np.nan)
    places = np.flatnonzero(~shapely.is_missing(others) & ~shapely.is_empty(others))
    have = np.flatnonzero(~shapely.is_missing(mine) & ~shapely.is_empty(mine))
    if not len(places) or not len(have) or (same and len(places) < 2):
        return away
    if _points(mine) and _points(others):
        tree = cKDTree(shapely.get_coordinates(others[places]))
        # Among the same points the nearest, at 0 m, is the point itself or another on its spot.
        away[have] = tree.query(shapely.get_coordinates(mine[have]), k=[2 if same else 1], workers=-1)[0][:, 0]
        return away
    index = shapely.STRtree(others[places])
    for part in _chunks(len(have)):
        rows = have[part]
        if same:
            away[rows] = _without_itself(index, mine, rows, places)
        else:
            (asked, _), length = index.query_nearest(mine[rows], return_distance=True, all_matches=False)
            away[rows[asked]] = length
    return away


def containing(mine: NDArray[Any], others: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (place in ``mine``, place in ``others``) where an area of ``mine`` covers one of ``others``."""
    places = np.flatnonzero(~shapely.is_missing(others) & ~shapely.is_empty(others))
    if not len(places) or not len(mine):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    tree = shapely.STRtree(others[places])
    outer, inner = tree.query(mine, predicate="covers")
    return outer.astype(np.int64), places[inner]


def _without_itself(
    index: shapely.STRtree, mine: NDArray[Any], rows: NDArray[np.int64], places: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(rows,) metres to the nearest other feature: circles ever wider around each until something else lies in them."""
    away = np.full(len(rows), np.nan)
    for i, row in enumerate(rows):
        width = 100.0
        while width < 2e8:
            close = index.query(mine[row], predicate="dwithin", distance=width)
            close = close[places[close] != row]
            if len(close):
                away[i] = shapely.distance(mine[row], index.geometries[close]).min()
                break
            width *= 4.0
    return away


def _point_distances(mine: NDArray[Any], given: NDArray[Any], most: float) -> NDArray[np.float64]:
    away = np.full(len(mine), np.inf)
    have = np.flatnonzero(~shapely.is_missing(mine) & ~shapely.is_empty(mine))
    if len(have):
        tree = cKDTree(shapely.get_coordinates(given))
        bound = np.nextafter(most, np.inf)  # the tree leaves out what is exactly at its bound
        away[have] = tree.query(shapely.get_coordinates(mine[have]), distance_upper_bound=bound, workers=-1)[0]
    return away


def _given(others: NDArray[Any]) -> NDArray[Any]:
    given: NDArray[Any] = others[~shapely.is_missing(others) & ~shapely.is_empty(others)]
    return given


def _points(shapes: NDArray[Any]) -> bool:
    kinds = shapely.get_type_id(shapes)
    return bool(np.all((kinds == 0) | (kinds == -1)))


def _chunks(n: int) -> list[slice]:
    return [slice(start, min(start + _CHUNK, n)) for start in range(0, n, _CHUNK)]
