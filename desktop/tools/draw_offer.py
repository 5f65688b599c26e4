"""What a refused sketch could hold on to: the nearest feature its class must belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gis.cartography.snapping import Place

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas


@dataclass(frozen=True, slots=True)
class Offer:
    """A feature of class ``cls`` at ``place``, ``away`` metres off, that ``field`` could refer to."""

    field: str
    cls: str
    id: int
    place: Place
    away: float
    text: str


def nearest_owner(canvas: MapCanvas, cls: str, at: Place, given: dict[str, object]) -> Offer | None:
    """The nearest feature, among those read, for the first required reference of ``cls`` that is not given."""
    catalogue = canvas.session.catalogue
    for field in catalogue[cls].refs:
        arrays = canvas.scene.arrays.get(field.ref or "")
        if not field.required or given.get(field.name) or arrays is None or catalogue[field.ref].geometry != "point":
            continue
        best: Offer | None = None
        for part, positions in arrays.visible((-np.inf, -np.inf, np.inf, np.inf)):
            away = np.hypot(*(part.bounds[positions, :2] - at).T)
            i = int(np.argmin(away))
            if best is None or away[i] < best.away:
                p = int(positions[i])
                text = "" if part.text is None or part.text[p] is None else str(part.text[p])
                place = float(part.bounds[p, 0]), float(part.bounds[p, 1])
                best = Offer(field.name, str(field.ref), int(part.ids[p]), place, float(away[i]), text)
        return best
    return None
