from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.basemaps.grid import LIMIT, Grid, Tile, geographic, mercator, quadkey, web_mercator

LON = st.floats(-179.999, 179.999)
LAT = st.floats(-85, 85)


@given(LON, LAT, st.integers(0, 22))
def test_a_place_lies_in_its_tile(lon: float, lat: float, zoom: int) -> None:
    for grid in (web_mercator(zoom, zoom), geographic(zoom, zoom)):
        (x,), (y,) = grid.from_lonlat(np.array([lon]), np.array([lat]))
        level = grid.levels[0]
        c0, _, r0, _ = level.span((x, y, x + 1e-9, y + 1e-9)) or pytest.fail("nowhere")
        xmin, ymin, xmax, ymax = level.tile_box(c0, r0)
        slack = 1e-8 * level.resolution * 256 + 1e-8
        assert xmin - slack <= x <= xmax + slack
        assert ymin - slack <= y <= ymax + slack


@given(st.integers(0, 22), st.data())
def test_the_middle_of_a_tile_leads_back_to_it(zoom: int, data: st.DataObject) -> None:
    for grid in (web_mercator(zoom, zoom), geographic(zoom, zoom, 512)):
        level = grid.levels[0]
        column = data.draw(st.integers(0, level.columns - 1))
        row = data.draw(st.integers(0, level.rows - 1))
        box = level.tile_box(column, row)
        inner = (box[2] - box[0]) / 4
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        assert level.span((x - inner, y - inner, x + inner, y + inner)) == (column, column + 1, row, row + 1)


@given(LON, LAT)
def test_mercator_is_projs(lon: float, lat: float) -> None:
    x, y = mercator(np.array([lon]), np.array([lat]))
    wanted = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(lon, lat)
    assert (x[0], y[0]) == pytest.approx(wanted, abs=1e-6)


def test_beyond_its_edge_mercator_has_nothing() -> None:
    _, y = mercator(np.array([0.0, 0.0]), np.array([LIMIT + 0.01, 90.0]))
    assert not np.isfinite(y).any()


@given(st.integers(1, 20), st.data())
def test_a_quadkey_names_one_tile(zoom: int, data: st.DataObject) -> None:
    column, row = data.draw(st.integers(0, (1 << zoom) - 1)), data.draw(st.integers(0, (1 << zoom) - 1))
    key = quadkey(column, row, zoom)
    assert len(key) == zoom
    assert sum((int(digit) & 1) << (zoom - 1 - i) for i, digit in enumerate(key)) == column
    assert sum((int(digit) >> 1) << (zoom - 1 - i) for i, digit in enumerate(key)) == row


def test_the_published_quadkey() -> None:
    assert quadkey(3, 5, 3) == "213"  # Microsoft, "Bing Maps Tile System"


def test_level_takes_latitude_into_account() -> None:
    """The level is chosen by pixels of the ground, in whatever units the grid has."""
    grid = web_mercator(0, 20)
    assert grid.level_for(grid.levels[14].resolution) == 14
    assert grid.level_for(grid.levels[14].resolution * 0.72) == 14
    assert grid.level_for(grid.levels[14].resolution * 0.70) == 15
    assert grid.level_for(1e-9) == 20
    assert grid.level_for(1e9) == 0


def test_the_first_levels_of_the_c_grid() -> None:
    """天地图's c services: TileMatrix 1 has scale denominator 2.958293554545656E8 (at 96 pixels an inch, not the
    0.28 mm of the standard), and two tiles side by side."""
    one = geographic(1, 1).levels[0]
    assert one.resolution * 111319.490793 / (0.0254 / 96) == pytest.approx(2.958293554545656e8, rel=1e-4)
    assert one.resolution == 0.703125
    assert (one.columns, one.rows) == (2, 1)


def test_span_outside_is_nothing() -> None:
    grid: Grid = web_mercator(5, 5)
    assert grid.levels[0].span((1e9, 1e9, 2e9, 2e9)) is None
    assert grid.levels[0].span((float("nan"), 0, 1, 1)) is None
    assert Tile(0, 1, 2).row == 2
