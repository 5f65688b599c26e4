"""Rows of the optical plant: nodes, segments, cables, walks, splices, splitters and OLT ports."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from datasets.city import Draft, days, pick, stream, text, texts
from datasets.ducts import (
    BOX,
    CABINET,
    CLOSURE,
    DUCT,
    HANDHOLE,
    LEVELS,
    MANHOLE,
    NODE_KINDS,
    ODF,
    OFFICE,
    POLE,
    SEGMENT_KINDS,
    Bodies,
)
from datasets.fibres import MOST_ASSETS, SPLICE_KINDS, SPLICE_LOSS_DB, SPLITTER_LOSS_DB, Fibres
from datasets.premises import K_ENTERPRISE, K_OFFICE, K_ZONE, KINDS, Premises
from datasets.routes import Plan
from datasets.serving import OUTPUTS, PASSED, STATES, Serving, running
from datasets.settlements import Settlement
from datasets.wireless import place_letters

_CODES = {OFFICE: "JF", CABINET: "GJ", BOX: "GF", ODF: "OD", MANHOLE: "RJ", HANDHOLE: "SJ", POLE: "DG", CLOSURE: "JT"}
_WORDS = {OFFICE: "机房", CABINET: "光交接箱", BOX: "光分纤箱", ODF: "ODF架", CLOSURE: "接头盒"}
_CABLE_CODES = ("ZG", "KX", "PX", "YR")
_BORES = np.array([1, 2, 3, 4, 6, 9, 12, 16, 24])
_CABLES_A_BORE = 3
_ASSET_REACH_M = 320.0
_B_PLUS_REACH_M = 5_000.0  # a GPON B+ budget holds to 5 km behind 1:8 + 1:8 (worked case of DOMAIN §4)


def boxes_of_assets(
    bodies: Bodies, serving: Serving, xy: NDArray[np.float64], wanting: NDArray[np.bool_], seed: int
) -> NDArray[np.int64]:
    """The lit box each asset hangs on, -1 where none is near or its cable is full."""
    rng = stream(len(xy), seed, "assets")
    found = np.full(len(xy), -1, dtype=np.int64)
    lit = np.flatnonzero(serving.lit)
    rows = rng.permutation(np.flatnonzero(wanting))
    if len(lit) == 0 or len(rows) == 0:
        return found
    box_xy = bodies.node_xy[bodies.first_box + lit]
    far, near = cKDTree(box_xy).query(xy[rows])
    rows, near = rows[far <= _ASSET_REACH_M], lit[near[far <= _ASSET_REACH_M]]
    order = np.argsort(near, kind="stable")
    rank = running(np.ones(len(order), dtype=np.int64), near[order])
    fits = order[rank < MOST_ASSETS]
    found[rows[fits]] = near[fits]
    return found


def premises_draft(premises: Premises, serving: Serving, bodies: Bodies, features: int, seed: int) -> Draft:
    """The premises' rows."""
    rng = stream(features, seed, "premises rows")
    n = len(premises)
    business = np.isin(premises.kind, (K_OFFICE, K_ZONE, K_ENTERPRISE))
    rate = np.where(
        business,
        rng.choice([500.0, 1000.0, 10000.0], n, p=[0.15, 0.6, 0.25]),
        rng.choice([300.0, 500.0, 1000.0, 2000.0], n, p=[0.08, 0.2, 0.62, 0.1]),
    )
    draft = Draft("premises", n)
    draft.fields = {
        "code": texts(f"YH{i:07d}" for i in range(1, n + 1)),
        "status": text(n, "in_service"),
        "source": text(n, "sample"),
        "kind": np.array(KINDS, dtype=object)[premises.kind],
        "address": premises.address,
        "households": premises.households,
        "access_rate_mbps": np.where(serving.state >= PASSED, rate, np.nan),
        "state": np.array(STATES, dtype=object)[serving.state],
        "served_by": np.where(serving.box >= 0, bodies.first_box + serving.box, -1),
    }
    draft.geometry = shapely.points(premises.xy)
    return draft


