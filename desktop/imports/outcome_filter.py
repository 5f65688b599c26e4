"""The outcomes as buttons with their counts: what is pressed is listed and drawn; at once the legend of the map."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QIcon, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton

from desktop.imports.verdicts import OUTCOME_TEXTS, TONES
from desktop.shell.theme import theme
from desktop.shell.words import mark, tr, worded, words
from gis.exchange.staged import Outcome

_TIPS = {
    None: mark("Every row of the file"),
    Outcome.NEW: mark("Rows of which the project has no feature yet"),
    Outcome.CHANGED: mark("Rows that differ from the feature they match"),
    Outcome.SAME: mark("Rows that change nothing"),
    Outcome.CONFLICT: mark("Rows you decide about: it is not clear which feature they are"),
    Outcome.REJECTED: mark("Rows that cannot be imported, each with its reason"),
}
_ICON = 12


class OutcomeFilter(QFrame):
    """Emits ``chosen(Outcome or None)``: None stands for all rows."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "segments")
        self.buttons: dict[Outcome | None, QToolButton] = {}
        self._counts: dict[Outcome | None, int] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        group = QButtonGroup(self)
        for outcome, tip in _TIPS.items():
            button = QToolButton()
            button.setCheckable(True)
            button.setIconSize(QSize(_ICON, _ICON))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            worded(button, "setToolTip", tip)
            button.toggled.connect(self._toggled)
            group.addButton(button)
            row.addWidget(button)
            self.buttons[outcome] = button
        self.buttons[None].setChecked(True)
        worded(self, "setAccessibleName", "Filter by outcome")
        words().changed.connect(self._say)
        theme().changed.connect(self._say)
        self._say()

    @property
    def only(self) -> Outcome | None:
        """What is pressed."""
        return next((outcome for outcome, button in self.buttons.items() if button.isChecked()), None)

    def choose(self, outcome: Outcome | None) -> None:
        """Press a button."""
        self.buttons[outcome].setChecked(True)

    def set_counts(self, counts: dict[Outcome | None, int]) -> None:
        """Show these counts; without any, nothing is known yet. A button without rows cannot be pressed."""
        self._counts = counts
        if self.only is not None and not counts.get(self.only):
            self.choose(None)
        self._say()

    def _toggled(self, on: bool) -> None:
        if on:
            self.chosen.emit(self.only)

    def _say(self, *_: object) -> None:
        for outcome, button in self.buttons.items():
            count = self._counts.get(outcome, 0)
            name = tr("All") if outcome is None else tr(OUTCOME_TEXTS[outcome])
            button.setText(f"{name} {count:,}" if outcome in self._counts else name)
            button.setEnabled(bool(count))
            if outcome is not None:
                button.setIcon(outcome_icon(outcome, bool(count)))


def outcome_icon(outcome: Outcome, strong: bool = True) -> QIcon:
    """The mark of an outcome, as the map draws it."""
    ratio = 2.0
    picture = QPixmap(int(_ICON * ratio), int(_ICON * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    color = theme().color(TONES[outcome])
    if not strong:
        color.setAlphaF(0.45)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(color))
    m = _ICON / 2
    if outcome is Outcome.CHANGED:
        painter.drawPolygon(QPolygonF([QPointF(m, 0.5), QPointF(11.5, m), QPointF(m, 11.5), QPointF(0.5, m)]))
    elif outcome is Outcome.CONFLICT:
        painter.drawRect(2, 2, 8, 8)
    elif outcome is Outcome.REJECTED:
        painter.setPen(QPen(color, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(2.5, 2.5), QPointF(9.5, 9.5))
        painter.drawLine(QPointF(2.5, 9.5), QPointF(9.5, 2.5))
    else:
        radius = 4.5 if outcome is Outcome.NEW else 3.0
        painter.drawEllipse(QPointF(m, m), radius, radius)
    painter.end()
    return QIcon(picture)


def counted(part: Any) -> dict[Outcome | None, int]:
    """The counts of an `Outcomes`; before staging only that of all rows."""
    if part.staged is None:
        return {None: part.count(None)}
    return {outcome: part.count(outcome) for outcome in (None, *Outcome)}
