"""New courses for lines: extended, trimmed, offset, simplified, smoothed, or taken along existing ones."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from gis.errors import Refusal
from gis.geometry.splitting import SAME, cut_at, cut_distances

End = Literal["start", "end"]
Place = tuple[float, float]


def extend_to(line: LineString, target: BaseGeometry, end: End = "end") -> LineString:
    """The line, prolonged straight on at one end until it first meets ``target``.

    Raises Refusal ``geometry.no_meeting`` when it never does.
    """
    xy = shapely.get_coordinates(line)
    xy = xy if end == "end" else xy[::-1]
    heading = xy[-1] - xy[-2]
    size = float(np.hypot(*heading))
    box = np.array(shapely.total_bounds([target, line]))
    reach = float(np.hypot(box[2] - box[0], box[3] - box[1])) + 1.0
    ray = LineString([xy[-1], xy[-1] + heading / size * reach])
    border = target.boundary if shapely.get_dimensions(target) == 2 else target
    met = shapely.get_coordinates(shapely.intersection(ray, border))
    away = np.hypot(met[:, 0] - xy[-1, 0], met[:, 1] - xy[-1, 1])
    met, away = met[away > SAME], away[away > SAME]
    if not len(met):
        raise Refusal("geometry.no_meeting")
    made = np.concatenate([xy, met[np.argmin(away)][None, :]])
    return LineString(made if end == "end" else made[::-1])


def trim_at(line: LineString, cutter: BaseGeometry, dropped: Place) -> list[LineString]:
    """What is left of the line when the piece nearest to ``dropped`` between two cuts is taken out: one line, or two
    when it was in the middle. Raises Refusal ``geometry.does_not_cut``."""
    pieces = cut_at(line, cut_distances(line, cutter))
    if len(pieces) < 2:
        raise Refusal("geometry.does_not_cut")
    gone = int(np.argmin(shapely.distance(np.array(pieces, object), shapely.points(*dropped))))
    groups = (together(pieces[:gone]), together(pieces[gone + 1 :]))
    return [group for group in groups if group is not None]


def together(pieces: Sequence[LineString]) -> LineString | None:
    """Neighbouring pieces of one line put together again; None for no pieces."""
    if not pieces:
        return None
    runs = [shapely.get_coordinates(piece) for piece in pieces]
    return LineString(np.concatenate([runs[0], *(run[1:] for run in runs[1:])]))


def offset_line(line: LineString, distance: float) -> LineString:
    """The parallel at ``distance`` metres to the right of the line (negative: to the left), with mitred corners.

    It runs as the line does. Raises Refusal ``geometry.no_parallel`` where nothing, or more than one line, is left.
    """
    made = shapely.offset_curve(line, -distance, join_style="mitre")
    if made.is_empty or made.geom_type != "LineString":
        raise Refusal("geometry.no_parallel")
    return made


def simplify(shape: BaseGeometry, tolerance: float) -> BaseGeometry:
    """The geometry with fewer vertices, nowhere further than ``tolerance`` metres from the old one, still valid
    (Douglas-Peucker, keeping topology)."""
    return shapely.simplify(shape, tolerance, preserve_topology=True)


def smooth(shape: BaseGeometry, times: int = 2) -> BaseGeometry:
    """The geometry with its corners cut ``times`` over (Chaikin, 1974); the ends of lines stay where they are.

    Raises Refusal ``geometry.not_smooth`` when the result would not be valid.
    """
    made = _smoothed(shape, times)
    if not made.is_valid:
        raise Refusal("geometry.not_smooth")
    return made


def _smoothed(shape: BaseGeometry, times: int) -> BaseGeometry:
    match shape.geom_type:
        case "LineString":
            return LineString(_cut_corners(shapely.get_coordinates(shape), times, closed=False))
        case "Polygon":
            shell, *holes = (
                _cut_corners(shapely.get_coordinates(ring), times, closed=True)
                for ring in (shape.exterior, *shape.interiors)
            )
            return shapely.Polygon(shell, holes)
        case "MultiPolygon":
            return shapely.MultiPolygon([_smoothed(part, times) for part in shape.geoms])
    return shape


def _cut_corners(xy: NDArray[np.float64], times: int, closed: bool) -> NDArray[np.float64]:
    for _ in range(times):
        a, b = xy[:-1], xy[1:]
        made = np.stack([0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b], axis=1).reshape(-1, 2)
        # A ring ends where it begins; an open line keeps its ends.
        xy = np.concatenate([made, made[:1]]) if closed else np.concatenate([xy[:1], made[1:-1], xy[-1:]])
    return xy


def along(line: LineString, a: Place, b: Place) -> LineString:
    """The piece of a line from the place nearest to a to that nearest to b, in that direction; on a closed line the
    shorter way round. Raises Refusal ``geometry.no_extent`` where both are the same place."""
    start, stop = (float(shapely.line_locate_point(line, shapely.points(*at))) for at in (a, b))
    if abs(start - stop) <= SAME:
        raise Refusal("geometry.no_extent")
    low, high = min(start, stop), max(start, stop)
    if line.is_closed and high - low > line.length / 2:
        pieces = cut_at(line, [low, high])
        first = pieces[0] if low > SAME else None
        last = pieces[-1] if high < line.length - SAME else None
        way = together([piece for piece in (last, first) if piece is not None])
        assert way is not None  # each cut at the very end would have made the other way the shorter
        return way if start == high else way.reverse()
    pieces = cut_at(line, [low, high])
    middle = pieces[0] if low <= SAME else pieces[1]
    return middle if start == low else middle.reverse()


def along_network(lines: Sequence[LineString], a: Place, b: Place, tolerance: float = 0.05) -> LineString:
    """The shortest way over several lines from the place nearest to a to that nearest to b.

    Lines are joined where they share a vertex, within ``tolerance`` metres. Raises Refusal ``geometry.no_way`` where
    there is none, ``geometry.no_extent`` where both are the same place.
    """
    if not lines:
        raise Refusal("geometry.no_way")
    given = np.array(lines, object)
    pieces: list[NDArray[np.float64]] = []
    cuts: dict[int, list[float]] = {}
    for at in (a, b):
        nearest = int(np.argmin(shapely.distance(given, shapely.points(*at))))
        cuts.setdefault(nearest, []).append(float(shapely.line_locate_point(given[nearest], shapely.points(*at))))
    for i, line in enumerate(lines):
        pieces += [shapely.get_coordinates(piece) for piece in cut_at(line, cuts.get(i, []))]
    xy = np.concatenate(pieces)
    pairs = cKDTree(xy).query_pairs(tolerance, output_type="ndarray")
    joined = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(xy), len(xy)))
    _, node = connected_components(joined, directed=False)
    first = np.unique(node, return_index=True)[1]
    ends = np.cumsum([len(piece) for piece in pieces])
    inner = np.ones(len(xy) - 1, bool)
    inner[ends[:-1] - 1] = False
    tail, head = node[:-1][inner], node[1:][inner]
    cost = np.hypot(*np.diff(xy, axis=0).T)[inner]
    kept = tail != head
    # Of two edges between the same nodes a sparse array would add the costs: the shorter one is kept.
    tail, head, cost = tail[kept], head[kept], cost[kept]
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    order = np.lexsort((cost, high, low))
    low, high, cost = low[order], high[order], cost[order]
    new = np.ones(len(low), bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    graph = csr_array((cost[new], (low[new], high[new])), shape=(len(first), len(first)))
    places = xy[first]
    source, target = (int(np.argmin(np.hypot(*(places - np.asarray(_nearest(given, at))).T))) for at in (a, b))
    if source == target:
        raise Refusal("geometry.no_extent")
    far, before = dijkstra(graph, directed=False, indices=source, return_predecessors=True)
    if far[target] == inf:
        raise Refusal("geometry.no_way")
    way = [target]
    while way[-1] != source:
        way.append(int(before[way[-1]]))
    return LineString(places[way[::-1]])


def _nearest(lines: NDArray[np.object_], at: Place) -> Place:
    point = shapely.points(*at)
    line = lines[int(np.argmin(shapely.distance(lines, point)))]
    met = shapely.line_interpolate_point(line, shapely.line_locate_point(line, point))
    return float(met.x), float(met.y)
