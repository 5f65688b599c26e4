"""Areas, roads, buildings and premises look and hang together like a city's."""

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from datasets.city import City
from datasets.frame import areas, load_frame
from datasets.settlements import core_position

COUNTIES = {
    "320902": "亭湖区", "320903": "盐都区", "320904": "大丰区", "320921": "响水县", "320922": "滨海县",
    "320923": "阜宁县", "320924": "射阳县", "320925": "建湖县", "320981": "东台市",
}  # fmt: skip


def level(city: City, name: str) -> np.ndarray:
    return city.columns["area"].fields["level"] == name


def test_the_nine_counties_have_their_names_and_codes(city: City) -> None:
    fields = city.columns["area"].fields
    rows = level(city, "county")
    assert dict(zip(fields["code"][rows], fields["name"][rows], strict=True)) == COUNTIES
    assert fields["code"][level(city, "city")].tolist() == ["320900"]
    assert level(city, "town").sum() == 155


def test_counties_and_towns_cover_the_city_without_gap_or_overlap(city: City) -> None:
    shapes = city.columns["area"].geometry
    whole = shapes[level(city, "city")][0]
    for name in ("county", "town"):
        parts = shapes[level(city, name)]
        assert shapely.coverage_is_valid(parts)
        assert abs(shapely.area(parts).sum() - whole.area) < 1.0
        assert shapely.symmetric_difference(shapely.union_all(parts), whole).area < 1.0


def test_parts_add_up_to_their_whole(city: City) -> None:
    columns = city.columns["area"]
    for name in ("population", "households", "motor_vehicles", "nonmotor_vehicles"):
        values = columns.fields[name]
        for parent in np.unique(columns.fields["parent"][columns.fields["parent"] != 0]):
            own = values[columns.ids == parent][0]
            assert values[columns.fields["parent"] == parent].sum() == own, name
    assert columns.fields["population"][0] == 6_700_000


def test_communities_divide_their_streets_exactly() -> None:
    frame = load_frame(200_000, 1)
    made = areas(frame, 40, core_position(), 1)
    rows = made.fields["level"] == "community"
    assert rows.sum() == 40
    for parent in np.unique(made.fields["parent"][rows]):
        parts = made.geometry[made.fields["parent"] == parent]
        assert shapely.coverage_is_valid(parts)
        assert abs(shapely.area(parts).sum() - made.geometry[parent].area) < 0.01
        numbers = made.fields["population"]
        assert numbers[made.fields["parent"] == parent].sum() == numbers[parent]


def test_all_roads_are_one_network(larger_city: City) -> None:
    lines = larger_city.columns["road"].geometry
    ends = np.concatenate(
        [shapely.get_coordinates(shapely.get_point(lines, 0)), shapely.get_coordinates(shapely.get_point(lines, -1))]
    )
    _, vertex = np.unique(ends.round(4), axis=0, return_inverse=True)
    n = len(lines)
    parts, _ = connected_components(
        coo_matrix((np.ones(n), (vertex[:n], vertex[n:])), shape=(vertex.max() + 1,) * 2), directed=False
    )
    assert parts == 1
    assert set(larger_city.columns["road"].fields["road_class"]) >= {
        "motorway", "trunk", "primary", "secondary", "tertiary", "residential",
    }  # fmt: skip


def test_buildings_stand_apart_and_off_the_roads(larger_city: City) -> None:
    shapes = larger_city.columns["building"].geometry
    tree = shapely.STRtree(shapes)
    assert len(tree.query(shapes, predicate="overlaps")[0]) == 0
    on_road = np.unique(tree.query(larger_city.columns["road"].geometry, predicate="intersects")[1])
    assert len(on_road) <= len(shapes) * 0.002


def test_buildings_have_the_height_of_their_floors(larger_city: City) -> None:
    fields = larger_city.columns["building"].fields
    storey = fields["height_m"] / fields["floors"]
    assert (storey > 2.5).all()
    assert (storey < 9.0).all()
    assert fields["floors"].max() >= 18
    assert set(fields["use"]) >= {"residential", "office", "commercial", "industrial", "school", "hospital", "rural"}


def test_premises_lie_in_a_building_of_their_county(larger_city: City) -> None:
    premises, buildings = larger_city.columns["premises"], larger_city.columns["building"]
    inside = shapely.STRtree(buildings.geometry).query(premises.geometry, predicate="within")
    assert len(np.unique(inside[0])) == len(premises)
    area = larger_city.columns["area"]
    right = 0
    for outline, name in zip(area.geometry, area.fields["name"], strict=True):
        if name in COUNTIES.values():
            here = shapely.contains(outline, premises.geometry)
            right += sum(address.startswith(name) for address in premises.fields["address"][here])
    assert right >= len(premises) * 0.995  # the others are in buildings that stand across a border


def test_addresses_name_the_street_and_a_number(larger_city: City) -> None:
    addresses = larger_city.columns["building"].fields["address"]
    assert len(set(addresses)) == len(addresses)
    assert any("世纪大道" in address and address.endswith("号") for address in addresses)
