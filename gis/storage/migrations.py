"""Brings an older project file to the present layout: a backup first, then all steps in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import apsw

from gis.catalogue import Catalogue
from gis.errors import Refusal
from gis.progress import Progress
from gis.storage import copies, schema
from gis.storage.failures import refusal_of


@dataclass(frozen=True, slots=True)
class Migration:
    """The step to layout ``version`` from the one before.

    ``keeps_changes``: older changesets still apply, because no column of a feature table was moved or removed.
    """

    version: int
    run: Callable[[apsw.Connection, Catalogue], None]
    keeps_changes: bool


def _documents(connection: apsw.Connection, _: Catalogue) -> None:
    connection.execute(
        "CREATE TABLE document (kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, name))"
        " WITHOUT ROWID"
    )


# In order, one for each version from 2 on. Layout 1 is the first.
MIGRATIONS: tuple[Migration, ...] = (Migration(2, _documents, keeps_changes=True),)


def migrate(connection: apsw.Connection, path: Path, catalogue: Catalogue) -> Path | None:
    """Bring the file to the present layout; returns the backup made before, None when nothing was to do.

    Raises Refusal ``storage.migration``; the file is then as it was.
    """
    found, target = file_version(connection), schema.SCHEMA_VERSION
    steps = [step for step in MIGRATIONS if found < step.version <= target]
    if found == target:
        return None
    kept = path.with_name(f"{path.stem}.v{found}.bak{path.suffix}")
    if [step.version for step in steps] != list(range(found + 1, target + 1)):
        raise Refusal("storage.migration", file=str(path), found=found, known=target, reason="?", backup="–")
    if not kept.exists():
        copies.backup(connection, kept, Progress())
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        connection.execute("BEGIN IMMEDIATE")
        for step in steps:
            step.run(connection, catalogue)
        for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
            raise Refusal("storage.bulk_reference", cls=table, target=parent)
        connection.execute(f"PRAGMA user_version = {target}")
        connection.execute("COMMIT")
    except (apsw.Error, Refusal) as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        # A full disk or a lock is told as such; anything else is the migration's own failure.
        known = refusal_of(error, path) if isinstance(error, apsw.Error) else None
        raise known or Refusal(
            "storage.migration", file=str(path), found=found, known=target, reason=str(error), backup=str(kept)
        ) from error
    finally:
        connection.execute("PRAGMA foreign_keys = ON")
    return kept


def file_version(connection: apsw.Connection) -> int:
    """The layout version that the file says it has."""
    return int(connection.pragma("user_version"))


def still_applies(version: int) -> bool:
    """Whether a changeset recorded under that layout version fits the present tables."""
    return all(step.keeps_changes for step in MIGRATIONS if step.version > version)
