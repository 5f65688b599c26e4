"""XLSX, XLS and ODS, most written by hand: types, dates, sheets, headers below a title, and what is refused."""

# ruff: noqa: E501 - the files are written out here as they are

from __future__ import annotations

import struct
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.errors import Cancelled, Refusal
from gis.exchange import spreadsheets
from gis.exchange.formats import read_raw
from gis.exchange.raw import Dialect
from gis.progress import Progress

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
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
        archive.writestr(
            "[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        )
        archive.writestr("_rels/.rels", f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                         f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>')  # fmt: skip
        archive.writestr("xl/workbook.xml", f'<workbook {NS} {REL}><sheets><sheet name="说明" r:id="r2"/><sheet name="热点" r:id="r1"/>'
                         '<sheet name="藏" state="hidden" r:id="r1"/></sheets></workbook>')  # fmt: skip
        archive.writestr("xl/_rels/workbook.xml.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                         f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/s1.xml"/>'
                         f'<Relationship Id="r2" Type="{OFFICE}/worksheet" Target="/xl/worksheets/s2.xml"/></Relationships>')  # fmt: skip
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
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr("content.xml", content)
    form, raw = read_raw(path)
    assert (form, raw.columns, raw.lines.tolist()) == ("ods", ("编号", "lon", "lat"), [2, 3])
    assert raw.cells["lon"].tolist() == ["120.5", "120.5"]
    assert raw.cells["lat"].tolist() == ["2024-01-01"] * 2


def test_other_spreadsheets_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    cases = [
        (tmp_path / "a.xls", OLE + b"rest", "import.broken_sheet"),
        (tmp_path / "a.xlsx", OLE + b"rest" + "EncryptedPackage".encode("utf-16-le"), "import.locked_spreadsheet"),
        (tmp_path / "g.xls", b"<html><p>no table</p></html>", "import.page_not_sheet"),
        (tmp_path / "h.xls", b"<table><tr>" + b"<td colspan=900>1</td>" * 3 + b"</tr></table>", "import.too_large"),
        (tmp_path / "i.xls", b"<table><tr><td>1</td></tr></table>", "import.no_columns"),
        (tmp_path / "b.xlsx", b"", "import.empty"),
        (tmp_path / "c.xlsx", b"PK\x03\x04cut", "import.broken_archive"),
    ]
    for path, content, code in cases:
        path.write_bytes(content)
        with pytest.raises(Refusal) as refused:
            read_raw(path)
        assert refused.value.code == code
        assert "zip" not in refused.value.message("zh").casefold()
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


# Made by XlsxWriter ---------------------------------------------------------------------------------------------------
def written(path: Path, fill: Callable[[xlsxwriter.Workbook, Any], None], name: str = "点位") -> Path:
    made = xlsxwriter.Workbook(str(path))
    fill(made, made.add_worksheet(name))
    made.close()
    return path


def test_typed_cells(tmp_path: Path) -> None:
    def fill(made: xlsxwriter.Workbook, sheet: Any) -> None:
        day, moment, clock, span = (
            made.add_format({"num_format": form}) for form in ("yyyy/m/d", "yyyy-mm-dd hh:mm:ss", "hh:mm", "[h]:mm:ss")
        )
        sheet.write_row(1, 1, ["编号", "经度", "日期", "时刻", "钟点", "时长", "在用", "公式"])
        sheet.write_string(2, 1, "00123")
        sheet.write_string(2, 2, "120.123456789")  # a number kept as text
        sheet.write_datetime(2, 3, datetime(2024, 2, 29), day)
        sheet.write_number(2, 4, 45351.9999999, moment)  # what arithmetic leaves of midnight
        sheet.write_number(2, 5, 0.75, clock)
        sheet.write_number(2, 6, 1.5, span)
        sheet.write_boolean(2, 7, False)
        sheet.write_formula(2, 8, "=1/0", None, "#DIV/0!")
        sheet.write_number(3, 2, 120.5)
        sheet.write_formula(3, 8, "=6*7", None, 42)

    form, raw = read_raw(written(tmp_path / "a.xlsx", fill))
    assert (form, raw.columns[0], raw.lines.tolist()) == ("xlsx", "编号", [3, 4])
    first = [raw.cells[name][0] for name in raw.columns]
    assert first == ["00123", "120.123456789", "2024-02-29", "2024-03-01", "18:00:00", "36:00:00", "false", None]
    assert (raw.cells["经度"][1], raw.cells["公式"][1]) == ("120.5", "42")
    numbers = raw.numbers("经度")
    assert numbers is not None
    assert numbers.tolist() == [120.123456789, 120.5]


def test_merged_titles_names_and_cells(tmp_path: Path) -> None:
    def fill(made: xlsxwriter.Workbook, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, 5, "盐城市监控点统计表")
        sheet.write(1, 4, "单位：个")
        for column, name in ((0, "社区"), (1, "编号")):
            sheet.merge_range(2, column, 3, column, name)
        sheet.merge_range(2, 2, 2, 3, "安装位置")
        sheet.merge_range(2, 4, 2, 5, "朝向位置")
        sheet.write_row(3, 2, ["经度", "纬度", "经度", "纬度"])
        sheet.merge_range(4, 0, 6, 0, "先锋社区")
        for row in range(3):
            sheet.write_row(4 + row, 1, [f"C{row}", 120.1 + row, 33.3, 120.2, 33.4])

    _, raw = read_raw(written(tmp_path / "a.xlsx", fill))
    assert raw.columns == ("社区", "编号", "安装位置 经度", "安装位置 纬度", "朝向位置 经度", "朝向位置 纬度")
    assert raw.lines.tolist() == [5, 6, 7]
    assert raw.cells["社区"].tolist() == ["先锋社区"] * 3
    told = {e.what: (e.value, e.reason) for e in raw.evidence}
    assert told["header"] == ("3–4", "import.two_line_header")
    assert told["merged"] == ("2", "import.merged_cells")


def test_cells_of_several_lines_and_odd_signs(tmp_path: Path) -> None:
    def fill(made: xlsxwriter.Workbook, sheet: Any) -> None:
        sheet.write_row(0, 0, ["code", "remark", "n"])
        sheet.write_row(1, 0, ["A", 'one\ntwo "three"', 1])
        sheet.write_row(3, 0, ["B", "\t x\ty,;\u00a0", 2])

    _, raw = read_raw(written(tmp_path / "a.xlsx", fill))
    assert raw.cells["remark"].tolist() == ['one\ntwo "three"', "x\ty,;"]
    assert raw.lines.tolist() == [2, 4]


def test_sheet_header_line_and_rows_by_the_user(tmp_path: Path) -> None:
    def fill(made: xlsxwriter.Workbook, sheet: Any) -> None:
        other = made.add_worksheet("其他")
        for target in (sheet, other):
            target.write_row(0, 0, ["甲", "乙"])
            target.write_row(1, 0, ["编号", "数"])
            for row in range(2, 50):
                target.write_row(row, 0, [f"{target.name}{row}", row])

    path = written(tmp_path / "a.xlsx", fill)
    _, raw = read_raw(path, Dialect(layer="其他", header_line=2), rows=5)
    assert (raw.columns, raw.layer, len(raw)) == (("编号", "数"), "其他", 5)
    assert raw.cells["编号"][0] == "其他2"
    _, raw = read_raw(path, Dialect(header_line=0))
    assert (raw.columns, raw.lines[0], len(raw)) == (("column 1", "column 2"), 1, 50)


def test_decimal_commas_kept_as_text(tmp_path: Path) -> None:
    def fill(made: xlsxwriter.Workbook, sheet: Any) -> None:
        sheet.write_row(0, 0, ["编号", "经度", "高度"])
        for row in range(1, 4):
            sheet.write_row(row, 0, [f"A{row}", f"120,{row}4", 2.5])

    path = written(tmp_path / "a.xlsx", fill)
    _, raw = read_raw(path)
    assert raw.cells["经度"].tolist() == ["120.14", "120.24", "120.34"]
    assert raw.cells["高度"].tolist() == ["2.5"] * 3
    assert read_raw(path, Dialect(decimal="."))[1].cells["经度"][0] == "120,14"


def test_a_packaged_program_reads_sheets_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr("gis.exchange.confinement.subprocess.Popen", None)
    assert read_raw(book(tmp_path / "a.xlsx"))[1].cells["编号"].tolist() == ["H1", "17"]
    (tmp_path / "b.xls").write_bytes(OLE + b"rest")
    with pytest.raises(Refusal) as refused:
        read_raw(tmp_path / "b.xls")
    assert refused.value.code == "import.broken_sheet"


def test_a_parser_that_dies_or_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "a.xlsx")
    monkeypatch.setattr(spreadsheets, "MEMORY_BYTES", 40 << 20)  # too little for the child even to begin
    with pytest.raises(Refusal) as refused:
        read_raw(path)
    assert refused.value.code in ("import.broken_sheet", "import.too_large")
    monkeypatch.undo()
    monkeypatch.setattr(spreadsheets, "SECONDS", 0)
    with pytest.raises(Refusal) as refused:
        read_raw(path)
    assert refused.value.code in ("import.too_slow", "import.broken_sheet")


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        read_raw(book(tmp_path / "a.xlsx"), progress=progress)


def test_an_old_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(biff8("热点", [["编号", "经度", "纬度"], ["甲", 120.5, 33.25], ["乙", 120.625, 33.5]]))
    form, raw = read_raw(path)
    assert (form, raw.layer, raw.columns) == ("xls", "热点", ("编号", "经度", "纬度"))
    assert raw.cells["编号"].tolist() == ["甲", "乙"]
    assert raw.cells["经度"].tolist() == ["120.5", "120.625"]
    (tmp_path / "b.xlsx").write_bytes(path.read_bytes())  # under a new ending it is the same
    assert read_raw(tmp_path / "b.xlsx")[1].cells["编号"].tolist() == ["甲", "乙"]


def test_a_page_called_xls(tmp_path: Path) -> None:
    page = """<html><head><meta charset="gb2312"></head><body><table><tr><td>菜单</td></tr></table>
    <table border=1><tr><th rowspan=2>社区<th rowspan="2">编号<th colspan=2>位置</tr><tr><th>经度<th>纬度</tr>
    <tr><td rowspan=2>先锋&amp;新村</td><td>00012<td>120.5<td><b>33.2</b><br>约</tr>
    <tr><td>00013<td>120.6<td>33.3</tr><tr><td>东闸<td>00014<td>120.7<td>33.4<td>多</table>"""
    path = tmp_path / "a.xls"
    path.write_bytes(page.encode("gb18030"))
    form, raw = read_raw(path)
    assert (form, raw.columns) == ("html", ("社区", "编号", "经度", "纬度"))
    assert raw.cells["社区"].tolist() == ["先锋&新村", "先锋&新村"]
    assert raw.cells["编号"].tolist() == ["00012", "00013"]
    assert raw.cells["纬度"].tolist() == ["33.2\n约", "33.3"]
    assert [(r.line, r.why.code) for r in raw.unreadable] == [(5, "import.too_many_cells")]
    assert read_raw(path, rows=1)[1].lines.tolist() == [3]


def test_a_page_the_parser_would_never_end_with_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "SECONDS", 3)
    (tmp_path / "a.xls").write_bytes(b"<table>" + b"<a" * 2_000_000)
    with pytest.raises(Refusal) as refused:
        read_raw(tmp_path / "a.xls")
    assert refused.value.code in ("import.too_slow", "import.page_not_sheet")


