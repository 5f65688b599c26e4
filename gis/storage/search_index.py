"""The full-text index over codes, names, addresses and remarks: kept in step by the writer, asked by the search box.

One FTS5 table, ``search``; its rowid is the feature's id. FTS5 knows no Chinese words, so every CJK letter is made a
token of its own and a wish such as 盐都 is a phrase of two tokens, which finds 盐城市盐都区. Codes are found by the
tables' own indexes, where a prefix of any length costs nothing.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue, FeatureClass
from gis.geometry.columns import BBox
from gis.progress import Progress
from gis.storage.reading import ROWS

# Contentless: the texts stand in the feature tables; only the class is kept, to know where to look the feature up.
# ``kind`` is the class once more as a token, so that a search can be narrowed to a class inside the index.
TABLE = (
    "CREATE VIRTUAL TABLE search USING fts5(class UNINDEXED, kind, code, name, body, content='',"
    " contentless_delete=1, contentless_unindexed=1, tokenize='unicode61 remove_diacritics 2')"
)
_INSERT = "INSERT INTO search(rowid, class, kind, code, name, body) VALUES (?, ?, ?, ?, ?, ?)"
_HASH = "INSERT INTO search(search, rank) VALUES ('hashsize', ?)"
_MANY = 50_000  # rows from which on a larger hash pays
_MARK = "\x1f"  # between texts that travel together
_BULK_HASH, _USUAL_HASH = 32 << 20, 1 << 20  # bytes FTS5 gathers before it writes them out; the second is its default
_CROWD = 600  # matches looked at before ranking
_NAMES_S = 0.025  # seconds for looking through names once enough was found
_STEPS = 200  # virtual-machine steps between two looks at the clock
_FEW = 20_000  # rows of a class that a crowd of _CROWD might hide
_PAGES = 32  # index pages (4 KB) a prefix may span; a wider one says too little to be worth the reading
# Blocks whose letters are words of their own: CJK ideographs with extensions, kana, Hangul, compatibility forms.
_BLOCKS = ((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
               (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))  # fmt: skip


_BEGUN = re.compile(r"[0-9a-z]+\Z")  # a token that the user may still be typing; CJK letters are always whole


@dataclass(frozen=True, slots=True)
class Hit:
    """One feature found. ``where`` is its bounding box in the project's CRS, None for a table row."""

    cls: str
    id: int
    code: str
    name: str
    where: BBox | None


def searched(cls: FeatureClass) -> tuple[str, ...]:
    """The fields of a class that the index covers; empty when it is not searched."""
    return tuple(f.name for f in cls.fields if f.search)


def create(connection: apsw.Connection) -> None:
    """Make the empty index, inside the caller's transaction."""
    connection.execute(TABLE)


def update(
    connection: apsw.Connection,
    catalogue: Catalogue,
    touched: Mapping[str, NDArray[np.int64]],
    progress: Progress | None = None,
    fresh: frozenset[str] = frozenset(),
) -> None:
    """Bring the index in step with the rows of ``touched`` (class -> ids), inserted, changed or deleted alike.

    ``fresh``: classes all of whose rows are new, so that the index cannot hold them yet. Runs inside the writer's
    transaction.
    """
    total, done = sum(map(len, touched.values())), 0
    if total >= _MANY:
        connection.execute(_HASH, (_BULK_HASH,))
    for name, ids in touched.items():
        cls = catalogue[name]
        if not searched(cls):
            continue
        every = np.unique(np.asarray(ids, np.int64))  # sorted: FTS5 takes rows fastest in rising order
        for start in range(0, len(every), ROWS):
            if progress is not None:
                progress.step(done + start, total, "storage.indexing")
            some = apsw.carray(every[start : start + ROWS])
            if name not in fresh:
                connection.execute("DELETE FROM search WHERE rowid IN (SELECT value FROM carray(?))", (some,))
            source = f'carray(?) AS want CROSS JOIN "{name}" AS t ON t.id = want.value'
            _add(connection, cls, source, some)
        done += len(every)
    if total >= _MANY:
        connection.execute(_HASH, (_USUAL_HASH,))


def rebuild(connection: apsw.Connection, catalogue: Catalogue) -> None:
    """Make the whole index anew from the feature tables, inside the caller's transaction."""
    connection.execute("DROP TABLE IF EXISTS search")
    # SQLite (3.54) forgets this shadow table of a contentless index that keeps unindexed columns.
    connection.execute("DROP TABLE IF EXISTS search_content")
    create(connection)
    connection.execute(_HASH, (_BULK_HASH,))
    for cls in catalogue:
        if searched(cls):
            last: int | None = -(2**63)
            while last is not None:
                source = f'(SELECT * FROM "{cls.name}" WHERE id > ? ORDER BY id LIMIT {ROWS}) AS t'
                last = _add(connection, cls, source, last)
    connection.execute(_HASH, (_USUAL_HASH,))


