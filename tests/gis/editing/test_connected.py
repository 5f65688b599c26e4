"""Connected editing: nodes drag what stands on them, cuts and joins keep cables whole, nothing lets go unasked."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, Point, box

from gis.editing import Batch, Create, Delete, Join, Move, Paste, Reshape, Reverse, Split, Transform, Update
from gis.editing.walks import course, walks
from gis.errors import Refusal
from gis.geometry.placing import mirrored, scaled, turned
from tests.gis.editing.memory import MemoryProject
from tests.gis.editing.test_plan import refused

X, Y = 500_000.0, 3_700_000.0


def at(x: float, y: float = 0.0) -> Point:
    return Point(X + x, Y + y)


def line(*places: tuple[float, float]) -> LineString:
    return LineString([(X + x, Y + y) for x, y in places])


@pytest.fixture
def plant() -> MemoryProject:
    """Nodes A B C D in a row, segments AB (drawn B to A), BC, CD; one cable A to D, one B to C, a drop from D."""
    return street()


def street() -> MemoryProject:
    project = MemoryProject()
    for i, name in enumerate("ABCD"):
        kind = "central_office" if name == "A" else "handhole"
        project.do(Create("fibre_node", [{"code": name, "kind": kind, "geom": at(100 * i)}]))
    project.do(Create("premises", [{"code": "P", "geom": at(320, 30)}]))
    runs = {"AB": line((100, 0), (50, 5), (0, 0)), "BC": line((100, 0), (200, 0)), "CD": line((200, 0), (300, 0))}
    project.do(Create("route_segment", [{"code": code, "geom": shape} for code, shape in runs.items()]))
    long = line((0, 0), (50, 5), (100, 0), (200, 0), (300, 0))
    cables = [{"code": "K1", "level": "feeder", "fibre_count": 24, "geom": long},
              {"code": "K2", "level": "distribution", "fibre_count": 12, "geom": line((100, 0), (200, 0))},
              {"code": "K3", "level": "drop", "fibre_count": 1, "geom": line((300, 0), (320, 30))}]  # fmt: skip
    project.do(Create("cable", cables))
    steps = [("K1", 0, "AB", True), ("K1", 1, "BC", False), ("K1", 2, "CD", False), ("K2", 0, "BC", False)]
    rows = [{"cable": k, "position": p, "segment": s, "reversed": r} for k, p, s, r in steps]
    project.do(Create("cable_walk", rows))
    project.do(Create("splitter", [{"code": "S", "node": "D", "ratio": 8, "input_cable": "K1", "input_fibre": 3}]))
    splices = [
        {"node": "D", "a_cable": "K1", "a_first": 1, "a_last": 1, "b_cable": "K3", "b_first": 1, "b_last": 1},
        {"node": "B", "a_cable": "K1", "a_first": 5, "a_last": 6, "b_cable": "K2", "b_first": 1, "b_last": 2},
    ]
    project.do(Create("splice", splices))
    return project


def get(project: MemoryProject, cls: str, code: str) -> dict:
    return project.rows[cls][project.key(cls, code)]


def whole(project: MemoryProject) -> None:
    """What must hold after every edit: no dangling ref, ends on their points, cables along their walks."""
    for cls in project.catalogue:
        for row in project.rows[cls.name].values():
            for field in cls.refs:
                assert row[field.name] == 0 or row[field.name] in project.rows[field.ref], (cls.name, field.name)
            for field in cls.ends:
                if row[field.name]:
                    end = Point(row["geom"].coords[0 if field.end == "first" else -1])
                    assert end.distance(project.rows[field.ref][row[field.name]]["geom"]) <= 0.05, (cls.name, row)
    segments = {key: row["geom"] for key, row in project.rows["route_segment"].items()}
    for cable, walk in walks(project, list(project.rows["cable"])).items():
        assert [step.position for step in walk] == list(range(len(walk)))
        laid = course(walk, segments)
        assert laid is not None
        assert project.rows["cable"][cable]["geom"].hausdorff_distance(laid) < 0.01
        for a, b in pairwise(walk):
            ends = [course([step], segments) for step in (a, b)]
            assert Point(ends[0].coords[-1]).distance(Point(ends[1].coords[0])) < 0.05


def codes(project: MemoryProject, cable: str) -> list[tuple[str, bool]]:
    steps = walks(project, [project.key("cable", cable)])[project.key("cable", cable)]
    return [(project.rows["route_segment"][s.segment]["code"], s.reversed) for s in steps]


# ---- ends follow, and do not let go


def test_drawn_lines_hold_on_to_the_points_at_their_ends(plant) -> None:
    ab = get(plant, "route_segment", "AB")
    assert (ab["from_node"], ab["to_node"]) == (plant.key("fibre_node", "B"), plant.key("fibre_node", "A"))
    drop = get(plant, "cable", "K3")
    assert (drop["from_node"], drop["to_node"]) == (plant.key("fibre_node", "D"), 0)
    assert drop["to_premises"] == plant.key("premises", "P")
    whole(plant)


def test_a_node_takes_its_segments_and_cables_along(plant) -> None:
    plant.do(Move("fibre_node", [plant.key("fibre_node", "B")], 7.0, -9.0))
    assert get(plant, "route_segment", "AB")["geom"] == line((107, -9), (50, 5), (0, 0))
    assert get(plant, "cable", "K1")["geom"] == line((0, 0), (50, 5), (107, -9), (200, 0), (300, 0))
    assert get(plant, "cable", "K2")["geom"] == line((107, -9), (200, 0))
    whole(plant)
    plant.do(Move("premises", [plant.key("premises", "P")], 0, 5))
    assert get(plant, "cable", "K3")["geom"] == line((300, 0), (320, 35))
    whole(plant)


def test_what_was_drawn_by_hand_stays(plant) -> None:
    plant.do(Reshape("cable", plant.key("cable", "K2"), line((100, 0), (150, 40), (200, 0))))
    plant.do(Move("fibre_node", [plant.key("fibre_node", "B")], 5, 0))
    assert get(plant, "cable", "K2")["geom"] == line((105, 0), (150, 40), (200, 0))


def test_a_segment_given_another_course_takes_its_cables_along(plant) -> None:
    plant.do(Reshape("route_segment", plant.key("route_segment", "BC"), line((100, 0), (150, 60), (200, 0))))
    assert get(plant, "cable", "K2")["geom"] == line((100, 0), (150, 60), (200, 0))
    whole(plant)


def test_an_end_does_not_leave_its_node_unasked(plant) -> None:
    bc = plant.key("route_segment", "BC")
    away = line((100, 0), (200, 50))
    refused(plant, Reshape("route_segment", bc, away), "edit.end_leaves")
    refused(plant, Move("route_segment", [bc], 1, 1), "edit.end_leaves")
    refused(plant, Transform("route_segment", [bc], turned((X, Y), 30)), "edit.end_leaves")
    plant.do(Reshape("route_segment", bc, away, detach=True))
    assert (get(plant, "route_segment", "BC")["to_node"]) == 0
    assert get(plant, "route_segment", "BC")["from_node"] == plant.key("fibre_node", "B")


def test_an_end_dragged_to_another_node_holds_on_to_that(plant) -> None:
    plant.do(Create("fibre_node", [{"code": "E", "kind": "pole", "geom": at(200, 80)}]))
    plant.do(Reshape("cable", plant.key("cable", "K3"), line((200, 80), (320, 30))))
    assert get(plant, "cable", "K3")["from_node"] == plant.key("fibre_node", "E")
    whole(plant)


def test_everything_moved_together_moves_once(plant) -> None:
    moves = [
        Move(cls, list(plant.rows[cls]), 1000, 500) for cls in ("fibre_node", "route_segment", "cable", "premises")
    ]
    before = {cls: {key: row["geom"] for key, row in plant.rows[cls].items()} for cls in ("route_segment", "cable")}
    plant.do(Batch("edit.move", {}, moves))
    for cls, shapes in before.items():
        for key, shape in shapes.items():
            moved = LineString([(x + 1000, y + 500) for x, y in shape.coords])
            assert plant.rows[cls][key]["geom"].equals_exact(moved, 1e-6)
    whole(plant)


def test_a_node_on_its_neighbour_is_refused(plant) -> None:
    refused(plant, Move("fibre_node", [plant.key("fibre_node", "B")], 100, 0), "edit.invalid_geometry")


# ---- split


@pytest.mark.parametrize(("code", "x", "y"), [("AB", 50, 5), ("AB", 25, 2.5), ("BC", 130, 3), ("CD", 250, 0)])
def test_a_split_segment_keeps_its_cables_whole(plant, code: str, x: float, y: float) -> None:
    before = {key: row["geom"] for key, row in plant.rows["cable"].items()}
    length = get(plant, "route_segment", code)["geom"].length
    plant.do(Split("route_segment", plant.key("route_segment", code), at(x, y)))
    whole(plant)
    pieces = [get(plant, "route_segment", code), get(plant, "route_segment", f"{code}-2")]
    assert sum(piece["geom"].length for piece in pieces) == pytest.approx(length, abs=1e-6)
    assert pieces[0]["to_node"] == pieces[1]["from_node"] != 0
    assert plant.rows["fibre_node"][pieces[0]["to_node"]]["kind"] == "handhole"
    for key, shape in before.items():
        assert plant.rows["cable"][key]["geom"].hausdorff_distance(shape) < 1e-6
    assert [c for c, _ in codes(plant, "K1") if c.startswith(code)] == (
        [f"{code}-2", code] if code == "AB" else [code, f"{code}-2"]
    )


def test_a_split_holds_on_to_the_node_that_is_there(plant) -> None:
    plant.do(Create("fibre_node", [{"code": "M", "kind": "manhole", "geom": at(150, 0)}]))
    plant.do(Split("route_segment", plant.key("route_segment", "BC"), MultiPoint([at(150, 2), at(170, 1)]), node=None))
    assert len(plant.rows["fibre_node"]) == 5
    assert get(plant, "route_segment", "BC")["to_node"] == plant.key("fibre_node", "M")
    assert get(plant, "route_segment", "BC-2")["to_node"] == 0
    assert get(plant, "route_segment", "BC-3")["to_node"] == plant.key("fibre_node", "C")
    assert codes(plant, "K2") == [("BC", False), ("BC-2", False), ("BC-3", False)]
    whole(plant)


def test_splits_of_what_is_not_connected() -> None:
    project = MemoryProject()
    project.do(Create("building", [{"code": "H", "height_m": 9, "geom": box(X, Y, X + 10, Y + 20)}]))
    project.do(Split("building", project.key("building", "H"), line((-1, 5), (11, 5))))
    assert [get(project, "building", code)["geom"].area for code in ("H", "H-2")] == [150, 50]
    assert get(project, "building", "H-2")["height_m"] == 9
    refused(project, Split("building", project.key("building", "H"), line((-1, -5), (11, -5))), "geometry.does_not_cut")
    project.do(Create("camera", [{"code": "C", "geom": at(0)}]))
    refused(project, Split("camera", project.key("camera", "C"), line((-1, 0), (1, 0))), "edit.split_point")


def test_a_cable_cut_at_a_node_runs_on_through_splices(plant) -> None:
    plant.do(Split("cable", plant.key("cable", "K1"), at(100, 1)))
    whole(plant)
    k1, new = plant.key("cable", "K1"), plant.key("cable", "K1-2")
    b = plant.key("fibre_node", "B")
    assert (plant.rows["cable"][k1]["to_node"], plant.rows["cable"][new]["from_node"]) == (b, b)
    assert codes(plant, "K1") == [("AB", True)]
    assert codes(plant, "K1-2") == [("BC", False), ("CD", False)]
    assert get(plant, "splitter", "S")["input_cable"] == new
    here = [row for row in plant.rows["splice"].values() if row["node"] == b]
    through = sorted((row["a_first"], row["a_last"]) for row in here if row["b_cable"] == new)
    assert through == [(1, 4), (7, 24)]  # fibres 5 and 6 leave at B
    assert [row["a_cable"] for row in here if row["b_cable"] == plant.key("cable", "K2")] == [k1]
    drop = plant.key("cable", "K3")
    assert [r["a_cable"] for r in plant.rows["splice"].values() if r["b_cable"] == drop] == [new]


def test_a_cable_is_cut_at_nodes_only(plant) -> None:
    k1 = plant.key("cable", "K1")
    refused(plant, Split("cable", k1, at(130, 0)), "edit.split_between_nodes")
    refused(plant, Split("cable", k1, MultiPoint([at(100), at(200)])), "edit.split_once")


# ---- join, reverse, transform, paste, delete


@given(st.lists(st.tuples(st.sampled_from(["AB", "BC", "CD"]), st.floats(0.1, 0.9)), min_size=1, max_size=4))
@settings(max_examples=30)
def test_joining_takes_splitting_back(cuts: list[tuple[str, float]]) -> None:
    plant = street()
    before = {key: row["geom"] for key, row in plant.rows["cable"].items()}
    for code, share in cuts:
        shape = get(plant, "route_segment", code)["geom"]
        if shape.length > 5:
            plant.do(
                Split("route_segment", plant.key("route_segment", code), shape.interpolate(share, normalized=True))
            )
    whole(plant)
    for code in ("AB", "BC", "CD"):
        pieces = [key for key, row in plant.rows["route_segment"].items() if row["code"].startswith(code)]
        pieces.sort(key=lambda key: plant.rows["route_segment"][key]["code"] != code)
        if len(pieces) > 1:
            plant.do(Join("route_segment", pieces))
    whole(plant)
    assert len(plant.rows["route_segment"]) == 3
    assert codes(plant, "K1") == [("AB", True), ("BC", False), ("CD", False)]
    for key, shape in before.items():
        assert plant.rows["cable"][key]["geom"].hausdorff_distance(shape) < 1e-6


def test_what_must_not_be_joined(plant) -> None:
    keys = [plant.key("route_segment", code) for code in ("AB", "BC", "CD")]
    assert refused(plant, Join("route_segment", keys[:2]), "edit.join_node_used")["counts"] == {"cable": 1, "splice": 1}
    refused(plant, Join("route_segment", [keys[0], keys[2]]), "geometry.gap")
    refused(plant, Join("cable", list(plant.rows["cable"])), "edit.join_cables")
    refused(plant, Join("fibre_node", list(plant.rows["fibre_node"])), "edit.join_point")
    refused(plant, Join("route_segment", keys[:1]), "geometry.too_few")
    plant.do(Delete("cable", [plant.key("cable", "K2")], "cascade"))
    plant.do(Create("fibre_node", [{"code": "M", "kind": "pole", "geom": at(150)}]))
    plant.do(Split("route_segment", keys[1], at(150)))
    short = {"code": "K9", "fibre_count": 4, "level": "drop", "geom": line((100, 0), (150, 0))}
    plant.do(Create("cable", [short | {"to_node": None}]))
    plant.do(Update("cable", [plant.key("cable", "K9")], {"to_node": None}))
    plant.do(Create("cable_walk", [{"cable": "K9", "position": 0, "segment": "BC"}]))
    refused(plant, Join("route_segment", [keys[1], plant.key("route_segment", "BC-2")]), "edit.join_walk")


def test_joined_attributes(plant) -> None:
    project = MemoryProject()
    rows = [{"code": "1", "name": None, "lanes": 2, "geom": line((0, 0), (10, 0))},
            {"code": "2", "name": "建军路", "lanes": 4, "geom": line((20, 0), (10, 0))}]  # fmt: skip
    project.do(Create("road", rows))
    made = project.do(Join("road", [project.key("road", "1"), project.key("road", "2")]))
    _, road = project.only("road")
    assert (road["code"], road["name"], road["lanes"], road["geom"].length) == ("1", "建军路", 2, 20)
    assert made.label_args["differing_en"] == "Lanes"


def test_reversing_twice_changes_nothing(plant) -> None:
    ids = list(plant.rows["route_segment"])
    before = plant.dump()
    plant.do(Reverse("route_segment", ids))
    whole(plant)
    assert codes(plant, "K1") == [("AB", False), ("BC", True), ("CD", True)]
    assert get(plant, "cable", "K1")["geom"] == before["cable"][plant.key("cable", "K1")]["geom"]
    plant.do(Reverse("route_segment", ids))
    k1 = plant.key("cable", "K1")
    plant.do(Reverse("cable", [k1]))
    whole(plant)
    assert codes(plant, "K1") == [("CD", True), ("BC", True), ("AB", False)]
    plant.do(Reverse("cable", [k1]))
    assert repr(plant.dump()) == repr(before)
    refused(plant, Reverse("cable", [plant.key("cable", "K3")]), "edit.reverse_end")
    refused(plant, Reverse("fibre_node", [plant.key("fibre_node", "A")]), "edit.reverse_line")


def test_turning_takes_bearings_along() -> None:
    project = MemoryProject()
    project.do(Create("camera", [{"code": "C", "azimuth": 350, "geom": at(10)}, {"code": "D", "geom": at(0, 10)}]))
    ids = list(project.rows["camera"])
    project.do(Transform("camera", ids, turned((X, Y), 90)))
    assert get(project, "camera", "C")["azimuth"] == 80
    assert get(project, "camera", "C")["geom"].distance(at(0, -10)) < 1e-6
    assert np.isnan(get(project, "camera", "D")["azimuth"])
    project.do(Transform("camera", ids, scaled((X, Y), 2)))
    assert get(project, "camera", "C")["azimuth"] == 80
    assert get(project, "camera", "C")["geom"].distance(at(0, -20)) < 1e-6
    project.do(Transform("camera", ids, mirrored((X, Y), (X, Y + 1))))
    assert get(project, "camera", "C")["azimuth"] == 280
    bad = Transform("camera", ids, (1.0, 0.0, 0.0, float("nan"), 0.0, 0.0))
    refused(project, bad, "edit.not_finite")
    refused(project, Transform("camera", ids, scaled((X, Y), 1e9)), "edit.outside")


def test_pasted_codes_are_renewed(plant) -> None:
    row = {"code": "B", "kind": "pole", "capacity": 12, "azimuth": 4, "geom": at(0, 50)}
    made = plant.do(Paste("fibre_node", [row, row, row | {"code": "Z"}, row | {"code": None}]))
    assert made.label == "edit.paste"
    assert {r["code"] for r in plant.rows["fibre_node"].values()} >= {"B", "B-2", "B-3", "Z", None}
    plant.do(Paste("fibre_node", [row | {"code": "B-2"}]))
    assert "B-4" in {r["code"] for r in plant.rows["fibre_node"].values()}
    with pytest.raises(Refusal):
        plant.do(Paste("fibre_node", [{"kind": "no such", "geom": at(0)}]))


def test_detaching_removes_what_only_links(plant) -> None:
    plant.do(Delete("route_segment", [plant.key("route_segment", "CD")], "detach"))
    assert len(plant.rows["cable"]) == 3
    assert [code for code, _ in codes(plant, "K1")] == ["AB", "BC"]


_MOVES = st.tuples(st.just("move"), st.integers(0, 4), st.floats(-40, 40), st.floats(-40, 40))
_CUTS = st.tuples(st.just("split"), st.integers(0, 9), st.floats(0.05, 0.95), st.just(0.0))
_TURNS = st.tuples(st.just("reverse"), st.integers(0, 9), st.just(0.0), st.just(0.0))


@given(st.lists(st.one_of(_MOVES, _CUTS, _TURNS), max_size=8))
@settings(max_examples=40)
def test_any_story_leaves_the_plant_whole(story) -> None:
    plant = street()
    for kind, which, a, b in story:
        nodes, segments = list(plant.rows["fibre_node"]), list(plant.rows["route_segment"])
        try:
            if kind == "move":
                plant.do(Move("fibre_node", [nodes[which % len(nodes)]], a, b))
            elif kind == "split":
                segment = segments[which % len(segments)]
                shape = plant.rows["route_segment"][segment]["geom"]
                plant.do(Split("route_segment", segment, shape.interpolate(a, normalized=True)))
            else:
                plant.do(Reverse("route_segment", [segments[which % len(segments)]]))
        except Refusal:
            pass
        whole(plant)
