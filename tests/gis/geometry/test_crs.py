"""The project's CRS: spellings, refusals, names on maps, there and back."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import Refusal
from gis.geometry.crs import epsg_code, gauss_kruger_3, project_crs

YANCHENG = project_crs()


@pytest.mark.parametrize(
    "given_as", ["EPSG:4549", "epsg:4549", " 4549 ", 4549, "EPSG::4549", "urn:ogc:def:crs:EPSG::4549", "EPSG: 4549",
                 pyproj.CRS.from_epsg(4549)]
)  # fmt: skip
def test_spellings(given_as: str | int | pyproj.CRS) -> None:
    assert project_crs(given_as) is YANCHENG


@pytest.mark.parametrize("given_as", ["", "Yancheng", "EPSG:", "EPSG:999999", "4549.0", "-4549", "4549; DROP", None])
def test_unknown_systems_are_refused(given_as: str) -> None:
    with pytest.raises(Refusal) as refused:
        project_crs(given_as)
    assert refused.value.code == "geometry.unknown_crs"
    assert "EPSG" in refused.value.hint("zh")


@pytest.mark.parametrize("code", [4490, 4326, 2263, 4979])  # degrees, degrees, feet, three dimensions
def test_what_is_not_metric_is_refused(code: int) -> None:
    assert epsg_code(code) == code
    with pytest.raises(Refusal) as refused:
        project_crs(code)
    assert refused.value.code == "geometry.crs_not_metric"
    assert str(code) in refused.value.message("en")


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        (4549, "CGCS2000 / 3度带 CM 120E", "CGCS2000 / 3-degree Gauss-Kruger CM 120E"),
        (4528, "CGCS2000 / 3度带 第40带", "CGCS2000 / 3-degree Gauss-Kruger zone 40"),
        (4509, "CGCS2000 / 6度带 CM 117E", "CGCS2000 / Gauss-Kruger CM 117E"),
        (32651, "WGS 84 / UTM 第51N带", "WGS 84 / UTM zone 51N"),
    ],
)
def test_the_line_on_the_map(code: int, zh: str, en: str) -> None:
    assert project_crs(code).line("zh") == zh
    assert project_crs(code).line("en") == en


@given(st.floats(118.6, 121.4), st.floats(24.5, 53.0))
def test_there_and_back_is_exact(lon: float, lat: float) -> None:
    x, y = YANCHENG.from_lonlat(lon, lat)
    back = YANCHENG.to_lonlat(x, y)
    assert float(back[0]) == pytest.approx(lon, abs=1e-10)
    assert float(back[1]) == pytest.approx(lat, abs=1e-10)


def test_x_is_easting_and_the_zone_number_stands_before_it_where_it_belongs() -> None:
    x, y = YANCHENG.from_lonlat([120.0, 120.16], [33.35, 33.35])
    assert x[0] == pytest.approx(500_000, abs=1e-6)
    assert 3.69e6 < y[1] < 3.70e6
    zoned, _ = project_crs(4528).from_lonlat(120.16, 33.35)
    assert float(zoned) == pytest.approx(40_000_000 + x[1], abs=1e-6)


def test_geometries_keep_their_kind() -> None:
    box = shapely.box(5e5, 3.69e6, 501000, 3691000)
    there = YANCHENG.geometry_to_lonlat(np.array([box, None], object))
    assert there[0].geom_type == "Polygon"
    assert there[1] is None
    assert 119.9 < there[0].bounds[0] < 120.1
    back = YANCHENG.geometry_from_lonlat(there[0])
    assert shapely.equals_exact(back, box, 1e-6)


def test_where_it_may_be_used() -> None:
    west, south, east, north = YANCHENG.area_of_use
    assert (west, east) == (118.5, 121.5)
    assert south < 32.57
    assert north > 34.48
    inside = YANCHENG.covers([5e5, 4e7, np.nan, 5e5, 120.1], [3.7e6, 3.7e6, 3.7e6, 9e6, 33.3])
    assert inside.tolist() == [True, False, False, False, False]
    assert bool(YANCHENG.covers(YANCHENG.bounds[0] - 10, 3.7e6, margin_m=20))


def test_scale_of_the_projection() -> None:
    assert float(YANCHENG.scale(5e5, 3.7e6)) == pytest.approx(1.0, abs=1e-9)
    # m = 1 + y² / 2R², R about 6,371 km
    assert float(YANCHENG.scale(6e5, 3.7e6)) == pytest.approx(1 + 1e5**2 / (2 * 6.371e6**2), abs=2e-6)


@pytest.mark.parametrize(
    ("longitude", "code"), [(120.16, 4549), (118.51, 4549), (118.49, 4548), (75, 4534), (135, 4554)]
)
def test_the_zone_of_a_place(longitude: float, code: int) -> None:
    assert gauss_kruger_3(longitude) == code
    middle = project_crs(code).crs.coordinate_operation.params[1]
    assert middle.name == "Longitude of natural origin"
    assert abs(middle.value - longitude) <= 1.5


@pytest.mark.parametrize("longitude", [0, 72, 138, -120])
def test_no_zone_abroad(longitude: float) -> None:
    with pytest.raises(Refusal, match="outside_china"):
        gauss_kruger_3(longitude)
