"""A column as the source of a field: its unit, the part of its cells that counts, and columns glued to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from desktop.imports.evidence_rows import EvidenceRows, small_button
from desktop.shell.words import language, mark, tr, worded, words
from desktop.styling.controls import CalmBox
from gis.catalogue import Field
from gis.exchange.mapping import Source
from gis.exchange.raw import RawTable
from gis.exchange.units import unit_in_cells, unit_in_name, units_for

_MOST = 4  # columns glued on
_NAMED = {"compass": mark("points of the compass")}


class ColumnPage(QWidget):
    """``changed`` with every change; `source` is what is set, without renamed values."""

    changed = Signal()

    def __init__(self, raw: RawTable, field: Field) -> None:
        super().__init__()
        self._raw, self._field = raw, field
        self._filling = False
        self._column: str | None = None
        self.column, self.unit = CalmBox(), CalmBox()
        self.split, self.glue = QLineEdit(), QLineEdit()
        self.part = QSpinBox()
        self.part.setRange(-9, 9)
        self.part.setValue(1)
        self.part.setFixedWidth(72)
        self.split.setMaxLength(8)
        self.glue.setMaxLength(16)
        worded(self.split, "setPlaceholderText", "- or / …")
        worded(self.split, "setToolTip", "The letters between the parts of a cell; empty: the whole cell")
        worded(self.part, "setAccessibleName", "Number of the part")
        worded(self.part, "setToolTip", "1 is the first part, -1 the last")
        self.joined = [CalmBox() for _ in range(_MOST)]
        self.join_more = small_button("mdi6.plus", "Glue another column on")
        self.rows = EvidenceRows()
        self.rows.row("file|Column", self.column)
        self.unit_row = self.rows.row("Its unit", self.unit)
        between = QLabel()
        between.setProperty("role", "soft")
        worded(between, "setText", "cell|part")
        self.split_row = self.rows.row("Cut at", self.split, between, self.part)
        self.join_rows = [
            self.rows.row("and column", box, *((self.join_more,) if place == 0 else ()))
            for place, box in enumerate(self.joined)
        ]
        self.glue_row = self.rows.row("With between", self.glue)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self.rows)
        column.addStretch(1)
        for box in (self.column, self.unit, *self.joined):
            box.currentIndexChanged.connect(self._chosen)
        for line in (self.split, self.glue):
            line.textChanged.connect(self._chosen)
        self.part.valueChanged.connect(self._chosen)
        self.join_more.clicked.connect(self._more)
        self._shown = 1
        words().changed.connect(self._say)
        self._say()

    # What is set ----------------------------------------------------------------------------------------------------
    def source(self) -> Source | None:
        """The column with what is done to its cells; None while none is chosen."""
        column = self.column.currentData()
        if column is None:
            return None
        join = tuple(box.currentData() for box in self.joined if box.currentData() is not None)
        split = self.split.text() or None
        return Source(
            str(column),
            unit=self.unit.currentData(),
            split=split,
            part=self.part.value() if split is not None else 1,
            join=join,
            glue=self.glue.text() if join else " ",
        )

    def show_source(self, source: Source) -> None:
        """Show what a field is filled from."""
        self._filling = True
        self._column = source.column
        first, *others = (*source.columns, None)
        self._fill(first, source.unit, [name for name in others if name is not None])
        self.split.setText(source.split or "")
        self.part.setValue(source.part)
        self.glue.setText(source.glue)
        self._shown = max(1, len(source.columns) - 1)
        self._filling = False
        self._reveal()

    def _fill(self, column: str | None, unit: str | None, joined: list[str]) -> None:
        names = [("—", None), *((name, name) for name in self._raw.columns)]
        gone = [(tr("{column} (not in this file)", column=column), column)] if column and column not in (
            self._raw.columns) else []  # fmt: skip
        self.column.fill([*names, *gone], column)
        for place, box in enumerate(self.joined):
            box.fill(names, joined[place] if place < len(joined) else None)
        offered = self._units()
        if unit is not None and unit not in {d: t for t, d in offered}:
            offered.append((unit, unit))
        self.unit.fill(offered, unit)

    def _units(self) -> list[tuple[str, Any]]:
        own: list[tuple[str, Any]] = [(self._field.unit_text(language()), None)]
        return own + [(tr(_NAMED.get(u, u)), u) for u in units_for(self._field) if u != self._field.unit]

    # The face -------------------------------------------------------------------------------------------------------
    def _reveal(self) -> None:
        units = len(units_for(self._field)) > 1 or self.unit.count() > 1
        self.rows.reveal(self.unit_row, units)
        column = self.column.currentData()
        seen = seen_unit(self._raw, str(column), self._field) if units else None
        said = ""
        if seen is not None and seen != self.unit.currentData():
            said = tr("The column seems to be in {unit}.", unit=tr(_NAMED.get(seen, seen)))
        self.rows.why(self.unit_row, said)
        self.part.setEnabled(bool(self.split.text()))
        for place, row in enumerate(self.join_rows):
            self.rows.reveal(row, place < self._shown)
        self.join_more.setEnabled(self._shown < _MOST and self.joined[self._shown - 1].currentData() is not None)
        self.rows.reveal(self.glue_row, any(box.currentData() is not None for box in self.joined))

    def _more(self) -> None:
        self._shown = min(_MOST, self._shown + 1)
        self._reveal()
        self.joined[self._shown - 1].setFocus()

    def _chosen(self, *_value: object) -> None:
        if self.part.value() == 0:  # there is no part 0; stepping down from the first goes to the last
            self.part.setValue(-1)
            return
        if self._filling:
            return
        column = self.column.currentData()
        if column != self._column:  # the unit of the old column is not that of the new one
            self._column = column
            self.unit.fill(self._units(), seen_unit(self._raw, str(column), self._field))
        self._reveal()
        self.changed.emit()

    def _say(self, *_language: object) -> None:
        kept = self.source()
        self.show_source(kept if kept is not None else replace(Source(), unit=self.unit.currentData()))


def seen_unit(raw: RawTable, column: str, field: Field) -> str | None:
    """The unit other than the field's own in which a column seems to be, by its name or its cells."""
    if column not in raw.columns or len(units_for(field)) < 2:
        return None
    return unit_in_name(column, field) or unit_in_cells(raw.cells[column], field)
