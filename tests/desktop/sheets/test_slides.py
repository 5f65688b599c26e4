"""Pages for meetings: read back as PowerPoint would, with native tables and charts, and notes that tell the source."""

from __future__ import annotations

import dataclasses
import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pptx import Presentation
from pptx.util import Inches

from desktop.sheets.export import export_sheet
from desktop.sheets.slides import write_slides
from gis.cartography.sheets.contents import compose
from gis.cartography.sheets.items import ChartItem
from gis.cartography.sheets.specification import Card, Chart, Series, SheetSpec, Table
from gis.cartography.sheets.templates import sheet_template
from gis.project import Session

DATE = datetime.date(2026, 3, 5)


def said(page: Any) -> str:
    return "\n".join(shape.text_frame.text for shape in page.shapes if shape.has_text_frame)


def tables(page: Any) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in shape.table.rows] for shape in page.shapes if shape.has_table]


@pytest.fixture
def sheet(city: Session) -> SheetSpec:
    return compose(city, sheet_template("inventory_a3"), date=DATE)


def test_a_coverage_sheet_becomes_a_page(analysed, tmp_path: Path) -> None:
    session, run = analysed
    [out] = export_sheet(session, "coverage_a3", tmp_path / "c.pptx", run=run, date=DATE, words={"maker": "规划处"})
    show = Presentation(out)
    assert show.slide_width / show.slide_height == pytest.approx(16 / 9, abs=0.001)
    [page] = show.slides
    assert page.shapes.title.text == "盐城市WiFi覆盖图"
    assert "内部资料" in said(page)
    assert "EPSG:4549" in said(page)
    [table] = tables(page)
    assert table[0][0] == "区域"
    assert [row[0] for row in table[1:]] == ["亭湖区", "盐都区", "大丰区", "射阳县", "盐城市"]
    pictures = [shape for shape in page.shapes if shape.shape_type == 13]
    assert len(pictures) == 2, "map and legend"
    for shape in page.shapes:
        assert 0 <= shape.left <= shape.left + shape.width <= show.slide_width, shape.name
        assert 0 <= shape.top <= shape.top + shape.height <= show.slide_height, shape.name
    dots = Image.open(io.BytesIO(pictures[0].image.blob)).width / (pictures[0].width / Inches(1))
    assert dots >= 200
    notes = page.notes_slide.notes_text_frame.text
    assert "RSSI ≥ −75 dBm 为覆盖" in notes
    assert "第 1 次分析" in notes
    assert (show.core_properties.title, show.core_properties.author) == ("盐城市WiFi覆盖图", "规划处")


def test_letters_are_set_in_a_chinese_font(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    write_slides(sheet, city, tmp_path / "s.pptx", DATE)
    with zipfile.ZipFile(tmp_path / "s.pptx") as package:
        text = package.read("ppt/slides/slide1.xml").decode()
    assert text.count('<a:ea typeface="Microsoft YaHei"/>') == text.count('<a:latin typeface="Microsoft YaHei"/>') > 3


def test_long_tables_go_on_and_charts_are_native(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    rows = tuple((f"街道{i}", f"{i}") for i in range(40))
    table = Table("各街道热点", ("街道", "热点"), (*rows, ("合计", "780")), (False, True), total=True)
    chart = Chart("分区人口覆盖率", ("亭湖区", "盐都区"), (Series("覆盖率", (91.5, None), "#1B6E4B"),), "%", 85.0)
    cards = {"card": Card("人口覆盖率", "91.5%", "目标 85%", "超过 6.5 个百分点", True, "来源：第 1 次分析")}
    spec = dataclasses.replace(
        sheet, items=(*sheet.items, ChartItem(id="chart", form="bar")), tables={"t": table}, charts={"chart": chart},
        cards=cards,
    )  # fmt: skip
    assert write_slides(spec, city, tmp_path / "s.pptx", DATE) == 5
    first, second, *rest = Presentation(tmp_path / "s.pptx").slides
    assert "91.5%" in said(first)
    assert "来源：第 1 次分析" in first.notes_slide.notes_text_frame.text
    [drawn] = [shape.chart for shape in second.shapes if shape.has_chart]
    assert list(drawn.plots[0].categories) == ["亭湖区", "盐都区"]
    assert list(drawn.plots[0].series[0].values) == [91.5, None]
    assert "85 %" in said(second)
    listed = [row for page in rest for row in tables(page)[0][1:]]
    assert [row[0] for row in listed] == [row[0] for row in table.rows], "no row is lost"
    assert "(3/3)" in said(rest[-1])


def test_the_same_sheet_gives_the_same_bytes(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    chart = Chart("分区", ("亭湖区",), (Series("覆盖率", (91.5,)),))
    spec = dataclasses.replace(sheet, charts={"chart": chart})
    write_slides(spec, city, tmp_path / "a.pptx", DATE)
    made = (tmp_path / "a.pptx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.pptx") as package:
        assert {entry.date_time for entry in package.infolist()} == {(2026, 3, 5, 0, 0, 0)}
        assert b"2026-03-05T00:00:00Z" in package.read("docProps/core.xml")
        [book] = [package.read(name) for name in package.namelist() if name.endswith(".xlsx")]
    with zipfile.ZipFile(io.BytesIO(book)) as package:
        assert b"2026-03-05T00:00:00Z" in package.read("docProps/core.xml"), "the clock is not in the chart's workbook"
    write_slides(spec, city, tmp_path / "b.pptx", DATE)
    assert (tmp_path / "b.pptx").read_bytes() == made


def test_a_public_page_shows_its_number(city: Session, tmp_path: Path) -> None:
    words = {"approval": "苏S(2026)012号", "title": "控制\x07字符"}
    spec = compose(city, sheet_template("coverage_public_a4"), date=DATE, words=words)
    write_slides(spec, city, tmp_path / "p.pptx", DATE)
    page = Presentation(tmp_path / "p.pptx").slides[0]
    assert "审图号：苏S(2026)012号" in said(page)
    assert page.shapes.title.text == "控制 字符"
