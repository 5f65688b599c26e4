"""Geometries are written as SpatiaLite itself writes them."""

from __future__ import annotations

from collections.abc import Iterator

import apsw
import numpy as np
import pytest
import shapely

from gis.catalogue import Catalogue
from gis.errors import Refusal
from gis.storage import engine
from gis.storage.blob_writing import encode_blobs, fit_kind

RING = [(0, 0), (40, 0), (40, 30), (0, 30), (0, 0)]
HOLE = [(5, 5), (9, 5), (9, 9), (5, 5)]
GEOMETRIES = [
    shapely.Point(500000.25, 3690000.5),
    shapely.LineString([(0, 0), (10, 5), (20.5, -3)]),
    shapely.Polygon(RING, [HOLE]),
    shapely.MultiPoint([(1, 2), (3, 4)]),
    shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 5)]]),
    shapely.MultiPolygon([shapely.Polygon(RING, [HOLE]), shapely.box(100, 100, 110, 120)]),
]


@pytest.fixture(scope="module")
def spatialite() -> Iterator[apsw.Connection]:
    connection = engine.connect(":memory:")
    yield connection
    connection.close()


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda g: g.geom_type)
def test_same_bytes_as_spatialite(spatialite: apsw.Connection, geometry: shapely.Geometry) -> None:
    theirs = spatialite.execute("SELECT GeomFromWKB(?, 4549)", (shapely.to_wkb(geometry),)).get
    assert encode_blobs(np.array([geometry], object), 4549) == [theirs]


def test_mixed_column_with_nulls(spatialite: apsw.Connection) -> None:
    column = np.array([None, *GEOMETRIES, None], object)
    blobs = encode_blobs(column, 4528)
    assert blobs[0] is None
    assert blobs[-1] is None
    for blob, geometry in zip(blobs[1:-1], GEOMETRIES, strict=True):
        wkb, srid = spatialite.execute("SELECT AsBinary(?1), Srid(?1)", (blob,)).fetchall()[0]
        assert shapely.equals_exact(shapely.from_wkb(wkb), geometry)
        assert srid == 4528


def test_heights_are_dropped() -> None:
    flat, tall = shapely.Point(1, 2), shapely.Point(1, 2, 3)
    assert encode_blobs(np.array([tall], object), 4549) == encode_blobs(np.array([flat], object), 4549)
    line, ramp = shapely.LineString([(0, 0), (1, 1)]), shapely.LineString([(0, 0, 5), (1, 1, 6)])
    assert encode_blobs(np.array([ramp], object), 4549) == encode_blobs(np.array([line], object), 4549)


def test_empty_column() -> None:
    assert encode_blobs(np.zeros(0, object), 4549) == []


def test_polygons_become_multipolygons(catalogue: Catalogue) -> None:
    given = np.array([shapely.box(0, 0, 1, 1), None, GEOMETRIES[5], shapely.box(5, 5, 6, 6)], object)
    fitted = fit_kind(catalogue["area"], given)
    assert [g and g.geom_type for g in fitted] == ["MultiPolygon", None, "MultiPolygon", "MultiPolygon"]
    assert shapely.equals(fitted[3], given[3])
    assert given[0].geom_type == "Polygon"  # what was given is left alone


@pytest.mark.parametrize(
    ("cls", "geometry"),
    [
        ("road", shapely.Point(1, 2)),
        ("building", GEOMETRIES[5]),
        ("wifi_hotspot", shapely.Point(np.nan, 1)),
        ("wifi_hotspot", shapely.Point(np.inf, 1)),
        ("wifi_hotspot", shapely.Point()),
        ("road", shapely.LineString()),
    ],
)
def test_wrong_geometry_is_refused(catalogue: Catalogue, cls: str, geometry: shapely.Geometry) -> None:
    with pytest.raises(Refusal, match=r"storage\.geometry"):
        fit_kind(catalogue[cls], np.array([geometry], object))