def test_a_text_table_called_xls(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes("编号\t经度\t纬度\n甲\t120.5\t33.2\n".encode("gb18030"))
    form, raw = read_raw(path)
    assert (form, raw.cells["编号"].tolist()) == ("delimited", ["甲"])


def test_a_sheet_that_would_be_a_huge_grid(tmp_path: Path) -> None:
    for cell in ("XFD1", "AMK1", "A12345678"):
        sheet = f'<worksheet {NS}><sheetData><row r="1"><c r="{cell}"><v>1</v></c></row></sheetData></worksheet>'
        with pytest.raises(Refusal) as refused:
            read_raw(book(tmp_path / f"{cell}.xlsx", sheet))
        assert refused.value.code == "import.too_large"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), min_size=1, max_size=12), st.booleans())
def test_a_hurt_old_workbook_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]], cut: bool
) -> None:
    data = bytearray(biff8("s", [["编号", "x", "y"], *([f"甲{n}", n * 1.5, n] for n in range(20))]))
    for at, mask in flips:
        data[at % len(data)] ^= mask
    path = tmp_path_factory.mktemp("xls") / "a.xls"
    path.write_bytes(bytes(data[: flips[0][0] % len(data)] if cut else data))
    try:
        _, raw = read_raw(path)
    except Refusal:
        return
    assert all(len(raw.cells[name]) == len(raw) for name in raw.columns)


