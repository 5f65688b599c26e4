"""MBTiles, PMTiles and folders: the same tiles give the same picture; hostile files give words."""

from __future__ import annotations

import gzip
import io
import sqlite3
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pmtiles.tile import Entry, TileType, serialize_directory

from gis.basemaps import open_basemap, recognise
from gis.basemaps.decoding import decoded, sniffed, unpacked
from gis.basemaps.mbtiles import MBTilesFile
from gis.basemaps.pmtiles_file import PMTilesFile
from gis.basemaps.xyz_folder import folder_facts
from gis.errors import Refusal
from tests.gis.basemaps.making import (
    CRS,
    LAT,
    LON,
    always,
    channels,
    encoded,
    plain,
    tile_at,
    tiles_of,
    view_at,
    write_folder,
    write_mbtiles,
    write_pmtiles,
)


def _refused(path: Path) -> Refusal:
    with pytest.raises(Refusal) as refused:
        _drawn(path)
    assert refused.value.message("zh")
    assert refused.value.message("en")
    return refused.value


def _drawn(path: Path) -> None:
    """Open a base map and draw it; its first problem is raised."""
    basemap = open_basemap(recognise(path))
    made = basemap.picture(view_at(30.0), CRS, always)
    basemap.close()
    if made.problems:
        raise made.problems[0]


def test_all_containers_give_the_same_picture(tmp_path: Path) -> None:
    tiles = tiles_of((11, 12, 13))
    paths = [
        write_mbtiles(tmp_path / "a.mbtiles", tiles, name="a", format="png"),
        write_pmtiles(tmp_path / "a.pmtiles", tiles),
        write_folder(tmp_path / "xyz", tiles),
        write_folder(tmp_path / "tms", tiles, tms=True),
    ]
    (tmp_path / "tms" / "tilemapresource.xml").write_text("<TileMap/>")
    pictures = []
    for path in paths:
        spec = recognise(path)
        assert (spec.min_zoom, spec.max_zoom) == (11, 13)
        basemap = open_basemap(spec)
        made = basemap.picture(view_at(14.0), CRS, always)
        assert made.problems == ()
        pictures.append(made.pixels)
        basemap.close()
    assert pictures[0] is not None
    for other in pictures[1:]:
        assert np.array_equal(other, pictures[0])


