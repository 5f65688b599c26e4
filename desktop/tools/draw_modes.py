"""Ways to draw: vertex by vertex, a point, a rectangle, a circle. Each is one small state machine of the Draw tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from desktop.shell.words import mark, tr
from desktop.tools.tool import Pointer, band_pen, paint_vertex
from gis.cartography.palette import Palette
from gis.cartography.snapping import Place, Snapped
from gis.errors import Refusal
from gis.geometry.construction import box, circle, distance, rectangle

if TYPE_CHECKING:
    from desktop.tools.draw import Draw

AREAS = ("polygon", "multipolygon")


class Mode:
    """What the clicks mean. ``draw`` holds the sketch; a mode keeps only what it has begun itself."""

    name: ClassVar[str] = ""
    text: ClassVar[str] = ""
    image: ClassVar[str] = ""
    kinds: ClassVar[tuple[str, ...]] = ()

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    @property
    def hint(self) -> str:
        """What to do next."""
        return ""

    @property
    def begun(self) -> bool:
        """Whether something was begun that is not in the sketch."""
        return False

    @property
    def goes_on(self) -> bool:
        """Whether a band runs from the last vertex to the cursor."""
        return False

    @property
    def last(self) -> Place | None:
        """From where the next place is measured."""
        vertices = self.draw.sketch.vertices
        return vertices[-1] if vertices else None

    def press(self, at: Pointer) -> None:
        """The left button went down."""

    def move(self, at: Pointer) -> None:
        """The mouse moved."""

    def click(self, at: Pointer, place: Place, held: Snapped | None) -> None:
        """A place was clicked."""
        self.accept(place, held, at.shift)

    def drop(self, at: Pointer, place: Place) -> None:
        """The left button went up after a drag."""

    def accept(self, place: Place, held: Snapped | None = None, shift: bool = False) -> None:
        """Go on to a place, clicked or typed."""

    def measured(self, metres: float) -> bool:
        """A length alone was typed and confirmed; False when it is only of use with a direction."""
        return False

    def finish(self) -> bool:
        """Enter was pressed; True when the mode has used it."""
        return False

    def back(self) -> bool:
        """Take back what was begun here; False when there is nothing."""
        return False

    def paint(self, painter: QPainter, palette: Palette) -> None:
        """Draw what was begun here."""

    def paint_ring(self, painter: QPainter, palette: Palette, shape: shapely.Geometry | None) -> None:
        """Draw an outline or line that is not in the sketch yet."""
        if shape is None or shape.is_empty:
            return
        outline = shape.exterior if shape.geom_type == "Polygon" else shape
        points = QPolygonF([QPointF(x, y) for x, y in self.draw.canvas.view.pixels(shapely.get_coordinates(outline))])
        painter.setPen(band_pen(palette))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if shape.geom_type == "Polygon":
            tint = QColor(palette.selection)
            tint.setAlphaF(0.14)
            painter.setBrush(tint)
            painter.drawPolygon(points)
        else:
            painter.drawPolyline(points)


class Spot(Mode):
    """One point a click; stays ready for the next."""

    name, text, image, kinds = "spot", mark("draw|Point"), "mdi6.circle-medium", ("point",)

    @property
    def hint(self) -> str:
        return tr("Click where the new feature stands: {label}", label=self.draw.label)

    def accept(self, place: Place, held: Snapped | None = None, shift: bool = False) -> None:
        self.draw.clear()
        self.draw.add([place], [held])
        self.draw.end()

    def finish(self) -> bool:
        if self.draw.at is None or not self.draw.sketch.empty:
            return False
        self.accept(self.draw.at, self.draw.snapped)
        return True


class Straight(Mode):
    """Vertex by vertex."""

    name, text, image = "straight", mark("draw|Vertex by vertex"), "mdi6.vector-polyline"
    kinds = ("line", *AREAS)

    @property
    def hint(self) -> str:
        sketch = self.draw.sketch
        if not sketch.enough:
            return tr("Click the vertices of the new feature: {label}", label=self.draw.label)
        if sketch.closed:
            return tr("Double-click or Enter finishes, Backspace takes back a vertex; P, L: right angle, parallel")
        return tr(
            "Double-click or Enter finishes, C closes, Backspace takes back a vertex; P, L: right angle, parallel"
        )

    @property
    def goes_on(self) -> bool:
        return True

    def accept(self, place: Place, held: Snapped | None = None, shift: bool = False) -> None:
        self.draw.add([place], [held])


class Rectangle(Mode):
    """Two opposite corners; with Shift the first two are an edge, and a third says how deep it is."""

    name, text, image, kinds = "rectangle", mark("draw|Rectangle"), "mdi6.vector-rectangle", AREAS

    def __init__(self, draw: Draw) -> None:
        super().__init__(draw)
        self._corners: list[Place] = []

    @property
    def hint(self) -> str:
        return (
            tr("Click the first corner, or type it"),
            tr("Click the opposite corner; Shift-click: the end of an edge, for a turned rectangle; @20,10 types it"),
            tr("Click how deep the rectangle is"),
        )[len(self._corners)]

    @property
    def begun(self) -> bool:
        return bool(self._corners)

    @property
    def last(self) -> Place | None:
        return self._corners[-1] if self._corners else None

    def accept(self, place: Place, held: Snapped | None = None, shift: bool = False) -> None:
        if len(self._corners) == (1 if not shift else 2) or len(self._corners) == 2:
            made = self._figure(place)
            if made is None:
                raise Refusal("geometry.no_extent")
            self._corners = []
            self.draw.set_figure(made)
        elif not self._corners or self._corners[-1] != place:
            self._corners.append(place)

    def back(self) -> bool:
        return bool(self._corners) and self._corners.pop() is not None

    def paint(self, painter: QPainter, palette: Palette) -> None:
        at = self.draw.at
        if self._corners and at is not None:
            if len(self._corners) == 1 and self.draw.shift:
                self.paint_ring(painter, palette, shapely.LineString([self._corners[0], at]))
            else:
                self.paint_ring(painter, palette, self._figure(at))
        for corner in self._corners:
            paint_vertex(painter, palette, self.draw.to_pixels(*corner))

    def _figure(self, at: Place) -> shapely.Polygon | None:
        try:
            return box(self._corners[0], at) if len(self._corners) == 1 else rectangle(*self._corners, at)
        except Refusal:
            return None


class Circle(Mode):
    """The centre, then a place on the rim, or the radius typed; or dragged from centre to rim."""

    name, text, image, kinds = "circle", mark("draw|Circle"), "mdi6.vector-circle", AREAS

    def __init__(self, draw: Draw) -> None:
        super().__init__(draw)
        self._center: Place | None = None
        self._pressed: Place | None = None

    @property
    def hint(self) -> str:
        if self._center is None:
            return tr("Click the centre, or drag from the centre to the rim")
        return tr("Click a place on the rim, or type the radius")

    @property
    def begun(self) -> bool:
        return self._center is not None

    @property
    def last(self) -> Place | None:
        return self._center

    def press(self, at: Pointer) -> None:
        if self._center is None:
            self._pressed = self.draw.place(at)

    def move(self, at: Pointer) -> None:
        if at.left and self._pressed is not None and self._center is None and self.draw.dragging:
            self._center = self._pressed

    def drop(self, at: Pointer, place: Place) -> None:
        if self._center is not None:
            self.accept(place)

    def accept(self, place: Place, held: Snapped | None = None, shift: bool = False) -> None:
        if self._center is None:
            self._center = place
        else:
            self.measured(distance(self._center, place))

    def measured(self, metres: float) -> bool:
        if self._center is None:
            return False
        made = circle(self._center, metres)
        self._center = self._pressed = None
        self.draw.set_figure(made)
        return True

    def back(self) -> bool:
        begun = self._center is not None
        self._center = self._pressed = None
        return begun

    def paint(self, painter: QPainter, palette: Palette) -> None:
        if self._center is None:
            return
        at = self.draw.at
        if at is not None and at != self._center:
            self.paint_ring(painter, palette, circle(self._center, distance(self._center, at)))
            painter.setPen(band_pen(palette, dashed=True))
            painter.drawLine(self.draw.to_pixels(*self._center), self.draw.to_pixels(*at))
        paint_vertex(painter, palette, self.draw.to_pixels(*self._center))
