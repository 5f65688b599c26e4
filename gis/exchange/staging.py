"""Staging: every row of a file gets one outcome and, where it is not taken, a reason; nothing is written yet."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.editing.shapes import read_shapes
from gis.editing.values import Problems, nulls, read_column, stored
from gis.editing.wording import refusal
from gis.errors import Refusal
from gis.exchange.comparing import GEOM, bits, differences
from gis.exchange.landing import Landed
from gis.exchange.mapping import Mapping, cells_of
from gis.exchange.matching import match
from gis.exchange.placement import Placement, place
from gis.exchange.raw import RawTable, Reject
from gis.exchange.staged import By, Change, Features, Outcome, Staged
from gis.geometry.columns import BBox, Columns
from gis.progress import Progress

__all__ = ["By", "Change", "Outcome", "Staged", "stage"]


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
    targets = found.target.copy()
    asked = np.flatnonzero(targets)
    order = np.argsort(existing.ids)
    mine = order[np.searchsorted(existing.ids, targets[asked], sorter=order)]
    theirs = _chosen(existing, mine)
    names = (*rows.fields, GEOM)
    altered = np.zeros(len(lines), np.uint64)
    altered[asked] = bits(names, differences(cls, _chosen(rows, asked), theirs), len(asked))
    outcome[asked] = np.where(altered[asked] == 0, Outcome.SAME, Outcome.CHANGED)
    outcome[list(found.conflict)] = Outcome.CONFLICT
    hindrances: dict[int, Refusal] = {}
    filled = dict(rows.fields)
    _fill_defaults(cls, filled, outcome == Outcome.NEW)
    for row, f in _missing(cls, filled, outcome == Outcome.NEW).items():
        outcome[row] = Outcome.REJECTED
        rejects.append(Reject(int(lines[row]), refusal("required", cls, f)))
    landed = Landed(cls.name)
    landed.append(rows)
    apart = Landed(cls.name)
    apart.append(theirs)
    kept = np.flatnonzero(outcome != Outcome.REJECTED)
    at = {row: index for index, row in enumerate(kept.tolist())}
    candidates = {at[row]: targets[row : row + 1] for row in found.conflict if targets[row]}
    targets[outcome == Outcome.CONFLICT] = 0
    progress.step(1, 1, "import.matching")
    return Staged(
        cls,
        landed,
        kept,
        Features.of(theirs.ids, apart),
        lines[kept],
        np.flatnonzero(good)[kept],
        outcome[kept],
        targets[kept],
        found.by[kept],
        altered[kept],
        names,
        len(raw) + len(raw.unreadable),
        tuple(sorted(rejects, key=lambda reject: reject.line)),
        tuple(Reject(int(lines[row]), why) for row, why in sorted(found.conflict.items())),
        (*raw.evidence, *placement.evidence),
        mapping,
        placement,
        candidates,
        hindrances=hindrances,
    )


def _note(bad: dict[int, Refusal], problems: Problems) -> None:
    """Keep each row's first problem."""
    for row, why in problems.items():
        bad.setdefault(row, why)


def _chosen(columns: Columns, which: NDArray[Any]) -> Columns:
    geometry = None if columns.geometry is None else columns.geometry[which]
    return Columns(columns.cls, columns.ids[which], {n: c[which] for n, c in columns.fields.items()}, geometry)


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
