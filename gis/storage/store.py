"""One project file: the handle through which everything is read, written, undone, copied and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, RLock, get_ident
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.editing.intents import Plan
from gis.errors import Fault, Refusal
from gis.geometry.columns import BBox, Columns
from gis.progress import Progress
from gis.storage import (
    bulk,
    copies,
    documents,
    engine,
    health,
    journal,
    migrations,
    recording,
    runs,
    schema,
    search_index,
    spatial_index,
    styles,
    versions,
)
from gis.storage import writer as writing
from gis.storage.engine import transaction
from gis.storage.failures import refusing
from gis.storage.health import Problem
from gis.storage.journal import Effects, JournalEntry, Narrowed, RowChange
from gis.storage.opening import Opened, create_file, open_file
from gis.storage.readers import Readers
from gis.storage.recording import Recorded, Recorder
from gis.storage.snapshots import Snapshot
from gis.storage.versions import count_write, stored_version


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

    def __init__(self, path: Path, catalogue: Catalogue, opened: Opened) -> None:
        writer = opened.writer
        self.path = path
        self.catalogue = catalogue
        self.srid = opened.srid
        self.migrated = opened.migrated  # the backup made before a migration at opening
        self.readonly = writer is None
        self.schema_version = schema.SCHEMA_VERSION
        self._writer = writer
        self._lock = RLock()
        self._readers = Readers(path, readonly=self.readonly)
        self._watch = writer if writer is not None else engine.connect_reader(path, readonly=True)
        self._damaged = ""
        self._closed = False
        self._identity = _identity(path)
        self._quiet = Event()  # cleared while a bulk load has the file to itself
        self._quiet.set()
        self._loader = 0  # the thread that does so
        self._mark = self._news_mark()
        self._version = stored_version(self._watch)

    # -- opening and closing -------------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, catalogue: Catalogue, crs: str = "EPSG:4549", name: str = "") -> Store:
        """A new, empty project, open for writing; it appears at ``path`` only when it is whole.

        Raises Refusal ``storage.exists``, ``no_folder``, ``crs``, ``readonly``, ``full``.
        """
        path = Path(path)
        create_file(path, catalogue, crs, name)
        return cls.open(path, catalogue)

    @classmethod
    def open(cls, path: Path, catalogue: Catalogue, *, readonly: bool = False) -> Store:
        """An existing project. An older layout is migrated after a backup; what the catalogue has gained is added.

        Raises Refusal ``storage.missing``, ``not_database``, ``not_project``, ``truncated``, ``newer_version``,
        ``readonly``, ``needs_upgrade`` (older, and opened read-only), ``migration``, ``locked``, ``damaged``.
        """
        path = Path(path)
        return cls(path, catalogue, open_file(path, catalogue, readonly=readonly))

    def close(self) -> None:
        """Close every connection; the log is folded into the file. Closing twice is allowed."""
        with self._lock:
            self._closed = True
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
            return versions.class_versions(connection)

    def poll_outside(self) -> bool:
        """Whether another process has written since the last call; cheap, never waits for a write of our own."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            if self._closed:
                return False
            mark = self._news_mark()
            if mark == self._mark:
                return False
            self._mark = mark
            with refusing(self.path, self._note_damage):
                stored = stored_version(self._watch)
                if stored == self._version:
                    stored = self._count_foreign_write(stored)
            self._version = stored
            return True
        finally:
            self._lock.release()

    def meta(self) -> dict[str, str]:
        """The project's own settings (name, srid, …)."""
        with self._consistent() as (connection, _):
            return dict(connection.execute("SELECT key, value FROM meta"))

    def undoable(self) -> JournalEntry | None:
        """The entry that undo would undo."""
        with self._consistent() as (connection, _):
            return journal.undoable(connection)

    def redoable(self) -> JournalEntry | None:
        """The entry that redo would redo."""
        with self._consistent() as (connection, _):
            return journal.redoable(connection)

    def journal_entries(self, limit: int = 200, narrowed: Narrowed | None = None) -> list[JournalEntry]:
        """Entries of the journal, newest first; only those that are wanted."""
        with self._consistent() as (connection, _):
            return journal.entries(connection, limit, narrowed)

    def journal_entry(self, seq: int) -> JournalEntry:
        """One entry; Refusal ``storage.no_entry``."""
        with self._consistent() as (connection, _):
            return journal.entry(connection, seq)

    def authors(self) -> list[str]:
        """Everyone who has edited."""
        with self._consistent() as (connection, _):
            return journal.authors(connection)

    def steps_to(self, seq: int) -> int:
        """Steps from now to the state just after an entry; see `gis.storage.journal.steps_to`."""
        with self._consistent() as (connection, _):
            return journal.steps_to(connection, seq)

    def changes_of(self, seq: int, cls: str | None = None, id: int | None = None) -> Iterator[RowChange]:
        """What an entry did, row by row, or to one row; Refusal ``storage.no_entry``."""
        with self._consistent() as (connection, _):
            yield from journal.changes_of(connection, seq, cls, id)

    def places_of(self, entry: JournalEntry) -> Iterator[tuple[str, int, list[BBox]]]:
        """For each row that an entry touched its class, its id and the boxes around its old and new geometry."""
        with self._consistent() as (connection, _):
            yield from journal.places_of(connection, self.catalogue, entry)

    # -- writing -------------------------------------------------------------------------------------------------

    def write(self, plan: Plan, *, author: str, progress: Progress | None = None) -> Written:
        """Carry out a plan: one transaction, one changeset, one entry in the journal.

        Raises Refusal ``storage.gone``, ``storage.duplicate``, ``storage.reference``, ``storage.geometry``.
        """
        progress = progress or Progress()
        total = writing.size_of(plan)
        with self._writing() as connection:
            box = writing.boxes_of(connection, self.catalogue, writing.named_ids(plan))
            with spatial_index.suspended(connection, writing.geometries_in(plan, self.catalogue)):
                made = recording.record(
                    connection, self.catalogue, self.srid, plan, author,
                    lambda done: progress.step(done, total, "storage.loading"),
                )  # fmt: skip
                progress.step(0, 0, "storage.indexing")
            return self._journaled(connection, made, plan.label, plan.label_args, author, box, progress)

    def write_many(
        self,
        plans: Callable[[Snapshot], Iterable[Plan]],
        *,
        label: str,
        label_args: Mapping[str, Any],
        author: str,
        expected: Mapping[str, int],
        progress: Progress | None = None,
    ) -> Written:
        """Carry out plans made one after the other, each in sight of what the earlier ones wrote, as one edit.

        For an edit too large to be held in memory. ``plans`` is called with a look at the file inside the transaction;
        ``expected``: about how many rows of each class will be written. Raises as `write`; whatever ``plans`` raises
        undoes everything.
        """
        progress = progress or Progress()
        total = sum(expected.values())
        with self._writing() as connection:
            recorder = Recorder(
                connection, self.catalogue, self.srid, author,
                lambda done: progress.step(done, max(total, done), "storage.loading"),
            )  # fmt: skip
            box = None
            shaped = {cls: count for cls, count in expected.items() if self.catalogue[cls].spatial}
            with spatial_index.suspended(connection, shaped):
                for plan in plans(Snapshot(connection, self.catalogue, self.srid, self._version)):
                    named = writing.boxes_of(connection, self.catalogue, writing.named_ids(plan))
                    box = spatial_index.union(box, named)
                    recorder.write(plan.steps)
                made = recorder.finish()
                progress.step(0, 0, "storage.indexing")
            return self._journaled(connection, made, label, label_args, author, box, progress)

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
            self._loader = get_ident()
            self._readers.drain()
            try:
                bulk.without_log(writer)
                with bulk.unchecked(writer), self._writing() as connection:
                    if journal.entries(connection, 1):
                        raise Fault("load_bulk into a file that has edits already")
                    loaded = bulk.fill(connection, self.catalogue, self.srid, columns, progress or Progress())
                    version = count_write(connection, loaded)
                self._version = version
            finally:
                with refusing(self.path):
                    bulk.with_log(writer, self.path)
                self._loader = 0
                self._quiet.set()

    def set_meta(self, key: str, value: str) -> None:
        """Keep a setting of the project; not part of the journal."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def documents(self, kind: str) -> dict[str, Any]:
        """The documents of a kind (see ``gis.storage.documents``) by name."""
        with self._consistent() as (connection, _):
            return documents.listed(connection, kind)

    def put_document(self, kind: str, name: str, body: Any) -> None:
        """Keep a JSON value under a kind and name."""
        with self._writing() as connection:
            documents.put(connection, kind, name, body)

    def remove_document(self, kind: str, name: str) -> None:
        """Forget a document."""
        with self._writing() as connection:
            documents.remove(connection, kind, name)

    def put_layer_style(self, cls: str, qml: str | None) -> None:
        """Make a QML document the style in which QGIS opens a class; None: the catalogue's."""
        with self._writing() as connection:
            styles.write_saved(connection, self.catalogue[cls], qml)

    def save_run(self, run: Mapping[str, Any]) -> int:
        """Keep the record of an analysis (the columns of table ``run`` but its id); returns the id. Not journaled."""
        with self._writing() as connection:
            return runs.save(connection, run)

    def update_run(self, id: int, **values: Any) -> None:
        """Set columns of a run's record, such as ``files`` once they lie under its id."""
        with self._writing() as connection:
            runs.update(connection, id, values)

    def delete_run(self, id: int) -> None:
        """Forget a run's record."""
        with self._writing() as connection:
            runs.delete(connection, id)

    def runs(self, id: int | None = None) -> list[dict[str, Any]]:
        """The records of analyses, newest first, or the one of that id."""
        with self._consistent() as (connection, _):
            return runs.listed(connection, id)

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
        if self._loader == get_ident():
            raise Fault("load_bulk has the file to itself: its source cannot read from the same store")
        self._quiet.wait()
        with self._readers.connection() as connection, refusing(self.path, self._note_damage):
            connection.execute("BEGIN")
            yield connection, stored_version(connection)  # reading the version begins the snapshot

    @contextmanager
    def _writing(self) -> Iterator[apsw.Connection]:
        with self._lock:
            connection = self._connection()
            with refusing(self.path, self._note_damage), transaction(connection):
                yield connection

    def _connection(self) -> apsw.Connection:
        if self._writer is None:
            raise Refusal("storage.opened_readonly", file=str(self.path))
        if self._damaged:
            raise Refusal("storage.damaged", file=str(self.path), reason=self._damaged)
        if self._closed:
            raise Refusal("storage.closed", file=str(self.path))
        # Moved, deleted or replaced while open: SQLite would go on writing where nobody will find it.
        if _identity(self.path) != self._identity:
            raise Refusal("storage.moved", file=str(self.path))
        return self._writer

    def _switch(self, author: str, *, redo: bool) -> Written:
        with self._writing() as connection:
            entry = journal.redoable(connection) if redo else journal.undoable(connection)
            if entry is None:
                raise Refusal("storage.nothing_to_redo" if redo else "storage.nothing_to_undo")
            if not migrations.still_applies(entry.schema_version):
                raise Refusal("storage.old_change", seq=entry.seq, found=entry.schema_version)
            effects = journal.effects_of(connection, self.catalogue, entry.seq)
            box = writing.boxes_of(connection, self.catalogue, effects.touched)
            with spatial_index.suspended(connection, effects.reshaped):
                journal.apply(connection, entry.seq, inverted=not redo)
            journal.switch(connection, entry.seq, journal.IN_FORCE if redo else journal.UNDONE, author)
            return self._follow_up(connection, entry.seq, entry.label, entry.label_args, effects, box)

    def _journaled(
        self,
        connection: apsw.Connection,
        made: Recorded,
        label: str,
        label_args: Mapping[str, Any],
        author: str,
        box_before: BBox | None,
        progress: Progress,
    ) -> Written:
        """The entry of what was written, and what every write does at its end; no entry where nothing differed."""
        if made.packing.empty:
            connection.execute("ROLLBACK")
            return Written(None, label, dict(label_args), {}, None, self._version)
        seq = journal.append(
            connection, made.packing, made.effects.touched, author=author, label=label, label_args=label_args
        )
        return self._follow_up(connection, seq, label, dict(label_args), made.effects, box_before, progress, made.fresh)

    def _follow_up(
        self,
        connection: apsw.Connection,
        seq: int,
        label: str,
        label_args: dict[str, Any],
        effects: Effects,
        box_before: BBox | None,
        progress: Progress | None = None,
        fresh: frozenset[str] = frozenset(),
    ) -> Written:
        """What every write does at its end, still in its transaction; commits it. ``fresh``: classes that only gained
        rows."""
        search_index.update(connection, self.catalogue, effects.retold, progress, fresh)
        box = spatial_index.union(box_before, writing.boxes_of(connection, self.catalogue, effects.touched))
        version = count_write(connection, effects.touched)
        journal.commit(connection)
        self._version = version
        return Written(seq, label, label_args, effects.touched, box, version)

    def _news_mark(self) -> object:
        """A value that changes when another connection commits, and not when the writer does."""
        if self._writer is not None:
            return self._writer.pragma("data_version")
        # A read-only connection that may not share the log's index sees a new data_version at every look.
        return [_touched(self.path.with_name(self.path.name + suffix)) for suffix in ("", "-wal")]

    def _count_foreign_write(self, stored: int) -> int:
        """A program that knows nothing of our counter has written: count it for all classes."""
        if self._writer is None or self._damaged:
            return stored + 1
        with transaction(self._writer):
            return count_write(self._writer, [cls.name for cls in self.catalogue])

    def _note_damage(self, reason: str) -> None:
        self._damaged = self._damaged or reason or "?"


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells this file from another of the same name; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _touched(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
