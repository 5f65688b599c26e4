"""Features told by what is known of them: a table's natural key, a name that stands only once, attributes all alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.editing.values import nulls, stored
from gis.exchange.existing import Existing
from gis.exchange.landing import centres
from gis.geometry.columns import Columns

if TYPE_CHECKING:
    from gis.exchange.matching import Incoming

#: A feature of the same name further away than this is another one.
NAME_FAR_M = 500.0
_PIECE = 50_000
_CANDIDATES = 16


@dataclass(frozen=True, slots=True)
class KeyMatch:
    """``rows`` (m,) are the features ``ids`` (m,); ``candidates``: row -> features of the same key that cannot be told
    apart."""

    rows: NDArray[np.int64]
    ids: NDArray[np.int64]
    candidates: dict[int, NDArray[np.int64]] = field(default_factory=dict)


def natural_key(cls: FeatureClass) -> tuple[str, ...]:
    """The fields that tell the rows of a class apart where there is no code.

    What they belong to and what must be given (a statistic: area, period, indicator); measured values do not count.
    """
    owned = [f for f in cls.refs if f.owned]
    must = [f for f in cls.fields if f.required and f.type in ("text", "integer", "code", "date", "datetime")]
    refs = owned or cls.refs
    return tuple(f.name for f in (*refs, *must))


def kind_field(cls: FeatureClass) -> str | None:
    """The code field that says what kind of thing a feature is; features of two kinds are two features."""
    by = cls.symbol.by if cls.symbol is not None else None
    for name in ("kind", by):
        if name is not None and cls.has_field(name):
            f = cls.field(name)
            if f.type == "code" and (name == "kind" or f.required):
                return name
    return None


def match_by_key(
    rows: Incoming, existing: Existing, which: NDArray[np.int64], targets: NDArray[np.int64], key: Sequence[str]
) -> KeyMatch:
    """Rows ``which`` matched by the fields of a key, of which the file must give all that are required.

    Where a key stands more than once on either side, rows that are alike in everything the file says are paired one by
    one; a last row and a last feature of the key are taken for each other; the rest cannot be told apart.
    """
    import pandas as pd

    cls = rows.cls
    used = [name for name in key if name in rows.fields or cls.field(name).default is not None]
    lacking = [name for name in key if name not in used and cls.field(name).required]
    if lacking or not any(name in rows.fields for name in used):
        return KeyMatch(np.empty(0, np.int64), np.empty(0, np.int64))
    given = [name for name in used if name in rows.fields]
    mine = np.concatenate([_hashed(cls, rows.values(part, given), used, fill=True) for part in _parts(which)])
    index = pd.Index(pd.unique(mine))
    numbers = index.get_indexer(mine)
    found_ids, found_numbers = [], []
    for piece in existing.pieces(cls.name, used):
        at = index.get_indexer(_hashed(cls, piece, used, fill=False))
        hit = (at >= 0) & ~np.isin(piece.ids, targets[targets != 0])
        found_ids.append(piece.ids[hit])
        found_numbers.append(at[hit])
    ids = np.concatenate(found_ids) if found_ids else np.empty(0, np.int64)
    groups = np.concatenate(found_numbers) if found_numbers else np.empty(0, np.int64)
    ours, theirs = np.bincount(numbers, minlength=len(index)), np.bincount(groups, minlength=len(index))
    lone = (ours == 1) & (theirs == 1)
    many = (theirs > 0) & ~lone
    pairs = [_joined(which, numbers, ids, groups, lone)]
    row_left, id_left = many[numbers], many[groups]
    if row_left.any():
        alike = pair_alike(rows, existing, which[row_left], numbers[row_left], ids[id_left], groups[id_left])
        pairs.append(alike)
        row_left &= ~np.isin(which, alike[0])
        id_left &= ~np.isin(ids, alike[1])
        ours = np.bincount(numbers[row_left], minlength=len(index))
        theirs = np.bincount(groups[id_left], minlength=len(index))
        last = (ours == 1) & (theirs == 1)
        pairs.append(_joined(which[row_left], numbers[row_left], ids[id_left], groups[id_left], last))
        row_left &= ~last[numbers] & (theirs > 0)[numbers]
    candidates = _candidates(which[row_left], numbers[row_left], ids[id_left], groups[id_left])
    return KeyMatch(np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs]), candidates)


def pair_alike(
    rows: Incoming,
    existing: Existing,
    which: NDArray[np.int64],
    places: NDArray[np.int64],
    ids: NDArray[np.int64],
    groups: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(rows, ids) of one group (``places`` of the rows, ``groups`` of the features) that agree in every field of the
    file, paired one by one in their order; empty agrees with empty."""
    import pandas as pd

    cls, fields = rows.cls, rows.fields
    if not len(which) or not len(ids):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    mine = [_hashed(cls, rows.values(part, fields), fields, fill=True) for part in _parts(which)]
    theirs = [
        _hashed(cls, existing.rows(cls.name, part, fields, geometry=False), fields, fill=False) for part in _parts(ids)
    ]
    a = pd.DataFrame({"group": places, "hash": np.concatenate(mine), "row": which})
    b = pd.DataFrame({"group": groups, "hash": np.concatenate(theirs), "id": ids})
    for table in (a, b):
        table["rank"] = table.groupby(["group", "hash"]).cumcount()
    both = a.merge(b, on=["group", "hash", "rank"])
    return both["row"].to_numpy(np.int64), both["id"].to_numpy(np.int64)


