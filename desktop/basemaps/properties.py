"""What can be said about one base map: name, datum, levels, whom it comes from, and how relief is lit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
)

from desktop.basemaps.fields import roomy
from desktop.basemaps.section import KINDS
from desktop.shell.words import mark, tr, worded

if TYPE_CHECKING:
    from desktop.shell.window import MainWindow
    from gis.project.basemaps import SavedBaseMap

_LIGHT = (  # option, text, lowest, highest, default, unit
    ("azimuth", mark("Light from"), 0.0, 360.0, 315.0, "°"),
    ("altitude", mark("Height of the light"), 5.0, 90.0, 45.0, "°"),
    ("z_factor", mark("Heights times"), 0.1, 100.0, 1.0, ""),
)


class PropertiesDialog(QDialog):
    """In force with “Apply”; the map can be looked at meanwhile."""

    def __init__(self, window: MainWindow, made: SavedBaseMap) -> None:
        super().__init__(window)
        self._room, self._key = window.basemaps, made.key
        spec = made.spec
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        worded(self, "setWindowTitle", "Properties of the base map")
        self.name, self.attribution = QLineEdit(spec.name), QLineEdit(spec.attribution)
        self.approval = QLineEdit(str(spec.options.get("approval") or ""))
        self.approval.setPlaceholderText("GS（2024）0000号")
        self.datum = QComboBox()
        self.datum.addItem("WGS 84 / CGCS2000", "wgs84")
        self.datum.addItem(tr("GCJ-02 (AMap, Tencent)"), "gcj02")
        self.datum.setCurrentIndex(self.datum.findData(spec.datum))
        self.low, self.high = QSpinBox(), QSpinBox()
        for field, value in ((self.low, spec.min_zoom), (self.high, spec.max_zoom)):
            field.setRange(0, 24)
            field.setValue(value)
            roomy(field)
        self.dim = QCheckBox()
        self.dim.setChecked(made.dim)
        worded(self.dim, "setText", "Dim in the dark theme")
        self.light: dict[str, QDoubleSpinBox] = {}
        where = QLabel(spec.source.split("?")[0])
        where.setProperty("role", "soft")
        where.setWordWrap(True)
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        kind = QLabel(tr(KINDS[spec.kind][1]))
        rows: list[tuple[str, Any]] = [(mark("Kind"), kind), (mark("Where it lies"), where), (mark("Name"), self.name)]
        if spec.kind not in ("raster", "hillshade"):
            zooms = QHBoxLayout()
            zooms.addWidget(self.low)
            zooms.addWidget(QLabel("–"))
            zooms.addWidget(self.high)
            zooms.addStretch(1)
            rows += [(mark("Datum"), self.datum), (mark("Zoom levels"), zooms)]
        rows += [(mark("Source to be named"), self.attribution), (mark("Approval number"), self.approval)]
        if spec.kind == "hillshade":
            for option, text, low, high, default, unit in _LIGHT:
                field = self.light[option] = QDoubleSpinBox()
                field.setRange(low, high)
                field.setDecimals(1)
                field.setSuffix(unit)
                roomy(field)
                field.setValue(float(spec.options.get(option, default)))
                rows.append((text, field))
        for text, field in rows:
            label = QLabel()
            worded(label, "setText", text)
            form.addRow(label, field)
        form.addRow(QLabel(), self.dim)
        self.apply, close = QPushButton(), QPushButton()
        self.apply.setProperty("role", "primary")
        worded(self.apply, "setText", "Apply")
        worded(close, "setText", "Close")
        self.apply.clicked.connect(self.take)
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self.apply)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(20)
        column.addLayout(form)
        column.addStretch(1)
        column.addLayout(row)
        self.setMinimumWidth(480)

    def take(self) -> None:
        """Put what is typed in force."""
        made = self._room.map(self._key)
        if made is None:
            self.close()
            return
        options = {**made.spec.options, "approval": self.approval.text().strip()}
        options |= {option: field.value() for option, field in self.light.items()}
        spec = replace(
            made.spec, name=self.name.text().strip() or made.spec.name, datum=self.datum.currentData(),
            min_zoom=min(self.low.value(), self.high.value()), max_zoom=max(self.low.value(), self.high.value()),
            attribution=self.attribution.text().strip(), options={k: v for k, v in options.items() if v != ""},
        )  # fmt: skip
        self._room.change(self._key, spec=spec, dim=self.dim.isChecked())
