import datetime
import json
import re
import shutil
import struct
import subprocess
import zlib
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest

from gis.cartography.web.page import write_webmap
from gis.errors import Refusal
from gis.project import Session
from tests.gis.sheets.city import SIDE, SOUTH, WEST, small_city

DATE = datetime.date(2026, 3, 5)
EVIL = "</script><script>document.title='HACKED'</script><img src=x onerror=\"document.title='HACKED'\">"


class Loads(HTMLParser):
    """Everything a browser would fetch by itself: src, href of links, url() and @import in styles."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.policy = ""
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        given = dict(attrs)
        if tag == "meta" and given.get("http-equiv", "") == "Content-Security-Policy":
            self.policy = given.get("content") or ""
        for key in ("src", "href", "srcset", "data", "action", "poster"):
            if given.get(key):
                self.addresses.append(str(given[key]))

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.addresses += re.findall(r"url\(\s*['\"]?([^)'\"]+)", data)
            self.addresses += re.findall(r"@import\s+['\"]([^'\"]+)", data)


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="yt-data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    made: dict[str, Any] = json.loads(found[1])
    return made


def test_nothing_is_loaded_from_anywhere(analysed, tmp_path: Path) -> None:
    session, run = analysed
    page = write_webmap(session, tmp_path / "map.html", run=run, date=DATE).read_text("utf-8")
    loads = Loads()
    loads.feed(page)
    assert loads.addresses, "pictures of the style are inside"
    assert [a for a in loads.addresses if not a.startswith("data:")] == []
    assert "default-src 'none'" in loads.policy
    assert "img-src data:" in loads.policy
    assert "sourceMappingURL" not in page
    for api in ("XMLHttpRequest", "fetch(", "importScripts", "sendBeacon", "WebSocket", "cdn.", "jquery"):
        assert api not in page, api


def test_leaflet_and_its_licence_are_inside(city: Session, tmp_path: Path) -> None:
    page = write_webmap(city, tmp_path / "map.html", date=DATE).read_text("utf-8")
    assert "Leaflet 1.9.4, a JS library" in page
    assert "BSD 2-Clause License" in page


def test_names_cannot_become_markup(tmp_path: Path) -> None:
    with small_city(tmp_path / "evil.yantu", [EVIL, "乙", "丙", "丁"], first_name=EVIL) as session:
        page = write_webmap(session, tmp_path / "map.html", date=DATE, words={"title": EVIL}).read_text("utf-8")
    assert "<img src=x" not in page
    assert page.count("<script") == 5
    assert data_of(page)["title"]["zh"] == EVIL
    head = page[: page.index("</head>")]
    assert "&lt;/script&gt;" in head


def test_restricted_fields_and_references_are_left_out(city: Session, tmp_path: Path) -> None:
    page = write_webmap(city, tmp_path / "map.html", date=DATE).read_text("utf-8")
    assert "02:00:00:aa:bb:cc" not in page
    assert "BSSID" not in page
    layers = {layer["cls"]: layer for layer in data_of(page)["layers"]}
    labels = {field["label"]["zh"]: field for field in layers["wifi_hotspot"]["fields"]}
    assert labels["等效全向辐射功率"]["unit"] == "dBm"
    assert labels["等效全向辐射功率"]["label"]["en"] == "EIRP"
    assert labels["状态"]["codes"]["in_service"] == {"zh": "在用", "en": "In service"}
    assert "回传光缆" not in labels
    assert "权属单位" not in labels


def test_features_lie_at_their_degrees(city: Session, tmp_path: Path) -> None:
    data = data_of(write_webmap(city, tmp_path / "map.html", date=DATE).read_text("utf-8"))
    layer = next(layer for layer in data["layers"] if layer["cls"] == "wifi_hotspot")
    shown = np.array(layer["geometry"])
    columns = city.columns("wifi_hotspot", [])
    assert columns.geometry is not None
    to_degrees = pyproj.Transformer.from_crs(4549, 4490, always_xy=True)
    lon, lat = to_degrees.transform([g.x for g in columns.geometry], [g.y for g in columns.geometry])
    assert np.abs(shown[:, 0] - lat).max() < 1e-6
    assert np.abs(shown[:, 1] - lon).max() < 1e-6


def test_the_overlay_lies_where_the_levels_are(analysed, tmp_path: Path) -> None:
    session, run = analysed
    data = data_of(write_webmap(session, tmp_path / "map.html", run=run, date=DATE).read_text("utf-8"))
    (south, west), (north, east) = data["coverage"]["bounds"]
    pixels = _png(data["coverage"]["image"])
    height, width = pixels.shape

    def mercator(lat: Any) -> Any:
        return np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))

    layer = next(layer for layer in data["layers"] if layer["cls"] == "wifi_hotspot")
    at = np.array(layer["geometry"])
    # As Leaflet stretches a picture: evenly in Web Mercator between its corners.
    column = (at[:, 1] - west) / (east - west) * width
    row = (mercator(north) - mercator(at[:, 0])) / (mercator(north) - mercator(south)) * height
    level = pixels[row.astype(int), column.astype(int)]
    assert (level == 1).all(), "a hotspot stands in the strongest class"
    assert (pixels == 0).mean() > 0.3, "and most of the ground has no signal"
    names = [entry["label"]["zh"] for entry in data["coverage"]["legend"]]
    assert names[0].startswith("≥ −55")
    assert [row["name"] for row in data["areas"]] == ["亭湖区", "盐都区", "大丰区", "射阳县", "盐城市"]
    assert data["areas"][-1]["total"]


def _png(address: str) -> np.ndarray:
    """The palette indices of a picture as this room writes it: eight bits, no filter."""
    raw = b64decode(address.partition(",")[2])
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed, size = 8, b"", (0, 0)
    while at < len(raw):
        length, kind = struct.unpack(">I4s", raw[at : at + 8])
        body = raw[at + 8 : at + 8 + length]
        assert struct.unpack(">I", raw[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    width, height = size
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()
    return rows[:, 1:]


def test_only_what_touches_an_area(city: Session, tmp_path: Path) -> None:
    data = data_of(write_webmap(city, tmp_path / "map.html", area="320902", date=DATE).read_text("utf-8"))
    layer = next(layer for layer in data["layers"] if layer["cls"] == "wifi_hotspot")
    columns = city.columns("wifi_hotspot", [])
    assert columns.geometry is not None
    inside = sum(g.x <= WEST + SIDE / 2 and g.y <= SOUTH + SIDE / 2 for g in columns.geometry)
    assert len(layer["geometry"]) == layer["total"] == inside
    with pytest.raises(Refusal) as refused:
        write_webmap(city, tmp_path / "none.html", area="999999")
    assert refused.value.code == "sheets.no_area"


def test_a_crowd_is_thinned_and_says_so(city: Session, tmp_path: Path) -> None:
    data = data_of(write_webmap(city, tmp_path / "map.html", limit=25, date=DATE).read_text("utf-8"))
    layer = next(layer for layer in data["layers"] if layer["cls"] == "wifi_hotspot")
    assert (len(layer["geometry"]), layer["total"]) == (25, 60)
    assert all(len(column) == 25 for column in layer["columns"])


def test_a_public_page_has_its_number_and_no_device(analysed, tmp_path: Path) -> None:
    session, run = analysed
    asked: dict[str, Any] = {"run": run, "template": "coverage_public_a4", "date": DATE}
    with pytest.raises(Refusal) as refused:
        write_webmap(session, tmp_path / "none.html", **asked)
    assert refused.value.code == "sheets.approval_needed"
    words = {"approval": "苏S(2026)012号"}
    everything = [cls.name for cls in session.catalogue if cls.spatial]
    page = write_webmap(session, tmp_path / "map.html", classes=everything, words=words, **asked).read_text("utf-8")
    data = data_of(page)
    assert data["mark"] == {"zh": "审图号：苏S(2026)012号", "en": "Approval no. 苏S(2026)012号"}
    assert {layer["cls"] for layer in data["layers"]} == {"area", "road"}
    assert "人民公园热点" not in page
    assert _png(data["coverage"]["image"]).size < 100 * 100, "levels stand in squares of 250 m"


def test_an_inventory_shows_no_run(analysed, tmp_path: Path) -> None:
    session, run = analysed
    data = data_of(write_webmap(session, tmp_path / "map.html", run=run, template="inventory_a3").read_text("utf-8"))
    assert data["coverage"] is None
    assert data["title"]["zh"] == "盐城市数字基础设施分布图"


def test_the_same_input_gives_the_same_page(city: Session, tmp_path: Path) -> None:
    pages = [write_webmap(city, tmp_path / f"{i}.html", date=DATE).read_bytes() for i in range(2)]
    assert pages[0] == pages[1]


def test_an_empty_city_makes_a_page(tmp_path: Path) -> None:
    with Session.create(tmp_path / "empty.yantu") as session:
        data = data_of(write_webmap(session, tmp_path / "map.html", date=DATE, language="en").read_text("utf-8"))
    assert data["layers"] == []
    assert data["language"] == "en"


def browser() -> str | None:
    """Chromium, where it is installed."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


