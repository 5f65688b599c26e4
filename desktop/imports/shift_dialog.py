"""The way from an old datum or a local grid to CGCS2000: seven or four parameters, or control points that give them."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.forms.fields import dress
from desktop.imports.control_points import ControlPoints
from desktop.imports.systems import SystemBox
from desktop.shell.words import language, mark, tr, worded, words
from desktop.styling.controls import CalmBox
from desktop.styling.sections import Segments
from gis.errors import Refusal
from gis.geometry.crs import project_crs
from gis.geometry.shifts import Convention, Helmert7, Shift, Similarity4, checked_crs, old_datum

_USUAL = "EPSG:2437"  # Beijing 1954, as old sheets of Yancheng are
_CONVENTIONS: tuple[tuple[Convention, str], ...] = (
    ("position_vector", mark("position vector (usual in China, Bursa–Wolf)")),
    ("coordinate_frame", mark("coordinate frame: rotations with the other sign")),
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_WAYS = (
    ("seven", mark("7 parameters"), "", mark("Between two datums: translations, rotations, scale")),
    ("four", mark("4 parameters"), "", mark("Between two plane grids: translation, rotation, scale")),
    ("points", mark("Control points"), "", mark("Points known in both systems: the parameters are fitted")),
)


class ShiftDialog(QDialog):
    """``taken(shift or None)`` when the user agrees; ``crs`` is the file's system as far as it is known."""

    taken = Signal(object)

    def __init__(self, shift: Shift | None, crs: str | None, target_crs: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._target = target_crs
        worded(self, "setWindowTitle", "Shift to the project's system")
        self.way = Segments(_WAYS, icons=False)
        self.local = QLabel()
        self.local.setProperty("role", "faint")
        worded(self.local, "setText", "Four parameters lead from any plane grid, also a local one, to the project's.")
        self.source = SystemBox((crs,) if crs else (), found=False)
        self.source.show_value(crs if crs is not None and is_old(crs) else _USUAL)
        self.seven, self.four, self.points = SevenParameters(), FourParameters(), ControlPoints()
        self.stack = QStackedWidget()
        for page in (self.seven, self.four, self.points):
            self.stack.addWidget(page)
            page.changed.connect(self._refresh)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.none, self.close_, self.take = QPushButton(), QPushButton(), QPushButton()
        self.take.setProperty("role", "primary")
        worded(self.none, "setText", "No shift")
        worded(self.close_, "setText", "Close")
        worded(self.take, "setText", "Use it")
        self._lay_out()
        self.way.chosen.connect(self._turn)
        self.source.picked.connect(self._refresh)
        self.none.clicked.connect(self._drop)
        self.close_.clicked.connect(self.close)
        self.take.clicked.connect(self._agree)
        words().changed.connect(self._refresh)
        self._begin(shift)
        self.resize(900, 520)

    def _lay_out(self) -> None:
        head = QGridLayout()
        head.setHorizontalSpacing(12)
        head.setVerticalSpacing(8)
        head.setColumnStretch(1, 1)
        for place, (text, widget) in enumerate((("Known are", self.way), ("The file is in", self.source))):
            label = QLabel()
            label.setProperty("role", "soft")
            worded(label, "setText", text)
            worded(widget, "setAccessibleName", text)
            label.setBuddy(widget)
            head.addWidget(label, place, 0)
            head.addWidget(widget, place, 1)
        head.addWidget(self.local, 2, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.none)
        foot.addStretch(1)
        foot.addWidget(self.close_)
        foot.addWidget(self.take)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.stack, 1)
        column.addWidget(self.said)
        column.addLayout(foot)

    def _begin(self, shift: Shift | None) -> None:
        if isinstance(shift, Helmert7):
            self.source.show_value(shift.source_crs)
            self.seven.show_shift(shift)
        elif shift is not None:
            self.four.show_shift(shift)
        self._turn("four" if isinstance(shift, Similarity4) else "seven")

    def _turn(self, key: str) -> None:
        self.way.show_key(key)
        self.stack.setCurrentIndex([way for way, *_ in _WAYS].index(key))
        self._refresh()

    def shift(self) -> Shift | None:
        """What is typed or fitted; None while it is not complete."""
        page = self.stack.currentWidget()
        source = self.source.value or _USUAL
        if isinstance(page, SevenParameters):
            return page.shift(source)
        if isinstance(page, FourParameters):
            return page.shift(self._target)
        return self.points.shift()

    def _refresh(self, *_args: object) -> None:
        # Four parameters lead from any plane grid, also from one without a name.
        plane = self.stack.currentWidget() is self.four or (
            self.stack.currentWidget() is self.points and self.points.kind.currentData() == "four"
        )
        self.source.setEnabled(not plane)
        self.local.setVisible(plane)
        self.points.set_systems(self.source.value or _USUAL, self._target)
        problem = ""
        shift: Shift | None = None
        try:
            shift = self.shift()
            told = "" if shift is None else self._effect(shift)
        except Refusal as refusal:
            told, problem = "", f"{refusal.message(language())} {refusal.hint(language())}".strip()
            shift = None
        self.said.setProperty("role", "problem" if problem else "soft")
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)
        self.said.setText(problem or told)
        self.said.setVisible(bool(problem or told))
        self.take.setEnabled(shift is not None)

    def _effect(self, shift: Shift) -> str:
        """What the shift does to the middle of the system, so that a wrong sign is seen."""
        if isinstance(shift, Similarity4):
            return tr(
                "Scale {ppm} ppm, turned by {angle}″.",
                ppm=f"{(shift.scale - 1) * 1e6:+,.2f}", angle=f"{shift.rotation:+,.3f}",
            )  # fmt: skip
        target = project_crs(self._target)
        lon, lat = 120.0, 33.4
        east, north = shift.transformed([lon], [lat], self._target, _geographic(shift.source_crs))
        plain_e, plain_n = target.from_lonlat([lon], [lat])
        de, dn = float(east[0] - plain_e[0]), float(north[0] - plain_n[0])
        return tr(
            "At 120°E 33.4°N the rows move {length} m: {east} m east, {north} m north.",
            length=f"{math.hypot(de, dn):,.1f}", east=f"{de:+,.1f}", north=f"{dn:+,.1f}",
        )  # fmt: skip

    def _agree(self) -> None:
        shift = self.shift()
        if shift is not None:
            self.taken.emit(shift)
            self.close()

    def _drop(self) -> None:
        self.taken.emit(None)
        self.close()


