"""JSON that is not GeoJSON: Open Fibre Data Standard networks (nodes, spans) and Overpass answers (elements).

OFDS 0.3 and 0.4: ``fibreLength`` is in kilometres; real files have metres in it, which its route's length gives away.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from shapely.geometry import shape

from gis.errors import Refusal
from gis.exchange.cells import columns_of, text_of
from gis.exchange.encodings import read_text
from gis.exchange.raw import Evidence, RawTable, Reject

_LAYERS = ("nodes", "spans")
_GEOD = pyproj.Geod(ellps="WGS84")
#: A length this many times the route's kilometres can only be metres: slack is never a hundredfold.
_METRES_FROM = 100.0
_LENGTH = "fibreLength"


def is_network(head: bytes) -> bool:
    """Whether a JSON file's beginning is that of an OFDS package or an Overpass answer, not of GeoJSON."""
    plain = head.replace(b"\0", b"")
    if b"FeatureCollection" in plain or b'"Feature"' in plain:
        return False
    return any(mark in plain for mark in (b'"networks"', b'"elements"', b'"spans"', b'"nodes"')) or (
        plain.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"[") and b'"lat"' in plain
    )


def read_network(
    path: Path, *, encoding: str | None = None, layer: str | None = None, prefer: str | None = None
) -> tuple[str, RawTable]:
    """("ofds", nodes or spans of all networks) or ("overpass", its elements). ``lines`` numbers the entries.

    Raises Refusal ``import.wrong_json``, ``import.no_features``, ``import.no_layer``.
    """
    decoded = read_text(path, encoding)
    try:
        document = json.loads(decoded.text.lstrip("\ufeff"))
    except RecursionError:
        raise Refusal("import.wrong_json", path=path.name, line="?", reason="nested too deep") from None
    except json.JSONDecodeError as error:
        raise Refusal("import.wrong_json", path=path.name, line=error.lineno, reason=error.msg) from None
    elements = document.get("elements") if isinstance(document, dict) else document
    if isinstance(elements, list):
        return "overpass", _table(path, elements, _element, [decoded.evidence])
    networks = document.get("networks") if isinstance(document, dict) else None
    if networks is None and isinstance(document, dict) and any(isinstance(document.get(n), list) for n in _LAYERS):
        networks = [document]  # one network, or a page of its nodes or spans, by itself
    if not isinstance(networks, list):
        raise Refusal("import.no_features", path=path.name)
    entries: dict[str, list[Any]] = {name: [] for name in _LAYERS}
    for network in networks:
        for name in _LAYERS:
            found = network.get(name) if isinstance(network, dict) else None
            for entry in found if isinstance(found, list) else ():
                entries[name].append({**entry, "network": network.get("name")} if isinstance(entry, dict) else entry)
    if not any(entries.values()):
        elsewhere = [href for network in networks for href in _elsewhere(network)]
        if elsewhere or not any(isinstance(network, dict) and set(_LAYERS) & set(network) for network in networks):
            raise Refusal("import.network_elsewhere", path=path.name, known=", ".join(elsewhere[:4]) or "–")
    if layer is None:
        wanted = _LAYERS[::-1] if prefer == "line" else _LAYERS
        layer = next((name for name in wanted if entries[name]), "nodes")
    if layer not in entries:
        raise Refusal("import.no_layer", layer=layer, known=", ".join(_LAYERS))
    known = ", ".join(f"{name} ({len(entries[name])})" for name in _LAYERS)
    evidence = [decoded.evidence, Evidence("layer", layer, "import.one_of_layers", {"known": known})]
    raw = _table(path, entries[layer], _span if layer == "spans" else _node, evidence)
    return "ofds", lengths_mended(replace(raw, layers=_LAYERS, layer=layer))


def _elsewhere(network: Any) -> list[str]:
    """Where a network says its nodes and spans are kept; they are not fetched."""
    links = network.get("links") if isinstance(network, dict) else None
    return [
        str(link["href"])
        for link in (links if isinstance(links, list) else ())
        if isinstance(link, dict) and "href" in link and str(link.get("rel", "")).startswith("tag:opentelecomdata")
    ]


def lengths_mended(raw: RawTable) -> RawTable:
    """``fibreLength`` in kilometres throughout, said in the evidence where metres were found."""
    if _LENGTH not in raw.cells or raw.geometry is None:
        return raw
    cells = raw.cells[_LENGTH].copy()
    mended = 0
    for row, (cell, geometry) in enumerate(zip(cells, raw.geometry, strict=True)):
        try:
            value = float(cell)
            route = _GEOD.geometry_length(geometry) / 1000
        except (TypeError, ValueError, AttributeError):
            continue
        if route > 0 and value / route > _METRES_FROM:
            cells[row] = text_of(value / 1000)
            mended += 1
    if not mended:
        return raw
    evidence = Evidence("length", "m → km", "import.length_in_metres", {"count": str(mended)})
    return replace(raw, cells={**raw.cells, _LENGTH: cells}, evidence=(*raw.evidence, evidence))


def _table(path: Path, entries: list[Any], parts: Any, evidence: list[Evidence]) -> RawTable:
    if not entries:
        raise Refusal("import.no_features", path=path.name)
    records: list[dict[str, Any]] = []
    shapes: list[Any] = []
    lines: list[int] = []
    rejects: list[Reject] = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            rejects.append(Reject(number, Refusal("import.no_entry")))
            continue
        try:
            record, geometry = parts(entry)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError):
            rejects.append(Reject(number, Refusal("import.broken_geometry")))
            continue
        records.append(record)
        shapes.append(geometry)
        lines.append(number)
    columns, cells = columns_of(records)
    geometry = np.empty(len(shapes), dtype=object)
    geometry[:] = shapes
    evidence.append(Evidence("crs", "EPSG:4326", "import.by_format"))
    return RawTable(columns, cells, np.array(lines, dtype=np.int64), geometry, "EPSG:4326", tuple(evidence),
                    tuple(rejects))  # fmt: skip


def _node(entry: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    return _flat(entry, "location"), _shape(entry.get("location"))


def _span(entry: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    return _flat(entry, "route"), _shape(entry.get("route"))


def _element(entry: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """A node, or a way whose geometry or centre came with the answer."""
    tags = entry.get("tags")
    record = {"osm_id": entry.get("id"), "osm_type": entry.get("type"), **(tags if isinstance(tags, dict) else {})}
    if "lat" in entry:
        return record, shapely.Point(float(entry["lon"]), float(entry["lat"]))
    course = entry.get("geometry")
    if isinstance(course, list) and len(course) > 1:
        return record, shapely.LineString([(float(p["lon"]), float(p["lat"])) for p in course])
    centre = entry.get("center")
    return record, shapely.Point(float(centre["lon"]), float(centre["lat"])) if isinstance(centre, dict) else None


def _shape(value: Any) -> Any:
    return None if value is None else shapely.force_2d(shape(value))


def _flat(entry: dict[str, Any], left_out: str, prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """Nested tables as dotted names, lists of plain values joined by commas; deeper lists stay JSON."""
    flat: dict[str, Any] = {}
    for name, value in entry.items():
        if name == left_out and not prefix:
            continue
        if isinstance(value, dict) and depth < 4:
            flat |= _flat(value, left_out, f"{prefix}{name}.", depth + 1)
        elif isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
            flat[f"{prefix}{name}"] = ",".join(map(str, value))
        else:
            flat[f"{prefix}{name}"] = value
    return flat
