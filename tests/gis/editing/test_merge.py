import math

from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from gis.editing import merge

values = st.one_of(st.none(), st.integers(0, 3), st.sampled_from(["a", "b"]), st.just(math.nan),
                   st.builds(Point, st.integers(0, 1), st.integers(0, 1)))  # fmt: skip
rows = st.one_of(st.none(), st.fixed_dictionaries({"code": values, "status": values, "geom": values}))


def same(a, b):
    return (a is None) == (b is None) and (a is None or merge({}, a, b).clean)


@given(rows, rows)
def test_one_side_alone_wins(base, other):
    assert same(merge(base, other, base).row, other)
    assert same(merge(base, base, other).row, other)
    assert merge(base, other, base).clean
    assert merge(base, base, other).clean


@given(rows, rows)
def test_the_same_change_on_both_sides_is_no_conflict(base, both):
    merged = merge(base, both, both)
    assert merged.clean
    assert same(merged.row, both)


@given(rows, rows, rows)
def test_sides_can_be_swapped(base, mine, theirs):
    one, two = merge(base, mine, theirs), merge(base, theirs, mine)
    assert one.whole_row == two.whole_row
    assert set(one.conflicts) == set(two.conflicts)
    assert (one.row is None) == (two.row is None)
    if one.row is not None:
        agreed_one = {k: v for k, v in one.row.items() if k not in one.conflicts}
        agreed_two = {k: v for k, v in two.row.items() if k not in two.conflicts}
        assert same(agreed_one, agreed_two)


def test_different_fields_merge_and_one_field_conflicts():
    base = {"status": "planned", "name": "A", "geom": Point(0, 0)}
    mine = base | {"status": "building", "name": "B"}
    theirs = base | {"geom": Point(1, 1), "name": "C"}
    merged = merge(base, mine, theirs)
    assert merged.row == {"status": "building", "name": "B", "geom": Point(1, 1)}
    assert set(merged.conflicts) == {"name"}
    assert merged.conflicts["name"].theirs == "C"


def test_deleting_what_the_other_changed_asks():
    base = {"status": "planned"}
    merged = merge(base, None, {"status": "building"})
    assert merged.whole_row
    assert merged.row == {"status": "building"}
    assert merge(base, None, dict(base)).row is None