@pytest.mark.skipif(browser() is None, reason="no Chromium here; what the page may load is tested above without one")
def test_it_draws_in_a_browser_without_network(analysed, tmp_path: Path) -> None:
    session, run = analysed
    with small_city(tmp_path / "evil.yantu", first_name=EVIL) as evil:
        for source, shown, name in ((session, run, "map"), (evil, None, "evil")):
            page = write_webmap(source, tmp_path / f"{name}.html", run=shown, date=DATE)
            log = tmp_path / f"{name}-net.json"
            done = subprocess.run(
                [
                    str(browser()), "--headless", "--no-sandbox", "--disable-gpu",
                    f"--user-data-dir={tmp_path / 'profile'}",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
                    "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=4000",
                    "--window-size=1200,800", "--enable-logging=stderr", f"--log-net-log={log}", "--dump-dom",
                    page.as_uri(),
                ],
                capture_output=True, timeout=120, check=True,
            )  # fmt: skip
            dom = done.stdout.decode("utf-8")
            console = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if "CONSOLE" in line]
            assert console == []
            assert 'data-ready="yes"' in dom, "the script ran to its end"
            assert dom.count("<canvas") >= 2, "layers are drawn"
            assert "HACKED" not in re.sub(r"<script.*?</script>", "", dom, flags=re.DOTALL).partition("</head>")[0]
            if shown is not None:
                assert "45.6%" not in dom
                assert "大丰区" in dom
                assert 'class="leaflet-image-layer' in dom
            asked = re.findall(r'"url":"((?:https?|wss?)://[^"]*)"', log.read_text("utf-8", "replace"))
            ours = [url for url in asked if not re.search(r"google|gstatic|gvt1|chromium", url)]
            assert ours == [], "a request of the page"
