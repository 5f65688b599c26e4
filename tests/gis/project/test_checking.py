"""The list of issues after edits is the one a run over everything gives; mending is one step; what is kept stays."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from gis.catalogue import load_catalogue
from gis.checks import known_rules
from gis.editing import Create, Delete, Move, Reshape, Update
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.project import Session
from gis.project.checking import MOST, Checking
from gis.storage import engine
from gis.storage.blob_writing import encode_blobs

X, Y = 500_000.0, 3_700_000.0


def at(x: float, y: float = 0.0) -> Point:
    return Point(X + x, Y + y)


def line(*places: tuple[float, float]) -> LineString:
    return LineString([(X + x, Y + y) for x, y in places])


@pytest.fixture(scope="module")
def town_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A street with plant and devices in a county, with a few breaches to begin with."""
    path = tmp_path_factory.mktemp("checks") / "town.yantu"
    with Session.create(path, author="maker") as made:
        county = MultiPolygon([box(X - 500, Y - 500, X + 500, Y + 500)])
        made.perform(Create("area", [{"code": "320902", "level": "county", "geom": county}]))
        nodes = [{"code": f"N{i}", "kind": "cabinet", "geom": at(100 * i)} for i in range(4)]
        made.perform(Create("fibre_node", nodes))
        ducts = [{"code": f"D{i}", "geom": line((100 * i, 0), (100 * i + 100, 0))} for i in range(3)]
        made.perform(Create("route_segment", ducts))
        cables = [
            {"code": "K0", "level": "feeder", "fibre_count": 12, "geom": line((0, 0), (100, 0), (200, 0), (300, 0))},
            {"code": "K1", "level": "feeder", "fibre_count": 12, "geom": line((100, 0), (200, 0))},
        ]
        made.perform(Create("cable", cables))
        walk = [("K0", 0, "D0"), ("K0", 1, "D1"), ("K0", 2, "D2"), ("K1", 0, "D1")]
        made.perform(Create("cable_walk", [{"cable": k, "position": p, "segment": s} for k, p, s in walk]))
        made.perform(Create("splitter", [{"code": "S", "node": "N3", "ratio": 4}]))
        for n in (1, 2):
            row = {"node": "N1", "a_cable": "K0", "a_first": n, "a_last": n + 1, "b_cable": "K1", "b_first": 1}
            made.perform(Create("splice", [row | {"b_last": 2}]))
        homes = [{"code": f"P{i}", "households": 70, "served_by": "N3", "geom": at(320 + i, 30)} for i in range(2)]
        made.perform(Create("premises", homes))
        cameras = [{"code": f"V{i}", "gb28181_id": f"3209020001132100000{i}", "geom": at(20 * i, 60)} for i in range(4)]
        made.perform(Create("camera", cameras))
        made.perform(Create("plate_reader", [{"code": f"R{i}", "geom": at(40 * i, 90)} for i in range(3)]))
        made.perform(Create("road", [{"code": f"W{i}", "geom": line((0, 120), (90, 120))} for i in range(2)]))
    return path


@pytest.fixture
def path(town_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(town_file, tmp_path / "town.yantu"))


@pytest.fixture
def checking(path: Path) -> Iterator[Checking]:
    with Session.open(path, author="tester") as session:
        made = Checking(session)
        yield made
        made.close()


def keys(checking: Checking) -> list[str]:
    return sorted(issue.key for issue in checking.issues)


def whole(session: Session) -> list[str]:
    fresh = Checking(session)
    fresh.run()
    fresh.close()
    return keys(fresh)


def id_of(session: Session, cls: str, code: str) -> int:
    return int(session.ids(cls, '"code" = ?', (code,))[0])


def of(checking: Checking, rule: str) -> list[Any]:
    return [issue for issue in checking.issues if issue.rule == rule]


# What random edits do: (what, which row, numbers); whatever is refused has changed nothing.
CLASSES = ("fibre_node", "route_segment", "cable", "premises", "camera", "plate_reader", "road", "area", "splice",
           "cable_walk", "splitter")  # fmt: skip
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["move", "move", "delete", "create", "update", "update", "shape", "undo", "redo"]),
        st.sampled_from(CLASSES), st.integers(0, 9), st.integers(-3, 3), st.integers(-3, 3),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


