"""The legend of a coverage picture: its classes with their colours, strongest first."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop.shell.theme import theme
from desktop.shell.words import language, tr
from gis.cartography.legend import level_legend
from gis.coverage.classes import technology
from gis.coverage.layers import LayerLook
from gis.project.analysis import run_classes


class Legend(QWidget):
    """The classes of level with their colours, strongest first."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)

    def show_classes(self, run: Any, weaker: bool) -> None:
        """Show the legend of this run's raster, with or without what lies below the threshold."""
        clear_grid(self._grid)
        group = level_legend(technology(run.summary["technology"]), run_classes(run), language())
        heading = QLabel(group.title)
        heading.setProperty("role", "section")
        self._grid.addWidget(heading, 0, 0, 1, 2)
        for place, entry in enumerate(group.entries if weaker else group.entries[:-1], 1):
            said = QLabel(entry.label)
            self._grid.addWidget(Swatch(entry.color or ""), place, 0)
            self._grid.addWidget(said, place, 1)

    def show_look(self, look: LayerLook, *, weaker: bool) -> None:
        """Show the legend of another layer than the level."""
        clear_grid(self._grid)
        heading = QLabel(look.label.text(language()))
        heading.setProperty("role", "section")
        self._grid.addWidget(heading, 0, 0, 1, 2)
        if not look.keyed:
            said = QLabel(tr("One colour a cell; equal colours far apart mean nothing."))
            said.setProperty("role", "soft")
            said.setWordWrap(True)
            self._grid.addWidget(said, 1, 0, 1, 2)
        shown = [entry for entry in look.classes if weaker or entry.covered]
        for place, (color, text) in enumerate(look.entries(language())[: len(shown)], 1):
            said = QLabel(text)
            said.setWordWrap(True)
            self._grid.addWidget(Swatch(color), place, 0)
            self._grid.addWidget(said, place, 1)


class Swatch(QWidget):
    """A patch of one colour."""

    def __init__(self, color: str) -> None:
        super().__init__()
        self._color = QColor(color)
        self.setFixedSize(QSize(24, 14))

    def paintEvent(self, _event: Any) -> None:
        """The colour as it is on the map, with a hairline so that pale ones show on white."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme().color("line_strong"))
        painter.setBrush(self._color)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


def clear_grid(grid: QGridLayout) -> None:
    """Take everything out of a grid at once."""
    while (item := grid.takeAt(0)) is not None:
        item.widget().hide()  # it is deleted only when the event loop comes round
        item.widget().deleteLater()
