"""The sweep against the profiles of its own rays, exactly, and against profiles cut to each pixel, closely."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.radio.diffraction import (
    MEDIAN_RADIUS_KM,
    bullington_of_edge,
    delta_bullington,
    smooth_bullington,
    smooth_surface,
)
from gis.radio.p1812 import evaluate, link, losses_db
from gis.radio.profiles import Relief, cut_profiles
from gis.radio.rays import fan, profile_of_pixel
from gis.radio.skyline import BLOCK, add_to_blocks, add_to_hull, highest_over, least_clear, roughest, steepest_from
from gis.radio.sweep import _diffraction as rays_of_diffraction
from gis.radio.sweep import _p1812 as rays_of_p1812
from gis.radio.sweep import smooth_edge, sweep_diffraction, sweep_p1812
from gis.radio.visibility import _sight as rays_of_sight
from gis.radio.visibility import sweep_sight
from tests.gis.radio.reliefs import cropped, relief

TX = (500_900.0 + 7.0, 3_700_000.0 - 900.0 + 4.0)  # near the middle of 60 × 60, off every pixel's centre


def profile_loss(ground: Relief, tx: tuple[float, float], row: int, column: int, f: float) -> float | None:
    """Delta-Bullington of the pixel's ray by the walk over all its points; None with nothing between its ends."""
    own = profile_of_pixel(ground, fan(ground, *tx), row, column)
    d, h, r = own.distance_km, own.ground_m, own.clutter_m
    if len(d) < 3:
        return None
    high = (h[0] + 30.0, h[-1] + 1.5)
    smooth = smooth_surface(d, h, 0, len(d), *high)
    args = (*high, *smooth, MEDIAN_RADIUS_KM, f / 1000.0, 0.0, True, False)
    return float(delta_bullington(d, h, r, 0, len(d), *args)[0])


GROUNDS = {
    "hills": relief(),
    "town": relief(built=0.1),
    "plain": relief(amplitude=0.0),
    "long plain": relief(5, 700, amplitude=0.001),
    "mountains": relief(amplitude=900.0, seed=3),
    "one row": relief(1, 90, amplitude=30.0),
    "two columns": relief(90, 2, amplitude=30.0),
    "coast": relief(built=0.05, zones=True, seed=5),
}


def middle(ground: Relief) -> tuple[float, float]:
    """A place near the middle that is no pixel's centre."""
    rows, columns = ground.ground.shape
    return (ground.west + columns * 15.0 + 4.0, ground.north - rows * 15.0 - 3.0)


@pytest.mark.parametrize("name", GROUNDS)
@pytest.mark.parametrize("f", [150.0, 900.0, 5800.0])
def test_diffraction_is_that_of_the_pixels_ray(name: str, f: float) -> None:
    ground = GROUNDS[name]
    tx = middle(ground)
    swept = sweep_diffraction(ground, tx, 30.0, 1.5, f)
    assert swept.dtype == np.float32
    assert np.isfinite(swept).all()
    rng = np.random.default_rng(2)
    rays, checked = fan(ground, *tx), 0
    for _ in range(300):
        row, column = (int(rng.integers(0, size)) for size in ground.ground.shape)
        if abs(row - rays.row) < 0.75 and abs(column - rays.column) < 0.75:
            continue
        loss = profile_loss(ground, tx, row, column, f)
        assert swept[row, column] == pytest.approx(loss or 0.0, abs=2e-5)
        checked += loss is not None
    assert checked > 100


