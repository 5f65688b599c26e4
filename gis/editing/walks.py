"""Cables run through route segments, one after the other: their walks (table ``cable_walk``), and what follows.

A cable's line is that of its walk; it is made anew when a segment moves. Only the class and field names here tie this
room to the plant; everything else about it is in the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from gis.editing.facts import Facts
from gis.editing.intents import Change
from gis.geometry.columns import Columns

CABLE, SEGMENT, WALK = "cable", "route_segment", "cable_walk"
FOLLOWS = 0.05  # metres a cable may stand off its walk and still follow it
_FIELDS = ("cable", "position", "segment", "reversed")


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a walk."""

    row: int
    cable: int
    position: int
    segment: int
    reversed: bool


def walks(facts: Facts, cables: Iterable[int]) -> dict[int, list[Step]]:
    """The walks of cables, in order; cables without one are left out."""
    wanted = np.unique(np.fromiter(cables, np.int64))
    rows = _rows(facts, CABLE, "cable", wanted)
    made: dict[int, list[Step]] = {}
    for step in sorted(_steps(facts, rows), key=lambda s: (s.cable, s.position, s.row)):
        made.setdefault(step.cable, []).append(step)
    return made


def cables_through(facts: Facts, segments: NDArray[np.int64]) -> NDArray[np.int64]:
    """The cables that run through any of the segments, rising."""
    rows = _rows(facts, SEGMENT, "segment", segments)
    if not len(rows):
        return np.zeros(0, np.int64)
    return np.unique(facts.columns(WALK, ["cable"], rows).fields["cable"])


def remade(
    facts: Facts, segments: NDArray[np.int64], before: NDArray[np.object_], after: NDArray[np.object_]
) -> Change | None:
    """New lines for the cables that followed segments from their old lines ``before`` to ``after``; None for none.

    A cable that does not lie along its whole walk was drawn by hand and stays.
    """
    found = walks(facts, cables_through(facts, segments).tolist())
    if not found:
        return None
    all_segments = np.unique([step.segment for steps in found.values() for step in steps])
    others = facts.columns(SEGMENT, (), np.setdiff1d(all_segments, segments), geometry=True)
    assert others.geometry is not None
    rest = dict(zip(others.ids.tolist(), others.geometry, strict=True))
    old = rest | dict(zip(segments.tolist(), before, strict=True))
    new = rest | dict(zip(segments.tolist(), after, strict=True))
    cables = facts.columns(CABLE, (), np.array(list(found), np.int64), geometry=True)
    assert cables.geometry is not None
    ids, lines = [], []
    for cable, line in zip(cables.ids.tolist(), cables.geometry, strict=True):
        was, will = course(found[cable], old), course(found[cable], new)
        if was is not None and will is not None and line is not None and _follows(line, was):
            ids.append(cable)
            lines.append(will)
    if not ids:
        return None
    geometry = np.empty(len(ids), object)
    geometry[:] = lines
    return Change(Columns(CABLE, np.array(ids, np.int64), {}, geometry))


def course(steps: Sequence[Step], segments: Mapping[int, LineString | None]) -> LineString | None:
    """The line of a walk over the segments' lines; None where a segment has none."""
    runs = []
    for step in steps:
        line = segments.get(step.segment)
        if line is None:
            return None
        xy = shapely.get_coordinates(line)
        runs.append(xy[::-1] if step.reversed else xy)
    if not runs:
        return None
    # A vertex that ends one segment and begins the next stands once.
    kept = [runs[0], *(b[1:] if np.array_equal(a[-1], b[0]) else b for a, b in pairwise(runs))]
    return LineString(np.concatenate(kept))


def _follows(line: LineString, walk: LineString) -> bool:
    if abs(line.length - walk.length) > FOLLOWS * (len(walk.coords) + 1):
        return False
    return bool(shapely.hausdorff_distance(line, walk) <= FOLLOWS)


def _rows(facts: Facts, cls: str, field: str, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(ids):
        return np.zeros(0, np.int64)
    for source, name, rows in facts.referrers(cls, ids):
        if (source, name) == (WALK, field):
            return rows
    return np.zeros(0, np.int64)


def _steps(facts: Facts, rows: NDArray[np.int64]) -> list[Step]:
    if not len(rows):
        return []
    table = facts.columns(WALK, _FIELDS, rows)
    f = table.fields
    return [
        Step(row, cable, int(position), segment, bool(turned == 1))
        for row, cable, position, segment, turned in zip(
            table.ids.tolist(), f["cable"].tolist(), f["position"].tolist(), f["segment"].tolist(),
            f["reversed"].tolist(), strict=True,
        )
    ]  # fmt: skip
