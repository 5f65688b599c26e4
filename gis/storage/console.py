"""Runs a user's SELECT on a read connection; everything that could write, attach or reach files is denied."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

import apsw

from gis.errors import Refusal
from gis.storage.lookups import bound

_ALLOWED = {apsw.SQLITE_SELECT, apsw.SQLITE_READ, apsw.SQLITE_RECURSIVE}
# The full-text and spatial indexes ask these on their own account while they answer a query.
_PRAGMAS = {"data_version", "table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list"}
# SpatiaLite's functions that read or write files, change the process or run SQL of their own.
_DENIED = re.compile(
    r"(import|export|blobfromfile|blobtofile|xb_load|load_extension|eval|fts3_tokenizer|writefile|readfile|edit$"
    r"|proj_set|set|reset|enable|disable|clone|createraster|register|unregister|init|vectorcover|autogpkg|gpkg"
    r"|sql(proc|log)|sqlproc|storedproc|storedvar|drop|rename|create|recover|update|insert|add|discard|checkspatialmeta"
    r"|elementarygeom|topogeo|toponet|wms_|rl2_|postgresql|removeduplicate|removeextra|st_drop)",
    re.IGNORECASE,
)
_STEPS = 5000  # virtual-machine steps between two looks at the clock


def select(
    connection: apsw.Connection, text: str, params: Sequence[Any], limit: int, time_limit_s: float
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and at most ``limit`` rows of one SELECT.

    Raises Refusal ``reading.sql_denied`` (it would do more than read), ``reading.sql_wrong`` with SQLite's ``reason``,
    ``reading.sql_too_long`` past ``time_limit_s``.
    """
    denied: list[str] = []
    names: list[list[str]] = []  # of each statement begun

    def authorise(action: int, one: str | None, two: str | None, _database: str | None, _trigger: str | None) -> int:
        function = (two or "").lower()
        allowed = (
            action in _ALLOWED
            or (action == apsw.SQLITE_FUNCTION and not _DENIED.match(function))
            or (action == apsw.SQLITE_PRAGMA and (one or "").lower() in _PRAGMAS)
        )
        if not allowed:
            kind = str(apsw.mapping_authorizer_function.get(action, action)).removeprefix("SQLITE_")
            denied.append(" ".join(part for part in (kind, one, two) if part))
        return apsw.SQLITE_OK if allowed else apsw.SQLITE_DENY

    def begin(running: apsw.Cursor, _sql: str, _bindings: Any) -> bool:
        names.append([column[0] for column in running.get_description()])
        return len(names) == 1

    _wake(connection)
    until = time.monotonic() + time_limit_s
    cursor = connection.cursor()
    cursor.exec_trace = begin
    connection.authorizer = authorise
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        cursor.execute(text, bound(params))
        rows = list(islice(cursor, max(limit, 0)))
        return names[0] if names else [], rows
    except apsw.InterruptError as error:
        raise Refusal("reading.sql_too_long", seconds=time_limit_s) from error
    except apsw.ExecTraceAbort as error:
        raise Refusal("reading.sql_denied", what=";") from error
    except (apsw.Error, ValueError, TypeError) as error:
        if denied or isinstance(error, apsw.ReadOnlyError):
            raise Refusal("reading.sql_denied", what=denied[0] if denied else str(error)) from error
        raise Refusal("reading.sql_wrong", reason=str(error)) from error
    finally:
        connection.authorizer = None
        connection.set_progress_handler(None, 0)
        cursor.close(True)


def _wake(connection: apsw.Connection) -> None:
    """Let every virtual table connect: an R*Tree then prepares its inserts, which the guard would take for ours."""
    virtual = "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"
    for (name,) in connection.execute(virtual).fetchall():
        with suppress(apsw.Error):
            connection.execute(f'SELECT 1 FROM "{name}" LIMIT 0')
