"""One row of the file beside the feature it meets: field by field, with a click on the value that is to stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from desktop.imports.verdicts import Verdicts, way_of
from desktop.panels.history_details import field_label, value_said
from desktop.shell.formatting import length, number
from desktop.shell.theme import theme
from desktop.shell.words import language, mark, tr, worded, words
from gis.exchange.decisions import RowDecision
from gis.exchange.staged import Outcome

FILE, PROJECT = 1, 2  # columns
_FIELD = Qt.ItemDataRole.UserRole
_WAYS = (("skip", mark("Leave out")), ("update", mark("Update this feature")), ("add", mark("Add as new")))
_CHOSEN_BY = 50  # candidates offered


@dataclass(frozen=True, slots=True)
class Facing:
    """One field on both sides; ``differs``: the row would overwrite the feature's value."""

    field: str
    mine: str
    theirs: str
    differs: bool


class RowCard(QFrame):
    """Emits ``decided(RowDecision or None, alike)`` for the row shown: None takes the decision back, ``alike`` means
    all rows with the same kind of conflict; ``zoom_wanted`` to see its place."""

    decided = Signal(object, bool)
    zoom_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._verdicts: Verdicts | None = None
        self._session: Any = None
        self._entry = 0
        self._filling = False
        self.title, self.why = QLabel(), QLabel()
        self.title.setProperty("role", "heading")
        self.why.setProperty("role", "soft")
        self.why.setWordWrap(True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.candidates = QComboBox()
        self.candidates.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.candidates.setMinimumContentsLength(14)
        worded(self.candidates, "setAccessibleName", "Which feature the row is")
        self.ways: dict[str, QPushButton] = {}
        self.alike = QPushButton()
        self.alike.setProperty("role", "link")
        self.back = QPushButton()
        self.back.setProperty("role", "link")
        worded(self.back, "setText", "Undecided again")
        self.zoom = QPushButton()
        self.zoom.setProperty("role", "link")
        worded(self.zoom, "setText", "Show on the map")
        self.fields = QTreeWidget()
        self.fields.setColumnCount(3)
        self.fields.setRootIsDecorated(False)
        self.fields.setUniformRowHeights(True)
        self.fields.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.fields.setFrameShape(QFrame.Shape.NoFrame)
        self.fields.setIndentation(0)
        self.fields.header().setStyleSheet("QHeaderView::section { padding: 0 3px; }")  # in line with the cells
        for section in range(3):
            self.fields.header().setSectionResizeMode(section, QHeaderView.ResizeMode.Stretch)
        worded(self.fields, "setAccessibleName", "Field by field: the file beside the project")
        self._build()
        self.candidates.activated.connect(self._candidate_chosen)
        self.fields.itemClicked.connect(self._clicked)
        self.alike.clicked.connect(self._all_alike)
        self.back.clicked.connect(lambda: self.decided.emit(None, False))
        self.zoom.clicked.connect(self.zoom_wanted)
        space = QShortcut(QKeySequence(Qt.Key.Key_Space), self.fields)
        space.setContext(Qt.ShortcutContext.WidgetShortcut)
        space.activated.connect(self._other_side)
        words().changed.connect(self._again)
        theme().changed.connect(self._again)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.title)
        head.addWidget(self.why, 1)
        head.addWidget(self.zoom)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        group = QButtonGroup(self)
        group.setExclusive(False)
        for way, text in _WAYS:
            button = QPushButton()
            button.setCheckable(True)
            worded(button, "setText", text)
            button.clicked.connect(self._way_clicked)
            group.addButton(button)
            acts.addWidget(button)
            self.ways[way] = button
            if way == "update":
                acts.addWidget(self.candidates)
        acts.addWidget(self.alike)
        acts.addWidget(self.back)
        acts.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(acts)
        column.addWidget(self.fields, 1)

    # What is shown --------------------------------------------------------------------------------------------------
    def show_entry(self, session: Any, verdicts: Verdicts, entry: int) -> None:
        """Show one row of the preview."""
        self._session, self._verdicts, self._entry = session, verdicts, entry
        self._again()

    def clear(self) -> None:
        """Let go of everything."""
        self._session = self._verdicts = None
        self.fields.clear()

    @property
    def target(self) -> int:
        """The feature the row is compared with, 0 = none."""
        return self._verdicts.target(self._entry) if self._verdicts is not None else 0

    def _again(self, *_: object) -> None:
        verdicts, session = self._verdicts, self._session
        if verdicts is None or session is None:
            return
        entry, outcomes = self._entry, verdicts.outcomes
        outcome, why = outcomes.outcome_of(entry), verdicts.lost(entry) or outcomes.reason(entry)
        decided = verdicts.decision(entry)
        verdict = verdicts.of(entry)
        self.title.setText(tr("Line {line}: {outcome}", line=number(outcomes.line(entry)), outcome=verdict.said()))
        said = f"{why.message(language())} {why.hint(language())}".strip() if why is not None else self._said(outcome)
        self.why.setText(said)
        index = outcomes.staged_index(entry)
        self._offer(index)
        settled = outcome in (Outcome.NEW, Outcome.CHANGED, Outcome.CONFLICT)
        way = decided.action if decided is not None else ("" if outcome is Outcome.CONFLICT else way_of(outcome))
        able = {"skip": settled, "update": settled and self.candidates.count() > 0,
                "add": settled and outcome is not Outcome.CHANGED}  # fmt: skip
        for name, button in self.ways.items():
            button.setVisible(able[name])
            button.setChecked(name == way)
        self.candidates.setVisible(settled and self.candidates.count() > 1)
        many = len(outcomes.alike(entry)) if outcome is Outcome.CONFLICT else 0
        self.alike.setVisible(decided is not None and many > 1)
        self.alike.setText(tr("So for all {count} alike", count=number(many)))
        self.back.setVisible(decided is not None)
        self.zoom.setVisible(self.shape() is not None)
        self._fill(index)

    def _said(self, outcome: Outcome | None) -> str:
        return {
            Outcome.NEW: tr("The project has no such feature yet."),
            Outcome.CHANGED: tr("Click the value that is to stand."),
            Outcome.SAME: tr("The project has it just so."),
        }.get(outcome, "") if outcome is not None else ""  # fmt: skip

    def shape(self) -> Any:
        """The row's place, None where it has none."""
        staged = self._verdicts.outcomes.staged if self._verdicts is not None else None
        index = self._verdicts.outcomes.staged_index(self._entry) if self._verdicts is not None else -1
        if staged is None or index < 0:
            return None
        geometry = staged.mine(np.array([index], np.int64)).geometry
        return geometry[0] if geometry is not None else None

    def change(self) -> tuple[Any, Any] | None:
        """Where the feature stands and where the row would put it; None where that is the same place or unknown."""
        changes = self._verdicts.changes(self._entry) if self._verdicts is not None else ()
        return next(((c.theirs, c.mine) for c in changes if c.field == "geom"), None)

    def _offer(self, index: int) -> None:
        """The features the row may be, the nearest first."""
        self._filling = True
        self.candidates.clear()
        staged = self._verdicts.outcomes.staged if self._verdicts is not None else None
        if staged is not None and index >= 0:
            own = int(staged.targets[index])
            ids = [own] if own else []
            ids += [int(id) for id in staged.candidates.get(index, ()) if int(id) != own][:_CHOSEN_BY]
            for id, title in self._titles(ids):
                self.candidates.addItem(title, id)
            self.candidates.setCurrentIndex(self.candidates.findData(self.target))
        self._filling = False

    def _titles(self, ids: Sequence[int]) -> list[tuple[int, str]]:
        assert self._verdicts is not None
        shape, cls = self.shape(), self._verdicts.cls
        found = []
        for id in ids:
            row = self._session.row(cls.name, id) or {}
            title = " ".join(str(row[name]) for name in ("code", "name") if row.get(name)) or f"#{id}"
            old = row.get("geom")
            away = float(shapely.distance(old, shape)) if old is not None and shape is not None else np.inf
            found.append((away, id, f"{title}   {length(away)}" if np.isfinite(away) else title))
        return [(id, said) for _, id, said in sorted(found, key=lambda one: one[:2])]

    # Field by field -------------------------------------------------------------------------------------------------
    def facing(self) -> list[Facing]:
        """Both sides of every field the file fills, those that differ first."""
        verdicts = self._verdicts
        index = verdicts.outcomes.staged_index(self._entry) if verdicts is not None else -1
        if verdicts is None or verdicts.outcomes.staged is None or index < 0:
            return []
        cls, target = verdicts.cls, self.target
        mine = verdicts.outcomes.staged.mine(np.array([index], np.int64))
        theirs = (self._session.row(cls.name, target) or {}) if target else {}
        changes = {c.field: c for c in verdicts.changes(self._entry)}
        sides = [
            Facing(name, value_said(cls, name, _plain(column[0])), value_said(cls, name, theirs.get(name)),
                   name in changes)
            for name, column in mine.fields.items()
        ]  # fmt: skip
        if mine.geometry is not None and mine.geometry[0] is not None:
            said, moved = value_said(cls, "geom", mine.geometry[0]), changes.get("geom")
            if moved is not None and moved.distance_m:
                said += "   " + tr("moved {distance}", distance=length(moved.distance_m))
            sides.append(Facing("geom", said, value_said(cls, "geom", theirs.get("geom")), moved is not None))
        return sorted(sides, key=lambda side: not side.differs)

    def _fill(self, index: int) -> None:
        self.fields.clear()
        self.fields.setHeaderLabels([tr("Field"), tr("In the file"), tr("In the project")])
        self.fields.setColumnHidden(PROJECT, not self.target)
        verdicts = self._verdicts
        if verdicts is None:
            return
        if index >= 0:
            for side in self.facing():
                stands = verdicts.stands(side.field, self._entry) if side.differs else None
                self._add(field_label(verdicts.cls, side.field), side, stands)
        elif self._entry >= 0:  # rejected: as the file has it
            raw = verdicts.outcomes.raw.taken(np.array([self._entry], np.int64))
            for name in raw.columns:
                self._add(name, Facing("", str(raw.cells[name][0] or ""), "", False), None)

    def _add(self, label: str, side: Facing, file_stands: bool | None) -> None:
        item = QTreeWidgetItem([label, side.mine, side.theirs])
        item.setData(0, _FIELD, side.field if file_stands is not None else "")
        for column in (FILE, PROJECT):
            item.setToolTip(column, item.text(column))
        if file_stands is None:
            item.setForeground(PROJECT, theme().color("text_faint"))
            item.setForeground(0, theme().color("text_soft"))
        else:
            chosen, other = (FILE, PROJECT) if file_stands else (PROJECT, FILE)
            font = item.font(chosen)
            font.setBold(True)
            item.setFont(chosen, font)
            item.setText(chosen, f"✓ {item.text(chosen) or '—'}")
            item.setText(other, item.text(other) or "—")
            item.setForeground(chosen, theme().color("accent"))
            item.setForeground(other, theme().color("text_soft"))
        self.fields.addTopLevelItem(item)

    def take_focus(self) -> None:
        """Go on with the keyboard here."""
        way = next((button for button in self.ways.values() if button.isVisible()), None)
        (way or self.fields).setFocus()

    # Deciding -------------------------------------------------------------------------------------------------------
    def choose(self, way: str) -> None:
        """Decide for a way: "skip", "update" or "add"; the usual one of a row takes the decision back."""
        verdicts = self._verdicts
        if verdicts is None:
            return
        outcome = verdicts.outcomes.outcome_of(self._entry)
        if outcome is not Outcome.CONFLICT and way == way_of(outcome):
            self.decided.emit(None, False)
        else:
            self.decided.emit(RowDecision(way, self.target if way == "update" else 0), False)

    def _way_clicked(self) -> None:
        sender = self.sender()
        way = next(name for name, button in self.ways.items() if button is sender)
        self.choose(way)

    def _candidate_chosen(self) -> None:
        if not self._filling:
            self.decided.emit(RowDecision("update", int(self.candidates.currentData())), False)

    def _all_alike(self) -> None:
        decided = self._verdicts.decision(self._entry) if self._verdicts is not None else None
        if decided is not None:
            self.decided.emit(decided, True)

    def _clicked(self, item: QTreeWidgetItem, column: int) -> None:
        field = item.data(0, _FIELD)
        if field and column in (FILE, PROJECT):
            self.keep(field, column == PROJECT)

    def _other_side(self) -> None:
        item = self.fields.currentItem()
        if item is not None and item.data(0, _FIELD):
            self.keep(item.data(0, _FIELD), item.text(FILE).startswith("✓"))

    def keep(self, field: str, theirs: bool) -> None:
        """Let the project's value of a field stand (``theirs``), or the file's."""
        if self._verdicts is None:
            return
        decided = self._verdicts.decision(self._entry)
        kept = decided.keep if decided is not None and decided.action == "update" else frozenset()
        kept = kept | {field} if theirs else kept - {field}
        outcome = self._verdicts.outcomes.outcome_of(self._entry)
        if not kept and outcome is Outcome.CHANGED:
            self.decided.emit(None, False)
        else:
            self.decided.emit(RowDecision("update", self.target, frozenset(kept)), False)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
