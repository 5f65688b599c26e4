"""Edits, undo and imports at 100,000 features, as a user waits for them; the peer is a plain apsw UPDATE and commit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

import apsw
import numpy as np
import shapely

from gis.editing import Batch, Create, Delete, Load, Move, Update
from gis.geometry.columns import Columns
from gis.project import Session
from tests.bench import Report, best, city_copy, median

FEATURES = 100_000
IMPORTED = 100_000
EDITS = 101


def run(report: Report) -> None:
    """Measure on a copy of the sample city, on the disk of the temporary folder; every edit is really committed."""
    with tempfile.TemporaryDirectory() as folder:
        path = city_copy(FEATURES, Path(folder))
        peer = _plain_update(path)
        with Session.open(path, author="bench") as session:
            _one_row(report, session, peer)
            _import(report, session)


def _one_row(report: Report, session: Session, peer: float) -> None:
    report.add("features", sum(session.counts().values()), "rows", better="higher")
    ids = np.random.default_rng(1).permutation(session.ids("premises"))[:2000].tolist()
    each, number = iter(ids), count()
    xmin, ymin, xmax, ymax = session.extent() or (0, 0, 0, 0)
    middle = shapely.Point((xmin + xmax) / 2, (ymin + ymax) / 2)
    wishes: dict[str, Callable[[], object]] = {
        "update": lambda: Update("premises", [next(each)], {"access_rate_mbps": next(number)}),
        "rename": lambda: Update("premises", [next(each)], {"name": f"住户 {next(number)}"}),
        "move": lambda: Move("premises", [next(each)], 1.0, 1.0),
        "create": lambda: Create("premises", [{"code": f"BENCH-{next(number)}", "geom": middle}]),
    }
    for name, wish in wishes.items():
        taken = median(lambda wish=wish: session.perform(wish()), EDITS)
        report.add(f"one_row_{name}", taken * 1e3, "ms", target=5, peer=peer * 1e3)
    report.add("one_row_undo", median(session.undo, EDITS) * 1e3, "ms", target=5, peer=peer * 1e3)
    report.add("one_row_redo", median(session.redo, EDITS) * 1e3, "ms", target=5, peer=peer * 1e3)


def _import(report: Report, session: Session) -> None:
    columns = _homes(session)
    wish = Batch("import.file", {"file": "homes.csv", "new": IMPORTED, "changed": 0}, [Load(columns)])
    report.add("import_100k", best(lambda: session.perform(wish), 1), "s", target=15)
    report.add("undo_import_100k", best(session.undo, 1), "s", target=10)
    report.add("redo_import_100k", best(session.redo, 1), "s", target=10)
    made = session.ids("premises", "code LIKE 'IMPORT-%'")
    report.add("details_100k", best(lambda: session.entry_details(session.history(limit=1)[0].seq), 1), "s")
    report.add("delete_100k", best(lambda: session.perform(Delete("premises", made)), 1), "s", target=15)


def _homes(session: Session) -> Columns:
    random = np.random.default_rng(2)
    xmin, ymin, xmax, ymax = session.extent() or (0, 0, 0, 0)
    shapes = shapely.points(random.uniform(xmin, xmax, IMPORTED), random.uniform(ymin, ymax, IMPORTED))
    numbers = [str(i) for i in range(IMPORTED)]
    fields = {
        "code": np.array([f"IMPORT-{n}" for n in numbers], dtype=object),
        "name": np.array([f"住户 {n}" for n in numbers], dtype=object),
        "address": np.array([f"人民中路 {n} 号" for n in numbers], dtype=object),
        "kind": np.array(["住户"] * IMPORTED, dtype=object),
        "households": np.ones(IMPORTED),
    }
    return Columns("premises", np.zeros(IMPORTED, np.int64), fields, shapes)


def _plain_update(path: Path) -> float:
    """Seconds of one UPDATE with commit and nothing else: no check, no journal, no search index."""
    connection = apsw.Connection(str(path))
    try:
        connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768")
        ids = [row[0] for row in connection.execute("SELECT id FROM premises LIMIT 2000")]
        each, number = iter(ids), count()
        sql = "UPDATE premises SET access_rate_mbps = ? WHERE id = ?"
        return median(lambda: connection.execute(sql, (next(number), next(each))).fetchall(), EDITS)
    finally:
        connection.close()
