"""The Print panel: choose a sheet, what it shows and where; see it live; write it to a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.basemaps.paper import grounds_of
from desktop.jobs import Job
from desktop.sheets.composer.window import Composer
from desktop.sheets.continuation import rows_left
from desktop.sheets.export import export_sheet, preview
from desktop.sheets.map_layers import map_layers
from desktop.sheets.print_dialogs import PrintJob, ask_and_print, preview_print
from desktop.sheets.thumbnail import Thumbnail
from desktop.shell.formatting import moment, number, parse_scale, scale
from desktop.shell.icons import icon
from desktop.shell.scroll_page import ScrollPage
from desktop.shell.words import language, mark, tr, worded, words
from gis.cartography.sheets.specification import SheetLayer, SheetSpec
from gis.cartography.sheets.templates import SheetTemplate, sheet_template, template_names
from gis.errors import Refusal
from gis.geometry.columns import BBox
from gis.progress import Progress
from gis.project.analysis import run_title
from gis.project.basemaps import SavedBaseMap
from gis.project.sheets import LayerChoice, Sheet, Sheets, user_templates

FORMATS = (
    (".pdf", mark("PDF, true to scale…")),
    (".png", mark("Picture (PNG), with world file…")),
    (".svg", mark("Drawing (SVG)…")),
    (".tif", mark("Georeferenced picture (GeoTIFF)…")),
    (".html", mark("Web page that needs no network (HTML)…")),
    (".pptx", mark("Page for a meeting (PPTX)…")),
)
SCALES = (2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)
_PREVIEW_PX = 900  # across; sharp on a screen of double density
_WHOLE, _VIEW, _COMPOSED = "", "view", "composed"
_SHEET = "sheet/"  # before the name of a sheet of the project, among the templates


class SheetPanel(QWidget):
    """Belongs to one project; the window makes a new one for the next. ``spec`` is the sheet in the preview."""

    def __init__(self, window: Any) -> None:
        super().__init__()
        self._window, self._session = window, window.session
        self.spec: SheetSpec | None = None
        self._request = 0
        self._written: Path | None = None
        self._told: set[str] = set()  # the user's templates of which was said that they are wrong
        self._sheet: Sheet | None = None  # the sheet of the project that is chosen
        self.composer: Composer | None = None
        self.template, self.run, self.extent, self.scale = (QComboBox() for _ in range(4))
        for box in (self.template, self.run, self.extent, self.scale):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
        self.scale.setEditable(True)
        self.scale.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.title, self.maker, self.approval = QLineEdit(), QLineEdit(), QLineEdit()
        self.own_layers = QCheckBox()
        worded(self.own_layers, "setText", "Layers as on the map")
        self.base_maps = QCheckBox()
        self.base_maps.setChecked(True)
        worded(self.base_maps, "setText", "Base maps below")
        self.further = QCheckBox()
        self.further.hide()
        worded(self.further, "setToolTip", "In a PDF; pictures and other files have one page")
        self.thumbnail = Thumbnail()
        self.compose = QPushButton()
        self.compose.setIcon(icon("mdi6.pencil-ruler"))
        worded(self.compose, "setText", "Compose…")
        worded(self.compose, "setToolTip", "Lay the sheet out by hand: add, move and change what stands on it")
        self.problem, self.facts = QLabel(), QLabel()
        self.problem.setProperty("role", "problem")
        self.facts.setProperty("role", "soft")
        self.problem.setWordWrap(True)
        self.facts.setWordWrap(True)
        self.export = QPushButton()
        self.export.setProperty("role", "primary")
        self.export.setIcon(icon("mdi6.export", "on_accent"))
        worded(self.export, "setText", "Export the sheet")
        self._menu = QMenu(self.export)
        self.export.setMenu(self._menu)
        self.atlas, self.report = QPushButton(), QPushButton()
        self.atlas.setIcon(icon("mdi6.book-open-page-variant-outline"))
        self.report.setIcon(icon("mdi6.file-chart-outline"))
        for button, text, tip in (
            (self.atlas, mark("Atlas…"), mark("A sheet for each area, community, route or result of a query")),
            (self.report, mark("Report…"), mark("Analyses and targets in one document")),
        ):
            worded(button, "setText", text)
            worded(button, "setToolTip", tip)
        self.done, self.open_folder = QLabel(), QPushButton()
        self.done.setProperty("role", "soft")
        self.done.setWordWrap(True)
        self.open_folder.setProperty("role", "link")
        worded(self.open_folder, "setText", "Open folder")
        self.open_folder.clicked.connect(self._open_folder)
        self._labels: dict[QWidget, QLabel] = {}
        self._build()
        self._due = QTimer(self, singleShot=True, interval=250)
        self._due.timeout.connect(self.draw)
        self._connect()
        self._say()
        self._show_done(None)
        self._read_choices()
        self.draw()

    def _build(self) -> None:
        title = QLabel()
        title.setProperty("role", "title")
        worded(title, "setText", "Map sheet")
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        rows = (
            (mark("Template"), self.template),
            (mark("Analysis shown"), self.run),
            (mark("Extent"), self.extent),
            (mark("sheet|Scale"), self.scale),
            (mark("sheet|Title"), self.title),
            (mark("Made by"), self.maker),
            (mark("Approval number"), self.approval),
        )
        for place, (label, editor) in enumerate(rows):
            said = QLabel()
            said.setProperty("role", "soft")
            said.setBuddy(editor)
            worded(said, "setText", label)
            worded(editor, "setAccessibleName", label)
            self._labels[editor] = said
            grid.addWidget(said, place, 0)
            grid.addWidget(editor, place, 1)
        finished = QHBoxLayout()
        finished.setContentsMargins(0, 0, 0, 0)
        finished.addWidget(self.done, 1)
        finished.addWidget(self.open_folder)
        scroll = ScrollPage()
        column = scroll.column
        column.addWidget(title)
        column.addWidget(self.thumbnail)
        column.addWidget(self.facts)
        column.addWidget(self.compose)
        column.addLayout(grid)
        column.addWidget(self.own_layers)
        column.addWidget(self.base_maps)
        column.addWidget(self.further)
        column.addWidget(self.problem)
        column.addStretch(1)
        further = QHBoxLayout()
        further.setContentsMargins(0, 0, 0, 0)
        further.setSpacing(8)
        further.addWidget(self.atlas, 1)
        further.addWidget(self.report, 1)
        # What the panel is for stays in sight, however much there is to choose.
        foot = QVBoxLayout()
        foot.setContentsMargins(16, 10, 16, 12)
        foot.setSpacing(8)
        foot.addWidget(self.export)
        foot.addLayout(finished)
        foot.addLayout(further)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        rule = QFrame()
        rule.setProperty("role", "rule")
        rule.setFixedHeight(1)
        outer.addWidget(rule)
        outer.addLayout(foot)

    def _connect(self) -> None:
        self.template.currentIndexChanged.connect(lambda _place: self._template_chosen())
        self.compose.clicked.connect(self.open_composer)
        self.thumbnail.opened.connect(self.open_composer)
        self.atlas.clicked.connect(self.open_atlas)
        self.report.clicked.connect(self.open_report)
        for box in (self.run, self.extent):
            box.currentIndexChanged.connect(lambda _place: self._changed())
        self.scale.currentTextChanged.connect(lambda _text: self._changed())
        for line in (self.title, self.maker, self.approval):
            line.textChanged.connect(lambda _text: self._changed())
        self.own_layers.toggled.connect(lambda _on: self._changed())
        self.base_maps.toggled.connect(lambda _on: self._changed())
        self._window.basemaps.changed.connect(self._base_maps_changed)
        self._window.workspace.changed.connect(self._data_changed)
        words().changed.connect(self._reword)
        if self._window.canvas is not None:
            self._window.canvas.viewChanged.connect(self._view_changed)

    # What the user asks for -----------------------------------------------------------------------------------------
    def asked(self) -> dict[str, Any]:
        """The arguments of ``gis.cartography.sheets.contents.compose`` beside the template."""
        given = dict(self._sheet.words) if self._sheet is not None else {}
        given |= {"title": self.title.text(), "maker": self.maker.text(), "approval": self.approval.text()}
        if isinstance(self.extent.currentData(), tuple):
            given["place"] = self.extent.currentText()
        return {
            "run": self.run.currentData(),
            "extent": self._extent(),
            "denominator": parse_scale(self.scale.currentText()),  # None for the word that stands for fitting
            "language": language(),
            "words": {key: text.strip() for key, text in given.items() if text.strip()},
            "layers": map_layers(self._window) if self.own_layers.isChecked() else self._sheet_layers(),
        }

    @property
    def chosen(self) -> SheetTemplate | None:
        """The template that is chosen, or that of the sheet of the project."""
        if self._sheet is not None:
            return self._sheet.template
        name = self.template.currentData()
        return None if name is None else sheet_template(name)

    def sheet(self) -> Sheet | None:
        """What is asked for as a sheet that can be kept."""
        template, asked = self.chosen, self.asked()
        if template is None:
            return None
        layers = asked["layers"]
        return Sheet(
            self._sheet.name if self._sheet is not None else "",
            template,
            asked["words"],
            asked["extent"],
            asked["denominator"],
            None if asked["run"] is None else asked["run"].id,
            None if layers is None else tuple(LayerChoice(one.cls, one.opacity) for one in layers),
        )

    def _sheet_layers(self) -> list[SheetLayer] | None:
        return None if self._sheet is None else self._sheet.asked(self._session)["layers"]

    def _extent(self) -> BBox | None:
        chosen = self.extent.currentData()
        if chosen == _VIEW:
            canvas = self._window.canvas
            return None if canvas is None else canvas.view.bbox
        if chosen == _COMPOSED and self._sheet is not None:
            return self._sheet.extent
        return chosen if isinstance(chosen, tuple) else None

    def export_to(self, target: Path) -> Job:
        """Write the sheet as asked for; the ending of ``target`` says how."""
        session, template, asked = self._session, self.chosen, self.asked()
        assert template is not None
        maps, settings = self._maps(), self._window.store.now
        further = self.further.isChecked() and not self.further.isHidden()
        self._show_done(None)

        def work(progress: Progress) -> list[Path]:
            with grounds_of(maps, settings) as grounds:
                return export_sheet(
                    session, template, target, grounds=grounds, further=further, progress=progress, **asked
                )

        return self._window.jobs.start(tr("Writing {name}", name=target.name), work, self._exported)

    def _maps(self) -> list[SavedBaseMap]:
        """The base maps below the map: those that are shown and can be."""
        return self._window.basemaps.usable() if self.base_maps.isChecked() else []

    def _base_maps_changed(self) -> None:
        self.base_maps.setVisible(bool(self._window.basemaps.usable()))
        self._due.start()

    def _ask_export(self, ending: str) -> None:
        session = self._session
        name = self.spec.fields["title"] if self.spec is not None and self.spec.fields["title"] else session.path.stem
        safe = "".join("_" if letter in '/\\:*?"<>|' else letter for letter in name).strip() or "map"
        proposed = session.path.with_name(f"{safe}{ending}")
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Export the sheet"), str(proposed), f"*{ending}")
        if chosen:
            target = Path(chosen)
            self.export_to(target if target.suffix.lower() == ending else target.with_name(target.name + ending))

    def print(self) -> None:
        """Print the sheet as asked for, by the system's dialog."""
        ask_and_print(self._window, self, self._print_job())

    def print_preview(self) -> None:
        """Show how the sheet comes out of the printer."""
        preview_print(self._window, self, self._print_job())

    def _print_job(self) -> PrintJob:
        template = self.chosen
        assert template is not None
        maps, settings = self._maps(), self._window.store.now
        asked = self.asked()
        return PrintJob(self._session, template, asked, (), maps, settings, lambda: self._ask_export(".pdf"))

    def _exported(self, files: list[Path]) -> None:
        self._window.notify(tr("Map written: {path}", path=str(files[0])), "success")
        self._show_done(files[0])

    def _show_done(self, path: Path | None) -> None:
        self._written = path
        self.done.setVisible(path is not None)
        self.open_folder.setVisible(path is not None)
        if path is not None:
            self.done.setText(path.name)
            self.done.setToolTip(str(path))

    def _open_folder(self) -> None:
        if self._written is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._written.parent)))

    # The preview ----------------------------------------------------------------------------------------------------
    def draw(self) -> None:
        """Draw the preview anew, off the UI thread; only the newest request is shown."""
        self._due.stop()
        self._request += 1
        try:
            template, asked = self.chosen, self.asked()
        except Refusal as refusal:  # a template of the user that was changed meanwhile, an analysis that is gone
            self._refused(self._request, refusal)
            return
        if template is None:
            return
        public = template.publication == "public"
        self.approval.setVisible(public)
        self._labels[self.approval].setVisible(public)
        coverage = template.subject == "coverage"
        self.run.setVisible(coverage)
        self._labels[self.run].setVisible(coverage)
        session, request = self._session, self._request
        maps, settings = self._maps(), self._window.store.now
        self.base_maps.setVisible(bool(self._window.basemaps.usable()))

        def work(progress: Progress) -> tuple[QImage, SheetSpec, int]:
            with grounds_of(maps, settings) as grounds:
                image, spec = preview(session, template, _PREVIEW_PX, progress, grounds, **asked)
            left = rows_left(spec).values()
            return image, spec, sum(len(table.rows) - table.total + table.left_out for table in left)

        self._window.jobs.quiet(work, partial(self._drawn, request), partial(self._refused, request))

    def _drawn(self, request: int, made: tuple[QImage, SheetSpec, int]) -> None:
        if request != self._request:
            return
        image, self.spec, left = made
        self.further.setVisible(left > 0)
        self.further.setText(tr("{count} more rows on further pages", count=number(left)))
        self.thumbnail.show_image(image)
        self.problem.hide()
        self.export.setEnabled(True)
        paper = self.spec.paper
        self.facts.setText(
            tr("{paper}, {width:g} × {height:g} mm", paper=paper.name, width=paper.width, height=paper.height)
            + f"  ·  {scale(self.spec.denominator)}"
        )
        self.title.setPlaceholderText(self.spec.fields["title"])

    def _refused(self, request: int, error: Exception) -> None:
        if request != self._request:
            return
        if not isinstance(error, Refusal):
            self._window.notify(error)
            return
        self.spec = None
        self.thumbnail.fade()
        self.facts.clear()
        self.export.setEnabled(False)
        self.problem.setText(f"{error.message(language())}\n{error.hint(language())}".strip())
        self.problem.show()

    def _changed(self) -> None:
        self._due.start()

    def _view_changed(self) -> None:
        if self.extent.currentData() == _VIEW and self.isVisible():
            self._due.start()

    def _data_changed(self, changed: Any) -> None:
        if "area" in changed.classes:
            self._read_choices()
        self._due.start()

    def showEvent(self, event: Any) -> None:
        """A panel that comes back shows the runs and the map as they are now."""
        super().showEvent(event)
        self._read_choices()
        self._due.start()

    # What there is to choose from -----------------------------------------------------------------------------------
    def _read_choices(self) -> None:
        session = self._session
        self._window.jobs.quiet(lambda _progress: _choices(session), self._take_choices)

    def _take_choices(self, found: tuple[list[Any], list[tuple[str, BBox]]]) -> None:
        runs, areas = found
        self._runs, self._areas = runs, areas
        self._fill_choices(newest=self.run.count() <= 1)

    def _fill_choices(self, newest: bool = False) -> None:
        chosen = self.run.currentData()
        place = next((i for i, run in enumerate(self._runs) if chosen is not None and run.id == chosen.id), -1)
        self.run.blockSignals(True)
        self.run.clear()
        self.run.addItem(tr("No analysis"), None)
        for run in self._runs:
            self.run.addItem(f"{run_title(run, language())}  ·  {moment(run.started_at)}", run)
        self.run.setCurrentIndex(1 if newest and self._runs else place + 1)
        self.run.blockSignals(False)
        area, was = self.extent.currentIndex(), self.extent.currentData()
        self.extent.blockSignals(True)
        self.extent.clear()
        self.extent.addItem(tr("Whole city"), _WHOLE)
        self.extent.addItem(tr("Current view"), _VIEW)
        if self._sheet is not None and self._sheet.extent is not None:
            self.extent.addItem(tr("As composed"), _COMPOSED)
        for name, box in self._areas:
            self.extent.addItem(name, box)
        place = self.extent.findData(was) if isinstance(was, str) else area
        self.extent.setCurrentIndex(min(max(place, 0), self.extent.count() - 1))
        self.extent.blockSignals(False)
        if newest and self._runs:
            self._due.start()

    # Composing -------------------------------------------------------------------------------------------------------
    def _template_chosen(self) -> None:
        name = self.template.currentData()
        sheet: Sheet | None = None
        if isinstance(name, str) and name.startswith(_SHEET):
            try:
                sheet = Sheets(self._session).read(name.removeprefix(_SHEET))
            except Refusal as refusal:
                self._window.notify(refusal)
        if sheet is not None or self._sheet is not None:
            self._show_sheet(sheet)
        self._changed()

    def _show_sheet(self, sheet: Sheet | None) -> None:
        """The controls as a sheet of the project says; None: as they are for a template."""
        self._sheet = sheet
        words_ = sheet.words if sheet is not None else {}
        for line, key in ((self.title, "title"), (self.maker, "maker"), (self.approval, "approval")):
            if sheet is not None or key == "title":
                line.setText(words_.get(key, ""))
        self.own_layers.setChecked(False)
        fixed = sheet.denominator if sheet is not None else None
        self.scale.setCurrentText(scale(fixed) if fixed else tr("Fitting"))
        self._fill_choices()
        if sheet is not None:
            composed = self.extent.findData(_COMPOSED)
            self.extent.setCurrentIndex(max(composed, 0))
            place = next((i for i, run in enumerate(self._runs) if run.id == sheet.run), -1)
            self.run.setCurrentIndex(place + 1)

    def open_composer(self) -> None:
        """Lay the sheet out by hand, in a window of its own; one that is open comes to the front."""
        if self.composer is None:
            try:
                sheet = self.sheet()
            except Refusal as refusal:
                self._window.notify(refusal)
                return
            if sheet is None:
                return
            self.composer = Composer(self._window, sheet, self._maps)
            self.composer.kept.connect(self._kept)
            self.composer.templates_changed.connect(self._say)
            self.composer.destroyed.connect(self._composer_gone)
        self.composer.show()
        self.composer.raise_()
        self.composer.activateWindow()

    def open_atlas(self) -> None:
        """A sheet for each of many, with the template that is chosen."""
        from desktop.sheets.atlas.dialog import AtlasDialog

        name = self.template.currentData()
        AtlasDialog(
            self._window,
            name if isinstance(name, str) and not name.startswith(_SHEET) else None,
            own_layers=self.own_layers.isChecked(),
            base_maps=self.base_maps.isChecked(),
        ).show()

    def open_report(self) -> None:
        """Analyses and targets in one document."""
        from desktop.sheets.report.dialog import open_report

        open_report(self._window)

    def _composer_gone(self) -> None:
        self.composer = None

    def _kept(self, name: str) -> None:
        """The sheet that was kept is the one that is chosen."""
        self._say()
        place = self.template.findData(_SHEET + name)
        if place == self.template.currentIndex():
            self._template_chosen()
        else:
            self.template.setCurrentIndex(place)

    _runs: list[Any] = []  # noqa: RUF012 - replaced, never changed
    _areas: list[tuple[str, BBox]] = []  # noqa: RUF012

    # Words ----------------------------------------------------------------------------------------------------------
    def _say(self) -> None:
        said = language()
        chosen = self.template.currentData()
        self.template.blockSignals(True)
        self.template.clear()
        offered = {name: sheet_template(name) for name in template_names()}
        own, broken = user_templates()
        for name, made in (offered | own).items():
            if own and name == next(iter(own)):
                self.template.insertSeparator(self.template.count())
            self.template.addItem(made.label.text(said), name)
            self.template.setItemData(
                self.template.count() - 1, made.description.text(said), Qt.ItemDataRole.ToolTipRole
            )
        sheets = Sheets(self._session).names()
        if sheets:
            self.template.insertSeparator(self.template.count())
        for name in sheets:
            self.template.addItem(icon("mdi6.file-document-outline", "text_soft"), name, _SHEET + name)
            self.template.setItemData(
                self.template.count() - 1, tr("Sheet of this project"), Qt.ItemDataRole.ToolTipRole
            )
        for name, refusal in broken.items():
            if name not in self._told:
                self._told.add(name)
                self._window.notify(refusal)
        self.template.setCurrentIndex(max(0, self.template.findData(chosen)))
        self.template.blockSignals(False)
        typed = self.scale.currentText() if parse_scale(self.scale.currentText()) else None
        self.scale.blockSignals(True)
        self.scale.clear()
        self.scale.addItem(tr("Fitting"))
        for denominator in SCALES:
            self.scale.addItem(scale(denominator))
        if typed:
            self.scale.setCurrentText(typed)
        self.scale.blockSignals(False)
        self.maker.setPlaceholderText(tr("Who makes the map"))
        self._menu.clear()
        for ending, text in FORMATS:
            action = QAction(tr(text), self._menu)
            action.triggered.connect(_call(self._ask_export, ending))
            self._menu.addAction(action)
        self._menu.addSeparator()
        self._menu.addAction(tr("Print…")).triggered.connect(self.print)
        self._menu.addAction(tr("Print preview…")).triggered.connect(self.print_preview)

    def _reword(self, *_language: object) -> None:
        self._say()
        self._fill_choices()
        self._due.start()

    def sizeHint(self) -> QSize:
        """As wide as the inspector likes to be."""
        return QSize(320, 640)


def _call(function: Callable[[str], None], argument: str) -> Callable[[bool], None]:
    return lambda _on: function(argument)


def _choices(session: Any) -> tuple[list[Any], list[tuple[str, BBox]]]:
    """Coverage runs, newest first, and the districts with their boxes, by code."""
    runs = [run for run in session.runs() if run.kind in ("wifi", "cells")]
    runs.sort(key=lambda run: -(run.id or 0))
    found = session.columns("area", ["code", "name"], where="\"level\" = 'county'")
    shapes = found.geometry if found.geometry is not None else []
    rows = [
        (str(code or ""), str(name or code or ""), tuple(float(v) for v in shape.bounds))
        for code, name, shape in zip(found.fields["code"], found.fields["name"], shapes, strict=True)
        if shape is not None
    ]
    return runs, [(name, box) for _, name, box in sorted(rows)]
