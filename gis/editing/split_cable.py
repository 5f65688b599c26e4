"""Cutting a cable at a point it passes: its fibres run on through splices made there.

What hangs on the cable behind the cut (splices, splitters, line terminals) hangs on the new piece; what hangs on it at
the cut itself stays with the first piece, as a fibre that was opened there on its way does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from gis.catalogue import FeatureClass
from gis.editing.ends import TOUCHING, nearest
from gis.editing.facts import Facts
from gis.editing.intents import Change, Insert, Step
from gis.editing.keys import KeySource
from gis.editing.rows import copies, pointing
from gis.editing.values import stored
from gis.editing.walks import CABLE, SEGMENT, WALK, course, walks
from gis.editing.walks import Step as Walked
from gis.editing.wording import refusal
from gis.geometry.columns import Columns
from gis.geometry.splitting import cut_at, cut_distances

NODE, SPLICE = "fibre_node", "splice"
NEAR = 2.0  # metres from a point the cable passes within which a cut is meant to fall on it
# Where a cable is named by what hangs on it, and by which field the point is named where that happens.
_HANGING = {("splice", "a_cable"): "node", ("splice", "b_cable"): "node", ("splitter", "input_cable"): "node",
            ("olt_port", "cable"): "node"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a cable falls in two: the lines, the point at the cut, the rows of the walk and points behind it."""

    first: LineString
    second: LineString
    node: int
    behind: tuple[Walked, ...]
    nodes_behind: frozenset[int]


def cable_pieces(facts: Facts, cable: int, line: LineString, cutter: BaseGeometry) -> Cut:
    """The single cut of a cable, which must fall on a point (fibre node) it passes.

    Raises Refusal ``geometry.does_not_cut``, ``edit.split_once``, ``edit.split_between_nodes``.
    """
    cls = facts.catalogue[CABLE]
    at = cut_distances(line, cutter)
    at = at[(at > TOUCHING) & (at < line.length - TOUCHING)]
    if len(at) > 1:
        raise refusal("split_once", cls)
    walk = walks(facts, [cable]).get(cable, [])
    if not walk:
        first, second = _two(cls, cut_at(line, at))
        node = nearest(facts, NODE, first.coords[-1])
        if not node:
            raise refusal("split_between_nodes", cls)
        return Cut(first, second, node, (), frozenset())
    if not len(at):
        _two(cls, [])
    shapes = facts.columns(SEGMENT, ["from_node", "to_node"], np.unique([s.segment for s in walk]), geometry=True)
    assert shapes.geometry is not None
    lines = dict(zip(shapes.ids.tolist(), shapes.geometry, strict=True))
    ends = dict(
        zip(shapes.ids.tolist(), zip(*(shapes.fields[n].tolist() for n in ("from_node", "to_node")), strict=True),
            strict=True)
    )  # fmt: skip
    place = shapely.get_coordinates(shapely.line_interpolate_point(line, at[0]))[0]
    passed = [_passed(ends[step.segment], step.reversed) for step in walk]
    joints = [course(walk[:i], lines) for i in range(1, len(walk))]
    away = [np.inf if j is None else float(np.hypot(*(shapely.get_coordinates(j)[-1] - place))) for j in joints]
    nearest_joint = int(np.argmin(away)) if away else 0
    if away and away[nearest_joint] <= NEAR:
        i, here = nearest_joint + 1, joints[nearest_joint]
        rest = course(walk[i:], lines)
        node = passed[i][0] or passed[i - 1][1]
        if node and here is not None and rest is not None:
            behind = {end for ends_of in passed[i:] for end in ends_of} - {node, 0}
            behind -= {end for ends_of in passed[:i] for end in ends_of}
            return Cut(here, rest, node, tuple(walk[i:]), frozenset(behind))
    raise refusal("split_between_nodes", cls)


def cut_cable(facts: Facts, cls: FeatureClass, row: Columns, cut: Cut, keys: KeySource) -> list[Step]:
    """The steps that cut the cable of the single ``row``."""
    id = int(row.ids[0])
    shape = np.empty(1, object)
    shape[0] = cut.first
    last = [field for field in cls.ends if field.end == "last"]
    to_node = next(field for field in last if field.ref == NODE)
    ends = {field.name: np.array([cut.node if field is to_node else 0], np.int64) for field in last}
    behind = set(cut.nodes_behind) | ({int(row.fields[to_node.name][0])} - {0, cut.node})
    first_end = {field.name: np.array([cut.node], np.int64) for field in cls.ends if field.end == "first"}
    second = copies(facts, cls, row, [cut.second], keys, first_end)
    new = int(second.columns.ids[0])
    steps: list[Step] = [Change(Columns(CABLE, row.ids, ends, shape)), second]
    if cut.behind:
        rows = np.array([step.row for step in cut.behind], np.int64)
        places = np.arange(len(rows), dtype=np.float64)
        steps.append(Change(Columns(WALK, rows, {"cable": np.full(len(rows), new, np.int64), "position": places})))
    used = np.zeros(int(np.nan_to_num(row.fields["fibre_count"][0])) + 1, bool)
    for (source, field), rows in pointing(facts, CABLE, np.array([id], np.int64)).items():
        if (source, field) not in _HANGING:
            continue
        at = facts.columns(source, [_HANGING[source, field]], rows)
        nodes = at.fields[_HANGING[source, field]]
        moved = at.ids[np.isin(nodes, list(behind))]
        if len(moved):
            steps.append(Change(Columns(source, moved, {field: np.full(len(moved), new, np.int64)})))
        if source == SPLICE:
            _mark(facts, field, at.ids[nodes == cut.node], used)
    steps += _through(facts, cut.node, id, new, used, keys)
    return steps


def _mark(facts: Facts, field: str, rows: NDArray[np.int64], used: NDArray[np.bool_]) -> None:
    side = field[0]
    ranges = facts.columns(SPLICE, [f"{side}_first", f"{side}_last"], rows)
    for low, high in zip(ranges.fields[f"{side}_first"], ranges.fields[f"{side}_last"], strict=True):
        if np.isfinite(low) and np.isfinite(high):
            used[max(int(low), 0) : int(high) + 1] = True


def _through(facts: Facts, node: int, old: int, new: int, used: NDArray[np.bool_], keys: KeySource) -> list[Step]:
    """Splices that let every fibre which is not used at the cut run on."""
    free = np.flatnonzero(~used[1:]) + 1
    if not len(free):
        return []
    runs = np.split(free, np.flatnonzero(np.diff(free) > 1) + 1)
    first, last = [int(run[0]) for run in runs], [int(run[-1]) for run in runs]
    values = {
        "node": [node] * len(runs), "a_cable": [old] * len(runs), "b_cable": [new] * len(runs),
        "a_first": first, "a_last": last, "b_first": first, "b_last": last,
    }  # fmt: skip
    cls = facts.catalogue[SPLICE]
    fields = {f.name: stored(f, values.get(f.name, [f.default] * len(runs))) for f in cls.fields}
    return [Insert(Columns(SPLICE, keys(len(runs)), fields))]


def _passed(ends: tuple[int, int], turned: bool) -> tuple[int, int]:
    return (ends[1], ends[0]) if turned else ends


def _two(cls: FeatureClass, pieces: list[LineString]) -> tuple[LineString, LineString]:
    if len(pieces) != 2:
        raise refusal("split_between_nodes", cls)
    return pieces[0], pieces[1]
