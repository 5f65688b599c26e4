"""The plant's bodies: nodes, route segments and cables with their walks, all numbered, with exact geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from datasets.buildings import Buildings
from datasets.city import stream
from datasets.premises import Premises
from datasets.roads import Network
from datasets.routes import Plan, Ways
from datasets.serving import CONNECTED, Serving
from datasets.streets import SECONDARY, TERTIARY

NODE_KINDS = (
    "central_office", "cabinet", "distribution_box", "odf", "manhole", "handhole", "pole", "closure",
)  # fmt: skip
OFFICE, CABINET, BOX, ODF, MANHOLE, HANDHOLE, POLE, CLOSURE = range(8)
SEGMENT_KINDS = ("duct", "pole", "buried", "wall")
DUCT, POLE_LINE, BURIED, WALL = range(4)
LEVELS = ("backbone", "feeder", "distribution", "drop")
BACKBONE, FEEDER, DISTRIBUTION, DROP = range(4)
_DUCT_OFFSET_M = np.array([9.5, 7.0])  # from the street's centre line to its ducts
_SPARE_DUCTS = 0.02  # share of streets without cables that have ducts


@dataclass(frozen=True, slots=True)
class Bodies:
    """Nodes: ``node_kind``, ``node_xy``, ``node_place``. Their numbers run offices, cabinets, boxes, ODFs of
    stations, then the nodes of streets; ``first_*`` say where each kind begins.

    Segments: ``segment_kind``, ``segment_from``, ``segment_to`` (nodes), coordinates, ``segment_edge`` (road, -1 =
    lateral). Cables: ``level``, ``cable_from``, ``cable_to`` (nodes; of drops -1), ``cable_premises``, geometry;
    their numbers run feeders (by cabinet), ring closings, distribution (by box), spurs, backbone, drops
    (``drop_premises``). Walks: ``walk_cable``, ``walk_position``, ``walk_segment``, ``walk_back``.
    """

    node_kind: NDArray[np.int64]
    node_xy: NDArray[np.float64]
    node_place: NDArray[np.int64]
    first_cabinet: int
    first_box: int
    first_odf: int
    first_street_node: int
    odf_station: NDArray[np.int64]
    segment_kind: NDArray[np.int64]
    segment_from: NDArray[np.int64]
    segment_to: NDArray[np.int64]
    segment_edge: NDArray[np.int64]
    segment_geometry: NDArray[np.object_]
    level: NDArray[np.int64]
    cable_from: NDArray[np.int64]
    cable_to: NDArray[np.int64]
    cable_premises: NDArray[np.int64]
    cable_geometry: NDArray[np.object_]
    first_closing: int
    first_distribution: int
    first_spur: int
    first_backbone: int
    first_drop: int
    drop_premises: NDArray[np.int64]
    walk_cable: NDArray[np.int64]
    walk_position: NDArray[np.int64]
    walk_segment: NDArray[np.int64]
    walk_back: NDArray[np.bool_]
    backbone_closures: NDArray[np.int64]


def build(
    network: Network,
    buildings: Buildings,
    premises: Premises,
    serving: Serving,
    plan: Plan,
    station_xy: NDArray[np.float64],
    station_vertex: NDArray[np.int64],
    features: int,
    seed: int,
) -> Bodies:
    """All nodes, segments and cables of the plan."""
    rng = stream(features, seed, "ducts")
    # Terminals: the nodes that stand beside the street and are reached by a lateral.
    odf_station = np.flatnonzero(plan.station_cabinet >= 0)
    terminal_vertex = np.concatenate(
        [plan.office_vertex, serving.cabinet_vertex, serving.vertex, station_vertex[odf_station]]
    )
    offices, cabinets, boxes = len(plan.office_vertex), len(serving.cabinet_vertex), len(serving.vertex)
    terminals = len(terminal_vertex)
    terminal_xy = np.concatenate(
        [
            network.xy[plan.office_vertex] + (-26.0, 21.0),
            network.xy[serving.cabinet_vertex] + _spread(serving.cabinet_vertex, (-8.5, 8.0), (-3.0, 0.0)),
            _beside(buildings, premises, serving.premises),
            station_xy[odf_station] + (1.5, -1.5),
        ]
    ).round(3)

    # Streets with ducts: all that carry a cable, and a few that do not yet.
    all_ways = [plan.feeder, plan.closing, plan.distribution, plan.spur, plan.backbone]
    used = np.zeros(len(network.a), dtype=bool)
    for ways in all_ways:
        used[ways.edge] = True
    street = (network.place[network.a] >= 0) & (network.place[network.b] >= 0) & (network.link_of < 0)
    used |= street & (network.grade <= TERTIARY) & (rng.random(len(used)) < _SPARE_DUCTS)
    edges = np.flatnonzero(used)
    segment_of_edge = np.full(len(used), -1, dtype=np.int64)
    segment_of_edge[edges] = np.arange(len(edges))
    vertices = np.unique(np.concatenate([network.a[edges], network.b[edges], terminal_vertex, _closures(plan)]))
    node_of_vertex = np.full(len(network.xy), -1, dtype=np.int64)
    node_of_vertex[vertices] = terminals + np.arange(len(vertices))
    vertex_xy = (network.xy[vertices] + _DUCT_OFFSET_M).round(3)
    node_xy = np.concatenate([terminal_xy, vertex_xy])

    coords, counts = _street_coords(network, edges)
    coords[np.cumsum(counts) - counts] = node_xy[node_of_vertex[network.a[edges]]]
    coords[np.cumsum(counts) - 1] = node_xy[node_of_vertex[network.b[edges]]]
    laterals = _laterals(
        buildings, serving, premises, terminal_xy, node_xy[node_of_vertex[terminal_vertex]], offices + cabinets
    )
    segment_coords = np.concatenate([coords, laterals.reshape(-1, 2)])
    segment_counts = np.concatenate([counts, np.full(terminals, 3)])
    segment_from = np.concatenate([node_of_vertex[network.a[edges]], node_of_vertex[terminal_vertex]])
    segment_to = np.concatenate([node_of_vertex[network.b[edges]], np.arange(terminals)])
    segment_kind = _segment_kinds(
        network, edges, premises.lane[serving.premises], offices + cabinets, len(odf_station), rng
    )

    ends_from, ends_to = _cable_ends(plan, serving, offices, cabinets, boxes, node_of_vertex)
    walk = _walks(all_ways, ends_from, ends_to, segment_of_edge, len(edges), terminals, odf_station)
    walked = len(ends_from)
    drop_premises = np.flatnonzero(serving.state >= CONNECTED)
    box_node = offices + cabinets + serving.box[drop_premises]
    geometry = np.concatenate(
        [
            _walked_lines(segment_coords, segment_counts, *walk),
            shapely.linestrings(np.stack([node_xy[box_node], premises.xy[drop_premises]], axis=1)),
        ]
    )
    sizes = [cabinets, int(plan.closed.sum()), boxes, len(odf_station), len(plan.backbone)]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    level = np.repeat([FEEDER, FEEDER, DISTRIBUTION, DISTRIBUTION, BACKBONE, DROP], [*sizes, len(drop_premises)])
    node_kind = np.concatenate(
        [
            np.repeat([OFFICE, CABINET, BOX, ODF], [offices, cabinets, boxes, len(odf_station)]),
            _street_node_kinds(network, vertices, edges, plan),
        ]
    )
    node_place = np.concatenate(
        [
            plan.office_place,
            serving.cabinet_place,
            serving.cabinet_place[serving.cabinet],
            serving.cabinet_place[plan.station_cabinet[odf_station]],
            _vertex_places(network, vertices),
        ]
    )
    return Bodies(
        node_kind=node_kind,
        node_xy=node_xy,
        node_place=node_place,
        first_cabinet=offices,
        first_box=offices + cabinets,
        first_odf=offices + cabinets + boxes,
        first_street_node=terminals,
        odf_station=odf_station,
        segment_kind=segment_kind,
        segment_from=segment_from,
        segment_to=segment_to,
        segment_edge=np.concatenate([edges, np.full(terminals, -1)]),
        segment_geometry=shapely.linestrings(
            segment_coords, indices=np.repeat(np.arange(len(segment_counts)), segment_counts)
        ),
        level=level,
        cable_from=np.concatenate([ends_from, box_node]),
        cable_to=np.concatenate([ends_to, np.full(len(drop_premises), -1)]),
        cable_premises=np.concatenate([np.full(walked, -1), drop_premises]),
        cable_geometry=geometry,
        first_closing=int(starts[1]),
        first_distribution=int(starts[2]),
        first_spur=int(starts[3]),
        first_backbone=int(starts[4]),
        first_drop=int(starts[5]),
        drop_premises=drop_premises,
        walk_cable=walk[0],
        walk_position=walk[1],
        walk_segment=walk[2],
        walk_back=walk[3],
        backbone_closures=node_of_vertex[_closures(plan)],
    )


def _spread(vertex: NDArray[np.int64], base: tuple[float, float], step: tuple[float, float]) -> NDArray[np.float64]:
    """An offset from the vertex, moved on by ``step`` for each further one at the same vertex."""
    order = np.argsort(vertex, kind="stable")
    rank = np.empty(len(vertex), dtype=np.int64)
    rank[order] = np.arange(len(vertex)) - np.searchsorted(vertex[order], vertex[order])
    return np.array(base) + rank[:, None] * np.array(step)


def _beside(buildings: Buildings, premises: Premises, row: NDArray[np.int64]) -> NDArray[np.float64]:
    """A position on the outer wall in front of the premises."""
    building = premises.building[row]
    out = -(0.14 * buildings.size[building, 1] + 0.5)
    heading = buildings.heading[building]
    return premises.xy[row] + np.stack([-out * np.sin(heading), out * np.cos(heading)], axis=1)


def _closures(plan: Plan) -> NDArray[np.int64]:
    return np.unique(plan.backbone_ends[plan.backbone_offices < 0])


def _street_coords(network: Network, edges: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    counts = np.diff(network.offsets)[edges]
    at = np.repeat(network.offsets[edges] - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    return (network.coords[at] + _DUCT_OFFSET_M).round(3), counts


def _laterals(
    buildings: Buildings,
    serving: Serving,
    premises: Premises,
    terminal: NDArray[np.float64],
    street: NDArray[np.float64],
    first_box: int,
) -> NDArray[np.float64]:
    """From the street's node to the terminal with one bend, along and across the building it stands at; (n, 3, 2)."""
    heading = np.zeros(len(terminal))
    boxes = len(serving.vertex)
    heading[first_box : first_box + boxes] = buildings.heading[premises.building[serving.premises]]
    along = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    bend = street + along * ((terminal - street) * along).sum(axis=1, keepdims=True)
    return np.stack([street, bend.round(3), terminal], axis=1)