def match_by_name(
    rows: Incoming, existing: Existing, which: NDArray[np.int64], targets: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(rows, ids): rows ``which`` whose name stands once in the file and once in the class, of the same owner and kind
    where both say, not of two codes, and not over ``NAME_FAR_M`` apart."""
    cls = rows.cls
    found, ids = _sole_names(rows, existing) if len(which) else (which, which)
    told = np.isin(found, which) & ~np.isin(ids, targets[targets != 0])
    found, ids = found[told], ids[told]
    kept = np.zeros(len(found), dtype=bool)
    kind = kind_field(cls)
    names = [name for name in ("code", "owner", kind) if name is not None and cls.has_field(name)]
    for start in range(0, len(found), _PIECE):
        some, keys = found[start : start + _PIECE], ids[start : start + _PIECE]
        theirs = existing.rows(cls.name, keys, names, geometry=True)
        alike = agree(cls, rows.values(some, [name for name in names if name in rows.fields]), theirs, names)
        if theirs.geometry is not None:
            alike &= ~(np.hypot(*(rows.xy[some] - centres(theirs.geometry)).T) > NAME_FAR_M)
        kept[start : start + _PIECE] = alike
    return found[kept], ids[kept]


def _sole_names(rows: Incoming, existing: Existing) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(rows, ids) of the names that stand once on either side. Only the smaller side is held in memory as a whole."""
    import pandas as pd

    everyone = np.arange(len(rows), dtype=np.int64)

    def ours() -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
        for part in _parts(everyone):
            yield part, rows.values(part, ["name"]).fields["name"]

    def theirs() -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
        for piece in existing.pieces(rows.cls.name, ["name"]):
            yield piece.ids, piece.fields["name"]

    smaller = ours if len(rows) < existing.count(rows.cls.name) else theirs
    names = [pd.unique(column[pd.notna(column)]) for _, column in smaller()]
    index = pd.Index(pd.unique(np.concatenate([np.empty(0, object), *names])), dtype=object)
    times = np.zeros((2, len(index)), np.int64)
    last = np.zeros((2, len(index)), np.int64)
    for side, pieces in enumerate((ours(), theirs())):
        for keys, column in pieces:
            at = index.get_indexer(column)
            hit = at >= 0
            times[side] += np.bincount(at[hit], minlength=len(index))
            last[side][at[hit]] = keys[hit]
    sole = (times == 1).all(axis=0)
    return last[0][sole], last[1][sole]


def agree(cls: FeatureClass, mine: Columns, theirs: Columns, names: Sequence[str]) -> NDArray[np.bool_]:
    """Where the named fields do not contradict each other: equal, or one side says nothing."""
    kept = np.ones(len(theirs), dtype=bool)
    for name in names:
        if name in mine.fields and name in theirs.fields:
            f = cls.field(name)
            a, b = mine.fields[name], theirs.fields[name]
            kept &= nulls(f, a) | nulls(f, b) | np.asarray(a == b, dtype=np.bool_)
    return kept


def _hashed(cls: FeatureClass, columns: Columns, names: Sequence[str], *, fill: bool) -> NDArray[np.uint64]:
    """One number for the named values of each row; equal rows have equal numbers. ``fill``: empty cells of a file take
    the default, as they will when they are written."""
    import pandas as pd

    made = np.zeros(len(columns), np.uint64)
    for name in names:
        f = cls.field(name)
        column = columns.fields.get(name)
        if column is None:
            column = stored(f, [f.default if fill else None] * len(columns))
        elif fill and f.default is not None:
            column = np.where(nulls(f, column), stored(f, [f.default])[0], column)
        made = made * np.uint64(1_000_003) + pd.util.hash_array(_hashable(column), categorize=False)
    return made


def _hashable(column: NDArray[Any]) -> NDArray[Any]:
    return column + 0.0 if column.dtype.kind == "f" else column  # -0.0 is 0.0


def _parts(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [rows[start : start + _PIECE] for start in range(0, max(len(rows), 1), _PIECE)]


def _joined(
    rows: NDArray[np.int64],
    numbers: NDArray[np.int64],
    ids: NDArray[np.int64],
    groups: NDArray[np.int64],
    wanted: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(rows, ids) of the wanted groups, each of which has one row and one id."""
    by_group = np.zeros(len(wanted), np.int64)
    by_group[groups] = ids
    chosen = wanted[numbers]
    return rows[chosen], by_group[numbers[chosen]]


def _candidates(
    rows: NDArray[np.int64], numbers: NDArray[np.int64], ids: NDArray[np.int64], groups: NDArray[np.int64]
) -> dict[int, NDArray[np.int64]]:
    order = np.argsort(groups, kind="stable")
    ids, groups = ids[order], groups[order]
    low, high = np.searchsorted(groups, numbers, "left"), np.searchsorted(groups, numbers, "right")
    return {
        row: ids[a : min(b, a + _CANDIDATES)]
        for row, a, b in zip(rows.tolist(), low.tolist(), high.tolist(), strict=True)
    }
