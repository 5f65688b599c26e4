"""The import assistant: a file, what Yantu made of it, what each row will become, and one button."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.imports.choices import ChoicesPanel
from desktop.imports.preview import SHOWN_ROWS, PreviewModel
from desktop.jobs.runner import Job
from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded, words
from gis.errors import Refusal
from gis.exchange.formats import READABLE, read_raw
from gis.exchange.mapping import read_mapping, write_mapping
from gis.exchange.raw import RawTable
from gis.exchange.staging import Staged
from gis.progress import Progress
from gis.project.importing import Reading, apply_staged, stage_file, understand


class ImportAssistant(QDialog):
    """Non-modal; ``window`` gives session, jobs and notices. Nothing is written before Import is pressed."""

    def __init__(self, window: Any) -> None:
        super().__init__(window)
        self._window = window
        self._path: Path | None = None
        self._format = ""
        self._raw: RawTable | None = None
        self._reading: Reading | None = None
        self._staged: Staged | None = None
        self._job: Job | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(150)
        self._later.timeout.connect(self._understand)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.resize(1120, 680)
        self.setMinimumSize(880, 520)
        self.choices = ChoicesPanel(window.session.catalogue, window.session.crs.to_string())
        self.choices.changed.connect(self._later.start)
        self.choices.encoding_changed.connect(self._read)
        self.model = PreviewModel()
        self._build()
        self._say()
        words().changed.connect(self._say)
        self._refresh()

    # The face -------------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(16, 12, 16, 12)
        head.setSpacing(8)
        self.file_label = QLabel()
        self.file_label.setProperty("role", "title")
        self.file_label.setTextFormat(Qt.TextFormat.PlainText)
        self.choose = QPushButton(icon("mdi6.folder-open-outline"), "")
        worded(self.choose, "setText", "Choose a file…")
        self.choose.clicked.connect(self._choose)
        self.load_mapping = QToolButton()
        worded(self.load_mapping, "setText", "Open mapping…")
        self.load_mapping.clicked.connect(self._load_mapping)
        self.save_mapping = QToolButton()
        worded(self.save_mapping, "setText", "Save mapping…")
        self.save_mapping.clicked.connect(self._save_mapping)
        head.addWidget(self.file_label, 1)
        head.addWidget(self.load_mapping)
        head.addWidget(self.save_mapping)
        head.addWidget(self.choose)
        outer.addLayout(head)
        outer.addWidget(_rule())

        self.problem = QLabel()
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setContentsMargins(16, 8, 16, 8)
        outer.addWidget(self.problem)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.choices)
        split.addWidget(self._table())
        split.setSizes([380, 740])
        split.setStretchFactor(1, 1)
        split.setCollapsible(0, False)
        split.setCollapsible(1, False)
        outer.addWidget(split, 1)
        outer.addWidget(_rule())

        foot = QHBoxLayout()
        foot.setContentsMargins(16, 12, 16, 12)
        foot.setSpacing(16)
        self.counts = QLabel()
        self.counts.setAccessibleName("counts")
        self.bar = QProgressBar()
        self.bar.setFixedWidth(140)
        self.bar.setTextVisible(False)
        self.close_button = QPushButton()
        worded(self.close_button, "setText", "Close")
        self.close_button.clicked.connect(self.close)
        self.import_button = QPushButton()
        self.import_button.setProperty("role", "primary")
        self.import_button.setDefault(True)
        self.import_button.clicked.connect(self._import)
        foot.addWidget(self.counts, 1)
        foot.addWidget(self.bar)
        foot.addWidget(self.close_button)
        foot.addWidget(self.import_button)
        outer.addLayout(foot)

    def _table(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        tabs = QHBoxLayout()
        tabs.setContentsMargins(12, 8, 12, 8)
        tabs.setSpacing(4)
        self.all_rows, self.problem_rows = QToolButton(), QToolButton()
        group = QButtonGroup(page)
        for button in (self.all_rows, self.problem_rows):
            button.setCheckable(True)
            group.addButton(button)
            tabs.addWidget(button)
        self.all_rows.setChecked(True)
        self.problem_rows.toggled.connect(self._switch)
        tabs.addStretch(1)
        self.shown_hint = QLabel()
        self.shown_hint.setProperty("role", "faint")
        tabs.addWidget(self.shown_hint)
        column.addLayout(tabs)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(28)
        self.table.horizontalHeader().setDefaultSectionSize(130)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.empty = QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("role", "soft")
        self.empty.setWordWrap(True)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1)
        return page

    def _say(self) -> None:
        self.setWindowTitle(tr("Import"))
        self.table.setAccessibleName(tr("Preview"))
        self.empty.setText(tr("Choose a file, or drop one here.\n{formats}", formats=" ".join(READABLE)))
        self.model.show(self._reading, self._staged)
        self._refresh()

    def _switch(self, only_problems: bool) -> None:
        self.model.set_only_problems(only_problems)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(only_problems)
        self._widths()

    def _widths(self) -> None:
        self.table.setColumnWidth(0, 64)
        self.table.setColumnWidth(1, 84)

    # Reading --------------------------------------------------------------------------------------------------------
    def open_file(self, path: Path | str, cls: str | None = None) -> None:
        """Read a file and show what it would become; ``cls`` chooses the feature class."""
        self._path = Path(path)
        if cls is not None:
            self.choices.set_class(cls)
        self.choices.reset()
        self._read()

    def _choose(self) -> None:
        patterns = " ".join(f"*{ending}" for ending in READABLE)
        name, _ = QFileDialog.getOpenFileName(self, tr("Choose a file"), "", f"{tr('Field data')} ({patterns})")
        if name:
            self.open_file(name)

    def _read(self) -> None:
        if self._path is None:
            return
        path, dialect = self._path, self.choices.dialect
        prefer = self._window.session.catalogue[self.choices.cls].geometry
        self._raw = self._reading = self._staged = None
        self.file_label.setText(path.name)

        def work(progress: Progress) -> tuple[str, RawTable]:
            return read_raw(path, dialect, prefer=prefer, progress=progress)

        def done(result: tuple[str, RawTable]) -> None:
            self._format, self._raw = result
            self.choices.show_layers(self._raw)
            self._understand()

        self._run(work, done)

    def _understand(self) -> None:
        if self._raw is None or self._path is None:
            return
        session, path, form, raw = self._window.session, self._path, self._format, self._raw
        cls, choices = self.choices.cls, self.choices.choices()

        def work(progress: Progress) -> tuple[Reading, Staged]:
            reading = understand(session, path, form, raw, cls, choices)
            return reading, stage_file(session, reading, progress)

        def done(result: tuple[Reading, Staged]) -> None:
            self._reading, self._staged = result
            self.choices.show_reading(self._reading)
            self.model.show(self._reading, self._staged)
            self._widths()
            self._refresh()

        self._run(work, done)

    def _run(self, work: Callable[[Progress], Any], done: Callable[[Any], None]) -> None:
        """Run in a worker; only the newest answer counts."""
        if self._job is not None:
            self._job.cancel()

        def mine(then: Callable[[Any], None]) -> Callable[[Any], None]:
            def answer(result: Any) -> None:
                if self._job is job:
                    self._job = None
                    then(result)

            return answer

        self.problem.hide()
        job: Job = self._window.jobs.quiet(work, mine(done), mine(self._failed), of_project=False)
        self._job = job
        self._refresh()

    def _failed(self, error: Exception) -> None:
        self._reading = self._staged = None
        self.model.show(None, None)
        if isinstance(error, Refusal):
            wanted = language()
            self.problem.setText(f"{error.message(wanted)}\n{error.hint(wanted)}".strip())
            self.problem.show()
            if self._raw is not None:
                self.choices.show_columns(self._raw)
        else:
            self._window.notify(error)
        self._refresh()

    # Writing --------------------------------------------------------------------------------------------------------
    def _import(self) -> None:
        session, reading, staged = self._window.session, self._reading, self._staged
        if reading is None or staged is None:
            return
        counts = staged.counts()

        def work(progress: Progress) -> int | None:
            return apply_staged(session, reading, staged, progress=progress)

        def done(_seq: int | None) -> None:
            self._window.notify(
                tr("Imported {file}: {new} new, {changed} changed, {rejected} rejected. Undo takes it back.",
                   file=reading.path.name, **counts),
                "success",
            )  # fmt: skip

        self._window.jobs.start(tr("Import {file}", file=reading.path.name), work, done)
        self.close()

    def _load_mapping(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Open mapping"), "", "JSON (*.json)")
        if not name:
            return
        try:
            self.choices.set_mapping(read_mapping(Path(name), self._window.session.catalogue[self.choices.cls]))
        except Refusal as refusal:
            self._window.notify(refusal)
            return
        self._understand()

    def _save_mapping(self) -> None:
        if self._reading is None:
            return
        name, _ = QFileDialog.getSaveFileName(self, tr("Save mapping"), f"{self._reading.cls}.json", "JSON (*.json)")
        if name:
            write_mapping(self._reading.mapping, Path(name))

    # State ----------------------------------------------------------------------------------------------------------
    def _refresh(self) -> None:
        ready = self._staged is not None and self._job is None
        counts = self._staged.counts() if self._staged is not None else None
        self.bar.setVisible(self._job is not None)
        self.bar.setRange(0, 0)
        self.table.setVisible(self._reading is not None)
        self.empty.setVisible(self._reading is None)
        self.save_mapping.setEnabled(self._reading is not None)
        self.load_mapping.setEnabled(self._raw is not None)
        if self._path is None:
            self.file_label.setText(tr("Bring field data home"))
        if self.problem.text() == "" or self._reading is not None:
            self.problem.hide()
        work = (counts["new"] + counts["changed"]) if counts else 0
        self.import_button.setEnabled(ready and work > 0)
        self.import_button.setText(tr("Import {count}", count=f"{work:,}") if work else tr("Import"))
        self.all_rows.setText(tr("All rows"))
        problems = (counts["rejected"] + counts["conflict"]) if counts else 0
        self.problem_rows.setText(tr("Not taken ({count})", count=f"{problems:,}"))
        self.problem_rows.setEnabled(problems > 0)
        many = self._raw is not None and len(self._raw) > SHOWN_ROWS
        self.shown_hint.setText(tr("the first {count} rows", count=SHOWN_ROWS) if many else "")
        if counts is None:
            self.counts.setText(tr("Reading…") if self._job is not None else "")
        else:
            shown = {key: f"{value:,}" for key, value in counts.items()}
            text = tr("{read} rows: {new} new, {changed} changed, {same} same", **shown)
            if problems:
                text += tr(", {conflict} in conflict, {rejected} rejected", **shown)
            self.counts.setText(text)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.open_file(url.toLocalFile())
                break

    def done(self, result: int) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        super().done(result)


def _rule() -> QFrame:
    rule = QFrame()
    rule.setProperty("role", "rule")
    rule.setFixedHeight(1)
    return rule
