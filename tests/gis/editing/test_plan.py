import numpy as np
import pytest
from shapely import LineString, Point, Polygon, box

from gis.editing import (
    Batch,
    Create,
    Delete,
    Insert,
    Load,
    Move,
    Reshape,
    Update,
    UpdateMany,
    check_rows,
    fresh_keys,
)
from gis.errors import Refusal
from gis.geometry.columns import Columns
from tests.gis.editing.memory import MemoryProject

X, Y = 500_000.0, 3_700_000.0


def point(dx=0.0, dy=0.0):
    return Point(X + dx, Y + dy)


def objects(*values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


@pytest.fixture
def project():
    return MemoryProject()


@pytest.fixture
def plant(project):
    """A site with two cells, an office, a cabinet, the cable between them and what hangs on it."""
    project.do(Create("base_station", [{"code": "BS-1", "geom": point()}]))
    cells = [{"code": "C-1", "site": "BS-1", "azimuth": 0}, {"code": "C-2", "site": "BS-1", "geom": point(5)}]
    project.do(Create("cell", cells))
    nodes = [{"code": "N-1", "kind": "机房", "geom": point(100)}, {"code": "N-2", "geom": point(200)}]
    project.do(Create("fibre_node", nodes))
    line = LineString([point(100), point(200)])
    project.do(Create("cable", [{"code": "K-1", "from_node": "N-1", "to_node": "N-2", "geom": line}]))
    project.do(Create("route_segment", [{"code": "R-1", "geom": line}]))
    project.do(Create("cable_walk", [{"cable": "K-1", "segment": "R-1", "position": 0}]))
    project.do(Create("splitter", [{"code": "S-1", "node": "N-2", "input_cable": "K-1"}]))
    return project


def refused(project, intent, code):
    before = project.dump()
    with pytest.raises(Refusal) as caught:
        project.do(intent)
    assert caught.value.code == code
    for language in ("zh", "en"):
        text = caught.value.message(language) + caught.value.hint(language)
        assert text
        assert "{" not in text
    assert repr(before) == repr(project.dump()), "a refusal changes nothing"
    return caught.value.arguments


# ---- create


def test_create_fills_defaults_and_keys(project):
    plan = project.do(
        Create("camera", [{"code": "A", "geom": point()}, {"name": "乙", "hfov": None, "geom": point(1)}])
    )
    assert (plan.label, plan.label_args["count"], plan.label_args["cls_zh"]) == ("edit.create", 2, "监控点")
    (step,) = plan.steps
    assert isinstance(step, Insert)
    assert set(step.columns.fields) == {f.name for f in project.catalogue["camera"].fields}
    first, second = project.rows["camera"].values()
    assert (first["hfov"], first["status"], first["networked"]) == (60.0, "in_service", 0.0)
    assert np.isnan(second["hfov"]), "an explicit nothing is not a default"
    assert second["code"] is None
    assert all(1 <= key < 2**53 for key in project.rows["camera"])


def test_create_reads_labels_codes_and_stands_cells_on_their_site(plant):
    site, _ = plant.only("base_station")
    cells = {row["code"]: row for row in plant.rows["cell"].values()}
    assert cells["C-1"]["site"] == site
    assert cells["C-1"]["geom"].equals(point())
    assert cells["C-2"]["geom"].equals(point(5))


@pytest.mark.parametrize(
    ("cls", "row", "code"),
    [
        ("camera", {"geom": point(), "colour": "red"}, "catalogue.no_field"),
        ("spaceship", {"geom": point()}, "catalogue.no_class"),
        ("camera", {"geom": point(), "id": 7}, "edit.stamped"),
        ("camera", {"geom": point(), "updated_by": "me"}, "edit.stamped"),
        ("camera", {"name": "no place"}, "edit.no_geometry"),
        ("camera", {"geom": None}, "edit.no_geometry"),
        ("camera", {"geom": "here"}, "edit.not_a_geometry"),
        ("camera", {"geom": point(), "azimuth": 400}, "edit.out_of_range"),
        ("camera", {"geom": point(), "uplink_cable": 12345}, "edit.no_such_target"),
        ("camera", {"geom": point(), "uplink_cable": "K-77"}, "edit.no_such_target"),
        ("area", {"geom": box(X, Y, X + 1, Y + 1)}, "edit.required"),
        ("splitter", {"code": "S", "geom": point()}, "edit.geometry_on_table"),
        ("splitter", {"code": "S"}, "edit.required"),
        ("cell", {"code": "C"}, "edit.required"),
    ],
)
def test_create_refuses(project, cls, row, code):
    refused(project, Create(cls, [row]), code)


def test_create_names_the_row(project):
    arguments = refused(
        project, Create("camera", [{"geom": point()}, {"geom": point(), "azimuth": "x"}, {}]), "edit.not_a_number"
    )
    assert (arguments["row"], arguments["problems"]) == (2, 2)


def test_codes_are_unique_in_the_batch_and_in_the_file(project):
    project.do(Create("camera", [{"code": "A", "geom": point()}]))
    refused(project, Create("camera", [{"code": "A ", "geom": point()}]), "edit.taken")
    refused(
        project, Create("camera", [{"code": "B", "geom": point()}, {"code": "B", "geom": point()}]), "edit.duplicate"
    )
    project.do(Create("camera", [{"geom": point()}, {"geom": point()}]))
    assert len(project.rows["camera"]) == 3


def test_nothing_to_do_is_a_plan_without_steps(plant):
    station, _ = plant.only("base_station")
    for intent in (
        Create("camera", []),
        Delete("camera", []),
        Move("camera", [], 1, 1),
        Move("base_station", [station], 0, 0),
        Update("base_station", [station], {}),
        Update("base_station", [station], {"code": " BS-1 ", "status": "在用"}),
        Reshape("base_station", station, point()),
        Batch("edit.update", {}, []),
    ):
        assert plant.do(intent).steps == ()


# ---- load


def test_load_keeps_given_keys_and_refs_within_it(project):
    ids = fresh_keys(2)
    columns = Columns(
        "area", ids, {"level": objects("city", "county"), "parent": np.array([0, ids[0]])},
        objects(box(X, Y, X + 9, Y + 9), box(X, Y, X + 1, Y + 1)),
    )  # fmt: skip
    project.do(Load(columns))
    assert set(project.rows["area"]) == set(ids.tolist())
    refused(project, Load(columns), "edit.key_taken")
    refused(project, Load(Columns("camera", np.array([5, 5]), {}, objects(point(), point()))), "edit.bad_key")
    refused(project, Load(Columns("camera", np.array([-5]), {}, objects(point()))), "edit.bad_key")
    refused(project, Load(Columns("camera", np.array([0, 0]), {}, objects(point()))), "edit.uneven_columns")


def test_load_fills_required_fields_that_have_a_default(project):
    project.do(Load(Columns("road", np.zeros(1, np.int64), {"road_class": objects(None)},
                            objects(LineString([point(), point(1)])))))  # fmt: skip
    assert project.only("road")[1]["road_class"] == "tertiary"


def test_check_rows_lists_every_bad_row(project):
    columns = Columns(
        "camera", np.zeros(4, np.int64),
        {"azimuth": np.array([1.0, 999.0, 3.0, 4.0]), "code": objects("a", "b", "a", "d")},
        objects(point(), point(), point(), None),
    )  # fmt: skip
    problems = check_rows(project, columns)
    assert {row: p.code for row, p in problems.items()} == {
        1: "edit.out_of_range", 2: "edit.duplicate", 3: "edit.no_geometry",
    }  # fmt: skip


def test_a_hundred_thousand_rows(project):
    n = 100_000
    columns = Columns(
        "premises", np.zeros(n, np.int64), {"code": objects(*(f"P{i}" for i in range(n))), "households": np.ones(n)},
        objects(*(Point(x, Y) for x in np.linspace(X, X + 1000, n))),
    )  # fmt: skip
    project.do(Load(columns))
    assert len(project.rows["premises"]) == n


# ---- update


def test_update_sets_the_same_on_every_row_and_leaves_equal_rows_alone(plant):
    cells = list(plant.rows["cell"])
    plant.do(Update("cell", cells[:1], {"technology": "5G NR"}))
    plan = plant.do(Update("cell", cells, {"technology": "NR"}))
    assert plan.steps[0].columns.ids.tolist() == cells[1:]
    assert plan.label_args["count"] == 1
    assert plan.label_args["fields_zh"] == "制式"
    assert [row["technology"] for row in plant.rows["cell"].values()] == ["NR", "NR"]


def test_update_refuses(plant):
    cells = list(plant.rows["cell"])
    refused(plant, Update("cell", [*cells, 42], {"azimuth": 1}), "edit.missing_rows")
    refused(plant, Update("cell", ["x"], {"azimuth": 1}), "edit.missing_rows")
    refused(plant, Update("cell", cells, {"site": None}), "edit.required")
    refused(plant, Update("cell", cells, {"code": "same"}), "edit.duplicate")
    refused(plant, Update("cell", cells[:1], {"code": "C-2"}), "edit.taken")
    refused(plant, Update("cell", cells, {"geom": point()}), "edit.geometry_in_update")
    refused(plant, Update("cell", cells, {"updated_at": "2020-01-01"}), "edit.stamped")
    refused(plant, Update("cell", cells, {"nothing": 1}), "catalogue.no_field")


def test_codes_can_change_hands(plant):
    one, two = plant.key("cell", "C-1"), plant.key("cell", "C-2")
    ids = np.array([one, two])
    plan = plant.do(UpdateMany(Columns("cell", ids, {"code": objects("C-2", "C-1")})))
    assert plan.steps[0].columns.fields["code"].tolist() == [None, None], "given up before they are taken"
    assert (plant.key("cell", "C-2"), plant.key("cell", "C-1")) == (one, two)


def test_update_many_sets_values_and_shapes(plant):
    one, two = plant.key("fibre_node", "N-1"), plant.key("fibre_node", "N-2")
    columns = Columns("fibre_node", np.array([two, one]), {"capacity": np.array([12.0, 144.0])},
                      objects(point(201), point(100)))  # fmt: skip
    plant.do(UpdateMany(columns))
    assert plant.rows["fibre_node"][one]["capacity"] == 144.0
    assert plant.rows["fibre_node"][two]["geom"].equals(point(201))
    twice = Columns("fibre_node", np.array([one, one]), {"capacity": np.array([1.0, 2.0])})
    refused(plant, UpdateMany(twice), "edit.row_twice")
    hole = Columns("fibre_node", np.array([one]), {}, objects(None))
    refused(plant, UpdateMany(hole), "edit.no_geometry")
    short = Columns("fibre_node", np.array([one]), {"capacity": np.array([1.0, 2.0])})
    refused(plant, UpdateMany(short), "edit.uneven_columns")


# ---- move and reshape


def test_cells_move_with_their_site_unless_they_stand_apart(plant):
    site, _ = plant.only("base_station")
    plan = plant.do(Move("base_station", [site], 10, -10))
    assert plan.label_args["distance"] == "14.1"
    assert plant.rows["cell"][plant.key("cell", "C-1")]["geom"].equals(point(10, -10))
    assert plant.rows["cell"][plant.key("cell", "C-2")]["geom"].equals(point(5))
    plant.do(Reshape("base_station", site, point(3, 3)))
    assert plant.rows["cell"][plant.key("cell", "C-1")]["geom"].equals(point(3, 3))


def test_a_cell_that_changes_its_site_goes_there(plant):
    plant.do(Create("base_station", [{"code": "BS-2", "geom": point(50)}]))
    plant.do(Update("cell", list(plant.rows["cell"]), {"site": "BS-2"}))
    assert plant.rows["cell"][plant.key("cell", "C-1")]["geom"].equals(point(50))
    assert plant.rows["cell"][plant.key("cell", "C-2")]["geom"].equals(point(5))


def test_move_and_reshape_refuse(plant):
    site, _ = plant.only("base_station")
    refused(plant, Move("base_station", [site, 99], 1, 1), "edit.missing_rows")
    refused(plant, Move("base_station", [site], 1e7, 0), "edit.outside")
    refused(plant, Move("base_station", [site], float("nan"), 0), "edit.not_finite")
    refused(plant, Move("splitter", list(plant.rows["splitter"]), 1, 1), "edit.geometry_on_table")
    refused(plant, Reshape("splitter", next(iter(plant.rows["splitter"])), point()), "edit.geometry_on_table")
    refused(plant, Reshape("base_station", 99, point()), "edit.missing_rows")
    refused(plant, Reshape("base_station", site, LineString([point(), point(1)])), "edit.wrong_kind")
    refused(plant, Reshape("base_station", site, None), "edit.no_geometry")
    plant.do(Create("building", [{"geom": box(X, Y, X + 1, Y + 1)}]))
    bow = Polygon([point(), point(9, 9), point(9), point(0, 9)])
    refused(plant, Reshape("building", plant.only("building")[0], bow), "edit.invalid_geometry")


# ---- delete


def test_delete_takes_what_the_row_owns(plant):
    plan = plant.do(Delete("base_station", [plant.only("base_station")[0]]))
    assert not plant.rows["cell"]
    assert not plant.rows["base_station"]
    assert plan.label == "edit.delete_with"
    assert plan.label_args["counts"] == {"cell": 2}
    assert plan.steps[-1].cls == "base_station", "children go first"


def test_delete_refuses_what_is_attached_and_says_how_many_of_which(plant):
    cable, _ = plant.only("cable")
    arguments = refused(plant, Delete("cable", [cable]), "edit.attached")
    assert arguments["counts"] == {"splitter": 1}
    assert "分光器 1" in arguments["counts_zh"]
    node = plant.key("fibre_node", "N-2")
    assert refused(plant, Delete("fibre_node", [node]), "edit.attached")["counts"] == {
        "route_segment": 1,
        "cable": 1,
        "splitter": 1,
    }


def test_delete_detaches(plant):
    plant.do(Delete("cable", [plant.only("cable")[0]], "detach"))
    assert plant.only("splitter")[1]["input_cable"] == 0
    assert not plant.rows["cable_walk"], "owned rows go along all the same"
    node = plant.key("fibre_node", "N-2")
    arguments = refused(plant, Delete("fibre_node", [node], "detach"), "edit.detach_required")
    assert arguments["counts"] == {"splitter": 1}


def test_delete_cascades(plant):
    plan = plant.do(Delete("fibre_node", [plant.key("fibre_node", "N-2")], "cascade"))
    assert [code for code in ("route_segment", "cable", "cable_walk", "splitter") if plant.rows[code]] == []
    assert len(plant.rows["fibre_node"]) == 1
    counts = {"route_segment": 1, "cable": 1, "splitter": 1, "cable_walk": 1}
    assert plan.label_args["counts"] == counts


def test_rows_that_go_together_do_not_hold_each_other(project):
    project.do(Create("area", [{"code": "1", "level": "city", "geom": box(X, Y, X + 9, Y + 9)}]))
    project.do(Create("area", [{"code": "2", "level": "county", "parent": "1", "geom": box(X, Y, X + 1, Y + 1)}]))
    refused(project, Delete("area", [project.key("area", "1")]), "edit.attached")
    project.do(Delete("area", list(project.rows["area"])))
    assert not project.rows["area"]


def test_delete_of_missing_rows_is_refused(plant):
    refused(plant, Delete("cable", [1]), "edit.missing_rows")


# ---- batch


def test_a_batch_sees_its_own_steps(project):
    project.do(
        Batch("edit.create", {"cls_zh": "基站", "cls_en": "Base station", "count": 1}, [
            Create("base_station", [{"code": "BS", "geom": point()}]),
            Create("cell", [{"code": "C", "site": "BS"}]),
        ])
    )  # fmt: skip
    site, _ = project.only("base_station")
    assert project.only("cell")[1]["site"] == site
    assert project.only("cell")[1]["geom"].equals(point())


def test_a_batch_moves_changes_frees_and_deletes_in_turn(plant):
    site, _ = plant.only("base_station")
    one, two = plant.key("cell", "C-1"), plant.key("cell", "C-2")
    plant.do(
        Batch("edit.update", {}, [
            Update("cell", [one], {"code": "C-9"}),
            Create("cell", [{"code": "C-1", "site": "BS-1"}]),
            Move("base_station", [site], 1, 0),
            Move("base_station", [site], 1, 0),
            Delete("cell", [two]),
            Create("cell", [{"code": "C-2", "site": "BS-1"}]),
        ])
    )  # fmt: skip
    places = {row["code"]: row["geom"] for row in plant.rows["cell"].values()}
    assert set(places) == {"C-1", "C-2", "C-9"}
    assert all(place.equals(point(2)) for place in places.values())


def test_a_batch_refuses_as_one(plant):
    cable, _ = plant.only("cable")
    refused(plant, Batch("x", {}, [
        Create("camera", [{"code": "A", "uplink_cable": "K-1", "geom": point()}]), Delete("cable", [cable]),
    ]), "edit.attached")  # fmt: skip
    refused(plant, Batch("x", {}, [
        Delete("cell", list(plant.rows["cell"])), Update("cell", list(plant.rows["cell"]), {"azimuth": 3}),
    ]), "edit.missing_rows")  # fmt: skip
    plant.do(Batch("x", {}, [
        Update("splitter", list(plant.rows["splitter"]), {"input_cable": None}), Delete("cable", [cable]),
    ]))  # fmt: skip
    assert not plant.rows["cable"]


def test_keys_are_fresh():
    keys = fresh_keys(200_000)
    assert len(np.unique(keys)) == 200_000
    assert keys.min() >= 1
    assert keys.max() < 2**53
