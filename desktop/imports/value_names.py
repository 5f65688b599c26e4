"""The different words of a column and what each becomes: a code list met by whatever the surveyor wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop.forms.fields import dress
from desktop.shell.formatting import value_text
from desktop.shell.words import language, tr, words
from desktop.styling.controls import CalmBox
from gis.catalogue import FeatureClass, Field
from gis.editing.values import read_value
from gis.errors import Refusal

_MOST = 40  # words offered; the most frequent and those that cannot be read


class ValueNames(QWidget):
    """``changed`` when a word is given another value; `values` is word -> what it becomes."""

    changed = Signal()

    def __init__(self, cls: FeatureClass, field: Field) -> None:
        super().__init__()
        self._cls, self._field = cls, field
        self._values: dict[str, str] = {}
        self._shown: list[tuple[str, int]] = []
        self._wrong: Set[str] = frozenset()
        self.editors: dict[str, QLineEdit | CalmBox] = {}
        self._words: dict[QWidget, str] = {}
        self.title = QLabel()
        self.title.setProperty("role", "section")
        self.hint = QLabel()
        self.hint.setProperty("role", "faint")
        self.hint.setWordWrap(True)
        self._holder = QWidget()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self.title)
        self._column.addWidget(self.hint)
        self._column.addWidget(self._holder)
        words().changed.connect(self._say)
        self._say()

    @property
    def values(self) -> dict[str, str]:
        """Word -> what it becomes, only of those that were given something."""
        return dict(self._values)

    def set_values(self, values: Mapping[str, str]) -> None:
        """Take the renamed words of a source."""
        self._values = dict(values)

    def show_cells(self, cells: Iterable[Any], wrong: Set[str] = frozenset()) -> None:
        """Offer the different words among these cells; those of ``wrong`` cannot be read as they stand.

        Of numbers and dates only what cannot be read is offered: the others say what they are.
        """
        counts = Counter(str(cell) for cell in cells if cell is not None and cell == cell)
        # A list of names that differ in every row is no list of words.
        words_ = self._field.type in ("text", "ref") and len(counts) <= _MOST and 2 * len(counts) <= counts.total()
        said_all = self._field.type in ("code", "boolean") or words_
        order = [w for w in counts if said_all or w in wrong or w in self._values]
        order.sort(key=lambda word: (word not in wrong, -counts[word], word))
        order += [word for word in self._values if word not in counts]
        shown = [(word, counts.get(word, 0)) for word in order[:_MOST]]
        if shown != self._shown or wrong != self._wrong:
            self._shown, self._wrong = shown, wrong
            self._build()
        left = len(order) - len(shown)
        if wrong - self._values.keys():
            count = len(wrong - self._values.keys())
            said = tr("Words that cannot be read: {count}. Say what each becomes.", count=f"{count:,}")
        elif self._field.codes or self._field.type == "boolean":
            said = tr("All words are understood.")
        else:
            said = tr("Another value for a word can be given here.") if shown else ""
        self.hint.setText(said + (" " + tr("{count} more are not shown.", count=f"{left:,}") if left > 0 else ""))
        self.title.setVisible(bool(shown))
        self.hint.setVisible(bool(said))
        self._title()

    def _read(self, word: str) -> Any:
        """The stored value of a word as it stands; None where it cannot be read."""
        try:
            return read_value(self._cls, self._field, word)
        except Refusal:
            return None

    def _build(self) -> None:
        old = self._holder
        self._holder = QWidget()
        grid = QGridLayout(self._holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(2, 1)
        self.editors, self._words = {}, {}
        for row, (word, count) in enumerate(self._shown):
            label = QLabel(word)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setToolTip(word)
            label.setMinimumWidth(40)
            number = QLabel(f"×{count:,}")
            number.setProperty("role", "faint")
            cell = QHBoxLayout()
            cell.setSpacing(4)
            cell.addWidget(label, 1)
            cell.addWidget(number)
            editor = self._editor(word)
            label.setBuddy(editor)
            editor.setAccessibleName(tr("What “{word}” becomes", word=word))
            arrow = QLabel("→")
            arrow.setProperty("role", "faint")
            grid.addLayout(cell, row, 0)
            grid.addWidget(arrow, row, 1)
            grid.addWidget(editor, row, 2)
            self.editors[word] = editor
            self._words[editor] = word
        self._column.replaceWidget(old, self._holder)
        old.hide()
        old.deleteLater()

    def _editor(self, word: str) -> QLineEdit | CalmBox:
        stored = None if word in self._wrong else self._read(word)
        given = self._values.get(word)
        if self._field.codes or self._field.type == "boolean":
            box = CalmBox()
            told = value_text(self._field, stored) if stored is not None else tr("cannot be read")
            offered: list[tuple[str, Any]] = [(told, None), (tr("word|empty"), "")]
            if self._field.type == "boolean":
                offered += [(value_text(self._field, 1.0), "true"), (value_text(self._field, 0.0), "false")]
            offered += [(code.label.text(language()), code.value) for code in self._field.codes]
            if given is not None and given not in {d: t for t, d in offered}:
                offered.append((given, given))
            box.fill(offered, given)
            dress(box, "wrong", word in self._wrong and given is None)
            box.currentIndexChanged.connect(self._box_chosen)
            return box
        line = QLineEdit(given if given is not None else "")
        line.setPlaceholderText(
            tr("cannot be read") if word in self._wrong else value_text(self._field, stored) or word
        )
        dress(line, "wrong", word in self._wrong and given is None)
        line.editingFinished.connect(self._line_typed)
        return line

    def _box_chosen(self, _row: int) -> None:
        box = self.sender()
        if isinstance(box, CalmBox):
            self._set(self._words[box], box.currentData(), box)

    def _line_typed(self) -> None:
        line = self.sender()
        if isinstance(line, QLineEdit):
            self._set(self._words[line], line.text().strip() or None, line)

    def _set(self, word: str, value: str | None, editor: QWidget) -> None:
        if value == self._values.get(word):
            return
        if value is None:
            self._values.pop(word, None)
        else:
            self._values[word] = value
        readable = word not in self._wrong if value is None else value == "" or self._read(value) is not None
        dress(editor, "wrong", not readable)
        self.changed.emit()

    def _title(self) -> None:
        self.title.setText(tr("Words in the file and what they become"))

    def _say(self, *_language: object) -> None:
        self._title()
        if self._shown:
            self._build()
