"""Ctrl+K: every action, class, feature, bookmark and coordinate from the keyboard; Ctrl+G: only the places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from desktop.navigation.coordinates import reading_text, system_text
from desktop.navigation.room import Navigation
from desktop.panels.search import class_icon, hit_text, places_of
from desktop.shell.actions import Actions
from desktop.shell.icons import icon
from desktop.shell.theme import theme
from desktop.shell.words import language, tr, worded
from desktop.shell.workspace import Workspace

_ROW = 36
_LETTERS = 2  # the rank of a text whose letters stand in order in a name
_NOTE, _RUN = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Suggestion:
    """One line of the palette: what it says, what kind it is, what it does."""

    text: str
    note: str
    image: QIcon
    run: Callable[[], object]


class CommandPalette(QDialog):
    """A box over the window. Typing narrows, arrows choose, Enter does it, Escape leaves."""

    def __init__(self, window: QWidget, workspace: Workspace, actions: Actions, navigation: Navigation) -> None:
        super().__init__(window, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._window, self._workspace, self._actions, self._navigation = window, workspace, actions, navigation
        self._places = False  # only places are offered
        self._asked = 0
        frame = QFrame()
        frame.setObjectName("CommandPalette")
        self.line = QLineEdit()
        self.line.setProperty("role", "command")
        worded(self.line, "setAccessibleName", "Command palette")
        worded(self, "setAccessibleName", "Command palette")
        self.list = QListWidget()
        self.list.setIconSize(QSize(20, 20))
        self.list.setItemDelegate(_Line(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._nothing = QLabel()
        self._nothing.setProperty("role", "soft")
        self._nothing.setContentsMargins(17, 0, 17, 0)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        inside.addWidget(self.line)
        inside.addWidget(self.list)
        inside.addWidget(self._nothing)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        self._wait = QTimer(self, singleShot=True, interval=120)
        self._wait.timeout.connect(self._search)
        self.line.textChanged.connect(self._typed)
        self.line.installEventFilter(self)
        self.list.itemClicked.connect(self._do)

    def open_over(self, places: bool = False) -> None:
        """Appear in the upper middle of the window, empty; with ``places`` for a coordinate, a code, a name."""
        self._places = places
        self.line.setPlaceholderText(
            tr("A coordinate in any system, a code, an area, a name…")
            if places
            else tr("A command, a class, a code, a coordinate…")
        )
        width = min(640, self._window.width() - 64)
        self.setFixedWidth(width)
        corner = self._window.mapToGlobal(QPoint((self._window.width() - width) // 2, 72))
        self.move(corner)
        self.line.clear()
        self._typed("")
        self.show()
        self.line.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter work on the list while the cursor stays in the line."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key, row = event.key(), self.list.currentRow()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.list.count():
                self.list.setCurrentRow((row + (1 if key == Qt.Key.Key_Down else -1)) % self.list.count())
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self.list.currentItem() is not None:
                    self._do(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    # ----------------------------------------------------------------------------------------------------------------
    def _typed(self, text: str) -> None:
        self._asked += 1
        self.list.clear()
        for suggestion in self._commands(text.strip()):
            self._add(suggestion)
        self.list.setCurrentRow(0)
        self._fit()
        if text.strip() and self._workspace.session is not None:
            self._wait.start()

    def _commands(self, text: str) -> list[Suggestion]:
        made = [*self._coordinates(text), *self._bookmarks(text)]
        return made if self._places else [*made, *self._doings(text)]

    def _coordinates(self, text: str) -> list[Suggestion]:
        """Every sensible reading of the text as a position, each with the system it was taken for."""
        session = self._workspace.session
        if session is None or not text:
            return []
        extent = self._navigation.canvas.extent() if self._navigation.canvas is not None else None
        image = icon("mdi6.crosshairs-gps", "accent")
        return [
            Suggestion(reading_text(one, extent), system_text(one), image, partial(self._navigation.go_to, one))
            for one in places_of(text, session)
        ]

    def _bookmarks(self, text: str) -> list[Suggestion]:
        image = icon("mdi6.bookmark-outline", "accent")
        return [
            Suggestion(one.name, tr("Bookmark"), image, partial(self._navigation.go_to_bookmark, one))
            for one in self._navigation.bookmarks.all()
            if (text or self._places) and match(text, one.name) is not None
        ]

    def _doings(self, text: str) -> list[Suggestion]:
        """Actions, classes, and how each is drawn."""
        found: list[tuple[int, Suggestion]] = []
        keys = self._actions.texts()
        for action in self._actions:
            if action.objectName() == "palette" or not action.isEnabled():
                continue
            rank = match(text, action.text(), keys[action.objectName()])
            if rank is not None:
                note = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) or tr("Command")
                found.append((rank, Suggestion(action.text(), note, action.icon(), action.trigger)))
        session = self._workspace.session
        for cls in session.catalogue if session is not None and text else ():
            rank = match(text, cls.label.zh, cls.label.en, cls.name)
            if rank is not None:
                image = icon(class_icon(session, cls.name), "text_soft")
                found.append(
                    (
                        rank,
                        Suggestion(
                            cls.label.text(language()), tr("Table"), image, self._opener(cls.name, "panel.table")
                        ),
                    )
                )
            if cls.spatial:
                said = tr("Style: {layer}", layer=cls.label.text(language()))
                rank = match(text, said, cls.label.zh, cls.label.en, cls.name)
                if rank is not None and rank < _LETTERS:  # a row for each layer: letters strewn over it are no match
                    image = icon("mdi6.palette-outline", "text_soft")
                    found.append((rank, Suggestion(said, tr("Layers"), image, self._opener(cls.name, "layer.style"))))
        found.sort(key=lambda pair: pair[0])
        return [suggestion for _rank, suggestion in found]

    def _opener(self, cls: str, action: str) -> Callable[[], object]:
        def opener() -> None:
            self._workspace.set_class(cls)
            self._actions[action].trigger()

        return opener

    def _search(self) -> None:
        text, session = self.line.text().strip(), self._workspace.session
        if not text or session is None or not self.isVisible():
            return
        asked = self._asked
        self._workspace.jobs.quiet(
            lambda progress: session.search(text, limit=20), lambda hits: self._found(asked, hits)
        )

    def _found(self, asked: int, hits: list[Any]) -> None:
        session = self._workspace.session
        if asked != self._asked or session is None:
            return
        for hit in hits:
            label = session.catalogue[hit.cls].label.text(language())
            image = icon(class_icon(session, hit.cls), "text_soft")
            go = lambda cls=hit.cls, id=int(hit.id): self._workspace.go_to(cls, id)  # noqa: E731
            self._add(Suggestion(hit_text(hit), label, image, go))
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        self._fit()

    def _fit(self) -> None:
        """As high as the list needs, ten lines at most; without a line say so."""
        waiting = not self.line.text().strip()  # nothing was asked for yet
        self._nothing.setText(tr("Type a place: a coordinate, a code, a name") if waiting else tr("Nothing found"))
        self._nothing.setVisible(not self.list.count())
        self.list.setVisible(bool(self.list.count()))
        rows = max(1, min(10, self.list.count()))
        self.setFixedHeight(rows * _ROW + 48 + 24)

    def _add(self, suggestion: Suggestion) -> None:
        item = QListWidgetItem(suggestion.image, suggestion.text)
        item.setData(_NOTE, suggestion.note)
        item.setData(_RUN, suggestion.run)
        self.list.addItem(item)

    def _do(self, item: QListWidgetItem) -> None:
        run = item.data(_RUN)
        self.hide()
        run()


def match(text: str, *names: str) -> int | None:
    """How well a text fits any of these names: 0 begins, 1 stands inside, 2 its letters stand in order; None not."""
    wanted = text.casefold()
    best: int | None = None
    for name in names:
        said = name.casefold()
        if said.startswith(wanted):
            rank = 0
        elif wanted in said:
            rank = 1
        else:
            letters = iter(said)
            if not all(letter in letters for letter in wanted.replace(" ", "")):
                continue
            rank = _LETTERS
        best = rank if best is None else min(best, rank)
    return best


class _Line(QStyledItemDelegate):
    """Icon, text, and at the right in soft colour what kind of thing it is."""

    def sizeHint(self, option: Any, index: Any) -> QSize:
        """Rows of equal height."""
        return QSize(200, _ROW)

    def paint(self, painter: QPainter, option: Any, index: Any) -> None:
        """See the class."""
        look, rect = theme(), QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("accent_soft"))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 6, 6)
        index.data(Qt.ItemDataRole.DecorationRole).paint(painter, QRect(rect.left() + 8, rect.top() + 8, 20, 20))
        note = index.data(_NOTE)
        width = option.fontMetrics.horizontalAdvance(note)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(look.color("text_soft"))
        painter.drawText(rect.adjusted(0, 0, -12, 0), middle | Qt.AlignmentFlag.AlignRight, note)
        painter.setPen(look.color("text"))
        room = rect.width() - 40 - width - 28
        text = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(rect.adjusted(40, 0, -12, 0), middle | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()
