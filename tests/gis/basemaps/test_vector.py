from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pmtiles.tile import TileType
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from gis.basemaps import open_basemap, recognise
from gis.basemaps.mvt import LINE, POLYGON, Group, Place, VectorTile, vector_tile
from gis.basemaps.vector_kernels import cover, pour, stroke, unfold
from gis.basemaps.vector_names import Name, font_path, write
from gis.basemaps.vector_style import Part, picture, vector_style
from gis.errors import Refusal
from tests.gis.basemaps.making import (
    CRS,
    LAT,
    LON,
    always,
    channels,
    middle,
    mvt,
    tile_at,
    view_at,
    write_mbtiles,
    write_pmtiles,
)

STYLE = {rule.name: rule for rule in vector_style().rules}


def _layer(name: str, *features: tuple[Any, dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "features": [{"geometry": shape, "properties": told} for shape, told in features]}


def _tile(*layers: dict[str, Any]) -> VectorTile:
    return vector_tile(mvt(list(layers)), vector_style().layers)


def _covered(shape: Any, size: int = 64) -> np.ndarray:
    """How much of each pixel the kernels say a polygon covers, drawn black on white; the tile is 4096 wide."""
    tile = _tile(_layer("water", (shape, {})))
    out = np.full((size, size), 0xFFFFFFFF, np.uint32)
    covered = np.zeros((size, size + 2), np.float32)
    for geometries in tile.groups.values():
        coords, ends = np.empty((len(geometries.stream) + 2, 2)), np.empty(len(geometries.stream) + 2, np.int64)
        n, rings = unfold(geometries.stream, geometries.starts, True, size / 4096, 0.0, 0.0, coords, ends)
        assert n <= len(coords)
        cover(covered, coords[:n], ends[:rings], rings)
    pour(out, covered, 0x000000)
    assert (covered == 0).all()
    return 1.0 - channels(out)[:, :, 0] / 255.0


def _exact(shape: Any, size: int = 64) -> np.ndarray:
    k = 4096 / size
    y, x = np.mgrid[0:size, 0:size] * k
    return shapely.area(shapely.intersection(shapely.box(x, y, x + k, y + k), shape)) / k**2


@pytest.mark.parametrize(
    "shape",
    [
        box(500, 700, 3001, 2222), Point(2000, 2000).buffer(1500), Polygon([(0, 0), (4096, 1000), (300, 4096)]),
        box(300, 300, 3800, 3800).difference(Point(2000, 2000).buffer(900)),
        MultiPolygon([box(100, 100, 900, 900), box(2000, 2000, 2100, 4000)]), box(1000, 1000, 1010, 1010),
    ],
)  # fmt: skip
def test_fills_cover_what_they_cover(shape: Any) -> None:
    assert np.abs(_covered(shape) - _exact(shape)).max() < 0.02


def test_what_reaches_beyond_the_tile_is_cut_at_its_edge() -> None:
    """Only pixels of the outermost column, where an edge of the polygon leaves the tile, may be a little off."""
    shape = Polygon([(-600, 500), (2000, -500), (4900, 2100), (2500, 4700)])
    off = np.abs(_covered(shape) - _exact(shape))
    assert off[:, 1:-1].max() < 0.02
    assert off.max() < 0.5
    assert (off > 0.02).sum() < 8


def test_neighbours_leave_no_seam() -> None:
    tile = [box(0, 0, 1990, 4096), box(1990, 0, 4096, 4096)]
    made = _tile(_layer("water", *((shape, {}) for shape in tile)))
    seen = channels(picture(made, Part(), 14, 128, False))
    assert (seen == seen[0, 0]).all()


def test_rings_that_turn_the_wrong_way_are_filled() -> None:
    """Version 1 of the format does not say how rings turn."""
    moves = [9, 0, 0, 26, 0, 200, 200, 0, 0, 199, 15]  # a square of 100, turning left
    coords, ends = np.empty((32, 2)), np.empty(32, np.int64)
    n, rings = unfold(np.array(moves, np.uint32), np.array([0, len(moves)]), True, 1.0, 0.0, 0.0, coords, ends)
    assert (n, rings) == (5, 1)
    x, y = coords[:n].T
    assert (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() > 0


@given(st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 40), max_size=60), st.booleans())
def test_no_stream_breaks_the_kernels(numbers: list[int], polygon: bool) -> None:
    stream = np.array(numbers, np.uint32)
    coords, ends = np.full((len(stream) + 2, 2), np.nan), np.empty(len(stream) + 2, np.int64)
    n, rings = unfold(stream, np.array([0, len(stream) // 2, len(stream)]), polygon, 1.0, 0.0, 0.0, coords, ends)
    assert 0 <= n <= len(coords)
    assert 0 <= rings <= len(ends)
    assert np.isfinite(coords[:n]).all()
    assert (np.diff(ends[:rings]) >= 0).all()
    covered, mask = np.zeros((16, 18), np.float32), np.zeros((16, 16), np.uint8)
    cover(covered, coords[:n], ends[:rings], rings)
    stroke(mask, coords[:n], ends[:rings], rings, 2.0, 5.0, 3.0)
    assert np.isfinite(covered).all()


def test_strokes_are_as_wide_as_they_should_be() -> None:
    tile = _tile(_layer("transportation", (LineString([(0, 2048), (4096, 2048)]), {"class": "motorway"})))
    geometries = tile.groups[Group("transportation", "motorway", "", LINE)]
    coords, ends = np.empty((len(geometries.stream) + 2, 2)), np.empty(8, np.int64)
    n, rings = unfold(geometries.stream, geometries.starts, False, 64 / 4096, 0.0, 0.0, coords, ends)
    for width in (0.5, 1.0, 4.0, 9.0):
        mask = np.zeros((64, 64), np.uint8)
        stroke(mask, coords[:n], ends[:rings], rings, width, 0.0, 0.0)
        assert mask[:, 32].sum() / 255 == pytest.approx(width, abs=0.55 if width <= 1 else 0.05)
    dashed = np.zeros((64, 64), np.uint8)
    stroke(dashed, coords[:n], ends[:rings], rings, 1.0, 8.0, 8.0)
    assert 0.4 < (dashed[31:33].max(axis=0) > 0).mean() < 0.75


@pytest.mark.parametrize(
    ("layer", "told", "rule"),
    [
        ("water", {"class": "lake"}, "water"), ("landcover", {"class": "wood"}, "wood"), ("park", {}, "green"),
        ("landuse", {"class": "residential"}, "town"), ("building", {}, "building"),  # OpenMapTiles
        ("water", {"kind": "ocean"}, "water"), ("landuse", {"kind": "forest"}, "wood"),
        ("landuse", {"pmap:kind": "park"}, "green"), ("buildings", {"kind": "building"}, "building"),  # Protomaps
    ],
)  # fmt: skip
def test_both_schemas_are_known(layer: str, told: dict[str, Any], rule: str) -> None:
    tile = _tile(_layer(layer, (box(0, 0, 4096, 4096), told)))
    for dark in (False, True):
        seen = channels(picture(tile, Part(), 14, 64, dark))[32, 32]
        color = STYLE[rule].colors[dark]
        assert tuple(seen) == ((color >> 16) & 255, (color >> 8) & 255, color & 255, 255)


@pytest.mark.parametrize(
    ("layer", "told", "rule"),
    [
        ("transportation", {"class": "motorway"}, "motorway"), ("transportation", {"class": "minor"}, "minor"),
        ("roads", {"kind": "highway", "kind_detail": "motorway"}, "motorway"),
        ("roads", {"kind": "minor_road"}, "minor"),
        ("waterway", {"class": "river"}, "waterway"), ("boundary", {"admin_level": 4}, "region"),
    ],
)  # fmt: skip
def test_lines_of_both_schemas(layer: str, told: dict[str, Any], rule: str) -> None:
    tile = _tile(_layer(layer, (LineString([(-100, 2048), (4196, 2048)]), told)))
    seen = channels(picture(tile, Part(), 16, 128, False))
    color = STYLE[rule].colors[0]
    assert (np.abs(seen[63:65, :, :3] - [(color >> 16) & 255, (color >> 8) & 255, color & 255]).max(axis=2) <= 1).any()


def test_borders_of_states_are_not_drawn() -> None:
    line = LineString([(0, 2048), (4096, 2048)])
    tile = _tile(
        _layer("boundary", (line, {"admin_level": 2}), (line, {"admin_level": 4, "maritime": 1})),
        _layer("boundaries", (line, {"kind": "country"})),
    )
    seen = channels(picture(tile, Part(), 8, 64, False))
    assert (seen == seen[0, 0]).all()


def test_layers_nobody_knows_are_passed_over() -> None:
    tile = _tile(_layer("secret", (box(0, 0, 9, 9), {})), _layer("water", (box(0, 0, 9, 9), {})))
    assert {group.layer for group in tile.groups} == {"water"}
    assert next(iter(tile.groups)).kind == POLYGON


def _city(zooms: tuple[int, ...]) -> dict[tuple[int, int, int], bytes]:
    """A tile of each zoom around the middle, with a pond whose middle is the middle."""
    tiles = {}
    for zoom in zooms:
        column, row = tile_at(zoom)
        for i in (-1, 0, 1):
            for j in (-1, 0, 1):
                name = (zoom, int(column) + i, int(row) + j)
                at = Point((column - name[1]) * 4096, (row - name[2]) * 4096)
                pond = at.buffer(60).intersection(box(-200, -200, 4296, 4296))
                tiles[name] = mvt(
                    [_layer("water", (pond, {}))] if not pond.is_empty else [_layer("land", (at.buffer(1), {}))]
                )
    return tiles


@pytest.mark.parametrize("container", ["mbtiles", "pmtiles"])
@pytest.mark.parametrize("resolution", [8.0, 2.0, 0.3])
def test_vector_maps_lie_right_and_stay_sharp(tmp_path: Path, container: str, resolution: float) -> None:
    tiles = _city((13, 14))
    path = tmp_path / f"a.{container}"
    if container == "mbtiles":
        write_mbtiles(path, tiles, format="pbf", name="v")
    else:
        write_pmtiles(path, tiles, TileType.MVT)
    basemap = open_basemap(recognise(path))
    view = view_at(resolution, 301, 201)
    made = basemap.picture(view, CRS, always)
    assert made.problems == ()
    assert made.pixels is not None
    seen = channels(made.pixels)
    blue = STYLE["water"].colors[0]
    pond = np.abs(seen[:, :, :3] - [(blue >> 16) & 255, (blue >> 8) & 255, blue & 255]).max(axis=2) < 12
    y, x = np.nonzero(pond)
    there = view.to_pixels(*middle())
    assert np.hypot(x.mean() + 0.5 - there[0], y.mean() + 0.5 - there[1]) < 1.0
    radius = 60 / 4096 * 40075016.686 / 2 ** (13 if resolution > 4 else 14) * np.cos(np.radians(LAT)) / resolution
    assert np.sqrt(pond.sum() / np.pi) == pytest.approx(radius, rel=0.1)
    dark = basemap.picture(view, CRS, always, dark=True).pixels
    assert dark is not None
    assert channels(dark)[0, 0].sum() < seen[0, 0].sum()
    basemap.close()


@pytest.mark.parametrize(
    "body",
    [b"\x1a\xff\xff\xff\xff\x0f", b"\x1f\x8b" + b"junk" * 5, gzip.compress(b"\x1a" + bytes(50), mtime=0), b"\xff" * 40],
)
def test_broken_tiles_are_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        vector_tile(body, vector_style().layers)
    assert refused.value.code == "basemaps.bad_tile"


def test_a_broken_vector_tile_leaves_a_hole(tmp_path: Path) -> None:
    tiles = _city((14,))
    name = (14, int(tile_at(14, LON, LAT)[0]), int(tile_at(14, LON, LAT)[1]))
    tiles[name] = gzip.compress(b"\x1a\xff\xff\xff\xff\x0f")
    made = open_basemap(recognise(write_mbtiles(tmp_path / "a.mbtiles", tiles))).picture(view_at(8.0), CRS, always)
    assert [problem.code for problem in made.problems] == ["basemaps.bad_tile"]
    assert made.pixels is not None


def test_a_dashed_line_that_only_keeps_us_busy_is_left_out() -> None:
    mask = np.zeros((64, 64), np.uint8)
    coords = np.array([[-1e6, 10.0], [1e6, 10.0], [1e6, 40.0], [63.0, 40.0], [0.0, 40.0]])
    stroke(mask, coords, np.array([5]), 1, 2.0, 6.0, 4.0)
    assert mask[:30].max() == 0
    assert mask[40].max() > 0


def test_decoding_is_repeatable() -> None:
    body = mvt([_layer("building", *((box(i, i, i + 30, i + 20), {"h": i}) for i in range(0, 4000, 7)))])
    one, two = (vector_tile(body, vector_style().layers) for _ in range(2))
    assert np.array_equal(picture(one, Part(), 15, 256, False), picture(two, Part(), 15, 256, False))
    assert one.nbytes > 0


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ("place", {"class": "city", "name": "Yancheng", "name:zh": "盐城市"}),
        ("places", {"kind": "locality", "kind_detail": "city", "name": "盐城市"}),
        ("places", {"pmap:kind": "city", "name": "盐城市"}),
    ],
)
def test_places_have_names(layer: str, told: dict[str, Any]) -> None:
    tile = _tile(_layer(layer, (Point(1024, 3072), told), (Point(-40, 10), told), (Point(9, 9), {"class": "city"})))
    assert tile.places == [Place(0.25, 0.75, "盐城市", "city")]


def test_names_are_written_where_their_places_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[list[Name]] = []
    monkeypatch.setattr("gis.basemaps.vector_tiles.write", lambda pixels, names, *_: written.append(list(names)))
    tiles = _city((14,))
    column, row = tile_at(14)
    at = Point((column % 1) * 4096, (row % 1) * 4096)
    tiles[(14, int(column), int(row))] = mvt(
        [_layer("place", (at, {"class": "town", "name": "镇"}), (at, {"class": "city", "name": "市"}),
                (at, {"class": "continent", "name": "洲"}))]
    )  # fmt: skip
    basemap = open_basemap(recognise(write_mbtiles(tmp_path / "a.mbtiles", tiles)))
    for resolution in (5.0, 0.5):  # at the file's finest level and beyond it
        view = view_at(resolution)
        assert basemap.picture(view, CRS, always).pixels is not None
        assert [name.text for name in written[-1]] == ["市", "镇"]
        there = view.to_pixels(*middle())
        assert np.hypot(written[-1][0].x - there[0], written[-1][0].y - there[1]) * resolution < 1.0
    basemap.close()


@pytest.mark.skipif(font_path() is None, reason="no font with Chinese letters on this system")
def test_names_do_not_touch_and_stay_inside() -> None:
    for dark in (False, True):
        ground = 0xFF000000 | vector_style().ground[dark]
        pixels = np.full((120, 200), ground, np.uint32)
        write(pixels, [Name(100, 60, "盐城", 4)], 96 / 25.4, dark)
        one = pixels.copy()
        assert (one != ground).sum() > 100
        write(one, [], 96 / 25.4, dark)
        both = np.full((120, 200), ground, np.uint32)
        write(both, [Name(100, 60, "盐城", 4), Name(110, 62, "大丰", 8), Name(1, 1, "射阳", 8)], 96 / 25.4, dark)
        assert np.array_equal(pixels, both)
        y, x = np.nonzero(pixels != ground)
        assert abs(x.mean() - 100) < 3
        assert abs(y.mean() - 60) < 3


def test_without_a_font_there_are_no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gis.basemaps.vector_names.font_path", lambda: None)
    pixels = np.full((50, 50), 0xFFFFFFFF, np.uint32)
    write(pixels, [Name(25, 25, "盐", 4)], 96 / 25.4, False)
    assert (pixels == 0xFFFFFFFF).all()
