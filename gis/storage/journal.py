"""The journal: one entry for each edit, with the changeset that undoes and redoes it, kept for ever as audit log."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.errors import Fault, Refusal
from gis.storage import journal_rows, packing, schema
from gis.storage.packing import Packing, Source
from gis.storage.schema import column_names
from gis.storage.search_index import searched
from gis.storage.writer import now

IN_FORCE, UNDONE, SUPERSEDED = 0, 1, 2
_PIECE = 1 << 20
_FIELDS = "seq, at, author, label, label_args, schema_version, undone, switched_at, switched_by, counts"
UNREADABLE = (apsw.Error, zlib.error, IndexError, TypeError, ValueError)  # what a broken changeset raises
_OPERATIONS = {"INSERT": "insert", "UPDATE": "update", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One edit. ``undone``: 0 in force, 1 undone and can be redone, 2 undone for good (another edit followed).

    ``counts``: rows touched by class. ``switched_at``/``switched_by``: who last undid or redid it, and when.
    Times are UTC, ISO 8601.
    """

    seq: int
    at: str
    author: str
    label: str
    label_args: dict[str, Any]
    schema_version: int
    undone: int
    switched_at: str | None
    switched_by: str | None
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which entries are wanted: those of a class or one feature of it, by one author, from ``since`` up to and without
    ``until`` (UTC, ISO 8601), with a seq below ``before``."""

    cls: str | None = None
    id: int | None = None
    before: int | None = None
    author: str | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class RowChange:
    """What an edit did to one row. ``old`` and ``new`` hold stored values by column (geometry as SpatiaLite BLOB):
    all columns of an inserted or deleted row, only the changed ones of an updated row."""

    cls: str
    id: int
    op: str  # "insert", "update" or "delete"
    old: dict[str, Any]
    new: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Effects:
    """The rows of a changeset. ``touched``: ids of all, by class, ascending; ``retold``: of those inserted, deleted or
    changed in a searched field; ``reshaped``: how many got another geometry, new and deleted rows counted."""

    touched: dict[str, NDArray[np.int64]]
    retold: dict[str, NDArray[np.int64]]
    reshaped: dict[str, int]


def append(
    connection: apsw.Connection,
    changeset: Packing,
    touched: Mapping[str, NDArray[np.int64]],
    *,
    author: str,
    label: str,
    label_args: Mapping[str, Any],
) -> int:
    """Write the entry of an edit and close the way to redo what was undone before it; returns its seq."""
    connection.execute("UPDATE journal SET undone = ? WHERE undone = ?", (SUPERSEDED, UNDONE))
    connection.execute(
        "INSERT INTO journal (at, author, label, label_args, schema_version, counts, changeset)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            now(), author, label, json.dumps(dict(label_args), ensure_ascii=False, default=_plain),
            schema.SCHEMA_VERSION, json.dumps({cls: len(ids) for cls, ids in touched.items()}),
            apsw.zeroblob(len(changeset)),
        ),
    )  # fmt: skip
    seq = connection.last_insert_rowid()
    packing.write(connection, seq, changeset)
    for cls, ids in touched.items():
        connection.executemany(
            "INSERT INTO journal_row (class, id, seq) VALUES (?, ?, ?)", ((cls, id_, seq) for id_ in ids.tolist())
        )
    return seq


def entries(connection: apsw.Connection, limit: int = 200, narrowed: Narrowed | None = None) -> list[JournalEntry]:
    """The entries that are wanted, newest first."""
    wanted = narrowed or Narrowed()
    where: list[str] = []
    params: list[Any] = []
    if wanted.before is not None:
        where.append("seq < ?")
        params.append(wanted.before)
    if wanted.id is not None:
        classes = "class IN (SELECT class FROM version)" if wanted.cls is None else "class = ?"
        where.append(f"seq IN (SELECT seq FROM journal_row WHERE id = ? AND {classes})")
        params += [wanted.id] if wanted.cls is None else [wanted.id, wanted.cls]
    elif wanted.cls is not None:
        where.append("EXISTS (SELECT 1 FROM json_each(counts) WHERE key = ?)")
        params.append(wanted.cls)
    for test, value in (("author = ?", wanted.author), ("at >= ?", wanted.since), ("at < ?", wanted.until)):
        if value is not None:
            where.append(test)
            params.append(value)
    rows = connection.execute(
        f"SELECT {_FIELDS} FROM journal WHERE {' AND '.join(where) or '1'} ORDER BY seq DESC LIMIT ?",
        (*params, limit),
    )
    return [_entry(row) for row in rows]


def authors(connection: apsw.Connection) -> list[str]:
    """Everyone who has edited, in order of their names."""
    rows: Any = connection.execute("SELECT DISTINCT author FROM journal ORDER BY author")
    return [author for (author,) in rows]


def steps_to(connection: apsw.Connection, seq: int) -> int:
    """Steps from now to the state just after an entry (0: before all): to undo when positive, to redo when negative.

    Raises Refusal ``storage.no_entry``; ``storage.superseded`` when the entry was undone and others followed.
    """
    state = entry(connection, seq).undone if seq else IN_FORCE
    if state == SUPERSEDED:
        raise Refusal("storage.superseded", seq=seq)
    way, test, sign = (IN_FORCE, "seq > ?", 1) if state == IN_FORCE else (UNDONE, "seq <= ?", -1)
    found: Any = connection.execute(f"SELECT count(*) FROM journal WHERE undone = ? AND {test}", (way, seq)).fetchone()
    return sign * int(found[0])


def entry(connection: apsw.Connection, seq: int) -> JournalEntry:
    """One entry; Refusal ``storage.no_entry`` when there is none of that number."""
    for row in connection.execute(f"SELECT {_FIELDS} FROM journal WHERE seq = ?", (seq,)):
        return _entry(row)
    raise Refusal("storage.no_entry", seq=seq)


def undoable(connection: apsw.Connection) -> JournalEntry | None:
    """The entry that undo would undo."""
    return _first(connection, f"SELECT {_FIELDS} FROM journal WHERE undone = ? ORDER BY seq DESC LIMIT 1", IN_FORCE)


def redoable(connection: apsw.Connection) -> JournalEntry | None:
    """The entry that redo would redo."""
    return _first(connection, f"SELECT {_FIELDS} FROM journal WHERE undone = ? ORDER BY seq LIMIT 1", UNDONE)


def changeset_of(connection: apsw.Connection, seq: int) -> bytes:
    """The changeset of an entry as the session extension made it, whole."""
    with packing.source(connection, seq) as give:
        return b"".join(iter(lambda: give(_PIECE), b""))


def effects_of(connection: apsw.Connection, catalogue: Catalogue, seq: int) -> Effects:
    """What an entry did, read in one pass over its changeset. Raises Refusal ``storage.unreadable_entry``."""
    try:
        with packing.source(connection, seq) as give:
            return effects(connection, catalogue, give)
    except UNREADABLE as error:
        raise Refusal("storage.unreadable_entry", seq=seq, reason=str(error)) from error


def commit(connection: apsw.Connection) -> None:
    """Commit; a reference that leads nowhere is told by class, id and target: Refusal ``storage.reference``."""
    try:
        connection.execute("COMMIT")
    except apsw.ConstraintError as error:
        for cls, id_, target, _ in connection.execute("PRAGMA foreign_key_check"):
            raise Refusal("storage.reference", cls=cls, id=id_, target=target) from error
        raise


def changes_of(
    connection: apsw.Connection, seq: int, cls: str | None = None, id_: int | None = None
) -> Iterator[RowChange]:
    """What the entry did when it was made, row by row; with ``id_`` only to that row, of ``cls`` if given."""
    if id_ is None:
        with packing.source(connection, seq) as give:
            yield from _changes(connection, give)
        return
    changeset = changeset_of(connection, seq)
    for name in [cls] if cls is not None else entry(connection, seq).counts:
        single = journal_rows.one_row(changeset, name, id_)
        if single is not None:
            yield from _changes(connection, single)


def _changes(connection: apsw.Connection, changeset: bytes | Source) -> Iterator[RowChange]:
    columns: dict[str, list[str]] = {}
    for change in apsw.Changeset.iter(changeset):
        if change.name not in columns:
            columns[change.name] = column_names(connection, change.name)
        names = columns[change.name]
        old, new = _named(names, change.old), _named(names, change.new)
        id_ = old["id"] if "id" in old else new["id"]
        if change.op == "UPDATE":
            old.pop("id", None)
        yield RowChange(change.name, id_, _OPERATIONS[change.op], old, new)


def places_of(
    connection: apsw.Connection, catalogue: Catalogue, entry: JournalEntry
) -> Iterator[tuple[str, int, list[journal_rows.Box]]]:
    """For each row that an entry touched its class, its id and the boxes around its old and new geometry."""
    geometries = {name: _places(connection, catalogue, name)[0] for name in entry.counts}
    with packing.source(connection, entry.seq) as give:
        yield from journal_rows.places(give, geometries)


def effects(connection: apsw.Connection, catalogue: Catalogue, changeset: bytes | Source) -> Effects:
    """Which rows a changeset touches and how, read in one pass over it."""
    ids: dict[str, list[int]] = {}
    texts: dict[str, list[int]] = {}
    geometries: dict[str, int] = {}
    table = ""
    geom: int | None = None
    words: tuple[int, ...] = ()
    for change in apsw.Changeset.iter(changeset):
        if change.name != table:  # rows of one table stand together
            table = change.name
            geom, words = _places(connection, catalogue, table)
            touched, retold = ids.setdefault(table, []), texts.setdefault(table, [])
            geometries.setdefault(table, 0)
        old: Any = change.old
        new: Any = change.new
        if old is None or new is None:
            id_ = (new if old is None else old)[0]  # id is each table's first column
            retold.append(id_)
            geometries[table] += geom is not None
        else:
            id_ = old[0]
            width = len(new)  # a changeset older than the newest column has fewer values
            if any(place < width and new[place] is not apsw.no_change for place in words):
                retold.append(id_)
            if geom is not None and new[geom] is not apsw.no_change:
                geometries[table] += 1
        touched.append(id_)
    return Effects(_arrays(ids), _arrays(texts), geometries)


def _places(connection: apsw.Connection, catalogue: Catalogue, table: str) -> tuple[int | None, tuple[int, ...]]:
    """The positions of a table's geometry and of its searched fields."""
    names = column_names(connection, table)
    words = searched(catalogue[table]) if table in catalogue else ()
    return names.index("geom") if "geom" in names else None, tuple(names.index(word) for word in words)


