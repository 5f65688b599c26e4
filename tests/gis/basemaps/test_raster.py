from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rasterio.transform import Affine, from_origin

from gis.basemaps import BaseMapSpec, GroundPicture, open_basemap, recognise
from gis.errors import Refusal
from gis.geometry.datum import wgs84_to_gcj02
from tests.gis.basemaps.making import CRS, LAT, LON, always, centre_of, channels, middle, view_at, write_raster


def _picture(path: Path, resolution: float = 10.0, w: int = 320, h: int = 200, **options: Any) -> GroundPicture:
    basemap = open_basemap(BaseMapSpec("k", "raster", str(path), "n", options=options))
    made = basemap.picture(view_at(resolution, w, h), CRS, always)
    basemap.close()
    return made


def _seen(path: Path, *size: Any, **options: Any) -> np.ndarray:
    made = _picture(path, *size, **options)
    assert made.problems == ()
    assert made.pixels is not None
    return channels(made.pixels)


def _rgb(h: int, w: int) -> np.ndarray:
    y, x = np.mgrid[0:h, 0:w]
    return np.stack([x % 251, y % 241, (x + y) % 239]).astype(np.uint8)


def test_pixel_by_pixel_in_the_projects_own_system(tmp_path: Path) -> None:
    bands = _rgb(200, 320)
    seen = _seen(write_raster(tmp_path / "a.tif", bands))
    assert np.array_equal(seen[:, :, :3], bands.transpose(1, 2, 0))
    assert (seen[:, :, 3] == 255).all()


@pytest.mark.parametrize(
    ("crs", "pixel"),
    [("EPSG:4549", 4.0), ("EPSG:3857", 5.0), ("EPSG:4326", 4e-5), ("EPSG:32650", 4.0), ("EPSG:4490", 4e-5)],
)
def test_a_mark_falls_on_its_coordinate_in_any_system(tmp_path: Path, crs: str, pixel: float) -> None:
    bands = np.full((3, 1501, 1501), 255, np.uint8)
    bands[1:, 748:753, 748:753] = 0  # the middle pixel's middle is the place
    made = _picture(write_raster(tmp_path / "a.tif", bands, crs, pixel, tiled=True), 4.0, 401, 301)
    assert made.pixels is not None
    x, y = centre_of(made.pixels, (255, 0, 0))
    assert np.hypot(*np.subtract((x, y), view_at(4.0, 401, 301).to_pixels(*middle()))) < 1.0


def test_a_raster_in_gcj02_is_moved_back(tmp_path: Path) -> None:
    bands = np.full((3, 801, 801), 255, np.uint8)
    bands[1:, 398:403, 398:403] = 0
    lon, lat = (float(part) for part in wgs84_to_gcj02(LON, LAT))
    transform = from_origin(lon - 400.5 * 4e-5, lat + 400.5 * 4e-5, 4e-5, 4e-5)
    path = write_raster(tmp_path / "a.tif", bands, "EPSG:4326", transform=transform)
    basemap = open_basemap(BaseMapSpec("k", "raster", str(path), "n", "gcj02"))
    made = basemap.picture(view_at(4.0, 401, 301), CRS, always)
    assert made.pixels is not None
    x, y = centre_of(made.pixels, (255, 0, 0))
    assert np.hypot(*np.subtract((x, y), view_at(4.0, 401, 301).to_pixels(*middle()))) < 1.0


@pytest.mark.parametrize("overviews", [(), (2, 4, 8)])
@pytest.mark.parametrize("tiled", [True, False])
def test_far_out_it_is_averaged(tmp_path: Path, overviews: tuple[int, ...], tiled: bool) -> None:
    """A board of single black and white pixels is grey from afar, with overviews or without."""
    y, x = np.mgrid[0:3000, 0:3000]
    board = np.repeat(((x + y) % 2 * 255).astype(np.uint8)[None], 3, axis=0)
    path = write_raster(tmp_path / "a.tif", board, pixel=1.0, tiled=tiled, overviews=overviews, compress="deflate")
    seen = _seen(path, 16.0, 160, 160)
    inner = seen[5:-5, 5:-5]
    assert np.abs(inner[:, :, 0] - 127).max() <= 30
    assert (inner[:, :, 3] == 255).all()


def test_levels_meet_without_seams(tmp_path: Path) -> None:
    x = np.mgrid[0:1600, 0:1600][1]
    path = write_raster(tmp_path / "a.tif", (x // 8).astype(np.uint8), pixel=1.0)
    for resolution in (0.9, 1.7, 3.3):
        seen = _seen(path, resolution, 400, 300)
        steps = np.diff(seen[:, :, 0], axis=1)
        assert steps.min() >= -1
        assert steps.max() <= 2


def test_what_has_no_value_is_clear(tmp_path: Path) -> None:
    values = np.full((200, 320), 100, np.uint8)
    values[50:100, 60:160] = 7
    seen = _seen(write_raster(tmp_path / "a.tif", values, nodata=7))
    assert (seen[50:100, 60:160] == 0).all()
    assert (seen[:49, :, 3] == 255).all()


def test_an_alpha_band_is_opacity(tmp_path: Path) -> None:
    bands = np.full((4, 200, 320), 200, np.uint8)
    bands[3] = 255
    bands[3, 50:100, 60:160] = 128
    seen = _seen(write_raster(tmp_path / "a.tif", bands, photometric="RGB", alpha="YES"))
    assert tuple(seen[70, 100]) == (100, 100, 100, 128)
    assert tuple(seen[20, 20]) == (200, 200, 200, 255)


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    values = np.zeros((200, 320), np.uint8)
    values[:, 160:] = 3
    path = write_raster(tmp_path / "a.tif", values, colormap={0: (10, 20, 30, 255), 3: (200, 100, 50, 255)})
    assert recognise(path).kind == "raster"
    seen = _seen(path)
    assert tuple(seen[100, 10]) == (10, 20, 30, 255)
    assert tuple(seen[100, 300]) == (200, 100, 50, 255)


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.float32])
def test_other_numbers_are_stretched(tmp_path: Path, dtype: Any) -> None:
    values = np.linspace(1000, 3000, 320).astype(dtype)[None, :].repeat(200, axis=0)
    if dtype == np.float32:
        values[10, 10] = np.nan
    seen = _seen(write_raster(tmp_path / "a.tif", values))
    assert seen[100, 2, 0] < 5
    assert seen[100, 317, 0] > 250
    assert abs(int(seen[100, 160, 0]) - 127) < 6
    if dtype == np.float32:
        assert seen[10, 10, 3] == 0


