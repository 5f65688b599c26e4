"""The table of one class: sorted and filtered by the project file, selected together with the map."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.rows import RowsModel
from desktop.shell.formatting import number
from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded, words
from desktop.shell.workspace import Workspace
from gis.catalogue import FeatureClass

_WIDE, _NARROW = 160, 104  # px
_RANGES = 2000  # so many runs of selected rows are marked; the count names them all


class TablePanel(QWidget):
    """One class at a time. Choosing rows selects them on the map, and the other way round."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._asked = 0  # only the answer to the last question is shown
        self._syncing = False
        self._sort: tuple[str, bool] | None = None  # field, descending
        self.model = RowsModel(self)
        self.view = QTableView()
        self._dress_view()
        self.classes = QComboBox()
        self.classes.setMinimumWidth(176)
        self.classes.setMaxVisibleItems(24)
        worded(self.classes, "setAccessibleName", "Feature class")
        self.filter = QLineEdit()
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(208)
        worded(self.filter, "setPlaceholderText", "Filter by code or name")
        worded(self.filter, "setAccessibleName", "Filter by code or name")
        self.only_selected = QCheckBox()
        worded(self.only_selected, "setText", "Only selected")
        self.bulk = QToolButton()  # the window gives it its action
        self.bulk.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.count = QLabel()
        self.count.setProperty("role", "soft")
        row = QHBoxLayout()
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(8)
        row.addWidget(self.classes)
        row.addWidget(self.filter)
        row.addWidget(self.only_selected)
        row.addWidget(self.bulk)
        row.addStretch(1)
        row.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        self._wait = QTimer(self, singleShot=True, interval=200)
        self._wait.timeout.connect(self.reload)
        self.filter.textChanged.connect(self._wait.start)
        self.only_selected.toggled.connect(self.reload)
        self.classes.activated.connect(lambda _row: workspace.set_class(self.classes.currentData()))
        self.view.horizontalHeader().sectionClicked.connect(self._sort_by)
        self.view.doubleClicked.connect(lambda _index: workspace.zoom_to_selection())
        workspace.session_changed.connect(self._session_changed)
        workspace.class_changed.connect(self._class_changed)
        workspace.changed.connect(self._changed)
        workspace.selection_changed.connect(self._selection_changed)
        words().changed.connect(self._say)
        self._session_changed()

    def _dress_view(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setShowGrid(False)
        view.setAlternatingRowColors(True)
        view.setWordWrap(False)
        view.setCornerButtonEnabled(False)
        view.setFrameShape(QTableView.Shape.NoFrame)
        view.setTabKeyNavigation(False)
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setDefaultSectionSize(28)
        view.verticalHeader().hide()
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setSortIndicatorShown(False)
        worded(view, "setAccessibleName", "Table")
        view.selectionModel().selectionChanged.connect(self._rows_chosen)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(lambda at: self.menu().popup(view.viewport().mapToGlobal(at)))
        copy = QShortcut(QKeySequence.StandardKey.Copy, view, self.copy)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)  # as an argument it is not heeded

    # ----------------------------------------------------------------------------------------------------------------
    @property
    def cls(self) -> FeatureClass | None:
        """The class that is shown."""
        session = self._workspace.session
        name = self._workspace.current_class
        return session.catalogue[name] if session is not None and name else None

    def reload(self) -> None:
        """Ask for the ids anew, in a worker; the rows come when they are looked at."""
        session, cls = self._workspace.session, self.cls
        if session is None or cls is None or not self.isVisible():
            return
        self._asked += 1
        asked, text, sort = self._asked, self.filter.text().strip(), self._sort
        only = (
            self._workspace.selection.get(cls.name, np.empty(0, np.int64)) if self.only_selected.isChecked() else None
        )
        self._workspace.jobs.quiet(
            lambda progress: _ordered_ids(session, cls, text, sort, only), lambda ids: self._arrived(asked, cls, ids)
        )

    def menu(self) -> QMenu:
        """What can be done with the chosen rows."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("mdi6.crosshairs-gps"), tr("Zoom to the selection"), self._workspace.zoom_to_selection)
        menu.addAction(icon("mdi6.content-copy"), tr("Copy rows"), self.copy)
        ids = ("history.timeline", "edit.bulk", "edit.delete")
        menu.addActions([action for action in self.window().actions() if action.objectName() in ids])
        return menu

    def copy(self) -> None:
        """Put the chosen rows on the clipboard, tab-separated under their headers."""
        rows = sorted({index.row() for index in self.view.selectionModel().selectedRows()})[:10_000]
        columns = [c for c in range(self.model.columnCount()) if not self.view.isColumnHidden(c)]
        head = [str(self.model.headerData(c, Qt.Orientation.Horizontal)) for c in columns]
        lines = [[str(self.model.data(self.model.index(r, c)) or "") for c in columns] for r in rows]
        QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in [head, *lines]))

    def showEvent(self, event: Any) -> None:
        """Read when first looked at."""
        super().showEvent(event)
        self.reload()

    # ----------------------------------------------------------------------------------------------------------------
    def _session_changed(self) -> None:
        self.model.clear()
        self._sort = None
        self._asked += 1
        self._fill_classes()
        self.reload()

    def _fill_classes(self) -> None:
        session = self._workspace.session
        self.classes.clear()
        for cls in session.catalogue if session is not None else ():
            image = cls.symbol.icon if cls.symbol and cls.symbol.icon else "mdi6.table"
            self.classes.addItem(icon(image, "text_soft"), cls.label.text(language()), cls.name)
        self.classes.setCurrentIndex(self.classes.findData(self._workspace.current_class))

    def _class_changed(self, name: str) -> None:
        self.classes.setCurrentIndex(self.classes.findData(name))
        self._sort = None
        self.view.horizontalHeader().setSortIndicatorShown(False)
        self.filter.clear()
        self.reload()

    def _say(self) -> None:
        self._fill_classes()
        self.model.retitle()
        self._tell_count()

    def _sort_by(self, section: int) -> None:
        name = self.model.fields[section].name
        header = self.view.horizontalHeader()
        if self._sort == (name, True):
            self._sort = None
        else:
            self._sort = (name, self._sort == (name, False))
        header.setSortIndicatorShown(self._sort is not None)
        if self._sort is not None:
            down = self._sort[1]
            header.setSortIndicator(section, Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder)
        self.reload()

    def _arrived(self, asked: int, cls: FeatureClass, ids: NDArray[np.int64]) -> None:
        if asked != self._asked or self._workspace.session is None:
            return
        fresh = self.model.cls is None or self.model.cls.name != cls.name
        self._syncing = True
        self.model.restricted = self._workspace.settings.now.show_restricted
        self.model.show(self._workspace.session, cls, ids)
        self._syncing = False
        if fresh:
            for column, field in enumerate(self.model.fields):
                wide = field.type in ("text", "ref") or field.name == "name"
                self.view.setColumnWidth(column, _WIDE if wide else _NARROW)
        self._tell_count()
        self._selection_changed(self._workspace.selection)

    def _changed(self, changed: Any) -> None:
        cls = self.cls
        if cls is None or not self.isVisible():
            return
        if cls.name in changed.classes:
            ids = changed.ids.get(cls.name)
            known = len(self.model.rows_of(ids)) if ids is not None else -1
            still = self._sort is None and not self.filter.text() and ids is not None and known == len(ids)
            if still and changed.origin == "edit" and len(self.model.ids) == self._workspace.session.count(cls.name):
                self.model.stale(ids)
            else:
                self.reload()
        elif any(field.ref in changed.classes for field in cls.refs):
            self.model.stale()

    def _rows_chosen(self, _chosen: QItemSelection, _left: QItemSelection) -> None:
        cls = self.model.cls
        if self._syncing or cls is None:
            return
        # Ranges, not indexes: "select all" of a million rows is one range.
        parts = [self.model.ids[r.top() : r.bottom() + 1] for r in self.view.selectionModel().selection()]
        self._syncing = True
        self._workspace.select({cls.name: np.concatenate(parts)} if parts else {})
        self._syncing = False
        self._tell_count()

    def _selection_changed(self, selection: Any) -> None:
        cls = self.model.cls
        if cls is None or self._syncing:
            return
        if self.only_selected.isChecked() and not self._syncing:
            self.reload() if set(selection.get(cls.name, ())) - set(self.model.ids.tolist()) else None
        rows = self.model.rows_of(selection.get(cls.name, np.empty(0, np.int64)))
        chosen = QItemSelection()
        if len(rows):
            breaks = np.flatnonzero(np.diff(rows) != 1)
            last = self.model.columnCount() - 1
            ranges = zip([rows[0], *rows[breaks + 1]], [*rows[breaks], rows[-1]], strict=True)
            for first, end in islice(ranges, _RANGES):
                chosen.select(self.model.index(int(first), 0), self.model.index(int(end), last))
        self._syncing = True
        self.view.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if len(rows):
            index = self.model.index(int(rows[0]), 0)
            self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.view.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)
        else:
            self.view.setCurrentIndex(QModelIndex())
        self._syncing = False
        self._tell_count()

    def _tell_count(self) -> None:
        cls = self.model.cls
        if cls is None:
            self.count.clear()
            return
        chosen = len(self._workspace.selection.get(cls.name, ()))
        rows = number(len(self.model.ids))
        if chosen:
            self.count.setText(tr("{rows} rows, {chosen} selected", rows=rows, chosen=number(chosen)))
        else:
            self.count.setText(tr("{rows} rows", rows=rows))


def _ordered_ids(
    session: Any, cls: FeatureClass, text: str, sort: tuple[str, bool] | None, only: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    """The ids that match, in the asked order: numbers and codes by SQL, Chinese text by its pinyin."""
    where, params = None, ()
    if text:
        names = [name for name in ("code", "name") if cls.has_field(name)]
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        where = " OR ".join(f"\"{name}\" LIKE ? ESCAPE '\\'" for name in names) or "0"
        params = (f"%{escaped}%",) * len(names)
    field = cls.field(sort[0]) if sort else None
    if field is not None and field.type in ("text", "ref"):
        ids = _by_text(session, cls, field.name, where, params)
        ids = ids[::-1] if sort and sort[1] else ids
    else:
        order = f'"{field.name}" {"DESC" if sort and sort[1] else "ASC"}, id' if field is not None else None
        ids = session.ids(cls.name, where=where, params=params, order=order)
    return ids if only is None else ids[np.isin(ids, only)]


def _by_text(session: Any, cls: FeatureClass, field: str, where: str | None, params: tuple[Any, ...]) -> Any:
    """Order by GB 18030 bytes: its common Chinese letters (GB 2312 level 1) stand in the order of their pinyin."""
    columns = session.columns(cls.name, [field], where=where, params=params, geometry=False)
    keys = [str(value or "").encode("gb18030", "replace") for value in columns.fields[field]]
    return columns.ids[np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)]
