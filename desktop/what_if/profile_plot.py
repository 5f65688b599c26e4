"""The way from an antenna to a place from the side: ground, roofs, the ray, its first Fresnel zone, obstacles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.shell.formatting import length
from desktop.shell.theme import theme
from desktop.shell.words import tr, words

_LEFT, _RIGHT, _TOP, _BOTTOM = 38.0, 12.0, 22.0, 24.0
_GROUND = {False: "#b8a98a", True: "#6b5f4a"}
_ROOF = {False: "#8a94a0", True: "#5d6874"}


class ProfilePlot(QWidget):
    """Shows a `gis.radio.probing.Profile`; under the mouse it says distance, height and what is free there."""

    def __init__(self) -> None:
        super().__init__()
        self._profile: Any = None
        self._at: float | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)
        words().changed.connect(self._say)
        self._say()

    def sizeHint(self) -> QSize:
        """Wide enough for an inspector."""
        return QSize(280, 174)

    def show_profile(self, profile: Any) -> None:
        """Show this way; None: none."""
        self._profile, self._at = profile, None
        self._say()

    @property
    def said(self) -> str:
        """What the mouse points at, in words; empty beside the plot."""
        p = self._profile
        if p is None or self._at is None:
            return ""
        i = int(np.abs(p.distance_m - self._at).argmin())
        free = float(p.ray_m[i] - p.roof_m[i])
        roof = float(p.roof_m[i] - p.ground_m[i])
        parts = [length(float(p.distance_m[i])), tr("ray {metres} m above", metres=f"{free:.1f}".replace("-", "−"))]
        if roof > 0.05:
            parts.insert(1, tr("roof {metres} m", metres=f"{roof:.1f}"))
        return " · ".join(parts)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        p = self._profile
        if p is not None:
            x = event.position().x()
            inside = self._frame().left() <= x <= self._frame().right()
            self._at = (x - self._frame().left()) / self._frame().width() * p.distance_m[-1] if inside else None
            self.update()

    def leaveEvent(self, event: Any) -> None:
        self._at = None
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        if self._profile is None:
            painter.setPen(theme().color("text_faint"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("Choose an antenna to see the way to it"))
            return
        self._paint_profile(painter)

    def _frame(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)

    def _paint_profile(self, painter: QPainter) -> None:
        p, frame, dark = self._profile, self._frame(), theme().dark
        under, over = p.ray_m - p.fresnel_m, p.ray_m + p.fresnel_m
        low = float(min(p.ground_m.min(), 0.0 if not p.known else p.ground_m.min()))
        high = float(max(over.max(), p.roof_m.max()))
        step = _step(max(high - low, 5.0) / 4)
        low, high = math.floor(low / step) * step, math.ceil((high + 0.01) / step) * step
        reach = float(p.distance_m[-1])

        def points(heights: Any, distances: Any = p.distance_m) -> list[QPointF]:
            xs = frame.left() + distances / reach * frame.width()
            ys = frame.bottom() - (np.clip(heights, low, high) - low) / (high - low) * frame.height()
            return [QPointF(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]

        self._paint_axes(painter, frame, low, high, step, reach)
        floor = [QPointF(frame.right(), frame.bottom()), QPointF(frame.left(), frame.bottom())]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(_ROOF[dark]))
        painter.drawPolygon(QPolygonF(points(p.roof_m) + floor))
        painter.setBrush(QColor(_GROUND[dark]))
        painter.drawPolygon(QPolygonF(points(p.ground_m) + floor))
        zone = theme().color("accent")
        zone.setAlphaF(0.18)
        painter.setBrush(zone)
        painter.drawPolygon(QPolygonF(points(over) + points(under)[::-1]))
        for places, color in ((p.grazed & ~p.blocked, "warn"), (p.blocked, "bad")):
            self._paint_obstacles(painter, points(np.where(places, p.roof_m, low)), points(p.ground_m), places, color)
        painter.setPen(QPen(theme().color("accent"), 1.8))
        painter.drawPolyline(QPolygonF(points(p.ray_m)))
        painter.setPen(QPen(theme().color("text"), 2.0))
        ends = points(p.ray_m[[0, -1]], p.distance_m[[0, -1]]), points(p.ground_m[[0, -1]], p.distance_m[[0, -1]])
        for top, foot in zip(*ends, strict=True):
            painter.drawLine(top, foot)
        if self._at is not None:
            x = frame.left() + self._at / reach * frame.width()
            painter.setPen(QPen(theme().color("text_soft"), 1.0, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        painter.setPen(theme().color("text" if self._at is not None else "text_soft"))
        head = QRectF(frame.left(), 0, frame.width(), _TOP - 4)
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.said or verdict(p))

    def _paint_axes(self, painter: QPainter, frame: QRectF, low: float, high: float, step: float, reach: float) -> None:
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for i in range(round((high - low) / step) + 1):
            y = frame.bottom() - i * step / (high - low) * frame.height()
            painter.setPen(QPen(theme().color("line"), 1.0))
            painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
            painter.setPen(theme().color("text_soft"))
            said = f"{low + i * step:g}".replace("-", "−")
            painter.drawText(QRectF(0, y - 8, _LEFT - 6, 16), right, f"{said} m" if low + i * step == high else said)
        across = _step(reach / 4)
        for i in range(int(reach / across) + 1):
            x = frame.left() + i * across / reach * frame.width()
            box = QRectF(x - 40, frame.bottom() + 4, 80, 16)
            side = Qt.AlignmentFlag.AlignHCenter
            if box.right() > self.width():
                box.moveRight(self.width() - 2.0)
                side = Qt.AlignmentFlag.AlignRight
            if i == 0:
                box.moveLeft(frame.left())
                side = Qt.AlignmentFlag.AlignLeft
            painter.drawText(box, side, length(i * across) if i else "0")

    def _paint_obstacles(self, painter: QPainter, tops: Any, feet: Any, places: Any, color: str) -> None:
        ink = theme().color(color)
        pen = QPen(ink, max(1.6, self._frame().width() / (len(places) - 1) + 1.0))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        for i in np.flatnonzero(places):
            painter.drawLine(tops[i], feet[i])

    def _say(self) -> None:
        worded = tr("Profile of the way to the antenna")
        self.setAccessibleName(f"{worded}: {verdict(self._profile)}" if self._profile is not None else worded)
        self.update()


def verdict(profile: Any) -> str:
    """What stands in the way, in a few words."""
    if not profile.known:
        return tr("Level, bare ground is assumed")
    if profile.blocked.any():
        return tr("Blocked by what stands in the way")
    if profile.grazed.any():
        return tr("In sight, but the Fresnel zone is touched")
    return tr("Free sight")


def _step(about: float) -> float:
    """1, 2 or 5 times a power of ten, near ``about``."""
    power = 10.0 ** math.floor(math.log10(about))
    return next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if power * factor >= about)
