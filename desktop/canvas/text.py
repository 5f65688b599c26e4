"""Writes names on the map: letters measured once, names painted with a halo, kept as sprites for the screen."""

from __future__ import annotations

from functools import cache, lru_cache
from math import ceil, floor, hypot

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QTransform

from desktop.canvas.paper_layers import note
from gis.cartography.labels.names import Placed
from gis.cartography.palette import Palette, mixed, rgb
from gis.cartography.symbols import LabelRule

# The system's own Chinese sans serif first on each: Linux, Windows, macOS; then those of older systems.
FAMILIES = [
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "SimHei",
    "sans-serif",
]
_EM = 64  # pixels: fonts are measured and painted at this size and scaled, so that every unit works (pixels, mm)
_BASELINE = 0.36  # of the size: the baseline below the middle of the letters
_TURN = 2.0  # degrees: sprites of turned names are kept in such steps
_CODES = 0x110000
Glyph = tuple[str, float, float, float]  # letter or run of letters, its start (x, y) from the middle, degrees


@cache
def families() -> list[str]:
    """Those of ``FAMILIES`` that are here: asking for others is slow on some systems, and a warning on others."""
    known = set(QFontDatabase.families())
    return [name for name in FAMILIES if name in known] or QFontDatabase.systemFont(
        QFontDatabase.SystemFont.GeneralFont
    ).families()


@lru_cache(maxsize=16)
def font(bold: bool, spaced: float) -> QFont:
    """The map's font at the size of ``_EM`` pixels. Each letter is as wide alone as among others."""
    made = QFont()
    made.setFamilies(families())
    made.setPixelSize(_EM)
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setKerning(False)
    # Digits beside Latin letters would else take localised glyphs, which Qt's PDF cannot map back to text.
    for feature in ("locl", "liga", "clig", "calt"):
        made.setFeature(QFont.Tag(feature), 0)
    if spaced:
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, spaced * _EM)
    return made


@cache
def _table(bold: bool) -> NDArray[np.float32]:
    """The advance of every code point in letter heights; NaN until it is measured."""
    made = np.full(_CODES, np.nan, np.float32)
    made[0x4E00:0xA000] = QFontMetricsF(font(bold, 0.0)).horizontalAdvance("国") / _EM
    return made


def advances(codes: NDArray[np.int32], bold: bool) -> NDArray[np.float32]:
    """How far each letter moves the next one on, in letter heights; each is measured once."""
    table = _table(bold)
    made = table[codes]
    new = np.isnan(made)
    if new.any():
        metrics = QFontMetricsF(font(bold, 0.0))
        for code in np.unique(codes[new]).tolist():
            table[code] = metrics.horizontalAdvance(_letter(code)) / _EM
        made = table[codes]
    return made


def _letter(code: int) -> str:
    return " " if code < 32 or 0xD800 <= code < 0xE000 else chr(code)


def _shown(text: str) -> str:
    return text if text.isprintable() else "".join(_letter(ord(letter)) for letter in text)


class Writer:
    """Measures and paints names for one density; ``pixels_per_mm`` is units a millimetre."""

    def __init__(self, palette: Palette, pixels_per_mm: float) -> None:
        self.palette, self.pixels_per_mm = palette, pixels_per_mm

    def size(self, rule: LabelRule) -> float:
        """The letter height of a rule, in units."""
        return rule.size * self.pixels_per_mm * 1.25

    def advances(self, codes: NDArray[np.int32], bold: bool) -> NDArray[np.float32]:
        """How far each letter moves the next one on, in letter heights."""
        return advances(codes, bold)

    def colors(self, rule: LabelRule) -> tuple[str, str]:
        """The colours of text and halo."""
        text = mixed(self.palette.text, self.palette.paper, 0.28) if rule.soft else self.palette.text
        return text, self.palette.halo

    def paint(self, painter: QPainter, label: Placed) -> None:
        """Paint the name as text with a halo: on paper it can be searched and copied."""
        color, halo = self.colors(label.rule)
        size = self.size(label.rule)
        scale = size / _EM
        rim = label.rule.halo * self.pixels_per_mm / scale
        made = font(label.rule.bold, 0.0)
        painter.save()
        painter.translate(label.x, label.y)
        painter.rotate(label.angle)
        glyphs = _glyphs(label, size)
        for under in (True, False):
            for piece, x, y, turn in glyphs:
                painter.save()
                painter.translate(x, y)
                painter.rotate(turn)
                painter.scale(scale, scale)
                start = QPointF(-_width(piece, label.rule.bold) / 2, _BASELINE * _EM)
                if under and rim > 0:
                    pen = QPen(QColor(halo), 2 * rim)
                    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
                    path = QPainterPath()
                    path.addText(start, made, piece)
                    painter.strokePath(path, pen)
                elif not under:
                    painter.setFont(made)
                    painter.setPen(QColor(color))
                    painter.drawText(start, piece)
                    note(painter, piece, label.rule.bold)
                painter.restore()
        painter.restore()

    def stamp(self, painter: QPainter, label: Placed) -> None:
        """Paint the name from a sprite: quick, for the screen."""
        color, halo = self.colors(label.rule)
        size = self.size(label.rule)
        rim = label.rule.halo * self.pixels_per_mm
        if label.letters:
            glyphs = tuple(
                (piece, round(x * 4) / 4, round(y * 4) / 4, round(turn / _TURN) * _TURN)
                for piece, x, y, turn in _glyphs(label, size)
            )
            image, left, top = _sprite(glyphs, round(size, 2), label.rule.bold, 0.0, color, halo, round(rim, 2))
        else:
            glyphs = tuple(_glyphs(label, size))
            turn = round(label.angle / _TURN) * _TURN
            image, left, top = _sprite(glyphs, round(size, 2), label.rule.bold, turn, color, halo, round(rim, 2))
        painter.drawImage(QPointF(floor(label.x + 0.5) + left, floor(label.y + 0.5) + top), image)