@pytest.mark.parametrize("name", GROUNDS)
@pytest.mark.parametrize("closed", [False, True])
def test_p1812_is_that_of_the_pixels_ray(name: str, closed: bool) -> None:
    ground = GROUNDS[name]
    tx = middle(ground)
    chosen = link(700.0, 30.0, 1.5, time_percent=10.0, location_percent=80.0, closed_smooth=closed)
    swept = sweep_p1812(ground, tx, chosen)
    assert np.isfinite(swept).all()
    rng = np.random.default_rng(2)
    rays, checked = fan(ground, *tx), 0
    for _ in range(200):
        row, column = (int(rng.integers(0, size)) for size in ground.ground.shape)
        if abs(row - rays.row) < 0.75 and abs(column - rays.column) < 0.75:
            continue
        own = profile_of_pixel(ground, rays, row, column)
        if len(own.distance_km) < 3:
            continue
        d, h, r, zone = own[:4]
        expected = evaluate(d, h, r, zone, 0, len(d), chosen)[3].loss
        assert swept[row, column] == pytest.approx(expected, abs=5e-5)
        checked += 1
    assert checked > 100


def test_the_sweep_is_close_to_a_walk_to_every_pixel() -> None:
    """Over smooth ground the nearest ray is as good as a profile of the pixel's own."""
    ground = relief(120, 120, amplitude=60.0)
    tx, chosen = middle(ground), link(900.0, 30.0, 1.5)
    swept = sweep_p1812(ground, tx, chosen)
    rows, columns = np.mgrid[0:120, 0:120]
    x, y = ground.west + 30.0 * (columns + 0.5), ground.north - 30.0 * (rows + 0.5)
    far = np.hypot(x - tx[0], y - tx[1]) > 100.0
    walked = losses_db(cut_profiles(ground, tx, x[far], y[far]), chosen)
    off = np.abs(swept[far] - walked)
    assert np.median(off) < 0.1
    assert np.quantile(off, 0.95) < 2.0
    assert abs(float(np.mean(swept[far] - walked))) < 0.1


@pytest.mark.parametrize("name", ["town", "coast", "plain"])
def test_any_number_of_threads_gives_the_same_bits(name: str) -> None:
    ground = GROUNDS[name]
    tx, chosen = middle(ground), link(900.0, 30.0, 1.5, time_percent=10.0)
    one = sweep_diffraction(ground, tx, 30.0, 1.5, 900.0, threads=1)
    whole = sweep_p1812(ground, tx, chosen, threads=1)
    for threads in (2, 3, 8):
        again = sweep_diffraction(ground, tx, 30.0, 1.5, 900.0, threads=threads)
        assert np.array_equal(one.view(np.uint32), again.view(np.uint32))
        assert np.array_equal(whole.view(np.uint32), sweep_p1812(ground, tx, chosen, threads=threads).view(np.uint32))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 23), st.integers(1, 23), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_every_pixel_has_its_ray(rows: int, columns: int, across: float, down: float) -> None:
    ground = relief(rows, columns, built=0.2)
    tx = (ground.west + across * columns * 30.0, ground.north - down * rows * 30.0)
    assert np.isfinite(sweep_diffraction(ground, tx, 30.0, 1.5, 900.0, threads=1)).all()
    assert np.isfinite(sweep_p1812(ground, tx, link(900.0, 30.0, 1.5), threads=1)).all()


@pytest.mark.parametrize("place", ["corner", "edge", "pixel corner", "pixel centre"])
def test_a_transmitter_may_stand_anywhere(place: str) -> None:
    ground = GROUNDS["hills"]
    tx = {
        "corner": (ground.west, ground.north),
        "edge": (ground.west + 1800.0, ground.north - 700.0),
        "pixel corner": (ground.west + 900.0, ground.north - 900.0),
        "pixel centre": (ground.west + 915.0, ground.north - 915.0),
    }[place]
    swept = sweep_diffraction(ground, tx, 30.0, 1.5, 900.0)
    assert np.isfinite(swept).all()
    rng = np.random.default_rng(5)
    rays = fan(ground, *tx)
    for row, column in rng.integers(0, 60, (60, 2)):
        if abs(row - rays.row) < 2 and abs(column - rays.column) < 2:
            continue
        d, h, r = profile_of_pixel(ground, rays, int(row), int(column))[:3]
        high = (h[0] + 30.0, h[-1] + 1.5)
        args = (*high, *smooth_surface(d, h, 0, len(d), *high), MEDIAN_RADIUS_KM, 0.9, 0.0, True, False)
        assert swept[row, column] == pytest.approx(delta_bullington(d, h, r, 0, len(d), *args)[0], abs=2e-5)


