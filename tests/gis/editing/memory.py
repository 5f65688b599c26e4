"""A project held in plain dictionaries: the smallest thing that answers Facts and follows a Plan."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import shapely

from gis.catalogue import load_catalogue
from gis.editing import Insert, Intent, Plan, Remove, plan
from gis.editing.values import stored
from gis.geometry.columns import Columns

BOUNDS = (200_000.0, 2_000_000.0, 800_000.0, 6_000_000.0)


class MemoryProject:
    """Facts over dictionaries cls -> id -> {field: stored value, "geom": shape}."""

    def __init__(self) -> None:
        self.catalogue = load_catalogue()
        self.bounds = BOUNDS
        self.rows: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)

    def columns(self, cls, fields, ids, *, geometry=False):
        there = [int(i) for i in ids if int(i) in self.rows[cls]]
        made = self.catalogue[cls]
        shapes = None
        if geometry and made.spatial:
            shapes = np.empty(len(there), dtype=object)
            shapes[:] = [self.rows[cls][i]["geom"] for i in there]
        values = {}
        for name in fields:
            column = [self.rows[cls][i][name] for i in there]
            values[name] = np.array(column, dtype=stored(made.field(name), []).dtype)
        return Columns(cls, np.array(there, dtype=np.int64), values, shapes)

    def exists(self, cls, ids):
        return np.array([int(i) in self.rows[cls] for i in ids], dtype=bool)

    def taken(self, cls, field, values):
        wanted = set(values)
        return {row[field]: key for key, row in self.rows[cls].items() if row[field] in wanted}

    def near(self, cls, place, within):
        there = [key for key, row in self.rows[cls].items() if row["geom"].distance(shapely.points(*place)) <= within]
        return np.array(there, dtype=np.int64)

    def referrers(self, cls, ids):
        wanted = {int(i) for i in ids}
        found = []
        for source, field in self.catalogue.referrers(cls):
            rows = [key for key, row in self.rows[source.name].items() if row[field.name] in wanted]
            if rows:
                found.append((source.name, field.name, np.array(rows, dtype=np.int64)))
        for source in self.catalogue.belongings:
            named = source.owner
            rows = [k for k, row in self.rows[source.name].items() if (row[named.cls], row[named.id]) in
                    {(cls, i) for i in wanted}]  # fmt: skip
            if rows:
                found.append((source.name, named.id, np.array(rows, dtype=np.int64)))
        return found

    def do(self, intent: Intent) -> Plan:
        made = plan(self, intent)
        for step in made.steps:
            if isinstance(step, Remove):
                for key in step.ids.tolist():
                    del self.rows[step.cls][key]
                continue
            columns = step.columns
            listed = {name: values.tolist() for name, values in columns.fields.items()}
            for at, key in enumerate(columns.ids.tolist()):
                if isinstance(step, Insert):
                    assert key not in self.rows[columns.cls]
                    self.rows[columns.cls][key] = {}
                row = self.rows[columns.cls][key]
                for name, values in listed.items():
                    row[name] = values[at]
                if columns.geometry is not None:
                    row["geom"] = columns.geometry[at]
        return made

    def only(self, cls: str) -> tuple[int, dict[str, Any]]:
        ((key, row),) = self.rows[cls].items()
        return key, row

    def dump(self) -> dict[str, dict[int, dict[str, Any]]]:
        return {cls: {key: dict(row) for key, row in rows.items()} for cls, rows in self.rows.items() if rows}

    def key(self, cls: str, code: str) -> int:
        return next(key for key, row in self.rows[cls].items() if row["code"] == code)