def _glyphs(label: Placed, size: float) -> list[Glyph]:
    """The name in pieces around its middle: letter by letter where they stand apart or follow a bend.

    WORKAROUND: Qt's PDF stretches a font's letter spacing by its own resolution, and its SVG drops it.
    """
    text = _shown(label.text)
    if label.letters:
        return [
            (letter, x - label.x, y - label.y, turn)
            for letter, (x, y, turn) in zip(text, label.letters, strict=False)
            if letter != " "
        ]
    if not label.rule.spaced:
        return [(text, 0.0, 0.0, 0.0)]
    wide = [w * size for w in advances(np.array([ord(letter) for letter in text], np.int32), label.rule.bold).tolist()]
    x = -(sum(wide) + label.rule.spaced * size * (len(text) - 1)) / 2
    made = []
    for letter, w in zip(text, wide, strict=True):
        made.append((letter, x + w / 2, 0.0, 0.0))
        x += w + label.rule.spaced * size
    return made


@lru_cache(maxsize=20_000)
def _width(piece: str, bold: bool) -> float:
    return float(advances(np.array([ord(letter) for letter in piece], np.int32), bold).sum()) * _EM


@lru_cache(maxsize=4000)
def _outline(piece: str, bold: bool) -> QPainterPath:
    path = QPainterPath()
    path.addText(QPointF(-_width(piece, bold) / 2, _BASELINE * _EM), font(bold, 0.0), piece)
    return path


@lru_cache(maxsize=4000)
def _sprite(
    glyphs: tuple[Glyph, ...], size: float, bold: bool, turn: float, color: str, halo: str, rim: float
) -> tuple[QImage, int, int]:
    """The picture of a name and where its corner lies from the name's middle."""
    path = QPainterPath()
    for piece, x, y, angle in glyphs:
        here = QTransform()
        here.rotate(turn)
        here.translate(x, y)
        here.rotate(angle)
        here.scale(size / _EM, size / _EM)
        path.addPath(here.map(_outline(piece, bold)))
    box = path.controlPointRect().adjusted(-rim - 1, -rim - 1, rim + 1, rim + 1)
    left, top = floor(box.left()), floor(box.top())
    image = QImage(
        max(ceil(box.right()) - left, 1), max(ceil(box.bottom()) - top, 1), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(-left, -top)
    painter.fillPath(path, QColor(color))
    painter.end()
    return (_haloed(image, halo, rim) if rim > 0 else image), left, top


def _haloed(image: QImage, halo: str, rim: float) -> QImage:
    """A picture with a rim of a colour ``rim`` pixels wide below it.

    Qt's stroker takes a millisecond for a name in Chinese letters; a disc moved over its pixels a tenth of that.
    """
    h, w = image.height(), image.width()
    cover = (np.frombuffer(image.constBits(), np.uint32).reshape(h, w) >> np.uint32(24)).astype(np.float32)
    made = cover.copy()
    n = min(ceil(rim + 1.0), h - 1, w - 1)
    for dy in range(-n, n + 1):
        for dx in range(-n, n + 1):
            share = min(rim + 1.0 - hypot(dx, dy), 1.0)  # of a pixel so far from a covered one
            if share > 0.0 and (dx or dy):
                to = made[max(dy, 0) : h + min(dy, 0), max(dx, 0) : w + min(dx, 0)]
                near = cover[max(-dy, 0) : h + min(-dy, 0), max(-dx, 0) : w + min(-dx, 0)]
                np.maximum(to, near if share == 1.0 else near * np.float32(share), out=to)
    words = _shades(halo)[made.astype(np.uint8)]
    ground = QImage(words.data, w, h, w * 4, QImage.Format.Format_ARGB32_Premultiplied).copy()
    painter = QPainter(ground)
    painter.drawImage(0, 0, image)
    painter.end()
    return ground


@lru_cache(maxsize=16)
def _shades(color: str) -> NDArray[np.uint32]:
    """The premultiplied words (256,) of a colour by opacity."""
    alpha = np.arange(256, dtype=np.uint32)
    red, green, blue = ((alpha * part + 127) // 255 for part in rgb(color))
    return np.ascontiguousarray((alpha << 24) | (red << 16) | (green << 8) | blue, np.uint32)
