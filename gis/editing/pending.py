"""Facts as they will be once some steps are done, so that a later intent of a batch sees the earlier ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.editing.facts import Facts, Referrer
from gis.editing.intents import Insert, Remove, Step
from gis.editing.values import stored
from gis.geometry.columns import BBox, Columns

_NONE = np.empty(0, dtype=np.int64)


class PendingFacts:
    """Facts over ``base`` with the steps given to `add` laid on top."""

    def __init__(self, base: Facts) -> None:
        self._base = base
        self._added: dict[str, list[Columns]] = defaultdict(list)
        self._changed: dict[str, list[Columns]] = defaultdict(list)
        self._removed: dict[str, NDArray[np.int64]] = defaultdict(lambda: _NONE)

    def add(self, steps: Iterable[Step]) -> None:
        """Lay the steps of one more intent on top."""
        for step in steps:
            if isinstance(step, Insert):
                self._added[step.columns.cls].append(step.columns)
            elif isinstance(step, Remove):
                self._removed[step.cls] = np.union1d(self._removed[step.cls], step.ids)
            else:
                self._changed[step.columns.cls].append(step.columns)

    @property
    def catalogue(self) -> Catalogue:
        """The feature classes."""
        return self._base.catalogue

    @property
    def bounds(self) -> BBox:
        """Where coordinates can sensibly lie."""
        return self._base.bounds

    def columns(self, cls: str, fields: Sequence[str], ids: NDArray[np.int64], *, geometry: bool = False) -> Columns:
        """The rows of ``ids`` that exist after the steps."""
        ids = np.setdiff1d(ids, self._removed[cls])
        parts = [self._base.columns(cls, fields, ids, geometry=geometry)]
        for added in self._added[cls]:
            here = np.isin(added.ids, ids)
            shapes = added.geometry[here] if geometry and added.geometry is not None else None
            parts.append(Columns(cls, added.ids[here], {f: added.fields[f][here] for f in fields}, shapes))
        merged = _joined(cls, parts, fields, geometry)
        for changed in self._changed[cls]:
            at, of = _matches(merged.ids, changed.ids)
            for name in fields:
                if name in changed.fields:
                    merged.fields[name][at] = changed.fields[name][of]
            if merged.geometry is not None and changed.geometry is not None:
                merged.geometry[at] = changed.geometry[of]
        return merged

    def exists(self, cls: str, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each id whether the row is there after the steps."""
        there = self._base.exists(cls, ids)
        for added in self._added[cls]:
            there = there | np.isin(ids, added.ids)
        return np.asarray(there & ~np.isin(ids, self._removed[cls]), dtype=bool)

    def taken(self, cls: str, field: str, values: Iterable[Any]) -> Mapping[Any, int]:
        """For each value held after the steps, the row that holds it."""
        wanted = set(values)
        held = {key: value for value, key in self._base.taken(cls, field, wanted).items()}
        for rows in (*self._added[cls], *self._changed[cls]):
            if field in rows.fields:
                held.update(zip(rows.ids.tolist(), rows.fields[field].tolist(), strict=True))
        gone = set(self._removed[cls].tolist())
        return {value: key for key, value in held.items() if value in wanted and key not in gone}

    def near(self, cls: str, place: tuple[float, float], within: float) -> NDArray[np.int64]:
        """The rows that stand near a place after the steps."""
        later = [rows.ids for rows in (*self._added[cls], *self._changed[cls]) if rows.geometry is not None]
        ids = np.unique(np.concatenate([self._base.near(cls, place, within), *later]))
        rows = self.columns(cls, (), ids, geometry=True)
        if rows.geometry is None or not len(rows):
            return _NONE
        there: NDArray[np.int64] = rows.ids[shapely.distance(rows.geometry, shapely.points(*place)) <= within]
        return there

    def referrers(self, cls: str, ids: NDArray[np.int64]) -> list[Referrer]:
        """Rows that point at ``ids`` after the steps."""
        before = {(name, field): rows for name, field, rows in self._base.referrers(cls, ids)}
        found: list[Referrer] = []
        for source, field in self.catalogue.referrers(cls):
            rows = before.get((source.name, field.name), _NONE)
            for later in (*self._added[source.name], *self._changed[source.name]):
                if field.name in later.fields:
                    pointing = later.ids[np.isin(later.fields[field.name], ids)]
                    rows = np.union1d(np.setdiff1d(rows, later.ids), pointing)
            rows = np.setdiff1d(rows, self._removed[source.name])
            if len(rows):
                found.append((source.name, field.name, rows))
        return found + self._belonging(cls, ids, before)

    def _belonging(
        self, cls: str, ids: NDArray[np.int64], before: Mapping[tuple[str, str], NDArray[np.int64]]
    ) -> list[Referrer]:
        """Rows that belong to ``ids`` after the steps; which class they belong to never changes."""
        found: list[Referrer] = []
        for source in self.catalogue.belongings:
            assert source.owner is not None
            rows = before.get((source.name, source.owner.id), _NONE)
            for later in self._changed[source.name]:
                if source.owner.id in later.fields:
                    rows = np.setdiff1d(rows, later.ids)
                    here = later.ids[np.isin(later.fields[source.owner.id], ids)]
                    names = self._base.columns(source.name, [source.owner.cls], here)
                    rows = np.union1d(rows, names.ids[names.fields[source.owner.cls] == cls])
            for later in self._added[source.name]:
                theirs = (later.fields[source.owner.cls] == cls) & np.isin(later.fields[source.owner.id], ids)
                rows = np.union1d(rows, later.ids[theirs])
            rows = np.setdiff1d(rows, self._removed[source.name])
            if len(rows):
                found.append((source.name, source.owner.id, rows))
        return found


def aligned(columns: Columns, ids: NDArray[np.int64], catalogue: Catalogue) -> Columns:
    """The same columns with one row for each of ``ids``, in that order; rows that are missing hold nulls."""
    at, of = _matches(ids, columns.ids)
    cls = catalogue[columns.cls]
    fields = {}
    for name, values in columns.fields.items():
        made = stored(cls.field(name), [None] * len(ids))
        made[at] = values[of]
        fields[name] = made
    shapes = None
    if columns.geometry is not None:
        shapes = np.full(len(ids), None, dtype=object)
        shapes[at] = columns.geometry[of]
    return Columns(columns.cls, ids, fields, shapes)


def _matches(wanted: NDArray[np.int64], given: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions (in ``wanted``, in ``given``) of the ids that stand in both."""
    order = np.argsort(given, kind="stable")
    spots = np.searchsorted(given, wanted, sorter=order)
    inside = np.flatnonzero(spots < len(given))
    of = order[spots[inside]]
    same = given[of] == wanted[inside]
    return inside[same], of[same]


def _joined(cls: str, parts: Sequence[Columns], fields: Sequence[str], geometry: bool) -> Columns:
    shapes = [part.geometry for part in parts if part.geometry is not None]
    return Columns(
        cls,
        np.concatenate([part.ids for part in parts]),
        {name: np.concatenate([part.fields[name] for part in parts]) for name in fields},
        np.concatenate(shapes) if geometry and shapes else None,
    )
