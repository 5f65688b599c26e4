"""Which feature a row is: by code, by place and kind, by what is known of it; the rest is left to the user."""

from __future__ import annotations

import numpy as np
import pytest

from gis.errors import Refusal
from gis.exchange.natural_keys import kind_field, natural_key
from tests.gis.exchange.staging_cases import CATALOGUE, features, outcomes, staged, table


def test_place_decides_only_between_features_of_one_kind() -> None:
    there = features(
        "fibre_node", {"id": 1, "kind": "pole", "at": (0, 0)}, {"id": 2, "kind": "manhole", "at": (0.3, 0)}
    )
    found = staged("fibre_node", table(("manhole", 0.1, 0), ("handhole", 0.1, 0), header="kind x y"), there)
    assert found.targets.tolist() == [2, 0]
    assert found.by.tolist() == ["distance", None]
    assert outcomes(found) == {2: "changed", 3: "new"}


def test_a_feature_in_the_very_place_is_nearer_than_any_other() -> None:
    there = features("wifi_hotspot", {"id": 1, "at": (0, 0)}, {"id": 2, "at": (0.5, 0)})
    found = staged("wifi_hotspot", table((0, 0), (0.5, 0), (0.25, 0), header="x y"), there)
    assert found.targets.tolist() == [1, 2, 0]
    assert [r.why.code for r in found.conflicts] == ["import.two_rows_one_feature"]


def test_several_near_ones_are_told_apart_by_name_and_owner() -> None:
    there = features(
        "wifi_hotspot",
        {"id": 1, "name": "广场", "owner": "mobile", "at": (0, 0)},
        {"id": 2, "name": "广场", "owner": "telecom", "at": (0, 0)},
        {"id": 3, "name": "公园", "owner": "telecom", "at": (0, 0.5)},
    )
    raw = table(("公园", "电信", 0, 0.2), ("广场", "移动", 0.1, 0.2), ("码头", None, 0.3, 0.2), header="name owner x y")
    found = staged("wifi_hotspot", raw, there)
    assert found.targets.tolist() == [3, 1, 0]
    assert found.by.tolist()[:2] == ["attributes", "attributes"]
    assert found.candidates[2].tolist() == [1, 2, 3] or found.candidates[2].tolist() == [2, 1, 3]
    assert [(r.line, r.why.code) for r in found.conflicts] == [(4, "import.ambiguous")]


def test_rows_that_share_one_place_are_paired_with_the_features_they_agree_with() -> None:
    there = features("cell", *({"id": 10 + i, "site": 1, "technology": "NR", "azimuth": 120.0 * i, "at": (0, 0)}
                               for i in range(3)))  # fmt: skip
    site = features("base_station", {"id": 1, "code": "BS-1", "at": (0, 0)})
    rows = [("BS-1", "NR", azimuth, 0, 0) for azimuth in (240, 120, 0)]
    found = staged("cell", table(*rows, header="site technology azimuth x y"), there, site)
    assert found.targets.tolist() == [12, 11, 10]
    assert outcomes(found) == {2: "same", 3: "same", 4: "same"}


def test_twins_are_paired_one_by_one_and_the_third_is_a_conflict() -> None:
    there = features("wifi_hotspot", {"id": 1, "name": "a", "at": (0, 0)}, {"id": 2, "name": "a", "at": (0, 0)})
    found = staged("wifi_hotspot", table(*[("a", 0, 0)] * 3, header="name x y"), there)
    assert found.counts() == {"read": 3, "new": 0, "changed": 0, "same": 2, "conflict": 1, "rejected": 0}
    assert sorted(found.targets.tolist()) == [0, 1, 2]


def test_a_name_that_stands_once_finds_a_feature_that_was_measured_anew() -> None:
    there = features(
        "wifi_hotspot",
        {"id": 1, "name": "人民公园", "owner": "mobile", "at": (0, 0)},
        {"id": 2, "name": "车站", "owner": "mobile", "at": (100, 0)},
        {"id": 3, "name": "码头", "at": (0, 100)},
        {"id": 4, "name": "热点", "at": (200, 0)},
        {"id": 5, "name": "热点", "at": (300, 0)},
    )
    raw = table(
        ("人民公园", "移动", 30, 0),  # 30 m off
        ("车站", "电信", 130, 0),  # another owner
        ("码头", None, 0, 5000),  # too far
        ("热点", None, 230, 0),  # two of that name
        header="name owner x y",
    )
    found = staged("wifi_hotspot", raw, there)
    assert found.targets.tolist() == [1, 0, 0, 0]
    assert found.by.tolist() == ["attributes", None, None, None]
    assert staged("wifi_hotspot", raw, there, by=("code", "distance")).targets.tolist() == [0, 0, 0, 0]


def test_a_code_of_its_own_keeps_a_row_from_a_feature_with_another() -> None:
    there = features("wifi_hotspot", {"id": 1, "code": "A", "name": "公园", "at": (0, 0)})
    found = staged("wifi_hotspot", table(("B", "公园", 0, 0), header="code name x y"), there)
    assert outcomes(found) == {2: "new"}


def test_where_codes_do_not_match_they_must_still_be_free() -> None:
    there = features("wifi_hotspot", {"id": 1, "code": "A", "at": (0, 0)}, {"id": 2, "at": (50, 0)})
    raw = table(("A", 50, 0), ("A2", 0, 0), ("A", 0, 0), header="code x y")
    found = staged("wifi_hotspot", raw, there, by=("distance",))
    assert outcomes(found) == {2: "conflict", 3: "new", 4: "conflict"}
    assert [r.why.code for r in found.conflicts] == ["import.code_held", "import.twice_in_file"]
    assert found.candidates[0].tolist() == [2, 1]


