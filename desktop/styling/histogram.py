"""How the values of a field are spread, with the borders between classes; a border is dragged, or moved by arrows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.shell.theme import theme
from desktop.shell.words import tr, worded
from desktop.styling.values import Histogram
from gis.cartography.legend import figure
from gis.cartography.palette import Palette

_NEAR = 6  # px within which a border is caught
_SIDE, _BARS, _WORDS = 6, 72, 18


class HistogramView(QWidget):
    """Bars in the colours of their classes. ``dragged(uppers)`` while a border moves."""

    dragged = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._data: Histogram | None = None
        self._uppers: tuple[float, ...] = ()
        self._colors: tuple[str, ...] = ()
        self._family = "ground"
        self._held = -1
        self.current = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_BARS + _WORDS + 8)
        worded(self, "setAccessibleName", "Distribution of the values")
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as the panel."""
        return QSize(200, _BARS + _WORDS + 8)

    def show_values(self, data: Histogram | None) -> None:
        """Show these values; None while they are read."""
        self._data = data
        self.update()

    def show_classes(self, uppers: Sequence[float], colors: Sequence[str], family: str) -> None:
        """Show the borders (the upper ends of all classes but the last) and the classes' colours."""
        self._uppers, self._colors, self._family = tuple(uppers), tuple(colors), family
        self.current = min(self.current, max(0, len(self._uppers) - 1))
        said = ", ".join(figure(value) for value in self._uppers)
        self.setAccessibleDescription(tr("Borders: {values}", values=said))
        self.update()

    def border_x(self, place: int) -> float:
        """Where a border is drawn."""
        return self._x(self._uppers[place])

    # Where things lie -----------------------------------------------------------------------------------------------
    def _span(self) -> tuple[float, float]:
        assert self._data is not None
        return float(self._data.edges[0]), float(self._data.edges[-1])

    def _x(self, value: float) -> float:
        low, high = self._span()
        share = (min(max(value, low), high) - low) / (high - low)
        return _SIDE + share * (self.width() - 2 * _SIDE)

    def _value(self, x: float) -> float:
        low, high = self._span()
        share = min(max((x - _SIDE) / max(self.width() - 2 * _SIDE, 1), 0.0), 1.0)
        return low + share * (high - low)

    def _near(self, x: float) -> int:
        if self._data is None or not self._uppers:
            return -1
        away = [abs(self._x(value) - x) for value in self._uppers]
        nearest = int(np.argmin(away))
        return nearest if away[nearest] <= _NEAR else -1

    def _move(self, place: int, value: float) -> None:
        """A border stays between its neighbours."""
        low, high = self._span()
        gap = (high - low) / 2000
        below = self._uppers[place - 1] + gap if place else low
        above = self._uppers[place + 1] - gap if place + 1 < len(self._uppers) else high
        if below > above:
            return
        made = list(self._uppers)
        made[place] = float(f"{min(max(value, below), above):.6g}")
        if tuple(made) != self._uppers:
            self._uppers = tuple(made)
            self.update()
            self.dragged.emit(self._uppers)

    # What the user does ---------------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a border."""
        self._held = self._near(event.position().x())
        if self._held >= 0:
            self.current = self._held
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the border held; say the value of one that is near."""
        x = event.position().x()
        if self._held >= 0:
            self._move(self._held, self._value(x))
        near = self._held if self._held >= 0 else self._near(x)
        self.setCursor(Qt.CursorShape.SplitHCursor if near >= 0 else Qt.CursorShape.ArrowCursor)
        if near >= 0:
            QToolTip.showText(event.globalPosition().toPoint(), figure(self._uppers[near]), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._held = -1

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down take the next border, Left and Right move it by a hundredth, with Shift by a tenth of that."""
        if self._data is None or not self._uppers:
            super().keyPressEvent(event)
            return
        low, high = self._span()
        step = (high - low) / (1000 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 100)
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._move(self.current, self._uppers[self.current] + (step if key == Qt.Key.Key_Right else -step))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step_ = 1 if key == Qt.Key.Key_Up else -1
            self.current = min(max(self.current + step_, 0), len(self._uppers) - 1)
            self.update()
        else:
            super().keyPressEvent(event)

    # The picture ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, borders, and the ends of the values."""
        look = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("sunken"))
        painter.drawRoundedRect(QRectF(0, 0, self.width(), _BARS + 8), 6, 6)
        if self._data is None or not len(self._data.values):
            painter.setPen(look.color("text_faint"))
            said = tr("Reading the values…") if self._data is None else tr("No feature has a value here.")
            painter.drawText(QRectF(0, 0, self.width(), _BARS + 8), Qt.AlignmentFlag.AlignCenter, said)
            painter.end()
            return
        self._paint_bars(painter)
        self._paint_borders(painter)
        low, high = self._span()
        painter.setPen(look.color("text_soft"))
        words = QRectF(_SIDE, _BARS + 8, self.width() - 2 * _SIDE, _WORDS)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | middle, figure(low))
        painter.drawText(words, Qt.AlignmentFlag.AlignRight | middle, figure(high))
        if self.hasFocus() and self._uppers:
            said = figure(self._uppers[self.current])
            wide = QFontMetrics(self.font()).horizontalAdvance(said)
            x = min(max(self.border_x(self.current) - wide / 2, _SIDE), self.width() - wide - _SIDE)
            painter.fillRect(QRectF(x - 4, words.top() + 1, wide + 8, words.height() - 2), look.color("surface"))
            painter.setPen(look.color("accent"))
            painter.drawText(QRectF(x, words.top(), wide + 2, words.height()), Qt.AlignmentFlag.AlignVCenter, said)
        painter.end()

    def _paint_bars(self, painter: QPainter) -> None:
        assert self._data is not None
        counts, edges = self._data.counts, self._data.edges
        ink = Palette.of(theme().dark).ink
        tallest = max(int(counts.max()), 1)
        painter.setPen(Qt.PenStyle.NoPen)
        for i, count in enumerate(counts):
            if not count:
                continue
            middle = (edges[i] + edges[i + 1]) / 2
            place = min(int(np.searchsorted(self._uppers, middle)), len(self._colors) - 1)
            painter.setBrush(
                QColor(ink(self._colors[place], self._family)) if place >= 0 else theme().color("text_soft")
            )
            # The root keeps a rare value visible beside a very frequent one.
            height = max((count / tallest) ** 0.5 * (_BARS - 6), 1.5)
            left, right = self._x(float(edges[i])), self._x(float(edges[i + 1]))
            painter.drawRect(QRectF(left, _BARS + 4 - height, max(right - left - 0.5, 1.0), height))

    def _paint_borders(self, painter: QPainter) -> None:
        look = theme()
        for i in range(len(self._uppers)):
            x = self.border_x(i)
            active = i == self._held or (self.hasFocus() and i == self.current)
            painter.setPen(QPen(look.color("accent" if active else "text"), 2 if active else 1))
            painter.drawLine(QPointF(x, 2), QPointF(x, _BARS + 6))
            painter.setBrush(look.color("accent" if active else "surface"))
            painter.drawEllipse(QPointF(x, 6), 4, 4)
