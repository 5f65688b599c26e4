"""Hurt and invented files of every format: read or refused, never a crash, a hang, or columns of unequal length."""

# ruff: noqa: E501 - the files are written out here as they are

from __future__ import annotations

import json
import os
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.errors import Refusal
from gis.exchange.descriptions import attributes_in
from gis.exchange.dxf_letters import letters_of, readable
from gis.exchange.formats import READABLE, read_raw
from gis.exchange.raw import RawTable
from tests.gis.exchange import test_field_projects, test_photos
from tests.gis.exchange.test_dxf import shapes
from tests.gis.exchange.test_formats import KML, frame, nmea
from tests.gis.exchange.test_spreadsheets import book

OUTCOMES = ("read", "refused")
#: How many times as often as usual files are hurt: YANTU_FUZZ=50 for a night.
OFTEN = int(os.environ.get("YANTU_FUZZ", "1"))
HYPOTHESIS = settings(
    max_examples=100 * OFTEN,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
GPX = "<?xml version='1.0'?><gpx version='1.1' creator='t' xmlns='http://www.topografix.com/GPX/1/1'><wpt lat='33.35' lon='120.14'><name>井</name></wpt></gpx>"
OSM = "<osm version='0.6'><node id='1' lat='33.3' lon='120.1'><tag k='name' v='井'/></node></osm>"
NETWORK = {
    "networks": [{"name": "n", "nodes": [{"id": "1", "location": {"type": "Point", "coordinates": [120.1, 33.3]}}]}]
}
FEATURE = {"type": "Feature", "properties": {"a": 1}, "geometry": {"type": "Point", "coordinates": [120.1, 33.3]}}


def whole(raw: RawTable) -> None:
    """What holds of any table, however it came about."""
    assert len(set(raw.columns)) == len(raw.columns)
    assert set(raw.cells) == set(raw.columns)
    for name in raw.columns:
        column = raw.cells[name]
        assert len(column) == len(raw)
        assert all(cell is None or (isinstance(cell, str) and cell) for cell in column)
    assert raw.geometry is None or len(raw.geometry) == len(raw)
    for reject in raw.unreadable:
        assert reject.why.message("zh")
    assert set(raw.media) <= set(raw.columns)


def tried(path: Path) -> str:
    """ "read" or "refused"; anything else is a failure."""
    try:
        _, raw = read_raw(path)
    except Refusal as refusal:
        return "refused" if refusal.message("zh") and refusal.hint("en") else f"refused without a word: {refusal.code}"
    whole(raw)
    return "read"


def drawing(path: Path) -> None:
    document = ezdxf.new("R2010")
    shapes(document, document.modelspace())
    document.saveas(path)


def spatial(kind: str = "polygon", **options: Any) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        given = frame(kind) if path.suffix not in (".tab", ".mif") else frame(kind).rename(columns={"名称": "name"})
        given.to_file(path, **options)

    return make


def text(content: str, encoding: str = "utf-8") -> Callable[[Path], None]:
    return lambda path: path.write_text(content, encoding) and None


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml" if path.suffix == ".kmz" else "a.csv", KML if path.suffix == ".kmz" else TABLE)


def packed_project(path: Path) -> None:
    made = test_field_projects.survey(path.parent, ending=path.suffix)
    made.rename(path)


def open_document(path: Path) -> None:
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in (("code", "lon", "lat"), ("A", "120.1", "33.3"))
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f'<office:document-content {names}><office:body><office:spreadsheet><table:table table:name="S">{rows}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )


def field(number: int, value: int | bytes) -> bytes:
    """One field of a protocol buffer: a number as a varint, bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def pbf() -> bytes:
    """OpenStreetMap's binary form with one node of one tag, by the format's own description."""

    def blob(kind: bytes, data: bytes) -> bytes:
        body = field(1, data)
        head = field(1, kind) + field(3, len(body))
        return len(head).to_bytes(4, "big") + head + body

    strings = field(1, b"") + field(1, b"name") + field(1, "井".encode())
    lat, lon = (int(degrees * 1e7) * 2 for degrees in (33.3, 120.1))  # zigzag, in the grid of 100 nanodegrees
    node = field(1, 2) + field(2, b"\1") + field(3, b"\2") + field(8, lat) + field(9, lon)
    block = field(1, strings) + field(2, field(1, node))
    return blob(b"OSMHeader", field(4, b"OsmSchema-V0.6")) + blob(b"OSMData", block)


TABLE = "code,lon,lat\nA,120.1,33.3\n" * 9
#: ending -> (how a good file is made, how often it is hurt); a child process is dearer than a function.
MADE: dict[str, tuple[Callable[[Path], None], int]] = {
    ".csv": (text(TABLE), 120), ".tsv": (text(TABLE.replace(",", "\t"), "gb18030"), 40), ".txt": (text(TABLE, "utf-16"), 40),
    ".geojson": (text(json.dumps({"type": "FeatureCollection", "features": [FEATURE] * 5})), 120),
    ".geojsonl": (text("\n".join([json.dumps(FEATURE)] * 5)), 60), ".json": (text(json.dumps(NETWORK)), 120),
    ".nmea": (text(nmea("GPGGA,235959.00,3321.0000,N,12008.4000,E,1,08,0.9,5.0,M,,M,,") * 5), 120),
    ".log": (text(nmea("GPRMC,235959.00,A,3321.0000,N,12008.4000,E,1.0,90.0,311224,,") * 5, "utf-16"), 60),
    ".dat": (text("1,电杆,510000.5,3690000.25,3.2\n" * 5, "gbk"), 120),
    ".jpg": (lambda path: test_photos.photo(path, gps=test_photos.PLACE) and None, 150),
    ".xlsx": (lambda path: book(path) and None, 6), ".zip": (zipped, 100), ".kmz": (zipped, 3), ".qgz": (packed_project, 4),
    ".qgs": (packed_project, 4), ".kml": (text(KML), 3), ".ovkml": (text(KML), 1), ".gpx": (text(GPX), 3),
    ".osm": (text(OSM), 3), ".dxf": (drawing, 5), ".gpkg": (spatial(), 4), ".sqlite": (spatial(driver="SQLite"), 3),
    ".fgb": (spatial(), 3), ".shp": (spatial(encoding="UTF-8"), 4), ".tab": (spatial(driver="MapInfo File"), 3),
    ".mif": (spatial(driver="MapInfo File"), 2), ".gdb": (spatial(driver="OpenFileGDB"), 4),
    ".pbf": (lambda path: path.write_bytes(pbf()) and None, 4), ".ods": (open_document, 4),
}  # fmt: skip
#: Endings that are other names of one of the above.
SAME = {".db", ".jpeg", ".nma", ".ndjson", ".jsonl", ".xlsm", ".xls", ".et", ".xlsb", ".ovkmz"}


def hurt(data: bytes, rng: np.random.Generator) -> bytes:
    """A file cut off, with bits turned over, a piece of it lost, or a piece of it twice."""
    if len(data) < 2:
        return data
    way = rng.random()
    at = int(rng.integers(1, len(data)))
    if way < 0.3:
        return data[:at]
    if way < 0.4:
        return data[:at] + data[at + int(rng.integers(1, 64)) :]
    if way < 0.5:
        return data[:at] + data[max(0, at - 200) :]
    flipped = bytearray(data)
    for place in rng.integers(0, len(data), int(rng.integers(1, 40))):
        flipped[place] ^= 1 << int(rng.integers(8))
    return bytes(flipped)


def test_every_format_is_hurt() -> None:
    assert set(MADE) | SAME >= set(READABLE)


@pytest.mark.parametrize("ending", MADE)
def test_hurt_files_are_read_or_refused(tmp_path: Path, ending: str) -> None:
    make, times = MADE[ending]
    rng = np.random.default_rng(sum(ending.encode()))
    good = tmp_path / "good"
    good.mkdir()
    make(good / f"a{ending}")
    assert tried(good / f"a{ending}") == "read"
    for number in range(times * OFTEN):
        folder = tmp_path / "hurt"
        shutil.copytree(good, folder)
        files = sorted(p for p in folder.rglob("*") if p.is_file() and p.stat().st_size and "DCIM" not in p.parts)
        wounded = files[number % len(files)]
        wounded.write_bytes(hurt(wounded.read_bytes(), rng))
        before = {p: p.read_bytes() for p in files}
        with warnings.catch_warnings():
            warnings.simplefilter("error", ResourceWarning)
            assert tried(folder / f"a{ending}") in OUTCOMES
        assert {p: p.read_bytes() for p in files} == before  # a reader writes nothing
        shutil.rmtree(folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["Point", "LineString", "Polygon", "GeometryCollection", "Feature", "FeatureCollection"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from([
            "type", "features", "properties", "geometry", "geometries", "coordinates", "id", "crs", "name", "networks", "nodes",
            "spans", "location", "route", "links", "href", "rel", "elements", "lat", "lon", "tags", "center", "fibreLength",
        ]), inner, max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@HYPOTHESIS
@given(JSON, st.sampled_from(["plain", "feature", "collection", "network", "overpass"]))
def test_any_json(tmp_path: Path, value: object, frame_: str) -> None:
    document = {
        "plain": value,
        "feature": {"type": "Feature", "geometry": value, "properties": value},
        "collection": {"type": "FeatureCollection", "features": [value, FEATURE]},
        "network": {"networks": [value, {"nodes": [value], "spans": [value, {"route": value}]}]},
        "overpass": {"elements": [value, {"lat": value, "lon": value, "tags": value}, {"geometry": value}]},
    }[frame_]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document), "utf-8")
    assert tried(path) in OUTCOMES


@HYPOTHESIS
@given(
    st.binary(max_size=300),
    st.sampled_from([".csv", ".txt", ".json", ".geojson", ".nmea", ".dat", ".log", ".jpg", ".zip"]),
)
def test_any_bytes(tmp_path: Path, data: bytes, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(data)
    assert tried(path) in OUTCOMES


@HYPOTHESIS
@given(st.lists(st.text(st.sampled_from("$GPGARMC,.*0123456789NSEWAV\n"), max_size=60), max_size=6))
def test_any_sentences(tmp_path: Path, bodies: list[str]) -> None:
    path = tmp_path / "a.nmea"
    path.write_text("".join(nmea(f"GPGGA,{body}") + nmea(f"GPRMC,{body}") for body in bodies), "utf-8")
    assert tried(path) in OUTCOMES


@HYPOTHESIS
@given(st.lists(st.text(st.sampled_from("0123456789.,-+eE,井 \n，"), max_size=50), min_size=1, max_size=6))
def test_any_points_of_cass(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "a.dat"
    path.write_text("\n".join(lines), "utf-8")
    assert tried(path) in OUTCOMES


GPS_VALUES = st.one_of(
    st.none(), st.integers(-(2**31), 2**31 - 1), st.floats(0, 1e6), st.text("NSEW\0AV2024:1.", max_size=12), st.binary(max_size=12),
    st.tuples(st.floats(0, 400), st.floats(0, 400), st.floats(0, 400)),
)  # fmt: skip


@HYPOTHESIS
@given(
    st.dictionaries(st.integers(0, 31), GPS_VALUES.filter(lambda v: v is not None), max_size=12), st.text(max_size=20)
)
def test_any_exif(tmp_path: Path, gps: dict[int, Any], taken: str) -> None:
    path = tmp_path / "a.jpg"
    path.unlink(missing_ok=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            test_photos.photo(path, taken.encode("ascii", "ignore").decode(), gps)
    except Exception:  # the writer takes not every value; the reader is asked only about files that exist
        return
    assert tried(path) in OUTCOMES


@HYPOTHESIS
@given(st.lists(st.text(st.sampled_from("<>tablerdhimgsc=/\"' :：&;!-[]abc\n"), max_size=80), min_size=1, max_size=5))
def test_any_balloon(texts: list[str]) -> None:
    for column in attributes_in(np.array(texts, dtype=object)).values():
        assert len(column) == len(texts)


@HYPOTHESIS
@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_letters(data: bytes, text: str) -> None:
    encoding, _ = letters_of(data, None)
    data.decode(encoding, "replace")
    readable(rf"{text}\U+D8{text[:2]}\M+5{text[:4]}").encode("utf-8")


@HYPOTHESIS
@given(
    st.lists(
        st.tuples(st.text("ab./\\:C", min_size=1, max_size=12), st.sampled_from(["", ".csv", ".kml", ".gdb/x"]), st.binary(max_size=30)),
        max_size=5,
    )
)  # fmt: skip
def test_any_archive(tmp_path: Path, members: list[tuple[str, str, bytes]]) -> None:
    path = tmp_path / "in" / "a.zip"
    path.parent.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members of one name
        with zipfile.ZipFile(path, "w") as archive:
            for stem, ending, data in members:
                archive.writestr(f"{stem}{ending}", data)
    before = set(tmp_path.rglob("*"))
    assert tried(path) in OUTCOMES
    assert set(tmp_path.rglob("*")) == before
