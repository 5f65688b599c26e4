"""One edit is one transaction, one changeset and one entry; undo and redo walk them, over restarts too."""

from __future__ import annotations

from pathlib import Path

import apsw
import numpy as np
import pytest
import shapely

from gis.catalogue import Catalogue
from gis.editing.intents import Change, Insert, Remove
from gis.errors import Cancelled, Fault, Refusal
from gis.geometry.columns import Columns
from gis.progress import Progress
from gis.storage import journal
from gis.storage.journal import Narrowed
from gis.storage.store import Plan, Store
from tests.gis.storage.content import (
    X,
    Y,
    add,
    areas,
    change,
    do,
    everything,
    hotspots,
    index_is_exact,
    nodes,
    outside,
    premises,
    remove,
    rename,
    roads,
    texts,
)


def test_insert_change_remove(store: Store, catalogue: Catalogue) -> None:
    written = add(store, hotspots([11, 12]))
    assert (written.seq, written.label, written.label_args) == (1, "edit.change", {"n": 1})
    assert written.touched["wifi_hotspot"].tolist() == [11, 12]
    assert written.bbox == pytest.approx((X + 110, Y, X + 120, Y), abs=1)
    assert written.version == store.version == 1

    moved = change(store, hotspots([11], dx=500, name=texts(["新"])))
    assert moved.bbox == pytest.approx((X + 110, Y, X + 610, Y), abs=1)  # its old and its new place
    with store.reading() as snapshot:
        row = snapshot.row("wifi_hotspot", 11)
        assert (row["name"], row["code"], row["updated_by"]) == ("新", "W11", "李工")
        assert row["geom"].equals(shapely.Point(X + 610, Y))
        assert [hit.id for hit in snapshot.search("新")] == [11]
        assert snapshot.ids_in("wifi_hotspot", (X + 600, Y - 1, X + 620, Y + 1)).tolist() == [11]

    remove(store, "wifi_hotspot", [11])
    with store.reading() as snapshot:
        assert snapshot.ids("wifi_hotspot").tolist() == [12]
        assert snapshot.search("新") == []
    assert index_is_exact(store, catalogue)
    assert store.verify() == []


def test_every_kind_of_geometry_and_value(store: Store, catalogue: Catalogue) -> None:
    before = everything(store)
    building = Columns(
        "building", np.array([5]), {"height_m": np.array([12.5]), "floors": np.array([np.nan])},
        texts([shapely.box(X, Y, X + 9, Y + 9)]),
    )  # fmt: skip
    dated = Columns(
        "camera", np.array([6]),
        {"installed_on": texts(["2024-05-01"]), "networked": np.array([1.0]), "uplink_cable": np.array([0])},
        texts([shapely.Point(X, Y)]),
    )  # fmt: skip
    do(store, Insert(roads([1, 2])), Insert(areas([3, 4])), Insert(building), Insert(dated))
    with store.reading() as snapshot:
        assert snapshot.row("area", 3)["geom"].geom_type == "MultiPolygon"
        assert snapshot.row("building", 5)["floors"] is None
        row = snapshot.row("camera", 6)
        assert (row["installed_on"], row["networked"], row["uplink_cable"]) == ("2024-05-01", True, None)
        stored = snapshot.sql("SELECT typeof(networked), typeof(installed_on) FROM camera")[1]
        assert stored == [("integer", "text")]
    assert index_is_exact(store, catalogue)
    store.undo(author="x")
    assert everything(store) == before


def test_row_without_geometry_yet(store: Store, catalogue: Catalogue) -> None:
    bare = Columns("wifi_hotspot", np.array([1, 2]), {}, texts([None, shapely.Point(X, Y)]))
    assert add(store, bare).bbox == pytest.approx((X, Y, X, Y), abs=1)
    assert index_is_exact(store, catalogue)
    change(store, Columns("wifi_hotspot", np.array([1, 2]), {}, texts([shapely.Point(X, Y + 9), None])))
    assert index_is_exact(store, catalogue)
    store.undo(author="x")
    assert index_is_exact(store, catalogue)
    assert store.verify() == []


def test_nothing_differs_no_entry(store: Store) -> None:
    add(store, hotspots([1]))
    before = everything(store)
    same = change(store, hotspots([1]))
    assert (same.seq, same.touched, same.bbox, same.version) == (None, {}, None, store.version)
    assert do(store).seq is None
    assert do(store, Insert(hotspots([9])), Remove("wifi_hotspot", np.array([9]))).seq is None
    assert everything(store) == before
    assert len(store.journal_entries()) == 1


