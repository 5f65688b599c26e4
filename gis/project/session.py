"""The one door to an open project for the window and the command: read, edit, undo, ask for history, be told."""

from __future__ import annotations

import dataclasses
import getpass
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyproj
from numpy.typing import NDArray

from gis.catalogue import Catalogue, load_catalogue
from gis.editing import Insert, Intent, Plan, plan
from gis.errors import Refusal
from gis.geometry.columns import BBox, Columns, Shapes
from gis.progress import Progress
from gis.project.drawing import DrawingReader
from gis.project.events import Announcer, Changed, Listener, Origin
from gis.project.facts import SnapshotFacts, plausible_bounds
from gis.project.history import Entry, RowChange, decoded, entry_of
from gis.project.history_search import HistoryFilter, HistorySearch
from gis.project.runs import Run, is_stale
from gis.storage.health import Problem
from gis.storage.journal import Narrowed
from gis.storage.search_index import Hit
from gis.storage.snapshots import Snapshot
from gis.storage.store import Store, Written

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Done:
    """What an intent led to. ``seq`` is None when nothing differed; ``created``: class -> ids in the order given."""

    seq: int | None
    created: dict[str, list[int]] = field(default_factory=dict)
    changed: Changed = field(default_factory=Changed)


class Session:
    """An open project; thread-safe. Reads may run beside a write and each other; writes wait for each other.

    Every method may raise the Refusals of `gis.storage.store.Store`; a refused edit has changed nothing. Listeners are
    called in the writing thread, after the commit, in the order of the commits.
    """

    def __init__(self, store: Store, author: str | None = None) -> None:
        self._store = store
        self._announcer = Announcer()
        self._lock = RLock()
        self._problems: list[Problem] | None = None
        self.author = author or os_user()

    @staticmethod
    def open(
        path: Path | str, *, author: str | None = None, readonly: bool = False, catalogue: Catalogue | None = None
    ) -> Session:
        """An existing project; ``author`` (default: the user of the operating system) signs its edits."""
        return Session(Store.open(Path(path), catalogue or load_catalogue(), readonly=readonly), author)

    @staticmethod
    def create(
        path: Path | str,
        *,
        crs: str = "EPSG:4549",
        name: str = "",
        author: str | None = None,
        catalogue: Catalogue | None = None,
    ) -> Session:
        """A new, empty project; a file that is there is never overwritten."""
        return Session(Store.create(Path(path), catalogue or load_catalogue(), crs, name), author)

    def close(self) -> None:
        """Close the file; a write that is under way ends first. Closing twice is allowed."""
        with self._lock:
            self._store.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what it is ----------------------------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        """The project file."""
        return self._store.path

    @property
    def catalogue(self) -> Catalogue:
        """The feature classes."""
        return self._store.catalogue

    @property
    def srid(self) -> int:
        """The EPSG number of the project's CRS."""
        return self._store.srid

    @cached_property
    def crs(self) -> pyproj.CRS:
        """The project's CRS: projected, in metres."""
        return pyproj.CRS.from_epsg(self._store.srid)

    @cached_property
    def bounds(self) -> BBox:
        """Where coordinates of the CRS can sensibly lie; edits outside are refused."""
        return plausible_bounds(self.crs)

    @property
    def readonly(self) -> bool:
        """Whether edits are refused."""
        return self._store.readonly

    @property
    def version(self) -> int:
        """Grows with every write seen."""
        return self._store.version

    def info(self) -> dict[str, Any]:
        """path, name, crs, schema_version, healthy, classes {NAME: {count}}, extent, features: plain JSON.

        ``healthy`` is the verdict of the quick check, made once per session.
        """
        with self._store.reading() as snapshot:
            counts = snapshot.counts()
            extent = snapshot.extent()
        return {
            "path": str(self.path),
            "name": self._store.meta().get("name", ""),
            "crs": f"EPSG:{self.srid}",
            "schema_version": self._store.schema_version,
            "healthy": not (self.problems() or self._store.damaged),
            "classes": {name: {"count": count} for name, count in counts.items()},
            "extent": None if extent is None else [float(v) for v in extent],
            "features": sum(counts.values()),
        }

    # -- editing -------------------------------------------------------------------------------------------------

    def perform(self, intent: Intent, progress: Progress | None = None) -> Done:
        """Carry out a wish as one undo step, or refuse it (``edit.*``, ``catalogue.*``, ``storage.*``)."""
        with self._lock:
            if self.readonly:
                raise Refusal("storage.opened_readonly", file=str(self.path))
            with self._store.reading() as snapshot:
                made = plan(SnapshotFacts(snapshot, self.bounds), intent)
            if not made.steps:
                nothing = Changed(version=self.version, label=made.label, label_args=dict(made.label_args))
                return Done(None, {}, nothing)
            written = self._store.write(made, author=self.author, progress=progress)
            changed = _changed(written, "import" if made.label.startswith("import.") else "edit")
            if written.seq is not None:
                self._announcer.announce(changed)
            return Done(written.seq, _created(made), changed)

    def perform_many(
        self,
        label: str,
        label_args: Mapping[str, Any],
        intents: Iterable[Intent],
        expected: Mapping[str, int],
        progress: Progress | None = None,
    ) -> Done:
        """Carry out wishes one after the other as one undo step, each planned in sight of what the earlier ones wrote.

        For an import too large to be held in memory: ``intents`` may be made while it runs, in this thread, but may not
        ask this session to write. ``expected``: about how many rows of each class are written. ``created`` stays empty.
        Raises as `perform`; whatever is raised, and Cancelled, leaves the project as it was.
        """
        with self._lock:
            if self.readonly:
                raise Refusal("storage.opened_readonly", file=str(self.path))

            def plans(here: Snapshot) -> Iterator[Plan]:
                facts = SnapshotFacts(here, self.bounds)
                for intent in intents:
                    yield plan(facts, intent)

            written = self._store.write_many(
                plans, label=label, label_args=label_args, author=self.author, expected=expected, progress=progress
            )
            changed = _changed(written, "import" if label.startswith("import.") else "edit")
            if written.seq is not None:
                self._announcer.announce(changed)
            return Done(written.seq, {}, changed)

    def undo(self, n: int = 1, progress: Progress | None = None) -> list[int]:
        """Undo the newest ``n`` edits, fewer when there are fewer; the numbers of their entries.

        Raises Refusal ``storage.nothing_to_undo`` when there is none, ``storage.conflict`` when one does not fit;
        Cancelled between two edits: what was undone until then stays so.
        """
        return self._switch(n, "undo", progress)

    def redo(self, n: int = 1, progress: Progress | None = None) -> list[int]:
        """Do the ``n`` edits again that were undone last; as `undo`."""
        return self._switch(n, "redo", progress)

    def go_to(self, seq: int, progress: Progress | None = None) -> list[int]:
        """Undo or redo until the project is as it was just after an edit (0: before all); as `undo`.

        Raises Refusal ``storage.no_entry`` and, for an edit that was undone for good, ``storage.superseded``.
        """
        with self._lock:
            steps = self._store.steps_to(seq)
            if not steps:
                return []
            return self._switch(abs(steps), "undo" if steps > 0 else "redo", progress)

    def steps_to(self, seq: int) -> int:
        """How many edits `go_to` would undo (positive) or redo (negative)."""
        return self._store.steps_to(seq)

    def _switch(self, n: int, way: Literal["undo", "redo"], progress: Progress | None) -> list[int]:
        seqs: list[int] = []
        with self._lock:
            for done in range(n):
                if progress is not None:
                    progress.step(done, n, f"history.{way}")
                step = self._store.undo if way == "undo" else self._store.redo
                try:
                    written = step(author=self.author)
                except Refusal as refusal:
                    if seqs and refusal.code in ("storage.nothing_to_undo", "storage.nothing_to_redo"):
                        break
                    raise
                seqs.append(written.seq or 0)
                self._announcer.announce(_changed(written, way))
        return seqs

    @property
    def can_undo(self) -> Entry | None:
        """The edit that `undo` would undo."""
        found = None if self.readonly else self._store.undoable()
        return None if found is None else entry_of(found)

    @property
    def can_redo(self) -> Entry | None:
        """The edit that `redo` would do again."""
        found = None if self.readonly else self._store.redoable()
        return None if found is None else entry_of(found)

    # -- being told ----------------------------------------------------------------------------------------------

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Call back after each commit, in the thread that made it; the returned function ends that."""
        return self._announcer.subscribe(callback)

    def check_outside(self) -> bool:
        """Whether another process has changed the file since the last look; listeners are told. Cheap: poll it."""
        if not self._lock.acquire(blocking=False):
            return False  # a write of our own is under way; the next look sees the rest
        try:
            if not self._store.poll_outside():
                return False
            self._announce_whole(tuple(cls.name for cls in self.catalogue), "outside")
            return True
        finally:
            self._lock.release()

    # -- history -------------------------------------------------------------------------------------------------

    def history(
        self, *, cls: str | None = None, id: int | None = None, limit: int = 200, before: int | None = None
    ) -> list[Entry]:
        """Edits, newest first, with a number below ``before``; only those of a class or one feature when given."""
        return [entry_of(entry) for entry in self._store.journal_entries(limit, Narrowed(cls, id, before))]

    def search_history(self, wanted: HistoryFilter) -> HistorySearch:
        """The edits that meet a question, to be asked for page by page."""
        return HistorySearch(self._store, wanted)

    def authors(self) -> list[str]:
        """Everyone who has edited the project."""
        return self._store.authors()

    def entry(self, seq: int) -> Entry:
        """One edit; Refusal ``storage.no_entry``."""
        return entry_of(self._store.journal_entry(seq))

    def entry_details(
        self, seq: int, limit: int | None = None, *, cls: str | None = None, id: int | None = None
    ) -> list[RowChange]:
        """What an edit did to each row (to the first ``limit`` ones), with old and new values; with ``id`` to that one.

        Raises Refusal ``storage.no_entry``. A row takes about 20 µs; one of 100,000 is found in about 0.1 s.
        """
        return decoded(self.catalogue, islice(self._store.changes_of(seq, cls, id), limit))

    # -- reading: each opens a snapshot of its own ---------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """One consistent look at the file for several questions; for one thread, within the ``with`` block."""
        with self._store.reading() as snapshot:
            yield snapshot

    def count(self, cls: str) -> int:
        """How many rows a class has."""
        with self._store.reading() as snapshot:
            return snapshot.count(cls)

    def counts(self) -> dict[str, int]:
        """How many rows each class has."""
        with self._store.reading() as snapshot:
            return snapshot.counts()

    def columns(self, cls: str, fields: Sequence[str] | None = None, **narrowed: Any) -> Columns:
        """Rows column by column; ``narrowed`` as `Snapshot.columns`: bbox, ids, where, params, geometry, limit."""
        with self._store.reading() as snapshot:
            return snapshot.columns(cls, fields, **narrowed)

    def shapes(self, cls: str, **narrowed: Any) -> Shapes:
        """Geometries as flat arrays; ``narrowed`` as `Snapshot.shapes`: bbox, ids."""
        with self._store.reading() as snapshot:
            return snapshot.shapes(cls, **narrowed)

    def frame(self, cls: str, fields: Sequence[str] | None = None, **narrowed: Any) -> gpd.GeoDataFrame | pd.DataFrame:
        """Rows as a GeoDataFrame with its CRS, or a DataFrame for a table; ``narrowed`` as `columns`."""
        with self._store.reading() as snapshot:
            return snapshot.frame(cls, fields, **narrowed)

    def row(self, cls: str, id: int) -> dict[str, Any] | None:
        """All of one feature, or None when there is no such row."""
        with self._store.reading() as snapshot:
            return snapshot.row(cls, id)

    def ids_in(self, cls: str, bbox: BBox) -> NDArray[np.int64]:
        """The ids of features whose bounding box meets ``bbox``."""
        with self._store.reading() as snapshot:
            return snapshot.ids_in(cls, bbox)

    def ids(
        self, cls: str, where: str | None = None, params: Sequence[Any] = (), order: str | None = None
    ) -> NDArray[np.int64]:
        """The ids of rows that meet ``where``, in the order of ``order``: trusted SQL, both."""
        with self._store.reading() as snapshot:
            return snapshot.ids(cls, where, params, order)

    def matching(self, cls: str, where: str, ids: Any = None) -> NDArray[np.int64]:
        """The ids, rising, of the features (of ``ids``) that meet a filter expression; Refusal ``query.*``."""
        with self._store.reading() as snapshot:
            return DrawingReader(snapshot, self.catalogue).matching(cls, where, ids)

    def extent(self, cls: str | None = None) -> BBox | None:
        """The bounds of a class, or of everything; None when empty."""
        with self._store.reading() as snapshot:
            return snapshot.extent(cls)

    def search(self, text: str, limit: int = 50) -> list[Hit]:
        """Features whose code, name, address or remark holds what the user typed, best first."""
        with self._store.reading() as snapshot:
            return snapshot.search(text, limit)

    def sql(
        self, text: str, params: Sequence[Any] = (), limit: int = 10_000, time_limit_s: float = 30.0
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """A user's SELECT: column names and rows. Anything that writes is refused."""
        with self._store.reading() as snapshot:
            return snapshot.sql(text, params, limit, time_limit_s)

    # -- health and copies ---------------------------------------------------------------------------------------

    def verify(self, progress: Progress | None = None) -> list[Problem]:
        """Everything that is wrong with the file; empty when it is sound. Nothing is changed."""
        return self._store.verify(progress)

    def problems(self, progress: Progress | None = None) -> list[Problem]:
        """What the quick check (pages and spatial indexes) finds; made once per session, then remembered."""
        if self._problems is None:
            self._problems = self._store.verify(progress, quick=True)
        return self._problems

    def mend(self, progress: Progress | None = None) -> list[Problem]:
        """The check for the background after opening: damaged indexes are made anew, what is left is returned.

        A damaged file is never written to again; only its problems are told.
        """
        found = self.problems(progress)
        mendable = [
            p.args["cls"] for p in found if p.code in ("storage.problem_spatial_index", "storage.problem_index")
        ]
        classes = tuple(dict.fromkeys(name for name in mendable if name in self.catalogue))
        if not classes or self.readonly or self._store.damaged:
            return found
        with self._lock:
            for cls in classes:
                self._store.repair_index(cls)
            self._problems = self._store.verify(progress, quick=True)
            self._announce_whole(classes, "rebuilt")
        return self._problems

    def backup(self, target: Path | str, progress: Progress | None = None) -> None:
        """A whole copy while work goes on; Refusal ``storage.exists`` when the target is there."""
        self._store.backup(Path(target), progress)

    def copy_for_others(self, target: Path | str) -> None:
        """A compact copy for other libraries, which must never touch the live file."""
        self._store.vacuum_copy(Path(target))

    # -- documents, runs and attachments -----------------------------------------------------------------------

    def documents(self, kind: str) -> dict[str, Any]:
        """What the user has arranged ("style", "bookmark", "basemap" …), JSON values by name; not part of history."""
        return self._store.documents(kind)

    def put_document(self, kind: str, name: str, body: Any) -> None:
        """Keep a JSON value under a kind and name, replacing an older one. Refused where the file is read-only."""
        self._store.put_document(kind, name, body)

    def remove_document(self, kind: str, name: str) -> None:
        """Forget a document; one that is not there is no error."""
        self._store.remove_document(kind, name)

    def put_layer_style(self, cls: str, qml: str | None) -> None:
        """Make a QML document the style in which QGIS opens a class; None: the catalogue's."""
        self._store.put_layer_style(cls, qml)

    def save_run(self, run: Run) -> int:
        """Keep the record of an analysis, or write that of a saved one again; its id."""
        record = dataclasses.asdict(run)
        known = record.pop("id")
        if known is None:
            return self._store.save_run(record)
        self.run(known)
        self._store.update_run(known, **record)
        return int(known)

    def runs(self) -> list[Run]:
        """The recorded analyses, newest first."""
        return [Run(**record) for record in self._store.runs()]

    def run(self, id: int) -> Run:
        """One recorded analysis; Refusal ``project.no_run``."""
        for record in self._store.runs(id):
            return Run(**record)
        raise Refusal("project.no_run", id=id)

    def is_stale(self, run: Run) -> bool:
        """Whether what the run has read was edited since."""
        return is_stale(run, self._store.class_versions())

    def attachments_folder(self) -> Path:
        """``<project>.files/`` beside the file, made when it is missing unless the project is open read-only.

        Raises Refusal ``project.no_attachments``.
        """
        folder = self.path.with_name(self.path.name + ".files")
        try:
            if not self.readonly:
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise Refusal("project.no_attachments", folder=str(folder), reason=str(error)) from error
        return folder

    # -- inside --------------------------------------------------------------------------------------------------

    def _announce_whole(self, classes: tuple[str, ...], origin: Origin) -> None:
        label = f"project.{origin}"
        self._announcer.announce(Changed(classes, {}, None, self.version, origin, label, {}))


def os_user() -> str:
    """The name of the operating system's user; "unknown" where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without an entry, in a container
        return "unknown"


def _changed(written: Written, origin: Origin) -> Changed:
    return Changed(
        tuple(written.touched), written.touched, written.bbox, written.version, origin, written.label,
        written.label_args,
    )  # fmt: skip


def _created(made: Plan) -> dict[str, list[int]]:
    created: dict[str, list[int]] = {}
    for step in made.steps:
        if isinstance(step, Insert):
            created.setdefault(step.columns.cls, []).extend(step.columns.ids.tolist())
    return created
