"""The optical plant is consistent down to fibres, seen from its rows alone."""

import numpy as np
import shapely

from datasets.city import City


def field(city: City, cls: str, name: str) -> np.ndarray:
    return city.columns[cls].fields[name]


def position(city: City, cls: str, ids: np.ndarray) -> np.ndarray:
    """The row of each id; ids rise within a class."""
    return np.searchsorted(city.columns[cls].ids, ids)


def ends(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, last = shapely.get_point(shapes, 0), shapely.get_point(shapes, -1)
    return shapely.get_coordinates(first), shapely.get_coordinates(last)


def node_xy(city: City, ids: np.ndarray) -> np.ndarray:
    return shapely.get_coordinates(city.columns["fibre_node"].geometry[position(city, "fibre_node", ids)])


def test_segments_end_on_their_nodes(larger_city: City) -> None:
    first, last = ends(larger_city.columns["route_segment"].geometry)
    assert (first == node_xy(larger_city, field(larger_city, "route_segment", "from_node"))).all()
    assert (last == node_xy(larger_city, field(larger_city, "route_segment", "to_node"))).all()


def test_cables_end_on_their_nodes_and_drops_at_their_premises(larger_city: City) -> None:
    cable = larger_city.columns["cable"]
    first, last = ends(cable.geometry)
    assert (first == node_xy(larger_city, cable.fields["from_node"])).all()
    drop = cable.fields["level"] == "drop"
    assert ((cable.fields["to_node"] == 0) == drop).all()
    assert ((cable.fields["to_premises"] != 0) == drop).all()
    assert (last[~drop] == node_xy(larger_city, cable.fields["to_node"][~drop])).all()
    premises = larger_city.columns["premises"].geometry[
        position(larger_city, "premises", cable.fields["to_premises"][drop])
    ]
    assert (last[drop] == shapely.get_coordinates(premises)).all()


def test_a_cable_is_the_concatenation_of_its_walk(larger_city: City) -> None:
    walk = larger_city.columns["cable_walk"].fields
    segments = larger_city.columns["route_segment"].geometry
    cables = larger_city.columns["cable"]
    order = np.lexsort((walk["position"], walk["cable"]))
    at = position(larger_city, "route_segment", walk["segment"][order])
    pieces: dict[int, list[np.ndarray]] = {}
    for cable, number, row, back in zip(
        walk["cable"][order], walk["position"][order], at, walk["reversed"][order], strict=True
    ):
        coords = shapely.get_coordinates(segments[row])
        coords = coords[::-1] if back else coords
        parts = pieces.setdefault(int(cable), [])
        assert number == len(parts)
        if parts:
            assert (parts[-1][-1] == coords[0]).all(), "a gap in the route"
        parts.append(coords if not parts else coords[1:])
    walked = cables.fields["level"] != "drop"
    assert set(pieces) == set(cables.ids[walked].tolist())
    for key, parts in pieces.items():
        line = shapely.get_coordinates(cables.geometry[position(larger_city, "cable", np.array([key]))[0]])
        assert np.array_equal(np.concatenate([parts[0], *parts[1:]]), line)


def uses(city: City) -> np.ndarray:
    """(node, cable, fibre) of every splice side, splitter input and OLT port."""
    splice, splitter, port = (city.columns[c].fields for c in ("splice", "splitter", "olt_port"))
    found = []
    for side in ("a", "b"):
        rows = splice[f"{side}_cable"] != 0
        count = (splice[f"{side}_last"] - splice[f"{side}_first"]).astype(int)[rows] + 1
        again = np.repeat(np.flatnonzero(rows), count)
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        found.append(
            np.stack(
                [splice["node"][again], splice[f"{side}_cable"][again], splice[f"{side}_first"][again] + offset], 1
            )
        )
    found.append(np.stack([splitter["node"], splitter["input_cable"], splitter["input_fibre"]], 1))
    used = port["cable"] != 0
    found.append(np.stack([port["node"][used], port["cable"][used], port["fibre"][used]], 1))
    return np.concatenate(found).astype(np.int64)


def test_no_fibre_is_used_twice_at_a_node(larger_city: City) -> None:
    used = uses(larger_city)
    assert len(np.unique(used, axis=0)) == len(used)


def test_fibres_exist_and_their_cable_reaches_the_node(larger_city: City) -> None:
    used = uses(larger_city)
    row = position(larger_city, "cable", used[:, 1])
    cable = larger_city.columns["cable"].fields
    assert (used[:, 2] >= 1).all()
    assert (used[:, 2] <= cable["fibre_count"][row]).all()
    assert ((cable["from_node"][row] == used[:, 0]) | (cable["to_node"][row] == used[:, 0])).all()


def test_both_sides_of_a_splice_are_as_long_and_side_a_is_one_thing(larger_city: City) -> None:
    splice = larger_city.columns["splice"].fields
    assert (splice["a_last"] - splice["a_first"] == splice["b_last"] - splice["b_first"]).all()
    assert (splice["a_last"] >= splice["a_first"]).all()
    assert ((splice["a_cable"] != 0) ^ (splice["a_splitter"] != 0)).all()


def test_splitter_outputs_stay_within_the_ratio_and_are_used_once(larger_city: City) -> None:
    splice = larger_city.columns["splice"].fields
    splitters = larger_city.columns["splitter"].fields
    rows = np.flatnonzero(splice["a_splitter"] != 0)
    at = position(larger_city, "splitter", splice["a_splitter"][rows])
    assert (splice["a_last"][rows] <= splitters["ratio"][at]).all()
    assert (splice["node"][rows] == splitters["node"][at]).all()
    order = np.lexsort((splice["a_first"][rows], at))
    same = at[order][1:] == at[order][:-1]
    assert (splice["a_first"][rows][order][1:][same] > splice["a_last"][rows][order][:-1][same]).all()
    assert set(splitters["ratio"]) == {8.0, 64.0}
    assert set(splitters["stage"]) == {1.0, 2.0}


def test_a_tenth_of_each_cables_fibres_is_spare(larger_city: City) -> None:
    """GB 50846; of cables with a walk, seen where they start. Rings are spliced on, so only what is taken counts."""
    splitter, splice = larger_city.columns["splitter"].fields, larger_city.columns["splice"].fields
    cable = larger_city.columns["cable"]
    taken = np.zeros(len(cable))
    np.add.at(taken, position(larger_city, "cable", splitter["input_cable"]), 1)
    kinds = larger_city.columns["fibre_node"].fields["kind"]
    rows = np.flatnonzero(
        (splice["a_cable"] != 0)
        & (splice["kind"] == "connector")
        & (kinds[position(larger_city, "fibre_node", splice["node"])] == "cabinet")
    )
    np.add.at(
        taken,
        position(larger_city, "cable", splice["a_cable"][rows]),
        splice["a_last"][rows] - splice["a_first"][rows] + 1,
    )
    walked = np.isin(cable.fields["level"], ("feeder", "distribution"))
    assert (taken[walked] <= cable.fields["fibre_count"][walked] * 0.9).all()
    assert taken[walked].max() > 2


def test_tubes_hold_the_fibres(larger_city: City) -> None:
    cable = larger_city.columns["cable"].fields
    assert (cable["tubes"] * cable["fibres_per_tube"] == cable["fibre_count"]).all()


def test_cabinets_serve_at_most_120_homes_and_boxes_no_more_than_their_ports(larger_city: City) -> None:
    premises = larger_city.columns["premises"].fields
    node, cable = larger_city.columns["fibre_node"], larger_city.columns["cable"].fields
    served = premises["served_by"] != 0
    box = position(larger_city, "fibre_node", premises["served_by"][served])
    feeds = cable["level"] == "distribution"
    cabinet_of = dict(zip(cable["to_node"][feeds].tolist(), cable["from_node"][feeds].tolist(), strict=True))
    homes: dict[int, float] = {}
    for row, households in zip(box, premises["households"][served], strict=True):
        cabinet = cabinet_of[int(node.ids[row])]
        homes[cabinet] = homes.get(cabinet, 0.0) + households
    assert max(homes.values()) <= 120
    boxes = node.fields["kind"] == "distribution_box"
    assert (node.fields["ports_used"][boxes] <= node.fields["capacity"][boxes]).all()
    assert (node.fields["kind"][box] == "distribution_box").all()


def test_ducts_have_room_for_what_they_hold(larger_city: City) -> None:
    segment = larger_city.columns["route_segment"].fields
    ducts = segment["kind"] == "duct"
    assert (segment["bores_used"][ducts] <= segment["bores"][ducts]).all()
    assert np.isnan(segment["bores"][~ducts]).all()


def test_assets_hang_on_a_fibre_of_their_own(larger_city: City) -> None:
    taken = []
    for cls, prefix in (
        ("camera", "uplink"), ("plate_reader", "uplink"), ("wifi_hotspot", "backhaul"), ("base_station", "backhaul"),
    ):  # fmt: skip
        cable, fibre = field(larger_city, cls, f"{prefix}_cable"), field(larger_city, cls, f"{prefix}_fibre")
        assert ((cable != 0) == ~np.isnan(fibre)).all()
        linked = cable != 0
        assert linked.any()
        taken.append(np.stack([cable[linked], fibre[linked].astype(np.int64)], axis=1))
    every = np.concatenate(taken)
    assert len(np.unique(every, axis=0)) == len(every)
