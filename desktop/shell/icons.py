"""Icons of one set (Material Design, as QtAwesome ships it), drawn in the colours in force, sharp at any scale.

QtAwesome itself loads all its twelve fonts (about 0.3 s); only its one font file is used here.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from desktop.shell.theme import theme


def icon(name: str, color: str = "text") -> QIcon:
    """The icon called ``name`` ("mdi6.wifi" or "wifi") in a palette colour; it follows light and dark by itself."""
    return QIcon(_Engine(_glyph(name), color))


def paint_icon(painter: QPainter, rect: QRectF, name: str, color: QColor) -> None:
    """Draw an icon into a square."""
    _paint(painter, rect, _glyph(name), color)


@cache
def _folder() -> Path:
    spec = find_spec("qtawesome")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations))) / "fonts"


@cache
def _charmap() -> dict[str, str]:
    return json.loads(next(_folder().glob("materialdesignicons6-*charmap*.json")).read_text("utf-8"))


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(next(_folder().glob("materialdesignicons6-*.ttf"))))
    return QFontDatabase.applicationFontFamilies(number)[0]


def _glyph(name: str) -> str:
    return chr(int(_charmap()[name.rpartition(".")[2]], 16))


def _paint(painter: QPainter, rect: QRectF, glyph: str, color: QColor) -> None:
    font = QFont(_family())
    font.setPixelSize(max(1, round(min(rect.width(), rect.height()))))
    font.setStyleStrategy(QFont.StyleStrategy.NoFontMerging)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, glyph)
    painter.restore()


class _Engine(QIconEngine):
    def __init__(self, glyph: str, color: str) -> None:
        super().__init__()
        self._glyph, self._color = glyph, color

    def clone(self) -> QIconEngine:
        return _Engine(self._glyph, self._color)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        name = self._color
        if mode == QIcon.Mode.Disabled:
            name = "text_faint"
        elif state == QIcon.State.On and name == "text":
            name = "accent"
        color = theme().color(name)
        if mode == QIcon.Mode.Disabled:
            color.setAlphaF(0.55)
        _paint(painter, QRectF(rect), self._glyph, color)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap


def logo(size: int, scale: float = 1.0) -> QPixmap:
    """Yantu's mark, ``size`` logical pixels: a grain of salt that is also a point with its coverage."""
    pixmap = QPixmap(round(size * scale), round(size * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    unit = size / 24
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme().colors["accent"]))
    painter.drawRoundedRect(QRectF(0, 0, size, size), 6 * unit, 6 * unit)
    painter.setBrush(QColor(theme().colors["on_accent"]))
    painter.drawPolygon([QPointF(x * unit, y * unit) for x, y in ((12, 5.2), (18.8, 12), (12, 18.8), (5.2, 12))])
    painter.setBrush(QColor(theme().colors["accent"]))
    painter.drawEllipse(QPointF(12 * unit, 12 * unit), 2.6 * unit, 2.6 * unit)
    painter.end()
    return pixmap
