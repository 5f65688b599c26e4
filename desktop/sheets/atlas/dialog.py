"""The dialog of an atlas: what makes its pages, which of them, on what sheet, and what files come out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop.jobs import Job
from desktop.sheets.atlas.drafts import Drafts
from desktop.sheets.atlas.making import AtlasMade, atlas_made, atlas_order, expected_files, page_suffix
from desktop.sheets.atlas.order import AtlasOrder
from desktop.sheets.atlas.page_list import PageList
from desktop.sheets.atlas.source_form import SourceForm
from desktop.sheets.map_layers import map_layers
from desktop.shell.formatting import moment, number
from desktop.shell.words import language, mark, tr, worded
from gis.cartography.sheets.atlas import AtlasWish, Output, Plan, page_list, pages_text
from gis.cartography.sheets.atlas_names import safe_name
from gis.cartography.sheets.templates import sheet_template, template_names
from gis.errors import Refusal
from gis.progress import Progress
from gis.project.analysis import run_title
from gis.project.atlas import plan_pages
from gis.project.basemaps import SavedBaseMap
from gis.project.sheets import user_templates

_REST_MS = 300
_OUTPUTS: tuple[tuple[Output, str], ...] = (
    ("one", mark("One PDF with all pages")),
    ("files", mark("A file for each page")),
    ("groups", mark("A PDF for each group")),
)
_FORMATS = ((".pdf", "PDF"), (".png", "PNG"), (".svg", "SVG"), (".tif", "GeoTIFF"))


class AtlasDialog(QDialog):
    """Non-modal; ``window`` gives session and jobs. ``plan`` are all pages that the source makes, once counted."""

    def __init__(
        self, window: Any, template: str | None = None, *, own_layers: bool = False, base_maps: bool = True
    ) -> None:
        super().__init__(window if isinstance(window, QWidget) else None)
        self._window, self._session = window, window.session
        self.plan: Plan | None = None
        self.order: AtlasOrder | None = None
        self._request = 0
        cities = self._session.columns("area", ["name"], where="\"level\" = 'city'", geometry=False, limit=1)
        self._city = str(cities.fields["name"][0] or "") if len(cities) else ""
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Atlas"))
        self.resize(960, 640)
        self.setMinimumSize(820, 560)
        self.source = SourceForm(self._session)
        self.template, self.run, self.format = QComboBox(), QComboBox(), QComboBox()
        self.maker, self.approval = QLineEdit(), QLineEdit()
        self.contents, self.index, self.own_layers, self.base_maps = (QCheckBox() for _ in range(4))
        self.pages = QLineEdit()
        self.pages.setClearButtonEnabled(True)
        self.name = QLineEdit(AtlasWish().name)
        self.model = PageList(self)
        self.view = QTableView()
        self.counts, self.files, self.said = QLabel(), QLabel(), QLabel()
        self.outputs = QButtonGroup(self)
        self.start, self.close_, self.over = QPushButton(), QPushButton(), QPushButton()
        self._form: QFormLayout
        self._name_row = QWidget()
        self._build()
        self._fill(template)
        self.own_layers.setChecked(own_layers)
        self.base_maps.setChecked(base_maps)
        self._later = QTimer(self, singleShot=True, interval=_REST_MS)
        self._later.timeout.connect(self.look)
        self._connect()
        self.look()

    # The face -------------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        for box in (self.template, self.run):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(10)
        worded(self.contents, "setText", "List of pages in front")
        worded(self.index, "setText", "Index map in front")
        worded(self.own_layers, "setText", "Layers as on the map")
        worded(self.base_maps, "setText", "Base maps below")
        for check in (self.contents, self.index):
            check.setChecked(True)
        worded(self.pages, "setPlaceholderText", "All pages; or 3,5,7-10")
        worded(self.pages, "setAccessibleName", "Pages")
        worded(self.close_, "setText", "Close")
        worded(self.start, "setText", "Make the atlas…")
        worded(self.over, "setText", "Start over")
        self.start.setProperty("role", "primary")
        self.start.setDefault(True)
        self.over.setProperty("role", "link")
        self.over.hide()
        self.said.setWordWrap(True)
        self.counts.setProperty("role", "soft")
        self.files.setProperty("role", "soft")
        self.files.setWordWrap(True)
        body = QHBoxLayout()
        body.setSpacing(24)
        body.addLayout(self._left(), 0)
        body.addLayout(self._right(), 1)
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        foot.addWidget(self.over)
        foot.addWidget(self.close_)
        foot.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(16)
        column.addLayout(body, 1)
        column.addLayout(foot)

    def _left(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(12)
        self.source.setFixedWidth(340)
        column.addWidget(self._heading(mark("What makes the pages")))
        column.addWidget(self.source)
        column.addSpacing(4)
        column.addWidget(self._heading(mark("What the pages look like")))
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for label, editor in (
            (mark("Template"), self.template), (mark("Analysis shown"), self.run), (mark("Made by"), self.maker),
            (mark("Approval number"), self.approval),
        ):  # fmt: skip
            said = QLabel()
            said.setProperty("role", "soft")
            said.setBuddy(editor)
            worded(said, "setText", label)
            worded(editor, "setAccessibleName", label)
            self._form.addRow(said, editor)
        column.addLayout(self._form)
        checks = QGridLayout()
        checks.setContentsMargins(0, 0, 0, 0)
        checks.setVerticalSpacing(6)
        for place, check in enumerate((self.contents, self.own_layers, self.index, self.base_maps)):
            checks.addWidget(check, place // 2, place % 2)
        column.addLayout(checks)
        column.addStretch(1)
        return column

    def _right(self) -> QVBoxLayout:
        view = self.view
        view.setModel(self.model)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setFrameShape(QFrame.Shape.StyledPanel)
        view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        view.setTabKeyNavigation(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(26)
        view.horizontalHeader().setHighlightSections(False)
        view.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        view.horizontalHeader().setStretchLastSection(True)
        for section, width in enumerate((76, 176, 112)):
            view.setColumnWidth(section, width)
        worded(view, "setAccessibleName", "Pages of the atlas")
        head = QHBoxLayout()
        head.addWidget(self._heading(mark("Pages")))
        head.addWidget(self.counts, 1)
        head.addWidget(self.pages)
        self.pages.setFixedWidth(190)
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(view, 1)
        column.addSpacing(4)
        column.addWidget(self._heading(mark("What comes out")))
        row = QHBoxLayout()
        row.setSpacing(16)
        for place, (_value, text) in enumerate(_OUTPUTS):
            button = QRadioButton()
            worded(button, "setText", text)
            button.setChecked(place == 0)
            self.outputs.addButton(button, place)
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        names = QHBoxLayout(self._name_row)
        names.setContentsMargins(0, 0, 0, 0)
        said = QLabel()
        said.setProperty("role", "soft")
        said.setBuddy(self.name)
        worded(said, "setText", "File names")
        worded(self.name, "setAccessibleName", "File names")
        worded(self.format, "setAccessibleName", "Format")
        for value, text in _FORMATS:
            self.format.addItem(text, value)
        names.addWidget(said)
        names.addWidget(self.name, 1)
        names.addWidget(self.format)
        column.addWidget(self._name_row)
        column.addWidget(self.files)
        return column

    def _heading(self, text: str) -> QLabel:
        made = QLabel()
        made.setProperty("role", "heading")
        worded(made, "setText", text)
        return made

    def _fill(self, template: str | None) -> None:
        said = language()
        own, _ = user_templates()
        for name, made in ({name: sheet_template(name) for name in template_names()} | own).items():
            self.template.addItem(made.label.text(said), name)
        at = self.template.findData(template if template is not None else "atlas_page_a3")
        self.template.setCurrentIndex(max(at, 0))
        self.run.addItem(tr("No analysis"), None)
        runs = [run for run in self._session.runs() if run.kind in ("wifi", "cells")]
        for run in sorted(runs, key=lambda run: -(run.id or 0)):
            self.run.addItem(f"{run_title(run, said)}  ·  {moment(run.started_at)}", run)
        self.run.setCurrentIndex(1 if runs else 0)

    def _connect(self) -> None:
        self.source.changed.connect(self._changed)
        for box in (self.template, self.run, self.format):
            box.currentIndexChanged.connect(self._changed)
        for line in (self.pages, self.name, self.maker, self.approval):
            line.textChanged.connect(self._changed)
        for check in (self.contents, self.index, self.own_layers, self.base_maps):
            check.toggled.connect(self._changed)
        for room in filter(None, (getattr(self._window, "basemaps", None),)):
            room.changed.connect(self._changed)
        self.outputs.idToggled.connect(self._changed)
        self.model.ticked.connect(self._ticked)
        self.start.clicked.connect(self._ask)
        self.close_.clicked.connect(self.close)
        self.over.clicked.connect(self._start_over)

    # What is asked for ----------------------------------------------------------------------------------------------
    @property
    def output(self) -> Output:
        """What the user wants to come out."""
        return _OUTPUTS[self.outputs.checkedId()][0]

    def wish(self) -> AtlasWish:
        """The atlas as asked for."""
        return self.source.wish(
            pages=self.pages.text().strip(), name=self.name.text().strip() or AtlasWish().name, output=self.output,
            contents=self.contents.isChecked(), index=self.index.isChecked(),
        )  # fmt: skip

    def asked(self) -> dict[str, Any]:
        """The further arguments of ``atlas_order``."""
        words = {"maker": self.maker.text().strip(), "approval": self.approval.text().strip()}
        coverage = sheet_template(self.template.currentData()).subject == "coverage"
        return {
            "language": language(),
            "run": self.run.currentData() if coverage else None,
            "words": {key: text for key, text in words.items() if text},
            "layers": map_layers(self._window) if self.own_layers.isChecked() else None,
            "maps": self._maps() if self.base_maps.isChecked() else [],
            "settings": self._window.store.now if self._maps() else None,
        }

    def _maps(self) -> list[SavedBaseMap]:
        """The base maps that are shown on the map and can be opened."""
        room = getattr(self._window, "basemaps", None)
        return room.usable() if room is not None else []

    def proposed(self) -> Path:
        """Where the atlas goes unless the user says otherwise: a PDF, or a folder for several files."""
        session = self._session
        name = safe_name(f"{self._city or session.path.stem} {tr('Atlas')}")
        return session.path.with_name(f"{name}.pdf" if self.output == "one" else name)

    def _changed(self, *_value: object) -> None:
        self._later.start()

    def _ticked(self) -> None:
        if self.plan is not None:
            numbers = tuple(sorted(self.model.checked))
            whole = len(numbers) == self.plan.count
            self.pages.blockSignals(True)
            self.pages.setText("" if whole else pages_text(numbers))
            self.pages.blockSignals(False)
            self._later.start()

    # What it would be -----------------------------------------------------------------------------------------------
    def look(self) -> None:
        """Count the pages anew, off the UI thread; only the newest request is shown."""
        self._later.stop()
        self._request += 1
        self._offer_groups()
        template = sheet_template(self.template.currentData())
        self.base_maps.setVisible(bool(self._maps()))
        self._form.setRowVisible(self.run, template.subject == "coverage")
        self._form.setRowVisible(self.approval, template.publication == "public")
        self._name_row.setVisible(self.output == "files")
        session, asked, request = self._session, self.asked(), self._request
        out = self._target(self.proposed())
        try:
            wish = self.wish()
        except Refusal as refusal:
            self._refused(request, refusal)
            return

        def work(progress: Progress) -> tuple[Plan, AtlasOrder | Refusal, int]:
            plan = plan_pages(session, replace(wish, pages=""), asked["language"], progress)
            try:
                order = atlas_order(session, template, wish, out, progress=progress, **asked)
            except Refusal as refusal:  # of the page list, the name, the approval: the pages are shown all the same
                return plan, refusal, 0
            return plan, order, Drafts(order).kept_pages()

        self._window.jobs.quiet(work, partial(self._looked, request, out), partial(self._refused, request))

    def _offer_groups(self) -> None:
        """Files by group are there only where there are groups."""
        button = self.outputs.button(2)
        button.setEnabled(self.source.grouped)
        if not button.isEnabled() and button.isChecked():
            self.outputs.button(0).setChecked(True)

    def _looked(self, request: int, out: Path, found: tuple[Plan, AtlasOrder | Refusal, int]) -> None:
        if request != self._request:
            return
        self.plan, order, kept = found
        numbers: tuple[int, ...] = ()
        if isinstance(order, AtlasOrder):
            numbers = tuple(page.number for page in order.plan.pages)
        else:
            try:
                numbers = page_list(self.pages.text(), self.plan.count)
            except Refusal:
                numbers = ()
        if self.model.pages != self.plan.pages:
            self.model.show_pages(self.plan.pages, numbers)
            grouped = any(page.group for page in self.plan.pages)
            self.view.setColumnHidden(3, not grouped)
            self.view.setColumnHidden(2, not any(page.page.code for page in self.plan.pages))
        else:
            self.model.check(numbers)
        if isinstance(order, Refusal):
            self._refused(request, order, keep=True)
            return
        self.order = order
        made = len(order.plan.pages)
        text = tr("{count} pages", count=number(made)) if made == self.plan.count else tr(
            "{made} of {count} pages", made=number(made), count=number(self.plan.count)
        )  # fmt: skip
        if self.plan.unplaced:
            text += "  ·  " + tr("{count} without a place", count=number(self.plan.unplaced))
        self.counts.setText(text)
        self._say_files(order, out)
        self._say_kept(kept, made)
        self.start.setEnabled(True)

    def _say_files(self, order: AtlasOrder, out: Path) -> None:
        files = expected_files(order, out)
        if self.output == "one":
            self.files.setText(tr("File: {name}", name=files[0].name))
            return
        shown = [path.name for path in files[:3]]
        listed = "、".join(shown) if language() == "zh" else ", ".join(shown)
        if len(files) > len(shown):
            listed += " …"
        self.files.setText(tr("{count} files in a folder: {names}", count=number(len(files)), names=listed))
        self.files.setToolTip("\n".join(path.name for path in files[:60]))

    def _say_kept(self, kept: int, made: int) -> None:
        self.over.setVisible(bool(kept))
        self.said.setProperty("role", "soft")
        self._dress()
        self.said.setText(
            tr("{kept} of {made} pages were drawn earlier and are kept.", kept=number(kept), made=number(made))
            if kept
            else ""
        )
        worded(self.start, "setText", "Go on…" if kept else "Make the atlas…")

    def _refused(self, request: int, error: Exception, keep: bool = False) -> None:
        if request != self._request:
            return
        if not isinstance(error, Refusal):
            self._window.notify(error)
            return
        self.order = None
        if not keep:
            self.plan = None
            self.model.show_pages((), ())
            self.counts.clear()
        self.files.clear()
        self.over.hide()
        self.start.setEnabled(False)
        self.said.setProperty("role", "problem")
        self._dress()
        self.said.setText(f"{error.message(language())}\n{error.hint(language())}".strip())

    def _dress(self) -> None:
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)

    # Making it ------------------------------------------------------------------------------------------------------
    def _target(self, chosen: Path) -> Path:
        if self.output == "files":
            return chosen.with_name(chosen.name + self.format.currentData())
        return chosen

    def _ask(self) -> None:
        proposed = self.proposed()
        if self.output == "one":
            chosen, _ = QFileDialog.getSaveFileName(self, tr("Make the atlas"), str(proposed), "*.pdf")
            target = Path(chosen)
            if chosen and target.suffix.lower() != ".pdf":
                target = target.with_name(target.name + ".pdf")
        else:
            chosen = QFileDialog.getExistingDirectory(self, tr("Folder for the files"), str(proposed.parent))
            target = self._target(Path(chosen) / proposed.name)
        if chosen:
            self.make(target)

    def make(self, target: Path) -> Job | None:
        """Draw the atlas in the background; the dialog has done its work."""
        order, session, window = self.order, self._session, self._window
        if order is None:
            return None
        suffix = page_suffix(order.wish, target)
        assert suffix == order.suffix

        def work(progress: Progress) -> AtlasMade:
            return atlas_made(session, order, target, progress=progress)

        job = window.jobs.start(tr("Atlas {name}", name=target.name), work, partial(tell_made, window))
        self.close()
        return job

    def _start_over(self) -> None:
        if self.order is not None:
            Drafts(self.order).remove()
        self.look()


def tell_made(window: Any, made: AtlasMade) -> None:
    """Say where the atlas is, and which pages are missing."""
    where = made.files[0] if len(made.files) == 1 else made.files[0].parent
    text = tr("Atlas written, {count} pages: {path}", count=number(made.pages), path=str(where))
    if not made.missed:
        window.notify(text, "success")
        return
    first = made.missed[0]
    left = tr(
        "{count} pages are missing, the first is page {page}, {name}: {reason}",
        count=number(len(made.missed)), page=first.number, name=first.name, reason=first.reason,
    )  # fmt: skip
    window.notify(f"{text}\n{left}", "warning")
