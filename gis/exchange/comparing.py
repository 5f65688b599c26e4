"""What a row of a file says otherwise than the feature it stands for; pure arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.editing.values import differ, nulls
from gis.geometry.columns import Columns

#: Positions closer than this are the same: field files carry seven decimals of a degree, about 0.01 m.
SAME_PLACE_M = 0.02
#: The name under which a geometry stands among the fields.
GEOM = "geom"


def differences(cls: FeatureClass, mine: Columns, theirs: Columns) -> dict[str, NDArray[np.bool_]]:
    """Field name or "geom" -> bool (n,): where row i of the file differs from feature i of the project.

    An empty cell says nothing, and neither does a missing geometry. Only fields that both have are compared.
    """
    found: dict[str, NDArray[np.bool_]] = {}
    for name, column in mine.fields.items():
        if name in theirs.fields:
            f = cls.field(name)
            found[name] = ~nulls(f, column) & differ(f, column, theirs.fields[name])
    if mine.geometry is not None and theirs.geometry is not None:
        found[GEOM] = ~shapely.is_missing(mine.geometry) & ~same_place(mine.geometry, theirs.geometry)
    return found


def moved(mine: NDArray[np.float64], theirs: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Where points at ``mine`` (n, 2) lie elsewhere than the points of the project; NaN says nothing. As "geom" of
    `differences`, without making shapes of the numbers."""
    apart = np.hypot(mine[:, 0] - shapely.get_x(theirs), mine[:, 1] - shapely.get_y(theirs))
    return np.asarray(~np.isnan(mine[:, 0]) & ~(apart <= SAME_PLACE_M))


def filled(cls: FeatureClass, mine: Columns, theirs: Columns) -> Columns:
    """The rows of the file with what they leave empty taken from the features they stand for; ids are theirs.

    A geometry that lies in the same place is the project's own, so that rounding in a file moves nothing.
    """
    fields: dict[str, NDArray[Any]] = {}
    for name, column in mine.fields.items():
        f = cls.field(name)
        fields[name] = np.where(nulls(f, column), theirs.fields[name], column) if name in theirs.fields else column
    geometry = mine.geometry
    if geometry is not None and theirs.geometry is not None:
        still = shapely.is_missing(geometry) | same_place(geometry, theirs.geometry)
        geometry = np.where(still, theirs.geometry, geometry)
    return Columns(mine.cls, theirs.ids, fields, geometry)


def same_place(a: NDArray[np.object_], b: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which pairs of geometries lie within ``SAME_PLACE_M`` of each other, vertex by vertex.

    Areas may begin at another vertex and turn the other way round, as a Shapefile turns them; a line that runs the
    other way is another line.
    """
    same = np.asarray(shapely.equals_exact(a, b, tolerance=SAME_PLACE_M), dtype=bool)
    kinds = shapely.get_type_id(a)
    areas = np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    rest = np.flatnonzero(~same & areas & (kinds == shapely.get_type_id(b)))
    if len(rest):
        near = np.abs(shapely.bounds(a[rest]) - shapely.bounds(b[rest])).max(axis=1) <= SAME_PLACE_M
        rest = rest[near & (shapely.get_num_coordinates(a[rest]) == shapely.get_num_coordinates(b[rest]))]
    if len(rest):
        # With the outline the same, only what is inside and what a hole can differ, and that shows in the area.
        outline = shapely.hausdorff_distance(shapely.boundary(a[rest]), shapely.boundary(b[rest])) <= SAME_PLACE_M
        slack = SAME_PLACE_M * np.maximum(shapely.length(a[rest]), SAME_PLACE_M)
        same[rest] = outline & (np.abs(shapely.area(a[rest]) - shapely.area(b[rest])) <= slack)
    return same


def bits(names: tuple[str, ...], found: Mapping[str, NDArray[np.bool_]], count: int) -> NDArray[np.uint64]:
    """The differences packed, uint64 (n,): bit k is set where ``names[k]`` differs."""
    packed = np.zeros(count, np.uint64)
    for k, name in enumerate(names):
        if name in found:
            packed |= found[name].astype(np.uint64) << np.uint64(k)
    return packed
