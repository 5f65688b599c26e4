"""Coordinates in every dress DOMAIN §7 lists."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.geometry.angles import coarse, mangled, parse_angle, parse_angles, parse_pair, parse_pairs


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("120.136806", 120.136806),
        ("120,136806", 120.136806),
        ("-27", -27.0),
        ("120°08′12.5″E", 120.13680556),
        ("120°08'12.5\"E", 120.13680556),
        ("E120°08'12.5\"", 120.13680556),
        ("33 21.5 N", 33.35833333),
        ("33 21.5 S", -33.35833333),
        ("120:08:12", 120.13666667),
        ("北纬33度21分36秒", 33.36),
        ("１２０．５", 120.5),
        ("１２０°０８′１２″", 120.13666667),
        ("33.5N", 33.5),
        ("W 120.5", -120.5),
        ("120°", 120.0),
    ],
)
def test_dress(text: str, degrees: float) -> None:
    assert parse_angle(text) == pytest.approx(degrees, abs=1e-7)


@pytest.mark.parametrize("text", ["461.993.881", "abc", "120°61′", "120°08′75″", "", "-", "G312", "12:34:56:78"])
def test_no_angle(text: str) -> None:
    assert math.isnan(parse_angle(text))


@given(st.floats(0, 179.999), st.sampled_from(["°{m:02d}′{s:.4f}″", ":{m:02d}:{s:.4f}", " {m:02d} {s:.4f}"]))
def test_degrees_minutes_seconds_come_back(value: float, dress: str) -> None:
    seconds = round(value * 3600, 3)
    degrees, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    text = f"{int(degrees)}" + dress.format(m=int(minutes), s=min(rest, 59.9999))
    assert parse_angle(text) == pytest.approx(value, abs=1e-6)


@given(st.text(max_size=30))
def test_any_text_gives_a_number_or_nan(text: str) -> None:
    assert isinstance(parse_angle(text), float)


def test_columns_and_pairs() -> None:
    cells = np.array(["120.5", None, "120°30′", "x"], dtype=object)
    assert parse_angles(cells)[[0, 2]].tolist() == [120.5, 120.5]
    assert np.isnan(parse_angles(cells)[[1, 3]]).all()
    first, second = parse_pairs(np.array(["(40.7, -73.9)", "33.35 120.14 4.2 5.0", "hello", None], dtype=object))
    assert first[:2].tolist() == [40.7, 33.35]
    assert second[:2].tolist() == [-73.9, 120.14]
    assert np.isnan(first[2:]).all()


# A long column is read by compiled code, a short one by patterns: they must agree -------------------------------------
_SIGNS = st.sampled_from(["", "-", "+"])
_HEADS = st.sampled_from(["", "N", "E", "S ", "W", "东经", "北纬", "南"])
_FIRST = st.sampled_from(["°", "度", ":", " ", "d", "° "])
_SECOND = st.sampled_from(["′", "'", "分", ":", " ", "’"])
_THIRD = st.sampled_from(["″", '"', "秒", "''", "", "”"])
_TAILS = st.sampled_from(["", "N", "E", " S", "W", "北"])
_DMS = st.builds(
    lambda sign, head, d, a, m, b, s, c, tail: f"{sign or head}{d}{a}{m}{b}{s}{c}{tail if not (sign or head) else ''}",
    _SIGNS, _HEADS, st.integers(0, 180), _FIRST, st.integers(0, 70), _SECOND, st.decimals(0, 70, places=3),
    _THIRD, _TAILS,
)  # fmt: skip
_DECIMAL = st.builds(
    lambda sign, n, mark, f, unit: f"{sign}{n}{mark}{f}{unit}",
    _SIGNS, st.integers(0, 10**8), st.sampled_from([".", ","]), st.integers(0, 10**9), st.sampled_from(["", "°", " "]),
)  # fmt: skip
_CELL = st.none() | _DMS | _DECIMAL | st.text(alphabet="0123456789.,°′″:- NE１２。", max_size=12)


@given(st.lists(_CELL, min_size=1, max_size=40))
def test_long_columns_are_read_as_short_ones(cells: list[str | None]) -> None:
    few = np.empty(len(cells), dtype=object)
    few[:] = cells
    many = np.resize(few, len(cells) * (1 + 1000 // len(cells)))
    slow, quick = parse_angles(few), parse_angles(many)[: len(cells)]
    assert len(many) >= 1000
    assert np.isnan(quick).tolist() == np.isnan(slow).tolist()
    assert np.nan_to_num(quick) == pytest.approx(np.nan_to_num(slow), abs=1e-12, rel=1e-15)


@given(st.lists(st.floats(-1e8, 1e8), min_size=1, max_size=20))
def test_plain_numbers_are_read_to_the_last_bit(numbers: list[float]) -> None:
    cells = np.array([repr(number) for number in numbers] * 1000, dtype=object)
    assert parse_angles(cells)[: len(numbers)].tolist() == numbers


@pytest.mark.parametrize("count", [1, 1500], ids=["short", "long"])
@pytest.mark.parametrize(
    ("cell", "pair"),
    [
        ("33.35 120.14 4.2 5.0", (33.35, 120.14)), ("(40.7, -73.9)", (40.7, -73.9)), ("33.35,120.14", (33.35, 120.14)),
        ("33°21′N, 120°08′24″E", (33.35, 120.14)), ("N33°21′ E120°08′24″", (33.35, 120.14)),
        ("120.14；33.35", (120.14, 33.35)), ("33.35N 120.14E", (33.35, 120.14)),
        ("３３．３５，１２０．１４", (33.35, 120.14)),
        ("北纬33.35东经120.14", (33.35, 120.14)),
    ],
    ids=range(9),
)  # fmt: skip
def test_pairs_in_every_dress(cell: str, pair: tuple[float, float], count: int) -> None:
    first, second = parse_pairs(np.array([cell] * count, dtype=object))
    assert (first[-1], second[-1]) == pytest.approx(pair, abs=1e-9)


@pytest.mark.parametrize("cell", ["hello", "1", "1,2,x", "2024-01-02", "", "a,b"])
def test_no_pairs(cell: str) -> None:
    assert np.isnan(parse_pair(cell)).all()


def test_south_is_no_second() -> None:
    assert parse_angle("33 21 36 S") == pytest.approx(-33.36)
    assert parse_angle("33 21 36s") == pytest.approx(33.36)


def test_numbers_that_a_spreadsheet_spoilt() -> None:
    assert [mangled(t) for t in ("461.993.881", "61,418,784", "461.993", "1.2.3", "10.1.2.3", "-61.418.784")] == [
        True, True, False, False, False, True,
    ]  # fmt: skip
    assert [coarse(t) for t in ("4.62E+05", "1.2e2", "5.0012345E+05", "462000", "1E5")] == [1e3, 10.0, 0.01, 0.0, 1e5]


def test_a_cell_with_the_separator_in_it_is_read_as_it_stands() -> None:
    cells = np.array(["120.5", "1\x1f2", None, "\ud800"] * 500, dtype=object)
    found = parse_angles(cells)
    assert found[:2].tolist() == [120.5, parse_angle("1\x1f2")]
    assert np.isnan(found[2:4]).all()
