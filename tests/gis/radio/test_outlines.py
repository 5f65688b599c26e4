"""Filling rasters from flat outlines: the same pixels as GDAL's fill, bit for bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import Affine

from gis.coverage.grid import Grid, Tile
from gis.geometry.columns import Columns
from gis.radio.outlines import Outlines
from gis.radio.terrain import building_heights, clutter

F32 = NDArray[np.float32]


def by_gdal(shapes: NDArray[np.object_], value: NDArray[np.float64], grid: Grid, tile: Tile, factor: int) -> F32:
    """Low values first, the higher ones over them; multipolygons by their parts, as rasterio does."""
    box, fine = grid.tile_bbox(tile), grid.resolution_m / factor
    order = np.argsort(value, kind="stable")
    laid = rasterize(
        [(shapes[i], value[i]) for i in order.tolist()],
        out_shape=(tile.height * factor, tile.width * factor),
        transform=Affine(fine, 0.0, box[0], 0.0, -fine, box[3]),
        fill=0.0,
        dtype="float32",
    )
    return np.asarray(laid, np.float32)


def figures(rng: np.random.Generator, count: int, side: float, east: float) -> NDArray[np.object_]:
    """Houses, stars, bow ties, holes and pairs, most of whose corners and edges lie on the middles of pixels."""
    made = np.empty(count, object)
    for n in range(count):
        lattice = rng.choice([0.1, 0.25, 0.5, 1.0, 1.25])
        middle = rng.integers(0, int(side), 2) + np.array([east, 0.0])
        corners = middle + rng.integers(-20, 20, (int(rng.integers(3, 9)), 2)) * lattice
        one = shapely.Polygon(corners)
        if n % 4 == 1:
            one = shapely.box(*one.bounds)
        elif n % 4 == 2:
            one = shapely.MultiPolygon([shapely.box(*one.bounds), shapely.Polygon(corners + 3.0)])
        elif n % 4 == 3:
            one = shapely.Polygon(one.convex_hull.buffer(9.0).exterior.coords, [corners])
        made[n] = one.reverse() if n % 3 else one
    return made


@pytest.mark.parametrize(("resolution", "factor"), [(1.0, 1), (1.0, 3), (2.5, 2), (7.3, 7), (20.0, 4)])
@pytest.mark.parametrize("east", [0.0, 512_345.6])
def test_pixels_are_those_of_gdal(resolution: float, factor: int, east: float) -> None:
    rng = np.random.default_rng(int(10 * resolution + factor))
    shapes = figures(rng, 400, 300.0, east)
    value = rng.uniform(0.5, 90.0, len(shapes))
    grid = Grid.over((east + 10.0, 10.0, east + 290.0, 290.0), resolution)
    outlines = Outlines.of(shapes, value)
    for tile in grid.tiles():
        wanted = by_gdal(shapes, value, grid, tile, factor)
        assert wanted.any()
        np.testing.assert_array_equal(outlines.filled(grid, tile, factor), wanted)


def test_each_figure_alone_is_gdals() -> None:
    """Together the tall ones hide what differs under them."""
    rng = np.random.default_rng(8)
    grid = Grid.over((0.0, 0.0, 30.0, 30.0), 1.0)
    tile = next(iter(grid.tiles()))
    for shape in figures(rng, 400, 30.0, 0.0):
        alone = np.array([shape], object)
        np.testing.assert_array_equal(
            Outlines.of(alone, np.ones(1)).filled(grid, tile), by_gdal(alone, np.ones(1), grid, tile, 1), shape.wkt
        )


def test_what_is_no_polygon_is_left_out() -> None:
    shapes = np.array([None, shapely.Polygon(), shapely.Point(1.0, 1.0), shapely.box(0.0, 0.0, 4.0, 4.0)], object)
    outlines = Outlines.of(shapes, np.array([1.0, 2.0, 3.0, 4.0]))
    assert len(outlines) == 1
    assert outlines.value.tolist() == [4.0]
    assert len(Outlines.of(shapes[:3], np.ones(3))) == 0


@pytest.mark.parametrize("resolution", [5.0, 10.0, 20.0])
def test_heights_of_buildings_are_means_over_what_is_built(resolution: float) -> None:
    """As they were when each polygon was handed to GDAL and numpy took the means."""
    rng = np.random.default_rng(4)
    shapes = figures(rng, 500, 900.0, 0.0)
    height = np.where(rng.random(len(shapes)) < 0.1, math.nan, rng.uniform(2.0, 90.0, len(shapes)))
    floors = np.where(rng.random(len(shapes)) < 0.5, math.nan, rng.integers(1, 30, len(shapes)))
    grid = Grid.over((0.0, 0.0, 900.0, 900.0), resolution)
    found = building_heights(
        grid, Columns("building", np.arange(1, 501), {"height_m": height, "floors": floors}, shapes)
    )
    rules = clutter()["buildings"]
    guess = np.where(np.isnan(floors), rules["assumed_m"], floors * rules["storey_m"])
    known = np.where(np.isnan(height), guess, height)
    factor = min(int(rules["most_parts"]), math.ceil(resolution / rules["finest_m"]))
    wanted = np.zeros((grid.height, grid.width), np.float32)
    for tile in grid.tiles():
        blocks = by_gdal(shapes, known, grid, tile, factor).reshape(tile.height, factor, tile.width, factor)
        built = (blocks > 0.0).sum(axis=(1, 3))
        mean = blocks.sum(axis=(1, 3), dtype=np.float64) / np.maximum(built, 1)
        wanted[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] = np.where(
            built >= rules["built_share"] * factor * factor, mean, 0.0
        )
    assert (wanted > 0.0).mean() > 0.1
    np.testing.assert_array_equal(found, wanted)
