"""The truth, which comes from how the city was made, agrees with a plain tracer over its rows."""

import numpy as np
import pytest
import shapely

from datasets.city import City
from tests.datasets.plain_trace import PlainTrace, rows

AT_LEAST = {"total": 0, "covered": 1, "passed": 2, "connected": 3, "active": 4}
STATES = ("none", "covered", "passed", "connected", "active")
# GPON and XGS-PON path loss windows (G.984.2, G.9807.1).
WINDOWS = {"B+": (13, 28), "C+": (17, 32), "N1": (14, 29), "N2": (16, 31)}


@pytest.fixture(scope="module")
def trace(city: City) -> PlainTrace:
    return PlainTrace(city)


def test_counts_are_those_of_the_columns(city: City) -> None:
    assert city.truth["counts"] == {name: len(columns) for name, columns in city.columns.items()}


def test_a_premises_is_connected_just_when_a_drop_brings_it_light(city: City, trace: PlainTrace) -> None:
    for key, row in rows(city, "premises").items():
        lit = trace.premises(key) is not None
        assert lit == (row["state"] in ("connected", "active")), key


def test_a_premises_is_passed_just_when_its_box_has_a_lit_port_for_it(city: City, trace: PlainTrace) -> None:
    free = {key: trace.free_ports(key) for key, row in trace.nodes.items() if row["kind"] == "distribution_box"}
    waiting: dict[int, float] = {}
    for row in rows(city, "premises").values():
        box = int(row["served_by"])
        assert (box == 0) == (row["state"] == "none")
        if row["state"] in ("passed", "covered"):
            assert (free[box] > 0) == (row["state"] == "passed")
        if row["state"] == "passed":
            waiting[box] = waiting.get(box, 0) + max(row["households"], 1)
    assert all(free[box] >= need for box, need in waiting.items()), "all passed premises of a box can be connected"
    assert {row["state"] for row in rows(city, "premises").values()} == set(STATES)


def test_fibre_counts_by_county(city: City) -> None:
    premises, area = city.columns["premises"], city.columns["area"]
    state = np.array([STATES.index(s) for s in premises.fields["state"]])
    total = 0
    for code, told in city.truth["fibre"]["counties"].items():
        here = shapely.contains(area.geometry[area.fields["code"] == code][0], premises.geometry)
        total += here.sum()
        for name, least in AT_LEAST.items():
            assert told["premises"][name] == (here & (state >= least)).sum()
            assert told["households"][name] == premises.fields["households"][here & (state >= least)].sum()
    assert total == len(premises)
    assert city.truth["fibre"]["city"]["premises"]["total"] == total


def test_each_served_premises_has_the_path_that_is_told(city: City, trace: PlainTrace) -> None:
    told = {one["premises"]: one for one in city.truth["served"]}
    connected = [key for key, row in rows(city, "premises").items() if row["state"] in ("connected", "active")]
    assert sorted(told) == sorted(connected)
    length = dict(zip(city.columns["cable"].ids.tolist(), shapely.length(city.columns["cable"].geometry), strict=True))
    for key in connected:
        light, one = trace.premises(key), told[key]
        assert one["olt_port"] == light.port
        assert [tuple(step) for step in one["path"]] == light.path
        assert one["splitters"] == light.splitters
        assert abs(one["length_m"] - sum(length[cable] for cable, _ in light.path)) < 0.01


def test_every_port_of_a_premises_with_many_households_is_lit(city: City, trace: PlainTrace) -> None:
    premises = rows(city, "premises")
    checked = 0
    for key, drop in trace.drop_of.items():
        for fibre in range(1, int(max(premises[key]["households"], 1)) + 1):
            found = trace.upstream(drop, fibre, 0)
            assert found is not None
            assert found.port is not None
            checked += 1
    assert checked > len(trace.drop_of)


def test_loss_fits_the_class_of_the_port(city: City, trace: PlainTrace) -> None:
    """0.36 dB/km at 1310 nm, splitters and joints as recorded, a connector at the OLT, the ONU and each splitter."""
    ports = rows(city, "olt_port")
    length = dict(zip(city.columns["cable"].ids.tolist(), shapely.length(city.columns["cable"].geometry), strict=True))
    for key in trace.drop_of:
        light = trace.premises(key)
        loss = 0.36 * sum(length[cable] for cable, _ in light.path) / 1000 + light.joints_db
        loss += 1.0 + sum(trace.splitters[s]["loss_db"] + 0.5 for s in light.splitters)
        low, high = WINDOWS[ports[light.port]["optics_class"]]
        assert low <= loss <= high, (loss, ports[light.port]["optics_class"])


