"""Turning, scaling and mirroring by affine matrices.

A matrix is (a, b, d, e, xoff, yoff): x' = a x + b y + xoff, y' = d x + e y + yoff, as in shapely.affinity.
"""

from __future__ import annotations

from math import cos, hypot, isfinite, radians, sin
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.errors import Refusal

Matrix = tuple[float, float, float, float, float, float]
Place = tuple[float, float]


def turned(about: Place, clockwise: float) -> Matrix:
    """The matrix that turns by degrees clockwise about a point."""
    c, s = cos(radians(clockwise)), sin(radians(clockwise))
    return _about(about, c, s, -s, c)


def scaled(about: Place, along_x: float, along_y: float | None = None) -> Matrix:
    """The matrix that scales about a point. Raises Refusal ``geometry.no_extent`` for a factor of 0 or no number."""
    along_y = along_x if along_y is None else along_y
    if not (isfinite(along_x) and isfinite(along_y)) or along_x == 0 or along_y == 0:
        raise Refusal("geometry.no_extent")
    return _about(about, along_x, 0.0, 0.0, along_y)


def mirrored(a: Place, b: Place) -> Matrix:
    """The matrix that mirrors on the line through two points. Raises Refusal ``geometry.no_extent`` for one point."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = hypot(dx, dy)
    if length == 0:
        raise Refusal("geometry.no_extent")
    c, s = dx / length, dy / length
    return _about(a, c * c - s * s, 2 * c * s, 2 * c * s, s * s - c * c)


def inverse(matrix: Matrix) -> Matrix:
    """The matrix that takes back another."""
    a, b, d, e, x, y = matrix
    k = 1.0 / (a * e - b * d)
    return e * k, -b * k, -d * k, a * k, (b * y - e * x) * k, (d * x - a * y) * k


def transformed(shapes: Any, matrix: Matrix) -> NDArray[np.object_]:
    """An array of geometries under a matrix; None stays None."""
    a, b, d, e, x, y = matrix
    linear = np.array([[a, b], [d, e]])
    made: NDArray[np.object_] = shapely.transform(shapes, lambda xy: xy @ linear.T + (x, y))
    return made


def _about(point: Place, a: float, b: float, d: float, e: float) -> Matrix:
    x, y = point
    return a, b, d, e, x - a * x - b * y, y - d * x - e * y
