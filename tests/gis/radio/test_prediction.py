"""The best-level kernel: it says what the models say, in every direction, at any number of threads."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.coverage.grid import Grid
from gis.errors import Cancelled
from gis.progress import Progress
from gis.radio.antennas import sector_pattern_db
from gis.radio.free_space import free_space_loss_db
from gis.radio.hata import cost231_hata_loss_db, hata_line
from gis.radio.prediction import NODATA, Setting, Transmitters, level_at, predict, reach_m

SETTING = Setting(receiver_height_m=1.5, floor_dbm=-170.0)


def cells(
    x: list[float], y: list[float], *, azimuth_deg: float = 0.0, mechanical_deg: float = 0.0, radius_m: float = 5000.0
) -> Transmitters:
    """LTE cells at 1800 MHz on 30 m masts, 60 dBm EIRP over 20 MHz, urban surroundings."""
    n = len(x)
    intercept, slope = hata_line(np.full(n, 1800.0), 30.0, 1.5, "urban")

    def each(value: float) -> np.ndarray:
        return np.full(n, float(value))

    return Transmitters(
        x=np.array(x, float),
        y=np.array(y, float),
        height_m=each(30.0),
        power_dbm=each(29.208),
        free_space_db=free_space_loss_db(each(1800.0), 1000.0),
        intercept_db=intercept[:, None],
        slope_db=slope[:, None],
        radius_m=each(radius_m),
        azimuth=each(math.radians(azimuth_deg)),
        mechanical_tilt=each(math.radians(mechanical_deg)),
        electrical_tilt=each(math.radians(4.0)),
        h_beamwidth=each(math.radians(65.0)),
        v_beamwidth=each(math.radians(8.0)),
    )


def whole(grid: Grid, transmitters: Transmitters, **options: object) -> np.ndarray:
    """All tiles in one array."""
    levels = np.full((grid.height, grid.width), NODATA, np.float32)
    for tile, part in predict(grid, transmitters, SETTING, **options):
        levels[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] = part
    return levels


@pytest.mark.parametrize("bearing", [0.0, 30.0, 90.0, 200.0, 330.0])
@pytest.mark.parametrize("mechanical", [0.0, 3.0])
def test_level_is_power_less_loss_less_pattern(bearing: float, mechanical: float) -> None:
    """One place 2 km off, worked out with the models' own functions."""
    azimuth = 30.0
    east, north = 2000.0 * math.sin(math.radians(bearing)), 2000.0 * math.cos(math.radians(bearing))
    found = level_at(
        np.array([east]),
        np.array([north]),
        cells([0.0], [0.0], azimuth_deg=azimuth, mechanical_deg=mechanical),
        SETTING,
    )
    pattern = sector_pattern_db(
        bearing - azimuth,
        -math.degrees(math.atan(28.5 / 2000.0)),
        mechanical_tilt_deg=mechanical,
        electrical_tilt_deg=4.0,
        v_beamwidth_deg=8.0,
    )
    expected = 29.208 - float(cost231_hata_loss_db(1800.0, 2000.0, 30.0, 1.5)) + float(pattern)
    assert float(found[0]) == pytest.approx(expected, abs=1e-4)


def test_near_the_mast_free_space_is_the_bound() -> None:
    transmitters = cells([0.0], [0.0])._replace(v_beamwidth=np.zeros(1))
    found = float(level_at(np.array([0.0]), np.array([10.0]), transmitters, SETTING)[0])
    slant = math.hypot(10.0, 28.5)
    assert found == pytest.approx(29.208 - float(free_space_loss_db(1800.0, slant)), abs=1e-4)


def test_reach_is_where_the_level_meets_the_floor() -> None:
    transmitters = cells([0.0], [0.0])._replace(v_beamwidth=np.zeros(1))
    reach = reach_m(
        transmitters.power_dbm, transmitters.free_space_db, transmitters.intercept_db, transmitters.slope_db, -105.0
    )
    at = level_at(np.zeros(1), reach, transmitters, SETTING)
    assert float(at[0]) == pytest.approx(-105.0, abs=1e-3)


