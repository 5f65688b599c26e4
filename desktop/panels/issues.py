"""The issues: what the checks have found, shown on the map, mended one by one or all alike, ignored with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QTableView,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.issues_detail import IssueDetail
from desktop.panels.issues_model import SEVERITIES, IssuesModel, Listed, Wanted, listed, severity_icon
from desktop.panels.issues_watch import IssueWatch
from desktop.shell.formatting import moment, number
from desktop.shell.icons import icon
from desktop.shell.notices import notify
from desktop.shell.words import language, tr, worded, words
from desktop.shell.workspace import Workspace
from gis.checks import Issue, known_rules

_RULE = Qt.ItemDataRole.UserRole
_NARROW = 400  # px of the list
_MARKED = 5000  # so many features are selected on the map at once


class IssuesPanel(QWidget):
    """Rules at the left, their issues in the middle, what can be done at the right."""

    place_wanted = Signal(float, float, str)  # show this place, with a word
    box_wanted = Signal()  # check what is on the map: somebody answers by `check_box`
    errors_changed = Signal(int)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._asked = 0
        self._filling = False
        self._shown = Listed()
        self.watch = IssueWatch(workspace, self)
        self._wait = QTimer(self, singleShot=True, interval=200)
        self._wait.timeout.connect(self.reload)
        self._look = QTimer(self, singleShot=True, interval=120)
        self._look.timeout.connect(self._show_place)
        self._make_head()
        self._make_lists()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head)
        column.addWidget(self._split, 1)
        column.addWidget(self._empty, 1)
        self.filter.textChanged.connect(self._wait.start)
        for box in (self.severities, self.classes):
            box.activated.connect(self.reload)
        self.show_ignored.toggled.connect(self.reload)
        self.watch.changed.connect(self.reload)
        self.watch.running_changed.connect(self._tell_running)
        workspace.session_changed.connect(self._session_changed)
        workspace.selection_changed.connect(self._tell_running)
        words().changed.connect(self._say)
        self._say()

    # Building -------------------------------------------------------------------------------------------------------
    def _make_head(self) -> None:
        self.run = QToolButton()
        self.run.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.run.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.run.setIcon(icon("mdi6.clipboard-check-outline", "accent"))
        self.run.clicked.connect(self._run_or_stop)
        self._runs = QMenu(self.run)
        self.run_whole = self._runs.addAction("", self.watch.run)
        self.run_map = self._runs.addAction("", self.box_wanted.emit)
        self.run_selected = self._runs.addAction("", self._run_on_selection)
        self.run.setMenu(self._runs)
        self.progress = QProgressBar()
        self.progress.setFixedWidth(120)
        self.progress.setTextVisible(False)
        worded(self.progress, "setAccessibleName", "Progress of the check")
        self.severities, self.classes = QComboBox(), QComboBox()
        worded(self.severities, "setAccessibleName", "Severity")
        worded(self.classes, "setAccessibleName", "Feature class")
        self.classes.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.classes.setMaxVisibleItems(24)
        self.filter = QLineEdit()
        self.filter.setClearButtonEnabled(True)
        self.filter.setMinimumWidth(88)
        self.filter.setMaximumWidth(168)
        worded(self.filter, "setPlaceholderText", "Filter issues")
        worded(self.filter, "setAccessibleName", "Filter issues")
        self.show_ignored = QCheckBox()
        self.state = QLabel()
        self.state.setProperty("role", "soft")
        self.state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.state.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.rules_button = _quiet("mdi6.tune-variant", "Rules and limits")
        self.rules_button.clicked.connect(self.open_rules)
        self.report_button = _quiet("mdi6.file-export-outline", "Write a report…")
        self.report_button.clicked.connect(self.ask_report)
        self._head = QHBoxLayout()
        self._head.setContentsMargins(16, 4, 16, 4)
        self._head.setSpacing(8)
        for widget in (self.run, self.progress, self.severities, self.classes, self.filter, self.show_ignored):
            self._head.addWidget(widget)
        self._head.addWidget(self.state, 1)
        for widget in (self.rules_button, self.report_button):
            self._head.addWidget(widget)

    def _make_lists(self) -> None:
        self.rules = QTreeWidget()
        self.rules.setColumnCount(2)
        self.rules.setHeaderHidden(True)
        self.rules.setRootIsDecorated(False)
        self.rules.setUniformRowHeights(True)
        self.rules.setIconSize(QSize(16, 16))
        self.rules.header().setStretchLastSection(False)
        self.rules.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.rules.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.rules.currentItemChanged.connect(self._rule_chosen)
        worded(self.rules, "setAccessibleName", "Rules")
        self.model = IssuesModel(self)
        view = self.view = QTableView()
        view.setModel(self.model)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setIconSize(QSize(16, 16))
        view.setFrameShape(QTableView.Shape.NoFrame)
        view.setTabKeyNavigation(False)
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setDefaultSectionSize(28)
        view.verticalHeader().hide()
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in ((1, 104), (2, 72)):
            view.setColumnWidth(column, width)
        worded(view, "setAccessibleName", "Issues")
        view.selectionModel().selectionChanged.connect(self._chosen)
        view.clicked.connect(self._look_soon)
        view.activated.connect(self._look_soon)
        self.detail = IssueDetail()
        self.detail.fix.connect(self._fix)
        self.detail.ignore.connect(self._ignore)
        self.detail.take_back.connect(self._take_back)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        for widget in (self.rules, view, self.detail):
            self._split.addWidget(widget)
        self._split.setSizes([200, 360, 256])
        self._split.setStretchFactor(1, 1)
        for widget, least in ((self.rules, 160), (view, 240), (self.detail, 240)):
            widget.setMinimumWidth(least)
        self._split.splitterMoved.connect(self._fit)
        self._empty = QLabel()
        self._empty.setProperty("role", "soft")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window what is wrong comes before of which class it is."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self, *_sizes: object) -> None:
        self.view.setColumnHidden(2, self.view.width() < _NARROW)
        said = self._state_text()
        fits = self.state.width() >= self.state.fontMetrics().horizontalAdvance(said)
        self.state.setText(said if fits else "")
        self.run.setToolTip(said)

    # What others ask for --------------------------------------------------------------------------------------------
    def check_box(self, box: Any) -> None:
        """Check what lies in a rectangle of the project."""
        self.watch.run_in(box)

    def reload(self, *_why: object) -> None:
        """Choose anew what is listed, in a worker."""
        checking = self.watch.checking
        self._asked += 1
        if checking is None:
            self._arrived(self._asked, Listed())
            return
        asked = self._asked
        wanted = Wanted(
            self._rule(), self.severities.currentData() or "", self.classes.currentData() or "",
            self.filter.text().strip(), self.show_ignored.isChecked(), language(),
        )  # fmt: skip
        self._workspace.jobs.quiet(lambda progress: listed(checking, wanted), lambda found: self._arrived(asked, found))

    def open_rules(self) -> None:
        """The rules with their limits."""
        from desktop.panels.issues_rules import RulesDialog

        if self.watch.checking is not None:
            RulesDialog(self.watch, self.window()).show()

    def ask_report(self) -> None:
        """Ask for a file and write the report into it."""
        session = self._workspace.session
        if session is None:
            return
        start = str(session.path.with_name(f"{session.path.stem}-{tr('checks')}.html"))
        kinds = f"{tr('Web page')} (*.html);;{tr('Table')} (*.csv);;JSON (*.json)"
        path, _ = QFileDialog.getSaveFileName(self, tr("Write a report…"), start, kinds)
        if path:
            self.write_report(Path(path))

    def write_report(self, path: Path) -> None:
        """Write all that is known into a file, by its ending."""
        from gis.project.check_report import write_report

        checking, said = self.watch.checking, language()
        if checking is not None:
            self._workspace.jobs.start(
                tr("Writing the report"), lambda progress: write_report(checking, path, said),
                lambda _done: notify(tr("The report stands in {file}", file=path.name)),
            )  # fmt: skip

    # Hearing --------------------------------------------------------------------------------------------------------
    def _session_changed(self) -> None:
        self.filter.clear()
        self.show_ignored.setChecked(False)
        self.reload()

    def _arrived(self, asked: int, found: Listed) -> None:
        if asked != self._asked:
            return
        kept = {issue.key for issue in self._chosen_issues()}
        current = self.view.currentIndex().row()
        self._shown = found
        self._filling = True
        self._fill_rules(found)
        self._fill_choices(found)
        self.model.show(self.watch.checking, found.issues)
        rows = [row for row, issue in enumerate(found.issues) if issue.key in kept] if kept else []
        if kept and not rows and found.issues and self.view.hasFocus():  # mended: go on with the next
            self.view.setCurrentIndex(self.model.index(min(max(current, 0), len(found.issues) - 1), 0))
        for row in rows[:_MARKED]:
            flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
            self.view.selectionModel().select(self.model.index(row, 0), flags)
        if rows:
            self.view.selectionModel().setCurrentIndex(
                self.model.index(rows[0], 0), QItemSelectionModel.SelectionFlag.NoUpdate
            )
        self._filling = False
        self._tell_chosen()
        self._tell_running()
        self.errors_changed.emit(found.severities.get("error", 0))

    def _fill_rules(self, found: Listed) -> None:
        chosen = self._rule()
        known = sorted(known_rules().items(), key=lambda entry: list(SEVERITIES).index(entry[1].severity))
        self.rules.clear()
        everything = QTreeWidgetItem([tr("All rules"), number(sum(found.rules.values()))])
        self.rules.addTopLevelItem(everything)
        self.rules.setCurrentItem(everything)
        for name, rule in known:
            count = found.rules.get(name, 0)
            if not count and name != chosen:
                continue
            item = QTreeWidgetItem([rule.title(language()), number(count)])
            item.setIcon(0, severity_icon(rule.severity))
            item.setData(0, _RULE, name)
            item.setToolTip(0, rule.title(language()))
            self.rules.addTopLevelItem(item)
            if name == chosen:
                self.rules.setCurrentItem(item)
        for i in range(self.rules.topLevelItemCount()):
            self.rules.topLevelItem(i).setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _fill_choices(self, found: Listed) -> None:
        severity, cls = self.severities.currentData(), self.classes.currentData()
        self.severities.clear()
        self.severities.addItem(tr("Any severity"), "")
        for name, (text, _, _) in SEVERITIES.items():
            said = f"{tr(text)} {number(found.severities.get(name, 0))}"
            self.severities.addItem(severity_icon(name), said, name)
        self.severities.setCurrentIndex(max(0, self.severities.findData(severity)))
        self.classes.clear()
        self.classes.addItem(tr("Any class"), "")
        catalogue = self._workspace.session.catalogue if self._workspace.session is not None else ()
        for kind in catalogue:
            if kind.name in found.classes or kind.name == cls:
                self.classes.addItem(kind.label.text(language()), kind.name)
        self.classes.setCurrentIndex(max(0, self.classes.findData(cls)))
        self.show_ignored.setText(tr("Ignored ({count})", count=number(found.count_ignored)))

    def _rule(self) -> str:
        item = self.rules.currentItem()
        return (item.data(0, _RULE) or "") if item is not None else ""

    def _rule_chosen(self, *_items: object) -> None:
        if not self._filling:
            self.reload()

    # Choosing -------------------------------------------------------------------------------------------------------
    def _chosen_issues(self) -> list[Issue]:
        rows = (r for part in self.view.selectionModel().selection() for r in range(part.top(), part.bottom() + 1))
        return [self.model.issues[row] for row in sorted(set(rows)) if row < len(self.model.issues)]

    def _chosen(self, *_parts: object) -> None:
        if self._filling:
            return
        self._tell_chosen()
        self._look.start()

    def _look_soon(self, _index: object) -> None:
        self._look.start()

    def _show_place(self) -> None:
        chosen = self._chosen_issues()
        if not chosen:
            return
        selection: dict[str, list[int]] = {}
        for issue in chosen[:_MARKED]:
            selection.setdefault(issue.cls, []).extend(issue.ids)
        self._workspace.select(selection)
        if len(chosen) == 1 and chosen[0].place is not None:
            self.place_wanted.emit(*chosen[0].place, chosen[0].text(language()))

    def _tell_chosen(self) -> None:
        checking, chosen = self.watch.checking, self._chosen_issues()
        if not chosen or checking is None:
            self.detail.show_issues([], None, {}, None, False)
            return
        first = chosen[0]
        alike = {fix.code: len(self._same(first.rule, fix.code, self.model.issues)) for fix in first.fixes}
        rule = known_rules()[first.rule]
        self.detail.show_issues(chosen, rule, alike, self._shown.ignored.get(first.key), self._workspace.editable)

    def _fix(self, code: str, alike: bool) -> None:
        chosen = self._chosen_issues()
        if not chosen:
            return
        self.watch.fix(self._same(chosen[0].rule, code, self.model.issues if alike else chosen), code)

    def _same(self, rule: str, code: str, among: Sequence[Issue]) -> list[Issue]:
        return [issue for issue in among if issue.rule == rule and any(fix.code == code for fix in issue.fixes)]

    def _ignore(self, reason: str) -> None:
        self.watch.ignore([issue.key for issue in self._chosen_issues()], reason)

    def _take_back(self) -> None:
        self.watch.take_back([issue.key for issue in self._chosen_issues()])

    # Running --------------------------------------------------------------------------------------------------------
    def _run_or_stop(self) -> None:
        if self.watch.running:
            self.watch.cancel()
        else:
            self.watch.run()

    def _run_on_selection(self) -> None:
        self.watch.run_on(dict(self._workspace.selection))

    def _tell_running(self, *_what: object) -> None:
        running, open_ = self.watch.running, self._workspace.session is not None
        self.run.setText(tr("Stop") if running else tr("Check now"))
        self.run.setEnabled(open_)
        self.run_selected.setEnabled(bool(self._workspace.selection))
        self.progress.setVisible(running)
        job = self.watch.job
        share = job.share if job is not None else None
        self.progress.setRange(0, 0 if share is None else 100)
        self.progress.setValue(round((share or 0) * 100))
        checking = self.watch.checking
        known = checking is not None and (checking.last is not None or bool(self._shown.issues))
        narrowed = bool(self.filter.text() or self._shown.severities or self._shown.count_ignored)
        self._split.setVisible(known and (narrowed or bool(self._shown.issues)))
        self._empty.setVisible(self._split.isHidden())
        self._empty.setText(self._empty_text(known))
        self._fit()
        self.state.setToolTip(tr("More was changed than could be followed; run the checks again.")
                              if checking is not None and checking.outdated else "")  # fmt: skip

    def _empty_text(self, known: bool) -> str:
        if known:
            return tr("Nothing is wrong: every rule is kept.")
        return tr("Check the project to see what is wrong in it. What you edit is checked by itself.")

    def _state_text(self) -> str:
        checking = self.watch.checking
        if checking is None or checking.last is None:
            return ""
        said = tr("Checked {at}", at=moment(checking.last.at))
        return f"{said} · {tr('out of date')}" if checking.outdated else said

    def _say(self, *_language: object) -> None:
        self.run_whole.setText(tr("Check the whole project"))
        self.run_map.setText(tr("Check what is on the map"))
        self.run_selected.setText(tr("Check the selection"))
        self.reload()
        self._tell_running()


def _quiet(name: str, text: str) -> QPushButton:
    button = QPushButton()
    button.setIcon(icon(name, "text_soft"))
    button.setFixedWidth(36)
    worded(button, "setToolTip", text)
    worded(button, "setAccessibleName", text)
    return button
