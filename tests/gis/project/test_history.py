"""The history finds what is asked for, leads to any point, tells each version of a feature and restores it."""

import csv
import random

import apsw
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.editing import Batch, Create, Delete, Load, Move, Update
from gis.errors import Cancelled, Refusal
from gis.geometry.columns import Columns
from gis.progress import Progress
from gis.project import Session
from gis.project.history_conflicts import collision, settle
from gis.project.history_report import write_report
from gis.project.history_search import HistoryFilter
from gis.project.history_versions import restoring, undeleting, versions
from gis.project.history_words import local_time, utc_moment
from gis.storage import journal, journal_rows
from tests.gis.project.conftest import X, Y, key, point
from tests.gis.project.contents import contents


@pytest.fixture
def named(session):
    """The camera renamed three times; its id and the numbers of the edits."""
    id = key(session, "camera", "CAM-1")
    return id, [session.perform(Update("camera", [id], {"name": name})).seq for name in ("甲", "乙", "丙")]


def seqs(session, **wanted):
    return [entry.seq for entry in session.search_history(HistoryFilter(**wanted)).page()]


# Finding


def test_entries_by_author_class_feature_words_and_number(session, named):
    id, (first, second, third) = named
    session.author = "别人"
    road = session.perform(Create("road", [{"name": "建军路", "geom": shapely.LineString([point(), point(50)])}])).seq
    assert seqs(session, author="tester") == [third, second, first]
    assert seqs(session, author="别人") == [road]
    assert seqs(session, cls="road") == [road]
    assert seqs(session, cls="camera", id=id)[:3] == [third, second, first]
    assert seqs(session, text="道路") == seqs(session, text="ROAD") == [road]
    assert seqs(session, text=f"#{second}") == [second]
    assert seqs(session, text="nowhere") == []
    assert session.authors() == sorted(["maker", "tester", "别人"])


def test_entries_of_a_period(session, named):
    newest = session.history(limit=1)[0]
    assert seqs(session, since=newest.at)[0] == newest.seq
    assert newest.seq not in seqs(session, until=newest.at)
    assert seqs(session, since="2999-01-01T00:00:00Z") == []


def test_entries_of_an_area_know_where_things_lay_at_the_time(session):
    far = point(50_000)
    made = session.perform(Create("camera", [{"code": "F-1", "geom": far}]))
    id = made.created["camera"][0]
    renamed = session.perform(Update("camera", [id], {"name": "远处"})).seq
    moved = session.perform(Move("camera", [id], -20_000, 0)).seq
    later = session.perform(Update("camera", [id], {"name": "挪走了"})).seq
    there = (far.x - 10, far.y - 10, far.x + 10, far.y + 10)
    assert seqs(session, bbox=there) == [moved, renamed, made.seq]
    assert seqs(session, bbox=there, text="新建") == [made.seq]
    deleted = session.perform(Delete("camera", [id])).seq
    now = (far.x - 20_010, far.y - 10, far.x - 19_990, far.y + 10)
    assert seqs(session, bbox=now) == [deleted, later, moved, renamed, made.seq][:3] + seqs(session, bbox=now)[3:]
    assert {deleted, later, moved} <= set(seqs(session, bbox=now))


def test_pages_follow_one_another_without_gap(session, named):
    for i in range(30):
        session.perform(Update("camera", [named[0]], {"remark": str(i)}))
    every = [entry.seq for entry in session.history(limit=1000)]
    for wanted in (HistoryFilter(), HistoryFilter(text="修改")):
        search = session.search_history(wanted)
        pages = []
        while not search.ended:
            page = search.page(7)
            assert len(page) <= 7
            pages += [entry.seq for entry in page]
        assert pages == [seq for seq in every if not wanted.text or "修改" in session.entry(seq).text("zh")]
        assert search.page(7) == []


def test_a_search_can_be_stopped(session, named):
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        session.search_history(HistoryFilter(text="x")).page(5, progress)


# Going to a point


def test_going_to_any_point_and_back(session, named):
    id, (first, _, third) = named
    steps = []
    assert session.steps_to(first) == 2
    session.go_to(first, Progress(lambda done, total, label: steps.append((done, total, label))))
    assert session.row("camera", id)["name"] == "甲"
    assert steps == [(0, 2, "history.undo"), (1, 2, "history.undo")]
    assert session.steps_to(third) == -2
    session.go_to(third)
    assert session.row("camera", id)["name"] == "丙"
    assert session.go_to(third) == []
    session.go_to(0)
    assert sum(session.counts().values()) == 0


