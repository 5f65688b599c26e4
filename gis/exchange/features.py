"""Features to a file of another program; the ending of its name chooses the format.

GeoPackage, GeoJSON, FlatGeobuf, Shapefile, KML, DXF, CSV and XLSX. What leaves the project is told in a file beside it
(``<name>.metadata.json``) when asked for. A file appears whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyogrio
from geopandas import GeoDataFrame

from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.exchange.export_layout import DEGREES, Coding, Datum, Headers, laid_out, with_coordinates

_DRIVERS = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".fgb": "FlatGeobuf",
    ".shp": "ESRI Shapefile",
    ".kml": "KML",
}
WRITABLE = (*_DRIVERS, ".dxf", ".csv", ".xlsx")
LONLAT = (".geojson", ".json", ".kml")  # formats whose standard wants longitude and latitude (RFC 7946; OGC 12-007r2)
_PLACED = (".kml", ".dxf", ".shp", ".fgb")  # of geometries only
Encoding = Literal["UTF-8", "GB18030"]


@dataclass(frozen=True, slots=True)
class Output:
    """How features are written. ``crs``: anything pyproj reads, None = the project's; ``datum`` "gcj02" or "bd09"
    shifts longitude and latitude for the maps of AMap or Baidu. ``encoding`` of Shapefiles and CSV. ``headers``:
    names of fields, or their labels; ``codes``: values of code lists, or their labels.
    """

    crs: str | None = None
    datum: Datum = "none"
    encoding: Encoding = "UTF-8"
    headers: Headers = "names"
    codes: Coding = "values"


PLAIN = Output()


def exported_fields(cls: FeatureClass, named: Sequence[str] = ()) -> list[str]:
    """The fields that may leave the project: all but the restricted, which must be asked for by name."""
    for name in named:
        cls.field(name)
    return [f.name for f in cls.fields if not f.restricted or f.name in named]


def write_features(
    frame: GeoDataFrame, cls: FeatureClass, target: Path, *, crs: str | None = None, output: Output = PLAIN
) -> Path:
    """Write a frame to ``target``, whose ending chooses the format; the file appears whole or not at all.

    GeoJSON and KML are written in longitude and latitude as their standards want, CSV with ``x`` and ``y`` (points) or
    ``wkt``. ``crs`` is short for that of ``output``. Raises Refusal ``export.unknown_format``, ``export.unknown_crs``,
    ``export.no_place`` (a table in a format of geometries only), ``export.not_in_encoding``, ``export.cannot_write``.
    """
    ending = target.suffix.casefold()
    if ending not in WRITABLE:
        raise Refusal("export.unknown_format", path=target.name, known=" ".join(WRITABLE))
    if not cls.spatial and ending in _PLACED:
        raise Refusal("export.no_place", cls=cls.name, format=ending)
    wanted = crs or output.crs
    if ending in LONLAT or output.datum != "none":
        wanted = DEGREES
    laid = laid_out(frame, cls, wanted, output.datum, output.headers, output.codes)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".yantu-") as folder:
            made = Path(folder) / target.name
            _write(laid, cls, made, ending, output)
            for part in sorted(Path(folder).iterdir()):
                os.replace(part, target.parent / part.name)
    except UnicodeEncodeError as error:
        raise Refusal("export.not_in_encoding", encoding=output.encoding, text=error.object[error.start]) from error
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise Refusal("export.cannot_write", path=str(target), reason=str(error)) from error
    return target


def _write(frame: Any, cls: FeatureClass, made: Path, ending: str, output: Output) -> None:
    if ending == ".csv":
        encoding = "utf-8-sig" if output.encoding == "UTF-8" else "gb18030"
        with_coordinates(frame, cls).to_csv(made, index=False, encoding=encoding)
        return
    # The libraries of the next two take a third of a second to import; few exports need them.
    if ending == ".xlsx":
        from gis.exchange.export_workbook import write_workbook

        write_workbook(with_coordinates(frame, cls), cls, made)
        return
    if ending == ".dxf":
        from gis.exchange.export_drawing import write_drawing

        write_drawing(frame, cls, made)
        return
    options: dict[str, Any] = {"encoding": output.encoding} if ending == ".shp" else {}
    if ending == ".kml":
        frame = frame.rename(columns={_first(frame, "name", cls): "Name"})  # what the driver puts on the map
    with warnings.catch_warnings():
        # Shapefile cuts names to ten letters; that is its nature and no news.
        warnings.filterwarnings("ignore", "Normalized/laundered field name", RuntimeWarning)
        pyogrio.write_dataframe(frame, made, layer=cls.name, driver=_DRIVERS[ending], **options)


def _first(frame: Any, name: str, cls: FeatureClass) -> str:
    """The column of a field, under whatever header it stands."""
    for header in (name, cls.field(name).label.zh, cls.field(name).label.en) if cls.has_field(name) else ():
        if header in frame.columns:
            return header
    return "code"
