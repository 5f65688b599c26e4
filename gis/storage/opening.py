"""Makes project files and opens them: header, layout version, migration, and what the catalogue has gained since."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import apsw
import pyproj

from gis.catalogue import Catalogue, Field
from gis.errors import Refusal
from gis.storage import copies, engine, migrations, schema, search_index, styles
from gis.storage.failures import refusing, writable
from gis.storage.header import APPLICATION_ID, check_file


@dataclass(frozen=True, slots=True)
class Opened:
    """An open project. ``writer`` is None when it was opened read-only; ``migrated`` the backup made before."""

    writer: apsw.Connection | None
    srid: int
    migrated: Path | None = None


def create_file(path: Path, catalogue: Catalogue, crs: str, name: str) -> None:
    """A new, empty project, which appears at ``path`` only when it is whole.

    Raises Refusal ``storage.exists``, ``no_folder``, ``crs``, ``readonly``, ``full``.
    """
    srid = project_srid(crs)
    if path.exists():
        raise Refusal("storage.exists", file=str(path))
    if not path.parent.is_dir():
        raise Refusal("storage.no_folder", folder=str(path.parent))
    if not writable(path):
        raise Refusal("storage.readonly", file=str(path))
    part = path.with_name(f".{path.name}.part")
    copies.remove_database(part)
    try:
        with refusing(path):
            connection = engine.connect(part)
            try:
                connection.execute("PRAGMA page_size = 4096")
                schema.create_schema(connection, catalogue, srid, name or path.stem)
                with connection:
                    search_index.create(connection)
                    styles.write(connection, catalogue)
            finally:
                connection.close()
        _set_aside_orphans(path)
        os.replace(part, path)
    finally:
        copies.remove_database(part)


def open_file(path: Path, catalogue: Catalogue, *, readonly: bool) -> Opened:
    """An existing project, brought to the present layout. Raises the Refusals of ``Store.open``."""
    header = check_file(path)
    if header is not None:
        _check_version(path, header.user_version)
    if not readonly and not writable(path):
        raise Refusal("storage.readonly", file=str(path))
    with refusing(path):
        connection = engine.connect_reader(path, readonly=True) if readonly else engine.connect_writer(path)
        try:
            if not readonly and connection.readonly("main"):
                raise Refusal("storage.readonly", file=str(path))
            if connection.pragma("application_id") != APPLICATION_ID:
                raise Refusal("storage.not_project", file=str(path))
            _check_version(path, migrations.file_version(connection))
            if readonly:
                _check_current(connection, path, catalogue)
                srid = _srid(connection)
                connection.close()
                return Opened(None, srid)
            migrated = migrations.migrate(connection, path, catalogue)
            srid = _srid(connection)
            if lacking := schema.missing(connection, catalogue):
                with engine.transaction(connection):
                    schema.add_missing(connection, catalogue, srid)
                    styles.write(connection, catalogue)
                    if any(isinstance(gained, Field) and gained.search and gained.default for gained in lacking):
                        search_index.rebuild(connection, catalogue)
            return Opened(connection, srid, migrated)
        except BaseException:
            connection.close()
            raise


def project_srid(crs: str) -> int:
    """The EPSG number of a CRS that can carry a project: projected, in metres. Raises Refusal ``storage.crs``."""
    try:
        found = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise Refusal("storage.crs", crs=crs, reason=str(error)) from error
    srid = found.to_epsg()
    if srid is None or not found.is_projected or any(axis.unit_name != "metre" for axis in found.axis_info):
        raise Refusal("storage.crs", crs=crs, reason=found.name)
    return int(srid)


def _check_version(path: Path, found: int) -> None:
    if found > schema.SCHEMA_VERSION:
        raise Refusal("storage.newer_version", file=str(path), found=found, known=schema.SCHEMA_VERSION)


def _check_current(connection: apsw.Connection, path: Path, catalogue: Catalogue) -> None:
    if migrations.file_version(connection) < schema.SCHEMA_VERSION or schema.missing(connection, catalogue):
        raise Refusal("storage.needs_upgrade", file=str(path))


def _srid(connection: apsw.Connection) -> int:
    for (value,) in connection.execute("SELECT value FROM meta WHERE key = 'srid'"):
        return int(str(value))
    raise apsw.CorruptError("meta has no srid")


def _set_aside_orphans(path: Path) -> None:
    """Rename the log of a database that is gone: SQLite would play it into the new one."""
    for suffix in ("-wal", "-journal"):
        orphan = path.with_name(path.name + suffix)
        if orphan.exists():
            os.replace(orphan, orphan.with_name(orphan.name + ".orphan"))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
