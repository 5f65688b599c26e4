"""What bends the cursor to exact places while drawing: fixed distance and bearing, right angles, parallels, steps."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import Literal

from gis.cartography.snapping import Edge, Place, Snapped
from gis.geometry.construction import bearing, crossing, distance, on_bearing, on_step, polar


@dataclass(slots=True)
class Constraints:
    """In force for the next vertex. ``distance`` in metres, ``bearing`` in degrees, None = free; ``relation`` to the
    bearing ``base`` of a line."""

    distance: float | None = None
    bearing: float | None = None
    relation: Literal["", "perpendicular", "parallel"] = ""
    base: float = 0.0

    @property
    def any(self) -> bool:
        """Whether something is fixed."""
        return self.distance is not None or self.bearing is not None or bool(self.relation)

    def relate(self, relation: Literal["perpendicular", "parallel"], edge: Edge) -> None:
        """Hold to a right angle with, or parallel to, an edge; once more lets go."""
        base = bearing(*edge)
        if self.relation == relation and self.base == base:
            self.relation = ""
        else:
            self.relation, self.base, self.bearing = relation, base, None

    def place(
        self, last: Place, at: Place, target: Snapped | None, step: float | None, before: Place | None, slack: float
    ) -> tuple[Place, bool]:
        """Where the next vertex goes, and whether it lies on ``target``.

        ``last``: the vertex before; ``at``: the cursor; ``step``: degrees of polar steps, None for none; ``before``:
        the vertex before last, from whose edge steps are counted as well as from north; ``slack``: metres the place
        may be off the cursor to lie on the target's edge too.
        """
        if self.distance is not None and self.bearing is not None:
            return polar(last, self.distance, self.bearing), False
        aimed = target.place if target is not None else at
        fixed = self.bearing
        if fixed is None and self.relation:
            fixed = self.base + (90.0 if self.relation == "perpendicular" else 0.0)
        if fixed is not None:
            place = on_bearing(last, aimed, fixed)
            if self.bearing is not None and not _ahead(last, place, fixed):
                place = polar(last, max(distance(last, aimed), 1e-3), fixed)
        elif step is not None:
            place = on_step(last, aimed, step)
            if before is not None:  # of the steps from north and those from the last edge the nearer one
                other = on_step(last, aimed, step, bearing(before, last))
                place = min((place, other), key=lambda p: distance(p, aimed))
        else:
            place = aimed
        if place != aimed and target is not None and target.edge is not None:
            met = crossing(last, polar(last, 1.0, bearing(last, place)), *target.edge)
            if met is not None and distance(met, at) <= slack:
                place = aimed = met
        if self.distance is not None and place != last:
            place = polar(last, self.distance, bearing(last, place))
        on_target = target is not None and hypot(place[0] - aimed[0], place[1] - aimed[1]) < 1e-6
        return place, on_target


def _ahead(last: Place, place: Place, fixed: float) -> bool:
    ahead = polar((0.0, 0.0), 1.0, fixed)
    return (place[0] - last[0]) * ahead[0] + (place[1] - last[1]) * ahead[1] > 0.0
