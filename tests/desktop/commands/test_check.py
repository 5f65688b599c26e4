"""``yantu check``: JSON that others rely on, fixing, areas, reports, refusals."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from desktop.cli import yantu
from gis.editing import Create, Update
from gis.project import Session
from tests.gis.project.test_checking import at, town_file

__all__ = ["town_file"]


@pytest.fixture
def city(town_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(town_file, tmp_path / "city.yantu"))


def check(*arguments: object, status: int = 0) -> tuple[str, str]:
    run = CliRunner().invoke(yantu, ["check", *(str(a) for a in arguments)])
    assert run.exit_code == status, run.output
    return run.stdout, run.stderr


def found(*arguments: object, status: int = 0) -> dict:
    return json.loads(check(*arguments, "--json", status=status)[0])


def test_json_holds_every_issue_with_place_text_and_fixes(city: Path) -> None:
    made = found(city, "--lang", "en")
    assert set(made) >= {"issues", "counts", "fixed", "refused"}
    assert made["counts"]["same_line"] == 1
    assert sum(made["counts"].values()) == len(made["issues"])
    (twin,) = [issue for issue in made["issues"] if issue["rule"] == "same_line"]
    assert set(twin) >= {"key", "rule", "severity", "class", "ids", "place", "lonlat", "text", "fixes"}
    assert twin["class"] == "road"
    assert twin["fixes"] == ["checks.fix_delete_second"]
    assert twin["text"].startswith("Two lines")
    lon, lat = twin["lonlat"]
    assert 119 < lon < 121
    assert 33 < lat < 34
    assert (made["fixed"], made["refused"]) == (0, [])


def test_text_is_in_the_language_and_counts_by_rule(city: Path) -> None:
    assert "走向相同的线" in check(city, "--lang", "zh")[0]
    assert "Lines with the same course" in check(city, "--lang", "en")[0]


def test_one_rule_and_an_unknown_one(city: Path) -> None:
    assert set(found(city, "--rule", "same_line", "--rule", "readers_near")["counts"]) == {"same_line", "readers_near"}
    refusal = found(city, "--rule", "nonsense", status=1)
    assert refusal["refusal"] == "checks.no_rule"
    assert "same_line" in refusal["hint"]
    assert found(city, "--fix", "nonsense", status=1)["refusal"] == "checks.no_rule"


def test_fixing_is_one_step_that_undo_takes_back(city: Path) -> None:
    made = found(city, "--fix", "same_line")
    assert made["fixed"] == 1
    assert "same_line" not in made["counts"]
    with Session.open(city) as session:
        assert session.count("road") == 1
        session.undo()
        assert session.count("road") == 2
    assert found(city)["counts"]["same_line"] == 1


def test_without_fixing_nothing_is_written(city: Path) -> None:
    before = city.read_bytes()
    check(city)
    assert city.read_bytes() == before
    assert not city.with_name(f"{city.name}.files").exists()


def test_only_an_area(city: Path) -> None:
    with Session.open(city) as session:
        box = at(40, 90).buffer(45)
        session.perform(Create("area", [{"code": "320902001", "level": "town", "geom": box}]))
    assert set(found(city, "--area", "320902001")["counts"]) == {"readers_near"}
    assert found(city, "--area", "999", status=1)["refusal"] == "query.no_area"


def test_reports(city: Path, tmp_path: Path) -> None:
    with Session.open(city) as session:
        name = "<script>=1</script>"
        session.perform(Update("road", session.ids("road").tolist(), {"name": name}))
        session.perform(Update("road", session.ids("road").tolist()[:1], {"code": "=cmd<b>"}))
        session.perform(Update("road", session.ids("road").tolist()[1:], {"code": "-<i>"}))
    for language in ("zh", "en"):
        page, table, document = (tmp_path / f"报告.{kind}" for kind in ("html", "csv", "json"))
        for path in (page, table, document):
            check(city, "--lang", language, "--report", path, "--quiet")
        text = page.read_text("utf-8")
        assert ("检查报告" in text) == (language == "zh")
        assert "<b>" in text  # the totals are our own
        assert "=cmd<b>" not in text
        assert "-<i>" not in text
        assert "src=" not in text
        assert "href=" not in text
        raw = table.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
        assert len({len(row) for row in rows}) == 1
        assert not any(cell.startswith(("=", "-<")) for row in rows for cell in row)
        assert len(json.loads(document.read_text("utf-8"))["issues"]) == len(rows) - 1
    assert found(city, "--report", tmp_path / "x.pdf", status=1)["refusal"] == "checks.report_kind"
    assert found(city, "--report", tmp_path / "no" / "x.csv", status=1)["refusal"] == "checks.no_report"
