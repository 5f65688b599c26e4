"""Tiles changed at random: a picture or a Refusal, and nothing else; and a process that already holds a project."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from shapely.geometry import LineString, Point, box

from gis.basemaps.decoding import decoded
from gis.basemaps.mvt import vector_tile
from gis.basemaps.vector_style import Part, picture, vector_style
from gis.errors import Refusal
from tests.gis.basemaps.making import encoded, mvt, tiles_of, write_mbtiles, write_raster

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (32, 32, 4), np.uint8))
CHANGES = 400


def _changed(good: bytes, rng: np.random.Generator) -> bytes:
    made = bytearray(good)
    for _ in range(rng.integers(1, 4)):
        place = int(rng.integers(min(len(made), 200) if rng.random() < 0.7 else len(made)))
        match rng.integers(3):
            case 0:
                made[place] = rng.integers(256)
            case 1:
                del made[place : place + int(rng.integers(1, 20))]
            case _:
                made[place:place] = rng.integers(0, 256, 4, np.uint8).tobytes()
        if not made:
            return b""
    return bytes(made)


def _outcomes(good: bytes, use: Callable[[bytes], object]) -> set[str]:
    rng = np.random.default_rng(5)
    found = set()
    for _ in range(CHANGES):
        try:
            use(_changed(good, rng))
            found.add("picture")
        except Refusal as refusal:
            found.add(refusal.code)
    return found


@pytest.mark.parametrize(
    "good",
    [
        encoded(NOISE), encoded(NOISE.convert("P")), encoded(NOISE.convert("L")), encoded(NOISE.convert("RGB"), "JPEG"),
        encoded(NOISE, "WEBP"),
    ],
)  # fmt: skip
def test_changed_pictures(good: bytes) -> None:
    assert decoded(good).shape == (32, 32)
    assert _outcomes(good, decoded) <= {"picture", "basemaps.bad_tile"}


def test_changed_vector_tiles() -> None:
    good = gzip.decompress(
        mvt([
            {"name": "building", "features": [
                {"geometry": box(i, i, i + 30, i + 20), "properties": {"class": "x", "name": "盐"}}
                for i in range(0, 400, 40)]},
            {"name": "place", "features": [{"geometry": Point(5, 5), "properties": {"class": "city", "name": "盐城"}}]},
            {"name": "boundary", "features": [
                {"geometry": LineString([(0, 0), (4000, 4000)]), "properties": {"admin_level": 4}}]},
        ])
    )  # fmt: skip

    def use(body: bytes) -> None:
        picture(vector_tile(body, vector_style().layers), Part(), 15, 64, False)

    assert _outcomes(good, use) <= {"picture", "basemaps.bad_tile"}


PROGRAM = """
import sys
from gis.project import Session
with Session.create(sys.argv[1]) as city:  # loads the spatial extension
    from gis.basemaps import open_basemap, recognise
    from gis.cartography.view import View
    from gis.geometry.crs import project_crs
    x, y = project_crs(4549).from_lonlat(120.15, 33.35)
    for path in sys.argv[2:]:
        basemap = open_basemap(recognise(path))
        made = basemap.picture(View.around(float(x), float(y), 20.0, 64, 64), project_crs(4549), lambda: True)
        assert made.pixels is not None, path
        basemap.close()
    print(len(city.frame("road")))
"""


def test_base_maps_open_beside_a_project(tmp_path: Path) -> None:
    """Libraries that come after the spatial extension have crashed the process before (DESIGN.md, 3)."""
    town = mvt([{"name": "water", "features": [{"geometry": box(0, 0, 4096, 4096), "properties": {}}]}])
    paths = [
        write_mbtiles(tmp_path / "r.mbtiles", tiles_of((12,))),
        write_mbtiles(tmp_path / "v.mbtiles", dict.fromkeys(tiles_of((12,)), town)),
        write_raster(tmp_path / "dem.tif", np.ones((300, 300), np.float32), "EPSG:4326", 1e-3),
    ]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "city.yantu"), *map(str, paths)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr
