"""Questions the command and the window ask a session: which rows, which feature, what a typed geometry means."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.geometry.columns import BBox
from gis.project.conditions import matching, ready_filter
from gis.project.session import Session


def matching_ids(session: Session, cls: FeatureClass, where: str | None, area: str | None = None) -> NDArray[np.int64]:
    """Ids of a class that meet a filter and touch an area, ascending.

    Raises Refusal ``query.*``: among them ``query.no_area`` for an unknown division code, ``query.no_place`` for a
    class without geometry.
    """
    with session.reading() as snapshot:
        if area is None:
            return matching(snapshot, where or "", cls)
        made = ready_filter(snapshot, where, cls) if where and where.strip() else None
        if not cls.spatial:
            raise Refusal("query.no_place", cls=cls.name)
        outlines = snapshot.columns("area", ["code"], where='"code" = ?', params=(area,))
        if not len(outlines) or outlines.geometry is None:
            raise Refusal("query.no_area", area=area)
        outline = outlines.geometry[0]
        found = snapshot.columns(cls.name, [], bbox=tuple(outline.bounds), where=made.sql if made else None,
                                 params=made.parameters if made else ())  # fmt: skip
    shapely.prepare(outline)
    assert found.geometry is not None
    return np.sort(found.ids[shapely.intersects(outline, found.geometry)])


def area_extent(session: Session, area: str) -> BBox:
    """The rectangle around the area with a division code. Raises Refusal ``query.no_area``."""
    with session.reading() as snapshot:
        ids = snapshot.ids("area", '"code" = ?', (area,))
        found = snapshot.columns("area", [], ids=ids)
    if not len(found) or found.geometry is None:
        raise Refusal("query.no_area", area=area)
    x0, y0, x1, y1 = (float(v) for v in found.geometry[0].bounds)
    return x0, y0, x1, y1


def area_shape(session: Session, area: str) -> BaseGeometry:
    """The outline of the area with a division code. Raises Refusal ``query.no_area``."""
    with session.reading() as snapshot:
        found = snapshot.columns("area", [], where='"code" = ?', params=(area,))
    if not len(found) or found.geometry is None or found.geometry[0] is None:
        raise Refusal("query.no_area", area=area)
    outline: BaseGeometry = found.geometry[0]
    return outline


def id_of_code(session: Session, cls: FeatureClass, code: str) -> int:
    """The id of the feature with a code. Raises Refusal ``query.no_code``."""
    if not cls.has_field("code"):
        raise Refusal("catalogue.no_field", cls=cls.name, field="code")
    ids = session.ids(cls.name, '"code" = ?', (code,))
    if not len(ids):
        raise Refusal("query.no_code", cls=cls.name, code=code)
    return int(ids[0])


def feature_from_geojson(session: Session, cls: FeatureClass, text: str) -> dict[str, Any]:
    """A row from a GeoJSON geometry or feature in longitude and latitude; ``geom`` in the project's CRS.

    For a class without geometry: a JSON object of fields. Raises Refusal ``query.wrong_geojson``.
    """
    try:
        document = json.loads(text)
        if not isinstance(document, dict):
            raise ValueError("not an object")
        if not cls.spatial:
            return dict(document.get("properties", document))
        row = dict(document.get("properties") or {}) if document.get("type") == "Feature" else {}
        made = shape(document["geometry"] if document.get("type") == "Feature" else document)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, shapely.errors.ShapelyError):
        raise Refusal("query.wrong_geojson", text=text[:80]) from None
    transformer = pyproj.Transformer.from_crs("EPSG:4326", session.crs, always_xy=True)
    row["geom"] = shapely.transform(shapely.force_2d(made), transformer.transform, interleaved=False)
    return row
