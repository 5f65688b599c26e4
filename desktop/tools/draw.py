"""Draw: new features of one class, in one of several ways, snapped, constrained, or typed exactly."""

from __future__ import annotations

from typing import Any

import shapely
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from desktop.shell.formatting import length
from desktop.shell.words import language, tr
from desktop.tools.draw_along import Along, Offset
from desktop.tools.draw_constraints import Constraints
from desktop.tools.draw_freehand import Freehand
from desktop.tools.draw_modes import Circle, Mode, Rectangle, Spot, Straight
from desktop.tools.draw_offer import Offer, nearest_owner
from desktop.tools.draw_sketch import Sketch
from desktop.tools.draw_strip import DrawStrip
from desktop.tools.entry import EntryBar
from desktop.tools.snapping import paint_snapped
from desktop.tools.tool import Pointer, Tool, band_pen, paint_vertex
from gis.cartography.palette import Palette
from gis.cartography.snapping import Place, Snapped
from gis.editing.intents import Create
from gis.errors import Refusal

MODES: tuple[type[Mode], ...] = (Spot, Straight, Rectangle, Circle, Freehand, Along, Offset)
_DIGITS = frozenset(Qt.Key(Qt.Key.Key_0.value + i) for i in range(10))
_RELATIONS = {Qt.Key.Key_P: "perpendicular", Qt.Key.Key_L: "parallel"}
_HANDLES = 300  # vertices shown as handles; a trace of thousands is a line


