"""Records of analyses: what was computed, from which version of the data, with which result. Not journaled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import apsw

from gis.errors import Fault

COLUMNS = ("kind", "name", "params", "input_version", "seed", "started_at", "duration_s", "summary", "files")
_JSON = ("params", "summary", "files")


def save(connection: apsw.Connection, run: Mapping[str, Any]) -> int:
    """Keep a record (a value for each of COLUMNS); returns its id."""
    marks = ", ".join("?" * len(COLUMNS))
    connection.execute(
        f"INSERT INTO run ({', '.join(COLUMNS)}) VALUES ({marks})", [_stored(key, run[key]) for key in COLUMNS]
    )
    return connection.last_insert_rowid()


def update(connection: apsw.Connection, id: int, values: Mapping[str, Any]) -> None:
    """Set some columns of a record."""
    for key, value in values.items():
        if key not in COLUMNS:
            raise Fault(f"a run has no {key}")
        connection.execute(f"UPDATE run SET {key} = ? WHERE id = ?", (_stored(key, value), id))


def delete(connection: apsw.Connection, id: int) -> None:
    """Forget a record."""
    connection.execute("DELETE FROM run WHERE id = ?", (id,))


def listed(connection: apsw.Connection, id: int | None = None) -> list[dict[str, Any]]:
    """The records, newest first, or the one of that id, with key "id" beside COLUMNS."""
    where, params = ("", ()) if id is None else (" WHERE id = ?", (id,))
    rows = connection.execute(f"SELECT id, {', '.join(COLUMNS)} FROM run{where} ORDER BY id DESC", params)
    found: list[dict[str, Any]] = [dict(zip(("id", *COLUMNS), row, strict=True)) for row in rows]
    return [{key: json.loads(v) if key in _JSON else v for key, v in run.items()} for run in found]


def _stored(key: str, value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if key in _JSON else value
