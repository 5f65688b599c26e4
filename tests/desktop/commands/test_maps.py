"""``yantu map``, ``sheets`` and ``report``: from template and project alone, and the same bytes each time."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
import pikepdf
import pytest
from click.testing import CliRunner

from desktop.cli import yantu
from desktop.commands.dates import printing_day
from desktop.commands.maps import atlas_wish
from gis.cartography.sheets.items import Box, TableItem
from gis.cartography.sheets.template_writing import template_text
from gis.cartography.sheets.templates import sheet_template
from gis.errors import Refusal
from gis.project import Session
from gis.project.analysis import run_analysis
from gis.project.sheets import Sheet, Sheets
from tests.gis.sheets.city import COUNTIES, small_city

PAGES = {"where": "", "pages": "", "output": "one", "group_by": "", "name_pattern": "", "restrict": "legend"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small city with two analyses, and a sheet that is kept in it."""
    path = tmp_path_factory.mktemp("maps") / "city.yantu"
    with small_city(path) as session:
        run_analysis(session, "wifi")
        run_analysis(session, "wifi", threshold_dbm=-85.0)
        kept = Sheet("汇报用图", sheet_template("coverage_a4"), {"title": "存好的图"}, run=1)
        Sheets(session).save(kept)
    return path


def told(*words: object) -> tuple[int, dict]:
    result = CliRunner().invoke(yantu, [*map(str, words), "--json", "--quiet"])
    assert result.stdout, result.exception
    return result.exit_code, json.loads(result.stdout)


def text_of(path: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("ending", ["pdf", "png", "jpg", "svg", "tif", "html", "pptx"])
def test_every_format_gives_the_same_bytes_again(city: Path, tmp_path: Path, ending: str) -> None:
    made = []
    for name in ("one", "two"):
        out = tmp_path / name / f"图.{ending}"
        code, found = told(
            "map", city, "--sheet", "coverage_a4", "--out", out, "--date", "2026-03-05", "--dpi", "60", "--lang", "zh"
        )
        assert code == 0
        assert found["files"][0] == str(out)
        made.append({Path(file).name: Path(file).read_bytes() for file in found["files"]})
    assert made[0] == made[1]


def test_another_process_gives_the_same_bytes(city: Path, tmp_path: Path) -> None:
    words = ["map", str(city), "--sheet", "coverage_a4", "--date", "2026-03-05", "--lang", "zh", "--quiet", "--out"]
    first, second = tmp_path / "first.pdf", tmp_path / "second.pdf"
    assert CliRunner().invoke(yantu, [*words, str(first)]).exit_code == 0
    program = [sys.executable, "-c", "from desktop.cli import main; main()"]
    subprocess.run([*program, *words, str(second)], check=True, capture_output=True)
    assert first.read_bytes() == second.read_bytes()


def test_words_a_box_and_a_scale(city: Path, tmp_path: Path) -> None:
    out = tmp_path / "map.pdf"
    code, _ = told(
        "map", city, "--sheet", "inventory_a3", "--out", out, "--bbox", "515000,3680000,521000,3686000",
        "--scale", 50_000, "--title", "试验图", "--word", "subtitle=副标题一行", "--maker", "测绘队", "--lang", "zh",
    )  # fmt: skip
    assert code == 0
    said = text_of(out)
    for word in ("试验图", "副标题一行", "测绘队", "1:50,000"):
        assert word in said
    result = CliRunner().invoke(yantu, ["map", str(city), "--out", str(out), "--word", "nothing"])
    assert result.exit_code == 2


def test_a_sheet_of_the_project_brings_its_own_words_and_run(city: Path, tmp_path: Path) -> None:
    out = tmp_path / "kept.pdf"
    assert told("map", city, "--sheet", "汇报用图", "--out", out, "--lang", "zh")[0] == 0
    assert "存好的图" in text_of(out)
    assert "−75 dBm" in text_of(out)
    assert told("map", city, "--sheet", "汇报用图", "--out", out, "--run", 2, "--title", "另一个")[0] == 0
    assert "另一个" in text_of(out)
    assert "−85 dBm" in text_of(out)


def test_sheets_are_listed(city: Path) -> None:
    code, found = told("sheets", city, "--lang", "zh")
    assert code == 0
    by_name = {row["name"]: row for row in found["sheets"]}
    assert by_name["coverage_a3"]["paper"] == "A3 landscape"
    assert by_name["coverage_a3"]["kind"] == "template"
    assert by_name["汇报用图"]["kind"] == "sheet"
    lines = CliRunner().invoke(yantu, ["sheets", str(city)]).stdout
    assert "汇报用图" in lines


def test_an_atlas_by_county_in_one_file_and_some_pages_in_many(city: Path, tmp_path: Path) -> None:
    out = tmp_path / "atlas.pdf"
    code, found = told("map", city, "--sheet", "inventory_a3", "--atlas", "county", "--out", out, "--lang", "zh")
    assert (code, found) == (0, {"files": [str(out)], "missed": []})
    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) >= len(COUNTIES)
    said = text_of(out)
    assert all(name in said for name in COUNTIES)
    code, found = told(
        "map", city, "--sheet", "inventory_a3", "--atlas", "区县", "--pages", "2,4", "--files", "pages",
        "--name-pattern", "{name}-{page}", "--out", tmp_path / "many", "--lang", "zh",
    )  # fmt: skip
    assert code == 0
    names = [Path(file).name for file in found["files"]]
    assert {"盐都区-2.pdf", "射阳县-4.pdf"} <= set(names)
    assert not [name for name in names if name.startswith(("亭湖区", "大丰区"))]