def test_a_mirrored_land_has_a_mirrored_loss() -> None:
    ground = relief(61, 61, built=0.1)
    across, down = 911.7, 902.3  # off the centres: no pixel lies exactly between two rays
    loss = sweep_diffraction(ground, (ground.west + across, ground.north - down), 30.0, 1.5, 900.0)
    mirrored = ground._replace(
        ground=np.ascontiguousarray(np.fliplr(ground.ground)), clutter=np.ascontiguousarray(np.fliplr(ground.clutter))
    )
    tx = (ground.west + 61 * 30.0 - across, ground.north - down)
    assert np.fliplr(sweep_diffraction(mirrored, tx, 30.0, 1.5, 900.0)) == pytest.approx(loss, abs=1e-4)
    turned = ground._replace(
        ground=np.ascontiguousarray(ground.ground.T), clutter=np.ascontiguousarray(ground.clutter.T)
    )
    tx = (ground.west + down, ground.north - across)
    there = sweep_diffraction(turned, tx, 30.0, 1.5, 900.0).T
    assert there == pytest.approx(loss, abs=1e-4)


def test_reach_leaves_out_what_is_beyond() -> None:
    ground = GROUNDS["town"]
    tx = middle(ground)
    whole, near = (sweep_diffraction(ground, tx, 30.0, 1.5, 900.0, reach_m=reach) for reach in (None, 500.0))
    rows, columns = np.mgrid[0:60, 0:60]
    away = np.hypot(ground.west + 30.0 * (columns + 0.5) - tx[0], ground.north - 30.0 * (rows + 0.5) - tx[1])
    assert np.isfinite(near[away < 480.0]).all()
    assert np.isnan(near[away > 520.0]).all()
    assert np.mean(np.abs(near - whole)[away < 480.0] < 3.0) > 0.8  # other rays, the same land


def test_a_part_of_the_land_gives_what_the_whole_gives() -> None:
    ground = GROUNDS["coast"]
    tx, chosen = (ground.west + 611.0, ground.north - 1207.0), link(900.0, 30.0, 1.5)
    whole = sweep_p1812(ground, tx, chosen, reach_m=400.0)
    part, top, left = cropped(ground, *tx, 400.0)
    rows, columns = part.ground.shape
    assert rows < 40
    assert columns < 40
    loss = sweep_p1812(part, tx, chosen, reach_m=400.0)
    there = whole[top : top + rows, left : left + columns]
    assert np.array_equal(np.isnan(loss), np.isnan(there))
    assert np.nanmax(np.abs(loss - there)) < 1e-3
    assert np.isfinite(whole).sum() == np.isfinite(loss).sum()
    with pytest.raises(Refusal, match=r"radio\.transmitter_outside"):
        sweep_p1812(part, (0.0, 0.0), chosen)


def test_rasters_of_another_form_are_taken_too() -> None:
    ground = GROUNDS["town"]
    strided = ground._replace(
        ground=np.asfortranarray(ground.ground.astype(np.float64)), clutter=np.repeat(ground.clutter, 2, axis=1)[:, ::2]
    )
    expected = sweep_diffraction(ground, TX, 30.0, 1.5, 900.0)
    assert np.array_equal(sweep_diffraction(strided, TX, 30.0, 1.5, 900.0), expected)


@pytest.mark.parametrize("name", GROUNDS)
def test_sight_is_that_of_the_pixels_ray(name: str) -> None:
    ground = GROUNDS[name]
    tx = middle(ground)
    seen = sweep_sight(ground, tx, 30.0, 1.5)
    assert np.array_equal(seen, sweep_sight(ground, tx, 30.0, 1.5, threads=1))
    assert set(np.unique(seen)) <= {0, 1}
    rays = fan(ground, *tx)
    for row in range(0, ground.ground.shape[0], 3):
        for column in range(0, ground.ground.shape[1], 7):
            if abs(row - rays.row) < 0.75 and abs(column - rays.column) < 0.75:
                continue
            d, h, r = profile_of_pixel(ground, rays, row, column)[:3]
            line = (h[0] + 30.0) * (1 - d / d[-1]) + (h[-1] + 1.5) * d / d[-1]
            over = (h + r + 500.0 / MEDIAN_RADIUS_KM * d * (d[-1] - d) - line)[1:-1]
            if len(over) and abs(over.max()) > 1e-6:
                assert seen[row, column] == (over.max() < 0.0)
    assert (sweep_sight(ground, tx, 30.0, 1.5, reach_m=90.0) == 255).any()


