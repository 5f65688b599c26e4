"""A table of a file cut into parts, rows taken out of it, and its plain numbers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.errors import Refusal
from gis.exchange.raw import RawTable, Reject


def table() -> RawTable:
    cells = {
        "code": np.array(["A", "B", None, "D"], dtype=object),
        "lon": np.array(["120.1", "-1e2", None, ".5"], dtype=object),
    }
    lines = np.array([2, 3, 5, 6], dtype=np.int64)
    points = shapely.points([1, 2, 3, 4], [5, 6, 7, 8])
    return RawTable(("code", "lon"), cells, lines, points, unreadable=(Reject(4, Refusal("import.no_feature")),))


@pytest.mark.parametrize(("start", "stop", "lines"), [(1, 3, [3, 5]), (3, 99, [6]), (2, 1, []), (0, 4, [2, 3, 5, 6])])
def test_part(start: int, stop: int, lines: list[int]) -> None:
    part = table().part(start, stop)
    assert part.lines.tolist() == lines
    assert part.cells["code"].tolist() == table().cells["code"][start:stop].tolist()
    assert part.geometry is not None
    assert len(part.geometry) == len(lines)
    assert part.unreadable == ()


def test_taken_rows_keep_their_order_and_what_was_unreadable() -> None:
    taken = table().taken(np.array([3, 0]))
    assert taken.cells["code"].tolist() == ["D", "A"]
    assert taken.lines.tolist() == [6, 2]
    assert [reject.line for reject in taken.unreadable] == [4]


def test_numbers_are_given_only_where_every_cell_is_one() -> None:
    numbers = table().numbers("lon")
    assert numbers is not None
    np.testing.assert_array_equal(numbers, [120.1, -100, np.nan, 0.5])
    assert table().numbers("code") is None


@pytest.mark.parametrize("cell", ["1_0", "nan", "inf", "1,5", "１２", "1 2", "0x1", "1e", "", "1.2.3", "--1", "٣"])
def test_what_python_or_people_might_take_for_a_number_is_not_plain(cell: str) -> None:
    column = np.array(["1", cell], dtype=object)
    assert RawTable(("a",), {"a": column}, np.array([2, 3])).numbers("a") is None
