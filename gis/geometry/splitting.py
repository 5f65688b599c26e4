"""Cutting lines and polygons into parts that together are exactly what was there before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize

from gis.errors import Refusal

SAME = 1e-6  # metres within which two places on a line are one
Place = tuple[float, float]


def split_line(line: LineString, cutter: BaseGeometry | Sequence[Place]) -> list[LineString]:
    """The pieces of a line between the places where it is cut, in its direction.

    ``cutter``: places beside or on the line (each cuts at the nearest place of the line), or a geometry: points cut
    like places, lines and polygons' borders cut where they cross or touch. Neighbouring pieces share their end to the
    last bit. Raises Refusal ``geometry.does_not_cut`` when no cut falls inside the line.
    """
    pieces = cut_at(line, cut_distances(line, cutter))
    if len(pieces) < 2:
        raise Refusal("geometry.does_not_cut")
    return pieces


def cut_distances(line: LineString, cutter: BaseGeometry | Sequence[Place]) -> NDArray[np.float64]:
    """Metres from the line's beginning where ``split_line`` would cut it, rising; its ends may be among them."""
    if not isinstance(cutter, BaseGeometry):
        places = shapely.points(np.asarray(cutter, np.float64).reshape(-1, 2))
        return np.unique(shapely.line_locate_point(line, places))
    if cutter.is_empty:
        return np.zeros(0)
    if shapely.get_dimensions(cutter) == 0:
        return np.unique(shapely.line_locate_point(line, shapely.get_parts(cutter)))
    border = cutter.boundary if shapely.get_dimensions(cutter) == 2 else cutter
    xy = shapely.get_coordinates(line)
    pairs = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1))
    begins = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    # Segment by segment: a line that crosses itself is cut at each passage, not only at the first.
    met, owner = shapely.get_coordinates(shapely.intersection(pairs, border), return_index=True)
    return np.unique(begins[owner] + np.hypot(met[:, 0] - xy[owner, 0], met[:, 1] - xy[owner, 1]))


def cut_at(line: LineString, distances: Sequence[float] | NDArray[np.float64]) -> list[LineString]:
    """The pieces of a line cut at metres from its beginning, in order; cuts within ``SAME`` of a vertex fall on it,
    those at an end or at the same place cut nothing."""
    xy = shapely.get_coordinates(line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    pieces: list[LineString] = []
    begin: list[NDArray[np.float64]] = [xy[:1]]
    vertex, last = 1, 0.0
    for at in np.unique(np.asarray(distances, np.float64)):
        if at <= last + SAME or at >= along[-1] - SAME:
            continue
        upto = int(np.searchsorted(along, at - SAME))  # the first vertex at the cut or behind it
        begin.append(xy[vertex:upto])
        if along[upto] <= at + SAME:
            cut, vertex = xy[upto : upto + 1], upto + 1
        else:
            share = (at - along[upto - 1]) / (along[upto] - along[upto - 1])
            cut, vertex = (xy[upto - 1] + share * (xy[upto] - xy[upto - 1]))[None, :], upto
        pieces.append(LineString(np.concatenate([*begin, cut])))
        begin, last = [cut], float(at)
    pieces.append(LineString(np.concatenate([*begin, xy[vertex:]])))
    return pieces


def split_polygon(polygon: Polygon | MultiPolygon, cut: BaseGeometry) -> list[Polygon]:
    """The parts of a polygon on the two sides of a line (or of a polygon's border), the largest first.

    Parts of a multipolygon that the line does not cross come whole. Together the parts are the polygon; no two
    overlap. Raises Refusal ``geometry.does_not_cut`` when nothing falls apart.
    """
    border = cut.boundary if shapely.get_dimensions(cut) == 2 else cut
    parts: list[Polygon] = []
    whole = list(shapely.get_parts(polygon))
    for part in whole:
        noded = shapely.union_all([part.boundary, border])
        faces = [face for face in polygonize(noded) if shapely.contains(part, face.representative_point())]
        parts += faces if len(faces) > 1 else [part]
    if len(parts) == len(whole):
        raise Refusal("geometry.does_not_cut")
    return sorted(parts, key=lambda face: -face.area)


def cut_hole(polygon: Polygon | MultiPolygon, hole: Polygon) -> Polygon | MultiPolygon:
    """The polygon without the area of ``hole``, which must lie inside it.

    Raises Refusal ``geometry.hole_outside``.
    """
    if hole.is_empty or hole.area == 0 or not shapely.contains_properly(polygon, hole):
        raise Refusal("geometry.hole_outside")
    return shapely.difference(polygon, hole)


def without_hole(polygon: Polygon | MultiPolygon, at: Place) -> Polygon | MultiPolygon:
    """The polygon with the hole around a place filled. Raises Refusal ``geometry.no_hole``."""
    point = shapely.points(*at)
    made, filled = [], False
    for part in shapely.get_parts(polygon):
        holes = [ring for ring in part.interiors if not shapely.intersects(Polygon(ring), point)]
        filled |= len(holes) < len(part.interiors)
        made.append(Polygon(part.exterior, holes))
    if not filled:
        raise Refusal("geometry.no_hole")
    return made[0] if isinstance(polygon, Polygon) else MultiPolygon(made)


def gap_at(neighbours: Sequence[BaseGeometry], at: Place) -> Polygon:
    """The empty place around ``at`` that polygons enclose, a polygon which shares their borders.

    Raises Refusal ``geometry.no_gap`` where a polygon covers the place or the empty place is open to the outside.
    """
    point = shapely.points(*at)
    for part in shapely.get_parts(shapely.union_all(list(neighbours))):
        for ring in getattr(part, "interiors", ()):
            face = Polygon(ring)
            if shapely.contains(face, point):
                return face
    raise Refusal("geometry.no_gap")
