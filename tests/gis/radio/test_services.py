"""Noise, throughput, indoor level and uplink against figures worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.radio.p2109 import building_entry_loss_db
from gis.radio.services import has_throughput, indoor_dbm, noise_dbm, throughput_mbps, uplink_floor_dbm


def test_noise_in_what_is_reported() -> None:
    # -173.975 + 10 lg 15e3 (41.761) + 7; 30 kHz: 3.010 more; 3.84 MHz: 65.843; 20 MHz: 73.010
    assert float(noise_dbm("LTE")) == pytest.approx(-125.214, abs=1e-3)
    assert float(noise_dbm("NR", 100.0, 3500.0)) == pytest.approx(-122.204, abs=1e-3)
    assert float(noise_dbm("NR", 20.0, 758.0)) == pytest.approx(-125.214, abs=1e-3)
    assert float(noise_dbm("UMTS")) == pytest.approx(-101.132, abs=1e-3)
    assert float(noise_dbm("wifi", 20.0)) == pytest.approx(-93.965, abs=1e-3)


def test_throughput_steps_of_lte() -> None:
    # 20 MHz: 100 blocks of 180 kHz, 25 % overhead; 30 dB less 3 dB carries log2(1 + 501.2) = 8.97 > 5.5547
    assert float(throughput_mbps("LTE", 30.0, 20.0)) == pytest.approx(5.5547 * 18.0 * 0.75)
    # 0 dB less 3 dB: log2(1.5012) = 0.586 carries 0.3770
    assert float(throughput_mbps("LTE", 0.0, 20.0)) == pytest.approx(0.3770 * 18.0 * 0.75)
    assert float(throughput_mbps("LTE", -30.0, 20.0)) == 0.0
    assert np.isnan(throughput_mbps("GSM", 10.0, 0.2))
    assert not has_throughput("UMTS")


def test_throughput_of_nr() -> None:
    # 100 MHz at 3.5 GHz: 273 blocks of 360 kHz, 14 % overhead, 74 % downlink
    assert float(throughput_mbps("NR", 40.0, 100.0, 3500.0)) == pytest.approx(7.4063 * 273 * 0.36 * 0.86 * 0.74)


@given(st.floats(-20.0, 40.0), st.sampled_from([1.4, 5.0, 20.0]))
def test_more_sinr_never_carries_less(sinr, bandwidth) -> None:
    assert throughput_mbps("LTE", sinr + 0.5, bandwidth) >= throughput_mbps("LTE", sinr, bandwidth)


def test_indoors_the_wall_is_lost() -> None:
    assert float(indoor_dbm(-80.0, 1800.0)) == pytest.approx(-80.0 - float(building_entry_loss_db(1800.0)))


def test_uplink_floor_by_hand() -> None:
    # sensitivity: -173.975 + 10 lg(4·180e3) (58.573) + 3 - 5 = -117.402; 23 + 17 + 117.402 = 157.402 dB allowed
    assert float(uplink_floor_dbm("LTE", 29.2, 17.0)) == pytest.approx(29.2 - 157.402, abs=1e-3)
    assert uplink_floor_dbm("LTE", 29.2, 10.0) > uplink_floor_dbm("LTE", 29.2, 17.0)
