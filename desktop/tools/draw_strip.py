"""The small strip at the head of the map while drawing: the class, the ways to draw it, and what to do when refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout

from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded, words
from gis.errors import Refusal

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas
    from desktop.tools.draw import Draw

EDGE = 12


class DrawStrip(QFrame):
    """A child of the canvas, serving one Draw tool at a time. Alt+1, Alt+2 … change the way of drawing."""

    def __init__(self, canvas: MapCanvas) -> None:
        super().__init__(canvas)
        self.setObjectName("Popup")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._canvas = canvas
        self._tool: Draw | None = None
        worded(self, "setAccessibleName", "Ways to draw")
        self._image, self._label = QLabel(), QLabel()
        self._label.setProperty("role", "heading")
        self._row = QHBoxLayout()
        self._row.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._image)
        head.addWidget(self._label)
        head.addSpacing(6)
        head.addLayout(self._row)
        head.addStretch(1)
        self.refused = QLabel()
        self.refused.setProperty("role", "problem")
        self.refused.setWordWrap(True)
        self._choices = QVBoxLayout()  # one below the other: names of places are long
        self._choices.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.refused)
        column.addLayout(self._choices)
        self.buttons: dict[str, QToolButton] = {}
        self.choices: list[QPushButton] = []
        self._group: QButtonGroup | None = None
        self.refused.hide()
        self.hide()
        canvas.installEventFilter(self)
        words().changed.connect(self._say)

    def serve(self, tool: Draw | None) -> None:
        """Show up for a tool (None: go away)."""
        self._tool = tool
        self.settle()
        for button in self.buttons.values():
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = {}
        self.setVisible(tool is not None)
        if tool is None:
            return
        self._group = QButtonGroup(self)
        for place, mode in enumerate(tool.modes, 1):
            button = QToolButton()
            button.setCheckable(True)
            button.setIcon(icon(mode.image))
            button.setIconSize(QSize(20, 20))
            button.setFixedSize(32, 30)
            button.setShortcut(QKeySequence(f"Alt+{place}"))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _on=False, name=mode.name: tool.set_mode(name))
            self._group.addButton(button)
            self._row.addWidget(button)
            button.show()  # else it takes no room before the next event
            self.buttons[mode.name] = button
        self.buttons[tool.mode.name].setChecked(True)
        self._say()
        self.raise_()

    def choose(self, name: str) -> None:
        """Mark the way of drawing in force."""
        if name in self.buttons:
            self.buttons[name].setChecked(True)

    def offer(self, error: Exception, choices: list[tuple[str, Any]]) -> None:
        """Say why a sketch was refused, and what can be done with it: (text, what to do)."""
        self.settle()
        said = f"{error.message(language())}  {error.hint(language())}" if isinstance(error, Refusal) else str(error)
        self.refused.setText(said)
        self.refused.show()
        for text, handler in choices:
            button = QPushButton(text)
            if not self.choices and len(choices) > 1:
                button.setProperty("role", "primary")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(handler)
            self._choices.addWidget(button)
            button.show()
            self.choices.append(button)
        self._stand()

    def settle(self) -> None:
        """Nothing is refused any more."""
        self.refused.hide()
        while (item := self._choices.takeAt(0)) is not None:
            if (button := item.widget()) is not None:
                button.hide()
                button.deleteLater()
        self.choices = []
        self._stand()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The canvas's size."""
        if watched is self._canvas and event.type() == QEvent.Type.Resize:
            self._stand()
        return False

    def _say(self) -> None:
        tool = self._tool
        if tool is None:
            return
        symbol = tool.canvas.session.catalogue[tool.cls].symbol
        self._image.setPixmap(icon((symbol and symbol.icon) or "mdi6.plus", "accent").pixmap(18, 18))
        self._label.setText(tool.label)
        for mode in tool.modes:
            button = self.buttons[mode.name]
            said = tr(mode.text)
            key = button.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            button.setAccessibleName(said)
            button.setToolTip(f"{said}  ({key})")
        self._stand()

    def _stand(self) -> None:
        """In the middle of the upper edge."""
        if self.isVisibleTo(self._canvas):
            self.setMaximumWidth(max(240, self._canvas.width() - 120))
            self.layout().activate()
            self.resize(self.layout().totalSizeHint().boundedTo(self.maximumSize()))
            self.move(max(EDGE, (self._canvas.width() - self.width()) // 2), EDGE)
