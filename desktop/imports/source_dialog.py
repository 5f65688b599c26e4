"""Where one field's values come from, with the first rows' results as one changes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.forms.fields import dress
from desktop.imports.column_page import ColumnPage
from desktop.imports.file_expression import FileExpression
from desktop.imports.value_names import ValueNames
from desktop.shell.formatting import field_title, value_text
from desktop.shell.theme import theme
from desktop.shell.words import language, mark, tr, worded, words
from desktop.styling.controls import CalmBox
from desktop.styling.sections import Segments
from gis.catalogue import FeatureClass, Field
from gis.editing.values import read_value
from gis.errors import Refusal
from gis.exchange.mapping import Source
from gis.exchange.raw import RawTable
from gis.exchange.transforms import Evaluate, cells_of, values_of

_SHOWN, _TRIED = 40, 2000
_WAYS = (
    ("column", mark("A column"), "", mark("Every row has its own value in the file")),
    ("constant", mark("One value"), "", mark("All rows get the same value")),
    ("expression", mark("An expression"), "", mark("Computed from the columns of the file")),
    ("nothing", mark("source|Nothing"), "", mark("The field stays as it is")),
)


class SourceDialog(QDialog):
    """``taken(field name, Source or None)`` when the user agrees. Not modal."""

    taken = Signal(str, object)

    def __init__(
        self,
        raw: RawTable,
        cls: FeatureClass,
        field: Field,
        source: Source | None,
        evaluate: Evaluate | None,
        parent: QWidget | None,
    ) -> None:
        super().__init__(parent)
        self._head, self._cls, self._field, self._evaluate = raw.part(0, _TRIED), cls, field, evaluate
        self._whole = len(raw) <= _TRIED
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(120)
        self._later.timeout.connect(self._show_result)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Values of “{field}”", field=field_title(field)))
        self.way = Segments(_WAYS, icons=False)
        self.column = ColumnPage(self._head, field)
        self.constant = _Constant(cls, field)
        self.expression = FileExpression(self._head)
        self.stack = QStackedWidget()
        for page in (self.column, self.constant, self.expression, QWidget()):
            self.stack.addWidget(page)
        self.names = ValueNames(cls, field)
        self.result = _result_table()
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.take, self.close_ = QPushButton(), QPushButton()
        self.take.setProperty("role", "primary")
        self.take.setDefault(True)
        worded(self.take, "setText", "Use it")
        worded(self.close_, "setText", "Close")
        self._lay_out()
        self._begin(source)
        self.way.chosen.connect(self._turn)
        for page in (self.column, self.constant, self.expression):
            page.changed.connect(self._changed)
        self.names.changed.connect(self._later.start)
        self.take.clicked.connect(self._agree)
        self.close_.clicked.connect(self.close)
        words().changed.connect(self._show_result)
        self._show_names()
        self._show_result()
        self.resize(860, 560)
        self.setMinimumSize(680, 420)

    def _lay_out(self) -> None:
        left = QWidget()
        left.setProperty("role", "page")
        inside = QVBoxLayout(left)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.setSpacing(12)
        inside.addWidget(self.stack)
        inside.addWidget(self.names)
        inside.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(left)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.result, 1)
        right.addWidget(self.said)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(scroll, 11)
        middle.addLayout(right, 10)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.close_)
        foot.addWidget(self.take)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addWidget(self.way)
        column.addLayout(middle, 1)
        column.addLayout(foot)

    def _begin(self, source: Source | None) -> None:
        if source is None:
            key = "column"
        elif source.expression is not None:
            key = "expression"
            self.expression.set_text(source.expression)
        elif source.column is None and not source.join:
            key = "constant"
            self.constant.show_value(source.constant)
        else:
            key = "column"
        self.column.show_source(source if source is not None else Source())
        self.names.set_values(source.values if source is not None else {})
        self._key = key
        self._turn(key)

    # What is chosen -------------------------------------------------------------------------------------------------
    def source(self) -> Source | None:
        """What is set; None for nothing. Raises the Refusal of a constant that does not fit."""
        if self._key == "nothing":
            return None
        if self._key == "constant":
            value = self.constant.value()
            return None if value is None else Source(constant=value)
        values = self.names.values
        if self._key == "expression":
            text = self.expression.text()
            return Source(expression=text, values=values) if text else None
        made = self.column.source()
        return None if made is None else replace(made, values=values)

    def _turn(self, key: str) -> None:
        self._key = key
        self.way.show_key(key)
        self.stack.setCurrentIndex([way for way, *_ in _WAYS].index(key))
        for place in range(self.stack.count()):  # the page that is shown alone says how high the stack is
            page = self.stack.widget(place)
            policy = page.sizePolicy()
            shown = policy.Policy.Preferred if page is self.stack.currentWidget() else policy.Policy.Ignored
            page.setSizePolicy(policy.Policy.Preferred, shown)
        self._changed()

    def _changed(self) -> None:
        self._show_names()
        self._later.start()

    # What it gives --------------------------------------------------------------------------------------------------
    def _show_names(self) -> None:
        """Offer the different cells to be renamed; nothing to rename where there is one value for all."""
        self.names.setVisible(self._key in ("column", "expression"))
        cells: Any = []
        wrong: frozenset[str] = frozenset()
        try:
            source = self.source()
            if source is not None:
                plain = replace(source, values={})
                cells = cells_of(self._head, plain, self._evaluate)
                _, problems = values_of(self._head, self._cls, self._field, plain, self._evaluate)
                wrong = frozenset(str(cells[row]) for row in problems)
        except Refusal:
            cells = []
        self.names.show_cells(cells, frozenset() if self._field.type == "ref" else wrong)

    def _show_result(self, *_args: object) -> None:
        problem: Refusal | None = None
        source: Source | None = None
        values: Any = None
        problems: dict[int, Refusal] = {}
        cells: Any = None
        try:
            source = self.source()
            if source is not None:
                cells = cells_of(self._head, replace(source, values={}), self._evaluate)
                values, problems = self._values(source)
        except Refusal as refusal:
            problem = refusal
        self._fill_table(cells, values, problems)
        wanted = language()
        if problem is not None:
            said = f"{problem.message(wanted)} {problem.hint(wanted)}".strip()
        elif source is None:
            said = tr("Nothing is written to this field.")
        elif self._field.type == "ref":
            said = tr("Looked up by code or name, in the project and in this file, when rows are compared.")
        elif problems:
            said = tr("{bad} of {count} rows cannot be read as {field}.", bad=f"{len(problems):,}",
                      count=f"{len(self._head):,}", field=self._field.label.text(wanted))  # fmt: skip
        elif self._whole:
            said = tr("All {count} rows can be read.", count=f"{len(self._head):,}")
        else:
            said = tr("All of the first {count} rows can be read.", count=f"{len(self._head):,}")
        wrong = problem is not None or bool(problems)
        self.said.setProperty("role", "problem" if wrong else "soft")
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)
        self.said.setText(said)
        self.take.setEnabled(problem is None)

    def _values(self, source: Source) -> tuple[Any, dict[int, Refusal]]:
        if self._field.type == "ref":  # codes and names of other features are looked up when rows are compared
            return cells_of(self._head, source, self._evaluate), {}
        return values_of(self._head, self._cls, self._field, source, self._evaluate)

    def _fill_table(self, cells: Any, values: Any, problems: dict[int, Refusal]) -> None:
        table = self.result
        rows: list[int] = []
        if values is not None:
            bad = sorted(problems)[: _SHOWN // 2]  # what is wrong is shown, however late it comes
            rows = [*bad, *(row for row in range(min(len(self._head), _SHOWN)) if row not in problems)]
            rows = sorted(rows[:_SHOWN])
        table.setRowCount(len(rows))
        look = theme()
        for place, row in enumerate(rows):
            why = problems.get(row)
            stored = values[row]
            if why is not None:
                made = why.message(language())
            elif self._field.type == "ref":
                made = "—" if stored is None else str(stored)
            else:
                made = value_text(self._field, stored) or "—"
            given = "" if cells[row] is None else str(cells[row])
            for column, text in enumerate((str(int(self._head.lines[row])), given, made)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                if column == 0:
                    item.setForeground(look.color("text_faint"))
                if column == 2 and why is not None:
                    item.setForeground(look.color("bad"))
                table.setItem(place, column, item)
        table.setHorizontalHeaderLabels(
            [tr("Line"), tr("Computed") if self._key == "expression" else tr("In the file"), field_title(self._field)]
        )

    def _agree(self) -> None:
        try:
            source = self.source()
        except Refusal:
            return
        self.taken.emit(self._field.name, source)
        self.close()


class _Constant(QWidget):
    """One value for all rows: chosen from a list where there is one, else typed."""

    changed = Signal()

    def __init__(self, cls: FeatureClass, field: Field) -> None:
        super().__init__()
        self._cls, self._field = cls, field
        self.box, self.line = CalmBox(), QLineEdit()
        self._listed = bool(field.codes) or field.type == "boolean"
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        label = QLabel()
        label.setProperty("role", "soft")
        label.setText(field_title(field))
        shown = self.box if self._listed else self.line
        shown.setAccessibleName(field.label.text(language()))
        column.addWidget(label)
        column.addWidget(shown)
        if self._listed:
            offered: list[tuple[str, Any]] = [(code.label.text(language()), code.value) for code in field.codes]
            if field.type == "boolean":
                offered = [(value_text(field, 1.0), True), (value_text(field, 0.0), False)]
            self.box.fill([("—", None), *offered], None)
        self.box.currentIndexChanged.connect(self.changed)
        self.line.textChanged.connect(self._typed)

    def value(self) -> Any:
        """The value; None while there is none. Raises the Refusal of one that does not fit."""
        if self._listed:
            return self.box.currentData()
        text = self.line.text().strip()
        if not text:
            return None
        if self._field.type != "ref":
            read_value(self._cls, self._field, text)
        return text

    def show_value(self, value: Any) -> None:
        """Show a constant of a recipe."""
        if not self._listed:
            self.line.setText("" if value is None else str(value))
            return
        try:
            stored = read_value(self._cls, self._field, value)
        except Refusal:
            stored = None
        if self._field.type == "boolean" and stored is not None:
            stored = bool(stored)
        self.box.setCurrentIndex(max(0, self.box.findData(stored)))

    def _typed(self) -> None:
        try:
            self.value()
        except Refusal:
            dress(self.line, "wrong", True)
        else:
            dress(self.line, "wrong", False)
        self.changed.emit()


def _result_table() -> QTableWidget:
    table = QTableWidget(0, 3)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(26)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.setWordWrap(False)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.setColumnWidth(0, 56)
    for column in (1, 2):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
    worded(table, "setAccessibleName", "source|Result")
    return table
