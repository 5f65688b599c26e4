"""Which existing feature each incoming row is: by code, then by place, then by attributes; arrays, no loop over rows.

Only what decides is read of the features that are there: their codes piece by piece, positions near the rows, and
the attributes of those between which something else has to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.exchange.existing import Existing
from gis.exchange.natural_keys import KeyMatch, kind_field, match_by_key, match_by_name, natural_key
from gis.exchange.near import PLACE_TAKEN, NearMatch, match_by_place
from gis.geometry.columns import Columns

WAYS = ("code", "distance", "attributes")
#: A class of which the file names less than this part is asked for these codes only, not read through; where it is
#: smaller than this part of the file, its codes are looked up among them, not the file's.
_FEW = 0.05


@dataclass(frozen=True, slots=True)
class Incoming:
    """n rows of one class to be matched.

    ``codes`` object (n,) and ``xy`` float64 (n, 2) hold None and NaN where there is none; ``lines`` int64 (n,).
    ``keys`` int64 (n,): ids that the project itself once gave, 0 = none. ``values`` gives the attributes of some rows,
    ``fields`` are their names.
    """

    cls: FeatureClass
    lines: NDArray[np.int64]
    codes: NDArray[np.object_]
    xy: NDArray[np.float64]
    keys: NDArray[np.int64]
    fields: Sequence[str]
    values: Callable[[NDArray[np.int64], Sequence[str]], Columns]

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(slots=True)
class Match:
    """For n rows: ``target`` int64 (n,), 0 = none; ``by`` object (n,), "code", "id", "distance", "attributes" or None.

    ``conflict``: row -> why it is left to the user; ``candidates``: the features it might be, likeliest first;
    ``rivals``: the row whose code or feature it wants too. A row in conflict may have a target: the feature it
    would be set on.
    """

    target: NDArray[np.int64]
    by: NDArray[np.object_]
    conflict: dict[int, Refusal] = field(default_factory=dict)
    candidates: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    rivals: dict[int, int] = field(default_factory=dict)

    def open_rows(self) -> NDArray[np.int64]:
        """The rows about which nothing is known yet."""
        unknown = self.target == 0
        unknown[list(self.conflict)] = False
        return np.flatnonzero(unknown)

    def settle(self, rows: NDArray[np.int64], ids: NDArray[np.int64], how: str) -> None:
        """These rows are these features."""
        self.target[rows] = ids
        self.by[rows] = how


def match(rows: Incoming, existing: Existing, *, by: Sequence[str] = WAYS, tolerance_m: float = 1.0) -> Match:
    """Match n rows with the features of their class.

    A code in the file twice, two rows for one feature and several features within the tolerance are conflicts. A row
    with a code is matched by place or attributes only with a feature that has no code; features of another kind are
    other features, however near. Where codes are not to be matched by, a code that another feature has is a conflict.
    Raises Refusal ``import.unknown_match``.
    """
    for way in by:
        if way not in WAYS:
            raise Refusal("import.unknown_match", match=way)
    made = Match(np.zeros(len(rows), np.int64), np.full(len(rows), None, dtype=object))
    if not len(rows):
        return made
    firsts = _repeats(rows, made)
    holders = _by_code(rows, existing, made)
    if "code" in by:
        found = np.flatnonzero(holders)
        made.settle(found, holders[found], "code")
    _by_key(rows, existing, made)
    if existing.count(rows.cls.name):
        if "distance" in by:
            kind = kind_field(rows.cls)
            near = match_by_place(rows, existing, made.open_rows(), made.target, tolerance_m, kind)
            _take(made, near, rows)
        _by_attributes(rows, existing, by, made)
    if "code" not in by:
        _held_by_others(rows, holders, made)
    _share(rows, made)
    again = np.array(list(firsts), np.int64)
    made.target[again] = made.target[[firsts[row] for row in firsts]]
    return made


def _repeats(rows: Incoming, made: Match) -> dict[int, int]:
    """Rows whose code stands in an earlier one: row -> that row. They are conflicts."""
    import pandas as pd

    codes = pd.Series(rows.codes)
    again = np.flatnonzero(codes.duplicated().to_numpy() & codes.notna().to_numpy())
    if not len(again):
        return {}
    numbers, _ = pd.factorize(rows.codes)
    known, first = np.unique(numbers, return_index=True)
    earlier = first[np.searchsorted(known, numbers[again])]
    firsts = dict(zip(again.tolist(), earlier.tolist(), strict=True))
    for row, before in firsts.items():
        made.conflict[row] = Refusal("import.twice_in_file", code=rows.codes[row], line=int(rows.lines[before]))
        made.rivals[row] = before
    return firsts


def _by_code(rows: Incoming, existing: Existing, made: Match) -> NDArray[np.int64]:
    """The feature that has each row's code, int64 (n,), 0 = none has."""
    import pandas as pd

    holders = np.zeros(len(rows), np.int64)
    if not rows.cls.has_field("code"):
        return holders
    coded = pd.notna(rows.codes)
    coded[list(made.conflict)] = False
    which = np.flatnonzero(coded)
    if not len(which):
        return holders
    name = rows.cls.name
    there = existing.count(name)
    if there < _FEW * len(which):
        for piece in existing.pieces(name, ["code"]):
            coded_there = pd.notna(piece.fields["code"])
            at = pd.Index(piece.fields["code"][coded_there], dtype=object).get_indexer(rows.codes[which])
            hit = at >= 0
            holders[which[hit]] = piece.ids[coded_there][at[hit]]
        return holders
    index = pd.Index(rows.codes[which], dtype=object)
    if len(which) < _FEW * there:
        ids, codes = existing.holding(name, "code", rows.codes[which].tolist())
        holders[which[index.get_indexer(codes)]] = ids
        return holders
    for piece in existing.pieces(name, ["code"]):
        at = index.get_indexer(piece.fields["code"])
        hit = at >= 0
        holders[which[at[hit]]] = piece.ids[hit]
    return holders


