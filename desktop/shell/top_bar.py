"""The one bar on top: project, modes and their few tools, command search, undo, language, theme, settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from desktop.shell.actions import Actions
from desktop.shell.icons import icon, logo
from desktop.shell.theme import theme
from desktop.shell.words import mark, tr, worded, words
from desktop.shell.workspace import MODES, Workspace

HEIGHT = 48
MODE_TEXTS = {
    "browse": mark("Browse"),
    "edit": mark("Edit"),
    "analyse": mark("Analyse"),
    "print": mark("Print"),
}


class TopBar(QFrame):
    """Shows the tools of the mode in force; ``tools`` names the actions of each mode."""

    def __init__(
        self,
        workspace: Workspace,
        actions: Actions,
        tools: Mapping[str, Sequence[str]],
        menus: Mapping[str, QMenu],
        project_menu: QMenu,
    ) -> None:
        super().__init__()
        self.setObjectName("TopBar")
        self.setFixedHeight(HEIGHT)
        self._workspace, self._actions, self._tools, self._menus = workspace, actions, tools, menus
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(4)
        self._logo = QLabel()
        row.addWidget(self._logo)
        self.project = QToolButton()
        self.project.setProperty("role", "project")
        self.project.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.project.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.project.setMenu(project_menu)
        self.project.setMaximumWidth(232)
        worded(self.project, "setAccessibleName", "Project menu")
        row.addWidget(self.project)
        row.addSpacing(12)
        self._working = QWidget()  # modes and tools: only while there is a project to use them on
        working = QHBoxLayout(self._working)
        working.setContentsMargins(0, 0, 0, 0)
        working.setSpacing(12)
        self._tool_row = QHBoxLayout()
        self._tool_row.setSpacing(2)
        working.addWidget(self._make_modes())
        working.addLayout(self._tool_row)
        row.addWidget(self._working)
        row.addStretch(1)
        self.command = QToolButton()
        self.command.setObjectName("Command")
        self.command.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.command.setIcon(icon("mdi6.magnify", "text_faint"))
        self.command.setIconSize(QSize(16, 16))
        self.command.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.command.clicked.connect(actions["palette"].trigger)
        row.addWidget(self.command)
        row.addSpacing(4)
        for id in ("edit.undo", "edit.redo"):
            row.addWidget(self.button(actions[id]))
        self.language = self.button(actions["language"])
        self.language.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._optional = (_rule(), self.language, self.button(actions["theme"]))
        for widget in self._optional:
            row.addWidget(widget)
        row.addWidget(self.button(actions["settings"]))
        self._room = QTimer(self, singleShot=True, interval=0)  # new tools know their size only then
        self._room.timeout.connect(self._fit)
        workspace.session_changed.connect(self._say)
        workspace.mode_changed.connect(self._show_mode)
        words().changed.connect(self._say)
        theme().changed.connect(self._draw_logo)
        self._draw_logo()
        self._show_mode(workspace.mode)
        self._say()

    def button(self, action: QAction, text: bool = False) -> QToolButton:
        """A button of an action, with its tip; its picture alone unless ``text``."""
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(20, 20))
        style = Qt.ToolButtonStyle
        button.setToolButtonStyle(style.ToolButtonTextBesideIcon if text else style.ToolButtonIconOnly)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if action.objectName() in self._menus:
            button.setMenu(self._menus[action.objectName()])
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button

    def _make_modes(self) -> QFrame:
        frame = QFrame()
        frame.setObjectName("Modes")
        frame.setFixedHeight(34)
        row = QHBoxLayout(frame)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        self.modes = QButtonGroup(self)
        for place, mode in enumerate(MODES):
            button = QToolButton()
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            worded(button, "setText", MODE_TEXTS[mode])
            worded(button, "setAccessibleName", MODE_TEXTS[mode])
            self.modes.addButton(button, place)
            row.addWidget(button)
        self.modes.idClicked.connect(lambda place: self._actions[f"mode.{MODES[place]}"].trigger())
        return frame

    def _show_mode(self, mode: str) -> None:
        self.modes.button(MODES.index(mode)).setChecked(True)
        while (item := self._tool_row.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().hide()
                item.widget().deleteLater()
        for id in self._tools[mode]:
            if id == "|":
                self._tool_row.addWidget(_rule())
                continue
            action = self._actions[id]
            self._tool_row.addWidget(self.button(action, text=id in self._menus))
        self._room.start()

    def _say(self) -> None:
        session = self._workspace.session
        self._working.setVisible(session is not None)
        name = project_name(session) if session is not None else ""
        metrics = self.project.fontMetrics()
        shown = metrics.elidedText(name or tr("Yantu"), Qt.TextElideMode.ElideRight, 184)
        self.project.setText(f"{shown}  ▾")
        self.project.setToolTip(str(session.path) if session is not None else "")
        self.command.setAccessibleName(tr("Find a command"))
        self._room.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow bar says less."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Modes and tools are never squeezed: first the command button says less, at last what the palette and the
        settings offer too is left out."""
        style = Qt.ToolButtonStyle
        for text, look, all_shown in (
            (tr("Find a command") + "   Ctrl+K", style.ToolButtonTextBesideIcon, True),
            ("Ctrl+K", style.ToolButtonTextBesideIcon, True),
            ("", style.ToolButtonIconOnly, True),
            ("", style.ToolButtonIconOnly, False),
        ):
            self.command.setText(text)
            self.command.setToolButtonStyle(look)
            for widget in self._optional:
                widget.setVisible(all_shown)
            self.layout().invalidate()
            if self.layout().sizeHint().width() <= self.width():
                break

    def _draw_logo(self) -> None:
        self._logo.setPixmap(logo(24, self.devicePixelRatioF()))


def _rule() -> QWidget:
    rule = QFrame()
    rule.setProperty("role", "rule")
    rule.setFixedSize(1, 20)
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(5, 0, 5, 0)
    row.addWidget(rule)
    return holder


def project_name(session: Any) -> str:
    """What the project is called in its own file, else by its file's name."""
    _, rows = session.sql("SELECT value FROM meta WHERE key = 'name'")
    return str(rows[0][0]) if rows and rows[0][0] else str(session.path.stem)
