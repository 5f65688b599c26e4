"""The Analyse panel: ask for WiFi or base-station coverage, watch it work, read, show and export its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.jobs import Job
from desktop.panels.analysis_result import AnalysisResult
from desktop.panels.analysis_settings import KINDS, AnalysisSettings
from desktop.panels.analysis_wifi import WifiSection
from desktop.panels.area_shares import share_text
from desktop.panels.engine import await_engine, prepare_engine_quietly
from desktop.panels.run_comparison import RunComparing, how
from desktop.shell.formatting import moment
from desktop.shell.icons import icon
from desktop.shell.scroll_page import ScrollPage
from desktop.shell.words import language, mark, tr, worded, words
from gis.errors import Refusal, say
from gis.progress import Progress
from gis.project.analysis import (
    export_run_geopackage,
    export_run_geotiff,
    run_analysis,
    run_file,
    run_title,
)
from gis.project.tunings import kept_tunings

EXPORTS = (  # name, text, ending; a None is a line in the menu
    ("pdf", mark("Map sheet (PDF)…"), ".pdf"),
    ("png", mark("Map picture (PNG)…"), ".png"),
    ("html", mark("Web page (HTML)…"), ".html"),
    None,
    ("levels", mark("Levels (GeoTIFF)…"), ".tif"),
    ("classes", mark("Coloured classes (GeoTIFF)…"), ".tif"),
    ("areas", mark("Areas and outlines (GeoPackage)…"), ".gpkg"),
)
_SHEET = "coverage_a3"
_OPACITY = 0.7
_RUN_PX = 48
_LEISURE_MS = 1500  # after the panel came up
_RUN = Qt.ItemDataRole.UserRole


class AnalysisPanel(QWidget):
    """Belongs to one project; the window makes a new one for the next. ``result.run`` is the run in view."""

    def __init__(self, window: Any) -> None:
        super().__init__()
        self._window, self._session = window, window.session
        self._names: Mapping[str, str] = {}
        self._drawn: Path | None = None
        self._runs_there: list[Any] = []
        self._job: Job | None = None
        self.settings = AnalysisSettings(self._session.catalogue)
        self.start = QPushButton()
        self.start.setProperty("role", "primary")
        self.start.setIcon(icon("mdi6.play", "on_accent"))
        worded(self.start, "setText", "Run the analysis")
        self.start.clicked.connect(self.run)
        self.bar, self.step, self.stop = QProgressBar(), QLabel(), QPushButton()
        self.bar.setTextVisible(False)
        self.step.setProperty("role", "soft")
        worded(self.stop, "setText", "Cancel")
        self.stop.clicked.connect(self.cancel)
        self._work = QWidget()
        self.result = AnalysisResult(window.session.catalogue)
        self.result.map_changed.connect(self._draw)
        self.result.area_chosen.connect(self._show_area)
        self.result.place_chosen.connect(self._show_place)
        self.comparing = RunComparing(window)
        self.comparing.changed.connect(self._draw)
        self.result.put_under_legend(self.comparing)
        self.wifi = WifiSection(window)
        self.result.put_under_figures(self.wifi)
        self.export = QPushButton()
        self.sheet = QPushButton()
        worded(self.export, "setText", "Export")
        worded(self.sheet, "setText", "Lay out a sheet")
        self.export.setIcon(icon("mdi6.export", "text"))
        self.sheet.setIcon(icon("mdi6.printer-outline", "text"))
        self.sheet.clicked.connect(lambda: window.workspace.set_mode("print"))
        self._menu = QMenu(self.export)
        self.export.setMenu(self._menu)
        self.runs = QListWidget()
        worded(self.runs, "setAccessibleName", "Earlier runs")
        self.runs.setIconSize(QSize(18, 18))
        self.runs.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.runs.itemClicked.connect(self._open_item)
        self.runs.itemActivated.connect(self._open_item)
        self._runs_title, self._empty = QLabel(), QLabel()
        self._runs_title.setProperty("role", "section")
        worded(self._runs_title, "setText", "Earlier runs")
        self._empty.setProperty("role", "soft")
        self._empty.setWordWrap(True)
        worded(
            self._empty,
            "setText",
            "Run an analysis to see how far the signal reaches, and which share of ground and people it covers.",
        )
        self._build()
        self._checked = QTimer(self, singleShot=True, interval=300)
        self._checked.timeout.connect(self._list_runs)
        window.workspace.changed.connect(self._data_changed)
        words().changed.connect(self._say)
        self._say()
        self._show_work(None)
        self._show_result()
        self._read_areas()
        self._list_runs(open_newest=True)

    def _build(self) -> None:
        title = QLabel()
        title.setProperty("role", "title")
        worded(title, "setText", "Coverage analysis")
        work = QVBoxLayout(self._work)
        work.setContentsMargins(0, 0, 0, 0)
        work.setSpacing(4)
        row = QHBoxLayout()
        row.addWidget(self.step, 1)
        row.addWidget(self.stop)
        work.addLayout(row)
        work.addWidget(self.bar)
        self._buttons = QWidget()
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 8, 0, 0)
        buttons.setSpacing(8)
        buttons.addWidget(self.export, 1)
        buttons.addWidget(self.sheet, 1)
        self._line = QFrame()
        self._line.setProperty("role", "rule")
        self._line.setFixedHeight(1)
        scroll = ScrollPage()
        for widget in (
            title,
            self.settings,
            self.start,
            self._work,
            self._empty,
            self._line,
            self.result,
            self._buttons,
            self._runs_title,
            self.runs,
        ):
            scroll.column.addWidget(widget)
        scroll.column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    # What the user does ---------------------------------------------------------------------------------------------
    def run(self) -> None:
        """Start the analysis as asked for; one at a time."""
        if self._job is not None:
            return
        session, kind, wish = self._session, self.settings.kind, self.settings.wish()
        name = tr({known: label for known, label, _ in KINDS}[kind])
        job = self._window.jobs.start(
            tr("Coverage: {what}", what=name),
            lambda progress: _run(session, kind, wish, progress),
            self._finished,
        )
        self._show_work(job)
        job.changed.connect(self._job_changed)

    def cancel(self) -> None:
        """Stop the running analysis; nothing of it is kept."""
        if self._job is not None:
            self._job.cancel()

    def open_run(self, run: Any) -> None:
        """Show a recorded run, on the map too."""
        area = run.params["area"]
        self.result.show_run(run, stale=self._session.is_stale(run), area_name=self._names.get(area, area or ""))
        self.settings.show_wish(run.kind, run.params)
        self._show_result()
        self._draw()

    def export_as(self, name: str, target: Path) -> Job:
        """Write the run in view as "pdf", "png", "html", "levels", "classes" or "areas" to ``target``."""
        session, run, said = self._session, self.result.run, language()
        work: Callable[[Progress], Any]
        if name in ("levels", "classes"):
            work = partial(_geotiff, session, run, target, name == "classes", said)
        elif name == "areas":
            work = partial(_geopackage, session, run, target, said)
        else:
            from desktop.sheets.application import ensure_application

            ensure_application()
            work = partial(_sheet, session, run, target, said)
        return self._window.jobs.start(
            tr("Exporting {name}", name=target.name),
            work,
            lambda _written: self._window.notify(tr("Written: {path}", path=str(target)), "success"),
        )

    def _ask_export(self, name: str, ending: str) -> None:
        run = self.result.run
        proposed = self._session.path.with_name(f"{self._session.path.stem}_{run.name.replace(' ', '_')}{ending}")
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Export"), str(proposed), f"*{ending}")
        if chosen:
            target = Path(chosen)
            self.export_as(name, target if target.suffix else target.with_suffix(ending))

    # What comes back ------------------------------------------------------------------------------------------------
    @property
    def _gone(self) -> bool:
        """Whether the window has moved on to another project and let this panel go."""
        return self._window.session is not self._session

    def _finished(self, run: Any) -> None:
        if self._gone:
            return
        self.open_run(run)
        if run.params["area"] is not None:
            self._window.workspace.zoom_wanted.emit(run.summary["bbox"])
        self._list_runs()

    def _job_changed(self, job: Job) -> None:
        if self._gone or job is not self._job:
            return
        if not job.running:
            self._show_work(None)
            return
        known = job.share
        self.bar.setRange(0, 0 if known is None else 1000)
        if known is not None:
            self.bar.setValue(round(known * 1000))
        self.step.setText(say(job.text, language()) if job.text else tr("Starting"))

    def _show_work(self, job: Job | None) -> None:
        self._job = job
        self._work.setVisible(job is not None)
        self.start.setEnabled(job is None and not self._session.readonly)
        worded_hint = tr("This project is read only.") if self._session.readonly else ""
        self.start.setToolTip(worded_hint)
        if job is not None:
            self.bar.setRange(0, 0)
            self.step.setText(tr("Starting"))

    def _show_result(self) -> None:
        there = self.result.run is not None
        for widget in (self._line, self.result, self._buttons):
            widget.setVisible(there)
        self.comparing.show_run(self.result.run, self._runs_there)
        self.wifi.show_run(self.result.run)
        self._empty.setVisible(not there)

    def _draw(self) -> None:
        """The raster of the run in view on the map, or none."""
        canvas = self._window.canvas
        if canvas is None:
            return
        if self._drawn is not None:
            canvas.remove_raster(self._drawn)
            self._drawn = None
        classes = self.result.shown
        compared = self.comparing.found
        self.result.legend_of(None if compared is None else self.comparing.look)
        if not classes:
            return
        if compared is not None:
            canvas.add_raster(compared.path, self.comparing.look.classes, _OPACITY)
            self._drawn = compared.path
            return
        try:
            path = run_file(self._session, self.result.run, self.result.look.name)
        except Refusal as refusal:
            self._window.notify(refusal)
            return
        canvas.add_raster(path, classes, _OPACITY)
        self._drawn = path

    def _show_area(self, id: int) -> None:
        self._window.workspace.go_to("area", id)

    def _show_place(self, bbox: tuple[float, float, float, float]) -> None:
        if self._window.canvas is not None:
            self._window.canvas.zoom_to(bbox)

    def showEvent(self, event: QShowEvent) -> None:
        """A calibration may have been kept or forgotten meanwhile; the engine is made ready at leisure."""
        super().showEvent(event)
        QTimer.singleShot(_LEISURE_MS, prepare_engine_quietly)
        session = self._session
        self._window.jobs.quiet(lambda _progress: frozenset(kept_tunings(session)), self._take_tuned)

    def _take_tuned(self, technologies: frozenset[str]) -> None:
        if not self._gone:
            self.settings.set_tuned(technologies)

    def _read_areas(self) -> None:
        session = self._session
        self._window.jobs.quiet(lambda _progress: _areas(session), self._take_areas)

    def _take_areas(self, areas: list[tuple[str, str, int]]) -> None:
        if self._gone:
            return
        self._names = {code: name for code, name, _ in areas}
        self.settings.set_areas(areas)
        self._name_runs()
        if self.result.run is not None:
            self.open_run(self.result.run)

    def _list_runs(self, open_newest: bool = False) -> None:
        session = self._session
        self._window.jobs.quiet(
            lambda _progress: [(run, session.is_stale(run)) for run in session.runs() if run.kind in ("wifi", "cells")],
            partial(self._take_runs, open_newest),
        )

    def _take_runs(self, open_newest: bool, runs: list[tuple[Any, bool]]) -> None:
        if self._gone:
            return
        self._runs_there = [run for run, _ in runs]
        self.comparing.show_run(self.result.run, self._runs_there)
        self.runs.clear()
        for run, stale in runs:
            item = QListWidgetItem()
            item.setData(_RUN, run)
            item.setSizeHint(QSize(0, _RUN_PX))
            item.setIcon(icon("mdi6.wifi" if run.kind == "wifi" else "mdi6.radio-tower", "text_soft"))
            item.setText(_line(run, stale, self._names))
            item.setToolTip(tr("The data has changed since.") if stale else "")
            self.runs.addItem(item)
            if self.result.run is not None and run.id == self.result.run.id:
                self.result.set_stale(stale)
                self.runs.setCurrentItem(item)
        self.runs.setFixedHeight(4 + _RUN_PX * min(5, max(1, len(runs))))
        self.runs.setVisible(bool(runs))
        self._runs_title.setVisible(bool(runs))
        if open_newest and runs:
            self.open_run(runs[0][0])
            self.runs.setCurrentRow(0)

    def _open_item(self, item: QListWidgetItem) -> None:
        self.open_run(item.data(_RUN))

    def _data_changed(self, changed: Any) -> None:
        if self._gone:
            return
        if set(changed.classes) & {"area", "premises", "wifi_hotspot", "cell"}:
            self._checked.start()
        if "area" in changed.classes:
            self._read_areas()

    def _say(self) -> None:
        self._menu.clear()
        for entry in EXPORTS:
            if entry is None:
                self._menu.addSeparator()
                continue
            name, text, ending = entry
            action = QAction(tr(text), self._menu)
            action.triggered.connect(lambda _on=False, name=name, ending=ending: self._ask_export(name, ending))
            self._menu.addAction(action)
        self._name_runs()

    def _name_runs(self) -> None:
        for place in range(self.runs.count()):
            item = self.runs.item(place)
            item.setText(_line(item.data(_RUN), bool(item.toolTip()), self._names))


def _line(run: Any, stale: bool, names: Mapping[str, str]) -> str:
    head = run.summary["headline"]
    covered = f"  {share_text(head['area_share'])}" if head else ""
    code = run.params["area"]
    place = names.get(code, code) if code else tr("All areas")
    said = f"{run_title(run, language())}{covered}\n{place} · {moment(run.started_at)}"
    said += f" · {how(run)}"
    return f"{said} · {tr('outdated')}" if stale else said


def _areas(session: Any) -> list[tuple[str, str, int]]:
    """(code, name, depth) of every district and town with a code, each under what it belongs to."""
    rows = session.columns("area", ["code", "name", "level", "parent"], geometry=False)
    fields = rows.fields
    places = {int(key): i for i, key in enumerate(rows.ids)}
    parts: dict[int, list[int]] = {}
    for i, parent in enumerate(fields["parent"]):
        if fields["level"][i] in ("city", "county", "town") and fields["code"][i]:
            parts.setdefault(places.get(int(parent), -1), []).append(i)
    found: list[tuple[str, str, int]] = []

    def take(place: int, depth: int) -> None:
        for i in sorted(parts.get(place, ()), key=lambda i: fields["code"][i]):
            found.append((fields["code"][i], fields["name"][i] or fields["code"][i], depth))
            take(i, depth + 1)

    take(-1, 0)
    return found


def _run(session: Any, kind: str, wish: dict[str, Any], progress: Progress) -> Any:
    await_engine(progress)
    return run_analysis(session, kind, **wish, progress=progress)


def _geotiff(session: Any, run: Any, target: Path, colored: bool, said: Any, progress: Progress) -> Path:
    return export_run_geotiff(session, run, target, colored=colored, language=said, progress=progress)


def _geopackage(session: Any, run: Any, target: Path, said: Any, progress: Progress) -> Path:
    return export_run_geopackage(session, run, target, language=said, progress=progress)


def _sheet(session: Any, run: Any, target: Path, said: Any, progress: Progress) -> list[Path]:
    from desktop.sheets.export import export_sheet

    return export_sheet(session, _SHEET, target, run=run, language=said, progress=progress)
