"""Exact entry while drawing: a bar at the foot of the map shows length, bearing and position, and takes typing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout

from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded
from desktop.tools.entry_text import bearing_of, is_place, length_of, place_of
from gis.cartography.snapping import Place
from gis.errors import Refusal
from gis.geometry.construction import bearing, distance

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas
    from desktop.tools.draw_constraints import Constraints

_KEYS = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
EDGE, FOOT = 14, 46  # pixels from the map's edges: the scale bar stays in sight below


class Takes(Protocol):
    """What the bar types for."""

    constraints: Constraints

    @property
    def last(self) -> Place | None:
        """From where distance and bearing are measured."""

    @property
    def now(self) -> Place | None:
        """Where the next vertex would go."""

    def typed(self, place: Place) -> None:
        """A place was typed and confirmed."""

    def measured(self, metres: float) -> bool:
        """A length alone was typed and confirmed; True when that was all that is needed."""

    def confirm(self) -> None:
        """Enter without anything typed."""

    def constrained(self) -> None:
        """Distance or bearing were fixed or freed."""


class EntryBar(QFrame):
    """A child of the canvas. Distance and bearing are fixed as soon as they are typed; with their lock they stay so."""

    def __init__(self, canvas: MapCanvas) -> None:
        super().__init__(canvas)
        self.setObjectName("Popup")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._canvas = canvas
        self._tool: Takes | None = None
        self._typed: set[QLineEdit] = set()
        worded(self, "setAccessibleName", "Exact entry")
        self.distance, self.distance_lock = self._field("Distance", 84), self._lock("Keep this distance")
        self.bearing, self.bearing_lock = self._field("Bearing", 76), self._lock("Keep this bearing")
        self.place = self._field("draw|Position", 196)
        worded(
            self.place, "setToolTip", "A position in any system; @10,5: metres east, north; 25<90: distance, bearing"
        )
        self.relation = QLabel()
        self.relation.setProperty("role", "soft")
        self.said = QLabel()
        self.said.setProperty("role", "problem")
        self.said.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(4)
        for words, edit, lock in (
            ("Distance", self.distance, self.distance_lock), ("Bearing", self.bearing, self.bearing_lock),
            ("draw|Position", self.place, None),
        ):  # fmt: skip
            name = QLabel()
            name.setProperty("role", "soft")
            worded(name, "setText", words)
            row.addWidget(name)
            row.addWidget(edit)
            if lock is not None:
                row.addWidget(lock)
            row.addSpacing(8)
        row.addWidget(self.relation)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.said)
        self.said.hide()
        self.hide()
        canvas.installEventFilter(self)

    def _field(self, words: str, width: int) -> QLineEdit:
        edit = QLineEdit()
        edit.setFixedWidth(width)
        worded(edit, "setAccessibleName", words)
        edit.textEdited.connect(self._edited)
        edit.installEventFilter(self)
        return edit

    def _lock(self, words: str) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setIcon(icon("mdi6.lock-open-variant-outline", "text_faint"))
        button.setIconSize(QSize(16, 16))
        button.setFixedSize(26, 26)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        worded(button, "setToolTip", words)
        worded(button, "setAccessibleName", words)
        button.toggled.connect(self._locked)
        return button

    # ---------------------------------------------------------------------------------------------------- by the tool
    def serve(self, tool: Takes | None) -> None:
        """Show up for a tool (None: go away)."""
        self._tool = tool
        self.reset(locks=True)
        self.setVisible(tool is not None)
        if tool is not None:
            self.refresh()
            self._stand()
            self.raise_()

    def open(self, letter: str = "") -> None:
        """Take the typing, beginning with this letter: a digit is a distance where there is a last vertex."""
        if self._tool is None:
            return
        edit = self.place if letter == "@" or self._tool.last is None else self.distance
        edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if letter:
            edit.setText(letter)
            self._take(edit, letter)
        else:
            edit.selectAll()

    def refresh(self) -> None:
        """Show where the cursor is, except in the fields that were typed in."""
        tool = self._tool
        if tool is None:
            return
        last, now, held = tool.last, tool.now, tool.constraints
        measured = last is not None and now is not None and last != now
        shown = {
            self.distance: f"{distance(last, now):.2f}" if measured else "",
            self.bearing: f"{bearing(last, now):.2f}" if measured else "",
            self.place: f"{now[0]:.2f}, {now[1]:.2f}" if now is not None else "",
        }
        for edit, text in shown.items():
            if edit not in self._typed and not edit.hasFocus():
                edit.setText(text)
                edit.setCursorPosition(0)
            elif edit not in self._typed:
                edit.setText(text)
                edit.selectAll()
        for edit in (self.distance, self.bearing):
            edit.setEnabled(last is not None)
        words = {"": "", "perpendicular": tr("⟂ {bearing}°"), "parallel": tr("∥ {bearing}°")}[held.relation]
        self.relation.setText(words.format(bearing=f"{held.base % 180:.1f}"))
        self.relation.setVisible(bool(words))
        if self.relation.isVisible() or self.sizeHint().width() != self.width():
            self._stand()

    def tell(self, refusal: Refusal | None) -> None:
        """Say beside the figures why something could not be done; None: it is settled."""
        self._say(f"{refusal.message(language())}  {refusal.hint(language())}" if refusal is not None else "")

    def reset(self, locks: bool = False) -> None:
        """Forget what was typed for the last vertex; values with a lock stay unless ``locks``."""
        if locks:
            for lock in (self.distance_lock, self.bearing_lock):
                lock.setChecked(False)
        self._typed = {
            edit for edit, lock in ((self.distance, self.distance_lock), (self.bearing, self.bearing_lock))
            if lock.isChecked() and edit in self._typed
        }  # fmt: skip
        self._say("")
        self._fix()

    def back(self) -> bool:
        """Escape: let go of what was typed and fixed; False when there was nothing."""
        held = bool(self._typed) or self.distance_lock.isChecked() or self.bearing_lock.isChecked()
        inside = any(edit.hasFocus() for edit in (self.distance, self.bearing, self.place))
        self.reset(locks=True)
        self.refresh()
        if inside:
            self._canvas.setFocus()
        return held or inside

    # -------------------------------------------------------------------------------------------------------- typing
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter, Escape and Tab in a field; the canvas's size."""
        if watched is self._canvas:
            if event.type() == QEvent.Type.Resize:
                self._stand()
            return False
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() == QEvent.Type.ShortcutOverride and event.key() in _KEYS:
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.commit()
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.back()
            return True
        if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._next(watched, 1 if event.key() == Qt.Key.Key_Tab else -1)
            return True
        return False

    def _next(self, edit: QObject, step: int) -> None:
        fields = [field for field in (self.distance, self.bearing, self.place) if field.isEnabled()]
        chosen = fields[(fields.index(edit) + step) % len(fields)]  # type: ignore[arg-type]
        chosen.setFocus(Qt.FocusReason.TabFocusReason)
        chosen.selectAll()

    def _edited(self, text: str) -> None:
        edit = self.sender()
        if isinstance(edit, QLineEdit):
            self._take(edit, text)

    def _take(self, edit: QLineEdit, text: str) -> None:
        (self._typed.add if text.strip() else self._typed.discard)(edit)
        self._fix()

    def _locked(self, on: bool) -> None:
        button = self.sender()
        if isinstance(button, QToolButton):
            edit = self.distance if button is self.distance_lock else self.bearing
            image = "mdi6.lock" if on else "mdi6.lock-open-variant-outline"
            button.setIcon(icon(image, "accent" if on else "text_faint"))
            if on and edit.text().strip():
                self._typed.add(edit)
            elif not on:
                self._typed.discard(edit)
        self._fix()

    def _fix(self) -> None:
        """What is typed holds at once, as far as it can be understood."""
        if self._tool is None:
            return
        held = self._tool.constraints
        self._say("")
        held.distance = self._value(self.distance, length_of)
        held.bearing = self._value(self.bearing, bearing_of)
        if held.bearing is not None:
            held.relation = ""
        self._tool.constrained()

    def _value(self, edit: QLineEdit, reader: object) -> float | None:
        if edit not in self._typed or is_place(edit.text()):
            return None
        try:
            return reader(edit.text())  # type: ignore[operator, no-any-return]
        except Refusal:
            return None  # said when it is confirmed

    def commit(self) -> None:
        """Enter: go to what was typed; what cannot be understood is said, and nothing happens."""
        tool = self._tool
        if tool is None:
            return
        try:
            self._commit(tool)
        except Refusal as refusal:
            self.tell(refusal)
            return
        if any(edit.hasFocus() for edit in (self.distance, self.bearing, self.place)):
            self._canvas.setFocus()

    def _commit(self, tool: Takes) -> None:
        written = next((e for e in (self.place, self.distance, self.bearing) if e in self._typed and
                        (e is self.place or is_place(e.text()))), None)  # fmt: skip
        if written is not None:
            crs = self._canvas.project_crs
            assert crs is not None
            place, _ = place_of(written.text(), tool.last, crs)
            tool.typed(place)
            return
        if not self._typed & {self.distance, self.bearing}:
            tool.confirm()
            return
        metres = length_of(self.distance.text()) if self.distance in self._typed else None
        if self.bearing in self._typed:
            bearing_of(self.bearing.text())  # what was typed must be understood
        if metres is not None and self.bearing not in self._typed and tool.measured(metres):
            return
        if tool.last is None:
            raise Refusal("drawing.no_vertex_yet")
        if tool.now is not None:
            tool.typed(tool.now)

    # ----------------------------------------------------------------------------------------------------------------
    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))
        self._stand()

    def _stand(self) -> None:
        """In the middle of the lower edge."""
        if not self.isVisibleTo(self._canvas):
            return
        self.layout().activate()
        self.resize(self.layout().totalSizeHint())
        x = max(EDGE, (self._canvas.width() - self.width()) // 2)
        self.move(x, self._canvas.height() - self.height() - FOOT)
