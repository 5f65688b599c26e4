"""Lines stand with their ends on points (a cable on its cabinets): the ends follow, and never let go unasked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from gis.catalogue import FeatureClass, Field
from gis.editing.facts import Facts
from gis.editing.intents import Change, Step
from gis.editing.pending import PendingFacts, aligned
from gis.editing.shapes import read_shapes
from gis.editing.walks import CABLE, SEGMENT, remade
from gis.editing.wording import first, refusal
from gis.geometry.columns import Columns

TOUCHING = 0.05  # metres within which an end stands on a point


def ends_following(
    facts: Facts, cls: FeatureClass, ids: NDArray[np.int64], before: NDArray[np.object_], after: NDArray[np.object_]
) -> list[Change]:
    """Changes that take the ends of lines along with the points ``ids`` (rising) they stand on, and cables along with
    the segments they run through. Raises Refusal when a line would shrink to nothing."""
    wanted = {(line.name, field.name): field for line, field in facts.catalogue.referrers(cls.name) if field.end}
    if cls.geometry != "point" or not wanted:
        return []
    moved: dict[str, dict[int, tuple[LineString, NDArray[np.float64]]]] = {}
    for name, field_name, lines in facts.referrers(cls.name, ids):
        field = wanted.get((name, field_name))
        if field is None:
            continue
        rows = facts.columns(name, [field_name], lines, geometry=True)
        assert rows.geometry is not None
        at = np.searchsorted(ids, rows.fields[field_name])
        here = moved.setdefault(name, {})
        for line, shape, point in zip(rows.ids.tolist(), rows.geometry, at.tolist(), strict=True):
            if shape is None or before[point] is None or after[point] is None:
                continue
            old, new = (shapely.get_coordinates(points[point])[0] for points in (before, after))
            vertex = 0 if field.end == "first" else -1
            if np.hypot(*(shapely.get_coordinates(shape)[vertex] - old)) <= TOUCHING:
                _, xy = here.setdefault(line, (shape, shapely.get_coordinates(shape)))
                xy[vertex] += new - old
    steps: list[Change] = []
    walked = np.zeros(0, np.int64)
    for name in sorted((n for n in moved if moved[n]), key=lambda n: n != SEGMENT):  # segments first: cables follow
        lines = np.setdiff1d(np.fromiter(moved[name], np.int64), walked if name == CABLE else np.zeros(0, np.int64))
        if not len(lines):
            continue
        pairs = [moved[name][line] for line in lines.tolist()]
        shapes = _read(facts, name, [LineString(xy) for _, xy in pairs])
        steps.append(Change(Columns(name, lines, {}, shapes)))
        if name == SEGMENT:
            old_shapes = np.empty(len(pairs), object)
            old_shapes[:] = [shape for shape, _ in pairs]
            cables = remade(facts, lines, old_shapes, shapes)
            if cables is not None:
                walked = cables.columns.ids
                steps.append(cables)
    return steps


def nearest(facts: Facts, cls: str, place: tuple[float, float]) -> int:
    """The id of the nearest row of a point class within ``TOUCHING`` of a place; 0 for none."""
    found = facts.near(cls, place, TOUCHING)
    if len(found) < 2:
        return int(found[0]) if len(found) else 0
    rows = facts.columns(cls, (), found, geometry=True)
    assert rows.geometry is not None
    return int(rows.ids[np.argmin(shapely.distance(rows.geometry, shapely.points(*place)))])


def settled(facts: Facts, steps: Sequence[Step], detach: bool) -> list[Change]:
    """What must change besides ``steps`` so that no line says it stands on a point which it has left.

    An end that came to stand on another point of the class holds on to that one; one that stands on none lets go when
    ``detach``. Raises Refusal ``edit.end_leaves`` otherwise.
    """
    pending = PendingFacts(facts)
    pending.add(steps)
    made: list[Change] = []
    for cls in _moved_lines(facts, steps):
        ids = np.unique(
            np.concatenate(
                [
                    s.columns.ids
                    for s in steps
                    if isinstance(s, Change) and s.columns.cls == cls.name and s.columns.geometry is not None
                ]
            )
        )
        names = [field.name for field in cls.ends]
        was = facts.columns(cls.name, names, ids, geometry=True)
        now = aligned(pending.columns(cls.name, names, was.ids, geometry=True), was.ids, facts.catalogue)
        assert was.geometry is not None
        assert now.geometry is not None
        for field in cls.ends:
            kept = (was.fields[field.name] == now.fields[field.name]) & (now.fields[field.name] != 0)
            rows = np.flatnonzero(kept & ~shapely.is_missing(was.geometry) & ~shapely.is_missing(now.geometry))
            left = rows[
                _stands(facts, field, was, rows, was.geometry) & ~_stands(pending, field, now, rows, now.geometry)
            ]
            if not len(left):
                continue
            targets = []
            for row in left.tolist():
                x, y = _end(now.geometry[row], field).tolist()
                at = nearest(pending, field.ref or "", (x, y))
                if not at and not detach:
                    target = int(now.fields[field.name][row])
                    raise refusal("end_leaves", cls, field, id=int(was.ids[row]), target=target)
                targets.append(at)
            made.append(Change(Columns(cls.name, was.ids[left], {field.name: np.array(targets, np.int64)})))
    return made


def _moved_lines(facts: Facts, steps: Iterable[Step]) -> list[FeatureClass]:
    names = {s.columns.cls for s in steps if isinstance(s, Change) and s.columns.geometry is not None}
    return [cls for cls in facts.catalogue if cls.name in names and cls.ends]


def _stands(
    facts: Facts, field: Field, lines: Columns, rows: NDArray[np.intp], shapes: NDArray[np.object_]
) -> NDArray[np.bool_]:
    """For each of the rows whether its end stands on the point it names."""
    targets = lines.fields[field.name][rows]
    points = aligned(facts.columns(field.ref or "", (), np.unique(targets), geometry=True), targets, facts.catalogue)
    ends = shapely.points([_end(shapes[row], field) for row in rows.tolist()] or np.zeros((0, 2)))
    near: NDArray[np.bool_] = np.nan_to_num(shapely.distance(points.geometry, ends), nan=np.inf) <= TOUCHING
    return near


def _end(line: LineString, field: Field) -> NDArray[np.float64]:
    xy: NDArray[np.float64] = shapely.get_coordinates(line)[0 if field.end == "first" else -1]
    return xy


def _read(facts: Facts, name: str, lines: list[LineString]) -> NDArray[np.object_]:
    shapes, problems = read_shapes(facts.catalogue[name], lines, facts.bounds)
    if problems:
        raise first(problems, 1)
    return shapes
