"""Browse: drag the map, click to identify (again and again through what is stacked), rest to see a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from desktop.canvas.furniture import paint_tag
from desktop.canvas.hits import Hit
from desktop.canvas.stack import zoomed_into
from desktop.shell.words import language, tr
from desktop.tools.tool import Pointer, Tool, paint_box
from gis.cartography.palette import Palette
from gis.geometry.columns import BBox

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas


class Browse(Tool):
    """The tool of the Browse mode; with Shift a drag zooms to a box, with Shift and Alt out of it."""

    name = "browse"
    cursor = Qt.CursorShape.ArrowCursor
    hint_text = "Drag to move the map, scroll to zoom, click a feature to see it, Shift-drag to zoom to a box"

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._pressed: Pointer | None = None
        self._last: Pointer | None = None
        self._dragging = False
        self._stack: list[Hit] = []
        self._turn = 0
        self._hover: tuple[Pointer, Hit] | None = None

    @property
    def hint(self) -> str:
        return tr(self.hint_text)

    @property
    def busy(self) -> bool:
        return self._pressed is not None

    def leave(self) -> None:
        self._pressed = self._last = self._hover = None
        self._dragging = False
        self._stack = []

    def press(self, at: Pointer) -> None:
        self._pressed = self._last = at
        self._dragging = False
        self._set_hover(None)

    def move(self, at: Pointer) -> None:
        if self._pressed is None:
            if self._hover is not None and at.far_from(self._hover[0]):
                self._set_hover(None)
            return
        if not self._dragging and not at.far_from(self._pressed):
            return
        if not self._dragging and not self._pressed.shift:
            self.canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._dragging = True
        if not self._pressed.shift and self._last is not None:
            self.canvas.pan_by(at.px - self._last.px, at.py - self._last.py)
        self._last = at
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        pressed, dragging = self._pressed, self._dragging
        self._pressed, self._dragging = None, False
        self.canvas.setCursor(self.cursor)
        if pressed is None:
            return
        if not dragging:
            self.click(at)
        elif pressed.shift:
            zoom_to_box(self.canvas, pressed, at)
        self.canvas.update()

    def click(self, at: Pointer) -> None:
        """Identify what lies here; a second click at the same place goes one deeper, a click on a cluster closer."""
        found = self.canvas.hits(at.px, at.py)
        if zoomed_into(self.canvas, found, at.px, at.py):
            return
        keys = [(hit.cls, hit.id) for hit in found]
        again = keys and keys == [(hit.cls, hit.id) for hit in self._stack]
        self._stack, self._turn = found, (self._turn + 1) % len(found) if again else 0
        if not found:
            self.canvas.stack.leave()
            self.canvas.set_selection({})
        elif self.canvas.stack.worth_showing(found):
            shown = self.canvas.stack.now
            if again and shown is not None:
                self.canvas.stack.choose(shown.chosen + 1)
            else:
                self.canvas.stack.show(found, at.px, at.py, self._turn)
        else:
            self.canvas.stack.leave()
            hit = found[self._turn]
            self.canvas.set_selection({hit.cls: [hit.id]})
            self.canvas.identified.emit(hit.cls, hit.id)

    def double_click(self, at: Pointer) -> None:
        self.canvas.zoom_by(0.5 if at.shift or at.alt else 2.0, at.px, at.py)

    def rest(self, at: Pointer) -> None:
        """The mouse has come to rest: name what lies below."""
        found = self.canvas.hits(at.px, at.py)
        self._set_hover((at, found[0]) if found else None)

    def key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and (self._pressed is not None or self.canvas.selection):
            self.leave()
            self.canvas.set_selection({})
            return True
        return False

    def paint(self, painter: QPainter, palette: Palette) -> None:
        if self._pressed is not None and self._dragging and self._pressed.shift and self._last is not None:
            paint_box(painter, palette, self._pressed, self._last)
        if self._hover is not None:
            at, hit = self._hover
            said = self.canvas.scene.class_label(hit.cls, language())
            said = f"{said}\n{hit.text}" if hit.text else said
            frame = QRectF(0, 0, self.canvas.width(), self.canvas.height())
            paint_tag(painter, QPointF(at.px, at.py), said, palette, frame)

    def _set_hover(self, hover: tuple[Pointer, Hit] | None) -> None:
        if hover != self._hover:
            self._hover = hover
            self.canvas.set_hover(hover[1] if hover else None)


class ZoomBox(Tool):
    """Drag a box to see it larger; a click zooms in, with Alt out."""

    name = "zoom_box"
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._pressed: Pointer | None = None
        self._last: Pointer | None = None

    @property
    def hint(self) -> str:
        return tr("Drag a box to see it larger; with Alt the map shrinks into the box")

    @property
    def busy(self) -> bool:
        return self._pressed is not None

    def leave(self) -> None:
        self._pressed = self._last = None

    def press(self, at: Pointer) -> None:
        self._pressed, self._last = at, None

    def move(self, at: Pointer) -> None:
        if self._pressed is not None and (self._last is not None or at.far_from(self._pressed)):
            self._last = at
            self.canvas.update()

    def release(self, at: Pointer) -> None:
        pressed, dragged = self._pressed, self._last is not None
        self.leave()
        if pressed is not None and dragged:
            zoom_to_box(self.canvas, pressed, at)
        elif pressed is not None:
            self.canvas.zoom_by(0.5 if at.alt else 2.0, at.px, at.py)
        self.canvas.update()

    def key(self, key: Qt.Key) -> bool:
        if key != Qt.Key.Key_Escape:
            return False
        if self._pressed is None:
            self.canvas.toolEnded.emit()
        else:
            self.leave()
            self.canvas.update()
        return True

    def paint(self, painter: QPainter, palette: Palette) -> None:
        if self._pressed is not None and self._last is not None:
            paint_box(painter, palette, self._pressed, self._last)


def zoom_to_box(canvas: MapCanvas, a: Pointer, b: Pointer) -> None:
    """Show what lies between two positions; with Alt shrink what is shown into that box."""
    if not (a.alt or b.alt):
        canvas.zoom_to(boxed(a, b, canvas.view.bbox), margin=0.0)
        return
    share = max(abs(a.px - b.px) / canvas.width(), abs(a.py - b.py) / canvas.height(), 0.02)
    canvas.zoom_by(share, (a.px + b.px) / 2, (a.py + b.py) / 2)


def boxed(a: Pointer, b: Pointer, fallback: BBox) -> BBox:
    """The box between two positions; the fallback where it is empty."""
    box = (min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y))
    return box if box[2] > box[0] and box[3] > box[1] else fallback