class Draw(Tool):
    """Makes features of class ``cls``; emits Create with the geometry, what its ends hold on to, and little else.

    A cable drawn from node to node knows its ends, a cell drawn on a station its site. All other attributes are the
    catalogue's defaults, to be changed in the form. A sketch that is refused stays until the user drops it.
    """

    name = "draw"
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: object, cls: str) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self.cls = cls
        self.geometry = self.canvas.scene.geometry_kind(cls)
        self.sketch = Sketch(self.geometry)
        self.constraints = Constraints()
        self.modes = [mode(self) for mode in MODES if self.geometry in mode.kinds]
        self.mode = self.modes[0]
        self.at: Place | None = None  # where the next vertex would go
        self.cursor_at: Pointer | None = None
        self.snapped: Snapped | None = None
        self.shift = self.dragging = False
        self._pressed: Pointer | None = None
        self._asked: list[tuple[Create, Sketch]] = []  # handed over, not yet answered
        self._begun: list[Sketch] = []  # put aside for one that was refused
        self._refused = False
        self._strip: DrawStrip | None = None
        self._bar: EntryBar | None = None

    # ------------------------------------------------------------------------------------------------------- for others
    @property
    def label(self) -> str:
        """The name of the class."""
        return self.canvas.scene.class_label(self.cls, language())

    @property
    def hint(self) -> str:
        return self.mode.hint

    @property
    def busy(self) -> bool:
        return not self.sketch.empty or self.mode.begun

    @property
    def vertices(self) -> list[Place]:
        """The vertices so far."""
        return self.sketch.vertices

    @property
    def last(self) -> Place | None:
        """From where the next place is measured."""
        return self.mode.last

    @property
    def now(self) -> Place | None:
        """Where the next vertex would go."""
        return self.at

    @property
    def cursor_place(self) -> Place | None:
        """The cursor itself, in project coordinates."""
        return (self.cursor_at.x, self.cursor_at.y) if self.cursor_at is not None else None

    def enter(self) -> None:
        self.canvas.snapping.current = self.cls
        self._strip = self.canvas.findChild(DrawStrip) or DrawStrip(self.canvas)
        self._bar = self.canvas.findChild(EntryBar) or EntryBar(self.canvas)
        self._strip.serve(self)
        self._bar.serve(self)
        kept = self.canvas.sketches.pop(self.cls, None)
        if kept is not None:
            self.sketch = kept
            self._changed()

    def leave(self) -> None:
        """What was drawn is kept for when this class is drawn again, until the user drops it."""
        sketch = self.sketch
        self._begun = []
        self.clear()
        if not sketch.empty and self.geometry != "point":
            self.canvas.sketches[self.cls] = sketch
        self.snapped = self.at = self._pressed = None
        if self._strip is not None and self._bar is not None:
            self._strip.serve(None)
            self._bar.serve(None)

    def set_mode(self, name: str) -> None:
        """Go on in another way; the vertices drawn so far stay."""
        chosen = next((mode for mode in self.modes if mode.name == name), None)
        if chosen is None or chosen is self.mode:
            return
        self.mode.back()
        if self.sketch.vertices and name in ("rectangle", "circle", "offset"):
            self.clear()  # a whole figure does not go on from vertices
        self.mode = chosen
        if self._strip is not None:
            self._strip.choose(name)
        self.canvas.setFocus()
        self._changed()

    # ------------------------------------------------------------------------------------------------------- the sketch
    def add(self, places: list[Place], held: list[Snapped | None]) -> None:
        """Add vertices as one step."""
        if self.sketch.add(places, held):
            self.constraints.relation = ""
            if self._bar is not None:
                self._bar.reset()
        self._changed()

    def set_figure(self, shape: shapely.Geometry) -> None:
        """Draw this whole shape, and finish."""
        self.sketch.figure = shape
        self.end()

    def clear(self) -> None:
        """Forget the sketch."""
        self.mode.back()
        self.sketch = self._begun.pop() if self._begun else Sketch(self.geometry)
        self.constraints.relation = ""
        self._refused = False
        if self._strip is not None:
            self._strip.settle()
        if self._bar is not None:
            self._bar.reset()
        self._changed()

    def end(self) -> None:
        """Hand over what was drawn. What is no shape yet is said, and stays to be mended."""
        sketch = self.sketch
        if not sketch.enough:
            if not sketch.empty:
                self._tell(Refusal("drawing.too_few"))
            return
        try:
            geometry = sketch.geometry()
        except Refusal as refusal:
            if sketch.figure is not None:
                sketch.figure = None
            self._tell(refusal)
            self._changed()
            return
        intent = Create(self.cls, [{**self._values(sketch), "geom": geometry}])
        self._asked = [*self._asked[-8:], (intent, sketch)]
        self.clear()
        self.canvas.intentMade.emit(intent)

    def answered(self, intent: object, error: Exception | None) -> bool:
        sketch = next((sketch for asked, sketch in self._asked if asked is intent), None)
        self._asked = [pair for pair in self._asked if pair[0] is not intent]
        if sketch is None or error is None or self.canvas.tool is not self:
            return False
        if not self.sketch.empty:
            self._begun.append(self.sketch)  # goes on when the refused one is done with
        self.sketch, self._refused = sketch, True
        if self._strip is not None:
            self._strip.offer(error, self._choices())
        self._changed()
        return self._strip is not None

    # -------------------------------------------------------------------------------------------------- mouse and keys
    def place(self, at: Pointer) -> Place:
        """Where a vertex goes: bent to what is fixed, onto what is near, or under the cursor."""
        self.cursor_at, self.shift = at, at.shift
        vertices = self.sketch.vertices
        last = self.last
        before = vertices[-2] if len(vertices) > 1 and last == vertices[-1] else None
        drawn = [*vertices[-2:]] if last is not None and vertices and last == vertices[-1] else [last] if last else []
        free = at.ctrl or at.alt
        target = None if free else self.canvas.snapping.find(self.canvas, at.px, at.py, last=drawn)
        self.snapped = target
        if last is None:
            return target.place if target is not None else (at.x, at.y)
        step = float(self.canvas.snapping.settings.polar_step) if at.shift and self.mode.name != "rectangle" else None
        slack = 3.0 * self.canvas.snapping.settings.tolerance * (
            self.canvas.view.resolution if self.canvas.snapping.settings.unit == "px" else 1.0
        )  # fmt: skip
        place, on_target = self.constraints.place(last, (at.x, at.y), target, step, before, slack)
        if not on_target:
            self.snapped = None
        return place

    def press(self, at: Pointer) -> None:
        self._pressed, self.dragging = at, False
        self._settled()
        self.mode.press(at)

    def move(self, at: Pointer) -> None:
        self.at = self.place(at)
        self.dragging = at.left and self._pressed is not None and (self.dragging or at.far_from(self._pressed))
        self.mode.move(at)
        if self._bar is not None:
            self._bar.refresh()
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            return
        dragged = self.dragging or at.far_from(pressed)
        self.dragging = False
        self.at = place = self.place(at)
        if dragged:
            self._try(lambda: self.mode.drop(at, place))
        else:
            held = self.snapped
            self._try(lambda: self.mode.click(at, place, held))

    def double_click(self, at: Pointer) -> None:
        self._pressed = None
        if self.sketch.enough:
            self.mode.finish()
            self.end()

    def take_back(self) -> bool:
        if not self.busy:
            return False
        if not self.mode.back():
            self.sketch.back()
        self._taken_back()
        return True

    def wants(self, key: Qt.Key) -> bool:
        if key in _DIGITS or key == Qt.Key.Key_At:
            return True
        return self.busy and (key in _RELATIONS or key == Qt.Key.Key_C)

    def _settled(self) -> None:
        if self._bar is not None:
            self._bar.tell(None)

    def key(self, key: Qt.Key) -> bool:
        self._settled()
        if key == Qt.Key.Key_Escape:
            self._back_out()
            return True
        if key == Qt.Key.Key_Backspace and self.busy:
            if not self.mode.back():
                self.sketch.pop()
            self._taken_back()
            return True
        if key == Qt.Key.Key_Delete and self.busy:
            self.clear()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirm()
            return True
        if key == Qt.Key.Key_Tab and self._bar is not None and self._bar.isVisible():
            self._bar.open()
            return True
        if (key in _DIGITS or key == Qt.Key.Key_At) and self._bar is not None:
            self._bar.open("@" if key == Qt.Key.Key_At else chr(key.value))
            return True
        if key == Qt.Key.Key_C and len(self.sketch.vertices) > 2:
            self._close()
            return True
        if key in _RELATIONS and self.last is not None:
            return self._relate(_RELATIONS[key])
        return False

    # ------------------------------------------------------------------------------------------------- by the entry bar
    def typed(self, place: Place) -> None:
        """A place was typed and confirmed."""
        self.at, self.snapped = place, None
        self._try(lambda: self.mode.accept(place, self._held_at(place), False))

    def measured(self, metres: float) -> bool:
        """A length alone was typed and confirmed."""
        made = self.mode.measured(metres)
        if made and self._bar is not None:
            self._bar.reset()
        return made

    def confirm(self) -> None:
        """Enter without anything typed: finish."""
        self._try(lambda: None if self.mode.finish() else self.end())

    def constrained(self) -> None:
        """Something was fixed or freed: the next vertex goes elsewhere."""
        if self.cursor_at is not None:
            self.at = self.place(self.cursor_at)
        elif self.last is not None and self.constraints.any:
            x, y = self.last
            self.at, _ = self.constraints.place(self.last, (x, y + 1.0), None, None, None, 0.0)
        self.canvas.update()

    # --------------------------------------------------------------------------------------------------------- painting
    def paint(self, painter: QPainter, palette: Palette) -> None:
        sketch = self.sketch
        points = [self.to_pixels(*vertex) for vertex in sketch.vertices]
        goes_on = self.at is not None and points and not self._refused and self.mode.goes_on
        ends = [*points, self.to_pixels(*self.at)] if goes_on and self.at is not None else points
        if sketch.closed and len(ends) > 2:
            tint = QColor(palette.selection)
            tint.setAlphaF(0.14)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint)
            painter.drawPolygon(QPolygonF(ends))
            painter.setPen(band_pen(palette, dashed=True))
            painter.drawLine(ends[-1], ends[0])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(band_pen(palette, dashed=self._refused))
        if len(ends) > 1:
            painter.drawPolyline(QPolygonF(ends))
        if sketch.figure is not None:
            self.mode.paint_ring(painter, palette, sketch.figure)
        for point in points if len(points) <= _HANDLES else ():
            paint_vertex(painter, palette, point)
        self.mode.paint(painter, palette)
        if self.snapped is not None:
            paint_snapped(painter, palette, self.canvas.view, self.snapped)

    # ----------------------------------------------------------------------------------------------------------------
    def _try(self, action: Any) -> None:
        """Do something that may be refused: then it is said, and the sketch stays as it is."""
        try:
            action()
        except Refusal as refusal:
            self._tell(refusal)
        self._changed()

    def _tell(self, refusal: Refusal) -> None:
        """Say beside the figures why something could not be done."""
        if self._bar is not None:
            self._bar.tell(refusal)
        else:
            self.canvas.failed.emit(refusal)

    def _changed(self) -> None:
        if self._bar is not None:
            self._bar.refresh()
        self.canvas.tell_hint()
        self.canvas.update()

    def _back_out(self) -> None:
        """One step back: what was typed, what was begun, the last step of the sketch, at last the tool."""
        if (self._bar is not None and self._bar.back()) or self.mode.back():
            self._taken_back()
        elif self.constraints.relation:
            self.constraints.relation = ""
            self.constrained()
            self._changed()
        elif self.sketch.back():
            self._taken_back()
        else:
            self.canvas.toolEnded.emit()

    def _taken_back(self) -> None:
        if self.sketch.empty and (self._refused or self._begun):
            self.clear()
        self.constrained()
        self._changed()

    def _close(self) -> None:
        sketch = self.sketch
        if not sketch.closed:
            sketch.add([sketch.vertices[0]], [sketch.held[0]])
        self.mode.finish()
        self.end()

    def _relate(self, relation: Any) -> bool:
        edge = self._edge()
        if edge is None:
            return False
        self.constraints.relate(relation, edge)
        self.constrained()
        self._changed()
        return True

    def _edge(self) -> tuple[Place, Place] | None:
        """The edge under the cursor, else the last one drawn."""
        if self.cursor_at is not None:
            canvas, at = self.canvas, self.cursor_at
            found = canvas.snapping.find(canvas, at.px, at.py, kinds=("segment",))
            if found is not None and found.edge is not None:
                return found.edge
        vertices = self.sketch.vertices
        return (vertices[-2], vertices[-1]) if len(vertices) > 1 else None

    def _held_at(self, place: Place) -> Snapped | None:
        """What stands exactly at a place that was typed."""
        px, py = self.canvas.view.to_pixels(*place)
        found = self.canvas.snapping.find(self.canvas, float(px), float(py), kinds=("vertex", "end"))
        near = found is not None and shapely.Point(found.place).distance(shapely.Point(place)) < 1e-3
        return found if near else None

    def _values(self, sketch: Sketch) -> dict[str, object]:
        cls = self.canvas.session.catalogue[self.cls]
        # A required code without a default is most likely the last, most particular one of its list.
        values: dict[str, object] = {
            f.name: f.codes[-1].value for f in cls.fields if f.required and f.codes and f.default is None
        }
        held = sketch.held or [None]
        ends = {"from": held[0], "to": held[-1]} if self.geometry == "line" else {"": held[0]}
        for end, target in ends.items():
            here = target.here if target is not None else ()
            for f in cls.refs:
                found = next((id for name, id in here if name == f.ref), None)
                if found is not None and f.name.startswith(end) and f.name not in values:
                    values[f.name] = found
                    break
        return {**values, **sketch.values}

    # ------------------------------------------------------------------------------------------------- after a refusal
    def _choices(self) -> list[tuple[str, Any]]:
        """What can be done with a refused sketch: (text, what to do)."""
        choices: list[tuple[str, Any]] = []
        vertices = self.sketch.vertices
        if self.geometry == "point" and vertices:
            offer = nearest_owner(self.canvas, self.cls, vertices[-1], self._values(self.sketch))
            if offer is not None:
                name = offer.text or self.canvas.scene.class_label(offer.cls, language())
                away = length(offer.away)
                choices = [
                    (tr("Put it on {name}, {away} away", name=name, away=away), lambda: self._take(offer, moving=True)),
                    (tr("Leave it here, belonging to {name}", name=name), lambda: self._take(offer, moving=False)),
                ]
        return [*choices, (tr("Drop the sketch"), self._drop)]

    def _drop(self) -> None:
        self.clear()
        self.canvas.setFocus()

    def _take(self, offer: Offer, moving: bool) -> None:
        """Let the refused point belong to what was offered, and try again."""
        self.sketch.values[offer.field] = offer.id
        if moving:
            self.sketch.vertices[-1] = offer.place
        self.canvas.setFocus()
        self.end()
