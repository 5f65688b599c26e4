"""Plans new rows, one by one (`Create`) or in bulk (`Load`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from shapely import LineString

from gis.catalogue import FeatureClass
from gis.editing.columns import read_rows
from gis.editing.ends import nearest
from gis.editing.facts import Facts
from gis.editing.intents import Create, Insert, Load, Plan
from gis.editing.keys import KEY_LIMIT, KeySource
from gis.editing.values import Problems
from gis.editing.wording import first, label_args, refusal
from gis.geometry.columns import Columns


def plan_create(facts: Facts, intent: Create, keys: KeySource) -> Plan:
    """Insert the rows; a field that no row names takes its default, and so does one that only some rows leave out."""
    cls = facts.catalogue[intent.cls]
    names = list(dict.fromkeys(name for row in intent.rows for name in row if name != "geom"))
    given: dict[str, list[Any]] = {}
    for name in names:
        default = cls.field(name).default if cls.has_field(name) else None
        given[name] = [row.get(name, default) for row in intent.rows]
    geometry = [row.get("geom") for row in intent.rows]
    _hold_on(facts, cls, given, geometry)
    return _insertion(facts, cls, Columns(cls.name, np.zeros(len(intent.rows), np.int64)), given, geometry, keys)


def _hold_on(facts: Facts, cls: FeatureClass, given: dict[str, list[Any]], shapes: list[Any]) -> None:
    """Lines drawn from point to point hold on to these, where a row does not say itself what its ends stand on."""
    for end in ("first", "last") if cls.geometry == "line" else ():
        fields = [field for field in cls.ends if field.end == end]
        for row, shape in enumerate(shapes):
            said = any(given[field.name][row] for field in fields if field.name in given)
            if said or not isinstance(shape, LineString) or shape.is_empty:
                continue
            for field in fields:
                found = nearest(facts, field.ref or "", shape.coords[0 if end == "first" else -1])
                if found:
                    given.setdefault(field.name, [None] * len(shapes))[row] = found
                    break


def plan_load(facts: Facts, intent: Load, keys: KeySource) -> Plan:
    """Insert the columns; ids other than 0 are kept and must be free."""
    columns = intent.columns
    cls = facts.catalogue[columns.cls]
    _check_lengths(cls, columns)
    return _insertion(facts, cls, columns, columns.fields, columns.geometry, keys, read=intent.read)


def check_rows(facts: Facts, columns: Columns) -> Problems:
    """What `Load` would refuse, by row: for an import, which reports each rejected line and loads the others."""
    cls = facts.catalogue[columns.cls]
    _check_lengths(cls, columns)
    return read_rows(facts, cls, columns.ids, columns.fields, columns.geometry)[1]


def _insertion(
    facts: Facts,
    cls: FeatureClass,
    rows: Columns,
    given: Any,
    geometry: Any,
    keys: KeySource,
    *,
    read: bool = False,
) -> Plan:
    count = len(rows)
    if not count:
        return Plan("edit.create", label_args(cls, 0))
    made, problems = read_rows(facts, cls, rows.ids, given, geometry, read=read)
    if problems:
        raise first(problems, count)
    ids = rows.ids.astype(np.int64)
    fresh = ids == 0
    kept = ids[~fresh]
    if len(kept):
        if len(np.unique(kept)) < len(kept) or kept.min() < 1 or kept.max() >= KEY_LIMIT:
            raise refusal("bad_key", cls)
        if facts.exists(cls.name, kept).any():
            raise refusal("key_taken", cls, id=int(kept[facts.exists(cls.name, kept)][0]))
    new = keys(int(fresh.sum()))
    while facts.exists(cls.name, new).any() or np.isin(new, kept).any():
        new = keys(len(new))
    ids[fresh] = new
    return Plan("edit.create", label_args(cls, count), (Insert(Columns(cls.name, ids, made.fields, made.geometry)),))


def _check_lengths(cls: FeatureClass, columns: Columns) -> None:
    lengths = {len(values) for values in columns.fields.values()} | {len(columns)}
    if columns.geometry is not None:
        lengths.add(len(columns.geometry))
    if len(lengths) > 1:
        raise refusal("uneven_columns", cls)
