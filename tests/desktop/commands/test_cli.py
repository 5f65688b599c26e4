"""The ``yantu`` command: JSON shapes others rely on, exit statuses, and refusals in both languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from desktop.cli import yantu
from gis.storage.schema import SCHEMA_VERSION

CSV = "编号,名称,经度,纬度,功率\nH1,广场,120.14,33.35,23\nH2,公园,120.15,33.36,20\nH3,坏,,33,20\n"


def run(*words: object) -> Result:
    return CliRunner().invoke(yantu, [str(word) for word in words])


def answer(*words: object) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(*words: object) -> dict[str, str]:
    result = run(*words, "--json")
    assert result.exit_code == 1, result.output
    document = json.loads(result.stdout)
    assert set(document) == {"refusal", "message", "hint"}
    assert document["message"] in result.stderr
    return document  # type: ignore[no-any-return]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "city.yantu"
    answer("new", path, "--name", "盐城")
    (tmp_path / "h.csv").write_bytes(CSV.encode("gb18030"))
    return path


@pytest.fixture
def filled(project: Path) -> Path:
    answer("import", project, project.parent / "h.csv", "--class", "WiFi热点")
    return project


def test_info(filled: Path) -> None:
    document = answer("info", filled)
    assert document["crs"] == "EPSG:4549"
    assert document["healthy"] is True
    assert document["schema_version"] == SCHEMA_VERSION
    assert document["classes"]["wifi_hotspot"] == {"count": 2}
    assert "WiFi热点" in run("info", filled).stdout
    assert "WiFi hotspot" in run("info", filled, "--lang", "en").stdout


def test_import_counts_add_up_and_name_every_reject(project: Path) -> None:
    report = project.parent / "report.json"
    document = answer("import", project, project.parent / "h.csv", "--class", "wifi_hotspot", "--report", report)
    counts = {key: document[key] for key in ("read", "new", "changed", "same", "conflict", "rejected")}
    assert counts == {"read": 3, "new": 2, "changed": 0, "same": 0, "conflict": 0, "rejected": 1}
    assert [(r["line"], r["code"]) for r in document["rejects"]] == [(4, "import.no_geometry")]
    assert document["evidence"]["encoding"]["value"] == "gb18030"
    assert json.loads(report.read_text("utf-8")) == document
    again = answer("import", project, project.parent / "h.csv", "--class", "wifi_hotspot")
    assert (again["new"], again["same"], again["seq"]) == (0, 2, None)


def test_a_dry_run_writes_nothing(project: Path) -> None:
    document = answer("import", project, project.parent / "h.csv", "--class", "wifi_hotspot", "--dry-run")
    assert (document["new"], document["seq"]) == (2, None)
    assert answer("query", project, "--class", "wifi_hotspot", "--count") == {"count": 0}


def test_a_mapping_is_saved_and_used(project: Path) -> None:
    mapping = project.parent / "m.json"
    file = project.parent / "h.csv"
    answer("import", project, file, "--class", "wifi_hotspot", "--dry-run", "--save-mapping", mapping)
    document = json.loads(mapping.read_text("utf-8"))
    del document["fields"]["eirp_dbm"]
    mapping.write_text(json.dumps(document), "utf-8")
    assert "eirp_dbm" not in answer("import", project, file, "--class", "wifi_hotspot", "--mapping", mapping)["mapping"]


def test_query(filled: Path) -> None:
    assert answer("query", filled, "--class", "wifi_hotspot", "--where", "功率 > 20", "--count") == {"count": 1}
    found = answer("query", filled, "--class", "wifi_hotspot", "--where", "code = 'H2'")
    (feature,) = found["features"]
    assert found["type"] == "FeatureCollection"
    assert feature["geometry"]["coordinates"] == pytest.approx([120.15, 33.36], abs=1e-7)
    assert feature["properties"]["name"] == "公园"
    assert "bssid" not in feature["properties"]
    assert isinstance(feature["id"], int)
    assert answer("query", filled, "--class", "statistic") == {"type": "FeatureCollection", "features": []}
    assert refusal("query", filled, "--class", "wifi_hotspot", "--where", "colour = 1")["refusal"] == "query.no_field"
    assert refusal("query", filled, "--class", "wifi_hotspot", "--area", "999")["refusal"] == "query.no_area"
    assert refusal("query", filled, "--class", "spaceship", "--count")["refusal"] == "catalogue.no_class"


def test_edit_history_undo_redo(filled: Path) -> None:
    edited = answer("edit", filled, "--class", "wifi_hotspot", "--code", "H1", "--set", "eirp_dbm=17")
    assert set(edited) == {"id", "seq"}
    entry = answer("history", filled, "--id", edited["id"])["entries"][0]
    assert entry["seq"] == edited["seq"]
    assert entry["changes"][0]["old"]["eirp_dbm"] == 23
    assert entry["changes"][0]["new"]["eirp_dbm"] == 17
    assert answer("undo", filled) == {"undone": [edited["seq"]]}
    assert answer("query", filled, "--class", "wifi_hotspot", "--where", "eirp_dbm = 23", "--count") == {"count": 1}
    assert answer("redo", filled) == {"redone": [edited["seq"]]}
    assert refusal("redo", filled)["refusal"] == "storage.nothing_to_redo"
    assert answer("verify", filled) == {"ok": True, "problems": []}


def test_create_and_delete(filled: Path) -> None:
    point = '{"type": "Point", "coordinates": [120.1, 33.3]}'
    made = answer("edit", filled, "--class", "camera", "--create", point, "--set", "networked=是")
    assert answer("query", filled, "--class", "camera", "--where", "已联网 = 是", "--count") == {"count": 1}
    answer("edit", filled, "--class", "camera", "--id", made["id"], "--delete")
    assert answer("query", filled, "--class", "camera", "--count") == {"count": 0}
    wrong = refusal("edit", filled, "--class", "camera", "--create", "{")
    assert wrong["refusal"] == "query.wrong_geojson"
    assert "Point" in wrong["hint"]


def test_refused_edits_change_nothing(filled: Path) -> None:
    before = answer("history", filled)
    for setting, code in (("eirp_dbm=strong", "edit.not_a_number"), ("eirp_dbm=99", "edit.out_of_range")):
        assert refusal("edit", filled, "--class", "wifi_hotspot", "--code", "H1", "--set", setting)["refusal"] == code
    assert refusal("edit", filled, "--class", "wifi_hotspot", "--code", "H9", "--delete")["refusal"] == "query.no_code"
    assert answer("history", filled) == before


def test_sql_reads_only(filled: Path) -> None:
    document = answer("sql", filled, "SELECT code FROM wifi_hotspot ORDER BY code")
    assert document == {"columns": ["code"], "rows": [["H1"], ["H2"]]}
    for statement in ("DELETE FROM wifi_hotspot", "ATTACH 'x' AS y", "PRAGMA user_version = 9", "SELECT 1; SELECT 2"):
        refusal("sql", filled, statement)
    assert answer("query", filled, "--class", "wifi_hotspot", "--count") == {"count": 2}


@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".csv", ".fgb", ".shp"])
def test_export(filled: Path, ending: str) -> None:
    target = filled.parent / f"out{ending}"
    assert answer("export", filled, "--class", "wifi_hotspot", "--to", target)["count"] == 2
    assert target.stat().st_size > 100
    assert b"bssid" not in target.read_bytes().lower()


def test_export_leaves_restricted_fields_out_unless_named(filled: Path) -> None:
    target = filled.parent / "out.csv"
    answer("export", filled, "--class", "wifi_hotspot", "--to", target, "--field", "bssid")
    assert "bssid" in target.read_text("utf-8-sig")
    assert refusal("export", filled, "--class", "wifi_hotspot", "--to", filled.parent / "a.xyz")["refusal"] == (
        "export.unknown_format"
    )


def test_backup(filled: Path) -> None:
    copy = filled.parent / "copy.yantu"
    answer("backup", filled, copy)
    assert answer("info", copy)["features"] == 2
    assert refusal("backup", filled, copy)["refusal"] == "storage.exists"


def test_files_that_are_no_project(tmp_path: Path) -> None:
    (tmp_path / "a.yantu").write_text("hello")
    assert refusal("info", tmp_path / "a.yantu")["refusal"] == "storage.not_database"
    assert refusal("info", tmp_path / "b.yantu")["refusal"] == "storage.missing"
    assert refusal("new", tmp_path / "a.yantu")["refusal"] == "storage.exists"


def test_wrong_usage_is_status_2(filled: Path) -> None:
    for words in (
        ("query", filled),
        ("edit", filled, "--class", "camera"),
        ("edit", filled, "--class", "camera", "--set", "name"),
        ("sample", filled.parent / "x.yantu", "--features", "5"),
        ("nonsense",),
    ):
        assert run(*words).exit_code == 2, words


def test_messages_follow_the_language(tmp_path: Path) -> None:
    zh, en = (run("info", tmp_path / "no.yantu", "--lang", lang).stderr for lang in ("zh", "en"))
    assert zh != en
    assert en.isascii() or "“" in en
