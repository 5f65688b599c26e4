"""Texts that mean a position: every notation is read, what is ambiguous is offered, what is written is found again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.geometry.angles import dms_text, parse_angle
from gis.geometry.crs import project_crs
from gis.geometry.places import SYSTEMS, readings, written

CRS = project_crs(4549)
LON, LAT = 120.155, 33.347222
EAST, NORTH = (float(v) for v in CRS.from_lonlat(LON, LAT))


@pytest.mark.parametrize(
    ("text", "system", "order"),
    [
        ("120.155, 33.347222", "lonlat", "east first"),
        ("33.347222,120.155", "lonlat", "north first"),
        ("120.155；33.347222", "lonlat", "east first"),
        ("120,155 33,347222", "lonlat", "east first"),
        ("１２０．１５５，３３．３４７２２２", "lonlat", "east first"),
        ("33°20′50″N 120°09′18″E", "lonlat", "north first"),
        ("120°09'18\"E, 33°20'50\"N", "lonlat", "east first"),
        ("33.347222N,120.155E", "lonlat", "north first"),
        ("33.347222n 120.155e", "lonlat", "north first"),
        ("N33 20 50 E120 09 18", "lonlat", "north first"),
        ("33 20 50 120 09 18", "lonlat", "north first"),
        ("33:20:50, 120:09:18", "lonlat", "north first"),
        ("北纬33度20分50秒 东经120度09分18秒", "lonlat", "north first"),
        ("东经120度09分18秒，北纬33度20分50秒", "lonlat", "east first"),
        ("geo:33.347222,120.155", "lonlat", "north first"),
        ("EPSG:4490 120.155 33.347222", "lonlat", "east first"),
        ("514428.3 3691268.3", "EPSG:4549", "east first"),
        ("3691268.3, 514428.3", "EPSG:4549", "north first"),
        ("X=3691268.3 Y=514428.3", "EPSG:4549", "north first"),
        ("E 514,428.3  N 3,691,268.3", "EPSG:4549", "east first"),
        ("东 514,428.3  北 3,691,268.3", "EPSG:4549", "east first"),
        ("40514428.3, 3691268.3", "EPSG:4528", "east first"),
        ("3691268.3 40514428.3", "EPSG:4528", "north first"),
        ("EPSG:4549: 514428.3, 3691268.3", "EPSG:4549", "east first"),
    ],
)
def test_the_likeliest_reading(text: str, system: str, order: str) -> None:
    best = readings(text, CRS)[0]
    assert (best.system, best.order) == (system, order)
    assert np.hypot(best.x - EAST, best.y - NORTH) < 1.0
    assert (best.lon, best.lat) == pytest.approx((LON, LAT), abs=1e-5)


@pytest.mark.parametrize(
    ("text", "system", "lonlat"),
    [
        ("gcj02: 120.16,33.34", "gcj02", (120.15503, 33.34143)),
        ("120.16 33.34（火星坐标）", "gcj02", (120.15503, 33.34143)),
        ("BD-09 120.16,33.34", "bd09", (120.14851, 33.33549)),
        ("EPSG:4547 520000 3690000", "EPSG:4547", (114.21483, 33.3357)),
        ("EPSG:4548 500000 3690000", "EPSG:4548", (117.0, 33.33579)),
        ("epsg:32650 500000 3690000", "EPSG:32650", (117.0, 33.34914)),
        ("UTM 51N 220000 3690000", "EPSG:32651", (119.99254, 33.31277)),
        ("51S 220000 3690000", "EPSG:32651", (119.99254, 33.31277)),
    ],
)
def test_a_system_that_is_named_is_the_only_one(text: str, system: str, lonlat: tuple[float, float]) -> None:
    (only,) = readings(text, CRS)
    assert (only.system, only.named) == (system, True)
    assert (only.lon, only.lat) == pytest.approx(lonlat, abs=1e-4)


def test_what_is_ambiguous_is_offered() -> None:
    assert [one.system for one in readings("120.1551, 33.3473", CRS)] == ["lonlat", "gcj02", "bd09"]
    assert [one.system for one in readings("33°20′50″N 120°09′18″E", CRS)] == ["lonlat"]
    grids = [one.system for one in readings("520000 3690000", CRS)]
    assert grids[0] == "EPSG:4549"
    assert {"EPSG:4548", "EPSG:4550", "EPSG:32650", "EPSG:32651"} & set(grids) >= {"EPSG:4548", "EPSG:32651"}
    both = readings("30.5, 40.5", CRS)  # far from here and possible either way
    assert {(round(one.lon, 1), round(one.lat, 1)) for one in both} >= {(30.5, 40.5), (40.5, 30.5)}


@pytest.mark.parametrize(
    "text",
    ["", "hello", "BS-1-0", "320902", "12 34", "解放南路 12 号", "EPSG:99999 1 2", "EPSG:4490", "1,2,3", "9" * 300],
)
def test_other_words_are_no_position(text: str) -> None:
    assert readings(text, CRS) == []


@given(
    x=st.floats(410_000, 600_000, allow_nan=False), y=st.floats(3_600_000, 3_830_000, allow_nan=False),
    system=st.sampled_from(SYSTEMS),
)  # fmt: skip
def test_what_is_written_is_found_again(x: float, y: float, system: str) -> None:
    said = written(x, y, CRS, system)
    found = readings(said, CRS)
    assert found, said
    assert np.hypot(found[0].x - x, found[0].y - y) < 0.05


@given(degrees=st.floats(-180, 180, allow_nan=False), decimals=st.integers(0, 5))
def test_degrees_minutes_seconds_come_back(degrees: float, decimals: int) -> None:
    said = dms_text(degrees, "EW", decimals)
    assert parse_angle(said) == pytest.approx(degrees, abs=0.51 / 3600 / 10**decimals)
    assert "′60" not in said
    assert "°60" not in said


@given(text=st.text("0123456789.,;:°′″'\" NSEWgcj02-EPSG+度分秒北纬东经", max_size=40))
def test_any_text_is_answered(text: str) -> None:
    for one in readings(text, CRS):
        assert np.isfinite([one.x, one.y, one.lon, one.lat]).all()
