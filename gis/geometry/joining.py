"""Making one of several: lines laid end to end, polygons melted together; and parts of one taken apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis.errors import Refusal

TOUCHING = 0.05  # metres within which two ends meet


def join_lines(lines: Sequence[LineString], tolerance: float = TOUCHING) -> LineString:
    """One line through all of ``lines``, which may come in any order and direction; it runs as the first one does.

    Where two ends meet, the place of the one that comes first along the line is kept. Raises as ``chain`` does.
    """
    runs = [
        shapely.get_coordinates(lines[i])[:: -1 if turned else 1] for i, turned in chain(lines, tolerance)
    ]  # fmt: skip
    return LineString(np.concatenate([runs[0], *(run[1:] for run in runs[1:])]))


def chain(lines: Sequence[LineString], tolerance: float = TOUCHING) -> list[tuple[int, bool]]:
    """In which order lines follow one another end to end, as (index, whether it runs the other way round); the first
    line runs its own way.

    Raises Refusal ``geometry.gap`` with the smallest ``gap`` in metres, ``geometry.branches`` where more than two ends
    meet, ``geometry.too_few`` for fewer than two lines.
    """
    if len(lines) < 2:
        raise Refusal("geometry.too_few", least=2)
    ends = np.array([shapely.get_coordinates(line)[[0, -1]] for line in lines])  # (line, end, xy)
    order: list[tuple[int, bool]] = [(0, False)]
    outer = [ends[0, 0], ends[0, 1]]  # the free ends of the chain
    waiting = list(range(1, len(lines)))
    while waiting:
        away = np.stack([np.hypot(*(ends[waiting] - at).transpose(2, 0, 1)) for at in outer])  # (side, line, end)
        near = away <= tolerance
        for side in (0, 1):
            if near[side].any(axis=1).sum() > 1:
                raise Refusal("geometry.branches", x=float(outer[side][0]), y=float(outer[side][1]))
        side, at, end = (int(v) for v in np.unravel_index(int(np.argmin(away)), away.shape))
        if away[side, at, end] > tolerance:
            raise Refusal("geometry.gap", gap=round(float(away[side, at, end]), 3))
        line = waiting.pop(at)
        order.insert(len(order) if side else 0, (line, end == side))
        outer[side] = ends[line, 1 - end]
    return order


def merge_polygons(polygons: Sequence[Polygon | MultiPolygon]) -> Polygon | MultiPolygon:
    """The area of all polygons as one, with no borders inside. Raises Refusal ``geometry.too_few``."""
    if len(polygons) < 2:
        raise Refusal("geometry.too_few", least=2)
    return shapely.union_all(list(polygons))


def parts_of(shape: BaseGeometry) -> list[BaseGeometry]:
    """The single parts of a geometry, in their order."""
    return list(shapely.get_parts(shape))
