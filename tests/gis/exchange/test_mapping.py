"""Columns find their fields, words their entries, rows their classes; what was decided goes through a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.catalogue import Catalogue, load_catalogue
from gis.errors import Refusal
from gis.exchange.mapping import Mapping, guess_mapping, mapping_from_dict, read_json, write_mapping
from gis.exchange.raw import Dialect, RawTable
from gis.exchange.recipes import FORMAT, Recipe, read_recipe, recipe_from_dict, write_recipe
from gis.exchange.sorting import Sorting, class_of_word, guess_sorting, parts_of, words_in
from gis.exchange.transforms import Source, values_of
from gis.exchange.value_shapes import code_names
from gis.geometry.shifts import Helmert7, Similarity4


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def table(**columns: Sequence[str | None]) -> RawTable:
    cells = {}
    for name, column in columns.items():
        cells[name] = np.empty(len(column), dtype=object)
        cells[name][:] = column
    count = len(next(iter(columns.values())))
    return RawTable(tuple(columns), cells, np.arange(2, count + 2))


# Guessing -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "cells", "cls", "field", "source"),
    [
        ("编号", ["A1", "A2"], "camera", "code", Source("编号")),
        ("摄像机名称", ["甲", "乙"], "camera", "name", Source("摄像机名称")),
        ("tags_camera:direction", ["90", "180"], "camera", "azimuth", Source("tags_camera:direction")),
        ("架设高度(cm)", ["350", "420"], "camera", "height_m", Source("架设高度(cm)", unit="cm")),
        ("height", ["30 ft", "25 ft"], "camera", "height_m", Source("height", unit="ft")),
        ("方位角", ["东南", "SW", "北"], "camera", "azimuth", Source("方位角", unit="compass")),
        ("Activated", ["1/18/2017", "6/21/2017"], "wifi_hotspot", "installed_on", Source("Activated", unit="mdy")),
        ("created", ["1294561074", "1662692508"], "cell", "installed_on", Source("created", unit="unix")),
        ("产权", ["中国移动", "中国铁塔股份有限公司", "电信公司"], "camera", "owner",
         Source("产权", values={"中国移动": "mobile", "中国铁塔股份有限公司": "tower", "电信公司": "telecom"})),
        ("频段", ["2.4G", "5GHz", "2.4 GHz"], "wifi_hotspot", "band",
         Source("频段", values={"2.4G": "2.4", "5GHz": "5"})),
        ("第三列", ["32090200001310000001", "32090200001320000002", "32090200001310000003"], "camera", "gb28181_id",
         Source("第三列")),
        ("f7", ["aa:bb:cc:dd:ee:01", "AA-BB-CC-DD-EE-02", "aabb.ccdd.ee03"], "wifi_hotspot", "bssid", Source("f7")),
        ("f8", ["10.1.2.3", "192.168.0.254", "172.16.0.1"], "camera", "ip_address", Source("f8")),
        ("所属基站", ["BS-1", "BS-2"], "cell", "site", Source("所属基站")),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_columns_find_their_fields(
    catalogue: Catalogue, column: str, cells: list[str], cls: str, field: str, source: Source
) -> None:
    found = guess_mapping(table(**{column: cells}), catalogue[cls])
    assert found.sources == {field: source}
    _, problems = values_of(table(**{column: cells}), catalogue[cls], catalogue[cls].field(field), source)
    assert problems == {} or catalogue[cls].field(field).type == "ref"


@pytest.mark.parametrize(
    ("column", "cells", "cls"),
    [
        ("合计", ["1", "2", "3"], "camera"), ("电话", ["13812345678"] * 3, "camera"),
        ("housenumber", ["12", "14", "18"], "camera"), ("顺序", ["1", "2", "3"], "wifi_hotspot"),
        ("height", ["高", "低", "中"], "camera"), ("long id", ["12345678901234567890"] * 3, "cell"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_columns_that_mean_nothing_here(catalogue: Catalogue, column: str, cells: list[str], cls: str) -> None:
    assert guess_mapping(table(**{column: cells}), catalogue[cls]).sources == {}


def test_columns_of_the_position_are_left_alone(catalogue: Catalogue) -> None:
    raw = table(编号=["1"], 名称=["甲"])
    assert guess_mapping(raw, catalogue["camera"], frozenset({"编号"})).sources == {"name": Source("名称")}


@pytest.mark.parametrize(
    ("cls", "field", "cell", "code"),
    [
        ("camera", "owner", "中国电信股份有限公司盐城分公司", "telecom"), ("camera", "owner", "移动、电信", None),
        ("camera", "status", "已拆除", "retired"), ("camera", "status", "不在用", None),
        ("camera", "status", "未拆除", None),
        ("camera", "kind", "枪机", "fixed"), ("camera", "kind", "球机(红外)", "ptz"), ("camera", "kind", "别的", None),
        ("wifi_hotspot", "band", "2.4G", "2.4"), ("wifi_hotspot", "band", "5.8G", None),
        ("wifi_hotspot", "auth", "微信", None), ("cell", "technology", "5G", "NR"),
        ("cell", "technology", "4G LTE网络", "LTE"),
        ("cable", "level", "主干光缆", "backbone"), ("fibre_node", "kind", "光交接箱体", "cabinet"),
    ],
    ids=lambda value: str(value),
)  # fmt: skip
def test_words_that_can_only_mean_one_entry(
    catalogue: Catalogue, cls: str, field: str, cell: str, code: str | None
) -> None:
    found = code_names(catalogue[cls], catalogue[cls].field(field), [cell, None])
    assert found == ({} if code is None else {cell: code})


def test_entries_of_the_list_need_no_name(catalogue: Catalogue) -> None:
    f = catalogue["camera"].field("status")
    assert code_names(catalogue["camera"], f, ["在用", "in_service", "Planned"]) == {}


# Classes --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("word", "cls"),
    [("监控点", "camera"), ("Camera", "camera"), ("摄像头", "camera"), ("人井", "fibre_node"),
     ("光交接箱", "fibre_node"), ("WiFi热点", "wifi_hotspot"), ("基站", "base_station"), ("杆路", "route_segment"),
     ("管线段", "route_segment"),
     ("治安监控摄像头", "camera"), ("住宅小区", None), ("路灯", None), ("", None), ("室内", None), ("public", None)],
    ids=lambda value: str(value),
)  # fmt: skip
def test_words_for_classes(catalogue: Catalogue, word: str, cls: str | None) -> None:
    assert class_of_word(word, catalogue) == cls


def test_a_file_of_several_classes_is_sorted(catalogue: Catalogue) -> None:
    raw = table(
        编号=[str(i) for i in range(8)],
        设施类型=["监控点", "人井", "监控点", "电杆", "WiFi热点", "路灯", None, "人井"],
        状态=["在用", "停用"] * 4,
    )
    found = guess_sorting(raw, catalogue)
    assert found == Sorting(
        "设施类型", {"监控点": "camera", "人井": "fibre_node", "电杆": "fibre_node", "WiFi热点": "wifi_hotspot"}
    )
    parts, rejects = parts_of(raw, found)
    assert {cls: part.cells["编号"].tolist() for cls, part in parts.items()} == {
        "camera": ["0", "2"], "fibre_node": ["1", "3", "7"], "wifi_hotspot": ["4"],
    }  # fmt: skip
    assert [(r.line, r.why.code) for r in rejects] == [(7, "import.no_class_for"), (8, "import.no_class_cell")]
    assert parts["fibre_node"].lines.tolist() == [3, 5, 9]
    # a part is a table like another: its kinds are found in the very column that sorted it
    assert guess_mapping(parts["fibre_node"], catalogue["fibre_node"]).sources["kind"].column == "设施类型"


def test_all_rows_of_a_sorted_file_are_counted_once(catalogue: Catalogue) -> None:
    from dataclasses import replace

    from gis.exchange.raw import Reject

    raw = table(类型=["监控点", "人井", "?"])
    raw = replace(raw, unreadable=(Reject(9, Refusal("import.too_many_cells", cells=9, header=1)),))
    parts, rejects = parts_of(raw, Sorting("类型", {"监控点": "camera", "人井": "fibre_node"}))
    assert sum(len(part) + len(part.unreadable) for part in parts.values()) + len(rejects) == 4


@pytest.mark.parametrize(
    "columns",
    [
        {"类型": ["监控点"] * 5}, {"状态": ["在用", "停用", "在用"]}, {"名称": ["甲路监控", "乙路基站", "丙"]},
        {"Location": ["public", "camera", "indoor", "public", "public"]}, {"n": ["1", "2", "3"]},
    ],
    ids=["one-class", "status", "names", "adjectives", "numbers"],
)  # fmt: skip
def test_a_file_of_one_class_is_not_sorted(catalogue: Catalogue, columns: dict[str, list[str]]) -> None:
    assert guess_sorting(table(**columns), catalogue) is None


def test_words_that_only_stand_at_the_end_of_a_long_file_are_found(catalogue: Catalogue) -> None:
    raw = table(类型=[*["监控点", "人井"] * 3000, "基站"])
    found = guess_sorting(raw, catalogue)
    assert found is not None
    assert found.classes["基站"] == "base_station"
    assert words_in(raw, "类型")[-1] == ("基站", 1)


def test_a_sorting_by_a_column_that_is_not_there() -> None:
    with pytest.raises(Refusal, match=r"import\.no_column"):
        parts_of(table(a=["1"]), Sorting("b", {"1": "camera"}))


# Files ----------------------------------------------------------------------------------------------------------------
SOURCES = {
    "code": Source("编号"),
    "name": Source("路", split="/", part=-1, join=("号",), glue=""),
    "owner": Source(constant="mobile"),
    "height_m": Source("高", unit="cm"),
    "status": Source("状", values={"好": "in_service", "坏": ""}),
    "remark": Source(expression="[高] / 100"),
}
MAPPING = Mapping("camera", SOURCES, "lon", "lat", "EPSG:4326", "gcj02", True, None, "公安局的表")
RECIPE = Recipe(
    {"camera": MAPPING, "base_station": Mapping("base_station", {}, shift=Helmert7(1, 2, 3))},
    Sorting("类", {"监控": "camera", "站": "base_station"}),
    Dialect("gb18030", ";", 3, ",", "表1"),
    ("code", "attributes"),
    2.5,
)


def test_a_mapping_goes_through_a_file(tmp_path: Path, catalogue: Catalogue) -> None:
    for mapping in (MAPPING, Mapping("camera", {}, shift=Similarity4(1, 2, 1.5, 3)), Mapping("camera", {})):
        write_mapping(mapping, tmp_path / "m.json")
        assert mapping_from_dict(read_json(tmp_path / "m.json"), catalogue["camera"]) == mapping


@pytest.mark.parametrize("recipe", [RECIPE, Recipe({"camera": Mapping("camera", {})})], ids=["all", "bare"])
def test_a_recipe_goes_through_a_file(tmp_path: Path, catalogue: Catalogue, recipe: Recipe) -> None:
    write_recipe(recipe, tmp_path / "r.json")
    assert read_recipe(tmp_path / "r.json", catalogue) == recipe
    assert "监控" in (tmp_path / "r.json").read_text("utf-8") or recipe.sorting is None


def test_a_mapping_file_of_before_is_a_recipe(tmp_path: Path, catalogue: Catalogue) -> None:
    old = {
        "class": "camera",
        "fields": {"code": {"column": "编号"}, "owner": {"constant": "mobile"}, "name": "名"},
        "x": "E",
    }
    (tmp_path / "m.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(old, ensure_ascii=False).encode())
    recipe = read_recipe(tmp_path / "m.json", catalogue)
    wanted = {"code": Source("编号"), "owner": Source(constant="mobile"), "name": Source("名")}
    assert recipe == Recipe({"camera": Mapping("camera", wanted, x="E")})


def test_a_newer_recipe_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(Refusal, match=r"import\.newer_recipe"):
        recipe_from_dict({"format": FORMAT, "version": 99, "mappings": []}, catalogue)


BAD: list[Any] = [
    None, [], {}, {"format": "other"}, {"format": FORMAT}, {"format": FORMAT, "version": True, "mappings": []},
    {"format": FORMAT, "version": 1, "mappings": []},
    {"format": FORMAT, "version": 1, "mappings": [{"class": "nope", "fields": {}}]},
    *(
        {"format": FORMAT, "version": 1, "mappings": [{"class": "camera", "fields": {}}], key: value}
        for key, value in [
            ("match", ["colour"]), ("match", "code"), ("tolerance_m", "1"), ("tolerance_m", -1), ("tolerance_m", True),
            ("sorting", {"column": 1}), ("sorting", {"column": "a", "classes": {"x": "nope"}}), ("sorting", []),
            ("dialect", {"decimal": "x"}), ("dialect", {"header_line": -1}), ("dialect", {"quote": "'"}),
            ("dialect", 3),
        ]
    ),
    *(
        {"class": "camera", "fields": {"name": entry}}
        for entry in [
            3, {"column": 3}, {"part": 0}, {"part": "1"}, {"join": "a"}, {"join": [1]}, {"values": {"a": 1}},
            {"values": []}, {"constant": []}, {"colour": 1}, {"unit": 1},
        ]
    ),
    {"class": "camera", "fields": {"nope": "a"}}, {"class": "camera", "fields": []},
    {"class": "camera", "fields": {}, "x": 1},
    {"class": "camera", "fields": {}, "swapped": "yes"}, {"class": "camera", "fields": {}, "remark": 1},
]  # fmt: skip


@pytest.mark.parametrize("data", BAD, ids=range(len(BAD)))
def test_wrong_recipes_say_where(catalogue: Catalogue, data: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        recipe_from_dict(data, catalogue, "r.json")
    assert refusal.value.code == "import.wrong_mapping"
    assert "r.json" in refusal.value.message("zh")


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000], ids=["empty", "cut", "binary", "deep"])
def test_files_that_are_no_recipe(tmp_path: Path, catalogue: Catalogue, data: bytes) -> None:
    (tmp_path / "r.json").write_bytes(data)
    with pytest.raises(Refusal) as refusal:
        read_recipe(tmp_path / "r.json", catalogue)
    assert refusal.value.code == "import.wrong_mapping"


def test_a_missing_recipe(tmp_path: Path, catalogue: Catalogue) -> None:
    with pytest.raises(Refusal, match=r"import\.no_file"):
        read_recipe(tmp_path / "r.json", catalogue)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["class", "fields", "format", "version", "mappings", "sorting", "dialect", "match", "column",
                         "shift", "kind", "values", "join", "part", "camera", "code"]), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@given(_JSON)
def test_any_json_is_a_recipe_or_refused(data: Any) -> None:
    try:
        made = recipe_from_dict(data, load_catalogue())
    except Refusal as refusal:
        code: str | None = refusal.code
    else:
        code = None
        assert made.mappings
    assert code is None or code.startswith("import.")


def test_words_of_openstreetmap_are_entries_of_the_road_classes() -> None:
    road = load_catalogue()["road"]
    raw = RawTable(("highway",), {"highway": np.array(["unclassified", "living_street", "trunk_link", "path"], object)},
                   np.arange(1, 5))  # fmt: skip
    source = Source("highway")
    values, problems = values_of(raw, road, road.field("road_class"), source)
    assert (values[:3].tolist(), sorted(problems)) == (["tertiary", "residential", "trunk"], [3])
