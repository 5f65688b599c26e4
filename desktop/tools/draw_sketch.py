"""What has been drawn so far of one feature: vertices in steps, or a whole figure."""

from __future__ import annotations

from dataclasses import dataclass, field

import shapely

from gis.cartography.snapping import Place, Snapped
from gis.errors import Refusal

LEAST = {"point": 1, "line": 2, "polygon": 3, "multipolygon": 3}


@dataclass(slots=True)
class Sketch:
    """``kind``: the class's geometry. ``held``: what each vertex holds on to; ``steps``: how many vertices there were
    before each step; ``figure``: a shape made at once, in place of vertices; ``values``: fields it is to get."""

    kind: str
    vertices: list[Place] = field(default_factory=list)
    held: list[Snapped | None] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    figure: shapely.Geometry | None = None
    values: dict[str, object] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        """Whether an area is drawn."""
        return self.kind in ("polygon", "multipolygon")

    @property
    def empty(self) -> bool:
        """Whether there is nothing yet."""
        return not self.vertices and self.figure is None

    @property
    def enough(self) -> bool:
        """Whether it can be finished."""
        return self.figure is not None or len(self.vertices) >= LEAST[self.kind]

    def add(self, places: list[Place], held: list[Snapped | None]) -> bool:
        """Add vertices as one step; a place on the last vertex is left out. False when nothing was added."""
        before = len(self.vertices)
        for place, target in zip(places, held, strict=True):
            if not self.vertices or self.vertices[-1] != place:
                self.vertices.append(place)
                self.held.append(target)
        if len(self.vertices) == before:
            return False
        self.steps.append(before)
        return True

    def back(self) -> bool:
        """Take back the last step; False when there was none."""
        if self.figure is not None:
            self.figure = None
            return True
        if not self.steps:
            return False
        del self.vertices[self.steps[-1] :]
        del self.held[self.steps.pop() :]
        return True

    def pop(self) -> bool:
        """Take back the last vertex; False when there was none."""
        if self.figure is not None or len(self.vertices) - (self.steps[-1] if self.steps else 0) <= 1:
            return self.back()
        self.vertices.pop()
        self.held.pop()
        return True

    def geometry(self) -> shapely.Geometry:
        """The finished shape. Raises Refusal ``canvas.crossing`` when an outline crosses itself or has no area."""
        if self.kind == "point":
            return shapely.Point(self.vertices[-1])
        if self.kind == "line":
            return self.figure if self.figure is not None else shapely.LineString(self.vertices)
        polygon = self.figure if self.figure is not None else shapely.Polygon(self.vertices)
        if not polygon.is_valid or polygon.area == 0.0:
            raise Refusal("canvas.crossing")
        return shapely.MultiPolygon([polygon]) if self.kind == "multipolygon" else polygon
