"""The road network: street grids, country roads between settlements, village lanes and motorways, one graph."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from datasets.city import Draft, stream, text, texts
from datasets.frame import Frame, names, shares, to_project
from datasets.settlements import CORE, SEAT, Settlement, Shares
from datasets.streets import GRADES, PRIMARY, RESIDENTIAL, SECONDARY, SERVICE, TERTIARY, TRUNK, Grid

MOTORWAY = 0
LANES = np.array([6.0, 6.0, 6.0, 4.0, 2.0, 2.0, 1.0])
_GATE_MARGIN_M = 600.0  # no village nearer to the edge of a town
_HOUSE_PITCH_M = 19.0


@dataclass(frozen=True, slots=True)
class Lanes:
    """Village lanes: ``junction`` the vertex on the country road, ``end`` the vertex they end at, ``houses``, the
    link and its settlement (nearest along the road), ``along`` metres from that settlement, ``village`` name."""

    junction: NDArray[np.int64]
    end: NDArray[np.int64]
    houses: NDArray[np.int64]
    settlement: NDArray[np.int64]
    link: NDArray[np.int64]
    along: NDArray[np.float64]
    village: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Network:
    """All roads as one graph. Edge e runs from vertex ``a[e]`` to ``b[e]`` through ``coords[offsets[e]:offsets[e+1]]``.

    ``place`` (V,): the settlement of a grid's vertex, else -1. Blocks: ``corners`` (k, 4) vertices,
    ``block_place``, ``block_radius``, ``block_local``, ``block_river`` as in Grid. ``links`` (n, 2): settlements
    joined by country roads; ``link_of`` (E,) the link an edge is part of, else -1; ``tree`` (n,) whether the link
    belongs to the shortest tree, along which the backbone runs. ``gates`` (n, 2): the vertices where links end.
    """

    xy: NDArray[np.float64]
    place: NDArray[np.int64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    grade: NDArray[np.int64]
    street: NDArray[np.object_]
    coords: NDArray[np.float64]
    offsets: NDArray[np.int64]
    link_of: NDArray[np.int64]
    corners: NDArray[np.int64]
    block_place: NDArray[np.int64]
    block_radius: NDArray[np.float64]
    block_local: NDArray[np.float64]
    block_river: NDArray[np.bool_]
    links: NDArray[np.int64]
    gates: NDArray[np.int64]
    tree: NDArray[np.bool_]
    lanes: Lanes

    @property
    def lengths(self) -> NDArray[np.float64]:
        """Length of each edge along its bends, metres."""
        steps = np.hypot(*np.diff(self.coords, axis=0).T)
        steps[self.offsets[1:-1] - 1] = 0.0
        sums = np.concatenate([[0.0], np.cumsum(steps)])
        return sums[self.offsets[1:] - 1] - sums[self.offsets[:-1]]


class _Builder:
    """Collects vertices and edges while the network is made."""

    def __init__(self) -> None:
        self.xy: list[NDArray[np.float64]] = []
        self.place: list[NDArray[np.int64]] = []
        self.count = 0
        self.edges: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.object_]]] = []
        self.lines: list[NDArray[np.float64]] = []
        self.sizes: list[NDArray[np.int64]] = []
        self.link_of: list[NDArray[np.int64]] = []

    def vertices(self, xy: NDArray[np.float64], place: int = -1) -> int:
        """Add vertices; answers the number of the first."""
        first = self.count
        self.xy.append(xy)
        self.place.append(np.full(len(xy), place))
        self.count += len(xy)
        return first

    def straight(self, a: Any, b: Any, grade: Any, street: Any, ends: NDArray[np.float64]) -> None:
        """Add edges of two points; ``ends`` (n, 2, 2)."""
        self.edges.append((a, b, grade, street))
        self.lines.append(ends.reshape(-1, 2))
        self.sizes.append(np.full(len(a), 2))
        self.link_of.append(np.full(len(a), -1))

    def bent(self, a: int, b: int, grade: int, street: str, line: NDArray[np.float64], link: int = -1) -> None:
        """Add one edge with bends."""
        self.edges.append((np.array([a]), np.array([b]), np.array([grade]), texts([street])))
        self.lines.append(line)
        self.sizes.append(np.array([len(line)]))
        self.link_of.append(np.array([link]))


def build(
    frame: Frame, places: list[Settlement], grids: list[Grid], wanted: Shares, features: int, seed: int
) -> Network:
    """The network of a city; the number of villages follows from ``wanted.village_buildings``."""
    rng = stream(features, seed, "roads")
    made = _Builder()
    firsts = []
    for number, one in enumerate(grids):
        first = made.vertices(one.xy, number)
        firsts.append(first)
        if len(one.a):
            ends = np.stack([one.xy[one.a], one.xy[one.b]], axis=1)
            made.straight(one.a + first, one.b + first, one.grade, one.street, ends)
    blocks = [one.corners + first for one, first in zip(grids, firsts, strict=True)]

    links, tree = _links(np.array([[p.x, p.y] for p in places]))
    gates, curves = _curves(rng, places, grids, firsts, links)
    junctions = _split(rng, made, places, links, curves, gates, wanted, features)
    lanes = _lanes(rng, made, grids, links, junctions, wanted, features)
    _motorways(made, frame, features, lanes)
    a, b, grade, street = (np.concatenate(column) for column in zip(*made.edges, strict=True))
    return Network(
        xy=np.concatenate(made.xy),
        place=np.concatenate(made.place),
        a=a,
        b=b,
        grade=grade,
        street=street,
        coords=np.concatenate(made.lines),
        offsets=np.concatenate([[0], np.cumsum(np.concatenate(made.sizes))]),
        link_of=np.concatenate(made.link_of),
        corners=np.concatenate(blocks),
        block_place=np.concatenate([np.full(len(one.corners), i) for i, one in enumerate(grids)]),
        block_radius=np.concatenate([one.radius for one in grids]),
        block_local=np.concatenate([one.local for one in grids]),
        block_river=np.concatenate([one.river for one in grids]),
        links=links,
        gates=gates,
        tree=tree,
        lanes=lanes,
    )


def _links(at: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Pairs of neighbouring settlements (Gabriel graph) and which pairs make the shortest tree."""
    triangles = Delaunay(at).simplices
    pairs = np.unique(
        np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])), axis=0
    )
    first, second = at[pairs[:, 0]], at[pairs[:, 1]]
    length = np.hypot(*(first - second).T)
    nearest, _ = cKDTree(at).query((first + second) / 2)
    kept = (nearest > length / 2 - 1e-6) & (length < 60_000)
    pairs, length = pairs[kept], length[kept]
    n = len(at)
    spanning = minimum_spanning_tree(coo_matrix((length, (pairs[:, 0], pairs[:, 1])), shape=(n, n))).tocoo()
    in_tree = set(zip(spanning.row.tolist(), spanning.col.tolist(), strict=True))
    return pairs, np.array([(i, j) in in_tree for i, j in pairs.tolist()])


