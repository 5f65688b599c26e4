"""The SQL console reads, and only reads."""

from __future__ import annotations

import pytest

from gis.errors import Refusal
from gis.storage.snapshots import Snapshot
from tests.gis.storage_reading.conftest import AREA, PREMISES


def test_a_select(snapshot: Snapshot) -> None:
    names, rows = snapshot.sql("SELECT code, households AS h FROM premises WHERE id < ? ORDER BY id", (3,))
    assert names == ["code", "h"]
    assert rows == [("P00000", 0), ("P00001", 1)]


def test_names_even_without_rows(snapshot: Snapshot) -> None:
    assert snapshot.sql("SELECT id, name FROM area WHERE 0") == (["id", "name"], [])


def test_limit(snapshot: Snapshot) -> None:
    assert len(snapshot.sql("SELECT id FROM premises", limit=7)[1]) == 7
    assert len(snapshot.sql("SELECT id FROM premises")[1]) == PREMISES


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ST_Area(geom) > 0 FROM area",
        "WITH a AS (SELECT count(*) n FROM premises) SELECT n FROM a",
        "SELECT p.id FROM premises p JOIN idx_premises_geom i ON i.pkid = p.id WHERE i.xmin < 500001 LIMIT 1",
        "SELECT rowid FROM search WHERE search MATCH '盐'",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n",
        "EXPLAIN QUERY PLAN SELECT * FROM premises",
        "SELECT AsText(ST_Centroid(geom)) FROM building",
        "-- 注释\nSELECT '；' FROM area;",
    ],
)
def test_what_may_be_asked(snapshot: Snapshot, text: str) -> None:
    assert len(snapshot.sql(text)[1]) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "DELETE FROM premises",
        "UPDATE premises SET name = 'x'",
        "INSERT INTO meta VALUES ('a', 'b')",
        "DROP TABLE premises",
        "CREATE TABLE t (a)",
        "CREATE TEMP TABLE t (a)",
        "ALTER TABLE premises ADD COLUMN x",
        "ATTACH ':memory:' AS other",
        "DETACH main",
        "PRAGMA query_only = 0",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA writable_schema = 1",
        "VACUUM",
        "VACUUM INTO '/tmp/never.sqlite'",
        "REINDEX",
        "ANALYZE",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT a",
        "SELECT load_extension('mod_spatialite')",
        "SELECT AddGeometryColumn('area', 'g2', 4549, 'POINT', 'XY')",
        "SELECT DropTable(NULL, 'area')",
        "SELECT BlobToFile(geom, '/tmp/never') FROM area",
        "SELECT ExportGeoJSON2('area', 'geom', '/tmp/never.json')",
        "SELECT ImportSHP('/tmp/never', 'x', 'UTF-8')",
        "SELECT eval('DELETE FROM premises')",
        "SELECT PROJ_SetDatabasePath('/tmp/never.db')",
        "SELECT 1; DELETE FROM premises",
        "SELECT 1; SELECT 2",
        "INSERT INTO search(search) VALUES ('delete-all')",
    ],
)
def test_what_is_refused(snapshot: Snapshot, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        snapshot.sql(text)
    assert refused.value.code in ("reading.sql_denied", "reading.sql_wrong")
    assert refused.value.message("zh")
    assert snapshot.count("premises") == PREMISES
    assert snapshot.sql("SELECT name FROM area")[1] == [("盐都区",)]  # and the console still works


@pytest.mark.parametrize("text", ["SELEC 1", "SELECT nothing FROM area", "SELECT * FROM nowhere", "SELECT ?"])
def test_wrong_sql_says_why(snapshot: Snapshot, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        snapshot.sql(text)
    assert refused.value.code == "reading.sql_wrong"
    assert refused.value.arguments["reason"]


def test_a_query_without_end_is_stopped(snapshot: Snapshot) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(Refusal) as refused:
        snapshot.sql(endless, time_limit_s=0.05)
    assert refused.value.code == "reading.sql_too_long"
    assert snapshot.row("area", AREA)["name"] == "盐都区"
