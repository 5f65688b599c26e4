"""The composer's tools: one row of buttons over the page, all with names, tips and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from desktop.sheets.composer.wording import KINDS
from desktop.shell.icons import icon
from desktop.shell.words import mark, tr, worded, words


@dataclass(frozen=True)
class Tool:
    """One button. ``group``: buttons of one group stand together."""

    name: str
    text: str
    icon: str
    keys: str = ""
    group: int = 0
    checkable: bool = False


TOOLS = (
    Tool("undo", mark("Undo"), "mdi6.undo", "Ctrl+Z"),
    Tool("redo", mark("Redo"), "mdi6.redo", "Ctrl+Y"),
    Tool("align_left", mark("Align left edges"), "mdi6.align-horizontal-left", "Ctrl+Shift+L", 1),
    Tool("align_center", mark("Align centres across"), "mdi6.align-horizontal-center", "", 1),
    Tool("align_right", mark("Align right edges"), "mdi6.align-horizontal-right", "Ctrl+Shift+R", 1),
    Tool("align_top", mark("Align top edges"), "mdi6.align-vertical-top", "Ctrl+Shift+T", 1),
    Tool("align_middle", mark("Align middles"), "mdi6.align-vertical-center", "", 1),
    Tool("align_bottom", mark("Align bottom edges"), "mdi6.align-vertical-bottom", "Ctrl+Shift+B", 1),
    Tool("distribute_horizontal", mark("Equal gaps across"), "mdi6.distribute-horizontal-center", "", 1),
    Tool("distribute_vertical", mark("Equal gaps down"), "mdi6.distribute-vertical-center", "", 1),
    Tool("raise", mark("Bring forward"), "mdi6.arrange-bring-forward", "Ctrl+]", 2),
    Tool("lower", mark("Send backward"), "mdi6.arrange-send-backward", "Ctrl+[", 2),
    Tool("duplicate", mark("Duplicate"), "mdi6.content-duplicate", "Ctrl+D", 2),
    Tool("delete", mark("Delete"), "mdi6.trash-can-outline", "Delete", 2),
    Tool("snap", mark("Hold on to edges and margins"), "mdi6.magnet", "", 3, True),
)


class Bar(QFrame):
    """``actions_`` by name; the window connects them."""

    def __init__(self, window: QWidget, add: Callable[[str], None]) -> None:
        super().__init__()
        self.setObjectName("TopBar")
        self.actions_: dict[str, QAction] = {}
        self._texts = {tool.name: tool.text for tool in TOOLS}
        self._keys = {tool.name: tool.keys for tool in TOOLS}
        self.templates = QPushButton()
        self.templates.setIcon(icon("mdi6.view-grid-outline"))
        worded(self.templates, "setText", "Templates…")
        self.add = QPushButton()
        self.add.setIcon(icon("mdi6.plus"))
        worded(self.add, "setText", "composer|Add")
        self.menu = QMenu(self.add)
        self._add_actions: dict[str, QAction] = {}
        for kind, (text, picture) in KINDS.items():
            action = self.menu.addAction(icon(picture, "text_soft"), tr(text))
            action.triggered.connect(_call(add, kind))
            self._add_actions[kind] = action
        self.add.setMenu(self.menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(2)
        row.addWidget(self.templates)
        row.addSpacing(6)
        row.addWidget(self.add)
        row.addSpacing(6)
        group = 0
        for tool in TOOLS:
            if tool.group != group:
                group = tool.group
                line = QFrame()
                line.setProperty("role", "rule")
                line.setFixedSize(1, 22)
                row.addSpacing(5)
                row.addWidget(line)
                row.addSpacing(5)
            action = QAction(icon(tool.icon), "", window)
            action.setObjectName(tool.name)
            action.setCheckable(tool.checkable)
            if tool.keys and tool.keys != "Delete":  # in a field that deletes a letter: the page hears it itself
                action.setShortcut(QKeySequence(tool.keys))
                action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
                window.addAction(action)
            button = QToolButton()
            button.setDefaultAction(action)
            self.actions_[tool.name] = action
            row.addWidget(button)
        row.addStretch(1)
        self.row = row
        words().changed.connect(self._say)
        self._say()

    def _say(self, *_language: object) -> None:
        for kind, action in self._add_actions.items():
            action.setText(tr(KINDS[kind][0]))
        for name, action in self.actions_.items():
            said = tr(self._texts[name])
            keys = QKeySequence(self._keys[name]).toString(QKeySequence.SequenceFormat.NativeText)
            action.setText(said)
            action.setToolTip(f"{said}  ({keys})" if keys else said)


def _call(function: Callable[[str], None], argument: str) -> Callable[[bool], None]:
    return lambda _on: function(argument)