def test_undo_and_redo_walk_the_journal(store: Store, catalogue: Catalogue) -> None:
    states = [everything(store)]
    for step in (Insert(hotspots([1, 2, 3])), Change(hotspots([1], dx=50)), Remove("wifi_hotspot", np.array([2]))):
        do(store, step)
        states.append(everything(store))
    for state in reversed(states[:-1]):
        store.undo(author="x")
        assert everything(store) == state
        assert index_is_exact(store, catalogue)
    with pytest.raises(Refusal, match=r"storage\.nothing_to_undo"):
        store.undo(author="x")
    for state in states[1:]:
        store.redo(author="x")
        assert everything(store) == state
        assert index_is_exact(store, catalogue)
    with pytest.raises(Refusal, match=r"storage\.nothing_to_redo"):
        store.redo(author="x")
    assert store.version == 9
    assert store.verify() == []


def test_undo_survives_a_restart(project: Path, catalogue: Catalogue) -> None:
    with Store.open(project, catalogue) as store:
        empty = everything(store)
        add(store, hotspots([1]))
        full = everything(store)
    with Store.open(project, catalogue) as store:
        assert store.version == 1
        assert store.undo(author="二").seq == 1
        assert everything(store) == empty
    with Store.open(project, catalogue) as store:
        assert store.redoable() is not None
        assert store.redo(author="三").seq == 1
        assert everything(store) == full
        entry = store.journal_entry(1)
        assert (entry.author, entry.switched_by, entry.undone) == ("李工", "三", journal.IN_FORCE)


def test_new_edit_after_undo_closes_redo_but_keeps_history(store: Store) -> None:
    add(store, hotspots([1]))
    rename(store, 1, "甲")
    rename(store, 1, "乙")
    store.undo(author="x")
    store.undo(author="x")
    rename(store, 1, "丙")
    with pytest.raises(Refusal, match=r"storage\.nothing_to_redo"):
        store.redo(author="x")
    found = {entry.seq: entry.undone for entry in store.journal_entries()}
    assert found == {4: journal.IN_FORCE, 3: journal.SUPERSEDED, 2: journal.SUPERSEDED, 1: journal.IN_FORCE}
    assert next(store.changes_of(3)).new["name"] == "乙"
    assert [store.undo(author="x").seq for _ in range(2)] == [4, 1]
    with pytest.raises(Refusal, match=r"storage\.nothing_to_undo"):
        store.undo(author="x")


def test_history_of_a_feature(store: Store) -> None:
    do(store, Insert(hotspots([1, 2])), Insert(roads([3])))
    rename(store, 2, "新名")
    remove(store, "road", [3])
    assert [entry.seq for entry in store.journal_entries(narrowed=Narrowed("wifi_hotspot", 2))] == [2, 1]
    assert [entry.seq for entry in store.journal_entries(narrowed=Narrowed(id=3))] == [3, 1]
    assert [entry.seq for entry in store.journal_entries(narrowed=Narrowed("road"))] == [3, 1]
    assert [entry.seq for entry in store.journal_entries(1, Narrowed(before=3))] == [2]
    assert store.journal_entry(1).counts == {"wifi_hotspot": 2, "road": 1}
    assert store.journal_entries(narrowed=Narrowed("wifi_hotspot", 99)) == []

    made, changed, gone = (list(store.changes_of(seq)) for seq in (1, 2, 3))
    assert {(row.cls, row.id, row.op) for row in made} == {
        ("wifi_hotspot", 1, "insert"), ("wifi_hotspot", 2, "insert"), ("road", 3, "insert"),
    }  # fmt: skip
    assert made[0].old == {}
    assert set(made[0].new) >= {"id", "code", "name", "geom", "updated_at"}
    assert (changed[0].id, changed[0].op, changed[0].old["name"], changed[0].new["name"]) == (
        2,
        "update",
        "热点2",
        "新名",
    )
    assert "code" not in changed[0].new
    assert "geom" not in changed[0].new
    assert (gone[0].op, gone[0].old["name"], gone[0].new) == ("delete", "路3", {})
    with pytest.raises(Refusal, match=r"storage\.no_entry"):
        list(store.changes_of(99))


