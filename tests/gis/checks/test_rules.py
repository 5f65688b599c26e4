"""Every rule finds its breach and nothing else, its fixes mend it, and a look at what changed finds the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon, box

from gis.catalogue import load_catalogue
from gis.checks import Issue, known_rules, run_checks
from gis.checks.codes import folded
from gis.editing import Create
from gis.errors import Refusal
from gis.geometry.columns import Columns
from tests.gis.editing.memory import MemoryProject
from tests.gis.editing.test_connected import at, get, line, street

X, Y = 500_000.0, 3_700_000.0


class Reader:
    """A project in memory as the rules read it."""

    def __init__(self, project: MemoryProject) -> None:
        self.project = project
        self.catalogue = project.catalogue

    def columns(self, cls: str, fields=None, *, ids=None, geometry=True) -> Columns:
        names = [f.name for f in self.catalogue[cls].fields] if fields is None else list(fields)
        wanted = sorted(self.project.rows[cls]) if ids is None else sorted(int(i) for i in ids)
        return self.project.columns(cls, names, wanted, geometry=geometry)

    def holding(self, cls: str, field: str, values, *, loosely: bool = False) -> Any:
        fold = folded if loosely else lambda value: value
        wanted = {fold(value) for value in values}
        rows = self.project.rows[cls]
        found = [k for k, row in rows.items() if row[field] is not None and fold(row[field]) in wanted]
        return np.array(sorted(found), np.int64)

    def ids_in(self, cls: str, bbox) -> Any:
        frame = box(*bbox)
        found = [
            k for k, row in self.project.rows[cls].items() if row["geom"] is not None and frame.intersects(row["geom"])
        ]
        return np.array(sorted(found), np.int64)


def town() -> MemoryProject:
    """The street of the editing tests inside a county, with devices; nothing in it breaks a rule."""
    project = street()
    county = MultiPolygon([box(X - 5000, Y - 5000, X + 5000, Y + 5000)])
    project.do(Create("area", [{"code": "320902", "level": "county", "geom": county}]))
    project.do(Create("base_station", [{"code": "BS", "geom": at(500)}]))
    cell = {"code": "C", "site": "BS", "technology": "NR", "frequency_mhz": 3500, "azimuth": 0}
    project.do(Create("cell", [cell]))
    cameras = [{"code": f"V{i}", "gb28181_id": f"3209020000132000000{i}", "geom": at(600 + i)} for i in (1, 2)]
    cameras = [row | {"gb28181_id": f"3209020001132100000{i}"} for i, row in enumerate(cameras)]
    project.do(Create("camera", cameras))
    project.do(Create("plate_reader", [{"code": f"R{i}", "geom": at(700 + 60 * i)} for i in (1, 2)]))
    project.do(Create("wifi_hotspot", [{"code": "W", "backhaul_cable": "K2", "backhaul_fibre": 4, "geom": at(150, 9)}]))
    shape = box(X, Y + 200, X + 10, Y + 220)
    project.do(Create("building", [{"code": "H", "height_m": 9, "floors": 3, "geom": shape}]))
    return project


def issues(project: MemoryProject, scope: dict[str, Any] | None = None) -> list[Issue]:
    rules = known_rules()
    rules["little_spare"] = replace(rules["little_spare"], enabled=True)
    return list(run_checks(Reader(project), rules.values(), scope=scope))


def test_a_town_without_faults() -> None:
    assert [issue.text("en") for issue in issues(town()) if issue.rule != "end_free"] == []


def put(cls: str, code: str, **values: Any) -> Callable[[MemoryProject], tuple[str, int]]:
    def change(project: MemoryProject) -> tuple[str, int]:
        key = project.key(cls, code)
        project.rows[cls][key] |= values
        return cls, key

    return change


def add(cls: str, **values: Any) -> Callable[[MemoryProject], tuple[str, int]]:
    def change(project: MemoryProject) -> tuple[str, int]:
        (step,) = project.do(Create(cls, [values])).steps
        return cls, int(step.columns.ids[0])

    return change


def splice(**values: Any) -> Callable[[MemoryProject], tuple[str, int]]:
    return add("splice", **{"node": "D", "a_cable": "K1", "b_cable": "K3", "b_first": 9, "b_last": 9, **values})


def walk(position: int, **values: Any) -> Callable[[MemoryProject], tuple[str, int]]:
    def change(project: MemoryProject) -> tuple[str, int]:
        k1 = project.key("cable", "K1")
        rows = project.rows["cable_walk"]
        key = next(k for k, row in rows.items() if row["cable"] == k1 and row["position"] == position)
        rows[key] |= values
        return "cable_walk", key

    return change


BOW = Polygon([(X, Y), (X + 10, Y + 10), (X + 10, Y), (X, Y + 10)])


def bow(project: MemoryProject) -> tuple[str, int]:
    project.do(Create("area", [{"code": "T", "level": "town", "geom": box(X, Y, X + 9, Y + 9)}]))
    return put("area", "T", geom=MultiPolygon([BOW]))(project)


CASES: dict[str, list[Callable[[MemoryProject], tuple[str, int]]]] = {
    "shape_missing": [put("camera", "V1", geom=None), put("building", "H", geom=Polygon())],
    "shape_invalid": [bow, put("building", "H", geom=BOW)],
    "no_extent": [
        put("building", "H", geom=box(X, Y, X + 0.1, Y + 0.1)),
        add("road", code="Z", geom=line((0, 9), (0.01, 9))),
    ],
    "same_place": [add("camera", code="V9", geom=at(600.99)), put("plate_reader", "R1", geom=at(820))],
    "same_line": [add("road", code="1", geom=line((0, 50), (9, 50)))],
    "areas_overlap": [add("area", code="320903", level="county", geom=box(X + 4900, Y, X + 9000, Y + 100))],
    "required_empty": [put("cell", "C", frequency_mhz=np.nan), put("cable", "K1", level=None)],
    "out_of_range": [put("cell", "C", azimuth=400.0), put("building", "H", height_m=-5.0)],
    "unknown_code": [put("camera", "V1", kind="balloon")],
    "odd_storeys": [put("building", "H", height_m=90.0)],
    "lost_target": [put("wifi_hotspot", "W", backhaul_cable=5, backhaul_fibre=np.nan), put("cell", "C", site=7)],
    "end_off_point": [put("fibre_node", "A", geom=at(0, 4)), put("cable", "K3", to_premises=77)],
    "end_free": [put("route_segment", "CD", to_node=0)],
    "cell_off_site": [put("cell", "C", geom=at(500, 150))],
    "outside_areas": [put("camera", "V1", geom=at(6000), gb28181_id=None)],
    "walk_gap": [walk(1, reversed=1.0)],
    "off_walk": [put("cable", "K2", geom=line((100, 0), (150, 9), (200, 0)))],
    "fibre_twice": [splice(a_first=1, a_last=2)],
    "splitter_full": [splice(a_cable=None, a_splitter="S", a_first=9, a_last=9)],
    "too_many_homes": [put("premises", "P", households=500.0, served_by=-1)],
    "node_full": [put("fibre_node", "B", capacity=12.0, ports_used=13.0)],
    "little_spare": [splice(a_first=2, a_last=23)],
    "bores_full": [put("route_segment", "BC", bores=4.0, bores_used=4.0)],
    "no_such_fibre": [put("wifi_hotspot", "W", backhaul_fibre=13.0)],
    "far_off": [put("camera", "V1", geom=Point(0, 0)), put("building", "H", geom=box(119, 33, 120, 34))],
    "same_code": [
        add("camera", code="ｖ1", geom=at(650)),
        add("building", code="h", geom=box(X, Y + 300, X + 9, Y + 309)),
    ],
    "future_install": [put("camera", "V1", status="in_service", installed_on="2999-01-01")],
    "cable_end_free": [put("cable", "K1", status="in_service", from_node=0)],
    "cable_no_walk": [add("cable", code="K9", level="backbone", geom=line((0, 0), (100, 0)))],
    "splice_off_cable": [splice(node="A", a_cable="K3", a_first=1, a_last=1, b_cable="K1")],
    "splice_uneven": [splice(a_first=11, a_last=12)],
    "splice_beyond": [splice(a_first=2900, a_last=2900)],
    "camera_no_sign": [put("camera", "V1", sign_posted=0.0, status="in_service")],
    "camera_id_form": [put("camera", "V1", gb28181_id="3209"), put("camera", "V1", gb28181_id="32090200011181000001")],
    "camera_id_twice": [put("camera", "V1", gb28181_id="32090200011321000001")],
    "camera_id_area": [put("camera", "V1", gb28181_id="32090300011321000005")],
    "readers_near": [put("plate_reader", "R1", geom=at(775))],
    "radio_height": [
        put("cell", "C", antenna_height_m=0.0),
        put("cell", "C", antenna_height_m=500.5),
        put("wifi_hotspot", "W", height_m=0.4),
    ],
    "radio_frequency": [
        put("cell", "C", frequency_mhz=399.0, band=None),
        put("cell", "C", frequency_mhz=7201.0, band=None),
        put("cell", "C", frequency_mhz=23_999.0, band=None),
        put("cell", "C", frequency_mhz=71_001.0, band=None),
    ],
    "radio_band": [
        put("cell", "C", frequency_mhz=1800.0, band="B41"),
        put("cell", "C", frequency_mhz=3299.0, band="N78"),
        put("cell", "C", frequency_mhz=961.0, band="GSM 900"),
        put("cell", "C", frequency_mhz=2140.0, band="B3/1800"),
    ],
    "radio_power": [put("cell", "C", eirp_dbm=90.1)],
    "radio_direction": [
        put("cell", "C", azimuth=np.nan, h_beamwidth=65.0),
        put("cell", "C", azimuth=np.nan, h_beamwidth=np.nan, pattern_file="K739686.msi"),
    ],
}


@pytest.mark.parametrize(("name", "case"), [(name, i) for name, cases in CASES.items() for i in range(len(cases))])
def test_a_breach_is_found_mended_and_found_again_by_itself(name: str, case: int) -> None:
    project = town()
    if name == "same_line":
        project.do(Create("road", [{"code": "2", "geom": line((9, 50), (0, 50))}]))
    cls, key = CASES[name][case](project)
    if name == "too_many_homes":
        project.rows[cls][key]["served_by"] = project.key("fibre_node", "D")
    whole = issues(project)
    found = [issue for issue in whole if issue.rule == name]
    assert found, [issue.key for issue in whole]
    scoped = [issue.key for issue in issues(project, {cls: np.array([key])}) if issue.rule == name]
    assert {issue.key for issue in found} >= set(scoped)
    touching = {issue.key for issue in found if issue.cls != cls or key in issue.ids}
    if name != "end_off_point":  # a node moved by other programs does not say which lines stood on it
        assert touching == set(scoped)
    for issue in found:
        assert known_rules()[name].title("zh")
        for text in (issue.text("zh"), issue.text("en")):
            assert text
            assert "{" not in text
            assert "nan" not in text
        for fix in issue.fixes:
            assert fix.text("zh") != fix.text("en")
    for fix in found[0].fixes[:1]:
        before = {issue.key for issue in issues(project)}
        project.do(fix.intent)
        after = {issue.key for issue in issues(project)}
        assert found[0].key not in after
        assert len(after) <= len(before) + 1, "a fix does not break more than it mends"


def test_every_rule_is_tried() -> None:
    assert set(CASES) == set(known_rules())


def test_scope_of_nothing_finds_nothing() -> None:
    project = town()
    for cases in CASES.values():
        if cases:
            try:
                cases[0](project)
            except (Refusal, KeyError):
                continue
    assert issues(project, {}) == []


def test_keys_are_stable_and_unique() -> None:
    project = town()
    for name in ("out_of_range", "bores_full", "readers_near", "camera_id_form"):
        CASES[name][0](project)
    first, second = ([issue.key for issue in issues(project)] for _ in range(2))
    assert first == second
    assert len(set(first)) == len(first)


def test_a_rules_file_that_is_wrong(tmp_path) -> None:
    for text in ("[nonsense]\n", '[shape_missing]\nseverity = "loud"\n', "[[["):
        path = tmp_path / "rules.toml"
        path.write_text(text)
        with pytest.raises(Refusal, match=r"checks\.wrong_rules"):
            known_rules(path)


def test_the_walk_is_laid_anew() -> None:
    project = town()
    CASES["off_walk"][0](project)
    (issue,) = [i for i in issues(project) if i.rule == "off_walk"]
    project.do(issue.fixes[0].intent)
    assert get(project, "cable", "K2")["geom"] == line((100, 0), (200, 0))
    assert isinstance(get(project, "cable", "K2")["geom"], LineString)
    assert shapely.is_valid(get(project, "cable", "K2")["geom"])
    assert Point(X + 100, Y).distance(get(project, "cable", "K2")["geom"]) == 0


@pytest.mark.parametrize(
    ("cls", "code", "values"),
    [
        ("cell", "C", {"antenna_height_m": 1.0}),
        ("cell", "C", {"antenna_height_m": 500.0, "eirp_dbm": 90.0}),
        ("cell", "C", {"antenna_height_m": np.nan, "eirp_dbm": np.nan}),
        ("wifi_hotspot", "W", {"height_m": 0.5}),
        ("cell", "C", {"frequency_mhz": 400.0, "band": None}),
        ("cell", "C", {"frequency_mhz": 26_000.0, "band": "n258"}),
        ("cell", "C", {"frequency_mhz": 2593.0, "band": "b41"}),
        ("cell", "C", {"frequency_mhz": 2593.0, "band": "a band of their own"}),
        ("cell", "C", {"azimuth": np.nan, "h_beamwidth": 360.0, "pattern_file": None}),
    ],
    ids=range(9),
)
def test_radio_data_at_the_bounds_is_possible(cls: str, code: str, values: dict[str, Any]) -> None:
    project = town()
    put(cls, code, **values)(project)
    assert [issue.text("en") for issue in issues(project) if issue.rule.startswith("radio_")] == []


def test_every_band_of_the_catalogue_is_known_to_the_rule() -> None:
    allowed = load_catalogue()["cell"].field("band").depends.allowed
    known = known_rules()["radio_band"].limits.values["bands_mhz"]
    assert {str(band) for bands in allowed.values() for band in bands} <= set(known)
