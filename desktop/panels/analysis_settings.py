"""What a coverage analysis is asked: kind, technology, operator, area, threshold, resolution, model, ground."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel, QValidator
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.analysis_more import MoreSettings
from desktop.shell.icons import icon
from desktop.shell.words import language, mark, tr, worded, words
from gis.catalogue import Catalogue
from gis.coverage.classes import technology
from gis.radio.analysis import LAYERS
from gis.radio.models import AUTO, model_label, model_names

KINDS = (("wifi", mark("WiFi hotspots"), "mdi6.wifi"), ("cells", mark("Base stations"), "mdi6.radio-tower"))
TECHNOLOGIES = ("any", "NR", "LTE", "UMTS", "GSM")
RESOLUTIONS_M = (5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0)
MODELS = tuple(name for name in model_names() if name != AUTO)
TUNED = "tuned"
_TIP = Qt.ItemDataRole.ToolTipRole
_LOWEST = -150.0
_OWN = _LOWEST - 1.0  # shown as words: each technology has a threshold of its own


class AnalysisSettings(QWidget):
    """The questions, with the program's own answers already in. ``changed`` after any of them was altered."""

    changed = Signal()

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._areas: Sequence[tuple[str, str, int]] = ()
        self._tuned: Collection[str] = ()
        self._kinds = QButtonGroup(self)
        segments = QFrame()
        segments.setProperty("role", "segments")
        row = QHBoxLayout(segments)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        for place, (_, label, picture) in enumerate(KINDS):
            button = QToolButton()
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setIcon(icon(picture, "text_soft"))
            button.setSizePolicy(button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed)
            worded(button, "setText", label)
            self._kinds.addButton(button, place)
            row.addWidget(button)
        self._kinds.button(0).setChecked(True)
        self.technology, self.owner, self.area, self.resolution, self.model = (QComboBox() for _ in range(5))
        for box in (self.technology, self.owner, self.area, self.resolution, self.model):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
        self.threshold = LevelBox()
        self.threshold.setRange(_OWN, 0.0)
        self.threshold.setDecimals(0)
        self.threshold.setSuffix(" dBm")
        self.threshold.lineEdit().setTextMargins(8, 0, 0, 0)
        self.ground = QCheckBox()
        self.ground.setChecked(True)
        worded(self.ground, "setText", "Look at the buildings of the project")
        self.free_only = QCheckBox()
        self.free_only.setChecked(True)
        worded(self.free_only, "setText", "Only free hotspots")
        self.more = MoreSettings()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self._labels: dict[QWidget, QLabel] = {}
        for place, (label, editor) in enumerate(
            (
                (mark("Technology"), self.technology),
                (mark("Operator"), self.owner),
                (mark("Area"), self.area),
                (mark("Threshold"), self.threshold),
                (mark("Resolution"), self.resolution),
                (mark("Model"), self.model),
            )
        ):
            said = QLabel()
            said.setProperty("role", "soft")
            said.setBuddy(editor)
            worded(said, "setText", label)
            worded(editor, "setAccessibleName", label)
            self._labels[editor] = said
            grid.addWidget(said, place, 0)
            grid.addWidget(editor, place, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(segments)
        column.addLayout(grid)
        column.addWidget(self.ground)
        column.addWidget(self.free_only)
        column.addWidget(self.more)
        self._say()
        self._kinds.idClicked.connect(lambda _place: self._kind_changed())
        self.technology.currentIndexChanged.connect(lambda _place: self._take_threshold())
        for box in (self.owner, self.area, self.resolution, self.model):
            box.currentIndexChanged.connect(lambda _place: self.changed.emit())
        self.threshold.valueChanged.connect(lambda _value: self.changed.emit())
        for check in (self.ground, self.free_only):
            check.toggled.connect(lambda _on: self.changed.emit())
        self.more.changed.connect(self.changed)
        words().changed.connect(self._say)
        self._kind_changed()

    @property
    def kind(self) -> str:
        """ "wifi" or "cells"."""
        return KINDS[self._kinds.checkedId()][0]

    def set_kind(self, kind: str) -> None:
        """Ask about hotspots or cells."""
        for place, (name, _, _) in enumerate(KINDS):
            if name == kind:
                self._kinds.button(place).setChecked(True)
        self._kind_changed()

    def set_areas(self, areas: Sequence[tuple[str, str, int]]) -> None:
        """Offer these areas: (code, name, depth), in the order to show."""
        self._areas = areas
        self._fill_areas()

    def set_tuned(self, technologies: Collection[str]) -> None:
        """The technologies for which the project keeps a calibration; without one that model cannot be chosen."""
        self._tuned = technologies
        self._allow_tuned()

    def wish(self) -> dict[str, Any]:
        """The arguments of ``gis.project.analysis.run_analysis``; None where the program may choose."""
        cells = self.kind == "cells"
        own = self._measured().threshold_dbm
        value = self.threshold.value()
        return {
            "area": self.area.currentData(),
            "technology": self.technology.currentData() if cells else None,
            "owner": self.owner.currentData(),
            "resolution_m": self.resolution.currentData(),
            "threshold_dbm": None if value in (own, _OWN) else value,
            "free_only": self.free_only.isChecked(),
            "model": self.model.currentData() or AUTO,
            "ground": self.ground.isChecked(),
            "layers": LAYERS,
            **self.more.wish(),
        }

    def show_wish(self, kind: str, wish: dict[str, Any]) -> None:
        """Take over the questions of an earlier run."""
        self.set_kind(kind)
        for box, value in (
            (self.technology, wish["technology"] or "any"),
            (self.owner, wish["owner"]),
            (self.area, wish["area"]),
            (self.resolution, wish["resolution_m"]),
            (self.model, wish.get("model", AUTO)),  # runs of earlier versions name none
        ):
            box.setCurrentIndex(max(0, box.findData(value)))
        if wish["threshold_dbm"] is not None:
            self.threshold.setValue(wish["threshold_dbm"])
        self.free_only.setChecked(wish["free_only"])
        self.ground.setChecked(bool(wish.get("ground", True)))
        self.more.show_wish(wish)

    # ----------------------------------------------------------------------------------------------------------------
    def _measured(self) -> Any:
        return technology("wifi" if self.kind == "wifi" else self.technology.currentData() or "any")

    def _kind_changed(self) -> None:
        cells = self.kind == "cells"
        self.technology.setVisible(cells)
        self._labels[self.technology].setVisible(cells)
        self.free_only.setVisible(not cells)
        self.more.ask_of(self.kind)
        self._take_threshold()

    def _take_threshold(self) -> None:
        self._allow_tuned()
        measured = self._measured()
        each = measured.unit == "dB"
        self.threshold.setEnabled(not each)
        self.more.allow_levels(not each)
        self.threshold.setValue(_OWN if each else measured.threshold_dbm)
        self.changed.emit()

    def _say(self) -> None:
        self.threshold.setSpecialValueText(tr("Each its own"))
        _fill(self.technology, [(technology(name).label.text(language()), name) for name in TECHNOLOGIES])
        owners = self._catalogue["cell"].field("owner").codes
        _fill(
            self.owner,
            [(tr("All operators"), None), *((code.label.text(language()), code.value) for code in owners)],
        )
        steps = [(f"{metres:g} m", metres) for metres in RESOLUTIONS_M]
        _fill(self.resolution, [(tr("Automatic"), None), *steps])
        _fill(self.model, [(tr("Automatic"), AUTO), *((model_label(name, language()), name) for name in MODELS)])
        self._allow_tuned()
        self._fill_areas()

    def _allow_tuned(self) -> None:
        """Offer the calibrated model where a calibration answers what is asked; say why where none does."""
        place = self.model.findData(TUNED)
        if place < 0:
            return
        wanted = self._measured().name
        any_ = self.kind == "cells" and bool(self._tuned)
        allowed = any_ and (wanted == "any" or wanted in self._tuned)
        cast(QStandardItemModel, self.model.model()).item(place).setEnabled(allowed)
        label = model_label(TUNED, language())
        why = "" if allowed else tr("not for this technology") if any_ else tr("no calibration yet")
        self.model.setItemText(place, f"{label} ({why})" if why else label)
        self.model.setItemData(place, "" if allowed else tr("Open a drive test and calibrate the model first."), _TIP)

    def _fill_areas(self) -> None:
        named = [("　" * depth + name, code) for code, name, depth in self._areas]
        _fill(self.area, [(tr("All areas"), None), *named])


class LevelBox(QDoubleSpinBox):
    """A level in dBm with a proper minus; a hyphen is taken as well."""

    def textFromValue(self, value: float) -> str:
        """ "−105"."""
        return super().textFromValue(value).replace("-", "−")

    def valueFromText(self, text: str) -> float:
        """Either minus."""
        return super().valueFromText(text.replace("−", "-"))

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        """As for a hyphen; the text stays as it was typed."""
        state, _, place = cast(tuple[QValidator.State, str, int], super().validate(text.replace("−", "-"), place))
        return state, text, place


def _fill(box: QComboBox, entries: Sequence[tuple[str, Any]]) -> None:
    """New texts for a box; what was chosen stays chosen."""
    chosen = box.currentData()
    box.blockSignals(True)
    box.clear()
    for text, data in entries:
        box.addItem(text, data)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.blockSignals(False)