def indexed_count(connection: apsw.Connection) -> int:
    """How many rows the index holds."""
    return int(connection.execute("SELECT count(*) FROM search").fetchone()[0])  # type: ignore[index]


def expected_count(connection: apsw.Connection, catalogue: Catalogue) -> int:
    """How many rows it should hold: those of searched classes with any text in them."""
    total = 0
    for cls in catalogue:
        if searched(cls):
            found = connection.execute(f'SELECT count(*) FROM "{cls.name}" AS t WHERE {_filled(cls)}').fetchone()
            total += int(found[0]) if found else 0
    return total


def _filled(cls: FeatureClass) -> str:
    return "(" + " OR ".join(f"t.\"{f}\" <> ''" for f in searched(cls)) + ")"


def _add(connection: apsw.Connection, cls: FeatureClass, source: str, binding: Any) -> int | None:
    """Index the rows of ``source`` (SQL that yields them as ``t``) and return the last key, None when there was none.

    Texts travel packed, as in ``reading``: one string for all codes, one for all names, one for all else.
    """
    fields = searched(cls)

    def packed(names: Sequence[str]) -> str:
        joined = " || ' ' || ".join(f"ifnull(t.\"{name}\", '')" for name in names) or "''"
        return f"group_concat(replace({joined}, char(31), ' '), char(31)) FILTER (WHERE {_filled(cls)})"

    columns: list[list[str]] = [[name] if name in fields else [] for name in ("code", "name")]
    columns.append([name for name in fields if name not in ("code", "name")])
    keys = f"max(t.id), group_concat(t.id) FILTER (WHERE {_filled(cls)})"
    row = connection.execute(f"SELECT {keys}, {', '.join(map(packed, columns))} FROM {source}", (binding,)).fetchone()
    last, ids, *texts = row if row is not None else (None, None)
    if ids is not None:
        codes, names, bodies = (segmented(text).split(_MARK) for text in texts)
        entries = zip(
            map(int, ids.split(",")), repeat(cls.name), repeat(_kind(cls.name)), codes, names, bodies, strict=False
        )
        connection.executemany(_INSERT, entries)
    return last


def _kind(name: str) -> str:
    # One token (unicode61 would split at the underscore) that nobody can type: U+E000 is for private use.
    return "\ue000" + name.replace("_", "")


def segmented(text: str) -> str:
    """The text with a space between a CJK letter and whatever letter stands beside it, so that each is a token.

    Made for long texts: a million rows joined by U+001F, which is never moved away from its neighbours, are one call.
    """
    if text.isascii():
        return text
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    alone = _ALONE[letters]
    mark = letters == ord(_MARK)
    gap = (alone[:-1] | alone[1:]) & ~(mark[:-1] | mark[1:])
    place = np.arange(len(letters))
    place[1:] += np.cumsum(gap)
    spaced = np.full(place[-1] + 1, ord(" "), np.uint32)
    spaced[place] = letters
    return spaced.tobytes().decode("utf-32-le", "surrogatepass")


def _ideographs() -> NDArray[np.bool_]:
    """For each code point whether the letter is a word of its own."""
    alone = np.zeros(0x110000, np.bool_)
    for low, high in _BLOCKS:
        alone[low : high + 1] = True
    return alone


_ALONE = _ideographs()


