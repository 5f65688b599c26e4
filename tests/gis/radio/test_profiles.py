"""Profiles cut out of rasters: heights, clutter, zones, holes, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import Refusal
from gis.radio.profiles import Relief, bridge, cut_profiles, height_at, hole_notes, out_of_building
from tests.gis.radio.reliefs import relief


def slope(rows: int = 40, columns: int = 50) -> Relief:
    """A tilted plane: 2 m a pixel eastwards, 1 m a pixel southwards, so bilinear heights are exact."""
    i, j = np.mgrid[0:rows, 0:columns]
    return Relief(
        1000.0,
        2000.0,
        10.0,
        (2.0 * j + i).astype(np.float32),
        np.zeros((rows, columns), np.float32),
        np.full((1, 1), 4, np.uint8),
    )


def plane(x: float, y: float) -> float:
    return 2.0 * ((x - 1000.0) / 10.0 - 0.5) + (2000.0 - y) / 10.0 - 0.5


inside = st.tuples(st.floats(1006.0, 1494.0), st.floats(1606.0, 1994.0))


@given(inside, inside)
def test_heights_are_those_of_the_plane(tx: tuple[float, float], rx: tuple[float, float]) -> None:
    if math.hypot(rx[0] - tx[0], rx[1] - tx[1]) < 0.01:
        return
    cut = cut_profiles(slope(), tx, rx[0], rx[1])
    length = math.hypot(rx[0] - tx[0], rx[1] - tx[1]) / 1000.0
    assert cut.distance_km[0] == 0.0
    assert cut.distance_km[-1] == pytest.approx(length)
    assert len(cut.distance_km) >= 3
    assert np.diff(cut.distance_km) == pytest.approx(length / (len(cut.distance_km) - 1))
    assert np.diff(cut.distance_km).max() <= 0.010 + 1e-9  # a pixel at most
    share = cut.distance_km / length
    expected = [plane(tx[0] + s * (rx[0] - tx[0]), tx[1] + s * (rx[1] - tx[1])) for s in share]
    assert cut.ground_m == pytest.approx(expected, abs=1e-4)
    assert cut.holes == 0


def test_many_places_lie_end_to_end() -> None:
    tx, x, y = (1250.0, 1800.0), np.array([1260.0, 1490.0, 1010.0]), np.array([1800.0, 1990.0, 1610.0])
    many = cut_profiles(slope(), tx, x, y)
    assert len(many.offsets) == 4
    for k in range(3):
        one = cut_profiles(slope(), tx, x[k], y[k])
        own = slice(many.offsets[k], many.offsets[k + 1])
        for whole, part in zip(many[:4], one[:4], strict=True):
            assert np.array_equal(whole[own], part)


def test_a_step_may_be_finer() -> None:
    cut = cut_profiles(slope(), (1050.0, 1950.0), 1150.0, 1950.0, step_m=2.5)
    assert len(cut.distance_km) == 41


def test_clutter_and_zones_are_those_of_the_pixel() -> None:
    ground = slope()
    ground.clutter[10, 20:23] = 15.0
    zone = np.full(ground.ground.shape, 4, np.uint8)
    zone[:, 30:] = 1
    cut = cut_profiles(ground._replace(zone=zone), (1105.0, 1895.0), 1405.0, 1895.0)
    column = np.round((1105.0 + 1000.0 * cut.distance_km - 1000.0) / 10.0 - 0.5).astype(int)
    assert np.array_equal(cut.clutter_m, np.where((column >= 20) & (column < 23), 15.0, 0.0))
    assert np.array_equal(cut.zone, np.where(column >= 30, 1, 4))


def test_a_hole_is_bridged_and_counted() -> None:
    ground = slope()
    ground.ground[:, 20:25] = math.nan
    cut = cut_profiles(ground, (1105.0, 1895.0), 1405.0, 1895.0)
    assert cut.holes == 5
    assert [(note.code, note.args["count"]) for note in hole_notes(cut)] == [("radio.holes_bridged", 5)]
    assert hole_notes(cut_profiles(slope(), (1105.0, 1895.0), 1405.0, 1895.0)) == ()
    assert cut.ground_m == pytest.approx([plane(1105.0 + 1000.0 * d, 1895.0) for d in cut.distance_km], abs=1e-4)


def test_holes_at_the_ends_go_on_level() -> None:
    heights, d = np.array([math.nan, math.nan, 3.0, math.nan, 7.0, math.nan]), np.arange(6.0)
    assert bridge(heights, d, 0, 6) == 4
    assert heights.tolist() == [3.0, 3.0, 3.0, 5.0, 7.0, 7.0]
    nothing = np.full(3, math.nan)
    assert bridge(nothing, np.arange(3.0), 0, 3) == -1


def test_beside_a_hole_the_known_corners_count() -> None:
    ground = np.array([[1.0, math.nan], [3.0, math.nan]], np.float32)
    assert height_at(ground, 0.5, 0.5) == pytest.approx(2.0)
    assert height_at(ground, 0.0, 0.0) == 1.0
    assert math.isnan(height_at(ground, 1.0, 0.5))
    assert height_at(ground, -9.0, 9.0) == 3.0
    assert height_at(np.full((1, 1), 8.0, np.float32), 0.4, -0.2) == 8.0


def test_the_edges_go_on_level() -> None:
    cut = cut_profiles(slope(), (1000.0, 2000.0), 1500.0, 1600.0)
    assert cut.ground_m[0] == 0.0
    assert cut.ground_m[-1] == pytest.approx(2.0 * 49 + 39)


def test_an_antenna_is_not_buried_in_its_own_building() -> None:
    ground = slope()
    ground.clutter[10:13, 20:24] = 34.0
    ground.clutter[10:13, 26:30] = 34.0  # another one, beyond a street
    ground.clutter[13, 20] = 8.0  # a shed beside it does not bury
    x, y = 1000.0 + 215.0, 2000.0 - 115.0
    freed, note = out_of_building(ground, x, y, 30.0)
    assert note is not None
    assert (note.code, dict(note.args)) == ("radio.antenna_in_building", {"height_m": 30.0, "roof_m": 34.0})
    assert (freed.clutter[10:13, 20:24] == 0.0).all()
    assert (freed.clutter[10:13, 26:30] == 34.0).all()
    assert freed.clutter[13, 20] == 8.0
    assert (ground.clutter[10:13, 20:24] == 34.0).all()  # the land itself is left as it is
    for place, height in (((x, y), 37.0), ((1000.0 + 105.0, y), 30.0)):
        same, note = out_of_building(ground, *place, height)
        assert same is ground
        assert note is None


def test_nonsense_is_refused() -> None:
    ground, nothing = slope(), relief()
    nothing.ground[:] = math.nan
    for arguments, code in (
        ((ground, (0.0, 0.0), 1100.0, 1900.0), "radio.transmitter_outside"),
        ((ground, (1100.0, math.nan), 1100.0, 1900.0), "radio.transmitter_outside"),
        ((ground, (1100.0, 1900.0), [1200.0, 9999.0], [1900.0, 1900.0]), "radio.places_outside"),
        ((ground, (1100.0, 1900.0), 1100.0, 1900.0), "radio.bad_distance"),
        ((nothing, (500_100.0, 3_699_900.0), 500_900.0, 3_699_900.0), "radio.no_heights"),
    ):
        with pytest.raises(Refusal) as caught:
            cut_profiles(*arguments)
        assert caught.value.code == code
