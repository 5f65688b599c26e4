"""The drive-test panel: open measured levels, see how far a model is off by cell and on the map, calibrate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent, QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QWidget,
)

from desktop.drive_tests.calibration_card import CalibrationCard
from desktop.drive_tests.cell_table import CellTable, signed
from desktop.drive_tests.legend import MarkLegend
from desktop.drive_tests.points import DrivePoints, Shown, error_colors, level_colors
from desktop.drive_tests.reading_fold import ReadingFold
from desktop.jobs import Job
from desktop.panels.analysis_settings import TUNED
from desktop.shell.formatting import number
from desktop.shell.icons import icon
from desktop.shell.scroll_page import ScrollPage
from desktop.shell.words import language, mark, tr, worded, words
from gis.errors import Refusal, say
from gis.exchange.formats import READABLE
from gis.progress import Progress
from gis.project.drive_tests import (
    Comparison,
    DriveChoices,
    DriveFile,
    calibrations,
    columns_in,
    compare_drive_test,
    keep_calibrations,
    read_drive_test,
    write_errors,
)
from gis.project.tunings import forget_tuning, kept_tunings
from gis.radio.analysis import Wish
from gis.radio.calibration import Calibration
from gis.radio.models import model_label, model_names

_SHOWN = (
    ("error", mark("Errors (squares)")),
    ("measured", mark("Measured (rings)")),
    ("predicted", mark("Predicted (discs)")),
    ("both", mark("Measured around predicted")),
)


class DriveTestPanel(QWidget):
    """Belongs to one project; the window makes a new one for the next. ``comparison`` is what is in view."""

    def __init__(self, window: Any) -> None:
        super().__init__()
        self._window, self._session = window, window.session
        self.files: tuple[Path, ...] = ()
        self.comparison: Comparison | None = None
        self._read: tuple[DriveFile, ...] = ()
        self._made: dict[str, Calibration] = {}
        self._job: Job | None = None
        self._kept: frozenset[str] = frozenset()  # the technologies that are calibrated
        self.points = DrivePoints()
        self.open, self.model, self.buildings = QPushButton(), QComboBox(), QCheckBox()
        worded(self.open, "setText", "Open a drive test…")
        self.open.setProperty("role", "primary")
        self.open.setIcon(icon("mdi6.car-connected", "on_accent"))
        self.open.clicked.connect(self._ask_files)
        for name in model_names():
            self.model.addItem("", name)
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        worded(self.model, "setAccessibleName", "Model")
        self.model.activated.connect(self._compare)
        worded(self.buildings, "setText", "With the project's buildings")
        self.buildings.setChecked(True)
        self.buildings.toggled.connect(self._compare)
        self.name, self.problem, self.empty = QLabel(), QLabel(), QLabel()
        self.name.setWordWrap(True)
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self.empty.setProperty("role", "soft")
        self.empty.setWordWrap(True)
        worded(
            self.empty, "setText",
            "Levels measured on the road (CSV, spreadsheet, GPX, GeoJSON …) show how far a model is off, cell by cell, "
            "and calibrate it. A file needs places, levels in dBm, and the cell's code or PCI, or the BSSID or network "
            "name of a WiFi hotspot.",
        )  # fmt: skip
        self.reading = ReadingFold()
        self.reading.changed.connect(self._read_again)
        self.bar, self.step, self.stop = QProgressBar(), QLabel(), QPushButton()
        self.bar.setTextVisible(False)
        self.step.setProperty("role", "soft")
        worded(self.stop, "setText", "Cancel")
        self.stop.clicked.connect(self.cancel)
        self.figures, self.used, self.notes = _Figures(), QLabel(), QLabel()
        for label in (self.used, self.notes):
            label.setProperty("role", "soft")
            label.setWordWrap(True)
        self.shown, self.on_map, self.legend, self.table = QComboBox(), QCheckBox(), MarkLegend(), CellTable()
        worded(self.on_map, "setText", "Show on the map")
        self.on_map.setChecked(True)
        self.on_map.toggled.connect(self._draw)
        worded(self.shown, "setAccessibleName", "Show on the map")
        self.shown.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for value, _ in _SHOWN:
            self.shown.addItem("", value)
        self.shown.currentIndexChanged.connect(self._draw)
        self.table.chosen.connect(self._show_cell)
        self.export = QPushButton()
        worded(self.export, "setText", "Save samples with errors…")
        self.export.setIcon(icon("mdi6.export", "text"))
        self.export.clicked.connect(self._ask_export)
        self.card = CalibrationCard()
        self.card.wanted.connect(self.calibrate)
        self.card.keep_wanted.connect(self.keep)
        self.card.forget_wanted.connect(self._forget)
        self._build()
        words().changed.connect(self._say)
        self._say()
        self._show_job(None)
        self._show_comparison(None)
        self._list_kept()

    def _build(self) -> None:
        title, model_title = QLabel(), QLabel()
        title.setProperty("role", "title")
        worded(title, "setText", "Drive test")
        worded(model_title, "setText", "Model")
        self._work, self._asked, self._answer = QWidget(), QWidget(), QWidget()
        work = QGridLayout(self._work)
        work.setContentsMargins(0, 0, 0, 0)
        work.addWidget(self.step, 0, 0)
        work.addWidget(self.stop, 0, 1)
        work.addWidget(self.bar, 1, 0, 1, 2)
        work.setColumnStretch(0, 1)
        asked = QGridLayout(self._asked)
        asked.setContentsMargins(0, 0, 0, 0)
        asked.setVerticalSpacing(8)
        asked.setColumnStretch(1, 1)
        asked.addWidget(model_title, 0, 0)
        asked.addWidget(self.model, 0, 1)
        asked.addWidget(self.buildings, 1, 0, 1, 2)
        asked.addWidget(self.reading, 2, 0, 1, 2)
        answer = QGridLayout(self._answer)
        answer.setContentsMargins(0, 0, 0, 0)
        answer.setVerticalSpacing(8)
        answer.addWidget(self.figures, 0, 0)
        answer.addWidget(self.used, 1, 0)
        for place, part in enumerate((self.on_map, self.shown, self.legend, self.table, self.export, self.notes), 2):
            answer.addWidget(part, place, 0)
        page = ScrollPage()
        for widget in (
            title, self.name, self.empty, self.open, self.problem, self._asked, self._work, self._answer, self.card,
        ):  # fmt: skip
            page.column.addWidget(widget)
        page.column.addStretch(1)
        outer = QGridLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(page)

    # What the user does ---------------------------------------------------------------------------------------------
    def open_files(self, paths: Sequence[Path]) -> None:
        """Read these files as one drive test and compare it with the model."""
        self.files, self._read = tuple(paths), ()
        self.reading.set_columns(())
        self._read_again()

    def calibrate(self, offsets: bool = True) -> None:
        """Fit the line of every technology that was measured; nothing is kept yet."""
        comparison = self.comparison
        if comparison is not None:
            self._begin(
                tr("Calibrating on a drive test"),
                lambda progress: calibrations(comparison, offsets=offsets, progress=progress),
                self._fitted,
            )

    def keep(self) -> None:
        """Keep what was fitted: runs with the calibrated model use it."""
        session, comparison, made = self._session, self.comparison, dict(self._made)
        if comparison is None or not made:
            return
        self._window.jobs.quiet(
            lambda _progress: keep_calibrations(session, comparison, made), self._was_kept, self._window.notify
        )

    def cancel(self) -> None:
        """Stop what is running."""
        if self._job is not None:
            self._job.cancel()

    def save_errors(self, path: Path) -> Job:
        """Write every sample with its error to a CSV file."""
        session, comparison, said = self._session, self.comparison, language()
        assert comparison is not None
        return cast(
            Job,
            self._window.jobs.start(
                tr("Exporting {name}", name=path.name),
                lambda _progress: write_errors(session, comparison, path, said),
                lambda _written: self._window.notify(tr("Written: {path}", path=str(path)), "success"),
            ),
        )

    def _ask_files(self) -> None:
        endings = " ".join(f"*{ending}" for ending in READABLE)
        chosen, _ = QFileDialog.getOpenFileNames(self, tr("Open a drive test…"), "", f"{tr('Field data')} ({endings})")
        if chosen:
            self.open_files([Path(path) for path in chosen])

    def _ask_export(self) -> None:
        proposed = self._session.path.with_name(f"{self.files[0].stem}_errors.csv")
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save samples with errors…"), str(proposed), "*.csv")
        if chosen:
            self.save_errors(Path(chosen))

    def _read_again(self) -> None:
        session, files, choices = self._session, self.files, self.reading.choices()
        if not files:
            return
        wish = self._wish()
        self._begin(
            tr("Reading a drive test"), lambda progress: _read_and_compare(session, files, choices, wish, progress),
            self._compared,
        )  # fmt: skip

    def _compare(self, *_changed: object) -> None:
        session, read, wish = self._session, self._read, self._wish()
        if read:
            self._begin(
                tr("Comparing a drive test"),
                lambda progress: _Outcome(read, (), compare_drive_test(session, read, wish, progress), None),
                self._compared,
            )

    def _wish(self) -> Wish:
        return Wish("cells", model=str(self.model.currentData()), ground=self.buildings.isChecked())

    # What comes back ------------------------------------------------------------------------------------------------
    @property
    def _gone(self) -> bool:
        return self._window.session is not self._session

    def _begin(self, label: str, work: Any, done: Any) -> None:
        if self._job is not None:
            self._job.cancel()
        job = self._window.jobs.start(label, work, done, self._failed)
        self._show_job(job)
        job.changed.connect(self._job_changed)

    def _compared(self, outcome: _Outcome) -> None:
        if self._gone:
            return
        if outcome.columns:
            chosen = self.reading.choices()
            if not chosen.columns and chosen.datum is None:
                self.reading.set_columns(outcome.columns)
        self._read = outcome.read
        if outcome.refusal is not None:
            self._show_comparison(None)
            self.reading.open()
            self._failed(outcome.refusal)
            return
        found = {"level": ", ".join(outcome.read[0].levels), **outcome.read[0].columns}
        self.reading.show_found(found)
        self._show_comparison(outcome.comparison)
        box = self._box(None)
        if box is not None:
            self._window.workspace.zoom_wanted.emit(box)

    def _fitted(self, answer: tuple[dict[str, Calibration], dict[str, Refusal]]) -> None:
        if not self._gone:
            self._made = answer[0]
            self.card.show_made(*answer)

    def _was_kept(self, _done: object) -> None:
        if self._gone:
            return
        self._window.notify(tr("Kept. Analyses use it with the model “calibrated on drive tests”."), "success")
        self._made = {}
        self.card.show_made({}, {})
        self._list_kept()
        self.model.setCurrentIndex(self.model.findData("tuned"))
        self._compare()

    def _failed(self, error: Exception) -> None:
        if self._gone:
            return
        if not isinstance(error, Refusal):
            self._window.notify(error)
            return
        self.problem.setText(f"{error.message(language())}\n{error.hint(language())}".strip())
        self.problem.setVisible(True)

    def _forget(self, name: str) -> None:
        session = self._session
        self._window.jobs.quiet(lambda _progress: forget_tuning(session, name), self._list_kept, self._window.notify)

    def _list_kept(self, _done: object = None) -> None:
        session = self._session
        self._window.jobs.quiet(lambda _progress: kept_tunings(session), self._take_kept)

    def _take_kept(self, kept: Any) -> None:
        if not self._gone:
            self.card.show_kept(kept)
            self._kept = frozenset(kept)
            self._say()

    def _job_changed(self, job: Job) -> None:
        if self._gone or job is not self._job:
            return
        if not job.running:
            self._show_job(None)
        else:
            self.step.setText(say(job.text, language()) if job.text else tr("Starting"))

    def _show_job(self, job: Job | None) -> None:
        self._job = job
        self._work.setVisible(job is not None)
        if job is not None:
            self.problem.setVisible(False)
            self.bar.setRange(0, 0)
            self.step.setText(tr("Starting"))

    def _show_comparison(self, comparison: Comparison | None) -> None:
        self.comparison, self._made = comparison, {}
        self.problem.setVisible(False)
        self.empty.setVisible(not self.files)
        self._asked.setVisible(bool(self.files))
        self._answer.setVisible(comparison is not None)
        self.open.setProperty("role", "" if self.files else "primary")
        self.open.setIcon(icon("mdi6.car-connected", "text" if self.files else "on_accent"))
        self.open.style().unpolish(self.open)
        self.open.style().polish(self.open)
        self.card.allow(comparison is not None, self._session.readonly)
        self.card.show_made({}, {})
        if comparison is not None:
            links = comparison.links
            self.points = DrivePoints(
                links.x, links.y,
                level_colors(links.level_dbm, comparison.technology),
                level_colors(links.predicted_dbm, comparison.technology),
                error_colors(links.error_db),
            )  # fmt: skip
            self.table.show_rows(comparison.cells)
        else:
            self.points = DrivePoints()
        self._say()
        self._draw()

    def _show_cell(self, id: int) -> None:
        comparison = self.comparison
        if comparison is None:
            return
        self.points.only = comparison.links.cell == id if id else None
        box = self._box(self.points.only)
        if box is not None:
            self._window.workspace.zoom_wanted.emit(box)
        self._draw()

    def _box(self, chosen: Any) -> list[float] | None:
        links = self.comparison.links if self.comparison is not None else None
        if links is None or not len(links):
            return None
        x, y = (links.x, links.y) if chosen is None else (links.x[chosen], links.y[chosen])
        more = 50.0 + 0.05 * max(float(np.ptp(x)), float(np.ptp(y)))
        return [float(x.min()) - more, float(y.min()) - more, float(x.max()) + more, float(y.max()) + more]

    def _draw(self, *_changed: object) -> None:
        """Put the samples on the map, or take them off."""
        canvas = self._window.canvas
        if canvas is None:
            return
        canvas.overs = [over for over in canvas.overs if not isinstance(over, DrivePoints)]
        self.points.shown = cast(Shown, self.shown.currentData())
        drawn = self.on_map.isChecked() and self.comparison is not None and not self.isHidden() and not self._gone
        if drawn:
            canvas.overs.append(self.points)
        self.shown.setEnabled(self.on_map.isChecked())
        self.legend.setVisible(self.on_map.isChecked())
        if self.comparison is not None:
            self.legend.show_marks(self.points.shown, tuple(self.comparison.by_technology))
        canvas.update()

    def showEvent(self, event: QShowEvent) -> None:
        """With the panel its samples are on the map again; a trial out of sight cannot be changed by a click."""
        super().showEvent(event)
        canvas = self._window.canvas
        if canvas is not None and canvas.tool.name in ("what_if", "probe"):
            self._window.actions_["tool.browse"].trigger()
        self._draw()

    def hideEvent(self, event: QHideEvent) -> None:
        """Without the panel nobody could say what the marks mean."""
        super().hideEvent(event)
        canvas = self._window.canvas
        if canvas is not None:
            canvas.overs = [over for over in canvas.overs if not isinstance(over, DrivePoints)]
            canvas.update()

    def _say(self) -> None:
        for place, name in enumerate(model_names()):
            said = tr("Automatic, by technology") if name == "auto" else model_label(name, language())
            allowed = name != TUNED or bool(self._kept)
            cast(QStandardItemModel, self.model.model()).item(place).setEnabled(allowed)
            self.model.setItemText(place, said if allowed else f"{said} ({tr('no calibration yet')})")
        for place, (_, text) in enumerate(_SHOWN):
            self.shown.setItemText(place, tr(text))
        self.name.setText(", ".join(path.name for path in self.files))
        self.name.setVisible(bool(self.files))
        comparison = self.comparison
        if comparison is None:
            return
        self.figures.show_figures(comparison)
        lines = [
            tr("{used} of {all} samples compared.", used=number(len(comparison.links)),
               all=number(len(comparison.samples)))
        ]  # fmt: skip
        lines += [f"{number(count)}  {say(code, language())}" for code, count in comparison.barred.items()]
        self.used.setText("\n".join(lines))
        self.notes.setText("\n".join(f"• {note.text(language())}" for note in comparison.notes))
        self.notes.setVisible(bool(comparison.notes))


class _Figures(QWidget):
    """The four figures of all samples, large."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        self.values: list[QLabel] = []
        for place, text in enumerate(
            (mark("Mean error"), mark("drive|Absolute"), mark("drive|Spread σ"), mark("drive|Corr. r"))
        ):
            name, value = QLabel(), QLabel()
            name.setProperty("role", "soft")
            value.setProperty("role", "title")
            worded(name, "setText", text)
            grid.addWidget(name, 0, place)
            grid.addWidget(value, 1, place, Qt.AlignmentFlag.AlignLeft)
            grid.setColumnStretch(place, 1)
            self.values.append(value)

    def show_figures(self, comparison: Comparison) -> None:
        """Show those of a comparison."""
        figures = comparison.overall
        correlation = "–" if figures.correlation is None else number(figures.correlation, 2).replace("-", "−")
        for label, text in zip(
            self.values,
            (
                f"{signed(figures.mean_db)} dB",
                f"{number(figures.mean_absolute_db, 1)} dB",
                f"{number(figures.sigma_db, 1)} dB",
                correlation,
            ),
            strict=True,
        ):
            label.setText(text)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What reading and comparing came to: ``columns`` of the file, and either a comparison or why there is none."""

    read: tuple[DriveFile, ...]
    columns: tuple[str, ...]
    comparison: Comparison | None
    refusal: Refusal | None


def _read_and_compare(
    session: Any, files: Sequence[Path], choices: DriveChoices, wish: Wish, progress: Progress
) -> _Outcome:
    columns = columns_in(files[0])
    read: tuple[DriveFile, ...] = ()
    try:
        read = tuple(read_drive_test(session, path, choices, progress) for path in files)
        return _Outcome(read, columns, compare_drive_test(session, read, wish, progress), None)
    except Refusal as refusal:
        return _Outcome(read, columns, None, refusal)
