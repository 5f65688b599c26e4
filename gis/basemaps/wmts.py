"""OGC WMTS 1.0.0 (07-057r7): the layers a service's capabilities tell of, as base maps with their tile grids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from xml.etree import ElementTree
from xml.parsers import expat

import pyproj

from gis.basemaps.addresses import without_key
from gis.basemaps.basemap import DEEPEST, BaseMapSpec, LonLatBox, spec_key
from gis.basemaps.decoding import LARGEST_SIDE
from gis.basemaps.grid import HALF, LONLAT, MERCATOR, Grid, Level
from gis.basemaps.raster_tiles import bounds_of
from gis.basemaps.request import document, host_of
from gis.errors import Refusal

LARGEST = 16 << 20  # bytes of capabilities
DEEP = 64  # elements within one another
PIXEL = 0.28e-3  # metres: the pixel scale denominators are reckoned with (clause 6.1)
DEGREE = 111_319.490793  # metres: a degree of the equator, for scale denominators of systems in degrees
FORMATS = ("image/png", "image/jpeg", "image/jpg", "image/webp", "image/png8", "tiles")
_SAME = {"900913": MERCATOR, "3857": MERCATOR, "102100": MERCATOR, "3785": MERCATOR, "4326": LONLAT, "4490": LONLAT}
Element = ElementTree.Element
Matrix = tuple[str, float, float, float, list[int]]  # name, resolution, corner, tile and matrix sides


@dataclass(frozen=True)
class WmtsLayer:
    """One layer of a service in one tile grid it can be had in."""

    layer: str
    title: str
    matrix_set: str
    crs: str
    spec: BaseMapSpec


def wmts_layers(address: str, key: str | None = None) -> list[WmtsLayer]:
    """Ask a service (its address, with or without GetCapabilities) for its layers; this takes network time.

    Raises Refusals ``basemaps.unreachable``, ``.refused``, ``.not_wmts``, ``.bad_address``.
    """
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refusal("basemaps.bad_address", place="http(s)://")
    asked = parts.path.lower().endswith(".xml")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not asked and "request" not in {name.lower() for name in query}:
        query = {**query, "SERVICE": "WMTS", "REQUEST": "GetCapabilities"}
    where = urlunsplit(parts._replace(query=urlencode(query, safe="{}"))).replace("{tk}", key or "")
    return layers_of(document(where, LARGEST), without_key(address.strip())[0])


def layers_of(text: bytes, address: str) -> list[WmtsLayer]:
    """The layers that capabilities tell of, in every tile grid; ``address``: of the service, for what they leave out.

    Raises Refusal ``basemaps.not_wmts``.
    """
    root = safe_xml(text, host_of(address))
    if _name(root) != "Capabilities":
        raise Refusal("basemaps.not_wmts", host=host_of(address), reason=_name(root)[:60])
    contents = _child(root, "Contents")
    if contents is None:
        raise Refusal("basemaps.not_wmts", host=host_of(address), reason="Contents")
    sets = {_text(found, "Identifier"): found for found in _children(contents, "TileMatrixSet")}
    made = []
    for layer in _children(contents, "Layer"):
        for link in _children(layer, "TileMatrixSetLink"):
            matrix_set = sets.get(_text(link, "TileMatrixSet"))
            if matrix_set is None:
                continue
            found = _layer(layer, matrix_set, root, address)
            if found is not None:
                made.append(found)
    if not made:
        raise Refusal("basemaps.not_wmts", host=host_of(address), reason="Layer")
    return made


def safe_xml(text: bytes, host: str) -> Element:
    """The parsed document. One with a document type is refused before anything of it is unfolded: entities can grow
    without end, or name files. So is one that nests too deep.
    """
    depth = 0

    def doctype(*_: Any) -> None:
        raise Refusal("basemaps.not_wmts", host=host, reason="DOCTYPE")

    def start(*_: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEP:
            raise Refusal("basemaps.not_wmts", host=host, reason="XML")

    def end(*_: Any) -> None:
        nonlocal depth
        depth -= 1

    looking = expat.ParserCreate()
    looking.StartDoctypeDeclHandler = doctype
    looking.EntityDeclHandler = doctype
    looking.StartElementHandler = start
    looking.EndElementHandler = end
    try:
        looking.Parse(text, True)
        return ElementTree.fromstring(text)
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise Refusal("basemaps.not_wmts", host=host, reason=str(error)[:80]) from error


def grid_of(told: Mapping[str, Any], spec: BaseMapSpec) -> Grid:
    """The grid of an entry's option: {"crs", "levels": [[name, resolution, left, top, tile w, tile h, columns, rows]]}.

    Raises Refusal ``basemaps.broken_entry``.
    """
    try:
        levels = [
            Level(zoom, float(res), float(left), float(top), int(w), int(h), int(columns), int(rows), str(name))
            for zoom, (name, res, left, top, w, h, columns, rows) in enumerate(told["levels"])
        ]
        crs = str(told["crs"])
        pyproj.CRS.from_user_input(crs)
        sound = 0 < len(levels) <= 2 * DEEPEST and all(_sound(level) for level in levels)
    except (KeyError, TypeError, ValueError, OverflowError, pyproj.exceptions.CRSError):
        sound = False
    if not sound:
        raise Refusal("basemaps.broken_entry", field="grid", name=spec.name)
    levels.sort(key=lambda level: -level.resolution)
    return Grid(crs, tuple(levels[spec.min_zoom : spec.max_zoom + 1]) or tuple(levels))


def _sound(level: Level) -> bool:
    return (
        all(isfinite(number) for number in (level.resolution, level.left, level.top))
        and level.resolution > 0
        and 16 <= level.tile_width <= LARGEST_SIDE
        and 16 <= level.tile_height <= LARGEST_SIDE
        and 0 < level.columns < 1 << 29
        and 0 < level.rows < 1 << 29
    )


def _layer(layer: Element, matrix_set: Element, root: Element, address: str) -> WmtsLayer | None:
    """The layer in a tile grid; None if the grid or the pictures are of a kind that cannot be drawn."""
    name, set_name = _text(layer, "Identifier"), _text(matrix_set, "Identifier")
    bounds = _bounds(layer)
    try:
        crs, levels = _levels(matrix_set, bounds)
    except (ValueError, pyproj.exceptions.CRSError):
        return None
    source = _source(layer, name, set_name, root, address)
    if source is None or not levels:
        return None
    source, _ = without_key(source)
    options: dict[str, Any] = {"grid": {"crs": crs, "levels": levels}, "layer": name, "matrix_set": set_name}
    if bounds is not None:
        options["bounds"] = list(bounds)
    title = _text(layer, "Title") or name
    spec = BaseMapSpec(spec_key("wmts", source), "wmts", source, title, "wgs84", 0, DEEPEST, "", options)
    try:
        grid_of(options["grid"], spec)
    except Refusal:
        return None
    return WmtsLayer(name, title, set_name, crs, spec)


def _source(layer: Element, name: str, set_name: str, root: Element, address: str) -> str | None:
    """The address of tiles with its places, RESTful where the service offers it, else by parameters."""
    style = next(
        (_text(found, "Identifier") for found in _children(layer, "Style") if found.get("isDefault") == "true"),
        next((_text(found, "Identifier") for found in _children(layer, "Style")), "default"),
    )
    offered = [found.text or "" for found in _children(layer, "Format")]
    picture = next((form for form in FORMATS for given in offered if given.strip().lower() == form), None)
    for resource in _children(layer, "ResourceURL"):
        if resource.get("resourceType") == "tile" and resource.get("format", "").lower() in FORMATS:
            template = resource.get("template", "")
            for place, filling in (
                ("Style", style), ("TileMatrixSet", set_name), ("Layer", name), ("TileMatrix", "{z}"),
                ("TileRow", "{y}"), ("TileCol", "{x}"), *_defaults(layer),
            ):  # fmt: skip
                template = _filled(template, place, filling)
            if urlsplit(template).scheme in ("http", "https") and {"{x}", "{y}", "{z}"} == set(
                re.findall(r"\{[^{}]*\}", template)
            ):
                return template
    if picture is None:
        return None
    base = _kvp_address(root) or address
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https"):
        return None
    ours = {"service", "request", "version", "layer", "style", "tilematrixset", "format", "tilematrix", "tilerow",
            "tilecol"}  # fmt: skip
    query = [(key, value) for key, value in parse_qsl(parts.query) if key.lower() not in ours]
    key_place = [(k, v) for k, v in parse_qsl(urlsplit(address).query) if v == "{tk}" and k not in dict(query)]
    query += [
        *key_place, ("SERVICE", "WMTS"), ("REQUEST", "GetTile"), ("VERSION", "1.0.0"), ("LAYER", name),
        ("STYLE", style), ("TILEMATRIXSET", set_name), ("FORMAT", picture), ("TILEMATRIX", "{z}"), ("TILEROW", "{y}"),
        ("TILECOL", "{x}"), *_defaults(layer),
    ]  # fmt: skip
    return urlunsplit(parts._replace(query=urlencode(query, safe="{}/"), fragment=""))


def _filled(template: str, place: str, filling: str) -> str:
    return re.sub(r"\{" + re.escape(place) + r"\}", lambda _: filling, template, flags=re.IGNORECASE)


def _defaults(layer: Element) -> list[tuple[str, str]]:
    """Further dimensions of a layer (time, elevation), each at its default."""
    return [(_text(found, "Identifier"), _text(found, "Default")) for found in _children(layer, "Dimension")]


def _kvp_address(root: Element) -> str:
    """Where GetTile is asked for by parameters."""
    for operation in root.iter():
        if _name(operation) == "Operation" and operation.get("name") == "GetTile":
            for get in operation.iter():
                if _name(get) != "Get":
                    continue
                allowed = [(value.text or "").upper() for value in get.iter() if _name(value) == "Value"]
                if not allowed or "KVP" in allowed:
                    return get.get("{http://www.w3.org/1999/xlink}href", "")
    return ""


def _levels(matrix_set: Element, bounds: LonLatBox | None) -> tuple[str, list[list[Any]]]:
    """The system, and the levels from coarse to fine, of a TileMatrixSet. ValueError for a broken one."""
    told = _text(matrix_set, "SupportedCRS")
    code = re.search(r"(\d{4,6})\D*\Z", told)
    crs84 = "CRS84" in told
    if code is None and not crs84:
        raise ValueError(told)
    crs = LONLAT if crs84 or code is None else _SAME.get(code[1], f"EPSG:{code[1]}")
    system = pyproj.CRS.from_user_input(crs)
    unit = DEGREE if system.is_geographic else float(system.axis_info[0].unit_conversion_factor or 1.0)
    north_first = not crs84 and crs != MERCATOR and system.axis_info[0].direction.lower() == "north"
    matrices = []
    for matrix in _children(matrix_set, "TileMatrix"):
        resolution = float(_text(matrix, "ScaleDenominator")) * PIXEL / unit
        first, second = (float(part) for part in _text(matrix, "TopLeftCorner").split())
        sides = [int(_text(matrix, name)) for name in ("TileWidth", "TileHeight", "MatrixWidth", "MatrixHeight")]
        matrices.append((_text(matrix, "Identifier"), resolution, first, second, sides))
    resolution_share = _share(matrices, crs)
    swapped = _north_first(matrices, north_first, crs, bounds)
    levels = [
        [name, resolution * resolution_share, *((second, first) if swapped else (first, second)), *sides]
        for name, resolution, first, second, sides in matrices
    ]
    return crs, sorted(levels, key=lambda level: -level[1])


def _share(matrices: list[Matrix], crs: str) -> float:
    """1, or what resolutions are to be multiplied by where a service (天地图) reckons 96 pixels an inch, against the
    standard: then its tiles would reach 5.8 % beyond the world.
    """
    world = {MERCATOR: 2 * HALF, LONLAT: 360.0}.get(crs)
    inch = 0.0254 / 96 / PIXEL
    if world is None:
        return 1.0
    widths = [tile_w * columns * resolution for _, resolution, _, _, (tile_w, _, columns, _) in matrices]
    return inch if any(abs(width * inch / world - 1) < 2e-3 for width in widths) else 1.0


def _north_first(matrices: list[Matrix], by_rule: bool, crs: str, bounds: LonLatBox | None) -> bool:
    """Whether corners are written northing first. The rule is the CRS's own order of axes, but many services do not
    keep it: the order in which the layer's box lies in the grid is believed.
    """
    if not matrices or bounds is None:
        return by_rule
    box = Grid(crs, ()).box_of(bounds)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    _, resolution, first, second, (tile_w, tile_h, columns, rows) = max(matrices, key=lambda matrix: matrix[1])
    fits = {
        swapped: left <= x <= left + tile_w * columns * resolution and top - tile_h * rows * resolution <= y <= top
        for swapped, left, top in ((False, first, second), (True, second, first))
    }
    return by_rule if fits[True] == fits[False] else fits[True]


def _bounds(layer: Element) -> LonLatBox | None:
    box = _child(layer, "WGS84BoundingBox")
    if box is None:
        return None
    return bounds_of([*_text(box, "LowerCorner").split(), *_text(box, "UpperCorner").split()])


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _name(child) == name)


def _child(element: Element, name: str) -> Element | None:
    return next(_children(element, name), None)


def _text(element: Element, name: str) -> str:
    found = _child(element, name)
    return (found.text or "").strip() if found is not None else ""