def lit_assets(city: City, trace: PlainTrace, cut: set[int]) -> dict[str, set[int]]:
    """By class, the assets whose fibre reaches an office."""
    found: dict[str, set[int]] = {}
    for cls in ("camera", "plate_reader", "wifi_hotspot", "base_station"):
        prefix = "uplink" if cls in ("camera", "plate_reader") else "backhaul"
        found[cls] = set()
        for key, row in rows(city, cls).items():
            cable = int(row[f"{prefix}_cable"])
            if cable:
                far = int(trace.cables[cable]["to_node"])
                if trace.upstream(cable, int(row[f"{prefix}_fibre"]), far, cut) is not None:
                    found[cls].add(key)
    return found


def test_every_linked_asset_reaches_an_office(city: City, trace: PlainTrace) -> None:
    for cls, lit in lit_assets(city, trace, set()).items():
        prefix = "uplink" if cls in ("camera", "plate_reader") else "backhaul"
        assert lit == {k for k, row in rows(city, cls).items() if row[f"{prefix}_cable"]}


def test_outages_take_down_what_is_told(city: City, trace: PlainTrace) -> None:
    premises = rows(city, "premises")
    connected = {k for k, row in premises.items() if row["state"] in ("connected", "active")}
    before = lit_assets(city, trace, set())
    walk = city.columns["cable_walk"].fields
    assert len(city.truth["outages"]) >= 15
    for outage in city.truth["outages"]:
        if "segment" in outage:
            cut = set(walk["cable"][walk["segment"] == outage["segment"]].tolist())
            assert cut == set(outage["cables"])
        else:
            cut = {outage["cable"]}
        dark = {key for key in connected if trace.premises(key, cut) is None}
        assert set(outage["premises"]) == dark
        assert outage["households"] == sum(premises[key]["households"] for key in dark)
        assert outage["active"] == sum(premises[key]["state"] == "active" for key in dark)
        after = lit_assets(city, trace, cut)
        assert {cls: set(ids) for cls, ids in outage["assets"].items()} == {
            cls: before[cls] - after[cls] for cls in before
        }
    assert any(outage["premises"] for outage in city.truth["outages"])


def test_lengths(city: City) -> None:
    cable = city.columns["cable"]
    for level, told in city.truth["lengths_m"]["cable"].items():
        assert abs(shapely.length(cable.geometry[cable.fields["level"] == level]).sum() - told) < 0.1


def test_cameras_by_county_and_their_ids(city: City) -> None:
    camera, area = city.columns["camera"], city.columns["area"]
    for code, told in city.truth["cameras"]["counties"].items():
        here = shapely.contains(area.geometry[area.fields["code"] == code][0], camera.geometry)
        working = camera.fields["status"] == "in_service"
        networked = camera.fields["networked"] == 1
        assert told == {
            "total": here.sum(),
            "in_service": (here & working).sum(),
            "networked": (here & networked).sum(),
            "networked_in_service": (here & networked & working).sum(),
        }
        assert all(i.startswith(code) for i in camera.fields["gb28181_id"][here])
    ids = camera.fields["gb28181_id"]
    assert len(set(ids)) == len(ids)
    assert all(len(i) == 20 and i.isdigit() and i[10:13] in ("131", "132") for i in ids)
    linked = camera.fields["uplink_cable"] != 0
    assert (camera.fields["networked"][linked] == 1).all()


def test_issuance_rates(city: City) -> None:
    area = dict(zip(city.columns["area"].ids.tolist(), city.columns["area"].fields["code"], strict=True))
    for row in rows(city, "plate_issuance").values():
        told = city.truth["issuance"][area[int(row["area"])]][row["period"]][row["vehicle_class"]]
        assert (told["registered"], told["issued"]) == (row["registered"], row["issued"])
        assert told["rate"] == row["issued"] / row["registered"]
        assert 0 < told["rate"] <= 1


def test_readers_stand_beside_their_road_and_apart(larger_city: City) -> None:
    reader, road = larger_city.columns["plate_reader"], larger_city.columns["road"]
    line = road.geometry[np.searchsorted(road.ids, reader.fields["road"])]
    assert (shapely.distance(line, reader.geometry) < 20).all()
    pairs = shapely.STRtree(reader.geometry).query(reader.geometry, predicate="dwithin", distance=49.9)
    assert (pairs[0] == pairs[1]).all()


def test_cells_stand_at_their_site_in_sectors(larger_city: City) -> None:
    cell, site = larger_city.columns["cell"], larger_city.columns["base_station"]
    at = np.searchsorted(site.ids, cell.fields["site"])
    assert (shapely.distance(cell.geometry, site.geometry[at]) == 0).all()
    assert set(cell.fields["technology"]) == {"GSM", "UMTS", "LTE", "NR"}
    sectors = np.unique(np.stack([at, cell.fields["frequency_mhz"].astype(int)]), axis=1, return_counts=True)[1]
    assert set(sectors) <= {1, 2, 3}
    assert (sectors == 3).mean() > 0.6
