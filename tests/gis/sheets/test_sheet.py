import datetime
from pathlib import Path

import pyproj
import pytest

from gis.cartography.sheets.contents import compose, crs_words, day, percentages
from gis.cartography.sheets.graticule import degrees_minutes, graticule
from gis.cartography.sheets.items import Box, Paper
from gis.cartography.sheets.scale_bar import scale_bar
from gis.cartography.sheets.specification import fitting_denominator, frame_extent, nice_denominator
from gis.cartography.sheets.templates import sheet_template, template_names
from gis.errors import Refusal
from gis.project import Session
from tests.gis.sheets.city import SIDE, SOUTH, WEST, load

DATE = datetime.date(2026, 3, 5)


def test_papers_are_those_of_iso_216() -> None:
    assert (Paper.of("a3", "landscape").width, Paper.of("A3", "landscape").height) == (420.0, 297.0)
    assert (Paper.of("A1", "portrait").width, Paper.of("A1", "portrait").height) == (594.0, 841.0)
    with pytest.raises(Refusal) as refused:
        Paper.of("B9", "portrait")
    assert refused.value.code == "sheets.no_paper"


@pytest.mark.parametrize(
    ("wanted", "nice"), [(5_000, 5_000), (5_001, 6_000), (9_400, 10_000), (61_000, 75_000), (1_000_000, 1_000_000)]
)
def test_scales_are_round_and_never_show_less(wanted: float, nice: float) -> None:
    assert nice_denominator(wanted) == nice


def test_an_extent_fits_its_window() -> None:
    window = Box(18, 37, 288, 235)
    extent = (0.0, 0.0, 20_000.0, 16_000.0)
    scale = fitting_denominator(extent, window)
    xmin, ymin, xmax, ymax = frame_extent(window, (10_000.0, 8_000.0), scale)
    assert xmin <= 0
    assert ymin <= 0
    assert xmax >= 20_000
    assert ymax >= 16_000
    assert (xmax - xmin) / window.width * 1000 == pytest.approx(scale)


def test_a_scale_bar_is_round_and_fits() -> None:
    for denominator in (500, 5_000, 60_000, 1_000_000, 7_500_000):
        bar = scale_bar(denominator, 60.0)
        assert bar.length_mm <= 60.0
        assert bar.length_mm > 20.0
        assert bar.segment_mm * denominator / 1000.0 == pytest.approx(bar.segment_m)
    bar = scale_bar(5_000, 60.0)
    assert (bar.segment_m, bar.unit, bar.labels) == (50.0, "m", ("0", "50", "100", "150", "200"))
    assert scale_bar(1_000_000, 60.0).unit == "km"


def test_grid_lines_are_whole_kilometres_inside_the_extent() -> None:
    grid = graticule((498_700.0, 3_689_100.0, 513_100.0, 3_700_850.0), "EPSG:4549", 38.0, 50_000)
    assert grid.step == 2_000.0
    assert [tick.label for tick in grid.eastings] == ["500", "502", "504", "506", "508", "510", "512"]
    assert grid.northings[0].value == 3_690_000.0
    lon, lat = pyproj.Transformer.from_crs(4549, 4490, always_xy=True).transform(498_700.0, 3_689_100.0)
    assert grid.corners[0] == pytest.approx((lon, lat), abs=1e-12)


def test_angles_carry_over() -> None:
    assert degrees_minutes(119.9999, "E", "W") == "120°00′E"
    assert degrees_minutes(-33.5, "N", "S") == "33°30′S"
    assert degrees_minutes(120.13675, "E", "W", seconds=True) == "120°08′12″E"


def test_words_in_both_languages() -> None:
    assert (day(DATE, "zh"), day(DATE, "en")) == ("2026年3月5日", "5 March 2026")
    crs = pyproj.CRS(4549)
    assert crs_words(crs, "zh") == "CGCS2000 / 3度带 CM 120E，EPSG:4549"
    assert crs_words(crs, "en") == "CGCS2000 / 3-degree Gauss-Kruger CM 120E, EPSG:4549"
    assert crs_words(pyproj.CRS(4528), "zh") == "CGCS2000 / 3度带 第40带，EPSG:4528"


