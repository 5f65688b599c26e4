"""The R*Tree of a class: built in one go, compared with the rows, and asked for boxes.

SQLite has no bulk load for R*Trees, so ``rebuild`` packs the nodes itself (sort-tile-recursive, Leutenegger et al.
1997) and writes them into the module's shadow tables, whose layout is part of SQLite's file format (rtree.c): node 1
is the root; a node is depth (root only) and cell count as big-endian uint16, then cells of int64 key (or child) and
xmin, xmax, ymin, ymax as float32, rounded outwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from itertools import islice
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from gis.geometry.columns import BBox
from gis.storage.engine import wide_cache
from gis.storage.schema import quoted

SHORTEST_BLOB = 60  # bytes: a point
_CELL = np.dtype([("key", ">i8"), ("box", ">f4", 4)])
_CELLS = 51  # in a node of a file with pages of 4096 bytes (rtree.c: getNodeSize)
_NODE = 4 + _CELLS * _CELL.itemsize
_ROWS = 20_000  # at a time between SQLite and numpy
_MANY = 2000  # changed rows from which on making the R*Tree anew is considered
_RATIO = 12
_FILL = 42  # cells we put in a node: the rest is room for later edits, so that the first of them splits nothing


def index_table(cls: str) -> str:
    """The name of the class's R*Tree, as SpatiaLite gives it."""
    return f"idx_{cls}_geom"


def rebuild(connection: apsw.Connection, cls: str) -> int:
    """Make the R*Tree of a class anew from its rows; returns their number. Inside the caller's transaction."""
    ids, boxes = row_boxes(connection, cls)
    nodes, leaves, parents = _packed(ids, boxes)
    # Piece by piece: a million pairs as Python's own objects would take a hundred megabytes.
    rowids = (pair for at in range(0, len(ids), _ROWS) for pair in leaves[at : at + _ROWS].tolist())
    index = index_table(cls)
    for suffix, rows in (("node", nodes), ("rowid", rowids), ("parent", parents)):
        table = quoted(f"{index}_{suffix}")
        connection.execute(f"DELETE FROM {table}")
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)
    return len(ids)


@contextmanager
def suspended(connection: apsw.Connection, changed: Mapping[str, int]) -> Iterator[None]:
    """Around a write that gives ``changed`` rows of each class another geometry, inside the caller's transaction.

    Keeping the R*Tree in step row by row costs 50 µs a row, making it anew 4 µs for each row of the class: where that
    is less, the triggers rest meanwhile and the index is made anew at the end.
    """
    resting: dict[str, list[str]] = {}
    for cls, count in changed.items():
        if count >= _MANY:
            rows: Any = connection.execute(f"SELECT count(*) FROM {quoted(cls)}").fetchall()
            if count * _RATIO >= rows[0][0]:
                resting[cls] = drop_triggers(connection, cls)
    with wide_cache(connection) if sum(changed.values()) >= _MANY else nullcontext():
        yield
    for cls, triggers in resting.items():
        rebuild(connection, cls)
        for sql in triggers:
            connection.execute(sql)


def drop_triggers(connection: apsw.Connection, cls: str) -> list[str]:
    """Drop the triggers of a class's geometry; returns the statements that bring them back."""
    found: list[Any] = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? AND name GLOB 'g[gi][iud]_*'",
        (cls,),
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP TRIGGER {quoted(name)}")
    return [sql for _, sql in found]


