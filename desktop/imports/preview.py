"""The rows of a file as the assistant shows them: what each will become, and why not."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from desktop.shell.theme import theme
from desktop.shell.words import language, tr
from gis.exchange.staging import Outcome, Staged
from gis.project.importing import Reading

SHOWN_ROWS = 500
_Index = QModelIndex | QPersistentModelIndex

OUTCOME_TEXTS = {
    Outcome.NEW: "outcome|New",
    Outcome.CHANGED: "outcome|Changed",
    Outcome.SAME: "outcome|Same",
    Outcome.CONFLICT: "outcome|Conflict",
    Outcome.REJECTED: "outcome|Rejected",
}
_TONES = {
    Outcome.NEW: "good",
    Outcome.CHANGED: "accent",
    Outcome.SAME: "text_faint",
    Outcome.CONFLICT: "warn",
    Outcome.REJECTED: "bad",
}


class PreviewModel(QAbstractTableModel):
    """The first rows of a file: line, outcome, then its own columns; ``only_problems`` lists the rows not taken."""

    def __init__(self) -> None:
        super().__init__()
        self._reading: Reading | None = None
        self._rows: list[int] = []
        self._fates: dict[int, tuple[Outcome, str]] = {}
        self._problems: list[tuple[int, Outcome, str]] = []
        self._only_problems = False
        self._fields: dict[str, str] = {}

    def show(self, reading: Reading | None, staged: Staged | None) -> None:
        """Show a reading, with outcomes once it is staged."""
        self.beginResetModel()
        self._reading = reading
        self._fates, self._problems, self._fields = {}, [], {}
        self._rows = list(range(min(SHOWN_ROWS, len(reading.raw)))) if reading else []
        if reading is not None:
            self._fields = {s.column: name for name, s in reading.mapping.sources.items() if s.column}
        if staged is not None:
            wanted = language()
            self._fates = {
                int(line): (Outcome(outcome), "")
                for line, outcome in zip(staged.lines.tolist(), staged.outcome.tolist(), strict=True)
            }
            for outcome, group in ((Outcome.REJECTED, staged.rejects), (Outcome.CONFLICT, staged.conflicts)):
                for reject in group:
                    reason = reject.why.message(wanted)
                    self._fates[reject.line] = (outcome, reason)
                    self._problems.append((reject.line, outcome, reason))
            self._problems.sort(key=lambda row: row[0])
        self.endResetModel()

    def set_only_problems(self, only: bool) -> None:
        """Show every row, or only those that are not taken, with their reasons."""
        if only != self._only_problems:
            self.beginResetModel()
            self._only_problems = only
            self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        if parent.isValid():
            return 0
        return len(self._problems) if self._only_problems else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        if parent.isValid() or self._reading is None:
            return 0
        return 3 if self._only_problems else 2 + len(self._reading.raw.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole or self._reading is None:
            return None
        if section < 2:
            return (tr("Line"), tr("Outcome"))[section]
        if self._only_problems:
            return tr("Reason")
        return self._reading.raw.columns[section - 2]

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._reading is None:
            return None
        if self._only_problems:
            line, outcome, reason = self._problems[index.row()]
            cell: Any = reason
        else:
            row = self._rows[index.row()]
            line = int(self._reading.raw.lines[row])
            fate, reason = self._fates.get(line, (None, ""))
            outcome = fate
            column = index.column() - 2
            cell = self._reading.raw.cells[self._reading.raw.columns[column]][row] if column >= 0 else None
        if role == Qt.ItemDataRole.DisplayRole:
            if index.column() == 0:
                return str(line)
            if index.column() == 1:
                return tr(OUTCOME_TEXTS[outcome]) if outcome is not None else ""
            return cell
        if role == Qt.ItemDataRole.ToolTipRole and reason:
            return reason
        if role == Qt.ItemDataRole.ForegroundRole and outcome is not None:
            if index.column() == 1:
                return theme().color(_TONES[outcome])
            if outcome in (Outcome.REJECTED, Outcome.SAME):
                return theme().color("text_faint")
        return None
