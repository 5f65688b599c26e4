"""The import assistant: files, what Yantu made of them, what each row will become, one button, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from desktop.imports.choices import ChoicesPanel
from desktop.imports.deciding import Deciding
from desktop.imports.empty_page import EmptyPage
from desktop.imports.file_queue import FileQueue
from desktop.imports.finish_page import FinishPage
from desktop.imports.foot import Foot
from desktop.imports.preparation import Preparation, Prepared
from desktop.imports.saving import Saving
from desktop.imports.sources import sources_in
from desktop.imports.workbench import Workbench, undecided
from desktop.jobs import Job, State
from desktop.shell.formatting import number
from desktop.shell.icons import icon
from desktop.shell.words import language, mark, tr, worded, words
from gis.errors import Refusal
from gis.exchange.class_guess import ClassGuess
from gis.exchange.decisions import Decisions
from gis.exchange.formats import READABLE
from gis.exchange.raw import RawTable
from gis.progress import Progress
from gis.project.importing import Applied, ImportPlan, apply_plan

_REST_MS = 150


class ImportAssistant(QDialog):
    """Non-modal; ``window`` gives session, jobs, map and notices. Nothing is written before Import is pressed."""

    def __init__(self, window: Any) -> None:
        super().__init__(window, Qt.WindowType.Window)
        self._window = window
        self._path: Path | None = None
        self._guessing = True  # whether the class of a file is looked for
        self._guess_next = False
        self._format = ""
        self._raw: RawTable | None = None
        self._prepared: Prepared | None = None
        self._importing: Job | None = None
        self._applied: Applied | None = None
        self._later = QTimer(self, singleShot=True, interval=_REST_MS)
        self._later.timeout.connect(self._stage)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        room = self.screen().availableGeometry()
        self.resize(min(1440, room.width() - 40), min(860, room.height() - 60))
        self.setMinimumSize(960, 560)
        self.preparation = Preparation(window.jobs, self)
        self.deciding = Deciding(window.jobs, self)
        self.choices = ChoicesPanel(window.session.catalogue, window.session.crs.to_string(), window.session)
        self.queue = FileQueue()
        self.workbench = Workbench(window)
        self.empty, self.finish = EmptyPage(), FinishPage()
        self.saving = Saving(self, window)
        self._build()
        self._connect()
        self._stepped(None)
        self._say()
        self.preparation.warm_up()

    # The face -------------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.file_label, self.facts = QLabel(), QLabel()
        self.file_label.setProperty("role", "title")
        self.facts.setProperty("role", "soft")
        for label in (self.file_label, self.facts):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.with_choices = QToolButton()
        self.with_choices.setIcon(icon("mdi6.tune-variant"))
        self.with_choices.setCheckable(True)
        self.with_choices.setChecked(True)
        worded(self.with_choices, "setToolTip", "How the file is understood")
        worded(self.with_choices, "setAccessibleName", "How the file is understood")
        self.choose = QPushButton(icon("mdi6.folder-open-outline"), "")
        self.choose.setMenu(QMenu(self.choose))
        worded(self.choose, "setText", "Add…")
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 16, 8)
        head.setSpacing(8)
        head.addWidget(self.with_choices)
        head.addWidget(self.file_label)
        head.addWidget(self.facts, 1)
        head.addWidget(self.choose)
        self.problem = QLabel()
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setContentsMargins(16, 8, 16, 8)
        self.side = QWidget()
        side = QVBoxLayout(self.side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(0)
        side.addWidget(self.queue)
        side.addWidget(self.choices, 1)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.addWidget(self.side)
        self.split.addWidget(self.workbench)
        self.split.setSizes([360, 900])
        self.split.setStretchFactor(1, 1)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.pages = QStackedWidget()
        for page in (self.empty, self.split, self.finish):
            self.pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(head)
        outer.addWidget(_rule())
        outer.addWidget(self.problem)
        outer.addWidget(self.pages, 1)
        self.foot = foot = Foot()
        self.counts, self.mode, self.stop = foot.counts, foot.mode, foot.stop
        self.conflicts, self.close_button, self.import_button = foot.conflicts, foot.close_button, foot.import_button
        self.choose.setAutoDefault(False)
        outer.addWidget(_rule())
        outer.addWidget(self.foot)

    def _connect(self) -> None:
        self.choices.changed.connect(self._later.start)
        self.choices.dialect_changed.connect(self._read)
        self.queue.chosen.connect(self._show_file)
        preparation = self.preparation
        preparation.guessed.connect(self._guessed)
        preparation.sniffed.connect(self._sniffed)
        preparation.read.connect(self._was_read)
        preparation.prepared.connect(self._was_prepared)
        preparation.failed.connect(self._failed)
        preparation.stepped.connect(self._stepped)
        deciding = self.deciding
        deciding.chosen.connect(self._were_chosen)
        deciding.came.connect(self._came_to_something)
        deciding.failed.connect(self._failed)
        self.workbench.decided.connect(deciding.decide_rows)
        self.workbench.kept.connect(deciding.keep_column)
        self.with_choices.toggled.connect(self.side.setVisible)
        self.mode.activated.connect(self._mode_chosen)
        self.conflicts.clicked.connect(self.workbench.show_conflicts)
        self.stop.clicked.connect(self.cancel_work)
        self.close_button.clicked.connect(self.close)
        self.import_button.clicked.connect(self.carry_out)
        self.empty.files_wanted.connect(self.choose_files)
        self.empty.folder_wanted.connect(self.choose_folder)
        finish = self.finish
        finish.undo_wanted.connect(self.undo)
        finish.map_wanted.connect(self._show_on_map)
        finish.report_wanted.connect(self._save_report)
        finish.rejected_wanted.connect(self._save_rejected)
        finish.next_wanted.connect(self._next)
        finish.close_wanted.connect(self.close)
        menu = self.choose.menu()
        for text, then in ((mark("Files…"), self.choose_files), (mark("Folder…"), self.choose_folder)):
            action = menu.addAction("")
            worded(action, "setText", text)
            action.triggered.connect(then)
        for keys, then in ((QKeySequence.StandardKey.Open, self.choose_files), ("Ctrl+Return", self._import_now)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(then)
        self._window.workspace.session_leaving.connect(self.close)
        words().changed.connect(self._say)

    def _say(self, *_: object) -> None:
        self.setWindowTitle(tr("Import"))
        self._refresh()

    # Files ----------------------------------------------------------------------------------------------------------
    def open_file(self, path: Path | str, cls: str | None = None) -> None:
        """Read a file and show what it would become; ``cls`` chooses the feature class."""
        if cls is not None:
            self._choose_class(cls)
        self._guessing = cls is None
        self.open_paths([path])
        self._guessing = True

    def open_paths(self, paths: Iterable[Path | str]) -> None:
        """Take files and folders into the list, and look at the first of them."""
        first = self.queue.add(sources_in(paths))
        if first is not None and self._importing is None:
            self.queue.show_path(first)
            self._show_file(first)

    def choose_files(self) -> None:
        """Let the user choose files."""
        patterns = " ".join(f"*{ending}" for ending in READABLE)
        kinds = f"{tr('Field data')} ({patterns});;{tr('All files')} (*)"
        names, _ = QFileDialog.getOpenFileNames(self, tr("Choose files"), "", kinds)
        self.open_paths(names)

    def choose_folder(self) -> None:
        """Let the user choose a folder."""
        name = QFileDialog.getExistingDirectory(self, tr("Choose a folder"))
        if name:
            self.open_paths([name])

    def _show_file(self, path: Path) -> None:
        if self._importing is not None:
            return
        self._path, self._guess_next = path, self._guessing
        self.deciding.begin()
        self.choices.reset(path)
        self._read()

    def _next(self) -> None:
        waiting = self.queue.waiting
        if waiting:
            self.queue.show_path(waiting[0])
            self._show_file(waiting[0])

    # Reading and staging --------------------------------------------------------------------------------------------
    def _read(self) -> None:
        if self._path is None:
            return
        self._forget()
        self._raw = None
        self.pages.setCurrentWidget(self.split)
        self.problem.clear()
        catalogue = self._window.session.catalogue
        geometry = catalogue[self.choices.cls].geometry
        file = self.choices.file
        self.preparation.look(
            self._path, self.choices.dialect, geometry, catalogue if self._guess_next else None,
            track=file.track, clock_offset_s=file.clock_offset_s,
        )  # fmt: skip
        self._guess_next = False
        self._refresh()

    def _forget(self) -> None:
        """What is known of the rows holds no longer."""
        self._later.stop()
        self.deciding.forget()
        self._prepared, self._applied = None, None
        self.workbench.clear()
        self.finish.clear()

    def _guessed(self, found: ClassGuess) -> None:
        self._choose_class(found.cls)

    def _choose_class(self, name: str) -> None:
        """Choose a class without staging: the file's rows are yet to come."""
        self.choices.blockSignals(True)
        self.choices.set_class(name)
        self.choices.blockSignals(False)

    def _sniffed(self, raw: RawTable) -> None:
        self.choices.show_sniffed(raw)
        self.workbench.show_first(raw)

    def _was_read(self, form: str, raw: RawTable) -> None:
        self._format, self._raw = form, raw
        self.choices.show_sniffed(raw)
        self.workbench.show_first(raw.part(0, 500))
        self._stage()

    def _stage(self) -> None:
        if self._raw is None or self._path is None or self._importing is not None:
            return
        self.problem.clear()
        self.preparation.stage(
            self._window.session, self._path, self._format, self._raw, self.choices.one_class, self.choices.choices()
        )
        self._refresh()

    def _was_prepared(self, prepared: Prepared) -> None:
        again = self._prepared is not None
        self._prepared = prepared
        self.deciding.take(prepared)
        self.choices.show_parts([part.reading for part in prepared.plan.parts if not part.made])
        self.choices.show_proposal(prepared.proposal)
        self.workbench.show_prepared(prepared, self.deciding.decisions, zoom=not again)
        if not again and self.focusWidget() in (None, self.choose, *self.empty.buttons):
            self.workbench.filter.buttons[None].setFocus()
        self.deciding.work_out()
        self._refresh()

    def _failed(self, error: Exception) -> None:
        self._prepared = None
        if isinstance(error, Refusal):
            wanted = language()
            self.problem.setText(f"{error.message(wanted)}\n{error.hint(wanted)}".strip())
            if self._path is not None:
                self.queue.tell(self._path, "refused")
            if self._raw is not None:
                self.workbench.show_first(self._raw)
                self.choices.show_sniffed(self._raw)
        else:
            self._window.notify(error)
        self._refresh()

    # Deciding -------------------------------------------------------------------------------------------------------
    def set_decisions(self, decisions: dict[str, Decisions]) -> None:
        """Let these decisions hold, class by class."""
        self.deciding.set(decisions)

    def _mode_chosen(self) -> None:
        self.deciding.choose_mode(self.mode.currentData())

    def _were_chosen(self) -> None:
        self.workbench.set_decisions(self.deciding.decisions)
        self._refresh()

    def _came_to_something(self) -> None:
        self.workbench.set_decisions(self.deciding.decisions, self.deciding.came_to)
        self._refresh()

    # Writing --------------------------------------------------------------------------------------------------------
    @property
    def working(self) -> bool:
        """Whether something is being read, worked out or written."""
        return bool(self.preparation.busy or self.deciding.busy or self._importing or self._later.isActive())

    @property
    def able(self) -> bool:
        """Whether there is something to import, and nothing is under way."""
        return (
            not self.working
            and self._applied is None
            and self._prepared is not None
            and sum(self.deciding.to_write()) > 0
        )

    def _import_now(self) -> None:
        if self.able:
            self.carry_out()

    def carry_out(self) -> None:
        """Write what is decided, as one step; when this window is closed meanwhile, a notice tells the end."""
        session, prepared, decisions = self._window.session, self._prepared, self.deciding.decisions
        if prepared is None or not self.able:
            return
        plan, notify = prepared.plan, self._window.notify

        def work(progress: Progress) -> Applied:
            return apply_plan(session, plan, decisions, progress)

        def done(applied: Applied) -> None:
            if isValid(self) and self.isVisible():
                self._was_imported(applied)
            else:
                notify(imported_said(plan, applied), "success")

        def failed(error: Exception) -> None:
            if isValid(self) and self.isVisible():
                self._importing = None
                self._failed_to_write(error)
            else:
                notify(error)

        job = self._window.jobs.start(tr("Import {file}", file=plan.file), work, done, failed)
        self._importing = job
        job.changed.connect(self._import_stepped)
        self._stepped(job)
        self._refresh()

    def _import_stepped(self, job: Job) -> None:
        if job is self._importing:
            if job.state is State.CANCELLED:
                self._importing = None
                self.problem.setText(tr("Stopped: the project is as it was."))
                self._stepped(None)
            else:
                self._stepped(job)

    def _failed_to_write(self, error: Exception) -> None:
        self._stepped(None)
        if isinstance(error, Refusal):
            self.problem.setText(f"{error.message(language())}\n{error.hint(language())}".strip())
        else:
            self._window.notify(error)
        self._refresh()

    def _was_imported(self, applied: Applied) -> None:
        self._importing, self._applied = None, applied
        prepared = self._prepared
        assert prepared is not None
        self.choices.remember()
        said = tr("{count} rows", count=number(applied.new + applied.changed))
        self.queue.tell(prepared.plan.source.path, "done", said)
        waiting = self.queue.waiting
        self.finish.show_result(prepared.plan, applied, self.deciding.decisions, waiting[0] if waiting else None)
        self.pages.setCurrentWidget(self.finish)
        self._stepped(None)
        (self.finish.next if waiting else self.finish.close_).setFocus()

    # Afterwards -----------------------------------------------------------------------------------------------------
    def undo(self) -> None:
        """Take the import back, where it is the newest edit still."""
        session, workspace, applied = self._window.session, self._window.workspace, self._applied
        if applied is None or applied.seq is None:
            return
        if session.entry(applied.seq).undone:
            self.finish.show_undone()
            return
        newest = session.can_undo
        if newest is None or newest.seq != applied.seq:
            self._window.notify(tr("Other edits came after this import: undo them first, in the history."), "info")
            self._window.bottom.show_page(self._window.history)
            return
        workspace.writes.start(
            tr("Undoing"), lambda progress: session.undo(1, progress), self._was_undone, self._window.notify
        )

    def _was_undone(self, _seqs: list[int]) -> None:
        self.finish.show_undone()
        if self._path is not None:
            self.queue.tell(self._path, "undone")

    def _show_on_map(self) -> None:
        boxes = [box for a in self.workbench.arrays if a is not None and (box := a.extent()) is not None]
        if boxes:
            array = np.array(boxes)
            low, high = array[:, :2].min(axis=0), array[:, 2:].max(axis=0)
            room = max(60.0, 0.1 * float((high - low).max()))
            self._window.rooms.zoom_to((*(low - room).tolist(), *(high + room).tolist()))
            self._window.raise_()
            self._window.activateWindow()

    def _save_report(self) -> None:
        if self._prepared is not None:
            self.saving.report(self._prepared.plan, self._applied)

    def _save_rejected(self) -> None:
        if self._prepared is not None:
            self.saving.rejected(self._prepared.plan, self._applied)

    # State ----------------------------------------------------------------------------------------------------------
    def cancel_work(self) -> None:
        """Stop reading, staging or importing: the project stays as it is."""
        if self._importing is not None:
            self._importing.cancel()
        elif self.preparation.busy:
            self.preparation.cancel()
            self.problem.setText(tr("Stopped. Any choice on the left, or the file in the list, begins again."))
            self._refresh()

    def _stepped(self, job: Job | None) -> None:
        self.foot.show_job(job)
        self._refresh()

    def _refresh(self) -> None:
        page, prepared = self.pages.currentWidget(), self._prepared
        writing = self._importing is not None
        self.file_label.setText(self._path.name if self._path is not None else tr("Bring field data home"))
        self.facts.setText(self._facts())
        self.problem.setVisible(bool(self.problem.text()) and page is self.split)
        self.foot.setVisible(page is self.split)
        for widget in (self.choices, self.mode, self.choose, self.queue, self.workbench.card):
            widget.setEnabled(not writing)
        self.with_choices.setVisible(page is self.split)
        left = undecided(prepared, self.deciding.decisions) if prepared is not None else 0
        self.conflicts.setVisible(left > 0 and not writing)
        self.conflicts.setText(tr("Decide {count} conflicts…", count=number(left)))
        self.mode.setVisible(prepared is not None)
        new, changed = self.deciding.to_write()
        self.import_button.setEnabled(self.able)
        self.import_button.setText(tr("Import {count}", count=number(new + changed)) if new + changed else tr("Import"))
        said = ""
        refused, came_to = self.deciding.refused, self.deciding.came_to
        if refused is not None:
            said = refused.message(language())
        elif prepared is not None and came_to:
            rest = prepared.plan.counts()["read"] - new - changed
            said = tr("{new} to add, {changed} to update, {rest} rows are left.",
                      new=number(new), changed=number(changed), rest=number(rest))  # fmt: skip
            for made in came_to:
                if made.cls in prepared.plan.made and len(made.new):
                    label = self._window.session.catalogue[made.cls].label.text(language())
                    said += " " + tr("{count} × {label} made for them.", count=number(len(made.new)), label=label)
        self.foot.say(said, refused is not None)

    def _facts(self) -> str:
        said = {"delimited": tr("text table"), "photos": tr("photos"), "field project": tr("field project")}
        parts = [said.get(self._format, self._format)] if self._raw is not None else []
        if self._raw is not None:
            parts.append(tr("{count} rows", count=number(len(self._raw) + len(self._raw.unreadable))))
            parts.append(tr("{count} columns", count=number(len(self._raw.columns))))
        return " · ".join(parts)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take local files and folders."""
        if self._importing is None and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """They join the list; the first of them is shown."""
        self.open_paths(url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile())

    def reject(self) -> None:
        """Escape puts the card away, then stops what is under way, then closes."""
        if self.pages.currentWidget() is self.split and self._importing is None:
            if self.workbench.hide_card():
                return
            if self.preparation.busy:
                self.cancel_work()
                return
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Reading stops; an import under way goes on and tells its end."""
        self._let_go()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """As closing."""
        self._let_go()
        super().done(result)

    def _let_go(self) -> None:
        self._later.stop()
        self.preparation.cancel()
        self.deciding.forget()
        self._prepared = None
        self.workbench.clear()
        self.workbench.stop()


def imported_said(plan: ImportPlan, applied: Applied) -> str:
    """What was imported, in a sentence."""
    return tr(
        "Imported {file}: {new} new, {changed} changed, {rejected} rejected. Undo takes it back.",
        file=plan.file, new=number(applied.new), changed=number(applied.changed),
        rejected=number(plan.counts()["rejected"]),
    )  # fmt: skip


def _rule() -> QFrame:
    rule = QFrame()
    rule.setProperty("role", "rule")
    rule.setFixedHeight(1)
    return rule
