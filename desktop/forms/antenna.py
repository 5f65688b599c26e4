"""The antenna of a cell in its form: how strong it is around the compass and up and down, as predictions take it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.forms.section import Section
from desktop.shell.theme import theme
from desktop.shell.words import language, tr, words
from gis.errors import Refusal
from gis.project.antennas import Antenna, antenna_of

CLASS = "cell"
_DEEPEST = -30.0  # dB at the middle of a plot
_RINGS = (0.0, -10.0, -20.0)
_LETTERS = 20.0  # pixels around a plot for its letters


class AntennaSection(Section):
    """Shows the antenna of one row of class cell; ``said`` is its description."""

    def __init__(self, workspace: Any) -> None:
        super().__init__(folded=True)
        self._workspace = workspace
        self._row: dict[str, Any] | None = None
        self.plot, self.told = PatternPlot(), QLabel()
        self.told.setProperty("role", "soft")
        self.told.setWordWrap(True)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 8)
        column.addWidget(self.plot)
        column.addWidget(self.told)
        self.set_body(body)
        words().changed.connect(self._say)
        self._say()

    @property
    def said(self) -> str:
        """The antenna in words."""
        return self.told.text()

    def show_row(self, row: dict[str, Any] | None) -> None:
        """Draw the antenna of this row; None: nothing."""
        self._row = row
        self._say()

    def clear(self) -> None:
        """Forget the row."""
        self.show_row(None)

    def _say(self, *_language: object) -> None:
        self.set_title(tr("Antenna pattern"))
        session = self._workspace.session
        if self._row is None or session is None:
            self.plot.show_antenna(None)
            self.told.clear()
            return
        try:
            antenna = antenna_of(session, self._row)
        except Refusal as refusal:
            self.plot.show_antenna(None)
            self.told.setText(refusal.message(language()))
            return
        self.plot.show_antenna(antenna)
        self.told.setText(_description(antenna))


class PatternPlot(QWidget):
    """Two polar plots of an antenna: around the compass, north up, and up and down, the beam to the right."""

    def __init__(self) -> None:
        super().__init__()
        self._antenna: Antenna | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)
        words().changed.connect(self._named)
        self._named()

    def sizeHint(self) -> QSize:
        """Two circles side by side in an inspector."""
        return QSize(280, 172)

    def show_antenna(self, antenna: Antenna | None) -> None:
        """Draw this one; None: nothing."""
        self._antenna = antenna
        self.setVisible(antenna is not None)
        self.update()

    def _named(self, *_language: object) -> None:
        self.setAccessibleName(tr("Antenna pattern"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Rings of 10 dB, the pattern over them, what each plot shows above it."""
        antenna = self._antenna
        if antenna is None:
            return
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            half = self.width() / 2.0
            bearing, around = antenna.horizontal()
            rise, upright = antenna.vertical()
            left, right = QRectF(0, 0, half, self.height()), QRectF(half, 0, half, self.height())
            compass = ("N", "E", "S", "W") if language() == "en" else ("北", "东", "南", "西")
            _polar(painter, left, tr("Around"), np.radians(bearing - 90.0), around, compass)
            _polar(painter, right, tr("Up and down"), np.radians(-rise), upright, ("+90°", "0°", "−90°", ""))
        finally:
            painter.end()


def _polar(
    painter: QPainter, box: QRectF, title: str, angle: NDArray[np.float64], db: NDArray[np.float64],
    directions: tuple[str, str, str, str],
) -> None:  # fmt: skip
    """One plot; ``angle`` in radians clockwise from the right, as the screen has it."""
    colors = theme()
    middle = QPointF(box.center().x(), box.center().y() + 8)
    radius = min(box.width(), box.height() - 16) / 2.0 - _LETTERS
    font = painter.font()
    font.setPixelSize(11)
    painter.setFont(font)
    painter.setPen(colors.color("text_soft"))
    painter.drawText(QRectF(box.left(), 0, box.width(), 16), Qt.AlignmentFlag.AlignCenter, title)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colors.color("line"), 1.0))
    for ring in _RINGS:
        reach = radius * _reach(ring)
        painter.drawEllipse(middle, reach, reach)
    painter.drawLine(QPointF(middle.x() - radius, middle.y()), QPointF(middle.x() + radius, middle.y()))
    painter.drawLine(QPointF(middle.x(), middle.y() - radius), QPointF(middle.x(), middle.y() + radius))
    reach = radius * _reach(db)
    points = [
        QPointF(middle.x() + r * math.cos(a), middle.y() + r * math.sin(a)) for a, r in zip(angle, reach, strict=True)
    ]
    fill = QColor(colors.color("accent"))
    fill.setAlpha(56)
    painter.setBrush(fill)
    painter.setPen(QPen(colors.color("accent"), 1.6))
    painter.drawPolygon(QPolygonF(points))
    painter.setPen(colors.color("text_soft"))
    for text, dx, dy in zip(directions, (0, 1, 0, -1), (-1, 0, 1, 0), strict=True):
        away = radius + _LETTERS / 2
        place = QPointF(middle.x() + dx * away, middle.y() + dy * away)
        painter.drawText(QRectF(place.x() - 18, place.y() - 8, 36, 16), Qt.AlignmentFlag.AlignCenter, text)
    painter.setPen(colors.color("text_faint"))
    for ring in _RINGS[1:]:
        at = middle.x() + radius * _reach(ring) * math.cos(math.radians(-35))
        up = middle.y() + radius * _reach(ring) * math.sin(math.radians(-35))
        painter.drawText(QRectF(at - 14, up - 8, 28, 16), Qt.AlignmentFlag.AlignCenter, f"{ring:.0f}".replace("-", "−"))


def _reach(db: Any) -> Any:
    """Share of the radius: 0 dB outside, −30 dB and less in the middle."""
    return 1.0 - np.clip(np.asarray(db, float), _DEEPEST, 0.0) / _DEEPEST


def _description(antenna: Antenna) -> str:
    parts = [antenna.pattern.name]
    if antenna.pattern.gain_dbi is not None:
        parts.append(f"{antenna.pattern.gain_dbi:g} dBi")
    if antenna.azimuth_deg is None:
        parts.append(tr("direction not known: taken as all-round"))
    elif antenna.tilt_deg:
        parts.append(tr("tilted {degrees}° down", degrees=f"{antenna.tilt_deg:g}"))
    if antenna.assumed:
        parts.append(tr("beamwidths assumed"))
    if antenna.missing:
        parts.append(tr("{file} is not in the folder “patterns” beside the project", file=antenna.file))
    return " · ".join(parts)
