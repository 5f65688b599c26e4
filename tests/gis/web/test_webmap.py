import datetime
import re
import struct
import zlib
from base64 import b64decode
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.cartography.web.crowds import FINEST, crowd
from gis.cartography.web.document import SCRIPTS, STYLES, words
from gis.cartography.web.packing import listed, planes
from gis.cartography.web.page import write_webmap
from gis.errors import Refusal
from gis.project import Session
from gis.resources import resource
from tests.gis.sheets.city import SIDE, SOUTH, WEST, load, small_city
from tests.gis.web.pages import Page

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
    own = "".join((resource("web", "map") / f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    assert "url(" not in own
    for api in ("XMLHttpRequest", "fetch(", "importScripts", "sendBeacon", "WebSocket", "cdn.", "jquery"):
        assert api not in page, api


def test_leaflet_and_its_licence_are_inside(city: Session, tmp_path: Path) -> None:
    page = write_webmap(city, tmp_path / "map.html", date=DATE).read_text("utf-8")
    assert "Leaflet 1.9.4, a JS library" in page
    assert "BSD 2-Clause License" in page


def test_names_cannot_become_markup(tmp_path: Path) -> None:
    with small_city(tmp_path / "evil.yantu", [EVIL, "乙", "丙", "丁"], first_name=EVIL) as session:
        page = Page(write_webmap(session, tmp_path / "map.html", date=DATE, words={"title": EVIL}))
    assert "<img src=x" not in page.text
    assert page.text.count("<script") == 5 + len(page.blocks)
    assert page.data["title"]["zh"] == EVIL
    assert EVIL in page.values("wifi_hotspot")["name"]
    head = page.text[: page.text.index("</head>")]
    assert "&lt;/script&gt;" in head


def test_restricted_fields_and_references_are_left_out(city: Session, tmp_path: Path) -> None:
    for limit in (10, 1000):  # counted only, and whole
        page = Page(write_webmap(city, tmp_path / "map.html", date=DATE, limit=limit))
        assert "人民公园热点".encode() in page.everything()
        for secret in (b"02:00:00:aa:bb:cc", b"BSSID", b"bssid", "测试员".encode()):
            assert secret not in page.everything(), secret
    fields = {field["label"]["zh"]: field for field in page.layer("wifi_hotspot")["fields"]}
    assert fields["等效全向辐射功率"]["unit"] == "dBm"
    assert fields["等效全向辐射功率"]["label"]["en"] == "EIRP"
    assert fields["状态"]["codes"]["in_service"] == {"zh": "在用", "en": "In service"}
    assert "回传光缆" not in fields
    assert "权属单位" not in fields


def test_features_lie_at_their_degrees(city: Session, tmp_path: Path) -> None:
    page = Page(write_webmap(city, tmp_path / "map.html", date=DATE))
    _, shown = page.points("wifi_hotspot")
    columns = city.columns("wifi_hotspot", ["name", "code"])
    assert columns.geometry is not None
    to_degrees = pyproj.Transformer.from_crs(4549, 4490, always_xy=True)
    lon, lat = to_degrees.transform([g.x for g in columns.geometry], [g.y for g in columns.geometry])
    assert np.abs(shown - np.column_stack([lon, lat])).max() < 3e-7, "four centimetres"
    assert page.values("wifi_hotspot")["code"] == columns.fields["code"].tolist()
    assert page.values("wifi_hotspot")["name"] == columns.fields["name"].tolist()


def test_lines_and_areas_keep_their_form(tmp_path: Path) -> None:
    with small_city(tmp_path / "city.yantu", hotspots=0) as session:
        ring = shapely.box(WEST, SOUTH, WEST + 900, SOUTH + 900)
        holed = shapely.Polygon(
            ring.exterior.coords, [shapely.box(WEST + 300, SOUTH + 300, WEST + 600, SOUTH + 600).exterior.coords]
        )
        parts = shapely.MultiPolygon([holed, shapely.box(WEST + 2000, SOUTH, WEST + 2500, SOUTH + 400)])
        load(session, "area", [parts], code=["320999"], name=["有洞"], level=["town"])
        page = Page(write_webmap(session, tmp_path / "map.html", date=DATE))
    to_plane = pyproj.Transformer.from_crs(4490, 4549, always_xy=True)

    def plane(part: np.ndarray) -> list[tuple[float, float]]:
        return list(zip(*to_plane.transform(part[:, 0], part[:, 1]), strict=True))

    _, areas = page.outlines("area")
    names = page.values("area")["name"]
    rings = areas[names.index("有洞")]
    assert [len(ring) for ring in rings] == [4, 4, 4], "closing corners are left out"
    outer, hole, other = (shapely.LinearRing(plane(ring)) for ring in rings)
    assert (outer.is_ccw, hole.is_ccw, other.is_ccw) == (True, False, True)
    assert shapely.Polygon(outer, [hole]).symmetric_difference(holed).area < 900 * 8 * 0.5
    _, roads = page.outlines("road")
    line = shapely.LineString(plane(roads[page.values("road")["name"].index("解放路")][0]))
    assert (
        line.hausdorff_distance(shapely.LineString([(WEST, SOUTH + SIDE / 2), (WEST + SIDE, SOUTH + SIDE / 2)])) < 0.3
    )


def test_the_overlay_lies_where_the_levels_are(analysed, tmp_path: Path) -> None:
    session, run = analysed
    page = Page(write_webmap(session, tmp_path / "map.html", run=run, date=DATE))
    data = page.data
    (south, west), (north, east) = data["coverage"]["bounds"]
    pixels = _png(data["coverage"]["image"])
    height, width = pixels.shape

    def mercator(lat: Any) -> Any:
        return np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))

    _, at = page.points("wifi_hotspot")
    # As Leaflet stretches a picture: evenly in Web Mercator between its corners.
    column = (at[:, 0] - west) / (east - west) * width
    row = (mercator(north) - mercator(at[:, 1])) / (mercator(north) - mercator(south)) * height
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
    page = Page(write_webmap(city, tmp_path / "map.html", area="320902", date=DATE))
    columns = city.columns("wifi_hotspot", [])
    assert columns.geometry is not None
    inside = sum(g.x <= WEST + SIDE / 2 and g.y <= SOUTH + SIDE / 2 for g in columns.geometry)
    assert len(page.points("wifi_hotspot")[1]) == page.layer("wifi_hotspot")["total"] == inside
    with pytest.raises(Refusal) as refused:
        write_webmap(city, tmp_path / "none.html", area="999999")
    assert refused.value.code == "sheets.no_area"


