from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from gis.cartography.rasters import Band, draw_raster, raster_extent
from gis.cartography.view import View
from gis.errors import Refusal

BANDS = (Band(-75.0, "#00FF00"), Band(-95.0, "#FFFF00"))


@pytest.fixture
def levels(tmp_path: Path) -> Path:
    """100 × 80 cells of 10 m: strong in the west, weak in the middle, below the classes beyond, a hole of nodata."""
    values = np.full((80, 100), -120.0, np.float32)
    values[:, :30], values[:, 30:60] = -60.0, -90.0
    values[:10, :10] = -9999.0
    path = tmp_path / "coverage.tif"
    with rasterio.open(path, "w", driver="GTiff", width=100, height=80, count=1, dtype="float32", crs="EPSG:4549",
                       transform=from_origin(500_000, 3_690_800, 10, 10), nodata=-9999.0) as target:  # fmt: skip
        target.write(values, 1)
    return path


@pytest.mark.parametrize("resolution", [2.0, 10.0, 37.0])
def test_classes_fall_where_the_cells_lie(levels: Path, resolution: float) -> None:
    view = View.fitting((499_900, 3_689_900, 501_100, 3_690_900), round(1200 / resolution), round(1000 / resolution))
    picture = draw_raster(levels, BANDS, view)
    assert picture is not None

    def color(x: float, y: float) -> int:
        px, py = view.to_pixels(500_000 + x, 3_690_000 + y)
        return int(picture[int(py), int(px)])

    assert color(200, 300) == 0xFF00FF00
    assert color(450, 300) == 0xFFFFFF00
    assert color(800, 300) == 0
    assert color(40, 760) == 0
    assert color(-80, 300) == 0


def test_nothing_in_view(levels: Path) -> None:
    assert draw_raster(levels, BANDS, View.around(0, 0, 1.0, 100, 100)) is None


def test_extent(levels: Path) -> None:
    assert raster_extent(levels) == (500_000, 3_690_000, 501_000, 3_690_800)


def test_a_missing_or_broken_file_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tif"
    broken.write_bytes(b"no raster")
    for path in (broken, tmp_path / "missing.tif"):
        with pytest.raises(Refusal, match=r"canvas\.raster"):
            draw_raster(path, BANDS, View.around(0, 0, 1.0, 10, 10))
        with pytest.raises(Refusal, match=r"canvas\.raster"):
            raster_extent(path)
