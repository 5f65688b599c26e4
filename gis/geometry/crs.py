"""The project's coordinate system: projected, metric, named by its EPSG code; and the way to longitude and latitude.

Inside Yantu x is easting and y northing, always in this system; longitude and latitude (WGS 84, EPSG:4326) stand only
at the borders. CGCS2000 and WGS 84 agree to centimetres, so PROJ passes between them unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.errors import Language, Refusal
from gis.geometry.columns import BBox

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]

DEFAULT_SRID = 4549  # CGCS2000 / 3-degree Gauss–Krüger CM 120E: Yancheng
_EPSG = re.compile(r"(?:EPSG\s*:{1,2}\s*|urn:ogc:def:crs:EPSG:[\d.]*:)?(\d{3,6})\Z", re.IGNORECASE)
_CHINESE = (
    (re.compile(r"\b3-degree Gauss-Kruger\b"), "3度带"),
    (re.compile(r"(?<!3-degree )\bGauss-Kruger\b"), "6度带"),
    (re.compile(r"\bzone (\d+[NS]?)\b"), r"第\1带"),
    (re.compile(r"\bBeijing 1954\b"), "1954北京坐标系"),
    (re.compile(r"\bNew Beijing\b"), "新1954北京坐标系"),
    (re.compile(r"\bXian 1980\b"), "1980西安坐标系"),
)


@dataclass(frozen=True)
class ProjectCrs:
    """A projected, metric CRS. Make one with ``project_crs``; it is thread-safe and kept for the process."""

    srid: int
    crs: pyproj.CRS

    def to_lonlat(self, x: ArrayLike, y: ArrayLike) -> Pair:
        """Longitude and latitude in degrees of eastings and northings; inf where the projection has none."""
        lon, lat = self._to_lonlat.transform(np.asarray(x, np.float64), np.asarray(y, np.float64))
        return np.asarray(lon), np.asarray(lat)

    def from_lonlat(self, lon: ArrayLike, lat: ArrayLike) -> Pair:
        """Eastings and northings of longitudes and latitudes in degrees; inf where the projection has none."""
        x, y = self._from_lonlat.transform(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
        return np.asarray(x), np.asarray(y)

    def geometry_to_lonlat(self, geometry: Any) -> Any:
        """A shapely geometry, or an array of them, in longitude and latitude."""
        return shapely.transform(geometry, lambda xy: np.column_stack(self.to_lonlat(xy[:, 0], xy[:, 1])))

    def geometry_from_lonlat(self, geometry: Any) -> Any:
        """A shapely geometry, or an array of them, from longitude and latitude."""
        return shapely.transform(geometry, lambda xy: np.column_stack(self.from_lonlat(xy[:, 0], xy[:, 1])))

    @cached_property
    def area_of_use(self) -> BBox:
        """Where the system may be used: west, south, east, north in degrees."""
        area = self.crs.area_of_use
        return (-180.0, -90.0, 180.0, 90.0) if area is None else (area.west, area.south, area.east, area.north)

    @cached_property
    def bounds(self) -> BBox:
        """The area of use in the system's own metres."""
        xmin, ymin, xmax, ymax = self._from_lonlat.transform_bounds(*self.area_of_use, densify_pts=51)
        return (xmin, ymin, xmax, ymax)

    def covers(self, x: ArrayLike, y: ArrayLike, margin_m: float = 0.0) -> NDArray[np.bool_]:
        """Whether positions lie within ``bounds`` and a margin; false for what is not finite."""
        xmin, ymin, xmax, ymax = self.bounds
        east, north = np.asarray(x, np.float64), np.asarray(y, np.float64)
        inside = (east >= xmin - margin_m) & (east <= xmax + margin_m)
        return np.asarray(inside & (north >= ymin - margin_m) & (north <= ymax + margin_m))

    def line(self, language: Language = "zh") -> str:
        """The system's name as it stands on a map: "CGCS2000 / 3度带 CM 120E"."""
        name = str(self.crs.name)
        if language == "zh":
            for english, chinese in _CHINESE:
                name = english.sub(chinese, name)
        return name

    def scale(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Map metres for one metre on the ellipsoid (of a conformal projection): 1.0003 at the edge of a zone."""
        lon, lat = self.to_lonlat(x, y)
        return np.asarray(pyproj.Proj(self.crs).get_factors(lon, lat).meridional_scale)

    @cached_property
    def _to_lonlat(self) -> pyproj.Transformer:
        return pyproj.Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)

    @cached_property
    def _from_lonlat(self) -> pyproj.Transformer:
        return pyproj.Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)


def project_crs(given: str | int | pyproj.CRS = DEFAULT_SRID) -> ProjectCrs:
    """The project CRS named "EPSG:4549", "4549", 4549 or by a pyproj CRS with an EPSG code.

    Raises Refusal ``geometry.unknown_crs``, ``geometry.crs_not_metric`` (geographic, or in feet).
    """
    return _known(epsg_code(given))


def epsg_code(given: str | int | pyproj.CRS) -> int:
    """The EPSG code of any CRS, projected or not, in any of the usual spellings; Refusal ``geometry.unknown_crs``."""
    if isinstance(given, pyproj.CRS):
        code = given.to_epsg()
        if code is None:
            raise Refusal("geometry.unknown_crs", crs=given.name)
        return int(code)
    found = _EPSG.match(str(given).strip())
    if found is None:
        raise Refusal("geometry.unknown_crs", crs=given)
    code = int(found[1])
    _crs(code)
    return code


def gauss_kruger_3(longitude: float) -> int:
    """The code of the CGCS2000 3-degree zone, eastings without zone number, whose middle is nearest (75 to 135 E).

    Raises Refusal ``geometry.outside_china``.
    """
    zone = round(longitude / 3)
    if not 25 <= zone <= 45:
        raise Refusal("geometry.outside_china", longitude=longitude)
    return 4534 + zone - 25


@cache
def _known(code: int) -> ProjectCrs:
    crs = _crs(code)
    if not crs.is_projected or any(axis.unit_name not in ("metre", "meter") for axis in crs.axis_info):
        raise Refusal("geometry.crs_not_metric", crs=f"EPSG:{code}", name=crs.name)
    return ProjectCrs(code, crs)


@cache
def _crs(code: int) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_epsg(code)
    except pyproj.exceptions.CRSError as error:
        raise Refusal("geometry.unknown_crs", crs=f"EPSG:{code}") from error