def test_a_hidden_pixel_loses_six_decibels_and_more() -> None:
    ground = GROUNDS["town"]
    tx = middle(ground)
    hidden = sweep_sight(ground, tx, 30.0, 1.5) == 0
    assert hidden.mean() > 0.3
    assert (sweep_diffraction(ground, tx, 30.0, 1.5, 900.0)[hidden] >= 6.0).all()


def test_a_wall_shades_what_lies_behind_it() -> None:
    ground = relief(61, 61, amplitude=0.0)
    ground.clutter[:, 40] = 60.0
    tx = (ground.west + 30.5 * 30.0, ground.north - 30.5 * 30.0)
    loss = sweep_diffraction(ground, tx, 30.0, 1.5, 2000.0)
    open_land = sweep_diffraction(ground._replace(clutter=np.zeros_like(ground.clutter)), tx, 30.0, 1.5, 2000.0)
    assert (loss[:, 42:] > open_land[:, 42:] + 15.0).all()
    assert np.array_equal(loss[:, :40], open_land[:, :40])


def test_nonsense_is_refused() -> None:
    ground = GROUNDS["hills"]
    holed = ground._replace(ground=ground.ground.copy())
    holed.ground[3, 4] = math.nan
    for arguments, code in (
        ((ground, (0.0, 0.0), 30.0, 1.5, 900.0), "radio.transmitter_outside"),
        ((ground, (math.nan, 0.0), 30.0, 1.5, 900.0), "radio.transmitter_outside"),
        ((holed, TX, 30.0, 1.5, 900.0), "radio.unknown_heights"),
        ((ground, TX, 0.0, 1.5, 900.0), "radio.bad_height"),
        ((ground, TX, 30.0, -1.0, 900.0), "radio.bad_height"),
        ((ground, TX, 30.0, 1.5, 0.0), "radio.bad_frequency"),
    ):
        with pytest.raises(Refusal) as caught:
            sweep_diffraction(*arguments)
        assert caught.value.code == code
    with pytest.raises(Refusal, match=r"radio\.unknown_heights"):
        sweep_p1812(holed, TX, link(900.0, 30.0, 1.5))


def test_a_sweep_is_cancelled_and_tells_its_progress() -> None:
    told: list[tuple[float, float, str]] = []
    progress = Progress(lambda *step: told.append(step))
    sweep_diffraction(GROUNDS["hills"], TX, 30.0, 1.5, 900.0, progress=progress)
    assert told[-1][0] == told[-1][1] == len(told)
    progress.cancel()
    with pytest.raises(Cancelled):
        sweep_p1812(GROUNDS["hills"], TX, link(900.0, 30.0, 1.5), progress=progress)


points = st.lists(st.floats(-50.0, 300.0), min_size=1, max_size=80)


