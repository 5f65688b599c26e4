"""What the marks on the map mean: their shape (ring measured, disc predicted, square error) and their colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop.drive_tests.points import EDGE, Shown
from desktop.shell.theme import theme
from desktop.shell.words import language, mark, tr, words
from gis.coverage.classes import level_classes, technology
from gis.radio.drive_test import drive_rules

_SHAPES = {
    "measured": (("ring", mark("Measured")),),
    "predicted": (("disc", mark("Predicted")),),
    "both": (("ring", mark("Measured: ring")), ("disc", mark("Predicted: disc"))),
}
_COLUMNS = 2


class MarkLegend(QWidget):
    """Shows one way of drawing for the technologies that were measured."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(2 * column + 1, 1)
        self._now: tuple[Shown, Sequence[str]] = ("error", ())
        words().changed.connect(self._say)

    def show_marks(self, shown: Shown, technologies: Sequence[str]) -> None:
        """Explain this way of drawing."""
        self._now = (shown, tuple(technologies))
        self._say()

    def _say(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        shown, technologies = self._now
        if not technologies:
            return
        row = 0
        if shown == "error":
            row = self._heading(tr("Predicted minus measured, dB"), row)
            rules = drive_rules()["error"]
            self._entries([("square", color, text) for color, text in zip(rules["light"], _spans(), strict=True)], row)
            return
        row = self._entries([(shape, "", tr(text)) for shape, text in _SHAPES[shown]], row)
        for name in technologies:
            kind = technology(name)
            row = self._heading(f"{kind.label.text(language())} · {kind.quantity}, dBm", row)
            shape = "disc" if shown == "predicted" else "ring"
            classes = level_classes(name)
            texts = [f"≥ {entry.minimum:g}" for entry in classes[:-1]] + [f"< {classes[-2].minimum:g}"]
            entries = [(shape, entry.color, text.replace("-", "−")) for entry, text in zip(classes, texts, strict=True)]
            row = self._entries(entries, row)

    def _heading(self, text: str, row: int) -> int:
        label = QLabel(text)
        label.setProperty("role", "section")
        self._grid.addWidget(label, row, 0, 1, 2 * _COLUMNS)
        return row + 1

    def _entries(self, entries: Sequence[tuple[str, str, str]], row: int) -> int:
        high = -(-len(entries) // _COLUMNS)
        for place, (shape, color, text) in enumerate(entries):
            column, down = divmod(place, high)
            self._grid.addWidget(Mark(shape, color), row + down, 2 * column)
            self._grid.addWidget(QLabel(text), row + down, 2 * column + 1)
        return row + high


class Mark(QWidget):
    """One mark as it stands on the map; without a colour its shape alone."""

    def __init__(self, shape: str, color: str) -> None:
        super().__init__()
        self._shape, self._color = shape, color
        self.setFixedSize(QSize(18, 18))

    def paintEvent(self, _event: Any) -> None:
        """The mark, in the middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = QColor(self._color) if self._color else theme().color("text_soft")
        middle = QPointF(9.0, 9.0)
        if self._shape == "ring":
            painter.setPen(QPen(QColor(EDGE), 4.5))
            painter.drawEllipse(middle, 4.8, 4.8)
            painter.setPen(QPen(color, 3.0))
            painter.drawEllipse(middle, 4.8, 4.8)
            return
        painter.setPen(QPen(QColor(EDGE), 1.0))
        painter.setBrush(color)
        if self._shape == "disc":
            painter.drawEllipse(middle, 5.0, 5.0)
        else:
            painter.drawRect(QRectF(4.5, 4.5, 9.0, 9.0))


def _spans() -> list[str]:
    """The classes of error in words, the lowest first."""
    bounds = drive_rules()["error"]["bounds"]
    said = [f"{value:+g}".replace("-", "−") for value in bounds]
    middle = [
        f"±{high:g}" if low == -high else f"{a} … {b}"
        for low, high, a, b in zip(bounds, bounds[1:], said, said[1:], strict=False)
    ]
    weak, strong = tr("too weak"), tr("too strong")
    return [f"< {said[0]} {weak}", *middle, f"> {said[-1]} {strong}"]
