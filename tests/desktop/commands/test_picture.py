"""``yantu picture``: headless, in any GIS's right place."""

from __future__ import annotations

import json

import pytest
import rasterio
from click.testing import CliRunner

from desktop.cli import yantu


def run(*words: str) -> tuple[int, dict]:
    result = CliRunner().invoke(yantu, ["picture", *words, "--json", "--quiet"])
    return result.exit_code, json.loads(result.stdout)


def test_a_scale_and_a_box(session, tmp_path):
    out = tmp_path / "map.png"
    code, told = run(
        str(session.path), "--out", str(out), "--bbox", "500000,3690000,501000,3690500", "--scale", "5000",
        "--dpi", "127",
    )  # fmt: skip
    assert code == 0
    with rasterio.open(out) as read:
        assert read.crs.to_epsg() == 4549
        assert read.transform.a == pytest.approx(1.0)  # 1:5000 at 5 dots a millimetre
        assert tuple(read.bounds) == pytest.approx((500_000, 3_690_000, 501_000, 3_690_500), abs=1.0)
        assert (read.width, read.height) == (told["width"], told["height"]) == (1000, 500)
        assert (
            len({tuple(read.read()[:3, row, column]) for row in range(0, 500, 3) for column in range(0, 1000, 3)}) > 3
        )


def test_an_area_and_degrees(session, tmp_path):
    code, told = run(str(session.path), "--out", str(tmp_path / "a.jpg"), "--area", "320902", "--width", "400")
    assert (code, told["width"]) == (0, 400)
    code, told = run(str(session.path), "--out", str(tmp_path / "b.png"), "--bbox", "120.0,33.3,120.02,33.32")
    assert code == 0
    with rasterio.open(tmp_path / "b.png") as read:
        assert 499_000 < read.bounds.left < 501_000


@pytest.mark.parametrize(
    ("words", "refusal"),
    [(["--bbox", "1,2,3"], "picture.extent"), (["--bbox", "5,5,1,1"], "picture.extent"),
     (["--scale", "10", "--dpi", "600"], "picture.too_large"), (["--area", "999999"], "query.no_area")],
)  # fmt: skip
def test_refusals(session, tmp_path, words, refusal):
    code, told = run(str(session.path), "--out", str(tmp_path / "x.png"), *words)
    assert (code, told["refusal"]) == (1, refusal)
    assert not list(tmp_path.glob("x.*"))


def test_a_base_map_lies_below(session, tmp_path):
    from tests.gis.basemaps.making import plain, tile_at, write_mbtiles

    column, row = (int(v) for v in tile_at(10, 120.0, 33.33))
    names = [(10, column + i, row + k) for i in (-1, 0, 1) for k in (-1, 0, 1)]
    tiles = write_mbtiles(tmp_path / "green.mbtiles", {name: plain((32, 192, 32)) for name in names})
    words = [str(session.path), "--bbox", "502500,3691000,502900,3691300", "--width", "100", "--plain"]
    code, _ = run(*words, "--out", str(tmp_path / "with.png"), "--basemap", str(tiles))
    assert code == 0
    run(*words, "--out", str(tmp_path / "without.png"))
    with rasterio.open(tmp_path / "with.png") as green, rasterio.open(tmp_path / "without.png") as bare:
        (r, g, b), paper = green.read()[:3, 30, 50], bare.read()[:3, 30, 50]
    assert int(g) > int(r) + 20
    assert int(g) > int(b) + 20
    assert abs(int(paper[1]) - int(paper[0])) < 10