def test_the_union_takes_the_stronger_and_never_a_sum() -> None:
    grid = Grid.over((-3000.0, -3000.0, 3000.0, 3000.0), 50.0)
    one, two = whole(grid, cells([-500.0], [0.0])), whole(grid, cells([700.0], [200.0]))
    assert np.array_equal(whole(grid, cells([-500.0, 700.0], [0.0, 200.0])), np.maximum(one, two))


def test_a_twin_changes_nothing() -> None:
    grid = Grid.over((-2000.0, -2000.0, 2000.0, 2000.0), 50.0)
    assert np.array_equal(whole(grid, cells([0.0, 0.0], [0.0, 0.0])), whole(grid, cells([0.0], [0.0])))


@settings(max_examples=15, deadline=None)
@given(st.permutations(list(range(6))))
def test_order_of_transmitters_changes_no_bit(order: list[int]) -> None:
    grid = Grid.over((-2000.0, -2000.0, 2000.0, 2000.0), 100.0)
    rng = np.random.default_rng(5)
    x, y = rng.uniform(-2000, 2000, (2, 6))
    straight = whole(grid, cells(x.tolist(), y.tolist()))
    assert np.array_equal(whole(grid, cells(x[order].tolist(), y[order].tolist())), straight)


def test_any_number_of_threads_gives_the_same_bits() -> None:
    grid = Grid.over((-30_000.0, -20_000.0, 30_000.0, 20_000.0), 50.0)  # several tiles
    rng = np.random.default_rng(3)
    transmitters = cells(rng.uniform(-30_000, 30_000, 60).tolist(), rng.uniform(-20_000, 20_000, 60).tolist())
    alone = whole(grid, transmitters, threads=1)
    assert (alone > NODATA).any()
    for threads in (2, 3, 7):
        assert whole(grid, transmitters, threads=threads).tobytes() == alone.tobytes()


def test_a_larger_extent_leaves_the_pixels_as_they_were() -> None:
    small = Grid.over((-990.0, -1010.0, 1530.0, 980.0), 50.0)
    large = Grid.over((-4000.0, -4000.0, 4000.0, 4000.0), 50.0)
    left, top = round((small.west - large.west) / 50.0), round((large.north - small.north) / 50.0)
    transmitters = cells([10.0], [20.0], azimuth_deg=77.0)
    inner = whole(large, transmitters)[top : top + small.height, left : left + small.width]
    assert np.array_equal(inner, whole(small, transmitters))


@given(st.floats(0.0, 360.0), st.floats(50.0, 4500.0))
@settings(deadline=None)
def test_a_sector_is_symmetrical_about_its_azimuth(azimuth: float, distance: float) -> None:
    bearings = np.radians([azimuth - 25.0, azimuth + 25.0])
    left, right = level_at(
        distance * np.sin(bearings), distance * np.cos(bearings), cells([0.0], [0.0], azimuth_deg=azimuth), SETTING
    )
    assert float(left) == pytest.approx(float(right), abs=1e-3)


def test_cancel_stops_between_tiles() -> None:
    grid = Grid.over((-30_000.0, -30_000.0, 30_000.0, 30_000.0), 20.0)
    progress = Progress()
    tiles = predict(grid, cells([0.0], [0.0], radius_m=20_000.0), SETTING, progress=progress)
    next(tiles)
    progress.cancel()
    with pytest.raises(Cancelled):
        list(tiles)


def test_tiles_nobody_reaches_are_left_out() -> None:
    grid = Grid.over((0.0, 0.0, 100_000.0, 100_000.0), 50.0)
    tiles = [tile for tile, _ in predict(grid, cells([1000.0], [1000.0]), SETTING)]
    assert len(tiles) == 1
    assert tiles[0].left == 0
