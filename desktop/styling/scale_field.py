"""A scale typed, or taken from the map as it stands."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from desktop.forms.fields import dress
from desktop.shell.formatting import parse_scale, scale
from desktop.shell.icons import icon
from desktop.shell.words import tr, worded


class ScaleField(QWidget):
    """``chosen(denominator)``, 0 for no limit. ``present`` says at which scale the map stands."""

    chosen = Signal(float)

    def __init__(self, present: Callable[[], float], open_text: str, rounded: Callable[[float], float]) -> None:
        super().__init__()
        self._present, self._rounded, self._value = present, rounded, 0.0
        self.line = QLineEdit()
        worded(self.line, "setPlaceholderText", open_text)
        self.take = QToolButton()
        self.take.setIcon(icon("mdi6.target", "text_soft"))
        for setter in ("setToolTip", "setAccessibleName"):
            worded(self.take, setter, "Use the map's present scale")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(self.take)
        self.setFocusProxy(self.line)
        self.line.editingFinished.connect(self._typed)
        self.line.textEdited.connect(self._check)
        self.take.clicked.connect(self._take)

    def setAccessibleName(self, name: str) -> None:
        """The line's name."""
        super().setAccessibleName(name)
        self.line.setAccessibleName(name)

    def show_scale(self, denominator: float) -> None:
        """Take a limit without telling."""
        self._value = denominator
        if not self.line.hasFocus() or parse_scale(self.line.text()) != denominator:
            self.line.setText(scale(denominator) if denominator > 0 else "")
        dress(self.line, "wrong", False)

    def _check(self, text: str) -> None:
        dress(self.line, "wrong", bool(text.strip()) and parse_scale(text) is None)

    def _typed(self) -> None:
        text = self.line.text().strip()
        made = parse_scale(text) if text else 0.0
        if made is None:
            self.line.setToolTip(tr("Write a scale such as 1:5,000."))
        elif made != self._value:
            self._tell(made)

    def _take(self) -> None:
        present = self._present()
        if present > 0:
            self._tell(self._rounded(present))

    def _tell(self, denominator: float) -> None:
        self.show_scale(denominator)
        self.chosen.emit(denominator)
