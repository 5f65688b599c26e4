"""When a row of the file and a feature of the project are the same thing."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.shell.words import tr, worded, words
from desktop.styling.controls import CalmSpin, Fold

WAYS = ("code", "distance", "attributes")


class MatchingSection(Fold):
    """Emits ``changed`` when rows must be compared anew."""

    changed = Signal()

    def __init__(self) -> None:
        body = QWidget()
        self.by_code, self.by_distance, self.by_attributes = QCheckBox(), QCheckBox(), QCheckBox()
        worded(self.by_code, "setText", "match|the code is the same")
        worded(self.by_distance, "setText", "else they lie within")
        worded(self.by_attributes, "setText", "else name and owner are the same")
        self.tolerance = CalmSpin(0.0, 10_000, 0.5, 1, "m")
        self.tolerance.setValue(1.0)
        self.tolerance.setFixedWidth(96)
        worded(self.tolerance, "setAccessibleName", "Largest distance")
        self.sites = QCheckBox()
        worded(self.sites, "setText", "Make base stations for cells without a site")
        worded(
            self.sites,
            "setToolTip",
            "Cells of one operator within 30 m of each other stand on one base station, a known one where there is one",
        )
        self._sites_chosen = False
        hint = QLabel()
        hint.setProperty("role", "faint")
        hint.setWordWrap(True)
        worded(hint, "setText", "In this order. A row that could be several features is a conflict and asks you.")
        near = QHBoxLayout()
        near.setSpacing(8)
        near.addWidget(self.by_distance)
        near.addWidget(self.tolerance)
        near.addStretch(1)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(8)
        column.addWidget(self.by_code)
        column.addLayout(near)
        column.addWidget(self.by_attributes)
        column.addWidget(hint)
        column.addWidget(self.sites)
        super().__init__("Same feature if", body, open_=False)
        for box in (self.by_code, self.by_distance, self.by_attributes):
            box.setChecked(True)
        for box in (self.by_code, self.by_distance, self.by_attributes):
            box.toggled.connect(self._chosen)
        self.tolerance.valueChanged.connect(self._chosen)
        self.sites.setVisible(False)
        self.sites.clicked.connect(self._choose_sites)
        words().changed.connect(self._say)
        self._say()

    @property
    def match(self) -> tuple[str, ...]:
        """The ways that decide, in their order."""
        boxes = (self.by_code, self.by_distance, self.by_attributes)
        return tuple(way for way, box in zip(WAYS, boxes, strict=True) if box.isChecked())

    def set_matching(self, match: tuple[str, ...], tolerance_m: float) -> None:
        """Take what a recipe says, without telling."""
        for way, box in zip(WAYS, (self.by_code, self.by_distance, self.by_attributes), strict=True):
            box.blockSignals(True)
            box.setChecked(way in match)
            box.blockSignals(False)
        self.tolerance.show_value(tolerance_m)
        self._say()

    @property
    def with_sites(self) -> bool | None:
        """Whether cells without a site get one; None while the user has not said so."""
        return self.sites.isChecked() if self._sites_chosen else None

    def show_sites(self, asked: bool, usual: bool) -> None:
        """Ask about sites, or not; ``usual``: what happens unless the user says otherwise."""
        self.sites.setVisible(asked)
        if not self._sites_chosen:
            self.sites.setChecked(usual)

    def reset(self) -> None:
        """Another file: what was said about sites is forgotten."""
        self._sites_chosen = False

    def _choose_sites(self, _checked: bool) -> None:
        self._sites_chosen = True
        self.changed.emit()

    def _chosen(self, *_value: object) -> None:
        self._say()
        self.changed.emit()

    def _say(self, *_language: object) -> None:
        self.tolerance.setEnabled(self.by_distance.isChecked())
        said = []
        if self.by_code.isChecked():
            said.append(tr("same code"))
        if self.by_distance.isChecked():
            said.append(tr("within {distance} m", distance=f"{self.tolerance.value():g}"))
        if self.by_attributes.isChecked():
            said.append(tr("same name and owner"))
        self.say(" · ".join(said) or tr("every row is new"))