def carry_out(session: Session, what: str, cls: str, row: int, a: int, b: int) -> None:
    ids = session.ids(cls)
    id = int(ids[row % len(ids)]) if len(ids) else 0
    spatial = session.catalogue[cls].spatial
    if what in ("undo", "redo"):
        getattr(session, what)(1 + abs(a))
    elif what == "move" and spatial and id:
        session.perform(Move(cls, [id], 20.0 * a, 30.0 * b, detach=a > 0))
    elif what == "delete" and id:
        session.perform(Delete(cls, [id], "cascade" if a > 0 else "detach"))
    elif what == "create" and spatial:
        place = at(20 * a, 60 + 30 * b)
        shape = {"point": place, "line": line((0, 120), (90, 120 + b)), "multipolygon": place.buffer(50)}
        code = f"{'ｖV'[a % 2]}{row}" if cls == "camera" else f"new{row}"
        session.perform(Create(cls, [{"code": code, "geom": shape[session.catalogue[cls].geometry]}]))
    elif what == "create" and cls == "splice":
        row_ = {"node": session.ids("fibre_node")[row % 3], "a_cable": session.ids("cable")[0], "a_first": 1 + abs(a)}
        row_ |= {"a_last": 2 + abs(a), "b_cable": session.ids("cable")[-1], "b_first": 1 + abs(b), "b_last": 2 + abs(b)}
        session.perform(Create("splice", [row_]))
    elif what == "shape" and session.catalogue[cls].geometry == "line" and id:
        session.perform(Reshape(cls, id, line((10 * a, 0), (100, 10 * b)), detach=True))
    elif what == "update" and id:
        values: dict[str, dict[str, Any]] = {
            "premises": {"households": 100 + 40 * a, "served_by": int(session.ids("fibre_node")[row % 2])},
            "camera": {"gb28181_id": f"320902000113210000{20 + abs(b)}", "status": "in_service"},
            "splice": {"node": int(session.ids("fibre_node")[row % 2]), "a_first": 1 + abs(a), "a_last": 1 + abs(b)},
            "cable": {"fibre_count": 2 + abs(a)},
            "splitter": {"ratio": 2 ** (1 + abs(a))},
            "cable_walk": {"segment": int(session.ids("route_segment")[row % 2]), "reversed": a > 0},
            "fibre_node": {"capacity": 4, "ports_used": 4 + a, "kind": "closure"},
            "road": {"code": f"{'wW'[a % 2]}{row % 2}"},
        }
        session.perform(Update(cls, [id], values.get(cls, {"remark": str(a)})))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS, every=st.integers(1, 4))
def test_what_is_left_after_edits_is_what_a_whole_run_finds(
    town_file: Path, tmp_path_factory: pytest.TempPathFactory, edits: list[Any], every: int
) -> None:
    path = Path(shutil.copyfile(town_file, tmp_path_factory.mktemp("edits") / "town.yantu"))
    with Session.open(path, author="tester") as session:
        checking = Checking(session)
        checking.run()
        for i, edit in enumerate(edits, 1):
            with contextlib.suppress(Refusal, IndexError):
                carry_out(session, *edit)
            if i % every == 0:
                assert checking.catch_up()
        checking.catch_up()
        assert not checking.waiting
        assert not checking.outdated
        assert keys(checking) == whole(session)
        checking.close()


def test_a_run_finds_and_names_what_is_wrong(checking: Checking) -> None:
    checking.run()
    assert {issue.rule for issue in checking.issues} >= {"readers_near", "same_line", "fibre_twice", "too_many_homes"}
    assert checking.last is not None
    assert checking.last.features > 20
    (issue,) = of(checking, "too_many_homes")
    assert checking.title(issue.cls, issue.ids[0]) == "N3"
    assert "140" in issue.text("zh")


def test_cancelling_leaves_the_list_and_what_was_waiting(checking: Checking) -> None:
    checking.run()
    before = keys(checking)
    checking.session.perform(Update("camera", [id_of(checking.session, "camera", "V0")], {"gb28181_id": "1"}))
    stopped = Progress()
    stopped.cancel()
    for run in (checking.run, checking.catch_up):
        with pytest.raises(Cancelled):
            run(stopped)
    assert keys(checking) == before
    assert checking.waiting
    checking.catch_up()
    assert len(of(checking, "camera_id_form")) == 1


def test_one_rule_alone_leaves_the_others(checking: Checking) -> None:
    checking.run()
    before = keys(checking)
    checking.run(rules=["readers_near"])
    assert keys(checking) == before
    with pytest.raises(Refusal, match=r"checks\.no_rule"):
        checking.run(rules=["nonsense"])


