"""Staging: every row of a file gets one outcome and, where it is not taken, a reason; nothing is written yet."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.editing import Batch, Intent, Load, UpdateMany
from gis.editing.shapes import read_shapes
from gis.editing.values import Problems, differ, nulls, read_column, stored
from gis.editing.wording import refusal
from gis.errors import Refusal
from gis.exchange.mapping import Mapping, cells_of
from gis.exchange.matching import match
from gis.exchange.placement import Placement, place
from gis.exchange.raw import Evidence, RawTable, Reject
from gis.geometry.columns import BBox, Columns
from gis.progress import Progress

#: Positions closer than this are the same: field files carry seven decimals of a degree, about 0.01 m.
SAME_PLACE_M = 0.02


class Outcome(IntEnum):
    """What becomes of a row."""

    NEW = 0
    CHANGED = 1
    SAME = 2
    CONFLICT = 3
    REJECTED = 4


@dataclass(frozen=True, slots=True)
class Staged:
    """n readable rows of a file as features of one class, each with an outcome.

    ``columns.ids`` holds the matched feature's id, 0 = none. ``rejects`` and ``conflicts`` name source lines;
    ``read`` counts every source row, so read = new + changed + same + conflict + rejected.
    """

    cls: str
    columns: Columns
    lines: NDArray[np.int64]
    outcome: NDArray[np.uint8]
    read: int
    rejects: tuple[Reject, ...]
    conflicts: tuple[Reject, ...]
    evidence: tuple[Evidence, ...]
    mapping: Mapping
    placement: Placement

    def counts(self) -> dict[str, int]:
        """``read new changed same conflict rejected``, which add up."""
        made = {o.name.casefold(): int((self.outcome == o).sum()) for o in Outcome if o is not Outcome.REJECTED}
        return {"read": self.read, **made, "rejected": len(self.rejects)}

    def intent(self, file: str) -> Intent | None:
        """One action that adds the new rows and updates the changed ones; None when there is nothing to do."""
        counts = self.counts()
        steps: list[Intent] = []
        if counts["new"]:
            steps.append(Load(_chosen(self.columns, self.outcome == Outcome.NEW)))
        if counts["changed"]:
            steps.append(UpdateMany(_chosen(self.columns, self.outcome == Outcome.CHANGED)))
        if not steps:
            return None
        return Batch("import.file", {"file": file, "new": counts["new"], "changed": counts["changed"]}, steps)


def stage(
    raw: RawTable,
    cls: FeatureClass,
    mapping: Mapping,
    placement: Placement,
    project_crs: str,
    existing: Columns,
    *,
    bounds: BBox,
    by: tuple[str, ...] = ("code", "distance"),
    tolerance_m: float = 1.0,
    progress: Progress | None = None,
) -> Staged:
    """Turn a raw table into staged features.

    ``existing`` are the class's features with the mapped fields, code and geometry. ``bounds`` is the CRS's plausible
    rectangle; positions outside are rejected. Cells that are empty leave a matched feature's value as it is.
    """
    progress = progress or Progress()
    progress.step(0.3, 1, "import.checking")
    bad: dict[int, Refusal] = {}
    geometry, unplaced = place(raw, placement, project_crs)
    for row in np.flatnonzero([reason is not None for reason in unplaced]).tolist():
        bad[row] = Refusal(unplaced[row])
    geometry, problems = read_shapes(cls, geometry, bounds)
    _note(bad, problems)
    fields: dict[str, NDArray[Any]] = {}
    for name, source in mapping.sources.items():
        fields[name], problems = read_column(cls, cls.field(name), cells_of(raw, source))
        _note(bad, problems)
    good = np.ones(len(raw), dtype=bool)
    good[list(bad)] = False
    rejects = [*raw.unreadable, *(Reject(int(raw.lines[row]), why) for row, why in bad.items())]
    rows = _chosen(Columns(cls.name, np.zeros(len(raw), dtype=np.int64), fields, geometry), good)
    lines = raw.lines[good]

    progress.step(0.6, 1, "import.matching")
    nothing = np.full(len(lines), None, dtype=object)
    found = match(
        rows.fields.get("code", nothing),
        rows.geometry,
        lines,
        existing.ids,
        existing.fields.get("code", np.full(len(existing), None, dtype=object)),
        existing.geometry,
        by=by,
        tolerance_m=tolerance_m,
    )
    outcome = np.full(len(lines), Outcome.NEW, dtype=np.uint8)
    matched = found.target != 0
    matched[list(found.conflict)] = False
    rows, same = _merge(cls, rows, np.where(matched, found.target, 0), existing)
    outcome[matched] = np.where(same[matched], Outcome.SAME, Outcome.CHANGED)
    outcome[list(found.conflict)] = Outcome.CONFLICT
    _fill_defaults(cls, rows.fields, outcome == Outcome.NEW)
    for row, f in _missing(cls, rows.fields, outcome == Outcome.NEW).items():
        outcome[row] = Outcome.REJECTED
        rejects.append(Reject(int(lines[row]), refusal("required", cls, f)))
    kept = outcome != Outcome.REJECTED
    progress.step(1, 1, "import.matching")
    return Staged(
        cls.name,
        _chosen(rows, kept),
        lines[kept],
        outcome[kept],
        len(raw) + len(raw.unreadable),
        tuple(sorted(rejects, key=lambda reject: reject.line)),
        tuple(Reject(int(lines[row]), why) for row, why in sorted(found.conflict.items())),
        (*raw.evidence, *placement.evidence),
        mapping,
        placement,
    )


def _note(bad: dict[int, Refusal], problems: Problems) -> None:
    """Keep each row's first problem."""
    for row, why in problems.items():
        bad.setdefault(row, why)


