"""Coordinates in every dress DOMAIN §7 lists."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.geometry.angles import parse_angle, parse_angles, parse_pairs


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
