"""Culling of whole layers: after any edits exactly the living features in the window are found, and the picture made
from them is the picture of all features."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays
from gis.cartography.culling import BLOCK, Blocks, z_order
from gis.cartography.palette import Palette
from gis.cartography.picture import draw_layer
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View
from gis.catalogue import load_catalogue
from tests.gis.cartography.layers import Table, layer

STYLES = {
    cls: replace(LayerStyle.from_class(load_catalogue()[cls]), max_scale=0.0, by=None, rotate_by=None)
    for cls in ("wifi_hotspot", "road", "building")
}
SEEDS = st.integers(0, 2**32 - 1)


def _geometry(kind: str, rng: np.random.Generator) -> Any:
    x, y = rng.uniform(-60, 160, 2)
    size = rng.choice([0.0, 0.01, 0.7, 8.0, 60.0])
    if kind == "point":
        return shapely.Point(x, y)
    if kind == "line":
        return shapely.LineString(np.array([x, y]) + rng.normal(0, size, (rng.integers(2, 6), 2)))
    return shapely.box(x, y, x + size + 1e-3, y + size * rng.uniform(0, 1) + 1e-3)


def _brute(rows: dict[int, tuple[Any, dict[str, Any]]], bbox: tuple[float, ...]) -> list[int]:
    return sorted(id for id, (shape, _) in rows.items() if shapely.box(*shape.bounds).intersects(shapely.box(*bbox)))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(STYLES)), SEEDS, st.integers(0, 3))
def test_after_any_edits_the_living_in_the_window_are_found(cls: str, seed: int, rounds: int) -> None:
    rng, style = np.random.default_rng(seed), STYLES[cls]
    rows = {int(id): (_geometry(style.kind, rng), {}) for id in rng.choice(10**6, rng.integers(0, 700), replace=False)}
    table = Table(style.kind, rows)
    arrays = LayerArrays.load(table, style)
    for _ in range(rounds):
        known = list(rows)
        gone = {int(i) for i in rng.choice(known, min(len(known), 5), replace=False)} if known else set()
        moved = {int(i) for i in rng.choice(known, min(len(known), 5), replace=False)} - gone if known else set()
        new = {int(i) for i in rng.integers(10**6, 2 * 10**6, 4)}
        for id in gone:
            del rows[id]
        for id in moved | new:
            rows[id] = (_geometry(style.kind, rng), {})
        arrays = arrays.patch(table, np.array(sorted(gone | moved | new), np.int64))
    assert len(arrays) == len(rows)
    for _ in range(4):
        x, y = rng.uniform(-80, 150, 2)
        w, h = rng.choice([0.0, 1e-9, 5.0, 90.0, 1e6], 2)
        window = (x, y, x + w, y + h)
        found = np.concatenate([part.ids[at] for part, at in arrays.visible(window)] or [np.zeros(0, np.int64)])
        assert sorted(found) == _brute(rows, window)
        chosen = np.array(sorted(rows)[::3], np.int64)
        picked = np.concatenate([part.ids[at] for part, at in arrays.chosen(chosen, window)] or [chosen[:0]])
        assert sorted(picked) == sorted(set(_brute(rows, window)) & set(chosen.tolist()))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["road", "building"]), SEEDS)
def test_the_picture_of_what_is_found_is_the_picture_of_all(cls: str, seed: int) -> None:
    kernels.warm_up()
    rng = np.random.default_rng(seed)
    style = STYLES[cls]
    arrays = layer(cls, [_geometry(style.kind, rng) for _ in range(rng.integers(1, 60))], style)
    resolution = float(rng.choice([0.05, 0.5, 2.0]))
    view = View.around(*rng.uniform(0, 100, 2), resolution, 90, 70)
    palette = Palette.of(bool(rng.integers(2)))
    culled = draw_layer(arrays, style, view, palette)
    whole = [(arrays.base, np.arange(len(arrays.base)))]
    every = draw_layer(arrays, style, view, palette, found=whole)
    assert every is not None
    assert (every == (0 if culled is None else culled)).all()


def test_boxes_that_are_points_and_lines_and_borders() -> None:
    boxes = np.array([[0, 0, 0, 0], [1, 1, 1, 5], [2, 3, 8, 3], [4, 4, 4, 4], [4, 4, 4, 4]], float)
    blocks = Blocks.of(boxes)
    assert list(blocks.touching((0, 0, 0, 0))) == [0]
    assert list(blocks.touching((1, 5, 4, 9))) == [1]  # touches the line's end
    assert list(blocks.touching((4, 4, 4, 4))) == [3, 4]
    assert list(blocks.touching((5, 3, 5, 3))) == [2]
    assert list(blocks.touching((9, 9, 10, 10))) == []
    assert list(blocks.touching((-1e300, -1e300, 1e300, 1e300))) == [0, 1, 2, 3, 4]


def test_features_without_extent_do_not_hide_their_neighbours() -> None:
    boxes = np.tile([5.0, 5.0, 6.0, 6.0], (3 * BLOCK, 1))
    boxes[BLOCK : 2 * BLOCK] = np.nan  # a whole block without extent
    boxes[::7] = np.nan
    order = z_order(boxes)
    found = order[Blocks.of(boxes[order]).touching((0, 0, 10, 10))]
    assert sorted(found) == sorted(np.flatnonzero(np.isfinite(boxes[:, 0])))
    assert len(Blocks.of(boxes[BLOCK : 2 * BLOCK]).touching((-1e9, -1e9, 1e9, 1e9))) == 0


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.sampled_from([1.0, 1e9, 5e-324]))
def test_neighbours_lie_side_by_side(seed: int, scale: float) -> None:
    """The order is one of all features, whatever their coordinates: one place, huge ones, next to nothing."""
    rng = np.random.default_rng(seed)
    low = rng.integers(0, 3, (500, 2)) * scale
    order = z_order(np.hstack([low, low]))
    assert sorted(order) == list(range(500))
