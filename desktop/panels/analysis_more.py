"""The rarer questions of a coverage analysis, folded away: receiver, load, counting, zones, files of heights, air."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.icons import icon
from desktop.shell.words import language, mark, tr, worded, words
from gis.radio.counting import counting
from gis.radio.p1812 import settings as p1812_settings
from gis.radio.terrain import COVER_SCHEME, cover_schemes

FILES = (  # a field of ``gis.radio.analysis.Wish``, what it is called, what is in it
    ("terrain", mark("Terrain"), mark("Heights of the bare ground (GeoTIFF)")),
    ("surface", mark("Surface"), mark("Heights of the ground with all that stands on it (GeoTIFF)")),
    ("land_cover", mark("Land cover"), mark("Codes of land cover (GeoTIFF)")),
)
NUMBERS = (  # a field of Wish, what it is called, least (the program's choice), most, decimals, unit, what it means
    ("grid_m", mark("Squares of"), 0.0, 100_000.0, 0, " m",
     mark("Area and people are counted by squares of this side, too")),
    ("sharing_m", mark("Sites to share"), 0.0, 5_000.0, 0, " m",
     mark("Sites of two operators this near to each other are listed")),
    ("handover_db", mark("Handover zone"), -0.5, 30.0, 1, " dB",
     mark("Where another sector is at most so much weaker than the best (3GPP TS 36.331/38.331, event A3)")),
    ("pollution_db", mark("Pilot pollution"), -0.5, 30.0, 1, " dB",
     mark("Cells of one operator and carrier that are at most so much weaker than the best …")),
    ("pollution_servers", mark("… by cells"), 1.0, 20.0, 0, "",
     mark("… pollute where there are so many of them, the best counted")),
    ("lapse_rate", mark("P.1812 ΔN"), -101.0, 150.0, 1, " N/km",
     mark("Lapse rate of refractivity near the ground; only the model ITU-R P.1812 looks at it")),
    ("refractivity", mark("P.1812 N₀"), 199.0, 500.0, 0, " N",
     mark("Refractivity at sea level; only the model ITU-R P.1812 looks at it")),
)  # fmt: skip
CELLS_ONLY = ("sharing_m", "handover_db", "pollution_db", "pollution_servers")
_KINDS = "GeoTIFF (*.tif *.tiff)"
_LEAST_PX = 120
_APART = re.compile(r"[\s,;，；、]+")


class MoreSettings(QWidget):
    """``wish()`` holds only what the user has decided; the program chooses the rest. ``changed`` after any change."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._cells = True
        self.fold = QToolButton()
        self.fold.setCheckable(True)
        self.fold.setProperty("role", "fold")
        self.fold.setToolButtonStyle(self.fold.toolButtonStyle().ToolButtonTextBesideIcon)
        self.height_m = _spin(0.0, 500.0, 1, " m")  # 0: the program's; nothing is received on the ground itself
        self.load = _spin(-1.0, 100.0, 0, " %")
        self.thresholds = QLineEdit()
        self.thresholds.setClearButtonEnabled(True)
        self.files = {name: _FileLine(label, about) for name, label, about in FILES}
        self.numbers = {name: _spin(*numbers) for name, _, *numbers, _ in NUMBERS}
        self.scheme = QComboBox()
        self.scheme.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.scheme.setMinimumContentsLength(8)
        self._cells_only: list[QWidget] = []
        self._inside = QWidget()
        grid = QGridLayout(self._inside)
        grid.setContentsMargins(20, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        numbers = {name: (label, self.numbers[name]) for name, label, *_ in NUMBERS}
        cells_only = [self.numbers[name] for name in CELLS_ONLY]
        for place, (label, editor) in enumerate(
            (
                (mark("Receiver height"), self.height_m),
                (mark("Load"), self.load),
                (mark("Further levels"), self.thresholds),
                *(numbers[name] for name in ("grid_m", *CELLS_ONLY)),
                *((label, self.files[name]) for name, label, _ in FILES),
                (mark("Its codes"), self.scheme),
                *(numbers[name] for name in ("lapse_rate", "refractivity")),
            )
        ):
            said = QLabel()
            said.setProperty("role", "soft")
            said.setBuddy(editor)
            worded(said, "setText", label)
            worded(editor, "setAccessibleName", label)
            grid.addWidget(said, place, 0)
            grid.addWidget(editor, place, 1)
            if editor in cells_only:
                self._cells_only += [said, editor]
        for name, _, *_, about in NUMBERS:
            worded(self.numbers[name], "setToolTip", about)
        worded(self.scheme, "setToolTip", "The classification that the codes of the land cover file follow")
        worded(self.load, "setToolTip", "How busy the other cells are; it decides the interference")
        worded(self.thresholds, "setToolTip", "Levels in dBm at which area and people are counted too, such as −95 −85")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.fold)
        column.addWidget(self._inside)
        for spin in (self.height_m, self.load, *self.numbers.values()):
            spin.valueChanged.connect(self._edited)
        self.scheme.currentIndexChanged.connect(self._edited)
        for line in (self.thresholds, *self.files.values()):
            line.textChanged.connect(self._edited)
        self.fold.toggled.connect(self._unfold)
        words().changed.connect(self._say)
        self._say()
        self._unfold(False)

    def allow_levels(self, allowed: bool) -> None:
        """Levels in dBm mean nothing where each technology is held against its own."""
        self.thresholds.setEnabled(allowed)
        self._say_fold()

    def ask_of(self, kind: str) -> None:
        """What only cells can be asked is hidden for hotspots."""
        for widget in self._cells_only:
            widget.setVisible(kind == "cells")
        self._cells = kind == "cells"
        self._say_fold()

    def wish(self) -> dict[str, Any]:
        """Fields of ``gis.radio.analysis.Wish`` by name, those that were decided."""
        found: dict[str, Any] = {}
        if self.height_m.value() > self.height_m.minimum():
            found["receiver_height_m"] = self.height_m.value()
        if self.load.value() > self.load.minimum():
            found["load"] = self.load.value() / 100.0
        levels = tuple(_levels(self.thresholds.text()))
        if levels and self.thresholds.isEnabled():
            found["thresholds"] = levels
        for name, spin in self.numbers.items():
            if spin.value() > spin.minimum() and (self._cells or name not in CELLS_ONLY):
                found[name] = spin.value() if spin.decimals() or name.endswith("_m") else int(spin.value())
        for name, line in self.files.items():
            if line.text().strip():
                found[name] = line.text().strip()
        if "land_cover" in found and self.scheme.currentData() not in (None, COVER_SCHEME):
            found["land_cover_scheme"] = self.scheme.currentData()
        return found

    def show_wish(self, wish: Mapping[str, Any]) -> None:
        """Take over what an earlier run decided; runs of earlier versions decided nothing here."""
        height, load, levels = (wish.get(name) for name in ("receiver_height_m", "load", "thresholds"))
        self.height_m.setValue(self.height_m.minimum() if height is None else height)
        self.load.setValue(self.load.minimum() if load is None else load * 100.0)
        self.thresholds.setText(" ".join(f"{level:g}".replace("-", "−") for level in levels or ()))
        for name, spin in self.numbers.items():
            spin.setValue(spin.minimum() if wish.get(name) is None else float(wish[name]))
        for name, line in self.files.items():
            line.setText(wish.get(name) or "")
        scheme = wish.get("land_cover_scheme") or COVER_SCHEME
        self.scheme.setCurrentIndex(max(0, self.scheme.findData(scheme)))

    # ----------------------------------------------------------------------------------------------------------------
    def _edited(self, *_value: object) -> None:
        self._say_fold()
        self.changed.emit()

    def _unfold(self, open_: bool) -> None:
        self.fold.setIcon(icon("mdi6.chevron-down" if open_ else "mdi6.chevron-right", "text_soft"))
        self._inside.setVisible(open_)

    def _say(self) -> None:
        for spin in (self.height_m, self.load):
            spin.setSpecialValueText(tr("Automatic"))
        own = {
            **counting()["zones"],
            "sharing_m": counting()["sharing"]["within_m"],
            **p1812_settings()["defaults"],
        }
        for name, _, _, _, _, unit, _ in NUMBERS:
            text = tr("Automatic ({value})", value=f"{own[name]:g}{unit}") if name in own else tr("squares|None")
            self.numbers[name].setSpecialValueText(text)
        chosen = self.scheme.currentData() or COVER_SCHEME
        self.scheme.blockSignals(True)
        self.scheme.clear()
        for name, label in cover_schemes().items():
            self.scheme.addItem(label.text(language()), name)
        self.scheme.setCurrentIndex(max(0, self.scheme.findData(chosen)))
        self.scheme.blockSignals(False)
        self.thresholds.setPlaceholderText(tr("Steps of the legend"))
        self._say_fold()

    def _say_fold(self) -> None:
        """What is decided out of sight must not be forgotten."""
        count = len(self.wish())
        self.fold.setText(tr("More settings ({count} set)", count=count) if count else tr("More settings"))


