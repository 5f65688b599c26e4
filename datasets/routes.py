"""Ways of cables through the street graph: central offices, rings of cabinets, boxes, stations and the backbone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from datasets.roads import Network
from datasets.serving import Serving

RING_CABINETS = 8
OFFICE_CABINETS = 96
_TOWN_REACH_M, _COUNTRY_REACH_M, _OFFICE_REACH_M = 3_500.0, 30_000.0, 45_000.0
_AT_ONCE = 160  # sources of one search; its answer is a matrix over all vertices


@dataclass(frozen=True, slots=True)
class Ways:
    """m ways as flat arrays: way i takes ``edge[offsets[i]:offsets[i+1]]`` in order, against the edge where
    ``back``."""

    edge: NDArray[np.int64]
    back: NDArray[np.bool_]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True, slots=True)
class Plan:
    """Where offices stand and how everything is reached.

    Offices: ``office_vertex``, ``office_place``. Chains of cabinets: ``chain_office``, ``closed`` (a ring back to the
    office). Cabinets: ``chain``, ``rank`` in it; they are numbered so that a chain's cabinets follow each other.
    Stations: ``station_cabinet`` (-1 where no cabinet is near). Ways: ``feeder`` to each cabinet from the one before
    or the office, ``closing`` of each closed chain back to the office (in the order of ``chains_closed``),
    ``distribution`` from cabinet to box, ``spur`` from cabinet to station (empty where -1), ``backbone`` with its
    end vertices ``backbone_ends`` (n, 2) and end offices (-1 = a closure at that vertex) ``backbone_offices``.
    """

    office_vertex: NDArray[np.int64]
    office_place: NDArray[np.int64]
    chain: NDArray[np.int64]
    rank: NDArray[np.int64]
    chain_office: NDArray[np.int64]
    closed: NDArray[np.bool_]
    station_cabinet: NDArray[np.int64]
    feeder: Ways
    closing: Ways
    distribution: Ways
    spur: Ways
    backbone: Ways
    backbone_ends: NDArray[np.int64]
    backbone_offices: NDArray[np.int64]


def plan(network: Network, serving: Serving, station_vertex: NDArray[np.int64]) -> Plan:
    """Lay out the plant over the streets; shortest ways throughout."""
    graph = _Streets(network)
    office_vertex, office_place, office_of = _offices(network, serving)
    chain, rank, chain_office, closed = _chains(serving, office_of)
    cabinets = len(serving.cabinet_vertex)
    first = np.flatnonzero(rank == 0)
    last = np.append(first[1:], cabinets)[: len(first)] - 1
    before = np.where(rank == 0, -1, np.arange(cabinets) - 1)
    inner = np.flatnonzero(before >= 0)

    station_cabinet = _nearest_cabinet(network, serving, station_vertex)
    town = serving.cabinet_link < 0
    reach = np.where(town, _TOWN_REACH_M, _COUNTRY_REACH_M)
    # From each cabinet: to the next one of its chain, to its boxes, to its stations.
    stationed = np.flatnonzero(station_cabinet >= 0)
    source = np.concatenate([before[inner], serving.cabinet, station_cabinet[stationed]])
    target = np.concatenate([serving.cabinet_vertex[inner], serving.vertex, station_vertex[stationed]])
    local = graph.ways(serving.cabinet_vertex, reach, source, target)
    # From each office: to the first and, of rings, the last cabinet of its chains, and to the gates of its links.
    tree = np.flatnonzero(network.tree)
    ends, offices, gate_rows, gate_targets = _backbone_ends(network, office_vertex, office_place, tree)
    source = np.concatenate([chain_office, chain_office[closed], gate_rows])
    target = np.concatenate([serving.cabinet_vertex[first], serving.cabinet_vertex[last[closed]], gate_targets])
    far = graph.ways(office_vertex, np.full(len(office_vertex), _OFFICE_REACH_M), source, target)

    n_inner, n_box, n_chain, n_closed = len(inner), len(serving.vertex), len(chain_office), int(closed.sum())
    feeder = _ordered(
        _joined([_part(local, 0, n_inner), _part(far, 0, n_chain)]), np.concatenate([inner, first]), cabinets
    )
    spur = _ordered(_part(local, n_inner + n_box, len(local)), stationed, len(station_vertex))
    return Plan(
        office_vertex=office_vertex,
        office_place=office_place,
        chain=chain,
        rank=rank,
        chain_office=chain_office,
        closed=closed,
        station_cabinet=station_cabinet,
        feeder=feeder,
        closing=_turned(_part(far, n_chain, n_chain + n_closed)),
        distribution=_part(local, n_inner, n_inner + n_box),
        spur=spur,
        backbone=_backbone(network, tree, offices, _part(far, n_chain + n_closed, len(far))),
        backbone_ends=ends,
        backbone_offices=offices,
    )


def _offices(network: Network, serving: Serving) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """One office a settlement, more in large ones: vertex, settlement, and the office of each cabinet."""
    vertices, at_place = [], []
    office_of = np.full(len(serving.cabinet_vertex), -1, dtype=np.int64)
    for place in np.unique(serving.cabinet_place):
        members = np.flatnonzero(serving.cabinet_place == place)
        town = members[serving.cabinet_link[members] < 0]
        own = np.flatnonzero(network.place == place)
        count = max(1, -(-len(town) // OFFICE_CABINETS))
        first = len(vertices)
        for part in np.array_split(town, count):
            middle = (
                network.xy[serving.cabinet_vertex[part]].mean(axis=0) if len(part) else network.xy[own].mean(axis=0)
            )
            vertices.append(own[int(np.argmin(np.hypot(*(network.xy[own] - middle).T)))])
            at_place.append(place)
        if len(town):
            office_of[town] = first + np.repeat(np.arange(count), [len(p) for p in np.array_split(town, count)])
        country = members[serving.cabinet_link[members] >= 0]
        if len(country):
            _, near = cKDTree(network.xy[vertices[first:]]).query(network.xy[serving.cabinet_vertex[country]])
            for link in np.unique(serving.cabinet_link[country]):  # one road's cabinets hang on one office
                on_link = serving.cabinet_link[country] == link
                office_of[country[on_link]] = first + near[on_link][0]
    return np.array(vertices, dtype=np.int64), np.array(at_place, dtype=np.int64), office_of


def _chains(
    serving: Serving, office_of: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Cut the cabinets, as they follow each other, into chains of up to RING_CABINETS on one office and road."""
    n = len(office_of)
    new = np.append(True, (office_of[1:] != office_of[:-1]) | (serving.cabinet_link[1:] != serving.cabinet_link[:-1]))
    begins = np.flatnonzero(new)
    since = np.arange(n) - np.repeat(begins, np.diff(np.append(begins, n)))
    sizes = np.repeat(np.diff(np.append(begins, n)), np.diff(np.append(begins, n)))
    even = -(-sizes // -(-sizes // RING_CABINETS))  # equal chains rather than a short last one
    rank = since % even
    chain = np.cumsum(rank == 0) - 1
    first = np.flatnonzero(rank == 0)
    count = np.bincount(chain)
    closed = (count >= 3) & (serving.cabinet_link[first] < 0)
    return chain, rank, office_of[first], closed


def _nearest_cabinet(network: Network, serving: Serving, vertex: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(vertex) == 0 or len(serving.cabinet_vertex) == 0:
        return np.full(len(vertex), -1, dtype=np.int64)
    far, near = cKDTree(network.xy[serving.cabinet_vertex]).query(network.xy[vertex])
    return np.where(far < 2_200.0, near, -1)


def _backbone_ends(
    network: Network, office_vertex: NDArray[np.int64], office_place: NDArray[np.int64], tree: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """End vertices and offices of the backbone along the tree's links, and the office-to-gate ways it needs."""
    main = {int(place): office for office, place in reversed(list(enumerate(office_place.tolist())))}
    ends, offices, rows, targets = [], [], [], []
    for link in tree:
        pair = [main.get(int(place), -1) for place in network.links[link]]
        gates = network.gates[link]
        ends.append([office_vertex[o] if o >= 0 else gate for o, gate in zip(pair, gates, strict=True)])
        offices.append(pair)
        for office, gate in zip(pair, gates, strict=True):
            if office >= 0:
                rows.append(office)
                targets.append(int(gate))
    return (
        np.array(ends, dtype=np.int64).reshape(-1, 2),
        np.array(offices, dtype=np.int64).reshape(-1, 2),
        np.array(rows, dtype=np.int64),
        np.array(targets, dtype=np.int64),
    )


def _backbone(network: Network, tree: NDArray[np.int64], offices: NDArray[np.int64], to_gates: Ways) -> Ways:
    """Office to gate, along the link, gate to office, for each link of the tree."""
    parts = []
    at = 0
    empty = Ways(np.empty(0, np.int64), np.empty(0, bool), np.array([0, 0]))
    edges_by_link = np.argsort(network.link_of, kind="stable")
    link_sorted = network.link_of[edges_by_link]
    for link, (first, second) in zip(tree, offices, strict=True):
        head, tail = empty, empty
        if first >= 0:
            head, at = _part(to_gates, at, at + 1), at + 1
        if second >= 0:
            tail, at = _turned(_part(to_gates, at, at + 1)), at + 1
        along = edges_by_link[slice(*np.searchsorted(link_sorted, [link, link + 1]))]
        edge = np.concatenate([head.edge, along, tail.edge])
        back = np.concatenate([head.back, np.zeros(len(along), bool), tail.back])
        parts.append(Ways(edge, back, np.array([0, len(edge)])))
    return _joined(parts)


class _Streets:
    """The street graph made ready for shortest ways; motorways and their link roads carry no ducts."""

    def __init__(self, network: Network) -> None:
        usable = (network.place[network.a] >= 0) & (network.place[network.b] >= 0) | (network.link_of >= 0)
        self.edges = np.flatnonzero(usable)
        self.n = len(network.xy)
        a, b = network.a[self.edges], network.b[self.edges]
        self.graph = coo_matrix((network.lengths[self.edges], (a, b)), shape=(self.n, self.n)).tocsr()
        key = np.concatenate([a * self.n + b, b * self.n + a])
        self.order = np.argsort(key, kind="stable")
        self.key = key[self.order]

    def ways(
        self,
        sources: NDArray[np.int64],
        limits: NDArray[np.float64],
        source: NDArray[np.int64],
        target: NDArray[np.int64],
    ) -> Ways:
        """The shortest way from vertex ``sources[source[i]]`` to vertex ``target[i]``, for every i.

        ``limits``: how far to search from each source at first; where that is too near, the search is widened.
        """
        found: list[tuple[NDArray[np.int64], ...]] = []
        open_ = np.arange(len(source))
        limit_of = limits[source]
        while len(open_):
            missed = []
            for limit in np.unique(limit_of[open_]):
                group = open_[limit_of[open_] == limit]
                used = np.unique(source[group])
                for start in range(0, len(used), _AT_ONCE):
                    rows = used[start : start + _AT_ONCE]
                    wanted = group[np.isin(source[group], rows)]
                    missed.append(
                        self._search(sources[rows], limit, wanted, np.searchsorted(rows, source[wanted]), target, found)
                    )
            open_ = np.concatenate(missed)
            limit_of = limit_of * 5.0
            if len(open_) and limit_of[open_].min() > 2e6:
                raise ValueError("a part of the plant cannot be reached through the streets")
        if not found:
            return Ways(np.empty(0, np.int64), np.empty(0, bool), np.zeros(len(source) + 1, np.int64))
        way, step, edge, back = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.lexsort((step, way))
        sizes = np.bincount(way, minlength=len(source))
        return Ways(edge[order], back[order].astype(bool), np.concatenate([[0], np.cumsum(sizes)]))

    def _search(
        self,
        vertices: NDArray[np.int64],
        limit: float,
        wanted: NDArray[np.int64],
        row: NDArray[np.int64],
        target: NDArray[np.int64],
        found: list[tuple[NDArray[np.int64], ...]],
    ) -> NDArray[np.int64]:
        """Add the steps of the wanted ways to ``found``, last step first; answers the ways that are longer."""
        _, before = dijkstra(self.graph, directed=False, indices=vertices, return_predecessors=True, limit=float(limit))
        here = target[wanted]
        reached = (before[row, here] >= 0) | (here == vertices[row])
        missed = wanted[~reached]
        wanted, here, row = wanted[reached], here[reached], row[reached]
        count = 0
        while len(moving := np.flatnonzero(here != vertices[row])):
            wanted, here, row = wanted[moving], here[moving], row[moving]
            there = before[row, here].astype(np.int64)
            edge, back = self._edge(there, here)
            found.append((wanted, np.full(len(wanted), -count), edge, back))
            here = there
            count += 1
        return missed

    def _edge(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        at = self.order[np.searchsorted(self.key, a * self.n + b)]
        return self.edges[at % len(self.edges)], at >= len(self.edges)


def _part(ways: Ways, first: int, last: int) -> Ways:
    start, end = ways.offsets[first], ways.offsets[last]
    return Ways(ways.edge[start:end], ways.back[start:end], ways.offsets[first : last + 1] - start)


def _joined(parts: list[Ways]) -> Ways:
    sizes = np.concatenate([np.diff(part.offsets) for part in parts]) if parts else np.empty(0, np.int64)
    return Ways(
        np.concatenate([part.edge for part in parts]) if parts else np.empty(0, np.int64),
        np.concatenate([part.back for part in parts]) if parts else np.empty(0, bool),
        np.concatenate([[0], np.cumsum(sizes)]),
    )


def _turned(ways: Ways) -> Ways:
    """Each way from its end to its start."""
    sizes = np.diff(ways.offsets)
    within = np.arange(len(ways.edge)) - np.repeat(ways.offsets[:-1], sizes)
    source = np.repeat(ways.offsets[1:], sizes) - 1 - within
    return Ways(ways.edge[source], ~ways.back[source], ways.offsets)


def _ordered(ways: Ways, number: NDArray[np.int64], total: int) -> Ways:
    """The ways under new numbers; numbers that none has get an empty way."""
    sizes = np.zeros(total, dtype=np.int64)
    sizes[number] = np.diff(ways.offsets)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    place = np.repeat(offsets[number], np.diff(ways.offsets))
    place = place + np.arange(len(ways.edge)) - np.repeat(ways.offsets[:-1], np.diff(ways.offsets))
    edge, back = np.empty_like(ways.edge), np.empty_like(ways.back)
    edge[place], back[place] = ways.edge, ways.back
    return Ways(edge, back, offsets)
