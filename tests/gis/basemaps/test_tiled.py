from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from gis.basemaps import BaseMapSpec, open_basemap, recognise
from gis.basemaps.basemap import Buffer
from gis.basemaps.grid import Tile, web_mercator
from gis.basemaps.tile_memory import Missing, TileMemory
from gis.basemaps.tiled import TiledBaseMap, TilesOfFile
from gis.errors import Refusal
from gis.geometry.datum import wgs84_to_gcj02
from tests.gis.basemaps.making import (
    CRS,
    LAT,
    LON,
    always,
    centre_of,
    channels,
    marked_tile,
    middle,
    plain,
    shade_of,
    tile_at,
    tiles_of,
    view_at,
    write_mbtiles,
)

SPEC = BaseMapSpec("k", "mbtiles", "x", "n")


class Counted(TilesOfFile):
    """Tiles of one colour by level, which counts what is asked of it; ``lacking`` tiles are missing as they say."""

    def __init__(self, zooms: range, lacking: dict[tuple[int, int, int], Missing | Refusal] | None = None) -> None:
        self.grid = web_mercator(zooms[0], zooms[-1])
        self.asked: list[tuple[int, int, int]] = []
        self.wanted: list[list[Tile]] = []
        self.lacking = lacking or {}

    def tile(self, tile: Tile, dark: bool) -> Buffer | Missing:
        name = (self.grid.levels[tile.level].zoom, tile.column, tile.row)
        self.asked.append(name)
        lack = self.lacking.get(name)
        if isinstance(lack, Refusal):
            raise lack
        red, green, blue = shade_of(name)
        color = 0xFF000000 | (red << 16) | (green << 8) | blue
        return np.full((256, 256), color, np.uint32) if lack is None else lack

    def seen(self, asker: object, tiles: object) -> None:
        self.wanted.append(list(tiles))  # type: ignore[call-overload]

    def close(self) -> None:
        pass


def test_every_tile_lies_where_proj_puts_it(tmp_path: Path) -> None:
    """A pixel has the colour of the tile its longitude and latitude fall in."""
    basemap = open_basemap(recognise(write_mbtiles(tmp_path / "a.mbtiles", tiles_of((15,), 3))))
    view = view_at(3.2, 400, 300)
    picture = basemap.picture(view, CRS, always)
    assert picture.complete
    assert picture.problems == ()
    assert picture.pixels is not None
    seen = channels(picture.pixels)
    for py in range(5, 300, 29):
        for px in range(5, 400, 31):
            lon, lat = CRS.to_lonlat(*view.to_world(px + 0.5, py + 0.5))
            column, row = tile_at(15, float(lon), float(lat))
            if min(column % 1, 1 - column % 1, row % 1, 1 - row % 1) < 0.01:
                continue
            assert tuple(seen[py, px, :3]) == shade_of((15, int(column), int(row)))
    basemap.close()


