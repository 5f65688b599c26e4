"""Every format that is not text: small files made here, read whole, and counted beside an independent reader."""

# ruff: noqa: E501 - the files are written out here as they are

from __future__ import annotations

import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import pyogrio
import pytest
import shapely
from PIL import ExifTags, Image

from gis.errors import Refusal
from gis.exchange import foreign
from gis.exchange.formats import READABLE, read_raw
from gis.exchange.nmea import checksum
from gis.exchange.placement import guess_placement, place
from gis.exchange.radio_lists import cell_sources, lists_cells, of_china
from gis.exchange.raw import Dialect, RawTable
from gis.exchange.transforms import cells_of

CRS = "EPSG:4549"
SHARED = Path(__file__).resolve().parents[4] / "shared/data"


def evidence(raw: RawTable) -> dict[str, str]:
    return {e.what: e.value for e in raw.evidence}


def frame(kind: str = "point", crs: str = CRS) -> geopandas.GeoDataFrame:
    shapes = {
        "point": [shapely.Point(510_000 + i, 3_690_000) for i in range(3)],
        "line": [shapely.LineString([(510_000, 3_690_000 + i), (510_100, 3_690_000 + i)]) for i in range(3)],
        "polygon": [shapely.box(510_000 + i, 3_690_000, 510_001 + i, 3_690_001) for i in range(3)],
    }[kind]
    return geopandas.GeoDataFrame(
        {"code": ["A1", "A2", "A3"], "名称": ["解放路", "人民路", None]}, geometry=shapes, crs=crs
    )


DRIVERS = {
    ".gpkg": ("GPKG", "geopackage"), ".shp": ("ESRI Shapefile", "shapefile"), ".fgb": ("FlatGeobuf", "flatgeobuf"),
    ".tab": ("MapInfo File", "mapinfo"), ".mif": ("MapInfo File", "mapinfo"), ".sqlite": ("SQLite", "sqlite"),
    ".gdb": ("OpenFileGDB", "filegdb"),
}  # fmt: skip


@pytest.mark.parametrize("ending", DRIVERS)
def test_files_of_other_programs(tmp_path: Path, ending: str) -> None:
    driver, form = DRIVERS[ending]
    path = tmp_path / f"管线{ending}"
    given = frame() if ending not in (".tab", ".mif") else frame().rename(columns={"名称": "name"})
    name = given.columns[1]
    options = {"encoding": "UTF-8"} if ending in (".shp", ".tab", ".mif") else {}
    given.to_file(path, driver=driver, **options)
    seen, raw = read_raw(path)
    assert seen == form
    order = raw.cells["code"].argsort()  # FlatGeobuf sorts features along a curve
    assert raw.cells["code"][order].tolist() == ["A1", "A2", "A3"]
    assert raw.cells[name][order].tolist() == ["解放路", "人民路", None]
    assert sorted(raw.lines.tolist()) == [1, 2, 3]
    geometry, reasons = place(raw, guess_placement(raw, CRS), CRS)
    assert not any(reasons)
    geometry = geometry[order]
    assert shapely.equals_exact(geometry, given.geometry.to_numpy(), tolerance=0.05).all()  # TAB rounds


def test_spatialite(tmp_path: Path) -> None:
    path = tmp_path / "管线.sqlite"
    pyogrio.write_dataframe(frame(), path, driver="SQLite", layer="井", dataset_options={"SPATIALITE": "YES"})
    form, raw = read_raw(path)
    assert (form, raw.layers, raw.cells["名称"].tolist()) == ("sqlite", ("井",), ["解放路", "人民路", None])
    geometry, _ = place(raw, guess_placement(raw, CRS), CRS)
    assert shapely.equals_exact(geometry, frame().geometry.to_numpy(), tolerance=0.001).all()


@pytest.mark.parametrize("kind", ["line", "polygon"])
def test_lines_and_polygons_are_shifted_as_points_are(tmp_path: Path, kind: str) -> None:
    given = frame(kind)
    given.to_crs("EPSG:4326").to_file(tmp_path / "a.gpkg")
    _, raw = read_raw(tmp_path / "a.gpkg")
    geometry, _ = place(raw, guess_placement(raw, CRS), CRS)
    assert shapely.equals_exact(geometry, given.geometry.to_numpy(), tolerance=0.01).all()
    shifted, _ = place(raw, guess_placement(raw, CRS, datum="gcj02"), CRS)
    away = shapely.distance(shapely.centroid(shifted), shapely.centroid(geometry))
    assert ((away > 400) & (away < 600)).all()


