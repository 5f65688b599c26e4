"""Making one of several: lines laid end to end, polygons melted together; and parts of one taken apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis.errors import Refusal

TOUCHING = 0.05  # metres within which two ends meet


def join_lines(lines: Sequence[LineString], tolerance: float = TOUCHING) -> LineString:
    """One line through all of ``lines``, which may come in any order and direction; it runs as the first one does.

    Where ends meet, the place of the line that was there first is kept, so that the length grows by no more than the
    gaps. Raises Refusal ``geometry.gap`` with the smallest ``gap`` in metres, ``geometry.branches`` where more than
    two ends meet, ``geometry.too_few`` for fewer than two lines.
    """
    if len(lines) < 2:
        raise Refusal("geometry.too_few", least=2)
    chain = shapely.get_coordinates(lines[0])
    waiting = [shapely.get_coordinates(line) for line in lines[1:]]
    while waiting:
        ends = np.array([(c[0], c[-1]) for c in waiting])  # (n, 2, 2): line, end, xy
        away = np.stack([np.hypot(*(ends - chain[side]).transpose(2, 0, 1)) for side in (0, -1)])  # (side, n, end)
        near = away <= tolerance
        for side in (0, 1):
            if near[side].any(axis=1).sum() > 1:
                raise Refusal("geometry.branches", x=float(chain[-side][0]), y=float(chain[-side][1]))
        side, line, end = (int(v) for v in np.unravel_index(int(np.argmin(away)), away.shape))
        if away[side, line, end] > tolerance:
            raise Refusal("geometry.gap", gap=round(float(away[side, line, end]), 3))
        chain = _attached(chain, waiting.pop(line), at_end=side == 1, turned=end == side)
    return LineString(chain)


def _attached(
    chain: NDArray[np.float64], more: NDArray[np.float64], *, at_end: bool, turned: bool
) -> NDArray[np.float64]:
    more = more[::-1] if turned else more
    return np.concatenate([chain, more[1:]]) if at_end else np.concatenate([more[:-1], chain])


def merge_polygons(polygons: Sequence[Polygon | MultiPolygon]) -> Polygon | MultiPolygon:
    """The area of all polygons as one, with no borders inside. Raises Refusal ``geometry.too_few``."""
    if len(polygons) < 2:
        raise Refusal("geometry.too_few", least=2)
    return shapely.union_all(list(polygons))


def parts_of(shape: BaseGeometry) -> list[BaseGeometry]:
    """The single parts of a geometry, in their order."""
    return list(shapely.get_parts(shape))