def test_mending_is_one_step_and_undo_brings_the_issues_back(checking: Checking) -> None:
    session = checking.session
    nodes = session.ids("fibre_node")
    for id in session.ids("cable").tolist():
        session.perform(Update("cable", [id], {"from_node": int(nodes[0]), "to_node": int(nodes[0])}))
    checking.run()
    asked = of(checking, "end_off_point")
    assert len(asked) > 2
    steps = len(session.history())
    mended = checking.fix_alike(asked, "checks.fix_detach")
    assert (mended.fixed, mended.over, dict(mended.refused)) == (len(asked), 0, {})
    assert len(session.history()) == steps + 1
    assert str(len(asked)) in session.history(limit=1)[0].text("zh")
    assert of(checking, "end_off_point") == []
    session.undo()
    checking.catch_up()
    assert {issue.key for issue in of(checking, "end_off_point")} == {issue.key for issue in asked}


def test_both_ends_of_a_line_are_mended_together(checking: Checking) -> None:
    session = checking.session
    (k1,) = session.ids("cable", "\"code\" = 'K1'").tolist()
    n = {code: id_of(session, "fibre_node", code) for code in ("N0", "N3")}
    session.perform(Update("cable", [k1], {"from_node": n["N0"], "to_node": n["N3"]}))
    checking.run()
    asked = [issue for issue in of(checking, "end_off_point") if issue.ids == (k1,)]
    assert len(asked) == 2
    assert checking.fix_alike(asked).fixed == 2
    assert [issue for issue in of(checking, "end_off_point") if issue.ids == (k1,)] == []


def test_what_is_refused_is_reported_and_left(checking: Checking) -> None:
    session = checking.session
    checking.run()
    (twin,) = of(checking, "same_line")
    (homes,) = of(checking, "too_many_homes")
    reader = of(checking, "readers_near")[0]
    mended = checking.fix_alike([twin, homes, reader])
    assert mended.fixed == 1
    assert {refusal.code for refusal in mended.refused.values()} == {"checks.no_fix"}
    assert set(mended.refused) == {homes.key, reader.key}
    assert checking.fix(twin).over == 1
    assert len(session.ids("road")) == 1


def test_a_fix_the_editor_refuses_does_not_stop_the_others(checking: Checking) -> None:
    session = checking.session
    session.perform(Create("fibre_node", [{"code": f"T{i}", "geom": at(100 * i)} for i in range(2)]))
    session.perform(Create("camera", [{"code": "V9", "geom": at(20, 60)}]))
    duct = id_of(session, "route_segment", "D0")
    session.perform(Update("route_segment", [duct], {"from_node": id_of(session, "fibre_node", "T0")}))
    checking.run()
    asked = of(checking, "same_place")
    assert len(asked) == 3
    mended = checking.fix_alike(asked)
    assert mended.fixed + len(mended.refused) == 3
    assert mended.fixed >= 1
    assert all(code.startswith("edit.") for code in (refusal.code for refusal in mended.refused.values()))


def test_ignored_issues_and_the_list_survive_reopening(checking: Checking, path: Path) -> None:
    checking.run()
    (homes,) = of(checking, "too_many_homes")
    with pytest.raises(Refusal, match=r"checks\.no_reason"):
        checking.ignore([homes.key], "  ")
    checking.ignore([homes.key], "已核实")
    session = checking.session
    session.perform(Update("camera", [id_of(session, "camera", "V0")], {"gb28181_id": "1"}))  # not caught up with
    first, moment = keys(checking), checking.last
    checking.close()
    session.close()
    with Session.open(path, author="next") as session:
        again = Checking(session)
        again.load()
        assert keys(again) == first
        assert again.last == moment
        entry = again.ignored()[homes.key]
        assert (entry.reason, entry.author) == ("已核实", "tester")
        assert again.waiting
        again.catch_up()
        assert keys(again) == whole(session)
        assert again.title("fibre_node", homes.ids[0]) == "N3"
        again.take_back([homes.key])
        assert again.ignored() == {}
        assert again.fix(of(again, "same_line")[0]).fixed == 1
        again.close()


def test_undo_between_two_sessions_is_followed(checking: Checking, path: Path) -> None:
    session = checking.session
    session.perform(Update("camera", [id_of(session, "camera", "V0")], {"gb28181_id": "1"}))
    checking.run()
    checking.close()
    session.close()
    with Session.open(path, author="other") as session:
        session.undo()
    with Session.open(path, author="next") as session:
        again = Checking(session)
        again.load()
        again.catch_up()
        assert not again.outdated
        assert keys(again) == whole(session)
        again.close()


