import dataclasses
import datetime
from pathlib import Path

import numpy as np
import pikepdf
import pyproj
import pytest
import shapely
from PySide6.QtGui import QRawFont

from desktop.sheets.export import export_sheet
from desktop.sheets.pdf_repairs import mend_text_maps, plain_letter
from desktop.sheets.typography import font
from gis.cartography.sheets.contents import compose
from gis.cartography.sheets.templates import sheet_template
from gis.errors import Refusal
from gis.project import Session
from tests.desktop.sheets.reading import POINTS_MM, drawn_lines, fonts, picture, words
from tests.gis.sheets.city import COUNTIES, SIDE, SOUTH, WEST, load, small_city

DATE = datetime.date(2026, 3, 5)
LONG = "盐城市高新技术产业开发区智慧科技城管理委员会新型基础设施建设推进办公室第三工作站"


@pytest.mark.parametrize(
    ("template", "width", "height"), [("coverage_a3", 420, 297), ("coverage_a4", 210, 297), ("inventory_a3", 420, 297)]
)
def test_the_page_is_as_large_as_the_paper(city: Session, tmp_path: Path, template: str, width, height) -> None:
    [out] = export_sheet(city, template, tmp_path / "sheet.pdf", date=DATE)
    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) == 1
        box = [float(v) for v in pdf.pages[0].mediabox]
        assert box == pytest.approx([0, 0, width * POINTS_MM, height * POINTS_MM], abs=1e-3)


def test_500_metres_at_1_to_5000_are_100_millimetres(tmp_path: Path) -> None:
    with Session.create(tmp_path / "line.yantu") as session:
        x, y = 512_000.0, 3_690_000.0
        load(
            session, "cable",
            [shapely.LineString([(x, y), (x + 500.0, y)]), shapely.LineString([(x, y), (x, y - 300.0)])],
            code=["a", "b"], level=["backbone", "backbone"],
        )  # fmt: skip
        extent = (x - 100, y - 400, x + 600, y + 100)
        [out] = export_sheet(
            session, "inventory_a3", tmp_path / "line.pdf", extent=extent, denominator=5_000, date=DATE
        )
    across = [a for a in drawn_lines(out) if abs(a[1] - a[3]) < 1e-3 and abs(abs(a[2] - a[0]) - 100.0) < 0.01]
    down = [a for a in drawn_lines(out) if abs(a[0] - a[2]) < 1e-3 and abs(abs(a[3] - a[1]) - 60.0) < 0.01]
    assert across, "the line of 500 m is not 100.00 mm on paper"
    assert down, "the line of 300 m is not 60.00 mm on paper"


def test_the_map_lies_where_the_georeference_says(analysed, tmp_path: Path) -> None:
    session, run = analysed
    [out] = export_sheet(session, "coverage_a3", tmp_path / "sheet.pdf", run=run, date=DATE)
    with pikepdf.open(out) as pdf:
        [viewport] = pdf.pages[0].obj["/VP"]
        measure = viewport["/Measure"]
        assert (viewport["/Type"], measure["/Subtype"]) == (pikepdf.Name.Viewport, pikepdf.Name.GEO)
        box = [float(v) / POINTS_MM for v in viewport["/BBox"]]
        degrees = np.array([float(v) for v in measure["/GPTS"]]).reshape(-1, 2)
        local = np.array([float(v) for v in measure["/LPTS"]]).reshape(-1, 2)
        system = pyproj.CRS.from_wkt(str(measure["/GCS"]["/WKT"]))
        assert int(measure["/GCS"]["/EPSG"]) == 4549
    assert system.is_projected
    # The corner of the city in degrees, through the georeference onto the paper, and as it is drawn.
    to_grid = pyproj.Transformer.from_crs(4490, 4549, always_xy=True)
    x, y = to_grid.transform(degrees[:, 1], degrees[:, 0])
    left, right, low, high = x[local[:, 0] == 0], x[local[:, 0] == 1], y[local[:, 1] == 0], y[local[:, 1] == 1]
    assert np.ptp(left) < 0.01 and np.ptp(low) < 0.01, "degrees are those of a rectangle of the grid"  # noqa: PT018
    at_x = box[0] + (WEST - left[0]) / (right[0] - left[0]) * (box[2] - box[0])
    at_y = box[1] + (SOUTH - low[0]) / (high[0] - low[0]) * (box[3] - box[1])
    ends = [p for a in drawn_lines(out) for p in (a[:2], a[2:])]
    assert min(np.hypot(px - at_x, py - at_y) for px, py in ends) < 0.02