def test_too_many_are_counted_and_none_is_lost(city: Session, tmp_path: Path) -> None:
    page = Page(write_webmap(city, tmp_path / "map.html", limit=25, date=DATE))
    layer = page.layer("wifi_hotspot")
    assert (layer["whole"], layer["total"]) == (False, 60)
    rows, columns, variants, counts = page.crowd("wifi_hotspot")
    assert counts.sum() == 60
    _, places = Page(write_webmap(city, tmp_path / "whole.html", date=DATE)).points("wifi_hotspot")
    level = layer["crowd"]["level"]
    x = ((places[:, 0] + 180) / 360 * 2**level).astype(int)
    y = ((0.5 - np.arcsinh(np.tan(np.radians(places[:, 1]))) / (2 * np.pi)) * 2**level).astype(int)
    expected = Counter(zip(y.tolist(), x.tolist(), strict=True))
    assert dict(zip(zip(rows.tolist(), columns.tolist(), strict=True), counts.tolist(), strict=True)) == expected
    assert set(variants.tolist()) == {0}
    assert set(page.values("wifi_hotspot")) == {"code", "name"}, "what is counted is found by name and code"
    assert len(page.values("wifi_hotspot")["code"]) == 60
    assert page.layer("road")["whole"], "small classes are carried whole"


def test_the_largest_classes_give_way_first(city: Session, tmp_path: Path) -> None:
    page = Page(write_webmap(city, tmp_path / "map.html", most=60, date=DATE))
    assert {layer["cls"]: layer["whole"] for layer in page.data["layers"]} == {
        "area": True, "road": True, "wifi_hotspot": False,
    }  # fmt: skip


