"""A writer for tests of labels, and the room that placed names take as geometries."""

from __future__ import annotations

import numpy as np
import shapely

from gis.cartography.labels.names import Placed
from gis.cartography.labels.text import is_han
from gis.cartography.symbols import LabelRule


class Typewriter:
    """Chinese letters are as wide as they are tall, all others half of that."""

    def size(self, rule: LabelRule) -> float:
        return rule.size * 4.8

    def advances(self, codes: np.ndarray, bold: bool) -> np.ndarray:
        return np.where(is_han(codes), 1.0, 0.5).astype(np.float32)


def rectangles(label: Placed) -> shapely.Geometry:
    """The room of a name."""
    made = []
    for cx, cy, hw, hh, ux, uy in label.boxes.tolist():
        corners = [(-hw, -hh), (hw, -hh), (hw, hh), (-hw, hh)]
        made.append(shapely.Polygon([(cx + a * ux - b * uy, cy + a * uy + b * ux) for a, b in corners]))
    return shapely.union_all(made)


def assert_apart(labels: list[Placed], width: float, height: float) -> None:
    """No two overlap and none leaves the map."""
    rooms = [rectangles(label) for label in labels]
    for i, room in enumerate(rooms):
        assert shapely.box(0, 0, width, height).buffer(1e-6).covers(room)
        inner = room.buffer(-1e-6)
        assert not any(inner.intersects(other) for other in rooms[:i])
