"""The tools of a trial: take an antenna by its handles, and probe what is received at a place."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.canvas.furniture import paint_tag
from desktop.shell.words import tr
from desktop.tools import TOOLS
from desktop.tools.tool import Pointer, Tool
from desktop.what_if.trial import Trial, trial_of
from gis.cartography.palette import Palette

_NEAR_PX, _GRIP_PX = 14.0, 10.0
_ARM_PX = 52.0  # from the mast to the handle that turns
_FOOT_PX = (76.0, 190.0)  # the least and the greatest distance of the handle that tilts
_TAG_PX = 78.0


class WhatIf(Tool):
    """Choose an antenna; drag the mast to move it, the round handle to turn it, the diamond to tilt it.

    The diamond lies where the middle of the beam meets level ground. A drag beside all antennas moves the map.
    """

    name = "what_if"
    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._pressed: Pointer | None = None
        self._last: Pointer | None = None
        self._grip = ""  # "turn", "tilt", "mast" or "map", while the button is held
        self._moving: list[int] = []
        self._hovered: int | None = None

    @property
    def trial(self) -> Trial | None:
        """The trial on this map, while it stands."""
        trial = trial_of(self.canvas)
        return trial if trial is not None and trial.stands else None

    @property
    def hint(self) -> str:
        trial = self.trial
        if trial is None:
            return tr("Begin a what-if trial in the panel first")
        if trial.adding:
            return tr("Click where the new antennas are to stand; Esc ends")
        if trial.chosen is None:
            return tr("Click an antenna to turn, move or tilt it")
        return tr(
            "Drag the mast to move (Alt: this sector alone), the circle to turn, the diamond to tilt; Del removes"
        )

    @property
    def busy(self) -> bool:
        trial = self.trial
        return trial is not None and (trial.adding or trial.chosen is not None)

    def leave(self) -> None:
        self._pressed = self._last = self._hovered = None
        self._grip = ""

    def press(self, at: Pointer) -> None:
        trial = self.trial
        self._pressed = self._last = at
        self._grip = "map"
        if trial is None or trial.adding:
            return
        grip = self._grip_at(at)
        found = None if grip in ("turn", "tilt") else self._antenna_at(at)
        if grip in ("turn", "tilt"):
            self._grip = grip
        elif found is not None:
            trial.choose(found)
            self._grip = "mast"
        self.canvas.tell_hint()

    def move(self, at: Pointer) -> None:
        trial = self.trial
        if self._pressed is None or not at.left:
            hovered = self._antenna_at(at) if trial is not None and not trial.adding else None
            grip = self._grip_at(at) if trial is not None and not trial.adding else ""
            if hovered != self._hovered:
                self._hovered = hovered
                self.canvas.update()
            adding = trial is not None and trial.adding
            hand = hovered is not None or grip in ("turn", "tilt")
            self.canvas.setCursor(
                Qt.CursorShape.CrossCursor if adding else Qt.CursorShape.PointingHandCursor if hand else self.cursor
            )
            return
        assert self._last is not None
        if self._last is self._pressed and not at.far_from(self._pressed):
            return
        begun = self._last is self._pressed
        if self._grip == "map":
            self.canvas.pan_by(round(at.px - self._last.px), round(at.py - self._last.py))
        elif trial is not None and trial.chosen is not None:
            if begun:
                self._moving = [trial.chosen] if at.alt or self._grip != "mast" else trial.together(trial.chosen)
                trial.remember(self._moving)
            self._drag(trial, at)
        self._last = at

    def release(self, at: Pointer) -> None:
        pressed, last, trial = self._pressed, self._last, self.trial
        self._pressed = self._last = None
        clicked = pressed is not None and last is pressed
        if trial is not None and clicked and self._grip == "map":
            if trial.adding:
                trial.add_at(at.x, at.y)
            else:
                trial.choose(None)
        self._grip = ""
        self.canvas.tell_hint()

    def key(self, key: Qt.Key) -> bool:
        trial = self.trial
        if key == Qt.Key.Key_Escape:
            if trial is not None and trial.adding:
                trial.adding = False
                trial.changed.emit()
            elif trial is not None and trial.chosen is not None:
                trial.choose(None)
            else:
                self.canvas.toolEnded.emit()
                return True
            self.canvas.tell_hint()
            return True
        if key == Qt.Key.Key_Delete and trial is not None and trial.chosen is not None:
            trial.remove(trial.chosen)
            return True
        return False

    def wants(self, key: Qt.Key) -> bool:
        return key == Qt.Key.Key_Delete and self.busy

    def take_back(self) -> bool:
        trial = self.trial
        return trial is not None and trial.take_back()

    def paint(self, painter: QPainter, palette: Palette) -> None:
        trial = self.trial
        if trial is None:
            return
        if self._hovered is not None and self._hovered != trial.chosen:
            self._paint_ring(painter, palette, self._hovered)
        handles = self._handles()
        if trial.chosen is None or handles is None:
            return
        mast, turn, foot = handles
        self._paint_ring(painter, palette, trial.chosen)
        color, halo = QColor(palette.selection), QColor(palette.halo)
        for end, width in ((foot or turn, 5.0), (foot or turn, 2.0)):
            if end is not None:
                painter.setPen(QPen(halo if width > 4 else color, width))
                painter.drawLine(mast, end)
        painter.setPen(QPen(color, 2.0))
        if turn is not None:
            painter.setBrush(halo)
            painter.drawEllipse(turn, 6.5, 6.5)
        if foot is not None:
            painter.setBrush(halo)
            painter.save()
            painter.translate(foot)
            painter.rotate(45)
            painter.drawRect(QRectF(-5.0, -5.0, 10.0, 10.0))
            painter.restore()
        view = self.canvas.view
        below = turn is None or turn.y() <= mast.y()  # beside the arm, never over the handles
        at = mast + QPointF(0.0, 0.0 if below else -_TAG_PX)
        paint_tag(painter, at, self._said(trial), palette, QRectF(0, 0, view.width, view.height))

    # ----------------------------------------------------------------------------------------------------------------
    def _drag(self, trial: Trial, at: Pointer) -> None:
        assert trial.chosen is not None
        state = trial.state(trial.chosen)
        if state is None:
            return
        dx, dy = at.x - state["x"], at.y - state["y"]
        if self._grip == "mast":
            trial.change(self._moving, step=False, x=at.x, y=at.y)
        elif self._grip == "turn" and (dx or dy):
            turned = round(math.degrees(math.atan2(dx, dy))) % 360.0
            trial.change([trial.chosen], step=False, azimuth=turned)
        elif self._grip == "tilt":
            down = math.degrees(math.atan2(_height(state), max(math.hypot(dx, dy), 1.0)))
            electrical = round((down - (state.get("mechanical_tilt") or 0.0)) * 2) / 2
            trial.change([trial.chosen], step=False, electrical_tilt=min(max(electrical, -10.0), 20.0))

    def _handles(self) -> tuple[QPointF, QPointF | None, QPointF | None] | None:
        """Mast, turning and tilting handle of the chosen antenna, in pixels."""
        trial = self.trial
        state = trial.state(trial.chosen) if trial is not None and trial.chosen is not None else None
        if state is None or state["x"] is None:
            return None
        mast = self.to_pixels(state["x"], state["y"])
        if "azimuth" not in state:
            return mast, None, None
        turn = math.radians(state["azimuth"] or 0.0)
        ahead = QPointF(math.sin(turn), -math.cos(turn))
        down = (state.get("mechanical_tilt") or 0.0) + (state.get("electrical_tilt") or 0.0)
        reach = _height(state) / math.tan(math.radians(down)) if down > 0.05 else math.inf
        far = min(max(reach / self.canvas.view.resolution, _FOOT_PX[0]), _FOOT_PX[1])
        return mast, mast + ahead * _ARM_PX, mast + ahead * far

    def _grip_at(self, at: Pointer) -> str:
        handles = self._handles()
        if handles is None:
            return ""
        for name, place in zip(("mast", "turn", "tilt"), handles, strict=True):
            if place is not None and math.hypot(place.x() - at.px, place.y() - at.py) <= _GRIP_PX:
                return name
        return ""

    def _antenna_at(self, at: Pointer) -> int | None:
        """The antenna under the mouse; of several on one mast the one that looks towards the mouse."""
        trial = self.trial
        if trial is None:
            return None
        found = trial.near(at.x, at.y, _NEAR_PX * self.canvas.view.resolution)
        if not found:
            return None
        if trial.chosen in found and self._grip_at(at) == "mast":
            return trial.chosen
        states = {key: trial.state(key) or {} for key in trial.together(found[0])}
        first = states.get(found[0], {})
        towards = math.degrees(math.atan2(at.x - first.get("x", at.x), at.y - first.get("y", at.y)))
        return min(states, key=lambda key: abs(((states[key].get("azimuth") or 0.0) - towards + 180.0) % 360.0 - 180.0))

    def _paint_ring(self, painter: QPainter, palette: Palette, key: int) -> None:
        assert self.trial is not None
        state = self.trial.state(key)
        if state is None or state["x"] is None:
            return
        at = self.to_pixels(state["x"], state["y"])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(QColor(palette.halo), 4.5), QPen(QColor(palette.selection), 2.0)):
            painter.setPen(pen)
            painter.drawEllipse(at, 8.0, 8.0)

    def _said(self, trial: Trial) -> str:
        assert trial.chosen is not None
        state = trial.state(trial.chosen) or {}
        if "azimuth" not in state:
            return trial.name(trial.chosen)
        tilt = (state.get("mechanical_tilt") or 0.0) + (state.get("electrical_tilt") or 0.0)
        figures = tr("{azimuth}° · tilt {tilt}°", azimuth=f"{state['azimuth'] or 0.0:g}", tilt=f"{tilt:g}")
        return f"{trial.name(trial.chosen)}\n{figures}"


class ProbePlace(Tool):
    """Click: which antennas are received there. A drag moves the map."""

    name = "probe"
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._pressed: Pointer | None = None
        self._last: Pointer | None = None

    @property
    def hint(self) -> str:
        return tr("Click a place to see which antennas are received there; Ctrl+C copies the list")

    @property
    def probing(self) -> object:
        """The page that shows what is received."""
        trial = trial_of(self.canvas)
        return trial.probing if trial is not None else None

    @property
    def said(self) -> str:
        page = self.probing
        return page.text if page is not None else ""  # type: ignore[attr-defined]

    def leave(self) -> None:
        self._pressed = self._last = None

    def press(self, at: Pointer) -> None:
        self._pressed = self._last = at

    def move(self, at: Pointer) -> None:
        if self._pressed is None or not at.left:
            return
        assert self._last is not None
        if self._last is self._pressed and not at.far_from(self._pressed):
            return
        self.canvas.pan_by(round(at.px - self._last.px), round(at.py - self._last.py))
        self._last = at

    def release(self, at: Pointer) -> None:
        clicked = self._pressed is not None and self._last is self._pressed
        self._pressed = self._last = None
        page = self.probing
        if clicked and page is not None:
            page.probe(at.x, at.y)  # type: ignore[attr-defined]

    def key(self, key: Qt.Key) -> bool:
        if key != Qt.Key.Key_Escape:
            return False
        self.canvas.toolEnded.emit()
        return True

    def paint(self, painter: QPainter, palette: Palette) -> None:
        page = self.probing
        if page is not None:
            page.paint(painter, self, palette)  # type: ignore[attr-defined]


def _height(state: dict[str, float]) -> float:
    return float(state.get("antenna_height_m") or state.get("height_m") or 30.0)


def register() -> None:
    """Make the tools known to the map; the room does so when it opens."""
    TOOLS.setdefault(WhatIf.name, WhatIf)
    TOOLS.setdefault(ProbePlace.name, ProbePlace)
