"""Where a cursor holds on to what is drawn: vertices, ends, crossings, middles, feet, prolongations and edges.

Only what lies around the cursor is looked at: each layer's blocks give the few features whose box is near, and of these
the near edges. Lengths and tolerances are metres, places are (x, y) in the project's CRS.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from math import hypot
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gis.cartography.arrays import LayerArrays, Part, ragged
from gis.cartography.symbols import LayerStyle

Kind = Literal["vertex", "end", "intersection", "middle", "perpendicular", "extension", "segment"]
KINDS: tuple[Kind, ...] = ("vertex", "end", "intersection", "middle", "perpendicular", "extension", "segment")
Place = tuple[float, float]
Edge = tuple[Place, Place]
Shown = Sequence[tuple[LayerArrays, LayerStyle]]

SAME = 1e-6  # metres within which two places are one
TOGETHER = 1e-3  # metres within which features are said to stand on one vertex
MOST_EDGES = 400  # near edges whose crossings with nearer ones are looked for
_RANK = {"vertex": 0, "end": 0, "intersection": 1, "middle": 2, "perpendicular": 3, "extension": 4, "segment": 5}
_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Snapped:
    """What the cursor holds on to. ``cls``, ``id``: whose it is ("" and 0: the sketch's own); ``edge``: the edge it
    lies on or goes on from, None at a vertex; ``here``: every feature with a vertex at this place, points first."""

    kind: Kind
    x: float
    y: float
    cls: str = ""
    id: int = 0
    edge: Edge | None = None
    here: tuple[tuple[str, int], ...] = ()

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.x, self.y


@dataclass(frozen=True, slots=True)
class Aim:
    """What may be snapped to. ``tolerance``: how far from the cursor a target may lie; ``reach``: how far beyond its
    end an edge is prolonged; ``last``: the last vertices of the sketch, the newest at the end; ``skip``: features
    left out, as (class, id)."""

    at: Place
    tolerance: float
    kinds: Collection[Kind] = KINDS
    reach: float = 0.0
    last: Sequence[Place] = ()
    skip: Collection[tuple[str, int]] = ()


@dataclass(slots=True)
class _Near:
    """Edges (m, 4) around the cursor with their layer and feature, in one row each."""

    edges: NDArray[np.float64]
    layer: NDArray[np.int64]
    ids: NDArray[np.int64]
    away: NDArray[np.float64]
    foot: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))


def snapped(shown: Shown, denominator: float, aim: Aim) -> Snapped | None:
    """The best target within the tolerance, or None: vertices and ends first, then crossings, middles, feet of the
    perpendicular from the last vertex, prolongations, and places on an edge; of equals the nearest, of those a point's.

    ``shown``: the layers to look at, in drawing order; only what is drawn at 1:``denominator`` counts.
    """
    if not (aim.tolerance > 0 and np.isfinite(aim.at).all()):
        return None
    wanted = set(aim.kinds)
    near: list[_Near] = []
    best: Snapped | None = None
    best_key = (9, np.inf, 9)
    for depth, (arrays, style) in enumerate(shown):
        for part, positions in _positions(arrays, style, denominator, aim, aim.tolerance):
            if wanted & {"vertex", "end"}:
                found = _vertex(part, positions, style, aim, wanted)
                if found is not None:
                    away = hypot(found.x - aim.at[0], found.y - aim.at[1])
                    key = (0, round(away / SAME), 0 if style.kind == "point" else 1)
                    if key <= best_key:
                        best, best_key = found, key
            if style.kind != "point":
                near.append(_near_edges(part, positions, depth, aim))
    if best is not None:
        return _with_company(best, shown, denominator, aim)
    edges = _joined(near)
    for kind in sorted(wanted - {"vertex", "end"}, key=_RANK.__getitem__):
        if kind == "intersection":
            best = _crossing(edges, shown, aim)
        elif kind == "middle":
            best = _middle(edges, shown, aim)
        elif kind == "perpendicular":
            best = _perpendicular(edges, shown, aim)
        elif kind == "extension":
            best = _extension(shown, denominator, aim)
        else:
            best = _on_edge(edges, shown, aim)
        if best is not None:
            return best
    return None


def _positions(
    arrays: LayerArrays, style: LayerStyle, denominator: float, aim: Aim, reach: float
) -> Iterator[tuple[Part, NDArray[np.int64]]]:
    """The features drawn around the cursor, without those left out."""
    x, y = aim.at
    left_out = np.array([id for cls, id in aim.skip if cls == style.cls], np.int64)
    for part, positions in arrays.drawn((x - reach, y - reach, x + reach, y + reach), style, denominator):
        kept = positions if not len(left_out) else positions[~np.isin(part.ids[positions], left_out)]
        if len(kept):
            yield part, kept


def _flat(part: Part, positions: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Indices of all coordinates of some features, the ring and the position each belongs to."""
    first, last = part.first_ring[positions], part.last_ring[positions]
    rings = ragged(first, last)
    begin, end = part.ring_offsets[rings], part.ring_offsets[rings + 1]
    owner = np.repeat(positions, last - first)
    return ragged(begin, end), np.repeat(rings, end - begin), np.repeat(owner, end - begin)


def _vertex(part: Part, positions: NDArray[np.int64], style: LayerStyle, aim: Aim, wanted: set[Kind]) -> Snapped | None:
    """The nearest vertex or end of some features; a point is both."""
    if style.kind == "point":
        xy, owner = part.bounds[positions, :2], positions
        ends = np.ones(len(xy), np.bool_)
    else:
        at, rings, owner = _flat(part, positions)
        xy = part.coords[at]
        ends = np.zeros(len(xy), np.bool_)
        if style.kind == "line":
            ends = (at == part.ring_offsets[rings]) | (at == part.ring_offsets[rings + 1] - 1)
        if "vertex" not in wanted:
            xy, owner, ends = xy[ends], owner[ends], ends[ends]
    if not len(xy):
        return None
    away = np.hypot(xy[:, 0] - aim.at[0], xy[:, 1] - aim.at[1])
    i = int(np.argmin(away))
    if not away[i] <= aim.tolerance:
        return None
    is_end = bool(ends[i]) and style.kind == "line"
    kind: Kind = "end" if "end" in wanted and (is_end or "vertex" not in wanted) else "vertex"
    return Snapped(kind, float(xy[i, 0]), float(xy[i, 1]), style.cls, int(part.ids[owner[i]]))


def _with_company(best: Snapped, shown: Shown, denominator: float, aim: Aim) -> Snapped:
    """The vertex with all features that have one at its place."""
    points: list[tuple[str, int]] = []
    others: list[tuple[str, int]] = []
    here = Aim(best.place, TOGETHER, skip=aim.skip)
    for arrays, style in shown:
        for part, positions in _positions(arrays, style, denominator, here, TOGETHER):
            if style.kind == "point":
                points += [(style.cls, int(i)) for i in part.ids[positions]]
                continue
            at, _, owner = _flat(part, positions)
            close = np.hypot(part.coords[at, 0] - best.x, part.coords[at, 1] - best.y) <= TOGETHER
            others += [(style.cls, int(i)) for i in np.unique(part.ids[owner[close]])]
    return Snapped(best.kind, best.x, best.y, best.cls, best.id, None, (*points, *others))


def _near_edges(part: Part, positions: NDArray[np.int64], depth: int, aim: Aim) -> _Near:
    """The edges of some features within the tolerance of the cursor."""
    at, rings, owner = _flat(part, positions)
    joined = np.flatnonzero(rings[1:] == rings[:-1])
    a, b = part.coords[at[joined]], part.coords[at[joined + 1]]
    x, y = aim.at
    t = aim.tolerance
    low, high = np.minimum(a, b), np.maximum(a, b)
    close = np.flatnonzero((low[:, 0] <= x + t) & (high[:, 0] >= x - t) & (low[:, 1] <= y + t) & (high[:, 1] >= y - t))
    a, b, owner = a[close], b[close], owner[joined[close]]
    foot = _feet(a, b, aim.at, within=True)
    away = np.hypot(foot[:, 0] - x, foot[:, 1] - y)
    kept = np.flatnonzero((away <= t) & (np.abs(b - a).max(axis=1, initial=0.0) > 0.0))
    edges = np.column_stack([a[kept], b[kept]])
    return _Near(edges, np.full(len(kept), depth), part.ids[owner[kept]], away[kept], foot[kept])


def _joined(near: list[_Near]) -> _Near:
    """All near edges, the nearest first."""
    if not near:
        return _Near(np.zeros((0, 4)), _NONE, _NONE, np.zeros(0))
    away = np.concatenate([one.away for one in near])
    order = np.argsort(away, kind="stable")
    columns = [
        np.concatenate([getattr(one, name) for one in near])[order]
        for name in ("edges", "layer", "ids", "away", "foot")
    ]
    return _Near(*columns)


def _feet(a: NDArray[np.float64], b: NDArray[np.float64], at: Place, within: bool) -> NDArray[np.float64]:
    """The feet (n, 2) of the perpendiculars from ``at`` on edges or, not ``within``, on the endless lines."""
    along = b - a
    square = np.einsum("ij,ij->i", along, along)
    share = ((at[0] - a[:, 0]) * along[:, 0] + (at[1] - a[:, 1]) * along[:, 1]) / np.where(square > 0, square, 1.0)
    if within:
        share = np.clip(share, 0.0, 1.0)
    made: NDArray[np.float64] = a + along * share[:, None]
    return made


def _made(kind: Kind, xy: Sequence[float], edges: _Near, i: int, shown: Shown) -> Snapped:
    x0, y0, x1, y1 = edges.edges[i].tolist()
    cls = shown[int(edges.layer[i])][1].cls
    return Snapped(kind, float(xy[0]), float(xy[1]), cls, int(edges.ids[i]), ((x0, y0), (x1, y1)))


def _crossing(edges: _Near, shown: Shown, aim: Aim) -> Snapped | None:
    """The nearest place where two edges cross, or one ends on the other; where both end is a vertex, not a crossing.

    Both edges of a crossing are no farther away than itself: edges farther than the best so far need no look.
    """
    e = edges.edges
    best: Snapped | None = None
    nearest = aim.tolerance
    for i in range(1, min(len(e), MOST_EDGES)):
        if edges.away[i] > nearest:
            break
        a, u = e[i, :2], e[i, 2:] - e[i, :2]
        c, v = e[:i, :2], e[:i, 2:] - e[:i, :2]
        turn = u[0] * v[:, 1] - u[1] * v[:, 0]
        size_u, size_v = np.hypot(u[0], u[1]), np.hypot(v[:, 0], v[:, 1])
        slanting = np.abs(turn) > 1e-9 * size_u * size_v
        safe = np.where(slanting, turn, 1.0)
        ac = c - a
        s = (ac[:, 0] * v[:, 1] - ac[:, 1] * v[:, 0]) / safe * size_u  # metres along the one
        t = (ac[:, 0] * u[1] - ac[:, 1] * u[0]) / safe * size_v  # and along the others
        meets = slanting & (s >= -SAME) & (s <= size_u + SAME) & (t >= -SAME) & (t <= size_v + SAME)
        s_end, t_end = (s <= SAME) | (s >= size_u - SAME), (t <= SAME) | (t >= size_v - SAME)
        found = np.flatnonzero(meets & ~(s_end & t_end))
        if not len(found):
            continue
        xy = a + u * (s[found] / size_u)[:, None]
        away = np.hypot(xy[:, 0] - aim.at[0], xy[:, 1] - aim.at[1])
        k = int(np.argmin(away))
        if away[k] <= nearest:
            nearest = float(away[k])
            best = _made("intersection", xy[k].tolist(), edges, i, shown)
    return best


def _middle(edges: _Near, shown: Shown, aim: Aim) -> Snapped | None:
    return _nearest("middle", (edges.edges[:, :2] + edges.edges[:, 2:]) / 2, None, edges, shown, aim)


def _perpendicular(edges: _Near, shown: Shown, aim: Aim) -> Snapped | None:
    """The foot on a near edge of the perpendicular from the last vertex."""
    if not aim.last or not len(edges.edges):
        return None
    a, b = edges.edges[:, :2], edges.edges[:, 2:]
    feet = _feet(a, b, aim.last[-1], within=False)
    along = b - a
    share = np.einsum("ij,ij->i", feet - a, along) / np.einsum("ij,ij->i", along, along)
    off = np.hypot(feet[:, 0] - aim.last[-1][0], feet[:, 1] - aim.last[-1][1])
    fits = (share >= 0.0) & (share <= 1.0) & (off > TOGETHER)  # standing on the edge there is no perpendicular to draw
    return _nearest("perpendicular", feet, fits, edges, shown, aim)


def _on_edge(edges: _Near, shown: Shown, aim: Aim) -> Snapped | None:
    return _made("segment", edges.foot[0].tolist(), edges, 0, shown) if len(edges.edges) else None


def _nearest(
    kind: Kind, xy: NDArray[np.float64], fits: NDArray[np.bool_] | None, edges: _Near, shown: Shown, aim: Aim
) -> Snapped | None:
    if not len(xy):
        return None
    away = np.hypot(xy[:, 0] - aim.at[0], xy[:, 1] - aim.at[1])
    if fits is not None:
        away = np.where(fits, away, np.inf)
    i = int(np.argmin(away))
    return _made(kind, xy[i].tolist(), edges, i, shown) if away[i] <= aim.tolerance else None


def _extension(shown: Shown, denominator: float, aim: Aim) -> Snapped | None:
    """The nearest place on the prolongation of an edge, at most ``reach`` beyond its end: of the first and last edges
    of lines, of all edges of areas, and of the sketch's own last edge."""
    best: Snapped | None = None
    nearest = aim.tolerance
    if len(aim.last) > 1 and aim.last[-2] != aim.last[-1]:
        a, b = np.array([aim.last[-2]]), np.array([aim.last[-1]])
        foot, away = _beyond(a, b, aim, np.inf)
        if away[0] <= nearest:
            nearest = float(away[0])
            best = Snapped("extension", float(foot[0, 0]), float(foot[0, 1]), edge=(aim.last[-2], aim.last[-1]))
    for arrays, style in shown:
        if style.kind == "point" or aim.reach <= 0:
            continue
        for part, positions in _positions(arrays, style, denominator, aim, aim.reach + aim.tolerance):
            a, b, owner = _rays(part, positions, style.kind)
            if not len(a):
                continue
            foot, away = _beyond(a, b, aim, aim.reach)
            i = int(np.argmin(away))
            if away[i] <= nearest:
                nearest = float(away[i])
                edge = (float(a[i, 0]), float(a[i, 1])), (float(b[i, 0]), float(b[i, 1]))
                place = float(foot[i, 0]), float(foot[i, 1])
                best = Snapped("extension", *place, style.cls, int(part.ids[owner[i]]), edge)
    return best


def _rays(
    part: Part, positions: NDArray[np.int64], kind: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Edges a → b that go on beyond b, and whose they are."""
    if kind == "line":
        first, last = part.first_ring[positions], part.last_ring[positions]
        rings = ragged(first, last)
        begin, end = part.ring_offsets[rings], part.ring_offsets[rings + 1]
        owner, long = np.repeat(positions, last - first), end - begin > 1
        begin, end, owner = begin[long], end[long], owner[long]
        a = np.concatenate([part.coords[begin + 1], part.coords[end - 2]])
        b = np.concatenate([part.coords[begin], part.coords[end - 1]])
        return a, b, np.concatenate([owner, owner])
    at, rings, owner = _flat(part, positions)
    joined = np.flatnonzero(rings[1:] == rings[:-1])
    one, other = part.coords[at[joined]], part.coords[at[joined + 1]]
    return np.concatenate([one, other]), np.concatenate([other, one]), np.concatenate([owner[joined], owner[joined]])


def _beyond(
    a: NDArray[np.float64], b: NDArray[np.float64], aim: Aim, reach: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The feet on the rays from a through b, and how far the cursor is from them: inf where the foot does not lie
    beyond b, or farther than ``reach`` from it."""
    along = b - a
    length = np.hypot(along[:, 0], along[:, 1])
    unit = along / np.where(length > 0, length, 1.0)[:, None]
    past = (aim.at[0] - b[:, 0]) * unit[:, 0] + (aim.at[1] - b[:, 1]) * unit[:, 1]
    foot = b + unit * past[:, None]
    away = np.hypot(foot[:, 0] - aim.at[0], foot[:, 1] - aim.at[1])
    return foot, np.where((length > 0) & (past > 0) & (past <= reach), away, np.inf)
