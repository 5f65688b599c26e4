"""What was decided about a source, kept: as a file to be shared, and in the project for the next file of its kind."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.shell.words import tr, worded, words
from desktop.styling.controls import Fold

REMEMBERED = "remembered"


class RecipeSection(Fold):
    """Signals what the user wants done with the recipe; ``remember`` is whether the project shall keep it."""

    opened = Signal()
    saved = Signal()
    afresh = Signal()
    forgotten = Signal()

    def __init__(self) -> None:
        body = QWidget()
        self._origin = ""
        self.origin = QLabel()
        self.origin.setWordWrap(True)
        self.origin.setProperty("role", "soft")
        self.open, self.save, self.again, self.forget = (QPushButton() for _ in range(4))
        worded(self.open, "setText", "recipe|Open…")
        worded(self.save, "setText", "recipe|Save…")
        worded(self.again, "setText", "Find everything anew")
        worded(self.forget, "setText", "Forget it")
        self.remember = QCheckBox()
        worded(self.remember, "setText", "Remember for files with the same columns")
        self.remember.setChecked(True)
        row, second = QHBoxLayout(), QHBoxLayout()
        for layout, buttons in ((row, (self.open, self.save)), (second, (self.again, self.forget))):
            layout.setSpacing(8)
            for button in buttons:
                layout.addWidget(button)
            layout.addStretch(1)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(8)
        column.addWidget(self.origin)
        column.addLayout(row)
        column.addLayout(second)
        column.addWidget(self.remember)
        super().__init__("Recipe", body, open_=False)
        self.open.clicked.connect(self.opened)
        self.save.clicked.connect(self.saved)
        self.again.clicked.connect(self.afresh)
        self.forget.clicked.connect(self.forgotten)
        words().changed.connect(self._say)
        self.show_origin("")

    @property
    def said_by(self) -> str:
        """Where the recipe in force comes from; empty where all was found by itself."""
        return self._origin

    def show_origin(self, origin: str) -> None:
        """Tell where the recipe in force comes from: "" found by itself, ``REMEMBERED``, or a file's name."""
        self._origin = origin
        self.again.setVisible(bool(origin))
        self.forget.setVisible(origin == REMEMBERED)
        self._say()

    def _say(self, *_language: object) -> None:
        if self._origin == REMEMBERED:
            self.origin.setText(tr("Read as the last file with the same columns was."))
            self.say(tr("recipe|as last time"))
        elif self._origin:
            self.origin.setText(tr("Read as “{file}” says.", file=self._origin))
            self.say(self._origin)
        else:
            self.origin.setText(tr("All that is decided here can be kept as a file, shared, and used again."))
            self.say("")
