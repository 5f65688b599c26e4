from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest

from gis.basemaps import BaseMapSpec, open_basemap
from gis.basemaps.grid import HALF, geographic, web_mercator
from gis.basemaps.waiting import settled_picture
from gis.basemaps.wmts import grid_of, layers_of, safe_xml, wmts_layers
from gis.errors import Refusal
from tests.gis.basemaps.making import CRS, LAT, LON, channels, plain, reply, serving, shade_of, tile_at, view_at

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
OPEN = (
    '<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" version="1.0.0">'
)
BOX = (
    "<ows:WGS84BoundingBox><ows:LowerCorner>119 32</ows:LowerCorner>"
    "<ows:UpperCorner>121 35</ows:UpperCorner></ows:WGS84BoundingBox>"
)


def _matrices(corner: str, first: float, zooms: range, wide: float = 1, high: float = 1) -> str:
    return "".join(
        f"<TileMatrix><ows:Identifier>{z}</ows:Identifier><ScaleDenominator>{first / 2**z:.12g}</ScaleDenominator>"
        f"<TopLeftCorner>{corner}</TopLeftCorner><TileWidth>256</TileWidth><TileHeight>256</TileHeight>"
        f"<MatrixWidth>{max(int(wide * 2**z), 1)}</MatrixWidth>"
        f"<MatrixHeight>{max(int(high * 2**z), 1)}</MatrixHeight></TileMatrix>"
        for z in zooms
    )


def _capabilities(
    matrix_set: str, crs: str, matrices: str, resource: str = "", operation: str = "", box: str = BOX, extra: str = ""
) -> bytes:
    return (
        f"{HEAD}{OPEN}{operation}<Contents><Layer><ows:Title>影像</ows:Title>{box}<ows:Identifier>img</ows:Identifier>"
        f'<Style isDefault="true"><ows:Identifier>default</ows:Identifier></Style><Format>image/png</Format>{extra}'
        f"<TileMatrixSetLink><TileMatrixSet>{matrix_set}</TileMatrixSet></TileMatrixSetLink>{resource}</Layer>"
        f"<TileMatrixSet><ows:Identifier>{matrix_set}</ows:Identifier><ows:SupportedCRS>{crs}</ows:SupportedCRS>"
        f"{matrices}</TileMatrixSet></Contents></Capabilities>"
    ).encode()


def _grid(text: bytes) -> tuple[str, list[float]]:
    """System and the first level: resolution, left, top."""
    layer = layers_of(text, "https://h/wmts")[0]
    level = grid_of(layer.spec.options["grid"], layer.spec).levels[0]
    return layer.crs, [level.resolution, level.left, level.top]


MERCATOR = 559082264.0287178  # scale denominator of zoom 0 (OGC 07-057r7, GoogleMapsCompatible)


def test_the_well_known_sets_are_ours() -> None:
    text = _capabilities("g", "urn:ogc:def:crs:EPSG::3857", _matrices(f"{-HALF} {HALF}", MERCATOR, range(3)))
    crs, first = _grid(text)
    assert crs == "EPSG:3857"
    assert first == pytest.approx([web_mercator(0, 0).levels[0].resolution, -HALF, HALF], rel=1e-6)
    quad = _capabilities("q", "urn:ogc:def:crs:OGC:1.3:CRS84", _matrices("-180 90", MERCATOR, range(3)))
    crs, first = _grid(quad)
    assert crs == "EPSG:4326"
    assert first == pytest.approx([geographic(0, 0).levels[0].resolution, -180, 90], rel=1e-6)


@pytest.mark.parametrize("corner", ["90.0 -180.0", "-180.0 90.0"])
def test_either_order_of_axes_in_degrees(corner: str) -> None:
    text = _capabilities("c", "urn:ogc:def:crs:EPSG::4490", _matrices(corner, MERCATOR, range(1, 4)))
    crs, first = _grid(text)
    assert crs == "EPSG:4326"
    assert first[1:] == [-180.0, 90.0]