def test_of_two_rows_for_one_feature_the_one_the_project_has_already_is_no_news() -> None:
    there = features("wifi_hotspot", {"id": 1, "code": "A", "name": "新", "at": (0, 0)})
    found = staged("wifi_hotspot", table(("A", "旧", 0, 0), ("A", "新", 0, 0), header="code name x y"), there)
    assert outcomes(found) == {2: "conflict", 3: "same"}
    assert found.conflicts[0].why.arguments["line"] == 3


def test_a_table_is_told_by_its_natural_key() -> None:
    area = features("area", {"id": 5, "code": "320902", "name": "亭湖区", "at": (0, 0)})
    there = features(
        "statistic",
        {"id": 1, "area": 5, "period": "2024", "indicator": "internet", "value": 90.0},
        {"id": 2, "area": 5, "period": "2025", "indicator": "internet", "value": 92.0},
    )
    raw = table(
        ("320902", "2025", "internet", 93), ("亭湖区", "2024", "internet", 90), ("320902", "2026", "internet", 95),
        ("320999", "2026", "internet", 95), ("320902", None, "internet", 95), header="area period indicator value",
    )  # fmt: skip
    found = staged("statistic", raw, there, area)
    assert found.targets.tolist() == [2, 1, 0]
    assert outcomes(found) == {2: "changed", 3: "same", 4: "new"}
    assert [(r.line, r.why.code) for r in found.rejects] == [(5, "edit.no_such_target"), (6, "edit.required")]
    assert found.change_counts() == {"value": 1}


def test_rows_of_one_key_are_paired_by_all_they_say_then_by_what_is_left() -> None:
    node = features("fibre_node", {"id": 5, "code": "N", "at": (0, 0)})
    there = features("splitter", *({"id": i, "node": 5, "ratio": 8.0, "loss_db": loss}
                                   for i, loss in ((1, 10.1), (2, 10.2), (3, 10.3))))  # fmt: skip
    rows = [("N", 8, 10.3), ("N", 8, 10.1), ("N", 8, 10.9)]
    found = staged("splitter", table(*rows, header="node ratio loss_db"), there, node)
    assert found.targets.tolist() == [3, 1, 2]
    assert outcomes(found) == {2: "same", 3: "same", 4: "changed"}
    rows = [("N", 8, 10.8), ("N", 8, 10.9)]
    found = staged("splitter", table(*rows, header="node ratio loss_db"), there, node)
    assert [r.why.code for r in found.conflicts] == ["import.ambiguous_key"] * 2
    assert found.candidates[0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(("cls", "key"), [
    ("statistic", ("area", "period", "indicator")),
    ("plate_issuance", ("area", "period", "vehicle_class")),
    ("cable_walk", ("cable", "position")),
    ("splice", ("node", "a_cable", "a_splitter", "b_cable", "a_first", "a_last", "b_first", "b_last")),
])  # fmt: skip
def test_natural_keys_follow_from_the_catalogue(cls: str, key: tuple[str, ...]) -> None:
    assert natural_key(CATALOGUE[cls]) == key


def test_the_kind_of_a_class_is_a_list_of_codes() -> None:
    kinds = {"fibre_node": "kind", "area": "level", "cell": "technology", "base_station": None, "building": None}
    assert {name: kind_field(CATALOGUE[name]) for name in kinds} == kinds


def test_an_unknown_way_to_match_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        staged("wifi_hotspot", table((0, 0), header="x y"), by=("smell",))
    assert refused.value.code == "import.unknown_match"


def test_ten_thousand_rows_on_one_spot_end_as_they_began() -> None:
    """Pairs of rows and features that share a place are never multiplied out."""
    count = 3000
    rows = [(f"n{i}", 0, 0) for i in range(count)]
    there = features("wifi_hotspot", *({"id": 1 + i, "name": f"n{i}", "at": (0, 0)} for i in range(count)))
    found = staged("wifi_hotspot", table(*rows, header="name x y"), there)
    assert found.counts()["same"] == count
    assert np.array_equal(np.sort(found.targets), np.arange(1, count + 1))
    fresh = [(f"m{i}", 0, 0) for i in range(count)]
    found = staged("wifi_hotspot", table(*fresh, header="name x y"), there)
    assert found.counts()["conflict"] == count
    assert max(map(len, found.candidates.values())) <= 16


def test_ids_that_the_project_gave_are_known_again() -> None:
    """An export that was edited elsewhere: moved, renamed, given a code; a row that was copied is a new thing."""
    a, b, c = 7_000_000_000_000_001, 7_000_000_000_000_003, 7_000_000_000_000_005
    there = features(
        "wifi_hotspot",
        {"id": a, "name": "旧", "at": (0, 0)},
        {"id": b, "code": "B", "at": (100, 0)},
        {"id": c, "at": (200, 0)},
    )
    raw = table((a, "A", "新", 3000, 0), (b, "B", None, 100, 0), (b, "B2", None, 130, 0), (c, None, None, 200, 0),
                (c + 2, None, None, 300, 0), header="id code name x y")  # fmt: skip
    found = staged("wifi_hotspot", raw, there)
    assert found.targets.tolist() == [a, b, 0, c, 0]
    assert found.by.tolist() == ["id", "code", None, "id", None]
    assert outcomes(found) == {2: "changed", 3: "same", 4: "new", 5: "same", 6: "new"}
    assert found.evidence[-1].reason == "import.own_keys"


def test_numbers_of_another_program_are_no_ids_of_the_project() -> None:
    there = features("wifi_hotspot", {"id": 1, "at": (0, 0)}, {"id": 2, "at": (50, 0)})
    found = staged("wifi_hotspot", table((1, 50, 0), (2, 0, 0), header="id x y"), there)
    assert found.targets.tolist() == [2, 1]
    assert found.by.tolist() == ["distance", "distance"]
