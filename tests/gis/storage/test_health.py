"""What is wrong with a file is found and named; damaged indexes are mended, a damaged file is never written again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import apsw
import pytest

from gis.catalogue import Catalogue
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.storage import health
from gis.storage.health import Problem
from gis.storage.store import Store
from tests.gis.storage.content import (
    add,
    change,
    everything,
    hotspots,
    index_is_exact,
    nodes,
    outside,
    premises,
    rename,
    roads,
)


@pytest.fixture
def filled(store: Store) -> Store:
    add(store, hotspots(range(1, 400)))
    add(store, nodes([1001]))
    add(store, premises([1002, 1003], [1001, 1001]))
    add(store, roads([1004]))
    assert store.verify() == []
    return store


def the_problem(store: Store, code: str) -> Problem:
    """The one problem there is."""
    found = store.verify()
    assert [problem.code for problem in found] == [code]
    assert found[0].message("zh")
    assert "{" not in found[0].message("en")
    return found[0]


@pytest.mark.parametrize(
    ("sql", "counts"),
    [
        ("DELETE FROM idx_wifi_hotspot_geom WHERE pkid = 7", (1, 0, 0)),
        ("INSERT INTO idx_wifi_hotspot_geom VALUES (4000, 1, 1, 1, 1)", (0, 1, 0)),
        ("UPDATE idx_wifi_hotspot_geom SET xmin = 1, xmax = 2 WHERE pkid = 7", (0, 0, 1)),
        ("UPDATE idx_wifi_hotspot_geom SET xmax = xmax + 9 WHERE pkid = 7", (0, 0, 1)),
        ("UPDATE idx_wifi_hotspot_geom_node SET data = zeroblob(length(data)) WHERE nodeno > 1", None),
        ("UPDATE idx_wifi_hotspot_geom_node SET data = x'00'", None),
        ("DELETE FROM idx_wifi_hotspot_geom_node", None),
        ("DELETE FROM idx_wifi_hotspot_geom_rowid WHERE rowid = 5", None),
    ],
)
def test_damaged_spatial_index_is_found_and_mended(
    filled: Store, catalogue: Catalogue, sql: str, counts: tuple[int, int, int] | None
) -> None:
    before = everything(filled)
    plain = apsw.Connection(str(filled.path))  # without the extension, as a careless tool would
    plain.execute(sql)
    plain.close()
    problem = the_problem(filled, "storage.problem_spatial_index")
    if "node" in sql:
        with pytest.raises(Refusal, match=r"storage\.index_damaged"):
            change(filled, hotspots([7], dx=3))
        assert everything(filled) == before
    assert problem.args["cls"] == "wifi_hotspot"
    if counts is not None:
        assert (problem.args["missing"], problem.args["extra"], problem.args["misplaced"]) == counts
    assert [problem.code for problem in filled.verify(quick=True)] == ["storage.problem_spatial_index"]
    assert not filled.damaged
    filled.repair_index("wifi_hotspot")
    assert filled.verify() == []
    assert everything(filled) == before
    assert index_is_exact(filled, catalogue)
    add(filled, hotspots([5000]))
    assert index_is_exact(filled, catalogue)


def test_search_out_of_step_is_found_and_mended(filled: Store) -> None:
    outside(filled, "INSERT INTO wifi_hotspot (id, name) VALUES (4000, '外来')")
    problem = the_problem(filled, "storage.problem_search")
    assert problem.args["expected"] == problem.args["found"] + 1
    filled.repair_search()
    assert filled.verify() == []
    with filled.reading() as snapshot:
        assert [hit.id for hit in snapshot.search("外来")] == [4000]


def test_missing_search_index_is_found_and_mended(filled: Store) -> None:
    outside(filled, "DROP TABLE search")
    assert the_problem(filled, "storage.problem_search").args["found"] == 0
    filled.repair_search()
    assert filled.verify() == []


def test_index_of_a_column_out_of_step(filled: Store) -> None:
    """SQLite's own index, damaged through the schema: rows are there that it does not know."""
    plain = apsw.Connection(str(filled.path))
    (sql,) = plain.execute("SELECT sql FROM sqlite_schema WHERE name = 'ix_wifi_hotspot_code'").fetchall()[0]
    plain.execute("PRAGMA writable_schema = 1")
    plain.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'ix_wifi_hotspot_code'", (sql + " AND id > 50",))
    plain.execute("PRAGMA writable_schema = RESET; REINDEX ix_wifi_hotspot_code; PRAGMA writable_schema = 1")
    plain.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'ix_wifi_hotspot_code'", (sql,))
    plain.close()
    found = filled.verify()
    assert {problem.code for problem in found} == {"storage.problem_index"}
    assert {problem.args["cls"] for problem in found} == {"wifi_hotspot"}
    assert not filled.damaged
    filled.repair_index("wifi_hotspot")
    assert filled.verify() == []


