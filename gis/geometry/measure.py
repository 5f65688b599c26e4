"""Lengths and areas of geometries in the project's CRS: plain ones on the map plane, true ones on the ellipsoid.

Analyses compute on the plane (within a 3-degree zone it is off by at most 0.03 % in length, 0.06 % in area); what a
person reads as a ground length is the ellipsoidal one. Geodesics after Karney (2013), through PROJ.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gis.geometry.crs import ProjectCrs


def plane_length(geometry: Any) -> NDArray[np.float64]:
    """Metres on the map plane of an array of geometries; the perimeter of areas; 0 for points and None."""
    return np.nan_to_num(np.asarray(shapely.length(geometry), np.float64))


def plane_area(geometry: Any) -> NDArray[np.float64]:
    """Square metres on the map plane of an array of geometries; 0 for points, lines and None."""
    return np.nan_to_num(np.asarray(shapely.area(geometry), np.float64))


def ground_length(geometry: Any, crs: ProjectCrs) -> NDArray[np.float64]:
    """Metres on the ellipsoid along an array of geometries (n,); the perimeter of areas; 0 for points and None."""
    given = np.atleast_1d(np.asarray(geometry, object))
    # Every line and every ring of every area as one run of coordinates, with the geometry it belongs to.
    parts, part_owner = shapely.get_parts(given, return_index=True)
    areas = shapely.get_dimensions(parts) == 2
    rings, ring_owner = shapely.get_rings(parts[areas], return_index=True)
    lines = shapely.get_dimensions(parts) == 1
    runs = np.concatenate([parts[lines], rings])
    owner = np.concatenate([part_owner[lines], part_owner[areas][ring_owner]])
    total = np.zeros(len(given))
    if len(runs) == 0:
        return total
    xy, run = shapely.get_coordinates(runs, return_index=True)
    lon, lat = crs.to_lonlat(xy[:, 0], xy[:, 1])
    same = run[1:] == run[:-1]
    _, _, steps = _geod(crs).inv(lon[:-1][same], lat[:-1][same], lon[1:][same], lat[1:][same])
    return total + np.bincount(owner[run[1:][same]], steps, minlength=len(given))


def ground_area(geometry: Any, crs: ProjectCrs) -> NDArray[np.float64]:
    """Square metres on the ellipsoid of an array of geometries (n,), holes taken off; 0 for points, lines and None.

    About 5 µs a corner. Edges are taken as geodesics, which differ from straight lines of the map by millimetres over
    the length of a building, by under a metre over 10 km.
    """
    given = np.atleast_1d(np.asarray(geometry, object))
    parts, part_owner = shapely.get_parts(given, return_index=True)
    areas = shapely.get_dimensions(parts) == 2
    owner = part_owner[areas]
    total = np.zeros(len(given))
    geod = _geod(crs)
    for polygon, at in zip(parts[areas], owner, strict=True):
        for place, ring in enumerate(shapely.get_rings(polygon)):
            xy = shapely.get_coordinates(ring)
            lon, lat = crs.to_lonlat(xy[:, 0], xy[:, 1])
            area = abs(geod.polygon_area_perimeter(lon, lat)[0])
            total[at] += -area if place else area
    return total


def ground_distance(x1: Any, y1: Any, x2: Any, y2: Any, crs: ProjectCrs) -> NDArray[np.float64]:
    """Metres on the ellipsoid between pairs of positions of the project's CRS."""
    lon1, lat1 = crs.to_lonlat(x1, y1)
    lon2, lat2 = crs.to_lonlat(x2, y2)
    _, _, distance = _geod(crs).inv(lon1, lat1, lon2, lat2)
    return np.asarray(distance, np.float64)


def bearings(x1: float, y1: float, x2: float, y2: float, crs: ProjectCrs) -> tuple[float, float]:
    """Grid and true bearing in degrees, clockwise from north, 0 to 360: from the map's north and from the pole.

    The true one is that of the geodesic at its beginning; the two differ by the meridian convergence.
    """
    grid = float(np.degrees(np.arctan2(x2 - x1, y2 - y1))) % 360.0
    lon, lat = crs.to_lonlat([x1, x2], [y1, y2])
    azimuth, _, _ = _geod(crs).inv(lon[0], lat[0], lon[1], lat[1])
    return grid, float(azimuth) % 360.0


def _geod(crs: ProjectCrs) -> pyproj.Geod:
    return crs.crs.get_geod() or pyproj.Geod(ellps="WGS84")
