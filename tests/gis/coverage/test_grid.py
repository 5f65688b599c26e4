"""Grids lie on multiples of their resolution and are cut into tiles without gap or overlap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.coverage.grid import TILE, Grid, fitting_resolution_m
from gis.errors import Refusal

corners = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(corners, corners, st.floats(1.0, 20_000.0), st.floats(1.0, 20_000.0), st.sampled_from([10.0, 20.0, 25.0, 100.0]))
def test_a_grid_covers_its_box_on_whole_multiples(x: float, y: float, w: float, h: float, resolution: float) -> None:
    grid = Grid.over((x, y, x + w, y + h), resolution)
    west, south, east, north = grid.bbox
    assert west <= x
    assert south <= y
    assert east >= x + w
    assert north >= y + h
    assert grid.west % resolution == 0.0
    assert grid.north % resolution == 0.0
    assert east - x - w < resolution + 1e-6
    assert x - west < resolution + 1e-6


def test_tiles_cover_each_pixel_once() -> None:
    grid = Grid.over((3.0, 3.0, 26_007.0, 13_002.0), 20.0)
    seen = np.zeros((grid.height, grid.width), int)
    for tile in grid.tiles():
        assert tile.height <= TILE
        assert tile.width <= TILE
        seen[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] += 1
    assert (seen == 1).all()


@pytest.mark.parametrize(
    ("bbox", "resolution", "code"),
    [
        ((0.0, 0.0, 100.0, 100.0), 0.0, "coverage.bad_resolution"),
        ((0.0, 0.0, 100.0, 100.0), -5.0, "coverage.bad_resolution"),
        ((0.0, 0.0, 100.0, 100.0), float("nan"), "coverage.bad_resolution"),
        ((0.0, 0.0, 0.0, 100.0), 10.0, "coverage.empty_extent"),
        ((float("nan"),) * 4, 10.0, "coverage.empty_extent"),
        ((0.0, 0.0, 140_000.0, 210_000.0), 1.0, "coverage.too_fine"),
    ],
)
def test_impossible_grids_are_refused(bbox: tuple[float, float, float, float], resolution: float, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        Grid.over(bbox, resolution)
    assert refused.value.code == code
    assert refused.value.hint("zh")


def test_advice_for_too_fine_a_grid_is_good_advice() -> None:
    box = (0.0, 0.0, 140_000.0, 210_000.0)
    with pytest.raises(Refusal) as refused:
        Grid.over(box, 1.0)
    Grid.over(box, refused.value.arguments["advice_m"])


@pytest.mark.parametrize(
    ("side_km", "radius_m", "reached_km2", "expected"),
    [
        (170.0, 2_000.0, 1e6, 100.0),  # a city's cells
        (55.0, 2_000.0, 1e6, 50.0),  # a district's: finer than a 40th of the range tells nothing
        (55.0, 1_200.0, 1e6, 25.0),
        (20.0, 160.0, 80.0, 5.0),  # hotspots of a town
        (170.0, 160.0, 80.0, 20.0),  # hotspots of a city: the file stays small
    ],
)
def test_the_program_picks_a_fitting_resolution(
    side_km: float, radius_m: float, reached_km2: float, expected: float
) -> None:
    side = side_km * 1000.0
    assert fitting_resolution_m((0.0, 0.0, side, side), radius_m, reached_km2 * 1e6) == expected
