"""Staging: every row of a file gets one outcome and, where it is not taken, a reason; nothing is written yet.

Rows pass piece by piece: placed, read and landed; then they are matched as a whole, and compared piece by piece again
with the features they stand for. Memory holds the keys and positions of all rows, never all their values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.editing.shapes import read_shapes
from gis.editing.values import Problems, nulls
from gis.editing.wording import refusal
from gis.errors import Refusal
from gis.exchange.comparing import GEOM, bits, differences, moved
from gis.exchange.existing import Existing, InMemory
from gis.exchange.landing import PIECE, Landed, centres, picked
from gis.exchange.mapping import Mapping
from gis.exchange.matching import WAYS, Incoming, Match, match
from gis.exchange.mending import mended
from gis.exchange.parents import Parents, key_of
from gis.exchange.placement import Placement, place, place_points
from gis.exchange.raw import Evidence, RawTable, Reject
from gis.exchange.staged import By, Change, Features, Outcome, Staged
from gis.exchange.transforms import Evaluate, values_of
from gis.geometry.columns import BBox, Columns
from gis.progress import Progress

__all__ = ["WAYS", "By", "Change", "Outcome", "Staged", "stage"]

#: A row with the code of a feature that lies further away than this is not silently moved there.
CODE_FAR_M = 1000.0
#: The column in which Yantu's exports give the ids of features.
ID = "id"
_LEAST_KEY = 2**32
_SAMPLE = 200
_MOST_LOST = 50_000  # rejected rows whose place and words are kept
_NAMED = 10  # lines that an evidence lists
_FIT = 0.5


def stage(
    raw: RawTable,
    cls: FeatureClass,
    mapping: Mapping,
    placement: Placement | None,
    project_crs: str,
    existing: Existing | Columns,
    *,
    bounds: BBox,
    by: Sequence[str] = WAYS,
    tolerance_m: float = 1.0,
    evaluate: Evaluate | None = None,
    peers: Sequence[Staged] = (),
    progress: Progress | None = None,
) -> Staged:
    """Turn a raw table into staged features.

    ``placement`` None: the file holds no positions, as for a class without geometry or one whose rows stand where
    their owner stands. ``existing`` is asked for what is there; whole columns will do. ``bounds`` is the CRS's
    plausible rectangle; positions outside are rejected. Cells that are empty leave a matched feature's value as it is.
    ``evaluate`` computes the mapping's expressions; ``peers`` are classes of the same file that were staged before, to
    whose rows this one's may refer. Raises Refusals of the mapping, ``import.unknown_match`` and Cancelled.
    """
    there: Existing = InMemory(existing) if isinstance(existing, Columns) else existing
    work = _Work(raw, cls, mapping, placement, project_crs, there, bounds, evaluate, progress or Progress())
    work.land()
    work.find_parents(peers)
    work.match(by, tolerance_m)
    work.compare()
    return work.result()


class _Work:
    """A file on its way; arrays count the landed rows."""

    def __init__(
        self,
        raw: RawTable,
        cls: FeatureClass,
        mapping: Mapping,
        placement: Placement | None,
        project_crs: str,
        existing: Existing,
        bounds: BBox,
        evaluate: Evaluate | None,
        progress: Progress,
    ) -> None:
        self.raw = raw
        self.existing = existing
        self.cls = cls
        self.mapping = mapping
        self.placement = placement if cls.spatial else None
        self.project_crs = project_crs
        self.bounds = bounds
        self.evaluate = evaluate
        self.progress = progress
        self.landed = Landed(cls.name)
        self.parents = Parents(cls, mapping)
        self.own_keys = _holds_own_keys(raw, self.existing, cls)
        if self.own_keys:
            kept = {name: source for name, source in mapping.sources.items() if name != "code" or source.column != ID}
            mapping = self.mapping = replace(mapping, sources=kept)
        self.plain = [name for name in mapping.sources if name not in self.parents.names]
        self.names = (*self.plain, *self.parents.names, GEOM)
        self.rejects: list[Reject] = list(raw.unreadable)
        # A sector without a position stands where its site stands.
        self.may_lack_place = cls.geometry == "point" and any(f.owned and f.name in mapping.sources for f in cls.refs)
        self.must = [f for f in cls.fields if f.required and not (f.name not in mapping.sources and _fills(f))]
        self.lacking: dict[str, list[NDArray[np.bool_]]] = {f.name: [] for f in self.must}
        self.rows = np.empty(0, np.int64)
        self.lost_words: dict[str, int] = {}
        self.lost: list[NDArray[np.int64]] = []
        self.lost_places: list[NDArray[np.float64]] = []
        self.mended: list[int] = []  # lines of polygons that were put right

    # Landing --------------------------------------------------------------------------------------------------------
    def land(self) -> None:
        """Place, read and land every row that can be read at all."""
        total = len(self.raw)
        rows: list[NDArray[np.int64]] = []
        for start in range(0, total, PIECE):
            self.progress.step(start / total * 0.55, 1, "import.checking")
            part = self.raw.part(start, start + PIECE)
            bad: dict[int, Refusal] = {}
            geometry, xy = self.placed(part, bad)
            fields: dict[str, NDArray[Any]] = {}
            for name in self.plain:
                fields[name], problems = values_of(
                    part, self.cls, self.cls.field(name), self.mapping.sources[name], self.evaluate
                )
                _note(bad, problems)
            good = np.ones(len(part), dtype=bool)
            good[list(bad)] = False
            self.rejects += [Reject(int(part.lines[row]), why) for row, why in bad.items()]
            made = Columns(self.cls.name, np.zeros(len(part), np.int64), fields, geometry)
            if bad:
                self.keep_lost(part, start, np.array(sorted(bad), np.int64), made, xy)
                made = picked(made, good)
                xy = None if xy is None else xy[good]
            self.parents.land(part, self.evaluate, good)
            self.landed.append(made, xy)
            for f in self.must:
                if f.name in fields:
                    self.lacking[f.name].append(nulls(f, made.fields[f.name]))
            rows.append(start + np.flatnonzero(good))
        self.rows = np.concatenate([np.empty(0, np.int64), *rows])
        self.lines = self.raw.lines[self.rows]
        self.out = np.zeros(len(self.rows), dtype=bool)
        self.reserved = np.zeros(len(self.rows), np.int64)

    def keep_lost(
        self, part: RawTable, start: int, bad: NDArray[np.int64], made: Columns, xy: NDArray[np.float64] | None
    ) -> None:
        """Remember how rejected rows are called and where they lie, of the first some thousands."""
        for name in ("code", "name"):
            if name in made.fields and len(self.lost_words) < _MOST_LOST:
                words = zip(made.fields[name][bad].tolist(), part.lines[bad].tolist(), strict=True)
                for word, line in words:
                    if word is not None:
                        self.lost_words.setdefault(word, line)
        if xy is not None:
            places = xy[bad]
        elif made.geometry is not None:
            places = centres(made.geometry[bad])
        else:
            return
        with np.errstate(invalid="ignore"):
            inside = ((places >= self.bounds[:2]) & (places <= self.bounds[2:])).all(axis=1)
        kept = np.flatnonzero(inside)[: max(0, _MOST_LOST - sum(map(len, self.lost)))]
        self.lost.append(start + bad[kept])
        self.lost_places.append(places[kept])

    def placed(
        self, part: RawTable, bad: dict[int, Refusal]
    ) -> tuple[NDArray[np.object_] | None, NDArray[np.float64] | None]:
        """(geometries, None) of some rows, or (None, positions (n, 2)) where numbers are all that is needed; what is
        wrong goes to ``bad``."""
        if not self.cls.spatial:
            return None, None
        if self.placement is None:
            if not self.may_lack_place:
                _note(bad, dict.fromkeys(range(len(part)), Refusal("import.no_geometry")))
            return np.full(len(part), None, dtype=object), None
        if self.cls.geometry == "point" and self.placement.kind in ("columns", "pair"):
            x, y, unplaced = place_points(part, self.placement, self.project_crs)
            self.note_unplaced(bad, unplaced)
            with np.errstate(invalid="ignore"):
                beyond = (x < self.bounds[0]) | (x > self.bounds[2]) | (y < self.bounds[1]) | (y > self.bounds[3])
            for row in np.flatnonzero(beyond).tolist():
                bad[row] = refusal("outside", self.cls, x=round(float(x[row]), 3), y=round(float(y[row]), 3))
            return None, np.column_stack([x, y])
        geometry, unplaced = place(part, self.placement, self.project_crs)
        self.note_unplaced(bad, unplaced)
        geometry[unplaced != None] = None  # noqa: E711 - compared one by one
        if self.cls.geometry in ("polygon", "multipolygon"):
            geometry, rows = mended(geometry)
            self.mended += part.lines[rows].tolist()
        geometry, problems = read_shapes(self.cls, geometry, self.bounds)
        _note(bad, problems)
        return geometry, None

    def note_unplaced(self, bad: dict[int, Refusal], unplaced: NDArray[np.object_]) -> None:
        """Rows without a position are bad, unless they may stand where their owner stands."""
        same: dict[str, Refusal] = {}  # a million rows may lack a position for one reason
        for row in np.flatnonzero(unplaced != None).tolist():  # noqa: E711 - compared one by one
            code = unplaced[row]
            if code != "import.no_geometry" or not self.may_lack_place:
                bad[row] = same.setdefault(code, Refusal(code))

    def find_parents(self, peers: Sequence[Staged]) -> None:
        """Turn words into the rows they mean; rows whose word means nothing are out."""
        if self.parents.names:
            self.progress.step(0.56, 1, "import.matching")
            problems = self.parents.find(self.existing, peers, self.whole("code"), self.whole("name"), self.lost_words)
            self.reject(problems)
        if self.may_lack_place:
            owned = [f.name for f in self.cls.refs if f.owned and f.name in self.parents.refs]
            lonely = ~np.isfinite(self.landed.centres()).all(axis=1)
            for name in owned:
                lonely &= self.parents.refs[name] == 0
            self.reject(dict.fromkeys(np.flatnonzero(lonely).tolist(), Refusal("import.no_geometry")))

    def whole(self, name: str) -> NDArray[Any]:
        """One whole column of texts; rows that are out, and columns that the file lacks, hold None."""
        if name not in self.landed.names:
            return np.full(len(self.rows), None, dtype=object)
        column = self.landed.field(name)
        column[self.out] = None
        return column

    def reject(self, problems: Problems) -> None:
        """These rows are out, unless they are already."""
        for row, why in problems.items():
            if not self.out[row]:
                self.out[row] = True
                self.rejects.append(Reject(int(self.lines[row]), why))

    def values(self, rows: NDArray[np.int64], names: Sequence[str], *, geometry: bool = False) -> Columns:
        """What the file says in some rows, references as ids."""
        plain = [name for name in names if name not in self.parents.refs]
        made = self.landed.taken(rows, plain, geometry=geometry)
        refs = {name: self.parents.refs[name][rows] for name in names if name in self.parents.refs}
        return Columns(made.cls, made.ids, {**made.fields, **refs}, made.geometry)

    # Matching -------------------------------------------------------------------------------------------------------
    def match(self, by: Sequence[str], tolerance_m: float) -> None:
        """Find the feature that each row is."""
        self.progress.step(0.6, 1, "import.matching")
        kept = np.flatnonzero(~self.out)
        fields = [name for name in self.names if name != GEOM]
        incoming = Incoming(
            self.cls, self.lines[kept], self.whole("code")[kept], self.landed.centres()[kept], self.keys()[kept],
            fields, lambda rows, names: self.values(kept[rows], names),
        )  # fmt: skip
        found = match(incoming, self.existing, by=by, tolerance_m=tolerance_m)
        count = len(self.rows)
        self.match_ = Match(np.zeros(count, np.int64), np.full(count, None, dtype=object))
        self.match_.target[kept], self.match_.by[kept] = found.target, found.by
        at = kept.tolist()
        self.match_.conflict = {at[row]: why for row, why in found.conflict.items()}
        self.match_.candidates = {at[row]: ids for row, ids in found.candidates.items()}
        self.match_.rivals = {at[row]: at[other] for row, other in found.rivals.items()}

    def keys(self) -> NDArray[np.int64]:
        """The ids that the file itself gives, 0 = none."""
        if not self.own_keys:
            return np.zeros(len(self.rows), np.int64)
        keys = np.array([key_of(cell) for cell in self.raw.cells[ID]], np.int64)
        return keys[self.rows]

    # Comparing ------------------------------------------------------------------------------------------------------
    def compare(self) -> None:
        """What each matched row changes, and which rows are left to the user."""
        found = self.match_
        # A reference to a row of the file itself can be told only now.
        clear = np.where(self.conflicting(), 0, found.target)
        self.reject(self.parents.within_file(self.out, clear, self.reserved, self.lines))
        self.altered = np.zeros(len(self.rows), np.uint64)
        self.apart = Landed(self.cls.name)
        self.apart_ids: list[NDArray[np.int64]] = []
        matched = np.flatnonzero((found.target != 0) & ~self.out)
        for start in range(0, len(matched), PIECE):
            self.progress.step(0.7 + 0.28 * start / len(matched), 1, "import.comparing")
            self.compare_rows(matched[start : start + PIECE])
        self.prefer_same()
        self.keep_candidates()
        self.outcome = np.full(len(self.rows), Outcome.NEW, dtype=np.uint8)
        same = self.altered[matched] == 0
        self.outcome[matched] = np.where(same, Outcome.SAME, Outcome.CHANGED)
        self.outcome[list(found.conflict)] = Outcome.CONFLICT
        self.outcome[self.out] = Outcome.REJECTED
        self.require()

    def conflicting(self) -> NDArray[np.bool_]:
        """Bool (n,): the rows left to the user."""
        made = np.zeros(len(self.rows), dtype=bool)
        made[list(self.match_.conflict)] = True
        return made

    def compare_rows(self, rows: NDArray[np.int64]) -> None:
        """Compare some matched rows with their features, and keep the features that differ."""
        found = self.match_
        names = self.names[:-1]
        points = self.cls.geometry == "point"
        mine = self.values(rows, names, geometry=not points)
        theirs = self.existing.rows(self.cls.name, found.target[rows], names, geometry=self.cls.spatial)
        differ = differences(self.cls, mine, theirs)
        if theirs.geometry is not None:
            xy = self.landed.places(rows)
            if points:
                differ[GEOM] = moved(xy, theirs.geometry)
            apart = np.hypot(*(xy - centres(theirs.geometry)).T)
            far = (apart > CODE_FAR_M) & (found.by[rows] == "code")
            for place_ in np.flatnonzero(far).tolist():
                why = Refusal("import.code_far", distance=f"{apart[place_]:.0f}")
                found.conflict.setdefault(int(rows[place_]), why)
        self.altered[rows] = bits(self.names, differ, len(rows))
        self.keep_features(picked(theirs, (self.altered[rows] != 0) | self.conflicting()[rows]))

    def keep_features(self, theirs: Columns) -> None:
        """Keep features as the project has them, to be shown and merged with."""
        self.apart.append(theirs)
        self.apart_ids.append(theirs.ids)

    def prefer_same(self) -> None:
        """Of two rows for one feature, the one that the project has already is no news; the other is the conflict."""
        found = self.match_
        for row, other in list(found.rivals.items()):
            if (
                row in found.conflict
                and other not in found.conflict
                and found.target[row] == found.target[other] != 0
                and self.altered[row] == 0 != self.altered[other]
            ):
                why = found.conflict.pop(row)
                found.conflict[other] = Refusal(why.code, **{**why.arguments, "line": int(self.lines[row])})
                found.rivals[other] = found.rivals.pop(row)
                found.rivals[other] = row

    def keep_candidates(self) -> None:
        """Read the features that rows in conflict might be."""
        found = self.match_
        for row in found.conflict:
            if found.target[row]:
                others = found.candidates.get(row, np.empty(0, np.int64))
                first = found.target[row : row + 1]
                found.candidates[row] = np.concatenate([first, others[others != first[0]]])
        if found.candidates:
            wanted = np.unique(np.concatenate(list(found.candidates.values())))
            if self.apart_ids:
                wanted = np.setdiff1d(wanted, np.concatenate(self.apart_ids))
            for start in range(0, len(wanted), PIECE):
                ids = wanted[start : start + PIECE]
                names = self.names[:-1]
                self.keep_features(self.existing.rows(self.cls.name, ids, names, geometry=self.cls.spatial))

    def require(self) -> None:
        """New rows that lack a required value are rejected, with those that belong to them; rows in conflict noted."""
        self.hindrances: dict[int, Refusal] = {}
        undecided = self.outcome == Outcome.CONFLICT
        for f in self.must:
            lacks = self.lacks(f)
            why = refusal("required", self.cls, f)
            self.reject(dict.fromkeys(np.flatnonzero(lacks & (self.outcome == Outcome.NEW)).tolist(), why))
            for row in np.flatnonzero(lacks & undecided).tolist():
                self.hindrances.setdefault(row, why)
        found = self.match_
        self.holders: dict[int, int] = {}
        codes = self.whole("code")
        for row, why in found.conflict.items():
            if why.code == "import.code_held":
                self.holders[row] = int(found.candidates[row][-1])
            elif found.target[row] and codes[row] is not None and self.by_code(row):
                self.holders[row] = int(found.target[row])
        while True:
            orphans = self.parents.within_file(
                self.out, np.where(undecided, 0, found.target), self.reserved, self.lines
            )
            orphans = {row: why for row, why in orphans.items() if not self.out[row]}
            self.outcome[self.out] = Outcome.REJECTED
            if not orphans:
                return
            self.reject(orphans)

    def by_code(self, row: int) -> bool:
        """Whether the feature of a row in conflict has the row's own code."""
        rival = self.match_.rivals.get(row, row)
        return "code" in (self.match_.by[row], self.match_.by[rival])

    def lacks(self, f: Field) -> NDArray[np.bool_]:
        """Bool (n,): where a required field is empty and has no default."""
        if f.name in self.parents.refs:
            return np.asarray(self.parents.refs[f.name] == 0)
        if f.name not in self.landed.names and f.name not in self.plain:
            return np.ones(len(self.rows), dtype=bool)
        if _fills(f):
            return np.zeros(len(self.rows), dtype=bool)
        return np.concatenate([np.empty(0, bool), *self.lacking[f.name]])

    # The result -----------------------------------------------------------------------------------------------------
    def result(self) -> Staged:
        """All that is known, of the rows that are not rejected."""
        self.progress.step(1, 1, "import.matching")
        found = self.match_
        kept = np.flatnonzero(self.outcome != Outcome.REJECTED)
        index = np.full(len(self.rows), -1, np.int64)
        index[kept] = np.arange(len(kept))
        conflict = {row: why for row, why in found.conflict.items() if index[row] >= 0}
        targets = found.target.copy()
        targets[list(found.conflict)] = 0
        apart = np.concatenate([np.empty(0, np.int64), *self.apart_ids])
        rivals = {row: other for row, other in found.rivals.items() if index[row] >= 0 and index[other] >= 0}
        out = np.flatnonzero(self.out)[:_MOST_LOST]
        lost = np.concatenate([np.empty(0, np.int64), *self.lost, self.rows[out]])
        places = np.concatenate([np.empty((0, 2)), *self.lost_places, self.landed.centres()[out]])
        there = np.flatnonzero(np.isfinite(places).all(axis=1))
        there = there[np.argsort(lost[there])][:_MOST_LOST]
        for name in ("code", "name"):
            if name in self.landed.names and len(out):
                for word, line in zip(self.landed.field(name)[out].tolist(), self.lines[out].tolist(), strict=True):
                    if word is not None:
                        self.lost_words.setdefault(word, line)
        placed = self.placement.evidence if self.placement is not None else ()
        keyed = [Evidence("match", ID, "import.own_keys")] if self.own_keys else []
        if self.mended:
            named = ", ".join(str(line) for line in self.mended[:_NAMED]) + (" …" if len(self.mended) > _NAMED else "")
            keyed.append(Evidence("mended", str(len(self.mended)), "import.mended_polygons", {"lines": named}))
        return Staged(
            self.cls,
            self.landed,
            kept,
            Features.of(apart, self.apart),
            self.lines[kept],
            self.rows[kept],
            self.outcome[kept],
            targets[kept],
            found.by[kept],
            self.altered[kept],
            self.names,
            len(self.raw) + len(self.raw.unreadable),
            tuple(sorted(self.rejects, key=lambda reject: reject.line)),
            tuple(Reject(int(self.lines[row]), conflict[row]) for row in sorted(conflict)),
            (*self.raw.evidence, *placed, *keyed),
            self.mapping,
            self.placement,
            {int(index[row]): ids for row, ids in found.candidates.items() if row in conflict},
            {int(index[row]): int(index[other]) for row, other in rivals.items()},
            {int(index[row]): why for row, why in self.hindrances.items() if index[row] >= 0},
            {int(index[row]): key for row, key in self.holders.items() if index[row] >= 0},
            {name: keys[kept] for name, keys in self.parents.refs.items()},
            self.reserved[kept],
            lost[there],
            places[there],
            self.lost_words,
        )


def _note(bad: dict[int, Refusal], problems: Problems) -> None:
    """Keep each row's first problem."""
    for row, why in problems.items():
        bad.setdefault(row, why)


def _holds_own_keys(raw: RawTable, existing: Existing, cls: FeatureClass) -> bool:
    """Whether the column "id" holds ids that the project itself gave to features of the class, as its own exports do.

    Those are random numbers of up to 53 bits: other programs' small numbers never count.
    """
    if ID not in raw.columns:
        return False
    keys = np.array([key_of(cell) for cell in raw.part(0, _SAMPLE).cells[ID] if cell is not None], np.int64)
    keys = keys[keys >= _LEAST_KEY]
    return len(keys) > 0 and float(existing.present(cls.name, keys).mean()) >= _FIT


def _fills(f: Field) -> bool:
    return f.default is not None
