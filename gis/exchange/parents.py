"""Rows that belong to others: a column of codes or names finds its targets in the project, or in the file itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.editing.keys import KEY_LIMIT, fresh_keys
from gis.editing.values import Problems
from gis.editing.wording import refusal
from gis.errors import Refusal
from gis.exchange.existing import Existing
from gis.exchange.mapping import Mapping as FieldMapping
from gis.exchange.raw import RawTable
from gis.exchange.staged import Staged
from gis.exchange.transforms import Evaluate, cells_of

_NAMES = ("code", "name")


@dataclass(slots=True)
class _Column:
    """One reference: words as they stand in the file, numbered; a number for each row, -1 = empty."""

    field: Field
    words: dict[str, int] = dataclasses.field(default_factory=dict)
    pieces: list[NDArray[np.int32]] = dataclasses.field(default_factory=list)

    def numbers(self) -> NDArray[np.int32]:
        """The number of each row's word."""
        return np.concatenate(self.pieces) if self.pieces else np.empty(0, np.int32)


class Parents:
    """The reference columns of one class in a file; rows are those that landed."""

    def __init__(self, cls: FeatureClass, mapping: FieldMapping) -> None:
        self._cls = cls
        self._mapping = mapping
        self._columns = {f.name: _Column(f) for f in cls.refs if f.name in mapping.sources}
        self.refs: dict[str, NDArray[np.int64]] = {}
        self._in_file: dict[str, NDArray[np.int64]] = {}  # field -> row of the file that is meant, -1 = none

    @property
    def names(self) -> tuple[str, ...]:
        """The reference fields that the file fills."""
        return tuple(self._columns)

    def land(self, raw: RawTable, evaluate: Evaluate | None, good: NDArray[np.bool_]) -> None:
        """Take the words of some more rows, of those that are good."""
        import pandas as pd

        for name, column in self._columns.items():
            cells = cells_of(raw, self._mapping.sources[name], evaluate)[good]
            codes, words = pd.factorize(np.asarray(cells, dtype=object))
            known = column.words
            numbers = [known.setdefault(text, len(known)) if (text := _word(word)) else -1 for word in words]
            column.pieces.append(np.array([*numbers, -1], np.int32)[codes])

    def find(
        self,
        existing: Existing,
        peers: Sequence[Staged],
        codes: NDArray[Any],
        names: NDArray[Any],
        lost: Mapping[str, int] | None = None,
    ) -> Problems:
        """Turn words into ids, and say of which rows that cannot be done.

        A word is the code of a feature, of a row of ``peers`` (other classes of the same file, staged before) or of
        this file, else a name that only one has, else an id. ``codes`` and ``names`` object (n,) are the file's own;
        ``lost``: code or name of a row of the file that is rejected already -> its line.
        """
        problems: Problems = {}
        for name, column in self._columns.items():
            numbers = column.numbers()
            words = np.empty(len(column.words), dtype=object)
            words[:] = list(column.words)
            search = _Search(words, existing, existing.kind(column.field.ref or ""))
            own = {"code": codes, "name": names} if column.field.ref == self._cls.name else {}
            gone = dict(lost or {}) if own else {}
            for peer in peers:
                if peer.cls == column.field.ref:
                    gone.update(peer.lost_words)
            others = [peer for peer in peers if peer.cls == column.field.ref]
            search.run(others, own)
            self.refs[name] = np.append(search.ids, 0)[numbers]
            self._in_file[name] = np.append(search.rows, -1)[numbers]
            for row in np.flatnonzero(np.append(search.open(), False)[numbers]).tolist():
                word = words[numbers[row]]
                if word in search.several:
                    why = Refusal("import.several_parents", name=word, count=search.several[word])
                elif word in gone:
                    why = Refusal("import.parent_rejected", line=gone[word])
                else:
                    why = refusal("no_such_target", self._cls, column.field, value=word)
                problems.setdefault(row, why)
        return problems

    def within_file(
        self,
        rejected: NDArray[np.bool_],
        targets: NDArray[np.int64],
        reserved: NDArray[np.int64],
        lines: NDArray[np.int64],
    ) -> Problems:
        """Point at rows of this file: at the feature such a row stands for, else at the id it will get.

        All arrays (n,) count the landed rows; ``reserved`` is filled in. Rows whose row is rejected are problems.
        """
        problems: Problems = {}
        for name, meant in self._in_file.items():
            at = np.flatnonzero(meant >= 0)
            if not len(at):
                continue
            lost = rejected[meant[at]]
            for row in at[lost].tolist():
                problems[row] = Refusal("import.parent_rejected", line=int(lines[meant[row]]))
            reserve(reserved, np.unique(meant[at[~lost]])[targets[np.unique(meant[at[~lost]])] == 0])
            self.refs[name][at] = np.where(targets[meant[at]] != 0, targets[meant[at]], reserved[meant[at]])
        return problems


