"""Move: drag what is selected to another place, nudge it with the arrow keys, or type by how much; a click selects."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QPainter

from desktop.shell.words import tr
from desktop.tools.outlines import paint_runs
from desktop.tools.select import Select, Selection, one_or_batch
from desktop.tools.snapping import paint_snapped
from desktop.tools.tool import Pointer
from desktop.tools.typed import Typed
from gis.cartography.palette import Palette
from gis.cartography.snapping import Snapped
from gis.editing.intents import Intent, Move

GHOSTS = 400  # outlines drawn while dragging; of more, only these follow the mouse
PAUSE_MS = 450  # arrow keys pressed within this time of one another are one step
BOLD = 10  # with Shift an arrow key moves so many times as far
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
}  # fmt: skip


class MoveFeatures(Select):
    """Moves the whole selection, of however many classes, as one step; with Alt ends let go of what they stand on."""

    name = "move"
    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)
        self._grip: Pointer | None = None
        self._at: Pointer | None = None
        self._shift = (0.0, 0.0)
        self._moving = False
        self._snapped: Snapped | None = None
        self._ghosts: list[list] = []
        self._anchor: tuple[float, float] | None = None
        self._typed = Typed()
        self._nudged = False
        self._pause = QTimer(self.canvas, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._nudge_done)

    @property
    def hint(self) -> str:
        if not self.canvas.selection:
            return tr("Click what is to be moved, or drag a box around it")
        return tr(
            "Drag the selected features, use the arrow keys (Shift: 10 pixels), or type dx,dy in metres and Enter;"
            " Alt detaches, Esc puts them back"
        )

    @property
    def busy(self) -> bool:
        return self._moving or bool(self._typed.text) or self._nudged or super().busy

    def leave(self) -> None:
        if self._nudged:
            self._nudge_done()
        super().leave()
        self._pause.stop()
        self._forget()

    def _forget(self) -> None:
        """Nothing was begun."""
        self._grip, self._moving, self._snapped, self._ghosts = None, False, None, []
        self._shift, self._nudged = (0.0, 0.0), False
        self._typed.clear()
        self.canvas.update()

    def press(self, at: Pointer) -> None:
        if self._nudged:
            self._nudge_done()
        found = self.canvas.hits(at.px, at.py)
        chosen = next((hit for hit in found if hit.id in self.canvas.selection.get(hit.cls, ())), None)
        if chosen is None and found and not at.shift:
            chosen = found[0]
            self.canvas.set_selection({chosen.cls: [chosen.id]})
            self.canvas.identified.emit(chosen.cls, chosen.id)
            self.canvas.tell_hint()
        if chosen is None or at.shift:
            super().press(at)
            return
        self._grip, self._moving, self._shift = at, False, (0.0, 0.0)
        own = self.canvas.snap(at.px, at.py)
        # A drag that starts on a vertex of the selection carries that vertex to the place it is dropped on.
        self._anchor = (own.x, own.y) if own and own.id in self.canvas.selection.get(own.cls, ()) else None
        self._ghosts = self.canvas.scene.selected_rings(GHOSTS)

    def move(self, at: Pointer) -> None:
        self._at = at
        if self._grip is None:
            super().move(at)
            return
        if not self._moving and not at.far_from(self._grip):
            return
        self._moving = True
        self._shift, self._snapped = (at.x - self._grip.x, at.y - self._grip.y), None
        if self._anchor is not None:
            skip = [(cls, int(i)) for cls, ids in self.canvas.selection.items() for i in ids[:GHOSTS]]
            self._snapped = self.canvas.snapping.find(self.canvas, at.px, at.py, skip=skip)
            if self._snapped is not None:
                self._shift = (self._snapped.x - self._anchor[0], self._snapped.y - self._anchor[1])
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        if self._grip is None:
            super().release(at)
            self.canvas.tell_hint()
            return
        self.move(at)
        moving, shift = self._moving, self._shift
        self._grip, self._moving, self._snapped = None, False, None
        if moving:
            self._emit(*shift, detach=at.alt)
        else:
            self._ghosts = []
        self.canvas.update()

    def refreshed(self) -> None:
        if self._grip is None and not self._nudged:
            self._ghosts = []

    def answered(self, intent: object, error: Exception | None) -> None:
        if error is not None and self._grip is None and not self._nudged:
            self._ghosts = []  # they are still where they were
            self.canvas.update()

    def wants(self, key: Qt.Key) -> bool:
        return bool(self.canvas.selection) and self._typed.takes(key)

    def key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and (self._grip is not None or self._nudged):
            self._pause.stop()
            self._forget()
            return True
        if self.canvas.selection and self._typed.entered(key, self._typed_done):
            self.canvas.update()
            return True
        if key in _ARROWS and self.canvas.selection and self._grip is None:
            self._nudge(*_ARROWS[key])
            return True
        return super().key(key)

    def paint(self, painter: QPainter, palette: Palette) -> None:
        super().paint(painter, palette)
        view = self.canvas.view
        if self._ghosts and self._shift != (0.0, 0.0):
            paint_runs(painter, view, palette, (run + self._shift for runs in self._ghosts for run in runs))
        if self._snapped is not None:
            paint_snapped(painter, palette, view, self._snapped)
        at = QPointF(self._at.px, self._at.py) if self._at is not None else QPointF(view.width / 2, view.height / 2)
        self._typed.paint(painter, palette, view, at, tr("Move by dx, dy (m)"))

    # ----------------------------------------------------------------------------------------------------------------
    def _emit(self, dx: float, dy: float, detach: bool = False) -> None:
        intent = moved(self.canvas.selection, dx, dy, detach) if dx or dy else None
        if intent is not None:
            self.canvas.intentMade.emit(intent)

    def _nudge(self, right: int, up: int) -> None:
        if not self._nudged:
            self._ghosts, self._shift = self.canvas.scene.selected_rings(GHOSTS), (0.0, 0.0)
        self._nudged = True
        step = self.canvas.view.resolution * (BOLD if self.canvas.gestures.shift else 1)
        self._shift = (self._shift[0] + right * step, self._shift[1] + up * step)
        self._pause.start()
        self.canvas.update()

    def _nudge_done(self) -> None:
        self._pause.stop()
        self._nudged = False
        self._emit(*self._shift)

    def _typed_done(self) -> None:
        figures = self._typed.numbers()
        if len(figures) != 2:
            self.canvas.hintChanged.emit(tr("Type two figures, such as 12.5,-3"))
            return
        self._typed.clear()
        self._ghosts, self._shift = self.canvas.scene.selected_rings(GHOSTS), (figures[0], figures[1])
        self._emit(*self._shift)


def moved(selection: Selection, dx: float, dy: float, detach: bool = False) -> Intent | None:
    """The wish to shift all that is selected by (dx, dy) metres."""
    wishes = [Move(cls, [int(i) for i in ids], dx, dy, detach) for cls, ids in selection.items() if len(ids)]
    return one_or_batch("canvas.moved", wishes, selection)
