"""Plans new values and shapes for existing rows; rows that would not change are left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.editing.columns import owner_fields, read_fields, unique_problems
from gis.editing.facts import Facts
from gis.editing.followers import following, standing
from gis.editing.intents import Change, Plan, Step, Update, UpdateMany
from gis.editing.pending import aligned
from gis.editing.shapes import read_shapes, same_shape
from gis.editing.values import Problems, differ, nulls, stored
from gis.editing.wording import first, label_args, refusal, shown
from gis.geometry.columns import Columns

Values = Mapping[str, Sequence[Any] | NDArray[Any]]


def plan_update(facts: Facts, intent: Update) -> Plan:
    """Set the same values on every id."""
    cls = facts.catalogue[intent.cls]
    ids = rows_of(facts, cls, intent.ids)
    if "geom" in intent.values:
        raise refusal("geometry_in_update", cls)
    single, problems = read_fields(facts, cls, {name: [value] for name, value in intent.values.items()})
    if problems:
        raise first(problems, 1)
    steps = changes(facts, cls, ids, {name: np.repeat(values, len(ids)) for name, values in single.items()}, None)
    return Plan("edit.update", label_args(cls, _rows(steps, cls), map(cls.field, intent.values)), steps)


def plan_update_many(facts: Facts, intent: UpdateMany) -> Plan:
    """Set own values, and shapes where given, on each id."""
    columns = intent.columns
    cls = facts.catalogue[columns.cls]
    ids = np.asarray(columns.ids, dtype=np.int64)
    if any(len(values) != len(ids) for values in columns.fields.values()) or (
        columns.geometry is not None and len(columns.geometry) != len(ids)
    ):
        raise refusal("uneven_columns", cls)
    if len(rows_of(facts, cls, ids)) < len(ids):
        raise refusal("row_twice", cls)
    made, problems = read_fields(facts, cls, columns.fields)
    shapes = None
    if columns.geometry is not None:
        shapes, wrong = read_new_shapes(facts, cls, columns.geometry)
        problems = {**wrong, **problems}
    if problems:
        raise first(problems, len(ids))
    steps = changes(facts, cls, ids, made, shapes)
    return Plan("edit.update", label_args(cls, _rows(steps, cls), map(cls.field, columns.fields)), steps)


def rows_of(facts: Facts, cls: FeatureClass, ids: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """The different ids in rising order. Raises Refusal ``edit.missing_rows`` when one is not in the class."""
    try:
        wanted = np.unique(np.asarray(ids, dtype=np.int64))
    except (OverflowError, ValueError, TypeError):
        raise refusal("missing_rows", cls, ids=[shown(i) for i in ids], count=len(ids)) from None
    lost = wanted[~facts.exists(cls.name, wanted)]
    if len(lost):
        raise refusal("missing_rows", cls, ids=lost[:20].tolist(), count=len(lost))
    return wanted


def read_new_shapes(facts: Facts, cls: FeatureClass, given: Any) -> tuple[NDArray[np.object_], Problems]:
    """New geometries for rows of a class, each of which must be one. Raises Refusal ``edit.geometry_on_table``."""
    if not cls.spatial:
        raise refusal("geometry_on_table", cls)
    shapes, problems = read_shapes(cls, given, facts.bounds)
    for row, shape in enumerate(given):
        if shape is None:
            problems[row] = refusal("no_geometry", cls)
    return shapes, problems


def changes(
    facts: Facts,
    cls: FeatureClass,
    ids: NDArray[np.int64],
    values: Mapping[str, NDArray[Any]],
    shapes: NDArray[np.object_] | None,
) -> tuple[Step, ...]:
    """Steps that set read values and shapes on existing rows, and move what stands on rows that move.

    Raises Refusal ``edit.required``, ``edit.duplicate`` and ``edit.taken``.
    """
    now = aligned(facts.columns(cls.name, list(values), ids, geometry=shapes is not None), ids, facts.catalogue)
    changed = np.zeros(len(ids), dtype=bool)
    problems: Problems = {}
    for name, column in values.items():
        field = cls.field(name)
        changed |= differ(field, column, now.fields[name])
        if field.required:
            for row in np.flatnonzero(nulls(field, column)).tolist():
                problems.setdefault(row, refusal("required", cls, field))
        if field.unique:
            for row, problem in unique_problems(facts, cls, field, column, ids).items():
                problems.setdefault(row, problem)
    if problems:
        raise first(problems, len(ids))
    if shapes is not None and now.geometry is not None:
        changed |= ~same_shape(shapes, now.geometry)
    ids = ids[changed]
    if not len(ids):
        return ()
    columns = Columns(
        cls.name, ids, {name: column[changed] for name, column in values.items()},
        None if shapes is None else shapes[changed],
    )  # fmt: skip
    before = Columns(
        cls.name, ids, {name: column[changed] for name, column in now.fields.items()},
        None if now.geometry is None else now.geometry[changed],
    )  # fmt: skip
    steps: list[Step] = [*_released(cls, before, columns), Change(columns)]
    if columns.geometry is not None and before.geometry is not None:
        steps += following(facts, cls, ids, before.geometry, columns.geometry)
    else:
        for field in owner_fields(facts, cls):
            if field.name in columns.fields:
                steps += standing(facts, cls, field, before, columns)
    return tuple(steps)


def _released(cls: FeatureClass, before: Columns, after: Columns) -> list[Step]:
    """Unique values that change hands among the rows are given up first: SQLite checks uniqueness row by row."""
    steps: list[Step] = []
    for name, values in after.fields.items():
        field = cls.field(name)
        if field.unique:
            wanted = {value for value in values.tolist() if value is not None}
            handed = np.fromiter(
                (old in wanted and old != new for old, new in zip(before.fields[name], values, strict=True)),
                dtype=bool, count=len(values),
            )  # fmt: skip
            if handed.any():
                nothing = stored(field, [None] * int(handed.sum()))
                steps.append(Change(Columns(cls.name, after.ids[handed], {name: nothing})))
    return steps


def _rows(steps: Sequence[Step], cls: FeatureClass) -> int:
    touched = [s.columns.ids for s in steps if isinstance(s, Change) and s.columns.cls == cls.name]
    return len(np.unique(np.concatenate(touched))) if touched else 0
