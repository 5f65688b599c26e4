"""Points and figures constructed on the map plane: by distance and bearing, at right angles, along a step of angles.

Coordinates are metres, x east and y north. Bearings are degrees clockwise from grid north, 0 to below 360.
"""

from __future__ import annotations

from math import acos, atan2, ceil, cos, degrees, hypot, isfinite, pi, radians, sin

import numpy as np
from shapely import Polygon

from gis.errors import Refusal

Place = tuple[float, float]
SAGITTA = 0.005  # metres a circle's corners may stand off the true circle at the most


def polar(start: Place, distance: float, bearing: float) -> Place:
    """The point at a distance and bearing from another."""
    angle = radians(bearing)
    return start[0] + distance * sin(angle), start[1] + distance * cos(angle)


def bearing(start: Place, end: Place) -> float:
    """The bearing from one point to another; 0 where they are the same."""
    made = degrees(atan2(end[0] - start[0], end[1] - start[1])) % 360.0
    return 0.0 if made == 360.0 else made  # a bearing a hair west of north


def distance(start: Place, end: Place) -> float:
    """Metres between two points."""
    return hypot(end[0] - start[0], end[1] - start[1])


def foot(at: Place, a: Place, b: Place) -> Place:
    """The foot of the perpendicular from ``at`` on the endless line through a and b; a where the two are the same."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    if square == 0.0:
        return a
    share = ((at[0] - a[0]) * dx + (at[1] - a[1]) * dy) / square
    return a[0] + share * dx, a[1] + share * dy


def on_bearing(start: Place, at: Place, fixed: float) -> Place:
    """The point nearest to ``at`` on the endless line through ``start`` with a bearing: parallel or perpendicular to
    something, when that bearing is the other's, or differs from it by 90 degrees."""
    return foot(at, start, polar(start, 1.0, fixed))


def on_step(start: Place, at: Place, step: float, base: float = 0.0) -> Place:
    """The point nearest to ``at`` whose bearing from ``start`` is ``base`` and a whole number of ``step`` degrees."""
    if start == at:
        return at
    turns = round((bearing(start, at) - base) / step)
    return on_bearing(start, at, base + turns * step)


def crossing(a: Place, b: Place, c: Place, d: Place) -> Place | None:
    """Where the endless lines through a, b and c, d meet; None when they are parallel."""
    ux, uy, vx, vy = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
    turn = ux * vy - uy * vx
    if abs(turn) <= 1e-12 * hypot(ux, uy) * hypot(vx, vy):
        return None
    share = ((c[0] - a[0]) * vy - (c[1] - a[1]) * vx) / turn
    return a[0] + share * ux, a[1] + share * uy


def circle(center: Place, radius: float) -> Polygon:
    """A circle as a polygon whose corners lie on it, and whose edges are off it by at most ``SAGITTA``.

    Raises Refusal ``geometry.no_extent`` for a radius that is not positive.
    """
    if not (isfinite(radius) and radius > 0):
        raise Refusal("geometry.no_extent")
    quarter = max(ceil(pi / 4 / acos(max(1.0 - SAGITTA / radius, 0.0))), 8)
    angles = np.arange(4 * quarter) * (pi / (2 * quarter))
    ring = np.column_stack([center[0] + radius * np.sin(angles), center[1] + radius * np.cos(angles)])
    return Polygon(ring)


def circle_through(a: Place, b: Place, c: Place) -> tuple[Place, float]:
    """Centre and radius of the circle through three points. Raises Refusal ``geometry.no_extent`` when they are in
    one line."""
    middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), ((b[0] + c[0]) / 2, (b[1] + c[1]) / 2)
    across = (middle[0][0] + b[1] - a[1], middle[0][1] - b[0] + a[0]), (
        middle[1][0] + c[1] - b[1], middle[1][1] - c[0] + b[0],
    )  # fmt: skip
    center = crossing(middle[0], across[0], middle[1], across[1])
    if center is None:
        raise Refusal("geometry.no_extent")
    return center, distance(center, a)


def rectangle(a: Place, b: Place, side: Place) -> Polygon:
    """The rectangle on the edge from a to b, as deep as ``side`` is away from that edge.

    Raises Refusal ``geometry.no_extent`` when it has no area.
    """
    base = foot(side, a, b)
    dx, dy = side[0] - base[0], side[1] - base[1]
    if a == b or hypot(dx, dy) == 0.0:
        raise Refusal("geometry.no_extent")
    return Polygon([a, b, (b[0] + dx, b[1] + dy), (a[0] + dx, a[1] + dy)])


def box(a: Place, b: Place) -> Polygon:
    """The upright rectangle between two opposite corners. Raises Refusal ``geometry.no_extent`` without an area."""
    if a[0] == b[0] or a[1] == b[1]:
        raise Refusal("geometry.no_extent")
    return Polygon([a, (b[0], a[1]), b, (a[0], b[1])])
