"""GeoJSON (RFC 7946, and the older form with a named CRS): one bad feature spoils only itself."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from gis.errors import Refusal
from gis.exchange.cells import columns_of
from gis.exchange.encodings import read_text
from gis.exchange.raw import Evidence, RawTable, Reject
from gis.progress import Progress

_CRS_CODE = re.compile(r"EPSG:+(\d+)\Z", re.IGNORECASE)
_STEP = 10_000


def read_geojson(
    path: Path, *, encoding: str | None = None, rows: int | None = None, progress: Progress | None = None
) -> RawTable:
    """Every feature of a FeatureCollection, Feature or list of features (also one per line); ``lines`` is its number.

    ``rows``: only so many of the beginning.

    Raises Refusal ``import.wrong_json`` with the line, ``import.no_features``, and those of reading text.
    """
    decoded = read_text(path, encoding)
    features, crs_name = _features(decoded.text, path)
    evidence = [decoded.evidence]
    crs = "EPSG:4326"
    if crs_name and (found := _CRS_CODE.search(crs_name)):
        crs = f"EPSG:{found[1]}"
        evidence.append(Evidence("crs", crs, "import.named_crs"))
    else:
        evidence.append(Evidence("crs", crs, "import.rfc7946"))
    properties: list[dict[str, Any]] = []
    geometries: list[Any] = []
    lines: list[int] = []
    rejects: list[Reject] = []
    for number, feature in enumerate(features[:rows], 1):
        if progress is not None and number % _STEP == 0:
            progress.step(number, len(features), "import.reading")
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            rejects.append(Reject(number, Refusal("import.no_feature")))
            continue
        try:
            geometry = _geometry(feature.get("geometry"))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError) as error:
            rejects.append(Reject(number, Refusal("import.broken_geometry", detail=str(error)[:200])))
            continue
        own = feature.get("properties")
        own = dict(own) if isinstance(own, dict) else {}
        if "id" in feature and "id" not in own:
            own["id"] = feature["id"]
        properties.append(own)
        geometries.append(geometry)
        lines.append(number)
    columns, cells = columns_of(properties)
    shapes = np.empty(len(geometries), dtype=object)
    shapes[:] = geometries
    return RawTable(columns, cells, np.asarray(lines, dtype=np.int64), shapes, crs, tuple(evidence), tuple(rejects))


def _features(text: str, path: Path) -> tuple[list[Any], str | None]:
    text = text.lstrip("\ufeff")
    try:
        document = json.loads(text)
    except RecursionError:
        raise Refusal("import.wrong_json", path=path.name, line="?", reason="nested too deep") from None
    except json.JSONDecodeError as error:
        records = [line.lstrip("\x1e") for line in text.splitlines() if line.strip()]
        if error.msg == "Extra data" and len(records) > 1:
            return [_loads(record) for record in records], None
        raise Refusal("import.wrong_json", path=path.name, line=error.lineno, reason=error.msg) from None
    if isinstance(document, list):
        return document, None
    if not isinstance(document, dict):
        raise Refusal("import.no_features", path=path.name)
    crs = document.get("crs")
    name = crs.get("properties", {}).get("name") if isinstance(crs, dict) else None
    if document.get("type") == "Feature":
        return [document], name
    features = document.get("features")
    if not isinstance(features, list):
        raise Refusal("import.no_features", path=path.name)
    return features, name if isinstance(name, str) else None


def _loads(record: str) -> Any:
    try:
        return json.loads(record)
    except (json.JSONDecodeError, RecursionError):
        return None


def _geometry(value: Any) -> Any:
    if value is None:
        return None
    made = shape(value)
    return shapely.force_2d(made)
