"""Handles on the wedge of one selected cell, camera or reader: turn it, open it, reach further."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, hypot, radians, sin
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.canvas.fans import fan
from desktop.canvas.furniture import paint_tag
from desktop.shell.words import tr
from desktop.tools.tool import Pointer, band_pen, paint_vertex
from desktop.tools.typed import Typed
from gis.cartography.palette import Palette
from gis.cartography.symbols import Wedge
from gis.editing.intents import Update
from gis.geometry.construction import bearing, distance

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas

GRIP = 9.0  # pixels within which a handle is taken hold of
KNOB = 24.0  # pixels the turning handle stands off the arc
LEAST = 56.0  # pixels: a shorter wedge is shown this long, and its range cannot be dragged
STEP = 5.0  # degrees with Shift
Handle = Literal["azimuth", "left", "right", "range"]


@dataclass(frozen=True, slots=True)
class Aim:
    """Where one feature looks: degrees clockwise from north, degrees, metres."""

    cls: str
    id: int
    x: float
    y: float
    azimuth: float
    width: float
    range: float
    wedge: Wedge


class Aiming:
    """What the select tool does with the wedge of the one selected feature, while the map is edited."""

    def __init__(self, canvas: MapCanvas) -> None:
        self.canvas = canvas
        self._was: Aim | None = None
        self.now: Aim | None = None
        self._handle: Handle | None = None
        self._typed = Typed()
        self._waiting = False

    @property
    def busy(self) -> bool:
        """Whether a handle is held or figures are typed."""
        return self._handle is not None or bool(self._typed.text)

    def look(self) -> None:
        """Take up what is selected now."""
        if self._handle is not None or self._waiting:
            return
        chosen = [(cls, int(i)) for cls, ids in self.canvas.selection.items() for i in ids[:2]]
        one = chosen[0] if len(chosen) == 1 and self.canvas.editing else None
        self._was = self.now = self._aim(*one) if one is not None else None

    def refreshed(self) -> None:
        """The map shows what was written."""
        self._waiting = False
        self.look()

    def answered(self, error: Exception | None) -> None:
        """What was wished was written, or refused: then it looks where it looked before."""
        if error is not None:
            self._waiting = False
            self.now = self._was

    def drop(self) -> bool:
        """Let go of the handle and the figures typed; whether there was something to let go of."""
        was_busy = self.busy
        self._handle, self.now = None, self._was
        self._typed.clear()
        self.canvas.update()
        return was_busy

    def press(self, at: Pointer) -> bool:
        """The left button went down; True when it took a handle."""
        self._current()
        self._handle = self._near(at)
        return self._handle is not None

    def move(self, at: Pointer) -> bool:
        """The mouse moved; True while a handle is held."""
        if self._handle is None or self.now is None:
            return False
        self.now = self._dragged(self.now, at)
        self.canvas.update()
        return True

    def release(self, at: Pointer) -> bool:
        """The left button went up; True when a handle was held."""
        if self._handle is None:
            return False
        self.move(at)
        self._handle = None
        self._emit()
        return True

    def takes(self, key: Qt.Key) -> bool:
        """Whether a key is part of a figure for this wedge."""
        return self._current() is not None and self._typed.takes(key)

    def key(self, key: Qt.Key) -> bool:
        """A key was pressed; True when it was used."""
        if key == Qt.Key.Key_Escape:
            return self.drop()
        if self.takes(key):
            self._typed.key(key)
            self.canvas.update()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._typed.text and self.now is not None:
            figures = self._typed.numbers()
            self._typed.clear()
            if figures:
                self.now = self._with(self.now, *figures[:3])
                self._emit()
            else:
                self.canvas.hintChanged.emit(self.asked)
            self.canvas.update()
            return True
        return False

    @property
    def asked(self) -> str:
        """Which figures can be typed."""
        wedge = self.now.wedge if self.now is not None else None
        said = [tr("azimuth °")]
        if wedge is not None and wedge.width:
            said.append(tr("angle °"))
        if wedge is not None and wedge.range:
            said.append(tr("range m"))
        return ", ".join(said)

    def paint(self, painter: QPainter, palette: Palette) -> None:
        """The wedge as it would be, and its handles."""
        aim = self._current()
        if aim is None:
            return
        middle, radius = self._middle(aim), self._radius(aim)
        tint = QColor(palette.selection)
        tint.setAlphaF(0.16)
        painter.setBrush(tint)
        painter.setPen(band_pen(palette))
        painter.drawPath(fan(middle, aim.azimuth, aim.width, radius))
        painter.setPen(band_pen(palette, dashed=True))
        handles = self._handles(aim)
        painter.drawLine(middle, handles["azimuth"])
        for name, point in handles.items():
            if name == "azimuth":
                painter.setPen(QPen(QColor(palette.selection), 1.6))
                painter.setBrush(QColor(palette.halo))
                painter.drawEllipse(point, 6.0, 6.0)
            else:
                paint_vertex(painter, palette, point, strong=name == self._handle)
        frame = QRectF(0, 0, self.canvas.view.width, self.canvas.view.height)
        if self._handle is not None:
            paint_tag(painter, handles["azimuth"], self.said(aim), palette, frame)
        self._typed.paint(painter, palette, self.canvas.view, handles["azimuth"], self.asked)

    def said(self, aim: Aim) -> str:
        """The figures of a wedge in words."""
        said = [tr("Azimuth {azimuth}°", azimuth=f"{aim.azimuth:.1f}")]
        if aim.wedge.width:
            said.append(tr("Angle {width}°", width=f"{aim.width:.1f}"))
        if aim.wedge.range:
            said.append(tr("Range {range} m", range=f"{aim.range:.1f}"))
        return "\n".join(said)

    # ----------------------------------------------------------------------------------------------------------------
    def _current(self) -> Aim | None:
        """The wedge of what is selected; None when it is another selection, or nothing is edited."""
        chosen = self.canvas.selection
        aim = self.now
        same = aim is not None and list(chosen) == [aim.cls] and chosen[aim.cls].tolist() == [aim.id]
        if not same or not self.canvas.editing:
            self._waiting = False
            self.look()
        return self.now

    def _aim(self, cls: str, id: int) -> Aim | None:
        style = next((x.style for x in self.canvas.scene.drawn_layers() if x.style.cls == cls), None)
        row = self.canvas.session.row(cls, id) if style is not None and style.wedge is not None else None
        if row is None or row.get("geom") is None or style is None or style.wedge is None:
            return None
        wedge, place = style.wedge, row["geom"]
        width = row.get(wedge.width) if wedge.width else None
        reach = row.get(wedge.range) if wedge.range else None
        return Aim(
            cls, id, place.x, place.y, float(row.get(wedge.azimuth) or 0.0),
            float(wedge.default_width if width is None else width),
            float(wedge.default_range if reach is None else reach), wedge,
        )  # fmt: skip

    def _middle(self, aim: Aim) -> QPointF:
        px, py = self.canvas.view.to_pixels(aim.x, aim.y)
        return QPointF(float(px), float(py))

    def _radius(self, aim: Aim) -> float:
        return max(aim.range / self.canvas.view.resolution, LEAST)

    def _handles(self, aim: Aim) -> dict[Handle, QPointF]:
        middle, radius = self._middle(aim), self._radius(aim)

        def on(angle: float, away: float) -> QPointF:
            return middle + QPointF(sin(radians(angle)) * away, -cos(radians(angle)) * away)

        made: dict[Handle, QPointF] = {"azimuth": on(aim.azimuth, radius + KNOB)}
        if aim.wedge.width:
            half = min(aim.width, 359.0) / 2
            made |= {"left": on(aim.azimuth - half, radius * 0.7), "right": on(aim.azimuth + half, radius * 0.7)}
        if aim.wedge.range and aim.range / self.canvas.view.resolution >= LEAST:
            made["range"] = on(aim.azimuth, radius)
        return made

    def _near(self, at: Pointer) -> Handle | None:
        if self.now is None:
            return None
        away = {
            name: hypot(point.x() - at.px, point.y() - at.py) for name, point in self._handles(self.now).items()
        }  # fmt: skip
        nearest = min(away, key=away.__getitem__)
        return nearest if away[nearest] <= GRIP else None

    def _dragged(self, aim: Aim, at: Pointer) -> Aim:
        toward = bearing((aim.x, aim.y), (at.x, at.y))
        if self._handle == "azimuth":
            return replace(aim, azimuth=_stepped(toward, at.shift) % 360)
        if self._handle == "range":
            return replace(aim, range=max(round(distance((aim.x, aim.y), (at.x, at.y)), 1), 0.1))
        half = (toward - aim.azimuth if self._handle == "right" else aim.azimuth - toward) % 360
        half = half if half <= 180 else (0.0 if half > 270 else 180.0)  # past the axis it is shut, past the back whole
        return replace(aim, width=min(max(_stepped(2 * half, at.shift), 1.0), 360.0))

    def _with(self, aim: Aim, azimuth: float, width: float | None = None, reach: float | None = None) -> Aim:
        made = replace(aim, azimuth=azimuth % 360)
        if width is not None and aim.wedge.width:
            made = replace(made, width=width)
        elif width is not None:
            reach = width if reach is None else reach  # a wedge without an angle of its own: azimuth, range
        return replace(made, range=reach) if reach is not None and aim.wedge.range else made

    def _emit(self) -> None:
        was, now = self._was, self.now
        if was is None or now is None:
            return
        wedge, values = now.wedge, {}
        if now.azimuth != was.azimuth:
            values[wedge.azimuth] = now.azimuth
        if wedge.width and now.width != was.width:
            values[wedge.width] = now.width
        if wedge.range and now.range != was.range:
            values[wedge.range] = now.range
        if values:
            self._waiting = True
            self.canvas.intentMade.emit(Update(now.cls, [now.id], values))


def _stepped(degrees: float, coarse: bool) -> float:
    return round(degrees / STEP) * STEP if coarse else round(degrees, 1)