def test_small_shares_are_not_rounded_to_nothing() -> None:
    assert percentages([0.0022, 0.0001, None]) == ["0.22%", "0.01%", "–"]
    assert percentages([0.456, 0.0071]) == ["45.6%", "0.7%"]


def test_a_city_makes_a_settled_sheet(city: Session) -> None:
    spec = compose(city, sheet_template("inventory_a3"), date=DATE, words={"maker": "测绘院"})
    assert spec.fields["title"] == "盐城市数字基础设施分布图"
    assert spec.fields["mark"] == "内部资料  注意保存"
    assert spec.fields["printed_on"] == "2026年3月5日"
    assert "测绘院" in spec.fields["imprint"]
    assert "数据截至" in spec.fields["imprint"]
    xmin, ymin, xmax, ymax = spec.extent
    assert xmin < WEST
    assert ymin < SOUTH
    assert xmax > WEST + SIDE
    assert ymax > SOUTH + SIDE
    entries = {entry.label: entry.count for group in spec.view().legend for entry in group.entries}
    assert entries["WiFi热点"] == 60
    assert entries["快速路"] == 1
    assert entries["主干路"] == 1
    assert "监控点" not in entries, "nothing that is not shown"
    assert "table" in spec.tables
    assert spec.tables["table"].rows[-1][0] == "合计"
    assert sum(int(row[1]) for row in spec.tables["table"].rows[:-1]) == int(spec.tables["table"].rows[-1][1])


def test_the_legend_counts_what_the_frame_shows(city: Session) -> None:
    quarter = (WEST, SOUTH, WEST + SIDE / 2, SOUTH + SIDE / 2)
    spec = compose(city, sheet_template("inventory_a3"), extent=quarter, denominator=60_000)
    places = city.columns("wifi_hotspot", [], bbox=spec.extent)
    entries = {entry.label: entry.count for group in spec.view().legend for entry in group.entries}
    assert entries["WiFi热点"] == len(places) < 60
    assert spec.denominator == 60_000


def test_a_run_brings_levels_figures_and_its_definition(analysed: tuple[Session, object]) -> None:
    session, run = analysed
    zh = compose(session, sheet_template("coverage_a3"), run=run, folder=session.attachments_folder())
    en = compose(session, sheet_template("coverage_a3"), run=run, folder=session.attachments_folder(), language="en")
    assert zh.fields["title"] == "盐城市WiFi覆盖图"
    assert en.fields["title"] == "WiFi coverage, 盐城市"
    assert zh.fields["subtitle"] == "RSSI ≥ −75 dBm 为覆盖"
    assert "模型：按 ITU-R P.1411" in zh.fields["definition"]
    assert "ITU-R P.1411 above / below the roofs" in en.fields["definition"]
    assert zh.view().legend[0].entries[0].label.startswith("≥ −55 dBm")
    assert zh.tables["table"] is not None
    assert [row[0] for row in zh.tables["table"].rows] == ["亭湖区", "盐都区", "大丰区", "射阳县", "盐城市"]
    assert zh.tables["table"].rows[-1][-1] == "60"
    assert {layer.cls for layer in zh.view().layers} == {"area", "road", "wifi_hotspot"}


def test_a_public_sheet_needs_its_number_and_shows_no_device(analysed: tuple[Session, object]) -> None:
    session, run = analysed
    public = sheet_template("coverage_public_a4")
    with pytest.raises(Refusal) as refused:
        compose(session, public, run=run, folder=session.attachments_folder())
    assert refused.value.code == "sheets.approval_needed"
    everything = compose(session, sheet_template("inventory_a3")).view().layers
    spec = compose(
        session, public, run=run, folder=session.attachments_folder(), words={"approval": "苏S(2026)1号"},
        layers=everything,
    )  # fmt: skip
    assert {layer.cls for layer in spec.view().layers} <= {"area", "road", "building"}
    assert spec.view().coverage is not None
    assert spec.view().coverage.cell_m == 250.0
    assert spec.fields["mark"] == ""


