"""A coverage as GeoTIFF: classes with colours and names, or levels, as other programs read them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from gis.cartography.coverage_raster import write_coverage
from gis.cartography.palette import rgb
from gis.coverage.classes import level_classes
from gis.errors import Cancelled, Refusal
from gis.progress import Progress

CLASSES = level_classes("wifi")
NAMES = [f"{entry.label.zh} <{entry.minimum:g}>" for entry in CLASSES]
NODATA = -9999.0


@pytest.fixture
def levels(tmp_path: Path) -> Path:
    """1,300 × 700 cells of 20 m; a ramp of levels from west to east, nothing in the north-west corner."""
    values = np.tile(np.linspace(-100, -40, 1300, dtype=np.float32), (700, 1))
    values[:50, :50] = NODATA
    values[100, 100] = CLASSES[0].minimum  # exactly on the bound belongs to the better class
    path = tmp_path / "levels.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=1300, height=700, count=1, dtype="float32", crs="EPSG:4549", nodata=NODATA,
        transform=from_origin(510_000, 3_700_000, 20, 20),
    ) as written:  # fmt: skip
        written.write(values, 1)
    return path


def test_classes_are_read_back_with_their_colours_and_place(levels: Path, tmp_path: Path) -> None:
    out, notes = write_coverage(levels, CLASSES, NAMES, tmp_path / "c.tif", title="RSSI")
    assert notes.name == "c.tif.aux.xml"
    with rasterio.open(out) as made, rasterio.open(levels) as source:
        assert (made.dtypes, made.nodata, made.crs.to_epsg()) == (("uint8",), 0, 4549)
        assert made.transform == source.transform
        assert made.overviews(1)
        assert made.descriptions == ("RSSI",)
        assert made.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        table = made.colormap(1)
        assert [table[i][:3] for i in range(1, len(CLASSES) + 1)] == [rgb(entry.color) for entry in CLASSES]
        assert table[0][3] == 0
        read, given = made.read(1), source.read(1)
    for i, entry in enumerate(CLASSES, start=1):
        upper = CLASSES[i - 2].minimum if i > 1 else np.inf
        assert ((read == i) == ((given >= entry.minimum) & (given < upper))).all()
    assert read[100, 100] == 1
    assert (read[:50, :50] == 0).all()


@pytest.mark.skipif(not shutil.which("gdalinfo"), reason="GDAL's tools are not installed")
def test_gdal_reads_the_names_of_the_classes(levels: Path, tmp_path: Path) -> None:
    out, _ = write_coverage(levels, CLASSES, NAMES, tmp_path / "c.tif")
    said = json.loads(subprocess.run(["gdalinfo", "-json", str(out)], capture_output=True, check=True).stdout)
    [band] = said["bands"]
    assert band["colorInterpretation"] == "Palette"
    plain = subprocess.run(["gdalinfo", str(out)], capture_output=True, check=True).stdout.decode()
    for name in NAMES:
        assert name in plain
    assert "GDALRasterAttributeTable" in plain
    assert "无信号" in plain


def test_levels_stay_as_they_are(levels: Path, tmp_path: Path) -> None:
    target = tmp_path / "l.tif"
    write_coverage(levels, CLASSES, NAMES, target)
    assert write_coverage(levels, CLASSES, NAMES, target, as_levels=True) == [target]
    assert not (tmp_path / "l.tif.aux.xml").exists(), "the names of classes do not stay beside levels"
    with rasterio.open(target) as made, rasterio.open(levels) as source:
        assert (made.dtypes, made.nodata) == (("float32",), NODATA)
        assert (made.read(1) == source.read(1)).all()
        assert made.overviews(1)


def test_the_same_levels_give_the_same_bytes(levels: Path, tmp_path: Path) -> None:
    a, _ = write_coverage(levels, CLASSES, NAMES, tmp_path / "a.tif")
    b, _ = write_coverage(levels, CLASSES, NAMES, tmp_path / "b.tif")
    assert a.read_bytes() == b.read_bytes()


def test_cancelled_or_unreadable_leaves_nothing(levels: Path, tmp_path: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        write_coverage(levels, CLASSES, NAMES, tmp_path / "c.tif", progress=progress)
    wrong = tmp_path / "wrong.tif"
    wrong.write_text("no raster")
    with pytest.raises(Refusal) as refused:
        write_coverage(wrong, CLASSES, NAMES, tmp_path / "c.tif")
    assert refused.value.code == "canvas.raster"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["levels.tif", "wrong.tif"]
