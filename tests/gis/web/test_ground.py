"""Base maps inside the page: which tiles, how many, and that they lie where they say."""

from __future__ import annotations

import datetime
import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from gis.basemaps.basemap import open_basemap, recognise
from gis.cartography.web.ground import WebGround, embedded
from gis.cartography.web.page import write_webmap
from gis.geometry.datum import wgs84_to_gcj02
from gis.project import Session
from gis.project.web_grounds import web_ground, web_grounds
from tests.gis.basemaps import making
from tests.gis.web.pages import Page

BOUNDS = [[33.2, 120.0], [33.4, 120.3]]
DATE = datetime.date(2026, 3, 5)


def test_whole_levels_are_taken_until_the_room_is_full(tiles: WebGround) -> None:
    asked: list[tuple[int, int, int]] = []

    def tile(zoom: int, column: int, row: int) -> bytes:
        asked.append((zoom, column, row))
        return b"x" * 1000

    made = embedded(replace(tiles, tile=tile), BOUNDS, 60_000)
    assert made is not None
    low, high = made.facts["zooms"]
    assert made.size == 1000 * made.facts["count"] <= 60_000
    whole = [name for name in asked if name[0] <= high]
    assert len(whole) == made.facts["count"], "each level is whole"
    assert len(asked) - len(whole) <= 61, "the level that does not fit is given up early"
    assert len([name for name in whole if name[0] == low]) <= 4
    assert embedded(replace(tiles, tile=tile), BOUNDS, 10) is None
    assert embedded(replace(tiles, tile=lambda *_: None), BOUNDS, 60_000) is None


def test_a_page_carries_its_base_maps(city: Session, tmp_path: Path, tiles: WebGround) -> None:
    page = Page(write_webmap(city, tmp_path / "map.html", date=DATE, base_maps=[tiles], base_maps_mb=0.5))
    assert page.data["grounds"][0]["attribution"] == "© 测绘院 <b>2026</b>"
    assert len(page.tiles[0]) == page.data["grounds"][0]["count"] > 4
    name, body = next(iter(page.tiles[0].items()))
    assert body == tiles.tile(*map(int, name.split("/")))


@pytest.fixture
def stripes(tmp_path: Path) -> Path:
    """An MBTiles file around Yancheng whose tiles tell their place by their colour."""
    path = tmp_path / "stripes.mbtiles"
    making.write_mbtiles(path, {name: making.plain(making.shade_of(name)) for name in making.around(14, 3)})
    return path


def middle_of(body: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGB"))[128, 128].astype(int)


def test_tiles_of_a_file_come_back_in_their_places(stripes: Path) -> None:
    basemap = open_basemap(recognise(stripes))
    ground = web_ground(basemap, "条纹")
    for name in making.around(14, 1):
        body = ground.tile(*name)
        assert body is not None
        assert np.abs(middle_of(body) - making.shade_of(name)).max() <= 6, "but for the loss of WebP"
    assert ground.tile(14, 0, 0) is None
    basemap.close()


def test_tiles_in_gcj02_are_drawn_where_their_ground_lies(stripes: Path) -> None:
    """What the file shows at a GCJ-02 place must appear at the WGS 84 place of the same ground."""
    basemap = open_basemap(replace(recognise(stripes), datum="gcj02"))
    ground = web_ground(basemap, "高德")
    zoom, n = 17, 1 << 17
    for lon in np.linspace(making.LON - 0.02, making.LON + 0.02, 7):
        column, row = (int(part) for part in making.tile_at(zoom, lon))
        west, north = (column + 0.5) / n * 360 - 180, row + 0.5
        lat = float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * north / n)))))
        shifted = wgs84_to_gcj02(np.array([west]), np.array([lat]))
        place = making.tile_at(14, float(shifted[0][0]), float(shifted[1][0]))
        if min(abs(part - round(part)) for part in place) < 0.05:
            continue  # on the seam of two tiles
        body = ground.tile(zoom, column, row)
        assert body is not None
        assert np.abs(middle_of(body) - making.shade_of((14, int(place[0]), int(place[1])))).max() <= 6
    basemap.close()


def test_services_that_forbid_it_and_hidden_maps_stay_out() -> None:
    def state(visible: bool = True, **options: object) -> SimpleNamespace:
        spec = SimpleNamespace(name="图", options=options, max_zoom=22)
        basemap = SimpleNamespace(saved=SimpleNamespace(spec=spec), attribution="©", bounds=None)
        return SimpleNamespace(basemap=basemap, opacity=0.5, visible=visible)

    made = web_grounds([state(), state(visible=False), state(bulk=False)])
    assert [(ground.name, ground.opacity, ground.max_zoom) for ground in made] == [("图", 0.5, 20)]