def test_squares_grow_until_their_counts_fit() -> None:
    x, y = np.random.default_rng(3).integers(0, 2**24, (2, 50_000))
    variant = np.arange(50_000) % 3
    made = crowd(x, y, variant, most=5_000)
    assert len(made.count) <= 5_000
    assert made.count.sum() == 50_000
    assert made.level < 20
    finer = crowd(x, y, variant, most=10**6)
    assert finer.level == FINEST
    assert [made.count[made.variant == v].sum() for v in range(3)] == [16667, 16667, 16666]


@given(st.lists(st.integers(0, 2**30), max_size=50))
def test_numbers_come_back_as_they_were(numbers: list[int]) -> None:
    page = Page.__new__(Page)
    page.blocks = {0: planes(np.array(numbers, np.int64))}
    assert page.numbers(0, len(numbers))[0].tolist() == numbers


def test_a_column_of_few_values_is_a_list_of_places() -> None:
    assert listed(["a", "b", "a", "a", None, "a"]) == {"of": ["a", "b", None], "at": [0, 1, 0, 0, 2, 0]}
    assert listed(["a", "b"]) == ["a", "b"]
    assert listed([1, True, 1.0, 1, 1, 1, 1]) == {"of": [1, True, 1.0], "at": [0, 1, 2, 0, 0, 0, 0]}


def test_every_word_is_there_in_both_languages() -> None:
    for key, label in words().items():
        assert set(label) == {"zh", "en"}, key
        assert label["zh"].strip(), key
        assert label["en"].strip(), key
        assert set(re.findall(r"\{\w+\}", label["zh"])) - {"{mu}"} == set(re.findall(r"\{\w+\}", label["en"])) - {
            "{ha}"
        }, key
    own = "".join((resource("web", "map") / f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    asked = set(re.findall(r'(?<![\w.])word\("(\w+)"|yantu\.word\("(\w+)"', own))
    assert {a or b for a, b in asked} <= set(words())


def test_scripts_are_small_and_all_are_used() -> None:
    folder = resource("web", "map")
    assert {path.stem for path in folder.glob("*.js")} == set(SCRIPTS)
    assert {path.stem for path in folder.glob("*.css")} == set(STYLES)
    assert all(len(path.read_text("utf-8").splitlines()) < 400 for path in folder.iterdir())


def test_a_public_page_has_its_number_and_no_device(analysed, tmp_path: Path) -> None:
    session, run = analysed
    asked: dict[str, Any] = {"run": run, "template": "coverage_public_a4", "date": DATE}
    with pytest.raises(Refusal) as refused:
        write_webmap(session, tmp_path / "none.html", **asked)
    assert refused.value.code == "sheets.approval_needed"
    given_words = {"approval": "苏S(2026)012号"}
    everything = [cls.name for cls in session.catalogue if cls.spatial]
    page = Page(write_webmap(session, tmp_path / "map.html", classes=everything, words=given_words, **asked))
    data = page.data
    assert data["mark"] == {"zh": "审图号：苏S(2026)012号", "en": "Approval no. 苏S(2026)012号"}
    assert {layer["cls"] for layer in data["layers"]} == {"area", "road"}
    assert "人民公园热点".encode() not in page.everything()
    assert _png(data["coverage"]["image"]).size < 100 * 100, "levels stand in squares of 250 m"


def test_an_inventory_shows_no_run(analysed, tmp_path: Path) -> None:
    session, run = analysed
    data = Page(write_webmap(session, tmp_path / "map.html", run=run, template="inventory_a3")).data
    assert data["coverage"] is None
    assert data["title"]["zh"] == "盐城市数字基础设施分布图"


def test_the_same_input_gives_the_same_page(city: Session, tmp_path: Path) -> None:
    pages = [write_webmap(city, tmp_path / f"{i}.html", date=DATE).read_bytes() for i in range(2)]
    assert pages[0] == pages[1]


def test_an_empty_city_makes_a_page(tmp_path: Path) -> None:
    with Session.create(tmp_path / "empty.yantu") as session:
        data = Page(write_webmap(session, tmp_path / "map.html", date=DATE, language="en")).data
    assert data["layers"] == []
    assert data["language"] == "en"
