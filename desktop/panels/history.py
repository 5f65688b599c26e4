"""The history: who changed what and when, old and new values of each field, and the way back to any moment."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QStyle,
    QStyledItemDelegate,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.formatting import moment, number, value_text
from desktop.shell.theme import theme
from desktop.shell.words import language, tr, worded, words
from desktop.shell.workspace import Workspace, step_text
from gis.catalogue import FeatureClass

_ENTRY = Qt.ItemDataRole.UserRole
_SHOWN_ROWS = 200  # details of a bulk edit are shown for so many rows
_STAMPS = ("updated_at", "updated_by")


class HistoryPanel(QWidget):
    """Entries newest first; those taken back are faint. Choosing one shows what it changed."""

    followed = Signal(str, object)  # a row named in the details: class, id

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._asked = 0
        self.entries = QListWidget()
        self.entries.setItemDelegate(_EntryRow(self.entries))
        self.entries.currentItemChanged.connect(self._chosen)
        worded(self.entries, "setAccessibleName", "History")
        self.details = QTreeWidget()
        self.details.setColumnCount(3)
        self.details.setRootIsDecorated(False)
        self.details.setIndentation(16)
        self.details.setUniformRowHeights(True)
        self.details.itemActivated.connect(self._follow)
        worded(self.details, "setAccessibleName", "What was changed")
        self.only_selected = QCheckBox()
        worded(self.only_selected, "setText", "Only the selected feature")
        self.only_selected.toggled.connect(self.reload)
        self.back = QPushButton()
        self.back.setEnabled(False)
        self.back.clicked.connect(self._go_back)
        self._empty = QLabel()
        self._empty.setProperty("role", "soft")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        worded(self._empty, "setText", "Nothing has been edited yet. Every edit will be listed here and can be undone.")
        row = QHBoxLayout()
        row.setContentsMargins(16, 4, 16, 4)
        row.addWidget(self.only_selected)
        row.addStretch(1)
        row.addWidget(self.back)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(self.entries)
        split.addWidget(self.details)
        split.setSizes([420, 520])
        self._split = split
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(split, 1)
        column.addWidget(self._empty, 1)
        workspace.session_changed.connect(self.reload)
        workspace.changed.connect(self._changed)
        workspace.selection_changed.connect(self._selection_changed)
        words().changed.connect(self._say)
        self._say()

    def showEvent(self, event: Any) -> None:
        """Read when first looked at."""
        super().showEvent(event)
        self.reload()

    def reload(self) -> None:
        """Read the last entries again."""
        session = self._workspace.session
        self._asked += 1
        if session is None:
            self._arrived(self._asked, [])
            return
        if not self.isVisible():
            return
        asked, wanted = self._asked, {}
        if self.only_selected.isChecked():
            single = [(name, int(ids[0])) for name, ids in self._workspace.selection.items() if len(ids)]
            if not single:
                self._arrived(asked, [])
                return
            wanted = {"cls": single[0][0], "id": single[0][1]}
        self._workspace.jobs.quiet(
            lambda progress: session.history(limit=500, **wanted), lambda found: self._arrived(asked, found)
        )

    # ----------------------------------------------------------------------------------------------------------------
    def _arrived(self, asked: int, entries: list[Any]) -> None:
        if asked != self._asked:
            return
        kept = self._current_seq()
        self.entries.clear()
        for entry in entries:
            item = QListWidgetItem()
            item.setData(_ENTRY, entry)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, step_text(entry))
            self.entries.addItem(item)
            if entry.seq == kept:
                self.entries.setCurrentItem(item)
        self._split.setVisible(bool(entries))
        self._empty.setVisible(not entries)
        if self.entries.currentItem() is None:
            self.entries.setCurrentRow(0)
        self._tell_back()

    def _current_seq(self) -> int | None:
        item = self.entries.currentItem()
        return item.data(_ENTRY).seq if item is not None else None

    def _changed(self, _changed: Any) -> None:
        self.reload()

    def _selection_changed(self, _selection: Any) -> None:
        if self.only_selected.isChecked():
            self.reload()

    def _say(self) -> None:
        self.details.setHeaderLabels([tr("Field"), tr("Before"), tr("After")])
        header = self.details.header()
        header.setMinimumSectionSize(64)
        for column in range(3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self._chosen()
        self.entries.viewport().update()

    def _chosen(self, *_items: Any) -> None:
        self.details.clear()
        self._tell_back()
        seq, session = self._current_seq(), self._workspace.session
        if seq is None or session is None:
            return
        self._workspace.jobs.quiet(
            lambda progress: _with_titles(session, session.entry_details(seq, _SHOWN_ROWS)),
            lambda found: self._details_arrived(seq, *found),
        )

    def _details_arrived(self, seq: int, rows: list[Any], titles: dict[tuple[str, int], str]) -> None:
        session = self._workspace.session
        if session is None or seq != self._current_seq():
            return
        self.details.clear()
        for row in rows:
            self.details.addTopLevelItem(_detail(session.catalogue[row.cls], row, titles))
        more = sum(self.entries.currentItem().data(_ENTRY).counts.values()) - len(rows)
        if more > 0:
            rest = QTreeWidgetItem([tr("and {count} more", count=number(more))])
            self.details.addTopLevelItem(rest)
        if len(rows) <= 20:
            self.details.expandAll()
        for i in range(self.details.topLevelItemCount()):
            self.details.setFirstColumnSpanned(i, self.details.rootIndex(), True)

    def _tell_back(self) -> None:
        item = self.entries.currentItem()
        entry = item.data(_ENTRY) if item is not None else None
        self.back.setText(tr("Redo up to here") if entry is not None and entry.undone else tr("Go back to this state"))
        steps = self._steps(entry) if entry is not None else 0
        self.back.setEnabled(self._workspace.editable and steps != 0 and not self.only_selected.isChecked())

    def _steps(self, entry: Any) -> int:
        """Steps between now and the state after ``entry``: to undo when positive, to redo when negative."""
        others = [self.entries.item(i).data(_ENTRY) for i in range(self.entries.count())]
        if entry.undone:
            return -sum(1 for other in others if other.undone and other.seq <= entry.seq)
        return sum(1 for other in others if not other.undone and other.seq > entry.seq)

    def _go_back(self) -> None:
        item = self.entries.currentItem()
        if item is None:
            return
        steps = self._steps(item.data(_ENTRY))
        if steps > 0:
            self._workspace.undo(steps)
        else:
            self._workspace.redo(-steps)

    def _follow(self, item: QTreeWidgetItem, _column: int) -> None:
        while item.parent() is not None:
            item = item.parent()
        target = item.data(0, Qt.ItemDataRole.UserRole)
        if target is not None:
            self.followed.emit(*target)


def _with_titles(session: Any, rows: list[Any]) -> tuple[list[Any], dict[tuple[str, int], str]]:
    """The details, and what the rows that will be shown are called now: an edit holds only what it changed."""
    titles: dict[tuple[str, int], str] = {}
    shown = rows[:_SHOWN_ROWS]
    for cls in {row.cls for row in shown}:
        ids = [int(row.id) for row in shown if row.cls == cls]
        fields = [name for name in ("code", "name") if session.catalogue[cls].has_field(name)]
        columns = session.columns(cls, fields, ids=ids, geometry=False)
        for place, id in enumerate(columns.ids.tolist()):
            said = next((str(columns.fields[name][place]) for name in fields if columns.fields[name][place]), "")
            titles[cls, id] = said
    return rows, titles


def _detail(cls: FeatureClass, row: Any, titles: dict[tuple[str, int], str]) -> QTreeWidgetItem:
    verb = {"insert": tr("Added"), "update": tr("Changed"), "delete": tr("Deleted")}[row.op]
    known = {**row.old, **row.new}
    title = known.get("code") or titles.get((row.cls, int(row.id))) or known.get("name") or f"#{row.id}"
    top = QTreeWidgetItem([f"{verb}   {cls.label.text(language())}   {title}"])
    font = top.font(0)
    font.setBold(True)
    top.setFont(0, font)
    if row.op != "delete":
        top.setData(0, Qt.ItemDataRole.UserRole, (row.cls, int(row.id)))
    for name in dict.fromkeys([*row.old, *row.new]):
        if name in _STAMPS or name == "id":
            continue
        if name == "geom":
            old, new = (tr("shape") if side.get(name) is not None else "" for side in (row.old, row.new))
            label = tr("Geometry")
        elif cls.has_field(name):
            field = cls.field(name)
            label = field.label.text(language())
            old, new = (value_text(field, side.get(name)) for side in (row.old, row.new))
            if field.restricted:
                old, new = ("••••" if text else "" for text in (old, new))
        else:
            continue
        if old or new:
            top.addChild(QTreeWidgetItem([label, old or "—", new or "—"]))
    return top


class _EntryRow(QStyledItemDelegate):
    """Two lines: what, and how many rows; who and when."""

    def sizeHint(self, option: Any, index: Any) -> QSize:
        """Rows of equal height."""
        return QSize(200, 48)

    def paint(self, painter: QPainter, option: Any, index: Any) -> None:
        """See the class."""
        look, entry, rect = theme(), index.data(_ENTRY), option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            selected = option.state & QStyle.StateFlag.State_Selected
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("accent_soft" if selected else "sunken"))
            painter.drawRoundedRect(QRectF(rect.adjusted(8, 1, -4, -1)), 6, 6)
        metrics = QFontMetrics(option.font)
        left, width = rect.left() + 16, rect.width() - 28
        painter.setPen(look.color("text_faint" if entry.undone else "text"))
        what = step_text(entry) + (tr(" (undone)") if entry.undone else "")
        elide = Qt.TextElideMode.ElideRight
        painter.drawText(left, rect.top() + 20, metrics.elidedText(what, elide, width))
        painter.setPen(look.color("text_faint" if entry.undone else "text_soft"))
        who = f"{entry.author}   {moment(entry.at)}"
        painter.drawText(left, rect.top() + 39, metrics.elidedText(who, elide, width))
        painter.restore()
