"""Figures typed over the map while a tool is in hand, such as "12.5, -3" or "150%"; shown beside the cursor."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from desktop.canvas.furniture import paint_tag
from gis.cartography.palette import Palette
from gis.cartography.view import View

_SIGNS = {
    Qt.Key.Key_Period: ".", Qt.Key.Key_Minus: "-", Qt.Key.Key_Comma: ",", Qt.Key.Key_Percent: "%",
    Qt.Key.Key_Plus: "+", Qt.Key.Key_X: "x", Qt.Key.Key_Asterisk: "x",
}  # fmt: skip
_LONGEST = 40


class Typed:
    """What has been typed so far; ``signs``: what is allowed besides digits."""

    def __init__(self, signs: str = ".-,") -> None:
        self._signs = signs
        self.text = ""

    def takes(self, key: Qt.Key) -> bool:
        """Whether a key is part of a figure, or takes back a part."""
        return self._letter(key) != "" or (key == Qt.Key.Key_Backspace and bool(self.text))

    def key(self, key: Qt.Key) -> bool:
        """Take up a key; True when it was used. Escape drops what was typed."""
        if key == Qt.Key.Key_Escape and self.text:
            self.text = ""
            return True
        if not self.takes(key):
            return False
        self.text = self.text[:-1] if key == Qt.Key.Key_Backspace else (self.text + self._letter(key))[:_LONGEST]
        return True

    def entered(self, key: Qt.Key, done: Callable[[], None]) -> bool:
        """Take up a key as ``key`` does; Enter hands what is typed to ``done``. True when it was used."""
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.text:
            done()
            return True
        return self.key(key)

    def numbers(self) -> list[float]:
        """The figures typed, parted by commas; [] where one of them is none."""
        made = []
        for word in self.text.split(","):
            try:
                value = float(word)
            except ValueError:
                return []
            if not isfinite(value):
                return []
            made.append(value)
        return made

    def clear(self) -> None:
        """Nothing is typed."""
        self.text = ""

    def paint(self, painter: QPainter, palette: Palette, view: View, at: QPointF, said: str) -> None:
        """Show what is typed at a pixel, ``said`` in front of it; nothing before the first key."""
        if self.text:
            paint_tag(painter, at, f"{said}  {self.text}▏", palette, QRectF(0, 0, view.width, view.height))

    def _letter(self, key: Qt.Key) -> str:
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
            return str(int(key) - int(Qt.Key.Key_0))
        sign = _SIGNS.get(key, "")
        return sign if sign and (sign in self._signs or (sign == "x" and "x" in self._signs)) else ""