def test_a_shapefile_without_cpg_is_gb18030(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.shp", encoding="GB18030")
    (tmp_path / "a.cpg").unlink()
    _, raw = read_raw(tmp_path / "a.shp")
    assert evidence(raw)["encoding"] == "gb18030"
    assert raw.cells["名称"].tolist() == ["解放路", "人民路", None]
    _, again = read_raw(tmp_path)
    assert again.columns == raw.columns


def test_shapefile_parts_missing(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.shp", encoding="UTF-8")
    (tmp_path / "a.prj").unlink()
    _, raw = read_raw(tmp_path / "a.shp")
    assert raw.crs is None
    assert guess_placement(raw, CRS).crs == CRS
    (tmp_path / "a.shx").unlink()
    with pytest.raises(Refusal) as refused:
        read_raw(tmp_path / "a.shp")
    assert refused.value.code == "import.missing_part"


def test_a_zipped_shapefile_with_gbk_names(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "管线.shp", encoding="GB18030")
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in tmp_path.glob("管线.*"):
            archive.write(part, f"data/{part.name}")
    assert read_raw(path)[0] == "shapefile"
    frame().to_file(tmp_path / "b.gpkg")
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(tmp_path / "b.gpkg", "b.gpkg")
    frame("line").head(2).to_file(tmp_path / "c.gpkg")
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(tmp_path / "c.gpkg", "c.gpkg")
    _, raw = read_raw(path)
    assert (raw.layers, raw.layer) == (("b.gpkg", "c.gpkg", "data/管线.shp"), "b.gpkg")
    assert evidence(raw)["file"] == "b.gpkg"
    assert read_raw(path, prefer="line")[1].layer == "c.gpkg"
    assert len(read_raw(path, Dialect(layer="data/管线.shp"))[1]) == 3
    with pytest.raises(Refusal) as refused:
        read_raw(path, Dialect(layer="d.gpkg"))
    assert refused.value.code == "import.no_layer"


def test_several_layers_are_chosen_from(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    frame("point").to_file(path, layer="poles")
    frame("line").head(2).to_file(path, layer="ducts")
    _, raw = read_raw(path)
    assert (raw.layers, raw.layer, len(raw)) == (("poles", "ducts"), "poles", 3)
    assert next(e for e in raw.evidence if e.what == "layer").args["known"] == "poles (3), ducts (2)"
    assert len(read_raw(path, Dialect(layer="ducts"))[1]) == 2
    assert read_raw(path, prefer="line")[1].layer == "ducts"
    everything = read_raw(path, Dialect(layer="*"))[1]
    assert everything.cells["layer"].tolist() == ["poles"] * 3 + ["ducts"] * 2
    with pytest.raises(Refusal) as refused:
        read_raw(path, Dialect(layer="no"))
    assert refused.value.code == "import.no_layer"


def test_heights_are_dropped_and_said(tmp_path: Path) -> None:
    given = frame()
    given["geometry"] = shapely.force_3d(given.geometry.to_numpy(), 5.0)
    given.to_file(tmp_path / "a.gpkg")
    _, raw = read_raw(tmp_path / "a.gpkg")
    assert "heights" in evidence(raw)
    assert raw.geometry is not None
    assert not shapely.has_z(raw.geometry).any()


def test_curves_become_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    frame().head(1).to_file(path, layer="arcs")
    with sqlite3.connect(path) as book:
        book.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = 'CIRCULARSTRING'")
        curve = b"\x01\x08\0\0\0\x03\0\0\0" + b"".join(struct.pack("<2d", *xy) for xy in ((0, 0), (100, 100), (200, 0)))
        header = b"GP\0\x01" + (4549).to_bytes(4, "little")
        for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            book.execute(f'DROP TRIGGER "{name}"')
        book.execute("UPDATE arcs SET geom = ?", (header + curve,))
    book.close()
    _, raw = read_raw(path)
    assert raw.geometry is not None
    assert raw.geometry[0].geom_type == "LineString"
    assert raw.geometry[0].length == pytest.approx(314.159, rel=1e-3)
    assert evidence(raw)["curves"] == "1"


KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>摄像头</name><Placemark><name>C1</name><ExtendedData><Data name="高度"><value>6</value></Data></ExtendedData>
<Point><coordinates>120.14,33.35,3</coordinates></Point></Placemark></Folder>
<Folder><name>光缆</name><Placemark><name>L1</name><LineString><coordinates>120.1,33.3 120.2,33.3</coordinates>
</LineString></Placemark></Folder></Document></kml>"""


@pytest.mark.parametrize(("ending", "datum"), [(".kml", "wgs84"), (".ovkml", "gcj02")])
def test_kml_folders_are_read_together(tmp_path: Path, ending: str, datum: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_text(KML, "utf-8")
    _, raw = read_raw(path)
    assert raw.cells["layer"].tolist() == ["摄像头", "光缆"]
    assert raw.cells["高度"].tolist() == ["6", None]
    assert guess_placement(raw, CRS).datum == datum
    assert guess_placement(raw, CRS, datum="cgcs2000").datum == "cgcs2000"


def test_kmz(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", KML)
        archive.writestr("files/icon.png", b"\x89PNG")
    assert len(read_raw(tmp_path / "a.kmz")[1]) == 2


def test_gpx(tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"
    path.write_text(
        "\ufeff<?xml version='1.0'?><gpx version='1.1' creator='t' xmlns='http://www.topografix.com/GPX/1/1'>"
        "<wpt lat='33.35' lon='120.14'><name>井1</name></wpt><trk><name>t</name><trkseg/><trkseg>"
        "<trkpt lat='33.35' lon='120.14'/><trkpt lat='33.36' lon='120.15'/></trkseg></trk></gpx>", "utf-8",
    )  # fmt: skip
    assert read_raw(path)[1].cells["name"].tolist() == ["井1"]
    assert read_raw(path, prefer="line")[1].layer == "tracks"
    assert len(read_raw(path, Dialect(layer="track_points"))[1]) == 2


def dxf(*entities: str) -> str:
    blocks = "0\nSECTION\n2\nHEADER\n0\nENDSEC\n0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n2\nPOLE\n70\n2\n10\n0\n20\n0\n0\nPOINT\n8\n0\n10\n0\n20\n0\n0\nENDBLK\n0\nENDSEC\n"
    return f"{blocks}0\nSECTION\n2\nENTITIES\n{''.join(entities)}0\nENDSEC\n0\nEOF\n"


def test_dxf(tmp_path: Path) -> None:
    path = tmp_path / "a.dxf"
    path.write_text(
        dxf(
            "0\nPOINT\n8\nPT\n10\n510000\n20\n3690000\n",
            "0\nLINE\n8\nDUCT\n10\n510000\n20\n3690000\n11\n510100\n21\n3690000\n",
            "0\nTEXT\n8\nLABEL\n10\n510000\n20\n3690000\n40\n2\n1\nG1\n",
            "0\nINSERT\n8\nPOLES\n66\n1\n2\nPOLE\n10\n510050\n20\n3690000\n"
            "0\nATTRIB\n8\nPOLES\n10\n510050\n20\n3690000\n40\n1\n1\nP-17\n2\nCODE\n0\nSEQEND\n",
        ),
        "ascii",
    )
    _, raw = read_raw(path)
    assert raw.crs is None
    assert guess_placement(raw, CRS).crs == CRS
    assert raw.cells["layer"].tolist() == ["PT", "DUCT", "LABEL", "POLES"]
    assert raw.cells["text"].tolist() == [None, None, "G1", None]
    assert raw.cells["block"].tolist()[3] == "POLE"
    assert raw.cells["CODE"].tolist()[3] == "P-17"
    path.write_text(dxf("0\nPOINT\n8\nPT\n10\n5\n20\n3000\n"), "ascii")
    with pytest.raises(Refusal) as refused:
        guess_placement(read_raw(path)[1], CRS)
    assert refused.value.code == "import.crs_needed"


def test_osm(tmp_path: Path) -> None:
    path = tmp_path / "a.osm"
    path.write_text(
        "<osm version='0.6'><node id='1' lat='33.3' lon='120.1'><tag k='highway' v='crossing'/></node>"
        "<node id='2' lat='33.4' lon='120.1'/><way id='9'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/>"
        "<tag k='name' v='解放路'/></way></osm>", "utf-8",
    )  # fmt: skip
    assert len(read_raw(path)[1]) == 1
    assert read_raw(path, prefer="line")[1].cells["name"].tolist() == ["解放路"]


def test_old_datums_are_not_shifted_in_silence(tmp_path: Path) -> None:
    frame(crs="EPSG:2437").to_file(tmp_path / "a.gpkg")
    _, raw = read_raw(tmp_path / "a.gpkg")
    with pytest.raises(Refusal) as refused:
        guess_placement(raw, CRS)
    assert refused.value.code == "import.needs_shift"
    assert guess_placement(raw, CRS, crs=CRS).crs == CRS


def nmea(body: str) -> str:
    return f"${body}*{checksum(body):02X}\r\n"


def test_nmea_over_midnight(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(
        nmea("GPRMC,235959.00,A,3321.0000,N,12008.4000,E,1.0,90.0,311224,,")
        + nmea("GPGGA,235959.00,3321.0000,N,12008.4000,E,1,08,0.9,5.0,M,,M,,")
        + nmea("GPGSV,1,1,00")
        + nmea("GPGGA,000001.00,3321.0000,S,12008.4000,W,1,08,0.9,5.0,M,,M,,")
        + nmea("GPGGA,000002.00,,,,,0,00,,,M,,M,,")
        + "$GPGGA,000003.00,3321.0000,N,12008.4000,E,1,08,0.9,5.0,M,,M,,*00\r\n"
        + "$GPGGA,0000\r\n",
        "ascii",
    )
    form, raw = read_raw(path)
    assert form == "nmea"
    assert raw.cells["time"].tolist() == ["2024-12-31T23:59:59Z", "2025-01-01T00:00:01Z"]
    assert raw.geometry is not None
    assert shapely.get_coordinates(raw.geometry).tolist() == [[120.14, 33.35], [-120.14, -33.35]]
    assert [(r.line, r.why.code) for r in raw.unreadable] == [
        (5, "import.no_fix"), (6, "import.bad_checksum"), (7, "import.bad_checksum"),
    ]  # fmt: skip


def test_cass(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes("1,电杆,510000.5,3690000.25,3.2\n2,,510001,3690001,\nbad\n".encode("gbk"))
    form, raw = read_raw(path)
    assert (form, len(raw), [r.line for r in raw.unreadable]) == ("cass", 2, [3])
    assert raw.cells["编码"].tolist() == ["电杆", None]
    geometry, _ = place(raw, guess_placement(raw, CRS), CRS)
    assert geometry[0].equals_exact(shapely.Point(510000.5, 3690000.25), 1e-6)
    assert read_raw(path.rename(tmp_path / "a.txt"))[0] == "cass"


def test_wigle_sightings_become_access_points(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    head = "WigleWifi-1.4,appRelease=2\nMAC,SSID,RSSI,CurrentLatitude,CurrentLongitude,Type\n"
    path.write_text(head + "aa,n,-50,33.30,120.10,WIFI\nAA,n,-50,33.32,120.12,WIFI\nbb,t,-60,33.3,120.1,BT\n", "utf-8")
    _, raw = read_raw(path)
    assert raw.cells["CurrentLatitude"].tolist() == ["33.31000000"]
    assert [(r.line, r.why.code) for r in raw.unreadable] == [(5, "import.not_wifi"), (4, "import.merged_sighting")]


def test_opencellid_keeps_the_cells_of_china(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("radio,mcc,net,area,cell,unit,lon,lat\nLTE,460,0,1,2,3,120.1,33.3\nGSM,262,1,1,9,,9.1,49.3\n")
    _, raw = read_raw(path)
    assert (len(raw), raw.unreadable, lists_cells(raw)) == (2, (), True)
    at_home = of_china(raw)
    assert (len(at_home), [(r.line, r.why.code) for r in at_home.unreadable]) == (1, [(3, "import.foreign_network")])
    sources = cell_sources(raw)
    assert cells_of(raw, sources["code"]).tolist() == ["LTE-460-0-1-2", "GSM-262-1-1-9"]
    assert cells_of(raw, sources["owner"]).tolist() == ["mobile", "other"]


def test_ofds(tmp_path: Path) -> None:
    route = {"type": "LineString", "coordinates": [[120.1, 33.3], [120.2, 33.3]]}
    network = {
        "id": "n", "name": "盐城",
        "nodes": [{"id": "1", "name": "A", "location": {"type": "Point", "coordinates": [120.1, 33.3]}, "type": ["pop"]}],
        "spans": [{"id": "s", "start": "1", "end": "2", "route": route, "fibreLength": 9500}, 5],
    }  # fmt: skip
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"networks": [network]}), "utf-8")
    form, nodes = read_raw(path)
    assert (form, nodes.layer, nodes.cells["type"].tolist()) == ("ofds", "nodes", ["pop"])
    _, spans = read_raw(path, prefer="line")
    assert (spans.layer, spans.cells["fibreLength"].tolist(), spans.cells["network"].tolist()) == (
        "spans",
        ["9.5"],
        ["盐城"],
    )
    assert evidence(spans)["length"] == "m → km"
    assert [r.why.code for r in spans.unreadable] == ["import.no_entry"]


def photo(path: Path, gps: dict[int, object] | None) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Phone"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2024:05:06 07:08:09"
    if gps is not None:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    Image.new("RGB", (8, 8)).save(path, exif=exif)


def test_photos(tmp_path: Path) -> None:
    tags = ExifTags.GPS
    gps = {
        tags.GPSLatitudeRef: "N", tags.GPSLatitude: (33.0, 21.0, 0.0), tags.GPSLongitudeRef: "E",
        tags.GPSLongitude: (120.0, 8.0, 24.0), tags.GPSImgDirection: 271.5,
    }  # fmt: skip
    photo(tmp_path / "a.jpg", gps)
    photo(tmp_path / "b.JPG", {})
    (tmp_path / "c.jpeg").write_bytes(b"\xff\xd8\xff\xe1broken")
    form, raw = read_raw(tmp_path)
    assert (form, raw.cells["photo"].tolist(), raw.cells["direction"].tolist()) == ("photos", ["a.jpg"], ["271.5"])
    assert raw.cells["taken"].tolist() == ["2024-05-06T07:08:09"]
    assert raw.geometry is not None
    assert raw.geometry[0].equals_exact(shapely.Point(120.14, 33.35), 1e-9)
    assert [(r.line, r.why.code) for r in raw.unreadable] == [
        (2, "import.photo_without_place"),
        (3, "import.broken_photo"),
    ]


def test_the_list_of_endings() -> None:
    assert {".gpkg", ".shp", ".zip", ".kmz", ".ovkml", ".xlsx", ".ods", ".dxf", ".dat", ".jpg", ".osm"} <= set(READABLE)


def shared(part: str) -> Path:
    path = SHARED / part
    if not path.exists():
        pytest.skip(f"the shared data is not here: {part}")
    return path


COUNTS: dict[str, Callable[[Path], int]] = {
    "field/gpx/gpxpy_korita-zbevnica.gpx": lambda p: p.read_text("utf-8").count("<wpt "),
    "field/gpx/gpxpy_unicode.gpx": lambda p: p.read_text("utf-8").count("<wpt "),
    "field/kml/fastkml_KML_Samples.kml": lambda p: p.read_text("utf-8").count("<Placemark") + 1,  # and one overlay
    "field/cameras/switzerland_osm_surveillance.json": lambda p: len(json.loads(p.read_text("utf-8"))),
    "field/cells/OCID-diff-cell-export-2022-09-10.csv": lambda p: len(p.read_text("utf-8").split()) - 1,
    "ofds/examples-0.3/network-package.json": lambda p: len(json.loads(p.read_text("utf-8"))["networks"][0]["nodes"]),
    "osm/wuhan_buildings_from_vue-maptalks.geojson": lambda p: len(json.loads(p.read_text("utf-8"))["features"]),
}


@pytest.mark.parametrize("part", COUNTS)
def test_real_files_are_read_whole(part: str) -> None:
    path = shared(part)
    _, raw = read_raw(path)
    assert len(raw) + len(raw.unreadable) == COUNTS[part](path)


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("field/kml/fastkml_LinearRingWithInvalidLat.kml", "import.broken_file"),
        ("field/dxf/Graz_10km_3m.dxf", "import.nothing_drawn"),  # it holds eight images and no entity of a map
    ],
)
def test_real_files_that_cannot_be_read(part: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_raw(shared(part))
    assert refused.value.code == code


def test_a_child_that_hangs_is_stopped(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.gpkg")
    with pytest.raises(Refusal) as refused:
        foreign.read_foreign(tmp_path / "a.gpkg", seconds=0)
    assert refused.value.code == "import.too_slow"
