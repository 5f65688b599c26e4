"""The chosen antenna of a trial in figures: turn, tilt, height, power, typed or stepped."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded, words
from desktop.what_if.trial import Trial

_FIELDS = {
    "cells": ("azimuth", "electrical_tilt", "mechanical_tilt", "antenna_height_m", "eirp_dbm"),
    "wifi": ("height_m", "eirp_dbm"),
}
_STEP = {"azimuth": 5.0, "electrical_tilt": 0.5, "mechanical_tilt": 0.5}


class AntennaCard(QFrame):
    """Shows `trial.chosen` and changes it."""

    zoom_wanted = Signal(object)  # id

    def __init__(self, trial: Trial, catalogue: Any) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._trial, self._catalogue = trial, catalogue
        self._kind = ""
        self.title = QLabel()
        self.title.setProperty("role", "heading")
        self.remove, self.restore = QPushButton(), QPushButton()
        self.remove.setIcon(icon("mdi6.trash-can-outline", "text"))
        worded(self.remove, "setText", "Take it out")
        worded(self.restore, "setText", "As it was")
        self.remove.clicked.connect(self._remove)
        self.restore.clicked.connect(self._restore)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self.spins: dict[str, QDoubleSpinBox] = {}
        self._labels: dict[str, QLabel] = {}
        row = QHBoxLayout()
        row.addWidget(self.restore)
        row.addWidget(self.remove)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addLayout(self._grid)
        column.addLayout(row)
        trial.chosen_changed.connect(self.show_chosen)
        trial.changed.connect(self.show_chosen)
        words().changed.connect(self._say)
        self.show_chosen()

    def show_chosen(self) -> None:
        """Take over what the trial has."""
        trial = self._trial
        state = trial.state(trial.chosen) if trial.stands and trial.chosen is not None else None
        self.setVisible(state is not None)
        if state is None or trial.chosen is None:
            return
        self._make_fields()
        altered = {one.id: one for one in trial.alterations()}.get(trial.chosen)
        taken_out = altered is not None and altered.kind == "removed"
        for name, spin in self.spins.items():
            spin.blockSignals(True)
            value = state.get(name)
            spin.setValue(0.0 if value is None else float(value))
            spin.setEnabled(not taken_out)
            spin.blockSignals(False)
        said = trial.name(trial.chosen)
        self.title.setText(tr("{name} (taken out)", name=said) if taken_out else said)
        self.restore.setVisible(altered is not None and trial.chosen > 0)
        self.remove.setVisible(not taken_out)

    def _make_fields(self) -> None:
        kind = self._trial.kind
        if kind == self._kind:
            return
        self._kind = kind
        for widget in (*self.spins.values(), *self._labels.values()):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self.spins, self._labels = {}, {}
        cls = self._catalogue["cell" if kind == "cells" else "wifi_hotspot"]
        for place, name in enumerate(_FIELDS[kind]):
            field, spin, label = cls.field(name), QDoubleSpinBox(), QLabel()
            low = -1000.0 if field.minimum is None else float(field.minimum)
            high = 1000.0 if field.maximum is None else float(field.maximum)
            spin.setRange(low, high)
            spin.setDecimals(0 if name == "azimuth" else 1)
            spin.setSingleStep(_STEP.get(name, 1.0))
            spin.setWrapping(name == "azimuth")
            spin.setKeyboardTracking(False)
            spin.setMinimumWidth(84)
            spin.lineEdit().setTextMargins(8, 0, 0, 0)
            spin.valueChanged.connect(partial(self._typed, name))
            label.setProperty("role", "soft")
            label.setBuddy(spin)
            self._grid.addWidget(label, place, 0)
            self._grid.addWidget(spin, place, 1)
            self.spins[name], self._labels[name] = spin, label
        self._say()

    def _typed(self, name: str, value: float) -> None:
        trial = self._trial
        if trial.chosen is not None:
            trial.change([trial.chosen], **{name: value % 360.0 if name == "azimuth" else value})

    def _remove(self) -> None:
        if self._trial.chosen is not None:
            self._trial.remove(self._trial.chosen)

    def _restore(self) -> None:
        if self._trial.chosen is not None:
            self._trial.restore(self._trial.chosen)

    def _say(self) -> None:
        if self._kind:
            cls = self._catalogue["cell" if self._kind == "cells" else "wifi_hotspot"]
            for name, label in self._labels.items():
                field = cls.field(name)
                said = field.label.text(language())
                label.setText(said)
                self.spins[name].setAccessibleName(said)
                unit = field.unit_text(language()) if field.unit else ""
                self.spins[name].setSuffix("" if not unit else unit if unit == "°" else f" {unit}")
        self._retitle()

    def _retitle(self) -> None:
        if self._trial.chosen is not None:
            self.show_chosen()
