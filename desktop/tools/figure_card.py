"""A card over the map to choose one figure with a slider or by typing, while the map shows what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDoubleSpinBox, QFrame, QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout

from desktop.shell.words import worded

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas

_TICKS = 200


@dataclass(frozen=True, slots=True)
class Scale:
    """The figures there are: the first one offered, from ``low`` to ``high``; a span of decades is logarithmic."""

    first: float
    low: float
    high: float
    decimals: int
    suffix: str

    @property
    def ticks(self) -> int:
        """Places of the slider."""
        return _TICKS if self.decimals else int(self.high - self.low)

    def value(self, tick: int) -> float:
        """The figure at a place of the slider."""
        share = tick / self.ticks
        if self.low > 0 and self.high / self.low > 50:
            return exp(log(self.low) + share * (log(self.high) - log(self.low)))
        return self.low + share * (self.high - self.low)

    def tick(self, value: float) -> int:
        """The place of a figure on the slider."""
        if self.low > 0 and self.high / self.low > 50:
            return round((log(value) - log(self.low)) / (log(self.high) - log(self.low)) * self.ticks)
        return round((value - self.low) / (self.high - self.low) * self.ticks)


class FigureCard(QFrame):
    """``chosen`` on every change, ``agreed`` on Enter or the button, ``given_up`` on Escape."""

    chosen = Signal()
    agreed = Signal()
    given_up = Signal()

    def __init__(self, canvas: MapCanvas, title: str, scale: Scale) -> None:
        super().__init__(canvas)
        self.setObjectName("Popup")
        self._scale = scale
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        heading = QLabel()
        heading.setProperty("role", "heading")
        worded(heading, "setText", title)
        column.addWidget(heading)
        row = QHBoxLayout()
        row.setSpacing(12)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, scale.ticks)
        self.slider.setFixedWidth(180)
        self.slider.setValue(scale.tick(scale.first))
        self.box = QDoubleSpinBox()
        self.box.setDecimals(scale.decimals)
        self.box.setRange(scale.low, scale.high)
        self.box.setSuffix(scale.suffix)
        self.box.setSingleStep(0.5 if scale.decimals else 1.0)
        self.box.setValue(scale.first)
        self.box.setFixedWidth(112)
        for widget in (self.slider, self.box):
            worded(widget, "setAccessibleName", title)
            row.addWidget(widget)
        column.addLayout(row)
        self._words = QLabel()
        self._words.setProperty("role", "soft")
        self._words.setWordWrap(True)
        column.addWidget(self._words)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        cancel, apply = QPushButton(), QPushButton()
        apply.setProperty("role", "primary")
        worded(cancel, "setText", "Cancel")
        worded(apply, "setText", "Apply")
        for button in (cancel, apply):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        column.addLayout(buttons)
        self.apply = apply
        self.slider.valueChanged.connect(self._slid)
        self.box.valueChanged.connect(self._typed)
        cancel.clicked.connect(self.given_up)
        apply.clicked.connect(self.agreed)

    @property
    def value(self) -> float:
        """The figure chosen."""
        return self.box.value()

    def open(self) -> None:
        """Show it in the map's upper left corner, ready to be typed into."""
        self.adjustSize()
        self.move(16, 16)
        self.show()
        self.raise_()
        self.box.setFocus()
        self.box.selectAll()

    def close_for_good(self) -> None:
        """Take it off the map."""
        self.blockSignals(True)
        had_focus = self.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        self.hide()
        if had_focus and self.parentWidget() is not None:
            self.parentWidget().setFocus()
        self.deleteLater()

    def say(self, text: str, problem: bool = False) -> None:
        """What comes of the figure; a problem cannot be applied."""
        self._words.setText(text)
        self.apply.setEnabled(not problem)
        self.adjustSize()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.agreed.emit()
        else:
            super().keyPressEvent(event)

    def _slid(self, tick: int) -> None:
        self.box.setValue(self._scale.value(tick))

    def _typed(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(self._scale.tick(value))
        self.slider.blockSignals(False)
        self.chosen.emit()
