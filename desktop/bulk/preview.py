"""What each feature would become, old beside new, with the reason where a new value does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from desktop.shell.formatting import value_text
from desktop.shell.theme import theme
from desktop.shell.words import language, mark, tr
from gis.catalogue import Field
from gis.progress import Progress
from gis.project import Session
from gis.project.bulk import Operation, Proposal, Row, Scope, propose

SHOWN = 500
_HEADS = (mark("Feature"), mark("Field"), mark("Before"), mark("After"), mark("Why not"))
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Picture:
    """A proposal with the names of the rows that are shown of it."""

    proposal: Proposal
    rows: list[Row]
    titles: dict[int, str]
    targets: dict[tuple[str, int], str]  # (class, id) -> code, for references


def look(session: Session, scope: Scope, operation: Operation, progress: Progress) -> Picture:
    """Propose and name; for a worker."""
    made = propose(session, scope, operation, progress)
    rows = made.rows(SHOWN)
    titles = _codes(session, made.cls.name, {row.id for row in rows})
    targets: dict[tuple[str, int], str] = {}
    for field in {row.field for row in rows if row.field.type == "ref"}:
        keys = {v for row in rows if row.field is field for v in (row.old, row.new) if isinstance(v, int)}
        targets.update({(field.ref or "", key): text for key, text in _codes(session, field.ref or "", keys).items()})
    return Picture(made, rows, titles, targets)


def _codes(session: Session, cls: str, ids: set[int]) -> dict[int, str]:
    kind = session.catalogue[cls]
    names = [name for name in ("code", "name") if kind.has_field(name) and not kind.field(name).restricted]
    rows = session.columns(cls, names, ids=np.array(sorted(ids), np.int64), geometry=False)
    columns = [rows.fields[name].tolist() for name in names]
    texts = (" ".join(str(v) for v in values if v) for values in zip(*columns, strict=True)) if columns else ()
    return dict(zip(rows.ids.tolist(), texts, strict=False))


class PreviewModel(QAbstractTableModel):
    """The rows of a picture; nothing is read here. Restricted fields are masked unless ``restricted``."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: Picture | None = None
        self.restricted = False

    def show(self, picture: Picture | None) -> None:
        """Show another picture."""
        self.beginResetModel()
        self._picture = picture
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Rows shown."""
        return 0 if parent.isValid() or self._picture is None else len(self._picture.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Feature, field, before, after, reason."""
        return 0 if parent.isValid() else len(_HEADS)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a column holds."""
        if role == Qt.ItemDataRole.DisplayRole and way == Qt.Orientation.Horizontal:
            return tr(_HEADS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, and colour by what becomes of the row."""
        if self._picture is None:
            return None
        row = self._picture.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.text(row, index.column())
        if role == Qt.ItemDataRole.ForegroundRole:
            if row.state == "refused" and index.column() in (3, 4):
                return theme().color("bad")
            if row.state == "same" or index.column() == 2:
                return theme().color("text_soft")
        return None

    def text(self, row: Row, column: int) -> str:
        """One cell."""
        assert self._picture is not None
        if column == 0:
            return self._picture.titles.get(row.id) or str(row.id)
        if column == 1:
            return row.field.label.text(language())
        if column == 4:
            return row.reason.message(language()) if row.reason is not None and not self._masked(row) else ""
        value = row.old if column == 2 else row.new
        if value is None:
            return "—"
        if self._masked(row):
            return "••••"
        if row.field.type == "ref":
            return self._picture.targets.get((row.field.ref or "", value), str(value))
        return str(value) if row.state == "refused" and column == 3 else _plain(row.field, value)

    def _masked(self, row: Row) -> bool:
        return row.field.restricted and not self.restricted


def _plain(field: Field, value: Any) -> str:
    return value_text(field, value) or "—"
