"""Expressions about other features: answers compared with geopandas and plain loops over random cities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from gis.editing import Create
from gis.errors import Refusal
from gis.project import Session
from gis.project.conditions import Circumstances, matching, ready_value

X, Y = 500_000.0, 3_700_000.0
SIDE = 2_000.0


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory):
    """Two districts that meet, 150 hotspots, 60 cameras, 40 roads, 12 base stations with cells, 80 premises."""
    rng = np.random.default_rng(7)

    def place() -> Point:
        return Point(X + rng.uniform(0, 2 * SIDE), Y + rng.uniform(0, SIDE))

    with Session.create(tmp_path_factory.mktemp("conditions") / "c.yantu") as session:
        outlines = [box(X, Y, X + SIDE, Y + SIDE), box(X + SIDE, Y, X + 2 * SIDE, Y + SIDE)]
        session.perform(Create("area", [
            {"code": "A1", "name": "甲区", "level": "county", "geom": shapely.MultiPolygon([outlines[0]])},
            {"code": "A2", "name": "乙区", "level": "county", "geom": shapely.MultiPolygon([outlines[1]])},
        ]))  # fmt: skip
        session.perform(Create("wifi_hotspot", [
            {"code": f"W{i}", "status": "in_service" if i % 3 else "planned", "geom": place()} for i in range(150)
        ]))  # fmt: skip
        session.perform(Create("camera", [
            {"code": f"V{i}", "networked": i % 2 == 0, "height_m": 3.0 + i % 5, "geom": place()} for i in range(60)
        ]))  # fmt: skip
        roads = [LineString([place(), place()]) for _ in range(40)]
        session.perform(Create("road", [{"code": f"R{i}", "lanes": i % 4 + 1, "geom": r} for i, r in enumerate(roads)]))
        session.perform(Create("premises", [
            {"code": f"P{i}", "households": i % 7, "geom": place()} for i in range(80)
        ]))  # fmt: skip
        session.perform(Create("base_station", [
            {"code": f"B{i}", "owner": ("mobile", "telecom", "unicom")[i % 3], "geom": place()} for i in range(12)
        ]))  # fmt: skip
        stations = session.columns("base_station", ["code"])
        by_code = dict(zip(stations.fields["code"], stations.ids.tolist(), strict=True))
        session.perform(Create("cell", [
            {"code": f"C{i}", "site": by_code[f"B{i % 9}"], "azimuth": float(i * 10 % 360)} for i in range(30)
        ]))  # fmt: skip
        yield session


def codes(city: Session, cls: str, text: str, given: Circumstances | None = None) -> set[str]:
    with city.reading() as snapshot:
        ids = matching(snapshot, text, city.catalogue[cls], given)
        return set(snapshot.columns(cls, ["code"], ids=ids, geometry=False).fields["code"])


def values(city: Session, cls: str, text: str) -> dict[str, Any]:
    with city.reading() as snapshot:
        made = ready_value(snapshot, text, city.catalogue[cls])
        _, rows = snapshot.sql(f'SELECT "code", {made.sql} FROM "{cls}"', made.parameters)
        return dict(rows)


def frame(city: Session, cls: str) -> gpd.GeoDataFrame:
    return city.frame(cls).set_index("code", drop=False)


def test_within_an_area_by_code_or_name(city: Session) -> None:
    spots, areas = frame(city, "wifi_hotspot"), frame(city, "area")
    inside = set(spots.index[spots.within(areas.geometry["A1"])])
    assert codes(city, "wifi_hotspot", "within('A1')") == codes(city, "wifi_hotspot", "位于('甲区')") == inside
    assert 0 < len(inside) < 150
    assert codes(city, "wifi_hotspot", "not within('A1')") == set(spots.index) - inside


def test_a_road_across_a_border_is_within_both_areas_together(city: Session) -> None:
    roads, areas = frame(city, "road"), frame(city, "area")
    both = areas.union_all()
    across = set(roads.index[roads.crosses(areas.geometry["A1"].boundary)])
    assert across
    assert codes(city, "road", "within('A1', 'A2')") == set(roads.index[roads.covered_by(both)])
    assert across <= codes(city, "road", "within('A1', 'A2')")
    assert not across & codes(city, "road", "within('A1')")
    assert across <= codes(city, "road", "intersects('A1')")


@pytest.mark.parametrize("metres", [0, 40, 150.5, 100_000])
def test_near_points_and_lines(city: Session, metres: float) -> None:
    spots, cameras, roads = (frame(city, c) for c in ("wifi_hotspot", "camera", "road"))
    networked = cameras[cameras["networked"]]
    wanted = {c for c, g in spots.geometry.items() if networked.distance(g).min() <= metres}
    assert codes(city, "wifi_hotspot", f"near(camera, {metres}, networked)") == wanted
    wanted = {c for c, g in spots.geometry.items() if roads[roads["lanes"] > 2].distance(g).min() <= metres}
    assert codes(city, "wifi_hotspot", f"邻近(road, {metres}, 车道数 > 2)") == wanted


def test_intersects_a_class_the_selection_and_a_drawn_shape(city: Session) -> None:
    roads = frame(city, "road")
    drawn = Point(X + 900, Y + 900).buffer(300)
    wanted = set(roads.index[roads.intersects(drawn)])
    assert codes(city, "road", "intersects(drawn)", Circumstances(drawn=drawn)) == wanted
    selected = {"area": np.array([int(frame(city, "area")["id"]["A2"])])}
    wanted = set(roads.index[roads.within(frame(city, "area").geometry["A2"])])
    assert codes(city, "road", "within(selection)", Circumstances(selection=selected)) == wanted
    wanted = {c for c, g in roads.geometry.items() if roads[roads["lanes"] == 1].intersects(g).any()}
    assert codes(city, "road", "intersects(road, lanes = 1)") == wanted


def test_distance_to_the_nearest(city: Session) -> None:
    spots, cameras = frame(city, "wifi_hotspot"), frame(city, "camera")
    found = values(city, "wifi_hotspot", "distance(camera)")
    assert found == {c: pytest.approx(cameras.distance(g).min()) for c, g in spots.geometry.items()}
    wanted = {c for c, length in found.items() if length > 200}
    assert codes(city, "wifi_hotspot", "distance(camera) > 200") == wanted
    own = values(city, "camera", "distance(camera)")
    assert own == {c: pytest.approx(cameras.drop(c).distance(g).min()) for c, g in cameras.geometry.items()}
    roads = values(city, "road", "distance(road)")
    lines = frame(city, "road")
    assert roads == {c: pytest.approx(lines.drop(c).distance(g).min()) for c, g in lines.geometry.items()}


def test_what_belongs_to_a_row(city: Session) -> None:
    cells, stations = city.frame("cell"), frame(city, "base_station")
    each = cells.groupby("site")["azimuth"]
    count = values(city, "base_station", "count(cell)")
    assert count == {c: int((cells["site"] == i).sum()) for c, i in stations["id"].items()}
    assert codes(city, "base_station", "not exists(cell)") == {"B9", "B10", "B11"}
    most = values(city, "base_station", "max(cell, azimuth, azimuth < 200)")
    for code, id in stations["id"].items():
        among = [v for v in (each.get_group(id) if id in each.groups else []) if v < 200]
        assert most[code] == (max(among) if among else None)
    assert codes(city, "cell", "site.owner = 'telecom'") == {f"C{i}" for i in range(30) if (i % 9) % 3 == 1}


def test_what_lies_in_an_area(city: Session) -> None:
    areas, premises = frame(city, "area"), frame(city, "premises")
    for code, total in values(city, "area", "sum(premises, households)").items():
        inside = premises[premises.covered_by(areas.geometry[code])]
        assert total == inside["households"].sum()
        assert values(city, "area", "count(premises, households > 3)")[code] == (inside["households"] > 3).sum()
        assert values(city, "area", "mean(premises, households * 2)")[code] == pytest.approx(
            inside["households"].mean() * 2
        )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    x=st.floats(-200, 2 * SIDE + 200), y=st.floats(-200, SIDE + 200), width=st.floats(1, SIDE), turn=st.floats(0, 90),
    lanes=st.integers(0, 4),
)  # fmt: skip
def test_random_shapes_agree_with_geopandas(
    city: Session, x: float, y: float, width: float, turn: float, lanes: int
) -> None:
    shape = shapely.affinity.rotate(box(X + x, Y + y, X + x + width, Y + y + width / 2), turn)
    given_shape = Circumstances(drawn=shape)
    for cls in ("wifi_hotspot", "road"):
        rows = frame(city, cls)
        assert codes(city, cls, "within(drawn)", given_shape) == set(rows.index[rows.covered_by(shape)])
        assert codes(city, cls, "intersects(drawn)", given_shape) == set(rows.index[rows.intersects(shape)])
    roads = frame(city, "road")
    wanted = set(roads.index[roads.intersects(shape) & (roads["lanes"] > lanes)])
    assert codes(city, "road", f"intersects(drawn) and lanes > {lanes}", given_shape) == wanted


@pytest.mark.parametrize(
    ("cls", "text", "code"),
    [
        ("road", "within('X9')", "query.no_area"),
        ("road", "within(nothing)", "query.no_class"),
        ("road", "within(5)", "query.relation"),
        ("road", "near(camera)", "query.wrong"),
        ("road", "near(camera, far)", "query.relation"),
        ("road", "near(camera, 5, nothing = 1)", "query.no_field"),
        ("road", "near(camera, 5", "query.unfinished"),
        ("road", "count(cell)", "query.unrelated"),
        ("road", "count(9)", "query.no_class"),
        ("statistic", "near(camera, 5)", "query.relation"),
        ("road", "within(statistic)", "query.relation"),
        ("cell", "site.nothing = 1", "query.no_field"),
        ("area", "sum(premises, name)", "query.relation"),
        ("road", "within(selection)", "query.nothing_given"),
        ("road", "within(drawn)", "query.nothing_given"),
    ],
)
def test_what_is_refused(city: Session, cls: str, text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        codes(city, cls, text)
    assert refused.value.code == code
    assert refused.value.message("zh")
    assert refused.value.message("en")


@pytest.mark.parametrize("evil", ["'); DROP TABLE road; --", 'A1" OR 1=1', "甲区' or '1'='1", "\u0000", "a" * 5000])
def test_what_is_typed_is_never_sql(city: Session, evil: str) -> None:
    quoted = evil.replace("'", "''")
    with pytest.raises(Refusal) as refused:
        codes(city, "road", f"within('{quoted}')")
    assert refused.value.code == "query.no_area"
    assert city.count("road") == 40


def test_an_empty_class_is_near_nothing(tmp_path: Path) -> None:
    with Session.create(tmp_path / "empty.yantu") as session:
        session.perform(Create("camera", [{"code": "V", "geom": Point(X, Y)}]))
        assert codes(session, "camera", "near(road, 1000)") == set()
        assert values(session, "camera", "distance(road)") == {"V": None}
        assert values(session, "camera", "distance(camera)") == {"V": None}
