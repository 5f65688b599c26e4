"""Zonal sums against plain geometry."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.coverage.grid import Grid
from gis.coverage.zonal import CoveredAreas


def covered_m2(grid: Grid, mask: np.ndarray, polygons: list[shapely.Geometry]) -> np.ndarray:
    sums = CoveredAreas(grid, np.array(polygons, object))
    for tile in grid.tiles():
        sums.add(tile, mask[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width])
    return sums.covered_m2


def centres(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    x = grid.west + (np.arange(grid.width) + 0.5) * grid.resolution_m
    y = grid.north - (np.arange(grid.height) + 0.5) * grid.resolution_m
    return np.meshgrid(x, y)


def test_everything_covered_is_the_polygon_itself() -> None:
    grid = Grid.over((0.0, 0.0, 8000.0, 8000.0), 10.0)
    shapes = [shapely.Point(3000, 4000).buffer(2500, 32), shapely.box(1.5, 2.5, 703.25, 99.125)]
    assert covered_m2(grid, np.ones((800, 800), bool), shapes) == pytest.approx(shapely.area(shapes), rel=1e-9)


def test_border_pixels_count_by_the_share_inside() -> None:
    grid = Grid.over((0.0, 0.0, 100.0, 100.0), 10.0)
    mask = np.zeros((10, 10), bool)
    mask[:, 0] = True  # the westmost column, x from 0 to 10
    assert covered_m2(grid, mask, [shapely.box(4.0, 12.0, 60.0, 57.0)])[0] == pytest.approx(6.0 * 45.0)


def test_a_circle_of_coverage_within_half_a_square() -> None:
    """Covered disc of 1,500 m; the polygon is its eastern half."""
    grid = Grid.over((-2000.0, -2000.0, 2000.0, 2000.0), 5.0)
    x, y = centres(grid)
    found = covered_m2(grid, np.hypot(x, y) <= 1500.0, [shapely.box(0.0, -2000.0, 2000.0, 2000.0)])[0]
    assert found == pytest.approx(math.pi * 1500.0**2 / 2.0, rel=1e-3)


def test_holes_and_several_parts_are_respected() -> None:
    grid = Grid.over((0.0, 0.0, 6000.0, 3000.0), 10.0)
    ring = shapely.Point(1500, 1500).buffer(1200, 32).difference(shapely.Point(1500, 1500).buffer(700, 32))
    both = shapely.union(ring, shapely.box(4000, 500, 5503, 2504))
    mask = centres(grid)[0] < 5000.0
    expected = shapely.intersection(both, shapely.box(0, 0, 5000, 3000)).area
    assert covered_m2(grid, mask, [both])[0] == pytest.approx(expected, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.floats(50.0, 1950.0), st.floats(50.0, 1950.0), st.integers(0, 2**31))
def test_parts_add_up_to_the_whole(x: float, y: float, seed: int) -> None:
    """A square cut into four at any point: the parts' sums are the square's."""
    grid = Grid.over((0.0, 0.0, 2000.0, 2000.0), 10.0)
    mask = np.random.default_rng(seed).random((200, 200)) < 0.5
    parts = [
        shapely.box(0, 0, x, y),
        shapely.box(x, 0, 2000, y),
        shapely.box(0, y, x, 2000),
        shapely.box(x, y, 2000, 2000),
    ]
    sums = covered_m2(grid, mask, [*parts, shapely.box(0, 0, 2000, 2000)])
    assert sums[:4].sum() == pytest.approx(sums[4], rel=1e-6)
    assert sums[4] == pytest.approx(mask.sum() * 100.0)
