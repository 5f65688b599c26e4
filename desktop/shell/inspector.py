"""The panel at the right: the form of what is selected, or the settings and result of the mode in force."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from desktop.forms.feature import FeaturePanel
from desktop.forms.templates import DrawCard
from desktop.shell.icons import icon
from desktop.shell.start import StartPanel
from desktop.shell.words import worded
from desktop.shell.workspace import Workspace


class Inspector(QFrame):
    """Chooses by mode and selection what to show; `show_page` puts another room's panel there."""

    door = Signal(str)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("Inspector")
        self._workspace = workspace
        self._pages: dict[QWidget, str] = {}
        self._guest: QWidget | None = None
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self._close = QToolButton()
        self._close.setIcon(icon("mdi6.close", "text_soft"))
        worded(self._close, "setAccessibleName", "Close")
        self._close.clicked.connect(self.close_page)
        self._head = QWidget()
        row = QHBoxLayout(self._head)
        row.setContentsMargins(16, 12, 8, 4)
        row.addWidget(self.title, 1)
        row.addWidget(self._close)
        self._stack = QStackedWidget()
        self.start = StartPanel()
        self.start.door.connect(self.door)
        self.feature = FeaturePanel(workspace)
        self._hint = _Hint()
        self._hint.add(DrawCard(workspace, self.feature.beginnings))
        for page in (self.start, self.feature, self._hint):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self._stack, 1)
        self._head.hide()
        workspace.selection_changed.connect(self._selection_changed)
        workspace.mode_changed.connect(self._mode_changed)
        self.settle()

    def show_page(self, page: QWidget, title: str = "") -> None:
        """Show another room's panel until it is closed or the mode changes; without a title it heads itself."""
        if page not in self._pages:
            self._stack.addWidget(page)
        self._pages[page] = title
        self._guest = page
        self.settle()

    def close_page(self) -> None:
        """Take the guest panel away; it is kept for next time."""
        self._guest = None
        self.settle()

    def drop_page(self, page: QWidget) -> None:
        """Let a guest panel go for good."""
        if self._pages.pop(page, None) is not None:
            if self._guest is page:
                self._guest = None
            self._stack.removeWidget(page)
            self.settle()
        page.deleteLater()

    def settle(self) -> None:
        """Show what belongs here now."""
        selected = bool(self._workspace.selection)
        if self._guest is not None:
            page: QWidget = self._guest
        elif selected:
            page = self.feature
        elif self._workspace.mode == "edit":
            page = self._hint
        else:
            page = self.start
        self._stack.setCurrentWidget(page)
        title = self._pages.get(page, "")
        self._head.setVisible(bool(title))
        self.title.setText(title)

    def _selection_changed(self, selection: object) -> None:
        if selection and self._workspace.mode in ("browse", "edit"):
            self._guest = None
        self.settle()

    def _mode_changed(self, _mode: str) -> None:
        self._guest = None
        self.settle()


class _Hint(QWidget):
    """Edit mode with nothing selected."""

    def __init__(self) -> None:
        super().__init__()
        text = QLabel()
        text.setProperty("role", "soft")
        text.setWordWrap(True)
        worded(text, "setText", "Select a feature to change it, or choose Add to draw a new one.")
        title = QLabel()
        title.setProperty("role", "title")
        worded(title, "setText", "Edit")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(text)
        column.addStretch(1)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._column = column

    def add(self, card: QWidget) -> None:
        """Show a card below the text."""
        self._column.insertWidget(2, card)
