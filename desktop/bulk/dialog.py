"""The dialog of bulk changes: which features, what to do, what each would become, and one button."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSplitter,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.bulk.pages import KINDS, Page
from desktop.bulk.preview import Picture, PreviewModel, look
from desktop.bulk.saved import SavedButton
from desktop.forms.fields import dress
from desktop.jobs.runner import Job
from desktop.shell.formatting import number
from desktop.shell.notices import notify
from desktop.shell.words import language, mark, tr, worded, words
from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.project.bulk import Scope, carry_out
from gis.query import compile_filter

_REST_MS = 350
_SCOPES = (("selected", mark("Selected features")), ("table", mark("Rows of the table")), ("all", mark("All features")))


class BulkDialog(QDialog):
    """Non-modal; ``window`` gives workspace and table. What is shown follows every edit; nothing is written before
    the button is pressed, and then as one undo step."""

    def __init__(self, window: Any) -> None:
        super().__init__(window)
        self._window, self._workspace = window, window.workspace
        self._job: Job | None = None
        self._picture: Picture | None = None
        self._writing = False
        self._ids: dict[str, NDArray[np.int64] | None] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1080, 620)
        self.setMinimumSize(860, 520)
        self.classes, self.scope = QComboBox(), QComboBox()
        self.classes.setMaxVisibleItems(24)
        self.classes.setMinimumWidth(168)
        self.scope.setMinimumWidth(200)
        self.where = QLineEdit()
        self.where.setClearButtonEnabled(True)
        self.pages: dict[str, Page] = {key: made() for key, (made, _) in KINDS.items()}
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setMinimumWidth(432)
        self.model = PreviewModel()
        self.model.restricted = self._workspace.settings.now.show_restricted
        self.saved = SavedButton(window.workspace)
        self.counts, self.said = QLabel(), QLabel()
        self.only_fitting = QCheckBox()
        self.bar = QProgressBar()
        self.apply, self.close_ = QPushButton(), QPushButton()
        self._build()
        self._later = QTimer(self, singleShot=True, interval=_REST_MS)
        self._later.timeout.connect(self.preview)
        self._connect()
        self._say()
        self._opened()

    # The face -------------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        worded(self.classes, "setAccessibleName", "Feature class")
        worded(self.scope, "setAccessibleName", "Which features")
        worded(self.where, "setPlaceholderText", "Only where, e.g. height_m > 20")
        worded(self.where, "setAccessibleName", "Only where")
        worded(self.only_fitting, "setText", "Only those that fit")
        worded(self.close_, "setText", "Close")
        self.apply.setProperty("role", "primary")
        self.apply.setDefault(True)
        head = QHBoxLayout()
        head.setContentsMargins(16, 12, 16, 12)
        head.setSpacing(8)
        for widget in (self.classes, self.scope):
            head.addWidget(widget)
        head.addWidget(self.where, 1)
        head.addWidget(self.saved)
        for key, page in self.pages.items():
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setWidget(page)
            self.tabs.addTab(area, key)
        view = self.view = QTableView()
        view.setModel(self.model)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setFrameShape(QTableView.Shape.NoFrame)
        view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        view.setTabKeyNavigation(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(28)
        view.horizontalHeader().setHighlightSections(False)
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        view.horizontalHeader().setStretchLastSection(True)
        for section, width in enumerate((160, 96, 120, 136)):
            view.setColumnWidth(section, width)
        worded(view, "setAccessibleName", "Preview")
        self.said.setProperty("role", "soft")
        self.said.setWordWrap(True)
        self.said.setContentsMargins(16, 16, 16, 16)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.said)
        column.addWidget(view, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.tabs)
        split.addWidget(right)
        split.setSizes([432, 648])
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 12, 16, 12)
        foot.setSpacing(16)
        self.bar.setFixedWidth(120)
        self.bar.setTextVisible(False)
        foot.addWidget(self.counts, 1)
        for widget in (self.bar, self.only_fitting, self.close_, self.apply):
            foot.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(head)
        outer.addWidget(_rule())
        outer.addWidget(split, 1)
        outer.addWidget(_rule())
        outer.addLayout(foot)

    def _connect(self) -> None:
        self.classes.activated.connect(self._class_chosen)
        self.scope.currentIndexChanged.connect(self._asked)
        self.where.textChanged.connect(self._asked)
        self.tabs.currentChanged.connect(self._asked)
        for page in self.pages.values():
            page.changed.connect(self._asked)
        self.only_fitting.toggled.connect(self._tell)
        self.apply.clicked.connect(self.carry_out)
        self.close_.clicked.connect(self.close)
        self.saved.chosen.connect(self.load)
        self._workspace.changed.connect(self._edited)
        self._workspace.selection_changed.connect(self._scopes)
        self._workspace.session_leaving.connect(self.close)
        words().changed.connect(self._say)

    def _opened(self) -> None:
        """The class of the selection where there is one of a kind, else that of the table."""
        selection = self._workspace.selection
        name = next(iter(selection)) if len(selection) == 1 else self._workspace.current_class
        self.classes.setCurrentIndex(max(0, self.classes.findData(name)))
        self._class_chosen()

    def _say(self, *_language: object) -> None:
        self.setWindowTitle(tr("Bulk change"))
        chosen = self.classes.currentData()
        self.classes.clear()
        for cls in self._workspace.session.catalogue:
            self.classes.addItem(cls.label.text(language()), cls.name)
        self.classes.setCurrentIndex(self.classes.findData(chosen))
        for place, page in enumerate(self.pages.values()):
            self.tabs.setTabText(place, tr(page.title))
        if chosen:
            self._scopes()

    # What is asked --------------------------------------------------------------------------------------------------
    @property
    def cls(self) -> FeatureClass:
        """The class that is changed."""
        found: FeatureClass = self._workspace.session.catalogue[self.classes.currentData()]
        return found

    @property
    def page(self) -> Page:
        """The page on top."""
        return list(self.pages.values())[self.tabs.currentIndex()]

    def show_page(self, kind: str) -> None:
        """Put a page on top: calculate, replace, place, number."""
        self.tabs.setCurrentIndex(list(self.pages).index(kind))

    def load(self, cls: str, body: dict[str, Any]) -> None:
        """Show a saved operation."""
        if self.classes.findData(cls) >= 0:
            self.classes.setCurrentIndex(self.classes.findData(cls))
            self._class_chosen()
        self.show_page(body["kind"])
        try:
            self.page.load(body)
        except (KeyError, TypeError, ValueError, IndexError):
            notify(tr("This saved calculation cannot be read."), "warning")

    def _class_chosen(self, *_: object) -> None:
        for page in self.pages.values():
            page.show_class(self.cls, self._workspace.session.catalogue)
        self._scopes()

    def _scopes(self, *_: object) -> None:
        """Which features can be meant now: those selected, those the table shows, all."""
        name, table = self.cls.name, self._window.table
        selected = self._workspace.selection.get(name)
        shown = table.model.cls is not None and table.model.cls.name == name
        shown = shown and bool(table.filter.text().strip() or table.only_selected.isChecked())
        self._ids = {"selected": selected, "table": table.model.ids if shown else None, "all": None}
        chosen = self.scope.currentData()
        self.scope.blockSignals(True)
        self.scope.clear()
        for key, text in _SCOPES:
            ids = self._ids[key]
            if ids is not None:
                self.scope.addItem(f"{tr(text)} ({number(len(ids))})", key)
            elif key == "all":
                self.scope.addItem(tr(text), key)
        self.scope.setCurrentIndex(max(0, self.scope.findData(chosen)) if chosen != "all" or selected is None else 0)
        self.scope.blockSignals(False)
        self._asked()

    def wish(self) -> Scope:
        """The features that are meant."""
        return Scope(self.cls.name, self._ids.get(self.scope.currentData()), self.where.text().strip() or None)

    def _asked(self, *_: object) -> None:
        """Something else is wanted: what was shown holds no longer."""
        if self._job is not None and not self._writing:
            self._job.cancel()
            self._job = None
        self._picture = None
        wrong = self._wrong_where()
        dress(self.where, "wrong", wrong is not None)
        self.where.setToolTip("" if wrong is None else wrong.message(language()))
        self._later.start()
        self._tell()

    def _wrong_where(self) -> Refusal | None:
        try:
            if self.where.text().strip():
                compile_filter(self.where.text(), self.cls, self._workspace.session.catalogue)
        except Refusal as refusal:
            return refusal
        return None

    def _edited(self, changed: Any) -> None:
        if not self._writing and (self.cls.name in changed.classes or "area" in changed.classes):
            self._asked()

    # What it would do -----------------------------------------------------------------------------------------------
    def preview(self) -> None:
        """Propose in a worker; what is asked meanwhile cancels it."""
        operation = self.page.operation()
        session = self._workspace.session
        if operation is None or session is None or self._writing or self._wrong_where() is not None:
            self._tell()
            return
        scope = self.wish()
        self._job = self._workspace.jobs.quiet(
            lambda progress: look(session, scope, operation, progress), self._seen, self._failed
        )
        self._job.changed.connect(self._advanced)
        self._tell()

    def _seen(self, picture: Picture) -> None:
        self._job = None
        self._picture = picture
        self._tell()

    def _failed(self, error: Exception) -> None:
        self._job, self._writing = None, False
        self._tell()
        if isinstance(error, Refusal):
            self._complain(error)
        else:
            notify(error)

    def _complain(self, refusal: Refusal) -> None:
        self.said.setText(f"{refusal.message(language())}\n{refusal.hint(language())}")
        self.said.show()
        self.view.hide()

    def _advanced(self, job: Job) -> None:
        if job is self._job and job.running:
            self.bar.setRange(0, 0 if job.share is None else 100)
            self.bar.setValue(round(100 * (job.share or 0)))

    def _tell(self, *_: object) -> None:
        picture, busy = self._picture, self._job is not None or self._writing
        self.model.show(picture)
        self.bar.setVisible(busy)
        wrong = self._wrong_where()
        if picture is not None:
            made = picture.proposal
            told = {name: number(count) for name, count in made.counts().items()}
            self.counts.setText(tr("{changed} change, {same} stay the same, {refused} do not fit", **told))
            some = made.changed > 0 and (not made.refused or self.only_fitting.isChecked())
            rows = len(made.ids) > 0
            self.said.setText("" if rows else tr("No feature is meant. Choose others above."))
            self.apply.setText(tr("Change {count}", count=number(made.changed)) if made.changed else tr("Change"))
        else:
            some, rows = False, False
            self.counts.setText(tr("Looking…") if busy else "")
            waiting = busy or (self._later.isActive() and self.page.operation() is not None)
            empty = tr("Say at the left what shall change; here you see what each feature would become.")
            self.said.setText(wrong.message(language()) if wrong else "" if waiting else empty)
            self.apply.setText(tr("Change"))
        self.only_fitting.setVisible(picture is not None and picture.proposal.refused > 0)
        self.view.setVisible(rows)
        self.said.setVisible(not rows)
        editable = self._workspace.editable
        self.apply.setEnabled(some and editable and not self._writing)
        self.apply.setToolTip("" if editable else tr("This project is read only."))
        refused = picture.proposal.refused if picture is not None else 0
        self.view.setColumnHidden(4, not refused)
        self.view.setColumnHidden(1, picture is not None and len(picture.proposal.parts) == 1)

    # Doing it -------------------------------------------------------------------------------------------------------
    def carry_out(self) -> None:
        """Write what is shown, as one undo step, after what is being written already."""
        operation, session, scope = self.page.operation(), self._workspace.session, self.wish()
        if operation is None or not self._workspace.editable or self._picture is None:
            return
        only = self.only_fitting.isChecked()
        self._writing = True
        self.saved.remember(self.cls.name, operation)
        self._job = self._workspace.writes.start(
            tr("Bulk change"),
            lambda progress: carry_out(session, scope, operation, only_fitting=only, progress=progress)[0],
            self._written, self._failed,
        )  # fmt: skip
        self._job.changed.connect(self._advanced)
        self._job.changed.connect(self._stopped)
        self._tell()

    def _stopped(self, job: Job) -> None:
        if not job.running and self._writing and job is self._job:
            self._writing, self._job = False, None
            self._asked()

    def _written(self, made: Any) -> None:
        notify(tr("{count} values changed; Undo takes all back.", count=number(made.changed)), "info")
        self._asked()

    def closeEvent(self, event: QCloseEvent) -> None:
        """A preview under way is given up; a write goes on."""
        self._later.stop()
        if self._job is not None:
            self._job.forget()
            if not self._writing:
                self._job.cancel()
        super().closeEvent(event)


def _rule() -> QFrame:
    made = QFrame()
    made.setProperty("role", "rule")
    made.setFixedHeight(1)
    return made