def test_a_broken_kept_list_is_passed_over(checking: Checking, path: Path) -> None:
    checking.run()
    kept = path.with_name(path.name + ".files") / "checks.json"
    document = json.loads(kept.read_text("utf-8"))
    for text in (
        "",
        "[]",
        "{}",
        json.dumps(document | {"issues": [["same_line"]]}),
        json.dumps(document | {"format": 9}),
    ):
        kept.write_text(text, "utf-8")
        again = Checking(checking.session)
        again.load()
        assert again.issues == ()
        again.close()


def test_rules_of_the_project(checking: Checking) -> None:
    checking.run()
    assert of(checking, "readers_near")
    checking.set_rule("readers_near", enabled=False)
    assert not of(checking, "readers_near")
    checking.run()
    assert not of(checking, "readers_near")
    checking.set_rule("readers_near", enabled=True, limits={"metres": 10})
    assert checking.rules()["readers_near"].limits.number("metres") == 10
    checking.run()
    assert not of(checking, "readers_near")
    checking.set_rule("readers_near", reset=True)
    assert checking.rules() == known_rules()
    for limits in ({"metres": -1}, {"metres": "x"}, {"nonsense": 1}):
        with pytest.raises(Refusal, match=r"checks\.wrong_limit"):
            checking.set_rule("readers_near", limits=limits)  # type: ignore[arg-type]
    checking.session.put_document("check", "rules", {"readers_near": "no", "same_place": {"limits": 7}})
    assert checking.rules() == known_rules()


def test_more_than_can_be_followed_is_said(checking: Checking, monkeypatch: pytest.MonkeyPatch) -> None:
    checking.run()
    monkeypatch.setattr("gis.project.checking.MOST", 3)
    assert MOST > 3
    session = checking.session
    session.perform(Update("camera", session.ids("camera").tolist(), {"gb28181_id": None}))
    assert checking.outdated
    checking.run()
    assert not checking.outdated


def test_what_is_on_the_map_alone(checking: Checking) -> None:
    checking.run_in((X - 5, Y + 80, X + 300, Y + 100))
    assert {issue.rule for issue in checking.issues} == {"readers_near"}
    checking.run_on({"road": checking.session.ids("road")})
    assert {issue.rule for issue in checking.issues} == {"readers_near", "same_line"}
    assert checking.last is None


WRONG_SHAPES = [
    Polygon([(X, Y), (X + 10, Y + 10), (X + 10, Y), (X, Y + 10)]),
    Polygon(),
    LineString(),
    LineString([(X, Y), (X, Y)]),
    MultiPolygon(),
    Point(0, 0),
    Point(1e30, -1e30),
    LineString([(0, 0), (1e15, 1e15)]),
    box(119, 33, 120, 34),
]


@settings(max_examples=25, deadline=None)
@given(picks=st.lists(st.tuples(st.sampled_from(CLASSES[:8]), st.sampled_from(WRONG_SHAPES)), min_size=1, max_size=6))
def test_geometry_broken_by_other_programs_is_found_not_stumbled_over(
    town_file: Path, tmp_path_factory: pytest.TempPathFactory, picks: list[Any]
) -> None:
    path = Path(shutil.copyfile(town_file, tmp_path_factory.mktemp("broken") / "town.yantu"))
    broken = _broken(path, picks)
    with Session.open(path, author="tester") as session:
        checking = Checking(session)
        checking.run()
        for issue in checking.issues:
            assert issue.text("zh")
            assert issue.place is None or np.isfinite(issue.place).all()
        for cls, id in broken:
            assert any(issue.cls == cls and id in issue.ids for issue in checking.issues)
        before = keys(checking)
        for cls, id in broken:
            checking.run_on({cls: [id]})
        assert keys(checking) == before
        checking.fix_alike(checking.issues)
        assert checking.outdated or keys(checking) == whole(session)
        checking.close()


def _broken(path: Path, picks: list[Any]) -> list[tuple[str, int]]:
    """Writes shapes that our own edits would refuse past the program, in the form of SpatiaLite."""
    broken = []
    connection = engine.connect(path)
    catalogue = load_catalogue()
    for cls, shape in picks:
        kind = catalogue[cls].geometry
        fits = {"point": "Point", "line": "LineString", "multipolygon": "MultiPolygon", "polygon": "Polygon"}[kind]
        made = MultiPolygon([shape]) if kind == "multipolygon" and shape.geom_type == "Polygon" else shape
        if made.geom_type == fits:
            id = connection.execute(f'SELECT min(id) FROM "{cls}"').get
            (blob,) = encode_blobs(np.array([made], object), 4549)
            connection.execute(f'UPDATE "{cls}" SET geom = ? WHERE id = ?', (blob, id))
            broken.append((cls, int(id)))
    connection.close()
    return broken
