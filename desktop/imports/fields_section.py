"""Which column fills which field of the class; what is not used is named, and more than a column is one click away."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop.forms.fields import dress
from desktop.imports.column_page import seen_unit
from desktop.imports.evidence_rows import EvidenceRows, small_button
from desktop.imports.source_dialog import SourceDialog
from desktop.shell.formatting import value_text
from desktop.shell.words import language, mark, tr, words
from desktop.styling.controls import CalmBox, Fold
from gis.catalogue import FeatureClass, Field
from gis.exchange.column_kinds import ColumnKind, column_kinds
from gis.exchange.coordinate_columns import fold
from gis.exchange.mapping import Mapping, Source
from gis.exchange.raw import RawTable
from gis.exchange.transforms import Evaluate

_SEEN = 200  # rows looked at for samples
_OWN = object()  # the entry of a box that stands for a value or an expression
_UNUSED = 12
_BY_NAME = mark("by the field's name")
KINDS: dict[str, str] = {
    "number": mark("cells|numbers"), "whole": mark("cells|whole numbers"), "date": mark("cells|dates"),
    "code": mark("cells|codes"), "text": mark("cells|texts"), "angle": mark("cells|angles"),
    "yes/no": mark("cells|yes or no"), "mangled": mark("numbers a spreadsheet has spoiled"),
    "empty": mark("cells|empty"),
}  # fmt: skip


class FieldsSection(Fold):
    """Emits ``changed`` when the mapping was changed by the user."""

    changed = Signal()

    def __init__(self) -> None:
        body = QWidget()
        self._cls: FeatureClass | None = None
        self._raw: RawTable | None = None
        self._head: RawTable | None = None  # the rows that samples are taken of
        self._sources: dict[str, Source] = {}
        self._evaluate: Evaluate | None = None
        self._position: frozenset[str] = frozenset()
        self._all = False
        self._kinds: dict[str, ColumnKind] = {}
        self._guessed: frozenset[str] = frozenset()  # fields whose column was found by itself
        self.boxes: dict[str, CalmBox] = {}
        self.buttons: dict[str, QToolButton] = {}
        self._holders: dict[str, QWidget] = {}
        self._names: dict[QWidget, str] = {}
        self.rows = EvidenceRows()
        self.more = QPushButton()
        self.more.setProperty("role", "link")
        self.more.clicked.connect(self._turn)
        self.unused = QLabel()
        self.unused.setProperty("role", "faint")
        self.unused.setWordWrap(True)
        self.unused.setTextFormat(Qt.TextFormat.PlainText)
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(0, 0, 0, 4)
        self._column.setSpacing(4)
        self._grid = QWidget()
        self._column.addWidget(self._grid)
        self._column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addWidget(self.unused)
        super().__init__("import|Fields", body, open_=True)
        words().changed.connect(self._say)

    # What is chosen -------------------------------------------------------------------------------------------------
    @property
    def sources(self) -> Map[str, Source]:
        """Field name -> where its values come from."""
        return dict(self._sources)

    def set_class(self, cls: FeatureClass) -> None:
        """Ask for the fields of another class; nothing is mapped yet."""
        self._cls, self._sources, self._all, self._guessed = cls, {}, False, frozenset()
        self._build()

    def reset(self) -> None:
        """Another file: nothing is mapped."""
        self._raw, self._head, self._sources = None, None, {}
        self._position = frozenset()
        self._fill()

    def show_columns(self, raw: RawTable, position: frozenset[str] = frozenset()) -> None:
        """Offer a file's columns; those of the ``position`` are used already."""
        self._raw, self._head, self._position = raw, raw.part(0, _SEEN), position
        self._kinds = column_kinds(self._head)
        self._fill()

    def show_mapping(
        self,
        raw: RawTable,
        mapping: Mapping,
        position: frozenset[str],
        evaluate: Evaluate | None,
        *,
        guessed: bool = False,
    ) -> None:
        """Show which column fills which field; ``guessed``: nobody but the evidence said so."""
        self._sources, self._evaluate = dict(mapping.sources), evaluate
        self._guessed = frozenset(mapping.sources) if guessed else frozenset()
        self.show_columns(raw, position)

    # The face -------------------------------------------------------------------------------------------------------
    def _fields(self) -> list[Field]:
        return [f for f in self._cls.fields if not f.stamp] if self._cls is not None else []

    def _build(self) -> None:
        old = self._grid
        self._grid = QWidget()
        self.rows = EvidenceRows()
        self._grid.setLayout(self.rows)
        self._column.replaceWidget(old, self._grid)
        old.hide()
        old.deleteLater()
        self.boxes, self.buttons, self._holders, self._names = {}, {}, {}, {}
        for f in self._fields():
            box, edit = CalmBox(), small_button("mdi6.dots-horizontal", "Unit, values, parts, a fixed value or an "
                                                                        "expression…")  # fmt: skip
            title = f.label.text(language()) + (" *" if f.required else "")
            box.setAccessibleName(f.label.text(language()))
            edit.setAccessibleName(tr("More about {field}", field=f.label.text(language())))
            holder = self.rows.row(title, box, edit)
            self.boxes[f.name], self.buttons[f.name], self._holders[f.name] = box, edit, holder
            self._names[box] = self._names[edit] = f.name
            box.currentIndexChanged.connect(self._chosen)
            edit.clicked.connect(self._edit)
        self._fill()

    def _fill(self) -> None:
        columns = self._columns()
        for f in self._fields():
            source = self._sources.get(f.name)
            offered: list[tuple[str, Any]] = [("—", None)]
            chosen: Any = None
            if source is not None and source.column is None:
                offered.append((self._own_text(f, source), _OWN))
                chosen = _OWN
            elif source is not None:
                chosen = source.column
                if chosen not in {d: t for t, d in columns}:
                    offered.append((tr("{column} (not in this file)", column=chosen), chosen))
            box = self.boxes[f.name]
            box.fill([*offered, *columns], chosen)
            holder = self._holders[f.name]
            done = source_text(f, source) if source is not None else ""
            found = self._found_by(f, source)
            told = [found] if found and found != tr(_BY_NAME) else []  # a column of the field's own name needs no word
            self.rows.why(holder, " · ".join([*told, *([done] if done else [])]))
            kind = tr(KINDS[self._kinds[chosen]]) if chosen in self._kinds else ""
            lines = (box.currentText(), kind and tr("Its cells: {kind}", kind=kind), found, done)
            box.setToolTip("\n".join(line for line in lines if line))
            dress(self.buttons[f.name], "checked", source is not None and not source.plain)
        self._reveal()
        self._say_unused()

    def _found_by(self, f: Field, source: Source | None) -> str:
        """Why a column was taken for a field; nothing for what the user chose."""
        if source is None or source.column is None or f.name not in self._guessed:
            return ""
        folded = fold(source.column)
        if any(fold(word) in folded for word in (f.name, f.label.zh, f.label.en)):
            return tr(_BY_NAME)
        if any(fold(word) in folded for word in f.synonyms):
            return tr("by another name of the field")
        return tr("by what the cells look like")

    def _columns(self) -> list[tuple[str, Any]]:
        if self._head is None:
            return []
        return [(_with_sample(self._head, name), name) for name in self._head.columns]

    def _own_text(self, f: Field, source: Source) -> str:
        if source.expression is not None:
            return f"ƒ {source.expression}"
        if source.join:
            return " + ".join(source.join)
        stored = value_text(f, source.constant)
        return tr("always {value}", value=stored or str(source.constant))

    def _reveal(self) -> None:
        hidden = 0
        for f in self._fields():
            needed = self._raw is not None and (self._all or f.required or f.name in self._sources)
            self.rows.reveal(self._holders[f.name], needed)
            hidden += not needed
        fold = self._all and self._raw is not None and any(
            not f.required and f.name not in self._sources for f in self._fields()
        )  # fmt: skip
        self.more.setVisible(self._raw is not None and (bool(hidden) or fold))
        self.more.setText(tr("{count} more fields", count=hidden) if hidden else tr("Only the fields in use"))
        filled = len(self._sources)
        self.say(
            tr("{filled} of {all} fields", filled=filled, all=len(self._fields())) if self._raw is not None else ""
        )

    def _say_unused(self) -> None:
        used = {name for source in self._sources.values() for name in source.columns} | self._position
        for source in self._sources.values():
            if source.expression is not None and self._head is not None:
                used |= {name for name in self._head.columns if name in source.expression}
        left = [name for name in self._head.columns if name not in used] if self._head is not None else []
        shown = ", ".join(left[:_UNUSED]) + (" …" if len(left) > _UNUSED else "")
        self.unused.setText(tr("Columns not taken: {columns}", columns=shown) if left else "")
        self.unused.setToolTip(", ".join(left))
        self.unused.setVisible(bool(left))

    # What the user does ---------------------------------------------------------------------------------------------
    def _chosen(self, _row: int) -> None:
        box = self.sender()
        name = self._names.get(box) if isinstance(box, QWidget) else None
        if name is None:
            return
        data = self.boxes[name].currentData()
        if data is _OWN:
            return
        self.set_source(name, None if data is None else self._from_column(name, str(data)))

    def _from_column(self, name: str, column: str) -> Source:
        """A column for a field; what was set for another does not hold for it, its unit is looked for."""
        old = self._sources.get(name)
        if old is not None and old.column == column:
            return old
        assert self._cls is not None
        return Source(column, unit=None if self._head is None else seen_unit(self._head, column, self._cls.field(name)))

    def set_source(self, name: str, source: Source | None) -> None:
        """Fill a field from another source; None leaves it empty."""
        if source == self._sources.get(name):
            return
        self._guessed -= {name}
        if source is None:
            self._sources.pop(name, None)
        else:
            self._sources[name] = source
        self._fill()
        self.changed.emit()

    def _edit(self) -> None:
        button = self.sender()
        name = self._names.get(button) if isinstance(button, QWidget) else None
        if name is not None:
            self.edit(name)

    def edit(self, name: str) -> SourceDialog | None:
        """Open the editor of one field; None while no file is read."""
        if self._raw is None or self._cls is None:
            return None
        dialog = SourceDialog(
            self._raw, self._cls, self._cls.field(name), self._sources.get(name), self._evaluate, self.window()
        )
        dialog.taken.connect(self._take)
        dialog.show()
        return dialog

    def _take(self, name: str, source: Source | None) -> None:
        self.set_source(name, source)

    def _turn(self) -> None:
        self._all = not self._all
        self._reveal()

    def _say(self, *_language: object) -> None:
        if self._cls is not None:
            self._build()


def source_text(f: Field, source: Source) -> str:
    """What is done to the cells before they are the field's values, in few words."""
    said: list[str] = []
    if source.column is not None and source.join:
        said.append(tr("together with {columns}", columns=", ".join(source.join)))
    if source.split:
        mark = source.split if source.split.strip() else tr("blanks")
        part = tr("the last part") if source.part == -1 else tr("part {number}", number=source.part)
        said.append(tr("{part} at “{mark}”", part=part, mark=mark))
    if source.unit:
        said.append(tr("from {unit} to {own}", unit=tr(source.unit), own=f.unit_text(language())))
    if source.values:
        said.append(tr("{count} values renamed", count=len(source.values)))
    return " · ".join(said)


def _with_sample(head: RawTable, name: str) -> str:
    found: list[str] = []
    for cell in head.cells[name]:
        if cell is not None and (text := str(cell)) not in found:
            found.append(text)
            if len(found) == 3:
                break
    sample = ", ".join(text if len(text) <= 16 else text[:15] + "…" for text in found)
    return f"{name}  ·  {sample}" if sample else tr("{column} (empty)", column=name)
