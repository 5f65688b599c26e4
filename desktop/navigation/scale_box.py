"""The map's scale in the status bar: read it, type another, or choose a round one from the list."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu

from desktop.shell.formatting import parse_scale, scale
from desktop.shell.icons import icon
from desktop.shell.words import worded

# The series of Chinese topographic maps (GB/T 13989) and the plans of towns, and what shows a street and a door.
SCALES = (250, 500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)


class ScaleBox(QLineEdit):
    """``wanted`` carries the denominator that was typed or chosen."""

    wanted = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self.setFixedWidth(116)
        self._shown = 0.0
        self.menu = QMenu(self)
        for denominator in SCALES:
            action = self.menu.addAction(scale(denominator))
            action.setData(float(denominator))
            action.setCheckable(True)
        self.menu.triggered.connect(lambda action: self.wanted.emit(action.data()))
        self._down = self.addAction(icon("mdi6.menu-up", "text_soft"), QLineEdit.ActionPosition.TrailingPosition)
        self._down.triggered.connect(self.open_list)
        worded(self._down, "setToolTip", "Round scales")
        self.returnPressed.connect(self._typed)
        self.editingFinished.connect(self._left)
        worded(self, "setAccessibleName", "Map scale")
        worded(self, "setToolTip", "Map scale; type another, such as 1:5000, or choose one")

    def show_scale(self, denominator: float) -> None:
        """Say the map's scale, unless another is being typed."""
        self._shown = denominator
        if not self.isModified():
            self.setText(scale(denominator))

    def open_list(self) -> None:
        """The list, above the box; the present scale is ticked where it is one of them."""
        for action in self.menu.actions():
            action.setChecked(abs(action.data() / self._shown - 1) < 0.005 if self._shown else False)
        height = self.menu.sizeHint().height()
        self.menu.popup(self.mapToGlobal(QPoint(0, -height)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down opens the list, Escape shows the map's scale again."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.open_list()
        elif event.key() == Qt.Key.Key_Escape:
            self.setModified(False)
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def _typed(self) -> None:
        denominator = parse_scale(self.text())
        self.setModified(False)
        if denominator is not None:
            self.wanted.emit(denominator)
        self.clearFocus()

    def _left(self) -> None:
        self.setModified(False)
        if self._shown:
            self.setText(scale(self._shown))
