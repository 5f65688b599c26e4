"""What makes the pages of an atlas, lists of pages, names of files, what belongs to a page."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.cartography.sheets.atlas import AtlasWish, page_list, pages_text
from gis.cartography.sheets.atlas_grid import Grid, column_letters
from gis.cartography.sheets.atlas_names import MOST_BYTES, file_names, safe_name
from gis.cartography.sheets.restriction import Restricted
from gis.errors import Refusal
from gis.project import Session
from gis.project.atlas import data_stamp, plan_pages, region_of, totals_of
from tests.gis.sheets.city import COUNTIES, SIDE, SOUTH, WEST, load, small_city


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("", tuple(range(1, 13))),
        ("3,5,7-10", (3, 5, 7, 8, 9, 10)),
        (" 10 , 3-4，３、4 ", (3, 4, 10)),
        ("-2;11-", (1, 2, 11, 12)),
        ("2至4", (2, 3, 4)),
        ("2 – 3", (2, 3)),
        ("5,5,5", (5,)),
    ],
    ids=["all", "issue", "chinese", "open", "zhi", "dash", "twice"],
)
def test_a_list_of_pages_is_read(text: str, pages: tuple[int, ...]) -> None:
    assert page_list(text, 12) == pages
    assert page_list(pages_text(pages), 12) == pages


@pytest.mark.parametrize(
    ("text", "code"),
    [("x", "wrong_pages"), ("3-", ""), ("9-3", "wrong_pages"), ("-", "wrong_pages"), ("1--3", "wrong_pages"),
     ("0", "no_page"), ("13", "no_page"), ("1-99999999999999999999", "wrong_pages"), ("²", "wrong_pages")],
)  # fmt: skip
def test_a_wrong_list_says_which_part(text: str, code: str) -> None:
    if not code:
        assert page_list(text, 4) == (3, 4)
        return
    with pytest.raises(Refusal) as refused:
        page_list(text, 12)
    assert refused.value.code == f"atlas.{code}"
    assert refused.value.message("en")


HOSTILE = (
    "../../etc/passwd", "a\\b:c*?", "", "   ", "...", "CON", "com1.txt", "x" * 500, "盐" * 200, "亭湖区", "亭湖区",
    "ABC", "abc", "🚲👩‍👩‍👧‍👦站", "\u202egnp.exe", "مدينة السلام", "e\u0301cole", "école", "a\nb\tc", "\ud800half",
    "name. ", "\x00",
)  # fmt: skip


def test_hostile_names_are_safe_readable_and_told_apart(tmp_path: Path) -> None:
    names = file_names("{name}", [{"name": name, "page": str(i)} for i, name in enumerate(HOSTILE, 1)])
    assert len({name.casefold() for name in names}) == len(HOSTILE)
    for i, name in enumerate(names):
        assert not set(name) & set('<>:"/\\|?*\x00\n\t\u202e')
        assert len(name.encode()) <= MOST_BYTES
        assert name == name.strip(" .")
        (tmp_path / f"{name}.pdf").write_text(str(i))  # a real file system takes it
    assert len(list(tmp_path.iterdir())) == len(HOSTILE)
    assert names[2] == "page-3"
    assert names[9:11] == ["亭湖区", "亭湖区-2"]
    assert names[11:13] == ["ABC", "abc-2"]
    assert names[5].casefold() != "con"
    assert "👩‍👩‍👧‍👦" in names[13]
    assert names[15] == "مدينة السلام"
    assert names[17] == f"{names[16]}-2"  # the same letters, written in two ways


def test_a_long_name_is_not_cut_inside_an_emoji() -> None:
    family = "👩‍👩‍👧‍👦"
    made = safe_name(family * 20)
    assert not made.endswith("\u200d")
    assert len(made.encode()) <= MOST_BYTES


def test_a_pattern_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        file_names("{nmae}", [{"name": "a"}])
    assert refused.value.arguments["field"] == "nmae"
    assert file_names("{code}_{name}", [{"code": "", "name": "a", "page": "1"}]) == ["a"]


def test_areas_make_a_page_each_with_their_words(city: Session) -> None:
    plan = plan_pages(city, AtlasWish(level="county"))
    assert [page.title for page in plan.pages] == list(COUNTIES)
    first = plan.pages[0]
    assert (first.number, first.page.count, first.page.code) == (1, 4, "320902")
    assert first.page.fields["level"] == "区县"
    assert first.extent == (WEST, SOUTH, WEST + SIDE / 2, SOUTH + SIDE / 2)
    assert first.neighbours == {"east": 2, "north": 3}  # the one at the corner is no neighbour
    assert plan.pages[3].neighbours == {"west": 3, "south": 2}


def test_pages_keep_their_numbers_when_only_some_are_made(city: Session) -> None:
    plan = plan_pages(city, AtlasWish(level="county", pages="2,4"))
    assert [(page.number, page.page.count, page.title) for page in plan.pages] == [
        (2, 4, COUNTIES[1]), (4, 4, COUNTIES[3]),
    ]  # fmt: skip
    assert plan.count == 4
    with pytest.raises(Refusal, match="no_page"):
        plan_pages(city, AtlasWish(level="county", pages="5"))


def test_order_by_name_is_by_sound_and_by_place_in_rows(city: Session) -> None:
    by_name = plan_pages(city, AtlasWish(level="county", order="name"))
    assert [page.title for page in by_name.pages] == ["大丰区", "射阳县", "亭湖区", "盐都区"]
    by_place = plan_pages(city, AtlasWish(level="county", order="place"))
    assert [page.title for page in by_place.pages] == ["大丰区", "射阳县", "亭湖区", "盐都区"]


def test_a_grid_has_the_squares_that_hold_anything(city: Session) -> None:
    side = 1_000.0
    plan = plan_pages(city, AtlasWish(source="grid", grid_m=side))
    boxes = {page.extent for page in plan.pages}
    expected = set()
    for cls in ("road", "wifi_hotspot"):
        for shape in city.columns(cls, []).geometry:
            for i in range(int(SIDE / side) + 1):
                for j in range(int(SIDE / side) + 1):
                    x, y = WEST + i * side, SOUTH + j * side
                    if shape.intersects(shapely.box(x + 1e-6, y + 1e-6, x + side - 1e-6, y + side - 1e-6)):
                        expected.add((x, y, x + side, y + side))
    # The roads run along lines of the grid: they lie in the squares north and east of them.
    along = {box for box in boxes - expected if SOUTH + SIDE / 2 in box[1:2] or WEST + SIDE / 2 in box[0:1]}
    assert boxes - along == expected
    everything = plan_pages(city, AtlasWish(source="grid", grid_m=side, empty=True))
    assert everything.count >= 144
    assert len({page.title for page in everything.pages}) == everything.count
    with pytest.raises(Refusal, match="small_cells"):
        plan_pages(city, AtlasWish(source="grid", grid_m=1.0))


def test_a_slanting_line_fills_just_the_squares_it_crosses() -> None:
    line = shapely.LineString([(5, 5), (95, 45)])
    grid = Grid.over((0, 0, 99, 99), 10.0)
    found = grid._crossed(np.array([line], object))
    expected = {
        (c, r) for c in range(10) for r in range(10) if line.intersects(shapely.box(*grid.box(c, r)).buffer(-1e-6))
    }
    assert found == expected
    assert [column_letters(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_query_makes_a_page_a_feature_or_a_page_a_value(city: Session) -> None:
    each = plan_pages(city, AtlasWish(source="query", cls="wifi_hotspot", where="code <= 'WIFI-0004'"))
    assert [page.page.code for page in each.pages] == [f"WIFI-{i:04d}" for i in range(5)]
    assert region_of(each.pages[0]).area == pytest.approx(250_000.0)
    roads = plan_pages(city, AtlasWish(source="query", cls="road", group_by="road_class", per="group"))
    assert len(roads.pages) == 2
    assert {len(page.ids) for page in roads.pages} == {1}
    with pytest.raises(Refusal, match="nothing"):
        plan_pages(city, AtlasWish(source="query", cls="wifi_hotspot", where="code = 'none'"))
    with pytest.raises(Refusal, match=r"query\."):
        plan_pages(city, AtlasWish(source="query", cls="wifi_hotspot", where="code ="))


def test_groups_stand_together_when_each_is_a_file(city: Session) -> None:
    plan = plan_pages(city, AtlasWish(source="query", cls="road", group_by="road_class", output="groups"))
    assert [len(pages) for pages in plan.groups.values()] == [1, 1]
    with pytest.raises(Refusal, match="no_groups"):
        AtlasWish(source="query", cls="road", output="groups")


def test_what_belongs_to_a_page_is_counted_as_shapely_does(city: Session) -> None:
    plan = plan_pages(city, AtlasWish(level="county"))
    hotspots, roads = city.columns("wifi_hotspot", []).geometry, city.columns("road", []).geometry
    for page in plan.pages:
        region = region_of(page)
        own = Restricted(city, region)
        assert own.count("wifi_hotspot") == int(shapely.contains(region, hotspots).sum())
        assert own.count("road") == int(shapely.intersects(region.buffer(-1.0), roads).sum()) == 0
        assert own.columns("area", ["name"]).fields["name"].tolist() == [page.title]
        assert len(own.columns("wifi_hotspot", [], bbox=(WEST, SOUTH, WEST + 10, SOUTH + 10))) <= 1
    totals = totals_of(city, plan, ["wifi_hotspot", "road"])
    assert [t.here["wifi_hotspot"] for t in totals] == [
        Restricted(city, region_of(page)).count("wifi_hotspot") for page in plan.pages
    ]
    assert totals[-1].so_far["wifi_hotspot"] == 60


def test_what_lies_on_two_pages_counts_once_so_far(tmp_path: Path) -> None:
    with small_city(tmp_path / "c.yantu", hotspots=0) as session:
        middle = WEST + SIDE / 2
        crossing = shapely.LineString([(middle - 900, SOUTH + 500), (middle + 900, SOUTH + 700)])
        on_border = shapely.Point(middle, SOUTH + 900)
        load(session, "cable", [crossing], code=["C-1"])
        load(session, "camera", [on_border], code=["K-1"])
        totals = totals_of(session, plan_pages(session, AtlasWish(level="county")), ["cable", "camera"])
    assert [t.here["cable"] for t in totals] == [1, 1, 0, 0]
    assert [t.so_far["cable"] for t in totals] == [1, 1, 1, 1]
    assert [t.here["camera"] for t in totals] == [1, 1, 0, 0]  # no page leaves it out
    assert totals[-1].so_far["camera"] == 1


def test_rows_without_a_place_belong_with_what_they_refer_to(city: Session) -> None:
    ids = city.columns("area", ["code"])
    area = {code: int(key) for code, key in zip(ids.fields["code"], ids.ids, strict=True)}
    from gis.editing.intents import Create

    row = {"indicator": "households", "period": "2025", "value": 10.0}
    city.perform(Create("statistic", [{"area": area[code], **row} for code in ("320902", "320903")]))
    own = Restricted(city, region_of(plan_pages(city, AtlasWish(level="county")).pages[0]))
    assert own.columns("statistic", ["area"]).fields["area"].tolist() == [area["320902"]]


def test_the_stamp_changes_with_every_edit_and_back_with_undo(city: Session) -> None:
    before = data_stamp(city)
    assert data_stamp(city) == before
    load(city, "camera", [shapely.Point(WEST + 5, SOUTH + 5)], code=["K-9"])
    changed = data_stamp(city)
    assert changed != before
    city.undo()
    assert data_stamp(city) not in (before, changed)  # an undone edit is written down too: drawn again, never wrong