class NumberLine(QLineEdit):
    """A number typed or pasted; ``pasted(numbers)`` when several were."""

    pasted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.textChanged.connect(self._typed)

    @property
    def value(self) -> float | None:
        """The number; None while there is none."""
        text = self.text().strip().replace("\N{MINUS SIGN}", "-").replace(",", "")
        return float(text) if _NUMBER.fullmatch(text) else None

    def show_value(self, value: float) -> None:
        """Show a number to the micrometre, or the millionth of an arc-second or ppm."""
        self.setText(f"{round(value, 6):.14g}")

    def _typed(self, text: str) -> None:
        several = _NUMBER.findall(text.replace("\N{MINUS SIGN}", "-"))
        if len(several) > 1 and re.search(r"[\s;,，；]", text.strip()):
            self.pasted.emit([float(part) for part in several])
            return
        dress(self, "wrong", bool(text.strip()) and self.value is None)


class _Parameters(QWidget):
    """Named numbers in two columns; several pasted into one fill those that follow."""

    changed = Signal()
    fields: tuple[tuple[str, str, str], ...] = ()

    def __init__(self, hint: str) -> None:
        super().__init__()
        self.lines: dict[str, NumberLine] = {}
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(12)
        self.grid.setVerticalSpacing(8)
        for column in (1, 3):
            self.grid.setColumnStretch(column, 1)
        for place, (name, text, unit) in enumerate(self.fields):
            line = NumberLine()
            label, after = QLabel(), QLabel(unit)
            label.setProperty("role", "soft")
            after.setProperty("role", "faint")
            worded(label, "setText", text)
            worded(line, "setAccessibleName", text)
            label.setBuddy(line)
            row, column = divmod(place, 2)
            holder = QHBoxLayout()
            holder.setSpacing(4)
            holder.addWidget(line, 1)
            holder.addWidget(after)
            after.setFixedWidth(32)
            self.grid.addWidget(label, row, column * 2)
            self.grid.addLayout(holder, row, column * 2 + 1)
            line.textChanged.connect(self.changed)
            line.pasted.connect(self._spread)
            self.lines[name] = line
        self.hint = QLabel()
        self.hint.setProperty("role", "faint")
        self.hint.setWordWrap(True)
        worded(self.hint, "setText", hint)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(0, 8, 0, 0)
        column_.setSpacing(12)
        column_.addLayout(self.grid)
        column_.addWidget(self.hint)
        column_.addStretch(1)

    def _spread(self, numbers: list[float]) -> None:
        lines = list(self.lines.values())
        sender = self.sender()
        start = next((i for i, line in enumerate(lines) if line is sender), 0)
        for line, value in zip(lines[start:], numbers, strict=False):
            line.show_value(value)

    def values(self) -> list[float] | None:
        """All numbers; None while one is missing or wrong."""
        made = [line.value for line in self.lines.values()]
        return None if any(v is None for v in made) else [float(v) for v in made if v is not None]