def _curves(
    rng: np.random.Generator, places: list[Settlement], grids: list[Grid], firsts: list[int], links: NDArray[np.int64]
) -> tuple[NDArray[np.int64], list[NDArray[np.float64]]]:
    """Where each link leaves its two settlements, and the bends in between."""
    gates = np.empty_like(links)
    curves = []
    candidates = []
    for one in grids:
        best = np.full(len(one.xy), SERVICE)
        np.minimum.at(best, one.a, one.grade)
        np.minimum.at(best, one.b, one.grade)
        candidates.append(np.flatnonzero(best <= max(SECONDARY, best.min(initial=SERVICE))))
    for row, pair in enumerate(links):
        ends = []
        for side, (here, there) in enumerate((pair, pair[::-1])):
            vertices = candidates[here]
            far = np.hypot(*(grids[here].xy[vertices] - (places[there].x, places[there].y)).T)
            vertex = vertices[int(np.argmin(far))]
            gates[row, side] = firsts[here] + vertex
            ends.append(grids[here].xy[vertex])
        length = float(np.hypot(*(ends[1] - ends[0])))
        t = np.linspace(0.0, 1.0, int(np.clip(length / 350.0, 6, 90)))
        across = np.array([ends[0][1] - ends[1][1], ends[1][0] - ends[0][0]]) / max(length, 1.0)
        swing = min(length * 0.03, 420.0) * rng.uniform(0.3, 1.0) * rng.choice([-1.0, 1.0])
        ripple = swing * 0.35 * np.sin(2 * np.pi * (t * rng.uniform(1.2, 2.6) + rng.random())) * np.sin(np.pi * t)
        bend = swing * np.sin(np.pi * t) + ripple
        curves.append(ends[0] + np.outer(t, ends[1] - ends[0]) + np.outer(bend, across))
    return gates, curves


