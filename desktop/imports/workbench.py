"""The rows of a file, in a table and on the map side by side, and below them the one that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QIntValidator, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QSplitter,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.imports.outcome_filter import OutcomeFilter, counted
from desktop.imports.outcomes import Outcomes
from desktop.imports.preparation import Prepared
from desktop.imports.preview_map import PreviewMap
from desktop.imports.row_card import RowCard
from desktop.imports.rows_model import CELLS, FATE, LINE, NOTE, PreviewModel
from desktop.imports.verdicts import DecisionsOf, Verdicts
from desktop.panels.history_details import field_label
from desktop.shell.formatting import number
from desktop.shell.icons import icon
from desktop.shell.theme import theme
from desktop.shell.words import language, tr, worded, words
from gis.cartography.arrays import LayerArrays
from gis.exchange.decisions import Decided, Decisions, RowDecision
from gis.exchange.raw import RawTable
from gis.exchange.staged import Outcome

_CARD = 248  # pixels of height the card asks for
_WIDTHS = {LINE: 80, FATE: 128, NOTE: 160}
_OWN = 124


class Workbench(QWidget):
    """Shows what is prepared; tells ``decided(class, lines, RowDecision or None)`` and ``kept(class, field, bool)``.

    ``kept``: the project's values of a whole column shall stand, or not.
    """

    decided = Signal(str, object, object)
    kept = Signal(str, str, bool)

    def __init__(self, window: Any) -> None:
        super().__init__()
        self._session = window.session
        self._prepared: Prepared | None = None
        self._decisions: DecisionsOf = {}
        self._came_to: tuple[Decided, ...] = ()
        self._away = False  # whether the card was put away, until another row is chosen
        self.verdicts: Verdicts | None = None
        self.model = PreviewModel(self)
        self.part = QComboBox()
        self.filter = OutcomeFilter()
        self.line = QLineEdit()
        self.columns = QToolButton()
        self.fit, self.with_map = QToolButton(), QToolButton()
        self.table = QTableView()
        self.map = PreviewMap(window.canvas)
        self.card = RowCard()
        self._build()
        self._connect()
        self._say()
        self.clear()

    # The face -------------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.part.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        worded(self.part, "setAccessibleName", "Feature class of the rows shown")
        self.line.setFixedWidth(72)
        self.line.setValidator(QIntValidator(0, 2_000_000_000, self))
        worded(self.line, "setPlaceholderText", "Line…")
        worded(self.line, "setAccessibleName", "Go to line")
        worded(self.line, "setToolTip", "Go to this line of the file (Ctrl+G)")
        self.columns.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.columns.setMenu(QMenu(self.columns))
        worded(self.columns, "setToolTip", "Which columns may change what the project has")
        self.fit.setIcon(icon("mdi6.fit-to-page-outline"))
        worded(self.fit, "setToolTip", "Show all rows on the map")
        worded(self.fit, "setAccessibleName", "Show all rows on the map")
        self.with_map.setIcon(icon("mdi6.map-outline"))
        self.with_map.setCheckable(True)
        self.with_map.setChecked(True)
        worded(self.with_map, "setToolTip", "Map beside the table")
        worded(self.with_map, "setAccessibleName", "Map beside the table")
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 8, 12, 8)
        bar.setSpacing(8)
        for widget in (self.part, self.filter):
            bar.addWidget(widget)
        bar.addStretch(1)
        for widget in (self.columns, self.line, self.fit, self.with_map):
            bar.addWidget(widget)
        view = self.table
        view.setModel(self.model)
        view.setAlternatingRowColors(True)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setTabKeyNavigation(False)
        view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(28)
        view.horizontalHeader().setDefaultSectionSize(_OWN)
        view.horizontalHeader().setHighlightSections(False)
        view.horizontalHeader().setFixedHeight(44)
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        view.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        worded(view, "setAccessibleName", "Preview")
        self.none = QLabel()
        self.none.setProperty("role", "faint")
        self.none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.beside = QSplitter(Qt.Orientation.Horizontal)
        self.beside.addWidget(view)
        self.beside.addWidget(self.map)
        self.card_frame = QSplitter(Qt.Orientation.Vertical)
        self.card_frame.addWidget(self.beside)
        self.card_frame.addWidget(self.card)
        for splitter in (self.beside, self.card_frame):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
            splitter.setStretchFactor(0, 1)
        self.beside.setStretchFactor(1, 1)
        self.beside.setSizes([600, 400])
        self.card.setMinimumHeight(160)
        self.card.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.card_frame, 1)

    def _connect(self) -> None:
        self.filter.chosen.connect(self._only)
        self.part.currentIndexChanged.connect(self._part_chosen)
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.table.clicked.connect(self._bring_back)
        self.table.doubleClicked.connect(self._zoom)
        self.line.returnPressed.connect(self._go_to_line)
        self.columns.menu().aboutToShow.connect(self._fill_columns)
        self.fit.clicked.connect(self.map.fit)
        self.with_map.toggled.connect(self.map.setVisible)
        self.map.row_picked.connect(self._picked)
        self.card.decided.connect(self._decide)
        self.card.zoom_wanted.connect(self._zoom)
        for keys, then in (
            (Qt.Key.Key_Return, self._to_card), (Qt.Key.Key_Delete, self._leave_out),
        ):  # fmt: skip
            shortcut = QShortcut(QKeySequence(keys), self.table)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(then)
        words().changed.connect(self._say)
        theme().changed.connect(self.model.retitle)

    def _say(self, *_: object) -> None:
        self.columns.setText(tr("Columns"))
        self.model.retitle()
        if self._prepared is not None:
            self._name_parts()

    # What is shown --------------------------------------------------------------------------------------------------
    def clear(self) -> None:
        """Show nothing and hold on to nothing."""
        self._prepared, self.verdicts = None, None
        self._decisions, self._came_to = {}, ()
        self.card.clear()
        self.card.hide()
        self.model.show(None)
        self.map.show_rows(None, zoom=False)
        self.filter.set_counts({})
        self.part.hide()
        self.columns.setEnabled(False)

    def show_first(self, raw: RawTable) -> None:
        """Show the first rows of a file whose meaning is still being worked out."""
        self.clear()
        outcomes = Outcomes.of(raw, None)
        self.model.show(outcomes)
        self.filter.set_counts(counted(outcomes))
        self._widths()

    def show_prepared(self, prepared: Prepared, decisions: DecisionsOf, zoom: bool) -> None:
        """Show what every row becomes; ``zoom``: the map shows all of them."""
        line = self._line_shown()
        self._prepared, self._decisions, self._came_to = prepared, decisions, ()
        self._name_parts()
        self._part_chosen(zoom=zoom)
        if line is not None:
            self.show_line(line)

    def set_decisions(self, decisions: DecisionsOf, came_to: Sequence[Decided] = ()) -> None:
        """Other decisions hold; ``came_to``: what they come to, part by part, once that is known."""
        if self._prepared is None:
            return
        self._decisions = decisions
        self._came_to = tuple(came_to)
        self._judge()
        self.model.set_verdicts(self.verdicts)
        self._show_card()

    def show_conflicts(self) -> None:
        """Go to the first conflict that is not decided."""
        outcomes, verdicts = self.model.outcomes, self.verdicts
        if outcomes is None or verdicts is None or not outcomes.count(Outcome.CONFLICT):
            return
        self.filter.choose(Outcome.CONFLICT)
        entries = self.model.entries.tolist()
        row = next((i for i, entry in enumerate(entries) if verdicts.decision(entry) is None), 0)
        self._go(row)
        self.table.setFocus()

    def show_line(self, line: int) -> None:
        """Go to the row that begins at a line of the file, or the next one."""
        row = self.model.place_of_line(line)
        if row >= 0:
            self._go(row)

    @property
    def entry(self) -> int | None:
        """The entry that is looked at."""
        index = self.table.currentIndex()
        return (
            int(self.model.entries[index.row()]) if index.isValid() and index.row() < len(self.model.entries) else None
        )

    @property
    def arrays(self) -> Sequence[LayerArrays | None]:
        """The rows with a place, part by part."""
        return self._prepared.layers if self._prepared is not None else ()

    def stop(self) -> None:
        """End the map's threads; to be called before the end."""
        self.map.stop()

    # Parts of a file of several classes -----------------------------------------------------------------------------
    def _name_parts(self) -> None:
        prepared = self._prepared
        assert prepared is not None
        chosen = self.part.currentIndex()
        if chosen < 0:  # the rows of the file first, not what is made for them
            chosen = next((i for i, part in enumerate(prepared.plan.parts) if not part.made), 0)
        self.part.blockSignals(True)
        self.part.clear()
        for part in prepared.plan.parts:
            label = self._session.catalogue[part.reading.cls].label.text(language())
            self.part.addItem(f"{label} {number(part.staged.read)}")
        if prepared.unsorted is not None:
            self.part.addItem(tr("Of no class {count}", count=number(prepared.unsorted.count(None))))
        self.part.setCurrentIndex(min(chosen, self.part.count() - 1))
        self.part.setVisible(self.part.count() > 1)
        self.part.blockSignals(False)

    def _part_chosen(self, _index: int = 0, zoom: bool = True) -> None:
        prepared, at = self._prepared, self.part.currentIndex()
        if prepared is None:
            return
        self._judge()
        if at < len(prepared.plan.parts):
            part, outcomes = prepared.plan.parts[at], prepared.outcomes[at]
            self.model.show(outcomes, self._session.catalogue[part.reading.cls], part.staged.mapping, self.verdicts)
            self.columns.setEnabled(outcomes.count(Outcome.CHANGED) > 0)
            self.map.show_rows(prepared.layers[at], zoom)
        elif prepared.unsorted is not None:
            outcomes = prepared.unsorted
            self.model.show(outcomes)
            self.columns.setEnabled(False)
            self.map.show_rows(None, zoom=False)
        self.filter.set_counts(counted(outcomes))
        self._widths()
        self._show_card()

    def _judge(self) -> None:
        prepared, at = self._prepared, self.part.currentIndex()
        self.verdicts = None
        if prepared is not None and 0 <= at < len(prepared.plan.parts):
            kind = self._session.catalogue[prepared.plan.parts[at].reading.cls]
            came_to = self._came_to[at] if at < len(self._came_to) else None
            decisions = self._decisions.get(kind.name, Decisions())
            self.verdicts = Verdicts(prepared.outcomes[at], kind, decisions, came_to)

    def _widths(self) -> None:
        header = self.table.horizontalHeader()
        if header.count() > CELLS:
            for section, width in _WIDTHS.items():
                if header.sectionSize(section) == _OWN:
                    header.resizeSection(section, width)

    # One row --------------------------------------------------------------------------------------------------------
    def _only(self, outcome: Outcome | None) -> None:
        kept = self.entry
        self.model.set_only(outcome)
        self.map.set_only(outcome)
        row = self.model.place_of(kept) if kept is not None else -1
        if row >= 0:
            self._go(row)
        else:
            self.card.hide()
            self.map.point_out(None, None, None)

    def _line_shown(self) -> int | None:
        entry, outcomes = self.entry, self.model.outcomes
        return outcomes.line(entry) if entry is not None and outcomes is not None and self.card.isVisible() else None

    def _go(self, row: int) -> None:
        index = self.model.index(row, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.table.selectionModel().setCurrentIndex(index, flags)
        self.table.scrollTo(index, QTableView.ScrollHint.PositionAtCenter)

    def _go_to_line(self) -> None:
        if self.line.text():
            self.show_line(int(self.line.text()))
            self.table.setFocus()

    def _picked(self, index: int) -> None:
        outcomes = self.model.outcomes
        if outcomes is not None and outcomes.staged is not None:
            row = self.model.place_of(outcomes.entry_of(index))
            if row >= 0:
                self._go(row)

    def _row_chosen(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid() and self.verdicts is not None:
            self._away = False
            self._show_card()
            self.map.look_at(self._shape(), self.card.change())

    def _shape(self) -> Any:
        """What the chosen row is on the map, also where it is rejected."""
        shape, entry = self.card.shape(), self.entry
        if shape is None and entry is not None and self.verdicts is not None:
            place = self.verdicts.outcomes.lost_place(entry)
            shape = None if place is None else shapely.Point(place)
        return shape

    def _show_card(self) -> None:
        entry = self.entry
        if entry is None or self.verdicts is None or self._away:
            self.card.hide()
            self.map.point_out(None, None, None)
            return
        self.card.show_entry(self._session, self.verdicts, entry)
        if not self.card.isVisible():
            self.card.show()
            height = self.card_frame.height()
            self.card_frame.setSizes([max(120, height - _CARD), _CARD])
        index, target = self.verdicts.outcomes.drawn_index(entry), self.card.target
        self.map.point_out(
            index if index >= 0 else None, (self.verdicts.cls.name, target) if target else None, self.card.change()
        )

    def hide_card(self) -> bool:
        """Put the card away; False when it was not there."""
        if not self.card.isVisible():
            return False
        self._away = True
        self._show_card()
        self.table.setFocus()
        return True

    def _zoom(self, *_: object) -> None:
        self.with_map.setChecked(True)
        self.map.look_at(self._shape(), self.card.change(), near=True)

    def _to_card(self) -> None:
        if self._away:
            self._bring_back()
        elif self.card.isVisible():
            self.card.take_focus()

    def _bring_back(self, *_: object) -> None:
        """A click on the row whose card was put away."""
        if self._away:
            self._away = False
            self._show_card()

    # Deciding -------------------------------------------------------------------------------------------------------
    def _chosen_entries(self) -> list[int]:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [int(self.model.entries[row]) for row in rows]

    def _decide(self, made: RowDecision | None, alike: bool) -> None:
        verdicts, entry = self.verdicts, self.entry
        if verdicts is None or entry is None:
            return
        outcomes = verdicts.outcomes
        if alike:
            chosen = outcomes.alike(entry).tolist()
            made = RowDecision(made.action) if made is not None and made.target else made  # each its own feature
        else:
            chosen = [entry]
        self.decided.emit(verdicts.cls.name, [outcomes.line(e) for e in chosen], made)

    def _leave_out(self) -> None:
        """Del leaves the selected rows out, or takes that back."""
        verdicts = self.verdicts
        if verdicts is None:
            return
        able = [e for e in self._chosen_entries() if verdicts.outcomes.staged_index(e) >= 0]
        made = [verdicts.decision(e) for e in able]
        out = all(d is not None and d.action == "skip" for d in made)
        lines = [verdicts.outcomes.line(e) for e in able]
        if lines:
            self.decided.emit(verdicts.cls.name, lines, None if out else RowDecision("skip"))

    def _fill_columns(self) -> None:
        menu, verdicts = self.columns.menu(), self.verdicts
        menu.clear()
        if verdicts is None or verdicts.outcomes.staged is None:
            return
        note = menu.addAction(tr("Unticked: the project's values stand"))
        note.setEnabled(False)
        for field, count in verdicts.outcomes.staged.change_counts().items():
            label = field_label(verdicts.cls, field)
            action = menu.addAction(tr("{field}: {count} rows", field=label, count=number(count)))
            action.setCheckable(True)
            action.setChecked(field not in verdicts.decisions.keep)
            action.setData(field)
            action.toggled.connect(self._column_toggled)

    def _column_toggled(self, on: bool) -> None:
        if self.verdicts is not None:
            self.kept.emit(self.verdicts.cls.name, self.sender().data(), not on)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+G goes to a line."""
        if event.key() == Qt.Key.Key_G and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.line.setFocus()
            self.line.selectAll()
            return
        super().keyPressEvent(event)


def undecided(prepared: Prepared, decisions: DecisionsOf) -> int:
    """How many conflicts of all parts nobody has decided."""
    rows = {line for made in decisions.values() for line in made.rows}
    decided = np.fromiter(rows, np.int64, len(rows))
    return sum(int((~np.isin(o.raw.lines[o.outcome == Outcome.CONFLICT], decided)).sum()) for o in prepared.outcomes)
