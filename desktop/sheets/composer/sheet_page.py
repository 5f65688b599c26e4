"""The properties of the whole sheet: words, paper, margins; shown while no item is selected."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from desktop.sheets.composer.editors import ChoiceEditor, ScaleEditor
from desktop.shell.words import mark, tr, worded
from desktop.styling.controls import CalmSpin, Rows
from gis.cartography.sheets.editing import orientation_of, paper_names
from gis.cartography.sheets.items import Margins
from gis.project.sheets import Sheet

WORDS = (
    ("title", mark("sheet|Title")),
    ("subtitle", mark("field|Subtitle")),
    ("maker", mark("Made by")),
    ("approval", mark("Approval number")),
    ("mark", mark("field|Classification mark")),
    ("notes", mark("field|Notes")),
)
_SIDES = (
    ("left", mark("side|Left")), ("right", mark("side|Right")), ("top", mark("side|Top")),
    ("bottom", mark("side|Bottom")),
)  # fmt: skip


class SheetPage(QWidget):
    """``worded(key, text)``, ``papered(name, orientation)``, ``rimmed(Margins)``, ``scaled(denominator)``,
    ``published("internal"|"public")``.
    """

    said = Signal(str, str)
    papered = Signal(str, str)
    rimmed = Signal(object)
    scaled = Signal(float)
    published = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._taking = False
        self.rows = Rows()
        self.setLayout(self.rows)
        self.words: dict[str, QLineEdit] = {}
        for key, label in WORDS:
            line = QLineEdit()
            line.textEdited.connect(partial(self._typed, key))
            self.words[key] = line
            self.rows.row(label, line)
        self.paper = ChoiceEditor(lambda: [(name, name) for name in paper_names()])
        self.way = ChoiceEditor(lambda: [(tr("Landscape"), "landscape"), (tr("Portrait"), "portrait")])
        self.publication = ChoiceEditor(
            lambda: [(tr("publication|Internal"), "internal"), (tr("publication|For the public"), "public")]
        )
        self.scale = ScaleEditor()
        self.rows.row(mark("Paper"), self.paper)
        self.rows.row(mark("Orientation"), self.way)
        self.rows.row(mark("Use"), self.publication)
        self.rows.row(mark("Scale of the main map"), self.scale)
        self.paper.edited.connect(lambda name: self.papered.emit(name, self.way.control.currentData()))
        self.way.edited.connect(lambda way: self.papered.emit(self.paper.control.currentData(), way))
        self.scale.edited.connect(lambda value: self.scaled.emit(float(value)))
        self.publication.edited.connect(self.published.emit)
        heading = QLabel()
        heading.setProperty("role", "soft")
        worded(heading, "setText", "Margins")
        self.rows.wide(heading)
        rims = QWidget()
        grid = QGridLayout(rims)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        self.rims: dict[str, CalmSpin] = {}
        for i, (name, label) in enumerate(_SIDES):
            spin = CalmSpin(0.0, 200.0, 1.0, 1, "mm")
            spin.setKeyboardTracking(False)
            text = QLabel()
            text.setProperty("role", "soft")
            worded(text, "setText", label)
            text.setBuddy(spin)
            worded(spin, "setAccessibleName", label)
            grid.addWidget(text, 2 * (i // 2), i % 2)
            grid.addWidget(spin, 2 * (i // 2) + 1, i % 2)
            spin.turned.connect(self._rimmed)
            self.rims[name] = spin
        self.rows.wide(rims)

    def show_sheet(self, sheet: Sheet, fields: Mapping[str, str]) -> None:
        """Show what the sheet says; ``fields``: what it says of itself, where nothing is given."""
        self._taking = True
        template = sheet.template
        for key, line in self.words.items():
            given = sheet.words.get(key, "")
            if line.text().strip() != given:
                line.setText(given)
            line.setPlaceholderText(fields.get(key, ""))
        self.paper.show_value(template.paper.name)
        self.way.show_value(orientation_of(template.paper))
        self.publication.show_value(template.publication)
        self.scale.show_value(sheet.denominator or 0.0)
        for name, spin in self.rims.items():
            spin.show_value(getattr(template.margins, name))
        self._taking = False

    def _typed(self, key: str, text: str) -> None:
        if not self._taking:
            self.said.emit(key, text.strip())

    def _rimmed(self, _value: float) -> None:
        if not self._taking:
            value = {name: spin.value() for name, spin in self.rims.items()}
            self.rimmed.emit(Margins(value["left"], value["top"], value["right"], value["bottom"]))
