"""The left side of the assistant: what a file is taken for and why, section by section, each open to another answer."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop.imports.evidence_rows import EvidenceRows, OfferCard, small_button
from desktop.imports.fields_section import FieldsSection
from desktop.imports.file_section import FileSection
from desktop.imports.matching_section import MatchingSection
from desktop.imports.position_section import PositionChoices, PositionSection
from desktop.imports.recipe_section import REMEMBERED, RecipeSection
from desktop.imports.sorting_dialog import SortingDialog
from desktop.shell.notices import notify
from desktop.shell.words import language, tr, words
from desktop.styling.controls import CalmBox
from gis.catalogue import Catalogue
from gis.errors import Refusal
from gis.exchange.mapping import Mapping
from gis.exchange.radio_lists import lists_cells
from gis.exchange.raw import Dialect, RawTable
from gis.exchange.recipes import Recipe, read_recipe, write_recipe
from gis.exchange.sorting import Sorting, guess_sorting
from gis.project.expressions_of_files import calculator
from gis.project.importing import Choices, Reading
from gis.project.mappings import forget, remember, remembered

_SORTED = 100_000  # rows whose words are looked at before they are sorted into classes
_SEEN = 2000  # rows that samples, types and guesses are taken of


class ChoicesPanel(QScrollArea):
    """Emits ``changed`` when rows must be staged anew, ``dialect_changed`` when the file must be read anew.

    With a ``session`` what was decided about files with the same columns is remembered and offered.
    """

    changed = Signal()
    dialect_changed = Signal()

    def __init__(self, catalogue: Catalogue, project_crs: str, session: Any = None) -> None:
        super().__init__()
        self._catalogue, self._session = catalogue, session
        self._mappings: dict[str, Mapping] = {}  # what the user said, by class
        self._sorting: Sorting | None = None
        self._sorting_offer: Sorting | None = None
        self._readings: dict[str, Reading] = {}
        self._raw: RawTable | None = None
        self._asked_memory = False
        self._wanted: str | None = None  # the class somebody asked for before the file was opened
        self._again = QTimer(self)  # the file is read anew once who shows a reading has ended
        self._again.setSingleShot(True)
        self._again.timeout.connect(self.dialect_changed)
        self.kind = CalmBox()
        self.kind.setMaxVisibleItems(24)
        self.sort = small_button("mdi6.shape-plus-outline", "Several classes in one file…")
        self.file = FileSection()
        self.position = PositionSection(project_crs)
        self.fields = FieldsSection()
        self.matching = MatchingSection()
        self.recipes = RecipeSection()
        self.offer = OfferCard()
        self._lay_out()
        self.kind.currentIndexChanged.connect(self._class_chosen)
        self.sort.clicked.connect(self._edit_sorting)
        self.offer.accepted.connect(self._take_offer)
        self.file.changed.connect(self._dialect_chosen)
        self.position.changed.connect(self.changed)
        self.fields.changed.connect(self._mapped)
        self.matching.changed.connect(self.changed)
        self.recipes.opened.connect(self._open_recipe)
        self.recipes.saved.connect(self._save_recipe)
        self.recipes.afresh.connect(self._begin_anew)
        self.recipes.forgotten.connect(self._forget)
        words().changed.connect(self._say)
        self._fill_classes("wifi_hotspot")
        self._ask_fields()
        self._say()

    def _lay_out(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(360)
        page = QWidget()
        page.setProperty("role", "page")
        self.setWidget(page)
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        self._rows = EvidenceRows()
        self._kind_row = self._rows.row("Class", self.kind, self.sort)
        column.addLayout(self._rows)
        column.addWidget(self.offer)
        for section in (self.file, self.position, self.fields, self.matching, self.recipes):
            column.addWidget(section)
        column.addStretch(1)

    # What is chosen -------------------------------------------------------------------------------------------------
    @property
    def cls(self) -> str:
        """The class whose fields are shown."""
        return str(self.kind.currentData())

    @property
    def one_class(self) -> str | None:
        """The class of all rows; None where a column says it row by row."""
        return self.cls if self._sorting is None else None

    @property
    def dialect(self) -> Dialect:
        """How the file is to be read, as far as that is chosen."""
        return self.file.dialect

    def choices(self) -> Choices:
        """What is chosen; None for what is left to the evidence."""
        placed = self.position.choices()
        several = self._sorting is not None
        return Choices(
            dialect=self.dialect,
            crs=placed.crs,
            datum=placed.datum,
            shift=placed.shift,
            x=placed.x,
            y=placed.y,
            swapped=placed.swapped,
            mapping=None if several else self._mappings.get(self.cls),
            recipe=self._recipe(self._mappings) if several else None,
            match=self.matching.match,
            tolerance_m=self.matching.tolerance.value(),
            sites=self.matching.with_sites,
            track=self.file.track,
            clock_offset_s=self.file.clock_offset_s,
        )

    def recipe(self) -> Recipe:
        """All that is decided, what was found by itself included: what is saved and remembered."""
        found = {cls: reading.mapping for cls, reading in self._readings.items()} | self._mappings
        if self._sorting is None:
            found = {self.cls: found.get(self.cls, Mapping(self.cls, {}))}
        else:
            found = {cls: found.get(cls, Mapping(cls, {})) for cls in self._sorted_classes()}
        placed = self.position.choices()
        return self._recipe(
            {
                cls: replace(mapping, x=placed.x, y=placed.y, crs=placed.crs, datum=placed.datum,
                             swapped=placed.swapped, shift=placed.shift)
                for cls, mapping in found.items()
            }
        )  # fmt: skip

    def _recipe(self, mappings: Map[str, Mapping]) -> Recipe:
        return Recipe(dict(mappings), self._sorting, self.dialect, self.matching.match, self.matching.tolerance.value())

    def set_class(self, name: str) -> None:
        """Choose a class."""
        self._wanted = name
        self.kind.setCurrentIndex(max(0, self.kind.findData(name)))

    def set_mapping(self, mapping: Mapping) -> None:
        """Take a whole mapping, with the position it decides."""
        self.set_recipe(Recipe({mapping.cls: mapping}, None, self.dialect, self.matching.match,
                               self.matching.tolerance.value()))  # fmt: skip

    def set_recipe(self, recipe: Recipe, origin: str = "") -> None:
        """Take all that a recipe decides, without telling; ``origin`` says where it comes from."""
        self._sorting = recipe.sorting
        self._mappings = {
            cls: replace(mapping, x=None, y=None, crs=None, datum=None, swapped=None, shift=None)
            for cls, mapping in recipe.mappings.items()
        }  # where the rows lie is told by the section of the position
        first = next(iter(recipe.mappings))
        self._fill_classes(first)
        self._ask_fields()
        if self._raw is not None:
            self.fields.show_mapping(self._raw, recipe.mappings[first], frozenset(), None)
        said = recipe.mappings[first]
        self.position.set_choices(PositionChoices(said.x, said.y, said.swapped, said.crs, said.datum, said.shift))
        self.file.set_dialect(recipe.dialect)
        self.matching.set_matching(recipe.match, recipe.tolerance_m)
        self.recipes.show_origin(origin)
        self._say_sorting()

    def reset(self, path: Path | None = None) -> None:
        """Forget all choices but the class: a new file is looked at afresh."""
        self._mappings, self._readings = {}, {}
        self._sorting = self._sorting_offer = self._raw = None
        self._asked_memory = False
        self._again.stop()
        self._fill_classes(self.cls)
        self.file.reset(path)
        self.position.reset()
        self.matching.reset()
        self.fields.reset()
        self.recipes.show_origin("")
        self._say_sorting()

    # What was found -------------------------------------------------------------------------------------------------
    def show_sniffed(self, raw: RawTable) -> None:
        """Show how the first rows of a file, or all of them, were read, and offer its columns."""
        self._raw = raw
        self.file.show_raw(raw)
        self.position.show_raw(raw)
        self.fields.show_columns(raw)
        self._recall(raw)
        self._look_for_classes(raw)

    show_layers = show_sniffed
    show_columns = show_sniffed

    def show_reading(self, reading: Reading) -> None:
        """Show what was found in a file of one class, and why."""
        self.show_parts((reading,))

    def show_parts(self, readings: Sequence[Reading]) -> None:
        """Show what was found for each class of a file; of the class that is looked at, or the first."""
        self._readings = {reading.cls: reading for reading in readings}
        if self.cls not in self._readings and readings:
            self._show_class(readings[0].cls)
        shown = self._readings.get(self.cls)
        if shown is None:
            return
        if self._raw is None:
            self._raw = shown.raw
        self.file.set_path(shown.path)
        self.file.show_raw(shown.raw)
        asked = self.cls == "cell" and "site" not in shown.mapping.sources
        self.matching.show_sites(asked, lists_cells(shown.raw))
        used: frozenset[str] = frozenset()
        if shown.placement is not None:
            self.position.show_placement(shown.raw, shown.placement)
            used = shown.placement.columns
        self.fields.show_mapping(
            shown.raw, shown.mapping, used, calculator(shown.raw.part(0, _SEEN)), guessed=self.cls not in self._mappings
        )

    def show_proposal(self, proposal: Any) -> None:
        """Offer a datum under which the rows meet known features; None takes the offer away."""
        self.position.show_proposal(proposal)

    # Classes --------------------------------------------------------------------------------------------------------
    def _sorted_classes(self) -> list[str]:
        assert self._sorting is not None
        return list(dict.fromkeys(self._sorting.classes.values()))

    def _fill_classes(self, chosen: str) -> None:
        wanted = language()
        offered = [(cls.label.text(wanted), cls.name) for cls in self._catalogue if not cls.link and not cls.owner]
        if self._sorting is not None:
            own = self._sorted_classes()
            offered = [(self._catalogue[name].label.text(wanted), name) for name in own]
            chosen = chosen if chosen in own else own[0]
        self.kind.fill(offered, chosen)
        if self.kind.currentIndex() < 0:
            self.kind.fill(offered, offered[0][1])

    def _ask_fields(self) -> None:
        kind = self._catalogue[self.cls]
        self.fields.set_class(kind)
        self.position.setVisible(kind.spatial)

    def _show_class(self, name: str) -> None:
        """Look at another class without telling."""
        self.kind.blockSignals(True)
        self.kind.setCurrentIndex(max(0, self.kind.findData(name)))
        self.kind.blockSignals(False)
        self._ask_fields()

    def _class_chosen(self, _row: int) -> None:
        self._ask_fields()
        if self._sorting is not None:
            shown = self._readings.get(self.cls)
            if shown is not None:
                self.show_parts(tuple(self._readings.values()))
            return
        self._mappings = {}
        if self._raw is not None:
            self.fields.show_columns(self._raw)
        self.changed.emit()

    def _edit_sorting(self) -> None:
        if self._raw is None:
            return
        dialog = SortingDialog(self._raw, self._catalogue, self._sorting, self.window())
        dialog.taken.connect(self.set_sorting)
        dialog.show()

    def set_sorting(self, sorting: Sorting | None) -> None:
        """Sort the rows into classes by a column; None: all are of one class."""
        if sorting == self._sorting:
            return
        self._sorting = sorting
        self._sorting_offer = None
        self._mappings, self._readings = {}, {}
        self._fill_classes(self.cls)
        self._ask_fields()
        if self._raw is not None:
            self.fields.show_columns(self._raw)
        self._say_sorting()
        self.changed.emit()

    def _look_for_classes(self, raw: RawTable) -> None:
        if self._sorting is None and not self.recipes.said_by:
            self._sorting_offer = guess_sorting(raw.part(0, _SEEN), self._catalogue)
        self._say_sorting()

    def _take_offer(self) -> None:
        offered = self._sorting_offer
        if offered is not None and self._raw is not None and len(self._raw) > _SEEN:  # words the beginning lacks
            offered = guess_sorting(self._raw.part(0, _SORTED), self._catalogue) or offered
        self.set_sorting(offered)

    def _say_sorting(self) -> None:
        wanted = language()
        self._rows.why(self._kind_row, self.recipes.origin.text() if self.recipes.said_by else "")
        if self._sorting is not None:
            self._rows.why(
                self._kind_row,
                tr("{count} classes, told apart by the column “{column}”", count=len(self._sorted_classes()),
                   column=self._sorting.column),
            )  # fmt: skip
        self.offer.setVisible(self._sorting_offer is not None)
        if self._sorting_offer is not None:
            named = ", ".join(
                self._catalogue[name].label.text(wanted)
                for name in list(dict.fromkeys(self._sorting_offer.classes.values()))[:6]
            )
            self.offer.show_texts(
                tr("The column “{column}” tells classes apart: {classes}.", column=self._sorting_offer.column,
                   classes=named),
                tr("Import each as its class"),
            )  # fmt: skip

    # Recipes --------------------------------------------------------------------------------------------------------
    def _open_recipe(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Open recipe"), "", "JSON (*.json)")
        if name:
            self.read(Path(name))

    def read(self, path: Path) -> None:
        """Take the recipe or mapping kept in a file; what is wrong with it is told."""
        try:
            recipe = read_recipe(path, self._catalogue)
        except Refusal as refusal:
            notify(refusal)
            return
        again = recipe.dialect != self.dialect
        self.set_recipe(recipe, path.name)
        (self.dialect_changed if again else self.changed).emit()

    def _save_recipe(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, tr("Save recipe"), f"{self.cls}.json", "JSON (*.json)")
        if name:
            self.write(Path(name))

    def write(self, path: Path) -> None:
        """Keep all that is decided as a file."""
        try:
            write_recipe(self.recipe(), path)
        except OSError as error:
            notify(Refusal("import.recipe_unwritable", path=path.name, reason=error.strerror or str(error)))

    def _recall(self, raw: RawTable) -> None:
        """Decide as for the last file with the same columns, once a file."""
        if self._session is None or self._asked_memory or not raw.columns:
            return
        self._asked_memory = True
        recipe = remembered(self._session, raw)
        if recipe is None or (self._wanted is not None and self._wanted not in recipe.mappings):
            return
        dialect = replace(recipe.dialect, layer=self.dialect.layer)
        again = dialect != self.dialect
        self.set_recipe(replace(recipe, dialect=dialect), REMEMBERED)
        if again:
            self._again.start()

    def remember(self) -> None:
        """Keep what was decided for the next file with the same columns, where the user wants it so."""
        if self._session is None or self._raw is None or not self.recipes.remember.isChecked():
            return
        try:
            remember(self._session, self._raw, self.recipe(), self.file.name)
        except Refusal as refusal:
            notify(refusal)

    def _forget(self) -> None:
        if self._session is not None and self._raw is not None:
            forget(self._session, self._raw)
        self._begin_anew()

    def _begin_anew(self) -> None:
        again = self.dialect != Dialect(layer=self.dialect.layer)
        self._mappings, self._sorting = {}, None
        self.position.reset()
        self.file.set_dialect(Dialect(layer=self.dialect.layer))
        self._fill_classes(self.cls)
        self._ask_fields()
        self.recipes.show_origin("")
        if self._raw is not None:
            self.show_sniffed(self._raw)
        (self.dialect_changed if again else self.changed).emit()

    # ----------------------------------------------------------------------------------------------------------------
    def _dialect_chosen(self) -> None:
        self._mappings = {}
        self.dialect_changed.emit()

    def _mapped(self) -> None:
        kept = self._mappings.get(self.cls) or (
            self._readings[self.cls].mapping if self.cls in self._readings else Mapping(self.cls, {})
        )
        self._mappings[self.cls] = replace(kept, sources=self.fields.sources)
        self.changed.emit()

    def _say(self, *_language: object) -> None:
        self._fill_classes(self.cls)
        self._say_sorting()

    # The names by which the sections' fields were known ---------------------------------------------------------------
    @property
    def encoding_changed(self) -> SignalInstance:
        """``dialect_changed``."""
        return self.dialect_changed

    @property
    def evidence(self) -> QLabel:
        """How the file was read, in few words."""
        return self.file.summary

    @property
    def encoding_box(self) -> CalmBox:
        """The encodings."""
        return self.file.encoding

    @property
    def x(self) -> CalmBox:
        """The columns that may hold longitude or easting."""
        return self.position.x

    @property
    def y(self) -> CalmBox:
        """The columns that may hold latitude or northing."""
        return self.position.y

    @property
    def _fields(self) -> dict[str, CalmBox]:
        return self.fields.boxes
