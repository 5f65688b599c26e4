"""The page on its pasteboard: seen as printed, taken hold of by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.sheets.composer.draft import Draft
from desktop.sheets.composer.hands import (
    GRIP_PX,
    HANDLES,
    START_PX,
    Band,
    Content,
    Moving,
    Panning,
    Pressed,
    Resizing,
    box_between,
    cursor_of,
)
from desktop.sheets.composer.page_painting import paint_page
from desktop.sheets.composer.rendering import Painted
from desktop.sheets.composer.wording import item_name
from desktop.shell.theme import theme
from desktop.shell.words import tr, worded, words
from gis.cartography.sheets import editing
from gis.cartography.sheets.items import Box, ColumnItem, MapItem, painting_order
from gis.cartography.sheets.snapping import Handle, snapped, snapped_edges

MapPlace = tuple[tuple[float, float], float]  # centre in the project's CRS, and the scale's denominator
_EDGE = 28  # px of pasteboard around a page that is fitted
_SNAP_PX = 7.0
_RANGE = (0.4, 40.0)  # px per mm
_STEP, _FINE, _LEAP = 1.0, 0.1, 10.0  # mm by the arrow keys: plain, with Alt, with Shift
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip


class PageView(QWidget):
    """``zoomed(px per mm)``, ``pointed(x, y)`` in mm, ``opened(id)`` by double click or Enter, ``menu_wanted(place)``.

    ``content_moved(id, dx, dy)`` mm of paper and ``content_scaled(id, factor, x, y)`` with the place in mm that stays,
    while the content of the map ``content`` is in the hand. Alt holds on to nothing, Shift keeps to one direction.
    """

    zoomed = Signal(float)
    pointed = Signal(float, float)
    opened = Signal(str)
    menu_wanted = Signal(object)
    content_moved = Signal(str, float, float)
    content_scaled = Signal(str, float, float, float)
    content_ended = Signal()
    delete_wanted = Signal()

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.painted: Painted | None = None
        self.zoom, self.origin = 2.0, QPointF(_EDGE, _EDGE)
        self.fitted = True
        self.snapping, self.grid = True, 0.0
        self.content = ""  # the map whose content is in the hand
        self.hand: Pressed | Moving | Resizing | Band | Panning | Content | None = None
        self.waiting = False
        self._space = False
        self.view_of: Callable[[str], MapPlace | None] = lambda _id: None  # what a map is to show, by its id
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(240, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        worded(self, "setAccessibleName", "The page")
        draft.changed.connect(self._changed)
        draft.selected.connect(self._changed)
        theme().changed.connect(self.update)
        words().changed.connect(self._changed)

    # Places ---------------------------------------------------------------------------------------------------------
    def to_mm(self, place: QPointF) -> QPointF:
        """Where on the paper a place of the widget is."""
        return (place - self.origin) / self.zoom

    def to_widget(self, box: Box) -> QRectF:
        """A box of the paper on the screen."""
        return QRectF(
            self.origin + QPointF(box.x, box.y) * self.zoom, QSizeF(box.width, box.height) * self.zoom
        )  # fmt: skip

    def box_of(self, id: str) -> Box | None:
        """The box of an item; of what stands in a column, where it came to lie when it was painted."""
        for item in self.draft.template.items:
            if item.id == id:
                return item.box
            if isinstance(item, ColumnItem) and self.painted is not None and any(c.id == id for c in item.items):
                return self.painted.places.get(id)
        return None

    def at(self, place: QPointF) -> str:
        """The uppermost item at a place of the widget; empty for none."""
        where = self.to_mm(place)
        slack = 3.0 / self.zoom
        for item in reversed(painting_order(self.draft.template.items)):
            if item.box is not None and _within(
                item.box, where, slack if min(item.box.width, item.box.height) < 3 else 0
            ):
                return item.id
        return ""

    def handle_at(self, place: QPointF) -> Handle:
        """The edges of the one selected item that a press here would take hold of."""
        free = self.draft.free
        if len(free) != 1 or len(self.draft.selection) != 1 or self.content:
            return frozenset()
        box = self.box_of(free[0])
        if box is None:
            return frozenset()
        rect = self.to_widget(box)
        for (across, down), edges in HANDLES.items():
            grip = QPointF(rect.x() + across * rect.width(), rect.y() + down * rect.height())
            if max(abs(grip.x() - place.x()), abs(grip.y() - place.y())) <= GRIP_PX:
                return edges
        return frozenset()

    # Looking --------------------------------------------------------------------------------------------------------
    def fit(self) -> None:
        """The whole page, as large as there is room."""
        paper = self.draft.template.paper
        room = QSizeF(max(self.width() - 2 * _EDGE, 60), max(self.height() - 2 * _EDGE, 60))
        self.zoom = min(max(min(room.width() / paper.width, room.height() / paper.height), _RANGE[0]), _RANGE[1])
        self.origin = QPointF(
            (self.width() - paper.width * self.zoom) / 2, (self.height() - paper.height * self.zoom) / 2
        )  # fmt: skip
        self.fitted = True
        self.zoomed.emit(self.zoom)
        self.update()

    def set_zoom(self, zoom: float, around: QPointF | None = None) -> None:
        """So many pixels a millimetre; ``around`` (default: the middle) stays where it is."""
        place = around if around is not None else QPointF(self.width() / 2, self.height() / 2)
        at = self.to_mm(place)
        self.zoom = min(max(zoom, _RANGE[0]), _RANGE[1])
        self.origin = place - at * self.zoom
        self.fitted = False
        self._keep_in_sight()
        self.zoomed.emit(self.zoom)
        self.update()

    def actual_size(self) -> float:
        """Pixels a millimetre at which the page is as large as on paper."""
        return self.screen().physicalDotsPerInch() / 25.4

    def show_painted(self, painted: Painted) -> None:
        """Show these pictures from now on."""
        self.painted = painted
        self.update()

    def wait(self, on: bool) -> None:
        """Whether a newer picture is under way."""
        self.waiting = on
        self.update()

    def set_content(self, id: str) -> None:
        """Take the content of this map in the hand; empty: items again."""
        self.content = id
        self.hand = None
        self.setCursor(Qt.CursorShape.OpenHandCursor if id else Qt.CursorShape.ArrowCursor)
        self.update()

    def _keep_in_sight(self) -> None:
        paper = self.draft.template.paper
        width, height = paper.width * self.zoom, paper.height * self.zoom
        self.origin = QPointF(
            min(max(self.origin.x(), 60 - width), self.width() - 60),
            min(max(self.origin.y(), 60 - height), self.height() - 60),
        )

    def _changed(self, *_language: object) -> None:
        self._say()
        if self.content and self.content not in {item.id for item in self.draft.items}:
            self.set_content("")
            self.content_ended.emit()
        self.update()

    def _say(self) -> None:
        said = [item_name(item) for item in self.draft.chosen]
        self.setAccessibleDescription("、".join(said) if words().language == "zh" else ", ".join(said))

    # Mouse ----------------------------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of an item, an edge, the page or a rubber band."""
        place = event.position()
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self._space
        ):
            self.hand = Panning(place)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self.content:
            box = self.box_of(self.content)
            if box is not None and _within(box, self.to_mm(place), 0):
                self.hand = Content(self.content, place)
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                return
            self.set_content("")
            self.content_ended.emit()
        handle = self.handle_at(place)
        if handle:
            self.hand = Pressed(place, self.draft.free[0], handle=handle)
            return
        id, more = self.at(place), bool(event.modifiers() & _MORE)
        toggled = False
        if id and more:
            chosen = self.draft.selection
            self.draft.select([one for one in chosen if one != id] if id in chosen else [*chosen, id])
            toggled = True
        elif id and id not in self.draft.selection:
            self.draft.select([id])
            toggled = True
        self.hand = Pressed(place, id, toggled)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Carry on with what is in the hand."""
        place, where = event.position(), self.to_mm(event.position())
        self.pointed.emit(where.x(), where.y())
        hand = self.hand
        if isinstance(hand, Pressed) and (place - hand.at).manhattanLength() >= START_PX:
            hand = self._taken(hand, event)
        match hand:
            case Panning():
                self.origin += place - hand.last
                hand.last, self.fitted = place, False
                self._keep_in_sight()
            case Content():
                hand.by = (place - hand.start) / self.zoom
            case Band():
                hand.end = place
                self._select_in(hand)
            case Moving():
                self._move(hand, where, event.modifiers())
            case Resizing():
                self._resize(hand, where, event.modifiers())
            case _:
                if not event.buttons() and not self.content:
                    handle = self.handle_at(place)
                    over = self.at(place)
                    self.setCursor(
                        cursor_of(handle) if handle
                        else Qt.CursorShape.SizeAllCursor if over and over in self.draft.selection
                        else Qt.CursorShape.ArrowCursor
                    )  # fmt: skip
                return
        self.update()

    def _taken(self, pressed: Pressed, event: QMouseEvent) -> Moving | Resizing | Band:
        start = self.to_mm(pressed.at)
        if pressed.handle:
            box = self.box_of(pressed.id)
            assert box is not None
            self.hand = Resizing(pressed.id, start, box, pressed.handle, box)
        elif pressed.id and self.draft.free:
            self.hand = Moving(start, editing.boxes_of(self.draft.template, self.draft.free))
        else:
            kept = self.draft.selection if event.modifiers() & _MORE else ()
            self.hand = Band(pressed.at, event.position(), kept)
        return self.hand

    def _move(self, hand: Moving, where: QPointF, keys: Qt.KeyboardModifier) -> None:
        dx, dy = where.x() - hand.start.x(), where.y() - hand.start.y()
        if keys & Qt.KeyboardModifier.ShiftModifier:
            dx, dy = (dx, 0.0) if abs(dx) >= abs(dy) else (0.0, dy)
        free = bool(keys & Qt.KeyboardModifier.AltModifier) or not self.snapping
        group = editing.around(hand.boxes.values())
        snap = snapped(
            self.draft.template, hand.boxes, dx, dy, tolerance=0.0 if free else _SNAP_PX / self.zoom,
            grid=0.0 if free else self.grid,
        )  # fmt: skip
        hand.dx, hand.dy = snap.box.x - group.x, snap.box.y - group.y
        hand.guides = () if free else snap.guides

    def _resize(self, hand: Resizing, where: QPointF, keys: Qt.KeyboardModifier) -> None:
        free = bool(keys & Qt.KeyboardModifier.AltModifier) or not self.snapping
        ratio = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        dx, dy = where.x() - hand.start.x(), where.y() - hand.start.y()
        snap = snapped_edges(
            self.draft.template, hand.id, box_between(hand.old, hand.handle, dx, dy, ratio), hand.handle,
            tolerance=0.0 if free or ratio else _SNAP_PX / self.zoom, grid=0.0 if free or ratio else self.grid,
        )  # fmt: skip
        hand.box, hand.guides = snap.box, () if free else snap.guides

    def _select_in(self, band: Band) -> None:
        corner, other = self.to_mm(band.start), self.to_mm(band.end)
        rect = QRectF(corner, other).normalized()
        inside = [
            item.id
            for item in self.draft.template.items
            if item.box is not None and rect.contains(QRectF(item.box.x, item.box.y, item.box.width, item.box.height))
        ]
        self.draft.select([*band.kept, *inside])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go: what was dragged becomes one step."""
        hand, self.hand = self.hand, None
        match hand:
            case Moving() if hand.dx or hand.dy:
                self.draft.edit(editing.moved, tuple(hand.boxes), hand.dx, hand.dy)
            case Resizing() if hand.box != hand.old:
                self.draft.edit(editing.resized, hand.id, hand.box)
            case Content() if not hand.by.isNull():
                self.content_moved.emit(hand.id, hand.by.x(), hand.by.y())
            case Pressed() if not hand.toggled and not hand.handle:
                self.draft.select([hand.id] if hand.id else [])
        if isinstance(hand, Panning | Content):
            self.setCursor(Qt.CursorShape.OpenHandCursor if self.content else Qt.CursorShape.ArrowCursor)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open what lies here: a map's content, a text's words, what stands in a column."""
        if event.button() == Qt.MouseButton.LeftButton and not self.content:
            self._open(self.at(event.position()), self.to_mm(event.position()))

    def _open(self, id: str, where: QPointF | None = None) -> None:
        if not id:
            return
        item = editing.item_of(self.draft.template, id)
        if isinstance(item, ColumnItem) and self.painted is not None:
            inside = [
                child.id
                for child in item.items
                if (box := self.painted.places.get(child.id)) is not None and (where is None or _within(box, where, 0))
            ]
            if inside:
                self.draft.select(inside[:1])
                return
        self.draft.select([id])
        if isinstance(item, MapItem):
            self.set_content(id)
        self.opened.emit(id)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the mouse: the page, or the map whose content is in the hand."""
        factor = 1.0015 ** event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            turn = event.angleDelta().y() or event.angleDelta().x()
            self.origin += QPointF(turn / 2.0, 0)
            self._keep_in_sight()
            self.fitted = False
            self.update()
        elif self.content:
            where = self.to_mm(event.position())
            self.content_scaled.emit(self.content, factor, where.x(), where.y())
        elif factor != 1.0:
            self.set_zoom(self.zoom * factor, event.position())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the item here."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            id = self.at(QPointF(event.pos()))
            if id and id not in self.draft.selection:
                self.draft.select([id])
        self.menu_wanted.emit(event.globalPos())

    # Keys -----------------------------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        """Tab walks the items and leaves the page behind the last one."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if (
                key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
                and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
            ):
                back = key == Qt.Key.Key_Backtab
                if self._walk(-1 if back else 1):
                    event.accept()
                    return True
        return super().event(event)

    def _walk(self, step: int) -> bool:
        ids = [item.id for item in self.draft.items]
        chosen = self.draft.selection
        place = ids.index(chosen[-1 if step > 0 else 0]) + step if chosen else (0 if step > 0 else len(ids) - 1)
        if not 0 <= place < len(ids):
            self.draft.select([])
            return False
        self.draft.select([ids[place]])
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move by a millimetre (Alt: a tenth, Shift: ten); Enter opens, Escape lets go, + and − zoom."""
        key, keys = Qt.Key(event.key()), event.modifiers()
        if key in _ARROWS and not keys & Qt.KeyboardModifier.ControlModifier:
            x, y = _ARROWS[key]
            fine, far = keys & Qt.KeyboardModifier.AltModifier, keys & Qt.KeyboardModifier.ShiftModifier
            length = _FINE if fine else _LEAP if far else _STEP
            if self.content:
                self.content_moved.emit(self.content, -5 * x * length, -5 * y * length)
            elif self.draft.free:
                self.draft.edit(editing.moved, self.draft.free, x * length, y * length, gesture="arrows")
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2) and len(self.draft.selection) == 1:
            self._open(self.draft.selection[0])
        elif key == Qt.Key.Key_Escape and (self.hand is not None or self.content or self.draft.selection):
            self._let_go()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            factor = 1 / 1.25 if key == Qt.Key.Key_Minus else 1.25
            box = self.box_of(self.content) if self.content else None
            if box is not None:
                self.content_scaled.emit(self.content, factor, box.x + box.width / 2, box.y + box.height / 2)
            else:
                self.set_zoom(self.zoom * factor)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit()
        elif key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """The space bar lets the page go."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.setCursor(Qt.CursorShape.ArrowCursor)
        super().keyReleaseEvent(event)

    def _let_go(self) -> None:
        if self.hand is not None:
            self.hand = None
        elif self.content:
            self.set_content("")
            self.content_ended.emit()
        else:
            self.draft.select([])
        self.update()

    # Painting -------------------------------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        """A page that was fitted stays so."""
        if self.fitted:
            self.fit()
        else:
            self._keep_in_sight()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The selection is drawn stronger."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """And weaker."""
        self._space = False
        super().focusOutEvent(event)
        self.update()

    def live_box(self, id: str) -> Box | None:
        """Where an item is now, with what is in the hand."""
        box, hand = self.box_of(id), self.hand
        if isinstance(hand, Moving) and id in hand.boxes:
            old = hand.boxes[id]
            return replace(old, x=old.x + hand.dx, y=old.y + hand.dy)
        if isinstance(hand, Resizing) and id == hand.id:
            return hand.box
        return box

    def live_view(self, id: str) -> MapPlace | None:
        """Centre and scale that a map is to show now, with what is in the hand."""
        place, hand = self.view_of(id), self.hand
        if place is not None and isinstance(hand, Content) and hand.id == id:
            (x, y), denominator = place
            per_mm = denominator / 1000.0
            return (x - hand.by.x() * per_mm, y + hand.by.y() * per_mm), denominator
        return place

    def paintEvent(self, event: QPaintEvent) -> None:
        """The pasteboard, the page, its items, and what is selected."""
        painter = QPainter(self)
        paint_page(painter, self)
        if self.painted is None:
            painter.setPen(theme().color("text_faint"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("Drawing the preview…"))
        painter.end()


_MORE = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


def _within(box: Box, at: QPointF, slack: float) -> bool:
    return (
        box.x - slack <= at.x() <= box.right + slack and box.y - slack <= at.y() <= box.bottom + slack
    )  # fmt: skip
