"""Rows of a file and the features that stand where they stand, or no further than the tolerance; arrays only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.errors import Refusal
from gis.exchange.comparing import SAME_PLACE_M
from gis.exchange.existing import Existing, around
from gis.exchange.landing import picked
from gis.exchange.natural_keys import agree, pair_alike

if TYPE_CHECKING:
    from gis.exchange.matching import Incoming

#: The reason of a row whose only feature another row has; the caller knows which.
PLACE_TAKEN = "import.place_taken"
#: Places looked at around a row that has several near it, and features of one place: more make no candidate list.
_PLACES, _STACK = 8, 16


@dataclass(slots=True)
class NearMatch:
    """``rows`` (m,) are the features ``ids`` (m,) by their place alone, ``told_rows`` are ``told_ids`` because their
    names say which of several; ``conflict`` and ``candidates`` as of a Match."""

    rows: NDArray[np.int64]
    ids: NDArray[np.int64]
    told_rows: NDArray[np.int64]
    told_ids: NDArray[np.int64]
    conflict: dict[int, Refusal] = field(default_factory=dict)
    candidates: dict[int, NDArray[np.int64]] = field(default_factory=dict)


def match_by_place(
    rows: Incoming,
    existing: Existing,
    which: NDArray[np.int64],
    targets: NDArray[np.int64],
    tolerance_m: float,
    kind: str | None,
) -> NearMatch:
    """Rows ``which`` matched by position; ``targets`` (n,) are the features that rows have already.

    A feature in the very place of a row is nearer than any other. Where several stand in one place, rows and features
    that agree in everything the file says are paired one by one; else their name and owner decide, else the user.
    """
    work = _Work(rows, existing, targets, kind, tolerance_m)
    which = which[np.isfinite(rows.xy[which]).all(axis=1)]
    reach = max(tolerance_m, SAME_PLACE_M)
    box = around(rows.xy[which], reach)
    if box is not None:
        work.look(which, box, reach)
    return work.result()


class _Work:
    """Places of the features, and which are still free."""

    def __init__(
        self, rows: Incoming, existing: Existing, targets: NDArray[np.int64], kind: str | None, tolerance: float
    ) -> None:
        self.rows = rows
        self.existing = existing
        self.kind = kind
        self.targets = targets
        self.tolerance = tolerance
        self.found: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self.told: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self.conflict: dict[int, Refusal] = {}
        self.candidates: dict[int, NDArray[np.int64]] = {}

    def look(self, which: NDArray[np.int64], box: tuple[float, float, float, float], reach: float) -> None:
        """Match rows with what lies in a box."""
        self.ids, xy = self.existing.centres(self.rows.cls.name, box)
        if not len(self.ids):
            return
        # One place each, however many features stand there; complex numbers sort ten times faster than pairs.
        _, first, place = np.unique(xy[:, 0] + 1j * xy[:, 1], return_index=True, return_inverse=True)
        self.place = place
        self.order = np.argsort(place, kind="stable")
        self.starts = np.append(0, np.cumsum(np.bincount(place, minlength=len(first))))
        self.places = xy[first]
        self.tree = cKDTree(self.places)
        self.free = ~np.isin(self.ids, self.targets[self.targets != 0])
        distance, at = self.tree.query(self.rows.xy[which], k=2, distance_upper_bound=np.nextafter(reach, np.inf))
        near = np.isfinite(distance)
        exact = distance[:, 0] <= SAME_PLACE_M
        self.pair_stacks(which[exact], at[exact, 0])
        left = ~np.isin(which, np.concatenate([f[0] for f in self.found])) if self.found else np.ones(len(which), bool)
        here = exact & left
        nearest = near & np.array([True, False])
        self.choose(*self.expanded(which[here], at[here], nearest[here]))
        lone = near[:, 0] & ~near[:, 1] & ~exact
        crowded = near[:, 1] & ~exact
        pairs = [self.expanded(which[lone], at[lone], near[lone])]
        if crowded.any():
            some = which[crowded]
            distance, at = self.tree.query(
                self.rows.xy[some], k=_PLACES, distance_upper_bound=np.nextafter(reach, np.inf)
            )
            pairs.append(self.expanded(some, at, np.isfinite(distance)))
        self.choose(np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs]))

    def pair_stacks(self, which: NDArray[np.int64], place: NDArray[np.int64]) -> None:
        """Pair rows and features that share their place with others and agree in everything."""
        sizes = np.diff(self.starts)
        shared = (sizes > 1) | (np.bincount(place, minlength=len(sizes)) > 1)
        some = shared[place]
        if not some.any():
            return
        places = np.unique(place[some])
        at, owner = self.features_at(places)
        free = self.free[at]
        rows, ids = pair_alike(
            self.rows, self.existing, which[some], place[some], self.ids[at[free]], places[owner[free]]
        )
        self.found.append((rows, ids))
        self.free &= ~np.isin(self.ids, ids)

    def features_at(
        self, places: NDArray[np.int64], most: int | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(features, index into ``places``) of all that stand there, or of the first ``most`` at each."""
        sizes = self.starts[places + 1] - self.starts[places]
        if most is not None:
            sizes = np.minimum(sizes, most)
        owner = np.repeat(np.arange(len(places)), sizes)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self.order[self.starts[places][owner] + within], owner

    def expanded(
        self, which: NDArray[np.int64], at: NDArray[np.int64], near: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(rows, features): one pair for every feature in a place (m, k) near a row (m,), the nearest place first."""
        row, column = np.nonzero(near)
        features, owner = self.features_at(at[row, column], _STACK)
        return which[row[owner]], features

    def choose(self, row: NDArray[np.int64], feature: NDArray[np.int64]) -> None:
        """From pairs (p,) of rows and features, settle the rows that have one possible feature; the rest by name or not
        at all. Pairs of one row follow each other."""
        if not len(row):
            return
        row, feature = self.possible(row, feature)
        free = self.free[feature]
        own, number = np.unique(row, return_inverse=True)
        choices = np.bincount(number[free], minlength=len(own))
        one = free & (choices[number] == 1)
        wanted = np.bincount(feature[one], minlength=len(self.ids))[feature] > 1
        told = self.tell_apart(row[one & wanted], feature[one & wanted])
        self.take(told)
        one &= self.free[feature] & ~np.isin(row, told[0])
        chosen = self.nearest(row[one], feature[one])
        self.found.append(chosen)
        self.free &= ~np.isin(self.ids, chosen[1])
        settled = np.concatenate([chosen[0], told[0]])
        taken = own[(choices < 2) & ~np.isin(own, settled)]
        several = free & (choices[number] > 1) & self.free[feature]
        told = self.tell_apart(row[several], feature[several])
        self.take(told)
        several_near = Refusal("import.ambiguous", tolerance=f"{self.tolerance:g}")
        for undecided, why in ((own[choices > 1], several_near), (taken, Refusal(PLACE_TAKEN))):
            undecided = undecided[~np.isin(undecided, told[0])]
            low, high = np.searchsorted(row, undecided, "left"), np.searchsorted(row, undecided, "right")
            for one_row, a, b in zip(undecided.tolist(), low.tolist(), high.tolist(), strict=True):
                self.candidates[one_row] = self.ids[feature[a : min(b, a + _STACK)]]
                self.conflict[one_row] = why

    def take(self, told: tuple[NDArray[np.int64], NDArray[np.int64]]) -> None:
        """Note features that names have given to rows."""
        self.told.append(told)
        self.free &= ~np.isin(self.ids, told[1])

    def possible(
        self, row: NDArray[np.int64], feature: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The pairs that codes and kinds do not exclude, by row."""
        cls = self.rows.cls
        names = [name for name in ("code", self.kind) if name is not None and name in self.rows.fields]
        order = np.argsort(row, kind="stable")
        row, feature = row[order], feature[order]
        if not names:
            return row, feature
        known, at = np.unique(feature, return_inverse=True)
        theirs = self.existing.rows(cls.name, self.ids[known], names, geometry=False)
        ours, mine = np.unique(row, return_inverse=True)
        values = self.rows.values(ours, names)
        kept = agree(cls, picked(values, mine), picked(theirs, at), names)
        return row[kept], feature[kept]

    def nearest(
        self, row: NDArray[np.int64], feature: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(rows, ids): of several rows for one feature, the nearest has it."""
        apart = np.hypot(*(self.rows.xy[row] - self.places[self.place[feature]]).T)
        order = np.lexsort((row, np.where(apart <= SAME_PLACE_M, 0, apart), feature))
        row, feature = row[order], feature[order]
        first = np.append(True, feature[1:] != feature[:-1]) if len(row) else np.zeros(0, bool)
        return row[first], self.ids[feature[first]]

    def tell_apart(
        self, row: NDArray[np.int64], feature: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(rows, ids): rows of which one possible feature has the same name, and no other owner, and no other row's."""
        nothing = np.empty(0, np.int64), np.empty(0, np.int64)
        names = [name for name in ("name", "owner") if name in self.rows.fields]
        if "name" not in names or not len(row):
            return nothing
        cls = self.rows.cls
        mine = self.rows.values(row, names)
        theirs = self.existing.rows(cls.name, self.ids[feature], names, geometry=False)
        named = mine.fields["name"]
        alike = agree(cls, mine, theirs, names) & (named == theirs.fields["name"]) & (named != None)  # noqa: E711
        row, feature = row[alike.astype(bool)], feature[alike.astype(bool)]
        sole = _once(row) & _once(feature)
        return row[sole], self.ids[feature[sole]]

    def result(self) -> NearMatch:
        """All that was found."""
        rows, ids = (np.concatenate([np.empty(0, np.int64), *(f[k] for f in self.found)]) for k in (0, 1))
        told, told_ids = (np.concatenate([np.empty(0, np.int64), *(f[k] for f in self.told)]) for k in (0, 1))
        return NearMatch(rows, ids, told, told_ids, self.conflict, self.candidates)


def _once(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse] == 1)
