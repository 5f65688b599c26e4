"""The city's features as plain lists in longitude and latitude, for a map in the browser."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gis.cartography.arrays import places_of
from gis.cartography.legend import City, alone, variant_label
from gis.cartography.sheets.contents import TRANSMITTERS
from gis.cartography.symbols import LayerStyle
from gis.catalogue import FeatureClass, Field, Label
from gis.geometry.columns import BBox, Columns

PIXELS_MM = 96 / 25.4
_POINT_DIGITS, _LINE_DIGITS = 6, 5  # decimals of a degree: a decimetre, a metre
_SMOOTH_M = {"line": 1.0, "polygon": 5.0}  # lines are drawn with at most this error
_HIDDEN_GROUPS = {"duty"}  # who owns and maintains it is asked for in the table, not on a map
_NAMED_LEVELS = {"county"}


def both(label: Label) -> dict[str, str]:
    """A label in both languages."""
    return {"zh": label.zh, "en": label.en}


def layer_data(
    city: City, style: LayerStyle, to_degrees: pyproj.Transformer, *, bbox: BBox | None, outline: Any | None,
    limit: int, visible: bool,
) -> dict[str, Any] | None:  # fmt: skip
    """One class as the page reads it, or None when nothing of it lies in the window.

    Fields marked restricted, references and stamps are left out, and so are columns without a value, and features which
    the style hides. Of more than ``limit`` features an even choice is shown; ``total`` says how many there are.
    """
    name = style.cls
    cls = city.catalogue[name]
    style = _without_restricted(style, cls)
    fields = popup_fields(cls)
    wanted = list(dict.fromkeys([f.name for f in fields] + ([style.by] if style.by else [])))
    columns = city.columns(name, wanted, bbox=bbox)
    keep = _kept(columns, outline)
    matches = [city.matching(name, where) if where.strip() else keep[:0] for where in style.rules]
    values = {style.by: columns.fields[style.by][keep]} if style.by else {}
    places = places_of(style, columns.ids[keep], values, matches)
    seen = np.array([variant.visible for variant in style.variants])[places]
    keep, places = keep[seen], places[seen]
    total = len(keep)
    if not total:
        return None
    if total > limit:
        chosen = np.linspace(0, total - 1, limit).round().astype(int)
        keep, places = keep[chosen], places[chosen]
    assert columns.geometry is not None
    shapes = columns.geometry[keep]
    counts = Counter(places.tolist())
    given = [(f, _values(f, columns.fields[f.name][keep])) for f in fields]
    given = [(f, values) for f, values in given if any(v is not None for v in values)]
    names = [f.name for f, _ in given]
    level = columns.fields.get("level")
    return {
        "cls": name,
        "label": both(cls.label),
        "kind": style.kind,
        "visible": visible,
        "opacity": max(style.opacity, 0.1) if name != "area" else style.opacity,
        "total": total,
        "variants": [_variant(cls, style, i, counts[i]) for i in range(len(style.variants))],
        "variant": places.tolist(),
        "fields": [_field(f) for f, _ in given],
        "name": names.index("name") if "name" in names else None,
        "columns": [values for _, values in given],
        "named": [v in _NAMED_LEVELS for v in level[keep]] if name == "area" and level is not None else [],
        "geometry": _geometry(shapes, style.kind, to_degrees),
    }


def popup_fields(cls: FeatureClass) -> list[Field]:
    """The fields which a map for the browser may show."""
    return [
        f for f in cls.fields if not (f.restricted or f.stamp or f.type == "ref" or f.group in _HIDDEN_GROUPS)
    ]  # fmt: skip


def _without_restricted(style: LayerStyle, cls: FeatureClass) -> LayerStyle:
    """The style, or its base alone where symbols and their names would tell what a restricted field holds."""
    secret = {f.name for f in cls.fields if f.restricted}
    words = {style.by, *(word for rule in style.rules for word in re.findall(r"\w+", rule))}
    words |= {f.name for f in cls.fields if f.label.zh in words or f.label.en in words or words & set(f.synonyms)}
    return alone(style, 0) if secret & words else style


def _kept(columns: Columns, outline: Any | None) -> NDArray[np.int64]:
    if columns.geometry is None:
        return np.zeros(0, np.int64)
    there = ~(shapely.is_missing(columns.geometry) | shapely.is_empty(columns.geometry))
    if outline is not None:
        there &= shapely.intersects(columns.geometry, outline)
    return np.flatnonzero(there)


def _field(field: Field) -> dict[str, Any]:
    made: dict[str, Any] = {"label": both(field.label), "type": field.type, "unit": field.unit}
    if field.codes:
        made["codes"] = {code.value: both(code.label) for code in field.codes}
    return made


def _values(field: Field, column: NDArray[Any]) -> list[Any]:
    if column.dtype == object:
        return [None if v is None or v == "" else str(v) for v in column]
    whole = field.type in ("integer", "boolean")
    return [None if v != v else int(v) if whole else round(float(v), 6) for v in column.tolist()]


def _variant(cls: FeatureClass, style: LayerStyle, i: int, count: int) -> dict[str, Any]:
    variant = style.variants[i]
    label = {lang: variant_label(cls, style, i, lang) for lang in ("zh", "en")} if i else None
    return {
        "label": label,
        "count": count,
        "color": variant.color,
        "fill": variant.fill,
        "shape": variant.shape,
        "size": round(max(variant.size * PIXELS_MM / 2 * 0.8, 3.0), 2),  # radius
        "width": round(variant.width * PIXELS_MM, 2),
        "dash": [round(d * 0.4 * PIXELS_MM, 1) for d in variant.dash],
    }


def _geometry(shapes: NDArray[np.object_], kind: str, to_degrees: pyproj.Transformer) -> list[Any]:
    if kind == "point":
        lonlat = degrees(shapely.get_coordinates(shapely.centroid(shapes)), to_degrees)
        return np.round(lonlat[:, ::-1], _POINT_DIGITS).tolist()  # type: ignore[no-any-return]
    smooth = shapely.simplify(shapes, _SMOOTH_M[kind], preserve_topology=True)
    return [_nested(shape, to_degrees) for shape in smooth]


def _nested(shape: Any, to_degrees: pyproj.Transformer) -> Any:
    """Coordinates as Leaflet nests them: [lat, lon], then lines or rings, then parts."""
    if hasattr(shape, "geoms"):
        return [_nested(part, to_degrees) for part in shape.geoms]
    if shape.geom_type == "Polygon":
        return [_line(ring, to_degrees) for ring in (shape.exterior, *shape.interiors)]
    return _line(shape, to_degrees)


def _line(line: Any, to_degrees: pyproj.Transformer) -> list[list[float]]:
    lonlat = degrees(shapely.get_coordinates(line), to_degrees)
    return np.round(lonlat[:, ::-1], _LINE_DIGITS).tolist()  # type: ignore[no-any-return]


def degrees(xy: NDArray[np.float64], to_degrees: pyproj.Transformer) -> NDArray[np.float64]:
    """Longitude and latitude (n, 2) of project coordinates (n, 2)."""
    lon, lat = to_degrees.transform(xy[:, 0], xy[:, 1])
    return np.column_stack([lon, lat])


def bounds_of(bbox: BBox, to_degrees: pyproj.Transformer) -> list[list[float]]:
    """[[south, west], [north, east]] of a rectangle of the project's CRS."""
    xmin, ymin, xmax, ymax = bbox
    west, south, east, north = to_degrees.transform_bounds(xmin, ymin, xmax, ymax)
    return [[round(south, 6), round(west, 6)], [round(north, 6), round(east, 6)]]


def default_classes(city: City, kind: str | None) -> Sequence[str]:
    """What a map shows when nothing is asked for: the ground and the analysed sites, or everything visible."""
    if kind in TRANSMITTERS:
        return ("area", "road", TRANSMITTERS[kind])
    return tuple(cls.name for cls in city.catalogue if cls.spatial and cls.visible)