def test_what_was_undone_for_good_cannot_be_gone_to(session, named):
    id, (_, second, third) = named
    session.undo(2)
    session.perform(Update("camera", [id], {"name": "丁"}))
    for seq in (second, third):
        with pytest.raises(Refusal, match=r"storage\.superseded"):
            session.go_to(seq)
    with pytest.raises(Refusal, match=r"storage\.no_entry"):
        session.go_to(99_999)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 12), max_size=8), st.integers(0, 2**31))
def test_any_walk_through_the_points_gives_each_its_own_content(tmp_path_factory, walk, seed):
    path = tmp_path_factory.mktemp("walk") / "w.yantu"
    randomly = random.Random(seed)
    with Session.create(path) as session:
        states = {0: contents(session.path)}
        for _ in range(12):
            ids = session.ids("camera").tolist()
            if len(ids) < 3 or randomly.random() < 0.4:
                done = session.perform(Create("camera", [{"geom": point(randomly.random() * 900)}]))
            elif randomly.random() < 0.5:
                done = session.perform(Move("camera", [randomly.choice(ids)], 5, 5))
            else:
                done = session.perform(Delete("camera", [randomly.choice(ids)]))
            states[done.seq] = contents(session.path)
        points = list(states)
        for place in walk:
            session.go_to(points[place])
            assert contents(session.path) == states[points[place]]


# One row of a large entry


@pytest.fixture
def large(session):
    """An import of 3,000 hotspots with tricky values; ids."""
    n = 3000
    ids = np.arange(4_000_000_000_000, 4_000_000_000_000 + n)
    names = np.array([f"T\x01\x12热点{i}" for i in range(n)], object)
    names = np.array([name.replace("\x01", "").replace("\x12", "") for name in names], object)
    done = session.perform(Load(Columns("wifi_hotspot", ids, {"name": names}, shapely.points(X + np.arange(n), Y))))
    return done.seq, ids.tolist()


def test_one_row_is_told_like_among_all(session, large):
    seq, ids = large
    session.perform(Update("wifi_hotspot", ids, {"remark": "备注" * 40}))
    update = session.history(limit=1)[0].seq
    session.perform(Delete("wifi_hotspot", ids[::2]))
    delete = session.history(limit=1)[0].seq
    for number in (seq, update, delete):
        whole = {change.id: change for change in session.entry_details(number)}
        for id in (ids[0], ids[1], ids[1500], ids[-1], ids[-2]):
            single = session.entry_details(number, cls="wifi_hotspot", id=id)
            assert single == ([whole[id]] if id in whole else [])
            assert session.entry_details(number, id=id) == single
    assert session.entry_details(seq, cls="wifi_hotspot", id=77) == []
    assert session.entry_details(seq, cls="camera", id=ids[0]) == []


def test_only_the_row_is_cut_out(session, large):
    seq, ids = large
    with session._store._consistent() as (connection, _):
        changeset = journal.changeset_of(connection, seq)
    single = journal_rows.one_row(changeset, "wifi_hotspot", ids[2000])
    assert [change.new[0] for change in apsw.Changeset.iter(single)] == [ids[2000]]
    assert len(single) * 1000 < len(changeset)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_rows_are_found_whatever_stands_beside_them(data):
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b); CREATE TABLE u (id INTEGER PRIMARY KEY, a)")
    value = st.one_of(
        st.none(), st.integers(0, 9), st.integers(-(2**40), 2**40), st.text(max_size=4),
        st.binary(max_size=300), st.sampled_from([4608, 5888, 2304]),
    )  # fmt: skip
    rows = data.draw(st.dictionaries(st.integers(1, 9), st.tuples(value, value), min_size=1))
    session = apsw.Session(connection, "main")
    session.attach()
    for id, (a, b) in rows.items():
        connection.execute("INSERT INTO t VALUES (?, ?, ?)", (id, a, b))
        connection.execute("INSERT INTO u VALUES (?, ?)", (id + 3, b))
    changeset = session.changeset()
    for id in range(1, 14):
        for table, expected in (("t", rows.get(id)), ("u", None if id - 3 not in rows else rows[id - 3][1:])):
            single = journal_rows.one_row(changeset, table, id)
            found = [tuple(c.new) for c in apsw.Changeset.iter(single)] if single is not None else []
            assert found == ([(id, *expected)] if expected is not None else [])
    session.close()
    connection.close()


# Versions and restoring


def test_versions_tell_each_state_and_what_changed(session, named):
    id, (first, second, third) = named
    session.perform(Move("camera", [id], 3, 4))
    found = versions(session, "camera", id)
    assert [v.row["name"] for v in found] == ["丙", "丙", "乙", "甲", "校门口"]
    assert [v.changed for v in found[:4]] == [("geom",), ("name",), ("name",), ("name",)]
    assert [v.entry.seq for v in found[1:4]] == [third, second, first]
    assert found[0].before["geom"].equals(point(7))
    assert found[0].row["geom"].equals(point(10, 4))
    assert found[-1].op == "insert"


