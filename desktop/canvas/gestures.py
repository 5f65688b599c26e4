"""The hands on the map: mouse, wheel, fingers and keys become movements of the view, or go to the tool.

Whatever the tool, the middle button or Space with the left one drags the map, the wheel zooms at the cursor, two
fingers zoom and drag, buttons 4 and 5 go back and forth. One finger is the left button; the right button asks for the
menu unless the tool has a use for it.
"""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QEventPoint,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QTouchEvent,
    QWheelEvent,
)

from desktop.tools.tool import MOVED, Pointer
from gis.cartography.view import View

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas

STEP = 1.25  # zoom of one wheel notch
FINE = 4.0  # with Ctrl a notch zooms this many times less
REST_MS = 350
GESTURES = frozenset(
    {
        QEvent.Type.NativeGesture,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TouchEnd,
        QEvent.Type.TouchCancel,
        QEvent.Type.ShortcutOverride,
    }
)  # fmt: skip - the kinds of event that Gestures.event wants to see
_TOOL_KEYS = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Escape, Qt.Key.Key_Return)
_LIST_KEYS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_LEFT, _MIDDLE, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
_SHIFT, _CTRL, _ALT = (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
)  # fmt: skip


class Gestures:
    """Reads the events of one canvas."""

    def __init__(self, canvas: MapCanvas) -> None:
        self._canvas = canvas
        self._space = self._panning = False
        self.shift = False  # whether Shift was held with the last key
        self._last: QPointF | None = None
        self._right: QPointF | None = None  # where the right button went down
        self._anchor: tuple[QPointF, tuple[float, float], View] | None = None
        self._fingers: tuple[QPointF, float] | None = None  # middle of two fingers and their distance
        self._finger: tuple[QPointF, bool] | None = None  # where one finger came down, whether it drags
        self._rest = QTimer(canvas, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._rested)

    @property
    def place(self) -> QPointF:
        """The pixel under the cursor, or the middle when it has not been over the map."""
        return self._last or QPointF(self._canvas.width() / 2, self._canvas.height() / 2)

    def pointer(self, at: QPointF, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, left: bool = False) -> (
        Pointer
    ):  # fmt: skip
        """A pixel as tools are told of it."""
        x, y = self._canvas.view.to_world(at.x(), at.y())
        return Pointer(at.x(), at.y(), x, y, left, bool(keys & _SHIFT), bool(keys & _CTRL), bool(keys & _ALT))

    def stop(self) -> None:
        """End the waiting for the mouse to rest."""
        self._rest.stop()

    # ---------------------------------------------------------------------------------------------------------- mouse
    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        canvas, button = self._canvas, event.button()
        self._rest.stop()
        canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        at = self._last = event.position()
        if button == _MIDDLE or (button == _LEFT and self._space):
            self._panning = True
            canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif button == Qt.MouseButton.BackButton:
            canvas.previous_view()
        elif button == Qt.MouseButton.ForwardButton:
            canvas.next_view()
        elif button == _RIGHT:
            self._right = at
        elif button == _LEFT and canvas.session is not None:
            canvas.tool.press(self._of(event))

    def move(self, event: QMouseEvent) -> None:
        """The mouse moved, with buttons or without."""
        canvas, at = self._canvas, event.position()
        if self._panning and self._last is not None:
            canvas.pan_by(round(at.x() - self._last.x()), round(at.y() - self._last.y()))
        elif canvas.session is not None:
            canvas.tool.move(self._of(event))
        self._last = at
        canvas.cursorMoved.emit(*canvas.view.to_world(at.x(), at.y()))
        if event.buttons() == Qt.MouseButton.NoButton:
            self._rest.start()

    def release(self, event: QMouseEvent) -> None:
        """A button went up."""
        canvas, button = self._canvas, event.button()
        if self._panning and button in (_MIDDLE, _LEFT):
            self._panning = False
            self._show_cursor()
        elif button == _RIGHT and self._right is not None:
            at, self._right = self._right, None
            if (event.position() - at).manhattanLength() <= 2 * MOVED:
                self.ask_menu(self._of(event))
        elif button == _LEFT and canvas.session is not None:
            canvas.tool.release(self._of(event))

    def double_click(self, event: QMouseEvent) -> None:
        """The left button was pressed twice."""
        if event.button() == _LEFT and self._canvas.session is not None:
            self._canvas.tool.double_click(self._of(event))

    def leave(self) -> None:
        """The mouse has left the map."""
        self._rest.stop()
        self._canvas.set_hover(None)

    def ask_menu(self, at: Pointer) -> None:
        """Offer what can be done here, unless the tool has a use for the right button."""
        canvas = self._canvas
        self._rest.stop()
        if canvas.session is not None and not canvas.tool.menu(at):
            canvas.menuWanted.emit(at)

    def context_menu(self, event: QContextMenuEvent) -> None:
        """The menu key; the mouse's own event is answered when the button goes up."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.ask_menu(self.pointer(self.place))
        event.accept()

    def wheel(self, event: QWheelEvent) -> None:
        """A wheel zooms at the cursor, finely with Ctrl; two fingers on a touchpad drag, with Ctrl they zoom."""
        canvas, at, turned, pixels = self._canvas, event.position(), event.angleDelta(), event.pixelDelta()
        device, fine = event.device(), bool(event.modifiers() & _CTRL)
        touchpad = device is not None and device.type() == device.DeviceType.TouchPad
        if touchpad and not pixels.isNull() and not fine:
            canvas.pan_by(pixels.x(), pixels.y())
        else:
            notches = (turned.y() or turned.x()) / 120.0  # with Alt some systems turn the wheel sideways
            self._zoom(STEP ** (notches / FINE if fine and not touchpad else notches), at)
        event.accept()

    def _zoom(self, factor: float, at: QPointF) -> None:
        """Zoom about a pixel. Views lie on the pixel grid; many small steps still hold on to one and the same point."""
        canvas = self._canvas
        known = self._anchor
        if known is not None and known[2] == canvas.view and known[0] == at:
            world = known[1]
        else:
            world = canvas.view.to_world(at.x(), at.y())
        canvas.zoom_by(factor, at.x(), at.y(), world)
        self._anchor = (at, world, canvas.view)

    def _of(self, event: QMouseEvent) -> Pointer:
        return self.pointer(event.position(), event.modifiers(), bool(event.buttons() & _LEFT))

    def _rested(self) -> None:
        canvas = self._canvas
        if self._last is not None and canvas.session is not None and canvas.underMouse():
            canvas.tool.rest(self.pointer(self._last))

    def _show_cursor(self) -> None:
        self._canvas.setCursor(Qt.CursorShape.OpenHandCursor if self._space else self._canvas.tool.cursor)

    # -------------------------------------------------------------------------------------------------------- fingers
    def event(self, event: QEvent) -> bool:
        """Pinches, touches, and keys which the tool wants before the window's shortcuts; True when it was used."""
        kind = event.type()
        if isinstance(event, QNativeGestureEvent):
            return self._native(event)
        if isinstance(event, QTouchEvent):
            if kind == QEvent.Type.TouchCancel:
                self._fingers = self._finger = None
            else:
                self._touch(event)
            event.accept()
            return True
        # While something is being drawn, Backspace, Delete and Escape belong to the tool and not to the window.
        override = kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._canvas.tool.busy
        if override and event.key() in _TOOL_KEYS:
            event.accept()
            return True
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & (_CTRL | _ALT | Qt.KeyboardModifier.MetaModifier)
            if plain and self._canvas.session is not None and self._canvas.tool.wants(Qt.Key(event.key())):
                event.accept()
                return True
        return False

    def _native(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._zoom(max(1.0 + event.value(), 0.1), event.position())
            return True
        if event.gestureType() == Qt.NativeGestureType.SmartZoomNativeGesture:
            self._zoom(2.0, event.position())
            return True
        return False

    def _touch(self, event: QTouchEvent) -> None:
        points = [p for p in event.points() if p.state() != QEventPoint.State.Released]
        if len(points) >= 2:
            self._pinch(points[0].position(), points[1].position())
            return
        self._fingers = None
        if self._canvas.session is None:
            return
        if len(points) == 1:
            self._one_finger(points[0], event.modifiers(), begins=event.type() == QEvent.Type.TouchBegin)
        elif self._finger is not None:
            at = self._last or self._finger[0]
            if not self._finger[1]:  # a tap
                self._canvas.tool.press(self.pointer(at, event.modifiers(), left=True))
            self._canvas.tool.release(self.pointer(at, event.modifiers()))
            self._finger = None

    def _pinch(self, a: QPointF, b: QPointF) -> None:
        if self._finger is not None and self._finger[1]:
            self._canvas.tool.release(self.pointer(self._last or a))
        self._finger = None
        middle, apart = (a + b) / 2, max(hypot(a.x() - b.x(), a.y() - b.y()), 1.0)
        if self._fingers is not None:
            before, then = self._fingers
            world = self._canvas.view.to_world(before.x(), before.y())
            self._canvas.zoom_by(apart / then, middle.x(), middle.y(), world)
        self._fingers = (middle, apart)

    def _one_finger(self, point: QEventPoint, keys: Qt.KeyboardModifier, begins: bool) -> None:
        at = point.position()
        if begins:
            self._finger, self._last = (at, False), at
            return
        if self._finger is None:  # what is left of a pinch
            return
        start, dragging = self._finger
        if not dragging and (at - start).manhattanLength() > 2 * MOVED:
            self._finger = (start, True)
            self._canvas.tool.press(self.pointer(start, keys, left=True))
            dragging = True
        self._last = at
        if dragging:
            self._canvas.tool.move(self.pointer(at, keys, left=True))

    # ----------------------------------------------------------------------------------------------------------- keys
    def key_press(self, event: QKeyEvent) -> bool:
        """A key went down; True when it was used."""
        canvas, key = self._canvas, Qt.Key(event.key())
        self.shift = bool(event.modifiers() & _SHIFT)
        if key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            canvas.setCursor(Qt.CursorShape.OpenHandCursor)
            return True
        if key == Qt.Key.Key_C and event.modifiers() & _CTRL:
            canvas.copy()
            return True
        if canvas.stack.now is not None:
            if key in _LIST_KEYS:
                canvas.stack.step(_LIST_KEYS[key])
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
                canvas.stack.leave()
                if key != Qt.Key.Key_Escape:  # which also lets go of what was chosen
                    return True
        if canvas.session is not None and canvas.tool.key(key):
            return True
        return self._navigate(key, event.modifiers())

    def key_release(self, event: QKeyEvent) -> bool:
        """A key went up; True when it was used."""
        if event.key() != Qt.Key.Key_Space or event.isAutoRepeat():
            return False
        self._space = False
        if not self._panning:
            self._canvas.setCursor(self._canvas.tool.cursor)
        return True

    def _navigate(self, key: Qt.Key, keys: Qt.KeyboardModifier) -> bool:
        canvas = self._canvas
        if keys & _ALT:
            jump = {Qt.Key.Key_Left: canvas.previous_view, Qt.Key.Key_Right: canvas.next_view}.get(key)
            if jump is not None:
                jump()
            return jump is not None
        share = 0.5 if keys & _SHIFT else 0.15
        dx, dy = round(canvas.width() * share), round(canvas.height() * share)
        page = round(canvas.height() * 0.85)
        moves = {
            Qt.Key.Key_Left: (dx, 0), Qt.Key.Key_Right: (-dx, 0), Qt.Key.Key_Up: (0, dy), Qt.Key.Key_Down: (0, -dy),
            Qt.Key.Key_PageUp: (0, page), Qt.Key.Key_PageDown: (0, -page),
        }  # fmt: skip
        if key in moves:
            canvas.pan_by(*moves[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            canvas.zoom_by(STEP**2)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            canvas.zoom_by(STEP**-2)
        elif key == Qt.Key.Key_Home:
            canvas.zoom_full()
        else:
            return False
        return True
