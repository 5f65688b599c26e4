from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.basemaps.kernels import NOWHERE, resample
from tests.gis.basemaps.making import channels


def _mesh(x0: float, y0: float, k: float, w: int, h: int, step: int = 32) -> tuple[np.ndarray, np.ndarray]:
    gy, gx = np.mgrid[0 : h // step + 2, 0 : w // step + 2] * float(step)
    return x0 + gx * k, y0 + gy * k


def _source(h: int, w: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    alpha = rng.integers(0, 256, (h, w))
    parts = [(rng.integers(0, 256, (h, w)) * alpha // 255) for _ in range(3)]
    return ((alpha << 24) | (parts[0] << 16) | (parts[1] << 8) | parts[2]).astype(np.uint32)


@given(st.floats(-20, 40), st.floats(-20, 40), st.floats(0.05, 1.2), st.integers(0, 3))
def test_bilinear_is_the_textbooks(x0: float, y0: float, k: float, seed: int) -> None:
    source = _source(40, 50, seed)
    out = np.full((45, 70), 7, np.uint32)
    resample(out, source, *_mesh(x0, y0, k, 70, 45), 32, 1)
    rgba = channels(source).astype(float)
    for y, x in ((0, 0), (20, 33), (31, 32), (44, 69), (10, 64)):
        u, v = x0 + (x + 0.5) * k, y0 + (y + 0.5) * k
        if min(u, v, 50 - u, 40 - v) < 1e-3 and max(-u, -v, u - 50, v - 40) < 1e-3:
            continue  # on the very edge either is right
        if not (0 <= u < 50 and 0 <= v < 40):
            assert out[y, x] == 7
            continue
        i, j = int(np.floor(u - 0.5)), int(np.floor(v - 0.5))
        fx, fy = u - 0.5 - i, v - 0.5 - j
        i0, i1, j0, j1 = max(i, 0), min(i + 1, 49), max(j, 0), min(j + 1, 39)
        wanted = (rgba[j0, i0] * (1 - fx) + rgba[j0, i1] * fx) * (1 - fy)
        wanted += (rgba[j1, i0] * (1 - fx) + rgba[j1, i1] * fx) * fy
        assert np.abs(channels(out[y : y + 1, x : x + 1])[0, 0] - wanted).max() <= 3


def test_the_same_pixels_stay_the_same() -> None:
    source = _source(64, 64)
    out = np.zeros((64, 64), np.uint32)
    resample(out, source, *_mesh(0, 0, 1.0, 64, 64), 32, 1)
    assert np.array_equal(out, source)


@pytest.mark.parametrize("samples", [2, 4, 8])
def test_smaller_pictures_are_means(samples: int) -> None:
    source = _source(256, 256)
    out = np.zeros((256 // samples, 256 // samples), np.uint32)
    resample(out, source, *_mesh(0, 0, float(samples), 256 // samples, 256 // samples), 32, samples)
    blocks = channels(source).reshape(256 // samples, samples, 256 // samples, samples, 4).mean(axis=(1, 3))
    assert np.abs(channels(out) - blocks)[1:-1, 1:-1].max() <= 1


def test_cells_that_have_no_place_are_left_alone() -> None:
    out = np.full((64, 64), 9, np.uint32)
    x, y = _mesh(0, 0, 1.0, 64, 64)
    x[0, 0] = NOWHERE
    resample(out, np.full((64, 64), 0xFFFFFFFF, np.uint32), x, y, 32, 1)
    assert (out[:32, :32] == 9).all()
    assert (out[32:, :] == 0xFFFFFFFF).all()


def test_the_edge_of_a_source_is_smooth() -> None:
    """A pixel half outside is half clear."""
    out = np.zeros((32, 32), np.uint32)
    resample(out, np.full((100, 100), 0xFFFFFFFF, np.uint32), *_mesh(-1.0, 0.0, 2.0, 32, 32), 32, 2)
    assert channels(out)[5, 0, 3] in (127, 128)
