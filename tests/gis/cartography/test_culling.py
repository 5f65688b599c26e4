from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography.culling import Blocks, z_order


@st.composite
def boxes(draw) -> np.ndarray:
    n = draw(st.integers(0, 900))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spread = draw(st.sampled_from([1e-3, 1.0, 1e5]))
    low = rng.normal(0, spread, (n, 2))
    made = np.hstack([low, low + rng.exponential(spread * 0.1, (n, 2)) * (rng.random((n, 1)) < 0.7)])
    made[rng.random(n) < draw(st.sampled_from([0.0, 0.1]))] = np.nan
    return made


@settings(max_examples=80, deadline=None)
@given(boxes(), st.tuples(*[st.floats(-1.5, 1.5)] * 2, *[st.floats(0, 2)] * 2), st.sampled_from([1e-3, 1.0, 1e5]))
def test_nothing_visible_is_lost_and_nothing_else_found(bounds, window, scale) -> None:
    x, y, w, h = (v * scale for v in window)
    bbox = (x, y, x + w, y + h)
    order = z_order(bounds)
    assert sorted(order) == list(range(len(bounds)))
    found = order[Blocks.of(bounds[order]).touching(bbox)]
    b = bounds
    touching = (b[:, 0] <= bbox[2]) & (b[:, 2] >= bbox[0]) & (b[:, 1] <= bbox[3]) & (b[:, 3] >= bbox[1])
    assert sorted(found) == sorted(np.flatnonzero(touching))


def test_extent_of_all() -> None:
    bounds = np.array([[0.0, 1, 2, 3], [np.nan] * 4, [-5, 0, -4, 9]])
    assert Blocks.of(bounds).extent() == (-5, 0, 2, 9)
    assert Blocks.of(bounds[:0]).extent() is None
    assert Blocks.of(bounds[1:2]).extent() is None
