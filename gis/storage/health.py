"""Is the file whole? Integrity, indexes against rows, references, journal and search; nothing is changed here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import apsw
import numpy as np

from gis.catalogue import Catalogue, FeatureClass
from gis.errors import Cancelled, Language, Refusal, say
from gis.progress import Progress
from gis.storage import journal, schema, search_index, spatial_index
from gis.storage.failures import only_index
from gis.storage.schema import quoted

DAMAGE = "storage.problem_damage"
_INDEX = re.compile(r"(?:row \d+ missing from|wrong # of entries in|non-unique entry in) index (\S+)")
_RTREE = re.compile(r"R-?Tree .*idx_\w+_geom", re.IGNORECASE)
_SEARCH = re.compile(r"FTS5 table main\.search")
_LINES = 20  # faults told at most
_BLOB_START = b"\x00\x01"
_STEPS = 100_000  # of SQLite's machine between two looks whether the user has asked to stop


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the file. ``code`` is a message code, ``args`` fill its text."""

    code: str
    args: dict[str, Any] = field(default_factory=dict)

    def message(self, language: Language = "zh") -> str:
        """The problem in one sentence."""
        return say(self.code, language, **self.args)


def verify(
    connection: apsw.Connection, catalogue: Catalogue, progress: Progress, *, quick: bool = False
) -> list[Problem]:
    """All problems of the snapshot that ``connection`` reads; empty when the file is sound.

    ``quick``: pages and spatial indexes only, for the background after opening. Raises Cancelled within moments of
    being asked to stop: one look at the pages of a large file takes many seconds.
    """
    lacking = {cls.name for cls in schema.missing(connection, catalogue) if isinstance(cls, FeatureClass)}
    checks = [_pages(connection, quick), _tables(connection, catalogue)]
    for cls in catalogue:
        if cls.spatial and cls.name not in lacking:
            checks += [_geometries(connection, cls), _spatial_index(connection, cls)]
    if not quick:
        checks += [_references(connection), _search(connection, catalogue), _journal(connection, catalogue, progress)]
    problems: list[Problem] = []
    connection.set_progress_handler(lambda: progress.cancelled, _STEPS)
    try:
        for done, check in enumerate(checks, 1):
            try:
                problems.extend(check)
            except apsw.CorruptError as error:
                problems.append(Problem(DAMAGE, {"reason": str(error)}))
            progress.step(done, len(checks), "storage.checking")
    except apsw.InterruptError as error:
        raise Cancelled from error
    finally:
        connection.set_progress_handler(None, 0)
    return _without_echoes(problems)


def _pages(connection: apsw.Connection, quick: bool) -> Iterator[Problem]:
    # WORKAROUND: FTS5 keeps the index's structure in memory and looks whether another connection has changed it only
    # when a query begins, not when a check does; the check would then read what is no longer there and cry damage.
    with suppress(apsw.Error):  # what is truly wrong with the index is told below
        connection.execute("SELECT rowid FROM search LIMIT 1").fetchall()
    check = "quick_check" if quick else "integrity_check"
    try:
        lines: list[Any] = connection.execute(f"PRAGMA {check}({_LINES})").fetchall()
    except apsw.CorruptError as error:
        if not only_index(error):
            raise
        # An R*Tree that cannot even be opened stops the check of the whole; each table can still be checked alone.
        tables: list[Any] = connection.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')"
        ).fetchall()
        lines = [line for (name,) in tables for line in connection.execute(f"PRAGMA {check}({quoted(name)})")]
    for (line,) in lines:
        if line == "ok":
            continue
        if index := _INDEX.search(line):
            table = connection.execute("SELECT tbl_name FROM sqlite_schema WHERE name = ?", (index[1],)).fetchall()
            yield Problem("storage.problem_index", {"cls": table[0][0] if table else index[1], "reason": line})
        elif _RTREE.search(line) or _SEARCH.search(line):
            continue  # compared with the rows below, and told in numbers
        else:
            yield Problem(DAMAGE, {"reason": line})


def _tables(connection: apsw.Connection, catalogue: Catalogue) -> Iterator[Problem]:
    for lacking in schema.missing(connection, catalogue):
        yield Problem("storage.problem_table", {"table": lacking.name})


