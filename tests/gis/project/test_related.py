"""Small tables of what hangs on a feature, and the figures computed from it."""

from __future__ import annotations

import numpy as np
import pytest
from shapely import LineString, box

from gis.catalogue import load_catalogue
from gis.editing import Create
from gis.geometry.crs import project_crs
from gis.project.related import brief, common_values, figures_of, related_rows, relations_of, titles, used_fibres
from tests.gis.project.conftest import key, point

CATALOGUE = load_catalogue()
SEVERAL = object()


def rows_of(session, cls, id, child, ref):
    with session.reading() as snapshot:
        found = related_rows(snapshot, cls, id)
    (one,) = [r for r in found if (r.relation.cls, r.relation.field) == (child, ref)]
    return one


def figures(session, cls, id):
    with session.reading() as snapshot:
        return {
            f.code.removeprefix("form.figure_"): f for f in figures_of(snapshot, cls, id, project_crs(session.srid))
        }


def test_the_parts_of_a_feature_come_first():
    found = relations_of(CATALOGUE, "fibre_node")
    parts = [r.cls for r in found if r.part]
    assert set(parts) == {"splice", "splitter", "olt_port"}
    assert [r.part for r in found] == sorted((r.part for r in found), reverse=True)
    assert {(r.cls, r.field) for r in found if not r.part} >= {("cable", "from_node"), ("premises", "served_by")}
    assert [(r.cls, r.field, r.part) for r in relations_of(CATALOGUE, "base_station")] == [("cell", "site", True)]


@pytest.mark.parametrize("cls", list(CATALOGUE), ids=lambda c: c.name)
def test_a_small_table_shows_fields_but_never_restricted_ones(cls):
    shown = brief(cls)
    assert 0 < len(shown) <= 7
    assert not any(cls.field(name).restricted for name in shown)


def test_cells_of_a_site(session):
    site = key(session, "base_station", "BS-1")
    found = rows_of(session, "base_station", site, "cell", "site")
    assert found.count == 2
    assert [row["code"] for row in found.rows] == ["C-1", "C-2"]
    assert "site" not in found.rows[0]


def test_refs_of_rows_have_titles(session):
    node = key(session, "fibre_node", "N-2")
    found = rows_of(session, "fibre_node", node, "splitter", "node")
    cable = key(session, "cable", "K-1")
    assert found.rows[0]["input_cable"] == cable
    assert found.titles["cable", cable] == "K-1"


def test_only_the_first_rows_are_read_and_all_are_counted(session):
    site = key(session, "base_station", "BS-1")
    session.perform(Create("cell", [{"code": f"D-{i:03d}", "site": site} for i in range(70)]))
    found = rows_of(session, "base_station", site, "cell", "site")
    assert (found.count, len(found.rows)) == (72, 50)
    assert found.rows[2]["code"] == "D-000"


def test_titles_pass_over_what_is_gone(session):
    site = key(session, "base_station", "BS-1")
    with session.reading() as snapshot:
        assert titles(snapshot, "base_station", [site, 99]) == {site: "BS-1"}


def test_lengths_and_areas_are_those_on_the_ground(session):
    cable = key(session, "cable", "K-1")
    assert figures(session, "cable", cable)["length"].value == pytest.approx(100, abs=0.1)
    made = session.perform(Create("building", [{"geom": box(5e5, 3.7e6, 5e5 + 20, 3.7e6 + 10)}])).created["building"]
    found = figures(session, "building", made[0])
    assert found["area"].value == pytest.approx(200, abs=0.2)
    assert found["perimeter"].value == pytest.approx(60, abs=0.1)
    assert figures(session, "cable", 12345) == {}


def test_a_cable_is_as_long_as_its_walk_and_slack(session):
    cable = key(session, "cable", "K-1")
    session.perform(Create("cable", [{"code": "K-9", "slack_m": 12, "geom": LineString([point(), point(50)])}]))
    drawn = figures(session, "cable", key(session, "cable", "K-9"))["cable_drawn"]
    assert drawn.value == pytest.approx(62, abs=0.1)
    segments = [{"code": f"G-{i}", "geom": LineString([point(100 + 50 * i), point(150 + 50 * i)])} for i in (0, 1)]
    ids = session.perform(Create("route_segment", segments)).created["route_segment"]
    session.perform(Create("cable_walk", [{"cable": cable, "position": i, "segment": s} for i, s in enumerate(ids)]))
    walked = figures(session, "cable", cable)["cable_walk"]
    assert walked.value == pytest.approx(100, abs=0.1)
    assert walked.args["segments"] == 2


def test_each_fibre_in_use_counts_once(session):
    k1, k2, n2 = key(session, "cable", "K-1"), key(session, "cable", "K-2"), key(session, "fibre_node", "N-2")
    splices = [
        {"node": n2, "a_cable": k1, "a_first": 1, "a_last": 4, "b_cable": k2, "b_first": 3, "b_last": 6},
        {"node": n2, "a_cable": k1, "a_first": 4, "a_last": 5, "b_cable": k2, "b_first": 7, "b_last": 8},
    ]
    session.perform(Create("splice", splices))
    session.perform(Create("olt_port", [{"node": n2, "optics_class": "B+", "cable": k1, "fibre": 12}]))
    with session.reading() as snapshot:
        assert used_fibres(snapshot, k1) == {1, 2, 3, 4, 5, 12}
        assert used_fibres(snapshot, k2) == {3, 4, 5, 6, 7, 8}
    found = figures(session, "cable", k1)
    assert (found["fibres_used"].value, found["fibres_free"].value) == (6, 6)


def test_ports_and_households_of_a_node(session):
    n2, splitter = key(session, "fibre_node", "N-2"), key(session, "splitter", "S-1")
    session.perform(
        Create("splice", [{"node": n2, "a_splitter": splitter, "a_first": 1, "a_last": 3,
                           "b_cable": key(session, "cable", "K-2"), "b_first": 1, "b_last": 3}])
    )  # fmt: skip
    session.perform(Create("splitter", [{"node": n2, "ratio": 4, "input_splitter": splitter, "input_port": 8}]))
    homes = [{"served_by": n2, "households": n, "geom": point(n)} for n in (3, 40)]
    session.perform(Create("premises", homes))
    own = figures(session, "splitter", splitter)
    assert (own["outputs_used"].value, own["outputs_free"].value) == (4, 4)
    found = figures(session, "fibre_node", n2)
    assert (found["outputs_used"].value, found["outputs_used"].args["count"]) == (4, 12)
    assert (found["households"].value, found["households"].args["premises"]) == (43, 2)


def test_what_rows_have_in_common(session):
    ids = session.ids("cell")
    with session.reading() as snapshot:
        found = common_values(snapshot, "cell", ids, SEVERAL)
        assert common_values(snapshot, "cell", np.zeros(0, np.int64), SEVERAL) == {}
    assert found["code"] is SEVERAL
    assert found["technology"] == "LTE"
    assert found["frequency_mhz"] == 1800.0
    assert found["pci"] is None
    assert found["site"] == key(session, "base_station", "BS-1")


def test_an_empty_value_beside_a_given_one_is_several(session):
    site = key(session, "base_station", "BS-1")
    session.perform(Create("cell", [{"code": "C-3", "site": site, "pci": 7, "technology": "NR"}]))
    with session.reading() as snapshot:
        found = common_values(snapshot, "cell", session.ids("cell"), SEVERAL)
    assert found["pci"] is SEVERAL
    assert found["technology"] is SEVERAL
