"""Paints SVG icons in a colour: read and made harmless once, kept as renderers."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgRenderer

from gis.cartography.icons import colored, icon_text
from gis.errors import Refusal

_painting = Lock()  # a renderer serves one thread at a time


@lru_cache(maxsize=256)
def _renderer(svg: str, color: str, halo: str) -> QSvgRenderer:
    made = QSvgRenderer(QByteArray(colored(icon_text(svg), color, halo).encode()))
    if not made.isValid():
        raise Refusal("canvas.icon", name=svg if len(svg) <= 64 else "SVG", reason="SVG")
    made.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
    return made


def icon_problem(svg: str) -> Refusal | None:
    """Why an icon cannot be drawn, or None when it can be."""
    try:
        _renderer(svg, "#000000", "#FFFFFF")
    except Refusal as refusal:
        return refusal
    return None


def paint_icon(painter: QPainter, svg: str, size: float, color: str, halo: str) -> bool:
    """Paint an icon ``size`` across, centred on the painter's origin; False where it cannot be drawn."""
    try:
        renderer = _renderer(svg, color, halo)
    except Refusal:
        return False
    with _painting:
        renderer.render(painter, QRectF(-size / 2, -size / 2, size, size))
    return True