def laid(values: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, np.ndarray]:
    """A ray's structures over points 0.03 km apart: d, z, hull, its size, block tops."""
    d, z = 0.03 * (np.arange(len(values)) + 0.4), np.array(values)
    hull, size, tops = np.empty(len(d), np.int32), 0, np.empty((len(d) + BLOCK - 1) // BLOCK)
    for place in range(len(d)):
        size = add_to_hull(hull, size, d, z, place)
        add_to_blocks(tops, z, place)
    return d, z, hull, size, tops


@given(points, st.floats(-100.0, 400.0))
def test_the_hull_gives_the_steepest_line(values: list[float], height: float) -> None:
    d, z, hull, size, _ = laid(values)
    length = d[-1] + 0.03
    slopes = (z - height) / (length - d)
    assert slopes[steepest_from(hull, size, d, z, length, height)] == pytest.approx(slopes.max(), rel=1e-9, abs=1e-9)


@given(points, st.floats(-1000.0, 1000.0))
def test_the_hull_gives_the_highest_point_over_a_slope(values: list[float], slope: float) -> None:
    d, z, hull, size, _ = laid(values)
    over = z - slope * d
    assert over[highest_over(hull, size, d, z, slope)] == pytest.approx(over.max(), rel=1e-9, abs=1e-9)


@given(points, st.floats(301.0, 900.0), st.floats(301.0, 900.0), st.data())
def test_blocks_give_the_least_clear_point(values: list[float], tx: float, rx: float, data: st.DataObject) -> None:
    d, z, _, _, tops = laid(values)
    length = d[-1] + 0.03
    measure = (tx + (rx - tx) * d / length - z) ** 2 * length / (d * (length - d))
    guess = data.draw(st.integers(0, len(d) - 1))
    best, place = least_clear(d, z, tops, len(d), tx, rx, length, math.inf, guess)
    assert best == pytest.approx(measure.min(), rel=1e-9)
    assert measure[place] == pytest.approx(best, rel=1e-9)
    bound = 0.5 * float(measure.min())
    assert least_clear(d, z, tops, len(d), tx, rx, length, bound, guess) == (bound, guess)


@given(points, st.floats(-300.0, 300.0), st.data())
def test_blocks_give_the_roughest_point(values: list[float], slope: float, data: st.DataObject) -> None:
    d, z, _, _, tops = laid(values)
    first = data.draw(st.integers(0, len(d) - 1))
    last = data.draw(st.integers(first, len(d) - 1))
    expected = (z - 5.0 - slope * d)[first : last + 1].max()
    assert roughest(d, z, tops, first, last, 5.0, slope) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_kernel_is_compiled_once() -> None:
    """A land of another size and form compiles nothing anew."""
    bare = np.zeros((3, 3), np.float32)
    land = Relief(0.0, 90.0, 30.0, bare, bare, np.full((1, 1), 4, np.uint8))
    sweep_sight(land, (44.0, 46.0), 30.0, 1.5, threads=1)
    sweep_diffraction(land, (44.0, 46.0), 30.0, 1.5, 900.0, threads=1)
    sweep_p1812(land, (44.0, 46.0), link(900.0, 30.0, 1.5), threads=1)
    kernels = (rays_of_diffraction, rays_of_p1812, rays_of_sight)
    before = [len(kernel.signatures) for kernel in kernels]
    ground = GROUNDS["coast"]
    sweep_diffraction(ground, TX, 10, 2, 900, reach_m=500)
    sweep_p1812(ground, TX, link(900, 10, 2, location_sigma_db=5, vertical=False))
    sweep_sight(ground, (500_900, 3_699_100), 10, 2, reach_m=500)
    assert [len(kernel.signatures) for kernel in kernels] == before


@settings(max_examples=300)
@given(
    st.integers(1, 400),
    st.floats(0.002, 0.5),
    st.floats(0.25, 1.25),
    st.floats(0.1, 3000.0),
    st.floats(0.1, 3000.0),
    st.sampled_from([8494.7, 19113.0, 6371.0]),
)
def test_the_smooth_earth_needs_no_walk(
    count: int, step: float, first: float, tx: float, rx: float, radius: float
) -> None:
    d = step * (first + np.arange(count))
    length = float(d[-1] + step)
    sphere = -500.0 / radius * d * d
    tops = sphere[::BLOCK].copy()
    edge = smooth_edge(d, sphere, tops, count, length, tx, rx, 500.0 / radius, 0.3)
    whole = np.array([0.0, *d, length])
    expected = smooth_bullington(whole, 0, len(whole), tx, rx, radius, 0.3)
    assert bullington_of_edge(edge, length) == pytest.approx(expected, rel=1e-9, abs=1e-6)