def test_chinese_text_is_found_by_a_search(analysed, tmp_path: Path) -> None:
    session, run = analysed
    [out] = export_sheet(
        session, "coverage_a3", tmp_path / "sheet.pdf", run=run, date=DATE, words={"maker": "方言用户长风马鱼门见青黄"}
    )
    said = words(out)
    for text in (
        "盐城市WiFi覆盖图", "内部资料", "RSSI ≥ −75 dBm 为覆盖", "方言用户长风马鱼门见青黄", "比例尺 1:60,000", "图例",
        "大丰区",
        "坐标系：CGCS2000 / 3度带 CM 120E，EPSG:4549", "制图日期 2026年3月5日", "520 km",
    ):  # fmt: skip
        assert text in said, text
    assert not [letter for letter in said if "\u2e80" <= letter <= "\u2fdf"]


def test_every_radical_that_shares_a_glyph_becomes_its_letter() -> None:
    face = QRawFont.fromFont(font(3.0))
    letters = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    sharing: dict[int, set[str]] = {}
    for letter, glyph in zip(letters, face.glyphIndexesForString("".join(letters)), strict=True):
        sharing.setdefault(glyph, set()).add(letter)
    radicals = [chr(code) for code in range(0x2E80, 0x2FE0)]
    tried = 0
    for radical, glyph in zip(radicals, face.glyphIndexesForString("".join(radicals)), strict=True):
        if glyph and glyph in sharing:
            tried += 1
            assert plain_letter(radical) in sharing[glyph], hex(ord(radical))
    assert tried > 200
    assert [plain_letter(c) for c in "⼤⽤⻓⻛⺠A中\t"] == list("大用长风民A中 ")
    assert plain_letter("\u2f3e") == "户"


@pytest.mark.parametrize(
    ("row", "mended"),
    [
        (b"<0003> <2F64>", b"<0003> <7528>"),
        (b"<0001> <0002> [<2F64> <0041>]", b"<0001> <0002> [<7528> <0041>]"),
        (b"<0001> <0002> <2F64>", b"<0001> <0002> [<7528> <7530>]"),
        (b"<0001> <0002> <4E00>", b"<0001> <0002> <4E00>"),
    ],
)
def test_text_maps_are_mended_in_every_form(row: bytes, mended: bytes) -> None:
    pdf = pikepdf.new()
    stream = pdf.make_stream(b"1 beginbfrange\n" + row + b"\nendbfrange\n")
    pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Font, ToUnicode=stream))
    mend_text_maps(pdf)
    assert stream.read_bytes().split(b"\n")[1] == mended


def test_fonts_are_embedded_and_can_be_mapped_to_text(city: Session, tmp_path: Path) -> None:
    [out] = export_sheet(city, "inventory_a3", tmp_path / "sheet.pdf", date=DATE)
    found = fonts(out)
    assert found
    for row in found:
        embedded, _subset, unicode = row[-5:-2]
        assert (embedded, unicode) == ("yes", "yes"), row


def test_title_and_author_stand_in_the_file(city: Session, tmp_path: Path) -> None:
    asked = {"maker": "测绘院", "title": "我的图"}
    [out] = export_sheet(city, "inventory_a3", tmp_path / "sheet.pdf", date=DATE, words=asked)
    with pikepdf.open(out) as pdf:
        assert str(pdf.docinfo["/Title"]) == "我的图"
        assert str(pdf.docinfo["/Author"]) == "测绘院"
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20260305")


