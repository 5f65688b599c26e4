"""Who is served by which distribution box and cabinet, and how far: none, covered, passed, connected, active."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.city import stream
from datasets.premises import Premises
from datasets.roads import Network
from datasets.settlements import CORE, SEAT, TOWN, Settlement

STATES = ("none", "covered", "passed", "connected", "active")
NONE, COVERED, PASSED, CONNECTED, ACTIVE = range(5)
BOX_PORTS = 32  # where a new box begins; with the last premises' ports at most 39, five splitters 1:8
CABINET_PORTS = 81  # where a new cabinet begins; at most 119, under the 120 homes of GB 50846
OUTPUTS = 8  # of a splitter in a box, and of the first stage in its cabinet
CENTRAL_OUTPUTS = 64  # of the only stage, in a cabinet with centralised splitting
CENTRAL_SHARE = 0.12  # of cabinets have one 1:64 stage and boxes without splitters
_UNSERVED = {CORE: 0.03, SEAT: 0.06, TOWN: 0.10, "village": 0.24}
_TAKE_UP = {CORE: (0.58, 0.11), SEAT: (0.54, 0.11), TOWN: (0.48, 0.11), "village": (0.42, 0.09)}  # active, connected
_FULL_SHARE, _DARK_SHARE = 0.10, 0.04


@dataclass(frozen=True, slots=True)
class Serving:
    """Premises to boxes to cabinets.

    Premises: ``box`` (-1 none), ``state``, ``first_port`` from 0 within its box (-1 where not connected).
    Boxes: ``vertex`` of the street it is reached from, ``premises`` (n, its middle one, beside which it hangs),
    ``units`` splitters' worth of ports (8 each) it is lit or prepared with, ``lit`` whether light reaches it,
    ``cabinet``. Cabinets: ``cabinet_vertex``, ``cabinet_place``, ``cabinet_link`` (-1 inside a settlement),
    ``central`` whether it holds the only splitting stage. All in an order in which neighbours follow each other.
    """

    box: NDArray[np.int64]
    state: NDArray[np.int64]
    first_port: NDArray[np.int64]
    vertex: NDArray[np.int64]
    premises: NDArray[np.int64]
    units: NDArray[np.int64]
    lit: NDArray[np.bool_]
    cabinet: NDArray[np.int64]
    cabinet_vertex: NDArray[np.int64]
    cabinet_place: NDArray[np.int64]
    cabinet_link: NDArray[np.int64]
    central: NDArray[np.bool_]


def serve(places: list[Settlement], network: Network, premises: Premises, features: int, seed: int) -> Serving:
    """Decide who is served; every later answer about the plant follows from this."""
    rng = stream(features, seed, "serving")
    kinds = np.array([place.kind for place in places], dtype=object)[premises.place]
    kinds[premises.lane >= 0] = "village"
    groups = int(premises.group.max(initial=-1)) + 1
    dice = rng.random(groups)[premises.group]
    unserved = dice < np.vectorize(_UNSERVED.get, otypes=[float])(kinds)

    # Boxes: within a block or lane, in the order of its buildings, a new one whenever BOX_PORTS are reached.
    rows = np.flatnonzero(~unserved)
    start = running(premises.ports[rows], premises.group[rows])
    key = premises.group[rows] * 4096 + start // BOX_PORTS
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    n = len(first)
    last = np.append(first[1:], len(rows)) - 1
    middle = rows[(first + last) // 2]
    vertex = premises.vertex[middle]
    sums = np.bincount(number, weights=premises.ports[rows], minlength=n).astype(np.int64)

    # Cabinets: boxes along a space-filling curve within a settlement, along the road in the country.
    lane = premises.lane[middle]
    link = np.where(lane >= 0, network.lanes.link[lane], -1) if len(network.lanes.link) else np.full(n, -1)
    along = np.where(lane >= 0, network.lanes.along[lane], hilbert(network.xy[vertex])) if n else np.empty(0)
    order = np.lexsort((np.arange(n), along, link, premises.place[middle]))
    zone = premises.place[middle] * (len(network.links) + 1) + link + 1
    _, zone_of_sorted = np.unique(zone[order], return_inverse=True)
    start = running(sums[order], zone_of_sorted)
    _, first_box, cabinet_of_sorted = np.unique(
        zone_of_sorted * 100_000 + start // CABINET_PORTS, return_index=True, return_inverse=True
    )
    box_rank = np.empty(n, dtype=np.int64)
    box_rank[order] = np.arange(n)
    number = box_rank[number]
    middle, vertex, sums, link = middle[order], vertex[order], sums[order], link[order]
    last_box = np.append(first_box[1:], n) - 1
    hub = (first_box + last_box) // 2
    cabinets = len(first_box)

    box = np.full(len(premises), -1, dtype=np.int64)
    box[rows] = number
    lit = rng.random(n) >= _DARK_SHARE
    state = _states(rng, kinds, box, lit)
    units, state = _filled_up(rng, premises, box, lit, state, -(-sums // OUTPUTS))
    connected = np.flatnonzero(state >= CONNECTED)
    in_order = connected[np.argsort(box[connected], kind="stable")]
    first_port = np.full(len(premises), -1, dtype=np.int64)
    first_port[in_order] = running(premises.ports[in_order], box[in_order])
    return Serving(
        box=box,
        state=state,
        first_port=first_port,
        vertex=vertex,
        premises=middle,
        units=units,
        lit=lit,
        cabinet=cabinet_of_sorted,
        cabinet_vertex=vertex[hub],
        cabinet_place=premises.place[middle[hub]],
        cabinet_link=link[hub],
        central=rng.random(cabinets) < CENTRAL_SHARE,
    )


def _states(
    rng: np.random.Generator, kinds: NDArray[np.object_], box: NDArray[np.int64], lit: NDArray[np.bool_]
) -> NDArray[np.int64]:
    active = np.vectorize(lambda kind: _TAKE_UP[kind][0], otypes=[float])(kinds)
    connected = active + np.vectorize(lambda kind: _TAKE_UP[kind][1], otypes=[float])(kinds)
    dice = rng.random(len(box))
    state = np.where(dice < active, ACTIVE, np.where(dice < connected, CONNECTED, PASSED))
    served = box >= 0
    state[served & ~lit[box]] = COVERED
    state[~served] = NONE
    return state


def _filled_up(
    rng: np.random.Generator,
    premises: Premises,
    box: NDArray[np.int64],
    lit: NDArray[np.bool_],
    state: NDArray[np.int64],
    units: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Some lit boxes have fewer splitters than their premises need, and every port of them is taken.

    The premises that came first hold the ports, exactly; the others are covered and not passed.
    """
    chosen = lit & (rng.random(len(lit)) < _FULL_SHARE)
    rows = np.flatnonzero((box >= 0) & chosen[box])
    rows = rows[np.argsort(box[rows], kind="stable")]
    end = running(premises.ports[rows], box[rows]) + premises.ports[rows]
    is_last = np.append(box[rows][1:] != box[rows][:-1], True) if len(rows) else np.empty(0, dtype=bool)
    exact = (end % OUTPUTS == 0) & ~is_last
    taken = np.zeros(len(lit), dtype=np.int64)
    np.maximum.at(taken, box[rows[exact]], end[exact])
    full = taken[box[rows]] > 0
    holds = full & (end <= taken[box[rows]])
    state = state.copy()
    state[rows[holds & (state[rows] < CONNECTED)]] = ACTIVE
    state[rows[full & ~holds]] = COVERED
    return np.where(taken > 0, taken // OUTPUTS, units), state


def running(values: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum of the values before each row within its group; equal groups must stand together."""
    total = np.cumsum(values) - values
    begins = np.append(True, group[1:] != group[:-1]) if len(group) else np.empty(0, dtype=bool)
    first = np.flatnonzero(begins)
    return total - np.repeat(total[first], np.diff(np.append(first, len(values))))


def hilbert(xy: NDArray[np.float64], cell: float = 120.0) -> NDArray[np.float64]:
    """The place of each position along a Hilbert curve over cells of ``cell`` metres (order 12 from the minimum)."""
    if len(xy) == 0:
        return np.empty(0)
    at = ((xy - xy.min(axis=0)) / cell).astype(np.int64)
    bits = max(1, int(at.max()).bit_length())
    x, y = at[:, 0].copy(), at[:, 1].copy()
    found = np.zeros(len(at), dtype=np.int64)
    for bit in range(bits - 1, -1, -1):
        side = 1 << bit
        right, top = (x & side) > 0, (y & side) > 0
        found += side * side * ((3 * right) ^ top)
        mirrored = ~top & right
        x, y = np.where(mirrored, (side << 1) - 1 - x, x), np.where(mirrored, (side << 1) - 1 - y, y)
        x, y = np.where(~top, y, x), np.where(~top, x, y)
        x, y = x & (side - 1), y & (side - 1)
    return found.astype(np.float64)
