"""Carries a plan out while the session extension records it: one changeset, made in one go or in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import apsw
import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.editing.intents import Change, Plan, Step
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
    """The changeset of what was written, and what it did; ``packing.empty`` where nothing differed."""

    packing: Packing
    effects: Effects


def record(
    connection: apsw.Connection, catalogue: Catalogue, srid: int, plan: Plan, author: str, report: Report
) -> Recorded:
    """Write every step in order, with stamps, inside the caller's transaction.

    Raises Refusal ``storage.gone`` when a row to change or remove is not there any more.
    """
    stamps = (writer.now(), author)
    if writer.size_of(plan) >= PIECEWISE_FROM and each_row_once(plan):
        return _in_pieces(connection, catalogue, srid, plan.steps, stamps, report)
    session = _session(connection, writer.classes_of(plan))
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


def each_row_once(plan: Plan) -> bool:
    """Whether no row is written twice and the steps of each class follow one another: then the changesets of parts of
    the plan, one after another, are the changeset of the whole."""
    rows = [writer.rows_of(step) for step in plan.steps]
    runs = [cls for cls, _ in groupby(cls for cls, _ in rows)]
    if len(set(runs)) < len(runs):
        return False
    for name in runs:
        ids = np.concatenate([np.asarray(ids, np.int64) for cls, ids in rows if cls == name])
        if len(np.unique(ids)) < len(ids):
            return False
    return True


def _in_pieces(
    connection: apsw.Connection,
    catalogue: Catalogue,
    srid: int,
    steps: Sequence[Step],
    stamps: Sequence[str],
    report: Report,
) -> Recorded:
    made = Packing()
    parts: list[Effects] = []
    done = 0
    for step in steps:
        cls, _ = writer.rows_of(step)
        spatial = catalogue[cls].spatial
        written = writer.carry_out(connection, catalogue, srid, step, stamps)
        for ids, changeset in _recorded(connection, cls, written):
            made.add(changeset)
            if isinstance(step, Change):  # a row that has the new values already is left alone: only the record knows
                parts.append(journal.effects(connection, catalogue, changeset))
            else:
                parts.append(Effects({cls: ids}, {cls: ids}, {cls: len(ids) if spatial else 0}))
            done += len(ids)
            report(done)
    made.finish()
    return Recorded(made, _joined(parts))


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
