"""Columns of numpy arrays as the values SQLite stores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.errors import Fault
from gis.geometry.columns import Columns
from gis.storage.blob_writing import encode_blobs, fit_kind


def stored_columns(cls: FeatureClass, columns: Columns, srid: int) -> tuple[list[str], list[Iterable[Any]]]:
    """Names and values of the fields and, if there is one, the geometry; without the id.

    Raises Refusal ``storage.geometry`` and ``catalogue.no_field``.
    """
    check_lengths(columns)
    names: list[str] = []
    values: list[Iterable[Any]] = []
    for name, array in columns.fields.items():
        names.append(name)
        values.append(stored_values(cls.field(name).type, array))
    if columns.geometry is not None:
        if not cls.spatial:
            raise Fault(f"{cls.name} has no geometry")
        names.append("geom")
        values.append(encode_blobs(fit_kind(cls, columns.geometry), srid))
    return names, values


def check_lengths(columns: Columns) -> None:
    """Raises Fault when a column has not one value for each row."""
    for name, array in columns.fields.items():
        if len(array) != len(columns.ids):
            raise Fault(f"{columns.cls}.{name}: {len(array)} values for {len(columns.ids)} rows")


def stored_values(kind: str, array: NDArray[Any]) -> Iterable[Any]:
    """One column as SQLite values; null where the column's form (see Columns) says so."""
    if kind == "ref":
        ids = np.asarray(array, np.int64)
        return [value or None for value in ids.tolist()]
    made: list[Any]
    if kind not in ("real", "integer", "boolean"):
        made = array.tolist()
        return made
    numbers = np.asarray(array, np.float64)
    null = np.isnan(numbers)
    if null.all():
        return repeat(None, len(numbers))
    whole = kind != "real"
    # Nulls become 0 for the conversion, then None: their places are few or many, the rest goes at C speed.
    made = (np.where(null, 0, numbers).astype(np.int64) if whole else numbers).tolist()
    for place in np.flatnonzero(null).tolist():
        made[place] = None
    return made


def by_id(columns: Columns) -> Columns:
    """The same rows in the order of their ids."""
    if len(columns) < 2 or bool((np.diff(columns.ids) > 0).all()):
        return columns
    return picked(columns, np.argsort(columns.ids, kind="stable"))


def chunks(columns: Columns, size: int) -> Iterator[Columns]:
    """The same rows in pieces of at most ``size``."""
    for start in range(0, len(columns), size):
        yield picked(columns, slice(start, start + size))


def picked(columns: Columns, rows: slice | NDArray[np.int64]) -> Columns:
    """Some of the rows, in the order given."""
    return Columns(
        columns.cls,
        columns.ids[rows],
        {name: array[rows] for name, array in columns.fields.items()},
        None if columns.geometry is None else columns.geometry[rows],
    )
