"""What a page of an atlas tells of lines that cross its border, of places beyond it, and of very long tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from gis.cartography.sheets import tables as tables_module
from gis.cartography.sheets.absent import absent
from gis.cartography.sheets.contents import compose
from gis.cartography.sheets.items import Box, MapItem, TableItem, TextItem
from gis.cartography.sheets.pages import AtlasPage
from gis.cartography.sheets.restriction import Restricted, lengths_within
from gis.cartography.sheets.templates import sheet_template
from gis.project import Session
from tests.gis.sheets.city import SIDE, SOUTH, WEST, load, small_city

HALF = SIDE / 2


@pytest.fixture
def city(tmp_path: Path):
    with small_city(tmp_path / "city.yantu") as session:
        # 4 km of cable, of which 3 lie in the first county.
        y = SOUTH + 1_000.0
        load(session, "cable", [shapely.LineString([(WEST + HALF - 3_000, y), (WEST + HALF + 1_000, y)])],
             code=["GL-1"])  # fmt: skip
        yield session


def first_county() -> tuple[object, AtlasPage]:
    ground = shapely.box(WEST, SOUTH, WEST + HALF, SOUTH + HALF)
    return ground, AtlasPage(1, 4, "亭湖区", "320902", shapely.to_wkb(ground), {})


def template(*items):
    base = sheet_template("inventory_a3")
    return replace(base, items=(base.map_item, *items), layers=("area", "cable", "wifi_hotspot"))


def test_a_line_that_crosses_the_border_counts_on_the_page_as_far_as_it_reaches(city: Session) -> None:
    ground, page = first_county()
    table = TableItem(id="t", box=Box(300, 20, 100, 100), content="counts")
    text = TextItem(id="n", box=Box(300, 200, 100, 10), text={"zh": "{length:cable}", "en": "{length:cable}"})
    spec = compose(Restricted(city, ground), template(table, text), extent=ground.bounds, page=page)
    rows = {row[0]: row for row in spec.tables["t"].rows}
    assert rows["光缆"][1:3] == ("1", "3.00")
    assert spec.tables["t"].note == "长度只计本页范围内的部分"
    assert spec.fields["length:cable"] == "3.0"


def test_of_a_route_named_by_itself_the_whole_counts(city: Session) -> None:
    frame = shapely.box(WEST, SOUTH, WEST + HALF, SOUTH + HALF)
    lines = city.columns("cable", []).geometry
    assert Restricted(city, frame, {"cable": [1]}).lengths("cable", lines).tolist() == [4_000.0]
    assert Restricted(city, frame).lengths("cable", lines).tolist() == [3_000.0]


def test_lengths_inside_a_region_that_crosses_itself_or_along_its_border() -> None:
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    assert lengths_within(bow, shapely.linestrings([[(-5, 5), (15, 5)]])).sum() == pytest.approx(10.0)
    square = shapely.box(0, 0, 10, 10)
    lines = shapely.linestrings([[(0, 0), (10, 0)], [(2, 2), (4, 2)], [(20, 0), (30, 0)]])
    assert lengths_within(square, lines).tolist() == [10.0, 2.0, 0.0]


def test_a_map_of_a_place_shows_it_on_the_page_of_another(city: Session) -> None:
    ground, page = first_county()
    inset = MapItem(id="inset", box=Box(300, 20, 100, 100), role="inset", place="320905", grid="none")
    spec = compose(Restricted(city, ground), template(inset), extent=ground.bounds, page=page)
    assert spec.views["inset"].center == (WEST + 1.5 * HALF, SOUTH + 1.5 * HALF)
    assert inset.inner() == inset.box


def test_rows_of_features_are_all_there_up_to_a_limit_and_counted_beyond(city: Session, monkeypatch) -> None:
    assert tables_module.MOST_ROWS == 50_000
    whole = TableItem(id="all", box=Box(300, 20, 100, 100), content="features:wifi_hotspot")
    few = replace(whole, id="few", rows=7)
    spec = compose(city, template(whole, few))
    assert len(spec.tables["all"].rows) == 60
    assert (len(spec.tables["few"].rows), spec.tables["few"].left_out) == (7, 53)
    monkeypatch.setattr(tables_module, "MOST_ROWS", 50)
    cut = compose(city, template(whole)).tables["all"]
    assert (len(cut.rows), cut.left_out) == (50, 10)
    assert cut.rows == spec.tables["all"].rows[:50]


@pytest.mark.parametrize("content", ["areas", "counts", "gaps", "chainage", "features:camera", "statistic:x"])
def test_what_has_nothing_to_tell_says_why_in_both_languages(content: str) -> None:
    zh, en = absent(content, "zh"), absent(content, "en")
    assert zh.title
    assert zh.reason.endswith("。")
    assert en.title.isascii()
    assert en.reason.endswith(".")
    assert absent(content, "zh", on_page=True).reason == "本页没有相应数据。"


def test_a_content_that_is_none_is_named() -> None:
    assert "nonsense" in absent("nonsense", "zh").reason
