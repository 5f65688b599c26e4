"""The plant down to fibres: who takes which fibre of each ring, splitters, OLT ports and splices as ranges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.ducts import Bodies
from datasets.premises import Premises
from datasets.routes import Plan
from datasets.serving import CENTRAL_OUTPUTS, OUTPUTS, Serving, running

BACKBONE_FIBRES = 144
STATION_FIBRES = 2  # spliced through to each station: one in use, one spare
MOST_ASSETS = 8  # fibres of one box for cameras, hotspots and readers
_FEEDER_SIZES = np.array([24, 48, 72, 96, 144, 288, 432])
_BOX_SIZES = np.array([12, 24, 48, 72, 96])
_DROP_SIZES = np.array([1, 2, 4, 8])
_SPARE = 0.88  # at most this share of a new cable's fibres is planned for (GB 50846: 10 % spare or more)
FUSION, MECHANICAL, CONNECTOR = 0, 1, 2
SPLICE_KINDS = ("fusion", "mechanical", "connector")
SPLICE_LOSS_DB = np.array([0.08, 0.15, 0.5])
SPLITTER_LOSS_DB = {2: 4.1, 4: 7.4, 8: 10.5, 16: 13.8, 32: 17.1, 64: 20.4}


@dataclass(frozen=True, slots=True)
class Splices:
    """Rows of the splice table; ``a_cable`` or ``a_splitter`` is -1."""

    node: NDArray[np.int64]
    a_cable: NDArray[np.int64]
    a_splitter: NDArray[np.int64]
    a_first: NDArray[np.int64]
    b_cable: NDArray[np.int64]
    b_first: NDArray[np.int64]
    count: NDArray[np.int64]
    kind: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fibres:
    """``cable_fibres`` (cables,). Cabinets: ``ring_first`` the first fibre it takes of its chain, ``inputs`` how many
    of them feed splitters, ``first_splitter``. Boxes: ``first_output`` its first output of the cabinet's first stage,
    from 0; ``box_splitter`` its own first splitter, -1 none. Assets: ``asset_fibre`` of the box's cable, 0 = none.
    OLT ports: ``port_node``, ``port_cable``, ``port_fibre`` (0 = free); the first ones stand in the order of the
    cabinets' splitters. Splitters: node, ratio, stage, input cable and fibre. ``splices``."""

    cable_fibres: NDArray[np.int64]
    ring_first: NDArray[np.int64]
    inputs: NDArray[np.int64]
    first_splitter: NDArray[np.int64]
    first_output: NDArray[np.int64]
    box_splitter: NDArray[np.int64]
    asset_fibre: NDArray[np.int64]
    port_node: NDArray[np.int64]
    port_cable: NDArray[np.int64]
    port_fibre: NDArray[np.int64]
    splitter_node: NDArray[np.int64]
    splitter_ratio: NDArray[np.int64]
    splitter_stage: NDArray[np.int64]
    splitter_cable: NDArray[np.int64]
    splitter_fibre: NDArray[np.int64]
    splices: Splices


