from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gis.basemaps import BaseMapSpec, open_basemap, recognise
from gis.errors import Refusal
from tests.gis.basemaps.making import CRS, always, channels, view_at, write_raster


def _seen(path: Path, resolution: float = 10.0, dark: bool = False, **options: Any) -> np.ndarray:
    basemap = open_basemap(BaseMapSpec("k", "hillshade", str(path), "n", options=options))
    made = basemap.picture(view_at(resolution), CRS, always, dark=dark)
    basemap.close()
    assert made.problems == ()
    assert made.pixels is not None
    return channels(made.pixels)


def _horn(z: np.ndarray, cell: float, azimuth: float, altitude: float) -> np.ndarray:
    """Horn's shading as the textbook has it: slope, aspect, the angle to the light (0 to 1)."""
    p = np.pad(z, 1, mode="edge")
    a, b, c = p[:-2, :-2], p[:-2, 1:-1], p[:-2, 2:]
    d, f = p[1:-1, :-2], p[1:-1, 2:]
    g, h, i = p[2:, :-2], p[2:, 1:-1], p[2:, 2:]
    dzdx = ((c + 2 * f + i) - (a + 2 * d + g)) / (8 * cell)
    dzdy = ((g + 2 * h + i) - (a + 2 * b + c)) / (8 * cell)
    slope = np.arctan(np.hypot(dzdx, dzdy))
    aspect = np.arctan2(dzdy, -dzdx)
    zenith, light = np.radians(90 - altitude), np.radians((360 - azimuth + 90) % 360)
    shade = np.cos(zenith) * np.cos(slope) + np.sin(zenith) * np.sin(slope) * np.cos(light - aspect)
    return np.clip(shade, 0, None)


def _hills(h: int, w: int) -> np.ndarray:
    y, x = np.mgrid[0:h, 0:w].astype(float)
    return (80 * np.sin(x / 17) * np.cos(y / 23) + 0.5 * x).astype(np.float32)


@pytest.mark.parametrize(("azimuth", "altitude"), [(315.0, 45.0), (90.0, 30.0), (200.0, 70.0)])
def test_shading_is_horns(tmp_path: Path, azimuth: float, altitude: float) -> None:
    z = _hills(200, 320)
    seen = _seen(write_raster(tmp_path / "a.tif", z), azimuth=azimuth, altitude=altitude)
    wanted = _horn(z, 10.0, azimuth, altitude) * 255
    assert np.abs(seen[1:-1, 1:-1, 0] - wanted[1:-1, 1:-1]).max() <= 1.0
    assert (seen[:, :, 3] == 255).all()


def test_by_itself_the_light_is_in_the_north_west(tmp_path: Path) -> None:
    z = _hills(200, 320)
    path = write_raster(tmp_path / "a.tif", z)
    assert np.array_equal(_seen(path), _seen(path, azimuth=315, altitude=45, z_factor=1))


def test_tiles_meet_without_seams(tmp_path: Path) -> None:
    z = _hills(1200, 1200)
    path = write_raster(tmp_path / "a.tif", z, pixel=10.0)
    seen = _seen(path, 10.0)
    corner = (1200 - 200) // 2, (1200 - 320) // 2
    wanted = (_horn(z, 10.0, 315, 45) * 255)[corner[0] : corner[0] + 200, corner[1] : corner[1] + 320]
    assert np.abs(seen[:, :, 0] - wanted).max() <= 1.0  # tile edges at 512 lie within


def test_degrees_are_metres_of_their_latitude(tmp_path: Path) -> None:
    """The same plane, rising 0.3 to the east, in metres and in degrees."""
    metres = np.arange(400, dtype=np.float32)[None, :].repeat(300, 0) * 3.0
    degree = 10.0 / (111_319.49 * np.cos(np.radians(33.35)))
    flat = _seen(write_raster(tmp_path / "a.tif", metres))[100, 160, 0]
    turned = _seen(write_raster(tmp_path / "b.tif", metres, "EPSG:4326", degree))[100, 160, 0]
    assert abs(int(flat) - int(turned)) <= 2


def test_z_factor_steepens(tmp_path: Path) -> None:
    z = _hills(200, 320)
    path = write_raster(tmp_path / "a.tif", z)
    steep = write_raster(tmp_path / "b.tif", z * 3)
    assert np.abs(_seen(path, z_factor=3) - _seen(steep)).max() <= 1


def test_slope_and_tint(tmp_path: Path) -> None:
    rising = np.arange(320, dtype=np.float32)[None, :].repeat(200, 0) * 2.0
    path = write_raster(tmp_path / "a.tif", rising)
    slope = _seen(path, mode="slope")
    assert (slope[50:150, 50:250] == slope[100, 100]).all()
    flat = _seen(write_raster(tmp_path / "b.tif", rising * 0), mode="slope")
    assert tuple(flat[100, 100]) == (255, 255, 255, 255)
    assert slope[100, 100, :3].sum() < 765
    tinted = _seen(path, tint=True)
    low, high = tinted[100, 5, :3].astype(int), tinted[100, 315, :3].astype(int)
    assert low[1] > low[0]  # green
    assert high.min() > low.min()  # towards white
    assert _seen(path, dark=True).sum() < _seen(path).sum()


def test_where_there_are_no_heights_it_is_clear(tmp_path: Path) -> None:
    z = _hills(200, 320)
    z[50:100, 60:160] = -9999
    seen = _seen(write_raster(tmp_path / "a.tif", z, nodata=-9999))
    assert (seen[51:99, 61:159] == 0).all()
    assert (seen[:49, :, 3] == 255).all()
    assert seen[45:49, :, 0].min() > 0  # no cliff down to the missing value


def test_coarse_levels_have_coarse_slopes(tmp_path: Path) -> None:
    rising = np.arange(3000, dtype=np.float32)[None, :].repeat(2000, 0) * 2.0
    path = write_raster(tmp_path / "a.tif", rising, tiled=True, overviews=(2, 4))
    near, far = _seen(path, 10.0)[100, 160, 0], _seen(path, 40.0)[100, 160, 0]
    assert abs(int(near) - int(far)) <= 1


@pytest.mark.parametrize("options", [{"z_factor": "3"}, {"azimuth": float("nan")}, {"altitude": None}])
def test_options_must_be_numbers(tmp_path: Path, options: dict[str, Any]) -> None:
    path = write_raster(tmp_path / "a.tif", _hills(20, 20))
    spec = recognise(path)
    with pytest.raises(Refusal) as refused:
        open_basemap(BaseMapSpec(spec.key, "hillshade", spec.source, "n", options=options))
    assert refused.value.code == "basemaps.broken_entry"