class _FileLine(QLineEdit):
    """The path of a GeoTIFF, typed or picked; empty: none."""

    def __init__(self, label: str, about: str) -> None:
        super().__init__()
        self._label, self._about = label, about
        self.setClearButtonEnabled(True)
        self._pick = QAction(self)
        self._pick.setIcon(icon("mdi6.folder-open-outline", "text_soft"))
        self._pick.triggered.connect(self._ask)
        self.addAction(self._pick, QLineEdit.ActionPosition.LeadingPosition)
        self.textChanged.connect(self._say)
        words().changed.connect(self._say)
        self._say()

    def setText(self, text: str) -> None:
        """Show a path from its end, where the name of the file is."""
        super().setText(text)
        self.setCursorPosition(len(text))

    def _ask(self) -> None:
        start = self.text().strip()
        chosen, _ = QFileDialog.getOpenFileName(self, tr(self._label), str(Path(start).parent) if start else "", _KINDS)
        if chosen:
            self.setText(chosen)

    def _say(self, *_text: str) -> None:
        self.setPlaceholderText(tr("file|None"))
        self.setToolTip(f"{tr(self._about)}\n{self.text()}".strip())
        self._pick.setToolTip(tr("Choose a file"))


def _spin(least: float, most: float, decimals: int, suffix: str) -> QDoubleSpinBox:
    """Its least value is shown as words: the program decides."""
    spin = QDoubleSpinBox()
    spin.setRange(least, most)
    spin.setValue(least)
    spin.setDecimals(decimals)
    spin.setSuffix(suffix)
    spin.lineEdit().setTextMargins(8, 0, 0, 0)
    policy = spin.sizePolicy()
    policy.setHorizontalPolicy(policy.Policy.Ignored)  # the page is narrow: never wider than the others for a long text
    spin.setSizePolicy(policy)
    spin.setMinimumWidth(_LEAST_PX)
    return spin


def _levels(text: str) -> list[float]:
    """The numbers in a text, whatever stands between them and whichever minus they have; others are passed over."""
    found = []
    for part in _APART.split(text.replace("−", "-").replace("–", "-")):
        try:
            found.append(float(part))
        except ValueError:
            continue
    return found
