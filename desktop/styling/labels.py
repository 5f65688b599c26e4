"""How a layer's features are named: by which field or template, how large, between which scales."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QWidget

from desktop.forms.fields import dress
from desktop.shell.formatting import scale
from desktop.shell.icons import icon
from desktop.shell.words import language, mark, tr, worded
from desktop.styling.controls import CalmSpin
from desktop.styling.fields import menu_places, nameable
from desktop.styling.labelling import (
    ANY_SCALE,
    labels_on,
    main_rule,
    round_up,
    with_labels_off,
    with_labels_on,
    with_rule,
)
from desktop.styling.ranges import round_down
from desktop.styling.scale_field import ScaleField
from desktop.styling.sections import Section
from gis.cartography.labels.names import SHORTEST
from gis.cartography.symbols import LayerStyle
from gis.catalogue import FeatureClass

_BRACES = re.compile(r"\{([^{}]*)\}")


class LabelSection(Section):
    """On or off; a field, or a text with fields in braces."""

    def __init__(self, default: Callable[[str], LayerStyle], present: Callable[[], float]) -> None:
        super().__init__()
        self._default, self._present = default, present
        self.on = QCheckBox()
        worded(self.on, "setText", "Show labels")
        self.column.insertWidget(0, self.on)
        self.text = QLineEdit()
        worded(self.text, "setPlaceholderText", "Field, or a text such as {name} {code}")
        self.insert = QToolButton()
        self.insert.setIcon(icon("mdi6.format-list-bulleted", "text_soft"))
        self.insert.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for setter in ("setToolTip", "setAccessibleName"):
            worded(self.insert, setter, "Insert a field")
        self._menu = QMenu(self.insert)
        self._menu.aboutToShow.connect(self._fill)
        self.insert.setMenu(self._menu)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.text, 1)
        row.addWidget(self.insert)
        line.setFocusProxy(self.text)
        worded(self.text, "setAccessibleName", "Label text")
        self.said = QLabel()
        self.said.setProperty("role", "problem")
        self.said.setWordWrap(True)
        self.size_ = CalmSpin(1.0, 12.0, 0.1, 1, "mm")
        self.halo = CalmSpin(0.0, 2.0, 0.05, 2, "mm")
        self.bold, self.soft = QCheckBox(), QCheckBox()
        worded(self.bold, "setText", "Bold")
        worded(self.soft, "setText", "Calm colour")
        self.inner = ScaleField(present, mark("Any scale"), round_up)
        self.outer = ScaleField(present, mark("Any scale"), round_down)
        self.priority = CalmSpin(0.0, 1000.0, 1.0, 0)
        self.spread = CalmSpin(0.0, 400.0, 10.0, 0, "%")
        self.repeat = CalmSpin(SHORTEST, 2000.0, 10.0, 0, "mm")
        text_row = self.rows.row(mark("Label text"), line)
        self.rows.wide(self.said)
        self._holders = [
            text_row,
            self.rows.row(mark("label|Size"), self.size_),
            self.rows.row(mark("Halo"), self.halo),
            self.rows.row(mark("Look"), self.bold, self.soft),
            self.rows.row(mark("Zoomed out to"), self.inner),
            self.rows.row(mark("Zoomed in to"), self.outer),
            self.rows.row(mark("Priority"), self.priority),
        ]
        self._along = [
            self.rows.row(mark("Letters apart by up to"), self.spread),
            self.rows.row(mark("Repeat after"), self.repeat),
        ]
        worded(
            self.spread, "setToolTip", "Chinese names are spread along the line, at most by so much of a letter's size"
        )
        worded(
            self.repeat, "setToolTip", "A name is written again along its line after that distance on paper or screen"
        )
        worded(self.priority, "setToolTip", "Where labels are in each other's way, the higher number stays")
        self.on.clicked.connect(self._switch)
        self.text.textEdited.connect(self._typed)
        for control, name in ((self.size_, "size"), (self.halo, "halo"), (self.priority, "priority")):
            control.turned.connect(partial(self._ruled, name))
        self.spread.turned.connect(lambda percent: self._ruled("spread", percent / 100))
        self.repeat.turned.connect(partial(self._ruled, "repeat"))
        self.bold.clicked.connect(lambda on: self._ruled("bold", on))
        self.soft.clicked.connect(lambda on: self._ruled("soft", on))
        self.inner.chosen.connect(lambda value: self._ruled("max_scale", value or ANY_SCALE))
        self.outer.chosen.connect(partial(self._ruled, "min_scale"))

    def summary(self) -> str:
        """See Section."""
        style = self.style_
        assert style is not None
        if not labels_on(style):
            return tr("off")
        shown = self.label(style.label_field) or style.label_field or ""
        limit = max(rule.max_scale for rule in style.labels.values())
        return f"{shown}, {scale(limit)}" if limit < ANY_SCALE else shown

    def _show(self, style: LayerStyle, cls: FeatureClass) -> None:
        on = labels_on(style)
        self.on.setChecked(on)
        self.said.setVisible(on and bool(self.said.text()))
        for holder in self._holders:
            self.rows.reveal(holder, on)
        for holder in self._along:
            self.rows.reveal(holder, on and style.kind == "line")
        written = _written(style.label_field, cls)
        if not self.text.hasFocus() or self._field(self.text.text()) != style.label_field:
            self.text.setText(written)
            self.text.setCursorPosition(0)
            self._complain("")
        rule = main_rule(style)
        self.size_.show_value(rule.size)
        self.halo.show_value(rule.halo)
        self.priority.show_value(rule.priority)
        self.spread.show_value(rule.spread * 100)
        self.repeat.show_value(rule.repeat)
        self.bold.setChecked(rule.bold)
        self.soft.setChecked(rule.soft)
        self.inner.show_scale(rule.max_scale if rule.max_scale < ANY_SCALE else 0.0)
        self.outer.show_scale(rule.min_scale)

    def _switch(self, on: bool) -> None:
        style, cls = self.style_, self.cls
        assert style is not None
        assert cls is not None
        made = (
            with_labels_off(style) if not on else with_labels_on(style, self._default(cls.name), cls, self._present())
        )
        if made is not None:
            self.edited.emit(made, "")

    def _ruled(self, name: str, value: Any) -> None:
        assert self.style_ is not None
        self.edited.emit(with_rule(self.style_, name, value), f"label.{name}")

    def _typed(self, text: str) -> None:
        cls = self.cls
        assert cls is not None
        assert self.style_ is not None
        field = self._field(text)
        made = replace(self.style_, label_field=field)
        wrong = [name for name in made.label_fields if not cls.has_field(name)]
        if set("{}") & set(_BRACES.sub("", field)):
            self._complain(tr("A brace is missing."))
            return
        if wrong or not field:
            self._complain(tr("There is no field “{name}”.", name=wrong[0]) if wrong else tr("Write a field."))
            return
        self._complain("")
        self.edited.emit(made, "label.text")

    def _complain(self, text: str) -> None:
        dress(self.text, "wrong", bool(text))
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def _field(self, text: str) -> str:
        """What was typed with the fields' names where their labels stand: "{名称}" is "{name}"."""
        cls = self.cls
        assert cls is not None
        names = {key.casefold(): f.name for f in cls.fields for key in (f.label.zh, f.label.en, f.name)}
        text = text.strip().replace("｛", "{").replace("｝", "}")
        if "{" not in text:
            return names.get(text.casefold(), text)
        return _BRACES.sub(lambda found: "{" + names.get(found[1].strip().casefold(), found[1].strip()) + "}", text)

    def _fill(self) -> None:
        self._menu.clear()
        assert self.cls is not None
        for field, place in menu_places(self._menu, self.cls, nameable):
            label = field.label.text(language())
            place.addAction(label, partial(self._put, label))

    def _put(self, label: str) -> None:
        """A field alone when it is the first, else one more in braces."""
        text = self.text.text().strip()
        made = (text if "{" in text else "{" + text + "}") + " {" + label + "}" if text else label
        self.text.setText(made)
        self.text.setFocus()
        self._typed(made)


def _written(label_field: str | None, cls: FeatureClass) -> str:
    """A label field or template as the user reads it: with the fields' labels."""
    text = label_field or ""
    if cls.has_field(text):
        return cls.field(text).label.text(language())
    for field in cls.fields:
        text = text.replace("{" + field.name + "}", "{" + field.label.text(language()) + "}")
    return text
