"""Reads whole given rows against their class: every column, references, required and unique values, geometries.

What is wrong is gathered by row, so that an import can list every rejected line and an edit can say the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.editing.facts import Facts
from gis.editing.shapes import read_shapes
from gis.editing.values import Problems, nulls, read_column, stored
from gis.editing.wording import refusal
from gis.geometry.columns import Columns

STAMPS = ("id", "updated_at", "updated_by")
_NONE = np.empty(0, dtype=np.int64)
Given = Mapping[str, Sequence[Any] | NDArray[Any]]


def settable(cls: FeatureClass, name: str) -> Field:
    """The field of that name if a user may set it. Raises Refusal ``edit.stamped`` or ``catalogue.no_field``."""
    if name in STAMPS:
        raise refusal("stamped", cls, name=name)
    field = cls.field(name)
    if field.stamp:
        raise refusal("stamped", cls, name=name)
    return field


def read_fields(
    facts: Facts, cls: FeatureClass, given: Given, own_ids: NDArray[np.int64] = _NONE, *, read: bool = False
) -> tuple[dict[str, NDArray[Any]], Problems]:
    """The given columns in stored form; refs are looked up and may be given by the target's code.

    ``own_ids`` are rows that are about to be made: refs within the class may point at them. ``read``: the others are
    in stored form already.
    """
    made: dict[str, NDArray[Any]] = {}
    problems: Problems = {}
    for name, values in given.items():
        field = settable(cls, name)
        if field.type == "ref":
            made[name], wrong = _read_refs(facts, cls, field, values, own_ids)
        elif read and isinstance(values, np.ndarray):
            made[name], wrong = values, {}
        else:
            made[name], wrong = read_column(cls, field, values)
        _merge(problems, wrong)
    return made, problems


def read_rows(
    facts: Facts,
    cls: FeatureClass,
    ids: NDArray[np.int64],
    given: Given,
    geometry: Sequence[Any] | NDArray[Any] | None,
    *,
    read: bool = False,
) -> tuple[Columns, Problems]:
    """New rows and what is wrong by row (0 is the first); ``read`` as of Load.

    Fields not given take their defaults, of what was read from a file only required ones.
    """
    rows = len(ids)
    made, problems = read_fields(facts, cls, given, ids, read=read)
    for field in cls.fields:
        if field.name not in made:
            # What a file does not tell stays unknown: a usual value would pass for a fact of the field.
            usual = field.default if field.required or not read else None
            made[field.name] = np.repeat(stored(field, [usual]), rows)
            empty = np.zeros(rows, dtype=bool) if usual is not None else np.ones(rows, dtype=bool)
        else:
            empty = nulls(field, made[field.name])
            if field.required and field.default is not None and empty.any():
                made[field.name] = np.where(empty, stored(field, [field.default]), made[field.name])
                empty = np.zeros(rows, dtype=bool)
        if field.required:
            for row in np.flatnonzero(empty).tolist():
                problems.setdefault(row, refusal("required", cls, field))
        if field.unique:
            _merge(problems, unique_problems(facts, cls, field, made[field.name], None))
    shapes = None
    if cls.spatial:
        wanted = geometry if geometry is not None else np.full(rows, None, dtype=object)
        shapes = _with_owners_shape(facts, cls, wanted, made)
        if not read:
            shapes, wrong = read_shapes(cls, shapes, facts.bounds)
            _merge(problems, wrong)
        for row in np.flatnonzero(shapely.is_missing(shapes)).tolist():
            problems.setdefault(row, refusal("no_geometry", cls))
    elif geometry is not None and any(shape is not None for shape in geometry):
        raise refusal("geometry_on_table", cls)
    return Columns(cls.name, ids, made, shapes), problems


def unique_problems(
    facts: Facts, cls: FeatureClass, field: Field, values: NDArray[Any], ids: NDArray[np.int64] | None
) -> Problems:
    """Rows whose value another row has: one of these rows, or one of the file that is not among ``ids``."""
    problems: Problems = {}
    first_at: dict[Any, int] = {}
    for row, value in enumerate(values.tolist()):
        if value is not None and first_at.setdefault(value, row) != row:
            problems[row] = refusal("duplicate", cls, field, value=value, other_row=first_at[value] + 1)
    own = set() if ids is None else set(ids.tolist())
    for value, key in facts.taken(cls.name, field.name, first_at).items():
        if key not in own:
            problems.setdefault(first_at[value], refusal("taken", cls, field, value=value, id=key))
    return problems


def _read_refs(
    facts: Facts,
    cls: FeatureClass,
    field: Field,
    given: Sequence[Any] | NDArray[Any],
    own_ids: NDArray[np.int64],
) -> tuple[NDArray[np.int64], Problems]:
    target = facts.catalogue[field.ref or ""]
    if not isinstance(given, np.ndarray) or given.dtype.kind not in "iu":
        words = {v.strip() for v in given if isinstance(v, str)} - {""}
        if words and target.has_field("code"):
            by_code = facts.taken(target.name, "code", words)
            given = [by_code.get(v.strip(), v) if isinstance(v, str) else v for v in given]
    keys, problems = read_column(cls, field, given)
    named = np.unique(keys[keys != 0])
    lost = named[~facts.exists(target.name, named)]
    if target.name == cls.name:
        lost = np.setdiff1d(lost, own_ids)
    for row in np.flatnonzero(np.isin(keys, lost)).tolist():
        problems.setdefault(row, refusal("no_such_target", cls, field, value=given[row]))
    return keys, problems


def _with_owners_shape(
    facts: Facts, cls: FeatureClass, geometry: Sequence[Any] | NDArray[Any], made: Mapping[str, NDArray[Any]]
) -> NDArray[np.object_]:
    """Missing points of rows that belong to a point (cell -> base station) stand where their owner stands."""
    shapes = np.full(len(geometry), None, dtype=object)
    shapes[:] = geometry if isinstance(geometry, np.ndarray) else list(geometry)
    for field in owner_fields(facts, cls):
        missing = np.flatnonzero(shapely.is_missing(shapes) & (made[field.name] != 0))
        if len(missing):
            owners = made[field.name][missing]
            found = facts.columns(field.ref or "", (), np.unique(owners), geometry=True)
            if found.geometry is not None:
                by_key = dict(zip(found.ids.tolist(), found.geometry, strict=True))
                shapes[missing] = [by_key.get(key) for key in owners.tolist()]
    return shapes


def owner_fields(facts: Facts, cls: FeatureClass) -> list[Field]:
    """Refs by which a point class belongs to, and stands on, rows of another point class."""
    if cls.geometry != "point":
        return []
    return [f for f in cls.refs if f.owned and facts.catalogue[f.ref or ""].geometry == "point"]


def _merge(problems: Problems, more: Problems) -> None:
    for row, problem in more.items():
        problems.setdefault(row, problem)
