"""Encodes whole columns of geometries as SpatiaLite BLOBs.

Layout ("BLOB-Geometry", SpatiaLite's documentation): 00, 01 (little-endian), SRID int32, MBR 4 float64, 7C, then WKB
without its byte-order mark, then FE. Inside a multi geometry each part starts with 69 in place of the mark.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.errors import Refusal

_HEADER = np.dtype([("start", "u1"), ("order", "u1"), ("srid", "<i4"), ("mbr", "<f8", 4), ("end", "u1")])
_POINT = np.dtype([*_HEADER.descr, ("type", "<u4"), ("xy", "<f8", 2), ("stop", "u1")])
_KINDS = {"point": "Point", "line": "LineString", "polygon": "Polygon", "multipolygon": "MultiPolygon"}
_STOP = b"\xfe"


def encode_blobs(geometry: NDArray[np.object_], srid: int) -> list[bytes | None]:
    """One BLOB for each geometry (2D; None stays None). Points, lines, polygons and their multi forms, none empty."""
    present = ~shapely.is_missing(geometry)
    if not present.all():
        blobs: list[bytes | None] = [None] * len(geometry)
        for i, blob in zip(np.flatnonzero(present).tolist(), encode_blobs(geometry[present], srid), strict=True):
            blobs[i] = blob
        return blobs
    if not len(geometry):
        return []
    types = shapely.get_type_id(geometry)
    if (types == shapely.GeometryType.POINT).all():
        return list(_points(geometry, srid))
    headers = _headers(geometry, srid)
    size = _HEADER.itemsize
    bodies = shapely.to_wkb(geometry, output_dimension=2, byte_order=1)
    made: list[bytes | None] = [
        headers[i * size : i * size + size] + body[1:] + _STOP for i, body in enumerate(bodies.tolist())
    ]
    for i in np.flatnonzero(types >= shapely.GeometryType.MULTIPOINT).tolist():
        made[i] = headers[i * size : i * size + size] + _mark_parts(bodies[i])[1:] + _STOP
    return made


def fit_kind(cls: FeatureClass, geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """The geometries in the kind that the class's column holds; polygons become multipolygons of one.

    Raises Refusal ``storage.geometry`` for another kind, an empty geometry or coordinates that are not finite.
    """
    present = ~shapely.is_missing(geometry)
    types = shapely.get_type_id(geometry)
    wanted = int(getattr(shapely.GeometryType, _KINDS[cls.geometry].upper()))
    if cls.geometry == "multipolygon":
        single = types == shapely.GeometryType.POLYGON
        if single.any():
            geometry = geometry.copy()
            geometry[single] = shapely.multipolygons(geometry[single], indices=np.arange(int(single.sum())))
            types = np.where(single, wanted, types)
    wrong = present & (types != wanted)
    if wrong.any():
        found = geometry[int(np.argmax(wrong))].geom_type
        raise Refusal("storage.geometry", cls=cls.name, reason=f"{found} ≠ {_KINDS[cls.geometry]}")
    # The bounds of an empty geometry are NaN, so one test finds both.
    if not np.isfinite(shapely.bounds(geometry[present])).all():
        raise Refusal("storage.geometry", cls=cls.name, reason="NaN, ∞")
    return geometry


def _points(geometry: NDArray[np.object_], srid: int) -> list[bytes]:
    made = np.zeros(len(geometry), _POINT)
    xy = np.column_stack([shapely.get_x(geometry), shapely.get_y(geometry)])
    made["order"], made["srid"], made["end"], made["type"], made["stop"] = 1, srid, 0x7C, 1, 0xFE
    made["mbr"][:, :2] = made["mbr"][:, 2:] = made["xy"] = xy
    raw, size = made.tobytes(), _POINT.itemsize
    return [raw[at : at + size] for at in range(0, len(raw), size)]


def _headers(geometry: NDArray[np.object_], srid: int) -> bytes:
    made = np.zeros(len(geometry), _HEADER)
    made["order"], made["srid"], made["end"] = 1, srid, 0x7C
    made["mbr"] = shapely.bounds(geometry)
    return made.tobytes()


def _mark_parts(wkb: bytes) -> bytes:
    """WKB of a multi geometry with 69 in place of each part's byte-order mark."""
    raw = bytearray(wkb)

    def count(at: int) -> int:
        return int.from_bytes(raw[at : at + 4], "little")

    at = 9
    for _ in range(count(5)):
        raw[at] = 0x69
        kind = count(at + 1)
        at += 5
        if kind == 1:
            at += 16
        elif kind == 2:
            at += 4 + 16 * count(at)
        else:
            rings, at = count(at), at + 4
            for _ in range(rings):
                at += 4 + 16 * count(at)
    return bytes(raw)
