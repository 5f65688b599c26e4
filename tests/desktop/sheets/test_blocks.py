"""What blocks paint: charts whose bars are as long as their figures, cards, pictures, rules, frames, marks on maps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from PySide6.QtGui import QColor, QImage, QPainter

from desktop.sheets.application import ensure_application
from desktop.sheets.blocks import MarkBlock, ScaleBlock, TextBlock
from desktop.sheets.card_block import CardBlock
from desktop.sheets.chart_block import ChartBlock
from desktop.sheets.export import Reading, settled
from desktop.sheets.page import paint_item
from desktop.sheets.picture_block import FrameBlock, LineBlock, PictureBlock, picture_size
from desktop.sheets.table_block import TableBlock
from gis.cartography.sheets.absent import absent
from gis.cartography.sheets.chainage import route_of, stations
from gis.cartography.sheets.items import Box, FrameItem, LineItem, MapItem
from gis.cartography.sheets.specification import Card, Chart, Series, SheetSpec, Table
from gis.project import Session
from tests.gis.sheets.city import SIDE, SOUTH, WEST, load

SCALE = 8  # pixels a millimetre
BOX = Box(2, 2, 96, 56)
BLUE, RED = "#0000FF", "#FF0000"


@pytest.fixture(autouse=True)
def _application() -> None:
    ensure_application()


def painted(block, box: Box = BOX, width: float = 100, height: float = 60) -> np.ndarray:
    """RGB pixels (h, w, 3) of a block alone on white."""
    image = QImage(round(width * SCALE), round(height * SCALE), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(SCALE, SCALE)
    block.paint(painter, box)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1].astype(int)


def of_color(pixels: np.ndarray, color: str) -> np.ndarray:
    wanted = QColor(color)
    return np.abs(pixels - [wanted.red(), wanted.green(), wanted.blue()]).max(axis=2) < 40


def chart(**changes) -> Chart:
    made = Chart("标题", ("一", "二", "三"), (Series("甲", (10.0, 20.0, 40.0), BLUE),), "km")
    return replace(made, **changes)


def test_bars_are_as_tall_as_their_figures() -> None:
    blue = of_color(painted(ChartBlock(chart(), "bar", 2.6, "zh")), BLUE)
    columns = np.flatnonzero(blue.any(axis=0))
    bars = np.split(columns, np.flatnonzero(np.diff(columns) > 3) + 1)
    tall = [int(blue[:, bar[len(bar) // 2]].sum()) for bar in bars]
    assert len(tall) == 3
    assert tall[1] / tall[0] == pytest.approx(2.0, rel=0.03)
    assert tall[2] / tall[0] == pytest.approx(4.0, rel=0.03)


def test_long_names_lay_the_bars_down() -> None:
    names = tuple(f"{i}号高新技术产业开发区管理委员会" for i in range(3))
    blue = of_color(painted(ChartBlock(chart(categories=names), "bar", 2.6, "zh")), BLUE)
    rows = np.flatnonzero(blue.any(axis=1))
    bars = np.split(rows, np.flatnonzero(np.diff(rows) > 3) + 1)
    long = [int(blue[bar[len(bar) // 2]].sum()) for bar in bars]
    assert len(long) == 3
    assert long[2] / long[0] == pytest.approx(4.0, rel=0.03)


def test_stacked_bars_stand_on_each_other() -> None:
    two = (Series("甲", (10.0, 10.0, 10.0), BLUE), Series("乙", (20.0, 20.0, 20.0), RED))
    pixels = painted(ChartBlock(chart(series=two), "stacked", 2.6, "zh"))
    blue, red = of_color(pixels[20 * SCALE :], BLUE), of_color(pixels[20 * SCALE :], RED)
    x = np.flatnonzero(blue.any(axis=0))[4]
    assert red[:, x].sum() / blue[:, x].sum() == pytest.approx(2.0, rel=0.2)
    assert np.flatnonzero(red[:, x]).max() <= np.flatnonzero(blue[:, x]).min() + 2


def test_parts_of_a_whole_take_their_share_of_the_disc() -> None:
    parts = chart(series=(Series("", (1.0, 3.0, 4.0)),), colors=(BLUE, RED, "#00AA00"))
    pixels = painted(ChartBlock(parts, "pie", 2.6, "zh"))[:, : 38 * SCALE]
    areas = [int(of_color(pixels, color).sum()) for color in (BLUE, RED, "#00AA00")]
    assert areas[1] / areas[0] == pytest.approx(3.0, rel=0.06)
    assert areas[2] / areas[0] == pytest.approx(4.0, rel=0.06)


def test_a_line_breaks_where_a_figure_is_missing() -> None:
    gap = chart(categories=("1", "2", "3", "4"), series=(Series("甲", (1.0, None, 1.0, 1.0), BLUE),))
    blue = of_color(painted(ChartBlock(gap, "line", 2.6, "zh")), BLUE)
    columns = np.flatnonzero(blue.any(axis=0))
    assert np.diff(columns).max() > 20 * SCALE, "no line over the missing figure"


def test_the_target_is_a_dashed_line_across() -> None:
    pixels = painted(ChartBlock(chart(target=30.0), "bar", 2.6, "zh"))
    target = of_color(pixels, "#9B1C1C")
    row = int(np.argmax(target[20 * SCALE :].sum(axis=1))) + 20 * SCALE
    blue = of_color(pixels, BLUE)
    base = np.flatnonzero(blue.any(axis=1)).max()
    top = np.flatnonzero(blue.any(axis=1)).min()
    assert (base - row) / (base - top) == pytest.approx(30.0 / 40.0, abs=0.02)
    assert target[row].any()
    assert not target[row].all()


@pytest.mark.parametrize("form", ["bar", "stacked", "line", "pie"])
def test_grey_charts_have_no_colour_but_the_target(form) -> None:
    two = (Series("甲", (10.0, 5.0, 10.0), BLUE), Series("乙", (20.0, 8.0, 20.0), RED))
    pixels = painted(ChartBlock(chart(series=two if form != "pie" else two[:1]), form, 2.6, "zh", grey=True))
    assert (np.ptp(pixels, axis=2) > 40).sum() == 0
    assert (pixels < 128).any()


def test_the_bar_of_a_card_goes_as_far_as_the_figure() -> None:
    card = Card("光纤入户率", "42.5%", "目标 85%", "差 42.5 个百分点", False, "", 0.5)
    pixels = painted(CardBlock(card, 9.0), Box(2, 2, 60, 32))
    missed = of_color(pixels, "#B4451F")[:, 5 * SCALE :]
    row = int(np.argmax(missed[20 * SCALE :].sum(axis=1))) + 20 * SCALE
    ends = np.flatnonzero(missed[row])
    length = (ends.max() - ends.min()) / SCALE
    pad = 9.0 * 0.3
    assert length == pytest.approx((60 - 1.2 - 2 * pad) / 2, abs=0.4)


def test_the_long_title_of_a_card_keeps_off_its_bar() -> None:
    short = Card("率", "79.8%", "目标 100%", "差 20.2 个百分点", False, "319 / 400 个", 0.8)
    box = Box(2, 2, 42, 30)
    for title in ("Surveillance points networked", "Electronic plates of motor vehicles by district"):
        rows = []
        for card in (short, replace(short, title=title)):
            ink = (painted(CardBlock(card, 7.8), box)[:, 6 * SCALE : 43 * SCALE] < 170).any(axis=(1, 2))
            rows.append(np.flatnonzero(np.diff(ink.astype(int)) == 1))
        assert len(rows[1]) >= len(rows[0]), "lines of text and the bar stay apart"


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_pictures_keep_their_shape(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"logo.{suffix}"
    if suffix == "png":
        image = QImage(40, 20, QImage.Format.Format_RGB32)
        image.fill(QColor(BLUE))
        image.save(str(path))
    else:
        path.write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">'
            '<rect width="40" height="20" fill="#0000FF"/></svg>'
        )
    inside = of_color(painted(PictureBlock(path, "inside", "zh")), BLUE)
    rows, columns = np.nonzero(inside)
    assert np.ptp(columns) / np.ptp(rows) == pytest.approx(2.0, rel=0.02)
    filled = of_color(painted(PictureBlock(path, "fill", "zh")), BLUE)
    assert filled.sum() == pytest.approx(BOX.width * BOX.height * SCALE**2, rel=0.02)
    assert PictureBlock(path, "inside", "zh").height(40.0) == pytest.approx(20.0)


def test_a_picture_that_is_gone_or_broken_is_told_and_none_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    bad = tmp_path / "bad.svg"
    bad.write_text("<svg")
    for path in (broken, bad, tmp_path / "missing.jpg"):
        assert picture_size(path) is None
        assert (painted(PictureBlock(path, "inside", "zh")) < 200).sum() > 200
    assert (painted(PictureBlock(None, "inside", "zh")) == 255).all()


def test_rules_and_frames_stand_where_they_are_put() -> None:
    frame = painted(FrameBlock(FrameItem(fill="#0000FF", width=0.5)), Box(10, 10, 20, 10))
    rows, columns = np.nonzero((frame < 200).any(axis=2))
    assert (columns.min() / SCALE, (columns.max() + 1) / SCALE) == (
        pytest.approx(10, abs=0.2),
        pytest.approx(30, abs=0.2),
    )
    assert (rows.min() / SCALE, (rows.max() + 1) / SCALE) == (pytest.approx(10, abs=0.2), pytest.approx(20, abs=0.2))
    line = (painted(LineBlock(LineItem(width=1.0)), Box(10, 10, 20, 4)) < 128).all(axis=2)
    rows, columns = np.nonzero(line)
    assert np.ptp(rows) / SCALE == pytest.approx(1.0, abs=0.2)
    assert rows.mean() / SCALE == pytest.approx(12.0, abs=0.2)
    assert np.ptp(columns) / SCALE == pytest.approx(20.0, abs=0.2)


def test_a_line_of_text_gets_smaller_before_it_is_cut() -> None:
    wide = TextBlock("盐城市数字基础设施分布图", 8.0)
    ink = np.nonzero((painted(wide, Box(2, 2, 80, 12)) < 200).any(axis=2))[1]
    assert ink.max() / SCALE <= 82.2
    assert np.ptp(ink) / SCALE > 70.0, "the whole line is there"


def test_words_give_way_before_a_number_is_cut_for_its_last_digit() -> None:
    rows = tuple((f"JK{i:06d}", f"秋水高架路路口监控点{i}", f"3209020000132{i:07d}") for i in range(3))
    block = TableBlock(Table("表", ("编号", "名称", "国标编码"), rows, (False, False, False)), 2.6, "zh")
    natural = block._widths(120.0)
    assert all(len(cell) == 1 for cell in block._cells(rows[0], natural, False))
    tight = block._widths(66.0)
    code, name, number = block._cells(rows[0], tight, False)
    assert (len(code), len(name), len(number)) == (1, 2, 1)
    assert sum(tight) == pytest.approx(66.0)


def test_a_table_shows_so_many_rows_as_it_is_told() -> None:
    rows = tuple((f"行{i}", str(i)) for i in range(50))
    table = TableBlock(Table("表", ("名", "数"), rows, (False, True)), 2.6, "zh", most=5)
    assert table.shown(80.0, 200.0) == 5
    assert replace(table, most=0).shown(80.0, 1000.0) == 50
    few = replace(table, most=0).shown(80.0, 56.0)
    assert 5 < few < 20
    with_sum = replace(table, most=0, table=replace(table.table, total=True))
    assert with_sum.shown(80.0, 1000.0) == 49, "the sum is not one of the rows"


@pytest.mark.parametrize("block", [
    lambda said: ChartBlock(None, "bar", 2.6, "zh", absent=said), lambda said: TableBlock(None, 2.6, "zh", absent=said),
], ids=["chart", "table"])  # fmt: skip
def test_what_has_nothing_to_tell_says_why_in_its_box_and_takes_no_room_in_a_column(block) -> None:
    said = block(absent("areas", "zh"))
    rows = np.nonzero((painted(said) < 200).any(axis=(1, 2)))[0] / SCALE
    assert rows.max() > 8.0, "a line of reason below the heading"
    assert rows.max() < 20.0
    assert said.height(80.0) == 0.0
    assert (painted(block(None)) == 255).all()


def test_marks_and_targets_of_grey_sheets_have_no_colour() -> None:
    for grey in (False, True):
        for block in (MarkBlock("内部资料", 3.0, grey), ChartBlock(chart(target=30.0), "bar", 2.6, "zh", grey)):
            pixels = painted(block)
            reddish = (pixels[..., 0] - pixels[..., 1] > 60).any()
            assert (pixels < 128).any()
            assert reddish != grey


@pytest.mark.parametrize(
    ("grid", "band", "ink"), [("none", 6.0, 0.2), ("crosses", 1.0, 0.0), ("crosses", 6.0, 0.6)],
    ids=["none", "narrow", "labelled"],
)  # fmt: skip
def test_only_a_map_with_names_around_it_has_a_heavy_outer_line(sheet, grid: str, band: float, ink: float) -> None:
    spec, source = sheet
    item = MapItem(id="map", box=Box(10, 10, 60, 40), grid=grid, band=band)
    image = QImage(80 * SCALE, 60 * SCALE, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(SCALE, SCALE)
    paint_item(painter, item, replace(spec, items=(item,)), source)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(60 * SCALE, 80 * SCALE, 4)[..., 1].astype(float)
    rim = 1.0 - pixels[33 * SCALE, 9 * SCALE : round(10.8 * SCALE)] / 255.0
    assert rim.sum() / SCALE == pytest.approx(ink, abs=0.12), "mm of ink where the box begins"


def test_the_number_of_the_scale_fits_a_narrow_place() -> None:
    ink = np.nonzero((painted(ScaleBlock(1_000_000.0, 20.0, "zh"), Box(2, 2, 24, 19)) < 200).any(axis=2))[1]
    assert ink.max() / SCALE <= 26.5


@pytest.fixture
def sheet(city: Session):
    line = shapely.LineString([(WEST + 1000, SOUTH + 6500), (WEST + 11_000, SOUTH + 6500)])
    load(city, "cable", [line], code=["ZG-1"], level=["backbone"])
    with city.reading() as snapshot:
        yield settled(city, snapshot, "fibre_route_a3"), Reading(city, snapshot)


def map_pixels(spec: SheetSpec, source, item: MapItem) -> np.ndarray:
    image = QImage(round(spec.paper.width * 4), round(spec.paper.height * 4), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(4, 4)
    paint_item(painter, item, spec, source)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1].astype(int)


def test_the_overview_frames_what_the_main_map_shows(sheet) -> None:
    spec, source = sheet
    main = replace(spec.view(), denominator=10_000.0)
    spec = replace(spec, views={**spec.views, "map": main})
    item = next(one for one in spec.maps if one.role == "overview")
    red = of_color(map_pixels(spec, source, item), "#D0021B")
    rows, columns = np.nonzero(red)
    view, extent, inner = spec.views[item.id], spec.extent_of(item), item.inner()
    xmin, ymin, xmax, ymax = spec.extent
    wanted = ((xmin - extent[0]) / view.metres_per_mm + inner.x, inner.bottom - (ymax - extent[1]) / view.metres_per_mm)
    assert (columns.min() / 4, rows.min() / 4) == (pytest.approx(wanted[0], abs=0.6), pytest.approx(wanted[1], abs=0.6))
    assert np.ptp(columns) / 4 == pytest.approx((xmax - xmin) / view.metres_per_mm, abs=0.8)
    assert np.ptp(rows) / 4 == pytest.approx((ymax - ymin) / view.metres_per_mm, abs=0.8)


def test_what_lies_outside_the_page_is_veiled(sheet) -> None:
    spec, source = sheet
    outline = shapely.to_wkb(shapely.box(WEST, SOUTH, WEST + SIDE / 2, SOUTH + SIDE))
    view = replace(spec.view(), route=None, stations=())
    plain = map_pixels(replace(spec, views={**spec.views, "map": view}), source, spec.map_item)
    veiled = map_pixels(
        replace(spec, views={**spec.views, "map": replace(view, outline=outline)}), source, spec.map_item
    )
    inner, extent = spec.map_item.inner(), spec.extent
    middle = round((inner.x + (WEST + SIDE / 2 - extent[0]) / view.metres_per_mm) * 4)
    y = slice(round((inner.y + 10) * 4), round((inner.bottom - 10) * 4))
    left, right = slice(round(inner.x * 4) + 8, middle - 12), slice(middle + 12, round(inner.right * 4) - 8)
    assert np.abs(plain[y, left] - veiled[y, left]).mean() < 0.6
    darker = plain[y, right] < 200
    assert (veiled[y, right][darker] > plain[y, right][darker] + 20).mean() > 0.8  # the grid lies above the veil


def test_stations_stand_across_the_route_at_their_distance(sheet, city: Session) -> None:
    spec, source = sheet
    route = route_of(city, "ZG-1", None, "zh")
    assert route is not None
    view = replace(spec.view(), layers=(), route=None, stations=stations(route, spec.extent, spec.denominator))
    dark = (map_pixels(replace(spec, views={**spec.views, "map": view}), source, spec.map_item) < 170).all(axis=2)
    inner, extent = spec.map_item.inner(), spec.extent
    for one in view.stations:
        x = round((inner.x + (one.x - extent[0]) / view.metres_per_mm) * 4)
        y = round((inner.bottom - (one.y - extent[1]) / view.metres_per_mm) * 4)
        assert dark[y - 3 : y + 4, x - 1 : x + 2].any(), one.label
