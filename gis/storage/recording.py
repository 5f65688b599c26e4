"""Carries a plan out while the session extension records it: one changeset, made in one go or in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.editing.intents import Change, Insert, Plan, Step
from gis.storage import journal, packing, writer
from gis.storage.journal import Effects
from gis.storage.packing import Packing

#: From so many rows on a plan is recorded in pieces. A session keeps some hundred bytes for every row it has seen and
#: reads all rows again at its end, by then from all over the file.
PIECEWISE_FROM = 20_000
_PIECE = 25_000

Report = Callable[[int], None]  # called with the number of rows done


@dataclass(frozen=True, slots=True)
class Recorded:
    """The changeset of what was written, and what it did; ``packing.empty`` where nothing differed.

    ``fresh``: classes of which only new rows were written.
    """

    packing: Packing
    effects: Effects
    fresh: frozenset[str] = frozenset()


def record(
    connection: apsw.Connection, catalogue: Catalogue, srid: int, plan: Plan, author: str, report: Report
) -> Recorded:
    """Write every step in order, with stamps, inside the caller's transaction.

    Raises Refusal ``storage.gone`` when a row to change or remove is not there any more.
    """
    if writer.size_of(plan) >= PIECEWISE_FROM:
        recorder = Recorder(connection, catalogue, srid, author, report)
        recorder.write(plan.steps)
        return recorder.finish()
    session = _session(connection, writer.classes_of(plan))
    stamps = (writer.now(), author)
    done = 0
    try:
        for step in plan.steps:
            for ids in writer.carry_out(connection, catalogue, srid, step, stamps):
                done += len(ids)
                report(done)
        changeset = packing.recorded(session)
    finally:
        session.close()
    made = Packing()
    made.take(changeset)
    made.finish()
    return Recorded(made, journal.effects(connection, catalogue, changeset))


class Recorder:
    """Writes steps as they come, in bounded memory, inside the caller's transaction.

    The changesets of the pieces, one after another, are the changeset of the whole where no row is written twice and
    the steps of each class follow one another; else `finish` brings them together.
    """

    def __init__(
        self, connection: apsw.Connection, catalogue: Catalogue, srid: int, author: str, report: Report
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._srid = srid
        self._stamps = (writer.now(), author)
        self._report = report
        self._made = Packing()
        self._parts: list[Effects] = []
        self._written: dict[str, list[NDArray[np.int64]]] = {}
        self._old: set[str] = set()
        self._last = ""
        self._scattered = False
        self._done = 0

    def write(self, steps: Iterable[Step]) -> None:
        """Write more steps. Raises Refusal ``storage.gone``."""
        for step in steps:
            cls, _ = writer.rows_of(step)
            self._scattered |= cls != self._last and cls in self._written
            self._last = cls
            if not isinstance(step, Insert):
                self._old.add(cls)
            spatial = self._catalogue[cls].spatial
            written = writer.carry_out(self._connection, self._catalogue, self._srid, step, self._stamps)
            for ids, changeset in _recorded(self._connection, cls, written):
                self._written.setdefault(cls, []).append(ids)
                self._made.add(changeset)
                if isinstance(step, Change):  # a row that has the values already is left alone: the record knows
                    self._parts.append(journal.effects(self._connection, self._catalogue, changeset))
                else:
                    self._parts.append(Effects({cls: ids}, {cls: ids}, {cls: len(ids) if spatial else 0}))
                self._done += len(ids)
                self._report(self._done)

    def finish(self) -> Recorded:
        """The changeset of all that was written."""
        self._made.finish()
        if not self._scattered and not any(map(_repeated, self._written.values())):
            return Recorded(self._made, _joined(self._parts), frozenset(self._written) - self._old)
        # In memory, as one session would be: rows that change twice are few, or the edit is no import.
        group: Any = apsw.ChangesetBuilder()  # type: ignore[no-untyped-call]
        group.add(self._made.source())
        merged = Packing()
        group.output_stream(merged.take)
        group.close()
        merged.finish()
        return Recorded(merged, journal.effects(self._connection, self._catalogue, merged.source()))


def _repeated(pieces: list[NDArray[np.int64]]) -> bool:
    ids = np.concatenate(pieces)
    return len(np.unique(ids)) < len(ids)


def _recorded(
    connection: apsw.Connection, cls: str, written: Iterator[NDArray[np.int64]]
) -> Iterator[tuple[NDArray[np.int64], bytes]]:
    """The ids of so many rows as a piece holds, and their changeset."""
    going = True
    while going:
        session = _session(connection, [cls])
        try:
            pieces: list[NDArray[np.int64]] = []
            while sum(map(len, pieces)) < _PIECE:
                ids = next(written, None)
                if ids is None:
                    going = False
                    break
                pieces.append(ids)
            changeset = packing.recorded(session)
        finally:
            session.close()
        if pieces:
            yield np.concatenate(pieces), changeset


def _session(connection: apsw.Connection, classes: Sequence[str]) -> apsw.Session:
    # By name: attaching all would record the R*Tree's shadow tables, and undo would corrupt the index.
    session = apsw.Session(connection, "main")
    for cls in classes:
        session.attach(cls)
    return session


def _joined(parts: Sequence[Effects]) -> Effects:
    def together(each: Sequence[dict[str, NDArray[np.int64]]]) -> dict[str, NDArray[np.int64]]:
        found: dict[str, list[NDArray[np.int64]]] = {}
        for one in each:
            for cls, ids in one.items():
                found.setdefault(cls, []).append(ids)
        return {cls: np.sort(np.concatenate(some)) for cls, some in found.items()}

    reshaped: dict[str, int] = {}
    for part in parts:
        for cls, count in part.reshaped.items():
            reshaped[cls] = reshaped.get(cls, 0) + count
    return Effects(together([p.touched for p in parts]), together([p.retold for p in parts]), reshaped)
