"""Symbols by the values of a field: which field, in which colours; what is missing is added, what is rare goes last."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.jobs import JobRunner
from desktop.shell.notices import notify
from desktop.shell.words import mark, tr, worded, words
from desktop.styling.controls import CalmBox, Rows, while_alive
from desktop.styling.fields import choices, coded, few, first
from desktop.styling.ramp_choice import RampChoice, main_colors, recolored
from desktop.styling.values import value_counts
from gis.cartography.breaks import style_with_categories
from gis.cartography.ramps import Ramp, ramps
from gis.cartography.symbols import MOST_VARIANTS, LayerStyle, Variant
from gis.catalogue import FeatureClass
from gis.progress import Progress

_FIRST = "okabe_ito"


class CategoriesPage(QWidget):
    """``edited(LayerStyle, gesture)``. Values are read on a worker thread; only the newest answer counts."""

    edited = Signal(object, str)

    def __init__(self, session: Any, jobs: JobRunner) -> None:
        super().__init__()
        self._session, self._jobs = session, jobs
        self._style: LayerStyle | None = None
        self._cls: FeatureClass | None = None
        self._asked = 0
        self.field = CalmBox()
        self.ramp = RampChoice(("qualitative", "sequential", "diverging"))
        self.missing, self.sort = QPushButton(), QPushButton()
        for button, text in ((self.missing, mark("Add missing values")), (self.sort, mark("Most frequent first"))):
            button.setProperty("role", "link")
            worded(button, "setText", text)
        rows = Rows()
        rows.row(mark("Field"), self.field)
        rows.row(mark("Colours"), self.ramp)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.addWidget(self.missing)
        buttons.addStretch(1)
        buttons.addWidget(self.sort)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(rows)
        column.addLayout(buttons)
        self.field.chosen.connect(self._field_chosen)
        self.ramp.chosen.connect(self._ramp_chosen)
        self.missing.clicked.connect(lambda: self._count(_with_missing))
        self.sort.clicked.connect(lambda: self._count(_by_count))
        words().changed.connect(self._say)

    def start(self, style: LayerStyle, cls: FeatureClass, default: LayerStyle) -> bool:
        """Tell a class apart that was drawn otherwise so far; False where it has no field for that."""
        field = first(cls, few, style.by, default.by) or first(cls, coded, style.by)
        if field is None:
            return False
        self._style, self._cls = style, cls
        self.ramp.ramp = ramps()[_FIRST]
        self._field_chosen(field)
        return True

    def show_style(self, style: LayerStyle, cls: FeatureClass) -> None:
        """Show by which field a class is told apart."""
        self._style, self._cls = style, cls
        self.ramp.show_colors(main_colors(style))
        self._say()

    def _say(self, *_language: object) -> None:
        if self._cls is not None and self._style is not None:
            self.field.fill(choices(self._cls, coded), self._style.by)

    def _field_chosen(self, field: str) -> None:
        ramp, cls = self.ramp.ramp, self._cls
        assert cls is not None
        if cls.field(field).codes or cls.field(field).type == "boolean":
            self._asked += 1
            self.edited.emit(style_with_categories(self._style, cls, field, ramp), "")
        else:
            self._count(lambda style, counts, ramp: style_with_categories(style, cls, field, ramp, counts), field)

    def _ramp_chosen(self, ramp: Ramp) -> None:
        if self._style is not None and len(self._style.variants) > 1:
            self.edited.emit(recolored(self._style, ramp), "")

    def _count(self, change: Any, field: str | None = None) -> None:
        """Read how often each value occurs, and change the style by it."""
        style, session, ramp = self._style, self._session, self.ramp.ramp
        name = field or (style.by if style is not None else None)
        if style is None or name is None:
            return
        self._asked += 1

        def work(_progress: Progress) -> LayerStyle:
            return change(style, value_counts(session, style.cls, name), ramp)

        self._jobs.quiet(work, while_alive(self, partial(self._counted, self._asked, style)), notify)

    def _counted(self, asked: int, before: LayerStyle, style: LayerStyle) -> None:
        if asked != self._asked:
            return
        if style == before:
            notify(tr("Nothing to change: every value has its symbol."), "info")
        else:
            self.edited.emit(style, "")


def _with_missing(style: LayerStyle, counts: dict[str, int], ramp: Ramp) -> LayerStyle:
    """A symbol for every value that has none yet, in the next colours of the ramp."""
    known = {variant.value for variant in style.variants}
    new = [value for value in counts if value not in known][: MOST_VARIANTS - len(style.variants)]
    told = len(style.variants) - 1
    made = [_like(style, value, color) for value, color in zip(new, ramp.of(told + len(new))[told:], strict=True)]
    return replace(style, variants=(*style.variants, *made))


def _like(style: LayerStyle, value: str, color: str) -> Variant:
    base = replace(style.variants[0], value=value, label="", visible=True)
    return replace(base, fill=color) if style.kind == "polygon" else replace(base, color=color)


def _by_count(style: LayerStyle, counts: dict[str, int], _ramp: Ramp) -> LayerStyle:
    """The most frequent value first."""
    told = sorted(style.variants[1:], key=lambda variant: -counts.get(variant.value or "", 0))
    return replace(style, variants=(style.variants[0], *told))