def drafts(
    places: list[Settlement],
    street: NDArray[np.object_],
    premises: Premises,
    serving: Serving,
    plan: Plan,
    bodies: Bodies,
    fibres: Fibres,
    features: int,
    seed: int,
) -> list[Draft]:
    """All rows of the plant. ``street``: the name of each road edge."""
    rng = stream(features, seed, "plant rows")
    letters = place_letters(places)
    owner_of_place = pick(rng, ["telecom", "mobile", "unicom"], len(places), [0.5, 0.36, 0.14])
    dark = np.flatnonzero(~serving.lit)
    node_owner = owner_of_place[bodies.node_place]
    return [
        _segments(rng, street, bodies, node_owner),
        _cables(rng, letters, bodies, fibres, node_owner, dark),
        _nodes(rng, letters, places, premises, serving, bodies, fibres, node_owner, dark),
        _walk(bodies),
        _splices(rng, fibres),
        _splitters(fibres, bodies, node_owner, serving),
        _ports(rng, plan, serving, bodies, fibres, node_owner),
    ]


def _segments(
    rng: np.random.Generator, street: NDArray[np.object_], bodies: Bodies, node_owner: NDArray[np.object_]
) -> Draft:
    n = len(bodies.segment_kind)
    through = np.bincount(bodies.walk_segment, minlength=n)
    used = -(-through // _CABLES_A_BORE)
    duct = bodies.segment_kind == DUCT
    bores = _BORES[np.searchsorted(_BORES, used + rng.integers(1, 3, n)).clip(max=len(_BORES) - 1)]
    shared = (bodies.segment_edge >= 0) & (rng.random(n) < 0.22)
    prefix = {"duct": "GD", "pole": "GL", "buried": "ZM", "wall": "QB"}
    kind = np.array(SEGMENT_KINDS, dtype=object)[bodies.segment_kind]
    draft = Draft("route_segment", n)
    draft.fields = {
        "code": texts(f"{prefix[k]}{i:07d}" for i, k in enumerate(kind, 1)),
        "name": texts(f"{street[e]}管线" if e >= 0 else None for e in bodies.segment_edge.tolist()),
        "status": text(n, "in_service"),
        "owner": node_owner[bodies.segment_from],
        "installed_on": days(rng, n, "2004-01-01", "2023-12-31"),
        "source": text(n, "sample"),
        "accuracy_m": np.full(n, 1.0),
        "kind": kind,
        "from_node": bodies.segment_from,
        "to_node": bodies.segment_to,
        "bores": np.where(duct, np.maximum(bores, used), np.nan),
        "bores_used": np.where(duct, used, np.nan),
        "depth_m": np.where(duct | (kind == "buried"), rng.uniform(0.7, 1.3, n).round(2), np.nan),
        "shared_with": texts("移动、联通" if s else None for s in shared.tolist()),
    }
    draft.geometry = bodies.segment_geometry
    return draft


def _cables(
    rng: np.random.Generator,
    letters: NDArray[np.object_],
    bodies: Bodies,
    fibres: Fibres,
    node_owner: NDArray[np.object_],
    dark: NDArray[np.int64],
) -> Draft:
    n = len(bodies.level)
    drop = bodies.level == 3
    tube = np.where(fibres.cable_fibres >= 12, 12, fibres.cable_fibres)
    status = text(n, "in_service")
    status[bodies.first_distribution + dark] = "building"
    number = running_number(bodies.level)
    place = bodies.node_place[bodies.cable_from]
    draft = Draft("cable", n)
    draft.fields = {
        "code": texts(
            f"{_CABLE_CODES[level]}-{word}-{i:06d}"
            for level, word, i in zip(bodies.level.tolist(), letters[place], number.tolist(), strict=True)
        ),
        "status": status,
        "owner": node_owner[bodies.cable_from],
        "installed_on": days(rng, n, "2010-01-01"),
        "source": text(n, "sample"),
        "level": np.array(LEVELS, dtype=object)[bodies.level],
        "from_node": bodies.cable_from,
        "to_node": bodies.cable_to,
        "to_premises": bodies.cable_premises,
        "fibre_count": fibres.cable_fibres,
        "tubes": fibres.cable_fibres // tube,
        "fibres_per_tube": tube,
        "colour_scheme": np.where(drop | (rng.random(n) < 0.85), "full", "leading").astype(object),
        "fibre_type": np.where(drop, "G.657A2", "G.652D").astype(object),
        "slack_m": np.where(drop, 2.0, rng.choice([8.0, 10.0, 15.0, 20.0], n)),
    }
    draft.geometry = bodies.cable_geometry
    return draft


def running_number(kind: NDArray[np.int64]) -> NDArray[np.int64]:
    """1, 2, 3, … within each kind."""
    order = np.argsort(kind, kind="stable")
    number = np.empty(len(kind), dtype=np.int64)
    number[order] = running(np.ones(len(kind), dtype=np.int64), kind[order]) + 1
    return number


def _nodes(
    rng: np.random.Generator,
    letters: NDArray[np.object_],
    places: list[Settlement],
    premises: Premises,
    serving: Serving,
    bodies: Bodies,
    fibres: Fibres,
    node_owner: NDArray[np.object_],
    dark: NDArray[np.int64],
) -> Draft:
    n = len(bodies.node_kind)
    ports = np.bincount(
        serving.box[bodies.drop_premises], weights=premises.ports[bodies.drop_premises], minlength=len(serving.vertex)
    )
    capacity, used = np.full(n, np.nan), np.full(n, np.nan)
    boxes = slice(bodies.first_box, bodies.first_odf)
    capacity[boxes], used[boxes] = serving.units * OUTPUTS, ports
    # A cabinet's ports: every fibre of the cables that end in it.
    ends = np.concatenate([bodies.cable_from, bodies.cable_to[bodies.cable_to >= 0]])
    ending = np.concatenate([fibres.cable_fibres, fibres.cable_fibres[bodies.cable_to >= 0]])
    at_node = np.bincount(ends, weights=ending, minlength=n)
    sizes = np.array([144, 288, 576, 1152, 2304, 4608, 9216, 18432, 36864])
    frames = np.flatnonzero(np.isin(bodies.node_kind, (CABINET, OFFICE, ODF)))
    capacity[frames] = sizes[np.searchsorted(sizes, at_node[frames]).clip(max=len(sizes) - 1)]
    used[frames] = at_node[frames]
    status = text(n, "in_service")
    status[bodies.first_box + dark] = "building"
    address = text(n, None)
    address[boxes] = premises.address[serving.premises]
    number = running_number(bodies.node_kind)
    draft = Draft("fibre_node", n)
    draft.fields = {
        "code": texts(
            f"{_CODES[kind]}-{word}-{i:05d}"
            for kind, word, i in zip(
                bodies.node_kind.tolist(), letters[bodies.node_place], number.tolist(), strict=True
            )
        ),
        "name": texts(
            f"{places[place].name}{i}号{_WORDS[kind]}" if kind in _WORDS else None
            for kind, place, i in zip(
                bodies.node_kind.tolist(), bodies.node_place.tolist(), number.tolist(), strict=True
            )
        ),
        "status": status,
        "owner": node_owner,
        "installed_on": days(rng, n, "2008-01-01"),
        "source": text(n, "sample"),
        "accuracy_m": np.full(n, 1.0),
        "kind": np.array(NODE_KINDS, dtype=object)[bodies.node_kind],
        "capacity": capacity,
        "ports_used": used,
        "address": address,
    }
    draft.geometry = shapely.points(bodies.node_xy)
    return draft


def _walk(bodies: Bodies) -> Draft:
    draft = Draft("cable_walk", len(bodies.walk_cable))
    draft.fields = {
        "cable": bodies.walk_cable,
        "position": bodies.walk_position,
        "segment": bodies.walk_segment,
        "reversed": bodies.walk_back.astype(float),
    }
    return draft


def _splices(rng: np.random.Generator, fibres: Fibres) -> Draft:
    splices = fibres.splices
    n = len(splices.node)
    measured = rng.random(n) < 0.3
    design = SPLICE_LOSS_DB[splices.kind]
    loss = np.where(measured, design * rng.uniform(0.35, 1.15, n), design).round(3)
    draft = Draft("splice", n)
    draft.fields = {
        "node": splices.node,
        "a_cable": splices.a_cable,
        "a_splitter": splices.a_splitter,
        "a_first": splices.a_first,
        "a_last": splices.a_first + splices.count - 1,
        "b_cable": splices.b_cable,
        "b_first": splices.b_first,
        "b_last": splices.b_first + splices.count - 1,
        "kind": np.array(SPLICE_KINDS, dtype=object)[splices.kind],
        "loss_db": loss,
        "measured": measured.astype(float),
    }
    return draft


def _splitters(fibres: Fibres, bodies: Bodies, node_owner: NDArray[np.object_], serving: Serving) -> Draft:
    n = len(fibres.splitter_node)
    loss = np.vectorize(SPLITTER_LOSS_DB.get, otypes=[float])(fibres.splitter_ratio) if n else np.empty(0)
    box = fibres.splitter_node - bodies.first_box
    dark = (box >= 0) & ~serving.lit[np.maximum(box, 0)]
    draft = Draft("splitter", n)
    draft.fields = {
        "code": texts(f"FG{i:07d}" for i in range(1, n + 1)),
        "status": np.where(dark, "building", "in_service").astype(object),
        "owner": node_owner[fibres.splitter_node],
        "node": fibres.splitter_node,
        "ratio": fibres.splitter_ratio,
        "stage": fibres.splitter_stage,
        "input_cable": fibres.splitter_cable,
        "input_fibre": fibres.splitter_fibre,
        "input_splitter": np.full(n, -1),
        "loss_db": loss,
    }
    return draft


def reach_of_cabinets(serving: Serving, plan: Plan, bodies: Bodies) -> NDArray[np.float64]:
    """Metres of fibre from the office to the farthest box of each cabinet."""
    cabinets = len(serving.cabinet_vertex)
    length = shapely.length(bodies.cable_geometry[: bodies.first_spur])
    before = np.cumsum(length[:cabinets])
    head = np.arange(cabinets) - plan.rank
    ring = before - before[head] + length[head]
    farthest = np.zeros(cabinets)
    np.maximum.at(farthest, serving.cabinet, length[bodies.first_distribution :])
    return ring + farthest


def _ports(
    rng: np.random.Generator,
    plan: Plan,
    serving: Serving,
    bodies: Bodies,
    fibres: Fibres,
    node_owner: NDArray[np.object_],
) -> Draft:
    n = len(fibres.port_node)
    reach = reach_of_cabinets(serving, plan, bodies)
    cabinet = np.repeat(np.arange(len(reach)), fibres.inputs)
    new = rng.random(n) < 0.16
    classes = text(n, "B+")
    far = reach[cabinet] > _B_PLUS_REACH_M
    classes[: len(cabinet)] = np.where(
        far, np.where(new[: len(cabinet)], "N2", "C+"), np.where(new[: len(cabinet)], "N1", "B+")
    )
    order = np.argsort(fibres.port_node, kind="stable")
    slot = np.empty(n, dtype=np.int64)
    slot[order] = running(np.ones(n, dtype=np.int64), fibres.port_node[order])
    draft = Draft("olt_port", n)
    draft.fields = {
        "code": texts(
            f"OLT-{node + 1:03d}-{s // 16 + 1}-{s % 16 + 1}"
            for node, s in zip(fibres.port_node.tolist(), slot.tolist(), strict=True)
        ),
        "status": text(n, "in_service"),
        "owner": node_owner[fibres.port_node],
        "node": fibres.port_node,
        "optics_class": classes,
        "cable": fibres.port_cable,
        "fibre": np.where(fibres.port_fibre > 0, fibres.port_fibre, np.nan),
    }
    return draft
