"""The four ways to change many features, each a page that makes an operation of what is chosen on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.bulk.expression import ExpressionEditor
from desktop.shell.formatting import field_title
from desktop.shell.words import language, mark, tr, worded, words
from gis.catalogue import Catalogue, FeatureClass, Field
from gis.errors import Refusal
from gis.project.bulk import Calculation, Operation
from gis.project.bulk_numbers import Numbering, tokens_of
from gis.project.bulk_places import FARTHEST_M, FromPlace
from gis.project.bulk_text import Replacement, text_fields
from gis.query.patterns import LONGEST, checked_replacement, pattern_of

_RELATIONS = (
    ("area", mark("The area around it")), ("nearest", mark("The nearest feature")),
    ("count", mark("The number of features inside")), ("sum", mark("The sum over features inside")),
)  # fmt: skip
_ORDERS = (
    ("code", mark("As they are numbered now")), ("along", mark("Along the nearest road")),
    ("west_east", mark("From west to east")), ("north_south", mark("From north to south")),
    ("nearest", mark("From each to the nearest")), ("field", mark("By a field")),
)  # fmt: skip


class Page(QWidget):
    """``changed`` when the operation may have become another. `operation` is None while something is missing."""

    changed = Signal()
    title = ""

    def __init__(self) -> None:
        super().__init__()
        self.cls: FeatureClass | None = None
        self.form = QFormLayout()
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setHorizontalSpacing(12)
        self.form.setVerticalSpacing(8)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addLayout(self.form)
        self.problem = QLabel()
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        column.addWidget(self.problem)
        column.addStretch(1)
        words().changed.connect(self._refill)

    def add(self, text: str, widget: QWidget) -> None:
        """One row of the form."""
        said = QLabel()
        worded(said, "setText", text)
        worded(widget, "setAccessibleName", text)
        said.setBuddy(widget)
        self.form.addRow(said, widget)

    def show_class(self, cls: FeatureClass, catalogue: Catalogue) -> None:
        """Offer the fields of a class."""
        self.cls, self.catalogue = cls, catalogue
        self._refill()

    def _refill(self, *_language: object) -> None:
        if self.cls is not None:
            self.fill()
            self.tell()

    def fill(self) -> None:
        """Fill the lists."""

    def tell(self, *_: object) -> None:
        """Something was typed: say what is wrong with it, then tell the dialog."""
        problem = self.wrong()
        self.problem.setText(f"{problem.message(language())} {problem.hint(language())}" if problem else "")
        self.problem.setVisible(problem is not None)
        self.changed.emit()

    def wrong(self) -> Refusal | None:
        """What is wrong with what was typed."""
        return None

    def operation(self) -> Operation | None:
        """What to do."""
        raise NotImplementedError

    def load(self, body: dict[str, Any]) -> None:
        """Show a saved operation."""
        raise NotImplementedError


class CalculatePage(Page):
    """A field set to an expression."""

    title = mark("Calculate")

    def __init__(self) -> None:
        super().__init__()
        self.field, self.expression = _list(), ExpressionEditor()
        self.add("Field", self.field)
        self.add("Set to", self.expression)
        self.field.currentIndexChanged.connect(self.tell)
        self.expression.changed.connect(self.tell)

    def fill(self) -> None:
        """See Page."""
        assert self.cls is not None
        _offer(self.field, _settable(self.cls))
        self.expression.set_class(self.cls, self.catalogue)

    def operation(self) -> Operation | None:
        """See Page."""
        name = self.field.currentData()
        if not name or self.expression.compiled() is None:
            return None
        return Calculation(((name, self.expression.text()),))

    def load(self, body: dict[str, Any]) -> None:
        """See Page."""
        ((name, text),) = body["settings"]
        self.field.setCurrentIndex(self.field.findData(name))
        self.expression.set_text(text)


class ReplacePage(Page):
    """Texts looked for and replaced."""

    title = mark("Find and replace")

    def __init__(self) -> None:
        super().__init__()
        self.find, self.put, self.field = QLineEdit(), QLineEdit(), _list()
        self.regular, self.match_case, self.whole, self.first = (QCheckBox() for _ in range(4))
        self.find.setMaxLength(LONGEST)
        self.put.setMaxLength(LONGEST)
        self.add("Find", self.find)
        self.add("Replace by", self.put)
        self.add("In", self.field)
        for box, text in (
            (self.match_case, mark("Match capital letters")), (self.whole, mark("Whole value only")),
            (self.first, mark("Only the first in each value")), (self.regular, mark("Regular expression")),
        ):  # fmt: skip
            worded(box, "setText", text)
            self.form.addRow("", box)
            box.toggled.connect(self.tell)
        worded(self.regular, "setToolTip", "\\d digits, . any letter, ( ) a group that \\1 puts in again")
        self.match_case.setChecked(True)
        self.find.textChanged.connect(self.tell)
        self.put.textChanged.connect(self.tell)
        self.field.currentIndexChanged.connect(self.tell)

    def fill(self) -> None:
        """See Page."""
        assert self.cls is not None
        texts = [f for f in _settable(self.cls) if f.type == "text"]
        _offer(self.field, texts, tr("All text fields") if text_fields(self.cls) else None)

    def wrong(self) -> Refusal | None:
        """See Page."""
        if not self.find.text() or not self.regular.isChecked():
            return None
        try:
            checked_replacement(pattern_of(self.find.text(), regular=True), self.put.text())
        except Refusal as refusal:
            return refusal
        return None

    def operation(self) -> Operation | None:
        """See Page."""
        if not self.find.text() or self.wrong() is not None or not self.field.count():
            return None
        name = self.field.currentData()
        return Replacement(
            self.find.text(), self.put.text(), (name,) if name else (), self.regular.isChecked(),
            self.match_case.isChecked(), self.whole.isChecked(), self.first.isChecked(),
        )  # fmt: skip

    def load(self, body: dict[str, Any]) -> None:
        """See Page."""
        self.find.setText(body["find"])
        self.put.setText(body["put"])
        self.field.setCurrentIndex(self.field.findData(body["fields"][0] if body["fields"] else ""))
        for box in ("regular", "match_case", "whole", "first"):
            getattr(self, box).setChecked(body[box])


class PlacePage(Page):
    """A field filled from what lies there."""

    title = mark("From the place")

    def __init__(self) -> None:
        super().__init__()
        self.field, self.relation, self.level, self.source, self.take = (_list() for _ in range(5))
        self.within = QDoubleSpinBox()
        self.within.setRange(0.1, FARTHEST_M)
        self.within.setDecimals(1)
        self.within.setValue(100)
        self.within.setSuffix(" m")
        self.within.lineEdit().setTextMargins(6, 0, 0, 0)
        self.add("Field", self.field)
        self.add("Set to", self.relation)
        self.add("Level", self.level)
        self.add("Features", self.source)
        self.add("Take its", self.take)
        self.add("Within", self.within)
        self.relation.currentIndexChanged.connect(self._related)
        self.source.currentIndexChanged.connect(self._sourced)
        for box in (self.field, self.level, self.take):
            box.currentIndexChanged.connect(self.tell)
        self.within.valueChanged.connect(self.tell)

    def fill(self) -> None:
        """See Page."""
        assert self.cls is not None
        _offer(self.field, _settable(self.cls))
        polygons = self.cls.geometry in ("polygon", "multipolygon")
        _entries(self.relation, [(tr(text), key) for key, text in _RELATIONS if polygons or key in ("area", "nearest")])
        levels = self.catalogue["area"].field("level").codes
        _entries(self.level, [(tr("The smallest"), ""), *((c.label.text(language()), c.value) for c in levels)])
        _entries(self.source, [(c.label.text(language()), c.name) for c in self.catalogue if c.spatial])
        self._related()

    def _related(self, *_: object) -> None:
        relation = self.relation.currentData()
        for box, shown in (
            (self.level, relation == "area"), (self.source, relation != "area"), (self.take, relation != "count"),
            (self.within, relation == "nearest"),
        ):  # fmt: skip
            self.form.setRowVisible(box, shown)
        self._sourced()

    def _sourced(self, *_: object) -> None:
        relation = self.relation.currentData()
        source = self.catalogue["area" if relation == "area" else self.source.currentData() or "area"]
        fields = [f for f in source.fields if not f.restricted and (relation != "sum" or f.type in ("real", "integer"))]
        _offer(self.take, fields)
        self.tell()

    def operation(self) -> Operation | None:
        """See Page."""
        relation, name = self.relation.currentData(), self.field.currentData()
        take = self.take.currentData()
        if self.cls is None or not self.cls.spatial or not name or (relation != "count" and not take):
            return None
        source = "area" if relation == "area" else self.source.currentData()
        return FromPlace(name, relation, source, take or "code", self.level.currentData() or "", self.within.value())

    def wrong(self) -> Refusal | None:
        """See Page."""
        if self.cls is not None and not self.cls.spatial:
            return Refusal("bulk.no_place", cls_zh=self.cls.label.zh, cls_en=self.cls.label.en)
        return None

    def load(self, body: dict[str, Any]) -> None:
        """See Page."""
        for name in ("relation", "source", "take", "level", "field"):
            box = getattr(self, name)
            box.setCurrentIndex(box.findData(body[name]))
        self.within.setValue(body["within"])


class NumberPage(Page):
    """Codes written anew by a template."""

    title = mark("Renumber")

    def __init__(self) -> None:
        super().__init__()
        self.template, self.field, self.order, self.by = QLineEdit("{area}-{n:004}"), _list(), _list(), _list()
        self.start, self.step = QSpinBox(), QSpinBox()
        self.each, self.skip_taken = QCheckBox(), QCheckBox()
        self.start.setRange(0, 999_999_999)
        self.start.setValue(1)
        self.step.setRange(-1000, 1000)
        self.step.setValue(1)
        for count in (self.start, self.step):
            count.lineEdit().setTextMargins(6, 0, 0, 0)
        hint = QLabel()
        hint.setProperty("role", "soft")
        hint.setWordWrap(True)
        worded(hint, "setText", "{n:003} number, {road} road, {area:town} area, {year}, {name} any field")
        self.add("Template", self.template)
        self.form.addRow("", hint)
        self.add("Field", self.field)
        self.add("Order", self.order)
        self.add("By", self.by)
        self.add("Begin with", self.start)
        self.add("Step", self.step)
        for box, text in ((self.each, mark("Begin anew for each road, area …")),
                          (self.skip_taken, mark("Pass over codes in use"))):  # fmt: skip
            worded(box, "setText", text)
            self.form.addRow("", box)
            box.toggled.connect(self.tell)
        self.each.setChecked(True)
        self.template.textChanged.connect(self.tell)
        self.order.currentIndexChanged.connect(self._ordered)
        for chosen in (self.field, self.by):
            chosen.currentIndexChanged.connect(self.tell)
        for count in (self.start, self.step):
            count.valueChanged.connect(self.tell)

    def fill(self) -> None:
        """See Page."""
        assert self.cls is not None
        texts = [f for f in _settable(self.cls) if f.type == "text"]
        fresh = self.field.count() == 0 or self.field.findData(self.field.currentData()) < 0
        _offer(self.field, texts)
        if fresh and self.cls.has_field("code"):
            self.field.setCurrentIndex(self.field.findData("code"))
        _offer(self.by, [f for f in self.cls.fields if not f.restricted and f.type != "ref"])
        places = self.cls.spatial
        _entries(self.order, [(tr(text), key) for key, text in _ORDERS if places or key in ("code", "field")])
        self._ordered()

    def _ordered(self, *_: object) -> None:
        self.form.setRowVisible(self.by, self.order.currentData() == "field")
        self.tell()

    def wrong(self) -> Refusal | None:
        """See Page."""
        try:
            if self.cls is not None and self.template.text().strip():
                tokens_of(self.template.text(), self.cls)
        except Refusal as refusal:
            return refusal
        return Refusal("bulk.bad_step") if self.step.value() == 0 else None

    def operation(self) -> Operation | None:
        """See Page."""
        if self.wrong() is not None or not self.template.text().strip() or not self.field.currentData():
            return None
        return Numbering(
            self.template.text().strip(), self.field.currentData(), self.order.currentData(),
            self.by.currentData() or "", self.start.value(), self.step.value(), self.each.isChecked(),
            self.skip_taken.isChecked(),
        )  # fmt: skip

    def load(self, body: dict[str, Any]) -> None:
        """See Page."""
        self.template.setText(body["template"])
        for name in ("field", "order", "by"):
            box = getattr(self, name)
            box.setCurrentIndex(box.findData(body[name]))
        self.start.setValue(body["start"])
        self.step.setValue(body["step"])
        self.each.setChecked(body["each"])
        self.skip_taken.setChecked(body["skip_taken"])


KINDS: dict[str, tuple[type[Page], Callable[..., Operation]]] = {
    "calculate": (CalculatePage, Calculation), "replace": (ReplacePage, Replacement), "place": (PlacePage, FromPlace),
    "number": (NumberPage, Numbering),
}  # fmt: skip


def as_document(operation: Operation) -> dict[str, Any]:
    """An operation as plain JSON, with its kind."""
    kind = next(key for key, (_, made) in KINDS.items() if type(operation) is made)
    return {"kind": kind, **asdict(operation)}  # type: ignore[call-overload]


def _settable(cls: FeatureClass) -> list[Field]:
    return [f for f in cls.fields if not f.stamp]


def _list() -> QComboBox:
    box = QComboBox()
    box.setMaxVisibleItems(20)
    box.setMinimumContentsLength(10)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box


def _offer(box: QComboBox, fields: list[Field], none: str | None = None) -> None:
    first = [] if none is None else [(none, "")]
    _entries(box, first + [(field_title(f), f.name) for f in fields])


def _entries(box: QComboBox, entries: list[tuple[str, str]]) -> None:
    """Fill a list; what was chosen stays chosen where it is there still."""
    chosen = box.currentData()
    box.blockSignals(True)
    box.clear()
    for text, data in entries:
        box.addItem(text, data)
    box.setCurrentIndex(max(0, box.findData(chosen)) if entries else -1)
    box.blockSignals(False)
