"""What the user decides: modes, single rows, what is kept; counts add up and nothing is decided twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.editing import Load, UpdateMany
from gis.errors import Refusal
from gis.exchange.decisions import MODES, Decided, Decisions, Mode, RowDecision, decided
from gis.exchange.staged import Staged
from gis.geometry.columns import Columns
from tests.gis.exchange.staging_cases import X, features, outcomes, staged, table, written


@pytest.fixture(scope="module")
def found() -> Staged:
    """Line 2 new, 3 changed in name and place, 4 the same, 5 and 6 in conflict, 7 rejected."""
    there = features(
        "wifi_hotspot",
        {"id": 1, "code": "A", "name": "旧", "owner": "mobile", "at": (0, 0)},
        {"id": 2, "code": "B", "name": "站", "at": (100, 0)},
        {"id": 3, "name": "左", "at": (200, 0)},
        {"id": 4, "name": "右", "at": (200.4, 0)},
    )
    raw = table(
        ("N", "新点", None, 50, 50),
        ("A", "新", None, 5, 0),
        ("B", "站", None, 100, 0),
        (None, "中", "电信", 200.1, 0),
        ("N", "另一个", None, 60, 50),
        ("Z", "坏", "nobody", 0, 0),
        header="code name owner x y",
    )
    found = staged("wifi_hotspot", raw, there)
    assert outcomes(found) == {2: "new", 3: "changed", 4: "same", 5: "conflict", 6: "conflict"}
    assert [r.line for r in found.rejects] == [7]
    return found


def steps(done: Decided) -> dict[type, Columns]:
    return {type(step): step.columns for step in written(done)}


def test_what_a_row_changes_is_told_field_by_field(found: Staged) -> None:
    name, geom = found.changes(1)
    assert (name.field, name.mine, name.theirs) == ("name", "新", "旧")
    assert geom.field == "geom"
    assert geom.distance_m == pytest.approx(5)
    assert found.change_counts() == {"name": 1, "geom": 1}
    assert (found.altered >> np.uint64(found.names.index("geom")) & np.uint64(1)).tolist() == [0, 1, 0, 0, 0]
    assert found.changes(0) == found.changes(2) == ()
    name = found.changes(3)[0]
    assert (name.field, name.mine, name.theirs) == ("name", "中", "左")
    assert found.changes(3, 4)[0].theirs == "右"


@pytest.mark.parametrize(
    ("mode", "new", "changed"),
    [("valid", 1, 1), ("update", 0, 1), ("add", 1, 0), ("geometry", 0, 1), ("attributes", 0, 1)],
)
def test_modes(found: Staged, mode: Mode, new: int, changed: int) -> None:
    done = decided(found, Decisions(mode))
    assert done.applied_counts() == {"new": new, "changed": changed, "left": 6 - new - changed}
    assert done.counts() == found.counts()
    made = steps(done)
    if changed:
        assert ("name" in made[UpdateMany].fields) == (mode != "geometry")
        assert (made[UpdateMany].geometry is not None) == (mode != "attributes")
        assert set(made[UpdateMany].fields) <= {"name"}  # what no row changes is not written
    assert {type(step): len(step.columns) for step in written(done)} == {
        kind: count for kind, count in ((Load, new), (UpdateMany, changed)) if count
    }
    assert (done.applied_counts()["new"], done.applied_counts()["changed"]) == (new, changed)


def test_all_or_nothing(found: Staged) -> None:
    with pytest.raises(Refusal) as refused:
        decided(found, Decisions("all"))
    assert refused.value.code == "import.not_all"
    assert refused.value.arguments == {"rejected": 1, "conflict": 2}
    whole = staged("wifi_hotspot", table(("N", 0, 0), ("N", 5, 5), header="code x y"))
    with pytest.raises(Refusal):
        decided(whole, Decisions("all"))
    done = decided(whole, Decisions("all", rows={3: RowDecision("skip")}))
    assert done.applied_counts() == {"new": 1, "changed": 0, "left": 1}


def test_what_is_kept_stays_as_the_project_has_it(found: Staged) -> None:
    assert set(steps(decided(found, Decisions(keep=frozenset({"geom"}))))[UpdateMany].fields) == {"name"}
    done = decided(found, Decisions(rows={3: RowDecision("update", keep=frozenset({"name"}))}))
    made = steps(done)[UpdateMany]
    assert not made.fields
    assert made.geometry is not None
    everything = decided(found, Decisions(keep=frozenset({"geom", "name"})))
    assert everything.applied_counts()["changed"] == 0


def test_of_many_rows_each_keeps_its_own() -> None:
    there = features(
        "wifi_hotspot", *({"id": 1 + i, "code": f"A{i}", "name": "旧", "at": (i * 9, 0)} for i in range(3))
    )
    raw = table(*((f"A{i}", "新", i * 9 + 3, 0) for i in range(3)), header="code name x y")
    rows = {2: RowDecision("update", keep=frozenset({"name"})), 3: RowDecision("update", keep=frozenset({"geom"}))}
    made = steps(decided(staged("wifi_hotspot", raw, there), Decisions(rows=rows)))[UpdateMany]
    assert made.fields["name"].tolist() == ["旧", "新", "新"]
    assert made.geometry is not None
    assert [round(g.x - X) for g in made.geometry] == [3, 9, 21]


def test_a_conflict_is_put_on_a_candidate_added_or_left(found: Staged) -> None:
    done = decided(found, Decisions(rows={5: RowDecision("update", 4)}))
    assert done.counts() == {"read": 6, "new": 1, "changed": 2, "same": 1, "conflict": 1, "rejected": 1}
    made = steps(done)[UpdateMany]
    assert made.ids.tolist() == [1, 4]
    assert made.fields["name"].tolist() == ["新", "中"]
    assert made.fields["owner"].tolist() == ["mobile", "telecom"]  # row 3 says nothing of the owner
    assert decided(found, Decisions(rows={5: RowDecision("update")})).targets.tolist() == [1, 3]
    added = decided(found, Decisions(rows={5: RowDecision("add")}))
    assert added.applied_counts()["new"] == 2
    assert decided(found, Decisions(rows={5: RowDecision("skip")})).counts() == found.counts()
    with pytest.raises(Refusal) as refused:
        decided(found, Decisions(rows={5: RowDecision("update", 2)}))
    assert refused.value.code == "import.no_candidate"


def test_a_row_may_take_the_place_of_its_rival(found: Staged) -> None:
    for action in ("add", "update"):
        done = decided(found, Decisions(rows={6: RowDecision(action)}))  # type: ignore[arg-type]
        assert done.counts() == found.counts()
        assert steps(done)[Load].fields["name"].tolist() == ["另一个"]
        assert [(r.line, r.why.code) for r in done.conflicts] == [
            (2, "import.another_line_taken"), (5, "import.ambiguous"),
        ]  # fmt: skip
    both = decided(found, Decisions(rows={2: RowDecision("add"), 6: RowDecision("add")}))
    assert steps(both)[Load].fields["name"].tolist() == ["新点"]


def test_of_three_rows_of_one_code_only_one_is_added() -> None:
    three = staged("wifi_hotspot", table(("A", 0, 0), ("A", 9, 0), ("A", 18, 0), header="code x y"))
    done = decided(three, Decisions(rows={3: RowDecision("add"), 4: RowDecision("add")}))
    assert done.new.tolist() == [1]
    assert [(r.line, r.why.arguments["line"]) for r in done.conflicts] == [(2, 3), (4, 3)]


def test_a_code_that_is_taken_cannot_be_added_again() -> None:
    there = features("wifi_hotspot", {"id": 1, "code": "A", "at": (0, 0)})
    far = staged("wifi_hotspot", table(("A", 5000, 0), header="code x y"), there)
    assert [r.why.code for r in far.conflicts] == ["import.code_far"]
    assert [c.distance_m for c in far.changes(0)] == [pytest.approx(5000)]
    done = decided(far, Decisions(rows={2: RowDecision("add")}))
    assert [(r.line, r.why.code) for r in done.rejects] == [(2, "import.code_held")]
    assert done.counts()["rejected"] == 1
    assert decided(far, Decisions("all", rows={2: RowDecision("update")})).targets.tolist() == [1]


def test_two_rows_are_not_put_on_one_feature() -> None:
    there = features("wifi_hotspot", {"id": 1, "at": (0, 0)}, {"id": 2, "at": (0.4, 0)})
    two = staged("wifi_hotspot", table(("a", 0.2, 0), ("b", 0.2, 0.1), header="name x y"), there)
    done = decided(two, Decisions(rows={2: RowDecision("update", 1), 3: RowDecision("update", 1)}))
    assert steps(done)[UpdateMany].fields["name"].tolist() == ["a"]
    assert [(r.line, r.why.code) for r in done.conflicts] == [(3, "import.another_line_taken")]
    done = decided(two, Decisions(rows={2: RowDecision("update", 1), 3: RowDecision("update", 2)}))
    assert done.applied_counts()["changed"] == 2


def test_an_unknown_mode_is_refused(found: Staged) -> None:
    with pytest.raises(Refusal) as refused:
        decided(found, Decisions("some"))  # type: ignore[arg-type]
    assert refused.value.code == "import.unknown_mode"
    assert "valid" in refused.value.hint("zh")


def test_pieces_of_any_size_say_the_same() -> None:
    there = features("wifi_hotspot", *({"id": 1 + i, "code": f"A{i}", "at": (i * 9, 0)} for i in range(5)))
    rows = [(f"A{i}", f"n{i}", i * 9, 0) for i in range(12)]
    done = decided(staged("wifi_hotspot", table(*rows, header="code name x y"), there))
    sizes = [(type(step).__name__, len(step.columns)) for step in done.parts(3)]  # type: ignore[union-attr]
    assert sizes == [("Load", 3), ("Load", 3), ("Load", 1), ("UpdateMany", 3), ("UpdateMany", 2)]
    for kind in (Load, UpdateMany):
        names = np.concatenate([s.columns.fields["name"] for s in done.parts(3) if isinstance(s, kind)])
        assert names.tolist() == steps(done)[kind].fields["name"].tolist()


def test_rows_come_after_the_rows_they_belong_to() -> None:
    node = features("fibre_node", {"id": 5, "code": "N", "at": (0, 0)})
    rows = [(f"S{i}", "N", f"S{i + 1}" if i < 9 else None) for i in range(10)]
    found = staged("splitter", table(*rows, header="code node input_splitter"), node)
    done = decided(found)
    assert done.new.tolist() == list(range(9, -1, -1))
    seen: set[int] = {0}
    for part in done.parts(3):
        assert isinstance(part, Load)
        seen |= set(part.columns.ids.tolist())
        assert set(part.columns.fields["input_splitter"].tolist()) <= seen
    ring = table(("A", "N", "B"), ("B", "N", "A"), header="code node input_splitter")
    assert sorted(decided(staged("splitter", ring, node)).new.tolist()) == [0, 1]


decision = st.builds(
    RowDecision, st.sampled_from(["add", "update", "skip"]), st.just(0),
    st.frozensets(st.sampled_from(["name", "geom", "code"])),
)  # fmt: skip
place = st.tuples(st.integers(0, 3), st.integers(0, 1))


@given(
    st.lists(st.tuples(st.sampled_from([None, "A", "B", "C"]), st.sampled_from([None, "n", "m"]), place), max_size=7),
    st.lists(st.tuples(st.sampled_from([None, "A", "B"]), st.sampled_from([None, "n"]), place), max_size=4),
    st.sampled_from([mode for mode in MODES if mode != "all"]),
    st.dictionaries(st.integers(2, 8), decision, max_size=4),
)
def test_counts_add_up_and_nothing_is_given_twice(rows, held, mode, wanted) -> None:  # type: ignore[no-untyped-def]
    codes = [code for code, _, _ in held if code is not None]
    if len(codes) != len(set(codes)):
        return
    there = features("wifi_hotspot", *({"id": 1 + i, "code": code, "name": name, "at": (at[0] * 0.4, at[1] * 0.4)}
                                       for i, (code, name, at) in enumerate(held)))  # fmt: skip
    raw = table(*((code, name, at[0] * 0.4, at[1] * 0.4) for code, name, at in rows), header="code name x y")
    found = staged("wifi_hotspot", raw, there)
    done = decided(found, Decisions(mode, rows=wanted))
    for counts in (found.counts(), done.counts()):
        assert counts["read"] == len(rows) == sum(counts.values()) - counts["read"]
    assert sum(done.applied_counts().values()) == len(rows)
    made = steps(done)
    written: dict[int, str | None] = dict(enumerate([code for code, _, _ in held], 1))
    if UpdateMany in made:
        ids = made[UpdateMany].ids.tolist()
        assert len(ids) == len(set(ids))
        written |= dict(zip(ids, made[UpdateMany].fields.get("code", []), strict=False))
    new = made[Load].fields["code"].tolist() if Load in made else []
    given_codes = [code for code in (*written.values(), *new) if code is not None]
    assert len(given_codes) == len(set(given_codes))
