"""Long columns are read many values at a time, with the same answer as value by value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.catalogue import load_catalogue
from gis.editing import values
from gis.editing.values import read_column
from gis.editing.wording import shown

CATALOGUE = load_catalogue()
CAMERA = CATALOGUE["camera"]
FIELDS = ("code", "name", "status", "installed_on", "height_m", "azimuth", "networked", "storage_days", "uplink_cable")

cell = st.one_of(
    st.none(),
    st.sampled_from(["", " 12 ", "12", "12.50", "-3", "1e2", "1_000", "１２", "nan", "inf", "是", "否", "在用", "7 m",
                     "2024-02-30", "2024年2月3日", "热点\u200b", "e\u0301", "a\tb", "a\r\nb", "\x07", "x" * 101]),
    st.text(max_size=6),
    st.integers(-5, 400).map(str),
)  # fmt: skip


@given(st.sampled_from(FIELDS), st.lists(cell, max_size=8), st.integers(1, 3))
def test_many_at_once_is_one_by_one(name: str, cells: list[str | None], times: int) -> None:
    field = CAMERA.field(name)
    column = np.empty(len(cells) * times, dtype=object)
    column[:] = cells * times
    expected, wrong = values._one_by_one(CAMERA, field, column)
    made = values._many(CAMERA, field, column)
    assert made is not None
    got, problems = made
    assert got.dtype == expected.dtype
    assert all(a == b or (a != a and b != b) for a, b in zip(got.tolist(), expected.tolist(), strict=True))
    assert {row: (p.code, p.arguments.get("value")) for row, p in problems.items()} == {
        row: (p.code, p.arguments.get("value")) for row, p in wrong.items()
    }


@pytest.mark.parametrize("name", ["code", "name", "height_m", "status"])
def test_a_long_column_with_bad_cells_names_each_row(name: str) -> None:
    field = CAMERA.field(name)
    good = {"code": "K-{}", "name": "相机{}", "height_m": "{}", "status": "在用"}[name]
    cells = [good.format(i % 300) if name != "code" else good.format(i) for i in range(2000)]
    bad = {"code": "a\x07", "name": "\ufffe", "height_m": "high", "status": "gone"}[name]
    cells[7] = cells[1999] = bad
    column, problems = read_column(CAMERA, field, np.array(cells, dtype=object))
    assert sorted(problems) == [7, 1999]
    assert problems[7].arguments["value"] == shown(bad)
    assert values.nulls(field, column).sum() == 2
    if name == "height_m":
        assert column[8] == 8.0


def test_a_long_column_of_mixed_values_is_read_one_by_one() -> None:
    mixed = [True, 1, 1.0, "1"] * 300  # equal and hashed alike, yet a yes is no text
    column, problems = read_column(CAMERA, CAMERA.field("name"), mixed)
    assert column.tolist()[1:4] == ["1", "1", "1"]
    assert sorted(problems) == list(range(0, 1200, 4))


def test_nothing_in_a_long_column() -> None:
    for name in FIELDS:
        column, problems = read_column(CAMERA, CAMERA.field(name), [None] * 1000)
        assert values.nulls(CAMERA.field(name), column).all()
        assert not problems
