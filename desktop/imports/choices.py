"""The left side of the assistant: class, how the file was read and why, and which column fills which field."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.words import language, tr, worded, words
from gis.catalogue import Catalogue
from gis.errors import say
from gis.exchange.mapping import Mapping, Source
from gis.exchange.raw import Dialect, RawTable
from gis.project.importing import Choices, Reading

_ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16", "cp1252")
_SYSTEMS = ("EPSG:4326", "EPSG:4490", "EPSG:4549", "EPSG:4528")
_DATUMS = (("wgs84", "WGS84"), ("cgcs2000", "CGCS2000"), ("gcj02", "GCJ-02"), ("bd09", "BD-09"))


class ChoicesPanel(QScrollArea):
    """Emits ``changed`` when something must be staged anew, ``encoding_changed`` when the file must be read anew."""

    changed = Signal()
    encoding_changed = Signal()

    def __init__(self, catalogue: Catalogue, project_crs: str) -> None:
        super().__init__()
        self._captions: dict[QComboBox, QLabel] = {}
        self._catalogue = catalogue
        self._mapping: Mapping | None = None
        self._filling = False
        self._fields: dict[str, QComboBox] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(340)
        page = QWidget()
        page.setProperty("role", "page")
        self.setWidget(page)
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        self.kind = self._row(grid, "Class")
        for cls in catalogue:
            if cls.spatial:
                self.kind.addItem("", cls.name)
        self.kind.setCurrentIndex(max(0, self.kind.findData("wifi_hotspot")))
        self.kind.currentIndexChanged.connect(self._class_chosen)
        self.layer_box = self._row(grid, "Layer")
        self._show_row(self.layer_box, False)
        self.layer_box.currentIndexChanged.connect(self._encoding_chosen)
        self.encoding_box = self._row(grid, "Encoding")
        self.encoding_box.addItem("", None)
        for name in _ENCODINGS:
            self.encoding_box.addItem(name, name)
        self.encoding_box.currentIndexChanged.connect(self._encoding_chosen)
        self.x = self._row(grid, "Longitude or easting")
        self.y = self._row(grid, "Latitude or northing")
        self.crs = self._row(grid, "Coordinate system")
        self.crs.addItem("", None)
        for name in dict.fromkeys((*_SYSTEMS, project_crs)):
            self.crs.addItem(name, name)
        self.crs.setEditable(True)
        self.datum = self._row(grid, "Datum")
        self.datum.addItem("", None)
        for value, shown in _DATUMS:
            self.datum.addItem(shown, value)
        for box in (self.x, self.y, self.datum):
            box.currentIndexChanged.connect(self._chosen)
        self.crs.activated.connect(self._chosen)
        line = self.crs.lineEdit()
        assert line is not None
        line.editingFinished.connect(self._chosen)
        matching = QHBoxLayout()
        matching.setSpacing(8)
        self.by_code, self.by_distance = QCheckBox(), QCheckBox()
        worded(self.by_code, "setText", "same code")
        worded(self.by_distance, "setText", "within")
        self.tolerance = QDoubleSpinBox()
        self.tolerance.setRange(0.1, 1000)
        self.tolerance.setDecimals(1)
        self.tolerance.setValue(1.0)
        self.tolerance.setSuffix(" m")
        self.tolerance.setFixedWidth(84)
        for widget in (self.by_code, self.by_distance):
            widget.setChecked(True)
            widget.toggled.connect(self._chosen)
        self.tolerance.valueChanged.connect(self._chosen)
        matching.addWidget(self.by_distance)
        matching.addWidget(self.tolerance)
        matching.addStretch(1)
        label = QLabel()
        worded(label, "setText", "Same feature if")
        row = grid.rowCount()
        grid.addWidget(label, row, 0)
        grid.addWidget(self.by_code, row, 1)
        grid.addLayout(matching, row + 1, 1)
        self.evidence = QLabel()
        self.evidence.setProperty("role", "soft")
        self.evidence.setWordWrap(True)
        self.evidence.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(self.evidence)
        heading = QLabel()
        heading.setProperty("role", "section")
        worded(heading, "setText", "Fields and their columns")
        column.addWidget(heading)
        self._mapping_grid = QGridLayout()
        self._mapping_grid.setHorizontalSpacing(8)
        self._mapping_grid.setVerticalSpacing(4)
        self._mapping_grid.setColumnStretch(1, 1)
        column.addLayout(self._mapping_grid)
        column.addStretch(1)
        self._reading: Reading | None = None
        self._make_fields()
        self._say()
        words().changed.connect(self._say)

    @property
    def cls(self) -> str:
        """The chosen class's name."""
        return str(self.kind.currentData())

    @property
    def encoding(self) -> str | None:
        """The chosen encoding; None = as the evidence says."""
        value = self.encoding_box.currentData()
        return None if value is None else str(value)

    @property
    def dialect(self) -> Dialect:
        """How the file is to be read, as far as that is chosen."""
        return Dialect(self.encoding, layer=self.layer)

    @property
    def layer(self) -> str | None:
        """The chosen layer or sheet of a file of several; None = the first that has features."""
        value = self.layer_box.currentData()
        return None if value is None else str(value)

    def show_layers(self, raw: RawTable) -> None:
        """Offer the layers of a file, the one that was read chosen."""
        self._filling = True
        self.layer_box.clear()
        for name in raw.layers:
            self.layer_box.addItem(name, name)
        if raw.layer == "*":
            self.layer_box.insertItem(0, tr("all layers"), "*")
        self.layer_box.setCurrentIndex(max(0, self.layer_box.findData(raw.layer)) if raw.layers else -1)
        self._show_row(self.layer_box, len(raw.layers) > 1)  # a file of one layer asks nothing
        self._filling = False

    def set_class(self, name: str) -> None:
        """Choose a class."""
        self.kind.setCurrentIndex(max(0, self.kind.findData(name)))

    def set_mapping(self, mapping: Mapping) -> None:
        """Take a whole mapping, as read from a file."""
        self._mapping = mapping

    def reset(self) -> None:
        """Forget all choices but the class: a new file is looked at afresh."""
        self._mapping = None
        self._filling = True
        for box in (self.encoding_box, self.crs, self.datum):
            box.setCurrentIndex(0)
        self.x.clear()
        self.y.clear()
        self.layer_box.clear()
        self._filling = False

    def choices(self) -> Choices:
        """What is chosen; None for what is left to the evidence."""
        crs = self.crs.currentText().strip()
        automatic = not crs or crs == self.crs.itemText(0)
        ways = [name for name, box in (("code", self.by_code), ("distance", self.by_distance)) if box.isChecked()]
        x, y = self.x.currentData(), self.y.currentData()
        return Choices(
            self.dialect,
            None if automatic else crs,
            self.datum.currentData(),
            x=x if x and y else None,
            y=y if x and y else None,
            mapping=self._mapping,
            match=tuple(ways),
            tolerance_m=self.tolerance.value(),
        )

    def show_columns(self, raw: RawTable) -> None:
        """Offer a file's columns, when its position has yet to be found."""
        self._fill_columns(raw, None, None)

    def show_reading(self, reading: Reading) -> None:
        """Show what was found, and why."""
        self._reading = reading
        placed = reading.placement
        self._fill_columns(reading.raw, placed.x, placed.y)
        self._filling = True
        for name, box in self._fields.items():
            source = reading.mapping.sources.get(name)
            box.setCurrentIndex(max(0, box.findData(source.column)) if source is not None else 0)
        self._filling = False
        self._say_evidence()

    def _fill_columns(self, raw: RawTable, x: str | None, y: str | None) -> None:
        self._filling = True
        own = raw.geometry is not None
        for box, column in ((self.x, x), (self.y, y)):
            box.clear()
            box.addItem(tr("from the geometry") if own else tr("found by itself"), None)
            for name in raw.columns:
                box.addItem(name, name)
            box.setCurrentIndex(max(0, box.findData(column)) if column else 0)
            box.setEnabled(not own)
        for box in self._fields.values():
            box.clear()
            box.addItem("—", None)
            for name in raw.columns:
                box.addItem(name, name)
        self._filling = False

    def _row(self, grid: QGridLayout, text: str) -> QComboBox:
        label = QLabel()
        worded(label, "setText", text)
        box = QComboBox()
        box.setMinimumContentsLength(8)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        worded(box, "setAccessibleName", text)
        label.setBuddy(box)
        row = grid.rowCount()
        grid.addWidget(label, row, 0)
        grid.addWidget(box, row, 1)
        self._captions[box] = label
        return box

    def _show_row(self, box: QComboBox, shown: bool) -> None:
        box.setVisible(shown)
        self._captions[box].setVisible(shown)

    def _make_fields(self) -> None:
        while (item := self._mapping_grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._fields = {}
        for row, f in enumerate(f for f in self._catalogue[self.cls].fields if f.type != "ref" and not f.stamp):
            label = QLabel(f.label.text(language()) + (" *" if f.required else ""))
            box = QComboBox()
            box.addItem("—", None)
            box.setMinimumContentsLength(8)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setAccessibleName(f.label.text(language()))
            box.currentIndexChanged.connect(self._mapped)
            label.setBuddy(box)
            self._mapping_grid.addWidget(label, row, 0)
            self._mapping_grid.addWidget(box, row, 1)
            self._fields[f.name] = box

    def _class_chosen(self) -> None:
        self._mapping = None
        self._make_fields()
        if not self._filling:
            self.changed.emit()

    def _encoding_chosen(self) -> None:
        if not self._filling:
            self._mapping = None
            self.encoding_changed.emit()

    def _chosen(self) -> None:
        if not self._filling:
            self.changed.emit()

    def _mapped(self) -> None:
        if self._filling:
            return
        kept = dict(self._reading.mapping.sources) if self._reading is not None else {}
        sources = {}
        for name, box in self._fields.items():
            column = box.currentData()
            if column is not None:
                old = kept.get(name)
                sources[name] = old if old is not None and old.column == column else Source(column)
            elif name in kept and kept[name].column is None:
                sources[name] = kept[name]  # a constant from a mapping file
        self._mapping = Mapping(self.cls, sources)
        self.changed.emit()

    def _say(self) -> None:
        wanted = language()
        self._filling = True
        for index in range(self.kind.count()):
            self.kind.setItemText(index, self._catalogue[self.kind.itemData(index)].label.text(wanted))
        for box in (self.encoding_box, self.crs, self.datum):
            box.setItemText(0, tr("found by itself"))
        self._filling = False
        self._make_fields()
        if self._reading is not None and self._reading.cls == self.cls:
            self.show_reading(self._reading)

    def _say_evidence(self) -> None:
        assert self._reading is not None
        names = {
            "encoding": tr("Encoding"), "delimiter": tr("Delimiter"), "header": tr("Header line"),
            "layer": tr("Layer"), "heights": tr("Heights"), "kind": tr("Kind of list"),
            "sentences": tr("Other sentences"), "length": tr("Fibre lengths"), "columns": tr("Position"),
            "order": tr("Order"), "crs": tr("Coordinate system"), "datum": tr("Datum"),
        }  # fmt: skip
        wanted = language()
        latest = {e.what: e for e in (*self._reading.raw.evidence, *self._reading.placement.evidence)}
        lines = [
            f"{names.get(e.what, e.what)}  {e.value}  ·  {say(e.reason, wanted, **e.args)}" for e in latest.values()
        ]
        self.evidence.setText("\n".join(lines))