def build(serving: Serving, plan: Plan, bodies: Bodies, premises: Premises, asset_box: NDArray[np.int64]) -> Fibres:
    """Give every service its fibres. ``asset_box``: the box each asset hangs on, -1 none, at most MOST_ASSETS each."""
    cabinets, boxes = len(serving.cabinet_vertex), len(serving.vertex)
    central_box = serving.central[serving.cabinet]
    home_fibres = np.where(central_box, serving.units * OUTPUTS, serving.units)
    outputs = np.where(serving.lit, home_fibres, 0)  # of the cabinet's first stage: one a splitter, or one a home

    # Assets in their boxes, after the fibres of the homes.
    linked = np.flatnonzero(asset_box >= 0)
    by_box = linked[np.argsort(asset_box[linked], kind="stable")]
    rank = running(np.ones(len(by_box), dtype=np.int64), asset_box[by_box])
    asset_fibre = np.zeros(len(asset_box), dtype=np.int64)
    asset_fibre[by_box] = home_fibres[asset_box[by_box]] + 1 + rank
    box_assets = np.bincount(asset_box[linked], minlength=boxes)

    # Fibres of each chain's ring, cabinet after cabinet: splitters, assets, stations.
    stage = np.where(serving.central, CENTRAL_OUTPUTS, OUTPUTS)
    inputs = -(-np.bincount(serving.cabinet, weights=outputs, minlength=cabinets).astype(np.int64) // stage)
    cabinet_assets = np.bincount(serving.cabinet, weights=box_assets, minlength=cabinets).astype(np.int64)
    odf_cabinet = plan.station_cabinet[bodies.odf_station]
    stations = np.bincount(odf_cabinet, minlength=cabinets)
    need = inputs + cabinet_assets + stations * STATION_FIBRES
    ring_first = running(need, plan.chain) + 1
    chain_need = np.bincount(plan.chain, weights=need, minlength=len(plan.chain_office))
    chain_fibres = _size(chain_need, _FEEDER_SIZES)

    cable_fibres = np.full(len(bodies.level), BACKBONE_FIBRES, dtype=np.int64)
    cable_fibres[:cabinets] = chain_fibres[plan.chain]
    cable_fibres[bodies.first_closing : bodies.first_distribution] = chain_fibres[plan.closed]
    cable_fibres[bodies.first_distribution : bodies.first_spur] = _size(home_fibres + box_assets, _BOX_SIZES)
    cable_fibres[bodies.first_spur : bodies.first_backbone] = 12
    drop_ports = premises.ports[bodies.drop_premises]
    cable_fibres[bodies.first_drop :] = _DROP_SIZES[np.searchsorted(_DROP_SIZES, drop_ports)]

    # Splitters: first stages by cabinet, then those in boxes.
    first_splitter = np.cumsum(inputs) - inputs
    own = np.where(central_box, 0, serving.units)
    box_splitter = np.where(own > 0, inputs.sum() + np.cumsum(own) - own, -1)
    cabinet_of = np.repeat(np.arange(cabinets), inputs)
    input_rank = np.arange(len(cabinet_of)) - first_splitter[cabinet_of]
    box_of = np.repeat(np.arange(boxes), own)
    box_rank = np.arange(len(box_of)) - (np.cumsum(own) - own)[box_of]

    # OLT ports: one for each first stage; each office keeps free ones.
    head = np.arange(cabinets) - plan.rank  # the first cabinet of each one's chain: its cable leaves the office
    office = plan.chain_office[plan.chain]
    taken = np.bincount(office[cabinet_of], minlength=len(plan.office_vertex))
    free = -(-np.maximum(taken + 2, 8) // 8) * 8 - taken
    free_office = np.repeat(np.arange(len(free)), free)

    first_output = running(outputs, serving.cabinet)
    parts = [
        _cabinet_outputs(serving, bodies, outputs, first_output, first_splitter, stage),
        _cabinet_assets(serving, bodies, ring_first, inputs, home_fibres, box_assets),
        _station_splices(bodies, odf_cabinet, ring_first, inputs, cabinet_assets),
        _through_splices(plan, bodies, ring_first, need, chain_fibres),
        _drop_splices(serving, bodies, premises, box_splitter, central_box),
        _closure_splices(bodies),
    ]
    return Fibres(
        cable_fibres=cable_fibres,
        ring_first=ring_first,
        inputs=inputs,
        first_splitter=first_splitter,
        first_output=first_output,
        box_splitter=box_splitter,
        asset_fibre=asset_fibre,
        port_node=np.concatenate([office[cabinet_of], free_office]),
        port_cable=np.concatenate([head[cabinet_of], np.full(len(free_office), -1)]),
        port_fibre=np.concatenate([ring_first[cabinet_of] + input_rank, np.zeros(len(free_office), dtype=np.int64)]),
        splitter_node=np.concatenate([bodies.first_cabinet + cabinet_of, bodies.first_box + box_of]),
        splitter_ratio=np.concatenate([stage[cabinet_of], np.full(len(box_of), OUTPUTS)]),
        splitter_stage=np.repeat([1, 2], [len(cabinet_of), len(box_of)]),
        splitter_cable=np.concatenate([cabinet_of, bodies.first_distribution + box_of]),
        splitter_fibre=np.concatenate([ring_first[cabinet_of] + input_rank, 1 + box_rank]),
        splices=Splices(*(np.concatenate(column) for column in zip(*parts, strict=True))),
    )


def _size(need: NDArray, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return sizes[np.searchsorted(sizes * _SPARE, need).clip(max=len(sizes) - 1)]


Rows = tuple[NDArray[np.int64], ...]  # the columns of Splices, in order


def _cut(
    first: NDArray[np.int64], count: NDArray[np.int64], width: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Ranges of outputs cut where one splitter ends: row, splitter from 0, first output from 0, how many."""
    pieces = np.where(count > 0, (first + count - 1) // width - first // width + 1, 0)
    row = np.repeat(np.arange(len(first)), pieces)
    number = first[row] // width[row] + np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begin = np.maximum(first[row], number * width[row])
    end = np.minimum(first[row] + count[row], (number + 1) * width[row])
    return row, number, begin, end - begin


def _cabinet_outputs(
    serving: Serving,
    bodies: Bodies,
    outputs: NDArray[np.int64],
    first_output: NDArray[np.int64],
    first_splitter: NDArray[np.int64],
    stage: NDArray[np.int64],
) -> Rows:
    """In the cabinet: outputs of the first stage to the fibres of each lit box."""
    box, number, begin, count = _cut(first_output, outputs, stage[serving.cabinet])
    cabinet = serving.cabinet[box]
    return (
        bodies.first_cabinet + cabinet,
        np.full(len(box), -1),
        first_splitter[cabinet] + number,
        begin - number * stage[cabinet] + 1,
        bodies.first_distribution + box,
        begin - first_output[box] + 1,
        count,
        np.full(len(box), CONNECTOR),
    )


def _cabinet_assets(
    serving: Serving,
    bodies: Bodies,
    ring_first: NDArray[np.int64],
    inputs: NDArray[np.int64],
    home_fibres: NDArray[np.int64],
    box_assets: NDArray[np.int64],
) -> Rows:
    """In the cabinet: fibres of the ring straight to the fibres of cameras, hotspots and readers."""
    before = running(box_assets, serving.cabinet)
    box = np.flatnonzero(box_assets > 0)
    cabinet = serving.cabinet[box]
    return (
        bodies.first_cabinet + cabinet,
        cabinet,
        np.full(len(box), -1),
        ring_first[cabinet] + inputs[cabinet] + before[box],
        bodies.first_distribution + box,
        home_fibres[box] + 1,
        box_assets[box],
        np.full(len(box), CONNECTOR),
    )


def _station_splices(
    bodies: Bodies,
    odf_cabinet: NDArray[np.int64],
    ring_first: NDArray[np.int64],
    inputs: NDArray[np.int64],
    cabinet_assets: NDArray[np.int64],
) -> Rows:
    order = np.argsort(odf_cabinet, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = running(np.ones(len(order), dtype=np.int64), odf_cabinet[order])
    n = len(odf_cabinet)
    return (
        bodies.first_cabinet + odf_cabinet,
        odf_cabinet,
        np.full(n, -1),
        ring_first[odf_cabinet] + inputs[odf_cabinet] + cabinet_assets[odf_cabinet] + rank * STATION_FIBRES,
        bodies.first_spur + np.arange(n),
        np.ones(n, dtype=np.int64),
        np.full(n, STATION_FIBRES),
        np.full(n, CONNECTOR),
    )


def _through_splices(
    plan: Plan,
    bodies: Bodies,
    ring_first: NDArray[np.int64],
    need: NDArray[np.int64],
    chain_fibres: NDArray[np.int64],
) -> Rows:
    """In each cabinet: all fibres that it and those before it do not take, on to the next cable of the chain."""
    cabinets = len(plan.chain)
    is_last = np.append(plan.chain[1:] != plan.chain[:-1], True) if cabinets else np.empty(0, dtype=bool)
    closing = bodies.first_closing + np.cumsum(plan.closed) - 1
    following = np.where(is_last, np.where(plan.closed, closing, -1)[plan.chain], np.arange(cabinets) + 1)
    first = ring_first + need
    count = chain_fibres[plan.chain] - first + 1
    rows = np.flatnonzero((following >= 0) & (count > 0))
    return (
        bodies.first_cabinet + rows,
        rows,
        np.full(len(rows), -1),
        first[rows],
        following[rows],
        first[rows],
        count[rows],
        np.full(len(rows), FUSION),
    )


def _drop_splices(
    serving: Serving,
    bodies: Bodies,
    premises: Premises,
    box_splitter: NDArray[np.int64],
    central_box: NDArray[np.bool_],
) -> Rows:
    """In the box: ports of its splitters, or fibres of its cable, to the fibres of each drop."""
    rows = bodies.drop_premises
    box = serving.box[rows]
    width = np.where(central_box[box], 1 << 20, OUTPUTS)
    drop, number, begin, count = _cut(serving.first_port[rows], premises.ports[rows], width)
    box = box[drop]
    central = central_box[box]
    n = len(drop)
    return (
        bodies.first_box + box,
        np.where(central, bodies.first_distribution + box, -1),
        np.where(central, -1, box_splitter[box] + number),
        np.where(central, begin, begin - number * OUTPUTS) + 1,
        bodies.first_drop + drop,
        begin - serving.first_port[rows][drop] + 1,
        count,
        np.where(np.arange(n) % 5 == 0, MECHANICAL, CONNECTOR),
    )


def _closure_splices(bodies: Bodies) -> Rows:
    """Where backbone cables meet away from an office: through, or each with half of the next where three meet."""
    half = BACKBONE_FIBRES // 2
    rows: list[tuple[int, int, int, int, int, int, int, int]] = []
    cables = np.arange(bodies.first_backbone, bodies.first_drop)
    for node in bodies.backbone_closures.tolist():
        meeting = cables[(bodies.cable_from[cables] == node) | (bodies.cable_to[cables] == node)].tolist()
        if len(meeting) == 2:
            rows.append((node, meeting[0], -1, 1, meeting[1], 1, BACKBONE_FIBRES, FUSION))
        elif len(meeting) >= 3:
            for this, following in zip(meeting, [*meeting[1:], meeting[0]], strict=True):
                rows.append((node, this, -1, half + 1, following, 1, half, FUSION))
    return tuple(np.array(rows, dtype=np.int64).reshape(-1, 8).T)