def _by_key(rows: Incoming, existing: Existing, made: Match) -> None:
    """A row that carries the id of a feature is that feature, whatever else has changed; a copied row is not."""
    given = made.open_rows()
    given = given[rows.keys[given] != 0]
    if len(given):
        keys = rows.keys[given]
        _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        sole = (counts[inverse] == 1) & ~np.isin(keys, made.target[made.target != 0])
        given = given[sole & existing.present(rows.cls.name, keys)]
        made.settle(given, rows.keys[given], "id")


def _by_attributes(rows: Incoming, existing: Existing, by: Sequence[str], made: Match) -> None:
    key = natural_key(rows.cls)
    open_rows = made.open_rows()
    nowhere = open_rows[~np.isfinite(rows.xy[open_rows]).all(axis=1)]
    # A table without codes can be told by its natural key only.
    if key and len(nowhere) and ("attributes" in by or not rows.cls.has_field("code")):
        _keyed(made, match_by_key(rows, existing, nowhere, made.target, key))
    if "attributes" in by and rows.cls.spatial and "name" in rows.fields:
        found, ids = match_by_name(rows, existing, made.open_rows(), made.target)
        made.settle(found, ids, "attributes")


def _take(made: Match, near: NearMatch, rows: Incoming) -> None:
    made.settle(near.rows, near.ids, "distance")
    made.settle(near.told_rows, near.told_ids, "attributes")
    made.conflict.update(near.conflict)
    made.candidates.update(near.candidates)
    beaten = [row for row, why in near.conflict.items() if why.code == PLACE_TAKEN]
    if beaten:
        owners = np.flatnonzero(made.target)
        order = owners[np.argsort(made.target[owners], kind="stable")]
        wanted = np.array([near.candidates[row][0] for row in beaten], np.int64)
        winners = order[np.searchsorted(made.target[order], wanted)]
        for row, winner in zip(beaten, winners.tolist(), strict=True):
            made.rivals[row] = winner
            made.conflict[row] = Refusal("import.two_rows_one_feature", line=int(rows.lines[winner]))


def _keyed(made: Match, keyed: KeyMatch) -> None:
    made.settle(keyed.rows, keyed.ids, "attributes")
    for row, ids in keyed.candidates.items():
        made.conflict[row] = Refusal("import.ambiguous_key", count=len(ids))
        made.candidates[row] = ids


def _held_by_others(rows: Incoming, holders: NDArray[np.int64], made: Match) -> None:
    for row in np.flatnonzero((holders != 0) & (holders != made.target)).tolist():
        made.conflict.setdefault(row, Refusal("import.code_held", code=rows.codes[row]))
        made.candidates[row] = np.append(made.candidates.get(row, np.empty(0, np.int64)), holders[row])


def _share(rows: Incoming, made: Match) -> None:
    """Two rows for one feature: the later one is a conflict; one found by code goes before others."""
    taken = np.flatnonzero(made.target)
    if (np.diff(np.sort(made.target[taken])) != 0).all():
        return
    order = taken[np.lexsort((taken, made.by[taken] != "code", made.target[taken]))]
    later = np.flatnonzero(made.target[order][1:] == made.target[order][:-1]) + 1
    for place in later.tolist():
        row, before = int(order[place]), int(order[place - 1])
        before = made.rivals.get(before, before) if before in made.conflict else before
        made.conflict.setdefault(row, Refusal("import.two_rows_one_feature", line=int(rows.lines[before])))
        made.rivals.setdefault(row, before)
