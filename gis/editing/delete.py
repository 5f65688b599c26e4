"""Plans removal: what a row owns goes with it; what else refers to it is refused, detached or removed as well."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from gis.editing.facts import Facts
from gis.editing.intents import Attached, Change, Delete, Plan, Remove, Step
from gis.editing.update import rows_of
from gis.editing.values import stored
from gis.editing.wording import counted, label_args, refusal
from gis.geometry.columns import Columns

_NONE = np.empty(0, dtype=np.int64)


def plan_delete(facts: Facts, intent: Delete) -> Plan:
    """Remove the rows. Raises Refusal ``edit.attached`` or ``edit.detach_required``, with counts by class."""
    cls = facts.catalogue[intent.cls]
    ids = rows_of(facts, cls, intent.ids)
    doomed, holders = _reach(facts, cls.name, ids, intent.attached)
    kept = {place: np.setdiff1d(rows, doomed[place[0]]) for place, rows in holders.items()}
    kept = {place: rows for place, rows in kept.items() if len(rows)}
    if kept and intent.attached == "refuse":
        raise refusal("attached", cls, count=len(ids), **counted(facts.catalogue, _by_class(kept)))
    required = {place: rows for place, rows in kept.items() if facts.catalogue[place[0]].field(place[1]).required}
    if required:
        raise refusal("detach_required", cls, count=len(ids), **counted(facts.catalogue, _by_class(required)))
    steps: list[Step] = []
    for (name, field), rows in kept.items():
        nothing = stored(facts.catalogue[name].field(field), [None] * len(rows))
        steps.append(Change(Columns(name, rows, {field: nothing})))
    # The last found hang furthest from the deleted rows and go first.
    steps += [Remove(name, rows) for name, rows in reversed(doomed.items()) if len(rows)]
    along = {name: len(rows) for name, rows in doomed.items() if name != cls.name}
    args = label_args(cls, len(doomed[cls.name]))
    if along:
        return Plan("edit.delete_with", args | counted(facts.catalogue, along), tuple(steps))
    return Plan("edit.delete", args, tuple(steps))


def _reach(
    facts: Facts, cls: str, ids: NDArray[np.int64], attached: Attached
) -> tuple[dict[str, NDArray[np.int64]], dict[tuple[str, str], NDArray[np.int64]]]:
    """(rows to remove by class, rows that refer to those by (class, field)), following owners to the end.

    To detach is to remove rows that only link.
    """
    doomed: dict[str, NDArray[np.int64]] = defaultdict(lambda: _NONE)
    holders: dict[tuple[str, str], NDArray[np.int64]] = defaultdict(lambda: _NONE)
    queue = [(cls, ids)]
    while queue:
        name, rows = queue.pop(0)
        rows = np.setdiff1d(rows, doomed[name])
        if not len(rows):
            continue
        doomed[name] = np.union1d(doomed[name], rows)
        for source, field, pointing in facts.referrers(name, rows):
            link = attached == "detach" and facts.catalogue[source].link
            if attached == "cascade" or link or facts.catalogue[source].field(field).owned:
                queue.append((source, pointing))
            else:
                holders[source, field] = np.union1d(holders[source, field], pointing)
    return doomed, holders


def _by_class(places: dict[tuple[str, str], NDArray[np.int64]]) -> dict[str, int]:
    rows: dict[str, NDArray[np.int64]] = defaultdict(lambda: _NONE)
    for (name, _field), ids in places.items():
        rows[name] = np.union1d(rows[name], ids)
    return {name: len(ids) for name, ids in rows.items()}
