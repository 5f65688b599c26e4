"""Writes names on the map: measured once, painted with a halo, kept as sprites for the screen."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, cos, radians, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen

from gis.cartography.labels import Placed
from gis.cartography.palette import Palette, mixed
from gis.cartography.symbols import LabelRule

FAMILIES = [
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "sans-serif",
]
_EM = 64  # pixels: fonts are measured and painted at this size and scaled, so that every unit works (pixels, mm)
HALO = 0.16  # of the text's size


@lru_cache(maxsize=16)
def font(bold: bool, spaced: float) -> QFont:
    """The map's font at the size of ``_EM`` pixels."""
    made = QFont()
    made.setFamilies(FAMILIES)
    made.setPixelSize(_EM)
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    # Digits beside Latin letters would else take localised glyphs, which Qt's PDF cannot map back to text.
    made.setFeature(QFont.Tag("locl"), 0)
    if spaced:
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, spaced * _EM)
    return made


@lru_cache(maxsize=20_000)
def _measured(text: str, bold: bool, spaced: float) -> float:
    return QFontMetricsF(font(bold, spaced)).horizontalAdvance(text) - spaced * _EM


def _pieces(text: str, bold: bool, spaced: float) -> list[tuple[QPointF, str]]:
    """The text around (0, 0) in pieces with their starts: letter by letter where it is spaced.

    WORKAROUND: Qt's PDF stretches a font's letter spacing by its own resolution, and its SVG drops it.
    """
    x, y = -_measured(text, bold, spaced) / 2, _EM * 0.36
    if not spaced:
        return [(QPointF(x, y), text)]
    made = []
    for letter in text:
        made.append((QPointF(x, y), letter))
        x += _measured(letter, bold, 0.0) + spaced * _EM
    return made


class Writer:
    """Measures and paints names for one density; ``pixels_per_mm`` is units a millimetre."""

    def __init__(self, palette: Palette, pixels_per_mm: float) -> None:
        self.palette, self.pixels_per_mm = palette, pixels_per_mm

    def size(self, rule: LabelRule) -> float:
        """The letter height of a rule, in units."""
        return rule.size * self.pixels_per_mm * 1.25

    def measure(self, text: str, rule: LabelRule) -> tuple[float, float]:
        """Width and height of the text's box, in units."""
        size = self.size(rule)
        return _measured(text, rule.bold, rule.spaced) * size / _EM + size * 0.3, size * 1.2

    def colors(self, rule: LabelRule) -> tuple[str, str]:
        """The colours of text and halo."""
        text = mixed(self.palette.text, self.palette.paper, 0.28) if rule.soft else self.palette.text
        return text, self.palette.halo

    def paint(self, painter: QPainter, label: Placed) -> None:
        """Paint the name as text with a halo: on paper it can be searched and copied."""
        color, halo = self.colors(label.rule)
        painter.save()
        painter.translate(label.x, label.y)
        painter.rotate(label.angle)
        scale = self.size(label.rule) / _EM
        painter.scale(scale, scale)
        made = font(label.rule.bold, 0.0)
        pieces = _pieces(label.text, label.rule.bold, label.rule.spaced)
        path = QPainterPath()
        for start, piece in pieces:
            path.addText(start, made, piece)
        pen = QPen(QColor(halo), 2 * HALO * _EM)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(path, pen)
        painter.setFont(made)
        painter.setPen(QColor(color))
        for start, piece in pieces:
            painter.drawText(start, piece)
        painter.restore()

    def stamp(self, painter: QPainter, label: Placed) -> None:
        """Paint the name from a sprite: quick, for the screen."""
        color, halo = self.colors(label.rule)
        angle = round(label.angle / 2) * 2
        sprite = _sprite(
            label.text, round(self.size(label.rule), 1), label.rule.bold, label.rule.spaced, angle, color, halo
        )
        painter.drawImage(QPointF(round(label.x - sprite.width() / 2), round(label.y - sprite.height() / 2)), sprite)


@lru_cache(maxsize=4000)
def _sprite(text: str, size: float, bold: bool, spaced: float, angle: int, color: str, halo: str) -> QImage:
    made = QFont(font(bold, spaced))
    made.setPixelSize(max(round(size), 6))
    if spaced:
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, spaced * size)
    path = QPainterPath()
    path.addText(0, 0, made, text)
    box: QRectF = path.boundingRect().adjusted(-3 - size * HALO, -3 - size * HALO, 3 + size * HALO, 3 + size * HALO)
    c, s = abs(cos(radians(angle))), abs(sin(radians(angle)))
    image = QImage(
        ceil(box.width() * c + box.height() * s), ceil(box.width() * s + box.height() * c),
        QImage.Format.Format_ARGB32_Premultiplied,
    )  # fmt: skip
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.translate(image.width() / 2, image.height() / 2)
    painter.rotate(angle)
    painter.translate(-box.center().x(), -box.center().y())
    pen = QPen(QColor(halo), 2 * HALO * size)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)
    painter.fillPath(path, QColor(color))
    painter.end()
    return image