@pytest.mark.parametrize(("form", "suffix"), [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp"), ("JPEG", ".jpeg")])
def test_every_kind_of_picture(tmp_path: Path, form: str, suffix: str) -> None:
    column, row = (int(part) for part in tile_at(13))
    tiles = {(13, column + i, row + j): plain((200, 100, 40), form) for i in range(-3, 4) for j in range(-3, 4)}
    made = open_basemap(recognise(write_folder(tmp_path / "f", tiles, suffix))).picture(view_at(14.0), CRS, always)
    assert made.pixels is not None
    assert np.abs(channels(made.pixels)[100, 160] - (200, 100, 40, 255)).max() <= 2


def test_tiles_of_512_pixels_are_taken_a_level_earlier(tmp_path: Path) -> None:
    tiles = {
        (zoom, int(tile_at(zoom)[0]) + i, int(tile_at(zoom)[1]) + j): plain((zoom * 10, 0, 0), size=512)
        for zoom in (13, 14) for i in range(-2, 3) for j in range(-2, 3)
    }  # fmt: skip
    spec = recognise(write_mbtiles(tmp_path / "a.mbtiles", tiles))
    made = open_basemap(spec).picture(view_at(9.55 * np.cos(np.radians(LAT))), CRS, always)
    assert made.pixels is not None
    assert channels(made.pixels)[100, 160, 0] == 130


def test_clear_tiles_stay_clear(tmp_path: Path) -> None:
    column, row = (int(part) for part in tile_at(13))
    tiles = {(13, column + i, row + j): plain((200, 100, 40, 128)) for i in range(-3, 4) for j in range(-3, 4)}
    made = open_basemap(recognise(write_mbtiles(tmp_path / "a.mbtiles", tiles))).picture(view_at(14.0), CRS, always)
    assert made.pixels is not None
    assert np.abs(channels(made.pixels)[100, 160] - (100, 50, 20, 128)).max() <= 1


def test_a_folder_knows_its_box(tmp_path: Path) -> None:
    facts = folder_facts(write_folder(tmp_path / "f", tiles_of((12, 13), 1)))
    assert facts.bounds is not None
    west, south, east, north = facts.bounds
    assert west < LON < east
    assert south < LAT < north
    assert east - west == pytest.approx(3 * 360 / 2**13)


def test_metadata_is_read_but_not_believed_blindly(tmp_path: Path) -> None:
    path = write_mbtiles(
        tmp_path / "a.mbtiles", tiles_of((12,)), name="盐城", bounds="0,0,0,0", minzoom="3", maxzoom="x",
        format="jpg", attribution="<a href='https://x'>&copy; 某</a>",
    )  # fmt: skip
    spec = recognise(path)
    assert (spec.name, spec.attribution, spec.min_zoom, spec.max_zoom) == ("盐城", "© 某", 12, 12)
    assert "bounds" not in spec.options


def test_opening_leaves_no_trace(tmp_path: Path) -> None:
    path = write_mbtiles(tmp_path / "a.mbtiles", tiles_of((12,)))
    before = (path.read_bytes(), sorted(tmp_path.iterdir()))
    basemap = open_basemap(recognise(path))
    basemap.picture(view_at(30.0), CRS, always)
    basemap.close()
    assert (path.read_bytes(), sorted(tmp_path.iterdir())) == before


# Hostile files


def test_a_database_that_is_no_mbtiles(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.mbtiles") as connection:
        connection.execute("CREATE TABLE other(a)")
    assert _refused(tmp_path / "a.mbtiles").code == "basemaps.unknown_format"


def test_an_mbtiles_without_tiles(tmp_path: Path) -> None:
    assert _refused(write_mbtiles(tmp_path / "a.mbtiles", {})).code == "basemaps.empty"


def test_an_mbtiles_cut_short(tmp_path: Path) -> None:
    path = write_mbtiles(tmp_path / "a.mbtiles", tiles_of((12,), 6))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    assert _refused(path).code in ("basemaps.damaged", "basemaps.bad_tile")


def test_a_table_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gis.basemaps.mbtiles.PATIENCE", 0.2)
    with sqlite3.connect(tmp_path / "a.mbtiles") as connection:
        connection.execute(
            "CREATE VIEW tiles AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i AS zoom_level, i AS tile_column, i AS tile_row, x'00' AS tile_data FROM n WHERE i < 0"
        )
    assert _refused(tmp_path / "a.mbtiles").code == "basemaps.damaged"


def test_text_where_tiles_should_be(tmp_path: Path) -> None:
    path = write_mbtiles(tmp_path / "a.mbtiles", {(12, 0, 0): b"hello, no picture"})
    assert _refused(path).code == "basemaps.strange_tiles"


def _png_bomb(side: int) -> bytes:
    """A small PNG that unfolds to side × side pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    rows = zlib.compress(b"\0" * ((side // 8 + 1) * 64))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [20_000, 100_000])
def test_a_picture_that_unfolds_without_end(tmp_path: Path, side: int) -> None:
    bomb = _png_bomb(side)
    assert len(bomb) < 10_000
    with pytest.raises(Refusal, match="bad_tile"):
        decoded(bomb)
    tiles = dict.fromkeys(tiles_of((12,)), bomb)
    assert _refused(write_mbtiles(tmp_path / "a.mbtiles", tiles)).code == "basemaps.bad_tile"


def test_gzip_that_unfolds_without_end() -> None:
    held = io.BytesIO()
    with gzip.GzipFile(fileobj=held, mode="wb") as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    assert len(held.getvalue()) < 100_000
    with pytest.raises(Refusal, match="bad_tile"):
        unpacked(held.getvalue())
    assert unpacked(gzip.compress(b"abc")) == b"abc"
    assert unpacked(b"abc") == b"abc"
    with pytest.raises(Refusal):
        unpacked(gzip.compress(b"abc" * 1000)[:-12])


@pytest.mark.parametrize("cut", [10, 60, 200])
def test_a_tile_cut_short_leaves_a_hole(tmp_path: Path, cut: int) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8))
    tiles = tiles_of((13,), 3)
    column, row = (int(part) for part in tile_at(13))
    tiles[(13, column, row)] = encoded(noise)[:cut]
    made = open_basemap(recognise(write_folder(tmp_path / "f", tiles))).picture(view_at(14.0), CRS, always)
    assert [problem.code for problem in made.problems] == ["basemaps.bad_tile"]
    assert made.pixels is not None
    assert (made.pixels == 0).any()
    assert (made.pixels > 0).any()


@pytest.mark.parametrize("keep", [20, 126, 130, 400])
def test_a_pmtiles_cut_short(tmp_path: Path, keep: int) -> None:
    path = write_pmtiles(tmp_path / "a.pmtiles", tiles_of((12,)))
    path.write_bytes(path.read_bytes()[:keep])
    assert _refused(path).code in ("basemaps.damaged", "basemaps.bad_tile")


def test_an_old_pmtiles_says_what_to_do(tmp_path: Path) -> None:
    path = write_pmtiles(tmp_path / "a.pmtiles", tiles_of((12,)))
    raw = bytearray(path.read_bytes())
    raw[7] = 2
    path.write_bytes(raw)
    refusal = _refused(path)
    assert refusal.code == "basemaps.old_pmtiles"
    assert "convert" in refusal.hint("en")


def test_a_pmtiles_of_unknown_tiles(tmp_path: Path) -> None:
    path = write_pmtiles(tmp_path / "a.pmtiles", tiles_of((12,)), TileType.AVIF)
    assert _refused(path).code == "basemaps.strange_tiles"


def test_a_pmtiles_directory_that_leads_in_circles(tmp_path: Path) -> None:
    path = write_pmtiles(tmp_path / "a.pmtiles", tiles_of((12,)))
    raw = bytearray(path.read_bytes())
    circle = serialize_directory([Entry(0, 0, 60, 0)])
    start = len(raw)
    raw += circle + bytes(64)
    raw[8:16] = start.to_bytes(8, "little")
    raw[16:24] = len(circle).to_bytes(8, "little")
    raw[40:48] = start.to_bytes(8, "little")
    path.write_bytes(raw)
    assert _refused(path).code in ("basemaps.damaged", "basemaps.bad_tile")


def test_random_bytes_never_break_the_readers(tmp_path: Path) -> None:
    """Every byte of the head of a good file, changed: a picture or a Refusal, nothing else."""
    rng = np.random.default_rng(3)
    for name, write in (("a.mbtiles", write_mbtiles), ("a.pmtiles", write_pmtiles)):
        good = write(tmp_path / name, tiles_of((12,), 1)).read_bytes()
        for number in range(120):
            raw = bytearray(good)
            for place in rng.integers(0, min(len(raw), 600 if number % 2 else len(raw)), 3):
                raw[place] = rng.integers(0, 256)
            path = tmp_path / f"{number}{name}"
            path.write_bytes(raw)
            code = "basemaps."
            try:
                _drawn(path)
            except Refusal as refusal:
                code = refusal.code
            assert code.startswith("basemaps.")


def test_folders_that_are_no_tiles(tmp_path: Path) -> None:
    assert _refused(tmp_path).code == "basemaps.unknown_format"
    (tmp_path / "12" / "5").mkdir(parents=True)
    assert _refused(tmp_path).code == "basemaps.empty"
    (tmp_path / "12" / "5" / "x.png").write_bytes(b"")
    (tmp_path / "99999999").mkdir()
    assert _refused(tmp_path).code == "basemaps.empty"


def test_closed_files_say_nothing(tmp_path: Path) -> None:
    tiles = tiles_of((12,))
    mbtiles = MBTilesFile(write_mbtiles(tmp_path / "a.mbtiles", tiles))
    pmtiles = PMTilesFile(write_pmtiles(tmp_path / "a.pmtiles", tiles))
    name = next(iter(tiles))
    assert mbtiles.get(*name) == pmtiles.get(*name) == tiles[name]
    mbtiles.close()
    mbtiles.close()
    pmtiles.close()
    assert mbtiles.get(*name) is None


def test_sniffing() -> None:
    assert sniffed(plain((1, 2, 3))) == "png"
    assert sniffed(plain((1, 2, 3), "JPEG")) == "jpg"
    assert sniffed(plain((1, 2, 3), "WEBP")) == "webp"
    assert sniffed(gzip.compress(b"x")) == "pbf"
    assert sniffed(b"<html>") is None
    assert sniffed(b"") is None
