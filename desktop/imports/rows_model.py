"""The rows of a file as the assistant shows them: what each will become, what changes, and why not; page by page."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from desktop.imports.outcomes import Outcomes
from desktop.imports.verdicts import TONES, Verdict, Verdicts
from desktop.shell.theme import theme
from desktop.shell.words import language, tr
from gis.catalogue import FeatureClass
from gis.exchange.mapping import Mapping
from gis.exchange.staged import Outcome

PAGE = 128  # rows read at once
PAGES = 32  # pages kept
LINE, FATE, NOTE, CELLS = 0, 1, 2, 3  # sections; the file's columns begin at CELLS
_NUMBER = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    verdict: Verdict
    note: str
    cells: tuple[str | None, ...]
    was: dict[int, str]  # by section: what the project holds where the file says otherwise


class PreviewModel(QAbstractTableModel):
    """Entries of an `Outcomes`, in its order; only what is looked at is read, ``PAGE`` rows at a time."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.outcomes: Outcomes | None = None
        self.entries: NDArray[np.int64] = np.empty(0, np.int64)
        self.only: Outcome | None = None
        self._verdicts: Verdicts | None = None
        self._kind: FeatureClass | None = None
        self._fields: dict[str, str] = {}  # column -> the field it fills
        self._pages: OrderedDict[int, list[_Row]] = OrderedDict()

    def show(
        self,
        outcomes: Outcomes | None,
        kind: FeatureClass | None = None,
        mapping: Mapping | None = None,
        verdicts: Verdicts | None = None,
    ) -> None:
        """Show these rows of a class; without a mapping and verdicts they are cells and no more."""
        self.beginResetModel()
        self.outcomes, self._kind, self._verdicts = outcomes, kind, verdicts
        sources = mapping.sources if mapping is not None else {}
        self._fields = {s.column: name for name, s in reversed(list(sources.items())) if s.column}
        self._choose()
        self.endResetModel()

    def set_only(self, outcome: Outcome | None) -> None:
        """Show only what ends so (None: every row)."""
        if outcome != self.only:
            self.beginResetModel()
            self.only = outcome
            self._choose()
            self.endResetModel()

    def _choose(self) -> None:
        self._pages.clear()
        self.entries = self.outcomes.chosen(self.only) if self.outcomes is not None else np.empty(0, np.int64)

    def set_verdicts(self, verdicts: Verdicts | None) -> None:
        """Other decisions hold for the rows shown."""
        self._verdicts = verdicts
        self.refresh()

    def refresh(self) -> None:
        """Say what is in sight anew."""
        self._pages.clear()
        if len(self.entries):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.entries) - 1, self.columnCount() - 1))

    def retitle(self) -> None:
        """The language or the colours have changed."""
        self.refresh()
        if self.columnCount():
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columnCount() - 1)

    def place_of(self, entry: int) -> int:
        """In which row an entry is shown, -1 = it is not."""
        found = np.flatnonzero(self.entries == entry)
        return int(found[0]) if len(found) else -1

    def place_of_line(self, line: int) -> int:
        """The row of the first entry that begins at or after a line of the file; -1 = there is none."""
        assert self.outcomes is not None
        low, high = 0, len(self.entries)
        while low < high:  # entries rise by line
            middle = (low + high) // 2
            if self.outcomes.line(int(self.entries[middle])) < line:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self.entries) else -1

    # Qt's questions -------------------------------------------------------------------------------------------------
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Rows shown."""
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Line, outcome, note, and the file's own columns."""
        return 0 if parent.isValid() or self.outcomes is None else CELLS + len(self.outcomes.raw.columns)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The file's own column names; below, the field each fills."""
        if way != Qt.Orientation.Horizontal or self.outcomes is None or section >= self.columnCount():
            return None
        if section < CELLS:
            if role == Qt.ItemDataRole.DisplayRole:
                return (tr("Line"), tr("Outcome"), tr("Details"))[section]
            return None
        column = self.outcomes.raw.columns[section - CELLS]
        field = self._fields.get(column)
        label = self._kind.field(field).label.text(language()) if field and self._kind is not None else ""
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{column}\n{label}" if label else f"{column}\n—" if self._fields else column
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr("{column} fills {field}", column=column, field=label) if label else tr("Not imported")
        if role == Qt.ItemDataRole.ForegroundRole and self._fields and not label:
            return theme().color("text_faint")
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text and colour of a cell."""
        section = index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _NUMBER if section == LINE else None
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.ForegroundRole,
            Qt.ItemDataRole.FontRole,
        ):
            return None
        row = self._page(index.row() // PAGE)[index.row() % PAGE]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, section)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.note if section < CELLS else self._text(row, section)
        if role == Qt.ItemDataRole.FontRole:
            if section in row.was or (section == FATE and row.verdict.taken):
                font = QFont()
                font.setBold(True)
                return font
            return None
        if section == FATE and row.verdict.outcome is not None:
            return theme().color(TONES[row.verdict.outcome])
        if section in row.was:
            return theme().color("accent")
        if row.verdict.outcome is not None and not row.verdict.taken:
            return theme().color("text_faint")
        return theme().color("text_soft") if section in (LINE, NOTE) else None

    def _text(self, row: _Row, section: int) -> str | None:
        if section == LINE:
            return f"{row.line:,}"
        if section == FATE:
            return row.verdict.said()
        if section == NOTE:
            return row.note
        cell = row.cells[section - CELLS] if row.cells else None
        was = row.was.get(section)
        return cell if was is None else f"{cell or '—'} ← {was}"

    # Pages ----------------------------------------------------------------------------------------------------------
    def _page(self, number: int) -> list[_Row]:
        page = self._pages.get(number)
        if page is None:
            page = self._read(self.entries[number * PAGE : (number + 1) * PAGE])
            self._pages[number] = page
            while len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page

    def _read(self, entries: NDArray[np.int64]) -> list[_Row]:
        assert self.outcomes is not None
        raw, outcomes = self.outcomes.raw, self.outcomes
        part = raw.taken(entries[entries >= 0])
        cells = [part.cells[name] for name in raw.columns]
        texts = iter(zip(*cells, strict=True) if cells else [()] * len(part))
        sections = {name: CELLS + k for k, name in enumerate(raw.columns)}
        by_field = {field: sections[column] for column, field in self._fields.items() if column in sections}
        rows = []
        for entry in entries.tolist():
            row = tuple(next(texts)) if entry >= 0 else ()
            verdict = self._verdicts.of(entry) if self._verdicts is not None else Verdict(outcomes.outcome_of(entry))
            note, was = "", {}
            if self._verdicts is not None:
                note, theirs = self._verdicts.note(entry)
                was = {by_field[name]: text for name, text in theirs.items() if name in by_field}
            rows.append(_Row(outcomes.line(entry), verdict, note, row, was))
        return rows
