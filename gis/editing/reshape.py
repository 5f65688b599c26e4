"""Plans a new geometry for one feature."""

from __future__ import annotations

import numpy as np

from gis.editing.facts import Facts
from gis.editing.intents import Plan, Reshape
from gis.editing.update import changes, read_new_shapes, rows_of
from gis.editing.wording import first, label_args


def plan_reshape(facts: Facts, intent: Reshape) -> Plan:
    """Give the feature the geometry, and take along what stands on it."""
    cls = facts.catalogue[intent.cls]
    ids = rows_of(facts, cls, [intent.id])
    given = np.empty(1, dtype=object)
    given[0] = intent.geometry
    shapes, problems = read_new_shapes(facts, cls, given)
    if problems:
        raise first(problems, 1)
    return Plan("edit.reshape", label_args(cls, 1), changes(facts, cls, ids, {}, shapes))