def test_conflict_shows_both_versions_and_changes_nothing(store: Store) -> None:
    add(store, hotspots([1, 2]))
    do(store, Change(hotspots([1, 2], name=texts(["甲", "乙"]))))
    outside(store, "UPDATE wifi_hotspot SET name = '外' WHERE id = 2")
    before = everything(store)
    with pytest.raises(Refusal) as caught:
        store.undo(author="x")
    refusal = caught.value
    assert refusal.code == "storage.conflict"
    assert (refusal.arguments["cls"], refusal.arguments["id"]) == ("wifi_hotspot", 2)
    assert refusal.arguments["expected"]["name"] == "乙"
    assert refusal.arguments["found"]["name"] == "外"
    assert refusal.arguments["fields"] == "name"
    assert everything(store) == before
    entry = store.undoable()
    assert entry is not None
    assert entry.seq == 2
    outside(store, "UPDATE wifi_hotspot SET name = '乙' WHERE id = 2")
    assert store.undo(author="x").seq == 2


def test_other_fields_changed_outside_survive_undo(store: Store) -> None:
    add(store, hotspots([1]))
    rename(store, 1, "甲")
    outside(store, "UPDATE wifi_hotspot SET venue = '车站' WHERE id = 1")
    store.undo(author="x")
    with store.reading() as snapshot:
        assert (snapshot.row("wifi_hotspot", 1)["name"], snapshot.row("wifi_hotspot", 1)["venue"]) == ("热点1", "车站")


def test_conflicts_of_presence(store: Store) -> None:
    add(store, hotspots([1]))
    outside(store, "DELETE FROM wifi_hotspot WHERE id = 1")
    with pytest.raises(Refusal, match=r"storage\.conflict") as gone:
        store.undo(author="x")
    assert gone.value.arguments["found"] is None
    outside(store, "INSERT INTO wifi_hotspot (id, name) VALUES (1, '别的')")
    with pytest.raises(Refusal, match=r"storage\.conflict") as other:
        store.undo(author="x")
    assert other.value.arguments["found"]["name"] == "别的"
    assert other.value.arguments["expected"]["name"] == "热点1"


def test_redo_onto_a_row_that_came_from_outside(store: Store) -> None:
    add(store, hotspots([1]))
    store.undo(author="x")
    outside(store, "INSERT INTO wifi_hotspot (id, name) VALUES (1, '别的')")
    with pytest.raises(Refusal, match=r"storage\.conflict") as caught:
        store.redo(author="x")
    assert caught.value.arguments["id"] == 1
    assert caught.value.arguments["found"]["name"] == "别的"


def test_undo_that_would_orphan_a_reference(store: Store) -> None:
    add(store, nodes([1]))
    outside(store, "INSERT INTO premises (id, served_by) VALUES (2, 1)")
    before = everything(store)
    with pytest.raises(Refusal, match=r"storage\.conflict_reference"):
        store.undo(author="x")
    assert everything(store) == before


def test_references_are_checked_at_the_end_of_the_step(store: Store) -> None:
    do(store, Insert(premises([1], [2])), Insert(nodes([2])))  # the target comes after, in the same step
    before = everything(store)
    with pytest.raises(Refusal) as caught:
        remove(store, "fibre_node", [2])
    assert caught.value.code == "storage.reference"
    assert caught.value.arguments == {"cls": "premises", "id": 1, "target": "fibre_node"}
    with pytest.raises(Refusal, match=r"storage\.reference"):
        add(store, premises([3], [99]))
    assert everything(store) == before
    do(store, Remove("premises", np.array([1])), Remove("fibre_node", np.array([2])))
    store.undo(author="x")
    assert everything(store) == before


def test_code_is_unique_where_given(store: Store) -> None:
    add(store, hotspots([1, 2], code=texts([None, None])))
    add(store, hotspots([3], code=texts(["A"])))
    before = everything(store)
    with pytest.raises(Refusal) as caught:
        do(store, Insert(hotspots([4, 5])), Insert(hotspots([6], code=texts(["A"]))))
    assert caught.value.code == "storage.duplicate"
    assert caught.value.arguments == {"cls": "wifi_hotspot", "field": "code"}
    assert everything(store) == before
    assert len(store.journal_entries()) == 2


def test_row_that_is_gone(store: Store) -> None:
    add(store, hotspots([1]))
    for step in (Change(hotspots([1, 2])), Remove("wifi_hotspot", np.array([1, 2]))):
        with pytest.raises(Refusal) as caught:
            do(store, step)
        assert caught.value.code == "storage.gone"
        assert caught.value.arguments == {"cls": "wifi_hotspot", "id": 2, "count": 1}
    with store.reading() as snapshot:
        assert snapshot.count("wifi_hotspot") == 1


def test_bugs_of_ours_are_faults(store: Store) -> None:
    with pytest.raises(Fault, match="positive"):
        add(store, hotspots([0]))
    with pytest.raises(Fault, match="values for"):
        add(store, Columns("wifi_hotspot", np.array([1, 2]), {"name": texts(["a"])}))
    with pytest.raises(Fault, match="no geometry"):
        add(store, Columns("splice", np.array([1]), {}, texts([shapely.Point(X, Y)])))
    assert store.journal_entries() == []


