"""From total EIRP to the reported level, against conversions worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import Refusal
from gis.radio.levels import reported_eirp_dbm, resource_blocks


@pytest.mark.parametrize(
    ("technology", "bandwidth", "frequency", "blocks"),
    [
        ("LTE", 1.4, 1800.0, 6),
        ("LTE", 10.0, 1800.0, 50),
        ("LTE", 20.0, 2600.0, 100),
        ("NR", 30.0, 700.0, 160),  # 15 kHz spacing under 2.3 GHz
        ("NR", 100.0, 2600.0, 273),
        ("NR", 100.0, 3500.0, 273),
        ("NR", 60.0, 3500.0, 162),
        ("LTE", 7.0, 800.0, 35),  # in no table: 90 % of it over 180 kHz
    ],
)
def test_resource_blocks(technology: str, bandwidth: float, frequency: float, blocks: int) -> None:
    assert resource_blocks(technology, bandwidth, frequency) == blocks


@pytest.mark.parametrize(
    ("technology", "eirp", "bandwidth", "frequency", "expected"),
    [
        ("LTE", 60.0, 20.0, 1800.0, 29.21),  # 10 lg 1200 = 30.79
        ("LTE", 60.0, 10.0, 1800.0, 32.22),
        ("NR", 72.0, 100.0, 3500.0, 36.85),  # 10 lg 3276 = 35.15
        ("UMTS", 58.0, 5.0, 2100.0, 48.0),  # a tenth of the power
        ("GSM", 56.0, 0.2, 900.0, 56.0),  # the whole carrier
        ("wifi", 20.0, 20.0, 2442.0, 20.0),
    ],
)
def test_reported_level_by_hand(
    technology: str, eirp: float, bandwidth: float, frequency: float, expected: float
) -> None:
    assert round(float(reported_eirp_dbm(technology, eirp, bandwidth, frequency)), 2) == expected


@given(st.floats(0.0, 80.0), st.sampled_from([1.4, 3.0, 5.0, 10.0, 15.0, 20.0]))
def test_elements_add_up_to_the_total(eirp: float, bandwidth: float) -> None:
    one = float(reported_eirp_dbm("LTE", eirp, bandwidth))
    elements = 12 * float(resource_blocks("LTE", bandwidth))
    assert one + 10 * math.log10(elements) == pytest.approx(eirp)


def test_impossible_bandwidth_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        reported_eirp_dbm("LTE", 60.0, 0.0)
    assert refused.value.code == "radio.bad_bandwidth"
