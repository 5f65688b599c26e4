"""Decoding of geometry BLOBs against shapely and against SpatiaLite itself."""

from __future__ import annotations

import struct

import apsw
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from shapely.geometry.base import BaseGeometry

from gis.errors import Refusal
from gis.storage.blobs import Packed, decode, geometries, join
from gis.storage.engine import connect

_NUMBER = st.floats(-1e7, 1e7, allow_nan=False, width=64)
_POINT = st.tuples(_NUMBER, _NUMBER)
_CORNER = st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000))


def _ring(corner: tuple[int, int], size: int) -> list[tuple[float, float]]:
    x, y = corner
    return [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)]


_POINTS = _POINT.map(shapely.Point)
_LINES = st.lists(_POINT, min_size=2, max_size=9).map(shapely.LineString)
_POLYGONS = st.tuples(
    _CORNER, st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90), st.integers(1, 9)), max_size=3)
).map(
    lambda drawn: shapely.Polygon(
        _ring(drawn[0], 100), [_ring((drawn[0][0] + x, drawn[0][1] + y), s) for x, y, s in drawn[1]]
    )
)
_ANY = st.one_of(
    _POINTS,
    _LINES,
    _POLYGONS,
    st.lists(_POINTS, min_size=1, max_size=4).map(shapely.MultiPoint),
    st.lists(_LINES, min_size=1, max_size=4).map(shapely.MultiLineString),
    st.lists(_POLYGONS, min_size=1, max_size=4).map(shapely.MultiPolygon),
)


@pytest.fixture(scope="module")
def spatialite() -> apsw.Connection:
    return connect(":memory:")


def _blob(spatialite: apsw.Connection, geometry: BaseGeometry) -> bytes:
    return spatialite.execute("SELECT GeomFromWKB(?, 4549)", (shapely.to_wkb(geometry, byte_order=1),)).fetchone()[0]


def _packed(blobs: list[bytes]) -> Packed:
    return Packed.of(np.arange(10, 10 + len(blobs)), blobs)


@given(st.lists(_ANY, min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_what_spatialite_encodes_is_decoded(spatialite: apsw.Connection, shapes: list[BaseGeometry]) -> None:
    blobs = [_blob(spatialite, shape) for shape in shapes]
    decoded = decode(_packed(blobs), "any")
    made = geometries(decoded, "any")
    said = [spatialite.execute("SELECT AsBinary(?)", (blob,)).fetchone()[0] for blob in blobs]
    assert shapely.equals_exact(made, np.array(shapes, object), 0).all()
    assert shapely.to_wkb(made, byte_order=1).tolist() == said
    assert_array_equal(decoded.bounds, shapely.bounds(made))


@given(st.lists(_ANY, min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_flat_shapes_hold_every_coordinate_in_order(spatialite: apsw.Connection, shapes: list[BaseGeometry]) -> None:
    flat = decode(_packed([_blob(spatialite, shape) for shape in shapes]), "any").shapes("polygon")
    assert_array_equal(flat.coords, shapely.get_coordinates(np.array(shapes, object)))
    for i, shape in enumerate(shapes):
        first, last = flat.feature_offsets[i], flat.feature_offsets[i + 1]
        lengths = np.diff(flat.ring_offsets[first : last + 1]).tolist()
        parts = shapely.get_parts(shape)
        expected = [
            len(shapely.get_coordinates(ring))
            for part in parts
            for ring in (shapely.get_rings(part) if part.geom_type == "Polygon" else [part])
        ]
        assert lengths == expected


def test_pieces_join_to_the_whole(spatialite: apsw.Connection) -> None:
    shapes = [
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)]),
        shapely.LineString([(0, 0), (5, 5), (6, 5)]),
        shapely.Point(3, 4),
        shapely.Polygon(_ring((0, 0), 9), [_ring((1, 1), 2)]),
    ]
    blobs = [_blob(spatialite, shape) for shape in shapes]
    pieces = [decode(Packed.of(np.array([i]), [blob]), "any") for i, blob in enumerate(blobs)]
    assert shapely.equals_exact(geometries(join(pieces), "any"), np.array(shapes, object), 0).all()


def test_z_and_m_are_read_over(spatialite: apsw.Connection) -> None:
    texts = ["POINTZ(1 2 9)", "LINESTRINGM(0 0 7, 3 4 8)", "POLYGONZM((0 0 1 1, 4 0 1 1, 4 4 1 1, 0 0 1 1))"]
    blobs = [spatialite.execute("SELECT GeomFromText(?, 4549)", (text,)).fetchone()[0] for text in texts]
    made = geometries(decode(_packed(blobs), "any"), "any")
    assert [shape.wkt for shape in made] == [
        "POINT (1 2)", "LINESTRING (0 0, 3 4)", "POLYGON ((0 0, 4 0, 4 4, 0 0))",
    ]  # fmt: skip


def test_nulls_are_left_out() -> None:
    packed = Packed(np.array([1, 2]), np.array([0, 0]), b"")
    assert len(decode(packed, "road").ids) == 0


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_blob_is_refused_by_name_or_still_a_geometry(
    spatialite: apsw.Connection, data: st.DataObject
) -> None:
    """Whatever bytes stand there, nothing crashes, hangs or reads another feature's coordinates."""
    good = [_blob(spatialite, data.draw(_ANY)) for _ in range(3)]
    wrong = bytearray(good[1])
    for _ in range(data.draw(st.integers(1, 4))):
        wrong[data.draw(st.integers(0, len(wrong) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 12))
    blobs = [good[0], bytes(wrong[: len(wrong) - cut]) or b"\x00", good[2]]
    made = refused = None
    try:
        made = geometries(decode(_packed(blobs), "road"), "road")
    except Refusal as refusal:
        refused = refusal
    if refused is not None:
        assert (refused.code, refused.arguments) == ("reading.bad_geometry", {"cls": "road", "id": 11})
    else:
        around = geometries(decode(_packed([blobs[0], blobs[2]]), "road"), "road")
        assert shapely.equals_exact(made[[0, 2]], around, 0).all()


@pytest.mark.parametrize("count", [0, 1, 2**31, 2**32 - 1])
def test_a_count_that_lies_is_refused(spatialite: apsw.Connection, count: int) -> None:
    blob = bytearray(_blob(spatialite, shapely.LineString([(0, 0), (1, 1), (2, 2)])))
    blob[43:47] = struct.pack("<I", count)
    with pytest.raises(Refusal) as refused:
        decode(_packed([bytes(blob)]), "cable")
    assert refused.value.arguments == {"cls": "cable", "id": 10}
    assert "10" in refused.value.message("zh")


def test_a_line_of_one_coordinate_is_refused_and_named(spatialite: apsw.Connection) -> None:
    good = _blob(spatialite, shapely.LineString([(0, 0), (1, 1)]))
    single = good[:43] + struct.pack("<I", 1) + good[47:63] + b"\xfe"
    decoded = decode(_packed([good, good, single, good]), "cable")
    with pytest.raises(Refusal) as refused:
        geometries(decoded, "cable")
    assert refused.value.arguments == {"cls": "cable", "id": 12}