def _chosen(columns: Columns, which: NDArray[np.bool_]) -> Columns:
    geometry = None if columns.geometry is None else columns.geometry[which]
    return Columns(columns.cls, columns.ids[which], {n: c[which] for n, c in columns.fields.items()}, geometry)


def _merge(
    cls: FeatureClass, rows: Columns, target: NDArray[np.int64], existing: Columns
) -> tuple[Columns, NDArray[np.bool_]]:
    """Matched rows with their empty cells filled from the features they match, and where nothing would change."""
    same = np.ones(len(rows), dtype=bool)
    at = np.flatnonzero(target)
    if not len(at):
        return rows, same
    order = np.argsort(existing.ids)
    mine = order[np.searchsorted(existing.ids, target[at], sorter=order)]
    merged = {}
    for name, column in rows.fields.items():
        f = cls.field(name)
        theirs = np.where(nulls(f, column[at]), existing.fields[name][mine], column[at])
        same[at] &= ~differ(f, existing.fields[name][mine], theirs)
        merged[name] = column.copy()
        merged[name][at] = theirs
    geometry = rows.geometry
    if geometry is not None and existing.geometry is not None:
        still = shapely.equals_exact(geometry[at], existing.geometry[mine], tolerance=SAME_PLACE_M)
        same[at] &= still
        geometry = geometry.copy()
        geometry[at[still]] = existing.geometry[mine[still]]
    return Columns(cls.name, target, merged, geometry), same


def _fill_defaults(cls: FeatureClass, fields: Map[str, NDArray[Any]], new: NDArray[np.bool_]) -> None:
    for name, column in fields.items():
        f = cls.field(name)
        if f.default is not None:
            column[new & nulls(f, column)] = stored(f, [f.default])[0]


def _missing(cls: FeatureClass, fields: Map[str, NDArray[Any]], new: NDArray[np.bool_]) -> dict[int, Field]:
    """New rows that lack a required value, with the first field they lack."""
    missing: dict[int, Field] = {}
    for f in cls.fields:
        if not f.required or (f.name not in fields and f.default is not None):
            continue
        lacking = new & nulls(f, fields[f.name]) if f.name in fields else new
        for row in np.flatnonzero(lacking).tolist():
            missing.setdefault(row, f)
    return missing
