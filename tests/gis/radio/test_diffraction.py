"""Diffraction against values worked out by hand, against the formulas' limits, and against symmetry."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import Refusal
from gis.radio.diffraction import (
    MEDIAN_RADIUS_KM,
    SPEED,
    bullington,
    delta_bullington,
    delta_bullington_loss,
    horizon_distance,
    knife_edge,
    knife_edge_loss_db,
    reflection_clearance,
    smooth_bullington,
    smooth_bullington_closed,
    smooth_surface,
    spherical,
    spherical_loss_db,
)

FLAT_KM = 1e9  # an Earth so large that it is flat
heights = st.lists(st.floats(0.0, 300.0), min_size=3, max_size=40)
antennas = st.floats(1.0, 200.0)
frequencies = st.floats(0.03, 6.0)


def even(values: list[float], step_km: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(len(values)) * step_km, np.array(values)


def bull(d: np.ndarray, h: np.ndarray, tx: float, rx: float, f: float, radius: float = MEDIAN_RADIUS_KM) -> float:
    return bullington(d, h, np.zeros_like(h), 0, len(d), tx, rx, radius, SPEED / f)


@pytest.mark.parametrize(
    ("nu", "expected"),
    [
        (-0.78, 0.0),  # the border of the formula
        (-2.0, 0.0),
        (0.0, 6.03),  # half the field: 20 lg 2 = 6.02; 6.9 + 20 lg(sqrt(1.01) - 0.1) = 6.9 - 0.867
        (1.0, 13.93),  # 6.9 + 20 lg(sqrt(1.81) + 0.9) = 6.9 + 20 lg 2.24536
        (2.4, 20.54),  # P.526's other form for ν > 2.4 is 13 + 20 lg ν = 20.6
        (10.0, 32.86),  # 6.9 + 20 lg(sqrt(99.01) + 9.9) = 6.9 + 20 lg 19.8504
    ],
)
def test_knife_edge(nu: float, expected: float) -> None:
    assert knife_edge(nu) == pytest.approx(expected, abs=0.01)
    assert float(knife_edge_loss_db(nu)) == pytest.approx(knife_edge(nu), abs=1e-12)


def test_one_edge_halfway_on_a_flat_earth() -> None:
    # 1 GHz, 10 km, antennas at 10 m, an edge of 60 m halfway: ν = 50 sqrt(2 · 10000 / (0.2998 · 5000²)) = 2.5828;
    # J = 6.9 + 20 lg(sqrt(2.4828² + 1) + 2.4828) = 6.9 + 20 lg 5.1594 = 21.152; + (1 - e^(-3.5253)) · 10.2 = 9.900
    d, h = np.array([0.0, 5.0, 10.0]), np.array([0.0, 60.0, 0.0])
    assert bull(d, h, 10.0, 10.0, 1.0, FLAT_KM) == pytest.approx(31.05, abs=0.01)


def test_two_edges_are_one_where_their_rays_meet() -> None:
    # Slopes of both rays over the line between the antennas α, β in m/km: ν = sqrt(2 · 10⁻³ D α β / λ), D in km.
    # Edges of 50 m at 2 and 8 of 10 km, antennas at 10 m: α = β = 20, ν = sqrt(0.002 · 10 · 400 / 0.2998) = 5.1656
    d, h = np.array([0.0, 2.0, 5.0, 8.0, 10.0]), np.array([0.0, 50.0, 20.0, 50.0, 0.0])
    edge = knife_edge(math.sqrt(0.002 * 10 * 400 / 0.2998))
    assert bull(d, h, 10.0, 10.0, 1.0, FLAT_KM) == pytest.approx(edge + (1 - math.exp(-edge / 6)) * 10.2, abs=1e-3)


def test_a_clear_path_loses_nothing() -> None:
    d, h = np.arange(11.0), np.zeros(11)
    assert bull(d, h, 500.0, 500.0, 6.0) == 0.0
    assert delta_bullington_loss(d * 1000, h, 500.0, 500.0, 6000.0).loss == 0.0


def test_spherical_earth_far_beyond_the_horizon() -> None:
    # P.526-15 clause 3.1.1: L = -F(X) - G(Y1) - G(Y2). 0.1 GHz, 100 km, 10 m and 20 m, land, horizontal, a = 8500 km:
    # K = 0.036 · 850^(-1/3) · (21² + 0.54²)^(-1/4) = 0.036 · 0.105567 · 0.218182 = 8.2917e-4, so β = 1 to 5 digits;
    # X = 21.88 · (0.1/8500²)^(1/3) · 100 = 2.43816, F = 11 + 10 lg X - 17.6 X = -28.0408
    # Y = 0.9575 · (0.01/8500)^(1/3) h = 0.0101075 h: 0.101075, 0.202150; G = 20 lg(Y + 0.1 Y³) = -19.8985, -13.8509
    assert spherical(100.0, 10.0, 20.0, 8500.0, 0.1, 0.0, False) == pytest.approx(61.79, abs=0.02)
    checked = spherical_loss_db(100_000.0, 10.0, 20.0, 100.0, radius_km=8500.0, vertical=False)
    assert checked == pytest.approx(61.79, abs=0.02)
    with pytest.raises(Refusal, match=r"radio\.bad_height"):
        spherical_loss_db(100_000.0, 0.0, 20.0, 100.0)


def test_spherical_earth_mixes_land_and_sea() -> None:
    land, sea, mixed = (spherical(60.0, 12.0, 19.0, 8500.0, 0.1, share, True) for share in (0.0, 1.0, 0.25))
    assert sea < land - 1.0  # vertical polarisation at 100 MHz: sea water carries the wave
    assert mixed == pytest.approx(0.75 * land + 0.25 * sea)


def test_spherical_earth_at_the_horizon_is_continuous() -> None:
    edge = horizon_distance(30.0, 10.0, 8500.0)
    before, after = (spherical(edge + by, 30.0, 10.0, 8500.0, 0.6, 0.0, True) for by in (-1e-6, 1e-6))
    assert before == pytest.approx(after, abs=1e-3)
    assert reflection_clearance(edge, 30.0, 10.0, 8500.0)[0] == pytest.approx(0.0, abs=1e-6)


@given(antennas, antennas, st.floats(1.0, 80.0))
def test_clearance_is_taken_where_a_smooth_earth_reflects(tx: float, rx: float, length: float) -> None:
    radius = 8500.0
    length = min(length, 0.99 * horizon_distance(tx, rx, radius))
    clearance, at, rest = reflection_clearance(length, tx, rx, radius)
    assert at + rest == pytest.approx(length)
    down, up = ((high - 500.0 * way * way / radius) / way for high, way in ((tx, at), (rx, rest)))
    assert down == pytest.approx(up, rel=1e-5, abs=1e-5)  # the angles of a mirror
    assert clearance == pytest.approx(tx + (rx - tx) * at / length - 500.0 * at * rest / radius, abs=1e-6)


@settings(max_examples=60)
@given(antennas, antennas, frequencies, st.floats(1.1, 3.0))
def test_closed_smooth_earth_is_the_limit_of_fine_profiles(tx: float, rx: float, f: float, beyond: float) -> None:
    length = beyond * horizon_distance(tx, rx, 8500.0)
    fine = np.linspace(0.0, length, 20_001)
    sampled = smooth_bullington(fine, 0, len(fine), tx, rx, 8500.0, SPEED / f)
    assert smooth_bullington_closed(length, tx, rx, 8500.0, SPEED / f) == pytest.approx(sampled, abs=1e-3)


def test_smooth_surface_of_a_slope_is_the_slope() -> None:
    d = np.linspace(0.0, 20.0, 41)
    h = 100.0 + 3.0 * d
    assert smooth_surface(d, h, 0, len(d), 1000.0, 1000.0) == pytest.approx((100.0, 160.0))


def test_smooth_surface_never_stands_above_the_ends() -> None:
    d = np.linspace(0.0, 20.0, 41)
    h = np.where(d == 10.0, 200.0, 0.0)
    low_tx, low_rx = smooth_surface(d, h, 0, len(d), 10.0, 10.0)
    assert low_tx < 0.0
    assert low_rx == pytest.approx(low_tx)


def test_flat_land_loses_what_the_round_earth_takes() -> None:
    # Bullington of the real and of the smooth path are one and the same, so what is left is the spherical Earth's.
    d = np.linspace(0.0, 80.0, 401)
    parts = delta_bullington_loss(d * 1000.0, np.zeros_like(d), 10.0, 20.0, 100.0)
    assert parts.bullington == pytest.approx(parts.smooth_bullington, abs=1e-9)
    assert parts.loss == pytest.approx(parts.spherical, abs=1e-9)


@given(heights, antennas, antennas, frequencies, st.booleans())
def test_a_path_back_loses_the_same(values: list[float], tx: float, rx: float, f: float, vertical: bool) -> None:
    d, h = even(values)
    there = delta_bullington_loss(d * 1000.0, h, tx, rx, f * 1000.0, vertical=vertical)
    back = delta_bullington_loss(d * 1000.0, h[::-1], rx, tx, f * 1000.0, vertical=vertical)
    assert there.loss == pytest.approx(back.loss, abs=1e-6)


@given(heights, antennas, antennas, frequencies, st.data())
def test_higher_clutter_never_helps(values: list[float], tx: float, rx: float, f: float, data: st.DataObject) -> None:
    d, h = even(values)
    place = data.draw(st.integers(1, len(h) - 2))
    low, high = np.zeros_like(h), np.zeros_like(h)
    low[1:-1] = data.draw(st.floats(0.0, 30.0))
    high[1:-1] = low[1:-1]
    high[place] += data.draw(st.floats(0.0, 100.0))
    over = smooth_surface(d, h, 0, len(d), h[0] + tx, h[-1] + rx)
    args = (0, len(d), h[0] + tx, h[-1] + rx, *over, MEDIAN_RADIUS_KM, f, 0.0, True, False)
    lower, higher = (delta_bullington(d, h, r, *args)[0] for r in (low, high))
    assert higher >= lower - 1e-9


@given(heights, antennas, antennas, frequencies, st.floats(0.0, 200.0))
def test_a_higher_antenna_never_has_a_higher_edge(
    values: list[float], tx: float, rx: float, f: float, lift: float
) -> None:
    d, h = even(values)
    assert bull(d, h, h[0] + tx, h[-1] + rx + lift, f) <= bull(d, h, h[0] + tx, h[-1] + rx, f) + 1e-9


@given(heights, antennas, antennas, frequencies, st.floats(-200.0, 200.0))
def test_only_heights_between_count(values: list[float], tx: float, rx: float, f: float, lift: float) -> None:
    d, h = even(values)
    here, there = (delta_bullington_loss(d * 1000.0, h + up, tx, rx, f * 1000.0).loss for up in (0.0, lift))
    assert there == pytest.approx(here, abs=1e-6)


@pytest.mark.parametrize(
    ("distance", "height", "tx", "rx", "frequency", "code"),
    [
        pytest.param([0.0, 100.0], [0.0, 0.0], 10.0, 10.0, 900.0, "radio.short_profile", id="two points"),
        pytest.param([0.0, 1.0, 2.0], [0.0, 1.0], 10.0, 10.0, 900.0, "radio.short_profile", id="uneven"),
        pytest.param([0.0, 9.0, 5.0], [0.0] * 3, 10.0, 10.0, 900.0, "radio.unsorted_profile", id="backwards"),
        pytest.param([0.0, 5.0, 5.0], [0.0] * 3, 10.0, 10.0, 900.0, "radio.unsorted_profile", id="twice"),
        pytest.param([0.0, math.nan, 9.0], [0.0] * 3, 10.0, 10.0, 900.0, "radio.unsorted_profile", id="nowhere"),
        pytest.param([0.0, 5.0, 9.0], [0.0, math.nan, 0.0], 10.0, 10.0, 900.0, "radio.unknown_heights", id="hole"),
        pytest.param([0.0, 5.0, 9.0], [0.0] * 3, 0.0, 10.0, 900.0, "radio.bad_height", id="zero height"),
        pytest.param([0.0, 5.0, 9.0], [0.0] * 3, 10.0, -1.0, 900.0, "radio.bad_height", id="below ground"),
        pytest.param([0.0, 5.0, 9.0], [0.0] * 3, 10.0, 10.0, 0.0, "radio.bad_frequency", id="no frequency"),
    ],
)
def test_nonsense_is_refused(
    distance: list[float], height: list[float], tx: float, rx: float, frequency: float, code: str
) -> None:
    with pytest.raises(Refusal) as caught:
        delta_bullington_loss(distance, height, tx, rx, frequency)
    assert caught.value.code == code