@pytest.mark.parametrize(
    ("text", "source", "about"),
    [
        ("town", "areas", "town"),
        ("镇街", "areas", "town"),
        ("grid:2000", "grid", 2000.0),
        ("grid：500m", "grid", 500.0),
        ("route_segment: status = '在用'", "routes", "(status = '在用')"),
        ("监控点", "query", ""),
    ],
)
def test_what_makes_the_pages(city: Path, text: str, source: str, about: object) -> None:
    with Session.open(city, readonly=True) as session:
        wish = atlas_wish(session, text, None, "zh", **PAGES)
    assert wish.source == source
    told = {"areas": wish.level, "grid": wish.grid_m, "routes": wish.where, "query": wish.where}[source]
    assert told == about


def test_an_atlas_without_front_pages_at_one_scale_with_air(city: Path, tmp_path: Path) -> None:
    out = tmp_path / "atlas.pdf"
    words = ("map", city, "--sheet", "inventory_a3", "--atlas", "county", "--out", out, "--lang", "zh")
    assert told(*words, "--no-index", "--no-contents", "--margin", "150", "--one-scale")[0] == 0
    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) == len(COUNTIES)
    with Session.open(city, readonly=True) as session:
        wish = atlas_wish(session, "county", None, "zh", **PAGES, no_index=True, margin=150.0, one_scale=True)
    assert (wish.index, wish.contents, wish.margin, wish.alike) == (False, True, 1.5, True)


def test_rows_that_do_not_fit_go_on_on_further_pages(city: Path, tmp_path: Path) -> None:
    base = sheet_template("inventory_a4")
    table = TableItem(id="list", box=Box(12, 200, 80, 30), content="features:wifi_hotspot:code", size=3.0)
    sheet = tmp_path / "list.toml"
    sheet.write_text(template_text(replace(base, items=(base.map_item, table))), "utf-8")
    one, all_ = tmp_path / "one.pdf", tmp_path / "all.pdf"
    assert told("map", city, "--sheet", sheet, "--out", one, "--lang", "zh")[0] == 0
    assert told("map", city, "--sheet", sheet, "--out", all_, "--further-pages", "--lang", "zh")[0] == 0
    with pikepdf.open(one) as pdf:
        assert len(pdf.pages) == 1
    said = text_of(all_)
    assert all(f"WIFI-{i:04d}" in said for i in range(60))
    assert "未列出" in text_of(one)
    assert "未列出" not in said


def test_refusals(city: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    for words, code in (
        (("map", city, "--out", tmp_path / "map.docx"), "sheets.unknown_format"),
        (("map", city, "--out", out, "--sheet", "nonsense"), "sheets.no_template"),
        (("map", city, "--out", out, "--run", 99), "project.no_run"),
        (("map", city, "--out", out, "--area", "999999"), "query.no_area"),
        (("map", city, "--out", out, "--sheet", "coverage_public_a4"), "sheets.approval_needed"),
        (("map", city, "--out", out, "--atlas", "grid:x"), "report.atlas_wish"),
        (("report", city, "--out", tmp_path / "report.docx"), "report.unknown_format"),
        (("report", city, "--out", out, "--sections", "nonsense"), "report.no_section"),
        (("report", city, "--out", out, "--area", "999999"), "query.no_area"),
    ):
        status, found = told(*words)
        assert (status, found["refusal"]) == (1, code)
        assert found["message"]
    assert not out.exists()
    with Session.open(city, readonly=True) as session, pytest.raises(Refusal):
        atlas_wish(session, "nonsense", None, "zh", **PAGES)


def test_a_report_of_an_area_and_its_tables(city: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.pdf"
    code, found = told(
        "report", city, "--out", out, "--area", "320902", "--sections", "summary，coverage", "--run", 1,
        "--maker", "盐城市大数据管理局", "--lang", "zh",
    )  # fmt: skip
    assert (code, found) == (0, {"files": [str(out)]})
    said = text_of(out)
    assert "亭湖区信息基础设施评估报告" in said
    assert "盐城市大数据管理局" in said
    assert "资源概况" not in said
    assert told("report", city, "--out", tmp_path / "tables.xlsx", "--lang", "en")[0] == 0
    assert (tmp_path / "tables.xlsx").stat().st_size > 5_000


def test_the_day_is_what_is_asked_for_or_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printing_day("2026-03-05") == datetime.date(2026, 3, 5)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772668800")
    assert printing_day(None) == datetime.date(2026, 3, 5)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert printing_day(None) == datetime.date.today()
    with pytest.raises(click.BadParameter):
        printing_day("5 March")