def test_reference_to_nowhere(filled: Store) -> None:
    outside(filled, "PRAGMA foreign_keys = OFF; DELETE FROM fibre_node")
    assert the_problem(filled, "storage.problem_reference").args == {
        "cls": "premises", "target": "fibre_node", "count": 2,
    }  # fmt: skip


def test_geometry_that_cannot_be_read(filled: Store) -> None:
    plain = apsw.Connection(str(filled.path))
    plain.execute("DROP TRIGGER ggu_wifi_hotspot_geom; DROP TRIGGER giu_wifi_hotspot_geom")
    plain.execute("UPDATE wifi_hotspot SET geom = x'0001FFFF' WHERE id IN (7, 8)")
    plain.close()
    codes = {problem.code: problem.args for problem in filled.verify()}
    assert codes["storage.problem_geometry"] == {"cls": "wifi_hotspot", "count": 2, "id": 7}
    assert codes["storage.problem_spatial_index"]["extra"] == 2


def test_journal_that_does_not_say_what_was_done(filled: Store) -> None:
    outside(filled, "UPDATE journal SET changeset = (SELECT changeset FROM journal WHERE seq = 2) WHERE seq = 4")
    assert the_problem(filled, "storage.problem_journal").args["seq"] == 4


def overwrite(path: Path, table: str) -> None:
    """Put nonsense over the root page of a table, as a failing disk does."""
    plain = apsw.Connection(str(path))
    (page,) = plain.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchall()[0]
    plain.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)


@pytest.mark.parametrize("table", ["wifi_hotspot", "ix_wifi_hotspot_code", "journal", "road"])
def test_damaged_file_is_never_written_again(project: Path, catalogue: Catalogue, table: str) -> None:
    with Store.open(project, catalogue) as store:
        add(store, hotspots(range(1, 400)))
        add(store, roads([1004]))
    overwrite(project, table)
    before = project.read_bytes()
    store = Store.open(project, catalogue)
    problems = store.verify()
    assert "storage.problem_damage" in {problem.code for problem in problems}
    assert store.damaged
    for act in (
        lambda: rename(store, 1, "甲"),
        lambda: store.undo(author="x"),
        lambda: store.set_meta("a", "b"),
        lambda: store.repair_index("road"),
        lambda: store.repair_search(),
        lambda: store.load_bulk([]),
    ):
        with pytest.raises(Refusal, match=r"storage\.damaged"):
            act()
    with store.reading() as snapshot:  # what is whole can still be saved
        assert snapshot.count("camera") == 0
    store.close()
    assert project.read_bytes() == before


def test_damage_met_on_the_way(project: Path, catalogue: Catalogue) -> None:
    """Without any check first: the edit that meets the damage is refused, and all later ones."""
    with Store.open(project, catalogue) as store:
        add(store, hotspots(range(1, 400)))
    overwrite(project, "wifi_hotspot")
    before = project.read_bytes()
    store = Store.open(project, catalogue)
    with pytest.raises(Refusal, match=r"storage\.damaged") as caught:
        rename(store, 1, "甲")
    assert caught.value.arguments["reason"] == "database disk image is malformed"
    with pytest.raises(Refusal, match=r"storage\.damaged"):
        add(store, roads([5]))
    store.close()
    assert project.read_bytes() == before


def test_check_can_be_cancelled(filled: Store) -> None:
    seen: list[tuple[float, float]] = []
    filled.verify(Progress(lambda done, total, label: seen.append((done, total))))
    assert max(seen)[0] == max(total for _, total in seen)
    progress = Progress(lambda done, total, label: progress.cancel())
    with pytest.raises(Cancelled):
        filled.verify(progress)
    rename(filled, 1, "甲")


def test_one_long_look_is_cancelled_midway(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages of a large file take SQLite many seconds in one go."""

    def endless(connection: apsw.Connection, quick: bool) -> Iterator[Problem]:
        counted = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        yield from (Problem(str(count)) for count in connection.execute(counted))

    progress = Progress()
    stop = Timer(0.05, progress.cancel)
    stop.start()
    with monkeypatch.context() as patch:
        patch.setattr(health, "_pages", endless)
        with pytest.raises(Cancelled):
            filled.verify(progress)
    stop.join()
    assert filled.verify() == []  # the connection serves on
