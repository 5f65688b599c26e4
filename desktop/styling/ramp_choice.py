"""A colour ramp chosen from drawn ones, and turned round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded, words
from desktop.styling.controls import PictureButton
from desktop.styling.pictures import paint_ramp
from gis.cartography.palette import mixed
from gis.cartography.ramps import Ramp, ramps
from gis.cartography.symbols import LayerStyle

_OWN = "own"


class RampChoice(QWidget):
    """``chosen(Ramp)`` after another ramp or the other direction was chosen; ``ramp`` is the one in force."""

    chosen = Signal(object)

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__()
        self._offered = [ramp for ramp in ramps().values() if ramp.kind in kinds]
        self.ramp = self._offered[0]
        self._own: tuple[str, ...] = ()
        self.button = PictureButton(self._paint, 1, (208, 26))
        self.turn = QToolButton()
        self.turn.setCheckable(True)
        self.turn.setIcon(icon("mdi6.swap-horizontal"))
        worded(self.turn, "setToolTip", "Turn the colours round")
        worded(self.turn, "setAccessibleName", "Turn the colours round")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.button, 1)
        row.addWidget(self.turn)
        self.setFocusProxy(self.button)
        self.button.chosen.connect(self._take)
        self.turn.clicked.connect(self._turned)
        words().changed.connect(self._offer)
        self._offer()

    def setAccessibleName(self, name: str) -> None:
        """The button's name."""
        super().setAccessibleName(name)
        self.button.setAccessibleName(name)

    def show_colors(self, colors: Sequence[str]) -> None:
        """Show the ramp of which these colours are, whole or spread; the colours themselves where there is none."""
        wanted = tuple(colors)
        for ramp in self._offered:
            for made, turned in ((ramp, False), (ramp.reversed(), True)):
                if wanted in (made.colors, made.of(len(wanted)) if wanted else ()):
                    self.ramp, self._own = made, ()
                    self.turn.setChecked(turned)
                    self._offer()
                    return
        self._own = wanted
        self._offer()

    def _take(self, key: str) -> None:
        if key == _OWN:
            return
        ramp = ramps()[key]
        self.ramp, self._own = ramp.reversed() if self.turn.isChecked() else ramp, ()
        self.chosen.emit(self.ramp)

    def _turned(self, _on: bool) -> None:
        if self._own:
            self.ramp = Ramp(_OWN, self.ramp.label, "sequential", self._own[::-1])
        else:
            self.ramp = self.ramp.reversed()
        self.chosen.emit(self.ramp)

    def _offer(self, *_language: object) -> None:
        cells: list[tuple[str, str]] = [(ramp.key, ramp.label.text(language())) for ramp in self._offered]
        if self._own:
            cells.append((_OWN, tr("Own colours")))
        self.button.show_cells(cells, _OWN if self._own else self.ramp.key)

    def _paint(self, painter: QPainter, rect: QRectF, key: str | None) -> None:
        if key == _OWN:
            paint_ramp(painter, rect, self._own)
        elif key is not None:
            colors = ramps()[key].colors
            paint_ramp(painter, rect, colors[::-1] if self.turn.isChecked() else colors)


def main_colors(style: LayerStyle) -> tuple[str, ...]:
    """The colours by which a style tells features apart: fills of areas, else the symbols' own."""
    told = style.variants[1:]
    return tuple((v.fill or v.color) if style.kind == "polygon" else v.color for v in told)


def recolored(style: LayerStyle, ramp: Ramp) -> LayerStyle:
    """The style with the ramp's colours for all but the base; everything else about the symbols stays."""
    made = list(style.variants)
    for place, color in enumerate(ramp.of(len(made) - 1), 1):
        changes: dict[str, Any] = {"color": color}
        if style.kind == "polygon":
            changes = {"fill": color, "color": mixed(color, "#000000", 0.35)}
        made[place] = replace(made[place], **changes)
    return replace(style, variants=tuple(made))
