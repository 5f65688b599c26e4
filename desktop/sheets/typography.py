"""Type on a sheet: measured, broken into lines and painted in millimetres, the same on every kind of output."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextLayout, QTextOption

from desktop.canvas.paper_layers import note
from desktop.canvas.text import FAMILIES

INKS = {"ink": QColor("#16191D"), "soft": QColor("#4E5660"), "mark": QColor("#9B1C1C"), "line": QColor("#8B939C")}
UNIT = 50.0  # type is set at this many pixels a millimetre and scaled down, so that its metrics stay linear
LEADING = 1.42  # line height, in ems
_ASCENT = 0.88  # of Noto Sans CJK's em box


@lru_cache(maxsize=128)
def font(size: float, bold: bool = False) -> QFont:
    """The sheet's font, ``size`` mm to the em."""
    made = QFont()
    made.setFamilies(FAMILIES)
    made.setPixelSize(max(round(size * UNIT), 1))
    made.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    # Digits beside Latin letters would else take localised glyphs, which Qt's PDF cannot map back to text.
    made.setFeature(QFont.Tag("locl"), 0)
    return made


@lru_cache(maxsize=8192)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """How wide one line of text is, mm."""
    return QFontMetricsF(font(size, bold)).horizontalAdvance(text) / UNIT


def elided(text: str, size: float, width: float, bold: bool = False) -> str:
    """``text`` shortened with an ellipsis to ``width`` mm."""
    if text_width(text, size, bold) <= width:
        return text
    return QFontMetricsF(font(size, bold)).elidedText(text, Qt.TextElideMode.ElideRight, width * UNIT)


def broken(text: str, size: float, width: float, bold: bool = False, lines: int = 1_000) -> list[str]:
    """``text`` in lines of at most ``width`` mm, between words where it can, the last of ``lines`` elided."""
    parts = text.split("\n")
    if (
        len(parts) == 1 and text_width(text, size, bold) <= width
    ):  # most cells of tables: a layout takes ten times longer
        return [text.rstrip()]
    made: list[str] = []
    for k, part in enumerate(parts):
        layout = QTextLayout(part, font(size, bold))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, size) * UNIT)
            start = line.textStart()
            if len(made) == lines - 1:
                rest = part[start:].rstrip()
                made.append(elided(rest if k == len(parts) - 1 else rest + "…", size, width, bold))
                layout.endLayout()
                return made
            made.append(part[start : start + line.textLength()].rstrip())
        layout.endLayout()
    return made


def paint_line(
    painter: QPainter, text: str, x: float, y: float, size: float, *, bold: bool = False, ink: QColor | None = None,
    align: str = "left",
) -> None:  # fmt: skip
    """One line of text; ``y`` is the top of its em box and ``x`` its left end, middle or right end, mm."""
    if not text:
        return
    if align != "left":
        x -= text_width(text, size, bold) * (0.5 if align == "center" else 1.0)
    painter.save()
    painter.translate(x, y + _ASCENT * size)
    painter.scale(1 / UNIT, 1 / UNIT)
    painter.setFont(font(size, bold))
    painter.setPen(ink or INKS["ink"])
    painter.drawText(QPointF(0, 0), text)
    note(painter, text, bold)
    painter.restore()


def paint_upward(painter: QPainter, text: str, x: float, y: float, size: float, ink: QColor, align: str) -> None:
    """One line of text that reads from bottom to top; ``x`` is the left of its em box, ``y`` its start or middle."""
    painter.save()
    painter.translate(x, y)
    painter.rotate(-90)
    paint_line(painter, text, 0, 0, size, ink=ink, align=align)
    painter.restore()


def paint_lines(
    painter: QPainter, lines: list[str], x: float, y: float, size: float, width: float, *, bold: bool = False,
    ink: QColor | None = None, align: str = "left",
) -> float:  # fmt: skip
    """Lines below one another from the top ``y`` in a measure of ``width``; returns the height they take, mm."""
    at = {"left": x, "center": x + width / 2, "right": x + width}[align]
    for i, line in enumerate(lines):
        top = y + (i + (1 - 1 / LEADING) / 2) * size * LEADING
        paint_line(painter, line, at, top, size, bold=bold, ink=ink, align=align)
    return len(lines) * size * LEADING
