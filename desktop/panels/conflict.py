"""An undo or redo that another program's changes stand against: both versions side by side, row by row."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.history_details import field_label, value_said
from desktop.shell.formatting import number
from desktop.shell.notices import notify
from desktop.shell.theme import theme
from desktop.shell.words import language, tr, worded
from desktop.shell.workspace import Workspace, step_text
from gis.project.history_conflicts import Collision, RowConflict, Side, collision, settle

_KEY = Qt.ItemDataRole.UserRole  # of an item: (class, id, field), field "" for a whole row
_MINE, _THEIRS = 2, 3  # columns
_SHOWN = 500  # rows; those beyond follow the choice for all


class ConflictDialog(QDialog):
    """Not modal. A click on a value keeps it; Space changes sides. Applying is one edit, which can be undone."""

    def __init__(self, workspace: Workspace, way: Any, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace, self._way = workspace, way
        self._found: Collision | None = None
        self._choices: dict[tuple[str, int, str], Side] = {}
        self._default: Side = "mine"
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        worded(self, "setWindowTitle", "Changed by another program")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.rows = QTreeWidget()
        self.rows.setColumnCount(4)
        self.rows.setUniformRowHeights(True)
        self.rows.setAlternatingRowColors(False)
        worded(self.rows, "setAccessibleName", "Rows to decide")
        self.rows.setHeaderLabels([
            tr("Field"), tr("Expected"), tr("Undo would give") if way == "undo" else tr("Redo would give"),
            tr("Stands there now"),
        ])  # fmt: skip
        for column in range(4):
            self.rows.header().setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.rows.itemClicked.connect(self._clicked)
        QShortcut(QKeySequence(Qt.Key.Key_Space), self.rows, self._other_side,
                  context=Qt.ShortcutContext.WidgetShortcut)  # fmt: skip
        self.mine, self.theirs, self.apply, cancel = QPushButton(), QPushButton(), QPushButton(), QPushButton()
        worded(self.mine, "setText", "Keep mine everywhere")
        worded(self.theirs, "setText", "Keep theirs everywhere")
        worded(self.apply, "setText", "Apply")
        worded(cancel, "setText", "Cancel")
        self.apply.setProperty("role", "primary")
        self.apply.setDefault(True)
        self.mine.clicked.connect(lambda: self.keep("mine"))
        self.theirs.clicked.connect(lambda: self.keep("theirs"))
        self.apply.clicked.connect(self._apply)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.mine)
        buttons.addWidget(self.theirs)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.apply)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(16)
        column.addWidget(self.said)
        column.addWidget(self.rows, 1)
        column.addLayout(buttons)
        self.resize(820, 460)

    def open_when_read(self) -> None:
        """Read what stands against the step, then appear."""
        session, way = self._workspace.session, self._way
        self._workspace.jobs.quiet(lambda progress: collision(session, way), self._arrived)

    def _arrived(self, found: Collision | None) -> None:
        session = self._workspace.session
        if found is None or session is None:
            self.deleteLater()
            return
        self._found = found
        said = tr(
            "“{what}”: {count} rows were changed by another program since. Click the values to keep. Nothing has been"
            " changed yet, and what you apply can be undone.",
            what=step_text(found.entry), count=number(len(found.rows) or len(found.others)),
        )  # fmt: skip
        self.said.setText(said)
        for row in found.rows[:_SHOWN]:
            self.rows.addTopLevelItem(self._item(session, row))
        self.rows.expandAll()
        self._mark()
        self.show()
        self.raise_()

    def _item(self, session: Any, row: RowConflict) -> QTreeWidgetItem:
        cls = session.catalogue[row.cls]
        now = session.row(row.cls, row.id) or {}
        known = {**(row.base or {}), **(row.mine or {}), **now}
        title = known.get("code") or known.get("name") or f"#{row.id}"
        there = [tr("deleted") if side is None else "" for side in (row.base, row.mine, row.theirs)]
        top = QTreeWidgetItem([f"{cls.label.text(language())}   {title}", *there])
        top.setData(0, _KEY, (row.cls, row.id, ""))
        for name in row.merged.conflicts:
            conflict = row.merged.conflicts[name]
            values = [value_said(cls, name, v) or "—" for v in (conflict.base, conflict.mine, conflict.theirs)]
            child = QTreeWidgetItem(
                [field_label(cls, name) if name == "geom" or cls.has_field(name) else name, *values]
            )
            child.setData(0, _KEY, (row.cls, row.id, name))
            top.addChild(child)
        if row.merged.whole_row:
            for column, side in ((_MINE, row.mine), (_THEIRS, row.theirs)):
                if side is not None:
                    top.setText(column, tr("kept"))
        return top

    # Choosing -------------------------------------------------------------------------------------------------------
    def keep(self, side: Side) -> None:
        """Keep one side everywhere."""
        self._default = side
        self._choices.clear()
        self._mark()

    def choose(self, item: QTreeWidgetItem, side: Side) -> None:
        """Keep one side of a field, or of all fields of a row."""
        for part in (item, *(item.child(i) for i in range(item.childCount()))):
            self._choices[part.data(0, _KEY)] = side
        self._mark()

    def _clicked(self, item: QTreeWidgetItem, column: int) -> None:
        if column in (_MINE, _THEIRS):
            self.choose(item, "mine" if column == _MINE else "theirs")

    def _other_side(self) -> None:
        item = self.rows.currentItem()
        if item is not None:
            self.choose(item, "theirs" if self._side(item) == "mine" else "mine")

    def _side(self, item: QTreeWidgetItem) -> Side:
        return self._choices.get(item.data(0, _KEY), self._default)

    def _mark(self) -> None:
        look = theme()
        for i in range(self.rows.topLevelItemCount()):
            top = self.rows.topLevelItem(i)
            parts = [top.child(k) for k in range(top.childCount())] or [top]
            for part in parts:
                for column, side in ((_MINE, "mine"), (_THEIRS, "theirs")):
                    kept = self._side(part) == side
                    text = part.text(column).removeprefix("✓ ")
                    part.setText(column, f"✓ {text}" if kept else text)
                    font = part.font(column)
                    font.setBold(kept)
                    part.setFont(column, font)
                    part.setForeground(column, look.color("accent" if kept else "text_soft"))

    def _apply(self) -> None:
        session, found = self._workspace.session, self._found
        if session is None or found is None:
            return
        choices: dict[tuple[str, int], Any] = {}
        for row in found.rows:
            if row.merged.whole_row:
                choices[row.cls, row.id] = self._choices.get((row.cls, row.id, ""), self._default)
            else:
                choices[row.cls, row.id] = {
                    name: self._choices.get((row.cls, row.id, name), self._default) for name in row.merged.conflicts
                }
        self.accept()
        self._workspace.writes.start(
            tr("Saving"), lambda progress: settle(session, found, choices, self._default), self._settled
        )

    @staticmethod
    def _settled(done: Any) -> None:
        if done.seq is None:
            notify(tr("Nothing was changed: the other program's values stand."), "info")