def test_kinds_of_rasters(tmp_path: Path) -> None:
    for number, (values, kind) in enumerate(
        [(np.ones((8, 8), np.float32), "hillshade"), (np.ones((8, 8), np.int16), "hillshade"),
         (np.ones((8, 8), np.uint8), "raster"), (np.ones((3, 8, 8), np.uint16), "raster")]
    ):  # fmt: skip
        spec = recognise(write_raster(tmp_path / f"{number}.tif", values))
        assert spec.kind == kind
        assert ("tint" in spec.options) == (kind == "hillshade")
        west, south, east, north = spec.options["bounds"]
        assert west < LON < east
        assert south < LAT < north


def test_without_georeference_it_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (50, 50)).save(tmp_path / "a.tif")
    Image.new("RGB", (50, 50)).save(tmp_path / "a.png")
    for name in ("a.tif", "a.png"):
        with pytest.raises(Refusal) as refused:
            recognise(tmp_path / name)
        assert refused.value.code == "basemaps.not_georeferenced"


def test_a_world_file_is_enough_with_a_system_named(tmp_path: Path) -> None:
    x, y = middle()
    Image.new("RGB", (320, 200), (9, 8, 7)).save(tmp_path / "a.png")
    (tmp_path / "a.pgw").write_text(f"10\n0\n0\n-10\n{x - 1595}\n{y + 995}\n")
    with pytest.raises(Refusal) as refused:
        recognise(tmp_path / "a.png")
    assert refused.value.code == "basemaps.no_crs"
    seen = _seen(tmp_path / "a.png", crs="EPSG:4549")
    assert (seen == (9, 8, 7, 255)).all()
    with pytest.raises(Refusal):
        _picture(tmp_path / "a.png", crs="EPSG:0")


def test_a_turned_raster(tmp_path: Path) -> None:
    """Rotated by 30°: the middle stays, the corners of the view are outside."""
    x, y = middle()
    bands = np.full((3, 101, 101), 255, np.uint8)
    bands[1:, 48:53, 48:53] = 0
    c, s = 10 * np.cos(np.radians(30)), 10 * np.sin(np.radians(30))
    transform = Affine(c, s, x - 50.5 * (c + s), s, -c, y - 50.5 * (s - c))
    made = _picture(write_raster(tmp_path / "a.tif", bands, transform=transform), 10.0, 201, 201)
    assert made.pixels is not None
    cx, cy = centre_of(made.pixels, (255, 0, 0))
    assert np.hypot(cx - 100.5, cy - 100.5) < 1.0
    assert made.pixels[0, 0] == 0
    assert channels(made.pixels)[50:150, 50:150, 3].mean() > 200


@pytest.mark.parametrize("keep", [0.02, 0.5, 0.9])
def test_a_file_cut_short_is_refused(tmp_path: Path, keep: float) -> None:
    rng = np.random.default_rng(0)
    path = write_raster(
        tmp_path / "a.tif", rng.integers(0, 255, (3, 900, 900), np.uint8), tiled=True, compress="deflate"
    )
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(Refusal) as refused:
        recognise(path)
    assert refused.value.code == "basemaps.damaged"
    assert str(path) in refused.value.message("zh")


def test_a_huge_empty_raster_costs_little(tmp_path: Path) -> None:
    import rasterio

    x, y = middle()
    path = tmp_path / "huge.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=200_000, height=200_000, count=1, dtype="uint8", crs="EPSG:4549", tiled=True,
        transform=from_origin(x - 100_000, y + 100_000, 1, 1), SPARSE_OK=True, BIGTIFF="YES", blockxsize=4096,
        blockysize=4096,
    ) as file:  # fmt: skip
        file.build_overviews([16, 128])
    seen = _seen(path, 2.0)
    assert (seen[:, :, 3] == 255).all()


def test_complex_numbers_are_refused(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", np.ones((8, 8), np.complex64))
    with pytest.raises(Refusal) as refused:
        recognise(path)
    assert refused.value.code == "basemaps.strange_raster"


def test_many_threads_read_one_file(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", _rgb(2000, 2000), tiled=True)
    basemap = open_basemap(BaseMapSpec("k", "raster", str(path), "n"))
    views = [view_at(10.0 * k, 200, 150) for k in (1, 2, 4)] * 5
    with ThreadPoolExecutor(5) as pool:
        made = list(pool.map(lambda view: basemap.picture(view, CRS, always).pixels, views))
    for pixels, same in zip(made[3:], made, strict=False):
        assert np.array_equal(pixels, same)
    basemap.close()
    assert basemap.picture(views[0], CRS, always).pixels is None
