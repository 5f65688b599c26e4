"""One project file: the handle through which everything is read, written, undone, copied and checked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, RLock
from typing import Any

import apsw
import numpy as np
import pyproj
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.editing.intents import Plan
from gis.errors import Fault, Refusal
from gis.geometry.columns import BBox, Columns
from gis.progress import Progress
from gis.storage import bulk, copies, engine, health, journal, migrations, schema, search_index, spatial_index, styles
from gis.storage import writer as writing
from gis.storage.failures import refusing, writable
from gis.storage.header import APPLICATION_ID, check_file
from gis.storage.health import Problem
from gis.storage.journal import Effects, JournalEntry, RowChange
from gis.storage.readers import Readers
from gis.storage.snapshots import Snapshot

_RUN = ("kind", "name", "params", "input_version", "seed", "started_at", "duration_s", "summary", "files")
_RUN_JSON = ("params", "summary", "files")


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did. ``seq`` is None when nothing differed and no entry was made. ``touched``: class -> ids of
    inserted, changed and deleted rows; ``bbox``: around their old and new places."""

    seq: int | None
    label: str
    label_args: dict[str, Any]
    touched: dict[str, NDArray[np.int64]]
    bbox: BBox | None
    version: int


class Store:
    """Thread-safe: writes wait for each other, reads never wait for writes.

    Every method may raise Refusal ``storage.locked``, ``storage.full``, ``storage.disk``, ``storage.damaged`` or
    ``storage.closed``; those that write also ``storage.opened_readonly``. A refused write has changed nothing.
    """

    def __init__(self, path: Path, catalogue: Catalogue, writer: apsw.Connection | None, srid: int) -> None:
        self.path = path
        self.catalogue = catalogue
        self.srid = srid
        self.readonly = writer is None
        self.schema_version = schema.SCHEMA_VERSION
        self._writer = writer
        self._lock = RLock()
        self._readers = Readers(path, readonly=self.readonly)
        self._watch = writer if writer is not None else engine.connect_reader(path, readonly=True)
        self._damaged = ""
        self._quiet = Event()  # cleared while a bulk load has the file to itself
        self._quiet.set()
        self._mark = self._watch.pragma("data_version")
        self._version = _stored_version(self._watch)

    # -- opening and closing -------------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, catalogue: Catalogue, crs: str = "EPSG:4549", name: str = "") -> Store:
        """A new, empty project, open for writing; it appears at ``path`` only when it is whole.

        Raises Refusal ``storage.exists``, ``no_folder``, ``crs``, ``readonly``, ``full``.
        """
        path = Path(path)
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
        return cls.open(path, catalogue)

    @classmethod
    def open(cls, path: Path, catalogue: Catalogue, *, readonly: bool = False) -> Store:
        """An existing project. An older layout is migrated after a backup; what the catalogue has gained is added.

        Raises Refusal ``storage.missing``, ``not_database``, ``not_project``, ``truncated``, ``newer_version``,
        ``readonly``, ``needs_upgrade`` (older, and opened read-only), ``migration``, ``locked``, ``damaged``.
        """
        path = Path(path)
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
                srid = int(_meta(connection)["srid"])
                if readonly:
                    _check_current(connection, path, catalogue)
                    connection.close()
                    return cls(path, catalogue, None, srid)
                migrations.migrate(connection, path, catalogue)
                if schema.missing(connection, catalogue):
                    with _transaction(connection):
                        schema.add_missing(connection, catalogue, srid)
                        styles.write(connection, catalogue)
                return cls(path, catalogue, connection, srid)
            except BaseException:
                connection.close()
                raise

    def close(self) -> None:
        """Close every connection; the log is folded into the file. Closing twice is allowed."""
        with self._lock:
            self._readers.close()
            if self._damaged and self._writer is not None:
                self._writer.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            self._watch.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- reading -------------------------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """Grows with every write seen, over restarts and processes too."""
        return self._version

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """One consistent look at the file; it must not be used after the ``with`` block, nor by two threads at once."""
        with self._consistent() as (connection, version):
            yield Snapshot(connection, self.catalogue, self.srid, version)

    def class_versions(self) -> dict[str, int]:
        """The version at which each class was last written; classes never written are left out."""
        with self._consistent() as (connection, _):
            return dict(connection.execute("SELECT class, version FROM version WHERE class <> ''"))

    def poll_outside(self) -> bool:
        """Whether another process has written since the last call; cheap, never waits for a write of our own."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            mark = self._watch.pragma("data_version")
            if mark == self._mark:
                return False
            self._mark = mark
            with refusing(self.path, self._note_damage):
                stored = _stored_version(self._watch)
                if stored == self._version:
                    stored = self._count_foreign_write(stored)
            self._version = stored
            return True
        finally:
            self._lock.release()

    def meta(self) -> dict[str, str]:
        """The project's own settings (name, srid, …)."""
        with self._consistent() as (connection, _):
            return _meta(connection)

    def undoable(self) -> JournalEntry | None:
        """The entry that undo would undo."""
        with self._consistent() as (connection, _):
            return journal.undoable(connection)

    def redoable(self) -> JournalEntry | None:
        """The entry that redo would redo."""
        with self._consistent() as (connection, _):
            return journal.redoable(connection)

    def journal_entries(
        self, limit: int = 200, before: int | None = None, cls: str | None = None, id: int | None = None
    ) -> list[JournalEntry]:
        """Entries of the journal, newest first; only those of a class or one feature when given."""
        with self._consistent() as (connection, _):
            return journal.entries(connection, limit, before, cls, id)

    def journal_entry(self, seq: int) -> JournalEntry:
        """One entry; Refusal ``storage.no_entry``."""
        with self._consistent() as (connection, _):
            return journal.entry(connection, seq)

    def changes_of(self, seq: int) -> Iterator[RowChange]:
        """What an entry did, row by row; Refusal ``storage.no_entry``."""
        with self._consistent() as (connection, _):
            yield from journal.changes_of(connection, seq)

    # -- writing -------------------------------------------------------------------------------------------------

    def write(self, plan: Plan, *, author: str, progress: Progress | None = None) -> Written:
        """Carry out a plan: one transaction, one changeset, one entry in the journal.

        Raises Refusal ``storage.gone``, ``storage.duplicate``, ``storage.reference``, ``storage.geometry``.
        """
        progress = progress or Progress()
        total = writing.size_of(plan)
        with self._writing() as connection:
            box = writing.boxes_of(connection, self.catalogue, writing.named_ids(plan))
            session = apsw.Session(connection, "main")
            try:
                # By name: attaching all would record the R*Tree's shadow tables, and undo would corrupt the index.
                for cls in writing.classes_of(plan):
                    session.attach(self.catalogue[cls].name)
                with spatial_index.suspended(connection, writing.geometries_in(plan, self.catalogue)):
                    writing.carry_out(
                        connection, self.catalogue, self.srid, plan, author,
                        lambda done: progress.step(done, total, "storage.loading"),
                    )  # fmt: skip
                changeset = session.changeset()
            finally:
                session.close()
            if not changeset:
                connection.execute("ROLLBACK")
                return Written(None, plan.label, dict(plan.label_args), {}, None, self._version)
            effects = journal.effects(connection, self.catalogue, changeset)
            seq = journal.append(
                connection, changeset, effects.touched, author=author, label=plan.label, label_args=plan.label_args
            )
            return self._follow_up(connection, seq, plan.label, dict(plan.label_args), effects, box)

    def undo(self, *, author: str) -> Written:
        """Undo the newest edit in force.

        Raises Refusal ``storage.nothing_to_undo``, ``storage.conflict``, ``conflict_reference``, ``old_change``.
        """
        return self._switch(author, redo=False)

    def redo(self, *, author: str) -> Written:
        """Do the oldest undone edit again; Refusal ``storage.nothing_to_redo`` and as undo."""
        return self._switch(author, redo=True)

    def load_bulk(self, columns: Iterable[Columns], progress: Progress | None = None) -> None:
        """Fill a new file fast and without journal; all or nothing. Other threads' reads wait meanwhile.

        Ids must be positive, and unique over all classes. Raises Refusal ``storage.bulk_reference``,
        ``storage.duplicate``, ``storage.geometry``; Fault when the file has edits already.
        """
        with self._lock:
            writer = self._connection()
            self._quiet.clear()
            self._readers.drain()
            try:
                bulk.without_log(writer)
                with bulk.unchecked(writer), self._writing() as connection:
                    if journal.entries(connection, 1):
                        raise Fault("load_bulk into a file that has edits already")
                    loaded = bulk.fill(connection, self.catalogue, self.srid, columns, progress or Progress())
                    version = _count_write(connection, loaded)
                self._version = version
            finally:
                with refusing(self.path):
                    bulk.with_log(writer, self.path)
                self._quiet.set()

    def set_meta(self, key: str, value: str) -> None:
        """Keep a setting of the project; not part of the journal."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def save_run(self, run: Mapping[str, Any]) -> int:
        """Keep the record of an analysis (the columns of table ``run`` but its id); returns the id. Not journaled."""
        values = [json.dumps(run[key], ensure_ascii=False) if key in _RUN_JSON else run[key] for key in _RUN]
        marks = ", ".join("?" * len(_RUN))
        with self._writing() as connection:
            connection.execute(f"INSERT INTO run ({', '.join(_RUN)}) VALUES ({marks})", values)
            return connection.last_insert_rowid()

    def update_run(self, id: int, **values: Any) -> None:
        """Set columns of a run's record, such as ``files`` once they lie under its id."""
        with self._writing() as connection:
            for key, value in values.items():
                if key not in _RUN:
                    raise Fault(f"a run has no {key}")
                stored = json.dumps(value, ensure_ascii=False) if key in _RUN_JSON else value
                connection.execute(f"UPDATE run SET {key} = ? WHERE id = ?", (stored, id))

    def runs(self, id: int | None = None) -> list[dict[str, Any]]:
        """The records of analyses, newest first, or the one of that id."""
        where, params = ("", ()) if id is None else (" WHERE id = ?", (id,))
        with self._consistent() as (connection, _):
            rows = connection.execute(
                f"SELECT id, {', '.join(_RUN)} FROM run{where} ORDER BY id DESC", params
            ).fetchall()
        found: list[dict[str, Any]] = [dict(zip(("id", *_RUN), row, strict=True)) for row in rows]
        return [{k: json.loads(v) if k in _RUN_JSON else v for k, v in run.items()} for run in found]

    # -- copies and health ---------------------------------------------------------------------------------------

    def backup(self, target: Path, progress: Progress | None = None) -> None:
        """A whole copy while work goes on; Refusal ``storage.exists`` when the target is there."""
        with self._consistent() as (connection, _):
            copies.backup(connection, Path(target), progress or Progress())

    def vacuum_copy(self, target: Path) -> None:
        """A compact copy for other libraries, which must never touch the live file."""
        with self._readers.connection() as connection:
            copies.vacuum_copy(connection, Path(target))

    def verify(self, progress: Progress | None = None, *, quick: bool = False) -> list[Problem]:
        """Look for damage; once some is found, this store writes no more. ``quick``: pages and spatial indexes only."""
        try:
            with self._consistent() as (connection, _):
                problems = health.verify(connection, self.catalogue, progress or Progress(), quick=quick)
        except Refusal as refusal:
            if refusal.code != "storage.damaged":
                raise
            problems = [Problem(health.DAMAGE, {"reason": refusal.arguments["reason"]})]
        for problem in problems:
            if problem.code == health.DAMAGE:
                self._note_damage(problem.args["reason"])
        return problems

    def repair_index(self, cls: str) -> None:
        """Make the indexes of a class anew from its rows, the spatial one too."""
        kind = self.catalogue[cls]
        with self._writing() as connection:
            connection.execute(f"REINDEX {schema.quoted(kind.name)}")
            if kind.spatial:
                spatial_index.rebuild(connection, kind.name)

    def repair_search(self) -> None:
        """Make the search index anew from the rows."""
        with self._writing() as connection:
            search_index.rebuild(connection, self.catalogue)

    @property
    def damaged(self) -> bool:
        """Whether damage was found: the file is then never written again."""
        return bool(self._damaged)

    # -- inside --------------------------------------------------------------------------------------------------

    @contextmanager
    def _consistent(self) -> Iterator[tuple[apsw.Connection, int]]:
        self._quiet.wait()
        with self._readers.connection() as connection, refusing(self.path, self._note_damage):
            connection.execute("BEGIN")
            yield connection, _stored_version(connection)  # reading the version begins the snapshot

    @contextmanager
    def _writing(self) -> Iterator[apsw.Connection]:
        with self._lock:
            connection = self._connection()
            with refusing(self.path, self._note_damage), _transaction(connection):
                yield connection

    def _connection(self) -> apsw.Connection:
        if self._writer is None:
            raise Refusal("storage.opened_readonly", file=str(self.path))
        if self._damaged:
            raise Refusal("storage.damaged", file=str(self.path), reason=self._damaged)
        return self._writer

    def _switch(self, author: str, *, redo: bool) -> Written:
        with self._writing() as connection:
            entry = journal.redoable(connection) if redo else journal.undoable(connection)
            if entry is None:
                raise Refusal("storage.nothing_to_redo" if redo else "storage.nothing_to_undo")
            if not migrations.still_applies(entry.schema_version):
                raise Refusal("storage.old_change", seq=entry.seq, found=entry.schema_version)
            changeset = journal.changeset_of(connection, entry.seq)
            if not redo:
                changeset = apsw.Changeset.invert(changeset)
            effects = journal.effects(connection, self.catalogue, changeset)
            box = writing.boxes_of(connection, self.catalogue, effects.touched)
            with spatial_index.suspended(connection, effects.reshaped):
                journal.apply(connection, changeset)
            journal.switch(connection, entry.seq, journal.IN_FORCE if redo else journal.UNDONE, author)
            return self._follow_up(connection, entry.seq, entry.label, entry.label_args, effects, box)

    def _follow_up(
        self,
        connection: apsw.Connection,
        seq: int,
        label: str,
        label_args: dict[str, Any],
        effects: Effects,
        box_before: BBox | None,
    ) -> Written:
        """What every write does at its end, still in its transaction; commits it."""
        search_index.update(connection, self.catalogue, effects.retold)
        box = spatial_index.union(box_before, writing.boxes_of(connection, self.catalogue, effects.touched))
        version = _count_write(connection, effects.touched)
        connection.execute("COMMIT")
        self._version = version
        return Written(seq, label, label_args, effects.touched, box, version)

    def _count_foreign_write(self, stored: int) -> int:
        """A program that knows nothing of our counter has written: count it for all classes."""
        if self._writer is None or self._damaged:
            return stored + 1
        with _transaction(self._writer):
            return _count_write(self._writer, [cls.name for cls in self.catalogue])

    def _note_damage(self, reason: str = "") -> None:
        self._damaged = self._damaged or reason or "?"


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