@pytest.mark.parametrize("swapped", [False, True])
def test_either_order_of_axes_in_a_provinces_system(swapped: bool) -> None:
    """EPSG:4549 writes northing first; many services do not."""
    left, top = 300_000.0, 4_000_000.0
    corner = f"{top} {left}" if swapped else f"{left} {top}"
    text = _capabilities("p", "urn:ogc:def:crs:EPSG::4549", _matrices(corner, 4_000_000, range(4), 2, 3))
    crs, first = _grid(text)
    assert crs == "EPSG:4549"
    assert first == pytest.approx([4_000_000 * 0.28e-3, left, top])


@pytest.mark.parametrize(
    ("crs", "corner", "tiles"),
    [("EPSG::4490", "90.0 -180.0", (1, 0.5)), ("EPSG::900913", f"{-HALF} {HALF}", (1, 1))],
)
def test_tianditus_own_pixels(crs: str, corner: str, tiles: tuple[int, float]) -> None:
    """Its scale denominators reckon 96 pixels an inch; taken at the standard's 0.28 mm, the world would be 5.8 % too
    wide."""
    matrices = _matrices(corner, 5.916587109091312e8, range(1, 5), *tiles)
    _, first = _grid(_capabilities("t", f"urn:ogc:def:crs:{crs}", matrices))
    wanted = (geographic if "4490" in crs else web_mercator)(1, 1).levels[0].resolution
    assert first[0] == pytest.approx(wanted, rel=2e-4)


def test_addresses_restful_and_by_parameters() -> None:
    matrices = _matrices(f"{-HALF} {HALF}", MERCATOR, range(3))
    resource = '<ResourceURL format="image/png" resourceType="tile" template="https://h/{layer}/{Style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png?tk=abc"/>'
    rest = layers_of(_capabilities("g", "EPSG:3857", matrices, resource), "https://h/wmts")[0].spec.source
    assert rest == "https://h/img/default/g/{z}/{y}/{x}.png?tk={tk}"
    operation = (
        '<ows:OperationsMetadata><ows:Operation name="GetTile"><ows:DCP><ows:HTTP><ows:Get xlink:href="https://k/ows?">'
        '<ows:Constraint name="GetEncoding"><ows:AllowedValues><ows:Value>KVP</ows:Value></ows:AllowedValues>'
        "</ows:Constraint></ows:Get></ows:HTTP></ows:DCP></ows:Operation></ows:OperationsMetadata>"
    )
    extra = "<Dimension><ows:Identifier>time</ows:Identifier><Default>2024</Default></Dimension>"
    kvp = layers_of(_capabilities("g", "EPSG:3857", matrices, "", operation, extra=extra), "https://h?tk={tk}")[0]
    assert kvp.spec.source.startswith("https://k/ows?tk={tk}&SERVICE=WMTS&REQUEST=GetTile")
    for part in ("LAYER=img", "STYLE=default", "TILEMATRIX={z}", "TILEROW={y}", "TILECOL={x}", "time=2024"):
        assert part in kvp.spec.source
    assert kvp.title == "影像"


@pytest.mark.parametrize(
    "template", ["file:///etc/{TileMatrix}/{TileRow}/{TileCol}", "https://h/{TileMatrix}/{TileRow}"]
)
def test_a_template_that_leads_elsewhere_is_not_taken(template: str) -> None:
    matrices = _matrices(f"{-HALF} {HALF}", MERCATOR, range(3))
    resource = f'<ResourceURL format="image/png" resourceType="tile" template="{template}"/>'
    source = layers_of(_capabilities("g", "EPSG:3857", matrices, resource), "https://h/wmts")[0].spec.source
    assert source.startswith("https://h/wmts?SERVICE=WMTS")