def test_undone_edits_are_no_versions(session, named):
    id, _ = named
    session.undo()
    assert [v.row["name"] for v in versions(session, "camera", id)] == ["乙", "甲", "校门口"]


def test_a_feature_that_was_there_before_the_journal(tmp_path):
    with Session.create(tmp_path / "b.yantu") as session:
        columns = Columns("camera", np.array([5]), {"name": np.array(["原样"], object)}, np.array([point()]))
        session._store.load_bulk([columns])
        session.perform(Update("camera", [5], {"name": "新名"}))
        found = versions(session, "camera", 5)
        assert [(v.entry is None, v.row["name"]) for v in found] == [(False, "新名"), (True, "原样")]
        session.perform(restoring(session, "camera", 5, found[1]).intent)
        assert session.row("camera", 5)["name"] == "原样"


def test_a_version_is_restored_as_a_new_edit(session, named):
    id, _ = named
    session.perform(Move("camera", [id], 3, 4))
    before = contents(session.path)
    oldest = versions(session, "camera", id)[-1]
    made = restoring(session, "camera", id, oldest)
    assert made.lost == ()
    session.perform(made.intent)
    row = session.row("camera", id)
    assert (row["name"], row["geom"].equals(point(7))) == ("校门口", True)
    assert "校门口" in session.history(limit=1)[0].text() or "CAM-1" in session.history(limit=1)[0].text()
    session.undo()
    assert contents(session.path) == before
    assert restoring(session, "camera", id, versions(session, "camera", id)[0]).intent is None


def test_a_deleted_feature_comes_back_with_what_belonged_to_it(session):
    before = contents(session.path)
    site = key(session, "base_station", "BS-1")
    session.perform(Delete("base_station", [site]))
    assert session.count("cell") == 0
    made = undeleting(session, "base_station", site)
    assert made.along == {"cell": 2}
    session.perform(made.intent)
    after = contents(session.path)
    assert {cls: len(rows) for cls, rows in after.items()} == {cls: len(rows) for cls, rows in before.items()}
    assert session.row("base_station", site)["code"] == "BS-1"
    assert session.verify() == []


def test_what_let_go_holds_on_again(session):
    cable = key(session, "cable", "K-1")
    camera = key(session, "camera", "CAM-1")
    session.perform(Delete("cable", [cable], attached="detach"))
    assert session.row("camera", camera)["uplink_cable"] is None
    session.perform(undeleting(session, "cable", cable).intent)
    assert session.row("camera", camera)["uplink_cable"] == cable


def test_references_that_lead_nowhere_are_told(session):
    camera, cable = key(session, "camera", "CAM-1"), key(session, "cable", "K-1")
    session.perform(Delete("camera", [camera]))
    session.perform(Delete("splitter", [key(session, "splitter", "S-1")]))
    session.perform(Delete("cable", [cable]))
    made = undeleting(session, "camera", camera)
    assert [(lost.field, lost.target) for lost in made.lost] == [("uplink_cable", cable)]
    session.perform(made.intent)
    assert session.row("camera", camera)["uplink_cable"] is None


def test_what_never_was_has_no_versions(session):
    with pytest.raises(Refusal, match=r"history\.never_was"):
        versions(session, "camera", 12345)
    with pytest.raises(Refusal, match=r"history\.never_was"):
        undeleting(session, "camera", 12345)


# Conflicts


