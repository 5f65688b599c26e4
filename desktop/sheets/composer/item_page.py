"""The properties of one item, made from the fields of its kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.sheets.composer.draft import Draft
from desktop.sheets.composer.editors import (
    COUNTS,
    RANGES,
    ChoiceEditor,
    ColorEditor,
    Editor,
    FileEditor,
    LayersEditor,
    LineEditor,
    NumberEditor,
    ScaleEditor,
    SwitchEditor,
)
from desktop.sheets.composer.text_field import TextField
from desktop.sheets.composer.wording import CHOICES, LABELS, content_choices, item_name
from desktop.shell.words import language, mark, tr, worded
from desktop.styling.controls import CalmSpin, Rows
from gis.cartography.sheets import editing
from gis.cartography.sheets.items import KINDS as CLASSES
from gis.cartography.sheets.items import Box, ColumnItem, Item, LineItem, MapItem
from gis.catalogue import Catalogue
from gis.project.sheet_cards import card_indicators

_ONLY = {  # properties that mean something only where the map has that role
    "frame_of": ("overview", "inset"), "place": ("inset",), "layers": ("overview", "inset"),
}  # fmt: skip
_HIDDEN = ("box", "items", "center")
_SIDES = (("x", mark("From the left")), ("y", mark("From the top")), ("width", mark("property|Width")),
          ("height", mark("Height")))  # fmt: skip
_FIRST = ("text", "heading", "role", "content", "form", "indicator", "file", "of", "place", "denominator", "frame_of",
          "layers", "grid", "band", "size")  # fmt: skip


class ItemPage(QWidget):
    """Of items of one kind: ``changed(name, value)`` with a field, ``boxed(Box)``, ``freed`` out of its column,
    ``content_wanted`` and ``centered`` for maps.
    """

    changed = Signal(str, object)
    boxed = Signal(object)
    freed = Signal()
    content_wanted = Signal()
    centered = Signal()

    def __init__(self, kind: str, draft: Draft, catalogue: Catalogue, areas: Callable[[], Any], folder: Path) -> None:
        super().__init__()
        self._draft, self._catalogue, self._areas = draft, catalogue, areas
        self._folder = folder
        self._item: Item | None = None
        self._taking = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.rows = Rows()
        self.editors: dict[str, Editor | TextField] = {}
        self._holders: dict[str, QWidget] = {}
        fields = [field.name for field in dataclasses.fields(CLASSES[kind]) if field.name not in _HIDDEN]
        fields.sort(key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST) + (name == "id"))
        for name in fields:
            editor = self._editor(kind, name)
            self.editors[name] = editor
            if isinstance(editor, TextField):
                said = QLabel(self)
                said.setProperty("role", "soft")
                worded(said, "setText", LABELS[name])
                said.setVisible(name != "text")
                if name != "text":  # the page is headed so already
                    self.rows.wide(said)
                self.rows.wide(editor)
            else:
                label = mark("property|Thickness") if kind in ("line", "frame") and name == "width" else LABELS[name]
                worded(editor, "setAccessibleName", label)
                self._holders[name] = self.rows.row(label, editor)
            editor.edited.connect(partial(self._edited, name))
        column.addLayout(self.rows)
        self.into = QPushButton()
        self.recenter = QPushButton()
        for button, text in ((self.into, mark("Move the map in its frame")), (self.recenter, mark("Centre anew"))):
            worded(button, "setText", text)
            button.setVisible(kind == "map")
            column.addWidget(button)
        self.into.clicked.connect(self.content_wanted)
        self.recenter.clicked.connect(self.centered)
        column.addWidget(self._places())
        self.free = QPushButton()
        worded(self.free, "setText", "Take out of the column")
        self.free.clicked.connect(self.freed)
        column.addWidget(self.free)

    def _places(self) -> QWidget:
        self.sides: dict[str, CalmSpin] = {}
        self.place = QWidget()
        grid = QGridLayout(self.place)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for i, (name, label) in enumerate(_SIDES):
            spin = CalmSpin(0.0, 1200.0, 1.0, 2, "mm")
            spin.setKeyboardTracking(False)
            said = QLabel()
            said.setProperty("role", "soft")
            worded(said, "setText", label)
            worded(spin, "setAccessibleName", label)
            said.setBuddy(spin)
            grid.addWidget(said, 2 * (i // 2), i % 2)
            grid.addWidget(spin, 2 * (i // 2) + 1, i % 2)
            spin.turned.connect(self._sized)
            self.sides[name] = spin
        return self.place

    def _editor(self, kind: str, name: str) -> Editor | TextField:
        if name in ("text", "heading"):
            return TextField(LABELS[name], 3 if name == "text" else 1)
        if name in CHOICES:
            return ChoiceEditor(lambda: [(tr(text), key) for key, text in CHOICES[name]])
        if name in ("of", "frame_of"):
            return ChoiceEditor(partial(self._maps, name))
        if name == "place":
            return ChoiceEditor(lambda: [(tr("Whole city"), ""), *((text, code) for code, text in self._areas())])
        if name == "content":
            return ChoiceEditor(lambda: content_choices(self._catalogue))
        if name == "indicator":
            return ChoiceEditor(
                lambda: [
                    (tr("That of the analysis"), ""),
                    *((label.text(language()), id) for id, label in card_indicators()),
                ]
            )
        if name == "denominator":
            return ScaleEditor()
        if name == "layers":
            return LayersEditor(self._catalogue, lambda: self._draft.template.layers)
        if name == "file":
            return FileEditor(lambda: self._folder)
        if name == "fill":
            return ColorEditor()
        if name == "bold":
            return SwitchEditor()
        if name in COUNTS:
            low, high = COUNTS[name]
            return NumberEditor(low, high, 1, 0, "")
        if name in RANGES:
            low_, high_, step = RANGES[name]
            if name == "width" and kind in ("line", "frame"):
                return NumberEditor(0.0, 10.0, 0.1, 2)
            return NumberEditor(low_, high_, step)
        return LineEditor()

    def _maps(self, name: str) -> list[tuple[str, str]]:
        first = (tr("Main map"), "") if name == "of" else (tr("None|Nothing"), "")
        main = self._draft.template.map_item.id
        own = self._item.id if self._item is not None else ""
        maps = [item for item in self._draft.template.items if isinstance(item, MapItem)]
        kept = [item for item in maps if item.id != own and (name != "of" or item.id != main)]
        named = {item.id: item_name(item) for item in kept}
        twice = [said for said in named.values() if list(named.values()).count(said) > 1]
        return [first, *((f"{said} ({id})" if said in twice else said, id) for id, said in named.items())]

    def show_item(self, item: Item, denominator: float) -> None:
        """Show what the item says; ``denominator``: the sheet's fixed scale, of its main map."""
        self._item, self._taking = item, True
        try:
            for name, editor in self.editors.items():
                value = getattr(item, name)
                if name == "denominator" and isinstance(item, MapItem) and item.role == "main":
                    value = denominator
                editor.show_value(value)
                roles = _ONLY.get(name)
                if roles is not None and isinstance(item, MapItem):
                    shown = item.role in roles or bool(getattr(item, name))
                    self.rows.reveal(self._holders[name], shown)
            free = item.id in {one.id for one in self._draft.template.items}
            self.place.setVisible(free and item.box is not None)
            self.free.setVisible(not free)
            if item.box is not None:
                for name, spin in self.sides.items():
                    spin.show_value(getattr(item.box, name))
                least = 0.1 if isinstance(item, LineItem) else editing.smallest(item)
                for name in ("width", "height"):
                    self.sides[name].setMinimum(min(least, getattr(item.box, name)))
            if isinstance(item, ColumnItem):
                self.editors["split"].setEnabled(bool(item.items))
        finally:
            self._taking = False

    def take_focus(self) -> bool:
        """The keyboard to the words of a text. Whether there are any."""
        text = self.editors.get("text")
        if isinstance(text, TextField):
            text.take_focus()
            return True
        return False

    def _edited(self, name: str, value: Any) -> None:
        if not self._taking:
            if name == "heading" and isinstance(value, dict) and not any(value.values()):
                value = None
            self.changed.emit(name, value)

    def _sized(self, _value: float) -> None:
        if not self._taking:
            self.boxed.emit(Box(*(self.sides[name].value() for name, _ in _SIDES)))
