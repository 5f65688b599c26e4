"""Plans making one feature of several, and keeps whole what runs through them or hangs on them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.editing.facts import Facts
from gis.editing.intents import Change, Join, Plan, Remove, Step
from gis.editing.keys import KeySource
from gis.editing.rows import pointing, whole
from gis.editing.shapes import read_shapes
from gis.editing.update import rows_of
from gis.editing.values import differ, nulls
from gis.editing.walks import SEGMENT, WALK, cables_through, walks
from gis.editing.wording import counted, first, label_args, refusal
from gis.geometry.columns import Columns
from gis.geometry.joining import chain, join_lines, merge_polygons

_CABLE = "cable"


def plan_join(facts: Facts, intent: Join, _: KeySource) -> Plan:
    """One feature of all; empty attributes of the first are filled from the others, refs to the others point at it.

    Raises Refusal ``geometry.*`` where the shapes do not make one, ``edit.join_point``, ``edit.join_node_used`` where
    something else stands on a point in between, ``edit.join_walk`` where a cable runs through some of them only,
    ``edit.join_cables`` for cables (which are joined by splices).
    """
    cls = facts.catalogue[intent.cls]
    if cls.geometry in ("point", "none"):
        raise refusal("join_point", cls)
    if cls.name == _CABLE:
        raise refusal("join_cables", cls)
    wanted = list(dict.fromkeys(int(i) for i in intent.ids))
    rows_of(facts, cls, wanted)
    rows = whole(facts, cls, np.array(wanted, np.int64))
    assert rows.geometry is not None
    values, differing = _filled(cls, rows)
    kept, gone = rows.ids[:1], rows.ids[1:]
    steps: list[Step] = []
    if cls.geometry == "line":
        order = chain(list(rows.geometry))
        shape: Any = join_lines(list(rows.geometry))
        values |= _ends(facts, cls, rows, order)
        if cls.name == SEGMENT:
            steps += _walked(facts, rows.ids[[i for i, _ in order]], [turned for _, turned in order], int(kept[0]))
    else:
        shape = merge_polygons(list(rows.geometry))
    given = np.empty(1, object)
    given[0] = shape
    shapes, problems = read_shapes(cls, given, facts.bounds)
    if problems:
        raise first(problems, 1)
    for (source, field), pointers in pointing(facts, cls.name, gone).items():
        if (cls.name, source) != (SEGMENT, WALK):
            steps.append(Change(Columns(source, pointers, {field: np.repeat(kept, len(pointers))})))
    # What was unique to the others is free only once they are gone.
    steps += [Remove(cls.name, gone), Change(Columns(cls.name, kept, values, shapes))]
    named = [cls.field(name) for name in differing]
    words = {
        "differing_zh": "、".join(f.label.zh for f in named) or "无",
        "differing_en": ", ".join(f.label.en for f in named) or "none",
    }
    return Plan("edit.join", label_args(cls, len(wanted)) | words, tuple(steps))


def _filled(cls: FeatureClass, rows: Columns) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """The first row's values, filled from the later ones where it has none, and the fields in which rows differ."""
    values: dict[str, NDArray[Any]] = {}
    differing = []
    for field in cls.fields:
        if field.stamp or field.end is not None:
            continue
        column = rows.fields[field.name]
        given = np.flatnonzero(~nulls(field, column))
        if not len(given):
            continue
        if given[0] != 0:
            values[field.name] = column[given[:1]]
        if not field.unique and differ(field, column[given], np.repeat(column[given[:1]], len(given))).any():
            differing.append(field.name)
    return values, differing


def _ends(
    facts: Facts, cls: FeatureClass, rows: Columns, order: list[tuple[int, bool]]
) -> dict[str, NDArray[np.int64]]:
    """The outer ends of the chain; no other line, splice or device may stand on a point inside it."""
    if not cls.ends:
        return {}
    by_end = {end: [f for f in cls.ends if f.end == end] for end in ("first", "last")}
    swapped = {"first": "last", "last": "first"}
    made = {f.name: np.zeros(1, np.int64) for f in cls.ends}
    inner: dict[str, set[int]] = {}
    for place, (row, turned) in enumerate(order):
        for end in ("first", "last"):
            outer = (end == "first" and place == 0) or (end == "last" and place == len(order) - 1)
            for field in by_end[swapped[end] if turned else end]:
                target = int(rows.fields[field.name][row])
                if not target:
                    continue
                if not outer:
                    inner.setdefault(field.ref or "", set()).add(target)
                    continue
                fits = [f for f in by_end[end] if f.ref == field.ref]
                if not fits:
                    raise refusal("reverse_end", cls, field)
                made[fits[0].name][0] = target
    for ref, points in inner.items():
        used: dict[str, int] = {}
        for (source, _), pointers in pointing(facts, ref, np.array(sorted(points), np.int64)).items():
            if facts.catalogue[source].owner is not None:
                continue  # photos of a point stay with it
            others = np.setdiff1d(pointers, rows.ids) if source == cls.name else pointers
            if len(others):
                used[source] = used.get(source, 0) + len(others)
        if used:
            raise refusal("join_node_used", cls, **counted(facts.catalogue, used))
    return made


def _walked(facts: Facts, chained: NDArray[np.int64], turned: list[bool], kept: int) -> list[Step]:
    """Cables that run through the whole chain, forwards or backwards, run through the one segment; the kept one runs
    as the chain does."""
    forth = list(zip(chained.tolist(), turned, strict=True))
    back = [(segment, not way) for segment, way in reversed(forth)]
    n, steps = len(forth), []
    for walk in walks(facts, cables_through(facts, chained).tolist()).values():
        moved: dict[int, tuple[int, int, bool]] = {}
        removed: list[int] = []
        shift, i = 0, 0
        while i < len(walk):
            run = [(step.segment, step.reversed) for step in walk[i : i + n]]
            if run in (forth, back):
                moved[walk[i].row] = (walk[i].position - shift, kept, run == back)
                removed += [step.row for step in walk[i + 1 : i + n]]
                shift += n - 1
                i += n
                continue
            if walk[i].segment in set(chained.tolist()):
                raise refusal("join_walk", facts.catalogue[SEGMENT])
            if shift:
                moved[walk[i].row] = (walk[i].position - shift, walk[i].segment, walk[i].reversed)
            i += 1
        steps += _rewritten(moved, removed)
    return steps


def _rewritten(moved: dict[int, tuple[int, int, bool]], removed: list[int]) -> list[Step]:
    rows = np.array(list(moved), np.int64)
    fields: dict[str, NDArray[Any]] = {
        "position": np.array([entry[0] for entry in moved.values()], np.float64),
        "segment": np.array([entry[1] for entry in moved.values()], np.int64),
        "reversed": np.array([entry[2] for entry in moved.values()], np.float64),
    }
    steps: list[Step] = [Remove(WALK, np.array(removed, np.int64))] if removed else []
    return [*steps, Change(Columns(WALK, rows, fields))] if len(rows) else steps
