"""Select: click one, Shift-click to add or take away, drag a box; Delete removes the selection."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from desktop.canvas.hits import Hit
from desktop.canvas.stack import zoomed_into
from desktop.shell.words import tr
from desktop.tools.aiming import Aiming
from desktop.tools.browse import boxed
from desktop.tools.tool import Pointer, Tool, paint_box
from gis.cartography.palette import Palette
from gis.editing.intents import Batch, Delete, Intent


class Select(Tool):
    """The tool that chooses features."""

    name = "select"
    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._pressed: Pointer | None = None
        self._last: Pointer | None = None
        self._stack: list[Hit] = []
        self._turn = 0
        # Tools that are made of this one have handles of their own.
        self.aiming = Aiming(self.canvas) if type(self) is Select else None
        self._aimed = False  # whether the hint speaks of handles

    @property
    def hint(self) -> str:
        if self.aiming is not None and self.aiming.now is not None:
            return tr(
                "Drag the ring to turn it (Shift: 5°), a side or the arc to change it, or type: {figures}",
                figures=self.aiming.asked,
            )
        return tr("Click a feature or drag a box; Shift adds, Delete removes, Esc clears")

    @property
    def busy(self) -> bool:
        return self._last is not None or (self.aiming is not None and self.aiming.busy)

    def leave(self) -> None:
        self._pressed = self._last = None
        self._stack = []
        if self.aiming is not None:
            self.aiming.drop()

    def refreshed(self) -> None:
        if self.aiming is not None:
            self.aiming.refreshed()
            aimed = self.aiming.now is not None
            if aimed != self._aimed:
                self._aimed = aimed
                self.canvas.tell_hint()

    def answered(self, intent: object, error: Exception | None) -> None:
        if self.aiming is not None:
            self.aiming.answered(error)

    def wants(self, key: Qt.Key) -> bool:
        return self.aiming is not None and self.aiming.takes(key)

    def press(self, at: Pointer) -> None:
        if self.aiming is not None and self.aiming.press(at):
            return
        self._pressed, self._last = at, None

    def move(self, at: Pointer) -> None:
        if self.aiming is not None and self.aiming.move(at):
            return
        if self._pressed is not None and (self._last is not None or at.far_from(self._pressed)):
            self._last = at
            self.canvas.update()

    def release(self, at: Pointer) -> None:
        if self.aiming is not None and self.aiming.release(at):
            return
        pressed, dragged = self._pressed, self._last
        self._pressed = self._last = None
        if pressed is None:
            return
        if dragged is None:
            self.click(at)
        else:
            found = self.canvas.inside_box(boxed(pressed, at, (at.x, at.y, at.x, at.y)))
            self.canvas.set_selection(added(self.canvas.selection, found) if at.shift else found)
        self.canvas.update()

    def click(self, at: Pointer) -> None:
        """Choose the topmost feature here, on a second click the one below."""
        found = self.canvas.hits(at.px, at.py)
        if zoomed_into(self.canvas, found, at.px, at.py):
            return
        same = [(h.cls, h.id) for h in found] == [(h.cls, h.id) for h in self._stack]
        self._turn = (self._turn + 1) % len(found) if found and same and not at.shift else 0
        self._stack = found
        if not found:
            if not at.shift:
                self.canvas.set_selection({})
            return
        hit = found[self._turn]
        if at.shift:
            self.canvas.set_selection(toggled(self.canvas.selection, hit))
        else:
            self.canvas.set_selection({hit.cls: [hit.id]})
            self.canvas.identified.emit(hit.cls, hit.id)

    def key(self, key: Qt.Key) -> bool:
        if self.aiming is not None and self.aiming.key(key):
            return True
        if key == Qt.Key.Key_Escape:
            if self._last is None and not self.canvas.selection:
                if type(self) is not Select:
                    self.canvas.toolEnded.emit()
                return type(self) is not Select
            self.leave()
            self.canvas.set_selection({})
            self.canvas.update()
            return True
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            intent = deletion(self.canvas.selection)
            if intent is not None:
                self.canvas.intentMade.emit(intent)
            return intent is not None
        return False

    def paint(self, painter: QPainter, palette: Palette) -> None:
        if self.aiming is not None:
            self.aiming.paint(painter, palette)
        if self._pressed is not None and self._last is not None:
            paint_box(painter, palette, self._pressed, self._last)


Selection = dict[str, np.ndarray]


def added(one: Selection, other: Selection) -> Selection:
    """Both selections together."""
    made = dict(one)
    for cls, ids in other.items():
        made[cls] = np.union1d(made[cls], ids) if cls in made else ids
    return made


def toggled(selection: Selection, hit: Hit) -> Selection:
    """The selection with one feature more, or less if it was in it."""
    made = dict(selection)
    ids = made.get(hit.cls, np.zeros(0, np.int64))
    made[hit.cls] = ids[ids != hit.id] if hit.id in ids else np.append(ids, hit.id)
    return {cls: chosen for cls, chosen in made.items() if len(chosen)}


def deletion(selection: Selection) -> Intent | None:
    """The wish to delete all that is selected, or None."""
    wishes = [Delete(cls, [int(i) for i in ids]) for cls, ids in selection.items() if len(ids)]
    return one_or_batch("canvas.deleted", wishes, selection)


def one_or_batch(label: str, wishes: list, selection: Selection) -> Intent | None:
    """One intent, or several as one undo step."""
    if not wishes:
        return None
    return wishes[0] if len(wishes) == 1 else Batch(label, {"count": sum(len(i) for i in selection.values())}, wishes)
