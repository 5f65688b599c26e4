"""The sector pattern and its tilts against table 7.3-1 worked out by hand, and against geometry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.radio.antennas import sector_pattern_db

angles = st.floats(-180.0, 180.0)
elevations = st.floats(-89.0, 89.0)


@pytest.mark.parametrize(
    ("off", "elevation", "expected"),
    [
        (0.0, 0.0, 0.0),
        (32.5, 0.0, -3.0),  # half the beamwidth: 12 * 0.25
        (0.0, -32.5, -3.0),
        (65.0, 0.0, -12.0),
        (32.5, 32.5, -6.0),
        (60.0, 0.0, -10.22),  # 12 * (60/65)^2
        (120.0, 0.0, -30.0),  # 40.9 without the cap
        (180.0, 80.0, -30.0),
    ],
)
def test_table_7_3_1_by_hand(off: float, elevation: float, expected: float) -> None:
    assert round(float(sector_pattern_db(off, elevation)), 2) == expected


def test_electrical_tilt_lowers_the_beam_alike_all_round() -> None:
    for off in (0.0, 40.0):
        tilted = sector_pattern_db(off, [-6.0, 0.0], electrical_tilt_deg=6.0, v_beamwidth_deg=8.0)
        level = sector_pattern_db(off, [0.0, 6.0], v_beamwidth_deg=8.0)
        assert tilted == pytest.approx(level)


def test_mechanical_tilt_lowers_the_front_lifts_the_back_and_leaves_the_sides() -> None:
    shape = {"v_beamwidth_deg": 8.0, "back_lobe_db": 1000.0, "side_lobe_db": 1000.0}
    tilted = sector_pattern_db([0.0, 180.0, 90.0], [-6.0, 6.0, 0.0], mechanical_tilt_deg=6.0, **shape)
    level = sector_pattern_db([0.0, 180.0, 90.0], 0.0, **shape)
    assert tilted == pytest.approx(level)


def test_tilt_by_hand_at_the_foot_of_the_beam() -> None:
    # 6° down, looking at the horizon straight ahead: 12 * (6/8)^2 = 6.75 dB
    assert float(sector_pattern_db(0.0, 0.0, mechanical_tilt_deg=6.0, v_beamwidth_deg=8.0)) == pytest.approx(-6.75)
    assert float(sector_pattern_db(0.0, 0.0, electrical_tilt_deg=6.0, v_beamwidth_deg=8.0)) == pytest.approx(-6.75)


def test_all_round_antenna_has_no_direction() -> None:
    around = sector_pattern_db(np.arange(0.0, 360.0, 15.0), -3.0, h_beamwidth_deg=360.0, v_beamwidth_deg=8.0)
    assert np.ptp(around) < 1e-9
    assert around[0] == pytest.approx(-12.0 * (3.0 / 8.0) ** 2)


@given(angles, elevations, st.floats(-10.0, 10.0), st.floats(-10.0, 10.0))
def test_pattern_stays_between_back_lobe_and_zero_and_is_symmetrical(
    off: float, elevation: float, mechanical: float, electrical: float
) -> None:
    tilts = {"mechanical_tilt_deg": mechanical, "electrical_tilt_deg": electrical}
    left, right, turned = sector_pattern_db([-off, off, off + 360.0], elevation, **tilts)
    assert -30.0 <= right <= 0.0
    assert left == pytest.approx(right, abs=1e-9)
    assert turned == pytest.approx(right, abs=1e-6)


@given(st.floats(0.0, 170.0), elevations)
def test_turning_away_never_strengthens(off: float, elevation: float) -> None:
    nearer, further = sector_pattern_db([off, off + 5.0], elevation)
    assert further <= nearer + 1e-9