def _arrays(ids: Mapping[str, list[int]]) -> dict[str, NDArray[np.int64]]:
    return {cls: np.sort(np.array(some, np.int64)) for cls, some in ids.items() if some}


def switch(connection: apsw.Connection, seq: int, undone: int, author: str) -> None:
    """Note that an entry was undone or redone, by whom and when."""
    connection.execute(
        "UPDATE journal SET undone = ?, switched_at = ?, switched_by = ? WHERE seq = ?", (undone, now(), author, seq)
    )


def apply(connection: apsw.Connection, seq: int, *, inverted: bool) -> None:
    """Apply the changeset of an entry, or its inverse, whole or not at all, inside the caller's transaction.

    Raises Refusal ``storage.conflict`` when rows were changed behind the journal's back (by another program):
    ``cls``, ``id``, ``expected`` (what the changeset found when made) and ``found`` (what stands there now).
    """
    conflicts: list[Refusal] = []

    def stop(reason: int, change: apsw.TableChange) -> int:
        conflicts.append(_conflict(connection, reason, change))
        return apsw.SQLITE_CHANGESET_ABORT

    try:
        # No FKNOACTION: our references have no actions that it could hold back, and it makes SQLite read the whole
        # schema again twice (8 ms for one undo). A test guards that no reference has one.
        with packing.source(connection, seq) as give:
            flags = apsw.SQLITE_CHANGESETAPPLY_INVERT if inverted else 0
            apsw.Changeset.apply(give, connection, conflict=stop, flags=flags)
    except (apsw.AbortError, apsw.ConstraintError):
        if conflicts:
            raise conflicts[0] from None
        raise


