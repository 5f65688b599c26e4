"""A write recorded in pieces is the same edit as one recorded whole: same rows, same way back, same way again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from gis.catalogue import Catalogue
from gis.editing.intents import Change, Insert, Plan, Remove, Step
from gis.errors import Cancelled, Refusal
from gis.geometry.columns import Columns
from gis.progress import Progress
from gis.storage import packing, recording, writer
from gis.storage.snapshots import Snapshot
from gis.storage.store import Store, Written
from tests.gis.storage.content import add, everything, hotspots, index_is_exact, nodes, roads, texts

OLD = [5, 7, 9, 11, 13, 15, 17]


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small that a plan of a few rows is written in several."""
    monkeypatch.setattr(recording, "PIECEWISE_FROM", 1)
    monkeypatch.setattr(recording, "_PIECE", 4)
    monkeypatch.setattr(writer, "_CHUNK", 2)
    monkeypatch.setattr(packing, "_PACK_FROM", 64)


def renamed(ids: list[int], name: str, **more: object) -> Change:
    return Change(Columns("wifi_hotspot", np.array(ids), {"name": texts([f"{name}{i}" for i in ids]), **more}))


PLANS: dict[str, list[Step]] = {
    "new rows": [Insert(hotspots(list(range(100, 130))))],
    "new and changed": [Insert(hotspots(list(range(100, 111)))), renamed(OLD, "乙")],
    "two classes": [Insert(hotspots(list(range(100, 109)))), Insert(roads(list(range(200, 213))))],
    "removed": [Remove("wifi_hotspot", np.array(OLD))],
    "changed twice": [renamed(OLD, "乙"), renamed(OLD[2:5], "丙")],
    "new, then changed": [Insert(hotspots(list(range(100, 111)))), renamed([101, 109], "丁")],
    "classes by turns": [renamed(OLD[:3], "乙"), Insert(roads([200, 201])), renamed(OLD[3:], "丙")],
    "some the same": [Change(hotspots(OLD)), renamed(OLD[:1], "乙")],
    "back again": [renamed(OLD, "乙"), Change(hotspots(OLD))],
}


def write(store: Store, steps: list[Step], way: str) -> Written:
    if way == "whole":
        return store.write(Plan("edit.change", {"n": 1}, tuple(steps)), author="x")
    return store.write_many(
        lambda _: (Plan("edit.change", {}, (step,)) for step in steps),
        label="edit.change", label_args={"n": 1}, author="x", expected={"wifi_hotspot": 3000},
    )  # fmt: skip


@pytest.mark.parametrize("way", ["whole", "many"])
@pytest.mark.parametrize("steps", list(PLANS.values()), ids=list(PLANS))
def test_in_pieces(store: Store, catalogue: Catalogue, steps: list[Step], way: str, pieces: None) -> None:
    add(store, hotspots(OLD))
    before = everything(store)
    told = write(store, steps, way)
    after = everything(store)
    assert index_is_exact(store, catalogue)
    if told.seq is None:
        assert after == before
        return
    with store.reading() as snapshot:
        found = recording.journal.effects_of(snapshot._connection, catalogue, told.seq)
    assert {c: i.tolist() for c, i in found.touched.items()} == {c: i.tolist() for c, i in told.touched.items()}
    undone = store.undo(author="x")
    assert {c: len(i) for c, i in undone.touched.items()} == {c: len(i) for c, i in told.touched.items()}
    assert everything(store) == before
    store.redo(author="x")
    assert everything(store) == after
    assert index_is_exact(store, catalogue)
    assert store.verify() == []


@pytest.mark.parametrize("steps", list(PLANS.values()), ids=list(PLANS))
def test_the_entry_is_that_of_one_session(
    store: Store, catalogue: Catalogue, steps: list[Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "now", lambda: "2026-03-05T08:00:00Z")  # both in one second
    add(store, hotspots(OLD))
    whole = write(store, steps, "whole")
    rows = everything(store)
    changes = sorted(map(repr, store.changes_of(whole.seq))) if whole.seq else []
    if whole.seq:
        store.undo(author="x")
    monkeypatch.setattr(recording, "PIECEWISE_FROM", 1)
    monkeypatch.setattr(recording, "_PIECE", 3)
    monkeypatch.setattr(writer, "_CHUNK", 1)
    pieced = write(store, steps, "whole")
    assert (pieced.seq is None) == (whole.seq is None)

    assert everything(store).keys() == rows.keys()
    if pieced.seq:
        assert sorted(map(repr, store.changes_of(pieced.seq))) == changes


def test_each_plan_sees_what_the_earlier_ones_wrote(store: Store, pieces: None) -> None:
    seen: list[int] = []

    def plans(here: Snapshot) -> Iterator[Plan]:
        for start in (100, 200, 300):
            yield Plan("edit.change", {}, (Insert(hotspots(list(range(start, start + 9)))),))
            seen.append(here.count("wifi_hotspot"))

    store.write_many(plans, label="x", label_args={}, author="x", expected={"wifi_hotspot": 27})
    assert seen == [9, 18, 27]
    store.undo(author="x")
    assert not any(everything(store).values())


@pytest.mark.parametrize("error", [Cancelled(), Refusal("edit.missing_rows"), MemoryError()], ids=repr)
def test_what_is_raised_between_plans_undoes_all(store: Store, catalogue: Catalogue, error: Exception) -> None:
    add(store, nodes([1, 2]))
    before = everything(store)

    def plans(here: Snapshot) -> Iterator[Plan]:
        yield Plan("edit.change", {}, (Insert(hotspots(list(range(100, 200)))),))
        raise error

    with pytest.raises(type(error)):
        store.write_many(plans, label="x", label_args={}, author="x", expected={"wifi_hotspot": 5000})
    assert everything(store) == before
    assert index_is_exact(store, catalogue)
    assert store.verify() == []


def test_cancelled_at_any_step(store: Store, catalogue: Catalogue, pieces: None) -> None:
    add(store, hotspots(OLD))
    before = everything(store)
    steps = 0

    def counting(*_: object) -> None:
        nonlocal steps
        steps += 1

    plan = Plan("edit.change", {"n": 1}, tuple(PLANS["new and changed"]))
    store.write(plan, author="x", progress=Progress(counting))
    store.undo(author="x")
    assert steps > 5
    for stop in range(1, steps):
        progress = Progress()
        left = stop

        def tell(*_: object, progress: Progress = progress) -> None:
            nonlocal left
            left -= 1
            if not left:
                progress.cancel()

        progress._listener = tell
        with pytest.raises(Cancelled):
            store.write(plan, author="x", progress=progress)
        assert everything(store) == before, f"step {stop}"
        assert index_is_exact(store, catalogue)


def test_a_packed_changeset_is_read_in_any_portions() -> None:
    data = b"T" + bytes(np.random.default_rng(1).integers(0, 40, 50_000, dtype=np.uint8))
    made = packing.Packing()
    for start in range(0, len(data), 777):
        made.take(data[start : start + 777])
    made.finish()
    assert len(made) < len(data)
    assert len(b"".join(made.pieces())) == len(made)
    for size in (1000, 65_536, 10**7):
        give = made.source()
        assert b"".join(iter(lambda give=give, size=size: give(size), b"")) == data
    made._file.truncate(len(made) // 2)
    give = made.source()
    with pytest.raises(ValueError, match="too early"):
        b"".join(iter(lambda: give(1 << 20), b""))
