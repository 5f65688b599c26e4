"""The answer of a coverage run: headline, legend, shares by area, what the reader has to know, and its provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from desktop.panels.analysis_figures import RunFigures
from desktop.panels.analysis_legend import Legend, clear_grid
from desktop.panels.analysis_more import FILES
from desktop.panels.area_shares import AreaShares, ShareBar, share_text
from desktop.shell.formatting import area, duration, length, moment, number, share
from desktop.shell.icons import icon
from desktop.shell.theme import theme
from desktop.shell.words import language, tr, worded, words
from gis.catalogue import Catalogue
from gis.coverage.classes import LevelClass, technology
from gis.coverage.layers import LayerLook
from gis.coverage.results import Note
from gis.project.analysis import RASTER, run_layers, run_look, run_notes, run_title

_NARROW_NO_BREAK = "\u202f"


class AnalysisResult(QWidget):
    """Shows one run.

    ``area_chosen(id)``: a row of the table was clicked; ``place_chosen(bbox)``: a gap was; ``map_changed``: draw
    other levels.
    """

    area_chosen = Signal(object)  # ids have 53 bits
    place_chosen = Signal(object)  # a bbox in the project's metres
    map_changed = Signal()

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self.run: Any = None
        self._other: LayerLook | None = None
        self._stale = False
        self._area_name = ""
        self.title, self._about, self._stale_mark = QLabel(), QLabel(), QLabel()
        self.title.setProperty("role", "title")
        self.title.setWordWrap(True)
        self._about.setProperty("role", "soft")
        self._about.setWordWrap(True)
        self._stale_mark.setWordWrap(True)
        self._stale_mark.setObjectName("StaleMark")
        self.area_share, self.people_share = _Headline("Area covered"), _Headline("People covered")
        self.urban = QLabel()
        self.urban.setProperty("role", "soft")
        self.urban.setWordWrap(True)
        heads = QHBoxLayout()
        heads.setSpacing(16)
        for head in (self.area_share, self.people_share):
            heads.addWidget(head, 1, Qt.AlignmentFlag.AlignTop)
        self.on_map = QCheckBox()
        self.on_map.setChecked(True)
        worded(self.on_map, "setText", "Show on the map")
        self.weaker = QCheckBox()
        worded(self.weaker, "setText", "Also what is weaker than the threshold")
        self.on_map.toggled.connect(self._map_changed)
        self.weaker.toggled.connect(self._map_changed)
        self.layer = QComboBox()
        self.layer.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        worded(self.layer, "setAccessibleName", "Result layer")
        self.layer.currentIndexChanged.connect(self._map_changed)
        self.legend = Legend()
        self.areas = AreaShares()
        self.areas.chosen.connect(self.area_chosen)
        self.figures = RunFigures(catalogue)
        self.figures.place_chosen.connect(self.place_chosen)
        self._spread = QLabel()
        self._spread.setProperty("role", "faint")
        self._spread.setWordWrap(True)
        worded(self._spread, "setText", "* No premises inside: people are taken as spread evenly over the area")
        self.notes = QLabel()
        self.notes.setProperty("role", "soft")
        self.notes.setWordWrap(True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts = _Facts()
        self._more = QToolButton()
        self._more.setCheckable(True)
        self._more.setProperty("role", "fold")
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        worded(self._more, "setText", "How this was computed")
        self._more.toggled.connect(self._unfold)
        self._unfold(False)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self._about)
        column.addWidget(self._stale_mark)
        column.addSpacing(4)
        column.addLayout(heads)
        column.addWidget(self.urban)
        column.addSpacing(8)
        column.addWidget(self.on_map)
        column.addWidget(self.layer)
        column.addWidget(self.weaker)
        column.addWidget(self.legend)
        column.addSpacing(8)
        column.addWidget(self.areas)
        column.addWidget(self._spread)
        column.addWidget(self.figures)
        column.addSpacing(4)
        column.addWidget(_section("What to know"))
        column.addWidget(self.notes)
        column.addWidget(self._more)
        column.addWidget(self._facts)
        words().changed.connect(self._say)
        theme().changed.connect(self._dress)
        self._dress()

    def show_run(self, run: Any, *, stale: bool, area_name: str = "") -> None:
        """Show this run's answer; ``area_name`` "" = all areas."""
        self.run, self._stale, self._area_name = run, stale, area_name
        self._say()

    @property
    def shown(self) -> tuple[LevelClass, ...]:
        """The classes to draw on the map, strongest first; none when it is switched off."""
        if self.run is None or not self.on_map.isChecked():
            return ()
        classes = self.look.classes
        return classes if self.weaker.isChecked() else tuple(entry for entry in classes if entry.covered)

    @property
    def look(self) -> LayerLook:
        """How the chosen layer of the run in view is shown."""
        return run_look(self.run, self.layer.currentData() or RASTER)

    def set_stale(self, stale: bool) -> None:
        """Mark the run as older than the data it was made from, or not."""
        self._stale = stale
        self._stale_mark.setVisible(stale)

    # ----------------------------------------------------------------------------------------------------------------
    def _say(self) -> None:
        run = self.run
        if run is None:
            return
        summary = run.summary
        self.title.setText(run_title(run, language()))
        place = self._area_name or tr("All areas")
        self._about.setText(f"{place} · {tr('predicted')} · {moment(run.started_at)}")
        self._stale_mark.setText(tr("The data has changed since. Run again for current figures."))
        self._stale_mark.setVisible(self._stale)
        head = summary["headline"]
        self.area_share.show_share(head["area_share"] if head else None, _of(head, "area"))
        self.people_share.show_share(head["population_share"] if head else None, _of(head, "people"))
        self.urban.setText(_urban(summary["urban"]))
        self.urban.setVisible(summary["urban"] is not None)
        self._offer_layers()
        self._show_legend()
        self.areas.show_rows(summary["areas"])
        self.figures.show_summary(summary)
        self.areas.setVisible(bool(summary["areas"]))
        self._spread.setVisible(any(row["population_basis"] == "area" for row in summary["areas"]))
        self.notes.setText("\n".join(f"•{_NARROW_NO_BREAK}{text}" for text in run_notes(run, language())[1:]))
        self._facts.show_facts(_facts(run))

    def _map_changed(self) -> None:
        self.weaker.setEnabled(self.on_map.isChecked())
        if self.run is not None:
            self._show_legend()
        self.map_changed.emit()

    def _offer_layers(self) -> None:
        """The layers that the run has written, by name; the one in view stays in view where it can."""
        chosen = self.layer.currentData()
        self.layer.blockSignals(True)
        self.layer.clear()
        for name in run_layers(self.run):
            self.layer.addItem(run_look(self.run, name).label.text(language()), name)
        self.layer.setCurrentIndex(max(0, self.layer.findData(chosen)))
        self.layer.blockSignals(False)
        self.layer.setVisible(self.layer.count() > 1)

    def legend_of(self, look: LayerLook | None) -> None:
        """Show the legend of another picture that lies on the map in place of the run's, or the run's own again."""
        self._other = look
        self._show_legend()

    def put_under_figures(self, part: QWidget) -> None:
        """Make room for what one kind of run alone has to tell."""
        self._column.insertWidget(self._column.indexOf(self.figures) + 1, part)

    def put_under_legend(self, part: QWidget) -> None:
        """Make room for what changes the picture, beside the legend that then tells of it."""
        self._column.insertWidget(self._column.indexOf(self.legend) + 1, part)

    def _show_legend(self) -> None:
        self.layer.setEnabled(self.on_map.isChecked() and self._other is None)
        if self._other is not None:
            self.weaker.setVisible(False)
            self.legend.show_look(self._other, weaker=True)
            return
        look = self.look
        level = look.name == RASTER
        self.weaker.setVisible(any(not entry.covered for entry in look.classes))
        if level:
            self.legend.show_classes(self.run, self.weaker.isChecked())
        else:
            self.legend.show_look(look, weaker=self.weaker.isChecked())

    def _unfold(self, open_: bool) -> None:
        self._more.setIcon(icon("mdi6.chevron-down" if open_ else "mdi6.chevron-right", "text_soft"))
        self._facts.setVisible(open_)

    def _dress(self) -> None:
        colors = theme().colors
        self._stale_mark.setStyleSheet(
            f"background: {colors['warn_soft']}; color: {colors['warn']}; border-radius: 6px; padding: 6px 8px;"
        )


