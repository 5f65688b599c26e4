"""The list beside the cursor of everything under it, by layer, when that is more than one thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout

from desktop.canvas.hits import Hit
from desktop.canvas.stack import Stack
from desktop.panels.search import class_icon
from desktop.shell.icons import icon
from desktop.shell.words import language, worded

ROWS, ROW = 8, 28
WIDTH = 280
GAP = 14  # pixels between the cursor and the list


class HereList(QFrame):
    """A child of the canvas. The mouse passing over a line outlines the feature, a click or the arrows choose it."""

    def __init__(self, canvas: Any, jobs: Any) -> None:
        super().__init__(canvas)
        self._canvas, self._jobs = canvas, jobs
        self._asked = 0
        self.setObjectName("NoticeCard")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the arrows go to the map, which stays in the hand
        self.list.setIconSize(QSize(18, 18))
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        worded(self.list, "setAccessibleName", "What is here")
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self.list)
        self.list.itemEntered.connect(self._entered)
        self.list.itemClicked.connect(self._clicked)
        canvas.stack.changed.connect(self.show_stack)
        self.hide()

    def show_stack(self, stack: Stack | None) -> None:
        """Stand beside the place of the stack, or go."""
        if stack is None:
            self.hide()
            return
        if self._hits() != list(stack.hits) or not self.isVisible():
            self._fill(stack)
            self._stand(stack)
        self.list.setCurrentRow(stack.chosen)
        self.show()
        self.raise_()

    def _hits(self) -> list[Any]:
        return [self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())]

    def _fill(self, stack: Stack) -> None:
        session = self._canvas.session
        self.list.clear()
        for hit in stack.hits:
            label = session.catalogue[hit.cls].label.text(language())
            said = f"{label}   {hit.text}" if hit.text else label
            item = QListWidgetItem(icon(class_icon(session, hit.cls), "text_soft"), said)
            item.setData(Qt.ItemDataRole.UserRole, hit)
            item.setToolTip(said)
            self.list.addItem(item)
        self._asked += 1
        asked, nameless = self._asked, [hit for hit in stack.hits if not hit.text]
        if nameless:
            self._jobs.quiet(lambda progress: names_of(session, nameless), lambda names: self._name(asked, names))

    def _name(self, asked: int, names: dict[tuple[str, int], str]) -> None:
        """What the map has not written out itself was read: codes and names."""
        if asked != self._asked:
            return
        for row in range(self.list.count()):
            item = self.list.item(row)
            hit = item.data(Qt.ItemDataRole.UserRole)
            if (name := names.get((hit.cls, hit.id))) is not None:
                item.setText(f"{item.text()}   {name}")
                item.setToolTip(item.text())

    def _stand(self, stack: Stack) -> None:
        rows = min(len(stack.hits), ROWS)
        self.setFixedSize(WIDTH, rows * max(ROW, self.list.sizeHintForRow(0)) + 12)
        room = self._canvas.rect()
        right = stack.px + GAP + WIDTH <= room.width()
        x = stack.px + GAP if right else stack.px - GAP - WIDTH
        y = min(max(stack.py - ROW / 2, 4), room.height() - self.height() - 4)
        self.move(round(x), round(max(y, 4)))

    def _entered(self, item: QListWidgetItem) -> None:
        self._canvas.set_hover(item.data(Qt.ItemDataRole.UserRole))

    def _clicked(self, item: QListWidgetItem) -> None:
        self._canvas.stack.choose(self.list.row(item))
        self._canvas.setFocus()

    def leaveEvent(self, event: QEvent) -> None:
        """No line is under the mouse any more."""
        self._canvas.set_hover(None)


def names_of(session: Any, hits: Sequence[Hit]) -> dict[tuple[str, int], str]:
    """The name, or else the code, of features, by (class, id); those with neither are left out."""
    made: dict[tuple[str, int], str] = {}
    with session.reading() as snapshot:
        for cls in {hit.cls for hit in hits}:
            fields = [field for field in ("name", "code") if session.catalogue[cls].has_field(field)]
            read = snapshot.columns(cls, fields, ids=[hit.id for hit in hits if hit.cls == cls], geometry=False)
            for field in reversed(fields):  # the name last: it is the one that is kept
                made |= {
                    (cls, int(id)): str(value) for id, value in zip(read.ids, read.fields[field], strict=True) if value
                }
    return made
