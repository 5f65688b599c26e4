"""Carries the steps of a Plan out on the writing connection, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.editing.intents import Change, Insert, Plan, Remove, Step
from gis.errors import Fault, Refusal
from gis.geometry.columns import BBox, Columns
from gis.storage import spatial_index
from gis.storage.rows import check_lengths, picked, stored_columns
from gis.storage.schema import quoted

_CHUNK = 5000  # rows between two reports of progress


def now() -> str:
    """The time for stamps: UTC, ISO 8601, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def classes_of(plan: Plan) -> list[str]:
    """The classes whose tables the plan writes."""
    return list(dict.fromkeys(rows_of(step)[0] for step in plan.steps))


def size_of(plan: Plan) -> int:
    """How many rows the plan writes."""
    return sum(len(rows_of(step)[1]) for step in plan.steps)


def geometries_in(plan: Plan, catalogue: Catalogue) -> dict[str, int]:
    """How many rows of each class the plan gives another geometry, new and removed rows counted."""
    counts: dict[str, int] = {}
    for step in plan.steps:
        cls, ids = rows_of(step)
        if catalogue[cls].spatial and not (isinstance(step, Change) and step.columns.geometry is None):
            counts[cls] = counts.get(cls, 0) + len(ids)
    return counts


def boxes_of(connection: apsw.Connection, catalogue: Catalogue, touched: dict[str, NDArray[np.int64]]) -> BBox | None:
    """The box around the touched features as they lie now."""
    box = None
    for cls, ids in touched.items():
        if catalogue[cls].spatial:
            box = spatial_index.union(box, spatial_index.boxes_around(connection, cls, ids))
    return box


def named_ids(plan: Plan) -> dict[str, NDArray[np.int64]]:
    """The ids that the plan changes or removes, by class."""
    named: dict[str, list[NDArray[np.int64]]] = {}
    for step in plan.steps:
        if not isinstance(step, Insert):
            cls, ids = rows_of(step)
            named.setdefault(cls, []).append(np.asarray(ids, np.int64))
    return {cls: np.unique(np.concatenate(parts)) for cls, parts in named.items()}


def carry_out(
    connection: apsw.Connection, catalogue: Catalogue, srid: int, step: Step, stamps: Sequence[str]
) -> Iterator[NDArray[np.int64]]:
    """Write a step with its stamps, and yield after each piece the ids of its rows.

    In the order of the keys, pages are filled one after the other: twice as fast for many rows.
    Raises Refusal ``storage.gone`` when a row to change or remove is not there any more.
    """
    cls, given = rows_of(step)
    ids = np.asarray(given, np.int64)
    if not isinstance(step, Insert):
        _check_present(connection, cls, ids)
    if not isinstance(step, Remove):
        check_lengths(step.columns)
    order = np.argsort(ids, kind="stable")
    for start in range(0, len(ids), _CHUNK):
        rows = order[start : start + _CHUNK]
        if isinstance(step, Remove):
            connection.executemany(f"DELETE FROM {quoted(cls)} WHERE id = ?", zip(ids[rows].tolist()))
        elif isinstance(step, Insert):
            insert(connection, catalogue, srid, picked(step.columns, rows), stamps)
        else:
            _change(connection, catalogue, srid, picked(step.columns, rows), stamps)
        yield ids[rows]


def insert(
    connection: apsw.Connection, catalogue: Catalogue, srid: int, columns: Columns, stamps: Sequence[str]
) -> None:
    """Add rows. A field that the columns do not name gets the catalogue's default."""
    if len(columns) and int(np.min(columns.ids)) <= 0:
        raise Fault(f"{columns.cls}: ids must be positive")
    names, values = stored_columns(catalogue[columns.cls], columns, srid)
    names = ["id", *names, "updated_at", "updated_by"]
    listed, marks = ", ".join(map(quoted, names)), ", ".join("?" * len(names))
    # Not strict: the stamps repeat without end.
    rows = zip(columns.ids.tolist(), *values, *(repeat(stamp) for stamp in stamps), strict=False)
    connection.executemany(f"INSERT INTO {quoted(columns.cls)} ({listed}) VALUES ({marks})", rows)


def _change(
    connection: apsw.Connection, catalogue: Catalogue, srid: int, columns: Columns, stamps: Sequence[str]
) -> None:
    names, values = stored_columns(catalogue[columns.cls], columns, srid)
    if not names:
        return
    # A row that has these values already is left alone, stamps and all: no edit, no entry in the journal.
    sets = ", ".join(f"{quoted(name)} = ?{i}" for i, name in enumerate(names, 2))
    differs = " OR ".join(f"{quoted(name)} IS NOT ?{i}" for i, name in enumerate(names, 2))
    at, by = len(names) + 2, len(names) + 3
    connection.executemany(
        f"UPDATE {quoted(columns.cls)} SET {sets}, updated_at = ?{at}, updated_by = ?{by}"
        f" WHERE id = ?1 AND ({differs})",
        zip(columns.ids.tolist(), *values, *(repeat(stamp) for stamp in stamps), strict=False),
    )


def _check_present(connection: apsw.Connection, cls: str, ids: NDArray[np.int64]) -> None:
    wanted = np.unique(np.asarray(ids, np.int64))
    if not len(wanted):
        return
    found = connection.execute(
        f"SELECT t.id FROM carray(?) AS wanted CROSS JOIN {quoted(cls)} AS t ON t.id = wanted.value",
        (apsw.carray(wanted),),
    ).fetchall()
    if len(found) < len(wanted):
        gone = set(wanted.tolist()) - {row[0] for row in found}
        raise Refusal("storage.gone", cls=cls, id=min(gone), count=len(gone))


def rows_of(step: Step) -> tuple[str, Any]:
    """The class of a step and the ids of its rows."""
    if isinstance(step, Remove):
        return step.cls, step.ids
    if isinstance(step, Insert | Change):
        return step.columns.cls, step.columns.ids
    raise Fault(f"{step!r} is no step of a plan")
