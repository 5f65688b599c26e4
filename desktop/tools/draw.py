"""Draw: new points, lines and areas of one class, vertex by vertex."""

from __future__ import annotations

import shapely
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from desktop.canvas.hits import Snap
from desktop.shell.words import language, tr
from desktop.tools.tool import Pointer, Tool, band_pen, paint_snap, paint_vertex
from gis.cartography.palette import Palette
from gis.editing.intents import Create
from gis.errors import Refusal

Vertices = list[tuple[float, float]]


class Sketch(Tool):
    """Collects vertices that snap to what is on screen; ``finish`` is called with them."""

    cursor = Qt.CursorShape.CrossCursor
    least = 2
    closed = False

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self.vertices: Vertices = []
        self.at: tuple[float, float] | None = None
        self.snapped: Snap | None = None
        self.held: list[Snap | None] = []  # what each vertex holds on to
        self._pressed: Pointer | None = None

    @property
    def busy(self) -> bool:
        return bool(self.vertices)

    def enter(self) -> None:
        self.drop()

    def leave(self) -> None:
        self.drop()

    def drop(self) -> None:
        """Forget what was drawn."""
        self.vertices, self.held, self.at, self.snapped, self._pressed = [], [], None, None, None
        self.canvas.update()

    def place(self, at: Pointer) -> tuple[float, float]:
        """Where a vertex goes: onto the nearest one on screen, or under the cursor."""
        target = self.snapped = self.canvas.snap(at.px, at.py) if not at.alt else None
        return (target.x, target.y) if target is not None else (at.x, at.y)

    def press(self, at: Pointer) -> None:
        self._pressed = at

    def move(self, at: Pointer) -> None:
        self.at = self.place(at)
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        if self._pressed is None or at.far_from(self._pressed):
            self._pressed = None
            return
        self._pressed = None
        vertex = self.place(at)
        if not self.vertices or self.vertices[-1] != vertex:
            self.vertices.append(vertex)
            self.held.append(self.snapped)
        self.at = vertex
        self.added()
        self.canvas.tell_hint()
        self.canvas.update()

    def added(self) -> None:
        """A vertex was added."""

    def double_click(self, at: Pointer) -> None:
        self._pressed = None
        self.end()

    def key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape:
            used = bool(self.vertices)
            self.drop()
            self.canvas.tell_hint()
            return used
        if key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and self.vertices:
            self.vertices.pop()
            self.held.pop()
            self.canvas.tell_hint()
            self.canvas.update()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.end()
            return True
        return False

    def end(self) -> None:
        """Hand over what was drawn, if it has vertices enough."""
        if len(self.vertices) >= self.least:
            vertices = list(self.vertices)
            self.finish(vertices)
        self.canvas.tell_hint()
        self.canvas.update()

    def finish(self, vertices: Vertices) -> None:
        """Use the finished sketch."""
        raise NotImplementedError

    def paint(self, painter: QPainter, palette: Palette) -> None:
        points = [self.to_pixels(*vertex) for vertex in self.vertices]
        ends = [*points, self.to_pixels(*self.at)] if self.at is not None and points else points
        if self.closed and len(ends) > 2:
            tint = QColor(palette.selection)
            tint.setAlphaF(0.14)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint)
            painter.drawPolygon(QPolygonF(ends))
            painter.setPen(band_pen(palette, dashed=True))
            painter.drawLine(ends[-1], ends[0])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(band_pen(palette))
        if len(ends) > 1:
            painter.drawPolyline(QPolygonF(ends))
        for point in points:
            paint_vertex(painter, palette, point)
        if self.snapped is not None and self.at is not None:
            paint_snap(painter, palette, self.to_pixels(*self.at))


class Draw(Sketch):
    """Makes features of class ``cls``; emits Create with the geometry, what its ends hold on to, and little else.

    A cable drawn from node to node knows its ends, a cell drawn on a station its site. All other attributes are the
    catalogue's defaults, to be changed in the form.
    """

    name = "draw"

    def __init__(self, canvas: object, cls: str) -> None:
        super().__init__(canvas)
        self.cls = cls
        self.geometry = self.canvas.scene.geometry_kind(cls)
        self.closed = self.geometry in ("polygon", "multipolygon")
        self.least = {"point": 1, "line": 2}.get(self.geometry, 3)

    @property
    def hint(self) -> str:
        label = self.canvas.scene.class_label(self.cls, language())
        if self.geometry == "point":
            return tr("Click where the new feature stands: {label}", label=label)
        if len(self.vertices) < self.least:
            return tr("Click the vertices of the new feature: {label}", label=label)
        return tr("Double-click or Enter finishes, Backspace takes back the last vertex, Esc drops it")

    def added(self) -> None:
        if self.geometry == "point":
            self.end()

    def finish(self, vertices: Vertices) -> None:
        geometry = drawn(self.geometry, vertices)
        if not geometry.is_valid:
            self.canvas.failed.emit(Refusal("canvas.crossing"))
            return  # the sketch stays, to be mended
        row = {**self._values(), "geom": geometry}
        self.drop()
        self.canvas.intentMade.emit(Create(self.cls, [row]))

    def _values(self) -> dict[str, object]:
        cls = self.canvas.session.catalogue[self.cls]
        # A required code without a default is most likely the last, most particular one of its list.
        values: dict[str, object] = {
            f.name: f.codes[-1].value for f in cls.fields if f.required and f.codes and f.default is None
        }
        ends = {"from": self.held[0], "to": self.held[-1]} if self.geometry == "line" else {"": self.held[0]}
        for end, held in ends.items():
            for f in cls.refs:
                if held is not None and f.ref == held.cls and f.name.startswith(end) and f.name not in values:
                    values[f.name] = held.id
                    break
        return values


def drawn(kind: str, vertices: Vertices) -> shapely.Geometry:
    """The geometry of a finished sketch."""
    if kind == "point":
        return shapely.Point(vertices[0])
    if kind == "line":
        return shapely.LineString(vertices)
    polygon = shapely.Polygon(vertices)
    return shapely.MultiPolygon([polygon]) if kind == "multipolygon" else polygon