def biff8(name: str, rows: list[list[str | float]]) -> bytes:
    """An Excel 97–2003 workbook of one sheet: BIFF8 records in the "Workbook" stream of a compound file."""

    def record(kind: int, body: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    strings = [cell for row in rows for cell in row if isinstance(cell, str)]
    sst = struct.pack("<II", len(strings), len(strings)) + b"".join(
        struct.pack("<HB", len(text), 1) + text.encode("utf-16-le") for text in strings
    )
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0x600))
    sheet += record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    number = 0
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet += record(0xFD, struct.pack("<HHHI", at, column, 0, number))
                number += 1
            else:
                sheet += record(0x203, struct.pack("<HHHd", at, column, 0, cell))
    sheet += record(0x0A)
    globals_ = record(0x809, struct.pack("<HHHHII", 0x600, 0x05, 0, 0, 0, 0x600)) + record(0xFC, sst)
    label = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    start = len(globals_) + 4 + 6 + len(label) + 4
    stream = globals_ + record(0x85, struct.pack("<IH", start, 0) + label) + record(0x0A) + sheet
    stream += b"\0" * (max(4096, -(-len(stream) // 512) * 512) - len(stream))
    sectors = len(stream) // 512
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    table = [0xFFFFFFFD, end, *range(3, 2 + sectors), end]
    table += [free] * (128 - len(table))

    def entry(title: str, kind: int, child: int, first: int, size: int) -> bytes:
        text = (title + "\0").encode("utf-16-le") if title else b""
        return (text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, free, free, child)
                + b"\0" * 36 + struct.pack("<IQ", first, size))  # fmt: skip

    folder = (
        entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, 2, len(stream)) + entry("", 0, free, 0, 0) * 2
    )
    header = OLE + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    return header + struct.pack("<128I", *table) + folder + stream
