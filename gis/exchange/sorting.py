"""A file of several classes: which column says what each row is, and which class each of its words means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue, FeatureClass
from gis.errors import Refusal
from gis.exchange.coordinate_columns import fold
from gis.exchange.raw import RawTable, Reject

_SAMPLE = 5000
_MOST_WORDS = 100  # a column with more different cells tells no classes apart
_KNOWN = 0.6  # of the filled cells must name a class
#: A column called so is looked at before others.
_NAMES = (
    "class",
    "layer",
    "folder",
    "type",
    "kind",
    "category",
    "类别",
    "类型",
    "图层",
    "设施类型",
    "要素类",
    "设备类型",
    "种类",
)
_NO_KIND = frozenset({"other", "其他", "indoor", "室内", "public", "公共场所", "fixed", "home", "wall", "drop", "none"})
_OWN = 0.3  # of the cells must be called like a class itself where the column's name does not speak of kinds
_LEAST = 3, 5  # letters of a Chinese and of an English word that may stand inside a longer one


@dataclass(frozen=True, slots=True)
class Sorting:
    """``classes``: cell of ``column`` -> name of the class; rows with another cell belong to none."""

    column: str
    classes: Map[str, str]

    def rows(self, raw: RawTable) -> dict[str, NDArray[np.int64]]:
        """Class -> its row numbers; under "" those of no class. Raises Refusal ``import.no_column``."""
        if self.column not in raw.columns:
            raise Refusal("import.no_column", column=self.column, known=", ".join(raw.columns))
        numbers = {cls: i for i, cls in enumerate(dict.fromkeys(self.classes.values()), 1)}
        by_cell = {cell: numbers[cls] for cell, cls in self.classes.items()}
        cells = raw.cells[self.column]
        marks = np.fromiter((by_cell.get(cell, 0) for cell in cells), dtype=np.int64, count=len(cells))
        found = {cls: np.flatnonzero(marks == i) for cls, i in numbers.items()}
        found[""] = np.flatnonzero(marks == 0)
        return {cls: rows for cls, rows in found.items() if len(rows)}


def parts_of(raw: RawTable, sorting: Sorting) -> tuple[dict[str, RawTable], tuple[Reject, ...]]:
    """A file's rows as one table a class, and the rows of none with the reason.

    Rows that could not be read at all stay with the first table, so that all counts add up.
    Raises Refusal ``import.no_column``.
    """
    found = sorting.rows(raw)
    none = found.pop("", np.empty(0, dtype=np.int64))
    tables = {
        cls: replace(raw.taken(rows), unreadable=raw.unreadable if at == 0 else ())
        for at, (cls, rows) in enumerate(found.items())
    }
    rejects = []
    for line, cell in zip(raw.lines[none].tolist(), raw.taken(none).cells[sorting.column], strict=True):
        why = Refusal("import.no_class_cell") if cell is None else Refusal("import.no_class_for", value=cell[:60])
        rejects.append(Reject(line, why))
    return tables, tuple(rejects)


def words_in(raw: RawTable, column: str, most: int = _MOST_WORDS) -> tuple[tuple[str, int], ...]:
    """The different cells of a column with their counts, the most frequent first; to say of each which class it is."""
    return tuple(Counter(cell for cell in raw.cells[column] if cell is not None).most_common(most))


def class_of_word(word: str, catalogue: Catalogue) -> str | None:
    """The class that a word of a file means: its name, label or synonym, a kind of it (人井), or a word within."""
    return _Words(catalogue).meant(word)


def guess_sorting(raw: RawTable, catalogue: Catalogue) -> Sorting | None:
    """The column whose words mostly name classes of the catalogue, at least two of them; None where there is none."""
    words = _Words(catalogue)
    head = raw.part(0, _SAMPLE)
    best: tuple[float, Sorting] | None = None
    for column in raw.columns:
        counts = Counter(cell for cell in head.cells[column] if cell is not None)
        if not 2 <= len(counts) <= _MOST_WORDS:
            continue
        meant = {cell: cls for cell in counts if (cls := words.meant(cell)) is not None}
        share = sum(counts[cell] for cell in meant) / sum(counts.values())
        if share < _KNOWN or len(set(meant.values())) < 2:
            continue
        named = any(fold(column).endswith(fold(name)) for name in _NAMES)
        own = sum(count for cell, count in counts.items() if words.called(cell)) / sum(counts.values())
        if not named and own < _OWN:
            continue
        weight = share + 0.5 * named
        if best is None or weight > best[0]:
            best = weight, Sorting(column, meant)
    if best is None:
        return None
    if len(raw) > len(head):  # words that the beginning does not know
        rest = Counter(cell for cell in raw.cells[best[1].column] if cell is not None)
        more = {cell: cls for cell in rest if (cls := words.meant(cell)) is not None}
        return Sorting(best[1].column, more)
    return best[1]


class _Words:
    """What classes are called: by name, label and synonym; by the entries of their ``kind``."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._own: dict[str, str] = {}
        kinds: dict[str, set[str]] = {}
        for cls in catalogue:
            if cls.link or cls.owner is not None:
                continue
            for word in (cls.name, cls.label.zh, cls.label.en, *cls.synonyms):
                self._own.setdefault(fold(word), cls.name)
            for word in _kinds(cls):
                kinds.setdefault(word, set()).add(cls.name)
        for name in [cls.name for cls in catalogue]:  # a class's own name wins over another's synonym
            if fold(name) in self._own:
                self._own[fold(name)] = name
        # a word that several classes have for a kind (school: of premises, of cameras) names none of them
        self._kinds = {word: next(iter(classes)) for word, classes in kinds.items() if len(classes) == 1}

    def called(self, word: str) -> bool:
        """Whether a class itself is called so."""
        return fold(word) in self._own

    def meant(self, word: str) -> str | None:
        """The class that a word names, or a kind of it, or a longer word with one of these inside."""
        folded = fold(word)
        found = self._own.get(folded) or self._kinds.get(folded)
        if found is not None or not folded:
            return found
        inside = [
            (len(known), cls)
            for words in (self._own, self._kinds)
            for known, cls in words.items()
            if len(known) >= _LEAST[known.isascii()] and known in folded
        ]
        longest = max((length for length, _ in inside), default=0)
        meant = {cls for length, cls in inside if length == longest}
        return meant.pop() if len(meant) == 1 else None


def _kinds(cls: FeatureClass) -> set[str]:
    """The folded words of a class's list of kinds, if it has one."""
    field = next((f for f in cls.fields if f.name == "kind" and f.codes), None)
    codes = () if field is None else field.codes
    return {fold(word) for code in codes for word in (code.value, code.label.zh, code.label.en)} - _NO_KIND
