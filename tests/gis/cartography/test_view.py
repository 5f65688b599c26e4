from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.cartography.view import View

coordinate = st.floats(-1e6, 1e7)
VIEW = View.around(500_000, 3_690_000, 10.0, 800, 600)


@given(coordinate, coordinate)
def test_pixels_and_back(x: float, y: float) -> None:
    px, py = VIEW.to_pixels(x, y)
    back = VIEW.to_world(px, py)
    assert back == pytest.approx((x, y), abs=1e-6)


@given(st.floats(0.1, 10), st.floats(0, 800), st.floats(0, 600))
def test_zooming_keeps_the_place_under_the_cursor(factor: float, px: float, py: float) -> None:
    before = VIEW.to_world(px, py)
    assert VIEW.zoomed(factor, px, py).to_world(px, py) == pytest.approx(before, abs=1e-6)


@given(st.tuples(coordinate, coordinate, st.floats(0.01, 1e5), st.floats(0.01, 1e5)))
def test_fitting_shows_all(box: tuple[float, float, float, float]) -> None:
    x, y, w, h = box
    shown = View.fitting((x, y, x + w, y + h), 800, 600, margin=0.05).bbox
    assert shown[0] <= x
    assert shown[1] <= y
    assert shown[2] >= x + w
    assert shown[3] >= y + h


def test_snapped_views_pan_by_whole_pixels() -> None:
    a = VIEW.snapped()
    b = a.panned(13, -7).snapped()
    assert a.to_pixels(b.left, b.top) == pytest.approx((-13, 7), abs=1e-6)


def test_scale_by_the_density_of_the_screen() -> None:
    assert View.around(0, 0, 1.0, 10, 10, 96 / 25.4).scale_denominator == pytest.approx(3779.5, abs=0.1)
    assert VIEW.resolution_for(VIEW.scale_denominator) == pytest.approx(VIEW.resolution)


def test_a_denser_screen_shows_the_same() -> None:
    dense = VIEW.enlarged(1.5).whole()
    assert dense.bbox == pytest.approx(VIEW.bbox)
    assert dense.scale_denominator == pytest.approx(VIEW.scale_denominator)
    assert np.allclose(dense.pixels(np.array([[500_000.0, 3_690_000.0]])), [[600, 450]])