def row_boxes(connection: apsw.Connection, cls: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Ids (n,), ascending, and boxes (n, 4: xmin, ymin, xmax, ymax) of all rows that have a geometry."""
    cursor: Any = connection.execute(
        f"SELECT id, substr(geom, 7, 32) FROM {quoted(cls)} WHERE length(geom) >= {SHORTEST_BLOB} ORDER BY id"
    )
    keys, bounds = [np.empty(0, np.int64)], [np.empty((0, 4))]
    while rows := list(islice(cursor, _ROWS)):
        keys.append(np.fromiter((row[0] for row in rows), np.int64, len(rows)))
        bounds.append(np.frombuffer(b"".join([row[1] for row in rows]), "<f8").reshape(-1, 4))
    return np.concatenate(keys), np.concatenate(bounds)


def index_boxes(connection: apsw.Connection, cls: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Ids (n,), ascending, and boxes (n, 4: xmin, ymin, xmax, ymax) that the R*Tree holds."""
    rows: list[Any] = connection.execute(
        f"SELECT pkid, xmin, ymin, xmax, ymax FROM {quoted(index_table(cls))}"
    ).fetchall()
    table = np.array(rows, np.float64).reshape(-1, 5)
    ids = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    order = np.argsort(ids)
    return ids[order], table[order, 1:]


def boxes_around(connection: apsw.Connection, cls: str, ids: NDArray[np.int64]) -> BBox | None:
    """The box around these features as the R*Tree has it, a little too wide (float32); None when it has none."""
    if not len(ids):
        return None
    index = quoted(index_table(cls))
    wanted: Any
    if len(ids) == 1:
        source, wanted = f"{index} WHERE pkid = ?", int(ids[0])
    else:
        source = f"carray(?) AS wanted CROSS JOIN {index} ON pkid = wanted.value"
        wanted = apsw.carray(np.ascontiguousarray(ids, np.int64))
    box: Any = connection.execute(
        f"SELECT min(xmin), min(ymin), max(xmax), max(ymax) FROM {source}", (wanted,)
    ).fetchall()
    return None if box[0][0] is None else box[0]


def union(a: BBox | None, b: BBox | None) -> BBox | None:
    """The box around both boxes."""
    if a is None or b is None:
        return a or b
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


Rows = list[tuple[int, Any]]


def _packed(ids: NDArray[np.int64], boxes: NDArray[np.float64]) -> tuple[Rows, NDArray[np.int64], Rows]:
    """Rows for the three shadow tables: (node, data), (id, leaf) as int64 (n, 2), (node, parent)."""
    cells = np.empty(len(ids), _CELL)
    cells["key"] = ids
    cells["box"] = _outwards(boxes)
    levels = [cells[_tiled(boxes)]]
    cuts = [_cuts(len(ids))]
    while len(cuts[-1]) > 1:
        levels.append(_cells_above(levels[-1], cuts[-1]))
        cuts.append(_cuts(len(levels[-1])))
    # The root is node 1; below it each level is numbered in order, the leaves last.
    depth = len(levels) - 1
    first = [1] * len(levels)
    for level in range(depth - 1, -1, -1):
        first[level] = first[level + 1] + len(cuts[level + 1])
    nodes: Rows = []
    parents: Rows = []
    for level in range(depth, -1, -1):
        entries = levels[level]
        if level:
            entries["key"] = np.arange(first[level - 1], first[level - 1] + len(entries))
        ends = [*cuts[level][1:], len(entries)]
        for i, (start, end) in enumerate(zip(cuts[level], ends, strict=True)):
            number = first[level] + i
            head = (depth if level == depth else 0).to_bytes(2, "big") + (end - start).to_bytes(2, "big")
            nodes.append((number, (head + entries[start:end].tobytes()).ljust(_NODE, b"\0")))
            if level:
                parents += [(child, number) for child in entries["key"][start:end].tolist()]
    sizes = np.diff([*cuts[0], len(ids)])
    leaves = np.repeat(np.arange(first[0], first[0] + len(sizes)), sizes)
    keys = levels[0]["key"].astype(np.int64)
    by_key = np.argsort(keys)
    return nodes, np.column_stack([keys[by_key], leaves[by_key]]), parents


def _cells_above(entries: NDArray[Any], cuts: list[int]) -> NDArray[Any]:
    """One cell around each node of the level below."""
    box = entries["box"].astype(np.float32)
    above = np.empty(len(cuts), _CELL)
    above["box"][:, ::2] = np.minimum.reduceat(box[:, ::2], cuts)
    above["box"][:, 1::2] = np.maximum.reduceat(box[:, 1::2], cuts)
    return above


def _cuts(n: int) -> list[int]:
    """Where each node starts; the last two share evenly, so that none is under the third that rtree.c demands."""
    cuts = list(range(0, n, _FILL)) or [0]
    if len(cuts) > 1 and n - cuts[-1] < _FILL // 2:
        cuts[-1] = (cuts[-2] + n) // 2
    return cuts


def _outwards(boxes: NDArray[np.float64]) -> NDArray[np.float32]:
    """Boxes as (xmin, xmax, ymin, ymax) in float32, never smaller than they are in float64."""
    wide = boxes[:, [0, 2, 1, 3]]
    near = wide.astype(np.float32)
    low, high = near[:, ::2], near[:, 1::2]
    low[low > wide[:, ::2]] = np.nextafter(low[low > wide[:, ::2]], np.float32(-np.inf))
    high[high < wide[:, 1::2]] = np.nextafter(high[high < wide[:, 1::2]], np.float32(np.inf))
    return near


def _tiled(boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    """The order of sort-tile-recursive packing: vertical slices by x, each sorted by y."""
    n = len(boxes)
    slices = max(1, int(np.ceil(np.sqrt(n / _FILL))))
    tall = -(-n // (slices * _FILL)) * _FILL or _FILL  # rows in a slice, a whole number of nodes
    by_x = np.argsort(boxes[:, 0] + boxes[:, 2], kind="stable")
    rank = np.empty(n, np.int64)
    rank[by_x] = np.arange(n)
    return np.lexsort((boxes[:, 1] + boxes[:, 3], rank // tall))
