"""Features on the clipboard: whole rows for Yantu itself, GeoJSON in longitude and latitude for everybody else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QMimeData
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from gis.catalogue import Catalogue, FeatureClass, Field
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.geometry.crs import ProjectCrs
from gis.geometry.places import readings

MIME = "application/x-yantu-features"
DIGITS = 9  # decimals of a degree: a tenth of a millimetre
Row = dict[str, Any]
_FITTING = {
    "point": ("Point",),
    "line": ("LineString",),
    "polygon": ("Polygon",),
    "multipolygon": ("Polygon", "MultiPolygon"),
}


@dataclass(frozen=True, slots=True)
class Copied:
    """What lies on the clipboard, in project coordinates: rows by class, and those that name no class of ours.

    ``own``: copied in Yantu, so that it may be put elsewhere; what comes from outside stays where it says it is.
    """

    rows: Mapping[str, list[Row]]
    strangers: list[Row]
    own: bool

    @property
    def all_rows(self) -> list[Row]:
        """All of them, whatever their class."""
        return [row for rows in self.rows.values() for row in rows] + self.strangers


def rows_of(columns: Columns, cls: FeatureClass) -> list[Row]:
    """Columns as rows of plain values, geometry under "geom"; what the program fills in itself is left out."""
    fields = [f for f in cls.fields if not f.stamp and f.name in columns.fields]
    made = []
    for i in range(len(columns)):
        row = {f.name: _plain(f, columns.fields[f.name][i]) for f in fields}
        made.append({name: value for name, value in row.items() if value is not None})
        if columns.geometry is not None:
            made[-1]["geom"] = columns.geometry[i]
    return made


def put(rows: Mapping[str, list[Row]], catalogue: Catalogue, crs: ProjectCrs, source: str) -> QMimeData:
    """The clipboard's content; ``source`` names the project, to whose rows refs point."""
    whole = {
        "srid": crs.srid,
        "source": source,
        "rows": {
            cls: [{**row, "geom": row["geom"].wkb.hex()} for row in given if row.get("geom") is not None]
            for cls, given in rows.items()
        },
    }
    made = QMimeData()
    made.setData(MIME, json.dumps(whole, ensure_ascii=False).encode("utf-8"))
    made.setText(geojson(rows, catalogue, crs))
    return made


def geojson(rows: Mapping[str, list[Row]], catalogue: Catalogue, crs: ProjectCrs) -> str:
    """The rows as a FeatureCollection with the property "class"; no refs, and nothing that is restricted."""
    features = []
    for name, given in rows.items():
        shown = [f.name for f in catalogue[name].fields if f.type != "ref" and not f.restricted]
        for row in given:
            if row.get("geom") is None:
                continue
            geometry = shapely.transform(crs.geometry_to_lonlat(row["geom"]), lambda xy: np.round(xy, DIGITS))
            values = {field: row[field] for field in shown if row.get(field) is not None}
            features.append({"type": "Feature", "properties": {"class": name, **values}, "geometry": mapping(geometry)})
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def read(mime: QMimeData, catalogue: Catalogue, crs: ProjectCrs, source: str) -> Copied:
    """What can be pasted: Yantu's own rows, GeoJSON, WKT, or coordinates a line. Raises ``modify.nothing_to_paste``."""
    if mime.hasFormat(MIME):
        found = _own(bytes(mime.data(MIME).data()), catalogue, crs, source)
        if found is not None:
            return found
    text = mime.text().strip() if mime.hasText() else ""
    strangers = _geojson_rows(text, crs) if text[:1] in ("{", "[") else _text_rows(text, crs)
    if not strangers:
        raise Refusal("modify.nothing_to_paste")
    known: dict[str, list[Row]] = {}
    unknown: list[Row] = []
    for row in strangers:
        cls = row.get("class")
        if isinstance(cls, str) and cls in catalogue and fits(row["geom"], catalogue[cls]):
            known.setdefault(cls, []).append(named(row, catalogue[cls]))
        else:
            unknown.append(row)
    return Copied(known, unknown, own=False)


def fits(geometry: BaseGeometry, cls: FeatureClass) -> bool:
    """Whether a class can hold a geometry, a multipart one part by part."""
    wanted = _FITTING.get(str(cls.geometry), ())
    return geometry.geom_type in wanted or (
        geometry.geom_type.startswith("Multi") and geometry.geom_type.removeprefix("Multi") in wanted
    )


def named(row: Row, cls: FeatureClass) -> Row:
    """A stranger's row with the class's own names of fields: name, label or synonym; what it lacks is left out."""
    names: dict[str, str] = {}
    for field in cls.fields:
        if not field.stamp and field.type != "ref":
            for name in (*field.synonyms, field.label.en, field.label.zh, field.name):
                names[name.strip().casefold()] = field.name
    made = {names[key.strip().casefold()]: value for key, value in row.items() if key.strip().casefold() in names}
    return {key: value for key, value in made.items() if value not in (None, "")} | {"geom": row["geom"]}


