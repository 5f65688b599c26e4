"""The menu that holds every action of the window, family by family, so that each can be reached by menu."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu, QWidget

from desktop.shell.actions import Actions
from desktop.shell.icons import icon
from desktop.shell.words import tr, words


class AllCommands(QMenu):
    """Made anew each time it opens: actions may be registered at any time."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setIcon(icon("mdi6.menu", "text_soft"))
        self.aboutToShow.connect(self.fill)
        words().changed.connect(self._say)
        self._say()

    def fill(self) -> None:
        """A submenu for each family."""
        for action in self.actions():
            if action.menu() is not None:
                action.menu().deleteLater()
        self.clear()
        for name, actions in self._actions.families():
            self.addMenu(tr(name)).addActions(actions)

    def _say(self) -> None:
        self.setTitle(tr("All commands"))
        self.fill()
