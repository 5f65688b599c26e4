"""What a report shall tell, in which language and where it goes; it is written in the background and opened then."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDate, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.jobs import Job
from desktop.sheets.application import ensure_application
from desktop.sheets.report.writing import write_report
from desktop.shell.formatting import moment
from desktop.shell.words import language, mark, tr, worded
from gis.project.analysis import run_title
from gis.project.report import SECTIONS, ReportWish

NAMES = {
    "summary": mark("report|Summary with key figures"),
    "targets": mark("report|State of the targets"),
    "inventory": mark("report|Inventory with map"),
    "coverage": mark("report|Coverage with maps and method"),
    "quality": mark("report|Quality of the data"),
    "changes": mark("report|Changes since"),
    "tables": mark("report|Full tables"),
    "definitions": mark("report|Definitions"),
}
_LANGUAGES = (("zh", "中文"), ("en", "English"))


class ReportDialog(QDialog):
    """Belongs to one window and its project; ``wish`` is what would be written."""

    def __init__(self, window: Any) -> None:
        super().__init__(window if isinstance(window, QWidget) else None)
        self._window, self._session = window, window.session
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("report|Report"))
        self.area, self.language_ = QComboBox(), QComboBox()
        self.title, self.maker = QLineEdit(), QLineEdit()
        self.runs = QListWidget()
        self.since = QDateEdit(QDate.currentDate().addMonths(-3))
        self.since.setCalendarPopup(True)
        self.since.setDisplayFormat("yyyy-MM-dd")
        self.sections = {name: QCheckBox(tr(NAMES[name])) for name in SECTIONS}
        for name, box in self.sections.items():
            box.setChecked(name != "changes")
            box.toggled.connect(self._say)
        self.facts = QLabel()
        self.facts.setProperty("role", "soft")
        self.facts.setWordWrap(True)
        self.save, self.tables, self.close_ = QPushButton(), QPushButton(), QPushButton()
        self.save.setProperty("role", "primary")
        worded(self.save, "setText", "Write the report…")
        worded(self.tables, "setText", "Tables as XLSX…")
        worded(self.close_, "setText", "Close")
        self.save.clicked.connect(partial(self._ask, ".pdf"))
        self.tables.clicked.connect(partial(self._ask, ".xlsx"))
        self.close_.clicked.connect(self.close)
        self._lay_out()
        self._fill()
        self._say()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QWidget], ...] = (
            (mark("report|Title"), self.title),
            (mark("report|Made by"), self.maker),
            (mark("report|Area"), self.area),
            (mark("report|Language"), self.language_),
        )
        for place, (text, editor) in enumerate(rows):
            said = QLabel()
            said.setProperty("role", "soft")
            said.setBuddy(editor)
            worded(said, "setText", text)
            worded(editor, "setAccessibleName", text)
            grid.addWidget(said, place, 0)
            grid.addWidget(editor, place, 1)
        chosen = QVBoxLayout()
        chosen.setSpacing(6)
        chosen.addWidget(_headed("report|Chapters"))
        for name, box in self.sections.items():
            if name == "changes":
                row = QHBoxLayout()
                row.addWidget(box)
                row.addWidget(self.since)
                row.addStretch(1)
                chosen.addLayout(row)
            else:
                chosen.addWidget(box)
        chosen.addStretch(1)
        listed = QVBoxLayout()
        listed.setSpacing(6)
        listed.addWidget(_headed("report|Analyses"))
        listed.addWidget(self.runs, 1)
        worded(self.runs, "setAccessibleName", "report|Analyses")
        worded(self.since, "setAccessibleName", "report|Changes since")
        middle = QHBoxLayout()
        middle.setSpacing(24)
        middle.addLayout(chosen)
        middle.addLayout(listed, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.tables)
        foot.addStretch(1)
        foot.addWidget(self.close_)
        foot.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addLayout(grid)
        column.addLayout(middle, 1)
        column.addWidget(self.facts)
        column.addLayout(foot)
        self.runs.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.runs.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(700, 500)

    def _fill(self) -> None:
        """Areas and runs; of each kind and technology the newest is chosen."""
        self.area.addItem(tr("Whole city"), None)
        found = self._session.columns("area", ["code", "name"], where="\"level\" = 'county'", geometry=False)
        pairs = zip(found.fields["code"], found.fields["name"], strict=True)
        for code, name in sorted((str(code or ""), str(name or code or "")) for code, name in pairs):
            if code:
                self.area.addItem(name, code)
        for code, name in _LANGUAGES:
            self.language_.addItem(name, code)
        self.language_.setCurrentIndex(self.language_.findData(language()))
        self.title.setPlaceholderText(tr("report|Named after the city"))
        self.maker.setPlaceholderText(tr("report|Office that issues it"))
        met = set()
        runs = [run for run in self._session.runs() if run.kind in ("wifi", "cells")]
        for run in sorted(runs, key=lambda run: -(run.id or 0)):
            key = (run.kind, run.summary.get("technology"), run.params.get("area"))
            where = f"  ·  {run.params['area']}" if run.params.get("area") else ""
            item = QListWidgetItem(f"{run.id}  ·  {run_title(run, language())}{where}  ·  {moment(run.started_at)}")
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked if key in met else Qt.CheckState.Checked)
            item.setData(Qt.ItemDataRole.UserRole, run.id)
            met.add(key)
            self.runs.addItem(item)
        self.runs.itemChanged.connect(self._say)

    @property
    def wish(self) -> ReportWish:
        """What is chosen."""
        sections = tuple(name for name, box in self.sections.items() if box.isChecked())
        items = [self.runs.item(i) for i in range(self.runs.count())]
        runs = sorted(i.data(Qt.ItemDataRole.UserRole) for i in items if i.checkState() == Qt.CheckState.Checked)
        changes = "changes" in sections
        return ReportWish(
            area=self.area.currentData(),
            runs=tuple(runs),
            sections=sections,
            since=self.since.date().toString("yyyy-MM-dd") if changes else "",
            title=self.title.text().strip(),
            maker=self.maker.text().strip(),
        )

    def write_to(self, target: Path) -> Job:
        """Write the report as chosen, in the background; the dialog has done its work."""
        session, wish, said = self._session, self.wish, self.language_.currentData()
        window = self._window
        ensure_application()
        job: Job = window.jobs.start(
            tr("Writing {name}", name=target.name),
            lambda progress: write_report(session, wish, target, language=said, progress=progress),
            partial(_written, window),
        )
        self.close()
        return job

    def _ask(self, ending: str, _checked: bool = False) -> None:
        proposed = self._session.path.with_name(f"{self._session.path.stem} {tr('report|Report')}{ending}")
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Write the report…"), str(proposed), f"*{ending}")
        if chosen:
            target = Path(chosen)
            self.write_to(target if target.suffix.lower() == ending else target.with_name(target.name + ending))

    def _say(self, *_changed: object) -> None:
        self.since.setEnabled(self.sections["changes"].isChecked())
        some = any(box.isChecked() for box in self.sections.values())
        self.save.setEnabled(some)
        self.tables.setEnabled(some)
        if not some:
            self.facts.setText(tr("report|Choose at least one chapter."))
        elif not self.runs.count():
            self.facts.setText(tr("report|There is no analysis yet; the report says so and what to do."))
        else:
            self.facts.setText(tr("report|A4 with a map page for each analysis; the tables also go into a workbook."))


def _headed(text: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", "title")
    worded(label, "setText", text)
    return label


def _written(window: Any, files: list[Path]) -> None:
    window.notify(tr("Report written: {path}", path=str(files[0])), "success")
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(files[0])))


def open_report(window: Any) -> None:
    """Show the dialog of the window's project."""
    ReportDialog(window).show()
