"""Plans turning lines round: their course, which point is at which end, and the walks over them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.editing.facts import Facts
from gis.editing.intents import Change, Plan, Reverse, Step
from gis.editing.rows import whole
from gis.editing.update import rows_of
from gis.editing.walks import CABLE, SEGMENT, WALK, cables_through, walks
from gis.editing.wording import label_args, refusal
from gis.geometry.columns import Columns


def plan_reverse(facts: Facts, intent: Reverse) -> Plan:
    """Turn the lines round. Raises Refusal ``edit.reverse_line`` for what is no line, ``edit.reverse_end`` where an
    end stands on something that can only be at the other end (a drop on its premises)."""
    cls = facts.catalogue[intent.cls]
    if cls.geometry != "line":
        raise refusal("reverse_line", cls)
    ids = rows_of(facts, cls, intent.ids)
    rows = whole(facts, cls, ids)
    assert rows.geometry is not None
    shapes = np.empty(len(ids), object)
    shapes[:] = [None if line is None else line.reverse() for line in rows.geometry]
    steps: list[Step] = [Change(Columns(cls.name, ids, _swapped(cls, rows), shapes))]
    if cls.name == SEGMENT:
        steps += _turned_under(facts, ids)
    elif cls.name == CABLE:
        steps += _walked_back(facts, ids)
    return Plan("edit.reverse", label_args(cls, len(ids)), tuple(steps))


def _swapped(cls: FeatureClass, rows: Columns) -> dict[str, NDArray[Any]]:
    made: dict[str, NDArray[Any]] = {}
    for field in cls.ends:
        other = [f for f in cls.ends if f.end != field.end and f.ref == field.ref]
        if other:
            made[field.name] = rows.fields[other[0].name]
        elif (rows.fields[field.name] != 0).any():
            raise refusal("reverse_end", cls, field)
    return made


def _turned_under(facts: Facts, segments: NDArray[np.int64]) -> list[Step]:
    """The cables run on as they did: where a segment was turned, its steps turn too."""
    found = walks(facts, cables_through(facts, segments).tolist())
    wanted = set(segments.tolist())
    steps = [step for walk in found.values() for step in walk if step.segment in wanted]
    if not steps:
        return []
    rows = np.array([step.row for step in steps], np.int64)
    turned = np.array([not step.reversed for step in steps], np.float64)
    return [Change(Columns(WALK, rows, {"reversed": turned}))]


def _walked_back(facts: Facts, cables: NDArray[np.int64]) -> list[Step]:
    made: list[Step] = []
    for walk in walks(facts, cables.tolist()).values():
        rows = np.array([step.row for step in walk], np.int64)
        positions = np.array([step.position for step in reversed(walk)], np.float64)
        turned = np.array([not step.reversed for step in walk], np.float64)
        made.append(Change(Columns(WALK, rows, {"position": positions, "reversed": turned})))
    return made