@contextmanager
def _transaction(connection: apsw.Connection) -> Iterator[None]:
    """Commits at the end unless the block has ended the transaction itself; rolls back on any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        if connection.in_transaction:
            connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check_version(path: Path, found: int) -> None:
    if found > schema.SCHEMA_VERSION:
        raise Refusal("storage.newer_version", file=str(path), found=found, known=schema.SCHEMA_VERSION)


def _check_current(connection: apsw.Connection, path: Path, catalogue: Catalogue) -> None:
    if migrations.file_version(connection) < schema.SCHEMA_VERSION or schema.missing(connection, catalogue):
        raise Refusal("storage.needs_upgrade", file=str(path))


def _meta(connection: apsw.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT key, value FROM meta"))


def _stored_version(connection: apsw.Connection) -> int:
    found: Any = connection.execute("SELECT version FROM version WHERE class = ''").fetchall()
    return int(found[0][0])


def _count_write(connection: apsw.Connection, classes: Iterable[str]) -> int:
    connection.execute("UPDATE version SET version = version + 1 WHERE class = ''")
    version = _stored_version(connection)
    connection.executemany("INSERT OR REPLACE INTO version VALUES (?, ?)", ((cls, version) for cls in classes))
    return version


def _set_aside_orphans(path: Path) -> None:
    """Rename the log of a database that is gone: SQLite would play it into the new one."""
    for suffix in ("-wal", "-journal"):
        orphan = path.with_name(path.name + suffix)
        if orphan.exists():
            orphan.rename(orphan.with_name(orphan.name + ".orphan"))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
