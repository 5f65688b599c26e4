"""The page in a real browser with the network off: it draws, finds, measures, and asks nothing of anyone."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely

from gis.cartography.web.ground import WebGround
from gis.cartography.web.page import write_webmap
from gis.project import Session
from tests.gis.sheets.city import SIDE, SOUTH, WEST, load, small_city
from tests.gis.web.browser import Browser, chromium

pytestmark = pytest.mark.skipif(chromium() is None, reason="no Chromium here; what a page may load is tested without")
DATE = datetime.date(2026, 3, 5)
EVIL = "</script><script>document.title='HACKED'</script><img src=x onerror=\"document.title='HACKED'\">"
# Pixels of the drawing that are not clear.
INK = """(() => { const c = yantu.drawing._container, d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n; })()"""
POPUP = "document.querySelector('.leaflet-popup-content')?.textContent || ''"
RESULTS = (
    "[...document.querySelectorAll('.yt-results [role=option] .yt-result-title')].map((e) => e.textContent.trim())"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as made:
        yield made


@pytest.fixture(scope="module")
def page(analysed: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    session, run = analysed
    return write_webmap(session, tmp_path_factory.mktemp("page") / "map.html", run=run, date=DATE)


@pytest.fixture
def opened(browser: Browser, page: Path) -> Iterator[Browser]:
    """The page, just opened; afterwards nothing was asked for and nothing went wrong."""
    browser.requests.clear()
    browser.errors.clear()
    browser.open("about:blank", "true")
    browser.open(page.as_uri())
    yield browser
    assert [url for url in browser.requests if not url.startswith("data:")] in ([page.as_uri()], [])  # [] by its hash
    assert browser.violations == []
    assert browser.errors == []


def ask(browser: Browser, text: str) -> None:
    browser.run(
        "(() => { const f = document.getElementById('yt-asked'); f.value = ''; f.focus();"
        "f.dispatchEvent(new Event('input')); })()"
    )
    browser.until("document.getElementById('yt-results').hidden")
    browser.type(text)
    browser.until("!document.getElementById('yt-results').hidden")
    browser.until("document.querySelector('.yt-results-note')")


def test_it_draws_everything(opened: Browser) -> None:
    assert opened.run(INK) > 2000
    assert opened.run("document.querySelectorAll('.leaflet-image-layer').length") == 1
    assert "大丰区" in opened.run("document.getElementById('yt-panel').textContent")
    shown = opened.run("yantu.data.layers.map((l) => [l.cls, l.count])")
    assert shown == [["area", 5], ["road", 2], ["wifi_hotspot", 60]]
    crowds = opened.run(
        "(() => { const c = yantu.crowdsAt(map_yantu.getZoom()), sum = (a, b) => a + b;"
        "const loose = [...c.loose.values()].map((list) => list.length).reduce(sum, 0);"
        "return [loose, c.circles.map((circle) => circle.count).reduce(sum, 0)]; })()"
    )
    assert sum(crowds) == 60, "every hotspot stands for itself or is in a count"


def test_layers_are_switched(opened: Browser) -> None:
    everything = opened.run(INK)
    opened.press("#yt-layer-area")
    opened.until("!yantu.data.layers[0].on")
    fewer = opened.run(INK)
    assert fewer < everything / 2
    opened.until("location.hash.includes('off=area')")
    for cls in ("road", "wifi_hotspot"):
        opened.press(f"#yt-layer-{cls}")
    assert opened.run(INK) == 0
    opened.press("#yt-coverage-on")
    assert opened.run("document.querySelectorAll('.leaflet-image-layer').length") == 0


def test_features_are_found_by_any_part_and_opened(opened: Browser) -> None:
    ask(opened, "民公园")
    assert opened.run(RESULTS) == ["人民公园热点"]
    opened.key("Enter", 13)
    opened.until("document.querySelector('.leaflet-popup-content')")
    said = opened.run(POPUP)
    assert "人民公园热点" in said
    assert "WIFI-0000" in said
    assert "27 dBm" in said
    assert opened.run("map_yantu.getZoom()") >= 17
    ask(opened, "wifi-00")
    assert opened.run("document.querySelector('.yt-results-note').textContent") == "共 60 条"
    ask(opened, "ｗｉｆｉ-0041 热")  # full-width letters, two words
    assert len(opened.run(RESULTS)) == 1
    ask(opened, "不存在的")
    assert opened.run("document.querySelector('.yt-results-note').textContent") == "没有找到"
    ask(opened, "33.27 120.21")
    assert "120.21000°E 33.27000°N" in opened.run("document.querySelector('.yt-results').textContent")


def test_a_click_opens_what_lies_there_and_turns_to_the_next(opened: Browser) -> None:
    opened.act("map_yantu.setView(yantu.placeOf(yantu.data.layers[2], 7), 17, {animate: false})")
    x, y = opened.run("(() => { const b = map_yantu.getContainer().getBoundingClientRect();"
                      "return [b.x + b.width / 2, b.y + b.height / 2]; })()")  # fmt: skip
    opened.click(x, y)
    opened.until("document.querySelector('.yt-turn')")
    assert "WIFI-" in opened.run(POPUP)
    assert opened.run("document.querySelector('.yt-turn span').textContent") == "1 / 3", "hotspot, county, city"
    opened.press(".yt-turn .yt-button:last-child")
    opened.until(f"({POPUP}).includes('区')")
    assert opened.run("yantu.drawing.chosen.layer.cls") == "area"


def test_the_language_changes_everywhere(opened: Browser) -> None:
    opened.press("#yt-language")
    opened.until("document.documentElement.lang === 'en'")
    panel = opened.run("document.getElementById('yt-panel').textContent")
    assert "Layers" in panel
    assert "WiFi hotspot" in panel
    assert "图层" not in panel
    assert opened.run("document.getElementById('yt-asked').placeholder") == "Name, code, address or degrees"
    assert opened.run("document.title").startswith("WiFi coverage")
    opened.until("location.hash.includes('lang=en')")


def test_distances_and_areas_are_those_of_the_ellipsoid(opened: Browser) -> None:
    rng = np.random.default_rng(11)
    geod = pyproj.Geod(a=6378137.0, rf=298.257222101)
    start = np.column_stack([rng.uniform(119, 121, 40), rng.uniform(32, 35, 40)])
    end = start + rng.uniform(-1, 1, (40, 2)) * 10.0 ** rng.uniform(-5, 0.5, (40, 1))
    asked = [
        [{"lng": a[0], "lat": a[1]}, {"lng": b[0], "lat": b[1]}]
        for a, b in zip(start.tolist(), end.tolist(), strict=True)
    ]
    told = opened.run(f"{json.dumps(asked)}.map(([a, b]) => yantu.distance(a, b))")
    _, _, true = geod.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    assert np.abs(np.array(told) - true).max() < 1e-3
    for size, within in ((1e-4, 2e-6), (1e-2, 2e-6), (0.3, 1e-5)):
        for turn in range(5):
            angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
            ring = np.column_stack([120.1 + size * np.cos(angles) * 1.2, 33.3 + size * np.sin(angles)])
            places = [{"lng": x, "lat": y} for x, y in ring.tolist()]
            area, _ = geod.polygon_area_perimeter(ring[:, 0], ring[:, 1])
            assert opened.run(f"yantu.areaOf({json.dumps(places)})") == pytest.approx(abs(area), rel=within), (
                size,
                turn,
            )
    assert opened.run("yantu.areaText(2000)") == "2,000 m²（3 亩）"


def test_it_measures_what_is_clicked(opened: Browser) -> None:
    opened.press("#yt-distance")
    for x, y in ((300, 300), (600, 300)):
        opened.click(x, y)
    said = opened.run("document.querySelector('.yt-figure').textContent")
    metres = opened.run("(() => { const p = (x) => { const b = map_yantu.getContainer().getBoundingClientRect();"
                        "return map_yantu.containerPointToLatLng([x - b.x, 300 - b.y]); };"
                        "return yantu.distance(p(300), p(600)); })()")  # fmt: skip
    assert said == opened.run(f"yantu.metresText({metres})")
    assert said.endswith(" km")
    assert not opened.run("Boolean(document.querySelector('.leaflet-popup'))"), "a click measures, it opens nothing"
    opened.press("#yt-area")
    for x, y in ((300, 300), (600, 300), (600, 500)):
        opened.click(x, y)
    opened.press(".yt-small")
    assert "km²" in opened.run("document.querySelector('.yt-figure').textContent")
    opened.key("Escape", 27)
    assert opened.run("document.getElementById('yt-tool').hidden")


def test_a_copied_address_opens_the_same_view(browser: Browser, page: Path) -> None:
    browser.open("about:blank", "true")
    browser.open(page.as_uri() + "#15.25/33.27000/120.22000&lang=en&off=road&group=0&cover=0.4")
    center = browser.run("[map_yantu.getZoom(), map_yantu.getCenter().lat, map_yantu.getCenter().lng]")
    assert center == pytest.approx([15.25, 33.27, 120.22], abs=1e-5)
    assert browser.run("yantu.data.layers.map((l) => l.on)") == [True, False, True]
    assert browser.run("[yantu.language, yantu.grouping, Number(document.getElementById('yt-opacity').value)]") == [
        "en",
        False,
        0.4,
    ]
    before = browser.run("location.hash")
    browser.act("map_yantu.panBy([50, 0], {animate: false})")
    browser.until(f"location.hash !== {json.dumps(before)}")
    assert "off=road" in browser.run("location.hash")
    browser.open("about:blank", "true")
    browser.open(page.as_uri() + "#what/is/this&off=no_such&cover=x")
    assert browser.run(INK) > 2000, "nonsense in the address is left aside"


def test_keys_alone_are_enough(opened: Browser) -> None:
    opened.key("/", 191)
    assert opened.run("document.activeElement.id") == "yt-asked"
    opened.type("解放")
    opened.until("document.querySelectorAll('.yt-results [role=option]').length === 1")
    opened.key("ArrowDown", 40)
    assert opened.run("document.getElementById('yt-asked').getAttribute('aria-activedescendant')") == "yt-result-0"
    opened.key("Enter", 13)
    opened.until("document.querySelector('.leaflet-popup-content')")
    assert "解放路" in opened.run(POPUP)
    opened.act("map_yantu.closePopup(), map_yantu.getContainer().focus()")
    opened.until("!document.querySelector('.leaflet-popup')")
    opened.act("map_yantu.setView(yantu.placeOf(yantu.data.layers[2], 3), 18, {animate: false})")
    opened.key("Enter", 13)
    opened.until("document.querySelector('.leaflet-popup-content')")
    assert "WIFI-" in opened.run(POPUP)
    unnamed = opened.run(
        "[...document.querySelectorAll('button')]"
        ".filter((b) => !b.textContent.trim() && !b.getAttribute('aria-label')).length"
    )
    assert unnamed == 0


def test_what_was_typed_into_the_city_stays_text(browser: Browser, tmp_path: Path) -> None:
    with small_city(tmp_path / "evil.yantu", [EVIL, "乙", "丙", "丁"], first_name=EVIL) as session:
        page = write_webmap(session, tmp_path / "evil.html", date=DATE, words={"title": EVIL, "maker": EVIL})
    browser.open(page.as_uri())
    ask(browser, "HACKED")
    browser.key("Enter", 13)
    browser.until("document.querySelector('.leaflet-popup-content')")
    browser.press("#yt-language")
    assert browser.run("document.title") == EVIL
    assert browser.run("document.querySelectorAll('img[src=x]').length") == 0
    assert browser.violations == []


def test_what_is_only_counted_is_shown_and_found(browser: Browser, city: Session, tmp_path: Path) -> None:
    page = write_webmap(city, tmp_path / "map.html", limit=25, date=DATE)
    browser.errors.clear()
    browser.open(page.as_uri())
    assert browser.run("yantu.crowdsAt(map_yantu.getZoom()).circles.reduce((a, c) => a + c.count, 0)") == 60
    assert "共 60 个，数量过大，按方格计数显示" in browser.run("document.getElementById('yt-panel').textContent")
    ask(browser, "WIFI-0033")
    browser.key("Enter", 13)
    browser.until("document.querySelector('.leaflet-popup-content')")
    assert "WIFI-0033" in browser.run(POPUP)
    assert "本页只含名称和编号" in browser.run(POPUP)
    assert browser.errors == []


def test_holes_are_not_inside_and_overlaps_are_filled(browser: Browser, tmp_path: Path) -> None:
    with small_city(tmp_path / "city.yantu", hotspots=0) as session:
        hole = shapely.box(WEST + 300, SOUTH + 300, WEST + 600, SOUTH + 600)
        house = shapely.Polygon(
            shapely.box(WEST, SOUTH, WEST + 900, SOUTH + 900).exterior.coords, [hole.exterior.coords]
        )
        load(session, "building", [house], name=["天井楼"])
        crs = session.crs
        page = write_webmap(session, tmp_path / "map.html", classes=["building"], date=DATE)
    browser.open(page.as_uri())
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    found = {}
    for name, (dx, dy) in {"wall": (150, 450), "court": (450, 450), "street": (1000, 450)}.items():
        lon, lat = to_degrees.transform(WEST + dx, SOUTH + dy)
        browser.act(f"map_yantu.setView([{lat}, {lon}], 16, {{animate: false}})")
        found[name] = browser.run(f"yantu.at(map_yantu, L.latLng({lat}, {lon}), false).found.length")
        found[name + " ink"] = browser.run(
            "(() => { const r = yantu.drawing, at = map_yantu.latLngToLayerPoint(map_yantu.getCenter());"
            "const p = at.subtract(r._bounds.min);"
            "return r._context.getImageData(p.x * r._ratio, p.y * r._ratio, 1, 1).data[3] > 0; })()"
        )
    assert found == {"wall": 1, "wall ink": True, "court": 0, "court ink": False, "street": 0, "street ink": False}


def test_a_base_map_inside_is_shown(browser: Browser, city: Session, tmp_path: Path, tiles: WebGround) -> None:
    page = write_webmap(city, tmp_path / "map.html", date=DATE, base_maps=[tiles])
    browser.requests.clear()
    browser.errors.clear()
    browser.open(page.as_uri())
    browser.until("document.querySelectorAll('.leaflet-tile-loaded').length > 0")
    assert browser.run("[...document.querySelectorAll('.leaflet-tile-loaded')].some((t) => t.naturalWidth === 256)")
    assert "© 测绘院" in browser.run("document.querySelector('.leaflet-control-attribution').textContent")
    browser.press("#yt-ground-on-0")
    assert browser.run("document.querySelectorAll('.leaflet-tile').length") == 0
    assert [url for url in browser.requests if not url.startswith("data:")] == [page.as_uri()]
    assert browser.violations == browser.errors == []


def test_it_fits_a_phone_and_paper(page: Path, tmp_path: Path) -> None:
    with Browser(390, 800, dark=True, phone=True) as phone:
        phone.open(page.as_uri())
        assert phone.run("document.documentElement.scrollWidth") <= 390
        assert phone.run("document.getElementById('yt-side').classList.contains('yt-closed')")
        phone.press("#yt-handle")
        assert phone.run("document.getElementById('yt-panel').getBoundingClientRect().height") > 200
        phone.press("#yt-handle")
        assert phone.run(INK) > 1000
        assert phone.errors == []
        phone.print(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes()[:5] == b"%PDF-"
    assert (tmp_path / "page.pdf").read_bytes().count(b"/Type /Page\n") + (tmp_path / "page.pdf").read_bytes().count(
        b"/Type /Page "
    ) in (1, 2)


def test_side_of_the_city_is_seen(opened: Browser) -> None:
    """The whole city lies in the window when the page opens."""
    to_degrees = pyproj.Transformer.from_crs(4549, 4490, always_xy=True)
    corners = [to_degrees.transform(WEST + dx, SOUTH + dy) for dx in (0, SIDE) for dy in (0, SIDE)]
    bounds = opened.run(
        "(() => { const b = map_yantu.getBounds(); return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]; })()"
    )
    assert all(bounds[0] <= lon <= bounds[2] and bounds[1] <= lat <= bounds[3] for lon, lat in corners)