class SevenParameters(_Parameters):
    """Bursa–Wolf parameters from one datum to CGCS2000."""

    fields = (
        ("dx", "ΔX", "m"), ("rx", mark("Rotation about X"), "″"), ("dy", "ΔY", "m"),
        ("ry", mark("Rotation about Y"), "″"), ("dz", "ΔZ", "m"), ("rz", mark("Rotation about Z"), "″"),
        ("ds", mark("shift|Scale"), "ppm"),
    )  # fmt: skip
    _ORDER = ("dx", "dy", "dz", "rx", "ry", "rz", "ds")

    def __init__(self) -> None:
        super().__init__("From the survey office. All seven can be pasted at once into the first field, in the order "
                         "ΔX ΔY ΔZ, rotations about X Y Z, scale.")  # fmt: skip
        self.convention = CalmBox()
        label = QLabel()
        label.setProperty("role", "soft")
        worded(label, "setText", "Rotations are")
        worded(self.convention, "setAccessibleName", "Rotations are")
        self.grid.addWidget(label, 3, 2)
        self.grid.addWidget(self.convention, 3, 3)
        self.convention.currentIndexChanged.connect(self.changed)
        words().changed.connect(self._say)
        self._say()

    def _say(self, *_language: object) -> None:
        self.convention.fill(
            [(tr(said), key) for key, said in _CONVENTIONS], self.convention.currentData() or "position_vector"
        )

    def _spread(self, numbers: list[float]) -> None:
        start = next((i for i, name in enumerate(self._ORDER) if self.lines[name] is self.sender()), 0)
        for name, value in zip(self._ORDER[start:], numbers, strict=False):
            self.lines[name].show_value(value)

    def shift(self, source_crs: str) -> Helmert7 | None:
        """The parameters; a rotation or scale that is left empty is 0, the translations are needed."""
        values = {name: line.value for name, line in self.lines.items()}
        empty = {name for name, line in self.lines.items() if not line.text().strip()}
        if any(values[name] is None and (name not in empty or name in ("dx", "dy", "dz")) for name in values):
            return None
        given = {name: value or 0.0 for name, value in values.items()}
        return Helmert7(**given, convention=self.convention.currentData(), source_crs=source_crs)

    def show_shift(self, shift: Helmert7) -> None:
        """Show given parameters."""
        for name, line in self.lines.items():
            line.show_value(getattr(shift, name))
        self.convention.setCurrentIndex(self.convention.findData(shift.convention))


class FourParameters(_Parameters):
    """A plane similarity as Chinese parameter sheets give it: X is north, Y is east."""

    fields = (
        ("north", mark("ΔX (north)"), "m"), ("east", mark("ΔY (east)"), "m"), ("rotation", mark("shift|Rotation"), "″"),
        ("scale", mark("shift|Scale"), "ppm"),
    )  # fmt: skip

    def __init__(self) -> None:
        self._source_crs: str | None = None  # the plane in which a shift works that was made elsewhere
        super().__init__("As on Chinese parameter sheets: X is north, Y is east, the rotation turns from north to "
                         "east. A scale of 1.000003 is 3 ppm.")  # fmt: skip

    def shift(self, target_crs: str) -> Similarity4 | None:
        """The parameters, into the project's grid."""
        values = self.values()
        if values is None:
            return None
        return replace(Similarity4.of_survey(*values, target_crs=target_crs), source_crs=self._source_crs)

    def show_shift(self, shift: Similarity4) -> None:
        """Show given parameters."""
        self._source_crs = shift.source_crs
        for name, value in (
            ("north", shift.dy), ("east", shift.dx), ("rotation", -shift.rotation), ("scale", (shift.scale - 1) * 1e6)
        ):  # fmt: skip
            self.lines[name].show_value(value)


def is_old(crs: str | None) -> bool:
    """Whether a system stands on a datum that PROJ knows no exact path from; an unknown system does not."""
    try:
        return crs is not None and old_datum(crs) is not None
    except Refusal:
        return False


def _geographic(crs: str) -> str:
    """Longitude and latitude on the datum of a system, by name."""
    system = checked_crs(crs).geodetic_crs
    code = system.to_epsg() if system is not None else None
    return f"EPSG:{code}" if code else crs