def test_a_mark_falls_on_its_coordinate(tmp_path: Path) -> None:
    name, body = marked_tile(16, LON, LAT)
    tiles = {(16, name[1] + i, name[2] + j): plain((255, 255, 255)) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    spec = recognise(write_mbtiles(tmp_path / "a.mbtiles", tiles | {name: body}))
    view = view_at(2.0, 301, 201)
    pixels = open_basemap(spec).picture(view, CRS, always).pixels
    assert pixels is not None
    x, y = centre_of(pixels, (255, 0, 0))
    assert np.hypot(*np.subtract((x, y), view.to_pixels(*middle()))) < 1.0


@pytest.mark.parametrize("place", [(LON, LAT), (119.6, 34.2), (120.7, 32.7)])
def test_gcj02_tiles_fall_in_the_right_place(tmp_path: Path, place: tuple[float, float]) -> None:
    """A mark painted at the GCJ-02 place of a coordinate is drawn on it; taken for WGS 84 it is 500 m away."""
    moved = tuple(float(part) for part in wgs84_to_gcj02(*place))
    name, body = marked_tile(16, *moved)
    tiles = {(16, name[1] + i, name[2] + j): plain((255, 255, 255)) for i in range(-4, 5) for j in range(-4, 5)}
    spec = recognise(write_mbtiles(tmp_path / "a.mbtiles", tiles | {name: body}))
    view = view_at(2.0, 801, 701, *place)
    there = view.to_pixels(*middle(*place))
    right = open_basemap(replace(spec, datum="gcj02")).picture(view, CRS, always).pixels
    wrong = open_basemap(spec).picture(view, CRS, always).pixels
    assert right is not None
    assert wrong is not None
    assert np.hypot(*np.subtract(centre_of(right, (255, 0, 0)), there)) < 1.0
    assert np.hypot(*np.subtract(centre_of(wrong, (255, 0, 0)), there)) * 2.0 == pytest.approx(500, abs=60)


def test_tiles_are_decoded_once() -> None:
    tiles = Counted(range(10, 17))
    basemap = TiledBaseMap(SPEC, tiles, TileMemory())
    first = basemap.picture(view_at(3.0), CRS, always).pixels
    asked = len(tiles.asked)
    assert asked > 1
    again = basemap.picture(view_at(3.0), CRS, always).pixels
    assert len(tiles.asked) == asked
    assert first is not None
    assert np.array_equal(first, again)
    basemap.picture(view_at(3.0).panned(20, 10), CRS, always)
    assert len(tiles.asked) < asked + 6  # only the new ones


def test_the_level_fits_the_ground() -> None:
    tiles = Counted(range(3, 20))
    basemap = TiledBaseMap(SPEC, tiles, TileMemory())
    basemap.picture(view_at(0.597 * 4 * np.cos(np.radians(LAT))), CRS, always)
    assert {zoom for zoom, _, _ in tiles.asked} == {16}  # 2.39 m of Web Mercator a pixel


def test_a_coarser_tile_stands_in_for_one_that_is_missing() -> None:
    column, row = (int(part) for part in tile_at(15))
    tiles = Counted(range(12, 16), {(15, column, row): Missing.ABSENT, (14, column // 2, row // 2): Missing.ABSENT})
    made = TiledBaseMap(SPEC, tiles, TileMemory()).picture(view_at(4.0), CRS, always)
    assert made.complete
    assert made.pixels is not None
    seen = {tuple(color) for color in channels(made.pixels).reshape(-1, 4)}
    assert (*shade_of((13, column // 4, row // 4)), 255) in seen
    assert (channels(made.pixels)[:, :, 3] == 255).all()


def test_what_is_on_its_way_is_stood_in_for_and_asked_for() -> None:
    column, row = (int(part) for part in tile_at(15))
    late = {(15, x, y): Missing.PENDING for x in range(column - 3, column + 4) for y in range(row - 3, row + 4)}
    tiles = Counted(range(12, 16), dict(late))
    basemap = TiledBaseMap(SPEC, tiles, TileMemory())
    nothing = basemap.picture(view_at(4.0), CRS, always)
    assert (nothing.pixels, nothing.complete) == (None, False)
    assert {tile.level for tile in tiles.wanted[-1]} == {3}
    basemap.picture(view_at(9.0), CRS, always)  # a coarser level comes to memory
    stood_in = basemap.picture(view_at(4.0), CRS, always)
    assert not stood_in.complete
    assert stood_in.pixels is not None
    tiles.lacking.clear()
    whole = basemap.picture(view_at(4.0), CRS, always)
    assert whole.complete
    assert tiles.wanted[-1] == []


def test_finer_tiles_stand_in_when_there_are_no_coarser() -> None:
    column, row = (int(part) for part in tile_at(14))
    late = {(14, x, y): Missing.PENDING for x in range(column - 3, column + 4) for y in range(row - 3, row + 4)}
    tiles = Counted(range(14, 16), dict(late))
    basemap = TiledBaseMap(SPEC, tiles, TileMemory())
    basemap.picture(view_at(4.0), CRS, always)
    made = basemap.picture(view_at(9.0), CRS, always)
    assert not made.complete
    assert made.pixels is not None
    assert (made.pixels > 0).any()
    assert (made.pixels == 0).any()


def test_a_broken_tile_is_a_problem_not_an_end() -> None:
    column, row = (int(part) for part in tile_at(15))
    tiles = Counted(range(15, 16), {(15, column, row): Refusal("basemaps.bad_tile", reason="x")})
    basemap = TiledBaseMap(SPEC, tiles, TileMemory())
    for _ in range(2):
        made = basemap.picture(view_at(4.0), CRS, always)
        assert [problem.code for problem in made.problems] == ["basemaps.bad_tile"]
        assert made.pixels is not None
        assert made.complete
    assert tiles.asked.count((15, column, row)) == 1
    basemap.retry()
    tiles.lacking.clear()
    assert basemap.picture(view_at(4.0), CRS, always).problems == ()


def test_far_out_there_would_be_too_many_tiles() -> None:
    tiles = Counted(range(15, 18))
    made = TiledBaseMap(SPEC, tiles, TileMemory()).picture(view_at(400.0), CRS, always)
    assert made.pixels is None
    assert [problem.code for problem in made.problems] == ["basemaps.zoom_in"]
    assert tiles.asked == []


def test_a_large_sheet_of_paper_is_drawn() -> None:
    """A0 at 150 dpi: more tiles than a screen would ever ask for."""
    tiles = Counted(range(10, 17))
    made = TiledBaseMap(SPEC, tiles, TileMemory(limit=1)).picture(view_at(2.8, 4967, 4000), CRS, always)
    assert made.pixels is not None
    assert made.problems == ()
    assert len(tiles.asked) > 400


def test_bounds_that_are_wrong_hide_nothing(tmp_path: Path) -> None:
    spec = recognise(write_mbtiles(tmp_path / "a.mbtiles", tiles_of((15,)), bounds="0,0,1,1"))
    assert open_basemap(spec).picture(view_at(3.2), CRS, always).pixels is not None


def test_outside_its_bounds_nothing_is_asked() -> None:
    tiles = Counted(range(10, 16))
    tiles.extent = lambda: tiles.grid.box_of((100.0, 20.0, 101.0, 21.0))  # type: ignore[method-assign]
    made = TiledBaseMap(SPEC, tiles, TileMemory()).picture(view_at(4.0), CRS, always)
    assert (made.pixels, made.complete, made.problems) == (None, True, ())
    assert tiles.asked == []


def test_what_is_no_longer_wanted_ends_soon() -> None:
    tiles = Counted(range(10, 17))
    basemap = TiledBaseMap(SPEC, tiles, TileMemory())
    assert not basemap.picture(view_at(2.0), CRS, lambda: False).complete
    assert tiles.asked == []
    looks = 0

    def twice() -> bool:
        nonlocal looks
        looks += 1
        return looks < 3

    made = basemap.picture(view_at(2.0, 1600, 1000), CRS, twice)
    assert (made.pixels, made.complete) == (None, False)
    assert len(tiles.asked) < 6


def test_many_threads_get_the_same_picture(tmp_path: Path) -> None:
    basemap = open_basemap(recognise(write_mbtiles(tmp_path / "a.mbtiles", tiles_of((13, 14, 15), 3))))
    views = [view_at(3.2 * k, 300, 200) for k in (1, 2, 4)] * 6
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda view: basemap.picture(view, CRS, always).pixels, views))
    for pixels, same in zip(made[3:], made, strict=False):
        assert np.array_equal(pixels, same)
    basemap.close()


def test_closing_while_pictures_are_made(tmp_path: Path) -> None:
    basemap = open_basemap(recognise(write_mbtiles(tmp_path / "a.mbtiles", tiles_of((15,), 6))))
    begun = Event()

    def wanted() -> bool:
        begun.set()
        return True

    with ThreadPoolExecutor(2) as pool:
        under_way = [pool.submit(basemap.picture, view_at(3.0, 1600, 1000), CRS, wanted) for _ in range(4)]
        begun.wait(5)
        basemap.close()
        basemap.close()
        for answer in under_way:
            answer.result(10)
    after = basemap.picture(view_at(3.0), CRS, always)
    assert (after.pixels, after.complete) == (None, False)


def test_memory_lets_the_oldest_go() -> None:
    memory = TileMemory(limit=10 * 4 * 100)
    for number in range(20):
        memory.put(1, number, np.zeros((10, 10), np.uint32))
        memory.get(1, 0)
        assert memory.bytes <= memory.limit
    assert memory.get(1, 0) is not None
    assert memory.get(1, 1) is None
    assert memory.get(1, 19) is not None
    memory.put(2, 0, Missing.ABSENT)
    memory.forget(2, pictures=False)
    assert memory.get(2, 0) is None
    memory.forget(1)
    assert (len(memory), memory.bytes) == (0, 0)


def test_a_picture_larger_than_the_memory_is_still_whole() -> None:
    tiles = Counted(range(10, 17))
    basemap = TiledBaseMap(SPEC, tiles, TileMemory(limit=300_000))
    made = basemap.picture(view_at(2.0, 1200, 800), CRS, always)
    assert made.complete
    assert made.pixels is not None
    assert (made.pixels > 0).all()