@dataclass(frozen=True, slots=True)
class _Junctions:
    """Points of country roads where village lanes may leave, with the metres along the road from both its ends."""

    vertex: NDArray[np.int64]
    link: NDArray[np.int64]
    xy: NDArray[np.float64]
    heading: NDArray[np.float64]
    from_start: NDArray[np.float64]
    from_end: NDArray[np.float64]


def _split(
    rng: np.random.Generator,
    made: _Builder,
    places: list[Settlement],
    links: NDArray[np.int64],
    curves: list[NDArray[np.float64]],
    gates: NDArray[np.int64],
    wanted: Shares,
    features: int,
) -> _Junctions:
    """Add the links to the network, cut at junctions; about as many as villages are wanted."""
    total = sum(float(np.hypot(*np.diff(curve, axis=0).T).sum()) for curve in curves)
    size = np.log10(np.clip(features, 1_000, 1_000_000) / 1_000) / 3.0
    wanted_junctions = max(wanted.village_buildings / (6.0 + 18.0 * size) * 1.15, len(links) * 0.3)
    spacing = max(total / wanted_junctions, 850.0)
    carried = spacing * 0.5  # junctions are spaced over all links in a row, so that short ones get their share
    rows: list[tuple[int, int, float, float, float, float, float]] = []
    trunks = _trunks(places, links)
    numbers = iter(range(221, 1000))
    for link, (pair, curve) in enumerate(zip(links, curves, strict=True)):
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))])
        grade, street = _country_road(places[pair[0]], places[pair[1]], trunks.get(link), numbers)
        usable = np.flatnonzero((along > _GATE_MARGIN_M) & (along < along[-1] - _GATE_MARGIN_M))
        cuts: list[int] = []
        carried += along[-1]
        if len(usable):
            n = min(int(carried // spacing), len(usable), max(1, int(along[-1] // 850.0)))
            carried -= n * spacing
            at = (np.arange(n) + 0.5 + rng.uniform(-0.25, 0.25, n)) / max(n, 1) * along[-1]
            cuts = sorted({int(usable[np.argmin(np.abs(along[usable] - x))]) for x in at})
        vertex = int(gates[link, 0])
        previous = 0
        for cut in [*cuts, len(curve) - 1]:
            last = cut == len(curve) - 1
            nxt = int(gates[link, 1]) if last else made.vertices(curve[cut : cut + 1])
            made.bent(vertex, nxt, grade, street, curve[previous : cut + 1], link)
            if not last:
                dx, dy = curve[cut + 1] - curve[cut - 1]
                rows.append((nxt, link, *curve[cut], float(np.arctan2(dy, dx)), along[cut], along[-1] - along[cut]))
            vertex, previous = nxt, cut
    table = np.array(rows, dtype=float).reshape(-1, 7)
    return _Junctions(
        table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2:4], table[:, 4], table[:, 5], table[:, 6]
    )


def _trunks(places: list[Settlement], links: NDArray[np.int64]) -> dict[int, str]:
    """The links of the national roads that join the core and the county seats, with their names."""
    at = np.array([[p.x, p.y] for p in places])
    length = np.hypot(*(at[links[:, 0]] - at[links[:, 1]]).T)
    graph = coo_matrix((length, (links[:, 0], links[:, 1])), shape=(len(places), len(places)))
    heads = [i for i, p in enumerate(places) if p.kind in (CORE, SEAT)]
    far, before = dijkstra(graph.tocsr(), directed=False, indices=heads, return_predecessors=True)
    spanning = minimum_spanning_tree(far[:, heads]).tocoo()
    number = {tuple(sorted(pair)): i for i, pair in enumerate(links.tolist())}
    made: dict[int, str] = {}
    roads = names()["national_roads"]
    for k, (row, column) in enumerate(zip(spanning.row.tolist(), spanning.col.tolist(), strict=True)):
        here = heads[column]
        while here != heads[row]:
            there = int(before[row, here])
            made.setdefault(number[tuple(sorted((here, there)))], roads[k % len(roads)])
            here = there
    return made


def _country_road(first: Settlement, second: Settlement, trunk: str | None, numbers: Any) -> tuple[int, str]:
    if trunk:
        return TRUNK, trunk
    if {first.kind, second.kind} & {CORE, SEAT}:
        return PRIMARY, f"S{next(numbers)}省道"
    return SECONDARY, f"{first.name[0]}{second.name[0]}线"


def _lanes(
    rng: np.random.Generator,
    made: _Builder,
    grids: list[Grid],
    links: NDArray[np.int64],
    junctions: _Junctions,
    wanted: Shares,
    features: int,
) -> Lanes:
    """Lanes to both sides of the junctions, none across another road or into a town, with all village houses."""
    side = np.tile([1.0, -1.0], len(junctions.vertex))
    rows = np.repeat(np.arange(len(junctions.vertex)), 2)
    n = len(rows)
    size = np.log10(np.clip(features, 1_000, 1_000_000) / 1_000) / 3.0
    heading = junctions.heading[rows] + side * np.pi / 2 + rng.normal(0, 0.12, n)
    typical = (6.0 + 18.0 * size) / 2
    reach = 45.0 + _HOUSE_PITCH_M * np.ceil(typical * rng.uniform(0.5, 1.7, n) / 2)
    along = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    start = junctions.xy[rows]
    tip = start + along * reach[:, None]
    probe = shapely.linestrings(np.stack([start + along * 28.0, tip + along * 60.0], axis=1))
    roads = shapely.linestrings(
        np.concatenate(made.lines), indices=np.repeat(np.arange(made_edges(made)), np.concatenate(made.sizes))
    )
    blocked = np.zeros(n, dtype=bool)
    blocked[shapely.STRtree(roads).query(probe, predicate="dwithin", distance=22.0)[0]] = True
    town = np.concatenate([one.xy for one in grids])
    blocked |= cKDTree(town).query(tip)[0] < 260.0
    one, other = shapely.STRtree(probe).query(probe, predicate="dwithin", distance=45.0)
    blocked[one[(one > other) & ~blocked[other]]] = True
    free = np.flatnonzero(~blocked)
    houses = shares(wanted.village_buildings, reach[free] - 30.0)
    free, houses = free[houses > 0], houses[houses > 0]
    reach = 45.0 + _HOUSE_PITCH_M * np.ceil(houses / 2)
    tip = start[free] + along[free] * reach[:, None]
    first = made.vertices(tip)
    junction, link = junctions.vertex[rows[free]], junctions.link[rows[free]]
    before, after = junctions.from_start[rows[free]], junctions.from_end[rows[free]]
    words = names()["places"]["villages"]
    village = texts(words[i % len(words)] + "村" for i in rows[free])
    if len(free):
        made.straight(
            junction,
            first + np.arange(len(free)),
            np.full(len(free), RESIDENTIAL),
            texts(f"{name}路" for name in village),
            np.stack([start[free], tip], axis=1),
        )
    return Lanes(
        junction=junction,
        end=first + np.arange(len(free)),
        houses=houses,
        settlement=np.where(before <= after, links[link, 0], links[link, 1]),
        link=link,
        along=np.minimum(before, after),
        village=village,
    )


def made_edges(made: _Builder) -> int:
    """The number of edges collected so far."""
    return sum(len(sizes) for sizes in made.sizes)


def _motorways(made: _Builder, frame: Frame, features: int, lanes: Lanes) -> None:
    """Add motorways and the coast road, cut into pieces, with link roads from their cuts to the network nearby."""
    words = names()
    piece_m = 10_000.0 if features >= 8_000 else 45_000.0
    for grade, kind in ((MOTORWAY, "motorway"), (TRUNK, "coast_road")):
        for road in words[kind]:
            line = _smooth(to_project(np.array(road["line"])))
            inside = shapely.intersection(shapely.linestrings(line), frame.outline)
            parts = [part for part in shapely.get_parts(inside) if part.length > 8_000]
            for part in parts:
                at = shapely.get_coordinates(part)
                at = at[np.concatenate([[True], np.hypot(*np.diff(at, axis=0).T) > 1.0])]
                along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(at, axis=0).T))])
                n = max(1, round(along[-1] / piece_m))
                cuts = np.unique([*np.searchsorted(along, np.linspace(0, along[-1], n + 1)[:-1]).tolist(), len(at) - 1])
                first = made.vertices(at[cuts])
                for k, (i, j) in enumerate(pairwise(cuts)):
                    made.bent(first + k, first + k + 1, grade, road["name"], at[i : j + 1])
                _ramps(made, first, at[cuts], road["name"], lanes)


