"""Keeping the tiles of the view for offline use: down to which zoom, how many they are, and how large about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from desktop.basemaps.shown import key_of
from desktop.shell.formatting import number
from desktop.shell.notices import notify
from desktop.shell.settings import cache_folder
from desktop.shell.words import language, mark, tr, worded
from gis.basemaps.keeping import MOST, USUAL, Kept, area_of, keep, zooms
from gis.errors import Refusal

if TYPE_CHECKING:
    from desktop.shell.window import MainWindow
    from gis.project.basemaps import SavedBaseMap

_TERMS = mark("Keep to the terms and the daily limit of the service. You can stop at any time; what came stays.")
_DEEPER = 3  # levels below the one of the view that are proposed


class KeepDialog(QDialog):
    """Follows the map while it is open: what is kept is what is in view when it is started. Not modal."""

    def __init__(self, window: MainWindow, made: SavedBaseMap) -> None:
        super().__init__(window)
        self._window, self._made = window, made
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        worded(self, "setWindowTitle", "Keep this view for offline use")
        self.zoom = QComboBox()
        self.facts, self.problem, terms = QLabel(), QLabel(), QLabel()
        self.problem.setProperty("role", "problem")
        terms.setProperty("role", "soft")
        for label in (self.facts, self.problem, terms):
            label.setWordWrap(True)
        worded(terms, "setText", _TERMS)
        self.start, close = QPushButton(), QPushButton()
        self.start.setProperty("role", "primary")
        worded(self.start, "setText", "Keep")
        worded(close, "setText", "Close")
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(12)
        for text, field in ((mark("Base map"), QLabel(made.spec.name)), (mark("Down to zoom"), self.zoom)):
            label = QLabel()
            worded(label, "setText", text)
            form.addRow(label, field)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addLayout(form)
        column.addWidget(self.facts)
        column.addWidget(self.problem)
        column.addWidget(terms)
        column.addStretch(1)
        column.addLayout(row)
        self.setMinimumWidth(440)
        for zoom in zooms(made.spec):
            self.zoom.addItem(str(zoom), zoom)
        self.zoom.setCurrentIndex(self._proposed())
        self.zoom.currentIndexChanged.connect(self._say)
        self._window.canvas.viewChanged.connect(self._say)
        self._window.store.changed.connect(self._say)
        self.start.clicked.connect(self.begin)
        close.clicked.connect(self.close)
        self._say()

    @property
    def area(self) -> Any:
        """The tiles of the view as it is."""
        canvas = self._window.canvas
        return area_of(self._made.spec, canvas.view, canvas.project_crs, int(self.zoom.currentData()))

    def begin(self) -> Any:
        """Fetch in a job; its progress stands in the status bar, where it can be cancelled."""
        spec, area, settings = self._made.spec, self.area, self._window.store.now
        key = key_of(spec, settings) or None
        limit = settings.tiles_mb << 20
        job = self._window.jobs.start(
            tr("Keeping tiles of {name}", name=spec.name),
            lambda progress: keep(spec, area, cache_folder(), key, progress, limit), _kept,
        )  # fmt: skip
        self._window.basemaps.keeping = job
        self.close()
        return job

    def _proposed(self) -> int:
        """Some levels below the finest that is seen in a few tiles, as far as that is not too much."""
        canvas = self._window.canvas
        counts = [
            area_of(self._made.spec, canvas.view, canvas.project_crs, self.zoom.itemData(row)).count
            for row in range(self.zoom.count())
        ]
        seen = next((row for row, count in enumerate(counts) if count > 40), len(counts) - 1)
        fitting = [row for row, count in enumerate(counts) if count <= MOST]
        return min(seen + _DEEPER, fitting[-1] if fitting else 0)

    def _say(self, *_args: object) -> None:
        count = self.area.count
        size = count * USUAL / 2**20
        self.facts.setText(
            tr(
                "{count} tiles, about {size} MB",
                count=number(count),
                size=f"{size:.1f}" if size < 10 else f"{size:.0f}",
            )
        )
        refusal = None
        if self._window.store.now.offline:
            refusal = Refusal("ground.offline")
        elif count > MOST:
            refusal = Refusal("ground.too_many_tiles", count=number(count), most=number(MOST))
        self.problem.setVisible(refusal is not None)
        if refusal is not None:
            self.problem.setText(f"{refusal.message(language())}\n{refusal.hint(language())}")
        self.start.setEnabled(refusal is None and count > 0)


def _kept(made: Kept) -> None:
    text = tr(
        "Kept for offline use: {came} tiles came, {there} were there, {none} do not exist, {failed} failed.",
        came=number(made.came), there=number(made.there), none=number(made.none), failed=number(made.failed),
    )  # fmt: skip
    notify(text, "warning" if made.failed else "success")
