"""Online sources against a web server on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gis.basemaps import BaseMapSpec, GroundPicture, open_basemap
from gis.basemaps import fetcher as fetching
from gis.basemaps import request as requests
from gis.basemaps.addresses import check_address, without_key
from gis.basemaps.basemap import BaseMap
from gis.basemaps.grid import Tile
from gis.basemaps.online import OnlineTiles
from gis.basemaps.tianditu import LAYERS, tianditu
from gis.basemaps.waiting import settled_picture
from gis.errors import Refusal
from tests.gis.basemaps.making import CRS, always, channels, plain, reply, serving, shade_of, view_at

VIEW = view_at(4.0, 300, 200)
TILE = Tile(3, 5, 2)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching.Fetcher.__init__, "__defaults__", ((0.05, 0.1, 0.2, 0.4),))
    monkeypatch.setattr(requests, "TIMEOUT", 1.0)


def _spec(host: str, path: str = "/{z}/{x}/{y}.png", **options: Any) -> BaseMapSpec:
    return BaseMapSpec("k", "xyz", host + path, "online", "wgs84", 0, 18, "© x", options)


def _good(path: str, handler: BaseHTTPRequestHandler) -> None:
    zoom, x, y = (int(part) for part in path.removesuffix(".png").strip("/").split("/"))
    reply(handler, plain(shade_of((zoom, x, y))))


def _until(done: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def _settled(basemap: BaseMap, patience: float = 10.0) -> GroundPicture:
    return settled_picture(basemap, VIEW, CRS, patience=patience)


def test_tiles_come_by_and_by_and_are_kept(tmp_path: Path) -> None:
    news = threading.Event()
    with serving(_good) as (host, asked):
        basemap = open_basemap(_spec(host), cache=tmp_path)
        basemap.on_news = news.set
        first = basemap.picture(VIEW, CRS, always)
        assert (first.pixels, first.complete) == (None, False)
        assert news.wait(5)
        made = _settled(basemap)
        assert made.complete
        assert made.pixels is not None
        assert (channels(made.pixels)[:, :, 3] == 255).all()
        number = len(asked)
        assert len(set(asked)) == number
        basemap.close()
        again = open_basemap(_spec(host), cache=tmp_path).picture(VIEW, CRS, always)
        assert again.complete
        assert np.array_equal(again.pixels, made.pixels)
        assert len(asked) == number
    offline = open_basemap(_spec(host), cache=tmp_path, offline=True)
    assert np.array_equal(offline.picture(VIEW, CRS, always).pixels, made.pixels)
    assert offline.picture(VIEW, CRS, always).problems == ()


def test_offline_nothing_is_asked(tmp_path: Path) -> None:
    with serving(_good) as (host, asked):
        basemap = open_basemap(_spec(host), cache=tmp_path, offline=True)
        made = _settled(basemap)
        assert made.complete
        assert [problem.code for problem in made.problems] == ["basemaps.offline"]
        time.sleep(0.2)
        assert asked == []
        assert threading.active_count() < 20
        basemap.close()


def test_without_a_cache_it_works_too() -> None:
    with serving(_good) as (host, _):
        basemap = open_basemap(_spec(host))
        assert _settled(basemap).pixels is not None
        basemap.close()


def test_no_more_than_four_at_once() -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def slow(path: str, handler: BaseHTTPRequestHandler) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.05)
        with lock:
            now[0] -= 1
        _good(path, handler)

    with serving(slow) as (host, asked):
        basemap = open_basemap(_spec(host))
        view = view_at(4.0, 900, 700)
        made = settled_picture(basemap, view, CRS, patience=20)
        assert made.complete
        assert len(asked) > 8
        assert most[0] <= 4
        basemap.close()


def test_what_is_out_of_view_is_not_asked_for() -> None:
    gate = threading.Event()

    def held(path: str, handler: BaseHTTPRequestHandler) -> None:
        gate.wait(10)
        _good(path, handler)

    with serving(held) as (host, asked):
        basemap = open_basemap(_spec(host))
        big = view_at(4.0, 900, 700)
        basemap.picture(big, CRS, always)
        _until(lambda: len(asked) == 4)
        elsewhere = view_at(4.0, 900, 700, lon=119.7, lat=33.9)
        basemap.picture(elsewhere, CRS, always)
        gate.set()
        made = settled_picture(basemap, elsewhere, CRS, patience=20)
        assert made.complete
        there = set(asked[4:])
        assert not any(path in asked[:4] for path in there)
        columns = {int(path.split("/")[2]) for path in there}
        assert max(columns) - min(columns) < 10  # of the new view alone
        basemap.close()


def test_missing_tiles_are_remembered(tmp_path: Path) -> None:
    def none(path: str, handler: BaseHTTPRequestHandler) -> None:
        reply(handler, b"", 404)

    with serving(none) as (host, asked):
        basemap = open_basemap(_spec(host, min_zoom=15), cache=tmp_path)
        made = _settled(basemap)
        assert (made.complete, made.pixels, made.problems) == (True, None, ())
        number = len(asked)
        assert len(set(asked)) == number
        basemap.close()
        other = open_basemap(_spec(host, min_zoom=15), cache=tmp_path)
        assert other.picture(VIEW, CRS, always).complete
        other.close()
        assert len(asked) == number


def test_an_ancestor_is_asked_for_where_a_tile_is_missing() -> None:
    def shallow(path: str, handler: BaseHTTPRequestHandler) -> None:
        zoom = int(path.split("/")[1])
        if zoom > 13:
            reply(handler, b"", 404)
        else:
            _good(path, handler)

    with serving(shallow) as (host, asked):
        basemap = open_basemap(_spec(host))
        made = _settled(basemap)
        assert made.complete
        assert made.pixels is not None
        assert (channels(made.pixels)[:, :, 3] == 255).all()
        assert {int(path.split("/")[1]) for path in asked} == {13, 14, 15}
        basemap.close()


def test_a_failing_service_is_asked_again_and_comes_back() -> None:
    failing = [True]

    def sometimes(path: str, handler: BaseHTTPRequestHandler) -> None:
        if failing[0]:
            reply(handler, b"oops", 500)
        else:
            _good(path, handler)

    with serving(sometimes) as (host, asked):
        basemap = open_basemap(_spec(host))
        basemap.picture(VIEW, CRS, always)
        _until(lambda: bool(basemap.picture(VIEW, CRS, always).problems))
        made = basemap.picture(VIEW, CRS, always)
        assert made.problems[0].code == "basemaps.unreachable"
        assert "HTTP 500" in made.problems[0].message("zh")
        assert not made.complete
        before = len(asked)
        failing[0] = False
        done = _settled(basemap)
        assert done.complete
        assert done.problems == ()
        assert before < 30  # patience, not a flood
        basemap.close()


@pytest.mark.parametrize("code", [401, 403, 418])
def test_a_refused_key_is_said_and_not_tried_on_and_on(code: int) -> None:
    def no(path: str, handler: BaseHTTPRequestHandler) -> None:
        reply(handler, b'{"msg":"\xe9\x9d\x9e\xe6\xb3\x95Key"}', code)

    with serving(no) as (host, asked):
        basemap = open_basemap(_spec(host, "/{z}/{x}/{y}?tk={tk}"), key="secret")
        basemap.picture(VIEW, CRS, always)
        _until(lambda: bool(basemap.picture(VIEW, CRS, always).problems))
        problem = basemap.picture(VIEW, CRS, always).problems[0]
        assert problem.code == "basemaps.refused"
        assert "secret" not in str(problem.arguments) + problem.message("en") + problem.message("zh")
        assert len(asked) <= 8
        assert all("tk=secret" in path for path in asked)
        basemap.close()


@pytest.mark.parametrize("body", [b"<html>login</html>", b"GIF89a", b"", b"\x89PNG\r\n\x1a\n" + b"junk" * 9])
def test_garbage_is_no_tile(body: bytes) -> None:
    def garbage(path: str, handler: BaseHTTPRequestHandler) -> None:
        reply(handler, body, Content_Type="image/png")

    with serving(garbage) as (host, asked):
        basemap = open_basemap(BaseMapSpec("k", "xyz", host + "/{z}/{x}/{y}", "n", "wgs84", 15, 15))
        made = _settled(basemap)
        assert made.complete
        assert made.pixels is None
        if body:
            assert made.problems[0].code in ("basemaps.strange_answer", "basemaps.bad_tile")
        number = len(asked)
        basemap.picture(VIEW, CRS, always)
        time.sleep(0.2)
        assert len(asked) == number
        basemap.close()


def test_a_tile_cut_off_on_the_way_is_not_kept(tmp_path: Path) -> None:
    cut = [True]

    def half(path: str, handler: BaseHTTPRequestHandler) -> None:
        if not cut[0]:
            _good(path, handler)
            return
        handler.send_response(200)
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        handler.wfile.write(plain((1, 2, 3))[:100])

    with serving(half) as (host, _):
        basemap = open_basemap(_spec(host), cache=tmp_path)
        basemap.picture(VIEW, CRS, always)
        _until(lambda: bool(basemap.picture(VIEW, CRS, always).problems))
        cut[0] = False
        made = _settled(basemap)
        assert made.complete
        assert made.problems == ()
        basemap.close()


def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "LARGEST_FILE", 100_000)

    def endless(path: str, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(65536))

    with serving(endless) as (host, _):
        monkeypatch.setattr(requests._body, "__defaults__", (100_000,))
        answer = requests.fetched(host + "/x")
        assert answer.answer is requests.Answer.STRANGE


def test_a_slow_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "DEADLINE", 0.3)

    def drip(path: str, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    with serving(drip) as (host, _):
        begun = time.monotonic()
        assert requests.fetched(host + "/x").answer is requests.Answer.UNREACHABLE
        assert time.monotonic() - begun < 3


def test_a_server_that_is_not_there() -> None:
    basemap = open_basemap(_spec("http://127.0.0.1:9"))
    made = settled_picture(basemap, VIEW, CRS, patience=1.0)
    assert not made.complete
    assert made.problems[0].code == "basemaps.unreachable"
    assert made.problems[0].arguments["host"] == "127.0.0.1"
    basemap.close()


def test_redirections_stay_on_the_web(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(plain((9, 9, 9)))

    def elsewhere(path: str, handler: BaseHTTPRequestHandler) -> None:
        if path == "/ok":
            reply(handler, plain((1, 2, 3)))
            return
        reply(handler, b"", 302, Location="/ok" if path == "/good" else secret.as_uri())

    with serving(elsewhere) as (host, _):
        assert requests.fetched(host + "/good").answer is requests.Answer.TILE
        assert requests.fetched(host + "/bad").answer is requests.Answer.STRANGE
    assert requests.fetched(secret.as_uri()).answer is requests.Answer.UNREACHABLE


def test_news_are_not_a_flood_and_the_last_is_told() -> None:
    calls: list[float] = []
    with serving(_good) as (host, asked):
        basemap = open_basemap(_spec(host))
        basemap.on_news = lambda: calls.append(time.monotonic())
        view = view_at(4.0, 1200, 900)
        basemap.picture(view, CRS, always)
        _until(lambda: basemap.picture(view, CRS, always).complete)
        time.sleep(0.4)
        assert len(asked) > 20
        assert 1 <= len(calls) < len(asked)
        told = len(calls)
        time.sleep(0.3)
        assert len(calls) == told
        basemap.close()


def test_retry_asks_again_at_once() -> None:
    good = [False]

    def later(path: str, handler: BaseHTTPRequestHandler) -> None:
        if good[0]:
            _good(path, handler)
            return
        reply(handler, b"<html>")

    with serving(later) as (host, _):
        basemap = open_basemap(BaseMapSpec("k", "xyz", host + "/{z}/{x}/{y}.png", "n", "wgs84", 15, 15))
        assert _settled(basemap).pixels is None
        good[0] = True
        assert _settled(basemap).pixels is None
        basemap.retry()
        assert _settled(basemap).pixels is not None
        basemap.close()


def test_a_key_is_needed_and_never_stored(tmp_path: Path) -> None:
    with serving(_good) as (host, asked):
        spec = _spec(host, "/{z}/{x}/{y}.png?tk={tk}")
        lacking = open_basemap(spec, cache=tmp_path)
        made = _settled(lacking)
        assert made.complete
        assert [problem.code for problem in made.problems] == ["basemaps.key_missing"]
        assert asked == []
        lacking.close()


def _address(source: str, tile: Tile = TILE, key: str | None = None, **options: Any) -> str:
    spec = BaseMapSpec("k", "xyz", source, "n", "wgs84", 0, 18, "", options)
    made = OnlineTiles(spec, None, True, key)
    try:
        return made.address(tile)
    finally:
        made.close()


def test_addresses() -> None:
    assert _address("https://h/{z}/{x}/{y}") == "https://h/3/5/2"
    assert _address("https://h/{z}/{x}/{-y}") == "https://h/3/5/5"
    assert _address("https://h/{z}/{x}/{y}", tms=True) == "https://h/3/5/5"
    assert _address("https://{s}.h/{z}/{x}/{y}", subdomains="xyz") == "https://y.h/3/5/2"
    assert _address("https://{s}.h/{z}/{x}/{y}{r}") == "https://b.h/3/5/2"
    assert _address("https://h/{q}.jpg", Tile(3, 3, 5)) == "https://h/213.jpg"
    assert _address("https://h/{z}/{x}/{y}?tk={tk}", key="a b&c") == "https://h/3/5/2?tk=a%20b%26c"


@pytest.mark.parametrize(
    "source",
    [
        "file:///etc/{z}/{x}/{y}", "ftp://h/{z}/{x}/{y}", "h/{z}/{x}/{y}", "https://h/{z}/{x}", "https://h/{z}/{y}",
        "https:///{z}/{x}/{y}", "https://h/{z}/{x}/{y}/{w}", "https://h:99999/{z}/{x}/{y}",
        "https://h/{z}/{x}/{y}\r\nA: b",
        "javascript:{z}{x}{y}", "https://[::1/{z}/{x}/{y}",
    ],
)  # fmt: skip
def test_bad_addresses_are_refused(source: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_address(source)
    assert refused.value.code == "basemaps.bad_address"
    assert "{z}" in refused.value.hint("zh")


def test_a_key_in_an_address_is_taken_out() -> None:
    assert without_key("https://h/{z}/{x}/{y}?a=1&tk=abc%20d&b=2") == ("https://h/{z}/{x}/{y}?a=1&tk={tk}&b=2", "abc d")
    assert without_key("https://h/{z}?KEY=k") == ("https://h/{z}?KEY={tk}", "k")
    assert without_key("https://h/{z}?tk={tk}") == ("https://h/{z}?tk={tk}", None)
    assert without_key("https://h/{z}?monkey=1") == ("https://h/{z}?monkey=1", None)


@pytest.mark.parametrize("layer", sorted(LAYERS))
@pytest.mark.parametrize("grid", ["w", "c"])
def test_tianditu(layer: str, grid: Any) -> None:
    spec = tianditu(layer, grid)
    check_address(spec.source)
    assert BaseMapSpec.from_dict(spec.to_dict()) == spec
    made = OnlineTiles(spec, None, True, "K")
    address = made.address(Tile(4, 9, 3))
    assert f"/{layer}_{grid}/wmts?" in address
    assert "TILEMATRIX=5&TILEROW=3&TILECOL=9&tk=K" in address
    made.close()


def test_both_tianditu_grids_show_the_same_ground() -> None:
    """The same marks, in the grid in degrees and in Web Mercator: a pixel has the colour of its whole degree."""
    from io import BytesIO

    from PIL import Image

    from gis.basemaps.grid import Grid, geographic, web_mercator

    def painter(grid: Grid) -> Callable[[str, BaseHTTPRequestHandler], None]:
        def paint(path: str, handler: BaseHTTPRequestHandler) -> None:
            zoom, x, y = (int(part) for part in path.strip("/").split("/"))
            level = grid.levels[zoom]
            xmin, ymin, xmax, ymax = level.tile_box(x, y)
            gx = xmin + (np.arange(256) + 0.5) / 256 * (xmax - xmin)
            gy = ymax - (np.arange(256) + 0.5) / 256 * (ymax - ymin)
            if grid.crs == "EPSG:3857":
                gx, gy = np.degrees(gx / 6378137), np.degrees(2 * np.arctan(np.exp(gy / 6378137)) - np.pi / 2)
            red, green = np.meshgrid((gx * 50).astype(int) % 2 * 200, (gy * 50).astype(int) % 2 * 200)
            held = BytesIO()
            Image.fromarray(np.dstack([red, green, red * 0 + 30]).astype(np.uint8)).save(held, "PNG")
            reply(handler, held.getvalue())

        return paint

    made = []
    view = view_at(20.0, 400, 300)
    for option, grid in (("w", web_mercator(0, 18)), ("c", geographic(0, 18))):
        with serving(painter(grid)) as (host, _):
            basemap = open_basemap(_spec(host, "/{z}/{x}/{y}", grid=option))
            picture = settled_picture(basemap, view, CRS)
            assert picture.complete
            assert picture.pixels is not None
            made.append(channels(picture.pixels))
            basemap.close()
    py, px = np.mgrid[0:300, 0:400] + 0.5
    lon, lat = CRS.to_lonlat(*view.to_world(px, py))
    for seen in made:
        wrong = seen[:, :, 0] != (lon * 50).astype(int) % 2 * 200
        wrong |= seen[:, :, 1] != (lat * 50).astype(int) % 2 * 200
        near = (np.abs((lon * 50) % 1 - 0.5) > 0.45) | (np.abs((lat * 50) % 1 - 0.5) > 0.45)
        assert near.mean() < 0.4
        assert not (wrong & ~near).any()