def _conflict(connection: apsw.Connection, reason: int, change: apsw.TableChange) -> Refusal:
    if reason == apsw.SQLITE_CHANGESET_FOREIGN_KEY:
        return Refusal("storage.conflict_reference", count=change.fk_conflicts)
    names = column_names(connection, change.name)
    old, new = _named(names, change.old), _named(names, change.new)
    found = None if reason == apsw.SQLITE_CHANGESET_NOTFOUND else _named(names, change.conflict)
    id_ = old["id"] if "id" in old else new["id"]
    if found is None:
        for row in connection.execute(f'SELECT * FROM "{change.name}" WHERE id = ?', (id_,)):
            found = dict(zip(names, row, strict=True))
    expected = old or None
    differing = sorted(name for name in (expected or {}) if (found or {}).get(name) != (expected or {})[name])
    return Refusal(
        "storage.conflict", cls=change.name, id=id_, expected=expected, found=found, fields=", ".join(differing)
    )


def _named(names: Sequence[str], values: Sequence[Any] | None) -> dict[str, Any]:
    if values is None:
        return {}
    # A changeset older than the newest column has fewer values: they are the first ones.
    return {name: value for name, value in zip(names, values, strict=False) if value is not apsw.no_change}


def _first(connection: apsw.Connection, sql: str, state: int) -> JournalEntry | None:
    for row in connection.execute(sql, (state,)):
        return _entry(row)
    return None


def _entry(row: Sequence[Any]) -> JournalEntry:
    values = list(row)
    values[4], values[9] = json.loads(values[4]), json.loads(values[9])
    return JournalEntry(*values)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise Fault(f"{value!r} cannot stand in a journal entry")
