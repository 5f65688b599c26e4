"""A part of a form under a heading that folds."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from desktop.shell.icons import icon


class Section(QWidget):
    """Fields, or any widget of ``set_body``; small buttons may stand at the right of the heading."""

    def __init__(self, *, folded: bool = False) -> None:
        super().__init__()
        self.head = QToolButton()
        self.head.setProperty("role", "fold")
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setCheckable(False)
        self.head.clicked.connect(self.fold)
        font = self.head.font()
        font.setBold(True)
        self.head.setFont(font)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(4)
        top.addWidget(self.head)
        top.addStretch(1)
        top.addLayout(self.tools)
        self._body = QWidget()
        self._grid = QGridLayout(self._body)
        self._grid.setContentsMargins(0, 0, 0, 8)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnMinimumWidth(0, 88)
        self._grid.setColumnStretch(0, 0)
        self._grid.setColumnStretch(1, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addLayout(top)
        self._column.addWidget(self._body)
        self._open = not folded
        self._body.setVisible(self._open)
        self._dress()

    @property
    def opened(self) -> bool:
        """Whether what it holds is shown."""
        return self._open

    def set_title(self, title: str) -> None:
        """Name the section."""
        self.head.setText(title)

    def add(self, label: QLabel, editor: QWidget, note: QLabel, problem: QLabel) -> None:
        """Append one field, with what is remarked and what is wrong below it."""
        row = self._grid.rowCount()
        label.setMaximumWidth(104)
        self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(editor, row, 1)
        self._grid.addWidget(note, row + 1, 1)
        self._grid.addWidget(problem, row + 2, 1)

    def set_body(self, widget: QWidget) -> None:
        """Hold one widget in place of fields."""
        self._grid.addWidget(widget, 0, 0, 1, 2)

    def unfold(self) -> None:
        """Show what it holds."""
        if not self._open:
            self.fold()

    def fold(self) -> None:
        """Fold or unfold."""
        self._open = not self._open
        self._body.setVisible(self._open)
        self._dress()

    def _dress(self) -> None:
        self.head.setIcon(icon("mdi6.chevron-down" if self._open else "mdi6.chevron-right", "text_soft"))
