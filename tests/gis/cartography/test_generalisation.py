"""What the kernels leave out of small features: nothing visible is lost, nothing invisible is drawn.

Bounds, in pixels. A vertex is passed over when it lies within NEAR of the last one drawn, on both axes; so a line
drawn is never farther than SHIFT = NEAR * sqrt 2 from the true one. A stroke inks centres within ``rim``, half a pixel
beyond its radius, of the line drawn. Hence every centre within rim - SHIFT of the true line is inked, and none beyond
rim + SHIFT. A filled polygon inks every pixel that lies inside it, and none farther than one pixel from it.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography import kernels
from gis.cartography.palette import Palette
from gis.cartography.picture import draw_layer
from gis.cartography.view import View
from tests.gis.cartography.layers import layer, shapes_of

SIDE = 48
SHIFT = kernels.NEAR * sqrt(2)
SLACK = 0.06  # coverage below which an ink of the faintest line rounds to nothing, and arithmetic in 32 bits
VISIBLE = 0.02  # of a pixel: a fill of less than that is fainter than one level of colour
SEEDS = st.integers(0, 2**32 - 1)
X, Y = np.meshgrid(np.arange(SIDE) + 0.5, SIDE - np.arange(SIDE) - 0.5)
CENTRES = shapely.points(X, Y)
PIXELS = shapely.box(X - 0.5, Y - 0.5, X + 0.5, Y + 0.5)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    kernels.warm_up()


def _stroked(shapes: list[shapely.Geometry], width: float) -> np.ndarray:
    mask, _ = kernels.new_mask(SIDE, SIDE)
    s = shapes_of("line", shapes)
    first, last = s.feature_offsets[:-1].copy(), s.feature_offsets[1:].copy()
    every = np.arange(len(shapes))
    kernels.stroke(
        mask, s.coords, s.ring_offsets, first, last, s.bounds, every, 0.0, SIDE, 1.0, width, np.zeros(0), 0.0
    )
    return mask


def _filled(shapes: list[shapely.Geometry]) -> np.ndarray:
    mask, _ = kernels.new_mask(SIDE, SIDE)
    s = shapes_of("polygon", shapes)
    first, last = s.feature_offsets[:-1].copy(), s.feature_offsets[1:].copy()
    kernels.fill(mask, s.coords, s.ring_offsets, first, last, s.bounds, np.arange(len(shapes)), 0.0, SIDE, 1.0)
    return mask


def _walk(rng: np.random.Generator) -> shapely.LineString:
    step = rng.choice([0.02, 0.3, 0.7, 3.0, 40.0])
    return shapely.LineString(rng.uniform(-8, SIDE + 8, 2) + rng.normal(0, step, (rng.integers(2, 40), 2)).cumsum(0))


@settings(max_examples=120, deadline=None)
@given(SEEDS, st.sampled_from([0.2, 1.0, 2.5, 6.0]))
def test_strokes_stay_within_their_bounds(seed: int, width: float) -> None:
    rng = np.random.default_rng(seed)
    lines = [_walk(rng) for _ in range(rng.integers(1, 4))]
    away = shapely.distance(shapely.union_all(lines), CENTRES)
    ink = _stroked(lines, width) > 0
    rim = max(width, 1.0) / 2 + 0.5
    assert ink[away < rim - SHIFT - SLACK].all()
    assert not ink[away > rim + SHIFT + SLACK].any()


@settings(max_examples=80, deadline=None)
@given(SEEDS, st.sampled_from([1.0, 3.0]))
def test_lines_of_few_vertices_are_exact(seed: int, width: float) -> None:
    """Where no vertex is passed over, the line drawn is the true one."""
    rng = np.random.default_rng(seed)
    line = shapely.LineString(rng.uniform(-20, SIDE + 20, (rng.integers(2, 6), 2)))
    coords = shapely.get_coordinates(line)
    if (np.abs(np.diff(coords, axis=0)).max(axis=1) < 1.0).any():
        return
    away = shapely.distance(line, CENTRES)
    rim = width / 2 + 0.5
    true = np.clip(rim - away, 0.0, 1.0) * 255
    assert np.abs(_stroked([line], width).astype(float) - true).max() <= 3


@settings(max_examples=80, deadline=None)
@given(SEEDS)
def test_shares_of_a_layer_in_several_threads_make_the_same_mask(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines = [_walk(rng) for _ in range(12)]
    whole = _stroked(lines, 1.5)
    many, kernels.MANY = kernels.MANY, 20
    try:
        assert (_stroked(lines, 1.5) == whole).all()
    finally:
        kernels.MANY = many
    assert (np.maximum(_stroked(lines[:5], 1.5), _stroked(lines[5:], 1.5)) == whole).all()


@settings(max_examples=120, deadline=None)
@given(SEEDS)
def test_fills_stay_within_their_bounds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    middle, size = rng.uniform(-5, SIDE + 5, 2), rng.choice([0.05, 0.8, 4.0, 60.0])
    hull = shapely.convex_hull(shapely.MultiPoint(middle + rng.normal(0, size, (7, 2))))
    hole = shapely.affinity.scale(hull, 0.4, 0.4)
    polygon = hull.difference(hole)
    ink = _filled([polygon])
    shapely.prepare(polygon)
    inside = shapely.contains(polygon, PIXELS)
    assert (ink[inside] >= 254).all()
    assert not ink[shapely.distance(polygon, PIXELS) > 1.0].any()
    weight = float(shapely.area(shapely.intersection(polygon, shapely.box(0, 0, SIDE, SIDE))))
    if size >= 4.0:  # what is covered adds up to the area
        assert abs(ink.sum() / 255 - weight) <= 0.02 * weight + 0.05 * polygon.length + 0.5


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from([0.2, 1.0, 3.0, 40.0]))
def test_every_building_leaves_ink_and_none_where_there_is_none(seed: int, size: float) -> None:
    """Through all of a layer's drawing: specks, slivers narrower than a scan line, blocks."""
    rng = np.random.default_rng(seed)
    houses = []
    for _ in range(rng.integers(1, 12)):
        x, y = rng.uniform(2, SIDE - 2, 2)
        w, h = size * rng.choice([0.01, 0.2, 1.0], 2)
        houses.append(shapely.box(x, y, min(x + w, SIDE - 1.5), min(y + h, SIDE - 1.5)))
    arrays = layer("building", houses)
    view = View(0.0, SIDE, 1.0, SIDE, SIDE)
    picture = draw_layer(arrays, arrays.style, view, Palette.of(False))
    assert picture is not None
    reach = max(v.width for v in arrays.style.variants) * arrays.style.factor(view.scale_denominator)
    reach = max(reach * view.pixels_per_mm, 1.0) / 2 + 0.5 + SHIFT + sqrt(0.5)
    ink = picture > 0
    assert not ink[shapely.distance(shapely.union_all(houses), CENTRES) > reach + SLACK].any()
    for house in houses:
        if house.area >= VISIBLE:
            assert ink[shapely.distance(house, CENTRES) <= reach].any()


