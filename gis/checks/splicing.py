"""Rules about cables and their splices: where a cable ends, what it lies in, which fibres are joined where."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from gis.checks.city import City, looked_up, place_of
from gis.checks.issue import Issue
from gis.checks.rules import Rule, rule


@rule("cable_end_free", "cable")
def cable_end_free(city: City, it: Rule) -> Iterator[Issue]:
    """Cables in service with an end that is neither at a node nor at premises: no trace gets past it."""
    rows = city.subjects("cable", ["from_node", "to_node", "to_premises", "status"], geometry=True)
    assert rows.geometry is not None
    live = rows.fields["status"] == "in_service"
    free = {
        "from_node": rows.fields["from_node"] == 0,
        "to_node": (rows.fields["to_node"] == 0) & (rows.fields["to_premises"] == 0),
    }
    for name, without in free.items():
        label = city.catalogue["cable"].field(name).label
        end = shapely.get_point(rows.geometry, 0 if name == "from_node" else -1)
        for i in np.flatnonzero(live & without).tolist():
            args = {"field_zh": label.zh, "field_en": label.en}
            yield Issue(it.name, it.severity, "cable", (int(rows.ids[i]),), place_of(end[i]), args, part=name)


@rule("cable_no_walk", "cable", "cable_walk", around=True)
def cable_no_walk(city: City, it: Rule) -> Iterator[Issue]:
    """Cables of the levels that run in ducts or on poles for which no segment is given."""
    levels = it.limits.words("levels")
    rows = city.subjects("cable", ["level", "status"], geometry=True)
    assert rows.geometry is not None
    asked = np.isin(rows.fields["level"].astype(str), levels) & (rows.fields["status"] == "in_service")
    ids = rows.ids[asked]
    walks = city.rows("cable_walk", city.holding("cable_walk", "cable", ids), ["cable"])
    for i in np.flatnonzero(asked & ~np.isin(rows.ids, walks.fields["cable"])).tolist():
        yield Issue(it.name, it.severity, "cable", (int(rows.ids[i]),), place_of(rows.geometry[i]))


@rule("splice_off_cable", "splice", "cable", "fibre_node", around=True)
def splice_off_cable(city: City, it: Rule) -> Iterator[Issue]:
    """Splices at a node which one of their cables neither begins at, ends at nor passes."""
    within = it.limits.number("metres")
    rows = city.subjects("splice", ["node", "a_cable", "b_cable"])
    nodes = city.rows("fibre_node", rows.fields["node"], geometry=True)
    both = np.concatenate([rows.fields["a_cable"], rows.fields["b_cable"]])
    cables = city.rows("cable", both, ["from_node", "to_node"], geometry=True)
    assert nodes.geometry is not None
    assert cables.geometry is not None
    there = looked_up(nodes, rows.fields["node"], nodes.geometry, None)
    for side in "ab":
        held = rows.fields[f"{side}_cable"]
        ends = [looked_up(cables, held, cables.fields[name], 0) for name in ("from_node", "to_node")]
        lines = looked_up(cables, held, cables.geometry, None)
        open_ = np.flatnonzero((held != 0) & (ends[0] != rows.fields["node"]) & (ends[1] != rows.fields["node"]))
        away = shapely.distance(there[open_], lines[open_])
        for i, metres in zip(open_[away > within].tolist(), away[away > within].tolist(), strict=True):
            args = {"metres": f"{metres:.1f}"}
            yield Issue(it.name, it.severity, "splice", (int(rows.ids[i]),), place_of(there[i]), args, part=side)


@rule("splice_uneven", "splice")
def splice_uneven(city: City, it: Rule) -> Iterator[Issue]:
    """Splices that join another number of fibres on one side than on the other, or count backwards."""
    rows = city.subjects("splice", ["node", "a_first", "a_last", "b_first", "b_last"])
    f = rows.fields
    one, other = f["a_last"] - f["a_first"] + 1, f["b_last"] - f["b_first"] + 1
    odd = np.flatnonzero((one != other) & np.isfinite(one) & np.isfinite(other) | (one < 1) | (other < 1))
    nodes = city.rows("fibre_node", f["node"][odd], geometry=True)
    assert nodes.geometry is not None
    there = looked_up(nodes, f["node"][odd], nodes.geometry, None)
    for i, place in zip(odd.tolist(), there, strict=True):
        args = {"one": _count(one[i]), "other": _count(other[i])}
        yield Issue(it.name, it.severity, "splice", (int(rows.ids[i]),), place_of(place), args)


@rule("splice_beyond", "splice", "cable", around=True)
def splice_beyond(city: City, it: Rule) -> Iterator[Issue]:
    """Splices of fibres that their cable does not have."""
    rows = city.subjects("splice", ["node", "a_cable", "a_last", "b_cable", "b_last"])
    both = np.concatenate([rows.fields["a_cable"], rows.fields["b_cable"]])
    cables = city.rows("cable", both, ["fibre_count"])
    for side in "ab":
        held, last = rows.fields[f"{side}_cable"], rows.fields[f"{side}_last"]
        count = looked_up(cables, held, cables.fields["fibre_count"], np.nan)
        beyond = np.flatnonzero(last > count)
        nodes = city.rows("fibre_node", rows.fields["node"][beyond], geometry=True)
        assert nodes.geometry is not None
        there = looked_up(nodes, rows.fields["node"][beyond], nodes.geometry, None)
        for i, place in zip(beyond.tolist(), there, strict=True):
            args = {"fibre": int(last[i]), "count": int(count[i])}
            yield Issue(it.name, it.severity, "splice", (int(rows.ids[i]),), place_of(place), args, part=side)


def _count(n: float) -> str:
    return f"{n:g}" if np.isfinite(n) else "–"
