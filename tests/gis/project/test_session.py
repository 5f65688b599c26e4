import json
import threading

import numpy as np
import pytest
import shapely

from gis.editing import Batch, Create, Delete, Load, Move, Reshape, Update, UpdateMany, fresh_keys
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.progress import Progress
from gis.project import Run, Session
from gis.project.session import os_user
from tests.gis.project.conftest import X, Y, key, point
from tests.gis.project.contents import contents


def objects(values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


# ---- what it is


def test_info_is_plain_json(session):
    info = json.loads(json.dumps(session.info()))
    assert (info["crs"], info["name"], info["healthy"], info["features"]) == ("EPSG:4549", "小城", True, 10)
    assert info["classes"]["cell"] == {"count": 2}
    assert set(info["classes"]) == {cls.name for cls in session.catalogue}
    assert info["extent"][0] <= X
    assert info["extent"][2] >= X + 300


def test_author_is_the_given_one_or_the_systems_user(path, tmp_path):
    with Session.open(path) as session:
        assert session.author == os_user() != ""
    with Session.create(tmp_path / "new.sqlite", author="李工", crs="EPSG:4528") as session:
        assert (session.author, session.srid, session.crs.to_epsg()) == ("李工", 4528, 4528)
        assert session.bounds[0] > 40_000_000


def test_reading_through_the_session(session):
    cable = key(session, "cable", "K-1")
    assert session.count("cable") == 2
    assert session.counts()["cable"] == 2
    assert session.row("cable", cable)["code"] == "K-1"
    assert session.row("cable", 1) is None
    assert session.columns("cable", ["code"], ids=[cable]).fields["code"].tolist() == ["K-1"]
    assert len(session.shapes("cable")) == 2
    assert session.frame("cable").crs.to_epsg() == 4549
    assert cable in session.ids_in("cable", (X + 90, Y - 1, X + 110, Y + 1))
    assert session.extent("camera") is not None
    assert [hit.code for hit in session.search("校门")] == ["CAM-1"]
    assert session.sql("SELECT count(*) AS n FROM cable") == (["n"], [(2,)])
    with session.reading() as snapshot:
        assert snapshot.count("cell") == 2


# ---- edits and events


def test_an_edit_is_announced_after_it_is_committed(session, path):
    seen = []

    def listen(changed):
        seen.append((changed, contents(path)["camera"][0]))

    stop = session.subscribe(listen)
    camera = key(session, "camera", "CAM-1")
    done = session.perform(Update("camera", [camera], {"azimuth": "90"}))
    (changed, stored) = seen[0]
    assert changed is done.changed
    assert (changed.classes, changed.origin, changed.label) == (("camera",), "edit", "edit.update")
    assert changed.ids["camera"].tolist() == [camera]
    assert changed.bbox == (X + 7, Y, X + 7, Y)
    assert changed.version == session.version
    assert 90.0 in stored, "the file already holds it"
    session.undo()
    session.redo()
    assert [change.origin for change, _ in seen] == ["edit", "undo", "redo"]
    stop()
    stop()
    session.perform(Update("camera", [camera], {"azimuth": 91}))
    assert len(seen) == 3


def test_created_ids_come_back_in_order(session):
    done = session.perform(Create("camera", [{"code": c, "geom": point()} for c in "zyx"]))
    assert [session.row("camera", i)["code"] for i in done.created["camera"]] == list("zyx")


def test_what_changes_nothing_makes_no_entry_and_no_event(session):
    seen = []
    session.subscribe(seen.append)
    before = session.can_undo
    camera = key(session, "camera", "CAM-1")
    assert session.perform(Update("camera", [camera], {"name": " 校门口 "})).seq is None
    assert session.perform(Move("camera", [camera], 0, 0)).seq is None
    round_trip = [Move("camera", [camera], 1, 0), Move("camera", [camera], -1, 0)]
    assert session.perform(Delete("camera", [])).seq is None
    assert session.can_undo == before
    assert seen == []
    session.perform(Batch("edit.move", {}, round_trip))
    assert session.row("camera", camera)["geom"].equals(point(7))


def test_a_listener_that_fails_hides_nothing(session, caplog):
    seen = []

    def broken(changed):
        raise RuntimeError("listener")

    session.subscribe(broken)
    session.subscribe(seen.append)
    assert session.perform(Create("camera", [{"geom": point()}])).seq is not None
    assert len(seen) == 1
    assert "listener" in caplog.text


def test_an_import_is_one_step_and_says_so(session):
    seen = []
    session.subscribe(seen.append)
    n = 10_000
    columns = Columns(
        "premises", np.zeros(n, np.int64), {"code": objects([f"P{i}" for i in range(n)])},
        shapely.points(np.linspace(X, X + 5000, n), np.full(n, Y)),
    )  # fmt: skip
    label = {"file": "homes.csv", "new": n, "changed": 0}
    done = session.perform(Batch("import.file", label, [Load(columns)]))
    assert session.count("premises") == n == len(done.created["premises"])
    assert seen[0].origin == "import"
    assert session.history(limit=1)[0].counts == {"premises": n}
    ids = session.ids("premises")
    session.perform(UpdateMany(Columns("premises", ids, {"households": np.arange(n) % 5})))
    session.perform(Move("premises", ids, 10, 10))
    session.perform(Delete("premises", ids))
    assert session.count("premises") == 0
    session.undo(4)
    assert session.count("premises") == 0
    session.redo(3)
    columns = session.columns("premises", ["households"])
    assert columns.fields["households"].sum() == sum(i % 5 for i in range(n))
    assert shapely.get_y(columns.geometry).tolist() == [Y + 10] * n
    assert session.verify() == []


def test_cancelled_work_leaves_nothing(session, path):
    progress = Progress(lambda done, total, label: progress.cancel())
    before = contents(path)
    columns = Columns("premises", fresh_keys(20_000), {}, shapely.points(np.full(20_000, X), np.full(20_000, Y)))
    with pytest.raises(Exception, match=r"^$") as caught:
        session.perform(Load(columns), progress)
    assert type(caught.value).__name__ == "Cancelled"
    assert contents(path) == before
    assert session.perform(Create("camera", [{"geom": point()}])).seq is not None


@pytest.mark.parametrize(
    ("intent", "code"),
    [
        (Create("camera", [{"code": "CAM-1", "geom": point()}]), "edit.taken"),
        (Create("camera", [{"geom": shapely.Point(120.1, 33.4)}]), "edit.outside"),
        (Update("camera", [12345], {"azimuth": 1}), "edit.missing_rows"),
        (Create("camera", [{"geom": point(), "uplink_cable": "K-9"}]), "edit.no_such_target"),
        (Move("camera", [12345], 1, 1), "edit.missing_rows"),
        (Reshape("camera", 12345, point()), "edit.missing_rows"),
        (Delete("nothing", [1]), "catalogue.no_class"),
    ],
)
def test_refused_edits_change_nothing(session, path, intent, code):
    before, entries = contents(path), session.history()
    with pytest.raises(Refusal) as caught:
        session.perform(intent)
    assert caught.value.code == code
    assert contents(path) == before
    assert session.history() == entries


def test_attached_rows_decide(session):
    cable = key(session, "cable", "K-1")
    with pytest.raises(Refusal) as caught:
        session.perform(Delete("cable", [cable]))
    assert caught.value.code == "edit.attached"
    assert caught.value.arguments["counts"] == {"splitter": 1, "camera": 1}
    session.perform(Delete("cable", [cable], "detach"))
    assert session.row("splitter", key(session, "splitter", "S-1"))["input_cable"] is None
    session.undo()
    session.perform(Delete("base_station", [key(session, "base_station", "BS-1")]))
    assert session.count("cell") == 0
    session.perform(Delete("fibre_node", [key(session, "fibre_node", "N-2")], "cascade"))
    assert (session.count("cable"), session.count("splitter"), session.count("camera")) == (0, 0, 0)
    assert session.verify() == []
    session.undo(2)
    assert (session.count("cable"), session.count("splitter"), session.count("camera")) == (2, 1, 1)
    assert session.verify() == []


# ---- history


def test_history_says_who_when_and_what(session):
    camera = key(session, "camera", "CAM-1")
    session.perform(Update("camera", [camera], {"networked": "是", "azimuth": 45}))
    session.perform(Move("camera", [camera], 3, 4))
    moved, updated, made = session.history(cls="camera", id=camera)
    assert (updated.author, made.author) == ("tester", "maker")
    assert updated.at.endswith("Z")
    assert updated.text("zh") == "修改监控点 1 个：已联网、方位角"
    assert updated.text("en") == "Change Camera × 1: Networked, Azimuth"
    assert moved.text("zh") == "移动监控点 1 个，5.0 米"
    (change,) = session.entry_details(updated.seq)
    assert (change.cls, change.id, change.op) == ("camera", camera, "update")
    assert (change.old["networked"], change.new["networked"]) == (False, True)
    assert (change.old["azimuth"], change.new["azimuth"]) == (None, 45.0)
    assert "name" not in change.new
    (change,) = session.entry_details(moved.seq)
    assert (change.old["geom"], change.new["geom"]) == (point(7), point(10, 4))
    (change,) = session.entry_details(made.seq)
    assert (change.op, change.old, change.new["name"], change.new["geom"]) == ("insert", {}, "校门口", point(7))
    session.perform(Delete("camera", [camera]))
    (change,) = session.entry_details(session.history(limit=1)[0].seq)
    assert (change.op, change.new, change.old["geom"]) == ("delete", {}, point(10, 4))


def test_history_pages_and_filters(session):
    everything = session.history()
    assert [entry.seq for entry in everything] == [6, 5, 4, 3, 2, 1]
    assert session.history(limit=2, before=4) == everything[3:5]
    assert [entry.seq for entry in session.history(cls="cable")] == [4]
    assert session.entry(3) == everything[3]
    with pytest.raises(Refusal) as caught:
        session.entry(99)
    assert caught.value.code == "storage.no_entry"


def test_details_of_ten_thousand_rows(session):
    n = 10_001
    shapes = shapely.points(np.linspace(X, X + 5000, n), np.full(n, Y))
    seq = session.perform(Load(Columns("camera", np.zeros(n, np.int64), {}, shapes))).seq
    changes = session.entry_details(seq)
    assert len(changes) == n
    assert {change.new["geom"].geom_type for change in changes} == {"Point"}
    few = session.entry_details(seq, limit=3)
    assert [change.id for change in few] == [change.id for change in changes[:3]]
    session.perform(Create("camera", [{"geom": point()}]))  # a look that ended early holds no lock


# ---- undo and redo


def test_undo_and_redo_several_and_to_the_end(session):
    assert session.can_redo is None
    assert session.undo(2) == [6, 5]
    assert session.can_undo.seq == 4
    assert session.can_redo.seq == 5
    assert session.redo(9) == [5, 6]
    assert session.undo(100) == [6, 5, 4, 3, 2, 1]
    assert sum(session.counts().values()) == 0
    for step, code in ((session.undo, "storage.nothing_to_undo"), (session.redo, None)):
        if code:
            with pytest.raises(Refusal) as caught:
                step()
            assert caught.value.code == code
    session.redo(6)
    with pytest.raises(Refusal) as caught:
        session.redo()
    assert caught.value.code == "storage.nothing_to_redo"


def test_a_new_edit_closes_the_way_to_redo(session):
    session.undo()
    session.perform(Create("camera", [{"code": "NEW", "geom": point()}]))
    assert session.can_redo is None
    old = session.entry(6)
    assert (old.undone, old.superseded) == (True, True)


def test_undo_reaches_over_a_restart(path):
    with Session.open(path) as session:
        session.undo(2)
    with Session.open(path) as session:
        assert session.can_redo.seq == 5
        assert session.redo(2) == [5, 6]


# ---- runs, files, copies, health


def run_of(session, **other):
    given = {
        "id": None, "kind": "wifi", "name": "一", "params": {"area": "320902"}, "input_version": session.version,
        "seed": 0, "started_at": "2025-01-01T00:00:00", "duration_s": 1.5, "summary": {"areas": []}, "files": {},
    }  # fmt: skip
    return Run(**(given | other))


def test_runs_are_kept_and_grow_stale_when_their_inputs_change(path):
    with Session.open(path) as session:
        first = session.save_run(run_of(session))
        second = session.save_run(run_of(session, kind="cells"))
        session.perform(Create("wifi_hotspot", [{"geom": point()}]))
        third = session.save_run(run_of(session))
    with Session.open(path) as session:
        assert [run.id for run in session.runs()] == [third, second, first]
        stale = {run.id: session.is_stale(run) for run in session.runs()}
        assert stale == {first: True, second: False, third: False}
        saved = session.run(first)
        assert saved == run_of(session, id=first, input_version=saved.input_version)
        session.save_run(run_of(session, id=first, files={"coverage": "runs/1/coverage.tif"}))
        assert session.run(first).files == {"coverage": "runs/1/coverage.tif"}
        with pytest.raises(Refusal) as caught:
            session.run(99)
        assert caught.value.code == "project.no_run"
        assert session.can_undo.seq == 7, "a run is no edit"


def test_attachments_lie_beside_the_file(session, path):
    folder = session.attachments_folder()
    assert folder.is_dir()
    assert folder == path.with_name("city.sqlite.files")
    folder.rmdir()
    folder.write_text("in the way")
    with pytest.raises(Refusal) as caught:
        session.attachments_folder()
    assert caught.value.code == "project.no_attachments"


def test_read_only(path):
    with Session.open(path, readonly=True) as session:
        assert session.readonly
        assert session.count("camera") == 1
        assert session.can_undo is None
        assert not session.attachments_folder().exists()
        for wish in (lambda: session.perform(Create("camera", [{"geom": point()}])), session.undo, session.redo):
            with pytest.raises(Refusal) as caught:
                wish()
            assert caught.value.code == "storage.opened_readonly"


def test_copies_hold_the_same(session, path, tmp_path):
    session.backup(tmp_path / "backup.sqlite")
    session.copy_for_others(tmp_path / "copy.sqlite")
    here = contents(path)
    assert contents(tmp_path / "backup.sqlite") == here
    assert contents(tmp_path / "copy.sqlite") == here


def test_a_damaged_spatial_index_is_told_and_mended(path):
    with Session.open(path) as session:
        session._store._writer.execute('DELETE FROM "idx_camera_geom"')
        assert [p.code for p in session.problems()] == ["storage.problem_spatial_index"]
        assert not session.info()["healthy"]
        seen = []
        session.subscribe(seen.append)
        assert session.mend() == []
        assert [(c.origin, c.classes) for c in seen] == [("rebuilt", ("camera",))]
        assert session.info()["healthy"]
        assert len(session.ids_in("camera", session.extent())) == 1
        assert session.mend() == []


def test_writes_of_many_threads_all_arrive_in_order(session):
    versions = []
    session.subscribe(lambda changed: versions.append(changed.version))
    refusals = []

    def work(name):
        for i in range(10):
            try:
                session.perform(Create("camera", [{"code": f"{name}-{i}", "geom": point(i)}]))
                session.columns("camera", ["code"])
                session.history(limit=3)
            except Exception as error:
                refusals.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refusals == []
    assert session.count("camera") == 41
    assert versions == sorted(versions)
    assert len(set(versions)) == 40


def test_looking_again_after_edits_raises_no_false_alarm(session):
    """FTS5 of the reading connection remembers the index's structure from the first look."""
    for i in range(40):
        session.perform(Create("camera", [{"name": f"第 {i} 号", "remark": "x" * 300, "geom": point(i)}]))
        if i % 4 == 0:
            assert session.verify() == []
