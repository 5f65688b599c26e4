"""What every row of a file will become, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.editing import Load, UpdateMany
from gis.editing.values import nulls, stored
from gis.errors import Refusal
from gis.exchange.comparing import GEOM, bits, differences, filled
from gis.exchange.landing import Landed, picked
from gis.exchange.mapping import Mapping
from gis.exchange.placement import Placement
from gis.exchange.raw import Evidence, Reject
from gis.geometry.columns import Columns

By = Literal["code", "id", "distance", "attributes"]


class Outcome(IntEnum):
    """What becomes of a row."""

    NEW = 0
    CHANGED = 1
    SAME = 2
    CONFLICT = 3
    REJECTED = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One field in which a row of the file (mine) and the project (theirs) differ, in stored form, null as None.

    For ``field`` "geom" both are geometries and ``distance_m`` says how far apart.
    """

    field: str
    mine: Any
    theirs: Any
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class Features:
    """Features of the project that rows were compared with: ``landed`` row k is feature ``ids[k]``; ids may repeat."""

    ids: NDArray[np.int64]
    landed: Landed
    order: NDArray[np.int64]

    @staticmethod
    def of(ids: NDArray[np.int64], landed: Landed) -> Features:
        """Features in the order in which they landed."""
        return Features(ids, landed, np.argsort(ids, kind="stable"))

    def known(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the ids are among them."""
        return np.isin(ids, self.ids)

    def of_ids(self, ids: NDArray[np.int64]) -> Columns:
        """The features of these ids, all of them known, one for each."""
        found = self.landed.taken(self.order[np.searchsorted(self.ids, ids, sorter=self.order)])
        return Columns(found.cls, ids, found.fields, found.geometry)


@dataclass(frozen=True, slots=True, eq=False)
class Staged:
    """n readable rows of a file as features of one class, each with an outcome; index i below counts these rows.

    ``rows`` int64 (n,): the row in the raw table; ``lines``: its line in the file. ``outcome`` uint8 (n,), never
    REJECTED: rows that cannot be taken stand in ``rejects`` alone. ``targets`` int64 (n,): the feature a row stands
    for, 0 = none; ``by`` object (n,): how it was found ("code", "id", "distance", "attributes"), None = not at all.
    ``conflicts`` names the rows of outcome CONFLICT in their order; ``candidates``: index -> ids of the features it
    might be, likeliest first. ``altered`` uint64 (n,): bit k is set where ``names[k]`` differs from the target.
    ``rivals``: index -> index of the row whose code or feature this one wants too. ``hindrances``: index of a row in
    conflict -> why it could not be added as a feature of its own; ``holders``: -> the feature that has its code.
    ``refs``: name of a reference field -> int64 (n,). ``reserved`` int64 (n,): the id that a row will get if it is
    added, because others refer to it, 0 = any; filled in as others are staged.
    ``lost`` (at most 50,000): the rejected rows that have a place in the project's area, by number in the raw table,
    and ``lost_places`` float64 (k, 2) where. ``lost_words``: code or name of a rejected row -> its line.
    ``read`` counts every source row, so read = new + changed + same + conflict + rejected.
    """

    kind: FeatureClass
    landed: Landed
    at: NDArray[np.int64]
    theirs: Features
    lines: NDArray[np.int64]
    rows: NDArray[np.int64]
    outcome: NDArray[np.uint8]
    targets: NDArray[np.int64]
    by: NDArray[np.object_]
    altered: NDArray[np.uint64]
    names: tuple[str, ...]
    read: int
    rejects: tuple[Reject, ...]
    conflicts: tuple[Reject, ...]
    evidence: tuple[Evidence, ...]
    mapping: Mapping
    placement: Placement | None
    candidates: Map[int, NDArray[np.int64]] = field(default_factory=dict)
    rivals: Map[int, int] = field(default_factory=dict)
    hindrances: Map[int, Refusal] = field(default_factory=dict)
    holders: Map[int, int] = field(default_factory=dict)
    refs: Map[str, NDArray[np.int64]] = field(default_factory=dict)
    reserved: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    lost: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    lost_places: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    lost_words: Map[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def cls(self) -> str:
        """The class's name."""
        return self.kind.name

    @property
    def columns(self) -> Columns:
        """All rows at once, as `part`; for a big file ask for parts."""
        return self.part(0, len(self))

    def part(self, start: int, stop: int) -> Columns:
        """Rows start to stop as they would be written: new ones with defaults, changed ones with what the project has
        where the file is silent. Ids are those of the features they stand for, 0 = none (or reserved)."""
        return self.chosen(np.arange(max(start, 0), min(stop, len(self)), dtype=np.int64))

    def chosen(self, indices: NDArray[np.int64], targets: NDArray[np.int64] | None = None) -> Columns:
        """As `part` for some rows; ``targets`` (m,) in place of their own."""
        indices = np.asarray(indices, np.int64)
        targets = self.targets[indices] if targets is None else targets
        mine = self.mine(indices)
        known = np.flatnonzero((targets != 0) & self.theirs.known(targets))
        fields = dict(mine.fields)
        geometry = mine.geometry
        if len(known):
            some = filled(self.kind, picked(mine, known), self.theirs.of_ids(targets[known]))
            for name, column in some.fields.items():
                fields[name] = fields[name].copy()
                fields[name][known] = column
            if geometry is not None and some.geometry is not None:
                geometry = geometry.copy()
                geometry[known] = some.geometry
        _fill_defaults(self.kind, fields, (targets == 0) & (self.outcome[indices] != Outcome.SAME))
        ids = np.where(targets == 0, self.reserved[indices], targets) if len(self.reserved) else targets
        return Columns(self.cls, ids, fields, geometry)

    def mine(self, indices: NDArray[np.int64]) -> Columns:
        """What the file itself says in some rows; ids are 0."""
        made = self.landed.taken(self.at[indices])
        refs = {name: keys[indices] for name, keys in self.refs.items()}
        return Columns(made.cls, made.ids, {**made.fields, **refs}, made.geometry)

    def holder(self, index: int) -> int:
        """The feature of the project that has a row's code, 0 = none."""
        return self.holders.get(index, int(self.targets[index]) if self.by[index] == "code" else 0)

    def centres(self) -> NDArray[np.float64]:
        """Where each row lies in the project's CRS, float64 (n, 2): the point or the middle of its bounds, or NaN."""
        return self.landed.centres()[self.at]

    def changes(self, index: int, target: int = 0) -> tuple[Change, ...]:
        """The fields in which a row differs from its feature, "geom" last; or from ``target``, one of its candidates.

        A row in conflict is compared with its likeliest candidate; a row without any has no changes.
        """
        target = target or int(self.targets[index])
        if not target and len(self.candidates.get(index, ())):
            target = int(self.candidates[index][0])
        wanted = np.array([target], np.int64)
        if not target or not self.theirs.known(wanted)[0]:
            return ()
        mine, theirs = self.mine(np.array([index], np.int64)), self.theirs.of_ids(wanted)
        made = []
        for name, differs in differences(self.kind, mine, theirs).items():
            if not differs[0]:
                continue
            if name == GEOM:
                assert mine.geometry is not None
                assert theirs.geometry is not None
                a, b = mine.geometry[0], theirs.geometry[0]
                apart = None if b is None else float(shapely.distance(shapely.centroid(a), shapely.centroid(b)))
                made.append(Change(GEOM, a, b, apart))
            else:
                f = self.kind.field(name)
                made.append(Change(name, *(_plain(f.type, c.fields[name][0]) for c in (mine, theirs))))
        return tuple(made)

    def change_counts(self) -> dict[str, int]:
        """Field name or "geom" -> how many changed rows change it, most first; those that none changes are left out."""
        changed = self.altered[self.outcome == Outcome.CHANGED]
        counts = {name: int(((changed >> np.uint64(k)) & np.uint64(1)).sum()) for k, name in enumerate(self.names)}
        return dict(sorted(((n, c) for n, c in counts.items() if c), key=lambda item: -item[1]))

    def counts(self) -> dict[str, int]:
        """``read new changed same conflict rejected``, which add up."""
        made = {o.name.casefold(): int((self.outcome == o).sum()) for o in Outcome if o is not Outcome.REJECTED}
        return {"read": self.read, **made, "rejected": len(self.rejects)}


def addition(staged: Staged, rows: NDArray[np.int64], renamed: Map[int, int]) -> Load:
    """The intent that adds some rows. ``renamed``: reserved id -> id of the feature that its row was set on instead;
    references follow."""
    return Load(_followed(staged, staged.chosen(rows, np.zeros(len(rows), np.int64)), renamed))


def renewal(
    staged: Staged,
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
    keep: NDArray[np.uint64],
    renamed: Map[int, int],
) -> UpdateMany | None:
    """The intent that sets some rows (m,) on the features ``targets`` (m,); None where nothing is left to be set.

    ``keep`` uint64 (m,): bits of ``names`` that stay as the project has them. Columns that no row changes are left out.
    ``renamed`` as of `addition`.
    """
    columns = _followed(staged, staged.chosen(rows, targets), renamed)
    theirs = staged.theirs.of_ids(targets)
    altered = altered_bits(staged, rows, targets) & ~keep
    fields = {}
    geometry = None
    for k, name in enumerate(staged.names):
        mine = (altered >> np.uint64(k)) & np.uint64(1) != 0
        if not mine.any():
            continue
        if name != GEOM:
            fields[name] = np.where(mine, columns.fields[name], theirs.fields[name])
        elif columns.geometry is not None and theirs.geometry is not None:
            geometry = np.where(mine, columns.geometry, theirs.geometry)
    if not fields and geometry is None:
        return None
    return UpdateMany(Columns(staged.cls, targets, fields, geometry))


def altered_bits(staged: Staged, indices: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.uint64]:
    """``Staged.altered`` of some rows against these targets, compared anew where they are not the rows' own."""
    altered = staged.altered[indices].copy()
    other = np.flatnonzero(staged.targets[indices] != targets)
    if len(other):
        found = differences(staged.kind, staged.mine(indices[other]), staged.theirs.of_ids(targets[other]))
        altered[other] = bits(staged.names, found, len(other))
    return altered


def _followed(staged: Staged, columns: Columns, renamed: Map[int, int]) -> Columns:
    if not renamed or not staged.refs:
        return columns
    fields = dict(columns.fields)
    for name in staged.refs:
        fields[name] = np.array([renamed.get(key, key) for key in fields[name].tolist()], np.int64)
    return Columns(columns.cls, columns.ids, fields, columns.geometry)


def _fill_defaults(cls: FeatureClass, fields: dict[str, NDArray[Any]], new: NDArray[np.bool_]) -> None:
    for name in list(fields):
        f = cls.field(name)
        if f.default is None:
            continue
        empty = new & nulls(f, fields[name])
        if empty.any():
            fields[name] = fields[name].copy()
            fields[name][empty] = stored(f, [f.default])[0]


def _plain(type: str, value: Any) -> Any:
    """A stored value with null as None."""
    if type == "ref" and value == 0:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is None or value != value else value
