"""The history: who changed what and when, old and new values and shapes, and the way back to any moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHeaderView,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QSplitter,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.conflict import ConflictDialog
from desktop.panels.history_details import CHANGE, detail_of, entry_card, with_titles
from desktop.panels.history_filter import HistoryFilterBar
from desktop.panels.history_list import ENTRY, EntryLine, HistoryModel
from desktop.panels.history_overlay import BeforeAfter, Pair, box_of
from desktop.panels.history_timeline import TimelinePage, perform_restoring
from desktop.shell.formatting import number
from desktop.shell.icons import icon
from desktop.shell.notices import notify
from desktop.shell.words import language, tr, worded, words
from desktop.shell.workspace import Workspace
from gis.project.history_report import write_report
from gis.project.history_versions import undeleting

SHOWN_ROWS = 200  # details of a bulk edit are shown for so many rows
_RELOAD_MS = 60  # many steps undone in one go are told one by one, and read once


class HistoryPanel(QWidget):
    """Entries newest first; those taken back are faint. Choosing one shows what it changed, on the map too."""

    followed = Signal(str, object)  # a row named in the details: class, id

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._overlay = BeforeAfter()
        self._timeline: TimelinePage | None = None
        self._kept: int | None = None  # the entry chosen before the list was read anew
        self._choosing = False  # by the user: then the map goes there
        self.filter = HistoryFilterBar()
        self.filter.changed.connect(self.reload)
        self.only_selected = self.filter.only_selected
        self.model = HistoryModel(workspace, self)
        self.model.loaded.connect(self._loaded)
        self.entries = QListView()
        self.entries.setModel(self.model)
        self.entries.setItemDelegate(EntryLine(self.entries))
        self.entries.setUniformItemSizes(True)
        self.entries.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.entries.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.entries.customContextMenuRequested.connect(self._entry_menu)
        self.entries.selectionModel().currentChanged.connect(self._chosen)
        self.entries.activated.connect(self._show_place)
        worded(self.entries, "setAccessibleName", "History")
        self.card = QLabel()
        self.card.setWordWrap(True)
        self.card.setTextFormat(Qt.TextFormat.RichText)
        self.card.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.card.setContentsMargins(12, 6, 12, 6)
        self.details = QTreeWidget()
        self.details.setColumnCount(3)
        self.details.setRootIsDecorated(False)
        self.details.setIndentation(16)
        self.details.setUniformRowHeights(True)
        self.details.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.details.customContextMenuRequested.connect(self._row_menu)
        self.details.itemActivated.connect(self._follow)
        self.details.currentItemChanged.connect(self._row_chosen)
        worded(self.details, "setAccessibleName", "What was changed")
        self.back = QPushButton()
        self.back.setEnabled(False)
        self.back.clicked.connect(self.go_back)
        self._report = QToolButton()
        self._report.setIcon(icon("mdi6.file-export-outline", "text_soft"))
        worded(self._report, "setToolTip", "Export the history as a report…")
        worded(self._report, "setAccessibleName", "Export the history as a report…")
        self._report.clicked.connect(self.ask_report)
        self.filter.lead.addWidget(self._report)
        self.filter.lead.addWidget(self.back)
        self._empty = QLabel()
        self._empty.setProperty("role", "soft")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        right = QWidget()
        beside = QVBoxLayout(right)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(0)
        beside.addWidget(self.card)
        beside.addWidget(self.details, 1)
        self._split = split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(self.entries)
        split.addWidget(right)
        split.setSizes([420, 520])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filter)
        column.addWidget(split, 1)
        column.addWidget(self._empty, 1)
        self._due = QTimer(self, singleShot=True, interval=_RELOAD_MS)
        self._due.timeout.connect(self.reload)
        workspace.session_changed.connect(self._session_changed)
        workspace.changed.connect(self._changed)
        workspace.selection_changed.connect(self._selection_changed)
        workspace.conflict_met.connect(self._conflict)
        words().changed.connect(self._say)
        self._say()

    # What is shown --------------------------------------------------------------------------------------------------
    def showEvent(self, event: Any) -> None:
        """Read when first looked at."""
        super().showEvent(event)
        self.reload()

    def hideEvent(self, event: Any) -> None:
        """What was shown on the map goes with the panel."""
        super().hideEvent(event)
        self._show([])

    def reload(self) -> None:
        """Read the entries again."""
        session = self._workspace.session
        if session is not None and not self.isVisible():
            return
        self._kept = self.current_seq()
        canvas = self._canvas()
        bbox = canvas.view.bbox if canvas is not None else None
        self.model.ask(self.filter.wanted(self._workspace.selection, bbox) if session is not None else None)

    def current_seq(self) -> int | None:
        """The number of the chosen entry."""
        entry = self._current()
        return entry.seq if entry is not None else None

    def _current(self) -> Any:
        return self.model.entry(self.entries.currentIndex().row())

    def _loaded(self) -> None:
        if self._kept is not None and not self.entries.currentIndex().isValid():
            row = self.model.row_of(self._kept)
            if row >= 0:
                self.entries.setCurrentIndex(self.model.index(row))
        some = self.model.rowCount() > 0
        self._split.setVisible(some)
        self._empty.setVisible(not some)
        narrowed = self.filter.narrowed
        self._empty.setText(
            tr("No edit fits. Want less, or clear the filters.")
            if narrowed
            else tr("Nothing has been edited yet. Every edit will be listed here and can be undone.")
        )
        if some and not self.entries.currentIndex().isValid():
            self.entries.setCurrentIndex(self.model.index(0))
        elif not some:
            self._chosen()
        self._tell_back()

    def _session_changed(self) -> None:
        self._show([])
        session = self._workspace.session
        if session is None:
            self.filter.offer([], None)
        else:
            self._workspace.jobs.quiet(
                lambda progress: session.authors(), lambda names: self.filter.offer(names, session.catalogue)
            )
        self.reload()

    def _changed(self, _changed: Any) -> None:
        self._due.start()

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

    def _chosen(self, *_indexes: Any) -> None:
        self.details.clear()
        self._tell_back()
        entry, session = self._current(), self._workspace.session
        self._choosing = self.entries.hasFocus()
        if entry is None or session is None:
            self.card.clear()
            self._show([])
            return
        self.card.setText(entry_card(entry, session.catalogue))
        self._workspace.jobs.quiet(
            lambda progress: with_titles(session, session.entry_details(entry.seq, SHOWN_ROWS)),
            lambda found: self._details_arrived(entry.seq, *found),
        )

    def _details_arrived(self, seq: int, rows: list[Any], titles: dict[tuple[str, int], str]) -> None:
        session = self._workspace.session
        if session is None or seq != self.current_seq():
            return
        self.details.clear()
        for row in rows:
            self.details.addTopLevelItem(detail_of(session.catalogue[row.cls], row, titles))
        more = sum(self._current().counts.values()) - len(rows)
        if more > 0:
            self.details.addTopLevelItem(QTreeWidgetItem([tr("and {count} more", count=number(more))]))
        if len(rows) <= 20:
            self.details.expandAll()
        for i in range(self.details.topLevelItemCount()):
            self.details.setFirstColumnSpanned(i, self.details.rootIndex(), True)
        self._show(self._pairs(rows))
        if self._choosing:
            self._go_there(self._pairs(rows))

    # On the map -----------------------------------------------------------------------------------------------------
    def _canvas(self) -> Any:
        return getattr(self.window(), "canvas", None)

    def _pairs(self, rows: list[Any]) -> list[Pair]:
        return [
            (row.old.get("geom"), row.new.get("geom")) for row in rows if "geom" in row.old or "geom" in row.new
        ]  # fmt: skip

    def _show(self, pairs: list[Pair]) -> None:
        self._overlay.show(pairs)
        canvas = self._canvas()
        if canvas is None:
            return
        if self._overlay not in canvas.overs:
            canvas.overs.append(self._overlay)
        canvas.update()

    def _go_there(self, pairs: list[Pair]) -> None:
        """Bring a change into sight, where it is not there yet or too small to see."""
        box, canvas = box_of(pairs), self._canvas()
        if box is None or canvas is None:
            return
        seen = canvas.view.bbox
        inside = seen[0] <= box[0] and seen[1] <= box[1] and box[2] <= seen[2] and box[3] <= seen[3]
        wide = max(box[2] - box[0], box[3] - box[1])
        if inside and (wide == 0 or wide > 0.05 * (seen[2] - seen[0])):
            return
        room = max(60.0, 0.15 * wide)
        self._workspace.zoom_wanted.emit((box[0] - room, box[1] - room, box[2] + room, box[3] + room))

    def _show_place(self, *_index: Any) -> None:
        rows = [self.details.topLevelItem(i).data(0, CHANGE) for i in range(self.details.topLevelItemCount())]
        self._go_there(self._pairs([row for row in rows if row is not None]))

    def _row_chosen(self, item: QTreeWidgetItem | None, _before: Any) -> None:
        change = _change_of(item)
        if change is not None and self.details.hasFocus():
            pairs = self._pairs([change])
            if pairs:
                self._show(pairs)
                self._go_there(pairs)

    # Back and forth -------------------------------------------------------------------------------------------------
    def _tell_back(self) -> None:
        entry = self._current()
        self.back.setText(tr("Redo up to here") if entry is not None and entry.undone else tr("Go back to this state"))
        first = entry is not None and self.entries.currentIndex().data(ENTRY + 1)
        self.back.setEnabled(
            self._workspace.editable and entry is not None and not entry.superseded and not first
        )  # fmt: skip

    def go_back(self) -> None:
        """Undo or redo until the project is as it was just after the chosen edit, in one go."""
        entry, session = self._current(), self._workspace.session
        if entry is not None and session is not None:
            self._go_to(entry.seq)

    def _go_to(self, seq: int) -> None:
        session = self._workspace.session
        way = "undo" if session.steps_to(seq) > 0 else "redo"
        self._workspace.writes.start(
            tr("Going to a point of the history"), lambda progress: session.go_to(seq, progress),
            failed=lambda error: self._workspace.step_failed(way, error),
        )  # fmt: skip

    def _conflict(self, way: str) -> None:
        ConflictDialog(self._workspace, way, self.window()).open_when_read()

    # Menus ----------------------------------------------------------------------------------------------------------
    def _entry_menu(self, at: QPoint) -> None:
        index = self.entries.indexAt(at)
        if index.isValid():
            self.entries.setCurrentIndex(index)
            self.entry_menu(index).popup(self.entries.viewport().mapToGlobal(at))

    def entry_menu(self, index: QModelIndex) -> QMenu:
        """What can be done with an entry."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entry = index.data(ENTRY)
        action = menu.addAction(icon("mdi6.history", "text_soft"), self.back.text(), self.go_back)
        action.setEnabled(self.back.isEnabled())
        menu.addAction(icon("mdi6.crosshairs-gps", "text_soft"), tr("Show on the map"), self._show_place)
        if sum(entry.counts.values()) == 1:
            self._feature_actions(menu, _change_of(self.details.topLevelItem(0)))
        menu.addSeparator()
        menu.addAction(icon("mdi6.account-outline", "text_soft"), tr("Only edits by {who}", who=entry.author),
                       lambda: self._only(entry.author))  # fmt: skip
        menu.addAction(self._report.icon(), tr("Export the history as a report…"), self.ask_report)
        return menu

    def _row_menu(self, at: QPoint) -> None:
        item = self.details.itemAt(at)
        change = _change_of(item)
        if change is not None:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            pairs = self._pairs([change])
            menu.addAction(
                icon("mdi6.crosshairs-gps", "text_soft"), tr("Show on the map"),
                lambda: (self._show(pairs), self._go_there(pairs)),
            ).setEnabled(bool(pairs))  # fmt: skip
            self._feature_actions(menu, change)
            menu.popup(self.details.viewport().mapToGlobal(at))

    def _feature_actions(self, menu: QMenu, change: Any) -> None:
        if change is None:
            return
        menu.addAction(icon("mdi6.timeline-clock-outline", "text_soft"), tr("Timeline of this feature"),
                       lambda: self.open_timeline(change.cls, change.id))  # fmt: skip
        if change.op == "delete":
            menu.addAction(
                icon("mdi6.restore", "text_soft"), tr("Restore this deleted feature"),
                lambda: self._undelete(change.cls, change.id),
            ).setEnabled(self._workspace.editable)  # fmt: skip

    def _only(self, author: str) -> None:
        self.filter.more.setChecked(True)
        self.filter.author.setCurrentIndex(max(0, self.filter.author.findData(author)))
        self.reload()

    def _undelete(self, cls: str, id: int) -> None:
        perform_restoring(self._workspace, cls, id, lambda session: undeleting(session, cls, id))

    def _follow(self, item: QTreeWidgetItem, _column: int) -> None:
        change = _change_of(item)
        if change is not None and change.op != "delete":
            self.followed.emit(change.cls, int(change.id))

    # The timeline of one feature and the report ---------------------------------------------------------------------
    def open_timeline(self, cls: str, id: int) -> None:
        """Show every version of a feature in the inspector."""
        if self._timeline is None:
            self._timeline = TimelinePage(self._workspace)
            self._timeline.shapes_wanted.connect(self._show_version)
        self._timeline.show_feature(cls, id)
        show = getattr(self.window(), "show_inspector", None)
        if show is not None:
            show(self._timeline, tr("Timeline"))

    def open_timeline_of_selection(self) -> None:
        """The timeline of the first selected feature."""
        for name, ids in self._workspace.selection.items():
            self.open_timeline(name, int(ids[0]))
            return

    @property
    def timeline(self) -> TimelinePage | None:
        """The page of versions, once it was opened."""
        return self._timeline

    def _show_version(self, pairs: list[Pair]) -> None:
        self._show(pairs)
        self._go_there(pairs)

    def ask_report(self) -> None:
        """Ask where to write what is listed, and write it."""
        session = self._workspace.session
        if session is None:
            return
        name = f"{session.path.stem} {tr('History')}.html"
        chosen, _ = QFileDialog.getSaveFileName(
            self, tr("Export the history as a report…"), str(session.path.with_name(name)), "HTML (*.html);;CSV (*.csv)"
        )
        if chosen:
            self.write_report(Path(chosen))

    def write_report(self, path: Path) -> None:
        """Write all edits that the filter lets through, with their values."""
        session, canvas, said = self._workspace.session, self._canvas(), language()
        wanted = self.filter.wanted(self._workspace.selection, canvas.view.bbox if canvas is not None else None)
        self._workspace.jobs.start(
            tr("Writing the report"),
            lambda progress: write_report(session, path, wanted, language=said, values=True, progress=progress),
            lambda count: notify(tr("{count} edits written to {file}", count=number(count), file=path.name), "success"),
        )


def _change_of(item: QTreeWidgetItem | None) -> Any:
    while item is not None and item.parent() is not None:
        item = item.parent()
    return item.data(0, CHANGE) if item is not None else None
