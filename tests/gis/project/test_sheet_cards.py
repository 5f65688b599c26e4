"""Cards of sheets tell the figures of the report: of the same area, with the same doubt, in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.cartography.sheets.items import CardItem, all_items
from gis.cartography.sheets.pages import AtlasPage
from gis.cartography.sheets.templates import sheet_template, template_names
from gis.errors import Refusal
from gis.project import Session
from gis.project.analysis import run_analysis
from gis.project.report import ReportWish, compose_report
from gis.project.report_parts import Cards
from gis.project.sheet_cards import PEOPLE, SheetCards, card_indicators
from gis.project.target_values import amount
from gis.project.targets import target_set
from tests.gis.sheets.city import SIDE, SOUTH, WEST, load, small_city

WESTERN = "320902"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Session]:
    """Eight premises in two counties, cameras of which one does not say, and half of a WiFi network."""
    with small_city(tmp_path / "city.yantu", hotspots=8) as session:
        x = [WEST + 100 + 10 * i for i in range(4)]
        places = [shapely.Point(x, SOUTH + 100) for x in (*x, *(x + SIDE / 2 for x in x))]
        load(
            session, "premises", places, code=[f"P{i}" for i in range(8)], kind=["home"] * 6 + ["community", "office"],
            state=["active", "passed", "covered", None, "connected", "none", "active", "passed"],
            households=[10.0, 20.0, 30.0, 40.0, 50.0, 50.0, 0.0, 0.0],
        )  # fmt: skip
        load(
            session, "camera", places, code=[f"C{i}" for i in range(8)], status=["in_service"] * 7 + ["planned"],
            networked=[1.0, 1.0, 0.0, np.nan, 1.0, 1.0, 1.0, 1.0],
        )  # fmt: skip
        yield session


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("area", [None, WESTERN], ids=["city", "county"])
def test_a_card_says_what_the_report_says(city: Session, area: str | None, language) -> None:
    run = run_analysis(city, "wifi")
    report = compose_report(city, ReportWish(area=area), language=language)
    told = {card.title: card for part in report.parts() if isinstance(part, Cards) for card in part.cards}
    page = AtlasPage(1, 2, "亭湖区", area) if area else None
    cards = SheetCards(city, city, run=run, language=language, page=page)
    assert len(told) == (4 if area is None else 3)  # the parts of a county have no office of their own here
    for one in target_set().indicators:
        card = cards.card(one.id)
        if (same := told.get(card.title)) is None:
            assert card.value == "–"
            assert card.source, "it says what is missing"
        else:
            assert (card.value, card.target, card.gap, card.met, card.share) == (
                same.value, same.target, same.gap, same.met, same.share,
            )  # fmt: skip


def test_what_is_unknown_makes_an_interval_and_the_source_says_what_was_counted(city: Session) -> None:
    cards = SheetCards(city, city, language="en")
    fibre = cards.card("fibre_to_home")
    assert fibre.value == "40.0–60.0 %"
    assert fibre.source.startswith("80 / 200 households · as of ")
    cameras = cards.card("cameras_networked")
    assert cameras.source.startswith("5 / 7 cameras")
    assert cameras.met is False


def test_a_page_tells_of_its_area_and_one_about_none_names_the_city(city: Session) -> None:
    county = SheetCards(city, city, page=AtlasPage(1, 2, "亭湖区", WESTERN)).card("fibre_to_home")
    assert county.value == "30.0–70.0 %"
    assert county.source.startswith("30 / 100 户")
    tile = SheetCards(city, city, page=AtlasPage(3, 9, "A-3", "A3")).card("fibre_to_home")
    assert tile.source.startswith("盐城市 · 80 / 200 户")
    headed = SheetCards(city, city, place="亭湖区").card("fibre_to_home")
    assert headed.source.startswith("盐城市 · 80 / 200 户"), "a sheet headed with a county but about no page"
    assert SheetCards(city, city, place="盐城市").card("fibre_to_home").source.startswith("80 / 200 户")


def test_the_run_shown_is_told_before_newer_ones(city: Session) -> None:
    shown = run_analysis(city, "wifi")
    newer = run_analysis(city, "wifi")
    assert f"第 {shown.id} 次" in SheetCards(city, city, run=shown).card("").source
    assert f"第 {newer.id} 次" in SheetCards(city, city).card("free_wifi").source
    cards = SheetCards(city, city, run=newer)
    assert cards.card("") == cards.card("free_wifi")
    assert cards.card(PEOPLE).title == "城区免费 WiFi 人口覆盖率"
    assert "城区人口" in cards.card(PEOPLE).source
    own = next(row for row in newer.summary["areas"] if row["code"] == WESTERN)
    page = SheetCards(city, city, run=newer, page=AtlasPage(1, 2, "亭湖区", WESTERN))
    assert page.card("").value == amount(100 * own["area_share"], "%", "zh")
    assert page.card(PEOPLE).value == amount(100 * own["population_share"], "%", "zh")


def test_a_run_of_one_area_is_told_with_that_area(city: Session) -> None:
    run = run_analysis(city, "wifi", area=WESTERN)
    cards = SheetCards(city, city, run=run)
    assert f"第 {run.id} 次" in cards.card("").source
    assert cards.card("fibre_to_home").source.startswith("30 / 100 户"), "as the title of the sheet says"


@pytest.mark.parametrize("id", ["wifi_area", "", PEOPLE, "fibre_to_home:people", "统计"])
def test_what_there_is_not_is_said(city: Session, id: str) -> None:
    for language in ("zh", "en"):
        card = SheetCards(city, city, language=language).card(id)
        assert card.title
        assert card.value == "–"
        assert card.gap
        assert (card.met, card.share) == (None, None)


def test_an_empty_city_has_cards_that_say_what_is_missing(tmp_path: Path) -> None:
    with Session.create(tmp_path / "empty.yantu") as session:
        cards = SheetCards(session, session)
        for id, _ in card_indicators():
            assert cards.card(id).value == "–"
            assert cards.card(id).source


def test_every_card_of_a_shipped_template_is_an_indicator() -> None:
    known = [id for id, _ in card_indicators()]
    assert len(known) == len(set(known)) == len(target_set().indicators) + 2
    used = {
        item.indicator
        for name in template_names()
        for item in all_items(sheet_template(name).items)
        if isinstance(item, CardItem)
    }
    assert used
    assert used <= {*known, "", PEOPLE}
    for _, label in card_indicators():
        assert label.zh
        assert label.en


def test_statistics_have_their_names_and_targets_from_the_policy(city: Session) -> None:
    statistics = SheetCards(city, city).statistics
    assert next(iter(statistics)) == "internet_penetration"
    assert statistics["household_broadband"].target == 90.0
    assert statistics["fibre_subscriber_share"].target is None
    assert statistics["fibre_subscriber_share"].label.zh == "光纤用户占比"


def test_a_set_of_targets_that_is_not_there_is_refused(city: Session) -> None:
    with pytest.raises(Refusal) as caught:
        SheetCards(city, city, targets="nowhere")
    assert caught.value.code == "report.no_targets"
