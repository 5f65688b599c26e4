"""The tables of a project file, derived from the catalogue.

SCHEMA_VERSION counts changes to this layout that need a migration. A class or field that the catalogue gains needs
none: it is added when the file is opened, at the end of its table, so that older changesets still fit by position.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw

from gis.catalogue import Catalogue, FeatureClass, Field
from gis.resources import resource
from gis.storage.header import APPLICATION_ID

SCHEMA_VERSION = 2
STAMPS = ("updated_at", "updated_by")

_TYPES = {
    "text": "TEXT",
    "code": "TEXT",
    "integer": "INTEGER",
    "boolean": "INTEGER",
    "real": "DOUBLE",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "ref": "INTEGER",
}
_GEOMETRIES = {"point": "POINT", "line": "LINESTRING", "polygon": "POLYGON", "multipolygon": "MULTIPOLYGON"}


def create_schema(connection: apsw.Connection, catalogue: Catalogue, srid: int, name: str) -> None:
    """Lay out an empty project in an empty database."""
    connection.execute("SELECT InitSpatialMetaData(1, 'NONE')")
    for known in dict.fromkeys((srid, 4490, 4326)):
        connection.execute("SELECT InsertEpsgSrid(?)", (known,))
    with connection:
        connection.execute(resource("sql", "project.sql").read_text("utf-8"))
        connection.executemany("INSERT INTO meta VALUES (?, ?)", (("name", name), ("srid", str(srid))))
        for cls in catalogue:
            create_table(connection, cls, srid)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}")


def create_table(connection: apsw.Connection, cls: FeatureClass, srid: int) -> None:
    """The table of a class with its indexes, its immutable key and, where it has a geometry, its spatial index."""
    columns = ["id INTEGER PRIMARY KEY", *(_column(f) for f in cls.fields), *(f"{stamp} TEXT" for stamp in STAMPS)]
    connection.execute(f"CREATE TABLE {quoted(cls.name)} ({', '.join(columns)})")
    if cls.spatial:
        kind = _GEOMETRIES[cls.geometry]
        connection.execute("SELECT AddGeometryColumn(?, 'geom', ?, ?, 'XY')", (cls.name, srid, kind))
        connection.execute("SELECT CreateSpatialIndex(?, 'geom')", (cls.name,))
        # Three triggers that stamp the time of each change into geometry_columns_time: slow in bulk, read by nobody.
        for event in "iud":
            connection.execute(f"DROP TRIGGER IF EXISTS {quoted(f'tm{event}_{cls.name}_geom')}")
    # A changed key would leave the R*Tree with the old one.
    connection.execute(
        f"CREATE TRIGGER {quoted(f'{cls.name}_id_fixed')} BEFORE UPDATE OF id ON {quoted(cls.name)} "
        "WHEN NEW.id IS NOT OLD.id BEGIN SELECT RAISE(ABORT, 'the id of a feature never changes'); END"
    )
    for sql in indexes(cls):
        connection.execute(sql)


def add_missing(connection: apsw.Connection, catalogue: Catalogue, srid: int) -> None:
    """Give the file the classes and fields that the catalogue has gained since it was made."""
    for cls in catalogue:
        present = set(column_names(connection, cls.name))
        if not present:
            create_table(connection, cls, srid)
            continue
        for f in cls.fields:
            if f.name not in present:
                connection.execute(f"ALTER TABLE {quoted(cls.name)} ADD COLUMN {_column(f)}")
        for sql in indexes(cls):
            connection.execute(sql)


def missing(connection: apsw.Connection, catalogue: Catalogue) -> list[FeatureClass | Field]:
    """Classes and, in the others, fields of the catalogue that the file does not have."""
    lacking: list[FeatureClass | Field] = []
    for cls in catalogue:
        present = set(column_names(connection, cls.name))
        if not present:
            lacking.append(cls)
        else:
            lacking += [f for f in cls.fields if f.name not in present]
    return lacking


def column_names(connection: apsw.Connection, table: str) -> list[str]:
    """The columns of a table in stored order; empty when there is no such table."""
    return [row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?) ORDER BY cid", (table,))]


def indexes(cls: FeatureClass) -> Iterable[str]:
    """The statements that make the class's indexes.

    Every reference has one: without it each delete of its target would scan the whole table.
    """
    table = quoted(cls.name)
    for f in cls.fields:
        name, column = quoted(index_name(cls, f)), quoted(f.name)
        if f.unique:
            yield f"CREATE UNIQUE INDEX IF NOT EXISTS {name} ON {table} ({column}) WHERE {column} IS NOT NULL"
        elif f.indexed or f.type == "ref":
            yield f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({column})"


def index_name(cls: FeatureClass, f: Field) -> str:
    """What the index of a field is called."""
    return f"ix_{cls.name}_{f.name}"


def quoted(name: str) -> str:
    """A name as SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _column(f: Field) -> str:
    column = f"{quoted(f.name)} {_TYPES[f.type]}"
    if f.default is not None:
        column += f" DEFAULT {_literal(f.default)}"
    if f.ref is not None:
        column += f" REFERENCES {quoted(f.ref)} (id) DEFERRABLE INITIALLY DEFERRED"
    return column


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return repr(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"
