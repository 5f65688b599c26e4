"""Rows to write in tests, and ways to look at everything a file holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
import numpy as np
import shapely

from gis.catalogue import Catalogue
from gis.editing.intents import Change, Insert, Plan, Remove, Step
from gis.geometry.columns import Columns
from gis.storage import engine, spatial_index
from gis.storage.store import Store, Written

X, Y = 500_000.0, 3_690_000.0


def texts(values: Sequence[Any]) -> np.ndarray:
    return np.array(values, object)


def hotspots(ids: Sequence[int], *, dx: float = 0.0, **fields: np.ndarray) -> Columns:
    """WiFi hotspots 10 m apart, with codes and names unless ``fields`` say otherwise."""
    keys = np.array(ids, np.int64)
    given = fields or {"code": texts([f"W{i}" for i in ids]), "name": texts([f"热点{i}" for i in ids])}
    return Columns("wifi_hotspot", keys, given, shapely.points(X + dx + keys % 1000 * 10.0, np.full(len(keys), Y)))


def roads(ids: Sequence[int]) -> Columns:
    keys = np.array(ids, np.int64)
    lines = [shapely.LineString([(X, Y + i % 1000), (X + 50, Y + i % 1000), (X + 90, Y + i % 1000 + 30)]) for i in ids]
    return Columns("road", keys, {"name": texts([f"路{i}" for i in ids])}, texts(lines))


def areas(ids: Sequence[int]) -> Columns:
    keys = np.array(ids, np.int64)
    boxes = [shapely.box(X, Y + i % 1000, X + 100, Y + i % 1000 + 100) for i in ids]
    return Columns("area", keys, {"level": texts(["town"] * len(ids))}, texts(boxes))


def nodes(ids: Sequence[int]) -> Columns:
    keys = np.array(ids, np.int64)
    return Columns("fibre_node", keys, {"kind": texts(["box"] * len(ids))}, shapely.points(X + keys % 1000, Y))


def premises(ids: Sequence[int], served_by: Sequence[int]) -> Columns:
    keys = np.array(ids, np.int64)
    refs = {"served_by": np.array(served_by, np.int64)}
    return Columns("premises", keys, refs, shapely.points(X + keys % 1000, Y + 5))


def do(store: Store, *steps: Step, label: str = "edit.change", author: str = "李工") -> Written:
    return store.write(Plan(label, {"n": len(steps)}, tuple(steps)), author=author)


def add(store: Store, columns: Columns) -> Written:
    return do(store, Insert(columns))


def change(store: Store, columns: Columns) -> Written:
    return do(store, Change(columns))


def remove(store: Store, cls: str, ids: Sequence[int]) -> Written:
    return do(store, Remove(cls, np.array(ids, np.int64)))


def rename(store: Store, id_: int, name: str) -> Written:
    return do(store, Change(Columns("wifi_hotspot", np.array([id_]), {"name": texts([name])})))


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all classes with stamps and geometry as stored."""
    with store.reading() as snapshot:
        connection: apsw.Connection = snapshot._connection
        return {
            cls.name: list(connection.execute(f'SELECT * FROM "{cls.name}" ORDER BY id')) for cls in store.catalogue
        }


def index_is_exact(store: Store, catalogue: Catalogue) -> bool:
    """Whether each R*Tree holds just the rows that have a geometry, in boxes around them, and is sound in itself."""
    with store.reading() as snapshot:
        connection: apsw.Connection = snapshot._connection
        for cls in catalogue:
            if not cls.spatial:
                continue
            ids, boxes = spatial_index.row_boxes(connection, cls.name)
            indexed, around = spatial_index.index_boxes(connection, cls.name)
            sound = connection.execute("SELECT rtreecheck('main', ?)", (f"idx_{cls.name}_geom",)).fetchall() == [
                ("ok",)
            ]
            if not (sound and np.array_equal(ids, indexed)):
                return False
            if len(ids) and not (np.all(around[:, :2] <= boxes[:, :2]) and np.all(around[:, 2:] >= boxes[:, 2:])):
                return False
            if len(ids) and np.abs(around - boxes).max() > 1.0:
                return False
    return True


def outside(store: Store, sql: str, *params: Any) -> None:
    """A write by another program: another connection, which knows nothing of the journal."""
    connection = engine.connect(store.path, apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.execute(sql, params)
    finally:
        connection.close()
