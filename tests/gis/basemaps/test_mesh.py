from __future__ import annotations

import numpy as np
import pyproj
import pytest

from gis.basemaps.grid import geographic, web_mercator
from gis.basemaps.kernels import NOWHERE
from gis.basemaps.mesh import Mesh, lonlat_way, mesh
from gis.cartography.view import View
from gis.geometry.crs import project_crs
from gis.geometry.datum import gcj02_to_wgs84, wgs84_to_gcj02
from tests.gis.basemaps.making import CRS, middle


def _between(made: Mesh, px: np.ndarray, py: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mesh's own bilinear answer."""
    i = np.minimum((px / made.step).astype(int), made.x.shape[1] - 2)
    j = np.minimum((py / made.step).astype(int), made.x.shape[0] - 2)
    fx, fy = px / made.step - i, py / made.step - j
    answers = []
    for held in (made.x, made.y):
        upper = held[j, i] * (1 - fx) + held[j, i + 1] * fx
        lower = held[j + 1, i] * (1 - fx) + held[j + 1, i + 1] * fx
        answers.append(upper * (1 - fy) + lower * fy)
    return answers[0], answers[1]


@pytest.mark.parametrize("resolution", [0.1, 1.0, 30.0, 500.0, 2000.0])
@pytest.mark.parametrize("lon", [118.6, 120.15])
@pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
def test_every_pixel_is_within_three_tenths_of_proj(resolution: float, lon: float, datum: str) -> None:
    view = View.around(*middle(lon, 33.35), resolution, 700, 450)
    grid = web_mercator(0, 1)
    made = mesh(view, lonlat_way(CRS, datum, grid.from_lonlat, view.width * resolution))  # type: ignore[arg-type]
    py, px = (a.ravel() + 0.5 for a in np.mgrid[0:450:3, 0:700:3].astype(float))
    lon_, lat_ = pyproj.Transformer.from_crs(4549, 4326, always_xy=True).transform(*view.to_world(px, py))
    if datum == "gcj02":
        lon_, lat_ = wgs84_to_gcj02(lon_, lat_)
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(lon_, lat_)
    u, v = _between(made, px, py)
    seen = np.isfinite(x) & np.isfinite(y)
    assert seen.mean() > 0.99
    assert np.hypot(u - x, v - y)[seen].max() / made.scale <= 0.3


def test_scale_is_that_of_the_place() -> None:
    """Web Mercator metres are longer than the ground's by 1 / cos(latitude)."""
    view = View.around(*middle(), 10.0, 400, 300)
    made = mesh(view, lonlat_way(CRS, "wgs84", web_mercator(0, 1).from_lonlat, 4000))
    assert made.scale == pytest.approx(10.0 / np.cos(np.radians(33.35)), rel=5e-3)
    degrees = mesh(view, lonlat_way(CRS, "wgs84", geographic(0, 1).from_lonlat, 4000))
    assert degrees.scale == pytest.approx(10.0 / 111_000 / np.sqrt(np.cos(np.radians(33.35))), rel=1e-2)


def test_half_the_world_away_there_is_nothing_but_no_nonsense() -> None:
    view = View.around(0.0, 0.0, 60_000.0, 800, 600)
    made = mesh(view, lonlat_way(CRS, "wgs84", web_mercator(0, 1).from_lonlat, 800 * 60_000.0))
    there = made.x < NOWHERE
    assert there.any()
    assert not there.all()
    lon = made.x[there] / 6378137.0 / np.pi * 180
    assert np.isfinite(lon).all()


def test_a_view_far_from_the_projection_has_no_bounds() -> None:
    view = View.around(9e9, 9e9, 1.0, 100, 100)
    made = mesh(view, lonlat_way(project_crs(4549), "gcj02", web_mercator(0, 1).from_lonlat, 100.0))
    assert made.bounds is None
    assert made.scale == 0.0


def test_gcj02_comes_back_to_a_centimetre() -> None:
    lon, lat = np.meshgrid(np.linspace(119.3, 120.9, 40), np.linspace(32.5, 34.5, 40))
    back_lon, back_lat = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    metres = np.hypot((back_lon - lon) * 111_320 * np.cos(np.radians(lat)), (back_lat - lat) * 110_950)
    assert metres.max() <= 0.01