class _Search:
    """Distinct words on their way to ids of one class."""

    def __init__(self, words: NDArray[np.object_], existing: Existing, target: FeatureClass) -> None:
        self.words = words
        self.ids = np.zeros(len(words), np.int64)
        self.rows = np.full(len(words), -1, np.int64)
        self.several: dict[str, int] = {}
        self._existing = existing
        self._target = target

    def open(self) -> NDArray[np.bool_]:
        """The words that mean nothing yet."""
        return np.asarray((self.ids == 0) & (self.rows < 0))

    def run(self, peers: Sequence[Staged], own: Mapping[str, NDArray[Any]]) -> None:
        """Look everywhere, best first."""
        for by in _NAMES:
            if self._target.has_field(by):
                self._in_project(by)
            for peer in peers:
                if by in peer.landed.names:
                    self._in_peer(peer, by)
            if by in own:
                at, where = self._among(own[by], sole=by == "name")
                self.rows[at] = where
        self._as_ids()

    def _in_project(self, by: str) -> None:
        import pandas as pd

        left = np.flatnonzero(self.open())
        if not len(left):
            return
        ids, values = self._existing.holding(self._target.name, by, self.words[left].tolist())
        table = pd.Series(ids, index=pd.Index(values, dtype=object))
        counts = table.groupby(level=0).size()
        self.several.update({str(word): int(count) for word, count in counts[counts > 1].items()})
        table = table[~table.index.duplicated(keep=False)]
        at = table.index.get_indexer(self.words[left])
        self.ids[left[at >= 0]] = table.to_numpy()[at[at >= 0]]

    def _in_peer(self, peer: Staged, by: str) -> None:
        at, where = self._among(peer.landed.field(by)[peer.at], sole=by == "name")
        reserve(peer.reserved, where[peer.targets[where] == 0])
        self.ids[at] = np.where(peer.targets[where] != 0, peer.targets[where], peer.reserved[where])

    def _among(self, values: NDArray[Any], *, sole: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(words, rows): the first of ``values`` (n,) that is the word, or the only one."""
        import pandas as pd

        left = np.flatnonzero(self.open())
        index = pd.Index(self.words[left], dtype=object)
        at = index.get_indexer(values)
        rows = np.flatnonzero(at >= 0)
        word, first, counts = np.unique(at[rows], return_index=True, return_counts=True)
        if sole:
            repeated = {str(self.words[left[w]]): int(c) for w, c in zip(word, counts, strict=True) if c > 1}
            self.several.update(repeated)
            word, first = word[counts == 1], first[counts == 1]
        return left[word], rows[first]

    def _as_ids(self) -> None:
        left = np.flatnonzero(self.open())
        keys = np.array([key_of(word) for word in self.words[left].tolist()], np.int64)
        if len(left) and keys.any():
            there = (keys != 0) & self._existing.present(self._target.name, keys)
            self.ids[left[there]] = keys[there]


def reserve(reserved: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
    """Give rows that have none the id that they will have."""
    fresh = np.unique(rows[reserved[rows] == 0])
    reserved[fresh] = fresh_keys(len(fresh))


def _word(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()


def key_of(word: str | None) -> int:
    """The id that a text is, 0 = it is none."""
    if word is None:
        return 0
    word = word.removesuffix(".0")  # a column of keys with a gap is written as floats by other programs
    if not (word.isascii() and word.isdigit()) or len(word) > len(str(KEY_LIMIT)):
        return 0
    return int(word) if int(word) < KEY_LIMIT else 0
