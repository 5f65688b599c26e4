"""An older file is brought up to date in one transaction after a backup; a failure leaves it as it was."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from gis.catalogue import Catalogue
from gis.errors import Refusal
from gis.storage import engine, migrations, schema
from gis.storage.migrations import Migration, migrate, still_applies
from gis.storage.store import Store
from tests.gis.storage.content import add, everything, hotspots


def add_table(connection: apsw.Connection, catalogue: Catalogue) -> None:
    connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)")


def note_classes(connection: apsw.Connection, catalogue: Catalogue) -> None:
    connection.executemany("INSERT INTO note (text) VALUES (?)", ((cls.name,) for cls in catalogue))


def fail_late(connection: apsw.Connection, catalogue: Catalogue) -> None:
    connection.execute("UPDATE meta SET value = 'broken' WHERE key = 'name'; SELECT * FROM nowhere")


def break_references(connection: apsw.Connection, catalogue: Catalogue) -> None:
    connection.execute("INSERT INTO premises (id, served_by) VALUES (1, 99)")


NOW = schema.SCHEMA_VERSION
LATER = NOW + 2
GOOD = (Migration(NOW + 1, add_table, keeps_changes=True), Migration(LATER, note_classes, keeps_changes=True))


@pytest.fixture
def later_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the program were two layouts further than the file."""
    monkeypatch.setattr(schema, "SCHEMA_VERSION", LATER)


def become(monkeypatch: pytest.MonkeyPatch, steps: tuple[Migration, ...]) -> None:
    monkeypatch.setattr(migrations, "MIGRATIONS", steps)


@pytest.mark.usefixtures("later_layout")
def test_older_file_is_migrated_at_opening(
    project: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = project.read_bytes()
    become(monkeypatch, GOOD)
    with pytest.raises(Refusal, match=r"storage\.needs_upgrade"):
        Store.open(project, catalogue, readonly=True)
    with Store.open(project, catalogue) as store:
        kept = project.with_name(f"city.v{NOW}.bak.yantu")
        assert store.migrated == kept
        assert store.schema_version == LATER
        with store.reading() as snapshot:
            assert len(snapshot.sql("SELECT text FROM note")[1]) == len(catalogue)
        assert store.verify() == []
    backup = apsw.Connection(str(kept))
    assert backup.pragma("user_version") == NOW
    assert backup.pragma("integrity_check") == "ok"
    assert backup.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'note'").get == 0
    backup.close()
    assert len(kept.read_bytes()) == len(older)
    with Store.open(project, catalogue) as store:  # once is enough
        assert store.migrated is None


@pytest.mark.usefixtures("later_layout")
@pytest.mark.parametrize("bad", [fail_late, break_references])
def test_failed_migration_leaves_the_file_as_it_was(
    project: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, bad: object
) -> None:
    become(monkeypatch, (GOOD[0], Migration(LATER, bad, keeps_changes=True)))
    with pytest.raises(Refusal) as caught:
        Store.open(project, catalogue)
    assert caught.value.code == "storage.migration"
    assert (caught.value.arguments["found"], caught.value.arguments["known"]) == (NOW, LATER)
    assert Path(caught.value.arguments["backup"]).exists()
    plain = apsw.Connection(str(project))
    assert plain.pragma("user_version") == NOW
    assert plain.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'note'").get == 0
    assert plain.execute("SELECT value FROM meta WHERE key = 'name'").get == "盐城"
    assert plain.execute("SELECT count(*) FROM premises").get == 0
    plain.close()


@pytest.mark.usefixtures("later_layout")
def test_a_gap_in_the_steps_is_refused(project: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    become(monkeypatch, GOOD[1:])
    with pytest.raises(Refusal, match=r"storage\.migration"):
        Store.open(project, catalogue)
    assert [p.name for p in project.parent.iterdir() if "bak" in p.name] == []


@pytest.mark.parametrize("keeps", [True, False])
def test_edits_of_the_older_layout(
    project: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, keeps: bool
) -> None:
    with Store.open(project, catalogue) as store:
        before = everything(store)
        add(store, hotspots([1]))
    monkeypatch.setattr(schema, "SCHEMA_VERSION", LATER)
    become(monkeypatch, (GOOD[0], Migration(LATER, note_classes, keeps_changes=keeps)))
    with Store.open(project, catalogue) as store:
        add(store, hotspots([2]))
        assert [entry.schema_version for entry in store.journal_entries()] == [LATER, NOW]
        assert store.undo(author="x").seq == 2
        if keeps:
            store.undo(author="x")
            assert everything(store) == before
        else:
            with pytest.raises(Refusal) as caught:
                store.undo(author="x")
            assert caught.value.code == "storage.old_change"
            assert caught.value.arguments == {"seq": 1, "found": NOW}
            assert [row.id for row in store.changes_of(1)] == [1]  # it can still be read


def test_nothing_to_do(project: Path, catalogue: Catalogue) -> None:
    connection = engine.connect_writer(project)
    assert migrate(connection, project, catalogue) is None
    connection.close()
    assert [p.name for p in project.parent.iterdir()] == [project.name]


def test_shipped_steps_are_whole() -> None:
    assert [step.version for step in migrations.MIGRATIONS] == list(range(2, schema.SCHEMA_VERSION + 1))
    assert still_applies(schema.SCHEMA_VERSION)


def test_a_file_of_layout_1_gains_documents(project: Path, catalogue: Catalogue) -> None:
    connection = engine.connect_writer(project)
    connection.execute("DROP TABLE document; PRAGMA user_version = 1")
    connection.close()
    with Store.open(project, catalogue) as store:
        assert store.migrated == project.with_name("city.v1.bak.yantu")
        store.put_document("bookmark", "大丰", [1.5, "海边"])
        assert store.documents("bookmark") == {"大丰": [1.5, "海边"]}
        assert store.verify() == []