def foreign(path, sql, *params):
    """Another program writes to the file, knowing nothing of the journal."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(sql, params)
    connection.close()


def test_both_versions_of_a_row_are_told(session, path, named):
    id, (_, _, third) = named
    foreign(path, "UPDATE camera SET name = '外部' WHERE id = ?", id)
    with pytest.raises(Refusal, match=r"storage\.conflict"):
        session.undo()
    found = collision(session, "undo")
    assert found.entry.seq == third
    (row,) = found.rows
    assert (row.base, row.mine, row.theirs) == ({"name": "丙"}, {"name": "乙"}, {"name": "外部"})
    assert set(row.merged.conflicts) == {"name"}


@pytest.mark.parametrize(("keep", "name"), [("mine", "乙"), ("theirs", "外部")])
def test_a_conflict_is_settled_by_a_new_edit(session, path, named, keep, name):
    id, _ = named
    foreign(path, "UPDATE camera SET name = '外部' WHERE id = ?", id)
    done = settle(session, collision(session, "undo"), {}, keep)
    assert session.row("camera", id)["name"] == name
    if keep == "mine":
        session.undo()
        assert session.row("camera", id)["name"] == "外部", "nothing is lost"
    else:
        assert done.seq is None, "nothing differs from what stands there"


def test_fields_are_settled_one_by_one(session, path):
    id = key(session, "camera", "CAM-1")
    session.perform(Update("camera", [id], {"name": "我", "remark": "我的"}))
    foreign(path, "UPDATE camera SET name = '他', remark = '他的' WHERE id = ?", id)
    found = collision(session, "undo")
    settle(session, found, {("camera", id): {"name": "theirs", "remark": "mine"}})
    row = session.row("camera", id)
    assert (row["name"], row["remark"]) == ("他", None)


def test_rows_that_merge_cleanly_are_undone_along(session, path):
    first, second = session.perform(
        Create("camera", [{"code": f"D-{i}", "name": "旧", "geom": point(i)} for i in (1, 2)])
    ).created["camera"]
    session.perform(Update("camera", [first, second], {"name": "新"}))
    foreign(path, "UPDATE camera SET name = '外部' WHERE id = ?", first)
    settle(session, collision(session, "undo"), {}, "theirs")
    assert [session.row("camera", id)["name"] for id in (first, second)] == ["外部", "旧"]


def test_a_row_that_another_program_deleted(session, path, named):
    id, _ = named
    foreign(path, "DELETE FROM camera WHERE id = ?", id)
    found = collision(session, "undo")
    assert found.rows[0].merged.whole_row
    settle(session, found, {}, "mine")
    row = session.row("camera", id)
    assert (row["name"], row["code"]) == ("乙", "CAM-1")


def test_a_redo_conflicts_too(session, path, named):
    id, _ = named
    session.undo()
    foreign(path, "UPDATE camera SET name = '外部' WHERE id = ?", id)
    with pytest.raises(Refusal, match=r"storage\.conflict"):
        session.redo()
    settle(session, collision(session, "redo"), {}, "mine")
    assert session.row("camera", id)["name"] == "丙"


def test_settling_is_refused_once_history_has_moved_on(session, path, named):
    id, _ = named
    foreign(path, "UPDATE camera SET name = '外部' WHERE id = ?", id)
    found = collision(session, "undo")
    session.perform(Update("camera", [id], {"remark": "又改"}))
    with pytest.raises(Refusal, match=r"history\.moved_on"):
        settle(session, found, {})


# Reports and words


def test_reports_hold_every_edit_with_values(session, named, tmp_path):
    session.undo()
    target = tmp_path / "h.csv"
    total = len(session.history(limit=1000))
    assert write_report(session, target, language="zh") == total
    rows = list(csv.reader(target.open(encoding="utf-8-sig")))
    assert len(rows) == total + 1
    assert rows[1][5] == "已撤销"
    write_report(session, target, HistoryFilter(cls="camera"), language="en", values=True)
    told = target.read_text("utf-8-sig")
    assert "甲" in told
    assert "乙" in told
    page = tmp_path / "h.html"
    assert write_report(session, page, HistoryFilter(author="tester"), values=True) == 3
    said = page.read_text("utf-8")
    assert said.count("<tr") == 4
    assert "<ins>甲</ins>" in said
    assert sorted(p.name for p in tmp_path.iterdir() if "part" in p.name) == []


def test_reports_hold_no_markup_and_no_formula_of_others(session, named, tmp_path):
    session.author = "=cmd|<b>"
    session.perform(Update("camera", [named[0]], {"name": "<script>"}))
    write_report(session, tmp_path / "h.html", values=True)
    said = (tmp_path / "h.html").read_text("utf-8")
    assert "<script>" not in said
    assert "<b>" not in said
    write_report(session, tmp_path / "h.csv")
    assert ",'=cmd" in (tmp_path / "h.csv").read_text("utf-8-sig")


def test_reports_are_refused_in_other_forms_and_places(session, tmp_path):
    with pytest.raises(Refusal, match=r"history\.report_format"):
        write_report(session, tmp_path / "h.docx")
    with pytest.raises(Refusal, match=r"history\.report_failed"):
        write_report(session, tmp_path / "none" / "h.csv")


def test_moments_are_said_by_the_local_clock_and_read_back():
    at = utc_moment("2025-03-31T08:05")
    assert local_time(at) == "2025-03-31 08:05"
    assert local_time(utc_moment("2025-03-31", end=True)) == "2025-04-01 00:00"
    with pytest.raises(Refusal, match=r"history\.bad_date"):
        utc_moment("31. März")


def test_batch_is_one_point(session):
    cameras = [Create("camera", [{"geom": point(i)}]) for i in range(3)]
    done = session.perform(Batch("edit.create", {"cls_zh": "摄像机", "cls_en": "Camera", "count": 3}, cameras))
    assert session.steps_to(done.seq) == 0
