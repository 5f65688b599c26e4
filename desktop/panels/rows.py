"""The table's model: a vector of ids, and pages of rows read when they are looked at; never all rows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from desktop.shell.formatting import field_title, value_text
from gis.catalogue import Catalogue, FeatureClass, Field

PAGE = 128  # rows read at once
PAGES = 64  # pages kept
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
Index = QModelIndex | QPersistentModelIndex


class RowsModel(QAbstractTableModel):
    """Rows of one class in the order of ``ids``. Restricted fields are masked unless ``restricted`` is set."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._session: Any = None
        self.cls: FeatureClass | None = None
        self.fields: tuple[Field, ...] = ()
        self.ids: NDArray[np.int64] = np.empty(0, np.int64)
        self.restricted = False
        self._pages: OrderedDict[int, list[tuple[str, ...]]] = OrderedDict()

    def show(self, session: Any, cls: FeatureClass, ids: NDArray[np.int64]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self._session, self.cls, self.ids = session, cls, ids
        self.fields = tuple(f for f in cls.fields if not f.stamp)
        self._pages.clear()
        self.endResetModel()

    def clear(self) -> None:
        """Show nothing and hold on to no session."""
        self.beginResetModel()
        self._session, self.cls, self.fields, self.ids = None, None, (), np.empty(0, np.int64)
        self._pages.clear()
        self.endResetModel()

    def stale(self, ids: NDArray[np.int64] | None = None) -> None:
        """Forget what was read of these rows (None: of all); they are read again when looked at."""
        if ids is None:
            self._pages.clear()
        else:
            for page in np.unique(np.flatnonzero(np.isin(self.ids, ids)) // PAGE):
                self._pages.pop(int(page), None)
        if len(self.ids) and self.fields:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.ids) - 1, len(self.fields) - 1))

    def rows_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where these ids stand, rising."""
        return np.flatnonzero(np.isin(self.ids, ids))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Number of rows."""
        return 0 if parent.isValid() else len(self.ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of fields."""
        return 0 if parent.isValid() else len(self.fields)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text of a cell."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._page(index.row() // PAGE)[index.row() % PAGE][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if self.fields[index.column()].type in ("real", "integer") else _LEFT
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A field's label; the number of a row."""
        if way == Qt.Orientation.Vertical:
            return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None
        if section >= len(self.fields):
            return None
        field = self.fields[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return field_title(field)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if field.type in ("real", "integer") else _LEFT
        return None

    def retitle(self) -> None:
        """The language has changed: headers and code labels are said anew."""
        self._pages.clear()
        if self.fields:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.fields) - 1)
            self.stale()

    def _page(self, number: int) -> list[tuple[str, ...]]:
        page = self._pages.get(number)
        if page is None:
            page = self._read(self.ids[number * PAGE : (number + 1) * PAGE])
            self._pages[number] = page
            while len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page

    def _read(self, ids: NDArray[np.int64]) -> list[tuple[str, ...]]:
        """The texts of these rows; a row deleted in the meantime is blank."""
        assert self.cls is not None
        blank = ("",) * len(self.fields)
        with self._session.reading() as snapshot:
            columns = snapshot.columns(self.cls.name, [f.name for f in self.fields], ids=ids, geometry=False)
            texts = [self._texts(snapshot, f, columns.fields[f.name]) for f in self.fields]
        rows = dict(zip(columns.ids.tolist(), zip(*texts, strict=True), strict=True))
        return [rows.get(id, blank) for id in ids.tolist()]

    def _texts(self, snapshot: Any, field: Field, values: Sequence[Any] | NDArray[Any]) -> list[str]:
        if field.restricted and not self.restricted:
            return ["••••" if value is not None and value == value else "" for value in values]
        if field.type == "ref":
            titles = _titles(snapshot, self._session.catalogue, field.ref or "", np.asarray(values, dtype=np.int64))
            return [titles.get(int(value), "") for value in values]
        if field.type in ("integer", "real") and field.unit:  # the unit stands in the header
            bare = Field(field.name, field.type, field.label)
            return [value_text(bare, value) for value in values]
        return [value_text(field, value) for value in values]


def _titles(snapshot: Any, catalogue: Catalogue, cls: str, ids: NDArray[np.int64]) -> dict[int, str]:
    wanted = np.unique(ids[ids != 0])
    if not len(wanted):
        return {}
    fields = [name for name in ("code", "name") if catalogue[cls].has_field(name)]
    columns = snapshot.columns(cls, fields, ids=wanted, geometry=False)
    titles = {}
    for row, id in enumerate(columns.ids.tolist()):
        words = [columns.fields[name][row] for name in fields]
        titles[id] = next((str(word) for word in words if word), f"#{id}")
    return titles
