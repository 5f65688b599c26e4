"""Plans copies of rows: what must be unique is renewed, what the class does not know is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gis.editing.columns import STAMPS
from gis.editing.create import plan_create
from gis.editing.facts import Facts
from gis.editing.intents import Create, Paste, Plan
from gis.editing.keys import KeySource
from gis.editing.renewal import renewed


def plan_paste(facts: Facts, intent: Paste, keys: KeySource) -> Plan:
    """Insert the copies. A ref is kept where the class has the same field for the same class, else left out."""
    cls = facts.catalogue[intent.cls]
    fields = {f.name: f for f in cls.fields if not f.stamp and f.name not in STAMPS}
    rows: list[dict[str, Any]] = [
        {name: value for name, value in row.items() if name in fields or name == "geom"} for row in intent.rows
    ]
    for name, field in fields.items():
        if not field.unique:
            continue
        given = [row[name] for row in rows if row.get(name) is not None]
        taken = set(facts.taken(cls.name, name, given))
        reserved: set[Any] = set()
        for row in rows:
            value = row.get(name)
            if value is None:
                continue
            if value in taken or value in reserved:
                row[name] = renewed(facts, cls, name, value, reserved)
            reserved.add(value)
    made = plan_create(facts, Create(cls.name, rows), keys)
    return replace(made, label="edit.paste")
