import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.catalogue import load_catalogue
from gis.editing.values import TEXT_LIMIT, differ, nulls, read_column, read_value, stored
from gis.errors import Refusal

CAMERA = load_catalogue()["camera"]


def read(field, value):
    return read_value(CAMERA, CAMERA.field(field), value)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("azimuth", "90", 90.0),
        ("azimuth", " ３６０ ", 360.0),
        ("azimuth", np.float32(12.5), 12.5),
        ("tilt", "−15", -15.0),
        ("height_m", "6.5 m", 6.5),
        ("azimuth", "45°", 45.0),
        ("storage_days", "30.0", 30.0),
        ("networked", "是", 1.0),
        ("networked", "No", 0.0),
        ("networked", True, 1.0),
        ("networked", 0, 0.0),
        ("status", "在用", "in_service"),
        ("status", "planned", "planned"),
        ("status", "under CONSTRUCTION", "building"),
        ("camera_class", 2.0, "2"),
        ("installed_on", "2020年3月5日", "2020-03-05"),
        ("installed_on", "20200305", "2020-03-05"),
        ("installed_on", "2020/3/5 8:30", "2020-03-05"),
        ("installed_on", dt.datetime(2020, 3, 5, 12), "2020-03-05"),
        ("installed_on", pd.Timestamp("2020-03-05"), "2020-03-05"),
        ("code", 12.0, "12"),
        ("name", "e\u0301cole\r\n", "école"),
        ("uplink_cable", "17", 17),
        ("name", "  ", None),
        ("name", float("nan"), None),
        ("azimuth", pd.NA, None),
        ("installed_on", pd.NaT, None),
        ("uplink_cable", 0, None),
    ],
)
def test_reads(field, value, expected):
    assert read(field, value) == expected


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("azimuth", "abc", "edit.not_a_number"),
        ("azimuth", "12,5", "edit.not_a_number"),
        ("azimuth", "nan", "edit.not_a_number"),
        ("azimuth", True, "edit.not_a_number"),
        ("azimuth", math.inf, "edit.not_a_number"),
        ("azimuth", "1e999", "edit.not_a_number"),
        ("azimuth", 361, "edit.out_of_range"),
        ("azimuth", -0.5, "edit.out_of_range"),
        ("storage_days", 1.5, "edit.not_whole"),
        ("networked", "maybe", "edit.not_yes_or_no"),
        ("networked", 2, "edit.not_yes_or_no"),
        ("status", "broken", "edit.not_in_list"),
        ("camera_class", True, "edit.not_in_list"),
        ("installed_on", "2020-02-30", "edit.not_a_date"),
        ("installed_on", "1066-10-14", "edit.not_a_date"),
        ("installed_on", "2020", "edit.not_a_date"),
        ("installed_on", "2020-01-01 25:00", "edit.not_a_date"),
        ("installed_on", 20200305, "edit.not_a_date"),
        ("name", "a\x00b", "edit.control_characters"),
        ("name", "\ud800", "edit.control_characters"),
        ("code", "two\nlines", "edit.control_characters"),
        ("remark", "x" * (TEXT_LIMIT + 1), "edit.too_long"),
        ("code", "x" * 101, "edit.too_long"),
        ("name", b"bytes", "edit.not_text"),
        ("name", True, "edit.not_text"),
        ("name", ["list"], "edit.not_text"),
        ("uplink_cable", "12.5", "edit.no_such_target"),
        ("azimuth", 10**4000, "edit.not_a_number"),
        ("name", -(10**4000), "edit.not_text"),
        ("name", math.inf, "edit.not_text"),
        ("uplink_cable", "9" * 5000, "edit.no_such_target"),
        ("uplink_cable", 10**4000, "edit.no_such_target"),
        ("uplink_cable", -3, "edit.no_such_target"),
        ("uplink_cable", 2**53, "edit.no_such_target"),
        ("uplink_cable", math.inf, "edit.no_such_target"),
    ],
)
def test_refuses_in_both_languages(field, value, code):
    with pytest.raises(Refusal) as caught:
        read(field, value)
    assert caught.value.code == code
    for language in ("zh", "en"):
        assert caught.value.message(language)
        assert "{" not in caught.value.message(language) + caught.value.hint(language)
    assert CAMERA.field(field).label.zh in caught.value.message("zh")


def test_remark_keeps_its_lines():
    assert read("remark", "one\r\ntwo") == "one\ntwo"


def test_column_of_numbers_is_checked_at_once_and_lists_every_bad_row():
    values = np.array([0.0, 400.0, np.nan, -1.0, np.inf])
    column, problems = read_column(CAMERA, CAMERA.field("azimuth"), values)
    assert np.array_equal(column, [0.0, np.nan, np.nan, np.nan, np.nan], equal_nan=True)
    assert {row: p.code for row, p in problems.items()} == {
        1: "edit.out_of_range", 3: "edit.out_of_range", 4: "edit.not_a_number",
    }  # fmt: skip
    assert values[1] == 400.0, "the given array is not written to"


def test_column_of_wholes_booleans_and_keys():
    field = CAMERA.field("storage_days")
    assert {row: p.code for row, p in read_column(CAMERA, field, np.array([1.0, 1.5]))[1].items()} == {
        1: "edit.not_whole"
    }
    assert list(read_column(CAMERA, CAMERA.field("networked"), np.array([2, 0, 1]))[1]) == [0]
    keys, problems = read_column(CAMERA, CAMERA.field("uplink_cable"), np.array([2**53 - 1, 0, -1]))
    assert keys.tolist() == [2**53 - 1, 0, 0]
    assert list(problems) == [2]


@given(st.lists(st.one_of(st.none(), st.floats(), st.integers(), st.text(), st.booleans(), st.dates()), max_size=8))
def test_a_column_reads_as_its_values_one_by_one(values):
    for field in CAMERA.fields:
        column, problems = read_column(CAMERA, field, values)
        for row, value in enumerate(values):
            try:
                expected, code = read_value(CAMERA, field, value), None
            except Refusal as problem:
                expected, code = None, problem.code
            assert (problems[row].code if row in problems else None) == code
            assert not differ(field, column[row : row + 1], stored(field, [expected])).any()
        assert nulls(field, column)[list(problems)].all()


@given(st.one_of(st.floats(allow_nan=False), st.text(), st.dates(), st.booleans()))
def test_reading_a_read_value_again_changes_nothing(value):
    for field in CAMERA.fields:
        try:
            once = read_value(CAMERA, field, value)
        except Refusal:
            continue
        assert read_value(CAMERA, field, once) == once