def test_the_same_input_gives_the_same_bytes_but_for_the_date(analysed, tmp_path: Path) -> None:
    session, run = analysed
    made = [
        export_sheet(session, "coverage_a4", tmp_path / f"{i}.pdf", run=run, date=date)[0]
        for i, date in enumerate((DATE, DATE, datetime.date(2026, 3, 6)))
    ]
    assert made[0].read_bytes() == made[1].read_bytes()
    assert made[0].read_bytes() != made[2].read_bytes()
    assert words(made[2]) == words(made[0]).replace("2026年3月5日", "2026年3月6日")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_very_long_names_leave_the_page_whole(tmp_path: Path, language) -> None:
    with small_city(tmp_path / "long.yantu", [f"{name}{LONG}" for name in COUNTIES]) as session:
        [out] = export_sheet(
            session, "inventory_a3", tmp_path / "long.pdf", date=DATE, language=language,
            words={"title": LONG * 3, "subtitle": LONG * 4, "maker": LONG * 3, "mark": LONG * 2, "notes": LONG * 30},
        )  # fmt: skip
    page = picture(out, 60)
    mm = 60 / 25.4
    rim = np.concatenate([page[: int(8 * mm)].ravel(), page[int(-8.5 * mm) :].ravel(), page[:, : int(11 * mm)].ravel(),
                          page[:, int(-11 * mm) :].ravel()])  # fmt: skip
    assert rim.min() > 250, "something runs into the margin"
    assert "…" in words(out)


def test_an_empty_city_gives_a_page_that_says_so(tmp_path: Path) -> None:
    with Session.create(tmp_path / "empty.yantu") as session:
        [zh] = export_sheet(session, "coverage_a3", tmp_path / "zh.pdf", date=DATE)
        [en] = export_sheet(session, "inventory_a3", tmp_path / "en.pdf", date=DATE, language="en")
    assert "图幅范围内没有要素" in words(zh)
    assert "尚无分析结果" in words(zh)
    assert "There is nothing inside this map's extent" in words(en)


def test_a_public_sheet_has_its_number_and_no_device(analysed, tmp_path: Path) -> None:
    session, run = analysed
    with pytest.raises(Refusal) as refused:
        export_sheet(session, "coverage_public_a4", tmp_path / "public.pdf", run=run)
    assert refused.value.code == "sheets.approval_needed"
    assert not (tmp_path / "public.pdf").exists()
    [out] = export_sheet(
        session, "coverage_public_a4", tmp_path / "public.pdf", run=run, words={"approval": "苏S(2026)012号"}
    )
    said = words(out)
    assert "审图号：苏S(2026)012号" in said
    assert "内部资料" not in said
    assert "WiFi热点  " not in said, "no device in the legend"


def test_squares_of_a_public_sheet_hide_the_sites(analysed, tmp_path: Path) -> None:
    import rasterio

    from gis.cartography.sheets.raster import generalised

    session, run = analysed
    folder = session.attachments_folder()
    spec = compose(session, sheet_template("coverage_public_a4"), run=run, folder=folder, words={"approval": "1"})
    assert spec.view().coverage is not None
    with rasterio.open(generalised(spec.view().coverage.path, 250.0, tmp_path / "g.tif")) as coarse:
        assert coarse.res == (250.0, 250.0)
        assert coarse.bounds.left % 250.0 == 0
        levels = coarse.read(1, masked=True)
    with rasterio.open(spec.view().coverage.path) as fine:
        assert levels.max() < fine.read(1, masked=True).max() - 10.0


def test_a_spec_is_written_as_it_stands(city: Session, tmp_path: Path) -> None:
    spec = compose(city, sheet_template("inventory_a3"), date=DATE)
    view = dataclasses.replace(spec.view(), center=(WEST + SIDE, SOUTH + SIDE), denominator=25_000.0)
    moved = dataclasses.replace(spec, views={spec.map_item.id: view})
    [out] = export_sheet(city, moved, tmp_path / "moved.pdf", date=DATE)
    assert "1:25,000" in words(out)


def test_a_folder_that_cannot_be_written_is_refused(city: Session, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with pytest.raises(Refusal) as refused:
        export_sheet(city, "inventory_a3", blocked / "sheet.pdf")
    assert refused.value.code == "sheets.cannot_write"
    with pytest.raises(Refusal) as unknown:
        export_sheet(city, "inventory_a3", tmp_path / "sheet.docx")
    assert unknown.value.code == "sheets.unknown_format"
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []
