"""Everything a user can do, once: menus, bars, shortcuts and the command palette all read this registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop.shell.icons import icon
from desktop.shell.words import tr, words


class Actions(QObject):
    """The actions of one window, by id ("project.open"). Their texts follow the language."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._made: dict[str, QAction] = {}
        self._texts: dict[str, str] = {}
        self._conditions: dict[str, Callable[[], bool]] = {}
        words().changed.connect(self._say)

    def add(
        self,
        id: str,
        text: str,
        handler: Callable[[], object],
        icon_name: str = "",
        shortcut: str = "",
        *,
        when: Callable[[], bool] | None = None,
        checkable: bool = False,
    ) -> QAction:
        """Register an action. ``text`` is the English text; ``when`` says whether it can be done now."""
        action = QAction(self._window)
        action.setObjectName(id)
        if icon_name:
            action.setIcon(icon(icon_name))
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setCheckable(checkable)
        action.triggered.connect(lambda _checked=False: handler())
        self._made[id], self._texts[id] = action, text
        if when is not None:
            self._conditions[id] = when
            action.setEnabled(when())
        self._word(id)
        self._window.addAction(action)
        return action

    def __getitem__(self, id: str) -> QAction:
        return self._made[id]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._made.values())

    def texts(self) -> dict[str, str]:
        """The English text of every action, by id."""
        return dict(self._texts)

    def refresh(self) -> None:
        """Ask every condition again."""
        for id, when in self._conditions.items():
            self._made[id].setEnabled(when())

    def _say(self) -> None:
        for id in self._made:
            self._word(id)

    def _word(self, id: str) -> None:
        action, said = self._made[id], tr(self._texts[id])
        action.setText(said)
        shortcut = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        plain = said.rstrip("…")
        action.setToolTip(f"{plain}  ({shortcut})" if shortcut else plain)