def _ramps(made: _Builder, first: int, cuts: NDArray[np.float64], road: str, lanes: Lanes) -> None:
    """Link roads to the nearest vertex that is not the end of a village lane."""
    known = np.concatenate(made.xy)[:first]
    open_to = np.setdiff1d(np.arange(first), lanes.end)
    far, nearest = cKDTree(known[open_to]).query(cuts)
    nearest = open_to[nearest]
    for k in np.flatnonzero((far < 9_000) & (far > 5.0)):
        middle = (cuts[k] + known[nearest[k]]) / 2
        bulge = (known[nearest[k]] - cuts[k])[::-1] * (-0.06, 0.06)
        line = np.stack([cuts[k], middle + bulge, known[nearest[k]]])
        made.bent(first + int(k), int(nearest[k]), TERTIARY, f"{road[:4].rstrip('沈盐国省')}互通连接线", line)


def _smooth(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line with its corners cut three times (Chaikin)."""
    for _ in range(3):
        inner = np.empty((2 * (len(line) - 1), 2))
        inner[0::2] = 0.75 * line[:-1] + 0.25 * line[1:]
        inner[1::2] = 0.25 * line[:-1] + 0.75 * line[1:]
        line = np.vstack([line[:1], inner, line[-1:]])
    return line


def draft(network: Network, features: int, seed: int) -> Draft:
    """The roads' rows, one an edge of the network, in the same order."""
    rng = stream(features, seed, "road rows")
    n = len(network.a)
    made = Draft("road", n)
    lanes = LANES[network.grade].copy()
    made.fields = {
        "code": texts(f"DL{i:06d}" for i in range(1, n + 1)),
        "name": network.street,
        "status": text(n, "in_service"),
        "owner": text(n, "government"),
        "source": text(n, "sample"),
        "road_class": np.array(GRADES, dtype=object)[network.grade],
        "lanes": lanes,
        "oneway": ((network.grade == RESIDENTIAL) & (network.link_of < 0) & (rng.random(n) < 0.06)).astype(float),
    }
    made.geometry = shapely.linestrings(network.coords, indices=np.repeat(np.arange(n), np.diff(network.offsets)))
    return made
