"""Geometries as whole numbers on the square of Web Mercator, ready for a canvas in the browser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gis.geometry.columns import BBox

SPAN = 2**30  # steps from the west to the east of the world: 4 cm at the equator
COARSE = 3  # bits left out of lines' and outlines' numbers: steps of 30 cm
_SMOOTH_M = {"line": 1.0, "polygon": 5.0}  # lines are drawn with at most this error
_NORTHERNMOST = 85.051128779806589  # degrees: where the square of Web Mercator ends
_SMALL_M = 0.1  # outlines of houses keep their corners: the error allowed is also at most this share of their size


@dataclass(frozen=True, slots=True)
class Outlines:
    """n features of lines or areas. Feature i owns ``parts[i]`` parts (lines, or rings without their closing corner),
    part j ``lengths[j]`` corners; ``x``, ``y``: all corners one after the other, in steps of ``SPAN >> COARSE``.
    """

    parts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.int64]


def mercator(
    xy: NDArray[np.float64], to_degrees: pyproj.Transformer, span: int = SPAN
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Steps east of 180° W and south of the square's northern edge, of project coordinates (n, 2)."""
    lon, lat = to_degrees.transform(xy[:, 0], xy[:, 1])
    lat = np.radians(np.clip(lat, -_NORTHERNMOST, _NORTHERNMOST))
    east = (np.asarray(lon) + 180.0) / 360.0
    south = 0.5 - np.arcsinh(np.tan(lat)) / (2.0 * np.pi)
    return np.rint(east * span).astype(np.int64), np.rint(south * span).astype(np.int64)


def middles(shapes: NDArray[np.object_], kind: str) -> NDArray[np.float64]:
    """One place (n, 2) of each feature: a point, the middle of a line's way, the middle of an area."""
    made: NDArray[np.float64]
    if kind == "line":
        half = shapely.line_interpolate_point(shapes, 0.5, normalized=True)
        several = shapely.is_missing(half) | shapely.is_empty(half) | (shapely.get_num_geometries(shapes) > 1)
        half[several] = shapely.centroid(shapes[several])
        made = shapely.get_coordinates(half)
    else:
        made = shapely.get_coordinates(shapely.centroid(shapes))
    return made


def label_places(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Where the name of each area (n, 2) stands: in its middle, where that lies inside."""
    middle = shapely.centroid(shapes)
    outside = ~shapely.contains_properly(shapes, middle)
    middle[outside] = shapely.point_on_surface(shapes[outside])
    made: NDArray[np.float64] = shapely.get_coordinates(middle)
    return made


def outlines(shapes: NDArray[np.object_], kind: str, to_degrees: pyproj.Transformer) -> Outlines:
    """Lines or areas, smoothed by no more than is seen."""
    lengths = shapely.length(shapes)
    error = np.minimum(_SMOOTH_M[kind], lengths / 4 * _SMALL_M)
    smooth = shapely.simplify(shapes, error, preserve_topology=True)
    if kind == "polygon":  # holes run the other way round, so that many areas can be filled at once
        smooth = shapely.orient_polygons(smooth)
    pieces, of = shapely.get_parts(smooth, return_index=True)
    if kind == "polygon":
        pieces, of_piece = shapely.get_rings(pieces, return_index=True)
        of = of[of_piece]
    corners, of_corner = shapely.get_coordinates(pieces, return_index=True)
    if kind == "polygon" and len(corners):
        last = np.append(of_corner[1:] != of_corner[:-1], True)
        corners, of_corner = corners[~last], of_corner[~last]
    x, y = mercator(corners, to_degrees, SPAN >> COARSE)
    return Outlines(
        parts=np.bincount(of, minlength=len(shapes)), lengths=np.bincount(of_corner, minlength=len(pieces)), x=x, y=y
    )


def bounds_of(bbox: BBox, to_degrees: pyproj.Transformer) -> list[list[float]]:
    """[[south, west], [north, east]] of a rectangle of the project's CRS."""
    xmin, ymin, xmax, ymax = bbox
    west, south, east, north = to_degrees.transform_bounds(xmin, ymin, xmax, ymax)
    return [[round(south, 6), round(west, 6)], [round(north, 6), round(east, 6)]]
