"""Reads columns of one class out of an open connection: keys, attributes, geometry BLOBs, many rows at a time.

SQLite hands rows to Python at about 1 µs each. Keys and BLOBs therefore travel packed: ``group_concat`` joins some
20,000 of them inside SQLite (it joins bytes as they are; the cast back to BLOB names them so), which is four times
faster and lets go of the GIL meanwhile. The lengths come along, so that every byte is accounted for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.catalogue.model import FieldType
from gis.geometry.columns import BBox
from gis.storage.blobs import Packed
from gis.storage.lookups import bound

ROWS = 20_000  # rows a statement; larger buys nothing, smaller costs statements
_WIDE = 0.1  # share of a class's extent from which a window is answered by reading all bounds
_STAMPS: dict[str, FieldType] = {"updated_at": "datetime", "updated_by": "text"}
_NO_IDS = np.zeros(0, np.int64)


def ids_of(
    connection: apsw.Connection,
    cls: FeatureClass,
    where: str | None = None,
    params: Sequence[Any] = (),
    *,
    order: str | None = None,
    limit: int | None = None,
) -> NDArray[np.int64]:
    """The keys of a class that meet ``where``, in the order of ``order`` (trusted SQL both), by default of the key."""
    sql = (
        f'SELECT group_concat(id) FROM (SELECT id FROM "{cls.name}" WHERE {where or "1"}'
        f" ORDER BY {order or 'id'} LIMIT {-1 if limit is None else int(limit)})"
    )
    return _numbers(_one(connection, sql, bound(params))[0])


def present(connection: apsw.Connection, cls: FeatureClass, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the keys that exist, sorted, each once."""
    if len(ids) == 0:
        return _NO_IDS
    wanted = np.unique(np.ascontiguousarray(ids, np.int64))
    sql = f'SELECT group_concat(t.id) FROM carray(?) AS want CROSS JOIN "{cls.name}" AS t ON t.id = want.value'
    return _numbers(_one(connection, sql, (apsw.carray(wanted),))[0])


def ids_in(connection: apsw.Connection, cls: FeatureClass, bbox: BBox) -> NDArray[np.int64]:
    """The keys of features whose bounding box meets ``bbox``, sorted.

    The R*Tree keeps 32-bit bounds, rounded outwards; what it finds is compared again with the 64-bit bounds of the
    geometry. For a window over much of the class, reading all bounds in order beats jumping about after the index.
    """
    whole = extent(connection, cls)
    if whole is None:
        return _NO_IDS
    xmin, ymin, xmax, ymax = bbox
    packing = "SELECT group_concat(t.id), CAST(group_concat(substr(t.geom, 7, 32), '') AS BLOB) FROM"
    if _share(bbox, whole) > _WIDE:
        found = _one(connection, f'{packing} "{cls.name}" AS t WHERE t.geom IS NOT NULL', ())
    else:
        index = f'"idx_{cls.name}_geom" AS r CROSS JOIN "{cls.name}" AS t ON t.id = r.pkid'
        within = "r.xmin <= ? AND r.xmax >= ? AND r.ymin <= ? AND r.ymax >= ?"
        found = _one(connection, f"{packing} {index} WHERE {within} AND t.geom IS NOT NULL", (xmax, xmin, ymax, ymin))
    keys, boxes = found
    if keys is None:
        return _NO_IDS
    b = np.frombuffer(boxes, "<f8").reshape(-1, 4)
    inside = (b[:, 0] <= xmax) & (b[:, 2] >= xmin) & (b[:, 1] <= ymax) & (b[:, 3] >= ymin)
    return np.sort(_numbers(keys)[inside])


def _share(bbox: BBox, whole: BBox) -> float:
    """What part of ``whole`` lies in ``bbox``, by width and height; 0 to 1."""
    share = 1.0
    for low in (0, 1):
        length = whole[low + 2] - whole[low]
        if length > 0:
            share *= max(0.0, min(bbox[low + 2], whole[low + 2]) - max(bbox[low], whole[low])) / length
    return share


def extent(connection: apsw.Connection, cls: FeatureClass) -> BBox | None:
    """The bounds of a whole class, from the root page of its R*Tree: up to 0.5 m too wide (32-bit floats)."""
    if not cls.spatial:
        return None
    page = _one(connection, f'SELECT data FROM "idx_{cls.name}_geom_node" WHERE nodeno = 1', ())[0]
    cells = struct.unpack_from(">H", page, 2)[0]  # a page is depth, number of cells, then cells of key and 4 floats
    if cells == 0:
        return None
    cell = np.frombuffer(page, np.dtype([("key", ">i8"), ("box", ">f4", 4)]), cells, 4)["box"].astype(np.float64)
    # The R*Tree's own order of bounds: xmin, xmax, ymin, ymax.
    return (float(cell[:, 0].min()), float(cell[:, 2].min()), float(cell[:, 1].max()), float(cell[:, 3].max()))