def test_cancelled_import_leaves_nothing(store: Store, catalogue: Catalogue) -> None:
    progress = Progress(lambda done, total, label: progress.cancel() if done >= 5000 else None)
    with pytest.raises(Cancelled):
        store.write(Plan("edit.create", {}, (Insert(hotspots(range(1, 20_001))),)), author="x", progress=progress)
    with store.reading() as snapshot:
        assert snapshot.count("wifi_hotspot") == 0
    assert store.journal_entries() == []
    assert index_is_exact(store, catalogue)
    add(store, hotspots([1]))  # the triggers are back
    assert index_is_exact(store, catalogue)


def test_many_rows_in_one_step(store: Store, catalogue: Catalogue) -> None:
    """Above 2,000 rows the R*Tree is made anew instead of kept in step; it must make no difference."""
    add(store, hotspots(range(1, 101)))
    few = everything(store)
    ids = np.random.default_rng(1).permutation(np.arange(1000, 7000)).tolist()
    written = add(store, hotspots(ids))
    many = everything(store)
    assert written.touched["wifi_hotspot"].tolist() == sorted(ids)
    assert index_is_exact(store, catalogue)
    change(store, hotspots(ids, dx=5000))
    assert index_is_exact(store, catalogue)
    moved = everything(store)
    rename(store, 1000, "单")  # one row again, through the triggers
    change(store, hotspots([1000], dx=70))
    remove(store, "wifi_hotspot", [1001])
    assert index_is_exact(store, catalogue)
    for _ in range(3):
        store.undo(author="x")
    assert everything(store) == moved
    store.undo(author="x")
    assert everything(store) == many
    assert index_is_exact(store, catalogue)
    store.undo(author="x")
    assert everything(store) == few
    assert index_is_exact(store, catalogue)
    store.redo(author="x")
    assert everything(store) == many
    assert store.verify() == []


def test_only_the_feature_tables_are_recorded(store: Store, catalogue: Catalogue) -> None:
    add(store, hotspots([1, 2]))
    rename(store, 1, "甲")
    remove(store, "wifi_hotspot", [2])
    with store.reading() as snapshot:
        connection: apsw.Connection = snapshot._connection
        for seq in (1, 2, 3):
            names = {c.name for c in apsw.Changeset.iter(journal.changeset_of(connection, seq))}
            assert names == {"wifi_hotspot"}


def test_classes_keep_the_version_of_their_last_write(store: Store) -> None:
    add(store, hotspots([1]))
    add(store, roads([2]))
    rename(store, 1, "甲")
    assert store.class_versions() == {"wifi_hotspot": 3, "road": 2}
    store.undo(author="x")
    assert store.class_versions() == {"wifi_hotspot": 4, "road": 2}
    with store.reading() as snapshot:
        assert snapshot.version == 4


def test_unreadable_entry(store: Store) -> None:
    add(store, hotspots([1]))
    outside(store, "UPDATE journal SET changeset = x'787878'")
    with pytest.raises(Refusal, match=r"storage\.unreadable_entry"):
        store.undo(author="x")
    outside(store, "UPDATE journal SET changeset = x'54FFFFFF01'")
    with pytest.raises(Refusal, match=r"storage\.unreadable_entry"):
        store.undo(author="x")
    assert not store.damaged
    assert [problem.code for problem in store.verify()] == ["storage.problem_journal"]
    assert not store.damaged
    rename(store, 1, "仍可编辑")


def test_runs(store: Store) -> None:
    run = {
        "kind": "wifi", "name": "全市", "params": {"threshold_dbm": -75.0}, "input_version": 3, "seed": 1,
        "started_at": "2025-01-01T00:00:00Z", "duration_s": 1.5, "summary": {"areas": []}, "files": {},
    }  # fmt: skip
    first, second = store.save_run(run), store.save_run({**run, "kind": "cells"})
    store.update_run(first, files={"coverage": "coverage.tif"})
    assert [r["id"] for r in store.runs()] == [second, first]
    assert store.runs(first) == [{**run, "id": first, "files": {"coverage": "coverage.tif"}}]
    store.delete_run(second)
    assert len(store.runs()) == 1
    assert store.journal_entries() == []


def test_meta(store: Store) -> None:
    store.set_meta("home", "区")
    assert store.meta() == {"home": "区", "name": "盐城", "srid": "4549"}
