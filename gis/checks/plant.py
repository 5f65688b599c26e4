"""Rules of the optical plant: walks without gaps, every fibre used once, splitters, boxes and ducts not overfull.

GB 50846-2012 gives the sizes of distribution areas and the spare; the numbers stand in ``resources/checks/rules.toml``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.checks.city import City, Ids, looked_up, place_of
from gis.checks.issue import Fix, Issue
from gis.checks.rules import Rule, rule
from gis.editing.intents import Reshape, Update
from gis.editing.walks import Step, course
from gis.geometry.columns import Columns

_SPLICE = ("node", "a_cable", "a_splitter", "a_first", "a_last", "b_cable", "b_first", "b_last")
_DEVICES = {"wifi_hotspot": "backhaul", "base_station": "backhaul", "camera": "uplink", "plate_reader": "uplink"}


@rule("walk_gap", "cable", "cable_walk", "route_segment", around=True)
def walk_gap(city: City, it: Rule) -> Iterator[Issue]:
    """Cables whose walk jumps from one segment to another that does not begin where the first ends."""
    within = it.limits.number("metres")
    table, segments = _walk_rows(city)
    f = table.fields
    assert segments.geometry is not None
    order = np.lexsort((table.ids, f["position"], f["cable"]))
    lines = looked_up(segments, f["segment"][order], segments.geometry, None)
    turned = f["reversed"][order] == 1
    first, last = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
    begins, ends = np.where(turned, last, first), np.where(turned, first, last)
    gaps = shapely.distance(ends[:-1], begins[1:])  # NaN where a segment has no line
    cables = f["cable"][order]
    for i in np.flatnonzero((cables[1:] == cables[:-1]) & (gaps > within)).tolist():
        row, place = int(table.ids[order[i + 1]]), place_of(ends[i])
        args = {"metres": f"{gaps[i]:.2f}", "position": int(f["position"][order[i + 1]])}
        yield Issue(it.name, it.severity, "cable", (int(cables[i]),), place, args, part=str(row))


@rule("off_walk", "cable", "cable_walk", "route_segment", around=True)
def off_walk(city: City, it: Rule) -> Iterator[Issue]:
    """Cables whose line is not that of the segments they run through: their length comes out wrong."""
    within = it.limits.number("metres")
    cables = {cable: (steps, lines) for cable, steps, lines in _walked(city)}
    rows = city.rows("cable", np.array(list(cables), np.int64), geometry=True)
    assert rows.geometry is not None
    for id, line in zip(rows.ids.tolist(), rows.geometry, strict=True):
        laid = course(*cables[id])
        if line is None or laid is None:
            continue
        away = float(shapely.hausdorff_distance(line, laid))
        if away > within:
            fixes = (Fix("checks.fix_walk", Reshape("cable", id, laid, detach=True)),)
            yield Issue(it.name, it.severity, "cable", (id,), place_of(line), {"metres": f"{away:.1f}"}, fixes)


@rule("fibre_twice", "splice", "fibre_node", around=True)
def fibre_twice(city: City, it: Rule) -> Iterator[Issue]:
    """Fibres that are spliced twice on one side of one cable at one node, or splitter ports given out twice."""
    if city.whole:
        rows = city.all_of("splice", list(_SPLICE))
    else:
        nodes = [city.subjects("splice", ["node"]).fields["node"], city.subjects("fibre_node").ids]
        rows = city.rows("splice", city.holding("splice", "node", np.unique(np.concatenate(nodes))), list(_SPLICE))
    f, ids = rows.fields, rows.ids
    uses: dict[tuple[int, str, int], list[tuple[float, float, int]]] = defaultdict(list)
    for side, kinds in (("a", ("cable", "splitter")), ("b", ("cable",))):
        for kind in kinds:
            holder = f[f"{side}_{kind}"]
            for i in np.flatnonzero(holder != 0).tolist():
                span = (float(f[f"{side}_first"][i]), float(f[f"{side}_last"][i]), int(ids[i]))
                # The two sides of a cable are its two directions: spliced at both, it runs through.
                uses[int(f["node"][i]), f"{side}.{kind}" if kind == "cable" else kind, int(holder[i])].append(span)
    for (node, kind, held_by), spans in uses.items():
        spans.sort()
        for (_, last, one), (first, _, other) in pairwise(spans):
            if first <= last and one != other:
                name = "splitter" if kind == "splitter" else "cable"
                args = {"fibre": int(first)}
                place = _node_place(city, node)
                yield Issue(it.name, it.severity, "splice", (one, other), place, args, part=f"{name}{held_by}")


@rule("splitter_full", "splitter", "splice", around=True)
def splitter_full(city: City, it: Rule) -> Iterator[Issue]:
    """Splitters with an output beyond their ratio."""
    changed = city.subjects("splice", ["a_splitter"]).fields["a_splitter"]
    rows = city.rows("splitter", np.concatenate([city.subjects("splitter").ids, changed]), ["ratio", "node"])
    splices = city.rows("splice", city.holding("splice", "a_splitter", rows.ids), ["a_splitter", "a_last"])
    used = splices.fields["a_splitter"] != 0
    holders, at = np.unique(splices.fields["a_splitter"][used], return_inverse=True)
    highest = np.zeros(len(holders))
    np.maximum.at(highest, at, np.nan_to_num(splices.fields["a_last"][used]))
    place = np.searchsorted(holders, rows.ids)
    for i in range(len(rows)):
        j = place[i]
        if j < len(holders) and holders[j] == rows.ids[i] and highest[j] > rows.fields["ratio"][i]:
            args = {"port": int(highest[j]), "ratio": int(rows.fields["ratio"][i])}
            where = _node_place(city, int(rows.fields["node"][i]))
            yield Issue(it.name, it.severity, "splitter", (int(rows.ids[i]),), where, args)


@rule("too_many_homes", "fibre_node", "premises", around=True)
def too_many_homes(city: City, it: Rule) -> Iterator[Issue]:
    """Nodes that serve more homes than a distribution area of their kind should have."""
    most = it.limits.numbers("homes")
    looked = np.unique(np.concatenate([city.subjects("fibre_node").ids, _served_by(city)]))
    served = city.rows("premises", city.holding("premises", "served_by", looked), ["served_by", "households"])
    nodes = city.rows("fibre_node", looked, ["kind"], geometry=True)
    assert nodes.geometry is not None
    holders, at = np.unique(served.fields["served_by"], return_inverse=True)
    homes = np.bincount(at, np.nan_to_num(served.fields["households"]), len(holders))
    for i, id in enumerate(nodes.ids.tolist()):
        j = int(np.searchsorted(holders, id))
        limit = most.get(str(nodes.fields["kind"][i]), most["other"])
        if j < len(holders) and holders[j] == id and homes[j] > limit:
            args = {"homes": int(homes[j]), "limit": int(limit)}
            yield Issue(it.name, it.severity, "fibre_node", (id,), place_of(nodes.geometry[i]), args)


@rule("node_full", "fibre_node")
def node_full(city: City, it: Rule) -> Iterator[Issue]:
    """Nodes with more ports used than they have."""
    rows = city.subjects("fibre_node", ["capacity", "ports_used"], geometry=True)
    assert rows.geometry is not None
    for i in np.flatnonzero(rows.fields["ports_used"] > rows.fields["capacity"]).tolist():
        args = {"used": int(rows.fields["ports_used"][i]), "capacity": int(rows.fields["capacity"][i])}
        yield Issue(it.name, it.severity, "fibre_node", (int(rows.ids[i]),), place_of(rows.geometry[i]), args)


@rule("little_spare", "cable", "splice", around=True)
def little_spare(city: City, it: Rule) -> Iterator[Issue]:
    """Cables of which fewer fibres than the share are free, at the end where more of them are used."""
    share, smallest = it.limits.number("share"), it.limits.number("fibres")
    changed = city.subjects("splice", ["a_cable", "b_cable"]).fields
    looked = np.concatenate([city.subjects("cable").ids, changed["a_cable"], changed["b_cable"]])
    rows = city.rows("cable", looked, ["fibre_count"], geometry=True)
    assert rows.geometry is not None
    used = np.zeros(len(rows))
    splices = city.all_of("splice", list(_SPLICE)) if city.whole else _splices_of(city, rows.ids)
    for side in "ab":
        cables = splices.fields[f"{side}_cable"]
        n = splices.fields[f"{side}_last"] - splices.fields[f"{side}_first"] + 1
        pairs = np.stack([cables, splices.fields["node"]])
        keys, at = np.unique(pairs, axis=1, return_inverse=True)
        sums = np.bincount(at.reshape(-1), np.nan_to_num(n), keys.shape[1])
        order = np.searchsorted(rows.ids, keys[0])
        order[order == len(rows)] = 0
        known = (rows.ids[order] == keys[0]) if len(rows) else np.zeros(len(order), bool)
        np.maximum.at(used, order[known], sums[known])
    count = rows.fields["fibre_count"]
    for i in np.flatnonzero((count >= smallest) & (count - used < share * count)).tolist():
        args = {"free": int(max(count[i] - used[i], 0)), "count": int(count[i]), "share": f"{share * 100:g}"}
        yield Issue(it.name, it.severity, "cable", (int(rows.ids[i]),), place_of(rows.geometry[i]), args)


@rule("bores_full", "route_segment")
def bores_full(city: City, it: Rule) -> Iterator[Issue]:
    """Ducts without a spare bore, or with more bores used than they have."""
    spare = it.limits.number("spare")
    rows = city.subjects("route_segment", ["kind", "bores", "bores_used"], geometry=True)
    assert rows.geometry is not None
    free = rows.fields["bores"] - rows.fields["bores_used"]
    for i in np.flatnonzero((rows.fields["kind"] == "duct") & (free < spare)).tolist():
        args = {"bores": int(rows.fields["bores"][i]), "used": int(rows.fields["bores_used"][i])}
        severity = "error" if free[i] < 0 else it.severity
        yield Issue(it.name, severity, "route_segment", (int(rows.ids[i]),), place_of(rows.geometry[i]), args)


@rule("no_such_fibre", "cable", *_DEVICES, around=True)
def no_such_fibre(city: City, it: Rule) -> Iterator[Issue]:
    """Devices linked by a fibre that their cable does not have."""
    for name, link in _DEVICES.items():
        if not city.looks_at(name):
            continue
        rows = city.subjects(name, [f"{link}_cable", f"{link}_fibre"], geometry=True)
        assert rows.geometry is not None
        linked = rows.fields[f"{link}_cable"]
        cables = city.rows("cable", linked, ["fibre_count"])
        count = looked_up(cables, linked, cables.fields["fibre_count"], np.nan)
        for i in np.flatnonzero(rows.fields[f"{link}_fibre"] > count).tolist():
            id = int(rows.ids[i])
            args = {"fibre": int(rows.fields[f"{link}_fibre"][i]), "count": int(count[i])}
            fixes = (Fix("checks.fix_empty", Update(name, [id], {f"{link}_fibre": None})),)
            yield Issue(it.name, it.severity, name, (id,), place_of(rows.geometry[i]), args, fixes)


def _walk_rows(city: City) -> tuple[Columns, Columns]:
    """The walks of the cables to look at (those of changed segments and walk rows too), and their segments."""
    fields = ["cable", "position", "segment", "reversed"]
    if city.whole:
        table = city.all_of("cable_walk", fields)
    else:
        through = city.holding("cable_walk", "segment", city.subjects("route_segment").ids)
        steps = np.concatenate([city.subjects("cable_walk").ids, through])
        cables = [city.subjects("cable").ids, city.rows("cable_walk", steps, ["cable"]).fields["cable"]]
        whole_walks = city.holding("cable_walk", "cable", np.unique(np.concatenate(cables)))
        table = city.rows("cable_walk", whole_walks, fields)
    return table, city.rows("route_segment", table.fields["segment"], geometry=True)


def _walked(city: City) -> Iterator[tuple[int, list[Step], dict[int, shapely.LineString]]]:
    """The cables to look at with their walks and segments' lines."""
    table, segments = _walk_rows(city)
    f = table.fields
    assert segments.geometry is not None
    lines = dict(zip(segments.ids.tolist(), segments.geometry, strict=True))
    order = np.lexsort((f["position"], f["cable"]))
    walk: list[Step] = []
    listed = zip(
        table.ids[order].tolist(), f["cable"][order].tolist(), f["position"][order].tolist(),
        f["segment"][order].tolist(), (f["reversed"][order] == 1).tolist(), strict=True,
    )  # fmt: skip
    for row, cable, position, segment, turned in listed:
        if walk and walk[-1].cable != cable:
            yield walk[-1].cable, walk, lines
            walk = []
        walk.append(Step(row, cable, int(position), segment, turned))
    if walk:
        yield walk[-1].cable, walk, lines


def _splices_of(city: City, cables: Ids) -> Columns:
    ids = [city.holding("splice", f"{side}_cable", cables) for side in "ab"]
    return city.rows("splice", np.concatenate(ids), list(_SPLICE))


def _served_by(city: City) -> Ids:
    served: NDArray[np.int64] = city.subjects("premises", ["served_by"]).fields["served_by"]
    named: NDArray[np.int64] = served[served != 0]
    return named


def _node_place(city: City, node: int) -> tuple[float, float] | None:
    rows = city.rows("fibre_node", np.array([node], np.int64), geometry=True)
    return place_of(rows.geometry[0]) if rows.geometry is not None and len(rows) else None
