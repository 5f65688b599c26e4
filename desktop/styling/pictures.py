"""Pictures of what can be chosen: marks, dashes, fill patterns, colour ramps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen

from desktop.shell.theme import theme
from desktop.shell.words import mark, tr
from gis.cartography.palette import Palette
from gis.cartography.symbols import DASH_MM, LayerStyle, Variant
from gis.resources import resource

SHAPES = (
    ("circle", mark("Circle")),
    ("square", mark("Square")),
    ("diamond", mark("Diamond")),
    ("triangle", mark("Triangle")),
    ("hexagon", mark("Hexagon")),
    ("pentagon", mark("Pentagon")),
    ("star", mark("Star")),
    ("cross", mark("Cross")),
)
DASHES: tuple[tuple[tuple[float, ...], str], ...] = (
    ((), mark("Solid")),
    ((6.0, 3.0), mark("Dashed")),
    ((12.0, 4.0), mark("Long dashes")),
    ((3.0, 2.0), mark("Short dashes")),
    ((1.0, 2.0), mark("Dotted")),
    ((9.0, 3.0, 1.5, 3.0), mark("Dash and dot")),
    ((9.0, 3.0, 1.5, 3.0, 1.5, 3.0), mark("Dash and two dots")),
)
PATTERNS = (
    (None, mark("No pattern")),
    ("hatch", mark("Hatched")),
    ("back_hatch", mark("Hatched backwards")),
    ("cross", mark("Cross-hatched")),
    ("horizontal", mark("Horizontal lines")),
    ("vertical", mark("Vertical lines")),
    ("dots", mark("Dots")),
)
PX_PER_MM = 96 / 25.4
Mark = tuple[str, str | None]  # shape, SVG


@cache
def svg_names() -> tuple[str, ...]:
    """The pictures that come with the program."""
    return tuple(sorted(path.stem for path in resource("symbols", "svg").glob("*.svg")))


def mark_cells(own: str | None) -> list[tuple[Mark, str]]:
    """All marks to choose from; ``own`` is the text of a picture of the user's."""
    cells: list[tuple[Mark, str]] = [((shape, None), tr(name)) for shape, name in SHAPES]
    cells += [(("circle", name), _name(name)) for name in svg_names()]
    if own is not None and own not in svg_names():
        cells.append((("circle", own), tr("Own picture")))
    return cells


def _name(picture: str) -> str:
    key = f"picture|{picture}"
    return tr(key).replace("_", " ")


def paint_sample(painter: QPainter, rect: QRectF, kind: str, family: str, variant: Variant) -> None:
    """A variant as the map draws it."""
    from desktop.canvas.marks import paint_swatch  # loads the map's kernels

    style = LayerStyle("sample", kind, family, (variant,), mode="single")  # type: ignore[arg-type]
    paint_swatch(painter, style, None, rect, Palette.of(theme().dark))


def paint_dash(painter: QPainter, rect: QRectF, dash: tuple[float, ...]) -> None:
    """A line with a dash; the catalogue counts dashes in widths of 0.4 mm."""
    pen = QPen(theme().color("text"), 2.0)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if dash:
        pen.setDashPattern([max(part * DASH_MM * PX_PER_MM / 2.0, 0.05) for part in dash])
    painter.setPen(pen)
    y = rect.center().y()
    painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))


def paint_pattern(painter: QPainter, rect: QRectF, pattern: str | None) -> None:
    """A patch filled with a pattern."""
    color = theme().color("text").name().upper()
    look = Variant(None, "#27313C", width=0.2, pattern=pattern)  # type: ignore[arg-type]
    if pattern is None:
        painter.setPen(QPen(QColor(color), 1))
        painter.drawRect(rect.adjusted(2, 2, -2, -2))
    else:
        paint_sample(painter, rect, "polygon", "ground", look)


def paint_ramp(painter: QPainter, rect: QRectF, colors: Sequence[str] | None) -> None:
    """A ramp from its low to its high end, in the colours of the map's ground."""
    if not colors:
        return
    ink = Palette.of(theme().dark).ink
    gradient = QLinearGradient(rect.topLeft(), rect.topRight())
    for i, color in enumerate(colors):
        gradient.setColorAt(i / max(len(colors) - 1, 1), QColor(ink(color, "sight")))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawRoundedRect(rect, 3, 3)