def test_a_run_whose_raster_is_gone_is_refused(analysed: tuple[Session, object], tmp_path: Path) -> None:
    session, run = analysed
    with pytest.raises(Refusal) as refused:
        compose(session, sheet_template("coverage_a4"), run=run, folder=tmp_path / "elsewhere")
    assert refused.value.code == "sheets.no_raster"


def test_an_empty_city_still_makes_a_sheet(tmp_path: Path) -> None:
    with Session.create(tmp_path / "empty.yantu") as session:
        for name in template_names():
            spec = compose(session, sheet_template(name), words={"approval": "1"}, language="en")
            assert spec.view().legend == ()
            assert spec.tables.get("table") is None
            assert spec.extent[0] < 500_000 < spec.extent[2]
            assert not spec.fields["title"].endswith((",", " "))


def test_several_areas_of_the_largest_level_are_summed(tmp_path: Path) -> None:
    import shapely

    with Session.create(tmp_path / "two.yantu") as session:
        boxes = [shapely.multipolygons([shapely.box(x, SOUTH, x + 500, SOUTH + 500)]) for x in (WEST, WEST + 500)]
        load(session, "area", boxes, code=["a", "b"], name=["甲县", "乙县"], level=["county", "county"])
        load(session, "wifi_hotspot", [shapely.Point(WEST + 250, SOUTH + 250)], code=["w"], free=[1.0], eirp_dbm=[27.0])
        from gis.project.analysis import run_analysis

        run = run_analysis(session, "wifi")
        spec = compose(session, sheet_template("coverage_a4"), run=run, folder=session.attachments_folder())
        assert "table" in spec.tables
        assert [row[0] for row in spec.tables["table"].rows] == ["甲县", "乙县", "合计"]
        assert spec.tables["table"].total


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("margins = 3", "margins"),
        ('label = {zh = "a", en = "b"}\npaper = "A4"\norientation = "sideways"\nmargins = [1,1,1,1]', "item"),
        ('label = {zh = "a", en = "b"}\ncolour = 3', "colour"),
        ('margins = [1,1,1,1]\nlabel = "one"', "item"),
        ('margins = [1,1,1,1]\n[[item]]\nkind = "kart"', "item[0].kind"),
        ('margins = [1,1,1,1]\n[[item]]\nkind = "map"\nbox = [1, 2, 3]', "item[0].box"),
        ('margins = [1,1,1,1]\n[[item]]\nkind = "map"\nbox = [1, 2, 3, 4]\ngrid = "dots"', "item[0].grid"),
        ("= broken", ""),
    ],
)
def test_a_wrong_template_is_refused_with_the_place(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(Refusal) as refused:
        sheet_template(path)
    assert refused.value.code == "sheets.wrong_template"
    assert refused.value.arguments["key"] == key


def test_a_template_of_ones_own_is_read_from_its_path(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[3] / "resources" / "sheets" / "coverage_a4.toml"
    own = tmp_path / "mine.toml"
    own.write_text(shipped.read_text("utf-8").replace('paper = "A4"', 'paper = "A2"'), "utf-8")
    assert sheet_template(own).paper.height == 594.0
    assert sheet_template("coverage-a4").name == "coverage_a4"
    with pytest.raises(Refusal) as refused:
        sheet_template("no_such_sheet")
    assert refused.value.code == "sheets.no_template"


@pytest.mark.parametrize("name", template_names())
def test_items_of_shipped_templates_lie_on_the_paper_and_apart(name: str) -> None:
    template = sheet_template(name)
    boxes = [item.box for item in template.items if item.box is not None]
    for box in boxes:
        assert box.x >= template.margins.left - 1e-9
        assert box.right <= template.paper.width - template.margins.right + 1e-9
        assert box.y >= template.margins.top - 1.01
        assert box.bottom <= template.paper.height - template.margins.bottom + 1e-9
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            apart = a.right <= b.x + 1e-9 or b.right <= a.x + 1e-9 or a.bottom <= b.y + 1e-9 or b.bottom <= a.y + 1e-9
            assert apart, (a, b)