BOMB = (
    '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Capabilities>&c;</Capabilities>'
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB.encode(), BOMB.encode("utf-16"),
        b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><Capabilities>&f;</Capabilities>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><Capabilities/>',
        b"<a>" * 100_000, b"<a>" * 100 + b"</a>" * 100, b"", b"\x00\xff", b"<html><body>login</body></html>",
        b"<ServiceExceptionReport/>", f"{HEAD}{OPEN}</Capabilities>".encode(),
        f"{HEAD}{OPEN}<Contents/></Capabilities>".encode(), b'<?xml version="1.0" encoding="nonsense"?><a/>',
    ],
)  # fmt: skip
def test_hostile_or_foreign_documents_are_refused(text: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        layers_of(text, "https://h.example/wmts?tk=secret")
    assert refused.value.code == "basemaps.not_wmts"
    assert "h.example" in refused.value.message("zh")
    assert "secret" not in refused.value.message("zh")


def test_good_documents_pass() -> None:
    assert safe_xml(b"<a><b>x</b></a>", "h")[0].text == "x"


@pytest.mark.parametrize(
    "matrices",
    [
        _matrices("a b", MERCATOR, range(1)), _matrices("0", MERCATOR, range(1)), _matrices("0 0", -1.0, range(1)),
        _matrices("0 0", float("nan"), range(1)), "",
        _matrices("0 0", 1.0, range(1)).replace("<TileWidth>256", "<TileWidth>99999"),
    ],
)  # fmt: skip
def test_broken_grids_are_left_out(matrices: str) -> None:
    with pytest.raises(Refusal, match="not_wmts"):
        layers_of(_capabilities("g", "EPSG:3857", matrices), "https://h/wmts")


@pytest.mark.parametrize("crs", ["urn:ogc:def:crs:EPSG::999999", "nothing", ""])
def test_unknown_systems_are_left_out(crs: str) -> None:
    with pytest.raises(Refusal, match="not_wmts"):
        layers_of(_capabilities("g", crs, _matrices("0 0", MERCATOR, range(2))), "https://h/wmts")


@pytest.mark.parametrize(
    "grid",
    [
        {}, 7, {"crs": "EPSG:3857", "levels": []}, {"crs": "EPSG:3857", "levels": [[1]]},
        {"crs": "EPSG:3857", "levels": 5}, {"crs": "x", "levels": [["0", 1, 0, 0, 256, 256, 1, 1]]},
        {"crs": "EPSG:3857", "levels": [["0", 0, 0, 0, 256, 256, 1, 1]]},
    ],
)  # fmt: skip
def test_a_saved_grid_that_is_broken_is_refused(grid: object) -> None:
    spec = BaseMapSpec("k", "wmts", "https://h/{z}/{x}/{y}", "n", options={"grid": grid})
    with pytest.raises(Refusal) as refused:
        open_basemap(spec)
    assert refused.value.code == "basemaps.broken_entry"


def test_a_service_from_its_description_to_the_picture(tmp_path: Path) -> None:
    matrices = _matrices(f"{-HALF} {HALF}", MERCATOR, range(17))

    def answer(path: str, handler: BaseHTTPRequestHandler) -> None:
        if "GetCapabilities" in path:
            return reply(handler, _capabilities("g", "urn:ogc:def:crs:EPSG::3857", matrices))
        asked = dict(part.split("=") for part in path.partition("?")[2].split("&"))
        return reply(handler, plain(shade_of((int(asked["TILEMATRIX"]), int(asked["TILECOL"]), int(asked["TILEROW"])))))

    with serving(answer) as (host, asked):
        layer = wmts_layers(host + "/wmts?tk=mine")[0]
        assert "GetCapabilities" in asked[0]
        assert "tk=mine" in asked[0]
        assert "mine" not in str(layer.spec.to_dict())
        assert layer.spec.needs_key
        spec = BaseMapSpec.from_dict(layer.spec.to_dict())
        basemap = open_basemap(spec, cache=tmp_path, key="mine")
        view = view_at(3.2, 300, 200)
        made = settled_picture(basemap, view, CRS)
        assert made.complete
        assert made.pixels is not None
        column, row = tile_at(15)
        x, y = (int(part) for part in view.to_pixels(*CRS.from_lonlat(LON, LAT)))
        assert np.array_equal(channels(made.pixels)[y, x, :3], shade_of((15, int(column), int(row))))
        basemap.close()


def test_a_service_that_is_not_there() -> None:
    with pytest.raises(Refusal) as refused:
        wmts_layers("http://127.0.0.1:9/wmts")
    assert refused.value.code == "basemaps.unreachable"
    with pytest.raises(Refusal) as refused:
        wmts_layers("file:///etc/passwd")
    assert refused.value.code == "basemaps.bad_address"
