"""Features as another program is to see them: in its coordinate system, with headers and codes that people read."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
import pyproj
import shapely
from geopandas import GeoSeries

from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.geometry.datum import wgs84_to_bd09, wgs84_to_gcj02

Datum = Literal["none", "gcj02", "bd09"]
Headers = Literal["names", "zh", "en"]
Coding = Literal["values", "zh", "en"]
DEGREES = "EPSG:4326"
_SHIFTS = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}


def laid_out(frame: Any, cls: FeatureClass, crs: str | None, datum: Datum, headers: Headers, codes: Coding) -> Any:
    """The frame in ``crs`` (None = as it is), shifted to ``datum``, codes and headers in words.

    Two fields with one label keep their names. Raises Refusal ``export.unknown_crs``.
    """
    if cls.spatial and crs is not None:
        try:
            frame = frame.to_crs(crs)
        except (pyproj.exceptions.CRSError, pyproj.exceptions.ProjError):
            raise Refusal("export.unknown_crs", crs=crs) from None
    if cls.spatial and datum != "none":
        shift = _SHIFTS[datum]

        def moved(xy: Any) -> Any:
            return np.column_stack(shift(xy[:, 0], xy[:, 1]))

        shapes = shapely.transform(frame.geometry.to_numpy(), moved)
        frame = frame.set_geometry(GeoSeries(shapes, index=frame.index, crs=frame.crs))
    if codes != "values":
        frame = frame.copy()
        for field in cls.fields:
            if field.codes and field.name in frame.columns:
                said = {code.value: code.label.text(codes) for code in field.codes}
                frame[field.name] = [said.get(v, v) for v in frame[field.name]]
    if headers != "names":
        frame = frame.rename(columns=headings(cls, list(frame.columns), headers))
    return frame


def headings(cls: FeatureClass, columns: list[str], headers: Headers) -> dict[str, str]:
    """The label of each column that has one of its own."""
    labels = {f.name: f.label.text("zh" if headers == "zh" else "en") for f in cls.fields if f.name in columns}
    taken = [*labels.values(), *(c for c in columns if c not in labels)]
    return {name: label for name, label in labels.items() if taken.count(label) == 1}


def with_coordinates(frame: Any, cls: FeatureClass) -> pd.DataFrame:
    """The frame without its geometry: ``x`` and ``y`` of points, ``wkt`` of what is none."""
    if not cls.spatial:
        return pd.DataFrame(frame)
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    if cls.geometry == "point":
        plain["x"] = frame.geometry.x
        plain["y"] = frame.geometry.y
    else:
        digits = 8 if frame.crs is not None and frame.crs.is_geographic else 3
        plain["wkt"] = frame.geometry.to_wkt(rounding_precision=digits)
    return plain
