"""What makes the pages: areas of a level, squares, routes or a query; how they are grouped, ordered and scaled."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QWidget

from desktop.shell.formatting import parse_scale, scale
from desktop.shell.words import language, mark, tr, worded
from gis.cartography.sheets.atlas import ROUTES, AtlasWish
from gis.catalogue import FeatureClass
from gis.coverage.regions import LEVELS

SOURCES = (
    ("areas", mark("Areas of a level")),
    ("grid", mark("Squares of a grid")),
    ("routes", mark("Routes")),
    ("query", mark("Features of a query")),
)
_ORDERS = (("code", mark("By code")), ("name", mark("By name")), ("place", mark("From north to south")))
_RESTRICTS = (
    ("legend", mark("All; legend and tables of the page")),
    ("features", mark("Only what is the page's own")),
    ("none", mark("All; legend and tables of the map")),
)
_SCALES = (5_000, 10_000, 25_000, 50_000, 100_000)
_EACH, _ALIKE = "each", "alike"


class SourceForm(QWidget):
    """Emits ``changed`` when another set of pages is asked for; ``wish()`` tells which."""

    changed = Signal()

    def __init__(self, session: Any) -> None:
        super().__init__()
        self._session = session
        self.source, self.level, self.classes, self.group, self.order, self.scale, self.restrict = (
            QComboBox() for _ in range(7)
        )
        self.where = QLineEdit()
        self.where.setClearButtonEnabled(True)
        self.metres = QSpinBox()
        self.metres.setRange(50, 100_000)
        self.metres.setSingleStep(500)
        self.metres.setValue(5_000)
        self.metres.setSuffix(" m")
        self.metres.setKeyboardTracking(False)
        self.air = QSpinBox()
        self.air.setRange(0, 500)
        self.air.setValue(round(AtlasWish().margin * 100))
        self.air.setSuffix(" %")
        self.air.setKeyboardTracking(False)
        self.air.setFixedWidth(76)
        for spin in (self.metres, self.air):
            spin.lineEdit().setTextMargins(8, 0, 0, 0)
        worded(self.air, "setToolTip", "On each side, as a share of the page's own width and height")
        self.empty, self.merged = QCheckBox(), QCheckBox()
        worded(self.empty, "setText", "Also squares without anything in them")
        worded(self.merged, "setText", "One page for each value")
        worded(self.where, "setPlaceholderText", "All; or a condition, e.g. status = 'in_service'")
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.scale.setEditable(True)
        self.scale.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for box in (self.source, self.level, self.classes, self.group, self.order, self.scale, self.restrict):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(10)
        for label, editor in (
            (mark("Pages from"), self.source), (mark("Level"), self.level), (mark("Class"), self.classes),
            (mark("Side"), self.metres), ("", self.empty), (mark("Condition"), self.where),
            (mark("atlas|Group by"), self.group), ("", self.merged), (mark("Order"), self.order),
            (mark("sheet|Scale"), self.scale), (mark("atlas|Shown"), self.restrict),
        ):  # fmt: skip
            self._add(label, editor)
        self._fill()
        for box in (self.source, self.classes):
            box.currentIndexChanged.connect(self._turned)
        for box in (self.level, self.group, self.order, self.restrict):
            box.currentIndexChanged.connect(self._say_changed)
        self.scale.currentTextChanged.connect(self._say_changed)
        self.scale.currentIndexChanged.connect(self._from_the_start)
        self.where.textChanged.connect(self._say_changed)
        self.metres.valueChanged.connect(self._say_changed)
        self.air.valueChanged.connect(self._say_changed)
        self.empty.toggled.connect(self._say_changed)
        self.merged.toggled.connect(self._say_changed)
        self._turned()

    def _add(self, label: str, editor: QWidget) -> None:
        if not label:
            self._form.addRow("", editor)
            return
        said = self._label(label, editor)
        if editor is not self.scale:
            self._form.addRow(said, editor)
            return
        row = QHBoxLayout()  # the air around belongs to the scale: what is there decides how much fits
        row.setSpacing(8)
        row.addWidget(self.scale, 1)
        row.addWidget(self._label(mark("Air around"), self.air))
        row.addWidget(self.air)
        self._form.addRow(said, row)

    @staticmethod
    def _label(text: str, editor: QWidget) -> QLabel:
        said = QLabel()
        said.setProperty("role", "soft")
        said.setBuddy(editor)
        worded(said, "setText", text)
        worded(editor, "setAccessibleName", text)
        return said

    def _fill(self) -> None:
        said = language()
        for value, text in SOURCES:
            self.source.addItem(tr(text), value)
        field = self._session.catalogue["area"].field("level")
        _, rows = self._session.sql('SELECT "level", count(*) FROM "area" GROUP BY "level"')
        counts = {str(level): int(count) for level, count in rows}
        for level in LEVELS:
            if counts.get(level):
                self.level.addItem(f"{field.code_label(level, said)}  ({counts[level]:,})", level)
        proposed = next((name for name in ("town", "county") if counts.get(name)), None)
        self.level.setCurrentIndex(max(self.level.findData(proposed), 0))
        for value, text in _ORDERS:
            self.order.addItem(tr(text), value)
        for value, text in _RESTRICTS:
            self.restrict.addItem(tr(text), value)
        self.scale.addItem(tr("Fitted"), _EACH)
        self.scale.addItem(tr("One for all"), _ALIKE)
        for denominator in _SCALES:
            self.scale.addItem(scale(denominator), None)

    def _from_the_start(self, _at: int) -> None:
        """A choice longer than its box is read from its beginning, not its end."""
        self.scale.lineEdit().setCursorPosition(0)

    def _turned(self, *_at: object) -> None:
        """Another source or class: what else can be asked for changes with it."""
        source = self.source.currentData()
        if self.sender() is self.source or not self.classes.count():
            self._fill_classes(source)
        self._fill_groups()
        for editor, shown in (
            (self.level, source == "areas"), (self.classes, source in ("routes", "query")),
            (self.metres, source == "grid"), (self.empty, source == "grid"), (self.where, source != "grid"),
            (self.group, source != "grid"), (self.merged, source != "grid"), (self.order, source != "grid"),
        ):  # fmt: skip
            self._form.setRowVisible(editor, shown)
        self._say_changed()

    def _fill_classes(self, source: str) -> None:
        names = [cls.name for cls in self._session.catalogue if cls.spatial and cls.name != "area"]
        if source == "routes":
            names = [name for name in ROUTES if name in names]
        self.classes.blockSignals(True)
        self.classes.clear()
        for name in names:
            self.classes.addItem(self._session.catalogue[name].label.text(language()), name)
        self.classes.blockSignals(False)

    def _fill_groups(self) -> None:
        cls = self.about()
        chosen = self.group.currentData()
        self.group.blockSignals(True)
        self.group.clear()
        self.group.addItem(tr("No groups"), "")
        for field in cls.fields if cls is not None else ():
            if field.codes or field.type in ("ref", "boolean") or field.name in ("owner", "operator", "district"):
                self.group.addItem(field.label.text(language()), field.name)
        at = self.group.findData("parent" if chosen is None and cls is not None and cls.name == "area" else chosen)
        self.group.setCurrentIndex(max(at, 0))
        self.group.blockSignals(False)

    def about(self) -> FeatureClass | None:
        """The class whose features make the pages; None for a grid."""
        source = self.source.currentData()
        if source == "grid":
            return None
        name = "area" if source == "areas" else self.classes.currentData()
        return self._session.catalogue[name] if name else None

    def _say_changed(self, *_value: object) -> None:
        chosen = bool(self.group.currentData())
        self.merged.setEnabled(chosen)
        self.changed.emit()

    @property
    def grouped(self) -> bool:
        """Whether the pages fall into groups; areas do without being told, by what they are part of."""
        source = self.source.currentData()
        return source == "areas" or (source != "grid" and bool(self.group.currentData()))

    def wish(self, **more: Any) -> AtlasWish:
        """What is asked for; ``more``: the fields of AtlasWish that are asked elsewhere."""
        source = self.source.currentData()
        group = self.group.currentData() or "" if source != "grid" else ""
        kept = self.scale.currentText() == self.scale.itemText(self.scale.currentIndex())
        way = self.scale.currentData() if kept else None
        return AtlasWish(
            source=source,
            level=self.level.currentData() or "town",
            cls=self.classes.currentData() or "",
            where=self.where.text().strip() if source != "grid" else "",
            grid_m=float(self.metres.value()),
            empty=self.empty.isChecked(),
            group_by=group,
            per="group" if group and self.merged.isChecked() else "feature",
            order=self.order.currentData(),
            scale=0.0 if way in (_EACH, _ALIKE) else float(parse_scale(self.scale.currentText()) or 0.0),
            alike=way == _ALIKE,
            margin=self.air.value() / 100.0,
            restrict=self.restrict.currentData(),
            **more,
        )
