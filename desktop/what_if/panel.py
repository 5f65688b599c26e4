"""The what-if panel: a trial of changed antennas with its figures, and the point probe."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.icons import icon
from desktop.shell.scroll_page import ScrollPage
from desktop.shell.words import language, mark, tr, worded, words
from desktop.what_if.antenna import AntennaCard
from desktop.what_if.changes import ChangesList
from desktop.what_if.figures import FiguresTable
from desktop.what_if.picture import GAINED, LEVEL, LOST
from desktop.what_if.probe_page import ProbePage
from desktop.what_if.tools import register
from desktop.what_if.trial import Trial
from gis.cartography.legend import level_legend
from gis.coverage.classes import level_classes
from gis.errors import say

PAGES = (("what_if", mark("What if"), "mdi6.tune-variant"), ("probe", mark("Point probe"), "mdi6.crosshairs-question"))
SHOWN = (("after", mark("After")), ("before", mark("Before")), ("change", mark("Difference")), ("none", mark("Off")))
_DEPENDS = {"cell", "wifi_hotspot", "base_station", "building", "area", "premises"}


class WhatIfPanel(QWidget):
    """Belongs to one project. Stands in the inspector; the trial lives as long as the project is open."""

    def __init__(self, window: Any) -> None:
        super().__init__()
        register()
        self._window, self._session = window, window.session
        self.trial = Trial(window, self)
        self.probe = ProbePage(window, self.trial)
        self.trial.probing = self.probe
        self.start, self.stop, self.back = QPushButton(), QPushButton(), QToolButton()
        self.bar, self.step = QProgressBar(), QLabel()
        self.about, self._lead, self._stale = QLabel(), QLabel(), QLabel()
        self.reload = QPushButton()
        self.figures = FiguresTable()
        self.card = AntennaCard(self.trial, self._session.catalogue)
        self.changes = ChangesList(self.trial, self._session.catalogue)
        self.add, self.sectors, self.layer = QPushButton(), QComboBox(), QComboBox()
        self.accept, self.discard, self.reset = QPushButton(), QPushButton(), QPushButton()
        self._legend, self._none, self.notes = QLabel(), QLabel(), QLabel()
        self._pages, self._shown = QButtonGroup(self), QButtonGroup(self)
        self._page_row = _segments(self._pages, [(text, image) for _, text, image in PAGES])
        self._shown_row = _segments(self._shown, [(text, "") for _, text in SHOWN])
        self._build()
        self._connect()
        self._say()
        self._state_changed()

    @property
    def page(self) -> str:
        """ "what_if" or "probe"."""
        return PAGES[self._pages.checkedId()][0]

    def show_page(self, name: str) -> None:
        """Turn to a page, with its tool in hand; a trial begins by itself when the probe needs one."""
        self._pages.button([page for page, _, _ in PAGES].index(name)).setChecked(True)
        self._state_changed()
        self._window.rooms.set_tool(name)
        if name == "probe" and not self.trial.stands and self.trial.job is None:
            self.begin()

    def begin(self) -> None:
        """Compute the inventory's coverage, asked for as in the Analyse panel."""
        settings = getattr(self._window.rooms.panel("analyse"), "settings", None)
        if settings is None:
            self.trial.start("cells", {})
        else:
            self.trial.start(settings.kind, settings.wish())

    # Building -------------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.back.setIcon(icon("mdi6.arrow-left", "text_soft"))
        worded(self.back, "setToolTip", "Back to the coverage analysis")
        worded(self.back, "setAccessibleName", "Back to the coverage analysis")
        title = QLabel()
        title.setProperty("role", "title")
        worded(title, "setText", "What-if and probe")
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.back)
        head.addWidget(title, 1)
        for label in (self.about, self._lead, self._none, self._legend, self._stale, self.notes):
            label.setProperty("role", "soft")
            label.setWordWrap(True)
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self.step.setProperty("role", "soft")
        self.bar.setTextVisible(False)
        self.start.setProperty("role", "primary")
        self.start.setIcon(icon("mdi6.play", "on_accent"))
        self.accept.setProperty("role", "primary")
        self.accept.setIcon(icon("mdi6.check", "on_accent"))
        self.add.setIcon(icon("mdi6.plus", "text"))
        self.add.setCheckable(True)
        for button, text in (
            (self.start, "Begin a trial"), (self.stop, "Cancel"), (self.accept, "Accept into the inventory"),
            (self.discard, "End without changes"), (self.reset, "All as it was"), (self.add, "Add on the map"),
            (self.reload, "Read again"),
        ):  # fmt: skip
            worded(button, "setText", text)
        worded(self._lead, "setText", "Turn, tilt, move, add or take out antennas and watch the coverage follow. "
               "The inventory is not touched until you accept. Technology, operator, area and resolution are those of "
               "the coverage analysis.")  # fmt: skip
        worded(self._none, "setText", "Click an antenna on the map: drag its circle to turn, its diamond to tilt, its "
               "mast to move.")  # fmt: skip
        worded(self._stale, "setText", "The data has changed since. Read it again for current figures.")
        worded(self.sectors, "setAccessibleName", "Sectors of a new mast")
        self._work = _stack(_row(self.step, self.stop, stretch=0), self.bar)
        self._stale_row = _stack(self._stale, _row(self.reload))
        self.layer.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        worded(self.layer, "setAccessibleName", "Result layer")
        self._map_part = _stack(self._shown_row, self.layer, self._legend)
        self._adding = _row(self.add, self.sectors)
        self._ends = _stack(self.accept, _row(self.reset, self.discard))
        self._trying = _stack(
            self.figures, self._map_part, self._none, self.card, self._adding,
            _section("Changes"), self.changes, spacing=12,
        )  # fmt: skip
        self._changes_title = self._trying.layout().itemAt(5).widget()
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self._told = _stack(_section("What to know"), self.notes)
        self._foot = QWidget()  # always in sight, however long the page
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(16, 8, 16, 12)
        foot.addWidget(self._ends)
        scroll = ScrollPage()
        scroll.column.addLayout(head)
        for widget in (self._page_row, self.about, self._stale_row, self._lead, self.start, self._work, self._trying,
                       self.probe, self._told):  # fmt: skip
            scroll.column.addWidget(widget)
        scroll.column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll, 1)
        outer.addWidget(self._foot)

    def _connect(self) -> None:
        trial, window = self.trial, self._window
        self.start.clicked.connect(self.begin)
        self.stop.clicked.connect(self._cancel)
        self.reload.clicked.connect(trial.restart)
        self.accept.clicked.connect(trial.accept)
        self.discard.clicked.connect(trial.stop)
        self.reset.clicked.connect(trial.clear)
        self.back.clicked.connect(self._go_back)
        self.add.toggled.connect(self._add_toggled)
        self.sectors.currentIndexChanged.connect(self._sectors_chosen)
        self.layer.currentIndexChanged.connect(self._layer_chosen)
        self._pages.idClicked.connect(self._page_clicked)
        self._shown.idClicked.connect(self._shown_clicked)
        trial.state_changed.connect(self._state_changed)
        trial.changed.connect(self._trial_changed)
        trial.changed.connect(self.figures.wait)
        trial.chosen_changed.connect(self._trial_changed)
        trial.figured.connect(self._figured)
        window.workspace.changed.connect(self._data_changed)
        window.workspace.session_leaving.connect(trial.close)
        words().changed.connect(self._say)

    def showEvent(self, event: Any) -> None:
        self.trial.look(True)
        super().showEvent(event)

    def hideEvent(self, event: Any) -> None:
        if self.isHidden():  # another page stands here; the inspector may also be folded away for a larger map
            self.trial.look(False)
        super().hideEvent(event)

    # What the user does ---------------------------------------------------------------------------------------------
    def _page_clicked(self, place: int) -> None:
        self.show_page(PAGES[place][0])

    def _shown_clicked(self, place: int) -> None:
        self.trial.show(SHOWN[place][0])
        self._say_legend()

    def _layer_chosen(self, _place: int) -> None:
        self.trial.show(self.trial.picture.shown, self.layer.currentData())
        self._say_legend()

    def _go_back(self) -> None:
        self._window.rooms.enter_mode("analyse")

    def _cancel(self) -> None:
        if self.trial.job is not None:
            self.trial.job.cancel()

    def _add_toggled(self, on: bool) -> None:
        if on and self._window.canvas.tool.name != "what_if":
            self._window.rooms.set_tool("what_if")
        self.trial.adding = on
        self._window.canvas.tell_hint()

    def _sectors_chosen(self, _place: int) -> None:
        self.trial.sectors = self.sectors.currentData() or 1

    # What comes back ------------------------------------------------------------------------------------------------
    def _state_changed(self) -> None:
        trial = self.trial
        stands, job, probing = trial.stands, trial.job, self.page == "probe"
        self._work.setVisible(job is not None)
        if job is not None:
            known = job.share
            self.bar.setRange(0, 0 if known is None else 1000)
            if known is not None:
                self.bar.setValue(round(known * 1000))
            self.step.setText(say(job.text, language()) if job.text else tr("Starting"))
        self.start.setVisible(not stands and job is None)
        self._lead.setVisible(not stands and not probing)
        self.about.setText(self._asked())
        self.about.setVisible(stands)
        self._trying.setVisible(stands and not probing)
        self.probe.setVisible(stands and probing)
        self.sectors.setVisible(trial.kind == "cells")
        if not stands:
            self.figures.show_figures(None)
            self._stale_row.hide()
        self._told.setVisible(stands)
        if stands:
            told = [note.text(language()) for note in trial.prospect.notes]
            self.notes.setText("\n".join(f"•\u202f{text}" for text in dict.fromkeys(told)))
        self._offer_layers()
        self._say_legend()
        self._trial_changed()

    def _trial_changed(self) -> None:
        trial = self.trial
        any_ = bool(trial.alterations())
        self._foot.setVisible(trial.stands and self.page == "what_if")
        self._changes_title.setVisible(any_)
        self.accept.setVisible(any_)
        self.accept.setEnabled(any_ and self._window.workspace.editable)
        self.accept.setToolTip("" if self._window.workspace.editable else tr("This project is read only."))
        self.reset.setVisible(any_)
        self._none.setVisible(trial.chosen is None)
        if self.add.isChecked() != trial.adding:
            self.add.setChecked(trial.adding)
        self._window.canvas.tell_hint()

    def _figured(self, figures: Any) -> None:
        self.figures.show_figures(figures)

    def _data_changed(self, changed: Any) -> None:
        if self.trial.stands and set(changed.classes) & _DEPENDS:
            self._stale_row.setVisible(self.trial.prospect.stale)

    # Words ----------------------------------------------------------------------------------------------------------
    def _asked(self) -> str:
        prospect = self.trial.prospect
        if prospect is None:
            return ""
        parts = [
            tr("WiFi hotspots") if self.trial.kind == "wifi" else tr("Base stations"),
            prospect.technology.label.text(language()),
        ]
        if prospect.wish.owner is not None:
            codes = self._session.catalogue["cell"].field("owner").codes
            parts.append(next((c.label.text(language()) for c in codes if c.value == prospect.wish.owner), ""))
        parts += [
            tr("{count} antennas", count=f"{len(prospect.transmitters):,}"),
            f"{prospect.grid.resolution_m:g}\u00a0m",
        ]
        return " · ".join(dict.fromkeys(part for part in parts if part))

    def _say(self) -> None:
        chosen = max(self.sectors.currentIndex(), 0)
        self.sectors.blockSignals(True)
        self.sectors.clear()
        for count in (3, 1):
            self.sectors.addItem(tr("{count} sectors", count=count) if count > 1 else tr("1 sector"), count)
        self.sectors.setCurrentIndex(chosen)
        self.sectors.blockSignals(False)
        self._state_changed()

    def _offer_layers(self) -> None:
        """The layers that follow, by name; the one in view stays in view."""
        picture = self.trial.picture
        self.layer.blockSignals(True)
        self.layer.clear()
        if self.trial.stands:
            for name in picture.layers:
                self.layer.addItem(self.trial.look_of(name).label.text(language()), name)
            self.layer.setCurrentIndex(max(0, self.layer.findData(picture.layer)))
        self.layer.blockSignals(False)

    def _say_legend(self) -> None:
        prospect = self.trial.prospect
        shown = self.trial.picture.shown
        if prospect is None or shown == "none":
            self._legend.setText("")
            self._legend.hide()
            return
        self._legend.show()
        self.layer.setVisible(shown != "change")  # gained and lost are of the level
        layer = self.trial.picture.layer
        look = self.trial.look_of(layer)
        if shown == "change":
            pairs = [(GAINED, tr("gained")), (LOST, tr("lost")), ("#808890", tr("covered before and after"))]
        elif not look.keyed:
            self._legend.setText(tr("One colour a cell; equal colours far apart mean nothing."))
            return
        elif layer != LEVEL:
            pairs = look.entries(language())
        else:
            classes = level_classes(prospect.technology.name, prospect.level_threshold)
            levels = level_legend(prospect.technology, classes, language()).entries
            pairs = [(entry.color or "", entry.label) for entry in levels[:-1]]
        entries = [f"{label.replace(' ', '&nbsp;')}" for _, label in pairs]
        boxes = [f'<span style="color:{color}">■</span>' for color, _ in pairs]
        said = "&nbsp;&nbsp; ".join(f"{box}&nbsp;{label}" for box, label in zip(boxes, entries, strict=True))
        self._legend.setText(said)


def _segments(group: QButtonGroup, entries: list[tuple[str, str]]) -> QFrame:
    frame = QFrame()
    frame.setProperty("role", "segments")
    row = QHBoxLayout(frame)
    row.setContentsMargins(2, 2, 2, 2)
    row.setSpacing(2)
    for place, (text, image) in enumerate(entries):
        button = QToolButton()
        button.setCheckable(True)
        if image:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setIcon(icon(image, "text_soft"))
        button.setSizePolicy(button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed)
        worded(button, "setText", text)
        group.addButton(button, place)
        row.addWidget(button)
    group.button(0).setChecked(True)
    return frame


def _row(*widgets: QWidget, stretch: int | None = None) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for place, widget in enumerate(widgets):
        row.addWidget(widget, 1 if stretch is None or stretch == place else 0)
    return made


def _stack(*widgets: QWidget, spacing: int = 8) -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(spacing)
    for widget in widgets:
        column.addWidget(widget)
    return made


def _section(text: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", "section")
    worded(label, "setText", text)
    return label