def find(
    connection: apsw.Connection, catalogue: Catalogue, text: str, limit: int = 50, *, time_limit_s: float = 0.25
) -> list[Hit]:
    """The features meant by ``text``, best first: code equal, code begins so, name equal, name begins so, name holds
    it, any text holds it; shorter before longer. Every word must occur.

    What the user types is only ever a quoted phrase or a bound value. Past ``time_limit_s`` the best found so far is
    returned.
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in unicodedata.normalize("NFKC", text))
    wish = " ".join(printable.split())
    if limit <= 0 or not any(letter.isalnum() for letter in wish):
        return []
    search = _Search(connection, catalogue, wish, limit)
    try:
        search.until(time_limit_s)
        search.codes()
        if len(search.found) < limit:
            search.words()
    except apsw.InterruptError:
        pass  # late: what is there already is the answer
    finally:
        connection.set_progress_handler(None, 0)
    return search.hits()


class _Search:
    """One wish on its way through the tiers."""

    def __init__(self, connection: apsw.Connection, catalogue: Catalogue, wish: str, limit: int) -> None:
        self.connection, self.catalogue, self.limit = connection, catalogue, limit
        self.wish = wish.casefold()
        self.found: dict[int, tuple[tuple[int, int, int, str], Hit]] = {}

    def codes(self) -> None:
        """Codes that equal the wish or begin with it, from each table's own index."""
        for cls in self.catalogue:
            if "code" not in searched(cls):
                continue
            name = "name" if cls.has_field("name") else "NULL"
            for start in {self.wish, self.wish.upper()}:
                rows = self.connection.execute(
                    f'SELECT id, code, {name} FROM "{cls.name}" WHERE code >= ? AND code < ? ORDER BY code LIMIT ?',
                    (start, start + "\U0010ffff", self.limit),
                )
                for id_, code, title in rows:
                    tier = 0 if code.casefold() == self.wish else 1
                    self._take(cls, id_, code, title or "", tier, len(code))

    def words(self) -> None:
        """Rows of which any text holds every word."""
        phrases = " AND ".join(self._phrases())
        if not phrases:
            return
        some = self._matches(phrases, _CROWD)
        self._rank(some)
        if len(some) < _CROWD:
            return  # these are all
        # In a crowd the names come first, and the many of one class must not hide the few of another. Where the words
        # are common but no name holds them, FTS5 would read on to the end of the index: hence a limit of its own.
        with suppress(apsw.InterruptError):
            self.until(_NAMES_S)
            named = f"{{name}} : ({phrases})"
            self._rank(self._matches(named, _CROWD))
            for cls in self.catalogue:
                if searched(cls) and self._few(cls):
                    self._rank(self._matches(f'kind : "{_kind(cls.name)}" AND {named}', self.limit))

    def until(self, seconds: float) -> None:
        """Interrupt what runs when these seconds are over."""
        end = time.monotonic() + seconds
        self.connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)

    def hits(self) -> list[Hit]:
        """What was found, best first, with its place."""
        best = [hit for _, hit in sorted(self.found.values(), key=lambda entry: entry[0])[: self.limit]]
        places: dict[int, BBox] = {}
        for name in {hit.cls for hit in best if self.catalogue[hit.cls].spatial}:
            ids = np.array([hit.id for hit in best if hit.cls == name], np.int64)
            for id_, box in self.connection.execute(
                f'SELECT id, substr(geom, 7, 32) FROM "{name}" WHERE id IN (SELECT value FROM carray(?))'
                " AND geom IS NOT NULL",
                (apsw.carray(ids),),
            ):
                xmin, ymin, xmax, ymax = np.frombuffer(box, "<f8").tolist()
                places[id_] = (xmin, ymin, xmax, ymax)
        return [replace(hit, where=places.get(hit.id)) for hit in best]

    def _phrases(self) -> list[str]:
        made = []
        for word in self.wish.split():
            spaced = segmented(word)
            if any(letter.isalnum() for letter in word):
                quoted = '"' + spaced.replace('"', " ") + '"'
                last = _BEGUN.search(spaced)
                made.append(quoted + "*" if last and self._selective(last.group()) else quoted)
        return made

    def _few(self, cls: FeatureClass) -> bool:
        """Whether the class is so small that it may be missing from a crowd, and is quickly searched."""
        sql = f'SELECT count(*) FROM (SELECT 1 FROM "{cls.name}" LIMIT {_FEW})'
        found = self.connection.execute(sql).fetchone()
        return found is not None and 0 < int(found[0]) < _FEW

    def _selective(self, start: str) -> bool:
        """Whether few enough terms begin so: FTS5 reads them all before it gives the first row."""
        pages = self.connection.execute(
            "SELECT count(*) FROM search_idx WHERE segid IN (SELECT DISTINCT segid FROM search_idx)"
            " AND term >= ? AND term < ?",
            (b"0" + start.encode(), b"0" + start.encode() + b"\xff"),
        ).fetchone()
        return pages is not None and int(pages[0]) <= _PAGES

    def _matches(self, query: str, limit: int) -> list[tuple[Any, ...]]:
        sql = f"SELECT rowid, class FROM search WHERE search MATCH ? LIMIT {int(limit)}"
        return self.connection.execute(sql, (query,)).fetchall()

    def _rank(self, rows: list[tuple[Any, ...]]) -> None:
        by_class: dict[str, list[int]] = {}
        for id_, name in rows:
            if id_ not in self.found:
                by_class.setdefault(name, []).append(id_)
        words = self.wish.split()
        for name, ids in by_class.items():
            cls = self.catalogue[name]
            code = "code" if cls.has_field("code") else "NULL"
            title = "name" if cls.has_field("name") else "NULL"
            sql = f'SELECT id, {code}, {title} FROM "{name}" WHERE id IN (SELECT value FROM carray(?))'
            for id_, code, title in self.connection.execute(sql, (apsw.carray(np.array(ids, np.int64)),)):
                spoken = (title or "").casefold()
                if spoken == self.wish:
                    tier = 2
                elif spoken.startswith(self.wish):
                    tier = 3
                else:
                    tier = 4 if all(word in spoken for word in words) else 5
                self._take(cls, id_, code or "", title or "", tier, len(spoken))

    def _take(self, cls: FeatureClass, id_: int, code: str, name: str, tier: int, length: int) -> None:
        if id_ not in self.found:
            rank = (tier, length, cls.order, code or name)
            self.found[id_] = (rank, Hit(cls.name, id_, code, name, None))
