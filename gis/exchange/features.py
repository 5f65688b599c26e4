"""Features to a file of another program: GeoPackage, GeoJSON, CSV, FlatGeobuf, Shapefile."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
import pyproj
from geopandas import GeoDataFrame

from gis.catalogue import FeatureClass
from gis.errors import Refusal

_DRIVERS = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".fgb": "FlatGeobuf",
    ".shp": "ESRI Shapefile",
    ".csv": "CSV",
}
WRITABLE = tuple(_DRIVERS)


def exported_fields(cls: FeatureClass, named: Sequence[str] = ()) -> list[str]:
    """The fields that may leave the project: all but the restricted, which must be asked for by name."""
    for name in named:
        cls.field(name)
    return [f.name for f in cls.fields if not f.restricted or f.name in named]


def write_features(frame: GeoDataFrame, cls: FeatureClass, target: Path, *, crs: str | None = None) -> Path:
    """Write a frame to ``target``, whose ending chooses the format; the file appears whole or not at all.

    GeoJSON is written in WGS84 longitude and latitude as RFC 7946 wants, CSV with ``x`` and ``y`` (points) or ``wkt``.
    Raises Refusal ``export.unknown_format``, ``export.unknown_crs``, ``export.cannot_write``.
    """
    ending = target.suffix.casefold()
    if ending not in _DRIVERS:
        raise Refusal("export.unknown_format", path=target.name, known=" ".join(WRITABLE))
    if cls.spatial:
        wanted = "EPSG:4326" if ending in (".geojson", ".json") else crs
        if wanted is not None:
            try:
                frame = frame.to_crs(wanted)
            except pyproj.exceptions.CRSError:
                raise Refusal("export.unknown_crs", crs=wanted) from None
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".yantu-") as folder:
            made = Path(folder) / target.name
            if ending == ".csv":
                _csv(frame, cls).to_csv(made, index=False, encoding="utf-8-sig")
            else:
                options: dict[str, Any] = {"encoding": "UTF-8"} if ending == ".shp" else {}
                with warnings.catch_warnings():
                    # Shapefile cuts names to ten letters; that is its nature and no news.
                    warnings.filterwarnings("ignore", "Normalized/laundered field name", RuntimeWarning)
                    pyogrio.write_dataframe(frame, made, layer=cls.name, driver=_DRIVERS[ending], **options)
            for part in sorted(Path(folder).iterdir()):
                os.replace(part, target.parent / part.name)
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise Refusal("export.cannot_write", path=str(target), reason=str(error)) from error
    return target


def _csv(frame: GeoDataFrame, cls: FeatureClass) -> pd.DataFrame:
    if not cls.spatial:
        return frame
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    if cls.geometry == "point":
        plain["x"] = frame.geometry.x
        plain["y"] = frame.geometry.y
    else:
        plain["wkt"] = frame.geometry.to_wkt(rounding_precision=3)
    return plain
