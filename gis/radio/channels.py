"""Channels of WiFi: which hotspots disturb one another, and how much.

Interference at a hotspot is what arrives there of its neighbours' power, times the share of time they are on the air,
as far as their channel falls into its own (``wifi_bands.spectral_share``), over its noise. Where buildings are known,
levels are those of ``walls``: the stronger of going round and going through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.geometry.columns import Columns
from gis.radio.constants import constants
from gis.radio.curves import EXPECTED, HIDDEN, SIGHT, on_curve
from gis.radio.p2109 import building_entry_loss_db
from gis.radio.plan import Plan
from gis.radio.services import noise_dbm
from gis.radio.walls import wall_loss_db, wifi
from gis.radio.wifi_bands import block_mhz, permitted, spectral_share
from gis.radio.windows import Transmitter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OnAir:
    """n hotspots on the air, by id. ``channel`` NaN = not told: such a one neither disturbs nor is disturbed.

    ``first``, ``second`` (m,): neighbours, each pair once. ``at_first`` (m,): what the first receives of the second on
    its own channel, in shares of its noise, when it is on the air all the time; ``at_second`` likewise. ``load``: the
    share of time each is on the air.
    """

    ids: Ints
    x: Floats
    y: Floats
    band: NDArray[np.object_]
    channel: Floats
    width_mhz: Floats
    indoor: Flags
    noise_mw: Floats
    load: Floats
    first: Ints
    second: Ints
    at_first: Floats
    at_second: Floats

    def __len__(self) -> int:
        return len(self.ids)

    def permitted(self, channel: Floats | None = None) -> Flags:
        """Whether the rules let each use its channel where it stands."""
        used = self.channel if channel is None else channel
        known: dict[tuple[str, float, float, bool], bool] = {}
        found = np.ones(len(self), bool)
        for i in range(len(self)):
            key = (str(self.band[i]), float(used[i]), float(self.width_mhz[i]), bool(self.indoor[i]))
            if not np.isnan(used[i]):
                if key not in known:
                    known[key] = permitted(*key)
                found[i] = known[key]
        return found


@dataclass(frozen=True, slots=True)
class Interference:
    """Interference over noise of each of n hotspots as a ratio, and how many pairs keep one another silent.

    ``conflicts`` (n,): with how many others; ``pairs``: pairs of which at least one is counted.
    """

    over_noise: Floats
    conflicts: Ints
    pairs: int

    @property
    def total(self) -> float:
        """The sum that a plan lowers."""
        return float(self.over_noise.sum())


def on_air(plan: Plan, rows: Columns, buildings: Columns | None = None) -> OnAir:
    """The hotspots of a plan with their neighbours; ``rows``: the rows the plan was made of.

    ``buildings``: polygons with "height_m"; without them, and where the plan does not look at them, levels are the
    model's expected ones.
    """
    order = np.argsort([one.id for one in plan.transmitters], kind="stable")
    sent = [plan.transmitters[place] for place in order]
    ids = np.array([one.id for one in sent], np.int64)
    sorter = np.argsort(rows.ids, kind="stable")
    at = sorter[np.searchsorted(rows.ids, ids, sorter=sorter)]
    usual = constants()["assumed"]["wifi"]["band"]
    told = np.asarray(rows.fields["band"], object)[at]
    band = np.array([*(usual if one is None else one for one in told), None], object)[:-1]
    width = plan.bandwidth_mhz[order]
    indoor = np.asarray(rows.fields["indoor"], np.float64)[at] == 1.0
    noise = 10.0 ** (noise_dbm("wifi", width) / 10.0)
    x, y = (np.array([getattr(one, name) for one in sent]) for name in ("x", "y"))
    frequency = plan.frequency_mhz[order]
    first, second = neighbours(x, y)
    crossed = None
    if buildings is not None and len(buildings) and all(one.sighted for one in sent):
        crossed = buildings_crossed(sent, first, second, buildings)
    entry = building_entry_loss_db(frequency) * indoor
    received = []
    for here, there in ((first, second), (second, first)):
        level = _levels(sent, frequency, there, first, second, crossed) - entry[here]
        received.append(10.0 ** (level / 10.0) / noise[here])
    return OnAir(
        ids=ids,
        x=x,
        y=y,
        band=band,
        channel=np.asarray(rows.fields["channel"], np.float64)[at],
        width_mhz=width,
        indoor=indoor,
        noise_mw=noise,
        load=np.array([one.load for one in sent]),
        first=first,
        second=second,
        at_first=received[0],
        at_second=received[1],
    )


def neighbours(x: Floats, y: Floats) -> tuple[Ints, Ints]:
    """The pairs of places near enough to count, each once, the lesser number first; in order."""
    rules = wifi()["channels"]
    places = np.stack([x, y], axis=1)
    count = min(len(x), int(rules["most_neighbours"]) + 1)
    if count < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    far, near = cKDTree(places).query(places, k=count, distance_upper_bound=float(rules["neighbours_m"]))
    one, other = np.broadcast_to(np.arange(len(x))[:, None], near.shape), near
    used = np.isfinite(far) & (one != other)
    pairs = np.sort(np.stack([one[used], other[used]], axis=1), axis=1)
    pairs = np.unique(pairs, axis=0).astype(np.int64)
    return pairs[:, 0], pairs[:, 1]


def buildings_crossed(sent: Sequence[Transmitter], first: Ints, second: Ints, buildings: Columns) -> Ints:
    """How many buildings that rise over it the straight line of each pair crosses, (m,).

    Those in which one of the two stands are not crossed. A building without a height rises over everything.
    """
    assert buildings.geometry is not None
    places = np.array([[one.x, one.y] for one in sent])
    height = np.array([one.height_m for one in sent])
    roof = np.asarray(buildings.fields["height_m"], np.float64)
    roof = np.where(roof > 0.0, roof, np.inf)
    tree = shapely.STRtree(buildings.geometry)
    stands, within = tree.query(shapely.points(places), predicate="intersects")
    own = np.unique(stands * len(buildings) + within)
    line, block = tree.query(
        shapely.linestrings(np.stack([places[first], places[second]], axis=1)), predicate="intersects"
    )
    used = roof[block] > (height[first[line]] + height[second[line]]) / 2.0
    for end in (first, second):
        used &= ~np.isin(end[line] * len(buildings) + block, own)
    return np.bincount(line[used], minlength=len(first)).astype(np.int64)


def interference(air: OnAir, channel: Floats | None = None, counted: Flags | None = None) -> Interference:
    """What the hotspots do to one another on their channels, or on others; only those ``counted`` are judged."""
    used = air.channel if channel is None else channel
    judged = np.ones(len(air), bool) if counted is None else counted
    middle = block_mhz(air.band, used, air.width_mhz)
    apart = middle[air.first] - middle[air.second]
    widths = air.width_mhz[air.first], air.width_mhz[air.second]
    at_first = np.nan_to_num(air.at_first * spectral_share(apart, widths[1], widths[0]))
    at_second = np.nan_to_num(air.at_second * spectral_share(apart, widths[0], widths[1]))
    n = len(air)
    over = np.bincount(air.first, at_first * air.load[air.second], minlength=n)
    over += np.bincount(air.second, at_second * air.load[air.first], minlength=n)
    # A signal is understood, and waited for, from far lower levels on than mere energy beside the own channel.
    understood = np.abs(apart) <= np.abs(widths[0] - widths[1]) / 2.0 + 1e-6
    rules = wifi()["channels"]
    busy = 10.0 ** (np.where(understood, float(rules["busy_dbm"]), float(rules["energy_dbm"])) / 10.0)
    silent = (at_first * air.noise_mw[air.first] >= busy) | (at_second * air.noise_mw[air.second] >= busy)
    conflicts = np.bincount(air.first[silent], minlength=n) + np.bincount(air.second[silent], minlength=n)
    pairs = int((silent & (judged[air.first] | judged[air.second])).sum())
    return Interference(np.where(judged, over, 0.0), np.where(judged, conflicts, 0).astype(np.int64), pairs)


def _levels(
    sent: Sequence[Transmitter], frequency: Floats, sender: Ints, first: Ints, second: Ints, crossed: Ints | None
) -> Floats:
    """What arrives outdoors at the other end of each pair from its ``sender``, dBm."""
    places = np.array([[one.x, one.y] for one in sent]).reshape(len(sent), 2)
    least = float(wifi()["channels"]["least_m"])
    flat2 = np.maximum(np.sum((places[first] - places[second]) ** 2, axis=1), least * least)
    loss = np.zeros(len(flat2))
    tables = {id(one.curves): one.curves.loss for one in sent}
    of = np.array([id(one.curves) for one in sent], np.int64)
    for key, table in tables.items():
        here = np.flatnonzero(of[sender] == key)
        if crossed is None:
            loss[here] = _on_row(table[EXPECTED], flat2[here])
        else:
            loss[here] = np.where(
                crossed[here] > 0, _on_row(table[HIDDEN], flat2[here]), _on_row(table[SIGHT], flat2[here])
            )
            through = _on_row(table[SIGHT], flat2[here])
            for megahertz in np.unique(frequency[sender[here]]):
                one = frequency[sender[here]] == megahertz
                walls = through[one] + crossed[here][one] * wall_loss_db(float(megahertz))
                loss[here[one]] = np.minimum(loss[here[one]], walls)
    return np.asarray(np.array([one.power_dbm for one in sent])[sender] - loss)


@njit(cache=True, nogil=True)
def _on_row(row: NDArray[np.float32], squared_m2: Floats) -> Floats:
    found = np.empty(len(squared_m2))
    for i in range(len(squared_m2)):
        found[i] = on_curve(row, squared_m2[i])
    return found


def figures(
    air: OnAir, found: Interference, counted: Flags, codes: Mapping[int, str | None] | None = None, most: int = 20
) -> dict[str, Any]:
    """What a run or a plan tells of the interference of the hotspots ``counted``, as JSON; dB None = none at all.

    ``codes``: of hotspots by id.
    """
    named = codes or {}
    over = found.over_noise
    worst = [int(i) for i in np.lexsort((air.ids, -over)) if over[i] > 0.0 and counted[i]][:most]
    told = counted & ~np.isnan(air.channel)
    return {
        "hotspots": int(counted.sum()),
        "without_channel": int((counted & np.isnan(air.channel)).sum()),
        "pairs_in_conflict": found.pairs,
        "in_conflict": int((found.conflicts > 0).sum()),
        "above_noise": int((over > 1.0).sum()),
        "over_noise_db": decibels(float(over[told].mean())) if told.any() else None,
        "worst": [
            {
                "id": int(air.ids[i]),
                "code": named.get(int(air.ids[i])),
                "over_noise_db": decibels(float(over[i])),
                "conflicts": int(found.conflicts[i]),
                "x": float(air.x[i]),
                "y": float(air.y[i]),
            }
            for i in worst
        ],
    }


def decibels(ratio: float) -> float | None:
    """A ratio in dB to a tenth; None for none."""
    return round(10.0 * float(np.log10(ratio)), 1) if ratio > 0.0 else None
