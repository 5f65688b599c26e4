"""What sheets settle beside their words: charts, cards, stations of a route, meridians, greys, pictures, counts."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography.sheets.chainage import chainage_table, route_of, station_name, stations
from gis.cartography.sheets.charts import axis_steps
from gis.cartography.sheets.contents import compose
from gis.cartography.sheets.fields import convergence_words, filled
from gis.cartography.sheets.graticule import degree_lines
from gis.cartography.sheets.greys import grey, grey_classes, grey_style
from gis.cartography.sheets.items import CardItem, ChartItem, PictureItem, TableItem, TextItem, identified
from gis.cartography.sheets.pages import AtlasPage
from gis.cartography.sheets.templates import sheet_template
from gis.cartography.symbols import LayerStyle
from gis.catalogue import load_catalogue
from gis.coverage.classes import level_classes
from gis.project import Session
from gis.project.sheet_cards import SheetCards
from tests.gis.sheets.city import SIDE, SOUTH, WEST, load

DATE = datetime.date(2026, 3, 5)


def with_items(name: str, *items):
    template = sheet_template(name)
    return replace(template, items=identified((*template.items, *items)))


@pytest.fixture
def route(city: Session) -> Session:
    x, y = WEST + 1000, SOUTH + 1000
    line = shapely.LineString([(x, y), (x + 3000, y), (x + 3000, y + 1500)])
    load(city, "cable", [line], code=["ZG-1"], name=["东线"], level=["backbone"], fibre_count=[144.0])
    load(city, "route_segment", [shapely.LineString([(x, y), (x + 3000, y)])], code=["GD-1"], kind=["duct"])
    load(
        city, "fibre_node", [shapely.Point(x + 1200, y + 1), shapely.Point(x, y), shapely.Point(x + 1200, y + 40)],
        code=["RJ-2", "RJ-1", "far"], kind=["manhole", "central_office", "manhole"],
    )  # fmt: skip
    return city


def test_stations_count_ground_metres_from_the_first_vertex(route: Session) -> None:
    found = route_of(route, "ZG-1", None, "zh")
    assert found is not None
    geod = pyproj.Geod(ellps="GRS80")
    to_degrees = pyproj.Transformer.from_crs(4549, 4490, always_xy=True)
    lon, lat = to_degrees.transform(*np.array(found.geometry.coords).T)
    assert found.length_m == pytest.approx(geod.line_length(lon, lat), rel=1e-6)
    table = chainage_table(found, "zh")
    assert [row[1] for row in table.rows[:-1]] == ["RJ-1", "RJ-2"], "only what stands on the route, in its order"
    assert [row[0] for row in table.rows[:-1]] == ["K0+000", "K1+200"]
    assert table.rows[0][3] == "1,200.0"
    assert table.rows[0][4] == "管道"
    marked = stations(found, (WEST, SOUTH, WEST + SIDE, SOUTH + SIDE), 25_000)
    assert [one.label for one in marked] == [
        "K0+000", "K0+500", "K1+000", "K1+500", "K2+000", "K2+500", "K3+000", "K3+500", "K4+000", "K4+500",
    ]  # fmt: skip
    third = next(one for one in marked if one.label == "K2+000")
    assert (third.x, third.y) == (pytest.approx(WEST + 3000, abs=0.5), pytest.approx(SOUTH + 1000, abs=0.5))
    assert third.bearing == pytest.approx(90.0)
    assert [one.end for one in marked].count(True) == 2


def test_a_station_has_its_kilometre_and_whole_metres() -> None:
    assert [station_name(m) for m in (0, 999.6, 12_345.2)] == ["K0+000", "K1+000", "K12+345"]


def test_a_route_sheet_shows_the_route_asked_for_and_else_the_longest(route: Session) -> None:
    load(route, "cable", [shapely.LineString([(WEST, SOUTH), (WEST + 500, SOUTH)])], code=["ZG-2"], level=["backbone"])
    spec = compose(route, sheet_template("fibre_route_a4"), date=DATE)
    assert spec.fields["route"] == "ZG-1 东线"
    assert spec.tables["chainage"].rows
    assert spec.view().stations
    xmin, _, xmax, _ = spec.extent
    assert xmin < WEST + 1000 < WEST + 4000 < xmax, "the map is about the route"
    other = compose(route, sheet_template("fibre_route_a4"), date=DATE, words={"route": "ZG-2"})
    assert other.fields["route"] == "ZG-2"
    assert other.tables["chainage"].rows == ()


def test_meridians_and_parallels_run_where_the_projection_has_them() -> None:
    extent = (300_000.0, 3_500_000.0, 700_000.0, 4_000_000.0)
    lines = degree_lines(extent, "EPSG:4549", 38.0, 2_000_000)
    to_degrees = pyproj.Transformer.from_crs(4549, 4490, always_xy=True)
    assert {line.label[-1] for line in lines} == {"E", "N"}
    for line in lines:
        for part in line.parts:
            lon, lat = to_degrees.transform(part[1:-1, 0], part[1:-1, 1])
            same = lon if line.label.endswith("E") else lat
            assert np.ptp(same) < 1e-3, line.label
        for side, _ in line.ends:
            assert side in (("top", "bottom") if line.label.endswith("E") else ("left", "right"))
    parallel = next(line for line in lines if line.label.endswith("N"))
    assert np.ptp(parallel.parts[0][:, 1]) > 500.0, "parallels are curved in this projection"


@settings(max_examples=60, deadline=None)
@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-3, 1e7), most=st.integers(3, 12))
def test_an_axis_holds_its_values_at_even_steps(low: float, span: float, most: int) -> None:
    steps = axis_steps(low, low + span, most)
    assert 2 <= len(steps) <= most + 1
    assert steps[0] <= low + span * 1e-6
    assert steps[-1] >= low + span - span * 1e-6
    gaps = np.diff(steps)
    assert np.allclose(gaps, gaps[0])


def test_a_run_gives_charts_and_cards_with_its_target(analysed) -> None:
    session, run = analysed
    template = with_items(
        "coverage_a3", ChartItem(id="chart", content="areas"), CardItem(id="wifi", indicator="free_wifi"),
        CardItem(id="own"), CardItem(id="people", indicator="free_wifi:people"),
        CardItem(id="any", indicator=":people"),
        CardItem(id="mobile", indicator="mobile"), CardItem(id="none", indicator="no_such"),
    )  # fmt: skip
    policy = SheetCards(session, session, run=run)
    spec = compose(session, template, run=run, folder=session.attachments_folder(), date=DATE, policy=policy)
    chart = spec.charts["chart"]
    assert chart.categories == ("亭湖区", "盐都区", "大丰区", "射阳县")
    assert chart.target == 100.0
    rows = {row["name"]: row for row in run.summary["areas"]}
    shares = [100.0 * rows[name]["area_share"] for name in chart.categories]
    assert chart.series[0].values == pytest.approx(shares)
    urban = 100.0 * run.summary["urban"]["area_share"]
    assert spec.cards["wifi"].value == f"{urban:.1f} %"
    assert spec.cards["wifi"].gap == f"相差 {100.0 - urban:.1f} 个百分点"
    assert spec.cards["wifi"].met is False
    assert spec.cards["wifi"].share == pytest.approx(urban / 100.0)
    assert f"第 {run.id} 次" in spec.cards["wifi"].source
    assert spec.cards["own"] == spec.cards["wifi"], "the indicator of the analysis shown"
    people = 100.0 * run.summary["urban"]["population_share"]
    assert spec.cards["people"].value == f"{people:.1f} %"
    assert spec.cards["people"].title == "城区免费 WiFi 人口覆盖率"
    assert spec.cards["any"] == spec.cards["people"]
    assert spec.cards["mobile"].value == "–", "a WiFi run says nothing of mobile networks"
    assert "没有这个指标" in spec.cards["none"].gap
    assert spec.cards["none"].title == "no_such"


def test_without_a_policy_there_are_no_cards_and_no_targets(analysed) -> None:
    session, run = analysed
    template = with_items("coverage_a3", ChartItem(id="chart", content="areas"), CardItem(id="own"))
    spec = compose(session, template, run=run, folder=session.attachments_folder(), date=DATE)
    assert spec.cards == {}
    assert spec.charts["chart"].target is None


def test_tables_and_charts_of_features_tell_codes_by_their_labels(city: Session) -> None:
    places = [shapely.Point(WEST + 10 * i, SOUTH + 100) for i in range(3)]
    load(city, "camera", places, code=["b", "a", "c"], site_kind=["road", "campus", "road"],
         ip_address=["10.0.0.1"] * 3)  # fmt: skip
    template = with_items(
        "cameras_a3", TableItem(id="t", content="features:camera:code,site_kind"),
        ChartItem(id="c", content="features:camera:site_kind", form="pie"),
    )  # fmt: skip
    spec = compose(city, template, date=DATE)
    assert [row[0] for row in spec.tables["t"].rows] == ["a", "b", "c"], "by code"
    assert dict(zip(spec.charts["c"].categories, spec.charts["c"].series[0].values, strict=True)) == {
        "校园": 1.0, "道路": 2.0,
    }  # fmt: skip
    usual = next(t for id, t in spec.tables.items() if id != "t")
    assert not any("10.0.0.1" in cell for row in usual.rows for cell in row), "restricted fields stay away"


def test_texts_count_what_the_map_shows(city: Session) -> None:
    words = TextItem(id="n", text={"zh": "{count:wifi_hotspot} / {length:road} / {count:nothing}", "en": ""})
    quarter = (WEST, SOUTH, WEST + SIDE / 2, SOUTH + SIDE / 2)
    whole = compose(city, with_items("inventory_a3", words), date=DATE)
    part = compose(city, with_items("inventory_a3", words), extent=quarter, denominator=30_000, date=DATE)
    assert filled(words.text["zh"], whole.fields) == "60 / 24.0 / {count:nothing}"
    assert int(part.fields["count:wifi_hotspot"]) == len(city.columns("wifi_hotspot", [], bbox=part.extent)) < 60


def test_a_page_of_an_atlas_tells_of_its_own_area(analysed) -> None:
    session, run = analysed
    page = AtlasPage(2, 4, "盐都区", "320903", fields={"population": "100000"})
    spec = compose(session, sheet_template("coverage_a3"), run=run, folder=session.attachments_folder(), page=page)
    assert [row[0] for row in spec.tables["table"].rows] == ["盐都区"]
    assert spec.fields["title"] == "盐都区WiFi覆盖图"
    assert (spec.fields["page"], spec.fields["pages"], spec.fields["population"]) == ("2", "4", "100000")


def test_the_logo_is_found_beside_the_template_and_a_missing_picture_keeps_its_name(
    city: Session, tmp_path: Path
) -> None:
    template = with_items("inventory_a3", PictureItem(id="logo"), PictureItem(id="gone", file="nowhere.png"))
    spec = compose(city, template, date=DATE)
    assert "logo" not in spec.pictures
    assert spec.pictures["gone"] == Path("nowhere.png")
    (tmp_path / "logo.png").write_bytes(b"")
    spec = compose(city, replace(template, folder=tmp_path), date=DATE)
    assert spec.pictures["logo"] == tmp_path / "logo.png"


def test_greys_have_no_hue_and_levels_get_lighter() -> None:
    assert grey("#FF0000") == "#363636"
    style = grey_style(LayerStyle.from_class(load_catalogue()["cable"]))
    for variant in style.variants:
        assert variant.color[1:3] == variant.color[3:5] == variant.color[5:7]
    shades = [int(one.color[1:3], 16) for one in grey_classes(level_classes("wifi", -75.0))]
    assert shades == sorted(shades)
    assert len(set(shades)) == len(shades)


def test_grid_north_leaves_true_north_to_the_west_and_to_the_east() -> None:
    crs = pyproj.CRS(4549)
    assert convergence_words(crs, (500_000.0, 3_700_000.0), "zh") == "子午线收敛角 +0°00′"
    assert convergence_words(crs, (600_000.0, 3_700_000.0), "en") == "Grid convergence +0°36′"
    assert convergence_words(crs, (400_000.0, 3_700_000.0), "en") == "Grid convergence −0°36′"
