"""The fast load makes the same file as the slow way, or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.catalogue import Catalogue
from gis.editing.intents import Insert
from gis.errors import Cancelled, Fault, Refusal
from gis.geometry.columns import Columns
from gis.progress import Progress
from gis.storage import spatial_index
from gis.storage.store import Store
from tests.gis.storage.content import (
    X,
    Y,
    add,
    areas,
    do,
    everything,
    hotspots,
    index_is_exact,
    nodes,
    premises,
    remove,
    rename,
    roads,
    texts,
)


def a_city() -> list[Columns]:
    """A few classes, in no order of keys, in several pieces."""
    rng = np.random.default_rng(3)
    some = rng.permutation(np.arange(1, 3001)).tolist()
    served = rng.choice(np.arange(5001, 5101), 400).tolist()
    return [
        premises(range(6001, 6401), served),  # before what it refers to
        hotspots(some[:2000]),
        areas([4001, 4002]),
        hotspots(some[2000:]),
        nodes(range(5001, 5101)),
        roads(range(7001, 7050)),
        Columns("splitter", np.array([8001]), {"node": np.array([5001]), "ratio": np.array([8.0])}),
    ]


def unstamped(store: Store) -> dict[str, list[tuple]]:
    """All rows without who wrote them and when."""
    return {
        cls: [(*row[: -3 if store.catalogue[cls].spatial else -2], row[-1]) for row in rows] if rows else []
        for cls, rows in everything(store).items()
    }


def test_same_as_the_slow_way(store: Store, tmp_path: Path, catalogue: Catalogue) -> None:
    store.load_bulk(a_city())
    with Store.create(tmp_path / "slow.yantu", catalogue) as slow:
        do(slow, *(Insert(columns) for columns in a_city()))
        fast, other = unstamped(store), unstamped(slow)
        for cls in catalogue:
            if cls.spatial:  # tables end with their stamps
                assert fast[cls.name] == other[cls.name]
            assert len(fast[cls.name]) == len(other[cls.name])
        with store.reading() as quick, slow.reading() as steady:
            query = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name"
            assert quick.sql(query)[1] == steady.sql(query)[1]  # every trigger and index is back
            assert {h.id for h in quick.search("热点7")} == {h.id for h in steady.search("热点7")} != set()
    assert index_is_exact(store, catalogue)
    assert store.verify() == []
    assert store.version == 1
    assert store.journal_entries() == []
    assert store._writer is not None
    assert (store._writer.pragma("journal_mode"), store._writer.pragma("foreign_keys")) == ("wal", 1)


def test_edits_after_a_load(store: Store, catalogue: Catalogue) -> None:
    store.load_bulk(a_city())
    before = everything(store)
    rename(store, 1, "甲")
    add(store, hotspots([9000]))
    store.undo(author="x")
    store.undo(author="x")
    with pytest.raises(Refusal, match=r"storage\.nothing_to_undo"):
        store.undo(author="x")
    assert everything(store) == before
    assert index_is_exact(store, catalogue)
    with pytest.raises(Refusal, match=r"storage\.reference"):
        add(store, premises([9001], [99]))


def test_a_second_load_adds(store: Store, catalogue: Catalogue) -> None:
    store.load_bulk([hotspots([1, 2])])
    store.load_bulk([hotspots([3])])
    with store.reading() as snapshot:
        assert snapshot.count("wifi_hotspot") == 3
    assert index_is_exact(store, catalogue)
    assert store.verify() == []


def test_never_after_edits(store: Store) -> None:
    add(store, hotspots([1]))
    with pytest.raises(Fault, match="has edits"):
        store.load_bulk([hotspots([2])])


def broken(kind: str) -> Iterator[Columns]:
    yield hotspots(range(1, 6000))
    if kind == "error":
        raise RuntimeError("the generator fell over")
    if kind == "reference":
        yield premises([7000], [99])
    if kind == "duplicate":
        yield hotspots([7000], code=texts(["W1"]))
    if kind == "geometry":
        yield Columns("road", np.array([7000]), {}, texts([shapely.Point(X, Y)]))
    if kind == "key":
        yield roads([1])


@pytest.mark.parametrize(
    ("kind", "error", "match"),
    [
        ("error", RuntimeError, "fell over"),
        ("reference", Refusal, r"storage\.bulk_reference"),
        ("duplicate", Refusal, r"storage\.duplicate"),
        ("geometry", Refusal, r"storage\.geometry"),
        ("key", Fault, "unique over all classes"),
    ],
)
def test_all_or_nothing(store: Store, catalogue: Catalogue, kind: str, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        store.load_bulk(broken(kind))
    with store.reading() as snapshot:
        assert sum(snapshot.counts().values()) == 0
    assert store._writer is not None
    assert (store._writer.pragma("journal_mode"), store._writer.pragma("foreign_keys")) == ("wal", 1)
    assert store.verify() == []
    add(store, hotspots([1]))
    assert index_is_exact(store, catalogue)


def test_cancelled(store: Store) -> None:
    progress = Progress(lambda done, total, label: progress.cancel() if label == "storage.indexing" else None)
    with pytest.raises(Cancelled):
        store.load_bulk(a_city(), progress)
    with store.reading() as snapshot:
        assert sum(snapshot.counts().values()) == 0


def test_beside_a_reader(store: Store) -> None:
    """Someone who reads keeps the log in use: slower, and the reader sees nothing half done."""
    with store.reading() as snapshot:
        assert snapshot.count("wifi_hotspot") == 0
        store.load_bulk(a_city())
        assert snapshot.count("wifi_hotspot") == 0
    with store.reading() as snapshot:
        assert snapshot.count("wifi_hotspot") == 3000
    assert store.verify() == []


def test_source_cannot_read_what_it_fills(store: Store) -> None:
    def source() -> Iterator[Columns]:
        with store.reading() as snapshot:
            yield hotspots([snapshot.count("road") + 1])

    with pytest.raises(Fault, match="to itself"):
        store.load_bulk(source())
    store.load_bulk([hotspots([1])])


@pytest.mark.parametrize("n", [0, 1, 41, 42, 43, 50, 60, 84, 85, 1764, 1765, 1800, 5000, 80_000])
def test_packed_index_is_sound_at_every_size(store: Store, catalogue: Catalogue, n: int) -> None:
    """Around the sizes at which a node or a level is added."""
    rng = np.random.default_rng(n)
    x, y = rng.uniform(X, X + 50_000, n), rng.uniform(Y, Y + 90_000, n)
    store.load_bulk([Columns("camera", np.arange(1, n + 1), {}, shapely.points(x, y))])
    assert index_is_exact(store, catalogue)
    with store.reading() as snapshot:
        for _ in range(20):
            left, low = rng.uniform(X, X + 45_000), rng.uniform(Y, Y + 80_000)
            inside = (x >= left) & (x <= left + 5000) & (y >= low) & (y <= low + 9000)
            found = snapshot.ids_in("camera", (left, low, left + 5000, low + 9000))
            assert set(found.tolist()) >= set((np.flatnonzero(inside) + 1).tolist())
            assert len(found) <= inside.sum() + 2  # float32 at the edges
    fresh = [1_000_000, 1_000_001]
    add(store, Columns("camera", np.array(fresh), {}, shapely.points([X, X + 1], [Y, Y + 1])))
    if n:
        remove(store, "camera", range(1, min(n, 200) + 1))  # nodes run empty and are merged
    assert index_is_exact(store, catalogue)


def test_wide_coordinates(tmp_path: Path, catalogue: Catalogue) -> None:
    """Zone 40 eastings of 40 million stand on a float32 grid of 4 m: boxes must still hold their features."""
    with Store.create(tmp_path / "z40.yantu", catalogue, crs="EPSG:4528") as store:
        rng = np.random.default_rng(1)
        x, y = rng.uniform(40_490_000, 40_510_000, 300), rng.uniform(Y, Y + 9000, 300)
        store.load_bulk([Columns("camera", np.arange(1, 301), {}, shapely.points(x, y))])
        add(store, Columns("camera", np.arange(301, 601), {}, shapely.points(x + 0.5, y)))
        with store.reading() as snapshot:
            connection = snapshot._connection
            ids, boxes = spatial_index.row_boxes(connection, "camera")
            indexed, around = spatial_index.index_boxes(connection, "camera")
        assert np.array_equal(ids, indexed)
        assert np.all(around[:, :2] <= boxes[:, :2])
        assert np.all(around[:, 2:] >= boxes[:, 2:])
        assert store.verify() == []
