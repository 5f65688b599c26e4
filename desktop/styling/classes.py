"""Symbols by classes of a field's values: field, method, number, ramp, and the values with the borders to drag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.jobs import JobRunner
from desktop.shell.notices import notify
from desktop.shell.words import mark, tr, words
from desktop.styling.controls import CalmBox, CalmSpin, Rows, while_alive
from desktop.styling.fields import choices, first, measured, numeric
from desktop.styling.histogram import HistogramView
from desktop.styling.ramp_choice import RampChoice, main_colors, recolored
from desktop.styling.values import Histogram, histogram, method_of, telling_field
from gis.cartography.breaks import classify, style_with_breaks
from gis.cartography.ramps import Ramp, ramps
from gis.cartography.symbols import LayerStyle
from gis.catalogue import FeatureClass
from gis.progress import Progress

METHODS = (
    ("natural", mark("Natural breaks")),
    ("quantile", mark("Equal counts")),
    ("equal", mark("Equal steps")),
    ("pretty", mark("Round numbers")),
    ("std", mark("Standard deviation")),
    ("log", mark("Logarithmic")),
    ("manual", mark("By hand")),
)
MOST = 12
_FIRST = "ylgnbu"


class ClassesPage(QWidget):
    """``edited(LayerStyle, gesture)``. Values are read and divided on a worker thread; the newest answer counts."""

    edited = Signal(object, str)

    def __init__(self, session: Any, jobs: JobRunner) -> None:
        super().__init__()
        self._session, self._jobs = session, jobs
        self._style: LayerStyle | None = None
        self._cls: FeatureClass | None = None
        self._data: Histogram | None = None
        self._read: tuple[str, str] | None = None  # the class and field whose values are there or on their way
        self._asked = 0
        self.field, self.method = CalmBox(), CalmBox()
        self.count = CalmSpin(2, MOST, 1, 0)
        self.ramp = RampChoice(("sequential", "diverging"))
        self.view = HistogramView()
        rows = Rows()
        rows.row(mark("Field"), self.field)
        rows.row(mark("Method"), self.method)
        rows.row(mark("Classes"), self.count)
        rows.row(mark("Ramp"), self.ramp)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(rows)
        column.addWidget(self.view)
        self.field.chosen.connect(self._field_chosen)
        self.method.chosen.connect(lambda _method: self._divide())
        self.count.turned.connect(lambda _count: self._divide())
        self.ramp.chosen.connect(self._ramp_chosen)
        self.view.dragged.connect(self._dragged)
        words().changed.connect(self._say)
        self._method = "natural"
        self._say()

    def start(self, style: LayerStyle, cls: FeatureClass) -> bool:
        """Divide a class that was drawn otherwise so far; False where it has no field for that."""
        wished = (style.by, style.size_by.field if style.size_by else None)
        names = [
            first(cls, measured, *wished),
            *(f.name for fits in (measured, numeric) for f in cls.fields if fits(f)),
        ]
        fields = list(dict.fromkeys(name for name in names if name is not None))
        if not fields:
            return False
        self._style, self._cls, self._method = style, cls, "natural"
        self.ramp.ramp = ramps()[_FIRST]
        self._say()
        self._asked += 1
        session, asked = self._session, self._asked
        self._read, self._data = None, None
        self.view.show_values(None)
        self._jobs.quiet(
            lambda _progress: telling_field(session, cls.name, fields),
            while_alive(self, partial(self._take_field, asked)),
            notify,
        )
        return True

    def _take_field(self, asked: int, found: tuple[str, Histogram]) -> None:
        if asked == self._asked:
            assert self._cls is not None
            self._read, self._data = (self._cls.name, found[0]), found[1]
            self.view.show_classes((), (), "ground")
            self.view.show_values(found[1])
            self._say()
            self._divide()

    def show_style(self, style: LayerStyle, cls: FeatureClass) -> None:
        """Show how a class is divided."""
        self._style, self._cls = style, cls
        uppers = self.borders()
        self.count.show_value(len(style.variants) - 1)
        self.ramp.show_colors(main_colors(style))
        self.view.show_classes(uppers, main_colors(style), style.family)
        self._say()
        if style.by is not None and self._read != (cls.name, style.by):
            self._read_values(style.by, partial(self._known, uppers))

    def data_of(self, style: LayerStyle) -> Histogram | None:
        """The values by which a style divides its class, when they are there."""
        return self._data if self._read == (style.cls, style.by) else None

    def read_again(self) -> None:
        """The data has changed: the histogram is that of now; the borders stay as they are."""
        if self._style is not None and self._style.by is not None:
            self._read_values(self._style.by, lambda: None)

    def borders(self) -> tuple[float, ...]:
        """The values between the classes."""
        style = self._style
        return tuple(v.upper for v in style.variants[1:] if v.upper is not None) if style is not None else ()

    def _say(self, *_language: object) -> None:
        self.method.fill([(tr(text), key) for key, text in METHODS], self._method)
        if self._cls is not None and self._style is not None:
            self.field.fill(choices(self._cls, numeric), self._read[1] if self._read else self._style.by)

    # What the user does ---------------------------------------------------------------------------------------------
    def _field_chosen(self, field: str) -> None:
        self._read_values(field, self._divide)

    def _ramp_chosen(self, ramp: Ramp) -> None:
        if self._style is not None and self._style.mode == "breaks":
            self.edited.emit(recolored(self._style, ramp), "")

    def _dragged(self, borders: Sequence[float]) -> None:
        assert self._style is not None
        self._method = "manual"
        self._asked += 1  # a division still under way must not undo the drag
        made = list(self._style.variants)
        for place, upper in enumerate(borders, 1):
            made[place] = replace(made[place], upper=upper)
        self.edited.emit(replace(self._style, variants=tuple(made)), "borders")

    # Reading and dividing -------------------------------------------------------------------------------------------
    def _read_values(self, field: str, then: Any) -> None:
        assert self._cls is not None
        self._asked += 1
        session, cls = self._session, self._cls.name
        self._read, self._data = (cls, field), None
        self.view.show_values(None)
        self._jobs.quiet(
            lambda _progress: histogram(session, cls, field),
            while_alive(self, partial(self._take_values, self._asked, then)),
            notify,
        )

    def _take_values(self, asked: int, then: Any, data: Histogram) -> None:
        if asked == self._asked:
            self._data = data
            self.view.show_values(data)
            then()

    def _known(self, borders: tuple[float, ...]) -> None:
        """A style that was saved: by which method was it made?"""
        data = self._data
        assert data is not None
        asked = self._asked
        self._jobs.quiet(
            lambda _progress: method_of(data, borders), while_alive(self, partial(self._method_known, asked)), notify
        )

    def _method_known(self, asked: int, method: str) -> None:
        if asked == self._asked:
            self._method = method
            self._say()

    def _divide(self) -> None:
        if self.method.currentData() is not None:
            self._method = self.method.currentData()
        data, style = self._data, self._style
        if data is None or style is None or self._read is None:
            return
        self._asked += 1
        field, method, count = self._read[1], self._method, int(self.count.value())
        if style.mode != "breaks":
            count = 5
        given = _by_hand(self.borders(), count, data) if method == "manual" else ()
        ramp = self.ramp.ramp

        def work(_progress: Progress) -> LayerStyle:
            uppers = classify(data.values, method, count, given=given)  # type: ignore[arg-type]
            return style_with_breaks(style, field, uppers, ramp)

        self._jobs.quiet(work, while_alive(self, partial(self._divided, self._asked)), notify)

    def _divided(self, asked: int, style: LayerStyle) -> None:
        if asked == self._asked:
            self.edited.emit(style, "")


def _by_hand(borders: tuple[float, ...], count: int, data: Histogram) -> tuple[float, ...]:
    """``count - 1`` borders: those that are there, the first ones of too many, halves of the widest class for more."""
    made = list(borders)[: count - 1]
    low, high = float(data.edges[0]), float(data.edges[-1])
    while len(made) < count - 1:
        ends = [low, *made, high]
        widest = max(range(len(ends) - 1), key=lambda i: ends[i + 1] - ends[i])
        made.insert(widest, (ends[widest] + ends[widest + 1]) / 2)
    return tuple(made)
