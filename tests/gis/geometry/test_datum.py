"""GCJ-02 and BD-09: known positions, distances of the shift, and exact ways back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.geometry import datum

_GEOD = pyproj.Geod(ellps="WGS84")
_LON = st.floats(73.0, 135.0)
_LAT = st.floats(3.0, 54.0)


def _metres(a: datum.Pair, b: datum.Pair) -> np.ndarray:
    return np.asarray(_GEOD.inv(a[0], a[1], b[0], b[1])[2])


@pytest.mark.parametrize(
    ("forward", "lon", "lat"),
    [
        # What the published converters (eviltransform, coordtransform) give for 116.404, 39.915 in Beijing.
        (datum.wgs84_to_gcj02, 116.41024449916938, 39.91640428150164),
        (datum.wgs84_to_bd09, 116.41662724378733, 39.922699552216216),
    ],
)
def test_a_known_position(forward: Callable[..., datum.Pair], lon: float, lat: float) -> None:
    made = forward(116.404, 39.915)
    assert float(_metres(made, (np.float64(lon), np.float64(lat)))) < 0.01


def test_baidu_of_amap_at_a_known_position() -> None:
    made = datum.gcj02_to_bd09(116.404, 39.915)
    assert float(_metres(made, (np.float64(116.41036949371029), np.float64(39.92133699351022)))) < 0.01


def test_the_shift_at_yancheng_is_what_the_field_measures() -> None:
    """DOMAIN §7: GCJ-02 about 490 m, BD-09 about 1,180 m off."""
    here = (np.array([120.16]), np.array([33.35]))
    assert _metres(here, datum.wgs84_to_gcj02(*here))[0] == pytest.approx(490, abs=10)
    assert _metres(here, datum.wgs84_to_bd09(*here))[0] == pytest.approx(1180, abs=15)


@pytest.mark.parametrize(
    ("forward", "back"),
    [
        (datum.wgs84_to_gcj02, datum.gcj02_to_wgs84),
        (datum.gcj02_to_bd09, datum.bd09_to_gcj02),
        (datum.wgs84_to_bd09, datum.bd09_to_wgs84),
    ],
)
@given(lon=_LON, lat=_LAT)
def test_there_and_back(
    forward: Callable[..., datum.Pair], back: Callable[..., datum.Pair], lon: float, lat: float
) -> None:
    start = (np.array([lon]), np.array([lat]))
    assert _metres(start, back(*forward(*start)))[0] < 0.01
    assert _metres(start, forward(*back(*start)))[0] < 0.01


def test_arrays_keep_their_shape_and_agree_with_single_positions() -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(73, 135, (4, 5)), rng.uniform(3, 54, (4, 5))
    x, y = datum.bd09_to_wgs84(lon, lat)
    assert x.shape == y.shape == (4, 5)
    one = datum.bd09_to_wgs84(lon[2, 3], lat[2, 3])
    assert float(one[0]) == pytest.approx(x[2, 3], abs=1e-9)
    assert float(one[1]) == pytest.approx(y[2, 3], abs=1e-9)


def test_outside_china_nothing_is_shifted() -> None:
    for convert in (datum.wgs84_to_gcj02, datum.gcj02_to_wgs84, datum.wgs84_to_bd09, datum.bd09_to_wgs84):
        lon, lat = convert([2.35, -74.0], [48.86, 40.7])
        assert lon.tolist() == [2.35, -74.0]
        assert lat.tolist() == [48.86, 40.7]


def test_what_is_no_number_stays_so_and_spoils_nothing_else() -> None:
    lon, lat = datum.gcj02_to_wgs84([np.nan, 120.16], [33.0, 33.35])
    assert np.isnan(lon[0])
    single = datum.gcj02_to_wgs84(120.16, 33.35)
    assert (lon[1], lat[1]) == (pytest.approx(float(single[0]), abs=1e-9), pytest.approx(float(single[1]), abs=1e-9))
