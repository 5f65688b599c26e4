"""The counter of writes: over restarts and processes, for the whole file and for each class."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw


def stored_version(connection: apsw.Connection) -> int:
    """How many writes the file has seen."""
    found: Any = connection.execute("SELECT version FROM version WHERE class = ''").fetchall()
    return int(found[0][0])


def class_versions(connection: apsw.Connection) -> dict[str, int]:
    """The version at which each class was last written; classes never written are left out."""
    return dict(connection.execute("SELECT class, version FROM version WHERE class <> ''"))


def count_write(connection: apsw.Connection, classes: Iterable[str]) -> int:
    """Count one write that touched these classes, inside its transaction; returns the new version."""
    connection.execute("UPDATE version SET version = version + 1 WHERE class = ''")
    version = stored_version(connection)
    connection.executemany("INSERT OR REPLACE INTO version VALUES (?, ?)", ((cls, version) for cls in classes))
    return version
