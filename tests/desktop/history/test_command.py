"""``yantu history`` narrows and reports; ``yantu undo`` says which rows stand against it, and keeps a side."""

from __future__ import annotations

import json

import apsw
import pytest
from click.testing import CliRunner

from desktop.cli import yantu
from gis.editing.intents import Update
from gis.project import Session


@pytest.fixture
def path(session):
    """The small city with a hotspot renamed twice, closed."""
    id = int(session.ids("wifi_hotspot", order="code")[0])
    for name in ("甲", "乙"):
        session.perform(Update("wifi_hotspot", [id], {"name": name}))
    session.close()
    return session.path


def run(*args, code=0):
    result = CliRunner().invoke(yantu, [*map(str, args), "--lang", "zh"])
    assert result.exit_code == code, result.output
    return result


def document(*args, code=0):
    return json.loads(run(*args, "--json", code=code).stdout)


def hotspot(path):
    with Session.open(path, readonly=True) as session:
        return session.row("wifi_hotspot", int(session.ids("wifi_hotspot", order="code")[0]))


def foreign(path):
    connection = apsw.Connection(str(path))
    connection.execute("UPDATE wifi_hotspot SET name = '外部' WHERE name = '乙'")
    connection.close()


def test_entries_are_narrowed(path):
    everything = document("history", path)["entries"]
    assert len(document("history", path, "--class", "wifi_hotspot")["entries"]) == 3
    assert document("history", path, "--class", "WiFi热点", "--text", "名称")["entries"][0]["label"].endswith("名称")
    assert document("history", path, "--author", "无此人")["entries"] == []
    assert document("history", path, "--since", "2999-01-01")["entries"] == []
    assert document("history", path, "--until", "2999-01-01")["entries"] == everything
    assert document("history", path, "--area", "320902")["entries"]
    assert document("history", path, "--area", "999", code=1)["refusal"] == "query.no_area"
    assert document("history", path, "--since", "昨天", code=1)["refusal"] == "history.bad_date"


def test_a_feature_has_its_own_changes(path):
    id = hotspot(path)["id"]
    entries = document("history", path, "--id", id)["entries"]
    changes = [change for entry in entries for change in entry["changes"]]
    assert [change["new"].get("name") for change in changes[:2]] == ["乙", "甲"]
    assert {change["id"] for change in changes} == {id}


def test_a_report_is_written(path, tmp_path):
    made = document("history", path, "--report", tmp_path / "r.html", "--class", "wifi_hotspot", "--values")
    assert made["entries"] == 3
    assert "乙" in (tmp_path / "r.html").read_text("utf-8")
    assert document("history", path, "--report", tmp_path / "r.doc", code=1)["refusal"] == "history.report_format"


def test_undo_says_which_rows_stand_against_it(path):
    foreign(path)
    refused = document("undo", path, code=1)
    assert refused["refusal"] == "history.conflicts"
    assert "W-000" in refused["message"]
    assert "名称" in refused["message"]
    assert "--keep" in refused["hint"]
    assert hotspot(path)["name"] == "外部"


@pytest.mark.parametrize(("keep", "name"), [("mine", "甲"), ("theirs", "外部")])
def test_undo_keeps_a_side(path, keep, name):
    foreign(path)
    made = document("undo", path, "--keep", keep)
    assert made["undone"] == []
    assert bool(made.get("merged")) == (keep == "mine")
    assert hotspot(path)["name"] == name


def test_undo_and_redo_without_conflict(path):
    assert len(document("undo", path, 2)["undone"]) == 2
    assert len(document("redo", path, 5)["redone"]) == 2
    assert document("redo", path, code=1)["refusal"] == "storage.nothing_to_redo"