def _geometries(connection: apsw.Connection, cls: FeatureClass) -> Iterator[Problem]:
    rows = connection.execute(
        f"SELECT count(*), min(id) FROM {quoted(cls.name)} WHERE geom IS NOT NULL AND"
        " (length(geom) < ? OR substr(geom, 1, 2) <> ? OR substr(geom, -1) <> x'FE')",
        (spatial_index.SHORTEST_BLOB, _BLOB_START),
    ).fetchall()
    count, first = rows[0]
    if count:
        yield Problem("storage.problem_geometry", {"cls": cls.name, "count": count, "id": first})


def _spatial_index(connection: apsw.Connection, cls: FeatureClass) -> Iterator[Problem]:
    ids, boxes = spatial_index.row_boxes(connection, cls.name)
    try:
        report = connection.execute("SELECT rtreecheck('main', ?)", (spatial_index.index_table(cls.name),)).fetchall()
        indexed, around = spatial_index.index_boxes(connection, cls.name)
    except apsw.Error as error:  # the R*Tree itself cannot be read: it can be made anew all the same
        report, indexed, around = [(str(error),)], ids[:0], boxes[:0]
    _, in_rows, in_index = np.intersect1d(ids, indexed, assume_unique=True, return_indices=True)
    mine, its = boxes[in_rows], around[in_index]
    held = ((its[:, :2] <= mine[:, :2]) & (its[:, 2:] >= mine[:, 2:])).all(axis=1)
    # A box wider than its feature by more than the rounding to float32 (rtree.c: two steps) is a stale one.
    held &= (np.abs(its - mine) <= 4 * np.spacing(np.abs(mine).astype(np.float32))).all(axis=1)
    missing, extra, misplaced = len(ids) - len(in_rows), len(indexed) - len(in_index), int((~held).sum())
    if missing or extra or misplaced or report != [("ok",)]:
        yield Problem(
            "storage.problem_spatial_index",
            {"cls": cls.name, "missing": missing, "extra": extra, "misplaced": misplaced, "reason": report[0][0]},
        )


def _references(connection: apsw.Connection) -> Iterator[Problem]:
    counts: dict[tuple[str, str], int] = {}
    for table, _, target, _ in connection.execute("PRAGMA foreign_key_check"):
        counts[table, target] = counts.get((table, target), 0) + 1
    for (table, target), count in counts.items():
        yield Problem("storage.problem_reference", {"cls": table, "target": target, "count": count})


def _search(connection: apsw.Connection, catalogue: Catalogue) -> Iterator[Problem]:
    expected = search_index.expected_count(connection, catalogue)
    try:
        found = search_index.indexed_count(connection)
    except apsw.Error:  # gone or unreadable: it can be made anew all the same
        found = 0
    if found != expected:
        yield Problem("storage.problem_search", {"found": found, "expected": expected})


def _journal(connection: apsw.Connection, catalogue: Catalogue, progress: Progress) -> Iterator[Problem]:
    listed: list[Any] = connection.execute("SELECT seq, counts FROM journal ORDER BY seq").fetchall()
    for seq, counts in listed:
        progress.step(0, 0, "storage.checking")
        try:
            found = journal.effects_of(connection, catalogue, seq)
            made = json.loads(counts)
            if {cls: len(ids) for cls, ids in found.touched.items()} != made:
                told = ", ".join(f"{cls} {count}" for cls, count in made.items())
                yield Problem("storage.problem_journal", {"seq": seq, "reason": f"≠ {told}"})
        except Refusal as refusal:
            yield Problem("storage.problem_journal", {"seq": seq, "reason": refusal.arguments.get("reason", "")})
        except (ValueError, AttributeError) as error:  # the counts are no table
            yield Problem("storage.problem_journal", {"seq": seq, "reason": str(error)})


def _without_echoes(problems: list[Problem]) -> list[Problem]:
    """Each problem once: a damaged page is met again by every later check."""
    once: dict[str, Problem] = {}
    for problem in problems:
        once.setdefault(f"{problem.code} {sorted(problem.args.items())}", problem)
    return list(once.values())
