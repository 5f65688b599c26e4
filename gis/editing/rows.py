"""Whole rows taken out of the project, changed, and laid in again as new ones: the ground of split, join and paste."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis.catalogue import FeatureClass
from gis.editing.facts import Facts
from gis.editing.intents import Insert
from gis.editing.keys import KeySource
from gis.editing.pending import aligned
from gis.editing.renewal import renewed
from gis.editing.values import nulls
from gis.geometry.columns import Columns


def whole(facts: Facts, cls: FeatureClass, ids: NDArray[np.int64]) -> Columns:
    """All fields and shapes of existing rows, in the order of ``ids``."""
    names = [field.name for field in cls.fields]
    return aligned(facts.columns(cls.name, names, ids, geometry=cls.spatial), ids, facts.catalogue)


def copies(
    facts: Facts, cls: FeatureClass, row: Columns, shapes: Sequence[BaseGeometry], keys: KeySource,
    changed: Mapping[str, NDArray[Any]],
) -> Insert:  # fmt: skip
    """New rows like the single ``row``, with these shapes, other values where ``changed`` names them, and new values
    for what is unique."""
    n = len(shapes)
    fields: dict[str, NDArray[Any]] = {}
    for field in cls.fields:
        if field.name in changed:
            fields[field.name] = changed[field.name]
            continue
        column = np.repeat(row.fields[field.name], n)
        if field.unique and not nulls(field, column).any():
            reserved: set[Any] = set()
            fresh = [renewed(facts, cls, field.name, value, reserved) for value in column.tolist()]
            column = np.empty(n, object)
            column[:] = fresh
        fields[field.name] = column
    geometry = np.empty(n, object)
    geometry[:] = list(shapes)
    return Insert(Columns(cls.name, keys(n), fields, geometry))


def pointing(facts: Facts, cls: str, ids: NDArray[np.int64]) -> dict[tuple[str, str], NDArray[np.int64]]:
    """The rows whose refs point at ``ids``, by (class, field)."""
    return {(source, field): rows for source, field, rows in facts.referrers(cls, ids)}
