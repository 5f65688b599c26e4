"""One rule of a style: which features it is for, in words that the program understands; and how rules are made."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from desktop.forms.fields import dress
from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded, words
from desktop.styling.entries import variant_label
from desktop.styling.fields import menu_places
from desktop.styling.ramp_choice import recolored
from gis.cartography.breaks import style_with_rules
from gis.cartography.ramps import ramps
from gis.cartography.symbols import MOST_VARIANTS, LayerStyle
from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.query import compile_filter

_REST_MS = 250


class RuleEditor(QWidget):
    """``changed(expression)`` when what was typed can be understood; what cannot changes nothing and says where."""

    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._cls: FeatureClass | None = None
        self._where = ""
        self.line = QLineEdit()
        self.line.setClearButtonEnabled(False)
        worded(self.line, "setPlaceholderText", "Condition, e.g. height_m > 20")
        worded(self.line, "setAccessibleName", "Condition of the rule")
        self.insert = QToolButton()
        self.insert.setIcon(icon("mdi6.format-list-bulleted", "text_soft"))
        self.insert.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for setter in ("setToolTip", "setAccessibleName"):
            worded(self.insert, setter, "Insert a field or a value")
        self._menu = QMenu(self.insert)
        self._menu.aboutToShow.connect(self._fill)
        self.insert.setMenu(self._menu)
        self.said = QLabel()
        self.said.setWordWrap(True)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(self.insert)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.said)
        self.setFocusProxy(self.line)
        self._due = QTimer(self, singleShot=True, interval=_REST_MS)
        self._due.timeout.connect(self._apply)
        self.line.textEdited.connect(self._typed)
        self.line.editingFinished.connect(self._apply)
        words().changed.connect(self._check)

    def show_rule(self, where: str, cls: FeatureClass, count: int | None) -> None:
        """Show a rule and how many features it draws; what is just being typed stays."""
        if where != self._where or cls is not self._cls:
            self._where, self._cls = where, cls
            if self.line.text() != where:
                self.line.setText(where)
            self._due.stop()
        self._check()
        if not self.said.property("wrong") and count is not None and where:
            self.said.setText(tr("Draws {count} features", count=f"{count:,}"))

    def problem(self) -> Refusal | None:
        """What is wrong with what stands in the line."""
        text = self.line.text().strip()
        if not text or self._cls is None:
            return None
        try:
            compile_filter(text, self._cls)
        except Refusal as refusal:
            return refusal
        return None

    def _typed(self) -> None:
        self._check()
        self._due.start()

    def _check(self, *_language: object) -> None:
        problem = self.problem()
        wrong = problem is not None
        dress(self.line, "wrong", wrong)
        self.said.setProperty("role", "problem" if wrong else "soft")
        dress(self.said, "wrong", wrong)
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)
        if problem is not None:
            self.said.setText(_short(problem))
        elif not self.line.text().strip():
            self.said.setText(tr("Without a condition this rule draws nothing."))
        elif self.line.text().strip() != self._where:
            self.said.setText("")

    def _apply(self) -> None:
        self._due.stop()
        text = self.line.text().strip()
        if text != self._where and self.problem() is None:
            self._where = text
            self.changed.emit(text)

    def _fill(self) -> None:
        menu = self._menu
        menu.clear()
        assert self._cls is not None
        for field, place in menu_places(menu, self._cls, lambda f: not f.restricted and f.type != "ref"):
            label = field.label.text(language())
            if field.codes:
                values = place.addMenu(label)
                for code in field.codes:
                    said = code.label.text(language())
                    values.addAction(said, partial(self._put, f"{field.name} = '{said}'"))
            elif field.type == "boolean":
                values = place.addMenu(label)
                values.addAction(tr("Yes"), partial(self._put, f"{field.name} = true"))
                values.addAction(tr("No"), partial(self._put, f"{field.name} = false"))
            else:
                place.addAction(label, partial(self._put, field.name))

    def _put(self, text: str) -> None:
        before = self.line.text()[: self.line.cursorPosition()]
        complete = bool(before.strip()) and self.problem() is None
        gap = " and " if complete else " " if before and not before.endswith((" ", "(")) else ""
        self.line.insert(gap + text)
        self.line.setFocus()
        self._typed()


def _short(problem: Refusal) -> str:
    """The message without the expression again, which stands right above it, and the first line of the hint."""
    if problem.code == "query.wrong":
        return tr("Wrong at letter {at}: “{found}”", **{k: problem.arguments[k] for k in ("at", "found")})
    if problem.code == "query.unfinished":
        return tr("Not finished yet")
    return problem.message(language())


def with_rules(style: LayerStyle, cls: FeatureClass) -> LayerStyle:
    """A class drawn by rules from now on: what told its features apart so far is turned into rules that do the same."""
    told = []
    for place in range(1, len(style.variants)):
        where = _condition(style, place, cls)
        if where and style.mode in ("category", "breaks"):
            variant = style.variants[place]
            label = variant_label(style, place, cls)
            told.append(replace(variant, value=None, upper=None, where=where, label=label))
    if not told:
        return style_with_rules(style, [("", "")])
    made = style_with_rules(style, [])
    base = replace(style.variants[0], value=None, upper=None, where="")
    return replace(made, variants=(base, *told))


def _condition(style: LayerStyle, place: int, cls: FeatureClass) -> str:
    if style.by is None or not cls.has_field(style.by):
        return ""
    variant, field = style.variants[place], cls.field(style.by)
    if style.mode == "breaks":
        lower = style.variants[place - 1].upper if place > 1 else None
        parts = [] if lower is None else [f"{field.name} > {lower:.12g}"]
        parts += [] if variant.upper is None else [f"{field.name} <= {variant.upper:.12g}"]
        return " and ".join(parts) or f"{field.name} is not null"
    if not variant.value:
        return ""
    if field.type in ("integer", "real", "boolean"):
        return f"{field.name} = {variant.value}"
    quoted = variant.value.replace("'", "''")
    return f"{field.name} = '{quoted}'"


def with_new_rule(style: LayerStyle) -> LayerStyle:
    """One rule more, last of all, in the next colour; it draws nothing until it has a condition."""
    if len(style.variants) >= MOST_VARIANTS:
        return style
    made = replace(style.variants[0], value=None, where="", label="", visible=True)
    whole = replace(style, variants=(*style.variants, made))
    color = recolored(whole, ramps()["okabe_ito"]).variants[-1]
    return replace(style, variants=(*style.variants, replace(made, color=color.color, fill=color.fill)))


def without(style: LayerStyle, places: list[int]) -> LayerStyle:
    """The style without some variants; the base stays."""
    gone = set(places) - {0}
    return replace(style, variants=tuple(v for i, v in enumerate(style.variants) if i not in gone))


def moved(style: LayerStyle, source: int, target: int) -> LayerStyle:
    """The style with a variant at another one's place."""
    variants: list[Any] = list(style.variants)
    variants.insert(target, variants.pop(source))
    return replace(style, variants=tuple(variants))