class _Headline(QWidget):
    """One figure, large, with its bar and what it is a share of."""

    def __init__(self, label: str) -> None:
        super().__init__()
        name, self.figure, self.of, self.bar = QLabel(), QLabel(), QLabel(), ShareBar()
        name.setProperty("role", "soft")
        worded(name, "setText", label)
        self.figure.setProperty("role", "title")
        self.of.setProperty("role", "faint")
        self.of.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (name, self.figure, self.bar, self.of):
            column.addWidget(widget)

    def show_share(self, value: float | None, of: str) -> None:
        """Show a share, and of what."""
        self.figure.setText(share_text(value))
        self.bar.show_share(value)
        self.of.setText(of)


class _Facts(QWidget):
    """Names and values in two columns."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(20, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these."""
        clear_grid(self._grid)
        for place, (name, value) in enumerate(facts):
            left, right = QLabel(name), QLabel(value)
            left.setProperty("role", "soft")
            right.setWordWrap(True)
            right.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(left, place, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(right, place, 1)


def _section(text: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", "section")
    worded(label, "setText", text)
    return label


def _of(head: dict[str, Any] | None, what: str) -> str:
    if head is None:
        return ""
    if what == "area":
        return tr("{covered} of {whole}", covered=area(head["covered_m2"]), whole=area(head["area_m2"]))
    if head["population"] is None:
        return tr("Population unknown") if head["population_share"] is None else tr("by households")
    covered = number(round(head["population"] * head["population_share"]))
    return tr("{covered} of {whole} people", covered=covered, whole=number(head["population"]))


def _urban(head: dict[str, Any] | None) -> str:
    if head is None:
        return ""
    ground, people = share_text(head["area_share"]), share_text(head["population_share"])
    return tr("Urban area: {area} of the ground, {people} of the people", area=ground, people=people)


def _facts(run: Any) -> list[tuple[str, str]]:
    summary, params = run.summary, run.params
    threshold = summary["threshold_dbm"]
    chosen = "" if params["resolution_m"] else f" ({tr('automatic')})"
    return [
        (tr("Model"), _models(summary["model"])),
        (tr("Measured as"), f"{summary['quantity']} ({summary['unit']})" if summary["quantity"] != "margin"
         else tr("Margin over each technology's own threshold (dB)")),
        (tr("Threshold"), tr("Each its own") if threshold is None else f"{threshold:g} dBm".replace("-", "−")),
        (tr("Resolution"), f"{summary['resolution_m']:g} m" + chosen),
        *_asked(params),
        (tr("Pixels"), " × ".join(number(side) for side in summary["pixels"])),
        (tr("Transmitters"), number(summary["sites"])),
        (tr("State of the data"), tr("version {version}", version=number(run.input_version))),
        (tr("Duration"), duration(run.duration_s)),
        (tr("Run number"), f"{run.id}"),
    ]  # fmt: skip


def _models(note: dict[str, Any]) -> str:
    """The models and their editions alone, without the words around them."""
    kept = Note.from_json(note)
    return str(kept.args.get(f"model_{language()}", kept.text(language())))


def _asked(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the run was told beside the usual questions, and what it was calibrated with."""
    height, load, levels = (params.get(name) for name in ("receiver_height_m", "load", "thresholds"))
    automatic = tr("automatic")
    rows = [
        (tr("Receiver height"), automatic if height is None else length(height)),
        (tr("Load"), automatic if load is None else share(load, 0)),
    ]
    if levels:
        rows.append((tr("Further levels"), ", ".join(f"{level:g}" for level in levels).replace("-", "−") + " dBm"))
    if "ground" in params:  # runs of earlier versions knew no ground
        rows.append((tr("Buildings"), tr("of the project") if params["ground"] else tr("not looked at")))
    rows += [(tr(label), Path(params[name]).name) for name, label, _ in FILES if params.get(name)]
    for kind, tuning in sorted((params.get("tunings") or {}).items()):
        if params["technology"] not in (kind, "any", None):
            continue  # kept in the project, but no cell of the run is of this technology
        line = tr(
            "{kind}: {intercept} dB at 1 km and 1 GHz, {slope} dB a decade, σ {sigma} dB",
            kind=technology(kind).label.text(language()),
            intercept=number(tuning["intercept_db"], 1),
            slope=number(tuning["slope_db"], 1),
            sigma=number(tuning["sigma_db"], 1),
        )
        corrected = len(tuning.get("offsets_db") or ())
        if corrected:
            line += tr("; {count} cells corrected by themselves", count=number(corrected))
        rows.append((tr("Calibration"), line))
    return rows