@settings(max_examples=80, deadline=None)
@given(SEEDS, st.sampled_from([3.0, 8.0, 20.0]))
def test_thinned_points_stand_for_their_cell_and_stay_while_panning(seed: int, cell: float) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 300))
    at = rng.uniform(-20, SIDE + 20, (n, 2))
    bounds = np.hstack([at, at])
    order = rng.permutation(n)

    def kept(left: float, top: float) -> set[int]:
        column0, row0 = int(np.floor(left / cell)) - 1, int(np.floor(-top / cell)) - 1
        count = int(np.ceil(SIDE / cell)) + 3
        taken = np.zeros((count, count), np.int64)
        found = kernels.thin(bounds, order, left, top, 1.0, cell, False, column0, row0, taken)
        return {int(order[i]) for i in found}

    def cell_of(i: int) -> tuple[int, int]:
        return int(np.floor(at[i, 0] / cell)), int(np.floor(-at[i, 1] / cell))

    here = kept(0.0, SIDE)
    cells = [cell_of(i) for i in here]
    assert len(set(cells)) == len(cells)  # one in each
    inside = [i for i in range(n) if 0 <= at[i, 0] < SIDE and 0 <= at[i, 1] < SIDE]
    assert {cell_of(i) for i in inside} <= set(cells)  # no occupied cell is empty
    there = kept(7.0, SIDE - 3.0)
    common = {i for i in inside if 7 + cell < at[i, 0] < SIDE - cell and cell < at[i, 1] < SIDE - 3 - cell}
    assert here & common == there & common