def for_class(rows: Iterable[Row], cls: FeatureClass, strangers: bool) -> list[Row]:
    """Rows made fit for a class: multipart shapes in parts, fields of the same name kept where the value can be one."""
    made = []
    for row in rows:
        values = named(row, cls) if strangers else {
            f.name: row[f.name] for f in cls.fields if f.name in row and _may_hold(f, row[f.name])
        }  # fmt: skip
        shape_, wanted = row["geom"], _FITTING[str(cls.geometry)]
        parts = [shape_] if shape_.geom_type in wanted else list(shapely.get_parts(shape_))
        for part in parts:
            if cls.geometry == "multipolygon" and part.geom_type == "Polygon":
                part = shapely.MultiPolygon([part])
            made.append(required_filled({**values, "geom": part}, cls))
    return made


def required_filled(row: Row, cls: FeatureClass) -> Row:
    """A row with the last, most particular code where a code is required and none is given, as for what is drawn."""
    lacking = {
        f.name: f.codes[-1].value
        for f in cls.fields
        if f.required and f.codes and f.default is None and f.name not in row
    }
    return lacking | row


def _plain(field: Field, value: Any) -> Any:
    if field.type == "ref":
        return int(value) or None
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return None
        if field.type == "boolean":
            return bool(value)
        return int(value) if field.type == "integer" else float(value)
    return value


def _may_hold(field: Field, value: Any) -> bool:
    if field.stamp or field.type == "ref" or field.unique:
        return False
    if field.codes:
        return any(code.value == value for code in field.codes)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if field.type in ("real", "integer"):
        return number and (field.minimum is None or value >= field.minimum) and (
            field.maximum is None or value <= field.maximum
        )  # fmt: skip
    return isinstance(value, bool) if field.type == "boolean" else isinstance(value, str)


def _own(data: bytes, catalogue: Catalogue, crs: ProjectCrs, source: str) -> Copied | None:
    try:
        whole = json.loads(data)
        rows: dict[str, list[Row]] = {}
        unknown: list[Row] = []
        for cls, given in whole["rows"].items():
            for row in given:
                row["geom"] = shapely.from_wkb(bytes.fromhex(row["geom"]))
                (rows.setdefault(cls, []) if cls in catalogue else unknown).append(row)
        same_crs, same_project = whole["srid"] == crs.srid, whole["source"] == source
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError):
        return None
    if not same_crs:
        return None  # the text beside it says where it is on the globe
    if not same_project:  # its rows have other keys there
        for cls, given in rows.items():
            refs = {f.name for f in catalogue[cls].refs}
            rows[cls] = [{k: v for k, v in row.items() if k not in refs} for row in given]
    return Copied(rows, unknown, own=True)


def _geojson_rows(text: str, crs: ProjectCrs) -> list[Row]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal("modify.bad_geojson", reason=str(error)[:120]) from error
    made: list[Row] = []
    queue = list(given) if isinstance(given, list) else [given]
    try:
        for one in queue:
            if one["type"] == "FeatureCollection":
                queue.extend(one["features"])
                continue
            feature = one["type"] == "Feature"
            geometry = shape(one["geometry"] if feature else one)
            values = (one.get("properties") or {}) if feature else {}
            plain = {str(k): v for k, v in values.items() if isinstance(v, str | int | float | bool)}
            made += [plain | {"geom": _placed(part, crs)} for part in _singles(geometry)]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, shapely.errors.ShapelyError) as error:
        raise Refusal("modify.bad_geojson", reason=f"{type(error).__name__}: {str(error)[:100]}") from error
    return made


def _text_rows(text: str, crs: ProjectCrs) -> list[Row]:
    """WKT, or a place a line in any notation; [] for other text."""
    made: list[Row] = []
    for line in text.splitlines()[:20_000]:
        if not line.strip():
            continue
        try:
            made += [{"geom": _placed(part, crs)} for part in _singles(shapely.from_wkt(line))]
            continue
        except shapely.errors.ShapelyError:
            found = readings(line, crs)
        if not found:
            return []
        made.append({"geom": shapely.Point(found[0].x, found[0].y)})
    return made


def _singles(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The parts of a collection; a multipolygon stays whole."""
    if geometry.geom_type in ("MultiPoint", "MultiLineString", "GeometryCollection"):
        return [single for part in geometry.geoms for single in _singles(part)]
    return [geometry]


def _placed(geometry: BaseGeometry, crs: ProjectCrs) -> BaseGeometry:
    """In project coordinates; degrees are known by their size."""
    geometry = shapely.force_2d(geometry)
    xy = shapely.get_coordinates(geometry)
    degrees = len(xy) > 0 and bool((np.abs(xy[:, 0]) <= 180).all() and (np.abs(xy[:, 1]) <= 90).all())
    return crs.geometry_from_lonlat(geometry) if degrees else geometry