def _segment_kinds(
    network: Network,
    edges: NDArray[np.int64],
    lane: NDArray[np.int64],
    before: int,
    after: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    on_link = network.link_of[edges] >= 0
    street = np.where(on_link & (network.grade[edges] >= SECONDARY), POLE_LINE, np.where(on_link, BURIED, DUCT))
    box = np.where(lane >= 0, POLE_LINE, rng.choice([DUCT, WALL, BURIED], len(lane), p=[0.5, 0.35, 0.15]))
    return np.concatenate([street, np.full(before, DUCT), box, np.full(after, DUCT)])


def _street_node_kinds(
    network: Network, vertices: NDArray[np.int64], edges: NDArray[np.int64], plan: Plan
) -> NDArray[np.int64]:
    best = np.full(len(network.xy), 9)
    np.minimum.at(best, network.a, network.grade)
    np.minimum.at(best, network.b, network.grade)
    poles = np.zeros(len(network.xy), dtype=bool)
    pole_edges = edges[(network.link_of[edges] >= 0) & (network.grade[edges] >= SECONDARY)]
    poles[network.a[pole_edges]] = poles[network.b[pole_edges]] = True
    kind = np.where(best[vertices] <= TERTIARY, MANHOLE, HANDHOLE)
    kind = np.where(poles[vertices] & (network.place[vertices] < 0), POLE, kind)
    kind[np.searchsorted(vertices, _closures(plan))] = CLOSURE
    return kind


def _vertex_places(network: Network, vertices: NDArray[np.int64]) -> NDArray[np.int64]:
    """The settlement of each vertex; a country vertex takes that of the link's first end."""
    place = network.place[vertices].copy()
    link = np.full(len(network.xy), -1, dtype=np.int64)
    on = network.link_of >= 0
    link[network.a[on]] = network.link_of[on]
    link[network.b[on]] = network.link_of[on]
    country = place < 0
    place[country] = network.links[link[vertices[country]], 0]
    return place


def _cable_ends(
    plan: Plan, serving: Serving, offices: int, cabinets: int, boxes: int, node_of_vertex: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    cabinet_nodes = offices + np.arange(cabinets)
    source = np.where(plan.rank == 0, plan.chain_office[plan.chain], cabinet_nodes - 1)
    first = np.flatnonzero(plan.rank == 0)
    last = np.append(first[1:], cabinets)[: len(first)] - 1
    stationed = np.flatnonzero(plan.station_cabinet >= 0)
    backbone = np.where(plan.backbone_offices >= 0, plan.backbone_offices, node_of_vertex[plan.backbone_ends])
    ends_from = np.concatenate(
        [
            source,
            cabinet_nodes[last[plan.closed]],
            offices + serving.cabinet,
            offices + plan.station_cabinet[stationed],
            backbone[:, 0],
        ]
    )
    ends_to = np.concatenate(
        [
            cabinet_nodes,
            plan.chain_office[plan.closed],
            offices + cabinets + np.arange(boxes),
            offices + cabinets + boxes + np.arange(len(stationed)),
            backbone[:, 1],
        ]
    )
    return ends_from, ends_to


def _walks(
    ways: list[Ways],
    ends_from: NDArray[np.int64],
    ends_to: NDArray[np.int64],
    segment_of_edge: NDArray[np.int64],
    streets: int,
    terminals: int,
    odf_station: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Cable, position, segment and direction of every step: a lateral down, the streets, a lateral up."""
    sizes = [np.diff(ways[i].offsets) for i in range(5)]
    sizes[3] = sizes[3][odf_station]  # stations without a cabinet have no cable
    size = np.concatenate(sizes)
    cables = np.arange(len(size))
    leaves, arrives = cables[ends_from < terminals], cables[ends_to < terminals]
    cable = np.concatenate([leaves, np.repeat(cables, size), arrives])
    step = np.concatenate(
        [np.full(len(leaves), -1), np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size), size[arrives]]
    )
    edge = np.concatenate([w.edge for w in ways])
    segment = np.concatenate([streets + ends_from[leaves], segment_of_edge[edge], streets + ends_to[arrives]])
    back = np.concatenate([np.ones(len(leaves), bool), *[w.back for w in ways], np.zeros(len(arrives), bool)])
    order = np.lexsort((step, cable))
    cable = cable[order]
    position = np.arange(len(cable)) - np.searchsorted(cable, cable)
    return cable, position, segment[order], back[order].astype(bool)


def _walked_lines(
    coords: NDArray[np.float64],
    counts: NDArray[np.int64],
    cable: NDArray[np.int64],
    position: NDArray[np.int64],
    segment: NDArray[np.int64],
    back: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """One line a cable: its segments one after the other, the point where two meet only once."""
    start = np.cumsum(counts) - counts
    skip = (position > 0).astype(np.int64)
    size = counts[segment] - skip
    item = np.repeat(np.arange(len(segment)), size)
    local = np.arange(len(item)) - np.repeat(np.cumsum(size) - size, size) + skip[item]
    local = np.where(back[item], counts[segment[item]] - 1 - local, local)
    return shapely.linestrings(coords[start[segment[item]] + local], indices=cable[item])
