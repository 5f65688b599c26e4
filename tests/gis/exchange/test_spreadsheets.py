"""XLSX and ODS written by hand: types, dates, sheets, headers below a title, and what is refused."""

# ruff: noqa: E501 - the files are written out here as they are

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from gis.errors import Refusal
from gis.exchange.formats import read_raw
from gis.exchange.raw import Dialect

NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
SHEET = f"""<worksheet {NS}><sheetData>
<row r="1"><c r="A1" t="s"><v>0</v></c></row>
<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="inlineStr"><is><t>经度</t></is></c><c r="C2" t="inlineStr"><is><t>纬度</t></is></c>
<c r="D2" t="inlineStr"><is><t>日期</t></is></c><c r="E2" t="inlineStr"><is><t>免费</t></is></c></row>
<row r="4"><c r="A4" t="s"><v>2</v></c><c r="B4"><v>120.14</v></c><c r="C4" t="str"><v>33.35</v></c><c r="D4" s="1"><v>45292</v></c>
<c r="E4" t="b"><v>1</v></c></row>
<row r="5"><c r="A5"><v>17</v></c><c r="C5" t="e"><v>#N/A</v></c><c r="D5" s="2"><v>45292.5</v></c></row>
<row r="6"><c r="A6"><v>1</v></c><c r="G6"><v>9</v></c></row>
</sheetData></worksheet>"""


def book(path: Path, sheet: str = SHEET, strings: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", f'<workbook {NS} {REL}><sheets><sheet name="说明" r:id="r2"/><sheet name="热点" r:id="r1"/>'
                         '<sheet name="藏" state="hidden" r:id="r1"/></sheets></workbook>')  # fmt: skip
        archive.writestr("xl/_rels/workbook.xml.rels", '<Relationships xmlns="u"><Relationship Id="r1" Target="worksheets/s1.xml"/>'
                         '<Relationship Id="r2" Target="/xl/worksheets/s2.xml"/></Relationships>')  # fmt: skip
        archive.writestr("xl/sharedStrings.xml", strings or f"<sst {NS}><si><t>热点表</t></si><si><t>编号</t></si>"
                         "<si><r><t>H</t></r><r><t>1</t></r><rPh><t>x</t></rPh></si></sst>")  # fmt: skip
        archive.writestr("xl/styles.xml", f'<styleSheet {NS}><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm"/></numFmts>'
                         '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>')  # fmt: skip
        archive.writestr("xl/worksheets/s1.xml", sheet)
        archive.writestr(
            "xl/worksheets/s2.xml",
            f'<worksheet {NS}><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>',
        )
    return path


def test_xlsx(tmp_path: Path) -> None:
    form, raw = read_raw(book(tmp_path / "a.xlsx"))
    assert (form, raw.layers, raw.layer) == ("xlsx", ("说明", "热点"), "热点")
    assert raw.columns == ("编号", "经度", "纬度", "日期", "免费")
    assert raw.lines.tolist() == [4, 5]
    assert raw.cells["编号"].tolist() == ["H1", "17"]
    assert raw.cells["经度"].tolist() == ["120.14", None]
    assert raw.cells["纬度"].tolist() == ["33.35", None]
    assert raw.cells["日期"].tolist() == ["2024-01-01", "2024-01-01T12:00:00"]
    assert raw.cells["免费"].tolist() == ["true", None]
    assert [(r.line, r.why.code) for r in raw.unreadable] == [(6, "import.too_many_cells")]


def test_ods(tmp_path: Path) -> None:
    path = tmp_path / "a.ods"
    names = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" ' \
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'  # fmt: skip

    def cell(value: str, kind: str = "string", more: str = "") -> str:
        stored = (
            f' office:value="{value}"' if kind == "float" else f' office:date-value="{value}"' if kind == "date" else ""
        )
        return (
            f'<table:table-cell office:value-type="{kind}"{stored} {more}><text:p>{value}</text:p></table:table-cell>'
        )

    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    content = (
        f'<office:document-content {names}><office:body><office:spreadsheet><table:table table:name="S">'
        f"<table:table-row>{cell('编号')}{cell('lon')}{cell('lat')}{empty}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="2">{cell("A")}{cell("120.5", "float")}{cell("2024-01-01", "date")}</table:table-row>'
        f'<table:table-row table:number-rows-repeated="1048573">{empty}</table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", content)
    form, raw = read_raw(path)
    assert (form, raw.columns, raw.lines.tolist()) == ("ods", ("编号", "lon", "lat"), [2, 3])
    assert raw.cells["lon"].tolist() == ["120.5", "120.5"]
    assert raw.cells["lat"].tolist() == ["2024-01-01"] * 2


def test_other_spreadsheets_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    cases = [
        (tmp_path / "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "import.old_spreadsheet"),
        (tmp_path / "a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "import.locked_spreadsheet"),
        (tmp_path / "b.xlsx", b"", "import.empty"),
        (tmp_path / "c.xlsx", b"PK\x03\x04cut", "import.broken_archive"),
    ]
    for path, content, code in cases:
        path.write_bytes(content)
        with pytest.raises(Refusal) as refused:
            read_raw(path)
        assert refused.value.code == code
    with pytest.raises(Refusal) as refused:
        read_raw(book(tmp_path / "d.xlsx", strings=f"{bomb}<sst><si><t>&b;</t></si></sst>"))
    assert refused.value.code == "import.xml_entities"
    far = f'<worksheet {NS}><sheetData><row r="9999999"><c r="ZZZ1"><v>1</v></c></row></sheetData></worksheet>'
    with pytest.raises(Refusal) as refused:
        read_raw(book(tmp_path / "e.xlsx", far))
    assert refused.value.code == "import.too_large"
    with pytest.raises(Refusal) as refused:
        read_raw(book(tmp_path / "f.xlsx"), Dialect(layer="无"))
    assert refused.value.code == "import.no_layer"
