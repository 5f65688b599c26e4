"""Plans a shift of whole features."""

from __future__ import annotations

import math

from gis.editing.facts import Facts
from gis.editing.intents import Move, Plan
from gis.editing.pending import aligned
from gis.editing.shapes import shifted
from gis.editing.update import changes, read_new_shapes, rows_of
from gis.editing.wording import first, label_args, refusal


def plan_move(facts: Facts, intent: Move) -> Plan:
    """Shift every feature by (dx, dy) metres, and what stands on it; none may leave the project's area."""
    cls = facts.catalogue[intent.cls]
    if not cls.spatial:
        raise refusal("geometry_on_table", cls)
    if not (math.isfinite(intent.dx) and math.isfinite(intent.dy)):
        raise refusal("not_finite", cls)
    ids = rows_of(facts, cls, intent.ids)
    here = aligned(facts.columns(cls.name, (), ids, geometry=True), ids, facts.catalogue)
    assert here.geometry is not None
    shapes, problems = read_new_shapes(facts, cls, shifted(here.geometry, intent.dx, intent.dy))
    if problems:
        raise first(problems, len(ids))
    distance = math.hypot(intent.dx, intent.dy)
    return Plan(
        "edit.move", label_args(cls, len(ids)) | {"distance": f"{distance:.1f}"}, changes(facts, cls, ids, {}, shapes)
    )
