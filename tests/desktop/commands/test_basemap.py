"""``yantu basemap`` and ``yantu map --basemap``."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.desktop.commands.test_cli import answer, refusal, run
from tests.gis.basemaps.making import around, plain, write_mbtiles, write_raster

RED = (200, 40, 40)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    path = tmp_path / "city.yantu"
    answer("new", path, "--name", "盐城")
    answer("edit", path, "--class", "wifi_hotspot", "--create",
           '{"type": "Feature", "geometry": {"type": "Point", "coordinates": [120.15, 33.35]}, "properties": {"code": "H1"}}')  # noqa: E501  # fmt: skip
    return path


@pytest.fixture
def red(tmp_path: Path) -> Path:
    tiles = {name: plain(RED) for name in around(12, 6)}
    return write_mbtiles(tmp_path / "red.mbtiles", tiles, name="红", format="png", attribution="© 红")


def test_added_listed_and_removed(city: Path, red: Path):
    made = answer("basemap", "add", city, red, "--name", "红底图", "--datum", "gcj02", "--opacity", "0.5")
    assert (made["kind"], made["name"], made["datum"], made["opacity"]) == ("mbtiles", "红底图", "gcj02", 0.5)
    (listed,) = answer("basemap", "list", city)["basemaps"]
    assert listed == made
    red.rename(red.with_name("gone"))
    assert answer("basemap", "list", city)["basemaps"][0]["missing"]
    assert "文件不在" in run("basemap", "list", city, "--lang", "zh").stdout
    assert refusal("basemap", "remove", city, "蓝")["refusal"] == "ground.no_basemap"
    assert answer("basemap", "remove", city, "红底图") == {"removed": made["key"]}
    assert answer("basemap", "list", city) == {"basemaps": []}


def test_heights_are_shown_as_asked(city: Path, tmp_path: Path):
    import numpy as np

    dem = write_raster(tmp_path / "dem.tif", np.add.outer(np.arange(60.0), np.arange(60.0)).astype("float32"))
    assert answer("basemap", "add", city, dem, "--as", "tinted")["options"]["tint"] is True
    assert answer("basemap", "add", city, dem, "--as", "slope")["options"]["mode"] == "slope"
    assert answer("basemap", "add", city, dem, "--as", "picture")["kind"] == "raster"
    assert len(answer("basemap", "list", city)["basemaps"]) == 3


def test_an_address_is_kept_without_its_key(city: Path):
    made = answer("basemap", "add", city, "https://tiles.example/{z}/{x}/{y}?tk=secret", "--name", "瓦片")
    assert (made["kind"], made["missing"]) == ("xyz", False)
    assert "secret" not in str(made)
    assert refusal("basemap", "add", city, "https://tiles.example/{z}")["refusal"] == "basemaps.bad_address"


def test_what_is_no_base_map_is_refused(city: Path, tmp_path: Path):
    assert refusal("basemap", "add", city, tmp_path / "nowhere.mbtiles")["refusal"] == "basemaps.no_file"
    assert refusal("basemap", "add", city, city)["refusal"] == "basemaps.is_project"


def test_a_sheet_is_printed_over_it(city: Path, red: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("YANTU_CONFIG", str(tmp_path / "config"))
    out = tmp_path / "sheet.png"
    words = ("map", city, "--out", out, "--scale", "20000", "--no-run", "--lang", "zh")

    def reds() -> int:
        with Image.open(out) as image:
            return sum(count for count, color in image.convert("RGB").getcolors(1 << 24) if color == RED)

    answer(*words)
    assert reds() == 0
    answer(*words, "--basemap", red)
    by_path = reds()
    assert by_path > 1_000_000
    answer("basemap", "add", city, red)
    answer(*words, "--basemap", "红")
    assert reds() == by_path
    assert refusal(*words, "--basemap", "蓝")["refusal"] == "ground.no_basemap"
    assert refusal(*words, "--basemap", "blue.mbtiles")["refusal"] == "basemaps.no_file"
    for ending in ("pdf", "svg"):
        sheet = tmp_path / f"sheet.{ending}"
        assert answer("map", city, "--out", sheet, "--scale", "20000", "--no-run", "--basemap", red)["files"] == [
            str(sheet)
        ]
        assert sheet.stat().st_size > 10_000
    assert "© 红" in (tmp_path / "sheet.svg").read_text("utf-8")