def blobs(
    connection: apsw.Connection, cls: FeatureClass, ids: NDArray[np.int64] | None = None, *, nulls: bool = True
) -> Iterator[Packed]:
    """The geometry column in order of the key, chunk by chunk; ``ids`` (sorted, existing) or the whole class.

    Without ``nulls``, rows that have no geometry are left out.
    """
    given = "" if nulls else " AND geom IS NOT NULL"
    packing = (
        "SELECT max(id), group_concat(id), group_concat(ifnull(length(geom), 0)),"
        " CAST(group_concat(geom, '') AS BLOB) FROM "
    )
    if ids is None:
        sql = f'{packing}(SELECT id, geom FROM "{cls.name}" WHERE id > ?{given} ORDER BY id LIMIT {ROWS})'
        last = -(2**63)
        while True:
            last, keys, lengths, data = _one(connection, sql, (last,))
            if keys is None:
                return
            yield Packed(_numbers(keys), _numbers(lengths), data or b"")
    sql = f'{packing}carray(?) AS want CROSS JOIN "{cls.name}" AS t ON t.id = want.value WHERE 1{given}'
    for start in range(0, len(ids), ROWS):
        chunk = np.ascontiguousarray(ids[start : start + ROWS])
        _, keys, lengths, data = _one(connection, sql, (apsw.carray(chunk),))
        if keys is not None:
            yield Packed(_numbers(keys), _numbers(lengths), data or b"")


def values(
    connection: apsw.Connection, cls: FeatureClass, names: Sequence[str], ids: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
    """Keys and attribute columns in order of the key, in the forms of ``Columns``.

    Of ``ids`` (sorted, existing) or of the whole class. Raises Refusal ``catalogue.no_field`` for a name the class
    does not have.
    """
    types = [field_type(cls, name) for name in names]
    if not names:
        return ids_of(connection, cls) if ids is None else ids, {}
    keys: list[NDArray[np.int64]] = []
    pieces: list[list[NDArray[Any]]] = [[] for _ in names]
    for rows in _rows(connection, cls, ", ".join(f't."{name}"' for name in names), ids):
        # One flat pass over all cells: zip(*rows) would walk 20,000 iterators in step, at four times the cost.
        cells = np.fromiter(chain.from_iterable(rows), object, len(rows) * (len(names) + 1)).reshape(len(rows), -1)
        keys.append(cells[:, 0].astype(np.int64))
        for place, (piece, kind) in enumerate(zip(pieces, types, strict=True), 1):
            piece.append(column_form(cells[:, place], kind))
    return (
        np.concatenate(keys) if keys else _NO_IDS,
        {
            name: np.concatenate(piece) if piece else column_form(np.zeros(0, object), kind)
            for name, piece, kind in zip(names, pieces, types, strict=True)
        },
    )


def _rows(
    connection: apsw.Connection, cls: FeatureClass, wanted: str, ids: NDArray[np.int64] | None
) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of the key and ``wanted``, chunk by chunk."""
    if ids is None:
        sql = f'SELECT t.id, {wanted} FROM "{cls.name}" AS t WHERE t.id > ? ORDER BY t.id LIMIT {ROWS}'
        last: Any = -(2**63)
        while rows := connection.execute(sql, (last,)).fetchall():
            last = rows[-1][0]
            yield rows
        return
    sql = f'SELECT t.id, {wanted} FROM carray(?) AS want CROSS JOIN "{cls.name}" AS t ON t.id = want.value'
    for start in range(0, len(ids), ROWS):
        chunk = np.ascontiguousarray(ids[start : start + ROWS])
        yield connection.execute(sql, (apsw.carray(chunk),)).fetchall()


def field_type(cls: FeatureClass, name: str) -> FieldType:
    """The type of a field or of a stamp; Refusal ``catalogue.no_field`` when there is none of that name."""
    if name in _STAMPS and not cls.has_field(name):
        return _STAMPS[name]
    return cls.field(name).type


def column_form(column: NDArray[np.object_], kind: FieldType) -> NDArray[Any]:
    """Stored values of one field (n,) as an array in the form ``Columns`` prescribes for its type."""
    if kind in ("real", "integer", "boolean"):
        try:
            return column.astype(np.float64)  # None becomes NaN
        except (TypeError, ValueError):  # other programs may store words in number columns
            return np.array([_number(value) for value in column], np.float64)
    if kind == "ref":
        given = column.astype(bool)  # neither None nor 0
        made = np.zeros(len(column), np.int64)
        if given.any():
            made[given] = [value if isinstance(value, int) else 0 for value in column[given]]
        return made
    return np.ascontiguousarray(column)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _one(connection: apsw.Connection, sql: str, params: Sequence[Any]) -> tuple[Any, ...]:
    row = connection.execute(sql, tuple(params)).fetchone()
    return row if row is not None else ()


def _numbers(text: str | None) -> NDArray[np.int64]:
    if not text:
        return _NO_IDS
    read: NDArray[np.int64] = np.fromstring(text, np.int64, sep=",")
    return read
