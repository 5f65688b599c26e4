"""Plans turning, scaling and mirroring of whole features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.editing.facts import Facts
from gis.editing.intents import Plan, Transform
from gis.editing.pending import aligned
from gis.editing.update import changes, read_new_shapes, rows_of
from gis.editing.wording import first, label_args, refusal
from gis.geometry.placing import Matrix, transformed


def plan_transform(facts: Facts, intent: Transform) -> Plan:
    """Put every feature, and what stands on it, where the matrix takes it; bearings (azimuths) turn along."""
    cls = facts.catalogue[intent.cls]
    if not cls.spatial:
        raise refusal("geometry_on_table", cls)
    if not np.isfinite(intent.matrix).all():
        raise refusal("not_finite", cls)
    ids = rows_of(facts, cls, intent.ids)
    bearings = _bearings(cls)
    here = aligned(facts.columns(cls.name, bearings, ids, geometry=True), ids, facts.catalogue)
    assert here.geometry is not None
    shapes, problems = read_new_shapes(facts, cls, transformed(here.geometry, intent.matrix))
    if problems:
        raise first(problems, len(ids))
    values: dict[str, NDArray[Any]] = {name: _turned(here.fields[name], intent.matrix) for name in bearings}
    return Plan("edit.transform", label_args(cls, len(ids)), changes(facts, cls, ids, values, shapes))


def _bearings(cls: FeatureClass) -> list[str]:
    turned_by = cls.symbol.rotate_by if cls.symbol is not None else None
    return [turned_by] if turned_by else []


def _turned(degrees: NDArray[np.float64], matrix: Matrix) -> NDArray[np.float64]:
    """Bearings under the linear part of a matrix; unchanged ones to the last bit, NaN = none."""
    a, b, d, e, _, _ = matrix
    if b == d == 0.0 and a == e and a > 0:  # only larger or smaller
        return degrees
    angle = np.radians(degrees)
    x, y = np.sin(angle), np.cos(angle)
    made: NDArray[np.float64] = np.round(np.degrees(np.arctan2(a * x + b * y, d * x + e * y)) % 360.0, 6) % 360.0
    return made
