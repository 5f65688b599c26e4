"""Lengths and areas on the plane and on the ellipsoid, against pyproj's own measures of single geometries."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.geometry import measure
from gis.geometry.crs import project_crs

CRS = project_crs(4549)
_GEOD = CRS.crs.get_geod()
_AT = st.tuples(st.floats(4.0e5, 6.0e5), st.floats(3.5e6, 3.9e6))


def _holed(x: float, y: float) -> shapely.Polygon:
    return shapely.Polygon(
        shapely.box(x, y, x + 3000, y + 2000).exterior, [shapely.box(x + 500, y + 500, x + 1500, y + 900).exterior]
    )


@given(st.lists(_AT, min_size=2, max_size=8))
@settings(deadline=None)
def test_length_of_a_line(corners: list[tuple[float, float]]) -> None:
    line = shapely.LineString(corners)
    expected = _GEOD.geometry_length(CRS.geometry_to_lonlat(line))
    assert measure.ground_length(line, CRS)[0] == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(_AT)
@settings(deadline=None, max_examples=30)
def test_area_and_perimeter_with_holes_and_parts(at: tuple[float, float]) -> None:
    shapes = np.array(
        [_holed(*at), shapely.MultiPolygon([_holed(*at), shapely.box(at[0] - 500, at[1], at[0] - 100, at[1] + 90)])],
        object,
    )
    for shape, area, length in zip(
        shapes, measure.ground_area(shapes, CRS), measure.ground_length(shapes, CRS), strict=True
    ):
        parts = shapely.get_parts(CRS.geometry_to_lonlat(shape))
        expected = [
            _GEOD.geometry_area_perimeter(shapely.Polygon(ring))
            for part in parts
            for ring in [part.exterior, *part.interiors]
        ]
        holes = [ring for part in parts for ring in [False, *[True] * len(part.interiors)]]
        signed = [-abs(a) if hole else abs(a) for (a, _), hole in zip(expected, holes, strict=True)]
        assert area == pytest.approx(sum(signed), rel=1e-9)
        assert length == pytest.approx(sum(p for _, p in expected), rel=1e-9)


def test_plane_and_ground_differ_by_the_scale_of_the_projection() -> None:
    """At 100 km from the central meridian the map is 1.000123 times too long, its square in area."""
    far = shapely.box(6e5, 3.7e6, 600100, 3700100)
    scale = float(CRS.scale(600050, 3700050))
    assert scale > 1.0001
    assert measure.plane_length(far) / measure.ground_length(far, CRS)[0] == pytest.approx(scale, rel=1e-7)
    assert measure.plane_area(far) / measure.ground_area(far, CRS)[0] == pytest.approx(scale**2, rel=1e-7)


def test_what_has_no_length_or_area_has_none() -> None:
    mixed = np.array([shapely.Point(5e5, 3.7e6), None, shapely.LineString([(5e5, 3.7e6), (5e5, 3700100)])], object)
    assert measure.plane_length(mixed).tolist() == [0.0, 0.0, 100.0]
    assert measure.ground_length(mixed, CRS) == pytest.approx([0.0, 0.0, 100.0], abs=0.01)
    assert measure.ground_area(mixed, CRS).tolist() == [0.0, 0.0, 0.0]
    assert measure.plane_area(mixed).tolist() == [0.0, 0.0, 0.0]
    assert measure.ground_length(np.array([], object), CRS).shape == (0,)


def test_distances() -> None:
    x, y = np.array([5e5, 5.5e5]), np.array([3.7e6, 3.7e6])
    made = measure.ground_distance(x, y, x + 3.0, y + 4.0, CRS)
    assert made == pytest.approx([5.0, 5.0], abs=0.001)
    assert float(measure.ground_distance(5e5, 3.7e6, 5e5, 3.7e6, CRS)) == 0.0


def test_bearings_differ_by_the_convergence() -> None:
    east_of_the_middle, on_the_middle = 600_000.0, 500_000.0
    grid, true = measure.bearings(on_the_middle, 3_690_000, on_the_middle, 3_691_000, CRS)
    assert (grid, true) == pytest.approx((0.0, 0.0), abs=1e-6)
    grid, true = measure.bearings(east_of_the_middle, 3_690_000, east_of_the_middle, 3_691_000, CRS)
    lon, lat = CRS.to_lonlat(east_of_the_middle, 3_690_000)
    convergence = (float(lon) - 120) * np.sin(np.radians(float(lat)))  # first order: longitude from CM × sin latitude
    assert grid == 0.0
    assert true == pytest.approx(convergence, abs=0.002)
    assert measure.bearings(0, 3_690_000, -100, 3_690_000, CRS)[0] == pytest.approx(270.0)
