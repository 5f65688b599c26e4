"""Rates of 802.11 against the standards' own tables, and from which SINR they hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.coverage.raster import NODATA
from gis.radio.analysis import Wish, analyse
from gis.radio.services import has_throughput, throughput_mbps
from gis.radio.wifi_rates import STANDARDS, needed_db, phy_rate_mbps, standard_of, standards, wifi_throughput_mbps
from tests.gis.radio.cities import city
from tests.gis.radio.test_analysis import read_levels


@pytest.mark.parametrize(
    ("standard", "width", "scheme", "streams", "mbps"),
    [
        ("wifi4", 20, 0, 1, 6.5), ("wifi4", 20, 7, 1, 65.0), ("wifi4", 40, 7, 1, 135.0), ("wifi4", 40, 7, 2, 270.0),
        ("wifi5", 20, 8, 1, 78.0), ("wifi5", 80, 9, 1, 390.0), ("wifi5", 160, 9, 1, 780.0), ("wifi5", 80, 0, 1, 29.3),
        ("wifi6", 20, 0, 1, 8.6), ("wifi6", 20, 11, 1, 143.4), ("wifi6", 80, 11, 1, 600.5),
        ("wifi6", 160, 11, 2, 2402.0), ("wifi6", 40, 5, 1, 137.6), ("wifi7", 320, 11, 1, 2402.0),
    ],
)  # fmt: skip
def test_rates_are_those_the_standards_print(
    standard: str, width: float, scheme: int, streams: int, mbps: float
) -> None:
    """802.11-2020 tables 19-27 ff. and 21-29 ff. at 800 ns, 802.11ax-2021 tables 27-111 ff. at 0.8 µs."""
    assert phy_rate_mbps(standard, width, scheme, streams) == pytest.approx(mbps, abs=0.06)


def test_a_width_beyond_the_standard_counts_as_its_widest() -> None:
    assert phy_rate_mbps("wifi4", 80.0, 7) == phy_rate_mbps("wifi4", 40.0, 7)


def test_sinr_needed_is_sensitivity_less_noise_and_margin() -> None:
    """-82 dBm less (-174 + 73.01 + 10) less 5 dB is 3.99 dB; 3 dB of implementation more."""
    assert needed_db()[0] == pytest.approx(6.99, abs=0.01)
    assert needed_db()[11] == pytest.approx(36.99, abs=0.01)
    assert needed_db(2) == pytest.approx(needed_db() + 3.01, abs=0.01)


def test_what_is_carried_is_a_share_of_the_rate() -> None:
    assert wifi_throughput_mbps("wifi6", [6.9, 7.1, 60.0], 20.0) == pytest.approx(
        [0.0, 8.6 * 0.6, 143.4 * 0.6], abs=0.05
    )
    assert float(wifi_throughput_mbps("wifi5", 60.0, 20.0)) == pytest.approx(78.0 * 0.6), "no scheme 9 at 20 MHz"
    assert float(wifi_throughput_mbps("wifi5", 60.0, 80.0)) == pytest.approx(390.0 * 0.6)
    assert has_throughput("wifi")
    assert float(throughput_mbps("wifi7", 60.0, 20.0)) == float(wifi_throughput_mbps("wifi7", 60.0, 20.0))
    assert float(throughput_mbps("wifi", 60.0, 20.0)) == float(wifi_throughput_mbps(standard_of(None), 60.0, 20.0))
    assert standards(np.array([None, "wifi4", "wifi9"], object)).tolist() == ["wifi5", "wifi4", "wifi5"]


@given(st.sampled_from(STANDARDS), st.floats(-20.0, 60.0), st.sampled_from([20.0, 40.0, 80.0, 160.0]))
def test_more_sinr_or_width_never_carries_less(standard: str, sinr: float, width: float) -> None:
    here = float(wifi_throughput_mbps(standard, sinr, width))
    assert here <= float(wifi_throughput_mbps(standard, sinr + 1.0, width))
    assert here <= float(wifi_throughput_mbps(standard, sinr, 2.0 * width))


def test_the_throughput_layer_goes_by_each_hotspots_standard(tmp_path: Path) -> None:
    spots = [
        {"geom": shapely.Point(500, 1000), "standard": "wifi4", "channel": 1},
        {"geom": shapely.Point(1500, 1000), "standard": "wifi6", "channel": 11},
    ]
    result = analyse(
        city(spots), Wish("wifi", resolution_m=5.0, layers=("sinr", "throughput", "server")), tmp_path / "coverage.tif"
    )
    assert result.layers == ("coverage", "server", "sinr", "throughput")
    made = {name: read_levels(tmp_path / f"{name}.tif") for name in ("sinr", "throughput", "server")}
    heard = made["server"] > NODATA
    for place, standard in enumerate(("wifi4", "wifi6")):
        here = heard & (made["server"] == place)
        assert here.any()
        assert made["throughput"][here] == pytest.approx(
            wifi_throughput_mbps(standard, made["sinr"][here], 20.0), rel=1e-5
        )
        assert made["throughput"][here].max() == pytest.approx(
            {"wifi4": 65.0, "wifi6": 143.4}[standard] * 0.6, abs=0.05
        )
