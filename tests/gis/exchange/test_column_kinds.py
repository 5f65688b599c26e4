"""Columns known by their cells."""

from __future__ import annotations

import numpy as np
import pytest

from gis.exchange.column_kinds import column_kinds
from gis.exchange.raw import RawTable


def kind(*cells: str | None) -> str:
    column = np.array([*cells, None], dtype=object)
    return column_kinds(RawTable(("a",), {"a": column}, np.arange(len(column))))["a"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((), "empty"),
        (("1", "-20", "0", "300"), "whole"),
        (("1", "2.5", "-.5", "1e3"), "number"),
        (("１２", "７"), "whole"),
        (("32090200001320000001", "32090200001320000002"), "code"),
        (("007", "012"), "code"),
        (("HP-001", "HP-002", "盐都-3"), "code"),
        (("a0:1f:22:33:44:55", "a0:1f:22:33:44:56"), "code"),
        (("移动", "电信", "移动"), "text"),
        (("4G", "5G", "4G", "5G", "5G"), "text"),
        (("2024-01-02", "2024/1/2", "2024年1月2日", "2024-01-02T08:00:00Z"), "date"),
        (("20240102", "20231231"), "date"),
        (("1/18/2017", "6/21/2017"), "date"),
        (("20241302", "20231231"), "whole"),
        (("120°08′12.5″", "119 59 3.1"), "angle"),
        (("33.5N", "33.6N"), "angle"),
        (("是", "否", "是"), "yes/no"),
        (("TRUE", "false"), "yes/no"),
        (("461.993.881", "46.2", "462.289.778"), "mangled"),
        (("解放南路1号", "人民路 2 号东侧杆上"), "text"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value)[:24] or "nothing",
)
def test_kinds(cells: tuple[str, ...], expected: str) -> None:
    assert kind(*cells) == expected


def test_a_few_mistyped_cells_do_not_change_the_kind() -> None:
    assert kind(*["12.5"] * 50, "–") == "number"
    assert kind(*["12.5"] * 5, "–") == "text"


def test_a_big_table_is_judged_by_rows_from_all_over_it() -> None:
    column = np.array([*["1"] * 5000, *["甲乙"] * 5000], dtype=object)
    assert column_kinds(RawTable(("a",), {"a": column}, np.arange(10_000))) == {"a": "text"}
